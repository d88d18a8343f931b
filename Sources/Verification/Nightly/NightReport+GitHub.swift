extension NightReport {
    /// Commands of a workflow, one a line, that GitHub shows beside the job: an error for each red verdict, up to ten, which is how many it takes of
    /// one step; and one for the rest.
    package var annotations: [String] {
        var lines = red.prefix(NightReport.maximumAnnotations - 1).map { judgement in
            var properties = "title=\(propertyText(judgement.title))"
            if let file = judgement.detail("open") { properties = "file=\(propertyText(file))," + properties }
            return "::error \(properties)::"
                + dataText("\(judgement.what)\n\(judgement.why)\n\(command(judgement))")
        }
        let left = red.count - lines.count
        if left > 0 { lines.append("::error title=nightly::" + dataText("\(left) more verdicts are red")) }
        if state != .ended || count(.notRun) > 0 {
            lines.append("::warning title=nightly::" + dataText(headline))
        }
        return lines
    }

    private static let maximumAnnotations = 10

    private func dataText(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "%": "%25"
            case "\r": "%0D"
            case "\n": "%0A"
            default: String(scalar)
            }
        }.joined()
    }

    private func propertyText(_ text: String) -> String {
        dataText(text).unicodeScalars.map { scalar in
            switch scalar {
            case ":": "%3A"
            case ",": "%2C"
            default: String(scalar)
            }
        }.joined()
    }
}

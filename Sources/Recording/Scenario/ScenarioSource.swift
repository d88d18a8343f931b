/// The text that a scenario is read from, to say where a fault is.
struct ScenarioSource {
    var file: String
    var text: String

    func error(_ path: String, _ problem: ScenarioError.Problem) -> ScenarioError {
        ScenarioError(file: file, line: line(of: path), column: nil, path: path, problem: problem)
    }

    /// The line on which a key of this path stands. The parser does not tell, so the headers and the keys
    /// before an equals sign are looked at; a key within an inline table has the line of the table's key, one
    /// that is missing that of the header.
    private func line(of path: String) -> Int? {
        var header = ""
        var counts: [String: Int] = [:]
        var best: (length: Int, line: Int)?
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            let code = line.prefix { $0 != "#" }.filter { $0 != " " && $0 != "\t" && $0 != "\r" }
            var candidate = header
            if code.hasPrefix("[[") {
                let name = String(code.dropFirst(2).prefix { $0 != "]" })
                header = "\(name)[\(counts[name, default: 0])]"
                counts[name, default: 0] += 1
                candidate = header
            } else if code.hasPrefix("["), !code.contains("=") {
                header = String(code.dropFirst().prefix { $0 != "]" })
                candidate = header
            } else if let equals = code.firstIndex(of: "=") {
                candidate += (header.isEmpty ? "" : ".") + code[..<equals].filter { $0 != "\"" }
            } else {
                continue
            }
            let isInside = path.hasPrefix(candidate + ".") || path.hasPrefix(candidate + "[")
            // A header names the tables around it too.
            let isAround = !path.isEmpty && best == nil && candidate.hasPrefix(path + ".")
            if isAround { best = (0, index + 1) }
            if path == candidate || isInside, !candidate.isEmpty, candidate.count > best?.length ?? 0 {
                best = (candidate.count, index + 1)
            }
        }
        return best?.line
    }
}

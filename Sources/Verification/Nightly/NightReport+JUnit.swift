extension NightReport {
    /// A suite for each kind and subject, a case for each verdict. What was not judged is skipped, and says why.
    package var junit: String {
        var suites: [String] = []
        for kind in Judgement.Kind.allCases {
            var subjects: [String] = []
            for judgement in judgements where judgement.kind == kind && !subjects.contains(judgement.subject)
            {
                subjects.append(judgement.subject)
            }
            suites += subjects.map { suite(kind, $0) }
        }
        let errors = count(.error) + (state == .ended ? 0 : 1)
        if state != .ended { suites.append(unfinished) }
        let all = judgements.count + (state == .ended ? 0 : 1)
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="lumon-replay nightly" tests="\(all)" failures="\(count(.failed))" errors="\(errors)" \
            time="\(hundredths(seconds))">
            \(suites.joined(separator: "\n"))
            </testsuites>

            """
    }

    /// A reader that counts only what is red must see that this is not all.
    private var unfinished: String {
        """
          <testsuite name="night" tests="1" failures="0" errors="1" skipped="0" time="0.0">
            <testcase classname="night" name="came to its end" time="0.0">
              <error type="unfinished" message="\(xmlText(headline))"></error>
            </testcase>
          </testsuite>
        """
    }

    private func suite(_ kind: Judgement.Kind, _ subject: String) -> String {
        let these = judgements.filter { $0.kind == kind && $0.subject == subject }
        func count(_ outcomes: [Judgement.Outcome]) -> Int { these.count { outcomes.contains($0.outcome) } }
        let seconds = these.reduce(0) { $0 + $1.seconds }
        let name = xmlText("\(kind.rawValue) \(subject)")
        return """
              <testsuite name="\(name)" tests="\(these.count)" failures="\(count([.failed]))" errors="\(count([.error]))" \
            skipped="\(count([.notApplicable, .notRun]))" time="\(hundredths(seconds))">
            \(these.map { testcase($0, name) }.joined(separator: "\n"))
              </testsuite>
            """
    }

    private func testcase(_ judgement: Judgement, _ suite: String) -> String {
        let opening =
            "    <testcase classname=\"\(suite)\" name=\"\(xmlText(judgement.name))\" "
            + "time=\"\(hundredths(judgement.seconds))\""
        let message = xmlText(judgement.outcome.isRed ? judgement.what : judgement.reason)
        let kind: String
        switch judgement.outcome {
        case .passed: return opening + "/>"
        case .failed:
            kind = "failure type=\"\(judgement.law ?? judgement.guilty.first?.dimension ?? "diverged")\""
        case .error: kind = "error type=\"\(judgement.lacksGolden ? "golden" : "error")\""
        case .notApplicable: kind = "skipped type=\"not applicable\""
        case .notRun: kind = "skipped type=\"not run\""
        }
        var text = judgement.details.map { "\($0.name): \($0.value)" }
        if judgement.outcome.isRed { text.append("type: \(command(judgement))") }
        let element = kind.prefix { $0 != " " }
        return opening
            + ">\n      <\(kind) message=\"\(message)\">\(xmlText(text.joined(separator: "\n")))</\(element)>\n"
            + "    </testcase>"
    }
}

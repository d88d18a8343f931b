import Foundation

/// Standard output is the result, standard error the talk.
enum Console {
    private static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    private static let errorIsTerminal = isatty(STDERR_FILENO) == 1
    private static let noColour = !(ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty

    /// Writes a line of the result.
    ///
    /// - Throws: ``Failure`` where standard output takes it no more: a verdict that nobody got is none.
    static func print(_ line: String) throws {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
        } catch {
            let reason = String(cString: strerror(errno))
            throw Failure(.io, "standard output: cannot be written (\(reason))")
        }
    }

    /// Writes many lines of the result, each as `body` gives it, and not each by a call of its own.
    ///
    /// - Throws: what ``print(_:)`` throws.
    static func printLines(_ body: ((String) throws -> Void) throws -> Void) throws {
        var pending = ""
        try body { line in
            if !pending.isEmpty { pending += "\n" }
            pending += line
            guard pending.utf8.count > 1 << 16 else { return }
            try print(pending)
            pending = ""
        }
        if !pending.isEmpty { try print(pending) }
    }

    /// Writes a line of talk.
    static func talk(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }

    static func error(_ failure: Failure) {
        talk("error: \(failure.message)")
        if let next = failure.next { talk("next:  \(next)") }
    }

    static func good(_ text: String) -> String { coloured(text, "32") }
    static func bad(_ text: String) -> String { coloured(text, "31") }

    private static func coloured(_ text: String, _ code: String) -> String {
        outputIsTerminal && !noColour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// A bar with rate and time left on standard error, where that is a terminal; silence otherwise.
    struct Progress {
        private let label: String
        private let total: Int?
        private let start = ContinuousClock.now
        private var shownAt: ContinuousClock.Instant?

        init(_ label: String, total: Int?) {
            self.label = label
            self.total = total
        }

        mutating func show(_ done: Int) {
            guard Console.errorIsTerminal else { return }
            let now = ContinuousClock.now
            if let shownAt, now - shownAt < .milliseconds(100) { return }
            shownAt = now
            let seconds = max((now - start) / .seconds(1), 0.001)
            let rate = Double(done) / seconds
            var line = "\r\u{1B}[K\(label)  \(done)"
            if let total, total > 0 {
                let filled = min(20, done * 20 / total)
                let left = Int(Double(max(0, total - done)) / max(rate, 0.001))
                line = "\r\u{1B}[K\(label)  [" + String(repeating: "#", count: filled)
                line += String(repeating: ".", count: 20 - filled) + "] \(done)/\(total), \(left) s left"
            }
            line += ", \(Int(rate)) frames/s"
            try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
        }

        /// The same for work whose length nobody knows: what has been done, in words.
        mutating func show(_ text: String) {
            guard Console.errorIsTerminal else { return }
            let now = ContinuousClock.now
            if let shownAt, now - shownAt < .milliseconds(100) { return }
            shownAt = now
            try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(label)  \(text)".utf8))
        }

        func clear() {
            guard shownAt != nil else { return }
            try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K".utf8))
        }
    }
}

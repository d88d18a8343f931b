import Foundation
import Recording

/// What a bisection has found out, a line each, in the order in which it did. Whoever reads it again comes to the same place: the search decides by
/// what was seen and by nothing else.
package final class BisectLog {
    package enum Event: Equatable, Sendable {
        /// The program was started, with what is to be said of the answer.
        case start(confidence: Double, maximumRuns: Int, buildRuns: Double)
        /// Nil: it succeeded.
        case build(String, failure: String?)
        case run(String, Result)
        case answer(String)
    }

    package enum Result: Equatable, Sendable {
        case passed
        case failed
        /// It says nothing about the commit; in words.
        case unjudged(String)
    }

    package let path: String
    package let question: BisectQuestion
    package private(set) var events: [Event] = []
    /// Nil: it is only read.
    private var file: FileHandle?

    /// Reads a log that somebody has, to have it all again.
    ///
    /// - Throws: ``BisectError``
    package init(reading path: String) throws(BisectError) {
        self.path = path
        let text = try BisectLog.text(of: path)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let (question, count) = try BisectQuestion.read(lines, path: path)
        self.question = question
        // A last line without an end is not whole.
        events = try BisectLog.events(lines.dropLast(), from: count, path: path)
    }

    /// Opens the log of a question, or begins one. What a broken write has left of a line at its end is cut off.
    ///
    /// - Throws: ``BisectError``
    package init(path: String, question: BisectQuestion) throws(BisectError) {
        self.path = path
        self.question = question
        let head = question.lines.joined(separator: "\n") + "\n"
        if Files.exists(path), try !BisectLog.isHead(head, of: path) {
            let text = try BisectLog.text(of: path)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let (found, count) = try BisectQuestion.read(lines, path: path)
            guard found == question else {
                throw .badLog(
                    path: path, line: 1, expected: "the question that is asked", found: "another one")
            }
            events = try BisectLog.events(lines.dropLast(), from: count, path: path)
            try open()
            let whole = text.utf8.count - (lines.last?.utf8.count ?? 0)
            try write { try $0.truncate(atOffset: UInt64(whole)) }
            try write { _ = try $0.seekToEnd() }
        } else {
            do {
                try Files.write(Array(head.utf8), to: path)
            } catch {
                throw BisectLog.error(error)
            }
            try open()
            try write { _ = try $0.seekToEnd() }
        }
    }

    /// Whether a file is no more than a beginning of the head: then nothing is lost with it.
    private static func isHead(_ head: String, of path: String) throws(BisectError) -> Bool {
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        return size == 0 ? true : head.hasPrefix(try text(of: path)) && head.utf8.count > size
    }

    private static func text(of path: String) throws(BisectError) -> String {
        do {
            return String(decoding: try Files.read(path), as: UTF8.self)
        } catch {
            throw .system(error)
        }
    }

    private static func error(_ error: SystemFileError) -> BisectError {
        if case .failed(let path, _, ENOSPC, _) = error { return .diskFull(path: path) }
        return .system(error)
    }

    private func open() throws(BisectError) {
        guard let opened = FileHandle(forUpdatingAtPath: path) else {
            let code = errno
            throw .system(
                .failed(path: path, operation: "opening", code: code, text: String(cString: strerror(code))))
        }
        file = opened
    }

    private func write(_ body: (FileHandle) throws -> Void) throws(BisectError) {
        guard let file else { return }
        do {
            try body(file)
        } catch {
            let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            let code = Int32(clamping: underlying?.code ?? (error as NSError).code)
            if code == ENOSPC { throw .diskFull(path: path) }
            throw .system(
                .failed(path: path, operation: "writing", code: code, text: String(cString: strerror(code))))
        }
    }

    /// Writes down what was found out; it is there whatever happens to this program afterwards.
    ///
    /// - Throws: ``BisectError``
    package func append(_ event: Event) throws(BisectError) {
        let line = event.line + "\n"
        try write { try $0.write(contentsOf: Data(line.utf8)) }
        events.append(event)
        if event.isDear { try write { try $0.synchronize() } }
    }

    // MARK: Lines

    static func isCommitName(_ text: some StringProtocol) -> Bool {
        [40, 64].contains(text.utf8.count)
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    private static func events(
        _ lines: ArraySlice<Substring>, from first: Int, path: String
    ) throws(BisectError) -> [Event] {
        var events: [Event] = []
        for (number, line) in lines.enumerated() where number >= first {
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let event = Event(line) else {
                throw .badLog(
                    path: path, line: number + 1,
                    expected: "start, build, run or answer, with what belongs to it",
                    found: "'\(line.prefix(80))'")
            }
            events.append(event)
        }
        return events
    }
}

extension BisectLog.Event {
    /// What took long to find out is brought to the disk at once.
    fileprivate var isDear: Bool {
        switch self {
        case .build, .answer: true
        case .start, .run: false
        }
    }

    var line: String {
        switch self {
        case .start(let confidence, let runs, let build): "start \(confidence) \(runs) \(build)"
        case .build(let name, nil): "build \(name) done"
        case .build(let name, let failure?): "build \(name) failed \(JSONLine.quoted(failure))"
        case .run(let name, .passed): "run \(name) passed"
        case .run(let name, .failed): "run \(name) failed"
        case .run(let name, .unjudged(let reason)): "run \(name) unjudged \(JSONLine.quoted(reason))"
        case .answer(let text): "answer \(JSONLine.quoted(text))"
        }
    }

    init?(_ line: Substring) {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        let rest = words.count > 3 ? BisectQuestion.text(of: String(words[3])) : nil
        let name = words.count > 1 && BisectLog.isCommitName(words[1]) ? String(words[1]) : nil
        switch (words[0], words.count > 2 ? words[2] : "", name, rest, words.count) {
        case ("build", "done", let name?, nil, 3): self = .build(name, failure: nil)
        case ("build", "failed", let name?, let failure?, _): self = .build(name, failure: failure)
        case ("run", "passed", let name?, nil, 3): self = .run(name, .passed)
        case ("run", "failed", let name?, nil, 3): self = .run(name, .failed)
        case ("run", "unjudged", let name?, let reason?, _): self = .run(name, .unjudged(reason))
        case ("answer", _, _, _, _):
            guard let text = BisectQuestion.text(of: String(line.dropFirst("answer ".count))) else {
                return nil
            }
            self = .answer(text)
        case ("start", _, _, _, 4):
            guard let confidence = Double(words[1]), let runs = Int(words[2]), let build = Double(words[3]),
                (0.5..<1).contains(confidence), runs > 0, build >= 0
            else { return nil }
            self = .start(confidence: confidence, maximumRuns: runs, buildRuns: build)
        default: return nil
        }
    }
}

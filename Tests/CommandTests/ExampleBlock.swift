import Foundation
import Hashing

/// A fenced block without a language, of a page of the documentation. Formats.md says what it can be.
struct ExampleBlock {
    enum Content {
        case digest64([UInt8], String)
        case digest128([UInt8], String)
        case file([UInt8], name: String, offset: Int)
        case sums([(a: UInt64, b: UInt64, total: UInt64)])
        case golden(String)
        case unknown(String)
    }

    /// Page, and line of the fence.
    var place: String
    var lines: [String]
    var content: Content { ExampleBlock.content(lines) }

    var isGolden: Bool {
        if case .golden = content { true } else { false }
    }

    /// What does not hold; nil where everything does.
    var problem: String? {
        switch content {
        case .digest64(let bytes, let digest):
            let computed = XXH3.digest64(bytes).description
            return computed == digest ? nil : "computed \(computed)"
        case .digest128(let bytes, let digest):
            let computed = XXH3.digest128(bytes).description
            return computed == digest ? nil : "computed \(computed)"
        case .file(let bytes, let name, let offset):
            let file = try? Data(contentsOf: Sample.repository.appendingPathComponent(name))
            let there = (file ?? Data()).dropFirst(offset).prefix(bytes.count)
            return Array(there) == bytes ? nil : "\(name) has \(hexadecimal(Array(there)))"
        case .sums(let sums):
            return sums.allSatisfy { $0.a &+ $0.b == $0.total } ? nil : "another sum"
        case .golden(let text):
            let golden = Sample.repository.appendingPathComponent("Golden/growing-old.golden")
            return (try? String(contentsOf: golden, encoding: .utf8)) == text ? nil : "another golden"
        case .unknown(let line): return "'\(line)' is in no form that Formats.md knows"
        }
    }

    static let all: Result<[ExampleBlock], any Error> = Result {
        let folder = Sample.repository.appendingPathComponent("Sources/Replay/Replay.docc")
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try pages.filter { $0.hasSuffix(".md") }.sorted().flatMap { page in
            blocks(of: try String(contentsOf: folder.appendingPathComponent(page), encoding: .utf8), page)
        }
    }

    private static func blocks(of text: String, _ page: String) -> [ExampleBlock] {
        var blocks: [ExampleBlock] = []
        var fence: (language: String, line: Int)?
        var lines: [String] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.hasPrefix("```") else {
                if fence != nil { lines.append(String(line)) }
                continue
            }
            if let open = fence {
                if open.language.isEmpty {
                    blocks.append(ExampleBlock(place: "\(page):\(open.line)", lines: lines))
                }
                fence = nil
            } else {
                fence = (String(line.dropFirst(3)), index + 1)
            }
            lines = []
        }
        return blocks
    }

    private static func content(_ lines: [String]) -> Content {
        guard let last = lines.last else { return .unknown("nothing") }
        if lines[0].hasPrefix("lumon-replay golden ") {
            return .golden(lines.joined(separator: "\n") + "\n")
        }
        let sums = lines.compactMap(sum)
        if sums.count == lines.count { return .sums(sums) }
        var bytes: [UInt8] = []
        for line in lines.dropLast() {
            guard let more = Self.bytes(String(halves(line).0)) else { return .unknown(line) }
            bytes += more
        }
        let (word, rest) = halves(last)
        switch word {
        case "XXH3-64": return .digest64(bytes, rest)
        case "XXH3-128": return .digest128(bytes, rest)
        case "at":
            let parts = rest.components(separatedBy: ", byte ")
            guard parts.count == 2, let offset = Int(parts[1]) else { return .unknown(last) }
            return .file(bytes, name: parts[0], offset: offset)
        default: return .unknown(last)
        }
    }

    /// What stands before the first two spaces, and what stands behind them.
    private static func halves(_ line: String) -> (String, String) {
        guard let gap = line.range(of: "  ") else { return (line, "") }
        return (
            String(line[..<gap.lowerBound]),
            line[gap.upperBound...].trimmingCharacters(in: .whitespaces)
        )
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.filter { $0 != " " })
        guard !digits.isEmpty, digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(digits[place...place + 1]), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func sum(_ line: String) -> (a: UInt64, b: UInt64, total: UInt64)? {
        let words = line.split(separator: " ")
        guard words.count == 5, words[1] == "+", words[3] == "=", let a = UInt64(words[0], radix: 16),
            let b = UInt64(words[2], radix: 16), let total = UInt64(words[4], radix: 16)
        else { return nil }
        return (a, b, total)
    }
}

/// Two digits for each byte.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

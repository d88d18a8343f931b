/// Finds what in a text of TOML the parser must not meet, because it ends the process there: it asserts that a value or
/// the name of a table begins behind some brackets, and what stands behind the parts of a date or a time.
///
/// Knows strings, comments, brackets and the signs in dates and times, and nothing else of TOML; other faults are the
/// parser's to find. The first fault that the parser would find may stand before the one that is found here. Dates and
/// times are refused as such: no key of a scenario has one.
///
/// Source: https://toml.io/en/v1.0.0; of the parser's assertions https://github.com/marzer/tomlplusplus/pull/301.
struct HazardScan {
    struct Fault: Equatable {
        /// From 1.
        var line: Int
        /// From 1, in code points.
        var column: Int
        var reason: String
    }

    /// The first hazard; nil where there is none. O(bytes).
    static func fault(in text: String) -> Fault? {
        var scan = HazardScan(bytes: Array(text.utf8))
        if scan.bytes.starts(with: byteOrderMark) { scan.position = byteOrderMark.count }
        while scan.position < scan.bytes.count {
            if let reason = scan.step() { return scan.fault(reason) }
        }
        return nil
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let bytes: [UInt8]
    private var position = 0
    /// Brackets that are open, at most one for each byte of a file.
    private var open: [UInt8] = []
    /// Whether nothing that can be seen stands on this line before `position`.
    private var isAtStart = true
    /// Whether the word at `position` begins with a digit.
    private var isInNumber = false

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Goes on by a string, a comment or a byte; says what is wrong with it.
    private mutating func step() -> String? {
        let byte = bytes[position]
        let startsLine = isAtStart && open.isEmpty
        if byte > 0x20 { isAtStart = false }
        if (0x30...0x39).contains(byte), beginsWord { isInNumber = true }
        if " \t\r\n]},".utf8.contains(byte) { isInNumber = false }
        switch byte {
        case UInt8(ascii: "\n"): isAtStart = true
        case UInt8(ascii: "#"):
            while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
            return nil
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            guard beginsWord else { return "a quote in the middle of a word" }
            skipString(byte)
            return nil
        case UInt8(ascii: "[") where startsLine:
            guard isNamed else { return "expected the name of a table behind '['" }
            skipHeader()
            return nil
        case UInt8(ascii: "["), UInt8(ascii: "{"): open.append(byte)
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            let expected = byte == UInt8(ascii: "]") ? UInt8(ascii: "[") : UInt8(ascii: "{")
            guard open.popLast() == expected else {
                return "'\(Unicode.Scalar(byte))' closes no '\(Unicode.Scalar(expected))'"
            }
        case UInt8(ascii: ":"): return "a time, or a ':' outside of a text; no key has one"
        case UInt8(ascii: "-") where isInNumber && !"eE".utf8.contains(bytes[position - 1]):
            return "a date, or a '-' in a number; no key has one"
        case UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
        case ..<0x20, 0x7F: return "a control character"
        case 0x80...: return "a character that is not ASCII, outside of a text"
        default: break
        }
        position += 1
        return nil
    }

    /// Whether no word ends right before: what looks like a string there is none to the parser.
    private var beginsWord: Bool {
        position == 0 || bytes[..<position] == HazardScan.byteOrderMark[...]
            || " \t\r\n=[{,".utf8.contains(bytes[position - 1])
    }

    /// Whether a name, or a bracket for which the parser has an error of its own, stands behind one or two brackets.
    private var isNamed: Bool {
        var rest = bytes[(position + 1)...].drop(while: HazardScan.isBlank)
        if rest.first == UInt8(ascii: "[") { rest = rest.dropFirst().drop(while: HazardScan.isBlank) }
        guard let first = rest.first else { return true }
        switch first {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            return true
        default: return "_-\"']".utf8.contains(first)
        }
    }

    /// To the end of the line, or to a string in it.
    private mutating func skipHeader() {
        let ends = "\n\"'#".utf8
        while position < bytes.count, !ends.contains(bytes[position]) { position += 1 }
    }

    /// A string in single or triple quotes; one in single quotes ends with its line at the latest.
    private mutating func skipString(_ quote: UInt8) {
        let isLong = bytes[position...].starts(with: [quote, quote, quote])
        position += isLong ? 3 : 1
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\n"), !isLong { return }
            if byte == quote, !isLong || bytes[position...].starts(with: [quote, quote, quote]) {
                position += isLong ? 3 : 1
                // Up to two quotes may stand before the three that end the string.
                while isLong, position < bytes.count, bytes[position] == quote { position += 1 }
                return
            }
            position += byte == UInt8(ascii: "\\") && quote == UInt8(ascii: "\"") ? 2 : 1
        }
    }

    private func fault(_ reason: String) -> Fault {
        let before = bytes[..<position]
        let lineStart = (before.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        return Fault(
            line: before.count { $0 == UInt8(ascii: "\n") } + 1,
            column: before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1, reason: reason)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

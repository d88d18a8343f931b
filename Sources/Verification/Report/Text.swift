import Foundation

/// A number with at most two places, for reports.
package func hundredths(_ value: Double) -> String { "\(Double((value * 100).rounded()) / 100)" }

/// Text as it stands in XML, in an attribute or an element.
package func xmlText(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        // XML 1.0 has no way to write a control character, nor these two.
        case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t": result += "?"
        case "\u{FFFE}", "\u{FFFF}": result += "?"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// Text as it stands in a Markdown document, on one line: nothing of it is taken for markup.
package func markdownText(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\", "`", "*", "_", "[", "]", "<", ">", "|", "#":
            result += "\\"
            result.unicodeScalars.append(scalar)
        case _ where scalar.value < 0x20: result += " "
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// Text as code in a Markdown document, on one line. Backticks in it become apostrophes.
package func markdownCode(_ text: String) -> String {
    let plain = text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 == "`" ? "'" : String($0) }.joined()
    // A bar would end a cell of a table.
    return "`" + plain.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") + "`"
}

/// A moment in milliseconds since 1970, in UTC: 2026-11-28 03:15.
package func utcText(_ milliseconds: Int64) -> String {
    var seconds = time_t((Double(milliseconds) / 1000).rounded(.down))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
        + "\(two(parts.tm_hour)):\(two(parts.tm_min))"
}

/// A word for a shell, in quotes where it needs them.
package func shellQuoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || "-_./+=:,@".utf8.contains(byte)
    }
    // A name that begins with a dash would be taken for an option.
    if plain, word.hasPrefix("-") { return "./" + word }
    if plain, !word.isEmpty { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

/// A word for a shell as it stands: one that begins with a dash too.
func shellWord(_ word: String) -> String {
    "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

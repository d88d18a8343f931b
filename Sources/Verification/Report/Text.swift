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
    let minutes = Int64((Double(milliseconds) / 60_000).rounded(.down))
    let (day, minute) = (minutes.quotientFloor(1440), minutes.remainderFloor(1440))
    let (year, month, dayOfMonth) = civil(day)
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(year)-\(two(month))-\(two(dayOfMonth)) \(two(minute / 60)):\(two(minute % 60))"
}

/// The date of a day since 1970-01-01 in the Gregorian calendar. H. Hinnant, chrono-compatible low-level date algorithms, 2013.
private func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = shifted.quotientFloor(146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
}

extension Int64 {
    fileprivate func quotientFloor(_ divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
    fileprivate func remainderFloor(_ divisor: Int64) -> Int64 { self - quotientFloor(divisor) * divisor }
}

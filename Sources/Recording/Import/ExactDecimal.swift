/// A decimal number as it is written, without any rounding: `[+-]digits[.digits][e[+-]digits]`, with at least
/// one digit before or after the point.
struct ExactDecimal {
    let isNegative: Bool
    /// From the first that is not 0, each 0...9; none for zero.
    private let digits: [UInt8]
    /// The point stands behind this many of the digits: 0 in 0.5, -1 in 0.05, 3 in 1e2.
    private let point: Int

    /// Exponents beyond this are taken as this. No text is long enough for its digits to make up for that.
    private static let maximumExponent = 1 << 40

    /// Nil for a text that is not of this form. O(length).
    init?(_ text: some StringProtocol) {
        var rest = Substring(text).utf8[...]
        isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let whole = ExactDecimal.digits(&rest)
        var fraction: [UInt8] = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = ExactDecimal.digits(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var exponent = 0
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            let isDown = rest.first == UInt8(ascii: "-")
            if isDown || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            let power = ExactDecimal.digits(&rest)
            guard !power.isEmpty else { return nil }
            for digit in power { exponent = min(exponent * 10 + Int(digit), ExactDecimal.maximumExponent) }
            if isDown { exponent = -exponent }
        }
        guard rest.isEmpty else { return nil }
        let all = whole + fraction
        let zeros = all.prefix { $0 == 0 }.count
        digits = Array(all.dropFirst(zeros))
        point = whole.count - zeros + exponent
    }

    /// The magnitude of `self * 10^power`, rounded to an integer, halves to the even one; nil beyond 64 bits.
    func scaled(byPowerOfTen power: Int) -> (magnitude: UInt64, isExact: Bool)? {
        // As many digits as UInt64.max has.
        let maximumDigits = 20
        guard !digits.isEmpty else { return (0, true) }
        let integerDigits = point + power
        guard integerDigits >= 0 else { return (0, false) }
        guard integerDigits <= maximumDigits else { return nil }
        var magnitude: UInt64 = 0
        for index in 0..<integerDigits {
            let digit = index < digits.count ? digits[index] : 0
            let (product, isTooLarge) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, isOver) = product.addingReportingOverflow(UInt64(digit))
            guard !isTooLarge, !isOver else { return nil }
            magnitude = sum
        }
        let rest = digits.dropFirst(integerDigits)
        guard let first = rest.first, rest.contains(where: { $0 != 0 }) else { return (magnitude, true) }
        let isAboveHalf = first > 5 || first == 5 && rest.dropFirst().contains { $0 != 0 }
        guard isAboveHalf || first == 5 && !magnitude.isMultiple(of: 2) else { return (magnitude, false) }
        let (rounded, isOver) = magnitude.addingReportingOverflow(1)
        return isOver ? nil : (rounded, false)
    }

    private static func digits(_ text: inout Substring.UTF8View) -> [UInt8] {
        let digits = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        text = text[digits.endIndex...]
        return digits.map { $0 - UInt8(ascii: "0") }
    }
}

/// Times in seconds as they are written, and in nanoseconds as they are kept.
enum DecimalSeconds {
    /// A number of seconds in nanoseconds: exact, and where there are more than 9 decimals the nearest, halves
    /// to the even one. Nil beyond 64 bits.
    static func nanoseconds(_ seconds: ExactDecimal) -> Int64? {
        guard let magnitude = seconds.scaled(byPowerOfTen: 9)?.magnitude else { return nil }
        if seconds.isNegative, magnitude == Int64.min.magnitude { return .min }
        return Int64(exactly: magnitude).map { seconds.isNegative ? -$0 : $0 }
    }

    /// Seconds with 9 decimals.
    static func text(nanoseconds: Int64) -> String {
        let (seconds, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        let decimals = String(rest)
        return (nanoseconds < 0 ? "-" : "") + "\(seconds)."
            + String(repeating: "0", count: 9 - decimals.utf8.count) + decimals
    }
}

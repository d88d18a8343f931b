/// Conversion between binary64 and IEEE 754 binary16, by integer arithmetic: the same bits on every
/// machine, and one rounding only (binary64 to binary32 to binary16 would be two).
package enum Binary16 {
    /// The nearest binary16, ties to even. Too large becomes infinity, too small becomes a subnormal or
    /// zero of the same sign, a NaN becomes the quiet NaN of its sign. O(1).
    package static func bits(from value: Double) -> UInt16 {
        let bits = value.bitPattern
        let sign = UInt16(truncatingIfNeeded: bits >> 48) & 0x8000
        let biased = Int((bits >> 52) & 0x7FF)
        let fraction = bits & 0xF_FFFF_FFFF_FFFF
        if biased == 0x7FF { return sign | (fraction == 0 ? 0x7C00 : 0x7E00) }
        let exponent = biased - 1023
        if exponent > 15 { return sign | 0x7C00 }
        if exponent < -25 { return sign }
        let significand = fraction | 1 << 52
        // A normal result keeps 11 of the 53 bits; a subnormal counts units of 2^-24.
        let dropped = exponent >= -14 ? 42 : 28 - exponent
        var kept = significand >> UInt64(dropped)
        let rest = significand & (1 << UInt64(dropped) - 1)
        let half: UInt64 = 1 << UInt64(dropped - 1)
        if rest > half || (rest == half && kept & 1 == 1) { kept += 1 }
        // A carry out of the significand runs into the exponent, where it belongs, up to infinity.
        let base = exponent >= -14 ? UInt64(exponent + 14) << 10 : 0
        return sign | UInt16(truncatingIfNeeded: base + kept)
    }

    /// The value of a bit pattern; exact. O(1).
    package static func value(of bits: UInt16) -> Double {
        let sign = UInt64(bits & 0x8000) << 48
        let exponent = UInt64(bits >> 10 & 0x1F)
        let fraction = UInt64(bits & 0x3FF)
        switch exponent {
        case 0:
            let magnitude = Double(fraction) * 0x1p-24
            return Double(bitPattern: sign | magnitude.bitPattern)
        case 0x1F:
            return Double(bitPattern: sign | 0x7FF << 52 | fraction << 42)
        default:
            return Double(bitPattern: sign | (exponent + 1008) << 52 | fraction << 42)
        }
    }
}

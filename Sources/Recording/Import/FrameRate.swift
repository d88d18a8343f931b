/// A rate in frames a second, held exactly: a decimal number with at most 9 decimals.
package struct FrameRate: Hashable, Sendable {
    /// Frames in 10^9 seconds: 1...10^18. A faster rate would put two frames into one nanosecond.
    package let nanohertz: UInt64

    package static let expected = "a decimal number above 0, at most 1e9, with at most 9 decimals"

    private static let maximumNanohertz: UInt64 = 1_000_000_000_000_000_000

    /// Nil unless the text is as ``expected`` says.
    package init?(_ text: String) {
        guard let decimal = ExactDecimal(text), !decimal.isNegative,
            let (nanohertz, isExact) = decimal.scaled(byPowerOfTen: 9), isExact,
            (1...FrameRate.maximumNanohertz).contains(nanohertz)
        else { return nil }
        self.nanohertz = nanohertz
    }

    /// When a frame stands after frame 0, in nanoseconds: `frame * 10^18 / nanohertz`, rounded to an integer,
    /// halves to the even one. Nil beyond 64 bits.
    ///
    /// - Precondition: `frame` is not negative.
    package func time(of frame: Int) -> Int64? {
        // At most 2^63 * 2^60.
        let dividend = UInt128(frame) * UInt128(FrameRate.maximumNanohertz)
        let (quotient, rest) = dividend.quotientAndRemainder(dividingBy: UInt128(nanohertz))
        let twice = rest * 2
        let isUp = twice > nanohertz || twice == nanohertz && !quotient.isMultiple(of: 2)
        return Int64(exactly: isUp ? quotient + 1 : quotient)
    }

    /// How many frames stand at or before `duration` ns: at least one, that at 0. O(1).
    ///
    /// - Precondition: `duration` is not negative.
    package func frameCount(within duration: Int64) -> UInt64 {
        let whole = UInt128(duration) * UInt128(nanohertz) / UInt128(FrameRate.maximumNanohertz)
        // The quotient is below 2^63. A frame less than half a nanosecond later may have been rounded down to the
        // duration; there is at most one, because frames are at least a nanosecond apart.
        guard let last = Int(exactly: whole), last < .max else { return UInt64(whole) + 1 }
        let isNextIn = time(of: last + 1).map { $0 <= duration } ?? false
        return UInt64(last) + (isNextIn ? 2 : 1)
    }
}

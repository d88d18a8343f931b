/// Functions that are elsewhere taken from libm, whose last bits differ between machines.
package enum PortableMath {
    /// The natural logarithm, within 1 ulp. O(1).
    ///
    /// x = 2^k * (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), s = f / (2 + f), and a polynomial in s^2.
    /// Every operation is one correctly rounded binary64 operation in the order written, never fused.
    /// ln(0) is -infinity, of a number below zero NaN, of +infinity and of NaN the argument.
    ///
    /// Source: the method and constants of FreeBSD's `e_log.c` (fdlibm, Sun Microsystems, 1993); the
    /// one polynomial serves all arguments, without its special cases.
    package static func ln(_ x: Double) -> Double {
        guard x > 0 else { return x == 0 ? -.infinity : .nan }
        guard x.isFinite else { return x }
        let isSubnormal = x < 0x1p-1022
        let bits = (isSubnormal ? x * 0x1p54 : x).bitPattern
        var k = Int64(bits >> 52) - 1023 - (isSubnormal ? 54 : 0)
        var m = Double(bitPattern: bits & 0xF_FFFF_FFFF_FFFF | 1023 << 52)
        if m >= 1.4142135623730951 {
            m = m * 0.5
            k += 1
        }
        let f = m - 1
        let s = f / (2 + f)
        let z = s * s
        let w = z * z
        let even = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
        let odd =
            z
            * (0.6666666666666735130
                + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)))
        let rest = even + odd
        let halfSquare = 0.5 * f * f
        let dk = Double(k)
        // ln 2 in two parts: the high one times k is exact.
        let high = dk * 6.93147180369123816490e-01
        let low = dk * 1.90821492927058770002e-10
        return high - ((halfSquare - (s * (halfSquare + rest) + low)) - f)
    }
}

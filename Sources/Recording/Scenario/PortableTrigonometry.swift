/// Sine and cosine without libm, whose last bits differ between machines. Of angles in degrees, so that
/// the reduction is exact.
enum PortableTrigonometry {
    /// The sine and cosine of `degrees`, within 1e-15. Exact at multiples of 90 degrees. O(1).
    ///
    /// The angle is reduced to at most 45 degrees beside a multiple of 90; there the Taylor series up to the 17th
    /// power is exact to the last bits. Every operation is one correctly rounded binary64 operation in the order
    /// written, never fused; the remainder is exact by IEEE 754.
    ///
    /// - Precondition: `degrees` is finite.
    static func sineAndCosine(degrees: Double) -> (sine: Double, cosine: Double) {
        precondition(degrees.isFinite, "the angle is not finite")
        let turn = degrees.truncatingRemainder(dividingBy: 360)
        let quarter = (turn / 90).rounded(.toNearestOrAwayFromZero)
        let x = (turn - quarter * 90) * (Double.pi / 180)
        let z = x * x
        var sine = 0.0
        for divisor in stride(from: 16.0, through: 2.0, by: -2.0) {
            sine = (1 + sine) * (-z / (divisor * (divisor + 1)))
        }
        sine = x * (1 + sine)
        var cosine = 0.0
        for divisor in stride(from: 15.0, through: 1.0, by: -2.0) {
            cosine = (1 + cosine) * (-z / (divisor * (divisor + 1)))
        }
        cosine = 1 + cosine
        switch Int(quarter) & 3 {
        case 0: return (sine, cosine)
        case 1: return (cosine, -sine)
        case 2: return (-sine, -cosine)
        default: return (-cosine, sine)
        }
    }
}

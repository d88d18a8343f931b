/// One axis of a ray's walk through unit voxels: where the ray is, and where it leaves.
///
/// The rule of the walk: a ray is at `origin + t * direction`, t >= 0. It starts in the voxel that
/// contains its origin (floor; half-open voxels). Going up an axis it crosses, from voxel v to v + 1, the
/// plane v + 1; going down, from v to v - 1, the plane v. The crossing's parameter is
/// `t = (plane - origin) / direction`, one subtraction and one division, never accumulated. Crossings
/// happen in ascending order of (t, axis), x before y before z at equal t. A component that is zero, of
/// either sign, never crosses. Hence an origin exactly on a plane going down crosses it at t = 0.
///
/// As each t is a function of its plane alone, the sequence of voxels does not depend on the path taken
/// to compute it, and a box of air can be crossed in one go (``pass(_:orAt:last:)``).
///
/// Source: Amanatides and Woo, "A Fast Voxel Traversal Algorithm for Ray Tracing", 1987.
struct RayAxis {
    private let origin: Double
    private let direction: Double
    /// 1, -1, or 0 for a component that is zero.
    let step: Int64
    /// 1 where the ray leaves a voxel by its upper plane.
    private let far: Int64
    /// The voxel coordinate now.
    private(set) var voxel: Int64
    /// The parameter at which the ray leaves ``voxel`` along this axis; infinite if it never does.
    private(set) var exit: Double

    @inline(__always)
    init(origin: Double, direction: Double, voxel: Int64) {
        self.origin = origin
        self.direction = direction
        self.voxel = voxel
        step = direction > 0 ? 1 : direction < 0 ? -1 : 0
        far = direction > 0 ? 1 : 0
        exit = .infinity
        exit = parameter(leaving: voxel)
    }

    /// The parameter at which the ray leaves a voxel coordinate along this axis.
    @inline(__always)
    func parameter(leaving voxel: Int64) -> Double {
        step == 0 ? .infinity : (Double(voxel &+ far) - origin) / direction
    }

    /// The last voxel coordinate within the aligned box of `mask + 1` voxels around the present one.
    @inline(__always)
    func last(within mask: Int64) -> Int64 { step > 0 ? voxel | mask : voxel & ~mask }

    /// Goes on to the next voxel. Must not be called where ``exit`` is infinite.
    @inline(__always)
    mutating func advance() {
        voxel = voxel &+ step
        exit = (Double(voxel &+ far) - origin) / direction
    }

    /// Goes on to the voxel behind `last`. Must not be called where ``exit`` is infinite.
    @inline(__always)
    mutating func leave(_ last: Int64) {
        voxel = last
        advance()
    }

    /// Makes all crossings that come before the parameter `t`, and those at `t` as well if `orAt`.
    ///
    /// An estimate of the place at `t`, put right by comparing the crossings themselves, so that the
    /// estimate's rounding cannot be seen.
    ///
    /// `last` is a voxel coordinate ahead, or the present one, that the ray does not leave before `t`.
    @inline(__always)
    mutating func pass(_ t: Double, orAt: Bool, last: Int64) {
        guard step != 0 else { return }
        let (low, high) = step > 0 ? (voxel, last) : (last, voxel)
        let place = min(max(origin + direction * t, Double(low)), Double(high))
        // Truncation, then one less where that was upwards: a floor without a call.
        var guess = Int64(place)
        if Double(guess) > place { guess &-= 1 }
        var out = (Double(guess &+ far) - origin) / direction
        if out < t || (orAt && out == t) {
            repeat {
                guess = guess &+ step
                out = (Double(guess &+ far) - origin) / direction
            } while out < t || (orAt && out == t)
        } else {
            while guess != voxel {
                let into = (Double(guess &- step &+ far) - origin) / direction
                if into < t || (orAt && into == t) { break }
                guess = guess &- step
                out = into
            }
        }
        voxel = guess
        exit = out
    }
}

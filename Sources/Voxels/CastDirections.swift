/// A unit vector along which a ray is cast. y is up.
package struct CastDirection: Hashable, Sendable {
    package let x: Double
    package let y: Double
    package let z: Double

    package init(_ x: Double, _ y: Double, _ z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// The vector scaled to length 1: each component divided by `sqrt((x*x + y*y) + z*z)`.
    ///
    /// - Precondition: the length is greater than zero.
    package var normalised: CastDirection {
        let length = (x * x + y * y + z * z).squareRoot()
        return CastDirection(x / length, y / length, z / length)
    }
}

/// The 64 directions of a cast: texel centres of an 8x8 octahedral map, row-major, y outer, so that
/// texel (i, j) is direction `i + 8 * j`. All have the same weight, an equal share of the sphere.
package enum CastDirections {
    package static let count = 64

    /// Solid angle of one direction: the binary64 nearest to 4 * pi / 64.
    package static let weight = 0.19634954084936207

    /// In index order. A component may be zero (z of the 16 texels on the fold), and is then +0.0.
    package static let directions: [CastDirection] = (0..<count).map { index in
        Octahedral.direction(u: (Double(index % 8) + 0.5) / 8, v: (Double(index / 8) + 0.5) / 8)
    }
}

/// The octahedral map of the sphere to the unit square. The fold axis is Z: the half with z >= 0 is
/// the inner diamond, the half with z < 0 is folded out into the corners. sign(0) = +1.
///
/// Source: Cigolle et al., "A Survey of Efficient Representations for Independent Unit Vectors", JCGT 2014.
package enum Octahedral {
    /// The direction of (u, v) in [0, 1]^2. With a = 2u - 1, b = 2v - 1 and z = (1 - |a|) - |b|: a point
    /// with z < 0 is unfolded by x = (1 - |b|) * sign(a), y = (1 - |a|) * sign(b); then normalised.
    package static func direction(u: Double, v: Double) -> CastDirection {
        let a = 2 * u - 1
        let b = 2 * v - 1
        let z = 1 - abs(a) - abs(b)
        guard z < 0 else { return CastDirection(a, b, z).normalised }
        return CastDirection((1 - abs(b)) * sign(a), (1 - abs(a)) * sign(b), z).normalised
    }

    /// The coordinates of a direction of any length but zero, in [0, 1]: divided by `(|x| + |y|) + |z|`,
    /// folded where z < 0, and `* 0.5 + 0.5`.
    package static func coordinates(of d: CastDirection) -> (u: Double, v: Double) {
        let size = abs(d.x) + abs(d.y) + abs(d.z)
        let a = d.x / size
        let b = d.y / size
        guard d.z < 0 else { return (a * 0.5 + 0.5, b * 0.5 + 0.5) }
        return ((1 - abs(b)) * sign(a) * 0.5 + 0.5, (1 - abs(a)) * sign(b) * 0.5 + 0.5)
    }

    private static func sign(_ value: Double) -> Double { value < 0 ? -1 : 1 }
}

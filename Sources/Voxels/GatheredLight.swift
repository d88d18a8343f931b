/// The sums over the rays of one cast, and the payload that they make. All in binary64, in the order in
/// which the rays are added; each output is rounded once.
struct GatheredLight {
    private var red = Coefficients()
    private var green = Coefficients()
    private var blue = Coefficients()
    private var missedX = 0.0
    private var missedY = 0.0
    private var missedZ = 0.0
    private var hits = 0
    private var distantHits = 0
    private var distanceSum = 0.0

    /// L1 spherical harmonics of one colour.
    private struct Coefficients {
        var c0 = 0.0
        var cY = 0.0
        var cZ = 0.0
        var cX = 0.0

        /// Adds `(radiance * weight) * basis` per coefficient, where the linear basis is
        /// `0.488603 * component`.
        @inline(__always)
        mutating func add(_ radiance: Double, _ direction: CastDirection) {
            let weighted = radiance * CastDirections.weight
            c0 += weighted * 0.282095
            cY += weighted * (0.488603 * direction.y)
            cZ += weighted * (0.488603 * direction.z)
            cX += weighted * (0.488603 * direction.x)
        }
    }

    /// A ray that reached its distance sees the sky: `a + (b - a) * t` from the horizon's ground colour a
    /// to the zenith's b, t = clamp(0.5 * y + 0.5, 0...1).
    mutating func addMiss(_ direction: CastDirection) {
        let t = min(max(0.5 * direction.y + 0.5, 0), 1)
        red.add(0.25 + (0.55 - 0.25) * t, direction)
        green.add(0.28 + (0.65 - 0.28) * t, direction)
        blue.add(0.30 + (0.85 - 0.30) * t, direction)
        missedX += direction.x
        missedY += direction.y
        missedZ += direction.z
    }

    /// A ray that hit a material `t` blocks away. A hit at 0 counts as a hit and has no share in the mean
    /// distance.
    mutating func addHit(_ direction: CastDirection, _ material: Material, _ t: Double) {
        let emission = material.emission
        red.add(emission.r, direction)
        green.add(emission.g, direction)
        blue.add(emission.b, direction)
        hits += 1
        if t > 0 {
            distantHits += 1
            distanceSum += t
        }
    }

    /// - Precondition: all rays of the cast have been added.
    var payload: Payload {
        let count = Double(CastDirections.count)
        var payload = Payload()
        payload.sh.r0 = Binary16.bits(from: red.c0)
        payload.sh.g0 = Binary16.bits(from: green.c0)
        payload.sh.b0 = Binary16.bits(from: blue.c0)
        payload.sh.rY = Binary16.bits(from: red.cY)
        payload.sh.gY = Binary16.bits(from: green.cY)
        payload.sh.bY = Binary16.bits(from: blue.cY)
        payload.sh.rZ = Binary16.bits(from: red.cZ)
        payload.sh.gZ = Binary16.bits(from: green.cZ)
        payload.sh.bZ = Binary16.bits(from: blue.cZ)
        payload.sh.rX = Binary16.bits(from: red.cX)
        payload.sh.gX = Binary16.bits(from: green.cX)
        payload.sh.bX = Binary16.bits(from: blue.cX)

        let (u, v) = Octahedral.coordinates(of: openDirection)
        payload.aoU = Binary16.bits(from: u)
        payload.aoV = Binary16.bits(from: v)
        let aoConfidence = Double(CastDirections.count - hits) / count
        payload.aoConfidence = Binary16.bits(from: aoConfidence)
        if distantHits > 0 {
            let mean = distanceSum / Double(distantHits)
            payload.meanLogHitDistance = Binary16.bits(from: PortableMath.ln(mean + 1))
        }
        let balance = 1 - 2 * abs(Double(hits) / count - 0.5)
        payload.confidence = Float(min(max(0.25 + 0.75 * min(aoConfidence, balance), 0), 1))
        payload.flags = Payload.validFlag
        if hits == 0, aoConfidence > 0.99 { payload.flags |= Payload.skyOnlyFlag }
        return payload
    }

    /// The normalised sum of the directions that missed. Straight up where nothing missed, and where the
    /// sum is at most 1e-6 long: opposite directions leave nothing there but rounding.
    private var openDirection: CastDirection {
        let squared = missedX * missedX + missedY * missedY + missedZ * missedZ
        guard squared > 1e-12 else { return CastDirection(0, 1, 0) }
        return CastDirection(missedX, missedY, missedZ).normalised
    }
}

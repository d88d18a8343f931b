import Testing
import Voxels

@Suite struct DirectionTests {
    @Test func directionsAreDistinctAndUnit() {
        let directions = CastDirections.directions
        #expect(directions.count == 64)
        #expect(Set(directions).count == 64)
        for d in directions {
            #expect(abs((d.x * d.x + d.y * d.y + d.z * d.z).squareRoot() - 1) < 1e-15)
        }
    }

    @Test func texelsRunAlongXFirst() {
        let directions = CastDirections.directions
        // Texel (4, 3) is the one right of the middle and below it.
        let d = directions[4 + 8 * 3]
        #expect(d.x > 0 && d.y < 0 && d.z > 0)
        #expect(directions.filter { $0.z == 0 }.count == 16)
        #expect(directions.filter { $0.y == 0 || $0.x == 0 }.isEmpty)
    }

    @Test func weightsAddUpToTheSphere() {
        #expect(CastDirections.weight == 4 * Double.pi / 64)
    }

    @Test func coordinatesUndoDirections() {
        for j in 0...32 {
            for i in 0...32 {
                let (u, v) = (Double(i) / 32, Double(j) / 32)
                let d = Octahedral.direction(u: u, v: v)
                let back = Octahedral.coordinates(of: d)
                // On the outline two coordinates stand for each direction.
                let isOutline = i == 0 || j == 0 || i == 32 || j == 32
                if isOutline { continue }
                #expect(abs(back.u - u) < 1e-15 && abs(back.v - v) < 1e-15, "\(i), \(j)")
            }
        }
    }

    @Test func foldTakesZeroForPositive() {
        let down = Octahedral.coordinates(of: CastDirection(0, 0, -1))
        #expect(down == (1, 1))
        let negativeZero = Octahedral.coordinates(of: CastDirection(-0.0, -0.0, -1))
        #expect(negativeZero == (1, 1))
        #expect(Octahedral.coordinates(of: CastDirection(0, 1, 0)) == (0.5, 1))
    }
}

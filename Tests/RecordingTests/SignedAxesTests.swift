import Recording
import Streaming
import Testing
import Topology

@Suite("Signed permutations of the axes")
struct SignedAxesTests {
    /// All 48.
    static let all: [SignedAxes] = {
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        return orders.flatMap { order in
            (0..<8).compactMap { signs in
                SignedAxes(
                    order.enumerated().map { place, axis in
                        (signs >> place & 1 == 1 ? "-" : "") + ["x", "y", "z"][axis]
                    }.joined(separator: ","))
            }
        }
    }()

    /// p turned by q: the vector part of q p q*, by the definition of the product.
    private func rotated(_ p: WorldPoint, by q: Quaternion) -> WorldPoint {
        func product(_ a: Quaternion, _ b: Quaternion) -> Quaternion {
            Quaternion(
                x: a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
                y: a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
                z: a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w,
                w: a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z)
        }
        let turned = product(
            product(q, Quaternion(x: p.x, y: p.y, z: p.z, w: 0)),
            Quaternion(x: -q.x, y: -q.y, z: -q.z, w: q.w))
        return WorldPoint(turned.x, turned.y, turned.z)
    }

    @Test("There are 48, each reads back as it is written, and no two do the same")
    func exhaustive() {
        #expect(SignedAxesTests.all.count == 48)
        #expect(Set(SignedAxesTests.all.map { $0.point(WorldPoint(1, 2, 3)) }).count == 48)
        for axes in SignedAxesTests.all { #expect(SignedAxes(axes.description) == axes, "\(axes)") }
        #expect(SignedAxesTests.all.first == .identity)
    }

    @Test("The axes of the text are the target's in terms of the source's")
    func meaning() throws {
        let axes = try #require(SignedAxes("x,z,-y"))
        #expect(axes.point(WorldPoint(1, 2, 3)) == WorldPoint(1, 3, -2))
        #expect(axes.determinant == 1)
        // A turn about the source's z is one about the target's y.
        #expect(
            axes.orientation(Quaternion(x: 0, y: 0, z: 0.6, w: 0.8))
                == Quaternion(x: 0, y: 0.6, z: 0, w: 0.8))
        let mirror = try #require(SignedAxes("-x,y,z"))
        #expect(mirror.determinant == -1)
        // In a mirror a turn about the axis that is mirrored keeps its sense, others change it.
        #expect(
            mirror.orientation(Quaternion(x: 0.1, y: 0.2, z: 0.3, w: 0.4))
                == Quaternion(x: 0.1, y: -0.2, z: -0.3, w: 0.4))
    }

    @Test("Turning and then changing axes is changing axes and then turning", arguments: [1, 2] as [UInt64])
    func orientation(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for axes in SignedAxesTests.all {
            for _ in 0..<20 {
                let q = ImportSamples.rotation(&generator)
                let p = WorldPoint(
                    .random(in: -9...9, using: &generator), .random(in: -9...9, using: &generator),
                    .random(in: -9...9, using: &generator))
                let first = axes.point(rotated(p, by: q))
                let second = rotated(axes.point(p), by: axes.orientation(q))
                let off = [first.x - second.x, first.y - second.y, first.z - second.z].map(abs).max() ?? 0
                #expect(off < 1e-13, "seed \(seed), axes \(axes), \(q), \(p)")
            }
        }
    }

    @Test("The determinant is that of the matrix")
    func determinant() {
        for axes in SignedAxesTests.all {
            let a = axes.point(WorldPoint(1, 0, 0))
            let b = axes.point(WorldPoint(0, 1, 0))
            let c = axes.point(WorldPoint(0, 0, 1))
            let triple =
                a.x * (b.y * c.z - b.z * c.y) + a.y * (b.z * c.x - b.x * c.z) + a.z * (b.x * c.y - b.y * c.x)
            #expect(axes.determinant == triple, "\(axes)")
        }
    }

    @Test("Numbers change places and signs, and nothing else")
    func exact() {
        let p = WorldPoint(0.1, 1e-300, .greatestFiniteMagnitude)
        for axes in SignedAxesTests.all {
            let image = axes.point(p)
            #expect(Set([image.x, image.y, image.z].map(abs)) == Set([p.x, p.y, p.z]), "\(axes)")
            let q = axes.orientation(Quaternion(x: 0.1, y: 0.2, z: 0.3, w: -0.7))
            #expect(Set([q.x, q.y, q.z].map(abs)) == [0.1, 0.2, 0.3], "\(axes)")
            #expect(q.w == -0.7)
        }
    }

    @Test(
        "What is no signed permutation is refused",
        arguments: [
            "", "x", "x,y", "x,y,z,", ",x,y,z", "x,y,y", "x,y,-y", "x,y,w", "--x,y,z", "+x,y,z", "X,Y,Z",
            "x, y, z", "x;y;z", "x,y,,z", "1,2,3", "xyz", "-,y,z", "x,y,z,x",
        ])
    func refused(text: String) { #expect(SignedAxes(text) == nil) }
}

import Topology
import Voxels

/// A seeded generator (SplitMix64), so that a failure can be repeated from the printed seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// One of the values, which are not empty.
    mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &self)]
    }
}

/// A box by its lowest voxel and its edges.
func box(_ x: Int64, _ y: Int64, _ z: Int64, _ dx: Int64 = 1, _ dy: Int64 = 1, _ dz: Int64 = 1) -> VoxelBox {
    VoxelBox(lower: VoxelCoordinate(x, y, z), upper: VoxelCoordinate(x + dx, y + dy, z + dz))
}

func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// How a ray of the reference walk ended.
enum PlainEnd: Equatable {
    case miss
    case hit(VoxelCoordinate, Double)
    case unloaded
}

/// The rule of the walk, one voxel at a time and nothing else: the oracle for every short cut.
func plainWalk(
    _ world: VoxelWorld, from origin: WorldPoint, along direction: CastDirection, distance: Double
) -> PlainEnd {
    let o = [origin.x, origin.y, origin.z]
    let d = [direction.x, direction.y, direction.z]
    var v = o.map { Int64($0.rounded(.down)) }
    var t = 0.0
    while true {
        let voxel = VoxelCoordinate(v[0], v[1], v[2])
        if !world.isLoaded(ChunkCoordinate(v[0] >> 5, v[1] >> 5, v[2] >> 5)) { return .unloaded }
        if world.material(at: voxel) != .air { return .hit(voxel, t) }
        var next = (t: Double.infinity, axis: -1)
        for axis in 0..<3 where d[axis] != 0 {
            let plane = d[axis] > 0 ? v[axis] + 1 : v[axis]
            let crossing = (Double(plane) - o[axis]) / d[axis]
            if crossing < next.t { next = (crossing, axis) }
        }
        if next.axis < 0 || next.t > distance { return .miss }
        t = next.t
        v[next.axis] += d[next.axis] > 0 ? 1 : -1
    }
}

/// The payload put together from the reference walk; nil for an aborted cast.
func plainPayload(_ world: VoxelWorld, from origin: WorldPoint, distance: Double) -> Payload? {
    var sums = Array(repeating: 0.0, count: 12)
    var open = (0.0, 0.0, 0.0)
    var hits = 0.0
    var distances: [Double] = []
    for j in 0..<8 {
        for i in 0..<8 {
            let direction = plainDirection(i, j)
            var light = (0.0, 0.0, 0.0)
            switch plainWalk(world, from: origin, along: direction, distance: distance) {
            case .unloaded: return nil
            case .miss:
                let t = min(max(0.5 * direction.y + 0.5, 0), 1)
                light = (0.25 + (0.55 - 0.25) * t, 0.28 + (0.65 - 0.28) * t, 0.30 + (0.85 - 0.30) * t)
                open = (open.0 + direction.x, open.1 + direction.y, open.2 + direction.z)
            case .hit(let voxel, let t):
                let emission = world.material(at: voxel).emission
                light = (emission.r, emission.g, emission.b)
                hits += 1
                if t > 0 { distances.append(t) }
            }
            let weight = 4 * Double.pi / 64
            let basis = [
                0.282095, 0.488603 * direction.y, 0.488603 * direction.z, 0.488603 * direction.x,
            ]
            for (colour, radiance) in [light.0, light.1, light.2].enumerated() {
                for k in 0..<4 { sums[colour * 4 + k] += radiance * weight * basis[k] }
            }
        }
    }
    // (R0,G0,B0,RY)(GY,BY,RZ,GZ)(BZ,RX,GX,BX) out of R(0,Y,Z,X) G(0,Y,Z,X) B(0,Y,Z,X).
    var halves = [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11].map { Float16(sums[$0]).bitPattern }
    let length = (open.0 * open.0 + open.1 * open.1 + open.2 * open.2).squareRoot()
    var n = length > 1e-6 ? [open.0 / length, open.1 / length, open.2 / length] : [0, 1, 0]
    let size = abs(n[0]) + abs(n[1]) + abs(n[2])
    n = [n[0] / size, n[1] / size, n[2]]
    if n[2] < 0 {
        n = [(1 - abs(n[1])) * (n[0] < 0 ? -1 : 1), (1 - abs(n[0])) * (n[1] < 0 ? -1 : 1), n[2]]
    }
    let aoConfidence = (64 - hits) / 64
    halves.append(Float16(n[0] * 0.5 + 0.5).bitPattern)
    halves.append(Float16(n[1] * 0.5 + 0.5).bitPattern)
    halves.append(0)
    halves.append(Float16(aoConfidence).bitPattern)
    let mean = distances.reduce(0, +) / Double(max(distances.count, 1))
    halves.append(Float16(distances.isEmpty ? 0 : PortableMath.ln(mean + 1)).bitPattern)
    halves.append(0)
    let confidence = 0.25 + 0.75 * min(aoConfidence, 1 - 2 * abs(hits / 64 - 0.5))
    let words: [UInt32] = [Float(min(max(confidence, 0), 1)).bitPattern, hits == 0 ? 3 : 1]
    for word in words { halves += [UInt16(word & 0xFFFF), UInt16(word >> 16)] }
    let bytes: [UInt8] = halves.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    return Payload(bytes: bytes)
}

/// Texel (i, j) of the octahedral map, unfolded along Z.
private func plainDirection(_ i: Int, _ j: Int) -> CastDirection {
    var p = [Double(2 * i - 7) / 8, Double(2 * j - 7) / 8]
    let z = 1 - abs(p[0]) - abs(p[1])
    if z < 0 { p = [(1 - abs(p[1])) * (p[0] < 0 ? -1 : 1), (1 - abs(p[0])) * (p[1] < 0 ? -1 : 1)] }
    let length = (p[0] * p[0] + p[1] * p[1] + z * z).squareRoot()
    return CastDirection(p[0] / length, p[1] / length, z / length)
}

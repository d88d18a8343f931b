/// A chunk with edits: its mask, edits included, and the material of each edited voxel. Immutable; an
/// edit makes another one, so that a snapshot never changes.
///
/// Size: 5.2 KiB, and 64 bytes per brick of 4^3 voxels that has an edit.
///
/// `@unchecked Sendable`: the mask's memory is written in the initialiser only.
final class EditedChunk: @unchecked Sendable {
    /// Generated terrain with the edits applied.
    let mask: ChunkMask
    /// Per brick 0, or one more than the brick's place in ``materials``.
    private let places: [UInt16]
    /// 64 raw materials per brick that has an edit; ``unedited`` where the voxel has none.
    private let materials: [UInt8]

    private static let unedited: UInt8 = 255

    deinit { mask.deallocate() }

    /// `base` (or, without one, the generated chunk) with `box` turned into `material`.
    ///
    /// The box is within the chunk, in world coordinates, and not empty. `onChange` is called with each
    /// voxel whose edit is new or other than before, and the edit before.
    /// Complexity: O(voxels of the box + bricks).
    init(
        of chunk: ChunkCoordinate, base: EditedChunk?, generated: ChunkMask, box: VoxelBox,
        material: Material, onChange: (VoxelCoordinate, _ before: Material?) -> Void
    ) {
        mask = .allocate()
        mask.key = chunk
        mask.copyContent(from: base?.mask ?? generated)
        var overlay = Overlay(base)
        for z in box.lower.z..<box.upper.z {
            for y in box.lower.y..<box.upper.y {
                for x in box.lower.x..<box.upper.x {
                    let before = overlay.set(x, y, z, material)
                    guard before != material else { continue }
                    mask.set(x, y, z, solid: material != .air)
                    onChange(VoxelCoordinate(x, y, z), before)
                }
            }
        }
        mask.countOccupancy()
        places = overlay.places
        materials = overlay.materials
    }

    /// The generated chunk with all its edits at once, as ``forEachEdit(_:)`` gives them. O(edits + bricks).
    init(of chunk: ChunkCoordinate, generated: ChunkMask, edits: [(VoxelCoordinate, Material)]) {
        mask = .allocate()
        mask.key = chunk
        mask.copyContent(from: generated)
        var overlay = Overlay(nil)
        for (voxel, material) in edits {
            _ = overlay.set(voxel.x, voxel.y, voxel.z, material)
            mask.set(voxel.x, voxel.y, voxel.z, solid: material != .air)
        }
        mask.countOccupancy()
        places = overlay.places
        materials = overlay.materials
    }

    /// The edits of a chunk while they are put together.
    private struct Overlay {
        var places: [UInt16]
        var materials: [UInt8]

        init(_ base: EditedChunk?) {
            places = base?.places ?? Array(repeating: 0, count: ChunkMask.brickCount)
            materials = base?.materials ?? []
        }

        /// - Returns: the edit before.
        mutating func set(_ x: Int64, _ y: Int64, _ z: Int64, _ material: Material) -> Material? {
            let brick = ChunkMask.brick(x, y, z)
            if places[brick] == 0 {
                places[brick] = UInt16(materials.count / 64 + 1)
                materials.append(contentsOf: repeatElement(EditedChunk.unedited, count: 64))
            }
            let index = Int(places[brick] - 1) * 64 + Int(ChunkMask.bit(x, y, z))
            defer { materials[index] = material.rawValue }
            return Material(rawValue: materials[index])
        }
    }

    /// The edit of a voxel of this chunk; nil where there is none. O(1).
    func edit(at voxel: VoxelCoordinate) -> Material? {
        let place = places[ChunkMask.brick(voxel.x, voxel.y, voxel.z)]
        guard place != 0 else { return nil }
        let index = Int(place - 1) * 64 + Int(ChunkMask.bit(voxel.x, voxel.y, voxel.z))
        return Material(rawValue: materials[index])
    }

    /// Calls `body` for each edit, in linear order of the voxels. O(voxels of the chunk).
    func forEachEdit(_ body: (VoxelCoordinate, Material) -> Void) {
        let chunk = mask.key
        for z: Int64 in 0..<32 {
            for y: Int64 in 0..<32 {
                for x: Int64 in 0..<32 {
                    let voxel = VoxelCoordinate(
                        chunk.x &<< 5 | x, chunk.y &<< 5 | y, chunk.z &<< 5 | z)
                    if let material = edit(at: voxel) { body(voxel, material) }
                }
            }
        }
    }
}

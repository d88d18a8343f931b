/// All offsets from the camera's cell that a window can hold, nearest first.
///
/// The selection key within a class is (squared distance to the camera's cell, local linear index). The
/// local index orders by z, then y, then x, and so does an offset from the camera's cell; therefore one
/// table per resolution gives the exact order for every camera position, and selecting takes as many
/// steps as it has to look at slots, not as many as there are.
final class SelectionOrder: Sendable {
    /// How many cells the camera's cell may be away from the window's anchor, per axis, for the table
    /// to cover the window.
    static let marginCells: Int32 = 2

    struct Offset: Sendable {
        var x: Int16
        var y: Int16
        var z: Int16
    }

    let resolution: Int32
    /// Ascending by (squared distance, z, y, x).
    let offsets: [Offset]
    /// For each squared distance the index of the first offset that is at least so far away.
    private let starts: [Int]

    /// Complexity: O((N + 4)^3), a counting sort.
    init(resolution: Int32) {
        self.resolution = resolution
        let reach = Int(resolution / 2 + SelectionOrder.marginCells)
        var starts = Array(repeating: 0, count: 3 * reach * reach + 2)
        func forEachOffset(_ body: (Int, Int, Int) -> Void) {
            for z in -reach...reach {
                for y in -reach...reach {
                    for x in -reach...reach { body(x, y, z) }
                }
            }
        }
        forEachOffset { x, y, z in starts[x * x + y * y + z * z + 1] += 1 }
        for index in 1..<starts.count { starts[index] += starts[index - 1] }
        self.starts = starts
        let edge = 2 * reach + 1
        var sorted = Array(repeating: Offset(x: 0, y: 0, z: 0), count: edge * edge * edge)
        forEachOffset { x, y, z in
            let distance = x * x + y * y + z * z
            sorted[starts[distance]] = Offset(x: Int16(x), y: Int16(y), z: Int16(z))
            starts[distance] += 1
        }
        offsets = sorted
    }

    /// The offsets that are at least so far from the camera's cell, nearest first.
    func offsets(fromSquaredDistance distance: Int64) -> ArraySlice<Offset> {
        distance < Int64(starts.count) ? offsets[starts[Int(distance)]...] : []
    }
}

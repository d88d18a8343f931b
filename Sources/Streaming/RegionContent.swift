package import Hashing
import Topology
package import Voxels

/// One cell as it is stored.
package struct StoredCell: Hashable, Sendable {
    /// Linear index within its region.
    package var index: Int32
    /// Frames since its last update, when it was stored: 0...``Model/frameLimit``. It does not grow while the cell lies there.
    package var ageFrames: Int32
    /// The store's clock when it was stored.
    package var storedAt: Int64
    package var payload: Payload

    package init(index: Int32, ageFrames: Int32, storedAt: Int64, payload: Payload) {
        self.index = index
        self.ageFrames = ageFrames
        self.storedAt = storedAt
        self.payload = payload
    }

    /// When it was updated, by the store's clock.
    var updatedAt: Int64 { storedAt - Int64(ageFrames) }
}

/// The cells of a stored region, ascending by index; what a row's bytes hold.
///
/// Bytes, little-endian: for each cell its index (i32), age (i32), the clock when it was stored (i64), and the 44 bytes of the payload.
package struct RegionContent: Hashable, Sendable {
    package private(set) var cells: [StoredCell]

    /// Bytes of a cell in a row.
    package static let cellBytes = 60
    /// Bytes that a row is accounted with beside its cells: its key, its clock, its digests, and its share of the file's own order.
    package static let rowOverheadBytes = 160

    /// What a row with that many cells is accounted with.
    package static func accountedBytes(cells: Int) -> Int64 { Int64(rowOverheadBytes + cellBytes * cells) }

    /// - Precondition: the cells ascend by index.
    package init(cells: [StoredCell] = []) {
        precondition(
            zip(cells, cells.dropFirst()).allSatisfy { $0.index < $1.index }, "cells ascend by index")
        self.cells = cells
    }

    /// The content of a row's bytes; nil where no run can have written them.
    package init?(bytes: [UInt8], grid: RegionGrid) {
        guard bytes.count % RegionContent.cellBytes == 0 else { return nil }
        var reader = CanonicalReader(bytes)
        cells = []
        cells.reserveCapacity(bytes.count / RegionContent.cellBytes)
        var least: Int32 = 0
        while reader.remaining > 0 {
            guard let index = try? reader.next(Int32.self), let age = try? reader.next(Int32.self),
                let storedAt = try? reader.next(Int64.self), let raw = try? reader.take(Payload.byteCount),
                let payload = Payload(bytes: raw), payload.isValid, raw == payload.bytes[...],
                index >= least, index < grid.cellCount, age >= 0, age <= Model.frameLimit,
                storedAt >= 0, storedAt < RegionContent.clockLimit
            else { return nil }
            cells.append(StoredCell(index: index, ageFrames: age, storedAt: storedAt, payload: payload))
            least = index + 1
        }
    }

    /// No store's clock counts so far.
    package static let clockLimit: Int64 = 1 << 62

    package var bytes: [UInt8] {
        var bytes = CanonicalBytes()
        for cell in cells {
            bytes.append(cell.index)
            bytes.append(cell.ageFrames)
            bytes.append(cell.storedAt)
            bytes.append(contentsOf: cell.payload.bytes)
        }
        return bytes.bytes
    }

    package var present: CellMask {
        var mask = CellMask()
        for cell in cells { mask.insert(cell.index) }
        return mask
    }

    /// XXH3-64 of the row's key and of its bytes: a region that is found under another key is damaged as well.
    package static func digest(of bytes: [UInt8], in row: RowKey) -> Digest64 {
        var all = CanonicalBytes()
        row.append(to: &all)
        all.append(contentsOf: bytes)
        return all.digest64()
    }

    /// Takes cells in: of two versions of a cell the one that was updated later by the store's clock stays, of two that were updated at
    /// the same time the one that comes in. O(cells).
    package mutating func merge(_ incoming: RegionContent) {
        var result: [StoredCell] = []
        result.reserveCapacity(cells.count + incoming.cells.count)
        var (a, b) = (cells[...], incoming.cells[...])
        while let left = a.first, let right = b.first {
            if left.index < right.index {
                result.append(left)
                a.removeFirst()
            } else if right.index < left.index {
                result.append(right)
                b.removeFirst()
            } else {
                result.append(left.updatedAt > right.updatedAt ? left : right)
                a.removeFirst()
                b.removeFirst()
            }
        }
        cells = result + a + b
    }

    /// Throws cells out. O(cells).
    package mutating func remove(_ indexes: CellMask) {
        cells.removeAll { indexes.contains($0.index) }
    }
}

import Hashing
import Topology
import Voxels

// The part of a snapshot that holds the region cache and the ledger of the store. What the store itself holds is not state of the
// system: whoever keeps the store keeps its snapshot.

extension StreamingSystem {
    func appendRegions(to bytes: inout CanonicalBytes) {
        bytes.append(UInt32(cache.entries.count))
        for key in cache.keys { cache.entries[key]?.append(to: &bytes, cache.grid) }
        bytes.append(store != nil)
        store?.append(to: &bytes)
    }

    mutating func restoreRegions(_ reader: inout SnapshotReader) throws(SnapshotError) {
        cache = RegionCache(
            grid: RegionGrid(edge: configuration?.regionEdge ?? 1),
            baseSpacing: configuration?.baseSpacing ?? 1,
            isHalfCell: configuration?.lattice.isHalfCell ?? false)
        let entries: UInt32 = try reader.next()
        var last: RegionKey?
        for _ in 0..<entries {
            let entry = try reader.entry(after: last, cache.grid, configuration, levels, nextFrame ?? 0)
            last = entry.key
            cache.restore(entry)
        }
        guard cache.bytes <= configuration?.cacheBytes ?? 0 else {
            throw .outOfRange(
                field: "bytes of the cache", value: "\(cache.bytes)",
                allowed: "0...\(configuration?.cacheBytes ?? 0)", offset: reader.offset)
        }
        let hasStore = try reader.flag("session has a store")
        guard hasStore else { return }
        guard let key = storeKey else {
            throw .outOfRange(
                field: "session has a store", value: "1", allowed: "0, no session runs", offset: reader.offset
            )
        }
        store = try reader.ledger(key, nextFrame ?? 0)
    }
}

extension RegionEntry {
    fileprivate func append(to bytes: inout CanonicalBytes, _ grid: RegionGrid) {
        key.append(to: &bytes)
        bytes.append(lastUsed)
        bytes.append(newestUpdate)
        bytes.append(layoutVersion)
        bytes.append(flags.rawValue)
        bytes.append(UInt32(cells.count))
        // Order: sorted by linear index.
        for cell in cells.sorted(by: { grid.localIndex(of: $0.cell) < grid.localIndex(of: $1.cell) }) {
            cell.append(to: &bytes, grid)
        }
    }
}

extension CachedCell {
    fileprivate func append(to bytes: inout CanonicalBytes, _ grid: RegionGrid) {
        bytes.append(grid.localIndex(of: cell))
        bytes.append(lastUpdated)
        bytes.append(contentsOf: payload.bytes)
    }
}

extension StoreLedger {
    fileprivate func append(to bytes: inout CanonicalBytes) {
        bytes.append(sizeCapBytes)
        bytes.append(startFrame)
        bytes.append(startEdits)
        bytes.append(isIndexKnown)
        bytes.append(indexClock)
        bytes.append(knownEdits)
        bytes.append(nextSequence)
        bytes.append(UInt32(rows.count))
        // Order: sorted by key.
        for (key, row) in rows.sorted(by: { $0.key < $1.key }) {
            key.append(to: &bytes)
            bytes.append(row.clock)
            row.present.append(to: &bytes)
            bytes.append(row.content)
        }
        bytes.append(UInt32(requests.count))
        for request in requests {
            bytes.append(request.sequence)
            bytes.append(request.dueFrame)
            bytes.append(request.row != nil)
            request.row?.append(to: &bytes)
            request.masked.append(to: &bytes)
        }
        bytes.append(UInt32(held.count))
        for write in held {
            bytes.append(write.sequence)
            write.row.append(to: &bytes)
            bytes.append(UInt32(write.cells.count))
            for cell in write.cells { cell.append(to: &bytes, write.row.key.grid) }
        }
        bytes.append(UInt32(heldBoxes.count))
        for box in heldBoxes {
            for corner in [box.lower, box.upper] {
                bytes.append(corner.x)
                bytes.append(corner.y)
                bytes.append(corner.z)
            }
        }
    }
}

extension CellMask {
    fileprivate func append(to bytes: inout CanonicalBytes) {
        bytes.append(UInt32(words.count))
        for word in words { bytes.append(word) }
    }
}

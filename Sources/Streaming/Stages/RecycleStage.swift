import Hashing
import PlantedFaults
import Topology

// Stage 4, recycle: replies of the store, then cells that left into the region cache, then cells that entered out of it, then one
// round of evictions. Where a session or its key ends, everything that is kept goes to the store, and the cache begins anew.

extension StreamingSystem {
    mutating func recycle(_ frame: inout FrameContext, _ keeper: inout some StoreService) {
        var tally = RecycleTally()
        applyReplies(&frame, &tally)
        for (level, cells) in frame.lifted.enumerated() {
            cache.insert(
                cells, level: level, unsaved: true,
                layoutVersion: (frame.configurationBefore ?? frame.configuration)?.layoutVersion ?? 0,
                frame: frame.frame)
        }
        if frame.endsKey { endKey(&frame, &keeper) }
        renewCache(frame)
        if frame.opensStore != nil { keeper.open(frame.storeContents) }
        if let key = storeKey { for region in frame.damaged { keeper.damage(RowKey(key, region)) } }
        restoreEntering(&frame, &tally)
        evict(&frame, &tally)
        frame.outputs.append(tally.applied)
        frame.outputs.append(tally.refused)
        frame.outputs.append(tally.late)
        frame.outputs.append(tally.restored)
        frame.outputs.append(tally.evicted)
        frame.close(.recycle, of: self)
    }

    // MARK: The end of a key

    /// Writes back what the store has not, under the key that ends. A session's end hands it over at once: its boxes are already in it.
    private mutating func endKey(_ frame: inout FrameContext, _ keeper: inout some StoreService) {
        guard let before = frame.configurationBefore else { return }
        if var closing = frame.closing {
            if frame.worldGoesOn {
                var unseen = CanonicalBytes()
                for box in frame.invalidated {
                    _ = cache.invalidate(box)
                    _ = closing.invalidate(box, &unseen)
                }
            }
            writeBackAll(StoreKey(before), &closing)
            var operations: [StoreOperation] = []
            closing.handOver(frame.frame, edits: frame.closingEdits, &operations, &frame.handedOver)
            if !operations.isEmpty {
                keeper.handOver(
                    StoreBatch(
                        frame: frame.frame, clock: closing.clock(in: frame.frame), operations: operations))
            }
            frame.closing = nil
        } else if !frame.endsSession, var ledger = store {
            // Where a session ends, the store is that of the session that starts, and nothing of the old one is its business.
            writeBackAll(StoreKey(before), &ledger)
            ledger.work.asksForAll = true
            store = ledger
        }
    }

    private mutating func writeBackAll(_ key: StoreKey, _ ledger: inout StoreLedger) {
        for region in cache.keys {
            guard let entry = cache.remove(region), entry.flags.contains(.unsaved) else { continue }
            ledger.hold(entry, key)
        }
    }

    /// After the end of a key the cache is empty; where levels have become near, their entries are gone.
    private mutating func renewCache(_ frame: FrameContext) {
        let grid = RegionGrid(edge: configuration?.regionEdge ?? 1)
        let spacing = configuration?.baseSpacing ?? 1
        if planted(.cacheKept, if: frame.endsKey && !cache.entries.isEmpty) { return }
        let isHalfCell = configuration?.lattice.isHalfCell ?? false
        if frame.endsKey || cache.grid != grid || cache.baseSpacing != spacing
            || cache.isHalfCell != isHalfCell
        {
            cache = RegionCache(grid: grid, baseSpacing: spacing, isHalfCell: isHalfCell)
            return
        }
        guard let before = frame.configurationBefore, let after = configuration,
            after.nearLevels > before.nearLevels
        else { return }
        for key in cache.keys where key.level < after.nearLevels { _ = cache.remove(key) }
    }

    // MARK: Entering and evicted

    /// Cells that entered a far level and that no reply has restored come out of their entries.
    private mutating func restoreEntering(_ frame: inout FrameContext, _ tally: inout RecycleTally) {
        guard let nearLevels = configuration?.nearLevels, !cache.entries.isEmpty else { return }
        for level in levels.indices where level >= nearLevels {
            var sum = LeafSum()
            var count: UInt32 = 0
            for region in visitOrder.of(entriesEntering(level, frame)) {
                for box in frame.shifts[level].entering {
                    cache.removeCells(in: box, of: region, frame: frame.frame) { cached in
                        let slot = levels[level].window.slot(of: cached.cell)
                        guard levels[level].probes[slot.index].lifecycle == .uninitialized else {
                            return false
                        }
                        levels[level].restore(
                            cached.cell, cached.payload,
                            lastUpdated: planted(.ageForgotten, cached.lastUpdated, instead: frame.frame))
                        sum.add(levels[level].probes[slot.index].record(level: level, cell: cached.cell).leaf)
                        count += 1
                        return true
                    }
                }
            }
            guard count > 0 else { continue }
            frame.counts[level].restored += Int(count)
            tally.restored += count
            frame.outputs.append(UInt8(level))
            frame.outputs.append(count)
            frame.outputs.append(sum)
        }
    }

    /// The entries that have cells of the boxes that entered, in key order. O(regions of the boxes, or entries, whichever are fewer).
    private func entriesEntering(_ level: Int, _ frame: FrameContext) -> [RegionKey] {
        let boxes = frame.shifts[level].entering.map { cache.grid.regions(meeting: $0) }
        guard boxes.reduce(0, { $0 + $1.roughCount }) <= Double(cache.entries.count) else {
            // Order: sorted.
            return cache.entries.keys.filter { key in
                Int(key.level) == level && boxes.contains { $0.contains(key.region) }
            }.sorted()
        }
        var keys: Set<RegionKey> = []
        for box in boxes {
            box.forEach { region in
                let key = RegionKey(level: level, region: region)
                if cache.entries[key] != nil { keys.insert(key) }
            }
        }
        return keys.sorted()
    }

    private mutating func evict(_ frame: inout FrameContext, _ tally: inout RecycleTally) {
        guard let bytes = configuration?.cacheBytes, let key = storeKey else { return }
        let capacity = planted(
            .cachePerDescriptor, bytes, instead: Host.hasFewDescriptors ? bytes / 2 : bytes)
        while cache.bytes > capacity, let region = cache.removeOldestUse(), let entry = cache.remove(region) {
            frame.outputs.append(region.level)
            frame.outputs.append(region.region)
            frame.outputs.append(UInt32(entry.cells.count))
            frame.outputs.append(entry.flags.rawValue)
            frame.counts[Int(region.level)].evicted += 1
            tally.evicted += 1
            if entry.flags.contains(.unsaved) { store?.hold(entry, key) }
        }
    }
}

/// What the recycle stage counts.
struct RecycleTally {
    var applied: UInt32 = 0
    var refused: UInt32 = 0
    var late: UInt32 = 0
    var restored: UInt32 = 0
    var evicted: UInt32 = 0
}

extension StoreLedger {
    /// Makes a write-back of an entry.
    fileprivate mutating func hold(_ entry: RegionEntry, _ key: StoreKey) {
        held.append(HeldWrite(sequence: takeSequence(), row: RowKey(key, entry.key), cells: entry.cells))
    }
}

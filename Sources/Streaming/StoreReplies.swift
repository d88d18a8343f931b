import Hashing
import PlantedFaults
import Topology

// The store's replies, as the first part of the recycle stage.

extension StreamingSystem {
    mutating func applyReplies(_ frame: inout FrameContext, _ tally: inout RecycleTally) {
        for (request, found) in frame.replies {
            let isHidden =
                planted(.modeOfRows, if: request.row != nil && Host.hidesFromGroup)
                || planted(
                    .createdElsewhere, if: request.row != nil && Host.hidesFromGroup && !Host.isAtRoot)
            let reply = isHidden ? .absent : found
            frame.outputs.append(reply.kind)
            switch reply {
            case .index(let index):
                learn(index, &frame)
                tally.applied += 1
            case .region(let content):
                apply(content, request, &frame, &tally)
                tally.applied += 1
            case .absent, .damaged:
                guard let row = request.row else { preconditionFailure("an index is never refused") }
                row.region.append(to: &frame.outputs)
                frame.countRefused(row.region.level)
                tally.refused += 1
                store?.set(row, nil)
                store?.work.refused.append(row)
            }
        }
    }

    // MARK: The index

    private mutating func learn(_ index: StoreIndex, _ frame: inout FrameContext) {
        if var closing = frame.closing, let before = frame.configurationBefore {
            closing.learn(index, key: StoreKey(before), &frame)
            frame.closing = closing
        } else if var ledger = store, let key = storeKey {
            ledger.learn(index, key: key, &frame)
            store = ledger
        }
    }

    // MARK: A region

    private mutating func apply(
        _ content: RegionContent, _ request: StoreRequest, _ frame: inout FrameContext,
        _ tally: inout RecycleTally
    ) {
        guard let row = request.row, let configuration else {
            preconditionFailure("a region is asked for in a session, by its row")
        }
        let level = Int(row.region.level)
        let grid = row.key.grid
        var kept: [CachedCell] = []
        var counts = (restored: UInt32(0), cached: UInt32(0), late: UInt32(0), masked: UInt32(0))
        for stored in content.cells {
            let cell = grid.cell(stored.index, in: row.region.region)
            let lastUpdated = frame.frame - planted(.ageForgotten, stored.ageFrames, instead: 0)
            if request.masked.contains(stored.index), !planted(.maskForgotten) {
                counts.masked += 1
            } else if level >= levels.count || level < configuration.nearLevels
                || cache.contains(cell, level: level)
            {
                counts.late += 1
            } else if levels[level].window.contains(cell) {
                let lifecycle = levels[level].state(of: cell).lifecycle
                if lifecycle == .uninitialized || lifecycle == .dirty
                    || planted(.lateReply, if: lifecycle == .valid || lifecycle == .stale)
                {
                    levels[level].restore(cell, stored.payload, lastUpdated: lastUpdated)
                    counts.restored += 1
                } else {
                    counts.late += 1
                }
            } else if configuration.cacheBytes > 0 {
                kept.append(CachedCell(cell: cell, lastUpdated: lastUpdated, payload: stored.payload))
                counts.cached += 1
            } else {
                counts.late += 1
            }
        }
        cache.insert(
            kept, level: level, unsaved: false, layoutVersion: configuration.layoutVersion, frame: frame.frame
        )
        if counts.restored > 0 { frame.counts[level].restored += Int(counts.restored) }
        tally.restored += counts.restored
        tally.late += counts.late + counts.masked
        row.region.append(to: &frame.outputs)
        for count in [counts.restored, counts.cached, counts.late, counts.masked] {
            frame.outputs.append(count)
        }
    }
}

extension StoreLedger {
    /// Takes the rows of the store over, and decides which of them are good for this session.
    fileprivate mutating func learn(_ index: StoreIndex, key: StoreKey, _ frame: inout FrameContext) {
        isIndexKnown = true
        indexClock = index.clock
        knownEdits = index.worlds.first { $0.seed == worldSeed }?.edits ?? LeafSum()
        let isOtherWorld = knownEdits != startEdits && !planted(.editsForgotten)
        var counts = (
            accepted: UInt32(0), seed: UInt32(0), layout: UInt32(0), fingerprint: UInt32(0), world: UInt32(0)
        )
        for entry in index.rows {
            let found = entry.key.key
            let level = entry.key.region.level
            if found.worldSeed != key.worldSeed {
                counts.seed += 1
            } else if found.layoutVersion != key.layoutVersion {
                counts.layout += 1
            } else if found != key {
                counts.fingerprint += 1
            } else if isOtherWorld {
                counts.world += 1
            } else {
                counts.accepted += 1
            }
            if found != key || isOtherWorld { frame.countRefused(level) }
            if isOtherWorld, found.worldSeed == worldSeed { continue }
            set(entry.key, entry.row)
        }
        if isOtherWorld {
            work.forgetsWorld = true
            knownEdits = LeafSum()
        }
        for count in [counts.accepted, counts.seed, counts.layout, counts.fingerprint, counts.world] {
            frame.outputs.append(count)
        }
        frame.outputs.append(index.damagedRows)
        for box in heldBoxes { _ = markRows(box) }
        heldBoxes = []
        work.asksForAll = true
    }
}

extension FrameContext {
    /// Counts a row that was not taken; rows of other keys may have levels that this frame has not.
    fileprivate mutating func countRefused(_ level: UInt8) {
        guard !counts.isEmpty else { return }
        counts[min(Int(level), counts.count - 1)].refused += 1
    }
}

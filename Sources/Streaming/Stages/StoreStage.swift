import Hashing
import PlantedFaults
import Topology
import Voxels

// Stage 9, store: what the store has to do is handed over, in one batch: marks, write-backs, requests. Nothing is handed over before the
// index is known, but the request for it.

extension StreamingSystem {
    mutating func store(_ frame: inout FrameContext, _ keeper: inout some StoreService) {
        if var ledger = store, let key = storeKey {
            let latency = configuration?.storeLatencyFrames ?? 1
            var operations: [StoreOperation] = []
            if ledger.isIndexKnown {
                let asksForAll = ledger.work.asksForAll
                ledger.handOver(frame.frame, edits: world.editSum, &operations, &frame.handedOver)
                let regions = regionsAskedFor(frame, ledger, key, all: asksForAll)
                ledger.ask(
                    regions.map { RowKey(key, $0) }, frame.frame, latency, &operations, &frame.handedOver)
            } else {
                ledger.askForIndex(frame.frame, latency, &operations, &frame.handedOver)
            }
            store = ledger
            if !operations.isEmpty {
                keeper.handOver(
                    StoreBatch(
                        frame: frame.frame, clock: ledger.clock(in: frame.frame), operations: operations))
            }
        }
        frame.countStored()
        frame.outputs.append(contentsOf: frame.handedOver.outputs.bytes)
        frame.outputs.append(frame.handedOver.requests)
        frame.outputs.append(frame.handedOver.writes)
        frame.outputs.append(frame.handedOver.dropped)
        frame.outputs.append(frame.handedOver.evictions)
        frame.close(.store, of: self)
    }

    /// The regions of far levels that are in the grown window and were not in the frame before, in key order.
    private func regionsAskedFor(
        _ frame: FrameContext, _ ledger: StoreLedger, _ key: StoreKey, all: Bool
    ) -> [RegionKey] {
        guard let nearLevels = configuration?.nearLevels else { return [] }
        let grid = key.grid
        var order = visitOrder
        var keys: [RegionKey] = []
        for level in levels.indices where level >= nearLevels {
            let now = grid.grownRegions(of: levels[level].window)
            let before = all ? nil : frame.windowsBefore[level].map { grid.grownRegions(of: $0) }
            let boxes = before.map { now.subtracting($0) } ?? [now]
            guard boxes.reduce(0, { $0 + $1.roughCount }) <= Double(ledger.rowsOfKey[key] ?? 0) else {
                // Order: sorted below.
                for row in order.of(Array(ledger.rows.keys))
                where row.key == key && Int(row.region.level) == level
                    && boxes.contains(where: { $0.contains(row.region.region) })
                {
                    keys.append(row.region)
                }
                continue
            }
            for box in boxes {
                box.forEach { region in
                    let found = RegionKey(level: level, region: region)
                    if ledger.rows[RowKey(key, found)] != nil { keys.append(found) }
                }
            }
        }
        return planted(
            .collatedKeys,
            planted(
                .requestsUnordered, keys.sorted(), instead: keys.sorted { $0.region.x > $1.region.x }),
            instead: Host.isLocaleC ? keys.sorted() : keys.sorted().reversed())
    }
}

extension FrameContext {
    /// Counts write-backs; those of a session that ended may be of levels that this frame has not.
    fileprivate mutating func countStored() {
        for (level, count) in handedOver.storedPerLevel.enumerated() where count > 0 {
            while counts.count <= level { counts.append(LevelCounts()) }
            counts[level].stored += count
        }
    }
}

extension RegionGrid {
    /// The regions that meet a window, and one more on every side.
    fileprivate func grownRegions(of window: Window) -> CellBox {
        let box = regions(meeting: window.box)
        if planted(.noPrefetch) { return box }
        return CellBox(
            lower: Cell(box.lower.x - 1, box.lower.y - 1, box.lower.z - 1),
            upper: Cell(box.upper.x + 1, box.upper.y + 1, box.upper.z + 1))
    }
}

/// What a frame has handed over to the store, as it stands in the store stage's outputs.
struct HandOver {
    var outputs = CanonicalBytes()
    var requests: UInt32 = 0
    var writes: UInt32 = 0
    var dropped: UInt32 = 0
    var evictions: UInt32 = 0
    /// Write-backs by level.
    var storedPerLevel = Array(repeating: 0, count: 8)

    mutating func append(_ code: UInt8, _ row: RowKey) {
        outputs.append(code)
        outputs.append(row.key.digest)
        row.region.append(to: &outputs)
    }
}

extension StoreLedger {
    /// The first thing that a session asks its store.
    fileprivate mutating func askForIndex(
        _ frame: Int32, _ latency: Int32, _ operations: inout [StoreOperation], _ handed: inout HandOver
    ) {
        guard !requests.contains(where: { $0.row == nil }) else { return }
        let sequence = takeSequence()
        requests.append(StoreRequest(sequence: sequence, row: nil, dueFrame: frame + latency))
        operations.append(.readIndex(sequence: sequence))
        handed.outputs.append(UInt8(6))
        handed.outputs.append(sequence)
        handed.requests += 1
    }

    /// Everything that changes the store; `edits` are those of the world as it is now.
    mutating func handOver(
        _ frame: Int32, edits: LeafSum, _ operations: inout [StoreOperation], _ handed: inout HandOver
    ) {
        let now = clock(in: frame)
        handOverMarks(edits, &operations, &handed)
        evict(&operations, &handed)
        for write in held {
            let content = write.content(frame: frame, clock: now)
            operations.append(.write(write.row, content))
            handed.append(5, write.row)
            handed.outputs.append(UInt32(content.cells.count))
            handed.outputs.append(XXH3.digest64(content.bytes))
            handed.writes += 1
            handed.storedPerLevel[Int(write.row.region.level)] += 1
            self.write(write.row, content, clock: now)
            evict(&operations, &handed)
        }
        held = []
        work = StoreWork()
    }

    /// Asks for rows that are there.
    fileprivate mutating func ask(
        _ asked: [RowKey], _ frame: Int32, _ latency: Int32, _ operations: inout [StoreOperation],
        _ handed: inout HandOver
    ) {
        for key in asked {
            guard var row = rows[key] else { preconditionFailure("only rows that are there are asked for") }
            row.clock = clock(in: frame)
            set(key, row)
            let sequence = takeSequence()
            requests.append(StoreRequest(sequence: sequence, row: key, dueFrame: frame + latency))
            operations.append(.read(key, sequence: sequence))
            handed.outputs.append(UInt8(7))
            handed.outputs.append(sequence)
            handed.outputs.append(key.key.digest)
            key.region.append(to: &handed.outputs)
            handed.requests += 1
        }
    }

    /// What must not come after a later read: rows that are wrong go first.
    private mutating func handOverMarks(
        _ edits: LeafSum, _ operations: inout [StoreOperation], _ handed: inout HandOver
    ) {
        func delete(_ row: RowKey, reason: UInt8) {
            operations.append(.delete(row))
            handed.append(1, row)
            handed.outputs.append(reason)
        }
        for row in work.dropped { delete(row, reason: 3) }
        handed.dropped += UInt32(work.droppedWrites)
        for row in work.refused { delete(row, reason: 0) }
        if work.forgetsWorld {
            operations.append(.forget(seed: worldSeed))
            handed.outputs.append(UInt8(4))
            handed.outputs.append(worldSeed)
        }
        // Order: sorted by key.
        for (row, cells) in work.marked.sorted(by: { $0.key < $1.key }) {
            if rows[row] == nil {
                delete(row, reason: 1)
            } else {
                operations.append(.mark(row, cells))
                handed.append(2, row)
                handed.outputs.append(cells.digest)
            }
        }
        if edits != knownEdits {
            knownEdits = edits
            operations.append(.setEdits(seed: worldSeed, edits))
            handed.outputs.append(UInt8(3))
            handed.outputs.append(worldSeed)
            handed.outputs.append(edits)
        }
    }

    /// The least recently used rows go while the store is over its cap.
    private mutating func evict(_ operations: inout [StoreOperation], _ handed: inout HandOver) {
        while bytes > sizeCapBytes, let row = oldestRow() {
            set(row, nil)
            operations.append(.delete(row))
            handed.append(1, row)
            handed.outputs.append(UInt8(2))
            handed.evictions += 1
        }
    }
}

import Hashing
import Streaming
import Topology
import Voxels

extension ReferenceModel {
    /// One frame whose input is known to be good.
    func step(_ input: FrameInput) -> ReferenceFrame {
        var frame = ReferenceFrameWork(input: input)
        frame.before = configuration
        now = input.frame
        readInput(&frame)
        snapLevels(&frame)
        claim(&frame, before: 2)
        shiftWindows(&frame)
        claim(&frame, before: 3)
        recycle(&frame)
        claim(&frame, before: 4)
        dirtyCells(&frame)
        claim(&frame, before: 5)
        selectCells(&frame)
        claim(&frame, before: 6)
        castProbes(&frame)
        claim(&frame, before: 7)
        commitResults(&frame)
        handOverToStore(&frame)
        return finish(frame)
    }

    // MARK: Input

    private func readInput(_ frame: inout ReferenceFrameWork) {
        var bytes = CanonicalBytes()
        for event in frame.input.events {
            append(event, to: &bytes)
            switch event {
            case .sessionStart(let given):
                if configuration != nil { endSession(&frame) }
                if given.worldSeed != world.seed || given.chunksStartLoaded != world.chunksStartLoaded {
                    frame.editsAtEnd = world.editSum.value
                    world = VoxelWorld(seed: given.worldSeed, chunksStartLoaded: given.chunksStartLoaded)
                }
                configuration = clamped(given)
                frame.rebuilds = true
            case .sessionEnd:
                endSession(&frame)
                configuration = nil
            case .configure(let given):
                let after = clamped(given)
                if let before = configuration {
                    if before.baseSpacing != after.baseSpacing || before.resolution != after.resolution
                        || before.levels != after.levels
                    {
                        frame.rebuilds = true
                    }
                    if before.layoutVersion != after.layoutVersion { frame.changesLayout = true }
                }
                configuration = after
            case .edit(let box, let material):
                world.apply(edit: box, material: material)
                frame.boxes.append(
                    WorldBox(
                        lower: WorldPoint(Double(box.lower.x), Double(box.lower.y), Double(box.lower.z)),
                        upper: WorldPoint(Double(box.upper.x), Double(box.upper.y), Double(box.upper.z))))
            case .chunkLoad(let chunk):
                world.setLoaded(chunk, true)
                frame.boxes.append(boxOf(chunk))
            case .chunkUnload(let chunk):
                world.setLoaded(chunk, false)
                frame.boxes.append(boxOf(chunk))
            case .invalidate(let box):
                frame.boxes.append(box)
            case .engine: note(.engines)
            case .store, .storeOff, .storeDamage, .writeBackDropped:
                apply(storeEvent: event, &frame)
            }
        }
        if let budgets = frame.input.budgets, let levels = configuration?.levels {
            configuration?.budgets = clamped(budgets, levels: Int(levels))
        }
        frame.counts = Array(repeating: LevelCounts(), count: Int(configuration?.levels ?? 0))
        readClaims(&frame)
        drainReplies(&frame)
        let input = frame.input
        let drained = frame.drained
        frame.close(.input, self, [.world]) {
            for byte in bytes.bytes { $0.append(byte) }
            $0.append(UInt32(input.events.count))
            $0.append(input.frame)
            $0.append(input.session)
            $0.append(configuration == nil ? UInt8(0) : 1)
            if let configuration { append(configuration, to: &$0) }
            for reply in drained { append(reply, to: &$0) }
            $0.append(UInt32(drained.count))
        }
    }

    private func boxOf(_ chunk: ChunkCoordinate) -> WorldBox {
        WorldBox(
            lower: WorldPoint(Double(chunk.x) * 32, Double(chunk.y) * 32, Double(chunk.z) * 32),
            upper: WorldPoint(
                (Double(chunk.x) + 1) * 32, (Double(chunk.y) + 1) * 32, (Double(chunk.z) + 1) * 32))
    }

    // MARK: Snap

    private func snapLevels(_ frame: inout ReferenceFrameWork) {
        var bytes = CanonicalBytes()
        if let configuration {
            for level in 0..<Int(configuration.levels) {
                let camera = cameraCell(frame.input.camera.position, configuration, level)
                var anchor = camera
                if !frame.rebuilds, configuration.reanchorDistance > 0 {
                    let old = levels[level].anchor
                    let p = frame.input.camera.position
                    let s = spacing(configuration, level)
                    let d = configuration.reanchorDistance
                    if (p.x - Double(old.x) * s).magnitude < d { anchor.x = old.x }
                    if (p.y - Double(old.y) * s).magnitude < d { anchor.y = old.y }
                    if (p.z - Double(old.z) * s).magnitude < d { anchor.z = old.z }
                }
                frame.cameraCells.append(camera)
                frame.anchors.append(anchor)
                for cell in [camera, anchor] { append(cell, to: &bytes) }
            }
        }
        frame.close(.snap, self, []) { for byte in bytes.bytes { $0.append(byte) } }
    }

    private func cameraCell(_ p: WorldPoint, _ configuration: Configuration, _ level: Int) -> Cell {
        func coordinate(_ position: Double) -> Int32 {
            var position = position
            if fault == .positionThroughFloat { position = Double(Float(position)) }
            let quotient = position / configuration.baseSpacing
            var whole = Int64(quotient)
            if Double(whole) > quotient, fault != .truncationInsteadOfFloor { whole -= 1 }
            for _ in 0..<level { whole = floorHalf(whole) }
            return Int32(whole)
        }
        return Cell(coordinate(p.x), coordinate(p.y), coordinate(p.z))
    }

    private func floorHalf(_ k: Int64) -> Int64 { k >= 0 ? k / 2 : -((1 - k) / 2) }

    func spacing(_ configuration: Configuration, _ level: Int) -> Double {
        var s = configuration.baseSpacing
        for _ in 0..<level { s += s }
        return s
    }

    // MARK: Shift

    private func shiftWindows(_ frame: inout ReferenceFrameWork) {
        frame.levelsBefore = levels
        if frame.endsSession {
            frame.abandoned = flights
            frame.claimed = []
            flights = []
            levels = []
            oldQueue = []
        }
        if frame.rebuilds, configuration != nil {
            epoch += 1
            levels = []
            oldQueue = []
        }
        var bytes = CanonicalBytes()
        for level in frame.anchors.indices {
            let n = configuration?.resolution ?? 0
            let anchor = frame.anchors[level]
            let minimum = Cell(anchor.x - n / 2, anchor.y - n / 2, anchor.z - n / 2)
            let before = level < levels.count ? levels[level] : nil
            var after = ReferenceLevel(
                cameraCell: frame.cameraCells[level], anchor: anchor, minimum: minimum, resolution: n,
                cells: [])
            var leaving: UInt64 = 0
            var entering: UInt64 = 0
            var retired: UInt32 = 0
            forEachCell(of: minimum, n) { cell in
                if let kept = before?.probe(cell) {
                    after.cells.append(kept)
                    return
                }
                let old = before?.probe(congruent(to: cell, from: before?.minimum ?? cell, n))
                let probe = ReferenceProbe(level: level, cell: cell, generation: 0)
                after.cells.append(probe)
                if let before, let old, keepsByMistake(cell, before.minimum, minimum, n) {
                    probe.lifecycle = old.lifecycle
                    probe.generation = old.generation
                    probe.lastUpdated = old.lastUpdated
                    probe.payload = old.payload
                    return
                }
                probe.generation =
                    isOld
                    ? 0 : (old?.generation ?? 0) + (fault == .generationGrowsByTwo && old != nil ? 2 : 1)
                if let old {
                    leaving &+= old.stateLeaf
                    frame.left.append(old)
                    frame.counts[level].left += 1
                    if old.lifecycle == .queued || old.lifecycle == .inFlight { retired += 1 }
                }
                entering &+= probe.stateLeaf
                frame.entered.append(probe)
                frame.counts[level].entered += 1
            }
            if level < levels.count { levels[level] = after } else { levels.append(after) }
            bytes.append(leaving)
            bytes.append(entering)
            bytes.append(before == nil ? UInt8(0) : 1)
            if let before { append(before.minimum, to: &bytes) }
            append(minimum, to: &bytes)
            bytes.append(retired)
        }
        frame.close(.shift, self, [.states, .payloads, .requests]) {
            for byte in bytes.bytes { $0.append(byte) }
        }
    }

    /// The cell of the old window that is a whole number of windows away on every axis.
    func congruent(to cell: Cell, from minimum: Cell, _ n: Int32) -> Cell {
        func coordinate(_ k: Int32, _ start: Int32) -> Int32 {
            var distance = (Int64(k) - Int64(start)) % Int64(n)
            if distance < 0 { distance += Int64(n) }
            return start + Int32(distance)
        }
        return Cell(
            coordinate(cell.x, minimum.x), coordinate(cell.y, minimum.y), coordinate(cell.z, minimum.z))
    }

    private func keepsByMistake(_ cell: Cell, _ before: Cell, _ after: Cell, _ n: Int32) -> Bool {
        let axes: [(cell: Int64, before: Int64, after: Int64)] = [
            (Int64(cell.x), Int64(before.x), Int64(after.x)),
            (Int64(cell.y), Int64(before.y), Int64(after.y)),
            (Int64(cell.z), Int64(before.z), Int64(after.z)),
        ]
        let outside = axes.filter { !($0.before..<$0.before + Int64(n)).contains($0.cell) }
        switch fault {
        case .onlyOnePlaneEnters:
            return outside.allSatisfy {
                $0.cell != ($0.after > $0.before ? $0.after + Int64(n) - 1 : $0.after)
            }
        case .cornerForgotten: return outside.count > 1
        case .wholeWindowsJumpForgotten: return axes.allSatisfy { ($0.after - $0.before) % Int64(n) == 0 }
        default: return false
        }
    }

    // MARK: Dirty

    private func dirtyCells(_ frame: inout ReferenceFrameWork) {
        var bytes = CanonicalBytes()
        for level in levels.indices {
            var byEntry: UInt64 = 0
            var byLayout: UInt64 = 0
            var byBox: UInt64 = 0
            if !frame.rebuilds {
                for probe in frame.entered where probe.level == level && probe.lifecycle != .valid {
                    probe.lifecycle = .dirty
                    byEntry &+= probe.stateLeaf
                    frame.counts[level].dirtied += 1
                }
                if frame.changesLayout {
                    forEachProbe(of: level) { probe in
                        if probe.lifecycle == .queued || probe.lifecycle == .inFlight {
                            probe.retire(isOld: isOld)
                        }
                        probe.lifecycle = .dirty
                        probe.retryAfter = 0
                        probe.payload = nil
                        byLayout &+= probe.stateLeaf
                        frame.counts[level].dirtied += 1
                    }
                }
            }
            for box in frame.boxes {
                forEachProbe(of: level) { probe in
                    guard meets(box, probe) else { return }
                    dirtyByBox(probe)
                    byBox &+= probe.stateLeaf
                    frame.counts[level].dirtied += 1
                }
            }
            bytes.append(byEntry)
            bytes.append(byLayout)
            bytes.append(byBox)
        }
        var records: UInt32 = 0
        for box in frame.boxes { throwOut(by: box, &frame, &bytes, &records) }
        bytes.append(records)
        frame.close(.dirty, self, [.states, .payloads, .cache, .requests, .index]) {
            for byte in bytes.bytes { $0.append(byte) }
        }
    }

    private func dirtyByBox(_ probe: ReferenceProbe) {
        if probe.lifecycle == .inFlight {
            if fault == .invalidationLostInFlight { return }
            probe.dirtyAfterFlight = true
            probe.disableAfterFlight = isCentreSolid(probe)
            return
        }
        if probe.lifecycle == .queued { probe.retire(isOld: isOld) }
        probe.lifecycle = .dirty
        probe.retryAfter = 0
    }

    private func meets(_ box: WorldBox, _ probe: ReferenceProbe) -> Bool {
        guard let configuration else { return false }
        let level = levels[probe.level]
        if isOld { return isMetClamped(box, probe, level) }
        return meets(
            box, level: probe.level, cell: probe.cell, baseSpacing: configuration.baseSpacing,
            clampedBy: fault == .boxClampedToTheWindow ? level : nil)
    }

    /// A box meets the finest cells floor(lower / base)...ceil(upper / base) - 1, at least the first, and a coarser cell if
    /// it meets a finest cell within it.
    func meets(
        _ box: WorldBox, level: Int, cell: Cell, baseSpacing: Double,
        clampedBy window: ReferenceLevel? = nil
    ) -> Bool {
        let finest = Double(1 << level)
        func meets(_ lower: Double, _ upper: Double, _ k: Int32, _ minimum: Int32?) -> Bool {
            var first = floor(lower / baseSpacing)
            var end = max(first + 1, ceiling(upper / baseSpacing))
            if fault == .boxClosedAbove { end = floor(upper / baseSpacing) + 1 }
            if let minimum, let window {
                let low = Double(minimum) * finest
                let high = (Double(minimum + window.resolution - 1) + 1) * finest
                first = min(max(first, low), high - 1)
                end = min(max(end, low + 1), high)
            }
            return first < (Double(k) + 1) * finest && end > Double(k) * finest
        }
        guard box.lower.x < box.upper.x, box.lower.y < box.upper.y, box.lower.z < box.upper.z else {
            return false
        }
        if liesHalfACellOff {
            return isMetHalfACellOff(box, level: level, cell: cell, baseSpacing: baseSpacing)
        }
        return meets(box.lower.x, box.upper.x, cell.x, window?.minimum.x)
            && meets(box.lower.y, box.upper.y, cell.y, window?.minimum.y)
            && meets(box.lower.z, box.upper.z, cell.z, window?.minimum.z)
    }

    private func floor(_ value: Double) -> Double { value.rounded(.down) }
    private func ceiling(_ value: Double) -> Double { -(-value).rounded(.down) }

    func isCentreSolid(_ probe: ReferenceProbe) -> Bool {
        guard let centre = centre(level: probe.level, cell: probe.cell) else { return false }
        return world.isKnownSolid(VoxelCoordinate(containing: centre))
    }

    func centre(level: Int, cell: Cell) -> WorldPoint? {
        guard let configuration else { return nil }
        let s = spacing(configuration, level)
        if liesHalfACellOff { return WorldPoint(Double(cell.x) * s, Double(cell.y) * s, Double(cell.z) * s) }
        return WorldPoint(
            (Double(cell.x) + 0.5) * s, (Double(cell.y) + 0.5) * s, (Double(cell.z) + 0.5) * s)
    }

    // MARK: Select

    private func selectCells(_ frame: inout ReferenceFrameWork) {
        if isOld {
            selectInTheOldWay(&frame)
            return
        }
        let now = Int64(frame.input.frame)
        var bytes = CanonicalBytes()
        for level in levels.indices {
            var promoted: UInt64 = 0
            var expired: UInt64 = 0
            forEachProbe(of: level) { probe in
                if probe.lifecycle == .valid, now - Int64(probe.lastUpdated) >= staleAge(level) {
                    probe.lifecycle = .stale
                    promoted &+= probe.stateLeaf
                    frame.counts[level].promoted += 1
                }
                let waited = now - Int64(probe.queuedAt)
                if probe.lifecycle == .queued, waited >= 30, fault != .queueNeverExpires {
                    probe.retire(isOld: false)
                    probe.lifecycle = .dirty
                    expired &+= probe.stateLeaf
                    frame.counts[level].expired += 1
                }
            }
            bytes.append(promoted)
            bytes.append(expired)
        }
        if let budgets = configuration?.budgets {
            var left = min(Int64(budgets.total), budgets.uploadBytes / 64)
            for level in levels.indices {
                for probe in candidates(level, now).prefix(
                    Int(min(left, Int64(budgets.perLevel[level]))))
                {
                    probe.lifecycle = .queued
                    probe.queuedAt = frame.input.frame
                    probe.retryAfter = 0
                    probe.ticket = nextTicket
                    nextTicket += 1
                    left -= 1
                    frame.counts[level].selected += 1
                    append(probe, to: &bytes)
                }
            }
        }
        frame.close(.select, self, [.states, .requests]) { for byte in bytes.bytes { $0.append(byte) } }
    }

    func staleAge(_ level: Int) -> Int64 {
        guard let configuration else { return .max }
        let s = spacing(configuration, level)
        let frames = 600 * (s > 1 ? s : 1)
        return Int64(frames < 60 ? 60 : frames > 60000 ? 60000 : frames)
    }

    /// By class, then squared distance, then place in the window; one integer holds all three.
    func candidates(_ level: Int, _ now: Int64) -> [ReferenceProbe] {
        var found: [ReferenceProbe] = []
        let camera = levels[level].cameraCell
        var place: Int64 = 0
        for probe in levels[level].cells {
            place += 1
            let isFresh = probe.lifecycle == .dirty || probe.lifecycle == .uninitialized
            guard isFresh || probe.lifecycle == .stale else { continue }
            guard Int64(probe.retryAfter) <= now || fault == .retryForgotten else { continue }
            let dx = Int64(probe.cell.x) - Int64(camera.x)
            let dy = Int64(probe.cell.y) - Int64(camera.y)
            let dz = Int64(probe.cell.z) - Int64(camera.z)
            let tie = fault == .tiesReversed ? (1 << 20) - place : place
            probe.selectionKey = (isFresh ? 0 : 1 << 60) + ((dx * dx + dy * dy + dz * dz) << 22) + tie
            found.append(probe)
        }
        return found.sorted { $0.selectionKey < $1.selectionKey }
    }

    // MARK: Cast

    private func castProbes(_ frame: inout ReferenceFrameWork) {
        var bytes = CanonicalBytes()
        var disabled = CanonicalBytes()
        var dispatched: UInt32 = 0
        if isOld {
            castInTheOldWay(&frame, &bytes, &disabled, &dispatched)
        } else if let configuration {
            for probe in queue where flights.count < 2048 {
                probe.queuedAt = 0
                probe.ticket = 0
                guard let origin = centre(level: probe.level, cell: probe.cell), !isCentreSolid(probe) else {
                    probe.lifecycle = .disabled
                    frame.counts[probe.level].disabled += 1
                    append(probe, to: &disabled)
                    continue
                }
                probe.lifecycle = .inFlight
                frame.counts[probe.level].cast += 1
                append(probe, to: &bytes)
                let distance = spacing(configuration, probe.level) * Double(configuration.resolution)
                flights.append(
                    ReferenceFlight(
                        dispatched: frame.input.frame,
                        due: Int64(frame.input.frame) + Int64(configuration.castLatencyFrames),
                        sequence: nextSequence, level: probe.level, cell: probe.cell,
                        generation: probe.generation, epoch: epoch, worldVersion: world.version,
                        worldContent: world.contentSum.value, baseSpacing: configuration.baseSpacing,
                        resolution: configuration.resolution, outcome: outcome(origin, distance, world)))
                nextSequence += 1
                dispatched += 1
            }
        }
        frame.close(.cast, self, [.states, .requests]) {
            for byte in bytes.bytes { $0.append(byte) }
            $0.append(dispatched)
            $0.append(world.version)
            $0.append(XXH3.digest64(disabled.bytes).value)
        }
    }

    // MARK: Commit

    private func commitResults(_ frame: inout ReferenceFrameWork) {
        flights += frame.claimed
        frame.claimed = []
        let due = takeResults(&frame)
        var bytes = CanonicalBytes()
        for flight in due {
            let outcome = drainedOutcome(flight)
            let disposition = land(flight, outcome, frame.input.frame)
            while frame.counts.count <= flight.level { frame.counts.append(LevelCounts()) }
            switch disposition {
            case 0: frame.counts[flight.level].dropped += 1
            case 1, 2: frame.counts[flight.level].overtaken += 1
            case 3: frame.counts[flight.level].aborted += 1
            default: frame.counts[flight.level].committed += 1
            }
            bytes.append(UInt8(flight.level))
            append(flight.cell, to: &bytes)
            bytes.append(flight.generation)
            if case .success(let payload) = outcome {
                bytes.append(UInt8(1))
                bytes.append(referencePayloadLeaf(payload, level: flight.level, cell: flight.cell))
            } else {
                bytes.append(UInt8(0))
                bytes.append(UInt64(0))
            }
            bytes.append(disposition)
        }
        bytes.append(UInt32(due.count))
        frame.close(.commit, self, [.states, .payloads, .requests]) {
            for byte in bytes.bytes { $0.append(byte) }
        }
    }

    /// What the frame drains, in the order of dispatch.
    private func takeResults(_ frame: inout ReferenceFrameWork) -> [ReferenceFlight] {
        let now = Int64(frame.input.frame)
        guard let come = frame.input.castResults else {
            let due = flights.filter { $0.due <= now }
            flights.removeAll { $0.due <= now }
            return due.sorted { $0.sequence < $1.sequence }
        }
        noteLive(come, frame)
        let there = fault == .abandonedResultsDrained ? flights + frame.abandoned : flights
        let named = Set(come)
        var drained = there.filter { named.contains($0.sequence) }.sorted { $0.sequence < $1.sequence }
        flights.removeAll { named.contains($0.sequence) }
        if fault == .resultsInTheOrderOfTheirCome {
            drained = come.compactMap { number in drained.first { $0.sequence == number } }
        }
        if fault == .lateResultsForgotten { flights.removeAll { $0.due + 2 < now } }
        if fault == .restOfTheBatchForgotten {
            flights.removeAll { flight in drained.contains { $0.dispatched == flight.dispatched } }
        }
        return drained
    }

    private func noteLive(_ come: [UInt64], _ frame: ReferenceFrameWork) {
        let now = Int64(frame.input.frame)
        let named = Set(come)
        let drained = flights.filter { named.contains($0.sequence) }
        let left = flights.filter { !named.contains($0.sequence) }
        if come != come.sorted() { note(.resultsOutOfOrder) }
        if frame.abandoned.contains(where: { named.contains($0.sequence) }) { note(.resultsAbandoned) }
        if drained.isEmpty, !left.isEmpty { note(.nothingDrained) }
        if drained.contains(where: { $0.due > now }) { note(.resultsEarly) }
        if drained.contains(where: { $0.due < now }) { note(.resultsLate) }
        if drained.contains(where: { $0.epoch != epoch }) { note(.resultsOfOldEpochs) }
        // Order: numbers are added up.
        for batch in Set(drained.map(\.dispatched)) {
            if left.contains(where: { $0.dispatched == batch }) {
                note(.batchesInPart)
                batchesInPart.insert(batch)
            } else if batchesInPart.remove(batch) != nil {
                note(.batchesToTheEnd)
            }
        }
    }

    private func drainedOutcome(_ flight: ReferenceFlight) -> CastOutcome {
        if fault == .unloadedIsSky, flight.outcome == .aborted {
            var sky = Payload()
            sky.flags = 3
            return .success(sky)
        }
        if fault == .worldAsOfDraining, flight.epoch == epoch, let configuration,
            let origin = centre(level: flight.level, cell: flight.cell)
        {
            let distance = spacing(configuration, flight.level) * Double(configuration.resolution)
            return outcome(origin, distance, world)
        }
        return flight.outcome
    }

    /// 0 dropped, 1 disabled, 2 dirtied, 3 aborted, 4 stored, 5 stored in another cell.
    private func land(_ flight: ReferenceFlight, _ outcome: CastOutcome, _ frame: Int32) -> UInt8 {
        guard flight.epoch == epoch, flight.level < levels.count,
            let probe = isOld ? holder(flight.level, flight.cell) : levels[flight.level].probe(flight.cell),
            probe.lifecycle == .inFlight,
            probe.generation == flight.generation || fault == .oldResultAccepted
        else { return 0 }
        let disable = probe.disableAfterFlight
        let dirty = probe.dirtyAfterFlight
        if fault != .afterFlightLeftOver {
            probe.disableAfterFlight = false
            probe.dirtyAfterFlight = false
        }
        if disable {
            probe.lifecycle = .disabled
            return 1
        }
        if dirty {
            probe.lifecycle = .dirty
            return 2
        }
        guard case .success(let payload) = outcome else {
            probe.lifecycle = .dirty
            probe.retryAfter = Int32(clamping: Int64(frame) + 60)
            return 3
        }
        probe.payload = payload
        probe.lifecycle = .valid
        probe.lastUpdated = frame
        guard probe.cell == flight.cell else {
            note(.storedElsewhere)
            return 5
        }
        return 4
    }

    // MARK: Loops

    private func forEachCell(of minimum: Cell, _ n: Int32, _ body: (Cell) -> Void) {
        for z in minimum.z..<minimum.z + n {
            for y in minimum.y..<minimum.y + n {
                for x in minimum.x..<minimum.x + n { body(Cell(x, y, z)) }
            }
        }
    }

    /// All cells of a level's window in linear order.
    func forEachProbe(of level: Int, _ body: (ReferenceProbe) -> Void) {
        for probe in levels[level].cells { body(probe) }
    }
}

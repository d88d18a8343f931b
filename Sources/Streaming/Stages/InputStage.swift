package import Hashing
import Topology
import Voxels

// Stage 1, input: everything from outside is checked, then the world and the configuration follow it.

extension StreamingSystem {
    /// The most events that one frame may carry.
    package static let maximumEventsPerFrame = 65536

    /// Checks everything that a frame is given, and applies nothing.
    func check(_ input: FrameInput) throws(FrameError) -> FrameContext {
        let expected = nextFrame ?? Int64(max(input.frame, 0))
        guard Int64(input.frame) == expected else {
            throw .frameOutOfOrder(expected: expected, found: Int64(input.frame))
        }
        guard expected < Model.frameLimit else {
            throw .frameLimit(found: expected, limit: Model.frameLimit)
        }
        guard input.events.count <= StreamingSystem.maximumEventsPerFrame else {
            throw .tooManyEvents(
                count: input.events.count, limit: StreamingSystem.maximumEventsPerFrame)
        }
        var current = configuration
        var starts = false
        var ends = false
        var rebuilds = false
        var changesLayout = false
        var clampings: [Clamping] = []
        var hasStore = store != nil
        // A store that has failed is off before anything else happens.
        let leading = input.events.first == .storeOff ? 1 : 0
        for (index, event) in input.events.enumerated() {
            switch event {
            case .sessionStart(let given):
                guard
                    index == leading || (index == leading + 1 && input.events[leading] == .sessionEnd)
                else {
                    throw .sessionStartNotFirst(event: index)
                }
                ends = ends || current != nil
                hasStore = false
                starts = true
                rebuilds = true
                let (effective, changed) = try checked(given)
                current = effective
                clampings += changed
            case .sessionEnd:
                guard current != nil else { throw .noSession }
                guard !starts else { throw .sessionStartNotFirst(event: index) }
                ends = true
                hasStore = false
                current = nil
            case .configure(let given):
                guard let before = current else { throw .noSession }
                let (effective, changed) = try checked(given)
                guard effective.worldSeed == before.worldSeed else {
                    throw .notReloadable(field: "seed", event: index)
                }
                guard effective.chunksStartLoaded == before.chunksStartLoaded else {
                    throw .notReloadable(field: "chunks_start_loaded", event: index)
                }
                guard effective.variant == before.variant else {
                    throw .notReloadable(field: "variant", event: index)
                }
                rebuilds = rebuilds || effective.needsRebuild(from: before)
                changesLayout = changesLayout || effective.layoutVersion != before.layoutVersion
                current = effective
                clampings += changed
            case .edit(let box, _):
                guard box.count <= VoxelWorld.maximumEditVoxels else {
                    throw .editTooLarge(
                        event: index, voxels: box.count, limit: VoxelWorld.maximumEditVoxels)
                }
            case .invalidate(let box):
                guard box.isFinite else { throw .boxNotFinite(event: index) }
            case .store(let cap, let contents):
                guard index > 0, case .sessionStart = input.events[index - 1] else {
                    throw .storeNotBehindStart(event: index)
                }
                guard (0...Model.maximumStoreBytes).contains(cap) else {
                    throw .storeSize(event: index, found: cap, limit: Model.maximumStoreBytes)
                }
                if let variant = current?.variant, variant != .reference {
                    throw .storeOfVariant(event: index, variant: variant.name)
                }
                if let fault = contents?.index.fault { throw .storeIndex(event: index, fault) }
                hasStore = true
            case .storeOff, .storeDamage, .writeBackDropped:
                guard hasStore else { throw .noStore(event: index) }
                if event == .storeOff { hasStore = false }
            case .chunkLoad, .chunkUnload, .engine: break
            }
        }
        try checkArrivals(input)
        guard session != nil || starts, configuration != nil || starts || input.events.isEmpty else {
            throw .noSession
        }
        let number = session.map { Int64($0) + (starts ? 1 : 0) } ?? 0
        guard Int64(input.session) == number else {
            throw .sessionNumber(expected: number, found: Int64(input.session))
        }
        if let budgets = input.budgets, let before = current {
            let (effective, changed) = budgets.effective(levels: Int(before.levels))
            current?.budgets = effective
            clampings += changed
        }
        let finestCell: Cell?
        do throws(LatticeError) {
            finestCell = try current?.lattice.finestCell(of: input.camera.position)
        } catch {
            throw .position(error)
        }
        let claims = current.flatMap { input.claims(of: $0.variant) }
        if let claims {
            try checkClaims(claims, input, dropsQueue: rebuilds || ends, rebuilds: rebuilds && !ends)
        }
        var frame = FrameContext(
            input: input, configuration: current, clampings: clampings, finestCell: finestCell,
            endsSession: ends, startsSession: starts, rebuilds: rebuilds, changesLayout: changesLayout,
            configurationBefore: configuration)
        frame.claims = claims.map { ArraySlice($0) }
        return frame
    }

    private func checked(_ given: Configuration) throws(FrameError) -> (Configuration, [Clamping]) {
        guard !given.baseSpacing.isNaN else { throw .notANumber(field: "base_spacing") }
        guard !given.reanchorDistance.isNaN else { throw .notANumber(field: "reanchor_distance") }
        let (configuration, clampings) = given.effective()
        return (configuration, clampings)
    }

    /// Applies the events in their order: the world changes here, the probes in the stages below.
    mutating func applyInput(_ frame: inout FrameContext, _ keeper: inout some StoreService) {
        for event in frame.input.events {
            event.append(to: &frame.outputs)
            apply(event, &frame)
            apply(event, &frame, &keeper)
        }
        openLedger(&frame)
        configuration = frame.configuration
        session = frame.input.session
        nextFrame = Int64(frame.frame) + 1
        frame.counts = Array(repeating: LevelCounts(), count: Int(configuration?.levels ?? 0))

        frame.outputs.append(UInt32(frame.input.events.count))
        frame.outputs.append(frame.frame)
        frame.outputs.append(frame.input.session)
        frame.outputs.append(configuration != nil)
        configuration?.append(to: &frame.outputs)
        drainReplies(&frame, &keeper)
        frame.close(.input, of: self)
    }

    private mutating func apply(_ event: Event, _ frame: inout FrameContext) {
        switch event {
        case .sessionStart(let given):
            closeLedger(&frame)
            if given.worldSeed != world.seed || given.chunksStartLoaded != world.chunksStartLoaded {
                world = VoxelWorld(
                    seed: given.worldSeed, chunksStartLoaded: given.chunksStartLoaded, origin: world.origin)
                frame.worldGoesOn = false
            }
            frame.startEdits = world.editSum
        case .sessionEnd: closeLedger(&frame)
        case .configure, .store, .storeOff, .storeDamage, .writeBackDropped, .engine: break
        case .edit(let box, let material):
            world.apply(edit: box, material: material)
            frame.invalidated.append(box.worldBox)
        case .chunkLoad(let chunk):
            world.setLoaded(chunk, true)
            frame.invalidated.append(chunk.box)
        case .chunkUnload(let chunk):
            world.setLoaded(chunk, false)
            frame.invalidated.append(chunk.box)
        case .invalidate(let box):
            frame.invalidated.append(box)
        }
    }
}

extension Event {
    /// A code, then the event's fields. A configuration stands there as it was given.
    package func append(to bytes: inout CanonicalBytes) {
        switch self {
        case .sessionStart(let configuration):
            bytes.append(UInt8(1))
            configuration.append(to: &bytes)
        case .sessionEnd:
            bytes.append(UInt8(2))
        case .configure(let configuration):
            bytes.append(UInt8(3))
            configuration.append(to: &bytes)
        case .edit(let box, let material):
            bytes.append(UInt8(4))
            for corner in [box.lower, box.upper] {
                bytes.append(corner.x)
                bytes.append(corner.y)
                bytes.append(corner.z)
            }
            bytes.append(material.rawValue)
        case .chunkLoad(let chunk):
            bytes.append(UInt8(5))
            chunk.append(to: &bytes)
        case .chunkUnload(let chunk):
            bytes.append(UInt8(6))
            chunk.append(to: &bytes)
        case .invalidate(let box):
            bytes.append(UInt8(7))
            for corner in [box.lower, box.upper] {
                bytes.append(corner.x)
                bytes.append(corner.y)
                bytes.append(corner.z)
            }
        case .store(let cap, let contents):
            bytes.append(UInt8(8))
            bytes.append(cap)
            bytes.append(contents != nil)
            contents?.index.append(to: &bytes)
        case .storeOff:
            bytes.append(UInt8(9))
        case .storeDamage(let region):
            bytes.append(UInt8(10))
            region.append(to: &bytes)
        case .writeBackDropped(let row):
            bytes.append(UInt8(11))
            row.append(to: &bytes)
        case .engine(let engine):
            bytes.append(UInt8(12))
            bytes.append(engine.hasOwnVoxels)
            bytes.append(UInt32(1 + engine.stages.count))
            for text in [engine.name] + engine.stages {
                bytes.append(UInt32(text.utf8.count))
                bytes.append(contentsOf: Array(text.utf8))
            }
        }
    }
}

extension ChunkCoordinate {
    func append(to bytes: inout CanonicalBytes) {
        bytes.append(x)
        bytes.append(y)
        bytes.append(z)
    }
}

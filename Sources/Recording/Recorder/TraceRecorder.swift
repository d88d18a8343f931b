import Streaming
import Topology
import Voxels

/// Records what an engine gives its streaming system, so that the run can be repeated.
///
/// Call the events as they happen and then ``frame(position:orientation:fieldOfView:engineTimeNanoseconds:budgets:)``
/// once: what happened since the frame before belongs to it.
///
/// The recording is written to `PATH.partial`, and handed to the operating system after every few frames: when the
/// process dies, at most those of the last few are lost, and `lumon-replay trace recover` makes a trace of the
/// rest. ``finish()`` writes the trace, in its canonical form; a file that is at PATH already is not touched
/// before the new one is whole.
///
/// Memory: the frames since the last that were handed over, and an index entry for every time of that.
/// To be used by one thread at a time.
public final class TraceRecorder {
    /// Where the trace will be.
    public let path: String
    /// Where the recording is until it is finished.
    public let partialPath: String
    /// Frames recorded so far.
    public private(set) var frameCount: Int64 = 0
    /// Number of the next frame: of the first, if not said otherwise, 0.
    public private(set) var nextFrame: Int64 = 0

    private var writer: TraceWriter<FileSink>?
    private(set) var configuration: Configuration?
    private var session: UInt32 = 0
    /// The session that runs with the next frame has a store.
    private(set) var hasStore = false
    private(set) var events: [Event] = []
    /// What else belongs to the next frame.
    var pending = PendingFrame()
    /// Whether the first frame said what it drained; nil before it.
    private var isLive: Bool?

    /// Creates the partial file, and starts a session with the first frame.
    ///
    /// - Parameters:
    ///   - path: where the trace will be.
    ///   - configuration: what the first session is configured by.
    ///   - framesPerFlush: after how many frames they are handed to the operating system, 1...256: a crash loses at
    ///     most so many. Fewer make a larger partial file; the trace is the same.
    /// - Throws: ``RecorderError/unfinishedRecording(partialPath:)`` if there is a partial file already: what a crash
    ///   has left is recovered or removed by somebody, never overwritten; ``RecorderError/output(path:reason:)``;
    ///   errors of the arguments.
    public init(
        path: String, configuration: Settings, framesPerFlush: Int = 16
    ) throws(RecorderError) {
        self.path = path
        partialPath = path + ".partial"
        guard (1...TraceFormat.framesPerChunk).contains(framesPerFlush) else {
            throw .outOfRange(
                field: "framesPerFlush", value: "\(framesPerFlush)",
                allowed: "1...\(TraceFormat.framesPerChunk)")
        }
        let configuration = try checked(configuration)
        writer = try TraceRecorder.begin(path, partialPath, framesPerFlush)
        self.configuration = configuration
        events = [.sessionStart(configuration)]
    }

    /// Creates the partial file, and goes on with a run that is under way: before the first frame comes
    /// ``snapshot(format:state:)``, the state that it was in.
    ///
    /// - Parameters:
    ///   - path: where the trace will be.
    ///   - firstFrame: number of the first frame, 0...2^31 - 1.
    ///   - session: number of the session that runs, or was the last to run.
    ///   - configuration: what the session is configured by; nil where none runs.
    ///   - hasStore: whether the session has a store.
    ///   - framesPerFlush: as in ``init(path:configuration:framesPerFlush:)``.
    /// - Throws: as ``init(path:configuration:framesPerFlush:)``.
    public init(
        path: String, goingOnAt firstFrame: Int64, session: UInt32, configuration: Settings?,
        hasStore: Bool = false, framesPerFlush: Int = 16
    ) throws(RecorderError) {
        self.path = path
        partialPath = path + ".partial"
        guard (1...TraceFormat.framesPerChunk).contains(framesPerFlush) else {
            throw .outOfRange(
                field: "framesPerFlush", value: "\(framesPerFlush)",
                allowed: "1...\(TraceFormat.framesPerChunk)")
        }
        guard (0..<Model.frameLimit).contains(firstFrame) else {
            throw .outOfRange(
                field: "firstFrame", value: "\(firstFrame)", allowed: "0...\(Model.frameLimit - 1)")
        }
        var running: Configuration?
        if let configuration { running = try checked(configuration) }
        writer = try TraceRecorder.begin(path, partialPath, framesPerFlush)
        self.configuration = running
        self.session = session
        self.hasStore = hasStore
        nextFrame = firstFrame
    }

    /// One frame, with the events since the one before.
    ///
    /// - Parameters:
    ///   - position: of the camera, in blocks.
    ///   - orientation: of the camera; kept to be looked at.
    ///   - fieldOfView: vertical, in radians; 0 where it is not known.
    ///   - engineTimeNanoseconds: the engine's own clock.
    ///   - budgets: new ones from this frame on; nil where they stay.
    ///   - selectionPosition: where probes are selected from, in engines for which that is another place; nil otherwise.
    /// - Throws: ``RecorderError``. A frame that is refused for its values may be given again, with others.
    public func frame(
        position: Point, orientation: Rotation = .identity, fieldOfView: Double = 0,
        engineTimeNanoseconds: Int64 = 0, budgets: Budgets? = nil, selectionPosition: Point? = nil
    ) throws(RecorderError) {
        let number = nextFrame + pending.missedFrames
        guard number < Model.frameLimit else {
            throw .outOfRange(
                field: "frame", value: "\(number)", allowed: "less than \(Model.frameLimit)")
        }
        let camera = Camera(
            position: position.content,
            orientation: Quaternion(x: orientation.x, y: orientation.y, z: orientation.z, w: orientation.w),
            fieldOfView: fieldOfView, selectionPosition: selectionPosition?.content)
        var input = FrameInput(
            frame: Int32(number), engineTimeNanoseconds: engineTimeNanoseconds, session: session,
            camera: camera, budgets: budgets?.content, events: events)
        pending.apply(to: &input, isLive: isLive)
        try check(position.content)
        try write(input)
        events.removeAll(keepingCapacity: true)
        pending = PendingFrame()
        isLive = isLive ?? (input.castResults != nil)
        frameCount += 1
        nextFrame = number + 1
    }

    /// Every voxel of a half-open box becomes one material.
    ///
    /// - Parameters:
    ///   - lower: the first voxel.
    ///   - upper: the voxel after the last, on every axis.
    ///   - material: the number of a material: 0 air, 1 stone, 2 dirt, 3 grass, 4 sand, 5 snow, 6 wood, 7 lamp,
    ///     8 crystal, 9 lava.
    /// - Throws: ``RecorderError``; the edit was not taken then.
    public func edit(lower: Coordinate, upper: Coordinate, material: UInt8) throws(RecorderError) {
        guard let content = Material(rawValue: material) else {
            throw .outOfRange(
                field: "material", value: "\(material)", allowed: "0...\(Material.allCases.count - 1)")
        }
        let box = VoxelBox(
            lower: VoxelCoordinate(lower.x, lower.y, lower.z),
            upper: VoxelCoordinate(upper.x, upper.y, upper.z))
        guard box.count <= VoxelWorld.maximumEditVoxels else {
            throw .outOfRange(
                field: "voxels of an edit", value: "\(box.count)",
                allowed: "at most \(VoxelWorld.maximumEditVoxels)")
        }
        try add(.edit(box, content))
    }

    /// A chunk of 32^3 voxels is there from now on.
    public func chunkLoaded(_ chunk: Coordinate) throws(RecorderError) {
        try add(.chunkLoad(ChunkCoordinate(chunk.x, chunk.y, chunk.z)))
    }

    /// A chunk of 32^3 voxels is unknown from now on.
    public func chunkUnloaded(_ chunk: Coordinate) throws(RecorderError) {
        try add(.chunkUnload(ChunkCoordinate(chunk.x, chunk.y, chunk.z)))
    }

    /// The light in a half-open box of world space is wrong, for a reason of the engine's.
    public func invalidate(lower: Point, upper: Point) throws(RecorderError) {
        let box = WorldBox(lower: lower.content, upper: upper.content)
        guard box.isFinite else { throw .notFinite(field: "invalidate", value: "\(lower) to \(upper)") }
        try add(.invalidate(box))
    }

    /// Hot reload. Seed and start state of the chunks stay as the session started with.
    public func configure(_ settings: Settings) throws(RecorderError) {
        guard let before = configuration else { throw .noSession }
        let after = try checked(settings)
        guard after.worldSeed == before.worldSeed, after.chunksStartLoaded == before.chunksStartLoaded else {
            throw .outOfRange(
                field: "world seed or start state of chunks", value: "changed",
                allowed: "that of the running session; start a new one")
        }
        try add(.configure(after))
        configuration = after
    }

    /// Ends the session with the next frame, if one is running, and starts another. It comes before all else
    /// that happened since the frame before, and at most once in that time. What was said of the old session and its store only, and
    /// no frame has had, is left out.
    public func startSession(_ settings: Settings) throws(RecorderError) {
        let after = try checked(settings)
        try refuseSecondStart()
        let endsHere = configuration != nil || events.last == .sessionEnd
        if events.last == .sessionEnd { events.removeLast() }
        // Behind the start it would mean the new session's store.
        let switchesOff = events.contains(.storeOff)
        events.removeAll(where: \.isOfItsSession)
        events.insert(
            contentsOf: (switchesOff ? [.storeOff] : []) + (endsHere ? [.sessionEnd] : []) + [
                .sessionStart(after)
            ],
            at: 0)
        session += 1
        configuration = after
        hasStore = false
    }

    /// The session that starts with the next frame has a store. Call it once, after the session's start (of the first
    /// session: after ``init(path:configuration:framesPerFlush:)``) and before the next frame; what else happened since the
    /// frame before comes behind it.
    ///
    /// The trace of a modelled run says with it that the store is as the run left it, or empty if the run has had none before. A live run
    /// gives the store's replies as they come: ``reply(to:_:)``.
    ///
    /// - Parameter sizeCapBytes: what the rows may take, as the model accounts them, 0...2^50.
    /// - Throws: ``RecorderError/outOfRange(field:value:allowed:)``, ``RecorderError/storeOutOfPlace``,
    ///   ``RecorderError/noSession``; the session has the store that it had then.
    public func store(sizeCapBytes: Int64) throws(RecorderError) {
        guard configuration != nil else { throw .noSession }
        guard (0...Model.maximumStoreBytes).contains(sizeCapBytes) else {
            throw .outOfRange(
                field: "sizeCapBytes", value: "\(sizeCapBytes)", allowed: "0...\(Model.maximumStoreBytes)")
        }
        guard let start = events.firstIndex(where: \.isSessionStart),
            !events.contains(where: \.isStore)
        else { throw .storeOutOfPlace }
        events.insert(.store(sizeCapBytes: sizeCapBytes, contents: nil), at: start + 1)
        hasStore = true
    }

    /// From the next frame on the session has no store: it failed, or the user switched it off. A session that starts
    /// later may have one again.
    ///
    /// - Throws: ``RecorderError/noStore``, ``RecorderError/noSession``, ``RecorderError/tooManyEvents(limit:)``;
    ///   nothing was taken then.
    public func storeOff() throws(RecorderError) {
        guard configuration != nil else { throw .noSession }
        guard hasStore else { throw .noStore }
        try add(.storeOff)
        hasStore = false
    }

    /// Ends the session with the next frame. Until another starts, frames have no events.
    public func endSession() throws(RecorderError) {
        try refuseSecondStart()
        try add(.sessionEnd)
        configuration = nil
        hasStore = false
    }

    /// Completes the partial file, writes the trace out of it into its place, and removes it.
    ///
    /// Complexity: O(bytes recorded) time, with bounded memory.
    ///
    /// - Throws: ``RecorderError/stopped(path:partialPath:reason:)``: the place is untouched then, and the partial
    ///   file stays; ``RecorderError/noFrames``.
    public func finish() throws(RecorderError) {
        guard var writer else { throw .closed }
        self.writer = nil
        guard frameCount > 0 else {
            try? SystemFile.remove(path: partialPath)
            throw .noFrames
        }
        do {
            try writer.finish()
            try writer.sink.close()
            try publish()
        } catch {
            throw .stopped(path: path, partialPath: partialPath, reason: "\(error)")
        }
        // The trace is whole. A partial file that cannot be removed is in the way of the next recorder, which says so.
        try? SystemFile.remove(path: partialPath)
    }

    private static func begin(
        _ path: String, _ partialPath: String, _ framesPerFlush: Int
    ) throws(RecorderError) -> TraceWriter<FileSink> {
        do {
            try SystemFile.requireReplaceable(path: path)
            let sink = try FileSink(path: partialPath, replacing: false)
            do {
                return try TraceWriter(sink, layout: .recording(framesPerFlush: framesPerFlush))
            } catch {
                // Without a frame there is nothing in it to be recovered.
                try? SystemFile.remove(path: partialPath)
                throw error
            }
        } catch SystemFileError.exists {
            throw .unfinishedRecording(partialPath: partialPath)
        } catch {
            throw .output(path: path, reason: "\(error)")
        }
    }

    /// Writes the trace out of the complete partial file.
    private func publish() throws {
        let file = try ReplacingFile(path: path)
        do {
            _ = try Trace.finalize(TraceReader(contentsOf: partialPath), to: file)
            try file.commit()
        } catch {
            file.discard()
            throw error
        }
    }

    func add(_ event: Event) throws(RecorderError) {
        guard configuration != nil else { throw .noSession }
        guard events.count < TraceRecorder.maximumEvents else {
            throw .tooManyEvents(limit: TraceRecorder.maximumEvents)
        }
        events.append(event)
    }

    /// Leaves room for the end and the start of a session, and for its store.
    private static let maximumEvents = TraceFormat.maximumEventsPerFrame - 3

    /// Puts an event right behind the start of a session, and its store; in front of all where none starts.
    func insertBehindStart(_ event: Event) throws(RecorderError) {
        guard events.count < TraceRecorder.maximumEvents else {
            throw .tooManyEvents(limit: TraceRecorder.maximumEvents)
        }
        let place = events.lastIndex { $0.isSessionStart || $0.isStore }
        events.insert(event, at: place.map { $0 + 1 } ?? 0)
    }

    private func refuseSecondStart() throws(RecorderError) {
        guard !events.contains(where: \.isSessionStart) else {
            throw .outOfRange(field: "session starts and ends before one frame", value: "2", allowed: "1")
        }
    }

    private func write(_ input: FrameInput) throws(RecorderError) {
        guard writer != nil else { throw .closed }
        do {
            try writer?.write(input)
        } catch let error as TraceError {
            throw RecorderError(error)
        } catch {
            writer = nil
            throw .stopped(path: path, partialPath: partialPath, reason: "\(error)")
        }
    }

    /// A replay refuses a position whose window leaves the lattice: so does the recorder.
    private func check(_ position: WorldPoint) throws(RecorderError) {
        guard let lattice = configuration?.effective().configuration.lattice else { return }
        do {
            _ = try lattice.finestCell(of: position)
        } catch {
            switch error {
            case .notFinite(let axis, let value):
                throw .notFinite(field: "position.\(axis)", value: "\(value)")
            case .outOfRange(let axis, let value, let limit):
                throw .outOfRange(
                    field: "position.\(axis)", value: "\(value)", allowed: "within ±\(limit) blocks")
            }
        }
    }
}

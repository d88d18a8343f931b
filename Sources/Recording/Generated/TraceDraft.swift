import Hashing
import Streaming
import Topology
import Voxels

/// A trace that is being made up: the state that its frames have come to, and what it draws from.
///
/// A trace is a handful of scenes, each about one hazard or two, with a moment of rest or a step between them.
struct TraceDraft {
    var random: SeededRandom
    var configuration = Configuration.classic
    /// Of the session that runs, or ran last.
    var position = WorldPoint(0, 0, 0)
    /// A session runs.
    var isRunning = false
    var hasStore = false
    /// Events of the next frame, in their order.
    var events: [Event] = []
    /// New budgets of the next frame.
    var budgets: Budgets?

    private(set) var made: [FrameInput] = []
    private var session: UInt32 = 0
    /// The trace is over when it has so many frames.
    private var limit = 0
    private let firstFrame: Int32

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        firstFrame = random.oneIn(4) ? Int32(random.integer(1...100_000)) : 0
    }

    var isFull: Bool { made.count >= limit }
    var spacing: Double { configuration.baseSpacing }
    /// N.
    var resolution: Int { Int(configuration.resolution) }

    /// All frames.
    mutating func frames() -> [FrameInput] {
        limit = random.pick([random.integer(4...12), random.integer(13...32), random.integer(33...60)])
        var scenes: [Scene] = []
        for _ in 0..<random.integer(2...6) { scenes.append(random.pick(Scene.drawn)) }
        // What takes long comes first, and takes all of it.
        let long = scenes.first { $0.isLong }
        scenes = (long.map { [$0] } ?? []) + scenes.filter { !$0.isLong }
        setUp(scenes)
        for scene in scenes where !isFull {
            play(scene)
            if random.oneIn(3) { step(random.integer(1...3)) }
        }
        if !isFull, made.count < 4 || random.oneIn(4) { step(max(4 - made.count, random.integer(1...4))) }
        return made
    }

    /// Makes room for scenes that take their time.
    mutating func extend(to frames: Int) { limit = max(limit, frames) }

    // MARK: Frames

    /// Frames in which the camera stays where it is; the first has what has been collected.
    mutating func step(_ count: Int = 1) {
        for _ in 0..<count where !isFull {
            let place = made.count
            var input = FrameInput(
                frame: firstFrame + Int32(place), engineTimeNanoseconds: Int64(place) * 16_666_667,
                session: session, camera: Camera(position: position))
            if isRunning {
                input.budgets = budgets
                input.events = events
            }
            events = []
            budgets = nil
            made.append(input)
        }
    }

    /// A frame in which the camera is elsewhere.
    mutating func go(to point: WorldPoint) {
        position = point
        step()
    }

    /// A frame in which the camera has moved by so many cells of the finest level.
    mutating func go(by cells: (x: Double, y: Double, z: Double)) {
        go(
            to: WorldPoint(
                position.x + cells.x * spacing, position.y + cells.y * spacing,
                position.z + cells.z * spacing))
    }

    // MARK: Sessions

    /// A session starts in the next frame, with the configuration as it is, behind the one that runs.
    mutating func start(storeBytes: Int64?) {
        // What was still to happen belongs to the session before.
        events = isRunning && random.oneIn(2) ? [.sessionEnd] : []
        if !made.isEmpty { session += 1 }
        events.append(.sessionStart(configuration))
        if let storeBytes { events.append(.store(sizeCapBytes: storeBytes, contents: nil)) }
        hasStore = storeBytes != nil
        isRunning = true
    }

    /// A frame that ends the session.
    mutating func end() {
        guard isRunning, !isFull else { return }
        events.append(.sessionEnd)
        step()
        isRunning = false
        hasStore = false
    }

    /// In the next frame the configuration is read again, as it is now.
    mutating func reload() { events.append(.configure(configuration)) }

    // MARK: What scenes have in common

    /// The centre of the cell of a level that has a point, or one that is so many cells away from it on each axis.
    func centre(level: Int, away: Int = 0, _ random: inout SeededRandom) -> WorldPoint {
        let s = spacing * Double(1 << level)
        func centre(_ value: Double, _ random: inout SeededRandom) -> Double {
            ((value / s).rounded(.down) + 0.5 + Double(random.integer(-away...away))) * s
        }
        return WorldPoint(
            centre(position.x, &random), centre(position.y, &random), centre(position.z, &random))
    }

    /// A point in the finest window or around it.
    mutating func target() -> WorldPoint {
        var own = random
        defer { random = own }
        return centre(level: own.integer(0...Int(configuration.levels) - 1), away: resolution / 2 - 1, &own)
    }

    /// The nearest multiple of the spacing.
    func border(_ value: Double) -> Double { (value / spacing).rounded() * spacing }
}

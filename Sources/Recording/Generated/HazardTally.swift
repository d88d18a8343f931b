import Streaming
import Topology
import Voxels

/// Which hazards the frames of a trace have: read off the frames, by whoever and for whatever they were made.
///
/// It knows configurations, windows and boxes, and no probe: that something is in flight means that a window has got new cells, or another
/// layout, so few frames ago that their results cannot all have come. O(frames * levels).
struct HazardTally {
    // Order: counted and looked up, never walked.
    private var counts: [Hazard: Int] = [:]
    private var seen: Set<Hazard> = []

    private var configuration: Configuration?
    private var isStoreOpen = false
    /// An earlier session had one.
    private var hadStore = false
    private var last: (seed: UInt64, layout: UInt32, lattice: Lattice)?
    private var position: WorldPoint?
    /// One for each level, finest first; none between sessions.
    private var snaps: [Snap] = []
    /// Where windows have been in this session, newest last.
    private var visited: [[Snap]] = []
    /// The frame in which a window last got new cells.
    private var dispatched: Int32?
    private var restFrames = 0
    private var budgetFrames = 0
    private var unloadedSince: Int32?
    private var recentEdits: [(frame: Int32, box: VoxelBox, isAir: Bool)] = []

    init(_ frames: [FrameInput]) {
        for input in frames { take(input) }
    }

    /// How many frames have a hazard.
    func frames(_ hazard: Hazard) -> Int { counts[hazard, default: 0] }

    private mutating func note(_ hazard: Hazard, _ isThere: Bool = true) {
        if isThere, seen.insert(hazard).inserted { counts[hazard, default: 0] += 1 }
    }

    private mutating func take(_ input: FrameInput) {
        seen = []
        let before = configuration
        let wasInFlight = isInFlight(input.frame)
        var starts = false
        var reloads = 0
        for event in input.events {
            switch event {
            case .sessionStart(let given):
                starts = true
                start(given, input.frame)
            case .sessionEnd:
                configuration = nil
                isStoreOpen = false
            case .configure(let given):
                reloads += 1
                reload(given, wasInFlight: wasInFlight)
            case .store(let cap, _):
                isStoreOpen = true
                note(.store)
                note(.storeCap, cap < 20_000)
            case .storeOff:
                isStoreOpen = false
                note(.storeOff)
            case .storeDamage: note(.storeDamage)
            case .chunkLoad: note(.chunkLoad)
            case .chunkUnload:
                note(.chunkUnload)
                if unloadedSince == nil { unloadedSince = input.frame }
            case .edit, .invalidate, .writeBackDropped, .engine: break
            }
        }
        note(.twoReloads, reloads > 1)
        note(.storeLeft, starts && hadStore && !isStoreOpen)
        hadStore = hadStore || isStoreOpen
        if let budgets = input.budgets, let levels = configuration?.levels {
            configuration?.budgets = budgets.effective(levels: Int(levels)).budgets
        }
        note(.noSession, configuration == nil)
        move(input, isNew: starts || before.map { configuration?.needsRebuild(from: $0) ?? true } ?? true)
        look(input, wasInFlight: wasInFlight && !starts)
        note(.retry, unloadedSince.map { input.frame - $0 > Model.retryDelayFrames } ?? false)
        position = input.camera.position
    }

    private func isInFlight(_ frame: Int32) -> Bool {
        guard let configuration, let dispatched else { return false }
        return frame - dispatched <= configuration.castLatencyFrames
    }

    // MARK: Sessions and reloads

    private mutating func start(_ given: Configuration, _ frame: Int32) {
        let (effective, clampings) = given.effective()
        note(.clamped, clampings.contains(where: \.isOfBounds))
        note(.nothingLoaded, !effective.chunksStartLoaded)
        note(.variant, effective.variant != .reference)
        note(.oddWindow, effective.resolution % 2 != 0)
        if let last {
            let isSame =
                last
                == (effective.worldSeed, effective.layoutVersion, effective.lattice)
            note(isSame ? .sameKey : .otherKey)
        }
        last = (effective.worldSeed, effective.layoutVersion, effective.lattice)
        configuration = effective
        isStoreOpen = false
        visited = []
        snaps = []
        unloadedSince = effective.chunksStartLoaded ? unloadedSince : frame
    }

    private mutating func reload(_ given: Configuration, wasInFlight: Bool) {
        guard let before = configuration else { return }
        let (after, clampings) = given.effective()
        note(.clamped, clampings.contains(where: \.isOfBounds))
        note(.reloadBudgets, after.budgets != before.budgets)
        note(.reloadLatency, after.castLatencyFrames != before.castLatencyFrames)
        note(.reloadLayout, after.layoutVersion != before.layoutVersion)
        note(.reloadSpacing, after.baseSpacing != before.baseSpacing)
        note(.reloadResolution, after.resolution != before.resolution)
        note(.reloadLevels, after.levels != before.levels)
        note(.reloadReanchor, after.reanchorDistance != before.reanchorDistance)
        note(.reloadRegionEdge, after.regionEdge != before.regionEdge)
        note(.reloadNearLevels, after.nearLevels != before.nearLevels)
        note(.reloadCache, after.cacheBytes != before.cacheBytes)
        note(.reloadStoreLatency, after.storeLatencyFrames != before.storeLatencyFrames)
        let changesLight = after.layoutVersion != before.layoutVersion || after.needsRebuild(from: before)
        note(.reloadInFlight, wasInFlight && changesLight)
        if after.needsRebuild(from: before) { visited = [] }
        configuration = after
    }

    // MARK: The camera

    private mutating func move(_ input: FrameInput, isNew: Bool) {
        let isStill = input.camera.position == position && input.events.isEmpty && input.budgets == nil
        restFrames = isStill ? restFrames + 1 : 0
        note(.rest, restFrames >= 8)
        guard let configuration, let cell = try? configuration.lattice.finestCell(of: input.camera.position)
        else {
            snaps = []
            return
        }
        let before = isNew ? [] : snaps
        let point = input.camera.position
        snaps = (0..<Int(configuration.levels)).map { level in
            configuration.lattice.snap(
                point, finestCell: cell, level: level, previous: level < before.count ? before[level] : nil,
                reanchorDistance: configuration.reanchorDistance)
        }
        notePoint([point.x, point.y, point.z], configuration)
        if before.isEmpty {
            dispatched = input.frame
            noteNewWindow([point.x, point.y, point.z], configuration)
        } else {
            if snaps != before { dispatched = input.frame }
            noteShift(from: before, [point.x, point.y, point.z], configuration)
        }
        if visited.last != snaps { visited.append(snaps) }
    }

    private mutating func notePoint(_ point: [Double], _ configuration: Configuration) {
        let s = configuration.baseSpacing
        let aside = point.map { abs($0 - ($0 / s).rounded() * s) }
        note(.exactMultiple, aside.allSatisfy { $0 == 0 })
        note(.besideMultiple, aside.contains { $0 > 0 && $0 < 1e-5 * s })
        note(.signedZero, point.contains { $0.isSubnormal || ($0 == 0 && $0.sign == .minus) })
        note(.farOrigin, point.contains { abs($0) > 1e7 })
        let distance = configuration.reanchorDistance
        guard distance > 0 else { return }
        for (level, snap) in snaps.enumerated() {
            note(.heldWindow, snap.anchor != snap.cameraCell)
            let spacing = configuration.lattice.spacing(level: level)
            for (value, anchor) in zip(point, [snap.anchor.x, snap.anchor.y, snap.anchor.z]) {
                note(.reanchorBorder, abs(abs(value - Double(anchor) * spacing) - distance) < 1e-6)
                // An axis that has just been snapped anew was at the border of the anchor that it had.
                let kept = visited.last.flatMap { level < $0.count ? $0[level].anchor : nil }
                for old in [kept?.x, kept?.y, kept?.z].compactMap({ $0 }) {
                    note(.reanchorBorder, abs(abs(value - Double(old) * spacing) - distance) < 1e-6)
                }
            }
        }
    }

    private mutating func noteShift(
        from before: [Snap], _ point: [Double], _ configuration: Configuration
    ) {
        let (old, new) = (before[0].anchor, snaps[0].anchor)
        let shift = [Int64(new.x) - Int64(old.x), Int64(new.y) - Int64(old.y), Int64(new.z) - Int64(old.z)]
            .map(abs)
        let n = Int64(configuration.resolution)
        let most = shift.max() ?? 0
        let axes = shift.count { $0 > 0 }
        guard most > 0 else { return }
        note(.oneCell, axes == 1 && most == 1)
        note(.almostWindow, most == n - 1)
        note(.wholeWindow, most == n)
        note(.manyWindows, most >= 2 * n && most % n == 0)
        note(.threeAxes, axes == 3 && most >= n - 1)
        note(.diagonalBelowZero, axes > 1 && [new.x, new.y, new.z].contains { $0 < 0 })
        if let earlier = visited.lastIndex(where: { $0[0].anchor == new }) {
            note(
                .thereAndBack,
                visited[earlier...].contains { away in
                    let cell = away[0].anchor
                    return max(
                        abs(Int64(cell.x) - Int64(new.x)), abs(Int64(cell.y) - Int64(new.y)),
                        abs(Int64(cell.z) - Int64(new.z))) >= n / 2
                })
        }
        if most >= n - 1 { noteNewWindow(point, configuration) }
        guard configuration.nearLevels < configuration.levels else { return }
        note(.cacheFull, configuration.cacheBytes > 0 && configuration.cacheBytes <= 20_000)
        note(.cacheOff, configuration.cacheBytes == 0)
    }

    private mutating func noteNewWindow(_ point: [Double], _ configuration: Configuration) {
        let budgets = configuration.budgets
        let cells =
            Int(configuration.resolution) * Int(configuration.resolution) * Int(configuration.resolution)
        let room = min(Int(budgets.perLevel.first ?? 0), budgets.maximumProbes(configuration.variant))
        let isSymmetric = point.allSatisfy {
            ($0 / configuration.baseSpacing * 2).rounded() * configuration.baseSpacing == 2 * $0
        }
        note(.ties, room > 0 && room < cells && isSymmetric)
        note(
            .crowded,
            cells * Int(configuration.levels) > Model.maximumInFlight
                && budgets.maximumProbes(configuration.variant) > Model.maximumInFlight
                && configuration.castLatencyFrames > Model.queueExpiryFrames)
    }

    // MARK: Budgets, edits, boxes

    private mutating func look(_ input: FrameInput, wasInFlight: Bool) {
        guard let configuration else { return }
        let budgets = configuration.budgets
        note(.zeroBudget, budgets.total == 0 || budgets.perLevel.contains(0))
        let wanted = min(Int(budgets.total), budgets.perLevel.reduce(0) { $0 + Int($1) })
        note(.uploadCut, budgets.uploadBytes / configuration.variant.uploadBytesPerProbe < wanted)
        budgetFrames = input.budgets == nil ? 0 : budgetFrames + 1
        note(.budgetChange, budgetFrames > 1)
        note(.latencyZero, configuration.castLatencyFrames == 0)
        note(.latencyLong, configuration.castLatencyFrames >= 8)
        for event in input.events {
            switch event {
            case .edit(let box, let material): look(box, material, input.frame, wasInFlight: wasInFlight)
            case .invalidate(let box): look(box, configuration)
            default: break
            }
        }
    }

    private mutating func look(_ box: VoxelBox, _ material: Material, _ frame: Int32, wasInFlight: Bool) {
        note(.emptyEdit, box.isEmpty)
        guard !box.isEmpty else { return }
        note(.editInFlight, wasInFlight && meetsWindow(box.worldBox, snaps))
        recentEdits.removeAll { frame - $0.frame > 8 }
        note(.fillAndOpen, recentEdits.contains { $0.box == box && $0.isAir != (material == .air) })
        recentEdits.append((frame, box, material == .air))
    }

    private mutating func look(_ box: WorldBox, _ configuration: Configuration) {
        note(.boxEmpty, box.isEmpty)
        let bounds = [box.lower.x, box.lower.y, box.lower.z, box.upper.x, box.upper.y, box.upper.z]
        note(.boxDenormal, bounds.contains(where: \.isSubnormal))
        guard !box.isEmpty else { return }
        let meets = meetsWindow(box, snaps)
        let s = configuration.baseSpacing
        note(.boxBorder, meets && bounds.contains { ($0 / s).rounded() * s == $0 && abs($0) < 1e9 })
        note(.boxTiny, zip(bounds.prefix(3), bounds.suffix(3)).contains { $1 - $0 < 1e-6 })
        let reach =
            configuration.lattice.spacing(level: Int(configuration.levels) - 1)
            * Double(configuration.resolution)
        note(.boxHuge, meets && zip(bounds.prefix(3), bounds.suffix(3)).allSatisfy { $1 - $0 > 2 * reach })
        note(.boxFar, !meets)
        note(.boxBehind, !meets && visited.contains { meetsWindow(box, $0) })
    }

    /// Whether a box meets the windows at some snaps.
    private func meetsWindow(_ box: WorldBox, _ snaps: [Snap]) -> Bool {
        guard let configuration else { return false }
        return snaps.enumerated().contains { level, snap in
            let window = Window(anchor: snap.anchor, resolution: configuration.resolution)
            return !Lattice.cells(
                meeting: box, baseSpacing: configuration.baseSpacing, level: level, within: window.box
            ).isEmpty
        }
    }
}

extension Clamping {
    /// Not of a list of budgets that is too short or too long for the levels, nor of a region edge that divides nothing: those are everyday.
    fileprivate var isOfBounds: Bool { !field.hasPrefix("level_budgets") && field != "region_edge" }
}

import Streaming
import Topology
import Voxels

// The passes, each of which makes the draft smaller or plainer, or leaves it as it is.

extension Minimizer {
    /// Pieces into which a first round takes things apart; the rounds after it go down to single ones.
    private static let coarsePieces = 16
    /// Values that are tried one by one: stays of the camera, boxes.
    private static let finePlaces = 24

    /// All passes, until nothing changes any more.
    ///
    /// First those that leave out, large pieces first, and those that make every later try cheaper; then those that only make plainer.
    func shrink() throws {
        try makePlain()
        try leaveOutParts(pieces: Minimizer.coarsePieces)
        try leaveOutSessions()
        try makeConfigurationsPlain()
        try hold(pieces: Minimizer.coarsePieces)
        try leaveOutFrames(pieces: Minimizer.coarsePieces)
        try leaveOut()
        try makeConfigurationsPlain()
        try polish()
        try leaveOut()
    }

    /// Until no frame, no part and no move can be left out.
    private func leaveOut() throws {
        var before: Draft
        repeat {
            before = draft
            try leaveOutParts()
            try leaveOutSessions()
            try hold()
            try leaveOutFrames()
        } while draft != before
    }

    /// Leaves out as many of `items` as it can: all, then halves, quarters ... and single ones, the first first.
    ///
    /// - Parameters:
    ///   - items: what can be left out.
    ///   - pieces: at most so many are tried of one size.
    ///   - rest: what is left of a draft with some of the items only.
    /// - Throws: where no more tries are to be made.
    private func leaveOut<Item>(
        _ items: [Item], pieces: Int = .max, _ rest: (Draft, [Item]) -> Draft?
    ) throws {
        var base = draft
        var kept = items
        var size = kept.count
        while size > 0, (kept.count + size - 1) / size <= pieces {
            var place = 0
            while place < kept.count {
                let left = Array(kept[..<place] + kept.dropFirst(place + size))
                if try accepts(rest(base, left)) {
                    kept = left
                    // It failed earlier now, and what stands behind is gone.
                    if draft.frameCount < base.frameCount { base = base.prefix(draft.frameCount) }
                } else {
                    place += size
                }
            }
            size = size == 1 ? 0 : min((size + 1) / 2, kept.count)
        }
    }

    private func leaveOutParts(pieces: Int = .max) throws {
        try leaveOut(draft.parts, pieces: pieces) { $0.keeping($1) }
    }

    /// Leaves out frames, with what happens in them or, where that is needed, without.
    private func leaveOutFrames(pieces: Int = .max) throws {
        var size = (draft.frameCount + 1) / 2
        while size > 0, (draft.frameCount + size - 1) / size <= pieces {
            var place = 0
            while place < draft.frameCount {
                let range = place..<min(place + size, draft.frameCount)
                let isKept = (0..<draft.frameCount).map { !range.contains($0) }
                if try accepts(draft.keeping(isKept, carriesEvents: false)) { continue }
                if range.contains(where: draft.hasEvents),
                    try accepts(draft.keeping(isKept, carriesEvents: true))
                {
                    continue
                }
                place += size
            }
            size = size == 1 ? 0 : min((size + 1) / 2, draft.frameCount)
        }
    }

    /// Leaves out sessions, with or without what happened to their world, and the starts of those that are left.
    private func leaveOutSessions() throws {
        var number = 0
        while draft.sessions.count > 1, number < draft.sessions.count {
            let isKept = draft.sessions.enumerated().flatMap { session in
                session.element.frames.map { _ in session.offset != number }
            }
            if try accepts(draft.keeping(isKept, carriesEvents: false)) { continue }
            if try accepts(draft.keeping(isKept, carriesEvents: true)) { continue }
            if number > 0, try accepts(draft.mergingSession(number)) { continue }
            number += 1
        }
    }

    /// The camera stays where it was.
    private func hold(pieces: Int = .max) throws {
        try leaveOut(draft.moves, pieces: pieces) { $0.holding(but: $1) }
    }

    // MARK: Plainer

    /// What the model does not decide by: times, where the camera looks. It also makes frames alike, so that leaving one of them out is the
    /// same try as leaving out another.
    private func makePlain() throws {
        try leaveOut([0, 1, 2, 3]) { base, kept in
            var result = base
            result.mapFrames { _, frame in
                if !kept.contains(0) { frame.engineTimeNanoseconds = 0 }
                if !kept.contains(1) { frame.camera.orientation = .identity }
                if !kept.contains(2) { frame.camera.fieldOfView = 0 }
                if !kept.contains(3) { frame.camera.selectionPosition = nil }
            }
            return result
        }
    }

    /// Fields of configurations, in all of them and then one by one.
    private func makeConfigurationsPlain() throws {
        let fields = notPlain
        try leaveOut(fields) { base, kept in
            var result = base
            for field in fields where !kept.contains(field) { result.makePlain(field) }
            return result
        }
        guard draft.configurations.count > 1 else { return }
        for field in notPlain {
            let places = draft.configurations.indices.filter {
                !field.plainer(than: draft.configurations[$0]).isEmpty
            }
            guard places.count <= Minimizer.finePlaces else { continue }
            try leaveOut(places) { base, kept in
                var result = base
                result.makePlain(field) { places.contains($0) && !kept.contains($0) }
                return result
            }
        }
    }

    /// Fields of which some configuration has more than the plainest value.
    private var notPlain: [ConfigurationField] {
        ConfigurationField.allCases.filter { field in
            draft.configurations.contains { !field.plainer(than: $0).isEmpty }
        }
    }

    /// Values between the plainest, which was tried, and the one that is there; the first that fails ends it.
    private func lowerConfigurations() throws {
        for field in notPlain {
            let steps = draft.configurations.map { field.plainer(than: $0).count }.max() ?? 0
            for step in 1..<max(steps, 2) where step < steps {
                var candidate = draft
                candidate.makePlain(field, step: step)
                if try accepts(candidate) { break }
            }
        }
    }

    /// What is as small as it gets is made easier to read.
    private func polish() throws {
        try lowerConfigurations()
        try shrinkBudgets()
        try shrinkStores()
        try shrinkBoxes()
        try moveToOrigin()
        try straighten()
    }

    /// Budgets come last: a smaller one can need more frames for the same.
    private func shrinkBudgets() throws {
        let steps: [Int32] = [1, 4, 16, 64, 256, 512]
        let largest = draft.largestBudgets
        for step in steps where step < max(largest.perLevel, largest.total) {
            var candidate = draft
            candidate.mapBudgets { budgets in
                budgets.perLevel = budgets.perLevel.map { min($0, step) }
                budgets.total = min(budgets.total, step)
            }
            if try accepts(candidate) { break }
        }
        for step in steps where step < draft.largestBudgets.perLevel {
            var candidate = draft
            candidate.mapBudgets { $0.perLevel = $0.perLevel.map { min($0, step) } }
            if try accepts(candidate) { break }
        }
        for step in steps where step < draft.largestBudgets.total {
            var candidate = draft
            candidate.mapBudgets { $0.total = min($0.total, step) }
            if try accepts(candidate) { break }
        }
        var candidate = draft
        let upload = Configuration.classic.budgets.uploadBytes
        candidate.mapBudgets { $0.uploadBytes = upload }
        _ = try accepts(candidate)
    }

    private func shrinkStores() throws {
        let largest = draft.sessions.compactMap { $0.store?.sizeCapBytes }.max() ?? 0
        for bits in stride(from: 12, to: 50, by: 4) where largest > 1 << Int64(bits) {
            var candidate = draft
            for number in candidate.sessions.indices {
                guard let cap = candidate.sessions[number].store?.sizeCapBytes else { continue }
                candidate.sessions[number].store?.sizeCapBytes = min(cap, 1 << Int64(bits))
            }
            if try accepts(candidate) { break }
        }
    }

    /// Boxes are halved as long as that goes.
    private func shrinkBoxes() throws {
        let events = draft.parts.compactMap { part in
            if case .event(let frame, let index) = part { (frame, index) } else { nil }
        }
        for (frame, index) in events.prefix(Minimizer.finePlaces) {
            var isSmaller = true
            while isSmaller {
                isSmaller = false
                guard frame < draft.frameCount, index < draft.allFrames[frame].events.count else { break }
                for half in draft.allFrames[frame].events[index].halves
                where try accepts(draft.replacing(frame: frame, index: index, by: half)) {
                    isSmaller = true
                    break
                }
            }
        }
    }

    /// The whole trace, with its boxes, to the middle of the world; on all axes and then on one after the other.
    private func moveToOrigin() throws {
        guard let first = draft.allFrames.first?.camera.position else { return }
        func chunks(_ value: Double) -> Int64 {
            -VoxelCoordinate(containing: WorldPoint(value, 0, 0)).chunk.x
        }
        let (x, y, z) = (chunks(first.x), chunks(first.y), chunks(first.z))
        for (x, y, z) in [(x, y, z), (x, 0, z), (x, 0, 0), (0, 0, z), (0, y, 0)]
        where (x, y, z) != (0, 0, 0) {
            if try accepts(draft.moved(byChunks: x, y, z)) { break }
        }
    }

    /// Positions in whole blocks, or on the axes; those of one stay differ from those of the stay before on as few axes as possible.
    private func straighten() throws {
        let axes: [WritableKeyPath<WorldPoint, Double>] = [\.x, \.y, \.z]
        for grid in [64.0, 16, 4, 1] {
            let candidate = draft.mapStays { _, point in
                for axis in axes {
                    point[keyPath: axis] = (point[keyPath: axis] / grid).rounded(.down) * grid
                }
            }
            if candidate.moves == draft.moves, try accepts(candidate) { break }
        }
        let stays = draft.moves.count + 1
        guard stays <= Minimizer.finePlaces else { return }
        for stay in 0..<stays {
            for axis in axes {
                for value in plainer(stay: stay, axis: axis) {
                    let candidate = draft.mapStays { if $0 == stay { $1[keyPath: axis] = value } }
                    guard candidate.moves.count == draft.moves.count else { continue }
                    if try accepts(candidate) { break }
                }
            }
        }
    }

    /// Coordinates that are plainer than that of a stay, the plainest first.
    private func plainer(stay: Int, axis: WritableKeyPath<WorldPoint, Double>) -> [Double] {
        var positions: [WorldPoint] = []
        _ = draft.mapStays { place, point in
            if place == positions.count { positions.append(point) }
        }
        guard stay < positions.count else { return [] }
        let value = positions[stay][keyPath: axis]
        if value == 0 { return [] }
        if stay > 0, value == positions[stay - 1][keyPath: axis] { return [] }
        let before = stay > 0 ? [positions[stay - 1][keyPath: axis]] : []
        return before + [0, value.rounded(.down)].filter { $0 != value }
    }
}

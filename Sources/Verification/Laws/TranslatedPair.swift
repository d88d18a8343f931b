import Hashing
import Replay
import Streaming
import Topology
import Voxels

/// A run and the same run moved, side by side.
struct TranslatedPair {
    private let options: ReplayOptions
    private let trace: MovableTrace
    private let shift: WorldShift
    /// After so many frames every probe is compared.
    private let interval: Int
    private var still: LawRun
    private var moved: LawRun
    /// The last states that agreed in every probe, and the place of the frame after them.
    private var agreed: (still: RunState, moved: RunState, next: Int)

    init(_ options: ReplayOptions, _ trace: MovableTrace, _ shift: WorldShift, interval: Int) {
        self.options = options
        self.trace = trace
        self.shift = shift
        self.interval = interval
        still = LawRun(options)
        moved = LawRun(options, worldOrigin: shift.chunks)
        agreed = (still.state, moved.state, 0)
    }

    /// Steps both to the end; stops where they come apart.
    mutating func compare() throws -> Breach? {
        for place in trace.frames.indices {
            let input = trace.frames[place]
            let frame = input.frame
            let a: (result: FrameResult, seen: [SelectedProbe])
            let b: (result: FrameResult, seen: [SelectedProbe])
            a = try still.step(input, lookingAfter: .select) { $0.selected(in: frame) }
            b = try moved.step(trace.moved(place, by: shift), lookingAfter: .select) {
                $0.selected(in: frame)
            }
            let isWhole = (place + 1) % interval == 0 || place == trace.frames.count - 1
            if a.result.counts == b.result.counts,
                differenceOfSelection(a.seen, b.seen, still.state.system) == nil,
                difference(still.state.system, moved.state.system, probes: isWhole) == nil
            {
                if isWhole { agreed = (still.state, moved.state, place + 1) }
                continue
            }
            return try look(upTo: place)
        }
        return nil
    }

    // MARK: Looking closer

    /// The states at the end of each stage of a frame, and what snap gave.
    private final class Stages {
        var systems: [StreamingSystem] = []
        var snaps: [Cell] = []

        var watch: StageWatch {
            { [self] stage, bytes, system in
                systems.append(copy system)
                guard stage == .snap else { return }
                var reader = CanonicalReader(bytes, at: 1)
                while let x: Int32 = try? reader.next(), let y: Int32 = try? reader.next(),
                    let z: Int32 = try? reader.next()
                {
                    snaps.append(Cell(x, y, z))
                }
            }
        }
    }

    /// Steps both again from where they last agreed, and compares everything at the end of each stage.
    private func look(upTo last: Int) throws -> Breach {
        var left = LawRun(agreed.still, options, last: nil)
        var right = LawRun(agreed.moved, options, last: nil)
        for place in agreed.next...last {
            let input = trace.frames[place]
            let (a, b) = (Stages(), Stages())
            let expected = try left.step(input, watch: a.watch)
            let found = try right.step(trace.moved(place, by: shift), watch: b.watch)
            for (index, stage) in Stage.allCases.enumerated() {
                let (before, after) = (a.systems[index], b.systems[index])
                var breach = Breach(frame: input.frame, stage: stage, what: "")
                if stage == .snap, let difference = differenceOfSnaps(a.snaps, b.snaps, left.state.system) {
                    (breach.level, breach.what) = (difference.level, difference.text)
                } else if stage == .select,
                    let difference = differenceOfSelection(
                        before.selected(in: input.frame), after.selected(in: input.frame), before)
                {
                    (breach.level, breach.cell, breach.what) = (
                        difference.level, difference.cell, difference.text
                    )
                } else if let difference = difference(before, after, probes: true) {
                    (breach.level, breach.cell, breach.what) = (
                        difference.level, difference.cell, difference.text
                    )
                } else {
                    continue
                }
                breach.what += ", in the run moved by \(shift)"
                return breach
            }
            for (level, counts) in zip(expected.counts, found.counts).enumerated() where counts.0 != counts.1
            {
                return Breach(
                    frame: input.frame, stage: nil, level: level,
                    what: "counters: expected \(counts.0), found \(counts.1), in the run moved by \(shift)")
            }
        }
        // Stepped again the runs agree: what differed is no function of the inputs.
        return Breach(
            frame: trace.frames[last].frame, stage: nil,
            what:
                "the run moved by \(shift) differed, and stepped again it does not: it is no function of its inputs"
        )
    }

    // MARK: Comparing

    private typealias Difference = (level: Int?, cell: Cell?, text: String)

    private func difference(_ a: StreamingSystem, _ b: StreamingSystem, probes: Bool) -> Difference? {
        guard a.levels.count == b.levels.count else {
            return (nil, nil, "levels: expected \(a.levels.count), found \(b.levels.count)")
        }
        for (left, right) in zip(a.levels, b.levels) {
            let moved = shift.cells(spacing: left.spacing)
            if moved(left.snap.cameraCell) != right.snap.cameraCell
                || moved(left.snap.anchor) != right.snap.anchor
            {
                return (
                    left.level, nil,
                    "anchor: expected \(moved(left.snap.anchor)), found \(right.snap.anchor)"
                )
            }
            guard moved(left.window.minimum) == right.window.minimum else {
                return (
                    left.level, nil,
                    "window: expected to begin at \(moved(left.window.minimum)), found \(right.window.minimum)"
                )
            }
            guard probes else { continue }
            if let found = left.firstDifference(from: right, movedBy: moved, [.fields, .payload]) {
                return (found.level, found.cell, found.text)
            }
        }
        return nil
    }

    private func differenceOfSelection(
        _ a: [SelectedProbe], _ b: [SelectedProbe], _ system: StreamingSystem
    ) -> Difference? {
        for place in 0..<max(a.count, b.count) {
            let left = place < a.count ? a[place] : nil
            let right = place < b.count ? b[place] : nil
            var expected = left
            if let left, left.level < system.levels.count {
                expected?.cell = shift.cells(spacing: system.levels[left.level].spacing)(left.cell)
            }
            guard expected != right else { continue }
            func text(_ probe: SelectedProbe?) -> String {
                probe.map { "level \($0.level) \($0.cell), generation \($0.generation)" } ?? "nothing"
            }
            return (
                left?.level ?? right?.level, left?.cell,
                "selected[\(place)]: expected \(text(expected)), found \(text(right))"
            )
        }
        return nil
    }

    /// Two cells a level: the camera's, and the anchor. `system` is that after the frame, whose levels are those of the snaps.
    private func differenceOfSnaps(_ a: [Cell], _ b: [Cell], _ system: StreamingSystem) -> (
        level: Int, text: String
    )? {
        for (place, cells) in zip(a, b).enumerated() {
            let level = place / 2
            guard level < system.levels.count else { return nil }
            let expected = shift.cells(spacing: system.levels[level].spacing)(cells.0)
            if expected != cells.1 {
                return (
                    level,
                    "\(place % 2 == 0 ? "cameraCell" : "anchor"): expected \(expected), found \(cells.1)"
                )
            }
        }
        return nil
    }
}

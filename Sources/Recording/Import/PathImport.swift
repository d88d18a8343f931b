package import Streaming
package import Topology

/// What becomes of the poses of a recorded camera path.
///
/// A position `p` becomes `scale * axes(p) + offset` blocks, each operation rounded to binary64.
package struct ImportOptions: Sendable {
    /// That of the session that starts in the first frame.
    package var configuration: Configuration
    /// Blocks per unit of the source: finite and not 0. A negative one mirrors the positions and leaves the
    /// orientations as they are.
    package var scale: Double
    /// In blocks, added after scaling, on the target's axes: finite.
    package var offset: WorldPoint
    /// The target's axes in terms of the source's.
    package var axes: SignedAxes
    /// At which the path is sampled again; nil for one frame per pose.
    package var rate: FrameRate?

    package init(
        configuration: Configuration = .classic, scale: Double = 1,
        offset: WorldPoint = WorldPoint(0, 0, 0), axes: SignedAxes = .identity, rate: FrameRate? = nil
    ) {
        self.configuration = configuration
        self.scale = scale
        self.offset = offset
        self.axes = axes
        self.rate = rate
    }
}

/// Makes the frames of a trace out of a camera path, whatever file its poses came from.
package enum PathImport {
    /// Poses that one file may have, and frames that may come of it.
    package static let maximumPoses = 1_000_000
    /// Bytes that one file of text may have.
    package static let maximumSizeBytes = 1 << 28

    /// The frames, with a session that starts in the first. The engine's time counts from the first pose.
    ///
    /// Complexity: O(poses + frames).
    ///
    /// - Throws: ``ImportError`` for times that do not ascend strictly, positions outside the lattice, too many
    ///   frames.
    package static func frames(
        of poses: [TimedPose], options: ImportOptions
    ) throws(ImportError) -> [FrameInput] {
        let placed = try placed(poses, options)
        let sampled =
            if let rate = options.rate { try Resampling.poses(placed, rate: rate) } else { placed }
        return sampled.enumerated().map { index, pose in
            FrameInput(
                frame: Int32(index), engineTimeNanoseconds: pose.timeNanoseconds,
                camera: Camera(position: pose.position, orientation: pose.orientation),
                events: index == 0 ? [.sessionStart(options.configuration)] : [])
        }
    }

    /// The poses on the target's axes, in blocks, their times counted from the first.
    private static func placed(
        _ poses: [TimedPose], _ options: ImportOptions
    ) throws(ImportError) -> [TimedPose] {
        guard options.scale.isFinite, options.scale != 0, options.offset.isFinite else {
            throw .invalidOption(
                expected: "a finite scale that is not 0, and a finite offset",
                found: "scale \(options.scale), offset \(options.offset)")
        }
        guard poses.count <= maximumPoses else {
            throw .tooMany(what: "poses", count: poses.count, limit: maximumPoses)
        }
        guard let first = poses.first else { throw .noPose(expected: "at least one") }
        let lattice = options.configuration.effective().configuration.lattice
        var ascending = AscendingTimes()
        var result: [TimedPose] = []
        result.reserveCapacity(poses.count)
        for pose in poses {
            try ascending.take(pose.timeNanoseconds, at: pose.place)
            let (time, overflow) = pose.timeNanoseconds.subtractingReportingOverflow(first.timeNanoseconds)
            guard !overflow else { throw .timeTooLong(pose.place) }
            let source = options.axes.point(pose.position)
            let position = WorldPoint(
                source.x * options.scale + options.offset.x, source.y * options.scale + options.offset.y,
                source.z * options.scale + options.offset.z)
            do throws(LatticeError) {
                _ = try lattice.finestCell(of: position)
            } catch {
                throw .position(pose.place, error)
            }
            result.append(
                TimedPose(
                    timeNanoseconds: time, position: position,
                    orientation: options.axes.orientation(pose.orientation), place: pose.place))
        }
        return result
    }
}

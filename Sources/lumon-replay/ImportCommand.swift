import ArgumentParser
import Recording
import Streaming
import Topology

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Makes a trace out of a recorded camera path, or of an engine's stage hashes.",
        discussion: """
            One frame for each pose, or at a rate of your choice. A pose becomes \
            `scale * axes(pose) + offset` blocks.

            FORMATS
              tum    `time tx ty tz qx qy qz qw` a line, in seconds
              kitti  twelve numbers a line, the matrix [R|t] row by row; times by --times or --pose-rate
              euroc  `time, px, py, pz, qw, qx, qy, qz, ...` a line, in nanoseconds
              mcap   messages foxglove.PoseInFrame or foxglove.FrameTransform, in protobuf or json
              hashes `frame, stage, digest` a line, or `frame, stage, digest, x, y, z`: an engine's own digests, to be compared
                     with those of another run (trace compare)

            EXAMPLES
              lumon-replay trace import --format tum groundtruth.txt --scale 16 --preset current -o path.mcap
              lumon-replay trace import --format kitti 00.txt --times times.txt --axes x,-y,-z -o path.mcap
              lumon-replay trace import --format euroc data.csv --axes x,z,-y --rate 60 -o path.mcap
              lumon-replay trace import --format mcap drive.mcap --topic /pose -o path.mcap
              lumon-replay trace import --format hashes run.csv --engine 'my engine 1.4' -o run.mcap
            """)

    @Argument(help: "The path.")
    var file: String

    @Option(help: "tum, kitti, euroc, mcap or hashes.")
    var format: ImportFormat

    @Option(help: "kitti: a file with the time of each pose in seconds, a line each.")
    var times: String?

    @Option(help: "kitti: poses a second, where there are no times.")
    var poseRate: FrameRate?

    @Option(help: "mcap: the topic, where several have poses.")
    var topic: String?

    @Option(help: "mcap: the child frame, where a topic of transforms has several.")
    var childFrame: String?

    @Option(help: "hashes: name and version of the engine.")
    var engine: String?

    @Option(help: "hashes: the engine's own number for the version of its digests; 1 if not given.")
    var digestVersion: UInt32?

    @Option(help: "classic or current.")
    var preset: String = "classic"

    @Option(help: "World seed.")
    var seed: UInt64 = 0

    @Option(parsing: .unconditional, help: "Blocks per unit of the path.")
    var scale = 1.0

    @Option(parsing: .unconditional, help: "Blocks to add after scaling, as x,y,z.")
    var offset: PointArgument = PointArgument(point: WorldPoint(0, 0, 0))

    @Option(parsing: .unconditional, help: "The world's axes in terms of the path's, such as x,z,-y.")
    var axes: SignedAxes = .identity

    @Option(help: "Frames a second, sampled between poses; one frame per pose if not given.")
    var rate: FrameRate?

    @Option(name: [.short, .long], help: "The trace to write.", completion: .file(extensions: ["mcap"]))
    var output: String

    func validate() throws {
        let names = Configuration.presets.map(\.name)
        guard names.contains(preset) else {
            throw ValidationError("--preset is '\(preset)'; expected \(names.joined(separator: " or "))")
        }
        guard scale.isFinite, scale != 0 else {
            throw ValidationError("--scale is \(scale); expected a finite number other than 0")
        }
        for (option, isGiven, owner) in [
            ("--times", times != nil, ImportFormat.kitti), ("--pose-rate", poseRate != nil, .kitti),
            ("--topic", topic != nil, .mcap), ("--child-frame", childFrame != nil, .mcap),
            ("--engine", engine != nil, .hashes), ("--digest-version", digestVersion != nil, .hashes),
        ] where isGiven && format != owner {
            throw ValidationError(
                "\(option) is for --format \(owner.rawValue); found --format \(format.rawValue), leave it out"
            )
        }
        if format == .hashes {
            guard engine != nil else {
                throw ValidationError(
                    "--format hashes does not say whose they are; expected --engine 'NAME VERSION'")
            }
            guard scale == 1, offset.point == WorldPoint(0, 0, 0), axes == .identity, rate == nil else {
                throw ValidationError(
                    "--scale, --offset, --axes and --rate are for camera paths; found --format hashes, leave them out"
                )
            }
        }
        guard format == .kitti else { return }
        guard times != nil || poseRate != nil else {
            throw ValidationError(
                "--format kitti has no times of its own; expected --times FILE or --pose-rate HZ")
        }
        guard times == nil || poseRate == nil else {
            throw ValidationError("--times goes without --pose-rate")
        }
    }

    func run() throws {
        try reporting(file: file) {
            guard
                var configuration = Configuration.presets.first(where: { $0.name == preset })?.configuration
            else { preconditionFailure("validate() has checked the preset") }
            configuration.worldSeed = seed
            let options = ImportOptions(
                configuration: configuration, scale: scale, offset: offset.point, axes: axes, rate: rate)
            let frames = try frames(options)
            // All MCAP files begin alike: with the header, a slip in its name does not cost somebody a recording.
            try checkOutput(output, startingWith: try TraceWriter(MemorySink()).sink.bytes)
            try write(frames, from: file, to: output, isModel: format != .hashes)
        }
    }

    private func frames(_ options: ImportOptions) throws -> [FrameInput] {
        guard format == .hashes else { return try PathImport.frames(of: try poses(), options: options) }
        return try HashesReader.frames(
            of: MCAPBytes(contentsOf: file), engine: engine ?? "", digestVersion: digestVersion ?? 1,
            configuration: options.configuration)
    }

    private func poses() throws -> [TimedPose] {
        let bytes = try MCAPBytes(contentsOf: file)
        switch format {
        case .tum: return try TUMReader.poses(of: bytes)
        case .euroc: return try EuRoCReader.poses(of: bytes)
        case .hashes: return []
        case .mcap: return try FoxgloveReader.poses(of: bytes, topic: topic, childFrame: childFrame)
        case .kitti:
            if let poseRate { return try KITTIReader.poses(of: bytes, times: .rate(poseRate)) }
            return try KITTIReader.poses(of: bytes, times: .listed(try listedTimes()))
        }
    }

    private func listedTimes() throws -> [Int64] {
        guard let times else { preconditionFailure("validate() has asked for times or a rate") }
        do {
            return try KITTIReader.times(of: try MCAPBytes(contentsOf: times))
        } catch {
            // The error is about this file, and not about that of the poses.
            throw Failure(error, file: times)
        }
    }
}

enum ImportFormat: String, ExpressibleByArgument, CaseIterable {
    case tum, kitti, euroc, mcap, hashes
}

/// Three numbers with commas between them.
struct PointArgument: ExpressibleByArgument {
    var point: WorldPoint

    init(point: WorldPoint) { self.point = point }

    init?(argument: String) {
        let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard numbers.count == 3, let x = numbers[0], let y = numbers[1], let z = numbers[2], x.isFinite,
            y.isFinite, z.isFinite
        else { return nil }
        point = WorldPoint(x, y, z)
    }

    var defaultValueDescription: String { "\(point.x),\(point.y),\(point.z)" }
}

extension SignedAxes: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }

    package var defaultValueDescription: String { description }
}

extension FrameRate: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

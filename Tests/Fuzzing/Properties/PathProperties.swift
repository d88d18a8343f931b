import Recording
import Streaming
import Topology

/// What must hold for bytes that may be a camera path.
enum PathProperties {
    /// A path that is longer is not sampled again: a rate makes up to a million frames of it.
    private static let maximumSampledNanoseconds: Int64 = 10_000_000_000

    static func checkTUM(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        try check { try TUMReader.poses(of: MCAPBytes(bytes)) }
    }

    static func checkEuRoC(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        try check { try EuRoCReader.poses(of: MCAPBytes(bytes)) }
    }

    /// The times stand behind the first byte of 0; without one they come from a rate.
    static func checkKITTI(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let poses = MCAPBytes(Array(parts[0]))
        guard parts.count > 1 else {
            return try check {
                guard let rate = FrameRate("30") else { throw BrokenProperty("30 is no rate") }
                return try KITTIReader.poses(of: poses, times: .rate(rate))
            }
        }
        let outcome = try check {
            let times = try KITTIReader.times(of: MCAPBytes(Array(parts[1])))
            return try KITTIReader.poses(of: poses, times: .listed(times))
        }
        return outcome
    }

    /// The only topic, and those that the seeds have.
    static func checkMCAP(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        var outcome = FuzzedReader.Outcome.refused
        for (topic, child) in [(nil, nil), ("/a", nil), ("/b", nil), ("/b", "child")] as [(String?, String?)]
        {
            let found = try check {
                try FoxgloveReader.poses(of: MCAPBytes(bytes), topic: topic, childFrame: child)
            }
            if found == .accepted { outcome = .accepted }
        }
        return outcome
    }

    /// Poses that are read are finite; frames that are made of them are a trace, and the path of that is read again.
    private static func check(_ read: () throws -> [TimedPose]) throws -> FuzzedReader.Outcome {
        guard let poses = try accepted(ImportError.self, read) else { return .refused }
        for pose in poses {
            let (p, q) = (pose.position, pose.orientation)
            try require(
                [p.x, p.y, p.z, q.x, q.y, q.z, q.w].allSatisfy(\.isFinite), "a pose that is not finite")
        }
        guard let frames = try frames(of: poses, rate: nil) else { return .accepted }
        try require(frames.count == poses.count, "frames are not as many as poses")
        let last = frames.last?.engineTimeNanoseconds ?? 0
        if last <= maximumSampledNanoseconds, let rate = FrameRate("60") {
            let sampled = try self.frames(of: poses, rate: rate)
            try require(sampled.map(\.count) ?? 1 >= 1, "a path that is sampled has no frame")
        }
        return .accepted
    }

    /// The frames of a path; nil where the path cannot become any.
    private static func frames(of poses: [TimedPose], rate: FrameRate?) throws -> [FrameInput]? {
        let frames = try accepted(ImportError.self) {
            try PathImport.frames(of: poses, options: ImportOptions(rate: rate))
        }
        guard let frames else { return nil }
        var writer = try TraceWriter(MemorySink())
        for input in frames { try writer.write(input) }
        try writer.finish()
        let trace = TraceReader(writer.sink.bytes)
        try require(try trace.allFrames() == frames, "an imported path is read otherwise")
        var lines: [String] = []
        try TUMExport.write(trace, name: "a", clock: try TUMExport.clock(of: trace)) { lines.append($0) }
        let text = lines.joined(separator: "\n")
        let again = try PathImport.frames(
            of: try TUMReader.poses(of: MCAPBytes(Array(text.utf8))), options: ImportOptions())
        try require(again == frames, "a path that is exported is imported otherwise")
        return frames
    }
}

import Streaming
import Topology

/// Writes the camera path of a trace in the format of TUM's RGB-D benchmark, as ``TUMReader`` reads it: one frame
/// per line, `timestamp tx ty tz qx qy qz qw`, seconds and blocks.
///
/// The timestamp is the engine's time with 9 decimals, the other numbers are the shortest that read back as the
/// same value. So an import with scale 1 gives the same positions and orientations bit for bit, and the same times
/// counted from the first frame.
package enum TUMExport {
    /// How every exported path begins.
    package static let opening = "# lumon-replay trace export"

    /// Where the timestamps come from.
    package enum Clock: Equatable, Sendable {
        /// The engine's own.
        case engine
        /// The frame times ``TraceFormat/tickNanoseconds``, where the engine's times do not ascend strictly: no
        /// reader would take them.
        case frame
    }

    /// Reads the trace from end to end.
    ///
    /// - Throws: ``TraceError`` if anything in it is not as it should be.
    package static func clock(of trace: TraceReader) throws(TraceError) -> Clock {
        var frames = trace.frames()
        var clock = Clock.engine
        var previous: Int64?
        while let input = try frames.next() {
            if let previous, input.engineTimeNanoseconds <= previous { clock = .frame }
            previous = input.engineTimeNanoseconds
        }
        return clock
    }

    /// - Parameters:
    ///   - trace: what to write.
    ///   - name: that of the trace, for the comment on the first line.
    ///   - clock: from ``clock(of:)``.
    ///   - line: takes each line, without a line break at its end.
    /// - Throws: ``TraceError``, after the lines before it; what `line` throws.
    package static func write(
        _ trace: TraceReader, name: String, clock: Clock, _ line: (String) throws -> Void
    ) throws {
        try line(
            "\(opening) of \(JSONLine.quoted(name)): timestamp tx ty tz qx qy qz qw; seconds, blocks")
        try trace.forEach { input in
            let time =
                switch clock {
                case .engine: input.engineTimeNanoseconds
                case .frame: Int64(input.frame) * Int64(TraceFormat.tickNanoseconds)
                }
            let (p, q) = (input.camera.position, input.camera.orientation)
            let numbers = [p.x, p.y, p.z, q.x, q.y, q.z, q.w].map { "\($0)" }.joined(separator: " ")
            try line("\(DecimalSeconds.text(nanoseconds: time)) \(numbers)")
        }
    }
}

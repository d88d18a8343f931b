import Foundation
import Streaming

/// What a recording is until it is a trace: `PATH.partial`, one file, or of a flight recorder a folder of them.
///
/// Used by one thread at a time.
final class PartialRecording {
    /// Where the trace will be.
    let target: String
    let path: String

    private let options: FrameRecorder.Options
    private var writer: TraceWriter<FileSink>?
    /// Of a flight recorder: the files with the first frame of each, ascending.
    private var segments: [(frame: Int32, path: String)] = []

    init(_ target: String, _ options: FrameRecorder.Options) throws(RecorderError) {
        self.target = target
        self.options = options
        path = target + ".partial"
        do {
            try SystemFile.requireReplaceable(path: target)
            if options.keepLastFrames == nil {
                writer = try begin(path)
            } else {
                try SystemFile.createFolder(path: path)
            }
        } catch SystemFileError.exists {
            throw .unfinishedRecording(partialPath: path)
        } catch {
            throw .output(path: target, reason: "\(error)")
        }
    }

    func write(_ input: FrameInput) throws {
        if options.keepLastFrames != nil, writer == nil || input.snapshot != nil {
            try beginSegment(input.frame)
        }
        try writer?.write(input)
    }

    /// Ends the last file.
    func close() throws {
        guard var last = writer else { return }
        writer = nil
        if last.frameCount > 0 { try last.finish() }
        try last.sink.close()
    }

    /// Writes the trace out of what there is.
    ///
    /// - Returns: the number of frames.
    func write(to file: ReplacingFile) throws -> Int64 {
        let paths = options.keepLastFrames == nil ? [path] : segments.map(\.path)
        return try Trace.join(paths.map { try TraceReader(contentsOf: $0) }, to: file)
    }

    /// Removes everything. What cannot be removed stays.
    func remove() {
        for segment in segments { try? SystemFile.remove(path: segment.path) }
        if options.keepLastFrames == nil {
            try? SystemFile.remove(path: path)
        } else {
            try? SystemFile.removeFolder(path: path)
        }
    }

    private func begin(_ path: String) throws -> TraceWriter<FileSink> {
        let sink = try FileSink(path: path, replacing: false)
        do {
            return try TraceWriter(sink, layout: .recording(framesPerFlush: options.framesPerFlush))
        } catch {
            // Without a frame there is nothing in it to be recovered.
            try? SystemFile.remove(path: path)
            throw error
        }
    }

    private func beginSegment(_ frame: Int32) throws {
        try close()
        let number = String(frame)
        let name = String(repeating: "0", count: max(0, 10 - number.count)) + number
        let segment = "\(path)/\(name).mcap"
        writer = try begin(segment)
        segments.append((frame, segment))
        guard let kept = options.keepLastFrames else { return }
        // A file can go when the one behind it reaches back far enough.
        while segments.count > 1, frame - segments[1].frame >= kept {
            try SystemFile.remove(path: segments.removeFirst().path)
        }
    }
}

extension Trace {
    /// Writes the frames of several traces, each of which goes on where the one before ended or says how many frames are missing.
    ///
    /// - Returns: the number of frames.
    /// - Throws: ``TraceError``, what the sink throws.
    package static func join(_ traces: [TraceReader], to sink: some ByteSink) throws -> Int64 {
        var writer = try TraceWriter(sink)
        for trace in traces {
            var frames = trace.frames()
            while var input = try frames.next() {
                // What is missing before the first frame is no gap.
                if writer.frameCount == 0 { input.missedFrames = 0 }
                try writer.write(input)
            }
        }
        try writer.finish()
        return writer.frameCount
    }
}

import Foundation
import Recording
import Streaming

/// What must hold for the bytes of a file that may be a trace.
enum TraceProperties {
    static func check(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        let trace = TraceReader(bytes)
        let stream = try StreamedTrace(trace)
        try checkWriting(stream.frames)
        try checkStores(stream.frames)
        try checkWholeReads(trace, stream)
        if stream.error == nil { try checkIndex(trace, stream.frames) }
        try checkFinalize(trace, bytes, stream, droppingForeign: false)
        try checkFinalize(trace, bytes, stream, droppingForeign: true)
        try checkRecovery(trace, bytes, stream)
        try checkText(trace)
        if stream.error == nil { try checkExport(trace, stream.frames) }
        return stream.error == nil ? .accepted : .refused
    }

    /// Whatever was read can be written, and is read again as it was.
    private static func checkWriting(_ frames: [FrameInput]) throws {
        guard !frames.isEmpty else { return }
        var writer = try TraceWriter(MemorySink())
        for input in frames { try writer.write(input) }
        try writer.finish()
        let again = TraceReader(writer.sink.bytes)
        try require(try again.allFrames() == frames, "frames that were read and written are read otherwise")
        try require(Trace.canonicity(of: again) == .canonical, "what the writer writes is not canonical")
    }

    /// A store that was read is one that a run can be given.
    private static func checkStores(_ frames: [FrameInput]) throws {
        for case .store(let cap, let contents) in frames.flatMap(\.events) {
            try require((0...Model.maximumStoreBytes).contains(cap), "a store of \(cap) bytes")
            guard let contents else { continue }
            try require(contents.index.fault == nil, "an index of which \(contents.index.fault ?? "")")
            let rows = Set(contents.index.rows.map(\.key))
            try require(rows.isSuperset(of: contents.taken.keys), "a row was taken that is not there")
            var store = MemoryStore()
            store.open(contents)
            try require(store.contents.index == contents.index, "a store that is opened has another index")
        }
    }

    /// Every way to read all of it says the same.
    private static func checkWholeReads(_ trace: TraceReader, _ stream: StreamedTrace) throws {
        let all = try accepted(TraceError.self) { try trace.allFrames() }
        let info = try accepted(TraceError.self) { try Trace.info(trace) }
        guard stream.error == nil else {
            try require(all == nil && info == nil, "a file that ends in an error is read as a whole")
            return
        }
        try require(all == stream.frames, "reading twice gives different frames")
        try require(info?.frameCount == Int64(stream.frames.count), "info counts other frames")
        try require(info?.firstFrame == stream.frames.first?.frame, "info begins with another frame")
    }

    /// What the index finds in a sound file is what stands there.
    private static func checkIndex(_ trace: TraceReader, _ frames: [FrameInput]) throws {
        guard let index = try accepted(TraceError.self, { try trace.index() }) else { return }
        for input in frames {
            guard
                let found = try accepted(TraceError.self, { try index.frame(at: Int64(input.frame)) })
            else { continue }
            try require(found == input, "the index finds another frame \(input.frame)")
        }
        for number in [Int64(index.first) - 1, Int64(index.last) + 1] {
            let found = try accepted(TraceError.self) { try index.frame(at: number) }
            try require(found == nil, "the index finds a frame outside of the trace")
        }
    }

    /// What can be encoded again is canonical from then on, and has the same frames.
    private static func checkFinalize(
        _ trace: TraceReader, _ bytes: [UInt8], _ stream: StreamedTrace, droppingForeign: Bool
    ) throws {
        let canonicity = Trace.canonicity(of: trace)
        let final = try accepted(TraceError.self) {
            try Trace.finalize(trace, droppingForeign: droppingForeign)
        }
        guard let final else {
            try require(canonicity != .canonical, "a canonical file cannot be encoded again")
            return
        }
        let again = TraceReader(final)
        if stream.error == nil {
            try require(try again.allFrames() == stream.frames, "finalize gives other frames")
        }
        try require(try Trace.finalize(again) == final, "finalize twice gives other bytes")
        try require(Trace.canonicity(of: again) == .canonical, "finalize gives what is not canonical")
        if !droppingForeign {
            try require((canonicity == .canonical) == (final == bytes), "canonicity is \(canonicity)")
        }
    }

    /// What is recovered is a trace, and begins with the frames that a reader gets before its error.
    private static func checkRecovery(
        _ trace: TraceReader, _ bytes: [UInt8], _ stream: StreamedTrace
    ) throws {
        guard let recovery = try accepted(TraceError.self, { try Trace.recover(trace) }) else { return }
        try require(recovery.keptBytes >= 0 && recovery.lostBytes >= 0, "a negative number of bytes")
        try require(
            recovery.keptBytes + recovery.lostBytes == bytes.count, "bytes are neither kept nor lost")
        if let reason = recovery.reason { try require(!"\(reason)".isEmpty, "a reason says nothing") }
        let written = TraceReader(try recovery.write(to: MemorySink()).bytes)
        try require(Trace.canonicity(of: written) == .canonical, "a recovered trace is not canonical")
        let frames = try written.allFrames()
        try require(Int64(frames.count) == recovery.frameCount, "the recovery counts other frames")
        try require(frames.first?.frame == recovery.firstFrame, "the recovery begins with another frame")
        guard recovery.reason == nil else {
            let shared = min(frames.count, stream.frames.count)
            try require(
                frames.prefix(shared) == stream.frames.prefix(shared), "the recovery has other frames")
            return
        }
        let final = try Trace.finalize(trace, droppingForeign: true)
        try require(
            try TraceReader(final).allFrames() == frames, "a sound file is recovered with other frames")
    }

    /// The lines that are shown are one JSON object each.
    private static func checkText(_ trace: TraceReader) throws {
        _ = try accepted(TraceError.self) {
            try Trace.cat(trace) { line in
                try require(!line.utf8.contains(UInt8(ascii: "\n")), "a line of text is broken")
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                try require(object is [String: Any], "a line of text is no JSON object: \(line)")
            }
        }
    }

    /// A path that is exported is read again, bit for bit.
    private static func checkExport(_ trace: TraceReader, _ frames: [FrameInput]) throws {
        var lines: [String] = []
        try TUMExport.write(trace, name: "a", clock: try TUMExport.clock(of: trace)) { lines.append($0) }
        let text = lines.joined(separator: "\n")
        let poses = try TUMReader.poses(of: MCAPBytes(Array(text.utf8)))
        try require(poses.count == frames.count, "an exported path has another number of poses")
        for (pose, input) in zip(poses, frames) {
            try require(
                pose.position == input.camera.position && pose.orientation == input.camera.orientation,
                "an exported pose is read otherwise")
        }
    }
}

/// The frames of a file up to the first error.
struct StreamedTrace {
    var frames: [FrameInput] = []
    var error: TraceError?

    init(_ trace: TraceReader) throws {
        var reader = trace.frames()
        do throws(TraceError) {
            while let input = try reader.next() { frames.append(input) }
        } catch {
            self.error = error
        }
        guard let error else {
            try require(!frames.isEmpty, "a trace without a frame")
            return
        }
        var again: TraceError?
        do throws(TraceError) { _ = try reader.next() } catch { again = error }
        try require(again == error, "a reader that has failed goes on")
    }
}

package import Hashing
package import Recording
import Streaming

/// Keyframes of one trace on disk: an MCAP file with a message, in a chunk of its own, for each. It is a cache:
/// what it holds follows from the trace and the program, so that it is made again, and never trusted, where it
/// belongs to another trace or was written by another program, or is damaged.
package final class KeyframeFile {
    /// What the file that was found is good for.
    package enum Condition: Equatable, Sendable {
        /// There was none.
        case new
        case usable(keyframes: Int)
        /// It is written anew; why.
        case replaced(reason: String)
    }

    package let path: String
    package let condition: Condition

    private let identity: [String: String]
    private var reader: MCAPIndexedReader?
    /// The times of the keyframes that the file has, ascending.
    private var times: [UInt64]
    private var writer: MCAPWriter<ReplacingFile>?
    /// How many of ``times`` have been copied.
    private var copied = 0

    /// The first bytes of every such file.
    package static let firstBytes = MCAPFormat.magic
    private static let profile = "lumon.replay.keyframes.v1"
    private static let identityName = "lumon-replay keyframes"
    private static let channel: UInt16 = 1

    /// Opens the file at `path` if there is one.
    ///
    /// `trace` is the digest of the trace's bytes, `program` that of the program's: a keyframe is good for nobody
    /// but the program that wrote it, because it holds what that program's earlier frames came to.
    ///
    /// - Throws: ``SystemFileError`` for what is there and cannot be read.
    package init(path: String, trace: Digest128, program: Digest128) throws(SystemFileError) {
        self.path = path
        identity = ["program": program.description, "trace": trace.description]
        let bytes: MCAPBytes
        do {
            bytes = try MCAPBytes(contentsOf: path)
        } catch .missing {
            reader = nil
            times = []
            condition = .new
            return
        }
        do {
            let found = try MCAPIndexedReader(bytes)
            guard found.header.profile == KeyframeFile.profile, let index = found.metadataIndexes.first,
                try found.metadata(index).metadata == identity
            else {
                reader = nil
                times = []
                condition = .replaced(reason: "it is of another trace, or of another build of this program")
                return
            }
            reader = found
            times = found.chunkIndexes.map(\.messageStartTime)
            condition = .usable(keyframes: times.count)
        } catch {
            reader = nil
            times = []
            condition = .replaced(reason: "\(error)")
        }
    }

    /// Whether what is at `path` is neither missing nor such a file.
    package static func isSomethingElse(_ path: String) -> Bool {
        guard let bytes = try? MCAPBytes(contentsOf: path) else { return false }
        var stream = MCAPStreamReader(bytes)
        guard case .header(let header)? = try? stream.next()?.record else { return true }
        return header.profile != profile
    }

    /// The last keyframe from which `frame` can be stepped to; nil where there is none.
    ///
    /// - Throws: ``MCAPError``, ``SnapshotError`` where it is damaged; nothing of the file is used from then on.
    package func nearest(before frame: Int32) throws -> RunState? {
        guard frame > 0, let reader else { return nil }
        let latest = TraceFormat.logTime(frame: UInt32(frame - 1))
        do {
            guard let time = times.last(where: { $0 <= latest }), let bytes = try message(at: time, reader)
            else { return nil }
            return try Keyframe.decode(bytes)
        } catch {
            self.reader = nil
            times = []
            throw error
        }
    }

    /// Takes a keyframe into the file, if it is not there already. Keyframes come in the order of their frames.
    ///
    /// - Throws: ``SystemFileError``.
    package func keep(_ state: borrowing RunState) throws {
        guard let frame = state.lastFrame else { return }
        let time = TraceFormat.logTime(frame: UInt32(frame))
        guard !times.contains(time) else { return }
        if writer == nil { writer = try begin() }
        try copy(before: time)
        try write(Keyframe.encode(state), time: time)
    }

    /// Moves the new file to its place, if anything was added.
    ///
    /// - Throws: ``SystemFileError``; what was there is untouched then.
    package func commit() throws {
        guard writer != nil else { return }
        try copy(before: .max)
        try writer?.finish()
        try writer?.sink.commit()
        writer = nil
    }

    deinit {
        // Not committed: the run has failed, and half a cache is none.
        writer?.sink.discard()
    }

    private func begin() throws -> MCAPWriter<ReplacingFile> {
        var writer = try MCAPWriter(
            ReplacingFile(path: path),
            header: MCAPHeader(profile: KeyframeFile.profile, library: TraceFormat.library))
        try writer.write(MCAPMetadata(name: KeyframeFile.identityName, metadata: identity))
        try writer.write(
            MCAPChannel(id: KeyframeFile.channel, schemaID: 0, topic: "/keyframe", messageEncoding: "lumon"))
        return writer
    }

    private func copy(before time: UInt64) throws {
        guard let reader else { return }
        while copied < times.count, times[copied] < time {
            if let bytes = try message(at: times[copied], reader) { try write(bytes, time: times[copied]) }
            copied += 1
        }
    }

    private func write(_ bytes: [UInt8], time: UInt64) throws {
        let frame = UInt32(time / TraceFormat.tickNanoseconds)
        try writer?.write(
            MCAPMessage(
                channelID: KeyframeFile.channel, sequence: frame, logTime: time, publishTime: time,
                data: bytes))
        try writer?.closeChunk()
    }

    private func message(at time: UInt64, _ reader: MCAPIndexedReader) throws -> [UInt8]? {
        var cursor = reader.messages(in: time...time)
        return try cursor.next()?.message.data
    }
}

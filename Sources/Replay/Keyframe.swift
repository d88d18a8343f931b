import Hashing
package import Streaming

/// The bytes of a keyframe: what has been counted of a run, and a snapshot of its state. Layout, little-endian:
/// `LRKEYFRM`, version u16, first frame i32, frames u32, levels u8, the digest of each frame (16 bytes, low half
/// first), number of counted levels u8 and their counters (i64 each, in the order of ``LevelCounts/counters``), the
/// first configuration in its canonical form, clampings u32 (frame i32, three texts of a u16 length and UTF-8), the
/// run's own store, and the snapshot, length u64 before it.
package enum Keyframe {
    static let magic = Array("LRKEYFRM".utf8)
    static let version: UInt16 = 2

    /// A run that has stepped at least one frame, as bytes. O(state + frames).
    package static func encode(_ state: borrowing RunState) -> [UInt8] {
        guard let first = state.first else { preconditionFailure("a keyframe stands after a frame") }
        var bytes = CanonicalBytes()
        bytes.append(contentsOf: magic)
        bytes.append(version)
        bytes.append(first.frame)
        bytes.append(UInt32(state.frameCount))
        bytes.append(UInt8(state.levelCount))
        bytes.append(contentsOf: state.frameDigests.bytes)
        bytes.append(UInt8(state.totals.count))
        for counts in state.totals {
            for counter in LevelCounts.counters { bytes.append(Int64(counts[keyPath: counter])) }
        }
        first.configuration.append(to: &bytes)
        bytes.append(UInt32(state.clampings.count))
        for (frame, clamping) in state.clampings {
            bytes.append(frame)
            for text in [clamping.field, clamping.given, clamping.used] {
                let utf8 = Array(text.utf8.prefix(Int(UInt16.max)))
                bytes.append(UInt16(utf8.count))
                bytes.append(contentsOf: utf8)
            }
        }
        state.store.append(to: &bytes)
        let snapshot = state.system.snapshot()
        bytes.append(UInt64(snapshot.count))
        bytes.append(contentsOf: snapshot)
        return bytes.bytes
    }

    /// The run that ``encode(_:)`` was given, to be gone on with.
    package static func decode(_ bytes: [UInt8]) throws(SnapshotError) -> RunState {
        guard bytes.starts(with: magic) else { throw .notASnapshot }
        var reader = SnapshotReader(bytes, at: magic.count)
        let found: UInt16 = try reader.next()
        guard found == version else {
            throw .version(field: "keyframe format", found: found, supported: version)
        }
        var state = RunState()
        let first: Int32 = try reader.number("first frame", 0, Int32(Model.frameLimit - 1))
        let frameCount: UInt32 = try reader.number("frames", 1, UInt32(Model.frameLimit - Int64(first)))
        state.frameCount = Int(frameCount)
        state.levelCount = Int(try reader.number("levels", UInt8(0), 8))
        state.frameDigests.append(contentsOf: Array(try reader.take(16 * state.frameCount)))
        let levels: UInt8 = try reader.next()
        for _ in 0..<levels { state.totals.append(try counts(&reader)) }
        state.first = (first, try reader.configuration())
        let clampings: UInt32 = try reader.next()
        for _ in 0..<clampings {
            let frame: Int32 = try reader.next()
            let clamping = Clamping(
                field: try text(&reader), given: try text(&reader), used: try text(&reader))
            state.clampings.append((frame, clamping))
        }
        state.store = try MemoryStore(&reader)
        let size: UInt64 = try reader.next()
        state.system = try StreamingSystem(snapshot: Array(try reader.take(Int(clamping: size))))
        let next = Int64(first) + Int64(frameCount)
        guard state.system.nextFrame == next else {
            throw .outOfRange(
                field: "next frame", value: "\(state.system.nextFrame ?? -1)", allowed: "\(next)",
                offset: reader.offset)
        }
        guard state.system.store?.requests.allSatisfy(state.store.hasReply(for:)) ?? true else {
            throw .outOfRange(
                field: "replies of the store", value: "\(state.store.replies.count)",
                allowed: "one for each request", offset: reader.offset)
        }
        return state
    }

    private static func counts(_ reader: inout SnapshotReader) throws(SnapshotError) -> LevelCounts {
        var counts = LevelCounts()
        for counter in LevelCounts.counters {
            counts[keyPath: counter] = Int(try reader.number("counter", Int64(0), 1 << 62))
        }
        return counts
    }

    private static func text(_ reader: inout SnapshotReader) throws(SnapshotError) -> String {
        let count: UInt16 = try reader.next()
        return String(decoding: try reader.take(Int(count)), as: UTF8.self)
    }
}

import Foundation
import Hashing
import Streaming
import SwiftProtobuf

// Digests and states that a recording holds, as messages of `/checkpoint` and `/snapshot`, and back.

extension MessageCheckpoint {
    init(_ checkpoint: Checkpoint, frame: UInt32) {
        self.init()
        self.frame = frame
        digestVersion = checkpoint.digestVersion
        stages = checkpoint.stages.map(\.value)
        levels = checkpoint.levels.map(\.value)
        if let digest = checkpoint.frame { self.digest = Data(digest.bigEndianBytes) }
    }

    func content() throws(TraceError) -> Checkpoint {
        for (field, count) in [("stages", stages.count), ("levels", levels.count)]
        where count > TraceFormat.maximumStages {
            throw .tooMany(
                what: "\(field) of a checkpoint", count: count, limit: TraceFormat.maximumStages, frame: frame
            )
        }
        guard digest.isEmpty || digest.count == 16 else {
            throw .outOfRange(
                field: "the digest of a checkpoint", value: "\(digest.count) bytes", allowed: "none or 16",
                frame: frame)
        }
        return Checkpoint(
            digestVersion: digestVersion, stages: stages.map { Digest64($0) },
            levels: levels.map { Digest64($0) },
            frame: digest.isEmpty ? nil : Digest128(bigEndianBytes: Array(digest)))
    }
}

extension MessageSnapshot {
    init(_ snapshot: RecordedSnapshot, frame: UInt32) {
        self.init()
        self.frame = frame
        format = snapshot.format
        state = Data(snapshot.state)
    }

    var content: RecordedSnapshot { RecordedSnapshot(format: format, state: Array(state)) }
}

extension MessageEngine {
    init(_ engine: Engine) {
        self.init()
        name = engine.name
        stages = engine.stages
        hasOwnVoxels_p = engine.hasOwnVoxels
    }

    var content: Engine { Engine(name: name, stages: stages, hasOwnVoxels: hasOwnVoxels_p) }
}

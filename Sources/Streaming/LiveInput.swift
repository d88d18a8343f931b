// What a recording holds beside the inputs of a modelled run: what a live run drained, and what its engine said of itself.

/// A reply of the store that a live run has drained.
package struct StoreArrival: Hashable, Sendable {
    /// The number of the request.
    package var request: UInt64
    /// What came; nil where the store that is stepped with has it. In a trace it is there.
    package var reply: StoreReply?

    package init(request: UInt64, reply: StoreReply? = nil) {
        self.request = request
        self.reply = reply
    }
}

/// An engine that recorded itself.
package struct Engine: Hashable, Sendable {
    /// Name and version: 1...200 bytes.
    package var name: String
    /// The stages of its checkpoints, in causal order: at most 64, each 1...64 bytes.
    package var stages: [String]
    /// What its casts found is not known from the seed.
    package var hasOwnVoxels: Bool

    package init(name: String, stages: [String] = [], hasOwnVoxels: Bool = false) {
        self.name = name
        self.stages = stages
        self.hasOwnVoxels = hasOwnVoxels
    }
}

/// What an engine's frame had to do with its workers, beside the results that it drained. Requests are named by numbers of the engine's.
package struct EngineWork: Hashable, Sendable {
    /// Of each drained result how it ended (0 unknown, 1 success, 2 aborted, 3 failed, 4 dropped), and a hash of its payload; empty where a replay casts itself.
    package var outcomes: [UInt8] = []
    package var payloads: [UInt64] = []
    /// Requests that worker threads took, and before which stage of the frame each was taken.
    package var claimed: [UInt64] = []
    package var claimStages: [UInt32] = []
    /// Requests that were handed over: those that were taken, and those for which there was no room.
    package var accepted: [UInt64] = []
    package var refused: [UInt64] = []
    /// Requests whose probe's centre was found solid.
    package var solid: [UInt64] = []

    package init() {}

    package var isEmpty: Bool { self == EngineWork() }
}

/// The whole state of a run, as a trace holds it.
package struct RecordedSnapshot: Hashable, Sendable {
    /// What the bytes are; ``ownFormat`` for the model's.
    package var format: String
    package var state: [UInt8]

    package init(format: String = RecordedSnapshot.ownFormat, state: [UInt8]) {
        self.format = format
        self.state = state
    }

    package static let ownFormat = "lumon-replay"
}

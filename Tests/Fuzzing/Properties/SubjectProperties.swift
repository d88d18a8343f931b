import Recording
import Replay
import Streaming
import SwiftProtobuf

/// What must hold for bytes that may come from a subject, or go to one: a byte that says which, then messages. 0: the description of a
/// subject, to the end. Anything else: steps, each with its length as a byte, of a live run where it is odd.
enum SubjectProperties {
    static func check(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        guard let kind = bytes.first else { return .refused }
        return kind == 0
            ? try checkDescription(Array(bytes.dropFirst()))
            : try checkSteps(Array(bytes.dropFirst()), isLive: kind % 2 == 1)
    }

    private static func checkDescription(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        guard let message = try? MessageDescription(serializedBytes: bytes),
            let description = try accepted(
                SubjectDescriptionError.self, { try SubjectDescription(message) })
        else { return .refused }
        let again = try SubjectDescription(description.message)
        try require(again == description, "a description that goes through its message is another")
        // What is left out can be told of any description.
        let projection = Projection(description)
        for place in description.stages.indices {
            let left = projection.leftOut(at: place)
            let names = description.stages[place].stage.map { StageFields.names(of: $0) } ?? []
            try require(left.allSatisfy { names.contains($0) }, "fields are left out that a stage has not")
        }
        return .accepted
    }

    private static func checkSteps(_ bytes: [UInt8], isLive: Bool) throws -> FuzzedReader.Outcome {
        var reader = StepReader(isLive: isLive)
        var (writer, second) = (StepWriter(), StepReader(isLive: isLive))
        var left = bytes[...]
        var outcome = FuzzedReader.Outcome.refused
        while let size = left.first {
            let message = left.dropFirst().prefix(Int(size))
            left = left.dropFirst(1 + Int(size))
            guard let step = try? MessageStep(serializedBytes: Array(message)),
                let input = try accepted(TraceError.self, { try reader.input(step) })
            else { return outcome }
            let again = try second.input(writer.message(input, wantsRecords: false))
            try require(again == input, "a frame that goes through its messages is another")
            outcome = .accepted
        }
        return outcome
    }

    /// Seeds: a description with everything, and runs of a few frames.
    static func seeds() throws -> [(name: String, bytes: [UInt8])] {
        var description = ModelSubject.whole
        description.stages.append(SubjectStage("own"))
        description.stages[1].fields = ["anchor"]
        description.stateFields = ["level", "cell"]
        func steps(_ frames: [FrameInput], _ kind: UInt8) throws -> [UInt8] {
            var writer = StepWriter()
            var bytes = [kind]
            for input in frames {
                let message: [UInt8] = try writer.message(input, wantsRecords: true).serializedBytes()
                guard message.count <= 255 else { continue }
                bytes += [UInt8(message.count)] + message
            }
            return bytes
        }
        return [
            ("description", [0] + (try description.message.serializedBytes())),
            ("modelled", try steps(Seeds.frames(), 2)), ("live", try steps(Seeds.liveFrames(), 1)),
        ]
    }
}

import Foundation
import Testing

@Suite("explain, on the command line")
struct ExplainCommandTests {
    @Test("with the golden: agreement, and its exit code")
    func agrees() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let outcome = try workspace.run(["explain", Sample.trace])
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("agrees  10 frames with Golden/walk.golden"), "\(outcome)")
        let workers = try workspace.run([
            "explain", Sample.trace, "--against", "workers=8", "--format", "json",
        ])
        #expect(workers.code == 0)
        #expect(workers.output.contains("\"outcome\":\"agrees\""), "\(workers)")
    }

    @Test("with a golden of other digests: frame, stage, levels, how to get deeper, the command again")
    func goldenOnly() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        // The golden of a run whose edit was of another material, made to belong to this trace.
        let text = Sample.scenario().replacingOccurrences(of: "\"lamp\"", with: "\"lava\"")
        try workspace.write(text, to: "other.scenario.toml")
        for arguments in [
            ["record", "other.scenario.toml", "-o", "Traces/other.mcap"],
            ["golden", "accept", "Traces/other.mcap"],
        ] { #expect(try workspace.run(arguments).code == 0) }
        let outcome = try workspace.run(["explain", "Traces/other.mcap", "--against", Sample.trace])
        #expect(outcome.code == 1)
        let lines = outcome.outputLines
        #expect(lines[1].contains("frame 4, stage input"), "\(outcome)")
        #expect(
            outcome.output.contains("events[0].material: expected lamp, found lava"), "\(outcome)")
        #expect(
            lines.last?.contains("again   lumon-replay explain Traces/other.mcap --against Traces/walk.mcap")
                == true)
    }

    @Test("without a golden, or with that of another trace, the reason and what to do")
    func goldens() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let missing = try workspace.expectFailure(2, ["explain", Sample.trace], says: ["there is no golden"])
        #expect(missing.talk.contains("next:  lumon-replay explain"))
        let stale = try Workspace(try Sample.accepted.get())
        try stale.write(Sample.scenario(seed: 4), to: Sample.scenario)
        #expect(try stale.run(["record", Sample.scenario, "-o", Sample.trace]).code == 0)
        try stale.expectFailure(2, ["explain", Sample.trace], says: ["of another trace"])
    }

    @Test("what cannot be compared with is an error")
    func references() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try workspace.expectFailure(64, ["explain", Sample.trace, "--against", "workers=0"])
        try workspace.expectFailure(64, ["explain", Sample.trace, "--against", "workers=many"])
        try workspace.expectFailure(74, ["explain", Sample.trace, "--against", "nothing.jsonl"])
        try workspace.expectFailure(
            65, ["explain", Sample.trace, "--against", Sample.scenario],
            says: ["neither a trace nor the dump"])
        let dump = try workspace.run(["replay", Sample.trace, "--dump-frame", "5"]).output
        try workspace.write(String(dump.prefix(dump.count / 400)), to: "cut.jsonl")
        try workspace.expectFailure(
            65, ["explain", Sample.trace, "--against", "cut.jsonl"], says: ["cut.jsonl"])
        try workspace.write(
            dump.replacingOccurrences(of: "{\"frame\":5,", with: "{\"frame\":99,"), to: "later.jsonl")
        try workspace.expectFailure(
            64, ["explain", Sample.trace, "--against", "later.jsonl"], says: ["frame 99", "0 to 9"])
    }

    @Test("a healthy dump agrees; one of a run that differs earlier says to look earlier")
    func dumps() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let dump = try workspace.run(["replay", Sample.trace, "--dump-frame", "5"]).output
        try workspace.write(dump, to: "same.jsonl")
        #expect(try workspace.run(["explain", Sample.trace, "--against", "same.jsonl"]).code == 0)
        try workspace.write(Sample.scenario(seed: 4), to: "other.scenario.toml")
        #expect(try workspace.run(["record", "other.scenario.toml", "-o", "other.mcap"]).code == 0)
        let outcome = try workspace.run(["explain", "other.mcap", "--against", "same.jsonl"])
        #expect(outcome.code == 1)
        #expect(outcome.output.contains("before frame 5"), "\(outcome)")
    }
}

@Suite("Keyframes, on the command line")
struct KeyframeCommandTests {
    private static let range = ["replay", Sample.trace, "--from", "7", "--to", "8"]
    private static let keyframes = ["--keyframes", "walk.keyframes", "--keyframe-every", "3"]

    @Test("a replay that begins at a keyframe prints what one from the beginning prints")
    func equal() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let linear = try workspace.run(KeyframeCommandTests.range)
        let first = try workspace.run(KeyframeCommandTests.range + KeyframeCommandTests.keyframes)
        #expect(first.output == linear.output)
        #expect(!first.talk.contains("begun at"))
        let bytes = try workspace.bytes("walk.keyframes")
        let second = try workspace.run(KeyframeCommandTests.range + KeyframeCommandTests.keyframes)
        #expect(second.output == linear.output)
        #expect(second.talk.contains("begun at the keyframe after frame 5\n3 frames in "), "\(second)")
        #expect(try workspace.bytes("walk.keyframes") == bytes, "nothing was added, nothing is written")
        let dump = ["replay", Sample.trace, "--dump-frame", "9"]
        let sought = try workspace.run(dump + KeyframeCommandTests.keyframes)
        #expect(try workspace.run(dump).output == sought.output)
        #expect(sought.talk.contains("begun at the keyframe after frame 8"))
        #expect(!workspace.exists("walk.keyframes.tmp"))
    }

    @Test("two runs write the same keyframes")
    func deterministic() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        for name in ["a.keyframes", "b.keyframes"] {
            let outcome = try workspace.run([
                "replay", Sample.trace, "--keyframes", name, "--keyframe-every", "2",
            ])
            #expect(outcome.code == 0)
        }
        #expect(try workspace.bytes("a.keyframes") == workspace.bytes("b.keyframes"))
    }

    @Test("keyframes of another trace, damaged ones and cut ones are made anew, and the result is right")
    func notTrusted() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let linear = try workspace.run(KeyframeCommandTests.range)
        let command = KeyframeCommandTests.range + KeyframeCommandTests.keyframes
        #expect(try workspace.run(command).code == 0)
        let good = try workspace.bytes("walk.keyframes")
        var damaged = good
        damaged[good.count / 2] ^= 4
        try workspace.write(Sample.scenario(seed: 4), to: "other.scenario.toml")
        #expect(try workspace.run(["record", "other.scenario.toml", "-o", "other.mcap"]).code == 0)
        #expect(
            try workspace.run([
                "replay", "other.mcap", "--keyframes", "other.keyframes", "--keyframe-every", "3",
            ]).code == 0)
        for bytes in [damaged, Array(good.prefix(good.count / 3)), try workspace.bytes("other.keyframes")] {
            try workspace.write(bytes, to: "walk.keyframes")
            let outcome = try workspace.run(command)
            #expect(outcome.code == 0)
            #expect(outcome.output == linear.output)
            #expect(outcome.talk.contains("note: walk.keyframes: "), "\(outcome)")
            #expect(try workspace.bytes("walk.keyframes") == good, "made anew")
        }
    }

    @Test("a file of another kind is left alone, and options that do not go together are refused")
    func refused() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        for file in [Sample.trace, Sample.scenario] {
            try workspace.expectFailure(
                64, ["replay", Sample.trace, "--keyframes", file], says: ["of another kind"])
        }
        try workspace.expectFailure(64, ["replay", Sample.trace, "--keyframes", "k", "--digests", "d"])
        try workspace.expectFailure(
            64, ["replay", Sample.trace, "--keyframes", "k", "--keyframe-every", "0"])
        try workspace.expectFailure(64, KeyframeCommandTests.range.dropLast() + ["99", "--keyframes", "k"])
    }
}

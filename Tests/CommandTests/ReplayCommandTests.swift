import Foundation
import Hashing
import Streaming
import Testing
import Topology
import Verification

@Suite("replay and trace on a small run")
struct ReplayCommandTests {
    @Test("digests are the same bytes for any number of workers")
    func workers() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        var outputs: Set<String> = []
        for workers in ["1", "2", "3", "8"] {
            let outcome = try workspace.run(
                ["replay", Sample.trace, "--workers", workers, "--digests", "out-\(workers)"])
            #expect(outcome.code == 0, "\(outcome)")
            outputs.insert(outcome.output)
            #expect(try workspace.bytes("out-\(workers)") == (try workspace.bytes(Sample.digests)))
        }
        #expect(outputs.count == 1)
    }

    @Test("digests of the head of a run are those of the whole, and replace a file that is there")
    func digestsOfHead() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try workspace.write(try workspace.bytes(Sample.digests), to: "out")
        #expect(try workspace.run(["replay", Sample.trace, "--to", "3", "--digests", "out"]).code == 0)
        let whole = try DigestsFile(decoding: try workspace.bytes(Sample.digests))
        let head = try DigestsFile(decoding: try workspace.bytes("out"))
        #expect(head.rows == Array(whole.rows.prefix(4)))
        #expect(head.firstFrame == 0)
        #expect(head.trace == whole.trace)
    }

    @Test(
        "--from and --to print exactly these frames, as a whole run prints them", arguments: ["text", "json"])
    func ranges(format: String) throws {
        let workspace = try Workspace(try Sample.recorded.get())
        func lines(_ options: [String]) throws -> [String] {
            let outcome = try workspace.run(["replay", Sample.trace, "--format", format] + options)
            #expect(outcome.code == 0, "\(outcome)")
            return outcome.outputLines.filter { $0.hasPrefix("frame ") || $0.hasPrefix("{\"frame\"") }
        }
        let all = try lines(["--from", "0"])
        #expect(all.count == Sample.frames)
        for from in [0, 3, 9] {
            #expect(try lines(["--from", "\(from)"]) == Array(all[from...]))
            #expect(try lines(["--to", "\(from)"]) == Array(all[...from]))
            for to in from..<Sample.frames {
                #expect(try lines(["--from", "\(from)", "--to", "\(to)"]) == Array(all[from...to]))
            }
        }
        if format == "json" {
            for line in all { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
    }

    @Test("the summary in JSON says what the text says")
    func summary() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let json = try workspace.run(["replay", Sample.trace, "--format", "json"])
        let object = try Dump.object(json.output)
        let text = try workspace.run(["replay", Sample.trace]).output
        #expect(text.contains("run            \(try #require(object["run"] as? String))\n"))
        #expect(object["firstFrame"] as? Int == 0)
        #expect(object["lastFrame"] as? Int == 9)
    }

    @Test(
        "a dump holds every cell, its leaves are those of its records, and they add up",
        arguments: [0, 3, 6, 9])
    func dump(frame: Int) throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let outcome = try workspace.run(["replay", Sample.trace, "--dump-frame", "\(frame)"])
        #expect(outcome.code == 0, "\(outcome)")
        let lines = try outcome.outputLines.map(Dump.object)
        let head = try #require(lines.first)
        #expect(head["frame"] as? Int == frame)
        let digests = try #require(head["levels"] as? [String])
        let levels = lines.filter { $0["states"] != nil }
        let stageLines = lines.filter { $0["stage"] != nil }
        let changes = lines.filter { $0["changedIn"] != nil }
        let cells = lines.filter { $0["slot"] != nil && $0["changedIn"] == nil }
        let flights = lines.filter { $0["flight"] != nil }
        let counts = [stageLines, changes, levels, cells, flights].map(\.count)
        #expect(1 + counts.reduce(0, +) == lines.count)
        #expect(stageLines.compactMap { $0["stage"] as? String } == Stage.allCases.map(\.name))
        #expect(levels.count == 2)
        #expect(digests.count == 2)
        #expect(flights.count == head["inFlight"] as? Int)
        for (index, level) in levels.enumerated() {
            let own = cells.filter { $0["level"] as? Int == index }
            #expect(own.count == 8 * 8 * 8)
            #expect(Set(own.compactMap { $0["slot"] as? Int }).count == own.count)
            var states = LeafSum()
            var payloads = LeafSum()
            var queued = LeafSum()
            for cell in own {
                let leaf = try Dump.leaf(cell, "state")
                states.add(try #require(leaf))
                if let leaf = try Dump.leaf(cell, "payload") { payloads.add(leaf) }
                if cell["lifecycle"] as? String == "Queued" { queued.add(try Dump.queuedLeaf(cell)) }
            }
            #expect(level["states"] as? String == states.description)
            #expect(level["payloads"] as? String == payloads.description)
            #expect(level["queued"] as? String == queued.description)
            var bytes = CanonicalBytes()
            bytes.append(UInt8(0xA0))
            bytes.append(UInt8(index))
            for name in ["cameraCell", "anchor"] {
                for coordinate in try #require(level[name] as? [Int]) { bytes.append(Int32(coordinate)) }
            }
            bytes.append(states)
            bytes.append(payloads)
            #expect(digests[index] == bytes.digest64().description)
        }
        // The frame's digest over what the head says.
        var bytes = CanonicalBytes()
        bytes.append(Int32(frame))
        let stages = try #require(head["stages"] as? [String: String])
        for stage in Stage.allCases {
            bytes.append(try #require(stages[stage.name].flatMap { UInt64($0, radix: 16) }))
        }
        bytes.append(UInt32(2))
        for digest in digests { bytes.append(try #require(UInt64(digest, radix: 16))) }
        #expect(head["digest"] as? String == bytes.digest128().description)
        let printed = try workspace.run(
            ["replay", Sample.trace, "--from", "\(frame)", "--to", "\(frame)", "--format", "json"])
        let line = try Dump.object(try #require(printed.outputLines.first))
        #expect(line["digest"] as? String == head["digest"] as? String)
        #expect(line["levels"] as? [String] == digests)
    }

    @Test("what is known of a trace, in text and in JSON")
    func info() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let text = try workspace.run(["trace", "info", Sample.trace])
        #expect(text.code == 0)
        #expect(text.output.contains("canonical"))
        let json = try workspace.run(["trace", "info", Sample.trace, "--format", "json"])
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
        func value(_ name: String) -> Any? { rows.first { $0["name"] as? String == name }?["value"] }
        #expect(value("frames") as? Int == Sample.frames)
        #expect(value("bytes") as? Int == (try workspace.bytes(Sample.trace)).count)
        #expect(value("event edit") as? Int == 1)
        #expect(value("digest") as? String == XXH3.digest128(try workspace.bytes(Sample.trace)).description)
    }

    @Test("a trace as text is a JSON object a line")
    func cat() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let outcome = try workspace.run(["trace", "cat", Sample.trace])
        #expect(outcome.code == 0)
        // Frames, one configuration, and two events: the start of the session and the edit.
        #expect(outcome.outputLines.count == Sample.frames + 1 + 2)
        for line in outcome.outputLines { _ = try Dump.object(line) }
    }

    @Test("a canonical trace is valid, and finalised again is the same bytes, also in its own place")
    func finalize() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let bytes = try workspace.bytes(Sample.trace)
        #expect(try workspace.run(["trace", "validate", Sample.trace]).output.contains("valid, canonical"))
        #expect(try workspace.run(["trace", "finalize", Sample.trace, "-o", "again.mcap"]).code == 0)
        #expect(try workspace.bytes("again.mcap") == bytes)
        #expect(try workspace.run(["trace", "finalize", "again.mcap", "-o", "again.mcap"]).code == 0)
        #expect(try workspace.bytes("again.mcap") == bytes)
        #expect(!workspace.exists("again.mcap.partial"))
    }

    @Test("goldens and digests as text")
    func goldenCat() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let golden = try workspace.run(["golden", "cat", Sample.golden])
        #expect(Array(golden.output.utf8) == (try workspace.bytes(Sample.golden)))
        let digests = try workspace.run(["golden", "cat", Sample.digests])
        #expect(digests.code == 0)
        #expect(digests.outputLines.count == Sample.frames + 1)
    }

    @Test("status in JSON")
    func statusJSON() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let outcome = try workspace.run(["golden", "status", "--format", "json"])
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
        #expect(rows.map { $0["state"] as? String } == ["present"])
    }

    @Test(
        "every verb's help has an example and is no error",
        arguments: [
            [], ["record"], ["replay"], ["verify"], ["golden"], ["golden", "status"], ["golden", "accept"],
            ["golden", "cat"], ["trace"], ["trace", "info"], ["trace", "cat"], ["trace", "validate"],
            ["trace", "finalize"], ["trace", "recover"], ["trace", "import"], ["trace", "export"],
            ["explain"],
        ])
    func help(verb: [String]) throws {
        let workspace = try Workspace()
        let outcome = try workspace.run(verb + ["--help"])
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("EXAMPLE"), "\(outcome)")
        #expect(outcome.output.contains("\n  lumon-replay \(verb.joined(separator: " "))"), "\(outcome)")
        #expect(outcome.talk.isEmpty)
    }

    @Test("the verbs that the help lists are those that are tested, and the version is told")
    func verbs() throws {
        let workspace = try Workspace()
        let help = try workspace.run(["--help"]).output
        for verb in ["record", "replay", "verify", "golden", "trace"] { #expect(help.contains("  \(verb) ")) }
        #expect(try workspace.run(["--version"]).code == 0)
        for shell in ["bash", "zsh", "fish"] {
            let script = try workspace.run(["--generate-completion-script", shell])
            #expect(script.code == 0)
            #expect(script.output.contains("lumon-replay"))
        }
    }
}

/// Reads the lines of `replay --dump-frame`.
private enum Dump {
    static func object(_ line: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "an object: \(line)")
    }

    /// The leaf of a record computed from its printed bytes, which has to be the printed one; nil where the
    /// cell has no such record.
    static func leaf(_ cell: [String: Any], _ name: String) throws -> Digest64? {
        guard let text = cell["\(name)Record"] as? String else { return nil }
        let digits = Array(text)
        let bytes = try stride(from: 0, to: digits.count, by: 2).map { place in
            try #require(UInt8(String(digits[place..<place + 2]), radix: 16))
        }
        let leaf = XXH3.digest64(bytes)
        #expect(cell["\(name)Leaf"] as? String == leaf.description)
        return leaf
    }

    /// The leaf of a place in the queue, from the fields of the cell.
    static func queuedLeaf(_ cell: [String: Any]) throws -> Digest64 {
        var record = LeafRecord(tag: 3)
        record.append(UInt8(try #require(cell["level"] as? Int)))
        for coordinate in try #require(cell["cell"] as? [Int]) { record.append(Int32(coordinate)) }
        record.append(UInt32(try #require(cell["generation"] as? Int)))
        record.append(UInt64(try #require(cell["ticket"] as? Int)))
        return record.leaf
    }
}

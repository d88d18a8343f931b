import Foundation
import Recording
import Streaming
import Testing

@Suite("Recovering, and leaving out what is foreign, by the program itself")
struct RecoverCommandTests {
    /// What a recorder leaves of the sample's frames that flushes after three, complete.
    private func recording() throws -> (bytes: [UInt8], frames: [FrameInput]) {
        let trace = try #require(try Sample.recorded.get()[Sample.trace])
        let frames = try TraceReader(trace).allFrames()
        var writer = try TraceWriter(MemorySink(), layout: .recording(framesPerFlush: 3))
        for frame in frames { try writer.write(frame) }
        try writer.finish()
        return (writer.sink.bytes, frames)
    }

    /// Where the second chunk of frames begins.
    private func secondChunk(_ bytes: [UInt8]) throws -> Int {
        let chunks = try MCAPIndexedReader(MCAPBytes(bytes)).chunkIndexes.filter { $0.messageEndTime > 0 }
        return Int(try #require(chunks.dropFirst().first).chunkStartOffset)
    }

    private func canonical(_ frames: some Sequence<FrameInput>) throws -> [UInt8] {
        var writer = try TraceWriter(MemorySink())
        for frame in frames { try writer.write(frame) }
        try writer.finish()
        return writer.sink.bytes
    }

    private func object(_ outcome: Outcome) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    @Test(
        "a torn file becomes a canonical trace of its whole chunks, and the report says what is lost and why")
    func torn() throws {
        let (bytes, frames) = try recording()
        let end = try secondChunk(bytes)
        let workspace = try Workspace(["run.mcap.partial": Array(bytes.prefix(end + 77))])
        let text = try workspace.run(["trace", "recover", "run.mcap.partial", "-o", "run.mcap"])
        #expect(text.code == 0 && text.errorLines.isEmpty, "\(text)")
        #expect(try workspace.bytes("run.mcap") == canonical(frames.prefix(3)))
        for row in [
            "file           run.mcap.partial", "trace          run.mcap", "frames         0 to 2",
            "bytes kept     \(end)", "bytes lost     77",
            "ended          at offset \(end): cut short: Chunk at offset \(end) needs",
        ] {
            #expect(text.output.contains(row), "\(row)\n\(text)")
        }
        let size = try workspace.bytes("run.mcap").count
        #expect(text.talk.contains("run.mcap: 3 frames, \(size) bytes"))
        #expect(try workspace.files().count == 2, "nothing else is left")
        #expect(try workspace.bytes("run.mcap.partial") == Array(bytes.prefix(end + 77)))
        #expect(try workspace.run(["trace", "validate", "run.mcap"]).code == 0)

        let json = try workspace.run(
            ["trace", "recover", "run.mcap.partial", "-o", "run.mcap", "--format", "json"])
        let report = try object(json)
        #expect(report["firstFrame"] as? Int == 0 && report["lastFrame"] as? Int == 2)
        #expect(report["frames"] as? Int == 3)
        #expect(report["bytesKept"] as? Int == end && report["bytesLost"] as? Int == 77)
        #expect((report["reason"] as? String)?.hasPrefix("at offset \(end): cut short") == true)
        #expect((report["leftOut"] as? [String])?.isEmpty == true)
    }

    @Test("a whole file becomes what finalize makes of it, over an older output")
    func whole() throws {
        let (bytes, frames) = try recording()
        let older = try canonical(frames.prefix(1))
        let workspace = try Workspace(["a.mcap": bytes, "b.mcap": older])
        let outcome = try workspace.run(["trace", "recover", "a.mcap", "-o", "b.mcap", "--format", "json"])
        #expect(outcome.code == 0, "\(outcome)")
        #expect(try workspace.bytes("b.mcap") == canonical(frames))
        let report = try object(outcome)
        #expect(report["bytesLost"] as? Int == 0 && report["reason"] is NSNull)
        let text = try workspace.run(["trace", "recover", "a.mcap", "-o", "b.mcap"])
        #expect(text.output.contains("ended          at the end of the file, which is whole"))
        #expect(try workspace.run(["trace", "finalize", "a.mcap", "-o", "c.mcap"]).code == 0)
        #expect(try workspace.bytes("c.mcap") == (try workspace.bytes("b.mcap")))
    }

    @Test("where no frame is whole there is one error, and nothing is written")
    func nothing() throws {
        let (bytes, frames) = try recording()
        let first = try #require(
            try MCAPStreamReader.items(of: MCAPBytes(bytes)).first { $0.record.opcode == .message }?.chunk)
        var files = try Sample.accepted.get()
        files["good.mcap"] = try canonical(frames)
        files["cut.mcap"] = Array(bytes.prefix(Int(first) + 50))
        files["short.mcap"] = Array(bytes.prefix(20))
        files["novel.mcap"] = Array("It was a dark and stormy night.\n".utf8)
        let workspace = try Workspace(files)
        for name in ["cut.mcap", "short.mcap", "novel.mcap", Sample.scenario, Sample.golden, Sample.digests] {
            for output in ["out.mcap", "good.mcap"] {
                let outcome = try workspace.expectFailure(
                    65, ["trace", "recover", name, "-o", output],
                    says: ["\(name): no frame can be recovered: "])
                #expect(outcome.output.isEmpty && !outcome.talk.contains("next:"), "\(outcome)")
            }
        }
        try workspace.write([], to: "empty.mcap")
        for (name, code) in [("empty.mcap", Int32(65)), ("none.mcap", 74), ("Traces", 74), ("/dev/null", 74)]
        {
            try workspace.expectFailure(code, ["trace", "recover", name, "-o", "good.mcap"], says: [name])
        }
    }

    @Test("the file that is recovered is not an output, under whatever name")
    func sameFile() throws {
        let (bytes, _) = try recording()
        let workspace = try Workspace(["a.mcap": Array(bytes.dropLast(50))])
        try FileManager.default.createSymbolicLink(
            atPath: workspace.path("link.mcap"), withDestinationPath: "a.mcap")
        for output in ["a.mcap", "./a.mcap", workspace.path("a.mcap"), "link.mcap"] {
            try workspace.expectFailure(
                64, ["trace", "recover", "a.mcap", "-o", output],
                says: ["expected another", "lumon-replay trace recover a.mcap -o NEW"])
        }
    }

    @Test("whatever is cut or flipped, the output is a prefix, or there is one error and no output")
    func samples() throws {
        let (bytes, frames) = try recording()
        let workspace = try Workspace()
        var recovered = 0
        for place in 0..<40 {
            let index = (bytes.count - 1) * place / 39
            var damaged = place % 3 == 0 ? Array(bytes.prefix(index)) : bytes
            if place % 3 != 0 { damaged[index] ^= 1 << (place % 8) }
            try workspace.write(damaged, to: "damaged.mcap")
            guard (try? Trace.recover(TraceReader(damaged))) != nil else {
                try workspace.expectFailure(
                    65, ["trace", "recover", "damaged.mcap", "-o", "out.mcap"], says: ["damaged.mcap"])
                continue
            }
            let outcome = try workspace.run(["trace", "recover", "damaged.mcap", "-o", "out.mcap"])
            #expect(outcome.code == 0, "place \(place)\n\(outcome)")
            let found = try TraceReader(try workspace.bytes("out.mcap")).allFrames()
            #expect(found == Array(frames.prefix(found.count)), "place \(place)")
            #expect(try workspace.bytes("out.mcap") == canonical(found), "place \(place)")
            try workspace.remove("out.mcap")
            recovered += 1
        }
        #expect((5..<40).contains(recovered))
    }

    @Test("errors of torn files name the way to save them, and others do not")
    func nextLines() throws {
        let (bytes, frames) = try recording()
        var files: [String: [UInt8]] = ["it's cut.mcap": Array(bytes.dropLast(1000))]
        files["novel.mcap"] = Array("It was a dark and stormy night.\n".utf8)
        files["gone.mcap.partial"] = bytes
        let workspace = try Workspace(files)
        for verb in [["replay"], ["trace", "info"], ["trace", "validate"], ["verify"]] {
            try workspace.expectFailure(
                65, verb + ["it's cut.mcap"], says: ["lumon-replay trace recover 'it'\\''s cut.mcap' -o NEW"])
            let other = try workspace.expectFailure(65, verb + ["novel.mcap"])
            #expect(!(other.output + other.talk).contains("recover"), "\(other)")
            // `PATH.partial` is what a recorder leaves that did not come to its end.
            try workspace.expectFailure(
                74, verb + ["gone.mcap"],
                says: [
                    "gone.mcap: no such file", "lumon-replay trace recover gone.mcap.partial -o gone.mcap",
                ])
        }
        try workspace.expectFailure(
            74, ["trace", "recover", "gone.mcap", "-o", "out.mcap"],
            says: ["lumon-replay trace recover gone.mcap.partial -o gone.mcap"])
        try workspace.write(try raw(frames, skipping: 4) { _ in }, to: "gap.mcap")
        try workspace.expectFailure(
            65, ["replay", "gap.mcap"], says: ["frame 4 expected, found 5", "trace recover gap.mcap -o NEW"])
    }

    @Test("finalize refuses what is foreign and names the option that leaves it out")
    func dropForeign() throws {
        let (_, frames) = try recording()
        let foreign = try raw(frames) { writer in
            try writer.write(
                MCAPChannel(id: 9, schemaID: 0, topic: "/other", messageEncoding: "protobuf"))
            try writer.write(MCAPMessage(channelID: 9, sequence: 0, logTime: 0, publishTime: 0, data: [1]))
            try writer.write(
                MCAPAttachment(logTime: 0, createTime: 0, name: "a", mediaType: "text/plain", data: [1]))
            for name in ["m", "n"] { try writer.write(MCAPMetadata(name: name, metadata: [:])) }
        }
        let workspace = try Workspace(["foreign.mcap": foreign])
        let next = "lumon-replay trace finalize foreign.mcap --drop-foreign -o NEW"
        try workspace.expectFailure(
            65, ["trace", "finalize", "foreign.mcap", "-o", "out.mcap"], says: [next])
        try workspace.expectFailure(65, ["trace", "validate", "foreign.mcap"], says: [next])
        let notes = [
            "the channel /other", "1 message on such a channel", "1 attachment", "2 metadata records",
        ]
        let dropped = try workspace.run(
            ["trace", "finalize", "foreign.mcap", "--drop-foreign", "-o", "out.mcap"])
        #expect(dropped.code == 0 && dropped.output.isEmpty, "\(dropped)")
        #expect(try workspace.bytes("out.mcap") == canonical(frames))
        try workspace.write(Array(foreign.dropLast(100)), to: "cut.mcap")
        let recovered = try workspace.run(["trace", "recover", "cut.mcap", "-o", "out.mcap"])
        #expect(recovered.code == 0, "\(recovered)")
        #expect(try workspace.bytes("out.mcap") == canonical(frames))
        for note in notes {
            #expect(dropped.talk.contains("note: foreign.mcap: left out: \(note)\n"), "\(dropped)")
            #expect(recovered.talk.contains("note: cut.mcap: left out: \(note)\n"), "\(recovered)")
            #expect(recovered.output.contains("left out       \(note)"), "\(recovered)")
        }

        let unknown = try raw(frames, unknownField: true) { _ in }
        try workspace.write(unknown, to: "unknown.mcap")
        for options in [[], ["--drop-foreign"]] {
            let outcome = try workspace.expectFailure(
                65, ["trace", "finalize", "unknown.mcap", "-o", "new.mcap"] + options,
                says: ["fields that are not known"])
            #expect(!outcome.talk.contains("next:"), "\(outcome)")
        }
        let info = try workspace.run(["trace", "info", "foreign.mcap"])
        for row in [
            "other channel        /other", "other messages       1", "attachments          1",
            "metadata records     2",
        ] {
            #expect(info.output.contains(row), "\(info)")
        }
        #expect(
            try workspace.run(["trace", "info", "unknown.mcap"]).output.contains("with unknown fields  1"))
        let json = try workspace.run(["trace", "info", "foreign.mcap", "--format", "json"])
        #expect(json.output.contains(#"{"name":"attachments","value":1}"#), "\(json)")
    }

    @Test("info counts records of unknown opcodes")
    func unknownRecords() throws {
        let (_, frames) = try recording()
        var bytes = try raw(frames, options: .plain) { _ in }
        let end = try #require(
            try MCAPStreamReader.items(of: MCAPBytes(bytes)).first { $0.record.opcode == .dataEnd })
        // Without a checksum of the data section and without indexes, a record more changes nothing.
        bytes.replaceSubrange(Int(end.offset) + 9..<Int(end.offset) + 13, with: [0, 0, 0, 0])
        bytes.insert(contentsOf: [0x7F, 1, 0, 0, 0, 0, 0, 0, 0, 5], at: Int(end.offset))
        let workspace = try Workspace(["a.mcap": bytes])
        let info = try workspace.run(["trace", "info", "a.mcap"])
        #expect(info.output.contains("unknown records      1"), "\(info)")
        try workspace.expectFailure(
            65, ["trace", "finalize", "a.mcap", "-o", "b.mcap"], says: ["opcode 127", "--drop-foreign"])
        let dropped = try workspace.run(["trace", "finalize", "a.mcap", "--drop-foreign", "-o", "b.mcap"])
        #expect(dropped.talk.contains("left out: 1 unknown record\n"), "\(dropped)")
        #expect(try workspace.bytes("b.mcap") == canonical(frames))
    }

    /// The frames' messages but those of one, with what `body` adds, and a field that is not known in the first.
    private func raw(
        _ frames: [FrameInput], options: MCAPWriterOptions = .complete, skipping: UInt32? = nil,
        unknownField: Bool = false, _ body: (inout MCAPWriter<MemorySink>) throws -> Void
    ) throws -> [UInt8] {
        var writer = try MCAPWriter(
            MemorySink(), header: MCAPHeader(profile: TraceFormat.profile, library: TraceFormat.library),
            options: options)
        for topic in TraceTopic.allCases { try writer.write(topic.schema) }
        for topic in TraceTopic.allCases { try writer.write(topic.channel) }
        try body(&writer)
        var isUnknown = unknownField
        for item in try MCAPStreamReader.items(of: MCAPBytes(canonical(frames))) {
            guard case .message(var message) = item.record, message.sequence != skipping else { continue }
            // Field 100, varint 1.
            if isUnknown { message.data += [0xA0, 0x06, 0x01] }
            isUnknown = false
            try writer.write(message)
        }
        try writer.finish()
        return writer.sink.bytes
    }
}

import Hashing
import Replay
import Streaming
import Testing
import Verification

/// Rows of a seed, with every field in use.
private func randomFile(levels: Int, rows: Int, seed: UInt64) -> DigestsFile {
    var generator = SeededGenerator(seed: seed)
    func short() -> UInt16 { UInt16(truncatingIfNeeded: generator.next()) }
    return DigestsFile(
        firstFrame: Int32(generator.next() >> 33), levelCount: levels,
        trace: Digest128(high: generator.next(), low: generator.next()),
        run: Digest128(high: generator.next(), low: generator.next()),
        rows: (0..<rows).map { _ in
            DigestRow(
                frame: generator.next(), stages: Stage.allCases.map { _ in short() },
                levels: (0..<levels).map { _ in short() })
        })
}

/// The bytes with their trailer computed anew, so that the checksum hides nothing.
private func resealed(_ bytes: [UInt8]) -> [UInt8] {
    let body = Array(bytes.dropLast(16))
    var all = CanonicalBytes()
    for byte in body { all.append(byte) }
    all.append(all.digest128())
    return all.bytes
}

@Suite("The digests file")
struct DigestsFileTests {
    @Test("what is written is read again, for any number of levels", arguments: 0...8)
    func roundTrip(levels: Int) throws {
        for rows in [0, 1, 2, 17] {
            let file = randomFile(levels: levels, rows: rows, seed: UInt64(levels * 100 + rows))
            let bytes = file.encoded()
            let read = try DigestsFile(decoding: bytes)
            #expect(read == file, "\(rows) rows")
            #expect(read.encoded() == bytes)
            let rowBytes = rows == 0 ? 0 : (bytes.count - 80) / rows
            #expect(rowBytes <= 40)
            #expect(bytes.count == 80 + rows * rowBytes)
        }
    }

    @Test("the bytes are those of the specification")
    func layout() {
        let file = DigestsFile(
            firstFrame: 0x0102_0304, levelCount: 1, trace: Digest128(high: 2, low: 1),
            run: Digest128(high: 4, low: 3),
            rows: [DigestRow(frame: 0x1122_3344_5566_7788, stages: Array(0x0A00...0x0A08), levels: [0xBEEF])])
        var expected = Array("LRDIGEST".utf8)
        expected += [1, 0, 2, 0, 4, 3, 2, 1, 1, 0, 0, 0, 9, 1, 2, 28] + Array(repeating: 0, count: 8)
        for half: UInt8 in [1, 2, 3, 4] { expected += [half] + Array(repeating: 0, count: 7) }
        expected += [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]
        for stage: UInt8 in 0...8 { expected += [stage, 0x0A] }
        expected += [0xEF, 0xBE]
        let bytes = file.encoded()
        #expect(Array(bytes.dropLast(16)) == expected)
        #expect(resealed(bytes) == bytes)
    }

    @Test("every bit of a file, flipped, is a typed error", arguments: [1, 3, 8])
    func bitFlips(levels: Int) throws {
        let bytes = randomFile(levels: levels, rows: 3, seed: 7).encoded()
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << bit
                #expect(throws: DigestsFileError.self, "byte \(index), bit \(bit)") {
                    try DigestsFile(decoding: flipped)
                }
            }
        }
    }

    @Test("every byte set to any value, with a checksum that agrees, is read or a typed error")
    func resealedDamage() throws {
        let bytes = randomFile(levels: 2, rows: 2, seed: 8).encoded()
        var refused = 0
        for index in bytes.indices.dropLast(16) {
            for value in UInt8.min...UInt8.max where value != bytes[index] {
                var changed = bytes
                changed[index] = value
                changed = resealed(changed)
                do throws(DigestsFileError) {
                    let read = try DigestsFile(decoding: changed)
                    #expect(read.encoded() == changed, "byte \(index) set to \(value)")
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 0)
    }

    @Test("a file cut or continued anywhere is a typed error")
    func wrongLengths() throws {
        let bytes = randomFile(levels: 3, rows: 4, seed: 9).encoded()
        for count in 0..<bytes.count {
            #expect(throws: DigestsFileError.self, "\(count) bytes") {
                try DigestsFile(decoding: Array(bytes.prefix(count)))
            }
            #expect(throws: DigestsFileError.self, "the first \(count) bytes missing") {
                try DigestsFile(decoding: Array(bytes.dropFirst(count + 1)))
            }
        }
        for extra in [1, 15, 16, 28, 1000] {
            #expect(throws: DigestsFileError.self) {
                try DigestsFile(decoding: bytes + Array(repeating: 0, count: extra))
            }
        }
    }

    @Test("each error tells the facts")
    func errors() throws {
        let bytes = randomFile(levels: 3, rows: 4, seed: 9).encoded()
        func error(_ change: (inout [UInt8]) -> Void) -> DigestsFileError? {
            var changed = bytes
            change(&changed)
            changed = resealed(changed)
            do throws(DigestsFileError) {
                _ = try DigestsFile(decoding: changed)
                return nil
            } catch {
                return error
            }
        }
        #expect(error { $0[0] = 0x50 } == .badMagic(found: Array("PRDIGEST".utf8)))
        #expect(error { $0[8] = 9 } == .newerFormat(found: 9, supported: 1))
        #expect(error { $0[15] = 0x80 } != nil)
        #expect(error { $0[20] = 0 } == .badHeader(field: "stages", found: 0))
        #expect(error { $0[20] = 65 } == .badHeader(field: "stages", found: 65))
        // Of a subject there may be so many, but then the rows are longer.
        if case .badHeader(field: "row size", _)? = error({ $0[20] = 10 }) {
        } else {
            Issue.record("10 stages")
        }
        #expect(error { $0[21] = 9 } == .badHeader(field: "levels", found: 9))
        #expect(error { $0[22] = 1 } == .badHeader(field: "bytes per level", found: 1))
        #expect(error { $0[23] = 1 } == .badHeader(field: "row size", found: 1))
        #expect(error { $0[24] = 1 } == .badHeader(field: "reserved", found: 1))
        for place in 16..<20 {
            // A count of frames that would be gigabytes is refused by the file's length.
            if case .wrongLength = error({ $0[place] = 0xFF }) {} else { Issue.record("byte \(place)") }
        }
    }

    @Test("noise is refused, whatever it begins with")
    func noise() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            let count = Int.random(in: 0...300, using: &generator)
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(throws: DigestsFileError.self) { try DigestsFile(decoding: noise) }
            #expect(throws: DigestsFileError.self) {
                try DigestsFile(decoding: Array("LRDIGEST".utf8) + [1, 0] + noise)
            }
        }
    }
}

@Suite("The golden text")
struct GoldenTextTests {
    private func golden(levels: Int32 = 3, trace: String = "walk.mcap") throws -> Golden {
        let run = try Replayer.run(walk(3, small(levels: levels, budget: 1)))
        return Golden(
            trace: trace, traceDigest: someTrace,
            command: "lumon-replay golden accept Traces/\(trace)", run: run,
            digestsFile: Digest128(high: 5, low: 6))
    }

    @Test("what is written is read again, in at most 25 lines", arguments: Int32(1)...8)
    func roundTrip(levels: Int32) throws {
        let golden = try golden(levels: levels)
        let text = golden.encoded()
        #expect(try Golden(decoding: text) == golden)
        #expect(text.split(separator: "\n").count <= Golden.maximumLines)
        #expect(text.hasSuffix("\n"))
        #expect(golden.summary.allSatisfy { $0.perLevel.count == Int(levels) })
    }

    @Test(
        "any file name of a trace is read again",
        arguments: [
            "a b.mcap", " leading.mcap", "trailing ", "ünï-日本.mcap", "\"quoted\".mcap", "#.mcap", "e\u{301}",
        ])
    func fileNames(name: String) throws {
        let golden = try golden(trace: name)
        #expect(try Golden(decoding: golden.encoded()) == golden)
    }

    @Test("a file name with a line's end in it gives a golden that can be read")
    func lineEndInName() throws {
        let golden = try golden(trace: "two\nlines.mcap")
        #expect(throws: Never.self) { try Golden(decoding: golden.encoded()) }
    }

    @Test("every character, changed to any of these, is a typed error")
    func everyCharacter() throws {
        let bytes = Array(try golden().encoded().utf8)
        for index in bytes.indices {
            for other in Array("0 a\nZ\u{7f}\r-".utf8) where other != bytes[index] {
                var changed = bytes
                changed[index] = other
                let text = String(decoding: changed, as: UTF8.self)
                #expect(throws: GoldenError.self, "character \(index) to \(other)") {
                    try Golden(decoding: text)
                }
            }
        }
    }

    @Test("a text cut anywhere is a typed error")
    func everyLength() throws {
        let text = try golden().encoded()
        for count in 0..<text.count {
            #expect(throws: GoldenError.self, "\(count) characters") {
                try Golden(decoding: String(text.prefix(count)))
            }
        }
        for extra in ["\n", "x", text] {
            #expect(throws: GoldenError.self) { try Golden(decoding: text + extra) }
        }
    }

    @Test("line ends of another platform are an error, not a crash")
    func otherLineEnds() throws {
        let text = try golden().encoded()
        #expect(throws: GoldenError.self) {
            try Golden(decoding: text.split(separator: "\n").joined(separator: "\r\n") + "\r\n")
        }
    }

    @Test("a line that is missing, doubled or exchanged is an error, even with a checksum that agrees")
    func resealedLines() throws {
        func reseal(_ lines: [String]) -> String {
            let body = lines.map { $0 + "\n" }.joined()
            return body + "checksum      \(XXH3.digest64(Array(body.utf8)))\n"
        }
        let lines = Array(try golden().encoded().split(separator: "\n").map(String.init).dropLast())
        #expect(throws: Never.self) { try Golden(decoding: reseal(lines)) }
        for index in lines.indices {
            var missing = lines
            missing.remove(at: index)
            #expect(throws: GoldenError.self, "without line \(index + 1)") {
                try Golden(decoding: reseal(missing))
            }
            if index > 0 {
                var exchanged = lines
                exchanged.swapAt(index, index - 1)
                #expect(throws: GoldenError.self, "lines \(index) and \(index + 1) exchanged") {
                    try Golden(decoding: reseal(exchanged))
                }
            }
        }
        for (number, value) in [
            (2, "trace-xxh3    12"), (8, "frames        -1"), (8, "frames        many"),
            (8, "frames        99999999999999999999"),
            (11, "entered       1 x 3"), (0, "lumon-replay golden 2"),
            (0, "lumon-replay golden 99999999999999999999"),
        ] {
            var changed = lines
            changed[number] = value
            #expect(throws: GoldenError.self, "\(value)") { try Golden(decoding: reseal(changed)) }
        }
        // The same values, written otherwise.
        for (number, value) in [
            (0, "lumon-replay golden 01"), (1, "trace   walk.mcap"),
            (8, "frames        03"), (8, "frames        +3"), (11, "entered       1  2 3"),
        ] {
            var changed = lines
            changed[number] = value
            let error = #expect(throws: GoldenError.self, "\(value)") {
                try Golden(decoding: reseal(changed))
            }
            if case .malformed(_, let line, _)? = error { #expect(line == number + 1, "\(value)") }
        }
        #expect(throws: GoldenError.self) { try Golden(decoding: reseal(lines + ["more          1"])) }
        #expect(throws: GoldenError.self) {
            try Golden(decoding: reseal(lines + Array(repeating: "more", count: 40)))
        }
    }
}

import Testing

@testable import Recording

@Suite("Container damage")
struct ContainerDamageTests {
    @Test("A file cut short anywhere is an error in both readers, and keeps what is intact")
    func truncation() throws {
        let file = try Sample.file()
        let whole = try Sample.items(file)
        for size in 0..<file.count {
            let bytes = MCAPBytes(Array(file.prefix(size)))
            var reader = MCAPStreamReader(bytes)
            var items: [MCAPItem] = []
            var failure: MCAPError?
            do throws(MCAPError) {
                while let item = try reader.next() { items.append(item) }
            } catch { failure = error }
            let error = try #require(failure, "cut to \(size) bytes")
            guard case .truncated = error else {
                Issue.record("cut to \(size) bytes: \(error)")
                continue
            }
            #expect(items == Array(whole.prefix(items.count)), "cut to \(size) bytes")
            #expect(reader.intactEnd <= UInt64(size))
            #expect(throws: error) { try reader.next() }
            #expect(throws: MCAPError.self, "cut to \(size) bytes") { try MCAPIndexedReader(bytes) }
        }
    }

    @Test("What is intact of a cut file ends where its last whole record or chunk ends")
    func intactEnd() throws {
        let file = try Sample.file()
        let items = try Sample.items(file)
        let ends = items.filter { $0.chunk == nil }.map { $0.offset + $0.length }
        for size in 25..<file.count - 8 {
            var reader = MCAPStreamReader(MCAPBytes(Array(file.prefix(size))))
            while let item = try? reader.next() { #expect(item.offset + item.length <= UInt64(size)) }
            #expect(reader.intactEnd == (ends.last { $0 <= UInt64(size) } ?? 0), "cut to \(size) bytes")
        }
    }

    @Test("Every single flipped bit of a file with checksums is noticed by reading in order")
    func bitFlips() throws {
        let file = try Sample.file(frames: 3)
        var unnoticed: [String] = []
        for position in file.indices {
            for bit in 0..<8 {
                var damaged = file
                damaged[position] ^= 1 << bit
                if Sample.outcome(damaged).streamed != nil { unnoticed.append("\(position).\(bit)") }
            }
        }
        #expect(unnoticed.isEmpty)
    }

    @Test("No flipped bit of a file without checksums is worse than an error")
    func bitFlipsWithoutChecksums() throws {
        let file = try Sample.file(frames: 3, options: MCAPWriterOptions(checksums: false))
        for position in file.indices {
            for bit in 0..<8 {
                var damaged = file
                damaged[position] ^= 1 << bit
                _ = Sample.outcome(damaged)
            }
        }
    }

    @Test(
        "No length anywhere is worse than an error",
        arguments: [0, 1, 1 << 31, 1 << 32, 1 << 62, 1 << 63, UInt64.max - 8, UInt64.max])
    func hostileLengths(length: UInt64) throws {
        let file = try Sample.file(options: MCAPWriterOptions(checksums: false))
        for size in [2, 4, 8] {
            for position in 0..<file.count - size {
                var damaged = file
                damaged.replaceSubrange(
                    position..<position + size, with: RawFile.little(length).prefix(size))
                _ = Sample.outcome(damaged)
            }
        }
    }

    @Test("A record that claims more than the file has is named, with its numbers")
    func longRecord() {
        for length in [1 << 63, UInt64.max] {
            var file = RawFile()
            file.append(0x0C, [1, 2, 3], length: length)
            let error = MCAPError.truncated(reading: "Metadata", offset: 25, needed: length, available: 3)
            #expect(throws: error) { try Sample.items(file.bytes) }
            var chunked = RawFile()
            chunked.append(0x06, RawFile.chunk(RawFile.record(0x05, [1], length: length)))
            #expect(
                throws: MCAPError.lengthOutOfBounds(
                    reading: "Message", offset: 74, length: length, available: 1)
            ) { try Sample.items(chunked.bytes) }
            var field = RawFile()
            field.append(0x06, RawFile.chunk([], length: length))
            #expect(
                throws: MCAPError.lengthOutOfBounds(
                    reading: "Chunk.records", offset: 74, length: length, available: 0)
            ) { try Sample.items(field.bytes) }
        }
    }

    @Test("Damage to a chunk, the data section or the summary is found by its checksum, with the place")
    func checksums() throws {
        let file = try Sample.file()
        let items = try Sample.items(file)
        func error(flipping position: UInt64) -> MCAPError? {
            var damaged = file
            damaged[Int(position)] ^= 0x40
            return #expect(throws: MCAPError.self) { try Sample.items(damaged) }
        }
        let chunk = try #require(items.first { $0.record.opcode == .chunk })
        guard
            case .crcMismatch(.chunk, chunk.offset, let expected, let found) = error(
                flipping: chunk.offset + chunk.length - 1), expected != found
        else {
            Issue.record("chunk")
            return
        }
        // A time in a message index: no record is malformed by it.
        let index = try #require(items.first { $0.record.opcode == .messageIndex })
        guard case .crcMismatch(.dataSection, 0, _, _) = error(flipping: index.offset + 9 + 2 + 4 + 7) else {
            Issue.record("data section")
            return
        }
        let end = try #require(items.first { $0.record.opcode == .dataEnd })
        let summary = end.offset + end.length
        for position in [summary, summary + 12, UInt64(file.count - 8 - 4 - 1)] {
            guard case .crcMismatch(.summarySection, summary, _, _) = error(flipping: position) else {
                Issue.record("summary at \(position)")
                continue
            }
        }
        let attachment = try #require(items.first { $0.record.opcode == .attachment })
        guard
            case .crcMismatch(.attachment, attachment.offset, _, _) = error(
                flipping: attachment.offset + attachment.length - 5)
        else {
            Issue.record("attachment")
            return
        }
    }

    @Test(
        "A compressed chunk is refused with its compression and with what to do", arguments: ["lz4", "zstd"])
    func compression(name: String) throws {
        var file = RawFile()
        file.append(0x06, RawFile.chunk([1, 2, 3], compression: name, size: 100))
        file.end()
        let expected = MCAPError.compressedChunk(offset: 25, compression: name)
        #expect(throws: expected) { try Sample.items(file.bytes) }
        #expect(expected.description.contains(name))
        #expect(expected.description.contains("mcap decompress IN -o OUT"))
    }

    @Test("A record out of its place is an error that names both")
    func misplaced() throws {
        var message = RawFile()
        message.append(0x05, [UInt8](repeating: 0, count: 22))
        #expect(throws: MCAPError.unknownChannel(id: 0, offset: 25)) { try Sample.items(message.bytes) }
        var nested = RawFile()
        nested.append(0x06, RawFile.chunk(RawFile.record(0x06, RawFile.chunk([]))))
        #expect(throws: MCAPError.unexpectedRecord(opcode: 6, offset: 74, place: .chunk)) {
            try Sample.items(nested.bytes)
        }
        var footer = RawFile()
        footer.append(0x02, [UInt8](repeating: 0, count: 20))
        #expect(throws: MCAPError.unexpectedRecord(opcode: 2, offset: 25, place: .dataSection)) {
            try Sample.items(footer.bytes)
        }
        var longer = RawFile()
        longer.end()
        let end = UInt64(longer.bytes.count)
        longer.bytes += [0, 0]
        #expect(throws: MCAPError.trailingBytes(offset: end, count: 2)) { try Sample.items(longer.bytes) }
        var zero = RawFile()
        zero.append(0, [])
        #expect(throws: MCAPError.invalidOpcode(offset: 25)) { try Sample.items(zero.bytes) }
    }

    @Test("A map with a key twice and a string that is not UTF-8 are errors")
    func fields() throws {
        let pair = RawFile.little(UInt32(1)) + [0x61] + RawFile.little(UInt32(0))
        var twice = RawFile()
        twice.append(0x0C, RawFile.little(UInt32(0)) + RawFile.little(UInt32(18)) + pair + pair)
        #expect(throws: MCAPError.duplicateKey(reading: "Metadata.metadata", offset: 51, key: "a")) {
            try Sample.items(twice.bytes)
        }
        var text = RawFile()
        text.append(0x0C, RawFile.little(UInt32(2)) + [0xC3, 0x28] + RawFile.little(UInt32(0)))
        #expect(throws: MCAPError.invalidText(reading: "Metadata.name", offset: 38)) {
            try Sample.items(text.bytes)
        }
    }
}

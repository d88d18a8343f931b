import Testing

@testable import Recording

@Suite("Container conformance vectors", .enabled(if: Vector.isPresent, Vector.absence))
struct ContainerConformanceTests {
    @Test("All 160 vectors are there")
    func count() {
        #expect(Vector.all.count == 160)
        #expect(Vector.all.filter { $0.name.contains("pad") }.count == 80)
    }

    @Test("Reading in order gives the expected records", arguments: Vector.all)
    func streamed(vector: Vector) throws {
        let bytes = try MCAPBytes(contentsOf: vector.path)
        #expect(bytes.count == vector.sizeBytes)
        let records = try MCAPStreamReader.items(of: bytes).compactMap(\.record.expectation)
        #expect(records == (try vector.expectation().records))
    }

    @Test("Reading by index gives the expected messages and summary", arguments: Vector.all)
    func indexed(vector: Vector) throws {
        let expectation = try vector.expectation()
        let bytes = try MCAPBytes(contentsOf: vector.path)
        let hasMessages = expectation.records.contains { $0.type == "Message" }
        // Without statistics nothing says that a file without a chunk index has no messages.
        let isIndexed =
            hasMessages ? expectation.features.contains("chx") : expectation.features.contains("st")
        guard isIndexed else {
            let error = #expect(throws: MCAPError.self) { try MCAPIndexedReader(bytes) }
            #expect(error == .notIndexed(offset: UInt64(bytes.count - 37)))
            return
        }
        let reader = try MCAPIndexedReader(bytes)
        var cursor = reader.messages()
        let messages = try cursor.all().map { MCAPRecord.message($0.message) }
        let schemas = reader.schemas.values.map { MCAPRecord.schema($0) }
        let channels = reader.channels.values.map { MCAPRecord.channel($0) }
        let statistics = reader.statistics.map { [MCAPRecord.statistics($0)] } ?? []
        let indexes = reader.chunkIndexes.map { MCAPRecord.chunkIndex($0) }
        for (type, records) in [
            ("Message", messages), ("Schema", schemas), ("Channel", channels), ("Statistics", statistics),
            ("ChunkIndex", indexes),
        ] {
            let expected = expectation.records.filter { $0.type == type }
            // The vectors define one schema and one channel, and repeat them.
            let isDefinition = type == "Schema" || type == "Channel"
            #expect(
                records.compactMap(\.expectation) == (isDefinition ? Array(expected.prefix(1)) : expected))
        }
    }

    @Test("Writing gives the expected bytes", arguments: Vector.all.filter { !$0.name.contains("pad") })
    func written(vector: Vector) throws {
        let original = try vector.bytes()
        let items = try Sample.items(original)
        var writer = try MCAPWriter(
            MemorySink(), header: .init(profile: "", library: ""), options: try vector.expectation().options)
        for item in items {
            switch item.record {
            case .schema(let schema): try writer.write(schema)
            case .channel(let channel): try writer.write(channel)
            case .message(let message): try writer.write(message)
            default: continue
            }
        }
        try writer.finish()
        #expect(writer.sink.bytes == original)
        #expect(SHA256.hexadecimalDigest(of: writer.sink.bytes) == vector.sha256)
    }

    @Test("Every record that a vector holds is encoded as it stood", arguments: Vector.all)
    func reencoded(vector: Vector) throws {
        let original = try vector.bytes()
        let isPadded = vector.name.contains("pad")
        for item in try Sample.items(original) {
            guard let encoded = try item.record.encoded() else { continue }
            let range = Int(item.offset)..<Int(item.offset + item.length)
            // Padding is no part of a record's fields: without it only the length differs.
            #expect(isPadded || encoded == Array(original[range]))
            #expect(
                encoded.dropFirst(9).elementsEqual(original[range].dropFirst(9).prefix(encoded.count - 9)))
        }
    }
}

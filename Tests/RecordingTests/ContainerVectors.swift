import Foundation
import Testing

@testable import Recording

/// The conformance vectors of the format, where they have been put beside the project.
struct Vector: CustomTestStringConvertible, Sendable {
    let name: String
    let sha256: String
    let sizeBytes: Int

    var testDescription: String { name }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../../shared/mcap"
    ).standardizedFileURL

    static let isPresent = FileManager.default.fileExists(atPath: folder.appending(path: "sha256.tsv").path)

    static let absence: Comment = """
        the MCAP conformance vectors are not there: ../shared/mcap beside the package, \
        from foxglove/mcap tests/conformance/data
        """

    static let all: [Vector] = {
        let table = try? String(contentsOf: folder.appending(path: "sha256.tsv"), encoding: .utf8)
        return (table ?? "").split(separator: "\n").map { line in
            let fields = line.split(separator: "\t").map(String.init)
            return Vector(name: fields[0], sha256: fields[1], sizeBytes: Int(fields[2]) ?? -1)
        }
    }()

    var path: String { Vector.folder.appending(path: name).path }

    func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    func expectation() throws -> Expectation {
        let json = path.replacingOccurrences(of: ".mcap", with: ".json")
        return try JSONDecoder().decode(Expectation.self, from: Data(contentsOf: URL(filePath: json)))
    }

    /// The `.json` beside a vector.
    struct Expectation: Decodable {
        struct Record: Decodable, Equatable {
            let type: String
            let fields: [[JSONValue]]
        }
        struct Meta: Decodable {
            struct Variant: Decodable { let features: Set<String> }
            let variant: Variant
        }
        let records: [Record]
        let meta: Meta

        var features: Set<String> { meta.variant.features }

        var options: MCAPWriterOptions {
            MCAPWriterOptions(
                chunks: features.contains("ch"), messageIndex: features.contains("mx"),
                chunkIndex: features.contains("chx"), statistics: features.contains("st"),
                repeatedSchemas: features.contains("rsh"), repeatedChannels: features.contains("rch"),
                attachmentIndex: features.contains("ax"), metadataIndex: features.contains("mdx"),
                summaryOffsets: features.contains("sum"))
        }
    }
}

/// JSON as the vectors use it: every number is a string.
indirect enum JSONValue: Decodable, Equatable {
    case text(String)
    case list([JSONValue])
    case map([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .map(try container.decode([String: JSONValue].self))
        }
    }
}

extension MCAPRecord {
    /// The record as a vector's `.json` has it; nil for the kinds that are left out there.
    var expectation: Vector.Expectation.Record? {
        guard let fields = vectorFields else { return nil }
        return .init(type: opcode.name, fields: fields.map { [.text($0.0), $0.1] })
    }

    private var vectorFields: [(String, JSONValue)]? {
        switch self {
        case .header(let record): [("library", .text(record.library)), ("profile", .text(record.profile))]
        case .footer(let record):
            [
                ("summary_crc", number(record.summaryCRC)),
                ("summary_offset_start", number(record.summaryOffsetStart)),
                ("summary_start", number(record.summaryStart)),
            ]
        case .schema(let record):
            [
                ("data", bytes(record.data)), ("encoding", .text(record.encoding)), ("id", number(record.id)),
                ("name", .text(record.name)),
            ]
        case .channel(let record):
            [
                ("id", number(record.id)), ("message_encoding", .text(record.messageEncoding)),
                ("metadata", .map(record.metadata.mapValues { .text($0) })),
                ("schema_id", number(record.schemaID)), ("topic", .text(record.topic)),
            ]
        case .message(let record):
            [
                ("channel_id", number(record.channelID)), ("data", bytes(record.data)),
                ("log_time", number(record.logTime)), ("publish_time", number(record.publishTime)),
                ("sequence", number(record.sequence)),
            ]
        case .dataEnd(let record): [("data_section_crc", number(record.dataSectionCRC))]
        case .statistics(let record):
            [
                ("attachment_count", number(record.attachmentCount)),
                ("channel_count", number(record.channelCount)),
                ("channel_message_counts", map(record.channelMessageCounts)),
                ("chunk_count", number(record.chunkCount)), ("message_count", number(record.messageCount)),
                ("message_end_time", number(record.messageEndTime)),
                ("message_start_time", number(record.messageStartTime)),
                ("metadata_count", number(record.metadataCount)),
                ("schema_count", number(record.schemaCount)),
            ]
        case .chunkIndex(let record):
            [
                ("chunk_length", number(record.chunkLength)),
                ("chunk_start_offset", number(record.chunkStartOffset)),
                ("compressed_size", number(record.compressedSize)),
                ("compression", .text(record.compression)),
                ("message_end_time", number(record.messageEndTime)),
                ("message_index_length", number(record.messageIndexLength)),
                ("message_index_offsets", map(record.messageIndexOffsets)),
                ("message_start_time", number(record.messageStartTime)),
                ("uncompressed_size", number(record.uncompressedSize)),
            ]
        case .summaryOffset(let record):
            [
                ("group_length", number(record.groupLength)), ("group_opcode", number(record.groupOpcode)),
                ("group_start", number(record.groupStart)),
            ]
        case .chunk, .messageIndex: nil
        // None of the vectors at hand has one; a test that meets one should fail.
        case .attachment, .attachmentIndex, .metadata, .metadataIndex: []
        }
    }

    private func number(_ value: some BinaryInteger) -> JSONValue { .text("\(value)") }

    private func bytes(_ value: [UInt8]) -> JSONValue { .list(value.map { .text("\($0)") }) }

    private func map(_ value: [UInt16: UInt64]) -> JSONValue {
        .map(
            Dictionary(uniqueKeysWithValues: value.map { ("\($0.key)", .text("\($0.value)")) }))
    }
}

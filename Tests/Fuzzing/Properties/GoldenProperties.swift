import Hashing
import Verification

/// What must hold for a text that may be a golden.
enum GoldenProperties {
    static func check(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        guard let text = String(validating: bytes, as: UTF8.self),
            let golden = try accepted(GoldenError.self, { try Golden(decoding: text) })
        else { return .refused }
        try require(golden.encoded() == text, "a golden that is read is written otherwise")
        try require(try Golden(decoding: golden.encoded()) == golden, "a golden is read otherwise")
        return .accepted
    }

    /// The text with the checksum of its lines, if its last line has one.
    static func resealed(_ bytes: [UInt8]) -> [UInt8] {
        let name = Array("checksum".utf8)
        guard bytes.last == UInt8(ascii: "\n") else { return bytes }
        let line = (bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        guard bytes[line...].starts(with: name) else { return bytes }
        let blanks = bytes[(line + name.count)...].prefix { $0 == UInt8(ascii: " ") }
        let sum = XXH3.digest64(Array(bytes[..<line])).description
        return bytes[..<line] + name + blanks + Array(sum.utf8) + [UInt8(ascii: "\n")]
    }
}

/// What must hold for bytes that may be a digests file.
enum DigestsProperties {
    static func check(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        let file = try accepted(DigestsFileError.self) { try DigestsFile(decoding: bytes) }
        guard let file else { return .refused }
        try require(file.encoded() == bytes, "a digests file that is read is written otherwise")
        return .accepted
    }

    /// The bytes with the digest of the others at their end.
    static func resealed(_ bytes: [UInt8]) -> [UInt8] { SnapshotProperties.resealed(bytes, from: 0) }
}

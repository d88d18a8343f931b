import Foundation
import Hashing
import Streaming
import Voxels

// The file by which the processes of one check share what has been cast. It is read by the program that wrote it, in a folder of its own, and is
// no format for anybody else.
//
// Layout: `LRCASTS1`, entries u64, for each the key (16 bytes), an outcome (u8: 0 aborted, 1 success) and the 44 bytes of the payload
// (zeros where aborted); XXH3-128 of all that.

/// Why a file of casts cannot be used.
package struct CastMemoryError: Error, Sendable {
    package var path: String
    package var reason: String
}

extension CastMemory {
    private static let magic = Array("LRCASTS1".utf8)

    /// Writes everything beside the file, and renames it.
    ///
    /// - Throws: ``CastMemoryError``.
    package func write(to path: String) throws(CastMemoryError) {
        var bytes = CanonicalBytes()
        bytes.append(contentsOf: CastMemory.magic)
        let all = sorted
        bytes.append(UInt64(all.count))
        for (key, outcome) in all {
            bytes.append(key)
            switch outcome {
            case .aborted:
                bytes.append(UInt8(0))
                bytes.append(contentsOf: Payload.zero.bytes)
            case .success(let payload):
                bytes.append(UInt8(1))
                bytes.append(contentsOf: payload.bytes)
            }
        }
        bytes.append(bytes.digest128())
        do {
            try Data(bytes.bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CastMemoryError(path: path, reason: error.localizedDescription)
        }
    }

    /// Takes everything out of a file.
    ///
    /// - Throws: ``CastMemoryError``.
    package func read(from path: String) throws(CastMemoryError) {
        let bytes: [UInt8]
        do {
            bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw CastMemoryError(path: path, reason: error.localizedDescription)
        }
        guard bytes.starts(with: CastMemory.magic), let entries = CastMemory.entries(bytes) else {
            throw CastMemoryError(path: path, reason: "not a whole file of casts")
        }
        keep(entries)
    }

    /// What the bytes of a file hold; nil where they are not what was written.
    private static func entries(_ bytes: [UInt8]) -> [(Digest128, CastOutcome)]? {
        var reader = CanonicalReader(bytes, at: magic.count)
        guard bytes.count >= magic.count + 24, let count: UInt64 = try? reader.next(),
            UInt64(bytes.count - magic.count - 24) == count.multipliedReportingOverflow(by: 61).partialValue
        else { return nil }
        var content = CanonicalBytes()
        content.append(contentsOf: Array(bytes.dropLast(16)))
        var end = CanonicalReader(bytes, at: bytes.count - 16)
        guard let digest = try? end.digest128(), digest == content.digest128() else { return nil }
        var entries: [(Digest128, CastOutcome)] = []
        for _ in 0..<count {
            guard let key = try? reader.digest128(), let kind: UInt8 = try? reader.next(),
                let payload = try? reader.take(Payload.byteCount)
            else { return nil }
            guard kind == 1 else {
                entries.append((key, .aborted))
                continue
            }
            guard let success = Payload(bytes: payload) else { return nil }
            entries.append((key, .success(success)))
        }
        return entries
    }
}

package import Hashing
package import Replay
package import Streaming

/// One frame of a digests file: enough of the frame's digest to decide, short digests of the stages and
/// levels to say where.
package struct DigestRow: Hashable, Sendable {
    /// The low 64 bits of the frame's digest.
    package var frame: UInt64
    /// The low 16 bits of each stage's digest, in causal order.
    package var stages: [UInt16]
    /// The low 16 bits (8 with eight levels) of each level's digest; 0 where the frame has no such level.
    package var levels: [UInt16]

    package init(_ digests: FrameDigests) {
        frame = digests.frame.low
        stages = digests.stages.map { UInt16(truncatingIfNeeded: $0.value) }
        levels = digests.levels.map { UInt16(truncatingIfNeeded: $0.value) }
    }

    package init(_ frame: SubjectFrame) {
        self.frame = frame.digest.low
        stages = frame.stages.map { UInt16(truncatingIfNeeded: $0.value) }
        levels = frame.levels.map { UInt16(truncatingIfNeeded: $0.value) }
    }

    package init(frame: UInt64, stages: [UInt16], levels: [UInt16]) {
        self.frame = frame
        self.stages = stages
        self.levels = levels
    }
}

/// Why a digests file cannot be read.
package enum DigestsFileError: Error, Equatable, Sendable {
    case badMagic(found: [UInt8])
    case newerFormat(found: Int, supported: Int)
    case wrongLength(expected: Int64, found: Int64)
    case badHeader(field: String, found: Int64)
    case checksum(expected: Digest128, found: Digest128)
}

/// The digests of a run, one fixed-size row per frame; the second half of a golden.
///
/// Layout, little-endian: header of 64 bytes (magic `LRDIGEST`, format u16, digest algorithm u16, first
/// frame u32, frame count u32, stages u8, levels u8, bytes per level u8, row size u8, 8 reserved zero
/// bytes, trace digest 16, run digest 16), rows (frame u64, stages x u16, levels x 1 or 2 bytes), and an
/// XXH3-128 over all before it. A row of the model is at most 40 bytes: levels take 2 bytes up to seven of them. A subject has as many
/// stages as it says, 1...64; the model has nine.
package struct DigestsFile: Hashable, Sendable {
    package static let formatVersion = 1
    /// The first bytes of every digests file.
    package static let magic = Array("LRDIGEST".utf8)
    static let headerCount = 64
    static let trailerCount = 16

    package var algorithm: Int
    package var firstFrame: Int32
    package var levelCount: Int
    package let stageCount: Int
    package var trace: Digest128
    package var run: Digest128
    package var rows: [DigestRow]

    package init(
        algorithm: Int = DigestAlgorithm.version, firstFrame: Int32, levelCount: Int, trace: Digest128,
        run: Digest128, rows: [DigestRow], stageCount: Int = Stage.allCases.count
    ) {
        self.stageCount = stageCount
        self.algorithm = algorithm
        self.firstFrame = firstFrame
        self.levelCount = levelCount
        self.trace = trace
        self.run = run
        self.rows = rows.map {
            DigestRow(
                frame: $0.frame, stages: $0.stages, levels: DigestsFile.fitted($0.levels, levelCount))
        }
    }

    /// The row as the file keeps it: exactly so many levels, each as wide as the file has room for.
    package func fitted(_ row: DigestRow) -> DigestRow {
        DigestRow(
            frame: row.frame, stages: row.stages, levels: DigestsFile.fitted(row.levels, levelCount))
    }

    private static func fitted(_ levels: [UInt16], _ count: Int) -> [UInt16] {
        let mask: UInt16 = bytesPerLevel(count) == 1 ? 0xFF : 0xFFFF
        return (0..<count).map { $0 < levels.count ? levels[$0] & mask : 0 }
    }

    private static func bytesPerLevel(_ levelCount: Int) -> Int { levelCount <= 7 ? 2 : 1 }

    private static func rowSize(stages: Int, levels: Int) -> Int {
        8 + 2 * stages + levels * bytesPerLevel(levels)
    }

    /// The whole file. O(frames).
    package func encoded() -> [UInt8] {
        var bytes = CanonicalBytes()
        for byte in DigestsFile.magic { bytes.append(byte) }
        bytes.append(UInt16(DigestsFile.formatVersion))
        bytes.append(UInt16(algorithm))
        bytes.append(UInt32(firstFrame))
        bytes.append(UInt32(rows.count))
        bytes.append(UInt8(stageCount))
        bytes.append(UInt8(levelCount))
        bytes.append(UInt8(DigestsFile.bytesPerLevel(levelCount)))
        bytes.append(UInt8(DigestsFile.rowSize(stages: stageCount, levels: levelCount)))
        bytes.append(UInt64(0))
        bytes.append(trace)
        bytes.append(run)
        for row in rows {
            bytes.append(row.frame)
            for stage in row.stages { bytes.append(stage) }
            for level in row.levels {
                if DigestsFile.bytesPerLevel(levelCount) == 1 {
                    bytes.append(UInt8(truncatingIfNeeded: level))
                } else {
                    bytes.append(level)
                }
            }
        }
        bytes.append(bytes.digest128())
        return bytes.bytes
    }

    /// Reads a whole file. Every length is checked against what is there before it is used.
    package init(decoding bytes: [UInt8]) throws(DigestsFileError) {
        guard bytes.starts(with: DigestsFile.magic) else {
            throw .badMagic(found: Array(bytes.prefix(8)))
        }
        let smallest = DigestsFile.headerCount + DigestsFile.trailerCount
        guard bytes.count >= smallest else {
            throw .wrongLength(expected: Int64(smallest), found: Int64(bytes.count))
        }
        var reader = LittleEndianReader(bytes: bytes, offset: 8)
        let format = Int(reader.next(UInt16.self))
        guard format == DigestsFile.formatVersion else {
            throw .newerFormat(found: format, supported: DigestsFile.formatVersion)
        }
        algorithm = Int(reader.next(UInt16.self))
        let first = reader.next(UInt32.self)
        let frameCount = Int(reader.next(UInt32.self))
        stageCount = Int(reader.next(UInt8.self))
        levelCount = Int(reader.next(UInt8.self))
        let bytesPerLevel = Int(reader.next(UInt8.self))
        let rowSize = Int(reader.next(UInt8.self))
        let reserved = reader.next(UInt64.self)
        guard let firstFrame = Int32(exactly: first) else {
            throw .badHeader(field: "first frame", found: Int64(first))
        }
        self.firstFrame = firstFrame
        guard (1...SubjectDescription.maximumStages).contains(stageCount) else {
            throw .badHeader(field: "stages", found: Int64(stageCount))
        }
        guard (0...8).contains(levelCount) else {
            throw .badHeader(field: "levels", found: Int64(levelCount))
        }
        guard bytesPerLevel == DigestsFile.bytesPerLevel(levelCount) else {
            throw .badHeader(field: "bytes per level", found: Int64(bytesPerLevel))
        }
        guard rowSize == DigestsFile.rowSize(stages: stageCount, levels: levelCount) else {
            throw .badHeader(field: "row size", found: Int64(rowSize))
        }
        guard reserved == 0 else {
            throw .badHeader(field: "reserved", found: Int64(truncatingIfNeeded: reserved))
        }
        let expected = smallest + rowSize * frameCount
        guard bytes.count == expected else {
            throw .wrongLength(expected: Int64(expected), found: Int64(bytes.count))
        }
        trace = reader.digest128()
        run = reader.digest128()
        var read: [DigestRow] = []
        read.reserveCapacity(frameCount)
        for _ in 0..<frameCount {
            let frame = reader.next(UInt64.self)
            var stages: [UInt16] = []
            for _ in 0..<stageCount { stages.append(reader.next(UInt16.self)) }
            var levels: [UInt16] = []
            for _ in 0..<levelCount {
                levels.append(bytesPerLevel == 1 ? UInt16(reader.next(UInt8.self)) : reader.next(UInt16.self))
            }
            read.append(DigestRow(frame: frame, stages: stages, levels: levels))
        }
        rows = read
        let computed = XXH3.digest128(Array(bytes.dropLast(DigestsFile.trailerCount)))
        let stored = reader.digest128()
        guard stored == computed else { throw .checksum(expected: stored, found: computed) }
    }
}

/// Reads integers from bytes whose length has been checked.
private struct LittleEndianReader {
    let bytes: [UInt8]
    var offset: Int

    mutating func next<Value: FixedWidthInteger>(_: Value.Type) -> Value {
        var value: Value = 0
        for place in 0..<MemoryLayout<Value>.size {
            value |= Value(truncatingIfNeeded: bytes[offset + place]) << (8 * place)
        }
        offset += MemoryLayout<Value>.size
        return value
    }

    mutating func digest128() -> Digest128 {
        let low = next(UInt64.self)
        return Digest128(high: next(UInt64.self), low: low)
    }
}

/// Compares a file's summary with the data that it summarises, while both are read in order.
struct MCAPSummaryCheck {
    /// Where the summary would begin: right after the DataEnd.
    var start = 0

    private struct Place {
        let frame: MCAPFrame
        let chunk: MCAPChunk?
    }

    /// What indexes may point at, by file offset, until one has.
    private var places: [UInt64: Place] = [:]
    private var chunksLeft = 0
    private var hasChunkIndex = false
    private var firstSummaryOffset: Int?

    mutating func add(_ frame: MCAPFrame, _ chunk: MCAPChunk? = nil) {
        places[UInt64(frame.start)] = Place(frame: frame, chunk: chunk)
        if chunk != nil { chunksLeft += 1 }
    }

    mutating func verify(_ index: MCAPChunkIndex, at frame: MCAPFrame) throws(MCAPError) {
        let place = try take(.chunk, index.chunkStartOffset, index.chunkLength, at: frame)
        hasChunkIndex = true
        chunksLeft -= 1
        if let chunk = place.chunk, let error = index.disagreement(with: chunk, at: place.frame) {
            throw error
        }
    }

    mutating func verify(
        _ opcode: MCAPOpcode, _ offset: UInt64, _ length: UInt64, at frame: MCAPFrame
    ) throws(MCAPError) {
        _ = try take(opcode, offset, length, at: frame)
    }

    mutating func verify(
        _ group: MCAPSummaryOffset, at frame: MCAPFrame, of bytes: MCAPBytes
    ) throws(MCAPError) {
        let end = firstSummaryOffset ?? frame.start
        firstSummaryOffset = end
        guard group.groupStart >= UInt64(start), group.groupStart <= UInt64(end),
            group.groupLength <= UInt64(end) - group.groupStart
        else {
            throw .lengthOutOfBounds(
                reading: "SummaryOffset.group_start", offset: UInt64(frame.start), length: group.groupLength,
                available: UInt64(end - start))
        }
        guard group.groupLength > 0 else { return }
        let found = bytes[Int(group.groupStart)]
        guard found == group.groupOpcode else {
            throw .inconsistent(
                reading: "SummaryOffset.group_opcode", offset: UInt64(frame.start), expected: UInt64(found),
                found: UInt64(group.groupOpcode))
        }
    }

    /// Checks the summary's checksum before any of its records is read, so that damage is called damage.
    ///
    /// When the file does not end in a footer there is nothing to check yet; reading on will say why.
    func verifyChecksum(of bytes: MCAPBytes) throws(MCAPError) {
        guard let (footer, frame) = try? MCAPFooter.last(of: bytes), frame.start >= start else { return }
        try verifyChecksum(footer, at: frame, of: bytes)
    }

    private func verifyChecksum(
        _ footer: MCAPFooter, at frame: MCAPFrame, of bytes: MCAPBytes
    ) throws(MCAPError) {
        try bytes.requireChecksum(
            footer.summaryCRC, of: start..<frame.start + MCAPFormat.footerChecksummedSize, .summarySection)
    }

    func verify(_ footer: MCAPFooter, at frame: MCAPFrame, of bytes: MCAPBytes) throws(MCAPError) {
        let isEmpty = frame.start == start
        if !(isEmpty && footer.summaryStart == 0), footer.summaryStart != UInt64(start) {
            throw .inconsistent(
                reading: "Footer.summary_start", offset: UInt64(frame.start),
                expected: isEmpty ? 0 : UInt64(start), found: footer.summaryStart)
        }
        let summaryOffsetStart = UInt64(firstSummaryOffset ?? 0)
        if footer.summaryOffsetStart != summaryOffsetStart,
            !(firstSummaryOffset == nil && footer.summaryOffsetStart == UInt64(frame.start))
        {
            throw .inconsistent(
                reading: "Footer.summary_offset_start", offset: UInt64(frame.start),
                expected: summaryOffsetStart, found: footer.summaryOffsetStart)
        }
        try verifyChecksum(footer, at: frame, of: bytes)
        if hasChunkIndex, chunksLeft != 0 {
            throw .inconsistent(
                reading: "number of chunks without a ChunkIndex", offset: UInt64(frame.start), expected: 0,
                found: UInt64(chunksLeft))
        }
    }

    private mutating func take(
        _ opcode: MCAPOpcode, _ offset: UInt64, _ length: UInt64, at frame: MCAPFrame
    ) throws(MCAPError) -> Place {
        guard let place = places.removeValue(forKey: offset), place.frame.opcode == opcode.rawValue else {
            throw .inconsistent(
                reading: "number of \(opcode.name) records that an index finds at offset \(offset)",
                offset: UInt64(frame.start), expected: 1, found: 0)
        }
        let found = UInt64(place.frame.end - place.frame.start)
        guard found == length else {
            throw .inconsistent(
                reading: "length of the \(opcode.name) in its index", offset: UInt64(frame.start),
                expected: found, found: length)
        }
        return place
    }
}

extension MCAPFooter {
    /// The footer that a file ends in, found from its end.
    static func last(of bytes: MCAPBytes) throws(MCAPError) -> (MCAPFooter, MCAPFrame) {
        try bytes.requireMagic(at: 0)
        let size = MCAPFormat.recordHeaderSize + MCAPFormat.footerSize + MCAPFormat.magic.count
        guard bytes.count >= MCAPFormat.magic.count + size else {
            throw .truncated(
                reading: "Footer", offset: UInt64(MCAPFormat.magic.count), needed: UInt64(size),
                available: UInt64(bytes.count - MCAPFormat.magic.count))
        }
        try bytes.requireMagic(at: bytes.count - MCAPFormat.magic.count)
        let frame = try MCAPFrame(at: bytes.count - size, of: bytes)
        guard frame.opcode == MCAPOpcode.footer.rawValue, frame.content.count == MCAPFormat.footerSize,
            case .footer(let footer)? = try MCAPRecord(frame, of: bytes)
        else { throw frame.unexpected(in: .index) }
        return (footer, frame)
    }
}

extension MCAPFrame {
    func unexpected(in place: MCAPPlace) -> MCAPError {
        .unexpectedRecord(opcode: opcode, offset: UInt64(start), place: place)
    }
}

extension MCAPBytes {
    /// Checks that the magic stands at `position`.
    func requireMagic(at position: Int) throws(MCAPError) {
        let magic = MCAPFormat.magic
        let found = copy(position..<min(position + magic.count, count))
        if found == magic { return }
        if magic.starts(with: found) {
            throw .truncated(
                reading: "magic", offset: UInt64(position), needed: UInt64(magic.count),
                available: UInt64(found.count))
        }
        throw .badMagic(offset: UInt64(position), found: found)
    }

    /// Checks the CRC32 of `range`, unless the file gives none.
    func requireChecksum(
        _ expected: UInt32, of range: Range<Int>, _ what: MCAPChecksum
    ) throws(MCAPError) {
        guard expected != 0 else { return }
        let found = checksum(range)
        guard found == expected else {
            throw .crcMismatch(
                what: what, offset: UInt64(range.lowerBound), expected: expected, found: found)
        }
    }
}

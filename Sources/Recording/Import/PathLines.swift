/// The lines of a text of numbers, one after another: without comments, which begin with `#`, and without lines
/// of blanks. A carriage return is a blank, a byte order mark at the start of the file is skipped.
struct PathLines {
    enum Separator {
        /// Any number of blanks and tabs.
        case blanks
        /// One comma, with any number of blanks around it.
        case comma
    }

    /// Bytes of one line that is no comment: more than 200 for each of the columns that a format has.
    static let maximumLineSizeBytes = 4096

    private let bytes: MCAPBytes
    private let separator: Separator
    private var position = 0
    private var line = 0

    /// - Throws: ``ImportError/tooMany(what:count:limit:)`` for a file that is too large.
    init(_ bytes: MCAPBytes, separator: Separator) throws(ImportError) {
        guard bytes.count <= PathImport.maximumSizeBytes else {
            throw .tooMany(
                what: "bytes", count: bytes.count, limit: PathImport.maximumSizeBytes)
        }
        self.bytes = bytes
        self.separator = separator
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if bytes.count >= mark.count, bytes.copy(0..<mark.count) == mark { position = mark.count }
    }

    /// The next line with something in it; nil after the last. O(bytes) for all of them together.
    mutating func next() throws(ImportError) -> PathLine? {
        while position < bytes.count {
            var start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
            let end = position
            position += 1
            line += 1
            while start < end, PathLines.isBlank(bytes[start]) { start += 1 }
            if start == end || bytes[start] == UInt8(ascii: "#") { continue }
            guard end - start <= PathLines.maximumLineSizeBytes else {
                throw .lineTooLong(
                    line: line, sizeBytes: end - start, limit: PathLines.maximumLineSizeBytes)
            }
            guard let text = bytes.text(start..<end) else { throw .notText(line: line) }
            return PathLine(number: line, fields: fields(text))
        }
        return nil
    }

    private func fields(_ text: String) -> [Substring] {
        switch separator {
        case .blanks: text.utf8.split(whereSeparator: PathLines.isBlank).map { Substring($0) }
        case .comma:
            text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { field in
                let start = field.drop(while: PathLines.isBlank)
                let blanks = start.reversed().prefix(while: PathLines.isBlank).count
                return Substring(start.dropLast(blanks))
            }
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}

/// One line, cut into its columns.
struct PathLine {
    /// From 1, comments and empty lines counted.
    let number: Int
    let fields: [Substring]

    /// Characters of a wrong field that an error shows.
    private static let maximumShown = 40

    var place: ImportPlace { .line(number) }

    /// - Throws: ``ImportError`` where there are fewer columns than names, or, unless `isOpen`, more.
    func requireColumns(_ names: [String], isOpen: Bool = false) throws(ImportError) {
        guard fields.count == names.count || isOpen && fields.count > names.count else {
            throw .columns(line: number, expected: names, isOpen: isOpen, found: fields.count)
        }
    }

    /// The numbers of the columns from `start` on, one for each name.
    ///
    /// - Precondition: the line has so many columns.
    func numbers(_ names: some Collection<String>, from start: Int) throws(ImportError) -> [Double] {
        var numbers: [Double] = []
        numbers.reserveCapacity(names.count)
        for (field, name) in zip(fields[start...], names) {
            let isHexadecimal = field.utf8.contains { $0 == UInt8(ascii: "x") || $0 == UInt8(ascii: "X") }
            guard let number = Double(field), !isHexadecimal else { throw notANumber(field, name) }
            guard number.isFinite else {
                throw .notFinite(place, field: name, found: PathLine.shown(field))
            }
            numbers.append(number)
        }
        return numbers
    }

    /// The column as a number of seconds, in nanoseconds.
    func nanoseconds(ofSecondsIn column: Int, _ name: String) throws(ImportError) -> Int64 {
        let field = fields[column]
        guard let seconds = ExactDecimal(field) else {
            if let number = Double(field), !number.isFinite {
                throw .notFinite(place, field: name, found: PathLine.shown(field))
            }
            throw notANumber(field, name)
        }
        guard let time = DecimalSeconds.nanoseconds(seconds) else {
            throw .timeOutOfRange(place, found: "\(PathLine.shown(field)) s")
        }
        return time
    }

    /// The column as an integer of nanoseconds.
    func nanoseconds(in column: Int, _ name: String) throws(ImportError) -> Int64 {
        let field = fields[column]
        let digits = field.hasPrefix("-") ? field.dropFirst() : field
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .notAnInteger(line: number, column: name, found: PathLine.shown(field))
        }
        guard let time = Int64(field) else {
            throw .timeOutOfRange(place, found: "\(PathLine.shown(field)) ns")
        }
        return time
    }

    private func notANumber(_ field: Substring, _ name: String) -> ImportError {
        .notANumber(line: number, column: name, found: PathLine.shown(field))
    }

    private static func shown(_ field: Substring) -> String { String(field.prefix(maximumShown)) }
}

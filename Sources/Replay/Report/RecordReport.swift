import Hashing
import Streaming
package import Topology
import Voxels

// What a subject's records say, in the words of reports.

extension CellReport {
    /// A state record as a subject gives it: `fields` are those that it fills, nil all. `payload` is the payload record of the same cell.
    ///
    /// - Returns: nil for bytes that are no such record.
    package init?(stateRecord record: [UInt8], fields: [String]?, payload: [UInt8]?) {
        let known = SubjectDescription.stateRecordFields.filter { fields?.contains($0.name) ?? true }
        guard record.first == RecordTag.state,
            record.count == known.reduce(1, { $0 + $1.bytes.count })
        else { return nil }
        var level = 0
        var cell = Cell(0, 0, 0)
        var members: [(name: String, value: ReportValue)] = []
        var reader = CanonicalReader(record, at: 1)
        do throws(CanonicalReader.OutOfBytes) {
            for (name, bytes) in known {
                switch name {
                case "level": level = Int(try reader.next(UInt8.self))
                case "cell":
                    cell = Cell(
                        try reader.next(Int32.self), try reader.next(Int32.self), try reader.next(Int32.self))
                case "lifecycle":
                    let number = try reader.next(UInt8.self)
                    members.append(
                        (name, .text(Lifecycle(rawValue: number)?.name ?? "number \(number), which is none")))
                case "flags": members.append((name, .integer(Int64(try reader.next(UInt8.self)))))
                case "generation": members.append((name, .integer(Int64(try reader.next(UInt32.self)))))
                default:
                    precondition(bytes.count == 4, "the other fields are numbers of 32 bits")
                    let number = try reader.next(Int32.self)
                    members.append((name, number == ProbeState.never ? .null : .integer(Int64(number))))
                }
            }
        } catch {
            return nil
        }
        if let payload {
            // Only what is a payload of the model, to the last reserved bit, has its fields.
            let bytes = payload.dropFirst(14)
            if bytes.count == Payload.byteCount, let known = Payload(bytes: bytes), known.bytes[...] == bytes
            {
                members.append(("payload", .object(known.fields.map { ($0.name, .text($0.text)) })))
            } else {
                members.append(("payload", .hexadecimal(bytes)))
            }
        }
        self.init(level: level, cell: cell, fields: .object(members))
    }

    /// The cell that a payload record is of; nil for bytes that are no such record.
    package static func place(ofPayloadRecord record: [UInt8]) -> (level: Int, cell: Cell)? {
        guard record.count >= 14, record[0] == RecordTag.payload else { return nil }
        var reader = CanonicalReader(record, at: 2)
        guard let x = try? reader.next(Int32.self), let y = try? reader.next(Int32.self),
            let z = try? reader.next(Int32.self)
        else { return nil }
        return (Int(record[1]), Cell(x, y, z))
    }
}

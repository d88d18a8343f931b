import Hashing
import Streaming
import Topology

/// What a subject says of one frame, as lines of JSON: as a dump of the model where the subject has its stages, with the hashed bytes where it has
/// stages of its own.
package enum SubjectDump {
    /// The lines of a frame: its digests, then its stages, then its probes. O(records).
    ///
    /// - Parameters:
    ///   - frame: with records; without, there is its first line only.
    ///   - description: of the subject.
    ///   - levels: of the system at the end of the frame.
    ///   - events: of the frame.
    /// - Returns: each line without its end.
    package static func lines(
        _ frame: SubjectFrame, of description: SubjectDescription, levels: Int, events: Int
    ) -> [String] {
        var lines = [head(frame, description).json]
        guard let records = frame.records else { return lines }
        for (stage, bytes) in zip(description.stages, records.stages) {
            if stage.fields == nil, let known = stage.stage {
                lines.append(StageReport(known, bytes, levels: levels, events: events).line.json)
            } else {
                lines.append(
                    ReportValue.object([
                        ("stage", .text(stage.name)),
                        ("digest", .text(XXH3.digest64(bytes).description)),
                        ("bytes", .hexadecimal(bytes)),
                    ]).json)
            }
        }
        return lines + cells(records, description).map { $0.line().json }
    }

    private static func head(_ frame: SubjectFrame, _ description: SubjectDescription) -> ReportValue {
        .object([
            ("frame", .integer(Int64(frame.frame))), ("subject", .text(description.name)),
            ("version", .text(description.version)), ("digest", .text(frame.digest.description)),
            (
                "stages",
                .object(zip(description.stages, frame.stages).map { ($0.name, .text($1.description)) })
            ),
            ("levels", .list(frame.levels.map { .text($0.description) })),
        ])
    }

    /// The probes of all state records that can be read.
    package static func cells(
        _ records: SubjectRecords, _ description: SubjectDescription
    ) -> [CellReport] {
        struct Place: Hashable {
            var level: Int
            var cell: Cell
        }
        // Order: looked up, never walked.
        var payloadOf: [Place: [UInt8]] = [:]
        for record in records.payloads where description.payloads == .full {
            guard let (level, cell) = CellReport.place(ofPayloadRecord: record) else { continue }
            payloadOf[Place(level: level, cell: cell)] = record
        }
        let fields = description.stateFields
        return records.states.compactMap { record in
            guard let bare = CellReport(stateRecord: record, fields: fields, payload: nil) else { return nil }
            let payload = payloadOf[Place(level: bare.level, cell: bare.cell)]
            return CellReport(stateRecord: record, fields: fields, payload: payload)
        }
    }
}

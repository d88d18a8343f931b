import Recording

/// Just enough of JSON to print reports: keys in the order given, no floating point.
indirect enum JSON {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case null
    case array([JSON])
    case members([(String, JSON)])

    /// Rows of a report, each with its name.
    static func rows(_ rows: [(name: String, value: String)]) -> JSON {
        .array(rows.map { .object([("name", .string($0.name)), ("value", .string($0.value))]) })
    }

    static func object(_ members: [(String, JSON)]) -> JSON { .members(members) }

    var text: String {
        switch self {
        case .string(let value): JSONLine.quoted(value)
        case .integer(let value): "\(value)"
        case .boolean(let value): value ? "true" : "false"
        case .null: "null"
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .members(let members):
            "{" + members.map { "\(JSONLine.quoted($0)):\($1.text)" }.joined(separator: ",") + "}"
        }
    }
}

import Recording

/// Just enough of JSON to print reports: keys in the order given, no floating point but hundredths.
package indirect enum JSON: Sendable {
    case string(String)
    case integer(Int)
    /// Printed with two places.
    case hundredths(Double)
    /// A number as it is to be printed.
    case number(String)
    case boolean(Bool)
    case null
    case array([JSON])
    case members([(String, JSON)])

    /// Rows of a report, each with its name.
    package static func rows(_ rows: [(name: String, value: String)]) -> JSON {
        .array(rows.map { .object([("name", .string($0.name)), ("value", .string($0.value))]) })
    }

    package static func object(_ members: [(String, JSON)]) -> JSON { .members(members) }

    private func twoPlaces(_ value: Double) -> String { Verification.hundredths(value) }

    package var text: String {
        switch self {
        case .string(let value): JSONLine.quoted(value)
        case .integer(let value): "\(value)"
        case .hundredths(let value): twoPlaces(value)
        case .number(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .null: "null"
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .members(let members):
            "{" + members.map { "\(JSONLine.quoted($0)):\($1.text)" }.joined(separator: ",") + "}"
        }
    }
}

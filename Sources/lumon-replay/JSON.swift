/// Just enough of JSON to print reports: keys in the order given, no floating point.
indirect enum JSON {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case null
    case array([JSON])
    case members([(String, JSON)])

    static func object(_ members: [(String, JSON)]) -> JSON { .members(members) }

    var text: String {
        switch self {
        case .string(let value): "\"" + JSON.escaped(value) + "\""
        case .integer(let value): "\(value)"
        case .boolean(let value): value ? "true" : "false"
        case .null: "null"
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .members(let members):
            "{" + members.map { "\"\(JSON.escaped($0))\":\($1.text)" }.joined(separator: ",") + "}"
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// One JSON object on one line, keys in the order in which they are given. Numbers are the shortest that read
/// back as the same value, so that the same content is the same text everywhere.
package struct JSONLine {
    private var text = "{"

    package init() {}

    /// The line with its closing brace.
    package var closed: String { text + "}" }

    package mutating func add(_ key: String, _ value: some BinaryInteger) { add(key, raw: "\(value)") }

    package mutating func add(_ key: String, _ value: Bool) { add(key, raw: value ? "true" : "false") }

    /// JSON has no infinity and no NaN: they stand as texts.
    package mutating func add(_ key: String, _ value: Double) { add(key, raw: JSONLine.number(value)) }

    package mutating func add(_ key: String, _ value: String) { add(key, raw: JSONLine.quoted(value)) }

    package mutating func add(_ key: String, _ values: [Double]) {
        add(key, raw: "[" + values.map(JSONLine.number).joined(separator: ",") + "]")
    }

    package mutating func add(_ key: String, _ values: [some BinaryInteger]) {
        add(key, raw: "[" + values.map { "\($0)" }.joined(separator: ",") + "]")
    }

    package mutating func add(_ key: String, _ values: [String]) {
        add(key, raw: "[" + values.map(JSONLine.quoted).joined(separator: ",") + "]")
    }

    /// Stands for a value that there is not.
    package mutating func addNull(_ key: String) { add(key, raw: "null") }

    /// An object within the object.
    package mutating func add(_ key: String, _ content: (inout JSONLine) -> Void) {
        var inner = JSONLine()
        content(&inner)
        add(key, raw: inner.closed)
    }

    private mutating func add(_ key: String, raw: String) {
        if text.utf8.count > 1 { text += "," }
        text += JSONLine.quoted(key) + ":" + raw
    }

    private static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "\"\(value)\"" }

    /// A JSON string with its quotes.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

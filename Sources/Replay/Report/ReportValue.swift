import Recording

/// A value of a report: what JSON can hold, with the names of an object in the order in which they are shown.
package indirect enum ReportValue: Sendable {
    case null
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([ReportValue])
    case object([(name: String, value: ReportValue)])

    /// One of the values of a leaf of the tree, by its path: `levels[1].anchor`. A list of plain values is a leaf.
    package typealias Leaf = (path: String, text: String)

    /// Every leaf, in order.
    package func leaves(_ path: String = "") -> [Leaf] {
        switch self {
        case .object(let members):
            members.flatMap { $0.value.leaves(path.isEmpty ? $0.name : "\(path).\($0.name)") }
        case .list(let values) where !values.allSatisfy(\.isPlain):
            values.enumerated().flatMap { $0.element.leaves("\(path)[\($0.offset)]") }
        case .null, .flag, .integer, .number, .text, .list: [(path, plainText)]
        }
    }

    /// The member of that name of an object.
    package subscript(name: String) -> ReportValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text of a text.
    package var string: String? {
        if case .text(let text) = self { text } else { nil }
    }

    private var isPlain: Bool {
        switch self {
        case .list, .object: false
        case .null, .flag, .integer, .number, .text: true
        }
    }

    /// Numbers that are equal have the same text, whether or not a file wrote them with a fraction; a zero with a
    /// sign is another one.
    private var plainText: String {
        switch self {
        case .null: "nothing"
        case .flag(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value):
            if value == 0, value.sign == .minus {
                "-0"
            } else if let integer = Int64(exactly: value), abs(value) < 0x1p53 {
                "\(integer)"
            } else {
                "\(value)"
            }
        case .text(let text): text
        case .list(let values): "(" + values.map(\.plainText).joined(separator: ", ") + ")"
        case .object: ""
        }
    }

    /// As JSON, without line breaks.
    package var json: String {
        switch self {
        case .null: "null"
        case .flag(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): value.isFinite ? "\(value)" : "\"\(value)\""
        case .text(let text): JSONLine.quoted(text)
        case .list(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\(JSONLine.quoted($0.name)):\($0.value.json)" }.joined(separator: ",") + "}"
        }
    }
}

extension ReportValue: Decodable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads any JSON. The names of an object come in the order of their bytes: a decoder does not keep the file's.
    package init(from decoder: any Decoder) throws {
        if let members = try? decoder.container(keyedBy: Name.self) {
            let names = members.allKeys.sorted { $0.stringValue < $1.stringValue }
            self = .object(
                try names.map { ($0.stringValue, try members.decode(ReportValue.self, forKey: $0)) })
            return
        }
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let integer = try? value.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else {
            self = .list(try value.decode([ReportValue].self))
        }
    }
}

extension ReportValue {
    static func hexadecimal(_ value: UInt64) -> ReportValue {
        let digits = String(value, radix: 16)
        return .text(String(repeating: "0", count: 16 - digits.count) + digits)
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> ReportValue {
        var text = ""
        for byte in bytes { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return .text(text)
    }
}

import TOMLKit

/// A value of a TOML file. The one place that knows the parser: what comes after sees only this.
indirect enum ScenarioValue {
    case string(String)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case array([ScenarioValue])
    case table([String: ScenarioValue])
    case date

    /// What a user would call it.
    var kind: String {
        switch self {
        case .string(let text): "the text \"\(text.prefix(40))\""
        case .integer(let value): "the integer \(value)"
        case .number(let value): "the number \(value)"
        case .boolean(let value): "\(value)"
        case .array(let values): "a list of \(values.count)"
        case .table: "a table"
        case .date: "a date or time"
        }
    }

    /// Parses a whole file. Its size is bounded, so that what the parser allocates is as well.
    static func parse(_ text: String, file: String) throws(ScenarioError) -> [String: ScenarioValue] {
        let size = text.utf8.count
        guard size <= maximumSizeBytes else {
            throw ScenarioError(
                file: file, line: nil, column: nil, path: "",
                problem: .tooLarge(what: "bytes", value: Int64(size), limit: Int64(maximumSizeBytes)))
        }
        if let fault = HazardScan.fault(in: text) {
            throw ScenarioError(
                file: file, line: fault.line, column: fault.column, path: "", problem: .syntax(fault.reason))
        }
        do {
            let root = try TOMLTable(string: text)
            return withExtendedLifetime(root) { convert(root) }
        } catch let error as TOMLParseError {
            throw ScenarioError(
                file: file, line: error.source.begin.line, column: error.source.begin.column, path: "",
                problem: .syntax(error.description))
        } catch {
            throw ScenarioError(
                file: file, line: nil, column: nil, path: "", problem: .syntax("\(error)"))
        }
    }

    /// Bytes of the largest file that is read.
    static let maximumSizeBytes = 1 << 20

    private static func convert(_ table: TOMLTable) -> [String: ScenarioValue] {
        var result: [String: ScenarioValue] = [:]
        for key in table.keys {
            if let value = table[key] { result[key] = convert(value) }
        }
        return result
    }

    private static func convert(_ value: any TOMLValueConvertible) -> ScenarioValue {
        switch value.type {
        case .string: .string(value.string ?? "")
        case .int: .integer(Int64(value.int ?? 0))
        case .double: .number(value.double ?? 0)
        case .bool: .boolean(value.bool ?? false)
        case .array: .array(value.array?.map(convert) ?? [])
        case .table: .table(value.table.map(convert) ?? [:])
        case .date, .time, .dateTime: .date
        }
    }
}

import Topology
import Voxels

/// A table of a scenario that is read strictly: a key that is not expected, a missing one and a value of
/// the wrong type are errors that name the key.
struct ScenarioTable {
    let source: ScenarioSource
    let path: String
    private let values: [String: ScenarioValue]

    init(source: ScenarioSource, path: String, values: [String: ScenarioValue]) {
        self.source = source
        self.path = path
        self.values = values
    }

    /// The keys that are there, ascending.
    var keys: [String] { values.keys.sorted() }

    func has(_ key: String) -> Bool { values[key] != nil }

    func at(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func allow(_ allowed: [String]) throws(ScenarioError) {
        for key in keys where !allowed.contains(key) {
            let nearest = Spelling.nearest(to: key, among: allowed)
            throw source.error(at(key), .unknownKey(allowed: allowed, nearest: nearest))
        }
    }

    /// The one of `names` that is there.
    func exactlyOne(of names: [String]) throws(ScenarioError) -> String {
        let found = names.filter(has)
        guard found.count == 1, let name = found.first else {
            throw source.error(path, .oneOf(keys: names, found: found))
        }
        return name
    }

    func string(_ key: String) throws(ScenarioError) -> String {
        let value = try value(key, "a text")
        guard case .string(let text) = value else { throw wrongType(key, "a text", value) }
        return text
    }

    /// One of a few words.
    func word(_ key: String, among words: [String]) throws(ScenarioError) -> String {
        let expected = "one of " + words.map { "\"\($0)\"" }.joined(separator: ", ")
        let value = try value(key, expected)
        guard case .string(let text) = value else { throw wrongType(key, expected, value) }
        guard words.contains(text) else {
            throw source.error(
                at(key),
                .wrongValue(
                    expected: expected, found: "\"\(text)\"",
                    nearest: Spelling.nearest(to: text, among: words)))
        }
        return text
    }

    func boolean(_ key: String) throws(ScenarioError) -> Bool {
        let value = try value(key, "true or false")
        guard case .boolean(let flag) = value else { throw wrongType(key, "true or false", value) }
        return flag
    }

    func integer(_ key: String, _ range: ClosedRange<Int64>) throws(ScenarioError) -> Int64 {
        let expected = "an integer from \(range.lowerBound) to \(range.upperBound)"
        return try integer(value(key, expected), at(key), range, expected)
    }

    /// A finite number; an integer is one as well.
    func number(_ key: String, _ range: ClosedRange<Double>) throws(ScenarioError) -> Double {
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        return try number(value(key, expected), at(key), range, expected)
    }

    /// A 64-bit seed: an integer that is not negative, or, since TOML's integers are signed, a text of up to 16
    /// hexadecimal digits after `0x`.
    func seed(_ key: String) throws(ScenarioError) -> UInt64 {
        let expected = "an integer that is not negative, or a text like \"0x0123456789abcdef\""
        let value = try value(key, expected)
        switch value {
        case .integer(let number) where number >= 0: return UInt64(number)
        case .string(let text) where text.hasPrefix("0x"):
            let digits = text.dropFirst(2)
            if (1...16).contains(digits.utf8.count), !digits.hasPrefix("+"), !digits.hasPrefix("-"),
                let seed = UInt64(digits, radix: 16)
            {
                return seed
            }
        default: break
        }
        throw wrongType(key, expected, value)
    }

    func point(_ key: String) throws(ScenarioError) -> WorldPoint {
        let expected = "three numbers [x, y, z] within ±\(ScenarioLimits.coordinate)"
        let range = -ScenarioLimits.coordinate...ScenarioLimits.coordinate
        let list = try list(key, expected)
        guard list.count == 3 else { throw wrongType(key, expected, .array(list)) }
        return WorldPoint(
            try number(list[0], "\(at(key))[0]", range, expected),
            try number(list[1], "\(at(key))[1]", range, expected),
            try number(list[2], "\(at(key))[2]", range, expected))
    }

    /// Three integers, as voxels and chunks are named by.
    func integers(_ key: String) throws(ScenarioError) -> VoxelCoordinate {
        let limit = ScenarioLimits.voxel
        let expected = "three integers [x, y, z] within ±\(limit)"
        let list = try list(key, expected)
        guard list.count == 3 else { throw wrongType(key, expected, .array(list)) }
        return VoxelCoordinate(
            try integer(list[0], "\(at(key))[0]", -limit...limit, expected),
            try integer(list[1], "\(at(key))[1]", -limit...limit, expected),
            try integer(list[2], "\(at(key))[2]", -limit...limit, expected))
    }

    /// Budgets per level, at least one.
    func int32List(_ key: String, limit: Int) throws(ScenarioError) -> [Int32] {
        let expected = "a list of 1 to \(limit) integers"
        let list = try list(key, expected)
        guard (1...limit).contains(list.count) else { throw wrongType(key, expected, .array(list)) }
        var result: [Int32] = []
        for (index, value) in list.enumerated() {
            let range = Int64(Int32.min)...Int64(Int32.max)
            result.append(Int32(try integer(value, "\(at(key))[\(index)]", range, expected)))
        }
        return result
    }

    /// A list of at most `limit` texts.
    func strings(_ key: String, limit: Int = 64) throws(ScenarioError) -> [String] {
        let expected = "a list of at most \(limit) texts"
        let values = try list(key, expected)
        guard values.count <= limit else {
            throw source.error(
                at(key), .wrongValue(expected: expected, found: "\(values.count) values", nearest: nil))
        }
        var texts: [String] = []
        for value in values {
            guard case .string(let text) = value else { throw wrongType(key, expected, value) }
            texts.append(text)
        }
        return texts
    }

    func table(_ key: String) throws(ScenarioError) -> ScenarioTable {
        let value = try value(key, "a table")
        guard case .table(let values) = value else { throw wrongType(key, "a table", value) }
        return ScenarioTable(source: source, path: at(key), values: values)
    }

    /// The tables of `[[key]]`, none where it is missing.
    func tables(_ key: String, limit: Int) throws(ScenarioError) -> [ScenarioTable] {
        guard has(key) else { return [] }
        let list = try list(key, "tables [[\(key)]]")
        guard list.count <= limit else {
            throw source.error(
                at(key), .tooLarge(what: "tables", value: Int64(list.count), limit: Int64(limit)))
        }
        var result: [ScenarioTable] = []
        for (index, value) in list.enumerated() {
            let place = "\(at(key))[\(index)]"
            guard case .table(let values) = value else {
                throw source.error(place, .wrongType(expected: "a table", found: value.kind))
            }
            result.append(ScenarioTable(source: source, path: place, values: values))
        }
        return result
    }

    private func value(_ key: String, _ expected: String) throws(ScenarioError) -> ScenarioValue {
        guard let value = values[key] else { throw source.error(at(key), .missingKey(expected: expected)) }
        return value
    }

    private func list(_ key: String, _ expected: String) throws(ScenarioError) -> [ScenarioValue] {
        let value = try value(key, expected)
        guard case .array(let values) = value else { throw wrongType(key, expected, value) }
        return values
    }

    private func integer(
        _ value: ScenarioValue, _ place: String, _ range: ClosedRange<Int64>, _ expected: String
    ) throws(ScenarioError) -> Int64 {
        guard case .integer(let number) = value else {
            throw source.error(place, .wrongType(expected: expected, found: value.kind))
        }
        guard range.contains(number) else {
            throw source.error(place, .wrongValue(expected: expected, found: "\(number)", nearest: nil))
        }
        return number
    }

    private func number(
        _ value: ScenarioValue, _ place: String, _ range: ClosedRange<Double>, _ expected: String
    ) throws(ScenarioError) -> Double {
        let number: Double
        switch value {
        case .integer(let integer): number = Double(integer)
        case .number(let double): number = double
        default: throw source.error(place, .wrongType(expected: expected, found: value.kind))
        }
        guard range.contains(number) else {
            throw source.error(place, .wrongValue(expected: expected, found: "\(number)", nearest: nil))
        }
        return number
    }

    private func wrongType(_ key: String, _ expected: String, _ found: ScenarioValue) -> ScenarioError {
        source.error(at(key), .wrongType(expected: expected, found: found.kind))
    }
}

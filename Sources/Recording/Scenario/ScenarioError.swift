/// Why a text is not a scenario: what is wrong, and where.
package struct ScenarioError: Error, Equatable, Sendable {
    /// The file as it was named by the caller.
    package var file: String
    /// From 1; nil where the fault is of the file as a whole.
    package var line: Int?
    /// From 1; known for faults of syntax only.
    package var column: Int?
    /// The key with the tables around it, like `camera[2].frames`; empty for the file as a whole.
    package var path: String
    package var problem: Problem

    package enum Problem: Equatable, Sendable {
        /// The text is not TOML.
        case syntax(String)
        case unknownKey(allowed: [String], nearest: String?)
        case missingKey(expected: String)
        case wrongType(expected: String, found: String)
        case wrongValue(expected: String, found: String, nearest: String?)
        /// Exactly one of these keys has to be there.
        case oneOf(keys: [String], found: [String])
        case tooLarge(what: String, value: Int64, limit: Int64)
        /// Two parts of the scenario do not go together.
        case conflict(String)
        case unreadable(String)
    }
}

extension ScenarioError: CustomStringConvertible {
    /// `file:line:column: key: what was expected and what was found.`
    package var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let column { place += ":\(column)" }
        let key = path.isEmpty ? "" : "\(path): "
        return "\(place): \(key)\(problem.sentence)"
    }
}

extension ScenarioError.Problem {
    fileprivate var sentence: String {
        switch self {
        case .syntax(let reason): "not valid TOML: \(reason)"
        case .unknownKey(let allowed, let nearest):
            "unknown key\(hint(nearest)); expected one of \(allowed.joined(separator: ", "))"
        case .missingKey(let expected): "missing; expected \(expected)"
        case .wrongType(let expected, let found): "expected \(expected), found \(found)"
        case .wrongValue(let expected, let found, let nearest):
            "expected \(expected), found \(found)\(hint(nearest))"
        case .oneOf(let keys, let found):
            "expected exactly one of \(keys.joined(separator: ", ")), found "
                + (found.isEmpty ? "none" : found.joined(separator: ", "))
        case .tooLarge(let what, let value, let limit): "\(value) \(what), the limit is \(limit)"
        case .conflict(let reason): reason
        case .unreadable(let reason): "cannot be read: \(reason)"
        }
    }

    private func hint(_ nearest: String?) -> String { nearest.map { "; did you mean \"\($0)\"?" } ?? "" }
}

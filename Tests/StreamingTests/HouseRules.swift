import Foundation

/// The rules of the house for everything that decides a digest, as far as text can show them.
///
/// It reads lines, not syntax: what stands in a comment or in a string literal is not looked at, code
/// within an interpolation neither.
enum HouseRules {
    struct Violation: Hashable, CustomStringConvertible {
        var file: String
        var line: Int
        var message: String

        var description: String { "\(file):\(line): \(message)" }
    }

    /// A pattern, and what to use instead.
    private static let banned: [(pattern: String, instead: String)] = [
        (
            #"\bimport\s+(\w+\s+)?(Foundation|FoundationEssentials|Glibc|Darwin|Musl|Dispatch)\b"#,
            "these modules run inside an engine: the standard library, or a service that the caller gives"
        ),
        (
            #"\b(Date|DispatchTime|CFAbsoluteTimeGetCurrent|clock_gettime|gettimeofday|mach_absolute_time)\s*\("#,
            "the clock is the frame: FrameInput.frame"
        ),
        (#"\b(ContinuousClock|SuspendingClock|DispatchTime)\b"#, "the clock is the frame: FrameInput.frame"),
        (
            #"\bHasher\b|\bhashValue\b|\bhash\(into"#,
            "Hasher is seeded anew in every process: LeafRecord or CanonicalBytes"
        ),
        (
            #"\b(random|randomElement|shuffle|shuffled)\s*\(|\bSystemRandomNumberGenerator\b|\barc4random"#,
            "a number out of the seed: the noise of Terrain, or a splitmix of the world's seed"
        ),
        (#"\bProcessInfo\b|\bgetenv\s*\(|\bCommandLine\b"#, "Configuration: the environment is no input"),
        (
            #"(?<![\w.])(sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|pow|exp|exp2|expm1|log|log2|log10|log1p|cbrt|hypot|tgamma|lgamma)\s*\("#,
            "libm differs between systems: PortableMath, or a table of constants"
        ),
        (
            #"\btry!|\bas!|\bfatalError\s*\("#,
            "precondition for our own mistakes, a typed error for the world's"
        ),
        (#"[\w\)\]\?]!(?![=\w])"#, "guard let, or a precondition that says what was expected"),
        (#"\bObjectIdentifier\b|\bunsafeBitCast\b"#, "an address is no identity: name the thing"),
    ]

    private static let unordered = #"\bSet<|\bDictionary<|\[[A-Z][\w.]*\s*:\s*[A-Z\[(]"#

    static func violations(in source: String, file: String) -> [Violation] {
        var found: [Violation] = []
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let saysOrder = source.contains("Order:")
        for (index, line) in lines.enumerated() {
            let code = code(of: line)
            for (pattern, instead) in banned {
                guard let text = match(pattern, code) else { continue }
                found.append(
                    Violation(
                        file: file, line: index + 1, message: "`\(text)` is banned; instead: \(instead)"))
            }
            if !saysOrder, let text = match(unordered, code) {
                found.append(
                    Violation(
                        file: file, line: index + 1,
                        message: "`\(text)`: a comment that starts with `Order:` has to say why its order"
                            + " cannot matter; instead: an array, or sorted keys"))
            }
        }
        return found
    }

    private static func match(_ pattern: String, _ code: String) -> String? {
        code.range(of: pattern, options: .regularExpression).map { String(code[$0]) }
    }

    /// The line without comments and without what is in string literals.
    static func code(of line: String) -> String {
        var code = ""
        var isInString = false
        var previous: Character = " "
        for character in line {
            if character == "\"", previous != "\\" { isInString.toggle() }
            if !isInString {
                if character == "/", previous == "/" { return String(code.dropLast()) }
                code.append(character)
            }
            previous = character
        }
        return code
    }
}

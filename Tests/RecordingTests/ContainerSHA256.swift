/// SHA-256 (FIPS 180-4), for comparing files with published hashes; slow and short.
enum SHA256 {
    static func hexadecimalDigest(of message: [UInt8]) -> String {
        var state = (0..<8).map { root(primes[$0], exponent: 2) }
        let constants = primes.map { root($0, exponent: 3) }
        var padded = message + [0x80]
        padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
        padded += (0..<8).reversed().map { UInt8(truncatingIfNeeded: (message.count * 8) >> ($0 * 8)) }
        for block in stride(from: 0, to: padded.count, by: 64) {
            var words = (0..<16).map { word in
                (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(padded[block + word * 4 + $1]) }
            }
            for i in 16..<64 {
                let (x, y) = (words[i - 15], words[i - 2])
                let small = rotate(x, 7) ^ rotate(x, 18) ^ x >> 3
                words.append(
                    words[i - 16] &+ small &+ words[i - 7] &+ (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10))
            }
            var v = state
            for i in 0..<64 {
                let choice = v[4] & v[5] ^ ~v[4] & v[6]
                let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2]
                let one = v[7] &+ (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) &+ choice
                let sum = one &+ constants[i] &+ words[i]
                let two = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) &+ majority
                v = [sum &+ two, v[0], v[1], v[2], v[3] &+ sum, v[4], v[5], v[6]]
            }
            for i in 0..<8 { state[i] &+= v[i] }
        }
        return state.map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 8 - text.count) + text
        }.joined()
    }

    private static let primes: [UInt64] = (2...311).filter { n in !(2..<n).contains { n.isMultiple(of: $0) } }

    /// The first 32 bits of the fraction of the square or cube root, by bisection in integers.
    private static func root(_ prime: UInt64, exponent: Int) -> UInt32 {
        var low: UInt64 = 0
        var high: UInt64 = 1 << 37
        while high - low > 1 {
            let middle = (low + high) / 2
            let value = UInt128(middle)
            let power = exponent == 2 ? value * value : value * value * value
            if power <= UInt128(prime) << UInt128(32 * exponent) { low = middle } else { high = middle }
        }
        return UInt32(truncatingIfNeeded: low)
    }

    private static func rotate(_ x: UInt32, _ n: UInt32) -> UInt32 { x >> n | x << (32 - n) }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine, from a seed that a failing
/// test prints.
struct Splitmix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Splitmix.mixed(state)
    }

    static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// An integer within the bounds, both included.
    mutating func integer(_ bounds: ClosedRange<Int>) -> Int {
        bounds.lowerBound + Int(next() % UInt64(bounds.count))
    }

    /// A number in [lower, upper).
    mutating func double(_ lower: Double, _ upper: Double) -> Double {
        lower + (upper - lower) * (Double(next() >> 11) / 0x1p53)
    }

    /// True once in `count` times.
    mutating func oneIn(_ count: Int) -> Bool { count > 0 && next() % UInt64(count) == 0 }

    /// - Precondition: there is something to pick.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[integer(0...elements.count - 1)]
    }
}

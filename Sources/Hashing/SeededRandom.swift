/// A seeded generator, the SplitMix64 of Steele, Lea and Flood (2014): what is drawn is a function of the seed alone.
///
/// What it draws by functions of its own is the same with every toolchain; what the standard library draws from it is not promised to be.
package struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return SeededRandom.mixed(state)
    }

    /// The finalizer alone: another number for every number, with every bit of it in every bit.
    package static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// An integer within the bounds, both included. The bias of the remainder is below 2^-32 for bounds that are less than 2^32 apart.
    package mutating func integer(_ bounds: ClosedRange<Int>) -> Int {
        bounds.lowerBound + Int(next() % UInt64(bounds.count))
    }

    /// A number in [lower, upper), one of 2^53.
    package mutating func double(_ lower: Double, _ upper: Double) -> Double {
        lower + (upper - lower) * (Double(next() >> 11) / 0x1p53)
    }

    /// True once in `count` times; never for 0.
    package mutating func oneIn(_ count: Int) -> Bool { count > 0 && next() % UInt64(count) == 0 }

    /// - Precondition: there is something to pick.
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[integer(0...elements.count - 1)]
    }
}

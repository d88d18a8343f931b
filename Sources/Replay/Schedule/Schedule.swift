/// In which order the threads of a simulated live run take their steps. The same schedule gives the same run, byte for byte, on every machine.
package enum Schedule: Hashable, Sendable {
    /// One worker, that has done everything before the next frame begins; nobody comes in between. A mistake that shows here is no race.
    case plain
    /// Everything is drawn from this number.
    case seeded(UInt64)
    /// The results come exactly so, one list for each frame of the run, and all else as in ``plain``: what a run has drained
    /// (``ScheduledLiveRun/Outcome/drained``), or a change of it. What is not there yet is passed over.
    case drained([[LiveCasts.Arrival]])
    /// Every step is taken where this says: what a run did (``ScheduledLiveRun/Outcome/script``), or any change of it.
    case steps(Script)

    /// A number that is near another gives a schedule that has nothing to do with that one's.
    static func mixed(_ seed: UInt64) -> UInt64 {
        var z = seed &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension Schedule: CustomStringConvertible {
    package var description: String {
        switch self {
        case .plain: "the plain schedule"
        case .seeded(let seed): "schedule \(seed)"
        case .drained: "results as prescribed"
        case .steps(let script): "a schedule of \(script.entries.count) entries"
        }
    }
}

extension Chance {
    /// One of some numbers.
    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(next(below: UInt64(values.count)))] }
}

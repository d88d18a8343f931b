import Foundation

/// What a live run asks of time, and of those who run beside the frame thread.
protocol LivePace {
    /// Waits until a frame is due.
    ///
    /// - Returns: nanoseconds since the run began, and whether the frame is late by more than a frame.
    func waitForFrame(_ number: Int) -> (elapsedNanoseconds: Int64, isLate: Bool)

    /// Stands between two steps of the frame thread where other threads can come in, behind the one that is named. Real ones do so uninvited.
    func pass(_ phase: Script.Phase)
}

/// Frames at their rate, by the machine's clock.
struct ClockPace: LivePace {
    private let period: Duration
    private let start = ContinuousClock.now

    init(framesPerSecond: Double) { period = Duration.seconds(1) / framesPerSecond }

    func waitForFrame(_ number: Int) -> (elapsedNanoseconds: Int64, isLate: Bool) {
        let due = start + period * number
        wait(until: due)
        let isLate = ContinuousClock.now - due > period
        return (Int64((ContinuousClock.now - start) / .nanoseconds(1)), isLate)
    }

    func pass(_ phase: Script.Phase) {}

    private func wait(until due: ContinuousClock.Instant) {
        let left = (due - ContinuousClock.now) / .nanoseconds(1)
        guard left > 0 else { return }
        var time = timespec(tv_sec: Int(left) / 1_000_000_000, tv_nsec: Int(left) % 1_000_000_000)
        nanosleep(&time, nil)
    }
}

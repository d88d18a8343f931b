import Foundation
import Synchronization

/// Ctrl-C, or a request to end, asks the program to come to an end of its own: what it has is kept. A second one ends the process.
enum Interrupt {
    private static let first = Atomic<Int32>(0)

    /// The number of the first signal that came; nil: none has.
    static var signal: Int32? {
        let number = first.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    static var hasCome: Bool { signal != nil }

    /// From here on signals are noticed, and do not end the process.
    static func watch() {
        // Made before a handler needs it.
        _ = first.load(ordering: .relaxed)
        // Who starts the program may have them blocked: then they would come when the run is over.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in [SIGINT, SIGTERM] {
            Foundation.signal(number) { number in
                let (isFirst, _) = Interrupt.first.compareExchange(
                    expected: 0, desired: number, ordering: .relaxed)
                if !isFirst {
                    Foundation.signal(number, SIG_DFL)
                    raise(number)
                }
            }
        }
    }

    /// Ends the process as the signal would have, so that whoever started it sees why.
    static func end(by number: Int32) -> Never {
        Foundation.signal(number, SIG_DFL)
        raise(number)
        exit(128 + number)
    }
}

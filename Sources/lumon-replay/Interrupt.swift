import Foundation
import Synchronization

/// Ctrl-C ends what is under way, and not the process: what there is by then is written. A second one ends the process.
enum Interrupt {
    private static let count = Atomic<Int>(0)

    static var hasCome: Bool { count.load(ordering: .relaxed) > 0 }

    static func watch() {
        // Who starts the program may have them blocked: then they would come when the run is over.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                if Interrupt.count.wrappingAdd(1, ordering: .relaxed).oldValue > 0 {
                    signal(number, SIG_DFL)
                    raise(number)
                }
            }
        }
    }
}

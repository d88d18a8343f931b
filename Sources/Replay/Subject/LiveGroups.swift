import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The process groups of the programs that run, so that an interrupted harness ends them too: they are in groups of their own, and get no
/// signal from the terminal.
enum LiveGroups {
    /// Subjects at once whose end is certain; one more is only not ended by a signal.
    private static let maximumGroups = 64
    /// A slot is a group, or 0. Unsafe because a signal handler reads it, which may take no lock: slots are whole words, and are written
    /// under `lock` only.
    private nonisolated(unsafe) static let groups: UnsafeMutablePointer<Int32> = {
        let groups = UnsafeMutablePointer<Int32>.allocate(capacity: maximumGroups)
        groups.initialize(repeating: 0, count: maximumGroups)
        return groups
    }()
    /// Set after `groups` is there, so that no handler finds it half made.
    private static let handlers: Void = {
        for signal in [SIGINT, SIGTERM, SIGHUP] { handle(signal) }
    }()
    private static let lock = NSLock()

    static func add(_ group: pid_t) {
        lock.withLock {
            for slot in 0..<maximumGroups where groups[slot] == 0 {
                groups[slot] = group
                break
            }
        }
        _ = handlers
    }

    /// - Returns: whether it was there.
    static func remove(_ group: pid_t) -> Bool {
        lock.withLock {
            for slot in 0..<maximumGroups where groups[slot] == group {
                groups[slot] = 0
                return true
            }
            return false
        }
    }

    /// Ends the groups before the signal ends this program; nothing where the program has something of its own to do then.
    private static func handle(_ number: Int32) {
        var before = sigaction()
        guard sigaction(number, nil, &before) == 0 else { return }
        #if canImport(Darwin)
            let isDefault = before.__sigaction_u.__sa_handler == nil
        #else
            let isDefault = before.__sigaction_handler.sa_handler == nil
        #endif
        guard isDefault else { return }
        signal(number) { number in
            for slot in 0..<LiveGroups.maximumGroups where LiveGroups.groups[slot] != 0 {
                _ = Foundation.kill(-LiveGroups.groups[slot], SIGKILL)
            }
            signal(number, SIG_DFL)
            raise(number)
        }
    }
}

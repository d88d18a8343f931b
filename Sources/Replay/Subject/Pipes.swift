import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Bytes that are taken from the front. Amortised O(1) a byte.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }

    mutating func append(_ more: ArraySlice<UInt8>) {
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
            start = 0
        } else if start > 1 << 16, start > bytes.count / 2 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += more
    }

    subscript(place: Int) -> UInt8 { bytes[start + place] }

    mutating func take(_ count: Int) -> [UInt8] {
        defer { start += count }
        return Array(bytes[start..<start + count])
    }
}

/// A write to a pipe that nobody reads fails; the signal that comes with it must not end this program, which may want it for its own output.
enum BrokenPipe {
    static func withoutSignal(_ body: () -> Int) -> Int {
        var broken = sigset_t()
        var before = sigset_t()
        sigemptyset(&broken)
        sigaddset(&broken, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &broken, &before)
        let result = body()
        let number = errno
        if result < 0, number == EPIPE {
            var pending = sigset_t()
            sigpending(&pending)
            if sigismember(&pending, SIGPIPE) == 1 {
                var taken: Int32 = 0
                sigwait(&broken, &taken)
            }
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        errno = number
        return result
    }
}

import Foundation

/// A clock that stands elsewhere: a library that is loaded before all others, and answers for the system's.
///
/// It has no start of its own and leaves the environment as it is: Swift finds a program's arguments beside an environment that nobody has moved, and libfaketime,
/// which moves it now and then, made programs forget theirs.
enum ShiftedClock {
    /// What time it is where the program first asks, in seconds since 1970, stands in this variable.
    static let variable = "LUMON_CLOCK"

    /// Compiles the library. Where there is no compiler there is no library, and whoever wants it says so.
    ///
    /// - Returns: where it is.
    static func build(in folder: URL) -> String {
        let source = folder.appendingPathComponent("clock.c")
        let library = folder.appendingPathComponent("clock.so").path
        guard (try? Data(text.utf8).write(to: source)) != nil else { return library }
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/bin/sh")
        compiler.arguments = [
            "-c",
            "for c in cc clang gcc; do \"$c\" -shared -fPIC -O1 -o \"$1\" \"$0\" 2>/dev/null && exit 0; done; exit 1",
            source.path, library,
        ]
        compiler.standardInput = FileHandle.nullDevice
        compiler.standardOutput = FileHandle.nullDevice
        compiler.standardError = FileHandle.nullDevice
        guard (try? compiler.run()) != nil else { return library }
        compiler.waitUntilExit()
        return library
    }

    /// Statements for a shell.
    static func statements(_ library: String, seconds: Int64) -> [String] {
        let file = ShellText.quoted(library)
        return [
            "{ [ -f \(file) ] || { echo 'no C compiler makes a library (cc, clang, gcc)' >&2; exit 1; }; }",
            "export LD_PRELOAD=\(file)${LD_PRELOAD:+:$LD_PRELOAD} \(variable)=\(seconds)",
        ]
    }

    private static let text = """
        #define _GNU_SOURCE
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static long offset;
        static int known;

        static long shifted(long seconds) {
            if (!__atomic_load_n(&known, __ATOMIC_ACQUIRE)) {
                const char *start = getenv("\(variable)");
                __atomic_store_n(&offset, start ? atol(start) - seconds : 0, __ATOMIC_RELAXED);
                __atomic_store_n(&known, 1, __ATOMIC_RELEASE);
            }
            return seconds + __atomic_load_n(&offset, __ATOMIC_RELAXED);
        }

        int clock_gettime(clockid_t clock, struct timespec *now) {
            int result = (int)syscall(SYS_clock_gettime, clock, now);
            if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec = shifted(now->tv_sec);
            return result;
        }

        int gettimeofday(struct timeval *restrict now, void *restrict zone) {
            (void)zone;
            struct timespec time;
            if (clock_gettime(CLOCK_REALTIME, &time) != 0) return -1;
            if (now) { now->tv_sec = time.tv_sec; now->tv_usec = time.tv_nsec / 1000; }
            return 0;
        }

        time_t time(time_t *now) {
            struct timespec time;
            clock_gettime(CLOCK_REALTIME, &time);
            if (now) *now = time.tv_sec;
            return time.tv_sec;
        }

        """
}

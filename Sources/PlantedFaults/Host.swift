// What a program finds around it, and what nothing of a digest may depend on. Only planted faults look; in a build without them all of it is
// constant.

#if PLANTED_FAULTS
    #if canImport(Darwin)
        import Darwin
    #elseif canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif
#endif

/// Facts about the process and the system.
public enum Host {
    /// A hash with the seed of this process.
    public static func hash(_ value: Int) -> Int {
        #if PLANTED_FAULTS
            value.hashValue
        #else
            0
        #endif
    }

    /// Whether hashes are seeded anew in each process.
    public static var hasHashSeed: Bool {
        #if PLANTED_FAULTS
            variable("SWIFT_DETERMINISTIC_HASHING") == nil
        #else
            false
        #endif
    }

    /// Bits of the address at which the program lies.
    public static var addressBits: Int {
        #if PLANTED_FAULTS
            // The lowest bits are the place in a page, and always the same.
            let code: @convention(c) () -> Int32 = { 0 }
            return Int(bitPattern: unsafeBitCast(code, to: UnsafeRawPointer.self)) >> 12 & 0xFFFF
        #else
            0
        #endif
    }

    /// Memory that nobody has written to.
    public static var freshByte: UInt8 {
        #if PLANTED_FAULTS
            // Large enough that it comes from the system, where it is 0 unless somebody fills it.
            guard let memory = malloc(1 << 20) else { return 0 }
            defer { free(memory) }
            // Writes nothing. But the compiler cannot know that, and would otherwise make up what was never written.
            _ = getcwd(memory.assumingMemoryBound(to: CChar.self), 0)
            return memory.load(fromByteOffset: 1 << 19, as: UInt8.self)
        #else
            0
        #endif
    }

    /// Whether `LC_ALL` is C.
    public static var isLocaleC: Bool {
        #if PLANTED_FAULTS
            variable("LC_ALL") == "C"
        #else
            true
        #endif
    }

    /// What local time is ahead, in whole hours.
    public static var hoursFromUTC: Int32 {
        #if PLANTED_FAULTS
            var now = time(nil)
            var local = tm()
            localtime_r(&now, &local)
            return Int32(local.tm_gmtoff / 3600)
        #else
            0
        #endif
    }

    /// Whether the seconds since 1970 are more than 31 bits.
    public static var isAfter2038: Bool {
        #if PLANTED_FAULTS
            time(nil) > Int(Int32.max)
        #else
            false
        #endif
    }

    /// Whether the group may not read what this process creates.
    public static var hidesFromGroup: Bool {
        #if PLANTED_FAULTS
            let mask = umask(0)
            _ = umask(mask)
            return mask & 0o040 != 0
        #else
            false
        #endif
    }

    /// Whether the working directory is `/`.
    public static var isAtRoot: Bool {
        #if PLANTED_FAULTS
            guard let path = getcwd(nil, 0) else { return true }
            defer { free(path) }
            return String(cString: path) == "/"
        #else
            true
        #endif
    }

    /// Whether the environment has more than 60,000 bytes.
    public static var hasLargeEnvironment: Bool {
        #if PLANTED_FAULTS
            var bytes = 0
            var place = environ
            while let entry = place.pointee {
                bytes += strlen(entry) + 1
                place += 1
            }
            return bytes > 60_000
        #else
            false
        #endif
    }

    /// Whether this process may run on one processor only.
    public static var hasOneProcessor: Bool {
        #if PLANTED_FAULTS && os(Linux)
            let file = open("/proc/self/status", O_RDONLY)
            guard file >= 0 else { return false }
            defer { close(file) }
            var text = [UInt8](repeating: 0, count: 1 << 14)
            text.removeLast(max(0, text.count - max(0, read(file, &text, text.count))))
            let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first {
                $0.hasPrefix("Cpus_allowed_list:")
            }
            return line.map { !$0.contains("-") && !$0.contains(",") } ?? false
        #else
            false
        #endif
    }

    /// Whether less than 100 files may be open.
    public static var hasFewDescriptors: Bool {
        #if PLANTED_FAULTS
            #if os(Linux)
                let resource = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
            #else
                let resource = RLIMIT_NOFILE
            #endif
            var limit = rlimit()
            return getrlimit(resource, &limit) == 0 && limit.rlim_cur < 100
        #else
            false
        #endif
    }

    #if PLANTED_FAULTS
        private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    #endif
}

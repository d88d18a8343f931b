// In a build without PLANTED_FAULTS both functions are constants, and nothing is left of them. Debug builds have it,
// and the release build of the tests; the one that users run has not.

#if PLANTED_FAULTS
    #if canImport(Darwin)
        import Darwin
    #elseif canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif
    import Synchronization
#endif

/// The right value, or while `fault` is planted the wrong one.
@inlinable @inline(__always)
public func planted<Value: Equatable>(
    _ fault: Fault, _ right: @autoclosure () -> Value, instead wrong: @autoclosure () -> Value
) -> Value {
    #if PLANTED_FAULTS
        let value = right()
        guard Planted.isActive(fault) else { return value }
        let other = wrong()
        if value != other { Planted.bite() }
        return other
    #else
        right()
    #endif
}

/// Whether `fault` is planted, and it makes a difference here.
@inlinable @inline(__always)
public func planted(_ fault: Fault, if makesDifference: @autoclosure () -> Bool = true) -> Bool {
    #if PLANTED_FAULTS
        guard Planted.isActive(fault), makesDifference() else { return false }
        Planted.bite()
        return true
    #else
        false
    #endif
}

/// Which fault is planted in this process.
public enum Planted {
    /// Tells at which frame a step is. It does nothing in a build that users run.
    @inlinable @inline(__always)
    public static func begin(frame: Int32) {
        #if PLANTED_FAULTS
            atFrame(frame)
        #endif
    }

    /// Whether `fault` is planted, for places where it takes apart what is one step: by that alone nothing is different.
    @inlinable @inline(__always)
    public static func isPlanted(_ fault: Fault) -> Bool {
        #if PLANTED_FAULTS
            isActive(fault)
        #else
            false
        #endif
    }

    #if PLANTED_FAULTS
        /// The environment variable that plants one: `NAME@FRAME`, active from that frame on.
        private static let variable = "LUMON_PLANTED_FAULT"

        /// The environment variable that says the name of the file of a program in which nothing is planted: a build that was good, beside one that
        /// is not.
        private static let soundVariable = "LUMON_SOUND_PROGRAM"

        private static var isSound: Bool {
            guard let sound = getenv(soundVariable) else { return false }
            var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
            #if os(Linux)
                guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return false }
            #else
                var size = UInt32(path.count)
                guard _NSGetExecutablePath(&path, &size) == 0 else { return false }
            #endif
            return path.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }.split(
                separator: "/"
            ).last.map(String.init) == String(cString: sound)
        }

        private static let plan: (fault: Fault, frame: Int32)? = {
            guard !isSound, let text = getenv(variable).map({ String(cString: $0) }), !text.isEmpty else {
                return nil
            }
            let parts = text.split(separator: "@")
            guard parts.count == 2, let fault = Fault(rawValue: String(parts[0])),
                let frame = Int32(parts[1])
            else { preconditionFailure("\(variable) is '\(text)'; expected NAME@FRAME") }
            return (fault, frame)
        }()
        private static let frame = Atomic<Int32>(-1)
        private static let hasBitten = Atomic<Bool>(false)

        @usableFromInline static func atFrame(_ number: Int32) {
            if plan != nil { frame.store(number, ordering: .relaxed) }
        }

        @usableFromInline static func isActive(_ fault: Fault) -> Bool {
            guard let plan, plan.fault == fault else { return false }
            return frame.load(ordering: .relaxed) >= plan.frame
        }

        /// Says on standard error, once, at which frame the fault first made a difference.
        @usableFromInline static func bite() {
            guard !hasBitten.exchange(true, ordering: .relaxed) else { return }
            let line = "planted: first difference at frame \(frame.load(ordering: .relaxed))\n"
            _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        }
    #endif
}

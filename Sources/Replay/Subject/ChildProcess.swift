import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

// The one place where a subject's program is started, spoken to and ended. Everything is done by one thread that polls: a subject that does
// not read, does not write or floods one of its outputs can hold nothing up, and nothing is kept without a bound.

/// A program with pipes for its standard input, output and error, in a process group of its own.
final class ChildProcess {
    let process: pid_t
    private var input: Int32
    private let output: Int32
    private let errorOutput: Int32
    private var hasOutput = true
    private var hasErrorOutput = true
    private var status: Int32?

    /// Bytes that the program has not taken yet.
    private var outgoing: [UInt8] = []
    private var outgoingStart = 0
    /// Bytes of its output that nobody has taken yet.
    private(set) var incoming = ByteQueue()
    /// The end of what it wrote to standard error.
    private var errorTail: [UInt8] = []
    /// Bytes that it wrote to standard error since that was last set to 0.
    var errorBytes = 0

    private static let readBytes = 1 << 16
    private static let errorTailBytes = 1 << 13
    private var chunk = [UInt8](repeating: 0, count: ChildProcess.readBytes)

    /// Held from the making of pipes until the program is started. A program that another thread starts in between would inherit them, and
    /// the end of this one's input would never come.
    private static let starting = NSLock()

    /// Starts `/bin/sh -c command` in `folder`, where there is one.
    ///
    /// - Throws: the system's error number.
    init(command: String, folder: String?) throws(SystemNumber) {
        ChildProcess.starting.lock()
        defer { ChildProcess.starting.unlock() }
        var pipes: [(read: Int32, write: Int32)] = []
        func closeAll() {
            for pipe in pipes {
                close(pipe.read)
                close(pipe.write)
            }
        }
        for _ in 0..<3 {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else {
                let number = errno
                closeAll()
                throw SystemNumber(number)
            }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            pipes.append((ends[0], ends[1]))
        }
        let started = ChildProcess.spawn(
            command, folder, input: pipes[0].read, output: pipes[1].write, error: pipes[2].write)
        switch started {
        case .failure(let number):
            closeAll()
            throw number
        case .success(let process): self.process = process
        }
        close(pipes[0].read)
        close(pipes[1].write)
        close(pipes[2].write)
        (input, output, errorOutput) = (pipes[0].write, pipes[1].read, pipes[2].read)
        for end in [input, output, errorOutput] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        LiveGroups.add(process)
    }

    deinit {
        kill()
        if input >= 0 { close(input) }
        close(output)
        close(errorOutput)
    }

    private static func spawn(
        _ command: String, _ folder: String?, input: Int32, output: Int32, error: Int32
    ) -> Result<pid_t, SystemNumber> {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (end, place) in [(input, 0), (output, 1), (error, 2)] {
            posix_spawn_file_actions_adddup2(&actions, end, Int32(place))
        }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var process: pid_t = 0
        // The shells make way for the program, where it is one: its end is then seen as it is.
        let command = ShellCommand.replacingShell(command)
        let words =
            folder.map { ["sh", "-c", "cd \"$1\" || exit 126; exec /bin/sh -c \"$2\"", "sh", $0, command] }
            ?? ["sh", "-c", command]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        let number = posix_spawn(&process, "/bin/sh", &actions, &attributes, &arguments, environ)
        return number == 0 ? .success(process) : .failure(SystemNumber(number))
    }

    // MARK: Speaking

    /// What a look at the pipes has found.
    enum Look {
        /// Bytes came or went.
        case moved
        /// Nothing, until the time was over.
        case nothing
        /// The program does not write any more, and all that it wrote is here.
        case closedOutput
    }

    /// Bytes for the program's standard input. They go as it takes them, while somebody looks.
    func send(_ bytes: [UInt8]) {
        if outgoingStart == outgoing.count {
            outgoing.removeAll(keepingCapacity: true)
            outgoingStart = 0
        }
        outgoing += bytes
    }

    /// Whether the program still reads, as far as that has been noticed.
    var hasInput: Bool { input >= 0 }

    /// No more bytes for the program.
    func closeInput() {
        guard input >= 0 else { return }
        close(input)
        input = -1
    }

    func takeIncoming(_ count: Int) -> [UInt8] { incoming.take(count) }

    /// Moves what can be moved; waits up to so many milliseconds for something.
    func look(milliseconds: Int32) -> Look {
        var polled: [pollfd] = []
        if hasOutput { polled.append(pollfd(fd: output, events: Int16(POLLIN), revents: 0)) }
        if hasErrorOutput { polled.append(pollfd(fd: errorOutput, events: Int16(POLLIN), revents: 0)) }
        // Without something to write it still tells that nobody reads.
        let wantsInput = outgoingStart < outgoing.count
        if input >= 0 {
            polled.append(pollfd(fd: input, events: wantsInput ? Int16(POLLOUT) : 0, revents: 0))
        }
        let wait = hasOutput ? milliseconds : 0
        guard poll(&polled, nfds_t(polled.count), wait) > 0 else {
            return hasOutput ? .nothing : .closedOutput
        }
        for entry in polled where entry.revents != 0 {
            switch entry.fd {
            case output: readOutput()
            case errorOutput: readErrorOutput()
            default:
                if entry.revents & Int16(POLLERR) != 0 { closeInput() } else { write() }
            }
        }
        return hasOutput ? .moved : .closedOutput
    }

    private func readOutput() {
        let count = read(output, &chunk, chunk.count)
        if count > 0 { incoming.append(chunk[..<count]) }
        if count == 0 || (count < 0 && ![EAGAIN, EINTR].contains(errno)) { hasOutput = false }
    }

    /// What is there at once of standard error, up to a bound.
    private func drainErrorOutput() {
        for _ in 0..<64 where hasErrorOutput {
            if !readErrorOutput() { return }
        }
    }

    /// - Returns: whether something was there.
    @discardableResult
    private func readErrorOutput() -> Bool {
        let count = read(errorOutput, &chunk, chunk.count)
        guard count > 0 else {
            if count == 0 { hasErrorOutput = false }
            return false
        }
        errorBytes += count
        errorTail += chunk[..<count]
        if errorTail.count > 2 * ChildProcess.errorTailBytes {
            errorTail.removeFirst(errorTail.count - ChildProcess.errorTailBytes)
        }
        return true
    }

    private func write() {
        let count = outgoing[outgoingStart...].withUnsafeBytes { bytes in
            BrokenPipe.withoutSignal { Foundation.write(input, bytes.baseAddress, bytes.count) }
        }
        if count < 0 {
            if ![EAGAIN, EINTR].contains(errno) { closeInput() }
            return
        }
        outgoingStart += count
    }

    // MARK: The end

    /// How the program has ended; nil while it has not. Waits up to so many milliseconds, and takes in what it still has to say.
    func ending(milliseconds: Int) -> String? {
        wait(milliseconds: milliseconds).map(ChildProcess.text(ofStatus:))
    }

    /// The status that the system has for a program that has ended; nil while it has not. As ``ending(milliseconds:)``.
    func wait(milliseconds: Int) -> Int32? {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        // What has closed its pipes is nearly always at its end: then nobody should wait long for it.
        var pauseMicroseconds: UInt32 = 100
        while !reap(WNOHANG), ContinuousClock.now < end {
            if hasOutput {
                _ = look(milliseconds: 10)
            } else {
                if hasErrorOutput { _ = look(milliseconds: 0) }
                usleep(pauseMicroseconds)
                pauseMicroseconds = min(2 * pauseMicroseconds, 10_000)
            }
        }
        guard let status else { return nil }
        drainErrorOutput()
        return status
    }

    private static func text(ofStatus status: Int32) -> String {
        let signal = status & 0x7F
        guard signal != 0 else { return "with exit status \(status >> 8 & 0xFF)" }
        return "by signal \(signal) (\(String(cString: strsignal(signal))))"
    }

    /// The last lines that it wrote to standard error.
    var lastErrorLines: [String] {
        drainErrorOutput()
        let text = String(decoding: errorTail.suffix(ChildProcess.errorTailBytes), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).suffix(5).map { shown(String($0)) }
    }

    /// Asks it to end.
    func terminate() {
        if status == nil { _ = Foundation.kill(process, SIGTERM) }
    }

    /// Ends it, and everything that it has started in its group.
    func kill() {
        guard status == nil else {
            // What it has left behind.
            if LiveGroups.remove(process) { _ = Foundation.kill(-process, SIGKILL) }
            return
        }
        _ = Foundation.kill(-process, SIGKILL)
        _ = reap(0)
        _ = LiveGroups.remove(process)
    }

    private func reap(_ options: Int32) -> Bool {
        guard status == nil else { return true }
        var found: Int32 = 0
        var ended = waitpid(process, &found, options)
        while ended < 0, errno == EINTR { ended = waitpid(process, &found, options) }
        guard ended != 0 else { return false }
        status = ended == process ? found : 0
        return true
    }

    /// Memory of the program and of all in its group, in bytes; nil where the system does not say it (only Linux does).
    var memoryBytes: Int? {
        #if os(Linux)
            guard let folders = try? FileManager.default.contentsOfDirectory(atPath: "/proc") else {
                return nil
            }
            let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
            var bytes = 0
            for folder in folders where folder.utf8.allSatisfy({ (48...57).contains($0) }) {
                guard let text = ChildProcess.smallFile("/proc/\(folder)/stat"),
                    let name = text.lastIndex(of: UInt8(ascii: ")"))
                else { continue }
                let fields = text[(name + 1)...].split(separator: UInt8(ascii: " "))
                // Behind the name: state, parent, group, ..., and as the 22nd the resident pages.
                guard fields.count > 21, fields[2].elementsEqual(String(process).utf8),
                    let pages = Int(String(decoding: fields[21], as: UTF8.self))
                else { continue }
                bytes += pages * pageBytes
            }
            return bytes
        #else
            return nil
        #endif
    }

    private static func smallFile(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? Array(bytes[..<count]) : nil
    }
}

/// An error number of the system.
struct SystemNumber: Error {
    let number: Int32
    init(_ number: Int32) { self.number = number }
    var text: String { String(cString: strerror(number)) }
}

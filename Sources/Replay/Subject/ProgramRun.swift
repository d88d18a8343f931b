import Foundation

/// A program that is run to its end, and what it said.
package struct ProgramRun: Sendable {
    package enum Ending: Sendable, Equatable {
        case exited(Int32)
        /// By a signal that nobody here sent.
        case signalled(Int32)
        /// It took longer than it may, and was ended.
        case timedOut
        /// It wrote more than it may, and was ended.
        case flooded
        /// Whoever runs it wanted to stop.
        case stopped
    }

    package var ending: Ending
    /// What it wrote to standard output; where it was ended, up to then.
    package var output: [UInt8]
    /// The last lines that it wrote to standard error.
    package var errorLines: [String]
    package var seconds: Double

    /// How long a program may take to end by itself when it is asked to.
    private static let graceMilliseconds = 3_000

    /// Runs a command and waits for it, in a process group of its own, which is ended with it: nothing that it started is left.
    ///
    /// - Parameters:
    ///   - command: for `/bin/sh -c`, in `folder` where that is not nil.
    ///   - folder: where it is started.
    ///   - timeLimitSeconds: after which it is asked to end, and then made to.
    ///   - outputLimitBytes: of standard output that are kept; a program that writes more is ended.
    ///   - endsWithCaller: it is ended with this program, even where that is killed; its standard input is empty.
    ///   - isStopped: asked several times a second whether to go on.
    /// - Returns: how it ended, and what it said until then.
    /// - Throws: ``SubjectError`` where it cannot be started.
    package static func run(
        _ command: String, folder: String? = nil, timeLimitSeconds: Double,
        outputLimitBytes: Int = 64 << 20, endsWithCaller: Bool = false, isStopped: () -> Bool = { false }
    ) throws(SubjectError) -> ProgramRun {
        let start = ContinuousClock.now
        let process: ChildProcess
        do throws(SystemNumber) {
            process = try ChildProcess(
                command: endsWithCaller ? watched(command) : command, folder: folder)
        } catch {
            throw SubjectError(.notStarted(error.text), at: "its start")
        }
        // The end of its input is the end of this program.
        if !endsWithCaller { process.closeInput() }
        var output: [UInt8] = []
        var reason: Ending?
        reading: while true {
            let look = process.look(milliseconds: 100)
            output += process.takeIncoming(process.incoming.count)
            if case .closedOutput = look { break reading }
            reason =
                isStopped()
                ? .stopped
                : output.count > outputLimitBytes
                    ? .flooded
                    : ContinuousClock.now - start > .seconds(timeLimitSeconds) ? .timedOut : nil
            if reason != nil { break reading }
        }
        // It may have closed its output and go on.
        while reason == nil, process.wait(milliseconds: 100) == nil {
            reason =
                isStopped()
                ? .stopped : ContinuousClock.now - start > .seconds(timeLimitSeconds) ? .timedOut : nil
        }
        if reason != nil {
            process.terminate()
            _ = process.wait(milliseconds: graceMilliseconds)
        }
        let status = process.wait(milliseconds: 0)
        process.kill()
        let lines = process.lastErrorLines
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let ending = reason ?? status.map(Ending.init(status:)) ?? .stopped
        return ProgramRun(ending: ending, output: output, errorLines: lines, seconds: seconds)
    }
}

/// A command, and beside it somebody who waits for the end of the standard input, and ends the whole group then.
private func watched(_ command: String) -> String {
    "exec 3<&0 </dev/null; { cat <&3; kill -KILL 0; } >/dev/null 2>&1 & exec 3<&-\n" + command
}

extension ProgramRun.Ending {
    fileprivate init(status: Int32) {
        let signal = status & 0x7F
        self = signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    }

    /// In words, behind "it ".
    package var sentence: String {
        switch self {
        case .exited(let code): "ended with exit code \(code)"
        case .signalled(let signal): "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
        case .timedOut: "took longer than it may"
        case .flooded: "wrote more than it may"
        case .stopped: "was stopped"
        }
    }
}

import Foundation
import PlantedFaults
import Recording
import Streaming
import Testing
import Verification

/// What minimize makes of a long trace at whose end a fault has its occasion.
struct MinimizeCase: CustomTestStringConvertible, Sendable {
    var name: String
    /// Where the fault has its occasion.
    var scenario: String
    /// Of this program; the reference has none.
    var fault: Fault
    /// How it fails; empty: it differs from the reference.
    var arguments: [String]
    /// What the fault needs at least, where that is more than 32 frames.
    var frames = 32
    /// The frames of the scenario in whose place the walk stands; nil: the walk stands in front of all.
    var walk: Range<Int>?

    var testDescription: String { name }

    /// Faults that show only when something has come of age (600 frames) or has waited (30 frames).
    private static let longest: [Fault: Int] = [.lateAgeing: 610, .requestLost: 40, .lateExpiry: 40]

    static let compared =
        FaultCase.all.map { given in
            MinimizeCase(
                name: given.fault.rawValue, scenario: given.scenario.text, fault: given.fault, arguments: [],
                frames: longest[given.fault] ?? 32)
        }
        + [
            // The first world's edits are compared with those that a later session's store knows; in between it walks, in another world.
            MinimizeCase(
                name: "far edits-forgotten", scenario: FaultScenario.restarts.text, fault: .editsForgotten,
                arguments: [], walk: 20..<40)
        ]

    /// The run that is broken off before a reset comes to the frame before the last.
    private static let seeds = ["reset": 9999]

    static let perturbed = DimensionFault.all.map { given in
        MinimizeCase(
            name: "\(given.fault.rawValue) by \(given.guilty.joined(separator: " and "))",
            scenario: given.scenario.text, fault: given.fault,
            arguments: ["--perturb", given.guilty.map { "\($0)=\(seeds[$0] ?? 1)" }.joined(separator: ",")],
            frames: 40)
    }

    static let broken = LawFaultCase.all.map { given in
        MinimizeCase(
            name: "\(given.fault.rawValue) by \(given.law)", scenario: given.scenario.text,
            fault: given.fault, arguments: ["--law", given.law, "--full"], frames: 40)
    }

    /// The whole trace, of so many frames.
    func trace(_ count: Int) throws -> [UInt8] {
        if let walk {
            return try Trace.encode(
                LongTrace.frames(
                    walkingWithin: scenario, from: walk.lowerBound, to: walk.upperBound, count: count))
        }
        return try Trace.encode(LongTrace.frames(walkingTo: scenario, count: count))
    }
}

@Suite(
    "Faults in minimized traces", .enabled(if: Build.hasPlantedFaults, Build.absence),
    .enabled(if: Scale.isThorough, Scale.inRelease))
struct MinimizeFaultTests {
    /// One case in a run that all wait for, behind a shorter walk.
    private static func sample(_ cases: [MinimizeCase], of fault: Fault) -> [MinimizeCase] {
        Scale.isFull ? cases : cases.filter { $0.fault == fault }
    }

    private static let frames = Scale.isFull ? 10_000 : 100

    /// Two numbers of the report.
    private struct Report: Decodable {
        struct Size: Decodable { var frames, events, sessions, moves, levels, resolution: Int }
        struct Signature: Decodable {
            var kind: String
            var stage: String?
            var law: String?
        }
        var before, after: Size
        var signature: Signature
        var replays: Int
        var minimal: Bool
        var next: String
    }

    /// Minimizes the long trace of a case, and gives the bytes of the small one.
    private func minimize(_ planted: MinimizeCase) throws -> [UInt8] {
        let workspace = try Workspace()
        try workspace.write(try planted.trace(MinimizeFaultTests.frames), to: "long.mcap")
        let environment = ["LUMON_PLANTED_FAULT": "\(planted.fault.rawValue)@0"]
        let reference = ["--reference-command", "env -u LUMON_PLANTED_FAULT '\(try Program.path())' subject"]
        let start = Date()
        let outcome = try workspace.run(
            ["minimize", "long.mcap", "-o", "small.mcap", "--format", "json"]
                + (planted.arguments.isEmpty ? reference : planted.arguments),
            environment: environment, timeoutSeconds: Scale.isFull ? 1800 : 120)
        let seconds = Date().timeIntervalSince(start)
        try #require(outcome.code == 0, "\(outcome)")
        let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        if Scale.isFull {
            let after = report.after
            print(
                "minimized | \(planted.name) | \(after.frames) | \(after.events) | \(after.sessions) | \(after.moves) "
                    + "| \(after.levels) | \(after.resolution) | \(report.replays) | \(report.minimal) | \(Int(seconds * 10)) ds | "
                    + "\(report.signature.stage ?? report.signature.law ?? report.signature.kind)")
        }
        #expect(report.before.frames == MinimizeFaultTests.frames)
        #expect(report.after.frames <= planted.frames, "\(outcome)")
        #expect(report.replays <= 500, "\(outcome)")
        // What is written fails, as the report says; what cannot even be read in another layout cannot be explained.
        if report.signature.kind != "error" {
            let shown = try workspace.run(
                shellWords(report.next), environment: environment, timeoutSeconds: 300)
            #expect(shown.code == 1, "\(shown)")
            if let stage = report.signature.stage {
                #expect(shown.output.contains("stage \(stage)"), "\(shown)")
            }
        }
        let healthy = try workspace.run(["trace", "validate", "small.mcap"])
        #expect(healthy.code == 0, "\(healthy)")
        return try workspace.bytes("small.mcap")
    }

    /// The words behind the program's name, as a shell takes them apart: quotes are the only thing that is special in them.
    private func shellWords(_ command: String) throws -> [String] {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "for word in \(command); do printf '%s\\n' \"$word\"; done"]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        return text.split(separator: "\n").dropFirst().map(String.init)
    }

    @Test(
        "beside a reference; twice the same bytes",
        arguments: sample(MinimizeCase.compared, of: .cacheForgotten))
    func compared(planted: MinimizeCase) throws {
        let first = try minimize(planted)
        guard MinimizeFaultTests.twice.contains(planted.fault) else { return }
        #expect(try minimize(planted) == first)
    }

    /// In full: some of every scenario.
    private static let twice: Set<Fault> = [
        .cacheForgotten, .cornerForgotten, .requestKept, .flagKept, .oldResult, .storedForgotten,
        .clockBackwards,
    ]

    @Test("by a dimension", arguments: sample(MinimizeCase.perturbed, of: .ageOfFirst))
    func perturbed(planted: MinimizeCase) throws { _ = try minimize(planted) }

    @Test("by a law", arguments: sample(MinimizeCase.broken, of: .snapWaits))
    func broken(planted: MinimizeCase) throws { _ = try minimize(planted) }
}

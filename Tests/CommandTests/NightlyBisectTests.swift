import Foundation
import PlantedFaults
import Testing

/// From a red night to the commit that has brought it.
@Suite(
    "A night that says which commit", .serialized,
    .enabled(if: Build.hasPlantedFaults, Build.absence),
    .enabled(if: Scale.isThorough, "nights take long in debug"))
struct NightlyBisectTests {
    private func git(_ words: String, in workspace: Workspace) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c",
            "cd \"$0\" && git -c user.name=Somebody -c user.email=somebody@example.org -c init.defaultBranch=main \(words)",
            workspace.path("."),
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "git \(words): \(text)")
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A repository whose engine is this program, with a fault where the file `fault` names one; and what each revision builds is the same, as a script.
    private func repository(only: String) throws -> Workspace {
        let workspace = try Workspace()
        try workspace.makeFolder("Traces")
        try workspace.write(Sample.scenario(seed: 3), to: "dawn.scenario.toml")
        let recorded = try workspace.run(["record", "dawn.scenario.toml", "-o", "Traces/dawn.mcap"])
        try #require(recorded.code == 0, "\(recorded)")
        let accepted = try workspace.run(["golden", "accept", "Traces/dawn.mcap"])
        try #require(accepted.code == 0, "\(accepted)")
        let program = try Program.path()
        try workspace.write(
            "#!/bin/sh\nunset LUMON_PLANTED_FAULT\nfault=$(cat \"$(dirname \"$0\")/fault\")\n[ -z \"$fault\" ] || export LUMON_PLANTED_FAULT=\"$fault\"\nexec '\(program)' \"$@\"\n",
            to: "program.sh")
        try workspace.write(
            """
            format = 1

            [nightly]
            effort = "quick"
            only = ["\(only)"]
            subjects = ["engine"]
            generate_seconds = 0

            [subjects.engine]
            command = "sh ./program.sh subject"

            [bisect]
            build = "mkdir -p bin && cp program.sh bin/program && cp fault bin && chmod +x bin/program"
            program = "bin/program"
            artifacts = ["bin"]
            state_path = ["fault"]

            """, to: "lumon-replay.toml")
        try workspace.write("", to: "fault")
        try workspace.write(".nightly/\nout*\n*.new\n", to: ".gitignore")
        _ = try git("init --quiet .", in: workspace)
        _ = try git("add -A", in: workspace)
        _ = try git("commit --quiet -m Beginning", in: workspace)
        return workspace
    }

    /// Seven commits, of which the fourth plants the fault.
    ///
    /// - Returns: its name.
    private func plant(_ fault: String, in workspace: Workspace) throws -> String {
        var culprit = ""
        for number in 1...7 {
            try workspace.write("\(number)\n", to: "notes")
            if number == 4 { try workspace.write("\(fault)@0", to: "fault") }
            _ = try git("add -A", in: workspace)
            _ = try git("commit --quiet -m \"Change \(number)\"", in: workspace)
            if number == 4 { culprit = try git("rev-parse HEAD", in: workspace) }
        }
        return culprit
    }

    @Test("the commit stands in the report and in the bundle, and can be asked for again")
    func engine() throws {
        let workspace = try repository(only: "hash-seed")
        let accepted = try workspace.run(["golden", "accept", "Traces/dawn.mcap", "--subject", "engine"])
        try #require(accepted.code == 0, "\(accepted)")
        _ = try git("add -A", in: workspace)
        _ = try git("commit --quiet --amend --no-edit", in: workspace)
        let green = try workspace.run(["nightly", "--output", "out1", "--bisect"])
        try #require(green.code == 0, "\(green)")
        let culprit = try plant("ties-by-hash", in: workspace)
        let red = try workspace.run(["nightly", "--output", "out2", "--bisect"])
        #expect(red.code == 1, "\(red)")
        let report = String(decoding: try workspace.bytes("out2/report.md"), as: UTF8.self)
        #expect(report.contains("brought by \(culprit.prefix(12)) ("), "\(report)")
        #expect(report.contains("Change 4, Somebody"), "\(report)")
        let bundle = "out2/incidents/check-engine-dawn"
        let text = String(decoding: try workspace.bytes("\(bundle)/bisect.txt"), as: UTF8.self)
        for line in [
            "first bad \(culprit)", "subject   Change 4", "state     fault", "touched   notes",
        ] {
            #expect(text.contains(line), "\(line)\n\(text)")
        }
        #expect(text.contains("first     frame 0, stage select"), "\(text)")
        // By hand, elsewhere, with the answer of the log.
        let again = try workspace.run([
            "bisect", "commits", "--from-bundle", bundle, "--folder", "out3", "--format", "json",
        ])
        #expect(again.code == 0 && again.output.contains("\"name\":\"\(culprit)\""), "\(again)")
        let replayed = try workspace.run([
            "bisect", "commits", "--replay", "\(bundle)/bisect.log", "--folder", "out4",
        ])
        #expect(replayed.output.contains("first bad \(culprit)"), "\(replayed)")
        #expect(!replayed.talk.contains("run 1 "), "\(replayed)")
        let status = try git("status --porcelain", in: workspace)
        #expect(status == "", "\(status)")
    }

    @Test("since when the model depends on something is one command", arguments: ["hash-seed"])
    func dimension(name: String) throws {
        let workspace = try repository(only: name)
        let good = try git("rev-parse HEAD", in: workspace)
        let culprit = try plant("ties-by-hash", in: workspace)
        let outcome = try workspace.run([
            "bisect", "commits", "--good", good, "--folder", "out", "--trace", "Traces/dawn.mcap", "--only",
            name, "--quick",
        ])
        #expect(outcome.code == 0 && outcome.output.contains("first bad \(culprit)"), "\(outcome)")
        #expect(outcome.output.contains("guilty    \(name)"), "\(outcome)")
    }

    @Test("a recorded order that does not fit is left out where somebody says so")
    func schedules() throws {
        let workspace = try repository(only: "hash-seed")
        let good = try git("rev-parse HEAD", in: workspace)
        let culprit = try plant("ties-by-hash", in: workspace)
        let live = try workspace.run(["record", "dawn.scenario.toml", "--live", "-o", "out-live.mcap"])
        try #require(live.code == 0, "\(live)")
        func search(_ schedule: String) throws -> Outcome {
            try workspace.run([
                "bisect", "commits", "--good", good, "--folder", "out", "--trace", "out-live.mcap", "--only",
                "hash-seed", "--quick", "--schedule", schedule,
            ])
        }
        let modelled = try search("modelled")
        #expect(modelled.code == 0 && modelled.output.contains("first bad \(culprit)"), "\(modelled)")
        // Who selects otherwise has not dispatched what the recording drains.
        let recorded = try search("recorded")
        #expect(recorded.code == 69 && recorded.talk.contains("cannot be judged"), "\(recorded)")
        #expect(recorded.talk.contains("--schedule modelled"), "\(recorded)")
        let name = try #require(
            try workspace.files().keys.first { $0.hasPrefix("out/traces/") && $0.hasSuffix(".mcap") })
        let left = try workspace.run(["trace", "cat", name])
        let whole = try workspace.run(["trace", "cat", "out-live.mcap"])
        #expect(left.code == 0 && whole.code == 0)
        #expect(left.output.utf8.count < whole.output.utf8.count)
        // A golden is of the recorded order.
        let refused = try workspace.run([
            "bisect", "commits", "--good", good, "--trace", "out-live.mcap", "--schedule", "modelled",
        ])
        #expect(
            refused.code == 64 && refused.talk.contains("a golden is of the recorded order"), "\(refused)")
    }

    @Test("a golden that differs is explained against the build before it")
    func golden() throws {
        let workspace = try repository(only: "seek")
        let good = try git("rev-parse HEAD", in: workspace)
        let culprit = try plant("ties-by-slot", in: workspace)
        let outcome = try workspace.run([
            "bisect", "commits", "--good", good, "--folder", "out", "--trace", "Traces/dawn.mcap",
        ])
        #expect(outcome.code == 0 && outcome.output.contains("first bad \(culprit)"), "\(outcome)")
        #expect(outcome.output.contains("probe     level "), "\(outcome)")
        #expect(outcome.output.contains("open      Sources/Streaming/Stages/SelectStage.swift"), "\(outcome)")
    }

    @Test("what is no bundle, and a bundle of what was never green, is said in words")
    func bundles() throws {
        let workspace = try repository(only: "seek")
        let missing = try workspace.run(["bisect", "commits", "--from-bundle", "nowhere"])
        #expect(missing.code == 64 && missing.talk.contains("is no bundle of an incident"), "\(missing)")
        try workspace.makeFolder("bundle")
        try workspace.write("{}", to: "bundle/incident.json")
        let empty = try workspace.run(["bisect", "commits", "--from-bundle", "bundle"])
        #expect(empty.code == 65, "\(empty)")
        try workspace.write(
            """
            {"kind": "verify", "subject": "model", "trace": "a.mcap", "source": "Traces/a.mcap",
             "command": "verify a.mcap", "bad": "HEAD", "dirty": false}
            """, to: "bundle/incident.json")
        try workspace.write("x", to: "bundle/a.mcap")
        let never = try workspace.run(["bisect", "commits", "--from-bundle", "bundle"])
        #expect(never.code == 64 && never.talk.contains("no night was green before"), "\(never)")
    }
}

import ArgumentParser
import Recording
import Verification

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Writes a commented lumon-replay.toml into this folder.",
        discussion: """
            Every command finds the file upwards from the folder that it is called in. A file that is there already is left as
            it is.

            EXAMPLE
              lumon-replay init
            """)

    func run() throws {
        try reporting(file: ProjectFile.name) {
            guard !Files.exists(ProjectFile.name) else {
                throw Failure(
                    .usage, "\(ProjectFile.name): exists already; expected a folder without one",
                    next: "edit it, or remove it first")
            }
            try Files.write(Array(InitCommand.text.utf8), to: ProjectFile.name)
            try Console.print("\(ProjectFile.name)  created")
        }
    }

    static let text = """
        # What lumon-replay has to know of this repository. Paths are by the folder of this file.
        format = 1

        # Where traces (NAME.mcap) and their goldens lie. The goldens of a subject lie in a folder of its name in there.
        traces = "Traces"
        golden = "Golden"

        # A subject: an engine behind the subject protocol. Any number of them; used by --subject NAME.
        #
        # [subjects.engine]
        # # Started by /bin/sh, in the folder of this file.
        # command = "build/engine --replay-host"
        # # Where its goldens lie, if not in Golden/engine.
        # golden = "Golden/engine"
        # # Seconds that it may take for an answer.
        # timeout_seconds = 30
        # # MiB of memory that it may use, with everything that it starts.
        # memory_limit_mib = 1024
        # # MiB that it may write to standard error in one run.
        # error_output_limit_mib = 16
        # # The command is the same from any folder, so that check may start it in others.
        # runs_anywhere = true

        # Something that must not show, beside what check perturbs by itself: variables of the environment, or other commands for the same
        # program. Of every subject and of the model ("model"), or of those that are named.
        #
        # [dimensions.driver]
        # environment = { ENGINE_DRIVER = "null" }
        #
        # [dimensions.build]
        # commands = { debug = "build/debug/engine --replay-host" }
        # subjects = ["engine"]

        # What `lumon-replay nightly` does. Everything has a default; these are they.
        #
        # [nightly]
        # # Of the history, of the last good program, and of the reports.
        # folder = ".nightly"
        # # How much is checked: quick, standard or full.
        # effort = "standard"
        # # Names of subjects, and "model"; the model and all of them if it is not there.
        # subjects = ["model", "engine"]
        # # Dimensions and laws: only these, or all but these.
        # only = []
        # without = []
        # # Seconds of made-up traces for each subject; 0: none.
        # generate_seconds = 600
        # # Seconds for one trace.
        # verify_seconds = 600
        # check_seconds = 3600
        # # Seconds and replays for making one red trace small; 0 replays: not at all.
        # minimize_seconds = 900
        # minimize_replays = 500
        # # Bundles that are made; further red verdicts are only reported.
        # incidents = 20
        # # A program that was good, in place of the last one with which every golden agreed.
        # reference = "good/lumon-replay"

        # A fault that is planted, to see that the nightly finds it. A subject, or a command that is compared with the model.
        #
        # [canaries.ties]
        # trace = "Traces/walk.mcap"
        # subject = "engine"
        # environment = { ENGINE_FAULT = "ties" }
        # # verify, or check for what only perturbations show.
        # found_by = "verify"

        """
}

import ArgumentParser
import Foundation
import Recording
import Replay
import Verification

/// How a revision orders what threads have done, where a trace has recorded it.
enum BisectSchedule: String, ExpressibleByArgument, CaseIterable {
    case recorded, modelled
}

/// What a bisection asks of a commit.
struct BisectQuestionArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Builds a revision, in its tree, for /bin/sh.", valueName: "command"))
    var build: String?

    @Option(
        help: ArgumentHelp("Judges a revision, in its tree, for /bin/sh: 0, 1, 125.", valueName: "command"))
    var test: String?

    @Option(
        help: ArgumentHelp(
            "The lumon-replay that a revision builds, by the top of its tree.", valueName: "path"))
    var program: String?

    @Option(
        help: ArgumentHelp(
            "What of a build is kept; all are built in one tree then, one after the other. Can be given several times.",
            valueName: "path"))
    var artifact: [String] = []

    @Option(
        help:
            "The trace: of each revision, where it is in the repository, and else this very file; every trace if not given.",
        completion: .file(extensions: ["mcap"]))
    var trace: String?

    @Option(help: ArgumentHelp("The folder of its golden.", valueName: "folder"))
    var golden: String?

    @OptionGroup var subject: SubjectArguments

    @Option(help: "Checks this dimension or law, in place of the golden; can be given several times.")
    var only: [String] = []

    @Option(
        help: ArgumentHelp(
            "Compares the run in which this is perturbed with the one with everything pinned.",
            valueName: "dimension=seed,..."))
    var perturb: String?

    @Option(help: "With --only: of everything that is drawn at random.")
    var seed: UInt64?

    @Flag(help: "With --only: as check --quick.")
    var quick = false

    @Flag(help: "With --only: as check --full.")
    var full = false

    @Option(
        help:
            "recorded, or modelled: without what threads have done in the recording, which may not fit another revision. With --only or --perturb."
    )
    var schedule: BisectSchedule?

    @Flag(help: "Takes merges as one step.")
    var firstParent = false

    @Option(
        help: ArgumentHelp(
            "Only commits that touch this; can be given several times.", valueName: "path"))
    var path: [String] = []

    var isGiven: Bool {
        build != nil || test != nil || program != nil || !artifact.isEmpty || trace != nil || golden != nil
            || subject.isGiven || !only.isEmpty || perturb != nil || seed != nil || quick || full
            || firstParent
            || !path.isEmpty || schedule != nil
    }

    func validate() throws {
        let verdicts = [
            ("--golden", golden != nil), ("--only", !only.isEmpty), ("--perturb", perturb != nil),
            ("--program", program != nil), ("--schedule", schedule != nil),
            ("a subject", subject.isGiven),
        ].filter(\.1).map(\.0)
        if test != nil, let first = verdicts.first {
            throw ValidationError("--test judges by itself; expected no \(first)")
        }
        if !only.isEmpty, perturb != nil { throw ValidationError("--only and --perturb are two tests") }
        if only.isEmpty, seed != nil || quick || full {
            throw ValidationError("--seed, --quick and --full go with --only")
        }
        if quick, full { throw ValidationError("--quick and --full are two things") }
        if golden != nil, !only.isEmpty || perturb != nil {
            throw ValidationError("--golden goes with the golden's own verdict, without --only and --perturb")
        }
        for text in [build, test, program, trace, golden].compactMap({ $0 }) + artifact + path
        where text.isEmpty || text.utf8.count > 4096 || text.utf8.contains(0) {
            throw ValidationError("an option is empty, or longer than 4096 bytes; expected 1 to 4096")
        }
        for text in artifact where text.hasPrefix("/") || text.split(separator: "/").contains("..") {
            throw ValidationError("--artifact \(text): expected a path within the tree")
        }
    }

    /// What the project's file says of it.
    var bisect: ProjectFile.Bisect { (try? Project.find())?.file.bisect ?? ProjectFile.Bisect() }

    // MARK: The question

    /// - Throws: ``Failure`` for what cannot be asked, ``BisectError``.
    func question(
        _ good: [String], _ bad: String?, _ bundle: BundledIncident?, _ repository: BisectRepository
    ) throws -> BisectQuestion {
        let project = try Project.find()?.file.bisect ?? ProjectFile.Bisect()
        let names = good.isEmpty ? [bundle?.good].compactMap { $0 } : good
        let goods = try repository.newest(try names.map(repository.commit))
        guard let tried = goods.first else {
            throw Failure(
                .usage,
                "\(bundle?.folder ?? ""): no night was green before; expected a revision that was good",
                next: "name one with --good")
        }
        var question = BisectQuestion(
            good: tried, bad: try repository.commit(bad ?? bundle?.bad ?? "HEAD"), test: "")
        question.alsoGood = Array(goods.dropFirst())
        question.isFirstParent = firstParent || project.isFirstParent
        question.paths = try path.map { try repository.pathFromTop($0) }
        question.build = build ?? project.build
        let program = program ?? project.program
        question.artifacts = artifact.isEmpty ? project.artifacts : artifact
        if let test = test ?? (isPlain && bundle == nil ? project.test : nil) {
            question.test = test
            question.trace = try trace.map { try repository.trace($0, at: question.bad) }
            return question
        }
        question.exits = .lumonReplay
        let judged = try traceWords(bundle, repository, &question)
        let isModel = !subject.isGiven && (bundle?.subject ?? "model") == "model"
        if isModel {
            guard let program else {
                throw Failure(
                    .usage,
                    "nothing says how a revision is judged; expected --test, or --subject, or the lumon-replay that a revision builds: --program",
                    next: "lumon-replay bisect commits --help, or [bisect] in \(ProjectFile.name)")
            }
            if question.build != nil, question.artifacts.isEmpty { question.artifacts = [program] }
            question.test = shellQuoted(program.hasPrefix("/") ? program : "./" + program) + " " + judged
        } else {
            let words = subject.isGiven ? subject.words : " --subject \(shellQuoted(bundle?.subject ?? ""))"
            question.test = shellQuoted(try ThisProgram.path()) + " " + judged + words
        }
        return question
    }

    /// Nothing says what the verdict is.
    private var isPlain: Bool {
        trace == nil && only.isEmpty && perturb == nil && !subject.isGiven && golden == nil && program == nil
    }

    /// What is asked of the program.
    private func traceWords(
        _ bundle: BundledIncident?, _ repository: BisectRepository, _ question: inout BisectQuestion
    ) throws -> String {
        let given = try trace.map { try repository.trace($0, at: question.bad) }
        let trace = try given ?? bundle.map { try $0.trace(in: repository, at: question.bad) }
        question.trace = trace
        if perturb != nil, trace == nil { throw Failure(.usage, "--perturb goes with --trace; expected one") }
        if schedule == .modelled {
            guard let trace, !only.isEmpty || perturb != nil || bundle.map({ $0.kind != "verify" }) ?? false
            else {
                throw Failure(
                    .usage,
                    "--schedule modelled goes with --trace, and --only or --perturb: a golden is of the recorded order"
                )
            }
            question.trace = try repository.modelledPath(of: trace)
        }
        let word = question.trace.map { " " + shellQuoted($0) } ?? ""
        if let perturb {
            _ = try CheckArguments.perturbations(of: perturb)
            return "explain\(word) --perturb \(shellQuoted(perturb))"
        }
        if !only.isEmpty {
            return "check\(word)" + only.map { " --only \(shellQuoted($0))" }.joined()
                + (seed.map { " --seed \($0)" } ?? "") + (quick ? " --quick" : "") + (full ? " --full" : "")
        }
        if let golden {
            return "verify\(word) --golden \(shellQuoted(repository.absolute(golden)))"
        }
        guard let bundle, given == nil else { return "verify\(word)" }
        return bundle.words(
            trace: question.trace ?? "", isInRepository: !(question.trace ?? "/").hasPrefix("/"))
    }
}

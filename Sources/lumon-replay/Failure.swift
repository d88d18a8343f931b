import ArgumentParser
import Persistence
import Recording
import Replay
import Streaming
import Topology
import Verification

/// A failure as the user sees it: what failed, where, what was expected and found, what to do next. This
/// is the one place that turns errors into sentences and exit codes.
struct Failure: Error {
    enum Code: Int32 {
        case diverged = 1
        case golden = 2
        case usage = 64
        case data = 65
        case unavailable = 69
        case software = 70
        case io = 74
    }

    var code: Code
    var message: String
    var next: String?

    init(_ code: Code, _ message: String, next: String? = nil) {
        self.code = code
        self.message = message
        self.next = next
    }

    /// `file` is the file that was being worked on, where the error does not name one itself.
    init(_ error: any Error, file: String) {
        switch error {
        case let failure as Failure: self = failure
        case let error as SystemFileError: self.init(error)
        case TraceError.system(let error): self.init(error)
        case let error as TraceError:
            self.init(.data, "\(file): \(error.description)", next: error.next(file))
        case let error as ScenarioError: self.init(.data, error.description)
        case let error as ImportError: self.init(error, file: file)
        case let error as ReplayError: self.init(error, file: file)
        case let error as RecorderError: self.init(error)
        case let error as CheckpointError: self.init(error, file: file)
        case let error as RecordingComparisonError: self.init(.data, error.description(file))
        case let error as GoldenFileError: self.init(error)
        case let error as AcceptError: self.init(error, file: file)
        case let error as SubjectError: self.init(error, file: file)
        case let error as SubjectReferenceError: self.init(error, file: file)
        case let error as SubjectAcceptError: self.init(error, file: file)
        case let error as CastMemoryError:
            self.init(.io, "\(error.path): \(error.reason)")
        case let error as CheckError: self.init(error)
        case let error as HistoryError: self.init(error)
        case let error as BisectError: self.init(error)
        case let error as MinimizeError: self.init(error, file: file)
        case let error as LawFailure.NotApplicable:
            self.init(
                .usage, "\(file): cannot be judged by the law \(error.law): \(error.reason)",
                next: "lumon-replay check \(shellQuoted(file))")
        case let error as ReferenceBrokeOff:
            self.init(Failure(error.error, file: file), reference: error.frame)
        case let error as NothingInCommon:
            self.init(
                .usage,
                "\(file): \(error.left.name) and \(error.right.name) have no stage in common with digests of one version; expected one",
                next: "compare each with the model: --subject without --reference-command")
        case let error as ScheduleBisectError: self = BisectScheduleFailure.failure(error, file)
        case let error as RecordedOrder.Problem: self = BisectScheduleFailure.failure(error, file)
        case let error as StoreFailure: self.init(error.code, error.sentence, next: error.advice)
        default: self.init(.software, "\(file): \(error)", next: "please report this")
        }
    }

    private init(_ error: BisectError) {
        switch error {
        case .notARepository: self.init(.unavailable, error.sentence, next: "go into the repository")
        case .unknownRevision(let name, _, let isShallow):
            self.init(
                .usage, error.sentence,
                next: isShallow
                    ? "git fetch --unshallow" : name.hasPrefix("-") ? nil : "git log --oneline")
        case .sameCommit, .reversed: self.init(.usage, error.sentence)
        case .nothingInCommon(_, _, let isShallow):
            self.init(.usage, error.sentence, next: isShallow ? "git fetch --unshallow" : nil)
        case .emptyRange(let paths):
            self.init(.usage, error.sentence, next: paths.isEmpty ? nil : "leave out --path, or name others")
        case .tooManyCommits:
            self.init(
                .usage, error.sentence, next: "take merges as one step: --first-parent; or name a --path")
        case .git, .notStarted: self.init(.unavailable, error.sentence)
        case .foreignFolder: self.init(.usage, error.sentence, next: "name another folder: --folder")
        case .busy:
            self.init(
                .unavailable, error.sentence, next: "wait for its end, or name another folder: --folder")
        case .badLog(let path, _, _, _):
            self.init(.data, error.sentence, next: "mend \(shellQuoted(path)), or forget it: --restart")
        case .strangeCommit: self.init(.data, error.sentence, next: "fetch what is missing, or --restart")
        case .badEndUnjudged:
            self.init(
                .unavailable, error.sentence,
                next:
                    "see that the test can be run at the bad end; of a recorded live run without its order: --schedule modelled"
            )
        case .diskFull(let path):
            self.init(
                .io, error.sentence,
                next:
                    "make room (\(shellQuoted(path + "/trees")) can be removed: it is built again), and type the same command"
            )
        case .system(let error): self.init(error)
        case .stopped: self.init(.unavailable, error.sentence, next: "type the same command to go on")
        }
    }

    private init(_ error: HistoryError) {
        switch error {
        case .notADatabase, .otherProgram, .newerVersion:
            self.init(.data, error.sentence, next: "name another folder in [nightly] of \(ProjectFile.name)")
        case .missing: self.init(.usage, error.sentence, next: "lumon-replay nightly")
        case .busy: self.init(.unavailable, error.sentence, next: "try again")
        case .failed: self.init(.io, error.sentence)
        }
    }

    /// What a candidate is compared with has no result.
    private init(_ failure: Failure, reference frame: Int32) {
        self = failure
        message +=
            "; that is the run that is taken for right, at frame \(frame): nothing can be compared with it"
    }

    private init(_ error: MinimizeError, file: String) {
        switch error {
        case .doesNotFail(let comparison, let frames, let tries):
            self.init(
                .usage,
                "\(file): does not fail: compared were \(comparison), and they agree in all \(frames) frames"
                    + (tries > 1 ? ", in \(tries) tries" : "") + "; expected a trace that fails",
                next:
                    "lumon-replay verify \(shellQuoted(file)), or say how it fails: lumon-replay minimize --help"
            )
        case .notAgain(let signature, let tries):
            self.init(
                .golden,
                "\(file): what failed (\(signature)) did not fail again in \(tries) tr\(tries == 1 ? "y" : "ies"); expected a failure that "
                    + "repeats itself",
                next: "try each candidate more often: --repeats \(max(5, 2 * tries))")
        case .nothingYet:
            self.init(.usage, "\(file): stopped before it had failed once; nothing was written")
        }
    }

    private init(_ error: CheckError) {
        switch error {
        case .notApplied(let dimension, let reason, let needs):
            self.init(
                .unavailable,
                "the dimension \(dimension) cannot be applied: \(reason)"
                    + (needs.map { "; it needs \($0)" } ?? ""),
                next: "make it possible, or leave it out and say so: --without \(dimension)")
        case .nothingToCheck:
            self.init(
                .usage, "nothing is checked: no dimension is left that could be perturbed, and no law",
                next: "lumon-replay check --list")
        case .unknown(let name, let known):
            self.init(
                .usage,
                "there is no dimension and no law called '\(name)'; there are \(known.joined(separator: " "))"
            )
        case .notApplicable(let name, let reason):
            self.init(.usage, "\(name) is not applicable: \(reason)", next: "lumon-replay check --list")
        case .pinnedRunFailed(let path, let reason):
            self.init(.unavailable, "\(path): the run with everything pinned broke off: \(reason)")
        }
    }

    private init(_ error: SubjectError, file: String) {
        var code = Code.unavailable
        var next: String?
        switch error.reason {
        // The subject's own word about the input.
        case .failure: code = .data
        case .silent: next = "give it more time with timeout_seconds or --subject-timeout"
        case .tooMuchMemory: next = "allow it more with memory_limit_mib in \(ProjectFile.name)"
        case .tooMuchErrorOutput: next = "allow it more with error_output_limit_mib in \(ProjectFile.name)"
        default: break
        }
        let lines = error.errorOutput.map { "\n  its standard error: \($0)" }.joined()
        self.init(code, "\(file): \(error.description)\(lines)", next: next)
    }

    private init(_ error: SubjectReferenceError, file: String) {
        switch error {
        case .version(let found, let expected):
            self.init(
                .usage,
                "\(file): the subject has digests of version \(found); expected version \(expected), to compare it with the model",
                next: "compare it with its own golden: --reference golden")
        case .nothingInCommon(let stages):
            self.init(
                .usage,
                "\(file): the subject has the stages \(stages.joined(separator: " ")), and nothing in them that the model has; expected one",
                next: "compare it with its own golden: --reference golden")
        case .otherVariant(let name):
            self.init(
                .golden,
                "\(file): not applicable: the trace is of the variant \(name), which the subject does not have"
            )
        case .checkpointVersion(let found, let expected):
            self.init(
                .golden,
                "\(file): its checkpoints have digests of version \(found); the subject says that its own are of version \(expected) "
                    + "(an import of hashes writes version 1)",
                next: "say digest_version \(found) in the subject's description, if they are the same")
        case .noCheckpoints(let recorded, let stages):
            self.init(
                .golden,
                "\(file): no frame has a checkpoint of the subject's stages (\(stages.joined(separator: " "))); the trace names "
                    + (recorded.isEmpty ? "none" : recorded.joined(separator: " ")),
                next: "lumon-replay trace info \(shellQuoted(file))")
        }
    }

    private init(_ error: SubjectAcceptError, file: String) {
        switch error {
        case .unstable(let frame, let stage, let perturbation):
            self.init(
                .golden,
                "\(file): not accepted: the run \(perturbation) differs from the first, at frame \(frame), stage "
                    + (stage ?? "undetermined"))
        case .otherDescription(let name):
            self.init(
                .golden,
                "\(file): not accepted: started again the subject describes itself otherwise, as \(name)")
        }
    }

    private init(_ error: SystemFileError) {
        switch error {
        case .missing(let path):
            // What a recorder leaves that did not come to its end.
            let partial = path + ".partial"
            self.init(
                .io, error.description,
                next: Files.exists(partial)
                    ? "lumon-replay trace recover \(shellQuoted(partial)) -o \(shellQuoted(path))" : nil)
        case .isDirectory, .notARegularFile, .permissionDenied, .exists, .failed:
            self.init(.io, error.description)
        case .empty: self.init(.data, error.description)
        }
    }

    private init(_ error: ImportError, file: String) {
        let message = "\(file): \(error.description)"
        switch error {
        // The file is as it should be; it is the command that does not fit it.
        case .ambiguousTopic, .topicNotFound: self.init(.usage, message, next: "name one with --topic")
        case .ambiguousChild, .childNotFound: self.init(.usage, message, next: "name one with --child-frame")
        case .noChildFrames: self.init(.usage, message, next: "leave out --child-frame")
        case .tooManyFrames:
            self.init(.data, message, next: "name a lower --rate, or cut gaps out of the path")
        default: self.init(.data, message)
        }
    }

    private init(_ error: GoldenFileError) {
        switch error {
        case .golden(let error, let path):
            self.init(.data, "\(path): \(error.sentence)", next: "restore it from version control")
        case .digests(let error, let path):
            self.init(.data, "\(path): \(error.sentence)", next: "restore it from version control")
        case .state(let state, let path): self.init(.golden, "\(path): \(state.sentence)")
        }
    }

    private init(_ error: ReplayError, file: String) {
        switch error {
        case .frameRefused(let frame, let error):
            self.init(.data, "\(file): frame \(frame): \(error.sentence)")
        case .noFrames: self.init(.data, "\(file): holds no frame; expected at least one")
        case .gap(let frame, let missed):
            self.init(
                .data,
                "\(file): frame \(frame): the \(missed) frame\(missed == 1 ? "" : "s") before it were not recorded, and it has no "
                    + "snapshot; expected one to go on from",
                next: "lumon-replay replay \(shellQuoted(file)) --to \(frame - missed - 1)")
        case .snapshot(let frame, let error):
            self.init(.data, "\(file): frame \(frame): its snapshot cannot be read: \(error)")
        case .snapshotFrame(let frame, let found):
            self.init(
                .data,
                "\(file): frame \(frame): its snapshot is of the state before frame \(found); expected its own"
            )
        case .foreignSnapshot(let frame, let format):
            self.init(
                .data,
                "\(file): frame \(frame): the run begins with a snapshot in the format \(format), which the model cannot read; "
                    + "expected one of \(RecordedSnapshot.ownFormat)",
                next: "lumon-replay trace compare \(shellQuoted(file)) OTHER")
        case .storeNotRecorded(let frame):
            self.init(
                .data,
                "\(file): frame \(frame): a modelled run with a store cannot be started from a snapshot, which has not the store's "
                    + "rows; expected a live run, or one without a store")
        case .foreignVoxels(let frame, let engine):
            self.init(
                .data,
                "\(file): frame \(frame): \(engine) says that its casts see voxels of its own, which the model has not; expected a run in "
                    + "the model's world",
                next: "lumon-replay trace compare \(shellQuoted(file)) OTHER")
        case .otherSelection(let frame):
            self.init(
                .data,
                "\(file): frame \(frame): probes are selected from another place than the camera's, which the model does not",
                next: "lumon-replay trace compare \(shellQuoted(file)) OTHER")
        }
    }

    private init(_ error: CheckpointError, file: String) {
        switch error {
        case .noCheckpoints:
            self.init(
                .golden,
                "\(file): has no checkpoints; expected a recording whose engine computed its digests",
                next: "lumon-replay verify \(shellQuoted(file))")
        case .version(let frame, let found, let supported):
            self.init(
                .golden,
                "\(file): frame \(frame): its checkpoint has digests of version \(found); this program makes version \(supported)"
            )
        case .otherStages(let frame, let engine):
            self.init(
                .golden,
                "\(file): frame \(frame): the checkpoints are of the stages of \(engine), which are not the model's; expected the model's",
                next: "lumon-replay trace compare \(shellQuoted(file)) OTHER")
        case .stageCount(let frame, let found, let expected):
            self.init(
                .golden,
                "\(file): frame \(frame): its checkpoint has \(found) stages; expected the model's \(expected)"
            )
        }
    }

    private init(_ error: RecorderError) {
        switch error {
        case .notFinite, .outOfRange, .tooManyEvents, .noSession, .storeOutOfPlace, .noStore, .noFrames,
            .closed:
            self.init(.data, error.description)
        case .output, .stopped, .unfinishedRecording: self.init(.io, error.description)
        }
    }

    private init(_ error: AcceptError, file: String) {
        switch error {
        case .gap(let frame, let missed):
            self.init(
                .golden,
                "\(file): not accepted: the \(missed) frame\(missed == 1 ? "" : "s") before frame \(frame) were not recorded; expected a run "
                    + "without a gap",
                next: "record it again")
        case .checkpoint(let frame, let stage):
            self.init(
                .golden,
                "\(file): not accepted: the replay does not come to the recording's own checkpoint, first at frame \(frame), stage "
                    + (stage?.name ?? "undetermined"),
                next: "lumon-replay verify --against checkpoints \(shellQuoted(file))")
        case .unstable(let frame, let stage, let first, let second):
            self.init(
                .golden,
                "\(file): not accepted: the run with \(second) differs from the one with \(first), "
                    + "first at frame \(frame), stage \(stage?.name ?? "undetermined")",
                next: stage.map { "open \($0.sourceFile)" })
        case .notDeterministic(let verdict):
            self.init(
                .golden, "\(file): not accepted: \(verdict.reason)",
                next: "lumon-replay check \(shellQuoted(file)) --quick")
        case .incremental(let frame, let fault):
            self.init(.software, "\(file): not accepted: frame \(frame): \(fault)")
        case .outdatedNew(let path, let held, let found):
            self.init(
                .golden,
                "\(file): not accepted: \(path) holds run \(held), the run that was just made is \(found)",
                next: "lumon-replay verify \(file), then look at what it leaves")
        }
    }
}

extension TraceError {
    /// What saves what can be saved of the file, or makes a trace of it after all; nil where nothing does.
    func next(_ file: String) -> String? {
        switch self {
        case .container(let error) where error.isDamage:
            "lumon-replay trace recover \(shellQuoted(file)) -o NEW"
        case .frameGap: "lumon-replay trace recover \(shellQuoted(file)) -o NEW"
        case .notCanonicalizable: "lumon-replay trace finalize \(shellQuoted(file)) --drop-foreign -o NEW"
        default: nil
        }
    }
}

extension MCAPError {
    /// Whether there may be something whole before what is wrong.
    fileprivate var isDamage: Bool {
        switch self {
        case .badMagic(let offset, _), .truncated(_, let offset, _, _): offset > 0
        case .compressedChunk, .notIndexed, .tooLarge: false
        default: true
        }
    }
}

extension StoreFailure {
    fileprivate var code: Failure.Code {
        switch self {
        case .notAFile, .notADatabase, .otherProgram, .newerVersion: .data
        case .locked, .overwhelmed: .unavailable
        case .system: .io
        }
    }
}

extension FrameError {
    var sentence: String {
        switch self {
        case .frameOutOfOrder(let expected, let found): "expected frame \(expected), found \(found)"
        case .frameLimit(let found, let limit): "frame \(found); expected a frame below \(limit)"
        case .noSession: "no session is running; expected a session start first"
        case .sessionStartNotFirst(let event):
            "event \(event) starts or ends a session; expected that before any other event of the frame"
        case .sessionNumber(let expected, let found): "expected session \(expected), found \(found)"
        case .notReloadable(let field, let event):
            "event \(event) changes \(field) in a running session; expected a new session for that"
        case .position(.notFinite(let axis, let value)):
            "the camera's \(axis) is \(value); expected a finite number of blocks"
        case .position(.outOfRange(let axis, let value, let limit)):
            "the camera's \(axis) is \(value); expected at most \(limit) blocks from the origin, "
                + "so that cells fit 32 bits"
        case .notANumber(let field): "\(field) is NaN; expected a number"
        case .boxNotFinite(let event): "the box of event \(event) is not finite"
        case .editTooLarge(let event, let voxels, let limit):
            "event \(event) edits \(voxels) voxels; expected at most \(limit)"
        case .tooManyEvents(let count, let limit): "\(count) events; expected at most \(limit)"
        case .storeNotBehindStart(let event):
            "event \(event) gives the session a store; expected that right behind the session's start"
        case .storeSize(let event, let found, let limit):
            "the store of event \(event) has a size cap of \(found) bytes; expected 0...\(limit)"
        case .storeIndex(let event, let fault): "the store of event \(event) cannot be one: \(fault)"
        case .noStore(let event): "event \(event) is about a store; expected a session that has one"
        case .resultNotInFlight(let request):
            "it drains the result of request \(request), which is not in flight; expected each result once, of a cast that was dispatched"
        case .replyNotExpected(let request, let reason):
            "it drains the store's reply to request \(request): \(reason)"
        case .claimNotQueued(let request):
            "it claims request \(request), which does not wait in the queue; expected each request once, and after its selection"
        case .claimStage(let request, let found, let limit):
            "it claims request \(request) before stage \(found); expected 0...\(limit), what comes later is before the next frame's input"
        case .claimOrder(let request):
            "it claims request \(request) before an earlier stage than the claim in front of it; expected ascending stages"
        case .claimAcrossRebuild(let request):
            "it makes the levels anew, and claims request \(request), which it selects, behind requests of before; expected the one or the other"
        case .claimStageMissing(let claims):
            "it has \(claims) claims and not one stage for each; expected the stage before which each was made"
        case .tooManyInFlight(let request, let limit):
            "it claims request \(request) while \(limit) casts are in flight; expected at most so many"
        case .storeOfVariant(let event, let variant):
            "event \(event) gives the session a store, which the variant \(variant) has not; expected a session without one"
        case .indexNotDrained(let request):
            "its session ends while the store's index is asked for (request \(request)); expected the frame to drain that"
        }
    }
}

extension GoldenError {
    fileprivate var sentence: String {
        switch self {
        case .notAGolden(let line):
            "not a golden: expected a first line 'lumon-replay golden 1', found '\(line)'"
        case .newerFormat(let found, let supported):
            "written in golden format \(found); this program reads \(supported)"
        case .tooManyLines(let found, let limit): "\(found) lines; expected at most \(limit)"
        case .missing(let field): "the line '\(field)' is missing or not in its place"
        case .malformed(let field, let line, let found):
            "line \(line): '\(found)' is no value for '\(field)'"
        case .checksum(let expected, let found):
            "edited or damaged: its lines have checksum \(expected), it says \(found)"
        }
    }
}

extension DigestsFileError {
    fileprivate var sentence: String {
        switch self {
        case .badMagic: "not a digests file: expected it to begin with 'LRDIGEST'"
        case .newerFormat(let found, let supported):
            "written in digests format \(found); this program reads \(supported)"
        case .wrongLength(let expected, let found):
            "cut short or too long: expected \(expected) bytes, found \(found)"
        case .badHeader(let field, let found): "damaged: '\(field)' in its header is \(found)"
        case .checksum(let expected, let found):
            "damaged: its content has digest \(found), its end says \(expected)"
        }
    }
}

extension GoldenState {
    var sentence: String {
        switch self {
        case .missing: "there is no golden"
        case .incomplete(let missing): "half a golden: \(missing) is missing"
        case .otherTrace(let expected, let found):
            "the golden is of another trace: of bytes with digest \(expected), the trace has \(found)"
        case .mismatchedPair: "the golden and its digests file are not of the same run"
        case .otherSubject(let found, let expected):
            "the golden is of the subject \(found); expected one of \(expected)"
        case .otherStages(let found, let expected):
            "the golden has the stages \(found.joined(separator: " ")); the subject has \(expected.joined(separator: " "))"
        case .otherAlgorithm(let found, let expected):
            "the golden has digests of version \(found); this program makes version \(expected)"
        }
    }
}

/// Runs a command's body; what it throws is printed in the form of all errors, and becomes the exit code.
func reporting(file: String, _ body: () throws -> Void) throws {
    do {
        try body()
    } catch let code as ExitCode {
        throw code
    } catch {
        let failure = Failure(error, file: file)
        Console.error(failure)
        throw ExitCode(failure.code.rawValue)
    }
}

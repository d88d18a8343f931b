import Streaming
import Verification

/// Why there is no answer, in words.
enum BisectScheduleFailure {
    static func failure(_ error: ScheduleBisectError, _ file: String) -> Failure {
        switch error {
        case .nothingFails(let tried):
            Failure(
                .golden,
                "\(file): the verdict does not flip: \(tried) hold\(tried.first?.isNumber == true ? "" : "s"); expected one that fails",
                next: "more schedules: --full, or another --seed")
        case .goodFails(let order, let breach):
            Failure(
                .golden,
                "\(file): the verdict does not flip: \(order) fails too, at frame \(breach.frame)"
                    + (breach.stage.map { ", stage \($0.name)" } ?? "")
                    + ": \(breach.what); expected one that holds",
                next: order == "the recorded order"
                    ? "what fails in the recorded order is found by lumon-replay explain \(shellQuoted(file)) with the same subject"
                    : "lumon-replay check \(shellQuoted(file)) --only live --seed 0: what fails there is no race"
            )
        case .notLive(let reason):
            Failure(.usage, "\(file): cannot be run live: \(reason)", next: "name a whole modelled trace")
        case .notRecorded:
            Failure(.usage, "\(file): is no recorded live run; expected one")
        case .goodNotJudged(let reason):
            Failure(.golden, "\(file): the recorded order cannot be judged: \(reason)")
        case .nothingYet:
            Failure(
                .golden, "\(file): stopped, or at its limit, before a schedule had failed",
                next: "a larger --limit")
        }
    }

    static func failure(_ problem: RecordedOrder.Problem, _ file: String) -> Failure {
        switch problem {
        case .twice(let frame, let token):
            Failure(.data, "\(file): frame \(frame) drains or claims a second time: \(token)")
        case .otherInput(let frame, let what):
            Failure(
                .usage,
                "\(file): the two recordings differ at frame \(frame) in \(what); expected the same inputs, of which only what was drained differs"
            )
        case .otherLength(let left, let right):
            Failure(
                .usage, "\(file): has \(left) frames, and the other recording \(right); expected as many")
        }
    }
}

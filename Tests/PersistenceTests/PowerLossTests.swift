import Foundation
import Persistence
import StoreSupport
import Streaming
import Testing

/// What a store's file is after a loss of power, on a disk that does what it likes until it is told to sync (`UnsureDisk`): 500 images of
/// two sessions, 10,000 with LUMON_TEST_FULL=1, in debug builds 100 and 1,000.
///
/// The guarantee, and all of it: what is there is what was there after some transaction, whole; with `synchronous=NORMAL` that need not be
/// the last. A commit is only written to the log, and the log is synced when its first frame of a round is written and when a checkpoint
/// begins. So nothing is older than what was committed when the log was last synced, or than the transaction whose checkpoint was last
/// synced; before the first of those there may be no store at all. What came back for a request may be gone with a loss of power.
///
/// Not tried: sectors that are neither old nor new (SQLite counts on a disk that spoils nothing beside a write, and its log has checksums);
/// a disk that says that it has synced and has not (nothing helps against that, see `aDiskThatLiesIsFoundOut`); the syncs of the folder
/// are taken from SQLite's opening of it, the `fsync` itself is not seen.
@Suite struct PowerLossTests {
    private static let seed =
        ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) } ?? 11
    private static var images: Int {
        #if DEBUG
            TestSize.isFull ? 1000 : 100
        #else
            TestSize.isFull ? 10_000 : 500
        #endif
    }

    private static let run = Result { try LoggedRun(seed: seed) }

    @Test func whatIsThereIsAnEarlierTransaction() throws {
        let run = try Self.run.get()
        #expect(run.checkpoints >= 3, "\(run.checkpoints) checkpoints")
        let outcomes = try run.cut(images: Self.images, syncsCount: true)
        let faults = outcomes.compactMap(\.fault)
        #expect(
            faults.isEmpty, "\(faults.count) images: \(faults.first ?? ""); \(TestSize.repetition(Self.seed))"
        )
        let found = outcomes.compactMap(\.batch)
        // The images are of all kinds: no store, and stores that are newer than what is promised.
        #expect(outcomes.contains { $0.isMissing })
        #expect(Set(found).count > 20)
        #expect(outcomes.contains { ($0.batch ?? 0) > $0.promised && $0.promised > 0 })
        #expect(outcomes.contains { $0.batch == $0.promised })
        print(
            "\(outcomes.count) images of \(run.changes.count) changes with \(run.checkpoints) checkpoints: "
                + "\(Set(found).count) different contents, \(outcomes.count { $0.isMissing }) without a store, "
                + "\(outcomes.count { ($0.batch ?? 0) > $0.promised }) newer than promised")
    }

    /// The same images where no sync has done anything: what is looked for above is found where it is.
    @Test func aDiskThatLiesIsFoundOut() throws {
        let run = try Self.run.get()
        let outcomes = try run.cut(images: 30, syncsCount: false)
        #expect(outcomes.contains { $0.fault != nil })
    }
}

/// Two sessions of transactions on a disk that remembers them.
private struct LoggedRun: Sendable {
    private let seed: UInt64
    private(set) var changes: [TestDisk.Change] = []
    /// What the store holds after each batch; first before all.
    private var contents: [StoreIndex] = [StoreIndex()]
    private var batchOfClock: [Int64: Int] = [0: 0]
    /// How many changes there had been when so many batches were known to be committed.
    private var marks: [(changes: Int, batches: Int)] = []

    init(seed: UInt64) throws {
        self.seed = seed
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let disk = try TestDisk(folder)
        disk.remember()
        var batches = RandomBatches(seed: seed)
        // Few rows, which are written often: checkpoints, and images that are soon read.
        batches.edges = [4, 8, 8]
        batches.regions = 3
        var memory = MemoryStore()
        for _ in 0..<2 {
            let database = try StoreDatabase(path: folder.file("a.store"))
            marks.append((disk.changeCount, contents.count - 1))
            for _ in 0..<60 {
                let batch = batches.batch(Int.random(in: 1...40, using: &batches.random))
                try database.carryOut(batch)
                memory.handOver(batch)
                for request in batch.requests { memory.abandon(request) }
                contents.append(memory.contents.index)
                batchOfClock[memory.clock] = contents.count - 1
                marks.append((disk.changeCount, contents.count - 1))
            }
            try database.close()
            marks.append((disk.changeCount, contents.count - 1))
        }
        changes = disk.changes
        syncs = LoggedRun.syncs(changes)
    }

    /// How often the file itself was synced.
    var checkpoints: Int { syncs.count { $0.isOfLog == false } }

    /// The syncs of the store's file and its log: after how many changes.
    private var syncs: [(place: Int, isOfLog: Bool)] = []

    private static func syncs(_ changes: [TestDisk.Change]) -> [(place: Int, isOfLog: Bool)] {
        var names: [UInt64: String] = [:]
        var syncs: [(Int, Bool)] = []
        for (place, change) in changes.enumerated() {
            if case .open(let path, let inode) = change { names[inode] = path }
            guard case .sync(let inode) = change, let name = names[inode] else { continue }
            if name.hasSuffix("a.store") { syncs.append((place + 1, false)) }
            if name.hasSuffix("a.store-wal") { syncs.append((place + 1, true)) }
        }
        return syncs
    }

    /// The oldest batch that may be the last one after so many changes.
    private func promised(_ place: Int) -> Int {
        var promised = 0
        for sync in syncs where sync.place <= place {
            let before = marks.last { $0.changes < sync.place }?.batches ?? 0
            // Only a checkpoint syncs the file, after the commit that it follows.
            let during = marks.first { $0.changes >= sync.place }?.batches ?? contents.count - 1
            promised = max(promised, sync.isOfLog ? before : during)
        }
        return promised
    }

    struct Outcome {
        var promised: Int
        var isMissing = false
        /// The batch after which the store was as it is.
        var batch: Int?
        var fault: String?
    }

    /// Cuts the power at moments all over the run, near the syncs above all, and looks at what is left.
    func cut(images: Int, syncsCount: Bool) throws -> [Outcome] {
        var random = SeededGenerator(seed: seed &+ 1)
        let syncs = syncs.map(\.place)
        let places = (0..<images).map { number -> Int in
            guard number % 3 == 0, let sync = syncs.randomElement(using: &random) else {
                // One in ten while the file is being made.
                let limit = number % 10 == 1 ? min(marks[0].changes + 30, changes.count) : changes.count
                return Int.random(in: 0...limit, using: &random)
            }
            return min(max(sync + Int.random(in: -4...4, using: &random), 0), changes.count)
        }.sorted()
        var disk = UnsureDisk()
        var taken = 0
        var outcomes: [Outcome] = []
        for place in places {
            while taken < place {
                if case .sync = changes[taken], !syncsCount {} else { disk.take(changes[taken]) }
                taken += 1
            }
            var outcome = Outcome(promised: promised(place))
            let image = disk.image(&random)
            do {
                try look(at: image, &outcome)
            } catch {
                outcome.fault = "\(error)"
            }
            if let fault = outcome.fault { outcome.fault = "after \(place) changes: \(fault)" }
            outcomes.append(outcome)
        }
        return outcomes
    }

    private func look(at image: [String: [UInt8]], _ outcome: inout Outcome) throws {
        let copy = try TemporaryFolder()
        for (path, bytes) in image {
            try Data(bytes).write(to: URL(fileURLWithPath: copy.file((path as NSString).lastPathComponent)))
        }
        let path = copy.file("a.store")
        outcome.isMissing = !FileManager.default.fileExists(atPath: path)
        // Before it is opened, as that throws damaged rows out; and after, as that may make a file.
        if !outcome.isMissing, image.contains(where: { $0.key.hasSuffix("/a.store") && !$0.value.isEmpty }) {
            let faults = try StoreInspection.faults(path).faults
            guard faults.isEmpty else { return outcome.fault = "\(faults)" }
        }
        let store = try FileStore(path: path)
        let index = store.indexAtOpening
        try store.close()
        let faults = try StoreInspection.faults(path).faults
        guard faults.isEmpty else { return outcome.fault = "\(faults)" }
        guard let batch = batchOfClock[index.clock], contents[batch] == index else {
            return outcome.fault = "the content is that of no batch"
        }
        outcome.batch = batch
        if batch < outcome.promised {
            outcome.fault = "the content is of batch \(batch), promised was \(outcome.promised)"
        }
    }
}

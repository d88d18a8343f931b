import Foundation
import Persistence
import StoreSupport
import Streaming
import Testing

/// What a store's file is after its process was killed with SIGKILL, at moments from before the file exists to more than a second of
/// heavy writing: 30 in every run of the tests in release and 15 in debug, 500 with LUMON_TEST_FULL=1.
///
/// Shown: the file opens, with nothing beside it that stops the next start; every row is whole; what it holds is what it held after
/// some operation of the run, all operations before that and none after it, and nothing that a reply has told of is missing. Some of
/// the processes find a store that another was killed on before.
///
/// Not shown: anything about a loss of power, as what the process wrote is in the system's memory (PowerLossTests).
@Suite struct KilledStoreTests {
    private static let kills: Int = {
        #if DEBUG
            TestSize.isFull ? 500 : 15
        #else
            TestSize.isFull ? 500 : 30
        #endif
    }()
    private static let seed =
        ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) }
        ?? UInt64.random(in: 0...UInt64.max)
    private static let repetition =
        "\(TestSize.repetition(seed)) swift test --filter KilledStoreTests"

    @Test func killedAtAnyMomentItHoldsAllThatWasCommitted() throws {
        print("\(Self.kills) kills, seed \(Self.seed); \(Self.repetition)")
        var random = SeededGenerator(seed: Self.seed)
        var sums = Sums()
        var kill = 0
        while kill < Self.kills {
            let folder = try TemporaryFolder()
            var memory = MemoryStore()
            // Up to three processes one after the other have one file.
            for _ in 0..<Int.random(in: 1...3, using: &random) where kill < Self.kills {
                try killOnce(folder, &memory, "kill \(kill); \(Self.repetition)", &random, &sums)
                kill += 1
            }
        }
        print("\(kill) kills: \(sums)")
        #expect(sums.batches > 0 && sums.told > 0, "no kill came after the first batch")
    }

    private struct Sums: CustomStringConvertible {
        var told = 0
        var batches = 0
        var within = 0
        var rows = 0
        var withoutFile = 0
        var withLog = 0

        var description: String {
            "\(told) batches told of, \(batches) found, \(within) files that end within a batch, \(rows) rows checked, "
                + "\(withoutFile) without a file, \(withLog) with a log"
        }
    }

    private func killOnce(
        _ folder: TemporaryFolder, _ memory: inout MemoryStore, _ context: String,
        _ random: inout SeededGenerator, _ sums: inout Sums
    ) throws {
        let path = folder.file("a.store")
        let output = try TemporaryFolder()
        let seed = random.next()
        let process = try StoreProcess(path, seed: seed, output: output)
        let moment = Double.random(in: 0...1, using: &random)
        // Half of them within 50 ms: the first milliseconds are those of the program's start, then the file is made.
        Thread.sleep(forTimeInterval: 0.002 + 1.2 * pow(moment, 5))
        try process.kill()
        let told = try process.committed()
        sums.told += told
        sums.withLog += folder.content.keys.contains("a.store-wal") ? 1 : 0
        guard FileManager.default.fileExists(atPath: path) else {
            sums.withoutFile += 1
            #expect(told == 0 && memory.clock == 0, "\(context)")
            try startAnew(folder, memory, context)
            return
        }
        // What opens it may throw damaged rows out, or may see them: both are asked.
        let opensFirst = Bool.random(using: &random)
        if opensFirst { try startAnew(folder, nil, context) }
        let (rows, faults) = try StoreInspection.faults(path)
        #expect(faults.isEmpty, "\(faults); \(context)")
        sums.rows += rows
        let store = try FileStore(path: path)
        let found = store.indexAtOpening
        try store.close()
        var batches = HeavyBatches(seed: seed, after: memory.clock)
        let prefix = try #require(
            Prefix.find(found, &memory) { batches.next() },
            "it holds what no prefix of the run holds; \(context)")
        #expect(prefix.batches >= told, "\(told) batches told of, \(prefix) found; \(context)")
        sums.batches += prefix.batches
        sums.within += prefix.operations > 0 ? 1 : 0
        try startAnew(folder, memory, context)
    }

    /// The next start: the file opens, holds what it should, and nothing is left over beside it once it is closed.
    private func startAnew(_ folder: TemporaryFolder, _ memory: MemoryStore?, _ context: String) throws {
        let store = try FileStore(path: folder.file("a.store"))
        #expect(store.indexAtOpening.damagedRows == 0, "\(context)")
        if let memory { #expect(store.indexAtOpening == memory.contents.index, "\(context)") }
        try store.close()
        #expect(folder.content.keys.sorted() == ["a.store"], "\(context)")
    }
}

import Foundation
import PlantedFaults
import Testing
import Verification

/// A planted fault, what finds it, and within how many seeds from seed 1 on.
struct GeneratedFault: CustomTestStringConvertible, Sendable {
    var fault: Fault
    /// A law or a dimension.
    var finder: String
    var seeds: Int

    var testDescription: String { "\(fault.rawValue), found by \(finder) within \(seeds)" }

    init(_ fault: Fault, _ finder: String, within seeds: Int) {
        self.fault = fault
        self.finder = finder
        self.seeds = seeds
    }

    /// The last of the seeds is the first that shows the fault.
    static let all = [
        // Laws.
        GeneratedFault(.heapDrained, "prefix", within: 1),
        GeneratedFault(.tiesBySlot, "translation", within: 2),
        GeneratedFault(.snapWaits, "snap-alone", within: 2),
        GeneratedFault(.flightsForgotten, "split-and-join", within: 1),
        GeneratedFault(.idleRefresh, "rest", within: 2),
        GeneratedFault(.restoreWears, "there-and-back", within: 3),
        GeneratedFault(.lateResultsFade, "fixed-point", within: 2),
        GeneratedFault(.seedNotInKey, "other-key", within: 2),
        GeneratedFault(.replyNotAwaited, "same-key", within: 4),
        GeneratedFault(.agesForgotten, "seek", within: 41),
        // Dimensions.
        GeneratedFault(.environmentOfCaller, "floating-point", within: 1),
        GeneratedFault(.clockOverflow, "clock", within: 1),
        GeneratedFault(.restoredYoung, "restore", within: 1),
        GeneratedFault(.uninitializedRead, "malloc-perturb", within: 1),
        GeneratedFault(.collatedKeys, "locale", within: 2),
        GeneratedFault(.modeOfRows, "umask", within: 2),
        GeneratedFault(.lastPartLost, "workers", within: 2),
        GeneratedFault(.ageOfFirst, "visit-order", within: 2),
        GeneratedFault(.impatientReply, "store-delay", within: 2),
        GeneratedFault(.orderInFile, "file-order", within: 2),
        GeneratedFault(.fullEnvironment, "environment-size", within: 2),
        GeneratedFault(.outcomesAsCompleted, "completion-order", within: 3),
        GeneratedFault(.localTime, "time-zone", within: 5),
        GeneratedFault(.roomPerProcessor, "cpus", within: 5),
        GeneratedFault(.cachePerDescriptor, "open-files", within: 8),
        GeneratedFault(.tiesByHash, "hash-seed", within: 1),
        GeneratedFault(.relativePath, "working-directory", within: 11),
        GeneratedFault(.recorderRounds, "recorder", within: 15),
        // Races.
        GeneratedFault(.orderOfArrival, "live", within: 1),
        GeneratedFault(.roomByArrival, "live", within: 1),
        GeneratedFault(.retryByArrival, "live", within: 1),
        GeneratedFault(.abortSpreads, "live", within: 1),
        GeneratedFault(.resultsRecordedApart, "live", within: 1),
        GeneratedFault(.worldAtClaim, "live", within: 1),
        GeneratedFault(.claimedTwice, "live", within: 1),
        GeneratedFault(.resultLost, "live", within: 1),
        GeneratedFault(.repliesByArrival, "live", within: 2),
        GeneratedFault(.retiredUnrecorded, "live", within: 2),
        GeneratedFault(.runningMean, "live", within: 3),
        GeneratedFault(.outcomesByArrival, "live", within: 3),
        GeneratedFault(.batchNumberReused, "live", within: 3),
        GeneratedFault(.tornHandOver, "live", within: 3),
        GeneratedFault(.sharedCaster, "live", within: 6),
    ]
}

@Suite(
    "Faults that generated traces find", .enabled(if: Build.hasPlantedFaults, Build.absence),
    .enabled(if: Scale.isThorough, Scale.inRelease))
struct GeneratedFaultTests {
    @Test(
        "within so many seeds, and the last of them alone shows it as well",
        arguments: Scale.sample(GeneratedFault.all))
    func found(planted: GeneratedFault) throws {
        let workspace = try Workspace()
        let environment = ["LUMON_PLANTED_FAULT": "\(planted.fault.rawValue)@0"]
        let batch = try workspace.run(
            ["check", "--generate", "\(planted.seeds)", "--only", planted.finder], environment: environment)
        #expect(batch.code == 1, "\(batch)")
        let name = "generated-\(planted.seeds)"
        let heading = try #require(batch.outputLines.last { $0.hasPrefix("generated-") }, "\(batch)")
        #expect(heading.hasPrefix("\(name) "), "\(batch)")
        #expect(batch.output.contains("  saved   \(name).mcap"), "\(batch)")
        let isLaw = Laws.all.contains { $0.name == planted.finder }
        let line = isLaw ? "  law     \(planted.finder)" : "  guilty  \(planted.finder)"
        #expect(batch.outputLines.contains(line), "\(batch)")
        guard Scale.isFull || planted.seeds == 2 else { return }
        // What it said of this seed it says again. What the system draws anew in each process has another digest each time.
        let alone = try workspace.run(
            ["check", "--generate", "1", "--seed", "\(planted.seeds)", "--only", planted.finder],
            environment: environment)
        let start = try #require(batch.outputLines.lastIndex(of: heading))
        let block = batch.outputLines[start...].prefix {
            !$0.hasPrefix("laws held") && !$0.contains(" traces of ")
        }
        let drawn = ["hash-seed", "address-layout"].contains(planted.finder)
        #expect(drawn || alone.outputLines.starts(with: block), "\(batch)\n\(alone)")
    }

    @Test("every fault has one case, and every law a fault")
    func cases() {
        #expect(Set(GeneratedFault.all.map(\.fault)).count == GeneratedFault.all.count)
        #expect(Set(Laws.all.map(\.name)).isSubset(of: Set(GeneratedFault.all.map(\.finder))))
        for planted in GeneratedFault.all { #expect(planted.seeds >= 1) }
    }
}

import CStoreShim
import Foundation
import Hashing
import Persistence
import Replay
import Streaming
import Testing
import Topology
import Voxels

/// A store whose disk fails takes nothing from the run but itself: the run goes on as if somebody had switched the store off at that frame.
@Suite struct FailingStoreTests {
    /// What the disk cannot do any more.
    enum Fault: Sendable {
        case bytes(Int64)
        case syncs(Int32)
    }

    /// Counted from the opening of the store: at its first transaction, and later.
    static let faults: [Fault] = [
        .bytes(0), .bytes(5000), .bytes(100_000), .bytes(250_000), .syncs(0),
    ]

    @Test(arguments: TestScale.isBrief ? Array(faults.prefix(3)) : faults)
    func aRunGoesOnAsIfTheStoreWereSwitchedOff(_ fault: Fault) throws {
        let one = StoreRuns.configuration(cacheBytes: 40_000)
        let box = VoxelBox(lower: VoxelCoordinate(0, 80, -6), upper: VoxelCoordinate(6, 86, 0))
        let frames = StoreRuns.sessions([one, one], frames: 24, events: [10: [.edit(box, .lamp)]])
        let (failing, failed) = try runOnFailingDisk(frames, fault)
        #expect(!failed.isEmpty, "the disk never failed")
        // The same frames with the store in memory, switched off where the other failed.
        var switched = frames
        for frame in failed {
            let place = try #require(switched.firstIndex { $0.frame == frame })
            try #require(place > 0)
            let before = try Replayer.run(switched, options: ReplayOptions(lastFrame: frame - 1))
            switched[place] = switched[place].switchingStoreOff(before.system)
        }
        var digests: [FrameDigests] = []
        _ = try Replayer.run(switched) { result, _ in
            #expect(!result.storeFailed)
            digests.append(result.digests)
        }
        #expect(failing.count == frames.count)
        let differing = zip(failing, digests).map { $0 != $1 }.firstIndex(of: true)
        #expect(digests == failing, "the first that differs is frame \(differing ?? -1)")
        // Without the fault it is another run: what is equal above is not equal whatever happens.
        var undisturbed: [FrameDigests] = []
        _ = try Replayer.run(frames) { result, _ in undisturbed.append(result.digests) }
        #expect(undisturbed != failing)
    }

    /// The digests of all frames, and the frames before which the store had failed.
    private func runOnFailingDisk(_ frames: [FrameInput], _ fault: Fault) throws
        -> (digests: [FrameDigests], failed: [Int32])
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "lumon-failing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try #require(shim_install() == 0)
        let disk = try #require(shim_add(folder.path))
        defer { shim_remove(disk) }
        let store = try FileStore(path: folder.appendingPathComponent("a.store").path)
        switch fault {
        case .bytes(let bytes): shim_full_after(disk, bytes)
        case .syncs(let count): shim_fail_syncs_after(disk, count)
        }
        var digests: [FrameDigests] = []
        var failed: [Int32] = []
        _ = try Replayer.run(frames, store: store) { result, _ in
            digests.append(result.digests)
            if result.storeFailed { failed.append(result.frame) }
        }
        if failed.isEmpty {
            _ = try? store.close()
        } else {
            #expect(throws: StoreFailure.self) { try store.close() }
        }
        return (digests, failed)
    }
}

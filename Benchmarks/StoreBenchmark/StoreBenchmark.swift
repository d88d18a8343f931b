// What cache and store cost the frame, and what they are good for.
//
//     swift run -c release store-benchmark          the ratios of Design.md, all measured in this run
//     swift run -c release store-benchmark live N   N frames at 60 Hz with the store on a real file (Scripts/live-store)
//
// Compare ratios, not microseconds.

import Foundation
import GRDB
import Hashing
import Persistence
import Streaming
import Topology
import Voxels

@main
enum StoreBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "store-benchmark-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        if arguments.first == "live" {
            let frames = arguments.dropFirst().first.flatMap { Int($0) } ?? 3600
            try LiveRun.measure(frames: frames, path: folder.appendingPathComponent("live.store").path)
            return
        }
        CacheFigures.measure()
        try ThroughputFigures.measure(folder.path)
        try StartFigures.measure()
    }
}

func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start) / .seconds(1)
}

func rounded(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }

/// Puts into the cache and gets out of it, on the frame thread, beside memcpy of the same bytes.
enum CacheFigures {
    static func measure() {
        print("region cache, 32^3 window, regions of 8^3, one plane of 1024 cells a frame, 52 bytes a cell")
        var payload = Payload.zero
        payload.flags = Payload.validFlag
        var puts: [Double] = []
        var gets: [Double] = []
        var copies: [Double] = []
        let cellBytes = 52
        let source = [UInt8](repeating: 7, count: 1024 * cellBytes * 64)
        var target = source
        for round in 0..<200 {
            var cache = RegionCache(grid: RegionGrid(edge: 8), baseSpacing: 2)
            // A cache that has something of its own.
            for x in Int32(0)..<8 { insertPlane(x &- 100, &cache, payload, 0) }
            puts.append(seconds { for x in Int32(0)..<8 { insertPlane(x, &cache, payload, Int32(round)) } })
            gets.append(
                seconds { for x in Int32(0)..<8 { removePlane(x, &cache, Int32(round)) } })
            copies.append(
                seconds {
                    for plane in 0..<8 {
                        let offset = (plane * 8 + round % 8) % 64 * 1024 * cellBytes
                        let range = offset..<offset + 1024 * cellBytes
                        target.withUnsafeMutableBytes { to in
                            source.withUnsafeBytes { from in
                                UnsafeMutableRawBufferPointer(rebasing: to[range])
                                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: from[range]))
                            }
                        }
                    }
                })
        }
        let copy = median(copies)
        print(
            "  put     \(rounded(median(puts) / 8192 * 1e9, 1)) ns a cell, \(rounded(median(puts) / copy, 1)) x memcpy"
        )
        print(
            "  get     \(rounded(median(gets) / 8192 * 1e9, 1)) ns a cell, \(rounded(median(gets) / copy, 1)) x memcpy"
        )
        print("  memcpy  \(rounded(copy / 8192 * 1e9, 1)) ns a cell (\(target[0]))")
    }

    private static func insertPlane(
        _ x: Int32, _ cache: inout RegionCache, _ payload: Payload, _ frame: Int32
    ) {
        var cells: [CachedCell] = []
        cells.reserveCapacity(1024)
        for z in Int32(0)..<32 {
            for y in Int32(0)..<32 {
                cells.append(CachedCell(cell: Cell(x, y, z), lastUpdated: frame, payload: payload))
            }
        }
        cache.insert(cells, level: 1, unsaved: true, layoutVersion: 1, frame: frame)
    }

    private static func removePlane(_ x: Int32, _ cache: inout RegionCache, _ frame: Int32) {
        let box = CellBox(lower: Cell(x, 0, 0), upper: Cell(x + 1, 32, 32))
        for z in Int32(0)..<4 {
            for y in Int32(0)..<4 {
                cache.removeCells(in: box, of: RegionKey(level: 1, region: Cell(0, y, z)), frame: frame) {
                    _ in true
                }
            }
        }
    }
}

/// Write-backs of 64 KiB, beside SQLite used plainly: one insert of the same bytes in a transaction of its own.
enum ThroughputFigures {
    static let rows = 512

    static func measure(_ folder: String) throws {
        let key = StoreKey(
            worldSeed: 1, layoutVersion: 1, fingerprint: Digest64(1), baseSpacing: 2, regionEdge: 16)
        var payload = Payload.zero
        payload.flags = Payload.validFlag
        let content = RegionContent(
            cells: (0..<Int32(65536 / RegionContent.cellBytes)).map {
                StoredCell(index: $0 * 3, ageFrames: 1, storedAt: 1, payload: payload)
            })
        let bytes = content.bytes
        print("write-back, \(rows) regions of \(bytes.count) bytes, 8 a frame")
        var ours: [Double] = []
        var handing: [Double] = []
        var plain: [Double] = []
        var copies: [Double] = []
        for round in 0..<5 {
            let path = "\(folder)/ours-\(round).store"
            let store = try FileStore(path: path)
            var hand = 0.0
            ours.append(
                try seconds {
                    for frame in 0..<rows / 8 {
                        let operations = (0..<8).map { place -> StoreOperation in
                            let region = RegionKey(level: 1, region: Cell(Int32(frame), Int32(place), 0))
                            return .write(RowKey(key, region), content)
                        }
                        hand += seconds {
                            store.handOver(
                                StoreBatch(
                                    frame: Int32(frame), clock: Int64(frame + 1), operations: operations))
                        }
                    }
                    try store.close()
                })
            handing.append(hand)
            plain.append(try plainInserts("\(folder)/plain-\(round).db", bytes))
            copies.append(seconds { for _ in 0..<rows { blackHole(bytes.withUnsafeBytes { Array($0) }) } })
        }
        let megabytes = Double(rows * bytes.count) / 1e6
        print(
            "  store   \(rounded(megabytes / median(ours), 0)) MB/s, \(rounded(median(plain) / median(ours))) x plain"
        )
        print(
            "  plain   \(rounded(megabytes / median(plain), 0)) MB/s, WAL, synchronous=NORMAL, an insert a transaction"
        )
        print(
            "  on the frame thread, of that: \(rounded(median(handing) / Double(rows) * 1e6)) us a region, "
                + "\(rounded(median(handing) / median(copies))) x a copy of its bytes")
    }

    private static func plainInserts(_ path: String, _ bytes: [UInt8]) throws -> Double {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            try db.execute(
                sql: "PRAGMA synchronous = NORMAL; CREATE TABLE blobs (id INTEGER PRIMARY KEY, bytes BLOB)")
        }
        let data = Data(bytes)
        let time = try seconds {
            for id in 0..<rows {
                try queue.write { db in
                    try db.execute(sql: "INSERT INTO blobs VALUES (?, ?)", arguments: [id, data])
                }
            }
            try queue.close()
        }
        return time
    }

    @inline(never) private static func blackHole(_ bytes: [UInt8]) { precondition(bytes.count > 1) }
}

/// Frames from a session's start until 90% of the far cells are Valid, with a store of an earlier session and without.
enum StartFigures {
    static func measure() throws {
        var configuration = Streaming.Configuration.classic
        configuration.worldSeed = 5
        var store = MemoryStore()
        let casts = InlineCasts()
        print("start of a session, classic preset, frames until 90% of the far cells are Valid")
        let cold = try run(configuration, &store, casts, ends: true)
        let warm = try run(configuration, &store, casts, ends: false)
        print("  cold    \(cold) frames")
        print("  warm    \(warm) frames, \(rounded(Double(cold) / Double(warm), 1)) x as fast")
    }

    private static func run(
        _ configuration: Streaming.Configuration, _ store: inout MemoryStore, _ casts: InlineCasts, ends: Bool
    ) throws -> Int {
        var system = StreamingSystem()
        let camera = Camera(position: WorldPoint(0.5, 120, 0.5))
        var found: Int?
        for frame in 0..<Int32(3000) {
            var input = FrameInput(frame: frame, camera: camera)
            if frame == 0 {
                input.events = [.sessionStart(configuration), .store(sizeCapBytes: 1 << 30, contents: nil)]
            }
            _ = try system.step(input, casts: casts, store: &store)
            let far = system.levels.dropFirst()
            let valid = far.reduce(0) { $0 + $1.probes.count { $0.lifecycle == .valid } }
            let disabled = far.reduce(0) { $0 + $1.probes.count { $0.lifecycle == .disabled } }
            let cells = far.reduce(0) { $0 + $1.probes.count } - disabled
            if found == nil, valid * 10 >= cells * 9 {
                found = Int(frame)
                if !ends { break }
            }
        }
        if ends {
            _ = try system.step(
                FrameInput(frame: 3000, camera: camera, events: [.sessionEnd]), casts: casts, store: &store)
        }
        return found ?? 3000
    }
}

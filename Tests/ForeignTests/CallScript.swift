import Foundation
import Recording

/// Carries a call script out with the recorder in Swift: the list of calls that the recorders of all languages carry out.
struct CallScript {
    struct Mistake: Error {
        var line: Int
        var reason: String
    }

    private var words: [String] = []
    private var place = 0

    /// Records what a script says.
    static func record(_ text: String, to path: String, framesPerFlush: Int = 16) throws {
        var recorder: TraceRecorder?
        var budgets: TraceRecorder.Budgets?
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ").map(String.init).prefix { $0 != "#" }
            guard let verb = words.first, !verb.hasPrefix("#") else { continue }
            var script = CallScript(words: Array(words.dropFirst()))
            do {
                if verb == "start", recorder == nil {
                    recorder = try TraceRecorder(
                        path: path, configuration: try script.settings(), framesPerFlush: framesPerFlush)
                } else if let recorder {
                    if verb == "budgets" {
                        let (total, upload) = (try script.i32(), try script.i64())
                        budgets = TraceRecorder.Budgets(
                            perLevel: try script.list { try $0.i32() }, total: total, uploadBytes: upload)
                    } else {
                        try script.call(verb, recorder, budgets)
                    }
                    if verb == "frame" { budgets = nil }
                }
            } catch {
                throw Mistake(line: number + 1, reason: "\(error)")
            }
            guard script.place == script.words.count else {
                throw Mistake(line: number + 1, reason: "there is more")
            }
        }
    }

    private init(words: [String]) { self.words = words }

    private mutating func call(
        _ verb: String, _ recorder: TraceRecorder, _ budgets: TraceRecorder.Budgets?
    ) throws {
        switch verb {
        case "start": try recorder.startSession(try settings())
        case "configure": try recorder.configure(try settings())
        case "end": try recorder.endSession()
        case "engine":
            let own = try u64() == 1
            let name = try word()
            var stages: [String] = []
            while place < words.count { stages.append(try word()) }
            try recorder.engine(name: name, stages: stages, hasOwnVoxels: own)
        case "edit":
            let (lower, upper) = (try coordinate(), try coordinate())
            try recorder.edit(lower: lower, upper: upper, material: UInt8(try u64()))
        case "chunk_load": try recorder.chunkLoaded(try coordinate())
        case "chunk_unload": try recorder.chunkUnloaded(try coordinate())
        case "invalidate":
            let (lower, upper) = (try point(), try point())
            try recorder.invalidate(lower: lower, upper: upper)
        case "store": try recorder.store(sizeCapBytes: try i64())
        case "store_off": try recorder.storeOff()
        case "store_damage":
            try recorder.storeDamage(level: Int(try i64()), region: (try i32(), try i32(), try i32()))
        case "write_back_dropped":
            try recorder.writeBackDropped(
                TraceRecorder.StoreRow(
                    seed: try u64(), layoutVersion: UInt32(try u64()), fingerprint: try hex(),
                    baseSpacing: try f64(),
                    regionEdge: try i32(), level: Int(try i64()), region: (try i32(), try i32(), try i32())))
        case "completed": try recorder.completed(try list { try $0.u64() })
        case "completed_with":
            let entries = try list { (try $0.u64(), UInt8(try $0.u64()), try $0.hex()) }
            try recorder.completed(
                entries.map(\.0), outcomes: entries.map { TraceRecorder.Outcome(rawValue: $0.1) ?? .unknown },
                payloads: entries.map(\.2))
        case "claimed":
            let entries = try list { (try $0.u64(), UInt32(try $0.u64())) }
            try recorder.claimed(entries.map(\.0), stages: entries.map(\.1))
        case "accepted": try recorder.accepted(try list { try $0.u64() })
        case "refused": try recorder.refused(try list { try $0.u64() })
        case "solid": try recorder.solid(try list { try $0.u64() })
        case "reply_absent": try recorder.reply(to: try u64(), .absent)
        case "reply_damaged": try recorder.reply(to: try u64(), .damaged)
        case "reply_region":
            let request = try u64()
            try recorder.reply(to: request, .region(try bytes()))
        case "checkpoint":
            let version = UInt32(try u64())
            let stages = try list { try $0.hex() }
            let levels = try list { try $0.hex() }
            let digest = try bytes()
            func half(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
            try recorder.checkpoint(
                digestVersion: version, stages: stages, levels: levels,
                digest: digest.isEmpty ? nil : (half(digest[..<8]), half(digest[8...])))
        case "snapshot":
            let format = try word()
            try recorder.snapshot(format: format, state: try bytes())
        case "missed": try recorder.missed(frames: try i64())
        case "frame":
            let position = try point()
            let rotation = TraceRecorder.Rotation(x: try f64(), y: try f64(), z: try f64(), w: try f64())
            let (fieldOfView, time) = (try f64(), try i64())
            try recorder.frame(
                position: position, orientation: rotation, fieldOfView: fieldOfView,
                engineTimeNanoseconds: time,
                budgets: budgets, selectionPosition: place < words.count ? try point() : nil)
        case "finish": try recorder.finish()
        default: throw Mistake(line: 0, reason: "no call is named \(verb)")
        }
    }

    // MARK: Words

    private mutating func word() throws -> String {
        guard place < words.count else { throw Mistake(line: 0, reason: "a word is missing") }
        defer { place += 1 }
        return words[place]
    }

    private mutating func number<Number: FixedWidthInteger>(_ type: Number.Type, radix: Int = 10) throws
        -> Number
    {
        let text = try word()
        guard let number = Number(text, radix: radix) else {
            throw Mistake(line: 0, reason: "'\(text)' is no number")
        }
        return number
    }

    private mutating func u64() throws -> UInt64 { try number(UInt64.self) }
    private mutating func i64() throws -> Int64 { try number(Int64.self) }
    private mutating func i32() throws -> Int32 { try number(Int32.self) }
    private mutating func hex() throws -> UInt64 { try number(UInt64.self, radix: 16) }
    private mutating func f64() throws -> Double { Double(bitPattern: try hex()) }

    private mutating func bytes() throws -> [UInt8] {
        let text = Array(try word().utf8)
        guard text != [UInt8(ascii: "-")] else { return [] }
        return try stride(from: 0, to: text.count, by: 2).map { start in
            guard start + 1 < text.count,
                let byte = UInt8(String(decoding: text[start...start + 1], as: UTF8.self), radix: 16)
            else { throw Mistake(line: 0, reason: "no bytes in hexadecimal") }
            return byte
        }
    }

    private mutating func list<Element>(_ element: (inout CallScript) throws -> Element) throws -> [Element] {
        let count = try i64()
        return try (0..<count).map { _ in try element(&self) }
    }

    private mutating func coordinate() throws -> TraceRecorder.Coordinate {
        TraceRecorder.Coordinate(try i64(), try i64(), try i64())
    }

    private mutating func point() throws -> TraceRecorder.Point {
        TraceRecorder.Point(try f64(), try f64(), try f64())
    }

    private mutating func settings() throws -> TraceRecorder.Settings {
        var settings = TraceRecorder.Settings.classic
        settings.worldSeed = try u64()
        // The variant is in the same number, as in the canonical form.
        let flags = try u64()
        settings.chunksStartLoaded = flags & 1 == 1
        settings.variant = flags >> 1 == 1 ? .lumon2026_01 : .reference
        settings.layoutVersion = UInt32(try u64())
        settings.baseSpacing = try f64()
        settings.resolution = try i32()
        settings.levels = try i32()
        settings.reanchorDistance = try f64()
        settings.regionEdge = try i32()
        settings.nearLevels = try i32()
        settings.cacheBytes = try i64()
        settings.castLatencyFrames = try i32()
        settings.storeLatencyFrames = try i32()
        let (total, upload) = (try i32(), try i64())
        settings.budgets = TraceRecorder.Budgets(
            perLevel: try list { try $0.i32() }, total: total, uploadBytes: upload)
        return settings
    }
}

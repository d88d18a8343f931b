import Foundation
import Hashing
import Streaming
import SwiftProtobuf
import Testing
import Topology

@testable import Recording

@Suite struct StoreEventTests {
    /// A frame with the events of a store, each in turn.
    private func frames(_ events: [Event]) -> [FrameInput] {
        var frames = TraceSamples.plain(0..<1)
        frames[0].events += events
        return frames
    }

    /// The error of a trace whose event 1 is changed after it was written.
    private func error(_ event: Event, _ change: (inout MessageEvent) -> Void) throws -> TraceError? {
        var raw = try RawTrace(frames([event]))
        let place = try #require(raw.messages.lastIndex { $0.channelID == TraceTopic.event.id })
        var message = try MessageEvent(serializedBytes: raw.messages[place].data)
        change(&message)
        raw.messages[place].data = try message.serializedBytes()
        return try raw.error()
    }

    private func error(_ change: (inout MessageStoreContents) -> Void) throws -> TraceError? {
        try error(.store(sizeCapBytes: 1, contents: StoreSamples.contents)) { change(&$0.store.contents) }
    }

    private func range(_ field: String, _ value: String, _ allowed: String) -> TraceError {
        .outOfRange(field: field, value: value, allowed: allowed, frame: 0)
    }

    private func index(_ fault: String) -> TraceError {
        range("index of the store of event 1", fault, "what a store gives")
    }

    // MARK: Round trips

    static let events: [Event] = [
        .store(sizeCapBytes: 0, contents: nil),
        .store(sizeCapBytes: Model.maximumStoreBytes, contents: StoreContents()),
        .store(sizeCapBytes: 1 << 30, contents: StoreSamples.contents),
        .storeOff,
        .storeDamage(RegionKey(level: 0, region: Cell(0, 0, 0))),
        .storeDamage(RegionKey(level: 7, region: Cell(1 - .max, .max - 1, -1))),
        .writeBackDropped(StoreSamples.row(-1)),
    ]

    @Test(arguments: events)
    func whatIsWrittenIsReadAndWrittenAgainTheSame(event: Event) throws {
        let frames = frames([event])
        let bytes = try TraceSamples.bytes(frames)
        let reader = TraceReader(bytes)
        let read = try reader.allFrames()
        #expect(read == frames)
        #expect(try TraceSamples.bytes(read) == bytes)
        #expect(try Trace.finalize(reader) == bytes)
        #expect(Trace.canonicity(of: reader) == .canonical)
    }

    @Test func theEventsOfAStoreDiffer() throws {
        let traces = try Self.events.map { try TraceSamples.bytes(frames([$0])) }
        #expect(Set(traces).count == Self.events.count)
    }

    /// A row that was taken and has no bytes is not one that was not taken.
    @Test func aTakenRowWithoutBytesIsTaken() throws {
        var contents = StoreSamples.contents
        contents.taken[contents.index.rows[2].key] = []
        let frames = frames([.store(sizeCapBytes: 1, contents: contents)])
        let read = try TraceReader(TraceSamples.bytes(frames)).allFrames()
        #expect(read == frames)
        guard case .store(_, let again?) = read[0].events[1] else {
            Issue.record("expected a store with contents")
            return
        }
        #expect(again.taken.count == 2 && again.taken[contents.index.rows[2].key] == [])
        #expect(again.taken[contents.index.rows[0].key] == nil)
    }

    /// Fields out of their order, and one that is given twice, are the same content.
    @Test func anotherEncodingIsBroughtIntoTheCanonicalOne() throws {
        let frames = frames([.store(sizeCapBytes: 1, contents: StoreSamples.contents)])
        var raw = try RawTrace(frames)
        let place = try #require(raw.messages.lastIndex { $0.channelID == TraceTopic.event.id })
        // The size cap of 9 comes first, and is overridden by what follows.
        raw.messages[place].data.insert(contentsOf: [0x52, 0x02, 0x08, 0x09], at: 0)
        let reader = TraceReader(try raw.bytes())
        #expect(try reader.allFrames() == frames)
        guard case .differs = Trace.canonicity(of: reader) else {
            Issue.record("it is not canonical")
            return
        }
        #expect(try Trace.finalize(reader) == TraceSamples.bytes(frames))
    }

    // MARK: Text

    @Test func catShowsEveryFieldAndOnlyTheDigestOfTakenBytes() throws {
        var contents = StoreSamples.contents
        contents.index.rows.removeLast(2)
        contents.index.worlds.removeFirst()
        var lines: [String] = []
        let frames = frames([
            .store(sizeCapBytes: 5, contents: contents), .store(sizeCapBytes: 0, contents: nil), .storeOff,
            .storeDamage(RegionKey(level: 3, region: Cell(-1, 2, 0))),
            .writeBackDropped(StoreSamples.row(9)),
        ])
        try Trace.cat(TraceReader(TraceSamples.bytes(frames))) { lines.append($0) }
        let key =
            #""seed":"000000000000002a","layout_version":3,"fingerprint":"0123456789abcdef","#
            + #""base_spacing":0.5,"region_edge":8,"level":1,"#
        let xxh3 = XXH3.digest64([1, 2, 3, 0, 255] as [UInt8])
        #expect(
            lines[2]
                == #"{"topic":"/event","frame":0,"ordinal":1,"kind":"store","size_cap_bytes":5,"#
                + #""contents":{"clock":90,"rows":{"0":{"# + key
                + #""region":[-1,-2,3],"clock":0,"present":["0000000000000001"],"#
                + #""digest":"0000000000000000"},"1":{"# + key
                + #""region":[0,-2,3],"clock":30,"present":["0000000000000001","1000000000000000"],"#
                + #""digest":"0000000000000001","content_bytes":5,"content_xxh3":"\#(xxh3)"}},"#
                + #""worlds":{"0":{"seed":"ffffffffffffffff","edits":"ffffffffffffffff"}},"damaged_rows":5}}"#
        )
        #expect(lines[3].hasSuffix(#""ordinal":2,"kind":"store","size_cap_bytes":0}"#))
        #expect(lines[4].hasSuffix(#""ordinal":3,"kind":"store_off"}"#))
        #expect(lines[5].hasSuffix(#""ordinal":4,"kind":"store_damage","level":3,"region":[-1,2,0]}"#))
        #expect(
            lines[6].hasSuffix(
                #""ordinal":5,"kind":"write_back_dropped","row":{"# + key + #""region":[9,-2,3]}}"#))
        for line in lines {
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
        }
    }

    // MARK: Fields that are not known

    /// Each message of a store's event in turn has a field 100.
    @Test(arguments: 0..<9)
    func unknownFieldsAreCountedAndNeverDropped(place: Int) throws {
        let unknown: [UInt8] = [0xA0, 0x06, 0x01]
        let event: Event =
            switch place {
            case 6: .storeOff
            case 7: .storeDamage(RegionKey(level: 1, region: Cell(0, 0, 0)))
            case 8: .writeBackDropped(StoreSamples.row(0))
            default: .store(sizeCapBytes: 1, contents: StoreSamples.contents)
            }
        let frames = frames([event])
        var raw = try RawTrace(frames)
        let at = try #require(raw.messages.lastIndex { $0.channelID == TraceTopic.event.id })
        var message = try MessageEvent(serializedBytes: raw.messages[at].data)
        switch place {
        case 0: try message.merge(serializedBytes: unknown)
        case 1: try message.store.merge(serializedBytes: unknown)
        case 2: try message.store.contents.merge(serializedBytes: unknown)
        case 3: try message.store.contents.rows[1].merge(serializedBytes: unknown)
        case 4: try message.store.contents.rows[1].key.merge(serializedBytes: unknown)
        case 5: try message.store.contents.worlds[1].merge(serializedBytes: unknown)
        case 6: try message.storeOff.merge(serializedBytes: unknown)
        case 7: try message.storeDamage.merge(serializedBytes: unknown)
        default: try message.writeBackDropped.merge(serializedBytes: unknown)
        }
        raw.messages[at].data = try message.serializedBytes()
        let reader = TraceReader(try raw.bytes())
        #expect(try reader.allFrames() == frames)
        #expect(try Trace.info(reader).extras.messagesWithUnknownFields == 1)
        for dropsForeign in [false, true] {
            let error = #expect(throws: TraceError.self) {
                try Trace.finalize(reader, droppingForeign: dropsForeign)
            }
            guard case .unknownFields("/event", frame: 0, _)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        var lines: [String] = []
        try Trace.cat(reader) { lines.append($0) }
        #expect(lines.filter { $0.hasSuffix(#","unknown_bytes":3}"#) }.count == 1)
    }

    // MARK: Errors

    @Test func aSoundStoreHasNoError() throws {
        #expect(try error { _ in } == nil)
    }

    @Test(arguments: [-1, 1 << 50 + 1, Int64.min, .max])
    func sizeCaps(value: Int64) throws {
        #expect(
            try error(.store(sizeCapBytes: 0, contents: nil)) { $0.store.sizeCapBytes = value }
                == range("size cap of the store of event 1", "\(value)", "0...1125899906842624"))
    }

    @Test(arguments: [0, -1, 129, Int32.min, .max])
    func regionEdges(edge: Int32) throws {
        let expected = range("region edge of a row of event 1", "\(edge)", "1...128")
        #expect(try error { $0.rows[2].key.regionEdge = edge } == expected)
        #expect(
            try error(.writeBackDropped(StoreSamples.row(0))) { $0.writeBackDropped.regionEdge = edge }
                == expected)
    }

    @Test(arguments: [0, 0.2499, 64.01, -1, .nan, .infinity] as [Double])
    func spacings(spacing: Double) throws {
        let expected = range("base spacing of a row of event 1", "\(spacing)", "0.25...64")
        #expect(try error { $0.rows[2].key.baseSpacing = spacing } == expected)
        #expect(
            try error(.writeBackDropped(StoreSamples.row(0))) { $0.writeBackDropped.baseSpacing = spacing }
                == expected)
    }

    @Test(arguments: [8, 256, UInt32.max])
    func levels(level: UInt32) throws {
        let expected = range("level of a region of event 1", "\(level)", "0...7")
        #expect(try error { $0.rows[2].key.level = level } == expected)
        #expect(
            try error(.writeBackDropped(StoreSamples.row(0))) { $0.writeBackDropped.level = level }
                == expected)
        #expect(
            try error(.storeDamage(RegionKey(level: 0, region: Cell(0, 0, 0)))) {
                $0.storeDamage.level = level
            } == expected)
    }

    /// The last region that the lattice has cells for, with edges of 8 and 1, and the next.
    @Test func regionsOutsideTheLattice() throws {
        let limit = Int32.max / 8 - 1
        #expect(try error { $0.rows[2].key.x = -limit } == nil)
        for coordinate in [limit + 1, -limit - 1, .min] {
            #expect(
                try error { $0.rows[2].key.x = coordinate }
                    == range("region of event 1", "\(Cell(coordinate, -2, 3))", "within \(limit)"))
            #expect(
                try error(.writeBackDropped(StoreSamples.row(0))) { $0.writeBackDropped.y = coordinate }
                    == range("region of event 1", "\(Cell(0, coordinate, 3))", "within \(limit)"))
        }
        for coordinate in [Int32.max, .min] {
            #expect(
                try error(.storeDamage(RegionKey(level: 0, region: Cell(1, 2, 3)))) {
                    $0.storeDamage.z = coordinate
                }
                    == range("region of event 1", "\(Cell(1, 2, coordinate))", "within \(Int32.max - 1)"))
        }
    }

    @Test func rowsOutOfTheirOrder() throws {
        #expect(
            try error { $0.rows.swapAt(0, 1) }
                == index("row 1 does not come after the row before"))
        #expect(
            try error { $0.rows.insert($0.rows[1], at: 1) }
                == index("row 2 does not come after the row before"))
        // By world before by layout, by level before by z.
        #expect(
            try error { $0.rows.swapAt(2, 3) } == index("row 3 does not come after the row before"))
    }

    @Test func worldsOutOfTheirOrder() throws {
        #expect(
            try error { $0.worlds.swapAt(0, 1) } == index("world 0 does not come after the world before"))
        #expect(
            try error { $0.worlds[0].seed = .max }
                == index("world \(UInt64.max) does not come after the world before"))
    }

    @Test func clocks() throws {
        for clock in [-1, 1 << 62, Int64.min, .max] {
            #expect(try error { $0.clock = clock } == index("its clock is \(clock)"))
        }
        #expect(try error { $0.rows[1].clock = -1 } == index("row 1: its clock is -1"))
        #expect(try error { $0.rows[1].clock = 90 } == nil)
        #expect(
            try error { $0.rows[1].clock = 91 } == index("row 1: its clock 91 is after the store's"))
        #expect(try error { $0.clock = 89 } == index("row 3: its clock 90 is after the store's"))
    }

    @Test func masks() throws {
        let cells = "it has no cells, or cells outside its region"
        for words in [[1, 0], [0]] as [[UInt64]] {
            #expect(
                try error { $0.rows[1].present = words }
                    == range("present cells of a row of event 1", "a zero word at the end", "none"))
        }
        #expect(try error { $0.rows[1].present = [] } == index("row 1: \(cells)"))
        // 8 cells an axis are 512, which are 8 words.
        let most: [UInt64] = Array(repeating: .max, count: 8)
        #expect(try error { $0.rows[1].present = most } == nil)
        #expect(try error { $0.rows[1].present = most + [1] } == index("row 1: \(cells)"))
        // 3 cells an axis are 27, of one word.
        #expect(
            try error {
                $0.rows = [$0.rows[0]]
                $0.rows[0].key.regionEdge = 3
                $0.rows[0].present = [1 << 26]
            } == nil)
        #expect(
            try error {
                $0.rows = [$0.rows[0]]
                $0.rows[0].key.regionEdge = 3
                $0.rows[0].present = [1 << 27]
            } == index("row 0: \(cells)"))
    }

    /// A message of nothing but defaults, as a writer gives it that forgets to fill it.
    @Test func emptyMessages() throws {
        let spacing = range("base spacing of a row of event 1", "0.0", "0.25...64")
        #expect(try error { $0.rows[0] = MessageStoreRow() } == spacing)
        #expect(
            try error(.writeBackDropped(StoreSamples.row(0))) { $0.writeBackDropped = MessageStoreRowKey() }
                == spacing)
    }
}

package import Hashing
import PlantedFaults

/// What a stored payload must have in common with a session to mean the same there: the world's seed, the layout
/// of the payload, and every parameter that changes what a payload of a cell is. Accepted only where all is equal.
package struct StoreKey: Hashable, Comparable, Sendable {
    package var worldSeed: UInt64
    package var layoutVersion: UInt32
    /// XXH3-64 over every parameter that changes the meaning of a payload, see ``fingerprint(of:)``.
    package var fingerprint: Digest64
    /// Edge of a finest cell in blocks. In the fingerprint too; here so that an invalidation finds the cells
    /// of rows that other sessions stored.
    package var baseSpacing: Double
    /// Cells per axis of a region. See ``baseSpacing``.
    package var regionEdge: Int32

    package init(
        worldSeed: UInt64, layoutVersion: UInt32, fingerprint: Digest64, baseSpacing: Double,
        regionEdge: Int32
    ) {
        self.worldSeed = worldSeed
        self.layoutVersion = layoutVersion
        self.fingerprint = fingerprint
        self.baseSpacing = baseSpacing
        self.regionEdge = regionEdge
    }

    /// The key of an effective configuration.
    package init(_ configuration: Configuration) {
        self.init(
            worldSeed: planted(.seedNotInKey, configuration.worldSeed, instead: 0),
            layoutVersion: configuration.layoutVersion,
            fingerprint: StoreKey.fingerprint(of: configuration),
            baseSpacing: planted(.spacingNotInKey, configuration.baseSpacing, instead: 1),
            regionEdge: configuration.regionEdge)
    }

    /// XXH3-64 of: the tag 0xB0, base spacing (f64), resolution, levels, region edge (i32 each), rays of a cast (u32), their
    /// distance in finest cells of a level (i32: the resolution), version of the light (u32). No budget and no latency.
    package static func fingerprint(of configuration: Configuration) -> Digest64 {
        var bytes = CanonicalBytes()
        bytes.append(UInt8(0xB0))
        bytes.append(planted(.spacingNotInKey, configuration.baseSpacing, instead: 1))
        bytes.append(configuration.resolution)
        bytes.append(configuration.levels)
        bytes.append(configuration.regionEdge)
        bytes.append(UInt32(64))
        bytes.append(configuration.resolution)
        bytes.append(Model.lightVersion)
        return bytes.digest64()
    }

    package var grid: RegionGrid { RegionGrid(edge: regionEdge) }

    package static func < (a: StoreKey, b: StoreKey) -> Bool {
        if a.worldSeed != b.worldSeed { return a.worldSeed < b.worldSeed }
        if a.layoutVersion != b.layoutVersion { return a.layoutVersion < b.layoutVersion }
        if a.fingerprint != b.fingerprint { return a.fingerprint < b.fingerprint }
        if a.baseSpacing != b.baseSpacing { return a.baseSpacing < b.baseSpacing }
        return a.regionEdge < b.regionEdge
    }

    /// Seed, layout, fingerprint, base spacing, region edge: 32 bytes.
    package func append(to bytes: inout CanonicalBytes) {
        bytes.append(worldSeed)
        bytes.append(layoutVersion)
        bytes.append(fingerprint)
        bytes.append(baseSpacing)
        bytes.append(regionEdge)
    }

    /// XXH3-64 of the 32 bytes.
    package var digest: Digest64 {
        var bytes = CanonicalBytes()
        append(to: &bytes)
        return bytes.digest64()
    }
}

/// What a row of the store is found by.
package struct RowKey: Hashable, Comparable, Sendable {
    package var key: StoreKey
    package var region: RegionKey

    package init(_ key: StoreKey, _ region: RegionKey) {
        self.key = key
        self.region = region
    }

    package static func < (a: RowKey, b: RowKey) -> Bool {
        a.key != b.key ? a.key < b.key : a.region < b.region
    }

    /// The 32 bytes of the key, the level (u8) and the region (3 x i32).
    package func append(to bytes: inout CanonicalBytes) {
        key.append(to: &bytes)
        region.append(to: &bytes)
    }
}

/// One row of the store, without its cells.
package struct StoreRow: Hashable, Sendable {
    /// The store's clock when the row was last written or asked for.
    package var clock: Int64
    /// Which cells of the region it holds.
    package var present: CellMask
    /// ``RegionContent/digest(of:in:)`` of the row's bytes where they are as the index gave them; after that it
    /// follows what is done to the row.
    package var content: Digest64

    package init(clock: Int64, present: CellMask, content: Digest64) {
        self.clock = clock
        self.present = present
        self.content = content
    }

    /// Bytes that the row is accounted with: ``RegionContent/rowOverheadBytes`` and
    /// ``RegionContent/cellBytes`` for each cell.
    package var bytes: Int64 { RegionContent.accountedBytes(cells: present.count) }
}

/// A set of cells of one region, by their linear index.
package struct CellMask: Hashable, Sendable {
    /// Bit `i & 63` of word `i >> 6` stands for index i. Without words at the end that are 0.
    package private(set) var words: [UInt64]
    package private(set) var count: Int

    package init() {
        words = []
        count = 0
    }

    package init(words: [UInt64]) {
        self.words = words
        while self.words.last == 0 { self.words.removeLast() }
        count = words.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    package var isEmpty: Bool { count == 0 }

    package func contains(_ index: Int32) -> Bool {
        let word = Int(index >> 6)
        return word < words.count && words[word] >> UInt64(index & 63) & 1 == 1
    }

    /// - Returns: whether the index was not there before.
    @discardableResult
    package mutating func insert(_ index: Int32) -> Bool {
        guard !contains(index) else { return false }
        let word = Int(index >> 6)
        if word >= words.count { words += Array(repeating: 0, count: word + 1 - words.count) }
        words[word] |= 1 << UInt64(index & 63)
        count += 1
        return true
    }

    /// - Returns: whether the index was there.
    @discardableResult
    package mutating func remove(_ index: Int32) -> Bool {
        guard contains(index) else { return false }
        words[Int(index >> 6)] &= ~(1 << UInt64(index & 63))
        count -= 1
        while words.last == 0 { words.removeLast() }
        return true
    }

    /// The indexes, ascending.
    package var indexes: [Int32] {
        var result: [Int32] = []
        result.reserveCapacity(count)
        for (place, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                result.append(Int32(place << 6 + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return result
    }

    /// XXH3-64 of the words, 8 bytes each; 0 for the empty set.
    package var digest: Digest64 {
        guard !isEmpty else { return Digest64(0) }
        var bytes = CanonicalBytes()
        for word in words { bytes.append(word) }
        return bytes.digest64()
    }
}

import Hashing
import Streaming
import SwiftProtobuf
import Topology

// The one place where a configuration becomes a message of `/config`, and the other way round.

extension MessageConfiguration {
    init(_ configuration: Configuration, id: UInt32) {
        self.init()
        formatVersion = TraceFormat.version
        self.id = id
        worldSeed = configuration.worldSeed
        chunksStartLoaded = configuration.chunksStartLoaded
        layoutVersion = configuration.layoutVersion
        baseSpacing = unsigned(zero: configuration.baseSpacing)
        resolution = configuration.resolution
        levels = configuration.levels
        reanchorDistance = unsigned(zero: configuration.reanchorDistance)
        regionEdge = configuration.regionEdge
        nearLevels = configuration.nearLevels
        cacheBytes = configuration.cacheBytes
        castLatencyFrames = configuration.castLatencyFrames
        storeLatencyFrames = configuration.storeLatencyFrames
        budgets = MessageBudgets(configuration.budgets)
        variant = MessageVariant(rawValue: Int(configuration.variant.rawValue)) ?? .reference
    }

    /// - Throws: ``TraceError/newerVersion(found:supported:offset:)`` before anything else is looked at.
    func configuration(frame: UInt32, offset: UInt64) throws(TraceError) -> Configuration {
        guard formatVersion <= TraceFormat.version else {
            throw .newerVersion(found: formatVersion, supported: TraceFormat.version, offset: offset)
        }
        guard formatVersion > 0 else { throw .missingVersion(offset: offset) }
        guard hasBudgets else { throw .missingField(field: "budgets of configuration \(id)", frame: frame) }
        var result = Configuration.classic
        result.worldSeed = worldSeed
        result.chunksStartLoaded = chunksStartLoaded
        result.layoutVersion = layoutVersion
        result.baseSpacing = unsigned(zero: baseSpacing)
        result.resolution = resolution
        result.levels = levels
        result.reanchorDistance = unsigned(zero: reanchorDistance)
        result.regionEdge = regionEdge
        result.nearLevels = nearLevels
        result.cacheBytes = cacheBytes
        result.castLatencyFrames = castLatencyFrames
        result.storeLatencyFrames = storeLatencyFrames
        result.budgets = budgets.content
        guard let variant = UInt8(exactly: variant.rawValue).flatMap({ Variant(rawValue: $0) }) else {
            throw .outOfRange(
                field: "variant of configuration \(id)", value: "\(variant.rawValue)",
                allowed: "0...\(Variant.allCases.count - 1), the variants that this version knows",
                frame: frame)
        }
        result.variant = variant
        return result
    }

    /// Bytes of fields that this version does not know.
    var unknownBytes: Int { unknownFields.data.count + (hasBudgets ? budgets.unknownFields.data.count : 0) }
}

extension MessageBudgets {
    init(_ budgets: Budgets) {
        self.init()
        perLevel = budgets.perLevel
        total = budgets.total
        uploadBytes = budgets.uploadBytes
    }

    var content: Budgets { Budgets(perLevel: perLevel, total: total, uploadBytes: uploadBytes) }
}

/// The value, with +0.0 for -0.0: what is equal has the same bytes.
@inline(__always)
func unsigned(zero value: Double) -> Double { value == 0 ? 0 : value }

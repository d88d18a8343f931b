import Streaming
import SwiftProtobuf
import Topology
import Voxels

// The one place where an event becomes a message of `/event`, and the other way round.

extension MessageEvent {
    /// The event as a message; `configurationID` is of no meaning for one without a configuration.
    init(_ event: Event, frame: UInt32, ordinal: UInt32, configurationID: UInt32) {
        self.init()
        self.frame = frame
        self.ordinal = ordinal
        switch event {
        case .sessionStart: sessionStart.configID = configurationID
        case .sessionEnd: sessionEnd = MessageSessionEnd()
        case .configure: configure.configID = configurationID
        case .edit(let box, let material):
            edit.box.lower = MessageVoxelCoordinate(box.lower)
            edit.box.upper = MessageVoxelCoordinate(box.upper)
            edit.material = UInt32(material.rawValue)
        case .chunkLoad(let chunk): chunkLoad = MessageChunkCoordinate(chunk)
        case .chunkUnload(let chunk): chunkUnload = MessageChunkCoordinate(chunk)
        case .invalidate(let box):
            invalidate.lower = MessagePoint(box.lower)
            invalidate.upper = MessagePoint(box.upper)
        case .store(let cap, let contents): store = MessageStore(cap, contents)
        case .storeOff: storeOff = MessageStoreOff()
        case .storeDamage(let region): storeDamage = MessageStoreDamage(region)
        case .writeBackDropped(let row): writeBackDropped = MessageStoreRowKey(row)
        case .engine(let engine): self.engine = MessageEngine(engine)
        }
    }

    /// The event, with its configuration looked up among those of the trace so far.
    func event(configurations: ConfigurationTable, offset: UInt64) throws(TraceError) -> Event {
        switch kind {
        case nil: throw .unknownEvent(frame: frame, ordinal: ordinal, offset: offset)
        case .sessionStart(let reference): return .sessionStart(try look(up: reference, configurations))
        case .sessionEnd: return .sessionEnd
        case .configure(let reference): return .configure(try look(up: reference, configurations))
        case .edit(let edit):
            guard edit.hasBox, edit.box.hasLower, edit.box.hasUpper else { throw missing("edit.box") }
            guard let number = UInt8(exactly: edit.material), let material = Material(rawValue: number) else {
                throw .outOfRange(
                    field: "material of event \(ordinal)", value: "\(edit.material)",
                    allowed: "the number of a material, 0...\(Material.allCases.count - 1)", frame: frame)
            }
            return .edit(VoxelBox(lower: edit.box.lower.content, upper: edit.box.upper.content), material)
        case .chunkLoad(let chunk): return .chunkLoad(chunk.content)
        case .chunkUnload(let chunk): return .chunkUnload(chunk.content)
        case .invalidate(let box):
            guard box.hasLower, box.hasUpper else { throw missing("invalidate") }
            return .invalidate(WorldBox(lower: box.lower.content, upper: box.upper.content))
        case .store(let store): return try store.content(frame: frame, ordinal: ordinal)
        case .storeOff: return .storeOff
        case .storeDamage(let region): return .storeDamage(try region.content(frame: frame, ordinal: ordinal))
        case .writeBackDropped(let row):
            return .writeBackDropped(try row.content(frame: frame, ordinal: ordinal))
        case .engine(let engine): return .engine(engine.content)
        }
    }

    /// Bytes of fields that this version does not know.
    var unknownBytes: Int {
        let inner =
            switch kind {
            case nil: 0
            case .sessionStart(let reference), .configure(let reference): reference.unknownFields.data.count
            case .sessionEnd(let end): end.unknownFields.data.count
            case .edit(let edit):
                edit.unknownFields.data.count + edit.box.unknownFields.data.count
                    + edit.box.lower.unknownFields.data.count + edit.box.upper.unknownFields.data.count
            case .chunkLoad(let chunk), .chunkUnload(let chunk): chunk.unknownFields.data.count
            case .invalidate(let box):
                box.unknownFields.data.count + box.lower.unknownFields.data.count
                    + box.upper.unknownFields.data.count
            case .store(let store): store.unknownBytes
            case .storeOff(let off): off.unknownFields.data.count
            case .storeDamage(let region): region.unknownFields.data.count
            case .writeBackDropped(let row): row.unknownFields.data.count
            case .engine(let engine): engine.unknownFields.data.count
            }
        return unknownFields.data.count + inner
    }

    private func look(
        up reference: MessageConfigurationReference, _ configurations: ConfigurationTable
    ) throws(TraceError) -> Configuration {
        guard let configuration = configurations[reference.configID] else {
            throw .configurationMissing(id: reference.configID, frame: frame, ordinal: ordinal)
        }
        return configuration
    }

    private func missing(_ field: String) -> TraceError {
        .missingField(field: "\(field) of event \(ordinal)", frame: frame)
    }
}

extension MessageVoxelCoordinate {
    init(_ voxel: VoxelCoordinate) {
        self.init()
        x = voxel.x
        y = voxel.y
        z = voxel.z
    }

    var content: VoxelCoordinate { VoxelCoordinate(x, y, z) }
}

extension MessageChunkCoordinate {
    init(_ chunk: ChunkCoordinate) {
        self.init()
        x = chunk.x
        y = chunk.y
        z = chunk.z
    }

    var content: ChunkCoordinate { ChunkCoordinate(x, y, z) }
}

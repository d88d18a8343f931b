import Hashing

extension Trace {
    /// A trace as text, one JSON object for each message, in the order of the file: for `git diff` and for other
    /// tools. It shows what stands there; whether frames follow each other is ``TraceReader/frames()``'s to
    /// check.
    ///
    /// - Parameters:
    ///   - trace: what to show.
    ///   - line: takes each line, without a line break at its end.
    /// - Throws: ``TraceError`` where the container or a message is damaged, after the lines before it; what
    ///   `line` throws.
    package static func cat(_ trace: TraceReader, _ line: (String) throws -> Void) throws {
        var reader = MCAPStreamReader(trace.bytes)
        var channels = TraceChannels()
        while let item = try next(&reader) {
            switch item.record {
            case .schema(let schema): channels.add(schema)
            case .channel(let channel): try channels.add(channel)
            case .message(let message):
                guard let topic = channels[message.channelID] else {
                    let name = channels.others[message.channelID] ?? ""
                    try line(text(ofOther: message, topic: name))
                    continue
                }
                let decoded = try TraceMessage(message, topic: topic, offset: item.offset)
                try checkVersion(decoded, item.offset)
                try line(decoded.text)
            default: break
            }
        }
    }

    /// The text of a message that is not understood would be a wrong one.
    private static func checkVersion(_ message: TraceMessage, _ offset: UInt64) throws(TraceError) {
        guard case .configuration(let configuration) = message.content,
            configuration.formatVersion > TraceFormat.version
        else { return }
        throw .newerVersion(
            found: configuration.formatVersion, supported: TraceFormat.version, offset: offset)
    }

    private static func next(_ reader: inout MCAPStreamReader) throws(TraceError) -> MCAPItem? {
        do throws(MCAPError) {
            return try reader.next()
        } catch {
            throw .container(error)
        }
    }

    private static func text(ofOther message: MCAPMessage, topic: String) -> String {
        var line = JSONLine()
        line.add("topic", topic)
        line.add("sequence", message.sequence)
        line.add("log_time", message.logTime)
        line.add("size_bytes", message.data.count)
        return line.closed
    }
}

extension TraceMessage {
    /// One line of JSON; the keys are those of the .proto files, without the values that every message has.
    fileprivate var text: String {
        var line = JSONLine()
        line.add("topic", topic.rawValue)
        line.add("frame", sequence)
        switch content {
        case .configuration(let message): message.append(to: &line)
        case .frame(let message): message.append(to: &line)
        case .event(let message): message.append(to: &line)
        case .work(let message): message.append(to: &line)
        case .checkpoint(let message): message.append(to: &line)
        case .snapshot(let message): message.append(to: &line)
        }
        if unknownBytes > 0 { line.add("unknown_bytes", unknownBytes) }
        return line.closed
    }
}

extension MessageConfiguration {
    fileprivate func append(to line: inout JSONLine) {
        line.add("format_version", formatVersion)
        line.add("id", id)
        line.add("world_seed", worldSeed)
        line.add("chunks_start_loaded", chunksStartLoaded)
        line.add("layout_version", layoutVersion)
        line.add("base_spacing", baseSpacing)
        line.add("resolution", resolution)
        line.add("levels", levels)
        line.add("reanchor_distance", reanchorDistance)
        line.add("region_edge", regionEdge)
        line.add("near_levels", nearLevels)
        line.add("cache_bytes", cacheBytes)
        line.add("cast_latency_frames", castLatencyFrames)
        line.add("store_latency_frames", storeLatencyFrames)
        line.add("budgets") { budgets.append(to: &$0) }
        if variant != .reference { line.add("variant", variant.rawValue) }
    }
}

extension MessageBudgets {
    fileprivate func append(to line: inout JSONLine) {
        line.add("per_level", perLevel)
        line.add("total", total)
        line.add("upload_bytes", uploadBytes)
    }
}

extension MessageFrame {
    fileprivate func append(to line: inout JSONLine) {
        line.add("engine_time_ns", engineTimeNs)
        line.add("session", session)
        line.add("position", [position.x, position.y, position.z])
        line.add("orientation", [orientation.x, orientation.y, orientation.z, orientation.w])
        line.add("field_of_view", fieldOfView)
        if hasBudgets { line.add("budgets") { budgets.append(to: &$0) } }
        if hasSelectionPosition {
            line.add("selection_position", [selectionPosition.x, selectionPosition.y, selectionPosition.z])
        }
        if missedFrames > 0 { line.add("missed_frames", missedFrames) }
    }
}

extension MessageEvent {
    fileprivate func append(to line: inout JSONLine) {
        line.add("ordinal", ordinal)
        switch kind {
        case nil: line.add("kind", "unknown")
        case .sessionStart(let reference):
            line.add("kind", "session_start")
            line.add("config_id", reference.configID)
        case .sessionEnd: line.add("kind", "session_end")
        case .configure(let reference):
            line.add("kind", "configure")
            line.add("config_id", reference.configID)
        case .edit(let edit):
            line.add("kind", "edit")
            line.add("lower", [edit.box.lower.x, edit.box.lower.y, edit.box.lower.z])
            line.add("upper", [edit.box.upper.x, edit.box.upper.y, edit.box.upper.z])
            line.add("material", edit.material)
        case .chunkLoad(let chunk):
            line.add("kind", "chunk_load")
            line.add("chunk", [chunk.x, chunk.y, chunk.z])
        case .chunkUnload(let chunk):
            line.add("kind", "chunk_unload")
            line.add("chunk", [chunk.x, chunk.y, chunk.z])
        case .invalidate(let box):
            line.add("kind", "invalidate")
            line.add("lower", [box.lower.x, box.lower.y, box.lower.z])
            line.add("upper", [box.upper.x, box.upper.y, box.upper.z])
        case .store(let store):
            line.add("kind", "store")
            line.add("size_cap_bytes", store.sizeCapBytes)
            if store.hasContents { line.add("contents") { store.contents.append(to: &$0) } }
        case .storeOff: line.add("kind", "store_off")
        case .storeDamage(let damage):
            line.add("kind", "store_damage")
            line.add("level", damage.level)
            line.add("region", [damage.x, damage.y, damage.z])
        case .writeBackDropped(let row):
            line.add("kind", "write_back_dropped")
            line.add("row") { row.append(to: &$0) }
        case .engine(let engine):
            line.add("kind", "engine")
            line.add("name", engine.name)
            line.add("stages", engine.stages)
            line.add("has_own_voxels", engine.hasOwnVoxels_p)
        }
    }
}

extension MessageStoreContents {
    func append(to line: inout JSONLine) {
        line.add("clock", clock)
        line.add("rows") { line in
            for (place, row) in rows.enumerated() {
                line.add("\(place)") { line in
                    row.key.append(to: &line)
                    line.add("clock", row.clock)
                    line.add("present", row.present.map { Digest64($0).description })
                    line.add("digest", Digest64(row.digest).description)
                    // The cells would be a screen of digits for each row: their digest stands for them.
                    if row.hasContent {
                        line.add("content_bytes", row.content.count)
                        line.add("content_xxh3", XXH3.digest64(Array(row.content)).description)
                    }
                }
            }
        }
        line.add("worlds") { line in
            for (place, world) in worlds.enumerated() {
                line.add("\(place)") { line in
                    line.add("seed", Digest64(world.seed).description)
                    line.add("edits", Digest64(world.edits).description)
                }
            }
        }
        line.add("damaged_rows", damagedRows)
    }
}

extension MessageStoreRowKey {
    fileprivate func append(to line: inout JSONLine) {
        line.add("seed", Digest64(seed).description)
        line.add("layout_version", layoutVersion)
        line.add("fingerprint", Digest64(fingerprint).description)
        line.add("base_spacing", baseSpacing)
        line.add("region_edge", regionEdge)
        line.add("level", level)
        line.add("region", [x, y, z])
    }
}

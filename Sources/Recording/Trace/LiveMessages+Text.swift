import Hashing

// The messages of `/work`, `/checkpoint` and `/snapshot` as text.

extension MessageWork {
    /// Lists of requests stand there as in the message: each number but the first as its difference to the one before.
    func append(to line: inout JSONLine) {
        line.add("completed", completed)
        if !outcomes.isEmpty { line.add("outcomes", outcomes) }
        if !payloads.isEmpty { line.add("payloads", payloads.map { Digest64($0).description }) }
        if !storeReplies.isEmpty {
            line.add("store_replies") { line in
                for (place, reply) in storeReplies.enumerated() {
                    line.add("\(place)") { reply.append(to: &$0) }
                }
            }
        }
        if !claimed.isEmpty { line.add("claimed", claimed) }
        if !claimStages.isEmpty { line.add("claim_stages", claimStages) }
        if !accepted.isEmpty { line.add("accepted", accepted) }
        if !refused.isEmpty { line.add("refused", refused) }
        if !solid.isEmpty { line.add("solid", solid) }
    }
}

extension MessageStoreReply {
    fileprivate func append(to line: inout JSONLine) {
        line.add("request", request)
        switch reply {
        case nil: line.add("reply", "unknown")
        case .index(let contents): line.add("index") { contents.append(to: &$0) }
        case .region(let data):
            // The cells would be a screen of digits: their digest stands for them.
            line.add("region_bytes", data.count)
            line.add("region_xxh3", XXH3.digest64(Array(data)).description)
        case .absent: line.add("reply", "absent")
        case .damaged: line.add("reply", "damaged")
        }
    }
}

extension MessageCheckpoint {
    func append(to line: inout JSONLine) {
        line.add("digest_version", digestVersion)
        line.add("stages", stages.map { Digest64($0).description })
        if !levels.isEmpty { line.add("levels", levels.map { Digest64($0).description }) }
        if !digest.isEmpty {
            line.add(
                "digest", Digest128(bigEndianBytes: Array(digest))?.description ?? "\(digest.count) bytes")
        }
    }
}

extension MessageSnapshot {
    func append(to line: inout JSONLine) {
        line.add("format", format)
        line.add("state_bytes", state.count)
        line.add("state_xxh3", XXH3.digest64(Array(state)).description)
    }
}

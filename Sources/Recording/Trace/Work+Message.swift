import Foundation
import Hashing
import Streaming
import SwiftProtobuf

// What a frame got from its workers and its store as a message of `/work`, and back.

extension MessageWork {
    /// Nil where the frame needs none: it drained nothing, and is not the first of a live run.
    ///
    /// - Precondition: `input` has passed ``FrameRules``.
    init?(_ input: FrameInput, isFirst: Bool) {
        let work = input.engineWork ?? EngineWork()
        let isLive = input.castResults != nil
        let drains = !(input.castResults ?? []).isEmpty || !(input.storeReplies ?? []).isEmpty
        guard (isFirst && isLive) || drains || !work.isEmpty else { return nil }
        self.init()
        frame = UInt32(input.frame)
        completed = differences(input.castResults ?? [])
        outcomes = work.outcomes.map { UInt32($0) }
        payloads = work.payloads
        storeReplies = (input.storeReplies ?? []).map { MessageStoreReply($0) }
        claimed = differences(work.claimed)
        claimStages = work.claimStages
        accepted = differences(work.accepted)
        refused = differences(work.refused)
        solid = differences(work.solid)
    }

    /// Puts into a frame what the message says of it.
    func apply(to input: inout FrameInput) throws(TraceError) {
        for (field, count) in [
            ("completed", completed.count), ("claimed", claimed.count), ("accepted", accepted.count),
            ("refused", refused.count), ("solid", solid.count), ("store_replies", storeReplies.count),
        ] where count > TraceFormat.maximumRequestsPerFrame {
            throw .tooMany(
                what: field, count: count, limit: TraceFormat.maximumRequestsPerFrame, frame: frame)
        }
        for (field, found, expected) in [
            ("outcomes", outcomes.count, completed.count), ("payloads", payloads.count, completed.count),
            ("claim_stages", claimStages.count, claimed.count),
        ] where found != 0 && found != expected {
            throw .outOfRange(
                field: "number of \(field)", value: "\(found)", allowed: "none or \(expected)", frame: frame)
        }
        input.castResults = sums(completed)
        var replies: [StoreArrival] = []
        for reply in storeReplies { replies.append(try reply.content(frame: frame)) }
        input.storeReplies = replies
        var work = EngineWork()
        for outcome in outcomes {
            guard (0...4).contains(outcome) else {
                throw .outOfRange(
                    field: "an outcome", value: "\(outcome)", allowed: "0...4", frame: frame)
            }
            work.outcomes.append(UInt8(outcome))
        }
        work.payloads = payloads
        work.claimed = sums(claimed)
        work.claimStages = claimStages
        work.accepted = sums(accepted)
        work.refused = sums(refused)
        work.solid = sums(solid)
        input.engineWork = work.isEmpty ? nil : work
    }

    /// Bytes of fields that this version does not know.
    var unknownBytes: Int {
        storeReplies.reduce(unknownFields.data.count) { $0 + $1.unknownBytes }
    }
}

extension MessageStoreReply {
    init(_ arrival: StoreArrival) {
        self.init()
        request = arrival.request
        switch arrival.reply {
        case nil: break
        case .index(let index):
            self.index = MessageStoreContents(StoreContents(index: index))
        case .region(let content): region = Data(content.bytes)
        case .absent: absent = MessageAbsent()
        case .damaged: damaged = MessageDamaged()
        }
    }

    func content(frame: UInt32) throws(TraceError) -> StoreArrival {
        switch reply {
        case nil:
            throw .missingField(field: "the reply to request \(request) of the store", frame: frame)
        case .absent: return StoreArrival(request: request, reply: .absent)
        case .damaged: return StoreArrival(request: request, reply: .damaged)
        case .index(let contents):
            let index = try contents.content(frame: frame, place: "the reply to request \(request)").index
            return StoreArrival(request: request, reply: .index(index))
        case .region(let data):
            // Whether its cells are within the region asked for is known when the run is repeated.
            guard let content = RegionContent(bytes: Array(data), grid: RegionGrid(edge: 128)) else {
                throw .outOfRange(
                    field: "the region of the reply to request \(request)", value: "\(data.count) bytes",
                    allowed: "cells of \(RegionContent.cellBytes) bytes, as a run writes them", frame: frame)
            }
            return StoreArrival(request: request, reply: .region(content))
        }
    }

    var unknownBytes: Int {
        let inner =
            switch reply {
            case nil, .region: 0
            case .index(let contents): contents.unknownBytes
            case .absent(let absent): absent.unknownFields.data.count
            case .damaged(let damaged): damaged.unknownFields.data.count
            }
        return unknownFields.data.count + inner
    }
}

/// The first number, then what each of the others is more than the one before it, modulo 2^64.
private func differences(_ numbers: [UInt64]) -> [Int64] {
    var before: UInt64 = 0
    return numbers.map { number in
        defer { before = number }
        return Int64(bitPattern: number &- before)
    }
}

private func sums(_ differences: [Int64]) -> [UInt64] {
    var sum: UInt64 = 0
    return differences.map { difference in
        sum &+= UInt64(bitPattern: difference)
        return sum
    }
}

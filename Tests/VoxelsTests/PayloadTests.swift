import Hashing
import Testing
import Voxels

@Suite struct PayloadTests {
    /// Bytes 1...44, so that every byte is another.
    private let counting = (1...44).map { UInt8($0) }

    @Test func bytesStandWhereTheLayoutSays() throws {
        let payload = try #require(Payload(bytes: counting))
        let order = [
            payload.sh.r0, payload.sh.g0, payload.sh.b0, payload.sh.rY, payload.sh.gY, payload.sh.bY,
            payload.sh.rZ, payload.sh.gZ, payload.sh.bZ, payload.sh.rX, payload.sh.gX, payload.sh.bX,
            payload.aoU, payload.aoV, 0x1E1D, payload.aoConfidence, payload.meanLogHitDistance, 0x2423,
        ]
        for (index, half) in order.enumerated() {
            #expect(half == UInt16(2 * index + 1) | UInt16(2 * index + 2) << 8, "half \(index)")
        }
        #expect(payload.confidence.bitPattern == 0x2827_2625)
        #expect(payload.flags == 0x2C2B_2A29)
    }

    @Test func reservedHalvesAreIgnoredAndWrittenAsZero() throws {
        let payload = try #require(Payload(bytes: counting))
        for index in 0..<44 {
            var changed = counting
            changed[index] ^= 0xFF
            let isReserved = [28, 29, 34, 35].contains(index)
            #expect((Payload(bytes: changed) == payload) == isReserved, "byte \(index)")
        }
        var expected = counting
        for index in [28, 29, 34, 35] { expected[index] = 0 }
        #expect(payload.bytes == expected)
        #expect(Payload(bytes: payload.bytes) == payload)
        var record = LeafRecord(tag: 7)
        payload.append(to: &record)
        #expect(record.bytes == [7] + expected)
    }

    @Test func otherLengthsAreRefused() {
        for count in [0, 1, 43, 45, 88] { #expect(Payload(bytes: Array(repeating: 1, count: count)) == nil) }
        #expect(Payload(bytes: ArraySlice(counting)) != nil)
    }

    @Test func zeroIsZeroBytes() {
        #expect(Payload.zero.bytes == Array(repeating: 0, count: Payload.byteCount))
        #expect(!Payload.zero.isValid)
    }

    @Test func aNaNEqualsItself() throws {
        let payload = try #require(Payload(bytes: Array(repeating: 0xFF, count: 44)))
        #expect(payload.confidence.isNaN)
        #expect(payload == payload)
    }

    @Test func fieldsShowEveryDifference() throws {
        let payload = try #require(Payload(bytes: counting))
        for index in 0..<44 where ![28, 29, 34, 35].contains(index) {
            var changed = counting
            changed[index] ^= 1
            let other = try #require(Payload(bytes: changed))
            let differing = zip(payload.fields, other.fields).filter { $0.text != $1.text }
            #expect(differing.count == 1, "byte \(index)")
        }
    }
}

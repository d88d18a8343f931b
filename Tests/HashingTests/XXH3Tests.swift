import Hashing
import Testing

/// A published or independently computed hash: of the bytes 0, 1, 2, ... up to a count.
struct Vector: Sendable {
    var count: Int
    var hash64: UInt64
    var hash128: String

    init(_ count: Int, _ hash64: UInt64, _ hash128: String) {
        self.count = count
        self.hash64 = hash64
        self.hash128 = hash128
    }
}

@Suite struct XXH3Tests {
    /// Seed 0, over all of the algorithm's paths by length: 0, 1-3, 4-8, 9-16, 17-128, 129-240, longer.
    /// Made with a C program against libxxhash 0.8; the empty ones are those of the specification.
    static let vectors: [Vector] = [
        Vector(0, 0x2d06_8005_38d3_94c2, "99aa06d3014798d86001c324468d497f"),
        Vector(1, 0xc44b_dff4_074e_ecdb, "a6cd5e9392000f6ac44bdff4074eecdb"),
        Vector(3, 0x5f42_99fc_161c_9cbb, "e3b55f57945a17cf5f4299fc161c9cbb"),
        Vector(4, 0x60da_b036_a582_11f2, "eb70bf5fc779e9e6a6111d53e80a3db5"),
        Vector(8, 0x3a1c_2d7c_85af_88f8, "e1e4432a62217fe4cfd50c61c8bb98c1"),
        Vector(9, 0xe961_2598_145b_b9dc, "16c769d83e4aebce907931979dca3746"),
        Vector(16, 0x8355_e3a6_f617_70db, "72950631827607e2842812cc870dcae2"),
        Vector(17, 0x9ef3_41a9_9de3_7328, "685bc458b37d057fc06e233df7729217"),
        Vector(32, 0x3523_581f_e96e_4c05, "25e7c9b3424ceed2457d9566b6fcd697"),
        Vector(58, 0x4588_e625_4a88_f676, "595f26cc150f3a2a05c6485e9206cacc"),
        Vector(64, 0x6187_eb90_89b0_ed55, "9c6e140a465545e590c1971ddb04ce74"),
        Vector(128, 0x85c6_174c_7ff4_c46b, "14792fc3af88dc6c05321a0b64d67b41"),
        Vector(129, 0xec76_42b4_31ba_3e5a, "dd5e74ac6b45f54ebc30b63382b09a3b"),
        Vector(240, 0x375a_384d_957f_e865, "65b5be86da5540e7c92b68e16f83bbb6"),
        Vector(241, 0x02e8_cd95_421c_6d02, "1da1cb61bcb8a2a102e8cd95421c6d02"),
        Vector(300, 0xd440_52f5_a348_5425, "a699035354fc0bebd44052f5a3485425"),
    ]

    @Test(arguments: vectors)
    func knownVectors(vector: Vector) {
        let bytes = (0..<vector.count).map { UInt8(truncatingIfNeeded: $0) }
        #expect(XXH3.digest64(bytes) == Digest64(vector.hash64))
        #expect(XXH3.digest128(bytes).description == vector.hash128)
        #expect(bytes.withUnsafeBytes { XXH3.digest64($0) } == Digest64(vector.hash64))
        #expect(bytes.withUnsafeBytes { XXH3.digest128($0) }.description == vector.hash128)
    }

    @Test func abc() {
        #expect(XXH3.digest64(Array("abc".utf8)).description == "78af5f94892f3950")
        #expect(XXH3.digest128(Array("abc".utf8)).description == "06b05ab6733a618578af5f94892f3950")
    }
}

@Suite struct DigestTests {
    @Test func textHasAllDigitsAndIsReadBack() throws {
        #expect(Digest64(0xab).description == "00000000000000ab")
        let digest = Digest128(high: 1, low: 0xf0)
        #expect(digest.description == "000000000000000100000000000000f0")
        #expect(Digest128(hexadecimal: digest.description) == digest)
    }

    @Test(arguments: [
        "", "0", "000000000000000100000000000000f", "000000000000000100000000000000f00",
        "000000000000000100000000000000F0", "+00000000000000100000000000000f0",
        "000000000000000 00000000000000f0", "000000000000000g00000000000000f0",
    ])
    func whatIsNoDigestIsNotRead(text: String) {
        #expect(Digest128(hexadecimal: text) == nil)
    }

    @Test func digestsAreOrderedAsNumbers() {
        #expect(Digest64(1) < Digest64(2))
        #expect(Digest64(.max) > Digest64(2))
    }
}

@Suite struct LeafRecordTests {
    @Test func bytesAreLittleEndianInTheOrderOfAppendingWithoutPadding() {
        var record = LeafRecord(tag: 0x7f)
        record.append(UInt16(0x0102))
        record.append(UInt8(3))
        record.append(UInt32(0x0405_0607))
        record.append(Int32(-2))
        record.append(UInt64(0x08090a0b_0c0d0e0f))
        record.append(Int64(-3))
        let expected: [UInt8] = [
            0x7f, 0x02, 0x01, 3, 7, 6, 5, 4, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 9,
            8, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ]
        #expect(record.bytes == expected)
        #expect(record.count == expected.count)
        #expect(record.leaf == XXH3.digest64(expected))
    }

    @Test func everyLengthUpToTheBoundHashesItsBytesAndNoMore() {
        var record = LeafRecord(tag: 1)
        while record.count < LeafRecord.maximumCount {
            #expect(record.leaf == XXH3.digest64(record.bytes))
            record.append(UInt8(truncatingIfNeeded: record.count))
        }
        #expect(record.bytes == [1] + (1..<64).map { UInt8($0) })
        #expect(record.leaf == XXH3.digest64(record.bytes))
    }

    @Test func aTagAloneTellsTwoRecordsApart() {
        #expect(LeafRecord(tag: 1).leaf != LeafRecord(tag: 2).leaf)
    }
}

@Suite struct LeafSumTests {
    /// All orders of a small set, and more than the set: taking out what was put in leaves nothing.
    @Test func theSumDoesNotDependOnTheOrder() {
        let leaves = (0..<5).map { LeafRecord(tag: $0).leaf }
        var sums: Set<LeafSum> = []
        func visit(_ rest: [Digest64], _ sum: LeafSum) {
            if rest.isEmpty { sums.insert(sum) }
            for index in rest.indices {
                var shorter = rest
                var longer = sum
                longer.add(shorter.remove(at: index))
                visit(shorter, longer)
            }
        }
        visit(leaves, LeafSum())
        #expect(sums.count == 1)
        #expect(sums.first?.value == leaves.reduce(0) { $0 &+ $1.value })
    }

    @Test func takingOutUndoesTakingInAlsoAcrossTheWrap() {
        var sum = LeafSum()
        sum.add(Digest64(.max))
        sum.add(Digest64(.max))
        #expect(sum.value == UInt64.max - 1)
        sum.remove(Digest64(.max))
        #expect(sum.value == .max)
        sum.remove(Digest64(.max))
        #expect(sum == LeafSum())
        sum.remove(Digest64(1))
        #expect(sum.value == .max)
        #expect(sum.description == "ffffffffffffffff")
    }

    @Test func aLeafCountsAsOftenAsItIsIn() {
        let leaf = LeafRecord(tag: 9).leaf
        var once = LeafSum()
        once.add(leaf)
        var twice = once
        twice.add(leaf)
        #expect(once != twice)
    }
}

@Suite struct CanonicalBytesTests {
    @Test func bothZerosAreOneValue() {
        #expect(canonicalBits(of: -0.0) == 0)
        #expect(canonicalBits(of: 0) == 0)
        var negative = CanonicalBytes()
        negative.append(-0.0)
        var positive = CanonicalBytes()
        positive.append(0.0)
        #expect(negative.bytes == positive.bytes)
    }

    @Test func denormalsAndNeighboursStayApart() {
        let values: [Double] = [
            0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, 1, 1.0.nextUp,
            .infinity, -.infinity, Double(Float(0.1)), 0.1,
        ]
        #expect(Set(values.map { canonicalBits(of: $0) }).count == values.count)
    }

    @Test func fieldsAreLittleEndianAndWithoutPadding() {
        var bytes = CanonicalBytes()
        bytes.append(UInt8(1))
        bytes.append(Int32(-2))
        bytes.append(true)
        bytes.append(1.0)
        bytes.append(Digest64(0x0102_0304_0506_0708))
        bytes.append(Digest128(high: 1, low: 2))
        var sum = LeafSum()
        sum.add(Digest64(5))
        bytes.append(sum)
        let expected: [UInt8] =
            [1, 0xfe, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 8, 7, 6, 5, 4, 3, 2, 1]
            + [2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]
        #expect(bytes.bytes == expected)
        #expect(bytes.digest64() == XXH3.digest64(expected))
        #expect(bytes.digest128() == XXH3.digest128(expected))
        bytes.reset()
        #expect(bytes.bytes.isEmpty)
    }
}

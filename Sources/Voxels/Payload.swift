package import Hashing

/// What a successful cast leaves in a probe: 44 bytes in layout version 1, little-endian.
///
/// | bytes | content |
/// | --- | --- |
/// | 0..<24 | ``sh``: 12 binary16, packed (R0,G0,B0,RY)(GY,BY,RZ,GZ)(BZ,RX,GX,BX) |
/// | 24..<32 | ``aoU``, ``aoV``, a reserved half, ``aoConfidence`` |
/// | 32..<36 | ``meanLogHitDistance``, a reserved half |
/// | 36..<40 | ``confidence``, binary32 |
/// | 40..<44 | ``flags`` |
///
/// Reserved halves are written as 0 and ignored when read. Two payloads are equal if their bits are, so
/// that a NaN out of a damaged file equals itself and ±0 differ, as their bytes do.
package struct Payload: Hashable, Sendable {
    /// L1 spherical harmonics as binary16 bit patterns, per colour (r, g, b) the coefficients 0, Y, Z
    /// and X, in the packed order.
    package struct Harmonics: Hashable, Sendable {
        package var r0: UInt16 = 0
        package var g0: UInt16 = 0
        package var b0: UInt16 = 0
        package var rY: UInt16 = 0
        package var gY: UInt16 = 0
        package var bY: UInt16 = 0
        package var rZ: UInt16 = 0
        package var gZ: UInt16 = 0
        package var bZ: UInt16 = 0
        package var rX: UInt16 = 0
        package var gX: UInt16 = 0
        package var bX: UInt16 = 0

        package init() {}
    }

    package var sh = Harmonics()
    /// Octahedral direction of short-range ambient occlusion, binary16 bits of a number in [0, 1].
    package var aoU: UInt16 = 0
    /// See ``aoU``.
    package var aoV: UInt16 = 0
    /// Share of the rays that missed, binary16 bits of a number in [0, 1].
    package var aoConfidence: UInt16 = 0
    /// ln(mean hit distance in blocks + 1), binary16 bits.
    package var meanLogHitDistance: UInt16 = 0
    private var confidenceBits: UInt32 = 0
    package var flags: UInt32 = 0

    package init() {}

    /// All bytes zero: what a slot holds before its first result.
    package static let zero = Payload()
    package static let byteCount = 44
    package static let validFlag: UInt32 = 1
    package static let skyOnlyFlag: UInt32 = 2

    /// Whether a cast has succeeded here.
    package var isValid: Bool { flags & Payload.validFlag != 0 }

    /// How far the payload can be trusted, in [0, 1].
    package var confidence: Float {
        get { Float(bitPattern: confidenceBits) }
        set { confidenceBits = newValue.bitPattern }
    }

    /// Appends the 44 bytes. O(1), no heap.
    @inline(__always)
    package func append(to record: inout LeafRecord) {
        record.append(Payload.word(sh.r0, sh.g0, sh.b0, sh.rY))
        record.append(Payload.word(sh.gY, sh.bY, sh.rZ, sh.gZ))
        record.append(Payload.word(sh.bZ, sh.rX, sh.gX, sh.bX))
        record.append(Payload.word(aoU, aoV, 0, aoConfidence))
        record.append(UInt64(meanLogHitDistance) | UInt64(confidenceBits) << 32)
        record.append(flags)
    }

    @inline(__always)
    private static func word(_ a: UInt16, _ b: UInt16, _ c: UInt16, _ d: UInt16) -> UInt64 {
        UInt64(a) | UInt64(b) << 16 | UInt64(c) << 32 | UInt64(d) << 48
    }

    /// The 44 bytes; for files and dumps. O(1).
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Payload.byteCount)
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(Payload.word(sh.r0, sh.g0, sh.b0, sh.rY))
        append(Payload.word(sh.gY, sh.bY, sh.rZ, sh.gZ))
        append(Payload.word(sh.bZ, sh.rX, sh.gX, sh.bX))
        append(Payload.word(aoU, aoV, 0, aoConfidence))
        append(UInt64(meanLogHitDistance) | UInt64(confidenceBits) << 32)
        append(flags)
        return bytes
    }

    /// Reads what ``bytes`` writes; nil unless there are exactly 44 bytes. Any 44 bytes are a payload.
    package init?(bytes: some Collection<UInt8>) {
        self.init(bytes: Array(bytes)[...])
    }

    /// Reads what ``bytes`` writes; nil unless there are exactly 44 bytes. Any 44 bytes are a payload.
    package init?(bytes: ArraySlice<UInt8>) {
        guard bytes.count == Payload.byteCount else { return nil }
        self = bytes.withUnsafeBytes { Payload($0) }
    }

    private init(_ bytes: UnsafeRawBufferPointer) {
        func half(_ offset: Int) -> UInt16 {
            UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
        }
        func word(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        sh.r0 = half(0)
        sh.g0 = half(2)
        sh.b0 = half(4)
        sh.rY = half(6)
        sh.gY = half(8)
        sh.bY = half(10)
        sh.rZ = half(12)
        sh.gZ = half(14)
        sh.bZ = half(16)
        sh.rX = half(18)
        sh.gX = half(20)
        sh.bX = half(22)
        aoU = half(24)
        aoV = half(26)
        aoConfidence = half(30)
        meanLogHitDistance = half(32)
        confidenceBits = word(36)
        flags = word(40)
    }

    /// Every field by name, with its value and, for halves, its bits; for dumps and reports. The order
    /// is that of the bytes; two payloads differ exactly where their texts do, NaN bits included.
    package var fields: [(name: String, text: String)] {
        func half(_ name: String, _ bits: UInt16) -> (name: String, text: String) {
            (name, "\(Binary16.value(of: bits)) (0x\(hexadecimal(UInt32(bits), digits: 4)))")
        }
        return [
            half("sh.r0", sh.r0), half("sh.g0", sh.g0), half("sh.b0", sh.b0), half("sh.rY", sh.rY),
            half("sh.gY", sh.gY), half("sh.bY", sh.bY), half("sh.rZ", sh.rZ), half("sh.gZ", sh.gZ),
            half("sh.bZ", sh.bZ), half("sh.rX", sh.rX), half("sh.gX", sh.gX), half("sh.bX", sh.bX),
            half("aoU", aoU), half("aoV", aoV), half("aoConfidence", aoConfidence),
            half("meanLogHitDistance", meanLogHitDistance),
            ("confidence", "\(confidence) (0x\(hexadecimal(confidenceBits, digits: 8)))"),
            ("flags", "0x\(hexadecimal(flags, digits: 8))"),
        ]
    }

    private func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

import Testing
import Voxels

@Suite struct NumberTests {
    @Test func everyBinary16RoundTrips() {
        for bits in UInt16.min...UInt16.max {
            let reference = Float16(bitPattern: bits)
            let value = Binary16.value(of: bits)
            if reference.isNaN {
                #expect(value.isNaN)
                #expect(Float16(bitPattern: Binary16.bits(from: value)).isNaN)
                continue
            }
            guard value.bitPattern == Double(reference).bitPattern, Binary16.bits(from: value) == bits else {
                Issue.record("binary16 0x\(String(bits, radix: 16)) became \(value)")
                return
            }
        }
    }

    /// Halfway points between neighbours, and the doubles next to them on both sides.
    @Test func everyMidpointRoundsToEven() {
        for bits in UInt16(0)..<0x7BFF {
            let middle = (Binary16.value(of: bits) + Binary16.value(of: bits + 1)) / 2
            for (value, expected) in [
                (middle, bits & 1 == 0 ? bits : bits + 1), (middle.nextDown, bits), (middle.nextUp, bits + 1),
            ] {
                let positive = Binary16.bits(from: value)
                guard positive == expected, Binary16.bits(from: -value) == expected | 0x8000 else {
                    Issue.record("\(value) became 0x\(String(positive, radix: 16))")
                    return
                }
            }
        }
    }

    @Test(
        arguments: [
            (65519.999, 0x7BFF), (65520, 0x7C00), (1e300, 0x7C00), (.infinity, 0x7C00), (-.infinity, 0xFC00),
            (0, 0), (-0.0, 0x8000), (0x1p-25, 0), (0x1.0000000000001p-25, 1), (0x1p-26, 0),
            (.leastNonzeroMagnitude, 0), (0x1p-14, 0x0400),
        ] as [(Double, UInt16)])
    func edgesOfBinary16(value: Double, bits: UInt16) {
        #expect(Binary16.bits(from: value) == bits)
    }

    @Test func randomDoublesRoundLikeFloat16() {
        let seed: UInt64 = 20_260_101
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200_000 {
            let exponent = UInt64.random(in: 1023 - 30...1023 + 18, using: &random)
            let value = Double(bitPattern: random.next() & 0x800F_FFFF_FFFF_FFFF | exponent << 52)
            guard Binary16.bits(from: value) == Float16(value).bitPattern else {
                Issue.record("seed \(seed): \(value)")
                return
            }
        }
    }

    /// Decimal expansions of the logarithms, to 20 digits and more.
    @Test(
        arguments: [
            (1, 0), (2, 0.69314718055994530942), (3, 1.09861228866810969140), (10, 2.30258509299404568402),
            (1.5, 0.40546510810816438198), (7, 1.94591014905531330511), (100, 4.60517018598809136804),
            (513, 6.24027584517076948165), (1000, 6.90775527898213705205), (0.5, -0.69314718055994530942),
            (65536, 11.0903548889591249507), (1e100, 230.258509299404568402),
        ] as [(Double, Double)])
    func logarithmIsWithinOneUlp(x: Double, expected: Double) {
        #expect(abs(PortableMath.ln(x) - expected) <= expected.ulp)
    }

    @Test func logarithmRisesWithItsArgument() {
        var last = -1.0
        var x = 1.0
        while x < 2000 {
            let value = PortableMath.ln(x)
            #expect(value > last)
            last = value
            x += x < 3 ? 0.0001 : 0.01
        }
        for power in 1..<40 {
            let x = Double(1 << power)
            #expect(PortableMath.ln(x.nextDown) <= PortableMath.ln(x))
            #expect(PortableMath.ln(x) <= PortableMath.ln(x.nextUp))
        }
    }

    @Test func logarithmOfWhatHasNone() {
        #expect(PortableMath.ln(0) == -.infinity)
        #expect(PortableMath.ln(-1).isNaN)
        #expect(PortableMath.ln(.nan).isNaN)
        #expect(PortableMath.ln(.infinity) == .infinity)
        #expect(abs(PortableMath.ln(.leastNonzeroMagnitude) + 744.44007192138126) < 1e-12)
    }
}

import Recording
import Streaming
import Testing
import Topology

@Suite("Rates")
struct FrameRateTests {
    @Test("A rate is the decimal that is written, up to nine decimals")
    func texts() throws {
        for (text, nanohertz) in [
            ("60", 60_000_000_000), ("29.97", 29_970_000_000), ("1e3", 1_000_000_000_000),
            ("0.000000001", 1), ("1e9", 1_000_000_000_000_000_000), ("5.9e1", 59_000_000_000),
            ("+7.50", 7_500_000_000), ("1000000000.0000000000000", 1_000_000_000_000_000_000),
        ] as [(String, UInt64)] {
            #expect(FrameRate(text)?.nanohertz == nanohertz, "\(text)")
        }
        for text in [
            "", "0", "-0", "0.0", "-1", "nan", "inf", "x", "0x10", "1e10", "1000000000.000000001",
            "0.0000000001", "1.0000000001", "1e-10", "1e99999", "60 ", "1/2", "60Hz",
        ] {
            #expect(FrameRate(text) == nil, "\(text)")
        }
    }

    @Test("Frames stand at the nearest nanosecond, halves at the even one")
    func times() throws {
        let sixty = try #require(FrameRate("60"))
        #expect(
            (0...6).map { sixty.time(of: $0) } == [
                0, 16_666_667, 33_333_333, 50_000_000, 66_666_667, 83_333_333, 100_000_000,
            ])
        // 0.5 ns, 1.5 ns, 2.5 ns, ... cannot be had below 1 ns a frame; 2.5 ns a frame can.
        let halves = try #require(FrameRate("4e8"))
        #expect((0...6).map { halves.time(of: $0) } == [0, 2, 5, 8, 10, 12, 15])
        let slow = try #require(FrameRate("0.000000001"))
        #expect(slow.time(of: 9) == 9_000_000_000_000_000_000)
        #expect(slow.time(of: 10) == nil)
        #expect(try #require(FrameRate("1e9")).time(of: .max) == .max)
    }

    @Test("No integer is nearer, and times ascend strictly, for random rates", arguments: [1, 2] as [UInt64])
    func nearest(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let nanohertz =
                UInt64.random(in: 1...1_000_000_000_000_000_000, using: &generator)
                >> UInt64.random(in: 0...40, using: &generator)
            guard nanohertz > 0 else { continue }
            let text = "\(nanohertz)e-9"
            let rate = try #require(FrameRate(text), "seed \(seed), \(text)")
            #expect(rate.nanohertz == nanohertz)
            let start = Int.random(in: 0...1_000_000, using: &generator)
            var previous: Int64?
            for frame in start..<start + 5 {
                guard let time = rate.time(of: frame) else { break }
                // |time * n - frame * 10^18| is at most n / 2, and at a tie the time is even.
                let place = Int128(time) * Int128(nanohertz) - Int128(frame) * 1_000_000_000_000_000_000
                let twice = 2 * place.magnitude
                #expect(twice <= nanohertz, "seed \(seed), \(text), frame \(frame)")
                if twice == nanohertz { #expect(time % 2 == 0, "seed \(seed), \(text), frame \(frame)") }
                if let previous { #expect(time > previous, "seed \(seed), \(text), frame \(frame)") }
                previous = time
            }
        }
    }

    @Test("The number of frames is what counting gives")
    func counts() throws {
        for text in ["1e9", "999999999.999999999", "4e8", "3e8", "666666666.7", "123456789.123456789"] {
            let rate = try #require(FrameRate(text))
            for duration in Int64(0)...60 {
                var count: UInt64 = 0
                while let time = rate.time(of: Int(count)), time <= duration { count += 1 }
                #expect(rate.frameCount(within: duration) == count, "\(text), \(duration) ns")
            }
        }
        let fastest = try #require(FrameRate("1e9"))
        #expect(fastest.frameCount(within: .max) == 1 << 63)
        #expect(try #require(FrameRate("0.000000001")).frameCount(within: .max) == 10)
    }
}

@Suite("Sampling a path at a rate")
struct ResamplingTests {
    private func frames(_ poses: [TimedPose], _ rate: String) throws -> [FrameInput] {
        let rate = try #require(FrameRate(rate))
        return try PathImport.frames(of: poses, options: ImportOptions(rate: rate))
    }

    /// The definition again, for one time: every pose is looked at, numbers are arrays.
    private func sampled(_ poses: [TimedPose], at time: Int64) throws -> [Double] {
        func numbers(_ pose: TimedPose) -> [Double] {
            [
                pose.position.x, pose.position.y, pose.position.z, pose.orientation.x, pose.orientation.y,
                pose.orientation.z, pose.orientation.w,
            ]
        }
        let start = try #require(poses.first).timeNanoseconds
        if let exact = poses.first(where: { $0.timeNanoseconds - start == time }) { return numbers(exact) }
        let before = try #require(poses.last { $0.timeNanoseconds - start < time })
        let after = try #require(poses.first { $0.timeNanoseconds - start > time })
        let u =
            Double(time - (before.timeNanoseconds - start))
            / Double(after.timeNanoseconds - before.timeNanoseconds)
        let (a, b) = (numbers(before), numbers(after))
        var dot = 0.0
        for axis in 3..<7 { dot += a[axis] * b[axis] }
        var result = (0..<7).map { axis in
            a[axis] + ((axis >= 3 && dot < 0 ? -b[axis] : b[axis]) - a[axis]) * u
        }
        var square = 0.0
        for axis in 3..<7 { square += result[axis] * result[axis] }
        for axis in 3..<7 { result[axis] /= square.squareRoot() }
        return result
    }

    @Test("Every frame is what the definition gives, bit for bit", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func againstTheDefinition(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for rate in ["1000", "59.94", "7", "333333.333", "0.5"] {
            var time = Int64.random(in: -1_000_000_000...1_000_000_000, using: &generator)
            let step = Int64(1.5e9 / (try #require(Double(rate))))
            let poses = (0..<12).map { index in
                // Some poses stand at exactly a frame's time.
                time += index % 3 == 0 ? 1_000_000_000 / 125 : Int64.random(in: 1...step, using: &generator)
                return TimedPose(
                    timeNanoseconds: time,
                    position: WorldPoint(
                        .random(in: -1e3...1e3, using: &generator),
                        .random(in: -1e3...1e3, using: &generator),
                        .random(in: -1e3...1e3, using: &generator)),
                    orientation: ImportSamples.rotation(&generator), place: .line(index + 1))
            }
            let start = poses[0].timeNanoseconds
            let frames = try frames(poses, rate)
            var count = 0
            let exactRate = try #require(FrameRate(rate))
            while let time = exactRate.time(of: count), time <= poses[11].timeNanoseconds - start {
                let frame = try #require(frames.indices.contains(count) ? frames[count] : nil)
                #expect(frame.engineTimeNanoseconds == time, "seed \(seed), rate \(rate), frame \(count)")
                let (p, q) = (frame.camera.position, frame.camera.orientation)
                #expect(
                    try [p.x, p.y, p.z, q.x, q.y, q.z, q.w] == sampled(poses, at: time),
                    "seed \(seed), rate \(rate), frame \(count)")
                count += 1
            }
            #expect(frames.count == count, "seed \(seed), rate \(rate)")
        }
    }

    @Test("A pose at a frame's time is taken as it is, also one that is not of unit length")
    func exactPoses() throws {
        let odd = Quaternion(x: 0, y: 3, z: 0, w: 4)
        let poses = [
            ImportSamples.pose(5, 0.1, 0.2, 0.3, odd), ImportSamples.pose(500_000_005, 1, 1, 1, odd, line: 2),
            ImportSamples.pose(1_000_000_005, 0.7, 0.8, 0.9, odd, line: 3),
        ]
        let frames = try frames(poses, "4")
        #expect(
            frames.map(\.engineTimeNanoseconds) == [0, 250_000_000, 500_000_000, 750_000_000, 1_000_000_000])
        #expect(frames.map(\.frame) == [0, 1, 2, 3, 4])
        #expect(frames[0].camera.position == WorldPoint(0.1, 0.2, 0.3))
        #expect(frames[4].camera.position == WorldPoint(0.7, 0.8, 0.9))
        #expect(frames[0].camera.orientation == odd)
        #expect(frames[2].camera.orientation == odd)
        #expect(frames[1].camera.orientation == Quaternion(x: 0, y: 0.6, z: 0, w: 0.8))
        #expect(frames[0].events == [.sessionStart(.classic)])
        #expect(frames.dropFirst().allSatisfy { $0.events.isEmpty })
    }

    @Test("The last pose is in where a frame falls on it, and no frame stands behind it")
    func ends() throws {
        func count(_ duration: Int64, _ rate: String) throws -> Int {
            let poses = [ImportSamples.pose(0, 0, 0, 0), ImportSamples.pose(duration, 1, 1, 1, line: 2)]
            return try frames(poses, rate).count
        }
        #expect(try count(100_000_000, "60") == 7)
        #expect(try count(99_999_999, "60") == 6)
        // Frame 1 at 60 Hz is rounded up by a third of a nanosecond, frame 2 down.
        #expect(try count(16_666_666, "60") == 1)
        #expect(try count(16_666_667, "60") == 2)
        #expect(try count(33_333_333, "60") == 3)
        #expect(try frames([ImportSamples.pose(7, 1, 2, 3)], "1e9").count == 1)
    }

    @Test("Opposite quaternions mean the same rotation, and the way between is the shorter one")
    func shorterWay() throws {
        let a = Quaternion(x: 0, y: 0, z: 0, w: 1)
        let b = Quaternion(x: 0, y: 0, z: -0.6, w: -0.8)
        let poses = [ImportSamples.pose(0, 0, 0, 0, a), ImportSamples.pose(2, 0, 0, 0, b, line: 2)]
        let middle = try frames(poses, "1e9")[1].camera.orientation
        // Half way to (0, 0, 0.6, 0.8): (0, 0, 0.3, 0.9) over its length.
        let length = (0.3 * 0.3 + 0.9 * 0.9).squareRoot()
        #expect(abs(middle.z - 0.3 / length) < 1e-15)
        #expect(abs(middle.w - 0.9 / length) < 1e-15)
    }

    @Test("Times far apart, and as far as 64 bits go")
    func farApart() throws {
        let poses = [
            ImportSamples.pose(.min, 0, 0, 0), ImportSamples.pose(-1, 8, 8, 8, line: 2),
        ]
        let frames = try frames(poses, "0.000000001")
        #expect(frames.count == 10)
        #expect(frames[9].engineTimeNanoseconds == 9_000_000_000_000_000_000)
    }

    @Test("Too many frames are refused before any is made")
    func tooMany() throws {
        let years: Int64 = 3 * 365 * 86_400 * 1_000_000_000
        for (duration, rate, count) in [
            (years, "1000", 94_608_000_001), (Int64.max, "1e9", 1 << 63), (1_000_000, "1e9", 1_000_001),
        ] as [(Int64, String, UInt64)] {
            let poses = [ImportSamples.pose(0, 0, 0, 0), ImportSamples.pose(duration, 1, 1, 1, line: 2)]
            let error = try ImportSamples.error { _ = try frames(poses, rate) }
            #expect(error == .tooManyFrames(count: count, limit: 1_000_000))
        }
    }

    @Test("Orientations without a direction cannot be sampled between, and stay where nothing is sampled")
    func noRotation() throws {
        let none = Quaternion(x: 0, y: 0, z: 0, w: 0)
        let huge = Quaternion(x: 1e200, y: 0, z: 0, w: 0)
        for orientation in [none, huge] {
            let poses = [
                ImportSamples.pose(0, 0, 0, 0, orientation),
                ImportSamples.pose(1_000_000_000, 1, 1, 1, orientation, line: 2),
            ]
            let error = try ImportSamples.error { _ = try frames(poses, "2") }
            #expect(error == .noRotation(from: .line(1), to: .line(2)))
            #expect(try frames(poses, "1").map(\.camera.orientation) == [orientation, orientation])
            #expect(
                try PathImport.frames(of: poses, options: ImportOptions()).map(\.camera.orientation)
                    == [orientation, orientation])
        }
    }
}

import Foundation
import Hashing
import Streaming
import Topology

/// Why a file is not the dump of a frame. Lines count from 1.
package enum FrameDumpError: Error, Equatable, Sendable {
    case notADump
    case tooLarge(sizeBytes: Int, limit: Int)
    case malformed(line: Int, field: String)
    /// The dump ends before the lines of this stage.
    case incomplete(stage: String)
}

/// Reads the lines that ``FrameReport/forEachLine(_:)`` writes, as far as they can be compared stage by stage.
package enum FrameDump {
    /// The largest file that is read; the dump of eight levels of 128^3 cells would be larger and is not compared.
    package static let maximumSizeBytes = 1 << 31

    /// Whether a file begins as a dump does.
    package static func isDump(_ bytes: [UInt8]) -> Bool { bytes.starts(with: Array("{\"frame\":".utf8)) }

    /// Complexity: O(bytes); the lines of the state after the frame are not looked at.
    package static func facts(_ bytes: [UInt8]) throws(FrameDumpError) -> FrameFacts {
        guard isDump(bytes) else { throw .notADump }
        guard bytes.count <= maximumSizeBytes else {
            throw .tooLarge(sizeBytes: bytes.count, limit: maximumSizeBytes)
        }
        let lines = bytes.split(separator: 0x0A)
        var facts = try frame(try value(lines[0], 1))
        var open: Stage?
        for (index, line) in lines.enumerated().dropFirst() {
            if line.starts(with: Array("{\"stage\":".utf8)) {
                let report = try stage(try value(line, index + 1), index + 1)
                guard report.stage == Stage(rawValue: UInt8(facts.stages.count)) else {
                    throw .malformed(line: index + 1, field: "stage")
                }
                facts.stages.append(report)
                facts.changes.append([])
                open = report.stage
            } else if line.starts(with: Array("{\"changedIn\":".utf8)) {
                guard let open else { throw .malformed(line: index + 1, field: "changedIn") }
                facts.changes[Int(open.rawValue)].append(try cell(try value(line, index + 1), index + 1))
            } else {
                break
            }
        }
        if let missing = Stage(rawValue: UInt8(facts.stages.count)) { throw .incomplete(stage: missing.name) }
        return facts
    }

    private static func value(_ line: ArraySlice<UInt8>, _ number: Int) throws(FrameDumpError) -> ReportValue
    {
        do {
            return try JSONDecoder().decode(ReportValue.self, from: Data(line))
        } catch {
            throw .malformed(line: number, field: "JSON")
        }
    }

    private static func frame(_ line: ReportValue) throws(FrameDumpError) -> FrameFacts {
        guard case .integer(let number)? = line["frame"], let frame = Int32(exactly: number) else {
            throw .malformed(line: 1, field: "frame")
        }
        guard let digest = line["digest"]?.string.flatMap({ Digest128(hexadecimal: $0) }) else {
            throw .malformed(line: 1, field: "digest")
        }
        guard case .list(let levels)? = line["levels"] else { throw .malformed(line: 1, field: "levels") }
        var facts = FrameFacts(
            frame: frame, previous: line["previous"]?.string.flatMap { Digest128(hexadecimal: $0) },
            digest: digest, levels: [], stages: [], changes: [])
        for level in levels {
            guard let digest = Digest64(hexadecimal: level) else {
                throw .malformed(line: 1, field: "levels")
            }
            facts.levels.append(digest)
        }
        return facts
    }

    private static func stage(_ line: ReportValue, _ number: Int) throws(FrameDumpError) -> StageReport {
        guard let name = line["stage"]?.string, let stage = Stage.allCases.first(where: { $0.name == name })
        else { throw .malformed(line: number, field: "stage") }
        guard let digest = line["digest"].flatMap({ Digest64(hexadecimal: $0) }) else {
            throw .malformed(line: number, field: "digest")
        }
        guard let outputs = line["outputs"], let parts = line["parts"] else {
            throw .malformed(line: number, field: "outputs")
        }
        return StageReport(
            stage, digest: digest, outputs: outputs, parts: parts, bytes: line["bytes"] ?? .null)
    }

    private static func cell(_ line: ReportValue, _ number: Int) throws(FrameDumpError) -> CellReport {
        guard case .object(let members) = line, case .integer(let level)? = line["level"],
            case .list(let coordinates)? = line["cell"]
        else { throw .malformed(line: number, field: "cell") }
        var numbers: [Int32] = []
        for case .integer(let coordinate) in coordinates {
            guard let number = Int32(exactly: coordinate) else { break }
            numbers.append(number)
        }
        guard numbers.count == 3, let level = UInt8(exactly: level) else {
            throw .malformed(line: number, field: "cell")
        }
        let own = ["changedIn", "level", "cell"]
        return CellReport(
            level: Int(level), cell: Cell(numbers[0], numbers[1], numbers[2]),
            fields: .object(members.filter { !own.contains($0.name) }))
    }
}

extension Digest64 {
    fileprivate init?(hexadecimal value: ReportValue) {
        guard let text = value.string, text.utf8.count == 16, let number = UInt64(text, radix: 16) else {
            return nil
        }
        self.init(number)
    }
}

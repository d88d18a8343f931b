import FuzzProperties
import Testing

@Suite("Checksums that are repaired")
struct RepairTests {
    @Test(
        "What is damaged is read with the checksum that it should have, whichever byte is damaged",
        arguments: [FuzzedReader.golden, .digests, .snapshot, .keyframe])
    func trailers(reader: FuzzedReader) throws {
        for (name, bytes) in try Seeds.of(reader) {
            var damaged = bytes
            // Within the checksum: the golden's last byte is a line's end.
            damaged[bytes.count - 2] ^= 1
            #expect(try reader.check(damaged) == .accepted, "\(name)")
        }
    }

    @Test("Every checksum of a container is repaired", arguments: [FuzzedReader.trace, .mcap])
    func containers(reader: FuzzedReader) throws {
        var repaired = 0
        // The long ones have the same records.
        for (name, bytes) in try Seeds.of(reader) where bytes.count < 6144 {
            #expect(ContainerRepair.repaired(bytes) == bytes, "\(name)")
            for index in bytes.indices {
                var damaged = bytes
                damaged[index] ^= 0xFF
                let result = ContainerRepair.repaired(damaged)
                #expect(result.count == bytes.count)
                // A byte of a checksum: nothing else was changed, so that all is as it was.
                if result == bytes { repaired += 1 }
            }
        }
        // At least a chunk, the data and the summary of one file.
        #expect(repaired >= 12)
    }

    @Test("A property that does not hold says so, and an error of another kind goes through")
    func broken() throws {
        struct Other: Error {}
        struct Own: Error {}
        #expect(throws: BrokenProperty.self) { try require(false, "") }
        #expect(throws: Never.self) { try require(true, "") }
        #expect(throws: Other.self) { try accepted(Own.self) { throw Other() } }
        #expect(try accepted(Own.self) { throw Own() } == nil)
        #expect(try accepted(Own.self) { 1 } == 1)
    }
}

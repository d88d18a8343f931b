import CLibFuzzer
import Foundation
import FuzzProperties

// libFuzzer with one reader: `LUMON_FUZZ_READER=NAME fuzz [libFuzzer's options] [folders or files]`. The name stands
// in the environment because libFuzzer starts this program again with its own arguments.
//
// `fuzz --write-seeds FOLDER` writes what fuzzing begins with instead, a folder for each reader.

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--write-seeds" {
    try writeSeeds(to: CommandLine.arguments[2])
    exit(0)
}
guard Chosen.reader != nil else {
    report("LUMON_FUZZ_READER names no reader; expected one of \(FuzzedReader.names)")
    exit(64)
}
var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(
    LLVMFuzzerRunDriver(&count, &arguments) { start, count in
        do {
            _ = try Chosen.reader?.check(Array(UnsafeBufferPointer(start: start, count: count)))
            return 0
        } catch {
            report("a property does not hold: \(error)")
            // A crash is what libFuzzer keeps the input of.
            abort()
        }
    })

/// Read once: the environment does not change.
enum Chosen {
    static let reader = ProcessInfo.processInfo.environment["LUMON_FUZZ_READER"].flatMap {
        FuzzedReader(rawValue: $0)
    }
}

func writeSeeds(to folder: String) throws {
    for reader in FuzzedReader.allCases {
        let place = "\(folder)/\(reader.rawValue)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        for (name, bytes) in try Seeds.of(reader) {
            try Data(bytes).write(to: URL(fileURLWithPath: "\(place)/seed-\(name)"), options: .atomic)
        }
    }
}

func report(_ line: String) { FileHandle.standardError.write(Data("fuzz: \(line)\n".utf8)) }

// swift-tools-version: 6.2
import PackageDescription

// One line, imports only leftwards:
// CXXHash < Hashing < Topology < Voxels < Streaming < Persistence < Recording < Replay < Verification < lumon-replay
// With LUMON_FUZZ=1 the modules are built for libFuzzer (Scripts/fuzz), with flags that no package has that others use.
let isFuzzed = Context.environment["LUMON_FUZZ"] == "1"
let fuzzed: [SwiftSetting] = isFuzzed ? [.unsafeFlags(["-sanitize=fuzzer"])] : []
let strict: [SwiftSetting] =
    [
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        // Debug builds can be made to go wrong, so that tests can show that it is found (Sources/PlantedFaults).
        .define("PLANTED_FAULTS", .when(configuration: .debug)),
    ] + fuzzed

let fuzzers: [Target] =
    isFuzzed
    ? [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzzing/CLibFuzzer"),
        .executableTarget(
            name: "fuzz", dependencies: ["CLibFuzzer", "FuzzProperties"], path: "Tests/Fuzzing/Fuzz",
            swiftSettings: strict, linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
    ] : []

let package = Package(
    name: "lumon-replay",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "lumon-replay", targets: ["lumon-replay"]),
        .library(name: "Recording", targets: ["Recording"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CXXHash", pkgConfig: "libxxhash",
            providers: [.apt(["libxxhash-dev"]), .brew(["xxhash"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        // Beside the line: the recorder for engines in C and C++. Scripts/build-recorder builds it without this package.
        .target(
            name: "CRecorder", exclude: ["example"],
            linkerSettings: [.linkedLibrary("z"), .linkedLibrary("pthread", .when(platforms: [.linux]))]),
        // Beside the line: Swift has no name for the floating-point environment.
        .target(name: "CFloatingPoint"),
        // Beside the line: nothing of it is left in what users run.
        .target(name: "PlantedFaults", swiftSettings: strict),
        .target(name: "Hashing", dependencies: ["CXXHash", "PlantedFaults"], swiftSettings: strict),
        .target(name: "Topology", dependencies: ["Hashing", "PlantedFaults"], swiftSettings: strict),
        .target(
            name: "Voxels", dependencies: ["Hashing", "PlantedFaults", "Topology"], swiftSettings: strict),
        .target(
            name: "Streaming",
            dependencies: [
                "CFloatingPoint", "Hashing", "PlantedFaults", "Topology", "Voxels",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .target(
            name: "Persistence",
            dependencies: [
                "Hashing", "Topology", "Streaming", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .target(
            name: "Recording",
            dependencies: [
                "CZlib", "Hashing", "PlantedFaults", "Topology", "Voxels", "Streaming",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "TOMLKit", package: "TOMLKit"),
            ],
            exclude: ["Proto"],
            swiftSettings: strict),
        .target(
            name: "Replay",
            dependencies: ["Hashing", "PlantedFaults", "Topology", "Voxels", "Streaming", "Recording"],
            swiftSettings: strict),
        .target(
            name: "Verification",
            dependencies: [
                "Hashing", "Topology", "Voxels", "Streaming", "Recording", "Replay",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "lumon-replay",
            dependencies: [
                "Hashing", "Topology", "Voxels", "Streaming", "Persistence", "Recording", "Replay",
                "Verification",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        // In this package, not in one of its own: it measures what has `package` access.
        .executableTarget(
            name: "frame-benchmark", dependencies: ["Topology", "Voxels", "Streaming"],
            path: "Benchmarks/FrameBenchmark", swiftSettings: strict),
        .executableTarget(
            name: "store-benchmark",
            dependencies: [
                "Hashing", "Topology", "Voxels", "Streaming", "Persistence",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Benchmarks/StoreBenchmark", swiftSettings: strict),
        .executableTarget(
            name: "bisect-benchmark", dependencies: ["BisectSupport"], path: "Benchmarks/BisectBenchmark",
            swiftSettings: strict),
        .testTarget(
            name: "HashingTests", dependencies: ["Hashing"], swiftSettings: strict),
        .testTarget(
            name: "TopologyTests", dependencies: ["Hashing", "Topology"], swiftSettings: strict),
        .testTarget(
            name: "VoxelsTests", dependencies: ["Hashing", "Topology", "Voxels"],
            swiftSettings: strict),
        .testTarget(
            name: "StreamingTests",
            dependencies: ["Hashing", "Topology", "Voxels", "Streaming", "Recording"],
            swiftSettings: strict),
        .testTarget(
            name: "PersistenceTests",
            dependencies: [
                "CStoreShim", "Hashing", "Topology", "Voxels", "Streaming", "Persistence", "StoreSupport",
                "store-forever",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RecordingTests",
            dependencies: [
                "Hashing", "Topology", "Voxels", "Streaming", "Recording",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ReplayTests",
            dependencies: [
                "CStoreShim", "Hashing", "Topology", "Voxels", "Streaming", "Persistence", "Recording",
                "Replay",
                "Verification", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        // A disk that remembers, dawdles and fails, for tests only.
        .target(
            name: "CStoreShim", path: "Tests/Support/CStoreShim",
            linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(
            name: "StoreSupport", dependencies: ["Hashing", "Topology", "Voxels", "Streaming"],
            path: "Tests/Support/StoreSupport", swiftSettings: strict),
        // Histories with a culprit, and who looks for it.
        .target(name: "BisectSupport", path: "Tests/Support/BisectSupport", swiftSettings: strict),
        // What the tests kill while it writes to its store.
        .executableTarget(
            name: "store-forever", dependencies: ["Streaming", "Persistence", "StoreSupport"],
            path: "Tests/Support/store-forever", swiftSettings: strict),
        // What the tests kill while it records.
        .executableTarget(
            name: "record-forever", dependencies: ["Recording"], path: "Tests/Support/record-forever",
            swiftSettings: strict),
        .executableTarget(
            name: "live-forever",
            dependencies: ["Topology", "Voxels", "Streaming", "Persistence", "Recording", "Replay"],
            path: "Tests/Support/live-forever", swiftSettings: strict),
        // A subject that goes wrong in every way.
        .executableTarget(
            name: "subject-faults",
            dependencies: [
                "Streaming", "Recording", "Replay",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Tests/Support/subject-faults", swiftSettings: strict),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "BisectSupport", "Hashing", "PlantedFaults", "Topology", "Voxels", "Streaming", "Persistence",
                "Recording",
                "Replay", "Verification", "live-forever", "lumon-replay", "record-forever", "subject-faults",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: strict),
        // What must hold for any bytes: asked by the fuzzers and, for their corpus, by the tests.
        .target(
            name: "FuzzProperties",
            dependencies: [
                "CZlib", "Hashing", "Topology", "Voxels", "Streaming", "Recording", "Replay", "Verification",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Tests/Fuzzing/Properties", swiftSettings: strict),
        .testTarget(
            name: "FuzzingTests", dependencies: ["FuzzProperties"], path: "Tests/Fuzzing/CorpusTests",
            swiftSettings: strict),
        // Programs in other languages: recorder and subject host in C# (Tests/CSharp), and the official MCAP package (Tests/Python).
        .testTarget(
            name: "ForeignTests",
            dependencies: [
                "CRecorder", "Hashing", "Streaming", "Topology", "Voxels", "Recording", "Verification",
                "lumon-replay",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict),
    ] + fuzzers,
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

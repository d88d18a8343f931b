import Streaming

/// The configurations of a trace by their ids, which count from 0 without a gap.
struct ConfigurationTable: Sendable {
    private var configurations: [Configuration] = []

    subscript(id: UInt32) -> Configuration? {
        id < configurations.count ? configurations[Int(id)] : nil
    }

    var count: Int { configurations.count }

    /// Takes the next one.
    mutating func add(_ configuration: Configuration, id: UInt32, frame: UInt32) throws(TraceError) {
        guard configurations.count < TraceFormat.maximumConfigurations else {
            throw .tooMany(
                what: "configurations", count: configurations.count + 1,
                limit: TraceFormat.maximumConfigurations, frame: frame)
        }
        guard id == configurations.count else {
            throw .configurationOrder(expected: UInt32(configurations.count), found: id, frame: frame)
        }
        configurations.append(configuration)
    }
}

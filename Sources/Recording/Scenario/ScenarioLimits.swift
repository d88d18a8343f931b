/// What a scenario may ask for at most. The error names the value and the limit.
package enum ScenarioLimits {
    /// Frames of all camera segments together.
    package static let frames: Int64 = 1_000_000
    /// Events of the trace, sessions and configurations included.
    package static let events: Int64 = 100_000
    /// Events of one frame: less than a frame may hold by the rules of the trace.
    package static let eventsPerFrame: Int64 = 32_768
    /// `[[camera]]` tables.
    package static let segments = 10_000
    /// `[[event]]` tables.
    package static let eventTables = 10_000
    /// Blocks from the origin of a position, a box or a distance.
    package static let coordinate = 1e9
    /// Voxels or chunks from the origin.
    package static let voxel: Int64 = 1 << 40
    /// Blocks a second.
    package static let speed = 1e9
    /// Levels that a list of budgets may name.
    package static let levelBudgets = 64
}

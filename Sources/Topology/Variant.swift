/// A named set of documented ways in which an engine's streaming system is not the reference (Model.md, Variants). The stages ask for a
/// switch, never for a name.
package enum Variant: UInt8, CaseIterable, Hashable, Sendable {
    /// The model as Model.md describes it.
    case reference = 0
    /// The engine as it was in January 2026.
    case lumon2026_01 = 1

    /// The name in scenarios, goldens and on the command line.
    package var name: String {
        switch self {
        case .reference: "reference"
        case .lumon2026_01: "lumon-2026-01"
        }
    }

    package init?(name: String) {
        guard let variant = Variant.allCases.first(where: { $0.name == name }) else { return nil }
        self = variant
    }

    /// An invalidation box is clamped to the window: one that is far away dirties the border. At risk: light is made anew that was right,
    /// and the budget is spent at the wrong place.
    package var clampsBoxes: Bool { self == .lumon2026_01 }

    /// Slots have generations, by which a request that was retired is told from the one that has its slot now. Without them an old result
    /// can be stored in another cell. At risk: light of another place, until the probe is updated again.
    package var hasGenerations: Bool { self == .reference }

    /// Requests are claimed by worker threads between a frame's stages, and each claim is an input. At risk: what a box or a shift does to a
    /// probe depends on whether a worker was there before it.
    package var claimsByWorkers: Bool { self == .lumon2026_01 }

    /// Bytes that one probe takes of the upload budget: 64, or 40 and 24 for each of the 64 directions. At risk: a budget that was enough
    /// for hundreds of probes is one for a few.
    package var uploadBytesPerProbe: Int64 { self == .lumon2026_01 ? 40 + 24 * 64 : 64 }

    /// Valid becomes Stale only at levels that the budget reached. At risk: coarse levels do not even grow old while finer ones eat the budget.
    package var promotesOnlyReachedLevels: Bool { self == .lumon2026_01 }

    /// With an odd number of cells per axis the window lies half a cell off: cells are centred on multiples of the spacing. At risk: levels do
    /// not nest, and what another part of the engine takes for the probe's place is half a cell away.
    package var hasHalfCellWindow: Bool { self == .lumon2026_01 }
}

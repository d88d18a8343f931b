/// What a voxel is made of. The raw value is hashed and stored: never renumber, only append.
///
/// Everything but air stops a ray.
package enum Material: UInt8, CaseIterable, Sendable {
    case air = 0
    case stone = 1
    case dirt = 2
    case grass = 3
    case sand = 4
    case snow = 5
    case wood = 6
    case lamp = 7
    case crystal = 8
    case lava = 9

    /// The light that a ray finds on hitting the material: linear red, green and blue, in the unit of
    /// the sky's radiance. Zero for what does not glow.
    package var emission: (r: Double, g: Double, b: Double) {
        switch self {
        case .air, .stone, .dirt, .grass, .sand, .snow, .wood: (0, 0, 0)
        case .lamp: (2.0, 1.6, 1.0)
        case .crystal: (0.25, 0.75, 1.5)
        case .lava: (3.0, 0.9, 0.2)
        }
    }

    /// The name used in scenarios, imports and dumps.
    package var name: String {
        switch self {
        case .air: "air"
        case .stone: "stone"
        case .dirt: "dirt"
        case .grass: "grass"
        case .sand: "sand"
        case .snow: "snow"
        case .wood: "wood"
        case .lamp: "lamp"
        case .crystal: "crystal"
        case .lava: "lava"
        }
    }

    /// The material of that ``name``; nil for any other text, upper case included.
    package init?(name: some StringProtocol) {
        guard let material = Material.allCases.first(where: { $0.name == name }) else { return nil }
        self = material
    }
}

package import Streaming
package import Topology

/// A signed permutation of the axes: the target's axes in terms of the source's, such as `x,z,-y`.
///
/// With its matrix P a position p becomes P p, and a rotation R becomes P R P^T. For a quaternion with the vector
/// part v that is v' = det(P) P v and w' = w: P turns or mirrors the axis of the rotation, and a mirror turns its
/// sense round. Both are exact: numbers change places and signs, nothing is rounded.
package struct SignedAxes: Hashable, Sendable {
    /// One axis of the source.
    private struct Axis: Hashable, Sendable {
        static let names = ["x", "y", "z"]

        var index: Int
        var isNegative: Bool

        init?(_ text: Substring) {
            isNegative = text.hasPrefix("-")
            let name = String(isNegative ? text.dropFirst() : text)
            guard let index = Axis.names.firstIndex(of: name) else { return nil }
            self.index = index
        }
    }

    /// Of the target's x, y and z.
    private let axes: [Axis]

    package static let expected =
        "each of x, y and z once, with commas between them, a minus where one is turned"

    /// Every axis as it is.
    package static let identity = SignedAxes()

    private init() { axes = Axis.names.compactMap { Axis(Substring($0)) } }

    /// Nil unless the text is as ``expected`` says.
    package init?(_ text: String) {
        let names = text.split(separator: ",", omittingEmptySubsequences: false)
        let axes = names.compactMap { Axis($0) }
        guard names.count == 3, axes.count == 3, Set(axes.map(\.index)).count == 3 else { return nil }
        self.axes = axes
    }

    /// -1 where left-handed axes come out of right-handed ones, else 1.
    package var determinant: Double {
        // A cyclic order of three is even.
        let isEven = (axes[0].index + 1) % 3 == axes[1].index
        let isMirrored = axes.count { $0.isNegative } % 2 == 1
        return isEven != isMirrored ? 1 : -1
    }

    package func point(_ point: WorldPoint) -> WorldPoint {
        let (x, y, z) = permuted(point.x, point.y, point.z)
        return WorldPoint(x, y, z)
    }

    package func orientation(_ quaternion: Quaternion) -> Quaternion {
        let (x, y, z) = permuted(quaternion.x, quaternion.y, quaternion.z)
        return determinant < 0
            ? Quaternion(x: -x, y: -y, z: -z, w: quaternion.w) : Quaternion(x: x, y: y, z: z, w: quaternion.w)
    }

    private func permuted(_ x: Double, _ y: Double, _ z: Double) -> (Double, Double, Double) {
        let source = [x, y, z]
        func value(_ axis: Axis) -> Double { axis.isNegative ? -source[axis.index] : source[axis.index] }
        return (value(axes[0]), value(axes[1]), value(axes[2]))
    }
}

extension SignedAxes: CustomStringConvertible {
    /// As it is read.
    package var description: String {
        axes.map { ($0.isNegative ? "-" : "") + Axis.names[$0.index] }.joined(separator: ",")
    }
}

package import Streaming

/// A matrix of three rows of three, which may be a rotation.
package struct RotationMatrix: Hashable, Sendable {
    /// Nine entries, row by row.
    private let m: [Double]

    /// What every entry of R R^T may be off from the identity: poses are written with four digits and more, and
    /// odometry that multiplies them up in binary32 drifts.
    package static let tolerance = 1e-3

    /// - Precondition: there are nine entries.
    package init(rows: [Double]) {
        precondition(rows.count == 9, "a matrix of three rows of three has nine entries")
        m = rows
    }

    /// How far R R^T is from the identity: the first entry beyond the tolerance, nil where there is none.
    package var excess: Double? {
        for row in 0..<3 {
            for column in row..<3 {
                let product =
                    m[3 * row] * m[3 * column] + m[3 * row + 1] * m[3 * column + 1]
                    + m[3 * row + 2] * m[3 * column + 2]
                let off = abs(product - (row == column ? 1 : 0))
                // Written so that NaN is beyond it.
                if !(off <= RotationMatrix.tolerance) { return off }
            }
        }
        return nil
    }

    /// 1 for a rotation, -1 for one with a reflection; as far off as the rows are.
    package var determinant: Double {
        m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
            + m[2] * (m[3] * m[7] - m[4] * m[6])
    }

    /// The rotation as a quaternion of unit length, by + - * / and square roots alone.
    ///
    /// The largest of 4w^2, 4x^2, 4y^2, 4z^2 is found first (the first of equals), so that nothing is divided by
    /// a small number; what a matrix of few digits lacks to unit length is made up for at the end.
    ///
    /// Source: S. W. Shepperd, "Quaternion from Rotation Matrix", Journal of Guidance and Control 1 (3), 1978.
    ///
    /// - Precondition: ``excess`` is nil, and the determinant is positive.
    package var quaternion: Quaternion {
        let squares = [
            1 + m[0] + m[4] + m[8], 1 + m[0] - m[4] - m[8], 1 - m[0] + m[4] - m[8], 1 - m[0] - m[4] + m[8],
        ]
        var largest = 0
        for index in 1..<4 where squares[index] > squares[largest] { largest = index }
        let root = squares[largest].squareRoot()
        let half = root / 2
        let divisor = 2 * root
        let (wx, wy, wz) = (m[7] - m[5], m[2] - m[6], m[3] - m[1])
        let (xy, xz, yz) = (m[3] + m[1], m[2] + m[6], m[7] + m[5])
        let result =
            switch largest {
            case 0: Quaternion(x: wx / divisor, y: wy / divisor, z: wz / divisor, w: half)
            case 1: Quaternion(x: half, y: xy / divisor, z: xz / divisor, w: wx / divisor)
            case 2: Quaternion(x: xy / divisor, y: half, z: yz / divisor, w: wy / divisor)
            default: Quaternion(x: xz / divisor, y: yz / divisor, z: half, w: wz / divisor)
            }
        // The four squares sum up to 4, so that the largest is at least 1 and the length is not near 0.
        return result.normalized ?? result
    }
}

extension Quaternion {
    /// The quaternion over its length, which is one sum from x to w and one square root; nil where the length
    /// is 0 or not finite.
    package var normalized: Quaternion? {
        let length = (x * x + y * y + z * z + w * w).squareRoot()
        guard length > 0, length.isFinite else { return nil }
        return Quaternion(x: x / length, y: y / length, z: z / length, w: w / length)
    }
}

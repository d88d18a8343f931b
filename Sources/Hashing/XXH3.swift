import CXXHash

/// The one place that calls libxxhash. Everything else in the project hashes through here.
///
/// Source of the algorithm: Yann Collet, XXH3, "xxHash fast digest algorithm" specification 0.1.1;
/// the library is the system's (0.8.0 or newer, whose results are frozen).
public enum XXH3 {
    /// XXH3-64 with seed 0. Complexity: O(bytes).
    public static func digest64(_ bytes: UnsafeRawBufferPointer) -> Digest64 {
        Digest64(XXH3_64bits(bytes.baseAddress, bytes.count))
    }

    /// XXH3-128 with seed 0. Complexity: O(bytes).
    package static func digest128(_ bytes: UnsafeRawBufferPointer) -> Digest128 {
        let hash = XXH3_128bits(bytes.baseAddress, bytes.count)
        return Digest128(high: hash.high64, low: hash.low64)
    }

    /// XXH3-64 with seed 0. Complexity: O(bytes).
    package static func digest64(_ bytes: [UInt8]) -> Digest64 {
        bytes.withUnsafeBytes { digest64($0) }
    }

    /// XXH3-128 with seed 0. Complexity: O(bytes).
    package static func digest128(_ bytes: [UInt8]) -> Digest128 {
        bytes.withUnsafeBytes { digest128($0) }
    }
}

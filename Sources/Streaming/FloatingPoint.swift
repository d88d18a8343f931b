import CFloatingPoint
import PlantedFaults

/// The floating-point environment that every number of the state path is computed in.
///
/// Audio and game engines set their threads to flush denormals to zero, some to other rounding; a payload or a cell computed there is
/// another one. So whatever decides a digest runs in the default environment, and the caller's is put back afterwards.
package enum FloatingPoint {
    /// Runs `body` in the default environment: round to nearest, no flush-to-zero. Where it is set already that costs a look.
    ///
    /// Order of evaluation: the compiler knows nothing of environments, and may move arithmetic across a call that it can look into. Callers
    /// therefore pass a body that is not inlined.
    @inline(never)
    package static func inDefault<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure)
        -> Value
    {
        guard !lr_floating_point_is_default(), !planted(.environmentOfCaller) else { return try body() }
        var saved = lr_floating_point_set_default()
        defer { lr_floating_point_restore(&saved) }
        return try body()
    }

    /// For threads of our own, which inherit the environment of whoever starts them.
    package static func setDefault() {
        if !lr_floating_point_is_default(), !planted(.environmentOfCaller) {
            _ = lr_floating_point_set_default()
        }
    }

    /// Runs `body` in an environment that no caller should have: for harnesses that want to see whether it matters. `kind` is 1 to round up,
    /// 2 down, 3 towards zero, 4 to flush denormals to zero.
    @inline(never)
    package static func perturbed<Value, Failure: Error>(
        _ kind: Int, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        var saved = lr_floating_point_set_default()
        _ = lr_floating_point_perturb(Int32(kind))
        defer { lr_floating_point_restore(&saved) }
        return try body()
    }
}

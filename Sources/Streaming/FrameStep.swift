import PlantedFaults

extension StreamingSystem {
    /// The whole frame. Everything is checked before anything is applied; after that nothing can fail, but for a claim of a request that the
    /// frame itself selects, and then everything is put back.
    ///
    /// Each stage stands in the file of its name under Stages/, and closes its own digest. All of them compute in the default floating-point
    /// environment, whatever the caller's is.
    ///
    /// `casts` is who casts the rays; how many threads it has must not show in the result, nor when `store`, who keeps the regions
    /// beyond the cache, does its work. `watch` is told at the end of every stage what it hashed, and sees the state; it changes nothing.
    ///
    /// - Throws: ``FrameError``; the system is then as it was before.
    /// Complexity: O(cells that entered, were dirtied, came due, were selected or drained); what merely
    /// exists costs nothing.
    package mutating func step(
        _ input: FrameInput, casts: some CastService, store keeper: inout some StoreService,
        watch: StageWatch? = nil
    ) throws(FrameError) -> FrameResult {
        Planted.begin(frame: input.frame)
        return try FloatingPoint.inDefault { () throws(FrameError) in
            try stages(input, casts, &keeper, watch)
        }
    }

    @inline(never)
    private mutating func stages(
        _ input: FrameInput, _ casts: some CastService, _ keeper: inout some StoreService,
        _ watch: StageWatch?
    ) throws(FrameError) -> FrameResult {
        var frame = try check(input)
        frame.watch = watch
        let before = claimsMayFail(frame) ? self : nil
        do {
            applyInput(&frame, &keeper)
            snap(&frame)
            try claim(&frame, before: .shift)
            shift(&frame)
            try claim(&frame, before: .recycle)
            recycle(&frame, &keeper)
            try claim(&frame, before: .dirty)
            dirty(&frame)
            try claim(&frame, before: .select)
            select(&frame)
            try claim(&frame, before: .cast)
            cast(&frame, casts)
            try claim(&frame, before: .commit)
            commit(&frame, casts)
            store(&frame, &keeper)
            return digest(&frame)
        } catch {
            if let before { self = before }
            throw error
        }
    }
}

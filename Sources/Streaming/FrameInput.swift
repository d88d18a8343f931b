package import Topology
package import Voxels

/// The camera of one frame. The model decides by the position alone; the rest is kept so that a trace
/// can be looked at.
package struct Camera: Hashable, Sendable {
    /// In blocks, world space.
    package var position: WorldPoint
    /// A rotation from camera to world; of unit length as far as the recorder was given one.
    package var orientation: Quaternion
    /// Vertical field of view in radians; 0 where the recorder does not know it.
    package var fieldOfView: Double
    /// Where probes are selected from, in engines for which that is another place; nil for the model.
    package var selectionPosition: WorldPoint?

    package init(
        position: WorldPoint, orientation: Quaternion = .identity, fieldOfView: Double = 0,
        selectionPosition: WorldPoint? = nil
    ) {
        self.selectionPosition = selectionPosition
        self.position = position
        self.orientation = orientation
        self.fieldOfView = fieldOfView
    }
}

/// A quaternion `x i + y j + z k + w`.
package struct Quaternion: Hashable, Sendable {
    package var x: Double
    package var y: Double
    package var z: Double
    package var w: Double

    package init(x: Double, y: Double, z: Double, w: Double) {
        self.x = x
        self.y = y
        self.z = z
        self.w = w
    }

    package static let identity = Quaternion(x: 0, y: 0, z: 0, w: 1)
}

/// What reaches the system from outside between two frames, other than the camera.
package enum Event: Hashable, Sendable {
    /// A session begins: everything is rebuilt. The world goes on where it was if the seed is the same.
    case sessionStart(Configuration)
    /// The session ends: the state is dropped, its requests are retired. The world stays.
    case sessionEnd
    /// Hot reload of the configuration. The seed and the start state of chunks cannot change with it.
    case configure(Configuration)
    /// Sets every voxel of the box.
    case edit(VoxelBox, Material)
    case chunkLoad(ChunkCoordinate)
    case chunkUnload(ChunkCoordinate)
    /// The light in this box of world space is wrong, for a reason that only the engine knows.
    case invalidate(WorldBox)
    /// The session that starts in this frame has a store with this size cap in bytes. Stands right behind the start. `contents` is what the
    /// store was before the run; nil where it is as the run left it, or new.
    case store(sizeCapBytes: Int64, contents: StoreContents?)
    /// From this frame on the session has no store: it failed, or the user switched it off.
    case storeOff
    /// A disk spoiled the stored row of this region.
    case storeDamage(RegionKey)
    /// A write-back that was handed over before did not find room in the queue to the store. Live runs only.
    case writeBackDropped(RowKey)
    /// Whose run this is, where that is not the model's.
    case engine(Engine)
}

/// All that one frame is given. A trace is a list of these.
package struct FrameInput: Hashable, Sendable {
    /// Number of the frame: one more than the frame's before, below 2^31.
    package var frame: Int32
    /// The engine's own clock in nanoseconds; recorded, never decided by.
    package var engineTimeNanoseconds: Int64
    /// Number of the session, from 0.
    package var session: UInt32
    package var camera: Camera
    /// New budgets from this frame on; nil where they stay as they are.
    package var budgets: Budgets?
    /// In the order in which they happened.
    package var events: [Event]
    /// The store's replies that this frame drains, in the order in which they came; nil in a modelled run, which drains what is
    /// due and waits for it. Replies decide nothing by their order: those of one frame are applied in the order of their requests.
    package var storeReplies: [StoreArrival]?
    /// The casts whose results this frame drains, by their places in the order of dispatch (``Flight/sequence``), in the order in which
    /// they came; nil in a modelled run, which drains what is due and waits for it. Results of one frame are applied in the order of
    /// dispatch.
    package var castResults: [UInt64]?
    /// What else an engine's frame had to do with its workers. The model decides nothing by it.
    package var engineWork: EngineWork?
    /// The whole state before this frame, in a recording that was switched on in the middle, or that can be started from here.
    package var snapshot: RecordedSnapshot?
    /// How many frames right before this one were not recorded.
    package var missedFrames: Int32 = 0
    /// The digests that the recording engine computed of this frame.
    package var checkpoint: Checkpoint?

    package init(
        frame: Int32, engineTimeNanoseconds: Int64 = 0, session: UInt32 = 0, camera: Camera,
        budgets: Budgets? = nil, events: [Event] = []
    ) {
        self.frame = frame
        self.engineTimeNanoseconds = engineTimeNanoseconds
        self.session = session
        self.camera = camera
        self.budgets = budgets
        self.events = events
    }
}

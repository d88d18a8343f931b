// The recorder for engines in C#: one file without dependencies, for .NET and Mono (C# 5). Put it into your project.
//
//     var recorder = new LumonRecorder("run.mcap");
//     recorder.SessionStart(new LumonConfiguration { WorldSeed = seed });
//     ... each frame: what happened since the one before, then
//     recorder.Frame(position, rotation, fieldOfView, nanoseconds);
//     recorder.Close();
//
// What it writes is described in TraceFormat.md, and how it is used in CSharpRecorder.md.
using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;

namespace LumonReplay
{
    /// <summary>How a recording is made.</summary>
    public sealed class LumonRecorderOptions
    {
        /// <summary>After how many frames they are handed to the operating system, 1...256: a crash loses at most so many.</summary>
        public int FramesPerFlush = 16;
        /// <summary>Frames that may wait for the writer thread, 2...65536.</summary>
        public int RingFrames = 256;
        /// <summary>Bytes that the waiting frames may take, 2^16...2^28. A frame that is larger is never recorded.</summary>
        public int RingBytes = 4 << 20;
        /// <summary>Number of the first frame, 0 up to 2^31 - 2^16 - 1.</summary>
        public long FirstFrame = 0;
        /// <summary>The run is live, also where nothing is drained in the first frame.</summary>
        public bool Live = false;
    }

    /// <summary>A point of world space, in blocks. Finite.</summary>
    public struct LumonPoint
    {
        public double X, Y, Z;
        public LumonPoint(double x, double y, double z) { X = x; Y = y; Z = z; }
    }

    /// <summary>The rotation from camera to world as the quaternion x i + y j + z k + w. Finite.</summary>
    public struct LumonRotation
    {
        public double X, Y, Z, W;
        public LumonRotation(double x, double y, double z, double w) { X = x; Y = y; Z = z; W = w; }
        public static LumonRotation Identity { get { return new LumonRotation(0, 0, 0, 1); } }
    }

    /// <summary>Integer coordinates of a voxel or of a chunk.</summary>
    public struct LumonCoordinate
    {
        public long X, Y, Z;
        public LumonCoordinate(long x, long y, long z) { X = x; Y = y; Z = z; }
    }

    /// <summary>A region by its level, 0...7, and its coordinates in regions.</summary>
    public struct LumonRegion
    {
        public int Level, X, Y, Z;
        public LumonRegion(int level, int x, int y, int z) { Level = level; X = x; Y = y; Z = z; }
    }

    /// <summary>The key under which a store keeps the rows of a world and a configuration.</summary>
    public struct LumonStoreKey
    {
        public ulong Seed;
        public uint LayoutVersion;
        public ulong Fingerprint;
        /// <summary>In blocks, 0.25...64.</summary>
        public double BaseSpacing;
        /// <summary>In cells, 1...128.</summary>
        public int RegionEdge;
    }

    /// <summary>How much one frame may select for updates.</summary>
    public sealed class LumonBudgets
    {
        /// <summary>Probes per level, finest first; at most 64 levels.</summary>
        public int[] PerLevel = { 256, 128, 64, 32 };
        /// <summary>Probes of all levels together.</summary>
        public int Total = 512;
        /// <summary>Bytes to upload.</summary>
        public long UploadBytes = 2 << 20;
    }

    /// <summary>Everything that a session is configured by, as its user gives it.</summary>
    public sealed class LumonConfiguration
    {
        public ulong WorldSeed = 0;
        /// <summary>Whether a chunk that was never named counts as loaded.</summary>
        public bool ChunksStartLoaded = true;
        public uint LayoutVersion = 1;
        /// <summary>Edge of a finest cell in blocks. Finite.</summary>
        public double BaseSpacing = 2;
        /// <summary>Cells per axis of a level's window.</summary>
        public int Resolution = 32;
        public int Levels = 4;
        /// <summary>In blocks. Finite.</summary>
        public double ReanchorDistance = 0;
        /// <summary>In cells; 0 stands for the default.</summary>
        public int RegionEdge = 0;
        public int NearLevels = 1;
        public long CacheBytes = 64 << 20;
        public int CastLatencyFrames = 2;
        public int StoreLatencyFrames = 4;
        /// <summary>Which system it is: 0 the reference, 1 lumon-2026-01.</summary>
        public int Variant = 0;
        public LumonBudgets Budgets = new LumonBudgets();
    }

    /// <summary>How a cast ended.</summary>
    public enum LumonOutcome : byte { Unknown = 0, Success = 1, Aborted = 2, Failed = 3, Dropped = 4 }

    /// <summary>
    /// Records a run frame by frame. All calls since the last <see cref="Frame"/> belong to the frame that the next one ends.
    /// <para>
    /// Calls come from one thread at a time. They return at once: they allocate nothing, take no lock and enter no
    /// system; a thread of the recorder's own writes the file. A call returns false where there is no room for what it
    /// was given. The frame in the making is dropped then, with all that was given for it, and its Frame returns
    /// false as well; the next frame that is recorded says how many are missing.
    /// </para>
    /// <para>
    /// A value that a trace cannot hold is refused with an <see cref="ArgumentException"/>, a call that is out of place with
    /// an <see cref="InvalidOperationException"/>, any call after the end with an <see cref="ObjectDisposedException"/>.
    /// Nothing of the call was taken then; all that was given before it stands.
    /// </para>
    /// </summary>
    public sealed class LumonRecorder : IDisposable
    {
        internal const long FrameLimit = (1L << 31) - (1 << 16);
        internal const ulong TickNanoseconds = 16666667;
        private const int MaximumEvents = 65536 - 4;
        private const int MaximumConfigurations = 1 << 20;
        private const int MaximumRequests = 1 << 20;
        private const int MaximumNames = 64;
        private const long MaximumEditVoxels = 1 << 18;
        private const int LastMaterial = 9;
        private const int CellBytes = 60;
        private const int ConfigChannel = 1, FrameChannel = 2, EventChannel = 3, WorkChannel = 4, CheckpointChannel = 5,
            SnapshotChannel = 6;
        private const int SessionStartKind = 3, SessionEndKind = 4, ConfigureKind = 5, EditKind = 6, ChunkLoadKind = 7,
            ChunkUnloadKind = 8, InvalidateKind = 9, StoreKind = 10, StoreOffKind = 11, StoreDamageKind = 12,
            WriteBackDroppedKind = 13, EngineKind = 14;

        private readonly LumonRing ring;
        private readonly LumonTraceFile file;
        private readonly Thread thread;
        private readonly int framesPerFlush;
        private readonly bool live;
        private bool closeRequested;
        private bool isClosed;
        private Exception failure;
        private long framesWritten;
        private long bytesWritten;

        // What the frame in the making has so far.
        private readonly LumonBytes events;
        private readonly int[] eventKinds = new int[MaximumEvents];
        private readonly int[] eventEnds = new int[MaximumEvents];
        private int eventCount;
        private int configureCount;
        private readonly LumonBytes start = new LumonBytes(1024);
        private readonly LumonBytes engine = new LumonBytes(8192);
        private readonly LumonBytes budgets = new LumonBytes(1024);
        private readonly LumonBytes checkpoint = new LumonBytes(2048);
        private readonly LumonBytes snapshot;
        private readonly LumonBytes replies;
        private readonly LumonRequests completed, claimed, accepted, refused, solid;
        private readonly LumonBytes outcomes, payloads, claimStages;
        private int replyCount;
        private bool hasStart, endsBeforeStart, storeOffBeforeStart, hasEnd, hasEngine, hasBudgets, hasCheckpoint, hasSnapshot,
            hasWork, hasStore, hasCompleted, hasOutcomes, hasPayloads, hasClaimed, hasClaimStages, overflow;
        private long storeCap;
        private long missed;

        // What runs.
        private long next;
        private uint session;
        private uint configurations;
        private bool isRunning, knowsConfiguration, mayHaveStore;
        private ulong worldSeed;
        private bool chunksStartLoaded;
        private double baseSpacing;
        private int resolution;
        private bool hasEnded, hasStarted, isLive;
        private long gap;

        private readonly UTF8Encoding utf8 = new UTF8Encoding(false, true);

        /// <summary>Where the trace will be.</summary>
        public string Path { get; private set; }
        /// <summary>Where what was recorded is until then, and after a crash.</summary>
        public string PartialPath { get; private set; }
        /// <summary>Frames recorded so far.</summary>
        public long FramesRecorded { get; private set; }
        /// <summary>Frames that were given and not recorded.</summary>
        public long FramesDropped { get; private set; }
        /// <summary>Gaps between recorded frames so far.</summary>
        public long Gaps { get; private set; }
        /// <summary>Since the last gap no snapshot was recorded: what comes can be compared, not repeated.</summary>
        public bool NeedsSnapshot { get; private set; }
        /// <summary>Frames that the operating system has.</summary>
        public long FramesWritten { get { return Volatile.Read(ref framesWritten); } }
        /// <summary>Bytes that the operating system has.</summary>
        public long BytesWritten { get { return Volatile.Read(ref bytesWritten); } }
        /// <summary>Why nothing is recorded any more; null while all is well.</summary>
        public Exception Failure { get { return Volatile.Read(ref failure); } }

        /// <summary>Frames that the writer thread has not taken yet.</summary>
        internal long FramesWaiting { get { return ring.Count; } }

        /// <summary>Creates PATH.partial with header, schemas and channels, and starts the writer thread.</summary>
        /// <exception cref="IOException">The partial file is there already, of a recording that did not end: it is recovered or
        /// removed by somebody, never overwritten; or it cannot be created.</exception>
        /// <exception cref="ArgumentException">An option is out of range.</exception>
        public LumonRecorder(string path, LumonRecorderOptions options = null)
        {
            if (string.IsNullOrEmpty(path)) throw new ArgumentException("the path is empty; expected one of a file", "path");
            options = options ?? new LumonRecorderOptions();
            InRange("FramesPerFlush", options.FramesPerFlush, 1, 256);
            InRange("RingFrames", options.RingFrames, 2, 65536);
            InRange("RingBytes", options.RingBytes, 1 << 16, 1 << 28);
            InRange("FirstFrame", options.FirstFrame, 0, FrameLimit - 1);
            Path = path;
            PartialPath = path + ".partial";
            framesPerFlush = options.FramesPerFlush;
            live = options.Live;
            next = options.FirstFrame;
            ring = new LumonRing(options.RingFrames, options.RingBytes);
            events = new LumonBytes(options.RingBytes);
            snapshot = new LumonBytes(options.RingBytes);
            replies = new LumonBytes(options.RingBytes);
            int share = options.RingBytes / 4;
            completed = new LumonRequests(share);
            claimed = new LumonRequests(share);
            accepted = new LumonRequests(share);
            refused = new LumonRequests(share);
            solid = new LumonRequests(share);
            outcomes = new LumonBytes(share);
            payloads = new LumonBytes(share);
            claimStages = new LumonBytes(share);
            file = new LumonTraceFile(PartialPath, options.FirstFrame);
            bytesWritten = file.Position;
            thread = new Thread(Write);
            thread.IsBackground = true;
            thread.Name = "lumon recorder";
            thread.Start();
        }

        /// <summary>
        /// Ends the session with the next frame, if one is running, and starts another. It comes before all else that
        /// happened since the frame before, and at most once in that time.
        /// </summary>
        public bool SessionStart(LumonConfiguration configuration)
        {
            RequireOpen();
            Check(configuration);
            if (hasStart) throw new InvalidOperationException("a second session starts before one frame; expected at most one");
            RequireConfigurations();
            start.Count = 0;
            AppendConfiguration(start, configuration);
            endsBeforeStart = isRunning || hasEnd;
            hasEnd = false;
            // What was said of the old session and its store only means nothing behind the start.
            for (int i = 0; i < eventCount; i++)
            {
                if (eventKinds[i] == StoreOffKind) storeOffBeforeStart = true;
                if (eventKinds[i] == ConfigureKind || eventKinds[i] == StoreOffKind || eventKinds[i] == StoreDamageKind
                    || eventKinds[i] == WriteBackDroppedKind) eventKinds[i] = 0;
            }
            configureCount = 0;
            hasStart = true;
            if (hasStarted || hasEnded) session += 1;
            hasStarted = true;
            isRunning = true;
            mayHaveStore = false;
            Keep(configuration);
            worldSeed = configuration.WorldSeed;
            chunksStartLoaded = configuration.ChunksStartLoaded;
            return true;
        }

        /// <summary>Hot reload. Seed and start state of the chunks stay as the session started with.</summary>
        public bool Configure(LumonConfiguration configuration)
        {
            RequireSession();
            Check(configuration);
            if (knowsConfiguration && (configuration.WorldSeed != worldSeed || configuration.ChunksStartLoaded != chunksStartLoaded))
                throw new ArgumentException(Text(
                    "WorldSeed is {0} and ChunksStartLoaded is {1}; expected {2} and {3}, those of the running session: start a new one",
                    configuration.WorldSeed, configuration.ChunksStartLoaded, worldSeed, chunksStartLoaded), "configuration");
            RequireConfigurations();
            if (!BeginEvent(1024)) return false;
            AppendConfiguration(events, configuration);
            EndEvent(ConfigureKind);
            configureCount += 1;
            Keep(configuration);
            return true;
        }

        /// <summary>Ends the session with the next frame. Until another starts, frames have no events.</summary>
        public bool SessionEnd()
        {
            RequireSession();
            if (hasStart) throw new InvalidOperationException("a session starts and ends before one frame; expected at most one of both");
            hasEnd = true;
            isRunning = false;
            knowsConfiguration = false;
            mayHaveStore = false;
            return true;
        }

        /// <summary>
        /// Whose run this is, where that is not the model's: once for each session, and in the first frame of a recording
        /// and behind a gap.
        /// </summary>
        /// <param name="name">Name and version: 1 to 200 bytes of UTF-8.</param>
        /// <param name="stages">The stages of the checkpoints in causal order: at most 64, each 1 to 64 bytes, no two the same.</param>
        /// <param name="hasOwnVoxels">The voxels are not those that the model makes out of the seed.</param>
        public bool Engine(string name, string[] stages, bool hasOwnVoxels)
        {
            RequireOpen();
            CheckName("name", -1, name, 200);
            int count = stages == null ? 0 : stages.Length;
            InRange("the number of stages", count, 0, MaximumNames);
            for (int i = 0; i < count; i++)
            {
                CheckName("stages", i, stages[i], 64);
                for (int j = 0; j < i; j++)
                    if (string.Equals(stages[i], stages[j], StringComparison.Ordinal))
                        throw new ArgumentException(Text("stages[{0}] and stages[{1}] are '{2}'; expected no name twice", j, i, stages[i]), "stages");
            }
            if (hasEngine) throw new InvalidOperationException("a second engine before one frame; expected at most one");
            engine.Count = 0;
            AppendText(engine, 1, name);
            for (int i = 0; i < count; i++) AppendText(engine, 2, stages[i]);
            if (hasOwnVoxels) engine.Varint(3, 1);
            hasEngine = true;
            return true;
        }

        /// <summary>Every voxel of the half-open box becomes one material, 0...9; at most 2^18 voxels.</summary>
        public bool Edit(LumonCoordinate lower, LumonCoordinate upper, int material)
        {
            RequireSession();
            InRange("material", material, 0, LastMaterial);
            ulong count = Extent(lower.X, upper.X) * Extent(lower.Y, upper.Y) * Extent(lower.Z, upper.Z);
            if (count > (ulong)MaximumEditVoxels)
                throw new ArgumentException(Text(
                    "the box from ({0}, {1}, {2}) to ({3}, {4}, {5}) is too large; expected at most {6} voxels",
                    lower.X, lower.Y, lower.Z, upper.X, upper.Y, upper.Z, MaximumEditVoxels), "upper");
            if (!BeginEvent(96)) return false;
            int low = CoordinateSize(lower), high = CoordinateSize(upper);
            events.Tag(1, 2);
            events.Varint((ulong)(low + high + 4));
            events.Tag(1, 2);
            events.Varint((ulong)low);
            AppendCoordinate(events, lower);
            events.Tag(2, 2);
            events.Varint((ulong)high);
            AppendCoordinate(events, upper);
            events.Varint(2, (ulong)material);
            EndEvent(EditKind);
            return true;
        }

        /// <summary>The chunk of 32^3 voxels is there from now on.</summary>
        public bool ChunkLoad(LumonCoordinate chunk) { return Chunk(ChunkLoadKind, chunk); }

        /// <summary>The chunk of 32^3 voxels is unknown from now on.</summary>
        public bool ChunkUnload(LumonCoordinate chunk) { return Chunk(ChunkUnloadKind, chunk); }

        /// <summary>The light in the half-open box of world space is wrong, for a reason that only the engine knows.</summary>
        public bool Invalidate(LumonPoint lower, LumonPoint upper)
        {
            RequireSession();
            Finite("lower", lower);
            Finite("upper", upper);
            if (!BeginEvent(96)) return false;
            AppendPoint(events, 1, lower);
            AppendPoint(events, 2, upper);
            EndEvent(InvalidateKind);
            return true;
        }

        /// <summary>The session that starts with the next frame has a store: after SessionStart, before Frame.</summary>
        /// <param name="sizeCapBytes">What the rows may take, 0...2^50.</param>
        public bool Store(long sizeCapBytes)
        {
            RequireSession();
            InRange("sizeCapBytes", sizeCapBytes, 0, 1L << 50);
            if (!hasStart || hasStore)
                throw new InvalidOperationException(
                    "no session starts with the next frame, or it has a store already; give a store once, after the session's start and before the next frame");
            storeCap = sizeCapBytes;
            hasStore = true;
            mayHaveStore = true;
            return true;
        }

        /// <summary>From the next frame on the session has no store: it failed, or the user switched it off.</summary>
        public bool StoreOff()
        {
            RequireStore();
            if (!BeginEvent(0)) return false;
            EndEvent(StoreOffKind);
            mayHaveStore = false;
            return true;
        }

        /// <summary>A disk spoiled the stored row of a region of the running session's key.</summary>
        public bool StoreDamage(LumonRegion region)
        {
            RequireStore();
            Check(region, 1);
            if (!BeginEvent(64)) return false;
            events.Varint(1, (ulong)region.Level);
            AppendRegion(events, 2, region);
            EndEvent(StoreDamageKind);
            return true;
        }

        /// <summary>A write-back that was handed over before found no room in the queue to the store.</summary>
        public bool WriteBackDropped(LumonStoreKey key, LumonRegion region)
        {
            RequireStore();
            if (!(key.BaseSpacing >= 0.25 && key.BaseSpacing <= 64))
                throw new ArgumentException(Text("key.BaseSpacing is {0}; expected 0.25...64", key.BaseSpacing), "key");
            InRange("key.RegionEdge", key.RegionEdge, 1, 128);
            Check(region, key.RegionEdge);
            if (!BeginEvent(96)) return false;
            events.Fixed64(1, key.Seed);
            events.Varint(2, key.LayoutVersion);
            events.Fixed64(3, key.Fingerprint);
            events.Double(4, key.BaseSpacing);
            events.Varint(5, (ulong)key.RegionEdge);
            events.Varint(6, (ulong)region.Level);
            AppendRegion(events, 7, region);
            EndEvent(WriteBackDroppedKind);
            return true;
        }

        /// <summary>Requests whose results the frame drained, in the order in which they were drained.</summary>
        /// <remarks>A live run calls this in its first frame, also with a count of 0, or says Live in its options.</remarks>
        /// <param name="outcomes">Of each how it ended; null in all calls of a frame where a replay casts itself.</param>
        /// <param name="payloads">Of each a hash of its payload, 0 where it has none; null as with the outcomes.</param>
        public bool Completed(ulong[] requests, int count, LumonOutcome[] outcomes = null, ulong[] payloads = null)
        {
            if (count > 0) RequireLive();
            else RequireOpen();
            CheckList("requests", requests == null ? 0 : requests.Length, count, completed.Count);
            if (outcomes != null) CheckParallel("outcomes", outcomes.Length, count);
            if (payloads != null) CheckParallel("payloads", payloads.Length, count);
            for (int i = 0; outcomes != null && i < count; i++)
                if (outcomes[i] > LumonOutcome.Dropped)
                    throw new ArgumentException(Text("outcomes[{0}] is {1}; expected 0...4", i, (int)outcomes[i]), "outcomes");
            if (count > 0 && hasCompleted && (hasOutcomes != (outcomes != null) || hasPayloads != (payloads != null)))
                throw new InvalidOperationException("results of one frame with outcomes or payloads, and others without; expected the same for all");
            hasWork = true;
            if (count == 0) return true;
            if (!Append(completed, requests, count)) return false;
            hasCompleted = true;
            hasOutcomes = outcomes != null;
            hasPayloads = payloads != null;
            if (outcomes != null)
            {
                if (!Fits(this.outcomes, count)) return false;
                for (int i = 0; i < count; i++) this.outcomes.U8((byte)outcomes[i]);
            }
            if (payloads != null)
            {
                if (!Fits(this.payloads, (long)count * 8)) return false;
                for (int i = 0; i < count; i++) this.payloads.U64(payloads[i]);
            }
            return true;
        }

        /// <summary>Requests that worker threads took since the frame before, in the order in which they took them.</summary>
        /// <param name="stages">Before which of the engine's stages each was taken, from 0; null where that is not known.</param>
        public bool Claimed(ulong[] requests, int count, uint[] stages = null)
        {
            RequireOpen();
            CheckList("requests", requests == null ? 0 : requests.Length, count, claimed.Count);
            if (stages != null) CheckParallel("stages", stages.Length, count);
            if (count > 0 && hasClaimed && hasClaimStages != (stages != null))
                throw new InvalidOperationException("claims of one frame with stages, and others without; expected the same for all");
            hasWork = true;
            if (count == 0) return true;
            if (!Append(claimed, requests, count)) return false;
            hasClaimed = true;
            hasClaimStages = stages != null;
            if (stages == null) return true;
            if (!Fits(claimStages, (long)count * 5)) return false;
            for (int i = 0; i < count; i++) claimStages.Varint(stages[i]);
            return true;
        }

        /// <summary>Requests that the frame handed over and that were taken.</summary>
        public bool Accepted(ulong[] requests, int count) { return Requests(accepted, requests, count); }

        /// <summary>Requests that the frame tried to hand over, and for which there was no room.</summary>
        public bool Refused(ulong[] requests, int count) { return Requests(refused, requests, count); }

        /// <summary>Requests of which the frame found that their probe's centre is solid.</summary>
        public bool Solid(ulong[] requests, int count) { return Requests(solid, requests, count); }

        /// <summary>The store's reply: there is no such row.</summary>
        public bool ReplyAbsent(ulong request) { return Reply(request, 4, null, 0, 0); }

        /// <summary>The store's reply: the row is not what its digest says.</summary>
        public bool ReplyDamaged(ulong request) { return Reply(request, 5, null, 0, 0); }

        /// <summary>The store's reply: the bytes of the region's row, as they are stored.</summary>
        public bool ReplyRegion(ulong request, byte[] bytes, int offset, int count)
        {
            CheckBytes("bytes", bytes, offset, count);
            if (count % CellBytes != 0)
                throw new ArgumentException(Text("the region is {0} bytes; expected cells of {1}", count, CellBytes), "count");
            return Reply(request, 3, bytes, offset, count);
        }

        /// <summary>The engine's own digests of the frame; once for each frame.</summary>
        /// <param name="stages">One for each stage in causal order, at most 64; null for none.</param>
        /// <param name="levels">One for each level, finest first, at most 64; null for none.</param>
        /// <param name="digest">Of the whole frame, 16 bytes, big-endian; null or empty for none.</param>
        public bool Checkpoint(uint version, ulong[] stages, int stageCount, ulong[] levels, int levelCount, byte[] digest = null)
        {
            RequireOpen();
            CheckList("stages", stages == null ? 0 : stages.Length, stageCount, 0);
            CheckList("levels", levels == null ? 0 : levels.Length, levelCount, 0);
            InRange("stageCount", stageCount, 0, MaximumNames);
            InRange("levelCount", levelCount, 0, MaximumNames);
            int length = digest == null ? 0 : digest.Length;
            if (length != 0 && length != 16)
                throw new ArgumentException(Text("the digest is {0} bytes; expected 16, or none", length), "digest");
            if (hasCheckpoint) throw new InvalidOperationException("a second checkpoint of one frame; expected at most one");
            checkpoint.Count = 0;
            checkpoint.Varint(2, version);
            AppendFixed(checkpoint, 3, stages, stageCount);
            AppendFixed(checkpoint, 4, levels, levelCount);
            if (length > 0) checkpoint.Block(5, digest, 0, length);
            hasCheckpoint = true;
            return true;
        }

        /// <summary>
        /// The whole state before this frame's events; once for each frame. In the first frame it stands for a session's
        /// start, and comes before all else then.
        /// </summary>
        /// <param name="format">What the bytes are: 1 to 64 bytes.</param>
        public bool Snapshot(string format, byte[] state, int offset, int count)
        {
            RequireOpen();
            CheckName("format", -1, format, 64);
            CheckBytes("state", state, offset, count);
            int limit = ring.Capacity - 4096;
            if (count > limit)
                throw new ArgumentException(Text("the state is {0} bytes; expected at most {1}: set RingBytes for more", count, limit), "count");
            if (hasSnapshot) throw new InvalidOperationException("a second snapshot of one frame; expected at most one");
            snapshot.Count = 0;
            AppendText(snapshot, 2, format);
            if (count > 0) snapshot.Block(3, state, offset, count);
            hasSnapshot = true;
            if (!hasStarted && !hasEnded)
            {
                // Whatever session it is of: the state says it.
                isRunning = true;
                mayHaveStore = true;
            }
            return true;
        }

        /// <summary>New budgets from this frame on.</summary>
        public bool Budgets(LumonBudgets value)
        {
            RequireOpen();
            Check(value);
            budgets.Count = 0;
            AppendBudgets(budgets, value);
            hasBudgets = true;
            return true;
        }

        /// <summary>So many frames right before this one were not recorded: the recording was switched off.</summary>
        public bool Missed(long frames)
        {
            RequireOpen();
            InRange("frames", frames, 0, FrameLimit - 1 - next - missed);
            missed += frames;
            return true;
        }

        /// <summary>Ends the frame.</summary>
        /// <param name="position">Of the camera, in blocks. A replay refuses one whose window leaves the lattice: so does this.</param>
        /// <param name="orientation">Of the camera; kept to be looked at.</param>
        /// <param name="fieldOfView">Vertical, in radians; 0 where it is not known.</param>
        /// <param name="engineTimeNanoseconds">The engine's own clock.</param>
        /// <param name="selectionPosition">Where probes are selected from, in engines for which that is not the camera.</param>
        /// <returns>Whether the frame was recorded.</returns>
        public bool Frame(
            LumonPoint position, LumonRotation orientation, double fieldOfView = 0, long engineTimeNanoseconds = 0,
            LumonPoint? selectionPosition = null)
        {
            RequireOpen();
            Finite("position", position);
            Finite("orientation.x", orientation.X);
            Finite("orientation.y", orientation.Y);
            Finite("orientation.z", orientation.Z);
            Finite("orientation.w", orientation.W);
            Finite("fieldOfView", fieldOfView);
            if (selectionPosition.HasValue) Finite("selectionPosition", selectionPosition.Value);
            if (isRunning && knowsConfiguration) CheckLattice(position);
            if (next + missed >= FrameLimit)
                throw new InvalidOperationException(Text("frame {0}; expected less than {1}", next + missed, FrameLimit));
            // Without what it starts from, nothing that comes can be read.
            bool begins = FramesRecorded > 0 || hasStart || hasSnapshot;
            if (!begins && FramesDropped == 0)
                throw new InvalidOperationException("the first frame starts no session and has no snapshot; expected one of both");
            bool isRecorded = begins && !overflow && Failure == null
                && Publish(position, orientation, fieldOfView, engineTimeNanoseconds, selectionPosition);
            if (isRecorded)
            {
                if (FramesRecorded == 0) isLive = hasWork || live;
                if (gap + missed > 0)
                {
                    Gaps += 1;
                    NeedsSnapshot = true;
                }
                if (hasSnapshot) NeedsSnapshot = false;
                configurations += (uint)(configureCount + (hasStart ? 1 : 0));
                FramesRecorded += 1;
                gap = 0;
            }
            else
            {
                FramesDropped += 1;
                NeedsSnapshot = true;
                gap += missed + 1;
            }
            next += missed + 1;
            hasEnded = true;
            Clear();
            return isRecorded;
        }

        /// <summary>Writes what is left and the summary, and renames the partial file to the path, over what was there.</summary>
        /// <exception cref="IOException">The trace could not be completed. The path is untouched, and what was recorded is in the partial file.</exception>
        /// <exception cref="InvalidOperationException">No frame was recorded. Nothing is left.</exception>
        public void Close()
        {
            if (isClosed) return;
            End();
            if (FramesRecorded == 0) throw new InvalidOperationException("no frame was recorded; a trace has at least one");
            Exception reason = Failure;
            if (reason != null)
                throw new IOException(Text(
                    "{0} cannot be written: {1}; what was recorded is in {2}: make a trace of it with 'lumon-replay trace recover {2} -o NEW'",
                    Path, reason.Message, PartialPath), reason);
        }

        /// <summary>As <see cref="Close"/>, but says nothing: look at <see cref="Failure"/>.</summary>
        public void Dispose()
        {
            if (!isClosed) End();
        }

        private void End()
        {
            isClosed = true;
            Volatile.Write(ref closeRequested, true);
            thread.Join();
            if (FramesRecorded == 0)
            {
                file.Discard();
                return;
            }
            if (Failure != null) return;
            try
            {
                file.Rename(Path);
            }
            catch (Exception error)
            {
                Volatile.Write(ref failure, error);
            }
        }

        /// <summary>The writer thread. It looks every two milliseconds: so nobody has to wake it.</summary>
        private void Write()
        {
            try
            {
                int open = 0;
                while (true)
                {
                    bool isLast = Volatile.Read(ref closeRequested);
                    int offset, length;
                    while (ring.Take(out offset, out length))
                    {
                        file.Append(ring.Bytes, offset, length);
                        ring.Release();
                        open += 1;
                        if (open == framesPerFlush) Flush(ref open);
                    }
                    if (isLast) break;
                    Thread.Sleep(2);
                }
                Flush(ref open);
                file.Finish();
                Volatile.Write(ref bytesWritten, file.Position);
            }
            catch (Exception error)
            {
                Volatile.Write(ref failure, error);
                file.Abandon();
            }
        }

        private void Flush(ref int open)
        {
            if (open == 0) return;
            file.CloseChunk();
            Volatile.Write(ref framesWritten, framesWritten + open);
            Volatile.Write(ref bytesWritten, file.Position);
            open = 0;
        }

        // The frame as records of the container, straight into the ring.

        private bool Publish(
            LumonPoint position, LumonRotation orientation, double fieldOfView, long time, LumonPoint? selection)
        {
            LumonBytes bytes = ring.Reserve(Bound());
            if (bytes == null) return false;
            uint frame = (uint)(next + missed);
            ulong log = frame * TickNanoseconds;
            if (hasSnapshot)
            {
                int record = Begin(bytes, SnapshotChannel, frame, log);
                bytes.Varint(1, frame);
                bytes.Raw(snapshot.Data, 0, snapshot.Count);
                bytes.PatchLength(record);
            }
            PublishEvents(bytes, frame, log);
            // In a live run a frame without one drained nothing.
            bool isLiveStart = FramesRecorded == 0 && (hasWork || live);
            if (isLiveStart || hasCompleted || hasClaimed || replyCount + accepted.Count + refused.Count + solid.Count > 0)
                PublishWork(bytes, frame, log);
            if (hasCheckpoint)
            {
                int record = Begin(bytes, CheckpointChannel, frame, log);
                bytes.Varint(1, frame);
                bytes.Raw(checkpoint.Data, 0, checkpoint.Count);
                bytes.PatchLength(record);
            }
            int start = Begin(bytes, FrameChannel, frame, log);
            bytes.Varint(1, frame);
            bytes.Varint(2, ZigZag(time));
            bytes.Varint(3, session);
            AppendPoint(bytes, 4, position);
            int size = Size(orientation.X) + Size(orientation.Y) + Size(orientation.Z) + Size(orientation.W);
            bytes.Tag(5, 2);
            bytes.Varint((ulong)size);
            bytes.Double(1, orientation.X);
            bytes.Double(2, orientation.Y);
            bytes.Double(3, orientation.Z);
            bytes.Double(4, orientation.W);
            bytes.Double(6, fieldOfView);
            if (hasBudgets) bytes.Block(7, budgets.Data, 0, budgets.Count);
            if (selection.HasValue) AppendPoint(bytes, 8, selection.Value);
            bytes.Varint(9, (ulong)(gap + missed));
            bytes.PatchLength(start);
            ring.Publish(bytes);
            return true;
        }

        /// <summary>The configurations, and then the events that refer to them.</summary>
        private void PublishEvents(LumonBytes bytes, uint frame, ulong log)
        {
            uint configuration = configurations;
            if (hasStart) PublishConfiguration(bytes, frame, log, configuration++, start.Data, 0, start.Count);
            for (int i = 0, begin = 0; i < eventCount && configureCount > 0; begin = eventEnds[i++])
                if (eventKinds[i] == ConfigureKind)
                    PublishConfiguration(bytes, frame, log, configuration++, events.Data, begin, eventEnds[i] - begin);
            uint ordinal = 0;
            configuration = configurations;
            // The first event of a trace is a start: of what was before, a snapshot says it.
            bool isFirst = FramesRecorded == 0 && !hasSnapshot;
            if (storeOffBeforeStart && !isFirst) PublishEvent(bytes, frame, log, ordinal++, StoreOffKind, null, 0, 0);
            if (endsBeforeStart && !isFirst) PublishEvent(bytes, frame, log, ordinal++, SessionEndKind, null, 0, 0);
            if (hasStart) PublishNumber(bytes, frame, log, ordinal++, SessionStartKind, configuration++);
            if (hasStore) PublishNumber(bytes, frame, log, ordinal++, StoreKind, (ulong)storeCap);
            if (hasEngine) PublishEvent(bytes, frame, log, ordinal++, EngineKind, engine.Data, 0, engine.Count);
            for (int i = 0, begin = 0; i < eventCount; begin = eventEnds[i++])
            {
                if (eventKinds[i] == ConfigureKind) PublishNumber(bytes, frame, log, ordinal++, ConfigureKind, configuration++);
                else if (eventKinds[i] != 0)
                    PublishEvent(bytes, frame, log, ordinal++, eventKinds[i], events.Data, begin, eventEnds[i] - begin);
            }
            if (hasEnd) PublishEvent(bytes, frame, log, ordinal++, SessionEndKind, null, 0, 0);
        }

        private static void PublishConfiguration(
            LumonBytes bytes, uint frame, ulong log, uint id, byte[] body, int offset, int count)
        {
            int record = Begin(bytes, ConfigChannel, frame, log);
            bytes.Varint(1, 1);
            bytes.Varint(2, id);
            bytes.Raw(body, offset, count);
            bytes.PatchLength(record);
        }

        /// <summary>An event of which there is one number to say, in its field 1.</summary>
        private static void PublishNumber(LumonBytes bytes, uint frame, ulong log, uint ordinal, int kind, ulong value)
        {
            int record = BeginEvent(bytes, frame, log, ordinal);
            bytes.Tag(kind, 2);
            bytes.Varint((ulong)(value == 0 ? 0 : 1 + LumonBytes.VarintSize(value)));
            bytes.Varint(1, value);
            bytes.PatchLength(record);
        }

        private static void PublishEvent(
            LumonBytes bytes, uint frame, ulong log, uint ordinal, int kind, byte[] body, int offset, int count)
        {
            int record = BeginEvent(bytes, frame, log, ordinal);
            bytes.Block(kind, body, offset, count);
            bytes.PatchLength(record);
        }

        private void PublishWork(LumonBytes bytes, uint frame, ulong log)
        {
            int record = Begin(bytes, WorkChannel, frame, log);
            bytes.Varint(1, frame);
            AppendPacked(bytes, 2, completed.Bytes);
            if (hasOutcomes) AppendPacked(bytes, 3, outcomes);
            if (hasPayloads) AppendPacked(bytes, 4, payloads);
            bytes.Raw(replies.Data, 0, replies.Count);
            AppendPacked(bytes, 6, claimed.Bytes);
            if (hasClaimStages) AppendPacked(bytes, 7, claimStages);
            AppendPacked(bytes, 8, accepted.Bytes);
            AppendPacked(bytes, 9, refused.Bytes);
            AppendPacked(bytes, 10, solid.Bytes);
            bytes.PatchLength(record);
        }

        /// <summary>At least the bytes that the frame takes in the ring.</summary>
        private long Bound()
        {
            const int record = 64;
            return 1024 + snapshot.Count + checkpoint.Count + budgets.Count + start.Count + engine.Count + events.Count
                + (long)(eventCount + configureCount + 6) * record + replies.Count + completed.Bytes.Count + outcomes.Count
                + payloads.Count + claimed.Bytes.Count + claimStages.Count + accepted.Bytes.Count + refused.Bytes.Count
                + solid.Bytes.Count;
        }

        private void Clear()
        {
            eventCount = 0;
            configureCount = 0;
            replyCount = 0;
            events.Count = start.Count = engine.Count = budgets.Count = checkpoint.Count = snapshot.Count = replies.Count = 0;
            outcomes.Count = payloads.Count = claimStages.Count = 0;
            completed.Clear();
            claimed.Clear();
            accepted.Clear();
            refused.Clear();
            solid.Clear();
            hasStart = endsBeforeStart = storeOffBeforeStart = hasEnd = hasEngine = hasBudgets = hasCheckpoint = hasSnapshot = hasWork =
                hasStore = hasCompleted = hasOutcomes = hasPayloads = hasClaimed = hasClaimStages = overflow = false;
            missed = 0;
        }

        // Pieces of frames.

        private bool Chunk(int kind, LumonCoordinate chunk)
        {
            RequireSession();
            if (!BeginEvent(48)) return false;
            AppendCoordinate(events, chunk);
            EndEvent(kind);
            return true;
        }

        private bool Requests(LumonRequests list, ulong[] requests, int count)
        {
            RequireOpen();
            CheckList("requests", requests == null ? 0 : requests.Length, count, list.Count);
            hasWork = true;
            return count == 0 || Append(list, requests, count);
        }

        private bool Reply(ulong request, int kind, byte[] bytes, int offset, int count)
        {
            RequireLive();
            if (replyCount >= MaximumRequests)
                throw new InvalidOperationException(Text("more than {0} replies of the store in one frame", MaximumRequests));
            hasWork = true;
            if (!Fits(replies, (long)count + 32)) return false;
            int inner = 1 + LumonBytes.VarintSize((ulong)count) + count + (request == 0 ? 0 : 1 + LumonBytes.VarintSize(request));
            replies.Tag(5, 2);
            replies.Varint((ulong)inner);
            replies.Varint(1, request);
            replies.Block(kind, bytes, offset, count);
            replyCount += 1;
            return true;
        }

        private bool Append(LumonRequests list, ulong[] requests, int count)
        {
            if (!Fits(list.Bytes, (long)count * 10)) return false;
            list.Append(requests, count);
            return true;
        }

        private bool BeginEvent(int size)
        {
            if (eventCount >= MaximumEvents)
                throw new InvalidOperationException(Text("more than {0} events before one frame", MaximumEvents));
            return Fits(events, size);
        }

        private void EndEvent(int kind)
        {
            eventKinds[eventCount] = kind;
            eventEnds[eventCount] = events.Count;
            eventCount += 1;
        }

        /// <summary>Whether there is room for so many bytes. The frame is dropped where there is none.</summary>
        private bool Fits(LumonBytes bytes, long count)
        {
            if (!overflow && bytes.Count + count <= bytes.Data.Length) return true;
            overflow = true;
            return false;
        }

        private static int Begin(LumonBytes bytes, int channel, uint frame, ulong log)
        {
            int record = bytes.Count;
            bytes.U8(LumonTraceFile.MessageOpcode);
            bytes.U64(0);
            bytes.U16((ushort)channel);
            bytes.U32(frame);
            bytes.U64(log);
            bytes.U64(log);
            return record;
        }

        private static int BeginEvent(LumonBytes bytes, uint frame, ulong log, uint ordinal)
        {
            int record = Begin(bytes, EventChannel, frame, log);
            bytes.Varint(1, frame);
            bytes.Varint(2, ordinal);
            return record;
        }

        private static void AppendConfiguration(LumonBytes bytes, LumonConfiguration value)
        {
            bytes.Fixed64(3, value.WorldSeed);
            bytes.Varint(4, value.ChunksStartLoaded ? 1UL : 0);
            bytes.Varint(5, value.LayoutVersion);
            bytes.Double(6, value.BaseSpacing);
            bytes.Varint(7, ZigZag(value.Resolution));
            bytes.Varint(8, ZigZag(value.Levels));
            bytes.Double(9, value.ReanchorDistance);
            bytes.Varint(10, ZigZag(value.RegionEdge));
            bytes.Varint(11, ZigZag(value.NearLevels));
            bytes.Varint(12, ZigZag(value.CacheBytes));
            bytes.Varint(13, ZigZag(value.CastLatencyFrames));
            bytes.Varint(14, ZigZag(value.StoreLatencyFrames));
            int size = BudgetsSize(value.Budgets);
            bytes.Tag(15, 2);
            bytes.Varint((ulong)size);
            AppendBudgets(bytes, value.Budgets);
            bytes.Varint(16, (ulong)value.Variant);
        }

        private static void AppendBudgets(LumonBytes bytes, LumonBudgets value)
        {
            int packed = PackedSize(value.PerLevel);
            if (packed > 0)
            {
                bytes.Tag(1, 2);
                bytes.Varint((ulong)packed);
                for (int i = 0; i < value.PerLevel.Length; i++) bytes.Varint(ZigZag(value.PerLevel[i]));
            }
            bytes.Varint(2, ZigZag(value.Total));
            bytes.Varint(3, ZigZag(value.UploadBytes));
        }

        private static int BudgetsSize(LumonBudgets value)
        {
            int packed = PackedSize(value.PerLevel);
            return (packed == 0 ? 0 : 1 + LumonBytes.VarintSize((ulong)packed) + packed)
                + (value.Total == 0 ? 0 : 1 + LumonBytes.VarintSize(ZigZag(value.Total)))
                + (value.UploadBytes == 0 ? 0 : 1 + LumonBytes.VarintSize(ZigZag(value.UploadBytes)));
        }

        private static int PackedSize(int[] values)
        {
            int size = 0;
            for (int i = 0; values != null && i < values.Length; i++) size += LumonBytes.VarintSize(ZigZag(values[i]));
            return size;
        }

        private static void AppendPoint(LumonBytes bytes, int field, LumonPoint point)
        {
            bytes.Tag(field, 2);
            bytes.Varint((ulong)(Size(point.X) + Size(point.Y) + Size(point.Z)));
            bytes.Double(1, point.X);
            bytes.Double(2, point.Y);
            bytes.Double(3, point.Z);
        }

        private static int Size(double value) { return value == 0 ? 0 : 9; }

        private static void AppendCoordinate(LumonBytes bytes, LumonCoordinate value)
        {
            bytes.Varint(1, ZigZag(value.X));
            bytes.Varint(2, ZigZag(value.Y));
            bytes.Varint(3, ZigZag(value.Z));
        }

        private static int CoordinateSize(LumonCoordinate value)
        {
            return (value.X == 0 ? 0 : 1 + LumonBytes.VarintSize(ZigZag(value.X)))
                + (value.Y == 0 ? 0 : 1 + LumonBytes.VarintSize(ZigZag(value.Y)))
                + (value.Z == 0 ? 0 : 1 + LumonBytes.VarintSize(ZigZag(value.Z)));
        }

        private static void AppendRegion(LumonBytes bytes, int field, LumonRegion region)
        {
            bytes.Varint(field, ZigZag(region.X));
            bytes.Varint(field + 1, ZigZag(region.Y));
            bytes.Varint(field + 2, ZigZag(region.Z));
        }

        /// <summary>Voxels along one axis, up to 2^20: enough to be too many.</summary>
        private static ulong Extent(long lower, long upper)
        {
            return lower >= upper ? 0 : Math.Min(1 << 20, unchecked((ulong)upper - (ulong)lower));
        }

        private static void AppendFixed(LumonBytes bytes, int field, ulong[] values, int count)
        {
            if (count == 0) return;
            bytes.Tag(field, 2);
            bytes.Varint((ulong)count * 8);
            for (int i = 0; i < count; i++) bytes.U64(values[i]);
        }

        private static void AppendPacked(LumonBytes bytes, int field, LumonBytes list)
        {
            if (list.Count > 0) bytes.Block(field, list.Data, 0, list.Count);
        }

        private void AppendText(LumonBytes bytes, int field, string text)
        {
            bytes.Tag(field, 2);
            bytes.Varint((ulong)utf8.GetByteCount(text));
            bytes.Count += utf8.GetBytes(text, 0, text.Length, bytes.Data, bytes.Count);
        }

        internal static ulong ZigZag(long value) { return unchecked((ulong)((value << 1) ^ (value >> 63))); }

        // What is refused.

        private void RequireOpen()
        {
            if (isClosed) throw new ObjectDisposedException("LumonRecorder", "the recording has ended");
        }

        private void RequireSession()
        {
            RequireOpen();
            if (!isRunning) throw new InvalidOperationException("no session is running; start one first, or give a snapshot");
        }

        private void RequireStore()
        {
            RequireSession();
            if (!mayHaveStore) throw new InvalidOperationException("the session has no store; give it one when it starts");
        }

        private void RequireLive()
        {
            RequireOpen();
            if (FramesRecorded > 0 && !isLive)
                throw new InvalidOperationException(
                    "the run is not live: its first frame had no work; expected some, if only none completed, or the option Live");
        }

        private void RequireConfigurations()
        {
            if (configurations + configureCount + 1 >= MaximumConfigurations)
                throw new InvalidOperationException(Text("more than {0} configurations", MaximumConfigurations));
        }

        private void Keep(LumonConfiguration configuration)
        {
            knowsConfiguration = true;
            baseSpacing = Math.Min(Math.Max(configuration.BaseSpacing, 0.25), 64);
            resolution = Math.Min(Math.Max(configuration.Resolution, 8), 128);
        }

        private void CheckLattice(LumonPoint position)
        {
            double limit = int.MaxValue - 2 * resolution;
            CheckLattice("position.x", position.X, limit);
            CheckLattice("position.y", position.Y, limit);
            CheckLattice("position.z", position.Z, limit);
        }

        private void CheckLattice(string name, double value, double limit)
        {
            double cell = Math.Floor(value / baseSpacing);
            if (cell < -limit || cell > limit)
                throw new ArgumentException(Text("{0} is {1}; expected within {2} blocks of the origin", name, value, limit * baseSpacing), name);
        }

        private static void Check(LumonConfiguration configuration)
        {
            if (configuration == null) throw new ArgumentNullException("configuration");
            Finite("BaseSpacing", configuration.BaseSpacing);
            Finite("ReanchorDistance", configuration.ReanchorDistance);
            Check(configuration.Budgets);
        }

        private static void Check(LumonBudgets budgets)
        {
            if (budgets == null) throw new ArgumentNullException("budgets");
            if (budgets.PerLevel != null) InRange("the number of levels of the budgets", budgets.PerLevel.Length, 0, 64);
        }

        private static void Check(LumonRegion region, int edge)
        {
            InRange("region.Level", region.Level, 0, 7);
            int limit = int.MaxValue / edge - 1;
            InRange("region.X", region.X, -limit, limit);
            InRange("region.Y", region.Y, -limit, limit);
            InRange("region.Z", region.Z, -limit, limit);
        }

        private void CheckName(string what, int index, string text, int limit)
        {
            int count = text == null ? 0 : utf8.GetByteCount(text);
            if (count < 1 || count > limit)
                throw new ArgumentException(
                    Text("{0}{1} is {2} bytes; expected 1...{3}", what, index < 0 ? "" : Text("[{0}]", index), count, limit), what);
        }

        private static void CheckList(string name, int length, int count, int before)
        {
            if (count < 0 || count > length)
                throw new ArgumentException(Text("count is {0}; expected 0...{1}, the length of {2}", count, length, name), "count");
            if (before + count > MaximumRequests)
                throw new ArgumentException(Text("{0} {1} of one frame; expected at most {2}", before + count, name, MaximumRequests), name);
        }

        private static void CheckParallel(string name, int length, int count)
        {
            if (length < count)
                throw new ArgumentException(Text("{0} {1}; expected {2}, one for each request", length, name, count), name);
        }

        private static void CheckBytes(string name, byte[] bytes, int offset, int count)
        {
            int length = bytes == null ? 0 : bytes.Length;
            if (offset < 0 || count < 0 || offset > length - count)
                throw new ArgumentException(Text("offset {0} and count {1}; expected a part of the {2} bytes", offset, count, length), name);
        }

        private static void Finite(string name, LumonPoint point)
        {
            // The names are put together only where one is needed.
            if (IsFinite(point.X) && IsFinite(point.Y) && IsFinite(point.Z)) return;
            Finite(name + ".x", point.X);
            Finite(name + ".y", point.Y);
            Finite(name + ".z", point.Z);
        }

        private static void Finite(string name, double value)
        {
            if (!IsFinite(value)) throw new ArgumentException(Text("{0} is {1}; expected a finite number", name, value), name);
        }

        private static bool IsFinite(double value) { return !double.IsNaN(value) && !double.IsInfinity(value); }

        private static void InRange(string name, long value, long low, long high)
        {
            if (value < low || value > high)
                throw new ArgumentException(Text("{0} is {1}; expected {2}...{3}", name, value, low, high), name);
        }

        internal static string Text(string format, params object[] values)
        {
            return string.Format(CultureInfo.InvariantCulture, format, values);
        }
    }

    /// <summary>A list of requests as differences, as a trace has it.</summary>
    internal sealed class LumonRequests
    {
        internal readonly LumonBytes Bytes;
        internal int Count;
        private ulong last;

        internal LumonRequests(int capacity) { Bytes = new LumonBytes(capacity); }

        internal void Append(ulong[] requests, int count)
        {
            for (int i = 0; i < count; i++)
            {
                Bytes.Varint(LumonRecorder.ZigZag(unchecked((long)(requests[i] - last))));
                last = requests[i];
            }
            Count += count;
        }

        internal void Clear()
        {
            Bytes.Count = 0;
            Count = 0;
            last = 0;
        }
    }

    /// <summary>
    /// Frames on their way from the engine's thread to the writer's: each in one piece of one array, taken in order. One thread
    /// reserves and publishes, one takes and releases; neither ever waits for the other.
    /// </summary>
    internal sealed class LumonRing
    {
        internal readonly byte[] Bytes;
        private readonly LumonBytes writer;
        private readonly int[] offsets;
        private readonly int[] lengths;
        private int begin;
        private long published;
        private long released;

        internal int Capacity { get { return Bytes.Length; } }

        internal long Count { get { return published - Volatile.Read(ref released); } }

        internal LumonRing(int frames, int bytes)
        {
            Bytes = new byte[bytes];
            writer = new LumonBytes(Bytes);
            offsets = new int[frames];
            lengths = new int[frames];
        }

        /// <summary>Where a frame of at most so many bytes is to be written; null where it has no room.</summary>
        internal LumonBytes Reserve(long count)
        {
            long oldest = Volatile.Read(ref released);
            if (published - oldest == offsets.Length) return null;
            int place = 0;
            if (published != oldest)
            {
                int newest = (int)((published - 1) % offsets.Length);
                int end = offsets[newest] + lengths[newest];
                int first = offsets[(int)(oldest % offsets.Length)];
                if (end > first)
                {
                    // In use is first..<end: behind it, or before it.
                    if (Bytes.Length - end >= count) place = end;
                    else if (first >= count) place = 0;
                    else return null;
                }
                else if (first - end >= count) place = end;
                else return null;
            }
            else if (Bytes.Length < count) return null;
            begin = place;
            writer.Count = place;
            return writer;
        }

        internal void Publish(LumonBytes bytes)
        {
            int place = (int)(published % offsets.Length);
            offsets[place] = begin;
            lengths[place] = bytes.Count - begin;
            Volatile.Write(ref published, published + 1);
        }

        internal bool Take(out int offset, out int length)
        {
            offset = 0;
            length = 0;
            if (Volatile.Read(ref published) == released) return false;
            int place = (int)(released % offsets.Length);
            offset = offsets[place];
            length = lengths[place];
            return true;
        }

        internal void Release() { Volatile.Write(ref released, released + 1); }
    }

    /// <summary>Bytes that are appended one after the other, little-endian and as protobuf writes them.</summary>
    internal sealed class LumonBytes
    {
        internal byte[] Data;
        internal int Count;

        internal LumonBytes(int capacity) { Data = new byte[capacity]; }

        internal LumonBytes(byte[] data) { Data = data; }

        /// <summary>Makes room for so many bytes more. What has a fixed size is never asked to.</summary>
        internal void Ensure(int count)
        {
            if (Data.Length - Count >= count) return;
            byte[] larger = new byte[Math.Max(checked(Data.Length * 2), checked(Count + count))];
            Buffer.BlockCopy(Data, 0, larger, 0, Count);
            Data = larger;
        }

        internal void U8(byte value) { Data[Count++] = value; }

        internal void U16(ushort value)
        {
            Data[Count] = (byte)value;
            Data[Count + 1] = (byte)(value >> 8);
            Count += 2;
        }

        internal void U32(uint value)
        {
            Patch32(Count, value);
            Count += 4;
        }

        internal void U64(ulong value)
        {
            Patch64(Count, value);
            Count += 8;
        }

        internal void Patch32(int place, uint value)
        {
            Data[place] = (byte)value;
            Data[place + 1] = (byte)(value >> 8);
            Data[place + 2] = (byte)(value >> 16);
            Data[place + 3] = (byte)(value >> 24);
        }

        internal void Patch64(int place, ulong value)
        {
            Patch32(place, (uint)value);
            Patch32(place + 4, (uint)(value >> 32));
        }

        /// <summary>Says in the record that begins there that it ends here.</summary>
        internal void PatchLength(int record) { Patch64(record + 1, (ulong)(Count - record - 9)); }

        internal void Raw(byte[] bytes, int offset, int count)
        {
            if (count == 0) return;
            Buffer.BlockCopy(bytes, offset, Data, Count, count);
            Count += count;
        }

        /// <summary>ASCII after its length in 32 bits.</summary>
        internal void Text(string text)
        {
            U32((uint)text.Length);
            for (int i = 0; i < text.Length; i++) U8((byte)text[i]);
        }

        internal void Varint(ulong value)
        {
            while (value >= 0x80)
            {
                Data[Count++] = (byte)(value | 0x80);
                value >>= 7;
            }
            Data[Count++] = (byte)value;
        }

        internal void Tag(int field, int wire) { Varint((ulong)(field << 3 | wire)); }

        /// <summary>A field; nothing for 0, as for all scalars.</summary>
        internal void Varint(int field, ulong value)
        {
            if (value == 0) return;
            Tag(field, 0);
            Varint(value);
        }

        internal void Fixed64(int field, ulong value)
        {
            if (value == 0) return;
            Tag(field, 1);
            U64(value);
        }

        /// <summary>Nothing for -0.0 either: it is written as +0.0.</summary>
        internal void Double(int field, double value)
        {
            if (value == 0) return;
            Tag(field, 1);
            U64(unchecked((ulong)BitConverter.DoubleToInt64Bits(value)));
        }

        /// <summary>Bytes or a message, also where they are none.</summary>
        internal void Block(int field, byte[] bytes, int offset, int count)
        {
            Tag(field, 2);
            Varint((ulong)count);
            Raw(bytes, offset, count);
        }

        internal static int VarintSize(ulong value)
        {
            int size = 1;
            while (value >= 0x80)
            {
                value >>= 7;
                size += 1;
            }
            return size;
        }
    }

    /// <summary>The partial file: an MCAP file of uncompressed chunks. Used by one thread at a time.</summary>
    internal sealed class LumonTraceFile
    {
        internal const byte MessageOpcode = 5;
        private const int ChunkPrefix = 49;
        private const int Channels = 6;
        private static readonly byte[] magic = { 0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A };
        private static readonly string[] topics = { "/config", "/frame", "/event", "/work", "/checkpoint", "/snapshot" };
        private static readonly string[] types = { "Configuration", "Frame", "Event", "Work", "Checkpoint", "Snapshot" };

        private readonly string path;
        private FileStream stream;
        private readonly LumonBytes schemas = new LumonBytes(1 << 16);
        private readonly LumonBytes channels = new LumonBytes(1 << 10);
        private readonly LumonBytes chunk = new LumonBytes(1 << 18);
        private readonly LumonBytes[] entries = new LumonBytes[Channels];
        private readonly ulong[] counts = new ulong[Channels];
        private readonly LumonBytes chunkIndexes = new LumonBytes(1 << 16);
        private uint chunkCount;
        private ulong messageCount, firstTime, lastTime, chunkFirst, chunkLast;
        private uint dataCRC;

        /// <summary>Bytes written.</summary>
        internal long Position { get; private set; }

        /// <summary>Creates it with header, schemas and channels.</summary>
        internal LumonTraceFile(string path, long firstFrame)
        {
            this.path = path;
            for (int i = 0; i < Channels; i++) entries[i] = new LumonBytes(1 << 14);
            if (File.Exists(path)) throw new IOException(Unfinished(path));
            try
            {
                // The least size: what is handed over is written in one piece.
                stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1);
            }
            catch (UnauthorizedAccessException error)
            {
                throw new IOException(LumonRecorder.Text("{0} cannot be written: {1}", path, error.Message), error);
            }
            try
            {
                Define();
                chunk.Raw(magic, 0, magic.Length);
                int header = BeginRecord(chunk, 1);
                chunk.Text("lumon.replay.v1");
                chunk.Text("lumon-replay");
                chunk.PatchLength(header);
                Emit(chunk);
                BeginChunk();
                chunk.Ensure(schemas.Count + channels.Count);
                chunk.Raw(schemas.Data, 0, schemas.Count);
                chunk.Raw(channels.Data, 0, channels.Count);
                CloseChunk();
            }
            catch (Exception)
            {
                Discard();
                throw;
            }
        }

        private static string Unfinished(string path)
        {
            return LumonRecorder.Text(
                "{0} is there already, of a recording that did not end; expected no such file; make a trace of it with "
                + "'lumon-replay trace recover {0} -o NEW', and remove it", path);
        }

        private void Define()
        {
            byte[][] data =
            {
                LumonSchemas.Config, LumonSchemas.Frame, LumonSchemas.Event, LumonSchemas.Work, LumonSchemas.Checkpoint,
                LumonSchemas.Snapshot,
            };
            for (int i = 0; i < Channels; i++)
            {
                schemas.Ensure(data[i].Length + 256);
                int schema = BeginRecord(schemas, 3);
                schemas.U16((ushort)(i + 1));
                schemas.Text("lumon.replay.v1." + types[i]);
                schemas.Text("protobuf");
                schemas.U32((uint)data[i].Length);
                schemas.Raw(data[i], 0, data[i].Length);
                schemas.PatchLength(schema);
                int channel = BeginRecord(channels, 4);
                channels.U16((ushort)(i + 1));
                channels.U16((ushort)(i + 1));
                channels.Text(topics[i]);
                channels.Text("protobuf");
                channels.U32(0);
                channels.PatchLength(channel);
            }
        }

        /// <summary>Takes the messages of one frame into the open chunk.</summary>
        internal void Append(byte[] bytes, int offset, int length)
        {
            chunk.Ensure(length);
            int place = chunk.Count;
            chunk.Raw(bytes, offset, length);
            while (place < chunk.Count)
            {
                int size = 9 + (int)Read(chunk.Data, place + 1, 8);
                int channel = (int)Read(chunk.Data, place + 9, 2) - 1;
                ulong time = Read(chunk.Data, place + 15, 8);
                entries[channel].Ensure(16);
                entries[channel].U64(time);
                entries[channel].U64((ulong)(place - ChunkPrefix));
                counts[channel] += 1;
                if (messageCount == 0) firstTime = time;
                if (chunkFirst == ulong.MaxValue) chunkFirst = time;
                lastTime = chunkLast = time;
                messageCount += 1;
                place += size;
            }
        }

        /// <summary>Hands the open chunk over, in one piece with its message indexes.</summary>
        internal void CloseChunk()
        {
            int end = chunk.Count;
            ulong size = (ulong)(end - ChunkPrefix);
            ulong first = chunkFirst == ulong.MaxValue ? 0 : chunkFirst;
            chunk.Data[0] = 6;
            chunk.Patch64(1, (ulong)(end - 9));
            chunk.Patch64(9, first);
            chunk.Patch64(17, chunkLast);
            chunk.Patch64(25, size);
            chunk.Patch32(33, LumonCRC32.Update(0, chunk.Data, ChunkPrefix, (int)size));
            chunk.Patch32(37, 0);
            chunk.Patch64(41, size);
            chunkIndexes.Ensure(256);
            int record = BeginRecord(chunkIndexes, 8);
            chunkIndexes.U64(first);
            chunkIndexes.U64(chunkLast);
            chunkIndexes.U64((ulong)Position);
            chunkIndexes.U64((ulong)end);
            int map = chunkIndexes.Count;
            chunkIndexes.U32(0);
            for (int i = 0; i < Channels; i++)
            {
                LumonBytes list = entries[i];
                if (list.Count == 0) continue;
                chunkIndexes.U16((ushort)(i + 1));
                chunkIndexes.U64((ulong)(Position + chunk.Count));
                chunk.Ensure(list.Count + 16);
                int index = BeginRecord(chunk, 7);
                chunk.U16((ushort)(i + 1));
                chunk.U32((uint)list.Count);
                chunk.Raw(list.Data, 0, list.Count);
                chunk.PatchLength(index);
                list.Count = 0;
            }
            chunkIndexes.Patch32(map, (uint)(chunkIndexes.Count - map - 4));
            chunkIndexes.U64((ulong)(chunk.Count - end));
            chunkIndexes.U32(0);
            chunkIndexes.U64(size);
            chunkIndexes.U64(size);
            chunkIndexes.PatchLength(record);
            chunkCount += 1;
            Emit(chunk);
            BeginChunk();
        }

        /// <summary>Ends the file, and waits until it is on the disk.</summary>
        internal void Finish()
        {
            LumonBytes end = new LumonBytes(schemas.Count + channels.Count + chunkIndexes.Count + 1024);
            int record = BeginRecord(end, 15);
            end.U32(dataCRC);
            end.PatchLength(record);
            int start = end.Count;
            ulong summary = (ulong)(Position + start);
            end.Raw(schemas.Data, 0, schemas.Count);
            int afterSchemas = end.Count;
            end.Raw(channels.Data, 0, channels.Count);
            int afterChannels = end.Count;
            AppendStatistics(end);
            int afterStatistics = end.Count;
            end.Raw(chunkIndexes.Data, 0, chunkIndexes.Count);
            int offsets = end.Count;
            AppendOffset(end, 3, start, afterSchemas);
            AppendOffset(end, 4, afterSchemas, afterChannels);
            AppendOffset(end, 11, afterChannels, afterStatistics);
            AppendOffset(end, 8, afterStatistics, offsets);
            record = BeginRecord(end, 2);
            end.U64(summary);
            end.U64((ulong)(Position + offsets));
            // The length is among what the checksum covers.
            end.U32(0);
            end.PatchLength(record);
            end.Patch32(end.Count - 4, LumonCRC32.Update(0, end.Data, start, end.Count - 4 - start));
            end.Raw(magic, 0, magic.Length);
            Emit(end);
            stream.Flush(true);
            Abandon();
        }

        /// <summary>Puts the finished file into its place.</summary>
        internal void Rename(string place)
        {
            if (File.Exists(place)) File.Replace(path, place, null);
            else File.Move(path, place);
        }

        /// <summary>Closes the file as it is.</summary>
        internal void Abandon()
        {
            FileStream open = stream;
            stream = null;
            if (open == null) return;
            try
            {
                open.Dispose();
            }
            catch (IOException)
            {
                // Nothing is held back: all that could be written is.
            }
        }

        /// <summary>Closes and removes the file: nothing of it is worth keeping.</summary>
        internal void Discard()
        {
            Abandon();
            try
            {
                File.Delete(path);
            }
            catch (IOException)
            {
                // It is in the way of the next recorder, which says so.
            }
        }

        private void AppendStatistics(LumonBytes bytes)
        {
            int record = BeginRecord(bytes, 11);
            bytes.U64(messageCount);
            bytes.U16(Channels);
            bytes.U32(Channels);
            bytes.U32(0);
            bytes.U32(0);
            bytes.U32(chunkCount);
            bytes.U64(firstTime);
            bytes.U64(lastTime);
            int map = bytes.Count;
            bytes.U32(0);
            for (int i = 0; i < Channels; i++)
            {
                if (counts[i] == 0) continue;
                bytes.U16((ushort)(i + 1));
                bytes.U64(counts[i]);
            }
            bytes.Patch32(map, (uint)(bytes.Count - map - 4));
            bytes.PatchLength(record);
        }

        private void AppendOffset(LumonBytes bytes, byte opcode, int start, int end)
        {
            int record = BeginRecord(bytes, 14);
            bytes.U8(opcode);
            bytes.U64((ulong)(Position + start));
            bytes.U64((ulong)(end - start));
            bytes.PatchLength(record);
        }

        private void BeginChunk()
        {
            chunk.Count = ChunkPrefix;
            chunkFirst = ulong.MaxValue;
            chunkLast = 0;
        }

        private void Emit(LumonBytes bytes)
        {
            stream.Write(bytes.Data, 0, bytes.Count);
            stream.Flush();
            dataCRC = LumonCRC32.Update(dataCRC, bytes.Data, 0, bytes.Count);
            Position += bytes.Count;
        }

        private static int BeginRecord(LumonBytes bytes, byte opcode)
        {
            int record = bytes.Count;
            bytes.U8(opcode);
            bytes.U64(0);
            return record;
        }

        private static ulong Read(byte[] bytes, int place, int size)
        {
            ulong value = 0;
            for (int i = size - 1; i >= 0; i--) value = value << 8 | bytes[place + i];
            return value;
        }
    }

    /// <summary>The CRC32 of zlib and of MCAP (polynomial 0xEDB88320, reflected), eight bytes at a time.</summary>
    internal static class LumonCRC32
    {
        private static readonly uint[] table = Table();

        /// <summary>The checksum of what had the checksum `crc`, 0 for nothing, and these bytes behind it.</summary>
        internal static uint Update(uint crc, byte[] bytes, int offset, int count)
        {
            uint[] t = table;
            crc = ~crc;
            int end = offset + count;
            for (; end - offset >= 8; offset += 8)
            {
                uint low = crc ^ (uint)(bytes[offset] | bytes[offset + 1] << 8 | bytes[offset + 2] << 16 | bytes[offset + 3] << 24);
                crc = t[0x700 + (low & 255)] ^ t[0x600 + (low >> 8 & 255)] ^ t[0x500 + (low >> 16 & 255)] ^ t[0x400 + (low >> 24)]
                    ^ t[0x300 + bytes[offset + 4]] ^ t[0x200 + bytes[offset + 5]] ^ t[0x100 + bytes[offset + 6]] ^ t[bytes[offset + 7]];
            }
            for (; offset < end; offset++) crc = t[(crc ^ bytes[offset]) & 255] ^ crc >> 8;
            return ~crc;
        }

        private static uint[] Table()
        {
            uint[] result = new uint[8 * 256];
            for (uint i = 0; i < 256; i++)
            {
                uint value = i;
                for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? value >> 1 ^ 0xEDB88320 : value >> 1;
                result[i] = value;
            }
            for (int i = 256; i < result.Length; i++) result[i] = result[result[i - 256] & 255] ^ result[i - 256] >> 8;
            return result;
        }
    }

    /// <summary>
    /// The digests of Digests.md, for engines that check themselves against the model: XXH3-64 and XXH3-128 with seed 0, and
    /// the leaves. The leaf functions allocate nothing. Values are written as they are given, but -0.0 as +0.0.
    /// </summary>
    public static class LumonDigests
    {
        private const ulong Prime32A = 0x9E3779B1, Prime32B = 0x85EBCA77, Prime32C = 0xC2B2AE3D;
        private const ulong Prime64A = 0x9E3779B185EBCA87, Prime64B = 0xC2B2AE3D27D4EB4F, Prime64C = 0x165667B19E3779F9,
            Prime64D = 0x85EBCA77C2B2AE63, Prime64E = 0x27D4EB2F165667C5;
        private const ulong MixA = 0x165667919E3779F9, MixB = 0x9FB21C651E98DF25;
        private const int SecretSize = 192, Stripe = 64, BlockStripes = (SecretSize - Stripe) / 8;

        // The secret of the specification, read as 64 bits from each of its bytes on.
        private static readonly ulong[] secret = Secret();

        /// <summary>XXH3-64 of a part of the bytes. Complexity: O(count).</summary>
        public static ulong XXH3_64(byte[] bytes, int offset, int count)
        {
            Check(bytes, offset, count);
            ulong[] s = secret;
            if (count > 240) return Long64(bytes, offset, count);
            ulong n = (ulong)count;
            if (count > 128)
            {
                ulong sum = unchecked(n * Prime64A);
                for (int i = 0; i < 8; i++) sum = unchecked(sum + Mix16(bytes, offset + 16 * i, 16 * i));
                sum = Avalanche(sum);
                for (int i = 8; i < count / 16; i++) sum = unchecked(sum + Mix16(bytes, offset + 16 * i, 16 * (i - 8) + 3));
                return Avalanche(unchecked(sum + Mix16(bytes, offset + count - 16, 136 - 17)));
            }
            if (count > 16)
            {
                ulong sum = unchecked(n * Prime64A);
                int end = offset + count;
                for (int i = (count - 1) / 32; i >= 0; i--)
                    sum = unchecked(sum + Mix16(bytes, offset + 16 * i, 32 * i) + Mix16(bytes, end - 16 * (i + 1), 32 * i + 16));
                return Avalanche(sum);
            }
            if (count > 8)
            {
                ulong low = Read64(bytes, offset) ^ s[24] ^ s[32];
                ulong high = Read64(bytes, offset + count - 8) ^ s[40] ^ s[48];
                return Avalanche(unchecked(n + Swap(low) + high + Fold(low, high)));
            }
            if (count >= 4)
            {
                ulong first = Read32(bytes, offset), last = Read32(bytes, offset + count - 4);
                ulong keyed = (last + (first << 32)) ^ s[8] ^ s[16];
                keyed ^= Rotate(keyed, 49) ^ Rotate(keyed, 24);
                keyed = unchecked(keyed * MixB);
                keyed ^= unchecked((keyed >> 35) + n);
                keyed = unchecked(keyed * MixB);
                return keyed ^ keyed >> 28;
            }
            if (count > 0) return Avalanche64(Combined(bytes, offset, count) ^ (uint)s[0] ^ (uint)s[4]);
            return Avalanche64(s[56] ^ s[64]);
        }

        /// <summary>XXH3-128 of a part of the bytes. Complexity: O(count).</summary>
        public static void XXH3_128(byte[] bytes, int offset, int count, out ulong high, out ulong low)
        {
            Check(bytes, offset, count);
            ulong[] s = secret;
            ulong n = (ulong)count;
            if (count > 240)
            {
                Long128(bytes, offset, count, out high, out low);
            }
            else if (count > 16)
            {
                low = unchecked(n * Prime64A);
                high = 0;
                int end = offset + count;
                if (count > 128)
                {
                    for (int i = 32; i < 160; i += 32) Mix32(bytes, offset + i - 32, offset + i - 16, i - 32, ref low, ref high);
                    low = Avalanche(low);
                    high = Avalanche(high);
                    for (int i = 160; i <= count; i += 32) Mix32(bytes, offset + i - 32, offset + i - 16, 3 + i - 160, ref low, ref high);
                    Mix32(bytes, end - 16, end - 32, 136 - 17 - 16, ref low, ref high);
                }
                else
                {
                    for (int i = (count - 1) / 32; i >= 0; i--)
                        Mix32(bytes, offset + 16 * i, end - 16 * (i + 1), 32 * i, ref low, ref high);
                }
                ulong a = unchecked(low + high);
                ulong b = unchecked(low * Prime64A + high * Prime64D + n * Prime64B);
                low = Avalanche(a);
                high = unchecked(0 - Avalanche(b));
            }
            else if (count > 8)
            {
                ulong first = Read64(bytes, offset), last = Read64(bytes, offset + count - 8);
                ulong mHigh, mLow, hHigh, hLow;
                Multiply(first ^ last ^ s[32] ^ s[40], Prime64A, out mHigh, out mLow);
                mLow = unchecked(mLow + (n - 1 << 54));
                last ^= s[48] ^ s[56];
                mHigh = unchecked(mHigh + last + (ulong)(uint)last * (Prime32B - 1));
                mLow ^= Swap(mHigh);
                Multiply(mLow, Prime64B, out hHigh, out hLow);
                low = Avalanche(hLow);
                high = Avalanche(unchecked(hHigh + mHigh * Prime64B));
            }
            else if (count >= 4)
            {
                ulong keyed = ((ulong)Read32(bytes, offset) + ((ulong)Read32(bytes, offset + count - 4) << 32)) ^ s[16] ^ s[24];
                Multiply(keyed, unchecked(Prime64A + (n << 2)), out high, out low);
                high = unchecked(high + (low << 1));
                low ^= high >> 3;
                low ^= low >> 35;
                low = unchecked(low * MixB);
                low ^= low >> 28;
                high = Avalanche(high);
            }
            else if (count > 0)
            {
                uint combined = Combined(bytes, offset, count);
                uint swapped = (uint)(Swap(combined) >> 32);
                low = Avalanche64(combined ^ (uint)s[0] ^ (uint)s[4]);
                high = Avalanche64((swapped << 13 | swapped >> 19) ^ (uint)s[8] ^ (uint)s[12]);
            }
            else
            {
                low = Avalanche64(s[64] ^ s[72]);
                high = Avalanche64(s[80] ^ s[88]);
            }
        }

        // Leaves: the XXH3-64 of the record of one thing.

        /// <summary>The leaf of a cell of a window.</summary>
        /// <param name="afterFlight">1 dirty, 2 disable, 3 both.</param>
        /// <param name="lastUpdated">-2^31 where no payload was ever stored in this cell since it entered.</param>
        public static ulong State(
            byte level, byte lifecycle, byte afterFlight, int x, int y, int z, int lastUpdated, int queuedAt, int retryAfter,
            uint generation)
        {
            LumonLeaf leaf = new LumonLeaf(0x01);
            leaf.U8(level);
            leaf.U8(lifecycle);
            leaf.U8(afterFlight);
            leaf.Cell(x, y, z);
            leaf.I32(lastUpdated);
            leaf.I32(queuedAt);
            leaf.I32(retryAfter);
            leaf.U32(generation);
            return leaf.Digest;
        }

        /// <summary>The leaf of a cell's payload, of 44 bytes.</summary>
        public static ulong Payload(byte level, int x, int y, int z, byte[] payload, int offset)
        {
            LumonLeaf leaf = new LumonLeaf(0x02);
            leaf.U8(level);
            leaf.Cell(x, y, z);
            leaf.Payload(payload, offset);
            return leaf.Digest;
        }

        /// <summary>The leaf of a probe that is queued.</summary>
        public static ulong Queued(byte level, int x, int y, int z, uint generation, ulong ticket)
        {
            LumonLeaf leaf = new LumonLeaf(0x03);
            leaf.U8(level);
            leaf.Cell(x, y, z);
            leaf.U32(generation);
            leaf.U64(ticket);
            return leaf.Digest;
        }

        /// <summary>The leaf of a cast in flight.</summary>
        public static ulong Flight(
            byte level, int x, int y, int z, uint generation, uint epoch, ulong sequence, int dueFrame, ulong worldVersion,
            ulong worldContent, double baseSpacing, int resolution)
        {
            LumonLeaf leaf = new LumonLeaf(0x04);
            leaf.U8(level);
            leaf.Cell(x, y, z);
            leaf.U32(generation);
            leaf.U32(epoch);
            leaf.U64(sequence);
            leaf.I32(dueFrame);
            leaf.U64(worldVersion);
            leaf.U64(worldContent);
            leaf.F64(baseSpacing);
            leaf.I32(resolution);
            return leaf.Digest;
        }

        /// <summary>The leaf of a cell in the region cache.</summary>
        public static ulong CachedCell(byte level, int x, int y, int z, int lastUpdated, byte[] payload, int offset)
        {
            LumonLeaf leaf = new LumonLeaf(0x05);
            leaf.U8(level);
            leaf.Cell(x, y, z);
            leaf.I32(lastUpdated);
            leaf.Payload(payload, offset);
            return leaf.Digest;
        }

        /// <summary>The leaf of an entry of the cache.</summary>
        /// <param name="flags">1 invalidated, 2 unsaved, 3 both.</param>
        public static ulong CacheEntry(LumonRegion region, uint cells, int lastUsed, int newestUpdate, uint layoutVersion, byte flags)
        {
            LumonLeaf leaf = new LumonLeaf(0x06);
            leaf.Region(region);
            leaf.U32(cells);
            leaf.I32(lastUsed);
            leaf.I32(newestUpdate);
            leaf.U32(layoutVersion);
            leaf.U8(flags);
            return leaf.Digest;
        }

        /// <summary>The leaf of a row of the store's ledger.</summary>
        public static ulong StoreRow(ulong keyDigest, LumonRegion region, long bytes, long clock, ulong maskDigest, ulong content)
        {
            LumonLeaf leaf = new LumonLeaf(0x07);
            leaf.U64(keyDigest);
            leaf.Region(region);
            leaf.I64(bytes);
            leaf.I64(clock);
            leaf.U64(maskDigest);
            leaf.U64(content);
            return leaf.Digest;
        }

        /// <summary>The leaf of a request for a region that is pending.</summary>
        public static ulong StoreRequest(ulong sequence, ulong keyDigest, LumonRegion region, int dueFrame, ulong maskedDigest)
        {
            LumonLeaf leaf = new LumonLeaf(0x08);
            leaf.U64(sequence);
            leaf.U64(keyDigest);
            leaf.Region(region);
            leaf.I32(dueFrame);
            leaf.U64(maskedDigest);
            return leaf.Digest;
        }

        /// <summary>The leaf of a request for the store's index that is pending.</summary>
        public static ulong IndexRequest(ulong sequence, int dueFrame)
        {
            return StoreRequest(sequence, 0, new LumonRegion(255, 0, 0, 0), dueFrame, 0);
        }

        /// <summary>The leaf of a write-back that has not been handed over.</summary>
        public static ulong HeldWriteBack(ulong sequence, ulong keyDigest, LumonRegion region, uint cells, ulong cellsDigest)
        {
            LumonLeaf leaf = new LumonLeaf(0x09);
            leaf.U64(sequence);
            leaf.U64(keyDigest);
            leaf.Region(region);
            leaf.U32(cells);
            leaf.U64(cellsDigest);
            return leaf.Digest;
        }

        /// <summary>The leaf of a box that waits for the store's index.</summary>
        public static ulong HeldBox(uint place, LumonPoint lower, LumonPoint upper)
        {
            LumonLeaf leaf = new LumonLeaf(0x0A);
            leaf.U32(place);
            leaf.F64(lower.X);
            leaf.F64(lower.Y);
            leaf.F64(lower.Z);
            leaf.F64(upper.X);
            leaf.F64(upper.Y);
            leaf.F64(upper.Z);
            return leaf.Digest;
        }

        /// <summary>The leaf of the ledger of a session that has a store.</summary>
        public static ulong Ledger(
            long sizeCapBytes, bool isIndexKnown, long indexClock, int startFrame, ulong startEdits, ulong knownEdits,
            ulong nextSequence)
        {
            LumonLeaf leaf = new LumonLeaf(0x0B);
            leaf.I64(sizeCapBytes);
            leaf.U8(isIndexKnown ? (byte)1 : (byte)0);
            leaf.I64(indexClock);
            leaf.I32(startFrame);
            leaf.U64(startEdits);
            leaf.U64(knownEdits);
            leaf.U64(nextSequence);
            return leaf.Digest;
        }

        /// <summary>The leaf of a voxel that has been edited.</summary>
        public static ulong EditedVoxel(LumonCoordinate voxel, byte material)
        {
            LumonLeaf leaf = new LumonLeaf(0x45);
            leaf.I64(voxel.X);
            leaf.I64(voxel.Y);
            leaf.I64(voxel.Z);
            leaf.U8(material);
            return leaf.Digest;
        }

        /// <summary>The leaf of a chunk that is not as it was at the start.</summary>
        public static ulong Chunk(LumonCoordinate chunk, bool isLoaded)
        {
            LumonLeaf leaf = new LumonLeaf(0x4C);
            leaf.I64(chunk.X);
            leaf.I64(chunk.Y);
            leaf.I64(chunk.Z);
            leaf.U8(isLoaded ? (byte)1 : (byte)0);
            return leaf.Digest;
        }

        // Digests that are made as leaves are, of other things.

        /// <summary>The digest of a store's key, as the leaves have it.</summary>
        public static ulong StoreKey(LumonStoreKey key)
        {
            LumonLeaf bytes = new LumonLeaf();
            bytes.U64(key.Seed);
            bytes.U32(key.LayoutVersion);
            bytes.U64(key.Fingerprint);
            bytes.F64(key.BaseSpacing);
            bytes.I32(key.RegionEdge);
            return bytes.Digest;
        }

        /// <summary>The fingerprint of an effective configuration: 64 rays, and the first version of the light.</summary>
        public static ulong Fingerprint(double baseSpacing, int resolution, int levels, int regionEdge)
        {
            LumonLeaf bytes = new LumonLeaf(0xB0);
            bytes.F64(baseSpacing);
            bytes.I32(resolution);
            bytes.I32(levels);
            bytes.I32(regionEdge);
            bytes.U32(64);
            bytes.I32(resolution);
            bytes.U32(1);
            return bytes.Digest;
        }

        /// <summary>The digest of a level at the end of a frame.</summary>
        public static ulong Level(
            byte level, int cameraX, int cameraY, int cameraZ, int anchorX, int anchorY, int anchorZ, ulong stateSum,
            ulong payloadSum)
        {
            LumonLeaf bytes = new LumonLeaf(0xA0);
            bytes.U8(level);
            bytes.Cell(cameraX, cameraY, cameraZ);
            bytes.Cell(anchorX, anchorY, anchorZ);
            bytes.U64(stateSum);
            bytes.U64(payloadSum);
            return bytes.Digest;
        }

        /// <summary>The digest of a frame, out of those of its nine stages and of its levels.</summary>
        /// <param name="scratch">Emptied first; it allocates only where it has to grow.</param>
        public static void Frame(
            int frame, ulong[] stages, int stageCount, ulong[] levels, int levelCount, LumonCanonicalBytes scratch, out ulong high,
            out ulong low)
        {
            scratch.Reset();
            scratch.I32(frame);
            for (int i = 0; i < stageCount; i++) scratch.U64(stages[i]);
            scratch.Sums(levels, levelCount);
            scratch.Digest128(out high, out low);
        }

        /// <summary>A digest of 128 bits in the 16 bytes of a checkpoint: big-endian.</summary>
        public static void Write128(ulong high, ulong low, byte[] digest)
        {
            if (digest == null || digest.Length != 16)
                throw new ArgumentException(LumonRecorder.Text("{0} bytes; expected 16", digest == null ? 0 : digest.Length), "digest");
            for (int i = 0; i < 8; i++)
            {
                digest[i] = (byte)(high >> 56 - 8 * i);
                digest[8 + i] = (byte)(low >> 56 - 8 * i);
            }
        }

        private static void Check(byte[] bytes, int offset, int count)
        {
            int length = bytes == null ? 0 : bytes.Length;
            if (offset < 0 || count < 0 || offset > length - count)
                throw new ArgumentException(LumonRecorder.Text("offset {0} and count {1}; expected a part of the {2} bytes", offset, count, length), "bytes");
        }

        private static ulong Long64(byte[] bytes, int offset, int count)
        {
            ulong a0, a1, a2, a3, a4, a5, a6, a7;
            Accumulate(bytes, offset, count, out a0, out a1, out a2, out a3, out a4, out a5, out a6, out a7);
            return Merge(a0, a1, a2, a3, a4, a5, a6, a7, 11, unchecked((ulong)count * Prime64A));
        }

        private static void Long128(byte[] bytes, int offset, int count, out ulong high, out ulong low)
        {
            ulong a0, a1, a2, a3, a4, a5, a6, a7;
            Accumulate(bytes, offset, count, out a0, out a1, out a2, out a3, out a4, out a5, out a6, out a7);
            low = Merge(a0, a1, a2, a3, a4, a5, a6, a7, 11, unchecked((ulong)count * Prime64A));
            high = Merge(a0, a1, a2, a3, a4, a5, a6, a7, SecretSize - Stripe - 11, ~unchecked((ulong)count * Prime64B));
        }

        private static void Accumulate(
            byte[] bytes, int offset, int count, out ulong a0, out ulong a1, out ulong a2, out ulong a3, out ulong a4, out ulong a5,
            out ulong a6, out ulong a7)
        {
            a0 = Prime32C;
            a1 = Prime64A;
            a2 = Prime64B;
            a3 = Prime64C;
            a4 = Prime64D;
            a5 = Prime32B;
            a6 = Prime64E;
            a7 = Prime32A;
            int stripes = (count - 1) / Stripe;
            int key = 0;
            for (int i = 0; i <= stripes; i++)
            {
                bool isLast = i == stripes;
                int p = isLast ? offset + count - Stripe : offset + i * Stripe;
                int k = isLast ? SecretSize - Stripe - 7 : key * 8;
                Pair(bytes, p, k, ref a0, ref a1);
                Pair(bytes, p + 16, k + 16, ref a2, ref a3);
                Pair(bytes, p + 32, k + 32, ref a4, ref a5);
                Pair(bytes, p + 48, k + 48, ref a6, ref a7);
                key += 1;
                if (isLast || key < BlockStripes) continue;
                key = 0;
                const int end = SecretSize - Stripe;
                a0 = Scramble(a0, end);
                a1 = Scramble(a1, end + 8);
                a2 = Scramble(a2, end + 16);
                a3 = Scramble(a3, end + 24);
                a4 = Scramble(a4, end + 32);
                a5 = Scramble(a5, end + 40);
                a6 = Scramble(a6, end + 48);
                a7 = Scramble(a7, end + 56);
            }
        }

        private static void Pair(byte[] bytes, int place, int key, ref ulong a, ref ulong b)
        {
            ulong first = Read64(bytes, place), second = Read64(bytes, place + 8);
            ulong x = first ^ secret[key], y = second ^ secret[key + 8];
            a = unchecked(a + second + (ulong)(uint)x * (x >> 32));
            b = unchecked(b + first + (ulong)(uint)y * (y >> 32));
        }

        private static ulong Scramble(ulong a, int key) { return unchecked((a ^ a >> 47 ^ secret[key]) * Prime32A); }

        private static ulong Merge(
            ulong a0, ulong a1, ulong a2, ulong a3, ulong a4, ulong a5, ulong a6, ulong a7, int key, ulong start)
        {
            ulong[] s = secret;
            return Avalanche(unchecked(
                start + Fold(a0 ^ s[key], a1 ^ s[key + 8]) + Fold(a2 ^ s[key + 16], a3 ^ s[key + 24])
                + Fold(a4 ^ s[key + 32], a5 ^ s[key + 40]) + Fold(a6 ^ s[key + 48], a7 ^ s[key + 56])));
        }

        private static ulong Mix16(byte[] bytes, int place, int key)
        {
            return Fold(Read64(bytes, place) ^ secret[key], Read64(bytes, place + 8) ^ secret[key + 8]);
        }

        private static void Mix32(byte[] bytes, int first, int second, int key, ref ulong low, ref ulong high)
        {
            low = unchecked(low + Mix16(bytes, first, key)) ^ unchecked(Read64(bytes, second) + Read64(bytes, second + 8));
            high = unchecked(high + Mix16(bytes, second, key + 16)) ^ unchecked(Read64(bytes, first) + Read64(bytes, first + 8));
        }

        /// <summary>XXH3-64 of 17 to 64 bytes that stand in words.</summary>
        internal static ulong Leaf(ref LumonLeaf leaf)
        {
            int count = leaf.Count;
            ulong[] s = secret;
            ulong sum = unchecked(
                (ulong)count * Prime64A + Fold(leaf.Read(0) ^ s[0], leaf.Read(8) ^ s[8])
                + Fold(leaf.Read(count - 16) ^ s[16], leaf.Read(count - 8) ^ s[24]));
            if (count > 32)
                sum = unchecked(
                    sum + Fold(leaf.Read(16) ^ s[32], leaf.Read(24) ^ s[40])
                    + Fold(leaf.Read(count - 32) ^ s[48], leaf.Read(count - 24) ^ s[56]));
            return Avalanche(sum);
        }

        private static uint Combined(byte[] bytes, int offset, int count)
        {
            return (uint)bytes[offset] << 16 | (uint)bytes[offset + (count >> 1)] << 24 | bytes[offset + count - 1] | (uint)count << 8;
        }

        private static ulong Avalanche(ulong value)
        {
            value = unchecked((value ^ value >> 37) * MixA);
            return value ^ value >> 32;
        }

        private static ulong Avalanche64(ulong value)
        {
            value = unchecked((value ^ value >> 33) * Prime64B);
            value = unchecked((value ^ value >> 29) * Prime64C);
            return value ^ value >> 32;
        }

        private static ulong Fold(ulong a, ulong b)
        {
            ulong high, low;
            Multiply(a, b, out high, out low);
            return high ^ low;
        }

        private static void Multiply(ulong a, ulong b, out ulong high, out ulong low)
        {
            unchecked
            {
                ulong aLow = (uint)a, aHigh = a >> 32, bLow = (uint)b, bHigh = b >> 32;
                ulong lowLow = aLow * bLow, highLow = aHigh * bLow, lowHigh = aLow * bHigh;
                ulong cross = (lowLow >> 32) + (uint)highLow + lowHigh;
                high = (highLow >> 32) + (cross >> 32) + aHigh * bHigh;
                low = cross << 32 | (uint)lowLow;
            }
        }

        private static ulong Rotate(ulong value, int by) { return value << by | value >> 64 - by; }

        private static ulong Swap(ulong value)
        {
            value = (value & 0x00FF00FF00FF00FF) << 8 | value >> 8 & 0x00FF00FF00FF00FF;
            value = (value & 0x0000FFFF0000FFFF) << 16 | value >> 16 & 0x0000FFFF0000FFFF;
            return value << 32 | value >> 32;
        }

        private static uint Read32(byte[] b, int i) { return (uint)(b[i] | b[i + 1] << 8 | b[i + 2] << 16 | b[i + 3] << 24); }

        internal static ulong Read64(byte[] b, int i) { return Read32(b, i) | (ulong)Read32(b, i + 4) << 32; }

        private static ulong[] Secret()
        {
            byte[] bytes =
            {
                0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
                0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
                0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
                0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
                0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
                0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
                0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
                0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
                0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
                0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
                0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
                0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
            };
            ulong[] words = new ulong[SecretSize - 7];
            for (int i = 0; i < words.Length; i++) words[i] = Read64(bytes, i);
            return words;
        }
    }

    /// <summary>A wrapping sum of leaves modulo 2^64: of a set, in whatever order its members are met.</summary>
    public struct LumonSum
    {
        public ulong Value;

        /// <summary>Takes a member in.</summary>
        public void Add(ulong leaf) { Value = unchecked(Value + leaf); }

        /// <summary>Takes a member out.</summary>
        public void Remove(ulong leaf) { Value = unchecked(Value - leaf); }
    }

    /// <summary>The bytes of a stage, a mask, a row or a run, appended field by field, and their digests.</summary>
    /// <remarks>A stage is its tag (0x80 to 0x88), its outputs and its parts; a run is the digests of its frames.</remarks>
    public sealed class LumonCanonicalBytes
    {
        private readonly LumonBytes bytes;

        public LumonCanonicalBytes(int capacity = 4096) { bytes = new LumonBytes(Math.Max(64, capacity)); }

        public int Count { get { return bytes.Count; } }

        public void Reset() { bytes.Count = 0; }

        public void U8(byte value)
        {
            bytes.Ensure(1);
            bytes.U8(value);
        }

        public void U32(uint value)
        {
            bytes.Ensure(4);
            bytes.U32(value);
        }

        public void I32(int value) { U32(unchecked((uint)value)); }

        public void U64(ulong value)
        {
            bytes.Ensure(8);
            bytes.U64(value);
        }

        public void I64(long value) { U64(unchecked((ulong)value)); }

        /// <summary>-0.0 is written as +0.0.</summary>
        public void F64(double value) { U64(value == 0 ? 0 : unchecked((ulong)BitConverter.DoubleToInt64Bits(value))); }

        public void Cell(int x, int y, int z)
        {
            I32(x);
            I32(y);
            I32(z);
        }

        public void Region(LumonRegion region)
        {
            U8((byte)region.Level);
            Cell(region.X, region.Y, region.Z);
        }

        /// <summary>Their number and each of them: the parts S and P, and the levels of a frame.</summary>
        public void Sums(ulong[] sums, int count)
        {
            U32((uint)count);
            for (int i = 0; i < count; i++) U64(sums[i]);
        }

        /// <summary>A digest of 128 bits, as a run has those of its frames.</summary>
        public void U128(ulong high, ulong low)
        {
            U64(low);
            U64(high);
        }

        public void Raw(byte[] source, int offset, int count)
        {
            bytes.Ensure(count);
            bytes.Raw(source, offset, count);
        }

        public ulong Digest64() { return LumonDigests.XXH3_64(bytes.Data, 0, bytes.Count); }

        /// <summary>A copy of all of them.</summary>
        public byte[] ToArray()
        {
            byte[] copy = new byte[bytes.Count];
            Buffer.BlockCopy(bytes.Data, 0, copy, 0, copy.Length);
            return copy;
        }

        public void Digest128(out ulong high, out ulong low) { LumonDigests.XXH3_128(bytes.Data, 0, bytes.Count, out high, out low); }

        /// <summary>The digest of a mask of cells: zero words at the end do not count, and none have the digest 0.</summary>
        public ulong Mask(ulong[] words, int count)
        {
            while (count > 0 && words[count - 1] == 0) count -= 1;
            if (count == 0) return 0;
            Reset();
            for (int i = 0; i < count; i++) U64(words[i]);
            return Digest64();
        }
    }

    /// <summary>A record of 17 to 64 bytes on the stack.</summary>
    internal struct LumonLeaf
    {
        private ulong w0, w1, w2, w3, w4, w5, w6, w7;
        internal int Count;

        internal LumonLeaf(byte tag)
        {
            w0 = tag;
            w1 = w2 = w3 = w4 = w5 = w6 = w7 = 0;
            Count = 1;
        }

        internal ulong Digest { get { return LumonDigests.Leaf(ref this); } }

        internal void U8(byte value) { Append(value, 1); }

        internal void U32(uint value) { Append(value, 4); }

        internal void I32(int value) { Append(unchecked((uint)value), 4); }

        internal void U64(ulong value) { Append(value, 8); }

        internal void I64(long value) { Append(unchecked((ulong)value), 8); }

        internal void F64(double value) { Append(value == 0 ? 0 : unchecked((ulong)BitConverter.DoubleToInt64Bits(value)), 8); }

        internal void Cell(int x, int y, int z)
        {
            I32(x);
            I32(y);
            I32(z);
        }

        internal void Region(LumonRegion region)
        {
            U8((byte)region.Level);
            Cell(region.X, region.Y, region.Z);
        }

        internal void Payload(byte[] payload, int offset)
        {
            if (payload == null || offset < 0 || offset > payload.Length - 44)
                throw new ArgumentException(LumonRecorder.Text(
                    "{0} bytes from {1} on; expected 44", payload == null ? 0 : payload.Length - offset, offset), "payload");
            for (int i = 0; i < 40; i += 8) Append(LumonDigests.Read64(payload, offset + i), 8);
            U32((uint)(payload[offset + 40] | payload[offset + 41] << 8 | payload[offset + 42] << 16 | payload[offset + 43] << 24));
        }

        private void Append(ulong value, int size)
        {
            int word = Count >> 3, shift = (Count & 7) * 8;
            Or(word, value << shift);
            if (shift + size * 8 > 64) Or(word + 1, value >> 64 - shift);
            Count += size;
        }

        /// <summary>64 bits from any byte on.</summary>
        internal ulong Read(int place)
        {
            int word = place >> 3, shift = (place & 7) * 8;
            return shift == 0 ? Word(word) : Word(word) >> shift | Word(word + 1) << 64 - shift;
        }

        private void Or(int word, ulong bits)
        {
            switch (word)
            {
                case 0: w0 |= bits; break;
                case 1: w1 |= bits; break;
                case 2: w2 |= bits; break;
                case 3: w3 |= bits; break;
                case 4: w4 |= bits; break;
                case 5: w5 |= bits; break;
                case 6: w6 |= bits; break;
                default: w7 |= bits; break;
            }
        }

        private ulong Word(int word)
        {
            switch (word)
            {
                case 0: return w0;
                case 1: return w1;
                case 2: return w2;
                case 3: return w3;
                case 4: return w4;
                case 5: return w5;
                case 6: return w6;
                default: return w7;
            }
        }
    }

    /// <summary>What a trace carries in its schema records: a FileDescriptorSet for each message, in base 64.</summary>
    /// <remarks>Written by Scripts/generate-protos, between the marks.</remarks>
    internal static class LumonSchemas
    {
        internal static readonly byte[] Config = Convert.FromBase64String(config);
        internal static readonly byte[] Frame = Convert.FromBase64String(frame);
        internal static readonly byte[] Event = Convert.FromBase64String(@event);
        internal static readonly byte[] Work = Convert.FromBase64String(work);
        internal static readonly byte[] Checkpoint = Convert.FromBase64String(checkpoint);
        internal static readonly byte[] Snapshot = Convert.FromBase64String(snapshot);

        // <schemas>
        internal const string @config =
            "CtUGChxsdW1vbi9yZXBsYXkvdjEvY29uZmlnLnByb3RvEg9sdW1vbi5yZXBsYXkudjEi8QQKDUNvbmZpZ3VyYXRpb24SJQoO" +
            "Zm9ybWF0X3ZlcnNpb24YASABKA1SDWZvcm1hdFZlcnNpb24SDgoCaWQYAiABKA1SAmlkEh0KCndvcmxkX3NlZWQYAyABKAZS" +
            "CXdvcmxkU2VlZBIuChNjaHVua3Nfc3RhcnRfbG9hZGVkGAQgASgIUhFjaHVua3NTdGFydExvYWRlZBIlCg5sYXlvdXRfdmVy" +
            "c2lvbhgFIAEoDVINbGF5b3V0VmVyc2lvbhIhCgxiYXNlX3NwYWNpbmcYBiABKAFSC2Jhc2VTcGFjaW5nEh4KCnJlc29sdXRp" +
            "b24YByABKBFSCnJlc29sdXRpb24SFgoGbGV2ZWxzGAggASgRUgZsZXZlbHMSKwoRcmVhbmNob3JfZGlzdGFuY2UYCSABKAFS" +
            "EHJlYW5jaG9yRGlzdGFuY2USHwoLcmVnaW9uX2VkZ2UYCiABKBFSCnJlZ2lvbkVkZ2USHwoLbmVhcl9sZXZlbHMYCyABKBFS" +
            "Cm5lYXJMZXZlbHMSHwoLY2FjaGVfYnl0ZXMYDCABKBJSCmNhY2hlQnl0ZXMSLgoTY2FzdF9sYXRlbmN5X2ZyYW1lcxgNIAEo" +
            "EVIRY2FzdExhdGVuY3lGcmFtZXMSMAoUc3RvcmVfbGF0ZW5jeV9mcmFtZXMYDiABKBFSEnN0b3JlTGF0ZW5jeUZyYW1lcxIy" +
            "CgdidWRnZXRzGA8gASgLMhgubHVtb24ucmVwbGF5LnYxLkJ1ZGdldHNSB2J1ZGdldHMSMgoHdmFyaWFudBgQIAEoDjIYLmx1" +
            "bW9uLnJlcGxheS52MS5WYXJpYW50Ugd2YXJpYW50Il8KB0J1ZGdldHMSGwoJcGVyX2xldmVsGAEgAygRUghwZXJMZXZlbBIU" +
            "CgV0b3RhbBgCIAEoEVIFdG90YWwSIQoMdXBsb2FkX2J5dGVzGAMgASgSUgt1cGxvYWRCeXRlcyo7CgdWYXJpYW50EhUKEVZB" +
            "UklBTlRfUkVGRVJFTkNFEAASGQoVVkFSSUFOVF9MVU1PTl8yMDI2XzAxEAFCCroCB01lc3NhZ2ViBnByb3RvMw==";
        internal const string @frame =
            "CtUGChxsdW1vbi9yZXBsYXkvdjEvY29uZmlnLnByb3RvEg9sdW1vbi5yZXBsYXkudjEi8QQKDUNvbmZpZ3VyYXRpb24SJQoO" +
            "Zm9ybWF0X3ZlcnNpb24YASABKA1SDWZvcm1hdFZlcnNpb24SDgoCaWQYAiABKA1SAmlkEh0KCndvcmxkX3NlZWQYAyABKAZS" +
            "CXdvcmxkU2VlZBIuChNjaHVua3Nfc3RhcnRfbG9hZGVkGAQgASgIUhFjaHVua3NTdGFydExvYWRlZBIlCg5sYXlvdXRfdmVy" +
            "c2lvbhgFIAEoDVINbGF5b3V0VmVyc2lvbhIhCgxiYXNlX3NwYWNpbmcYBiABKAFSC2Jhc2VTcGFjaW5nEh4KCnJlc29sdXRp" +
            "b24YByABKBFSCnJlc29sdXRpb24SFgoGbGV2ZWxzGAggASgRUgZsZXZlbHMSKwoRcmVhbmNob3JfZGlzdGFuY2UYCSABKAFS" +
            "EHJlYW5jaG9yRGlzdGFuY2USHwoLcmVnaW9uX2VkZ2UYCiABKBFSCnJlZ2lvbkVkZ2USHwoLbmVhcl9sZXZlbHMYCyABKBFS" +
            "Cm5lYXJMZXZlbHMSHwoLY2FjaGVfYnl0ZXMYDCABKBJSCmNhY2hlQnl0ZXMSLgoTY2FzdF9sYXRlbmN5X2ZyYW1lcxgNIAEo" +
            "EVIRY2FzdExhdGVuY3lGcmFtZXMSMAoUc3RvcmVfbGF0ZW5jeV9mcmFtZXMYDiABKBFSEnN0b3JlTGF0ZW5jeUZyYW1lcxIy" +
            "CgdidWRnZXRzGA8gASgLMhgubHVtb24ucmVwbGF5LnYxLkJ1ZGdldHNSB2J1ZGdldHMSMgoHdmFyaWFudBgQIAEoDjIYLmx1" +
            "bW9uLnJlcGxheS52MS5WYXJpYW50Ugd2YXJpYW50Il8KB0J1ZGdldHMSGwoJcGVyX2xldmVsGAEgAygRUghwZXJMZXZlbBIU" +
            "CgV0b3RhbBgCIAEoEVIFdG90YWwSIQoMdXBsb2FkX2J5dGVzGAMgASgSUgt1cGxvYWRCeXRlcyo7CgdWYXJpYW50EhUKEVZB" +
            "UklBTlRfUkVGRVJFTkNFEAASGQoVVkFSSUFOVF9MVU1PTl8yMDI2XzAxEAFCCroCB01lc3NhZ2ViBnByb3RvMwrwBAobbHVt" +
            "b24vcmVwbGF5L3YxL2ZyYW1lLnByb3RvEg9sdW1vbi5yZXBsYXkudjEaHGx1bW9uL3JlcGxheS92MS9jb25maWcucHJvdG8i" +
            "lAMKBUZyYW1lEhQKBWZyYW1lGAEgASgNUgVmcmFtZRIkCg5lbmdpbmVfdGltZV9ucxgCIAEoElIMZW5naW5lVGltZU5zEhgK" +
            "B3Nlc3Npb24YAyABKA1SB3Nlc3Npb24SMgoIcG9zaXRpb24YBCABKAsyFi5sdW1vbi5yZXBsYXkudjEuUG9pbnRSCHBvc2l0" +
            "aW9uEj0KC29yaWVudGF0aW9uGAUgASgLMhsubHVtb24ucmVwbGF5LnYxLlF1YXRlcm5pb25SC29yaWVudGF0aW9uEiIKDWZp" +
            "ZWxkX29mX3ZpZXcYBiABKAFSC2ZpZWxkT2ZWaWV3EjIKB2J1ZGdldHMYByABKAsyGC5sdW1vbi5yZXBsYXkudjEuQnVkZ2V0" +
            "c1IHYnVkZ2V0cxJFChJzZWxlY3Rpb25fcG9zaXRpb24YCCABKAsyFi5sdW1vbi5yZXBsYXkudjEuUG9pbnRSEXNlbGVjdGlv" +
            "blBvc2l0aW9uEiMKDW1pc3NlZF9mcmFtZXMYCSABKA1SDG1pc3NlZEZyYW1lcyIxCgVQb2ludBIMCgF4GAEgASgBUgF4EgwK" +
            "AXkYAiABKAFSAXkSDAoBehgDIAEoAVIBeiJECgpRdWF0ZXJuaW9uEgwKAXgYASABKAFSAXgSDAoBeRgCIAEoAVIBeRIMCgF6" +
            "GAMgASgBUgF6EgwKAXcYBCABKAFSAXdCCroCB01lc3NhZ2ViBnByb3RvMw==";
        internal const string @event =
            "CtUGChxsdW1vbi9yZXBsYXkvdjEvY29uZmlnLnByb3RvEg9sdW1vbi5yZXBsYXkudjEi8QQKDUNvbmZpZ3VyYXRpb24SJQoO" +
            "Zm9ybWF0X3ZlcnNpb24YASABKA1SDWZvcm1hdFZlcnNpb24SDgoCaWQYAiABKA1SAmlkEh0KCndvcmxkX3NlZWQYAyABKAZS" +
            "CXdvcmxkU2VlZBIuChNjaHVua3Nfc3RhcnRfbG9hZGVkGAQgASgIUhFjaHVua3NTdGFydExvYWRlZBIlCg5sYXlvdXRfdmVy" +
            "c2lvbhgFIAEoDVINbGF5b3V0VmVyc2lvbhIhCgxiYXNlX3NwYWNpbmcYBiABKAFSC2Jhc2VTcGFjaW5nEh4KCnJlc29sdXRp" +
            "b24YByABKBFSCnJlc29sdXRpb24SFgoGbGV2ZWxzGAggASgRUgZsZXZlbHMSKwoRcmVhbmNob3JfZGlzdGFuY2UYCSABKAFS" +
            "EHJlYW5jaG9yRGlzdGFuY2USHwoLcmVnaW9uX2VkZ2UYCiABKBFSCnJlZ2lvbkVkZ2USHwoLbmVhcl9sZXZlbHMYCyABKBFS" +
            "Cm5lYXJMZXZlbHMSHwoLY2FjaGVfYnl0ZXMYDCABKBJSCmNhY2hlQnl0ZXMSLgoTY2FzdF9sYXRlbmN5X2ZyYW1lcxgNIAEo" +
            "EVIRY2FzdExhdGVuY3lGcmFtZXMSMAoUc3RvcmVfbGF0ZW5jeV9mcmFtZXMYDiABKBFSEnN0b3JlTGF0ZW5jeUZyYW1lcxIy" +
            "CgdidWRnZXRzGA8gASgLMhgubHVtb24ucmVwbGF5LnYxLkJ1ZGdldHNSB2J1ZGdldHMSMgoHdmFyaWFudBgQIAEoDjIYLmx1" +
            "bW9uLnJlcGxheS52MS5WYXJpYW50Ugd2YXJpYW50Il8KB0J1ZGdldHMSGwoJcGVyX2xldmVsGAEgAygRUghwZXJMZXZlbBIU" +
            "CgV0b3RhbBgCIAEoEVIFdG90YWwSIQoMdXBsb2FkX2J5dGVzGAMgASgSUgt1cGxvYWRCeXRlcyo7CgdWYXJpYW50EhUKEVZB" +
            "UklBTlRfUkVGRVJFTkNFEAASGQoVVkFSSUFOVF9MVU1PTl8yMDI2XzAxEAFCCroCB01lc3NhZ2ViBnByb3RvMwrwBAobbHVt" +
            "b24vcmVwbGF5L3YxL2ZyYW1lLnByb3RvEg9sdW1vbi5yZXBsYXkudjEaHGx1bW9uL3JlcGxheS92MS9jb25maWcucHJvdG8i" +
            "lAMKBUZyYW1lEhQKBWZyYW1lGAEgASgNUgVmcmFtZRIkCg5lbmdpbmVfdGltZV9ucxgCIAEoElIMZW5naW5lVGltZU5zEhgK" +
            "B3Nlc3Npb24YAyABKA1SB3Nlc3Npb24SMgoIcG9zaXRpb24YBCABKAsyFi5sdW1vbi5yZXBsYXkudjEuUG9pbnRSCHBvc2l0" +
            "aW9uEj0KC29yaWVudGF0aW9uGAUgASgLMhsubHVtb24ucmVwbGF5LnYxLlF1YXRlcm5pb25SC29yaWVudGF0aW9uEiIKDWZp" +
            "ZWxkX29mX3ZpZXcYBiABKAFSC2ZpZWxkT2ZWaWV3EjIKB2J1ZGdldHMYByABKAsyGC5sdW1vbi5yZXBsYXkudjEuQnVkZ2V0" +
            "c1IHYnVkZ2V0cxJFChJzZWxlY3Rpb25fcG9zaXRpb24YCCABKAsyFi5sdW1vbi5yZXBsYXkudjEuUG9pbnRSEXNlbGVjdGlv" +
            "blBvc2l0aW9uEiMKDW1pc3NlZF9mcmFtZXMYCSABKA1SDG1pc3NlZEZyYW1lcyIxCgVQb2ludBIMCgF4GAEgASgBUgF4EgwK" +
            "AXkYAiABKAFSAXkSDAoBehgDIAEoAVIBeiJECgpRdWF0ZXJuaW9uEgwKAXgYASABKAFSAXgSDAoBeRgCIAEoAVIBeRIMCgF6" +
            "GAMgASgBUgF6EgwKAXcYBCABKAFSAXdCCroCB01lc3NhZ2ViBnByb3RvMwq6EgobbHVtb24vcmVwbGF5L3YxL2V2ZW50LnBy" +
            "b3RvEg9sdW1vbi5yZXBsYXkudjEaG2x1bW9uL3JlcGxheS92MS9mcmFtZS5wcm90byK6BgoFRXZlbnQSFAoFZnJhbWUYASAB" +
            "KA1SBWZyYW1lEhgKB29yZGluYWwYAiABKA1SB29yZGluYWwSTgoNc2Vzc2lvbl9zdGFydBgDIAEoCzInLmx1bW9uLnJlcGxh" +
            "eS52MS5Db25maWd1cmF0aW9uUmVmZXJlbmNlSABSDHNlc3Npb25TdGFydBI+CgtzZXNzaW9uX2VuZBgEIAEoCzIbLmx1bW9u" +
            "LnJlcGxheS52MS5TZXNzaW9uRW5kSABSCnNlc3Npb25FbmQSRwoJY29uZmlndXJlGAUgASgLMicubHVtb24ucmVwbGF5LnYx" +
            "LkNvbmZpZ3VyYXRpb25SZWZlcmVuY2VIAFIJY29uZmlndXJlEisKBGVkaXQYBiABKAsyFS5sdW1vbi5yZXBsYXkudjEuRWRp" +
            "dEgAUgRlZGl0EkEKCmNodW5rX2xvYWQYByABKAsyIC5sdW1vbi5yZXBsYXkudjEuQ2h1bmtDb29yZGluYXRlSABSCWNodW5r" +
            "TG9hZBJFCgxjaHVua191bmxvYWQYCCABKAsyIC5sdW1vbi5yZXBsYXkudjEuQ2h1bmtDb29yZGluYXRlSABSC2NodW5rVW5s" +
            "b2FkEjsKCmludmFsaWRhdGUYCSABKAsyGS5sdW1vbi5yZXBsYXkudjEuV29ybGRCb3hIAFIKaW52YWxpZGF0ZRIuCgVzdG9y" +
            "ZRgKIAEoCzIWLmx1bW9uLnJlcGxheS52MS5TdG9yZUgAUgVzdG9yZRI4CglzdG9yZV9vZmYYCyABKAsyGS5sdW1vbi5yZXBs" +
            "YXkudjEuU3RvcmVPZmZIAFIIc3RvcmVPZmYSQQoMc3RvcmVfZGFtYWdlGAwgASgLMhwubHVtb24ucmVwbGF5LnYxLlN0b3Jl" +
            "RGFtYWdlSABSC3N0b3JlRGFtYWdlEkwKEndyaXRlX2JhY2tfZHJvcHBlZBgNIAEoCzIcLmx1bW9uLnJlcGxheS52MS5TdG9y" +
            "ZVJvd0tleUgAUhB3cml0ZUJhY2tEcm9wcGVkEjEKBmVuZ2luZRgOIAEoCzIXLmx1bW9uLnJlcGxheS52MS5FbmdpbmVIAFIG" +
            "ZW5naW5lQgYKBGtpbmQiNQoWQ29uZmlndXJhdGlvblJlZmVyZW5jZRIbCgljb25maWdfaWQYASABKA1SCGNvbmZpZ0lkIgwK" +
            "ClNlc3Npb25FbmQiTwoERWRpdBIrCgNib3gYASABKAsyGS5sdW1vbi5yZXBsYXkudjEuVm94ZWxCb3hSA2JveBIaCghtYXRl" +
            "cmlhbBgCIAEoDVIIbWF0ZXJpYWwiegoIVm94ZWxCb3gSNgoFbG93ZXIYASABKAsyIC5sdW1vbi5yZXBsYXkudjEuVm94ZWxD" +
            "b29yZGluYXRlUgVsb3dlchI2CgV1cHBlchgCIAEoCzIgLmx1bW9uLnJlcGxheS52MS5Wb3hlbENvb3JkaW5hdGVSBXVwcGVy" +
            "IjsKD1ZveGVsQ29vcmRpbmF0ZRIMCgF4GAEgASgSUgF4EgwKAXkYAiABKBJSAXkSDAoBehgDIAEoElIBeiI7Cg9DaHVua0Nv" +
            "b3JkaW5hdGUSDAoBeBgBIAEoElIBeBIMCgF5GAIgASgSUgF5EgwKAXoYAyABKBJSAXoiZgoIV29ybGRCb3gSLAoFbG93ZXIY" +
            "ASABKAsyFi5sdW1vbi5yZXBsYXkudjEuUG9pbnRSBWxvd2VyEiwKBXVwcGVyGAIgASgLMhYubHVtb24ucmVwbGF5LnYxLlBv" +
            "aW50UgV1cHBlciJpCgVTdG9yZRIkCg5zaXplX2NhcF9ieXRlcxgBIAEoA1IMc2l6ZUNhcEJ5dGVzEjoKCGNvbnRlbnRzGAIg" +
            "ASgLMh4ubHVtb24ucmVwbGF5LnYxLlN0b3JlQ29udGVudHNSCGNvbnRlbnRzIqwBCg1TdG9yZUNvbnRlbnRzEhQKBWNsb2Nr" +
            "GAEgASgDUgVjbG9jaxItCgRyb3dzGAIgAygLMhkubHVtb24ucmVwbGF5LnYxLlN0b3JlUm93UgRyb3dzEjMKBndvcmxkcxgD" +
            "IAMoCzIbLmx1bW9uLnJlcGxheS52MS5TdG9yZVdvcmxkUgZ3b3JsZHMSIQoMZGFtYWdlZF9yb3dzGAQgASgNUgtkYW1hZ2Vk" +
            "Um93cyKtAQoIU3RvcmVSb3cSLgoDa2V5GAEgASgLMhwubHVtb24ucmVwbGF5LnYxLlN0b3JlUm93S2V5UgNrZXkSFAoFY2xv" +
            "Y2sYAiABKANSBWNsb2NrEhgKB3ByZXNlbnQYAyADKAZSB3ByZXNlbnQSFgoGZGlnZXN0GAQgASgGUgZkaWdlc3QSHQoHY29u" +
            "dGVudBgFIAEoDEgAUgdjb250ZW50iAEBQgoKCF9jb250ZW50Iu4BCgtTdG9yZVJvd0tleRISCgRzZWVkGAEgASgGUgRzZWVk" +
            "EiUKDmxheW91dF92ZXJzaW9uGAIgASgNUg1sYXlvdXRWZXJzaW9uEiAKC2ZpbmdlcnByaW50GAMgASgGUgtmaW5nZXJwcmlu" +
            "dBIhCgxiYXNlX3NwYWNpbmcYBCABKAFSC2Jhc2VTcGFjaW5nEh8KC3JlZ2lvbl9lZGdlGAUgASgFUgpyZWdpb25FZGdlEhQK" +
            "BWxldmVsGAYgASgNUgVsZXZlbBIMCgF4GAcgASgRUgF4EgwKAXkYCCABKBFSAXkSDAoBehgJIAEoEVIBeiI2CgpTdG9yZVdv" +
            "cmxkEhIKBHNlZWQYASABKAZSBHNlZWQSFAoFZWRpdHMYAiABKAZSBWVkaXRzIgoKCFN0b3JlT2ZmIk0KC1N0b3JlRGFtYWdl" +
            "EhQKBWxldmVsGAEgASgNUgVsZXZlbBIMCgF4GAIgASgRUgF4EgwKAXkYAyABKBFSAXkSDAoBehgEIAEoEVIBeiJaCgZFbmdp" +
            "bmUSEgoEbmFtZRgBIAEoCVIEbmFtZRIWCgZzdGFnZXMYAiADKAlSBnN0YWdlcxIkCg5oYXNfb3duX3ZveGVscxgDIAEoCFIM" +
            "aGFzT3duVm94ZWxzQgq6AgdNZXNzYWdlYgZwcm90bzM=";
        internal const string @work =
            "CtUGChxsdW1vbi9yZXBsYXkvdjEvY29uZmlnLnByb3RvEg9sdW1vbi5yZXBsYXkudjEi8QQKDUNvbmZpZ3VyYXRpb24SJQoO" +
            "Zm9ybWF0X3ZlcnNpb24YASABKA1SDWZvcm1hdFZlcnNpb24SDgoCaWQYAiABKA1SAmlkEh0KCndvcmxkX3NlZWQYAyABKAZS" +
            "CXdvcmxkU2VlZBIuChNjaHVua3Nfc3RhcnRfbG9hZGVkGAQgASgIUhFjaHVua3NTdGFydExvYWRlZBIlCg5sYXlvdXRfdmVy" +
            "c2lvbhgFIAEoDVINbGF5b3V0VmVyc2lvbhIhCgxiYXNlX3NwYWNpbmcYBiABKAFSC2Jhc2VTcGFjaW5nEh4KCnJlc29sdXRp" +
            "b24YByABKBFSCnJlc29sdXRpb24SFgoGbGV2ZWxzGAggASgRUgZsZXZlbHMSKwoRcmVhbmNob3JfZGlzdGFuY2UYCSABKAFS" +
            "EHJlYW5jaG9yRGlzdGFuY2USHwoLcmVnaW9uX2VkZ2UYCiABKBFSCnJlZ2lvbkVkZ2USHwoLbmVhcl9sZXZlbHMYCyABKBFS" +
            "Cm5lYXJMZXZlbHMSHwoLY2FjaGVfYnl0ZXMYDCABKBJSCmNhY2hlQnl0ZXMSLgoTY2FzdF9sYXRlbmN5X2ZyYW1lcxgNIAEo" +
            "EVIRY2FzdExhdGVuY3lGcmFtZXMSMAoUc3RvcmVfbGF0ZW5jeV9mcmFtZXMYDiABKBFSEnN0b3JlTGF0ZW5jeUZyYW1lcxIy" +
            "CgdidWRnZXRzGA8gASgLMhgubHVtb24ucmVwbGF5LnYxLkJ1ZGdldHNSB2J1ZGdldHMSMgoHdmFyaWFudBgQIAEoDjIYLmx1" +
            "bW9uLnJlcGxheS52MS5WYXJpYW50Ugd2YXJpYW50Il8KB0J1ZGdldHMSGwoJcGVyX2xldmVsGAEgAygRUghwZXJMZXZlbBIU" +
            "CgV0b3RhbBgCIAEoEVIFdG90YWwSIQoMdXBsb2FkX2J5dGVzGAMgASgSUgt1cGxvYWRCeXRlcyo7CgdWYXJpYW50EhUKEVZB" +
            "UklBTlRfUkVGRVJFTkNFEAASGQoVVkFSSUFOVF9MVU1PTl8yMDI2XzAxEAFCCroCB01lc3NhZ2ViBnByb3RvMwrwBAobbHVt" +
            "b24vcmVwbGF5L3YxL2ZyYW1lLnByb3RvEg9sdW1vbi5yZXBsYXkudjEaHGx1bW9uL3JlcGxheS92MS9jb25maWcucHJvdG8i" +
            "lAMKBUZyYW1lEhQKBWZyYW1lGAEgASgNUgVmcmFtZRIkCg5lbmdpbmVfdGltZV9ucxgCIAEoElIMZW5naW5lVGltZU5zEhgK" +
            "B3Nlc3Npb24YAyABKA1SB3Nlc3Npb24SMgoIcG9zaXRpb24YBCABKAsyFi5sdW1vbi5yZXBsYXkudjEuUG9pbnRSCHBvc2l0" +
            "aW9uEj0KC29yaWVudGF0aW9uGAUgASgLMhsubHVtb24ucmVwbGF5LnYxLlF1YXRlcm5pb25SC29yaWVudGF0aW9uEiIKDWZp" +
            "ZWxkX29mX3ZpZXcYBiABKAFSC2ZpZWxkT2ZWaWV3EjIKB2J1ZGdldHMYByABKAsyGC5sdW1vbi5yZXBsYXkudjEuQnVkZ2V0" +
            "c1IHYnVkZ2V0cxJFChJzZWxlY3Rpb25fcG9zaXRpb24YCCABKAsyFi5sdW1vbi5yZXBsYXkudjEuUG9pbnRSEXNlbGVjdGlv" +
            "blBvc2l0aW9uEiMKDW1pc3NlZF9mcmFtZXMYCSABKA1SDG1pc3NlZEZyYW1lcyIxCgVQb2ludBIMCgF4GAEgASgBUgF4EgwK" +
            "AXkYAiABKAFSAXkSDAoBehgDIAEoAVIBeiJECgpRdWF0ZXJuaW9uEgwKAXgYASABKAFSAXgSDAoBeRgCIAEoAVIBeRIMCgF6" +
            "GAMgASgBUgF6EgwKAXcYBCABKAFSAXdCCroCB01lc3NhZ2ViBnByb3RvMwq6EgobbHVtb24vcmVwbGF5L3YxL2V2ZW50LnBy" +
            "b3RvEg9sdW1vbi5yZXBsYXkudjEaG2x1bW9uL3JlcGxheS92MS9mcmFtZS5wcm90byK6BgoFRXZlbnQSFAoFZnJhbWUYASAB" +
            "KA1SBWZyYW1lEhgKB29yZGluYWwYAiABKA1SB29yZGluYWwSTgoNc2Vzc2lvbl9zdGFydBgDIAEoCzInLmx1bW9uLnJlcGxh" +
            "eS52MS5Db25maWd1cmF0aW9uUmVmZXJlbmNlSABSDHNlc3Npb25TdGFydBI+CgtzZXNzaW9uX2VuZBgEIAEoCzIbLmx1bW9u" +
            "LnJlcGxheS52MS5TZXNzaW9uRW5kSABSCnNlc3Npb25FbmQSRwoJY29uZmlndXJlGAUgASgLMicubHVtb24ucmVwbGF5LnYx" +
            "LkNvbmZpZ3VyYXRpb25SZWZlcmVuY2VIAFIJY29uZmlndXJlEisKBGVkaXQYBiABKAsyFS5sdW1vbi5yZXBsYXkudjEuRWRp" +
            "dEgAUgRlZGl0EkEKCmNodW5rX2xvYWQYByABKAsyIC5sdW1vbi5yZXBsYXkudjEuQ2h1bmtDb29yZGluYXRlSABSCWNodW5r" +
            "TG9hZBJFCgxjaHVua191bmxvYWQYCCABKAsyIC5sdW1vbi5yZXBsYXkudjEuQ2h1bmtDb29yZGluYXRlSABSC2NodW5rVW5s" +
            "b2FkEjsKCmludmFsaWRhdGUYCSABKAsyGS5sdW1vbi5yZXBsYXkudjEuV29ybGRCb3hIAFIKaW52YWxpZGF0ZRIuCgVzdG9y" +
            "ZRgKIAEoCzIWLmx1bW9uLnJlcGxheS52MS5TdG9yZUgAUgVzdG9yZRI4CglzdG9yZV9vZmYYCyABKAsyGS5sdW1vbi5yZXBs" +
            "YXkudjEuU3RvcmVPZmZIAFIIc3RvcmVPZmYSQQoMc3RvcmVfZGFtYWdlGAwgASgLMhwubHVtb24ucmVwbGF5LnYxLlN0b3Jl" +
            "RGFtYWdlSABSC3N0b3JlRGFtYWdlEkwKEndyaXRlX2JhY2tfZHJvcHBlZBgNIAEoCzIcLmx1bW9uLnJlcGxheS52MS5TdG9y" +
            "ZVJvd0tleUgAUhB3cml0ZUJhY2tEcm9wcGVkEjEKBmVuZ2luZRgOIAEoCzIXLmx1bW9uLnJlcGxheS52MS5FbmdpbmVIAFIG" +
            "ZW5naW5lQgYKBGtpbmQiNQoWQ29uZmlndXJhdGlvblJlZmVyZW5jZRIbCgljb25maWdfaWQYASABKA1SCGNvbmZpZ0lkIgwK" +
            "ClNlc3Npb25FbmQiTwoERWRpdBIrCgNib3gYASABKAsyGS5sdW1vbi5yZXBsYXkudjEuVm94ZWxCb3hSA2JveBIaCghtYXRl" +
            "cmlhbBgCIAEoDVIIbWF0ZXJpYWwiegoIVm94ZWxCb3gSNgoFbG93ZXIYASABKAsyIC5sdW1vbi5yZXBsYXkudjEuVm94ZWxD" +
            "b29yZGluYXRlUgVsb3dlchI2CgV1cHBlchgCIAEoCzIgLmx1bW9uLnJlcGxheS52MS5Wb3hlbENvb3JkaW5hdGVSBXVwcGVy" +
            "IjsKD1ZveGVsQ29vcmRpbmF0ZRIMCgF4GAEgASgSUgF4EgwKAXkYAiABKBJSAXkSDAoBehgDIAEoElIBeiI7Cg9DaHVua0Nv" +
            "b3JkaW5hdGUSDAoBeBgBIAEoElIBeBIMCgF5GAIgASgSUgF5EgwKAXoYAyABKBJSAXoiZgoIV29ybGRCb3gSLAoFbG93ZXIY" +
            "ASABKAsyFi5sdW1vbi5yZXBsYXkudjEuUG9pbnRSBWxvd2VyEiwKBXVwcGVyGAIgASgLMhYubHVtb24ucmVwbGF5LnYxLlBv" +
            "aW50UgV1cHBlciJpCgVTdG9yZRIkCg5zaXplX2NhcF9ieXRlcxgBIAEoA1IMc2l6ZUNhcEJ5dGVzEjoKCGNvbnRlbnRzGAIg" +
            "ASgLMh4ubHVtb24ucmVwbGF5LnYxLlN0b3JlQ29udGVudHNSCGNvbnRlbnRzIqwBCg1TdG9yZUNvbnRlbnRzEhQKBWNsb2Nr" +
            "GAEgASgDUgVjbG9jaxItCgRyb3dzGAIgAygLMhkubHVtb24ucmVwbGF5LnYxLlN0b3JlUm93UgRyb3dzEjMKBndvcmxkcxgD" +
            "IAMoCzIbLmx1bW9uLnJlcGxheS52MS5TdG9yZVdvcmxkUgZ3b3JsZHMSIQoMZGFtYWdlZF9yb3dzGAQgASgNUgtkYW1hZ2Vk" +
            "Um93cyKtAQoIU3RvcmVSb3cSLgoDa2V5GAEgASgLMhwubHVtb24ucmVwbGF5LnYxLlN0b3JlUm93S2V5UgNrZXkSFAoFY2xv" +
            "Y2sYAiABKANSBWNsb2NrEhgKB3ByZXNlbnQYAyADKAZSB3ByZXNlbnQSFgoGZGlnZXN0GAQgASgGUgZkaWdlc3QSHQoHY29u" +
            "dGVudBgFIAEoDEgAUgdjb250ZW50iAEBQgoKCF9jb250ZW50Iu4BCgtTdG9yZVJvd0tleRISCgRzZWVkGAEgASgGUgRzZWVk" +
            "EiUKDmxheW91dF92ZXJzaW9uGAIgASgNUg1sYXlvdXRWZXJzaW9uEiAKC2ZpbmdlcnByaW50GAMgASgGUgtmaW5nZXJwcmlu" +
            "dBIhCgxiYXNlX3NwYWNpbmcYBCABKAFSC2Jhc2VTcGFjaW5nEh8KC3JlZ2lvbl9lZGdlGAUgASgFUgpyZWdpb25FZGdlEhQK" +
            "BWxldmVsGAYgASgNUgVsZXZlbBIMCgF4GAcgASgRUgF4EgwKAXkYCCABKBFSAXkSDAoBehgJIAEoEVIBeiI2CgpTdG9yZVdv" +
            "cmxkEhIKBHNlZWQYASABKAZSBHNlZWQSFAoFZWRpdHMYAiABKAZSBWVkaXRzIgoKCFN0b3JlT2ZmIk0KC1N0b3JlRGFtYWdl" +
            "EhQKBWxldmVsGAEgASgNUgVsZXZlbBIMCgF4GAIgASgRUgF4EgwKAXkYAyABKBFSAXkSDAoBehgEIAEoEVIBeiJaCgZFbmdp" +
            "bmUSEgoEbmFtZRgBIAEoCVIEbmFtZRIWCgZzdGFnZXMYAiADKAlSBnN0YWdlcxIkCg5oYXNfb3duX3ZveGVscxgDIAEoCFIM" +
            "aGFzT3duVm94ZWxzQgq6AgdNZXNzYWdlYgZwcm90bzMKkwYKGmx1bW9uL3JlcGxheS92MS93b3JrLnByb3RvEg9sdW1vbi5y" +
            "ZXBsYXkudjEaG2x1bW9uL3JlcGxheS92MS9ldmVudC5wcm90byK9AgoEV29yaxIUCgVmcmFtZRgBIAEoDVIFZnJhbWUSHAoJ" +
            "Y29tcGxldGVkGAIgAygSUgljb21wbGV0ZWQSGgoIb3V0Y29tZXMYAyADKA1SCG91dGNvbWVzEhoKCHBheWxvYWRzGAQgAygG" +
            "UghwYXlsb2FkcxJACg1zdG9yZV9yZXBsaWVzGAUgAygLMhsubHVtb24ucmVwbGF5LnYxLlN0b3JlUmVwbHlSDHN0b3JlUmVw" +
            "bGllcxIYCgdjbGFpbWVkGAYgAygSUgdjbGFpbWVkEiEKDGNsYWltX3N0YWdlcxgHIAMoDVILY2xhaW1TdGFnZXMSGgoIYWNj" +
            "ZXB0ZWQYCCADKBJSCGFjY2VwdGVkEhgKB3JlZnVzZWQYCSADKBJSB3JlZnVzZWQSFAoFc29saWQYCiADKBJSBXNvbGlkIuoB" +
            "CgpTdG9yZVJlcGx5EhgKB3JlcXVlc3QYASABKARSB3JlcXVlc3QSNgoFaW5kZXgYAiABKAsyHi5sdW1vbi5yZXBsYXkudjEu" +
            "U3RvcmVDb250ZW50c0gAUgVpbmRleBIYCgZyZWdpb24YAyABKAxIAFIGcmVnaW9uEjEKBmFic2VudBgEIAEoCzIXLmx1bW9u" +
            "LnJlcGxheS52MS5BYnNlbnRIAFIGYWJzZW50EjQKB2RhbWFnZWQYBSABKAsyGC5sdW1vbi5yZXBsYXkudjEuRGFtYWdlZEgA" +
            "UgdkYW1hZ2VkQgcKBXJlcGx5IggKBkFic2VudCIJCgdEYW1hZ2VkKnEKB091dGNvbWUSEwoPT1VUQ09NRV9VTktOT1dOEAAS" +
            "EwoPT1VUQ09NRV9TVUNDRVNTEAESEwoPT1VUQ09NRV9BQk9SVEVEEAISEgoOT1VUQ09NRV9GQUlMRUQQAxITCg9PVVRDT01F" +
            "X0RST1BQRUQQBEIKugIHTWVzc2FnZWIGcHJvdG8z";
        internal const string @checkpoint =
            "CtsBCiBsdW1vbi9yZXBsYXkvdjEvY2hlY2twb2ludC5wcm90bxIPbHVtb24ucmVwbGF5LnYxIpEBCgpDaGVja3BvaW50EhQK" +
            "BWZyYW1lGAEgASgNUgVmcmFtZRIlCg5kaWdlc3RfdmVyc2lvbhgCIAEoDVINZGlnZXN0VmVyc2lvbhIWCgZzdGFnZXMYAyAD" +
            "KAZSBnN0YWdlcxIWCgZsZXZlbHMYBCADKAZSBmxldmVscxIWCgZkaWdlc3QYBSABKAxSBmRpZ2VzdEIKugIHTWVzc2FnZWIG" +
            "cHJvdG8z";
        internal const string @snapshot =
            "CpUBCh5sdW1vbi9yZXBsYXkvdjEvc25hcHNob3QucHJvdG8SD2x1bW9uLnJlcGxheS52MSJOCghTbmFwc2hvdBIUCgVmcmFt" +
            "ZRgBIAEoDVIFZnJhbWUSFgoGZm9ybWF0GAIgASgJUgZmb3JtYXQSFAoFc3RhdGUYAyABKAxSBXN0YXRlQgq6AgdNZXNzYWdl" +
            "YgZwcm90bzM=";
        // </schemas>
    }
}

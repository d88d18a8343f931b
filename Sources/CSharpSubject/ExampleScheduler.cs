// An engine behind the subject host, as an example: a scheduler of probe updates without voxels. CSharpSubject.md says what it has,
// and where it is not the model.
//
//     mono LumonSubject.exe [--order manhattan|model]
using System;
using System.Collections.Generic;
using LumonReplay;

/// <summary>How the probes of one level are ordered that may be updated.</summary>
public enum SchedulerOrder
{
    /// <summary>The engine's own: sum of the distances along the axes, then linear index in the window.</summary>
    Manhattan,
    /// <summary>As the model does: squared distance, then linear index in the window.</summary>
    Model,
}

/// <summary>
/// A clipmap of probes that are brought up to date, the nearest first: snap, shift, dirty and select are stages of the model's, ring is
/// its own. Every update succeeds, a number of frames after it was selected. There are no voxels, no payloads, no cache and no store.
/// </summary>
/// <remarks>A frame costs O(cells), and the sorting of those that may be selected.</remarks>
public sealed class ExampleScheduler : LumonSubjectEngine
{
    private const byte SnapTag = 0x81, ShiftTag = 0x82, DirtyTag = 0x84, SelectTag = 0x85;
    /// <summary>The model's tags end with 0x88, and its levels have 0xA0.</summary>
    private const byte RingTag = 0xC0;
    private const int UploadBytesPerProbe = 64;
    private const int Selected = 0, Completed = 1, Dropped = 2;

    private readonly SchedulerOrder order;
    private readonly LumonCanonicalBytes bytes = new LumonCanonicalBytes();
    /// <summary>As it is used: within its bounds. Null while no session runs.</summary>
    private LumonConfiguration configuration;
    private SchedulerLevel[] levels = { };
    private UpdateRing ring = new UpdateRing();
    private ulong nextSerial;
    private ulong[,] counts;

    public ExampleScheduler(SchedulerOrder order) { this.order = order; }

    public override LumonSubjectDescription Describe()
    {
        return new LumonSubjectDescription
        {
            // Two orders are two engines: each has goldens of its own.
            Name = order == SchedulerOrder.Model ? "scheduler-model" : "scheduler-manhattan",
            Version = "1.0",
            Stages = new[]
            {
                new LumonSubjectStage("snap"),
                new LumonSubjectStage("shift", "windows", "S"),
                new LumonSubjectStage("dirty", "S"),
                new LumonSubjectStage("select", "selected", "S"),
                new LumonSubjectStage("ring"),
            },
            StateFields = new[] { "level", "lifecycle", "flags", "cell", "lastUpdated" },
            Payloads = LumonPayloadKind.None,
            HasLevels = true,
            GivesRecords = true,
            Counters = new[] { "selected", "completed", "dropped" },
        };
    }

    public override void Begin(LumonRun run)
    {
        if (run.IsLive) throw new LumonRefusal("the run is a live one; this scheduler completes updates when they are due");
        configuration = null;
        levels = new SchedulerLevel[0];
        ring = new UpdateRing();
        nextSerial = 1;
    }

    public override void Step(LumonFrameInput frame, LumonFrameResult result)
    {
        if (frame.Snapshot != null)
            throw new LumonRefusal("frame " + frame.Frame + " has a snapshot of the format '" + frame.Snapshot.Format
                + "'; expected a run from its start");
        FrameChanges changes = Apply(frame);
        Snap(frame, changes);
        Close(0, frame, result);
        Shift();
        Close(1, frame, result);
        Dirty(changes);
        Close(2, frame, result);
        Select(frame.Frame);
        Close(3, frame, result);
        RunRing(frame.Frame);
        Close(4, frame, result);
        foreach (SchedulerLevel level in levels)
        {
            result.Levels.Add(level.Digest());
            if (frame.WantsRecords) level.AppendRecords(result.States);
        }
        result.CountLevels = levels.Length;
        foreach (ulong count in counts) result.Counters.Add(count);
    }

    private void Close(int stage, LumonFrameInput frame, LumonFrameResult result)
    {
        result.Stages[stage] = bytes.Digest64();
        if (frame.WantsRecords) result.StageBytes.Add(bytes.ToArray());
    }

    private void Open(byte tag)
    {
        bytes.Reset();
        bytes.U8(tag);
    }

    /// <summary>The part S.</summary>
    private void AppendStates()
    {
        bytes.U32((uint)levels.Length);
        foreach (SchedulerLevel level in levels) bytes.U64(level.StateSum.Value);
    }

    // Input. It is no stage of this engine's: it has no digest.

    private sealed class FrameChanges
    {
        internal bool EndsSession, Rebuilds, ChangesLayout;
        /// <summary>Pairs of corners.</summary>
        internal readonly List<LumonPoint> Boxes = new List<LumonPoint>();
    }

    private FrameChanges Apply(LumonFrameInput frame)
    {
        FrameChanges changes = new FrameChanges();
        foreach (LumonEvent happened in frame.Events)
        {
            switch (happened.Kind)
            {
                case LumonEventKind.SessionStart:
                    changes.EndsSession = changes.EndsSession || configuration != null;
                    changes.Rebuilds = true;
                    configuration = Effective(happened.Configuration);
                    break;
                case LumonEventKind.SessionEnd:
                    changes.EndsSession = true;
                    configuration = null;
                    break;
                case LumonEventKind.Configure:
                    if (configuration == null) throw new LumonRefusal("a configuration changes while no session runs");
                    LumonConfiguration before = configuration;
                    configuration = Effective(happened.Configuration);
                    changes.Rebuilds = changes.Rebuilds || configuration.BaseSpacing != before.BaseSpacing
                        || configuration.Resolution != before.Resolution || configuration.Levels != before.Levels;
                    changes.ChangesLayout = changes.ChangesLayout || configuration.LayoutVersion != before.LayoutVersion;
                    break;
                case LumonEventKind.Edit:
                    changes.Boxes.Add(new LumonPoint(happened.Lower.X, happened.Lower.Y, happened.Lower.Z));
                    changes.Boxes.Add(new LumonPoint(happened.Upper.X, happened.Upper.Y, happened.Upper.Z));
                    break;
                case LumonEventKind.ChunkLoad:
                case LumonEventKind.ChunkUnload:
                    LumonCoordinate chunk = happened.Lower;
                    changes.Boxes.Add(new LumonPoint(32.0 * chunk.X, 32.0 * chunk.Y, 32.0 * chunk.Z));
                    changes.Boxes.Add(new LumonPoint(32.0 * chunk.X + 32, 32.0 * chunk.Y + 32, 32.0 * chunk.Z + 32));
                    break;
                case LumonEventKind.Invalidate:
                    changes.Boxes.Add(happened.BoxLower);
                    changes.Boxes.Add(happened.BoxUpper);
                    break;
                default: break;  // What is said of stores and of engines is nothing to an engine without a store.
            }
        }
        if (frame.Budgets != null && configuration != null) configuration.Budgets = Effective(frame.Budgets, configuration.Levels);
        return changes;
    }

    /// <summary>Within its bounds, as the model has them; the host's own stays as it is.</summary>
    private static LumonConfiguration Effective(LumonConfiguration given)
    {
        if (given.Variant != 0) throw new LumonRefusal("the configuration is of the variant " + given.Variant + "; expected 0, the reference");
        int levelCount = Clamp(given.Levels, 1, 8);
        return new LumonConfiguration
        {
            LayoutVersion = given.LayoutVersion,
            BaseSpacing = Math.Min(Math.Max(given.BaseSpacing, 0.25), 64),
            Resolution = Clamp(given.Resolution, 8, 128),
            Levels = levelCount,
            ReanchorDistance = Math.Min(Math.Max(given.ReanchorDistance, 0), 64),
            CastLatencyFrames = Clamp(given.CastLatencyFrames, 0, 255),
            Budgets = Effective(given.Budgets, levelCount),
        };
    }

    private static LumonBudgets Effective(LumonBudgets given, int levelCount)
    {
        int[] perLevel = new int[levelCount];
        for (int level = 0; level < levelCount; level++)
        {
            perLevel[level] = level < given.PerLevel.Length
                ? Clamp(given.PerLevel[level], 0, 65536)
                : Math.Max(1, (level == 0 ? 0 : perLevel[level - 1]) >> 1);
        }
        return new LumonBudgets
        {
            PerLevel = perLevel, Total = Clamp(given.Total, 0, 65536),
            UploadBytes = Math.Min(Math.Max(given.UploadBytes, 0), 1 << 30),
        };
    }

    private static int Clamp(int value, int low, int high) { return Math.Min(Math.Max(value, low), high); }

    // Snap: the camera's cell and the anchor of every level. A session's start and a rebuild make the levels anew.

    private void Snap(LumonFrameInput frame, FrameChanges changes)
    {
        if (configuration == null || changes.EndsSession)
        {
            levels = new SchedulerLevel[0];
            ring.Clear();
        }
        if (configuration != null && changes.Rebuilds)
        {
            // What is under way stays in the ring: its serial is that of no probe any more.
            levels = new SchedulerLevel[configuration.Levels];
            for (int level = 0; level < levels.Length; level++)
                levels[level] = new SchedulerLevel((byte)level, configuration.BaseSpacing, configuration.Resolution);
        }
        counts = new ulong[3, levels.Length];
        Open(SnapTag);
        if (configuration == null) return;
        SchedulerCell finest = SchedulerCell.Containing(frame.Position, configuration.BaseSpacing, configuration.Resolution);
        foreach (SchedulerLevel level in levels)
        {
            level.Snap(frame.Position, finest, configuration.ReanchorDistance);
            bytes.Cell(level.CameraCell.X, level.CameraCell.Y, level.CameraCell.Z);
            bytes.Cell(level.Anchor.X, level.Anchor.Y, level.Anchor.Z);
        }
    }

    // Shift: every window moves to its anchor.

    private void Shift()
    {
        Open(ShiftTag);
        foreach (SchedulerLevel level in levels)
        {
            bytes.U8((byte)(level.HasWindow ? 1 : 0));
            if (level.HasWindow) bytes.Cell(level.Minimum.X, level.Minimum.Y, level.Minimum.Z);
            level.Shift();
            bytes.Cell(level.Minimum.X, level.Minimum.Y, level.Minimum.Z);
        }
        AppendStates();
    }

    // Dirty: what entered, what a new layout made worthless, and what the frame's boxes meet.

    private void Dirty(FrameChanges changes)
    {
        foreach (SchedulerLevel level in levels)
        {
            if (!changes.Rebuilds) level.DirtyEntered();
            if (changes.ChangesLayout && !changes.Rebuilds) level.DirtyAll();
            for (int box = 0; box < changes.Boxes.Count; box += 2)
                level.DirtyBox(changes.Boxes[box], changes.Boxes[box + 1], configuration.BaseSpacing);
        }
        Open(DirtyTag);
        AppendStates();
    }

    // Select: the budgets are spent on the first of each level in the engine's order, finest level first.

    private void Select(int frame)
    {
        Open(SelectTag);
        if (configuration != null)
        {
            LumonBudgets budgets = configuration.Budgets;
            int left = (int)Math.Min(budgets.Total, budgets.UploadBytes / UploadBytesPerProbe);
            // Where the ring is full nothing is selected, where the model lets requests wait.
            left = Math.Min(left, ring.Room);
            foreach (SchedulerLevel level in levels)
            {
                level.Age(frame);
                List<int> slots = level.First(Math.Min(budgets.PerLevel[level.Number], left), order);
                left -= slots.Count;
                counts[Selected, level.Number] += (ulong)slots.Count;
                foreach (int slot in slots)
                {
                    SchedulerCell cell = level.Queue(slot, nextSerial);
                    ring.Add(new Update
                    {
                        Serial = nextSerial, Level = level.Number, Cell = cell, DueFrame = frame + configuration.CastLatencyFrames,
                    });
                    nextSerial += 1;
                    bytes.U8(level.Number);
                    bytes.Cell(cell.X, cell.Y, cell.Z);
                }
            }
        }
        AppendStates();
    }

    // Ring: updates are under way from selection until they are due, in one ring, first in, first out.

    private void RunRing(int frame)
    {
        Open(RingTag);
        foreach (SchedulerLevel level in levels) level.Launch();
        uint drained = 0;
        while (ring.Count > 0 && ring.First.DueFrame <= frame)
        {
            Update update = ring.RemoveFirst();
            if (update.Level < levels.Length)
                counts[levels[update.Level].Complete(update, frame) ? Completed : Dropped, update.Level] += 1;
            Append(update);
            drained += 1;
        }
        bytes.U32(drained);
        for (int place = 0; place < ring.Count; place++) Append(ring[place]);
        bytes.U32((uint)ring.Count);
        AppendStates();
    }

    private void Append(Update update)
    {
        bytes.U8(update.Level);
        bytes.Cell(update.Cell.X, update.Cell.Y, update.Cell.Z);
        bytes.I32(update.DueFrame);
    }

    public static int Main(string[] arguments)
    {
        SchedulerOrder order = SchedulerOrder.Manhattan;
        bool isRight = arguments.Length == 0 || arguments.Length == 2 && arguments[0] == "--order";
        if (isRight && arguments.Length == 2)
        {
            if (arguments[1] == "model") order = SchedulerOrder.Model;
            else isRight = arguments[1] == "manhattan";
        }
        if (isRight) return LumonSubjectHost.Run(new ExampleScheduler(order));
        Console.Error.WriteLine("error: the arguments are '" + string.Join(" ", arguments) + "'; expected none, or --order manhattan or model");
        return 64;
    }
}

/// <summary>An update that is under way.</summary>
public struct Update
{
    /// <summary>From 1, over the whole run. It counts only while the probe of its cell has the same.</summary>
    public ulong Serial;
    public byte Level;
    public SchedulerCell Cell;
    public int DueFrame;
}

/// <summary>A ring buffer of updates. O(1) but for a look at all of them.</summary>
public sealed class UpdateRing
{
    private const int Capacity = 2048;
    private readonly Update[] updates = new Update[Capacity];
    private int first;

    public int Count { get; private set; }
    public int Room { get { return Capacity - Count; } }
    public Update First { get { return updates[first]; } }
    /// <summary>From the oldest on.</summary>
    public Update this[int place] { get { return updates[(first + place) % Capacity]; } }

    public void Add(Update update)
    {
        updates[(first + Count) % Capacity] = update;
        Count += 1;
    }

    public Update RemoveFirst()
    {
        Update update = updates[first];
        first = (first + 1) % Capacity;
        Count -= 1;
        return update;
    }

    public void Clear() { Count = 0; }
}

/// <summary>A cell of a level's lattice.</summary>
public struct SchedulerCell
{
    public int X, Y, Z;

    public SchedulerCell(int x, int y, int z)
    {
        X = x;
        Y = y;
        Z = z;
    }

    /// <summary>The finest cell of a position.</summary>
    /// <exception cref="LumonRefusal">The window around it is not within 32 bits.</exception>
    public static SchedulerCell Containing(LumonPoint position, double spacing, int resolution)
    {
        return new SchedulerCell(
            Finest(position.X, spacing, resolution), Finest(position.Y, spacing, resolution), Finest(position.Z, spacing, resolution));
    }

    private static int Finest(double value, double spacing, int resolution)
    {
        double cell = Math.Floor(value / spacing), limit = int.MaxValue - 2 * resolution;
        if (!(cell >= -limit && cell <= limit))
            throw new LumonRefusal("the camera's cell is " + cell + " on one axis; expected at most " + limit + " from zero");
        return (int)cell;
    }
}

/// <summary>A probe, and the cell that it belongs to.</summary>
public struct SchedulerProbe
{
    public SchedulerCell Cell;
    public byte Lifecycle;
    /// <summary>1: a box met it while its update was under way.</summary>
    public byte Flags;
    /// <summary>-2^31 before the first update.</summary>
    public int LastUpdated;
    /// <summary>Of the update that is under way for it; 0: none. In no digest.</summary>
    public ulong Serial;
}

/// <summary>One level: a window of N x N x N cells, each in the slot of its coordinates modulo N.</summary>
public sealed class SchedulerLevel
{
    private const byte Uninitialized = 0, Valid = 1, Stale = 2, Dirty = 3, InFlight = 4, Queued = 6;
    private const byte StateTag = 0x01;
    /// <summary>Tag, level, lifecycle, flags, cell, last updated.</summary>
    private const int RecordBytes = 20;

    public readonly byte Number;
    private readonly int n;
    private readonly double spacing;
    private readonly int staleAge;
    private readonly SchedulerProbe[] probes;
    private readonly List<int> entered = new List<int>();
    private readonly List<int> queued = new List<int>();
    private readonly byte[] record = new byte[RecordBytes];
    private bool hasAnchor;

    public SchedulerCell CameraCell { get; private set; }
    public SchedulerCell Anchor { get; private set; }
    /// <summary>The window's smallest cell.</summary>
    public SchedulerCell Minimum { get; private set; }
    public bool HasWindow { get; private set; }
    /// <summary>Over the leaves of all cells of the window.</summary>
    public LumonSum StateSum;

    public SchedulerLevel(byte number, double baseSpacing, int resolution)
    {
        Number = number;
        n = resolution;
        spacing = baseSpacing * (1 << number);
        staleAge = (int)Math.Min(Math.Max(600 * Math.Max(1, spacing), 60), 60000);
        probes = new SchedulerProbe[n * n * n];
    }

    public void Snap(LumonPoint position, SchedulerCell finest, double reanchorDistance)
    {
        SchedulerCell cell = new SchedulerCell(finest.X >> Number, finest.Y >> Number, finest.Z >> Number);
        bool mayStay = hasAnchor && reanchorDistance > 0;
        Anchor = mayStay
            ? new SchedulerCell(
                Kept(position.X, Anchor.X, cell.X, reanchorDistance), Kept(position.Y, Anchor.Y, cell.Y, reanchorDistance),
                Kept(position.Z, Anchor.Z, cell.Z, reanchorDistance))
            : cell;
        CameraCell = cell;
        hasAnchor = true;
    }

    private int Kept(double position, int anchor, int cell, double distance)
    {
        return Math.Abs(position - anchor * spacing) < distance ? anchor : cell;
    }

    /// <summary>Moves the window to the anchor; a slot whose cell leaves gets the one that enters. O(cells) where it moves.</summary>
    public void Shift()
    {
        entered.Clear();
        int half = n / 2;
        SchedulerCell minimum = new SchedulerCell(Anchor.X - half, Anchor.Y - half, Anchor.Z - half);
        if (HasWindow && minimum.X == Minimum.X && minimum.Y == Minimum.Y && minimum.Z == Minimum.Z) return;
        bool had = HasWindow;
        Minimum = minimum;
        HasWindow = true;
        for (int z = 0; z < n; z++)
        {
            for (int y = 0; y < n; y++)
            {
                for (int x = 0; x < n; x++) Give(new SchedulerCell(minimum.X + x, minimum.Y + y, minimum.Z + z), had);
            }
        }
    }

    private void Give(SchedulerCell cell, bool hadWindow)
    {
        int slot = Slot(cell);
        SchedulerProbe old = probes[slot];
        if (hadWindow && old.Cell.X == cell.X && old.Cell.Y == cell.Y && old.Cell.Z == cell.Z) return;
        if (hadWindow) StateSum.Remove(Leaf(old));
        probes[slot] = new SchedulerProbe { Cell = cell, LastUpdated = int.MinValue };
        StateSum.Add(Leaf(probes[slot]));
        entered.Add(slot);
    }

    public void DirtyEntered() { foreach (int slot in entered) Invalidate(slot); }

    /// <summary>Whatever is under way counts no more.</summary>
    public void DirtyAll()
    {
        for (int slot = 0; slot < probes.Length; slot++)
        {
            Set(slot, Dirty, 0, probes[slot].LastUpdated);
            probes[slot].Serial = 0;
        }
    }

    /// <summary>The cells that a box meets, cut to the window. An empty box meets nothing.</summary>
    public void DirtyBox(LumonPoint lower, LumonPoint upper, double baseSpacing)
    {
        if (!(lower.X < upper.X && lower.Y < upper.Y && lower.Z < upper.Z)) return;
        int x0, y0, z0, x1, y1, z1;
        Meet(lower.X, upper.X, baseSpacing, Minimum.X, out x0, out x1);
        Meet(lower.Y, upper.Y, baseSpacing, Minimum.Y, out y0, out y1);
        Meet(lower.Z, upper.Z, baseSpacing, Minimum.Z, out z0, out z1);
        for (int z = z0; z < z1; z++)
        {
            for (int y = y0; y < y1; y++)
            {
                for (int x = x0; x < x1; x++) Invalidate(Slot(new SchedulerCell(x, y, z)));
            }
        }
    }

    /// <summary>The cells from first up to, not including, end.</summary>
    private void Meet(double low, double high, double baseSpacing, int minimum, out int first, out int end)
    {
        double lowest = Math.Floor(low / baseSpacing);
        first = Clip(lowest, 0, minimum);
        end = Clip(Math.Max(lowest, Math.Ceiling(high / baseSpacing) - 1), 1, minimum);
    }

    private int Clip(double finest, long offset, int minimum)
    {
        const double Far = 1L << 40;
        long cell = ((long)Math.Min(Math.Max(finest, -Far), Far) >> Number) + offset;
        return (int)Math.Min(Math.Max(cell, minimum), minimum + n);
    }

    private void Invalidate(int slot)
    {
        SchedulerProbe probe = probes[slot];
        if (probe.Lifecycle == InFlight) Set(slot, InFlight, 1, probe.LastUpdated);
        else Set(slot, Dirty, 0, probe.LastUpdated);
    }

    /// <summary>Valid becomes Stale.</summary>
    public void Age(int frame)
    {
        for (int slot = 0; slot < probes.Length; slot++)
        {
            SchedulerProbe probe = probes[slot];
            if (probe.Lifecycle == Valid && frame - probe.LastUpdated >= staleAge) Set(slot, Stale, 0, probe.LastUpdated);
        }
    }

    private struct Candidate : IComparable<Candidate>
    {
        internal bool IsStale;
        internal long Distance;
        internal int Local, Slot;

        /// <summary>No two of a level are equal: the linear index is of one only.</summary>
        public int CompareTo(Candidate other)
        {
            if (IsStale != other.IsStale) return IsStale ? 1 : -1;
            int order = Distance.CompareTo(other.Distance);
            return order != 0 ? order : Local.CompareTo(other.Local);
        }
    }

    /// <summary>The first of those that may be updated: Dirty and Uninitialized before Stale, then the nearest.</summary>
    public List<int> First(int limit, SchedulerOrder order)
    {
        List<int> slots = new List<int>();
        if (limit <= 0) return slots;
        List<Candidate> candidates = new List<Candidate>();
        for (int slot = 0; slot < probes.Length; slot++)
        {
            SchedulerProbe probe = probes[slot];
            if (probe.Lifecycle != Uninitialized && probe.Lifecycle != Dirty && probe.Lifecycle != Stale) continue;
            SchedulerCell cell = probe.Cell;
            candidates.Add(new Candidate
            {
                IsStale = probe.Lifecycle == Stale, Distance = Distance(cell, order), Slot = slot,
                Local = cell.X - Minimum.X + n * (cell.Y - Minimum.Y + n * (cell.Z - Minimum.Z)),
            });
        }
        candidates.Sort();
        for (int place = 0; place < Math.Min(limit, candidates.Count); place++) slots.Add(candidates[place].Slot);
        return slots;
    }

    private long Distance(SchedulerCell cell, SchedulerOrder order)
    {
        long x = (long)cell.X - CameraCell.X, y = (long)cell.Y - CameraCell.Y, z = (long)cell.Z - CameraCell.Z;
        return order == SchedulerOrder.Model ? x * x + y * y + z * z : Math.Abs(x) + Math.Abs(y) + Math.Abs(z);
    }

    public SchedulerCell Queue(int slot, ulong serial)
    {
        Set(slot, Queued, 0, probes[slot].LastUpdated);
        probes[slot].Serial = serial;
        queued.Add(slot);
        return probes[slot].Cell;
    }

    /// <summary>All that were selected in this frame are under way.</summary>
    public void Launch()
    {
        foreach (int slot in queued) Set(slot, InFlight, 0, probes[slot].LastUpdated);
        queued.Clear();
    }

    /// <returns>False where the update does not count any more: its cell has left, or a new layout dropped it.</returns>
    public bool Complete(Update update, int frame)
    {
        int slot = Slot(update.Cell);
        SchedulerProbe probe = probes[slot];
        if (probe.Serial != update.Serial) return false;
        bool isGood = probe.Flags == 0;
        Set(slot, isGood ? Valid : Dirty, 0, isGood ? frame : probe.LastUpdated);
        probes[slot].Serial = 0;
        return true;
    }

    public ulong Digest()
    {
        return LumonDigests.Level(
            Number, CameraCell.X, CameraCell.Y, CameraCell.Z, Anchor.X, Anchor.Y, Anchor.Z, StateSum.Value, 0);
    }

    /// <summary>In linear order.</summary>
    public void AppendRecords(List<byte[]> records)
    {
        for (int local = 0; local < probes.Length; local++)
        {
            SchedulerCell cell = new SchedulerCell(
                Minimum.X + local % n, Minimum.Y + local / n % n, Minimum.Z + local / (n * n));
            Fill(probes[Slot(cell)]);
            records.Add((byte[])record.Clone());
        }
    }

    private void Set(int slot, byte lifecycle, byte flags, int lastUpdated)
    {
        StateSum.Remove(Leaf(probes[slot]));
        probes[slot].Lifecycle = lifecycle;
        probes[slot].Flags = flags;
        probes[slot].LastUpdated = lastUpdated;
        StateSum.Add(Leaf(probes[slot]));
    }

    /// <summary>A record of the fields that the description names; those that are left out take no room.</summary>
    private ulong Leaf(SchedulerProbe probe)
    {
        Fill(probe);
        return LumonDigests.XXH3_64(record, 0, RecordBytes);
    }

    private void Fill(SchedulerProbe probe)
    {
        record[0] = StateTag;
        record[1] = Number;
        record[2] = probe.Lifecycle;
        record[3] = probe.Flags;
        Put(4, probe.Cell.X);
        Put(8, probe.Cell.Y);
        Put(12, probe.Cell.Z);
        Put(16, probe.LastUpdated);
    }

    private void Put(int place, int value)
    {
        for (int i = 0; i < 4; i++) record[place + i] = (byte)(value >> 8 * i);
    }

    private int Slot(SchedulerCell cell) { return Modulo(cell.X) + n * (Modulo(cell.Y) + n * Modulo(cell.Z)); }

    private int Modulo(int value)
    {
        int rest = value % n;
        return rest < 0 ? rest + n : rest;
    }
}

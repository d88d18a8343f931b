using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using LumonReplay;

/// <summary>
/// What the tests ask of the recorder from inside a process of its own. Each check ends with exit status 0 and says what
/// it saw, or with 1 and what is not as it has to be.
///
///     Checks hashes FILE        lines `count hash64 hash128`, of the bytes that Pattern makes
///     Checks digests FILE       lines `kind values... digest`
///     Checks allocation PATH    records 100,000 frames
///     Checks ring PATH          fills the ring until frames are dropped; prints what has to be in the trace
///     Checks misuse FOLDER      calls that are refused
///     Checks forever PATH N     records until it is killed, N frames per flush; prints how many frames were written
/// </summary>
internal static class Checks
{
    private sealed class Wrong : Exception
    {
        internal Wrong(string text) : base(text) { }
    }

    private static int Main(string[] arguments)
    {
        try
        {
            switch (arguments.Length == 0 ? "" : arguments[0])
            {
                case "hashes": Hashes(arguments[1]); break;
                case "digests": Digests(arguments[1]); break;
                case "allocation": Allocation(arguments[1]); break;
                case "ring": Ring(arguments[1]); break;
                case "misuse": Misuse(arguments[1]); break;
                case "forever": Forever(arguments[1], int.Parse(arguments[2])); break;
                default:
                    Console.Error.WriteLine("usage: Checks hashes|digests|allocation|ring|misuse|forever PATH [N]");
                    return 64;
            }
            return 0;
        }
        catch (Wrong wrong)
        {
            Console.Error.WriteLine("error: " + wrong.Message);
            return 1;
        }
    }

    // Hashes.

    /// <summary>The bytes that are hashed: the same in digest_cases.py.</summary>
    private static byte[] Pattern(int count)
    {
        byte[] bytes = new byte[count];
        uint state = 2463534242;
        for (int i = 0; i < count; i++)
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            bytes[i] = (byte)state;
        }
        return bytes;
    }

    private static void Hashes(string path)
    {
        int lines = 0;
        foreach (string line in File.ReadAllLines(path))
        {
            string[] words = line.Split(' ');
            int count = int.Parse(words[0]);
            // At an offset that is not a word's.
            byte[] bytes = new byte[count + 3];
            Buffer.BlockCopy(Pattern(count), 0, bytes, 3, count);
            ulong high, low;
            LumonDigests.XXH3_128(bytes, 3, count, out high, out low);
            Same("XXH3-64 of " + count + " bytes", Hex(LumonDigests.XXH3_64(bytes, 3, count)), words[1]);
            Same("XXH3-128 of " + count + " bytes", Hex(high) + Hex(low), words[2]);
            lines += 1;
        }
        Console.WriteLine(lines + " hashes agree");
    }

    // Digests, against values that digests.py computed.

    private static string[] words;
    private static int at;

    private static void Digests(string path)
    {
        SortedDictionary<string, int> kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        LumonCanonicalBytes scratch = new LumonCanonicalBytes();
        int number = 0;
        foreach (string line in File.ReadAllLines(path))
        {
            number += 1;
            words = line.Split(' ');
            at = 1;
            string kind = words[0];
            string found = Computed(kind, scratch);
            if (at != words.Length - 1) throw new Wrong("line " + number + ": " + kind + " takes other values");
            Same("line " + number + ", " + kind, found, words[at]);
            int count;
            kinds.TryGetValue(kind, out count);
            kinds[kind] = count + 1;
        }
        foreach (KeyValuePair<string, int> kind in kinds) Console.WriteLine(kind.Key + " " + kind.Value);
    }

    private static string Computed(string kind, LumonCanonicalBytes scratch)
    {
        ulong high, low;
        switch (kind)
        {
            case "state":
                return Hex(LumonDigests.State(Byte(), Byte(), Byte(), Int(), Int(), Int(), Int(), Int(), Int(), UInt()));
            case "payload": return Hex(LumonDigests.Payload(Byte(), Int(), Int(), Int(), Blob(), 0));
            case "queued": return Hex(LumonDigests.Queued(Byte(), Int(), Int(), Int(), UInt(), ULong()));
            case "flight":
                return Hex(LumonDigests.Flight(
                    Byte(), Int(), Int(), Int(), UInt(), UInt(), ULong(), Int(), ULong(), U64(), F64(), Int()));
            case "cached": return Hex(LumonDigests.CachedCell(Byte(), Int(), Int(), Int(), Int(), Blob(), 0));
            case "entry": return Hex(LumonDigests.CacheEntry(Region(), UInt(), Int(), Int(), UInt(), Byte()));
            case "row": return Hex(LumonDigests.StoreRow(Key(), Region(), Long(), Long(), Mask(scratch), U64()));
            case "request": return Hex(LumonDigests.StoreRequest(ULong(), Key(), Region(), Int(), Mask(scratch)));
            case "indexRequest": return Hex(LumonDigests.IndexRequest(ULong(), Int()));
            case "writeBack": return Hex(LumonDigests.HeldWriteBack(ULong(), Key(), Region(), UInt(), U64()));
            case "box": return Hex(LumonDigests.HeldBox(UInt(), Point(), Point()));
            case "ledger": return Hex(LumonDigests.Ledger(Long(), Int() == 1, Long(), Int(), U64(), U64(), ULong()));
            case "voxel": return Hex(LumonDigests.EditedVoxel(new LumonCoordinate(Long(), Long(), Long()), Byte()));
            case "chunk": return Hex(LumonDigests.Chunk(new LumonCoordinate(Long(), Long(), Long()), Int() == 1));
            case "fingerprint": return Hex(LumonDigests.Fingerprint(F64(), Int(), Int(), Int()));
            case "level": return Hex(LumonDigests.Level(Byte(), Int(), Int(), Int(), Int(), Int(), Int(), U64(), U64()));
            case "sum":
                {
                    // The sum of all, with one that was taken in and out again.
                    LumonSum sum = new LumonSum();
                    sum.Add(ulong.MaxValue - 1);
                    ulong[] leaves = U64s();
                    for (int i = 0; i < leaves.Length; i++) sum.Add(leaves[i]);
                    sum.Remove(ulong.MaxValue - 1);
                    return Hex(sum.Value);
                }
            case "select": return Select(scratch);
            case "commit": return Commit(scratch);
            case "frame":
                {
                    int frame = Int();
                    ulong[] stages = U64s(), levels = U64s();
                    LumonDigests.Frame(frame, stages, stages.Length, levels, levels.Length, scratch, out high, out low);
                    byte[] digest = new byte[16];
                    LumonDigests.Write128(high, low, digest);
                    string text = Hex(high) + Hex(low);
                    Same("the bytes of a checkpoint", BitConverter.ToString(digest).Replace("-", "").ToLowerInvariant(), text);
                    return text;
                }
            case "run":
                {
                    scratch.Reset();
                    int count = Int();
                    for (int i = 0; i < count; i++)
                    {
                        string digest = words[at++];
                        scratch.U128(ulong.Parse(digest.Substring(0, 16), NumberStyles.AllowHexSpecifier),
                            ulong.Parse(digest.Substring(16), NumberStyles.AllowHexSpecifier));
                    }
                    scratch.Digest128(out high, out low);
                    return Hex(high) + Hex(low);
                }
            default: throw new Wrong("'" + kind + "' is no kind of digest");
        }
    }

    /// <summary>A stage with outputs: two sums per level, the selected, and the parts S and Q.</summary>
    private static string Select(LumonCanonicalBytes bytes)
    {
        bytes.Reset();
        bytes.U8(0x85);
        foreach (ulong sum in U64s()) bytes.U64(sum);
        int count = Int();
        for (int i = 0; i < count; i++) Entry(bytes);
        Sums(bytes);
        Queue(bytes);
        return Hex(bytes.Digest64());
    }

    private static string Commit(LumonCanonicalBytes bytes)
    {
        bytes.Reset();
        bytes.U8(0x87);
        int count = Int();
        for (int i = 0; i < count; i++)
        {
            Entry(bytes);
            bytes.U8(Byte());
            bytes.U64(U64());
            bytes.U8(Byte());
        }
        bytes.U32((uint)count);
        Sums(bytes);
        Sums(bytes);
        Queue(bytes);
        return Hex(bytes.Digest64());
    }

    private static void Entry(LumonCanonicalBytes bytes)
    {
        bytes.U8(Byte());
        bytes.Cell(Int(), Int(), Int());
        bytes.U32(UInt());
    }

    private static void Sums(LumonCanonicalBytes bytes)
    {
        ulong[] sums = U64s();
        bytes.Sums(sums, sums.Length);
    }

    private static void Queue(LumonCanonicalBytes bytes)
    {
        Sums(bytes);
        bytes.U64(U64());
        bytes.U64(ULong());
        bytes.U32(UInt());
        bytes.U64(ULong());
        bytes.U64(ULong());
    }

    private static byte Byte() { return byte.Parse(words[at++], CultureInfo.InvariantCulture); }
    private static int Int() { return int.Parse(words[at++], CultureInfo.InvariantCulture); }
    private static uint UInt() { return uint.Parse(words[at++], CultureInfo.InvariantCulture); }
    private static long Long() { return long.Parse(words[at++], CultureInfo.InvariantCulture); }
    private static ulong ULong() { return ulong.Parse(words[at++], CultureInfo.InvariantCulture); }
    private static ulong U64() { return ulong.Parse(words[at++], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture); }
    private static double F64() { return BitConverter.Int64BitsToDouble(unchecked((long)U64())); }
    private static LumonPoint Point() { return new LumonPoint(F64(), F64(), F64()); }
    private static LumonRegion Region() { return new LumonRegion(Int(), Int(), Int(), Int()); }

    private static ulong[] U64s()
    {
        ulong[] result = new ulong[Int()];
        for (int i = 0; i < result.Length; i++) result[i] = U64();
        return result;
    }

    private static byte[] Blob()
    {
        string text = words[at++];
        byte[] result = new byte[text.Length / 2];
        for (int i = 0; i < result.Length; i++) result[i] = byte.Parse(text.Substring(2 * i, 2), NumberStyles.AllowHexSpecifier);
        return result;
    }

    private static ulong Key()
    {
        LumonStoreKey key = new LumonStoreKey();
        key.Seed = U64();
        key.LayoutVersion = UInt();
        key.Fingerprint = U64();
        key.BaseSpacing = F64();
        key.RegionEdge = Int();
        return LumonDigests.StoreKey(key);
    }

    private static ulong Mask(LumonCanonicalBytes scratch)
    {
        ulong[] mask = U64s();
        // A mask of a larger region has zeros at its end, which do not count.
        ulong[] longer = new ulong[mask.Length + 2];
        Array.Copy(mask, longer, mask.Length);
        return scratch.Mask(longer, longer.Length);
    }

    // Allocation.

    private static void Allocation(string path)
    {
        const int warmUp = 30000, frames = 100000, perCheck = 500;
        LumonRecorderOptions options = new LumonRecorderOptions();
        options.RingFrames = 4096;
        Sample sample = new Sample();
        using (LumonRecorder recorder = new LumonRecorder(path, options))
        {
            recorder.SessionStart(sample.Configuration);
            recorder.Store(1 << 20);
            recorder.Engine("allocation", new[] { "one", "two" }, true);
            ulong sink = 0;
            for (int i = 0; i < warmUp; i++)
            {
                sink += sample.Record(recorder, i);
                // A busy machine gives the writer's thread no turn for longer than a full ring lasts.
                if (i % perCheck == 0) Quiet(recorder);
            }
            Quiet(recorder);
            GC.Collect();
            int collections = GC.CollectionCount(0);
            long before = GC.GetTotalMemory(false);
            long allocated = Allocated();
            for (int i = 0; i < frames; i++)
            {
                sink += sample.Record(recorder, warmUp + i);
                if (i % perCheck == 0) Quiet(recorder);
            }
            Quiet(recorder);
            int collected = GC.CollectionCount(0) - collections;
            long grown = GC.GetTotalMemory(false) - before;
            long mine = Allocated() - allocated;
            // That the counters would have seen one small object for each frame.
            collections = GC.CollectionCount(0);
            allocated = Allocated();
            for (int i = 0; i < frames; i++) kept = new byte[32];
            int seen = GC.CollectionCount(0) - collections;
            bool counts = Allocated() - allocated >= 32 * frames;
            Console.WriteLine(
                "{0} frames, {1} dropped: {2} collections, memory in use grew by {3} bytes, the caller's thread allocated {4} bytes; one object of 48 bytes for each frame makes {5} collections ({6})",
                frames, recorder.FramesDropped, collected, grown, counts ? mine.ToString() : "(not known)", seen, sink & 1);
            GC.KeepAlive(kept);
            if (seen == 0) throw new Wrong("the collections do not tell of small objects");
            if (counts && mine != 0) throw new Wrong("the caller's thread allocated " + mine + " bytes; expected none");
            if (collected != 0) throw new Wrong(collected + " collections; expected none");
            // The writer's list of chunks doubles now and then: one entry of some 140 bytes for each 16 frames.
            long limit = 4L * 160 * (warmUp + frames) / options.FramesPerFlush;
            if (grown > limit) throw new Wrong("the memory in use grew by " + grown + " bytes; expected at most " + limit);
            if (recorder.FramesDropped > 0) throw new Wrong(recorder.FramesDropped + " frames were dropped; expected none");
        }
    }

    /// <summary>Bytes that this thread has allocated so far; -1 where the runtime cannot tell.</summary>
    private static long Allocated()
    {
        if (allocatedBytes == null) return -1;
        return allocatedBytes();
    }

    private static readonly Func<long> allocatedBytes = FindAllocated();

    private static byte[] kept;

    private static Func<long> FindAllocated()
    {
        // In .NET Framework 4.8 and newer, .NET, and newer Mono.
        System.Reflection.MethodInfo method = typeof(GC).GetMethod("GetAllocatedBytesForCurrentThread");
        return method == null ? null : (Func<long>)Delegate.CreateDelegate(typeof(Func<long>), method);
    }

    private static void Quiet(LumonRecorder recorder)
    {
        while (recorder.FramesWaiting > 0) Thread.Sleep(1);
    }

    /// <summary>Everything that a frame can have, out of arrays that are made once.</summary>
    private sealed class Sample
    {
        internal readonly LumonConfiguration Configuration = new LumonConfiguration();
        private readonly LumonBudgets budgets = new LumonBudgets();
        private readonly ulong[] requests = new ulong[64], hashes = new ulong[64];
        private readonly uint[] stages = new uint[64];
        private readonly LumonOutcome[] outcomes = new LumonOutcome[64];
        private readonly byte[] bytes = new byte[600], payload = new byte[44], digest = new byte[16];

        internal Sample()
        {
            for (int i = 0; i < outcomes.Length; i++) outcomes[i] = (LumonOutcome)(1 + i % 4);
            // Cells of a region: their indexes, and payloads that are valid.
            for (int i = 0; i < bytes.Length / 60; i++)
            {
                bytes[60 * i] = (byte)i;
                bytes[60 * i + 56] = 1;
            }
        }

        internal ulong Record(LumonRecorder recorder, int frame)
        {
            for (int i = 0; i < requests.Length; i++) requests[i] = (ulong)(frame * 64L + (i * 37 & 63));
            recorder.Edit(new LumonCoordinate(frame, 64, -frame), new LumonCoordinate(frame + 2, 66, 1 - frame), frame % 10);
            recorder.ChunkLoad(new LumonCoordinate(frame, 0, -frame));
            recorder.ChunkUnload(new LumonCoordinate(-frame, 0, frame));
            recorder.Invalidate(new LumonPoint(0, 0, 0), new LumonPoint(frame, 1, 2));
            recorder.StoreDamage(new LumonRegion(1, frame, 0, -frame));
            recorder.Completed(requests, 64, outcomes, hashes);
            recorder.Claimed(requests, 64, stages);
            recorder.Accepted(requests, 8);
            recorder.Refused(requests, 2);
            recorder.Solid(requests, 1);
            recorder.ReplyAbsent((ulong)frame);
            recorder.ReplyRegion((ulong)frame, bytes, 0, bytes.Length);
            if (frame % 100 == 0) recorder.Configure(Configuration);
            if (frame % 50 == 0) recorder.Snapshot("allocation", bytes, 0, bytes.Length);
            recorder.Budgets(budgets);
            LumonSum sum = new LumonSum();
            for (int i = 0; i < 16; i++)
            {
                sum.Add(LumonDigests.State(1, 2, 0, frame, i, -frame, i, i, i, 1));
                sum.Add(LumonDigests.Payload(1, frame, i, -frame, payload, 0));
                sum.Remove(LumonDigests.Queued(1, frame, i, -frame, 1, (ulong)i));
            }
            hashes[0] = sum.Value;
            hashes[1] = LumonDigests.XXH3_64(bytes, 0, bytes.Length);
            recorder.Checkpoint(2, hashes, 9, hashes, 4, digest);
            recorder.Frame(new LumonPoint(frame % 1000, 70, 0), LumonRotation.Identity, 1, frame, new LumonPoint(1, 2, 3));
            return sum.Value;
        }
    }

    // The ring.

    private static void Ring(string path)
    {
        const int frames = 20000;
        LumonRecorderOptions options = new LumonRecorderOptions();
        options.RingFrames = 4;
        options.RingBytes = 1 << 16;
        byte[] state = new byte[3000];
        List<long> recorded = new List<long>();
        long number = 0;
        using (LumonRecorder recorder = new LumonRecorder(path, options))
        {
            recorder.SessionStart(new LumonConfiguration());
            long snapshots = 0;
            for (int i = 0; i < frames; i++)
            {
                // Now and then the writer is let come after; sometimes with a state, sometimes without.
                if (i % 1000 == 999) Quiet(recorder);
                bool gives = recorder.NeedsSnapshot && i % 3000 == 2999;
                if (gives) recorder.Snapshot("ring", state, 0, state.Length);
                if (i == 7000)
                {
                    recorder.Missed(5);
                    number += 5;
                }
                bool needed = recorder.NeedsSnapshot;
                long gaps = recorder.Gaps;
                bool isRecorded = recorder.Frame(new LumonPoint(number, 70, 0), LumonRotation.Identity, 0, number);
                if (isRecorded) recorded.Add(number);
                if (!isRecorded && !recorder.NeedsSnapshot) throw new Wrong("frame " + number + " was dropped, and no snapshot is needed");
                if (isRecorded && gives && recorder.NeedsSnapshot) throw new Wrong("a snapshot was recorded, and one is needed");
                if (isRecorded && !gives && needed && !recorder.NeedsSnapshot) throw new Wrong("no snapshot was recorded, and none is needed");
                if (isRecorded && gives) snapshots += 1;
                if (recorder.Gaps - gaps > 1) throw new Wrong("one frame made more than one gap");
                number += 1;
            }
            if (recorder.FramesDropped == 0 || recorder.Gaps < 3 || snapshots == 0)
                throw new Wrong(recorder.FramesDropped + " dropped, " + recorder.Gaps + " gaps, " + snapshots + " snapshots; expected some of each");
            if (recorder.FramesRecorded + recorder.FramesDropped != frames) throw new Wrong("recorded and dropped are not all frames");
            // A frame that cannot fit is dropped whole, and what is refused before it does no harm.
            Quiet(recorder);
            ulong[] many = new ulong[20000];
            for (int i = 0; i < many.Length; i++) many[i] = (ulong)i << 40;
            LumonRecorderOptions live = new LumonRecorderOptions();
            live.RingBytes = 1 << 16;
            live.Live = true;
            using (LumonRecorder other = new LumonRecorder(path + ".large", live))
            {
                other.SessionStart(new LumonConfiguration());
                other.Frame(new LumonPoint(0, 0, 0), LumonRotation.Identity);
                if (other.Completed(many, many.Length)) throw new Wrong("a list that has no room was taken");
                if (other.Edit(new LumonCoordinate(0, 0, 0), new LumonCoordinate(1, 1, 1), 1)) throw new Wrong("an edit was taken into a frame that is dropped");
                if (other.Frame(new LumonPoint(0, 0, 0), LumonRotation.Identity)) throw new Wrong("a frame that has no room was recorded");
                if (!other.Frame(new LumonPoint(0, 0, 0), LumonRotation.Identity)) throw new Wrong("the frame behind it was not recorded");
                other.Close();
                if (other.FramesDropped != 1 || other.Gaps != 1 || !other.NeedsSnapshot) throw new Wrong("the gap was not counted");
            }
            recorder.Close();
            Console.WriteLine("{0} {1} {2} {3}", recorder.FramesRecorded, recorder.FramesDropped, recorder.Gaps, snapshots);
        }
        foreach (long one in recorded) Console.WriteLine(one);
    }

    // Misuse.

    private static int refusals;

    private static void Misuse(string folder)
    {
        string path = Path.Combine(folder, "misuse.mcap");
        Refused<ArgumentException>("the path", () => new LumonRecorder(""));
        Refused<ArgumentException>("FramesPerFlush is 0", () => new LumonRecorder(path, new LumonRecorderOptions { FramesPerFlush = 0 }));
        Refused<ArgumentException>("FramesPerFlush is 257", () => new LumonRecorder(path, new LumonRecorderOptions { FramesPerFlush = 257 }));
        Refused<ArgumentException>("RingFrames is 1", () => new LumonRecorder(path, new LumonRecorderOptions { RingFrames = 1 }));
        Refused<ArgumentException>("RingBytes is 10", () => new LumonRecorder(path, new LumonRecorderOptions { RingBytes = 10 }));
        Refused<ArgumentException>("FirstFrame is -1", () => new LumonRecorder(path, new LumonRecorderOptions { FirstFrame = -1 }));
        Refused<IOException>("", () => new LumonRecorder(Path.Combine(folder, "none", "misuse.mcap")));
        LumonPoint origin = new LumonPoint(0, 0, 0);
        LumonRotation identity = LumonRotation.Identity;
        LumonCoordinate zero = new LumonCoordinate(0, 0, 0), one = new LumonCoordinate(1, 1, 1);
        LumonConfiguration configuration = new LumonConfiguration();
        LumonRecorder r = new LumonRecorder(path);
        string partial = r.PartialPath;
        Refused<IOException>("is there already", () => new LumonRecorder(path));
        Refused<InvalidOperationException>("no session is running", () => r.Edit(zero, one, 1));
        Refused<InvalidOperationException>("no session is running", () => r.SessionEnd());
        Refused<InvalidOperationException>("the first frame starts no session", () => r.Frame(origin, identity));
        Refused<ArgumentException>("", () => r.SessionStart(null));
        Refused<ArgumentException>("BaseSpacing is NaN", () => r.SessionStart(new LumonConfiguration { BaseSpacing = double.NaN }));
        Refused<ArgumentException>("ReanchorDistance is Infinity", () => r.SessionStart(new LumonConfiguration { ReanchorDistance = double.PositiveInfinity }));
        Refused<ArgumentException>("levels of the budgets is 65", () => r.SessionStart(new LumonConfiguration { Budgets = new LumonBudgets { PerLevel = new int[65] } }));
        Refused<InvalidOperationException>("no session is running", () => r.Configure(configuration));
        r.SessionStart(configuration);
        Refused<InvalidOperationException>("a second session", () => r.SessionStart(configuration));
        Refused<InvalidOperationException>("starts and ends before one frame", () => r.SessionEnd());
        Refused<InvalidOperationException>("has no store", () => r.StoreOff());
        Refused<InvalidOperationException>("has no store", () => r.StoreDamage(new LumonRegion()));
        Refused<InvalidOperationException>("has no store", () => r.WriteBackDropped(new LumonStoreKey(), new LumonRegion()));
        Refused<ArgumentException>("sizeCapBytes is -1", () => r.Store(-1));
        Refused<ArgumentException>("sizeCapBytes is 1125899906842625", () => r.Store((1L << 50) + 1));
        r.Store(0);
        Refused<InvalidOperationException>("it has a store already", () => r.Store(0));
        Refused<ArgumentException>("name is 0 bytes", () => r.Engine("", null, false));
        Refused<ArgumentException>("name is 201 bytes", () => r.Engine(new string('n', 201), null, false));
        Refused<ArgumentException>("the number of stages is 65", () => r.Engine("n", new string[65], false));
        Refused<ArgumentException>("stages[1] is 65 bytes", () => r.Engine("n", new[] { "a", new string('s', 65) }, false));
        Refused<ArgumentException>("stages[0] and stages[2] are 'a'", () => r.Engine("n", new[] { "a", "b", "a" }, false));
        Refused<ArgumentException>("", () => r.Engine("\ud800", null, false));
        r.Engine("n", null, false);
        Refused<InvalidOperationException>("a second engine", () => r.Engine("n", null, false));
        Refused<ArgumentException>("material is 10", () => r.Edit(zero, one, 10));
        Refused<ArgumentException>("material is -1", () => r.Edit(zero, one, -1));
        Refused<ArgumentException>("at most 262144 voxels", () => r.Edit(zero, new LumonCoordinate(64, 64, 65), 1));
        Refused<ArgumentException>("at most 262144 voxels", () => r.Edit(
            new LumonCoordinate(long.MinValue, long.MinValue, long.MinValue), new LumonCoordinate(long.MaxValue, long.MaxValue, long.MaxValue), 1));
        r.Edit(new LumonCoordinate(long.MaxValue, 0, 0), new LumonCoordinate(long.MinValue, 1, 1), 1);
        Refused<ArgumentException>("lower.y is NaN", () => r.Invalidate(new LumonPoint(0, double.NaN, 0), origin));
        Refused<ArgumentException>("upper.z is -Infinity", () => r.Invalidate(origin, new LumonPoint(0, 0, double.NegativeInfinity)));
        Refused<ArgumentException>("region.Level is 8", () => r.StoreDamage(new LumonRegion(8, 0, 0, 0)));
        Refused<ArgumentException>("region.X is -2147483647", () => r.StoreDamage(new LumonRegion(0, -int.MaxValue, 0, 0)));
        LumonStoreKey key = new LumonStoreKey { BaseSpacing = 0.125, RegionEdge = 1 };
        Refused<ArgumentException>("key.BaseSpacing is 0.125", () => r.WriteBackDropped(key, new LumonRegion()));
        key.BaseSpacing = 64;
        key.RegionEdge = 129;
        Refused<ArgumentException>("key.RegionEdge is 129", () => r.WriteBackDropped(key, new LumonRegion()));
        key.RegionEdge = 128;
        Refused<ArgumentException>("region.Z is 16777215", () => r.WriteBackDropped(key, new LumonRegion(0, 0, 0, 16777215)));
        r.WriteBackDropped(key, new LumonRegion(7, 0, 0, 16777214));
        ulong[] two = new ulong[2];
        Refused<ArgumentException>("count is 3", () => r.Completed(two, 3));
        Refused<ArgumentException>("count is -1", () => r.Completed(two, -1));
        Refused<ArgumentException>("expected 2, one for each request", () => r.Completed(two, 2, new LumonOutcome[1]));
        Refused<ArgumentException>("outcomes[0] is 5", () => r.Completed(two, 1, new[] { (LumonOutcome)5 }));
        Refused<ArgumentException>("expected 2, one for each request", () => r.Completed(two, 2, null, new ulong[1]));
        Refused<ArgumentException>("expected 2, one for each request", () => r.Claimed(two, 2, new uint[1]));
        Refused<ArgumentException>("1048577 requests of one frame", () => r.Accepted(new ulong[1048577], 1048577));
        Refused<ArgumentException>("offset 1 and count 2", () => r.ReplyRegion(0, new byte[2], 1, 2));
        Refused<ArgumentException>("the region is 61 bytes", () => r.ReplyRegion(0, new byte[61], 0, 61));
        Refused<ArgumentException>("stageCount is 65", () => r.Checkpoint(1, new ulong[65], 65, null, 0));
        Refused<ArgumentException>("the digest is 15 bytes", () => r.Checkpoint(1, null, 0, null, 0, new byte[15]));
        r.Checkpoint(1, null, 0, null, 0);
        Refused<InvalidOperationException>("a second checkpoint", () => r.Checkpoint(1, null, 0, null, 0));
        Refused<ArgumentException>("format is 65 bytes", () => r.Snapshot(new string('f', 65), null, 0, 0));
        Refused<ArgumentException>("set RingBytes for more", () => r.Snapshot("f", new byte[5 << 20], 0, 5 << 20));
        r.Snapshot("f", null, 0, 0);
        Refused<InvalidOperationException>("a second snapshot", () => r.Snapshot("f", null, 0, 0));
        Refused<ArgumentException>("frames is -1", () => r.Missed(-1));
        Refused<ArgumentException>("position.x is NaN", () => r.Frame(new LumonPoint(double.NaN, 0, 0), identity));
        Refused<ArgumentException>("orientation.w is NaN", () => r.Frame(origin, new LumonRotation(0, 0, 0, double.NaN)));
        Refused<ArgumentException>("fieldOfView is Infinity", () => r.Frame(origin, identity, double.PositiveInfinity));
        Refused<ArgumentException>("selectionPosition.z is NaN", () => r.Frame(origin, identity, 0, 0, new LumonPoint(0, 0, double.NaN)));
        Refused<ArgumentException>("position.y is 1E+15", () => r.Frame(new LumonPoint(0, 1e15, 0), identity));
        if (!r.Frame(origin, identity)) throw new Wrong("the frame was not recorded");
        Refused<InvalidOperationException>("the run is not live", () => r.Completed(two, 2));
        Refused<InvalidOperationException>("the run is not live", () => r.ReplyAbsent(1));
        Refused<InvalidOperationException>("no session starts with the next frame", () => r.Store(5));
        Refused<ArgumentException>("WorldSeed is 8", () => r.Configure(new LumonConfiguration { WorldSeed = 8 }));
        r.SessionEnd();
        Refused<InvalidOperationException>("no session is running", () => r.ChunkLoad(zero));
        r.Missed(2147418110);
        Refused<ArgumentException>("frames is 1; expected 0...0", () => r.Missed(1));
        if (!r.Frame(origin, identity)) throw new Wrong("the last frame that there can be was not recorded");
        Refused<InvalidOperationException>("expected less than 2147418112", () => { r.Frame(origin, identity); r.Frame(origin, identity); });
        r.Close();
        r.Close();
        r.Dispose();
        Refused<ObjectDisposedException>("", () => r.Frame(origin, identity));
        Refused<ObjectDisposedException>("", () => r.Edit(zero, one, 1));
        if (File.Exists(partial) || !File.Exists(path)) throw new Wrong("the partial file is there, or the trace is not");
        byte[] before = File.ReadAllBytes(path);
        LumonRecorder empty = new LumonRecorder(path);
        Refused<InvalidOperationException>("no frame was recorded", () => empty.Close());
        if (File.Exists(partial)) throw new Wrong("a recording without frames left a partial file");
        if (File.ReadAllBytes(path).Length != before.Length) throw new Wrong("a recording without frames changed what was there");
        LumonRecorder again = new LumonRecorder(path);
        again.SessionStart(configuration);
        again.Frame(origin, identity);
        again.Dispose();
        if (again.Failure != null) throw new Wrong("a trace could not take the place of another: " + again.Failure.Message);
        if (File.ReadAllBytes(path).Length == before.Length) throw new Wrong("the new trace did not take its place");
        Blocked(folder, configuration);
        Mixed(Path.Combine(folder, "mixed.mcap"), two);
        Console.WriteLine(refusals + " refusals");
    }

    /// <summary>A trace that cannot be put into its place stays in the partial file, and the error says so.</summary>
    private static void Blocked(string folder, LumonConfiguration configuration)
    {
        string path = Path.Combine(folder, "blocked.mcap");
        LumonRecorder recorder = new LumonRecorder(path);
        recorder.SessionStart(configuration);
        recorder.Frame(new LumonPoint(0, 0, 0), LumonRotation.Identity);
        Directory.CreateDirectory(path);
        Refused<IOException>("what was recorded is in " + recorder.PartialPath, () => recorder.Close());
        if (!File.Exists(recorder.PartialPath)) throw new Wrong("the partial file is gone");
    }

    private static void Mixed(string path, ulong[] two)
    {
        using (LumonRecorder recorder = new LumonRecorder(path))
        {
            recorder.SessionStart(new LumonConfiguration());
            recorder.Completed(two, 1);
            Refused<InvalidOperationException>("expected the same for all", () => recorder.Completed(two, 1, null, two));
            recorder.Completed(two, 0, new LumonOutcome[0]);
            recorder.Claimed(two, 1);
            Refused<InvalidOperationException>("expected the same for all", () => recorder.Claimed(two, 1, new uint[2]));
            if (!recorder.Frame(new LumonPoint(0, 0, 0), LumonRotation.Identity)) throw new Wrong("the frame was not recorded");
            if (!recorder.Completed(two, 2, null, two)) throw new Wrong("the next frame could not have payloads");
            recorder.Frame(new LumonPoint(0, 0, 0), LumonRotation.Identity);
            recorder.Close();
        }
    }

    private static void Refused<Kind>(string says, Action call) where Kind : Exception
    {
        try
        {
            call();
        }
        catch (Exception error)
        {
            if (!(error is Kind) || !error.Message.Contains(says))
                throw new Wrong("expected " + typeof(Kind).Name + " with '" + says + "', found " + error.GetType().Name + ": " + error.Message);
            refusals += 1;
            return;
        }
        throw new Wrong("not refused; expected " + typeof(Kind).Name + " with '" + says + "'");
    }

    // Until it is killed.

    private static void Forever(string path, int framesPerFlush)
    {
        LumonRecorderOptions options = new LumonRecorderOptions();
        options.FramesPerFlush = framesPerFlush;
        LumonRecorder recorder = new LumonRecorder(path, options);
        recorder.SessionStart(new LumonConfiguration());
        Stream output = Console.OpenStandardOutput();
        long told = 0;
        for (long frame = 0; ; frame++)
        {
            if (frame % 5 == 0) recorder.Edit(new LumonCoordinate(frame, 64, -frame), new LumonCoordinate(frame + 2, 66, 1 - frame), (int)(frame % 10));
            if (!recorder.Frame(new LumonPoint(frame % 4096 * 0.25, 70, -1), LumonRotation.Identity, 1.25, frame * 1000))
                throw new Wrong("frame " + frame + " was dropped: " + recorder.Failure);
            while (recorder.FramesWaiting > 100) Thread.Sleep(1);
            long written = recorder.FramesWritten;
            if (written == told) continue;
            told = written;
            byte[] line = System.Text.Encoding.ASCII.GetBytes(written + "\n");
            output.Write(line, 0, line.Length);
        }
    }

    private static void Same(string what, string found, string expected)
    {
        if (found != expected) throw new Wrong(what + ": found " + found + ", expected " + expected);
    }

    private static string Hex(ulong value) { return value.ToString("x16", CultureInfo.InvariantCulture); }
}

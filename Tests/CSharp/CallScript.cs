using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using LumonReplay;

/// <summary>A text of calls, one a line, that the recorders of all languages can be given.</summary>
internal sealed class CallScript
{
    /// <summary>What was wrong with a line.</summary>
    internal sealed class Fault : Exception
    {
        internal Fault(int line, string reason) : base("line " + line + ": " + reason) { }
    }

    private readonly LumonRecorder recorder;
    private string[] words;
    private int at;

    private CallScript(LumonRecorder recorder) { this.recorder = recorder; }

    /// <summary>Gives the recorder every call of the file. Nothing is dropped: it waits for the writer.</summary>
    internal static void Run(string path, LumonRecorder recorder)
    {
        CallScript script = new CallScript(recorder);
        int number = 0;
        foreach (string line in File.ReadAllLines(path))
        {
            number += 1;
            if (line.Length == 0 || line[0] == '#') continue;
            int comment = line.IndexOf(" #", StringComparison.Ordinal);
            script.words = (comment < 0 ? line : line.Substring(0, comment)).Split(new[] { ' ' }, StringSplitOptions.RemoveEmptyEntries);
            script.at = 1;
            try
            {
                if (!script.Call(script.words[0])) throw new Fault(number, "there was no room");
                if (script.at != script.words.Length) throw new Fault(number, "there is more than the call takes");
            }
            catch (Exception error)
            {
                if (error is Fault) throw;
                if (!(error is SystemException)) throw;
                throw new Fault(number, error.Message);
            }
        }
    }

    private bool Call(string verb)
    {
        switch (verb)
        {
            case "engine":
                {
                    bool own = Flag();
                    string name = Word();
                    List<string> stages = new List<string>();
                    while (at < words.Length) stages.Add(Word());
                    return recorder.Engine(name, stages.ToArray(), own);
                }
            case "start": return recorder.SessionStart(Configuration());
            case "configure": return recorder.Configure(Configuration());
            case "end": return recorder.SessionEnd();
            case "edit":
                {
                    LumonCoordinate lower = Coordinate(), upper = Coordinate();
                    return recorder.Edit(lower, upper, (int)Integer());
                }
            case "chunk_load": return recorder.ChunkLoad(Coordinate());
            case "chunk_unload": return recorder.ChunkUnload(Coordinate());
            case "invalidate":
                {
                    LumonPoint lower = Point();
                    return recorder.Invalidate(lower, Point());
                }
            case "store": return recorder.Store(Integer());
            case "store_off": return recorder.StoreOff();
            case "store_damage": return recorder.StoreDamage(Region());
            case "write_back_dropped":
                {
                    LumonStoreKey key = new LumonStoreKey();
                    key.Seed = Unsigned();
                    key.LayoutVersion = (uint)Unsigned();
                    key.Fingerprint = Hexadecimal();
                    key.BaseSpacing = Real();
                    key.RegionEdge = (int)Integer();
                    return recorder.WriteBackDropped(key, Region());
                }
            case "completed":
                {
                    ulong[] requests = Unsigneds();
                    return recorder.Completed(requests, requests.Length);
                }
            case "completed_with":
                {
                    int count = (int)Integer();
                    ulong[] requests = new ulong[count], payloads = new ulong[count];
                    LumonOutcome[] outcomes = new LumonOutcome[count];
                    for (int i = 0; i < count; i++)
                    {
                        requests[i] = Unsigned();
                        outcomes[i] = (LumonOutcome)(byte)Integer();
                        payloads[i] = Hexadecimal();
                    }
                    return recorder.Completed(requests, count, outcomes, payloads);
                }
            case "claimed":
                {
                    int count = (int)Integer();
                    ulong[] requests = new ulong[count];
                    uint[] stages = new uint[count];
                    for (int i = 0; i < count; i++)
                    {
                        requests[i] = Unsigned();
                        stages[i] = (uint)Unsigned();
                    }
                    return recorder.Claimed(requests, count, stages);
                }
            case "accepted":
                {
                    ulong[] requests = Unsigneds();
                    return recorder.Accepted(requests, requests.Length);
                }
            case "refused":
                {
                    ulong[] requests = Unsigneds();
                    return recorder.Refused(requests, requests.Length);
                }
            case "solid":
                {
                    ulong[] requests = Unsigneds();
                    return recorder.Solid(requests, requests.Length);
                }
            case "reply_absent": return recorder.ReplyAbsent(Unsigned());
            case "reply_damaged": return recorder.ReplyDamaged(Unsigned());
            case "reply_region":
                {
                    ulong request = Unsigned();
                    byte[] bytes = Bytes();
                    return recorder.ReplyRegion(request, bytes, 0, bytes.Length);
                }
            case "checkpoint":
                {
                    uint version = (uint)Unsigned();
                    ulong[] stages = Hexadecimals(), levels = Hexadecimals();
                    return recorder.Checkpoint(version, stages, stages.Length, levels, levels.Length, Bytes());
                }
            case "snapshot":
                {
                    string format = Word();
                    byte[] state = Bytes();
                    return recorder.Snapshot(format, state, 0, state.Length);
                }
            case "budgets": return recorder.Budgets(Budgets());
            case "missed": return recorder.Missed(Integer());
            case "frame":
                {
                    LumonPoint position = Point();
                    LumonRotation rotation = new LumonRotation(Real(), Real(), Real(), Real());
                    double fieldOfView = Real();
                    long time = Integer();
                    LumonPoint? selection = null;
                    if (at < words.Length) selection = Point();
                    while (recorder.FramesWaiting > 64 && recorder.Failure == null) Thread.Sleep(1);
                    return recorder.Frame(position, rotation, fieldOfView, time, selection);
                }
            case "finish":
                recorder.Close();
                return true;
            default: throw new FormatException("'" + verb + "'; expected a call");
        }
    }

    private LumonConfiguration Configuration()
    {
        LumonConfiguration result = new LumonConfiguration();
        result.WorldSeed = Unsigned();
        // The variant is in the same number, as in the canonical form.
        ulong flags = Unsigned();
        result.ChunksStartLoaded = (flags & 1) == 1;
        result.Variant = (int)(flags >> 1);
        result.LayoutVersion = (uint)Unsigned();
        result.BaseSpacing = Real();
        result.Resolution = (int)Integer();
        result.Levels = (int)Integer();
        result.ReanchorDistance = Real();
        result.RegionEdge = (int)Integer();
        result.NearLevels = (int)Integer();
        result.CacheBytes = Integer();
        result.CastLatencyFrames = (int)Integer();
        result.StoreLatencyFrames = (int)Integer();
        result.Budgets = Budgets();
        return result;
    }

    private LumonBudgets Budgets()
    {
        LumonBudgets result = new LumonBudgets();
        result.Total = (int)Integer();
        result.UploadBytes = Integer();
        result.PerLevel = new int[Integer()];
        for (int i = 0; i < result.PerLevel.Length; i++) result.PerLevel[i] = (int)Integer();
        return result;
    }

    private LumonPoint Point() { return new LumonPoint(Real(), Real(), Real()); }

    private LumonCoordinate Coordinate() { return new LumonCoordinate(Integer(), Integer(), Integer()); }

    private LumonRegion Region() { return new LumonRegion((int)Integer(), (int)Integer(), (int)Integer(), (int)Integer()); }

    private string Word()
    {
        if (at == words.Length) throw new FormatException("there is less than the call takes");
        return words[at++];
    }

    private bool Flag()
    {
        long value = Integer();
        if (value != 0 && value != 1) throw new FormatException(value + "; expected 0 or 1");
        return value == 1;
    }

    private long Integer() { return long.Parse(Word(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture); }

    private ulong Unsigned() { return ulong.Parse(Word(), NumberStyles.None, CultureInfo.InvariantCulture); }

    private ulong Hexadecimal() { return ulong.Parse(Word(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture); }

    private double Real() { return BitConverter.Int64BitsToDouble(unchecked((long)Hexadecimal())); }

    private ulong[] Unsigneds()
    {
        ulong[] result = new ulong[Integer()];
        for (int i = 0; i < result.Length; i++) result[i] = Unsigned();
        return result;
    }

    private ulong[] Hexadecimals()
    {
        ulong[] result = new ulong[Integer()];
        for (int i = 0; i < result.Length; i++) result[i] = Hexadecimal();
        return result;
    }

    private byte[] Bytes()
    {
        string text = Word();
        if (text == "-") return new byte[0];
        if (text.Length % 2 != 0) throw new FormatException("an odd number of hexadecimal digits");
        byte[] result = new byte[text.Length / 2];
        for (int i = 0; i < result.Length; i++)
            result[i] = byte.Parse(text.Substring(2 * i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return result;
    }
}

using System;
using System.Collections.Generic;
using LumonReplay;

/// <summary>
/// Engines behind the subject host that show what it does: Subjects record PATH, which records whatever it is given, Subjects contents,
/// whose digests are those of the store contents that it is given, and Subjects talks, faults, overfills or refuses.
/// </summary>
internal static class Subjects
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length == 2 && arguments[0] == "record")
        {
            RecordingEngine engine = new RecordingEngine(arguments[1]);
            int code = LumonSubjectHost.Run(engine);
            engine.Close();
            return code;
        }
        if (arguments.Length == 1) return LumonSubjectHost.Run(new OneStageEngine(arguments[0]));
        Console.Error.WriteLine("usage: Subjects record PATH | contents | talks | faults | overfills | refuses");
        return 64;
    }
}

/// <summary>Gives the recorder everything that it is given itself: what was decoded can be compared with what was sent.</summary>
internal sealed class RecordingEngine : LumonSubjectEngine
{
    private readonly string path;
    private LumonRecorder recorder;

    internal RecordingEngine(string path) { this.path = path; }

    internal void Close() { if (recorder != null) recorder.Close(); }

    public override LumonSubjectDescription Describe()
    {
        return new LumonSubjectDescription { Name = "recording", Stages = new[] { new LumonSubjectStage("recorded") } };
    }

    public override void Begin(LumonRun run) { recorder = new LumonRecorder(path, new LumonRecorderOptions { Live = run.IsLive }); }

    public override void Step(LumonFrameInput frame, LumonFrameResult result)
    {
        bool isThere = frame.MissedFrames == 0 || recorder.Missed(frame.MissedFrames);
        foreach (LumonEvent happened in frame.Events) isThere &= Record(happened);
        if (frame.Work != null) isThere &= Record(frame.Work);
        if (frame.Snapshot != null)
            isThere &= recorder.Snapshot(frame.Snapshot.Format, frame.Snapshot.State, 0, frame.Snapshot.State.Length);
        if (frame.Budgets != null) isThere &= recorder.Budgets(frame.Budgets);
        isThere &= recorder.Frame(
            frame.Position, frame.Orientation, frame.FieldOfView, frame.EngineTimeNanoseconds, frame.SelectionPosition);
        if (!isThere) throw new InvalidOperationException("frame " + frame.Frame + ": there was no room");
        result.Stages[0] = (ulong)frame.Events.Length;
    }

    private bool Record(LumonEvent happened)
    {
        switch (happened.Kind)
        {
            case LumonEventKind.SessionStart: return recorder.SessionStart(happened.Configuration);
            case LumonEventKind.SessionEnd: return recorder.SessionEnd();
            case LumonEventKind.Configure: return recorder.Configure(happened.Configuration);
            case LumonEventKind.Edit: return recorder.Edit(happened.Lower, happened.Upper, happened.Material);
            case LumonEventKind.ChunkLoad: return recorder.ChunkLoad(happened.Lower);
            case LumonEventKind.ChunkUnload: return recorder.ChunkUnload(happened.Lower);
            case LumonEventKind.Invalidate: return recorder.Invalidate(happened.BoxLower, happened.BoxUpper);
            case LumonEventKind.Store: return recorder.Store(happened.SizeCapBytes);
            case LumonEventKind.StoreOff: return recorder.StoreOff();
            case LumonEventKind.StoreDamage: return recorder.StoreDamage(happened.Region);
            case LumonEventKind.WriteBackDropped: return recorder.WriteBackDropped(happened.Key, happened.Region);
            case LumonEventKind.Engine: return recorder.Engine(happened.EngineName, happened.EngineStages, happened.HasOwnVoxels);
            default: throw new InvalidOperationException("an event of the kind " + happened.Kind);
        }
    }

    private bool Record(LumonWork work)
    {
        bool isThere = work.Completed.Length == 0
            || recorder.Completed(
                work.Completed, work.Completed.Length, work.Outcomes.Length == 0 ? null : work.Outcomes,
                work.Payloads.Length == 0 ? null : work.Payloads);
        if (work.Claimed.Length > 0)
            isThere &= recorder.Claimed(work.Claimed, work.Claimed.Length, work.ClaimStages.Length == 0 ? null : work.ClaimStages);
        if (work.Accepted.Length > 0) isThere &= recorder.Accepted(work.Accepted, work.Accepted.Length);
        if (work.Refused.Length > 0) isThere &= recorder.Refused(work.Refused, work.Refused.Length);
        if (work.Solid.Length > 0) isThere &= recorder.Solid(work.Solid, work.Solid.Length);
        foreach (LumonStoreReply reply in work.StoreReplies) isThere &= Record(reply);
        return isThere;
    }

    private bool Record(LumonStoreReply reply)
    {
        switch (reply.Kind)
        {
            case LumonReplyKind.Absent: return recorder.ReplyAbsent(reply.Request);
            case LumonReplyKind.Damaged: return recorder.ReplyDamaged(reply.Request);
            case LumonReplyKind.Region: return recorder.ReplyRegion(reply.Request, reply.Region, 0, reply.Region.Length);
            default: throw new InvalidOperationException("a reply of the kind " + reply.Kind);
        }
    }
}

/// <summary>An engine of one stage, which does as its name says from frame 2 on.</summary>
internal sealed class OneStageEngine : LumonSubjectEngine
{
    private readonly string name;
    private readonly LumonCanonicalBytes bytes = new LumonCanonicalBytes();

    internal OneStageEngine(string name) { this.name = name; }

    public override LumonSubjectDescription Describe()
    {
        return new LumonSubjectDescription { Name = name, Stages = new[] { new LumonSubjectStage("only") } };
    }

    public override void Begin(LumonRun run) { }

    public override void Step(LumonFrameInput frame, LumonFrameResult result)
    {
        if (name == "contents")
        {
            bytes.Reset();
            foreach (LumonEvent happened in frame.Events) if (happened.Contents != null) Append(happened.Contents);
            if (frame.Work != null)
            {
                foreach (LumonStoreReply reply in frame.Work.StoreReplies) if (reply.Index != null) Append(reply.Index);
            }
            result.Stages[0] = bytes.Digest64();
        }
        if (frame.Frame < 2) return;
        if (name == "talks") Console.WriteLine("frame " + frame.Frame);
        if (name == "faults") throw new InvalidOperationException("this engine is broken");
        if (name == "overfills") result.Levels.Add(1);
        if (name == "refuses") throw new LumonRefusal("frame " + frame.Frame + " is not for me");
    }

    /// <summary>As Digests.md has an index, and behind it the bytes of each row that has them.</summary>
    private void Append(LumonStoreContents contents)
    {
        bytes.I64(contents.Clock);
        bytes.U32((uint)contents.Rows.Length);
        foreach (LumonStoreRow row in contents.Rows)
        {
            bytes.U64(row.Key.Seed);
            bytes.U32(row.Key.LayoutVersion);
            bytes.U64(row.Key.Fingerprint);
            bytes.F64(row.Key.BaseSpacing);
            bytes.I32(row.Key.RegionEdge);
            bytes.Region(row.Region);
            bytes.I64(row.Clock);
            bytes.U32((uint)row.Present.Length);
            foreach (ulong word in row.Present) bytes.U64(word);
            bytes.U64(row.Digest);
        }
        bytes.U32((uint)contents.Worlds.Length);
        foreach (LumonStoreWorld world in contents.Worlds)
        {
            bytes.U64(world.Seed);
            bytes.U64(world.Edits);
        }
        bytes.U32(contents.DamagedRows);
        foreach (LumonStoreRow row in contents.Rows) if (row.Content != null) bytes.Raw(row.Content, 0, row.Content.Length);
    }
}

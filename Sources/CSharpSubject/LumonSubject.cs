// The subject host for engines in C#: one file, to be compiled together with LumonRecorder.cs, for .NET and Mono (C# 5).
//
//     class MyEngine : LumonSubjectEngine { ... }
//     static int Main() { return LumonSubjectHost.Run(new MyEngine()); }
//
// What goes over the pipe is described in SubjectProtocol.md, and how an engine is put behind it in CSharpSubject.md.
// ExampleScheduler.cs is an engine.
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace LumonReplay
{
    /// <summary>
    /// An implementation of a streaming system, as the host needs it. Calls come from one thread, in the order of the protocol: the
    /// description first, then any number of runs, each of them <see cref="Begin"/> and a <see cref="Step"/> for every frame.
    /// <para>
    /// Whatever the engine writes with Console.Write goes to standard error: standard output belongs to the protocol. To say that an
    /// input is not for it, it throws a <see cref="LumonRefusal"/>: the run is over then, and the next one is good again. Any
    /// other exception is a fault of the engine, which ends the program.
    /// </para>
    /// </summary>
    public abstract class LumonSubjectEngine
    {
        /// <summary>What the engine is, and what it can do. It is asked for once, and never changes.</summary>
        public abstract LumonSubjectDescription Describe();

        /// <summary>A run begins. Everything of an earlier one is forgotten: the same frames must give the same digests again.</summary>
        public abstract void Begin(LumonRun run);

        /// <summary>
        /// The next frame: its input, and an empty result to be filled. Both are the engine's to keep.
        /// </summary>
        public abstract void Step(LumonFrameInput frame, LumonFrameResult result);
    }

    /// <summary>The engine's own word that it cannot do what it was asked for: one sentence, of which 1,000 bytes are shown.</summary>
    public sealed class LumonRefusal : Exception
    {
        public LumonRefusal(string message) : base(message) { }
    }

    /// <summary>What kind of payload an engine's digests are made of.</summary>
    public enum LumonPayloadKind { None = 0, Opaque = 1, Full = 2 }

    /// <summary>A stage of the engine's frame.</summary>
    public sealed class LumonSubjectStage
    {
        /// <summary>1 to 64 bytes. A name of the model's means the model's stage; any other is the engine's own.</summary>
        public readonly string Name;
        /// <summary>Of a stage of the model's: the fields that are in its digest, in the stage's order; none: all of them.</summary>
        public readonly string[] Fields;
        public LumonSubjectStage(string name, params string[] fields) { Name = name; Fields = fields; }
    }

    /// <summary>What an engine is, and what it can do. The fields are those of Description in subject.proto.</summary>
    public sealed class LumonSubjectDescription
    {
        /// <summary>1 to 64 bytes of A-Z a-z 0-9 . _ -, the first of them a letter or digit.</summary>
        public string Name = "";
        /// <summary>At most 200 bytes.</summary>
        public string Version = "";
        /// <summary>2 for the digests of Digests.md.</summary>
        public int DigestVersion = 2;
        /// <summary>In causal order, 1 to 64.</summary>
        public LumonSubjectStage[] Stages = { };
        /// <summary>The fields that are in the records of states; none: all of them.</summary>
        public string[] StateFields = { };
        public LumonPayloadKind Payloads = LumonPayloadKind.None;
        /// <summary>Every result has a digest of each level.</summary>
        public bool HasLevels;
        /// <summary>It goes by <see cref="LumonRun.Workers"/>.</summary>
        public bool TakesWorkers;
        /// <summary>It goes by <see cref="LumonRun.CompletionSeed"/>.</summary>
        public bool TakesCompletionSeed;
        /// <summary>It fills <see cref="LumonFrameResult.StageBytes"/> and States, Payloads where a frame wants records.</summary>
        public bool GivesRecords;
        /// <summary>At most 16, each 1 to 13 bytes of a-z and -.</summary>
        public string[] Counters = { };
        /// <summary>The variants of the model that it has; none: the reference only.</summary>
        public string[] Variants = { };
    }

    /// <summary>How a run is made.</summary>
    public sealed class LumonRun
    {
        /// <summary>Threads that cast; 0: as the engine likes.</summary>
        public int Workers;
        /// <summary>The order of completion within a frame; 0: as it comes.</summary>
        public ulong CompletionSeed;
        /// <summary>A recorded live run: a frame drains what its <see cref="LumonFrameInput.Work"/> says. Else what is due.</summary>
        public bool IsLive;
    }

    /// <summary>Everything that a frame is given.</summary>
    public sealed class LumonFrameInput
    {
        /// <summary>0 and up; one more than the frame's before, but for <see cref="MissedFrames"/>.</summary>
        public int Frame;
        /// <summary>From 0, one more with each later start.</summary>
        public uint Session;
        /// <summary>The recording engine's clock. Nothing may be decided by it.</summary>
        public long EngineTimeNanoseconds;
        /// <summary>The camera, in blocks.</summary>
        public LumonPoint Position;
        public LumonRotation Orientation;
        /// <summary>Vertical, in radians; 0 where it is not known.</summary>
        public double FieldOfView;
        /// <summary>New budgets from this frame on; null where they stay.</summary>
        public LumonBudgets Budgets;
        /// <summary>Where probes are selected from, if that is not the camera's position; null otherwise.</summary>
        public LumonPoint? SelectionPosition;
        /// <summary>How many frames before this one were not recorded.</summary>
        public uint MissedFrames;
        /// <summary>What happened since the frame before, in order.</summary>
        public LumonEvent[] Events = { };
        /// <summary>What a live run got from its workers and its store; null where it got nothing.</summary>
        public LumonWork Work;
        /// <summary>The state before this frame's events; null where there is none.</summary>
        public LumonSnapshot Snapshot;
        /// <summary>The result is to have records.</summary>
        public bool WantsRecords;
    }

    /// <summary>The kinds of event, by the numbers that they have in event.proto.</summary>
    public enum LumonEventKind
    {
        SessionStart = 3, SessionEnd = 4, Configure = 5, Edit = 6, ChunkLoad = 7, ChunkUnload = 8, Invalidate = 9, Store = 10,
        StoreOff = 11, StoreDamage = 12, WriteBackDropped = 13, Engine = 14,
    }

    /// <summary>Something that happened between two frames. Which fields it has depends on its kind; the others are as they are made.</summary>
    public sealed class LumonEvent
    {
        public LumonEventKind Kind;
        /// <summary>SessionStart, Configure: as its user gave it.</summary>
        public LumonConfiguration Configuration;
        /// <summary>Edit: the voxels from Lower up to, not including, Upper. ChunkLoad, ChunkUnload: Lower is the chunk.</summary>
        public LumonCoordinate Lower, Upper;
        /// <summary>Edit: 0...255.</summary>
        public int Material;
        /// <summary>Invalidate: from BoxLower up to, not including, BoxUpper, in blocks.</summary>
        public LumonPoint BoxLower, BoxUpper;
        /// <summary>Store.</summary>
        public long SizeCapBytes;
        /// <summary>Store: null where it is as the run left it, or new.</summary>
        public LumonStoreContents Contents;
        /// <summary>WriteBackDropped.</summary>
        public LumonStoreKey Key;
        /// <summary>StoreDamage, WriteBackDropped.</summary>
        public LumonRegion Region;
        /// <summary>Engine: name and version of the one that recorded itself, and its stages.</summary>
        public string EngineName = "";
        public string[] EngineStages = { };
        public bool HasOwnVoxels;
    }

    /// <summary>What a frame of a live run drained, and what its workers did.</summary>
    public sealed class LumonWork
    {
        /// <summary>Requests by their numbers.</summary>
        public ulong[] Completed = { }, Claimed = { }, Accepted = { }, Refused = { }, Solid = { };
        /// <summary>Of each completed request; none where a replay casts itself.</summary>
        public LumonOutcome[] Outcomes = { };
        /// <summary>Of each completed request; none where a replay casts itself.</summary>
        public ulong[] Payloads = { };
        /// <summary>Of each claimed request; none where it is not known.</summary>
        public uint[] ClaimStages = { };
        public LumonStoreReply[] StoreReplies = { };
    }

    public enum LumonReplyKind { Index = 2, Region = 3, Absent = 4, Damaged = 5 }

    public sealed class LumonStoreReply
    {
        public ulong Request;
        public LumonReplyKind Kind;
        /// <summary>Of an index.</summary>
        public LumonStoreContents Index;
        /// <summary>Of a region.</summary>
        public byte[] Region;
    }

    /// <summary>The index of a store.</summary>
    public sealed class LumonStoreContents
    {
        public long Clock;
        public LumonStoreRow[] Rows = { };
        public LumonStoreWorld[] Worlds = { };
        public uint DamagedRows;
    }

    public sealed class LumonStoreRow
    {
        public LumonStoreKey Key;
        public LumonRegion Region;
        public long Clock;
        /// <summary>Which cells it has: bit i &amp; 63 of word i >> 6.</summary>
        public ulong[] Present = { };
        public ulong Digest;
        /// <summary>Null where the run did not take it.</summary>
        public byte[] Content;
    }

    public struct LumonStoreWorld
    {
        public ulong Seed, Edits;
    }

    public sealed class LumonSnapshot
    {
        public string Format = "";
        public byte[] State = { };
    }

    /// <summary>What an engine says of a frame.</summary>
    public sealed class LumonFrameResult
    {
        /// <summary>One for each stage of the description.</summary>
        public readonly ulong[] Stages;
        /// <summary>One for each level, finest first, 0 to 8; none where the description has no levels.</summary>
        public readonly List<ulong> Levels = new List<ulong>();
        /// <summary>Of each counter of the description one number for each of <see cref="CountLevels"/> levels.</summary>
        public readonly List<ulong> Counters = new List<ulong>();
        /// <summary>0 to 8.</summary>
        public int CountLevels;
        /// <summary>Where the frame wants records: of each stage the bytes that it hashed.</summary>
        public readonly List<byte[]> StageBytes = new List<byte[]>();
        /// <summary>Where the frame wants records: the state record of each cell of each window, level by level in linear order.</summary>
        public readonly List<byte[]> States = new List<byte[]>();
        /// <summary>Where the frame wants records: the record of each payload, in the same order.</summary>
        public readonly List<byte[]> Payloads = new List<byte[]>();
        public LumonFrameResult(int stages) { Stages = new ulong[stages]; }
    }

    /// <summary>
    /// Speaks the subject protocol on two streams, and has an engine do the work. It neither saves states nor begins from one.
    /// </summary>
    public sealed class LumonSubjectHost
    {
        private const int ProtocolVersion = 1;
        private const int HelloKind = 1, BeginKind = 2, StepKind = 3, SaveKind = 4;
        private const int DescriptionKind = 1, BegunKind = 2, ResultKind = 3, FailureKind = 15;
        private const int MaximumLevels = 8;

        private readonly LumonSubjectEngine engine;
        private readonly LumonSubjectDescription description;
        private readonly LumonSubjectPipe pipe;
        private readonly LumonMessageWriter content = new LumonMessageWriter();
        private readonly LumonMessageWriter reply = new LumonMessageWriter();
        private LumonStepReader steps;
        /// <summary>Why no frame can be taken; null while a run is under way.</summary>
        private string failure = "no run has begun; expected Begin before the first Step";

        public LumonSubjectHost(LumonSubjectEngine engine, Stream input, Stream output)
        {
            this.engine = engine;
            description = engine.Describe();
            pipe = new LumonSubjectPipe(input, output);
        }

        /// <summary>
        /// Serves on standard input and output until the input ends: what Main returns. 0; 65 for input that is not of the protocol; 70
        /// for a fault of the engine; 74 where a pipe fails. The reason goes to standard error.
        /// </summary>
        public static int Run(LumonSubjectEngine engine)
        {
            try
            {
                Stream output = Console.OpenStandardOutput();
                Console.SetOut(Console.Error);
                new LumonSubjectHost(engine, Console.OpenStandardInput(), output).Serve();
                return 0;
            }
            catch (LumonProtocolException error)
            {
                Console.Error.WriteLine("error: " + error.Message);
                return 65;
            }
            catch (IOException error)
            {
                Console.Error.WriteLine("error: a pipe failed: " + error.Message);
                return 74;
            }
            catch (Exception error)
            {
                Console.Error.WriteLine("error: " + error);
                return 70;
            }
        }

        /// <summary>Answers every message, until the input ends.</summary>
        /// <exception cref="LumonProtocolException">What comes is no message of the protocol.</exception>
        /// <exception cref="IOException">A stream fails.</exception>
        public void Serve()
        {
            try
            {
                for (LumonMessageReader message = pipe.Next(); message != null; message = pipe.Next())
                {
                    reply.Reset();
                    Answer(message);
                    pipe.Write(reply);
                }
            }
            catch (IOException) { throw; }
            catch (Exception)
            {
                // What was answered before is not lost: whoever asks can tell by it which message went wrong.
                pipe.Flush();
                throw;
            }
        }

        private void Answer(LumonMessageReader message)
        {
            int kind = 0;
            LumonMessageReader inner = null;
            while (message.Next())
            {
                if (message.Field < HelloKind || message.Field > SaveKind)
                {
                    message.Skip();
                    continue;
                }
                kind = message.Field;
                inner = message.Message();
            }
            if (inner == null) throw message.Error("a message without a kind; expected hello, begin, step or save");
            content.Reset();
            try
            {
                int answer = Answer(kind, inner);
                reply.Message(answer, content);
            }
            catch (LumonRefusal refusal)
            {
                if (kind == BeginKind || failure == null) failure = refusal.Message;
                content.Reset();
                content.Text(1, refusal.Message);
                reply.Message(FailureKind, content);
            }
        }

        /// <summary>Writes the content of the answer.</summary>
        /// <returns>The answer's kind.</returns>
        private int Answer(int kind, LumonMessageReader message)
        {
            switch (kind)
            {
                case HelloKind:
                    Append(description);
                    return DescriptionKind;
                case BeginKind:
                    failure = null;
                    LumonRun run = Begin(message);
                    steps = new LumonStepReader();
                    engine.Begin(run);
                    return BegunKind;
                case StepKind:
                    if (failure != null) throw new LumonRefusal(failure);
                    LumonFrameInput frame = steps.Step(message);
                    LumonFrameResult result = new LumonFrameResult(description.Stages.Length);
                    engine.Step(frame, result);
                    Check(result, frame);
                    Append(result, frame);
                    return ResultKind;
                default:
                    throw new LumonRefusal("it saves no states; its description says so");
            }
        }

        private static LumonRun Begin(LumonMessageReader message)
        {
            LumonRun run = new LumonRun();
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1: run.Workers = unchecked((int)message.Number()); break;
                    case 2: run.CompletionSeed = message.Number(); break;
                    case 3: run.IsLive = message.Number() != 0; break;
                    case 4: throw new LumonRefusal("it begins from no saved state; its description says so");
                    default: message.Skip(); break;
                }
            }
            return run;
        }

        /// <summary>A result that the protocol has no place for is a fault of the engine.</summary>
        private void Check(LumonFrameResult result, LumonFrameInput frame)
        {
            if (result.Levels.Count > (description.HasLevels ? MaximumLevels : 0))
                throw Fault(frame, "{0} digests of levels; expected at most {1}", result.Levels.Count, description.HasLevels ? MaximumLevels : 0);
            if (result.CountLevels < 0 || result.CountLevels > MaximumLevels
                || result.Counters.Count != description.Counters.Length * result.CountLevels)
                throw Fault(frame, "{0} numbers for {1} levels; expected one for each counter and level", result.Counters.Count, result.CountLevels);
            if (frame.WantsRecords && description.GivesRecords && result.StageBytes.Count != result.Stages.Length)
                throw Fault(frame, "the bytes of {0} stages; expected those of {1}", result.StageBytes.Count, result.Stages.Length);
        }

        private static Exception Fault(LumonFrameInput frame, string format, params object[] values)
        {
            return new InvalidOperationException("frame " + frame.Frame + ": the engine gave " + string.Format(format, values));
        }

        private void Append(LumonSubjectDescription value)
        {
            content.Number(1, ProtocolVersion);
            content.Text(2, value.Name);
            content.Text(3, value.Version);
            content.Number(4, (ulong)value.DigestVersion);
            foreach (LumonSubjectStage stage in value.Stages)
            {
                LumonMessageWriter inner = new LumonMessageWriter();
                inner.Text(1, stage.Name);
                foreach (string field in stage.Fields) inner.Text(2, field);
                content.Message(5, inner);
            }
            foreach (string field in value.StateFields) content.Text(6, field);
            content.Number(7, (ulong)value.Payloads);
            content.Number(8, value.HasLevels ? 1u : 0);
            content.Number(9, value.TakesWorkers ? 1u : 0);
            content.Number(10, value.TakesCompletionSeed ? 1u : 0);
            content.Number(12, value.GivesRecords ? 1u : 0);
            foreach (string counter in value.Counters) content.Text(13, counter);
            foreach (string variant in value.Variants) content.Text(14, variant);
        }

        private void Append(LumonFrameResult result, LumonFrameInput frame)
        {
            content.Number(1, (ulong)frame.Frame);
            content.Fixed(2, result.Stages);
            content.Fixed(3, result.Levels);
            content.Numbers(4, result.Counters);
            content.Number(5, (ulong)result.CountLevels);
            if (!frame.WantsRecords || !description.GivesRecords) return;
            LumonMessageWriter records = new LumonMessageWriter();
            foreach (byte[] bytes in result.StageBytes) records.Bytes(1, bytes);
            foreach (byte[] bytes in result.States) records.Bytes(2, bytes);
            foreach (byte[] bytes in result.Payloads) records.Bytes(3, bytes);
            content.Message(6, records);
        }
    }

    /// <summary>The input is not of the subject protocol.</summary>
    public sealed class LumonProtocolException : Exception
    {
        public LumonProtocolException(ulong offset, string fact) : base("byte " + offset + " of the input: " + fact) { }
    }

    /// <summary>Messages with their lengths before them. What is written is kept until there is no whole message to read.</summary>
    internal sealed class LumonSubjectPipe
    {
        private const ulong MaximumMessageBytes = 1 << 30;
        private const int OutgoingBytes = 1 << 16;

        private readonly Stream input, output;
        private readonly LumonMessageWriter outgoing = new LumonMessageWriter();
        private byte[] buffer = new byte[1 << 16];
        private int start, end;
        /// <summary>Bytes of the input before the buffer's first.</summary>
        private ulong origin;

        internal LumonSubjectPipe(Stream input, Stream output)
        {
            this.input = input;
            this.output = output;
        }

        /// <summary>The next message, good until the next call; null at the end of the input.</summary>
        internal LumonMessageReader Next()
        {
            while (true)
            {
                int header;
                ulong length;
                if (Length(out header, out length))
                {
                    if (length > MaximumMessageBytes)
                        throw Error("a message of " + length + " bytes is announced; expected at most " + MaximumMessageBytes);
                    if ((ulong)(end - start - header) >= length)
                    {
                        int first = start + header;
                        start = first + (int)length;
                        return new LumonMessageReader(buffer, first, start, origin);
                    }
                }
                Flush();
                MakeRoom();
                int count = input.Read(buffer, end, buffer.Length - end);
                if (count <= 0 && end == start) return null;
                if (count <= 0) throw Error("the input ends " + (end - start) + " bytes into a message");
                end += count;
            }
        }

        private bool Length(out int header, out ulong length)
        {
            length = 0;
            for (header = 1; header <= end - start; header++)
            {
                byte value = buffer[start + header - 1];
                if (header == 10 && value > 1) throw Error("a length that never ends");
                length |= (ulong)(value & 0x7F) << 7 * (header - 1);
                if (value < 0x80) return true;
            }
            return false;
        }

        /// <summary>The buffer grows with what has come, never with what is announced.</summary>
        private void MakeRoom()
        {
            if (start > 0)
            {
                Buffer.BlockCopy(buffer, start, buffer, 0, end - start);
                origin += (ulong)start;
                end -= start;
                start = 0;
            }
            if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        }

        internal void Write(LumonMessageWriter message)
        {
            outgoing.Delimited(message);
            if (outgoing.Count >= OutgoingBytes) Flush();
        }

        internal void Flush()
        {
            if (outgoing.Count == 0) return;
            output.Write(outgoing.Data, 0, outgoing.Count);
            output.Flush();
            outgoing.Reset();
        }

        private LumonProtocolException Error(string fact) { return new LumonProtocolException(origin + (ulong)start, fact); }
    }

    /// <summary>The fields of a message, one after the other.</summary>
    internal sealed class LumonMessageReader
    {
        private static readonly UTF8Encoding utf8 = new UTF8Encoding(false, true);

        private readonly byte[] data;
        private int place;
        private readonly int end;
        private readonly ulong origin;
        private int wire;

        /// <summary>The number of the field that stands here.</summary>
        internal int Field { get; private set; }

        /// <param name="origin">Place of the data's first byte in the input.</param>
        internal LumonMessageReader(byte[] data, int place, int end, ulong origin)
        {
            this.data = data;
            this.place = place;
            this.end = end;
            this.origin = origin;
        }

        /// <summary>Goes to the next field; false behind the last. Its value is then read with one of the others, or skipped.</summary>
        internal bool Next()
        {
            if (place == end) return false;
            ulong tag = Varint();
            if (tag >> 3 == 0 || tag >> 32 != 0) throw Error("a field of the number " + (tag >> 3));
            Field = (int)(tag >> 3);
            wire = (int)(tag & 7);
            return true;
        }

        internal void Skip()
        {
            switch (wire)
            {
                case 0: Varint(); break;
                case 1: Take(8); break;
                case 2: Take(Varint()); break;
                case 5: Take(4); break;
                default: throw Error("a field of the wire type " + wire);
            }
        }

        internal ulong Number()
        {
            Expect(0);
            return Varint();
        }

        internal long Signed() { return ZigZag(Number()); }

        internal ulong Fixed()
        {
            Expect(1);
            return Fixed64();
        }

        /// <summary>A negative zero never stands in a message.</summary>
        internal double Real() { return BitConverter.Int64BitsToDouble(unchecked((long)Fixed())); }

        internal string Text()
        {
            Expect(2);
            int count = checked((int)Math.Min(Varint(), int.MaxValue));
            int first = Take((ulong)count);
            try { return utf8.GetString(data, first, count); }
            catch (ArgumentException) { throw Error("a text that is no UTF-8"); }
        }

        internal byte[] Bytes()
        {
            Expect(2);
            int first = Take(Varint());
            byte[] bytes = new byte[place - first];
            Buffer.BlockCopy(data, first, bytes, 0, bytes.Length);
            return bytes;
        }

        internal LumonMessageReader Message()
        {
            Expect(2);
            int first = Take(Varint());
            return new LumonMessageReader(data, first, place, origin);
        }

        /// <summary>A repeated varint: one, or many in one piece.</summary>
        internal void Numbers(List<ulong> list)
        {
            if (wire == 0)
            {
                list.Add(Varint());
                return;
            }
            LumonMessageReader piece = Message();
            while (piece.place < piece.end) list.Add(piece.Varint());
        }

        /// <summary>A repeated number of 64 bits: one, or many in one piece.</summary>
        internal void Fixeds(List<ulong> list)
        {
            if (wire == 1)
            {
                list.Add(Fixed64());
                return;
            }
            LumonMessageReader piece = Message();
            while (piece.place < piece.end) list.Add(piece.Fixed64());
        }

        internal LumonProtocolException Error(string fact) { return new LumonProtocolException(origin + (ulong)place, fact); }

        internal static long ZigZag(ulong value) { return unchecked((long)(value >> 1) ^ -(long)(value & 1)); }

        private void Expect(int expected)
        {
            if (wire != expected) throw Error("field " + Field + " has the wire type " + wire + "; expected " + expected);
        }

        private ulong Fixed64()
        {
            int first = Take(8);
            ulong value = 0;
            for (int i = 7; i >= 0; i--) value = value << 8 | data[first + i];
            return value;
        }

        private ulong Varint()
        {
            ulong value = 0;
            for (int i = 0; i < 10; i++)
            {
                byte next = data[Take(1)];
                if (i == 9 && next > 1) break;
                value |= (ulong)(next & 0x7F) << 7 * i;
                if (next < 0x80) return value;
            }
            throw Error("a number that never ends");
        }

        /// <returns>The place of the first of so many bytes.</returns>
        private int Take(ulong count)
        {
            if (count > (ulong)(end - place)) throw Error(count + " bytes; the message has " + (end - place) + " left");
            int first = place;
            place += (int)count;
            return first;
        }
    }

    /// <summary>A message that is put together field by field.</summary>
    internal sealed class LumonMessageWriter
    {
        private readonly LumonBytes bytes = new LumonBytes(256);

        internal byte[] Data { get { return bytes.Data; } }
        internal int Count { get { return bytes.Count; } }
        internal void Reset() { bytes.Count = 0; }

        /// <summary>Nothing for 0.</summary>
        internal void Number(int field, ulong value)
        {
            bytes.Ensure(20);
            bytes.Varint(field, value);
        }

        internal void Text(int field, string text)
        {
            byte[] utf8 = new UTF8Encoding(false).GetBytes(text);
            Bytes(field, utf8);
        }

        internal void Bytes(int field, byte[] value) { Block(field, value, value.Length); }

        /// <summary>Also where the message is empty.</summary>
        internal void Message(int field, LumonMessageWriter message) { Block(field, message.Data, message.Count); }

        internal void Fixed(int field, ICollection<ulong> values)
        {
            if (values.Count == 0) return;
            bytes.Ensure(20 + 8 * values.Count);
            bytes.Tag(field, 2);
            bytes.Varint((ulong)(8 * values.Count));
            foreach (ulong value in values) bytes.U64(value);
        }

        internal void Numbers(int field, ICollection<ulong> values)
        {
            if (values.Count == 0) return;
            int size = 0;
            foreach (ulong value in values) size += LumonBytes.VarintSize(value);
            bytes.Ensure(20 + size);
            bytes.Tag(field, 2);
            bytes.Varint((ulong)size);
            foreach (ulong value in values) bytes.Varint(value);
        }

        /// <summary>A whole message, with its length before it.</summary>
        internal void Delimited(LumonMessageWriter message)
        {
            bytes.Ensure(10 + message.Count);
            bytes.Varint((ulong)message.Count);
            bytes.Raw(message.Data, 0, message.Count);
        }

        private void Block(int field, byte[] value, int count)
        {
            bytes.Ensure(20 + count);
            bytes.Block(field, value, 0, count);
        }
    }

    /// <summary>Makes frames out of the steps of one run.</summary>
    internal sealed class LumonStepReader
    {
        /// <summary>By their ids. An event may refer to any that came before it.</summary>
        private readonly List<LumonConfiguration> configurations = new List<LumonConfiguration>();

        internal LumonFrameInput Step(LumonMessageReader message)
        {
            LumonFrameInput frame = new LumonFrameInput();
            List<LumonEvent> events = new List<LumonEvent>();
            List<LumonMessageReader> later = new List<LumonMessageReader>();
            bool hasFrame = false;
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1:
                        ReadFrame(message.Message(), frame);
                        hasFrame = true;
                        break;
                    case 2: ReadConfiguration(message.Message()); break;
                    // Behind the configurations that they refer to, wherever they stand.
                    case 3: later.Add(message.Message()); break;
                    case 4: frame.Work = Work(message.Message()); break;
                    case 5: frame.Snapshot = Snapshot(message.Message()); break;
                    case 6: frame.WantsRecords = message.Number() != 0; break;
                    default: message.Skip(); break;
                }
            }
            if (!hasFrame) throw message.Error("a step without a frame");
            foreach (LumonMessageReader reader in later) events.Add(Event(reader, events.Count));
            frame.Events = events.ToArray();
            return frame;
        }

        private static void ReadFrame(LumonMessageReader message, LumonFrameInput frame)
        {
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1:
                        ulong number = message.Number();
                        if (number > int.MaxValue) throw message.Error("a frame of the number " + number + "; expected at most " + int.MaxValue);
                        frame.Frame = (int)number;
                        break;
                    case 2: frame.EngineTimeNanoseconds = message.Signed(); break;
                    case 3: frame.Session = unchecked((uint)message.Number()); break;
                    case 4: frame.Position = Point(message.Message()); break;
                    case 5: frame.Orientation = Rotation(message.Message()); break;
                    case 6: frame.FieldOfView = message.Real(); break;
                    case 7: frame.Budgets = Budgets(message.Message()); break;
                    case 8: frame.SelectionPosition = Point(message.Message()); break;
                    case 9: frame.MissedFrames = unchecked((uint)message.Number()); break;
                    default: message.Skip(); break;
                }
            }
        }

        private void ReadConfiguration(LumonMessageReader message)
        {
            // What a message does not have is 0, whatever a new configuration has.
            LumonConfiguration value = new LumonConfiguration
            {
                WorldSeed = 0, ChunksStartLoaded = false, LayoutVersion = 0, BaseSpacing = 0, Resolution = 0, Levels = 0,
                ReanchorDistance = 0, RegionEdge = 0, NearLevels = 0, CacheBytes = 0, CastLatencyFrames = 0, StoreLatencyFrames = 0,
                Variant = 0, Budgets = new LumonBudgets { PerLevel = new int[0], Total = 0, UploadBytes = 0 },
            };
            ulong id = 0;
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 2: id = message.Number(); break;
                    case 3: value.WorldSeed = message.Fixed(); break;
                    case 4: value.ChunksStartLoaded = message.Number() != 0; break;
                    case 5: value.LayoutVersion = unchecked((uint)message.Number()); break;
                    case 6: value.BaseSpacing = message.Real(); break;
                    case 7: value.Resolution = Int(message); break;
                    case 8: value.Levels = Int(message); break;
                    case 9: value.ReanchorDistance = message.Real(); break;
                    case 10: value.RegionEdge = Int(message); break;
                    case 11: value.NearLevels = Int(message); break;
                    case 12: value.CacheBytes = message.Signed(); break;
                    case 13: value.CastLatencyFrames = Int(message); break;
                    case 14: value.StoreLatencyFrames = Int(message); break;
                    case 15: value.Budgets = Budgets(message.Message()); break;
                    case 16: value.Variant = unchecked((int)message.Number()); break;
                    default: message.Skip(); break;
                }
            }
            if (id != (ulong)configurations.Count)
                throw message.Error("a configuration of the id " + id + "; expected " + configurations.Count);
            configurations.Add(value);
        }

        private static LumonBudgets Budgets(LumonMessageReader message)
        {
            List<ulong> levels = new List<ulong>();
            LumonBudgets value = new LumonBudgets { Total = 0, UploadBytes = 0 };
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1: message.Numbers(levels); break;
                    case 2: value.Total = Int(message); break;
                    case 3: value.UploadBytes = message.Signed(); break;
                    default: message.Skip(); break;
                }
            }
            value.PerLevel = levels.ConvertAll(level => unchecked((int)LumonMessageReader.ZigZag(level))).ToArray();
            return value;
        }

        private LumonEvent Event(LumonMessageReader message, int expected)
        {
            LumonEvent value = new LumonEvent();
            ulong ordinal = 0;
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1: message.Skip(); break;
                    case 2: ordinal = message.Number(); break;
                    default:
                        // Whoever passes over what happened runs another run.
                        if (message.Field < (int)LumonEventKind.SessionStart || message.Field > (int)LumonEventKind.Engine)
                            throw new LumonRefusal("an event has the kind " + message.Field + ", which this host does not know");
                        value.Kind = (LumonEventKind)message.Field;
                        ReadKind(message.Message(), value);
                        break;
                }
            }
            if (value.Kind == 0) throw new LumonRefusal("an event has a kind that this host does not know");
            if (ordinal != (ulong)expected) throw message.Error("an event of the ordinal " + ordinal + "; expected " + expected);
            return value;
        }

        private void ReadKind(LumonMessageReader message, LumonEvent value)
        {
            // A reference to the configuration 0 is an empty message.
            ulong id = 0;
            List<string> stages = new List<string>();
            while (message.Next())
            {
                if (value.Kind == LumonEventKind.WriteBackDropped)
                {
                    ReadKey(message, ref value.Key, ref value.Region);
                    continue;
                }
                switch ((int)value.Kind << 8 | message.Field)
                {
                    case (int)LumonEventKind.SessionStart << 8 | 1:
                    case (int)LumonEventKind.Configure << 8 | 1: id = message.Number(); break;
                    case (int)LumonEventKind.Edit << 8 | 1: ReadBox(message.Message(), value); break;
                    case (int)LumonEventKind.Edit << 8 | 2: value.Material = unchecked((int)message.Number()); break;
                    case (int)LumonEventKind.ChunkLoad << 8 | 1:
                    case (int)LumonEventKind.ChunkUnload << 8 | 1: value.Lower.X = message.Signed(); break;
                    case (int)LumonEventKind.ChunkLoad << 8 | 2:
                    case (int)LumonEventKind.ChunkUnload << 8 | 2: value.Lower.Y = message.Signed(); break;
                    case (int)LumonEventKind.ChunkLoad << 8 | 3:
                    case (int)LumonEventKind.ChunkUnload << 8 | 3: value.Lower.Z = message.Signed(); break;
                    case (int)LumonEventKind.Invalidate << 8 | 1: value.BoxLower = Point(message.Message()); break;
                    case (int)LumonEventKind.Invalidate << 8 | 2: value.BoxUpper = Point(message.Message()); break;
                    case (int)LumonEventKind.Store << 8 | 1: value.SizeCapBytes = unchecked((long)message.Number()); break;
                    case (int)LumonEventKind.Store << 8 | 2: value.Contents = Contents(message.Message()); break;
                    case (int)LumonEventKind.StoreDamage << 8 | 1: value.Region.Level = unchecked((int)message.Number()); break;
                    case (int)LumonEventKind.StoreDamage << 8 | 2: value.Region.X = Int(message); break;
                    case (int)LumonEventKind.StoreDamage << 8 | 3: value.Region.Y = Int(message); break;
                    case (int)LumonEventKind.StoreDamage << 8 | 4: value.Region.Z = Int(message); break;
                    case (int)LumonEventKind.Engine << 8 | 1: value.EngineName = message.Text(); break;
                    case (int)LumonEventKind.Engine << 8 | 2: stages.Add(message.Text()); break;
                    case (int)LumonEventKind.Engine << 8 | 3: value.HasOwnVoxels = message.Number() != 0; break;
                    default: message.Skip(); break;
                }
            }
            value.EngineStages = stages.ToArray();
            if (value.Kind != LumonEventKind.SessionStart && value.Kind != LumonEventKind.Configure) return;
            if (id >= (ulong)configurations.Count)
                throw message.Error("an event refers to the configuration " + id + "; expected one of " + configurations.Count);
            value.Configuration = configurations[(int)id];
        }

        private static void ReadBox(LumonMessageReader message, LumonEvent value)
        {
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1: value.Lower = Coordinate(message.Message()); break;
                    case 2: value.Upper = Coordinate(message.Message()); break;
                    default: message.Skip(); break;
                }
            }
        }

        /// <summary>One field of a StoreRowKey.</summary>
        private static void ReadKey(LumonMessageReader message, ref LumonStoreKey key, ref LumonRegion region)
        {
            switch (message.Field)
            {
                case 1: key.Seed = message.Fixed(); break;
                case 2: key.LayoutVersion = unchecked((uint)message.Number()); break;
                case 3: key.Fingerprint = message.Fixed(); break;
                case 4: key.BaseSpacing = message.Real(); break;
                case 5: key.RegionEdge = unchecked((int)message.Number()); break;
                case 6: region.Level = unchecked((int)message.Number()); break;
                case 7: region.X = Int(message); break;
                case 8: region.Y = Int(message); break;
                case 9: region.Z = Int(message); break;
                default: message.Skip(); break;
            }
        }

        private static LumonStoreContents Contents(LumonMessageReader message)
        {
            LumonStoreContents value = new LumonStoreContents();
            List<LumonStoreRow> rows = new List<LumonStoreRow>();
            List<LumonStoreWorld> worlds = new List<LumonStoreWorld>();
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1: value.Clock = unchecked((long)message.Number()); break;
                    case 2: rows.Add(Row(message.Message())); break;
                    case 3: worlds.Add(World(message.Message())); break;
                    case 4: value.DamagedRows = unchecked((uint)message.Number()); break;
                    default: message.Skip(); break;
                }
            }
            value.Rows = rows.ToArray();
            value.Worlds = worlds.ToArray();
            return value;
        }

        private static LumonStoreRow Row(LumonMessageReader message)
        {
            LumonStoreRow row = new LumonStoreRow();
            List<ulong> present = new List<ulong>();
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1:
                        LumonMessageReader key = message.Message();
                        while (key.Next()) ReadKey(key, ref row.Key, ref row.Region);
                        break;
                    case 2: row.Clock = unchecked((long)message.Number()); break;
                    case 3: message.Fixeds(present); break;
                    case 4: row.Digest = message.Fixed(); break;
                    case 5: row.Content = message.Bytes(); break;
                    default: message.Skip(); break;
                }
            }
            row.Present = present.ToArray();
            return row;
        }

        private static LumonStoreWorld World(LumonMessageReader message)
        {
            LumonStoreWorld world = new LumonStoreWorld();
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1: world.Seed = message.Fixed(); break;
                    case 2: world.Edits = message.Fixed(); break;
                    default: message.Skip(); break;
                }
            }
            return world;
        }

        private static LumonWork Work(LumonMessageReader message)
        {
            LumonWork work = new LumonWork();
            List<ulong> completed = new List<ulong>(), outcomes = new List<ulong>(), payloads = new List<ulong>();
            List<ulong> claimed = new List<ulong>(), stages = new List<ulong>(), accepted = new List<ulong>();
            List<ulong> refused = new List<ulong>(), solid = new List<ulong>();
            List<LumonStoreReply> replies = new List<LumonStoreReply>();
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 2: message.Numbers(completed); break;
                    case 3: message.Numbers(outcomes); break;
                    case 4: message.Fixeds(payloads); break;
                    case 5: replies.Add(Reply(message.Message())); break;
                    case 6: message.Numbers(claimed); break;
                    case 7: message.Numbers(stages); break;
                    case 8: message.Numbers(accepted); break;
                    case 9: message.Numbers(refused); break;
                    case 10: message.Numbers(solid); break;
                    default: message.Skip(); break;
                }
            }
            work.Completed = Requests(completed);
            work.Outcomes = outcomes.ConvertAll(outcome => (LumonOutcome)unchecked((byte)outcome)).ToArray();
            work.Payloads = payloads.ToArray();
            work.StoreReplies = replies.ToArray();
            work.Claimed = Requests(claimed);
            work.ClaimStages = stages.ConvertAll(stage => unchecked((uint)stage)).ToArray();
            work.Accepted = Requests(accepted);
            work.Refused = Requests(refused);
            work.Solid = Requests(solid);
            return work;
        }

        /// <summary>Requests out of their differences.</summary>
        private static ulong[] Requests(List<ulong> differences)
        {
            ulong[] requests = new ulong[differences.Count];
            ulong last = 0;
            for (int i = 0; i < requests.Length; i++)
            {
                last = unchecked(last + (ulong)LumonMessageReader.ZigZag(differences[i]));
                requests[i] = last;
            }
            return requests;
        }

        private static LumonStoreReply Reply(LumonMessageReader message)
        {
            LumonStoreReply reply = new LumonStoreReply();
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1: reply.Request = message.Number(); continue;
                    case 2: reply.Index = Contents(message.Message()); break;
                    case 3: reply.Region = message.Bytes(); break;
                    case 4:
                    case 5: message.Message(); break;
                    default: message.Skip(); continue;
                }
                reply.Kind = (LumonReplyKind)message.Field;
            }
            if (reply.Kind == 0) throw new LumonRefusal("a reply of the store has a kind that this host does not know");
            return reply;
        }

        private static LumonSnapshot Snapshot(LumonMessageReader message)
        {
            LumonSnapshot snapshot = new LumonSnapshot();
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 2: snapshot.Format = message.Text(); break;
                    case 3: snapshot.State = message.Bytes(); break;
                    default: message.Skip(); break;
                }
            }
            return snapshot;
        }

        private static LumonPoint Point(LumonMessageReader message)
        {
            LumonRotation four = Rotation(message);
            return new LumonPoint(four.X, four.Y, four.Z);
        }

        /// <summary>Three or four numbers: x, y, z, w.</summary>
        private static LumonRotation Rotation(LumonMessageReader message)
        {
            LumonRotation value = new LumonRotation();
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1: value.X = message.Real(); break;
                    case 2: value.Y = message.Real(); break;
                    case 3: value.Z = message.Real(); break;
                    case 4: value.W = message.Real(); break;
                    default: message.Skip(); break;
                }
            }
            return value;
        }

        private static LumonCoordinate Coordinate(LumonMessageReader message)
        {
            LumonCoordinate value = new LumonCoordinate();
            while (message.Next())
            {
                switch (message.Field)
                {
                    case 1: value.X = message.Signed(); break;
                    case 2: value.Y = message.Signed(); break;
                    case 3: value.Z = message.Signed(); break;
                    default: message.Skip(); break;
                }
            }
            return value;
        }

        private static int Int(LumonMessageReader message) { return unchecked((int)message.Signed()); }
    }
}

using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using LumonReplay;

/// <summary>
/// RecordCalls CALLS PATH [FRAMES-PER-FLUSH [FIRST-FRAME]] records what a call script says;
/// RecordCalls --benchmark PATH [FRAMES] measures what a frame costs the thread that records it.
/// </summary>
internal static class RecordCalls
{
    private static int Main(string[] arguments)
    {
        try
        {
            if (arguments.Length >= 2 && arguments[0] == "--benchmark")
            {
                Benchmark(arguments[1], arguments.Length > 2 ? int.Parse(arguments[2]) : 20000);
                return 0;
            }
            if (arguments.Length < 2 || arguments.Length > 4)
            {
                Console.Error.WriteLine("usage: RecordCalls CALLS PATH [FRAMES-PER-FLUSH [FIRST-FRAME]]");
                return 64;
            }
            LumonRecorderOptions options = new LumonRecorderOptions();
            if (arguments.Length > 2) options.FramesPerFlush = int.Parse(arguments[2]);
            if (arguments.Length > 3) options.FirstFrame = long.Parse(arguments[3]);
            using (LumonRecorder recorder = new LumonRecorder(arguments[1], options)) CallScript.Run(arguments[0], recorder);
            return 0;
        }
        catch (CallScript.Fault error)
        {
            Console.Error.WriteLine("error: " + error.Message);
            return 65;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine("error: " + error.Message);
            return 74;
        }
    }

    /// <summary>A frame of a live run as it usually is: a camera, 64 results, a checkpoint of 9 stages and 4 levels.</summary>
    private static void Benchmark(string path, int frames)
    {
        const int warmUp = 2000;
        LumonRecorderOptions options = new LumonRecorderOptions();
        options.RingFrames = 4096;
        ulong[] requests = new ulong[64], stages = new ulong[9], levels = new ulong[4];
        byte[] digest = new byte[16];
        long[] ticks = new long[frames];
        using (LumonRecorder recorder = new LumonRecorder(path, options))
        {
            recorder.SessionStart(new LumonConfiguration());
            for (int frame = -warmUp; frame < frames; frame++)
            {
                for (int i = 0; i < requests.Length; i++) requests[i] = (ulong)((frame + warmUp) * 64L + (i * 37 & 63));
                for (int i = 0; i < stages.Length; i++) stages[i] = unchecked((ulong)frame * 0x9E3779B97F4A7C15 + (ulong)i);
                // As long between frames as the writer needs to keep up: a game has milliseconds.
                if (recorder.FramesWaiting > 1000)
                    while (recorder.FramesWaiting > 0) Thread.Sleep(1);
                long begin = Stopwatch.GetTimestamp();
                recorder.Completed(requests, requests.Length);
                recorder.Checkpoint(2, stages, stages.Length, levels, levels.Length, digest);
                recorder.Frame(new LumonPoint(frame * 0.25, 70.5, -1.5), LumonRotation.Identity, 1.25, frame * 16666667L);
                long end = Stopwatch.GetTimestamp();
                if (frame >= 0) ticks[frame] = end - begin;
            }
            if (recorder.FramesDropped > 0) throw new InvalidOperationException(recorder.FramesDropped + " frames were dropped; expected none");
            recorder.Close();
        }
        double size = (double)new FileInfo(path).Length / (frames + warmUp);
        byte[] from = new byte[(int)size], to = new byte[(int)size];
        long[] copies = new long[frames];
        const int batch = 64;
        for (int i = 0; i < frames; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            for (int j = 0; j < batch; j++) Buffer.BlockCopy(from, 0, to, 0, from.Length);
            copies[i] = Stopwatch.GetTimestamp() - begin;
        }
        Array.Sort(ticks);
        Array.Sort(copies);
        double copy = Nanoseconds(copies[frames / 2]) / batch;
        Console.WriteLine("frames {0}, bytes of the file per frame {1:0}", frames, size);
        Console.WriteLine(
            "one frame, ns: p50 {0:0}, p99 {1:0}, p99.9 {2:0}, max {3:0}", Nanoseconds(ticks[frames / 2]),
            Nanoseconds(ticks[(int)(frames * 0.99)]), Nanoseconds(ticks[(int)(frames * 0.999)]), Nanoseconds(ticks[frames - 1]));
        Console.WriteLine(
            "Buffer.BlockCopy of the same bytes, ns: p50 {0:0.0}; a frame is {1:0.0} copies", copy,
            Nanoseconds(ticks[frames / 2]) / copy);
    }

    private static double Nanoseconds(long ticks) { return ticks * 1e9 / Stopwatch.Frequency; }
}

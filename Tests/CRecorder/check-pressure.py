#!/usr/bin/env python3
"""check-pressure.py TRACE RECORDED GAPS: what `pressure` recorded is there, and what is not was said to be missing."""

import sys

from traces import Trace, Wrong, require


def main(path, recorded, gaps):
    trace = Trace(path)
    frames = [content for topic, _, content in trace.messages if topic == "/frame"]
    require(len(frames) == int(recorded), f"{len(frames)} frames, expected {recorded}")
    require(sum(frame.missed_frames > 0 for frame in frames[1:]) == int(gaps), "gaps")
    for frame in frames:
        require(frame.engine_time_ns == frame.frame, f"frame {frame.frame}: another's camera")
    for topic, number, content in trace.messages:
        if topic == "/event" and content.HasField("chunk_load"):
            require(content.chunk_load.x == number, f"frame {number}: another's event")
        if topic == "/snapshot":
            require(set(content.state) == {number & 0x7F}, f"frame {number}: its snapshot was not left alone")
        if topic == "/work":
            before, requests = 0, []
            for difference in content.completed:
                before = (before + difference) % (1 << 64)
                requests.append(before)
            require(requests == list(content.payloads), f"frame {number}: requests")
    snapshots = {number for topic, number, _ in trace.messages if topic == "/snapshot"}
    behind = [frame.frame for frame in frames if frame.missed_frames]
    print(f"{path}: {len(frames)} frames, {len(behind)} behind gaps, {len(snapshots)} snapshots")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Wrong as wrong:
        sys.exit(f"{sys.argv[1]}: {wrong}")

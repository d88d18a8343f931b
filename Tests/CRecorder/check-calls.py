#!/usr/bin/env python3
"""check-calls.py CALLS TRACE [FRAMES_PER_FLUSH]: does the trace hold what the call script says?

Makes the messages out of the script by itself. Needs mcap and protobuf of PyPI. Exit status 1 at the first difference.
"""

import struct
import sys

from traces import Trace, Wrong, require

REFERENCES = ("session_start", "configure")


def f64(text):
    value = struct.unpack(">d", bytes.fromhex(text))[0]
    return value + 0.0 if value else 0.0


class Words:
    def __init__(self, words):
        self.words = words

    def __bool__(self):
        return bool(self.words)

    def next(self):
        return self.words.pop(0)

    def int(self):
        return int(self.next())

    def hex(self):
        return int(self.next(), 16)

    def f64(self):
        return f64(self.next())

    def bytes(self):
        text = self.next()
        return b"" if text == "-" else bytes.fromhex(text)


class Script:
    def __init__(self, types):
        self.types = types
        self.messages = []
        self.frame = 0
        self.session = None
        self.runs = False
        self.configurations = 0
        self.begin()

    def begin(self):
        self.front, self.events, self.work = [], [], None
        self.checkpoint = self.snapshot = self.budgets = None
        self.store = self.engine = None
        self.missed = 0

    def read(self, path):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                words = line.rstrip("\n").split(" ")
                if words[0] and not words[0].startswith("#"):
                    self.call(words[0], Words(words[1:]))

    def configuration(self, w):
        c = self.types["/config"](format_version=1)
        c.world_seed, flags, c.layout_version = w.int(), w.int(), w.int()
        c.chunks_start_loaded, c.variant = flags & 1 == 1, flags >> 1
        c.base_spacing, c.resolution, c.levels, c.reanchor_distance = w.f64(), w.int(), w.int(), w.f64()
        c.region_edge, c.near_levels, c.cache_bytes = w.int(), w.int(), w.int()
        c.cast_latency_frames, c.store_latency_frames = w.int(), w.int()
        self.put_budgets(c.budgets, w)
        return c

    def put_budgets(self, b, w):
        b.SetInParent()
        b.total, b.upload_bytes = w.int(), w.int()
        b.per_level.extend([w.int() for _ in range(w.int())])

    def event(self, kind):
        event = self.types["/event"]()
        getattr(event, kind).SetInParent()
        return event

    def add(self, kind, **fields):
        event = self.event(kind)
        for name, value in fields.items():
            setattr(getattr(event, kind), name, value)
        self.events.append((event, None))
        return getattr(event, kind)

    def live(self):
        if self.work is None:
            self.work = self.types["/work"]()
            self.lists = {name: [] for name in ("completed", "claimed", "accepted", "refused", "solid")}
        return self.work

    def reply(self, w):
        reply = self.live().store_replies.add()
        reply.request = w.int()
        return reply

    def call(self, verb, w):
        if verb == "start":
            ends = self.runs or any(e.HasField("session_end") for e, _ in self.events)
            off = any(e.HasField("store_off") for e, _ in self.events)
            old = ("session_end", "store_off", "configure")
            self.events = [(e, c) for e, c in self.events if e.WhichOneof("kind") not in old]
            self.front = [(self.event(kind), None) for kind, there in (("store_off", off), ("session_end", ends)) if there]
            self.front.append((self.event("session_start"), self.configuration(w)))
            self.session = 0 if self.session is None else self.session + 1
            self.runs = True
        elif verb == "configure":
            self.events.append((self.event("configure"), self.configuration(w)))
        elif verb == "end":
            self.add("session_end")
            self.runs = False
        elif verb == "engine":
            self.engine = self.event("engine")
            self.engine.engine.has_own_voxels = bool(w.int())
            self.engine.engine.name = w.next()
            self.engine.engine.stages.extend(w.words)
        elif verb == "store":
            self.store = self.event("store")
            self.store.store.size_cap_bytes = w.int()
        elif verb == "edit":
            box = self.add("edit").box
            for corner in (box.lower, box.upper):
                corner.SetInParent()
                corner.x, corner.y, corner.z = w.int(), w.int(), w.int()
            self.events[-1][0].edit.material = w.int()
        elif verb in ("chunk_load", "chunk_unload"):
            self.add(verb, x=w.int(), y=w.int(), z=w.int())
        elif verb == "invalidate":
            box = self.add("invalidate")
            for corner in (box.lower, box.upper):
                corner.SetInParent()
                corner.x, corner.y, corner.z = w.f64(), w.f64(), w.f64()
        elif verb == "store_off":
            self.add("store_off")
        elif verb == "store_damage":
            self.add("store_damage", level=w.int(), x=w.int(), y=w.int(), z=w.int())
        elif verb == "write_back_dropped":
            self.add("write_back_dropped", seed=w.int(), layout_version=w.int(), fingerprint=w.hex(),
                     base_spacing=w.f64(), region_edge=w.int(), level=w.int(), x=w.int(), y=w.int(), z=w.int())
        elif verb in ("completed", "accepted", "refused", "solid"):
            self.live()
            self.lists[verb] += [w.int() for _ in range(w.int())]
        elif verb == "completed_with":
            work = self.live()
            for _ in range(w.int()):
                self.lists["completed"].append(w.int())
                work.outcomes.append(w.int())
                work.payloads.append(w.hex())
        elif verb == "claimed":
            work = self.live()
            for _ in range(w.int()):
                self.lists["claimed"].append(w.int())
                work.claim_stages.append(w.int())
        elif verb == "reply_absent":
            self.reply(w).absent.SetInParent()
        elif verb == "reply_damaged":
            self.reply(w).damaged.SetInParent()
        elif verb == "reply_region":
            reply = self.reply(w)
            reply.region = w.bytes()
        elif verb == "checkpoint":
            c = self.checkpoint = self.types["/checkpoint"](digest_version=w.int())
            c.stages.extend([w.hex() for _ in range(w.int())])
            c.levels.extend([w.hex() for _ in range(w.int())])
            c.digest = w.bytes()
        elif verb == "snapshot":
            self.snapshot = self.types["/snapshot"](format=w.next(), state=w.bytes())
        elif verb == "budgets":
            self.budgets = w
        elif verb == "missed":
            self.missed += w.int()
        elif verb == "frame":
            self.end_frame(w)
        else:
            require(verb == "finish", f"verb {verb}")

    def end_frame(self, w):
        self.frame += self.missed
        if self.snapshot:
            self.emit("/snapshot", self.snapshot)
        events = (self.front + [(e, None) for e in (self.store, self.engine) if e is not None] + self.events)
        reference = self.configurations
        for _, configuration in events:
            if configuration is not None:
                configuration.id = self.configurations
                self.configurations += 1
                self.messages.append(("/config", self.frame, configuration))
        for ordinal, (event, configuration) in enumerate(events):
            event.ordinal = ordinal
            if configuration is not None:
                getattr(event, event.WhichOneof("kind")).config_id = reference
                reference += 1
            self.emit("/event", event)
        if self.work is not None:
            is_first = not any(topic == "/frame" for topic, _, _ in self.messages)
            if is_first or any(self.lists.values()) or self.work.store_replies:
                for name, requests in self.lists.items():
                    before = 0
                    for request in requests:
                        difference = (request - before) % (1 << 64)
                        getattr(self.work, name).append(difference - (difference >> 63 << 64))
                        before = request
                self.emit("/work", self.work)
        if self.checkpoint:
            self.emit("/checkpoint", self.checkpoint)
        frame = self.types["/frame"](session=self.session or 0, missed_frames=self.missed)
        frame.position.SetInParent()
        frame.orientation.SetInParent()
        frame.position.x, frame.position.y, frame.position.z = w.f64(), w.f64(), w.f64()
        o = frame.orientation
        o.x, o.y, o.z, o.w = w.f64(), w.f64(), w.f64(), w.f64()
        frame.field_of_view, frame.engine_time_ns = w.f64(), w.int()
        if w:
            s = frame.selection_position
            s.SetInParent()
            s.x, s.y, s.z = w.f64(), w.f64(), w.f64()
        if self.budgets:
            self.put_budgets(frame.budgets, self.budgets)
        self.emit("/frame", frame)
        self.frame += 1
        self.begin()

    def emit(self, topic, content):
        content.frame = self.frame
        self.messages.append((topic, self.frame, content))


def main(arguments):
    calls, path = arguments[:2]
    trace = Trace(path)
    script = Script(trace.types)
    script.read(calls)
    for number, (expected, found) in enumerate(zip(script.messages, trace.messages)):
        require(expected[:2] == found[:2] and expected[2].SerializeToString(deterministic=True)
                == found[2].SerializeToString(deterministic=True),
                f"message {number}:\nexpected {expected}\nfound {found}")
    require(len(script.messages) == len(trace.messages),
            f"{len(trace.messages)} messages, expected {len(script.messages)}")
    if len(arguments) > 2:
        frames = sum(topic == "/frame" for topic, _, _ in trace.messages)
        flush = int(arguments[2])
        require(len(trace.chunks) == 1 + (frames + flush - 1) // flush, f"{len(trace.chunks)} chunks")
    print(f"{path}: {len(trace.messages)} messages, as {calls} says")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Wrong as wrong:
        print(f"{sys.argv[2]}: {wrong}")
        sys.exit(1)

#!/usr/bin/env python3
"""Computes every digest of a dumped frame out of the values in the dump.

    lumon-replay replay TRACE --dump-frame N > dump.jsonl
    python3 Tests/Documentation/digests.py dump.jsonl ...

A second implementation of Digests.md and DumpFormat.md, for people who write a subject in another language: records
and digests are made from the decoded values only, and then compared with what the dump says they are. Ends with exit
status 0, or at the first value that is not what was computed with 1 and its place. Needs xxhash of PyPI.
"""

import json
import struct
import sys

import xxhash

STAGES = ["input", "snap", "shift", "recycle", "dirty", "select", "cast", "commit", "store"]
PARTS = {"input": "W", "snap": "", "shift": "SPQ", "recycle": "SPCI", "dirty": "SPCQI",
         "select": "SQ", "cast": "SQ", "commit": "SPQ", "store": "I"}
LIFECYCLES = ["Uninitialized", "Valid", "Stale", "Dirty", "InFlight", "Disabled", "Queued"]
MATERIALS = ["air", "stone", "dirt", "grass", "sand", "snow", "wood", "lamp", "crystal", "lava"]
EVENTS = {"sessionStart": 1, "sessionEnd": 2, "configure": 3, "edit": 4, "chunkLoad": 5, "chunkUnload": 6,
          "invalidate": 7}
OUTCOMES = ["aborted", "success"]
DISPOSITIONS = ["dropped", "disabled", "dirtied", "aborted", "stored"]
PAYLOAD = ["sh.r0", "sh.g0", "sh.b0", "sh.rY", "sh.gY", "sh.bY", "sh.rZ", "sh.gZ", "sh.bZ", "sh.rX", "sh.gX", "sh.bX",
           "aoU", "aoV", None, "aoConfidence", "meanLogHitDistance", None]
NEVER = -(1 << 31)


class Different(Exception):
    pass


def expect(place, said, computed):
    if said != computed:
        raise Different(f"{place}: the dump says {said}, computed {computed}")


# Bytes: little-endian, no padding.

def pack(kinds, *values):
    return struct.pack("<" + kinds, *values)


def f64(value):
    return pack("d", float(value) + 0.0)  # -0.0 + 0.0 is +0.0


def u64(hexadecimal):
    return pack("Q", int(hexadecimal, 16))


def cell(c):
    return pack("iii", *c)


def xxh64(data):
    return f"{xxhash.xxh3_64_intdigest(data):016x}"


def xxh128(data):
    return f"{xxhash.xxh3_128_intdigest(data):032x}"


def total(leaves):
    return f"{sum(int(leaf, 16) for leaf in leaves) % (1 << 64):016x}"


# Records.

def state_record(p):
    flags = ("dirty" in p["afterFlight"]) + 2 * ("disable" in p["afterFlight"])
    updated = NEVER if p["lastUpdated"] is None else p["lastUpdated"]
    return (pack("BBBB", 0x01, p["level"], LIFECYCLES.index(p["lifecycle"]), flags) + cell(p["cell"])
            + pack("iiiI", updated, p["queuedAt"], p["retryAfter"], p["generation"]))


def payload_record(p):
    def bits(text):  # "1.5 (0x3e00)", or bits alone
        return int(text.split("0x")[1].rstrip(")"), 16)

    fields = p["payload"]
    halves = [bits(fields[name]) if name else 0 for name in PAYLOAD]
    return (pack("BB", 0x02, p["level"]) + cell(p["cell"]) + pack("18H", *halves)
            + pack("II", bits(fields["confidence"]), bits(fields["flags"])))


def queued_record(p):
    return pack("BB", 0x03, p["level"]) + cell(p["cell"]) + pack("IQ", p["generation"], p["ticket"])


def flight_record(f):
    return (pack("BB", 0x04, f["level"]) + cell(f["cell"])
            + pack("IIQiQ", f["generation"], f["epoch"], f["flight"], f["due"], f["worldVersion"])
            + u64(f["worldContent"]) + f64(f["baseSpacing"]) + pack("i", f["resolution"]))


# Stages: tag, outputs, parts.

def configuration(c):
    budgets = c["levelBudgets"]
    return (u64(c["worldSeed"]) + pack("BI", c["chunksStartLoaded"], c["layoutVersion"]) + f64(c["baseSpacing"])
            + pack("ii", c["resolution"], c["levels"]) + f64(c["reanchorDistance"])
            + pack("iiqii", c["regionEdge"], c["nearLevels"], c["cacheBytes"], c["castLatencyFrames"],
                   c["storeLatencyFrames"])
            + pack("I", len(budgets)) + pack(f"{len(budgets)}i", *budgets)
            + pack("iq", c["totalBudget"], c["uploadBytes"]))


def event(e):
    kind = e["kind"]
    data = pack("B", EVENTS[kind])
    if kind in ("sessionStart", "configure"):
        data += configuration(e["configuration"])
    elif kind == "edit":
        data += pack("6qB", *e["lower"], *e["upper"], MATERIALS.index(e["material"]))
    elif kind in ("chunkLoad", "chunkUnload"):
        data += pack("qqq", *e["chunk"])
    elif kind == "invalidate":
        data += b"".join(map(f64, e["lower"] + e["upper"]))
    return data


def entry(e):
    return pack("B", e["level"]) + cell(e["cell"]) + pack("I", e["generation"])


def outputs(stage, o):
    levels = o.get("levels", [])
    if stage == "input":
        running = o["configuration"] is not None
        return (b"".join(map(event, o["events"])) + pack("IiIB", o["count"], o["frame"], o["session"], running)
                + (configuration(o["configuration"]) if running else b"") + pack("I", o["storeReplies"]))
    if stage == "snap":
        return b"".join(cell(level["cameraCell"]) + cell(level["anchor"]) for level in levels)
    if stage == "shift":
        return b"".join(
            u64(level["leaving"]) + u64(level["entering"])
            + (b"\0" if level["before"] is None else b"\1" + cell(level["before"]))
            + cell(level["after"]) + pack("I", level["retired"]) for level in levels)
    if stage == "recycle":
        return pack("5I", o["applied"], o["refused"], o["late"], o["restored"], o["evicted"])
    if stage == "dirty":
        sums = [u64(level[name]) for level in levels for name in ("byEntry", "byLayout", "byBox")]
        return b"".join(sums) + pack("I", o["regions"])
    if stage == "select":
        sums = [u64(level[name]) for level in levels for name in ("promoted", "expired")]
        return b"".join(sums) + b"".join(map(entry, o["selected"]))
    if stage == "cast":
        return (b"".join(map(entry, o["dispatched"])) + pack("IQ", o["count"], o["worldVersion"])
                + u64(o["disabled"]))
    if stage == "commit":
        return b"".join(
            entry(d) + pack("B", OUTCOMES.index(d["outcome"])) + u64(d["payloadLeaf"])
            + pack("B", DISPOSITIONS.index(d["disposition"])) for d in o["drained"]) + pack("I", o["count"])
    return pack("4I", o["requests"], o["writeBacks"], o["dropped"], o["evictions"])


def sums(values):
    return pack("I", len(values)) + b"".join(map(u64, values))


def part(letter, p):
    if letter in "SP":
        return sums(p)
    if letter == "C":
        return u64(p["cells"]) + u64(p["entries"]) + pack("Q", p["bytes"])
    if letter == "Q":
        return (sums(p["queued"]) + u64(p["flights"])
                + pack("QIQQ", p["inFlight"], p["epoch"], p["nextTicket"], p["nextSequence"]))
    if letter == "W":
        return u64(p["seed"]) + pack("BQ", p["chunksStartLoaded"], p["version"]) + u64(p["content"])
    return u64(p["rows"]) + u64(p["pending"]) + pack("Q", p["clock"])


# The dump.

class Dump:
    def __init__(self, lines):
        self.frame, *rest = [json.loads(line) for line in lines]
        self.stages = {line["stage"]: line for line in rest if "stage" in line}
        self.changes = {name: [line for line in rest if line.get("changedIn") == name] for name in STAGES}
        self.levels = [line for line in rest if "anchor" in line]
        self.cells = [line for line in rest if "slot" in line and "changedIn" not in line]
        self.flights = [line for line in rest if "flight" in line]


def check_probe(p):
    place = f"{p.get('changedIn', 'state after the frame')}, level {p['level']}, cell {p['cell']}"
    record = state_record(p)
    expect(f"{place}, state record", p["stateRecord"], record.hex())
    expect(f"{place}, state leaf", p["stateLeaf"], xxh64(record))
    if "payload" in p:
        record = payload_record(p)
        expect(f"{place}, payload record", p["payloadRecord"], record.hex())
        expect(f"{place}, payload leaf", p["payloadLeaf"], xxh64(record))


def check_lists(dump):
    """What the lists of the stages say of probes against the probes that the stages changed."""
    after = {stage: {(p["level"], *p["cell"]): p for p in dump.changes[stage]} for stage in STAGES}
    for d in dump.stages["commit"]["outputs"]["drained"]:
        if d["disposition"] == "stored":
            probe = after["commit"][(d["level"], *d["cell"])]
            expect(f"commit, level {d['level']}, cell {d['cell']}, payload leaf", d["payloadLeaf"],
                   xxh64(payload_record(probe)))
    # Disabled in the order of the queue, known where all of them were selected in this frame.
    disabled = {key for key, p in after["cast"].items() if p["lifecycle"] == "Disabled"}
    selected = dump.stages["select"]["outputs"]["selected"]
    listed = [e for e in selected if (e["level"], *e["cell"]) in disabled]
    if len(listed) == len(disabled):
        expect("cast, digest of the disabled", dump.stages["cast"]["outputs"]["disabled"],
               xxh64(b"".join(map(entry, listed))))


def check(dump):
    for p in [p for stage in STAGES for p in dump.changes[stage]] + dump.cells:
        check_probe(p)
    for f in dump.flights:
        record = flight_record(f)
        expect(f"flight {f['flight']}, record", f["flightRecord"], record.hex())
        expect(f"flight {f['flight']}, leaf", f["flightLeaf"], xxh64(record))

    # Sums, and the levels that they make.
    states, payloads, queued, levels = [], [], [], []
    for level in dump.levels:
        number = level["level"]
        own = [p for p in dump.cells if p["level"] == number]
        states.append(total(xxh64(state_record(p)) for p in own))
        payloads.append(total(xxh64(payload_record(p)) for p in own if "payload" in p))
        queued.append(total(xxh64(queued_record(p)) for p in own if p["lifecycle"] == "Queued"))
        expect(f"level {number}, state sum", level["states"], states[-1])
        expect(f"level {number}, payload sum", level["payloads"], payloads[-1])
        expect(f"level {number}, queue sum", level["queued"], queued[-1])
        levels.append(xxh64(pack("BB", 0xA0, number) + cell(level["cameraCell"]) + cell(level["anchor"])
                            + u64(states[-1]) + u64(payloads[-1])))
        expect(f"digest of level {number}", dump.frame["levels"][number], levels[-1])
    expect("number of levels", len(dump.frame["levels"]), len(levels))
    flights = total(xxh64(flight_record(f)) for f in dump.flights)

    # Nothing after commit changes S, P or Q: it has to have come to what the lines of the state say.
    parts = dump.stages["commit"]["parts"]
    expect("commit, S", parts["S"], states)
    expect("commit, P", parts["P"], payloads)
    expect("commit, Q, queue sums", parts["Q"]["queued"], queued)
    expect("commit, Q, flights", (parts["Q"]["flights"], parts["Q"]["inFlight"]), (flights, len(dump.flights)))
    check_lists(dump)

    stages = []
    for number, name in enumerate(STAGES):
        line = dump.stages[name]
        data = (pack("B", 0x80 + number) + outputs(name, line["outputs"])
                + b"".join(part(letter, line["parts"][letter]) for letter in PARTS[name]))
        expect(f"stage {name}, bytes", line["bytes"], data.hex())
        stages.append(xxh64(data))
        expect(f"digest of stage {name}", dump.frame["stages"][name], stages[-1])
        expect(f"digest of stage {name}, in its line", line["digest"], stages[-1])
    expect("digest of the frame", dump.frame["digest"],
           xxh128(pack("i", dump.frame["frame"]) + b"".join(map(u64, stages)) + sums(levels)))


def main(paths):
    if not paths:
        print("usage: digests.py DUMP...", file=sys.stderr)
        return 64
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            dump = Dump(lines)
        try:
            check(dump)
        except Different as difference:
            print(f"{path}: frame {dump.frame['frame']}: {difference}")
            return 1
        probes = dump.cells + [p for changed in dump.changes.values() for p in changed]
        print(f"{path}: frame {dump.frame['frame']} agrees: {len(probes)} states, "
              f"{sum('payload' in p for p in probes)} payloads, "
              f"{sum(p['lifecycle'] == 'Queued' for p in dump.cells)} queued, {len(dump.flights)} flights, "
              f"{len(STAGES)} stages, {len(dump.levels)} levels")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

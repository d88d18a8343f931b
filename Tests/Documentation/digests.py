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
          "invalidate": 7, "store": 8, "storeOff": 9, "storeDamage": 10, "writeBackDropped": 11,
          "engine": 12}
REPLIES = ["index", "region", "absent", "damaged"]
REFUSALS = ["accepted", "seed", "layout", "fingerprint", "world", "damaged"]
MET = {"entry": 1, "writeBack": 2, "request": 3, "row": 4}
HANDED = {"delete": 1, "mark": 2, "edits": 3, "forget": 4, "write": 5, "readIndex": 6, "read": 7}
REASONS = ["refused", "box", "evicted", "dropped"]
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


def payload(fields):
    def bits(text):  # "1.5 (0x3e00)", or bits alone
        return int(text.split("0x")[1].rstrip(")"), 16)

    halves = [bits(fields[name]) if name else 0 for name in PAYLOAD]
    return pack("18H", *halves) + pack("II", bits(fields["confidence"]), bits(fields["flags"]))


def payload_record(p):
    return pack("BB", 0x02, p["level"]) + cell(p["cell"]) + payload(p["payload"])


def queued_record(p):
    return pack("BB", 0x03, p["level"]) + cell(p["cell"]) + pack("IQ", p["generation"], p["ticket"])


def flight_record(f):
    return (pack("BB", 0x04, f["level"]) + cell(f["cell"])
            + pack("IIQiQ", f["generation"], f["epoch"], f["flight"], f["due"], f["worldVersion"])
            + u64(f["worldContent"]) + f64(f["baseSpacing"]) + pack("i", f["resolution"]))


# Records of what is kept outside the windows.

def cached_record(c):
    return pack("BB", 0x05, c["level"]) + cell(c["cached"]) + pack("i", c["lastUpdated"]) + payload(c["payload"])


def entry_record(e):
    flags = ("invalidated" in e["flags"]) + 2 * ("unsaved" in e["flags"])
    return (pack("BB", 0x06, e["level"]) + cell(e["entry"])
            + pack("IiiIB", e["cells"], e["lastUsed"], e["newestUpdate"], e["layoutVersion"], flags))


def key(k):
    return (u64(k["seed"]) + pack("I", k["layoutVersion"]) + u64(k["fingerprint"]) + f64(k["baseSpacing"])
            + pack("i", k["regionEdge"]))


def key_digest(k):
    return pack("Q", 0) if k is None else u64(xxh64(key(k)))


def mask(words):
    return u64(xxh64(b"".join(map(u64, words)))) if words else pack("Q", 0)


def row_record(r):
    cells = sum(bin(int(word, 16)).count("1") for word in r["mask"])
    expect(f"row {r['row']}, bytes", r["bytes"], 160 + 60 * cells)
    return (b"\x07" + key_digest(r["key"]) + pack("B", r["level"]) + cell(r["row"])
            + pack("qq", r["bytes"], r["clock"]) + mask(r["mask"]) + u64(r["content"]))


def request_record(r):
    is_index = r["key"] is None
    return (pack("BQ", 0x08, r["request"]) + key_digest(r["key"]) + pack("B", 255 if is_index else r["level"])
            + cell([0, 0, 0] if is_index else r["region"]) + pack("i", r["due"]) + mask(r["masked"]))


def write_record(w):
    return (pack("BQ", 0x09, w["writeBack"]) + key_digest(w["key"]) + pack("B", w["level"]) + cell(w["region"])
            + pack("I", w["cells"]) + u64(w["content"]))


def box_record(b):
    return pack("BI", 0x0A, b["box"]) + b"".join(map(f64, b["lower"] + b["upper"]))


def ledger_record(s):
    return (pack("BqBqi", 0x0B, s["ledger"], s["isIndexKnown"], s["indexClock"], s["startFrame"])
            + u64(s["startEdits"]) + u64(s["knownEdits"]) + pack("Q", s["nextStoreSequence"]))


KEPT = {"cached": ("cachedRecord", "cachedLeaf", cached_record), "entry": ("entryRecord", "entryLeaf", entry_record),
        "row": ("rowRecord", "rowLeaf", row_record), "request": ("requestRecord", "requestLeaf", request_record),
        "writeBack": ("writeBackRecord", "writeBackLeaf", write_record), "box": ("boxRecord", "boxLeaf", box_record),
        "ledger": ("ledgerRecord", "ledgerLeaf", ledger_record)}


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
    elif kind == "store":
        data += pack("qB", e["sizeCapBytes"], e["index"] is not None) + (index(e["index"]) if e["index"] else b"")
    elif kind == "storeDamage":
        data += region(e)
    elif kind == "writeBackDropped":
        data += key(e) + region(e)
    elif kind == "engine":
        names = [e["name"]] + e["stages"]
        data += pack("BI", e["hasOwnVoxels"], len(names))
        for name in names:
            data += pack("I", len(name.encode())) + name.encode()
    return data


def region(r):
    return pack("B", r["level"]) + cell(r["region"])


def index(i):
    data = pack("qI", i["clock"], len(i["rows"]))
    for r in i["rows"]:
        words = bytes.fromhex(r["mask"])
        data += key(r) + region(r) + pack("qI", r["clock"], len(words) // 8) + words + u64(r["content"])
    data += pack("I", len(i["worlds"])) + b"".join(u64(w["seed"]) + u64(w["edits"]) for w in i["worlds"])
    return data + pack("I", i["damagedRows"])


def row(r):
    return u64(r["key"]) + region(r)


def applied(r):
    data = pack("B", REPLIES.index(r["kind"]))
    if r["kind"] == "index":
        return data + pack("6I", *(r[name] for name in REFUSALS))
    data += region(r)
    return data + pack("4I", r["restored"], r["cached"], r["late"], r["masked"]) if r["kind"] == "region" else data


def met(m):
    data = pack("B", MET[m["kind"]])
    if m["kind"] in ("writeBack", "request"):
        data += pack("Q", m["sequence"])
    else:
        data += region(m) if m["kind"] == "entry" else row(m)
    return data + pack("I", m["cells"])


def handed(h):
    kind = h["kind"]
    data = pack("B", HANDED[kind])
    if kind == "delete":
        return data + row(h) + pack("B", REASONS.index(h["reason"]))
    if kind == "mark":
        return data + row(h) + u64(h["mask"])
    if kind == "edits":
        return data + u64(h["seed"]) + u64(h["sum"])
    if kind == "forget":
        return data + u64(h["seed"])
    if kind == "write":
        return data + row(h) + pack("I", h["cells"]) + u64(h["content"])
    return data + pack("Q", h["sequence"]) + (row(h) if kind == "read" else b"")


def entry(e):
    return pack("B", e["level"]) + cell(e["cell"]) + pack("I", e["generation"])


def outputs(stage, o):
    levels = o.get("levels", [])
    if stage == "input":
        running = o["configuration"] is not None
        return (b"".join(map(event, o["events"])) + pack("IiIB", o["count"], o["frame"], o["session"], running)
                + (configuration(o["configuration"]) if running else b"")
                + b"".join(pack("QB", r["sequence"], REPLIES.index(r["kind"])) + u64(r["digest"])
                           for r in o.get("replies", []))
                + pack("I", o["storeReplies"]))
    if stage == "snap":
        return b"".join(cell(level["cameraCell"]) + cell(level["anchor"]) for level in levels)
    if stage == "shift":
        return b"".join(
            u64(level["leaving"]) + u64(level["entering"])
            + (b"\0" if level["before"] is None else b"\1" + cell(level["before"]))
            + cell(level["after"]) + pack("I", level["retired"]) for level in levels)
    if stage == "recycle":
        return b"".join(
            [applied(r) for r in o.get("replies", [])]
            + [pack("BI", r["level"], r["cells"]) + u64(r["sum"]) for r in o.get("fromCache", [])]
            + [region(e) + pack("IB", e["cells"], e["flags"]) for e in o.get("entries", [])]
        ) + pack("5I", o["applied"], o["refused"], o["late"], o["restored"], o["evicted"])
    if stage == "dirty":
        sums = [u64(level[name]) for level in levels for name in ("byEntry", "byLayout", "byBox")]
        return b"".join(sums) + b"".join(map(met, o.get("met", []))) + pack("I", o["regions"])
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
    return b"".join(map(handed, o.get("handedOver", []))) + pack("4I", o["requests"], o["writeBacks"], o["dropped"], o["evictions"])


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
        self.kept = {kind: [line for line in rest if kind in line] for kind in KEPT}


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


def check_kept(dump):
    """Cache and ledger: nothing after dirty changes C, nothing after store I."""
    leaves = {kind: [] for kind in KEPT}
    for kind, (record_name, leaf_name, record) in KEPT.items():
        for line in dump.kept[kind]:
            data = record(line)
            expect(f"{kind} {line[kind]}, record", line[record_name], data.hex())
            leaves[kind].append(xxh64(data))
            expect(f"{kind} {line[kind]}, leaf", line[leaf_name], leaves[kind][-1])
    cache = dump.stages["dirty"]["parts"]["C"]
    expect("dirty, C, cells", cache["cells"], total(leaves["cached"]))
    expect("dirty, C, entries", cache["entries"], total(leaves["entry"]))
    expect("dirty, C, bytes", cache["bytes"], sum(e["bytes"] for e in dump.kept["entry"]))
    store = dump.stages["store"]["parts"]["I"]
    expect("store, I, rows", store["rows"], total(leaves["row"]))
    pending = [leaf for kind in ("ledger", "request", "writeBack", "box") for leaf in leaves[kind]]
    expect("store, I, pending", store["pending"], total(pending))
    for s in dump.kept["ledger"]:
        clock = s["indexClock"] + 1 + dump.frame["frame"] - s["startFrame"] if s["isIndexKnown"] else 0
        expect("store, I, clock", store["clock"], clock)


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
    check_kept(dump)

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

#!/usr/bin/env python3
"""Makes what `Checks hashes` and `Checks digests` compare the recorder in C# with.

    digest_cases.py hashes                 lines `count XXH3-64 XXH3-128`, computed by xxHash itself
    digest_cases.py digests DUMP...        lines `kind values... digest`, out of dumped frames
    digest_cases.py worked                 the same, of the worked examples of Digests.md

The digests are those that Tests/Documentation/digests.py makes of the decoded values. Needs xxhash of PyPI.
"""

import os
import struct
import sys

import xxhash

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Documentation"))
import digests  # noqa: E402

# All of the short paths, the turns of the long one (a block is 1024 bytes), and some large.
COUNTS = list(range(1101)) + [2047, 2048, 2049, 3000, 4096, 4097, 5120, 65535, 65536, 100003, 1 << 20]


def pattern(count):
    state = 2463534242
    data = bytearray()
    for _ in range(count):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        data.append(state & 255)
    return bytes(data)


def hashes():
    data = pattern(max(COUNTS))
    for count in COUNTS:
        part = data[:count]
        print(count, f"{xxhash.xxh3_64_intdigest(part):016x} {xxhash.xxh3_128_intdigest(part):032x}")


def f64(value):
    return struct.pack(">d", float(value)).hex()


def u64s(values):
    return " ".join([str(len(values)), *values])


def words(words):
    """A mask, of which the dump has words of 16 digits."""
    return u64s(list(words))


def key(k):
    if k is None:
        return None
    return f"{k['seed']} {k['layoutVersion']} {k['fingerprint']} {f64(k['baseSpacing'])} {k['regionEdge']}"


def cell(c):
    return " ".join(map(str, c))


def line(kind, record, *values):
    print(kind, *values, digests.xxh64(record))


def probe(p):
    flags = ("dirty" in p["afterFlight"]) + 2 * ("disable" in p["afterFlight"])
    updated = digests.NEVER if p["lastUpdated"] is None else p["lastUpdated"]
    line("state", digests.state_record(p), p["level"], digests.LIFECYCLES.index(p["lifecycle"]), flags, cell(p["cell"]),
         updated, p["queuedAt"], p["retryAfter"], p["generation"])
    if "payload" in p:
        line("payload", digests.payload_record(p), p["level"], cell(p["cell"]), digests.payload(p["payload"]).hex())
    if p["lifecycle"] == "Queued" and "ticket" in p:
        line("queued", digests.queued_record(p), p["level"], cell(p["cell"]), p["generation"], p["ticket"])


def kept(dump):
    for c in dump.kept["cached"]:
        line("cached", digests.cached_record(c), c["level"], cell(c["cached"]), c["lastUpdated"],
             digests.payload(c["payload"]).hex())
    for e in dump.kept["entry"]:
        flags = ("invalidated" in e["flags"]) + 2 * ("unsaved" in e["flags"])
        line("entry", digests.entry_record(e), e["level"], cell(e["entry"]), e["cells"], e["lastUsed"], e["newestUpdate"],
             e["layoutVersion"], flags)
    for r in dump.kept["row"]:
        line("row", digests.row_record(r), key(r["key"]), r["level"], cell(r["row"]), r["bytes"], r["clock"],
             words(r["mask"]), r["content"])
    for r in dump.kept["request"]:
        if r["key"] is None:
            line("indexRequest", digests.request_record(r), r["request"], r["due"])
        else:
            line("request", digests.request_record(r), r["request"], key(r["key"]), r["level"], cell(r["region"]),
                 r["due"], words(r["masked"]))
    for w in dump.kept["writeBack"]:
        kept_write(w)
    for b in dump.kept["box"]:
        line("box", digests.box_record(b), b["box"], *map(f64, b["lower"] + b["upper"]))
    for s in dump.kept["ledger"]:
        line("ledger", digests.ledger_record(s), s["ledger"], int(s["isIndexKnown"]), s["indexClock"], s["startFrame"],
             s["startEdits"], s["knownEdits"], s["nextStoreSequence"])


def kept_write(w):
    line("writeBack", digests.write_record(w), w["writeBack"], key(w["key"]), w["level"], cell(w["region"]), w["cells"],
         w["content"])


def entry(e):
    return f"{e['level']} {cell(e['cell'])} {e['generation']}"


def queue(q):
    return f"{u64s(q['queued'])} {q['flights']} {q['inFlight']} {q['epoch']} {q['nextTicket']} {q['nextSequence']}"


def stages(dump):
    select, commit = dump.stages["select"], dump.stages["commit"]
    outputs = select["outputs"]
    sums = [level[name] for level in outputs["levels"] for name in ("promoted", "expired")] if "levels" in outputs else []
    print("select", u64s(sums), len(outputs["selected"]), *map(entry, outputs["selected"]), u64s(select["parts"]["S"]),
          queue(select["parts"]["Q"]), dump.frame["stages"]["select"])
    drained = [f"{entry(d)} {digests.OUTCOMES.index(d['outcome'])} {d['payloadLeaf']} "
               f"{digests.DISPOSITIONS.index(d['disposition'])}" for d in commit["outputs"]["drained"]]
    print("commit", len(drained), *drained, u64s(commit["parts"]["S"]), u64s(commit["parts"]["P"]),
          queue(commit["parts"]["Q"]), dump.frame["stages"]["commit"])


def dumped(dump):
    for p in [p for changed in dump.changes.values() for p in changed] + dump.cells:
        probe(p)
    for f in dump.flights:
        line("flight", digests.flight_record(f), f["level"], cell(f["cell"]), f["generation"], f["epoch"], f["flight"],
             f["due"], f["worldVersion"], f["worldContent"], f64(f["baseSpacing"]), f["resolution"])
    kept(dump)
    for level in dump.levels:
        own = [p for p in dump.cells if p["level"] == level["level"]]
        print("sum", u64s([p["stateLeaf"] for p in own]), level["states"])
        print("level", level["level"], cell(level["cameraCell"]), cell(level["anchor"]), level["states"], level["payloads"],
              dump.frame["levels"][level["level"]])
    stages(dump)
    print("frame", dump.frame["frame"], u64s([dump.frame["stages"][name] for name in digests.STAGES]),
          u64s(dump.frame["levels"]), dump.frame["digest"])


def worked():
    """What no dump has, and what Digests.md says of it."""
    print("voxel 10 70 0 7 29f468ea2938468c")
    print("chunk 0 2 0 0 48d96ca2cad25697")
    line("voxel", digests.pack("BqqqB", 0x45, -(1 << 63), (1 << 63) - 1, -1, 9), -(1 << 63), (1 << 63) - 1, -1, 9)
    line("chunk", digests.pack("BqqqB", 0x4C, -7, 5, 1 << 40, 1), -7, 5, 1 << 40, 1)
    line("fingerprint", digests.pack("BdiiiIiI", 0xB0, 2.0, 8, 2, 2, 64, 8, 1), f64(2.0), 8, 2, 2)
    print("sum 2 cc36e2db93e61882 4716f76f3d09e121 134dda4ad0eff9a3")
    k = {"seed": "fffffffffffffffe", "layoutVersion": 3, "fingerprint": "0123456789abcdef", "baseSpacing": 1.5, "regionEdge": 5}
    w = {"writeBack": 7, "key": k, "level": 2, "region": [-1, 0, 9], "cells": 12, "content": "00000000000000ff"}
    kept_write(w)
    line("queued", digests.pack("BBiiiIQ", 0x03, 7, -5, 6, -7, 8, 1 << 63), 7, cell([-5, 6, -7]), 8, 1 << 63)
    # -0.0 is written as +0.0.
    print("box 3", *map(f64, [-0.0, 1.5, -2.5, 3.0, -0.0, 5.0]),
          digests.xxh64(digests.pack("BI", 0x0A, 3) + digests.pack("6d", 0.0, 1.5, -2.5, 3.0, 0.0, 5.0)))
    print("run 2 4226032418dd01bc36d2e3a3804fd6a1 7f4724a85b44814ceac9e4922b073ddb 711247d4f433149c5175c3a91e390503")


def main(arguments):
    if arguments == ["hashes"]:
        hashes()
    elif arguments == ["worked"]:
        worked()
    elif arguments[:1] == ["digests"] and len(arguments) > 1:
        for path in arguments[1:]:
            with open(path, encoding="utf-8") as lines:
                dump = digests.Dump(lines)
            digests.check(dump)
            dumped(dump)
    else:
        print("usage: digest_cases.py hashes | worked | digests DUMP...", file=sys.stderr)
        return 64
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""digests-random.py LIBRARY [ROUNDS]: the recorder's digests in C against the records of Tests/Documentation/digests.py over random values, and
against the worked examples of stages in Digests.md.

Needs xxhash of PyPI. Repeat with LUMON_TEST_SEED.
"""

import ctypes
import os
import random
import sys
from ctypes import POINTER, Structure, byref, cast, c_double, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Documentation"))
import digests as model  # noqa: E402


def structure(name, **fields):
    return type(name, (Structure,), {"_fields_": list(fields.items())})


Cell = structure("Cell", x=c_int32, y=c_int32, z=c_int32)
Point = structure("Point", x=c_double, y=c_double, z=c_double)
State = structure("State", level=c_uint8, lifecycle=c_uint8, after=c_uint8, reserved=c_uint8, cell=Cell, updated=c_int32,
                  queued=c_int32, retry=c_int32, generation=c_uint32)
Flight = structure("Flight", level=c_uint8, cell=Cell, generation=c_uint32, epoch=c_uint32, sequence=c_uint64, due=c_int32,
                   resolution=c_int32, version=c_uint64, content=c_uint64, spacing=c_double)
Entry = structure("Entry", level=c_uint8, invalidated=c_uint8, unsaved=c_uint8, region=Cell, cells=c_uint32, used=c_int32,
                  newest=c_int32, layout=c_uint32)
Key = structure("Key", seed=c_uint64, fingerprint=c_uint64, spacing=c_double, layout=c_uint32, edge=c_int32)
Ledger = structure("Ledger", cap=c_int64, known=c_uint32, start=c_int32, clock=c_int64, edits=c_uint64, knownEdits=c_uint64,
                   next=c_uint64)
Budgets = structure("Budgets", perLevel=POINTER(c_int32), count=c_uint32, total=c_int32, upload=c_int64)
Configuration = structure(
    "Configuration", size=c_uint32, chunks=c_uint32, seed=c_uint64, layout=c_uint32, resolution=c_int32, spacing=c_double,
    reanchor=c_double, levels=c_int32, edge=c_int32, near=c_int32, cast=c_int32, store=c_int32, reserved=c_int32, cache=c_int64,
    budgets=Budgets)
Bytes = structure("Bytes", data=POINTER(c_uint8), capacity=c_size_t, count=c_size_t)


class Library:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)

    def digest(self, name, *arguments):
        function = getattr(self.library, name)
        function.restype = c_uint64
        return f"{function(*arguments):016x}"

    def put(self, name, *arguments):
        getattr(self.library, name).restype = None
        getattr(self.library, name)(byref(self.bytes), *arguments)

    def begin(self, stage, room=4096):
        self.room = (c_uint8 * room)()
        self.bytes = Bytes(cast(self.room, POINTER(c_uint8)), room, 99)
        self.put("lr_stage_begin", c_int32(stage))

    def written(self):
        return bytes(self.room[:self.bytes.count])


def expect(name, found, wanted):
    if found != wanted:
        sys.exit(f"{name}: the library says {found}, computed {wanted}")


def sums(*values):
    return (c_uint64 * len(values))(*values), c_uint32(len(values))


def stage(library):
    digest = c_uint64()
    expect("lr_bytes_digest", library.library.lr_bytes_digest(byref(library.bytes), byref(digest)), 0)
    return f"{digest.value:016x}"


def worked_stages(library):
    """The three stages of Digests.md."""
    budgets = (c_int32 * 2)(4, 1)
    library.begin(0)
    library.put("lr_put_u32", c_uint32(0))
    library.put("lr_put_i32", c_int32(200))
    library.put("lr_put_u32", c_uint32(0))
    library.put("lr_put_u8", c_uint8(1))
    library.put("lr_put_configuration", byref(Configuration(
        ctypes.sizeof(Configuration), 1, 53, 1, 8, 2.0, -0.0, 2, 2, 1, 2, 4, 0, 0, Budgets(budgets, 2, 512, 2097152))))
    library.put("lr_put_u32", c_uint32(0))
    library.put("lr_put_part_world", c_uint64(53), c_uint8(1), c_uint64(0), c_uint64(0))
    expect("stage input", stage(library), "9093fdef6e81247f"[:16])

    def probe(x, y, z):
        library.put("lr_put_probe", c_uint8(1), Cell(x, y, z), c_uint32(1))

    def queue(queues, flights, ticket, sequence):
        library.put("lr_put_part_queue", *sums(*queues), c_uint64(flights), c_uint64(2), c_uint32(1), c_uint64(ticket), c_uint64(sequence))

    library.begin(5)
    for _ in range(4):
        library.put("lr_put_u64", c_uint64(0))
    probe(-2, 19, 3)
    library.put("lr_put_sums", *sums(0x5B46F267A8F4E048, 0xDF6F06795DCF28A3))
    queue((0, 0xE35DDD0D1DD6BCF3), 0x08A3D1C0CB00203B, 714, 712)
    expect("stage select", stage(library), "dd6e21e36fef087b")

    library.begin(7)
    probe(0, 22, 2)
    library.put("lr_put_u8", c_uint8(1))
    library.put("lr_put_u64", c_uint64(0x48F606E55252FF44))
    library.put("lr_put_u8", c_uint8(4))
    library.put("lr_put_u32", c_uint32(1))
    library.put("lr_put_sums", *sums(0x5B46F267A8F4E048, 0xC551C411593E36C1))
    library.put("lr_put_sums", *sums(0x0AAA40D438D22DE5, 0xDE2957FCDB6612C2))
    queue((0, 0), 0x134DDA4AD0EFF9A3, 714, 713)
    expect("stage commit", stage(library), "1fbdfd00a0db76a8")

    library.begin(3, room=8)
    library.put("lr_put_part_cache", c_uint64(1), c_uint64(2), c_uint64(3))
    expect("the size that there would be", library.bytes.count, 25)
    expect("lr_bytes_digest of a small buffer", library.library.lr_bytes_digest(byref(library.bytes), byref(c_uint64())), -21)


def random_round(library, chance):
    def u(bits):
        return chance.choice([0, 1, (1 << bits) - 1, chance.getrandbits(bits)])

    def i(bits):
        return u(bits) - (1 << (bits - 1))

    def real():
        return chance.choice([0.0, -0.0, 1.5, -1e300, 5e-324, chance.uniform(-1e6, 1e6)])

    def h(value):
        return f"{value:016x}"

    def leaf(name, data, *arguments):
        expect(name, library.digest(name, *arguments), model.xxh64(data))

    p, level, c, r = model.pack, u(8), [i(32) for _ in range(3)], [i(32) for _ in range(3)]
    cell, region, l8 = Cell(*c), Cell(*r), c_uint8(level)
    payload = bytes(chance.getrandbits(8) for _ in range(44))
    raw, updated, ticket, generation = (c_uint8 * 44)(*payload), i(32), u(64), u(32)
    state = State(level, u(3), u(2), 0xFF, cell, updated, i(32), i(32), generation)
    leaf("lr_leaf_state", p("BBBB", 1, level, state.lifecycle, state.after) + model.cell(c)
         + p("iiiI", updated, state.queued, state.retry, generation), byref(state))
    leaf("lr_leaf_payload", p("BB", 2, level) + model.cell(c) + payload, l8, cell, raw)
    leaf("lr_leaf_queued", model.queued_record({"level": level, "cell": c, "generation": generation, "ticket": ticket}),
         l8, cell, c_uint32(generation), c_uint64(ticket))
    flight = Flight(level, cell, generation, u(32), u(64), i(32), i(32), u(64), u(64), real())
    leaf("lr_leaf_flight", model.flight_record({
        "level": level, "cell": c, "generation": generation, "epoch": flight.epoch, "flight": flight.sequence, "due": flight.due,
        "worldVersion": flight.version, "worldContent": h(flight.content), "baseSpacing": flight.spacing,
        "resolution": flight.resolution}), byref(flight))
    leaf("lr_leaf_cached_cell", p("BB", 5, level) + model.cell(c) + p("i", updated) + payload, l8, cell, c_int32(updated), raw)
    entry = Entry(level, u(1), u(1), region, u(32), i(32), i(32), u(32))
    leaf("lr_leaf_cache_entry", model.entry_record({
        "level": level, "entry": r, "cells": entry.cells, "lastUsed": entry.used, "newestUpdate": entry.newest,
        "layoutVersion": entry.layout, "flags": ["invalidated"] * entry.invalidated + ["unsaved"] * entry.unsaved}), byref(entry))
    coordinates, material = [i(64) for _ in range(3)], u(8)
    for name, tag in (("lr_leaf_edited_voxel", 0x45), ("lr_leaf_chunk", 0x4C)):
        leaf(name, p("BqqqB", tag, *coordinates, material), *map(c_int64, coordinates), c_uint8(material))

    key = Key(u(64), u(64), real(), u(32), i(32))
    k = {"seed": h(key.seed), "layoutVersion": key.layout, "fingerprint": h(key.fingerprint), "baseSpacing": key.spacing,
         "regionEdge": key.edge}
    leaf("lr_store_key_digest", model.key(k), byref(key))
    words = [u(64) for _ in range(chance.randrange(1, 5))]
    while words and words[-1] == 0:
        words.pop()
    padded, named = words + [0] * chance.randrange(3), [h(word) for word in words]
    mask = library.digest("lr_mask_digest", (c_uint64 * max(1, len(padded)))(*padded), c_size_t(len(padded)))
    expect("lr_mask_digest", bytes.fromhex(mask)[::-1], model.mask(named))
    kd, md = c_uint64(int(model.xxh64(model.key(k)), 16)), c_uint64(int(mask, 16))
    size = 160 + 60 * sum(bin(word).count("1") for word in words)
    clock, content, sequence, due = i(64), u(64), u(64), i(32)
    leaf("lr_leaf_store_row", model.row_record({"row": r, "key": k, "level": level, "bytes": size, "clock": clock, "mask": named,
                                                "content": h(content)}),
         kd, l8, region, c_int64(size), c_int64(clock), md, c_uint64(content))
    leaf("lr_leaf_store_request", model.request_record({"request": sequence, "key": k, "level": level, "region": r, "due": due,
                                                        "masked": named}),
         c_uint64(sequence), kd, l8, region, c_int32(due), md)
    leaf("lr_leaf_store_request", model.request_record({"request": sequence, "key": None, "due": due, "masked": []}),
         c_uint64(sequence), c_uint64(0), c_uint8(255), Cell(0, 0, 0), c_int32(due), c_uint64(0))
    leaf("lr_leaf_held_write_back", model.write_record({"writeBack": sequence, "key": k, "level": level, "region": r,
                                                        "cells": generation, "content": h(content)}),
         c_uint64(sequence), kd, l8, region, c_uint32(generation), c_uint64(content))
    low, high = [real() for _ in range(3)], [real() for _ in range(3)]
    leaf("lr_leaf_held_box", model.box_record({"box": generation, "lower": low, "upper": high}),
         c_uint32(generation), Point(*low), Point(*high))
    ledger = Ledger(i(64), u(1), i(32), i(64), u(64), u(64), u(64))
    leaf("lr_leaf_ledger", model.ledger_record({
        "ledger": ledger.cap, "isIndexKnown": ledger.known, "indexClock": ledger.clock, "startFrame": ledger.start,
        "startEdits": h(ledger.edits), "knownEdits": h(ledger.knownEdits), "nextStoreSequence": ledger.next}), byref(ledger))
    resolution, levels, edge, spacing = i(32), i(32), i(32), real()
    leaf("lr_fingerprint", p("B", 0xB0) + model.f64(spacing) + p("iiiIiI", resolution, levels, edge, 64, resolution, 1),
         c_double(spacing), c_int32(resolution), c_int32(levels), c_int32(edge))
    pair = (u(64), u(64))
    leaf("lr_level_digest", p("BB", 0xA0, level) + model.cell(c) + model.cell(r) + p("QQ", *pair),
         l8, cell, region, c_uint64(pair[0]), c_uint64(pair[1]))

    library.begin(8)
    numbers = [u(64) for _ in range(6)]
    library.put("lr_put_part_cache", *map(c_uint64, numbers[:3]))
    library.put("lr_put_part_store", *map(c_uint64, numbers[3:]))
    library.put("lr_put_store_key", byref(key))
    library.put("lr_put_region", l8, region)
    library.put("lr_put_u16", c_uint16 := ctypes.c_uint16(u(16)))
    library.put("lr_put_raw", raw, c_size_t(44))
    expect("parts", library.written(), b"\x88" + p("6Q", *numbers) + model.key(k) + p("B", level) + model.cell(r)
           + p("H", c_uint16.value) + payload)


def main(path, rounds="2000"):
    seed = int(os.environ.get("LUMON_TEST_SEED", str(random.SystemRandom().randrange(1 << 32))))
    print(f"digests-random: LUMON_TEST_SEED={seed}")
    library, chance = Library(path), random.Random(seed)
    worked_stages(library)
    for _ in range(int(rounds)):
        random_round(library, chance)
    print(f"the worked stages and {rounds} random rounds agree")


if __name__ == "__main__":
    main(*sys.argv[1:])

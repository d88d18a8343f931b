"""Bytes, hashes and the records of Digests.md: one function for each record, and the parts of things that they share.

A cell, a region and a chunk are tuples (x, y, z). A payload is its 44 bytes.
"""

import struct

import xxhash

MASK64 = (1 << 64) - 1
NEVER = -(1 << 31)

UNINITIALIZED, VALID, STALE, DIRTY, IN_FLIGHT, DISABLED, QUEUED = range(7)


def pack(kinds, *values):
    return struct.pack("<" + kinds, *values)


def f64(value):
    return struct.pack("<d", value + 0.0)  # -0.0 + 0.0 is +0.0


def xxh64(data):
    return xxhash.xxh3_64_intdigest(data)


def xxh128(data):
    """The 16 bytes of a digest of 128 bits as they stand in other bytes: the low half first."""
    value = xxhash.xxh3_128_intdigest(data)
    return struct.pack("<QQ", value & MASK64, value >> 64)


def total(leaves):
    return sum(leaves) & MASK64


# Probes and casts.

_state = struct.Struct("<BBBBiiiiiiI")


def state(level, cell, lifecycle, flags, updated, queued, retry, generation):
    return _state.pack(0x01, level, lifecycle, flags, *cell, updated, queued, retry, generation)


def payload(level, cell, data):
    return pack("BBiii", 0x02, level, *cell) + data


def queued(level, cell, generation, ticket):
    return pack("BBiiiIQ", 0x03, level, *cell, generation, ticket)


def flight(level, cell, generation, epoch, sequence, due, version, content, spacing, resolution):
    return (pack("BBiiiIIQiQQ", 0x04, level, *cell, generation, epoch, sequence, due, version, content)
            + f64(spacing) + pack("i", resolution))


# The region cache.

def cached(level, cell, updated, data):
    return pack("BBiiii", 0x05, level, *cell, updated) + data


def entry(level, region, cells, used, newest, layout, flags):
    return pack("BBiiiIiiIB", 0x06, level, *region, cells, used, newest, layout, flags)


# The store.

def key(k):
    return pack("QIQ", k.seed, k.layout, k.fingerprint) + f64(k.spacing) + pack("i", k.edge)


def key_digest(k):
    return pack("Q", 0 if k is None else xxh64(key(k)))


def region(level, coordinates):
    return pack("Biii", level, *coordinates)


def row_name(name):
    """Key digest, level, region: how stages name a row (key, level, region)."""
    return key_digest(name[0]) + region(*name[1:])


def mask_words(mask):
    """The words of a mask that is given as one integer, bit i for the cell of linear index i."""
    return mask.to_bytes((mask.bit_length() + 63) // 64 * 8, "little")


def mask_digest(mask):
    return pack("Q", xxh64(mask_words(mask)) if mask else 0)


def row(name, size, clock, mask, content):
    return b"\x07" + row_name(name) + pack("qq", size, clock) + mask_digest(mask) + pack("Q", content)


def request(sequence, name, due, masked):
    where = pack("QBiii", 0, 255, 0, 0, 0) if name is None else row_name(name)
    return pack("BQ", 0x08, sequence) + where + pack("i", due) + mask_digest(masked)


def write_back(sequence, name, cells):
    data = b"".join(pack("ii", index, updated) + light for index, (updated, light) in sorted(cells.items()))
    return pack("BQ", 0x09, sequence) + row_name(name) + pack("IQ", len(cells), xxh64(data))


def held_box(place, lower, upper):
    return pack("BI", 0x0A, place) + b"".join(map(f64, (*lower, *upper)))


def ledger(cap, known, clock, start, start_edits, known_edits, sequence):
    return pack("BqBqiQQQ", 0x0B, cap, known, clock, start, start_edits, known_edits, sequence)


# The world.

def edited_voxel(voxel, material):
    return pack("BqqqB", 0x45, *voxel, material)


def changed_chunk(chunk, loaded):
    return pack("BqqqB", 0x4C, *chunk, loaded)

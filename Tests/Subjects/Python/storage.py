"""The store itself, in memory: rows of cells that outlive sessions (Model.md, The store). It carries out batches, in order, and answers.

Batches are lists of operations, as the ledger makes them:
("delete", name, reason), ("mark", name, mask), ("edits", seed, sum), ("forget", seed), ("write", name, cells, clock) with
cells {index: (age, payload)}, ("index", sequence), ("read", sequence, name). A name is (key, level, region).
"""

import records
from configuration import Key
from records import pack, xxh64

INDEX, REGION, ABSENT, DAMAGED = range(4)


class Reply:
    def __init__(self, kind, content=None):
        """`content` is an Index, or the bytes of a region, or None."""
        self.kind, self.content = kind, content

    @property
    def digest(self):
        if self.kind == INDEX:
            return xxh64(self.content.bytes)
        return xxh64(self.content) if self.kind == REGION else 0

    @staticmethod
    def of(message):
        kind = message.WhichOneof("reply")
        if kind == "index":
            return Reply(INDEX, Index.of(message.index))
        return {"region": Reply(REGION, message.region), "absent": Reply(ABSENT), "damaged": Reply(DAMAGED)}[kind]


class Index:
    """`rows` is {name: (clock, mask, digest)} in order, `worlds` {seed: sum of edits}."""

    def __init__(self, clock, rows, worlds, damaged):
        self.clock, self.rows, self.worlds, self.damaged = clock, rows, worlds, damaged

    @staticmethod
    def of(contents):
        rows = {name_of(r.key): (r.clock, _mask(r.present), r.digest) for r in contents.rows}
        return Index(contents.clock, rows, {w.seed: w.edits for w in contents.worlds}, contents.damaged_rows)

    @property
    def bytes(self):
        data = pack("qI", self.clock, len(self.rows))
        for (key, level, region), (clock, mask, digest) in self.rows.items():
            words = records.mask_words(mask)
            data += (records.key(key) + records.region(level, region) + pack("qI", clock, len(words) // 8) + words
                     + pack("Q", digest))
        data += pack("I", len(self.worlds))
        for seed, edits in sorted(self.worlds.items()):
            data += pack("QQ", seed, edits)
        return data + pack("I", self.damaged)


def name_of(key):
    """Of a StoreRowKey."""
    return (Key(key.seed, key.layout_version, key.fingerprint, key.base_spacing, key.region_edge), key.level,
            (key.x, key.y, key.z))


def name_order(name):
    key, level, (x, y, z) = name
    return key, level, z, y, x


def row_digest(name, data):
    key, level, region = name
    return xxh64(records.key(key) + records.region(level, region) + data)


def row_bytes(cells):
    """Of {index: (age, clock, payload)}."""
    return b"".join(pack("iiq", index, age, clock) + payload for index, (age, clock, payload) in sorted(cells.items()))


def row_cells(data):
    cells = {}
    for at in range(0, len(data), 60):
        index = int.from_bytes(data[at:at + 4], "little")
        age = int.from_bytes(data[at + 4:at + 8], "little", signed=True)
        clock = int.from_bytes(data[at + 8:at + 16], "little", signed=True)
        cells[index] = (age, clock, data[at + 16:at + 60])
    return cells


class Row:
    def __init__(self, clock, mask, digest, data):
        self.clock, self.mask, self.digest, self.data = clock, mask, digest, data


class Storage:
    def __init__(self):
        self.clock = 0
        self.rows = {}
        self.worlds = {}
        self.damaged = 0

    @staticmethod
    def of(contents):
        """Of a trace's StoreContents. The bytes of a row that the run does not take are not known: None."""
        found = Storage()
        found.clock, found.damaged = contents.clock, contents.damaged_rows
        for r in contents.rows:
            data = r.content if r.HasField("content") else None
            found.rows[name_of(r.key)] = Row(r.clock, _mask(r.present), r.digest, data)
        found.worlds = {w.seed: w.edits for w in contents.worlds}
        return found

    def carry_out(self, batch, clock):
        """The replies to the batch's requests, {sequence: Reply}. `clock` is None for the index alone, which writes nothing."""
        replies = {}
        for operation, *rest in batch:
            if operation == "index":
                replies[rest[0]] = Reply(INDEX, self._index())
            elif operation == "read":
                replies[rest[0]] = self._read(rest[1], clock)
            elif operation == "delete":
                self.rows.pop(rest[0], None)
            elif operation == "mark":
                self._mark(*rest)
            elif operation == "edits":
                self.worlds[rest[0]] = rest[1]
            elif operation == "forget":
                self.worlds.pop(rest[0], None)
                self.rows = {name: row for name, row in self.rows.items() if name[0].seed != rest[0]}
            elif operation == "write":
                self._write(*rest)
        if clock is not None:
            self.clock = clock
        return replies

    def spoil(self, name):
        row = self.rows.get(name)
        if row and row.data:
            row.data = bytes([row.data[0] ^ 1]) + row.data[1:]

    def _index(self):
        rows = {name: (self.rows[name].clock, self.rows[name].mask, self.rows[name].digest)
                for name in sorted(self.rows, key=name_order)}
        return Index(self.clock, rows, dict(self.worlds), self.damaged)

    def _read(self, name, clock):
        row = self.rows.get(name)
        if row is None:
            return Reply(ABSENT)
        row.clock = clock
        if not self._is_good(name):
            return Reply(DAMAGED)
        return Reply(REGION, row.data)

    def _is_good(self, name):
        row = self.rows.get(name)
        return row is not None and row.data is not None and row_digest(name, row.data) == row.digest

    def _mark(self, name, mask):
        if self._is_good(name):
            row = self.rows[name]
            cells = {index: cell for index, cell in row_cells(row.data).items() if not mask >> index & 1}
            self._put(name, cells, row.clock)

    def _write(self, name, cells, clock):
        merged = row_cells(self.rows[name].data) if self._is_good(name) else {}
        for index, (age, payload) in cells.items():
            if index not in merged or merged[index][1] - merged[index][0] <= clock - age:
                merged[index] = (age, clock, payload)
        self._put(name, merged, clock)

    def _put(self, name, cells, clock):
        data = row_bytes(cells)
        self.rows[name] = Row(clock, sum(1 << index for index in cells), row_digest(name, data), data)


def _mask(words):
    return sum(word << 64 * i for i, word in enumerate(words))

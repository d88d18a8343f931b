"""The ledger: what a session knows of its store, and what it hands over (Model.md, The store)."""

from dataclasses import dataclass

import lattice
import records
from records import pack, total, xxh64
from storage import name_order

REFUSED, BY_BOX, EVICTED, DROPPED = range(4)
OLDEST_AGE = (1 << 31) - (1 << 16)


@dataclass
class Row:
    clock: int
    mask: int
    content: int

    @property
    def bytes(self):
        return 160 + 60 * self.mask.bit_count()


@dataclass
class Request:
    name: object  # (key, level, region); None: the index
    due: int
    masked: int = 0
    reply: object = None  # what the store answers, where the run is modelled


@dataclass
class WriteBack:
    sequence: int
    name: tuple
    cells: dict  # linear index: (last updated, payload)


@dataclass
class Handed:
    """What a store stage hands over, as its digest has it."""
    bytes: bytes = b""
    requests: int = 0
    writes: int = 0
    dropped: int = 0
    evicted: int = 0


class Ledger:
    def __init__(self, cap, frame, world_seed):
        self.cap, self.start_frame, self.seed = cap, frame, world_seed
        self.start_edits = 0
        self.is_known = False
        self.index_clock = 0
        self.known_edits = 0
        self.next_sequence = 0
        self.rows = {}  # name: Row
        self.requests = {}  # sequence: Request
        self.write_backs = []
        self.held_boxes = []
        # Since the last batch:
        self.dropped = []  # names of rows whose write-backs found no room
        self.refused = []  # names of rows whose replies were absent or damaged
        self.forgets = False
        self.lost = {}  # name: mask of what boxes threw out; None: all

    # The index.

    def learn(self, index, key):
        """The index has come: accepted, refused for seed, layout, fingerprint, world; damaged."""
        self.is_known, self.index_clock = True, index.clock
        self.rows = {name: Row(*row) for name, row in index.rows.items()}
        self.known_edits = index.worlds.get(self.seed, 0)
        is_same_world = self.known_edits == self.start_edits
        counts = [0] * 6
        counts[5] = index.damaged
        for name in index.rows:
            k = name[0]
            if k == key:
                counts[0 if is_same_world else 4] += 1
            else:
                counts[1 if k.seed != key.seed else 2 if k.layout != key.layout else 3] += 1
        if not is_same_world:
            self.rows = {name: row for name, row in self.rows.items() if name[0].seed != self.seed}
            self.known_edits, self.forgets = 0, True
        for box in self.held_boxes:
            self.throw_out_of_rows(box)
        self.held_boxes = []
        return counts

    def clock(self, frame):
        return self.index_clock + 1 + frame - self.start_frame if self.is_known else 0

    # What events and replies do to rows.

    def drop(self, name):
        self.rows.pop(name, None)
        self.dropped.append(name)

    def refuse(self, name):
        self.rows.pop(name, None)
        self.refused.append(name)

    def cancel_requests(self):
        """All but that for the index."""
        self.requests = {s: r for s, r in self.requests.items() if r.name is None}

    # Boxes.

    def throw_out(self, box):
        """Of write-backs, requests and rows what a box meets: records of the dirty stage."""
        found = []
        for write in self.write_backs:
            mask = _met(box, write.name)
            met = [index for index in write.cells if mask >> index & 1]
            if met:
                write.cells = {index: cell for index, cell in write.cells.items() if index not in met}
                found.append(pack("BQI", 2, write.sequence, len(met)))
        self.write_backs = [write for write in self.write_backs if write.cells]
        for sequence, request in sorted(self.requests.items()):
            if request.name is None:
                continue
            new = _met(box, request.name) & ~request.masked
            if new:
                request.masked |= new
                found.append(pack("BQI", 3, sequence, new.bit_count()))
        if self.is_known:
            for name, cells in self.throw_out_of_rows(box):
                found.append(b"\x04" + records.row_name(name) + pack("I", cells))
        else:
            self.held_boxes.append(box)
        return found

    def throw_out_of_rows(self, box):
        """Of every row of the same world: [(name, number of cells)] in order."""
        found = []
        for name in sorted(self.rows, key=name_order):
            if name[0].seed != self.seed:
                continue
            row = self.rows[name]
            met = _met(box, name) & row.mask
            if not met:
                continue
            found.append((name, met.bit_count()))
            row.mask &= ~met
            row.content = xxh64(pack("Q", row.content) + b"\x02" + records.mask_words(met))
            if row.mask:
                self.lost[name] = self.lost.get(name, 0) | met
            else:
                self.lost[name] = None
                del self.rows[name]
        return found

    # What is handed over.

    def add_write_back(self, name, cells):
        self.write_backs.append(WriteBack(self.next_sequence, name, dict(cells)))
        self.next_sequence += 1

    def ask_for_index(self, frame, latency):
        """A batch of its own."""
        self.requests[self.next_sequence] = Request(None, frame + latency)
        self.next_sequence += 1
        return [("index", self.next_sequence - 1)]

    def batch(self, frame, edits, regions=(), latency=0):
        """All that is to be handed over in a frame in which the index is known. `regions` are the names of rows to ask for."""
        clock = self.clock(frame)
        batch = [("delete", name, DROPPED) for name in self.dropped] + [("delete", name, REFUSED) for name in self.refused]
        if self.forgets:
            batch.append(("forget", self.seed))
        for name in sorted(self.lost, key=name_order):
            mask = self.lost[name]
            batch.append(("delete", name, BY_BOX) if mask is None else ("mark", name, mask))
        if edits != self.known_edits:
            batch.append(("edits", self.seed, edits))
            self.known_edits = edits
        batch += self._evict()
        for write in self.write_backs:
            cells = {i: (min(frame - updated, OLDEST_AGE), payload) for i, (updated, payload) in sorted(write.cells.items())}
            batch.append(("write", write.name, cells, clock))
            row = self.rows.setdefault(write.name, Row(0, 0, 0))
            row.clock = clock
            row.mask |= sum(1 << index for index in cells)
            row.content = xxh64(pack("Q", row.content) + b"\x01" + written_bytes(cells, clock))
            batch += self._evict()
        for name in sorted((name for name in regions if name in self.rows), key=name_order):
            self.rows[name].clock = clock
            self.requests[self.next_sequence] = Request(name, frame + latency)
            batch.append(("read", self.next_sequence, name))
            self.next_sequence += 1
        self.write_backs, self.dropped, self.refused, self.forgets, self.lost = [], [], [], False, {}
        return batch

    def _evict(self):
        gone = []
        while sum(row.bytes for row in self.rows.values()) > self.cap:
            name = min(self.rows, key=lambda n: (self.rows[n].clock, name_order(n)))
            del self.rows[name]
            gone.append(("delete", name, EVICTED))
        return gone

    # Digests.

    def part(self, frame):
        rows = total(xxh64(records.row(name, row.bytes, row.clock, row.mask, row.content)) for name, row in self.rows.items())
        others = [records.ledger(self.cap, self.is_known, self.index_clock, self.start_frame, self.start_edits,
                                 self.known_edits, self.next_sequence)]
        others += [records.request(s, r.name, r.due, r.masked) for s, r in self.requests.items()]
        others += [records.write_back(w.sequence, w.name, w.cells) for w in self.write_backs]
        others += [records.held_box(place, *box) for place, box in enumerate(self.held_boxes)]
        return pack("QQq", rows, total(map(xxh64, others)), self.clock(frame))


def written_bytes(cells, clock):
    return b"".join(pack("iiq", index, age, clock) + payload for index, (age, payload) in cells.items())


def handed(batch):
    """What the store stage's digest says of a batch."""
    found = Handed()
    for operation, *rest in batch:
        if operation == "delete":
            found.bytes += b"\x01" + records.row_name(rest[0]) + pack("B", rest[1])
            found.evicted += rest[1] == EVICTED
        elif operation == "mark":
            found.bytes += b"\x02" + records.row_name(rest[0]) + records.mask_digest(rest[1])
        elif operation == "edits":
            found.bytes += b"\x03" + pack("QQ", *rest)
        elif operation == "forget":
            found.bytes += b"\x04" + pack("Q", rest[0])
        elif operation == "write":
            name, cells, clock = rest
            found.bytes += b"\x05" + records.row_name(name) + pack("IQ", len(cells), xxh64(written_bytes(cells, clock)))
            found.writes += 1
        elif operation == "index":
            found.bytes += b"\x06" + pack("Q", rest[0])
            found.requests += 1
        else:
            found.bytes += b"\x07" + pack("Q", rest[0]) + records.row_name(rest[1])
            found.requests += 1
    return found


def _met(box, name):
    key, level, region = name
    return lattice.indices_met(box, key.spacing, level, region, key.edge)

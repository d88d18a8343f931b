"""The region cache (Model.md, Regions and the cache)."""

import lattice
import records
from records import NEVER, total, xxh64

INVALIDATED, UNSAVED = 1, 2


class Entry:
    def __init__(self, layout, edge):
        self.layout, self.edge = layout, edge
        self.cells = {}  # linear index: (last updated, payload)
        self.used = 0
        self.newest = NEVER
        self.flags = 0

    @property
    def bytes(self):
        return 64 + 4 * self.edge ** 3 + 52 * len(self.cells)


class Cache:
    def __init__(self):
        self.entries = {}  # (level, region): Entry

    def put(self, level, cell, updated, payload, frame, configuration, is_from_window):
        edge = configuration.region_edge
        name = (level, lattice.region(cell, edge))
        entry = self.entries.setdefault(name, Entry(configuration.layout, edge))
        entry.cells[lattice.index_in_region(cell, edge)] = (updated, payload)
        entry.used = frame
        entry.newest = max(entry.newest, updated)
        entry.flags |= UNSAVED if is_from_window else 0

    def has(self, level, cell, edge):
        entry = self.entries.get((level, lattice.region(cell, edge)))
        return entry is not None and lattice.index_in_region(cell, edge) in entry.cells

    def take(self, level, cell, frame, edge):
        """Moves a cell out: (last updated, payload), or None where it is not here."""
        name = (level, lattice.region(cell, edge))
        entry = self.entries.get(name)
        found = entry and entry.cells.pop(lattice.index_in_region(cell, edge), None)
        if found:
            entry.used = frame
            if not entry.cells:
                del self.entries[name]
        return found

    def evict(self, capacity):
        """The entries that have to go, [(name, entry)] in the order in which they do."""
        gone = []
        while self.bytes > capacity:
            name = min(self.entries, key=lambda n: (self.entries[n].used, lattice.order(n)))
            gone.append((name, self.entries.pop(name)))
        return gone

    def throw_out(self, box, configuration):
        """What a box meets, out of the entries of far levels: [(name, number of cells)] in key order."""
        thrown = []
        for name in self.names:
            level, region = name
            if not configuration.is_far(level):
                continue
            entry = self.entries[name]
            mask = lattice.indices_met(box, configuration.base, level, region, entry.edge, is_half_off(configuration))
            met = [index for index in entry.cells if mask >> index & 1]
            if met:
                thrown.append((name, len(met)))
                entry.flags |= INVALIDATED
                for index in met:
                    del entry.cells[index]
                if not entry.cells:
                    del self.entries[name]
        return thrown

    @property
    def names(self):
        return sorted(self.entries, key=lattice.order)

    @property
    def bytes(self):
        return sum(entry.bytes for entry in self.entries.values())

    @property
    def part(self):
        cells, entries = [], []
        for (level, region), e in self.entries.items():
            entries.append(xxh64(records.entry(level, region, len(e.cells), e.used, e.newest, e.layout, e.flags)))
            for index, (updated, payload) in e.cells.items():
                cell = lattice.cell_of_index(region, index, e.edge)
                cells.append(xxh64(records.cached(level, cell, updated, payload)))
        return records.pack("QQQ", total(cells), total(entries), self.bytes)


def is_half_off(configuration):
    return configuration.has_variant and configuration.resolution % 2 == 1

"""Probes, the levels that hold them, requests and casts in flight; with their leaves and sums."""

from dataclasses import dataclass

import lattice
import records
from records import DIRTY, NEVER, QUEUED, UNINITIALIZED, VALID, total, xxh64


class Probe:
    """What a slot holds: a cell's state and payload (44 bytes or None)."""

    def __init__(self, level, cell, generation):
        self.level, self.cell = level, cell
        self.lifecycle = UNINITIALIZED
        self.flags = 0  # after flight: 1 dirty, 2 disable
        self.updated = NEVER
        self.queued_at = 0
        self.retry_after = 0
        self.generation = generation
        self.ticket = 0
        self.payload = None
        self._leaf = self._payload_leaf = None

    def set(self, **fields):
        for name, value in fields.items():
            setattr(self, name, value)
        self._leaf = self._payload_leaf = None

    def retire(self, lifecycle, has_generations):
        """Ends its request, if it has one in the queue or in flight: results of it no longer count."""
        self.set(lifecycle=lifecycle, generation=self.generation + has_generations, queued_at=0, ticket=0, flags=0)

    def restore(self, updated, payload):
        self.set(lifecycle=VALID, updated=updated, payload=payload, retry_after=0)

    @property
    def is_fresh(self):
        return self.lifecycle in (UNINITIALIZED, DIRTY)

    @property
    def leaf(self):
        if self._leaf is None:
            self._leaf = xxh64(self.record)
        return self._leaf

    @property
    def record(self):
        return records.state(self.level, self.cell, self.lifecycle, self.flags, self.updated, self.queued_at,
                             self.retry_after, self.generation)

    @property
    def payload_leaf(self):
        if self.payload is None:
            return 0
        if self._payload_leaf is None:
            self._payload_leaf = xxh64(self.payload_record)
        return self._payload_leaf

    @property
    def payload_record(self):
        return records.payload(self.level, self.cell, self.payload)


class Level:
    def __init__(self, number, resolution, camera, anchor, generation):
        """A window of Uninitialized probes around an anchor."""
        self.number, self.resolution = number, resolution
        self.camera, self.anchor = camera, anchor
        self.slots = [None] * resolution ** 3
        for cell in lattice.cells_of_window(self.minimum, resolution):
            self.slots[lattice.slot(cell, resolution)] = Probe(number, cell, generation)

    @property
    def minimum(self):
        return lattice.minimum(self.anchor, self.resolution)

    def in_slot_of(self, cell):
        """The probe in the slot of a cell, whatever cell it has."""
        return self.slots[lattice.slot(cell, self.resolution)]

    def probe(self, cell):
        """The cell's own probe; None where it is not in the window."""
        return self.in_slot_of(cell) if lattice.is_in_window(cell, self.minimum, self.resolution) else None

    def move(self, camera, anchor, has_generations):
        """The probes that left, and those that entered in their slots."""
        left, entered = [], []
        is_moved = anchor != self.anchor
        self.camera, self.anchor = camera, anchor
        for cell in lattice.cells_of_window(self.minimum, self.resolution) if is_moved else []:
            index = lattice.slot(cell, self.resolution)
            before = self.slots[index]
            if before.cell != cell:
                left.append(before)
                self.slots[index] = Probe(self.number, cell, before.generation + has_generations)
                entered.append(self.slots[index])
        return left, entered

    @property
    def in_linear_order(self):
        return [self.in_slot_of(cell) for cell in lattice.cells_of_window(self.minimum, self.resolution)]

    @property
    def state_sum(self):
        return total(probe.leaf for probe in self.slots)

    @property
    def payload_sum(self):
        return total(probe.payload_leaf for probe in self.slots)

    @property
    def queue_sum(self):
        return total(xxh64(records.queued(self.number, p.cell, p.generation, p.ticket))
                     for p in self.slots if p.lifecycle == QUEUED)


@dataclass
class Request:
    """A place in the queue."""
    level: int
    cell: tuple
    generation: int
    ticket: int

    @property
    def leaf(self):
        return xxh64(records.queued(self.level, self.cell, self.generation, self.ticket))


@dataclass
class Flight:
    level: int
    cell: tuple
    generation: int
    epoch: int
    sequence: int
    due: int
    version: int
    content: int
    spacing: float
    resolution: int
    payload: object  # what the cast found, seen in the world of its dispatch; None: aborted

    @property
    def leaf(self):
        return xxh64(records.flight(self.level, self.cell, self.generation, self.epoch, self.sequence, self.due,
                                    self.version, self.content, self.spacing, self.resolution))


def listed(thing):
    """How the lists of the stages name a probe, a request or a flight."""
    return records.pack("BiiiI", thing.level, *thing.cell, thing.generation)

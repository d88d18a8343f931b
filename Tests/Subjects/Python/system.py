"""The streaming system: its state, and one step of it."""

import records
from cache import Cache
from dirty import dirty
from inputs import Work, take_input
from recycle import recycle
from records import pack, total, xxh64
from storage import Storage
from storing import store
from updates import Workers, cast, commit, select
from windows import shift, snap
from world import World

STAGES = ("input", "snap", "shift", "recycle", "dirty", "select", "cast", "commit", "store")
PARTS = ("W", "", "SPQ", "SPCI", "SPCQI", "SQ", "SQ", "SPQ", "I")


class System:
    def __init__(self):
        self.configuration = None  # the effective one; None while no session runs
        self.session = 0
        self.sessions = 0
        self.epoch = 0
        self.next_ticket = 1
        self.next_sequence = 0
        self.world = World(0, True)
        self.levels = []
        self.queue = []  # requests, also those that no longer count
        self.flights = []  # in the order of dispatch
        self.cache = Cache()
        self.ledger = None
        self.storage = Storage()

    def step(self, given):
        """Steps one frame: a Result. Raises Unusable where an input is none for the model; nothing is good after that."""
        work = Work(self, given)
        workers = Workers(self, work)
        stages = [
            lambda: take_input(self, work), lambda: snap(self, work), lambda: shift(self, work), lambda: recycle(self, work),
            lambda: dirty(self, work), lambda: select(self, work), lambda: cast(self, work, workers),
            lambda: commit(self, work), lambda: store(self, work)]
        hashed = []
        for number, stage in enumerate(stages):
            workers.claim(number)
            outputs = stage()
            parts = b"".join(self._part(letter, given.frame) for letter in PARTS[number])
            hashed.append(pack("B", 0x80 + number) + outputs + parts)
        levels = [xxh64(pack("BBiiiiii", 0xA0, level.number, *level.camera, *level.anchor)
                        + pack("QQ", level.state_sum, level.payload_sum)) for level in self.levels]
        return Result(given.frame, hashed, levels)

    def _part(self, letter, frame):
        if letter == "S":
            return pack("I", len(self.levels)) + b"".join(pack("Q", level.state_sum) for level in self.levels)
        if letter == "P":
            return pack("I", len(self.levels)) + b"".join(pack("Q", level.payload_sum) for level in self.levels)
        if letter == "C":
            return self.cache.part
        if letter == "Q":
            queued = b"".join(pack("Q", self._queue_sum(level)) for level in self.levels)
            return (pack("I", len(self.levels)) + queued
                    + pack("QQIQQ", total(flight.leaf for flight in self.flights), len(self.flights), self.epoch,
                           self.next_ticket, self.next_sequence))
        if letter == "W":
            world = self.world
            return pack("QBQQ", world.seed, world.starts_loaded, world.version, world.content)
        return self.ledger.part(frame) if self.ledger else pack("QQQ", 0, 0, 0)

    def _queue_sum(self, level):
        if self.configuration.has_variant:
            return total(request.leaf for request in self.queue if request.level == level.number)
        return level.queue_sum


class Result:
    def __init__(self, frame, hashed, levels):
        self.frame, self.hashed, self.levels = frame, hashed, levels
        self.stages = [xxh64(data) for data in hashed]
        self.digest = records.xxh128(pack("i", frame) + b"".join(pack("Q", s) for s in self.stages)
                                     + pack("I", len(levels)) + b"".join(pack("Q", level) for level in levels))

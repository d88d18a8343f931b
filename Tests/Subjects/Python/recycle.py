"""The recycle stage: replies of the store, the region cache, and what ends with a session or a key (Model.md, Recycle)."""

from collections import Counter

import lattice
import records
from records import STALE, UNINITIALIZED, VALID, pack, total
from storage import ABSENT, DAMAGED, INDEX, row_cells


def recycle(system, work):
    count = Counter()
    out = b"".join(_reply(system, work, request, reply, count) for _, request, reply in work.replies)
    configuration = system.configuration
    if work.is_ended or work.changes_key(configuration):
        _leave_key(system, work)
    elif configuration:
        _cache_what_left(system, work)
        for name in list(system.cache.entries):
            if not configuration.is_far(name[0]):
                del system.cache.entries[name]
    if configuration:
        for row in work.damages:
            system.storage.spoil((configuration.key, *row))
        out += _restore_what_entered(system, work, count)
        for name, entry in system.cache.evict(configuration.cache_bytes):
            out += records.region(*name) + pack("IB", len(entry.cells), entry.flags)
            count["evicted"] += 1
            if entry.flags & 2 and system.ledger:
                system.ledger.add_write_back((configuration.key, *name), entry.cells)
    return out + pack("5I", *(count[name] for name in ("applied", "refused", "late or masked", "restored", "evicted")))


# Replies.

def _reply(system, work, request, reply, count):
    ledger = work.ended_ledger if work.is_ended else system.ledger
    if reply.kind == INDEX:
        count["applied"] += 1
        work.learned_index = True
        key = (work.before if work.is_ended else system.configuration).key
        return pack("B", INDEX) + pack("6I", *ledger.learn(reply.content, key))
    out = pack("B", reply.kind) + records.region(*request.name[1:])
    if reply.kind in (ABSENT, DAMAGED):
        count["refused"] += 1
        ledger.refuse(request.name)
        return out
    count["applied"] += 1
    cells = Counter(_place(system, work, request, index, cell) for index, cell in row_cells(reply.content).items())
    count["restored"] += cells["restored"]
    count["late or masked"] += cells["late"] + cells["masked"]
    return out + pack("4I", *(cells[name] for name in ("restored", "cached", "late", "masked")))


def _place(system, work, request, index, cell):
    """Puts one cell of a reply where it belongs, and says what became of it."""
    _, number, region = request.name
    age, _, payload = cell
    configuration = system.configuration
    where = lattice.cell_of_index(region, index, configuration.region_edge)
    if request.masked >> index & 1:
        return "masked"
    if not configuration.is_far(number) or system.cache.has(number, where, configuration.region_edge):
        return "late"
    probe = system.levels[number].probe(where)
    if probe is not None:
        if not probe.is_fresh:
            return "late"
        probe.restore(work.frame - age, payload)
        return "restored"
    if configuration.cache_bytes == 0:
        return "late"
    system.cache.put(number, where, work.frame - age, payload, work.frame, configuration, False)
    return "cached"


# The cache.

def _cache_what_left(system, work):
    configuration = system.configuration
    if configuration.cache_bytes == 0 and system.ledger is None:
        return
    for number, left in enumerate(work.left):
        if configuration.is_far(number):
            _cache(system, work, left, configuration)


def _cache(system, work, probes, configuration):
    for probe in probes:
        if probe.lifecycle in (VALID, STALE):
            system.cache.put(probe.level, probe.cell, probe.updated, probe.payload, work.frame, configuration, True)


def _restore_what_entered(system, work, count):
    configuration, out = system.configuration, b""
    for number, entered in enumerate(work.entered):
        restored = []
        for probe in entered if configuration.is_far(number) else []:
            if probe.lifecycle == UNINITIALIZED:
                found = system.cache.take(number, probe.cell, work.frame, configuration.region_edge)
                if found:
                    probe.restore(*found)
                    restored.append(probe)
        if restored:
            count["restored"] += len(restored)
            out += pack("BIQ", number, len(restored), total(probe.leaf for probe in restored))
    return out


def _leave_key(system, work):
    """A session ends, or its key: what there is of the old key goes to the store, and the cache is empty."""
    before = work.before
    ledger = work.ended_ledger if work.is_ended else system.ledger
    if ledger:
        for level in work.old_levels:
            if before.is_far(level.number):
                _cache(system, work, _as_before_shift(system, work, level), before)
        if work.is_ended and system.world is work.old_world:
            for box in work.boxes:
                system.cache.throw_out(box, before)
                ledger.throw_out(box)
        for name in system.cache.names:
            entry = system.cache.entries[name]
            if entry.flags & 2:
                ledger.add_write_back((before.key, *name), entry.cells)
    if ledger and work.is_ended:
        world = system.world if system.world is work.old_world else work.old_world
        work.last_batch = ledger.batch(work.frame, world.edits)
        if work.last_batch:
            system.storage.carry_out(work.last_batch, ledger.clock(work.frame))
    system.cache.entries.clear()


def _as_before_shift(system, work, level):
    """The probes of a level that the frame found; where the level was made anew that is still as it was."""
    if level not in system.levels:
        return level.slots
    entered = {id(probe) for probe in work.entered[level.number]}
    return work.left[level.number] + [probe for probe in level.slots if id(probe) not in entered]

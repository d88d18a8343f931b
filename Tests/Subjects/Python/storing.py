"""The store stage: what the session hands over to its store (Model.md, Requests; Store)."""

import lattice
from ledger import handed
from records import pack


def store(system, work):
    batch = list(work.last_batch)
    configuration, ledger = system.configuration, system.ledger
    if ledger:
        if ledger.is_known:
            now = ledger.batch(work.frame, system.world.edits, _new_regions(system, work), configuration.store_latency)
            clock = ledger.clock(work.frame) if now else None
        elif not any(r.name is None for r in ledger.requests.values()):
            now, clock = ledger.ask_for_index(work.frame, configuration.store_latency), None
        else:
            now, clock = [], None
        for sequence, reply in system.storage.carry_out(now, clock).items():
            ledger.requests[sequence].reply = reply
        batch += now
    found = handed(batch)
    return found.bytes + pack("4I", found.requests, found.writes, work.dropped, found.evicted)


def _new_regions(system, work):
    """Names of the regions that are in a grown window now and were not in the frame before."""
    configuration = system.configuration
    edge, resolution = configuration.region_edge, configuration.resolution
    all_new = work.learned_index or work.changes_key(configuration) or work.is_started
    names = set()
    for level in system.levels:
        if configuration.is_far(level.number):
            now = lattice.grown_window(level.minimum, resolution, edge)
            if not all_new:
                now -= lattice.grown_window(work.old_minima[level.number], resolution, edge)
            names |= {(configuration.key, level.number, region) for region in now}
    return names

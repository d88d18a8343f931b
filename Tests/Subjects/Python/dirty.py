"""The dirty stage (Model.md, The stages, 5; Recycle, Dirty)."""

import lattice
import records
from cache import is_half_off
from records import DIRTY, IN_FLIGHT, QUEUED, UNINITIALIZED, pack, total


def dirty(system, work):
    configuration = system.configuration
    if configuration is None:
        return pack("I", 0)
    entry = [_by_entry(probes, work.begins_epoch(configuration)) for probes in work.entered]
    layout = [_by_layout(level, work, configuration) for level in system.levels]
    boxes, kept, number = [0] * len(system.levels), b"", 0
    for box in work.boxes:
        for level in system.levels:
            boxes[level.number] += _by_box(system, level, box, configuration)
        found = [pack("B", 1) + records.region(*name) + pack("I", cells)
                 for name, cells in system.cache.throw_out(box, configuration)]
        if system.ledger:
            found += system.ledger.throw_out(box)
        kept += b"".join(found)
        number += len(found)
    sums = b"".join(pack("QQQ", *(total([s]) for s in each)) for each in zip(entry, layout, boxes))
    return sums + kept + pack("I", number)


def _by_entry(probes, is_new_epoch):
    dirtied = [] if is_new_epoch else [p for p in probes if p.lifecycle == UNINITIALIZED]
    for probe in dirtied:
        probe.set(lifecycle=DIRTY)
    return total(probe.leaf for probe in dirtied)


def _by_layout(level, work, configuration):
    if work.is_ended or work.begins_epoch(configuration) or work.before.layout == configuration.layout:
        return 0
    for probe in level.slots:
        _dirty(probe, configuration, also_in_flight=True)
        probe.set(payload=None)
    return level.state_sum


def _by_box(system, level, box, configuration):
    """The sum over the leaves of the cells that the box made dirty."""
    spacing, half_off = configuration.spacing(level.number), is_half_off(configuration)
    cells = lattice.met_cells(box, configuration.base, level.number, half_off)
    bring = lattice.clamped if configuration.has_variant else lattice.cut
    leaves = []
    for cell in lattice.cells_in(bring(cells, level.minimum, level.resolution)):
        probe = level.probe(cell)
        if probe.lifecycle == IN_FLIGHT:
            centre = lattice.voxel(lattice.centre(cell, spacing, half_off))
            probe.set(flags=3 if system.world.is_loaded_and_solid(centre) else 1)
        else:
            _dirty(probe, configuration)
        leaves.append(probe.leaf)
    return sum(leaves)


def _dirty(probe, configuration, also_in_flight=False):
    if probe.lifecycle == QUEUED or also_in_flight and probe.lifecycle == IN_FLIGHT:
        probe.retire(DIRTY, not configuration.has_variant)
    probe.set(lifecycle=DIRTY, retry_after=0)

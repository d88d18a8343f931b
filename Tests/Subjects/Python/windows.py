"""The stages snap and shift (Model.md, Lattice, snap, window; A slot gets a cell)."""

import math

import lattice
from messages import Unusable
from probes import Level
from records import IN_FLIGHT, QUEUED, pack, total


def snap(system, work):
    configuration = system.configuration
    if configuration is None:
        return b""
    limit = (1 << 31) - 1 - 2 * configuration.resolution
    if not all(map(math.isfinite, work.given.position)):
        raise Unusable(f"frame {work.frame}: the camera's position is not finite")
    work.cameras = lattice.camera_cells(work.given.position, configuration)
    if any(abs(c) > limit for c in work.cameras[0]):
        raise Unusable(f"frame {work.frame}: the camera is too far from zero")
    is_new = work.begins_epoch(configuration)
    work.anchors = [
        lattice.anchor(work.given.position, camera, None if is_new else system.levels[number].anchor,
                       configuration.spacing(number), configuration.reanchor)
        for number, camera in enumerate(work.cameras)]
    return b"".join(pack("iii", *camera) + pack("iii", *anchor) for camera, anchor in zip(work.cameras, work.anchors))


def shift(system, work):
    configuration = system.configuration
    if work.is_ended:
        work.abandoned = {flight.sequence for flight in system.flights}
        system.queue, system.flights = [], []
    if configuration is None:
        system.levels = []
        return b""
    if work.begins_epoch(configuration):
        return _make_levels(system, work)
    out = b""
    for level, camera, anchor in zip(system.levels, work.cameras, work.anchors):
        minimum = level.minimum
        left, entered = level.move(camera, anchor, not configuration.has_variant)
        work.left.append(left)
        work.entered.append(entered)
        retired = sum(probe.lifecycle in (QUEUED, IN_FLIGHT) for probe in left)
        out += (pack("QQ", total(p.leaf for p in left), total(p.leaf for p in entered)) + pack("Biii", 1, *minimum)
                + pack("iii", *level.minimum) + pack("I", retired))
    return out


def _make_levels(system, work):
    configuration = system.configuration
    system.epoch += 1
    system.queue, system.levels = [], []
    out = b""
    for number, (camera, anchor) in enumerate(zip(work.cameras, work.anchors)):
        level = Level(number, configuration.resolution, camera, anchor, 0 if configuration.has_variant else 1)
        system.levels.append(level)
        work.left.append([])
        work.entered.append(level.slots)
        out += pack("QQB", 0, level.state_sum, 0) + pack("iii", *level.minimum) + pack("I", 0)
    return out

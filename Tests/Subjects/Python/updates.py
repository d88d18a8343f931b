"""The stages select, cast and commit (Model.md, The stages, 6 to 8)."""

import math

import lattice
import records
from cache import is_half_off
from casts import cast as cast_rays
from messages import Unusable
from probes import Flight, Request, listed
from records import DIRTY, DISABLED, IN_FLIGHT, QUEUED, STALE, UNINITIALIZED, VALID, pack, total, xxh64

MOST_IN_FLIGHT = 2048
PATIENCE = 30  # frames in the queue
RETRY = 60  # frames after a cast that was aborted

DROPPED, IS_DISABLED, IS_DIRTIED, IS_ABORTED, STORED, STORED_ELSEWHERE = range(6)


# Select.

def select(system, work):
    configuration, frame = system.configuration, work.frame
    if configuration is None:
        return b""
    expired = [_expire(level, frame, configuration) for level in system.levels]
    probe_bytes = 1576 if configuration.has_variant else 64
    left = min(configuration.total, configuration.upload_bytes // probe_bytes)
    promoted, selected = [], []
    if not configuration.has_variant:
        promoted = [_promote(level, frame, configuration) for level in system.levels]
    for level in system.levels:
        if configuration.has_variant:
            promoted.append(_promote(level, frame, configuration) if left > 0 else 0)
        candidates = [p for p in level.slots if p.lifecycle in (UNINITIALIZED, STALE)
                      or p.lifecycle == DIRTY and p.retry_after <= frame]
        candidates.sort(key=lambda p: _urgency(p, level))
        taken = candidates[:min(configuration.budgets[level.number], left)]
        left -= len(taken)
        selected += taken
        for probe in taken:
            _queue(system, probe, frame)
    sums = b"".join(pack("QQ", *sums) for sums in zip(promoted, expired))
    return sums + b"".join(map(listed, selected))


def _expire(level, frame, configuration):
    gone = [p for p in level.slots if p.lifecycle == QUEUED and frame - p.queued_at >= PATIENCE]
    for probe in gone:
        probe.retire(DIRTY, not configuration.has_variant)
    return total(probe.leaf for probe in gone)


def _promote(level, frame, configuration):
    age = math.trunc(min(max(600.0 * max(1.0, configuration.spacing(level.number)), 60.0), 60000.0))
    old = [p for p in level.slots if p.lifecycle == VALID and frame - p.updated >= age]
    for probe in old:
        probe.set(lifecycle=STALE)
    return total(probe.leaf for probe in old)


def _urgency(probe, level):
    distance = sum((a - b) ** 2 for a, b in zip(probe.cell, level.camera))
    place = lattice.linear(tuple(c - m for c, m in zip(probe.cell, level.minimum)), level.resolution)
    return not probe.is_fresh, distance, place


def _queue(system, probe, frame):
    probe.set(lifecycle=QUEUED, queued_at=frame, retry_after=0, ticket=system.next_ticket)
    system.queue.append(Request(probe.level, probe.cell, probe.generation, system.next_ticket))
    system.next_ticket += 1


# Cast.

class Workers:
    """Takes requests from the queue: in the cast stage, or as the claims of a live run of the variant say."""

    def __init__(self, system, work):
        self.system, self.work = system, work
        self.dispatched, self.disabled = [], []
        self.claims = list(work.given.claims)
        if any(not 0 <= stage <= 7 for _, stage in self.claims):
            raise Unusable(f"frame {work.frame}: a claim before a stage above 7")
        if any(a[1] > b[1] for a, b in zip(self.claims, self.claims[1:])):
            raise Unusable(f"frame {work.frame}: a claim before an earlier stage than the claim in front of it")

    @property
    def are_claims_inputs(self):
        configuration = self.system.configuration
        return configuration is not None and configuration.has_variant and self.work.given.is_live

    def claim(self, number):
        """Carries out the claims that were made before a stage: before input, snap and shift all at shift."""
        if number < 2:
            return
        while self.are_claims_inputs and self.claims and self.claims[0][1] <= number:
            ticket, _ = self.claims.pop(0)
            request = next((r for r in self.system.queue if r.ticket == ticket), None)
            if request is None:
                raise Unusable(f"frame {self.work.frame}: a claim of ticket {ticket}, which is not in the queue")
            self.system.queue.remove(request)
            self.take(request)

    def take_all(self):
        system = self.system
        while system.queue and len(system.flights) < MOST_IN_FLIGHT:
            self.take(system.queue.pop(0))

    def take(self, request):
        """Of a request that has left the queue: its probe becomes InFlight or Disabled, or it is passed over."""
        system, work = self.system, self.work
        configuration, world = system.configuration, system.world
        probe = _probe_of(system, request, QUEUED)
        if probe is None:
            return
        spacing = configuration.spacing(request.level)
        origin = lattice.centre(request.cell, spacing, is_half_off(configuration))
        probe.set(queued_at=0, ticket=0)
        if world.is_loaded_and_solid(lattice.voxel(origin)):
            probe.set(lifecycle=DISABLED)
            self.disabled.append(request)
            return
        if len(system.flights) + len(work.begun) >= MOST_IN_FLIGHT:
            raise Unusable(f"frame {work.frame}: a claim of ticket {request.ticket} while {MOST_IN_FLIGHT} casts are in flight")
        probe.set(lifecycle=IN_FLIGHT)
        self.dispatched.append(request)
        sequence = request.ticket if configuration.has_variant else system.next_sequence
        system.next_sequence += 1
        begun = work.begun if self.are_claims_inputs else system.flights
        begun.append(Flight(
            request.level, request.cell, request.generation, system.epoch, sequence, work.frame + configuration.cast_latency,
            world.version, world.content, configuration.base, configuration.resolution,
            cast_rays(world, origin, configuration.resolution * spacing)))


def _probe_of(system, request, lifecycle):
    """The probe that a request or a flight still counts for, None where there is none."""
    if request.level >= len(system.levels):
        return None
    level = system.levels[request.level]
    if system.configuration.has_variant:
        probe = level.in_slot_of(request.cell)
    else:
        probe = level.probe(request.cell)
        if probe is None or probe.generation != request.generation:
            return None
    return probe if probe.lifecycle == lifecycle else None


def cast(system, work, workers):
    if system.configuration and not workers.are_claims_inputs:
        workers.take_all()
    return (b"".join(map(listed, workers.dispatched)) + pack("IQ", len(workers.dispatched), system.world.version)
            + pack("Q", xxh64(b"".join(map(listed, workers.disabled)))))


# Commit.

def commit(system, work):
    system.flights += work.begun
    drained = _drained(system, work)
    gone = {id(flight) for flight in drained}
    system.flights = [flight for flight in system.flights if id(flight) not in gone]
    out = b""
    for flight in drained:
        leaf = 0 if flight.payload is None else xxh64(records.payload(flight.level, flight.cell, flight.payload))
        out += listed(flight) + pack("BQB", flight.payload is not None, leaf, _apply(system, work, flight))
    return out + pack("I", len(drained))


def _drained(system, work):
    if not work.given.is_live:
        drained = [flight for flight in system.flights if flight.due <= work.frame]
    else:
        flights = {flight.sequence: flight for flight in system.flights}
        for sequence in work.given.completed:
            if sequence not in flights and sequence not in work.abandoned:
                raise Unusable(f"frame {work.frame}: drains the cast {sequence}, which is not in flight")
        named = set(work.given.completed)
        drained = [flight for flight in system.flights if flight.sequence in named]
    return sorted(drained, key=lambda flight: flight.sequence)


def _apply(system, work, flight):
    probe = _probe_of(system, flight, IN_FLIGHT) if flight.epoch == system.epoch else None
    if probe is None:
        return DROPPED
    flags = probe.flags
    probe.set(flags=0)
    if flags & 2:
        probe.set(lifecycle=DISABLED)
        return IS_DISABLED
    if flags & 1:
        probe.set(lifecycle=DIRTY)
        return IS_DIRTIED
    if flight.payload is None:
        probe.set(lifecycle=DIRTY, retry_after=work.frame + RETRY)
        return IS_ABORTED
    probe.set(lifecycle=VALID, updated=work.frame, payload=flight.payload)
    return STORED if probe.cell == flight.cell else STORED_ELSEWHERE

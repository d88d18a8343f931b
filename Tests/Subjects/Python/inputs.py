"""The input stage: events, budgets, and which replies of the store are drained (Model.md, The stages, 1)."""

import records
from configuration import Configuration
from ledger import Ledger
from messages import Unusable
from records import f64, pack
from storage import Index, Reply, Storage, name_of
from world import World

CODES = {"session_start": 1, "session_end": 2, "configure": 3, "edit": 4, "chunk_load": 5, "chunk_unload": 6,
         "invalidate": 7, "store": 8, "store_off": 9, "store_damage": 10, "write_back_dropped": 11, "engine": 12}


class Work:
    """What the stages of one frame tell each other."""

    def __init__(self, system, given):
        self.given = given
        self.frame = given.frame
        # As the frame found them:
        self.before = system.configuration
        self.old_world = system.world
        self.old_levels = system.levels
        self.old_minima = [level.minimum for level in system.levels]
        # What the events said:
        self.is_ended = False  # the session that ran has ended
        self.is_started = False
        self.ended_ledger = None  # of the session that has ended
        self.boxes = []
        self.damages = []
        self.dropped = 0
        self.replies = []  # (sequence, the request, Reply), drained
        # What the stages found:
        self.cameras = self.anchors = ()
        self.left = []  # probes, of each level
        self.entered = []
        self.learned_index = False
        self.last_batch = []
        self.abandoned = set()  # sequence numbers of casts whose session ended
        self.begun = []  # casts that were claimed: in flight from commit on

    def is_rebuilt(self, configuration):
        return (not self.is_ended and self.before is not None and configuration is not None
                and self.before.lattice != configuration.lattice)

    def begins_epoch(self, configuration):
        return self.is_started or self.is_rebuilt(configuration)

    def changes_key(self, configuration):
        """Of a session that goes on."""
        return (not self.is_ended and self.before is not None and configuration is not None
                and self.before.key != configuration.key)


def take_input(system, work):
    given = work.given
    for kind, value in given.events:
        _apply(system, work, kind, value)
    if work.is_started and system.ledger and work.ended_ledger and system.world is work.old_world:
        system.ledger.start_edits = system.world.edits
    if given.budgets and system.configuration:
        system.configuration = system.configuration.with_budgets(*given.budgets)
    _drain_replies(system, work)
    runs = system.configuration is not None
    out = b"".join(_event(kind, value) for kind, value in given.events)
    out += pack("IiIB", len(given.events), given.frame, system.session, runs)
    out += system.configuration.bytes() if runs else b""
    for sequence, _, reply in work.replies:
        out += pack("QBQ", sequence, reply.kind, reply.digest)
    return out + pack("I", len(work.replies))


def _apply(system, work, kind, value):
    if kind == "session_start":
        _end(system, work)
        _start(system, work, value)
    elif system.configuration is None:
        raise Unusable(f"frame {work.frame}: {kind} while no session runs")
    elif kind == "session_end":
        _end(system, work)
    elif kind == "configure":
        _configure(system, work, value)
    elif kind == "edit":
        lower, upper = _point(value.box.lower), _point(value.box.upper)
        system.world.edit(lower, upper, value.material)
        work.boxes.append((tuple(map(float, lower)), tuple(map(float, upper))))
    elif kind in ("chunk_load", "chunk_unload"):
        chunk = _point(value)
        system.world.set_loaded(chunk, kind == "chunk_load")
        work.boxes.append((tuple(32.0 * c for c in chunk), tuple(32.0 * (c + 1) for c in chunk)))
    elif kind == "invalidate":
        work.boxes.append((_point(value.lower), _point(value.upper)))
    elif kind == "store":
        if system.configuration.has_variant:
            raise Unusable(f"frame {work.frame}: a session of this variant has no store")
        system.ledger = Ledger(value.size_cap_bytes, work.frame, system.world.seed)
        system.ledger.start_edits = system.world.edits
        if value.HasField("contents"):
            system.storage = Storage.of(value.contents)
    elif kind == "store_off":
        system.ledger = None
    elif kind == "store_damage":
        work.damages.append((value.level, (value.x, value.y, value.z)))
    elif kind == "write_back_dropped" and system.ledger and system.ledger.is_known:
        system.ledger.drop(name_of(value))
        work.dropped += 1


def _end(system, work):
    if system.configuration is not None:
        work.is_ended, work.ended_ledger = True, system.ledger
        system.configuration, system.ledger = None, None


def _start(system, work, given):
    system.configuration = given.effective()
    system.session, system.sessions = system.sessions, system.sessions + 1
    work.is_started = True
    world = system.world
    if (world.seed, world.starts_loaded) != (given.seed, given.chunks_start_loaded) or system.session == 0:
        system.world = World(given.seed, given.chunks_start_loaded)


def _configure(system, work, given):
    new, old = given.effective(), system.configuration
    for name in ("seed", "chunks_start_loaded", "variant"):
        if getattr(new, name) != getattr(old, name):
            raise Unusable(f"frame {work.frame}: a reload changes {name}; only a new session can")
    system.configuration = new


def _drain_replies(system, work):
    """The index of a session that ends does not wait; requests for regions end with the session and with its key."""
    ledger = work.ended_ledger if work.is_ended else system.ledger
    if ledger is None:
        return
    if work.is_ended or work.changes_key(system.configuration):
        ledger.cancel_requests()
    if work.given.is_live:
        brought = {m.request: Reply.of(m) for m in work.given.replies}
        due = [s for s in ledger.requests if s in brought]
    else:
        brought = {s: r.reply for s, r in ledger.requests.items()}
        due = [s for s, r in ledger.requests.items() if r.due <= work.frame or work.is_ended]
    for sequence in sorted(due):
        work.replies.append((sequence, ledger.requests.pop(sequence), brought[sequence]))


def _point(message):
    return message.x, message.y, message.z


# Bytes of an event.

def _event(kind, value):
    data = pack("B", CODES[kind])
    if isinstance(value, Configuration):
        return data + value.bytes()
    if kind == "edit":
        return data + pack("6qB", *_point(value.box.lower), *_point(value.box.upper), value.material)
    if kind in ("chunk_load", "chunk_unload"):
        return data + pack("qqq", *_point(value))
    if kind == "invalidate":
        return data + b"".join(map(f64, _point(value.lower) + _point(value.upper)))
    if kind == "store":
        has_index = value.HasField("contents")
        return data + pack("qB", value.size_cap_bytes, has_index) + (Index.of(value.contents).bytes if has_index else b"")
    if kind == "store_damage":
        return data + records.region(value.level, _point(value))
    if kind == "write_back_dropped":
        key, level, region = name_of(value)
        return data + records.key(key) + records.region(level, region)
    if kind == "engine":
        data += pack("BI", value.has_own_voxels, 1 + len(value.stages))
        for text in (value.name, *value.stages):
            data += pack("I", len(text.encode())) + text.encode()
    return data

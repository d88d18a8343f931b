"""Reads a trace frame by frame."""

from mcap.records import Channel, Message
from mcap.stream_reader import StreamReader

from messages import Unusable, classes, frame_input

TOPICS = {"/config": "Configuration", "/frame": "Frame", "/event": "Event", "/work": "Work", "/snapshot": "Snapshot",
          "/checkpoint": "Checkpoint"}


def frames(path):
    """The input of each frame, in order. A snapshot is of no use here: a run that begins with one is not replayed."""
    types = classes()
    configurations = {}
    is_live = None
    for number, messages in _grouped(path, types):
        of = {name: [m for kind, m in messages if kind == name] for name in TOPICS.values()}
        frame, = of["Frame"]
        for configuration in of["Configuration"]:
            configurations[configuration.id] = configuration
        work = of["Work"][0] if of["Work"] else None
        if is_live is None:
            is_live = work is not None
            if of["Snapshot"]:
                raise Unusable(f"frame {number} begins with a snapshot, and the model does not read those")
        if frame.missed_frames:
            raise Unusable(f"frame {number} stands behind a gap")
        yield frame_input(frame, sorted(of["Event"], key=lambda e: e.ordinal), configurations, work, is_live)


def _grouped(path, types):
    """(frame, [(name of the message, message)]) for each run of messages of one frame."""
    topics, number, group = {}, None, []
    with open(path, "rb") as file:
        for record in StreamReader(file, validate_crcs=True).records:
            if isinstance(record, Channel):
                topics[record.id] = record.topic
            elif isinstance(record, Message) and topics[record.channel_id] in TOPICS:
                if number is not None and record.sequence != number:
                    yield number, group
                    group = []
                number = record.sequence
                name = TOPICS[topics[record.channel_id]]
                group.append((name, types[name].FromString(record.data)))
    if group:
        yield number, group

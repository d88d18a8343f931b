"""The classes of the messages, and what one frame of a trace or of the subject protocol gives the model.

They are made of the .proto files of the project by protoc. LUMON_PROTO names their folder where this program does not lie in its
place.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass, field

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from configuration import Configuration

PROTO = os.environ.get("LUMON_PROTO") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../../Sources/Recording/Proto")


class Unusable(Exception):
    """An input that the model has no answer to, in a sentence."""


def classes():
    """The message classes of package lumon.replay.v1 by name."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "descriptors")
        subprocess.run(["protoc", f"-I{PROTO}", "--include_imports", f"--descriptor_set_out={path}",
                        "lumon/replay/v1/subject.proto", "lumon/replay/v1/checkpoint.proto"], check=True)
        with open(path, "rb") as file:
            files = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for each in files.file:
        pool.Add(each)
    found = {}
    for each in files.file:
        for message in each.message_type:
            name = f"{each.package}.{message.name}"
            found[message.name] = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
    return found


@dataclass
class FrameInput:
    frame: int
    session: int
    position: tuple
    budgets: object = None  # (of each level, total, upload bytes)
    events: list = field(default_factory=list)  # (kind, message; of starts and configures the Configuration as given)
    is_live: bool = False
    completed: list = field(default_factory=list)  # sequence numbers, in a live run
    claims: list = field(default_factory=list)  # (ticket, stage), in a live run
    replies: list = field(default_factory=list)  # StoreReply messages, in a live run


def frame_input(frame, events, configurations, work, is_live):
    """Of the messages of one frame; `configurations` are those of the run so far, by id."""
    p = frame.position
    found = FrameInput(frame.frame, frame.session, (p.x, p.y, p.z), is_live=is_live)
    if frame.HasField("budgets"):
        b = frame.budgets
        found.budgets = (tuple(b.per_level), b.total, b.upload_bytes)
    for event in events:
        kind = event.WhichOneof("kind")
        value = getattr(event, kind)
        if kind in ("session_start", "configure"):
            value = Configuration.of(configurations[value.config_id])
        found.events.append((kind, value))
    if work is not None:
        found.completed = _sums(work.completed)
        found.claims = list(zip(_sums(work.claimed), work.claim_stages, strict=True))
        found.replies = list(work.store_replies)
    return found


def _sums(differences):
    values, last = [], 0
    for difference in differences:
        last = (last + difference) % (1 << 64)
        values.append(last)
    return values

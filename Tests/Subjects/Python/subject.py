#!/usr/bin/env python3
"""The second implementation of the model as a subject of `lumon-replay` (SubjectProtocol.md).

    lumon-replay verify TRACE --reference model --subject-command "python3 Tests/Subjects/Python/subject.py"

Needs xxhash and protobuf of PyPI, and protoc.
"""

import sys

from messages import Unusable, classes, frame_input
from system import STAGES, System

TYPES = classes()
ToSubject, FromSubject = TYPES["ToSubject"], TYPES["FromSubject"]


def main():
    run = Run()
    run.is_over = True  # none has begun
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while (message := read_message(source)) is not None:
        answer = answer_to(run, message).SerializeToString()
        sink.write(varint(len(answer)) + answer)
        sink.flush()


class Run:
    """What there is between a Begin and the next one."""

    def __init__(self, is_live=False):
        self.system = System()
        self.configurations = {}
        self.is_live = is_live
        self.is_over = False


def answer_to(run, message):
    answer = FromSubject()
    kind = message.WhichOneof("kind")
    try:
        if kind == "hello":
            describe(answer.description)
        elif kind == "begin":
            run.__init__(message.begin.live)
            if message.begin.HasField("state"):
                raise Unusable("a run from a state: this subject saves none")
            answer.begun.SetInParent()
        elif kind == "step":
            step(run, message.step, answer.result)
        else:
            raise Unusable(f"{kind}: this subject does not do that")
    except Unusable as error:
        run.is_over = True
        answer.failure.message = str(error)
    return answer


def describe(description):
    description.protocol_version = 1
    description.name = "python"
    description.version = "second implementation of the model"
    description.digest_version = 2
    for name in STAGES:
        description.stages.add().name = name
    description.payloads = 2  # the 44 bytes
    description.has_levels = True
    description.gives_records = True
    description.variants.extend(["reference", "lumon-2026-01"])


def step(run, given, answer):
    if run.is_over:
        raise Unusable("no run has begun, or it is over")
    if given.frame.missed_frames:
        raise Unusable(f"frame {given.frame.frame} stands behind a gap, and this subject does not read snapshots")
    for configuration in given.configurations:
        run.configurations[configuration.id] = configuration
    work = given.work if given.HasField("work") else None
    result = run.system.step(frame_input(given.frame, given.events, run.configurations, work, run.is_live))
    answer.frame = result.frame
    answer.stages.extend(result.stages)
    answer.levels.extend(result.levels)
    if given.wants_records:
        answer.records.SetInParent()
        answer.records.stages.extend(result.hashed)
        for level in run.system.levels:
            for probe in level.in_linear_order:
                answer.records.states.append(probe.record)
                if probe.payload is not None:
                    answer.records.payloads.append(probe.payload_record)


# The pipe.

def read_message(source):
    """The next message of the harness, None where its output has ended."""
    length, shift = 0, 0
    while True:
        byte = source.read(1)
        if not byte:
            return None
        length |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            return ToSubject.FromString(source.read(length))


def varint(value):
    data = bytearray()
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    data.append(value)
    return bytes(data)


if __name__ == "__main__":
    main()

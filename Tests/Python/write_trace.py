#!/usr/bin/env python3
"""Writes the messages of a trace again with the official MCAP writer, in many layouts.

    write_trace.py TRACE FOLDER     writes FOLDER/NAME.mcap for every layout and prints each NAME

All are uncompressed and hold the same trace: `lumon-replay trace finalize` has to make the same bytes of each. Needs mcap
of PyPI.
"""

import os
import random
import sys

from mcap.records import Channel, Message, Schema
from mcap.stream_reader import StreamReader
from mcap.writer import CompressionType, IndexType, Writer

LAYOUTS = {
    "default": {},
    "chunk-per-message": {"chunk_size": 1},
    "chunks-of-1000-bytes": {"chunk_size": 1000},
    "chunks-of-64-kilobytes": {"chunk_size": 65536},
    "data-crc": {"enable_data_crcs": True},
    "no-crcs": {"enable_crcs": False},
    "no-crcs-but-of-the-data": {"enable_crcs": False, "enable_data_crcs": True, "chunk_size": 5000},
    "no-indexes": {"index_types": IndexType.NONE, "chunk_size": 5000},
    "message-indexes-only": {"index_types": IndexType.MESSAGE, "chunk_size": 5000},
    "chunk-indexes-only": {"index_types": IndexType.CHUNK, "chunk_size": 5000},
    "no-repeated-definitions": {"repeat_channels": False, "repeat_schemas": False, "chunk_size": 5000},
    "no-statistics": {"use_statistics": False},
    "no-summary-offsets": {"use_summary_offsets": False},
    "no-summary": {"index_types": IndexType.NONE, "repeat_channels": False, "repeat_schemas": False,
                   "use_statistics": False, "use_summary_offsets": False},
    "unchunked": {"use_chunking": False},
    "unchunked-data-crc": {"use_chunking": False, "enable_data_crcs": True},
    "unchunked-no-summary": {"use_chunking": False, "enable_crcs": False, "index_types": IndexType.NONE,
                             "repeat_channels": False, "repeat_schemas": False, "use_statistics": False,
                             "use_summary_offsets": False},
}


def read(path):
    schemas, channels, messages = {}, {}, []
    with open(path, "rb") as stream:
        for record in StreamReader(stream, validate_crcs=True).records:
            if isinstance(record, Schema):
                schemas[record.id] = record
            elif isinstance(record, Channel):
                channels[record.id] = record
            elif isinstance(record, Message):
                messages.append(record)
    return schemas, channels, messages


def write(path, schemas, channels, messages, profile="", library="", order=sorted, **layout):
    with open(path, "wb") as stream:
        writer = Writer(stream, compression=CompressionType.NONE, **layout)
        writer.start(profile, library or "python-mcap")
        new_schemas = {id: writer.register_schema(schemas[id].name, schemas[id].encoding, schemas[id].data)
                       for id in order(schemas)}
        new_channels = {id: writer.register_channel(channels[id].topic, channels[id].message_encoding,
                                                    new_schemas[channels[id].schema_id]) for id in order(channels)}
        for message in messages:
            writer.add_message(new_channels[message.channel_id], message.log_time, message.data, message.publish_time,
                               message.sequence)
        writer.finish()


def within_frames(messages, generator):
    """The messages of every frame in another order, but for the order that they are read in: any."""
    frames = {}
    for message in messages:
        frames.setdefault(message.sequence, []).append(message)
    result = []
    for frame in frames.values():
        generator.shuffle(frame)
        result += frame
    return result


def main(arguments):
    if len(arguments) != 2:
        print("usage: write_trace.py TRACE FOLDER", file=sys.stderr)
        return 64
    trace, folder = arguments
    schemas, channels, messages = read(trace)
    seed = int(os.environ.get("LUMON_TEST_SEED", "1"))
    generator = random.Random(seed)
    shuffled = list(messages)
    generator.shuffle(shuffled)

    def backwards(ids):
        return sorted(ids, reverse=True)

    files = [(name, messages, layout) for name, layout in LAYOUTS.items()]
    files.append(("our-header", messages, {"profile": "lumon.replay.v1", "library": "lumon-replay", "chunk_size": 700}))
    files.append(("other-ids", messages, {"order": backwards, "chunk_size": 5000}))
    files.append(("mixed-within-frames", within_frames(messages, generator), {"chunk_size": 5000}))
    files.append(("in-any-order", shuffled, {"chunk_size": 5000}))
    files.append(("in-any-order-unchunked", shuffled, {"use_chunking": False, "order": backwards}))
    for name, content, layout in files:
        write(os.path.join(folder, name + ".mcap"), schemas, channels, content, **layout)
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

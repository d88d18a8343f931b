#!/usr/bin/env python3
"""Reads traces with the official MCAP reader, once as a stream and once by the index, and decodes every message with
the schemas that are in the file.

    read_trace.py TRACE...               a line `TRACE: topic count ...` for each, or the first thing that is wrong
    read_trace.py --partial TRACE...     of files that do not end: as far as whole records go, as a stream only
    read_trace.py --messages TRACE       every message as a line of JSON, in the order of the stream

Exit status 0, or 1 at the first trace that cannot be read as it has to be. Needs mcap and protobuf of PyPI.
"""

import json
import struct
import sys
import zlib

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.reader import NonSeekingReader, SeekingReader
from mcap.records import Channel, Chunk, Message, MessageIndex, Schema
from mcap.stream_reader import StreamReader, breakup_chunk

TICK = 16_666_667
TOPICS = {"/config": "Configuration", "/frame": "Frame", "/event": "Event", "/work": "Work", "/checkpoint": "Checkpoint",
          "/snapshot": "Snapshot"}


class Wrong(Exception):
    pass


class Decoder:
    """Message types by the schemas of one file."""

    def __init__(self):
        self.types = {}

    def type_of(self, schema):
        if schema.id not in self.types:
            if schema.encoding != "protobuf":
                raise Wrong(f"schema {schema.name} is of encoding {schema.encoding!r}; expected protobuf")
            pool = descriptor_pool.DescriptorPool()
            for file in descriptor_pb2.FileDescriptorSet.FromString(schema.data).file:
                pool.Add(file)
            self.types[schema.id] = message_factory.GetMessageClass(pool.FindMessageTypeByName(schema.name))
        return self.types[schema.id]

    def decode(self, schema, channel, message):
        """The message, once it is one of a trace, with no field that its schema does not have."""
        if schema is None or channel.message_encoding != "protobuf" or channel.topic not in TOPICS:
            raise Wrong(f"channel {channel.topic} is none of a trace")
        if schema.name != f"lumon.replay.v1.{TOPICS[channel.topic]}":
            raise Wrong(f"channel {channel.topic} has the schema {schema.name}")
        decoded = self.type_of(schema).FromString(message.data)
        if unknown(decoded):
            raise Wrong(f"a message of {channel.topic}, sequence {message.sequence}, has fields that its schema has not")
        if channel.topic != "/config" and decoded.frame != message.sequence:
            raise Wrong(f"a message of {channel.topic} is of frame {decoded.frame}, its sequence is {message.sequence}")
        if message.log_time != message.sequence * TICK or message.publish_time != message.log_time:
            raise Wrong(f"a message of {channel.topic}, sequence {message.sequence}, has the time {message.log_time}")
        return decoded


def unknown(message):
    from google.protobuf.unknown_fields import UnknownFieldSet
    if len(UnknownFieldSet(message)):
        return True
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            values = value if hasattr(value, "append") or hasattr(value, "add") else [value]
            if any(unknown(one) for one in values):
                return True
    return False


def plain(item):
    schema, channel, message = item
    return (channel.topic, schema.name, schema.data, message.sequence, message.log_time, message.publish_time, message.data)


def streamed(path):
    """Messages in the order of the file, with the CRC of every chunk and of the data checked on the way."""
    schemas, channels, found = {}, {}, []
    with open(path, "rb") as stream:
        for record in StreamReader(stream, validate_crcs=True).records:
            if isinstance(record, Schema):
                schemas[record.id] = record
            elif isinstance(record, Channel):
                channels[record.id] = record
            elif isinstance(record, Message):
                channel = channels[record.channel_id]
                found.append((schemas.get(channel.schema_id), channel, record))
    return found


def by_time(path, reader):
    with open(path, "rb") as stream:
        return list(reader(stream, validate_crcs=True).iter_messages(log_time_order=True))


def check(path):
    found = streamed(path)
    decoder = Decoder()
    counts = {}
    for schema, channel, message in found:
        decoder.decode(schema, channel, message)
        counts[channel.topic] = counts.get(channel.topic, 0) + 1
    if not counts.get("/frame"):
        raise Wrong("there is no frame")
    ways = {"the reader that does not seek": by_time(path, NonSeekingReader),
            "the reader that seeks": by_time(path, SeekingReader)}
    expected = sorted(map(plain, found), key=lambda one: one[4])
    for name, way in ways.items():
        # Of messages of one time neither reader promises an order.
        if sorted(map(plain, way)) != sorted(expected):
            raise Wrong(f"{name} gives {len(way)} messages, the stream {len(expected)}, or others")
        if [one[2].log_time for one in way] != [one[4] for one in expected]:
            raise Wrong(f"{name} does not give the messages in the order of their times")
    with open(path, "rb") as stream:
        summary = SeekingReader(stream, validate_crcs=True).get_summary()
        check_indexes(stream, summary)
    if summary is not None and summary.statistics is not None:
        said = {summary.channels[id].topic: count for id, count in summary.statistics.channel_message_counts.items() if count}
        if said != counts or summary.statistics.message_count != len(found):
            raise Wrong(f"the statistics say {said}; expected {counts}")
    return counts


def check_indexes(stream, summary):
    """What the official reader has no need of: the CRC of the summary, and the messages by their indexes."""
    stream.seek(0)
    data = stream.read()
    start, _, crc = struct.unpack_from("<QQI", data, len(data) - 28)
    if start and crc and zlib.crc32(data[start:-12]) != crc:
        raise Wrong("the CRC of the summary is wrong")
    for chunk in summary.chunk_indexes if summary else []:
        stream.seek(chunk.chunk_start_offset + 9)
        records = Chunk.read(ReadDataStream(stream)).data
        place, messages = 0, {}
        while place < len(records):
            opcode, length = struct.unpack_from("<BQ", records, place)
            if opcode == 5:
                channel, _, time = struct.unpack_from("<HIQ", records, place + 9)
                messages.setdefault(channel, []).append((time, place))
            place += 9 + length
        times = [time for places in messages.values() for time, _ in places]
        if (chunk.message_start_time, chunk.message_end_time) != (min(times, default=0), max(times, default=0)):
            raise Wrong(f"the times of the chunk at {chunk.chunk_start_offset} are wrong")
        if not chunk.message_index_offsets:
            if messages and chunk.message_index_length:
                raise Wrong(f"the message indexes of the chunk at {chunk.chunk_start_offset} are not listed")
            continue
        indexes, end = {}, 0
        for channel, offset in chunk.message_index_offsets.items():
            stream.seek(offset)
            opcode, length = struct.unpack("<BQ", stream.read(9))
            index = MessageIndex.read(ReadDataStream(stream))
            if opcode != 7 or index.channel_id != channel:
                raise Wrong(f"at {offset} is no message index of channel {channel}")
            indexes[channel] = [tuple(entry) for entry in index.records]
            end = max(end, offset + 9 + length)
        if indexes != messages or end != chunk.chunk_start_offset + chunk.chunk_length + chunk.message_index_length:
            raise Wrong(f"the message indexes of the chunk at {chunk.chunk_start_offset} are wrong")


def partial(path):
    """What whole chunks hold of a file that breaks off. The official reader ends with an error at its end."""
    schemas, channels, decoder, counts, frames = {}, {}, Decoder(), {}, []
    chunks = 0
    with open(path, "rb") as stream:
        records = StreamReader(stream, emit_chunks=True, validate_crcs=True).records
        while True:
            try:
                record = next(records, None)
            except (McapError, EOFError):
                break
            if record is None:
                break
            if not isinstance(record, Chunk):
                continue
            chunks += 1
            for inner in breakup_chunk(record, validate_crc=True):
                if isinstance(inner, Schema):
                    schemas[inner.id] = inner
                elif isinstance(inner, Channel):
                    channels[inner.id] = inner
                else:
                    channel = channels[inner.channel_id]
                    decoder.decode(schemas[channel.schema_id], channel, inner)
                    counts[channel.topic] = counts.get(channel.topic, 0) + 1
                    if channel.topic == "/frame":
                        frames.append(inner.sequence)
    if frames != list(range(len(frames))):
        raise Wrong("the frames are not those from 0 on")
    return {"chunks": chunks, **counts}


def messages(path):
    decoder = Decoder()
    for schema, channel, message in streamed(path):
        decoded = decoder.decode(schema, channel, message)
        content = json_format.MessageToDict(decoded, preserving_proto_field_name=True)
        print(json.dumps({"topic": channel.topic, "sequence": message.sequence, "message": content}, sort_keys=True))


def main(arguments):
    if arguments[:1] == ["--messages"] and len(arguments) == 2:
        messages(arguments[1])
        return 0
    one = check
    if arguments[:1] == ["--partial"]:
        one, arguments = partial, arguments[1:]
    if not arguments or arguments[0].startswith("-"):
        print("usage: read_trace.py [--partial] TRACE... | --messages TRACE", file=sys.stderr)
        return 64
    for path in arguments:
        try:
            counts = one(path)
        except (McapError, Wrong) as error:
            print(f"{path}: {type(error).__name__}: {error}")
            return 1
        print(f"{path}: " + " ".join(f"{name} {counts[name]}" for name in sorted(counts)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

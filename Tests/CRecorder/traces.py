"""What the tests of the recorder read traces with: the mcap package of PyPI, and protobuf by the file's own schemas."""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from mcap.reader import NonSeekingReader, SeekingReader
from mcap.records import Chunk, Footer, Header, Message, MessageIndex, Schema, Channel
from mcap.stream_reader import StreamReader

TICK = 16_666_667
TOPICS = ["/config", "/frame", "/event", "/work", "/checkpoint", "/snapshot"]
TYPES = ["Configuration", "Frame", "Event", "Work", "Checkpoint", "Snapshot"]


class Wrong(Exception):
    pass


def require(condition, what):
    if not condition:
        raise Wrong(what)


def message_types(schemas):
    """The classes of messages by topic, out of schema records."""
    classes = {}
    for topic, name in zip(TOPICS, TYPES):
        files = descriptor_pb2.FileDescriptorSet.FromString(schemas[topic].data)
        pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            pool.Add(file)
        classes[topic] = message_factory.GetMessageClass(pool.FindMessageTypeByName("lumon.replay.v1." + name))
    return classes


class Trace:
    """A whole file. Every CRC is checked, summary and index against the data."""

    def __init__(self, path):
        with open(path, "rb") as file:
            records = list(StreamReader(file, emit_chunks=False, validate_crcs=True).records)
        with open(path, "rb") as file:
            reader = SeekingReader(file, validate_crcs=True)
            summary = reader.get_summary()
            indexed = [(channel.topic, message.sequence, message.log_time, message.data)
                       for _, channel, message in reader.iter_messages(log_time_order=False)]
        header = next(r for r in records if isinstance(r, Header))
        require((header.profile, header.library) == ("lumon.replay.v1", "lumon-replay"), f"header {header}")
        channels = summary.channels
        require([channels[i].topic for i in sorted(channels)] == TOPICS, "channels")
        require(all(channels[i].schema_id == i for i in channels), "schemas of channels")
        schemas = {channels[i].topic: summary.schemas[i] for i in channels}
        require([schemas[t].name for t in TOPICS] == ["lumon.replay.v1." + n for n in TYPES], "names of schemas")
        self.types = message_types(schemas)
        self.messages = []
        for message in records:
            if isinstance(message, Message):
                topic = channels[message.channel_id].topic
                require(message.log_time == message.publish_time == message.sequence * TICK, "times")
                content = self.types[topic].FromString(message.data)
                require(content.SerializeToString(deterministic=True) == message.data, f"{topic}: not as protobuf writes it")
                require(topic == "/config" or content.frame == message.sequence, "sequence")
                self.messages.append((topic, message.sequence, content))
        require([(t, s, s * TICK, c.SerializeToString(deterministic=True)) for t, s, c in self.messages] == indexed,
                "the index finds other messages than the data has")
        statistics = summary.statistics
        require(statistics.message_count == len(self.messages), "statistics: messages")
        require(statistics.chunk_count == len(summary.chunk_indexes), "statistics: chunks")
        for i in channels:
            count = sum(t == channels[i].topic for t, _, _ in self.messages)
            require(statistics.channel_message_counts.get(i, 0) == count, "statistics: messages of a channel")
        require(statistics.message_start_time == self.messages[0][1] * TICK, "statistics: start")
        require(statistics.message_end_time == self.messages[-1][1] * TICK, "statistics: end")
        self.chunks = summary.chunk_indexes
        check_frames(self.messages)


def check_frames(messages):
    """Frames follow each other, whole and with the gaps that they say; returns their numbers."""
    rank = {"/snapshot": 0, "/config": 1, "/event": 2, "/work": 3, "/checkpoint": 4, "/frame": 5}
    numbers, place, events, configurations = [], -1, 0, 0
    for topic, frame, content in messages:
        require(rank[topic] >= place, f"frame {frame}: {topic} out of its order")
        place = rank[topic]
        if topic == "/config":
            require(content.id == configurations, f"frame {frame}: configuration {content.id}")
            configurations += 1
        if topic == "/event":
            require(content.ordinal == events, f"frame {frame}: event {content.ordinal}")
            events += 1
        if topic == "/frame":
            if numbers:
                require(frame == numbers[-1] + 1 + content.missed_frames, f"frame {frame} behind {numbers[-1]}")
            numbers.append(frame)
            place, events = -1, 0
    require(place == -1, "the last frame has no camera")
    return numbers

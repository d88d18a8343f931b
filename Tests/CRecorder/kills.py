#!/usr/bin/env python3
"""kills.py FOREVER FOLDER [KILLS]: kills a recording process at random moments, and looks at what it has left.

Every chunk before the end is whole and has whole frames that follow each other; nothing is lost that was said to be handed over; a chunk that is
torn is the last thing in the file. Repeat with LUMON_TEST_SEED; LUMON_TEST_KILLS says how many times, 20 unless it does.
"""

import os
import random
import signal
import struct
import subprocess
import sys
import time
import zlib

from traces import TICK, TOPICS, Wrong, check_frames, message_types, require

MAGIC = b"\x89MCAP0\r\n"
HEADER, SCHEMA, CHANNEL, MESSAGE, CHUNK, INDEX = 1, 3, 4, 5, 6, 7


class SchemaRecord:
    def __init__(self, content):
        at = 2
        for _ in range(2):
            at += 4 + struct.unpack_from("<I", content, at)[0]
        self.data = content[at + 4:]


def records(data, at, end):
    """Opcode and content; stops before a record that is not whole."""
    while at + 9 <= end:
        opcode, length = struct.unpack_from("<BQ", data, at)
        if at + 9 + length > end:
            return
        yield opcode, data[at + 9:at + 9 + length]
        at += 9 + length


def frames_of(path):
    """The frames in the whole chunks of a partial file, each checked."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 8:
        return 0
    require(data[:8] == MAGIC, "magic")
    schemas, types, messages, is_first = {}, None, [], True
    for opcode, content in records(data, 8, len(data)):
        if is_first:
            require(opcode == HEADER, "the header is first")
            is_first = False
            continue
        require(opcode in (CHUNK, INDEX), f"a record of opcode {opcode} between chunks")
        if opcode != CHUNK:
            continue
        size, crc, compression = struct.unpack_from("<QII", content, 16)
        body = content[40:]
        require((compression, len(body), zlib.crc32(body)) == (0, size, crc), "a chunk is damaged")
        consumed, before = 0, len(messages)
        for opcode, inner in records(body, 0, len(body)):
            consumed += 9 + len(inner)
            if opcode == SCHEMA:
                schemas[TOPICS[struct.unpack_from("<H", inner)[0] - 1]] = SchemaRecord(inner)
            elif opcode == MESSAGE:
                types = types or message_types(schemas)
                channel, sequence, log_time = struct.unpack_from("<HIQ", inner)
                require(log_time == sequence * TICK, "log time")
                topic = TOPICS[channel - 1]
                messages.append((topic, sequence, types[topic].FromString(inner[22:])))
        require(consumed == len(body), "a chunk ends within a record")
        if len(messages) > before:
            require(messages[-1][0] == "/frame", "a chunk ends within a frame")
    numbers = check_frames(messages) if messages else []
    require(numbers == list(range(len(numbers))), "frames are missing")
    return len(numbers)


def kill_once(forever, folder, seed):
    chance = random.Random(seed)
    path, progress = os.path.join(folder, "killed.mcap"), os.path.join(folder, "progress")
    for old in (path + ".partial", progress):
        if os.path.exists(old):
            os.remove(old)
    flush = chance.choice([1, 2, 16, 64])
    process = subprocess.Popen([forever, path, progress, str(flush)])
    time.sleep(chance.uniform(0, 0.4))
    require(process.poll() is None, "it ended by itself")
    process.send_signal(signal.SIGKILL)
    process.wait()
    require(not os.path.exists(path), "the place of the file was touched")
    if not os.path.exists(path + ".partial"):
        return 0, 0
    flushed, recorded = 0, 0
    if os.path.exists(progress) and os.path.getsize(progress) == 16:
        with open(progress, "rb") as file:
            flushed, recorded = struct.unpack("<QQ", file.read())
    found = frames_of(path + ".partial")
    require(found >= flushed, f"{found} frames, {flushed} were handed over")
    require(found % flush == 0, f"{found} frames in chunks of {flush}")
    return found, recorded


def main(forever, folder):
    kills = int(os.environ.get("LUMON_TEST_KILLS", "20"))
    seed = int(os.environ.get("LUMON_TEST_SEED", str(random.SystemRandom().randrange(1 << 32))))
    print(f"kills: LUMON_TEST_SEED={seed}")
    total, most = 0, 0
    for number in range(kills):
        found, recorded = kill_once(forever, folder, seed + number)
        total += found
        most = max(most, recorded + 1 - found)
    require(total > 0 or kills < 5, "no frame was ever found")
    print(f"{kills} kills, {total} frames found, at most {most} lost with the open chunk and the ring")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Wrong as wrong:
        sys.exit(f"kills: {wrong}")

#include "mcap.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "schemas.h"

enum opcode {
    OPCODE_HEADER = 0x01, OPCODE_FOOTER = 0x02, OPCODE_SCHEMA = 0x03, OPCODE_CHANNEL = 0x04, OPCODE_MESSAGE = 0x05,
    OPCODE_CHUNK = 0x06, OPCODE_MESSAGE_INDEX = 0x07, OPCODE_CHUNK_INDEX = 0x08, OPCODE_STATISTICS = 0x0B,
    OPCODE_SUMMARY_OFFSET = 0x0E, OPCODE_DATA_END = 0x0F
};

#define RECORD_HEADER 9
/* Of a chunk's record before its records. */
#define CHUNK_PREFIX (RECORD_HEADER + 40)
#define TICK_NANOSECONDS 16666667u

static const uint8_t magic[8] = {0x89, 'M', 'C', 'A', 'P', '0', '\r', '\n'};

static const struct {
    const char *topic, *schema;
    const unsigned char *data;
    size_t bytes;
} channels[CHANNEL_LAST + 1] = {
    [CHANNEL_CONFIG] = {"/config", "lumon.replay.v1.Configuration", lr_schema_config, sizeof lr_schema_config},
    [CHANNEL_FRAME] = {"/frame", "lumon.replay.v1.Frame", lr_schema_frame, sizeof lr_schema_frame},
    [CHANNEL_EVENT] = {"/event", "lumon.replay.v1.Event", lr_schema_event, sizeof lr_schema_event},
    [CHANNEL_WORK] = {"/work", "lumon.replay.v1.Work", lr_schema_work, sizeof lr_schema_work},
    [CHANNEL_CHECKPOINT] =
        {"/checkpoint", "lumon.replay.v1.Checkpoint", lr_schema_checkpoint, sizeof lr_schema_checkpoint},
    [CHANNEL_SNAPSHOT] = {"/snapshot", "lumon.replay.v1.Snapshot", lr_schema_snapshot, sizeof lr_schema_snapshot},
};

static int emit(struct mcap *mcap, const struct buffer *bytes);
static void open_chunk(struct mcap *mcap);
static void put_schema(struct buffer *out, uint16_t id);
static void put_channel(struct buffer *out, uint16_t id);
static void put_statistics(struct mcap *mcap, struct buffer *out);
static void put_text(struct buffer *out, const char *text);
static size_t record_begin(struct buffer *out, enum opcode opcode);
static void record_end(struct buffer *out, size_t begin);
static void put_offset(struct buffer *offsets, enum opcode opcode, uint64_t start, uint64_t bytes);
static uint32_t checksum(uint32_t crc, const uint8_t *bytes, size_t count);

int lr_mcap_begin(struct mcap *mcap, int file) {
    *mcap = (struct mcap){.file = file};
    struct buffer head = {0};
    lr_buffer_raw(&head, magic, sizeof magic);
    size_t begin = record_begin(&head, OPCODE_HEADER);
    put_text(&head, "lumon.replay.v1");
    put_text(&head, "lumon-replay");
    record_end(&head, begin);
    int error = emit(mcap, &head);
    lr_buffer_free(&head);
    if (error != 0) return error;
    open_chunk(mcap);
    for (uint16_t id = 1; id <= CHANNEL_LAST; id++) put_schema(&mcap->chunk, id);
    for (uint16_t id = 1; id <= CHANNEL_LAST; id++) put_channel(&mcap->chunk, id);
    return lr_mcap_close_chunk(mcap);
}

void lr_mcap_message(struct mcap *mcap, uint16_t channel, uint32_t frame, const struct buffer *message) {
    uint64_t time = (uint64_t)frame * TICK_NANOSECONDS;
    lr_buffer_u64(&mcap->indexes[channel], time);
    lr_buffer_u64(&mcap->indexes[channel], mcap->chunk.count - CHUNK_PREFIX);
    size_t begin = record_begin(&mcap->chunk, OPCODE_MESSAGE);
    lr_buffer_u16(&mcap->chunk, channel);
    lr_buffer_u32(&mcap->chunk, frame);
    lr_buffer_u64(&mcap->chunk, time);
    lr_buffer_u64(&mcap->chunk, time);
    lr_buffer_raw(&mcap->chunk, message->data, message->count);
    record_end(&mcap->chunk, begin);
    if (mcap->counts[CHANNEL_CONFIG] + mcap->counts[CHANNEL_FRAME] + mcap->counts[CHANNEL_EVENT]
            + mcap->counts[CHANNEL_WORK] + mcap->counts[CHANNEL_CHECKPOINT] + mcap->counts[CHANNEL_SNAPSHOT]
        == 0)
        mcap->first_time = time;
    mcap->last_time = time;
    if (!mcap->chunk_has_messages) mcap->chunk_first_time = time;
    mcap->chunk_last_time = time;
    mcap->chunk_has_messages = true;
    mcap->counts[channel]++;
}

int lr_mcap_close_chunk(struct mcap *mcap) {
    struct buffer *chunk = &mcap->chunk;
    if (chunk->count == CHUNK_PREFIX) return 0;
    uint64_t end = chunk->count, size = end - CHUNK_PREFIX;
    if (!chunk->has_failed) {
        lr_buffer_set(chunk, 0, OPCODE_CHUNK, 1);
        lr_buffer_set(chunk, 1, end - RECORD_HEADER, 8);
        lr_buffer_set(chunk, 9, mcap->chunk_first_time, 8);
        lr_buffer_set(chunk, 17, mcap->chunk_last_time, 8);
        lr_buffer_set(chunk, 25, size, 8);
        lr_buffer_set(chunk, 33, checksum(0, chunk->data + CHUNK_PREFIX, (size_t)size), 4);
        lr_buffer_set(chunk, 37, 0, 4); /* compression: none */
        lr_buffer_set(chunk, 41, size, 8);
    }
    struct buffer *index = &mcap->chunk_indexes;
    size_t record = record_begin(index, OPCODE_CHUNK_INDEX);
    lr_buffer_u64(index, mcap->chunk_first_time);
    lr_buffer_u64(index, mcap->chunk_last_time);
    lr_buffer_u64(index, mcap->position);
    lr_buffer_u64(index, end);
    size_t map = index->count;
    lr_buffer_u32(index, 0);
    bool has_failed = false;
    for (uint16_t id = 1; id <= CHANNEL_LAST; id++) {
        struct buffer *entries = &mcap->indexes[id];
        has_failed |= entries->has_failed;
        if (entries->count == 0) continue;
        lr_buffer_u16(index, id);
        lr_buffer_u64(index, mcap->position + chunk->count);
        size_t begin = record_begin(chunk, OPCODE_MESSAGE_INDEX);
        lr_buffer_u16(chunk, id);
        lr_buffer_u32(chunk, (uint32_t)entries->count);
        lr_buffer_raw(chunk, entries->data, entries->count);
        record_end(chunk, begin);
        entries->count = 0;
    }
    lr_buffer_set(index, map, index->count - map - 4, 4);
    lr_buffer_u64(index, chunk->count - end);
    put_text(index, "");
    lr_buffer_u64(index, size);
    lr_buffer_u64(index, size);
    record_end(index, record);
    if (has_failed || index->has_failed) return ENOMEM;
    int error = emit(mcap, chunk);
    mcap->chunks++;
    open_chunk(mcap);
    return error;
}

int lr_mcap_finish(struct mcap *mcap) {
    struct buffer tail = {0}, offsets = {0};
    size_t begin = record_begin(&tail, OPCODE_DATA_END);
    lr_buffer_u32(&tail, mcap->crc);
    record_end(&tail, begin);
    int error = emit(mcap, &tail);
    if (error != 0) {
        lr_buffer_free(&tail);
        return error;
    }
    tail.count = 0;
    uint64_t start = mcap->position;
    for (uint16_t id = 1; id <= CHANNEL_LAST; id++) put_schema(&tail, id);
    put_offset(&offsets, OPCODE_SCHEMA, start, tail.count);
    size_t group = tail.count;
    for (uint16_t id = 1; id <= CHANNEL_LAST; id++) put_channel(&tail, id);
    put_offset(&offsets, OPCODE_CHANNEL, start + group, tail.count - group);
    group = tail.count;
    put_statistics(mcap, &tail);
    put_offset(&offsets, OPCODE_STATISTICS, start + group, tail.count - group);
    group = tail.count;
    lr_buffer_raw(&tail, mcap->chunk_indexes.data, mcap->chunk_indexes.count);
    put_offset(&offsets, OPCODE_CHUNK_INDEX, start + group, tail.count - group);
    uint64_t offsets_start = start + tail.count;
    lr_buffer_raw(&tail, offsets.data, offsets.count);
    begin = record_begin(&tail, OPCODE_FOOTER);
    lr_buffer_u64(&tail, start);
    lr_buffer_u64(&tail, offsets_start);
    /* The record's length is under the checksum as well. */
    lr_buffer_set(&tail, begin + 1, 20, 8);
    lr_buffer_u32(&tail, tail.has_failed ? 0 : checksum(0, tail.data, tail.count));
    lr_buffer_raw(&tail, magic, sizeof magic);
    error = offsets.has_failed ? ENOMEM : emit(mcap, &tail);
    lr_buffer_free(&tail);
    lr_buffer_free(&offsets);
    return error;
}

void lr_mcap_free(struct mcap *mcap) {
    lr_buffer_free(&mcap->chunk);
    lr_buffer_free(&mcap->chunk_indexes);
    for (int id = 0; id <= CHANNEL_LAST; id++) lr_buffer_free(&mcap->indexes[id]);
}

/* One write, but where the system takes less or is interrupted. */
static int emit(struct mcap *mcap, const struct buffer *bytes) {
    if (bytes->has_failed) return ENOMEM;
    size_t done = 0;
    while (done < bytes->count) {
        ssize_t written = write(mcap->file, bytes->data + done, bytes->count - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return ENOSPC;
        done += (size_t)written;
    }
    mcap->crc = checksum(mcap->crc, bytes->data, bytes->count);
    mcap->position += bytes->count;
    return 0;
}

static void open_chunk(struct mcap *mcap) {
    static const uint8_t prefix[CHUNK_PREFIX];
    mcap->chunk.count = 0;
    lr_buffer_raw(&mcap->chunk, prefix, sizeof prefix);
    mcap->chunk_first_time = 0;
    mcap->chunk_last_time = 0;
    mcap->chunk_has_messages = false;
}

static void put_schema(struct buffer *out, uint16_t id) {
    size_t begin = record_begin(out, OPCODE_SCHEMA);
    lr_buffer_u16(out, id);
    put_text(out, channels[id].schema);
    put_text(out, "protobuf");
    lr_buffer_u32(out, (uint32_t)channels[id].bytes);
    lr_buffer_raw(out, channels[id].data, channels[id].bytes);
    record_end(out, begin);
}

static void put_channel(struct buffer *out, uint16_t id) {
    size_t begin = record_begin(out, OPCODE_CHANNEL);
    lr_buffer_u16(out, id);
    lr_buffer_u16(out, id);
    put_text(out, channels[id].topic);
    put_text(out, "protobuf");
    lr_buffer_u32(out, 0); /* metadata: none */
    record_end(out, begin);
}

static void put_statistics(struct mcap *mcap, struct buffer *out) {
    uint64_t messages = 0;
    uint32_t used = 0;
    for (int id = 1; id <= CHANNEL_LAST; id++) {
        messages += mcap->counts[id];
        used += mcap->counts[id] > 0;
    }
    size_t begin = record_begin(out, OPCODE_STATISTICS);
    lr_buffer_u64(out, messages);
    lr_buffer_u16(out, CHANNEL_LAST);
    lr_buffer_u32(out, CHANNEL_LAST);
    lr_buffer_u32(out, 0); /* attachments */
    lr_buffer_u32(out, 0); /* metadata records */
    lr_buffer_u32(out, mcap->chunks);
    lr_buffer_u64(out, mcap->first_time);
    lr_buffer_u64(out, mcap->last_time);
    lr_buffer_u32(out, 10 * used);
    for (uint16_t id = 1; id <= CHANNEL_LAST; id++) {
        if (mcap->counts[id] == 0) continue;
        lr_buffer_u16(out, id);
        lr_buffer_u64(out, mcap->counts[id]);
    }
    record_end(out, begin);
}

static void put_text(struct buffer *out, const char *text) {
    size_t count = strlen(text);
    lr_buffer_u32(out, (uint32_t)count);
    lr_buffer_raw(out, text, count);
}

static size_t record_begin(struct buffer *out, enum opcode opcode) {
    size_t begin = out->count;
    lr_buffer_u8(out, (uint8_t)opcode);
    lr_buffer_u64(out, 0);
    return begin;
}

static void record_end(struct buffer *out, size_t begin) {
    lr_buffer_set(out, begin + 1, out->count - begin - RECORD_HEADER, 8);
}

static void put_offset(struct buffer *offsets, enum opcode opcode, uint64_t start, uint64_t bytes) {
    size_t begin = record_begin(offsets, OPCODE_SUMMARY_OFFSET);
    lr_buffer_u8(offsets, (uint8_t)opcode);
    lr_buffer_u64(offsets, start);
    lr_buffer_u64(offsets, bytes);
    record_end(offsets, begin);
}

/* zlib takes 32 bits of length at once in its old interface. */
static uint32_t checksum(uint32_t crc, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        size_t piece = count < (1u << 30) ? count : 1u << 30;
        crc = (uint32_t)crc32(crc, bytes, (uInt)piece);
        bytes += piece;
        count -= piece;
    }
    return crc;
}

#include "encode.h"

static void put_requests(struct buffer *out, uint32_t field, struct records records, enum record_kind kind);
static void put_numbers(struct buffer *out, uint32_t field, struct records records, enum record_kind kind);
static void put_replies(struct buffer *out, struct records records);

void lr_encode_work(struct recorder *recorder, struct records records, uint32_t frame) {
    struct buffer *out = &recorder->message;
    out->count = 0;
    lr_field_uint(out, 1, frame);
    put_requests(out, 2, records, RECORD_COMPLETED);
    put_numbers(out, 3, records, RECORD_OUTCOMES);
    put_numbers(out, 4, records, RECORD_PAYLOADS);
    put_replies(out, records);
    put_requests(out, 6, records, RECORD_CLAIMED);
    put_numbers(out, 7, records, RECORD_CLAIM_STAGES);
    put_requests(out, 8, records, RECORD_ACCEPTED);
    put_requests(out, 9, records, RECORD_REFUSED);
    put_requests(out, 10, records, RECORD_SOLID);
    lr_mcap_message(&recorder->mcap, CHANNEL_WORK, frame, out);
}

/* One list out of the records of one kind: the first number, then the differences, modulo 2^64. */
static void put_requests(struct buffer *out, uint32_t field, struct records records, enum record_kind kind) {
    struct record record;
    size_t begin = 0;
    uint64_t before = 0;
    while (next_record(&records, &record)) {
        if (record.kind != kind || record.bytes == 0) continue;
        if (begin == 0) begin = lr_field_begin(out, field);
        const uint64_t *requests = record.content;
        for (size_t i = 0; i < record.bytes / sizeof *requests; i++) {
            lr_varint(out, lr_zigzag((int64_t)(requests[i] - before)));
            before = requests[i];
        }
    }
    if (begin != 0) lr_field_end(out, begin);
}

static void put_numbers(struct buffer *out, uint32_t field, struct records records, enum record_kind kind) {
    struct record record;
    size_t begin = 0;
    while (next_record(&records, &record)) {
        if (record.kind != kind || record.bytes == 0) continue;
        if (begin == 0) begin = lr_field_begin(out, field);
        if (kind == RECORD_OUTCOMES) {
            const uint8_t *outcomes = record.content;
            for (size_t i = 0; i < record.bytes; i++) lr_varint(out, outcomes[i]);
        } else if (kind == RECORD_CLAIM_STAGES) {
            const uint32_t *stages = record.content;
            for (size_t i = 0; i < record.bytes / sizeof *stages; i++) lr_varint(out, stages[i]);
        } else {
            const uint64_t *payloads = record.content;
            for (size_t i = 0; i < record.bytes / sizeof *payloads; i++) lr_buffer_u64(out, payloads[i]);
        }
    }
    if (begin != 0) lr_field_end(out, begin);
}

static void put_replies(struct buffer *out, struct records records) {
    struct record record;
    while (next_record(&records, &record)) {
        if (record.kind != RECORD_REPLY) continue;
        const struct reply_record *reply = record.content;
        size_t begin = lr_field_begin(out, 5);
        lr_field_uint(out, 1, reply->request);
        lr_field_bytes(out, (uint32_t)reply->kind, reply + 1, reply->bytes);
        lr_field_end(out, begin);
    }
}

/* The messages of a frame, made of its records by the recorder's thread. */
#ifndef LUMON_ENCODE_H
#define LUMON_ENCODE_H

#include "internal.h"

/* One record of the frame. */
struct record {
    const void *content; /* aligned to 8 */
    size_t bytes;
    enum record_kind kind;
};

struct records {
    const uint8_t *next, *end;
};

static inline bool next_record(struct records *records, struct record *record) {
    if (records->next == records->end) return false;
    const struct ring_record *header = (const void *)records->next;
    *record = (struct record){records->next + sizeof *header, (size_t)header->bytes, (enum record_kind)header->kind};
    records->next += sizeof *header + (((size_t)header->bytes + 7) & ~(size_t)7);
    return true;
}

/* encode_events.c: the configurations and events of a frame, in the order of the format. */
void lr_encode_events(struct recorder *recorder, struct records records, uint32_t frame);
/* encode_work.c: what the frame drained. */
void lr_encode_work(struct recorder *recorder, struct records records, uint32_t frame);

void lr_put_budgets(struct buffer *out, uint32_t field, const struct budgets_record *budgets);
void lr_put_point(struct buffer *out, uint32_t field, lr_point point);

#endif

/*
 * A ring of bytes with one producer and one consumer. The producer writes the records of a frame behind what is there and publishes
 * them together; the consumer takes whole frames.
 */
#ifndef LUMON_RING_H
#define LUMON_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In front of every record; records begin at multiples of 8. */
struct ring_record {
    uint64_t bytes; /* of its content, padding not counted */
    uint64_t kind;
};

struct ring {
    uint8_t *memory;
    size_t mask; /* the size less 1 */
    /* Positions count on for ever. Each is alone on its cache line. */
    _Alignas(64) _Atomic uint64_t head; /* end of what is published; moved by the producer */
    uint64_t written;                   /* end of the frame in the making */
    uint64_t tail_seen;                 /* the last `tail` that the producer has read */
    _Alignas(64) _Atomic uint64_t tail; /* end of what was taken; moved by the consumer */
};

bool lr_ring_open(struct ring *ring, size_t bytes);
void lr_ring_close(struct ring *ring);

/* Producer. */

/* Adds a record of two parts; false, and nothing is added, where there is no room. */
bool lr_ring_append(struct ring *ring, uint64_t kind, const void *a, size_t a_bytes, const void *b, size_t b_bytes);
void lr_ring_drop(struct ring *ring);
void lr_ring_publish(struct ring *ring);
size_t lr_ring_used(const struct ring *ring);

/* Consumer. */

/* The bytes of the next frame; 0 where there is none. */
size_t lr_ring_next(struct ring *ring);
/* Copies the next frame's records, and gives their room back. */
void lr_ring_take(struct ring *ring, uint8_t *records, size_t bytes);

#endif

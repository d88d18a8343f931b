#include "ring.h"

#include <stdlib.h>
#include <string.h>

/* Each frame has its size in front. */
#define FRAME_HEADER 8

static void copy_in(struct ring *ring, uint64_t position, const void *bytes, size_t count);
static void copy_out(const struct ring *ring, uint64_t position, void *bytes, size_t count);
static bool has_room(struct ring *ring, size_t bytes);

bool lr_ring_open(struct ring *ring, size_t bytes) {
    size_t size = 4096;
    while (size < bytes && size <= SIZE_MAX / 4) size *= 2;
    ring->memory = malloc(size);
    if (ring->memory == NULL) return false;
    /* Touched here, so that no frame pays for the system's giving of pages. */
    memset(ring->memory, 0xA5, size);
    ring->mask = size - 1;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    ring->tail_seen = 0;
    ring->written = 0;
    return true;
}

void lr_ring_close(struct ring *ring) {
    free(ring->memory);
    ring->memory = NULL;
}

bool lr_ring_append(struct ring *ring, uint64_t kind, const void *a, size_t a_bytes, const void *b, size_t b_bytes) {
    uint64_t start = atomic_load_explicit(&ring->head, memory_order_relaxed);
    size_t header = ring->written == start ? FRAME_HEADER : 0;
    if (a_bytes > ring->mask || b_bytes > ring->mask - a_bytes) return false;
    struct ring_record record = {a_bytes + b_bytes, kind};
    size_t padded = (size_t)(record.bytes + 7) & ~(size_t)7;
    if (!has_room(ring, header + sizeof record + padded)) return false;
    uint64_t at = ring->written + header;
    copy_in(ring, at, &record, sizeof record);
    copy_in(ring, at + sizeof record, a, a_bytes);
    copy_in(ring, at + sizeof record + a_bytes, b, b_bytes);
    ring->written = at + sizeof record + padded;
    return true;
}

void lr_ring_drop(struct ring *ring) { ring->written = atomic_load_explicit(&ring->head, memory_order_relaxed); }

void lr_ring_publish(struct ring *ring) {
    uint64_t start = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint64_t bytes = ring->written - start - FRAME_HEADER;
    copy_in(ring, start, &bytes, sizeof bytes);
    atomic_store_explicit(&ring->head, ring->written, memory_order_release);
}

size_t lr_ring_used(const struct ring *ring) {
    return (size_t)(atomic_load_explicit(&ring->head, memory_order_relaxed)
                    - atomic_load_explicit(&ring->tail, memory_order_relaxed));
}

size_t lr_ring_next(struct ring *ring) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (atomic_load_explicit(&ring->head, memory_order_acquire) == tail) return 0;
    uint64_t bytes;
    copy_out(ring, tail, &bytes, sizeof bytes);
    return (size_t)bytes;
}

void lr_ring_take(struct ring *ring, uint8_t *records, size_t bytes) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    copy_out(ring, tail + FRAME_HEADER, records, bytes);
    atomic_store_explicit(&ring->tail, tail + FRAME_HEADER + bytes, memory_order_release);
}

static bool has_room(struct ring *ring, size_t bytes) {
    size_t size = ring->mask + 1;
    if (bytes > size) return false;
    if (ring->written + bytes - ring->tail_seen <= size) return true;
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return ring->written + bytes - ring->tail_seen <= size;
}

static void copy_in(struct ring *ring, uint64_t position, const void *bytes, size_t count) {
    if (count == 0) return;
    size_t at = (size_t)position & ring->mask;
    size_t first = ring->mask + 1 - at < count ? ring->mask + 1 - at : count;
    memcpy(ring->memory + at, bytes, first);
    if (first < count) memcpy(ring->memory, (const uint8_t *)bytes + first, count - first);
}

static void copy_out(const struct ring *ring, uint64_t position, void *bytes, size_t count) {
    size_t at = (size_t)position & ring->mask;
    size_t first = ring->mask + 1 - at < count ? ring->mask + 1 - at : count;
    memcpy(bytes, ring->memory + at, first);
    if (first < count) memcpy((uint8_t *)bytes + first, ring->memory, count - first);
}

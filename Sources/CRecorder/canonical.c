/* Canonical bytes, and the digests that are made of a buffer of them. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

#include "include/lumon_digests.h"

void lr_put_raw(lr_bytes *bytes, const void *data, size_t count) {
    size_t room = bytes->count < bytes->capacity ? bytes->capacity - bytes->count : 0;
    if (count > 0 && count <= room) memcpy(bytes->data + bytes->count, data, count);
    bytes->count = count > SIZE_MAX - bytes->count ? SIZE_MAX : bytes->count + count;
}

void lr_put_u8(lr_bytes *bytes, uint8_t value) { lr_put_raw(bytes, &value, 1); }

void lr_put_u16(lr_bytes *bytes, uint16_t value) {
    uint8_t little[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    lr_put_raw(bytes, little, sizeof little);
}

void lr_put_u32(lr_bytes *bytes, uint32_t value) {
    uint8_t little[4];
    for (int i = 0; i < 4; i++) little[i] = (uint8_t)(value >> (8 * i));
    lr_put_raw(bytes, little, sizeof little);
}

void lr_put_u64(lr_bytes *bytes, uint64_t value) {
    uint8_t little[8];
    for (int i = 0; i < 8; i++) little[i] = (uint8_t)(value >> (8 * i));
    lr_put_raw(bytes, little, sizeof little);
}

void lr_put_i32(lr_bytes *bytes, int32_t value) { lr_put_u32(bytes, (uint32_t)value); }

void lr_put_i64(lr_bytes *bytes, int64_t value) { lr_put_u64(bytes, (uint64_t)value); }

void lr_put_f64(lr_bytes *bytes, double value) {
    uint64_t bits;
    if (value == 0) value = 0;
    memcpy(&bits, &value, sizeof bits);
    lr_put_u64(bytes, bits);
}

void lr_put_cell(lr_bytes *bytes, lr_cell cell) {
    lr_put_i32(bytes, cell.x);
    lr_put_i32(bytes, cell.y);
    lr_put_i32(bytes, cell.z);
}

void lr_put_region(lr_bytes *bytes, uint8_t level, lr_cell region) {
    lr_put_u8(bytes, level);
    lr_put_cell(bytes, region);
}

void lr_put_probe(lr_bytes *bytes, uint8_t level, lr_cell cell, uint32_t generation) {
    lr_put_region(bytes, level, cell);
    lr_put_u32(bytes, generation);
}

void lr_put_configuration(lr_bytes *bytes, const lr_configuration *configuration) {
    lr_put_u64(bytes, configuration->world_seed);
    lr_put_u8(bytes, (uint8_t)((configuration->chunks_start_loaded != 0) + 2 * configuration->variant));
    lr_put_u32(bytes, configuration->layout_version);
    lr_put_f64(bytes, configuration->base_spacing);
    lr_put_i32(bytes, configuration->resolution);
    lr_put_i32(bytes, configuration->levels);
    lr_put_f64(bytes, configuration->reanchor_distance);
    lr_put_i32(bytes, configuration->region_edge);
    lr_put_i32(bytes, configuration->near_levels);
    lr_put_i64(bytes, configuration->cache_bytes);
    lr_put_i32(bytes, configuration->cast_latency_frames);
    lr_put_i32(bytes, configuration->store_latency_frames);
    const lr_budgets *budgets = &configuration->budgets;
    lr_put_u32(bytes, budgets->per_level_count);
    for (uint32_t i = 0; i < budgets->per_level_count; i++) lr_put_i32(bytes, budgets->per_level[i]);
    lr_put_i32(bytes, budgets->total);
    lr_put_i64(bytes, budgets->upload_bytes);
}

void lr_put_store_key(lr_bytes *bytes, const lr_store_key *key) {
    lr_put_u64(bytes, key->seed);
    lr_put_u32(bytes, key->layout_version);
    lr_put_u64(bytes, key->fingerprint);
    lr_put_f64(bytes, key->base_spacing);
    lr_put_i32(bytes, key->region_edge);
}

void lr_put_sums(lr_bytes *bytes, const uint64_t *sums, uint32_t levels) {
    lr_put_u32(bytes, levels);
    for (uint32_t i = 0; i < levels; i++) lr_put_u64(bytes, sums[i]);
}

void lr_put_part_cache(lr_bytes *bytes, uint64_t cells, uint64_t entries, uint64_t accounted_bytes) {
    lr_put_u64(bytes, cells);
    lr_put_u64(bytes, entries);
    lr_put_u64(bytes, accounted_bytes);
}

void lr_put_part_queue(
    lr_bytes *bytes, const uint64_t *queues, uint32_t levels, uint64_t flights_sum, uint64_t flights, uint32_t epoch,
    uint64_t next_ticket, uint64_t next_sequence) {
    lr_put_sums(bytes, queues, levels);
    lr_put_u64(bytes, flights_sum);
    lr_put_u64(bytes, flights);
    lr_put_u32(bytes, epoch);
    lr_put_u64(bytes, next_ticket);
    lr_put_u64(bytes, next_sequence);
}

void lr_put_part_world(lr_bytes *bytes, uint64_t seed, uint8_t chunks_start_loaded, uint64_t version, uint64_t content) {
    lr_put_u64(bytes, seed);
    lr_put_u8(bytes, chunks_start_loaded);
    lr_put_u64(bytes, version);
    lr_put_u64(bytes, content);
}

void lr_put_part_store(lr_bytes *bytes, uint64_t rows, uint64_t pending, uint64_t clock) {
    lr_put_u64(bytes, rows);
    lr_put_u64(bytes, pending);
    lr_put_u64(bytes, clock);
}

void lr_stage_begin(lr_bytes *bytes, int stage) {
    bytes->count = 0;
    lr_put_u8(bytes, (uint8_t)(0x80 + stage));
}

int lr_bytes_digest(const lr_bytes *bytes, uint64_t *digest) {
    if (bytes == NULL || digest == NULL) return LR_NULL;
    if (bytes->count > bytes->capacity) return LR_BUFFER;
    *digest = XXH3_64bits(bytes->data, bytes->count);
    return LR_OK;
}

uint64_t lr_xxh3_64(const void *bytes, size_t count) { return XXH3_64bits(bytes, count); }

lr_digest128 lr_xxh3_128(const void *bytes, size_t count) {
    XXH128_hash_t hash = XXH3_128bits(bytes, count);
    return (lr_digest128){hash.low64, hash.high64};
}

void lr_digest128_bytes(lr_digest128 digest, uint8_t bytes[16]) {
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(digest.high >> (56 - 8 * i));
        bytes[8 + i] = (uint8_t)(digest.low >> (56 - 8 * i));
    }
}

/* XXH3 wants its state aligned to 64 bytes, which a caller's structure need not be. */
_Static_assert(sizeof(lr_run_digest) >= sizeof(XXH3_state_t) + 64, "the digest of a run has room for an aligned state");

static XXH3_state_t *state_of(const lr_run_digest *run) {
    return (XXH3_state_t *)(((uintptr_t)run->storage + 63) & ~(uintptr_t)63);
}

void lr_run_begin(lr_run_digest *run) {
    XXH3_INITSTATE(state_of(run));
    XXH3_128bits_reset(state_of(run));
}

/* gcc inlines XXH3's branch for long inputs here and warns of what it never does with 16 bytes. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Warray-bounds"
#pragma GCC diagnostic ignored "-Wstringop-overread"
#endif

void lr_run_add(lr_run_digest *run, lr_digest128 frame) {
    uint8_t data[16];
    lr_bytes bytes = {data, sizeof data, 0};
    lr_put_u64(&bytes, frame.low);
    lr_put_u64(&bytes, frame.high);
    XXH3_128bits_update(state_of(run), data, sizeof data);
}

lr_digest128 lr_run_value(const lr_run_digest *run) {
    XXH128_hash_t hash = XXH3_128bits_digest(state_of(run));
    return (lr_digest128){hash.low64, hash.high64};
}

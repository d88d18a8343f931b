/* The records of leaves, and the digests of levels and frames. */
#include "include/lumon_digests.h"

/* No record is longer. */
#define RECORD_BYTES 64

#define BEGIN_RECORD(tag)                              \
    uint8_t data[RECORD_BYTES];                        \
    lr_bytes record = {data, sizeof data, 0};          \
    lr_put_u8(&record, tag)

#define END_RECORD() return lr_xxh3_64(data, record.count)

uint64_t lr_sum_add(uint64_t sum, uint64_t leaf) { return sum + leaf; }

uint64_t lr_sum_remove(uint64_t sum, uint64_t leaf) { return sum - leaf; }

uint64_t lr_leaf_state(const lr_state *state) {
    BEGIN_RECORD(0x01);
    lr_put_u8(&record, state->level);
    lr_put_u8(&record, state->lifecycle);
    lr_put_u8(&record, state->after_flight);
    lr_put_cell(&record, state->cell);
    lr_put_i32(&record, state->last_updated);
    lr_put_i32(&record, state->queued_at);
    lr_put_i32(&record, state->retry_after);
    lr_put_u32(&record, state->generation);
    END_RECORD();
}

uint64_t lr_leaf_payload(uint8_t level, lr_cell cell, const uint8_t payload[LR_PAYLOAD_BYTES]) {
    BEGIN_RECORD(0x02);
    lr_put_region(&record, level, cell);
    lr_put_raw(&record, payload, LR_PAYLOAD_BYTES);
    END_RECORD();
}

uint64_t lr_leaf_queued(uint8_t level, lr_cell cell, uint32_t generation, uint64_t ticket) {
    BEGIN_RECORD(0x03);
    lr_put_probe(&record, level, cell, generation);
    lr_put_u64(&record, ticket);
    END_RECORD();
}

uint64_t lr_leaf_flight(const lr_flight *flight) {
    BEGIN_RECORD(0x04);
    lr_put_probe(&record, flight->level, flight->cell, flight->generation);
    lr_put_u32(&record, flight->epoch);
    lr_put_u64(&record, flight->sequence);
    lr_put_i32(&record, flight->due_frame);
    lr_put_u64(&record, flight->world_version);
    lr_put_u64(&record, flight->world_content);
    lr_put_f64(&record, flight->base_spacing);
    lr_put_i32(&record, flight->resolution);
    END_RECORD();
}

uint64_t lr_leaf_cached_cell(
    uint8_t level, lr_cell cell, int32_t last_updated, const uint8_t payload[LR_PAYLOAD_BYTES]) {
    BEGIN_RECORD(0x05);
    lr_put_region(&record, level, cell);
    lr_put_i32(&record, last_updated);
    lr_put_raw(&record, payload, LR_PAYLOAD_BYTES);
    END_RECORD();
}

uint64_t lr_leaf_cache_entry(const lr_cache_entry *entry) {
    BEGIN_RECORD(0x06);
    lr_put_region(&record, entry->level, entry->region);
    lr_put_u32(&record, entry->cells);
    lr_put_i32(&record, entry->last_used_frame);
    lr_put_i32(&record, entry->newest_last_updated);
    lr_put_u32(&record, entry->layout_version);
    lr_put_u8(&record, (uint8_t)((entry->is_invalidated != 0) | (entry->is_unsaved != 0) << 1));
    END_RECORD();
}

uint64_t lr_leaf_edited_voxel(int64_t x, int64_t y, int64_t z, uint8_t material) {
    BEGIN_RECORD(0x45);
    lr_put_i64(&record, x);
    lr_put_i64(&record, y);
    lr_put_i64(&record, z);
    lr_put_u8(&record, material);
    END_RECORD();
}

uint64_t lr_leaf_chunk(int64_t x, int64_t y, int64_t z, uint8_t is_loaded) {
    BEGIN_RECORD(0x4C);
    lr_put_i64(&record, x);
    lr_put_i64(&record, y);
    lr_put_i64(&record, z);
    lr_put_u8(&record, is_loaded);
    END_RECORD();
}

uint64_t lr_store_key_digest(const lr_store_key *key) {
    uint8_t data[RECORD_BYTES];
    lr_bytes record = {data, sizeof data, 0};
    lr_put_store_key(&record, key);
    END_RECORD();
}

uint64_t lr_fingerprint(double base_spacing, int32_t resolution, int32_t levels, int32_t region_edge) {
    BEGIN_RECORD(0xB0);
    lr_put_f64(&record, base_spacing);
    lr_put_i32(&record, resolution);
    lr_put_i32(&record, levels);
    lr_put_i32(&record, region_edge);
    lr_put_u32(&record, 64); /* rays */
    lr_put_i32(&record, resolution); /* their distance in cells */
    lr_put_u32(&record, 1); /* version of the light */
    END_RECORD();
}

uint64_t lr_mask_digest(const uint64_t *words, size_t count) {
    while (count > 0 && words[count - 1] == 0) count--;
    /* A region has at most 128^3 cells, which is too much for a stack that is not ours: the words are hashed as they lie. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "masks are hashed as they lie in memory"
#endif
    return count == 0 ? 0 : lr_xxh3_64(words, count * sizeof *words);
}

uint64_t lr_leaf_store_row(
    uint64_t key, uint8_t level, lr_cell region, int64_t bytes, int64_t clock, uint64_t mask, uint64_t content) {
    BEGIN_RECORD(0x07);
    lr_put_u64(&record, key);
    lr_put_region(&record, level, region);
    lr_put_i64(&record, bytes);
    lr_put_i64(&record, clock);
    lr_put_u64(&record, mask);
    lr_put_u64(&record, content);
    END_RECORD();
}

uint64_t lr_leaf_store_request(
    uint64_t sequence, uint64_t key, uint8_t level, lr_cell region, int32_t due_frame, uint64_t masked) {
    BEGIN_RECORD(0x08);
    lr_put_u64(&record, sequence);
    lr_put_u64(&record, key);
    lr_put_region(&record, level, region);
    lr_put_i32(&record, due_frame);
    lr_put_u64(&record, masked);
    END_RECORD();
}

uint64_t lr_leaf_held_write_back(
    uint64_t sequence, uint64_t key, uint8_t level, lr_cell region, uint32_t cells, uint64_t cells_digest) {
    BEGIN_RECORD(0x09);
    lr_put_u64(&record, sequence);
    lr_put_u64(&record, key);
    lr_put_region(&record, level, region);
    lr_put_u32(&record, cells);
    lr_put_u64(&record, cells_digest);
    END_RECORD();
}

uint64_t lr_leaf_held_box(uint32_t place, lr_point lower, lr_point upper) {
    BEGIN_RECORD(0x0A);
    lr_put_u32(&record, place);
    double numbers[6] = {lower.x, lower.y, lower.z, upper.x, upper.y, upper.z};
    for (int i = 0; i < 6; i++) lr_put_f64(&record, numbers[i]);
    END_RECORD();
}

uint64_t lr_leaf_ledger(const lr_ledger *ledger) {
    BEGIN_RECORD(0x0B);
    lr_put_i64(&record, ledger->size_cap_bytes);
    lr_put_u8(&record, ledger->is_index_known != 0);
    lr_put_i64(&record, ledger->index_clock);
    lr_put_i32(&record, ledger->start_frame);
    lr_put_u64(&record, ledger->start_edits);
    lr_put_u64(&record, ledger->known_edits);
    lr_put_u64(&record, ledger->next_sequence);
    END_RECORD();
}

uint64_t lr_level_digest(uint8_t level, lr_cell camera_cell, lr_cell anchor, uint64_t state_sum, uint64_t payload_sum) {
    BEGIN_RECORD(0xA0);
    lr_put_region(&record, level, camera_cell);
    lr_put_cell(&record, anchor);
    lr_put_u64(&record, state_sum);
    lr_put_u64(&record, payload_sum);
    END_RECORD();
}

#define MAXIMUM_LEVELS 64

lr_digest128 lr_frame_digest(
    int32_t frame, const uint64_t stages[LR_STAGES], const uint64_t *levels, uint32_t level_count) {
    uint8_t data[4 + 8 * LR_STAGES + 4 + 8 * MAXIMUM_LEVELS];
    lr_bytes bytes = {data, sizeof data, 0};
    lr_put_i32(&bytes, frame);
    for (int i = 0; i < LR_STAGES; i++) lr_put_u64(&bytes, stages[i]);
    lr_put_sums(&bytes, levels, level_count < MAXIMUM_LEVELS ? level_count : MAXIMUM_LEVELS);
    return lr_xxh3_128(data, bytes.count);
}

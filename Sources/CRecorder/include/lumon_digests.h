/*
 * The digests of lumon-replay, version 2, for engines that compute them of themselves: what is hashed is on the page Digests of its
 * documentation, whose words are used here.
 *
 * Threads: any, at any time; nothing is shared and nothing is allocated. Errors: none, but for buffers (lr_bytes).
 */
#ifndef LUMON_DIGESTS_H
#define LUMON_DIGESTS_H

#include "lumon_recorder.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LR_DIGEST_VERSION 2u
#define LR_PAYLOAD_BYTES 44

typedef struct lr_cell { int32_t x, y, z; } lr_cell;

typedef struct lr_digest128 { uint64_t low, high; } lr_digest128;

/* XXH3 without a seed. `bytes` may be null where count is 0. O(count). */
LR_API uint64_t lr_xxh3_64(const void *bytes, size_t count);
LR_API lr_digest128 lr_xxh3_128(const void *bytes, size_t count);

/* The 16 bytes as lr_checkpoint takes them, and as they are printed: big-endian. */
LR_API void lr_digest128_bytes(lr_digest128 digest, uint8_t bytes[16]);

/* Sums of leaves: wrapping, 0 for nothing. */
LR_API uint64_t lr_sum_add(uint64_t sum, uint64_t leaf);
LR_API uint64_t lr_sum_remove(uint64_t sum, uint64_t leaf);

/* Leaves. */

enum {
    LR_UNINITIALIZED = 0, LR_VALID = 1, LR_STALE = 2, LR_DIRTY = 3, LR_IN_FLIGHT = 4, LR_DISABLED = 5, LR_QUEUED = 6
};

/* The last_updated of a cell that never had a payload. */
#define LR_NEVER INT32_MIN

typedef struct lr_state {
    uint8_t level;
    uint8_t lifecycle; /* LR_UNINITIALIZED... */
    uint8_t after_flight; /* 1 dirty, 2 disable, 3 both */
    uint8_t reserved; /* not read */
    lr_cell cell;
    int32_t last_updated;
    int32_t queued_at;
    int32_t retry_after;
    uint32_t generation;
} lr_state;

typedef struct lr_flight {
    uint8_t level;
    lr_cell cell;
    uint32_t generation;
    uint32_t epoch;
    uint64_t sequence;
    int32_t due_frame;
    int32_t resolution;
    uint64_t world_version;
    uint64_t world_content;
    double base_spacing;
} lr_flight;

typedef struct lr_cache_entry {
    uint8_t level;
    uint8_t is_invalidated; /* 0 or 1 */
    uint8_t is_unsaved; /* 0 or 1 */
    lr_cell region;
    uint32_t cells;
    int32_t last_used_frame;
    int32_t newest_last_updated;
    uint32_t layout_version;
} lr_cache_entry;

/* What a store's rows of one session have in common: 32 bytes. */
typedef struct lr_store_key {
    uint64_t seed;
    uint64_t fingerprint;
    double base_spacing;
    uint32_t layout_version;
    int32_t region_edge;
} lr_store_key;

typedef struct lr_ledger {
    int64_t size_cap_bytes;
    uint32_t is_index_known; /* 0 or 1 */
    int32_t start_frame;
    int64_t index_clock;
    uint64_t start_edits;
    uint64_t known_edits;
    uint64_t next_sequence;
} lr_ledger;

LR_API uint64_t lr_leaf_state(const lr_state *state);
LR_API uint64_t lr_leaf_payload(uint8_t level, lr_cell cell, const uint8_t payload[LR_PAYLOAD_BYTES]);
LR_API uint64_t lr_leaf_queued(uint8_t level, lr_cell cell, uint32_t generation, uint64_t ticket);
LR_API uint64_t lr_leaf_flight(const lr_flight *flight);
LR_API uint64_t lr_leaf_cached_cell(
    uint8_t level, lr_cell cell, int32_t last_updated, const uint8_t payload[LR_PAYLOAD_BYTES]);
LR_API uint64_t lr_leaf_cache_entry(const lr_cache_entry *entry);
LR_API uint64_t lr_leaf_edited_voxel(int64_t x, int64_t y, int64_t z, uint8_t material);
LR_API uint64_t lr_leaf_chunk(int64_t x, int64_t y, int64_t z, uint8_t is_loaded);

/* Digests that others are made of. */
LR_API uint64_t lr_store_key_digest(const lr_store_key *key);
LR_API uint64_t lr_fingerprint(double base_spacing, int32_t resolution, int32_t levels, int32_t region_edge);
/* Zero words at the end do not count; 0 of an empty mask. */
LR_API uint64_t lr_mask_digest(const uint64_t *words, size_t count);

/* `key`, `mask` and `masked` are digests, of lr_store_key_digest and lr_mask_digest; `content` is the row's, `cells_digest` that of a write-back's
   cells. */
LR_API uint64_t lr_leaf_store_row(
    uint64_t key, uint8_t level, lr_cell region, int64_t bytes, int64_t clock, uint64_t mask, uint64_t content);
/* Of the request for the index: level 255, key 0, region (0, 0, 0). */
LR_API uint64_t lr_leaf_store_request(
    uint64_t sequence, uint64_t key, uint8_t level, lr_cell region, int32_t due_frame, uint64_t masked);
LR_API uint64_t lr_leaf_held_write_back(
    uint64_t sequence, uint64_t key, uint8_t level, lr_cell region, uint32_t cells, uint64_t cells_digest);
LR_API uint64_t lr_leaf_held_box(uint32_t place, lr_point lower, lr_point upper);
LR_API uint64_t lr_leaf_ledger(const lr_ledger *ledger);

/*
 * Canonical bytes, in a buffer of the caller's: little-endian, without padding, -0.0 as +0.0.
 *
 *     uint8_t buffer[4096];
 *     lr_bytes bytes = {buffer, sizeof buffer, 0};
 *     lr_stage_begin(&bytes, LR_STAGE_SELECT);
 *     lr_put_u64(&bytes, promoted); ...           the outputs
 *     lr_put_sums(&bytes, states, levels); ...    the parts
 *     lr_bytes_digest(&bytes, &stages[LR_STAGE_SELECT]);
 *
 * What does not fit is left out and counted: `count` is what there would be, so that a caller can come again with enough room.
 */
typedef struct lr_bytes {
    uint8_t *data;
    size_t capacity;
    size_t count;
} lr_bytes;

LR_API void lr_put_u8(lr_bytes *bytes, uint8_t value);
LR_API void lr_put_u16(lr_bytes *bytes, uint16_t value);
LR_API void lr_put_u32(lr_bytes *bytes, uint32_t value);
LR_API void lr_put_u64(lr_bytes *bytes, uint64_t value);
LR_API void lr_put_i32(lr_bytes *bytes, int32_t value);
LR_API void lr_put_i64(lr_bytes *bytes, int64_t value);
LR_API void lr_put_f64(lr_bytes *bytes, double value);
LR_API void lr_put_cell(lr_bytes *bytes, lr_cell cell);
LR_API void lr_put_raw(lr_bytes *bytes, const void *data, size_t count);
/* level u8, region. */
LR_API void lr_put_region(lr_bytes *bytes, uint8_t level, lr_cell region);
/* level u8, cell, generation u32: what select, cast and commit list. */
LR_API void lr_put_probe(lr_bytes *bytes, uint8_t level, lr_cell cell, uint32_t generation);
/* A configuration, as given or effective. */
LR_API void lr_put_configuration(lr_bytes *bytes, const lr_configuration *configuration);
LR_API void lr_put_store_key(lr_bytes *bytes, const lr_store_key *key);

/* The parts: S and P are sums by level, their number in front. */
LR_API void lr_put_sums(lr_bytes *bytes, const uint64_t *sums, uint32_t levels);
LR_API void lr_put_part_cache(lr_bytes *bytes, uint64_t cells, uint64_t entries, uint64_t accounted_bytes);
LR_API void lr_put_part_queue(
    lr_bytes *bytes, const uint64_t *queues, uint32_t levels, uint64_t flights_sum, uint64_t flights, uint32_t epoch,
    uint64_t next_ticket, uint64_t next_sequence);
LR_API void lr_put_part_world(
    lr_bytes *bytes, uint64_t seed, uint8_t chunks_start_loaded, uint64_t version, uint64_t content);
LR_API void lr_put_part_store(lr_bytes *bytes, uint64_t rows, uint64_t pending, uint64_t clock);

/* The stages, in causal order. */
enum {
    LR_STAGE_INPUT = 0, LR_STAGE_SNAP, LR_STAGE_SHIFT, LR_STAGE_RECYCLE, LR_STAGE_DIRTY, LR_STAGE_SELECT, LR_STAGE_CAST,
    LR_STAGE_COMMIT, LR_STAGE_STORE, LR_STAGES
};

/* Empties the buffer and puts the stage's tag. */
LR_API void lr_stage_begin(lr_bytes *bytes, int stage);

/* The XXH3-64 of the buffer. Errors: LR_BUFFER where it was too small; *digest is as it was then. */
LR_API int lr_bytes_digest(const lr_bytes *bytes, uint64_t *digest);

LR_API uint64_t lr_level_digest(
    uint8_t level, lr_cell camera_cell, lr_cell anchor, uint64_t state_sum, uint64_t payload_sum);

/* At most 64 levels are read. */
LR_API lr_digest128 lr_frame_digest(int32_t frame, const uint64_t stages[LR_STAGES], const uint64_t *levels, uint32_t level_count);

/* The digest of a run, frame by frame. Not to be moved or copied as long as it is used. */
typedef struct lr_run_digest {
    uint64_t storage[88];
} lr_run_digest;

LR_API void lr_run_begin(lr_run_digest *run);
LR_API void lr_run_add(lr_run_digest *run, lr_digest128 frame);
/* Of what was added so far; more can be added afterwards. */
LR_API lr_digest128 lr_run_value(const lr_run_digest *run);

#ifdef __cplusplus
}
#endif

#endif

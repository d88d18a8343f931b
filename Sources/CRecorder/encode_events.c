#include <string.h>

#include "encode.h"

/* What a first pass finds. */
struct starts {
    struct record start, store, engine;
    bool has_start, has_store, has_engine, switches_off; /* a store that was there before the start */
};

static struct starts find_starts(struct records records);
static void encode_configuration(struct recorder *recorder, const struct configuration_record *record, uint32_t frame);
static void encode_event(
    struct recorder *recorder, const struct record *record, uint32_t frame, uint32_t ordinal, uint32_t configuration);
static void encode_engine(struct buffer *out, const struct engine_record *engine);
static void put_coordinate(struct buffer *out, uint32_t field, lr_coordinate value);

/*
 * The start of a session stands before all else that happened in its frame, behind the end of the session before; its store and
 * its engine stand right behind it. What was said of the old session and its store only, and no frame has had, is left out.
 */
void lr_encode_events(struct recorder *recorder, struct records records, uint32_t frame) {
    struct starts starts = find_starts(records);
    const struct record end = {.kind = RECORD_SESSION_END}, off = {.kind = RECORD_STORE_OFF};
    struct buffer *order = &recorder->events;
    order->count = 0;
    if (starts.has_start) {
        const struct configuration_record *start = starts.start.content;
        if (starts.switches_off) lr_buffer_raw(order, &off, sizeof off);
        if (start->ends_session) lr_buffer_raw(order, &end, sizeof end);
        lr_buffer_raw(order, &starts.start, sizeof starts.start);
        if (starts.has_store) lr_buffer_raw(order, &starts.store, sizeof starts.store);
    }
    if (starts.has_engine) lr_buffer_raw(order, &starts.engine, sizeof starts.engine);
    bool is_before = starts.has_start;
    struct record record;
    for (struct records all = records; next_record(&all, &record);) {
        if (record.kind > RECORD_LAST_EVENT) continue;
        if (record.kind == RECORD_SESSION_START) {
            is_before = false;
            continue;
        }
        if (record.kind == RECORD_STORE || record.kind == RECORD_ENGINE) continue;
        bool is_old = record.kind == RECORD_SESSION_END || record.kind == RECORD_STORE_OFF || record.kind == RECORD_CONFIGURE
            || record.kind == RECORD_STORE_DAMAGE || record.kind == RECORD_WRITE_BACK_DROPPED;
        if (is_before && is_old) continue;
        lr_buffer_raw(order, &record, sizeof record);
    }
    if (order->has_failed) {
        recorder->message.has_failed = true;
        return;
    }
    const struct record *events = (const void *)order->data;
    size_t count = order->count / sizeof record;
    uint32_t configuration = recorder->next_configuration;
    for (size_t i = 0; i < count; i++)
        if (events[i].kind == RECORD_SESSION_START || events[i].kind == RECORD_CONFIGURE)
            encode_configuration(recorder, events[i].content, frame);
    for (size_t i = 0; i < count; i++) {
        encode_event(recorder, &events[i], frame, (uint32_t)i, configuration);
        configuration += events[i].kind == RECORD_SESSION_START || events[i].kind == RECORD_CONFIGURE;
    }
}

static struct starts find_starts(struct records records) {
    struct starts starts = {0};
    struct record record;
    while (next_record(&records, &record)) {
        if (record.kind == RECORD_SESSION_START) {
            starts.start = record;
            starts.has_start = true;
        }
        if (record.kind == RECORD_STORE_OFF && !starts.has_start) starts.switches_off = true;
        if (record.kind == RECORD_STORE) {
            starts.store = record;
            starts.has_store = true;
        }
        if (record.kind == RECORD_ENGINE) {
            starts.engine = record;
            starts.has_engine = true;
        }
    }
    return starts;
}

static void encode_configuration(struct recorder *recorder, const struct configuration_record *record, uint32_t frame) {
    const lr_configuration *values = &record->values;
    struct buffer *out = &recorder->message;
    out->count = 0;
    lr_field_uint(out, 1, 1); /* version of the messages */
    lr_field_uint(out, 2, recorder->next_configuration++);
    lr_field_fixed64(out, 3, values->world_seed);
    lr_field_uint(out, 4, values->chunks_start_loaded != 0);
    lr_field_uint(out, 5, values->layout_version);
    lr_field_double(out, 6, values->base_spacing);
    lr_field_sint(out, 7, values->resolution);
    lr_field_sint(out, 8, values->levels);
    lr_field_double(out, 9, values->reanchor_distance);
    lr_field_sint(out, 10, values->region_edge);
    lr_field_sint(out, 11, values->near_levels);
    lr_field_sint(out, 12, values->cache_bytes);
    lr_field_sint(out, 13, values->cast_latency_frames);
    lr_field_sint(out, 14, values->store_latency_frames);
    lr_put_budgets(out, 15, &record->budgets);
    lr_field_uint(out, 16, (uint64_t)values->variant);
    lr_mcap_message(&recorder->mcap, CHANNEL_CONFIG, frame, out);
}

static void encode_event(
    struct recorder *recorder, const struct record *record, uint32_t frame, uint32_t ordinal, uint32_t configuration) {
    /* Fields of Event by kind. */
    static const uint32_t fields[RECORD_LAST_EVENT + 1] = {
        [RECORD_SESSION_START] = 3, [RECORD_SESSION_END] = 4, [RECORD_CONFIGURE] = 5,     [RECORD_EDIT] = 6,
        [RECORD_CHUNK_LOAD] = 7,    [RECORD_CHUNK_UNLOAD] = 8, [RECORD_INVALIDATE] = 9,   [RECORD_STORE] = 10,
        [RECORD_STORE_OFF] = 11,    [RECORD_STORE_DAMAGE] = 12, [RECORD_WRITE_BACK_DROPPED] = 13, [RECORD_ENGINE] = 14,
    };
    struct buffer *out = &recorder->message;
    out->count = 0;
    lr_field_uint(out, 1, frame);
    lr_field_uint(out, 2, ordinal);
    size_t begin = lr_field_begin(out, fields[record->kind]);
    switch (record->kind) {
    case RECORD_SESSION_START:
    case RECORD_CONFIGURE: lr_field_uint(out, 1, configuration); break;
    case RECORD_EDIT: {
        const struct edit_record *edit = record->content;
        size_t box = lr_field_begin(out, 1);
        put_coordinate(out, 1, edit->lower);
        put_coordinate(out, 2, edit->upper);
        lr_field_end(out, box);
        lr_field_uint(out, 2, edit->material);
        break;
    }
    case RECORD_CHUNK_LOAD:
    case RECORD_CHUNK_UNLOAD: {
        const lr_coordinate *chunk = record->content;
        lr_field_sint(out, 1, chunk->x);
        lr_field_sint(out, 2, chunk->y);
        lr_field_sint(out, 3, chunk->z);
        break;
    }
    case RECORD_INVALIDATE: {
        const lr_point *corners = record->content;
        lr_put_point(out, 1, corners[0]);
        lr_put_point(out, 2, corners[1]);
        break;
    }
    case RECORD_STORE: lr_field_int(out, 1, *(const int64_t *)record->content); break;
    case RECORD_STORE_DAMAGE: {
        const lr_region *region = record->content;
        lr_field_uint(out, 1, region->level);
        lr_field_sint(out, 2, region->x);
        lr_field_sint(out, 3, region->y);
        lr_field_sint(out, 4, region->z);
        break;
    }
    case RECORD_WRITE_BACK_DROPPED: {
        const lr_row_key *row = record->content;
        lr_field_fixed64(out, 1, row->seed);
        lr_field_uint(out, 2, row->layout_version);
        lr_field_fixed64(out, 3, row->fingerprint);
        lr_field_double(out, 4, row->base_spacing);
        lr_field_int(out, 5, row->region_edge);
        lr_field_uint(out, 6, row->region.level);
        lr_field_sint(out, 7, row->region.x);
        lr_field_sint(out, 8, row->region.y);
        lr_field_sint(out, 9, row->region.z);
        break;
    }
    case RECORD_ENGINE: encode_engine(out, record->content); break;
    default: break; /* the others have no fields */
    }
    lr_field_end(out, begin);
    lr_mcap_message(&recorder->mcap, CHANNEL_EVENT, frame, out);
}

static void encode_engine(struct buffer *out, const struct engine_record *engine) {
    const char *text = engine->names;
    lr_field_text(out, 1, text);
    for (uint32_t i = 0; i < engine->stages; i++) {
        text += strlen(text) + 1;
        lr_field_text(out, 2, text);
    }
    lr_field_uint(out, 3, engine->has_own_voxels);
}

static void put_coordinate(struct buffer *out, uint32_t field, lr_coordinate value) {
    size_t begin = lr_field_begin(out, field);
    lr_field_sint(out, 1, value.x);
    lr_field_sint(out, 2, value.y);
    lr_field_sint(out, 3, value.z);
    lr_field_end(out, begin);
}

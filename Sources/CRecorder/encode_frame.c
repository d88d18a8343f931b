#include <string.h>

#include "encode.h"

static void encode_snapshot(struct recorder *recorder, const struct record *record, uint32_t frame);
static void encode_checkpoint(struct recorder *recorder, const struct checkpoint_record *checkpoint, uint32_t frame);
static void encode_camera(
    struct recorder *recorder, const struct frame_record *record, const struct budgets_record *budgets);

/* The order is that of a canonical file: snapshot, configurations and events, work, checkpoint, frame. */
void lr_encode_frame(struct recorder *recorder, const uint8_t *bytes, size_t count) {
    struct records records = {bytes, bytes + count};
    struct record record, snapshot = {0};
    const struct frame_record *frame = NULL;
    const struct checkpoint_record *checkpoint = NULL;
    const struct budgets_record *budgets = NULL;
    for (struct records all = records; next_record(&all, &record);) {
        if (record.kind == RECORD_FRAME) frame = record.content;
        if (record.kind == RECORD_SNAPSHOT) snapshot = record;
        if (record.kind == RECORD_CHECKPOINT) checkpoint = record.content;
        if (record.kind == RECORD_BUDGETS) budgets = record.content;
    }
    if (frame == NULL) return; /* lr_frame ends every frame with one */
    if (snapshot.content != NULL) encode_snapshot(recorder, &snapshot, frame->frame);
    lr_encode_events(recorder, records, frame->frame);
    if (frame->has_work) lr_encode_work(recorder, records, frame->frame);
    if (checkpoint != NULL) encode_checkpoint(recorder, checkpoint, frame->frame);
    encode_camera(recorder, frame, budgets);
}

static void encode_snapshot(struct recorder *recorder, const struct record *record, uint32_t frame) {
    const struct snapshot_record *snapshot = record->content;
    const void *bytes = snapshot->release != NULL ? snapshot->bytes : snapshot + 1;
    struct buffer *out = &recorder->message;
    out->count = 0;
    lr_field_uint(out, 1, frame);
    lr_field_text(out, 2, snapshot->format);
    if (snapshot->count > 0) lr_field_bytes(out, 3, bytes, snapshot->count);
    lr_mcap_message(&recorder->mcap, CHANNEL_SNAPSHOT, frame, out);
}

static void encode_checkpoint(struct recorder *recorder, const struct checkpoint_record *checkpoint, uint32_t frame) {
    struct buffer *out = &recorder->message;
    out->count = 0;
    lr_field_uint(out, 1, frame);
    lr_field_uint(out, 2, checkpoint->version);
    const uint64_t *values = checkpoint->values;
    uint32_t counts[2] = {checkpoint->stages, checkpoint->levels};
    for (uint32_t list = 0; list < 2; list++) {
        if (counts[list] == 0) continue;
        size_t begin = lr_field_begin(out, 3 + list);
        for (uint32_t i = 0; i < counts[list]; i++) lr_buffer_u64(out, *values++);
        lr_field_end(out, begin);
    }
    if (checkpoint->has_digest) lr_field_bytes(out, 5, checkpoint->digest, sizeof checkpoint->digest);
    lr_mcap_message(&recorder->mcap, CHANNEL_CHECKPOINT, frame, out);
}

static void encode_camera(
    struct recorder *recorder, const struct frame_record *record, const struct budgets_record *budgets) {
    const lr_camera *camera = &record->camera;
    struct buffer *out = &recorder->message;
    out->count = 0;
    lr_field_uint(out, 1, record->frame);
    lr_field_sint(out, 2, camera->engine_time_ns);
    lr_field_uint(out, 3, record->session);
    lr_put_point(out, 4, camera->position);
    size_t begin = lr_field_begin(out, 5);
    lr_field_double(out, 1, camera->orientation.x);
    lr_field_double(out, 2, camera->orientation.y);
    lr_field_double(out, 3, camera->orientation.z);
    lr_field_double(out, 4, camera->orientation.w);
    lr_field_end(out, begin);
    lr_field_double(out, 6, camera->field_of_view);
    if (budgets != NULL) lr_put_budgets(out, 7, budgets);
    if (camera->has_selection_position) lr_put_point(out, 8, camera->selection_position);
    lr_field_uint(out, 9, record->missed);
    lr_mcap_message(&recorder->mcap, CHANNEL_FRAME, record->frame, out);
}

void lr_put_budgets(struct buffer *out, uint32_t field, const struct budgets_record *budgets) {
    size_t begin = lr_field_begin(out, field);
    if (budgets->count > 0) {
        size_t list = lr_field_begin(out, 1);
        for (uint32_t i = 0; i < budgets->count; i++) lr_varint(out, lr_zigzag(budgets->per_level[i]));
        lr_field_end(out, list);
    }
    lr_field_sint(out, 2, budgets->total);
    lr_field_sint(out, 3, budgets->upload_bytes);
    lr_field_end(out, begin);
}

void lr_put_point(struct buffer *out, uint32_t field, lr_point point) {
    size_t begin = lr_field_begin(out, field);
    lr_field_double(out, 1, point.x);
    lr_field_double(out, 2, point.y);
    lr_field_double(out, 3, point.z);
    lr_field_end(out, begin);
}

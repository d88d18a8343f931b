/* The frame in the making: what its calls have in common, and its end. */
#include <string.h>

#include "handles.h"

static void drop_open_frame(struct recorder *recorder);
static void leave_frame_out(struct recorder *recorder);
static int check_camera(const struct recorder *recorder, const lr_camera *camera);
static bool has_work(const struct recorder *recorder);
static void was_published(struct recorder *recorder);

int lr_begin_call(lr_recorder *handle, struct recorder **recorder) {
    int code = lr_enter(handle, recorder);
    if (code != LR_OK) return code;
    if (!atomic_load_explicit(&(*recorder)->has_failed, memory_order_acquire)) return LR_OK;
    lr_leave(handle);
    return LR_IO;
}

int lr_end_call(lr_recorder *handle, int code) {
    lr_leave(handle);
    return code;
}

int lr_append(
    struct recorder *recorder, enum record_kind kind, const void *a, size_t a_bytes, const void *b, size_t b_bytes) {
    if (recorder->open.is_dropped) return LR_FULL;
    if (lr_ring_append(&recorder->ring, kind, a, a_bytes, b, b_bytes)) return LR_OK;
    drop_open_frame(recorder);
    return LR_FULL;
}

int lr_missed(lr_recorder *handle, uint32_t frames) {
    struct recorder *recorder;
    int code = lr_begin_call(handle, &recorder);
    if (code != LR_OK) return code;
    if (recorder->number > LAST_FRAME || frames > LAST_FRAME - recorder->number) return lr_end_call(handle, LR_RANGE);
    recorder->number += frames;
    recorder->missed += frames;
    if (frames > 0) recorder->needs_snapshot = true;
    return lr_end_call(handle, LR_OK);
}

int lr_frame(lr_recorder *handle, const lr_camera *camera) {
    struct recorder *recorder;
    int code = lr_begin_call(handle, &recorder);
    if (code != LR_OK) return code;
    code = lr_check_struct(camera, sizeof *camera);
    if (code == LR_OK) code = check_camera(recorder, camera);
    if (code != LR_OK) return lr_end_call(handle, code);
    struct open_frame *open = &recorder->open;
    bool is_first = recorder->frames_recorded == 0;
    if (is_first && !open->is_dropped && !open->has_start && !open->has_snapshot) {
        if (recorder->frames_dropped == 0) return lr_end_call(handle, LR_NO_START);
        drop_open_frame(recorder);
        leave_frame_out(recorder);
        return lr_end_call(handle, LR_NO_PLACE_TO_START);
    }
    struct frame_record record = {
        .camera = *camera, .frame = recorder->number, .session = recorder->session_number, .missed = recorder->missed,
        .has_work = has_work(recorder)};
    code = lr_append(recorder, RECORD_FRAME, &record, sizeof record, NULL, 0);
    if (code != LR_OK) {
        leave_frame_out(recorder);
        return lr_end_call(handle, code);
    }
    was_published(recorder);
    lr_ring_publish(&recorder->ring);
    return lr_end_call(handle, LR_OK);
}

/* Nothing of the frame is recorded; what it did to the session stays. */
static void drop_open_frame(struct recorder *recorder) {
    struct open_frame *open = &recorder->open;
    lr_ring_drop(&recorder->ring);
    open->is_dropped = true;
    open->has_snapshot = false;
    recorder->configurations -= open->configurations;
    open->configurations = 0;
    struct snapshot_record snapshot = open->snapshot;
    open->snapshot.release = NULL;
    if (snapshot.release != NULL) snapshot.release(snapshot.context, snapshot.bytes);
}

static void leave_frame_out(struct recorder *recorder) {
    recorder->open = (struct open_frame){0};
    recorder->frames_dropped++;
    recorder->number++;
    recorder->missed++;
    recorder->needs_snapshot = true;
}

static int check_camera(const struct recorder *recorder, const lr_camera *camera) {
    /* The last number is that of a frame; one more than that is none. */
    if (recorder->number > LAST_FRAME || camera->has_selection_position > 1) return LR_RANGE;
    const double values[5] = {
        camera->orientation.x, camera->orientation.y, camera->orientation.z, camera->orientation.w,
        camera->field_of_view};
    const double selection[3] = {
        camera->selection_position.x, camera->selection_position.y, camera->selection_position.z};
    if (lr_check_finite(values, 5) != LR_OK) return LR_NOT_FINITE;
    if (camera->has_selection_position && lr_check_finite(selection, 3) != LR_OK) return LR_NOT_FINITE;
    return lr_check_position(recorder, camera->position);
}

/* The first frame says with an empty message that a run is live; elsewhere an empty one says nothing. */
static bool has_work(const struct recorder *recorder) {
    const struct open_frame *open = &recorder->open;
    uint64_t entries = (uint64_t)open->completed + open->claimed + open->accepted + open->refused + open->solid + open->replies;
    return entries > 0 || (recorder->frames_recorded == 0 && (open->has_work || recorder->wants_live));
}

static void was_published(struct recorder *recorder) {
    struct open_frame *open = &recorder->open;
    if (recorder->frames_recorded == 0) {
        recorder->is_live = has_work(recorder);
        if (open->has_start) recorder->needs_snapshot = false;
    } else if (recorder->missed > 0) {
        recorder->gaps++;
    }
    if (open->has_snapshot) recorder->needs_snapshot = false;
    recorder->frames_recorded++;
    recorder->number++;
    recorder->missed = 0;
    *open = (struct open_frame){0};
}

/* What a frame got from its workers and its store; its digests; the state before it. */
#include <stddef.h>
#include <string.h>

#include "handles.h"

#define CELL_BYTES 60
#define MAXIMUM_REGION_BYTES ((size_t)CELL_BYTES * 128 * 128 * 128)

static int add_list(
    lr_recorder *handle, size_t list_offset, enum record_kind kind, const uint64_t *requests, size_t count);
static int add_reply(lr_recorder *handle, uint64_t request, enum reply_kind kind, const void *bytes, size_t count);
static bool may_drain(const struct recorder *recorder);

int lr_completed(
    lr_recorder *handle, const uint64_t *requests, const uint8_t *outcomes, const uint64_t *payloads, size_t count) {
    struct recorder *recorder;
    int code = lr_begin_call(handle, &recorder);
    if (code != LR_OK) return code;
    struct open_frame *open = &recorder->open;
    if (requests == NULL && count > 0) code = LR_NULL;
    else if (count > MAXIMUM_REQUESTS - open->completed) code = LR_TOO_MANY;
    else if (count > 0 && !may_drain(recorder)) code = LR_NOT_LIVE;
    else if (count > 0 && open->completed > 0
             && (open->completed_has_outcomes != (outcomes != NULL) || open->completed_has_payloads != (payloads != NULL)))
        code = LR_OUT_OF_PLACE;
    for (size_t i = 0; code == LR_OK && outcomes != NULL && i < count; i++)
        if (outcomes[i] < LR_OUTCOME_SUCCESS || outcomes[i] > LR_OUTCOME_DROPPED) code = LR_RANGE;
    if (code != LR_OK) return lr_end_call(handle, code);
    open->has_work = true;
    if (count == 0) return lr_end_call(handle, LR_OK);
    open->completed += (uint32_t)count;
    open->completed_has_outcomes = outcomes != NULL;
    open->completed_has_payloads = payloads != NULL;
    code = lr_append(recorder, RECORD_COMPLETED, requests, count * sizeof *requests, NULL, 0);
    if (code == LR_OK && outcomes != NULL) code = lr_append(recorder, RECORD_OUTCOMES, outcomes, count, NULL, 0);
    if (code == LR_OK && payloads != NULL)
        code = lr_append(recorder, RECORD_PAYLOADS, payloads, count * sizeof *payloads, NULL, 0);
    return lr_end_call(handle, code);
}

int lr_claimed(lr_recorder *handle, const uint64_t *requests, const uint32_t *stages, size_t count) {
    struct recorder *recorder;
    int code = lr_begin_call(handle, &recorder);
    if (code != LR_OK) return code;
    struct open_frame *open = &recorder->open;
    if (requests == NULL && count > 0) code = LR_NULL;
    else if (count > MAXIMUM_REQUESTS - open->claimed) code = LR_TOO_MANY;
    else if (count > 0 && open->claimed > 0 && open->claimed_has_stages != (stages != NULL)) code = LR_OUT_OF_PLACE;
    for (size_t i = 0; code == LR_OK && stages != NULL && i < count; i++)
        if (stages[i] >= MAXIMUM_STAGES) code = LR_RANGE;
    if (code != LR_OK) return lr_end_call(handle, code);
    open->has_work = true;
    if (count == 0) return lr_end_call(handle, LR_OK);
    open->claimed += (uint32_t)count;
    open->claimed_has_stages = stages != NULL;
    code = lr_append(recorder, RECORD_CLAIMED, requests, count * sizeof *requests, NULL, 0);
    if (code == LR_OK && stages != NULL)
        code = lr_append(recorder, RECORD_CLAIM_STAGES, stages, count * sizeof *stages, NULL, 0);
    return lr_end_call(handle, code);
}

int lr_accepted(lr_recorder *handle, const uint64_t *requests, size_t count) {
    return add_list(handle, offsetof(struct open_frame, accepted), RECORD_ACCEPTED, requests, count);
}

int lr_refused(lr_recorder *handle, const uint64_t *requests, size_t count) {
    return add_list(handle, offsetof(struct open_frame, refused), RECORD_REFUSED, requests, count);
}

int lr_solid(lr_recorder *handle, const uint64_t *requests, size_t count) {
    return add_list(handle, offsetof(struct open_frame, solid), RECORD_SOLID, requests, count);
}

int lr_reply_absent(lr_recorder *handle, uint64_t request) {
    return add_reply(handle, request, REPLY_ABSENT, NULL, 0);
}

int lr_reply_damaged(lr_recorder *handle, uint64_t request) {
    return add_reply(handle, request, REPLY_DAMAGED, NULL, 0);
}

int lr_reply_region(lr_recorder *handle, uint64_t request, const uint8_t *bytes, size_t count) {
    return add_reply(handle, request, REPLY_REGION, bytes, count);
}

int lr_checkpoint(
    lr_recorder *handle, uint32_t digest_version, const uint64_t *stages, uint32_t stage_count, const uint64_t *levels,
    uint32_t level_count, const uint8_t *digest) {
    struct recorder *recorder;
    int code = lr_begin_call(handle, &recorder);
    if (code != LR_OK) return code;
    struct open_frame *open = &recorder->open;
    if ((stages == NULL && stage_count > 0) || (levels == NULL && level_count > 0)) code = LR_NULL;
    else if (stage_count > MAXIMUM_STAGES || level_count > MAXIMUM_STAGES) code = LR_TOO_MANY;
    else if (open->has_checkpoint) code = LR_OUT_OF_PLACE;
    if (code != LR_OK) return lr_end_call(handle, code);
    open->has_checkpoint = true;
    struct checkpoint_record record;
    record.version = digest_version;
    record.stages = stage_count;
    record.levels = level_count;
    record.has_digest = digest != NULL;
    if (digest != NULL) memcpy(record.digest, digest, sizeof record.digest);
    if (stage_count > 0) memcpy(record.values, stages, stage_count * sizeof *stages);
    if (level_count > 0) memcpy(record.values + stage_count, levels, level_count * sizeof *levels);
    size_t used = offsetof(struct checkpoint_record, values) + (stage_count + level_count) * sizeof *record.values;
    return lr_end_call(handle, lr_append(recorder, RECORD_CHECKPOINT, &record, used, NULL, 0));
}

int lr_snapshot(
    lr_recorder *handle, const char *format, const void *bytes, size_t count, lr_release release, void *context) {
    struct recorder *recorder;
    int code = lr_begin_call(handle, &recorder);
    if (code != LR_OK) return code;
    struct open_frame *open = &recorder->open;
    struct snapshot_record record = {.count = count};
    size_t name = 0;
    code = lr_check_name(format, MAXIMUM_NAME, &name);
    if (code == LR_OK && bytes == NULL && count > 0) code = LR_NULL;
    if (code == LR_OK && count > MAXIMUM_SNAPSHOT_BYTES) code = LR_RANGE;
    if (code == LR_OK && open->has_snapshot) code = LR_OUT_OF_PLACE;
    if (code != LR_OK) return lr_end_call(handle, code);
    memcpy(record.format, format, name);
    record.bytes = release != NULL ? bytes : NULL;
    record.release = release;
    record.context = context;
    code = lr_append(recorder, RECORD_SNAPSHOT, &record, sizeof record, bytes, release != NULL ? 0 : count);
    if (code != LR_OK) return lr_end_call(handle, code);
    open->has_snapshot = true;
    open->snapshot = record;
    if (recorder->frames_recorded == 0 && recorder->session == SESSION_NONE && !recorder->session_counted) {
        recorder->session = SESSION_ASSUMED;
        recorder->session_counted = true;
        recorder->store_is_assumed = true;
    }
    return lr_end_call(handle, LR_OK);
}

int lr_set_budgets(lr_recorder *handle, const lr_budgets *budgets) {
    struct recorder *recorder;
    int code = lr_begin_call(handle, &recorder);
    if (code != LR_OK) return code;
    code = budgets == NULL ? LR_NULL : lr_check_budgets(budgets);
    if (code != LR_OK) return lr_end_call(handle, code);
    struct budgets_record record;
    lr_copy_budgets(&record, budgets);
    size_t used = offsetof(struct budgets_record, per_level) + record.count * sizeof *record.per_level;
    return lr_end_call(handle, lr_append(recorder, RECORD_BUDGETS, &record, used, NULL, 0));
}

static int add_list(
    lr_recorder *handle, size_t list_offset, enum record_kind kind, const uint64_t *requests, size_t count) {
    struct recorder *recorder;
    int code = lr_begin_call(handle, &recorder);
    if (code != LR_OK) return code;
    uint32_t *listed = (uint32_t *)((char *)&recorder->open + list_offset);
    if (requests == NULL && count > 0) code = LR_NULL;
    else if (count > MAXIMUM_REQUESTS - *listed) code = LR_TOO_MANY;
    if (code != LR_OK) return lr_end_call(handle, code);
    recorder->open.has_work = true;
    if (count == 0) return lr_end_call(handle, LR_OK);
    *listed += (uint32_t)count;
    return lr_end_call(handle, lr_append(recorder, kind, requests, count * sizeof *requests, NULL, 0));
}

static int add_reply(lr_recorder *handle, uint64_t request, enum reply_kind kind, const void *bytes, size_t count) {
    struct recorder *recorder;
    int code = lr_begin_call(handle, &recorder);
    if (code != LR_OK) return code;
    struct open_frame *open = &recorder->open;
    if (bytes == NULL && count > 0) code = LR_NULL;
    else if (count % CELL_BYTES != 0 || count > MAXIMUM_REGION_BYTES) code = LR_RANGE;
    else if (open->replies >= MAXIMUM_REQUESTS) code = LR_TOO_MANY;
    else if (!may_drain(recorder)) code = LR_NOT_LIVE;
    if (code != LR_OK) return lr_end_call(handle, code);
    open->has_work = true;
    open->replies++;
    struct reply_record record = {request, count, kind};
    return lr_end_call(handle, lr_append(recorder, RECORD_REPLY, &record, sizeof record, bytes, count));
}

/* The first frame says what the run is. */
static bool may_drain(const struct recorder *recorder) { return recorder->frames_recorded == 0 || recorder->is_live; }

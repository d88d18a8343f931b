/* Sessions and events. */
#include <string.h>

#include "handles.h"

#define MAXIMUM_STORE_BYTES ((int64_t)1 << 50)
#define MAXIMUM_EDIT_VOXELS ((uint64_t)1 << 18)
#define LAST_MATERIAL 9

static int begin_event(lr_recorder *handle, struct recorder **recorder);
static int add_event(
    lr_recorder *handle, struct recorder *recorder, enum record_kind kind, const void *content, size_t bytes);
static int add_configuration(
    struct recorder *recorder, enum record_kind kind, const lr_configuration *configuration, bool ends_session);
static int check_configuration(const struct recorder *recorder, const lr_configuration *configuration);
static int copy_names(struct engine_record *record, const char *name, const char *const *stages, size_t *bytes);
static uint64_t voxels(lr_coordinate lower, lr_coordinate upper);

int lr_session_start(lr_recorder *handle, const lr_configuration *configuration) {
    struct recorder *recorder;
    int code = lr_begin_call(handle, &recorder);
    if (code != LR_OK) return code;
    struct open_frame *open = &recorder->open;
    code = check_configuration(recorder, configuration);
    if (code == LR_OK && open->has_start) code = LR_OUT_OF_PLACE;
    if (code != LR_OK) return lr_end_call(handle, code);
    bool ends_session = recorder->session != SESSION_NONE || open->has_end;
    if (recorder->session_counted || ends_session) recorder->session_number++;
    recorder->session_counted = true;
    recorder->session = SESSION_RUNNING;
    recorder->configuration = *configuration;
    recorder->has_store = false;
    open->has_start = true;
    open->has_end = false;
    return lr_end_call(handle, add_configuration(recorder, RECORD_SESSION_START, configuration, ends_session));
}

int lr_configure(lr_recorder *handle, const lr_configuration *configuration) {
    struct recorder *recorder;
    int code = begin_event(handle, &recorder);
    if (code != LR_OK) return code;
    code = check_configuration(recorder, configuration);
    if (code == LR_OK && recorder->session == SESSION_RUNNING
        && (configuration->world_seed != recorder->configuration.world_seed
            || configuration->chunks_start_loaded != recorder->configuration.chunks_start_loaded))
        code = LR_RANGE;
    if (code != LR_OK) return lr_end_call(handle, code);
    recorder->session = SESSION_RUNNING;
    recorder->configuration = *configuration;
    recorder->open.events++;
    return lr_end_call(handle, add_configuration(recorder, RECORD_CONFIGURE, configuration, false));
}

int lr_session_end(lr_recorder *handle) {
    struct recorder *recorder;
    int code = begin_event(handle, &recorder);
    if (code != LR_OK) return code;
    if (recorder->open.has_start) return lr_end_call(handle, LR_OUT_OF_PLACE);
    recorder->session = SESSION_NONE;
    recorder->session_counted = true;
    recorder->has_store = false;
    recorder->open.has_end = true;
    return add_event(handle, recorder, RECORD_SESSION_END, NULL, 0);
}

int lr_engine(
    lr_recorder *handle, const char *name, const char *const *stages, uint32_t stage_count, int has_own_voxels) {
    struct recorder *recorder;
    int code = lr_begin_call(handle, &recorder);
    if (code != LR_OK) return code;
    struct engine_record record;
    size_t bytes = 0;
    record.stages = stage_count;
    record.has_own_voxels = has_own_voxels != 0;
    const struct open_frame *open = &recorder->open;
    bool is_first = recorder->frames_recorded == 0;
    if (stage_count > MAXIMUM_STAGES) code = LR_TOO_MANY;
    if (code == LR_OK && stage_count > 0 && stages == NULL) code = LR_NULL;
    if (code == LR_OK) code = copy_names(&record, name, stages, &bytes);
    if (code == LR_OK && (open->has_engine || !(open->has_start || is_first || recorder->missed > 0)))
        code = LR_OUT_OF_PLACE;
    if (code != LR_OK) return lr_end_call(handle, code);
    recorder->open.has_engine = true;
    size_t used = offsetof(struct engine_record, names) + bytes;
    return lr_end_call(handle, lr_append(recorder, RECORD_ENGINE, &record, used, NULL, 0));
}

int lr_edit(lr_recorder *handle, lr_coordinate lower, lr_coordinate upper, uint32_t material) {
    struct recorder *recorder;
    int code = begin_event(handle, &recorder);
    if (code != LR_OK) return code;
    if (material > LAST_MATERIAL || voxels(lower, upper) > MAXIMUM_EDIT_VOXELS) return lr_end_call(handle, LR_RANGE);
    struct edit_record record = {lower, upper, material};
    return add_event(handle, recorder, RECORD_EDIT, &record, sizeof record);
}

int lr_chunk_load(lr_recorder *handle, lr_coordinate chunk) {
    struct recorder *recorder;
    int code = begin_event(handle, &recorder);
    return code != LR_OK ? code : add_event(handle, recorder, RECORD_CHUNK_LOAD, &chunk, sizeof chunk);
}

int lr_chunk_unload(lr_recorder *handle, lr_coordinate chunk) {
    struct recorder *recorder;
    int code = begin_event(handle, &recorder);
    return code != LR_OK ? code : add_event(handle, recorder, RECORD_CHUNK_UNLOAD, &chunk, sizeof chunk);
}

int lr_invalidate(lr_recorder *handle, lr_point lower, lr_point upper) {
    struct recorder *recorder;
    int code = begin_event(handle, &recorder);
    if (code != LR_OK) return code;
    const double numbers[6] = {lower.x, lower.y, lower.z, upper.x, upper.y, upper.z};
    code = lr_check_finite(numbers, 6);
    if (code != LR_OK) return lr_end_call(handle, code);
    lr_point corners[2] = {lower, upper};
    return add_event(handle, recorder, RECORD_INVALIDATE, corners, sizeof corners);
}

int lr_store(lr_recorder *handle, int64_t size_cap_bytes) {
    struct recorder *recorder;
    int code = begin_event(handle, &recorder);
    if (code != LR_OK) return code;
    struct open_frame *open = &recorder->open;
    if (size_cap_bytes < 0 || size_cap_bytes > MAXIMUM_STORE_BYTES) return lr_end_call(handle, LR_RANGE);
    if (!open->has_start || open->has_store) return lr_end_call(handle, LR_OUT_OF_PLACE);
    recorder->has_store = true;
    open->has_store = true;
    return lr_end_call(handle, lr_append(recorder, RECORD_STORE, &size_cap_bytes, sizeof size_cap_bytes, NULL, 0));
}

int lr_store_off(lr_recorder *handle) {
    struct recorder *recorder;
    int code = begin_event(handle, &recorder);
    if (code != LR_OK) return code;
    if (recorder->session == SESSION_RUNNING && !recorder->has_store && !recorder->store_is_assumed)
        return lr_end_call(handle, LR_NO_STORE);
    recorder->has_store = false;
    recorder->store_is_assumed = false;
    return add_event(handle, recorder, RECORD_STORE_OFF, NULL, 0);
}

int lr_store_damage(lr_recorder *handle, lr_region region) {
    struct recorder *recorder;
    int code = begin_event(handle, &recorder);
    if (code != LR_OK) return code;
    code = lr_check_region(region, 1);
    if (code != LR_OK) return lr_end_call(handle, code);
    return add_event(handle, recorder, RECORD_STORE_DAMAGE, &region, sizeof region);
}

int lr_write_back_dropped(lr_recorder *handle, const lr_row_key *row) {
    struct recorder *recorder;
    int code = begin_event(handle, &recorder);
    if (code != LR_OK) return code;
    if (row == NULL) return lr_end_call(handle, LR_NULL);
    code = lr_check_finite(&row->base_spacing, 1);
    if (code != LR_OK) return lr_end_call(handle, code);
    bool is_within = row->base_spacing >= 0.25 && row->base_spacing <= 64 && row->region_edge >= 1
        && row->region_edge <= 128 && lr_check_region(row->region, row->region_edge) == LR_OK;
    if (!is_within) return lr_end_call(handle, LR_RANGE);
    return add_event(handle, recorder, RECORD_WRITE_BACK_DROPPED, row, sizeof *row);
}

static int begin_event(lr_recorder *handle, struct recorder **recorder) {
    int code = lr_begin_call(handle, recorder);
    if (code != LR_OK) return code;
    if ((*recorder)->session == SESSION_NONE) return lr_end_call(handle, LR_NO_SESSION);
    return (*recorder)->open.events < MAXIMUM_EVENTS ? LR_OK : lr_end_call(handle, LR_TOO_MANY);
}

static int add_event(
    lr_recorder *handle, struct recorder *recorder, enum record_kind kind, const void *content, size_t bytes) {
    recorder->open.events++;
    return lr_end_call(handle, lr_append(recorder, kind, content, bytes, NULL, 0));
}

static int add_configuration(
    struct recorder *recorder, enum record_kind kind, const lr_configuration *configuration, bool ends_session) {
    struct configuration_record record;
    record.values = *configuration;
    record.ends_session = ends_session;
    lr_copy_budgets(&record.budgets, &configuration->budgets);
    int code = lr_append(recorder, kind, &record, sizeof record, NULL, 0);
    if (code != LR_OK) return code;
    recorder->configurations++;
    recorder->open.configurations++;
    return LR_OK;
}

static int check_configuration(const struct recorder *recorder, const lr_configuration *configuration) {
    int code = lr_check_struct(configuration, sizeof *configuration);
    if (code != LR_OK) return code;
    if (configuration->chunks_start_loaded > 1 || configuration->variant < 0 || configuration->variant > 1) return LR_RANGE;
    const double numbers[2] = {configuration->base_spacing, configuration->reanchor_distance};
    code = lr_check_finite(numbers, 2);
    if (code == LR_OK) code = lr_check_budgets(&configuration->budgets);
    return code == LR_OK && recorder->configurations >= MAXIMUM_CONFIGURATIONS ? LR_TOO_MANY : code;
}

/* Writes each with its 0, one after another. O(stages^2) for what is there twice, of at most 64. */
static int copy_names(struct engine_record *record, const char *name, const char *const *stages, size_t *bytes) {
    size_t count, at;
    int code = lr_check_name(name, MAXIMUM_ENGINE_NAME, &count);
    if (code != LR_OK) return code;
    memcpy(record->names, name, count + 1);
    at = count + 1;
    for (uint32_t i = 0; i < record->stages; i++) {
        code = lr_check_name(stages[i], MAXIMUM_NAME, &count);
        if (code != LR_OK) return code;
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(stages[i], stages[j]) == 0) return LR_NAME;
        memcpy(record->names + at, stages[i], count + 1);
        at += count + 1;
    }
    *bytes = at;
    return LR_OK;
}

/* 0 of an empty box; UINT64_MAX where there are more than fit. */
static uint64_t voxels(lr_coordinate lower, lr_coordinate upper) {
    if (lower.x >= upper.x || lower.y >= upper.y || lower.z >= upper.z) return 0;
    const uint64_t extents[3] = {
        (uint64_t)upper.x - (uint64_t)lower.x, (uint64_t)upper.y - (uint64_t)lower.y,
        (uint64_t)upper.z - (uint64_t)lower.z};
    uint64_t product = 1;
    for (int i = 0; i < 3; i++) {
        if (extents[i] > UINT64_MAX / product) return UINT64_MAX;
        product *= extents[i];
    }
    return product;
}

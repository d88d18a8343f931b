/*
 *     record-calls CALLS PATH [FRAMES_PER_FLUSH]
 *
 * Records a call script (see sample.calls). Exit status 1, with the line, at the first call that is refused or cannot be read.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lumon_recorder.h>

static unsigned long line_number;
static char *rest; /* of the line */

static void fail(const char *what) {
    fprintf(stderr, "line %lu: %s\n", line_number, what);
    exit(1);
}

static char *word(void) {
    char *found = strtok_r(NULL, " ", &rest);
    if (found == NULL) fail("a word is missing");
    return found;
}

static int has_more(void) { return rest != NULL && *rest != 0; }

static uint64_t number(int base) {
    char *text = word(), *end;
    uint64_t value = strtoull(text, &end, base);
    if (end == text || *end != 0) fail(text);
    return value;
}

static uint64_t natural(void) { return number(10); }

static int64_t integer(void) {
    char *text = word(), *end;
    int64_t value = strtoll(text, &end, 10);
    if (end == text || *end != 0) fail(text);
    return value;
}

static double real(void) {
    uint64_t bits = number(16);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static lr_point point(void) {
    lr_point result;
    result.x = real();
    result.y = real();
    result.z = real();
    return result;
}

static lr_coordinate coordinate(void) {
    lr_coordinate result;
    result.x = integer();
    result.y = integer();
    result.z = integer();
    return result;
}

static lr_region region(void) {
    lr_region result;
    result.level = (uint32_t)natural();
    result.x = (int32_t)integer();
    result.y = (int32_t)integer();
    result.z = (int32_t)integer();
    return result;
}

static uint8_t *bytes(size_t *count) {
    char *text = word();
    *count = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
    uint8_t *result = malloc(*count + 1);
    for (size_t i = 0; i < *count; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], 0};
        result[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return result;
}

static lr_budgets budgets(int32_t per_level[64]) {
    lr_budgets result = {.per_level = per_level};
    result.total = (int32_t)integer();
    result.upload_bytes = integer();
    result.per_level_count = (uint32_t)natural();
    for (uint32_t i = 0; i < result.per_level_count && i < 64; i++) per_level[i] = (int32_t)integer();
    return result;
}

static lr_configuration configuration(int32_t per_level[64]) {
    lr_configuration result = {.struct_size = sizeof result};
    result.world_seed = natural();
    /* The variant is in the same number, as in the canonical form. */
    uint64_t flags = (uint64_t)natural();
    result.chunks_start_loaded = flags & 1;
    result.variant = (int32_t)(flags >> 1);
    result.layout_version = (uint32_t)natural();
    result.base_spacing = real();
    result.resolution = (int32_t)integer();
    result.levels = (int32_t)integer();
    result.reanchor_distance = real();
    result.region_edge = (int32_t)integer();
    result.near_levels = (int32_t)integer();
    result.cache_bytes = integer();
    result.cast_latency_frames = (int32_t)integer();
    result.store_latency_frames = (int32_t)integer();
    result.budgets = budgets(per_level);
    return result;
}

static int engine(lr_recorder *recorder) {
    int has_own_voxels = (int)natural();
    const char *name = word(), *stages[64];
    uint32_t count = 0;
    while (has_more() && count < 64) stages[count++] = word();
    return lr_engine(recorder, name, stages, count, has_own_voxels);
}

static uint64_t *requests(size_t *count) {
    *count = natural();
    uint64_t *result = malloc((*count + 1) * sizeof *result);
    for (size_t i = 0; i < *count; i++) result[i] = natural();
    return result;
}

static int completed_with(lr_recorder *recorder) {
    size_t count = natural();
    uint64_t *names = malloc((count + 1) * sizeof *names), *payloads = malloc((count + 1) * sizeof *payloads);
    uint8_t *outcomes = malloc(count + 1);
    for (size_t i = 0; i < count; i++) {
        names[i] = natural();
        outcomes[i] = (uint8_t)natural();
        payloads[i] = number(16);
    }
    int code = lr_completed(recorder, names, outcomes, payloads, count);
    free(names);
    free(outcomes);
    free(payloads);
    return code;
}

static int claimed(lr_recorder *recorder) {
    size_t count = natural();
    uint64_t *names = malloc((count + 1) * sizeof *names);
    uint32_t *stages = malloc((count + 1) * sizeof *stages);
    for (size_t i = 0; i < count; i++) {
        names[i] = natural();
        stages[i] = (uint32_t)natural();
    }
    int code = lr_claimed(recorder, names, stages, count);
    free(names);
    free(stages);
    return code;
}

static int checkpoint(lr_recorder *recorder) {
    uint64_t stages[64], levels[64];
    uint32_t version = (uint32_t)natural(), stage_count = (uint32_t)natural();
    for (uint32_t i = 0; i < stage_count; i++) stages[i] = number(16);
    uint32_t level_count = (uint32_t)natural();
    for (uint32_t i = 0; i < level_count; i++) levels[i] = number(16);
    size_t count;
    uint8_t *digest = bytes(&count);
    int code = lr_checkpoint(recorder, version, stages, stage_count, levels, level_count, count == 16 ? digest : NULL);
    free(digest);
    return code;
}

static int frame(lr_recorder *recorder) {
    lr_camera camera = {.struct_size = sizeof camera};
    camera.position = point();
    camera.orientation.x = real();
    camera.orientation.y = real();
    camera.orientation.z = real();
    camera.orientation.w = real();
    camera.field_of_view = real();
    camera.engine_time_ns = integer();
    camera.has_selection_position = has_more();
    if (camera.has_selection_position) camera.selection_position = point();
    return lr_frame(recorder, &camera);
}

static int call(lr_recorder *recorder, const char *verb) {
    int32_t per_level[64];
    size_t count;
    int code;
    if (strcmp(verb, "engine") == 0) return engine(recorder);
    if (strcmp(verb, "start") == 0 || strcmp(verb, "configure") == 0) {
        lr_configuration given = configuration(per_level);
        return *verb == 's' ? lr_session_start(recorder, &given) : lr_configure(recorder, &given);
    }
    if (strcmp(verb, "end") == 0) return lr_session_end(recorder);
    if (strcmp(verb, "edit") == 0) {
        lr_coordinate lower = coordinate(), upper = coordinate();
        return lr_edit(recorder, lower, upper, (uint32_t)natural());
    }
    if (strcmp(verb, "chunk_load") == 0) return lr_chunk_load(recorder, coordinate());
    if (strcmp(verb, "chunk_unload") == 0) return lr_chunk_unload(recorder, coordinate());
    if (strcmp(verb, "invalidate") == 0) {
        lr_point lower = point(), upper = point();
        return lr_invalidate(recorder, lower, upper);
    }
    if (strcmp(verb, "store") == 0) return lr_store(recorder, integer());
    if (strcmp(verb, "store_off") == 0) return lr_store_off(recorder);
    if (strcmp(verb, "store_damage") == 0) return lr_store_damage(recorder, region());
    if (strcmp(verb, "write_back_dropped") == 0) {
        lr_row_key row;
        row.seed = natural();
        row.layout_version = (uint32_t)natural();
        row.fingerprint = number(16);
        row.base_spacing = real();
        row.region_edge = (int32_t)integer();
        row.region = region();
        return lr_write_back_dropped(recorder, &row);
    }
    if (strcmp(verb, "completed_with") == 0) return completed_with(recorder);
    if (strcmp(verb, "claimed") == 0) return claimed(recorder);
    if (strcmp(verb, "completed") == 0 || strcmp(verb, "accepted") == 0 || strcmp(verb, "refused") == 0
        || strcmp(verb, "solid") == 0) {
        uint64_t *names = requests(&count);
        code = *verb == 'c'   ? lr_completed(recorder, names, NULL, NULL, count)
            : *verb == 'a' ? lr_accepted(recorder, names, count)
            : *verb == 'r' ? lr_refused(recorder, names, count)
                           : lr_solid(recorder, names, count);
        free(names);
        return code;
    }
    if (strcmp(verb, "reply_absent") == 0) return lr_reply_absent(recorder, natural());
    if (strcmp(verb, "reply_damaged") == 0) return lr_reply_damaged(recorder, natural());
    if (strcmp(verb, "reply_region") == 0) {
        uint64_t request = natural();
        uint8_t *content = bytes(&count);
        code = lr_reply_region(recorder, request, content, count);
        free(content);
        return code;
    }
    if (strcmp(verb, "checkpoint") == 0) return checkpoint(recorder);
    if (strcmp(verb, "snapshot") == 0) {
        const char *format = word();
        uint8_t *content = bytes(&count);
        code = lr_snapshot(recorder, format, content, count, NULL, NULL);
        free(content);
        return code;
    }
    if (strcmp(verb, "budgets") == 0) {
        lr_budgets given = budgets(per_level);
        return lr_set_budgets(recorder, &given);
    }
    if (strcmp(verb, "missed") == 0) return lr_missed(recorder, (uint32_t)natural());
    if (strcmp(verb, "frame") == 0) return frame(recorder);
    if (strcmp(verb, "finish") == 0) return lr_close(recorder);
    fail("an unknown verb");
    return LR_OK;
}

int main(int count, char **arguments) {
    if (count != 3 && count != 4) {
        fprintf(stderr, "usage: record-calls CALLS PATH [FRAMES_PER_FLUSH]\n");
        return 64;
    }
    FILE *calls = fopen(arguments[1], "r");
    if (calls == NULL) {
        perror(arguments[1]);
        return 1;
    }
    lr_recorder *recorder;
    char error[512];
    lr_options options = LR_OPTIONS_INIT;
    options.error_text = error;
    options.error_text_bytes = sizeof error;
    if (count == 4) options.frames_per_flush = (uint32_t)strtoul(arguments[3], NULL, 10);
    int code = lr_open(arguments[2], &options, &recorder);
    if (code != LR_OK) {
        fprintf(stderr, "%s: %s\n", lr_error_text(code), error);
        return 1;
    }
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, calls)) >= 0) {
        line_number++;
        if (length > 0 && line[length - 1] == '\n') line[length - 1] = 0;
        if (line[0] == 0 || line[0] == '#') continue;
        const char *verb = strtok_r(line, " ", &rest);
        code = call(recorder, verb);
        if (code != LR_OK) fail(lr_error_text(code));
    }
    free(line);
    fclose(calls);
    return 0;
}

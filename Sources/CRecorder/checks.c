/* What the caller's values have to be. */
#include <math.h>
#include <string.h>

#include "internal.h"

static bool is_utf8(const char *text, size_t bytes);

int lr_check_name(const char *text, size_t limit, size_t *bytes) {
    if (text == NULL) return LR_NULL;
    const char *end = memchr(text, 0, limit + 1);
    if (end == NULL || end == text) return LR_NAME;
    *bytes = (size_t)(end - text);
    return is_utf8(text, *bytes) ? LR_OK : LR_NAME;
}

int lr_check_finite(const double *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i])) return LR_NOT_FINITE;
    return LR_OK;
}

int lr_check_budgets(const lr_budgets *budgets) {
    if (budgets->per_level_count > MAXIMUM_LEVEL_BUDGETS) return LR_TOO_MANY;
    return budgets->per_level == NULL && budgets->per_level_count > 0 ? LR_NULL : LR_OK;
}

int lr_check_region(lr_region region, int32_t edge) {
    int32_t limit = INT32_MAX / edge - 1;
    bool is_within = region.x >= -limit && region.x <= limit && region.y >= -limit && region.y <= limit
        && region.z >= -limit && region.z <= limit;
    return region.level < 8 && is_within ? LR_OK : LR_RANGE;
}

int lr_check_struct(const void *given, uint32_t known) {
    if (given == NULL) return LR_NULL;
    uint32_t size;
    memcpy(&size, given, sizeof size);
    if (size < known || size > 4096) return LR_STRUCT_SIZE;
    /* What a newer header has more is not known here: it must say nothing. */
    const uint8_t *bytes = given;
    for (uint32_t i = known; i < size; i++)
        if (bytes[i] != 0) return LR_STRUCT_SIZE;
    return LR_OK;
}

/* A replay refuses a position whose window leaves the range of int32, with a margin of one window: so does the recorder. */
int lr_check_position(const struct recorder *recorder, lr_point position) {
    const double values[3] = {position.x, position.y, position.z};
    if (lr_check_finite(values, 3) != LR_OK) return LR_NOT_FINITE;
    if (recorder->session != SESSION_RUNNING) return LR_OK;
    double spacing = recorder->configuration.base_spacing;
    spacing = spacing < 0.25 ? 0.25 : spacing > 64 ? 64 : spacing;
    int32_t resolution = recorder->configuration.resolution;
    resolution = resolution < 8 ? 8 : resolution > 128 ? 128 : resolution;
    double limit = INT32_MAX - 2 * resolution;
    /* The floor of the quotient is within the limit, on both sides; a library for engines needs no libm. */
    for (int i = 0; i < 3; i++)
        if (values[i] / spacing < -limit || values[i] / spacing >= limit + 1) return LR_RANGE;
    return LR_OK;
}

void lr_copy_budgets(struct budgets_record *record, const lr_budgets *budgets) {
    record->upload_bytes = budgets->upload_bytes;
    record->total = budgets->total;
    record->count = budgets->per_level_count;
    if (budgets->per_level_count > 0)
        memcpy(record->per_level, budgets->per_level, budgets->per_level_count * sizeof *budgets->per_level);
}

/* Without overlong forms, surrogates, and what is beyond U+10FFFF: a reader of protobuf refuses those. */
static bool is_utf8(const char *text, size_t bytes) {
    const uint8_t *at = (const uint8_t *)text, *end = at + bytes;
    while (at < end) {
        uint8_t lead = *at++;
        int more = lead < 0x80 ? 0 : lead < 0xC2 ? -1 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : -1;
        if (more < 0 || end - at < more) return false;
        if (more > 0) {
            uint8_t least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
            uint8_t most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
            if (*at < least || *at > most) return false;
        }
        for (int i = 1; i < more; i++)
            if ((at[i] & 0xC0) != 0x80) return false;
        at += more;
    }
    return true;
}

/* What the test programs of the recorder share. */
#ifndef CHECK_H
#define CHECK_H

#include <lumon_recorder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A call must return a code. */
#define EXPECT(expected, call)                                                                            \
    do {                                                                                                  \
        long long wanted = (expected), got = (call);                                                      \
        if (wanted != got) {                                                                              \
            fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #call, got, wanted); \
            exit(1);                                                                                      \
        }                                                                                                 \
    } while (0)

static inline lr_configuration some_configuration(void) {
    static const int32_t per_level[2] = {4, 1};
    lr_configuration result = {.struct_size = sizeof result};
    result.world_seed = 53;
    result.chunks_start_loaded = 1;
    result.layout_version = 1;
    result.resolution = 8;
    result.base_spacing = 2;
    result.levels = 2;
    result.region_edge = 2;
    result.near_levels = 1;
    result.cast_latency_frames = 2;
    result.store_latency_frames = 4;
    result.budgets = (lr_budgets){per_level, 2, 512, 2097152};
    return result;
}

static inline lr_camera some_camera(void) {
    lr_camera result = {.struct_size = sizeof result};
    result.orientation.w = 1;
    result.position.y = 70;
    return result;
}

static inline lr_statistics statistics_of(lr_recorder *recorder) {
    lr_statistics result = {.struct_size = sizeof result};
    EXPECT(LR_OK, lr_get_statistics(recorder, &result));
    return result;
}

static inline int exists(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file != NULL) fclose(file);
    return file != NULL;
}

#endif

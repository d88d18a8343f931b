/* misuse PATH: whatever a caller does wrong is an error of its own, and what was recorded is not touched by it. */
#include <math.h>
#include <pthread.h>

#include "check.h"

static lr_recorder *recorder;

/* All functions that take a recorder, with arguments that are right. */
static void expect_of_all(int code, lr_recorder *of) {
    lr_configuration configuration = some_configuration();
    lr_camera camera = some_camera();
    lr_statistics statistics = {.struct_size = sizeof statistics};
    lr_row_key row = {.base_spacing = 1, .region_edge = 1};
    lr_budgets budgets = {NULL, 0, 1, 1};
    lr_coordinate at = {0, 0, 0};
    lr_point point = {0, 0, 0};
    lr_region region = {0, 0, 0, 0};
    uint64_t request = 1;
    uint8_t digest[16] = {0};
    const char *stage = "a";
    EXPECT(code, lr_get_statistics(of, &statistics));
    EXPECT(code, lr_needs_snapshot(of));
    EXPECT(code, lr_session_start(of, &configuration));
    EXPECT(code, lr_configure(of, &configuration));
    EXPECT(code, lr_session_end(of));
    EXPECT(code, lr_engine(of, "e", &stage, 1, 0));
    EXPECT(code, lr_edit(of, at, at, 1));
    EXPECT(code, lr_chunk_load(of, at));
    EXPECT(code, lr_chunk_unload(of, at));
    EXPECT(code, lr_invalidate(of, point, point));
    EXPECT(code, lr_store(of, 1));
    EXPECT(code, lr_store_off(of));
    EXPECT(code, lr_store_damage(of, region));
    EXPECT(code, lr_write_back_dropped(of, &row));
    EXPECT(code, lr_completed(of, &request, NULL, NULL, 1));
    EXPECT(code, lr_claimed(of, &request, NULL, 1));
    EXPECT(code, lr_accepted(of, &request, 1));
    EXPECT(code, lr_refused(of, &request, 1));
    EXPECT(code, lr_solid(of, &request, 1));
    EXPECT(code, lr_reply_absent(of, 1));
    EXPECT(code, lr_reply_damaged(of, 1));
    EXPECT(code, lr_reply_region(of, 1, NULL, 0));
    EXPECT(code, lr_checkpoint(of, 1, &request, 1, &request, 1, digest));
    EXPECT(code, lr_snapshot(of, "f", NULL, 0, NULL, NULL));
    EXPECT(code, lr_set_budgets(of, &budgets));
    EXPECT(code, lr_missed(of, 1));
    EXPECT(code, lr_frame(of, &camera));
    EXPECT(code, lr_close(of));
}

static void *of_another_thread(void *path) {
    char text[8];
    expect_of_all(LR_WRONG_THREAD, recorder);
    EXPECT(LR_WRONG_THREAD, lr_last_error(recorder, text, sizeof text));
    return path;
}

static void *attached(void *path) {
    lr_camera camera = some_camera();
    EXPECT(LR_OK, lr_attach(recorder));
    EXPECT(LR_OK, lr_frame(recorder, &camera));
    return path;
}

static void run(void *(*body)(void *), void *argument) {
    pthread_t thread;
    EXPECT(0, pthread_create(&thread, NULL, body, argument));
    pthread_join(thread, NULL);
}

static void refuse_values_of_sessions(void) {
    lr_configuration bad = some_configuration();
    EXPECT(LR_NULL, lr_session_start(recorder, NULL));
    bad.struct_size--;
    EXPECT(LR_STRUCT_SIZE, lr_session_start(recorder, &bad));
    bad = some_configuration();
    bad.base_spacing = NAN;
    EXPECT(LR_NOT_FINITE, lr_session_start(recorder, &bad));
    bad = some_configuration();
    bad.reanchor_distance = INFINITY;
    EXPECT(LR_NOT_FINITE, lr_session_start(recorder, &bad));
    bad = some_configuration();
    bad.budgets.per_level_count = 65;
    EXPECT(LR_TOO_MANY, lr_session_start(recorder, &bad));
    bad.budgets.per_level = NULL;
    bad.budgets.per_level_count = 1;
    EXPECT(LR_NULL, lr_session_start(recorder, &bad));
    bad = some_configuration();
    bad.chunks_start_loaded = 2;
    EXPECT(LR_RANGE, lr_session_start(recorder, &bad));
    EXPECT(LR_NO_SESSION, lr_session_end(recorder));
    EXPECT(LR_NO_SESSION, lr_store(recorder, 1));
    EXPECT(LR_NO_SESSION, lr_configure(recorder, &bad));
    EXPECT(LR_NO_SESSION, lr_chunk_load(recorder, (lr_coordinate){0, 0, 0}));
    lr_camera camera = some_camera();
    EXPECT(LR_NO_START, lr_frame(recorder, &camera));

    lr_configuration good = some_configuration();
    EXPECT(LR_OK, lr_session_start(recorder, &good));
    EXPECT(LR_OUT_OF_PLACE, lr_session_start(recorder, &good));
    EXPECT(LR_OUT_OF_PLACE, lr_session_end(recorder));
    EXPECT(LR_NO_STORE, lr_store_off(recorder));
    EXPECT(LR_RANGE, lr_store(recorder, -1));
    EXPECT(LR_RANGE, lr_store(recorder, ((int64_t)1 << 50) + 1));
    EXPECT(LR_OK, lr_store(recorder, (int64_t)1 << 50));
    EXPECT(LR_OUT_OF_PLACE, lr_store(recorder, 1));
    bad = good;
    bad.world_seed = 1;
    EXPECT(LR_RANGE, lr_configure(recorder, &bad));
    bad = good;
    bad.chunks_start_loaded = 0;
    EXPECT(LR_RANGE, lr_configure(recorder, &bad));
}

static void refuse_names(void) {
    char longest[201], stage[65];
    memset(longest, 'n', 200);
    longest[200] = 0;
    memset(stage, 's', 64);
    stage[64] = 0;
    const char *twice[2] = {"a", "a"}, *stages[2] = {"a", stage}, *empty[1] = {""}, *null[1] = {NULL};
    const char *invalid[] = {"", "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"};
    EXPECT(LR_NULL, lr_engine(recorder, NULL, NULL, 0, 0));
    EXPECT(LR_NULL, lr_engine(recorder, "e", NULL, 1, 0));
    EXPECT(LR_NULL, lr_engine(recorder, "e", null, 1, 0));
    EXPECT(LR_NAME, lr_engine(recorder, "e", twice, 2, 0));
    EXPECT(LR_NAME, lr_engine(recorder, "e", empty, 1, 0));
    EXPECT(LR_TOO_MANY, lr_engine(recorder, "e", stages, 65, 0));
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        EXPECT(LR_NAME, lr_engine(recorder, invalid[i], NULL, 0, 0));
    EXPECT(LR_OK, lr_engine(recorder, longest, stages, 2, 1));
    EXPECT(LR_OUT_OF_PLACE, lr_engine(recorder, "e", NULL, 0, 0));
    EXPECT(LR_NAME, lr_snapshot(recorder, longest, NULL, 0, NULL, NULL));
    EXPECT(LR_NULL, lr_snapshot(recorder, NULL, NULL, 0, NULL, NULL));
    EXPECT(LR_NULL, lr_snapshot(recorder, "f", NULL, 1, NULL, NULL));
    EXPECT(LR_RANGE, lr_snapshot(recorder, "f", longest, ((size_t)1 << 30) + 1, NULL, NULL));
}

static void refuse_values_of_events(void) {
    lr_coordinate zero = {0, 0, 0}, most = {64, 64, 64}, over = {64, 64, 65};
    lr_coordinate least = {INT64_MIN, INT64_MIN, INT64_MIN}, greatest = {INT64_MAX, INT64_MAX, INT64_MAX};
    EXPECT(LR_OK, lr_edit(recorder, zero, most, 9));
    EXPECT(LR_OK, lr_edit(recorder, greatest, least, 0));
    EXPECT(LR_RANGE, lr_edit(recorder, zero, over, 1));
    EXPECT(LR_RANGE, lr_edit(recorder, least, greatest, 1));
    EXPECT(LR_RANGE, lr_edit(recorder, zero, most, 10));
    EXPECT(LR_NOT_FINITE, lr_invalidate(recorder, (lr_point){0, NAN, 0}, (lr_point){0, 0, 0}));
    EXPECT(LR_NOT_FINITE, lr_invalidate(recorder, (lr_point){0, 0, 0}, (lr_point){0, 0, -INFINITY}));
    EXPECT(LR_RANGE, lr_store_damage(recorder, (lr_region){8, 0, 0, 0}));
    EXPECT(LR_RANGE, lr_store_damage(recorder, (lr_region){0, INT32_MAX, 0, 0}));
    EXPECT(LR_RANGE, lr_store_damage(recorder, (lr_region){0, 0, 0, INT32_MIN}));
    EXPECT(LR_NULL, lr_write_back_dropped(recorder, NULL));
    lr_row_key row = {.base_spacing = NAN, .region_edge = 1};
    EXPECT(LR_NOT_FINITE, lr_write_back_dropped(recorder, &row));
    row.base_spacing = 0.2;
    EXPECT(LR_RANGE, lr_write_back_dropped(recorder, &row));
    row.base_spacing = 1;
    row.region_edge = 129;
    EXPECT(LR_RANGE, lr_write_back_dropped(recorder, &row));
    row.region_edge = 128;
    row.region.x = 16777215;
    EXPECT(LR_RANGE, lr_write_back_dropped(recorder, &row));
    row.region.x = 16777214;
    EXPECT(LR_OK, lr_write_back_dropped(recorder, &row));
}

static void refuse_values_of_work(void) {
    uint64_t requests[2] = {1, 2}, digests[65] = {0};
    uint8_t outcomes[2] = {1, 0}, bytes[60] = {0};
    uint32_t stages[2] = {0, 64};
    EXPECT(LR_NULL, lr_completed(recorder, NULL, NULL, NULL, 1));
    EXPECT(LR_TOO_MANY, lr_completed(recorder, requests, NULL, NULL, (1u << 20) + 1));
    EXPECT(LR_RANGE, lr_completed(recorder, requests, outcomes, requests, 2));
    outcomes[1] = 5;
    EXPECT(LR_RANGE, lr_completed(recorder, requests, outcomes, requests, 2));
    EXPECT(LR_OK, lr_completed(recorder, requests, outcomes, requests, 1));
    EXPECT(LR_OUT_OF_PLACE, lr_completed(recorder, requests, NULL, NULL, 1));
    EXPECT(LR_OUT_OF_PLACE, lr_completed(recorder, requests, outcomes, NULL, 1));
    EXPECT(LR_OK, lr_completed(recorder, NULL, NULL, NULL, 0));
    EXPECT(LR_RANGE, lr_claimed(recorder, requests, stages, 2));
    EXPECT(LR_OK, lr_claimed(recorder, requests, stages, 1));
    EXPECT(LR_OUT_OF_PLACE, lr_claimed(recorder, requests, NULL, 1));
    EXPECT(LR_NULL, lr_accepted(recorder, NULL, 1));
    EXPECT(LR_TOO_MANY, lr_refused(recorder, requests, SIZE_MAX));
    EXPECT(LR_RANGE, lr_reply_region(recorder, 1, bytes, 59));
    EXPECT(LR_NULL, lr_reply_region(recorder, 1, NULL, 60));
    EXPECT(LR_RANGE, lr_reply_region(recorder, 1, bytes, (size_t)60 * 128 * 128 * 128 + 60));
    EXPECT(LR_NULL, lr_checkpoint(recorder, 1, NULL, 1, NULL, 0, NULL));
    EXPECT(LR_TOO_MANY, lr_checkpoint(recorder, 1, digests, 65, NULL, 0, NULL));
    EXPECT(LR_TOO_MANY, lr_checkpoint(recorder, 1, NULL, 0, digests, 65, NULL));
    EXPECT(LR_OK, lr_checkpoint(recorder, 1, digests, 64, NULL, 0, NULL));
    EXPECT(LR_OUT_OF_PLACE, lr_checkpoint(recorder, 1, digests, 1, NULL, 0, NULL));
    EXPECT(LR_NULL, lr_set_budgets(recorder, NULL));
    lr_budgets budgets = {NULL, 65, 0, 0};
    EXPECT(LR_TOO_MANY, lr_set_budgets(recorder, &budgets));
    EXPECT(LR_RANGE, lr_missed(recorder, UINT32_MAX));
}

static void refuse_values_of_frames(void) {
    lr_camera camera = some_camera();
    EXPECT(LR_NULL, lr_frame(recorder, NULL));
    camera.struct_size = 8;
    EXPECT(LR_STRUCT_SIZE, lr_frame(recorder, &camera));
    camera = some_camera();
    camera.position.x = NAN;
    EXPECT(LR_NOT_FINITE, lr_frame(recorder, &camera));
    camera.position.x = 5e9;
    EXPECT(LR_RANGE, lr_frame(recorder, &camera));
    camera = some_camera();
    camera.orientation.z = INFINITY;
    EXPECT(LR_NOT_FINITE, lr_frame(recorder, &camera));
    camera = some_camera();
    camera.field_of_view = NAN;
    EXPECT(LR_NOT_FINITE, lr_frame(recorder, &camera));
    camera = some_camera();
    camera.selection_position.x = NAN;
    camera.has_selection_position = 1;
    EXPECT(LR_NOT_FINITE, lr_frame(recorder, &camera));
    camera.has_selection_position = 0;
    EXPECT(LR_OK, lr_frame(recorder, &camera));
}

static void refuse_options(const char *path) {
    lr_recorder *none = recorder;
    lr_options options = LR_OPTIONS_INIT;
    EXPECT(LR_NULL, lr_open(path, NULL, NULL));
    EXPECT(LR_NULL, lr_open(NULL, NULL, &none));
    EXPECT(1, none == NULL);
    options.frames_per_flush = 257;
    EXPECT(LR_RANGE, lr_open(path, &options, &none));
    options.frames_per_flush = 0;
    options.ring_bytes = 1;
    EXPECT(LR_RANGE, lr_open(path, &options, &none));
    options.ring_bytes = 0;
    options.struct_size = 4;
    EXPECT(LR_STRUCT_SIZE, lr_open(path, &options, &none));
    /* A newer header's structure, of which nothing is said that is not known here. */
    struct { lr_options known; uint64_t newer; } larger = {LR_OPTIONS_INIT, 0};
    larger.known.struct_size = sizeof larger;
    larger.newer = 1;
    EXPECT(LR_STRUCT_SIZE, lr_open(path, &larger.known, &none));
    larger.newer = 0;
    EXPECT(LR_OK, lr_open(path, &larger.known, &recorder));
}

static void refuse_too_many(const char *path) {
    lr_recorder *all[LR_MAXIMUM_RECORDERS], *one_more;
    char name[4096];
    for (int i = 0; i < LR_MAXIMUM_RECORDERS; i++) {
        snprintf(name, sizeof name, "%s.%d", path, i);
        EXPECT(LR_OK, lr_open(name, &(lr_options){.struct_size = sizeof(lr_options), .ring_bytes = 4096}, &all[i]));
    }
    snprintf(name, sizeof name, "%s.more", path);
    EXPECT(LR_TOO_MANY_RECORDERS, lr_open(name, NULL, &one_more));
    strcat(name, ".partial");
    EXPECT(0, exists(name));
    for (int i = 0; i < LR_MAXIMUM_RECORDERS; i++) EXPECT(LR_NO_FRAMES, lr_close(all[i]));
    snprintf(name, sizeof name, "%s.0.partial", path);
    EXPECT(0, exists(name));
}

int main(int count, char **arguments) {
    if (count != 2) return 64;
    const char *path = arguments[1];
    EXPECT(LR_ABI_VERSION, lr_abi_version());
    expect_of_all(LR_NULL, NULL);
    EXPECT(LR_NULL, lr_attach(NULL));
    expect_of_all(LR_CLOSED, (lr_recorder *)&count);
    expect_of_all(LR_CLOSED, (lr_recorder *)(uintptr_t)0x101);
    refuse_options(path);
    refuse_values_of_sessions();
    refuse_names();
    refuse_values_of_events();
    refuse_values_of_work();
    refuse_values_of_frames();
    run(of_another_thread, NULL);
    run(attached, NULL);
    lr_camera camera = some_camera();
    EXPECT(LR_WRONG_THREAD, lr_frame(recorder, &camera));
    EXPECT(LR_OK, lr_attach(recorder));
    EXPECT(LR_OK, lr_frame(recorder, &camera));
    EXPECT(LR_OUT_OF_PLACE, lr_engine(recorder, "late", NULL, 0, 0));
    EXPECT(3, statistics_of(recorder).frames_recorded);
    EXPECT(LR_OK, lr_close(recorder));
    expect_of_all(LR_CLOSED, recorder);
    EXPECT(LR_CLOSED, lr_attach(recorder));
    /* Its place is taken by another. */
    lr_recorder *old = recorder;
    char other[4096];
    snprintf(other, sizeof other, "%s.other", path);
    EXPECT(LR_OK, lr_open(other, NULL, &recorder));
    expect_of_all(LR_CLOSED, old);
    EXPECT(LR_NO_FRAMES, lr_close(recorder));
    refuse_too_many(path);
    for (int code = -30; code < 3; code++) EXPECT(1, lr_error_text(code)[0] != 0);
    puts("misuse: every wrong call has its code");
    return 0;
}

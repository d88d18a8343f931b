/*
 * benchmark PATH [FRAMES]: what it costs the caller's thread to record one frame of a live run: 64 results of casts, a checkpoint of 9 stages
 * and 4 levels, the camera. At 1000 frames a second, so that the caches are as cold as a game leaves them or warmer, and once as fast as
 * the ring takes them. Beside it, in the same run, a memcpy of as many bytes as one frame has in the file.
 */
#define _POSIX_C_SOURCE 200809L
#include <lumon_recorder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    const long long left = *(const long long *)a, right = *(const long long *)b;
    return left < right ? -1 : left > right;
}

static void print(const char *name, long long *times, long count) {
    qsort(times, (size_t)count, sizeof *times, ascending);
    printf(
        "%-22s p50 %6lld ns, p99 %6lld ns, p99.9 %6lld ns, most %8lld ns\n", name, times[count / 2], times[count * 99 / 100],
        times[count * 999 / 1000], times[count - 1]);
}

/* What the clock itself costs is in all figures. */
static int record(lr_recorder *recorder, long frame, const uint64_t *stages) {
    uint64_t requests[64];
    for (int i = 0; i < 64; i++) requests[i] = (uint64_t)frame * 64 + (uint64_t)(i * 37 % 64);
    const uint8_t digest[16] = {1};
    lr_completed(recorder, requests, NULL, NULL, 64);
    lr_checkpoint(recorder, 2, stages, 9, stages, 4, digest);
    lr_camera camera = {.struct_size = sizeof camera, .engine_time_ns = frame * 16666667, .position = {frame * 0.25, 70, 0}};
    camera.orientation.w = 1;
    return lr_frame(recorder, &camera);
}

int main(int count, char **arguments) {
    if (count < 2 || count > 3) {
        fprintf(stderr, "usage: benchmark PATH [FRAMES]\n");
        return 64;
    }
    const long frames = count == 3 ? atol(arguments[2]) : 5000;
    if (frames < 1000) {
        fprintf(stderr, "benchmark: at least 1000 frames, for a p99.9\n");
        return 64;
    }
    long long *times = malloc((size_t)frames * sizeof *times), *copies = malloc((size_t)frames * sizeof *copies);
    uint64_t stages[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const int32_t budgets[4] = {256, 128, 64, 32};
    for (int isPaced = 1; isPaced >= 0; isPaced--) {
        lr_recorder *recorder;
        lr_options options = LR_OPTIONS_INIT;
        options.ring_bytes = 64 << 20;
        if (lr_open(arguments[1], &options, &recorder) != LR_OK) {
            fprintf(stderr, "benchmark: %s cannot be opened\n", arguments[1]);
            return 74;
        }
        lr_configuration configuration = {.struct_size = sizeof configuration, .chunks_start_loaded = 1, .layout_version = 1};
        configuration.resolution = 32;
        configuration.base_spacing = 2;
        configuration.levels = 4;
        configuration.cast_latency_frames = 2;
        configuration.store_latency_frames = 2;
        configuration.budgets = (lr_budgets){budgets, 4, 512, 1 << 20};
        lr_session_start(recorder, &configuration);
        long dropped = 0;
        for (long frame = 0; frame < frames; frame++) {
            if (isPaced) nanosleep(&(struct timespec){0, 1000000}, NULL);
            const long long begin = now();
            dropped += record(recorder, frame, stages) != LR_OK;
            times[frame] = now() - begin;
        }
        lr_statistics statistics = {.struct_size = sizeof statistics};
        /* All of it has to be in the file before its size says something. */
        do {
            nanosleep(&(struct timespec){0, 5000000}, NULL);
            lr_get_statistics(recorder, &statistics);
        } while (statistics.ring_bytes_used > 0);
        if (lr_close(recorder) != LR_OK) return 74;
        const size_t bytes = (size_t)(statistics.bytes_written / statistics.frames_recorded);
        /* Each copy from and to another place, as each frame has. */
        uint8_t *from = malloc(64 << 20), *to = malloc(64 << 20);
        memset(from, 1, 64 << 20);
        memset(to, 2, 64 << 20);
        for (long frame = 0; frame < frames; frame++) {
            if (isPaced) nanosleep(&(struct timespec){0, 1000000}, NULL);
            const size_t place = (size_t)frame * bytes % ((64 << 20) - bytes);
            const long long begin = now();
            memcpy(to + place, from + place, bytes);
            copies[frame] = now() - begin;
        }
        printf(
            "%s: %ld frames, %ld dropped, %zu bytes a frame in the file\n", isPaced ? "1000 frames a second" : "as fast as it goes",
            frames, dropped, bytes);
        print("  recording", times, frames);
        print("  memcpy of the bytes", copies, frames);
        printf("  ratio of the p50      %.1f\n", (double)times[frames / 2] / (double)copies[frames / 2]);
        if (to[from[0]] == 0) puts("");
        free(from);
        free(to);
    }
    free(times);
    free(copies);
}

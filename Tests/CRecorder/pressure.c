/*
 *     pressure PATH FRAMES RING_BYTES DELAY_MICROSECONDS SEED
 *
 * Records as fast as it can against a disk on which each write takes so long, with snapshots where they are needed. Prints how many frames
 * were recorded and dropped, and how many gaps there are.
 *
 * Linked with -Wl,--wrap=write.
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static long delay;

ssize_t __real_write(int file, const void *bytes, size_t count);
ssize_t __wrap_write(int file, const void *bytes, size_t count);

ssize_t __wrap_write(int file, const void *bytes, size_t count) {
    struct timespec pause = {delay / 1000000, delay % 1000000 * 1000};
    if (delay > 0 && file > 2) nanosleep(&pause, NULL);
    /* The system may take less than it was given. */
    return __real_write(file, bytes, file > 2 && count > 1000 ? count - count / 3 : count);
}

static uint64_t state;

static uint64_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static _Atomic long held;

static void release(void *context, const void *bytes) {
    EXPECT(1, context == &held);
    memset((void *)(uintptr_t)bytes, 0xEE, 1000); /* it is ours again */
    free((void *)(uintptr_t)bytes);
    atomic_fetch_sub(&held, 1);
}

int main(int count, char **arguments) {
    if (count != 6) return 64;
    long frames = strtol(arguments[2], NULL, 10);
    delay = strtol(arguments[4], NULL, 10);
    state = strtoull(arguments[5], NULL, 10) * 2 + 1;
    lr_recorder *recorder;
    lr_options options = LR_OPTIONS_INIT;
    options.ring_bytes = strtoull(arguments[3], NULL, 10);
    options.frames_per_flush = 4;
    options.poll_microseconds = 200;
    options.is_live = 1;
    EXPECT(LR_OK, lr_open(arguments[1], &options, &recorder));
    lr_configuration configuration = some_configuration();
    lr_camera camera = some_camera();
    uint64_t requests[64], dropped = 0, recorded = 0;
    EXPECT(LR_OK, lr_session_start(recorder, &configuration));
    for (long frame = 0; frame < frames; frame++) {
        int worst = LR_OK;
        size_t completed = next_random() % 64;
        for (size_t i = 0; i < completed; i++) requests[i] = next_random();
        if (lr_needs_snapshot(recorder) == 1 || next_random() % 64 == 0) {
            size_t size = 1000 + (size_t)(next_random() % 20000);
            uint8_t *bytes = malloc(size);
            memset(bytes, (int)(frame & 0x7f), size);
            if (next_random() % 2 == 0) {
                int code = lr_snapshot(recorder, "pressure", bytes, size, release, &held);
                if (code == LR_OK) atomic_fetch_add(&held, 1);
                else free(bytes);
                if (code != LR_OK) worst = code;
            } else {
                int code = lr_snapshot(recorder, "pressure", bytes, size, NULL, NULL);
                memset(bytes, 0xEE, size);
                free(bytes);
                if (code != LR_OK) worst = code;
            }
        }
        int code = lr_completed(recorder, requests, NULL, requests, completed);
        if (code != LR_OK) worst = code;
        code = lr_chunk_load(recorder, (lr_coordinate){frame, 0, 0});
        if (code != LR_OK) worst = code;
        camera.engine_time_ns = frame;
        code = lr_frame(recorder, &camera);
        if (worst != LR_OK) EXPECT(LR_FULL, worst);
        if (worst != LR_OK) EXPECT(LR_FULL, code);
        if (code == LR_FULL) {
            dropped++;
            EXPECT(1, lr_needs_snapshot(recorder));
        } else {
            EXPECT(LR_OK, code);
            recorded++;
        }
        if (next_random() % 512 == 0) nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    lr_statistics statistics = statistics_of(recorder);
    EXPECT((long long)recorded, statistics.frames_recorded);
    EXPECT((long long)dropped, statistics.frames_dropped);
    EXPECT(LR_OK, lr_close(recorder));
    EXPECT(0, atomic_load(&held));
    printf("recorded %" PRIu64 " dropped %" PRIu64 " gaps %" PRIu64 "\n", recorded, dropped, statistics.gaps);
    return 0;
}

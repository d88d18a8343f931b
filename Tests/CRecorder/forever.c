/*
 * forever PATH PROGRESS FRAMES_PER_FLUSH: records until it is killed. PROGRESS holds, as two u64, how many frames were said to be handed
 * to the operating system, and how many recorded.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

int main(int count, char **arguments) {
    if (count != 4) return 64;
    int file = open(arguments[2], O_RDWR | O_CREAT, 0644);
    EXPECT(0, ftruncate(file, 16));
    volatile uint64_t *progress = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    EXPECT(1, progress != MAP_FAILED);
    lr_recorder *recorder;
    lr_options options = LR_OPTIONS_INIT;
    options.frames_per_flush = (uint32_t)strtoul(arguments[3], NULL, 10);
    options.poll_microseconds = 100;
    EXPECT(LR_OK, lr_open(arguments[1], &options, &recorder));
    lr_configuration configuration = some_configuration();
    lr_camera camera = some_camera();
    uint64_t requests[64];
    EXPECT(LR_OK, lr_session_start(recorder, &configuration));
    for (uint64_t frame = 0;; frame++) {
        for (uint64_t i = 0; i < 64; i++) requests[i] = frame * 64 + i;
        EXPECT(LR_OK, lr_completed(recorder, requests, NULL, requests, 64));
        EXPECT(LR_OK, lr_checkpoint(recorder, 1, requests, 9, requests, 4, NULL));
        EXPECT(LR_OK, lr_frame(recorder, &camera));
        progress[1] = frame + 1;
        progress[0] = statistics_of(recorder).frames_flushed;
        nanosleep(&(struct timespec){0, 50000}, NULL);
    }
}

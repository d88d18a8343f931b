/*
 * allocations PATH: behind lr_open the caller's thread allocates nothing, and calls no system.
 *
 * Counts what is allocated by thread; and forbids its thread every system call but the ones that end it, which is also how it is found.
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <time.h>

#include "check.h"

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

static __thread long allocations;

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    allocations++;
    return __libc_realloc(old, size);
}

void free(void *old) {
    if (old != NULL) allocations++;
    __libc_free(old);
}

static lr_recorder *recorder;
static _Atomic int done; /* 1: recorded; 2: with system calls forbidden */

static void keep(void *context, const void *bytes) {
    (void)context;
    (void)bytes;
}

/* Everything that records; 8 frames out of the ring's room are dropped. */
static void record(long frames) {
    static uint64_t requests[64];
    static uint8_t outcomes[64], region[60], digest[16];
    static uint32_t stages[64];
    static char state[1000];
    const char *names[2] = {"a", "b"};
    lr_configuration configuration = some_configuration();
    lr_camera camera = some_camera();
    memset(outcomes, 1, sizeof outcomes);
    for (long frame = 0; frame < frames; frame++) {
        lr_completed(recorder, requests, outcomes, requests, 64);
        lr_claimed(recorder, requests, stages, 64);
        lr_accepted(recorder, requests, 64);
        lr_refused(recorder, requests, 1);
        lr_solid(recorder, requests, 1);
        lr_reply_absent(recorder, 1);
        lr_reply_damaged(recorder, 1);
        lr_reply_region(recorder, 1, region, sizeof region);
        lr_checkpoint(recorder, 1, requests, 9, requests, 4, digest);
        if (frame % 16 == 0) lr_snapshot(recorder, "f", state, sizeof state, frame % 32 == 0 ? keep : NULL, NULL);
        if (frame % 16 == 1) lr_session_start(recorder, &configuration);
        if (frame % 16 == 1) lr_store(recorder, 1);
        if (frame % 16 == 1) lr_engine(recorder, "e", names, 2, 1);
        if (frame % 16 == 2) lr_configure(recorder, &configuration);
        lr_set_budgets(recorder, &configuration.budgets);
        lr_edit(recorder, (lr_coordinate){0, 0, 0}, (lr_coordinate){1, 1, 1}, 1);
        lr_chunk_load(recorder, (lr_coordinate){0, 0, 0});
        lr_invalidate(recorder, camera.position, camera.position);
        lr_missed(recorder, 0);
        lr_needs_snapshot(recorder);
        statistics_of(recorder);
        lr_frame(recorder, &camera);
    }
}

static void *without_system(void *frames) {
    EXPECT(LR_OK, lr_attach(recorder));
    long before = allocations;
    record((long)frames);
    EXPECT(0, allocations - before);
    atomic_store(&done, 1);
    struct sock_filter deny[1] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
    struct sock_fprog program = {1, deny};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) {
        record((long)frames);
        if (allocations != before) atomic_store(&done, -1);
        else atomic_store(&done, 2);
        /* It cannot even end: the process does that. */
        for (;;) {}
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 2) return 64;
    lr_options options = LR_OPTIONS_INIT;
    options.ring_bytes = 1 << 22; /* some frames find no room */
    EXPECT(LR_OK, lr_open(arguments[1], &options, &recorder));
    lr_configuration configuration = some_configuration();
    EXPECT(LR_OK, lr_session_start(recorder, &configuration));
    EXPECT(1, allocations > 0);
    pthread_t thread;
    EXPECT(0, pthread_create(&thread, NULL, without_system, (void *)20000));
    for (int i = 0; i < 600 && atomic_load(&done) >= 0 && atomic_load(&done) < 2; i++) {
        nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    if (atomic_load(&done) == 1) puts("note: no seccomp here; system calls were not forbidden");
    EXPECT(1, atomic_load(&done) > 0);
    EXPECT(LR_OK, lr_attach(recorder));
    lr_statistics statistics = statistics_of(recorder);
    EXPECT(1, statistics.frames_recorded > 0 && statistics.frames_dropped > 0);
    EXPECT(LR_OK, lr_close(recorder));
    printf(
        "allocations: 0 in %llu frames recorded and %llu dropped; system calls: %s\n",
        (unsigned long long)statistics.frames_recorded, (unsigned long long)statistics.frames_dropped,
        atomic_load(&done) == 2 ? "0" : "not asked");
    fflush(stdout);
    _Exit(0);
}

/* A recorder from lr_open to lr_close. */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handles.h"

#define DEFAULT_RING_BYTES ((uint64_t)8 << 20)
#define MAXIMUM_RING_BYTES ((uint64_t)1 << 40)

static int check_options(const lr_options *options);
static int begin(struct recorder *recorder, const char *path, lr_recorder **handle);
static int start_thread(struct recorder *recorder);
static void release_open_snapshot(struct recorder *recorder);
static void destroy(struct recorder *recorder, bool remove_partial);

int lr_open(const char *path, const lr_options *given, lr_recorder **handle) {
    if (handle == NULL) return LR_NULL;
    *handle = NULL;
    if (path == NULL) return LR_NULL;
    lr_options options = LR_OPTIONS_INIT;
    if (given != NULL) {
        int code = lr_check_struct(given, sizeof options);
        if (code != LR_OK) return code;
        options = *given;
    }
    if (check_options(&options) != LR_OK) return LR_RANGE;
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (recorder == NULL) return LR_NO_MEMORY;
    recorder->file = -1;
    recorder->number = options.first_frame;
    recorder->session_number = options.first_session;
    recorder->needs_snapshot = options.first_frame > 0;
    recorder->wants_live = options.is_live != 0;
    recorder->frames_per_flush = options.frames_per_flush != 0 ? options.frames_per_flush : 16;
    recorder->poll_microseconds = options.poll_microseconds != 0 ? options.poll_microseconds : 2000;
    uint64_t ring_bytes = options.ring_bytes != 0 ? options.ring_bytes : DEFAULT_RING_BYTES;
    int code = LR_NO_MEMORY;
    if (ring_bytes <= SIZE_MAX / 4 && lr_ring_open(&recorder->ring, (size_t)ring_bytes))
        code = begin(recorder, path, handle);
    if (code != LR_OK) {
        if (options.error_text != NULL && options.error_text_bytes > 0)
            snprintf(
                options.error_text, (size_t)options.error_text_bytes, "%s",
                recorder->failure[0] != 0 ? recorder->failure : lr_error_text(code));
        destroy(recorder, code != LR_UNFINISHED);
    }
    return code;
}

int lr_close(lr_recorder *handle) {
    struct recorder *recorder;
    int code = lr_enter(handle, &recorder);
    if (code != LR_OK) return code;
    release_open_snapshot(recorder);
    atomic_store_explicit(&recorder->is_closing, true, memory_order_release);
    pthread_join(recorder->thread, NULL);
    code = recorder->frames_recorded == 0 ? LR_NO_FRAMES : lr_writer_finish(recorder);
    lr_handle_end(handle, code == LR_IO ? recorder->failure : "");
    destroy(recorder, code == LR_NO_FRAMES);
    return code;
}

int lr_last_error(lr_recorder *handle, char *text, size_t bytes) {
    if (handle == NULL || text == NULL) return LR_NULL;
    if (bytes == 0) return LR_BUFFER;
    struct recorder *recorder;
    int code = lr_enter(handle, &recorder);
    if (code == LR_CLOSED) return lr_last_failure(handle, text, bytes);
    if (code != LR_OK) return code;
    bool has_failed = atomic_load_explicit(&recorder->has_failed, memory_order_acquire);
    const char *failure = has_failed ? recorder->failure : "";
    size_t count = strlen(failure);
    if (count >= bytes) count = bytes - 1;
    memcpy(text, failure, count);
    text[count] = 0;
    lr_leave(handle);
    return LR_OK;
}

int lr_get_statistics(lr_recorder *handle, lr_statistics *statistics) {
    struct recorder *recorder;
    int code = lr_enter(handle, &recorder);
    if (code != LR_OK) return code;
    code = lr_check_struct(statistics, sizeof *statistics);
    if (code == LR_OK) {
        statistics->needs_snapshot = recorder->needs_snapshot && !recorder->open.has_snapshot;
        statistics->frames_recorded = recorder->frames_recorded;
        statistics->frames_dropped = recorder->frames_dropped;
        statistics->gaps = recorder->gaps;
        statistics->frames_flushed = atomic_load_explicit(&recorder->frames_flushed, memory_order_acquire);
        statistics->bytes_written = atomic_load_explicit(&recorder->bytes_written, memory_order_relaxed);
        statistics->ring_bytes = recorder->ring.mask + 1;
        statistics->ring_bytes_used = lr_ring_used(&recorder->ring);
    }
    lr_leave(handle);
    return code;
}

int lr_needs_snapshot(lr_recorder *handle) {
    struct recorder *recorder;
    int code = lr_enter(handle, &recorder);
    if (code != LR_OK) return code;
    int needs = recorder->needs_snapshot && !recorder->open.has_snapshot;
    lr_leave(handle);
    return needs;
}

uint32_t lr_abi_version(void) { return LR_ABI_VERSION; }

const char *lr_error_text(int code) {
    switch (code) {
    case LR_OK: return "no error";
    case LR_NULL: return "a pointer is null that has to be there";
    case LR_CLOSED: return "the recorder was closed, or there never was one";
    case LR_WRONG_THREAD: return "the recorder belongs to another thread, or one is in a call of it";
    case LR_FULL: return "no room in the ring: the frame is left out";
    case LR_IO: return "the file could not be written";
    case LR_NOT_FINITE: return "a number is NaN or infinite";
    case LR_RANGE: return "a number is outside what a trace can hold";
    case LR_NAME: return "a name is empty, too long, not UTF-8, or there twice";
    case LR_TOO_MANY: return "more of something than one frame, or one trace, can hold";
    case LR_NO_SESSION: return "no session runs; start one first";
    case LR_NO_STORE: return "the session has no store";
    case LR_OUT_OF_PLACE: return "not here, or a second time in one frame";
    case LR_NO_START: return "the first frame neither starts a session nor has a snapshot";
    case LR_NO_PLACE_TO_START: return "the frame is left out: frames before the first were lost, and it neither starts a session nor has "
                                      "a snapshot";
    case LR_NOT_LIVE: return "results or replies in a run whose first frame said that it has none";
    case LR_UNFINISHED: return "there is a partial file already, of a recording that did not end; recover or remove it";
    case LR_NO_FRAMES: return "no frame was recorded; no file is left";
    case LR_STRUCT_SIZE: return "the size of a structure is not one that this library knows";
    case LR_NO_MEMORY: return "no memory";
    case LR_TOO_MANY_RECORDERS: return "too many recorders are open";
    case LR_BUFFER: return "a buffer is too small";
    default: return "not an error of the recorder";
    }
}

static int check_options(const lr_options *options) {
    bool is_within = options->frames_per_flush <= 256 && options->first_frame <= LAST_FRAME && options->is_live <= 1
        && (options->ring_bytes == 0 || (options->ring_bytes >= 4096 && options->ring_bytes <= MAXIMUM_RING_BYTES))
        && (options->poll_microseconds == 0
            || (options->poll_microseconds >= 50 && options->poll_microseconds <= 1000000));
    return is_within ? LR_OK : LR_RANGE;
}

static int begin(struct recorder *recorder, const char *path, lr_recorder **handle) {
    int code = lr_writer_open(recorder, path);
    if (code == LR_OK) code = start_thread(recorder);
    if (code == LR_OK) code = lr_handle_new(recorder, handle);
    if (code != LR_OK && recorder->has_thread) {
        atomic_store_explicit(&recorder->is_closing, true, memory_order_release);
        pthread_join(recorder->thread, NULL);
    }
    return code;
}

/* No signal is to be handled by a thread that its program does not know of. */
static int start_thread(struct recorder *recorder) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    recorder->has_thread = pthread_create(&recorder->thread, NULL, lr_writer_run, recorder) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return recorder->has_thread ? LR_OK : LR_NO_MEMORY;
}

static void release_open_snapshot(struct recorder *recorder) {
    struct snapshot_record *snapshot = &recorder->open.snapshot;
    if (snapshot->release != NULL) snapshot->release(snapshot->context, snapshot->bytes);
}

static void destroy(struct recorder *recorder, bool remove_partial) {
    lr_writer_discard(recorder, remove_partial);
    if (recorder->ring.memory != NULL) lr_ring_close(&recorder->ring);
    free(recorder);
}

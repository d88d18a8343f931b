/* The recorder's thread, and the files. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "encode.h"

static bool take_frame(struct recorder *recorder);
static void write_frame(struct recorder *recorder, const uint8_t *records, size_t bytes);
static void close_chunk(struct recorder *recorder);
static void release_snapshot(const uint8_t *records, size_t bytes);
static int check_place(const char *path);
static void synchronize_folder(const char *path);
static int retrying_open(const char *path, int flags);

int lr_writer_open(struct recorder *recorder, const char *path) {
    recorder->file = -1;
    recorder->path = malloc(strlen(path) + 1);
    recorder->partial_path = malloc(strlen(path) + sizeof ".partial");
    /* The system gives its pages as they are used: by frames as large as that. */
    recorder->frame = malloc(recorder->ring.mask + 1);
    if (recorder->path == NULL || recorder->partial_path == NULL || recorder->frame == NULL) return LR_NO_MEMORY;
    strcpy(recorder->path, path);
    strcpy(recorder->partial_path, path);
    strcat(recorder->partial_path, ".partial");
    int error = check_place(path);
    if (error != 0) {
        lr_fail(recorder, error == EISDIR ? "the place of the file" : "stat", error);
        return LR_IO;
    }
    recorder->file = retrying_open(recorder->partial_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
    if (recorder->file < 0) {
        error = errno;
        lr_fail(recorder, "create", error);
        return error == EEXIST ? LR_UNFINISHED : LR_IO;
    }
    error = lr_mcap_begin(&recorder->mcap, recorder->file);
    atomic_store_explicit(&recorder->bytes_written, recorder->mcap.position, memory_order_relaxed);
    if (error != 0) {
        lr_fail(recorder, "write", error);
        return error == ENOMEM ? LR_NO_MEMORY : LR_IO;
    }
    return LR_OK;
}

void *lr_writer_run(void *argument) {
    struct recorder *recorder = argument;
    struct timespec pause = {
        (time_t)(recorder->poll_microseconds / 1000000), (long)(recorder->poll_microseconds % 1000000) * 1000};
    for (;;) {
        /* Asked for before the ring: what was published before it is in the ring then. */
        bool is_closing = atomic_load_explicit(&recorder->is_closing, memory_order_acquire);
        while (take_frame(recorder)) {}
        if (is_closing) return NULL;
        nanosleep(&pause, NULL);
    }
}

int lr_writer_finish(struct recorder *recorder) {
    bool has_failed = atomic_load_explicit(&recorder->has_failed, memory_order_acquire);
    if (!has_failed && recorder->frames_in_chunk > 0) close_chunk(recorder);
    if (atomic_load_explicit(&recorder->has_failed, memory_order_relaxed)) return LR_IO;
    int error = lr_mcap_finish(&recorder->mcap);
    if (error != 0) {
        lr_fail(recorder, "write", error);
        return LR_IO;
    }
    while ((error = fsync(recorder->file) < 0 ? errno : 0) == EINTR) {}
    if (error != 0) {
        lr_fail(recorder, "fsync", error);
        return LR_IO;
    }
    int file = recorder->file;
    recorder->file = -1;
    /* After an interrupted close the descriptor is gone all the same. */
    if (close(file) < 0 && errno != EINTR) {
        lr_fail(recorder, "close", errno);
        return LR_IO;
    }
    error = check_place(recorder->path);
    if (error == 0 && rename(recorder->partial_path, recorder->path) < 0) error = errno;
    if (error != 0) {
        lr_fail(recorder, "rename to its place", error);
        return LR_IO;
    }
    synchronize_folder(recorder->path);
    return LR_OK;
}

void lr_writer_discard(struct recorder *recorder, bool remove_partial) {
    if (recorder->file >= 0) {
        close(recorder->file);
        if (remove_partial) unlink(recorder->partial_path);
    }
    lr_mcap_free(&recorder->mcap);
    free(recorder->frame);
    lr_buffer_free(&recorder->message);
    lr_buffer_free(&recorder->events);
    free(recorder->path);
    free(recorder->partial_path);
}

void lr_fail(struct recorder *recorder, const char *operation, int error) {
    char reason[128];
    if (strerror_r(error, reason, sizeof reason) != 0) snprintf(reason, sizeof reason, "error %d", error);
    snprintf(
        recorder->failure, sizeof recorder->failure, "%s: %s failed with error %d (%s)",
        recorder->partial_path == NULL ? "" : recorder->partial_path, operation, error, reason);
    atomic_store_explicit(&recorder->has_failed, true, memory_order_release);
}

static bool take_frame(struct recorder *recorder) {
    size_t bytes = lr_ring_next(&recorder->ring);
    if (bytes == 0) return false;
    /* As large as the ring. */
    lr_ring_take(&recorder->ring, recorder->frame, bytes);
    bool has_failed = atomic_load_explicit(&recorder->has_failed, memory_order_relaxed);
    if (!has_failed) write_frame(recorder, recorder->frame, bytes);
    release_snapshot(recorder->frame, bytes);
    return true;
}

static void write_frame(struct recorder *recorder, const uint8_t *records, size_t bytes) {
    lr_encode_frame(recorder, records, bytes);
    if (recorder->message.has_failed || recorder->events.has_failed || recorder->mcap.chunk.has_failed) {
        lr_fail(recorder, "memory for a chunk", ENOMEM);
        return;
    }
    recorder->frames_in_chunk++;
    if (recorder->frames_in_chunk == recorder->frames_per_flush) close_chunk(recorder);
}

static void close_chunk(struct recorder *recorder) {
    int error = lr_mcap_close_chunk(&recorder->mcap);
    if (error != 0) {
        lr_fail(recorder, "write", error);
        return;
    }
    recorder->frames_in_chunks += recorder->frames_in_chunk;
    recorder->frames_in_chunk = 0;
    atomic_store_explicit(&recorder->bytes_written, recorder->mcap.position, memory_order_relaxed);
    atomic_store_explicit(&recorder->frames_flushed, recorder->frames_in_chunks, memory_order_release);
}

static void release_snapshot(const uint8_t *records, size_t bytes) {
    struct records all = {records, records + bytes};
    struct record record;
    while (next_record(&all, &record)) {
        if (record.kind != RECORD_SNAPSHOT) continue;
        const struct snapshot_record *snapshot = record.content;
        if (snapshot->release != NULL) snapshot->release(snapshot->context, snapshot->bytes);
    }
}

/* A rename would replace a device or a pipe by a file. Returns 0 or an error number. */
static int check_place(const char *path) {
    struct stat status;
    if (stat(path, &status) < 0) return 0; /* to create the partial file says why */
    if (S_ISREG(status.st_mode)) return 0;
    return S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
}

/* Not every file system can do that, and nothing depends on it but what a failure of the machine leaves. */
static void synchronize_folder(const char *path) {
    char *folder = malloc(strlen(path) + 2);
    if (folder == NULL) return;
    strcpy(folder, path);
    char *slash = strrchr(folder, '/');
    strcpy(slash == NULL ? folder : slash + 1, slash == NULL ? "." : "");
    int file = retrying_open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    free(folder);
    if (file < 0) return;
    fsync(file);
    close(file);
}

static int retrying_open(const char *path, int flags) {
    int file;
    do file = open(path, flags, 0644);
    while (file < 0 && errno == EINTR);
    return file;
}

/*
 * Records the frames of a streaming system as a trace that lumon-replay reads, at no cost to the frame's thread but that of copying
 * the arguments: no allocation, no lock and no system call behind lr_open.
 *
 *     lr_recorder *recorder;
 *     lr_options options = LR_OPTIONS_INIT;
 *     if (lr_open("run.mcap", &options, &recorder) == LR_OK) {
 *         lr_session_start(recorder, &configuration);
 *         while (running) {
 *             lr_completed(recorder, requests, count);        what happens, as it happens
 *             lr_checkpoint(recorder, 1, stages, 9, levels, 4, digest);
 *             lr_frame(recorder, &camera);                    ends the frame
 *         }
 *         lr_close(recorder);
 *     }
 *
 * Frames. All calls since the last lr_frame belong to the frame that the next lr_frame ends, which hands it over as a whole to a
 * ring buffer. A thread of the recorder's own takes it from there, makes messages of it and writes them. It looks every few
 * milliseconds (options.poll_microseconds) whether there is something, so that nobody has to wake it.
 *
 * A full ring. A call that finds no room in the ring returns LR_FULL, and the whole frame in the making is left out, up to and with its
 * lr_frame. The next frame that is recorded says how many are missing, and lr_needs_snapshot is 1 until one with a snapshot
 * was recorded: without it the run cannot be repeated from there on.
 *
 * Files. The recording grows in PATH.partial, handed to the operating system after every options.frames_per_flush frames: a process
 * that dies loses no more than those. lr_close completes the file and renames it to PATH; before that PATH is not touched. A partial
 * file that is there already is never overwritten (LR_UNFINISHED): `lumon-replay trace recover` makes a trace of it.
 *
 * Threads. A recorder belongs to one thread, its owner: the one that called lr_open, or the last that called lr_attach. Every function
 * that takes a recorder, but for lr_attach, returns LR_WRONG_THREAD on any other thread, and changes nothing. Functions
 * that take none can be called on any thread at any time. No function is safe in a signal handler.
 *
 * Errors. Functions return LR_OK, which is 0, or a negative number, LR_...; a call that returns one was not taken, and what was
 * taken before stands, but with LR_FULL. Every function that takes a recorder can return LR_NULL, LR_CLOSED and LR_WRONG_THREAD; all
 * that record can return LR_IO (writing has failed: nothing more is recorded) and LR_FULL. What else a function returns
 * is said with it. A closed recorder is an error and no more: a handle is not a pointer to memory, and none is used twice.
 *
 * Numbers. Lengths in blocks, times in frames, sizes in bytes. A double that is NaN or infinite is refused, -0.0 becomes +0.0. Arrays
 * and strings are copied before a call returns, but where it says otherwise. Strings are UTF-8, and end in 0.
 */
#ifndef LUMON_RECORDER_H
#define LUMON_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define LR_API
#else
#define LR_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. It grows by one when a program that was built with an older one could not go on. */
#define LR_ABI_VERSION 1u

/* The version that the library has. A program compares it with LR_ABI_VERSION. */
LR_API uint32_t lr_abi_version(void);

enum {
    LR_OK = 0,
    LR_NULL = -1,          /* a pointer that has to be there is null */
    LR_CLOSED = -2,        /* the recorder was closed, or there never was one */
    LR_WRONG_THREAD = -3,  /* the recorder belongs to another thread, or one is in a call of it */
    LR_FULL = -4,          /* no room in the ring: the frame in the making is left out */
    LR_IO = -5,            /* the file could not be written; lr_last_error has the reason */
    LR_NOT_FINITE = -6,    /* a number is NaN or infinite */
    LR_RANGE = -7,         /* a number is outside what a trace can hold */
    LR_NAME = -8,          /* a name is empty, too long, not UTF-8, or there twice */
    LR_TOO_MANY = -9,      /* more of something than one frame, or one trace, can hold */
    LR_NO_SESSION = -10,   /* no session runs */
    LR_NO_STORE = -11,     /* the session has no store */
    LR_OUT_OF_PLACE = -12, /* not here, or a second time in one frame */
    LR_NO_START = -13,     /* the first frame neither starts a session nor has a snapshot; give one and end the frame again */
    LR_NO_PLACE_TO_START = -14, /* the frame is left out: frames before the first were lost, and it has neither of the two */
    LR_NOT_LIVE = -15,     /* results or replies in a run whose first frame said that it has none */
    LR_UNFINISHED = -16,   /* there is a PATH.partial already, of a recording that did not end */
    LR_NO_FRAMES = -17,    /* closed without a frame: no file is left */
    LR_STRUCT_SIZE = -18,  /* struct_size is not that of a structure that this library knows */
    LR_NO_MEMORY = -19,    /* lr_open only */
    LR_TOO_MANY_RECORDERS = -20, /* LR_MAXIMUM_RECORDERS are open */
    LR_BUFFER = -21        /* a buffer of the caller's is too small */
};

/* What a code means, in a few words; of an unknown code, that. Never null, never to be freed. */
LR_API const char *lr_error_text(int code);

#define LR_MAXIMUM_RECORDERS 64

/* A handle. Never to be followed. */
typedef struct lr_recorder lr_recorder;

/* How a recorder works. Begin with LR_OPTIONS_INIT. A number of 0 stands for the default. */
typedef struct lr_options {
    uint32_t struct_size;       /* sizeof(lr_options) */
    uint32_t frames_per_flush;  /* 1...256, default 16: a crash loses at most so many frames, and those in the ring */
    uint64_t ring_bytes;        /* 4096...2^40, rounded up to a power of two; default 8 MiB */
    uint32_t first_frame;       /* the number of the first frame, 0...2^31 - 1 */
    uint32_t first_session;     /* the number of the first session, or of the one that runs already */
    uint32_t poll_microseconds; /* how often the thread looks into the ring, 50...1000000; default 2000 */
    uint32_t is_live;           /* 1: the first frame says that the run is live, whether it drained anything or not; 0: it is where
                                   the first frame has a call of lr_completed to lr_reply_region, even of no elements */
    char *error_text;           /* where lr_open puts the reason of a failure, or null */
    uint64_t error_text_bytes;  /* the size of that buffer */
} lr_options;

#define LR_OPTIONS_INIT {(uint32_t)sizeof(lr_options), 0, 0, 0, 0, 0, 0, 0, 0}

/*
 * Creates PATH.partial and starts the recorder's thread; the calling thread becomes the owner. `options` may be null. Allocates
 * everything that recording needs on the caller's side, and touches all of the ring.
 *
 * Thread: any. Errors: LR_NULL, LR_STRUCT_SIZE, LR_RANGE, LR_UNFINISHED, LR_IO, LR_NO_MEMORY, LR_TOO_MANY_RECORDERS; *recorder is null then.
 */
LR_API int lr_open(const char *path, const lr_options *options, lr_recorder **recorder);

/*
 * Writes what is in the ring, completes the file and renames it to PATH; the calls since the last lr_frame are left out. Waits
 * for the disk. The handle is closed then, whatever is returned.
 *
 * Thread: owner. Errors: LR_IO (PATH.partial stays, PATH is as it was), LR_NO_FRAMES.
 */
LR_API int lr_close(lr_recorder *recorder);

/*
 * Makes the calling thread the owner. What was recorded so far is known to it. The owner before must not be about to call: the
 * two have to agree.
 *
 * Thread: any. Errors: LR_WRONG_THREAD while another thread is in a call.
 */
LR_API int lr_attach(lr_recorder *recorder);

/*
 * Copies the reason for which writing, or closing, failed: one line, cut to the buffer, empty where nothing failed. Of a recorder that
 * was closed it can be asked by any thread, until another was opened in its place (LR_CLOSED).
 *
 * Thread: owner. Errors: LR_NULL, LR_BUFFER for a size of 0.
 */
LR_API int lr_last_error(lr_recorder *recorder, char *text, size_t bytes);

typedef struct lr_statistics {
    uint32_t struct_size;     /* sizeof(lr_statistics), set by the caller */
    uint32_t needs_snapshot;  /* as lr_needs_snapshot */
    uint64_t frames_recorded; /* handed over to the ring */
    uint64_t frames_dropped;  /* left out, for want of room or of a place to start */
    uint64_t gaps;            /* frames recorded behind frames that were not, those of lr_missed included */
    uint64_t frames_flushed;  /* of the recorded: handed to the operating system */
    uint64_t bytes_written;   /* handed to the operating system */
    uint64_t ring_bytes;      /* the size of the ring */
    uint64_t ring_bytes_used; /* about: taken by frames that wait for the thread */
} lr_statistics;

/* Thread: owner. Errors: LR_NULL, LR_STRUCT_SIZE. */
LR_API int lr_get_statistics(lr_recorder *recorder, lr_statistics *statistics);

/* 1: behind a gap, or at the begin of a recording in the middle of a run, and no snapshot was recorded since; 0; or an error.
   Thread: owner. */
LR_API int lr_needs_snapshot(lr_recorder *recorder);

/* Values. */

typedef struct lr_point { double x, y, z; } lr_point;
typedef struct lr_rotation { double x, y, z, w; } lr_rotation;
typedef struct lr_coordinate { int64_t x, y, z; } lr_coordinate;

/* A region of the cache or of the store, in regions. */
typedef struct lr_region {
    uint32_t level; /* 0...7 */
    int32_t x, y, z;
} lr_region;

typedef struct lr_budgets {
    const int32_t *per_level; /* finest first */
    uint32_t per_level_count; /* 0...64 */
    int32_t total;
    int64_t upload_bytes;
} lr_budgets;

/* What a session is configured by. Numbers are recorded as they are given; the model brings them within these bounds. */
typedef struct lr_configuration {
    uint32_t struct_size; /* sizeof(lr_configuration) */
    uint32_t chunks_start_loaded; /* 0 or 1 */
    uint64_t world_seed;
    uint32_t layout_version;
    int32_t resolution; /* 8...128 */
    double base_spacing; /* 0.25...64 */
    double reanchor_distance; /* 0...64 */
    int32_t levels; /* 1...8 */
    int32_t region_edge;
    int32_t near_levels;
    int32_t cast_latency_frames; /* 0...255 */
    int32_t store_latency_frames; /* 1...255 */
    int32_t variant; /* 0 the reference, 1 lumon-2026-01 */
    int64_t cache_bytes;
    lr_budgets budgets;
} lr_configuration;

/* What a row of the store is found by. */
typedef struct lr_row_key {
    uint64_t seed;
    uint64_t fingerprint;
    double base_spacing; /* 0.25...64 */
    uint32_t layout_version;
    int32_t region_edge; /* 1...128 */
    lr_region region; /* within +-(floor((2^31 - 1) / region_edge) - 1) */
} lr_row_key;

/* Sessions and events. Thread: owner. Where no session runs: LR_NO_SESSION. More than 65533 events in one frame: LR_TOO_MANY. */

/*
 * Ends the session that runs, if one does, and starts another with the next frame. It comes before all else that happened since
 * the frame before, but for a store that was switched off; a change of the old configuration in the same frame is left out.
 * Errors: LR_NULL, LR_STRUCT_SIZE, LR_NOT_FINITE, LR_TOO_MANY (64 level budgets, 2^20 configurations in a trace),
 * LR_OUT_OF_PLACE for a second one in the frame.
 */
LR_API int lr_session_start(lr_recorder *recorder, const lr_configuration *configuration);

/* Hot reload. Errors: as lr_session_start; LR_RANGE where seed or start state of the chunks are not the session's. */
LR_API int lr_configure(lr_recorder *recorder, const lr_configuration *configuration);

/* Ends the session with the next frame. Errors: LR_OUT_OF_PLACE where it starts with the same. */
LR_API int lr_session_end(lr_recorder *recorder);

/*
 * Whose run this is: name (1 to 200 bytes) and the names of the stages of its checkpoints (at most 64, each 1 to 64 bytes, no two the
 * same). In the frame of a session's start, after that call; in the first frame; behind a gap.
 * Errors: LR_NULL, LR_NAME, LR_TOO_MANY, LR_OUT_OF_PLACE.
 */
LR_API int lr_engine(
    lr_recorder *recorder, const char *name, const char *const *stages, uint32_t stage_count, int has_own_voxels);

/* Every voxel of a half-open box, of at most 2^18, becomes a material, 0...9. Errors: LR_RANGE. */
LR_API int lr_edit(lr_recorder *recorder, lr_coordinate lower, lr_coordinate upper, uint32_t material);

/* A chunk of 32^3 voxels is there, or unknown, from now on. */
LR_API int lr_chunk_load(lr_recorder *recorder, lr_coordinate chunk);
LR_API int lr_chunk_unload(lr_recorder *recorder, lr_coordinate chunk);

/* The light in a half-open box is wrong, for a reason of the engine's. Errors: LR_NOT_FINITE. */
LR_API int lr_invalidate(lr_recorder *recorder, lr_point lower, lr_point upper);

/* The session that starts in this frame has a store; once, behind its start. Errors: LR_RANGE (0...2^50), LR_OUT_OF_PLACE. */
LR_API int lr_store(lr_recorder *recorder, int64_t size_cap_bytes);

/* From now on the session has no store. Errors: LR_NO_STORE. */
LR_API int lr_store_off(lr_recorder *recorder);

/* A disk spoiled the stored row of a region, of the running session's key. Errors: LR_RANGE. */
LR_API int lr_store_damage(lr_recorder *recorder, lr_region region);

/* A write-back that was handed over before found no room. Errors: LR_NULL, LR_NOT_FINITE, LR_RANGE. */
LR_API int lr_write_back_dropped(lr_recorder *recorder, const lr_row_key *row);

/*
 * What the frame got from its workers and its store. Thread: owner. Several calls in one frame make one list. At most 2^20 in a list:
 * LR_TOO_MANY. An array may be null where its count is 0. A request is the number by which the engine names it.
 *
 * `outcomes` (LR_OUTCOME_...) and `payloads` (a hash, 0 for none) may be null where a replay casts itself; all calls of one frame have
 * the same of them (LR_OUT_OF_PLACE). LR_NOT_LIVE for lr_completed and the replies, where the first frame was not of a live run.
 */
enum { LR_OUTCOME_SUCCESS = 1, LR_OUTCOME_ABORTED = 2, LR_OUTCOME_FAILED = 3, LR_OUTCOME_DROPPED = 4 };

/* Requests whose results the frame drained, in that order. Errors: LR_NULL, LR_RANGE for an outcome. */
LR_API int lr_completed(
    lr_recorder *recorder, const uint64_t *requests, const uint8_t *outcomes, const uint64_t *payloads, size_t count);

/* Requests that workers took since the frame before, and the number of the stage before which, 0...63; `stages` may be null. Errors: LR_NULL,
   LR_RANGE. */
LR_API int lr_claimed(lr_recorder *recorder, const uint64_t *requests, const uint32_t *stages, size_t count);

/* Requests that were handed over and taken; that found no room; whose probe's centre was found solid. */
LR_API int lr_accepted(lr_recorder *recorder, const uint64_t *requests, size_t count);
LR_API int lr_refused(lr_recorder *recorder, const uint64_t *requests, size_t count);
LR_API int lr_solid(lr_recorder *recorder, const uint64_t *requests, size_t count);

/* A reply of the store that the frame drained: no such row; a row that is not what its digest says; a region's bytes, 60 for each cell and at
   most 125829120 (LR_RANGE). */
LR_API int lr_reply_absent(lr_recorder *recorder, uint64_t request);
LR_API int lr_reply_damaged(lr_recorder *recorder, uint64_t request);
LR_API int lr_reply_region(lr_recorder *recorder, uint64_t request, const uint8_t *bytes, size_t count);

/*
 * The frame's digests, as the engine computed them: at most 64 stages and 64 levels; `digest` has 16 bytes, or is null. Once in a frame.
 * Thread: owner. Errors: LR_NULL, LR_TOO_MANY, LR_OUT_OF_PLACE.
 */
LR_API int lr_checkpoint(
    lr_recorder *recorder, uint32_t digest_version, const uint64_t *stages, uint32_t stage_count, const uint64_t *levels,
    uint32_t level_count, const uint8_t *digest);

/* Called once when the bytes of a snapshot are not needed any more. It must not call the recorder. */
typedef void (*lr_release)(void *context, const void *bytes);

/*
 * The whole state before this frame's events; `format` (1 to 64 bytes) names what the bytes are. Once in a frame, at most 2^30 bytes.
 *
 * Without `release` the bytes are copied, and so have to fit into the ring (LR_FULL). With it they are not copied and may be larger than
 * the ring; they have to stay as they are until it is called: on the recorder's thread when they are in a chunk, or on the caller's in the
 * call by which the frame is left out, or that closes the recorder. A call that returns an error never calls it.
 *
 * In the first frame, without the start of a session, it says that a session runs: what it has is not known, and events are not checked
 * against it.
 *
 * Thread: owner. Errors: LR_NULL, LR_NAME, LR_RANGE, LR_OUT_OF_PLACE.
 */
LR_API int lr_snapshot(
    lr_recorder *recorder, const char *format, const void *bytes, size_t count, lr_release release, void *context);

/* New budgets from this frame on; the last of a frame count. Thread: owner. Errors: LR_NULL, LR_TOO_MANY. */
LR_API int lr_set_budgets(lr_recorder *recorder, const lr_budgets *budgets);

/* So many frames right before this one were not recorded: recording was off. Its number grows by them. Thread: owner. Errors: LR_RANGE. */
LR_API int lr_missed(lr_recorder *recorder, uint32_t frames);

typedef struct lr_camera {
    uint32_t struct_size; /* sizeof(lr_camera) */
    uint32_t has_selection_position; /* 0 or 1 */
    int64_t engine_time_ns;
    lr_point position;
    lr_rotation orientation;
    double field_of_view; /* vertical, in radians; 0 where it is not known */
    lr_point selection_position; /* where probes are selected from, if that is not the camera's position */
} lr_camera;

/*
 * Ends the frame and hands it over. With LR_FULL and LR_NO_PLACE_TO_START the frame is left out, and counted; with every other error it is
 * still open, and lr_frame can be called again.
 *
 * Thread: owner. Errors: LR_NULL, LR_STRUCT_SIZE, LR_NOT_FINITE, LR_RANGE (more than 2^31 frames; a position whose windows leave the range of
 * int32 cells), LR_NO_START, LR_NO_PLACE_TO_START.
 */
LR_API int lr_frame(lr_recorder *recorder, const lr_camera *camera);

#ifdef __cplusplus
}
#endif

#include "lumon_digests.h"

#endif

/* What the files of the recorder share. */
#ifndef LUMON_INTERNAL_H
#define LUMON_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "include/lumon_recorder.h"
#include "mcap.h"
#include "ring.h"

/* As in the format (TraceFormat.md). */
#define MAXIMUM_EVENTS 65533 /* leaves room for the end and the start of a session, and for its store */
#define MAXIMUM_CONFIGURATIONS (1u << 20)
#define MAXIMUM_LEVEL_BUDGETS 64
#define MAXIMUM_STAGES 64
#define MAXIMUM_REQUESTS (1u << 20)
#define MAXIMUM_ENGINE_NAME 200
#define MAXIMUM_NAME 64
#define MAXIMUM_SNAPSHOT_BYTES ((size_t)1 << 30)
#define LAST_FRAME 0x7fffffffu

/* What the ring holds: records of these kinds, with structures that never leave the process. */
enum record_kind {
    RECORD_SESSION_START = 1, /* struct configuration_record */
    RECORD_CONFIGURE,         /* struct configuration_record */
    RECORD_SESSION_END,
    RECORD_ENGINE,            /* struct engine_record, cut behind its names */
    RECORD_EDIT,              /* struct edit_record */
    RECORD_CHUNK_LOAD,        /* lr_coordinate */
    RECORD_CHUNK_UNLOAD,      /* lr_coordinate */
    RECORD_INVALIDATE,        /* lr_point[2] */
    RECORD_STORE,             /* int64_t */
    RECORD_STORE_OFF,
    RECORD_STORE_DAMAGE,      /* lr_region */
    RECORD_WRITE_BACK_DROPPED, /* lr_row_key */
    RECORD_LAST_EVENT = RECORD_WRITE_BACK_DROPPED,
    RECORD_COMPLETED,         /* uint64_t[] */
    RECORD_OUTCOMES,          /* uint8_t[] */
    RECORD_PAYLOADS,          /* uint64_t[] */
    RECORD_CLAIMED,           /* uint64_t[] */
    RECORD_CLAIM_STAGES,      /* uint32_t[] */
    RECORD_ACCEPTED,          /* uint64_t[] */
    RECORD_REFUSED,           /* uint64_t[] */
    RECORD_SOLID,             /* uint64_t[] */
    RECORD_REPLY,             /* struct reply_record, then the bytes */
    RECORD_CHECKPOINT,        /* struct checkpoint_record, cut behind its values */
    RECORD_SNAPSHOT,          /* struct snapshot_record, then the bytes where they are not elsewhere */
    RECORD_BUDGETS,           /* struct budgets_record */
    RECORD_FRAME              /* struct frame_record; the last of each frame */
};

struct budgets_record {
    int64_t upload_bytes;
    int32_t total;
    uint32_t count;
    int32_t per_level[MAXIMUM_LEVEL_BUDGETS];
};

struct configuration_record {
    lr_configuration values; /* its budgets are not followed */
    struct budgets_record budgets;
    bool ends_session; /* of a start: one ran before it */
};

struct engine_record {
    uint32_t stages;
    bool has_own_voxels;
    /* The name, then those of the stages, each with its 0; no more is copied than there is. */
    char names[MAXIMUM_ENGINE_NAME + 1 + MAXIMUM_STAGES * (MAXIMUM_NAME + 1)];
};

struct edit_record {
    lr_coordinate lower, upper;
    uint32_t material;
};

enum reply_kind { REPLY_REGION = 3, REPLY_ABSENT = 4, REPLY_DAMAGED = 5 }; /* numbers of fields */

struct reply_record {
    uint64_t request;
    size_t bytes;
    enum reply_kind kind;
};

struct checkpoint_record {
    uint32_t version, stages, levels;
    bool has_digest;
    uint8_t digest[16];
    uint64_t values[2 * MAXIMUM_STAGES]; /* stages, then levels; no more is copied than there are */
};

struct snapshot_record {
    const void *bytes; /* elsewhere; null: behind the record */
    size_t count;
    lr_release release;
    void *context;
    char format[MAXIMUM_NAME + 1];
};

struct frame_record {
    lr_camera camera;
    uint32_t frame, session, missed;
    bool has_work; /* a message of work, even of nothing */
};

/* The session as the caller's side knows it. */
enum session_state { SESSION_NONE, SESSION_RUNNING, SESSION_ASSUMED /* by a snapshot; nothing is known of it */ };

/* What the frame in the making has. */
struct open_frame {
    bool is_dropped;
    bool has_start, has_end, has_store, has_engine, has_snapshot, has_checkpoint;
    bool has_work; /* a call of lr_completed to lr_reply_region */
    uint32_t events, configurations;
    uint32_t completed, claimed, accepted, refused, solid, replies;
    bool completed_has_outcomes, completed_has_payloads, claimed_has_stages;
    struct snapshot_record snapshot; /* to be released where the frame is dropped */
};

struct recorder {
    struct ring ring;

    /* The caller's side. */
    struct open_frame open;
    uint32_t number; /* of the frame in the making */
    uint32_t missed; /* right before it */
    enum session_state session;
    bool session_counted; /* `session_number` is that of a session that was there */
    uint32_t session_number;
    bool has_store;
    bool store_is_assumed; /* by a snapshot, as the session */
    lr_configuration configuration; /* of the running session; its budgets are not followed */
    bool is_live, wants_live, needs_snapshot;
    uint32_t configurations;
    uint64_t frames_recorded, frames_dropped, gaps;

    /* Written by the thread, read by both. */
    _Atomic bool has_failed; /* `failure` is there */
    _Atomic uint64_t frames_flushed, bytes_written;
    _Atomic bool is_closing;
    char failure[512];

    /* The thread's side. */
    pthread_t thread;
    bool has_thread;
    uint32_t poll_microseconds, frames_per_flush, frames_in_chunk;
    uint64_t frames_in_chunks;
    uint32_t next_configuration;
    uint8_t *frame; /* the records of one, out of the ring */
    struct buffer message, events;
    struct mcap mcap;
    int file;
    char *path, *partial_path;
};

/* recorder.c: the caller's side of the frame in the making. */

/* As lr_enter; LR_IO where writing has failed. */
int lr_begin_call(lr_recorder *handle, struct recorder **recorder);
/* Adds a record of two parts to the frame; LR_FULL where it is, or is now, dropped. */
int lr_append(
    struct recorder *recorder, enum record_kind kind, const void *a, size_t a_bytes, const void *b, size_t b_bytes);
/* Ends a call with a code. */
int lr_end_call(lr_recorder *handle, int code);

/* checks.c */
int lr_check_name(const char *text, size_t limit, size_t *bytes);
int lr_check_finite(const double *values, size_t count);
int lr_check_budgets(const lr_budgets *budgets);
int lr_check_region(lr_region region, int32_t edge);
int lr_check_struct(const void *given, uint32_t known);
int lr_check_position(const struct recorder *recorder, lr_point position);
void lr_copy_budgets(struct budgets_record *record, const lr_budgets *budgets);

/* writer.c: the thread. */
int lr_writer_open(struct recorder *recorder, const char *path);
void *lr_writer_run(void *recorder);
int lr_writer_finish(struct recorder *recorder);
void lr_writer_discard(struct recorder *recorder, bool remove_partial);
void lr_fail(struct recorder *recorder, const char *operation, int error);

/* encode_frame.c: the messages of a frame, from its records. */
void lr_encode_frame(struct recorder *recorder, const uint8_t *bytes, size_t count);

#endif

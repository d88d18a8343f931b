/* An MCAP file of the six channels, front to back and uncompressed, as lumon-replay writes it. */
#ifndef LUMON_MCAP_H
#define LUMON_MCAP_H

#include "buffer.h"

/* Numbers of channels, and of their schemas. */
enum {
    CHANNEL_CONFIG = 1, CHANNEL_FRAME, CHANNEL_EVENT, CHANNEL_WORK, CHANNEL_CHECKPOINT, CHANNEL_SNAPSHOT,
    CHANNEL_LAST = CHANNEL_SNAPSHOT
};

/* Memory: the open chunk, and an index entry for each closed one. */
struct mcap {
    int file;
    uint64_t position; /* bytes handed to the operating system */
    uint32_t crc;      /* of those */
    struct buffer chunk;
    struct buffer indexes[CHANNEL_LAST + 1]; /* the entries of the open chunk's messages, by channel */
    struct buffer chunk_indexes;             /* records of the summary */
    uint32_t chunks;
    uint64_t counts[CHANNEL_LAST + 1];
    uint64_t first_time, last_time;             /* of all messages */
    uint64_t chunk_first_time, chunk_last_time; /* of those of the open chunk */
    bool chunk_has_messages;
};

/* All return 0 or an error number. */

/* Hands over header, schemas and channels. */
int lr_mcap_begin(struct mcap *mcap, int file);
/* Ends the open chunk, and hands it over with its message indexes in one piece. */
int lr_mcap_close_chunk(struct mcap *mcap);
/* Ends the data, and hands over the summary and the footer. The chunk must be closed. */
int lr_mcap_finish(struct mcap *mcap);
/* Adds a message to the open chunk. Where memory fails, mcap_close_chunk says so. */
void lr_mcap_message(struct mcap *mcap, uint16_t channel, uint32_t frame, const struct buffer *message);
void lr_mcap_free(struct mcap *mcap);

#endif

/* Bytes that grow, of the recorder's thread; and the parts of protobuf messages. */
#ifndef LUMON_BUFFER_H
#define LUMON_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Once memory has failed, `has_failed` stays, and nothing more is added. */
struct buffer {
    uint8_t *data;
    size_t count, capacity;
    bool has_failed;
};

/* Makes room for more bytes; false where there is none. */
bool lr_buffer_reserve(struct buffer *buffer, size_t more);
void lr_buffer_free(struct buffer *buffer);

void lr_buffer_raw(struct buffer *buffer, const void *bytes, size_t count);
void lr_buffer_u8(struct buffer *buffer, uint8_t value);
void lr_buffer_u16(struct buffer *buffer, uint16_t value);
void lr_buffer_u32(struct buffer *buffer, uint32_t value);
void lr_buffer_u64(struct buffer *buffer, uint64_t value);
/* Overwrites bytes that are there. */
void lr_buffer_set(struct buffer *buffer, size_t at, uint64_t value, size_t bytes);

/* Fields of protobuf messages. Those of scalar types are left out where they are 0. */
void lr_field_uint(struct buffer *buffer, uint32_t field, uint64_t value);
void lr_field_int(struct buffer *buffer, uint32_t field, int64_t value);
void lr_field_sint(struct buffer *buffer, uint32_t field, int64_t value);
void lr_field_fixed64(struct buffer *buffer, uint32_t field, uint64_t value);
/* A negative zero is left out as well. */
void lr_field_double(struct buffer *buffer, uint32_t field, double value);
/* Also where there are none. */
void lr_field_bytes(struct buffer *buffer, uint32_t field, const void *bytes, size_t count);
/* Left out where there are none. */
void lr_field_text(struct buffer *buffer, uint32_t field, const char *text);

/* Begins a field of bytes or of a message whose size is not known; what follows, up to field_end, is in it. */
size_t lr_field_begin(struct buffer *buffer, uint32_t field);
void lr_field_end(struct buffer *buffer, size_t begin);

void lr_varint(struct buffer *buffer, uint64_t value);
uint64_t lr_zigzag(int64_t value);

#endif

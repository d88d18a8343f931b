#include "buffer.h"

#include <stdlib.h>
#include <string.h>

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2 };

static void key(struct buffer *buffer, uint32_t field, enum wire wire);
static size_t put_varint(uint8_t *bytes, uint64_t value);

bool lr_buffer_reserve(struct buffer *buffer, size_t more) {
    if (buffer->has_failed) return false;
    if (more <= buffer->capacity - buffer->count) return true;
    size_t capacity = buffer->capacity < 4096 ? 4096 : buffer->capacity;
    while (capacity - buffer->count < more) {
        if (capacity > SIZE_MAX / 2) {
            buffer->has_failed = true;
            return false;
        }
        capacity *= 2;
    }
    uint8_t *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->has_failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void lr_buffer_free(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void lr_buffer_raw(struct buffer *buffer, const void *bytes, size_t count) {
    if (count == 0 || !lr_buffer_reserve(buffer, count)) return;
    memcpy(buffer->data + buffer->count, bytes, count);
    buffer->count += count;
}

void lr_buffer_u8(struct buffer *buffer, uint8_t value) { lr_buffer_raw(buffer, &value, 1); }

static void little(struct buffer *buffer, uint64_t value, size_t bytes) {
    uint8_t data[8];
    for (size_t i = 0; i < bytes; i++) data[i] = (uint8_t)(value >> (8 * i));
    lr_buffer_raw(buffer, data, bytes);
}

void lr_buffer_u16(struct buffer *buffer, uint16_t value) { little(buffer, value, 2); }

void lr_buffer_u32(struct buffer *buffer, uint32_t value) { little(buffer, value, 4); }

void lr_buffer_u64(struct buffer *buffer, uint64_t value) { little(buffer, value, 8); }

void lr_buffer_set(struct buffer *buffer, size_t at, uint64_t value, size_t bytes) {
    if (buffer->has_failed) return;
    for (size_t i = 0; i < bytes; i++) buffer->data[at + i] = (uint8_t)(value >> (8 * i));
}

void lr_field_uint(struct buffer *buffer, uint32_t field, uint64_t value) {
    if (value == 0) return;
    key(buffer, field, WIRE_VARINT);
    lr_varint(buffer, value);
}

void lr_field_int(struct buffer *buffer, uint32_t field, int64_t value) { lr_field_uint(buffer, field, (uint64_t)value); }

void lr_field_sint(struct buffer *buffer, uint32_t field, int64_t value) { lr_field_uint(buffer, field, lr_zigzag(value)); }

void lr_field_fixed64(struct buffer *buffer, uint32_t field, uint64_t value) {
    if (value == 0) return;
    key(buffer, field, WIRE_64);
    lr_buffer_u64(buffer, value);
}

void lr_field_double(struct buffer *buffer, uint32_t field, double value) {
    uint64_t bits;
    if (value == 0) return;
    memcpy(&bits, &value, sizeof bits);
    lr_field_fixed64(buffer, field, bits);
}

void lr_field_bytes(struct buffer *buffer, uint32_t field, const void *bytes, size_t count) {
    key(buffer, field, WIRE_BYTES);
    lr_varint(buffer, count);
    lr_buffer_raw(buffer, bytes, count);
}

void lr_field_text(struct buffer *buffer, uint32_t field, const char *text) {
    size_t count = strlen(text);
    if (count > 0) lr_field_bytes(buffer, field, text, count);
}

/* One byte is set aside for the size; where it takes more, the content moves. */
size_t lr_field_begin(struct buffer *buffer, uint32_t field) {
    key(buffer, field, WIRE_BYTES);
    lr_buffer_u8(buffer, 0);
    return buffer->count;
}

void lr_field_end(struct buffer *buffer, size_t begin) {
    if (buffer->has_failed) return;
    size_t count = buffer->count - begin;
    uint8_t size[10];
    size_t bytes = put_varint(size, count);
    if (!lr_buffer_reserve(buffer, bytes - 1)) return;
    if (bytes > 1) memmove(buffer->data + begin - 1 + bytes, buffer->data + begin, count);
    memcpy(buffer->data + begin - 1, size, bytes);
    buffer->count += bytes - 1;
}

void lr_varint(struct buffer *buffer, uint64_t value) {
    uint8_t bytes[10];
    lr_buffer_raw(buffer, bytes, put_varint(bytes, value));
}

uint64_t lr_zigzag(int64_t value) { return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0); }

static void key(struct buffer *buffer, uint32_t field, enum wire wire) {
    lr_varint(buffer, (uint64_t)field << 3 | (uint64_t)wire);
}

static size_t put_varint(uint8_t *bytes, uint64_t value) {
    size_t count = 0;
    while (value >= 0x80) {
        bytes[count++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[count++] = (uint8_t)value;
    return count;
}

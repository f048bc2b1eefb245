/* Values of DLMS/COSEM messages (A-XDR, IEC 61334-6, with the types of IEC 62056-5-3): one after the other, never behind
 * the end. For dlms.h. */
#ifndef DLMS_AXDR_H
#define DLMS_AXDR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum {
    DLMS_OK,
    DLMS_TRUNCATED, /* it ends within a value */
    DLMS_TRAILING, /* it goes on behind its list */
    DLMS_NO_PUSH, /* no data-notification in clear */
    DLMS_UNKNOWN_TYPE, /* a type of value, or a nesting, that no push list has */
    DLMS_UNKNOWN_LIST, /* a list without codes, or without units, of a version that is not in the tables below */
    DLMS_TOO_MANY /* more values than there is room for */
} dlms_status;

typedef struct {
    const uint8_t *at, *end;
} dlms_bytes;

/* A value of A-XDR: a number, some bytes, or how many elements follow. */
typedef struct {
    uint8_t tag;
    int64_t number;
    const uint8_t *bytes;
    size_t len;
} dlms_item;

enum {
    DLMS_NULL = 0,
    DLMS_ARRAY = 1,
    DLMS_STRUCTURE = 2,
    DLMS_INT32 = 5,
    DLMS_UINT32 = 6,
    DLMS_OCTETS = 9,
    DLMS_TEXT = 10,
    DLMS_INT8 = 15,
    DLMS_INT16 = 16,
    DLMS_UINT8 = 17,
    DLMS_UINT16 = 18,
    DLMS_INT64 = 20,
    DLMS_UINT64 = 21,
    DLMS_ENUM = 22
};

static inline size_t dlms_left(const dlms_bytes *in)
{
    return (size_t)(in->end - in->at);
}

/* A big-endian number of 1, 2, 4 or 8 bytes. */
static inline dlms_status dlms_number(dlms_bytes *in, size_t width, int is_signed, int64_t *number)
{
    uint64_t value = 0;
    if (dlms_left(in) < width) {
        return DLMS_TRUNCATED;
    }
    for (size_t i = 0; i < width; i++) {
        value = value << 8 | in->at[i];
    }
    in->at += width;
    if (is_signed && (value >> (8 * width - 1)) != 0) {
        *number = -(int64_t)(UINT64_MAX >> (64 - 8 * width) & ~value) - 1; /* of ~value the width's bits: no overflow */
    } else {
        *number = (int64_t)value;
    }
    return DLMS_OK;
}

/* A length or a count: one byte, or 0x81 or 0x82 and so many. */
static inline dlms_status dlms_length(dlms_bytes *in, size_t *length)
{
    int64_t number;
    dlms_status status = dlms_number(in, 1, 0, &number);
    if (status == DLMS_OK && number > 0x82) {
        return DLMS_UNKNOWN_TYPE;
    }
    if (status == DLMS_OK && number > 0x80) {
        status = dlms_number(in, (size_t)number - 0x80, 0, &number);
    } else if (status == DLMS_OK && number == 0x80) {
        return DLMS_UNKNOWN_TYPE;
    }
    *length = status == DLMS_OK ? (size_t)number : 0;
    return status;
}

static inline dlms_status dlms_next(dlms_bytes *in, dlms_item *item)
{
    dlms_status status;
    int64_t tag;
    memset(item, 0, sizeof *item);
    status = dlms_number(in, 1, 0, &tag);
    if (status != DLMS_OK) {
        return status;
    }
    item->tag = (uint8_t)tag;
    switch (item->tag) {
    case DLMS_NULL:
        return DLMS_OK;
    case DLMS_ARRAY:
    case DLMS_STRUCTURE:
        return dlms_length(in, &item->len);
    case DLMS_OCTETS:
    case DLMS_TEXT:
        status = dlms_length(in, &item->len);
        if (status == DLMS_OK && dlms_left(in) < item->len) {
            status = DLMS_TRUNCATED;
        }
        if (status == DLMS_OK) {
            item->bytes = in->at;
            in->at += item->len;
        }
        return status;
    case DLMS_INT8:
        return dlms_number(in, 1, 1, &item->number);
    case DLMS_UINT8:
    case DLMS_ENUM:
        return dlms_number(in, 1, 0, &item->number);
    case DLMS_INT16:
        return dlms_number(in, 2, 1, &item->number);
    case DLMS_UINT16:
        return dlms_number(in, 2, 0, &item->number);
    case DLMS_INT32:
        return dlms_number(in, 4, 1, &item->number);
    case DLMS_UINT32:
        return dlms_number(in, 4, 0, &item->number);
    case DLMS_INT64:
        return dlms_number(in, 8, 1, &item->number);
    case DLMS_UINT64:
        status = dlms_number(in, 8, 0, &item->number);
        return status == DLMS_OK && item->number < 0 ? DLMS_UNKNOWN_TYPE : status;
    default:
        return DLMS_UNKNOWN_TYPE;
    }
}

static inline int dlms_is_number(const dlms_item *item)
{
    return (item->tag >= DLMS_INT32 && item->tag <= DLMS_UINT32) || (item->tag >= DLMS_INT8 && item->tag <= DLMS_UINT64);
}

static inline int dlms_is_code(const dlms_item *item)
{
    return item->tag == DLMS_OCTETS && item->len == 6;
}

static inline int dlms_says(const dlms_item *item, const char *text)
{
    return item->bytes != NULL && item->len == strlen(text) && memcmp(item->bytes, text, item->len) == 0;
}

#endif

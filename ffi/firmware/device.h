/* What a device keeps over a loss of power, as files: the log of its mark's records, and the state of a meter. An image of
 * one protocol is started twice; the second start finds what the first has stored. */
#ifndef DEVICE_H
#define DEVICE_H

#include "board.h"
#include "measured.h"
#include "wattsum.h"
#include "scenes.h"

static wattsum_mark mark;
static uint8_t mark_record[WATTSUM_MARK_RECORD_LEN];

/* The library of an image with one protocol has no words. */
#ifndef DEVICE_WITH_TEXT
const char *wattsum_status_text(int32_t status)
{
    (void)status;
    return "see wattsum.h";
}
#endif

static inline int mark_stored(void)
{
    return CHECK(file_append("marks", mark_record, sizeof mark_record));
}

/* A new mark that knows all records, of which there must be `count`. */
static inline int mark_replayed(size_t count)
{
    static uint8_t log[16 * WATTSUM_MARK_RECORD_LEN];
    const size_t len = file_read("marks", log, sizeof log);
    int good = CHECK(len == count * sizeof mark_record) && CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    for (size_t at = 0; good && at < len; at += sizeof mark_record) {
        good = CHECK_STATUS(WATTSUM_OK, wattsum_mark_replay(&mark, log + at, sizeof mark_record));
    }
    return good;
}

/* Nothing of a meter that was ended is left in its memory. */
static inline int memory_wiped(const uint64_t *memory, size_t words)
{
    uint64_t left = 0;
    for (size_t i = 0; i < words; i++) {
        left |= memory[i];
    }
    return CHECK(left == 0);
}

#endif

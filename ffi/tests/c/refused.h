/* Calls that are refused: each with its status, and no output touched. */
#ifndef REFUSED_H
#define REFUSED_H

#include "check.h"

/* Where the outputs of refused calls would go. */
static struct {
    uint64_t memory[512];
    uint8_t bytes[8192];
    uint8_t record[256];
    int64_t sums[8];
    size_t len;
    uint32_t ids[64];
    wattsum_status statuses[64];
    uint32_t culprit;
    uint8_t stage;
    void *handle;
} out;

static inline void fill_out(void)
{
    memset(&out, 0xEE, sizeof out);
}

/* Whether nothing was written since fill_out. */
static inline int untouched(void)
{
    const uint8_t *bytes = (const uint8_t *)&out;
    for (size_t i = 0; i < sizeof out; i++) {
        if (bytes[i] != 0xEE) {
            return 0;
        }
    }
    return 1;
}

static inline void refused(wattsum_status expected, wattsum_status status, const char *what, int line)
{
    check_status(expected, status, what, line);
    check(untouched(), "an output was touched", line);
}

#define REFUSED(expected, call) (fill_out(), refused(expected, call, #call, __LINE__))
#define NULL_REFUSED(call) REFUSED(WATTSUM_MISUSE_NULL, call)

/* Bytes of anything: the same at every run. */
static inline void garble(uint8_t *bytes, size_t len, uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 1;
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(state >> 24);
    }
}

#endif

/* What a call leaves on the stack below its caller. Not under valgrind or sanitizers, which lay stacks out anew: these
 * programs look at memory that no object owns any more, as who dumps a device does. */
#ifndef STACK_H
#define STACK_H

#include <string.h>
#include "check.h"

/* It is what this is for. */
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

enum { stack_depth = 200000 };

static uint8_t stack_image[stack_depth];

__attribute__((noinline)) static void stack_paint(void)
{
    volatile uint8_t below[stack_depth];
    for (size_t i = 0; i < stack_depth; i++) {
        below[i] = 0x5c;
    }
}

__attribute__((noinline)) static void stack_look(void)
{
    volatile uint8_t below[stack_depth];
    for (size_t i = 0; i < stack_depth; i++) {
        stack_image[i] = below[i];
    }
}

/* How often the bytes are there. */
static size_t stack_has(const uint8_t *bytes, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i + len <= stack_depth; i++) {
        count += memcmp(stack_image + i, bytes, len) == 0;
    }
    return count;
}

/* That looking sees: a function that leaves a copy. */
__attribute__((noinline)) static void stack_leak(const uint8_t secret[32])
{
    volatile uint8_t copy[32];
    for (size_t i = 0; i < 32; i++) {
        copy[i] = secret[i];
    }
}

static void stack_sees(void)
{
    uint8_t secret[32];
    for (size_t i = 0; i < 32; i++) {
        secret[i] = (uint8_t)(7 * i + 1);
    }
    stack_paint();
    stack_leak(secret);
    stack_look();
    CHECK(stack_has(secret, sizeof secret) > 0);
}

/* LEFT(status, call): runs the call on a painted stack. */
#define LEFT(call)                                                                                                     \
    do {                                                                                                               \
        wattsum_status left_;                                                                                          \
        stack_paint();                                                                                                 \
        left_ = call;                                                                                                  \
        stack_look();                                                                                                  \
        CHECK_STATUS(WATTSUM_OK, left_);                                                                               \
    } while (0)

#endif

/* Wrong calls of any function, for misuse_sweep.c: each pointer is NULL, misaligned or equal to another in turn, and what
 * the rest points to is zeros, in which no role lives. Nothing may crash, be written without success, or end in a panic;
 * and a NULL, a pointer that is not aligned, and two that overlap are misuse, where the zeros alone were not refused as
 * something else before. */
#ifndef SWEEP_H
#define SWEEP_H

#include <stddef.h>

#include "check.h"

enum { sweep_pointers = 16, sweep_words = 1024 };

#define SWEEP_ROLE sizeof(uint64_t)
#define SWEEP_ALIGNMENT(type)                                                                                          \
    offsetof(                                                                                                          \
        struct {                                                                                                       \
            char c;                                                                                                    \
            type t;                                                                                                    \
        },                                                                                                             \
        t)

typedef struct {
    const char *name;
    /* p: one for each pointer; n: every number. */
    wattsum_status (*call)(void *const *p, size_t n);
    int frees;
    size_t count;
    struct {
        size_t alignment;
        int optional, output;
        /* Frees a handle that a call has left there. */
        void (*release)(void *handle);
    } pointers[sweep_pointers];
} sweep_export;

static uint64_t sweep_memory[sweep_pointers][sweep_words];

static inline int sweep_is_clean(void)
{
    static const uint64_t clean[sweep_words];
    int good = 1;
    for (size_t i = 0; i < sweep_pointers; i++) {
        good = good && memcmp(sweep_memory[i], clean, sizeof clean) == 0;
    }
    return good;
}

/* A call; says which function has written where it should not have. */
static inline wattsum_status sweep_call(const sweep_export *each, void *const *p, size_t n)
{
    const wattsum_status status = each->call(p, n);
    if (!check(status == WATTSUM_OK || sweep_is_clean(), each->name, __LINE__)) {
        say("  has written without success\n");
    }
    for (size_t i = 0; status == WATTSUM_OK && i < each->count; i++) {
        if (each->pointers[i].release != NULL && p[i] != NULL) {
            void *handle;
            memcpy(&handle, p[i], sizeof handle);
            each->pointers[i].release(handle);
        }
    }
    memset(sweep_memory, 0, sizeof sweep_memory);
    return status;
}

/* Says the function, what was done, and with which pointer, where `good` does not hold of the status. */
static inline void sweep_expect(int good, const sweep_export *each, const char *what, size_t pointer, wattsum_status status)
{
    if (!check(good, each->name, __LINE__)) {
        say("  ");
        say(what);
        say(", pointer ");
        say_number(pointer);
        say(": ");
        say(wattsum_status_text(status));
        say("\n");
    }
}

/* `zeros` is how the call ended that had nothing else wrong. */
static inline int sweep_misuse(wattsum_status status, wattsum_status zeros)
{
    return (status >= 100 && status < 200) || (status == zeros && status > 0 && status < 900);
}

static inline void sweep_one(const sweep_export *each)
{
    void *p[sweep_pointers] = {NULL};
    wattsum_status status = sweep_call(each, p, 0), zeros;
    sweep_expect(each->frees ? status == WATTSUM_OK : sweep_misuse(status, 0), each, "all NULL", 0, status);

    for (size_t i = 0; i < each->count; i++) {
        p[i] = sweep_memory[i];
    }
    /* Some succeed: those that only make something, from any bytes. */
    zeros = sweep_call(each, p, 8);
    sweep_expect(zeros >= 0 && zeros < 900, each, "zeros", 0, zeros);

    for (size_t i = 0; i < each->count; i++) {
        p[i] = NULL;
        status = sweep_call(each, p, 8);
        if (each->pointers[i].optional) {
            sweep_expect(status >= 0 && status < 900, each, "NULL where it may be", i, status);
        } else {
            sweep_expect(each->frees ? status == WATTSUM_OK : sweep_misuse(status, zeros), each, "NULL", i, status);
        }
        p[i] = sweep_memory[i];
        if (each->pointers[i].alignment > 1) {
            p[i] = (char *)sweep_memory[i] + 1;
            status = sweep_call(each, p, 8);
            sweep_expect(sweep_misuse(status, zeros), each, "misaligned", i, status);
            p[i] = sweep_memory[i];
        }
        for (size_t j = 0; j < i; j++) {
            if (each->pointers[i].output || each->pointers[j].output) {
                p[i] = p[j];
                status = sweep_call(each, p, 8);
                sweep_expect(sweep_misuse(status, zeros), each, "overlapping", i, status);
                p[i] = sweep_memory[i];
            }
        }
    }
}

static inline void sweep(const sweep_export *exports, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sweep_one(&exports[i]);
    }
}

#endif

/* Secrets as memcheck sees them: memory that was never written. Whatever is computed from it is undefined too, bit by
 * bit, and memcheck reports every jump and every address that depends on it; run.sh reads the reports.
 *
 * The library is the archive that is shipped, and knows nothing of this. What leaves the device is declassified here,
 * by LEAVES and DONE alone, so that the calls of these two are the list of what is public though it depends on secrets;
 * each says why. What is public inside the library already, and branched on there, is in the file `allowed`.
 *
 * With the argument "unmarked" nothing is a secret: then nothing may be reported, nor look like one. */
#ifndef TAINT_H
#define TAINT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "wattsum.h"

/* Of a frame before its payload: protocol, version, kind, flags, sender, round and what else is public. */
#define FRAME_HEADER 16
#define TAG 16
#define SIGNATURE 64

/* What run.sh reads, among the reports. */
#define NOTE(...) VALGRIND_PRINTF(__VA_ARGS__)

static const char *running = "start";
static unsigned wrong;
static int marking = 1;

/* For all that must hold besides: a line of its own, which run.sh looks for. */
static inline void demand(int good, const char *what, int line)
{
    if (!good) {
        wrong++;
        NOTE("BROKEN line %d: %s\n", line, what);
    }
}

static inline void starts(int count, char **arguments)
{
    if (RUNNING_ON_VALGRIND == 0) {
        fputs("not under valgrind\n", stderr);
        exit(2);
    }
    marking = count < 2 || strcmp(arguments[1], "unmarked") != 0;
}

/* The path that runs from here on: reports that follow belong to it. A place that was reported is not reported again. */
static inline void begins(const char *path)
{
    running = path;
    NOTE("PATH %s\n", path);
}

/* From here on nobody may branch on these bytes, nor use them in an address. */
static inline void secret(void *at, size_t len)
{
    if (marking) {
        VALGRIND_MAKE_MEM_UNDEFINED(at, len);
    }
}

/* How many bytes depend on a secret. */
static inline size_t depending(const void *at, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)at;
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char bits = 0;
        if (VALGRIND_GET_VBITS(&bytes[i], &bits, 1) != 1) {
            demand(0, "no shadow memory", __LINE__);
        }
        count += bits != 0;
    }
    return count;
}

/* DECLASSIFIED: what leaves the device and is public by the protocol's design. Exactly `expected` of its bytes depend on
 * a secret: fewer, and the marks did not come through the library; more, and what should be plain is not. */
static inline void leaves(const char *what, void *at, size_t len, size_t expected, int line)
{
    const size_t found = depending(at, len);
    NOTE("SAW %zu of %zu bytes of the %s depend on secrets\n", found, len, what);
    demand(found == (marking ? expected : 0), what, line);
    VALGRIND_MAKE_MEM_DEFINED(at, len);
}

/* What stays on the device: at least so many of its bytes depend on a secret. */
static inline void stays(const char *what, const void *at, size_t len, size_t least, int line)
{
    const size_t found = depending(at, len);
    if (marking) {
        NOTE("SAW %zu of %zu bytes of the %s depend on secrets\n", found, len, what);
        demand(found >= least, what, line);
    }
}

/* After a role was freed: its memory has neither a secret nor anything else. */
static inline void keeps_nothing(const void *at, size_t len, int line)
{
    const unsigned char *bytes = (const unsigned char *)at;
    unsigned char any = 0;
    demand(depending(at, len) == 0, "no secret is left", line);
    for (size_t i = 0; i < len; i++) {
        any |= bytes[i];
    }
    demand(any == 0, "nothing is left", line);
}

/* DECLASSIFIED: a status. The caller acts on it, so it is public; where it can depend on a secret at all is argued in
 * `allowed`. Lengths and counts do not depend on secrets: PLAIN, and nothing is declassified. */
static inline int done(wattsum_status expected, wattsum_status status, const char *what, int line)
{
    VALGRIND_MAKE_MEM_DEFINED(&status, sizeof status);
    if (status != expected) {
        wrong++;
        NOTE("BROKEN line %d: %s is %d, %s\n", line, what, (int)status, wattsum_status_text(status));
    }
    return status == expected;
}

#define DONE(call) done(WATTSUM_OK, call, #call, __LINE__)
#define REFUSED(status, call) done(status, call, #call, __LINE__)
#define DEMAND(condition) demand(condition, #condition, __LINE__)
#define LEAVES(what, at, len, expected) leaves(what, at, len, expected, __LINE__)
#define STAYS(what, at, len, least) stays(what, at, len, least, __LINE__)
#define KEEPS_NOTHING(at, len) keeps_nothing(at, len, __LINE__)
#define PLAIN(value) demand(depending(&(value), sizeof(value)) == 0, #value " depends on no secret", __LINE__)

/* What main returns, and the last line of a log that is whole. */
static inline int ended(void)
{
    NOTE("END\n");
    return wrong != 0;
}

#endif

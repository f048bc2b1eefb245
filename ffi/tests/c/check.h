/* Checks that count, for tests on the host and on the board. */
#ifndef CHECK_H
#define CHECK_H

#include <string.h>

#include "wattsum.h"

#ifdef BOARD_H
static inline void say(const char *text)
{
    print(text);
}
static inline void say_number(uint64_t number)
{
    print_number(number);
}
#else
#include <stdio.h>
static inline void say(const char *text)
{
    fputs(text, stdout);
}
static inline void say_number(uint64_t number)
{
    printf("%llu", (unsigned long long)number);
}
#endif

/* Elements of an array. */
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static unsigned passed, failed;

static inline int check(int good, const char *what, int line)
{
    if (good) {
        passed++;
    } else {
        failed++;
        say("line ");
        say_number((uint64_t)line);
        say(": ");
        say(what);
        say("\n");
    }
    return good;
}

static inline int check_status(wattsum_status expected, wattsum_status status, const char *what, int line)
{
    if (!check(status == expected, what, line)) {
        say("  is ");
        say_number((uint64_t)status);
        say(", ");
        say(wattsum_status_text(status));
        say("; expected ");
        say_number((uint64_t)expected);
        say("\n");
    }
    return status == expected;
}

#define CHECK(condition) check(condition, #condition, __LINE__)
#define CHECK_STATUS(expected, call) check_status(expected, call, #call, __LINE__)
#define CHECK_BYTES(expected, bytes, len)                                                                          \
    check((len) == sizeof(expected) && memcmp(bytes, expected, sizeof(expected)) == 0, #bytes " equal " #expected, \
        __LINE__)

/* The last line of a test's output; what main returns. */
static inline int counted(void)
{
    say_number(passed);
    say(" passed, ");
    say_number(failed);
    say(" failed\n");
    return failed != 0 || passed == 0;
}

#endif

/* Lines for the table of costs: what, instructions, bytes of stack. run.sh reads them. */
#ifndef MEASURED_H
#define MEASURED_H

#include "board.h"

static uint64_t measured_from;

/* Of what, where an image measures the same for several. */
static const char *measured_of = "";

static inline void measured(const char *what)
{
    uint64_t spent = instructions() - measured_from;
    size_t peak = stack_peak();
    print(measured_of);
    print(what);
    print(": ");
    print_number(spent);
    print(" instructions, ");
    print_number(peak);
    print(" bytes of stack\n");
}

#define MEASURE(what, call)             \
    do {                                \
        stack_paint();                  \
        measured_from = instructions(); \
        call;                           \
        measured(what);                 \
    } while (0)

#endif

/* The reference's vectors, computed by the crates on this core: what `vector` in the measure library makes of each input
 * must be what vectors.h says. */
#include <string.h>

#include "board.h"

/* Input and result, one after the other. */
struct vector {
    const char *name;
    uint32_t number;
    uint16_t input, result;
    const char *bytes;
};

#include "vectors.h"

size_t vector(uint32_t number, const uint8_t *input, size_t len, uint8_t *output, size_t size);

int main(void)
{
    static uint8_t output[4096];
    unsigned passed = 0, failed = 0, absent = 0;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *now = &vectors[i];
        const size_t len = vector(now->number, (const uint8_t *)now->bytes, now->input, output, sizeof output);
        if (len == SIZE_MAX) {
            absent++;
            continue;
        }
        if (len == now->result && memcmp(output, now->bytes + now->input, len) == 0) {
            passed++;
            continue;
        }
        failed++;
        print(now->name);
        print(", vector ");
        print_number(i);
        print(len == 0 ? ": refused\n" : ": another result\n");
    }
    if (absent != 0) {
        print("not run: ");
        print_number(absent);
        print(" of head ends, for which this core has no atomics\n");
    }
    print_number(passed);
    print(" passed, ");
    print_number(failed);
    print(" failed\n");
    return failed != 0 || passed == 0;
}

/* libFuzzer on the DLMS example: whatever a meter sends ends in a status, and what is understood has whole values only.
 *
 * clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I ffi/include -I ffi/examples \
 *     ffi/tests/dlms/fuzz.c target/release/libwattsum.a -o fuzz_dlms && ./fuzz_dlms -max_total_time=120 CORPUS
 *
 * A corpus of real pushes: a file of raw bytes for each frame of ../shared/data/frames. */
#include <stdlib.h>

#define main example
#include "dlms_meter.c"
#undef main

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static gateway own;
    static dlms_list list;
    uint64_t shows = 0;
    if (gateway_read(&own, bytes, len, &list, &shows) != DLMS_OK) {
        if (own.has[POWER] || own.has[ENERGY]) {
            abort();
        }
        return 0;
    }
    if (list.count > DLMS_VALUES) {
        abort();
    }
    for (size_t i = 0; i < list.count; i++) {
        int64_t number;
        if (list.values[i].unit == DLMS_NO_UNIT || !whole(&list.values[i], &number)) {
            continue;
        }
        if ((number < 0) != (list.values[i].number < 0)) {
            abort();
        }
    }
    if (own.has[ENERGY]) {
        const wattsum_kept before = {0, 0};
        wattsum_kept after = before;
        int64_t reading = -1;
        const wattsum_status status = wattsum_register_consumed(&own.energy, &before, shows, plausible, &reading, &after);
        if ((status == WATTSUM_OK) != (reading >= 0) || (status == WATTSUM_OK && (uint64_t)reading > plausible)) {
            abort();
        }
    }
    return 0;
}

/* After a shamir meter is made, stored and taken up again, and contributes: neither link secret nor keys lie on the dead
 * stack. */
#include "stack.h"
#include "group.h"

static group all;

int main(void)
{
    static uint8_t state[WATTSUM_SHAMIR_STATE_LEN(group_aggregators)];
    static uint64_t memory[(WATTSUM_SHAMIR_METER_SIZE(group_aggregators) + 7) / 8];
    uint8_t link[32], again[32], record[WATTSUM_MARK_RECORD_LEN], frame[group_contribution];
    const int64_t reading[group_channels] = {123456, -654};
    wattsum_shamir_meter *meter = NULL;
    size_t len = 0, windows = 0;

    stack_sees();
    form(&all);
    memcpy(link, all.meters[0].link, sizeof link);
    memcpy(again, link, sizeof again);
    begin(&all);
    {
        device *own = &all.devices[0];
        const wattsum_shamir_setup setup = setup_of(&all, 0);
        LEFT(wattsum_shamir_meter_new(memory, sizeof memory, &setup, again, &meter, NULL));
        CHECK(stack_has(link, 32) == 0);
        LEFT(wattsum_shamir_meter_export(meter, state, sizeof state, &len));
        for (size_t i = 22; i + 32 <= len; i += 4) {
            windows += stack_has(state + i, 32) != 0;
        }
        CHECK(windows == 0);
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_free(meter));
        LEFT(wattsum_shamir_meter_import(memory, sizeof memory, &setup, state, len, &meter, NULL));
        for (size_t i = 22; i + 32 <= len; i += 4) {
            windows += stack_has(state + i, 32) != 0;
        }
        CHECK(windows == 0);
        LEFT(wattsum_shamir_meter_contribute(meter, &own->mark, group_first, group_first, reading, group_channels,
            record, frame, sizeof frame, &len));
        CHECK(stack_has((const uint8_t *)reading, sizeof reading) == 0);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_free(meter));
    end(&all);
    return counted();
}

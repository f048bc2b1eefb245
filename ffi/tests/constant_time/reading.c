/* Readings before they reach a meter: registers, and what is fitted to a round's bound. Both are as secret as readings. */
#include "taint.h"

int main(int count, char **arguments)
{
    const wattsum_register meter = {.largest = 99999999, .scaler = -1};
    wattsum_kept kept = {.value = 99999990, .rest = 3}, next;
    uint64_t previous = 4294967290u, now = 20;
    int64_t reading = 0, value = 2000000, left = 7, next_left = 0;
    starts(count, arguments);

    begins("a reading from a register");
    secret(&previous, sizeof previous);
    secret(&now, sizeof now);
    DONE(wattsum_reading_from_register(previous, now, 32, 1, &reading));
    LEAVES("reading", &reading, sizeof reading, sizeof reading);
    DEMAND(reading == 260);

    begins("what a register has gone up by");
    now = 17;
    secret(&now, sizeof now);
    secret(&kept, sizeof kept);
    DONE(wattsum_register_consumed(&meter, &kept, now, 1000, &reading, &next));
    STAYS("reading", &reading, sizeof reading, 1);
    STAYS("register kept", &next, sizeof next, 9);

    begins("a reading that is fitted to the bound");
    secret(&value, sizeof value);
    secret(&left, sizeof left);
    DONE(wattsum_reading_fit(value, 1000000, left, &reading, &next_left));
    STAYS("fitted value", &reading, sizeof reading, 1);
    STAYS("rest", &next_left, sizeof next_left, 1);
    return ended();
}

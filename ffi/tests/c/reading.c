/* Readings from registers: roll-over, scalers, what is kept, and what is refused; outputs stay where it is. */
#include "check.h"

static const int64_t untouched = -77;

/* A reading, or `untouched` with the status that must be. */
static void reads(wattsum_status expected, int64_t value, uint64_t previous, uint64_t now, uint8_t width, int8_t scaler,
    int line)
{
    int64_t reading = untouched;
    check_status(expected, wattsum_reading_from_register(previous, now, width, scaler, &reading),
        "wattsum_reading_from_register", line);
    check(reading == (expected == WATTSUM_OK ? value : untouched), "reading", line);
}
#define READS(value, previous, now, width, scaler) reads(WATTSUM_OK, value, previous, now, width, scaler, __LINE__)
#define REFUSES(status, previous, now, width, scaler) reads(status, 0, previous, now, width, scaler, __LINE__)

static void registers(void)
{
    static const int64_t times[] = {1, 10, 100, 1000};
    uint64_t odd[2] = {0, 0};
    READS(0, 0, 0, 32, 0);
    READS(5, 7, 12, 32, 0);
    READS(31, 0xFFFFFFF0u, 15, 32, 0);
    READS(INT64_C(0xFFFFFFFF), 0, 0xFFFFFFFFu, 32, 0);
    READS(INT64_C(0xFFFFFFFF), 1, 0, 32, 0);
    for (unsigned width = 1; width <= 64; width++) {
        const uint64_t largest = UINT64_MAX >> (64 - width);
        READS(1, largest, 0, (uint8_t)width, 0);
        READS(1, largest - 1, largest, (uint8_t)width, 0);
        if (width > 1) {
            READS(2, largest - 1, 0, (uint8_t)width, 0);
        }
        if (width < 64) {
            REFUSES(WATTSUM_MISUSE_REGISTER_TOO_LARGE, largest + 1, 0, (uint8_t)width, 0);
            REFUSES(WATTSUM_MISUSE_REGISTER_TOO_LARGE, 0, largest + 1, (uint8_t)width, 0);
            READS((int64_t)largest, 0, largest, (uint8_t)width, 0);
        }
    }
    for (int scaler = -4; scaler <= 3; scaler++) {
        if (scaler >= 0) {
            READS(123 * times[scaler], 1000, 1123, 24, (int8_t)scaler);
        } else {
            const uint64_t ten = (uint64_t)times[-scaler > 3 ? 3 : -scaler] * (scaler == -4 ? 10 : 1);
            READS(123, 1000, 1000 + 123 * ten, 32, (int8_t)scaler);
            REFUSES(WATTSUM_MISUSE_READING_NOT_WHOLE, 1000, 1001 + 123 * ten, 32, (int8_t)scaler);
            REFUSES(WATTSUM_MISUSE_READING_NOT_WHOLE, 1000, 999 + 123 * ten, 32, (int8_t)scaler);
            REFUSES(WATTSUM_MISUSE_READING_NOT_WHOLE, 0, 1, 32, (int8_t)scaler);
        }
    }
    /* Around int64_t. */
    READS(INT64_MAX, 0, INT64_MAX, 64, 0);
    REFUSES(WATTSUM_MISUSE_READING_TOO_LARGE, 0, (uint64_t)INT64_MAX + 1, 64, 0);
    REFUSES(WATTSUM_MISUSE_READING_TOO_LARGE, 0, UINT64_MAX, 64, 3);
    READS(INT64_C(9223372036854775000), 0, UINT64_C(9223372036854775), 64, 3);
    REFUSES(WATTSUM_MISUSE_READING_TOO_LARGE, 0, UINT64_C(9223372036854776), 64, 3);
    READS(INT64_C(1844674407370955), 0, UINT64_C(18446744073709550000), 64, -4);
    /* What does not exist. */
    REFUSES(WATTSUM_MISUSE_BAD_PARAMETER, 0, 0, 0, 0);
    REFUSES(WATTSUM_MISUSE_BAD_PARAMETER, 0, 0, 65, 0);
    REFUSES(WATTSUM_MISUSE_BAD_PARAMETER, 0, 0, 32, -5);
    REFUSES(WATTSUM_MISUSE_BAD_PARAMETER, 0, 0, 32, 4);
    REFUSES(WATTSUM_MISUSE_BAD_PARAMETER, 0, 0, 255, INT8_MIN);
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_reading_from_register(0, 1, 32, 0, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_MISALIGNED,
        wattsum_reading_from_register(0, 1, 32, 0, (int64_t *)(void *)((char *)odd + 1)));
}

/* A display of six digits, a tenth of a Wh a step, read in odd intervals through two roll-overs. */
static void kept(void)
{
    static const wattsum_register display = {.largest = 999999, .scaler = -1};
    wattsum_kept at = {.value = 999990, .rest = 0}, next;
    uint64_t gone_up = 0;
    int64_t billed = 0;
    for (uint64_t i = 1; i <= 600; i++) {
        const uint64_t steps = i * 7919 % 6007, now = (at.value + steps) % 1000000;
        int64_t reading = untouched;
        CHECK_STATUS(WATTSUM_OK, wattsum_register_consumed(&display, &at, now, 601, &reading, &next));
        gone_up += steps;
        billed += reading;
        CHECK(next.value == now && next.rest < 10);
        CHECK((uint64_t)billed * 10 + next.rest == gone_up);
        at = next;
    }
    CHECK(gone_up > 1000000);
}

static void plausible(void)
{
    static const wattsum_register meter = {.largest = 99999999, .scaler = 0};
    const wattsum_kept at = {.value = 22721380, .rest = 0}, end = {.value = 99999990, .rest = 0};
    wattsum_kept next = {.value = 1, .rest = 2};
    int64_t reading = untouched;
    /* Three phases of 63 A at 230 V for a quarter of an hour. */
    const uint64_t most = 10867;
    CHECK_STATUS(WATTSUM_MISUSE_READING_IMPLAUSIBLE, wattsum_register_consumed(&meter, &at, 0, most, &reading, &next));
    CHECK_STATUS(
        WATTSUM_MISUSE_READING_IMPLAUSIBLE, wattsum_register_consumed(&meter, &at, 22721379, most, &reading, &next));
    CHECK_STATUS(WATTSUM_MISUSE_READING_IMPLAUSIBLE,
        wattsum_register_consumed(&meter, &at, 22721380 + most + 1, most, &reading, &next));
    CHECK_STATUS(
        WATTSUM_MISUSE_REGISTER_TOO_LARGE, wattsum_register_consumed(&meter, &at, 100000000, most, &reading, &next));
    CHECK(reading == untouched && next.value == 1 && next.rest == 2);
    CHECK_STATUS(
        WATTSUM_OK, wattsum_register_consumed(&meter, &at, 22721380 + most, most, &reading, &next));
    CHECK(reading == (int64_t)most && next.value == 22721380 + most && next.rest == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_register_consumed(&meter, &end, 5, most, &reading, &next));
    CHECK(reading == 15 && next.value == 5);
    CHECK_STATUS(WATTSUM_OK, wattsum_register_consumed(&meter, &at, 0, UINT64_MAX, &reading, &next));
    CHECK(reading == 100000000 - 22721380);
}

static void misuse(void)
{
    wattsum_register meter = {.largest = 99999999, .scaler = -2};
    wattsum_kept at = {.value = 5, .rest = 99}, next = {.value = 1, .rest = 2};
    int64_t reading = untouched;
    CHECK_STATUS(WATTSUM_OK, wattsum_register_consumed(&meter, &at, 6, 1, &reading, &next));
    CHECK(reading == 1 && next.value == 6 && next.rest == 0);
    next.value = 1;
    reading = untouched;
    at.rest = 100;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_register_consumed(&meter, &at, 6, 1, &reading, &next));
    at.rest = 0;
    at.value = 100000000;
    CHECK_STATUS(WATTSUM_MISUSE_REGISTER_TOO_LARGE, wattsum_register_consumed(&meter, &at, 6, 1, &reading, &next));
    at.value = 5;
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_register_consumed(NULL, &at, 6, 1, &reading, &next));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_register_consumed(&meter, NULL, 6, 1, &reading, &next));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_register_consumed(&meter, &at, 6, 1, NULL, &next));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_register_consumed(&meter, &at, 6, 1, &reading, NULL));
    /* The old one is needed until the new one is stored. */
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_register_consumed(&meter, &at, 6, 1, &reading, &at));
    CHECK_STATUS(
        WATTSUM_MISUSE_OVERLAP, wattsum_register_consumed(&meter, &at, 6, 1, (int64_t *)(void *)&next, &next));
    meter.largest = 0;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_register_consumed(&meter, &at, 6, 1, &reading, &next));
    meter.largest = 9;
    meter.scaler = 4;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_register_consumed(&meter, &at, 6, 1, &reading, &next));
    CHECK(reading == untouched && next.value == 1 && at.value == 5);
}

/* A spike is spread over rounds, and nothing is lost. */
static void fitting(void)
{
    static const int64_t readings[] = {115000, 0, -20, 0, 0};
    int64_t left = 0, value = untouched, next = untouched, sent = 0;
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_reading_fit(readings[i], 40000, left, &value, &next));
        CHECK(value <= 40000 && value >= -40000);
        sent += value;
        left = next;
    }
    CHECK(sent == 114980 && left == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_reading_fit(INT64_MIN, INT64_MAX, 0, &value, &next));
    CHECK(value == -INT64_MAX && next == -1);
    value = next = untouched;
    CHECK_STATUS(WATTSUM_MISUSE_READING_TOO_LARGE, wattsum_reading_fit(INT64_MAX, 10, 1, &value, &next));
    CHECK_STATUS(WATTSUM_MISUSE_READING_TOO_LARGE, wattsum_reading_fit(INT64_MIN, 10, -1, &value, &next));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_reading_fit(1, 0, 0, &value, &next));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_reading_fit(1, UINT64_MAX, 0, &value, &next));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_reading_fit(1, 10, 0, NULL, &next));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_reading_fit(1, 10, 0, &value, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_reading_fit(1, 10, 0, &value, &value));
    CHECK(value == untouched && next == untouched);
}

int main(void)
{
    registers();
    kept();
    plausible();
    misuse();
    fitting();
    return counted();
}

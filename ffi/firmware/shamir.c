/* A device that speaks shamir only, of four aggregators or five (scene_shamir.h, made by run.sh). After the first
 * contribution the power goes; the second start goes on from the state, without the link secret. */
#include "device.h"
#include "play_shamir.h"

METER_MEMORY(shamir_memory, WATTSUM_SHAMIR_METER_SIZE(shamir_aggregators));
static uint8_t frame[shamir_contribution], state[WATTSUM_SHAMIR_STATE_LEN(shamir_aggregators)];
static wattsum_status status = WATTSUM_UNKNOWN;
static size_t len;

static wattsum_status contribute(wattsum_shamir_meter *meter, uint64_t round, const int64_t *reading)
{
    return wattsum_shamir_meter_contribute(
        meter, &mark, round, round, reading, shamir_channels, mark_record, frame, sizeof frame, &len);
}

static void first_start(uint64_t round)
{
    wattsum_epoch epoch;
    wattsum_shamir_meter *meter = NULL;
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    MEASURE("begin an epoch", shamir_epoch(&epoch));
    MEASURE("verify all members", shamir_members(&epoch));
    MEASURE("make all keys", meter = shamir_make(&epoch, 0, shamir_memory, sizeof shamir_memory));
    MEASURE("export the state", status = wattsum_shamir_meter_export(meter, state, sizeof state, &len));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK(len == sizeof state && file_write("state", state, len));
    MEASURE("contribute", status = contribute(meter, round, scene_shamir_reading_0));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_shamir_contribution_0, frame, len);
    mark_stored();
}

static void second_start(uint64_t round, uint64_t next)
{
    wattsum_epoch epoch;
    wattsum_shamir_setup setup;
    wattsum_shamir_meter *meter = NULL;
    CHECK(shamir_epoch(&epoch));
    CHECK(member_of(&shamir_forming, &epoch, &scene_shamir_lists, WATTSUM_LIST_ROSTER, scene_shamir_utility,
        &shamir_utility));
    setup = shamir_setup(&epoch, 0);
    setup.aggregators = NULL;
    MEASURE("import the state",
        status = wattsum_shamir_meter_import(
            shamir_memory, sizeof shamir_memory, &setup, state, sizeof state, &meter, NULL));
    CHECK_STATUS(WATTSUM_OK, status);
    mark_replayed(1);
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED, contribute(meter, round, scene_shamir_reading_0));
    MEASURE("contribute in the next ratchet step", status = contribute(meter, next, scene_shamir_reading_1));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_shamir_contribution_1, frame, len);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_free(meter));
    memory_wiped(shamir_memory, COUNT(shamir_memory));
}

int main(void)
{
    if (file_read("state", state, sizeof state) != sizeof state) {
        first_start(scene_shamir_rounds[0]);
    } else {
        second_start(scene_shamir_rounds[0], scene_shamir_rounds[1]);
    }
    return counted();
}

/* A device that speaks dcnet only, from its link secret to a repair; its frames must be those of the host (scene_dcnet.h,
 * made by run.sh). It tells what the protocol costs with any number of neighbours. The power goes between contribution and
 * Close: the second start goes on from the state, without the link secret and without proofs of others. */
#include "device.h"
#include "play_dcnet.h"

METER_MEMORY(dcnet_memory, WATTSUM_DCNET_METER_SIZE(dcnet_neighbours, dcnet_holders));
static uint32_t positions[256];
static uint8_t frame[dcnet_contribution], repair[dcnet_repair], close_record[WATTSUM_DCNET_CLOSE_RECORD_LEN];
static uint8_t state[WATTSUM_DCNET_STATE_LEN(dcnet_neighbours, dcnet_holders)];
static wattsum_status status = WATTSUM_UNKNOWN;
static size_t len;

static wattsum_status contribute(wattsum_dcnet_meter *meter, uint64_t round)
{
    return wattsum_dcnet_meter_contribute(meter, &mark, round, round, scene_dcnet_reading_0, dcnet_channels,
        mark_record, frame, sizeof frame, &len, NULL);
}

static void first_start(uint64_t round)
{
    wattsum_epoch epoch;
    wattsum_dcnet_meter *meter = NULL;
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    MEASURE("begin an epoch", dcnet_epoch(&epoch));
    MEASURE("find the neighbours", dcnet_graph(&epoch, positions, COUNT(positions)));
    MEASURE("verify all members", dcnet_members(&epoch));
    MEASURE("make all keys", meter = dcnet_make(&epoch, dcnet_memory, sizeof dcnet_memory));

    MEASURE("take an Open",
        status = wattsum_dcnet_meter_open(meter, round, scene_dcnet_open_0, sizeof scene_dcnet_open_0, NULL));
    CHECK_STATUS(WATTSUM_OK, status);
    MEASURE("contribute", status = contribute(meter, round));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_dcnet_contribution_0, frame, len);
    /* Both before the frame leaves: without the state the meter would be silent for the rest of the round. */
    MEASURE("export the state", status = wattsum_dcnet_meter_export(meter, state, sizeof state, &len));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK(len == sizeof state && file_write("state", state, len));
    mark_stored();
}

static void second_start(uint64_t round)
{
    wattsum_epoch epoch;
    wattsum_dcnet_setup setup;
    wattsum_dcnet_meter *meter = NULL;
    CHECK(dcnet_epoch(&epoch));
    CHECK(member_of(&dcnet_forming, &epoch, &scene_dcnet_lists, WATTSUM_LIST_ROSTER, scene_dcnet_utility,
        &dcnet_utility));
    setup = dcnet_setup(&epoch);
    setup.holders = NULL;
    setup.neighbours = NULL;
    MEASURE("import the state",
        status = wattsum_dcnet_meter_import(dcnet_memory, sizeof dcnet_memory, &setup, state, sizeof state, &meter, NULL));
    CHECK_STATUS(WATTSUM_OK, status);
    mark_replayed(1);
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED, contribute(meter, round));

    MEASURE("take a Close and repair",
        status = wattsum_dcnet_meter_close(meter, round, scene_dcnet_close_0, sizeof scene_dcnet_close_0, close_record,
            repair, sizeof repair, &len, NULL));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_dcnet_repair_0, repair, len);
    MEASURE("take a final Close",
        status = wattsum_dcnet_meter_close(meter, round, scene_dcnet_final_0, sizeof scene_dcnet_final_0, close_record,
            repair, sizeof repair, &len, NULL));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK(len == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_free(meter));
    memory_wiped(dcnet_memory, COUNT(dcnet_memory));
}

int main(void)
{
    if (file_read("state", state, sizeof state) != sizeof state) {
        first_start(scene_dcnet_rounds[0]);
    } else {
        second_start(scene_dcnet_rounds[0]);
    }
    return counted();
}

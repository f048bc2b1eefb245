/* A device that speaks dcnet only, from its link secret to a repair; one start, and its frames must be those of the
 * host (scene_dcnet.h, made by run.sh). It tells what the protocol costs with any number of neighbours. */
#include "board.h"
#include "measured.h"
#include "wattsum.h"
#include "play_dcnet.h"

METER_MEMORY(dcnet_memory, WATTSUM_DCNET_METER_SIZE(dcnet_neighbours, dcnet_holders));
static wattsum_mark mark;
static uint32_t positions[256];
static uint8_t frame[dcnet_contribution], repair[dcnet_repair];
static uint8_t mark_record[WATTSUM_MARK_RECORD_LEN], close_record[WATTSUM_DCNET_CLOSE_RECORD_LEN];

/* The library of this image has no words. */
const char *wattsum_status_text(int32_t status)
{
    (void)status;
    return "see wattsum.h";
}

int main(void)
{
    wattsum_epoch epoch;
    wattsum_dcnet_meter *meter = NULL;
    wattsum_status status = WATTSUM_UNKNOWN;
    const uint64_t round = scene_dcnet_rounds[0];
    size_t len = 0, left = 0;

    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    MEASURE("begin an epoch", dcnet_epoch(&epoch));
    MEASURE("find the neighbours", dcnet_graph(&epoch, positions, COUNT(positions)));
    MEASURE("verify all members", dcnet_members(&epoch));
    MEASURE("make all keys", meter = dcnet_make(&epoch, dcnet_memory, sizeof dcnet_memory));

    MEASURE("take an Open",
        status = wattsum_dcnet_meter_open(meter, round, scene_dcnet_open_0, sizeof scene_dcnet_open_0, NULL));
    CHECK_STATUS(WATTSUM_OK, status);
    MEASURE("contribute",
        status = wattsum_dcnet_meter_contribute(meter, &mark, round, round, scene_dcnet_reading_0, dcnet_channels,
            mark_record, frame, sizeof frame, &len, NULL));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_dcnet_contribution_0, frame, len);
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
    for (size_t i = 0; i < COUNT(dcnet_memory); i++) {
        left += dcnet_memory[i] != 0;
    }
    CHECK(left == 0);
    return counted();
}

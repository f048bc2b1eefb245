/* A dcnet meter in C: its bytes are those with which the group's sums were opened in Rust (../../scene). */
#include "wattsum.h"
#include "play_dcnet.h"

METER_MEMORY(memory, WATTSUM_DCNET_METER_SIZE(dcnet_neighbours, dcnet_holders));

static wattsum_mark mark;
static uint8_t mark_record[WATTSUM_MARK_RECORD_LEN], close_record[WATTSUM_DCNET_CLOSE_RECORD_LEN];
static uint8_t frame[dcnet_contribution], repair[dcnet_repair];

static void sizes(void)
{
    const wattsum_dcnet_params *params = &scene_dcnet_params;
    size_t size = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_size(dcnet_neighbours, dcnet_holders, &size));
    CHECK(size == WATTSUM_DCNET_METER_SIZE(dcnet_neighbours, dcnet_holders));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_meter_size(SIZE_MAX / 8, dcnet_holders, &size));
    CHECK(dcnet_contribution == WATTSUM_DCNET_CONTRIBUTION_LEN(dcnet_channels, params->holders, params->threshold));
    CHECK(dcnet_repair == WATTSUM_DCNET_REPAIR_LEN(dcnet_channels));
    CHECK(sizeof scene_dcnet_open_0 <= WATTSUM_OPEN_LEN(scene_dcnet_lists.meters));
    CHECK(sizeof scene_dcnet_close_0 <= WATTSUM_CLOSE_LEN(scene_dcnet_lists.meters, dcnet_holders));
}

static void first_round(wattsum_dcnet_meter *meter)
{
    const uint64_t round = scene_dcnet_rounds[0];
    size_t len = 0;
    CHECK_STATUS(
        WATTSUM_OK, wattsum_dcnet_meter_open(meter, round, scene_dcnet_open_0, sizeof scene_dcnet_open_0, NULL));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_contribute(meter, &mark, round, round, scene_dcnet_reading_0, dcnet_channels, mark_record,
            frame, sizeof frame, &len, NULL));
    CHECK_BYTES(scene_dcnet_contribution_0, frame, len);
    /* The interval is spent. */
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED,
        wattsum_dcnet_meter_contribute(meter, &mark, round, round, scene_dcnet_reading_0, dcnet_channels, mark_record,
            frame, sizeof frame, &len, NULL));
    CHECK_BYTES(scene_dcnet_contribution_0, frame, len);
    /* A neighbour was silent; the same Close again gives the same repair. */
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_meter_close(meter, round, scene_dcnet_close_0, sizeof scene_dcnet_close_0, close_record,
                repair, sizeof repair, &len, NULL));
        CHECK_BYTES(scene_dcnet_repair_0, repair, len);
    }
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_close(meter, round, scene_dcnet_final_0, sizeof scene_dcnet_final_0, close_record, repair,
            sizeof repair, &len, NULL));
    CHECK(len == 0);
}

static void second_round(wattsum_dcnet_meter *meter)
{
    const uint64_t round = scene_dcnet_rounds[1];
    size_t len = 0;
    CHECK_STATUS(
        WATTSUM_OK, wattsum_dcnet_meter_open(meter, round, scene_dcnet_open_1, sizeof scene_dcnet_open_1, NULL));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_contribute(meter, &mark, round, round, scene_dcnet_reading_1, dcnet_channels, mark_record,
            frame, sizeof frame, &len, NULL));
    CHECK_BYTES(scene_dcnet_contribution_1, frame, len);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_close(meter, round, scene_dcnet_final_1, sizeof scene_dcnet_final_1, close_record, repair,
            sizeof repair, &len, NULL));
    CHECK(len == 0);
}

/* What a meter that starts anew knows from its records. */
static void after_a_reboot(const wattsum_epoch *epoch)
{
    const uint64_t round = scene_dcnet_rounds[1];
    size_t len = 0;
    uint8_t damaged[WATTSUM_MARK_RECORD_LEN];
    uint8_t *inside = (uint8_t *)memory + WATTSUM_DCNET_METER_BASE + 8; /* keys of holders */
    wattsum_dcnet_meter *meter = dcnet_make(epoch, memory, sizeof memory);
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    memcpy(damaged, mark_record, sizeof damaged);
    damaged[6] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, wattsum_mark_replay(&mark, damaged, sizeof damaged));
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_replay(&mark, mark_record, sizeof mark_record));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_dcnet_meter_open(meter, round, scene_dcnet_open_1, sizeof scene_dcnet_open_1, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED,
        wattsum_dcnet_meter_contribute(meter, &mark, round, round, scene_dcnet_reading_1, dcnet_channels, damaged,
            frame, sizeof frame, &len, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_dcnet_meter_open(meter, round, inside, 200, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_dcnet_meter_replay(meter, inside, sizeof close_record));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_dcnet_meter_contribute(meter, &mark, round, round, scene_dcnet_reading_1, dcnet_channels, damaged,
            inside, sizeof frame, &len, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_dcnet_meter_close(meter, round, scene_dcnet_final_1, sizeof scene_dcnet_final_1, inside, repair,
            sizeof repair, &len, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_replay(meter, close_record, sizeof close_record));
    CHECK_STATUS(WATTSUM_FAULT_ROUND_CLOSED,
        wattsum_dcnet_meter_open(meter, round, scene_dcnet_open_1, sizeof scene_dcnet_open_1, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_free(meter));
}

/* Nothing of a freed meter is left in its memory. */
static void wiped(wattsum_dcnet_meter *meter)
{
    size_t left = 0;
    CHECK(memcmp(memory, (uint8_t[32]) {0}, 32) != 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_free(meter));
    for (size_t i = 0; i < COUNT(memory); i++) {
        left += memory[i] != 0;
    }
    CHECK(left == 0);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_dcnet_meter_free(meter));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_free(NULL));
}

int main(void)
{
    static uint32_t positions[256];
    wattsum_epoch epoch;
    sizes();
    if (dcnet_epoch(&epoch) && dcnet_graph(&epoch, positions, COUNT(positions)) && dcnet_members(&epoch)) {
        wattsum_dcnet_meter *meter = dcnet_make(&epoch, memory, sizeof memory);
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
        first_round(meter);
        second_round(meter);
        wiped(meter);
        after_a_reboot(&epoch);
    }
    return counted();
}

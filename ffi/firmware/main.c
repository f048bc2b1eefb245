/* libwattsum on the device: a dcnet and a shamir meter whose frames must be, byte by byte, those with which the host
 * has opened the groups' sums (scene_dcnet.h and scene_shamir.h, made by run.sh).
 *
 * The image is started twice. The first time it has no records: it contributes, stores, and loses its power between
 * storing a record and sending the frame. The second time it has them, and must refuse what was spent. */
#include "board.h"
#include "measured.h"
#include "wattsum.h"
#include "play_dcnet.h"
#include "play_shamir.h"

/* The first of the device's channels that each group reads: a reading has one home. */
enum { dcnet_first = 0, shamir_first = dcnet_first + dcnet_channels };
/* Bytes of a record that reach the flash before the power is gone. */
enum { torn = 9 };

METER_MEMORY(dcnet_memory, WATTSUM_DCNET_METER_SIZE(dcnet_neighbours, dcnet_holders));
METER_MEMORY(shamir_memory, WATTSUM_SHAMIR_METER_SIZE(shamir_aggregators));
static wattsum_mark mark;
static uint32_t positions[256];
static uint8_t dcnet_frame[dcnet_contribution], repair[dcnet_repair], shamir_frame[shamir_contribution];
static uint8_t mark_record[WATTSUM_MARK_RECORD_LEN], close_record[WATTSUM_DCNET_CLOSE_RECORD_LEN];
static size_t len;

static wattsum_status dcnet_contribute(wattsum_dcnet_meter *meter, uint64_t round, const int64_t *reading)
{
    return wattsum_dcnet_meter_contribute(
        meter, &mark, round, round, reading, dcnet_channels, mark_record, dcnet_frame, sizeof dcnet_frame, &len, NULL);
}

static wattsum_status shamir_contribute(wattsum_shamir_meter *meter, uint64_t round, const int64_t *reading)
{
    return wattsum_shamir_meter_contribute(
        meter, &mark, round, round, reading, shamir_channels, mark_record, shamir_frame, sizeof shamir_frame, &len);
}

static wattsum_dcnet_meter *dcnet_start(void)
{
    wattsum_epoch epoch;
    wattsum_dcnet_meter *meter = NULL;
    MEASURE("dcnet, begin an epoch", dcnet_epoch(&epoch));
    MEASURE("dcnet, find the neighbours", dcnet_graph(&epoch, positions, COUNT(positions)));
    MEASURE("dcnet, verify all members", dcnet_members(&epoch));
    MEASURE("dcnet, make all keys", meter = dcnet_make(&epoch, dcnet_memory, sizeof dcnet_memory));
    return meter;
}

static wattsum_shamir_meter *shamir_start(void)
{
    wattsum_epoch epoch;
    wattsum_shamir_meter *meter = NULL;
    MEASURE("shamir, begin an epoch", shamir_epoch(&epoch));
    MEASURE("shamir, verify all members", shamir_members(&epoch));
    MEASURE("shamir, make all keys", meter = shamir_make(&epoch, shamir_first, shamir_memory, sizeof shamir_memory));
    return meter;
}

static void first_start(void)
{
    wattsum_status status = WATTSUM_UNKNOWN;
    wattsum_dcnet_meter *dcnet = dcnet_start();
    wattsum_shamir_meter *shamir = shamir_start();
    const uint64_t round = scene_dcnet_rounds[0], next = scene_dcnet_rounds[1];

    MEASURE("dcnet, take an Open",
        status = wattsum_dcnet_meter_open(dcnet, round, scene_dcnet_open_0, sizeof scene_dcnet_open_0, NULL));
    CHECK_STATUS(WATTSUM_OK, status);
    MEASURE("dcnet, contribute", status = dcnet_contribute(dcnet, round, scene_dcnet_reading_0));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_dcnet_contribution_0, dcnet_frame, len);
    CHECK(file_append("marks", mark_record, sizeof mark_record));
    MEASURE("dcnet, take a Close and repair",
        status = wattsum_dcnet_meter_close(dcnet, round, scene_dcnet_close_0, sizeof scene_dcnet_close_0, close_record,
            repair, sizeof repair, &len, NULL));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_dcnet_repair_0, repair, len);
    CHECK(file_append("closes", close_record, sizeof close_record));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_close(dcnet, round, scene_dcnet_final_0, sizeof scene_dcnet_final_0, close_record, repair,
            sizeof repair, &len, NULL));
    CHECK(len == 0);
    CHECK(file_append("closes", close_record, sizeof close_record));

    MEASURE("shamir, contribute", status = shamir_contribute(shamir, round, scene_shamir_reading_0));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_shamir_contribution_0, shamir_frame, len);
    CHECK(file_append("marks", mark_record, sizeof mark_record));

    /* Of the next ratchet step. The power goes before the frame has left, and while something else is written. */
    MEASURE("dcnet, take an Open of the next ratchet step",
        status = wattsum_dcnet_meter_open(dcnet, next, scene_dcnet_open_1, sizeof scene_dcnet_open_1, NULL));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_STATUS(WATTSUM_OK, dcnet_contribute(dcnet, next, scene_dcnet_reading_1));
    CHECK_BYTES(scene_dcnet_contribution_1, dcnet_frame, len);
    CHECK(file_append("marks", mark_record, sizeof mark_record));
    CHECK(file_append("marks", mark_record, torn));
}

/* Replays all marks and cuts the log back to whole valid records, for what is appended later. Only the last one may be
 * bad. A device whose power may go here, too, writes the log anew beside the old one. */
static size_t replay_marks(const uint8_t *marks, size_t len)
{
    size_t good = 0;
    while (good < len) {
        const size_t left = len - good, each = left < sizeof mark_record ? left : sizeof mark_record;
        const wattsum_status status = wattsum_mark_replay(&mark, marks + good, each);
        if (status != WATTSUM_OK) {
            CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, status);
            CHECK(left <= sizeof mark_record);
            CHECK(file_write("marks", marks, good));
            break;
        }
        good += each;
    }
    return good / sizeof mark_record;
}

static void second_start(const uint8_t *marks, size_t marks_len, const uint8_t *closes, size_t closes_len)
{
    wattsum_dcnet_meter *dcnet = dcnet_start();
    wattsum_shamir_meter *shamir = shamir_start();
    const uint64_t round = scene_dcnet_rounds[0], next = scene_dcnet_rounds[1];
    static uint8_t log[8 * WATTSUM_MARK_RECORD_LEN];
    size_t left = 0;

    CHECK(marks_len == 3 * sizeof mark_record + torn);
    CHECK(replay_marks(marks, marks_len) == 3);
    CHECK(closes_len == 2 * WATTSUM_DCNET_CLOSE_RECORD_LEN);
    for (size_t at = 0; at < closes_len; at += WATTSUM_DCNET_CLOSE_RECORD_LEN) {
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_replay(dcnet, closes + at, WATTSUM_DCNET_CLOSE_RECORD_LEN));
    }

    CHECK_STATUS(WATTSUM_FAULT_ROUND_CLOSED,
        wattsum_dcnet_meter_open(dcnet, round, scene_dcnet_open_0, sizeof scene_dcnet_open_0, NULL));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_dcnet_meter_open(dcnet, next, scene_dcnet_open_1, sizeof scene_dcnet_open_1, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED, dcnet_contribute(dcnet, next, scene_dcnet_reading_1));
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED, shamir_contribute(shamir, round, scene_shamir_reading_0));
    CHECK_STATUS(WATTSUM_OK, shamir_contribute(shamir, next, scene_shamir_reading_1));
    CHECK_BYTES(scene_shamir_contribution_1, shamir_frame, len);
    CHECK(file_append("marks", mark_record, sizeof mark_record));
    /* It is where the next start finds it. */
    left = file_read("marks", log, sizeof log);
    CHECK(left == 4 * sizeof mark_record && replay_marks(log, left) == 4);
    CHECK(memcmp(log + left - sizeof mark_record, mark_record, sizeof mark_record) == 0);

    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_free(dcnet));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_free(shamir));
    left = 0;
    for (size_t i = 0; i < COUNT(dcnet_memory); i++) {
        left += dcnet_memory[i] != 0;
    }
    CHECK(left == 0);
}

int main(void)
{
    static uint8_t marks[8 * WATTSUM_MARK_RECORD_LEN], closes[4 * WATTSUM_DCNET_CLOSE_RECORD_LEN];
    size_t marks_len = file_read("marks", marks, sizeof marks);
    size_t closes_len = file_read("closes", closes, sizeof closes);
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    if (marks_len == 0) {
        first_start();
    } else {
        second_start(marks, marks_len, closes, closes_len);
    }
    return counted();
}

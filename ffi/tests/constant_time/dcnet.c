#include "taint.h"
#include "play_dcnet.h"

METER_MEMORY(memory, WATTSUM_DCNET_METER_SIZE(dcnet_neighbours, dcnet_holders));

static wattsum_mark mark;
static uint8_t state[WATTSUM_DCNET_STATE_LEN(dcnet_neighbours, dcnet_holders)];

static void open_round(wattsum_dcnet_meter *meter, uint64_t round, const uint8_t *open, size_t len)
{
    DONE(wattsum_dcnet_meter_open(meter, round, open, len, NULL));
}

static void contribute(wattsum_dcnet_meter *meter, uint64_t round, const int64_t *values, const uint8_t *expected)
{
    uint8_t frame[dcnet_contribution], record[WATTSUM_MARK_RECORD_LEN];
    int64_t reading[dcnet_channels];
    size_t len = 0;
    memcpy(reading, values, sizeof reading);
    secret(reading, sizeof reading);
    DONE(wattsum_dcnet_meter_contribute(
        meter, &mark, round, round, reading, dcnet_channels, record, frame, sizeof frame, &len, NULL));
    PLAIN(len);
    PLAIN(record);
    LEAVES("contribution", frame, sizeof frame, sizeof frame - FRAME_HEADER);
    DEMAND(len == sizeof frame && memcmp(frame, expected, sizeof frame) == 0);
}

/* A Close: with a repair, or final. */
static void close_round(wattsum_dcnet_meter *meter, uint64_t round, const uint8_t *close, size_t close_len, int repairs)
{
    uint8_t repair[dcnet_repair], record[WATTSUM_DCNET_CLOSE_RECORD_LEN];
    size_t len = 1;
    DONE(wattsum_dcnet_meter_close(meter, round, close, close_len, record, repair, sizeof repair, &len, NULL));
    PLAIN(len);
    PLAIN(record);
    DEMAND(len == (repairs ? sizeof repair : 0));
    if (repairs) {
        LEAVES("repair", repair, sizeof repair, sizeof repair - FRAME_HEADER);
        DEMAND(memcmp(repair, scene_dcnet_repair_0, sizeof repair) == 0);
    }
}

/* Stored, and made anew from what was stored: from then on every key comes from the state's bytes. */
static wattsum_dcnet_meter *restart(wattsum_dcnet_meter *meter, const wattsum_dcnet_setup *setup)
{
    size_t len = 0;
    begins("dcnet export");
    DONE(wattsum_dcnet_meter_export(meter, state, sizeof state, &len));
    PLAIN(len);
    STAYS("state", state, sizeof state, 32 * (1 + dcnet_holders + dcnet_neighbours));
    DONE(wattsum_dcnet_meter_free(meter));
    begins("dcnet import");
    DONE(wattsum_dcnet_meter_import(memory, sizeof memory, setup, state, sizeof state, &meter, NULL));
    PLAIN(meter);
    STAYS("keys", memory, sizeof memory, 32 * (1 + dcnet_holders + dcnet_neighbours));
    return meter;
}

int main(int count, char **arguments)
{
    static uint32_t positions[256];
    const uint64_t *rounds = scene_dcnet_rounds;
    wattsum_dcnet_meter *meter = NULL;
    wattsum_epoch epoch;
    uint8_t link[32];
    starts(count, arguments);
    if (!dcnet_epoch(&epoch) || !dcnet_graph(&epoch, positions, COUNT(positions)) || !dcnet_members(&epoch)) {
        return 1;
    }
    const wattsum_dcnet_setup setup = dcnet_setup(&epoch);

    begins("dcnet new");
    memcpy(link, scene_dcnet_link_secret, sizeof link);
    secret(link, sizeof link);
    DONE(wattsum_dcnet_meter_new(memory, sizeof memory, &setup, link, &meter, NULL));
    PLAIN(meter);
    PLAIN(link);
    STAYS("keys with the utility, holders and neighbours", memory, sizeof memory,
        32 * (1 + dcnet_holders + dcnet_neighbours));

    DONE(wattsum_mark_new(&mark));
    begins("dcnet open");
    open_round(meter, rounds[0], scene_dcnet_open_0, sizeof scene_dcnet_open_0);
    begins("dcnet contribute");
    contribute(meter, rounds[0], scene_dcnet_reading_0, scene_dcnet_contribution_0);
    begins("dcnet close with repair");
    close_round(meter, rounds[0], scene_dcnet_close_0, sizeof scene_dcnet_close_0, 1);
    begins("dcnet close, final");
    close_round(meter, rounds[0], scene_dcnet_final_0, sizeof scene_dcnet_final_0, 0);
    meter = restart(meter, &setup);
    begins("dcnet open, next ratchet step");
    open_round(meter, rounds[1], scene_dcnet_open_1, sizeof scene_dcnet_open_1);
    begins("dcnet contribute, next ratchet step");
    contribute(meter, rounds[1], scene_dcnet_reading_1, scene_dcnet_contribution_1);
    close_round(meter, rounds[1], scene_dcnet_final_1, sizeof scene_dcnet_final_1, 0);

    begins("dcnet free");
    DONE(wattsum_dcnet_meter_free(meter));
    KEEPS_NOTHING(memory, sizeof memory);
    return ended();
}

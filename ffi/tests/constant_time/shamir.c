/* Every path of a shamir meter, with its link secret and its readings marked. */
#include "taint.h"
#include "play_shamir.h"

METER_MEMORY(memory, WATTSUM_SHAMIR_METER_SIZE(shamir_aggregators));

static wattsum_mark mark;
static uint8_t state[WATTSUM_SHAMIR_STATE_LEN(shamir_aggregators)];

static void contribute(wattsum_shamir_meter *meter, uint64_t round, const int64_t *values, const uint8_t *expected)
{
    uint8_t frame[shamir_contribution], record[WATTSUM_MARK_RECORD_LEN];
    int64_t reading[shamir_channels];
    size_t len = 0;
    memcpy(reading, values, sizeof reading);
    secret(reading, sizeof reading);
    DONE(wattsum_shamir_meter_contribute(
        meter, &mark, round, round, reading, shamir_channels, record, frame, sizeof frame, &len));
    PLAIN(len);
    PLAIN(record);
    /* Shares under pads, and a tag: what the utility is sent. */
    LEAVES("contribution", frame, sizeof frame, sizeof frame - FRAME_HEADER);
    DEMAND(len == sizeof frame && memcmp(frame, expected, sizeof frame) == 0);
}

/* A reading beyond the bound: the status says so, and nothing but that it is one of them. */
static void too_large(wattsum_shamir_meter *meter, uint64_t round)
{
    uint8_t frame[shamir_contribution], record[WATTSUM_MARK_RECORD_LEN];
    int64_t reading[shamir_channels] = {0};
    size_t len = 0;
    reading[1] = -(int64_t)scene_shamir_params.group.max_reading - 1;
    secret(reading, sizeof reading);
    REFUSED(WATTSUM_MISUSE_READING_TOO_LARGE,
        wattsum_shamir_meter_contribute(
            meter, &mark, round, round, reading, shamir_channels, record, frame, sizeof frame, &len));
}

/* Stored, and made anew from what was stored: from then on every key comes from the state's bytes. */
static wattsum_shamir_meter *restart(wattsum_shamir_meter *meter, const wattsum_shamir_setup *setup)
{
    size_t len = 0;
    begins("shamir export");
    DONE(wattsum_shamir_meter_export(meter, state, sizeof state, &len));
    PLAIN(len);
    STAYS("state", state, sizeof state, 32 * (1 + shamir_aggregators));
    DONE(wattsum_shamir_meter_free(meter));
    begins("shamir import");
    DONE(wattsum_shamir_meter_import(memory, sizeof memory, setup, state, sizeof state, &meter, NULL));
    PLAIN(meter);
    STAYS("keys", memory, sizeof memory, 32 * (1 + shamir_aggregators));
    return meter;
}

int main(int count, char **arguments)
{
    wattsum_shamir_meter *meter = NULL;
    wattsum_epoch epoch;
    uint8_t link[32];
    starts(count, arguments);
    if (!shamir_epoch(&epoch) || !shamir_members(&epoch)) {
        return 1;
    }
    const wattsum_shamir_setup setup = shamir_setup(&epoch, 0);

    begins("shamir new");
    memcpy(link, scene_shamir_link_secret, sizeof link);
    secret(link, sizeof link);
    DONE(wattsum_shamir_meter_new(memory, sizeof memory, &setup, link, &meter, NULL));
    PLAIN(meter);
    PLAIN(link);
    STAYS("keys with utility and aggregators", memory, sizeof memory, 32 * (1 + shamir_aggregators));

    DONE(wattsum_mark_new(&mark));
    begins("shamir contribute");
    contribute(meter, scene_shamir_rounds[0], scene_shamir_reading_0, scene_shamir_contribution_0);
    begins("shamir contribute, too large");
    too_large(meter, scene_shamir_rounds[0] + 1);
    meter = restart(meter, &setup);
    begins("shamir contribute, next ratchet step");
    contribute(meter, scene_shamir_rounds[1], scene_shamir_reading_1, scene_shamir_contribution_1);

    begins("shamir free");
    DONE(wattsum_shamir_meter_free(meter));
    KEEPS_NOTHING(memory, sizeof memory);
    return ended();
}

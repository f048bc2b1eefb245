/* A shamir group in C from its first key to its sums; and a meter whose bytes are those of a group in Rust. */
#include "wattsum.h"
#include "play_shamir.h"
#include "group.h"

static group all;

/* Wh of a quarter of an hour: a household's base load and its kettle, and what its roof gives back. */
static void read_meter(size_t meter, uint64_t round, int64_t reading[group_channels])
{
    const int64_t step = (int64_t)(round % 96), base = 20 + 10 * (int64_t)(meter % 4);
    reading[0] = base + ((step + (int64_t)meter * 5) % 13 == 0 ? 480 : 0) + (step > 70 ? 150 : 0);
    reading[1] = meter % 3 == 0 && step > 30 && step < 65 ? -(step - 30) * (65 - step) : 0;
}

/* A round in which some meters are silent, some aggregators away, and answers come from the rest. */
static void run(uint64_t round, const uint8_t *silent, const uint8_t *quorum)
{
    wattsum_shamir_round *running = NULL;
    uint8_t present[group_meters], frame[group_contribution], open[group_open], close[group_close];
    uint8_t answer[group_answer], record[WATTSUM_MARK_RECORD_LEN], answer_record[WATTSUM_ANSWER_RECORD_LEN];
    int64_t truth[group_channels] = {0}, sums[group_channels] = {0};
    uint32_t missing[group_meters], sender = 0, meters = 0, here = 0;
    size_t len = 0, open_len = 0, close_len = 0, count = 0;

    memset(present, 1, sizeof present);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_open(all.head, round, round, present, group_meters, &running));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(running, open, sizeof open, &open_len));
    for (size_t a = 0; a < group_aggregators; a++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_aggregator_open(all.aggregators[a], round, open, open_len, NULL));
    }
    for (size_t i = 0; i < group_meters; i++) {
        int64_t reading[group_channels];
        device *own = &all.devices[i];
        if (silent[i]) {
            continue;
        }
        read_meter(i, round, reading);
        here++;
        for (size_t c = 0; c < group_channels; c++) {
            truth[c] += reading[c];
        }
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_meter_contribute(
                own->meter, &own->mark, round, round, reading, group_channels, record, frame, sizeof frame, &len));
        CHECK(len == group_contribution);
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_accept(running, frame, len, &sender, NULL));
        CHECK(sender == all.meters[i].id);
        /* Twice is once; a bit that flipped on the way is the sender's fault. */
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_accept(running, frame, len, &sender, NULL));
        frame[20] ^= 4;
        meters = 1;
        CHECK_STATUS(WATTSUM_FAULT_BAD_TAG, wattsum_shamir_round_accept(running, frame, len, &sender, &meters));
        CHECK(meters == all.meters[i].id);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_missing(running, missing, group_meters, &count));
    CHECK(count == group_meters - here);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_close(all.head, running, quorum, group_threshold));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(running, close, sizeof close, &close_len));
    for (size_t n = 0; n < group_threshold; n++) {
        const uint8_t number = quorum[n];
        meters = 0;
        sums[0] = 77;
        CHECK_STATUS(WATTSUM_QUORUM, wattsum_shamir_utility_record(all.head, running, sums, group_channels, &meters));
        CHECK(sums[0] == 77 && meters == 0);
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_aggregator_answer(all.aggregators[number - 1], round, close, close_len, answer_record,
                answer, sizeof answer, &len, NULL));
        CHECK(len == group_answer);
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_accept(running, answer, len, &sender, NULL));
        CHECK(sender == all.answerers[number - 1].id);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_record(all.head, running, sums, group_channels, &meters));
    CHECK(meters == here);
    CHECK(memcmp(sums, truth, sizeof sums) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(running));
}

/* The utility starts anew between two rounds: with what it stored it goes on, without it opens a round twice. */
static void restart(uint64_t next, const uint8_t link[32])
{
    wattsum_shamir_utility *forgetful = NULL;
    wattsum_shamir_round *running = NULL;
    uint8_t progress[WATTSUM_UTILITY_RECORD_LEN], open[group_open], present[group_meters], secret[32];
    size_t len = 0;
    memset(present, 1, sizeof present);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_progress(all.head, progress));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_free(all.head));

    memcpy(secret, link, sizeof secret);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_shamir_utility_new(
            &group_params, &all.epoch, all.roster, all.utility.identity, secret, &forgetful, NULL));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_shamir_utility_open(forgetful, next - 1, next - 1, present, group_meters, &running));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(running, open, sizeof open, &len));
    CHECK_STATUS(
        WATTSUM_FAULT_CONTRADICTION, wattsum_shamir_aggregator_open(all.aggregators[1], next, open, len, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(running));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_free(forgetful));

    memcpy(secret, link, sizeof secret);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_shamir_utility_new(
            &group_params, &all.epoch, all.roster, all.utility.identity, secret, &all.head, NULL));
    CHECK_STATUS(
        WATTSUM_MALFORMED_BAD_RECORD, wattsum_shamir_utility_resume(all.head, progress, sizeof progress - 1));
    progress[7] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, wattsum_shamir_utility_resume(all.head, progress, sizeof progress));
    progress[7] ^= 1;
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_resume(all.head, progress, sizeof progress));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_shamir_utility_open(all.head, next - 1, next - 1, present, group_meters, &running));
}

/* The same meter in C and in Rust. */
static void equals_rust(void)
{
    METER_MEMORY(memory, WATTSUM_SHAMIR_METER_SIZE(shamir_aggregators));
    static uint8_t frame[shamir_contribution], record[WATTSUM_MARK_RECORD_LEN];
    const wattsum_shamir_params *params = &scene_shamir_params;
    wattsum_epoch epoch;
    wattsum_mark mark;
    size_t len = 0;
    wattsum_shamir_meter *meter;
    CHECK(shamir_contribution
        == WATTSUM_SHAMIR_CONTRIBUTION_LEN(shamir_channels, params->aggregators, params->threshold));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_size(shamir_aggregators, &len));
    CHECK(len == WATTSUM_SHAMIR_METER_SIZE(shamir_aggregators));
    if (!shamir_epoch(&epoch) || !shamir_members(&epoch)) {
        return;
    }
    meter = shamir_make(&epoch, 0, memory, sizeof memory);
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_shamir_meter_contribute(meter, &mark, scene_shamir_rounds[0], scene_shamir_rounds[0],
            scene_shamir_reading_0, shamir_channels, record, frame, sizeof frame, &len));
    CHECK_BYTES(scene_shamir_contribution_0, frame, len);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_shamir_meter_contribute(meter, &mark, scene_shamir_rounds[1], scene_shamir_rounds[1],
            scene_shamir_reading_1, shamir_channels, record, frame, sizeof frame, &len));
    CHECK_BYTES(scene_shamir_contribution_1, frame, len);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_free(meter));
}

int main(void)
{
    static const uint8_t nobody[group_meters] = {0}, two[group_meters] = {0, 1, 0, 0, 0, 0, 0, 0, 1};
    static const uint8_t first[] = {1, 2, 3}, others[] = {1, 3, 4}, last[] = {2, 3, 4};
    CHECK(strcmp(wattsum_version(), WATTSUM_VERSION) == 0);
    uint8_t link[32];
    form(&all);
    memcpy(link, all.utility.link, sizeof link);
    begin(&all);
    for (uint64_t round = group_first; round < group_first + 96; round++) {
        if (round == group_first + 50) {
            restart(round, link);
        }
        /* In spells: who comes and goes more than 16 times is left out. */
        run(round, round % 24 < 5 ? two : nobody, round % 3 == 0 ? first : round % 3 == 1 ? others : last);
    }
    end(&all);
    equals_rust();
    return counted();
}

/* A dcnet group in C from its first key to its sums: silent meters, repairs, further Closes, holders that are away. */
#include "wattsum.h"
#include "dcnet_play.h"

static const uint8_t nobody[net_meters] = {0}, quorum[] = {1, 2, 3}, others[] = {1, 3, 4};

static void everybody(uint64_t round)
{
    open_round(round);
    collect(nobody);
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    tell_meters();
    answers(quorum);
    record();
}

/* Two are silent: one pass of repairs. */
static void two_silent(uint64_t round)
{
    static const uint8_t silent[net_meters] = {0, 1, 0, 0, 0, 0, 0, 1};
    open_round(round);
    collect(silent);
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    repair(nobody);
    next_close(others, WATTSUM_ROUND_CLOSED);
    tell_meters();
    answers(others);
    record();
}

/* One of the repairers is silent too: it leaves, and its neighbours repair that. */
static void one_leaves(uint64_t round)
{
    static const uint8_t silent[net_meters] = {0, 0, 0, 0, 1};
    uint8_t mute[net_meters] = {0};
    open_round(round);
    collect(silent);
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    mute[all.devices[4].around[0]] = 1;
    repair(mute);
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    repair(nobody);
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    tell_meters();
    answers(quorum);
    record();
}

/* The third Close is final or none: without a repair there is no sum, with it there is. */
static void late_repair(uint64_t round)
{
    uint8_t silent[net_meters] = {0}, mute[net_meters] = {0}, close[net_close], before[net_close], frame[net_repair];
    uint8_t stage = 9;
    uint32_t sender = 0, late;
    size_t close_len = 0, before_len = 0, len = 0;
    open_round(round);
    silent[2] = 1;
    collect(silent);
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    mute[all.devices[2].around[1]] = 1;
    repair(mute);
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    memset(mute, 0, sizeof mute);
    for (late = 0; !repairs(late); late++) { }
    mute[late] = 1;
    repair(mute);
    now.in[late] = 1;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, before, sizeof before, &before_len));
    for (int twice = 0; twice < 2; twice++) {
        CHECK_STATUS(
            WATTSUM_QUORUM, wattsum_dcnet_utility_close(all.head, now.running, quorum, net_threshold, &stage));
        CHECK(stage == 9);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &close_len));
    CHECK(close_len == before_len && memcmp(close, before, close_len) == 0);
    /* The same Close again gives the same repair. */
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_close(all.devices[late].meter, round, close, close_len, close_log(late), frame,
            sizeof frame, &len, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_accept(now.running, frame, len, &sender, NULL));
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    tell_meters();
    answers(quorum);
    record();
}

/* Too few have sent: the round goes on until enough have. */
static void too_few(uint64_t round)
{
    uint8_t silent[net_meters] = {0}, stage = 9, frame[net_open], again[net_open];
    size_t len = 0, again_len = 0;
    memset(silent, 1, 6); /* 8 of 14: below 60 % */
    open_round(round);
    collect(silent);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, frame, sizeof frame, &len));
    CHECK_STATUS(WATTSUM_QUORUM, wattsum_dcnet_utility_close(all.head, now.running, quorum, net_threshold, &stage));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, again, sizeof again, &again_len));
    CHECK(stage == 9 && len == again_len && memcmp(frame, again, len) == 0);
    for (size_t i = 0; i < 6; i++) {
        deliver(i);
    }
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    tell_meters();
    answers(quorum);
    record();
}

/* A holder does not answer: another quorum is asked, for the same set. */
static void holder_away(uint64_t round)
{
    static const uint8_t silent[net_meters] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    int64_t sums[net_channels] = {77, 77};
    uint8_t first[net_close], second[net_close], bytes[net_answer], answered[WATTSUM_ANSWER_RECORD_LEN];
    uint32_t meters = 7, missing[net_holders], sender = 0, culprit = 5;
    size_t count = 0, len = 0, answer_len = 0;
    open_round(round);
    collect(silent);
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    repair(nobody);
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, first, sizeof first, &len));
    tell_meters(); /* the first final Close: the next Open names it */
    answer(1, 1);
    answer(2, 1);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_missing(now.running, missing, net_holders, &count));
    CHECK(count == 1 && missing[0] == all.answerers[2].id);
    CHECK_STATUS(WATTSUM_QUORUM, wattsum_dcnet_utility_record(all.head, now.running, sums, net_channels, &meters));
    CHECK(sums[0] == 77 && meters == 7);
    static const uint8_t rest[] = {1, 2, 4};
    next_close(rest, WATTSUM_ROUND_CLOSED);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, second, sizeof second, &len));
    CHECK(memcmp(first, second, len) != 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_missing(now.running, missing, net_holders, &count));
    CHECK(count == 3);
    /* Nobody outside the quorum answers, and an answer to the first quorum is of no use to the second. */
    CHECK_STATUS(WATTSUM_FAULT_NOT_IN_QUORUM,
        wattsum_dcnet_holder_answer(
            all.holders[2], round, second, len, answered, bytes, sizeof bytes, &answer_len, &culprit));
    CHECK(culprit == 0 && answer_len == 0);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_holder_answer(
            all.holders[1], round, first, len, answered, bytes, sizeof bytes, &answer_len, NULL));
    CHECK_STATUS(
        WATTSUM_FAULT_WRONG_SET, wattsum_dcnet_round_accept(now.running, bytes, answer_len, &sender, &culprit));
    CHECK(culprit == all.answerers[1].id);
    answers(rest);
    record();
}

int main(void)
{
    uint64_t round = net_first + 1;
    net_form(&all, 0, 3);
    net_begin(&all);
    for (int day = 0; day < 2; day++) {
        everybody(round++);
        two_silent(round++);
        one_leaves(round++);
        late_repair(round++);
        too_few(round++);
        holder_away(round++);
        round += 96; /* the next step of the ratchet */
    }
    net_end(&all);
    return counted();
}

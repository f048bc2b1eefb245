/* dcnet: batches, branches in other processes, and a loss of power at every point of a round. */
#include <stdlib.h>

#include "wattsum.h"
#include "dcnet_play.h"

enum { frames_most = net_meters + 6 };
static const uint8_t nobody[net_meters] = {0}, quorum[] = {1, 2, 3};

/* ---- batches ---- */

static void contributions_at_once(void)
{
    uint8_t flipped[net_contribution], stranger[net_contribution], garbage[100] = {1, 2, 3};
    wattsum_bytes frames[frames_most];
    uint32_t senders[frames_most + 1];
    wattsum_status statuses[frames_most + 1];
    for (size_t i = 0; i < net_meters; i++) {
        contribute(i);
        frames[i].at = now.frames[i];
        frames[i].len = net_contribution;
        now.in[i] = 1;
    }
    memcpy(flipped, now.frames[3], sizeof flipped);
    flipped[30] ^= 16;
    memcpy(stranger, now.frames[4], sizeof stranger);
    stranger[8] ^= 1; /* its sender */
    const wattsum_bytes others[] = {{now.frames[5], net_contribution}, {flipped, sizeof flipped},
        {stranger, sizeof stranger}, {now.frames[6], 20}, {NULL, 0}, {garbage, sizeof garbage}};
    memcpy(&frames[net_meters], others, sizeof others);
    memset(senders, 0xEE, sizeof senders);
    memset(statuses, 0xEE, sizeof statuses);
    CHECK_STATUS(
        WATTSUM_OK, wattsum_dcnet_round_accept_many(now.running, frames, frames_most, senders, statuses));
    for (size_t i = 0; i < net_meters; i++) {
        CHECK(statuses[i] == WATTSUM_OK && senders[i] == all.meters[i].id);
    }
    CHECK(statuses[net_meters] == WATTSUM_OK && senders[net_meters] == all.meters[5].id);
    CHECK(statuses[net_meters + 1] == WATTSUM_FAULT_BAD_TAG && senders[net_meters + 1] == all.meters[3].id);
    CHECK(statuses[net_meters + 2] == WATTSUM_FAULT_UNKNOWN_SENDER);
    CHECK(senders[net_meters + 2] == (all.meters[4].id ^ 1));
    for (size_t i = net_meters + 3; i < frames_most; i++) {
        CHECK(statuses[i] >= 200 && statuses[i] < 300 && senders[i] == UINT32_MAX);
    }
    CHECK(senders[frames_most] == 0xEEEEEEEE && statuses[frames_most] != WATTSUM_OK);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_accept_many(now.running, NULL, 0, NULL, NULL));
}

/* Answers come in batches too. */
static void answers_at_once(void)
{
    uint8_t close[net_close], answers[net_holders][net_answer], answered[WATTSUM_ANSWER_RECORD_LEN];
    wattsum_bytes frames[net_holders];
    uint32_t senders[net_holders];
    wattsum_status statuses[net_holders];
    size_t close_len = 0, len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &close_len));
    for (size_t n = 0; n < net_threshold; n++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_holder_answer(all.holders[quorum[n] - 1], now.number, close, close_len, answered, answers[n],
                net_answer, &len, NULL));
        frames[n].at = answers[n];
        frames[n].len = len;
    }
    memcpy(answers[3], answers[2], net_answer);
    answers[3][net_answer - 1] ^= 1;
    frames[3].at = answers[3];
    frames[3].len = len;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_accept_many(now.running, frames, 4, senders, statuses));
    for (size_t n = 0; n < net_threshold; n++) {
        CHECK(statuses[n] == WATTSUM_OK && senders[n] == all.answerers[quorum[n] - 1].id);
    }
    CHECK(statuses[3] == WATTSUM_FAULT_BAD_TAG && senders[3] == all.answerers[2].id);
}

static void batch(uint64_t round)
{
    open_round(round);
    contributions_at_once();
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    tell_meters();
    answers_at_once();
    record();
}

/* ---- states ---- */

typedef struct {
    uint8_t *bytes;
    size_t len;
} stored;

static void drop(stored *state)
{
    memset(state->bytes, 0, state->len); /* it held keys */
    free(state->bytes);
}

static stored store_utility(void)
{
    stored state = {NULL, 0};
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_state_len(all.head, &state.len));
    state.bytes = (uint8_t *)malloc(state.len);
    CHECK_STATUS(
        WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_utility_export(all.head, state.bytes, state.len - 1, &len));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_utility_export(all.head, NULL, 0, &len));
    CHECK(len == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_export(all.head, state.bytes, state.len, &len));
    CHECK(len == state.len);
    return state;
}

static stored store_round(void)
{
    stored state = {NULL, 0};
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_state_len(now.running, &state.len));
    state.bytes = (uint8_t *)malloc(state.len);
    CHECK_STATUS(
        WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_round_export(now.running, state.bytes, state.len - 1, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_export(now.running, state.bytes, state.len, &len));
    CHECK(len == state.len);
    return state;
}

static wattsum_dcnet_utility *load_utility(const stored *state)
{
    wattsum_dcnet_utility *utility = NULL;
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_utility_import(&all.params, &all.epoch, all.roster, all.utility.identity, state->bytes,
            state->len, &utility, NULL));
    return utility;
}

/* The utility's machine starts again, with the states given. */
static void restart_utility(const stored *utility, const stored *round)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free(now.running));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_free(all.head));
    all.head = load_utility(utility);
    CHECK_STATUS(
        WATTSUM_OK, wattsum_dcnet_utility_reopen(all.head, round->bytes, round->len, &now.running, NULL));
}

/* Every meter loses its power: all that is left is its state, its mark's log and its log of Closes. */
static void restart_meters(void)
{
    static uint8_t state[WATTSUM_DCNET_STATE_LEN(net_meters - 1, net_holders)];
    static const uint8_t none[WATTSUM_MARK_RECORD_LEN];
    for (size_t i = 0; i < net_meters; i++) {
        net_device *own = &all.devices[i];
        wattsum_neighbour around[net_meters - 1];
        wattsum_dcnet_setup setup = net_setup(&all, i, around);
        size_t len = 0, expected = 0;
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_state_len(own->neighbours, net_holders, &expected));
        CHECK(expected == WATTSUM_DCNET_STATE_LEN(own->neighbours, net_holders));
        CHECK_STATUS(
            WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_meter_export(own->meter, state, expected - 1, &len));
        CHECK(len == 0);
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_export(own->meter, state, sizeof state, &len));
        CHECK(len == expected);
        memset(own, 0xA5, sizeof own->memory);
        memset(&own->mark, 0x5A, sizeof own->mark);
        setup.holders = NULL; /* their keys are in the state */
        setup.neighbours = NULL;
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_meter_import(own->memory, sizeof own->memory, &setup, state, len, &own->meter, NULL));
        for (size_t n = 0; n < close_count[i]; n++) {
            CHECK_STATUS(
                WATTSUM_OK, wattsum_dcnet_meter_replay(own->meter, closes[i][n], WATTSUM_DCNET_CLOSE_RECORD_LEN));
        }
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&own->mark));
        if (memcmp(marks[i], none, sizeof none) != 0) {
            CHECK_STATUS(WATTSUM_OK, wattsum_mark_replay(&own->mark, marks[i], sizeof marks[i]));
        }
    }
}

static void restart_holders(void)
{
    for (size_t h = 0; h < net_holders; h++) {
        stored state = {NULL, 0};
        size_t len = 0;
        const party *who = &all.answerers[h];
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_holder_state_len(all.holders[h], &state.len));
        state.bytes = (uint8_t *)malloc(state.len);
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_holder_export(all.holders[h], NULL, 0, &len));
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_holder_export(all.holders[h], state.bytes, state.len, &len));
        CHECK(len == state.len);
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_holder_free(all.holders[h]));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_holder_import(&all.params, &all.epoch, who->id, all.roster, who->identity, state.bytes,
                state.len, &all.holders[h], NULL));
        CHECK_STATUS(
            WATTSUM_OK, wattsum_dcnet_holder_open(all.holders[h], now.number, now.open, now.open_len, NULL));
        drop(&state);
    }
}

/* ---- branches ---- */

/* A frame for each meter of a range goes to a branch. */
static void feed(wattsum_dcnet_branch *branch, size_t from, size_t to)
{
    wattsum_bytes frames[net_meters];
    uint32_t senders[net_meters];
    wattsum_status statuses[net_meters];
    memset(frames, 0, sizeof frames);
    for (size_t i = from; i < to; i++) {
        frames[i - from].at = now.frames[i];
        frames[i - from].len = net_contribution;
        now.in[i] = 1;
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_branch_accept_many(branch, frames, to - from, senders, statuses));
    for (size_t i = from; i < to; i++) {
        CHECK(statuses[i - from] == WATTSUM_OK && senders[i - from] == all.meters[i].id);
    }
}

/* As a process does that is given the states, and sends back bytes. */
static stored other_process(const stored *utility, const stored *round, size_t from, size_t to)
{
    wattsum_dcnet_utility *copy = load_utility(utility);
    wattsum_dcnet_round *running = NULL;
    wattsum_dcnet_branch *branch = NULL;
    stored bytes = {NULL, 0};
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_reopen(copy, round->bytes, round->len, &running, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_branch(running, &branch));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free(running));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_free(copy));
    feed(branch, from, to);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_branch_len(branch, &bytes.len));
    bytes.bytes = (uint8_t *)malloc(bytes.len);
    CHECK_STATUS(
        WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_branch_to_bytes(branch, bytes.bytes, bytes.len - 1, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_branch_to_bytes(branch, bytes.bytes, bytes.len, &len));
    CHECK(len == bytes.len);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_branch_free(branch));
    return bytes;
}

/* A meter whose state was copied into a second device, with a mark that knows nothing, sends two frames. */
static void two_faced(wattsum_dcnet_branch *branch, size_t i)
{
    static net_device twin;
    static uint8_t state[WATTSUM_DCNET_STATE_LEN(net_meters - 1, net_holders)];
    uint8_t frame[net_contribution], mark_record[WATTSUM_MARK_RECORD_LEN];
    int64_t reading[net_channels] = {1, 2};
    wattsum_neighbour around[net_meters - 1];
    const wattsum_dcnet_setup setup = net_setup(&all, i, around);
    wattsum_bytes item = {frame, sizeof frame};
    wattsum_status status = WATTSUM_UNKNOWN;
    uint32_t sender = 0, culprit = 0;
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_export(all.devices[i].meter, state, sizeof state, &len));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_import(twin.memory, sizeof twin.memory, &setup, state, len, &twin.meter, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&twin.mark));
    contribute(i);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_contribute(twin.meter, &twin.mark, now.number, now.number, reading, net_channels,
            mark_record, frame, sizeof frame, &len, NULL));
    deliver(i);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_branch_accept_many(branch, &item, 1, &sender, &status));
    CHECK(status == WATTSUM_OK && sender == all.meters[i].id);
    CHECK_STATUS(WATTSUM_FAULT_CONTRADICTION, wattsum_dcnet_round_merge(now.running, branch, &culprit));
    CHECK(culprit == all.meters[i].id);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_free(twin.meter));
}

static void branches(uint64_t round)
{
    wattsum_dcnet_branch *own = NULL, *bad = NULL;
    stored utility, opened, bytes;
    uint32_t missing[net_meters], culprit = 5;
    size_t count = 0;
    open_round(round);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_branch(now.running, &bad));
    two_faced(bad, 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_branch_free(bad));
    for (size_t i = 1; i < net_meters; i++) {
        contribute(i);
    }
    utility = store_utility();
    opened = store_round();
    bytes = other_process(&utility, &opened, 1, 6);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_branch(now.running, &own));
    feed(own, 5, 11); /* the sixth came to both */
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_merge(now.running, own, &culprit));
    for (size_t at = 0; at < bytes.len; at++) {
        bytes.bytes[at] ^= 1;
        const wattsum_status status = wattsum_dcnet_round_merge_bytes(now.running, bytes.bytes, bytes.len, &culprit);
        CHECK(status >= 200 && status < 300);
        bytes.bytes[at] ^= 1;
    }
    for (size_t len = 0; len < bytes.len; len++) {
        const wattsum_status status = wattsum_dcnet_round_merge_bytes(now.running, bytes.bytes, len, &culprit);
        CHECK(status >= 200 && status < 300);
    }
    CHECK(culprit == 5);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_merge_bytes(now.running, bytes.bytes, bytes.len, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_merge_bytes(now.running, bytes.bytes, bytes.len, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_missing(now.running, missing, net_meters, &count));
    CHECK(count == 3 && missing[0] == all.meters[11].id);
    for (size_t i = 11; i < net_meters - 1; i++) {
        deliver(i);
    }
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_round_merge(now.running, own, &culprit));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_round_branch(now.running, &bad));
    repair(nobody);
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    tell_meters();
    answers(quorum);
    record();
    /* A part of another round. */
    open_round(round + 1);
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_round_merge(now.running, own, NULL));
    CHECK_STATUS(
        WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_round_merge_bytes(now.running, bytes.bytes, bytes.len, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free(now.running));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_branch_free(own));
    drop(&utility);
    drop(&opened);
    drop(&bytes);
}

/* ---- loss of power ---- */

/* After the Open, amid the contributions, after a Close, after the final one: the sum comes out all the same. */
static void power(uint64_t round)
{
    static const uint8_t mute[net_meters] = {0};
    uint8_t close[net_close], again[net_close];
    size_t len = 0, again_len = 0;
    stored utility, half, full, closed;
    open_round(round);
    restart_meters(); /* they know the Open */
    restart_holders();
    for (size_t i = 0; i < 6; i++) {
        contribute(i);
        deliver(i);
    }
    utility = store_utility();
    half = store_round();
    restart_utility(&utility, &half);
    restart_meters(); /* some have contributed */
    for (size_t i = 6; i < net_meters; i++) {
        contribute(i);
        if (i != 8) {
            deliver(i);
        }
    }
    for (size_t i = 0; i < 6; i++) { /* spent stays spent */
        int64_t reading[net_channels] = {0, 0};
        size_t frame_len = 0;
        uint8_t frame[net_contribution], mark_record[WATTSUM_MARK_RECORD_LEN];
        CHECK(wattsum_dcnet_meter_contribute(all.devices[i].meter, &all.devices[i].mark, round, round, reading,
                  net_channels, mark_record, frame, sizeof frame, &frame_len, NULL)
            != WATTSUM_OK);
        CHECK(frame_len == 0);
    }
    full = store_round();
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &len));
    restart_meters(); /* the Close has not reached them */
    restart_utility(&utility, &full);
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, again, sizeof again, &again_len));
    CHECK(len == again_len && memcmp(close, again, len) == 0);
    repair(mute);
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    closed = store_utility();
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &len));
    tell_meters();
    restart_meters();
    restart_holders();
    answers(quorum);
    restart_holders(); /* they answer the same set again, and no other */
    answers(quorum);
    record();
    /* A utility that knows its final Close after repairs does not begin with the first again. */
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_free(all.head));
    all.head = load_utility(&closed);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_reopen(all.head, full.bytes, full.len, &now.running, NULL));
    for (int twice = 0; twice < 2; twice++) {
        uint8_t stage = 9;
        CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
            wattsum_dcnet_utility_close(all.head, now.running, quorum, net_threshold, &stage));
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_stage(now.running, &stage));
        CHECK(stage == WATTSUM_ROUND_COLLECTING);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free(now.running));
    drop(&utility);
    drop(&half);
    drop(&full);
    drop(&closed);
}

/* Between final Close and answers, where nobody was missing: the same Close, and the sum. */
static void power_after_the_close(uint64_t round)
{
    uint8_t close[net_close], again[net_close], progress[WATTSUM_UTILITY_RECORD_LEN], stage = 9;
    static const uint8_t others[] = {2, 3, 4};
    size_t len = 0, again_len = 0;
    stored opened, utility;
    open_round(round);
    collect(nobody);
    opened = store_round();
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_round_state_len(now.running, &len));
    utility = store_utility();
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_progress(all.head, progress));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &len));
    tell_meters();
    restart_utility(&utility, &opened);
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, again, sizeof again, &again_len));
    CHECK(len == again_len && memcmp(close, again, len) == 0);
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_dcnet_utility_resume(all.head, progress, sizeof progress)); /* its state has it */
    answer(1, 1);
    restart_utility(&utility, &opened);
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    next_close(others, WATTSUM_ROUND_CLOSED);
    answers(others);
    record();
    /* Over another set it is not closed again. */
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_reopen(all.head, opened.bytes, opened.len, &now.running, NULL));
    CHECK_STATUS(
        WATTSUM_MISUSE_BAD_QUORUM, wattsum_dcnet_utility_close(all.head, now.running, quorum, 2, &stage));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free(now.running));
    drop(&opened);
    drop(&utility);
}

int main(void)
{
    uint64_t round = net_first + 1;
    net_form(&all, 0, 3);
    net_begin(&all);
    batch(round++);
    branches(round++);
    round++;
    batch(round++);
    power(round++);
    batch(round++);
    power_after_the_close(round++);
    round += 96; /* the next step of the ratchet */
    batch(round++);
    power(round++);
    power_after_the_close(round++);
    batch(round++);
    net_end(&all);
    return counted();
}

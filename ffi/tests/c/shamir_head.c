/* shamir's head end beyond the plain round (shamir.c): batches, branches, restarts; what is refused, and how. */
#include <stdlib.h>

#include "wattsum.h"
#include "group.h"
#include "refused.h"

static group all;
static const uint8_t quorum[] = {1, 2, 3}, others[] = {1, 3, 4};
static uint8_t present[group_meters];

static struct {
    uint64_t number;
    wattsum_shamir_round *running;
    uint8_t open[group_open], frames[group_meters][group_contribution], marks[group_meters][WATTSUM_MARK_RECORD_LEN];
    size_t open_len;
    int64_t truth[group_channels];
} now;

#define HANDLE(type) ((type **)(void *)&out.handle)

/* Everybody's frame is made; none is sent. */
static void open_round(uint64_t number)
{
    memset(&now, 0, sizeof now);
    now.number = number;
    CHECK_STATUS(
        WATTSUM_OK, wattsum_shamir_utility_open(all.head, number, number, present, group_meters, &now.running));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(now.running, now.open, sizeof now.open, &now.open_len));
    for (size_t a = 0; a < group_aggregators; a++) {
        CHECK_STATUS(
            WATTSUM_OK, wattsum_shamir_aggregator_open(all.aggregators[a], number, now.open, now.open_len, NULL));
    }
    for (size_t i = 0; i < group_meters; i++) {
        const int64_t reading[group_channels] = {(int64_t)(100 * i + number % 7), -(int64_t)i};
        device *own = &all.devices[i];
        size_t len = 0;
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_meter_contribute(own->meter, &own->mark, number, number, reading, group_channels,
                now.marks[i], now.frames[i], group_contribution, &len));
        now.truth[0] += reading[0];
        now.truth[1] += reading[1];
    }
}

static wattsum_bytes frame_of(size_t i)
{
    const wattsum_bytes frame = {now.frames[i], group_contribution};
    return frame;
}

static void close_round(const uint8_t asked[group_threshold])
{
    uint8_t stage = 9, set[group_meters];
    uint32_t missing[group_meters];
    size_t count = 0, in = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_stage(now.running, &stage));
    if (stage == WATTSUM_ROUND_COLLECTING) {
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_missing(now.running, missing, group_meters, &count));
        REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_shamir_round_set(now.running, out.bytes, group_meters));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_close(all.head, now.running, asked, group_threshold));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_stage(now.running, &stage));
    CHECK(stage == WATTSUM_ROUND_CLOSED);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_set(now.running, set, group_meters));
    for (size_t i = 0; i < group_meters; i++) {
        in += set[i];
    }
    CHECK(in + count == group_meters || in + count == group_meters - 3); /* three are left out in the end */
}

/* The quorum answers in one batch, the other aggregator follows, and the sum is right. */
static void finish(const uint8_t asked[group_threshold])
{
    uint8_t close[group_close], answers[group_threshold][group_answer], record[WATTSUM_ANSWER_RECORD_LEN];
    wattsum_bytes frames[group_threshold];
    wattsum_status statuses[group_threshold];
    uint32_t senders[group_threshold], meters = 0;
    int64_t sums[group_channels] = {0};
    size_t close_len = 0, n = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(now.running, close, sizeof close, &close_len));
    for (uint8_t number = 1; number <= group_aggregators; number++) {
        wattsum_shamir_aggregator *aggregator = all.aggregators[number - 1];
        if (memchr(asked, number, group_threshold) == NULL) {
            CHECK_STATUS(WATTSUM_OK,
                wattsum_shamir_aggregator_follow(aggregator, now.number, close, close_len, record, NULL));
            continue;
        }
        frames[n].at = answers[n];
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_aggregator_answer(aggregator, now.number, close, close_len, record, answers[n],
                group_answer, &frames[n].len, NULL));
        n++;
    }
    CHECK_STATUS(
        WATTSUM_OK, wattsum_shamir_round_accept_many(now.running, frames, group_threshold, senders, statuses));
    for (n = 0; n < group_threshold; n++) {
        CHECK(statuses[n] == WATTSUM_OK && senders[n] == all.answerers[asked[n] - 1].id);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_record(all.head, now.running, sums, group_channels, &meters));
    CHECK(meters == group_meters && memcmp(sums, now.truth, sizeof sums) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(now.running));
}

static void batch(uint64_t round)
{
    uint8_t flipped[group_contribution];
    wattsum_bytes frames[group_meters + 3];
    wattsum_status statuses[group_meters + 3];
    uint32_t senders[group_meters + 3];
    open_round(round);
    for (size_t i = 0; i < group_meters; i++) {
        frames[i] = frame_of(i);
    }
    memcpy(flipped, now.frames[2], sizeof flipped);
    flipped[33] ^= 2;
    frames[group_meters].at = flipped;
    frames[group_meters].len = sizeof flipped;
    frames[group_meters + 1] = frame_of(4);
    frames[group_meters + 2].at = now.frames[5];
    frames[group_meters + 2].len = 12;
    CHECK_STATUS(
        WATTSUM_OK, wattsum_shamir_round_accept_many(now.running, frames, COUNT(frames), senders, statuses));
    for (size_t i = 0; i < group_meters; i++) {
        CHECK(statuses[i] == WATTSUM_OK && senders[i] == all.meters[i].id);
    }
    CHECK(statuses[group_meters] == WATTSUM_FAULT_BAD_TAG && senders[group_meters] == all.meters[2].id);
    CHECK(statuses[group_meters + 1] == WATTSUM_OK && senders[group_meters + 1] == all.meters[4].id);
    CHECK(statuses[group_meters + 2] == WATTSUM_MALFORMED_TRUNCATED && senders[group_meters + 2] == UINT32_MAX);
    close_round(quorum);
    finish(quorum);
}

/* ---- states ---- */

typedef struct {
    uint8_t bytes[8192];
    size_t len;
} stored;

static stored utility_state, round_state;

static void store_utility(void)
{
    stored *state = &utility_state;
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_state_len(all.head, &len));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_shamir_utility_export(all.head, state->bytes, sizeof state->bytes, &state->len));
    CHECK(len == state->len);
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_utility_export(all.head, out.bytes, len - 1, &out.len));
}

static void store_round(void)
{
    stored *state = &round_state;
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_state_len(now.running, &len));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_shamir_round_export(now.running, state->bytes, sizeof state->bytes, &state->len));
    CHECK(len == state->len);
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_round_export(now.running, out.bytes, len - 1, &out.len));
}

static wattsum_shamir_utility *load_utility(void)
{
    wattsum_shamir_utility *utility = NULL;
    CHECK_STATUS(WATTSUM_OK,
        wattsum_shamir_utility_import(&group_params, &all.epoch, all.roster, all.utility.identity,
            utility_state.bytes, utility_state.len, &utility, NULL));
    return utility;
}

static void restart_utility(void)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(now.running));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_free(all.head));
    all.head = load_utility();
    CHECK_STATUS(WATTSUM_OK,
        wattsum_shamir_utility_reopen(all.head, round_state.bytes, round_state.len, &now.running, NULL));
}

static void restart_aggregators(void)
{
    static stored state;
    for (size_t a = 0; a < group_aggregators; a++) {
        const party *who = &all.answerers[a];
        size_t len = 0;
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_aggregator_state_len(all.aggregators[a], &len));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_aggregator_export(all.aggregators[a], state.bytes, sizeof state.bytes, &state.len));
        CHECK(len == state.len);
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_aggregator_free(all.aggregators[a]));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_aggregator_import(&group_params, &all.epoch, who->id, all.roster, who->identity,
                state.bytes, state.len, &all.aggregators[a], NULL));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_aggregator_open(all.aggregators[a], now.number, now.open, now.open_len, NULL));
    }
}

static void restart_meters(void)
{
    static uint8_t state[WATTSUM_SHAMIR_STATE_LEN(group_aggregators)];
    const int64_t reading[group_channels] = {0, 0};
    for (size_t i = 0; i < group_meters; i++) {
        device *own = &all.devices[i];
        wattsum_shamir_setup setup = setup_of(&all, i);
        size_t len = 0;
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_state_len(group_aggregators, &len));
        CHECK(len == sizeof state);
        REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_meter_export(own->meter, out.bytes, len - 1, &out.len));
        len = 0;
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_export(own->meter, state, sizeof state, &len));
        CHECK(len == sizeof state);
        memset(own->memory, 0xA5, sizeof own->memory);
        setup.aggregators = NULL; /* their keys are in the state */
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_meter_import(own->memory, sizeof own->memory, &setup, state, len, &own->meter, NULL));
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&own->mark));
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_replay(&own->mark, now.marks[i], sizeof now.marks[i]));
        REFUSED(WATTSUM_MISUSE_TIME_ALREADY_USED,
            wattsum_shamir_meter_contribute(own->meter, &own->mark, now.number, now.number, reading, group_channels,
                out.record, out.bytes, sizeof out.bytes, &out.len));
    }
}

/* Everybody loses power amid a round, and after its Close: the sum is the same. */
static void power(uint64_t round)
{
    uint8_t close[group_close], again[group_close];
    size_t len = 0, again_len = 0;
    uint32_t sender = 0;
    open_round(round);
    for (size_t i = 0; i < group_meters; i++) {
        if (i == 4) {
            store_utility();
            store_round();
            restart_utility();
            restart_aggregators();
        }
        CHECK_STATUS(
            WATTSUM_OK, wattsum_shamir_round_accept(now.running, now.frames[i], group_contribution, &sender, NULL));
    }
    restart_meters();
    store_round();
    close_round(quorum);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(now.running, close, sizeof close, &len));
    for (int known = 0; known < 2; known++) { /* the state is of before the Close, then of after it */
        restart_utility();
        restart_aggregators();
        close_round(quorum);
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(now.running, again, sizeof again, &again_len));
        CHECK(len == again_len && memcmp(close, again, len) == 0);
        store_utility();
    }
    close_round(others); /* the first quorum does not answer */
    finish(others);
    /* A round that is over is not taken up again, nor is another set of it closed. */
    open_round(round + 1);
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_shamir_utility_reopen(
            all.head, round_state.bytes, round_state.len, HANDLE(wattsum_shamir_round), &out.culprit));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(now.running));
}

/* A round whose Close went out, and whose stored frames are fewer: no second Close, and the round is as it was. */
static void another_set(uint64_t round)
{
    uint8_t stage = 9;
    uint32_t missing[group_meters], sender = 0;
    size_t count = 0;
    open_round(round);
    for (size_t i = 0; i < group_meters; i++) {
        if (i == group_meters - 1) {
            store_round();
        }
        CHECK_STATUS(
            WATTSUM_OK, wattsum_shamir_round_accept(now.running, now.frames[i], group_contribution, &sender, NULL));
    }
    close_round(quorum);
    store_utility();
    restart_utility();
    for (int twice = 0; twice < 2; twice++) {
        REFUSED(
            WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_shamir_utility_close(all.head, now.running, quorum, group_threshold));
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_stage(now.running, &stage));
        CHECK(stage == WATTSUM_ROUND_COLLECTING);
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_missing(now.running, missing, group_meters, &count));
        CHECK(count == 1 && missing[0] == all.meters[group_meters - 1].id);
    }
    /* With the last frame it is the same set. */
    CHECK_STATUS(WATTSUM_OK,
        wattsum_shamir_round_accept(
            now.running, now.frames[group_meters - 1], group_contribution, &sender, NULL));
    close_round(quorum);
    finish(quorum);
}

/* ---- branches ---- */

static void branches(uint64_t round)
{
    wattsum_shamir_branch *here = NULL, *there = NULL;
    wattsum_shamir_utility *copy = NULL;
    wattsum_shamir_round *running = NULL;
    wattsum_bytes frames[group_meters];
    wattsum_status statuses[group_meters];
    uint32_t senders[group_meters], culprit = 5, missing[group_meters];
    static uint8_t bytes[4096];
    size_t len = 0, wanted = 0, count = 0;
    open_round(round);
    for (size_t i = 0; i < group_meters; i++) {
        frames[i] = frame_of(i);
    }
    store_utility();
    store_round();
    /* As another process: it has the states, and gives bytes back. */
    copy = load_utility();
    CHECK_STATUS(
        WATTSUM_OK, wattsum_shamir_utility_reopen(copy, round_state.bytes, round_state.len, &running, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_branch(running, &there));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_branch_accept_many(there, frames, 4, senders, statuses));
    CHECK(statuses[3] == WATTSUM_OK && senders[3] == all.meters[3].id);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_branch_len(there, &wanted));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_branch_to_bytes(there, bytes, sizeof bytes, &len));
    CHECK(len == wanted);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_branch_free(there));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(running));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_free(copy));
    /* As another thread; one meter's frame came to both. */
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_branch(now.running, &here));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_branch_accept_many(here, &frames[3], 5, senders, statuses));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_merge(now.running, here, NULL));
    for (size_t at = 0; at < len; at += 3) {
        bytes[at] ^= 64;
        const wattsum_status status = wattsum_shamir_round_merge_bytes(now.running, bytes, len, &culprit);
        CHECK(status >= 200 && status < 300);
        bytes[at] ^= 64;
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_merge_bytes(now.running, bytes, len, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_missing(now.running, missing, group_meters, &count));
    CHECK(count == 1 && missing[0] == all.meters[8].id && culprit == 5);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_accept_many(now.running, &frames[8], 1, senders, statuses));
    close_round(quorum);
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_shamir_round_merge(now.running, here, &out.culprit));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_branch_free(here));
    finish(quorum);
}

/* ---- what is refused ---- */

static void misuse(uint64_t round)
{
    static const wattsum_bytes none[1] = {{NULL, 3}};
    wattsum_shamir_setup setup = setup_of(&all, 1);
    wattsum_shamir_branch *branch = NULL;
    wattsum_shamir_aggregator *aggregator = all.aggregators[0];
    const party *who = &all.answerers[0];
    static uint8_t state[WATTSUM_SHAMIR_STATE_LEN(group_aggregators)];
    uint32_t sender = 0;
    size_t len = 0;
    open_round(round);
    NULL_REFUSED(wattsum_shamir_round_stage(NULL, &out.stage));
    NULL_REFUSED(wattsum_shamir_round_stage(now.running, NULL));
    NULL_REFUSED(wattsum_shamir_round_accept_many(NULL, NULL, 0, NULL, NULL));
    NULL_REFUSED(wattsum_shamir_round_accept_many(now.running, NULL, 1, out.ids, out.statuses));
    NULL_REFUSED(wattsum_shamir_round_accept_many(now.running, none, 1, out.ids, out.statuses));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_accept_many(now.running, none, 0, NULL, NULL));
    REFUSED(WATTSUM_MISUSE_OVERLAP,
        wattsum_shamir_round_accept_many(now.running, none, 1, out.ids, (wattsum_status *)out.ids));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT,
        wattsum_shamir_round_accept_many((wattsum_shamir_round *)(void *)all.head, none, 0, NULL, NULL));
    NULL_REFUSED(wattsum_shamir_round_state_len(NULL, &out.len));
    NULL_REFUSED(wattsum_shamir_round_state_len(now.running, NULL));
    NULL_REFUSED(wattsum_shamir_round_export(now.running, out.bytes, sizeof out.bytes, NULL));
    NULL_REFUSED(wattsum_shamir_round_export(NULL, out.bytes, sizeof out.bytes, &out.len));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_round_export(now.running, NULL, 0, &out.len));
    NULL_REFUSED(wattsum_shamir_round_branch(now.running, NULL));
    NULL_REFUSED(wattsum_shamir_round_branch(NULL, HANDLE(wattsum_shamir_branch)));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_branch(now.running, &branch));
    NULL_REFUSED(wattsum_shamir_round_merge(now.running, NULL, &out.culprit));
    NULL_REFUSED(wattsum_shamir_round_merge(NULL, branch, &out.culprit));
    NULL_REFUSED(wattsum_shamir_round_merge_bytes(now.running, NULL, 7, &out.culprit));
    NULL_REFUSED(wattsum_shamir_round_merge_bytes(NULL, state, 7, &out.culprit));
    NULL_REFUSED(wattsum_shamir_branch_accept_many(NULL, NULL, 0, NULL, NULL));
    NULL_REFUSED(wattsum_shamir_branch_accept_many(branch, none, 1, out.ids, out.statuses));
    NULL_REFUSED(wattsum_shamir_branch_len(branch, NULL));
    NULL_REFUSED(wattsum_shamir_branch_len(NULL, &out.len));
    NULL_REFUSED(wattsum_shamir_branch_to_bytes(branch, out.bytes, sizeof out.bytes, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_branch_to_bytes(branch, out.bytes, 3, &out.len));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT,
        wattsum_dcnet_branch_to_bytes((wattsum_dcnet_branch *)(void *)branch, out.bytes, sizeof out.bytes, &out.len));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_branch_free(branch));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_branch_free(NULL));

    NULL_REFUSED(wattsum_shamir_utility_state_len(NULL, &out.len));
    NULL_REFUSED(wattsum_shamir_utility_export(all.head, out.bytes, sizeof out.bytes, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_utility_export(all.head, NULL, 0, &out.len));
    NULL_REFUSED(wattsum_shamir_utility_import(&group_params, &all.epoch, all.roster, all.utility.identity, NULL, 5,
        HANDLE(wattsum_shamir_utility), &out.culprit));
    store_utility();
    NULL_REFUSED(wattsum_shamir_utility_import(&group_params, &all.epoch, all.roster, all.utility.identity,
        utility_state.bytes, utility_state.len, NULL, &out.culprit));
    REFUSED(WATTSUM_MISUSE_WRONG_ROLE,
        wattsum_shamir_utility_import(&group_params, &all.epoch, all.roster, who->identity, utility_state.bytes,
            utility_state.len, HANDLE(wattsum_shamir_utility), &out.culprit));
    NULL_REFUSED(wattsum_shamir_utility_reopen(all.head, NULL, 5, HANDLE(wattsum_shamir_round), &out.culprit));
    NULL_REFUSED(wattsum_shamir_aggregator_state_len(aggregator, NULL));
    NULL_REFUSED(wattsum_shamir_aggregator_export(NULL, out.bytes, sizeof out.bytes, &out.len));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_aggregator_export(aggregator, NULL, 0, &out.len));
    NULL_REFUSED(wattsum_shamir_aggregator_import(&group_params, &all.epoch, who->id, all.roster, NULL, state, 9,
        HANDLE(wattsum_shamir_aggregator), &out.culprit));
    NULL_REFUSED(wattsum_shamir_aggregator_follow(aggregator, round, NULL, 9, out.record, &out.culprit));
    NULL_REFUSED(wattsum_shamir_aggregator_follow(aggregator, round, state, 9, NULL, &out.culprit));
    REFUSED(WATTSUM_MALFORMED_TRUNCATED,
        wattsum_shamir_aggregator_follow(aggregator, round, state, 9, out.record, &out.culprit));
    NULL_REFUSED(wattsum_shamir_aggregator_catch_up(aggregator, round, NULL, 9, state, 9, out.record, &out.culprit));
    NULL_REFUSED(wattsum_shamir_aggregator_catch_up(aggregator, round, state, 9, NULL, 9, out.record, &out.culprit));

    NULL_REFUSED(wattsum_shamir_meter_state_len(4, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_meter_state_len(SIZE_MAX / 8, &out.len));
    NULL_REFUSED(wattsum_shamir_meter_export(NULL, out.bytes, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_shamir_meter_export(all.devices[1].meter, out.bytes, sizeof out.bytes, NULL));
    REFUSED(WATTSUM_MISUSE_OVERLAP,
        wattsum_shamir_meter_export(
            all.devices[1].meter, (uint8_t *)all.devices[1].memory + 100, sizeof state, &out.len));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_export(all.devices[1].meter, state, sizeof state, &len));
    const size_t size = sizeof all.devices[1].memory;
#define METER(memory, size, setup, state, len, place) \
    wattsum_shamir_meter_import(memory, size, setup, state, len, place, &out.culprit)
    NULL_REFUSED(METER(NULL, size, &setup, state, len, HANDLE(wattsum_shamir_meter)));
    NULL_REFUSED(METER(out.memory, size, NULL, state, len, HANDLE(wattsum_shamir_meter)));
    REFUSED(WATTSUM_MISUSE_OVERLAP, METER(out.memory, size, &setup, (uint8_t *)out.memory, 9, HANDLE(wattsum_shamir_meter)));
    for (size_t at = 0; at <= len; at++) {
        static device own;
        size_t left = 0;
        memset(own.memory, 0xA5, sizeof own.memory);
        setup = setup_of(&all, 1);
        if (at < len) {
            state[at] ^= 1;
        } else {
            setup.id++;
        }
        REFUSED(WATTSUM_MALFORMED_BAD_RECORD,
            METER(own.memory, sizeof own.memory, &setup, state, len, HANDLE(wattsum_shamir_meter)));
        for (size_t word = 0; word < COUNT(own.memory); word++) {
            left += own.memory[word] != 0;
        }
        CHECK(left == 0);
        if (at < len) {
            state[at] ^= 1;
        }
    }
    /* None of it has hurt the round. */
    for (size_t i = 0; i < group_meters; i++) {
        CHECK_STATUS(
            WATTSUM_OK, wattsum_shamir_round_accept(now.running, now.frames[i], group_contribution, &sender, NULL));
    }
    close_round(quorum);
    {
        /* An answer that finds no room is not agreed to: its record would be lost from the log. */
        uint8_t close[group_close], before[2048], after[2048];
        size_t close_len = 0, before_len = 0, after_len = 0;
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(now.running, close, sizeof close, &close_len));
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_aggregator_export(aggregator, before, sizeof before, &before_len));
        REFUSED(WATTSUM_MISUSE_WRONG_LENGTH,
            wattsum_shamir_aggregator_answer(aggregator, round, close, close_len, out.record, out.bytes,
                group_answer - 1, &out.len, &out.culprit));
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_aggregator_export(aggregator, after, sizeof after, &after_len));
        CHECK(before_len == after_len && memcmp(before, after, after_len) == 0);
    }
    finish(quorum);
}

/* An aggregator that was away for a round counts its set all the same. */
static void caught_up(uint64_t round)
{
    uint8_t close[group_close], open[group_open], record[WATTSUM_ANSWER_RECORD_LEN], again[WATTSUM_ANSWER_RECORD_LEN];
    size_t close_len = 0, open_len;
    uint32_t sender = 0;
    open_round(round);
    for (size_t i = 0; i < group_meters; i++) {
        CHECK_STATUS(
            WATTSUM_OK, wattsum_shamir_round_accept(now.running, now.frames[i], group_contribution, &sender, NULL));
    }
    close_round(quorum);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(now.running, close, sizeof close, &close_len));
    memcpy(open, now.open, sizeof open);
    open_len = now.open_len;
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(now.running));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_shamir_aggregator_catch_up(
            all.aggregators[3], round + 1, open, open_len, close, close_len, record, NULL));
    CHECK_STATUS(WATTSUM_OK, /* again: the same record */
        wattsum_shamir_aggregator_catch_up(
            all.aggregators[3], round + 1, open, open_len, close, close_len, again, NULL));
    CHECK(memcmp(record, again, sizeof record) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_aggregator_replay(all.aggregators[3], record, sizeof record));
}

/* Certified answers: a round that collects is closed for them. */
static void certified(uint64_t round, const uint8_t *asked, size_t count, uint8_t check_)
{
    uint8_t close[group_close], certificate[group_aggregators * WATTSUM_STATEMENT_LEN], stage = 9;
    uint8_t statement[WATTSUM_STATEMENT_LEN], record[WATTSUM_ANSWER_RECORD_LEN], answer[group_answer];
    uint32_t sender = 0, wrong[group_aggregators];
    int64_t sums[group_channels] = {0};
    wattsum_checked checked;
    size_t close_len = 0, len = 0, answer_len = 0;
    open_round(round);
    REFUSED(WATTSUM_QUORUM, wattsum_shamir_utility_certify(all.head, now.running, asked, count)); /* nobody is here */
    REFUSED(WATTSUM_MISUSE_BAD_QUORUM, wattsum_shamir_utility_certify(all.head, now.running, asked, 2));
    for (size_t i = 0; i < group_meters; i++) {
        CHECK_STATUS(
            WATTSUM_OK, wattsum_shamir_round_accept(now.running, now.frames[i], group_contribution, &sender, NULL));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_certify(all.head, now.running, asked, count));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_stage(now.running, &stage));
    CHECK(stage == WATTSUM_ROUND_CERTIFYING);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(now.running, close, sizeof close, &close_len));
    for (size_t n = 0; n < count; n++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_aggregator_agree(
                all.aggregators[asked[n] - 1], round, close, close_len, record, statement, NULL));
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_accept(now.running, statement, sizeof statement, &sender, NULL));
    }
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_round_certificate(now.running, NULL, 0, &out.len));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_certificate(now.running, certificate, sizeof certificate, &len));
    for (size_t n = 0; n < count; n++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_aggregator_answer_certified(all.aggregators[asked[n] - 1], certificate, len, record, answer,
                sizeof answer, &answer_len, NULL));
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_accept(now.running, answer, answer_len, &sender, NULL));
        CHECK(sender == all.answerers[asked[n] - 1].id);
    }
    CHECK_STATUS(WATTSUM_OK,
        wattsum_shamir_utility_record_certified(
            all.head, now.running, sums, group_channels, wrong, group_aggregators, &checked));
    CHECK(memcmp(sums, now.truth, sizeof sums) == 0 && checked.meters == group_meters);
    CHECK(checked.check == check_ && checked.wrong == 0 && checked.names == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(now.running));
}

/* Three meters come and go until the Open leaves them out. Who is not in it does not count as here either: with too few
 * of the others the round goes on. */
static void left_out(uint64_t round)
{
    uint32_t missing[group_meters], sender = 0;
    size_t count = 0;
    uint8_t stage = 9;
    for (int day = 0;; day++) {
        open_round(round + (uint64_t)day);
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_missing(now.running, missing, group_meters, &count));
        if (count == group_meters - 3 || !CHECK(day < 40)) {
            break;
        }
        for (size_t i = 0; i < group_meters; i++) {
            if (i >= 3 || day % 2 == 0) {
                CHECK_STATUS(WATTSUM_OK,
                    wattsum_shamir_round_accept(now.running, now.frames[i], group_contribution, &sender, NULL));
            }
        }
        close_round(quorum);
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(now.running));
    }
    CHECK(missing[0] == all.meters[3].id);
    CHECK_STATUS(WATTSUM_FAULT_NOT_EXPECTED,
        wattsum_shamir_round_accept(now.running, now.frames[0], group_contribution, &sender, &missing[0]));
    CHECK(missing[0] == all.meters[0].id);
    for (size_t i = 3; i < 6; i++) {
        CHECK_STATUS(
            WATTSUM_OK, wattsum_shamir_round_accept(now.running, now.frames[i], group_contribution, &sender, NULL));
    }
    REFUSED(WATTSUM_QUORUM, wattsum_shamir_utility_close(all.head, now.running, quorum, group_threshold));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_stage(now.running, &stage));
    CHECK(stage == WATTSUM_ROUND_COLLECTING);
    CHECK_STATUS(
        WATTSUM_OK, wattsum_shamir_round_accept(now.running, now.frames[6], group_contribution, &sender, NULL));
    close_round(quorum);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(now.running));
}

/* One buffer for both secrets: the wipe of the link secret would take the identity with it. */
static void one_buffer(void)
{
    uint8_t both[32], before[32];
    wattsum_shamir_utility *head = NULL;
    wattsum_shamir_aggregator *aggregator = NULL;
    memcpy(both, all.utility.identity, sizeof both);
    memcpy(before, both, sizeof before);
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_shamir_utility_new(&group_params, &all.epoch, all.roster, both, both, &head, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_shamir_aggregator_new(
            &group_params, &all.epoch, all.answerers[0].id, all.roster, both, both, &aggregator, NULL));
    CHECK(head == NULL && aggregator == NULL && memcmp(both, before, sizeof both) == 0);
}

int main(void)
{
    uint64_t round = group_first + 1;
    memset(present, 1, sizeof present);
    form(&all);
    begin(&all);
    batch(round++);
    power(round++);
    round++;
    branches(round++);
    another_set(round++);
    caught_up(round++);
    batch(round++);
    misuse(round++);
    round += 96; /* the next step of the ratchet */
    power(round++);
    round++;
    batch(round++);
    certified(round++, quorum, 3, WATTSUM_CHECK_NONE);
    certified(round++, (const uint8_t[]) {1, 2, 3, 4}, 4, WATTSUM_CHECK_DETECTS);
    batch(round++);
    left_out(round);
    one_buffer();
    end(&all);
    return counted();
}

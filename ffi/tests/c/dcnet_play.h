/* Rounds of a dcnet group (dcnet_group.h), step by step, beside a truth that is kept in the clear. */
#ifndef DCNET_PLAY_H
#define DCNET_PLAY_H

#include "dcnet_group.h"

static net_group all;
static uint8_t marks[net_meters][WATTSUM_MARK_RECORD_LEN]; /* each device's log: the last record is enough */
enum { most_closes = 100 };
static uint8_t closes[net_meters][most_closes][WATTSUM_DCNET_CLOSE_RECORD_LEN]; /* each meter's log of Closes */
static size_t close_count[net_meters];
static uint8_t off[net_meters]; /* meters that are not there: they get nothing and send nothing */
static uint8_t absent[net_meters]; /* meters that the next Open does not name */

/* The round that is being played. */
static struct {
    uint64_t number;
    wattsum_dcnet_round *running;
    uint8_t open[net_open], frames[net_meters][net_contribution];
    size_t open_len;
    int64_t readings[net_meters][net_channels];
    uint8_t in[net_meters]; /* the set, as it must be */
} now;

/* Wh of a quarter of an hour: a household's base load and its kettle, and what its roof gives back. */
static inline void read_meter(size_t meter, uint64_t round, int64_t reading[net_channels])
{
    const int64_t step = (int64_t)(round % 96), base = 20 + 10 * (int64_t)(meter % 4);
    reading[0] = base + ((step + (int64_t)meter * 5) % 13 == 0 ? 480 : 0) + (step > 70 ? 150 : 0);
    reading[1] = meter % 3 == 0 && step > 30 && step < 65 ? -(step - 30) * (65 - step) : -(int64_t)meter;
}

static inline void open_round(uint64_t number)
{
    uint8_t present[net_meters], stage = 9;
    memset(&now, 0, sizeof now);
    now.number = number;
    for (size_t i = 0; i < net_meters; i++) {
        present[i] = !absent[i];
    }
    CHECK_STATUS(
        WATTSUM_OK, wattsum_dcnet_utility_open(all.head, number, number, present, net_meters, &now.running));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, now.open, sizeof now.open, &now.open_len));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_stage(now.running, &stage));
    CHECK(stage == WATTSUM_ROUND_COLLECTING);
    for (size_t i = 0; i < net_meters; i++) {
        if (!off[i]) {
            CHECK_STATUS(
                WATTSUM_OK, wattsum_dcnet_meter_open(all.devices[i].meter, number, now.open, now.open_len, NULL));
        }
    }
    for (size_t h = 0; h < net_holders; h++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_holder_open(all.holders[h], number, now.open, now.open_len, NULL));
    }
}

/* The frame of a meter; whether it arrives is another matter. */
static inline void contribute(size_t i)
{
    net_device *own = &all.devices[i];
    size_t len = 0;
    read_meter(i, now.number, now.readings[i]);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_contribute(own->meter, &own->mark, now.number, now.number, now.readings[i], net_channels,
            marks[i], now.frames[i], net_contribution, &len, NULL));
    CHECK(len == net_contribution);
}

static inline void deliver(size_t i)
{
    uint32_t sender = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_accept(now.running, now.frames[i], net_contribution, &sender, NULL));
    CHECK(sender == all.meters[i].id);
    now.in[i] = 1;
}

/* Contributions of all but the silent, one by one. */
static inline void collect(const uint8_t silent[net_meters])
{
    uint32_t missing[net_meters];
    size_t count = 0, expected = 0;
    for (size_t i = 0; i < net_meters; i++) {
        if (!off[i] && !absent[i]) {
            contribute(i);
        }
        if (!silent[i]) {
            deliver(i);
        }
        expected += silent[i] && !absent[i];
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_missing(now.running, missing, net_meters, &count));
    CHECK(count == expected);
    for (size_t i = 0, n = 0; i < net_meters && count == expected; i++) {
        CHECK(!silent[i] || absent[i] || missing[n++] == all.meters[i].id);
    }
}

/* Whether a member of the set has a missing neighbour. */
static inline int repairs(size_t i)
{
    for (size_t n = 0; n < all.devices[i].neighbours; n++) {
        const uint32_t at = all.devices[i].around[n];
        if (now.in[i] && !now.in[at] && !absent[at]) {
            return 1;
        }
    }
    return 0;
}

/* Where the record of a meter's next Close goes. */
static inline uint8_t *close_log(size_t i)
{
    if (!CHECK(close_count[i] < most_closes)) {
        close_count[i] = 0;
    }
    return closes[i][close_count[i]++];
}

/* The meters get the last Close; those that are not mute answer it. Then the mute are out of the set. */
static inline void repair(const uint8_t mute[net_meters])
{
    uint8_t close[net_close], repairing[net_meters], before[net_repair], frame[net_repair];
    uint32_t sender = 0, missing[net_meters];
    size_t close_len = 0, len = 0, count = 0, expected = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &close_len));
    for (size_t i = 0; i < net_meters; i++) {
        repairing[i] = (uint8_t)repairs(i);
    }
    for (size_t i = 0; i < net_meters; i++) {
        if (off[i]) {
            continue;
        }
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_meter_close(all.devices[i].meter, now.number, close, close_len,
                close_log(i), frame, sizeof frame, &len, NULL));
        CHECK(len == (repairing[i] ? (size_t)net_repair : 0));
        if (mute[i] || !repairing[i]) {
            continue;
        }
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_accept(now.running, frame, len, &sender, NULL));
        CHECK(sender == all.meters[i].id);
        /* Twice is once, and another is the sender's fault. */
        memcpy(before, frame, sizeof before);
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_accept(now.running, frame, len, &sender, NULL));
        frame[18] ^= 1;
        sender = 0;
        CHECK_STATUS(WATTSUM_FAULT_BAD_TAG, wattsum_dcnet_round_accept(now.running, frame, len, &missing[0], &sender));
        CHECK(sender == all.meters[i].id);
    }
    for (size_t i = 0; i < net_meters; i++) {
        expected += repairing[i] && mute[i];
        now.in[i] = (uint8_t)(now.in[i] && !(repairing[i] && mute[i]));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_missing(now.running, missing, net_meters, &count));
    CHECK(count == expected);
}

static inline void next_close(const uint8_t quorum[net_threshold], uint8_t expected)
{
    uint8_t stage = 9, same = 9, set[net_meters];
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_close(all.head, now.running, quorum, net_threshold, &stage));
    CHECK(stage == expected);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_stage(now.running, &same));
    CHECK(same == stage);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_set(now.running, set, net_meters));
    CHECK(memcmp(set, now.in, sizeof set) == 0);
}

/* A holder answers the final Close, or follows it. */
static inline void answer(uint8_t number, int asked)
{
    uint8_t close[net_close], bytes[net_answer], record[WATTSUM_ANSWER_RECORD_LEN];
    uint32_t sender = 0;
    size_t close_len = 0, len = 0;
    wattsum_dcnet_holder *holder = all.holders[number - 1];
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &close_len));
    if (!asked) {
        CHECK_STATUS(
            WATTSUM_OK, wattsum_dcnet_holder_follow(holder, now.number, close, close_len, record, NULL));
        return;
    }
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_holder_answer(
            holder, now.number, close, close_len, record, bytes, sizeof bytes, &len, NULL));
    CHECK(len == net_answer);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_accept(now.running, bytes, len, &sender, NULL));
    CHECK(sender == all.answerers[number - 1].id);
}

/* The meters get the final Close. */
static inline void tell_meters(void)
{
    uint8_t close[net_close], frame[net_repair];
    size_t close_len = 0, len = 7;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &close_len));
    for (size_t i = 0; i < net_meters; i++) {
        if (off[i]) {
            continue;
        }
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_meter_close(all.devices[i].meter, now.number, close, close_len,
                close_log(i), frame, sizeof frame, &len, NULL));
        CHECK(len == 0);
    }
}

/* The quorum answers the final Close, and the other holders follow it. */
static inline void answers(const uint8_t quorum[net_threshold])
{
    for (uint8_t number = 1; number <= net_holders; number++) {
        answer(number, memchr(quorum, number, net_threshold) != NULL);
    }
}

/* The sum is that of the set's readings. */
static inline void record(void)
{
    int64_t truth[net_channels] = {0}, sums[net_channels] = {0};
    uint32_t meters = 0, here = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_record(all.head, now.running, sums, net_channels, &meters));
    for (size_t i = 0; i < net_meters; i++) {
        here += now.in[i];
        for (size_t c = 0; now.in[i] && c < net_channels; c++) {
            truth[c] += now.readings[i][c];
        }
    }
    CHECK(meters == here && here > 3);
    CHECK(memcmp(sums, truth, sizeof sums) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free(now.running));
}

#endif

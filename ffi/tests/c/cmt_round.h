/* Rounds of a group of cmt, and its healing. */
#ifndef CMT_ROUND_H
#define CMT_ROUND_H

#include "cmt_ring.h"

/* Wh of a quarter of an hour: a household's base load and its kettle, and what its roof gives back. */
static inline void ring_read(uint32_t meter, uint64_t round, int64_t reading[ring_channels])
{
    const int64_t step = (int64_t)(round % 96), base = 20 + 10 * (int64_t)(meter % 4);
    reading[0] = base + ((step + (int64_t)meter * 5) % 13 == 0 ? 480 : 0) + (step > 70 ? 150 : 0);
    reading[1] = meter % 3 == 0 && step > 30 && step < 65 ? -(step - 30) * (65 - step) : 0;
}

/* Contributions of a round. */
typedef struct {
    uint8_t frames[ring_meters][ring_contribution];
    size_t count;
    int64_t truth[ring_channels];
} ring_round;

static inline void ring_contribute(ring *all, uint64_t round, uint32_t position, ring_round *sent)
{
    ring_device *own = &all->devices[position];
    int64_t reading[ring_channels];
    size_t len = 0;
    ring_read(position, round, reading);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_meter_contribute(own->meter, &own->mark, round, round, reading, ring_channels,
            ring_mark_record(all, position), sent->frames[sent->count], ring_contribution, &len, NULL));
    CHECK(len == ring_contribution);
    sent->count++;
    for (size_t c = 0; c < ring_channels; c++) {
        sent->truth[c] += reading[c];
    }
}

/* Once around the ring, or until the one who is silent. */
static inline void ring_around(ring *all, wattsum_cmt_round *running, uint64_t round, uint32_t silent,
    ring_round *sent)
{
    uint8_t start[WATTSUM_CMT_START_LEN], delta[ring_delta], next[ring_delta];
    ring_device *lead = &all->devices[all->lead];
    int64_t reading[ring_channels];
    size_t len = 0;
    wattsum_cmt_place place;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_frame(running, start, sizeof start, &len));
    CHECK(len == sizeof start);
    ring_read(all->lead, round, reading);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_meter_start(lead->meter, &lead->mark, round, round, reading, ring_channels, start, len, entropy(),
            ring_mark_record(all, all->lead), delta, sizeof delta, &len, NULL));
    CHECK(len == ring_delta);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_place(lead->meter, &place));
    CHECK(place.circling == round && place.concentrator == 1);
    for (size_t c = 0; c < ring_channels; c++) {
        sent->truth[c] += reading[c];
    }
    for (uint32_t position = all->after[all->lead]; position != all->lead; position = all->after[position]) {
        ring_device *own = &all->devices[position];
        if (position == silent) {
            return;
        }
        ring_read(position, round, reading);
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_meter_relay(own->meter, &own->mark, round, round, reading, ring_channels, delta, sizeof delta,
                entropy(), ring_mark_record(all, position), sent->frames[sent->count], ring_contribution, next,
                sizeof next, NULL));
        memcpy(delta, next, sizeof delta);
        sent->count++;
        for (size_t c = 0; c < ring_channels; c++) {
            sent->truth[c] += reading[c];
        }
    }
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_meter_close(lead->meter, round, delta, sizeof delta, sent->frames[sent->count], ring_contribution,
            &len, NULL));
    CHECK(len == ring_contribution);
    sent->count++;
}

/* A round of these members but one; frames are kept, nothing has been taken yet. */
static inline wattsum_cmt_round *ring_run(
    ring *all, uint64_t round, const uint32_t *members, size_t count, uint32_t silent, ring_round *sent)
{
    wattsum_cmt_round *running = NULL;
    memset(sent, 0, sizeof *sent);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_supplier_open(
            all->supplier, round, round, all->supplier_records[all->supplier_count++ % 64], &running));
    if (all->params.mode == WATTSUM_CMT_DRAWN) {
        ring_around(all, running, round, silent, sent);
    } else {
        for (size_t i = 0; i < count; i++) {
            if (members[i] != silent) {
                ring_contribute(all, round, members[i], sent);
            }
        }
    }
    return running;
}

/* Gives a round up; the Lost frame. */
static inline size_t ring_discard(ring *all, wattsum_cmt_round *running, uint8_t *lost, size_t size)
{
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_supplier_discard(
            all->supplier, running, all->supplier_records[all->supplier_count++ % 64], lost, size, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_free(running));
    return len;
}

/* A round in which nobody is silent: its sums are those of the readings. */
static inline void ring_sum(ring *all, uint64_t round, const uint32_t *members, size_t count)
{
    ring_round sent;
    wattsum_bytes batch[ring_meters];
    wattsum_status statuses[ring_meters];
    int64_t sums[ring_channels] = {0};
    uint32_t names[ring_meters], meters = 0;
    wattsum_cmt_round *running = ring_run(all, round, members, count, ring_meters, &sent);
    CHECK(sent.count == count);
    for (size_t i = 0; i < sent.count; i++) {
        batch[i].at = sent.frames[i];
        batch[i].len = ring_contribution;
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_accept_many(running, batch, sent.count, names, statuses));
    for (size_t i = 0; i < sent.count; i++) {
        CHECK_STATUS(WATTSUM_OK, statuses[i]);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_close(running, sums, ring_channels, &meters));
    CHECK(meters == count && memcmp(sums, sent.truth, sizeof sums) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_free(running));
}

static inline size_t ring_without(uint32_t gone, const uint32_t *members, size_t count, uint32_t left[ring_meters])
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (members[i] != gone) {
            left[kept++] = members[i];
        }
    }
    return kept;
}

/* The concentrator cuts members out, and the others go on. */
static inline void ring_heal(ring *all, uint64_t now, uint64_t from, uint32_t generation, const uint32_t *cut,
    size_t cut_count, const uint32_t *left, size_t count)
{
    uint8_t frame[ring_frame];
    wattsum_cmt_outbox *outbox = NULL;
    wattsum_cmt_registered registered;
    uint32_t receiver = 0, members[ring_meters];
    size_t frames = 0, len = 0;
    ring_device *lead = &all->devices[all->lead];
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_book_heal(all->book, lead->meter, all->parties[all->lead].link, now, from, generation, cut,
            cut_count,
            entropy(), ring_generation_record(all, all->lead), &outbox, NULL));
    ring_store(all, all->lead);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_count(outbox, &frames));
    CHECK(frames == count);
    for (size_t i = 0; i < frames; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_frame(outbox, i, &receiver, frame, sizeof frame, &len));
        if (receiver == 0) {
            CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_heal(all->supplier, now, frame, len, NULL));
        } else {
            ring_sit(all, ring_position(all, receiver), frame, len, 1, now);
        }
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_free(outbox));
    all->generation = generation;
    ring_close_circle(all, left, count);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_registered(all->supplier, &registered));
    CHECK(registered.generation == generation && registered.concentrator == all->parties[all->lead].id);
    CHECK((registered.until == WATTSUM_CMT_NO_ROUND) == (all->params.mean_term == 0));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_members(all->book, members, ring_meters, &frames));
    CHECK(frames == count - 1);
}

#endif

/* Groups with terms in C: licences, elections, claims, terms, handing over, broken rings, agreement. */
#include "wattsum.h"
#include "cmt_managed.h"

/* Rounds until the term is over. Returns its end. */
static uint64_t serve(uint64_t round, const uint32_t *members, size_t count)
{
    const uint64_t until = place_of(all.lead).until;
    uint8_t record[WATTSUM_CMT_ROUND_RECORD_LEN], frame[ring_contribution], mark[WATTSUM_MARK_RECORD_LEN];
    const uint32_t me = members[0];
    const int64_t reading[ring_channels] = {1, 2};
    wattsum_cmt_round *none = NULL;
    size_t len = 7;
    CHECK(place_of(members[1]).until == until);
    for (; round < until; round++) {
        ring_sum(&all, round, members, count);
    }
    CHECK_STATUS(WATTSUM_MISUSE_TERM_OVER, wattsum_cmt_supplier_open(all.supplier, until, until, record, &none));
    if (all.params.mode == WATTSUM_CMT_DERIVED) {
        CHECK_STATUS(WATTSUM_MISUSE_TERM_OVER,
            wattsum_cmt_meter_contribute(meter(me), &all.devices[me].mark, until, until, reading, ring_channels, mark,
                frame, sizeof frame, &len, NULL));
    }
    CHECK(none == NULL && len == 7);
    return until;
}

/* The old concentrator hands over to whom the draw makes the next one. */
static void hand_over(uint64_t until, const uint32_t *members, size_t count)
{
    uint8_t frame[WATTSUM_CMT_HAND_OVER_LEN(ring_meters)];
    const uint32_t generation = place_of(all.lead).next_generation;
    const uint32_t next = ring_lead(&all, generation, members, count);
    wattsum_cmt_handed_over over = {0, 0};
    uint32_t receiver = 99, named[ring_meters], culprit = 5;
    size_t len = 0, found = 0;
    const wattsum_status status = wattsum_cmt_book_hand_over(all.book, meter(all.lead), until - 1, until, generation,
        members, count, &receiver, frame, sizeof frame, &len);
    if (next == all.lead) {
        CHECK(status == WATTSUM_MISUSE_WRONG_ROLE && receiver == 99);
    } else {
        CHECK(status == WATTSUM_OK && receiver == all.parties[next].id);
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
            wattsum_cmt_meter_handed_over(meter(next), until - 1, frame, len, &over, named, count - 1, &found, NULL));
        frame[len - 1] ^= 1;
        CHECK_STATUS(WATTSUM_FAULT_BAD_TAG,
            wattsum_cmt_meter_handed_over(
                meter(next), until - 1, frame, len, &over, named, ring_meters, &found, &culprit));
        CHECK(culprit == all.parties[all.lead].id && over.generation == 0 && found == 0);
        frame[len - 1] ^= 1;
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_meter_handed_over(meter(next), until - 1, frame, len, &over, named, ring_meters, &found,
                NULL));
        CHECK(over.generation == generation && over.from == until && found == count);
        CHECK(memcmp(named, members, count * sizeof *members) == 0);
    }
    claim(next, generation, until - 1, until, members, count);
    ring_gather_at(&all, generation, until - 1, until, members, count);
    formed(next);
}

/* All parties lose their memory, in the middle of a formation too. */
static void restart_meters(void)
{
    for (uint32_t i = 0; i < ring_meters; i++) {
        const wattsum_cmt_setup setup = ring_setup(&all, i);
        ring_device *own = &all.devices[i];
        memset(own->memory, 0x5A, sizeof own->memory);
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_meter_import(
                own->memory, sizeof own->memory, &setup, own->state, own->state_len, &own->meter, NULL));
        for (size_t n = 0; n < own->generation_count; n++) {
            CHECK_STATUS(
                WATTSUM_OK, wattsum_cmt_meter_replay(own->meter, own->generations[n % 16],
                    sizeof own->generations[n]));
        }
    }
}

static void broken_ring(uint64_t round, int healing)
{
    ring_round sent;
    uint8_t lost[WATTSUM_CMT_LOST_LEN(ring_meters)], record[WATTSUM_CMT_GENERATION_RECORD_LEN];
    uint32_t left[ring_meters], silent = all.after[all.lead], who[ring_meters], culprit = 5;
    const uint32_t generation = place_of(all.lead).next_generation;
    wattsum_cmt_outbox *none = NULL;
    wattsum_cmt_round *running;
    uint8_t *link = all.parties[all.lead].link;
    size_t len, count, found;
    CHECK_STATUS(healing ? WATTSUM_MISUSE_OUT_OF_ORDER : WATTSUM_MISUSE_NOT_AGREED,
        wattsum_cmt_book_heal(all.book, meter(all.lead), link, round, round + 1, generation, &silent, 1, entropy(),
            record, &none, NULL));
    CHECK(none == NULL);
    running = ring_run(&all, round, everybody, ring_meters, silent, &sent);
    for (size_t i = 0; i < sent.count; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_accept(running, sent.frames[i], ring_contribution, who, NULL));
    }
    len = ring_discard(&all, running, lost, sizeof lost);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_silent(all.book, round, lost, len, who, ring_meters, &found, NULL));
    CHECK(found == 1 && who[0] == silent);
    lost[20] ^= 1;
    CHECK_STATUS(WATTSUM_FAULT_BAD_SIGNATURE, wattsum_cmt_meter_lost(meter(silent), round, lost, len, &culprit));
    CHECK(culprit == 0);
    lost[20] ^= 1;
    for (uint32_t i = 0; i < ring_meters; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_lost(meter(i), round, lost, len, NULL));
    }
    if (!healing) {
        return;
    }
    count = ring_without(silent, everybody, ring_meters, left);
    CHECK(licensed(silent) == 1);
    ring_heal(&all, round, round + 1, generation, &silent, 1, left, count);
    CHECK(licensed(silent) == 0);
    for (uint32_t i = 0; i < ring_meters; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_roll_cut(rolls[i], silent, round + 1));
    }
    ring_sum(&all, round + 1, left, count);
    license(silent, round + 1);
}

/* The concentrator is gone: nobody hands over. Who is drawn first does not form the ring either. */
static uint64_t headless(uint64_t round)
{
    uint8_t lost[WATTSUM_CMT_LOST_LEN(ring_meters)];
    uint32_t left[ring_meters], others[ring_meters], first, second, generation, culprit = 5;
    wattsum_cmt_round *running = NULL;
    wattsum_cmt_claim given_up;
    size_t count, fewer;
    const uint32_t gone = all.lead;
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_supplier_open(
            all.supplier, round, round, all.supplier_records[all.supplier_count++ % 64], &running));
    ring_discard(&all, running, lost, sizeof lost);
    count = ring_without(gone, everybody, ring_meters, left);
    for (size_t i = 0; i < count; i++) {
        if (place_of(left[i]).generation != 0) {
            CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_broken(meter(left[i])));
        }
    }
    generation = place_of(left[0]).next_generation;
    for (size_t i = 0; i < count; i++) {
        const uint32_t next = place_of(left[i]).next_generation;
        generation = next > generation ? next : generation;
    }
    first = elect(generation, round, round + 1, left, count);
    claim(first, generation, round, round + 1, left, count);
    restart_meters();
    for (size_t i = 0; i < count; i++) {
        /* Of its next generation the number is spent; of a later one the claimant is not followed again. */
        const int spent = place_of(left[i]).next_generation == generation;
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_forsake(meter(left[i])));
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_followed(meter(left[i]), &given_up));
        CHECK(given_up.generation == 0 && given_up.from == WATTSUM_CMT_NO_ROUND);
        if (left[i] != first) {
            CHECK_STATUS(spent ? WATTSUM_FAULT_WRONG_GENERATION : WATTSUM_FAULT_NOT_EXPECTED,
                wattsum_cmt_meter_follow(meter(left[i]), round, &all.entries[first], all.claim, all.claim_len,
                    &given_up, &culprit));
            CHECK(culprit == all.parties[first].id && given_up.generation == 0);
        }
        ring_store(&all, left[i]);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_forsake(all.supplier, round, &given_up));
    CHECK(given_up.generation == generation && given_up.position == first);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_forsake(all.supplier, round, &given_up));
    CHECK(given_up.generation == 0);

    generation++;
    fewer = ring_without(first, left, count, others);
    second = elect(generation, round, round + 1, others, fewer);
    claim(second, generation, round, round + 1, others, fewer);
    restart_meters();
    ring_gather_at(&all, generation, round, round + 1, others, fewer);
    formed(second);
    CHECK(licensed(gone) == 0 && licensed(first) == 0 && licensed(second) == 1);
    ring_sum(&all, round + 1, others, fewer);
    return place_of(second).until;
}

static void whole_life(wattsum_cmt_params params)
{
    uint64_t round = ring_first, until;
    uint32_t lead;
    managed_form(&params);
    for (uint32_t i = 0; i < ring_meters; i++) {
        license(i, round);
    }
    lead = elect(1, round, round, everybody, ring_meters);
    claim(lead, 1, round, round, everybody, ring_meters);
    ring_gather(&all, 1, round, everybody, ring_meters);
    formed(lead);
    until = serve(round, everybody, ring_meters);
    do { /* terms are drawn: until one that has some rounds */
        hand_over(until, everybody, ring_meters);
        round = until;
        until = place_of(all.lead).until;
        if (until - round < 4) {
            serve(round, everybody, ring_meters);
        }
    } while (until - round < 4);
    ring_sum(&all, round, everybody, ring_meters);
    broken_ring(round + 1, !params.agreement);
    headless(params.agreement ? round + 2 : round + 3);

    /* The supplier starts anew, from its state and its records. */
    {
        static uint8_t state[4096];
        size_t len = 0;
        uint8_t good = 9;
        ring_supplier_store(&all, state, sizeof state, &len);
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_free(all.supplier));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_supplier_import(
                &all.params, &all.epoch, all.roster, all.utility.identity, NULL, state, len, &all.supplier));
        for (size_t i = 0; i < licence_count; i++) {
            CHECK_STATUS(WATTSUM_OK,
                wattsum_cmt_supplier_replay(all.supplier, licence_records[i], WATTSUM_CMT_LICENCE_RECORD_LEN));
        }
        CHECK_STATUS(
            WATTSUM_OK, wattsum_cmt_supplier_is_licensed(all.supplier, all.parties[all.lead].id, &good));
        CHECK(good == 1);
    }
    managed_free();
}

int main(void)
{
    wattsum_cmt_params params = ring_params(WATTSUM_CMT_DERIVED);
    params.mean_term = 6;
    whole_life(params);
    params.agreement = 1;
    whole_life(params);
    params = ring_params(WATTSUM_CMT_DRAWN);
    params.mean_term = 6;
    whole_life(params);
    return counted();
}

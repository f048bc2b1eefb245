/* A group of cmt with terms: licences, elections, claims. */
#ifndef CMT_MANAGED_H
#define CMT_MANAGED_H

#include "cmt_round.h"

static ring all;
static const uint32_t everybody[ring_meters] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
static uint8_t licences[ring_meters][WATTSUM_CMT_LICENCE_LEN];
static uint8_t licence_records[32][WATTSUM_CMT_LICENCE_RECORD_LEN];
static size_t licence_count;
static wattsum_cmt_roll *rolls[ring_meters];

static inline wattsum_cmt_meter *meter(uint32_t position)
{
    return all.devices[position].meter;
}

static inline wattsum_cmt_place place_of(uint32_t position)
{
    wattsum_cmt_place place;
    memset(&place, 0, sizeof place);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_place(meter(position), &place));
    return place;
}

static inline int licensed(uint32_t position)
{
    uint8_t good = 9;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_is_licensed(all.supplier, all.parties[position].id, &good));
    return good;
}

/* A meter asks, the supplier answers, twice the same. */
static inline void license(uint32_t position, uint64_t now)
{
    uint8_t request[WATTSUM_CMT_LICENCE_REQUEST_LEN], frame[WATTSUM_CMT_LICENCE_FRAME_LEN], again[sizeof frame];
    uint8_t record[WATTSUM_CMT_LICENCE_RECORD_LEN];
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_ask(meter(position), all.parties[position].identity, now, request));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_supplier_licence(
            all.supplier, now, request, sizeof request, licence_records[licence_count++], frame, NULL));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_supplier_licence(all.supplier, now, request, sizeof request, record, again, NULL));
    CHECK(memcmp(frame, again, sizeof frame) == 0 && memcmp(record, licence_records[licence_count - 1],
        sizeof record) == 0);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_meter_licensed(meter(position), now, frame, sizeof frame, licences[position], NULL));
    CHECK(licensed(position) == 1);
}

/* Everybody who is there says so; the draw makes one of them concentrator, and the others wait for it. */
static inline uint32_t elect(uint32_t generation, uint64_t now, uint64_t from, const uint32_t *there, size_t count)
{
    static uint8_t hellos[ring_meters][WATTSUM_CMT_HELLO_LEN];
    wattsum_cmt_election *elections[ring_meters];
    wattsum_cmt_heard heard;
    uint32_t lead = ring_meters, claimants = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t me = there[i];
        const wattsum_cmt_setup setup = ring_setup(&all, me);
        uint8_t hello[WATTSUM_CMT_HELLO_LEN];
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_election_open(meter(me), &setup, all.parties[me].identity, now, from, generation, 2,
                hellos[me],
                &elections[i]));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_meter_hello(
                meter(me), all.parties[me].identity, &all.entries[me], now, from, generation, hello));
        CHECK(memcmp(hello, hellos[me], sizeof hello) == 0);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t members[ring_meters];
        wattsum_cmt_verdict verdict;
        size_t found = 0;
        for (size_t j = 0; j < count; j++) {
            if (j == i) {
                continue;
            }
            for (uint8_t twice = WATTSUM_CMT_HEARD_NEW; twice <= WATTSUM_CMT_HEARD_KNOWN; twice++) {
                CHECK_STATUS(WATTSUM_OK,
                    wattsum_cmt_election_hear(elections[i], rolls[there[i]], now, &all.entries[there[j]],
                        hellos[there[j]], WATTSUM_CMT_HELLO_LEN, &heard, NULL));
                CHECK(heard.what == twice && heard.generation == 0 && heard.from == WATTSUM_CMT_NO_ROUND);
            }
        }
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_election_deadline(elections[i], &verdict));
        if (count < ring_meters) { /* somebody has another try */
            CHECK(verdict.what == WATTSUM_CMT_VERDICT_REPEAT);
            CHECK_STATUS(WATTSUM_OK, wattsum_cmt_election_deadline(elections[i], &verdict));
        }
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_election_members(elections[i], members, ring_meters, &found));
        CHECK(found == count && memcmp(members, there, count * sizeof *there) == 0);
        if (verdict.what == WATTSUM_CMT_VERDICT_CLAIM) {
            lead = there[i];
            claimants++;
        } else {
            CHECK(verdict.what == WATTSUM_CMT_VERDICT_AWAIT);
            CHECK(verdict.position == ring_lead(&all, generation, there, count));
        }
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_election_free(elections[i]));
    }
    CHECK(claimants == 1 && lead == ring_lead(&all, generation, there, count));
    return lead;
}

/* The one that is drawn claims, the others follow, the supplier takes note. */
static inline void claim(uint32_t lead, uint32_t generation, uint64_t now, uint64_t from,
    const uint32_t *members, size_t count)
{
    const wattsum_cmt_setup setup = ring_setup(&all, lead);
    wattsum_cmt_claim taken, read;
    uint32_t named[ring_meters];
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_meter_claim(meter(lead), &setup, all.parties[lead].identity, now, from, generation, members,
            count,
            ring_generation_record(&all, lead), all.claim, sizeof all.claim, &all.claim_len));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_cmt_supplier_claimed(all.supplier, now, all.claim, all.claim_len, &taken, NULL));
    CHECK(taken.generation == generation && taken.from == from && taken.until > from && taken.count == count);
    CHECK(taken.id == all.parties[lead].id && taken.position == lead);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_claim_verify(
            &setup, &all.entries[lead], all.claim, all.claim_len, &read, named, ring_meters, NULL));
    CHECK(memcmp(named, members, count * sizeof *members) == 0 && memcmp(read.set, taken.set, 32) == 0);
    for (size_t i = 0; i < count; i++) {
        const uint32_t me = members[i];
        if (me != lead) {
            CHECK_STATUS(WATTSUM_OK,
                wattsum_cmt_meter_follow(
                    meter(me), now, &all.entries[lead], all.claim, all.claim_len, &read, NULL));
            CHECK(read.generation == generation && read.until == taken.until);
        }
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_followed(meter(me), &read));
        CHECK(read.generation == generation && read.position == lead);
        ring_store(&all, me);
    }
}

static inline void formed(uint32_t lead)
{
    for (uint32_t i = 0; i < ring_meters; i++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_roll_formed(rolls[i], &all.entries[lead], all.claim, all.claim_len, NULL));
    }
}

/* Makes the group and its meters' rolls. */
static inline void managed_form(const wattsum_cmt_params *params)
{
    ring_form(&all, params);
    licence_count = 0;
    for (uint32_t i = 0; i < ring_meters; i++) {
        const wattsum_cmt_setup setup = ring_setup(&all, i);
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_roll_new(&setup, &rolls[i]));
    }
}

static inline void managed_free(void)
{
    for (uint32_t i = 0; i < ring_meters; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_roll_free(rolls[i]));
    }
    ring_free(&all);
}

#endif

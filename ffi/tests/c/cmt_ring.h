/* A group of cmt with all its parties, through the library: supplier, and meters one of which is concentrator. */
#ifndef CMT_RING_H
#define CMT_RING_H

#include <stdlib.h>

#include "check.h"

enum {
    ring_meters = 9,
    ring_channels = 2,
    ring_first = 1000,
    ring_last = 1999,
    ring_beacon_time = 800000,
    ring_contribution = WATTSUM_CMT_CONTRIBUTION_LEN(ring_channels),
    ring_delta = WATTSUM_CMT_DELTA_LEN(ring_channels),
    ring_first_key = WATTSUM_CMT_FIRST_KEY_LEN(ring_channels),
    ring_frame = 1024 /* more than any of such a ring */
};

typedef struct {
    uint32_t id;
    uint8_t role, identity[32], identity_public[32], link[32], link_public[32];
    uint8_t announcement[WATTSUM_LINK_KEY_FRAME_LEN];
} ring_party;

/* A device, and what is on its flash. */
typedef struct {
    uint64_t memory[(WATTSUM_CMT_METER_SIZE + 7) / 8];
    wattsum_mark mark;
    wattsum_cmt_meter *meter;
    uint8_t state[WATTSUM_CMT_METER_STATE_MAX];
    size_t state_len;
    uint8_t marks[64][WATTSUM_MARK_RECORD_LEN], generations[16][WATTSUM_CMT_GENERATION_RECORD_LEN];
    size_t mark_count, generation_count;
} ring_device;

typedef struct {
    wattsum_cmt_params params;
    wattsum_forming forming;
    wattsum_roster *roster;
    wattsum_epoch epoch;
    wattsum_lists lists;
    wattsum_member utility_entry;
    ring_party utility, parties[ring_meters];
    wattsum_cmt_entry entries[ring_meters];
    ring_device devices[ring_meters];
    wattsum_cmt_supplier *supplier;
    uint8_t supplier_records[64][WATTSUM_CMT_ROUND_RECORD_LEN];
    size_t supplier_count;
    /* The present ring: positions, and who is concentrator. */
    uint32_t generation, lead, before[ring_meters], after[ring_meters];
    wattsum_cmt_book *book;
    /* 1 + position of a member that takes its successor's entry unchecked, and with it another key; 0 for none. */
    uint32_t deceived;
    /* In groups with terms, the claim that is followed. */
    uint8_t claim[WATTSUM_CMT_CLAIM_LEN(ring_meters)];
    size_t claim_len;
} ring;

/* A test's entropy: other bytes at each call. A device takes them from its generator. */
static const uint8_t *entropy(void)
{
    static uint8_t bytes[32];
    static uint32_t count;
    count++;
    for (unsigned i = 0; i < 32; i++) {
        bytes[i] = (uint8_t)((count >> (i % 4 * 8)) ^ (i * 37));
    }
    return bytes;
}

static inline wattsum_cmt_params ring_params(uint8_t mode)
{
    const wattsum_cmt_params params = {.group = {.origin = 0,
                                           .max_reading = 1000000,
                                           .period = 900,
                                           .group = 7,
                                           .max_meters = 100,
                                           .min_honest = 5,
                                           .max_colluding = 0,
                                           .rounds_per_step = 8,
                                           .channels = ring_channels,
                                           .max_missing_permille = 0},
        .modulus = 0,
        .mean_term = 0,
        .mode = mode,
        .second_ring = 0,
        .agreement = 0};
    return params;
}

static inline void ring_join_group(ring *all, ring_party *who, uint32_t id, uint8_t role)
{
    who->id = id;
    who->role = role;
    CHECK_STATUS(WATTSUM_OK, wattsum_identity_generate(entropy(), who->identity, who->identity_public));
    CHECK_STATUS(WATTSUM_OK, wattsum_link_generate(entropy(), who->link, who->link_public));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_link_announce(&all->forming, id, role, who->identity, who->link_public,
            who->announcement));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_roster_add(
            all->roster, id, role, who->identity_public, who->announcement, sizeof who->announcement, NULL));
}

static inline void ring_member(ring *all, uint32_t index, const ring_party *who, wattsum_member *member)
{
    uint8_t path[32][32];
    size_t hashes = 0;
    uint32_t id = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_path(all->roster, WATTSUM_LIST_ROSTER, index, &id, path[0], 32, &hashes));
    CHECK(id == who->id);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_member_announced(&all->forming, id, who->role, who->identity_public, who->announcement,
            sizeof who->announcement, member, NULL));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_member_verify(
            &all->epoch, &all->lists, WATTSUM_LIST_ROSTER, index, member, path[0], hashes, NULL));
}

static inline wattsum_cmt_setup ring_setup(const ring *all, uint32_t position)
{
    const wattsum_cmt_setup setup = {.params = &all->params,
        .epoch = &all->epoch,
        .lists = &all->lists,
        .utility = &all->utility_entry,
        .own = &all->entries[position],
        .first_channel = 3};
    return setup;
}

/* The epoch: everybody announces, the supplier commits to the list, the beacon comes; all roles are there. */
static inline void ring_form(ring *all, const wattsum_cmt_params *params)
{
    uint8_t record[WATTSUM_ROOT_RECORD_LEN], root[WATTSUM_ROOT_FRAME_LEN], beacon[32], secret[32];
    memset(all, 0, sizeof *all);
    all->params = *params;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_forming(params, 2, ring_first, &all->forming));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_new(&all->forming, &all->roster));
    ring_join_group(all, &all->utility, 0, WATTSUM_ROLE_UTILITY);
    for (uint32_t i = 0; i < ring_meters; i++) {
        ring_join_group(all, &all->parties[i], 100 + 7 * i, WATTSUM_ROLE_METER);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_build(all->roster));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_lists(all->roster, &all->lists));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_roster_root(all->roster, ring_last, ring_beacon_time, all->utility.identity, root));
    memcpy(beacon, entropy(), sizeof beacon);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_root_accept(&all->forming, all->utility.identity_public, ring_beacon_time - 1, NULL, root,
            sizeof root,
            record, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_epoch_begin(&all->forming, record, beacon, ring_beacon_time, &all->epoch));
    ring_member(all, 0, &all->utility, &all->utility_entry);
    for (uint32_t i = 0; i < ring_meters; i++) {
        all->entries[i].position = i;
        ring_member(all, 1 + i, &all->parties[i], &all->entries[i].member);
    }
    for (uint32_t i = 0; i < ring_meters; i++) {
        const wattsum_cmt_setup setup = ring_setup(all, i);
        ring_device *own = &all->devices[i];
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&own->mark));
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_new(own->memory, sizeof own->memory, &setup, &own->meter, NULL));
    }
    memcpy(secret, all->utility.link, sizeof secret);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_supplier_new(
            &all->params, &all->epoch, all->roster, all->utility.identity, secret, &all->supplier));
    CHECK(memcmp(secret, (uint8_t[32]) {0}, 32) == 0);
}

static inline void ring_free(ring *all)
{
    for (uint32_t i = 0; i < ring_meters; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_free(all->devices[i].meter));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_free(all->supplier));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_free(all->book));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_free(all->roster));
}

/* The position of a meter. */
static inline uint32_t ring_position(const ring *all, uint32_t id)
{
    uint32_t position = 0;
    while (position < ring_meters && all->parties[position].id != id) {
        position++;
    }
    return position;
}

static inline void ring_store(ring *all, uint32_t position)
{
    ring_device *own = &all->devices[position];
    CHECK_STATUS(
        WATTSUM_OK, wattsum_cmt_meter_export(own->meter, own->state, sizeof own->state, &own->state_len));
}

static inline uint8_t *ring_generation_record(ring *all, uint32_t position)
{
    ring_device *own = &all->devices[position];
    return own->generations[own->generation_count++ % 16];
}

static inline uint8_t *ring_mark_record(ring *all, uint32_t position)
{
    ring_device *own = &all->devices[position];
    return own->marks[own->mark_count++ % 64];
}

/* Whom the members' ring has for its concentrator; their positions ascend. */
static inline uint32_t ring_lead(const ring *all, uint32_t generation, const uint32_t *members, size_t count)
{
    uint32_t lead = ring_meters;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_concentrator(&all->epoch, generation, members, count, &lead));
    return lead;
}

/* Takes the places of a Seat or, healing, of a Heal frame. */
static inline void ring_sit(ring *all, uint32_t position, const uint8_t *frame, size_t len, int healing, uint64_t now)
{
    wattsum_cmt_entry around[WATTSUM_CMT_NEIGHBOURS];
    wattsum_cmt_meter *meter = all->devices[position].meter;
    uint32_t positions[WATTSUM_CMT_NEIGHBOURS];
    size_t count = 0;
    CHECK_STATUS(WATTSUM_OK,
        healing ? wattsum_cmt_meter_healed_neighbours(meter, frame, len, positions, &count, NULL)
                : wattsum_cmt_meter_neighbours(meter, frame, len, positions, &count, NULL));
    for (size_t i = 0; i < count; i++) {
        around[i] = all->entries[positions[i]];
    }
    if (all->deceived == position + 1) {
        memcpy(around[1].member.link, all->entries[position].member.link, 31);
    }
    all->before[position] = positions[0];
    all->after[position] = positions[1];
    if (healing) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_meter_heal(meter, all->parties[position].link, now, frame, len, around, count,
                ring_generation_record(all, position), NULL));
    } else {
        CHECK_STATUS(
            WATTSUM_OK, wattsum_cmt_meter_seat(meter, all->parties[position].link, frame, len, around, count, NULL));
    }
    ring_store(all, position);
}

/* The supplier's side of a step, and its state. */
static inline void ring_supplier_store(ring *all, uint8_t *state, size_t size, size_t *len)
{
    size_t need = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_state_len(all->supplier, &need));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_export(all->supplier, state, size, len));
    CHECK(need == *len);
}

/* The concentrator gets no Seat: who has it before himself comes after it. */
static inline void ring_close_circle(ring *all, const uint32_t *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (members[i] != all->lead && all->before[members[i]] == all->lead) {
            all->after[all->lead] = members[i];
        }
    }
}

/* Members sign the set that they were shown, and hear all others. */
static inline void ring_agree(ring *all, const uint32_t *members, size_t count)
{
    static uint64_t memory[(WATTSUM_CMT_AGREEMENT_SIZE + 7) / 8];
    static uint8_t echoes[ring_meters][WATTSUM_CMT_ECHO_LEN];
    for (size_t i = 0; i < count; i++) {
        const uint32_t me = members[i];
        if (me != all->lead) {
            CHECK_STATUS(WATTSUM_OK,
                wattsum_cmt_meter_echo(
                    all->devices[me].meter, all->parties[me].identity, &all->entries[me], echoes[me]));
        }
    }
    for (size_t i = 0; i < count; i++) {
        const uint32_t me = members[i];
        wattsum_cmt_meter *meter = all->devices[me].meter;
        wattsum_cmt_agreement *agreement = NULL;
        uint32_t next = 99;
        if (me == all->lead) {
            continue;
        }
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_agreement_new(memory, sizeof memory, meter, &all->entries[all->lead], all->claim,
                all->claim_len, &agreement, NULL));
        CHECK_STATUS(WATTSUM_QUORUM, wattsum_cmt_meter_agree(meter, agreement));
        while (wattsum_cmt_agreement_awaited(agreement, &next) == WATTSUM_OK) {
            CHECK_STATUS(WATTSUM_OK,
                wattsum_cmt_agreement_hear(
                    agreement, &all->entries[next], echoes[next], WATTSUM_CMT_ECHO_LEN, NULL));
        }
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_agree(meter, agreement));
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_agreement_free(agreement));
        CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_cmt_agreement_free(agreement));
    }
}

/* Forms a generation of these members: Tokens out, FirstKeys in as one batch, Seats and GroupKey out. */
static inline void ring_gather_at(
    ring *all, uint32_t generation, uint64_t now, uint64_t from, const uint32_t *members, size_t count)
{
    static uint8_t keys[ring_meters][ring_first_key];
    uint8_t frame[ring_frame];
    wattsum_bytes batch[ring_meters];
    wattsum_status statuses[ring_meters];
    wattsum_cmt_entry entries[ring_meters];
    wattsum_cmt_gathering *gathering = NULL;
    wattsum_cmt_outbox *outbox = NULL;
    uint32_t senders[ring_meters], receiver = 0;
    size_t frames = 0, len = 0, missing = 9;
    const uint32_t lead = ring_lead(all, generation, members, count);
    const wattsum_cmt_setup setup = ring_setup(all, lead);
    ring_device *own = &all->devices[lead];
    for (size_t i = 0; i < count; i++) {
        entries[i] = all->entries[members[i]];
    }
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_gathering_open(own->meter, &setup, all->parties[lead].link, now, from, generation, entries, count,
            entropy(), ring_generation_record(all, lead), &gathering, &outbox, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_count(outbox, &frames));
    CHECK(frames == count - 1);
    for (size_t i = 0; i < frames; i++) {
        uint32_t position;
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_frame(outbox, i, &receiver, frame, sizeof frame, &len));
        CHECK(len == WATTSUM_CMT_TOKEN_LEN);
        position = ring_position(all, receiver);
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_meter_join(all->devices[position].meter, all->parties[position].link, now,
                &all->entries[lead],
                frame, len, entropy(), ring_generation_record(all, position), keys[i], ring_first_key, &len, NULL));
        CHECK(len == ring_first_key);
        ring_store(all, position);
        batch[i].at = keys[i];
        batch[i].len = len;
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_accept_many(gathering, batch, frames, senders, statuses));
    for (size_t i = 0; i < frames; i++) {
        CHECK_STATUS(WATTSUM_OK, statuses[i]);
        CHECK(ring_position(all, senders[i]) < ring_meters);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_missing(gathering, senders, ring_meters, &missing));
    CHECK(missing == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_free(outbox));
    outbox = NULL;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_free(all->book));
    all->book = NULL;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_close(gathering, own->meter, &outbox, &all->book));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_free(gathering));
    ring_store(all, lead);
    all->generation = generation;
    all->lead = lead;
    if (all->params.agreement) {
        ring_agree(all, members, count);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_count(outbox, &frames));
    CHECK(frames == count);
    for (size_t i = 0; i < frames; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_frame(outbox, i, &receiver, frame, sizeof frame, &len));
        if (receiver == 0) {
            CHECK(i == frames - 1 && len == WATTSUM_CMT_GROUP_KEY_LEN(ring_channels, count));
            CHECK_STATUS(WATTSUM_OK,
                wattsum_cmt_supplier_register(all->supplier, now, all->parties[lead].id, frame, len, NULL));
        } else {
            CHECK(len <= WATTSUM_CMT_SEAT_LEN(ring_meters));
            ring_sit(all, ring_position(all, receiver), frame, len, 0, now);
        }
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_free(outbox));
    ring_close_circle(all, members, count);
}

static inline void ring_gather(ring *all, uint32_t generation, uint64_t from, const uint32_t *members, size_t count)
{
    ring_gather_at(all, generation, from, from, members, count);
}

#endif

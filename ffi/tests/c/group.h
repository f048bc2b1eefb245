/* A shamir group with all its parties, formed through the library: utility, meters, four aggregators. */
#ifndef GROUP_H
#define GROUP_H

#include "check.h"

enum {
    group_meters = 9,
    group_aggregators = 4,
    group_threshold = 3,
    group_channels = 2,
    group_first = 1000,
    group_last = 1999,
    group_beacon_time = 800000,
    group_contribution = WATTSUM_SHAMIR_CONTRIBUTION_LEN(group_channels, group_aggregators, group_threshold),
    group_open = WATTSUM_OPEN_LEN(group_meters),
    group_close = WATTSUM_CLOSE_LEN(group_meters, group_aggregators),
    group_answer = WATTSUM_ANSWER_LEN(group_channels, group_aggregators)
};

static const wattsum_shamir_params group_params = {
    .group = {.origin = 0,
        .max_reading = 1000000,
        .period = 900,
        .group = 7,
        .max_meters = 100,
        .min_honest = 3,
        .max_colluding = 1,
        .rounds_per_step = 96,
        .channels = group_channels,
        .max_missing_permille = 400},
    .aggregators = group_aggregators,
    .threshold = group_threshold,
    .colluding = 1,
};

typedef struct {
    uint32_t id;
    uint8_t role, identity[32], identity_public[32], link[32], link_public[32];
    uint8_t announcement[WATTSUM_LINK_KEY_FRAME_LEN];
} party;

typedef struct {
    uint64_t memory[(WATTSUM_SHAMIR_METER_SIZE(group_aggregators) + 7) / 8];
    wattsum_mark mark;
    wattsum_shamir_meter *meter;
} device;

typedef struct {
    wattsum_forming forming;
    wattsum_roster *roster;
    wattsum_epoch epoch;
    wattsum_lists lists;
    wattsum_member utility_entry, entries[group_aggregators];
    uint8_t root[WATTSUM_ROOT_FRAME_LEN], beacon[32];
    party utility, meters[group_meters], answerers[group_aggregators];
    device devices[group_meters];
    wattsum_shamir_aggregator *aggregators[group_aggregators];
    wattsum_shamir_utility *head;
} group;

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

static void join(group *all, party *who, uint32_t id, uint8_t role)
{
    uint32_t culprit = 99;
    who->id = id;
    who->role = role;
    CHECK_STATUS(WATTSUM_OK, wattsum_identity_generate(entropy(), who->identity, who->identity_public));
    CHECK_STATUS(WATTSUM_OK, wattsum_link_generate(entropy(), who->link, who->link_public));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_link_announce(&all->forming, id, role, who->identity, who->link_public, who->announcement));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_roster_add(
            all->roster, id, role, who->identity_public, who->announcement, sizeof who->announcement, &culprit));
    CHECK(culprit == 99);
}

/* The roster is built and committed to, and everybody is in the epoch. */
static void form(group *all)
{
    uint8_t record[WATTSUM_ROOT_RECORD_LEN];
    const uint64_t now = group_beacon_time - 1;
    memset(all, 0, sizeof *all);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_forming(&group_params, 2, group_first, &all->forming));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_new(&all->forming, &all->roster));
    join(all, &all->utility, 0, WATTSUM_ROLE_UTILITY);
    for (uint32_t i = 0; i < group_meters; i++) { /* in any order */
        join(all, &all->meters[group_meters - 1 - i], 100 + 7 * (group_meters - 1 - i), WATTSUM_ROLE_METER);
    }
    for (uint32_t a = 0; a < group_aggregators; a++) {
        join(all, &all->answerers[a], 50 - a, WATTSUM_ROLE_AGGREGATOR);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_build(all->roster));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_lists(all->roster, &all->lists));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_roster_root(all->roster, group_last, group_beacon_time, all->utility.identity, all->root));
    memcpy(all->beacon, entropy(), sizeof all->beacon);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_root_accept(
            &all->forming, all->utility.identity_public, now, NULL, all->root, sizeof all->root, record, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_epoch_begin(&all->forming, record, all->beacon, group_beacon_time, &all->epoch));
}

/* The entry of a party, as a meter makes it from the announcement and the proof that the utility passes on. */
static void entry(group *all, uint8_t list, uint32_t index, const party *who, wattsum_member *member)
{
    uint8_t path[32][32];
    size_t hashes = 0;
    uint32_t id = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_path(all->roster, list, index, &id, path[0], 32, &hashes));
    CHECK(id == who->id);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_member_announced(&all->forming, id, who->role, who->identity_public, who->announcement,
            sizeof who->announcement, member, NULL));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_member_verify(&all->epoch, &all->lists, list, index, member, path[0], hashes, NULL));
}

static wattsum_shamir_setup setup_of(group *all, size_t meter)
{
    const wattsum_shamir_setup setup = {.params = &group_params,
        .epoch = &all->epoch,
        .lists = &all->lists,
        .utility = &all->utility_entry,
        .aggregators = all->entries,
        .aggregator_count = group_aggregators,
        .id = all->meters[meter].id,
        .first_channel = 3};
    return setup;
}

static void begin(group *all)
{
    entry(all, WATTSUM_LIST_ROSTER, 0, &all->utility, &all->utility_entry);
    for (uint32_t a = 0; a < group_aggregators; a++) {
        entry(all, WATTSUM_LIST_ANSWERERS, a, &all->answerers[a], &all->entries[a]);
    }
    for (size_t i = 0; i < group_meters; i++) {
        const wattsum_shamir_setup setup = setup_of(all, i);
        device *own = &all->devices[i];
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&own->mark));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_meter_new(own->memory, sizeof own->memory, &setup, all->meters[i].link, &own->meter, NULL));
    }
    for (size_t a = 0; a < group_aggregators; a++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_aggregator_new(&group_params, &all->epoch, all->answerers[a].id, all->roster,
                all->answerers[a].identity, all->answerers[a].link, &all->aggregators[a], NULL));
    }
    CHECK_STATUS(WATTSUM_OK,
        wattsum_shamir_utility_new(
            &group_params, &all->epoch, all->roster, all->utility.identity, all->utility.link, &all->head, NULL));
}

static void end(group *all)
{
    for (size_t i = 0; i < group_meters; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_free(all->devices[i].meter));
    }
    for (size_t a = 0; a < group_aggregators; a++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_aggregator_free(all->aggregators[a]));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_free(all->head));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_free(all->roster));
}

#endif

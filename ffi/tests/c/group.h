/* A shamir group with all its parties, formed through the library: utility, meters, four aggregators. */
#ifndef GROUP_H
#define GROUP_H

#include "parties.h"

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

/* The roster is built and committed to, and everybody is in the epoch. */
static void form(group *all)
{
    memset(all, 0, sizeof *all);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_forming(&group_params, 2, group_first, &all->forming));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_new(&all->forming, &all->roster));
    enlist(&all->forming, all->roster, &all->utility, 0, WATTSUM_ROLE_UTILITY);
    for (uint32_t i = group_meters; i-- > 0;) { /* in any order */
        enlist(&all->forming, all->roster, &all->meters[i], 100 + 7 * i, WATTSUM_ROLE_METER);
    }
    for (uint32_t a = 0; a < group_aggregators; a++) {
        enlist(&all->forming, all->roster, &all->answerers[a], 50 - a, WATTSUM_ROLE_AGGREGATOR);
    }
    commit(&all->forming, all->roster, &all->utility, group_last, group_beacon_time, all->root, all->beacon,
        &all->lists, &all->epoch);
}

static void entry(group *all, uint8_t list, uint32_t index, const party *who, wattsum_member *member)
{
    entry_of(&all->forming, all->roster, &all->epoch, &all->lists, list, index, who, member);
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

/* An elgamal group with all its parties, formed through the library: utility, meters, and four trustees that have made
 * the group's key in a ceremony. */
#ifndef ELGAMAL_GROUP_H
#define ELGAMAL_GROUP_H

#include "elgamal_ceremony.h"

enum {
    eg_meters = 9,
    eg_trustees = 4,
    eg_threshold = 3,
    eg_channels = 2,
    eg_first = 1000,
    eg_last = 1999,
    eg_beacon_time = 800000,
    eg_contribution = WATTSUM_ELGAMAL_CONTRIBUTION_LEN(eg_channels, 0), /* of most */
    eg_open = WATTSUM_OPEN_LEN(eg_meters),
    eg_close = WATTSUM_CLOSE_LEN(eg_meters, eg_trustees),
    eg_hints = WATTSUM_ELGAMAL_HINTS_LEN(eg_channels),
    eg_share = WATTSUM_ELGAMAL_SHARE_LEN(eg_channels * eg_meters)
};

typedef struct {
    uint64_t memory[WATTSUM_ELGAMAL_METER_SIZE / 8];
    wattsum_mark mark;
    wattsum_elgamal_meter *meter;
} eg_device;

typedef struct {
    wattsum_elgamal_params params;
    wattsum_forming forming;
    wattsum_roster *roster;
    wattsum_epoch epoch;
    wattsum_lists lists;
    wattsum_member utility_entry, entries[eg_trustees];
    uint8_t root[WATTSUM_ROOT_FRAME_LEN], beacon[32];
    party utility, meters[eg_meters], answerers[eg_trustees];
    uint8_t links[eg_trustees][32], utility_link[32]; /* copies, for roles that are made twice */
    cer_party ceremony[eg_trustees];
    wattsum_elgamal_keys *keys;
    wattsum_elgamal_key key;
    eg_device devices[eg_meters];
    wattsum_elgamal_trustee *trustees[eg_trustees];
    wattsum_elgamal_utility *head;
    wattsum_elgamal_table *table;
} eg_group;

static inline wattsum_elgamal_params eg_params(void)
{
    const wattsum_elgamal_params params = {
        .group = {.origin = 0,
            .max_reading = 1000000,
            .period = 900,
            .group = 11,
            .max_meters = 100,
            .min_honest = 3,
            .max_colluding = 1,
            .rounds_per_step = 96,
            .channels = eg_channels,
            .max_missing_permille = 400},
        .window_rounds = 0,
        .window_min_rounds = 0,
        .trustees = eg_trustees,
        .threshold = eg_threshold,
        .colluding = 1,
        .trust_all_meters = 0,
    };
    return params;
}

/* Lists and epoch. */
static inline void eg_form(eg_group *all, const wattsum_elgamal_params *params)
{
    memset(all, 0, sizeof *all);
    all->params = *params;
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_forming(params, 2, eg_first, &all->forming));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_new(&all->forming, &all->roster));
    enlist(&all->forming, all->roster, &all->utility, 0, WATTSUM_ROLE_UTILITY);
    for (uint32_t i = 0; i < eg_meters; i++) {
        enlist(&all->forming, all->roster, &all->meters[i], 100 + 7 * i, WATTSUM_ROLE_METER);
    }
    for (uint32_t t = 0; t < params->trustees; t++) {
        enlist(&all->forming, all->roster, &all->answerers[t], 50 - t, WATTSUM_ROLE_TRUSTEE);
        memcpy(all->links[t], all->answerers[t].link, 32);
    }
    memcpy(all->utility_link, all->utility.link, 32);
    commit(&all->forming, all->roster, &all->utility, eg_last, eg_beacon_time, all->root, all->beacon, &all->lists,
        &all->epoch);
    entry_of(&all->forming, all->roster, &all->epoch, &all->lists, WATTSUM_LIST_ROSTER, 0, &all->utility,
        &all->utility_entry);
    for (uint32_t t = 0; t < params->trustees; t++) {
        entry_of(&all->forming, all->roster, &all->epoch, &all->lists, WATTSUM_LIST_ANSWERERS, t, &all->answerers[t],
            &all->entries[t]);
    }
}

/* The trustees make the key; gives their key set. */
static inline wattsum_elgamal_keys *eg_keys(eg_group *all, cer_party made[eg_trustees], uint32_t number)
{
    wattsum_elgamal_seat seats[eg_trustees];
    const wattsum_elgamal_plan plan
        = {.params = &all->params, .members = seats, .member_count = all->params.trustees, .number = number};
    for (size_t t = 0; t < all->params.trustees; t++) {
        seats[t] = cer_seat(&all->answerers[t]);
        memset(&made[t], 0, sizeof made[t]);
        made[t].id = all->answerers[t].id;
        made[t].identity = all->answerers[t].identity;
    }
    return cer_hold(&plan, made, all->params.trustees);
}

static inline wattsum_status eg_trustee(eg_group *all, size_t t, wattsum_elgamal_keys *keys,
    const wattsum_elgamal_share *share, wattsum_elgamal_trustee **trustee)
{
    uint8_t link[32];
    memcpy(link, all->links[t], sizeof link);
    return wattsum_elgamal_trustee_new(&all->params, &all->epoch, all->answerers[t].id, all->roster, keys, share,
        all->answerers[t].identity, link, trustee, NULL);
}

static inline wattsum_status eg_utility(eg_group *all, wattsum_elgamal_utility **utility)
{
    uint8_t link[32];
    memcpy(link, all->utility_link, sizeof link);
    return wattsum_elgamal_utility_new(
        &all->params, &all->epoch, all->roster, all->keys, all->utility.identity, link, utility, NULL);
}

static inline wattsum_elgamal_setup eg_setup(eg_group *all, size_t meter)
{
    const wattsum_elgamal_setup setup = {.params = &all->params,
        .epoch = &all->epoch,
        .lists = &all->lists,
        .utility = &all->utility_entry,
        .key = &all->key,
        .id = all->meters[meter].id,
        .first_channel = 3};
    return setup;
}

/* All roles, where the keys are there: meters take the group key from the trustees' statements. */
static inline void eg_begin(eg_group *all)
{
    uint8_t stated[eg_trustees][WATTSUM_ELGAMAL_KEY_STATEMENT_LEN];
    wattsum_elgamal_key key;
    for (size_t t = 0; t < all->params.trustees; t++) {
        CHECK_STATUS(WATTSUM_OK, eg_trustee(all, t, all->keys, &all->ceremony[t].share, &all->trustees[t]));
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_statement(all->trustees[t], stated[t]));
    }
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_key_certified(&all->params, &all->epoch, &all->lists, &all->utility_entry, all->entries,
            all->params.trustees, stated[0], all->params.trustees, &all->key, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_group_key(all->keys, &key));
    CHECK(memcmp(&key, &all->key, sizeof key) == 0);
    for (size_t i = 0; i < eg_meters; i++) {
        const wattsum_elgamal_setup setup = eg_setup(all, i);
        eg_device *own = &all->devices[i];
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&own->mark));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_meter_new(
                own->memory, sizeof own->memory, &setup, all->meters[i].identity, &own->meter, NULL));
    }
    CHECK_STATUS(WATTSUM_OK, eg_utility(all, &all->head));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_table_build(12, &all->table));
}

/* A household's reading, other ones in each round and channel, of either sign. */
static inline int64_t eg_reading(size_t meter, uint64_t round, size_t channel)
{
    return (int64_t)((meter * 7919 + channel * 104729 + round * 31) % 1500) - (int64_t)(channel * 700);
}

static inline size_t eg_contribute(eg_group *all, size_t meter, uint64_t round, uint8_t frame[eg_contribution])
{
    int64_t reading[eg_channels];
    uint8_t record[WATTSUM_MARK_RECORD_LEN];
    eg_device *own = &all->devices[meter];
    size_t len = 0;
    for (size_t c = 0; c < eg_channels; c++) {
        reading[c] = eg_reading(meter, round, c);
    }
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_meter_contribute(own->meter, &own->mark, round, round, reading, eg_channels, entropy(), record,
            frame, eg_contribution, &len));
    CHECK(len == WATTSUM_ELGAMAL_CONTRIBUTION_LEN(eg_channels, all->params.trust_all_meters));
    return len;
}

/* Opens a round for everybody, also at the trustees. */
static inline wattsum_elgamal_round *eg_opened(eg_group *all, uint64_t round)
{
    uint8_t present[eg_meters], open[eg_open];
    wattsum_elgamal_round *running = NULL;
    size_t len = 0;
    memset(present, 1, sizeof present);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_open(all->head, round, round, present, eg_meters, &running));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_frame(running, open, sizeof open, &len));
    for (size_t t = 0; t < all->params.trustees; t++) {
        if (all->trustees[t] != NULL) {
            CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_open(all->trustees[t], round, open, len, NULL));
        }
    }
    return running;
}

/* What a closed round sends to the trustees. */
typedef struct {
    uint8_t close[eg_close], contributions[eg_meters * eg_contribution], hints[eg_meters * eg_hints];
    size_t close_len, contributions_len, hints_len;
} eg_set;

static inline void eg_closed(wattsum_elgamal_round *running, eg_set *set)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_frame(running, set->close, sizeof set->close, &set->close_len));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_round_contributions(
            running, set->contributions, sizeof set->contributions, &set->contributions_len));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_hints(running, set->hints, sizeof set->hints, &set->hints_len));
}

static inline wattsum_status eg_agree(wattsum_elgamal_trustee *trustee, uint64_t now, const eg_set *set,
    uint8_t record[WATTSUM_ANSWER_RECORD_LEN], uint8_t statement[WATTSUM_ELGAMAL_STATEMENT_LEN], uint32_t *culprit)
{
    return wattsum_elgamal_trustee_agree(trustee, now, set->close, set->close_len, set->contributions,
        set->contributions_len, set->hints, set->hints_len, record, statement, culprit);
}

static inline void eg_end(eg_group *all)
{
    for (size_t i = 0; i < eg_meters; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_meter_free(all->devices[i].meter));
    }
    for (size_t t = 0; t < eg_trustees; t++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_free(all->trustees[t]));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_free(all->head));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_free(all->keys));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_table_free(all->table));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_free(all->roster));
}

#endif

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const wattsum_shamir_params desk_params = {
    .group = {.origin = 0,
        .max_reading = 100000,
        .period = 900,
        .group = 7,
        .max_meters = DESK_METERS,
        .min_honest = 3,
        .max_colluding = 0,
        .rounds_per_step = 96,
        .channels = 1,
        .max_missing_permille = 250},
    .aggregators = DESK_AGGREGATORS,
    .threshold = DESK_AGGREGATORS,
    .colluding = DESK_AGGREGATORS - 1,
};

typedef struct {
    desk_party shown;
    uint8_t identity[WATTSUM_KEY_LEN], link[WATTSUM_KEY_LEN];
} keys;

/* Everybody, to the end of the process. */
static struct {
    desk_epoch sent;
    wattsum_forming forming;
    wattsum_epoch epoch;
    wattsum_roster *roster;
    keys utility, aggregators[DESK_AGGREGATORS], meters[DESK_METERS];
    wattsum_member members[DESK_PARTIES];
    wattsum_shamir_utility *head;
    wattsum_shamir_aggregator *answerers[DESK_AGGREGATORS];
    uint64_t memory[DESK_METERS][(WATTSUM_SHAMIR_METER_SIZE(DESK_AGGREGATORS) + 7) / 8];
    wattsum_shamir_meter *others[DESK_METERS]; /* yours is not here */
    wattsum_mark marks[DESK_METERS];
} desk;

void desk_must(wattsum_status status, const char *what)
{
    if (status != WATTSUM_OK) {
        fprintf(stderr, "%s: %s (%d)\n", what, wattsum_status_text(status), (int)status);
        exit(1);
    }
}

const uint8_t *desk_entropy(void)
{
    static uint8_t entropy[WATTSUM_KEY_LEN];
    FILE *random = fopen("/dev/urandom", "rb");
    if (random == NULL || fread(entropy, 1, WATTSUM_KEY_LEN, random) != WATTSUM_KEY_LEN) {
        perror("/dev/urandom");
        exit(1);
    }
    fclose(random);
    return entropy;
}

void desk_store(const char *file, const uint8_t *record, size_t len)
{
    FILE *log = fopen(file, "ab");
    if (log == NULL || fwrite(record, 1, len, log) != len || fflush(log) != 0 || fsync(fileno(log)) != 0
        || fclose(log) != 0) {
        perror(file);
        exit(1);
    }
}

static void add(const desk_party *who)
{
    MUST(wattsum_roster_add(desk.roster, who->id, who->role, who->certified, who->frame, who->len, NULL));
}

/* A party with keys of its own. */
static void arrive(keys *own, uint32_t id, uint8_t role)
{
    uint8_t link_public[WATTSUM_KEY_LEN];
    desk_party *shown = &own->shown;
    shown->id = id;
    shown->role = role;
    MUST(wattsum_identity_generate(desk_entropy(), own->identity, shown->certified));
    MUST(wattsum_link_generate(desk_entropy(), own->link, link_public));
    MUST(wattsum_link_announce(&desk.forming, id, role, own->identity, link_public, shown->frame));
    shown->len = sizeof shown->frame;
    add(shown);
}

/* Where a party stands, and the entry that others make keys with. */
static void place(keys *own, uint8_t list, uint32_t index, wattsum_member *member)
{
    desk_party *who = &own->shown;
    uint32_t id;
    who->list = list;
    who->at = index;
    MUST(wattsum_roster_path(desk.roster, list, index, &id, who->path, 32, &who->hashes));
    MUST(wattsum_member_announced(
        &desk.forming, who->id, who->role, who->certified, who->frame, who->len, member, NULL));
    MUST(wattsum_member_verify(&desk.epoch, &desk.sent.lists, list, index, member, who->path, who->hashes, NULL));
}

/* The utility commits to the lists, and the beacon begins the epoch. */
static void begin(void)
{
    uint8_t record[WATTSUM_ROOT_RECORD_LEN];
    desk_epoch *sent = &desk.sent;
    memcpy(sent->utility, desk.utility.shown.certified, sizeof sent->utility);
    sent->beacon_time = (uint64_t)DESK_FIRST_ROUND * desk_params.group.period - 3600;
    sent->time = sent->beacon_time - 3600;
    MUST(wattsum_roster_build(desk.roster));
    MUST(wattsum_roster_lists(desk.roster, &sent->lists));
    MUST(wattsum_roster_root(desk.roster, DESK_LAST_ROUND, sent->beacon_time, desk.utility.identity, sent->root));
    /* In a deployment: public randomness that nobody can know before its time. */
    memcpy(sent->beacon, desk_entropy(), sizeof sent->beacon);
    MUST(wattsum_root_accept(
        &desk.forming, sent->utility, sent->time, NULL, sent->root, sizeof sent->root, record, NULL));
    MUST(wattsum_epoch_begin(&desk.forming, record, sent->beacon, sent->beacon_time, &desk.epoch));
}

static void make_roles(void)
{
    wattsum_shamir_setup setup = {.params = &desk_params,
        .epoch = &desk.epoch,
        .lists = &desk.sent.lists,
        .utility = &desk.members[0],
        .aggregators = &desk.members[1],
        .aggregator_count = DESK_AGGREGATORS,
        .id = 0,
        .first_channel = 0};
    for (uint32_t i = 1; i < DESK_METERS; i++) {
        wattsum_member own;
        setup.id = desk.meters[i].shown.id;
        place(&desk.meters[i], WATTSUM_LIST_ROSTER, 1 + i, &own);
        MUST(wattsum_mark_new(&desk.marks[i]));
        MUST(wattsum_shamir_meter_new(
            desk.memory[i], sizeof desk.memory[i], &setup, desk.meters[i].link, &desk.others[i], NULL));
    }
    for (uint32_t a = 0; a < DESK_AGGREGATORS; a++) {
        keys *own = &desk.aggregators[a];
        MUST(wattsum_shamir_aggregator_new(
            &desk_params, &desk.epoch, own->shown.id, desk.roster, own->identity, own->link, &desk.answerers[a], NULL));
    }
    MUST(wattsum_shamir_utility_new(
        &desk_params, &desk.epoch, desk.roster, desk.utility.identity, desk.utility.link, &desk.head, NULL));
}

const desk_epoch *desk_join(
    const uint8_t certified[WATTSUM_KEY_LEN], const uint8_t announcement[WATTSUM_LINK_KEY_FRAME_LEN])
{
    desk_party *yours = &desk.meters[0].shown;
    MUST(wattsum_shamir_forming(&desk_params, DESK_EPOCH, DESK_FIRST_ROUND, &desk.forming));
    MUST(wattsum_roster_new(&desk.forming, &desk.roster));
    arrive(&desk.utility, 0, WATTSUM_ROLE_UTILITY);
    for (uint32_t a = 0; a < DESK_AGGREGATORS; a++) {
        arrive(&desk.aggregators[a], 10 + a, WATTSUM_ROLE_AGGREGATOR);
    }
    yours->id = DESK_ID;
    yours->role = WATTSUM_ROLE_METER;
    memcpy(yours->certified, certified, WATTSUM_KEY_LEN);
    memcpy(yours->frame, announcement, WATTSUM_LINK_KEY_FRAME_LEN);
    yours->len = sizeof yours->frame;
    add(yours);
    for (uint32_t i = 1; i < DESK_METERS; i++) {
        arrive(&desk.meters[i], DESK_ID + i, WATTSUM_ROLE_METER);
    }
    begin();

    place(&desk.utility, WATTSUM_LIST_ROSTER, 0, &desk.members[0]);
    for (uint32_t a = 0; a < DESK_AGGREGATORS; a++) {
        place(&desk.aggregators[a], WATTSUM_LIST_ANSWERERS, a, &desk.members[1 + a]);
        desk.sent.parties[1 + a] = desk.aggregators[a].shown;
    }
    place(&desk.meters[0], WATTSUM_LIST_ROSTER, 1, &desk.members[1 + DESK_AGGREGATORS]);
    desk.sent.parties[0] = desk.utility.shown;
    desk.sent.parties[1 + DESK_AGGREGATORS] = *yours;
    make_roles();
    return &desk.sent;
}

/* The others' readings, in Wh. */
static int64_t reading(uint64_t round, uint32_t meter)
{
    return (int64_t)(30 * meter + 7 * (round % 5));
}

int64_t desk_sum(uint64_t round, const uint8_t *frame, size_t len)
{
    static const uint8_t everybody[DESK_METERS] = {1, 1, 1, 1}, quorum[DESK_AGGREGATORS] = {1, 2};
    uint8_t open[WATTSUM_OPEN_LEN(DESK_METERS)], close[WATTSUM_CLOSE_LEN(DESK_METERS, DESK_AGGREGATORS)];
    uint8_t theirs[WATTSUM_SHAMIR_CONTRIBUTION_LEN(1, DESK_AGGREGATORS, DESK_AGGREGATORS)];
    uint8_t answer[WATTSUM_ANSWER_LEN(1, DESK_AGGREGATORS)], record[WATTSUM_ANSWER_RECORD_LEN];
    uint8_t mark[WATTSUM_MARK_RECORD_LEN];
    size_t open_len, close_len, own_len;
    uint32_t sender, meters;
    int64_t sum;
    wattsum_shamir_round *running;
    MUST(wattsum_shamir_utility_open(desk.head, round, round, everybody, DESK_METERS, &running));
    MUST(wattsum_shamir_round_frame(running, open, sizeof open, &open_len));
    MUST(wattsum_shamir_round_accept(running, frame, len, &sender, NULL));
    for (uint32_t i = 1; i < DESK_METERS; i++) {
        const int64_t wh = reading(round, i);
        MUST(wattsum_shamir_meter_contribute(
            desk.others[i], &desk.marks[i], round, round, &wh, 1, mark, theirs, sizeof theirs, &own_len));
        MUST(wattsum_shamir_round_accept(running, theirs, own_len, &sender, NULL));
    }
    MUST(wattsum_shamir_utility_close(desk.head, running, quorum, DESK_AGGREGATORS));
    MUST(wattsum_shamir_round_frame(running, close, sizeof close, &close_len));
    for (uint32_t a = 0; a < DESK_AGGREGATORS; a++) {
        MUST(wattsum_shamir_aggregator_open(desk.answerers[a], round, open, open_len, NULL));
        MUST(wattsum_shamir_aggregator_answer(
            desk.answerers[a], round, close, close_len, record, answer, sizeof answer, &own_len, NULL));
        MUST(wattsum_shamir_round_accept(running, answer, own_len, &sender, NULL));
    }
    MUST(wattsum_shamir_utility_record(desk.head, running, &sum, 1, &meters));
    MUST(wattsum_shamir_round_free(running));
    return sum;
}

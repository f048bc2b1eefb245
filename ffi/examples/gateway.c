/* A gateway takes part in a shamir group: it makes its keys, contributes its reading once a round, and stores what
 * must survive a loss of power before anything leaves. The head end, here in the same program, learns the sum.
 *
 * cc gateway.c -lwattsum && ./a.out */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wattsum.h>

enum { METERS = 5, AGGREGATORS = 4, THRESHOLD = 3, EPOCH = 1, FIRST_ROUND = 1000, LAST_ROUND = 2000 };
enum { BEACON_TIME = 890000, FRAME_LEN = WATTSUM_SHAMIR_CONTRIBUTION_LEN(1, AGGREGATORS, THRESHOLD) };

/* What everybody agrees on: one value in Wh a quarter of an hour, three of four aggregators open a sum. */
static const wattsum_shamir_params params = {
    .group = {.origin = 0,
        .period = 900,
        .group = 7,
        .channels = 1,
        .max_reading = 100000,
        .max_meters = 100,
        .min_honest = 3,
        .max_colluding = 0,
        .rounds_per_step = 96,
        .max_missing_permille = 400},
    .aggregators = AGGREGATORS,
    .threshold = THRESHOLD,
    .colluding = 1,
};

static void must(wattsum_status status, const char *what)
{
    if (status != WATTSUM_OK) {
        fprintf(stderr, "%s: %s (%d)\n", what, wattsum_status_text(status), (int)status);
        exit(1);
    }
}
#define MUST(call) must(call, #call)

/* From the operating system; on a device from its generator. */
static void draw(uint8_t entropy[32])
{
    FILE *random = fopen("/dev/urandom", "rb");
    if (random == NULL || fread(entropy, 1, 32, random) != 32) {
        exit(2);
    }
    fclose(random);
}

/* ---- the gateway: no heap, all of it in one struct ---- */

typedef struct {
    uint32_t id;
    uint8_t identity[32], identity_public[32]; /* for life; the public key is certified */
    uint8_t link[32], link_public[32]; /* for one epoch */
    uint64_t memory[(WATTSUM_SHAMIR_METER_SIZE(AGGREGATORS) + 7) / 8];
    wattsum_shamir_meter *meter;
    wattsum_mark mark; /* one for the whole device */
} gateway;

static void gateway_log(const gateway *own, char name[32])
{
    snprintf(name, 32, "gateway-%u.log", (unsigned)own->id);
}

/* Keys of its own, and the announcement that goes to the utility. */
static void gateway_announce(gateway *own, const wattsum_forming *forming, uint8_t frame[WATTSUM_LINK_KEY_FRAME_LEN])
{
    uint8_t entropy[32];
    draw(entropy);
    MUST(wattsum_identity_generate(entropy, own->identity, own->identity_public));
    draw(entropy);
    MUST(wattsum_link_generate(entropy, own->link, own->link_public));
    MUST(wattsum_link_announce(forming, own->id, WATTSUM_ROLE_METER, own->identity, own->link_public, frame));
}

/* What the utility has sent is in `setup`, each member by wattsum_member_announced and wattsum_member_verify. */
static void gateway_start(gateway *own, const wattsum_shamir_setup *setup)
{
    char name[32];
    uint8_t record[WATTSUM_MARK_RECORD_LEN];
    FILE *log;
    MUST(wattsum_mark_new(&own->mark));
    gateway_log(own, name);
    log = fopen(name, "rb");
    while (log != NULL && fread(record, 1, sizeof record, log) == sizeof record) {
        MUST(wattsum_mark_replay(&own->mark, record, sizeof record));
    }
    if (log != NULL) {
        fclose(log);
    }
    MUST(wattsum_shamir_meter_new(own->memory, sizeof own->memory, setup, own->link, &own->meter, NULL));
}

/* Makes the round's frame; it may leave once this function has returned. */
static wattsum_status gateway_contribute(
    gateway *own, uint64_t now, uint64_t round, int64_t wh, uint8_t frame[FRAME_LEN])
{
    char name[32];
    uint8_t record[WATTSUM_MARK_RECORD_LEN];
    size_t len;
    FILE *log;
    wattsum_status status
        = wattsum_shamir_meter_contribute(own->meter, &own->mark, now, round, &wh, 1, record, frame, FRAME_LEN, &len);
    if (status != WATTSUM_OK) {
        return status;
    }
    gateway_log(own, name);
    log = fopen(name, "ab");
    if (log == NULL || fwrite(record, 1, sizeof record, log) != sizeof record || fflush(log) != 0
        || fsync(fileno(log)) != 0) {
        exit(3); /* not stored: not sent */
    }
    fclose(log);
    return WATTSUM_OK;
}

/* ---- the others, in the same program ---- */

static gateway gateways[METERS];
static struct {
    uint8_t identity[32], link[32];
} utility_keys, aggregator_keys[AGGREGATORS];
static wattsum_roster *roster;
static wattsum_shamir_utility *utility;
static wattsum_shamir_aggregator *aggregators[AGGREGATORS];

/* Parties as the head end knows them: the identity by its certificate, the announcement as it came. */
typedef struct {
    uint32_t id;
    uint8_t role, identity_public[32], announcement[WATTSUM_LINK_KEY_FRAME_LEN];
} known;
static known utility_known, aggregators_known[AGGREGATORS];

static void announce(
    const wattsum_forming *forming, known *who, uint32_t id, uint8_t role, uint8_t identity[32], uint8_t link[32])
{
    uint8_t entropy[32], link_public[32];
    who->id = id;
    who->role = role;
    draw(entropy);
    MUST(wattsum_identity_generate(entropy, identity, who->identity_public));
    draw(entropy);
    MUST(wattsum_link_generate(entropy, link, link_public));
    MUST(wattsum_link_announce(forming, id, role, identity, link_public, who->announcement));
    MUST(wattsum_roster_add(roster, id, role, who->identity_public, who->announcement, sizeof who->announcement, NULL));
}

/* What a gateway makes keys with: the party's own announcement, under its certified identity, in the committed list. */
static wattsum_member ask(const wattsum_forming *forming, const wattsum_epoch *epoch, const wattsum_lists *lists,
    uint8_t list, uint32_t index, const known *who)
{
    wattsum_member member;
    uint8_t path[32 * 32];
    uint32_t id;
    size_t hashes;
    MUST(wattsum_roster_path(roster, list, index, &id, path, 32, &hashes));
    MUST(wattsum_member_announced(
        forming, who->id, who->role, who->identity_public, who->announcement, sizeof who->announcement, &member, NULL));
    MUST(wattsum_member_verify(epoch, lists, list, index, &member, path, hashes, NULL));
    return member;
}

/* Everybody announces, the utility commits to the lists, and the beacon begins the epoch. */
static void begin(void)
{
    wattsum_forming forming;
    wattsum_epoch epoch;
    wattsum_lists lists;
    wattsum_member entry, entries[AGGREGATORS];
    uint8_t root[WATTSUM_ROOT_FRAME_LEN], record[WATTSUM_ROOT_RECORD_LEN], beacon[32],
        frame[WATTSUM_LINK_KEY_FRAME_LEN];
    MUST(wattsum_shamir_forming(&params, EPOCH, FIRST_ROUND, &forming));
    MUST(wattsum_roster_new(&forming, &roster));
    announce(&forming, &utility_known, 0, WATTSUM_ROLE_UTILITY, utility_keys.identity, utility_keys.link);
    for (uint32_t i = 0; i < METERS; i++) {
        gateways[i].id = 100 + i;
        gateway_announce(&gateways[i], &forming, frame);
        MUST(wattsum_roster_add(
            roster, gateways[i].id, WATTSUM_ROLE_METER, gateways[i].identity_public, frame, sizeof frame, NULL));
    }
    for (uint32_t a = 0; a < AGGREGATORS; a++) {
        announce(&forming, &aggregators_known[a], 10 + a, WATTSUM_ROLE_AGGREGATOR, aggregator_keys[a].identity,
            aggregator_keys[a].link);
    }
    MUST(wattsum_roster_build(roster));
    MUST(wattsum_roster_lists(roster, &lists));
    MUST(wattsum_roster_root(roster, LAST_ROUND, BEACON_TIME, utility_keys.identity, root));
    MUST(wattsum_root_accept(
        &forming, utility_known.identity_public, BEACON_TIME - 3600, NULL, root, sizeof root, record, NULL));
    draw(beacon); /* in a deployment: public randomness that nobody can know before its time */
    MUST(wattsum_epoch_begin(&forming, record, beacon, BEACON_TIME, &epoch));

    entry = ask(&forming, &epoch, &lists, WATTSUM_LIST_ROSTER, 0, &utility_known);
    for (uint32_t a = 0; a < AGGREGATORS; a++) {
        entries[a] = ask(&forming, &epoch, &lists, WATTSUM_LIST_ANSWERERS, a, &aggregators_known[a]);
    }
    for (uint32_t i = 0; i < METERS; i++) {
        const wattsum_shamir_setup setup = {.params = &params,
            .epoch = &epoch,
            .lists = &lists,
            .utility = &entry,
            .aggregators = entries,
            .aggregator_count = AGGREGATORS,
            .id = gateways[i].id,
            .first_channel = 0};
        gateway_start(&gateways[i], &setup);
    }
    for (uint32_t a = 0; a < AGGREGATORS; a++) {
        MUST(wattsum_shamir_aggregator_new(
            &params, &epoch, 10 + a, roster, aggregator_keys[a].link, &aggregators[a], NULL));
    }
    MUST(wattsum_shamir_utility_new(&params, &epoch, roster, utility_keys.identity, utility_keys.link, &utility, NULL));
}

/* A round: open, collect, close, three aggregators answer. */
static int64_t run(uint64_t round, const int64_t wh[METERS], uint32_t *meters)
{
    static const uint8_t everybody[METERS] = {1, 1, 1, 1, 1}, quorum[THRESHOLD] = {1, 2, 4};
    uint8_t open[WATTSUM_OPEN_LEN(METERS)], close[WATTSUM_CLOSE_LEN(METERS, AGGREGATORS)];
    uint8_t frame[FRAME_LEN], answer[WATTSUM_ANSWER_LEN(1, AGGREGATORS)], record[WATTSUM_ANSWER_RECORD_LEN];
    size_t open_len, close_len, answer_len;
    uint32_t sender;
    int64_t sum;
    wattsum_shamir_round *running;
    MUST(wattsum_shamir_utility_open(utility, round, round, everybody, METERS, &running));
    MUST(wattsum_shamir_round_frame(running, open, sizeof open, &open_len));
    for (int a = 0; a < AGGREGATORS; a++) {
        MUST(wattsum_shamir_aggregator_open(aggregators[a], round, open, open_len, NULL));
    }
    for (int i = 0; i < METERS; i++) {
        if (wh[i] >= 0) { /* the others are silent */
            MUST(gateway_contribute(&gateways[i], round, round, wh[i], frame));
            MUST(wattsum_shamir_round_accept(running, frame, sizeof frame, &sender, NULL));
        }
    }
    MUST(wattsum_shamir_utility_close(utility, running, quorum, THRESHOLD));
    MUST(wattsum_shamir_round_frame(running, close, sizeof close, &close_len));
    for (int n = 0; n < THRESHOLD; n++) {
        MUST(wattsum_shamir_aggregator_answer(
            aggregators[quorum[n] - 1], round, close, close_len, record, answer, sizeof answer, &answer_len, NULL));
        MUST(wattsum_shamir_round_accept(running, answer, answer_len, &sender, NULL));
    }
    MUST(wattsum_shamir_utility_record(utility, running, &sum, 1, meters));
    MUST(wattsum_shamir_round_free(running));
    return sum;
}

int main(void)
{
    static const int64_t first[METERS] = {120, 45, 0, 980, 61}, second[METERS] = {115, -1, 12, 300, 60};
    uint8_t frame[FRAME_LEN];
    uint32_t meters;
    int64_t sum;
    begin();
    sum = run(FIRST_ROUND, first, &meters);
    printf("round %d: %lld Wh of %u meters\n", FIRST_ROUND, (long long)sum, (unsigned)meters);
    if (sum != 1206 || meters != 5) {
        return 1;
    }
    sum = run(FIRST_ROUND + 1, second, &meters);
    printf("round %d: %lld Wh of %u meters\n", FIRST_ROUND + 1, (long long)sum, (unsigned)meters);
    if (sum != 487 || meters != 4) {
        return 1;
    }
    /* A reading that was contributed is not contributed again: two sums would give it away. */
    if (gateway_contribute(&gateways[0], FIRST_ROUND, FIRST_ROUND, 120, frame) != WATTSUM_MISUSE_TIME_ALREADY_USED) {
        return 1;
    }
    for (int i = 0; i < METERS; i++) {
        MUST(wattsum_shamir_meter_free(gateways[i].meter));
    }
    for (int a = 0; a < AGGREGATORS; a++) {
        MUST(wattsum_shamir_aggregator_free(aggregators[a]));
    }
    MUST(wattsum_shamir_utility_free(utility));
    MUST(wattsum_roster_free(roster));
    printf("wattsum %s: both sums are right\n", wattsum_version());
    return 0;
}

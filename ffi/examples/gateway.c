/* A gateway takes part in a shamir group: it makes its keys, contributes its reading once a round, and stores what
 * must survive a loss of power before anything leaves. The head end, here in the same program, learns the sum.
 *
 * cc gateway.c -lwattsum && ./a.out && ./a.out 2
 *
 * The argument is the epoch, 1 if there is none. What the gateways store is in the working folder, and the program may
 * be started again with the next epoch: as a device that lost its power. Only identities are new each time, since the
 * certificates that tie them to ids are not part of this program. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wattsum.h>

enum { METERS = 5, AGGREGATORS = 4, THRESHOLD = 3, ROUNDS = 1000, PERIOD = 900 };
enum { FRAME_LEN = WATTSUM_SHAMIR_CONTRIBUTION_LEN(1, AGGREGATORS, THRESHOLD) };

/* What everybody agrees on: one value in Wh a quarter of an hour, three of four aggregators open a sum. */
static const wattsum_shamir_params params = {
    .group = {.origin = 0,
        .max_reading = 100000,
        .period = PERIOD,
        .group = 7,
        .max_meters = 100,
        .min_honest = 3,
        .max_colluding = 0,
        .rounds_per_step = 96,
        .channels = 1,
        .max_missing_permille = 400},
    .aggregators = AGGREGATORS,
    .threshold = THRESHOLD,
    .colluding = 1,
};

/* Exit codes: 1 the library refused, 2 no entropy, 3 not stored, 4 a damaged log. */
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
    uint8_t root[WATTSUM_ROOT_RECORD_LEN]; /* the last that was stored for the session */
} gateway;

static void gateway_file(const gateway *own, const char *what, char name[32])
{
    snprintf(name, 32, "gateway-%u.%s", (unsigned)own->id, what);
}

/* A file that does not exist is right at a device's first start only; another error is never. */
static FILE *gateway_stored(const gateway *own, const char *what, const char *mode)
{
    char name[32];
    FILE *file;
    gateway_file(own, what, name);
    file = fopen(name, mode);
    if (file == NULL && errno != ENOENT) {
        exit(3);
    }
    return file;
}

static void sync_and_close(FILE *file)
{
    if (fflush(file) != 0 || fsync(fileno(file)) != 0 || fclose(file) != 0) {
        exit(3);
    }
}

/* Pins the utility's commitment to the lists: checked against the one before, and stored before the beacon. */
static void gateway_pin(gateway *own, const wattsum_forming *forming, const uint8_t utility_identity[32], uint64_t now,
    const uint8_t root[WATTSUM_ROOT_FRAME_LEN])
{
    uint8_t before[WATTSUM_ROOT_RECORD_LEN];
    char name[32], fresh[32];
    FILE *file = gateway_stored(own, "root", "rb");
    const uint8_t *pinned = NULL; /* the device's first epoch */
    if (file != NULL) {
        if (fread(before, 1, sizeof before, file) != sizeof before) {
            exit(3);
        }
        fclose(file);
        pinned = before;
    }
    MUST(wattsum_root_accept(forming, utility_identity, now, pinned, root, WATTSUM_ROOT_FRAME_LEN, own->root, NULL));
    gateway_file(own, "root", name);
    gateway_file(own, "root.new", fresh);
    file = fopen(fresh, "wb");
    if (file == NULL || fwrite(own->root, 1, sizeof own->root, file) != sizeof own->root) {
        exit(3);
    }
    sync_and_close(file);
    if (rename(fresh, name) != 0) { /* as a whole, or not at all */
        exit(3);
    }
}

/* Replays the log, and leaves whole valid records in it: the next one is appended right behind them. */
static void gateway_replay(gateway *own)
{
    uint8_t record[WATTSUM_MARK_RECORD_LEN];
    FILE *log = gateway_stored(own, "log", "r+b");
    long good = 0;
    size_t len;
    MUST(wattsum_mark_new(&own->mark));
    if (log == NULL) {
        return;
    }
    while ((len = fread(record, 1, sizeof record, log)) > 0) {
        const wattsum_status status = wattsum_mark_replay(&own->mark, record, len);
        if (status == WATTSUM_MALFORMED_BAD_RECORD) {
            if (fgetc(log) != EOF) { /* not the last: no loss of power does that */
                fprintf(stderr, "gateway %u: its log is damaged\n", (unsigned)own->id);
                exit(4);
            }
            break; /* torn, so its frame has not left */
        }
        must(status, "replay");
        good += (long)len;
    }
    if (ferror(log) || ftruncate(fileno(log), good) != 0) {
        exit(3);
    }
    sync_and_close(log);
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
    gateway_replay(own);
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
    gateway_file(own, "log", name);
    log = fopen(name, "ab");
    if (log == NULL || fwrite(record, 1, sizeof record, log) != sizeof record) {
        exit(3); /* not stored: not sent */
    }
    sync_and_close(log);
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
static known utility_known, meters_known[METERS], aggregators_known[AGGREGATORS];

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
static void begin(uint32_t number, uint64_t first_round)
{
    wattsum_forming forming;
    wattsum_epoch epoch;
    wattsum_lists lists;
    wattsum_member entry, entries[AGGREGATORS];
    uint8_t root[WATTSUM_ROOT_FRAME_LEN], beacon[32];
    const uint64_t last_round = first_round + ROUNDS - 1, beacon_time = first_round * PERIOD - 3600;
    MUST(wattsum_shamir_forming(&params, number, first_round, &forming));
    MUST(wattsum_roster_new(&forming, &roster));
    announce(&forming, &utility_known, 0, WATTSUM_ROLE_UTILITY, utility_keys.identity, utility_keys.link);
    for (uint32_t i = 0; i < METERS; i++) {
        known *who = &meters_known[i];
        who->id = gateways[i].id = 100 + i;
        who->role = WATTSUM_ROLE_METER;
        gateway_announce(&gateways[i], &forming, who->announcement);
        memcpy(who->identity_public, gateways[i].identity_public, sizeof who->identity_public);
        MUST(wattsum_roster_add(
            roster, who->id, who->role, who->identity_public, who->announcement, sizeof who->announcement, NULL));
    }
    for (uint32_t a = 0; a < AGGREGATORS; a++) {
        announce(&forming, &aggregators_known[a], 10 + a, WATTSUM_ROLE_AGGREGATOR, aggregator_keys[a].identity,
            aggregator_keys[a].link);
    }
    MUST(wattsum_roster_build(roster));
    MUST(wattsum_roster_lists(roster, &lists));
    MUST(wattsum_roster_root(roster, last_round, beacon_time, utility_keys.identity, root));
    for (uint32_t i = 0; i < METERS; i++) {
        gateway_pin(&gateways[i], &forming, utility_known.identity_public, beacon_time - 3600, root);
    }
    draw(beacon); /* in a deployment: public randomness that nobody can know before its time */
    MUST(wattsum_epoch_begin(&forming, gateways[0].root, beacon, beacon_time, &epoch));

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
        /* Its own entry too: the roster could have another key for its id. Ids are ascending, so it is the i-th. */
        ask(&forming, &epoch, &lists, WATTSUM_LIST_ROSTER, 1 + i, &meters_known[i]);
        gateway_start(&gateways[i], &setup);
    }
    for (uint32_t a = 0; a < AGGREGATORS; a++) {
        MUST(wattsum_shamir_aggregator_new(
            &params, &epoch, 10 + a, roster, aggregator_keys[a].identity, aggregator_keys[a].link, &aggregators[a], NULL));
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

int main(int argc, char **argv)
{
    static const int64_t first[METERS] = {120, 45, 0, 980, 61}, second[METERS] = {115, -1, 12, 300, 60};
    const uint32_t epoch = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    const uint64_t round = (uint64_t)epoch * ROUNDS;
    uint8_t frame[FRAME_LEN];
    uint32_t meters;
    int64_t sum;
    begin(epoch, round);
    sum = run(round, first, &meters);
    printf("round %llu: %lld Wh of %u meters\n", (unsigned long long)round, (long long)sum, (unsigned)meters);
    if (sum != 1206 || meters != 5) {
        return 1;
    }
    sum = run(round + 1, second, &meters);
    printf("round %llu: %lld Wh of %u meters\n", (unsigned long long)round + 1, (long long)sum, (unsigned)meters);
    if (sum != 487 || meters != 4) {
        return 1;
    }
    /* A reading that was contributed is not contributed again: two sums would give it away. */
    if (gateway_contribute(&gateways[0], round, round, 120, frame) != WATTSUM_MISUSE_TIME_ALREADY_USED) {
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

/* Private metering with elgamal: six meters encrypt their quarter-hour readings to a key that nobody holds, and the
 * head end, here in the same program, learns nothing but the sum. Four trustees have made the key together; any three
 * of them open a sum, after each has checked every contribution of it. One meter is silent, which costs nothing;
 * another loses its power, and prepares its contributions before it knows its reading.
 *
 * cc elgamal.c -lwattsum && ./a.out
 *
 * The meter's part takes no heap and is what goes into firmware. Its flash is an array here; gateway.c beside this file
 * has the same with real files, torn logs, and the next epoch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wattsum.h>

enum { METERS = 6, TRUSTEES = 4, THRESHOLD = 3, PERIOD = 900, FIRST = 1000, LAST = 1999 };
enum { CONTRIBUTION = WATTSUM_ELGAMAL_CONTRIBUTION_LEN(1, 0), SHARE = WATTSUM_ELGAMAL_SHARE_LEN(1) };
enum { OPEN = WATTSUM_OPEN_LEN(METERS), CLOSE = WATTSUM_CLOSE_LEN(METERS, TRUSTEES) };
enum { STATEMENT = WATTSUM_ELGAMAL_STATEMENT_LEN, KEY_STATEMENT = WATTSUM_ELGAMAL_KEY_STATEMENT_LEN };
enum { CONTRIBUTIONS = METERS * WATTSUM_ELGAMAL_CONTRIBUTION_LEN(1, 0), HINTS = METERS * WATTSUM_ELGAMAL_HINTS_LEN(1) };
enum { STATEMENTS = THRESHOLD * WATTSUM_ELGAMAL_STATEMENT_LEN };
enum { CEREMONY = WATTSUM_ELGAMAL_CEREMONY_LEN(TRUSTEES, THRESHOLD) };

/* What everybody agrees on: one value in Wh a quarter of an hour; three of four trustees open a sum. Sums are found by
 * a search, so max_reading and max_meters are no larger than they have to be. */
static const wattsum_elgamal_params params = {
    .group = {.origin = 0,
        .max_reading = 25000,
        .period = PERIOD,
        .group = 9,
        .max_meters = 100,
        .min_honest = 3,
        .max_colluding = 1,
        .rounds_per_step = 96,
        .channels = 1,
        .max_missing_permille = 400},
    .window_rounds = 0,
    .window_min_rounds = 0,
    .trustees = TRUSTEES,
    .threshold = THRESHOLD,
    .colluding = 1,
    .trust_all_meters = 0,
};

/* Exit codes: 1 the library refused, 2 no entropy, 3 flash full. */
static void must(wattsum_status status, const char *what)
{
    if (status != WATTSUM_OK) {
        fprintf(stderr, "%s: %s (%d)\n", what, wattsum_status_text(status), (int)status);
        exit(1);
    }
}
#define MUST(call) must(call, #call)

/* From the operating system; on a device from its generator. Valid until the next call. */
static const uint8_t *drawn(void)
{
    static uint8_t entropy[32];
    FILE *source = fopen("/dev/urandom", "rb");
    if (source == NULL || fread(entropy, 1, 32, source) != 32) {
        exit(2);
    }
    fclose(source);
    return entropy;
}

/* ---- the meter: no heap ---- */

/* What outlives a loss of power. The log is appended to and synced before the function that writes it returns. The
 * identity is the device's for life, in a secure element or encrypted; the rest is public, but nobody else may write
 * it: whoever chooses the key reads the meter. */
typedef struct {
    uint8_t marks[16][WATTSUM_MARK_RECORD_LEN]; /* the device's, over all its epochs and protocols */
    size_t mark_count;
    uint8_t identity[32];
    uint8_t root[WATTSUM_ROOT_RECORD_LEN]; /* the pinned commitment to the lists */
    wattsum_epoch epoch;
    wattsum_lists lists;
    wattsum_member utility;
    wattsum_elgamal_key key;
    uint32_t id;
} flash;

typedef struct {
    flash stored;
    uint64_t memory[(WATTSUM_ELGAMAL_METER_SIZE + 7) / 8];
    wattsum_elgamal_meter *meter;
    wattsum_elgamal_pair pair; /* one a channel; not stored, ever */
    wattsum_mark mark; /* one for the whole device */
} device;

/* Once an epoch: the trustees' entries have been through wattsum_member_announced and wattsum_member_verify, and three
 * of them say which key it is. */
static void meter_take_key(device *own, const wattsum_member trustees[TRUSTEES], const uint8_t *statements)
{
    flash *stored = &own->stored;
    MUST(wattsum_elgamal_key_certified(&params, &stored->epoch, &stored->lists, &stored->utility, trustees, TRUSTEES,
        statements, TRUSTEES, &stored->key, NULL));
}

/* After each start, from flash alone. */
static void meter_start(device *own)
{
    flash *stored = &own->stored;
    wattsum_elgamal_setup setup;
    memset(&setup, 0, sizeof setup);
    setup.params = &params;
    setup.epoch = &stored->epoch;
    setup.lists = &stored->lists;
    setup.utility = &stored->utility;
    setup.key = &stored->key;
    setup.id = stored->id;
    setup.first_channel = 0;
    MUST(wattsum_mark_new(&own->mark));
    for (size_t n = 0; n < stored->mark_count; n++) {
        MUST(wattsum_mark_replay(&own->mark, stored->marks[n], sizeof stored->marks[n]));
    }
    MUST(wattsum_elgamal_meter_new(own->memory, sizeof own->memory, &setup, stored->identity, &own->meter, NULL));
}

static void meter_store(device *own, const uint8_t record[WATTSUM_MARK_RECORD_LEN])
{
    if (own->stored.mark_count == 16) {
        exit(3); /* not stored: not sent */
    }
    memcpy(own->stored.marks[own->stored.mark_count++], record, WATTSUM_MARK_RECORD_LEN);
}

/* All at once, when the reading is there: the frame may leave once this has returned. */
static void meter_contribute(device *own, uint64_t now, int64_t wh, uint8_t frame[CONTRIBUTION])
{
    uint8_t record[WATTSUM_MARK_RECORD_LEN];
    size_t len;
    MUST(wattsum_elgamal_meter_contribute(
        own->meter, &own->mark, now, now, &wh, 1, drawn(), record, frame, CONTRIBUTION, &len));
    meter_store(own, record);
}

/* While the device is idle: most of the work, without the reading. */
static void meter_prepare(device *own, uint64_t round)
{
    MUST(wattsum_elgamal_meter_prepare(own->meter, round, 0, drawn(), &own->pair));
}

/* The rest of it, once the reading is there. The pair is used up and wiped. */
static void meter_contribute_prepared(device *own, uint64_t now, int64_t wh, uint8_t frame[CONTRIBUTION])
{
    uint8_t record[WATTSUM_MARK_RECORD_LEN];
    size_t len;
    MUST(wattsum_elgamal_meter_contribute_with(
        own->meter, &own->mark, now, now, &wh, 1, &own->pair, record, frame, CONTRIBUTION, &len));
    meter_store(own, record);
}

static void lose_power(device *own)
{
    memset(own->memory, 0, sizeof own->memory);
    memset(&own->pair, 0, sizeof own->pair);
    memset(&own->mark, 0, sizeof own->mark);
    own->meter = NULL;
}

/* ---- the trustees: each on a machine of its own ---- */

typedef struct {
    uint32_t id;
    uint8_t role, identity[32], identity_public[32], link[32], announcement[WATTSUM_LINK_KEY_FRAME_LEN];
} party;

typedef struct {
    wattsum_elgamal_ceremony *ceremony;
    uint8_t log[3][WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN]; /* secret; wiped when the ceremony has ended */
    size_t log_count;
    wattsum_elgamal_keys *keys;
    wattsum_elgamal_share share; /* secret, in protected storage */
    wattsum_elgamal_trustee *role;
    uint8_t records[16][WATTSUM_ANSWER_RECORD_LEN]; /* of this group and epoch */
    size_t record_count;
} trustee;

static party utility_party, meter_parties[METERS], trustee_parties[TRUSTEES];
static trustee trustees[TRUSTEES];

static void trustee_store(trustee *own, const uint8_t record[WATTSUM_ANSWER_RECORD_LEN])
{
    if (own->record_count == 16) {
        exit(3);
    }
    memcpy(own->records[own->record_count++], record, WATTSUM_ANSWER_RECORD_LEN);
}

/* They make the key together, in four steps: everybody's frame of a step goes to everybody, by whatever way. Each makes
 * the plan itself, from certificates that it has checked. */
static void make_keys(void)
{
    static uint8_t frames[TRUSTEES][CEREMONY];
    wattsum_elgamal_seat seats[TRUSTEES];
    wattsum_elgamal_plan plan;
    size_t lens[TRUSTEES], len;
    for (int t = 0; t < TRUSTEES; t++) {
        seats[t].id = trustee_parties[t].id;
        memcpy(seats[t].identity, trustee_parties[t].identity_public, sizeof seats[t].identity);
    }
    memset(&plan, 0, sizeof plan); /* no old keys: new ones */
    plan.params = &params;
    plan.members = seats;
    plan.member_count = TRUSTEES;
    plan.number = 1; /* a failed ceremony's number is not used again */
    for (int t = 0; t < TRUSTEES; t++) {
        MUST(wattsum_elgamal_ceremony_begin(&plan, trustee_parties[t].id, trustee_parties[t].identity, NULL, drawn(),
            trustees[t].log[0], &trustees[t].ceremony));
        trustees[t].log_count = 1; /* stored before the first frame leaves */
    }
    for (int step = WATTSUM_ELGAMAL_JOINING; step <= WATTSUM_ELGAMAL_CONFIRMING; step++) {
        for (int t = 0; t < TRUSTEES; t++) {
            MUST(wattsum_elgamal_ceremony_frame(trustees[t].ceremony, frames[t], CEREMONY, &lens[t]));
        }
        for (int t = 0; t < TRUSTEES; t++) {
            trustee *own = &trustees[t];
            for (int from = 0; from < TRUSTEES; from++) {
                MUST(wattsum_elgamal_ceremony_accept(own->ceremony, frames[from], lens[from], NULL));
            }
            if (step == WATTSUM_ELGAMAL_CONFIRMING) {
                MUST(wattsum_elgamal_ceremony_finish(own->ceremony, &own->keys, &own->share));
                MUST(wattsum_elgamal_ceremony_free(own->ceremony));
                memset(own->log, 0, sizeof own->log); /* once the share is stored */
                continue;
            }
            MUST(wattsum_elgamal_ceremony_advance(own->ceremony, own->log[own->log_count], &len, NULL));
            own->log_count += len > 0; /* stored before the next step's frame leaves */
        }
    }
}

/* ---- the head end ---- */

static device meters[METERS];
static wattsum_roster *roster;
static wattsum_elgamal_utility *utility;
static wattsum_elgamal_table *table;

/* Each party draws its own keys, on its own device. What leaves it: the public identity key, by way of a certificate,
 * and the announcement. A meter of elgamal shares no key with anybody, but announces one as all do. */
static void join(const wattsum_forming *forming, party *who, uint32_t id, uint8_t role)
{
    uint8_t link_public[32];
    who->id = id;
    who->role = role;
    MUST(wattsum_identity_generate(drawn(), who->identity, who->identity_public));
    MUST(wattsum_link_generate(drawn(), who->link, link_public));
    MUST(wattsum_link_announce(forming, id, role, who->identity, link_public, who->announcement));
    MUST(wattsum_roster_add(roster, id, role, who->identity_public, who->announcement, sizeof who->announcement, NULL));
}

/* A party as a meter believes it: its own announcement, under its certified identity, in the committed list. */
static wattsum_member ask(
    const wattsum_forming *forming, const flash *stored, uint8_t list, uint32_t index, const party *who)
{
    wattsum_member member;
    uint8_t path[32 * 32];
    uint32_t id;
    size_t hashes;
    MUST(wattsum_roster_path(roster, list, index, &id, path, 32, &hashes));
    MUST(wattsum_member_announced(
        forming, who->id, who->role, who->identity_public, who->announcement, sizeof who->announcement, &member, NULL));
    MUST(wattsum_member_verify(&stored->epoch, &stored->lists, list, index, &member, path, hashes, NULL));
    return member;
}

/* Everybody announces, the utility commits to the lists, the beacon begins the epoch, and the roles are made. */
static void begin(void)
{
    const uint64_t beacon_time = (uint64_t)FIRST * PERIOD - 3600;
    wattsum_forming forming;
    wattsum_lists lists;
    wattsum_epoch epoch;
    wattsum_elgamal_key key;
    wattsum_member entries[TRUSTEES];
    uint8_t root[WATTSUM_ROOT_FRAME_LEN], beacon[32], statements[TRUSTEES][KEY_STATEMENT];
    MUST(wattsum_elgamal_forming(&params, 1, FIRST, &forming));
    MUST(wattsum_roster_new(&forming, &roster));
    join(&forming, &utility_party, 0, WATTSUM_ROLE_UTILITY);
    for (uint32_t i = 0; i < METERS; i++) {
        join(&forming, &meter_parties[i], 100 + i, WATTSUM_ROLE_METER);
    }
    for (uint32_t t = 0; t < TRUSTEES; t++) {
        join(&forming, &trustee_parties[t], 10 + t, WATTSUM_ROLE_TRUSTEE);
    }
    MUST(wattsum_roster_build(roster));
    MUST(wattsum_roster_lists(roster, &lists));
    MUST(wattsum_roster_root(roster, LAST, beacon_time, utility_party.identity, root));
    for (uint32_t i = 0; i < METERS; i++) { /* pinned before the beacon is out */
        MUST(wattsum_root_accept(&forming, utility_party.identity_public, beacon_time - 60, NULL, root, sizeof root,
            meters[i].stored.root, NULL));
    }
    memcpy(beacon, drawn(), sizeof beacon); /* in a deployment: public randomness that nobody knows before its time */
    MUST(wattsum_epoch_begin(&forming, meters[0].stored.root, beacon, beacon_time, &epoch));

    make_keys();
    for (uint32_t t = 0; t < TRUSTEES; t++) {
        trustee *own = &trustees[t];
        MUST(wattsum_elgamal_trustee_new(&params, &epoch, trustee_parties[t].id, roster, own->keys, &own->share,
            trustee_parties[t].identity, trustee_parties[t].link, &own->role, NULL));
        MUST(wattsum_elgamal_trustee_statement(own->role, statements[t]));
    }
    for (uint32_t i = 0; i < METERS; i++) {
        flash *stored = &meters[i].stored;
        MUST(wattsum_epoch_begin(&forming, stored->root, beacon, beacon_time, &stored->epoch));
        stored->lists = lists;
        stored->id = meter_parties[i].id;
        memcpy(stored->identity, meter_parties[i].identity, sizeof stored->identity);
        stored->utility = ask(&forming, stored, WATTSUM_LIST_ROSTER, 0, &utility_party);
        ask(&forming, stored, WATTSUM_LIST_ROSTER, 1 + i, &meter_parties[i]); /* its own entry too */
        for (uint32_t t = 0; t < TRUSTEES; t++) {
            entries[t] = ask(&forming, stored, WATTSUM_LIST_ANSWERERS, t, &trustee_parties[t]);
        }
        meter_take_key(&meters[i], entries, statements[0]);
        meter_start(&meters[i]);
    }
    /* The utility has the public keys from a trustee, and compares them with what the trustees have stated. */
    MUST(wattsum_elgamal_keys_group_key(trustees[0].keys, &key));
    if (memcmp(key.bytes, meters[0].stored.key.bytes, sizeof key.bytes) != 0) {
        exit(1);
    }
    MUST(wattsum_elgamal_utility_new(
        &params, &epoch, roster, trustees[0].keys, utility_party.identity, utility_party.link, &utility, NULL));
    MUST(wattsum_elgamal_table_build(14, &table)); /* once, for all groups; in a deployment of 19 bits, from a file */
}

/* Three trustees check, sign and open; the fourth follows. Store before send, everywhere. */
static int64_t open_sum(wattsum_elgamal_round *running, uint64_t now, uint32_t *count)
{
    static const uint8_t quorum[THRESHOLD] = {1, 2, 4};
    static uint8_t contributions[CONTRIBUTIONS], hints[HINTS];
    uint8_t close[CLOSE], record[WATTSUM_ANSWER_RECORD_LEN], statement[STATEMENT], statements[STATEMENTS];
    uint8_t share[SHARE], progress[WATTSUM_UTILITY_RECORD_LEN];
    size_t close_len, contributions_len, hints_len, statements_len, len;
    uint32_t sender;
    int64_t sum;
    MUST(wattsum_elgamal_utility_close(utility, running, quorum, THRESHOLD));
    MUST(wattsum_elgamal_utility_progress(utility, progress)); /* STORE it, then send the Close */
    MUST(wattsum_elgamal_round_frame(running, close, sizeof close, &close_len));
    MUST(wattsum_elgamal_round_contributions(running, contributions, sizeof contributions, &contributions_len));
    MUST(wattsum_elgamal_round_hints(running, hints, sizeof hints, &hints_len));
    for (int n = 0; n < THRESHOLD; n++) {
        trustee *own = &trustees[quorum[n] - 1];
        MUST(wattsum_elgamal_trustee_agree(own->role, now, close, close_len, contributions, contributions_len, hints,
            hints_len, record, statement, NULL));
        trustee_store(own, record);
        MUST(wattsum_elgamal_round_accept(running, statement, sizeof statement, &sender, NULL));
    }
    MUST(wattsum_elgamal_trustee_follow(
        trustees[2].role, now, close, close_len, contributions, contributions_len, hints, hints_len, record, NULL));
    trustee_store(&trustees[2], record);
    MUST(wattsum_elgamal_round_statements(running, statements, sizeof statements, &statements_len));
    for (int n = 0; n < THRESHOLD; n++) {
        trustee *own = &trustees[quorum[n] - 1];
        MUST(wattsum_elgamal_trustee_answer(
            own->role, statements, statements_len, record, share, sizeof share, &len, NULL));
        trustee_store(own, record);
        MUST(wattsum_elgamal_round_accept(running, share, len, &sender, NULL)); /* its proof is checked */
    }
    MUST(wattsum_elgamal_utility_record(utility, running, table, &sum, 1, count));
    return sum;
}

/* A round. `wh` below 0: that meter is silent. The meter `unlucky` loses its power before it contributes, and then does
 * so with a prepared pair. */
static int64_t run(uint64_t round, const int64_t wh[METERS], int unlucky, uint32_t *count)
{
    static const uint8_t everybody[METERS] = {1, 1, 1, 1, 1, 1};
    static uint8_t frames[METERS][CONTRIBUTION];
    uint8_t frame[OPEN], progress[WATTSUM_UTILITY_RECORD_LEN];
    wattsum_bytes received[METERS];
    wattsum_status statuses[METERS];
    uint32_t senders[METERS];
    size_t frame_len, arrived = 0;
    int64_t sum;
    wattsum_elgamal_round *running;

    MUST(wattsum_elgamal_utility_open(utility, round, round, everybody, METERS, &running));
    MUST(wattsum_elgamal_utility_progress(utility, progress)); /* STORE it, then send the Open, to trustees only */
    MUST(wattsum_elgamal_round_frame(running, frame, sizeof frame, &frame_len));
    for (int t = 0; t < TRUSTEES; t++) {
        MUST(wattsum_elgamal_trustee_open(trustees[t].role, round, frame, frame_len, NULL));
    }
    for (int i = 0; i < METERS; i++) {
        if (wh[i] < 0) {
            continue;
        }
        if (i == unlucky) {
            lose_power(&meters[i]);
            meter_start(&meters[i]);
            meter_prepare(&meters[i], round);
            meter_contribute_prepared(&meters[i], round, wh[i], frames[i]);
        } else {
            meter_contribute(&meters[i], round, wh[i], frames[i]);
        }
        received[arrived].at = frames[i];
        received[arrived].len = CONTRIBUTION;
        arrived++;
    }
    /* All that has come, at once; each frame has its own status. */
    MUST(wattsum_elgamal_round_accept_many(running, received, arrived, senders, statuses));
    for (size_t n = 0; n < arrived; n++) {
        must(statuses[n], "contribution");
    }
    sum = open_sum(running, round, count);
    MUST(wattsum_elgamal_round_free(running));
    printf("round %llu: %lld Wh of %u meters\n", (unsigned long long)round, (long long)sum, (unsigned)*count);
    return sum;
}

int main(void)
{
    static const int64_t all[METERS] = {120, 45, 0, 980, 61, 300}, silent[METERS] = {115, 40, -1, 300, 60, 310};
    uint8_t record[WATTSUM_MARK_RECORD_LEN], frame[CONTRIBUTION];
    uint32_t count;
    size_t len;
    begin();
    if (run(FIRST, all, -1, &count) != 1506 || count != 6) {
        return 1;
    }
    if (run(FIRST + 1, silent, 4, &count) != 825 || count != 5) {
        return 1;
    }
    /* A reading that was contributed is not contributed again: two sums would give it away. */
    if (wattsum_elgamal_meter_contribute(meters[4].meter, &meters[4].mark, FIRST + 1, FIRST + 1, &all[4], 1, drawn(),
            record, frame, sizeof frame, &len)
        != WATTSUM_MISUSE_TIME_ALREADY_USED) {
        return 1;
    }
    for (int i = 0; i < METERS; i++) {
        MUST(wattsum_elgamal_meter_free(meters[i].meter));
    }
    for (int t = 0; t < TRUSTEES; t++) {
        MUST(wattsum_elgamal_trustee_free(trustees[t].role));
        MUST(wattsum_elgamal_keys_free(trustees[t].keys));
        memset(&trustees[t].share, 0, sizeof trustees[t].share);
    }
    MUST(wattsum_elgamal_utility_free(utility));
    MUST(wattsum_elgamal_table_free(table));
    MUST(wattsum_roster_free(roster));
    printf("wattsum %s: both sums are right\n", wattsum_version());
    return 0;
}

/* Private metering with dcnet: eight meters send their quarter-hour readings masked, and the head end, here in the same
 * program, learns nothing but the sum. One meter is silent, so its neighbours repair; another loses its power amid the
 * round and goes on from what it stored.
 *
 * cc dcnet.c -lwattsum && ./a.out
 *
 * The meter's part takes no heap and is what goes into firmware. Its flash is an array here; gateway.c beside this file
 * has the same with real files, torn logs, and the next epoch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wattsum.h>

enum { METERS = 8, NEIGHBOURS = METERS - 1, HOLDERS = 4, THRESHOLD = 3, PERIOD = 900, FIRST = 1000, LAST = 1999 };
enum { CONTRIBUTION = WATTSUM_DCNET_CONTRIBUTION_LEN(1, HOLDERS, THRESHOLD), REPAIR = WATTSUM_DCNET_REPAIR_LEN(1) };
enum { OPEN = WATTSUM_OPEN_LEN(METERS), CLOSE = WATTSUM_CLOSE_LEN(METERS, HOLDERS) };
enum { MEMORY = WATTSUM_DCNET_METER_SIZE(NEIGHBOURS, HOLDERS), STATE = WATTSUM_DCNET_STATE_LEN(NEIGHBOURS, HOLDERS) };

/* What everybody agrees on: one value in Wh a quarter of an hour; three of four holders open a sum; in a group of up to
 * 256 meters everybody is everybody's neighbour (degree 0). */
static const wattsum_dcnet_params params = {
    .group = {.origin = 0,
        .max_reading = 100000,
        .period = PERIOD,
        .group = 8,
        .max_meters = 100,
        .min_honest = 3,
        .max_colluding = 1,
        .rounds_per_step = 96,
        .channels = 1,
        .max_missing_permille = 400},
    .degree = 0,
    .min_neighbours = 3,
    .holders = HOLDERS,
    .threshold = THRESHOLD,
    .colluding = 1,
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

/* From the operating system; on a device from its generator. */
static void draw(uint8_t entropy[32])
{
    FILE *source = fopen("/dev/urandom", "rb");
    if (source == NULL || fread(entropy, 1, 32, source) != 32) {
        exit(2);
    }
    fclose(source);
}

/* ---- the meter: no heap ---- */

/* What outlives a loss of power. Logs are appended to; the state is replaced as a whole, and is secret: on a device
 * encrypted, or in a secure element. Each of these is synced before the function that writes it returns. */
typedef struct {
    uint8_t marks[16][WATTSUM_MARK_RECORD_LEN]; /* the device's, over all its epochs and protocols */
    uint8_t closes[16][WATTSUM_DCNET_CLOSE_RECORD_LEN]; /* of this group and epoch */
    size_t mark_count, close_count;
    uint8_t state[STATE];
    size_t state_len;
    uint8_t root[WATTSUM_ROOT_RECORD_LEN]; /* the pinned commitment to the lists */
    wattsum_epoch epoch; /* public, as the next two */
    wattsum_lists lists;
    wattsum_member utility;
    uint32_t id, position;
} flash;

typedef struct {
    flash stored;
    uint64_t memory[(MEMORY + 7) / 8];
    wattsum_dcnet_meter *meter;
    wattsum_mark mark; /* one for the whole device */
} device;

static void append(uint8_t *log, size_t most, size_t *count, const uint8_t *record, size_t len)
{
    if (*count == most) {
        exit(3); /* not stored: not sent */
    }
    memcpy(log + *count * len, record, len);
    ++*count;
}

static void keep_state(device *own)
{
    MUST(wattsum_dcnet_meter_export(own->meter, own->stored.state, STATE, &own->stored.state_len));
}

static wattsum_dcnet_setup setup_of(const flash *stored)
{
    wattsum_dcnet_setup setup;
    memset(&setup, 0, sizeof setup);
    setup.params = &params;
    setup.epoch = &stored->epoch;
    setup.lists = &stored->lists;
    setup.utility = &stored->utility;
    setup.holder_count = HOLDERS;
    setup.neighbour_count = NEIGHBOURS;
    setup.id = stored->id;
    setup.position = stored->position;
    setup.first_channel = 0;
    return setup;
}

/* Once an epoch. Every entry has been through wattsum_member_announced and wattsum_member_verify. */
static void meter_begin(
    device *own, const wattsum_member holders[HOLDERS], const wattsum_neighbour neighbours[NEIGHBOURS], uint8_t link[32])
{
    wattsum_dcnet_setup setup = setup_of(&own->stored);
    setup.holders = holders;
    setup.neighbours = neighbours;
    MUST(wattsum_mark_new(&own->mark));
    MUST(wattsum_dcnet_meter_new(own->memory, sizeof own->memory, &setup, link, &own->meter, NULL));
    keep_state(own); /* instead of the link secret, which is wiped by now */
}

/* After a start: from flash alone. */
static void meter_resume(device *own)
{
    const wattsum_dcnet_setup setup = setup_of(&own->stored); /* the keys are in the state: no entries */
    flash *stored = &own->stored;
    MUST(wattsum_mark_new(&own->mark));
    for (size_t n = 0; n < stored->mark_count; n++) {
        MUST(wattsum_mark_replay(&own->mark, stored->marks[n], sizeof stored->marks[n]));
    }
    MUST(wattsum_dcnet_meter_import(
        own->memory, sizeof own->memory, &setup, stored->state, stored->state_len, &own->meter, NULL));
    for (size_t n = 0; n < stored->close_count; n++) {
        MUST(wattsum_dcnet_meter_replay(own->meter, stored->closes[n], sizeof stored->closes[n]));
    }
}

/* The Open of a round, and the reading of its quarter of an hour: the frame may leave once this has returned. */
static void meter_contribute(device *own, uint64_t now, const uint8_t *open, size_t open_len, int64_t wh, uint8_t *frame)
{
    uint8_t record[WATTSUM_MARK_RECORD_LEN];
    size_t len;
    MUST(wattsum_dcnet_meter_open(own->meter, now, open, open_len, NULL));
    MUST(wattsum_dcnet_meter_contribute(
        own->meter, &own->mark, now, now, &wh, 1, record, frame, CONTRIBUTION, &len, NULL));
    append(own->stored.marks[0], 16, &own->stored.mark_count, record, sizeof record);
    keep_state(own); /* so that it can repair after a loss of power; else it is silent for the rest of the round */
}

/* A Close: gives the length of the repair to send, 0 for none. */
static size_t meter_close(device *own, uint64_t now, const uint8_t *close, size_t close_len, uint8_t *repair)
{
    uint8_t record[WATTSUM_DCNET_CLOSE_RECORD_LEN];
    size_t len;
    MUST(wattsum_dcnet_meter_close(own->meter, now, close, close_len, record, repair, REPAIR, &len, NULL));
    append(own->stored.closes[0], 16, &own->stored.close_count, record, sizeof record);
    return len;
}

static void lose_power(device *own)
{
    memset(own->memory, 0, sizeof own->memory);
    memset(&own->mark, 0, sizeof own->mark);
    own->meter = NULL;
}

/* ---- the head end ---- */

typedef struct {
    uint32_t id;
    uint8_t role, identity[32], identity_public[32], link[32], announcement[WATTSUM_LINK_KEY_FRAME_LEN];
} party;

static device meters[METERS];
static party utility_party, meter_parties[METERS], holder_parties[HOLDERS];
static wattsum_roster *roster;
static wattsum_dcnet_utility *utility;
static wattsum_dcnet_holder *holders[HOLDERS];

/* Each party draws its own keys, on its own device. What leaves it: the public identity key, by way of a certificate,
 * and the announcement. */
static void join(const wattsum_forming *forming, party *who, uint32_t id, uint8_t role)
{
    uint8_t entropy[32], link_public[32];
    who->id = id;
    who->role = role;
    draw(entropy);
    MUST(wattsum_identity_generate(entropy, who->identity, who->identity_public));
    draw(entropy);
    MUST(wattsum_link_generate(entropy, who->link, link_public));
    MUST(wattsum_link_announce(forming, id, role, who->identity, link_public, who->announcement));
    MUST(wattsum_roster_add(roster, id, role, who->identity_public, who->announcement, sizeof who->announcement, NULL));
}

/* What a meter makes keys with: the party's own announcement, under its certified identity, in the committed list. */
static wattsum_member ask(const wattsum_forming *forming, const wattsum_epoch *epoch, const wattsum_lists *lists,
    uint8_t list, uint32_t index, const party *who)
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

/* Everybody announces, the utility commits to the lists, the beacon begins the epoch, and the roles are made. */
static void begin(void)
{
    const uint64_t beacon_time = (uint64_t)FIRST * PERIOD - 3600;
    wattsum_forming forming;
    wattsum_lists lists;
    wattsum_member entries[HOLDERS];
    uint8_t root[WATTSUM_ROOT_FRAME_LEN], beacon[32];
    MUST(wattsum_dcnet_forming(&params, 1, FIRST, &forming));
    MUST(wattsum_roster_new(&forming, &roster));
    join(&forming, &utility_party, 0, WATTSUM_ROLE_UTILITY);
    for (uint32_t i = 0; i < METERS; i++) {
        join(&forming, &meter_parties[i], 100 + i, WATTSUM_ROLE_METER);
    }
    for (uint32_t h = 0; h < HOLDERS; h++) {
        join(&forming, &holder_parties[h], 10 + h, WATTSUM_ROLE_HOLDER);
    }
    MUST(wattsum_roster_build(roster));
    MUST(wattsum_roster_lists(roster, &lists));
    MUST(wattsum_roster_root(roster, LAST, beacon_time, utility_party.identity, root));
    for (uint32_t i = 0; i < METERS; i++) { /* pinned before the beacon is out */
        MUST(wattsum_root_accept(&forming, utility_party.identity_public, beacon_time - 60, NULL, root, sizeof root,
            meters[i].stored.root, NULL));
    }
    draw(beacon); /* in a deployment: public randomness that nobody can know before its time */

    for (uint32_t i = 0; i < METERS; i++) {
        flash *stored = &meters[i].stored;
        wattsum_neighbour neighbours[NEIGHBOURS];
        uint32_t positions[NEIGHBOURS];
        size_t count;
        MUST(wattsum_epoch_begin(&forming, stored->root, beacon, beacon_time, &stored->epoch));
        stored->lists = lists;
        stored->id = meter_parties[i].id;
        stored->position = i; /* ids are ascending here */
        stored->utility = ask(&forming, &stored->epoch, &lists, WATTSUM_LIST_ROSTER, 0, &utility_party);
        ask(&forming, &stored->epoch, &lists, WATTSUM_LIST_ROSTER, 1 + i, &meter_parties[i]); /* its own entry too */
        for (uint32_t h = 0; h < HOLDERS; h++) {
            entries[h] = ask(&forming, &stored->epoch, &lists, WATTSUM_LIST_ANSWERERS, h, &holder_parties[h]);
        }
        MUST(wattsum_dcnet_neighbours(&params, &stored->epoch, METERS, i, positions, NEIGHBOURS, &count));
        for (size_t n = 0; n < count; n++) {
            const uint32_t at = positions[n];
            neighbours[n].position = at;
            neighbours[n].member = ask(&forming, &stored->epoch, &lists, WATTSUM_LIST_ROSTER, 1 + at, &meter_parties[at]);
        }
        meter_begin(&meters[i], entries, neighbours, meter_parties[i].link);
    }
    for (uint32_t h = 0; h < HOLDERS; h++) {
        MUST(wattsum_dcnet_holder_new(&params, &meters[0].stored.epoch, holder_parties[h].id, roster,
            holder_parties[h].identity, holder_parties[h].link, &holders[h], NULL));
    }
    MUST(wattsum_dcnet_utility_new(
        &params, &meters[0].stored.epoch, roster, utility_party.identity, utility_party.link, &utility, NULL));
}

/* A round: open, collect, close, repair as long as it takes, three holders answer. `wh` below 0: that meter is silent;
 * the meter `unlucky` loses its power between contribution and Close. */
static int64_t run(uint64_t round, const int64_t wh[METERS], int unlucky, uint32_t *count)
{
    static const uint8_t everybody[METERS] = {1, 1, 1, 1, 1, 1, 1, 1}, quorum[THRESHOLD] = {1, 2, 4};
    static uint8_t frames[METERS][CONTRIBUTION];
    uint8_t frame[OPEN > CLOSE ? (int)OPEN : (int)CLOSE], repair[REPAIR], answer[WATTSUM_ANSWER_LEN(1, HOLDERS)];
    uint8_t record[WATTSUM_ANSWER_RECORD_LEN], progress[WATTSUM_UTILITY_RECORD_LEN], stage;
    wattsum_bytes received[METERS];
    wattsum_status statuses[METERS];
    uint32_t senders[METERS], sender;
    size_t frame_len, len, arrived = 0;
    int64_t sum;
    wattsum_dcnet_round *running;

    MUST(wattsum_dcnet_utility_open(utility, round, round, everybody, METERS, &running));
    MUST(wattsum_dcnet_utility_progress(utility, progress)); /* STORE it, then send the Open */
    MUST(wattsum_dcnet_round_frame(running, frame, sizeof frame, &frame_len));
    for (int h = 0; h < HOLDERS; h++) {
        MUST(wattsum_dcnet_holder_open(holders[h], round, frame, frame_len, NULL));
    }
    for (int i = 0; i < METERS; i++) {
        if (wh[i] >= 0) {
            meter_contribute(&meters[i], round, frame, frame_len, wh[i], frames[i]);
            received[arrived].at = frames[i];
            received[arrived].len = CONTRIBUTION;
            arrived++;
        }
    }
    /* All that has come, at once; each frame has its own status. */
    MUST(wattsum_dcnet_round_accept_many(running, received, arrived, senders, statuses));
    for (size_t n = 0; n < arrived; n++) {
        must(statuses[n], "contribution");
    }
    if (unlucky >= 0) {
        lose_power(&meters[unlucky]);
        meter_resume(&meters[unlucky]);
    }
    do { /* at the deadline, and at that of each pass of repairs */
        MUST(wattsum_dcnet_utility_close(utility, running, quorum, THRESHOLD, &stage));
        MUST(wattsum_dcnet_utility_progress(utility, progress)); /* STORE it, then send the Close */
        MUST(wattsum_dcnet_round_frame(running, frame, sizeof frame, &frame_len));
        for (int i = 0; i < METERS; i++) {
            len = meter_close(&meters[i], round, frame, frame_len, repair);
            if (len > 0) {
                MUST(wattsum_dcnet_round_accept(running, repair, len, &sender, NULL));
            }
        }
    } while (stage != WATTSUM_ROUND_CLOSED);
    for (int n = 0; n < THRESHOLD; n++) {
        MUST(wattsum_dcnet_holder_answer(holders[quorum[n] - 1], round, frame, frame_len, record, answer,
            sizeof answer, &len, NULL)); /* the holder STOREs record, then sends answer */
        MUST(wattsum_dcnet_round_accept(running, answer, len, &sender, NULL));
    }
    /* The holder that is not asked takes the set into account, and stores that too. */
    MUST(wattsum_dcnet_holder_follow(holders[2], round, frame, frame_len, record, NULL));
    MUST(wattsum_dcnet_utility_record(utility, running, &sum, 1, count));
    MUST(wattsum_dcnet_round_free(running));
    printf("round %llu: %lld Wh of %u meters\n", (unsigned long long)round, (long long)sum, (unsigned)*count);
    return sum;
}

int main(void)
{
    static const int64_t all[METERS] = {120, 45, 0, 980, 61, 300, 7, 52};
    static const int64_t silent[METERS] = {115, 40, -1, 300, 60, 310, 9, 50}, back[METERS] = {90, 41, 3, 20, 66, 280, 8, 51};
    uint32_t count;
    begin();
    if (run(FIRST, all, -1, &count) != 1565 || count != 8) {
        return 1;
    }
    /* Meter 2 is silent, and meter 5 comes back in time to repair. */
    if (run(FIRST + 1, silent, 5, &count) != 884 || count != 7) {
        return 1;
    }
    if (run(FIRST + 2, back, 3, &count) != 559 || count != 8) {
        return 1;
    }
    for (int i = 0; i < METERS; i++) {
        MUST(wattsum_dcnet_meter_free(meters[i].meter));
    }
    for (int h = 0; h < HOLDERS; h++) {
        MUST(wattsum_dcnet_holder_free(holders[h]));
    }
    MUST(wattsum_dcnet_utility_free(utility));
    MUST(wattsum_roster_free(roster));
    printf("wattsum %s: the sums are right\n", wattsum_version());
    return 0;
}

/* Gateways on the customer port (HAN) of electricity meters: each decodes what its meter pushes, and contributes the
 * present power to one shamir group and the energy of the last hour, from the meter's register, to another. The head
 * end, here in the same program, learns the two sums.
 *
 * cc dlms_meter.c -lwattsum && ./a.out FRAMES
 *
 * FRAMES is a text with a push of each meter, in hex: a run of 40 digits or more is a frame, anything between them is
 * none. By default $WATTSUM_DATA/frames/dlms_push_frames.json. How a start replays the log that is written here, and how
 * an epoch follows another, is in gateway.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wattsum.h>

#include "dlms.h"

enum { METERS = 32, AGGREGATORS = 4, THRESHOLD = 3, FRAME_MAX = 1024, TEXT_MAX = 1 << 20 };
enum { POWER = 0, ENERGY = 1, KINDS = 2 }; /* channels of the device; each has a group */
enum { EPOCH = 1, PERIOD = 3600, FIRST_ROUND = 1000, LAST_ROUND = 1999, ROUND = 1007 };
enum { CONTRIBUTION_LEN = WATTSUM_SHAMIR_CONTRIBUTION_LEN(1, AGGREGATORS, THRESHOLD) };

/* Exit codes: 1 the library refused, 2 no entropy, 3 not stored, 5 a wrong sum. */
static void must(wattsum_status status, const char *what)
{
    if (status != WATTSUM_OK) {
        fprintf(stderr, "%s: %s (%d)\n", what, wattsum_status_text(status), (int)status);
        exit(1);
    }
}
#define MUST(call) must(call, #call)

static void draw(uint8_t entropy[32])
{
    FILE *random = fopen("/dev/urandom", "rb");
    if (random == NULL || fread(entropy, 1, 32, random) != 32) {
        exit(2);
    }
    fclose(random);
}

/* ---- a gateway and its meter ---- */

typedef struct {
    uint32_t id;
    uint64_t memory[KINDS][(WATTSUM_SHAMIR_METER_SIZE(AGGREGATORS) + 7) / 8];
    wattsum_shamir_meter *meter[KINDS];
    wattsum_mark mark; /* one for the device: a reading has one home */
    wattsum_register energy;
    wattsum_kept kept; /* where the interval of the register begins */
    int has[KINDS];
    int64_t reading[KINDS]; /* W and Wh */
} gateway;

/* The most that an hour can bring: three phases of 80 A at 230 V, in Wh. */
static const uint64_t plausible = 3 * 80 * 230;

/* number * 10^scaler as an integer, or nothing: a digit is not dropped. */
static int whole(const dlms_value *value, int64_t *result)
{
    int64_t number = value->number;
    for (int8_t scaler = value->scaler; scaler != 0 && number != 0; scaler = (int8_t)(scaler + (scaler < 0 ? 1 : -1))) {
        if (scaler < 0 ? number % 10 != 0 : (number > INT64_MAX / 10 || number < -(INT64_MAX / 10))) {
            return 0;
        }
        number = scaler < 0 ? number / 10 : number * 10;
    }
    *result = number;
    return 1;
}

/* Takes from a push what is drawn less what is fed in, and what the register 1.8.0 shows, which comes once an hour.
 * Registers are 32 bits wide in all of these lists. */
static dlms_status gateway_read(gateway *own, const uint8_t *frame, size_t len, dlms_list *list, uint64_t *shows)
{
    const dlms_value *drawn, *fed, *energy;
    int64_t in = 0, out = 0;
    const dlms_status status = dlms_push(frame, len, list);
    memset(own->has, 0, sizeof own->has);
    if (status != DLMS_OK) {
        return status;
    }
    drawn = dlms_find(list, 1, 7, DLMS_W);
    fed = dlms_find(list, 2, 7, DLMS_W);
    energy = dlms_find(list, 1, 8, DLMS_WH);
    if (drawn != NULL && whole(drawn, &in) && (fed == NULL || whole(fed, &out)) && in >= 0 && out >= 0) {
        own->has[POWER] = 1;
        own->reading[POWER] = in - out;
    }
    if (energy != NULL && energy->number >= 0) {
        own->has[ENERGY] = 1;
        own->energy.largest = UINT32_MAX;
        own->energy.scaler = energy->scaler;
        *shows = (uint64_t)energy->number;
    }
    return DLMS_OK;
}

/* An entry of the device's log: where the next interval begins, and the mark's record, which comes last, so that an entry
 * that was torn has none. On flash before the frame leaves. */
static void gateway_store(const gateway *own, const uint8_t record[WATTSUM_MARK_RECORD_LEN])
{
    uint8_t entry[10 + WATTSUM_MARK_RECORD_LEN];
    char name[32];
    FILE *log;
    for (unsigned i = 0; i < 8; i++) {
        entry[i] = (uint8_t)(own->kept.value >> (8 * i));
    }
    entry[8] = (uint8_t)own->kept.rest;
    entry[9] = (uint8_t)(own->kept.rest >> 8);
    memcpy(entry + 10, record, WATTSUM_MARK_RECORD_LEN);
    snprintf(name, sizeof name, "meter-%u.log", (unsigned)own->id);
    log = fopen(name, "ab");
    if (log == NULL || fwrite(entry, 1, sizeof entry, log) != sizeof entry || fflush(log) != 0
        || fsync(fileno(log)) != 0 || fclose(log) != 0) {
        exit(3);
    }
}

/* The round's frame of one group; it may leave once this has returned. `kept` is where the interval ends, where it is
 * the register's: it counts only with the record. */
static void gateway_contribute(gateway *own, int kind, const wattsum_kept *kept, uint8_t frame[CONTRIBUTION_LEN])
{
    uint8_t record[WATTSUM_MARK_RECORD_LEN];
    size_t len;
    MUST(wattsum_shamir_meter_contribute(own->meter[kind], &own->mark, ROUND, ROUND, &own->reading[kind], 1, record,
        frame, CONTRIBUTION_LEN, &len));
    if (kept != NULL) {
        own->kept = *kept;
    }
    gateway_store(own, record);
}

/* ---- a group: who is in it, and the head end ---- */

typedef struct {
    uint32_t id;
    uint8_t role, identity[32], identity_public[32], link[32], announcement[WATTSUM_LINK_KEY_FRAME_LEN];
} party;

typedef struct {
    wattsum_shamir_params params;
    wattsum_forming forming;
    wattsum_epoch epoch;
    wattsum_lists lists;
    wattsum_roster *roster;
    party head, meters[METERS], answerers[AGGREGATORS];
    uint32_t count;
    wattsum_shamir_utility *utility;
    wattsum_shamir_aggregator *aggregators[AGGREGATORS];
} group;

static void announce(group *all, party *who, uint32_t id, uint8_t role)
{
    uint8_t entropy[32], link_public[32];
    who->id = id;
    who->role = role;
    draw(entropy);
    MUST(wattsum_identity_generate(entropy, who->identity, who->identity_public));
    draw(entropy);
    MUST(wattsum_link_generate(entropy, who->link, link_public));
    MUST(wattsum_link_announce(&all->forming, id, role, who->identity, link_public, who->announcement));
    MUST(wattsum_roster_add(
        all->roster, id, role, who->identity_public, who->announcement, sizeof who->announcement, NULL));
}

static wattsum_member ask(const group *all, uint8_t list, uint32_t index, const party *who)
{
    wattsum_member member;
    uint8_t path[32 * 32];
    uint32_t id;
    size_t hashes;
    MUST(wattsum_roster_path(all->roster, list, index, &id, path, 32, &hashes));
    MUST(wattsum_member_announced(&all->forming, who->id, who->role, who->identity_public, who->announcement,
        sizeof who->announcement, &member, NULL));
    MUST(wattsum_member_verify(&all->epoch, &all->lists, list, index, &member, path, hashes, NULL));
    return member;
}

/* All that take part announce keys, the utility commits to the lists, and the beacon begins the epoch. */
static void form(group *all, int kind, gateway *gateways, size_t count)
{
    const uint64_t beacon_time = (uint64_t)FIRST_ROUND * PERIOD - 3600;
    wattsum_shamir_setup setup;
    wattsum_member head, entries[AGGREGATORS];
    uint8_t root[WATTSUM_ROOT_FRAME_LEN], record[WATTSUM_ROOT_RECORD_LEN], beacon[32];
    memset(all, 0, sizeof *all);
    all->params.group.period = PERIOD;
    all->params.group.group = 100 + (uint32_t)kind;
    all->params.group.channels = 1;
    all->params.group.max_reading = 1000000;
    all->params.group.max_meters = METERS;
    all->params.group.min_honest = 3;
    all->params.group.rounds_per_step = 24;
    all->params.group.max_missing_permille = 100;
    all->params.aggregators = AGGREGATORS;
    all->params.threshold = THRESHOLD;
    all->params.colluding = 1;
    MUST(wattsum_shamir_forming(&all->params, EPOCH, FIRST_ROUND, &all->forming));
    MUST(wattsum_roster_new(&all->forming, &all->roster));
    announce(all, &all->head, 0, WATTSUM_ROLE_UTILITY);
    for (size_t i = 0; i < count; i++) {
        if (gateways[i].has[kind]) {
            announce(all, &all->meters[all->count++], gateways[i].id, WATTSUM_ROLE_METER);
        }
    }
    for (uint32_t a = 0; a < AGGREGATORS; a++) {
        announce(all, &all->answerers[a], 10 + a, WATTSUM_ROLE_AGGREGATOR);
    }
    MUST(wattsum_roster_build(all->roster));
    MUST(wattsum_roster_lists(all->roster, &all->lists));
    MUST(wattsum_roster_root(all->roster, LAST_ROUND, beacon_time, all->head.identity, root));
    MUST(wattsum_root_accept(
        &all->forming, all->head.identity_public, beacon_time - 1, NULL, root, sizeof root, record, NULL));
    draw(beacon); /* in a deployment: public randomness that nobody can know before its time */
    MUST(wattsum_epoch_begin(&all->forming, record, beacon, beacon_time, &all->epoch));

    head = ask(all, WATTSUM_LIST_ROSTER, 0, &all->head);
    for (uint32_t a = 0; a < AGGREGATORS; a++) {
        entries[a] = ask(all, WATTSUM_LIST_ANSWERERS, a, &all->answerers[a]);
    }
    memset(&setup, 0, sizeof setup);
    setup.params = &all->params;
    setup.epoch = &all->epoch;
    setup.lists = &all->lists;
    setup.utility = &head;
    setup.aggregators = entries;
    setup.aggregator_count = AGGREGATORS;
    setup.first_channel = (uint16_t)kind;
    for (uint32_t i = 0, m = 0; i < count; i++) {
        gateway *own = &gateways[i];
        if (own->has[kind]) {
            ask(all, WATTSUM_LIST_ROSTER, 1 + m, &all->meters[m]); /* its own entry */
            setup.id = own->id;
            MUST(wattsum_shamir_meter_new(
                own->memory[kind], sizeof own->memory[kind], &setup, all->meters[m].link, &own->meter[kind], NULL));
            m++;
        }
    }
    for (uint32_t a = 0; a < AGGREGATORS; a++) {
        party *who = &all->answerers[a];
        MUST(wattsum_shamir_aggregator_new(
            &all->params, &all->epoch, who->id, all->roster, who->identity, who->link, &all->aggregators[a], NULL));
    }
    MUST(wattsum_shamir_utility_new(
        &all->params, &all->epoch, all->roster, all->head.identity, all->head.link, &all->utility, NULL));
}

/* One round of a group: the sum that the utility learns. `kept` are the ends of the intervals, for the energy. */
static int64_t run(group *all, int kind, gateway *gateways, size_t count, const wattsum_kept *kept)
{
    static const uint8_t quorum[THRESHOLD] = {1, 2, 4};
    uint8_t everybody[METERS], open[WATTSUM_OPEN_LEN(METERS)], close[WATTSUM_CLOSE_LEN(METERS, AGGREGATORS)];
    uint8_t frame[CONTRIBUTION_LEN], answer[WATTSUM_ANSWER_LEN(1, AGGREGATORS)], record[WATTSUM_ANSWER_RECORD_LEN];
    wattsum_shamir_round *running;
    size_t open_len, close_len, answer_len;
    uint32_t sender, meters;
    int64_t sum;
    memset(everybody, 1, sizeof everybody);
    MUST(wattsum_shamir_utility_open(all->utility, ROUND, ROUND, everybody, all->count, &running));
    MUST(wattsum_shamir_round_frame(running, open, sizeof open, &open_len));
    for (int a = 0; a < AGGREGATORS; a++) {
        MUST(wattsum_shamir_aggregator_open(all->aggregators[a], ROUND, open, open_len, NULL));
    }
    for (size_t i = 0; i < count; i++) {
        if (gateways[i].has[kind]) {
            gateway_contribute(&gateways[i], kind, kind == ENERGY ? &kept[i] : NULL, frame);
            MUST(wattsum_shamir_round_accept(running, frame, sizeof frame, &sender, NULL));
        }
    }
    MUST(wattsum_shamir_utility_close(all->utility, running, quorum, THRESHOLD));
    MUST(wattsum_shamir_round_frame(running, close, sizeof close, &close_len));
    for (int n = 0; n < THRESHOLD; n++) {
        MUST(wattsum_shamir_aggregator_answer(all->aggregators[quorum[n] - 1], ROUND, close, close_len, record, answer,
            sizeof answer, &answer_len, NULL));
        MUST(wattsum_shamir_round_accept(running, answer, answer_len, &sender, NULL));
    }
    MUST(wattsum_shamir_utility_record(all->utility, running, &sum, 1, &meters));
    MUST(wattsum_shamir_round_free(running));
    return meters == all->count ? sum : INT64_MIN;
}

static void end(group *all, int kind, gateway *gateways, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (gateways[i].has[kind]) {
            MUST(wattsum_shamir_meter_free(gateways[i].meter[kind]));
        }
    }
    for (int a = 0; a < AGGREGATORS; a++) {
        MUST(wattsum_shamir_aggregator_free(all->aggregators[a]));
    }
    MUST(wattsum_shamir_utility_free(all->utility));
    MUST(wattsum_roster_free(all->roster));
}

/* ---- the program ---- */

static int digit(char c)
{
    const char *digits = "0123456789abcdef", *found = c == '\0' ? NULL : strchr(digits, c);
    return found == NULL ? -1 : (int)(found - digits);
}

/* The next frame of a text, from `*at` on; its length, or 0 if there is none. */
static size_t next_frame(const char **at, uint8_t frame[FRAME_MAX])
{
    while (**at != '\0') {
        const char *begin = *at;
        size_t len = 0;
        while (digit(begin[2 * len]) >= 0 && digit(begin[2 * len + 1]) >= 0 && len < FRAME_MAX) {
            frame[len] = (uint8_t)(digit(begin[2 * len]) * 16 + digit(begin[2 * len + 1]));
            len++;
        }
        *at += len >= 20 ? 2 * len : 1;
        if (len >= 20) {
            return len;
        }
    }
    return 0;
}

static char text[TEXT_MAX + 1];

/* The file, or NULL and a note. */
static const char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t len;
    if (file == NULL) {
        printf("not run: no frames: %s\n", path);
        return NULL;
    }
    len = fread(text, 1, TEXT_MAX, file);
    fclose(file);
    text[len] = '\0';
    return text;
}

int main(int argc, char **argv)
{
    static const char *const names[KINDS] = {"W now", "Wh in the last hour"};
    static gateway gateways[METERS];
    static group all;
    static wattsum_kept kept[METERS];
    const char *data = getenv("WATTSUM_DATA"), *at;
    char path[4096];
    uint8_t frame[FRAME_MAX];
    size_t len, count = 0, refused = 0;
    int64_t truth[KINDS] = {0, 0};
    snprintf(path, sizeof path, "%s/frames/dlms_push_frames.json", data != NULL ? data : "../shared/data");
    at = read_text(argc > 1 ? argv[1] : path);
    if (at == NULL) {
        return argc > 1;
    }
    while (count < METERS && (len = next_frame(&at, frame)) > 0) {
        gateway *own = &gateways[count];
        dlms_list list;
        uint64_t shows = 0;
        if (gateway_read(own, frame, len, &list, &shows) != DLMS_OK) {
            refused++;
            continue;
        }
        own->id = 200 + (uint32_t)count;
        MUST(wattsum_mark_new(&own->mark));
        if (own->has[ENERGY]) {
            /* What the device has stored an hour ago; here reckoned back from the power that the meter shows. */
            const int64_t watts = own->has[POWER] && own->reading[POWER] > 0 ? own->reading[POWER] : 0;
            own->kept.value = (uint32_t)(shows - (uint64_t)(own->energy.scaler == 1 ? watts / 10 : watts));
            MUST(wattsum_register_consumed(&own->energy, &own->kept, shows, plausible, &own->reading[ENERGY], &kept[count]));
        }
        for (int kind = 0; kind < KINDS; kind++) {
            truth[kind] += own->has[kind] ? own->reading[kind] : 0;
        }
        count++;
    }
    printf("%u meters understood, %u frames not\n", (unsigned)count, (unsigned)refused);
    for (int kind = 0; kind < KINDS; kind++) {
        int64_t sum;
        form(&all, kind, gateways, count);
        sum = run(&all, kind, gateways, count, kept);
        end(&all, kind, gateways, count);
        printf("%u meters, %lld %s\n", (unsigned)all.count, (long long)sum, names[kind]);
        if (sum != truth[kind]) {
            return 5;
        }
    }
    return 0;
}

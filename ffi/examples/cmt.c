/* Private metering with cmt: seven meters form a ring, and one of them, the concentrator, gathers their first
 * keys. Then the supplier learns the sum of each quarter-hour and no reading, without any other party. Amid it all
 * a meter loses its power and goes on from what it stored; another falls silent, which loses its round for the
 * ring, and is cut out.
 *
 * cc cmt.c -lwattsum && ./a.out
 *
 * What meters do takes no heap and goes into firmware; forming and healing a ring takes one, at the concentrator.
 * The meters' flash is an array here; gateway.c beside this file has the same with real files, torn logs, and the
 * next epoch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wattsum.h>

enum { METERS = 7, PERIOD = 900, FIRST = 1000, LAST = 1095 };
enum { CONTRIBUTION = WATTSUM_CMT_CONTRIBUTION_LEN(1), DELTA = WATTSUM_CMT_DELTA_LEN(1) };
enum { FIRST_KEY = WATTSUM_CMT_FIRST_KEY_LEN(1), FRAME = WATTSUM_CMT_GROUP_KEY_LEN(1, METERS), NOBODY = METERS };

/* What everybody agrees on: one value in Wh a quarter of an hour. Each meter draws a number for its successor, so
 * that a round goes once around the ring; WATTSUM_CMT_DERIVED does without, for meters that can keep a key with
 * each neighbour. A ring protects from a supplier that colludes with no concentrator and with few members: the
 * library's documentation says exactly from what. */
static const wattsum_cmt_params params = {
    .group = {.origin = 0,
        .max_reading = 100000,
        .period = PERIOD,
        .group = 9,
        .max_meters = 100,
        .min_honest = 5, /* the smallest ring */
        .max_colluding = 0,
        .rounds_per_step = 96,
        .channels = 1,
        .max_missing_permille = 0},
    .modulus = 0, /* 2^64 */
    .mean_term = 0, /* whoever forms a ring is told to, not elected */
    .mode = WATTSUM_CMT_DRAWN,
    .second_ring = 0,
    .agreement = 0,
};

/* Exit codes: 1 the library refused, 2 no entropy, 3 flash full, 4 a wrong sum. */
static void must(wattsum_status status, const char *what)
{
    if (status != WATTSUM_OK) {
        fprintf(stderr, "%s: %s (%d)\n", what, wattsum_status_text(status), (int)status);
        exit(1);
    }
}
#define MUST(call) must(call, #call)

/* From the operating system; on a device from its generator. Fresh for each call that asks for entropy. */
static uint8_t drawn[32];
static const uint8_t *draw(void)
{
    FILE *source = fopen("/dev/urandom", "rb");
    if (source == NULL || fread(drawn, 1, sizeof drawn, source) != sizeof drawn) {
        exit(2);
    }
    fclose(source);
    return drawn;
}

/* ---- the meter: no heap ---- */

/* What outlives a loss of power. Logs are appended to; the state is replaced as a whole and is secret, as the link
 * secret is: on a device encrypted, or in a secure element. Everything is synced before the function that writes
 * it returns. */
typedef struct {
    uint8_t marks[16][WATTSUM_MARK_RECORD_LEN]; /* the device's, over all its epochs and protocols */
    uint8_t generations[8][WATTSUM_CMT_GENERATION_RECORD_LEN]; /* of this group and epoch */
    size_t mark_count, generation_count;
    uint8_t state[WATTSUM_CMT_METER_STATE_MAX];
    size_t state_len;
    uint8_t identity[32], link[32]; /* for life; for one epoch */
    wattsum_epoch epoch; /* public, as all below */
    wattsum_lists lists;
    wattsum_member supplier;
    wattsum_cmt_entry own;
} flash;

typedef struct {
    flash stored;
    uint64_t memory[(WATTSUM_CMT_METER_SIZE + 7) / 8];
    wattsum_cmt_meter *meter;
    wattsum_mark mark; /* one for the whole device */
    uint32_t before, after; /* positions of its ring neighbours */
} device;

static void append(uint8_t *log, size_t most, size_t *count, const uint8_t *record, size_t len)
{
    if (*count == most) {
        exit(3); /* not stored: not sent */
    }
    memcpy(log + *count * len, record, len);
    ++*count;
}

static void keep_mark(device *own, const uint8_t *record)
{
    append(own->stored.marks[0], 16, &own->stored.mark_count, record, WATTSUM_MARK_RECORD_LEN);
}

static void keep_generation(device *own, const uint8_t *record)
{
    append(own->stored.generations[0], 8, &own->stored.generation_count, record, WATTSUM_CMT_GENERATION_RECORD_LEN);
    MUST(wattsum_cmt_meter_export(own->meter, own->stored.state, sizeof own->stored.state, &own->stored.state_len));
}

static wattsum_cmt_setup setup_of(const flash *stored)
{
    wattsum_cmt_setup setup;
    setup.params = &params;
    setup.epoch = &stored->epoch;
    setup.lists = &stored->lists;
    setup.utility = &stored->supplier;
    setup.own = &stored->own;
    setup.first_channel = 0;
    return setup;
}

/* After each start: with a state the meter goes on in its ring, without one it waits for the next. All records are
 * replayed before anything else. */
static void meter_start_up(device *own)
{
    const wattsum_cmt_setup setup = setup_of(&own->stored);
    if (own->stored.state_len == 0) {
        MUST(wattsum_cmt_meter_new(own->memory, sizeof own->memory, &setup, &own->meter, NULL));
    } else {
        MUST(wattsum_cmt_meter_import(
            own->memory, sizeof own->memory, &setup, own->stored.state, own->stored.state_len, &own->meter, NULL));
    }
    MUST(wattsum_mark_new(&own->mark));
    for (size_t i = 0; i < own->stored.mark_count; i++) {
        MUST(wattsum_mark_replay(&own->mark, own->stored.marks[i], WATTSUM_MARK_RECORD_LEN));
    }
    for (size_t i = 0; i < own->stored.generation_count; i++) {
        MUST(wattsum_cmt_meter_replay(own->meter, own->stored.generations[i], WATTSUM_CMT_GENERATION_RECORD_LEN));
    }
}

/* Answers the Token of the concentrator that it expects with its first key, sealed. */
static void meter_join(
    device *own, uint64_t now, const wattsum_cmt_entry *lead, const uint8_t *token, size_t len,
        uint8_t key[FIRST_KEY])
{
    uint8_t record[WATTSUM_CMT_GENERATION_RECORD_LEN];
    size_t key_len;
    MUST(wattsum_cmt_meter_join(
        own->meter, own->stored.link, now, lead, token, len, draw(), record, key, FIRST_KEY, &key_len, NULL));
    keep_generation(own, record); /* stored first, sent then */
}

/* Takes its place: between whom, the Seat says, and the draw. On a device the neighbours' entries come from the
 * head end, each with its announcement and its proof; here they are checked already. */
static void meter_sit(device *own, const wattsum_cmt_entry *everybody, const uint8_t *seat, size_t len)
{
    uint32_t positions[WATTSUM_CMT_NEIGHBOURS];
    wattsum_cmt_entry around[WATTSUM_CMT_NEIGHBOURS];
    size_t count;
    MUST(wattsum_cmt_meter_neighbours(own->meter, seat, len, positions, &count, NULL));
    for (size_t i = 0; i < count; i++) {
        around[i] = everybody[positions[i]];
    }
    MUST(wattsum_cmt_meter_seat(own->meter, own->stored.link, seat, len, around, count, NULL));
    MUST(wattsum_cmt_meter_export(own->meter, own->stored.state, sizeof own->stored.state, &own->stored.state_len));
    own->before = positions[0];
    own->after = positions[1];
}

/* The same in a ring from which somebody was cut out. */
static void meter_heal(
    device *own, uint64_t now, const wattsum_cmt_entry *everybody, const uint8_t *heal, size_t len)
{
    uint8_t record[WATTSUM_CMT_GENERATION_RECORD_LEN];
    uint32_t positions[WATTSUM_CMT_NEIGHBOURS];
    wattsum_cmt_entry around[WATTSUM_CMT_NEIGHBOURS];
    size_t count;
    MUST(wattsum_cmt_meter_healed_neighbours(own->meter, heal, len, positions, &count, NULL));
    for (size_t i = 0; i < count; i++) {
        around[i] = everybody[positions[i]];
    }
    MUST(wattsum_cmt_meter_heal(own->meter, own->stored.link, now, heal, len, around, count, record, NULL));
    keep_generation(own, record);
    own->before = positions[0];
    own->after = positions[1];
}

/* A round: takes δ of the member before, gives its own to the member after, and its contribution to the supplier. */
static void meter_relay(
    device *own, uint64_t round, int64_t wh, uint8_t delta[DELTA], uint8_t contribution[CONTRIBUTION])
{
    uint8_t record[WATTSUM_MARK_RECORD_LEN], next[DELTA];
    MUST(wattsum_cmt_meter_relay(own->meter, &own->mark, round, round, &wh, 1, delta, DELTA, draw(), record,
        contribution,
        CONTRIBUTION, next, DELTA, NULL));
    keep_mark(own, record); /* stored first, sent then */
    memcpy(delta, next, DELTA);
}

/* ---- the others, in the same program ---- */

static device devices[METERS];
static wattsum_cmt_entry entries[METERS];
static uint8_t supplier_identity[32], supplier_link[32];
static wattsum_roster *roster;
static wattsum_cmt_supplier *supplier;
static wattsum_cmt_book *book; /* the concentrator's */
static uint32_t lead;

/* Everybody announces a link key, the supplier commits to the list, and the beacon begins the epoch. */
static void begin(void)
{
    struct {
        uint32_t id;
        uint8_t role, identity_public[32], announcement[WATTSUM_LINK_KEY_FRAME_LEN];
    } known[1 + METERS];
    const uint64_t beacon_time = (uint64_t)FIRST * PERIOD - 3600;
    uint8_t link_public[32], root[WATTSUM_ROOT_FRAME_LEN], record[WATTSUM_ROOT_RECORD_LEN], beacon[32], path[32 * 32];
    wattsum_forming forming;
    wattsum_epoch epoch;
    wattsum_lists lists;
    wattsum_member members[1 + METERS];
    size_t hashes;
    MUST(wattsum_cmt_forming(&params, 1, FIRST, &forming));
    MUST(wattsum_roster_new(&forming, &roster));
    for (uint32_t i = 0; i <= METERS; i++) {
        uint8_t *identity = i == 0 ? supplier_identity : devices[i - 1].stored.identity;
        uint8_t *link = i == 0 ? supplier_link : devices[i - 1].stored.link;
        known[i].id = i == 0 ? 0 : 99 + i;
        known[i].role = i == 0 ? WATTSUM_ROLE_UTILITY : WATTSUM_ROLE_METER;
        MUST(wattsum_identity_generate(draw(), identity, known[i].identity_public));
        MUST(wattsum_link_generate(draw(), link, link_public));
        MUST(wattsum_link_announce(
            &forming, known[i].id, known[i].role, identity, link_public, known[i].announcement));
        MUST(wattsum_roster_add(roster, known[i].id, known[i].role, known[i].identity_public, known[i].announcement,
            sizeof known[i].announcement, NULL));
    }
    MUST(wattsum_roster_build(roster));
    MUST(wattsum_roster_lists(roster, &lists));
    MUST(wattsum_roster_root(roster, LAST, beacon_time, supplier_identity, root));
    /* Each party pins the root before the beacon is out; gateway.c shows how it is stored. */
    MUST(wattsum_root_accept(
        &forming, known[0].identity_public, beacon_time - 3600, NULL, root, sizeof root, record, NULL));
    memcpy(beacon, draw(), sizeof beacon); /* public randomness that nobody can know before its time */
    MUST(wattsum_epoch_begin(&forming, record, beacon, beacon_time, &epoch));
    for (uint32_t i = 0; i <= METERS; i++) {
        uint32_t id;
        MUST(wattsum_roster_path(roster, WATTSUM_LIST_ROSTER, i, &id, path, 32, &hashes));
        MUST(wattsum_member_announced(&forming, id, known[i].role, known[i].identity_public, known[i].announcement,
            sizeof known[i].announcement, &members[i], NULL));
        MUST(wattsum_member_verify(&epoch, &lists, WATTSUM_LIST_ROSTER, i, &members[i], path, hashes, NULL));
    }
    for (uint32_t i = 0; i < METERS; i++) {
        flash *stored = &devices[i].stored;
        entries[i].position = i;
        entries[i].member = members[i + 1];
        stored->epoch = epoch;
        stored->lists = lists;
        stored->supplier = members[0];
        stored->own = entries[i];
        meter_start_up(&devices[i]);
    }
    MUST(wattsum_cmt_supplier_new(&params, &epoch, roster, supplier_identity, supplier_link, &supplier));
}

static device *meter_with(uint32_t id)
{
    return &devices[id - 100];
}

/* The concentrator gets no Seat: whoever has it for its predecessor is its successor. */
static void close_circle(uint32_t cut)
{
    for (uint32_t i = 0; i < METERS; i++) {
        if (i != lead && i != cut && devices[i].before == lead) {
            devices[lead].after = i;
        }
    }
}

/* The concentrator issues tokens, gathers first keys, and tells places; the supplier gets the sum of the keys. */
static void form(uint64_t round)
{
    uint32_t positions[METERS], receiver, sender;
    uint8_t record[WATTSUM_CMT_GENERATION_RECORD_LEN], frame[FRAME], key[FIRST_KEY];
    wattsum_cmt_gathering *gathering;
    wattsum_cmt_outbox *frames;
    wattsum_cmt_setup setup;
    size_t len, count;
    for (uint32_t i = 0; i < METERS; i++) {
        positions[i] = i;
    }
    MUST(wattsum_cmt_concentrator(&devices[0].stored.epoch, 1, positions, METERS, &lead)); /* nobody chooses */
    setup = setup_of(&devices[lead].stored);
    MUST(wattsum_cmt_gathering_open(devices[lead].meter, &setup, devices[lead].stored.link, round, round, 1,
        entries, METERS,
        draw(), record, &gathering, &frames, NULL));
    keep_generation(&devices[lead], record);
    MUST(wattsum_cmt_outbox_count(frames, &count));
    for (size_t i = 0; i < count; i++) {
        MUST(wattsum_cmt_outbox_frame(frames, i, &receiver, frame, sizeof frame, &len));
        meter_join(meter_with(receiver), round, &entries[lead], frame, len, key);
        MUST(wattsum_cmt_gathering_accept(gathering, key, sizeof key, &sender, NULL));
    }
    MUST(wattsum_cmt_outbox_free(frames));
    MUST(wattsum_cmt_gathering_close(gathering, devices[lead].meter, &frames, &book));
    MUST(wattsum_cmt_gathering_free(gathering));
    MUST(wattsum_cmt_meter_export(devices[lead].meter, devices[lead].stored.state, WATTSUM_CMT_METER_STATE_MAX,
        &devices[lead].stored.state_len)); /* and the book, wattsum_cmt_book_export, before the frames leave */
    for (size_t i = 0; i <= count; i++) {
        MUST(wattsum_cmt_outbox_frame(frames, i, &receiver, frame, sizeof frame, &len));
        if (receiver != 0) {
            meter_sit(meter_with(receiver), entries, frame, len);
        } else {
            MUST(wattsum_cmt_supplier_register(supplier, round, 100 + lead, frame, len, NULL));
        }
    }
    MUST(wattsum_cmt_outbox_free(frames));
    close_circle(NOBODY);
}

/* Once around the ring, or until a meter that is silent; everything that comes is taken. */
static wattsum_cmt_round *run(uint64_t round, const int64_t wh[METERS], uint32_t silent)
{
    uint8_t record[WATTSUM_MARK_RECORD_LEN], progress[WATTSUM_CMT_ROUND_RECORD_LEN];
    uint8_t start[WATTSUM_CMT_START_LEN], delta[DELTA], contribution[CONTRIBUTION];
    device *first = &devices[lead];
    wattsum_cmt_round *running;
    uint32_t name;
    size_t len;
    MUST(wattsum_cmt_supplier_open(supplier, round, round, progress, &running)); /* `progress` is stored here */
    MUST(wattsum_cmt_round_frame(running, start, sizeof start, &len));
    MUST(wattsum_cmt_meter_start(first->meter, &first->mark, round, round, &wh[lead], 1, start, len, draw(),
        record, delta,
        sizeof delta, &len, NULL));
    keep_mark(first, record);
    for (uint32_t at = first->after; at != lead; at = devices[at].after) {
        if (at == silent) {
            return running; /* nobody behind it has a δ to go on with */
        }
        meter_relay(&devices[at], round, wh[at], delta, contribution);
        MUST(wattsum_cmt_round_accept(running, contribution, sizeof contribution, &name, NULL));
    }
    MUST(wattsum_cmt_meter_close(first->meter, round, delta, sizeof delta, contribution, sizeof contribution,
        &len, NULL));
    MUST(wattsum_cmt_round_accept(running, contribution, len, &name, NULL));
    return running;
}

static void sum_is(wattsum_cmt_round *running, uint64_t round, int64_t truth, uint32_t members)
{
    int64_t sum;
    uint32_t meters;
    MUST(wattsum_cmt_round_close(running, &sum, 1, &meters));
    MUST(wattsum_cmt_round_free(running));
    printf("round %u: %lld Wh of %u meters\n", (unsigned)round, (long long)sum, (unsigned)meters);
    if (sum != truth || meters != members) {
        exit(4);
    }
}

/* The supplier gives a round up that misses somebody, and the concentrator cuts out who fell silent. */
static void heal(wattsum_cmt_round *running, uint64_t round)
{
    uint8_t lost[WATTSUM_CMT_LOST_LEN(METERS)], progress[WATTSUM_CMT_ROUND_RECORD_LEN], frame[FRAME];
    uint8_t record[WATTSUM_CMT_GENERATION_RECORD_LEN];
    wattsum_cmt_outbox *frames;
    uint32_t silent[METERS], receiver;
    size_t len, count;
    MUST(wattsum_cmt_supplier_discard(supplier, running, progress, lost, sizeof lost, &len));
    MUST(wattsum_cmt_round_free(running));
    MUST(wattsum_cmt_book_silent(book, round, lost, len, silent, METERS, &count, NULL));
    printf("round %u is lost: the meter at position %u is silent\n", (unsigned)round, (unsigned)silent[0]);
    MUST(wattsum_cmt_book_heal(book, devices[lead].meter, devices[lead].stored.link, round, round + 1, 2, silent,
        count,
        draw(), record, &frames, NULL));
    keep_generation(&devices[lead], record);
    MUST(wattsum_cmt_outbox_count(frames, &count));
    for (size_t i = 0; i < count; i++) {
        MUST(wattsum_cmt_outbox_frame(frames, i, &receiver, frame, sizeof frame, &len));
        if (receiver != 0) {
            meter_heal(meter_with(receiver), round, entries, frame, len);
        } else {
            MUST(wattsum_cmt_supplier_heal(supplier, round, frame, len, NULL));
        }
    }
    MUST(wattsum_cmt_outbox_free(frames));
    close_circle(silent[0]);
}

int main(void)
{
    static const int64_t wh[METERS] = {120, 45, 0, 980, 61, -300, 12};
    uint32_t silent, other;
    begin();
    form(FIRST);
    sum_is(run(FIRST, wh, NOBODY), FIRST, 918, METERS);

    /* A meter loses its power: what it had in memory is gone. */
    other = devices[lead].after;
    memset(devices[other].memory, 0xA5, sizeof devices[other].memory);
    meter_start_up(&devices[other]);
    sum_is(run(FIRST + 1, wh, NOBODY), FIRST + 1, 918, METERS);

    silent = devices[other].after;
    heal(run(FIRST + 2, wh, silent), FIRST + 2);
    sum_is(run(FIRST + 3, wh, NOBODY), FIRST + 3, 918 - wh[silent], METERS - 1);

    for (uint32_t i = 0; i < METERS; i++) {
        MUST(wattsum_cmt_meter_free(devices[i].meter));
    }
    MUST(wattsum_cmt_book_free(book));
    MUST(wattsum_cmt_supplier_free(supplier));
    MUST(wattsum_roster_free(roster));
    printf("wattsum %s: all sums are right\n", wattsum_version());
    return 0;
}

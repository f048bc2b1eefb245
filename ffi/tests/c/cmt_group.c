/* Rings in C from their first key to their sums: in all modes, with a member that falls silent, with healings,
 * through losses of power. */
#include "wattsum.h"
#include "cmt_round.h"

static ring all;
static const uint32_t everybody[ring_meters] = {0, 1, 2, 3, 4, 5, 6, 7, 8};

/* Good frames, twice, bad ones between them: each has its own outcome, and nothing bad gets in. */
static void mixed_batch(uint64_t round, const uint32_t *members, size_t count)
{
    enum { most = 2 * ring_meters + 6 };
    ring_round sent;
    uint8_t flipped[ring_contribution], foreign[ring_contribution], other_round[ring_contribution];
    wattsum_bytes batch[most];
    wattsum_status statuses[most], expected[most];
    uint32_t names[most], again[ring_meters], missing[ring_meters], meters = 77;
    int64_t sums[ring_channels] = {77, 77};
    size_t n = 0, left = 0;
    wattsum_cmt_round *running = ring_run(&all, round, members, count, ring_meters, &sent);
    memcpy(flipped, sent.frames[0], sizeof flipped);
    flipped[20] ^= 1;
    memcpy(foreign, sent.frames[0], sizeof foreign);
    foreign[8] ^= 0xFF;
    memcpy(other_round, sent.frames[0], sizeof other_round);
    other_round[12] ^= 1;
#define ITEM(bytes, length, outcome) \
    (batch[n].at = (bytes), batch[n].len = (length), expected[n] = (outcome), n++)
    ITEM(flipped, sizeof flipped, WATTSUM_FAULT_BAD_TAG);
    ITEM(NULL, 0, WATTSUM_MALFORMED_TRUNCATED);
    for (size_t i = 0; i + 1 < count; i++) {
        ITEM(sent.frames[i], ring_contribution, WATTSUM_OK);
        ITEM(sent.frames[i], ring_contribution, WATTSUM_OK);
    }
    ITEM(sent.frames[1], ring_contribution - 1, WATTSUM_FAULT_BAD_TAG);
    ITEM(foreign, sizeof foreign, WATTSUM_FAULT_UNKNOWN_SENDER);
    ITEM(other_round, sizeof other_round, WATTSUM_FAULT_BAD_TAG);
    ITEM(flipped, sizeof flipped, WATTSUM_FAULT_BAD_TAG);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_accept_many(running, batch, n, names, statuses));
    for (size_t i = 0; i < n; i++) {
        CHECK(statuses[i] == expected[i]);
        CHECK((statuses[i] == WATTSUM_MALFORMED_TRUNCATED) == (names[i] == UINT32_MAX));
    }
    CHECK(names[0] == names[2] && names[2] == names[3] && names[2] != names[4]);
    /* One is missing: no sum, and nothing is written. */
    CHECK_STATUS(WATTSUM_QUORUM, wattsum_cmt_round_close(running, sums, ring_channels, &meters));
    CHECK(sums[0] == 77 && meters == 77);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_missing(running, missing, ring_meters, &left));
    CHECK(left == 1);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_round_accept(running, sent.frames[count - 1], ring_contribution, again, NULL));
    CHECK(again[0] == missing[0]);
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_cmt_round_close(running, sums, ring_channels - 1, &meters));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_close(running, sums, ring_channels, &meters));
    CHECK(meters == count && memcmp(sums, sent.truth, sizeof sums) == 0);
    sums[0] = 77;
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_cmt_round_close(running, sums, ring_channels, &meters));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_cmt_round_accept(running, sent.frames[0], ring_contribution, again, NULL));
    CHECK(sums[0] == 77);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_free(running));
}

/* Somebody falls silent: the round is given up, and the concentrator knows who it was. */
static void silent_member(uint64_t round, const uint32_t *members, size_t count, uint32_t silent)
{
    ring_round sent;
    uint8_t lost[WATTSUM_CMT_LOST_LEN(ring_meters)];
    uint32_t names[ring_meters], who[ring_meters] = {99}, position = 99, culprit = 5;
    size_t len = 0, missing = 0, found = 0;
    wattsum_cmt_round *running = ring_run(&all, round, members, count, silent, &sent);
    CHECK(sent.count < count);
    for (size_t i = 0; i < sent.count; i++) {
        CHECK_STATUS(
            WATTSUM_OK, wattsum_cmt_round_accept(running, sent.frames[i], ring_contribution, &names[0], NULL));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_missing(running, names, ring_meters, &missing));
    CHECK(missing == count - sent.count);
    if (missing == 1) {
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_named(all.book, names[0], &position));
        CHECK(position == silent);
    }
    /* Too little room: the round is still there. */
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_cmt_supplier_discard(
            all.supplier, running, all.supplier_records[0], lost, WATTSUM_CMT_LOST_LEN(missing) - 1, &len));
    len = ring_discard(&all, running, lost, sizeof lost);
    CHECK(len == WATTSUM_CMT_LOST_LEN(missing));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_silent(all.book, round, lost, len, who, ring_meters, &found, NULL));
    CHECK(found == 1 && who[0] == silent);
    lost[len - 1] ^= 1;
    CHECK_STATUS(
        WATTSUM_FAULT_BAD_SIGNATURE, wattsum_cmt_book_silent(all.book, round, lost, len, who, ring_meters,
            &found, &culprit));
    CHECK(culprit == 0);
}

/* All parties lose their memory; their stores are there. */
static void power_loss(void)
{
    static uint8_t state[4096], book[4096];
    uint8_t secret[32];
    size_t len = 0, book_len = 0;
    wattsum_cmt_setup setup;
    ring_supplier_store(&all, state, sizeof state, &len);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_free(all.supplier));
    memcpy(secret, all.utility.link, sizeof secret);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_supplier_import(
            &all.params, &all.epoch, all.roster, all.utility.identity, secret, state, len, &all.supplier));
    CHECK(memcmp(secret, (uint8_t[32]) {0}, 32) == 0);
    for (size_t i = 0; i < all.supplier_count; i++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_supplier_replay(all.supplier, all.supplier_records[i], WATTSUM_CMT_ROUND_RECORD_LEN));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_state_len(all.book, &book_len));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_cmt_book_export(all.book, book, book_len - 1, &book_len));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_export(all.book, book, sizeof book, &book_len));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_free(all.book));
    setup = ring_setup(&all, all.lead);
    all.book = NULL;
    book[40] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, wattsum_cmt_book_import(&setup, book, book_len, &all.book));
    CHECK(all.book == NULL);
    book[40] ^= 1;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_import(&setup, book, book_len, &all.book));
    for (uint32_t i = 0; i < ring_meters; i++) {
        ring_device *own = &all.devices[i];
        setup = ring_setup(&all, i);
        memset(own->memory, 0x5A, sizeof own->memory);
        memset(&own->mark, 0x5A, sizeof own->mark);
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&own->mark));
        if (own->state_len == 0) {
            CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_new(own->memory, sizeof own->memory, &setup, &own->meter,
                NULL));
        } else {
            CHECK_STATUS(WATTSUM_OK,
                wattsum_cmt_meter_import(
                    own->memory, sizeof own->memory, &setup, own->state, own->state_len, &own->meter, NULL));
        }
        for (size_t n = 0; n < own->mark_count; n++) {
            CHECK_STATUS(WATTSUM_OK, wattsum_mark_replay(&own->mark, own->marks[n], sizeof own->marks[n]));
        }
        for (size_t n = 0; n < own->generation_count; n++) {
            CHECK_STATUS(
                WATTSUM_OK, wattsum_cmt_meter_replay(own->meter, own->generations[n], sizeof own->generations[n]));
        }
    }
}

/* The supplier stops with a round open: it is lost, and the supplier says so. */
static void interrupted_round(uint64_t round, const uint32_t *members, size_t count)
{
    static uint8_t state[4096];
    ring_round sent;
    uint8_t lost[WATTSUM_CMT_LOST_LEN(0)], record[WATTSUM_CMT_ROUND_RECORD_LEN];
    uint32_t who[ring_meters];
    size_t len = 0, found = 9;
    wattsum_cmt_round *running, *none = NULL;
    ring_supplier_store(&all, state, sizeof state, &len);
    running = ring_run(&all, round, members, count, ring_meters, &sent);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_progress(all.supplier, record));
    CHECK(memcmp(record, all.supplier_records[all.supplier_count - 1], sizeof record) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_free(all.supplier));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_supplier_import(
            &all.params, &all.epoch, all.roster, all.utility.identity, NULL, state, len, &all.supplier));
    for (size_t i = 0; i < all.supplier_count; i++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_supplier_replay(all.supplier, all.supplier_records[i], WATTSUM_CMT_ROUND_RECORD_LEN));
    }
    /* Another supplier's round by now, in a way: it cannot be given up there. */
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
        wattsum_cmt_supplier_discard(all.supplier, running, record, lost, sizeof lost, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_free(running));
    CHECK_STATUS(
        WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_cmt_supplier_open(all.supplier, round, round, record, &none));
    CHECK(none == NULL);
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_cmt_supplier_lost(all.supplier, round, record, lost, sizeof lost - 1, &len));
    CHECK_STATUS(
        WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_cmt_supplier_lost(all.supplier, round + 1, record, lost,
            sizeof lost, &len));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_supplier_lost(
            all.supplier, round, all.supplier_records[all.supplier_count++], lost, sizeof lost, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_silent(all.book, round, lost, len, who, ring_meters, &found, NULL));
    CHECK(found == 0);
    /* Without a link secret no further generation is registered; one with it goes on. */
    {
        uint8_t secret[32];
        size_t again = 0;
        ring_supplier_store(&all, state, sizeof state, &again);
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_free(all.supplier));
        memcpy(secret, all.utility.link, sizeof secret);
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_supplier_import(
                &all.params, &all.epoch, all.roster, all.utility.identity, secret, state, again, &all.supplier));
    }
}

static void whole_life(wattsum_cmt_params params)
{
    uint32_t left[ring_meters], fewer[ring_meters], silent, next;
    size_t count, rest;
    uint64_t round = ring_first;
    ring_form(&all, &params);
    ring_gather(&all, 1, round, everybody, ring_meters);
    mixed_batch(round++, everybody, ring_meters);
    for (; round < ring_first + 12; round++) { /* over a step of the ratchet */
        ring_sum(&all, round, everybody, ring_meters);
        if (round % 4 == 1) {
            power_loss();
        }
    }
    interrupted_round(round++, everybody, ring_meters);
    ring_sum(&all, round++, everybody, ring_meters);

    /* Who falls silent is left out of a new generation... */
    silent = all.after[all.after[all.lead]];
    silent_member(round++, everybody, ring_meters, silent);
    count = ring_without(silent, everybody, ring_meters, left);
    ring_gather(&all, 2, round, left, count);
    ring_sum(&all, round++, left, count);
    power_loss();
    ring_sum(&all, round++, left, count);

    /* ...or cut out of the ring that goes on: one after the other, with a loss of power between. */
    silent = all.after[all.lead];
    silent_member(round++, left, count, silent);
    rest = ring_without(silent, left, count, fewer);
    ring_heal(&all, round, round, 3, &silent, 1, fewer, rest);
    ring_sum(&all, round++, fewer, rest);
    power_loss();
    ring_sum(&all, round++, fewer, rest);
    next = all.before[all.lead == fewer[0] ? fewer[1] : fewer[0]];
    if (next == all.lead) {
        next = all.after[all.lead];
    }
    silent_member(round++, fewer, rest, next);
    {
        uint32_t last[ring_meters];
        const size_t few = ring_without(next, fewer, rest, last);
        ring_heal(&all, round, round, 4, &next, 1, last, few);
        ring_sum(&all, round++, last, few);
    }
    /* All are back. */
    ring_gather(&all, 5, round, everybody, ring_meters);
    ring_sum(&all, round++, everybody, ring_meters);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_wipe_link(all.supplier));
    ring_sum(&all, round++, everybody, ring_meters);
    ring_free(&all);
}

/* A member that forgot its first key draws another one: the concentrator keeps the first, and the supplier refuses
 * what is sent under the other. */
static void forgetful_member(void)
{
    uint8_t frame[ring_frame], key[ring_first_key], lost[WATTSUM_CMT_LOST_LEN(0)],
        record[WATTSUM_CMT_ROUND_RECORD_LEN];
    wattsum_cmt_params params = ring_params(WATTSUM_CMT_DERIVED);
    wattsum_cmt_gathering *gathering = NULL;
    wattsum_cmt_outbox *outbox = NULL;
    wattsum_cmt_book *book = NULL;
    ring_round sent;
    int64_t sums[ring_channels] = {77, 77};
    uint32_t lead, receiver, sender, meters = 77, strange = ring_meters;
    size_t len = 0, frames = 0;
    ring_form(&all, &params);
    lead = ring_lead(&all, 1, everybody, ring_meters);
    {
        const wattsum_cmt_setup setup = ring_setup(&all, lead);
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_gathering_open(all.devices[lead].meter, &setup, all.parties[lead].link, ring_first,
                ring_first, 1,
                all.entries, ring_meters, entropy(), ring_generation_record(&all, lead), &gathering, &outbox, NULL));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_count(outbox, &frames));
    for (size_t i = 0; i < frames; i++) {
        uint32_t position;
        ring_device *own;
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_frame(outbox, i, &receiver, frame, sizeof frame, &len));
        position = ring_position(&all, receiver);
        own = &all.devices[position];
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_meter_join(own->meter, all.parties[position].link, ring_first, &all.entries[lead], frame, len,
                entropy(), ring_generation_record(&all, position), key, sizeof key, &len, NULL));
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_accept(gathering, key, len, &sender, NULL));
        CHECK(sender == receiver);
        if (i == 2) { /* forgets that it joined, and draws another key */
            const wattsum_cmt_setup setup = ring_setup(&all, position);
            strange = position;
            CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_new(own->memory, sizeof own->memory, &setup, &own->meter,
                NULL));
            CHECK_STATUS(WATTSUM_OK,
                wattsum_cmt_meter_join(own->meter, all.parties[position].link, ring_first, &all.entries[lead], frame,
                    WATTSUM_CMT_TOKEN_LEN, entropy(), ring_generation_record(&all, position), key, sizeof key,
                        &len, NULL));
            CHECK_STATUS(
                WATTSUM_FAULT_CONTRADICTION, wattsum_cmt_gathering_accept(gathering, key, len, &receiver, &sender));
            CHECK(sender == all.parties[strange].id);
        }
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_free(outbox));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_close(gathering, all.devices[lead].meter, &outbox, &book));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_free(gathering));
    all.lead = lead;
    all.book = book;
    for (size_t i = 0; i <= frames; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_frame(outbox, i, &receiver, frame, sizeof frame, &len));
        if (receiver == 0) {
            CHECK_STATUS(
                WATTSUM_OK, wattsum_cmt_supplier_register(all.supplier, ring_first, all.parties[lead].id, frame,
                    len, NULL));
        } else {
            ring_sit(&all, ring_position(&all, receiver), frame, len, 0, ring_first);
        }
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_free(outbox));
    {
        wattsum_cmt_round *running = ring_run(&all, ring_first, everybody, ring_meters, ring_meters, &sent);
        for (size_t i = 0; i < sent.count; i++) {
            /* Its token key is another one too. */
            CHECK_STATUS(i == strange ? WATTSUM_FAULT_BAD_TAG : WATTSUM_OK,
                wattsum_cmt_round_accept(running, sent.frames[i], ring_contribution, &sender, NULL));
        }
        CHECK_STATUS(WATTSUM_QUORUM, wattsum_cmt_round_close(running, sums, ring_channels, &meters));
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_free(running));
        CHECK(sums[0] == 77 && meters == 77);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_lost(all.supplier, ring_first, record, lost, sizeof lost, &len));
    ring_free(&all);
}

/* Two neighbours without a common key give a sum that cannot be, and the supplier says that the round is lost. */
static void impossible_sum(void)
{
    const wattsum_cmt_params params = ring_params(WATTSUM_CMT_DERIVED);
    uint8_t lost[WATTSUM_CMT_LOST_LEN(0)], record[WATTSUM_CMT_ROUND_RECORD_LEN];
    int64_t sums[ring_channels] = {77, 77};
    uint32_t name, meters = 77;
    size_t len = 0;
    ring_round sent;
    wattsum_cmt_round *running;
    ring_form(&all, &params);
    all.deceived = 1 + (ring_lead(&all, 1, everybody, ring_meters) == 0 ? 1 : 0);
    ring_gather(&all, 1, ring_first, everybody, ring_meters);
    running = ring_run(&all, ring_first, everybody, ring_meters, ring_meters, &sent);
    for (size_t i = 0; i < sent.count; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_accept(running, sent.frames[i], ring_contribution, &name, NULL));
    }
    CHECK_STATUS(WATTSUM_INCONSISTENT, wattsum_cmt_round_close(running, sums, ring_channels, &meters));
    CHECK(sums[0] == 77 && sums[1] == 77 && meters == 77);
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_cmt_round_close(running, sums, ring_channels, &meters));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_cmt_supplier_discard(all.supplier, running, record, lost, sizeof lost, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_free(running));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_lost(all.supplier, ring_first, record, lost, sizeof lost, &len));
    CHECK(len == sizeof lost);
    ring_free(&all);
}

int main(void)
{
    wattsum_cmt_params params = ring_params(WATTSUM_CMT_DRAWN);
    whole_life(params);
    params.modulus = 1000000007000003;
    whole_life(params);
    params = ring_params(WATTSUM_CMT_DERIVED);
    whole_life(params);
    params.second_ring = 1;
    whole_life(params);
    forgetful_member();
    impossible_sum();
    return counted();
}

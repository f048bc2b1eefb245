/* Wrong calls of a ring's head end, and of its concentrator: each has its status, and outputs stay as they were. */
#include "wattsum.h"
#include "cmt_round.h"

static ring all;
static const uint32_t everybody[ring_meters] = {0, 1, 2, 3, 4, 5, 6, 7, 8};

static void drawn(void)
{
    uint8_t out[ring_frame], canary[ring_frame], secret[32], state[4096];
    wattsum_cmt_params params = ring_params(WATTSUM_CMT_DRAWN);
    wattsum_cmt_gathering *gathering = NULL, *no_gathering = NULL;
    wattsum_cmt_outbox *outbox = NULL, *no_outbox = NULL;
    wattsum_cmt_book *no_book = NULL;
    wattsum_cmt_round *running = NULL, *no_round = NULL;
    wattsum_cmt_supplier *no_supplier = NULL;
    wattsum_cmt_setup setup;
    wattsum_cmt_entry entries[ring_meters], swapped;
    wattsum_cmt_registered registered;
    wattsum_bytes item = {out, 10};
    wattsum_status status = WATTSUM_PANIC;
    uint32_t lead, other, ids[ring_meters], culprit = 5, position = 99;
    size_t len = 7;
    uint8_t *record = out;
    ring_form(&all, &params);
    memset(canary, 0xEE, sizeof canary);
    memcpy(out, canary, sizeof out);
    memcpy(entries, all.entries, sizeof entries);
    lead = ring_lead(&all, 1, everybody, ring_meters);
    other = lead == 0 ? 1 : 0;
    setup = ring_setup(&all, lead);

    /* The draw. */
    ids[0] = 3;
    ids[1] = 2;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_VALUE, wattsum_cmt_concentrator(&all.epoch, 1, ids, 2, &position));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_cmt_concentrator(&all.epoch, 1, NULL, 0, &position));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_cmt_concentrator(NULL, 1, everybody, 9, &position));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_cmt_concentrator(&all.epoch, 1, ids, 9, &ids[2]));
    CHECK(position == 99);

    /* Making a supplier. */
    memcpy(secret, all.utility.link, sizeof secret);
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
        wattsum_cmt_supplier_new(&all.params, &all.epoch, all.roster, all.parties[0].identity, secret, &no_supplier));
    CHECK(memcmp(secret, all.utility.link, sizeof secret) == 0);
    secret[0] ^= 8;
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
        wattsum_cmt_supplier_new(&all.params, &all.epoch, all.roster, all.utility.identity, secret, &no_supplier));
    secret[0] ^= 8;
    CHECK_STATUS(WATTSUM_MISUSE_NULL,
        wattsum_cmt_supplier_new(&all.params, &all.epoch, NULL, all.utility.identity, secret, &no_supplier));
    CHECK_STATUS(WATTSUM_MISUSE_NULL,
        wattsum_cmt_supplier_new(&all.params, &all.epoch, all.roster, all.utility.identity, NULL, &no_supplier));
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD,
        wattsum_cmt_supplier_import(
            &all.params, &all.epoch, all.roster, all.utility.identity, secret, canary, 100, &no_supplier));
    CHECK(no_supplier == NULL && memcmp(secret, all.utility.link, sizeof secret) == 0);

    /* A supplier without a ring. */
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_registered(all.supplier, &registered));
    CHECK(registered.generation == 0 && registered.concentrator == 0 && registered.until == WATTSUM_CMT_NO_ROUND);
    CHECK_STATUS(WATTSUM_MISUSE_NO_RING, wattsum_cmt_supplier_open(all.supplier, ring_first, ring_first, record,
        &no_round));
    CHECK_STATUS(WATTSUM_MISUSE_NO_RING, wattsum_cmt_supplier_lost(all.supplier, ring_first, record, out + 32,
        200, &len));
    CHECK_STATUS(WATTSUM_MISUSE_NO_RING, wattsum_cmt_supplier_heal(all.supplier, ring_first, out, 10, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, wattsum_cmt_supplier_register(all.supplier, ring_first, 12345,
        out, 10, NULL));
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED,
        wattsum_cmt_supplier_register(all.supplier, ring_first, all.parties[0].id, NULL, 0, NULL));
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, wattsum_cmt_supplier_replay(all.supplier, out, 14));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_cmt_supplier_open(NULL, ring_first, ring_first, record, &no_round));
    CHECK_STATUS(WATTSUM_MISUSE_ROUND_TOO_LARGE,
        wattsum_cmt_supplier_open(all.supplier, UINT64_MAX, ring_first, record, &no_round));

    /* Opening a generation. */
#define OPEN(meter, setup, link, from, generation, members, count) \
    wattsum_cmt_gathering_open(meter, setup, link, ring_first, from, generation, members, count, entropy(), record, \
        &no_gathering, &no_outbox, &culprit)
    {
        wattsum_cmt_meter *meter = all.devices[lead].meter, *elsewhere = all.devices[other].meter;
        wattsum_cmt_setup others = ring_setup(&all, other);
        wattsum_epoch moved = all.epoch;
        const uint8_t *link = all.parties[lead].link;
        CHECK_STATUS(WATTSUM_MISUSE_NULL, OPEN(NULL, &setup, link, ring_first, 1, entries, ring_meters));
        CHECK_STATUS(WATTSUM_MISUSE_NULL, OPEN(meter, NULL, link, ring_first, 1, entries, ring_meters));
        CHECK_STATUS(WATTSUM_MISUSE_NULL, OPEN(meter, &setup, NULL, ring_first, 1, entries, ring_meters));
        CHECK_STATUS(WATTSUM_MISUSE_NULL, OPEN(meter, &setup, link, ring_first, 1, NULL, ring_meters));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
            OPEN(elsewhere, &others, all.parties[other].link, ring_first, 1, entries, ring_meters));
        CHECK_STATUS(
            WATTSUM_MISUSE_WRONG_ROLE, OPEN(meter, &setup, all.parties[other].link, ring_first, 1, entries,
                ring_meters));
        /* Another member's setup: its generation could never be closed. */
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE, OPEN(meter, &others, link, ring_first, 1, entries, ring_meters));
        CHECK_STATUS(WATTSUM_MISUSE_GENERATION_USED, OPEN(meter, &setup, link, ring_first, 0, entries, ring_meters));
        CHECK_STATUS(WATTSUM_MISUSE_GENERATION_USED, OPEN(meter, &setup, link, ring_first, 65, entries, ring_meters));
        CHECK_STATUS(WATTSUM_MISUSE_ROUND_FAR_FROM_NOW, OPEN(meter, &setup, link, ring_first + 9, 1, entries,
            ring_meters));
        CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, OPEN(meter, &setup, link, ring_first, 1, NULL, 0));
        swapped = entries[0];
        entries[0] = entries[1];
        entries[1] = swapped;
        CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, OPEN(meter, &setup, link, ring_first, 1, entries, ring_meters));
        entries[1] = entries[0];
        entries[0] = swapped;
        entries[other].member.role = WATTSUM_ROLE_HOLDER;
        CHECK_STATUS(WATTSUM_MISUSE_BAD_VALUE, OPEN(meter, &setup, link, ring_first, 1, entries, ring_meters));
        entries[other] = all.entries[other];
        memset(entries[other].member.link, 0, 32);
        culprit = 5;
        CHECK_STATUS(WATTSUM_FAULT_LOW_ORDER_KEY, OPEN(meter, &setup, link, ring_first, 1, entries, ring_meters));
        CHECK(culprit == entries[other].member.id);
        entries[other] = all.entries[other];
        {
            const uint32_t start = lead < 4 ? lead : lead - 3;
            CHECK_STATUS(WATTSUM_MISUSE_RING_TOO_SMALL, OPEN(meter, &setup, link, ring_first, 1, entries + start, 4));
        }
        moved.beacon[0] ^= 1;
        setup.epoch = &moved;
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_SESSION, OPEN(meter, &setup, link, ring_first, 1, entries, ring_meters));
        setup = ring_setup(&all, lead);
        CHECK(no_gathering == NULL && no_outbox == NULL);
        CHECK(memcmp(out, canary, sizeof out) == 0 && len == 7);
        CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_gathering_open(meter, &setup, link, ring_first, ring_first, 1, entries, ring_meters,
                entropy(),
                ring_generation_record(&all, lead), &gathering, &outbox, NULL));
        /* The same once more: its number is used up. */
        CHECK_STATUS(WATTSUM_MISUSE_GENERATION_USED, OPEN(meter, &setup, link, ring_first, 1, entries, ring_meters));
        CHECK_STATUS(WATTSUM_QUORUM, wattsum_cmt_gathering_close(gathering, meter, &no_outbox, &no_book));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE, wattsum_cmt_gathering_close(gathering, elsewhere, &no_outbox,
            &no_book));
        CHECK_STATUS(WATTSUM_QUORUM, wattsum_cmt_gathering_close(gathering, meter, &no_outbox, &no_book));
    }
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_cmt_gathering_missing(gathering, ids, ring_meters - 2, &len));
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED, wattsum_cmt_gathering_accept(gathering, out, 10, &position, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_cmt_gathering_accept_many(gathering, NULL, 1, ids, &status));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_cmt_gathering_accept_many(gathering, &item, 1, NULL, &status));
    CHECK(status == WATTSUM_PANIC && position == 99);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_accept_many(gathering, &item, 1, ids, &status));
    CHECK(status / 100 == 2 && ids[0] == UINT32_MAX);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_accept_many(gathering, NULL, 0, NULL, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, wattsum_cmt_outbox_frame(outbox, ring_meters - 1, &position, out,
        100, &len));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_cmt_outbox_frame(outbox, 0, &position, out, WATTSUM_CMT_TOKEN_LEN - 1, &len));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_cmt_outbox_frame(outbox, 0, NULL, out, 100, &len));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_cmt_outbox_frame((wattsum_cmt_outbox *)(void *)gathering, 0,
        &position, out, 100, &len));
    CHECK(position == 99 && len == 7 && no_outbox == NULL && no_book == NULL);
    CHECK(memcmp(out, canary, sizeof out) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_free(outbox));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_free(gathering));

    /* Generation 1 is spent at its concentrator; the next one forms. */
    ring_gather(&all, 2, ring_first, everybody, ring_meters);
    {
        ring_device *own = &all.devices[all.lead];
        const uint8_t *link = all.parties[all.lead].link;
        const uint32_t cut[2] = {all.lead, 99}, good = all.after[all.lead];
        wattsum_cmt_meter *member = all.devices[good].meter;
#define HEAL(meter, link, from, generation, cut, count) \
    wattsum_cmt_book_heal(all.book, meter, link, ring_first, from, generation, cut, count, entropy(), record, \
        &no_outbox, &culprit)
        CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, HEAL(own->meter, link, ring_first, 3, &good, 1));
        CHECK_STATUS(WATTSUM_MISUSE_EMPTY_GROUP, HEAL(own->meter, link, ring_first + 1, 3, NULL, 0));
        CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, HEAL(own->meter, link, ring_first + 1, 3, cut, 1));
        CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, HEAL(own->meter, link, ring_first + 1, 3, cut + 1, 1));
        CHECK_STATUS(WATTSUM_MISUSE_GENERATION_USED, HEAL(own->meter, link, ring_first + 1, 2, &good, 1));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE, HEAL(member, all.parties[good].link, ring_first + 1, 3, &good, 1));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE, HEAL(own->meter, all.parties[good].link, ring_first + 1, 3,
            &good, 1));
        CHECK_STATUS(WATTSUM_MISUSE_NULL, HEAL(NULL, link, ring_first + 1, 3, &good, 1));
        CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, wattsum_cmt_book_named(all.book, 1, &position));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_cmt_book_members(all.book, ids, 3, &len));
        CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED,
            wattsum_cmt_book_silent(all.book, ring_first, out, 10, ids, ring_meters, &len, NULL));
        CHECK(no_outbox == NULL && position == 99 && len == 7 && memcmp(out, canary, sizeof out) == 0);
        /* The concentrator's steps at a member, a member's at the concentrator, and δ of nowhere. */
        CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED,
            wattsum_cmt_meter_start(own->meter, &own->mark, ring_first, ring_first, (const int64_t[2]) {1, 2}, 2,
                canary,
                10, entropy(), record, out + 64, 100, &len, NULL));
        CHECK_STATUS(WATTSUM_FAULT_NOT_EXPECTED,
            wattsum_cmt_meter_close(own->meter, ring_first, out, 10, out + 64, 100, &len, &culprit));
        CHECK(ring_position(&all, culprit) < ring_meters && culprit != all.parties[all.lead].id);
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
            wattsum_cmt_meter_relay(own->meter, &own->mark, ring_first, ring_first, (const int64_t[2]) {1, 2}, 2,
                canary,
                10, entropy(), record, out + 64, 100, out + 200, 100, NULL));
    }
    CHECK_STATUS(WATTSUM_MISUSE_ROUND_OUTSIDE_EPOCH,
        wattsum_cmt_supplier_open(all.supplier, ring_first, ring_first - 1, record, &no_round));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_open(all.supplier, ring_first, ring_first,
        all.supplier_records[0], &running));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_cmt_round_frame(running, out, WATTSUM_CMT_START_LEN - 1, &len));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_cmt_round_missing(running, ids, 2, &len));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_cmt_round_accept(running, NULL, 3, &position, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_cmt_round_accept(running, out, 40, NULL, NULL));
    status = WATTSUM_PANIC;
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_cmt_round_accept_many(running, &item, 1, (uint32_t *)(void *)&item, &status));
    CHECK(status == WATTSUM_PANIC);
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_cmt_supplier_export(all.supplier, state, 10, &len));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_cmt_supplier_export(all.supplier, NULL, 0, &len));
    CHECK(position == 99 && len == 7 && no_round == NULL && memcmp(out, canary, sizeof out) == 0);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_cmt_round_free((wattsum_cmt_round *)(void *)all.supplier));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_free(running));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_free(NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_free(NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_free(NULL));
    ring_free(&all);
}

static void derived(void)
{
    uint8_t out[ring_frame];
    size_t len = 7;
    wattsum_cmt_round *running = NULL;
    const wattsum_cmt_params params = ring_params(WATTSUM_CMT_DERIVED);
    ring_form(&all, &params);
    ring_gather(&all, 1, ring_first, everybody, ring_meters);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_open(all.supplier, ring_first, ring_first,
        all.supplier_records[0], &running));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_MODE, wattsum_cmt_round_frame(running, out, sizeof out, &len));
    CHECK(len == 7);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_free(running));
    ring_free(&all);
}

int main(void)
{
    drawn();
    derived();
    return counted();
}

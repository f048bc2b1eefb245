/* dcnet: wrong calls and bad bytes. Each has its status, outputs stay as they were, and the round goes on. */
#include <stdlib.h>

#include "wattsum.h"
#include "dcnet_play.h"
#include "refused.h"

static const uint8_t quorum[] = {1, 2, 3};
static uint8_t present[net_meters];

#define HANDLE(type) ((type **)(void *)&out.handle)
#define ODD(type, pointer) ((type *)(void *)((uint8_t *)(pointer) + 1))

static void making(void)
{
    const wattsum_dcnet_params *params = &all.params;
    const party *utility = &all.utility, *holder = &all.answerers[0];
    wattsum_dcnet_params bad = all.params;
    wattsum_epoch other = all.epoch;
    wattsum_roster *gathering = NULL;
    uint8_t identity[32], secret[33], kept[33];
    memcpy(identity, utility->identity, sizeof identity);
    memcpy(secret, entropy(), 32);
    memcpy(kept, secret, sizeof kept);
#define UTILITY(params, epoch, roster, identity, secret, place) \
    wattsum_dcnet_utility_new(params, epoch, roster, identity, secret, place, &out.culprit)
#define HOLDER(params, epoch, id, roster, identity, secret, place) \
    wattsum_dcnet_holder_new(params, epoch, id, roster, identity, secret, place, &out.culprit)
    NULL_REFUSED(UTILITY(NULL, &all.epoch, all.roster, identity, secret, HANDLE(wattsum_dcnet_utility)));
    NULL_REFUSED(UTILITY(params, NULL, all.roster, identity, secret, HANDLE(wattsum_dcnet_utility)));
    NULL_REFUSED(UTILITY(params, &all.epoch, NULL, identity, secret, HANDLE(wattsum_dcnet_utility)));
    NULL_REFUSED(UTILITY(params, &all.epoch, all.roster, NULL, secret, HANDLE(wattsum_dcnet_utility)));
    NULL_REFUSED(UTILITY(params, &all.epoch, all.roster, identity, NULL, HANDLE(wattsum_dcnet_utility)));
    NULL_REFUSED(UTILITY(params, &all.epoch, all.roster, identity, secret, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_ROLE,
        UTILITY(params, &all.epoch, all.roster, holder->identity, secret, HANDLE(wattsum_dcnet_utility)));
    /* Not the announced link key. */
    REFUSED(WATTSUM_MISUSE_WRONG_ROLE,
        UTILITY(params, &all.epoch, all.roster, identity, secret, HANDLE(wattsum_dcnet_utility)));
    bad.threshold = 0;
    REFUSED(WATTSUM_MISUSE_BAD_THRESHOLD,
        UTILITY(&bad, &all.epoch, all.roster, identity, secret, HANDLE(wattsum_dcnet_utility)));
    bad = all.params;
    bad.min_neighbours++;
    REFUSED(WATTSUM_MISUSE_WRONG_SESSION,
        UTILITY(&bad, &all.epoch, all.roster, identity, secret, HANDLE(wattsum_dcnet_utility)));
    other.roster_root[0] ^= 1;
    fill_out();
    CHECK_STATUS(WATTSUM_FAULT_BAD_PROOF,
        UTILITY(params, &other, all.roster, identity, secret, HANDLE(wattsum_dcnet_utility)));
    CHECK(out.culprit == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_new(&all.forming, &gathering));
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER,
        UTILITY(params, &all.epoch, gathering, identity, secret, HANDLE(wattsum_dcnet_utility)));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_free(gathering));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT,
        UTILITY(params, &all.epoch, (wattsum_roster *)(void *)all.head, identity, secret,
            HANDLE(wattsum_dcnet_utility)));

    NULL_REFUSED(
        HOLDER(NULL, &all.epoch, holder->id, all.roster, holder->identity, secret, HANDLE(wattsum_dcnet_holder)));
    NULL_REFUSED(HOLDER(params, NULL, holder->id, all.roster, holder->identity, secret, HANDLE(wattsum_dcnet_holder)));
    NULL_REFUSED(HOLDER(params, &all.epoch, holder->id, NULL, holder->identity, secret, HANDLE(wattsum_dcnet_holder)));
    NULL_REFUSED(HOLDER(params, &all.epoch, holder->id, all.roster, NULL, secret, HANDLE(wattsum_dcnet_holder)));
    NULL_REFUSED(
        HOLDER(params, &all.epoch, holder->id, all.roster, holder->identity, NULL, HANDLE(wattsum_dcnet_holder)));
    NULL_REFUSED(HOLDER(params, &all.epoch, holder->id, all.roster, holder->identity, secret, NULL));
    REFUSED(WATTSUM_MISUSE_UNKNOWN_PARTY,
        HOLDER(params, &all.epoch, 4711, all.roster, holder->identity, secret, HANDLE(wattsum_dcnet_holder)));
    REFUSED(WATTSUM_MISUSE_UNKNOWN_PARTY,
        HOLDER(params, &all.epoch, all.meters[0].id, all.roster, all.meters[0].identity, secret,
            HANDLE(wattsum_dcnet_holder)));
    REFUSED(WATTSUM_MISUSE_UNKNOWN_PARTY,
        HOLDER(params, &all.epoch, holder->id, all.roster, holder->identity, secret, HANDLE(wattsum_dcnet_holder)));
    /* None of it has taken the link secret. */
    CHECK(memcmp(secret, kept, 32) == 0);
}

static void opening(void)
{
    wattsum_dcnet_utility *head = all.head;
    const uint64_t round = net_first + 1;
#define OPEN(utility, at, round, present, meters, place) \
    wattsum_dcnet_utility_open(utility, at, round, present, meters, place)
    NULL_REFUSED(OPEN(NULL, round, round, present, net_meters, HANDLE(wattsum_dcnet_round)));
    NULL_REFUSED(OPEN(head, round, round, NULL, net_meters, HANDLE(wattsum_dcnet_round)));
    NULL_REFUSED(OPEN(head, round, round, present, net_meters, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, OPEN(head, round, round, present, net_meters - 1, HANDLE(wattsum_dcnet_round)));
    REFUSED(WATTSUM_MISUSE_MISALIGNED,
        OPEN(ODD(wattsum_dcnet_utility, head), round, round, present, net_meters, HANDLE(wattsum_dcnet_round)));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT,
        OPEN((wattsum_dcnet_utility *)(void *)all.holders[0], round, round, present, net_meters,
            HANDLE(wattsum_dcnet_round)));
    REFUSED(WATTSUM_MISUSE_ROUND_TOO_LARGE,
        OPEN(head, UINT64_MAX, round, present, net_meters, HANDLE(wattsum_dcnet_round)));
    REFUSED(WATTSUM_MISUSE_ROUND_FAR_FROM_NOW,
        OPEN(head, round + 5, round, present, net_meters, HANDLE(wattsum_dcnet_round)));
    REFUSED(WATTSUM_MISUSE_ROUND_OUTSIDE_EPOCH,
        OPEN(head, net_last + 1, net_last + 1, present, net_meters, HANDLE(wattsum_dcnet_round)));
    present[3] = 2;
    REFUSED(WATTSUM_MISUSE_BAD_VALUE, OPEN(head, round, round, present, net_meters, HANDLE(wattsum_dcnet_round)));
    memset(present, 0, sizeof present);
    REFUSED(WATTSUM_QUORUM, OPEN(head, round, round, present, net_meters, HANDLE(wattsum_dcnet_round)));
    memset(present, 1, sizeof present);
}

/* What a round is asked for, whatever it is in. */
static void asking(void)
{
    wattsum_dcnet_round *round = now.running;
    uint8_t *frame = now.frames[0], stage = 9;
    const wattsum_bytes frames[2] = {{now.frames[0], net_contribution}, {NULL, 5}};
    NULL_REFUSED(wattsum_dcnet_round_stage(NULL, &out.stage));
    NULL_REFUSED(wattsum_dcnet_round_stage(round, NULL));
    NULL_REFUSED(wattsum_dcnet_round_frame(NULL, out.bytes, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_frame(round, NULL, 200, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_frame(round, out.bytes, sizeof out.bytes, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_round_frame(round, out.bytes, 20, &out.len));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_round_frame(round, NULL, 0, &out.len));
    REFUSED(WATTSUM_MISUSE_OVERLAP, wattsum_dcnet_round_frame(round, (uint8_t *)&out.len, 200, &out.len));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT,
        wattsum_dcnet_round_frame((wattsum_dcnet_round *)(void *)all.head, out.bytes, sizeof out.bytes, &out.len));
    REFUSED(WATTSUM_MISUSE_MISALIGNED,
        wattsum_dcnet_round_frame(ODD(wattsum_dcnet_round, round), out.bytes, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_accept(NULL, frame, net_contribution, &out.ids[0], &out.culprit));
    NULL_REFUSED(wattsum_dcnet_round_accept(round, NULL, net_contribution, &out.ids[0], &out.culprit));
    NULL_REFUSED(wattsum_dcnet_round_accept(round, frame, net_contribution, NULL, &out.culprit));
    REFUSED(WATTSUM_MALFORMED_TRUNCATED, wattsum_dcnet_round_accept(round, NULL, 0, &out.ids[0], &out.culprit));
    REFUSED(
        WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_round_accept(round, frame, SIZE_MAX, &out.ids[0], &out.culprit));
    NULL_REFUSED(wattsum_dcnet_round_accept_many(NULL, frames, 1, out.ids, out.statuses));
    NULL_REFUSED(wattsum_dcnet_round_accept_many(round, NULL, 1, out.ids, out.statuses));
    NULL_REFUSED(wattsum_dcnet_round_accept_many(round, frames, 1, NULL, out.statuses));
    NULL_REFUSED(wattsum_dcnet_round_accept_many(round, frames, 1, out.ids, NULL));
    NULL_REFUSED(wattsum_dcnet_round_accept_many(round, frames, 2, out.ids, out.statuses));
    REFUSED(WATTSUM_MISUSE_OVERLAP,
        wattsum_dcnet_round_accept_many(round, frames, 1, out.ids, (wattsum_status *)out.ids));
    REFUSED(WATTSUM_MISUSE_MISALIGNED,
        wattsum_dcnet_round_accept_many(round, frames, 1, ODD(uint32_t, out.ids), out.statuses));
    {
        const wattsum_bytes inside = {(const uint8_t *)&out.ids[1], 40};
        REFUSED(WATTSUM_MISUSE_OVERLAP, wattsum_dcnet_round_accept_many(round, &inside, 1, &out.ids[1], out.statuses));
    }
    NULL_REFUSED(wattsum_dcnet_round_missing(NULL, out.ids, 64, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_missing(round, NULL, 64, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_missing(round, out.ids, 64, NULL));
    REFUSED(WATTSUM_MISUSE_OVERLAP, wattsum_dcnet_round_missing(round, (uint32_t *)&out.len, 64, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_state_len(NULL, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_state_len(round, NULL));
    NULL_REFUSED(wattsum_dcnet_round_export(NULL, out.bytes, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_export(round, NULL, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_export(round, out.bytes, sizeof out.bytes, NULL));
    NULL_REFUSED(wattsum_dcnet_round_branch(NULL, HANDLE(wattsum_dcnet_branch)));
    NULL_REFUSED(wattsum_dcnet_round_branch(round, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_stage(round, &stage));
    if (stage == WATTSUM_ROUND_COLLECTING) {
        NULL_REFUSED(wattsum_dcnet_round_merge(round, NULL, &out.culprit));
        NULL_REFUSED(wattsum_dcnet_round_merge_bytes(round, NULL, 9, &out.culprit));
        REFUSED(WATTSUM_MALFORMED_TRUNCATED, wattsum_dcnet_round_merge_bytes(round, frame, 0, &out.culprit));
    } else {
        REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_round_merge_bytes(round, frame, 0, &out.culprit));
        REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_round_branch(round, HANDLE(wattsum_dcnet_branch)));
        REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_round_state_len(round, &out.len));
        REFUSED(
            WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_round_export(round, out.bytes, sizeof out.bytes, &out.len));
    }
}

/* Without the right quorum, the right utility and the right time nothing is closed, and nothing is told. */
static void closing(void)
{
    static const uint8_t few[] = {1, 2}, many[] = {1, 2, 3, 4}, falling[] = {1, 3, 2}, beyond[] = {1, 2, 5};
    wattsum_dcnet_round *round = now.running;
    uint8_t before = 0, after = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_stage(round, &before));
    NULL_REFUSED(wattsum_dcnet_utility_close(NULL, round, quorum, 3, &out.stage));
    NULL_REFUSED(wattsum_dcnet_utility_close(all.head, NULL, quorum, 3, &out.stage));
    NULL_REFUSED(wattsum_dcnet_utility_close(all.head, round, NULL, 3, &out.stage));
    NULL_REFUSED(wattsum_dcnet_utility_close(all.head, round, quorum, 3, NULL));
    REFUSED(WATTSUM_MISUSE_BAD_QUORUM, wattsum_dcnet_utility_close(all.head, round, quorum, 0, &out.stage));
    REFUSED(WATTSUM_MISUSE_BAD_QUORUM, wattsum_dcnet_utility_close(all.head, round, few, 2, &out.stage));
    REFUSED(WATTSUM_MISUSE_BAD_QUORUM, wattsum_dcnet_utility_close(all.head, round, many, 4, &out.stage));
    REFUSED(WATTSUM_MISUSE_BAD_QUORUM, wattsum_dcnet_utility_close(all.head, round, falling, 3, &out.stage));
    REFUSED(WATTSUM_MISUSE_BAD_QUORUM, wattsum_dcnet_utility_close(all.head, round, beyond, 3, &out.stage));
    NULL_REFUSED(wattsum_dcnet_utility_record(NULL, round, out.sums, net_channels, out.ids));
    NULL_REFUSED(wattsum_dcnet_utility_record(all.head, NULL, out.sums, net_channels, out.ids));
    NULL_REFUSED(wattsum_dcnet_utility_record(all.head, round, NULL, net_channels, out.ids));
    NULL_REFUSED(wattsum_dcnet_utility_record(all.head, round, out.sums, net_channels, NULL));
    REFUSED(WATTSUM_MISUSE_MISALIGNED,
        wattsum_dcnet_utility_record(all.head, round, ODD(int64_t, out.sums), net_channels, out.ids));
    REFUSED(WATTSUM_MISUSE_OVERLAP,
        wattsum_dcnet_utility_record(all.head, round, out.sums, net_channels, (uint32_t *)out.sums));
    if (before == WATTSUM_ROUND_CLOSED) {
        REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_utility_record(all.head, round, out.sums, 1, out.ids));
        REFUSED(WATTSUM_QUORUM, wattsum_dcnet_utility_record(all.head, round, out.sums, net_channels, out.ids));
    } else {
        REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER,
            wattsum_dcnet_utility_record(all.head, round, out.sums, net_channels, out.ids));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_stage(round, &after));
    CHECK(before == after);
}

/* Frames of anything, to everybody who takes frames; flipped bits of the right ones. */
static void garbage(const uint8_t *right, size_t right_len)
{
    uint8_t bytes[300], state = 0, last = 0;
    wattsum_dcnet_holder *holder = all.holders[1];
    wattsum_dcnet_meter *meter = all.devices[1].meter;
    const uint64_t at = now.number;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_stage(now.running, &state));
    for (uint32_t n = 0; n < 450; n++) {
        size_t len = n % sizeof bytes;
        if (n % 3 == 0 && right_len <= sizeof bytes) {
            len = right_len;
            memcpy(bytes, right, len);
            bytes[n / 24 % len] ^= (uint8_t)(1u << (n / 3 % 8));
        } else {
            garble(bytes, len, n);
            if (len >= 16) {
                /* The header of a frame of this group: protocol, version, kind, flags, group, sender, round. */
                const uint8_t header[16] = {1, 1, (uint8_t)(n % 12), (uint8_t)(n / 12 % 2), 9, 0, 0, 0, 107, 0, 0, 0,
                    (uint8_t)at, (uint8_t)(at >> 8)};
                memcpy(bytes, header, sizeof header);
            }
        }
        fill_out();
        const wattsum_status statuses[] = {
            wattsum_dcnet_round_accept(now.running, bytes, len, out.ids, NULL),
            wattsum_dcnet_holder_open(holder, at, bytes, len, NULL),
            wattsum_dcnet_holder_answer(
                holder, at, bytes, len, out.record, out.bytes, sizeof out.bytes, &out.len, NULL),
            wattsum_dcnet_holder_follow(holder, at, bytes, len, out.record, NULL),
            wattsum_dcnet_holder_catch_up(holder, at, bytes, len, bytes, len, out.record, NULL),
            wattsum_dcnet_holder_catch_up(holder, at, now.open, now.open_len, bytes, len, out.record, NULL),
            wattsum_dcnet_meter_open(meter, at, bytes, len, NULL),
            wattsum_dcnet_meter_close(
                meter, at, bytes, len, out.record, out.bytes, sizeof out.bytes, &out.len, NULL),
            wattsum_dcnet_round_merge_bytes(now.running, bytes, len, NULL),
            wattsum_dcnet_utility_reopen(all.head, bytes, len, HANDLE(wattsum_dcnet_round), NULL),
            wattsum_dcnet_utility_import(&all.params, &all.epoch, all.roster, all.utility.identity, bytes, len,
                HANDLE(wattsum_dcnet_utility), NULL),
            wattsum_dcnet_holder_import(&all.params, &all.epoch, all.answerers[1].id, all.roster,
                all.answerers[1].identity, bytes, len, HANDLE(wattsum_dcnet_holder), NULL),
            wattsum_dcnet_holder_replay(holder, bytes, len),
        };
        for (size_t i = 0; i < COUNT(statuses); i++) {
            /* Merging into a round that is past contributions is the caller's mistake, whatever the bytes. */
            const int good = statuses[i] >= 200 && statuses[i] < 400;
            if (!CHECK(good || (i == 8 && state != WATTSUM_ROUND_COLLECTING && statuses[i] == 129))) {
                printf("  %d of call %d, length %d, n %d\n", (int)statuses[i], (int)i, (int)len, (int)n);
            }
        }
        CHECK(untouched());
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_stage(now.running, &last));
    CHECK(last == state);
}

static void states(void)
{
    static uint8_t state[4096], meter_state[WATTSUM_DCNET_STATE_LEN(net_meters - 1, net_holders)];
    wattsum_neighbour around[net_meters - 1];
    wattsum_dcnet_setup setup = net_setup(&all, 2, around);
    wattsum_dcnet_meter *own = all.devices[2].meter;
    const wattsum_dcnet_setup right = setup;
    const size_t size = sizeof all.devices[2].memory;
    size_t len = 0, meter_len = 0;
    NULL_REFUSED(wattsum_dcnet_utility_state_len(NULL, &out.len));
    NULL_REFUSED(wattsum_dcnet_utility_state_len(all.head, NULL));
    NULL_REFUSED(wattsum_dcnet_utility_export(NULL, out.bytes, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_utility_export(all.head, NULL, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_utility_export(all.head, out.bytes, sizeof out.bytes, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_utility_export(all.head, out.bytes, 100, &out.len));
    REFUSED(WATTSUM_MISUSE_OVERLAP,
        wattsum_dcnet_utility_export(all.head, (uint8_t *)&out.len - 8, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_utility_progress(NULL, out.record));
    NULL_REFUSED(wattsum_dcnet_utility_progress(all.head, NULL));
    NULL_REFUSED(wattsum_dcnet_utility_resume(NULL, state, 46));
    NULL_REFUSED(wattsum_dcnet_utility_resume(all.head, NULL, 46));
    REFUSED(WATTSUM_MALFORMED_BAD_RECORD, wattsum_dcnet_utility_resume(all.head, state, 46));
    NULL_REFUSED(wattsum_dcnet_utility_reopen(NULL, state, 5, HANDLE(wattsum_dcnet_round), &out.culprit));
    NULL_REFUSED(wattsum_dcnet_utility_reopen(all.head, NULL, 5, HANDLE(wattsum_dcnet_round), &out.culprit));
    NULL_REFUSED(wattsum_dcnet_utility_reopen(all.head, state, 5, NULL, &out.culprit));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_export(all.head, state, sizeof state, &len));
#define IMPORT(params, epoch, roster, identity, state, len, place) \
    wattsum_dcnet_utility_import(params, epoch, roster, identity, state, len, place, &out.culprit)
    NULL_REFUSED(IMPORT(NULL, &all.epoch, all.roster, all.utility.identity, state, len, HANDLE(wattsum_dcnet_utility)));
    NULL_REFUSED(IMPORT(&all.params, NULL, all.roster, all.utility.identity, state, len, HANDLE(wattsum_dcnet_utility)));
    NULL_REFUSED(IMPORT(&all.params, &all.epoch, NULL, all.utility.identity, state, len, HANDLE(wattsum_dcnet_utility)));
    NULL_REFUSED(IMPORT(&all.params, &all.epoch, all.roster, NULL, state, len, HANDLE(wattsum_dcnet_utility)));
    NULL_REFUSED(
        IMPORT(&all.params, &all.epoch, all.roster, all.utility.identity, NULL, len, HANDLE(wattsum_dcnet_utility)));
    NULL_REFUSED(IMPORT(&all.params, &all.epoch, all.roster, all.utility.identity, state, len, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_ROLE,
        IMPORT(
            &all.params, &all.epoch, all.roster, all.meters[0].identity, state, len, HANDLE(wattsum_dcnet_utility)));
    for (size_t at = 0; at < len; at += 7) {
        state[at] ^= 1;
        REFUSED(WATTSUM_MALFORMED_BAD_RECORD,
            IMPORT(
                &all.params, &all.epoch, all.roster, all.utility.identity, state, len, HANDLE(wattsum_dcnet_utility)));
        state[at] ^= 1;
        REFUSED(WATTSUM_MALFORMED_BAD_RECORD,
            IMPORT(
                &all.params, &all.epoch, all.roster, all.utility.identity, state, at, HANDLE(wattsum_dcnet_utility)));
    }
    NULL_REFUSED(wattsum_dcnet_holder_state_len(NULL, &out.len));
    NULL_REFUSED(wattsum_dcnet_holder_state_len(all.holders[0], NULL));
    NULL_REFUSED(wattsum_dcnet_holder_export(NULL, out.bytes, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_holder_export(all.holders[0], out.bytes, sizeof out.bytes, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_holder_export(all.holders[0], out.bytes, 100, &out.len));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_holder_export(all.holders[0], state, sizeof state, &len));
    REFUSED(WATTSUM_MALFORMED_BAD_RECORD, /* another holder's */
        wattsum_dcnet_holder_import(&all.params, &all.epoch, all.answerers[1].id, all.roster,
            all.answerers[1].identity, state, len, HANDLE(wattsum_dcnet_holder), &out.culprit));
    REFUSED(WATTSUM_MISUSE_UNKNOWN_PARTY, /* another's identity */
        wattsum_dcnet_holder_import(&all.params, &all.epoch, all.answerers[0].id, all.roster,
            all.answerers[1].identity, state, len, HANDLE(wattsum_dcnet_holder), &out.culprit));
    NULL_REFUSED(wattsum_dcnet_holder_import(&all.params, &all.epoch, all.answerers[0].id, all.roster,
        all.answerers[0].identity, NULL, len, HANDLE(wattsum_dcnet_holder), &out.culprit));

    NULL_REFUSED(wattsum_dcnet_meter_state_len(1, 4, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_meter_state_len(SIZE_MAX / 4, 4, &out.len));
    NULL_REFUSED(wattsum_dcnet_meter_export(NULL, out.bytes, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_meter_export(own, NULL, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_meter_export(own, out.bytes, sizeof out.bytes, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_meter_export(own, out.bytes, sizeof meter_state - 1, &out.len));
    REFUSED(WATTSUM_MISUSE_OVERLAP, wattsum_dcnet_meter_export(own, (uint8_t *)own + 64, 1000, &out.len));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_export(own, meter_state, sizeof meter_state, &meter_len));
    CHECK(meter_len == sizeof meter_state);
#define METER(memory, size, setup, state, len, place) \
    wattsum_dcnet_meter_import(memory, size, setup, state, len, place, &out.culprit)
    NULL_REFUSED(METER(NULL, size, &right, meter_state, meter_len, HANDLE(wattsum_dcnet_meter)));
    NULL_REFUSED(METER(out.memory, size, NULL, meter_state, meter_len, HANDLE(wattsum_dcnet_meter)));
    REFUSED(WATTSUM_MISUSE_MISALIGNED,
        METER(ODD(void, out.memory), size, &right, meter_state, meter_len, HANDLE(wattsum_dcnet_meter)));
    REFUSED(WATTSUM_MISUSE_OVERLAP,
        METER(out.memory, size, &right, (uint8_t *)out.memory + 8, 500, HANDLE(wattsum_dcnet_meter)));
    REFUSED(WATTSUM_MISUSE_OVERLAP,
        METER(out.memory, size, &right, meter_state, meter_len, (wattsum_dcnet_meter **)(void *)&out.memory[4]));
    /* From here on the memory is wiped, and nothing else is written. */
    static uint64_t memory[COUNT(all.devices[0].memory)];
#define NO_METER(expected, setup, state, len, size)                                              \
    do {                                                                                         \
        memset(memory, 0xA5, sizeof memory);                                                     \
        REFUSED(expected, METER(memory, size, setup, state, len, HANDLE(wattsum_dcnet_meter)));  \
        for (size_t word = 0; word < (size) / 8; word++) {                                       \
            CHECK(memory[word] == 0);                                                            \
        }                                                                                        \
    } while (0)
    NO_METER(WATTSUM_MISUSE_NULL, &right, NULL, meter_len, size);
    NO_METER(WATTSUM_MISUSE_WRONG_LENGTH, &right, meter_state, meter_len, size / 2);
    NO_METER(WATTSUM_MALFORMED_BAD_RECORD, &right, meter_state, meter_len - 1, size);
    setup.id++;
    NO_METER(WATTSUM_MALFORMED_BAD_RECORD, &setup, meter_state, meter_len, size);
    setup = right;
    setup.position++;
    NO_METER(WATTSUM_MALFORMED_BAD_RECORD, &setup, meter_state, meter_len, size);
    setup = right;
    setup.first_channel++;
    NO_METER(WATTSUM_MALFORMED_BAD_RECORD, &setup, meter_state, meter_len, size);
    setup = right;
    setup.neighbour_count--;
    NO_METER(WATTSUM_MISUSE_WRONG_LENGTH, &setup, meter_state, meter_len, size);
    setup = right;
    setup.holder_count--;
    NO_METER(WATTSUM_MISUSE_WRONG_LENGTH, &setup, meter_state, meter_len, size);
    setup = right;
    setup.lists = NULL;
    NO_METER(WATTSUM_MISUSE_NULL, &setup, meter_state, meter_len, size);
    for (size_t at = 0; at < meter_len; at += 5) {
        meter_state[at] ^= 1;
        NO_METER(WATTSUM_MALFORMED_BAD_RECORD, &right, meter_state, meter_len, size);
        meter_state[at] ^= 1;
        NO_METER(WATTSUM_MALFORMED_BAD_RECORD, &right, meter_state, at, size);
    }
}

static void holders(void)
{
    uint8_t close[net_open], record_room[WATTSUM_ANSWER_RECORD_LEN]; /* whatever the last frame is */
    wattsum_dcnet_holder *holder = all.holders[0];
    const uint64_t at = now.number;
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &len));
    NULL_REFUSED(wattsum_dcnet_holder_open(NULL, at, now.open, now.open_len, &out.culprit));
    NULL_REFUSED(wattsum_dcnet_holder_open(holder, at, NULL, now.open_len, &out.culprit));
    REFUSED(
        WATTSUM_MISUSE_ROUND_TOO_LARGE, wattsum_dcnet_holder_open(holder, UINT64_MAX, now.open, now.open_len, &out.culprit));
#define ANSWER(holder, close, len, record, answer, size, answer_len) \
    wattsum_dcnet_holder_answer(holder, at, close, len, record, answer, size, answer_len, &out.culprit)
    NULL_REFUSED(ANSWER(NULL, close, len, out.record, out.bytes, net_answer, &out.len));
    NULL_REFUSED(ANSWER(holder, NULL, len, out.record, out.bytes, net_answer, &out.len));
    NULL_REFUSED(ANSWER(holder, close, len, NULL, out.bytes, net_answer, &out.len));
    NULL_REFUSED(ANSWER(holder, close, len, out.record, NULL, net_answer, &out.len));
    NULL_REFUSED(ANSWER(holder, close, len, out.record, out.bytes, net_answer, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, ANSWER(holder, close, len, out.record, out.bytes, net_answer - 1, &out.len));
    REFUSED(WATTSUM_MISUSE_OVERLAP, ANSWER(holder, close, len, out.bytes + 5, out.bytes, net_answer, &out.len));
    REFUSED(WATTSUM_MISUSE_OVERLAP, ANSWER(holder, out.bytes, len, out.record, out.bytes + 5, net_answer, &out.len));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT,
        ANSWER((wattsum_dcnet_holder *)(void *)all.head, close, len, out.record, out.bytes, net_answer, &out.len));
    NULL_REFUSED(wattsum_dcnet_holder_follow(NULL, at, close, len, out.record, &out.culprit));
    NULL_REFUSED(wattsum_dcnet_holder_follow(holder, at, NULL, len, out.record, &out.culprit));
    NULL_REFUSED(wattsum_dcnet_holder_follow(holder, at, close, len, NULL, &out.culprit));
    REFUSED(WATTSUM_MISUSE_OVERLAP, wattsum_dcnet_holder_follow(holder, at, out.record, len, out.record, &out.culprit));
#define CATCH_UP(holder, open, close, record) \
    wattsum_dcnet_holder_catch_up(holder, at, open, now.open_len, close, len, record, &out.culprit)
    NULL_REFUSED(CATCH_UP(NULL, now.open, close, out.record));
    NULL_REFUSED(CATCH_UP(holder, NULL, close, out.record));
    NULL_REFUSED(CATCH_UP(holder, now.open, NULL, out.record));
    NULL_REFUSED(CATCH_UP(holder, now.open, close, NULL));
    REFUSED(WATTSUM_MISUSE_OVERLAP, CATCH_UP(holder, out.record, close, out.record));
    REFUSED(WATTSUM_MISUSE_OVERLAP, CATCH_UP(holder, now.open, out.record, out.record));
    NULL_REFUSED(wattsum_dcnet_holder_replay(NULL, record_room, sizeof record_room));
    NULL_REFUSED(wattsum_dcnet_holder_replay(holder, NULL, sizeof record_room));
    memset(record_room, 0, sizeof record_room);
    REFUSED(WATTSUM_MALFORMED_BAD_RECORD, wattsum_dcnet_holder_replay(holder, record_room, sizeof record_room));
}

/* A round and a branch belong to their utility and protocol. */
static void strangers(void)
{
    wattsum_dcnet_utility *twin = NULL;
    wattsum_dcnet_branch *branch = NULL;
    static uint8_t state[4096];
    const wattsum_bytes frame = {now.frames[0], net_contribution};
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_export(all.head, state, sizeof state, &len));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_utility_import(
            &all.params, &all.epoch, all.roster, all.utility.identity, state, len, &twin, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_ROLE, wattsum_dcnet_utility_close(twin, now.running, quorum, 3, &out.stage));
    REFUSED(WATTSUM_MISUSE_WRONG_ROLE,
        wattsum_dcnet_utility_record(twin, now.running, out.sums, net_channels, out.ids));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_free(twin));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_branch(now.running, &branch));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT,
        wattsum_dcnet_round_merge(now.running, (wattsum_dcnet_branch *)(void *)all.head, &out.culprit));
    REFUSED(WATTSUM_MISUSE_BUSY,
        wattsum_dcnet_round_merge(now.running, (wattsum_dcnet_branch *)(void *)now.running, &out.culprit));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT,
        wattsum_shamir_branch_accept_many((wattsum_shamir_branch *)(void *)branch, &frame, 1, out.ids, out.statuses));
    NULL_REFUSED(wattsum_dcnet_branch_accept_many(NULL, &frame, 1, out.ids, out.statuses));
    NULL_REFUSED(wattsum_dcnet_branch_accept_many(branch, &frame, 1, NULL, out.statuses));
    NULL_REFUSED(wattsum_dcnet_branch_accept_many(branch, &frame, 1, out.ids, NULL));
    NULL_REFUSED(wattsum_dcnet_branch_accept_many(branch, NULL, 1, out.ids, out.statuses));
    NULL_REFUSED(wattsum_dcnet_branch_len(NULL, &out.len));
    NULL_REFUSED(wattsum_dcnet_branch_len(branch, NULL));
    NULL_REFUSED(wattsum_dcnet_branch_to_bytes(NULL, out.bytes, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_branch_to_bytes(branch, NULL, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_branch_to_bytes(branch, out.bytes, sizeof out.bytes, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_branch_to_bytes(branch, out.bytes, 10, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_merge(NULL, branch, &out.culprit));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_dcnet_branch_free((wattsum_dcnet_branch *)(void *)all.head));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_dcnet_round_free((wattsum_dcnet_round *)(void *)branch));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_dcnet_utility_free((wattsum_dcnet_utility *)(void *)now.running));
    REFUSED(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_dcnet_holder_free((wattsum_dcnet_holder *)(void *)all.head));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_branch_free(branch));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_branch_free(NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free(NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_free(NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_holder_free(NULL));
}

/* All of it in every stage of a round, whose sum is right in the end. */
int main(void)
{
    static const uint8_t nobody[net_meters] = {0}, silent[net_meters] = {0, 0, 0, 1};
    uint8_t close[net_close];
    size_t len = 0;
    memset(present, 1, sizeof present);
    net_form(&all, 0, 3);
    net_begin(&all);
    making();
    opening();
    open_round(net_first + 1);
    asking();
    closing(); /* nobody has sent */
    collect(silent);
    asking();
    closing();
    holders();
    states();
    strangers();
    garbage(now.frames[1], net_contribution);
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    asking();
    closing();
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &len));
    garbage(close, len);
    repair(nobody);
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    asking();
    closing();
    holders();
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &len));
    garbage(close, len);
    tell_meters();
    answers(quorum);
    record();
    net_end(&all);
    return counted();
}

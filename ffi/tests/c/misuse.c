/* Wrong calls and bad bytes: each has its status, and outputs stay as they were. */
#include <stdlib.h>

#include "wattsum.h"
#include "play_dcnet.h"
#include "group.h"

static group all;
static const uint64_t now = group_first;

static void texts(void)
{
    static const int32_t known[] = {0, 100, 104, 121, 200, 212, 301, 324, 400, 500, 900};
    for (size_t i = 0; i < COUNT(known); i++) {
        CHECK(strcmp(wattsum_status_text(known[i]), wattsum_status_text(-1)) != 0);
    }
    CHECK(strcmp(wattsum_status_text(12345), wattsum_status_text(INT32_MIN)) == 0);
}

static void parameters(void)
{
    wattsum_shamir_params params = group_params;
    wattsum_dcnet_params complete = scene_dcnet_params;
    wattsum_forming forming, untouched;
    memset(&forming, 0xEE, sizeof forming);
    untouched = forming;
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_shamir_forming(NULL, 1, 1, &forming));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_shamir_forming(&params, 1, 1, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_ROUND_TOO_LARGE, wattsum_shamir_forming(&params, 1, UINT64_C(1) << 32, &forming));
    params.group.min_honest = 1;
    CHECK_STATUS(WATTSUM_MISUSE_MINIMUM_TOO_SMALL, wattsum_shamir_forming(&params, 1, 1, &forming));
    params.group.min_honest = 3;
    params.group.max_meters = 0;
    CHECK_STATUS(WATTSUM_MISUSE_EMPTY_GROUP, wattsum_shamir_forming(&params, 1, 1, &forming));
    params.group.max_meters = 100;
    params.group.max_reading = UINT64_MAX / 100;
    CHECK_STATUS(WATTSUM_MISUSE_SUM_COULD_OVERFLOW, wattsum_shamir_forming(&params, 1, 1, &forming));
    params.group.max_reading = 1000;
    params.group.channels = 0;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_shamir_forming(&params, 1, 1, &forming));
    params.group.channels = 1;
    params.threshold = 2;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_THRESHOLD, wattsum_shamir_forming(&params, 1, 1, &forming));
    complete.degree = 3;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_dcnet_forming(&complete, 1, 1, &forming));
    CHECK(memcmp(&forming, &untouched, sizeof forming) == 0);
    /* Whoever trusts the utility says so. */
    params.colluding = WATTSUM_TRUSTING_THE_UTILITY_NOT_TO_EQUIVOCATE;
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_forming(&params, 1, 1, &forming));
}

static void keys(void)
{
    static const uint8_t no_entropy[32] = {0};
    uint8_t secret[40] = {0}, public_key[32] = {0}, frame[WATTSUM_LINK_KEY_FRAME_LEN];
    CHECK_STATUS(WATTSUM_MISUSE_BAD_ENTROPY, wattsum_identity_generate(no_entropy, secret, public_key));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_identity_generate(NULL, secret, public_key));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_identity_generate(entropy(), secret, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_link_generate(entropy(), secret, secret + 8));
    CHECK(memcmp(secret, no_entropy, 32) == 0 && memcmp(public_key, no_entropy, 32) == 0);
    CHECK_STATUS(
        WATTSUM_MISUSE_BAD_VALUE, wattsum_link_announce(&all.forming, 1, 77, all.utility.identity, public_key, frame));
}

static void rosters(void)
{
    wattsum_roster *roster = NULL;
    wattsum_lists lists;
    uint32_t culprit = 5;
    party *who = &all.meters[0];
    uint8_t frame[WATTSUM_LINK_KEY_FRAME_LEN];
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_new(&all.forming, &roster));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_roster_lists(roster, &lists));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_roster_add(
            roster, who->id, who->role, who->identity_public, who->announcement, sizeof who->announcement, &culprit));
    CHECK(culprit == 5);
    CHECK_STATUS(WATTSUM_FAULT_DUPLICATE_ID,
        wattsum_roster_add(
            roster, who->id, who->role, who->identity_public, who->announcement, sizeof who->announcement, &culprit));
    CHECK(culprit == who->id);
    who = &all.meters[1];
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED,
        wattsum_roster_add(roster, who->id, who->role, who->identity_public, who->announcement, 20, &culprit));
    memcpy(frame, who->announcement, sizeof frame);
    frame[sizeof frame - 1] ^= 1;
    CHECK_STATUS(WATTSUM_FAULT_BAD_SIGNATURE,
        wattsum_roster_add(roster, who->id, who->role, who->identity_public, frame, sizeof frame, NULL));
    CHECK_STATUS(WATTSUM_FAULT_RESERVED_ID,
        wattsum_roster_add(
            roster, 0, who->role, who->identity_public, who->announcement, sizeof who->announcement, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, wattsum_roster_build(roster)); /* no utility */
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_roster_build(roster));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_free(roster));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_free(NULL));
}

static void epochs(void)
{
    uint8_t record[WATTSUM_ROOT_RECORD_LEN], root[WATTSUM_ROOT_FRAME_LEN], path[32][32];
    wattsum_epoch epoch;
    wattsum_lists lists = all.lists;
    wattsum_member member;
    size_t hashes = 0;
    uint32_t culprit = 5, id = 0;
    const party *who = &all.meters[2]; /* the utility is leaf 0 */
    const uint64_t late = group_beacon_time;
    CHECK_STATUS(WATTSUM_FAULT_ROSTER_AFTER_BEACON,
        wattsum_root_accept(
            &all.forming, all.utility.identity_public, late, NULL, all.root, sizeof all.root, record, &culprit));
    CHECK(culprit == 0);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_root_accept(
            &all.forming, all.utility.identity_public, 5, NULL, all.root, sizeof all.root, record, NULL));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_root_accept(
            &all.forming, all.utility.identity_public, late, record, all.root, sizeof all.root, record, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_root(all.roster, group_last + 1, late + 5, all.utility.identity, root));
    CHECK_STATUS(WATTSUM_FAULT_CONTRADICTION,
        wattsum_root_accept(&all.forming, all.utility.identity_public, 5, record, root, sizeof root, record, NULL));
    CHECK_STATUS(
        WATTSUM_MISUSE_BEACON_NOT_OUT, wattsum_epoch_begin(&all.forming, record, all.beacon, late - 1, &epoch));
    record[30] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, wattsum_epoch_begin(&all.forming, record, all.beacon, late, &epoch));

    CHECK_STATUS(WATTSUM_OK, wattsum_roster_path(all.roster, WATTSUM_LIST_ROSTER, 3, &id, path[0], 32, &hashes));
    CHECK(id == who->id);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_member_announced(&all.forming, id, who->role, who->identity_public, who->announcement,
            sizeof who->announcement, &member, &culprit));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_member_verify(&all.epoch, &all.lists, WATTSUM_LIST_ROSTER, 3, &member, path[0], hashes, &culprit));
    /* Another's identity did not sign it. */
    culprit = 5;
    CHECK_STATUS(WATTSUM_FAULT_BAD_SIGNATURE,
        wattsum_member_announced(&all.forming, id, who->role, all.meters[3].identity_public, who->announcement,
            sizeof who->announcement, &member, &culprit));
    CHECK(culprit == id);
    CHECK_STATUS(WATTSUM_FAULT_BAD_PROOF,
        wattsum_member_verify(&all.epoch, &all.lists, WATTSUM_LIST_ROSTER, 4, &member, path[0], hashes, &culprit));
    path[1][0] ^= 1;
    CHECK_STATUS(WATTSUM_FAULT_BAD_PROOF,
        wattsum_member_verify(&all.epoch, &all.lists, WATTSUM_LIST_ROSTER, 3, &member, path[0], hashes, &culprit));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_VALUE,
        wattsum_member_verify(&all.epoch, &all.lists, 2, 3, &member, path[0], hashes, &culprit));
    CHECK_STATUS(
        WATTSUM_MISUSE_WRONG_LENGTH, wattsum_roster_path(all.roster, WATTSUM_LIST_ROSTER, 3, &id, path[0], 1, &hashes));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY,
        wattsum_roster_path(all.roster, WATTSUM_LIST_ROSTER, 1 + group_meters, &id, path[0], 32, &hashes));
    lists.meters++;
    {
        wattsum_shamir_setup setup = setup_of(&all, 0);
        device other;
        uint8_t secret[32];
        memcpy(secret, entropy(), 32);
        setup.lists = &lists;
        CHECK_STATUS(WATTSUM_FAULT_BAD_PROOF,
            wattsum_shamir_meter_new(other.memory, sizeof other.memory, &setup, secret, &other.meter, &culprit));
    }
}

static void making_meters(void)
{
    wattsum_shamir_setup setup = setup_of(&all, 0);
    static device own;
    static const uint8_t wiped[32];
    uint8_t secret[32], *bytes = (uint8_t *)own.memory;
    const size_t size = sizeof own.memory;
    wattsum_member copied[group_aggregators];
    memcpy(secret, entropy(), sizeof secret);
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_shamir_meter_new(NULL, size, &setup, secret, &own.meter, NULL));
    CHECK_STATUS(
        WATTSUM_MISUSE_MISALIGNED, wattsum_shamir_meter_new(bytes + 1, size - 1, &setup, secret, &own.meter, NULL));
    CHECK_STATUS(
        WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_meter_new(bytes, size / 2, &setup, secret, &own.meter, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_shamir_meter_new(bytes, size, &setup, bytes + 8, &own.meter, NULL));
    setup.aggregator_count--;
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_meter_new(bytes, size, &setup, secret, &own.meter, NULL));
    setup.aggregator_count++;
    setup.aggregators = NULL;
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_shamir_meter_new(bytes, size, &setup, secret, &own.meter, NULL));
    memcpy(copied, all.entries, sizeof copied);
    memset(copied[1].link, 0, sizeof copied[1].link); /* a point of low order */
    setup.aggregators = copied;
    {
        uint32_t culprit = 5;
        CHECK_STATUS(
            WATTSUM_FAULT_LOW_ORDER_KEY, wattsum_shamir_meter_new(bytes, size, &setup, secret, &own.meter, &culprit));
        CHECK(culprit == copied[1].id);
    }
    CHECK(own.meter == NULL && memcmp(secret, wiped, sizeof secret) != 0);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_shamir_meter_free((wattsum_shamir_meter *)own.memory));
}

/* A meter that fails to be made leaves nothing of the one that was there. */
static void making_over_a_meter(void)
{
    static device own;
    wattsum_shamir_setup setup = setup_of(&all, 0);
    uint8_t secret[32];
    for (unsigned i = 0; i < 3; i++) {
        size_t size = sizeof own.memory, left = 0;
        memcpy(secret, entropy(), sizeof secret);
        setup = setup_of(&all, 0);
        /* With any link key: a meter cannot know that its own is not the roster's. */
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_new(own.memory, size, &setup, secret, &own.meter, NULL));
        memcpy(secret, entropy(), sizeof secret);
        if (i == 0) {
            setup.aggregator_count--;
        } else if (i == 1) {
            setup.params = NULL;
        } else {
            setup.first_channel = WATTSUM_MARK_CHANNELS;
            setup.id = 0;
        }
        CHECK(wattsum_shamir_meter_new(own.memory, size, &setup, secret, &own.meter, NULL) != WATTSUM_OK);
        for (size_t word = 0; word < COUNT(own.memory); word++) {
            left += own.memory[word] != 0;
        }
        CHECK(left == 0);
        CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_shamir_meter_free(own.meter));
    }
    setup = setup_of(&all, 0);
    setup.lists = (const wattsum_lists *)own.memory;
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_shamir_meter_new(own.memory, sizeof own.memory, &setup, secret, &own.meter, NULL));
}

static void contributing(void)
{
    static device moved;
    device *own = &all.devices[0];
    int64_t reading[group_channels] = {100, -5};
    uint8_t record[WATTSUM_MARK_RECORD_LEN], frame[group_contribution + 1], untouched[sizeof frame];
    size_t len = 7;
    wattsum_mark blank;
    memset(&blank, 0, sizeof blank);
    memset(frame, 0xEE, sizeof frame);
    memcpy(untouched, frame, sizeof frame);
#define CONTRIBUTE(meter, mark, at, round, channels, size) \
    wattsum_shamir_meter_contribute(meter, mark, at, round, reading, channels, record, frame, size, &len)
    CHECK_STATUS(WATTSUM_MISUSE_NULL, CONTRIBUTE(NULL, &own->mark, now, now, group_channels, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, CONTRIBUTE(own->meter, NULL, now, now, group_channels, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, CONTRIBUTE(own->meter, &blank, now, now, group_channels, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_ROUND_FAR_FROM_NOW,
        CONTRIBUTE(own->meter, &own->mark, now, now + 3, group_channels, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_ROUND_OUTSIDE_EPOCH,
        CONTRIBUTE(own->meter, &own->mark, now - 1, now - 1, group_channels, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_ROUND_TOO_LARGE,
        CONTRIBUTE(own->meter, &own->mark, UINT64_MAX, now, group_channels, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_CHANNELS, CONTRIBUTE(own->meter, &own->mark, now, now, 1, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        CONTRIBUTE(own->meter, &own->mark, now, now, group_channels, group_contribution - 1));
    reading[1] = 1000001;
    CHECK_STATUS(
        WATTSUM_MISUSE_READING_TOO_LARGE, CONTRIBUTE(own->meter, &own->mark, now, now, group_channels, sizeof frame));
    reading[1] = INT64_MIN;
    CHECK_STATUS(
        WATTSUM_MISUSE_READING_TOO_LARGE, CONTRIBUTE(own->meter, &own->mark, now, now, group_channels, sizeof frame));
    reading[1] = -5;
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_shamir_meter_contribute(
            own->meter, &own->mark, now, now, reading, group_channels, frame + 3, frame, sizeof frame, &len));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_shamir_meter_contribute(
            own->meter, &own->mark, now, now, reading, group_channels, record, (uint8_t *)reading, sizeof frame, &len));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_shamir_meter_contribute(own->meter, &own->mark, now, now, reading, group_channels, record,
            (uint8_t *)&own->mark, sizeof own->mark, &len));
    /* All of the meter's memory, not only what has a fixed size: here its last key. */
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_shamir_meter_contribute(own->meter, &own->mark, now, now, reading, group_channels, record,
            (uint8_t *)own->memory + WATTSUM_SHAMIR_METER_SIZE(group_aggregators - 1), group_contribution, &len));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_mark_replay(&own->mark, (const uint8_t *)&own->mark + 8, WATTSUM_MARK_RECORD_LEN));
    /* A meter that was copied, a pointer into one, one of another role. */
    memcpy(&moved, own, sizeof moved);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT,
        CONTRIBUTE((wattsum_shamir_meter *)moved.memory, &own->mark, now, now, group_channels, sizeof frame));
    CHECK_STATUS(
        WATTSUM_MISUSE_BAD_CONTEXT, CONTRIBUTE(own->meter, &moved.mark, now, now, group_channels, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_MISALIGNED,
        CONTRIBUTE(
            (wattsum_shamir_meter *)((uint8_t *)own->memory + 1), &own->mark, now, now, group_channels, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_dcnet_meter_free((wattsum_dcnet_meter *)own->memory));
    CHECK(memcmp(frame, untouched, sizeof frame) == 0 && len == 7);
    /* None of it has spent the interval. */
    CHECK_STATUS(WATTSUM_OK, CONTRIBUTE(own->meter, &own->mark, now, now, group_channels, sizeof frame));
    CHECK(len == group_contribution && frame[group_contribution] == 0xEE);
    CHECK_STATUS(
        WATTSUM_MISUSE_TIME_ALREADY_USED, CONTRIBUTE(own->meter, &own->mark, now, now, group_channels, sizeof frame));
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, wattsum_mark_replay(&own->mark, record, sizeof record - 1));
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, wattsum_mark_replay(&own->mark, NULL, 0));
}

/* Frames of anything, to everybody who takes frames. */
static void garbage(wattsum_shamir_round *running)
{
    uint8_t bytes[256], record[WATTSUM_ANSWER_RECORD_LEN], answer[group_answer];
    uint32_t state = 1, sender = 0, culprit;
    size_t len = 0;
    for (unsigned round = 0; round < 3000; round++) {
        const size_t size = round % sizeof bytes;
        for (size_t i = 0; i < size; i++) {
            state = state * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)(state >> 24);
        }
        if (size >= 16 && round % 2 == 0) { /* a right header of a meter */
            const uint8_t header[16] = {2, 1, 5, 1, 7, 0, 0, 0, 107, 0, 0, 0, 0xE8, 3, 0, 0};
            memcpy(bytes, header, sizeof header);
        }
        wattsum_status statuses[3] = {
            wattsum_shamir_round_accept(running, bytes, size, &sender, &culprit),
            wattsum_shamir_aggregator_open(all.aggregators[0], now, bytes, size, &culprit),
            wattsum_shamir_aggregator_answer(
                all.aggregators[0], now, bytes, size, record, answer, sizeof answer, &len, &culprit),
        };
        for (size_t i = 0; i < 3; i++) {
            CHECK(statuses[i] >= 200 && statuses[i] < 400);
        }
    }
    CHECK(sender == 0);
}

static void rounds(void)
{
    wattsum_shamir_round *running = NULL;
    uint8_t present[group_meters], open[group_open], frame[group_contribution + 1] = {0},
                                                                                record[WATTSUM_MARK_RECORD_LEN];
    uint8_t quorum[] = {1, 2, 3};
    uint32_t sender = 0, meters = 0;
    int64_t sums[group_channels], reading[group_channels] = {1, 2};
    size_t len = 0;
    memset(present, 1, sizeof present);
    present[2] = 2;
    CHECK_STATUS(
        WATTSUM_MISUSE_BAD_VALUE, wattsum_shamir_utility_open(all.head, now, now, present, group_meters, &running));
    present[2] = 1;
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_shamir_utility_open(all.head, now, now, present, group_meters - 1, &running));
    CHECK(running == NULL);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_open(all.head, now, now, present, group_meters, &running));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_round_frame(running, open, 10, &len));
    garbage(running);
    CHECK_STATUS(
        WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_shamir_utility_record(all.head, running, sums, group_channels, &meters));
    CHECK_STATUS(WATTSUM_QUORUM, wattsum_shamir_utility_close(all.head, running, quorum, 3));
    for (size_t i = 1; i < group_meters; i++) {
        device *own = &all.devices[i];
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_meter_contribute(
                own->meter, &own->mark, now, now, reading, group_channels, record, frame, sizeof frame, &len));
        for (size_t other = 0; other <= sizeof frame; other++) {
            const wattsum_status status = wattsum_shamir_round_accept(running, frame, other, &sender, NULL);
            CHECK(other == len || (status >= 200 && status < 400));
        }
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_accept(running, frame, len, &sender, NULL));
    }
    CHECK_STATUS(WATTSUM_MISUSE_BAD_QUORUM, wattsum_shamir_utility_close(all.head, running, quorum, 2));
    quorum[2] = 5;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_QUORUM, wattsum_shamir_utility_close(all.head, running, quorum, 3));
    quorum[2] = 2;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_QUORUM, wattsum_shamir_utility_close(all.head, running, quorum, 3));
    quorum[2] = 3;
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_close(all.head, running, quorum, 3));
    CHECK_STATUS(WATTSUM_QUORUM, wattsum_shamir_utility_record(all.head, running, sums, group_channels, &meters));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_shamir_utility_record(all.head, running, sums, 1, &meters));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(running));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(NULL));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_shamir_round_accept(NULL, frame, 1, &sender, NULL));
}

/* Two rounds that take contributions at once: the later one's Close ends the earlier one, whose state stays. */
static void two_rounds(void)
{
    static const uint8_t quorum[] = {1, 2, 3};
    wattsum_shamir_round *running[2] = {NULL, NULL};
    uint8_t present[group_meters], before[group_open], after[group_open], frame[group_contribution];
    uint8_t record[WATTSUM_MARK_RECORD_LEN], progress[2][WATTSUM_UTILITY_RECORD_LEN];
    int64_t reading[group_channels] = {1, 2};
    uint32_t sender = 0;
    size_t len = 0, again = 0;
    memset(present, 1, sizeof present);
    for (uint64_t r = 0; r < 2; r++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_shamir_utility_open(all.head, now + 1 + r, now + 1 + r, present, group_meters, &running[r]));
        for (size_t i = 0; i < group_meters; i++) {
            device *own = &all.devices[i];
            CHECK_STATUS(WATTSUM_OK,
                wattsum_shamir_meter_contribute(own->meter, &own->mark, now + 1 + r, now + 1 + r, reading,
                    group_channels, record, frame, sizeof frame, &len));
            CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_accept(running[r], frame, len, &sender, NULL));
        }
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(running[0], before, sizeof before, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_progress(all.head, progress[0]));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_close(all.head, running[1], quorum, 3));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_progress(all.head, progress[1]));
    CHECK(memcmp(progress[0], progress[1], sizeof progress[0]) != 0);
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_shamir_utility_close(all.head, running[0], quorum, 3));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_frame(running[0], after, sizeof after, &again));
    CHECK(len == again && memcmp(before, after, len) == 0);
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_shamir_utility_resume(all.head, progress[1], sizeof progress[1])); /* it has opened rounds */
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(running[0]));
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free(running[1]));
}

/* Whoever is not in the roster, or claims another role. */
static void strangers(void)
{
    wattsum_shamir_aggregator *aggregator = NULL;
    wattsum_shamir_utility *utility = NULL;
    uint8_t secret[32];
    memcpy(secret, entropy(), sizeof secret);
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY,
        wattsum_shamir_aggregator_new(
            &group_params, &all.epoch, all.meters[0].id, all.roster, all.meters[0].identity, secret, &aggregator, NULL));
    /* Its own id and link key, in other hands. */
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY,
        wattsum_shamir_aggregator_new(&group_params, &all.epoch, all.answerers[0].id, all.roster,
            all.meters[0].identity, all.answerers[0].link, &aggregator, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
        wattsum_shamir_utility_new(
            &group_params, &all.epoch, all.roster, all.meters[0].identity, secret, &utility, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_shamir_utility_free((wattsum_shamir_utility *)(void *)all.roster));
    CHECK(aggregator == NULL && utility == NULL);
}

static void dcnet(void)
{
    METER_MEMORY(memory, WATTSUM_DCNET_METER_SIZE(dcnet_neighbours, dcnet_holders));
    static uint8_t frame[dcnet_contribution], repair[dcnet_repair], close[sizeof scene_dcnet_close_0];
    uint8_t record[WATTSUM_MARK_RECORD_LEN], closed[WATTSUM_DCNET_CLOSE_RECORD_LEN];
    const uint64_t round = scene_dcnet_rounds[0];
    wattsum_epoch epoch;
    wattsum_mark mark;
    size_t len = 7;
    uint32_t culprit = 5, positions[dcnet_neighbours];
    wattsum_dcnet_meter *meter;
    if (!dcnet_epoch(&epoch) || !dcnet_graph(&epoch, positions, dcnet_neighbours) || !dcnet_members(&epoch)) {
        return;
    }
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_dcnet_neighbours(&scene_dcnet_params, &epoch, scene_dcnet_lists.meters, scene_dcnet_position, positions,
            dcnet_neighbours - 1, &len));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER,
        wattsum_dcnet_neighbours(&scene_dcnet_params, &epoch, scene_dcnet_lists.meters, scene_dcnet_lists.meters,
            positions, dcnet_neighbours, &len));
    meter = dcnet_make(&epoch, memory, sizeof memory);
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_dcnet_meter_contribute(meter, &mark, round, round, scene_dcnet_reading_0, dcnet_channels, record, frame,
            sizeof frame, &len, NULL));
    CHECK_STATUS(WATTSUM_FAULT_ROUND_FAR_FROM_NOW,
        wattsum_dcnet_meter_open(meter, round + 5, scene_dcnet_open_0, sizeof scene_dcnet_open_0, &culprit));
    CHECK(culprit == 0 && len == 7);
    CHECK_STATUS(WATTSUM_MALFORMED_WRONG_KIND,
        wattsum_dcnet_meter_open(meter, round, scene_dcnet_close_0, sizeof scene_dcnet_close_0, NULL));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_dcnet_meter_open(meter, round, scene_dcnet_open_0, sizeof scene_dcnet_open_0, NULL));
    for (size_t at = 0; at < sizeof close; at++) {
        memcpy(close, scene_dcnet_close_0, sizeof close);
        close[at] ^= 1;
        const wattsum_status status = wattsum_dcnet_meter_close(
            meter, round, close, sizeof close, closed, repair, sizeof repair, &len, &culprit);
        CHECK(status >= 200 && status < 400);
    }
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_contribute(meter, &mark, round, round, scene_dcnet_reading_0, dcnet_channels, record, frame,
            sizeof frame, &len, NULL));
    CHECK_BYTES(scene_dcnet_contribution_0, frame, len);
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_dcnet_meter_close(meter, round, frame, sizeof frame, closed, frame, sizeof frame, &len, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_dcnet_meter_close(meter, round, scene_dcnet_close_0, sizeof scene_dcnet_close_0, closed, repair,
            sizeof repair - 1, &len, NULL));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_close(
            meter, round, scene_dcnet_close_0, sizeof scene_dcnet_close_0, closed, repair, sizeof repair, &len, NULL));
    CHECK_BYTES(scene_dcnet_repair_0, repair, len);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_free(meter));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT,
        wattsum_dcnet_meter_open(meter, round, scene_dcnet_open_0, sizeof scene_dcnet_open_0, NULL));
}

int main(void)
{
    form(&all);
    begin(&all);
    texts();
    parameters();
    keys();
    rosters();
    epochs();
    making_meters();
    making_over_a_meter();
    contributing();
    strangers();
    rounds();
    two_rounds();
    dcnet();
    end(&all);
    return counted();
}

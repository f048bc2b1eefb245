/* An elgamal group in C from the trustees' ceremony to its sums, while meters are silent, trustees away or lying,
 * frames bad, and power fails. */
#include "wattsum.h"
#include "elgamal_group.h"

static eg_group all;
static eg_set set;

/* A day in spells: the utility reads off what the meters that sent have read. */
static void run(uint64_t round, size_t silent, const uint8_t quorum[eg_threshold])
{
    wattsum_elgamal_round *running = eg_opened(&all, round);
    uint8_t frame[eg_contribution], record[WATTSUM_ANSWER_RECORD_LEN], statement[WATTSUM_ELGAMAL_STATEMENT_LEN];
    uint8_t statements[eg_threshold * WATTSUM_ELGAMAL_STATEMENT_LEN], share[eg_share];
    int64_t truth[eg_channels] = {0}, sums[eg_channels] = {77, 77};
    uint32_t sender = 0, meters = 99, ids[eg_meters];
    size_t len = 0, count = 0;
    for (size_t i = 0; i < eg_meters; i++) {
        if (i == silent) {
            continue;
        }
        len = eg_contribute(&all, i, round, frame);
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, frame, len, &sender, NULL));
        CHECK(sender == all.meters[i].id);
        for (size_t c = 0; c < eg_channels; c++) {
            truth[c] += eg_reading(i, round, c);
        }
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_missing(running, ids, eg_meters, &count));
    CHECK(count == 1 && ids[0] == all.meters[silent].id);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_close(all.head, running, quorum, eg_threshold));
    eg_closed(running, &set);
    for (uint8_t t = 0; t < eg_trustees; t++) {
        const int asked = memchr(quorum, t + 1, eg_threshold) != NULL;
        if (!asked) {
            CHECK_STATUS(WATTSUM_OK,
                wattsum_elgamal_trustee_follow(all.trustees[t], round, set.close, set.close_len, set.contributions,
                    set.contributions_len, NULL, 0, record, NULL));
            continue;
        }
        CHECK_STATUS(WATTSUM_OK, eg_agree(all.trustees[t], round, &set, record, statement, NULL));
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, statement, sizeof statement, &sender, NULL));
        CHECK(sender == all.answerers[t].id);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_statements(running, statements, sizeof statements, &len));
    for (size_t n = 0; n < eg_threshold; n++) {
        size_t size = 0;
        CHECK_STATUS(
            WATTSUM_QUORUM, wattsum_elgamal_utility_record(all.head, running, all.table, sums, eg_channels, &meters));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_trustee_answer(
                all.trustees[quorum[n] - 1], statements, len, record, share, sizeof share, &size, NULL));
        CHECK(size == WATTSUM_ELGAMAL_SHARE_LEN(eg_channels));
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, share, size, &sender, NULL));
        CHECK(sender == all.answerers[quorum[n] - 1].id && meters == 99 && sums[0] == 77);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_record(all.head, running, all.table, sums, eg_channels, &meters));
    CHECK(memcmp(sums, truth, sizeof sums) == 0 && meters == eg_meters - 1);
    sums[0] = 0;
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_utility_record_around(all.head, running, all.table, truth, 5, sums, eg_channels, &meters));
    CHECK(memcmp(sums, truth, sizeof sums) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(running));
}

/* Of many frames at once every one has its outcome, and bad ones spoil none. Gives a round that lacks the last meter.
 */
static wattsum_elgamal_round *batch(uint64_t round, uint8_t frames[eg_meters + 6][eg_contribution])
{
    wattsum_elgamal_round *running = eg_opened(&all, round);
    wattsum_bytes items[eg_meters + 6];
    uint32_t senders[eg_meters + 7], other[eg_meters + 6], count = eg_meters + 6;
    wattsum_status statuses[eg_meters + 7], again[eg_meters + 6];
    memset(senders, 0x77, sizeof senders);
    for (size_t i = 0; i < count; i++) {
        items[i].at = frames[i];
        items[i].len = i < eg_meters ? eg_contribute(&all, i, round, frames[i]) : eg_contribution;
    }
    frames[3][60] ^= 1; /* on the way */
    items[eg_meters - 1].len = 100;
    memcpy(frames[eg_meters], frames[0], eg_contribution); /* twice */
    memcpy(frames[eg_meters + 1], frames[1], eg_contribution);
    frames[eg_meters + 1][11] ^= 64; /* of nobody */
    memcpy(frames[eg_meters + 2], frames[2], eg_contribution);
    frames[eg_meters + 2][1] = 9; /* of another version */
    memcpy(frames[eg_meters + 3], set.contributions, eg_contribution); /* of the round before */
    memcpy(frames[eg_meters + 4], frames[4], eg_contribution);
    frames[eg_meters + 4][eg_contribution - 1] ^= 128; /* another signature */
    memset(frames[eg_meters + 5], 0, eg_contribution);
    const struct {
        wattsum_status status;
        uint32_t who;
    } expected[eg_meters + 6] = {
        {WATTSUM_OK, all.meters[0].id},
        {WATTSUM_OK, all.meters[1].id},
        {WATTSUM_OK, all.meters[2].id},
        {WATTSUM_FAULT_BAD_SIGNATURE, all.meters[3].id},
        {WATTSUM_OK, all.meters[4].id},
        {WATTSUM_OK, all.meters[5].id},
        {WATTSUM_OK, all.meters[6].id},
        {WATTSUM_OK, all.meters[7].id},
        {WATTSUM_FAULT_BAD_SIGNATURE, all.meters[8].id}, /* cut off */
        {WATTSUM_OK, all.meters[0].id},
        {WATTSUM_FAULT_UNKNOWN_SENDER, all.meters[1].id ^ (64u << 24)},
        {WATTSUM_MALFORMED_UNKNOWN_VERSION, UINT32_MAX},
        {WATTSUM_FAULT_WRONG_ROUND, all.meters[0].id},
        {WATTSUM_FAULT_BAD_SIGNATURE, all.meters[4].id},
        {WATTSUM_MALFORMED_WRONG_PROTOCOL, UINT32_MAX},
    };
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept_many(running, items, count, senders, statuses));
    for (size_t i = 0; i < count; i++) {
        if (!CHECK(statuses[i] == expected[i].status && senders[i] == expected[i].who)) {
            say_number(i);
            say(wattsum_status_text(statuses[i]));
        }
    }
    CHECK(senders[count] == 0x77777777);
    /* Once more it is the same, and one by one. */
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept_many(running, items, count, other, again));
    CHECK(memcmp(senders, other, sizeof other) == 0 && memcmp(statuses, again, sizeof again) == 0);
    for (size_t i = 0; i < count; i++) {
        uint32_t sender = UINT32_MAX, culprit = UINT32_MAX;
        const wattsum_status status
            = wattsum_elgamal_round_accept(running, items[i].at, items[i].len, &sender, &culprit);
        CHECK(status == statuses[i] && senders[i] == (status == WATTSUM_OK ? sender : culprit));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept_many(running, NULL, 0, NULL, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_round_accept_many(running, NULL, 1, senders, statuses));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_round_accept_many(running, items, 1, NULL, statuses));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_elgamal_round_accept_many(running, items, 3, (uint32_t *)(void *)statuses, statuses));
    items[1].at = NULL;
    memset(senders, 0x77, sizeof senders);
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_round_accept_many(running, items, count, senders, statuses));
    CHECK(senders[0] == 0x77777777);
    return running;
}

/* Threads verify apart, machines sum apart, and it comes to the same. */
static void parts(wattsum_elgamal_round *running, uint64_t round, uint8_t frames[eg_meters + 6][eg_contribution])
{
    wattsum_elgamal_branch *branches[3] = {NULL, NULL, NULL};
    wattsum_elgamal_partial *sums[3] = {NULL, NULL, NULL}, *read = NULL, *whole = NULL;
    static uint8_t bytes[2][1000], late[2][eg_contribution];
    wattsum_bytes items[eg_meters];
    uint32_t senders[eg_meters], meters = 0, culprit = 0;
    wattsum_status statuses[eg_meters];
    size_t len = 0, size = 0;
    frames[3][60] ^= 1;
    for (size_t i = 0; i < eg_meters; i++) {
        items[i].at = frames[i];
        items[i].len = eg_contribution;
    }
    for (size_t half = 0; half < 2; half++) { /* 0 to 3, 4 to 7: the round has all but the third and the last */
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_branch_new(&all.params, &all.epoch, all.roster, &all.key, round, &branches[half], NULL));
        CHECK_STATUS(
            WATTSUM_OK, wattsum_elgamal_branch_accept_many(branches[half], items + 4 * half, 4, senders, statuses));
        CHECK(statuses[0] == WATTSUM_OK && statuses[3] == WATTSUM_OK && senders[3] == all.meters[4 * half + 3].id);
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_branch_partial(branches[half], &sums[half]));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_merge(running, branches[0], NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_merge(running, branches[1], NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_merge(running, branches[1], NULL));
    /* A branch of the round itself; another contribution of a meter than the round has is its fault. */
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_branch(running, &branches[2]));
    for (size_t i = 0; i < 2; i++) {
        eg_device *own = &all.devices[5 + i];
        int64_t reading[eg_channels] = {1, 2};
        uint8_t record[WATTSUM_MARK_RECORD_LEN];
        const wattsum_elgamal_setup setup = eg_setup(&all, 5 + i);
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&own->mark)); /* a device that has lost its mark */
        CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED,
            wattsum_elgamal_meter_contribute(own->meter, &own->mark, round, round, reading, eg_channels, entropy(),
                record, late[i], sizeof late[i], &len));
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_meter_free(own->meter)); /* and its meter */
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_meter_new(
                own->memory, sizeof own->memory, &setup, all.meters[5 + i].identity, &own->meter, NULL));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_meter_contribute(own->meter, &own->mark, round, round, reading, eg_channels, entropy(),
                record, late[i], sizeof late[i], &len));
        items[i].at = late[i];
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_branch_accept_many(branches[2], items, 2, senders, statuses));
    items[0].at = frames[5];
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_branch_accept_many(branches[2], items, 2, senders, statuses));
    CHECK(statuses[0] == WATTSUM_FAULT_CONTRADICTION && senders[0] == all.meters[5].id && statuses[1] == WATTSUM_OK);
    CHECK_STATUS(WATTSUM_FAULT_CONTRADICTION, wattsum_elgamal_round_merge(running, branches[2], &culprit));
    CHECK(culprit == all.meters[5].id);

    /* The first half's sum travels as bytes. */
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_partial_len(sums[0], &size));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_elgamal_partial_to_bytes(sums[0], bytes[0], size - 1, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_partial_to_bytes(sums[0], bytes[0], sizeof bytes[0], &len));
    CHECK(len == size && len <= sizeof bytes[0]);
    bytes[0][100] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, wattsum_elgamal_partial_from_bytes(&all.params, bytes[0], len, &read));
    bytes[0][100] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED, wattsum_elgamal_partial_from_bytes(&all.params, bytes[0], 3, &read));
    CHECK(read == NULL);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_partial_from_bytes(&all.params, bytes[0], len, &read));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_partial_compare(read, sums[0]));
    CHECK_STATUS(WATTSUM_INCONSISTENT, wattsum_elgamal_partial_compare(read, sums[1]));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_partial_merge(read, sums[1]));
    CHECK_STATUS(WATTSUM_MISUSE_COUNTED_TWICE, wattsum_elgamal_partial_merge(read, sums[0]));
    CHECK_STATUS(WATTSUM_MISUSE_COUNTED_TWICE, wattsum_elgamal_partial_merge(read, read));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_partial_meters(read, &meters));
    CHECK(meters == 8);
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_elgamal_round_partial(running, &whole));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_elgamal_utility_close(all.head, running, (const uint8_t[]) {1, 2, 3}, eg_threshold));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_partial(running, &whole));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_partial_compare(read, whole));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_elgamal_round_merge(running, branches[0], NULL));
    for (size_t i = 0; i < 3; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_branch_free(branches[i]));
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_partial_free(sums[i]));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_partial_free(read));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_partial_free(whole));
}

/* The quorum is 1, 2, 3. The second is away when shares are due, the third's share was altered: the first, the third
 * and the fourth open the sum. */
static void absent_and_altered(wattsum_elgamal_round *running, uint64_t round)
{
    static const uint8_t others[] = {1, 3, 4};
    uint8_t record[WATTSUM_ANSWER_RECORD_LEN], statement[WATTSUM_ELGAMAL_STATEMENT_LEN], share[eg_share];
    uint8_t statements[eg_threshold * WATTSUM_ELGAMAL_STATEMENT_LEN];
    int64_t truth[eg_channels] = {0}, sums[eg_channels] = {0};
    uint32_t sender = 0, culprit = 99, meters = 0, ids[eg_trustees];
    size_t len = 0, size = 0, count = 0;
    eg_closed(running, &set);
    CHECK_STATUS(WATTSUM_FAULT_NOT_IN_QUORUM, eg_agree(all.trustees[3], round, &set, record, statement, &culprit));
    CHECK(culprit == 0);
    for (size_t t = 0; t < 3; t++) {
        CHECK_STATUS(WATTSUM_OK, eg_agree(all.trustees[t], round, &set, record, statement, NULL));
        statement[30] ^= 1;
        CHECK_STATUS(WATTSUM_FAULT_BAD_SIGNATURE,
            wattsum_elgamal_round_accept(running, statement, sizeof statement, &sender, &culprit));
        CHECK(culprit == all.answerers[t].id);
        statement[30] ^= 1;
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, statement, sizeof statement, &sender, NULL));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_statements(running, statements, sizeof statements, &len));
    CHECK_STATUS(WATTSUM_QUORUM,
        wattsum_elgamal_trustee_answer(all.trustees[0], statements, len - WATTSUM_ELGAMAL_STATEMENT_LEN, record, share,
            sizeof share, &size, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_elgamal_trustee_answer(
            all.trustees[0], statements, len, record, share, WATTSUM_ELGAMAL_SHARE_LEN(eg_channels) - 1, &size, NULL));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_trustee_answer(all.trustees[0], statements, len, record, share, sizeof share, &size, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, share, size, &sender, NULL));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_trustee_answer(all.trustees[2], statements, len, record, share, sizeof share, &size, NULL));
    share[50] ^= 1;
    CHECK_STATUS(WATTSUM_FAULT_BAD_TAG, wattsum_elgamal_round_accept(running, share, size, &sender, &culprit));
    CHECK(culprit == all.answerers[2].id);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_missing(running, ids, eg_trustees, &count));
    CHECK(count == 2 && ids[0] == all.answerers[1].id && ids[1] == all.answerers[2].id);

    /* Another quorum for the same set: what the first has sent counts, the fourth agrees now. */
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_close(all.head, running, others, eg_threshold));
    eg_closed(running, &set);
    CHECK_STATUS(WATTSUM_OK, eg_agree(all.trustees[3], round, &set, record, statement, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, statement, sizeof statement, &sender, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_statements(running, statements, sizeof statements, &len));
    for (size_t t = 2; t < 4; t++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_trustee_answer(all.trustees[t], statements, len, record, share, sizeof share, &size, NULL));
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, share, size, &sender, NULL));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_record(all.head, running, all.table, sums, eg_channels, &meters));
    for (size_t i = 0; i < eg_meters - 1; i++) {
        for (size_t c = 0; c < eg_channels; c++) {
            truth[c] += eg_reading(i, round, c);
        }
    }
    CHECK(memcmp(sums, truth, sizeof sums) == 0 && meters == eg_meters - 1);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(running));
}

int main(void)
{
    static const uint8_t first[] = {1, 2, 3}, others[] = {1, 3, 4}, last[] = {2, 3, 4};
    static uint8_t frames[eg_meters + 6][eg_contribution];
    const wattsum_elgamal_params params = eg_params();
    wattsum_elgamal_round *running;
    eg_form(&all, &params);
    all.keys = eg_keys(&all, all.ceremony, 1);
    eg_begin(&all);
    for (uint64_t round = eg_first; round < eg_first + 12; round++) {
        run(round, round < eg_first + 6 ? 4 : 7, round % 3 == 0 ? first : round % 3 == 1 ? others : last);
    }
    running = batch(eg_first + 12, frames);
    parts(running, eg_first + 12, frames);
    absent_and_altered(running, eg_first + 12);
    eg_end(&all);
    return counted();
}

/* Bills of a window in C: a trustee that missed a round catches up, another quorum is asked, and each meter's bill is
 * the sum of what it has sent. And a group without a ceremony, all of whose trustees open its sums. */
#include "wattsum.h"
#include "elgamal_group.h"

enum { window = 8, silent = 4, silent_in = eg_first + 2, missed_in = eg_first + 3, end = eg_first + window };

static eg_group all;
static eg_set set;
static uint8_t missed_open[eg_open];
static size_t missed_open_len;
static eg_set missed_set;

static int sent(size_t meter, uint64_t round)
{
    return meter != silent || round != silent_in;
}

/* A round that `asked` open; the others follow, but the fourth is away in one of them. */
static void run(uint64_t round, const uint8_t *asked, size_t count)
{
    uint8_t open[eg_open], present[eg_meters], frame[eg_contribution], record[WATTSUM_ANSWER_RECORD_LEN];
    uint8_t statement[WATTSUM_ELGAMAL_STATEMENT_LEN], statements[eg_trustees * WATTSUM_ELGAMAL_STATEMENT_LEN];
    uint8_t share[eg_share], missed = 9;
    wattsum_elgamal_round *running = NULL;
    int64_t sums[eg_channels], truth[eg_channels] = {0};
    uint64_t which = 0;
    uint32_t sender = 0, meters = 0;
    size_t len = 0, open_len = 0, size = 0;
    memset(present, 1, sizeof present);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_open(all.head, round, round, present, eg_meters, &running));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_frame(running, open, sizeof open, &open_len));
    for (size_t t = 0; t < all.params.trustees; t++) {
        if (round != missed_in || t != 3) {
            CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_open(all.trustees[t], round, open, open_len, NULL));
        }
    }
    for (size_t i = 0; i < eg_meters; i++) {
        if (!sent(i, round)) {
            continue;
        }
        len = eg_contribute(&all, i, round, frame);
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, frame, len, &sender, NULL));
        for (size_t c = 0; c < eg_channels; c++) {
            truth[c] += eg_reading(i, round, c);
        }
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_close(all.head, running, asked, count));
    eg_closed(running, &set);
    for (size_t n = 0; n < count; n++) {
        CHECK_STATUS(WATTSUM_OK, eg_agree(all.trustees[asked[n] - 1], round, &set, record, statement, NULL));
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, statement, sizeof statement, &sender, NULL));
    }
    if (count < all.params.trustees) {
        wattsum_elgamal_trustee *fourth = all.trustees[3];
        if (round == missed_in) {
            memcpy(missed_open, open, open_len);
            missed_open_len = open_len;
            missed_set = set;
        } else {
            CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_missed(fourth, &which, &missed));
            CHECK(missed == (round == missed_in + 1) && which == (missed ? (uint64_t)missed_in : 0));
            if (missed) {
                CHECK_STATUS(WATTSUM_OK,
                    wattsum_elgamal_trustee_catch_up(fourth, round, missed_open, missed_open_len, missed_set.close,
                        missed_set.close_len, missed_set.contributions, missed_set.contributions_len, record, NULL));
                CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_missed(fourth, &which, &missed));
                CHECK(missed == 0);
            }
            CHECK_STATUS(WATTSUM_OK,
                wattsum_elgamal_trustee_follow(fourth, round, set.close, set.close_len, set.contributions,
                    set.contributions_len, set.hints, set.hints_len, record, NULL));
        }
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_statements(running, statements, sizeof statements, &len));
    for (size_t n = 0; n < count; n++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_trustee_answer(
                all.trustees[asked[n] - 1], statements, len, record, share, sizeof share, &size, NULL));
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, share, size, &sender, NULL));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_record(all.head, running, all.table, sums, eg_channels, &meters));
    CHECK(memcmp(sums, truth, sizeof sums) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(running));
}

static void bills(void)
{
    static const uint8_t first[] = {1, 2, 3}, others[] = {1, 2, 4};
    static uint8_t state[16384];
    wattsum_elgamal_billing *billing = NULL, *second = NULL;
    wattsum_elgamal_utility *again = NULL;
    wattsum_elgamal_bill read[eg_meters];
    uint8_t query[WATTSUM_QUERY_LEN(eg_meters, eg_trustees)], record[WATTSUM_ANSWER_RECORD_LEN], share[eg_share];
    uint8_t statement[WATTSUM_ELGAMAL_STATEMENT_LEN], statements[eg_threshold * WATTSUM_ELGAMAL_STATEMENT_LEN];
    uint32_t ids[eg_meters], sender = 0, culprit = 99, missing[eg_trustees];
    int64_t sums[eg_meters * eg_channels];
    size_t count = 0, len = 0, size = 0, bill_count = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_billable(all.head, eg_first, ids, eg_meters, &count));
    CHECK(count == eg_meters && ids[0] == all.meters[0].id);
    CHECK_STATUS(
        WATTSUM_MISUSE_NOT_BILLABLE, wattsum_elgamal_utility_billable(all.head, eg_first + 1, ids, eg_meters, &size));
#define BILL(meters, place) wattsum_elgamal_utility_bill(all.head, eg_first, ids, meters, first, 3, place)
    CHECK_STATUS(WATTSUM_MISUSE_NOT_BILLABLE, BILL(2, &billing)); /* it would tell the others' sums */
    CHECK_STATUS(
        WATTSUM_MISUSE_BAD_QUORUM, wattsum_elgamal_utility_bill(all.head, eg_first, ids, count, first, 2, &billing));
    ids[0]++;
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, BILL(count, &billing));
    ids[0]--;
    CHECK(billing == NULL);
    CHECK_STATUS(WATTSUM_OK, BILL(count, &billing));
    CHECK_STATUS(WATTSUM_MISUSE_NOT_BILLABLE, BILL(count - 1, &second));
    /* Stored before the query leaves, and a restart asks for the same. */
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_export(all.head, state, sizeof state, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_billing_free(billing));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_utility_import(
            &all.params, &all.epoch, all.roster, all.keys, all.utility.identity, state, len, &again, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_free(all.head));
    all.head = again;
    CHECK_STATUS(WATTSUM_MISUSE_NOT_BILLABLE, BILL(count - 1, &second));
    CHECK_STATUS(WATTSUM_OK, BILL(count, &billing));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_elgamal_billing_frame(billing, query, 20, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_billing_frame(billing, query, sizeof query, &len));
    CHECK_STATUS(WATTSUM_FAULT_WINDOW_OPEN,
        wattsum_elgamal_trustee_agree_bill(all.trustees[0], end - 1, query, len, record, statement, &culprit));
    CHECK(culprit == 0);

    /* The third does not answer: the fourth is asked for it. */
    for (int pass = 0; pass < 2; pass++) {
        const uint8_t *asked = pass == 0 ? first : others;
        if (pass == 1) {
            CHECK_STATUS(WATTSUM_MISUSE_BAD_QUORUM, wattsum_elgamal_utility_ask_bill(all.head, billing, others, 2));
            CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_ask_bill(all.head, billing, others, 3));
            CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_billing_frame(billing, query, sizeof query, &len));
        }
        for (size_t n = 0; n < 3; n++) {
            if (pass == 1 || n < 2) {
                CHECK_STATUS(WATTSUM_OK,
                    wattsum_elgamal_trustee_agree_bill(
                        all.trustees[asked[n] - 1], end, query, len, record, statement, NULL));
                CHECK_STATUS(
                    WATTSUM_OK, wattsum_elgamal_billing_accept(billing, statement, sizeof statement, &sender, NULL));
                CHECK(sender == all.answerers[asked[n] - 1].id);
            }
        }
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_billing_statements(billing, statements, sizeof statements, &len));
    CHECK(len == sizeof statements);
    for (size_t n = 0; n < 3; n++) {
        wattsum_elgamal_trustee *trustee = all.trustees[others[n] - 1];
        CHECK_STATUS(WATTSUM_QUORUM,
            wattsum_elgamal_billing_bills(
                billing, all.table, read, eg_meters, sums, eg_meters * eg_channels, &bill_count));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
            wattsum_elgamal_trustee_answer(
                trustee, statements, len, record, share, WATTSUM_ELGAMAL_SHARE_LEN(eg_channels), &size, NULL));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_trustee_answer(trustee, statements, len, record, share, sizeof share, &size, NULL));
        CHECK(size == eg_share);
        share[40] ^= 1;
        CHECK_STATUS(WATTSUM_FAULT_BAD_TAG, wattsum_elgamal_billing_accept(billing, share, size, &sender, &culprit));
        CHECK(culprit == all.answerers[others[n] - 1].id);
        share[40] ^= 1;
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_billing_accept(billing, share, size, &sender, NULL));
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_billing_missing(billing, missing, eg_trustees, &bill_count));
        CHECK(bill_count == 2 - n);
    }
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_elgamal_billing_bills(billing, all.table, read, 8, sums, eg_meters * eg_channels, &bill_count));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_elgamal_billing_bills(billing, all.table, read, eg_meters, sums, 17, &bill_count));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_billing_bills(billing, all.table, read, eg_meters, sums, eg_meters * eg_channels, &bill_count));
    CHECK(bill_count == eg_meters);
    for (size_t i = 0; i < eg_meters; i++) {
        CHECK(read[i].meter == all.meters[i].id && read[i].rounds == (i == silent ? window - 1 : window));
        for (size_t c = 0; c < eg_channels; c++) {
            int64_t truth = 0;
            for (uint64_t round = eg_first; round < end; round++) {
                truth += sent(i, round) ? eg_reading(i, round, c) : 0;
            }
            CHECK(sums[i * eg_channels + c] == truth);
        }
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_billing_free(billing));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_billing_free(NULL));
}

static void windows(void)
{
    static const uint8_t asked[] = {1, 2, 3};
    wattsum_elgamal_params params = eg_params();
    params.group.min_honest = 4;
    params.group.max_colluding = 0;
    params.window_rounds = window;
    params.window_min_rounds = 6;
    eg_form(&all, &params);
    all.keys = eg_keys(&all, all.ceremony, 1);
    eg_begin(&all);
    for (uint64_t round = eg_first; round < end; round++) {
        run(round, asked, 3);
    }
    bills();
    eg_end(&all);
}

/* Own keys: three trustees, all of whom open; announcements come in any order. */
static void own_keys(void)
{
    enum { n = 3, len = WATTSUM_ELGAMAL_OWN_KEY_LEN };
    static const uint8_t asked[n] = {1, 2, 3};
    wattsum_elgamal_params params = eg_params();
    wattsum_elgamal_share other;
    uint8_t announced[n][len], bytes[WATTSUM_ELGAMAL_KEYS_LEN(n)], frame[len];
    wattsum_elgamal_keys *keys = NULL;
    uint32_t culprit = 99;
    size_t size = 0;
    params.trustees = params.threshold = n;
    params.colluding = n - 1;
    eg_form(&all, &params);
#define GENERATE(who, place)        \
    wattsum_elgamal_share_generate( \
        &all.params, &all.epoch, all.roster, who, all.answerers[0].identity, entropy(), place)
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, GENERATE(4711, &other));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, GENERATE(all.answerers[0].id, NULL));
    for (size_t t = 0; t < n; t++) {
        const party *who = &all.answerers[t];
        wattsum_elgamal_share *share = &all.ceremony[t].share;
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_share_generate(
                &all.params, &all.epoch, all.roster, who->id, who->identity, entropy(), share));
        CHECK(share->number == t + 1);
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_share_announce(
                &all.params, &all.epoch, all.roster, who->id, share, who->identity, announced[n - 1 - t]));
    }
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_SHARE,
        wattsum_elgamal_share_announce(&all.params, &all.epoch, all.roster, all.answerers[0].id, &all.ceremony[1].share,
            all.answerers[0].identity, frame));
#define JOINT(frames, count) \
    wattsum_elgamal_keys_joint(&all.params, &all.epoch, all.roster, frames, count, &keys, &culprit)
    CHECK_STATUS(WATTSUM_QUORUM, JOINT(announced[1], 1));
    CHECK_STATUS(WATTSUM_QUORUM, JOINT(announced[0], 2));
    announced[1][30] ^= 1;
    CHECK_STATUS(WATTSUM_FAULT_BAD_SIGNATURE, JOINT(announced[0], n));
    CHECK(culprit == all.answerers[1].id && keys == NULL);
    announced[1][30] ^= 1;
    CHECK_STATUS(WATTSUM_OK, JOINT(announced[0], n));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_to_bytes(keys, bytes, sizeof bytes, &size));
    CHECK(size == sizeof bytes);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_from_bytes(&all.params, bytes, size, &all.keys));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_free(keys));
    eg_begin(&all);
    run(eg_first, asked, n);
    eg_end(&all);
}

int main(void)
{
    windows();
    own_keys();
    /* Where not all open, there are no own keys. */
    {
        const wattsum_elgamal_params params = eg_params();
        wattsum_elgamal_share share = {.number = 77};
        eg_form(&all, &params);
        CHECK_STATUS(WATTSUM_MISUSE_BAD_THRESHOLD, GENERATE(all.answerers[0].id, &share));
        CHECK(share.number == 77);
        CHECK_STATUS(WATTSUM_OK, wattsum_roster_free(all.roster));
    }
    return counted();
}

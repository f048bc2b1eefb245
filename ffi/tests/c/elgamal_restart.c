/* Power fails at the utility and at trustees between any two steps of a round, and what was stored goes on; a trustee
 * signs no second list; one with another key's share lies, and is named. */
#include <stdlib.h>

#include "wattsum.h"
#include "elgamal_group.h"

static eg_group all;
static eg_set set, after;
static const uint8_t quorum[] = {1, 2, 3};

typedef struct {
    uint8_t bytes[8192];
    size_t len;
} stored;

/* All of a trustee but its state and records is gone. */
static void restart_trustee(size_t t, const stored *state, uint8_t records[][WATTSUM_ANSWER_RECORD_LEN], size_t count)
{
    wattsum_elgamal_trustee *fresh = NULL;
    const wattsum_elgamal_share *share = &all.ceremony[t].share;
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_free(all.trustees[t]));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_trustee_import(&all.params, &all.epoch, all.roster, all.keys, share, all.answerers[t].identity,
            state->bytes, state->len, &fresh, NULL));
    for (size_t i = 0; i < count; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_replay(fresh, records[i], WATTSUM_ANSWER_RECORD_LEN));
    }
    all.trustees[t] = fresh;
}

static void export_trustee(size_t t, stored *state)
{
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_state_len(all.trustees[t], &len));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_elgamal_trustee_export(all.trustees[t], state->bytes, len - 1, &state->len));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_elgamal_trustee_export(all.trustees[t], state->bytes, sizeof state->bytes, &state->len));
    CHECK(state->len == len);
}

static void export_utility(stored *state)
{
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_state_len(all.head, &len));
    CHECK_STATUS(
        WATTSUM_MISUSE_WRONG_LENGTH, wattsum_elgamal_utility_export(all.head, state->bytes, len - 1, &state->len));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_export(all.head, state->bytes, sizeof state->bytes, &state->len));
    CHECK(state->len == len);
}

static wattsum_status import_utility(const stored *state, wattsum_elgamal_utility **utility)
{
    return wattsum_elgamal_utility_import(
        &all.params, &all.epoch, all.roster, all.keys, all.utility.identity, state->bytes, state->len, utility, NULL);
}

/* A round that is closed in one life of the utility, and opened in the next. */
static void utility_restarts(uint64_t round)
{
    static stored head, running_state, trustee;
    wattsum_elgamal_round *running = eg_opened(&all, round), *again = NULL;
    wattsum_elgamal_utility *forgetful = NULL, *fresh = NULL;
    uint8_t frame[eg_contribution], present[eg_meters], open[eg_open], progress[WATTSUM_UTILITY_RECORD_LEN];
    uint8_t records[3][WATTSUM_ANSWER_RECORD_LEN], statement[WATTSUM_ELGAMAL_STATEMENT_LEN], same[sizeof statement];
    uint8_t statements[eg_threshold * WATTSUM_ELGAMAL_STATEMENT_LEN], share[eg_share], same_share[eg_share];
    int64_t truth[eg_channels] = {0}, sums[eg_channels] = {0};
    uint32_t sender = 0, meters = 0, culprit = 99;
    size_t len = 0, size = 0;
    uint8_t stage = 9;
    for (size_t i = 0; i < eg_meters; i++) {
        len = eg_contribute(&all, i, round, frame);
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, frame, len, &sender, NULL));
        for (size_t c = 0; c < eg_channels; c++) {
            truth[c] += eg_reading(i, round, c);
        }
    }
    /* Stored before the Close leaves: round and state. */
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_state_len(running, &len));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_round_export(running, running_state.bytes, sizeof running_state.bytes, &running_state.len));
    CHECK(len == running_state.len);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_close(all.head, running, quorum, eg_threshold));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_elgamal_round_export(running, running_state.bytes, sizeof running_state.bytes, &running_state.len));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_stage(running, &stage));
    CHECK(stage == WATTSUM_ROUND_CLOSED);
    export_utility(&head);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_progress(all.head, progress));
    eg_closed(running, &set);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(running));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_free(all.head));

    head.bytes[40] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, import_utility(&head, &fresh));
    head.bytes[40] ^= 1;
    CHECK_STATUS(WATTSUM_OK, import_utility(&head, &fresh));
    all.head = fresh;
    running_state.bytes[300] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD,
        wattsum_elgamal_utility_reopen(all.head, running_state.bytes, running_state.len, &again, NULL));
    running_state.bytes[300] ^= 1;
    CHECK_STATUS(
        WATTSUM_OK, wattsum_elgamal_utility_reopen(all.head, running_state.bytes, running_state.len, &again, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_stage(again, &stage));
    CHECK(stage == WATTSUM_ROUND_COLLECTING);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_close(all.head, again, quorum, eg_threshold));
    eg_closed(again, &after);
    CHECK(memcmp(&set, &after, sizeof set) == 0);

    /* Trustees lose their power before and after what they sign; the same bytes come out. */
    for (size_t t = 0; t < eg_threshold; t++) {
        export_trustee(t, &trustee);
        restart_trustee(t, &trustee, records, 0);
        CHECK_STATUS(WATTSUM_FAULT_NOT_EXPECTED, eg_agree(all.trustees[t], round, &set, records[0], statement, NULL));
        memcpy(open, running_state.bytes + 5, running_state.bytes[1]);
        CHECK_STATUS(
            WATTSUM_OK, wattsum_elgamal_trustee_open(all.trustees[t], round, open, running_state.bytes[1], NULL));
        CHECK_STATUS(WATTSUM_OK, eg_agree(all.trustees[t], round, &set, records[0], statement, NULL));
        restart_trustee(t, &trustee, records, 1);
        CHECK_STATUS(
            WATTSUM_OK, wattsum_elgamal_trustee_open(all.trustees[t], round, open, running_state.bytes[1], NULL));
        CHECK_STATUS(WATTSUM_OK, eg_agree(all.trustees[t], round, &set, records[1], same, NULL));
        CHECK(memcmp(statement, same, sizeof same) == 0);
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(again, same, sizeof same, &sender, NULL));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_statements(again, statements, sizeof statements, &len));
    for (size_t t = 0; t < eg_threshold; t++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_trustee_answer(
                all.trustees[t], statements, len, records[2], share, sizeof share, &size, NULL));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_trustee_answer(
                all.trustees[t], statements, len, records[2], same_share, sizeof same_share, &size, NULL));
        CHECK(memcmp(share, same_share, size) == 0);
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(again, share, size, &sender, NULL));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_record(all.head, again, all.table, sums, eg_channels, &meters));
    CHECK(memcmp(sums, truth, sizeof sums) == 0 && meters == eg_meters);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(again));

    /* The short way, by the record of its progress alone; without it the utility opens a round twice. */
    memset(present, 1, sizeof present);
    CHECK_STATUS(WATTSUM_OK, eg_utility(&all, &forgetful));
    present[0] = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_open(forgetful, round, round, present, eg_meters, &again));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_frame(again, open, sizeof open, &len));
    CHECK_STATUS(
        WATTSUM_FAULT_CONTRADICTION, wattsum_elgamal_trustee_open(all.trustees[1], round, open, len, &culprit));
    CHECK(culprit == 0);
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE, wattsum_elgamal_utility_close(all.head, again, quorum, eg_threshold));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(again));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_free(forgetful));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_free(all.head));
    CHECK_STATUS(WATTSUM_OK, eg_utility(&all, &all.head));
    progress[9] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, wattsum_elgamal_utility_resume(all.head, progress, sizeof progress));
    progress[9] ^= 1;
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_resume(all.head, progress, sizeof progress));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_elgamal_utility_open(all.head, round - 1, round - 1, present, eg_meters, &again));
}

/* A utility that shows different lists to different trustees, or in different lives of one. */
static void no_second_list(uint64_t round)
{
    static stored trustee, before;
    wattsum_elgamal_round *running = eg_opened(&all, round), *fewer = NULL;
    wattsum_elgamal_utility *twin = NULL;
    uint8_t records[1][WATTSUM_ANSWER_RECORD_LEN], record[WATTSUM_ANSWER_RECORD_LEN], frame[eg_contribution];
    uint8_t statement[WATTSUM_ELGAMAL_STATEMENT_LEN], open[eg_open];
    static stored state;
    uint32_t sender = 0, culprit = 99;
    size_t len = 0, open_len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_frame(running, open, sizeof open, &open_len));
    for (size_t i = 0; i < eg_meters; i++) {
        len = eg_contribute(&all, i, round, frame);
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, frame, len, &sender, NULL));
        if (i + 2 == eg_meters) {
            CHECK_STATUS(
                WATTSUM_OK, wattsum_elgamal_round_export(running, state.bytes, sizeof state.bytes, &state.len));
        }
    }
    export_utility(&before);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_close(all.head, running, quorum, eg_threshold));
    eg_closed(running, &set);
    /* It does not do so by mistake. */
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_reopen(all.head, state.bytes, state.len, &fewer, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_elgamal_utility_close(all.head, fewer, quorum, eg_threshold));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(fewer));
    /* The contributions of another set than the Close's, in another order, cut off, of somebody's own. */
    export_trustee(0, &trustee);
    after = set;
    after.contributions_len -= eg_contribution;
    CHECK_STATUS(WATTSUM_FAULT_WRONG_LIST, eg_agree(all.trustees[0], round, &after, record, statement, &culprit));
    CHECK(culprit == 0);
    after.contributions_len--;
    CHECK_STATUS(WATTSUM_FAULT_WRONG_LIST, eg_agree(all.trustees[0], round, &after, record, statement, &culprit));
    after = set;
    memcpy(after.contributions, set.contributions + eg_contribution, eg_contribution);
    CHECK_STATUS(WATTSUM_FAULT_WRONG_LIST, eg_agree(all.trustees[0], round, &after, record, statement, &culprit));
    after = set;
    after.contributions[eg_contribution - 1] ^= 1;
    CHECK_STATUS(WATTSUM_FAULT_WRONG_LIST, eg_agree(all.trustees[0], round, &after, record, statement, &culprit));
    /* Hints need not be right. */
    after = set;
    memset(after.hints, 3, sizeof after.hints);
    CHECK_STATUS(WATTSUM_OK, eg_agree(all.trustees[0], round, &after, records[0], statement, &culprit));
    /* The power is cut; the same utility has another list now. */
    restart_trustee(0, &trustee, records, 1);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_open(all.trustees[0], round, open, open_len, NULL));
    CHECK_STATUS(WATTSUM_OK, import_utility(&before, &twin));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_reopen(twin, state.bytes, state.len, &fewer, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_close(twin, fewer, quorum, eg_threshold));
    eg_closed(fewer, &after);
    CHECK(after.contributions_len == set.contributions_len - eg_contribution);
    CHECK_STATUS(WATTSUM_FAULT_CONTRADICTION, eg_agree(all.trustees[0], round, &after, record, statement, &culprit));
    CHECK(culprit == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(running));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(fewer));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_free(twin));
}

/* Anything, to everybody who takes frames. */
static void garbage(uint64_t round)
{
    wattsum_elgamal_round *running = eg_opened(&all, round);
    uint8_t bytes[300], record[WATTSUM_ANSWER_RECORD_LEN], statement[WATTSUM_ELGAMAL_STATEMENT_LEN];
    uint32_t state = 1, sender = 0, culprit;
    size_t len = 0;
    for (unsigned n = 0; n < 2000; n++) {
        const size_t size = n % sizeof bytes;
        for (size_t i = 0; i < size; i++) {
            state = state * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)(state >> 24);
        }
        if (size >= 16 && n % 2 == 0) { /* a right header of a meter */
            const uint8_t header[16] = {3, 1, 5, 1, 11, 0, 0, 0, 107, 0, 0, 0, 0xE8, 3, 0, 0};
            memcpy(bytes, header, sizeof header);
        }
        const wattsum_status statuses[] = {
            wattsum_elgamal_round_accept(running, bytes, size, &sender, &culprit),
            wattsum_elgamal_trustee_open(all.trustees[0], round, bytes, size, &culprit),
            wattsum_elgamal_trustee_agree(
                all.trustees[0], round, bytes, size, bytes, size, bytes, size, record, statement, &culprit),
            wattsum_elgamal_trustee_catch_up(
                all.trustees[0], round, bytes, size, bytes, size, bytes, size, record, &culprit),
        };
        for (size_t i = 0; i < COUNT(statuses); i++) {
            CHECK(statuses[i] >= 200 && statuses[i] < 400);
        }
    }
    CHECK(sender == 0 && len == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(running));
}

/* The second trustee answers with a share of other keys. Where contributions have no proofs it gets as far as its
 * share: that has the right tag, and no proof that holds. */
static void a_liar(void)
{
    static cer_party elsewhere[eg_trustees];
    wattsum_elgamal_params params = eg_params();
    wattsum_elgamal_keys *other;
    wattsum_elgamal_round *running;
    wattsum_elgamal_trustee *wrong = NULL;
    uint8_t frame[eg_contribution], record[WATTSUM_ANSWER_RECORD_LEN], share[eg_share];
    uint8_t statement[WATTSUM_ELGAMAL_STATEMENT_LEN], statements[eg_threshold * WATTSUM_ELGAMAL_STATEMENT_LEN];
    uint32_t sender = 0, culprit = 99, meters = 0;
    int64_t sums[eg_channels] = {0}, truth[eg_channels] = {0};
    size_t len = 0, size = 0;
    params.trust_all_meters = 1;
    eg_form(&all, &params);
    all.keys = eg_keys(&all, all.ceremony, 1);
    eg_begin(&all);
    other = eg_keys(&all, elsewhere, 2);
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_SHARE, eg_trustee(&all, 1, all.keys, &elsewhere[1].share, &wrong));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_SHARE, eg_trustee(&all, 1, all.keys, &all.ceremony[2].share, &wrong));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_free(all.trustees[1]));
    CHECK_STATUS(WATTSUM_OK, eg_trustee(&all, 1, other, &elsewhere[1].share, &all.trustees[1]));
    running = eg_opened(&all, eg_first);
    for (size_t i = 0; i < eg_meters; i++) {
        len = eg_contribute(&all, i, eg_first, frame);
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, frame, len, &sender, NULL));
        for (size_t c = 0; c < eg_channels; c++) {
            truth[c] += eg_reading(i, eg_first, c);
        }
    }
    for (int pass = 0; pass < 2; pass++) {
        const uint8_t asked[2][eg_threshold] = {{1, 2, 3}, {1, 3, 4}};
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_close(all.head, running, asked[pass], eg_threshold));
        eg_closed(running, &set);
        for (size_t n = 0; n < eg_threshold; n++) {
            wattsum_elgamal_trustee *trustee = all.trustees[asked[pass][n] - 1];
            CHECK_STATUS(WATTSUM_OK, eg_agree(trustee, eg_first, &set, record, statement, NULL));
            CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, statement, sizeof statement, &sender, NULL));
        }
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_statements(running, statements, sizeof statements, &len));
        for (size_t n = 0; n < eg_threshold; n++) {
            const int lies = asked[pass][n] == 2;
            CHECK_STATUS(WATTSUM_OK,
                wattsum_elgamal_trustee_answer(
                    all.trustees[asked[pass][n] - 1], statements, len, record, share, sizeof share, &size, NULL));
            CHECK_STATUS(lies ? WATTSUM_FAULT_BAD_EQUALITY : WATTSUM_OK,
                wattsum_elgamal_round_accept(running, share, size, &sender, &culprit));
        }
        CHECK(culprit == all.answerers[1].id);
        CHECK_STATUS(pass == 0 ? WATTSUM_QUORUM : WATTSUM_OK,
            wattsum_elgamal_utility_record(all.head, running, all.table, sums, eg_channels, &meters));
    }
    CHECK(memcmp(sums, truth, sizeof sums) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(running));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_free(other));
    eg_end(&all);
}

/* A table in a file. */
static void tables(void)
{
    wattsum_elgamal_table *table = NULL, *read = NULL;
    size_t len = 0, written = 7;
    uint8_t *bytes;
    CHECK_STATUS(WATTSUM_MISUSE_TABLE_SIZE, wattsum_elgamal_table_build(7, &table));
    CHECK_STATUS(WATTSUM_MISUSE_TABLE_SIZE, wattsum_elgamal_table_len(27, &len));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_table_build(10, NULL));
    CHECK(table == NULL && len == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_table_build(10, &table));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_table_len(10, &len));
    bytes = (uint8_t *)malloc(len + 1);
    CHECK(bytes != NULL);
    bytes[len] = 0xEE;
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_elgamal_table_write(table, bytes, len - 1, &written));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_table_write(table, bytes, len + 1, &written));
    CHECK(written == len && bytes[len] == 0xEE);
    CHECK_STATUS(WATTSUM_MALFORMED_TABLE_LENGTH, wattsum_elgamal_table_read(bytes, len - 1, &read));
    bytes[len / 2] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_TABLE_CHECKSUM, wattsum_elgamal_table_read(bytes, len, &read));
    bytes[len / 2] ^= 1;
    bytes[0] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_TABLE_HEADER, wattsum_elgamal_table_read(bytes, len, &read));
    bytes[0] ^= 1;
    CHECK(read == NULL);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_table_read(bytes, len, &read));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_table_free(table));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_table_free(NULL));
    free(bytes);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_table_free(all.table));
    all.table = read;
}

/* Wrong calls of the head end: nothing changes. */
static void misuse(uint64_t round)
{
    wattsum_elgamal_round *running = eg_opened(&all, round), *none = NULL;
    wattsum_elgamal_utility *utility = NULL;
    wattsum_elgamal_trustee *trustee = NULL;
    uint8_t present[eg_meters], link[32] = {1}, frame[eg_contribution];
    int64_t sums[eg_channels] = {5, 5};
    uint32_t meters = 5, sender = 5;
    size_t len = 5;
    memset(present, 1, sizeof present);
    present[2] = 2;
#define OPEN(count) wattsum_elgamal_utility_open(all.head, round + 1, round + 1, present, count, &none)
    CHECK_STATUS(WATTSUM_MISUSE_BAD_VALUE, OPEN(eg_meters));
    present[2] = 1;
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, OPEN(eg_meters - 1));
    CHECK_STATUS(WATTSUM_MISUSE_ROUND_FAR_FROM_NOW,
        wattsum_elgamal_utility_open(all.head, round, round + 3, present, eg_meters, &none));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_utility_open(NULL, round, round, present, eg_meters, &none));
#define CLOSE(numbers, count) wattsum_elgamal_utility_close(all.head, running, numbers, count)
    CHECK_STATUS(WATTSUM_QUORUM, CLOSE(quorum, eg_threshold)); /* too few meters */
    for (size_t i = 0; i < eg_meters; i++) {
        size_t size = eg_contribute(&all, i, round, frame);
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_accept(running, frame, size, &sender, NULL));
    }
    CHECK_STATUS(WATTSUM_MISUSE_BAD_QUORUM, CLOSE(quorum, 2));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_QUORUM, CLOSE(((const uint8_t[]) {1, 2, 5}), 3));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_QUORUM, CLOSE(((const uint8_t[]) {1, 3, 2}), 3));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_elgamal_utility_record(all.head, running, all.table, sums, eg_channels, &meters));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_elgamal_round_contributions(running, set.contributions, sizeof set.contributions, &len));
    CHECK_STATUS(WATTSUM_OK, CLOSE(quorum, eg_threshold));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_QUORUM, CLOSE(quorum, 2));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_elgamal_round_frame(running, set.close, 10, &len));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_elgamal_round_contributions(running, set.contributions, eg_contribution, &len));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_elgamal_round_hints(running, set.hints, 1, &len));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_elgamal_round_hints(running, (uint8_t *)&len, 8, &len));
    CHECK_STATUS(
        WATTSUM_QUORUM, wattsum_elgamal_utility_record(all.head, running, all.table, sums, eg_channels, &meters));
    CHECK_STATUS(
        WATTSUM_MISUSE_WRONG_LENGTH, wattsum_elgamal_utility_record(all.head, running, all.table, sums, 1, &meters));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_utility_record(all.head, running, NULL, sums, 2, &meters));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT,
        wattsum_elgamal_utility_record(all.head, running, (wattsum_elgamal_table *)(void *)all.keys, sums, 2, &meters));
    CHECK(sums[0] == 5 && meters == 5 && len == 5 && none == NULL);
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_elgamal_trustee_answer(
            all.trustees[3], NULL, 0, frame, set.contributions, sizeof set.contributions, &len, NULL));
    /* Who is not in the roster, or claims another role. */
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
        wattsum_elgamal_utility_new(
            &all.params, &all.epoch, all.roster, all.keys, all.answerers[0].identity, link, &utility, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY,
        wattsum_elgamal_trustee_new(&all.params, &all.epoch, all.answerers[0].id, all.roster, all.keys,
            &all.ceremony[0].share, all.meters[0].identity, link, &trustee, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY,
        wattsum_elgamal_trustee_new(&all.params, &all.epoch, all.answerers[0].id, all.roster, all.keys,
            &all.ceremony[0].share, all.answerers[0].identity, link, &trustee, NULL)); /* another link key */
    CHECK_STATUS(WATTSUM_MISUSE_NULL,
        wattsum_elgamal_trustee_new(&all.params, &all.epoch, all.answerers[0].id, all.roster, NULL,
            &all.ceremony[0].share, all.answerers[0].identity, link, &trustee, NULL));
    CHECK(utility == NULL && trustee == NULL && link[0] == 1);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_elgamal_trustee_free((wattsum_elgamal_trustee *)(void *)all.head));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_free(NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_free(NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free(running));
}

int main(void)
{
    const wattsum_elgamal_params params = eg_params();
    eg_form(&all, &params);
    all.keys = eg_keys(&all, all.ceremony, 1);
    eg_begin(&all);
    tables();
    utility_restarts(eg_first + 1);
    no_second_list(eg_first + 2);
    garbage(eg_first + 3);
    misuse(eg_first + 4);
    eg_end(&all);
    a_liar();
    return counted();
}

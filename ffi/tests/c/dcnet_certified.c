/* dcnet: certified answers. A meter whose keys with one holder are wrong spoils that holder's answer; it is found, named, and
 * the sum is right. */
#define NET_HOLDERS 7
#define NET_THRESHOLD 5
#include "wattsum.h"
#include "dcnet_play.h"
#include "refused.h"

enum { spoilt = 6 }; /* the holder's number */
static const uint8_t nobody[net_meters] = {0}, everybody[] = {1, 2, 3, 4, 5, 6, 7}, first[] = {1, 2, 3, 4, 5};
static uint8_t statements[net_holders][WATTSUM_STATEMENT_LEN];

#define HANDLE(type) ((type **)(void *)&out.handle)

/* Meter 0 was given another key for one holder, as only a meter can that does not verify entries. */
static void spoil(const uint8_t link[32])
{
    wattsum_member entries[net_holders];
    wattsum_neighbour around[net_meters - 1];
    wattsum_dcnet_setup setup = net_setup(&all, 0, around);
    net_device *own = &all.devices[0];
    uint8_t secret[32], other[32];
    memcpy(secret, link, sizeof secret);
    memcpy(entries, all.entries, sizeof entries);
    CHECK_STATUS(WATTSUM_OK, wattsum_link_generate(entropy(), other, entries[spoilt - 1].link));
    setup.holders = entries;
    CHECK_STATUS(
        WATTSUM_OK, wattsum_dcnet_meter_new(own->memory, sizeof own->memory, &setup, secret, &own->meter, NULL));
}

/* From the contributions to a final Close. */
static void closed(uint64_t round)
{
    static const uint8_t silent[net_meters] = {0, 0, 0, 1};
    open_round(round);
    collect(silent);
    next_close(first, WATTSUM_ROUND_REPAIRING);
    repair(nobody);
    next_close(first, WATTSUM_ROUND_CLOSED);
    tell_meters();
}

/* Who is asked states the set, sees the statements of all, and answers. Those in `away` do not. */
static void certify(const uint8_t *asked, size_t count, uint8_t away)
{
    uint8_t close[net_close], certificate[net_holders * WATTSUM_STATEMENT_LEN], record[WATTSUM_ANSWER_RECORD_LEN];
    uint8_t bytes[net_answer], stage = 9;
    uint32_t sender = 0, missing[net_holders];
    size_t close_len = 0, len = 0, silent = 0, expected = 0, at = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_certify(all.head, now.running, asked, count));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_stage(now.running, &stage));
    CHECK(stage == WATTSUM_ROUND_CERTIFYING);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &close_len));
    for (size_t n = 0; n < count; n++) {
        const uint8_t number = asked[n];
        if (at < net_threshold) {
            REFUSED(WATTSUM_QUORUM,
                wattsum_dcnet_round_certificate(now.running, out.bytes, sizeof out.bytes, &out.len));
        }
        if (number == away) {
            continue;
        }
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_holder_agree(
                all.holders[number - 1], now.number, close, close_len, record, statements[number - 1], NULL));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_round_accept(
                now.running, statements[number - 1], WATTSUM_STATEMENT_LEN, &sender, NULL));
        CHECK(sender == all.answerers[number - 1].id);
        at++;
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_certificate(now.running, certificate, sizeof certificate, &len));
    CHECK(len == at * WATTSUM_STATEMENT_LEN);
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_round_certificate(now.running, out.bytes, len - 1, &out.len));
    for (size_t n = 0; n < count; n++) {
        const uint8_t number = asked[n];
        size_t answer_len = 0;
        if (number == away) {
            continue;
        }
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_holder_answer_certified(all.holders[number - 1], certificate, len, record, bytes,
                sizeof bytes, &answer_len, NULL));
        CHECK(answer_len <= net_answer);
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_accept(now.running, bytes, answer_len, &sender, NULL));
        CHECK(sender == all.answerers[number - 1].id);
    }
    expected = count - at;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_missing(now.running, missing, net_holders, &silent));
    CHECK(silent == expected && (silent == 0 || missing[0] == all.answerers[away - 1].id));
}

/* The sum is right, and what the answers show is as expected. */
static void sum(uint8_t check_, uint8_t names, uint32_t wrong)
{
    int64_t truth[net_channels] = {0}, sums[net_channels] = {0};
    uint32_t ids[net_holders] = {0}, here = 0;
    wattsum_checked checked;
    memset(&checked, 0xEE, sizeof checked);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_utility_record_certified(
            all.head, now.running, sums, net_channels, ids, net_holders, &checked));
    for (size_t i = 0; i < net_meters; i++) {
        here += now.in[i];
        for (size_t c = 0; now.in[i] && c < net_channels; c++) {
            truth[c] += now.readings[i][c];
        }
    }
    CHECK(memcmp(truth, sums, sizeof sums) == 0 && checked.meters == here);
    CHECK(checked.check == check_ && checked.names == names && checked.wrong == wrong);
    CHECK(wrong == 0 || ids[0] == all.answerers[spoilt - 1].id);
    if (wrong > 0) {
        REFUSED(WATTSUM_MISUSE_WRONG_LENGTH,
            wattsum_dcnet_utility_record_certified(all.head, now.running, out.sums, net_channels, out.ids, 0,
                (wattsum_checked *)(void *)out.record));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free(now.running));
}

static void misuse(void)
{
    static const uint8_t few[] = {1, 2, 3, 4}, falling[] = {2, 1, 3, 4, 5}, beyond[] = {1, 2, 3, 4, 8};
    uint8_t close[net_close], certificate[2 * WATTSUM_STATEMENT_LEN] = {0};
    wattsum_dcnet_holder *holder = all.holders[0];
    size_t len = 0;
    wattsum_checked *checked = (wattsum_checked *)(void *)out.record;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_frame(now.running, close, sizeof close, &len));
    NULL_REFUSED(wattsum_dcnet_utility_certify(NULL, now.running, first, 5));
    NULL_REFUSED(wattsum_dcnet_utility_certify(all.head, NULL, first, 5));
    NULL_REFUSED(wattsum_dcnet_utility_certify(all.head, now.running, NULL, 5));
    REFUSED(WATTSUM_MISUSE_BAD_QUORUM, wattsum_dcnet_utility_certify(all.head, now.running, few, 4));
    REFUSED(WATTSUM_MISUSE_BAD_QUORUM, wattsum_dcnet_utility_certify(all.head, now.running, falling, 5));
    REFUSED(WATTSUM_MISUSE_BAD_QUORUM, wattsum_dcnet_utility_certify(all.head, now.running, beyond, 5));
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_dcnet_round_certificate(now.running, out.bytes, sizeof out.bytes, &out.len));
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_dcnet_utility_record_certified(
            all.head, now.running, out.sums, net_channels, out.ids, net_holders, checked));
    NULL_REFUSED(wattsum_dcnet_holder_agree(NULL, now.number, close, len, out.record, out.bytes, &out.culprit));
    NULL_REFUSED(wattsum_dcnet_holder_agree(holder, now.number, NULL, len, out.record, out.bytes, &out.culprit));
    NULL_REFUSED(wattsum_dcnet_holder_agree(holder, now.number, close, len, NULL, out.bytes, &out.culprit));
    NULL_REFUSED(wattsum_dcnet_holder_agree(holder, now.number, close, len, out.record, NULL, &out.culprit));
    REFUSED(WATTSUM_MISUSE_OVERLAP,
        wattsum_dcnet_holder_agree(holder, now.number, close, len, out.bytes + 100, out.bytes, &out.culprit));
#define ANSWER(holder, certificate, len, record, answer, size, answer_len) \
    wattsum_dcnet_holder_answer_certified(holder, certificate, len, record, answer, size, answer_len, &out.culprit)
    NULL_REFUSED(ANSWER(NULL, certificate, sizeof certificate, out.record, out.bytes, net_answer, &out.len));
    NULL_REFUSED(ANSWER(holder, NULL, sizeof certificate, out.record, out.bytes, net_answer, &out.len));
    NULL_REFUSED(ANSWER(holder, certificate, sizeof certificate, NULL, out.bytes, net_answer, &out.len));
    NULL_REFUSED(ANSWER(holder, certificate, sizeof certificate, out.record, NULL, net_answer, &out.len));
    NULL_REFUSED(ANSWER(holder, certificate, sizeof certificate, out.record, out.bytes, net_answer, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH,
        ANSWER(holder, certificate, sizeof certificate, out.record, out.bytes, net_answer - 1, &out.len));
    REFUSED(WATTSUM_MALFORMED_TRUNCATED, ANSWER(holder, certificate, 100, out.record, out.bytes, net_answer, &out.len));
    REFUSED(WATTSUM_MISUSE_OVERLAP,
        ANSWER(holder, out.bytes, sizeof certificate, out.record, out.bytes + 9, net_answer, &out.len));
}

/* After certification: bytes of anything, and calls that come too late. */
static void late(void)
{
    uint8_t bytes[WATTSUM_STATEMENT_LEN], record[WATTSUM_ANSWER_RECORD_LEN], stage = 9;
    const wattsum_bytes item = {bytes, sizeof bytes};
    wattsum_checked *checked = (wattsum_checked *)(void *)out.record;
    wattsum_status status = WATTSUM_OK;
    uint32_t sender = 0;
    size_t len = 0;
    NULL_REFUSED(wattsum_dcnet_round_certificate(NULL, out.bytes, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_certificate(now.running, NULL, 500, &out.len));
    NULL_REFUSED(wattsum_dcnet_round_certificate(now.running, out.bytes, sizeof out.bytes, NULL));
#define RECORD(utility, round, sums, channels, ids, capacity, checked) \
    wattsum_dcnet_utility_record_certified(utility, round, sums, channels, ids, capacity, checked)
    NULL_REFUSED(RECORD(NULL, now.running, out.sums, net_channels, out.ids, 7, checked));
    NULL_REFUSED(RECORD(all.head, NULL, out.sums, net_channels, out.ids, 7, checked));
    NULL_REFUSED(RECORD(all.head, now.running, NULL, net_channels, out.ids, 7, checked));
    NULL_REFUSED(RECORD(all.head, now.running, out.sums, net_channels, NULL, 7, checked));
    NULL_REFUSED(RECORD(all.head, now.running, out.sums, net_channels, out.ids, 7, NULL));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, RECORD(all.head, now.running, out.sums, 1, out.ids, 7, checked));
    REFUSED(WATTSUM_MISUSE_OVERLAP,
        RECORD(all.head, now.running, out.sums, net_channels, (uint32_t *)out.sums, 2, checked));
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_utility_certify(all.head, now.running, everybody, 7));
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_utility_close(all.head, now.running, first, 5, &out.stage));
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER,
        wattsum_dcnet_utility_record(all.head, now.running, out.sums, net_channels, out.ids));
    for (uint32_t n = 0; n < WATTSUM_STATEMENT_LEN; n++) {
        memcpy(bytes, statements[0], sizeof bytes);
        bytes[n] ^= (uint8_t)(1u << (n % 8));
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_accept_many(now.running, &item, 1, &sender, &status));
        CHECK(status >= 200 && status < 400);
        /* Nor does a holder take it for a certificate. */
        CHECK(wattsum_dcnet_holder_answer_certified(
                  all.holders[1], bytes, sizeof bytes, record, out.bytes, sizeof out.bytes, &len, NULL)
            != WATTSUM_OK);
    }
    CHECK(len == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_stage(now.running, &stage));
    CHECK(stage == WATTSUM_ROUND_CERTIFYING);
}

/* A certify that is refused leaves the round closed: after a start from the stored progress, which does not tell who
 * has changed how often, only the first quorum can be asked. */
static void refused_after_a_start(uint64_t round, const uint8_t link[32])
{
    static uint8_t state[20000];
    uint8_t own[32], progress[WATTSUM_UTILITY_RECORD_LEN];
    size_t len = 0;
    open_round(round);
    collect(nobody);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_export(now.running, state, sizeof state, &len));
    next_close(first, WATTSUM_ROUND_CLOSED);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_progress(all.head, progress));
    tell_meters();
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free(now.running));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_free(all.head));
    memcpy(own, link, sizeof own);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_utility_new(
            &all.params, &all.epoch, all.roster, all.utility.identity, own, &all.head, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_resume(all.head, progress, sizeof progress));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_reopen(all.head, state, len, &now.running, NULL));
    next_close(first, WATTSUM_ROUND_CLOSED);
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_utility_certify(all.head, now.running, everybody, 7));
    answers(first);
    record();
}

int main(void)
{
    uint8_t link[32], head_link[32];
    uint64_t round = net_first + 1;
    net_form(&all, 0, 3);
    memcpy(link, all.meters[0].link, sizeof link);
    memcpy(head_link, all.utility.link, sizeof head_link);
    net_begin(&all);
    /* Nobody lies. */
    open_round(round);
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_utility_certify(all.head, now.running, everybody, 7));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free(now.running));
    closed(++round);
    misuse();
    certify(everybody, 7, 0);
    late();
    sum(WATTSUM_CHECK_NAMES, 1, 0);
    spoil(link);
    /* Two more than needed: the wrong answer is named. */
    closed(++round);
    certify(everybody, 7, 0);
    sum(WATTSUM_CHECK_NAMES, 1, 1);
    /* One more: it shows. */
    closed(++round);
    certify(everybody, 7, 2);
    REFUSED(WATTSUM_INCONSISTENT,
        wattsum_dcnet_utility_record_certified(
            all.head, now.running, out.sums, net_channels, out.ids, net_holders, (wattsum_checked *)(void *)out.record));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free(now.running));
    /* As many as needed, without the wrong one: nothing is checked, and the sum is right. */
    closed(++round);
    certify(first, 5, 0);
    sum(WATTSUM_CHECK_NONE, 0, 0);
    /* Bound answers of those know nothing of it either. */
    closed(++round);
    answers(first);
    record();
    refused_after_a_start(++round, head_link);
    net_end(&all);
    return counted();
}

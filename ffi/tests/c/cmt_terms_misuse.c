/* Wrong calls in groups with terms: each has its status, and outputs stay as they were. */
#include "wattsum.h"
#include "cmt_managed.h"

static void misused(uint64_t now)
{
    uint8_t out[512], canary[512], hello[WATTSUM_CMT_HELLO_LEN];
    const uint32_t lead = ring_lead(&all, 1, everybody, ring_meters), other = lead == 0 ? 1 : 0;
    const uint8_t *identity = all.parties[lead].identity;
    wattsum_cmt_setup setup = ring_setup(&all, lead);
    wattsum_cmt_claim claimed = {7, 7, 7, 7, 7, 7, {7}};
    wattsum_cmt_election *election = NULL;
    wattsum_cmt_agreement *agreement = NULL;
    wattsum_cmt_heard heard = {7, 7, 7};
    static uint64_t memory[(WATTSUM_CMT_AGREEMENT_SIZE + 7) / 8];
    uint32_t unsorted[2] = {2, 1}, beyond[1] = {ring_meters}, culprit = 5, ids[ring_meters];
    size_t len = 7;
    uint8_t *record = out;
    memset(canary, 0xEE, sizeof canary);
    memcpy(out, canary, sizeof out);

    /* Without a licence. */
    CHECK_STATUS(WATTSUM_MISUSE_NOT_LICENSED,
        wattsum_cmt_meter_hello(meter(lead), identity, &all.entries[lead], now, now, 1, out));
    CHECK_STATUS(WATTSUM_MISUSE_NOT_LICENSED,
        wattsum_cmt_meter_discover(meter(lead), identity, &all.entries[lead], now, out));
    CHECK_STATUS(WATTSUM_MISUSE_NOT_LICENSED,
        wattsum_cmt_election_open(meter(lead), &setup, identity, now, now, 1, 1, out, &election));
    CHECK_STATUS(WATTSUM_MISUSE_NOT_LICENSED,
        wattsum_cmt_meter_claim(meter(lead), &setup, identity, now, now, 1, everybody, ring_meters, record,
            out + 64, 200, &len));
    CHECK_STATUS(WATTSUM_MISUSE_NOT_SEATED, wattsum_cmt_meter_broken(meter(lead)));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_cmt_meter_ask(meter(lead), NULL, now, out));
    CHECK_STATUS(WATTSUM_MISUSE_ROUND_OUTSIDE_EPOCH, wattsum_cmt_meter_ask(meter(lead), identity, ring_last + 1,
        out));
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED,
        wattsum_cmt_meter_licensed(meter(lead), now, canary, 10, out, NULL));
    CHECK_STATUS(WATTSUM_FAULT_BAD_LICENCE, wattsum_cmt_meter_restore_licence(meter(lead), canary, &culprit));
    CHECK(culprit == all.parties[lead].id);
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED,
        wattsum_cmt_supplier_licence(all.supplier, now, canary, 10, out, out + 64, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, wattsum_cmt_supplier_expel(all.supplier, 12345));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, wattsum_cmt_supplier_readmit(all.supplier, 12345));
    CHECK(memcmp(out, canary, sizeof out) == 0 && len == 7 && election == NULL);
    {
        uint8_t request[WATTSUM_CMT_LICENCE_REQUEST_LEN];
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_expel(all.supplier, all.parties[other].id));
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_ask(meter(other), all.parties[other].identity, now, request));
        CHECK_STATUS(WATTSUM_FAULT_UNKNOWN_SENDER,
            wattsum_cmt_supplier_licence(all.supplier, now, request, sizeof request, out, out + 64, &culprit));
        CHECK(culprit == all.parties[other].id);
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_readmit(all.supplier, all.parties[other].id));
    }
    for (uint32_t i = 0; i < ring_meters; i++) {
        license(i, now);
    }
    CHECK_STATUS(WATTSUM_FAULT_BAD_LICENCE, wattsum_cmt_meter_restore_licence(meter(lead), licences[other], NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_restore_licence(meter(lead), licences[lead], NULL));

    /* Hellos. */
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
        wattsum_cmt_meter_hello(meter(lead), all.parties[other].identity, &all.entries[lead], now, now, 1, out));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
        wattsum_cmt_meter_hello(meter(lead), identity, &all.entries[other], now, now, 1, out));
    CHECK_STATUS(WATTSUM_MISUSE_GENERATION_USED,
        wattsum_cmt_meter_hello(meter(lead), identity, &all.entries[lead], now, now, 0, out));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER,
        wattsum_cmt_election_open(meter(lead), &setup, identity, now, now, 1, 0, out, &election));
    CHECK(memcmp(out, canary, sizeof out) == 0 && election == NULL);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_election_open(meter(lead), &setup, identity, now, now, 1, 1, hello, &election));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_meter_discover(meter(other), all.parties[other].identity, &all.entries[other], now, hello));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY,
        wattsum_cmt_election_hear(
            election, rolls[lead], now, &all.entries[lead], hello, sizeof hello, &heard, NULL));
    CHECK(heard.what == 7);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_election_hear(
            election, rolls[lead], now, &all.entries[other], hello, sizeof hello, &heard, NULL));
    CHECK(heard.what == WATTSUM_CMT_HEARD_DISCOVERY);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_meter_hello(
            meter(other), all.parties[other].identity, &all.entries[other], now, now + 1, 2, hello));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_cmt_election_hear(
            election, rolls[lead], now, &all.entries[other], hello, sizeof hello, &heard, NULL));
    CHECK(heard.what == WATTSUM_CMT_HEARD_ELSEWHERE && heard.generation == 2 && heard.from == now + 1);
    hello[100] ^= 1;
    CHECK_STATUS(WATTSUM_FAULT_BAD_SIGNATURE,
        wattsum_cmt_election_hear(
            election, rolls[lead], now, &all.entries[other], hello, sizeof hello, &heard, &culprit));
    CHECK(culprit == all.parties[other].id);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_election_leave_out(election, other));
    {
        wattsum_cmt_verdict verdict;
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_election_deadline(election, &verdict));
        CHECK(verdict.what == WATTSUM_CMT_VERDICT_TOO_FEW && verdict.have == 1 && verdict.need == 5);
    }
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT,
        wattsum_cmt_election_free((wattsum_cmt_election *)(void *)rolls[lead]));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_election_free(election));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_election_free(NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_roll_free(NULL));

    /* Claims. */
#define CLAIM(meter, setup, identity, members, count, size) \
    wattsum_cmt_meter_claim(meter, setup, identity, now, now, 1, members, count, record, out + 64, size, &len)
    {
        const wattsum_cmt_setup others = ring_setup(&all, other);
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE, CLAIM(meter(lead), &others, identity, everybody, ring_meters, 200));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
            CLAIM(meter(other), &others, all.parties[other].identity, everybody, ring_meters, 200));
        CHECK_STATUS(WATTSUM_MISUSE_BAD_VALUE, CLAIM(meter(lead), &setup, identity, unsorted, 2, 200));
        CHECK_STATUS(WATTSUM_MISUSE_BAD_VALUE, CLAIM(meter(lead), &setup, identity, beyond, 1, 200));
        CHECK_STATUS(WATTSUM_MISUSE_RING_TOO_SMALL, CLAIM(meter(lead), &setup, identity, everybody, 3, 200));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
            CLAIM(meter(lead), &setup, identity, everybody, ring_meters, WATTSUM_CMT_CLAIM_LEN(ring_meters) - 1));
        CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
            wattsum_cmt_meter_claim(
                meter(lead), &setup, identity, now, now, 1, everybody, ring_meters, out + 70, out + 64, 200, &len));
        CHECK(memcmp(out, canary, sizeof out) == 0 && len == 7);
    }
    /* Of an expelled member: the supplier blames the member. */
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_expel(all.supplier, all.parties[other].id));
    CHECK_STATUS(WATTSUM_OK, CLAIM(meter(lead), &setup, identity, everybody, ring_meters, 200));
    CHECK_STATUS(WATTSUM_FAULT_BAD_LICENCE,
        wattsum_cmt_supplier_claimed(all.supplier, now, out + 64, len, &claimed, &culprit));
    CHECK(culprit == all.parties[other].id && claimed.generation == 7);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_readmit(all.supplier, all.parties[other].id));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_cmt_claim_verify(
            &setup, &all.entries[lead], out + 64, len, &claimed, ids, ring_meters - 1, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY,
        wattsum_cmt_meter_follow(meter(other), now, &all.entries[other], out + 64, len, &claimed, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY,
        wattsum_cmt_roll_formed(rolls[other], &all.entries[other], out + 64, len, NULL));
    out[80] ^= 1;
    CHECK_STATUS(WATTSUM_FAULT_BAD_SIGNATURE,
        wattsum_cmt_meter_follow(meter(other), now, &all.entries[lead], out + 64, len, &claimed, &culprit));
    CHECK(culprit == all.parties[lead].id && claimed.generation == 7);
    out[80] ^= 1;

    /* Agreement before there is anything to agree on. */
    CHECK_STATUS(all.params.agreement ? WATTSUM_MISUSE_NO_CLAIM : WATTSUM_MISUSE_NOT_AGREED,
        wattsum_cmt_meter_echo(meter(other), all.parties[other].identity, &all.entries[other], out + 300));
    CHECK_STATUS(all.params.agreement ? WATTSUM_MISUSE_NO_CLAIM : WATTSUM_MISUSE_NOT_AGREED,
        wattsum_cmt_agreement_new(
            memory, sizeof memory, meter(other), &all.entries[lead], out + 64, len, &agreement, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_cmt_agreement_new(
            memory, sizeof memory / 2, meter(other), &all.entries[lead], out + 64, len, &agreement, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_cmt_agreement_new(memory, sizeof memory, meter(other), &all.entries[lead], (uint8_t *)memory + 9, 20,
            &agreement, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_cmt_agreement_new(all.devices[other].memory, WATTSUM_CMT_AGREEMENT_SIZE, meter(other),
            &all.entries[lead], out + 64, len, &agreement, NULL));
    CHECK_STATUS(
        WATTSUM_MISUSE_BAD_CONTEXT, wattsum_cmt_meter_agree(meter(other), (wattsum_cmt_agreement *)(void *)memory));
    CHECK(agreement == NULL && memcmp(out + 300, canary, 100) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_agreement_free(NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_forsake(meter(lead)));
}

/* In a group without terms none of this exists. */
static void without_terms(void)
{
    const wattsum_cmt_params params = ring_params(WATTSUM_CMT_DERIVED);
    uint8_t out[200], record[WATTSUM_CMT_LICENCE_RECORD_LEN], request[WATTSUM_CMT_LICENCE_REQUEST_LEN] = {0};
    wattsum_cmt_claim claimed;
    ring_form(&all, &params);
    CHECK_STATUS(WATTSUM_MISUSE_NO_TERMS, wattsum_cmt_meter_ask(meter(0), all.parties[0].identity, ring_first, out));
    CHECK_STATUS(WATTSUM_MISUSE_NO_TERMS, wattsum_cmt_meter_broken(meter(0)));
    CHECK_STATUS(
        WATTSUM_MISUSE_NO_TERMS, wattsum_cmt_meter_hello(meter(0), all.parties[0].identity, &all.entries[0],
            ring_first, ring_first, 1, out));
    CHECK_STATUS(WATTSUM_MISUSE_NO_TERMS,
        wattsum_cmt_supplier_licence(all.supplier, ring_first, request, sizeof request, record, out, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_NO_TERMS, wattsum_cmt_supplier_claimed(all.supplier, ring_first, request,
        sizeof request, &claimed, NULL));
    ring_free(&all);
}

int main(void)
{
    wattsum_cmt_params params = ring_params(WATTSUM_CMT_DERIVED);
    params.mean_term = 6;
    managed_form(&params);
    misused(ring_first);
    managed_free();
    params.agreement = 1;
    managed_form(&params);
    misused(ring_first);
    managed_free();
    without_terms();
    return counted();
}

/* Trustees' key ceremonies in C: the frames of a participant are those of Rust's (../../scene); keys are made,
 * refreshed and handed on, while power fails in each step; and who cheats is named, by the participants and by anybody.
 */
#include "wattsum.h"
#include "elgamal_ceremony.h"
#include "scenes.h"
#include "scene_elgamal.h"

enum { trustees = 4, threshold = 3 };

#define SCENE(part) scene_elgamal_ceremony_##part
/* Frames stand one behind the other, all of one length. */
#define EACH(part) (sizeof SCENE(part) / trustees)

static const wattsum_elgamal_plan scene_plan
    = {.params = &SCENE(params), .members = SCENE(seats), .member_count = trustees, .number = 7};

static void heard(wattsum_elgamal_ceremony *role, const uint8_t *frames, size_t len)
{
    for (size_t i = 0; i < trustees; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_accept(role, frames + i * len, len, NULL));
    }
}

/* The last member, until shares are sent. */
static wattsum_elgamal_ceremony *until_shares_are_sent(void)
{
    wattsum_elgamal_ceremony *role = NULL;
    uint8_t frame[cer_len], record[cer_record];
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_ceremony_begin(
            &scene_plan, SCENE(seats)[3].id, SCENE(identity_secret), NULL, SCENE(entropy), record, &role));
    CHECK_BYTES(SCENE(record), record, sizeof record);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_frame(role, frame, sizeof frame, &len));
    CHECK(len == EACH(announcements) && memcmp(frame, SCENE(announcements) + 3 * len, len) == 0);
    heard(role, SCENE(announcements), EACH(announcements));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_advance(role, record, &len, NULL));
    CHECK(len == cer_record);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_frame(role, frame, sizeof frame, &len));
    CHECK(len == EACH(echoes) && memcmp(frame, SCENE(echoes) + 3 * len, len) == 0);
    heard(role, SCENE(echoes), EACH(echoes));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_advance(role, record, &len, NULL));
    CHECK(len == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_frame(role, frame, sizeof frame, &len));
    CHECK(len == EACH(shares) && memcmp(frame, SCENE(shares) + 3 * len, len) == 0);
    return role;
}

static void equals_rust(void)
{
    wattsum_elgamal_ceremony *role = until_shares_are_sent();
    wattsum_elgamal_keys *keys = NULL;
    wattsum_elgamal_share share;
    uint8_t frame[cer_len], record[cer_record], bytes[WATTSUM_ELGAMAL_KEYS_LEN(trustees)];
    size_t len = 0;
    heard(role, SCENE(shares), EACH(shares));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_advance(role, record, &len, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_frame(role, frame, sizeof frame, &len));
    CHECK(len == EACH(confirmations) && memcmp(frame, SCENE(confirmations) + 3 * len, len) == 0);
    CHECK_STATUS(WATTSUM_QUORUM, wattsum_elgamal_ceremony_finish(role, &keys, &share));
    heard(role, SCENE(confirmations), EACH(confirmations));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_elgamal_ceremony_advance(role, record, &len, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_finish(role, &keys, &share));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_to_bytes(keys, bytes, sizeof bytes, &len));
    CHECK_BYTES(SCENE(keys), bytes, len);
    CHECK(share.number == 4);
    CHECK_BYTES(SCENE(share), share.secret, sizeof share.secret);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_free(keys));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_free(role));
}

/* A dealer that spoils a share, and a member that complains of a right one. */
static void complaints(void)
{
    wattsum_elgamal_ceremony *role = until_shares_are_sent();
    wattsum_elgamal_verdict verdict;
    wattsum_bytes announcements[trustees], echoes[trustees];
    uint8_t frame[cer_len], record[cer_record];
    uint32_t culprit = 99;
    size_t len = 7;
    for (size_t i = 0; i < trustees; i++) {
        const int cheats = i == 1;
        CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_ceremony_accept(
                role, cheats ? SCENE(spoilt) : SCENE(shares) + i * EACH(shares), EACH(shares), NULL));
        announcements[i].at = SCENE(announcements) + i * EACH(announcements);
        announcements[i].len = EACH(announcements);
        echoes[i].at = SCENE(echoes) + i * EACH(echoes);
        echoes[i].len = EACH(echoes);
    }
    CHECK_STATUS(WATTSUM_FAULT_BAD_SHARE, wattsum_elgamal_ceremony_advance(role, record, &len, &culprit));
    CHECK(culprit == SCENE(seats)[1].id && len == 7);
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_elgamal_ceremony_complaint(role, 0, frame, 99, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_complaint(role, 0, frame, sizeof frame, &len));
    CHECK_BYTES(SCENE(complaint), frame, len);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_complaint(role, 1, frame, sizeof frame, &len));
    CHECK(len == 0);
#define JUDGED(bytes, size) \
    wattsum_elgamal_plan_judge(&scene_plan, announcements, trustees, echoes, trustees, bytes, size, &verdict, &culprit)
    CHECK_STATUS(
        WATTSUM_OK, wattsum_elgamal_ceremony_judge(role, SCENE(complaint), sizeof SCENE(complaint), &verdict, NULL));
    CHECK(verdict.culprit == SCENE(seats)[1].id && verdict.fault == WATTSUM_FAULT_BAD_SHARE);
    CHECK_STATUS(
        WATTSUM_OK, wattsum_elgamal_ceremony_judge(role, SCENE(slander), sizeof SCENE(slander), &verdict, NULL));
    CHECK(verdict.culprit == SCENE(seats)[3].id && verdict.fault == WATTSUM_FAULT_FALSE_COMPLAINT);
    memset(&verdict, 0, sizeof verdict);
    CHECK_STATUS(WATTSUM_OK, JUDGED(SCENE(complaint), sizeof SCENE(complaint)));
    CHECK(verdict.culprit == SCENE(seats)[1].id && verdict.fault == WATTSUM_FAULT_BAD_SHARE);
    memcpy(frame, SCENE(complaint), sizeof SCENE(complaint));
    frame[200] ^= 1;
    CHECK_STATUS(WATTSUM_FAULT_BAD_SIGNATURE, JUDGED(frame, sizeof SCENE(complaint)));
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED, JUDGED(frame, 15));
    echoes[2] = echoes[0];
    CHECK_STATUS(WATTSUM_QUORUM, JUDGED(SCENE(complaint), sizeof SCENE(complaint)));
    /* Two frames of shares, one spoilt, are evidence as they are. */
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_plan_contradiction(
            &scene_plan, SCENE(spoilt), EACH(shares), SCENE(shares) + EACH(shares), EACH(shares), &verdict, NULL));
    CHECK(verdict.culprit == SCENE(seats)[1].id && verdict.fault == WATTSUM_FAULT_CONTRADICTION);
    CHECK_STATUS(WATTSUM_INCONSISTENT,
        wattsum_elgamal_plan_contradiction(
            &scene_plan, SCENE(spoilt), EACH(shares), SCENE(shares), EACH(shares), &verdict, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_free(role));
}

/* Keys for an onlooker are those that come of it. */
static void onlookers(void)
{
    wattsum_elgamal_keys *keys = NULL;
    wattsum_elgamal_plan other = scene_plan;
    wattsum_bytes announcements[trustees], echoes[trustees];
    uint8_t bytes[WATTSUM_ELGAMAL_KEYS_LEN(trustees)], id[2][32];
    size_t len = 0;
    for (size_t i = 0; i < trustees; i++) {
        announcements[i].at = SCENE(announcements) + i * EACH(announcements);
        announcements[i].len = EACH(announcements);
        echoes[i].at = SCENE(echoes) + i * EACH(echoes);
        echoes[i].len = EACH(echoes);
    }
#define KEYS(plan, count) wattsum_elgamal_plan_keys(plan, announcements, trustees, echoes, count, &keys, NULL)
    CHECK_STATUS(WATTSUM_QUORUM, KEYS(&scene_plan, trustees - 1));
    other.number++;
    CHECK_STATUS(WATTSUM_FAULT_BAD_SIGNATURE, KEYS(&other, trustees));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_plan_id(&scene_plan, id[0]));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_plan_id(&other, id[1]));
    CHECK(memcmp(id[0], id[1], 32) != 0 && keys == NULL);
    CHECK_STATUS(WATTSUM_OK, KEYS(&scene_plan, trustees));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_to_bytes(keys, bytes, sizeof bytes, &len));
    CHECK_BYTES(SCENE(keys), bytes, len);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_free(keys));
}

static party people[7]; /* the first four, and three that come later */

static void identities(void)
{
    for (uint32_t i = 0; i < COUNT(people); i++) {
        people[i].id = 60 - 7 * i;
        CHECK_STATUS(WATTSUM_OK, wattsum_identity_generate(entropy(), people[i].identity, people[i].identity_public));
    }
}

static void takes_part(cer_party *who, size_t person, const wattsum_elgamal_share *old)
{
    memset(who, 0, sizeof *who);
    who->id = people[person].id;
    who->identity = people[person].identity;
    who->old = old;
}

/* Made, refreshed, and handed on by three of the four to one of them and three others: the group key stays. */
static void generations(void)
{
    static cer_party old[4], fresh[4], next[6];
    const size_t of_next[6] = {4, 1, 5, 6, 0, 3}; /* members, then dealers that are none */
    wattsum_elgamal_seat seats[4], next_seats[4];
    wattsum_elgamal_dealer dealers[3];
    wattsum_elgamal_plan plan = {.params = &SCENE(params), .members = seats, .member_count = 4, .number = 1};
    wattsum_elgamal_keys *keys[3] = {NULL, NULL, NULL};
    wattsum_elgamal_key key[3];
    for (size_t i = 0; i < 4; i++) {
        seats[i] = cer_seat(&people[i]);
        takes_part(&old[i], i, NULL);
    }
    keys[0] = cer_hold(&plan, old, 4);
    plan.number = 2;
    plan.old = keys[0];
    for (size_t i = 0; i < 4; i++) {
        takes_part(&fresh[i], i, &old[i].share);
    }
    keys[1] = cer_hold(&plan, fresh, 4);
    CHECK(memcmp(old[0].share.secret, fresh[0].share.secret, 32) != 0);
    plan.number = 3;
    plan.old = keys[1];
    plan.members = next_seats;
    plan.dealers = dealers;
    plan.dealer_count = 3;
    for (size_t i = 0; i < 6; i++) {
        if (i < 4) {
            next_seats[i] = cer_seat(&people[of_next[i]]);
        }
        takes_part(&next[i], of_next[i], of_next[i] < 4 ? &fresh[of_next[i]].share : NULL);
    }
    for (uint8_t i = 0; i < 3; i++) {
        const uint8_t number = i == 2 ? 4 : (uint8_t)(i + 1);
        dealers[i].number = number;
        dealers[i].seat = seats[number - 1];
    }
    keys[2] = cer_hold(&plan, next, 6);
    for (size_t i = 0; i < 3; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_group_key(keys[i], &key[i]));
    }
    CHECK(memcmp(key[0].bytes, key[1].bytes, 32) == 0 && memcmp(key[0].bytes, key[2].bytes, 32) == 0);
    CHECK(memcmp(key[0].bytes + 32, key[1].bytes + 32, 32) != 0);
    /* Plans that cannot be. */
    uint8_t id[32] = {0};
    dealers[1].number = 4;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_QUORUM, wattsum_elgamal_plan_id(&plan, id));
    dealers[1].number = 2;
    plan.dealer_count = 2;
    CHECK_STATUS(WATTSUM_QUORUM, wattsum_elgamal_plan_id(&plan, id));
    plan.old = NULL;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_elgamal_plan_id(&plan, id));
    plan.dealer_count = 0;
    plan.member_count = 3;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_THRESHOLD, wattsum_elgamal_plan_id(&plan, id));
    plan.member_count = 4;
    next_seats[1] = next_seats[0];
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_elgamal_plan_id(&plan, id));
    plan.members = NULL;
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_plan_id(&plan, id));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_plan_id(NULL, id));
    CHECK(id[0] == 0 && id[31] == 0);
    for (size_t i = 0; i < 3; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_free(keys[i]));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_free(NULL));
}

/* The third member announces two different keys; the utility shows one to the first and the other to the rest. */
static void two_worlds(void)
{
    static cer_party all[4], twin;
    wattsum_elgamal_seat seats[4];
    const wattsum_elgamal_plan plan = {.params = &SCENE(params), .members = seats, .member_count = 4, .number = 9};
    wattsum_elgamal_dispute disputes[8];
    wattsum_elgamal_verdict verdict;
    uint8_t shown[cer_len], record[cer_record];
    uint32_t culprit = 99, ids[4];
    size_t count = 0, len = 0;
    for (size_t i = 0; i < 4; i++) {
        seats[i] = cer_seat(&people[i]);
        takes_part(&all[i], i, NULL);
    }
    takes_part(&twin, 2, NULL);
    for (size_t i = 0; i < 4; i++) {
        cer_begin(&plan, &all[i]);
        cer_send(&all[i]);
    }
    cer_begin(&plan, &twin);
    cer_send(&twin);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_missing(all[0].role, ids, 4, &count));
    CHECK(count == 3 && ids[0] == people[1].id);
    CHECK_STATUS(WATTSUM_QUORUM, wattsum_elgamal_ceremony_advance(all[0].role, record, &len, &culprit));
    CHECK(cer_step(&all[0]) == WATTSUM_ELGAMAL_JOINING && culprit == 99);
    for (size_t to = 0; to < 4; to++) {
        for (size_t from = 0; from < 4; from++) {
            const cer_party *who = to == 0 && from == 2 ? &twin : &all[from];
            CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_accept(all[to].role, who->frames[0], who->lens[0], NULL));
        }
    }
    CHECK_STATUS(WATTSUM_FAULT_CONTRADICTION,
        wattsum_elgamal_ceremony_accept(all[0].role, all[2].frames[0], all[2].lens[0], &culprit));
    CHECK(culprit == people[2].id);
    for (size_t i = 0; i < 4; i++) {
        CHECK_STATUS(WATTSUM_OK, cer_advance(&all[i]));
        cer_send(&all[i]);
    }
    CHECK_STATUS(WATTSUM_MALFORMED_WRONG_KIND,
        wattsum_elgamal_ceremony_accept(all[0].role, all[1].frames[0], all[1].lens[0], NULL));
    /* The cheat's own echo names another announcement than the first has of it: that convicts it at once. */
    CHECK_STATUS(WATTSUM_FAULT_WRONG_ECHO,
        wattsum_elgamal_ceremony_accept(all[0].role, all[2].frames[1], all[2].lens[1], &culprit));
    CHECK(culprit == people[2].id);
    for (size_t from = 0; from < 4; from++) {
        CHECK_STATUS(
            WATTSUM_OK, wattsum_elgamal_ceremony_accept(all[1].role, all[from].frames[1], all[from].lens[1], NULL));
    }
    CHECK_STATUS(WATTSUM_INCONSISTENT, wattsum_elgamal_ceremony_advance(all[1].role, record, &len, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_elgamal_ceremony_disputes(all[1].role, disputes, 0, &count));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_disputes(all[1].role, disputes, 8, &count));
    CHECK(count == 1 && disputes[0].about == people[2].id && disputes[0].claimant == people[0].id);
    /* The claimant shows what it saw, and both together name the cheat. */
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_evidence(all[0].role, people[2].id, shown, sizeof shown, &len));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_plan_contradiction(&plan, shown, len, all[2].frames[0], all[2].lens[0], &verdict, NULL));
    CHECK(verdict.culprit == people[2].id && verdict.fault == WATTSUM_FAULT_CONTRADICTION);
    CHECK_STATUS(
        WATTSUM_MISUSE_UNKNOWN_PARTY, wattsum_elgamal_ceremony_evidence(all[0].role, 4711, shown, sizeof shown, &len));
    /* With the other announcement after its echo, a participant that lost its power signs no second echo. */
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_free(all[0].role));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_ceremony_resume(
            &plan, all[0].id, all[0].identity, NULL, all[0].log, all[0].log_len, &all[0].role));
    cer_hear(&all[0], all, 4, 0);
    CHECK_STATUS(WATTSUM_INCONSISTENT, wattsum_elgamal_ceremony_advance(all[0].role, record, &len, NULL));
    for (size_t i = 0; i < 4; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_free(all[i].role));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_free(twin.role));
}

static void misuse(void)
{
    static const uint8_t stuck[32]
        = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
    const uint8_t *secret = SCENE(identity_secret), *fresh = SCENE(entropy);
    const uint32_t id = SCENE(seats)[3].id;
    wattsum_elgamal_ceremony *role = NULL;
    wattsum_elgamal_keys *keys = NULL;
    wattsum_elgamal_share share, some = {.secret = {9}, .number = 4}, none = {.secret = {0}, .number = 0};
    uint8_t record[cer_record], log[2 * cer_record], bytes[300], byte = 7;
    size_t len = 7;
    memset(record, 0xEE, sizeof record);
    memset(&share, 0xEE, sizeof share);
#define BEGIN(plan, who, identity, old, drawn) \
    wattsum_elgamal_ceremony_begin(plan, who, identity, old, drawn, record, &role)
    CHECK_STATUS(WATTSUM_MISUSE_NULL, BEGIN(NULL, id, secret, NULL, fresh));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, BEGIN(&scene_plan, id, NULL, NULL, fresh));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, BEGIN(&scene_plan, id, secret, NULL, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_ENTROPY, BEGIN(&scene_plan, id, secret, NULL, stuck));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, BEGIN(&scene_plan, id + 1, secret, NULL, fresh));
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, BEGIN(&scene_plan, id, fresh, NULL, fresh));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_SHARE, BEGIN(&scene_plan, id, secret, &some, fresh));
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_KEYS, BEGIN(&scene_plan, id, secret, &none, fresh));
    CHECK(role == NULL && record[0] == 0xEE);
    memcpy(log, SCENE(record), cer_record);
#define RESUME(size) wattsum_elgamal_ceremony_resume(&scene_plan, id, secret, NULL, log, size, &role)
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, RESUME(0));
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, RESUME(cer_record - 1));
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, RESUME(cer_record + 1));
    log[40] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD, RESUME(cer_record));
    log[40] ^= 1;
    CHECK(role == NULL);
    CHECK_STATUS(WATTSUM_OK, RESUME(cer_record));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_elgamal_ceremony_finish(role, &keys, &share));
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_elgamal_ceremony_complaint(role, 0, bytes, 300, &len));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_elgamal_ceremony_frame(role, bytes, 300, &len));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_ceremony_step(NULL, &byte));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_ceremony_accept(role, NULL, 4, NULL));
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED, wattsum_elgamal_ceremony_accept(role, NULL, 0, NULL));
    CHECK_STATUS(
        WATTSUM_MISUSE_OVERLAP, wattsum_elgamal_ceremony_advance(role, record, (size_t *)(void *)record, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_elgamal_keys_free((wattsum_elgamal_keys *)(void *)role));
    CHECK(len == 7 && byte == 7 && keys == NULL && share.number == 0xEE);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_free(role));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_free(NULL));
    /* Keys from bytes. */
    memcpy(bytes, SCENE(keys), sizeof SCENE(keys));
#define STORED(size) wattsum_elgamal_keys_from_bytes(&SCENE(params), bytes, size, &keys)
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED, STORED(sizeof SCENE(keys) - 1));
    CHECK_STATUS(WATTSUM_MALFORMED_TRAILING_BYTES, STORED(sizeof SCENE(keys) + 1));
    memcpy(bytes + 3, bytes + 35, 32); /* they lie on no polynomial */
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_KEYS, STORED(sizeof SCENE(keys)));
    CHECK(keys == NULL);
    memcpy(bytes, SCENE(keys), sizeof SCENE(keys));
    CHECK_STATUS(WATTSUM_OK, STORED(sizeof SCENE(keys)));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_elgamal_keys_to_bytes(keys, bytes, 9, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_free(keys));
}

int main(void)
{
    equals_rust();
    complaints();
    onlookers();
    identities();
    generations();
    two_worlds();
    misuse();
    return counted();
}

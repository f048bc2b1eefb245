/* An elgamal meter in C: its bytes are those with which groups' sums were opened in Rust (../../scene), of one and two
 * channels, with proofs of knowledge and without. And wrong calls: each has its status, outputs stay as they were. */
#include "wattsum.h"
#include "play_elgamal.h"

static const elgamal_scene scenes[] = {
    ELGAMAL_SCENE(elgamal_1),
    ELGAMAL_SCENE(elgamal_2),
    ELGAMAL_SCENE(elgamal_t1),
    ELGAMAL_SCENE(elgamal_t2),
};

enum {
    channels = 2, /* of most */
    contribution = WATTSUM_ELGAMAL_CONTRIBUTION_LEN(channels, 0),
};

METER_MEMORY(memory, WATTSUM_ELGAMAL_METER_SIZE);
static wattsum_elgamal_pair pairs[channels];
static wattsum_mark mark;
static uint8_t record[WATTSUM_MARK_RECORD_LEN], frame[contribution + 1], untouched[contribution + 1];

static int zeros(const void *at, size_t len)
{
    const uint8_t *bytes = (const uint8_t *)at;
    uint8_t any = 0;
    while (len-- > 0) {
        any |= *bytes++;
    }
    return any == 0;
}

/* Both rounds, with all that a meter checks before. */
static void equals_rust(const elgamal_scene *scene)
{
    wattsum_forming forming;
    wattsum_epoch epoch;
    wattsum_elgamal_meter *meter;
    const uint64_t *rounds = scene->rounds;
    size_t len = 0;
    CHECK(scene->contribution == WATTSUM_ELGAMAL_CONTRIBUTION_LEN(scene->channels, scene->params->trust_all_meters));
    if (!elgamal_epoch(scene, &forming, &epoch) || !elgamal_members(scene, &forming, &epoch)
        || !elgamal_certified(scene, &epoch)) {
        return;
    }
    meter = elgamal_make(scene, &epoch, memory, sizeof memory);
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_meter_contribute(meter, &mark, rounds[0], rounds[0], scene->readings[0], scene->channels,
            scene->entropies[0], record, frame, sizeof frame, &len));
    CHECK(len == scene->contribution && memcmp(frame, scene->contributions[0], len) == 0);

    elgamal_prepare(scene, meter, pairs);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_meter_contribute_with(meter, &mark, rounds[1], rounds[1], scene->readings[1], scene->channels,
            pairs, record, frame, sizeof frame, &len));
    CHECK(len == scene->contribution && memcmp(frame, scene->contributions[1], len) == 0);
    CHECK(zeros(pairs, sizeof pairs)); /* wiped with the use */

    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_meter_free(meter));
    CHECK(zeros(memory, sizeof memory));
}

/* A meter that starts anew knows from its records what it has sent, and needs nothing else. */
static void after_a_reboot(const elgamal_scene *scene, const wattsum_epoch *epoch)
{
    wattsum_elgamal_meter *meter = elgamal_make(scene, epoch, memory, sizeof memory);
    const uint64_t round = scene->rounds[1];
    size_t len = 7;
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_replay(&mark, record, sizeof record));
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED,
        wattsum_elgamal_meter_contribute(meter, &mark, round, round, scene->readings[1], scene->channels,
            scene->entropies[1], record, frame, sizeof frame, &len));
    /* A pair outlives no mark: it is gone with the refusal. */
    elgamal_prepare(scene, meter, pairs);
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED,
        wattsum_elgamal_meter_contribute_with(
            meter, &mark, round, round, scene->readings[1], scene->channels, pairs, record, frame, sizeof frame, &len));
    CHECK(len == 7 && zeros(pairs, sizeof pairs));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_meter_free(meter));
}

/* Statements that are too few, forged, of others. */
static void keys(const elgamal_scene *scene, const wattsum_epoch *epoch)
{
    enum { len = WATTSUM_ELGAMAL_KEY_STATEMENT_LEN, n = 5 };
    static uint8_t many[300][len];
    uint8_t statements[n][len];
    wattsum_elgamal_key key;
    wattsum_member members[elgamal_most_trustees];
    wattsum_elgamal_params params = *scene->params;
    uint32_t signer = 7, culprit = 7;
    const size_t trustees = scene->answerer_count;
    memset(key.bytes, 0xEE, sizeof key.bytes);
    memcpy(statements, scene->statements, sizeof statements);
#define CERTIFIED(group, entries, count, at, number) \
    wattsum_elgamal_key_certified(                   \
        group, epoch, scene->lists, &elgamal_utility, entries, count, at, number, &key, &culprit)
    /* The first is forged, the second and fourth are the same. */
    CHECK_STATUS(WATTSUM_QUORUM, CERTIFIED(scene->params, elgamal_trustees, trustees, statements[0], 4));
    CHECK_STATUS(WATTSUM_QUORUM, CERTIFIED(scene->params, elgamal_trustees, trustees, NULL, 0));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, CERTIFIED(scene->params, elgamal_trustees, trustees, NULL, 1));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, CERTIFIED(NULL, elgamal_trustees, trustees, statements[0], n));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, CERTIFIED(scene->params, NULL, trustees, statements[0], n));
    CHECK_STATUS(
        WATTSUM_MISUSE_BAD_PARAMETER, CERTIFIED(scene->params, elgamal_trustees, trustees - 1, statements[0], n));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, CERTIFIED(scene->params, NULL, 0, statements[0], n));
    params.group.max_reading++; /* another session */
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_SESSION, CERTIFIED(&params, elgamal_trustees, trustees, statements[0], n));
    params = *scene->params;
    params.trust_all_meters = 2;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, CERTIFIED(&params, elgamal_trustees, trustees, statements[0], n));
    /* Trustees of the utility's own: nobody of them has signed. */
    memcpy(members, elgamal_trustees, sizeof members);
    for (size_t i = 0; i < trustees; i++) {
        members[i].identity[3] ^= 1;
    }
    CHECK_STATUS(WATTSUM_QUORUM, CERTIFIED(scene->params, members, trustees, statements[0], n));
    CHECK(culprit == 7 && key.bytes[0] == 0xEE && key.bytes[63] == 0xEE);
    /* However much rubbish somebody adds, as long as the right ones stand among the first. */
    memset(many, 3, sizeof many);
    memcpy(many[WATTSUM_ELGAMAL_KEY_STATEMENTS - n], statements, sizeof statements);
    CHECK_STATUS(WATTSUM_OK, CERTIFIED(scene->params, elgamal_trustees, trustees, many[0], 300));
    CHECK(memcmp(key.bytes, scene->key, sizeof key.bytes) == 0);
    CHECK_STATUS(WATTSUM_QUORUM, CERTIFIED(scene->params, elgamal_trustees, trustees, many[1] - len, 255));
    CHECK_STATUS(WATTSUM_OK, CERTIFIED(scene->params, elgamal_trustees, trustees, many[230], 30));

#define CHECKED(at, size)                \
    wattsum_elgamal_key_check_statement( \
        scene->params, epoch, scene->lists, &elgamal_utility, elgamal_trustees, trustees, at, size, &signer, &culprit)
    CHECK_STATUS(WATTSUM_FAULT_BAD_SIGNATURE, CHECKED(statements[0], len));
    CHECK(culprit == scene->answerers[0].id && signer == 7);
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED, CHECKED(statements[1], len - 70));
    CHECK_STATUS(WATTSUM_OK, CHECKED(statements[1], len));
    CHECK(signer == scene->answerers[3].id);
}

static void making(const elgamal_scene *scene, const wattsum_epoch *epoch)
{
    wattsum_elgamal_setup setup = elgamal_setup(scene, epoch);
    wattsum_elgamal_meter *meter = NULL;
    wattsum_lists lists = *scene->lists;
    wattsum_elgamal_key key = elgamal_key;
    const uint8_t *secret = scene->identity_secret;
    uint8_t *bytes = (uint8_t *)memory;
    uint32_t culprit = 7;
    const size_t size = sizeof memory;
#define MAKE(at, len, identity) wattsum_elgamal_meter_new(at, len, &setup, identity, &meter, &culprit)
    CHECK_STATUS(WATTSUM_MISUSE_NULL, MAKE(NULL, size, secret));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, MAKE(bytes, size, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_MISALIGNED, MAKE(bytes + 1, size - 1, secret));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, MAKE(bytes, size / 2, secret));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, MAKE(bytes, size, bytes + 8));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_meter_new(bytes, size, NULL, secret, &meter, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_elgamal_meter_new(bytes, size, &setup, secret, NULL, NULL));
    setup.key = (const wattsum_elgamal_key *)(void *)(bytes + 16);
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, MAKE(bytes, size, secret));
    setup.key = NULL;
    CHECK_STATUS(WATTSUM_MISUSE_NULL, MAKE(bytes, size, secret));
    memset(key.bytes, 0, 32); /* the identity: everybody could read it */
    setup.key = &key;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_KEYS, MAKE(bytes, size, secret));
    memset(key.bytes, 0xFF, 32);
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_KEYS, MAKE(bytes, size, secret));
    setup.key = &elgamal_key;
    CHECK(culprit == 7);
    lists.meters++;
    setup.lists = &lists;
    CHECK_STATUS(WATTSUM_FAULT_BAD_PROOF, MAKE(bytes, size, secret));
    CHECK(culprit == 0 && meter == NULL && zeros(memory, sizeof memory));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_elgamal_meter_free((wattsum_elgamal_meter *)memory));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_meter_free(NULL));
    /* One that cannot be made leaves nothing of the one that was there. */
    meter = elgamal_make(scene, epoch, memory, sizeof memory);
    CHECK_STATUS(WATTSUM_FAULT_BAD_PROOF, MAKE(bytes, size, secret));
    CHECK(zeros(memory, sizeof memory));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_elgamal_meter_free(meter));
}

static void contributing(const elgamal_scene *scene, const wattsum_epoch *epoch)
{
    static const uint8_t stuck[32] = {0};
    METER_MEMORY(moved, WATTSUM_ELGAMAL_METER_SIZE);
    wattsum_elgamal_meter *meter = elgamal_make(scene, epoch, memory, sizeof memory);
    int64_t reading[2] = {1, -1};
    wattsum_mark blank;
    const uint64_t now = scene->rounds[0];
    const uint8_t *entropy = scene->entropies[0];
    size_t len = 7;
    memset(&blank, 0, sizeof blank);
    memset(frame, 0xEE, sizeof frame);
    memcpy(untouched, frame, sizeof frame);
    memset(record, 0xEE, sizeof record);
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
#define CONTRIBUTE(own, at, round, count, drawn, size) \
    wattsum_elgamal_meter_contribute(own, at, now, round, reading, count, drawn, record, frame, size, &len)
    CHECK_STATUS(WATTSUM_MISUSE_NULL, CONTRIBUTE(NULL, &mark, now, 2, entropy, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, CONTRIBUTE(meter, NULL, now, 2, entropy, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, CONTRIBUTE(meter, &mark, now, 2, NULL, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_ENTROPY, CONTRIBUTE(meter, &mark, now, 2, stuck, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, CONTRIBUTE(meter, &blank, now, 2, entropy, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_ROUND_FAR_FROM_NOW, CONTRIBUTE(meter, &mark, now + 3, 2, entropy, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_ROUND_TOO_LARGE, CONTRIBUTE(meter, &mark, UINT64_C(1) << 32, 2, entropy, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_CHANNELS, CONTRIBUTE(meter, &mark, now, 1, entropy, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_CHANNELS, CONTRIBUTE(meter, &mark, now, 0, entropy, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, CONTRIBUTE(meter, &mark, now, 2, entropy, contribution - 1));
    reading[1] = (int64_t)scene->params->group.max_reading + 1;
    CHECK_STATUS(WATTSUM_MISUSE_READING_TOO_LARGE, CONTRIBUTE(meter, &mark, now, 2, entropy, sizeof frame));
    reading[1] = INT64_MIN;
    CHECK_STATUS(WATTSUM_MISUSE_READING_TOO_LARGE, CONTRIBUTE(meter, &mark, now, 2, entropy, sizeof frame));
    reading[1] = -1;
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, CONTRIBUTE(meter, &mark, now, 2, frame + 9, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_elgamal_meter_contribute(
            meter, &mark, now, now, reading, 2, entropy, frame, frame, sizeof frame, &len));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_elgamal_meter_contribute(meter, &mark, now, now, reading, 2, entropy, record,
            (uint8_t *)memory + WATTSUM_ELGAMAL_METER_SIZE / 2, contribution, &len));
    memcpy(moved, memory, sizeof moved);
    CHECK_STATUS(
        WATTSUM_MISUSE_BAD_CONTEXT, CONTRIBUTE((wattsum_elgamal_meter *)moved, &mark, now, 2, entropy, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_MISALIGNED,
        CONTRIBUTE((wattsum_elgamal_meter *)(void *)((uint8_t *)memory + 1), &mark, now, 2, entropy, sizeof frame));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_dcnet_meter_free((wattsum_dcnet_meter *)memory));
    CHECK(memcmp(frame, untouched, sizeof frame) == 0 && record[0] == 0xEE && len == 7);
    /* None of it has spent the interval. */
    CHECK_STATUS(WATTSUM_OK, CONTRIBUTE(meter, &mark, now, 2, entropy, sizeof frame));
    CHECK(len == contribution && frame[contribution] == 0xEE);
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED, CONTRIBUTE(meter, &mark, now, 2, entropy, sizeof frame));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_meter_free(meter));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, CONTRIBUTE(meter, &mark, now, 2, entropy, sizeof frame));
}

static void preparing(const elgamal_scene *scene, const wattsum_epoch *epoch)
{
    wattsum_elgamal_meter *meter = elgamal_make(scene, epoch, memory, sizeof memory);
    wattsum_elgamal_pair moved[channels];
    const uint64_t round = scene->rounds[1];
    const uint8_t *entropy = scene->entropies[1];
    const int64_t reading[9] = {4, 5};
    static wattsum_elgamal_pair nine[9];
    size_t len = 7;
    memset(frame, 0xEE, sizeof frame);
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
#define PREPARE(at, channel, drawn, place) wattsum_elgamal_meter_prepare(meter, at, channel, drawn, place)
#define WITH(at, count, places)            \
    wattsum_elgamal_meter_contribute_with( \
        meter, &mark, at, at, reading, count, places, record, frame, sizeof frame, &len)
    memset(pairs, 0x55, sizeof pairs);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, WITH(round, 2, pairs));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, PREPARE(round, 0, entropy, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, PREPARE(round, 0, NULL, pairs));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_CHANNELS, PREPARE(round, 2, entropy, pairs));
    CHECK_STATUS(WATTSUM_MISUSE_ROUND_OUTSIDE_EPOCH, PREPARE(scene->first_round - 1, 0, entropy, pairs));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, PREPARE(round, 0, (const uint8_t *)pairs + 100, pairs));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, PREPARE(round, 0, entropy, (wattsum_elgamal_pair *)(void *)memory));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_elgamal_pair_free(pairs));
    CHECK(pairs[0].words[0] == UINT64_C(0x5555555555555555) && pairs[0].words[63] == pairs[0].words[0]);
    elgamal_prepare(scene, meter, pairs);
    /* As many as the meter has channels, where they were made; until then they stay. */
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_CHANNELS, WITH(round, 9, nine));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_CHANNELS, WITH(round, 0, pairs));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, WITH(round, 2, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_elgamal_meter_contribute_with(
            meter, &mark, round, round, reading, 2, pairs, record, (uint8_t *)pairs, sizeof pairs, &len));
    memcpy(moved, pairs, sizeof moved);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, WITH(round, 2, moved));
    /* One of two is not there: the other stays. */
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_pair_free(&pairs[1]));
    CHECK(zeros(&pairs[1], sizeof pairs[1]));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_elgamal_pair_free(&pairs[1]));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, WITH(round, 2, pairs));
    CHECK(!zeros(&pairs[0], sizeof pairs[0]));
    /* In another round, or in each other's place, they serve nobody. */
    CHECK_STATUS(WATTSUM_OK, PREPARE(round, 1, entropy + 32, &pairs[1]));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_PAIR, WITH(round + 1, 2, pairs));
    CHECK(zeros(pairs, sizeof pairs));
    CHECK_STATUS(WATTSUM_OK, PREPARE(round, 1, entropy + 32, &pairs[0]));
    CHECK_STATUS(WATTSUM_OK, PREPARE(round, 0, entropy, &pairs[1]));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_PAIR, WITH(round, 2, pairs));
    CHECK(zeros(pairs, sizeof pairs) && len == 7 && frame[0] == 0xEE);
    /* None of it has spent the interval; made over another, a pair replaces it. */
    CHECK_STATUS(WATTSUM_OK, PREPARE(round + 1, 0, entropy + 32, &pairs[0]));
    elgamal_prepare(scene, meter, pairs);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_meter_contribute_with(
            meter, &mark, round, round, scene->readings[1], 2, pairs, record, frame, sizeof frame, &len));
    CHECK(len == contribution && memcmp(frame, scene->contributions[1], len) == 0);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, WITH(round, 2, pairs));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_pair_free(NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_meter_free(meter));
}

int main(void)
{
    const elgamal_scene *scene = &scenes[1];
    wattsum_forming forming;
    wattsum_epoch epoch;
    for (size_t i = 0; i < COUNT(scenes); i++) {
        equals_rust(&scenes[i]);
    }
    if (elgamal_epoch(scene, &forming, &epoch) && elgamal_members(scene, &forming, &epoch)
        && elgamal_certified(scene, &epoch)) {
        after_a_reboot(scene, &epoch);
        keys(scene, &epoch);
        making(scene, &epoch);
        contributing(scene, &epoch);
        preparing(scene, &epoch);
    }
    return counted();
}

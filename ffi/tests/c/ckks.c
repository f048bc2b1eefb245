/* ckks in C: a device's ciphertexts are those that the toolbox makes (../../scene); sums, means, products and squares of an
 * evaluator, opened by the holder of the key, are the truth; and wrong calls: each has its status. */
#include <stdlib.h>

#include "wattsum.h"
#include "check.h"
#include "scene_ckks.h"

enum { METERS = 5, SLOTS = 16 };

static uint64_t encryptor_memory[(WATTSUM_CKKS_ENCRYPTOR_SIZE + 7) / 8], seeded_memory[(WATTSUM_CKKS_SEEDED_SIZE + 7) / 8];
static uint32_t workspace[WATTSUM_CKKS_SMALL_WORKSPACE];
static uint8_t pair[METERS][WATTSUM_CKKS_SMALL_PAIR_LEN], seeded_bytes[WATTSUM_CKKS_SMALL_SEEDED_LEN];
static uint8_t untouched[WATTSUM_CKKS_SMALL_PAIR_LEN];
static uint8_t entropy[32] = {1, 2, 3};

static const uint8_t *fresh(void)
{
    entropy[0]++;
    return entropy;
}

static wattsum_ckks_readings first(size_t count)
{
    wattsum_ckks_readings readings;
    readings.values = scene_ckks_values;
    readings.count = count;
    readings.most = scene_ckks_most;
    readings.scale_bits = scene_ckks_scale_bits;
    return readings;
}

static void devices_equal_the_toolbox(void)
{
    wattsum_ckks_readings all = first(WATTSUM_CKKS_SMALL_VALUES), few = first(96), wrong;
    wattsum_ckks_encryptor *encryptor = NULL;
    wattsum_ckks_seeded *seeded = NULL;
    uint8_t id[WATTSUM_CKKS_KEY_ID_LEN], key[sizeof scene_ckks_key];
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_encryptor_new(encryptor_memory, sizeof encryptor_memory, scene_ckks_key, sizeof scene_ckks_key,
            scene_ckks_device, id, &encryptor));
    CHECK_BYTES(scene_ckks_id, id, sizeof id);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_encryptor_encrypt(encryptor, &scene_ckks_use, &all, scene_ckks_entropy,
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, pair[0], sizeof pair[0]));
    CHECK_BYTES(scene_ckks_pair_2048, pair[0], sizeof pair[0]);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_encryptor_encrypt(encryptor, &scene_ckks_use, &few, scene_ckks_entropy,
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, pair[0], sizeof pair[0]));
    CHECK_BYTES(scene_ckks_pair_96, pair[0], sizeof pair[0]);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_seeded_new(seeded_memory, sizeof seeded_memory, scene_ckks_seed, scene_ckks_id, &seeded));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_seeded_encrypt(seeded, &scene_ckks_use, &all, scene_ckks_entropy,
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, seeded_bytes, sizeof seeded_bytes));
    CHECK_BYTES(scene_ckks_seeded_2048, seeded_bytes, sizeof seeded_bytes);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_seeded_encrypt(seeded, &scene_ckks_use, &few, scene_ckks_entropy,
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, seeded_bytes, sizeof seeded_bytes));
    CHECK_BYTES(scene_ckks_seeded_96, seeded_bytes, sizeof seeded_bytes);

    /* Nothing is written where something is refused. */
    memset(pair[1], 0xa5, sizeof pair[1]);
    memcpy(untouched, pair[1], sizeof untouched);
    wrong = few;
    wrong.most = 1;
    CHECK_STATUS(WATTSUM_MISUSE_VALUE_BEYOND_BOUND,
        wattsum_ckks_encryptor_encrypt(encryptor, &scene_ckks_use, &wrong, fresh(),
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, pair[1], sizeof pair[1]));
    wrong = few;
    wrong.scale_bits = 7;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_SCALE,
        wattsum_ckks_encryptor_encrypt(encryptor, &scene_ckks_use, &wrong, fresh(),
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, pair[1], sizeof pair[1]));
    wrong.scale_bits = 40;
    CHECK_STATUS(WATTSUM_MISUSE_MESSAGE_BEYOND_MODULUS,
        wattsum_ckks_encryptor_encrypt(encryptor, &scene_ckks_use, &wrong, fresh(),
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, pair[1], sizeof pair[1]));
    wrong = few;
    wrong.values = (const int64_t *)(const void *)workspace;
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_ckks_encryptor_encrypt(encryptor, &scene_ckks_use, &wrong, fresh(),
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, pair[1], sizeof pair[1]));
    memset(entropy, 7, sizeof entropy);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_ENTROPY,
        wattsum_ckks_encryptor_encrypt(encryptor, &scene_ckks_use, &few, entropy,
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, pair[1], sizeof pair[1]));
    CHECK_BYTES(untouched, pair[1], sizeof pair[1]);
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_encryptor_free(encryptor));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT,
        wattsum_ckks_encryptor_encrypt(encryptor, &scene_ckks_use, &few, fresh(),
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, pair[1], sizeof pair[1]));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_seeded_free(seeded));

    /* Keys that are none. */
    memcpy(key, scene_ckks_key, sizeof key);
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED,
        wattsum_ckks_encryptor_new(encryptor_memory, sizeof encryptor_memory, key, sizeof key - 1, scene_ckks_device, id,
            &encryptor));
    memset(key + 34, 0xff, 4);
    CHECK_STATUS(WATTSUM_MALFORMED_NOT_CANONICAL,
        wattsum_ckks_encryptor_new(encryptor_memory, sizeof encryptor_memory, key, sizeof key, scene_ckks_device, id,
            &encryptor));
    key[1] = 9;
    CHECK_STATUS(WATTSUM_MALFORMED_UNKNOWN_PRESET,
        wattsum_ckks_encryptor_new(encryptor_memory, sizeof encryptor_memory, key, sizeof key, scene_ckks_device, id,
            &encryptor));
    key[1] = WATTSUM_CKKS_SUM;
    CHECK_STATUS(WATTSUM_MALFORMED_OTHER_PRESET,
        wattsum_ckks_encryptor_new(encryptor_memory, sizeof encryptor_memory, key, sizeof key, scene_ckks_device, id,
            &encryptor));
}

static double apart(double a, double b)
{
    return a < b ? b - a : a - b;
}

/* What a function with a size of 0 says that it takes. */
static uint8_t *room(size_t len)
{
    uint8_t *bytes = (uint8_t *)malloc(len);
    CHECK(bytes != NULL);
    return bytes;
}

static uint8_t *public_key(wattsum_ckks_secret *secret, size_t *len)
{
    uint8_t *bytes;
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_public_key(secret, NULL, 0, len));
    bytes = room(*len);
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_ckks_secret_public_key(secret, bytes, *len - 1, len));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_public_key(secret, bytes, *len, len));
    return bytes;
}

/* Devices encrypt a day, the server adds, the holder opens. */
static void sums_are_exact(void)
{
    wattsum_ckks_secret *secret = NULL, *again = NULL;
    wattsum_ckks_encryptor *encryptor = NULL;
    wattsum_ckks_seeded *seeded = NULL;
    wattsum_ckks_evaluator *evaluator = NULL;
    wattsum_ckks_ciphertext *sum = NULL, *one = NULL;
    wattsum_ckks_info info;
    wattsum_bytes list[METERS + 1];
    wattsum_ckks_use usage = {0, 0, 0};
    uint8_t stored[WATTSUM_CKKS_SECRET_LEN], id[WATTSUM_CKKS_KEY_ID_LEN], *key, *copy;
    int64_t opened[96];
    size_t key_len = 0, len = 0, i, m;
    int good = 1;
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_generate(WATTSUM_CKKS_SMALL, fresh(), &secret));
    CHECK_STATUS(WATTSUM_MISUSE_BAD_VALUE, wattsum_ckks_secret_generate(9, fresh(), &again));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_bytes(secret, stored));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_read(stored, &again));
    key = public_key(secret, &key_len);
    copy = public_key(again, &len);
    CHECK(len == key_len && key_len == WATTSUM_CKKS_SMALL_KEY_LEN && memcmp(key, copy, len) == 0);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_encryptor_new(encryptor_memory, sizeof encryptor_memory, key, key_len, scene_ckks_device, id,
            &encryptor));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_seeded_new(seeded_memory, sizeof seeded_memory, stored + WATTSUM_CKKS_SECRET_SEED_AT, id, &seeded));
    for (m = 0; m < METERS; m++) {
        wattsum_ckks_readings readings = first(96);
        readings.values = scene_ckks_values + 96 * m;
        usage.meter = (uint32_t)m + 1;
        CHECK_STATUS(WATTSUM_OK,
            wattsum_ckks_encryptor_encrypt(encryptor, &usage, &readings, fresh(),
                workspace, WATTSUM_CKKS_SMALL_WORKSPACE, pair[m], sizeof pair[m]));
        list[m].at = pair[m];
        list[m].len = sizeof pair[m];
        if (m == 0) {
            CHECK_STATUS(WATTSUM_OK,
                wattsum_ckks_seeded_encrypt(seeded, &usage, &readings, fresh(),
                    workspace, WATTSUM_CKKS_SMALL_WORKSPACE, seeded_bytes, sizeof seeded_bytes));
        }
    }
    list[METERS].at = seeded_bytes;
    list[METERS].len = sizeof seeded_bytes;
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_new(key, key_len, NULL, 0, &evaluator));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_sum(evaluator, list, METERS + 1, &sum));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_times_integer(evaluator, sum, -3));
    {
        wattsum_ckks_readings readings = first(96);
        CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_encrypt(evaluator, &usage, &readings, fresh(), &one));
        CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_add(evaluator, sum, one));
        CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_ckks_evaluator_add(evaluator, sum, sum));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_info(sum, &info));
    CHECK(info.preset == WATTSUM_CKKS_SMALL && info.level == 1 && info.packing == WATTSUM_CKKS_INTEGERS);
    CHECK(memcmp(info.key_id, id, sizeof id) == 0 && info.scale == 16777216.0);
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_decrypt_exact(again, sum, fresh(), opened, 96));
    for (i = 0; i < 96; i++) {
        int64_t truth = -3 * scene_ckks_values[i];
        for (m = 0; m < METERS; m++) {
            truth -= 3 * scene_ckks_values[96 * m + i];
        }
        good &= opened[i] == truth + scene_ckks_values[i];
    }
    CHECK(good);
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_PACKING, wattsum_ckks_evaluator_mean(evaluator, sum, 6));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_PACKING, wattsum_ckks_evaluator_square(evaluator, sum));

    /* To bytes and back; bytes that are none; one of a list that cannot be added. */
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_free(one));
    free(copy);
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_bytes(sum, NULL, 0, &len));
    CHECK(len == WATTSUM_CKKS_SMALL_PAIR_LEN);
    copy = room(len);
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_bytes(sum, copy, len, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_read(evaluator, copy, len, &one));
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED, wattsum_ckks_evaluator_read(evaluator, copy, len - 1, &one));
    pair[3][0] = 9;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_HEADER,
        wattsum_ckks_evaluator_sum(evaluator, list, METERS, &one));
    free(copy);
    free(key);
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_free(sum));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_free(one));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_free(evaluator));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_free(secret));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_free(again));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_seeded_free(seeded));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_encryptor_free(encryptor));
}

/* Real numbers: mean, product, square, sum over slots. */
static void reals_are_near(void)
{
    wattsum_ckks_secret *secret = NULL, *other = NULL;
    wattsum_ckks_evaluator *evaluator = NULL;
    wattsum_ckks_ciphertext *a = NULL, *b = NULL;
    wattsum_ckks_info info;
    wattsum_ckks_use usage = {5, 1, 0};
    uint8_t *key, *keys, same[32] = {9, 8};
    size_t key_len = 0, keys_len = 0, i;
    double values[SLOTS], opened[SLOTS], error = 0, sum = 0, worst = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_generate(WATTSUM_CKKS_VARIANCE, fresh(), &secret));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_generate(WATTSUM_CKKS_VARIANCE, fresh(), &other));
    key = public_key(secret, &key_len);
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_switching_keys(secret, SLOTS, same, NULL, 0, &keys_len));
    keys = room(keys_len);
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_switching_keys(secret, SLOTS, same, keys, keys_len, &keys_len));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_new(key, key_len, keys, keys_len, &evaluator));
    for (i = 0; i < SLOTS; i++) {
        values[i] = (double)i / 4 - 1.5;
        sum += values[i] * values[i];
    }
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_evaluator_encrypt_reals(evaluator, &usage, values, SLOTS, 4.0, 40, fresh(), &a));
    usage.counter = 1;
    CHECK_STATUS(WATTSUM_MISUSE_VALUE_BEYOND_BOUND,
        wattsum_ckks_evaluator_encrypt_reals(evaluator, &usage, values, SLOTS, 1.0, 40, fresh(), &b));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_evaluator_encrypt_reals(evaluator, &usage, values, SLOTS, 4.0, 40, fresh(), &b));

    /* (a + b)/2 = a */
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_add(evaluator, b, a));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_mean(evaluator, b, 2));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_KEY, wattsum_ckks_secret_decrypt_private(other, b, opened, SLOTS, &error));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_decrypt_private(secret, b, opened, SLOTS, &error));
    for (i = 0; i < SLOTS; i++) {
        worst = apart(opened[i], values[i]) > worst ? apart(opened[i], values[i]) : worst;
    }
    CHECK(worst <= error && error < 1e-3);
    CHECK_STATUS(WATTSUM_MISUSE_SCALE_MISMATCH, wattsum_ckks_evaluator_add(evaluator, b, a));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_times_scalar(evaluator, b, -0.5));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_info(b, &info));
    CHECK(info.level == 0);
    CHECK_STATUS(WATTSUM_MISUSE_DEPTH_EXHAUSTED, wattsum_ckks_evaluator_times_scalar(evaluator, b, 2.0));
    CHECK_STATUS(WATTSUM_MISUSE_DEPTH_EXHAUSTED, wattsum_ckks_evaluator_rescale(evaluator, b));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_decrypt_private(secret, b, opened, SLOTS, &error));
    CHECK(apart(opened[3], -values[3] / 2) <= error);

    /* The sum of squares, and what may be given away of it: nothing at this scale, where the flood is larger. */
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_square(evaluator, a));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_rescale(evaluator, a));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_slot_sum(evaluator, a, SLOTS));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_decrypt_private(secret, a, opened, 1, &error));
    CHECK(apart(opened[0], sum) <= error && apart(opened[0], sum) < 1e-5);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_FLOOD,
        wattsum_ckks_secret_decrypt_shared(secret, a, 0, 1, fresh(), opened, 1, &error));
    CHECK_STATUS(WATTSUM_MISUSE_MESSAGE_BEYOND_MODULUS,
        wattsum_ckks_secret_decrypt_shared(secret, a, 40, 35040, fresh(), opened, 1, &error));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_free(b));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_evaluator_encrypt_reals(evaluator, &usage, values, SLOTS, 4.0, 40, fresh(), &b));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_drop_to(evaluator, b, 0));
    CHECK_STATUS(WATTSUM_MISUSE_LEVEL_MISMATCH, wattsum_ckks_evaluator_drop_to(evaluator, b, 1));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_free(a));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_free(b));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_free(evaluator));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_free(secret));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_free(other));
    free(key);
    free(keys);
}

/* The preset whose scale leaves room for the flood. */
static void shared_results_are_flooded(void)
{
    wattsum_ckks_secret *secret = NULL;
    wattsum_ckks_evaluator *evaluator = NULL;
    wattsum_ckks_ciphertext *a = NULL;
    wattsum_ckks_use usage = {5, 1, 0};
    uint8_t *key;
    size_t key_len = 0;
    double values[2] = {0.25, -0.75}, opened[2] = {0, 0}, error = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_generate(WATTSUM_CKKS_SHARED, fresh(), &secret));
    key = public_key(secret, &key_len);
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_new(key, key_len, NULL, 0, &evaluator));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_evaluator_encrypt_reals(evaluator, &usage, values, 2, 1.0, 60, fresh(), &a));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_secret_decrypt_shared(secret, a, 40, 1, fresh(), opened, 2, &error));
    CHECK(apart(opened[0], 0.25) <= error && apart(opened[1], -0.75) <= error && error < 0.01);
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_free(a));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_free(evaluator));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_free(secret));
    free(key);
}

int main(void)
{
    devices_equal_the_toolbox();
    sums_are_exact();
    reals_are_near();
    shared_results_are_flooded();
    return counted();
}

/* A device that encrypts a day's readings with ckks, without a heap (scene_ckks.h, made by run.sh): with the group's public
 * key, which lies in flash, and, where all meters are trusted with all readings, with the secret key. */
#include "device.h"
#include "scene_ckks.h"

enum { FEW = 96 };

static uint64_t encryptor_memory[(WATTSUM_CKKS_ENCRYPTOR_SIZE + 7) / 8], seeded_memory[(WATTSUM_CKKS_SEEDED_SIZE + 7) / 8];
static int64_t values[WATTSUM_CKKS_SMALL_VALUES];
static uint32_t workspace[WATTSUM_CKKS_SMALL_WORKSPACE];
static uint8_t ciphertext[WATTSUM_CKKS_SMALL_PAIR_LEN], seeded_ciphertext[WATTSUM_CKKS_SMALL_SEEDED_LEN];
static wattsum_ckks_encryptor *encryptor;
static wattsum_ckks_seeded *seeded;
static wattsum_status status = WATTSUM_UNKNOWN;

static wattsum_ckks_readings first(size_t count)
{
    wattsum_ckks_readings readings = {values, count, scene_ckks_most, scene_ckks_scale_bits};
    return readings;
}

static void workspace_wiped(void)
{
    uint32_t left = 0;
    for (size_t i = 0; i < COUNT(workspace); i++) {
        left |= workspace[i];
    }
    CHECK(left == 0);
}

static void with_public_key(void)
{
    wattsum_ckks_readings all = first(COUNT(values)), few = first(FEW);
    uint8_t id[WATTSUM_CKKS_KEY_ID_LEN];
    MEASURE("take the public key",
        status = wattsum_ckks_encryptor_new(encryptor_memory, sizeof encryptor_memory, scene_ckks_key,
            sizeof scene_ckks_key, scene_ckks_device, id, &encryptor));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_ckks_id, id, sizeof id);
    MEASURE("encrypt 2048 readings, public key",
        status = wattsum_ckks_encryptor_encrypt(encryptor, &scene_ckks_use, &all, scene_ckks_entropy,
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, ciphertext, sizeof ciphertext));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_ckks_pair_2048, ciphertext, sizeof ciphertext);
    workspace_wiped();
    MEASURE("encrypt 96 readings, public key",
        status = wattsum_ckks_encryptor_encrypt(encryptor, &scene_ckks_use, &few, scene_ckks_entropy,
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, ciphertext, sizeof ciphertext));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_ckks_pair_96, ciphertext, sizeof ciphertext);
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_encryptor_free(encryptor));
    memory_wiped(encryptor_memory, COUNT(encryptor_memory));
}

static void with_secret_key(void)
{
    wattsum_ckks_readings all = first(COUNT(values)), few = first(FEW);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_ckks_seeded_new(seeded_memory, sizeof seeded_memory, scene_ckks_seed, scene_ckks_id, &seeded));
    MEASURE("encrypt 2048 readings, seeded",
        status = wattsum_ckks_seeded_encrypt(seeded, &scene_ckks_use, &all, scene_ckks_entropy,
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, seeded_ciphertext, sizeof seeded_ciphertext));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_ckks_seeded_2048, seeded_ciphertext, sizeof seeded_ciphertext);
    workspace_wiped();
    MEASURE("encrypt 96 readings, seeded",
        status = wattsum_ckks_seeded_encrypt(seeded, &scene_ckks_use, &few, scene_ckks_entropy,
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, seeded_ciphertext, sizeof seeded_ciphertext));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_ckks_seeded_96, seeded_ciphertext, sizeof seeded_ciphertext);
    values[5] = (int64_t)scene_ckks_most + 1;
    CHECK_STATUS(WATTSUM_MISUSE_VALUE_BEYOND_BOUND,
        wattsum_ckks_seeded_encrypt(seeded, &scene_ckks_use, &few, scene_ckks_entropy,
            workspace, WATTSUM_CKKS_SMALL_WORKSPACE, seeded_ciphertext, sizeof seeded_ciphertext));
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_seeded_free(seeded));
    memory_wiped(seeded_memory, COUNT(seeded_memory));
}

int main(void)
{
    memcpy(values, scene_ckks_values, sizeof values);
    with_public_key();
    with_secret_key();
    return counted();
}

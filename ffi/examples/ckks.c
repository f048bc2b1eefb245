/* Sums of a day with ckks: five meters encrypt 96 quarter-hour readings each, whole numbers of Wh, in one ciphertext; a
 * server that cannot read them adds the ciphertexts; the holder of the key learns the sum of every quarter of an hour,
 * exactly, and no meter's own readings.
 *
 * cc ckks.c -lwattsum && ./a.out
 *
 * The meter's part takes no heap and is what goes into firmware: 20 KiB to work in and 27 KB for the ciphertext. This is
 * bare encryption, for meters that are trusted to encrypt as they should and a holder that opens sums only. */
#include <stdio.h>
#include <stdlib.h>

#include <wattsum.h>

enum { METERS = 5, QUARTERS = 96, SCALE_BITS = 24, MOST = 25000 };

/* Exit codes: 1 the library refused, 2 no entropy, 3 no memory. */
static void must(wattsum_status status, const char *what)
{
    if (status != WATTSUM_OK) {
        fprintf(stderr, "%s: %s (%d)\n", what, wattsum_status_text(status), (int)status);
        exit(1);
    }
}

static void draw(uint8_t entropy[32])
{
    FILE *source = fopen("/dev/urandom", "rb");
    if (source == NULL || fread(entropy, 1, 32, source) != 32) {
        fprintf(stderr, "no entropy\n");
        exit(2);
    }
    fclose(source);
}

/* A meter: its day, encrypted with the key that lies in its flash. The key's name came by another way. */
static void meter(uint32_t number, const uint8_t *key, size_t key_len, const int64_t day[QUARTERS],
    uint8_t ciphertext[WATTSUM_CKKS_SMALL_PAIR_LEN])
{
    static uint64_t memory[(WATTSUM_CKKS_ENCRYPTOR_SIZE + 7) / 8];
    static uint32_t workspace[WATTSUM_CKKS_SMALL_WORKSPACE];
    const wattsum_ckks_readings readings = {day, QUARTERS, MOST, SCALE_BITS};
    const wattsum_ckks_use usage = {20000, number, 0};
    uint8_t device_secret[32], entropy[32], name[WATTSUM_CKKS_KEY_ID_LEN];
    wattsum_ckks_encryptor *encryptor = NULL;
    draw(device_secret);
    must(wattsum_ckks_encryptor_new(memory, sizeof memory, key, key_len, device_secret, name, &encryptor), "key");
    draw(entropy);
    must(wattsum_ckks_encryptor_encrypt(encryptor, &usage, &readings, entropy,
        workspace, WATTSUM_CKKS_SMALL_WORKSPACE, ciphertext, WATTSUM_CKKS_SMALL_PAIR_LEN), "encrypt");
    must(wattsum_ckks_encryptor_free(encryptor), "free");
}

int main(void)
{
    static uint8_t ciphertexts[METERS][WATTSUM_CKKS_SMALL_PAIR_LEN];
    static int64_t days[METERS][QUARTERS], sums[QUARTERS];
    wattsum_bytes list[METERS];
    wattsum_ckks_secret *secret = NULL;
    wattsum_ckks_evaluator *evaluator = NULL;
    wattsum_ckks_ciphertext *sum = NULL;
    uint8_t entropy[32], *key;
    size_t key_len = 0;
    uint32_t m;

    draw(entropy);
    must(wattsum_ckks_secret_generate(WATTSUM_CKKS_SMALL, entropy, &secret), "key");
    must(wattsum_ckks_secret_public_key(secret, NULL, 0, &key_len), "length of the key");
    key = (uint8_t *)malloc(key_len);
    if (key == NULL) {
        exit(3);
    }
    must(wattsum_ckks_secret_public_key(secret, key, key_len, &key_len), "public key");

    for (m = 0; m < METERS; m++) {
        for (int q = 0; q < QUARTERS; q++) {
            days[m][q] = 40 + (int64_t)m * 7 + (q % 24) * 11;
        }
        meter(m + 1, key, key_len, days[m], ciphertexts[m]);
        list[m].at = ciphertexts[m];
        list[m].len = sizeof ciphertexts[m];
    }

    must(wattsum_ckks_evaluator_new(key, key_len, NULL, 0, &evaluator), "evaluator");
    must(wattsum_ckks_evaluator_sum(evaluator, list, METERS, &sum), "sum");

    draw(entropy);
    must(wattsum_ckks_secret_decrypt_exact(secret, sum, entropy, sums, QUARTERS), "open");
    for (int q = 0; q < QUARTERS; q++) {
        int64_t truth = 0;
        for (m = 0; m < METERS; m++) {
            truth += days[m][q];
        }
        if (sums[q] != truth) {
            fprintf(stderr, "quarter %d: %lld, not %lld\n", q, (long long)sums[q], (long long)truth);
            return 1;
        }
    }
    printf("%d sums of %d meters, each exact; the first is %lld Wh\n", QUARTERS, METERS, (long long)sums[0]);
    must(wattsum_ckks_ciphertext_free(sum), "free");
    must(wattsum_ckks_evaluator_free(evaluator), "free");
    must(wattsum_ckks_secret_free(secret), "free");
    free(key);
    return 0;
}

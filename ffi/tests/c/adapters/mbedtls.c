/* The adapter for Mbed TLS with the real library: both of its generators, and some that fail. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/hmac_drbg.h>

#include "entropy.h"
#include "mbedtls.h"

/* Fails after it has written half. */
static int torn(void *drbg, unsigned char *out, size_t len)
{
    memset(out, 0x77, len / 2);
    return *(int *)drbg;
}

/* A source of entropy that has nothing. */
static int dry(void *data, unsigned char *out, size_t len, size_t *given)
{
    (void)data, (void)out, (void)len, (void)given;
    return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

int main(void)
{
    mbedtls_entropy_context source;
    mbedtls_ctr_drbg_context ctr;
    mbedtls_hmac_drbg_context hmac;
    room bytes;
    int error = MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
    mbedtls_entropy_init(&source);
    mbedtls_ctr_drbg_init(&ctr);
    mbedtls_hmac_drbg_init(&hmac);
    CHECK(mbedtls_ctr_drbg_seed(&ctr, mbedtls_entropy_func, &source, (const unsigned char *)"meter 7", 7) == 0);
    CHECK(mbedtls_hmac_drbg_seed(&hmac, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), mbedtls_entropy_func, &source,
              (const unsigned char *)"meter 7", 7)
        == 0);
    for (unsigned i = 0; i < 100; i++) {
        fresh(&bytes);
        CHECK(wattsum_entropy_mbedtls(mbedtls_ctr_drbg_random, &ctr, bytes.entropy) == 0);
        good(&bytes);
        fresh(&bytes);
        CHECK(wattsum_entropy_mbedtls(mbedtls_hmac_drbg_random, &hmac, bytes.entropy) == 0);
        good(&bytes);
    }
    fresh(&bytes);
    CHECK(wattsum_entropy_mbedtls(torn, &error, bytes.entropy) == error);
    failed_closed(&bytes);
    error = 1; /* Mbed TLS has negative errors; whatever is not 0 is one */
    fresh(&bytes);
    CHECK(wattsum_entropy_mbedtls(torn, &error, bytes.entropy) == 1);
    failed_closed(&bytes);
    fresh(&bytes);
    CHECK(wattsum_entropy_mbedtls(NULL, NULL, bytes.entropy) != 0);
    failed_closed(&bytes);
    /* The real one, when its source runs dry at the next reseeding. */
    CHECK(mbedtls_entropy_add_source(&source, dry, NULL, 32, MBEDTLS_ENTROPY_SOURCE_STRONG) == 0);
    mbedtls_ctr_drbg_set_prediction_resistance(&ctr, MBEDTLS_CTR_DRBG_PR_ON);
    fresh(&bytes);
    CHECK(wattsum_entropy_mbedtls(mbedtls_ctr_drbg_random, &ctr, bytes.entropy)
        == MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED);
    failed_closed(&bytes);
    mbedtls_ctr_drbg_free(&ctr);
    mbedtls_hmac_drbg_free(&hmac);
    mbedtls_entropy_free(&source);
    return counted();
}

/* Entropy for wattsum from Mbed TLS 2.28 and 3: any of its generators. Mbed TLS 4 has PSA only: psa.h.
 *
 *     wattsum_entropy_mbedtls(mbedtls_ctr_drbg_random, &drbg, entropy)
 *
 * with a `drbg` that mbedtls_ctr_drbg_seed has seeded from the device's own source, and where that returned 0: Mbed TLS
 * does not look, and a CTR_DRBG that was never seeded crashes, or repeats itself. 0 is good. Otherwise the generator's error: the 32 bytes are zeros, which every function of wattsum refuses
 * (WATTSUM_MISUSE_BAD_ENTROPY), also where the error is not looked at. One call for each function that takes entropy;
 * the bytes are as secret as what is made of them: wipe them (mbedtls_platform_zeroize). */
#ifndef WATTSUM_ADAPTERS_MBEDTLS_H
#define WATTSUM_ADAPTERS_MBEDTLS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <mbedtls/entropy.h>

static inline int wattsum_entropy_mbedtls(
    int (*random)(void *drbg, unsigned char *out, size_t len), void *drbg, uint8_t entropy[32])
{
    const int status = random != NULL ? random(drbg, entropy, 32) : MBEDTLS_ERR_ENTROPY_NO_SOURCES_DEFINED;
    if (status != 0) {
        memset(entropy, 0, 32);
    }
    return status;
}

#endif

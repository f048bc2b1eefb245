/* Entropy for wattsum from the PSA Crypto API: Mbed TLS, TF-M, a secure element's driver.
 *
 *     wattsum_entropy_psa(entropy)
 *
 * after psa_crypto_init() has returned PSA_SUCCESS, once after each start. 0 (PSA_SUCCESS) is good. Otherwise PSA's
 * error, PSA_ERROR_BAD_STATE without that: the 32 bytes are zeros, which every function of wattsum refuses
 * (WATTSUM_MISUSE_BAD_ENTROPY), also where the error is not looked at. One call for each function that takes entropy;
 * the bytes are as secret as what is made of them: wipe them. */
#ifndef WATTSUM_ADAPTERS_PSA_H
#define WATTSUM_ADAPTERS_PSA_H

#include <stdint.h>
#include <string.h>

#include <psa/crypto.h>

static inline psa_status_t wattsum_entropy_psa(uint8_t entropy[32])
{
    const psa_status_t status = psa_generate_random(entropy, 32);
    if (status != PSA_SUCCESS) {
        memset(entropy, 0, 32);
    }
    return status;
}

#endif

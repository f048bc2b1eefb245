/* Entropy for wattsum from Zephyr 3.5 and later (before: <zephyr/random/rand32.h>).
 *
 *     wattsum_entropy_zephyr(entropy)
 *
 * prj.conf: CONFIG_CSPRNG_NEEDED=y, which takes the board's entropy driver where its devicetree has `zephyr,entropy`;
 * with Zephyr before that option CONFIG_ENTROPY_GENERATOR=y. Without a driver there is no such generator, or one for
 * Zephyr's own tests, which is a timer: neither compiles here.
 *
 * 0 is good. Otherwise Zephyr's error, -EIO: the 32 bytes are zeros, which every function of wattsum refuses
 * (WATTSUM_MISUSE_BAD_ENTROPY), also where the error is not looked at. One call for each function that takes entropy;
 * the bytes are as secret as what is made of them: wipe them. Not from an interrupt: the driver may wait. */
#ifndef WATTSUM_ADAPTERS_ZEPHYR_H
#define WATTSUM_ADAPTERS_ZEPHYR_H

#include <stdint.h>
#include <string.h>

#include <zephyr/random/random.h>

#if defined(CONFIG_TEST_CSPRNG_GENERATOR)                                                        \
    || !(defined(CONFIG_HARDWARE_DEVICE_CS_GENERATOR) || defined(CONFIG_PSA_CSPRNG_GENERATOR)    \
        || defined(CONFIG_CTR_DRBG_CSPRNG_GENERATOR))
#error "wattsum needs a cryptographic generator: a board with zephyr,entropy, and CONFIG_CSPRNG_NEEDED=y"
#endif

static inline int wattsum_entropy_zephyr(uint8_t entropy[32])
{
    const int status = sys_csrand_get(entropy, 32);
    if (status != 0) {
        memset(entropy, 0, 32);
    }
    return status;
}

#endif

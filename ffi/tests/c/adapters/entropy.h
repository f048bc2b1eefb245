/* What every adapter must do: 32 bytes and no more, others each time, zeros that the library refuses where it failed. */
#ifndef ENTROPY_H
#define ENTROPY_H

#include "../check.h"

typedef struct {
    uint8_t before[16], entropy[32], behind[16];
} room;

static void fresh(room *bytes)
{
    memset(bytes, 0xA5, sizeof *bytes);
}

static int untouched_around(const room *bytes)
{
    for (unsigned i = 0; i < 16; i++) {
        if (bytes->before[i] != 0xA5 || bytes->behind[i] != 0xA5) {
            return 0;
        }
    }
    return 1;
}

static void good(const room *bytes)
{
    static uint8_t last_secret[32];
    uint8_t secret[32], public_key[32];
    CHECK(untouched_around(bytes));
    CHECK_STATUS(WATTSUM_OK, wattsum_identity_generate(bytes->entropy, secret, public_key));
    CHECK(memcmp(secret, last_secret, sizeof secret) != 0);
    memcpy(last_secret, secret, sizeof secret);
}

static void failed_closed(const room *bytes)
{
    static const uint8_t zeros[32] = {0};
    uint8_t secret[32], public_key[32];
    CHECK(untouched_around(bytes));
    CHECK(memcmp(bytes->entropy, zeros, sizeof zeros) == 0);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_ENTROPY, wattsum_identity_generate(bytes->entropy, secret, public_key));
}

#endif

/* The library answers on the device, and its header knows that it is the one without a head end. */
#include <stddef.h>
#include <string.h>

#include "board.h"
#include <wattsum.h>

#ifndef WATTSUM_FIRMWARE
#error "the package did not say which library it is"
#endif

int main(void)
{
    static const uint8_t entropy[WATTSUM_KEY_LEN] = {1};
    uint8_t secret[WATTSUM_KEY_LEN], public_key[WATTSUM_KEY_LEN], again[WATTSUM_KEY_LEN];
    wattsum_mark mark;
    int good = strcmp(wattsum_version(), WATTSUM_VERSION) == 0 && wattsum_mark_new(&mark) == WATTSUM_OK
        && wattsum_mark_new(NULL) == WATTSUM_MISUSE_NULL
        && wattsum_identity_generate(entropy, secret, public_key) == WATTSUM_OK
        && wattsum_identity_public(secret, again) == WATTSUM_OK && memcmp(public_key, again, sizeof again) == 0;
    print("wattsum ");
    print(wattsum_version());
    print(good ? " on the device\n" : ": wrong\n");
    return !good;
}

/* The adapter for Zephyr, with a stand-in for its generator that gives what the host has, or fails as drivers do. */
#include <errno.h>
#include <stdio.h>

#include "entropy.h"

#define CONFIG_HARDWARE_DEVICE_CS_GENERATOR 1
#include "zephyr.h"

static int error, calls;

int sys_csrand_get(void *dst, size_t len)
{
    FILE *random = fopen("/dev/urandom", "rb");
    calls++;
    CHECK(len == 32);
    if (random == NULL || fread(dst, 1, error == 0 ? len : len / 2, random) == 0) {
        error = -EIO;
    }
    if (random != NULL) {
        fclose(random);
    }
    return error;
}

int main(void)
{
    room bytes;
    for (unsigned i = 0; i < 100; i++) {
        fresh(&bytes);
        CHECK(wattsum_entropy_zephyr(bytes.entropy) == 0);
        good(&bytes);
    }
    for (error = -EIO; error != 0; error = error == -EIO ? -ETIMEDOUT : 0) {
        fresh(&bytes);
        CHECK(wattsum_entropy_zephyr(bytes.entropy) == error);
        failed_closed(&bytes);
    }
    CHECK(calls == 102);
    return counted();
}

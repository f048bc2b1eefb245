/* The adapter for PSA with the real library: refused before psa_crypto_init, then good, then refused again. */
#include "entropy.h"
#include "psa.h"

int main(void)
{
    room bytes;
    fresh(&bytes);
    CHECK(wattsum_entropy_psa(bytes.entropy) == PSA_ERROR_BAD_STATE);
    failed_closed(&bytes);
    CHECK(psa_crypto_init() == PSA_SUCCESS);
    for (unsigned i = 0; i < 100; i++) {
        fresh(&bytes);
        CHECK(wattsum_entropy_psa(bytes.entropy) == PSA_SUCCESS);
        good(&bytes);
    }
    mbedtls_psa_crypto_free();
    fresh(&bytes);
    CHECK(wattsum_entropy_psa(bytes.entropy) == PSA_ERROR_BAD_STATE);
    failed_closed(&bytes);
    return counted();
}

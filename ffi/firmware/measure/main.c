/* Measures one primitive of the measure library: PRIMITIVE, called REPEATS times. */
#include <string.h>

#include "board.h"
#include "expected.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

typedef void primitive(const uint8_t *input, uint8_t *output);

primitive nothing, chacha20_block, sha256_compression, hkdf_sha256, hmac_sha256_tag, chacha20poly1305_tag,
    blake3_tag, compressed_shares, x25519, ed25519_verify, elgamal_setup, elgamal_contribute,
    elgamal_contribute_without_proof, elgamal_prepare, elgamal_contribute_with, elgamal_group_key, elgamal_encrypt,
    elgamal_prove, elgamal_identity, elgamal_sign, cmt_setup, cmt_join, cmt_seat, cmt_contribute, cmt_heal,
    cmt_contribute_healed, cmt_seat_drawn, cmt_relay, cmt_seat_second, cmt_contribute_second, cmt_seat_modulus,
    cmt_contribute_modulus;

/* What every meter has anyway, kept in the image where asked, so that its size shows what PRIMITIVE adds. */
#ifdef BASE
primitive *const volatile base[] = {chacha20_block, hkdf_sha256};
#endif

static uint64_t spent(primitive *const volatile *call, const uint8_t *input, uint8_t *output)
{
    uint64_t before = instructions();
    for (uint32_t i = 0; i < REPEATS; i++) {
        (*call)(input, output);
    }
    return instructions() - before;
}

int main(void)
{
    static primitive *const volatile empty = nothing, *const volatile measured = PRIMITIVE;
    static uint8_t output[240];
    const uint8_t *input = JOIN(input_, PRIMITIVE);
    size_t stack;
    uint64_t count;
#ifdef BASE
    if (base[0] == NULL || base[1] == NULL) {
        return 3;
    }
#endif
    stack_paint();
    measured(input, output);
    stack = stack_peak();
    count = spent(&measured, input, output) - spent(&empty, input, output);
    if (memcmp(output, JOIN(expected_, PRIMITIVE), sizeof JOIN(expected_, PRIMITIVE)) != 0) {
        print(TEXT(PRIMITIVE) ": wrong output\n");
        return 1;
    }
    print(TEXT(PRIMITIVE) " ");
    print_number((count + REPEATS / 2) / REPEATS);
    print(" ");
    print_number(stack);
    print("\n");
    return 0;
}

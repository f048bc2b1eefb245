/* After the calls of an elgamal meter and trustee, and of keys: no secret lies on the dead stack. */
#include "stack.h"
#include "elgamal_group.h"

static eg_group all;

/* Whole words of 32 bytes in a pair, which are not mostly zero. */
static size_t left_of(const wattsum_elgamal_pair *pair)
{
    const uint8_t *bytes = (const uint8_t *)pair;
    size_t count = 0;
    for (size_t i = 16; i + 32 <= sizeof *pair; i += 8) {
        size_t zeros = 0;
        for (size_t j = 0; j < 32; j++) {
            zeros += bytes[i + j] == 0;
        }
        count += zeros < 8 && stack_has(bytes + i, 32) != 0;
    }
    return count;
}

int main(void)
{
    static wattsum_elgamal_pair pairs[eg_channels], copies[eg_channels];
    static wattsum_elgamal_share share;
    const wattsum_elgamal_params params = eg_params();
    const int64_t reading[eg_channels] = {999333, -77};
    uint8_t secret[32], public_key[32], fresh[32], link[32], record[WATTSUM_MARK_RECORD_LEN], frame[eg_contribution];
    wattsum_elgamal_trustee *trustee = NULL;
    size_t len = 0;

    stack_sees();
    LEFT(wattsum_link_generate(entropy(), secret, public_key));
    CHECK(stack_has(secret, 32) == 0);
    LEFT(wattsum_identity_generate(entropy(), secret, public_key));
    CHECK(stack_has(secret, 32) == 0);
    LEFT(wattsum_identity_public(secret, public_key));
    CHECK(stack_has(secret, 32) == 0);

    eg_form(&all, &params);
    all.keys = eg_keys(&all, all.ceremony, 1);
    eg_begin(&all);
    {
        eg_device *own = &all.devices[0];
        const wattsum_elgamal_setup setup = eg_setup(&all, 0);
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_meter_free(own->meter));
        LEFT(wattsum_elgamal_meter_new(own->memory, sizeof own->memory, &setup, all.meters[0].identity, &own->meter,
            NULL));
        CHECK(stack_has(all.meters[0].identity, 32) == 0);
        for (uint16_t channel = 0; channel < eg_channels; channel++) {
            memcpy(fresh, entropy(), sizeof fresh);
            LEFT(wattsum_elgamal_meter_prepare(own->meter, eg_first + 1, channel, fresh, &pairs[channel]));
            CHECK(left_of(&pairs[channel]) == 0);
        }
        memcpy(copies, pairs, sizeof copies);
        LEFT(wattsum_elgamal_meter_contribute_with(own->meter, &own->mark, eg_first + 1, eg_first + 1, reading,
            eg_channels, pairs, record, frame, sizeof frame, &len));
        CHECK(left_of(&copies[0]) == 0 && left_of(&copies[1]) == 0);
        LEFT(wattsum_elgamal_meter_contribute(own->meter, &own->mark, eg_first + 2, eg_first + 2, reading, eg_channels,
            fresh, record, frame, sizeof frame, &len));
        CHECK(stack_has((const uint8_t *)reading, sizeof reading) == 0);
        CHECK(stack_has(all.meters[0].identity, 32) == 0);
    }
    share = all.ceremony[0].share;
    memcpy(link, all.links[0], sizeof link);
    LEFT(wattsum_elgamal_trustee_new(&all.params, &all.epoch, all.answerers[0].id, all.roster, all.keys, &share,
        all.answerers[0].identity, link, &trustee, NULL));
    CHECK(stack_has(all.ceremony[0].share.secret, 32) == 0);
    CHECK(stack_has(all.answerers[0].identity, 32) == 0 && stack_has(all.links[0], 32) == 0);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_free(trustee));
    return counted();
}

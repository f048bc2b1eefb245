/* What every device does before it has a role: its identity, its link key, and the announcement that it signs. */
#include "taint.h"

static const wattsum_forming forming
    = {.session = {3, 1, 4}, .group = 7, .epoch = 2, .first_round = 1000, .protocol = WATTSUM_PROTOCOL_DCNET};

/* As a generator would give it. */
static void drawn(uint8_t entropy[32], unsigned seed)
{
    for (unsigned i = 0; i < 32; i++) {
        entropy[i] = (uint8_t)(seed + i * 37u);
    }
    secret(entropy, 32);
}

int main(int count, char **arguments)
{
    uint8_t entropy[32], identity[32], link[32], public_key[32], again[32], frame[WATTSUM_LINK_KEY_FRAME_LEN];
    starts(count, arguments);

    begins("identity from entropy");
    drawn(entropy, 11);
    DONE(wattsum_identity_generate(entropy, identity, public_key));
    STAYS("identity's secret", identity, sizeof identity, sizeof identity);
    /* It is certified, and known to all. */
    LEAVES("identity's public key", public_key, sizeof public_key, sizeof public_key);

    begins("public key of an identity");
    DONE(wattsum_identity_public(identity, again));
    LEAVES("identity's public key", again, sizeof again, sizeof again);
    DEMAND(memcmp(again, public_key, sizeof again) == 0);

    begins("entropy of a generator that never started");
    memset(entropy, 5, sizeof entropy);
    secret(entropy, sizeof entropy);
    REFUSED(WATTSUM_MISUSE_BAD_ENTROPY, wattsum_link_generate(entropy, link, public_key));

    begins("link key from entropy");
    drawn(entropy, 12);
    DONE(wattsum_link_generate(entropy, link, public_key));
    STAYS("link secret", link, sizeof link, sizeof link);
    /* It is announced to all. */
    LEAVES("link public key", public_key, sizeof public_key, sizeof public_key);

    begins("announcement of a link key");
    DONE(wattsum_link_announce(&forming, 100, WATTSUM_ROLE_METER, identity, public_key, frame));
    /* A signature is for everybody; the rest of the frame does not depend on the identity. */
    LEAVES("announcement", frame, sizeof frame, SIGNATURE);
    return ended();
}

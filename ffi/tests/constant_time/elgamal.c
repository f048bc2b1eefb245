/* Every path of an elgamal meter, of one and two channels, with proofs of knowledge and without: identity, entropy and
 * readings are marked. */
#include "taint.h"
#include "play_elgamal.h"

static const elgamal_scene scenes[] = {
    ELGAMAL_SCENE(elgamal_1),
    ELGAMAL_SCENE(elgamal_2),
    ELGAMAL_SCENE(elgamal_t1),
    ELGAMAL_SCENE(elgamal_t2),
};
static const char *const names[COUNT(scenes)][5] = {
    {"elgamal new", "elgamal contribute", "elgamal prepare", "elgamal contribute_with", "elgamal free"},
    {"elgamal new, two channels", "elgamal contribute, two channels", "elgamal prepare, two channels",
        "elgamal contribute_with, two channels", "elgamal free, two channels"},
    {"elgamal new, without proofs", "elgamal contribute, without proofs", "elgamal prepare, without proofs",
        "elgamal contribute_with, without proofs", "elgamal free, without proofs"},
    {"elgamal new, two without proofs", "elgamal contribute, two without proofs", "elgamal prepare, two without proofs",
        "elgamal contribute_with, two without proofs", "elgamal free, two without proofs"},
};

METER_MEMORY(memory, WATTSUM_ELGAMAL_METER_SIZE);

static wattsum_elgamal_pair pairs[elgamal_most_channels];
static uint8_t record[WATTSUM_MARK_RECORD_LEN];
static uint8_t frame[WATTSUM_ELGAMAL_CONTRIBUTION_LEN(elgamal_most_channels, 0)];
static int64_t reading[elgamal_most_channels];

static void read_meter(const elgamal_scene *scene, int round)
{
    memcpy(reading, scene->readings[round], scene->channels * sizeof reading[0]);
    secret(reading, sizeof reading);
}

/* Ciphertexts, proofs and the signature: what everybody may see. */
static void sent(const elgamal_scene *scene, int round, size_t len)
{
    PLAIN(len);
    PLAIN(record);
    LEAVES("contribution", frame, scene->contribution, scene->contribution - FRAME_HEADER);
    DEMAND(len == scene->contribution && memcmp(frame, scene->contributions[round], len) == 0);
}

static void play(const elgamal_scene *scene, const char *const path[5])
{
    wattsum_elgamal_meter *meter = NULL;
    const uint64_t *rounds = scene->rounds;
    wattsum_forming forming;
    wattsum_epoch epoch;
    wattsum_mark mark;
    uint8_t identity[32], entropy[32];
    size_t len = 0;
    if (!elgamal_epoch(scene, &forming, &epoch) || !elgamal_members(scene, &forming, &epoch)
        || !elgamal_certified(scene, &epoch)) {
        DEMAND(!"the scene can be played");
        return;
    }
    const wattsum_elgamal_setup setup = elgamal_setup(scene, &epoch);

    begins(path[0]);
    memcpy(identity, scene->identity_secret, sizeof identity);
    secret(identity, sizeof identity);
    DONE(wattsum_elgamal_meter_new(memory, sizeof memory, &setup, identity, &meter, NULL));
    PLAIN(meter);
    STAYS("identity", memory, sizeof memory, 32);

    DONE(wattsum_mark_new(&mark));
    begins(path[1]);
    read_meter(scene, 0);
    memcpy(entropy, scene->entropies[0], sizeof entropy);
    secret(entropy, sizeof entropy);
    DONE(wattsum_elgamal_meter_contribute(meter, &mark, rounds[0], rounds[0], reading, scene->channels, entropy, record,
        frame, sizeof frame, &len));
    sent(scene, 0, len);

    begins(path[2]);
    for (uint16_t c = 0; c < scene->channels; c++) {
        memcpy(entropy, scene->entropies[1] + 32u * c, sizeof entropy);
        secret(entropy, sizeof entropy);
        DONE(wattsum_elgamal_meter_prepare(meter, rounds[1], c, entropy, &pairs[c]));
        STAYS("pair", &pairs[c], sizeof pairs[c], 64);
    }
    begins(path[3]);
    read_meter(scene, 1);
    DONE(wattsum_elgamal_meter_contribute_with(
        meter, &mark, rounds[1], rounds[1], reading, scene->channels, pairs, record, frame, sizeof frame, &len));
    sent(scene, 1, len);
    KEEPS_NOTHING(pairs, sizeof pairs);

    begins(path[4]);
    memcpy(entropy, scene->entropies[0], sizeof entropy);
    secret(entropy, sizeof entropy);
    DONE(wattsum_elgamal_meter_prepare(meter, rounds[1] + 1, 0, entropy, &pairs[0]));
    DONE(wattsum_elgamal_pair_free(&pairs[0]));
    KEEPS_NOTHING(pairs, sizeof pairs);
    DONE(wattsum_elgamal_meter_free(meter));
    KEEPS_NOTHING(memory, sizeof memory);
}

int main(int count, char **arguments)
{
    starts(count, arguments);
    for (size_t i = 0; i < COUNT(scenes); i++) {
        play(&scenes[i], names[i]);
    }
    return ended();
}

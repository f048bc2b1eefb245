/* Every path of a cmt meter, in each of the ways in which δ is made, in two rings and modulo a prime: link secret, entropy
 * and readings are marked. */
#include "taint.h"
#include "play_cmt.h"

METER_MEMORY(memory, WATTSUM_CMT_METER_SIZE);

static cmt_known known;
static wattsum_cmt_setup setup;
static wattsum_mark mark;
static uint8_t link[32];
static int64_t reading[WATTSUM_MARK_CHANNELS];
static uint8_t contribution[cmt_contribution_max], delta[cmt_delta_max];
static uint8_t record[WATTSUM_MARK_RECORD_LEN];

/* A path of this scene. */
static void step(const cmt_scene *scene, const char *what)
{
    NOTE("PATH cmt %s, %s\n", what, scene->name);
}

static void drawn(uint8_t entropy[32], const uint8_t *from)
{
    memcpy(entropy, from, 32);
    secret(entropy, 32);
}

static void join(const cmt_scene *scene, wattsum_cmt_meter *meter)
{
    uint8_t entropy[32], kept[WATTSUM_CMT_GENERATION_RECORD_LEN], frame[cmt_first_key_max];
    size_t len = 0;
    drawn(entropy, scene->join_entropy);
    DONE(wattsum_cmt_meter_join(meter, link, scene->rounds[0], &known.lead, scene->token.at, scene->token.len, entropy, kept,
        frame, sizeof frame, &len, NULL));
    PLAIN(len);
    PLAIN(kept);
    /* Sealed for the concentrator, but for the generation. */
    LEAVES("first key", frame, scene->first_key.len, scene->first_key.len - FRAME_HEADER - 4);
    DEMAND(len == scene->first_key.len && memcmp(frame, scene->first_key.at, len) == 0);
}

static void sit(const cmt_scene *scene, wattsum_cmt_meter *meter)
{
    uint32_t positions[WATTSUM_CMT_NEIGHBOURS];
    size_t count = 0;
    step(scene, "neighbours");
    DONE(wattsum_cmt_meter_neighbours(meter, scene->seat.at, scene->seat.len, positions, &count, NULL));
    PLAIN(count);
    step(scene, "seat");
    DONE(wattsum_cmt_meter_seat(meter, link, scene->seat.at, scene->seat.len, known.around, scene->neighbours, NULL));
}

static wattsum_cmt_meter *restart(const cmt_scene *scene, wattsum_cmt_meter *meter)
{
    static uint8_t state[WATTSUM_CMT_METER_STATE_MAX];
    size_t len = 0;
    step(scene, "export");
    DONE(wattsum_cmt_meter_export(meter, state, sizeof state, &len));
    PLAIN(len);
    STAYS("state", state, len, 32 * 3);
    DONE(wattsum_cmt_meter_free(meter));
    KEEPS_NOTHING(memory, sizeof memory);
    step(scene, "import");
    DONE(wattsum_cmt_meter_import(memory, sizeof memory, &setup, state, len, &meter, NULL));
    PLAIN(meter);
    STAYS("keys", memory, sizeof memory, 32 * 3);
    return meter;
}

static void contribute(const cmt_scene *scene, wattsum_cmt_meter *meter, size_t number)
{
    const uint64_t round = scene->rounds[number];
    const scene_bytes *sent = &scene->contribution[number], *passed = &scene->delta[number];
    uint8_t entropy[32];
    size_t len = sent->len;
    memcpy(reading, scene->readings[number], scene->channels * sizeof reading[0]);
    secret(reading, sizeof reading);
    if (passed->at == NULL) {
        step(scene, number == 0 ? "contribute" : "contribute, next ratchet step");
        DONE(wattsum_cmt_meter_contribute(meter, &mark, round, round, reading, scene->channels, record, contribution,
            sizeof contribution, &len, NULL));
        PLAIN(len);
    } else {
        step(scene, number == 0 ? "relay" : "relay, next ratchet step");
        drawn(entropy, scene->entropy[number]);
        DONE(wattsum_cmt_meter_relay(meter, &mark, round, round, reading, scene->channels, scene->received[number].at,
            scene->received[number].len, entropy, record, contribution, sizeof contribution, delta, sizeof delta, NULL));
        /* Sealed for the member after. */
        LEAVES("delta", delta, passed->len, passed->len - FRAME_HEADER);
        DEMAND(memcmp(delta, passed->at, passed->len) == 0);
    }
    PLAIN(record);
    /* The sender too: four bytes of the token that came sealed, and stand in the clear here (docs/protocol.md of cmt-ring). */
    LEAVES("contribution", contribution, sent->len, sent->len - FRAME_HEADER + 4);
    DEMAND(len == sent->len && memcmp(contribution, sent->at, len) == 0);
}

static void play(const cmt_scene *scene)
{
    wattsum_cmt_meter *meter = NULL;
    if (!cmt_know(scene, &known)) {
        DEMAND(!"the scene can be played");
        return;
    }
    setup = cmt_setup(scene, &known);
    memcpy(link, scene->link_secret, sizeof link);
    secret(link, sizeof link);
    DONE(wattsum_mark_new(&mark));

    step(scene, "new");
    DONE(wattsum_cmt_meter_new(memory, sizeof memory, &setup, &meter, NULL));
    step(scene, "join");
    join(scene, meter);
    STAYS("own first key", memory, sizeof memory, 32);
    sit(scene, meter);
    STAYS("keys with utility and neighbours", memory, sizeof memory, 32 * 3);
    contribute(scene, meter, 0);
    meter = restart(scene, meter);
    contribute(scene, meter, 1);
    step(scene, "free");
    DONE(wattsum_cmt_meter_free(meter));
    KEEPS_NOTHING(memory, sizeof memory);
}

int main(int count, char **arguments)
{
    starts(count, arguments);
    for (size_t i = 0; i < COUNT(scene_cmt_scenes); i++) {
        play(scene_cmt_scenes[i]);
    }
    return ended();
}

/* Ring meters in C: their bytes are those with which the rings' sums were opened in Rust (../../scene). */
#include "wattsum.h"
#include "play_cmt.h"

METER_MEMORY(memory, WATTSUM_CMT_METER_SIZE);
METER_MEMORY(second_memory, WATTSUM_CMT_METER_SIZE);

static wattsum_mark mark;
static uint8_t records[2][WATTSUM_MARK_RECORD_LEN], generation_record[WATTSUM_CMT_GENERATION_RECORD_LEN];
static uint8_t state[WATTSUM_CMT_METER_STATE_MAX];
static size_t state_len;

static wattsum_cmt_meter *make(const cmt_scene *scene, const cmt_known *known)
{
    const wattsum_cmt_setup setup = cmt_setup(scene, known);
    wattsum_cmt_meter *meter = NULL;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_new(memory, sizeof memory, &setup, &meter, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    return meter;
}

static void store(wattsum_cmt_meter *meter)
{
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_state_len(meter, &len));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_export(meter, state, sizeof state, &state_len));
    CHECK(len == state_len && len <= WATTSUM_CMT_METER_STATE_MAX);
}

/* The power fails: the memory is lost, the state and some records are there. */
static wattsum_cmt_meter *restart(const cmt_scene *scene, const cmt_known *known, int generation, size_t rounds)
{
    const wattsum_cmt_setup setup = cmt_setup(scene, known);
    wattsum_cmt_meter *meter = NULL;
    memset(memory, 0xA5, sizeof memory);
    CHECK_STATUS(
        WATTSUM_OK, wattsum_cmt_meter_import(memory, sizeof memory, &setup, state, state_len, &meter, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    if (generation) {
        CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_replay(meter, generation_record, sizeof generation_record));
    }
    for (size_t i = 0; i < rounds; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_replay(&mark, records[i], sizeof records[i]));
    }
    return meter;
}

static void wiped(wattsum_cmt_meter *meter)
{
    size_t left = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_free(meter));
    for (size_t i = 0; i < COUNT(memory); i++) {
        left += memory[i] != 0;
    }
    CHECK(left == 0);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_cmt_meter_free(meter));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_free(NULL));
}

static void place_is(wattsum_cmt_meter *meter, uint32_t generation, uint32_t next)
{
    wattsum_cmt_place place;
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_place(meter, &place));
    CHECK(place.generation == generation && place.next_generation == next && place.concentrator == 0);
    CHECK(place.until == WATTSUM_CMT_NO_ROUND && place.circling == WATTSUM_CMT_NO_ROUND);
}

/* Two rounds without a break. */
static void played(const cmt_scene *scene, const cmt_known *known)
{
    wattsum_cmt_meter *meter = make(scene, known);
    place_is(meter, 0, 1);
    if (cmt_join(scene, known, meter, generation_record)) {
        place_is(meter, 0, scene->generation + 1);
        CHECK(cmt_sit(scene, known, meter));
        place_is(meter, scene->generation, scene->generation + 1);
        CHECK(cmt_send(scene, meter, &mark, 0, records[0]));
        CHECK(cmt_send(scene, meter, &mark, 1, records[1]));
    }
    wiped(meter);
}

/* The power fails between any two steps. */
static void interrupted(const cmt_scene *scene, const cmt_known *known)
{
    wattsum_cmt_meter *meter = make(scene, known);
    store(meter);
    meter = restart(scene, known, 0, 0);
    CHECK(cmt_join(scene, known, meter, generation_record));
    store(meter);
    meter = restart(scene, known, 1, 0);
    CHECK(cmt_sit(scene, known, meter));
    store(meter);
    meter = restart(scene, known, 1, 0);
    CHECK(cmt_send(scene, meter, &mark, 0, records[0]));
    /* The state is of before the round; the record knows. */
    meter = restart(scene, known, 1, 1);
    {
        uint8_t frame[cmt_contribution_max], delta[cmt_delta_max], record[WATTSUM_MARK_RECORD_LEN];
        const uint64_t round = scene->rounds[0];
        size_t len = 7;
        if (scene->delta[0].at == NULL) {
            CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED,
                wattsum_cmt_meter_contribute(meter, &mark, round, round, scene->readings[0], scene->channels, record,
                    frame, sizeof frame, &len, NULL));
        } else {
            CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED,
                wattsum_cmt_meter_relay(meter, &mark, round, round, scene->readings[0], scene->channels,
                    scene->received[0].at, scene->received[0].len, scene->entropy[0], record, frame, sizeof frame,
                    delta, sizeof delta, NULL));
        }
        CHECK(len == 7);
    }
    CHECK(cmt_send(scene, meter, &mark, 1, records[1]));
    /* Without a state, but with its record: not in a ring, and not twice in one generation. */
    meter = make(scene, known);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_replay(meter, generation_record, sizeof generation_record));
    place_is(meter, 0, scene->generation + 1);
    {
        uint8_t frame[cmt_first_key_max], record[WATTSUM_CMT_GENERATION_RECORD_LEN];
        size_t len = 7;
        uint32_t culprit = 5;
        CHECK_STATUS(WATTSUM_FAULT_WRONG_GENERATION,
            wattsum_cmt_meter_join(meter, scene->link_secret, scene->rounds[0], &known->lead, scene->token.at,
                scene->token.len, scene->join_entropy, record, frame, sizeof frame, &len, &culprit));
        CHECK(len == 7 && culprit == scene->lead->id);
    }
    wiped(meter);
}

/* Wrong calls: each by its name, and nothing is written. */
static void misused(const cmt_scene *scene, const cmt_known *known)
{
    wattsum_cmt_setup setup = cmt_setup(scene, known);
    wattsum_cmt_meter *meter = NULL, *none = NULL;
    wattsum_cmt_entry stranger = known->lead;
    wattsum_cmt_params other = *scene->params;
    uint8_t canary[256], out[256], *bytes = (uint8_t *)memory, wrong_link[32];
    const uint64_t now = scene->rounds[0];
    const size_t size = sizeof memory;
    size_t len = 7;
    uint32_t culprit = 5;
    memset(canary, 0xEE, sizeof canary);
    memcpy(out, canary, sizeof out);

    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_cmt_meter_new(NULL, size, &setup, &none, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_cmt_meter_new(memory, size, NULL, &none, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_MISALIGNED, wattsum_cmt_meter_new(bytes + 4, size - 4, &setup, &none, NULL));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_cmt_meter_new(memory, size / 2, &setup, &none, NULL));
    meter = make(scene, known); /* a meter without a ring */
    setup = cmt_setup(scene, known);
    setup.own = (const wattsum_cmt_entry *)(const void *)memory;
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_cmt_meter_new(memory, size, &setup, &none, NULL));
    setup.own = NULL;
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_cmt_meter_new(second_memory, size, &setup, &none, NULL));
    stranger.member.role = WATTSUM_ROLE_UTILITY;
    setup.own = &stranger;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_VALUE, wattsum_cmt_meter_new(second_memory, size, &setup, &none, NULL));
    stranger = known->own;
    stranger.position = scene->lists->meters;
    CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY, wattsum_cmt_meter_new(second_memory, size, &setup, &none, NULL));
    setup = cmt_setup(scene, known);
    setup.params = &other;
    other.group.max_reading++;
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_SESSION, wattsum_cmt_meter_new(second_memory, size, &setup, &none, NULL));
    other = *scene->params;
    other.mode = 2;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_cmt_meter_new(second_memory, size, &setup, &none, NULL));
    other = *scene->params;
    other.mode = WATTSUM_CMT_DRAWN;
    other.second_ring = 1;
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_MODE, wattsum_cmt_meter_new(second_memory, size, &setup, &none, NULL));
    other = *scene->params;
    other.group.min_honest = 3;
    other.group.max_colluding = 0;
    CHECK_STATUS(WATTSUM_MISUSE_RING_TOO_SMALL, wattsum_cmt_meter_new(second_memory, size, &setup, &none, NULL));
    other = *scene->params;
    other.modulus = 1;
    CHECK_STATUS(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_cmt_meter_new(second_memory, size, &setup, &none, NULL));
    other.modulus = 1000;
    CHECK_STATUS(WATTSUM_MISUSE_SUM_COULD_OVERFLOW, wattsum_cmt_meter_new(second_memory, size, &setup, &none, NULL));
    CHECK(none == NULL);

#define JOIN(meter, link, lead, token, token_len, frame, frame_size) \
    wattsum_cmt_meter_join(meter, link, now, lead, token, token_len, scene->join_entropy, out, frame, frame_size, \
        &len, &culprit)
    {
        const scene_bytes *token = &scene->token;
        uint8_t flipped[WATTSUM_CMT_TOKEN_LEN], *frame = out + 64;
        memcpy(wrong_link, scene->link_secret, sizeof wrong_link);
        wrong_link[5] ^= 1;
        memcpy(flipped, token->at, sizeof flipped);
        flipped[30] ^= 1;
        CHECK_STATUS(WATTSUM_MISUSE_NULL, JOIN(NULL, scene->link_secret, &known->lead, token->at, token->len,
            frame, 150));
        CHECK_STATUS(WATTSUM_MISUSE_NULL, JOIN(meter, NULL, &known->lead, token->at, token->len, frame, 150));
        CHECK_STATUS(WATTSUM_MISUSE_NULL, JOIN(meter, scene->link_secret, NULL, token->at, token->len, frame, 150));
        CHECK_STATUS(WATTSUM_MISUSE_NULL, JOIN(meter, scene->link_secret, &known->lead, NULL, token->len, frame,
            150));
        CHECK_STATUS(WATTSUM_MISUSE_NULL, JOIN(meter, scene->link_secret, &known->lead, token->at, token->len,
            NULL, 150));
        CHECK_STATUS(
            WATTSUM_MISUSE_WRONG_ROLE, JOIN(meter, wrong_link, &known->lead, token->at, token->len, frame, 150));
        CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, JOIN(meter, bytes + 8, &known->lead, token->at, token->len, frame, 150));
        CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, JOIN(meter, scene->link_secret, &known->lead, token->at, token->len,
            out, 150));
        CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
            JOIN(meter, scene->link_secret, &known->lead, token->at, token->len, bytes + 16, 150));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
            JOIN(meter, scene->link_secret, &known->lead, token->at, token->len, frame, scene->first_key.len - 1));
        CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED,
            JOIN(meter, scene->link_secret, &known->lead, token->at, token->len - 1, frame, 150));
        CHECK_STATUS(
            WATTSUM_MALFORMED_WRONG_KIND, JOIN(meter, scene->link_secret, &known->lead, scene->seat.at,
                scene->seat.len, frame, 150));
        CHECK(culprit == 5);
        CHECK_STATUS(WATTSUM_FAULT_BAD_SEAL, JOIN(meter, scene->link_secret, &known->lead, flipped,
            sizeof flipped, frame, 150));
        CHECK(culprit == scene->lead->id);
        culprit = 5;
        CHECK_STATUS(WATTSUM_FAULT_UNKNOWN_SENDER,
            JOIN(meter, scene->link_secret, &known->own, token->at, token->len, frame, 150));
        CHECK(culprit == scene->lead->id);
        CHECK_STATUS(WATTSUM_MISUSE_BAD_ENTROPY,
            wattsum_cmt_meter_join(meter, scene->link_secret, now, &known->lead, token->at, token->len, canary, out,
                frame, 150, &len, NULL));
        CHECK_STATUS(WATTSUM_FAULT_ROUND_FAR_FROM_NOW,
            wattsum_cmt_meter_join(meter, scene->link_secret, now + 3, &known->lead, token->at, token->len,
                scene->join_entropy, out, frame, 150, &len, NULL));
    }
    CHECK(memcmp(out, canary, sizeof out) == 0 && len == 7);
    place_is(meter, 0, 1);

    {
        uint32_t positions[WATTSUM_CMT_NEIGHBOURS] = {9, 9, 9, 9};
        culprit = 5;
        CHECK_STATUS(WATTSUM_FAULT_WRONG_GENERATION,
            wattsum_cmt_meter_neighbours(meter, scene->seat.at, scene->seat.len, positions, &len, &culprit));
        CHECK(culprit == scene->lead->id && positions[0] == 9 && len == 7);
        CHECK(cmt_join(scene, known, meter, generation_record));
        CHECK_STATUS(WATTSUM_MISUSE_NULL,
            wattsum_cmt_meter_neighbours(meter, scene->seat.at, scene->seat.len, NULL, &len, NULL));
        CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED,
            wattsum_cmt_meter_neighbours(meter, scene->seat.at, 10, positions, &len, NULL));
        CHECK(positions[0] == 9 && len == 7);
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
            wattsum_cmt_meter_seat(meter, scene->link_secret, scene->seat.at, scene->seat.len, known->around,
                scene->neighbours - 1, NULL));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
            wattsum_cmt_meter_seat(
                meter, wrong_link, scene->seat.at, scene->seat.len, known->around, scene->neighbours, NULL));
        {
            wattsum_cmt_entry swapped[WATTSUM_CMT_NEIGHBOURS];
            memcpy(swapped, known->around, sizeof swapped);
            swapped[0] = known->around[1];
            swapped[1] = known->around[0];
            CHECK_STATUS(WATTSUM_MISUSE_UNKNOWN_PARTY,
                wattsum_cmt_meter_seat(
                    meter, scene->link_secret, scene->seat.at, scene->seat.len, swapped, scene->neighbours, NULL));
            memcpy(swapped, known->around, sizeof swapped);
            memset(swapped[1].member.link, 0, 32); /* a point of low order */
            culprit = 5;
            CHECK_STATUS(WATTSUM_FAULT_LOW_ORDER_KEY,
                wattsum_cmt_meter_seat(
                    meter, scene->link_secret, scene->seat.at, scene->seat.len, swapped, scene->neighbours,
                        &culprit));
            CHECK(culprit == swapped[1].member.id);
        }
    }

    /* Not in a ring yet. */
#define SEND(meter, mark, present, round, channels, frame, frame_size) \
    (scene->delta[0].at == NULL \
            ? wattsum_cmt_meter_contribute(meter, mark, present, round, scene->readings[0], channels, out, frame, \
                  frame_size, &len, &culprit) \
            : wattsum_cmt_meter_relay(meter, mark, present, round, scene->readings[0], channels, \
                  scene->received[0].at, scene->received[0].len, scene->entropy[0], out, frame, \
                  frame_size, out + 180, 76, &culprit))
    {
        uint8_t *frame = out + 64;
        const uint16_t channels = scene->channels;
        wattsum_mark blank;
        memset(&blank, 0, sizeof blank);
        CHECK_STATUS(WATTSUM_MISUSE_NOT_SEATED, SEND(meter, &mark, now, now, channels, frame, 110));
        CHECK(cmt_sit(scene, known, meter));
        CHECK_STATUS(WATTSUM_MISUSE_NULL, SEND(NULL, &mark, now, now, channels, frame, 110));
        CHECK_STATUS(WATTSUM_MISUSE_NULL, SEND(meter, NULL, now, now, channels, frame, 110));
        CHECK_STATUS(WATTSUM_MISUSE_NULL, SEND(meter, &mark, now, now, channels, NULL, 110));
        CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, SEND(meter, &blank, now, now, channels, frame, 110));
        CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, SEND(meter, &mark, now, now, channels, out, 110));
        CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, SEND(meter, &mark, now, now, channels, bytes + 100, 110));
        CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, SEND(meter, &mark, now, now, channels, (uint8_t *)&mark, 80));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
            SEND(meter, &mark, now, now, channels, frame, scene->contribution[0].len - 1));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_CHANNELS, SEND(meter, &mark, now, now, channels - 1u, frame, 110));
        CHECK_STATUS(WATTSUM_MISUSE_ROUND_FAR_FROM_NOW, SEND(meter, &mark, now, now + 3, channels, frame, 110));
        CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, SEND(meter, &mark, now, now - 1, channels, frame, 110));
        CHECK_STATUS(WATTSUM_MISUSE_ROUND_TOO_LARGE, SEND(meter, &mark, UINT64_MAX, now, channels, frame, 110));
        /* The step of the other mode, and the concentrator's. */
        if (scene->delta[0].at == NULL) {
            CHECK_STATUS(WATTSUM_MISUSE_WRONG_MODE,
                wattsum_cmt_meter_relay(meter, &mark, now, now, scene->readings[0], channels, scene->seat.at,
                    scene->seat.len, scene->join_entropy, out, frame, 110, out + 180, 76, NULL));
            CHECK_STATUS(WATTSUM_MISUSE_WRONG_MODE,
                wattsum_cmt_meter_start(meter, &mark, now, now, scene->readings[0], channels, scene->seat.at,
                    scene->seat.len, scene->join_entropy, out, frame, 110, &len, NULL));
            CHECK_STATUS(WATTSUM_MISUSE_WRONG_MODE,
                wattsum_cmt_meter_close(meter, now, scene->seat.at, scene->seat.len, frame, 110, &len, NULL));
        } else {
            uint8_t flipped[cmt_delta_max];
            memcpy(flipped, scene->received[0].at, scene->received[0].len);
            flipped[20] ^= 1;
            culprit = 5;
            CHECK_STATUS(WATTSUM_FAULT_BAD_SEAL,
                wattsum_cmt_meter_relay(meter, &mark, now, now, scene->readings[0], channels, flipped,
                    scene->received[0].len, scene->entropy[0], out, frame, 110, out + 180, 76, &culprit));
            CHECK(culprit == known->around[0].member.id);
            CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH,
                wattsum_cmt_meter_relay(meter, &mark, now, now, scene->readings[0], channels, scene->received[0].at,
                    scene->received[0].len, scene->entropy[0], out, frame, 110, out + 180,
                    scene->delta[0].len - 1, &culprit));
            CHECK_STATUS(WATTSUM_MISUSE_BAD_ENTROPY,
                wattsum_cmt_meter_relay(meter, &mark, now, now, scene->readings[0], channels, scene->received[0].at,
                    scene->received[0].len, canary, out, frame, 110, out + 180, 76, &culprit));
            CHECK_STATUS(WATTSUM_MISUSE_WRONG_MODE,
                wattsum_cmt_meter_contribute(
                    meter, &mark, now, now, scene->readings[0], channels, out, frame, 110, &len, NULL));
            CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
                wattsum_cmt_meter_start(meter, &mark, now, now, scene->readings[0], channels, scene->seat.at,
                    scene->seat.len, scene->join_entropy, out, frame, 110, &len, NULL));
            CHECK_STATUS(WATTSUM_MISUSE_WRONG_ROLE,
                wattsum_cmt_meter_close(meter, now, scene->delta[0].at, scene->delta[0].len, frame, 110, &len, NULL));
        }
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_cmt_meter_export(meter, out, sizeof out, &len));
        CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_cmt_meter_export(meter, NULL, 0, &len));
        CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_cmt_meter_export(meter, bytes + 64, sizeof state, &len));
        CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD,
            wattsum_cmt_meter_replay(meter, generation_record, sizeof generation_record - 1));
        CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_cmt_meter_replay(meter, bytes + 64, 17));
    }
    CHECK(memcmp(out, canary, sizeof out) == 0 && len == 7);

    /* A damaged state, another meter's, one in the memory itself; the reader's place stays empty. */
    store(meter);
    setup = cmt_setup(scene, known);
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP,
        wattsum_cmt_meter_import(memory, size, &setup, bytes + 8, state_len, &none, NULL));
    state[state_len / 2] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD,
        wattsum_cmt_meter_import(second_memory, size, &setup, state, state_len, &none, NULL));
    state[state_len / 2] ^= 1;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD,
        wattsum_cmt_meter_import(second_memory, size, &setup, state, 0, &none, NULL));
    setup.own = &known->lead;
    CHECK_STATUS(WATTSUM_MALFORMED_BAD_RECORD,
        wattsum_cmt_meter_import(second_memory, size, &setup, state, state_len, &none, NULL));
    CHECK(none == NULL);
    /* After all that the meter still sends what it should. */
    CHECK(cmt_send(scene, meter, &mark, 0, records[0]));
    memcpy(second_memory, memory, size);
    CHECK_STATUS(WATTSUM_MISUSE_BAD_CONTEXT, wattsum_cmt_meter_free((wattsum_cmt_meter *)(void *)second_memory));
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_free(meter));
}

int main(void)
{
    for (size_t i = 0; i < COUNT(scene_cmt_scenes); i++) {
        const cmt_scene *scene = scene_cmt_scenes[i];
        static cmt_known known;
        if (cmt_know(scene, &known)) {
            played(scene, &known);
            interrupted(scene, &known);
            misused(scene, &known);
        }
        CHECK(sizeof state == WATTSUM_CMT_METER_STATE_MAX);
    }
    return counted();
}

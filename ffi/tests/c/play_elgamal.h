/* Plays the meter of a scene of elgamal (scene_elgamal.h, which is made for each run). */
#ifndef PLAY_ELGAMAL_H
#define PLAY_ELGAMAL_H

#include "scene_elgamal.h"

enum { elgamal_most_channels = 2, elgamal_most_trustees = 5 };

/* A scene by its name: there may be several in a program. */
typedef struct {
    const wattsum_elgamal_params *params;
    const wattsum_lists *lists;
    const scene_party *utility, *answerers, *own;
    const uint8_t *root, *beacon, *statements, *key, *identity_secret;
    size_t root_len, answerer_count, statements_len;
    uint64_t beacon_time, first_round;
    const uint64_t *rounds;
    uint32_t epoch, id, position;
    size_t channels, contribution;
    const int64_t *readings[2];
    const uint8_t *entropies[2], *contributions[2];
} elgamal_scene;

#define ELGAMAL_SCENE(name)                                                              \
    {                                                                                    \
        .params = &scene_##name##_params,                                                \
        .lists = &scene_##name##_lists,                                                  \
        .utility = scene_##name##_utility,                                               \
        .answerers = scene_##name##_answerers,                                           \
        .own = scene_##name##_own,                                                       \
        .root = scene_##name##_root,                                                     \
        .beacon = scene_##name##_beacon,                                                 \
        .statements = scene_##name##_statements,                                         \
        .key = scene_##name##_key,                                                       \
        .identity_secret = scene_##name##_identity_secret,                               \
        .root_len = sizeof scene_##name##_root,                                          \
        .answerer_count = COUNT(scene_##name##_answerers),                               \
        .statements_len = sizeof scene_##name##_statements,                              \
        .beacon_time = scene_##name##_beacon_time,                                       \
        .first_round = scene_##name##_first_round,                                       \
        .rounds = scene_##name##_rounds,                                                 \
        .epoch = scene_##name##_epoch,                                                   \
        .id = scene_##name##_id,                                                         \
        .position = scene_##name##_position,                                             \
        .channels = COUNT(scene_##name##_reading_0),                                     \
        .contribution = sizeof scene_##name##_contribution_0,                            \
        .readings = {scene_##name##_reading_0, scene_##name##_reading_1},                \
        .entropies = {scene_##name##_entropy_0, scene_##name##_entropy_1},               \
        .contributions = {scene_##name##_contribution_0, scene_##name##_contribution_1}, \
    }

/* What the meter holds besides itself until it is made. */
static wattsum_member elgamal_utility, elgamal_trustees[elgamal_most_trustees];
static wattsum_elgamal_key elgamal_key;

static inline int elgamal_epoch(const elgamal_scene *scene, wattsum_forming *forming, wattsum_epoch *epoch)
{
    return CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_forming(scene->params, scene->epoch, scene->first_round, forming))
        && epoch_of(forming, scene->utility, scene->root, scene->root_len, scene->beacon, scene->beacon_time, epoch);
}

static inline int elgamal_members(
    const elgamal_scene *scene, const wattsum_forming *forming, const wattsum_epoch *epoch)
{
    wattsum_member own;
    int good = CHECK(scene->answerer_count <= elgamal_most_trustees)
        && member_of(forming, epoch, scene->lists, WATTSUM_LIST_ROSTER, scene->utility, &elgamal_utility)
        /* The meter itself has to stand where it thinks it does. */
        && CHECK(scene->own->leaf == 1 + scene->position && scene->own->id == scene->id)
        && member_of(forming, epoch, scene->lists, WATTSUM_LIST_ROSTER, scene->own, &own);
    for (size_t i = 0; good && i < scene->answerer_count; i++) {
        good = member_of(
            forming, epoch, scene->lists, WATTSUM_LIST_ANSWERERS, &scene->answerers[i], &elgamal_trustees[i]);
    }
    return CHECK(good);
}

/* The group key from the trustees' statements, among which there is a forged one and one that came twice. */
static inline int elgamal_certified(const elgamal_scene *scene, const wattsum_epoch *epoch)
{
    return CHECK_STATUS(WATTSUM_OK,
               wattsum_elgamal_key_certified(scene->params, epoch, scene->lists, &elgamal_utility, elgamal_trustees,
                   scene->answerer_count, scene->statements, scene->statements_len / WATTSUM_ELGAMAL_KEY_STATEMENT_LEN,
                   &elgamal_key, NULL))
        && CHECK(memcmp(elgamal_key.bytes, scene->key, sizeof elgamal_key.bytes) == 0);
}

static inline wattsum_elgamal_setup elgamal_setup(const elgamal_scene *scene, const wattsum_epoch *epoch)
{
    const wattsum_elgamal_setup setup = {.params = scene->params,
        .epoch = epoch,
        .lists = scene->lists,
        .utility = &elgamal_utility,
        .key = &elgamal_key,
        .id = scene->id,
        .first_channel = 0};
    return setup;
}

static inline wattsum_elgamal_meter *elgamal_make(
    const elgamal_scene *scene, const wattsum_epoch *epoch, void *memory, size_t size)
{
    const wattsum_elgamal_setup setup = elgamal_setup(scene, epoch);
    wattsum_elgamal_meter *meter = NULL;
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_meter_new(memory, size, &setup, scene->identity_secret, &meter, NULL));
    return meter;
}

/* The second round's: made before the reading is known. */
static inline int elgamal_prepare(
    const elgamal_scene *scene, wattsum_elgamal_meter *meter, wattsum_elgamal_pair pairs[elgamal_most_channels])
{
    int good = 1;
    for (uint16_t c = 0; good && c < scene->channels; c++) {
        good = CHECK_STATUS(WATTSUM_OK,
            wattsum_elgamal_meter_prepare(meter, scene->rounds[1], c, scene->entropies[1] + 32u * c, &pairs[c]));
    }
    return good;
}

#endif

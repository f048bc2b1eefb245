/* Plays the meter of scene_dcnet.h, which is made for each run. */
#ifndef PLAY_DCNET_H
#define PLAY_DCNET_H

#include "scene_dcnet.h"

enum {
    dcnet_neighbours = COUNT(scene_dcnet_neighbours),
    dcnet_holders = COUNT(scene_dcnet_answerers),
    dcnet_channels = COUNT(scene_dcnet_reading_0),
    dcnet_contribution = sizeof scene_dcnet_contribution_0,
    dcnet_repair = sizeof scene_dcnet_repair_0
};

/* What the meter holds besides itself until it is made. */
static wattsum_forming dcnet_forming;
static wattsum_member dcnet_utility, dcnet_entries[COUNT(scene_dcnet_answerers)];
static wattsum_neighbour dcnet_around[COUNT(scene_dcnet_neighbours)];

static inline int dcnet_epoch(wattsum_epoch *epoch)
{
    return CHECK_STATUS(WATTSUM_OK,
               wattsum_dcnet_forming(&scene_dcnet_params, scene_dcnet_epoch, scene_dcnet_first_round, &dcnet_forming))
        && epoch_of(&dcnet_forming, scene_dcnet_utility, scene_dcnet_root, sizeof scene_dcnet_root, scene_dcnet_beacon,
            scene_dcnet_beacon_time, epoch);
}

/* Computes who the neighbours are, into room for them all. */
static inline int dcnet_graph(const wattsum_epoch *epoch, uint32_t *positions, size_t capacity)
{
    size_t count = 0;
    int good = CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_neighbours(
            &scene_dcnet_params, epoch, scene_dcnet_lists.meters, scene_dcnet_position, positions, capacity, &count));
    good = good && CHECK(count == dcnet_neighbours);
    for (size_t i = 0; good && i < count; i++) {
        good = positions[i] + 1 == scene_dcnet_neighbours[i].leaf;
        dcnet_around[i].position = positions[i];
    }
    return CHECK(good);
}

static inline int dcnet_members(const wattsum_epoch *epoch)
{
    const wattsum_forming *forming = &dcnet_forming;
    const wattsum_lists *lists = &scene_dcnet_lists;
    wattsum_member own;
    int good = member_of(forming, epoch, lists, WATTSUM_LIST_ROSTER, scene_dcnet_utility, &dcnet_utility);
    /* The meter itself has to stand where it thinks it does. */
    good = good && CHECK(scene_dcnet_own->leaf == 1 + scene_dcnet_position && scene_dcnet_own->id == scene_dcnet_id)
        && member_of(forming, epoch, lists, WATTSUM_LIST_ROSTER, scene_dcnet_own, &own);
    for (size_t i = 0; good && i < dcnet_holders; i++) {
        good = member_of(forming, epoch, lists, WATTSUM_LIST_ANSWERERS, &scene_dcnet_answerers[i], &dcnet_entries[i]);
    }
    for (size_t i = 0; good && i < dcnet_neighbours; i++) {
        good = member_of(
            forming, epoch, lists, WATTSUM_LIST_ROSTER, &scene_dcnet_neighbours[i], &dcnet_around[i].member);
    }
    return CHECK(good);
}

static inline wattsum_dcnet_setup dcnet_setup(const wattsum_epoch *epoch)
{
    const wattsum_dcnet_setup setup = {.params = &scene_dcnet_params,
        .epoch = epoch,
        .lists = &scene_dcnet_lists,
        .utility = &dcnet_utility,
        .holders = dcnet_entries,
        .holder_count = dcnet_holders,
        .neighbours = dcnet_around,
        .neighbour_count = dcnet_neighbours,
        .id = scene_dcnet_id,
        .position = scene_dcnet_position,
        .first_channel = 0};
    return setup;
}

static inline wattsum_dcnet_meter *dcnet_make(const wattsum_epoch *epoch, void *memory, size_t size)
{
    static const uint8_t wiped[32];
    const wattsum_dcnet_setup setup = dcnet_setup(epoch);
    wattsum_dcnet_meter *meter = NULL;
    uint8_t secret[32];
    memcpy(secret, scene_dcnet_link_secret, sizeof secret);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_new(memory, size, &setup, secret, &meter, NULL));
    CHECK(memcmp(secret, wiped, sizeof secret) == 0);
    return meter;
}

#endif

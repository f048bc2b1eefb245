/* Plays the meter of scene_shamir.h, which is made for each run. */
#ifndef PLAY_SHAMIR_H
#define PLAY_SHAMIR_H

#include "scene_shamir.h"

enum {
    shamir_aggregators = COUNT(scene_shamir_answerers),
    shamir_channels = COUNT(scene_shamir_reading_0),
    shamir_contribution = sizeof scene_shamir_contribution_0
};

/* What the meter holds besides itself until it is made. */
static wattsum_forming shamir_forming;
static wattsum_member shamir_utility, shamir_entries[COUNT(scene_shamir_answerers)];

static inline int shamir_epoch(wattsum_epoch *epoch)
{
    return CHECK_STATUS(WATTSUM_OK,
               wattsum_shamir_forming(
                   &scene_shamir_params, scene_shamir_epoch, scene_shamir_first_round, &shamir_forming))
        && epoch_of(&shamir_forming, scene_shamir_utility, scene_shamir_root, sizeof scene_shamir_root,
            scene_shamir_beacon, scene_shamir_beacon_time, epoch);
}

static inline int shamir_members(const wattsum_epoch *epoch)
{
    const wattsum_forming *forming = &shamir_forming;
    const wattsum_lists *lists = &scene_shamir_lists;
    int good = member_of(forming, epoch, lists, WATTSUM_LIST_ROSTER, scene_shamir_utility, &shamir_utility);
    for (size_t i = 0; good && i < shamir_aggregators; i++) {
        good = member_of(forming, epoch, lists, WATTSUM_LIST_ANSWERERS, &scene_shamir_answerers[i], &shamir_entries[i]);
    }
    return CHECK(good);
}

/* Reads other channels of the device than dcnet does: a reading has one home. */
static inline wattsum_shamir_setup shamir_setup(const wattsum_epoch *epoch, uint16_t first_channel)
{
    const wattsum_shamir_setup setup = {.params = &scene_shamir_params,
        .epoch = epoch,
        .lists = &scene_shamir_lists,
        .utility = &shamir_utility,
        .aggregators = shamir_entries,
        .aggregator_count = shamir_aggregators,
        .id = scene_shamir_id,
        .first_channel = first_channel};
    return setup;
}

static inline wattsum_shamir_meter *shamir_make(
    const wattsum_epoch *epoch, uint16_t first_channel, void *memory, size_t size)
{
    static const uint8_t wiped[32];
    const wattsum_shamir_setup setup = shamir_setup(epoch, first_channel);
    wattsum_shamir_meter *meter = NULL;
    uint8_t secret[32];
    memcpy(secret, scene_shamir_link_secret, sizeof secret);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_new(memory, size, &setup, secret, &meter, NULL));
    CHECK(memcmp(secret, wiped, sizeof secret) == 0);
    return meter;
}

#endif

/* A dcnet group with all its parties, formed through the library: utility, meters, holders. */
#ifndef DCNET_GROUP_H
#define DCNET_GROUP_H

#include "parties.h"

#ifndef NET_METERS
#define NET_METERS 14
#endif
#ifndef NET_HOLDERS
#define NET_HOLDERS 4
#define NET_THRESHOLD 3
#endif

enum {
    net_meters = NET_METERS,
    net_holders = NET_HOLDERS,
    net_threshold = NET_THRESHOLD,
    net_channels = 2,
    net_first = 1000,
    net_last = 1999,
    net_beacon_time = 800000,
    net_channel = 3, /* of the device, the first that the group reads */
    net_contribution = WATTSUM_DCNET_CONTRIBUTION_LEN(net_channels, net_holders, net_threshold),
    net_repair = WATTSUM_DCNET_REPAIR_LEN(net_channels),
    net_open = WATTSUM_OPEN_LEN(net_meters),
    net_close = WATTSUM_CLOSE_LEN(net_meters, net_holders),
    net_answer = WATTSUM_ANSWER_LEN(net_channels, net_holders)
};

typedef struct {
    uint64_t memory[(WATTSUM_DCNET_METER_SIZE(net_meters - 1, net_holders) + 7) / 8];
    wattsum_mark mark;
    wattsum_dcnet_meter *meter;
    uint32_t around[net_meters - 1];
    size_t neighbours;
} net_device;

typedef struct {
    wattsum_dcnet_params params;
    wattsum_forming forming;
    wattsum_roster *roster;
    wattsum_epoch epoch;
    wattsum_lists lists;
    wattsum_member utility_entry, entries[net_holders], meter_entries[net_meters];
    uint8_t root[WATTSUM_ROOT_FRAME_LEN], beacon[32];
    party utility, meters[net_meters], answerers[net_holders];
    net_device devices[net_meters];
    wattsum_dcnet_holder *holders[net_holders];
    wattsum_dcnet_utility *head;
} net_group;

/* With degree 0 everybody is everybody's neighbour. */
static inline void net_form(net_group *all, uint32_t degree, uint32_t min_neighbours)
{
    const wattsum_dcnet_params params = {
        .group = {.origin = 0,
            .max_reading = 1000000,
            .period = 900,
            .group = 9,
            .max_meters = NET_METERS + 86,
            .min_honest = 3,
            .max_colluding = 1,
            .rounds_per_step = 96,
            .channels = net_channels,
            .max_missing_permille = 400},
        .degree = degree,
        .min_neighbours = min_neighbours,
        .holders = net_holders,
        .threshold = net_threshold,
        .colluding = 1,
    };
    memset(all, 0, sizeof *all);
    all->params = params;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_forming(&params, 2, net_first, &all->forming));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_new(&all->forming, &all->roster));
    enlist(&all->forming, all->roster, &all->utility, 0, WATTSUM_ROLE_UTILITY);
    for (uint32_t i = 0; i < net_meters; i++) {
        enlist(&all->forming, all->roster, &all->meters[i], 100 + 7 * i, WATTSUM_ROLE_METER);
    }
    for (uint32_t h = 0; h < net_holders; h++) {
        enlist(&all->forming, all->roster, &all->answerers[h], 50 - h, WATTSUM_ROLE_HOLDER);
    }
    commit(&all->forming, all->roster, &all->utility, net_last, net_beacon_time, all->root, all->beacon, &all->lists,
        &all->epoch);
}

static inline wattsum_dcnet_setup net_setup(net_group *all, size_t meter, wattsum_neighbour around[net_meters - 1])
{
    const net_device *own = &all->devices[meter];
    for (size_t n = 0; n < own->neighbours; n++) {
        around[n].position = own->around[n];
        around[n].member = all->meter_entries[own->around[n]];
    }
    const wattsum_dcnet_setup setup = {.params = &all->params,
        .epoch = &all->epoch,
        .lists = &all->lists,
        .utility = &all->utility_entry,
        .holders = all->entries,
        .holder_count = net_holders,
        .neighbours = around,
        .neighbour_count = own->neighbours,
        .id = all->meters[meter].id,
        .position = (uint32_t)meter,
        .first_channel = net_channel};
    return setup;
}

static inline void net_begin(net_group *all)
{
    const wattsum_forming *forming = &all->forming;
    const wattsum_epoch *epoch = &all->epoch;
    wattsum_neighbour around[net_meters - 1];
    entry_of(forming, all->roster, epoch, &all->lists, WATTSUM_LIST_ROSTER, 0, &all->utility, &all->utility_entry);
    for (uint32_t h = 0; h < net_holders; h++) {
        entry_of(forming, all->roster, epoch, &all->lists, WATTSUM_LIST_ANSWERERS, h, &all->answerers[h],
            &all->entries[h]);
    }
    for (uint32_t i = 0; i < net_meters; i++) {
        entry_of(
            forming, all->roster, epoch, &all->lists, WATTSUM_LIST_ROSTER, 1 + i, &all->meters[i], &all->meter_entries[i]);
    }
    for (uint32_t i = 0; i < net_meters; i++) {
        net_device *own = &all->devices[i];
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_neighbours(
                &all->params, epoch, net_meters, i, own->around, net_meters - 1, &own->neighbours));
        const wattsum_dcnet_setup setup = net_setup(all, i, around);
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&own->mark));
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_meter_new(own->memory, sizeof own->memory, &setup, all->meters[i].link, &own->meter, NULL));
    }
    for (size_t h = 0; h < net_holders; h++) {
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_holder_new(&all->params, epoch, all->answerers[h].id, all->roster, all->answerers[h].identity,
                all->answerers[h].link, &all->holders[h], NULL));
    }
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_utility_new(
            &all->params, epoch, all->roster, all->utility.identity, all->utility.link, &all->head, NULL));
}

static inline void net_end(net_group *all)
{
    for (size_t i = 0; i < net_meters; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_free(all->devices[i].meter));
    }
    for (size_t h = 0; h < net_holders; h++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_holder_free(all->holders[h]));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_free(all->head));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_free(all->roster));
}

#endif

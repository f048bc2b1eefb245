/* What a scene (../../scene) is made of, and steps that host and board share. Steps of a protocol are in play_....h,
 * since they need its scene. */
#ifndef SCENES_H
#define SCENES_H

#include "check.h"

/* Memory for a meter, aligned as it must be. */
#define METER_MEMORY(name, bytes) static uint64_t name[((bytes) + 7) / 8]

/* A party as another gets to know it: its identity by a certificate, the rest from the utility. */
typedef struct {
    uint32_t id, leaf;
    uint8_t role, hashes, identity[32], announcement[WATTSUM_LINK_KEY_FRAME_LEN], path[20 * 32];
} scene_party;

/* The entry that a party's announcement makes, where it stands in the epoch's list. */
static inline int member_of(const wattsum_forming *forming, const wattsum_epoch *epoch, const wattsum_lists *lists,
    uint8_t list, const scene_party *party, wattsum_member *member)
{
    return wattsum_member_announced(forming, party->id, party->role, party->identity, party->announcement,
               sizeof party->announcement, member, NULL)
        == WATTSUM_OK
        && wattsum_member_verify(epoch, lists, list, party->leaf, member, party->path, party->hashes, NULL)
        == WATTSUM_OK;
}

/* From the utility's commitment to the epoch: pinned before the beacon, begun after it. */
static inline int epoch_of(const wattsum_forming *forming, const scene_party *utility, const uint8_t *root,
    size_t root_len, const uint8_t *beacon, uint64_t beacon_time, wattsum_epoch *epoch)
{
    uint8_t record[WATTSUM_ROOT_RECORD_LEN];
    return CHECK_STATUS(WATTSUM_OK,
               wattsum_root_accept(forming, utility->identity, beacon_time - 1, NULL, root, root_len, record, NULL))
        && CHECK_STATUS(WATTSUM_OK, wattsum_epoch_begin(forming, record, beacon, beacon_time, epoch));
}

#endif

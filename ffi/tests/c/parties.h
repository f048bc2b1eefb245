/* Parties of any protocol's group, formed through the library: keys, announcements, lists, the epoch. */
#ifndef PARTIES_H
#define PARTIES_H

#include "check.h"

typedef struct {
    uint32_t id;
    uint8_t role, identity[32], identity_public[32], link[32], link_public[32];
    uint8_t announcement[WATTSUM_LINK_KEY_FRAME_LEN];
} party;

/* A test's entropy: other bytes at each call. A device takes them from its generator. */
static inline const uint8_t *entropy(void)
{
    static uint8_t bytes[32];
    static uint32_t count;
    count++;
    for (unsigned i = 0; i < 32; i++) {
        bytes[i] = (uint8_t)((count >> (i % 4 * 8)) ^ (i * 37));
    }
    return bytes;
}

/* Makes a party's keys and adds it to the roster. */
static inline void enlist(
    const wattsum_forming *forming, wattsum_roster *roster, party *who, uint32_t id, uint8_t role)
{
    uint32_t culprit = 99;
    who->id = id;
    who->role = role;
    CHECK_STATUS(WATTSUM_OK, wattsum_identity_generate(entropy(), who->identity, who->identity_public));
    CHECK_STATUS(WATTSUM_OK, wattsum_link_generate(entropy(), who->link, who->link_public));
    CHECK_STATUS(
        WATTSUM_OK, wattsum_link_announce(forming, id, role, who->identity, who->link_public, who->announcement));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_roster_add(
            roster, id, role, who->identity_public, who->announcement, sizeof who->announcement, &culprit));
    CHECK(culprit == 99);
}

/* The roster is built and committed to, and the beacon begins the epoch. */
static inline void commit(const wattsum_forming *forming, wattsum_roster *roster, const party *utility,
    uint64_t last_round, uint64_t beacon_time, uint8_t root[WATTSUM_ROOT_FRAME_LEN], uint8_t beacon[32],
    wattsum_lists *lists, wattsum_epoch *epoch)
{
    uint8_t record[WATTSUM_ROOT_RECORD_LEN];
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_build(roster));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_lists(roster, lists));
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_root(roster, last_round, beacon_time, utility->identity, root));
    memcpy(beacon, entropy(), 32);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_root_accept(
            forming, utility->identity_public, beacon_time - 1, NULL, root, WATTSUM_ROOT_FRAME_LEN, record, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_epoch_begin(forming, record, beacon, beacon_time, epoch));
}

/* The entry of a party, as a meter makes it from the announcement and the proof that the utility passes on. */
static inline void entry_of(const wattsum_forming *forming, wattsum_roster *roster, const wattsum_epoch *epoch,
    const wattsum_lists *lists, uint8_t list, uint32_t index, const party *who, wattsum_member *member)
{
    uint8_t path[32][32];
    size_t hashes = 0;
    uint32_t id = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_path(roster, list, index, &id, path[0], 32, &hashes));
    CHECK(id == who->id);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_member_announced(forming, id, who->role, who->identity_public, who->announcement,
            sizeof who->announcement, member, NULL));
    CHECK_STATUS(WATTSUM_OK, wattsum_member_verify(epoch, lists, list, index, member, path[0], hashes, NULL));
}

#endif

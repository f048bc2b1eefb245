/* The rest of a group on your desk: a utility, two aggregators and three other meters of shamir, in the process of the
 * one meter that you write. What would come over the network is handed over in structs; all behind them is wattsum.h.
 *
 * For first steps and for the tests of a gateway. It protects nobody: one process holds the keys of all. */
#ifndef DESK_H
#define DESK_H

#include <wattsum.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DESK_ID = 100, /* your meter's */
    DESK_METERS = 4, /* with yours, which is the first in the roster */
    DESK_AGGREGATORS = 2, /* both have to open a sum */
    DESK_PARTIES = 1 + DESK_AGGREGATORS + 1, /* whom your meter has to know */
    DESK_EPOCH = 1,
    DESK_FIRST_ROUND = 1000,
    DESK_LAST_ROUND = 1999
};

/* What the group agrees on: one value in Wh a quarter of an hour. */
extern const wattsum_shamir_params desk_params;

/* A party, as another gets to know it: who it is by its certificate, what it has sent, and where it stands in the
 * epoch's lists, with the proof. */
typedef struct {
    uint32_t id, at;
    uint8_t role, list, certified[WATTSUM_KEY_LEN], frame[WATTSUM_LINK_KEY_FRAME_LEN], path[32 * WATTSUM_KEY_LEN];
    size_t len, hashes;
} desk_party;

/* What the utility sends to your meter for an epoch. */
typedef struct {
    wattsum_lists lists;
    uint8_t utility[WATTSUM_KEY_LEN]; /* its identity, by its certificate */
    uint8_t root[WATTSUM_ROOT_FRAME_LEN], beacon[WATTSUM_KEY_LEN];
    uint64_t time, beacon_time; /* when the root comes, and the beacon */
    desk_party parties[DESK_PARTIES]; /* utility, aggregators, your meter */
} desk_epoch;

/* All of these end the process where something fails, and say what. */
void desk_must(wattsum_status status, const char *what);
#define MUST(call) desk_must(call, #call)

/* 32 bytes of the system's generator, until the next call. */
const uint8_t *desk_entropy(void);

/* Your meter announces itself: the group forms, and you get what the utility sends. Once a process. */
const desk_epoch *desk_join(
    const uint8_t certified[WATTSUM_KEY_LEN], const uint8_t announcement[WATTSUM_LINK_KEY_FRAME_LEN]);

/* Appends a record to a file, and syncs. */
void desk_store(const char *file, const uint8_t *record, size_t len);

/* Takes your frame of a round, lets the others contribute, and opens the sum. Rounds come in their order. */
int64_t desk_sum(uint64_t round, const uint8_t *frame, size_t len);

#ifdef __cplusplus
}
#endif

#endif

/* What a ring's scene (../../scene/cmt.rs) is made of: all that the meter which C plays is given, and what it
 * sends. */
#ifndef CMT_SCENE_H
#define CMT_SCENE_H

#include "scenes.h"

typedef struct {
    const uint8_t *at;
    size_t len;
} scene_bytes;

typedef struct {
    const char *name;
    const wattsum_cmt_params *params;
    const wattsum_lists *lists;
    const scene_party *utility, *own, *lead, *around;
    size_t neighbours;
    uint64_t first_round, beacon_time, rounds[2];
    uint32_t epoch, generation;
    uint16_t channels;
    const uint8_t *link_secret, *beacon, *join_entropy;
    scene_bytes root, token, first_key, seat;
    const int64_t *readings[2];
    const uint8_t *entropy[2]; /* where δ is drawn, as the frames below */
    scene_bytes received[2], contribution[2], delta[2];
} cmt_scene;

#endif

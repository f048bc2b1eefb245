/* Plays the meter of a scene of scene_cmt.h, which is made for each run. */
#ifndef PLAY_CMT_H
#define PLAY_CMT_H

#include "scene_cmt.h"

enum {
    cmt_contribution_max = WATTSUM_CMT_CONTRIBUTION_LEN(WATTSUM_MARK_CHANNELS),
    cmt_delta_max = WATTSUM_CMT_DELTA_LEN(WATTSUM_MARK_CHANNELS),
    cmt_first_key_max = WATTSUM_CMT_FIRST_KEY_LEN(WATTSUM_MARK_CHANNELS)
};

/* What the meter is told of others, each entry checked. */
typedef struct {
    wattsum_epoch epoch;
    wattsum_member utility;
    wattsum_cmt_entry own, lead, around[WATTSUM_CMT_NEIGHBOURS];
} cmt_known;

static inline int cmt_entry(const cmt_scene *scene, const wattsum_forming *forming, const wattsum_epoch *epoch,
    const scene_party *party, wattsum_cmt_entry *entry)
{
    entry->position = party->leaf - 1;
    return member_of(forming, epoch, scene->lists, WATTSUM_LIST_ROSTER, party, &entry->member);
}

static inline int cmt_know(const cmt_scene *scene, cmt_known *known)
{
    wattsum_forming forming;
    int good = CHECK_STATUS(
                   WATTSUM_OK, wattsum_cmt_forming(scene->params, scene->epoch, scene->first_round, &forming))
        && epoch_of(&forming, scene->utility, scene->root.at, scene->root.len, scene->beacon, scene->beacon_time,
            &known->epoch)
        && member_of(&forming, &known->epoch, scene->lists, WATTSUM_LIST_ROSTER, scene->utility, &known->utility)
        && cmt_entry(scene, &forming, &known->epoch, scene->own, &known->own)
        && cmt_entry(scene, &forming, &known->epoch, scene->lead, &known->lead);
    for (size_t i = 0; good && i < scene->neighbours; i++) {
        good = cmt_entry(scene, &forming, &known->epoch, &scene->around[i], &known->around[i]);
    }
    return CHECK(good);
}

static inline wattsum_cmt_setup cmt_setup(const cmt_scene *scene, const cmt_known *known)
{
    const wattsum_cmt_setup setup = {.params = scene->params,
        .epoch = &known->epoch,
        .lists = scene->lists,
        .utility = &known->utility,
        .own = &known->own,
        .first_channel = 0};
    return setup;
}

/* Answers the Token; the FirstKey must be the one that K of the scene's sums was made of. */
static inline int cmt_join(
    const cmt_scene *scene, const cmt_known *known, wattsum_cmt_meter *meter,
        uint8_t record[WATTSUM_CMT_GENERATION_RECORD_LEN])
{
    uint8_t frame[cmt_first_key_max];
    size_t len = 0;
    return CHECK_STATUS(WATTSUM_OK,
               wattsum_cmt_meter_join(meter, scene->link_secret, scene->rounds[0], &known->lead, scene->token.at,
                   scene->token.len, scene->join_entropy, record, frame, sizeof frame, &len, NULL))
        && CHECK(len == scene->first_key.len && memcmp(frame, scene->first_key.at, len) == 0)
        && CHECK(len == WATTSUM_CMT_FIRST_KEY_LEN(scene->channels));
}

/* Takes the place between the neighbours that the Seat names. */
static inline int cmt_sit(const cmt_scene *scene, const cmt_known *known, wattsum_cmt_meter *meter)
{
    uint32_t positions[WATTSUM_CMT_NEIGHBOURS];
    size_t count = 0;
    int good = CHECK_STATUS(WATTSUM_OK,
                   wattsum_cmt_meter_neighbours(meter, scene->seat.at, scene->seat.len, positions, &count, NULL))
        && CHECK(count == scene->neighbours);
    for (size_t i = 0; good && i < count; i++) {
        good = CHECK(positions[i] == known->around[i].position);
    }
    return good
        && CHECK_STATUS(WATTSUM_OK,
            wattsum_cmt_meter_seat(
                meter, scene->link_secret, scene->seat.at, scene->seat.len, known->around, count, NULL));
}

/* Contributes to a round; the bytes must be those with which the ring's sums were opened. */
static inline int cmt_send(const cmt_scene *scene, wattsum_cmt_meter *meter, wattsum_mark *mark, size_t number,
    uint8_t record[WATTSUM_MARK_RECORD_LEN])
{
    const uint64_t round = scene->rounds[number];
    const scene_bytes *sent = &scene->contribution[number], *passed = &scene->delta[number];
    uint8_t contribution[cmt_contribution_max], delta[cmt_delta_max];
    size_t len = sent->len;
    if (passed->at == NULL) {
        return CHECK_STATUS(WATTSUM_OK,
                   wattsum_cmt_meter_contribute(meter, mark, round, round, scene->readings[number], scene->channels,
                       record, contribution, sizeof contribution, &len, NULL))
            && CHECK(len == sent->len && memcmp(contribution, sent->at, len) == 0);
    }
    return CHECK_STATUS(WATTSUM_OK,
               wattsum_cmt_meter_relay(meter, mark, round, round, scene->readings[number], scene->channels,
                   scene->received[number].at, scene->received[number].len, scene->entropy[number], record,
                       contribution,
                   sizeof contribution, delta, sizeof delta, NULL))
        && CHECK(sent->len == WATTSUM_CMT_CONTRIBUTION_LEN(scene->channels)
            && memcmp(contribution, sent->at, sent->len) == 0)
        && CHECK(passed->len == WATTSUM_CMT_DELTA_LEN(scene->channels) && memcmp(delta, passed->at,
            passed->len) == 0);
}

#endif

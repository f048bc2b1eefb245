/* Key ceremonies of trustees, played on bytes. */
#ifndef ELGAMAL_CEREMONY_H
#define ELGAMAL_CEREMONY_H

#include "parties.h"

enum {
    cer_most = 8, /* parties */
    cer_len = WATTSUM_ELGAMAL_CEREMONY_LEN(cer_most, 8),
    cer_record = WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN
};

/* A participant, what it has sent in each step, and its log. */
typedef struct {
    uint32_t id;
    const uint8_t *identity;
    const wattsum_elgamal_share *old;
    wattsum_elgamal_ceremony *role;
    uint8_t frames[4][cer_len], log[3 * cer_record];
    size_t lens[4], log_len;
    wattsum_elgamal_share share;
} cer_party;

static inline void cer_begin(const wattsum_elgamal_plan *plan, cer_party *who)
{
    who->role = NULL;
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_ceremony_begin(plan, who->id, who->identity, who->old, entropy(), who->log, &who->role));
    who->log_len = cer_record;
}

static inline uint8_t cer_step(const cer_party *who)
{
    uint8_t step = 99;
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_step(who->role, &step));
    return step;
}

static inline void cer_send(cer_party *who)
{
    const uint8_t step = cer_step(who);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_frame(who->role, who->frames[step], cer_len, &who->lens[step]));
}

/* Everybody gets everybody's frame of a step. */
static inline void cer_hear(cer_party *who, cer_party *all, size_t parties, uint8_t step)
{
    for (size_t from = 0; from < parties; from++) {
        if (all[from].lens[step] > 0) {
            CHECK_STATUS(WATTSUM_OK,
                wattsum_elgamal_ceremony_accept(who->role, all[from].frames[step], all[from].lens[step], NULL));
        }
    }
}

static inline wattsum_status cer_advance(cer_party *who)
{
    uint8_t record[cer_record];
    size_t len = 99;
    const wattsum_status status = wattsum_elgamal_ceremony_advance(who->role, record, &len, NULL);
    if (status == WATTSUM_OK && len > 0) { /* stored before the next frame leaves */
        memcpy(who->log + who->log_len, record, len);
        who->log_len += len;
    }
    return status;
}

/* The power is cut: all but the log is gone, and everybody's frames of the steps before are given anew. */
static inline void cer_restart(const wattsum_elgamal_plan *plan, cer_party *who, cer_party *all, size_t parties)
{
    const uint8_t until = cer_step(who);
    uint8_t frame[cer_len];
    size_t len = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_free(who->role));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_elgamal_ceremony_resume(plan, who->id, who->identity, who->old, who->log, who->log_len, &who->role));
    for (uint8_t step = 0; step < until; step++) {
        uint8_t record[cer_record];
        cer_hear(who, all, parties, step);
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_advance(who->role, record, &len, NULL));
        /* What was stored is what is fixed again. */
        CHECK(len == 0 || memcmp(record, who->log + (step == 0 ? 1 : 2) * cer_record, len) == 0);
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_frame(who->role, frame, sizeof frame, &len));
    CHECK(len == who->lens[until] && memcmp(frame, who->frames[until], len) == 0);
}

/* A whole ceremony; in each step another participant loses its power. The keys are the first's, compared with all. */
static inline wattsum_elgamal_keys *cer_hold(const wattsum_elgamal_plan *plan, cer_party *all, size_t parties)
{
    wattsum_elgamal_keys *made = NULL, *keys = NULL;
    uint8_t bytes[WATTSUM_ELGAMAL_KEYS_LEN(cer_most)], other[sizeof bytes];
    uint32_t ids[cer_most];
    size_t len = 0, other_len = 0, count = 99;
    for (size_t i = 0; i < parties; i++) {
        memset(all[i].lens, 0, sizeof all[i].lens);
        cer_begin(plan, &all[i]);
    }
    for (uint8_t step = 0; step < 4; step++) {
        for (size_t i = 0; i < parties; i++) {
            cer_send(&all[i]);
        }
        cer_restart(plan, &all[(step + 1u) % parties], all, parties);
        for (size_t i = 0; i < parties; i++) {
            cer_hear(&all[i], all, parties, step);
            CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_missing(all[i].role, ids, cer_most, &count));
            CHECK(count == 0);
            if (step < 3) {
                CHECK_STATUS(WATTSUM_OK, cer_advance(&all[i]));
            }
        }
    }
    for (size_t i = 0; i < parties; i++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_finish(all[i].role, &made, &all[i].share));
        CHECK(cer_step(&all[i]) == WATTSUM_ELGAMAL_ENDED);
        CHECK(all[i].share.number == (i < plan->member_count ? i + 1 : 0)); /* members stand first */
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_to_bytes(made, other, sizeof other, &other_len));
        if (i == 0) {
            keys = made;
            memcpy(bytes, other, other_len);
            len = other_len;
        } else {
            CHECK(len == other_len && memcmp(bytes, other, len) == 0);
            CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_free(made));
        }
        CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_free(all[i].role));
    }
    return keys;
}

static inline wattsum_elgamal_seat cer_seat(const party *who)
{
    wattsum_elgamal_seat seat = {.id = who->id};
    memcpy(seat.identity, who->identity_public, sizeof seat.identity);
    return seat;
}

#endif

/* Meters of the wire vectors through the C library (the headers are printed by wire.py): what Python made of the documents
 * alone, frame by frame. And what must be refused: roots, announcements, proofs of membership and Opens, good and bad. */
#include "device.h"
#include "play_dcnet.h"
#include "play_shamir.h"
#ifdef WIRE_REFUSED
#include "wire_refused.h"
#endif

enum { nobody = UINT32_MAX };

METER_MEMORY(dcnet_memory, WATTSUM_DCNET_METER_SIZE(dcnet_neighbours, dcnet_holders));
METER_MEMORY(shamir_memory, WATTSUM_SHAMIR_METER_SIZE(shamir_aggregators));
static uint32_t positions[256];
static uint8_t frame[sizeof scene_shamir_contribution_0 + sizeof scene_dcnet_contribution_0], repair[dcnet_repair];
static uint8_t close_record[WATTSUM_DCNET_CLOSE_RECORD_LEN];
static wattsum_epoch epoch;
static size_t len;

static void dcnet_plays(wattsum_dcnet_meter *meter, uint64_t round)
{
    CHECK_STATUS(
        WATTSUM_OK, wattsum_dcnet_meter_open(meter, round, scene_dcnet_open_0, sizeof scene_dcnet_open_0, NULL));
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_contribute(meter, &mark, round, round, scene_dcnet_reading_0, dcnet_channels, mark_record,
            frame, sizeof frame, &len, NULL));
    CHECK_BYTES(scene_dcnet_contribution_0, frame, len);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_close(meter, round, scene_dcnet_close_0, sizeof scene_dcnet_close_0, close_record, repair,
            sizeof repair, &len, NULL));
    CHECK_BYTES(scene_dcnet_repair_0, repair, len);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_close(meter, round, scene_dcnet_close_1, sizeof scene_dcnet_close_1, close_record, repair,
            sizeof repair, &len, NULL));
    CHECK_BYTES(scene_dcnet_repair_1, repair, len);
}

static void shamir_plays(uint64_t round)
{
    wattsum_shamir_meter *meter;
    CHECK(shamir_epoch(&epoch) && shamir_members(&epoch));
    meter = shamir_make(&epoch, dcnet_channels, shamir_memory, sizeof shamir_memory);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_shamir_meter_contribute(meter, &mark, round, round, scene_shamir_reading_0, shamir_channels,
            mark_record, frame, sizeof frame, &len));
    CHECK_BYTES(scene_shamir_contribution_0, frame, len);
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_free(meter));
}

#ifdef WIRE_REFUSED
static void said(wattsum_status status, uint32_t culprit, wattsum_status expected, uint32_t by, const char *what, size_t row)
{
    if (!check(status == expected && culprit == by, what, (int)row)) {
        say("  is ");
        say_number((uint64_t)status);
        say(" by ");
        say_number(culprit);
        say("; expected ");
        say_number((uint64_t)expected);
        say(" by ");
        say_number(by);
        say("\n");
    }
}

static void roots(void)
{
    for (size_t i = 0; i < COUNT(wire_roster_roots); i++) {
        const wire_row *row = &wire_roster_roots[i];
        uint8_t record[WATTSUM_ROOT_RECORD_LEN];
        uint32_t culprit = nobody;
        const wattsum_status status = wattsum_root_accept(&dcnet_forming, scene_dcnet_utility->identity, row->now,
            row->other_len == sizeof record ? row->other : NULL, row->frame, row->len, record, &culprit);
        said(status, culprit, row->status, row->culprit, "root, row", i);
    }
}

static void announcements(void)
{
    for (size_t i = 0; i < COUNT(wire_link_keys); i++) {
        const wire_row *row = &wire_link_keys[i];
        wattsum_member member;
        uint32_t culprit = nobody;
        const wattsum_status status = wattsum_member_announced(
            &dcnet_forming, row->number, row->role, row->other, row->frame, row->len, &member, &culprit);
        said(status, culprit, row->status, row->culprit, "announcement, row", i);
    }
}

static void proofs(void)
{
    for (size_t i = 0; i < COUNT(wire_proofs); i++) {
        const wire_proof *row = &wire_proofs[i];
        wattsum_lists lists = scene_dcnet_lists;
        wattsum_member member;
        uint32_t culprit = nobody;
        if (row->list == WATTSUM_LIST_ROSTER) {
            lists.meters = row->count - 1;
            memcpy(lists.roster_merkle, row->root, sizeof lists.roster_merkle);
        } else {
            lists.answerers = (uint8_t)row->count;
            memcpy(lists.answerers_merkle, row->root, sizeof lists.answerers_merkle);
        }
        memcpy(&member.id, row->leaf, 4);
        member.role = row->leaf[4];
        memcpy(member.identity, row->leaf + 5, 32);
        memcpy(member.link, row->leaf + 37, 32);
        said(wattsum_member_verify(&epoch, &lists, row->list, row->index, &member, row->path, row->hashes, &culprit),
            culprit, row->status, row->culprit, "proof, row", i);
    }
}

/* Each by a meter that has seen no other. */
static void opens(const wattsum_dcnet_setup *setup, const uint8_t *state, size_t state_len)
{
    for (size_t i = 0; i < COUNT(wire_opens); i++) {
        const wire_row *row = &wire_opens[i];
        wattsum_dcnet_meter *meter = NULL;
        uint32_t culprit = nobody;
        CHECK_STATUS(WATTSUM_OK,
            wattsum_dcnet_meter_import(dcnet_memory, sizeof dcnet_memory, setup, state, state_len, &meter, NULL));
        said(wattsum_dcnet_meter_open(meter, row->now, row->frame, row->len, &culprit), culprit, row->status,
            row->culprit, "Open, row", i);
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_free(meter));
    }
}
#endif

int main(void)
{
    static uint8_t state[WATTSUM_DCNET_STATE_LEN(dcnet_neighbours, dcnet_holders)];
    wattsum_dcnet_meter *meter;
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    CHECK(dcnet_epoch(&epoch) && dcnet_graph(&epoch, positions, COUNT(positions)) && dcnet_members(&epoch));
    meter = dcnet_make(&epoch, dcnet_memory, sizeof dcnet_memory);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_export(meter, state, sizeof state, &len));
    CHECK(len == sizeof state);
    dcnet_plays(meter, scene_dcnet_rounds[0]);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_free(meter));
#ifdef WIRE_REFUSED
    {
        const wattsum_dcnet_setup setup = dcnet_setup(&epoch);
        roots();
        announcements();
        proofs();
        opens(&setup, state, sizeof state);
    }
#endif
    shamir_plays(scene_shamir_rounds[0]);
    return counted();
}

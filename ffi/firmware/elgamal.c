/* A device that speaks elgamal only (scene_elgamal.h, made by run.sh), with proofs of knowledge or without. A meter of it has
 * no state of its own: what it keeps is its identity, the group key that it has found certified, and its mark. */
#include "device.h"
#include "play_elgamal.h"

METER_MEMORY(elgamal_memory, WATTSUM_ELGAMAL_METER_SIZE);
static const elgamal_scene scene = ELGAMAL_SCENE(elgamal);
static wattsum_elgamal_pair pairs[elgamal_most_channels];
static uint8_t frame[sizeof scene_elgamal_contribution_0];
static wattsum_forming forming;
static wattsum_status status = WATTSUM_UNKNOWN;
static size_t len;

static wattsum_status contribute(wattsum_elgamal_meter *meter)
{
    return wattsum_elgamal_meter_contribute(meter, &mark, scene.rounds[0], scene.rounds[0], scene.readings[0],
        scene.channels, scene.entropies[0], mark_record, frame, sizeof frame, &len);
}

static void first_start(void)
{
    wattsum_epoch epoch;
    wattsum_elgamal_meter *meter = NULL;
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    MEASURE("begin an epoch", elgamal_epoch(&scene, &forming, &epoch));
    MEASURE("verify all members", elgamal_members(&scene, &forming, &epoch));
    MEASURE("find the group key", elgamal_certified(&scene, &epoch));
    CHECK(file_write("state", elgamal_key.bytes, sizeof elgamal_key.bytes));
    MEASURE("make a meter", meter = elgamal_make(&scene, &epoch, elgamal_memory, sizeof elgamal_memory));
    MEASURE("contribute", status = contribute(meter));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_elgamal_contribution_0, frame, len);
    mark_stored();
}

static void second_start(void)
{
    wattsum_epoch epoch;
    wattsum_elgamal_meter *meter = NULL;
    CHECK(elgamal_epoch(&scene, &forming, &epoch));
    CHECK(member_of(&forming, &epoch, scene.lists, WATTSUM_LIST_ROSTER, scene.utility, &elgamal_utility));
    meter = elgamal_make(&scene, &epoch, elgamal_memory, sizeof elgamal_memory);
    mark_replayed(1);
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED, contribute(meter));
    MEASURE("prepare", elgamal_prepare(&scene, meter, pairs));
    MEASURE("contribute with what is prepared",
        status = wattsum_elgamal_meter_contribute_with(meter, &mark, scene.rounds[1], scene.rounds[1],
            scene.readings[1], scene.channels, pairs, mark_record, frame, sizeof frame, &len));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_BYTES(scene_elgamal_contribution_1, frame, len);
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_meter_free(meter));
    memory_wiped(elgamal_memory, COUNT(elgamal_memory));
}

int main(void)
{
    if (file_read("state", elgamal_key.bytes, sizeof elgamal_key.bytes) != sizeof elgamal_key.bytes) {
        first_start();
    } else {
        second_start();
    }
    return counted();
}

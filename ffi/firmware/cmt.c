/* A device that speaks cmt only, in one ring after the other (scene_cmt.h, made by run.sh): δ drawn, δ derived, two rings,
 * another modulus. After the first contribution the power goes; the second start goes on from the state. */
#include "device.h"
#include "play_cmt.h"

METER_MEMORY(cmt_memory, WATTSUM_CMT_METER_SIZE);
enum { rings = COUNT(scene_cmt_scenes) };

/* What the device stores of each ring. */
static struct {
    uint8_t generation[WATTSUM_CMT_GENERATION_RECORD_LEN], mark[WATTSUM_MARK_RECORD_LEN];
    uint8_t state[WATTSUM_CMT_METER_STATE_MAX];
    size_t state_len;
} stored[rings];
static uint8_t contribution[cmt_contribution_max], delta[cmt_delta_max];
static wattsum_status status = WATTSUM_UNKNOWN;
static size_t len;

static wattsum_status contribute(const cmt_scene *scene, wattsum_cmt_meter *meter, size_t number)
{
    const uint64_t round = scene->rounds[number];
    if (scene->delta[number].at == NULL) {
        return wattsum_cmt_meter_contribute(meter, &mark, round, round, scene->readings[number], scene->channels,
            mark_record, contribution, sizeof contribution, &len, NULL);
    }
    return wattsum_cmt_meter_relay(meter, &mark, round, round, scene->readings[number], scene->channels,
        scene->received[number].at, scene->received[number].len, scene->entropy[number], mark_record, contribution,
        sizeof contribution, delta, sizeof delta, NULL);
}

static void equals_host(const cmt_scene *scene, size_t number)
{
    const scene_bytes *sent = &scene->contribution[number], *passed = &scene->delta[number];
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK(memcmp(contribution, sent->at, sent->len) == 0);
    CHECK(passed->at == NULL || memcmp(delta, passed->at, passed->len) == 0);
}

static void first_start(size_t ring)
{
    const cmt_scene *scene = scene_cmt_scenes[ring];
    cmt_known known;
    wattsum_cmt_setup setup;
    wattsum_cmt_meter *meter = NULL;
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    MEASURE("verify root, itself, concentrator, neighbours", cmt_know(scene, &known));
    setup = cmt_setup(scene, &known);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_new(cmt_memory, sizeof cmt_memory, &setup, &meter, NULL));
    MEASURE("join a generation", cmt_join(scene, &known, meter, stored[ring].generation));
    MEASURE("take a seat", cmt_sit(scene, &known, meter));
    MEASURE("export the state",
        status = wattsum_cmt_meter_export(
            meter, stored[ring].state, sizeof stored[ring].state, &stored[ring].state_len));
    CHECK_STATUS(WATTSUM_OK, status);
    MEASURE("contribute", status = contribute(scene, meter, 0));
    equals_host(scene, 0);
    memcpy(stored[ring].mark, mark_record, sizeof mark_record);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_free(meter));
}

static void second_start(size_t ring)
{
    const cmt_scene *scene = scene_cmt_scenes[ring];
    cmt_known known;
    wattsum_cmt_setup setup;
    wattsum_cmt_meter *meter = NULL;
    CHECK(cmt_know(scene, &known));
    setup = cmt_setup(scene, &known);
    MEASURE("import the state",
        status = wattsum_cmt_meter_import(
            cmt_memory, sizeof cmt_memory, &setup, stored[ring].state, stored[ring].state_len, &meter, NULL));
    CHECK_STATUS(WATTSUM_OK, status);
    CHECK_STATUS(
        WATTSUM_OK, wattsum_cmt_meter_replay(meter, stored[ring].generation, sizeof stored[ring].generation));
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&mark));
    CHECK_STATUS(WATTSUM_OK, wattsum_mark_replay(&mark, stored[ring].mark, sizeof stored[ring].mark));
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED, contribute(scene, meter, 0));
    status = contribute(scene, meter, 1);
    equals_host(scene, 1);
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_free(meter));
    memory_wiped(cmt_memory, COUNT(cmt_memory));
}

int main(void)
{
    const int first = file_read("stored", stored, sizeof stored) != sizeof stored;
    for (size_t ring = 0; ring < rings; ring++) {
        static const char *const names[rings] = {"drawn, ", "derived, ", "two rings, ", "modulus, "};
        measured_of = names[ring];
        (first ? first_start : second_start)(ring);
    }
    CHECK(!first || file_write("stored", stored, sizeof stored));
    return counted();
}

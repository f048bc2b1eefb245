/* The DLMS example with real pushes, from the file of WATTSUM_DATA: their values, the sums that come out of the groups, and
 * that nothing which is received makes it read behind a frame. */
#include "check.h"

#define main example
#include "dlms_meter.c"
#undef main

/* A key of the file's expected values, and what it is in DLMS. */
static const struct {
    const char *key;
    uint8_t c, d, unit;
} keys[] = {{"active_power_import", 1, 7, DLMS_W}, {"active_power_export", 2, 7, DLMS_W},
    {"active_power_import_l1", 21, 7, DLMS_W}, {"active_power_export_l1", 22, 7, DLMS_W},
    {"active_power_import_l2", 41, 7, DLMS_W}, {"active_power_export_l2", 42, 7, DLMS_W},
    {"active_power_import_l3", 61, 7, DLMS_W}, {"active_power_export_l3", 62, 7, DLMS_W},
    {"active_power_import_total", 1, 8, DLMS_WH}, {"active_power_export_total", 2, 8, DLMS_WH}};
enum { KEYS = sizeof keys / sizeof keys[0] };

typedef struct {
    size_t len;
    uint8_t bytes[FRAME_MAX];
    int has[KEYS];
    int64_t value[KEYS];
} sample;

static sample samples[METERS];
static size_t sampled;

/* "key": number, ... up to the brace. */
static const char *expected(sample *own, const char *at)
{
    while ((at = strpbrk(at, "\"}")) != NULL && *at == '"') {
        const char *key = at + 1, *behind = strchr(key, '"');
        unsigned known = 0;
        CHECK(behind != NULL);
        for (unsigned k = 0; k < KEYS; k++) {
            if (strlen(keys[k].key) == (size_t)(behind - key) && memcmp(keys[k].key, key, (size_t)(behind - key)) == 0) {
                own->has[k] = 1;
                own->value[k] = strtoll(strchr(behind, ':') + 1, NULL, 10);
                known++;
            }
        }
        CHECK(known == 1);
        at = behind + 1;
    }
    return at;
}

static int load(void)
{
    char path[4096];
    const char *data = getenv("WATTSUM_DATA"), *at;
    snprintf(path, sizeof path, "%s/frames/dlms_push_frames.json", data != NULL ? data : "../shared/data");
    at = read_text(path);
    while (at != NULL && sampled < METERS && (samples[sampled].len = next_frame(&at, samples[sampled].bytes)) > 0) {
        at = strstr(at, "\"expect\"");
        CHECK(at != NULL);
        at = at == NULL ? NULL : expected(&samples[sampled++], strchr(at, '{'));
    }
    return sampled > 0;
}

/* Decodes a copy of exactly its size, so that sanitizers see what is read behind it. */
static dlms_status push(const uint8_t *bytes, size_t len, dlms_list *list)
{
    uint8_t *copy = (uint8_t *)malloc(len == 0 ? 1 : len);
    dlms_status status;
    if (copy == NULL) {
        exit(2);
    }
    memcpy(copy, bytes, len);
    status = dlms_push(copy, len, list);
    free(copy);
    CHECK(list->count <= DLMS_VALUES);
    return status;
}

static void values(void)
{
    size_t compared = 0;
    for (size_t i = 0; i < sampled; i++) {
        dlms_list list;
        CHECK(push(samples[i].bytes, samples[i].len, &list) == DLMS_OK);
        for (size_t k = 0; k < KEYS; k++) {
            const dlms_value *found = dlms_find(&list, keys[k].c, keys[k].d, keys[k].unit);
            int64_t number = 0;
            CHECK((found != NULL) == samples[i].has[k]);
            if (found != NULL && samples[i].has[k]) {
                CHECK(whole(found, &number) && number == samples[i].value[k]);
                compared++;
            }
        }
    }
    CHECK(sampled == 11 && compared == 36);
}

/* Every meter fed by another real push; the truth is reckoned from the file's values alone. */
static void sums(void)
{
    static gateway gateways[METERS];
    static wattsum_kept kept[METERS];
    static group all;
    int64_t truth[KINDS] = {0, 0}, meters[KINDS] = {0, 0};
    for (size_t i = 0; i < sampled; i++) {
        const sample *real = &samples[i];
        gateway *own = &gateways[i];
        dlms_list list;
        uint64_t shows = 0;
        CHECK(gateway_read(own, real->bytes, real->len, &list, &shows) == DLMS_OK);
        own->id = 500 + 3 * (uint32_t)i;
        CHECK_STATUS(WATTSUM_OK, wattsum_mark_new(&own->mark));
        CHECK(own->has[POWER] == real->has[0] && own->has[ENERGY] == real->has[8]);
        truth[POWER] += real->value[0] - real->value[1];
        meters[POWER]++;
        if (own->has[ENERGY]) {
            const int64_t step = real->value[8] % 10 == 0 && own->energy.scaler == 1 ? 10 : 1;
            const int64_t before = real->value[8] / step - (100 + 37 * (int64_t)i);
            const wattsum_kept later = {(uint64_t)before + 1000000, 0};
            own->kept.value = (uint64_t)before;
            CHECK_STATUS(WATTSUM_OK, wattsum_register_consumed(
                &own->energy, &own->kept, shows, plausible, &own->reading[ENERGY], &kept[i]));
            CHECK(own->reading[ENERGY] == real->value[8] - before * step && kept[i].value == shows && kept[i].rest == 0);
            /* The same register as that of another meter. */
            CHECK_STATUS(WATTSUM_MISUSE_READING_IMPLAUSIBLE, wattsum_register_consumed(
                &own->energy, &later, shows, plausible, &own->reading[ENERGY], &kept[i]));
            truth[ENERGY] += real->value[8] - before * step;
            meters[ENERGY]++;
        }
    }
    CHECK(meters[POWER] == 11 && meters[ENERGY] == 5);
    for (int kind = 0; kind < KINDS; kind++) {
        form(&all, kind, gateways, sampled);
        CHECK(run(&all, kind, gateways, sampled, kept) == truth[kind]);
        end(&all, kind, gateways, sampled);
        CHECK(all.count == meters[kind]);
    }
    for (size_t i = 0; i < sampled; i++) {
        CHECK(!gateways[i].has[ENERGY] || gateways[i].kept.value == kept[i].value);
    }
}

/* Frames that end early or late, and every bit of every frame the other way round. */
static void damaged(void)
{
    unsigned understood = 0, refused = 0;
    for (size_t i = 0; i < sampled; i++) {
        uint8_t bytes[FRAME_MAX + 1];
        dlms_list list;
        const size_t len = samples[i].len;
        memcpy(bytes, samples[i].bytes, len);
        for (size_t cut = 0; cut < len; cut++) {
            CHECK(push(bytes, cut, &list) != DLMS_OK);
        }
        bytes[len] = 0;
        CHECK(push(bytes, len + 1, &list) == DLMS_TRAILING);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (push(bytes, len, &list) == DLMS_OK) {
                understood++; /* another number, name, time or code */
            } else {
                refused++;
            }
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        CHECK(push(bytes, len, &list) == DLMS_OK);
    }
    CHECK(understood > 1000 && refused > 1000);
}

/* Bytes in hex behind the head of a push. */
static dlms_status body(const char *hex, dlms_list *list)
{
    uint8_t bytes[FRAME_MAX] = {0xE6, 0xE7, 0x00, 0x0F, 0x40};
    size_t len = 8;
    for (; digit(hex[0]) >= 0; hex += 2) {
        bytes[len++] = (uint8_t)(digit(hex[0]) * 16 + digit(hex[1]));
    }
    return push(bytes, len, list);
}

static int64_t only(const char *hex, int8_t scaler)
{
    dlms_list list;
    const dlms_status status = body(hex, &list);
    CHECK(status == DLMS_OK && list.count == 1 && list.values[0].scaler == scaler);
    return status == DLMS_OK ? list.values[0].number : -77;
}

static void made(void)
{
    dlms_list list;
    char text_of[2 * FRAME_MAX];
    int64_t number;
    dlms_value value = {{1, 0, 1, 7, 0, 255}, DLMS_W, 0, 0};
    /* Every type of number at its edges: rows as Aidon's. */
#define CODE "00" "01010203" "0906" "0100010700ff"
    CHECK(only(CODE "0f80" "02020ffc161b", -4) == -128);
    CHECK(only(CODE "11ff" "02020f03161b", 3) == 255);
    CHECK(only(CODE "108000" "02020f00161b", 0) == -32768);
    CHECK(only(CODE "10ffff" "02020f00161b", 0) == -1);
    CHECK(only(CODE "12ffff" "02020f00161b", 0) == 65535);
    CHECK(only(CODE "0580000000" "02020f00161b", 0) == INT32_MIN);
    CHECK(only(CODE "06ffffffff" "02020f7f161b", 127) == INT64_C(4294967295));
    CHECK(only(CODE "148000000000000000" "02020f80161b", -128) == INT64_MIN);
    CHECK(only(CODE "147fffffffffffffff" "02020f00161b", 0) == INT64_MAX);
    CHECK(only(CODE "157fffffffffffffff" "02020f00161b", 0) == INT64_MAX);
    CHECK(body(CODE "158000000000000000" "02020f00161b", &list) == DLMS_UNKNOWN_TYPE);
    /* A push that is enciphered, one of another service, a time of another length, lengths of three forms. */
    CHECK(push((const uint8_t *)"\xDB\x08KFM", 5, &list) == DLMS_NO_PUSH);
    CHECK(push((const uint8_t *)"\xE6\xE7\x00\xC4\x01\x40\x00", 7, &list) == DLMS_NO_PUSH);
    CHECK(push((const uint8_t *)"", 0, &list) == DLMS_TRUNCATED);
    CHECK(body("0b", &list) == DLMS_UNKNOWN_TYPE);
    CHECK(body("00" "0281010600000001", &list) == DLMS_OK && list.count == 1);
    CHECK(body("00" "028200010600000001", &list) == DLMS_OK && list.count == 1);
    CHECK(body("00" "02830000010600000001", &list) == DLMS_UNKNOWN_TYPE);
    CHECK(body("00" "02800600000001", &list) == DLMS_UNKNOWN_TYPE);
    /* Counts that promise more than there is, of what takes a byte each; nesting; no list at all. */
    CHECK(body("00" "0182ffff", &list) == DLMS_TRUNCATED);
    CHECK(body("00" "0282ffff0a0e4b616d73747275705f5630303031000000", &list) == DLMS_TRUNCATED);
    CHECK(body("00" "0a82ffff41", &list) == DLMS_TRUNCATED);
    CHECK(body("00" "010101010101", &list) == DLMS_UNKNOWN_TYPE);
    CHECK(body("00" "0201020102010201", &list) == DLMS_UNKNOWN_LIST);
    CHECK(body("00" "0200", &list) == DLMS_UNKNOWN_TYPE);
    CHECK(body("00" "0100", &list) == DLMS_OK && list.count == 0);
    CHECK(body("00" "1300", &list) == DLMS_UNKNOWN_TYPE); /* a compact array */
    CHECK(body("00" "060000000102", &list) == DLMS_UNKNOWN_TYPE);
    CHECK(body("00" "02010600000001" "02", &list) == DLMS_TRAILING);
    /* Lists of another version: what a place or a number means is not known. */
    CHECK(body("00" "020109074b464d5f303032", &list) == DLMS_UNKNOWN_LIST);
    CHECK(body("00" "02030a0e4b616d73747275705f5630303032" "09060101010700ff" "0600000001", &list) == DLMS_UNKNOWN_LIST);
    CHECK(body("00" "02030a0e4b616d73747275705f5630303031" "09060101010700ff" "0600000001", &list) == DLMS_OK);
    CHECK(list.count == 1 && dlms_find(&list, 1, 7, DLMS_W) != NULL && dlms_find(&list, 1, 7, DLMS_WH) == NULL);
    CHECK(body("00" "02020a0e4b616d73747275705f5630303031" "09060101010700ff", &list) == DLMS_UNKNOWN_LIST);
    /* One value more than there is room for. */
    snprintf(text_of, sizeof text_of, "0001%02x", DLMS_VALUES + 1);
    for (int i = 0; i <= DLMS_VALUES; i++) {
        strcat(text_of, "020309060100010700ff110102020f00161b");
    }
    CHECK(body(text_of, &list) == DLMS_TOO_MANY);
    /* Digits are not dropped, and a power of ten too large is refused. */
    value.number = 1230;
    value.scaler = -1;
    CHECK(whole(&value, &number) && number == 123);
    value.scaler = -2;
    CHECK(!whole(&value, &number) && number == 123);
    value.scaler = 127;
    CHECK(!whole(&value, &number));
    value.number = 0;
    CHECK(whole(&value, &number) && number == 0);
    value.number = -12;
    value.scaler = 3;
    CHECK(whole(&value, &number) && number == -12000);
}

int main(void)
{
    int code;
    made();
    if (load()) {
        values();
        sums();
        damaged();
        CHECK(example(1, (char *[]){(char *)"", NULL}) == 0);
    }
    code = counted();
    if (sampled == 0) {
        printf("not run: real frames, which are not there; with made ones %u passed\n", passed);
    }
    return code;
}

/* The check of the check: leaky steps (leaky.rs) on the keys of a meter that the library has made, and on marked readings
 * and tags. run.sh demands a report of its kind for each, and none where none is due. */
#include "taint.h"
#include "play_shamir.h"

uint32_t leaky_branch(const uint8_t key[32]);
uint32_t leaky_index(const uint8_t key[32], const uint32_t table[256]);
_Bool leaky_check(const int64_t reading[4], uint64_t most);
_Bool leaky_tag(const uint8_t right[16], const uint8_t received[16]);
uint32_t leaky_division(const uint8_t key[32], uint32_t by);
uint32_t constant_choice(const uint8_t key[32]);

METER_MEMORY(memory, WATTSUM_SHAMIR_METER_SIZE(shamir_aggregators));

static uint32_t table[256];
/* Results go somewhere, as the compiler has to believe. */
static volatile uint64_t sink;

/* Nobody has marked the keys in a meter's memory: they depend on the link secret, which was. The last link of a meter
 * ends its memory, and begins with its key. */
static const uint8_t *key_of_a_meter(const wattsum_epoch *epoch)
{
    const wattsum_shamir_setup setup = shamir_setup(epoch, 0);
    const uint8_t *bytes = (const uint8_t *)memory;
    wattsum_shamir_meter *meter = NULL;
    uint8_t link[32];
    memcpy(link, scene_shamir_link_secret, sizeof link);
    secret(link, sizeof link);
    DONE(wattsum_shamir_meter_new(memory, sizeof memory, &setup, link, &meter, NULL));
    for (size_t at = sizeof memory - 32; at > 0; at -= 4) {
        if (depending(bytes + at, 32) == 32) {
            return bytes + at;
        }
    }
    DEMAND(!marking);
    return bytes;
}

int main(int count, char **arguments)
{
    static const uint8_t received[16] = {1};
    wattsum_epoch epoch;
    int64_t reading[4] = {1, 2, 3, 4};
    uint8_t tag[16] = {1};
    starts(count, arguments);
    if (!shamir_epoch(&epoch) || !shamir_members(&epoch)) {
        return 1;
    }
    begins("a key that nobody marked");
    const uint8_t *key = key_of_a_meter(&epoch);
    STAYS("key in the meter's memory", key, 32, 32);
    secret(reading, sizeof reading);
    secret(tag, sizeof tag);

    begins("leaky: a branch on a key");
    NOTE("EXPECT branch\n");
    sink = leaky_branch(key);
    begins("leaky: an index by a key");
    NOTE("EXPECT index\n");
    sink = leaky_index(key, table);
    begins("leaky: a check of readings that stops early");
    NOTE("EXPECT branch\n");
    sink = leaky_check(reading, 1000);
    begins("leaky: a tag that is compared byte by byte");
    NOTE("EXPECT branch\n");
    sink = leaky_tag(tag, received);
    begins("beyond memcheck: a division of a key");
    sink = leaky_division(key, 7 + (uint32_t)count);
    begins("sound: a choice by a mask");
    sink = constant_choice(key);
    return ended();
}

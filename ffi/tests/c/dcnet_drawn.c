/* dcnet in a group of more than 256 meters, whose graph is drawn: only neighbours of the missing repair, and only they are
 * waited for. */
#define NET_METERS 300
#include "wattsum.h"
#include "dcnet_play.h"

static const uint8_t quorum[] = {1, 2, 3};

static size_t repairers(void)
{
    size_t count = 0;
    for (size_t i = 0; i < net_meters; i++) {
        count += repairs(i) != 0;
    }
    return count;
}

/* Some are silent, then a repairer falls silent too, then its neighbours repair. */
static void passes(uint64_t round, size_t first)
{
    uint8_t silent[net_meters] = {0}, mute[net_meters] = {0};
    static const uint8_t nobody[net_meters] = {0};
    size_t before, after;
    silent[first] = silent[first + 77] = 1;
    open_round(round);
    collect(silent);
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    before = repairers();
    CHECK(before >= 8 && before < 50);
    mute[all.devices[first].around[2]] = 1;
    repair(mute);
    next_close(quorum, WATTSUM_ROUND_REPAIRING);
    after = repairers();
    CHECK(after > before && after < 50);
    repair(nobody);
    next_close(quorum, WATTSUM_ROUND_CLOSED);
    tell_meters();
    answers(quorum);
    record();
}

int main(void)
{
    net_form(&all, 12, 3);
    net_begin(&all);
    CHECK(all.devices[0].neighbours <= 12);
    passes(net_first + 1, 5);
    passes(net_first + 2, 140);
    net_end(&all);
    return counted();
}

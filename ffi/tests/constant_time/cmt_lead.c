/* The concentrator's part of a round: its link secret is marked before it gathers a ring, so that every key it has then
 * depends on it, then its readings and entropy. The other members are as they are.
 *
 * Gathering and book are roles of the head end, behind handles; reports are off while they work, and the frames that they
 * make are declassified as all others. */
#include "taint.h"
#include "cmt_ring.h"

static ring all;
static const uint32_t everybody[ring_meters] = {0, 1, 2, 3, 4, 5, 6, 7, 8};

/* A frame of the lead's for another member, or for the supplier. */
static size_t frame_of(wattsum_cmt_outbox *outbox, size_t index, uint32_t *receiver, uint8_t frame[ring_frame])
{
    size_t len = 0;
    DONE(wattsum_cmt_outbox_frame(outbox, index, receiver, frame, ring_frame, &len));
    VALGRIND_MAKE_MEM_DEFINED(&len, sizeof len);
    VALGRIND_MAKE_MEM_DEFINED(receiver, sizeof *receiver);
    VALGRIND_MAKE_MEM_DEFINED(frame, len);
    return len;
}

static void gather(uint32_t lead)
{
    uint8_t frame[ring_frame], key[ring_first_key];
    wattsum_cmt_gathering *gathering = NULL;
    wattsum_cmt_outbox *outbox = NULL;
    uint32_t receiver = 0, sender = 0;
    size_t len = 0;
    const wattsum_cmt_setup setup = ring_setup(&all, lead);
    ring_device *own = &all.devices[lead];
    secret(all.parties[lead].link, sizeof all.parties[lead].link);
    VALGRIND_DISABLE_ERROR_REPORTING;
    DONE(wattsum_cmt_gathering_open(own->meter, &setup, all.parties[lead].link, ring_first, ring_first, 1, all.entries,
        ring_meters, entropy(), ring_generation_record(&all, lead), &gathering, &outbox, NULL));
    for (size_t i = 0; i < ring_meters - 1; i++) {
        len = frame_of(outbox, i, &receiver, frame);
        const uint32_t position = ring_position(&all, receiver);
        DONE(wattsum_cmt_meter_join(all.devices[position].meter, all.parties[position].link, ring_first, &all.entries[lead],
            frame, len, entropy(), ring_generation_record(&all, position), key, sizeof key, &len, NULL));
        DONE(wattsum_cmt_gathering_accept(gathering, key, sizeof key, &sender, NULL));
    }
    DONE(wattsum_cmt_outbox_free(outbox));
    DONE(wattsum_cmt_gathering_close(gathering, own->meter, &outbox, &all.book));
    DONE(wattsum_cmt_gathering_free(gathering));
    all.generation = 1;
    all.lead = lead;
    for (size_t i = 0; i < ring_meters; i++) {
        len = frame_of(outbox, i, &receiver, frame);
        if (receiver == 0) {
            DONE(wattsum_cmt_supplier_register(all.supplier, ring_first, all.parties[lead].id, frame, len, NULL));
        } else {
            ring_sit(&all, ring_position(&all, receiver), frame, len, 0, ring_first);
        }
    }
    DONE(wattsum_cmt_outbox_free(outbox));
    ring_close_circle(&all, everybody, ring_meters);
    VALGRIND_ENABLE_ERROR_REPORTING;
}

static void round_of(uint64_t round, const char *start, const char *close)
{
    wattsum_cmt_meter *lead = all.devices[all.lead].meter;
    wattsum_cmt_round *running = NULL;
    uint8_t record[WATTSUM_MARK_RECORD_LEN], progress[WATTSUM_CMT_ROUND_RECORD_LEN], asked[ring_frame], drawn[32];
    uint8_t delta[ring_delta], next[ring_delta], contribution[ring_contribution];
    int64_t reading[ring_channels] = {250, -3}, sums[ring_channels] = {0};
    uint32_t sender = 0, meters = 0;
    size_t len = 0;
    DONE(wattsum_cmt_supplier_open(all.supplier, round, round, progress, &running));
    DONE(wattsum_cmt_round_frame(running, asked, sizeof asked, &len));
    begins(start);
    memcpy(drawn, entropy(), sizeof drawn);
    secret(drawn, sizeof drawn);
    secret(reading, sizeof reading);
    DONE(wattsum_cmt_meter_start(lead, &all.devices[all.lead].mark, round, round, reading, ring_channels, asked, len, drawn,
        record, delta, sizeof delta, &len, NULL));
    PLAIN(len);
    PLAIN(record);
    LEAVES("delta", delta, sizeof delta, sizeof delta - FRAME_HEADER);
    for (uint32_t at = all.after[all.lead]; at != all.lead; at = all.after[at]) {
        const int64_t others[ring_channels] = {100 + at, 1};
        DONE(wattsum_cmt_meter_relay(all.devices[at].meter, &all.devices[at].mark, round, round, others, ring_channels, delta,
            sizeof delta, entropy(), record, contribution, sizeof contribution, next, sizeof next, NULL));
        memcpy(delta, next, sizeof delta);
        DONE(wattsum_cmt_round_accept(running, contribution, sizeof contribution, &sender, NULL));
    }
    begins(close);
    DONE(wattsum_cmt_meter_close(lead, round, delta, sizeof delta, contribution, sizeof contribution, &len, NULL));
    PLAIN(len);
    /* The sender is of its own token, which it has drawn without a mark. */
    LEAVES("contribution", contribution, sizeof contribution, sizeof contribution - FRAME_HEADER);
    DONE(wattsum_cmt_round_accept(running, contribution, sizeof contribution, &sender, NULL));
    DONE(wattsum_cmt_round_close(running, sums, ring_channels, &meters));
    DEMAND(meters == ring_meters && sums[0] == 250 + 100 * 8 + 36 - (int64_t)all.lead && sums[1] == 5);
    DONE(wattsum_cmt_round_free(running));
}

int main(int count, char **arguments)
{
    const wattsum_cmt_params params = ring_params(WATTSUM_CMT_DRAWN);
    starts(count, arguments);
    ring_form(&all, &params);
    begins("cmt, the ring is gathered");
    gather(ring_lead(&all, 1, everybody, ring_meters));
    STAYS("concentrator's keys", all.devices[all.lead].memory, sizeof all.devices[all.lead].memory, 32 * 3);
    round_of(ring_first, "cmt start", "cmt close");
    round_of(ring_first + 8, "cmt start, next ratchet step", "cmt close, next ratchet step");
    return ended();
}

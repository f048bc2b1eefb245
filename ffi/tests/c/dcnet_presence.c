/* dcnet: a meter that is off for long is named absent and costs its neighbours nothing, until it reports. */
#include "wattsum.h"
#include "dcnet_play.h"
#include "refused.h"

enum { away = 5 };
static const uint8_t nobody[net_meters] = {0}, quorum[] = {1, 2, 3};
static wattsum_dcnet_presence *presence;

#define HANDLE(type) ((type **)(void *)&out.handle)

static void round_without(const uint8_t silent[net_meters], uint64_t number, uint8_t stage)
{
    uint8_t present[net_meters];
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_presence_present(presence, present, net_meters));
    for (size_t i = 0; i < net_meters; i++) {
        CHECK(present[i] == !absent[i]);
    }
    open_round(number);
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_round_set(now.running, out.bytes, net_meters));
    collect(silent);
    REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_presence_closed(presence, now.running));
    next_close(quorum, stage);
    if (stage == WATTSUM_ROUND_REPAIRING) {
        REFUSED(WATTSUM_MISUSE_OUT_OF_ORDER, wattsum_dcnet_presence_closed(presence, now.running));
        repair(nobody);
        next_close(quorum, WATTSUM_ROUND_CLOSED);
    }
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_round_set(now.running, out.bytes, net_meters + 1));
    for (int twice = 0; twice < 2; twice++) {
        CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_presence_closed(presence, now.running));
    }
    tell_meters();
    answers(quorum);
    record();
}

/* The list outlives the utility's restart. */
static void restart(void)
{
    uint8_t state[1024];
    size_t len = 0, expected = 0;
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_presence_state_len(presence, &expected));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_presence_export(presence, state, sizeof state, &len));
    CHECK(len == expected);
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_presence_export(presence, out.bytes, len - 1, &out.len));
    for (size_t at = 0; at < len; at++) {
        state[at] ^= 4;
        REFUSED(WATTSUM_MALFORMED_BAD_RECORD,
            wattsum_dcnet_presence_import(all.head, state, len, HANDLE(wattsum_dcnet_presence)));
        state[at] ^= 4;
        REFUSED(WATTSUM_MALFORMED_BAD_RECORD,
            wattsum_dcnet_presence_import(all.head, state, at, HANDLE(wattsum_dcnet_presence)));
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_presence_free(presence));
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_presence_import(all.head, state, len, &presence));
}

static void misuse(void)
{
    wattsum_dcnet_meter *meter = all.devices[0].meter;
    uint8_t frame[WATTSUM_DCNET_REPORT_LEN] = {0};
    NULL_REFUSED(wattsum_dcnet_presence_new(NULL, 2, HANDLE(wattsum_dcnet_presence)));
    NULL_REFUSED(wattsum_dcnet_presence_new(all.head, 2, NULL));
    REFUSED(WATTSUM_MISUSE_BAD_PARAMETER, wattsum_dcnet_presence_new(all.head, 0, HANDLE(wattsum_dcnet_presence)));
    NULL_REFUSED(wattsum_dcnet_presence_present(NULL, out.bytes, net_meters));
    NULL_REFUSED(wattsum_dcnet_presence_present(presence, NULL, net_meters));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_dcnet_presence_present(presence, out.bytes, net_meters - 1));
    NULL_REFUSED(wattsum_dcnet_presence_closed(presence, NULL));
    NULL_REFUSED(wattsum_dcnet_presence_accept(NULL, net_first + 1, frame, sizeof frame, out.ids, &out.culprit));
    NULL_REFUSED(wattsum_dcnet_presence_accept(presence, net_first + 1, NULL, sizeof frame, out.ids, &out.culprit));
    NULL_REFUSED(wattsum_dcnet_presence_accept(presence, net_first + 1, frame, sizeof frame, NULL, &out.culprit));
    NULL_REFUSED(wattsum_dcnet_presence_export(NULL, out.bytes, sizeof out.bytes, &out.len));
    NULL_REFUSED(wattsum_dcnet_presence_export(presence, out.bytes, sizeof out.bytes, NULL));
    NULL_REFUSED(wattsum_dcnet_presence_import(all.head, NULL, 9, HANDLE(wattsum_dcnet_presence)));
    NULL_REFUSED(wattsum_dcnet_presence_import(NULL, frame, 9, HANDLE(wattsum_dcnet_presence)));
    NULL_REFUSED(wattsum_dcnet_round_set(NULL, out.bytes, net_meters));
    NULL_REFUSED(wattsum_dcnet_meter_report(NULL, net_first + 1, out.bytes, sizeof out.bytes, &out.len, &out.culprit));
    NULL_REFUSED(wattsum_dcnet_meter_report(meter, net_first + 1, NULL, 40, &out.len, &out.culprit));
    NULL_REFUSED(wattsum_dcnet_meter_report(meter, net_first + 1, out.bytes, sizeof out.bytes, NULL, &out.culprit));
    REFUSED(WATTSUM_MISUSE_WRONG_LENGTH,
        wattsum_dcnet_meter_report(
            meter, net_first + 1, out.bytes, WATTSUM_DCNET_REPORT_LEN - 1, &out.len, &out.culprit));
    REFUSED(WATTSUM_MISUSE_ROUND_OUTSIDE_EPOCH,
        wattsum_dcnet_meter_report(meter, net_last + 1, out.bytes, sizeof out.bytes, &out.len, &out.culprit));
    for (uint32_t n = 0; n < 300; n++) {
        garble(frame, sizeof frame, n);
        if (n % 2 == 0) {
            const uint8_t header[16] = {1, 1, (uint8_t)(n / 2 % 24), (uint8_t)(n / 48), 9, 0, 0, 0, 107, 0, 0, 0, 0xE9, 3};
            memcpy(frame, header, sizeof header);
        }
        fill_out();
        const wattsum_status status = wattsum_dcnet_presence_accept(
            presence, net_first + 1, frame, n % 3 == 0 ? n % 33 : sizeof frame, out.ids, NULL);
        CHECK(status >= 200 && status < 400 && untouched());
    }
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_presence_free(NULL));
}

int main(void)
{
    uint8_t silent[net_meters] = {0}, early[WATTSUM_DCNET_REPORT_LEN], report[WATTSUM_DCNET_REPORT_LEN];
    uint64_t round = net_first + 1;
    uint32_t sender = 0, culprit = 77;
    size_t len = 0;
    net_form(&all, 0, 3);
    net_begin(&all);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_presence_new(all.head, WATTSUM_DCNET_PATIENCE, &presence));
    misuse();
    silent[away] = off[away] = 1;
    round_without(silent, round++, WATTSUM_ROUND_REPAIRING);
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_report(all.devices[away].meter, round, early, sizeof early, &len, NULL));
    CHECK(len == WATTSUM_DCNET_REPORT_LEN);
    round_without(silent, round++, WATTSUM_ROUND_REPAIRING);
    /* Now it is named absent, and nobody repairs. */
    absent[away] = 1;
    restart();
    round_without(silent, round++, WATTSUM_ROUND_CLOSED);
    /* The network kept an early report: it says nothing of now. */
    CHECK_STATUS(WATTSUM_FAULT_WRONG_ROUND,
        wattsum_dcnet_presence_accept(presence, round, early, sizeof early, &sender, &culprit));
    CHECK(culprit == all.meters[away].id && sender == 0);
    off[away] = 0;
    round_without(silent, round++, WATTSUM_ROUND_CLOSED); /* it is back, and learns that it is not named */
    fill_out();
    CHECK_STATUS(WATTSUM_MISUSE_OUT_OF_ORDER, /* the others are */
        wattsum_dcnet_meter_report(all.devices[0].meter, round, out.bytes, sizeof out.bytes, &out.len, NULL));
    CHECK(untouched());
    CHECK_STATUS(WATTSUM_OK,
        wattsum_dcnet_meter_report(all.devices[away].meter, round, report, sizeof report, &len, NULL));
    report[31] ^= 1;
    CHECK_STATUS(WATTSUM_FAULT_BAD_TAG,
        wattsum_dcnet_presence_accept(presence, round, report, sizeof report, &sender, &culprit));
    report[31] ^= 1;
    CHECK_STATUS(
        WATTSUM_OK, wattsum_dcnet_presence_accept(presence, round, report, sizeof report, &sender, NULL));
    CHECK(sender == all.meters[away].id);
    silent[away] = absent[away] = 0;
    round_without(silent, round++, WATTSUM_ROUND_CLOSED);
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_presence_free(presence));
    net_end(&all);
    return counted();
}

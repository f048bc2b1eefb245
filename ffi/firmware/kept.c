/* What of libwattsum.a stays in an image that calls the functions in KEPT: the linker drops the rest. Linked by run.sh,
 * once without any of them for what the board itself takes, and not run. */
#include "board.h"
#include "wattsum.h"

/* The contribution path alone: pads, shares, tag, mark. */
#define CONTRIBUTION (void *)wattsum_dcnet_meter_contribute, (void *)wattsum_mark_new, (void *)wattsum_mark_replay

/* Everything of a round: Ed25519 verification of Open and Close, repair, ratchet. */
#define ROUNDS                                                                                         \
    CONTRIBUTION, (void *)wattsum_dcnet_meter_open, (void *)wattsum_dcnet_meter_close,                 \
        (void *)wattsum_dcnet_meter_replay, (void *)wattsum_dcnet_meter_free

/* The whole meter: roster root, announcements and proofs of others, graph, X25519. */
#define DCNET                                                                                          \
    ROUNDS, (void *)wattsum_dcnet_forming, (void *)wattsum_root_accept, (void *)wattsum_epoch_begin,   \
        (void *)wattsum_member_announced, (void *)wattsum_member_verify,                               \
        (void *)wattsum_dcnet_neighbours, (void *)wattsum_dcnet_meter_new

/* And its own link key, drawn and signed on the device. */
#define ANNOUNCING DCNET, (void *)wattsum_link_generate, (void *)wattsum_link_announce

/* Beside a meter of shamir. */
#define BOTH                                                                                           \
    ANNOUNCING, (void *)wattsum_shamir_forming, (void *)wattsum_shamir_meter_new,                      \
        (void *)wattsum_shamir_meter_contribute, (void *)wattsum_shamir_meter_free

static void *const volatile kept[] = {KEPT};

int main(void)
{
    return kept[0] == NULL;
}

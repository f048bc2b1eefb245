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

/* What meters of all protocols need to come into an epoch. */
#define EPOCH                                                                                          \
    (void *)wattsum_mark_new, (void *)wattsum_mark_replay, (void *)wattsum_root_accept,                \
        (void *)wattsum_epoch_begin, (void *)wattsum_member_announced, (void *)wattsum_member_verify

#define SHAMIR                                                                                         \
    EPOCH, (void *)wattsum_shamir_forming, (void *)wattsum_shamir_meter_new,                           \
        (void *)wattsum_shamir_meter_contribute, (void *)wattsum_shamir_meter_free

#define ELGAMAL                                                                                        \
    EPOCH, (void *)wattsum_elgamal_forming, (void *)wattsum_elgamal_key_certified,                     \
        (void *)wattsum_elgamal_meter_new, (void *)wattsum_elgamal_meter_contribute,                   \
        (void *)wattsum_elgamal_meter_free

#define PAIRS ELGAMAL, (void *)wattsum_elgamal_meter_prepare, (void *)wattsum_elgamal_meter_contribute_with

/* Without being concentrator. */
#define CMT                                                                                            \
    EPOCH, (void *)wattsum_cmt_forming, (void *)wattsum_cmt_meter_new, (void *)wattsum_cmt_meter_join, \
        (void *)wattsum_cmt_meter_neighbours, (void *)wattsum_cmt_meter_seat,                          \
        (void *)wattsum_cmt_meter_contribute, (void *)wattsum_cmt_meter_replay,                        \
        (void *)wattsum_cmt_meter_free

#define RELAY CMT, (void *)wattsum_cmt_meter_relay

/* Bare encryption. */
#define CKKS                                                                                           \
    (void *)wattsum_ckks_encryptor_new, (void *)wattsum_ckks_encryptor_encrypt,                        \
        (void *)wattsum_ckks_encryptor_free

#define CKKS_SEEDED                                                                                    \
    (void *)wattsum_ckks_seeded_new, (void *)wattsum_ckks_seeded_encrypt, (void *)wattsum_ckks_seeded_free

#define STATES                                                                                         \
    (void *)wattsum_dcnet_meter_export, (void *)wattsum_dcnet_meter_import,                            \
        (void *)wattsum_shamir_meter_export, (void *)wattsum_shamir_meter_import,                      \
        (void *)wattsum_cmt_meter_export, (void *)wattsum_cmt_meter_import

/* One beside the other. */
#define BOTH ANNOUNCING, SHAMIR
#define ALL BOTH, PAIRS, RELAY
#define ALL_AND_STATES ALL, STATES

static void *const volatile kept[] = {KEPT};

int main(void)
{
    return kept[0] == NULL;
}

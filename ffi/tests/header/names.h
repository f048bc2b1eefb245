
/* Define WATTSUM_FIRMWARE for an archive without std: it has no head end. */
#ifndef WATTSUM_FIRMWARE
#define WATTSUM_HEAD_END
#endif

/* Of this header; wattsum_version() has that of the library. */
#define WATTSUM_VERSION "@VERSION@"
#define WATTSUM_VERSION_MAJOR @MAJOR@
#define WATTSUM_VERSION_MINOR @MINOR@
#define WATTSUM_VERSION_PATCH @PATCH@

/* Bytes of memory for a meter, aligned as a uint64_t. */
#define WATTSUM_DCNET_METER_SIZE(neighbours, holders)                                                          \
    (WATTSUM_DCNET_METER_BASE + (size_t)(holders)*WATTSUM_DCNET_METER_HOLDER +                              \
     (size_t)(neighbours)*WATTSUM_DCNET_METER_NEIGHBOUR)
#define WATTSUM_SHAMIR_METER_SIZE(aggregators)                                                                 \
    (WATTSUM_SHAMIR_METER_BASE + (size_t)(aggregators)*WATTSUM_SHAMIR_METER_AGGREGATOR)

/* Bytes of a meter's stored state. */
#define WATTSUM_DCNET_STATE_LEN(neighbours, holders)                                                           \
    (WATTSUM_DCNET_STATE_BASE + (size_t)(holders)*WATTSUM_DCNET_STATE_HOLDER +                              \
     (size_t)(neighbours)*WATTSUM_DCNET_STATE_NEIGHBOUR)
#define WATTSUM_SHAMIR_STATE_LEN(aggregators)                                                                  \
    (WATTSUM_SHAMIR_STATE_BASE + (size_t)(aggregators)*WATTSUM_SHAMIR_STATE_AGGREGATOR)

/* Bytes of frames: of a frame's frame, of an element, then of each kind, the largest it can be. */
#define WATTSUM_FRAME_LEN 32
#define WATTSUM_ELEMENT_LEN 8
#define WATTSUM_DCNET_CONTRIBUTION_LEN(channels, holders, threshold)                                           \
    (WATTSUM_FRAME_LEN + (size_t)(channels)*WATTSUM_ELEMENT_LEN * (1u + (size_t)(holders) - (threshold)))
#define WATTSUM_DCNET_REPAIR_LEN(channels) (WATTSUM_FRAME_LEN + (size_t)(channels)*WATTSUM_ELEMENT_LEN)
#define WATTSUM_SHAMIR_CONTRIBUTION_LEN(channels, aggregators, threshold)                                      \
    (WATTSUM_FRAME_LEN + (size_t)(channels)*WATTSUM_ELEMENT_LEN * (1u + (size_t)(aggregators) - (threshold)))
#define WATTSUM_OPEN_LEN(meters) (117 + ((size_t)(meters) + 7) / 8)
#define WATTSUM_CLOSE_LEN(meters, answerers) (113 + ((size_t)(meters) + 7) / 8 + ((size_t)(answerers) + 7) / 8)
#define WATTSUM_ANSWER_LEN(channels, answerers)                                                                \
    (33 + WATTSUM_FRAME_LEN + ((size_t)(answerers) + 7) / 8 + (size_t)(channels)*WATTSUM_ELEMENT_LEN)

/* Bytes of a contribution of elgamal. */
#define WATTSUM_ELGAMAL_CONTRIBUTION_LEN(channels, trust_all_meters)                                           \
    (80 + (size_t)(channels) * ((trust_all_meters) ? 64u : 160u))
/* Of hints, a meter; of a trustee's answer to a list (as many sums as channels) or to a window's bills (channels times
 * bills); of a key set; the largest frame of a ceremony, whose parties are the members and the dealers that are none. */
#define WATTSUM_ELGAMAL_HINTS_LEN(channels) ((size_t)(channels)*64)
#define WATTSUM_ELGAMAL_SHARE_LEN(sums) (128 + (size_t)(sums)*32)
#define WATTSUM_ELGAMAL_KEYS_LEN(trustees) (34 + (size_t)(trustees)*100)
#define WATTSUM_ELGAMAL_CEREMONY_LEN(parties, threshold) (336 + (size_t)(parties)*48 + (size_t)(threshold)*32)
/* Bytes of the query for a window's bills. */
#define WATTSUM_QUERY_LEN(meters, answerers) (117 + ((size_t)(meters) + 7) / 8 + ((size_t)(answerers) + 7) / 8)

/* cmt: bytes of a FirstKey, a Delta, a contribution, a Seat, a GroupKey, a Start, a Lost
 * with so many names, a Claim, a HandOver. */
#define WATTSUM_CMT_FIRST_KEY_LEN(channels) (68 + (size_t)(channels)*WATTSUM_ELEMENT_LEN)
#define WATTSUM_CMT_DELTA_LEN(channels) (WATTSUM_FRAME_LEN + (size_t)(channels)*WATTSUM_ELEMENT_LEN)
#define WATTSUM_CMT_CONTRIBUTION_LEN(channels) (WATTSUM_FRAME_LEN + (size_t)(channels)*WATTSUM_ELEMENT_LEN)
#define WATTSUM_CMT_SEAT_LEN(meters) (37 + ((size_t)(meters) + 7) / 8)
#define WATTSUM_CMT_GROUP_KEY_LEN(channels, members)                                                           \
    (40 + (size_t)(channels)*WATTSUM_ELEMENT_LEN + (size_t)(members)*48)
#define WATTSUM_CMT_START_LEN 36
#define WATTSUM_CMT_LOST_LEN(names) (88 + 4 * (size_t)(names))
#define WATTSUM_CMT_CLAIM_LEN(meters) (85 + ((size_t)(meters) + 7) / 8)
#define WATTSUM_CMT_HAND_OVER_LEN(meters) (37 + ((size_t)(meters) + 7) / 8)

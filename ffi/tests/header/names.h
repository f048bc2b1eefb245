
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

/* cmt: bytes of a FirstKey, a Delta, a contribution, a Seat. */
#define WATTSUM_CMT_FIRST_KEY_LEN(channels) (68 + (size_t)(channels)*WATTSUM_ELEMENT_LEN)
#define WATTSUM_CMT_DELTA_LEN(channels) (WATTSUM_FRAME_LEN + (size_t)(channels)*WATTSUM_ELEMENT_LEN)
#define WATTSUM_CMT_CONTRIBUTION_LEN(channels) (WATTSUM_FRAME_LEN + (size_t)(channels)*WATTSUM_ELEMENT_LEN)
#define WATTSUM_CMT_SEAT_LEN(meters) (37 + ((size_t)(meters) + 7) / 8)

/* What a relay sees of a frame: headers of every kind, of frames that were sent, and of bytes that are no frame. */
#include "wattsum.h"
#include "play_dcnet.h"
#include "play_shamir.h"

static const wattsum_frame nothing = {.payload_len = 77, .group = 77, .kind = 77, .trailer_len = 77};

/* Inspects with `nothing` in the output, which must stay if it is refused. */
static wattsum_status look(const uint8_t *frame, size_t len, wattsum_frame *header)
{
    wattsum_status status;
    memset(header, 0, sizeof *header);
    *header = nothing;
    status = wattsum_frame_inspect(frame, len, header);
    if (status != WATTSUM_OK) {
        CHECK(header->payload_len == 77 && header->group == 77 && header->kind == 77 && header->trailer_len == 77);
        CHECK(header->sender == 0 && header->epoch == 0);
    }
    return status;
}

static void sees(const uint8_t *frame, size_t len, uint8_t protocol, uint8_t kind, uint8_t flags, uint32_t sender,
    uint64_t round, uint8_t trailer, int line)
{
    wattsum_frame header;
    check_status(WATTSUM_OK, look(frame, len, &header), "wattsum_frame_inspect", line);
    check(header.protocol == protocol && header.version == 1 && header.kind == kind, "what it is", line);
    check(header.flags == flags && header.sender == sender && header.round == round, "whose it is", line);
    check(header.trailer_len == trailer && header.payload_len + 16 + trailer == len, "its lengths", line);
    check(header.states_epoch == (kind == WATTSUM_KIND_LINK_KEY || kind == WATTSUM_KIND_ROSTER_ROOT), "epoch", line);
}
#define SEES(frame, protocol, kind, flags, sender, round, trailer) \
    sees(frame, sizeof(frame), protocol, kind, flags, sender, round, trailer, __LINE__)

/* Frames that the groups of the scenes have sent. */
static void sent(void)
{
    wattsum_frame header;
    SEES(scene_dcnet_root, WATTSUM_PROTOCOL_DCNET, WATTSUM_KIND_ROSTER_ROOT, 0, 0, scene_dcnet_first_round, 64);
    CHECK_STATUS(WATTSUM_OK, look(scene_dcnet_root, sizeof scene_dcnet_root, &header));
    CHECK(header.epoch == scene_dcnet_epoch && header.group == scene_dcnet_params.group.group);
    SEES(scene_dcnet_own[0].announcement, WATTSUM_PROTOCOL_DCNET, WATTSUM_KIND_LINK_KEY, 0, scene_dcnet_id,
        scene_dcnet_first_round, 64);
    CHECK_STATUS(WATTSUM_OK, look(scene_dcnet_own[0].announcement, WATTSUM_LINK_KEY_FRAME_LEN, &header));
    CHECK(header.epoch == scene_dcnet_epoch);
    SEES(scene_dcnet_open_0, WATTSUM_PROTOCOL_DCNET, WATTSUM_KIND_OPEN, 0, 0, scene_dcnet_rounds[0], 64);
    SEES(scene_dcnet_contribution_0, WATTSUM_PROTOCOL_DCNET, WATTSUM_KIND_CONTRIBUTION, 1, scene_dcnet_id,
        scene_dcnet_rounds[0], 16);
    SEES(scene_dcnet_close_0, WATTSUM_PROTOCOL_DCNET, WATTSUM_KIND_CLOSE, 0, 0, scene_dcnet_rounds[0], 64);
    SEES(scene_dcnet_repair_0, WATTSUM_PROTOCOL_DCNET, WATTSUM_KIND_REPAIR, 1, scene_dcnet_id, scene_dcnet_rounds[0], 16);
    SEES(scene_dcnet_final_0, WATTSUM_PROTOCOL_DCNET, WATTSUM_KIND_CLOSE, 8 | 2, 0, scene_dcnet_rounds[0], 64);
    SEES(scene_dcnet_final_1, WATTSUM_PROTOCOL_DCNET, WATTSUM_KIND_CLOSE, 8, 0, scene_dcnet_rounds[1], 64);
    SEES(scene_shamir_root, WATTSUM_PROTOCOL_SHAMIR, WATTSUM_KIND_ROSTER_ROOT, 0, 0, scene_shamir_first_round, 64);
    SEES(scene_shamir_contribution_1, WATTSUM_PROTOCOL_SHAMIR, WATTSUM_KIND_CONTRIBUTION, 1, scene_shamir_id,
        scene_shamir_rounds[1], 16);
    CHECK_STATUS(WATTSUM_OK, look(scene_shamir_contribution_1, sizeof scene_shamir_contribution_1, &header));
    CHECK(header.group == scene_shamir_params.group.group && header.epoch == 0);
    /* Nothing is verified: this one's tag is wrong. */
    {
        uint8_t frame[sizeof scene_shamir_contribution_0];
        memcpy(frame, scene_shamir_contribution_0, sizeof frame);
        frame[sizeof frame - 1] ^= 1;
        CHECK_STATUS(WATTSUM_OK, look(frame, sizeof frame, &header));
    }
}

/* What the kinds end in, of protocol dcnet; 0 is no kind. Docs: meter-link/docs/wire.md, section 2. */
static uint8_t ends_in(unsigned kind)
{
    static const uint8_t tagged[] = {WATTSUM_KIND_REPAIR, WATTSUM_KIND_CONTRIBUTION, WATTSUM_KIND_ANSWER,
        WATTSUM_KIND_RAW_ANSWER, WATTSUM_KIND_TOKEN, WATTSUM_KIND_FIRST_KEY, WATTSUM_KIND_SEAT, WATTSUM_KIND_GROUP_KEY,
        WATTSUM_KIND_START, WATTSUM_KIND_DELTA, WATTSUM_KIND_HAND_OVER, WATTSUM_KIND_HEAL, WATTSUM_KIND_HEALED,
        WATTSUM_KIND_DECRYPTION_SHARE, WATTSUM_KIND_PROVEN_SHARE, WATTSUM_KIND_WINDOW_SHARE, WATTSUM_KIND_OPENED_SUM,
        WATTSUM_KIND_POLYNOMIAL_SHARE, WATTSUM_KIND_SECRET_POLYNOMIAL};
    for (size_t i = 0; i < COUNT(tagged); i++) {
        if (tagged[i] == kind) {
            return 16;
        }
    }
    return (kind >= 1 && kind <= 7) || (kind >= 16 && kind <= 23) || (kind >= 32 && kind <= 46)
            || (kind >= 48 && kind <= 57) || (kind >= 64 && kind <= 72)
        ? 64
        : 0;
}

static void every_kind(void)
{
    uint8_t bytes[128] = {WATTSUM_PROTOCOL_DCNET, 1};
    wattsum_frame header;
    unsigned kinds = 0;
    for (unsigned kind = 0; kind < 256; kind++) {
        const uint8_t trailer = ends_in(kind);
        const size_t epoch = kind == WATTSUM_KIND_LINK_KEY || kind == WATTSUM_KIND_ROSTER_ROOT ? 4 : 0;
        bytes[2] = (uint8_t)kind;
        bytes[3] = kind == WATTSUM_KIND_REPAIR || kind == WATTSUM_KIND_CONTRIBUTION;
        for (size_t len = 0; len <= sizeof bytes; len++) {
            const wattsum_status status = look(bytes, len, &header);
            if (len < 3) {
                CHECK(status == WATTSUM_MALFORMED_TRUNCATED);
            } else if (trailer == 0) {
                CHECK(status == WATTSUM_MALFORMED_WRONG_KIND);
            } else {
                CHECK(status == (len < 16 + epoch + trailer ? WATTSUM_MALFORMED_TRUNCATED : WATTSUM_OK));
            }
        }
        kinds += trailer != 0;
        if (trailer != 0) {
            CHECK_STATUS(WATTSUM_OK, look(bytes, sizeof bytes, &header));
            CHECK(header.kind == kind && header.trailer_len == trailer);
            bytes[3] |= 16;
            CHECK_STATUS(WATTSUM_MALFORMED_UNKNOWN_FLAGS, look(bytes, sizeof bytes, &header));
        }
    }
    CHECK(kinds == 49);
    /* By protocol and by form. */
    memset(bytes, 0, 4);
    bytes[0] = WATTSUM_PROTOCOL_ELGAMAL;
    bytes[1] = 1;
    bytes[2] = WATTSUM_KIND_CONTRIBUTION;
    bytes[3] = 1;
    CHECK_STATUS(WATTSUM_OK, look(bytes, sizeof bytes, &header));
    CHECK(header.trailer_len == 64);
    bytes[2] = WATTSUM_KIND_ENTERED;
    bytes[3] = 4;
    CHECK_STATUS(WATTSUM_OK, look(bytes, 32, &header));
    CHECK(header.trailer_len == 16 && header.payload_len == 0);
}

/* Garbage of every length: a status, and either it is refused or what it says is in the bytes. */
static void garbage(void)
{
    static uint8_t bytes[700];
    uint32_t state = 2026;
    unsigned good = 0;
    wattsum_frame header;
    for (size_t len = 0; len <= sizeof bytes; len++) {
        for (unsigned turn = 0; turn < 200; turn++) {
            wattsum_status status;
            for (size_t i = 0; i < len && i < 24; i++) {
                state = state * 1664525u + 1013904223u;
                bytes[i] = (uint8_t)(state >> 24);
            }
            if (turn % 2 == 0 && len > 4) { /* so that some get far */
                bytes[0] = (uint8_t)(1 + bytes[0] % 8);
                bytes[1] = (uint8_t)(bytes[1] % 8 != 0);
                bytes[2] %= 64;
                bytes[3] &= (uint8_t)(bytes[3] % 3 == 0 ? 0xFF : 1);
            }
            status = look(bytes, len, &header);
            if (status == WATTSUM_OK) {
                good++;
                CHECK(bytes[0] == header.protocol && bytes[1] == 1 && bytes[2] == header.kind);
                CHECK(header.sender == (bytes[8] | (uint32_t)bytes[9] << 8 | (uint32_t)bytes[10] << 16 | (uint32_t)bytes[11] << 24));
                CHECK(16 + header.payload_len + header.trailer_len == len);
            } else {
                CHECK(status >= 200 && status < 300);
            }
        }
    }
    CHECK(good > 1000);
}

static void misuse(void)
{
    union {
        wattsum_frame header;
        uint8_t bytes[128];
    } both;
    wattsum_frame header = nothing;
    const uint8_t *frame = scene_dcnet_open_0;
    const size_t len = sizeof scene_dcnet_open_0;
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_frame_inspect(NULL, len, &header));
    CHECK_STATUS(WATTSUM_MISUSE_NULL, wattsum_frame_inspect(frame, len, NULL));
    CHECK_STATUS(WATTSUM_MALFORMED_TRUNCATED, wattsum_frame_inspect(NULL, 0, &header));
    CHECK_STATUS(WATTSUM_MISUSE_WRONG_LENGTH, wattsum_frame_inspect(frame, SIZE_MAX / 2 + 1, &header));
    memcpy(both.bytes, frame, len < sizeof both.bytes ? len : sizeof both.bytes);
    CHECK_STATUS(WATTSUM_MISUSE_OVERLAP, wattsum_frame_inspect(both.bytes, sizeof both.bytes, &both.header));
    CHECK_STATUS(WATTSUM_MISUSE_MISALIGNED,
        wattsum_frame_inspect(frame, len, (wattsum_frame *)(void *)(both.bytes + 1)));
    CHECK(header.kind == nothing.kind && header.group == nothing.group);
    CHECK(both.bytes[0] == frame[0]);
}

int main(void)
{
    sent();
    every_kind();
    garbage();
    misuse();
    return counted();
}

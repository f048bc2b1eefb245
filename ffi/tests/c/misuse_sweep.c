/* Calls every function of wattsum.h wrongly: with NULL, misaligned, overlapping, and memory in which nothing was made.
 * Made from the header by tests/header.rs; do not edit. */
#include "sweep.h"

static wattsum_status call_0(void *const *p, size_t n)
{
    return wattsum_cmt_forming((const wattsum_cmt_params *)p[0], (uint32_t)n, (uint64_t)n, (wattsum_forming *)p[1]);
}

static wattsum_status call_1(void *const *p, size_t n)
{
    return wattsum_cmt_meter_new((void *)p[0], n, (const wattsum_cmt_setup *)p[1], (wattsum_cmt_meter **)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_2(void *const *p, size_t n)
{
    return wattsum_cmt_meter_join((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], (uint64_t)n, (const wattsum_cmt_entry *)p[2], (const uint8_t *)p[3], n, (const uint8_t *)p[4], (uint8_t *)p[5], (uint8_t *)p[6], n, (size_t *)p[7], (uint32_t *)p[8]);
}

static wattsum_status call_3(void *const *p, size_t n)
{
    return wattsum_cmt_meter_neighbours((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2], (size_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_4(void *const *p, size_t n)
{
    return wattsum_cmt_meter_seat((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], (const uint8_t *)p[2], n, (const wattsum_cmt_entry *)p[3], n, (uint32_t *)p[4]);
}

static wattsum_status call_5(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_place((wattsum_cmt_meter *)p[0], (wattsum_cmt_place *)p[1]);
}

static wattsum_status call_6(void *const *p, size_t n)
{
    return wattsum_cmt_meter_replay((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_7(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_free((wattsum_cmt_meter *)p[0]);
}

static wattsum_status call_8(void *const *p, size_t n)
{
    return wattsum_cmt_meter_contribute((wattsum_cmt_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (uint8_t *)p[3], (uint8_t *)p[4], n, (size_t *)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_9(void *const *p, size_t n)
{
    return wattsum_cmt_meter_relay((wattsum_cmt_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (const uint8_t *)p[3], n, (const uint8_t *)p[4], (uint8_t *)p[5], (uint8_t *)p[6], n, (uint8_t *)p[7], n, (uint32_t *)p[8]);
}

static wattsum_status call_10(void *const *p, size_t n)
{
    return wattsum_cmt_meter_start((wattsum_cmt_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (const uint8_t *)p[3], n, (const uint8_t *)p[4], (uint8_t *)p[5], (uint8_t *)p[6], n, (size_t *)p[7], (uint32_t *)p[8]);
}

static wattsum_status call_11(void *const *p, size_t n)
{
    return wattsum_cmt_meter_close((wattsum_cmt_meter *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], n, (size_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_12(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_state_len((wattsum_cmt_meter *)p[0], (size_t *)p[1]);
}

static wattsum_status call_13(void *const *p, size_t n)
{
    return wattsum_cmt_meter_export((wattsum_cmt_meter *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_14(void *const *p, size_t n)
{
    return wattsum_cmt_meter_import((void *)p[0], n, (const wattsum_cmt_setup *)p[1], (const uint8_t *)p[2], n, (wattsum_cmt_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_15(void *const *p, size_t n)
{
    return wattsum_dcnet_forming((const wattsum_dcnet_params *)p[0], (uint32_t)n, (uint64_t)n, (wattsum_forming *)p[1]);
}

static wattsum_status call_16(void *const *p, size_t n)
{
    return wattsum_dcnet_neighbours((const wattsum_dcnet_params *)p[0], (const wattsum_epoch *)p[1], (uint32_t)n, (uint32_t)n, (uint32_t *)p[2], n, (size_t *)p[3]);
}

static wattsum_status call_17(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_new((const wattsum_dcnet_params *)p[0], (const wattsum_epoch *)p[1], (uint32_t)n, (wattsum_roster *)p[2], (const uint8_t *)p[3], (uint8_t *)p[4], (wattsum_dcnet_holder **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_18(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_open((wattsum_dcnet_holder *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_19(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_answer((wattsum_dcnet_holder *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], n, (size_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_20(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_follow((wattsum_dcnet_holder *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_21(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_catch_up((wattsum_dcnet_holder *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (const uint8_t *)p[2], n, (uint8_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_22(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_replay((wattsum_dcnet_holder *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_23(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_holder_state_len((wattsum_dcnet_holder *)p[0], (size_t *)p[1]);
}

static wattsum_status call_24(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_export((wattsum_dcnet_holder *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_25(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_import((const wattsum_dcnet_params *)p[0], (const wattsum_epoch *)p[1], (uint32_t)n, (wattsum_roster *)p[2], (const uint8_t *)p[3], (const uint8_t *)p[4], n, (wattsum_dcnet_holder **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_26(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_holder_free((wattsum_dcnet_holder *)p[0]);
}

static wattsum_status call_27(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_size(n, n, (size_t *)p[0]);
}

static wattsum_status call_28(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_new((void *)p[0], n, (const wattsum_dcnet_setup *)p[1], (uint8_t *)p[2], (wattsum_dcnet_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_29(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_open((wattsum_dcnet_meter *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_30(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_contribute((wattsum_dcnet_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (uint8_t *)p[3], (uint8_t *)p[4], n, (size_t *)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_31(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_close((wattsum_dcnet_meter *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], n, (size_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_32(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_replay((wattsum_dcnet_meter *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_33(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_meter_free((wattsum_dcnet_meter *)p[0]);
}

static wattsum_status call_34(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_state_len(n, n, (size_t *)p[0]);
}

static wattsum_status call_35(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_export((wattsum_dcnet_meter *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_36(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_import((void *)p[0], n, (const wattsum_dcnet_setup *)p[1], (const uint8_t *)p[2], n, (wattsum_dcnet_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_37(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_round_stage((wattsum_dcnet_round *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_38(void *const *p, size_t n)
{
    return wattsum_dcnet_round_frame((wattsum_dcnet_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_39(void *const *p, size_t n)
{
    return wattsum_dcnet_round_accept((wattsum_dcnet_round *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_40(void *const *p, size_t n)
{
    return wattsum_dcnet_round_accept_many((wattsum_dcnet_round *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_41(void *const *p, size_t n)
{
    return wattsum_dcnet_round_missing((wattsum_dcnet_round *)p[0], (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_42(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_round_state_len((wattsum_dcnet_round *)p[0], (size_t *)p[1]);
}

static wattsum_status call_43(void *const *p, size_t n)
{
    return wattsum_dcnet_round_export((wattsum_dcnet_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_44(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_round_branch((wattsum_dcnet_round *)p[0], (wattsum_dcnet_branch **)p[1]);
}

static wattsum_status call_45(void *const *p, size_t n)
{
    return wattsum_dcnet_branch_accept_many((wattsum_dcnet_branch *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_46(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_branch_len((wattsum_dcnet_branch *)p[0], (size_t *)p[1]);
}

static wattsum_status call_47(void *const *p, size_t n)
{
    return wattsum_dcnet_branch_to_bytes((wattsum_dcnet_branch *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_48(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_round_merge((wattsum_dcnet_round *)p[0], (wattsum_dcnet_branch *)p[1], (uint32_t *)p[2]);
}

static wattsum_status call_49(void *const *p, size_t n)
{
    return wattsum_dcnet_round_merge_bytes((wattsum_dcnet_round *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_50(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_branch_free((wattsum_dcnet_branch *)p[0]);
}

static wattsum_status call_51(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_round_free((wattsum_dcnet_round *)p[0]);
}

static wattsum_status call_52(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_utility_new((const wattsum_dcnet_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const uint8_t *)p[3], (uint8_t *)p[4], (wattsum_dcnet_utility **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_53(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_open((wattsum_dcnet_utility *)p[0], (uint64_t)n, (uint64_t)n, (const uint8_t *)p[1], n, (wattsum_dcnet_round **)p[2]);
}

static wattsum_status call_54(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_close((wattsum_dcnet_utility *)p[0], (wattsum_dcnet_round *)p[1], (const uint8_t *)p[2], n, (uint8_t *)p[3]);
}

static wattsum_status call_55(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_record((wattsum_dcnet_utility *)p[0], (wattsum_dcnet_round *)p[1], (int64_t *)p[2], n, (uint32_t *)p[3]);
}

static wattsum_status call_56(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_utility_progress((wattsum_dcnet_utility *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_57(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_resume((wattsum_dcnet_utility *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_58(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_utility_state_len((wattsum_dcnet_utility *)p[0], (size_t *)p[1]);
}

static wattsum_status call_59(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_export((wattsum_dcnet_utility *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_60(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_import((const wattsum_dcnet_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const uint8_t *)p[3], (const uint8_t *)p[4], n, (wattsum_dcnet_utility **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_61(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_reopen((wattsum_dcnet_utility *)p[0], (const uint8_t *)p[1], n, (wattsum_dcnet_round **)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_62(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_utility_free((wattsum_dcnet_utility *)p[0]);
}

static wattsum_status call_63(void *const *p, size_t n)
{
    return wattsum_elgamal_forming((const wattsum_elgamal_params *)p[0], (uint32_t)n, (uint64_t)n, (wattsum_forming *)p[1]);
}

static wattsum_status call_64(void *const *p, size_t n)
{
    return wattsum_elgamal_key_certified((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (const wattsum_lists *)p[2], (const wattsum_member *)p[3], (const wattsum_member *)p[4], n, (const uint8_t *)p[5], n, (wattsum_elgamal_key *)p[6], (uint32_t *)p[7]);
}

static wattsum_status call_65(void *const *p, size_t n)
{
    return wattsum_elgamal_key_check_statement((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (const wattsum_lists *)p[2], (const wattsum_member *)p[3], (const wattsum_member *)p[4], n, (const uint8_t *)p[5], n, (uint32_t *)p[6], (uint32_t *)p[7]);
}

static wattsum_status call_66(void *const *p, size_t n)
{
    return wattsum_elgamal_meter_new((void *)p[0], n, (const wattsum_elgamal_setup *)p[1], (const uint8_t *)p[2], (wattsum_elgamal_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_67(void *const *p, size_t n)
{
    return wattsum_elgamal_meter_contribute((wattsum_elgamal_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (const uint8_t *)p[3], (uint8_t *)p[4], (uint8_t *)p[5], n, (size_t *)p[6]);
}

static wattsum_status call_68(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_meter_free((wattsum_elgamal_meter *)p[0]);
}

static wattsum_status call_69(void *const *p, size_t n)
{
    return wattsum_elgamal_meter_prepare((wattsum_elgamal_meter *)p[0], (uint64_t)n, (uint16_t)n, (const uint8_t *)p[1], (wattsum_elgamal_pair *)p[2]);
}

static wattsum_status call_70(void *const *p, size_t n)
{
    return wattsum_elgamal_meter_contribute_with((wattsum_elgamal_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (wattsum_elgamal_pair *)p[3], (uint8_t *)p[4], (uint8_t *)p[5], n, (size_t *)p[6]);
}

static wattsum_status call_71(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_pair_free((wattsum_elgamal_pair *)p[0]);
}

static wattsum_status call_72(void *const *p, size_t n)
{
    return wattsum_root_accept((const wattsum_forming *)p[0], (const uint8_t *)p[1], (uint64_t)n, (const uint8_t *)p[2], (const uint8_t *)p[3], n, (uint8_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_73(void *const *p, size_t n)
{
    return wattsum_epoch_begin((const wattsum_forming *)p[0], (const uint8_t *)p[1], (const uint8_t *)p[2], (uint64_t)n, (wattsum_epoch *)p[3]);
}

static wattsum_status call_74(void *const *p, size_t n)
{
    return wattsum_member_announced((const wattsum_forming *)p[0], (uint32_t)n, (uint8_t)n, (const uint8_t *)p[1], (const uint8_t *)p[2], n, (wattsum_member *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_75(void *const *p, size_t n)
{
    return wattsum_member_verify((const wattsum_epoch *)p[0], (const wattsum_lists *)p[1], (uint8_t)n, (uint32_t)n, (const wattsum_member *)p[2], (const uint8_t *)p[3], n, (uint32_t *)p[4]);
}

static wattsum_status call_76(void *const *p, size_t n)
{
    return wattsum_frame_inspect((const uint8_t *)p[0], n, (wattsum_frame *)p[1]);
}

static wattsum_status call_77(void *const *p, size_t n)
{
    (void)n;
    return wattsum_identity_generate((const uint8_t *)p[0], (uint8_t *)p[1], (uint8_t *)p[2]);
}

static wattsum_status call_78(void *const *p, size_t n)
{
    (void)n;
    return wattsum_identity_public((const uint8_t *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_79(void *const *p, size_t n)
{
    (void)n;
    return wattsum_link_generate((const uint8_t *)p[0], (uint8_t *)p[1], (uint8_t *)p[2]);
}

static wattsum_status call_80(void *const *p, size_t n)
{
    return wattsum_link_announce((const wattsum_forming *)p[0], (uint32_t)n, (uint8_t)n, (const uint8_t *)p[1], (const uint8_t *)p[2], (uint8_t *)p[3]);
}

static wattsum_status call_81(void *const *p, size_t n)
{
    (void)n;
    return wattsum_mark_new((wattsum_mark *)p[0]);
}

static wattsum_status call_82(void *const *p, size_t n)
{
    return wattsum_mark_replay((wattsum_mark *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_83(void *const *p, size_t n)
{
    return wattsum_reading_from_register((uint64_t)n, (uint64_t)n, (uint8_t)n, (int8_t)n, (int64_t *)p[0]);
}

static wattsum_status call_84(void *const *p, size_t n)
{
    return wattsum_register_consumed((const wattsum_register *)p[0], (const wattsum_kept *)p[1], (uint64_t)n, (uint64_t)n, (int64_t *)p[2], (wattsum_kept *)p[3]);
}

static wattsum_status call_85(void *const *p, size_t n)
{
    return wattsum_reading_fit((int64_t)n, (uint64_t)n, (int64_t)n, (int64_t *)p[0], (int64_t *)p[1]);
}

static wattsum_status call_86(void *const *p, size_t n)
{
    (void)n;
    return wattsum_roster_new((const wattsum_forming *)p[0], (wattsum_roster **)p[1]);
}

static wattsum_status call_87(void *const *p, size_t n)
{
    return wattsum_roster_add((wattsum_roster *)p[0], (uint32_t)n, (uint8_t)n, (const uint8_t *)p[1], (const uint8_t *)p[2], n, (uint32_t *)p[3]);
}

static wattsum_status call_88(void *const *p, size_t n)
{
    (void)n;
    return wattsum_roster_build((wattsum_roster *)p[0]);
}

static wattsum_status call_89(void *const *p, size_t n)
{
    return wattsum_roster_root((wattsum_roster *)p[0], (uint64_t)n, (uint64_t)n, (const uint8_t *)p[1], (uint8_t *)p[2]);
}

static wattsum_status call_90(void *const *p, size_t n)
{
    (void)n;
    return wattsum_roster_lists((wattsum_roster *)p[0], (wattsum_lists *)p[1]);
}

static wattsum_status call_91(void *const *p, size_t n)
{
    return wattsum_roster_path((wattsum_roster *)p[0], (uint8_t)n, (uint32_t)n, (uint32_t *)p[1], (uint8_t *)p[2], n, (size_t *)p[3]);
}

static wattsum_status call_92(void *const *p, size_t n)
{
    (void)n;
    return wattsum_roster_free((wattsum_roster *)p[0]);
}

static wattsum_status call_93(void *const *p, size_t n)
{
    return wattsum_shamir_forming((const wattsum_shamir_params *)p[0], (uint32_t)n, (uint64_t)n, (wattsum_forming *)p[1]);
}

static wattsum_status call_94(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_new((const wattsum_shamir_params *)p[0], (const wattsum_epoch *)p[1], (uint32_t)n, (wattsum_roster *)p[2], (const uint8_t *)p[3], (uint8_t *)p[4], (wattsum_shamir_aggregator **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_95(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_open((wattsum_shamir_aggregator *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_96(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_answer((wattsum_shamir_aggregator *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], n, (size_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_97(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_follow((wattsum_shamir_aggregator *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_98(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_catch_up((wattsum_shamir_aggregator *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (const uint8_t *)p[2], n, (uint8_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_99(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_replay((wattsum_shamir_aggregator *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_100(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_aggregator_state_len((wattsum_shamir_aggregator *)p[0], (size_t *)p[1]);
}

static wattsum_status call_101(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_export((wattsum_shamir_aggregator *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_102(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_import((const wattsum_shamir_params *)p[0], (const wattsum_epoch *)p[1], (uint32_t)n, (wattsum_roster *)p[2], (const uint8_t *)p[3], (const uint8_t *)p[4], n, (wattsum_shamir_aggregator **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_103(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_aggregator_free((wattsum_shamir_aggregator *)p[0]);
}

static wattsum_status call_104(void *const *p, size_t n)
{
    return wattsum_shamir_meter_size(n, (size_t *)p[0]);
}

static wattsum_status call_105(void *const *p, size_t n)
{
    return wattsum_shamir_meter_new((void *)p[0], n, (const wattsum_shamir_setup *)p[1], (uint8_t *)p[2], (wattsum_shamir_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_106(void *const *p, size_t n)
{
    return wattsum_shamir_meter_contribute((wattsum_shamir_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (uint8_t *)p[3], (uint8_t *)p[4], n, (size_t *)p[5]);
}

static wattsum_status call_107(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_meter_free((wattsum_shamir_meter *)p[0]);
}

static wattsum_status call_108(void *const *p, size_t n)
{
    return wattsum_shamir_meter_state_len(n, (size_t *)p[0]);
}

static wattsum_status call_109(void *const *p, size_t n)
{
    return wattsum_shamir_meter_export((wattsum_shamir_meter *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_110(void *const *p, size_t n)
{
    return wattsum_shamir_meter_import((void *)p[0], n, (const wattsum_shamir_setup *)p[1], (const uint8_t *)p[2], n, (wattsum_shamir_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_111(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_round_stage((wattsum_shamir_round *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_112(void *const *p, size_t n)
{
    return wattsum_shamir_round_frame((wattsum_shamir_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_113(void *const *p, size_t n)
{
    return wattsum_shamir_round_accept((wattsum_shamir_round *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_114(void *const *p, size_t n)
{
    return wattsum_shamir_round_accept_many((wattsum_shamir_round *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_115(void *const *p, size_t n)
{
    return wattsum_shamir_round_missing((wattsum_shamir_round *)p[0], (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_116(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_round_state_len((wattsum_shamir_round *)p[0], (size_t *)p[1]);
}

static wattsum_status call_117(void *const *p, size_t n)
{
    return wattsum_shamir_round_export((wattsum_shamir_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_118(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_round_branch((wattsum_shamir_round *)p[0], (wattsum_shamir_branch **)p[1]);
}

static wattsum_status call_119(void *const *p, size_t n)
{
    return wattsum_shamir_branch_accept_many((wattsum_shamir_branch *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_120(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_branch_len((wattsum_shamir_branch *)p[0], (size_t *)p[1]);
}

static wattsum_status call_121(void *const *p, size_t n)
{
    return wattsum_shamir_branch_to_bytes((wattsum_shamir_branch *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_122(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_round_merge((wattsum_shamir_round *)p[0], (wattsum_shamir_branch *)p[1], (uint32_t *)p[2]);
}

static wattsum_status call_123(void *const *p, size_t n)
{
    return wattsum_shamir_round_merge_bytes((wattsum_shamir_round *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_124(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_branch_free((wattsum_shamir_branch *)p[0]);
}

static wattsum_status call_125(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_round_free((wattsum_shamir_round *)p[0]);
}

static wattsum_status call_126(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_utility_new((const wattsum_shamir_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const uint8_t *)p[3], (uint8_t *)p[4], (wattsum_shamir_utility **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_127(void *const *p, size_t n)
{
    return wattsum_shamir_utility_open((wattsum_shamir_utility *)p[0], (uint64_t)n, (uint64_t)n, (const uint8_t *)p[1], n, (wattsum_shamir_round **)p[2]);
}

static wattsum_status call_128(void *const *p, size_t n)
{
    return wattsum_shamir_utility_close((wattsum_shamir_utility *)p[0], (wattsum_shamir_round *)p[1], (const uint8_t *)p[2], n);
}

static wattsum_status call_129(void *const *p, size_t n)
{
    return wattsum_shamir_utility_record((wattsum_shamir_utility *)p[0], (wattsum_shamir_round *)p[1], (int64_t *)p[2], n, (uint32_t *)p[3]);
}

static wattsum_status call_130(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_utility_progress((wattsum_shamir_utility *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_131(void *const *p, size_t n)
{
    return wattsum_shamir_utility_resume((wattsum_shamir_utility *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_132(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_utility_state_len((wattsum_shamir_utility *)p[0], (size_t *)p[1]);
}

static wattsum_status call_133(void *const *p, size_t n)
{
    return wattsum_shamir_utility_export((wattsum_shamir_utility *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_134(void *const *p, size_t n)
{
    return wattsum_shamir_utility_import((const wattsum_shamir_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const uint8_t *)p[3], (const uint8_t *)p[4], n, (wattsum_shamir_utility **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_135(void *const *p, size_t n)
{
    return wattsum_shamir_utility_reopen((wattsum_shamir_utility *)p[0], (const uint8_t *)p[1], n, (wattsum_shamir_round **)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_136(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_utility_free((wattsum_shamir_utility *)p[0]);
}

static const sweep_export sweep_exports[] = {
    {"wattsum_cmt_forming", call_0, 0, 2, {{SWEEP_ALIGNMENT(wattsum_cmt_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_forming), 0, 1}}},
    {"wattsum_cmt_meter_new", call_1, 0, 4, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_cmt_setup), 0, 0}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_cmt_meter_join", call_2, 0, 9, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0}, {1, 0, 0}, {1, 0, 0}, {1, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_cmt_meter_neighbours", call_3, 0, 5, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_cmt_meter_seat", call_4, 0, 5, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 0}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_cmt_meter_place", call_5, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_cmt_place), 0, 1}}},
    {"wattsum_cmt_meter_replay", call_6, 0, 2, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}}},
    {"wattsum_cmt_meter_free", call_7, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_cmt_meter_contribute", call_8, 0, 7, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1}, {SWEEP_ALIGNMENT(int64_t), 0, 0}, {1, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_cmt_meter_relay", call_9, 0, 9, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1}, {SWEEP_ALIGNMENT(int64_t), 0, 0}, {1, 0, 0}, {1, 0, 0}, {1, 0, 1}, {1, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_cmt_meter_start", call_10, 0, 9, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1}, {SWEEP_ALIGNMENT(int64_t), 0, 0}, {1, 0, 0}, {1, 0, 0}, {1, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_cmt_meter_close", call_11, 0, 5, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_cmt_meter_state_len", call_12, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_cmt_meter_export", call_13, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_cmt_meter_import", call_14, 0, 5, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_cmt_setup), 0, 0}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_forming", call_15, 0, 2, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_forming), 0, 1}}},
    {"wattsum_dcnet_neighbours", call_16, 0, 4, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_holder_new", call_17, 0, 7, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_holder_open", call_18, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_holder_answer", call_19, 0, 6, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_holder_follow", call_20, 0, 4, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_holder_catch_up", call_21, 0, 5, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 0}, {1, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_holder_replay", call_22, 0, 2, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}}},
    {"wattsum_dcnet_holder_state_len", call_23, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_holder_export", call_24, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_holder_import", call_25, 0, 7, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_holder_free", call_26, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_dcnet_meter_size", call_27, 0, 1, {{SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_meter_new", call_28, 0, 5, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_dcnet_setup), 0, 0}, {1, 0, 1}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_meter_open", call_29, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_meter_contribute", call_30, 0, 7, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1}, {SWEEP_ALIGNMENT(int64_t), 0, 0}, {1, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_meter_close", call_31, 0, 6, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_meter_replay", call_32, 0, 2, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}}},
    {"wattsum_dcnet_meter_free", call_33, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_dcnet_meter_state_len", call_34, 0, 1, {{SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_meter_export", call_35, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_meter_import", call_36, 0, 5, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_dcnet_setup), 0, 0}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_round_stage", call_37, 0, 2, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}}},
    {"wattsum_dcnet_round_frame", call_38, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_round_accept", call_39, 0, 4, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_round_accept_many", call_40, 0, 4, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1}}},
    {"wattsum_dcnet_round_missing", call_41, 0, 3, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_round_state_len", call_42, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_round_export", call_43, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_round_branch", call_44, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ROLE, 0, 1}}},
    {"wattsum_dcnet_branch_accept_many", call_45, 0, 4, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1}}},
    {"wattsum_dcnet_branch_len", call_46, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_branch_to_bytes", call_47, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_round_merge", call_48, 0, 3, {{SWEEP_ROLE, 0, 1}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_round_merge_bytes", call_49, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_branch_free", call_50, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_dcnet_round_free", call_51, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_dcnet_utility_new", call_52, 0, 7, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_utility_open", call_53, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}}},
    {"wattsum_dcnet_utility_close", call_54, 0, 4, {{SWEEP_ROLE, 0, 1}, {SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}}},
    {"wattsum_dcnet_utility_record", call_55, 0, 4, {{SWEEP_ROLE, 0, 1}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(int64_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}}},
    {"wattsum_dcnet_utility_progress", call_56, 0, 2, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}}},
    {"wattsum_dcnet_utility_resume", call_57, 0, 2, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}}},
    {"wattsum_dcnet_utility_state_len", call_58, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_utility_export", call_59, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_dcnet_utility_import", call_60, 0, 7, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_utility_reopen", call_61, 0, 4, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_dcnet_utility_free", call_62, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_elgamal_forming", call_63, 0, 2, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_forming), 0, 1}}},
    {"wattsum_elgamal_key_certified", call_64, 0, 8, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ALIGNMENT(wattsum_lists), 0, 0}, {SWEEP_ALIGNMENT(wattsum_member), 0, 0}, {SWEEP_ALIGNMENT(wattsum_member), 0, 0}, {1, 0, 0}, {SWEEP_ALIGNMENT(wattsum_elgamal_key), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_elgamal_key_check_statement", call_65, 0, 8, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ALIGNMENT(wattsum_lists), 0, 0}, {SWEEP_ALIGNMENT(wattsum_member), 0, 0}, {SWEEP_ALIGNMENT(wattsum_member), 0, 0}, {1, 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_elgamal_meter_new", call_66, 0, 5, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_elgamal_setup), 0, 0}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_elgamal_meter_contribute", call_67, 0, 7, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1}, {SWEEP_ALIGNMENT(int64_t), 0, 0}, {1, 0, 0}, {1, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_elgamal_meter_free", call_68, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_elgamal_meter_prepare", call_69, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ALIGNMENT(wattsum_elgamal_pair), 0, 1}}},
    {"wattsum_elgamal_meter_contribute_with", call_70, 0, 7, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1}, {SWEEP_ALIGNMENT(int64_t), 0, 0}, {SWEEP_ALIGNMENT(wattsum_elgamal_pair), 0, 1}, {1, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_elgamal_pair_free", call_71, 1, 1, {{SWEEP_ALIGNMENT(wattsum_elgamal_pair), 0, 1}}},
    {"wattsum_root_accept", call_72, 0, 6, {{SWEEP_ALIGNMENT(wattsum_forming), 0, 0}, {1, 0, 0}, {1, 1, 0}, {1, 0, 0}, {1, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_epoch_begin", call_73, 0, 4, {{SWEEP_ALIGNMENT(wattsum_forming), 0, 0}, {1, 0, 0}, {1, 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 1}}},
    {"wattsum_member_announced", call_74, 0, 5, {{SWEEP_ALIGNMENT(wattsum_forming), 0, 0}, {1, 0, 0}, {1, 0, 0}, {SWEEP_ALIGNMENT(wattsum_member), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_member_verify", call_75, 0, 5, {{SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ALIGNMENT(wattsum_lists), 0, 0}, {SWEEP_ALIGNMENT(wattsum_member), 0, 0}, {1, 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_frame_inspect", call_76, 0, 2, {{1, 0, 0}, {SWEEP_ALIGNMENT(wattsum_frame), 0, 1}}},
    {"wattsum_identity_generate", call_77, 0, 3, {{1, 0, 0}, {1, 0, 1}, {1, 0, 1}}},
    {"wattsum_identity_public", call_78, 0, 2, {{1, 0, 0}, {1, 0, 1}}},
    {"wattsum_link_generate", call_79, 0, 3, {{1, 0, 0}, {1, 0, 1}, {1, 0, 1}}},
    {"wattsum_link_announce", call_80, 0, 4, {{SWEEP_ALIGNMENT(wattsum_forming), 0, 0}, {1, 0, 0}, {1, 0, 0}, {1, 0, 1}}},
    {"wattsum_mark_new", call_81, 0, 1, {{SWEEP_ALIGNMENT(wattsum_mark), 0, 1}}},
    {"wattsum_mark_replay", call_82, 0, 2, {{SWEEP_ALIGNMENT(wattsum_mark), 0, 1}, {1, 0, 0}}},
    {"wattsum_reading_from_register", call_83, 0, 1, {{SWEEP_ALIGNMENT(int64_t), 0, 1}}},
    {"wattsum_register_consumed", call_84, 0, 4, {{SWEEP_ALIGNMENT(wattsum_register), 0, 0}, {SWEEP_ALIGNMENT(wattsum_kept), 0, 0}, {SWEEP_ALIGNMENT(int64_t), 0, 1}, {SWEEP_ALIGNMENT(wattsum_kept), 0, 1}}},
    {"wattsum_reading_fit", call_85, 0, 2, {{SWEEP_ALIGNMENT(int64_t), 0, 1}, {SWEEP_ALIGNMENT(int64_t), 0, 1}}},
    {"wattsum_roster_new", call_86, 0, 2, {{SWEEP_ALIGNMENT(wattsum_forming), 0, 0}, {SWEEP_ROLE, 0, 1}}},
    {"wattsum_roster_add", call_87, 0, 4, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_roster_build", call_88, 0, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_roster_root", call_89, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}}},
    {"wattsum_roster_lists", call_90, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_lists), 0, 1}}},
    {"wattsum_roster_path", call_91, 0, 4, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_roster_free", call_92, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_shamir_forming", call_93, 0, 2, {{SWEEP_ALIGNMENT(wattsum_shamir_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_forming), 0, 1}}},
    {"wattsum_shamir_aggregator_new", call_94, 0, 7, {{SWEEP_ALIGNMENT(wattsum_shamir_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_aggregator_open", call_95, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_aggregator_answer", call_96, 0, 6, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_aggregator_follow", call_97, 0, 4, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_aggregator_catch_up", call_98, 0, 5, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 0}, {1, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_aggregator_replay", call_99, 0, 2, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}}},
    {"wattsum_shamir_aggregator_state_len", call_100, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_aggregator_export", call_101, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_aggregator_import", call_102, 0, 7, {{SWEEP_ALIGNMENT(wattsum_shamir_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_aggregator_free", call_103, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_shamir_meter_size", call_104, 0, 1, {{SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_meter_new", call_105, 0, 5, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_shamir_setup), 0, 0}, {1, 0, 1}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_meter_contribute", call_106, 0, 6, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1}, {SWEEP_ALIGNMENT(int64_t), 0, 0}, {1, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_meter_free", call_107, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_shamir_meter_state_len", call_108, 0, 1, {{SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_meter_export", call_109, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_meter_import", call_110, 0, 5, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_shamir_setup), 0, 0}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_round_stage", call_111, 0, 2, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}}},
    {"wattsum_shamir_round_frame", call_112, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_round_accept", call_113, 0, 4, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_round_accept_many", call_114, 0, 4, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1}}},
    {"wattsum_shamir_round_missing", call_115, 0, 3, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_round_state_len", call_116, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_round_export", call_117, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_round_branch", call_118, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ROLE, 0, 1}}},
    {"wattsum_shamir_branch_accept_many", call_119, 0, 4, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1}}},
    {"wattsum_shamir_branch_len", call_120, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_branch_to_bytes", call_121, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_round_merge", call_122, 0, 3, {{SWEEP_ROLE, 0, 1}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_round_merge_bytes", call_123, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_branch_free", call_124, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_shamir_round_free", call_125, 1, 1, {{SWEEP_ROLE, 0, 1}}},
    {"wattsum_shamir_utility_new", call_126, 0, 7, {{SWEEP_ALIGNMENT(wattsum_shamir_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 1}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_utility_open", call_127, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}}},
    {"wattsum_shamir_utility_close", call_128, 0, 3, {{SWEEP_ROLE, 0, 1}, {SWEEP_ROLE, 0, 1}, {1, 0, 0}}},
    {"wattsum_shamir_utility_record", call_129, 0, 4, {{SWEEP_ROLE, 0, 1}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(int64_t), 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 0, 1}}},
    {"wattsum_shamir_utility_progress", call_130, 0, 2, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}}},
    {"wattsum_shamir_utility_resume", call_131, 0, 2, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}}},
    {"wattsum_shamir_utility_state_len", call_132, 0, 2, {{SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_utility_export", call_133, 0, 3, {{SWEEP_ROLE, 0, 1}, {1, 0, 1}, {SWEEP_ALIGNMENT(size_t), 0, 1}}},
    {"wattsum_shamir_utility_import", call_134, 0, 7, {{SWEEP_ALIGNMENT(wattsum_shamir_params), 0, 0}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0}, {SWEEP_ROLE, 0, 1}, {1, 0, 0}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_utility_reopen", call_135, 0, 4, {{SWEEP_ROLE, 0, 1}, {1, 0, 0}, {SWEEP_ROLE, 0, 1}, {SWEEP_ALIGNMENT(uint32_t), 1, 1}}},
    {"wattsum_shamir_utility_free", call_136, 1, 1, {{SWEEP_ROLE, 0, 1}}},
};

int main(void)
{
    sweep(sweep_exports, sizeof sweep_exports / sizeof *sweep_exports);
    return counted();
}

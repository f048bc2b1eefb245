/* Calls every function of wattsum.h wrongly: with NULL, misaligned, overlapping, and memory in which nothing was made.
 * Made from the header by tests/header.rs; do not edit. */
#include "sweep.h"

static void release_wattsum_ckks_ciphertext(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_ciphertext_free((wattsum_ckks_ciphertext *)handle));
}

static void release_wattsum_ckks_encryptor(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_encryptor_free((wattsum_ckks_encryptor *)handle));
}

static void release_wattsum_ckks_evaluator(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_evaluator_free((wattsum_ckks_evaluator *)handle));
}

static void release_wattsum_ckks_secret(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_secret_free((wattsum_ckks_secret *)handle));
}

static void release_wattsum_ckks_seeded(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_ckks_seeded_free((wattsum_ckks_seeded *)handle));
}

static void release_wattsum_cmt_agreement(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_agreement_free((wattsum_cmt_agreement *)handle));
}

static void release_wattsum_cmt_book(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_book_free((wattsum_cmt_book *)handle));
}

static void release_wattsum_cmt_round(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_round_free((wattsum_cmt_round *)handle));
}

static void release_wattsum_cmt_roll(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_roll_free((wattsum_cmt_roll *)handle));
}

static void release_wattsum_cmt_election(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_election_free((wattsum_cmt_election *)handle));
}

static void release_wattsum_cmt_gathering(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_gathering_free((wattsum_cmt_gathering *)handle));
}

static void release_wattsum_cmt_meter(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_meter_free((wattsum_cmt_meter *)handle));
}

static void release_wattsum_cmt_outbox(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_outbox_free((wattsum_cmt_outbox *)handle));
}

static void release_wattsum_cmt_supplier(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_cmt_supplier_free((wattsum_cmt_supplier *)handle));
}

static void release_wattsum_dcnet_holder(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_holder_free((wattsum_dcnet_holder *)handle));
}

static void release_wattsum_dcnet_meter(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_meter_free((wattsum_dcnet_meter *)handle));
}

static void release_wattsum_dcnet_presence(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_presence_free((wattsum_dcnet_presence *)handle));
}

static void release_wattsum_dcnet_branch(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_branch_free((wattsum_dcnet_branch *)handle));
}

static void release_wattsum_dcnet_round(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_round_free((wattsum_dcnet_round *)handle));
}

static void release_wattsum_dcnet_utility(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_dcnet_utility_free((wattsum_dcnet_utility *)handle));
}

static void release_wattsum_elgamal_billing(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_billing_free((wattsum_elgamal_billing *)handle));
}

static void release_wattsum_elgamal_branch(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_branch_free((wattsum_elgamal_branch *)handle));
}

static void release_wattsum_elgamal_ceremony(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_ceremony_free((wattsum_elgamal_ceremony *)handle));
}

static void release_wattsum_elgamal_keys(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_keys_free((wattsum_elgamal_keys *)handle));
}

static void release_wattsum_elgamal_meter(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_meter_free((wattsum_elgamal_meter *)handle));
}

static void release_wattsum_elgamal_partial(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_partial_free((wattsum_elgamal_partial *)handle));
}

static void release_wattsum_elgamal_round(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_round_free((wattsum_elgamal_round *)handle));
}

static void release_wattsum_elgamal_table(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_table_free((wattsum_elgamal_table *)handle));
}

static void release_wattsum_elgamal_trustee(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_trustee_free((wattsum_elgamal_trustee *)handle));
}

static void release_wattsum_elgamal_utility(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_elgamal_utility_free((wattsum_elgamal_utility *)handle));
}

static void release_wattsum_roster(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_roster_free((wattsum_roster *)handle));
}

static void release_wattsum_shamir_aggregator(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_aggregator_free((wattsum_shamir_aggregator *)handle));
}

static void release_wattsum_shamir_meter(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_free((wattsum_shamir_meter *)handle));
}

static void release_wattsum_shamir_branch(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_branch_free((wattsum_shamir_branch *)handle));
}

static void release_wattsum_shamir_round(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_round_free((wattsum_shamir_round *)handle));
}

static void release_wattsum_shamir_utility(void *handle)
{
    CHECK_STATUS(WATTSUM_OK, wattsum_shamir_utility_free((wattsum_shamir_utility *)handle));
}

static wattsum_status call_0(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_ciphertext_info((wattsum_ckks_ciphertext *)p[0], (wattsum_ckks_info *)p[1]);
}

static wattsum_status call_1(void *const *p, size_t n)
{
    return wattsum_ckks_ciphertext_bytes((wattsum_ckks_ciphertext *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_2(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_ciphertext_free((wattsum_ckks_ciphertext *)p[0]);
}

static wattsum_status call_3(void *const *p, size_t n)
{
    return wattsum_ckks_encryptor_new((void *)p[0], n, (const uint8_t *)p[1], n, (const uint8_t *)p[2], (uint8_t *)p[3], (wattsum_ckks_encryptor **)p[4]);
}

static wattsum_status call_4(void *const *p, size_t n)
{
    return wattsum_ckks_encryptor_encrypt((wattsum_ckks_encryptor *)p[0], (const wattsum_ckks_use *)p[1], (const wattsum_ckks_readings *)p[2], (const uint8_t *)p[3], (uint32_t *)p[4], n, (uint8_t *)p[5], n);
}

static wattsum_status call_5(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_encryptor_free((wattsum_ckks_encryptor *)p[0]);
}

static wattsum_status call_6(void *const *p, size_t n)
{
    return wattsum_ckks_evaluator_new((const uint8_t *)p[0], n, (const uint8_t *)p[1], n, (wattsum_ckks_evaluator **)p[2]);
}

static wattsum_status call_7(void *const *p, size_t n)
{
    return wattsum_ckks_evaluator_read((wattsum_ckks_evaluator *)p[0], (const uint8_t *)p[1], n, (wattsum_ckks_ciphertext **)p[2]);
}

static wattsum_status call_8(void *const *p, size_t n)
{
    return wattsum_ckks_evaluator_sum((wattsum_ckks_evaluator *)p[0], (const wattsum_bytes *)p[1], n, (wattsum_ckks_ciphertext **)p[2]);
}

static wattsum_status call_9(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_evaluator_encrypt((wattsum_ckks_evaluator *)p[0], (const wattsum_ckks_use *)p[1], (const wattsum_ckks_readings *)p[2], (const uint8_t *)p[3], (wattsum_ckks_ciphertext **)p[4]);
}

static wattsum_status call_10(void *const *p, size_t n)
{
    return wattsum_ckks_evaluator_encrypt_reals((wattsum_ckks_evaluator *)p[0], (const wattsum_ckks_use *)p[1], (const double *)p[2], n, (double)n, (uint32_t)n, (const uint8_t *)p[3], (wattsum_ckks_ciphertext **)p[4]);
}

static wattsum_status call_11(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_evaluator_free((wattsum_ckks_evaluator *)p[0]);
}

static wattsum_status call_12(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_evaluator_add((wattsum_ckks_evaluator *)p[0], (wattsum_ckks_ciphertext *)p[1], (wattsum_ckks_ciphertext *)p[2]);
}

static wattsum_status call_13(void *const *p, size_t n)
{
    return wattsum_ckks_evaluator_mean((wattsum_ckks_evaluator *)p[0], (wattsum_ckks_ciphertext *)p[1], (uint32_t)n);
}

static wattsum_status call_14(void *const *p, size_t n)
{
    return wattsum_ckks_evaluator_times_integer((wattsum_ckks_evaluator *)p[0], (wattsum_ckks_ciphertext *)p[1], (int64_t)n);
}

static wattsum_status call_15(void *const *p, size_t n)
{
    return wattsum_ckks_evaluator_times_scalar((wattsum_ckks_evaluator *)p[0], (wattsum_ckks_ciphertext *)p[1], (double)n);
}

static wattsum_status call_16(void *const *p, size_t n)
{
    return wattsum_ckks_evaluator_drop_to((wattsum_ckks_evaluator *)p[0], (wattsum_ckks_ciphertext *)p[1], (uint8_t)n);
}

static wattsum_status call_17(void *const *p, size_t n)
{
    return wattsum_ckks_evaluator_slot_sum((wattsum_ckks_evaluator *)p[0], (wattsum_ckks_ciphertext *)p[1], (uint32_t)n);
}

static wattsum_status call_18(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_evaluator_rescale((wattsum_ckks_evaluator *)p[0], (wattsum_ckks_ciphertext *)p[1]);
}

static wattsum_status call_19(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_evaluator_square((wattsum_ckks_evaluator *)p[0], (wattsum_ckks_ciphertext *)p[1]);
}

static wattsum_status call_20(void *const *p, size_t n)
{
    return wattsum_ckks_secret_generate((uint8_t)n, (const uint8_t *)p[0], (wattsum_ckks_secret **)p[1]);
}

static wattsum_status call_21(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_secret_read((const uint8_t *)p[0], (wattsum_ckks_secret **)p[1]);
}

static wattsum_status call_22(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_secret_bytes((wattsum_ckks_secret *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_23(void *const *p, size_t n)
{
    return wattsum_ckks_secret_public_key((wattsum_ckks_secret *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_24(void *const *p, size_t n)
{
    return wattsum_ckks_secret_switching_keys((wattsum_ckks_secret *)p[0], (uint32_t)n, (const uint8_t *)p[1], (uint8_t *)p[2], n, (size_t *)p[3]);
}

static wattsum_status call_25(void *const *p, size_t n)
{
    return wattsum_ckks_secret_decrypt_exact((wattsum_ckks_secret *)p[0], (wattsum_ckks_ciphertext *)p[1], (const uint8_t *)p[2], (int64_t *)p[3], n);
}

static wattsum_status call_26(void *const *p, size_t n)
{
    return wattsum_ckks_secret_decrypt_shared((wattsum_ckks_secret *)p[0], (wattsum_ckks_ciphertext *)p[1], (uint8_t)n, (uint32_t)n, (const uint8_t *)p[2], (double *)p[3], n, (double *)p[4]);
}

static wattsum_status call_27(void *const *p, size_t n)
{
    return wattsum_ckks_secret_decrypt_private((wattsum_ckks_secret *)p[0], (wattsum_ckks_ciphertext *)p[1], (double *)p[2], n, (double *)p[3]);
}

static wattsum_status call_28(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_secret_free((wattsum_ckks_secret *)p[0]);
}

static wattsum_status call_29(void *const *p, size_t n)
{
    return wattsum_ckks_seeded_new((void *)p[0], n, (const uint8_t *)p[1], (const uint8_t *)p[2], (wattsum_ckks_seeded **)p[3]);
}

static wattsum_status call_30(void *const *p, size_t n)
{
    return wattsum_ckks_seeded_encrypt((wattsum_ckks_seeded *)p[0], (const wattsum_ckks_use *)p[1], (const wattsum_ckks_readings *)p[2], (const uint8_t *)p[3], (uint32_t *)p[4], n, (uint8_t *)p[5], n);
}

static wattsum_status call_31(void *const *p, size_t n)
{
    (void)n;
    return wattsum_ckks_seeded_free((wattsum_ckks_seeded *)p[0]);
}

static wattsum_status call_32(void *const *p, size_t n)
{
    return wattsum_cmt_forming((const wattsum_cmt_params *)p[0], (uint32_t)n, (uint64_t)n, (wattsum_forming *)p[1]);
}

static wattsum_status call_33(void *const *p, size_t n)
{
    return wattsum_cmt_concentrator((const wattsum_epoch *)p[0], (uint32_t)n, (const uint32_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_34(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_echo((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], (const wattsum_cmt_entry *)p[2], (uint8_t *)p[3]);
}

static wattsum_status call_35(void *const *p, size_t n)
{
    return wattsum_cmt_agreement_new((void *)p[0], n, (wattsum_cmt_meter *)p[1], (const wattsum_cmt_entry *)p[2], (const uint8_t *)p[3], n, (wattsum_cmt_agreement **)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_36(void *const *p, size_t n)
{
    return wattsum_cmt_agreement_hear((wattsum_cmt_agreement *)p[0], (const wattsum_cmt_entry *)p[1], (const uint8_t *)p[2], n, (uint32_t *)p[3]);
}

static wattsum_status call_37(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_agreement_awaited((wattsum_cmt_agreement *)p[0], (uint32_t *)p[1]);
}

static wattsum_status call_38(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_agree((wattsum_cmt_meter *)p[0], (wattsum_cmt_agreement *)p[1]);
}

static wattsum_status call_39(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_agreement_free((wattsum_cmt_agreement *)p[0]);
}

static wattsum_status call_40(void *const *p, size_t n)
{
    return wattsum_cmt_book_members((wattsum_cmt_book *)p[0], (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_41(void *const *p, size_t n)
{
    return wattsum_cmt_book_named((wattsum_cmt_book *)p[0], (uint32_t)n, (uint32_t *)p[1]);
}

static wattsum_status call_42(void *const *p, size_t n)
{
    return wattsum_cmt_book_silent((wattsum_cmt_book *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2], n, (size_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_43(void *const *p, size_t n)
{
    return wattsum_cmt_book_heal((wattsum_cmt_book *)p[0], (wattsum_cmt_meter *)p[1], (const uint8_t *)p[2], (uint64_t)n, (uint64_t)n, (uint32_t)n, (const uint32_t *)p[3], n, (const uint8_t *)p[4], (uint8_t *)p[5], (wattsum_cmt_outbox **)p[6], (uint32_t *)p[7]);
}

static wattsum_status call_44(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_book_state_len((wattsum_cmt_book *)p[0], (size_t *)p[1]);
}

static wattsum_status call_45(void *const *p, size_t n)
{
    return wattsum_cmt_book_export((wattsum_cmt_book *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_46(void *const *p, size_t n)
{
    return wattsum_cmt_book_import((const wattsum_cmt_setup *)p[0], (const uint8_t *)p[1], n, (wattsum_cmt_book **)p[2]);
}

static wattsum_status call_47(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_book_free((wattsum_cmt_book *)p[0]);
}

static wattsum_status call_48(void *const *p, size_t n)
{
    return wattsum_cmt_meter_claim((wattsum_cmt_meter *)p[0], (const wattsum_cmt_setup *)p[1], (const uint8_t *)p[2], (uint64_t)n, (uint64_t)n, (uint32_t)n, (const uint32_t *)p[3], n, (uint8_t *)p[4], (uint8_t *)p[5], n, (size_t *)p[6]);
}

static wattsum_status call_49(void *const *p, size_t n)
{
    return wattsum_cmt_book_hand_over((wattsum_cmt_book *)p[0], (wattsum_cmt_meter *)p[1], (uint64_t)n, (uint64_t)n, (uint32_t)n, (const uint32_t *)p[2], n, (uint32_t *)p[3], (uint8_t *)p[4], n, (size_t *)p[5]);
}

static wattsum_status call_50(void *const *p, size_t n)
{
    return wattsum_cmt_meter_handed_over((wattsum_cmt_meter *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (wattsum_cmt_handed_over *)p[2], (uint32_t *)p[3], n, (size_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_51(void *const *p, size_t n)
{
    return wattsum_cmt_round_frame((wattsum_cmt_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_52(void *const *p, size_t n)
{
    return wattsum_cmt_round_accept((wattsum_cmt_round *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_53(void *const *p, size_t n)
{
    return wattsum_cmt_round_accept_many((wattsum_cmt_round *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_54(void *const *p, size_t n)
{
    return wattsum_cmt_round_missing((wattsum_cmt_round *)p[0], (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_55(void *const *p, size_t n)
{
    return wattsum_cmt_round_close((wattsum_cmt_round *)p[0], (int64_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_56(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_round_free((wattsum_cmt_round *)p[0]);
}

static wattsum_status call_57(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_roll_new((const wattsum_cmt_setup *)p[0], (wattsum_cmt_roll **)p[1]);
}

static wattsum_status call_58(void *const *p, size_t n)
{
    return wattsum_cmt_roll_formed((wattsum_cmt_roll *)p[0], (const wattsum_cmt_entry *)p[1], (const uint8_t *)p[2], n, (uint32_t *)p[3]);
}

static wattsum_status call_59(void *const *p, size_t n)
{
    return wattsum_cmt_roll_cut((wattsum_cmt_roll *)p[0], (uint32_t)n, (uint64_t)n);
}

static wattsum_status call_60(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_roll_free((wattsum_cmt_roll *)p[0]);
}

static wattsum_status call_61(void *const *p, size_t n)
{
    return wattsum_cmt_election_open((wattsum_cmt_meter *)p[0], (const wattsum_cmt_setup *)p[1], (const uint8_t *)p[2], (uint64_t)n, (uint64_t)n, (uint32_t)n, (uint8_t)n, (uint8_t *)p[3], (wattsum_cmt_election **)p[4]);
}

static wattsum_status call_62(void *const *p, size_t n)
{
    return wattsum_cmt_election_hear((wattsum_cmt_election *)p[0], (wattsum_cmt_roll *)p[1], (uint64_t)n, (const wattsum_cmt_entry *)p[2], (const uint8_t *)p[3], n, (wattsum_cmt_heard *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_63(void *const *p, size_t n)
{
    return wattsum_cmt_election_leave_out((wattsum_cmt_election *)p[0], (uint32_t)n);
}

static wattsum_status call_64(void *const *p, size_t n)
{
    return wattsum_cmt_election_members((wattsum_cmt_election *)p[0], (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_65(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_election_deadline((wattsum_cmt_election *)p[0], (wattsum_cmt_verdict *)p[1]);
}

static wattsum_status call_66(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_election_free((wattsum_cmt_election *)p[0]);
}

static wattsum_status call_67(void *const *p, size_t n)
{
    return wattsum_cmt_gathering_open((wattsum_cmt_meter *)p[0], (const wattsum_cmt_setup *)p[1], (const uint8_t *)p[2], (uint64_t)n, (uint64_t)n, (uint32_t)n, (const wattsum_cmt_entry *)p[3], n, (const uint8_t *)p[4], (uint8_t *)p[5], (wattsum_cmt_gathering **)p[6], (wattsum_cmt_outbox **)p[7], (uint32_t *)p[8]);
}

static wattsum_status call_68(void *const *p, size_t n)
{
    return wattsum_cmt_gathering_accept((wattsum_cmt_gathering *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_69(void *const *p, size_t n)
{
    return wattsum_cmt_gathering_accept_many((wattsum_cmt_gathering *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_70(void *const *p, size_t n)
{
    return wattsum_cmt_gathering_missing((wattsum_cmt_gathering *)p[0], (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_71(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_gathering_close((wattsum_cmt_gathering *)p[0], (wattsum_cmt_meter *)p[1], (wattsum_cmt_outbox **)p[2], (wattsum_cmt_book **)p[3]);
}

static wattsum_status call_72(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_gathering_free((wattsum_cmt_gathering *)p[0]);
}

static wattsum_status call_73(void *const *p, size_t n)
{
    return wattsum_cmt_meter_healed_neighbours((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2], (size_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_74(void *const *p, size_t n)
{
    return wattsum_cmt_meter_heal((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], (uint64_t)n, (const uint8_t *)p[2], n, (const wattsum_cmt_entry *)p[3], n, (uint8_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_75(void *const *p, size_t n)
{
    return wattsum_cmt_meter_new((void *)p[0], n, (const wattsum_cmt_setup *)p[1], (wattsum_cmt_meter **)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_76(void *const *p, size_t n)
{
    return wattsum_cmt_meter_join((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], (uint64_t)n, (const wattsum_cmt_entry *)p[2], (const uint8_t *)p[3], n, (const uint8_t *)p[4], (uint8_t *)p[5], (uint8_t *)p[6], n, (size_t *)p[7], (uint32_t *)p[8]);
}

static wattsum_status call_77(void *const *p, size_t n)
{
    return wattsum_cmt_meter_neighbours((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2], (size_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_78(void *const *p, size_t n)
{
    return wattsum_cmt_meter_seat((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], (const uint8_t *)p[2], n, (const wattsum_cmt_entry *)p[3], n, (uint32_t *)p[4]);
}

static wattsum_status call_79(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_place((wattsum_cmt_meter *)p[0], (wattsum_cmt_place *)p[1]);
}

static wattsum_status call_80(void *const *p, size_t n)
{
    return wattsum_cmt_meter_replay((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_81(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_free((wattsum_cmt_meter *)p[0]);
}

static wattsum_status call_82(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_outbox_count((wattsum_cmt_outbox *)p[0], (size_t *)p[1]);
}

static wattsum_status call_83(void *const *p, size_t n)
{
    return wattsum_cmt_outbox_frame((wattsum_cmt_outbox *)p[0], n, (uint32_t *)p[1], (uint8_t *)p[2], n, (size_t *)p[3]);
}

static wattsum_status call_84(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_outbox_free((wattsum_cmt_outbox *)p[0]);
}

static wattsum_status call_85(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_licence((wattsum_cmt_supplier *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_86(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_expel((wattsum_cmt_supplier *)p[0], (uint32_t)n);
}

static wattsum_status call_87(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_readmit((wattsum_cmt_supplier *)p[0], (uint32_t)n);
}

static wattsum_status call_88(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_is_licensed((wattsum_cmt_supplier *)p[0], (uint32_t)n, (uint8_t *)p[1]);
}

static wattsum_status call_89(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_claimed((wattsum_cmt_supplier *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (wattsum_cmt_claim *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_90(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_forsake((wattsum_cmt_supplier *)p[0], (uint64_t)n, (wattsum_cmt_claim *)p[1]);
}

static wattsum_status call_91(void *const *p, size_t n)
{
    return wattsum_cmt_meter_contribute((wattsum_cmt_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (uint8_t *)p[3], (uint8_t *)p[4], n, (size_t *)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_92(void *const *p, size_t n)
{
    return wattsum_cmt_meter_relay((wattsum_cmt_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (const uint8_t *)p[3], n, (const uint8_t *)p[4], (uint8_t *)p[5], (uint8_t *)p[6], n, (uint8_t *)p[7], n, (uint32_t *)p[8]);
}

static wattsum_status call_93(void *const *p, size_t n)
{
    return wattsum_cmt_meter_start((wattsum_cmt_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (const uint8_t *)p[3], n, (const uint8_t *)p[4], (uint8_t *)p[5], (uint8_t *)p[6], n, (size_t *)p[7], (uint32_t *)p[8]);
}

static wattsum_status call_94(void *const *p, size_t n)
{
    return wattsum_cmt_meter_close((wattsum_cmt_meter *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], n, (size_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_95(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_state_len((wattsum_cmt_meter *)p[0], (size_t *)p[1]);
}

static wattsum_status call_96(void *const *p, size_t n)
{
    return wattsum_cmt_meter_export((wattsum_cmt_meter *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_97(void *const *p, size_t n)
{
    return wattsum_cmt_meter_import((void *)p[0], n, (const wattsum_cmt_setup *)p[1], (const uint8_t *)p[2], n, (wattsum_cmt_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_98(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_supplier_new((const wattsum_cmt_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const uint8_t *)p[3], (uint8_t *)p[4], (wattsum_cmt_supplier **)p[5]);
}

static wattsum_status call_99(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_register((wattsum_cmt_supplier *)p[0], (uint64_t)n, (uint32_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_100(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_heal((wattsum_cmt_supplier *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_101(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_supplier_registered((wattsum_cmt_supplier *)p[0], (wattsum_cmt_registered *)p[1]);
}

static wattsum_status call_102(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_open((wattsum_cmt_supplier *)p[0], (uint64_t)n, (uint64_t)n, (uint8_t *)p[1], (wattsum_cmt_round **)p[2]);
}

static wattsum_status call_103(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_supplier_progress((wattsum_cmt_supplier *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_104(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_replay((wattsum_cmt_supplier *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_105(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_discard((wattsum_cmt_supplier *)p[0], (wattsum_cmt_round *)p[1], (uint8_t *)p[2], (uint8_t *)p[3], n, (size_t *)p[4]);
}

static wattsum_status call_106(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_lost((wattsum_cmt_supplier *)p[0], (uint64_t)n, (uint8_t *)p[1], (uint8_t *)p[2], n, (size_t *)p[3]);
}

static wattsum_status call_107(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_supplier_wipe_link((wattsum_cmt_supplier *)p[0]);
}

static wattsum_status call_108(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_supplier_free((wattsum_cmt_supplier *)p[0]);
}

static wattsum_status call_109(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_supplier_state_len((wattsum_cmt_supplier *)p[0], (size_t *)p[1]);
}

static wattsum_status call_110(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_export((wattsum_cmt_supplier *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_111(void *const *p, size_t n)
{
    return wattsum_cmt_supplier_import((const wattsum_cmt_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const uint8_t *)p[3], (uint8_t *)p[4], (const uint8_t *)p[5], n, (wattsum_cmt_supplier **)p[6]);
}

static wattsum_status call_112(void *const *p, size_t n)
{
    return wattsum_cmt_meter_ask((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], (uint64_t)n, (uint8_t *)p[2]);
}

static wattsum_status call_113(void *const *p, size_t n)
{
    return wattsum_cmt_meter_licensed((wattsum_cmt_meter *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_114(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_restore_licence((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], (uint32_t *)p[2]);
}

static wattsum_status call_115(void *const *p, size_t n)
{
    return wattsum_cmt_meter_hello((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], (const wattsum_cmt_entry *)p[2], (uint64_t)n, (uint64_t)n, (uint32_t)n, (uint8_t *)p[3]);
}

static wattsum_status call_116(void *const *p, size_t n)
{
    return wattsum_cmt_meter_discover((wattsum_cmt_meter *)p[0], (const uint8_t *)p[1], (const wattsum_cmt_entry *)p[2], (uint64_t)n, (uint8_t *)p[3]);
}

static wattsum_status call_117(void *const *p, size_t n)
{
    return wattsum_cmt_claim_verify((const wattsum_cmt_setup *)p[0], (const wattsum_cmt_entry *)p[1], (const uint8_t *)p[2], n, (wattsum_cmt_claim *)p[3], (uint32_t *)p[4], n, (uint32_t *)p[5]);
}

static wattsum_status call_118(void *const *p, size_t n)
{
    return wattsum_cmt_meter_follow((wattsum_cmt_meter *)p[0], (uint64_t)n, (const wattsum_cmt_entry *)p[1], (const uint8_t *)p[2], n, (wattsum_cmt_claim *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_119(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_followed((wattsum_cmt_meter *)p[0], (wattsum_cmt_claim *)p[1]);
}

static wattsum_status call_120(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_forsake((wattsum_cmt_meter *)p[0]);
}

static wattsum_status call_121(void *const *p, size_t n)
{
    (void)n;
    return wattsum_cmt_meter_broken((wattsum_cmt_meter *)p[0]);
}

static wattsum_status call_122(void *const *p, size_t n)
{
    return wattsum_cmt_meter_lost((wattsum_cmt_meter *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_123(void *const *p, size_t n)
{
    return wattsum_dcnet_forming((const wattsum_dcnet_params *)p[0], (uint32_t)n, (uint64_t)n, (wattsum_forming *)p[1]);
}

static wattsum_status call_124(void *const *p, size_t n)
{
    return wattsum_dcnet_neighbours((const wattsum_dcnet_params *)p[0], (const wattsum_epoch *)p[1], (uint32_t)n, (uint32_t)n, (uint32_t *)p[2], n, (size_t *)p[3]);
}

static wattsum_status call_125(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_certify((wattsum_dcnet_utility *)p[0], (wattsum_dcnet_round *)p[1], (const uint8_t *)p[2], n);
}

static wattsum_status call_126(void *const *p, size_t n)
{
    return wattsum_dcnet_round_certificate((wattsum_dcnet_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_127(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_record_certified((wattsum_dcnet_utility *)p[0], (wattsum_dcnet_round *)p[1], (int64_t *)p[2], n, (uint32_t *)p[3], n, (wattsum_checked *)p[4]);
}

static wattsum_status call_128(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_agree((wattsum_dcnet_holder *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_129(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_answer_certified((wattsum_dcnet_holder *)p[0], (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], n, (size_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_130(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_new((const wattsum_dcnet_params *)p[0], (const wattsum_epoch *)p[1], (uint32_t)n, (wattsum_roster *)p[2], (const uint8_t *)p[3], (uint8_t *)p[4], (wattsum_dcnet_holder **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_131(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_open((wattsum_dcnet_holder *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_132(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_answer((wattsum_dcnet_holder *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], n, (size_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_133(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_follow((wattsum_dcnet_holder *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_134(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_catch_up((wattsum_dcnet_holder *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (const uint8_t *)p[2], n, (uint8_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_135(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_replay((wattsum_dcnet_holder *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_136(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_holder_state_len((wattsum_dcnet_holder *)p[0], (size_t *)p[1]);
}

static wattsum_status call_137(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_export((wattsum_dcnet_holder *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_138(void *const *p, size_t n)
{
    return wattsum_dcnet_holder_import((const wattsum_dcnet_params *)p[0], (const wattsum_epoch *)p[1], (uint32_t)n, (wattsum_roster *)p[2], (const uint8_t *)p[3], (const uint8_t *)p[4], n, (wattsum_dcnet_holder **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_139(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_holder_free((wattsum_dcnet_holder *)p[0]);
}

static wattsum_status call_140(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_size(n, n, (size_t *)p[0]);
}

static wattsum_status call_141(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_new((void *)p[0], n, (const wattsum_dcnet_setup *)p[1], (uint8_t *)p[2], (wattsum_dcnet_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_142(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_open((wattsum_dcnet_meter *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_143(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_contribute((wattsum_dcnet_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (uint8_t *)p[3], (uint8_t *)p[4], n, (size_t *)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_144(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_close((wattsum_dcnet_meter *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], n, (size_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_145(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_replay((wattsum_dcnet_meter *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_146(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_meter_free((wattsum_dcnet_meter *)p[0]);
}

static wattsum_status call_147(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_report((wattsum_dcnet_meter *)p[0], (uint64_t)n, (uint8_t *)p[1], n, (size_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_148(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_state_len(n, n, (size_t *)p[0]);
}

static wattsum_status call_149(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_export((wattsum_dcnet_meter *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_150(void *const *p, size_t n)
{
    return wattsum_dcnet_meter_import((void *)p[0], n, (const wattsum_dcnet_setup *)p[1], (const uint8_t *)p[2], n, (wattsum_dcnet_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_151(void *const *p, size_t n)
{
    return wattsum_dcnet_presence_new((wattsum_dcnet_utility *)p[0], (uint8_t)n, (wattsum_dcnet_presence **)p[1]);
}

static wattsum_status call_152(void *const *p, size_t n)
{
    return wattsum_dcnet_presence_present((wattsum_dcnet_presence *)p[0], (uint8_t *)p[1], n);
}

static wattsum_status call_153(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_presence_closed((wattsum_dcnet_presence *)p[0], (wattsum_dcnet_round *)p[1]);
}

static wattsum_status call_154(void *const *p, size_t n)
{
    return wattsum_dcnet_presence_accept((wattsum_dcnet_presence *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_155(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_presence_state_len((wattsum_dcnet_presence *)p[0], (size_t *)p[1]);
}

static wattsum_status call_156(void *const *p, size_t n)
{
    return wattsum_dcnet_presence_export((wattsum_dcnet_presence *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_157(void *const *p, size_t n)
{
    return wattsum_dcnet_presence_import((wattsum_dcnet_utility *)p[0], (const uint8_t *)p[1], n, (wattsum_dcnet_presence **)p[2]);
}

static wattsum_status call_158(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_presence_free((wattsum_dcnet_presence *)p[0]);
}

static wattsum_status call_159(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_round_stage((wattsum_dcnet_round *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_160(void *const *p, size_t n)
{
    return wattsum_dcnet_round_frame((wattsum_dcnet_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_161(void *const *p, size_t n)
{
    return wattsum_dcnet_round_accept((wattsum_dcnet_round *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_162(void *const *p, size_t n)
{
    return wattsum_dcnet_round_accept_many((wattsum_dcnet_round *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_163(void *const *p, size_t n)
{
    return wattsum_dcnet_round_missing((wattsum_dcnet_round *)p[0], (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_164(void *const *p, size_t n)
{
    return wattsum_dcnet_round_set((wattsum_dcnet_round *)p[0], (uint8_t *)p[1], n);
}

static wattsum_status call_165(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_round_state_len((wattsum_dcnet_round *)p[0], (size_t *)p[1]);
}

static wattsum_status call_166(void *const *p, size_t n)
{
    return wattsum_dcnet_round_export((wattsum_dcnet_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_167(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_round_branch((wattsum_dcnet_round *)p[0], (wattsum_dcnet_branch **)p[1]);
}

static wattsum_status call_168(void *const *p, size_t n)
{
    return wattsum_dcnet_branch_accept_many((wattsum_dcnet_branch *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_169(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_branch_len((wattsum_dcnet_branch *)p[0], (size_t *)p[1]);
}

static wattsum_status call_170(void *const *p, size_t n)
{
    return wattsum_dcnet_branch_to_bytes((wattsum_dcnet_branch *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_171(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_round_merge((wattsum_dcnet_round *)p[0], (wattsum_dcnet_branch *)p[1], (uint32_t *)p[2]);
}

static wattsum_status call_172(void *const *p, size_t n)
{
    return wattsum_dcnet_round_merge_bytes((wattsum_dcnet_round *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_173(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_branch_free((wattsum_dcnet_branch *)p[0]);
}

static wattsum_status call_174(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_round_free((wattsum_dcnet_round *)p[0]);
}

static wattsum_status call_175(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_utility_new((const wattsum_dcnet_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const uint8_t *)p[3], (uint8_t *)p[4], (wattsum_dcnet_utility **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_176(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_open((wattsum_dcnet_utility *)p[0], (uint64_t)n, (uint64_t)n, (const uint8_t *)p[1], n, (wattsum_dcnet_round **)p[2]);
}

static wattsum_status call_177(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_close((wattsum_dcnet_utility *)p[0], (wattsum_dcnet_round *)p[1], (const uint8_t *)p[2], n, (uint8_t *)p[3]);
}

static wattsum_status call_178(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_record((wattsum_dcnet_utility *)p[0], (wattsum_dcnet_round *)p[1], (int64_t *)p[2], n, (uint32_t *)p[3]);
}

static wattsum_status call_179(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_utility_progress((wattsum_dcnet_utility *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_180(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_resume((wattsum_dcnet_utility *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_181(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_utility_state_len((wattsum_dcnet_utility *)p[0], (size_t *)p[1]);
}

static wattsum_status call_182(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_export((wattsum_dcnet_utility *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_183(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_import((const wattsum_dcnet_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const uint8_t *)p[3], (const uint8_t *)p[4], n, (wattsum_dcnet_utility **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_184(void *const *p, size_t n)
{
    return wattsum_dcnet_utility_reopen((wattsum_dcnet_utility *)p[0], (const uint8_t *)p[1], n, (wattsum_dcnet_round **)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_185(void *const *p, size_t n)
{
    (void)n;
    return wattsum_dcnet_utility_free((wattsum_dcnet_utility *)p[0]);
}

static wattsum_status call_186(void *const *p, size_t n)
{
    return wattsum_elgamal_forming((const wattsum_elgamal_params *)p[0], (uint32_t)n, (uint64_t)n, (wattsum_forming *)p[1]);
}

static wattsum_status call_187(void *const *p, size_t n)
{
    return wattsum_elgamal_utility_billable((wattsum_elgamal_utility *)p[0], (uint64_t)n, (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_188(void *const *p, size_t n)
{
    return wattsum_elgamal_utility_bill((wattsum_elgamal_utility *)p[0], (uint64_t)n, (const uint32_t *)p[1], n, (const uint8_t *)p[2], n, (wattsum_elgamal_billing **)p[3]);
}

static wattsum_status call_189(void *const *p, size_t n)
{
    return wattsum_elgamal_utility_ask_bill((wattsum_elgamal_utility *)p[0], (wattsum_elgamal_billing *)p[1], (const uint8_t *)p[2], n);
}

static wattsum_status call_190(void *const *p, size_t n)
{
    return wattsum_elgamal_billing_frame((wattsum_elgamal_billing *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_191(void *const *p, size_t n)
{
    return wattsum_elgamal_billing_accept((wattsum_elgamal_billing *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_192(void *const *p, size_t n)
{
    return wattsum_elgamal_billing_statements((wattsum_elgamal_billing *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_193(void *const *p, size_t n)
{
    return wattsum_elgamal_billing_missing((wattsum_elgamal_billing *)p[0], (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_194(void *const *p, size_t n)
{
    return wattsum_elgamal_billing_bills((wattsum_elgamal_billing *)p[0], (wattsum_elgamal_table *)p[1], (wattsum_elgamal_bill *)p[2], n, (int64_t *)p[3], n, (size_t *)p[4]);
}

static wattsum_status call_195(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_billing_free((wattsum_elgamal_billing *)p[0]);
}

static wattsum_status call_196(void *const *p, size_t n)
{
    return wattsum_elgamal_branch_new((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const wattsum_elgamal_key *)p[3], (uint64_t)n, (wattsum_elgamal_branch **)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_197(void *const *p, size_t n)
{
    return wattsum_elgamal_branch_accept_many((wattsum_elgamal_branch *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_198(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_branch_partial((wattsum_elgamal_branch *)p[0], (wattsum_elgamal_partial **)p[1]);
}

static wattsum_status call_199(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_branch_free((wattsum_elgamal_branch *)p[0]);
}

static wattsum_status call_200(void *const *p, size_t n)
{
    return wattsum_elgamal_ceremony_begin((const wattsum_elgamal_plan *)p[0], (uint32_t)n, (const uint8_t *)p[1], (const wattsum_elgamal_share *)p[2], (const uint8_t *)p[3], (uint8_t *)p[4], (wattsum_elgamal_ceremony **)p[5]);
}

static wattsum_status call_201(void *const *p, size_t n)
{
    return wattsum_elgamal_ceremony_resume((const wattsum_elgamal_plan *)p[0], (uint32_t)n, (const uint8_t *)p[1], (const wattsum_elgamal_share *)p[2], (const uint8_t *)p[3], n, (wattsum_elgamal_ceremony **)p[4]);
}

static wattsum_status call_202(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_ceremony_step((wattsum_elgamal_ceremony *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_203(void *const *p, size_t n)
{
    return wattsum_elgamal_ceremony_frame((wattsum_elgamal_ceremony *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_204(void *const *p, size_t n)
{
    return wattsum_elgamal_ceremony_accept((wattsum_elgamal_ceremony *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_205(void *const *p, size_t n)
{
    return wattsum_elgamal_ceremony_missing((wattsum_elgamal_ceremony *)p[0], (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_206(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_ceremony_advance((wattsum_elgamal_ceremony *)p[0], (uint8_t *)p[1], (size_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_207(void *const *p, size_t n)
{
    return wattsum_elgamal_ceremony_disputes((wattsum_elgamal_ceremony *)p[0], (wattsum_elgamal_dispute *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_208(void *const *p, size_t n)
{
    return wattsum_elgamal_ceremony_evidence((wattsum_elgamal_ceremony *)p[0], (uint32_t)n, (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_209(void *const *p, size_t n)
{
    return wattsum_elgamal_ceremony_complaint((wattsum_elgamal_ceremony *)p[0], n, (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_210(void *const *p, size_t n)
{
    return wattsum_elgamal_ceremony_judge((wattsum_elgamal_ceremony *)p[0], (const uint8_t *)p[1], n, (wattsum_elgamal_verdict *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_211(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_ceremony_finish((wattsum_elgamal_ceremony *)p[0], (wattsum_elgamal_keys **)p[1], (wattsum_elgamal_share *)p[2]);
}

static wattsum_status call_212(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_ceremony_free((wattsum_elgamal_ceremony *)p[0]);
}

static wattsum_status call_213(void *const *p, size_t n)
{
    return wattsum_elgamal_key_certified((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (const wattsum_lists *)p[2], (const wattsum_member *)p[3], (const wattsum_member *)p[4], n, (const uint8_t *)p[5], n, (wattsum_elgamal_key *)p[6], (uint32_t *)p[7]);
}

static wattsum_status call_214(void *const *p, size_t n)
{
    return wattsum_elgamal_key_check_statement((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (const wattsum_lists *)p[2], (const wattsum_member *)p[3], (const wattsum_member *)p[4], n, (const uint8_t *)p[5], n, (uint32_t *)p[6], (uint32_t *)p[7]);
}

static wattsum_status call_215(void *const *p, size_t n)
{
    return wattsum_elgamal_keys_from_bytes((const wattsum_elgamal_params *)p[0], (const uint8_t *)p[1], n, (wattsum_elgamal_keys **)p[2]);
}

static wattsum_status call_216(void *const *p, size_t n)
{
    return wattsum_elgamal_keys_to_bytes((wattsum_elgamal_keys *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_217(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_keys_group_key((wattsum_elgamal_keys *)p[0], (wattsum_elgamal_key *)p[1]);
}

static wattsum_status call_218(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_keys_free((wattsum_elgamal_keys *)p[0]);
}

static wattsum_status call_219(void *const *p, size_t n)
{
    return wattsum_elgamal_share_generate((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (uint32_t)n, (const uint8_t *)p[3], (const uint8_t *)p[4], (wattsum_elgamal_share *)p[5]);
}

static wattsum_status call_220(void *const *p, size_t n)
{
    return wattsum_elgamal_share_announce((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (uint32_t)n, (const wattsum_elgamal_share *)p[3], (const uint8_t *)p[4], (uint8_t *)p[5]);
}

static wattsum_status call_221(void *const *p, size_t n)
{
    return wattsum_elgamal_keys_joint((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const uint8_t *)p[3], n, (wattsum_elgamal_keys **)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_222(void *const *p, size_t n)
{
    return wattsum_elgamal_meter_new((void *)p[0], n, (const wattsum_elgamal_setup *)p[1], (const uint8_t *)p[2], (wattsum_elgamal_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_223(void *const *p, size_t n)
{
    return wattsum_elgamal_meter_contribute((wattsum_elgamal_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (const uint8_t *)p[3], (uint8_t *)p[4], (uint8_t *)p[5], n, (size_t *)p[6]);
}

static wattsum_status call_224(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_meter_free((wattsum_elgamal_meter *)p[0]);
}

static wattsum_status call_225(void *const *p, size_t n)
{
    return wattsum_elgamal_meter_prepare((wattsum_elgamal_meter *)p[0], (uint64_t)n, (uint16_t)n, (const uint8_t *)p[1], (wattsum_elgamal_pair *)p[2]);
}

static wattsum_status call_226(void *const *p, size_t n)
{
    return wattsum_elgamal_meter_contribute_with((wattsum_elgamal_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (wattsum_elgamal_pair *)p[3], (uint8_t *)p[4], (uint8_t *)p[5], n, (size_t *)p[6]);
}

static wattsum_status call_227(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_pair_free((wattsum_elgamal_pair *)p[0]);
}

static wattsum_status call_228(void *const *p, size_t n)
{
    return wattsum_elgamal_partial_from_bytes((const wattsum_elgamal_params *)p[0], (const uint8_t *)p[1], n, (wattsum_elgamal_partial **)p[2]);
}

static wattsum_status call_229(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_partial_len((wattsum_elgamal_partial *)p[0], (size_t *)p[1]);
}

static wattsum_status call_230(void *const *p, size_t n)
{
    return wattsum_elgamal_partial_to_bytes((wattsum_elgamal_partial *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_231(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_partial_merge((wattsum_elgamal_partial *)p[0], (wattsum_elgamal_partial *)p[1]);
}

static wattsum_status call_232(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_partial_meters((wattsum_elgamal_partial *)p[0], (uint32_t *)p[1]);
}

static wattsum_status call_233(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_partial_compare((wattsum_elgamal_partial *)p[0], (wattsum_elgamal_partial *)p[1]);
}

static wattsum_status call_234(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_partial_free((wattsum_elgamal_partial *)p[0]);
}

static wattsum_status call_235(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_plan_id((const wattsum_elgamal_plan *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_236(void *const *p, size_t n)
{
    return wattsum_elgamal_plan_contradiction((const wattsum_elgamal_plan *)p[0], (const uint8_t *)p[1], n, (const uint8_t *)p[2], n, (wattsum_elgamal_verdict *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_237(void *const *p, size_t n)
{
    return wattsum_elgamal_plan_keys((const wattsum_elgamal_plan *)p[0], (const wattsum_bytes *)p[1], n, (const wattsum_bytes *)p[2], n, (wattsum_elgamal_keys **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_238(void *const *p, size_t n)
{
    return wattsum_elgamal_plan_judge((const wattsum_elgamal_plan *)p[0], (const wattsum_bytes *)p[1], n, (const wattsum_bytes *)p[2], n, (const uint8_t *)p[3], n, (wattsum_elgamal_verdict *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_239(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_round_stage((wattsum_elgamal_round *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_240(void *const *p, size_t n)
{
    return wattsum_elgamal_round_frame((wattsum_elgamal_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_241(void *const *p, size_t n)
{
    return wattsum_elgamal_round_accept((wattsum_elgamal_round *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_242(void *const *p, size_t n)
{
    return wattsum_elgamal_round_accept_many((wattsum_elgamal_round *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_243(void *const *p, size_t n)
{
    return wattsum_elgamal_round_missing((wattsum_elgamal_round *)p[0], (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_244(void *const *p, size_t n)
{
    return wattsum_elgamal_round_contributions((wattsum_elgamal_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_245(void *const *p, size_t n)
{
    return wattsum_elgamal_round_hints((wattsum_elgamal_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_246(void *const *p, size_t n)
{
    return wattsum_elgamal_round_statements((wattsum_elgamal_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_247(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_round_state_len((wattsum_elgamal_round *)p[0], (size_t *)p[1]);
}

static wattsum_status call_248(void *const *p, size_t n)
{
    return wattsum_elgamal_round_export((wattsum_elgamal_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_249(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_round_branch((wattsum_elgamal_round *)p[0], (wattsum_elgamal_branch **)p[1]);
}

static wattsum_status call_250(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_round_merge((wattsum_elgamal_round *)p[0], (wattsum_elgamal_branch *)p[1], (uint32_t *)p[2]);
}

static wattsum_status call_251(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_round_partial((wattsum_elgamal_round *)p[0], (wattsum_elgamal_partial **)p[1]);
}

static wattsum_status call_252(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_round_free((wattsum_elgamal_round *)p[0]);
}

static wattsum_status call_253(void *const *p, size_t n)
{
    return wattsum_elgamal_table_build((uint32_t)n, (wattsum_elgamal_table **)p[0]);
}

static wattsum_status call_254(void *const *p, size_t n)
{
    return wattsum_elgamal_table_len((uint32_t)n, (size_t *)p[0]);
}

static wattsum_status call_255(void *const *p, size_t n)
{
    return wattsum_elgamal_table_write((wattsum_elgamal_table *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_256(void *const *p, size_t n)
{
    return wattsum_elgamal_table_read((const uint8_t *)p[0], n, (wattsum_elgamal_table **)p[1]);
}

static wattsum_status call_257(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_table_free((wattsum_elgamal_table *)p[0]);
}

static wattsum_status call_258(void *const *p, size_t n)
{
    return wattsum_elgamal_trustee_new((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (uint32_t)n, (wattsum_roster *)p[2], (wattsum_elgamal_keys *)p[3], (const wattsum_elgamal_share *)p[4], (const uint8_t *)p[5], (uint8_t *)p[6], (wattsum_elgamal_trustee **)p[7], (uint32_t *)p[8]);
}

static wattsum_status call_259(void *const *p, size_t n)
{
    return wattsum_elgamal_trustee_import((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (wattsum_elgamal_keys *)p[3], (const wattsum_elgamal_share *)p[4], (const uint8_t *)p[5], (const uint8_t *)p[6], n, (wattsum_elgamal_trustee **)p[7], (uint32_t *)p[8]);
}

static wattsum_status call_260(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_trustee_state_len((wattsum_elgamal_trustee *)p[0], (size_t *)p[1]);
}

static wattsum_status call_261(void *const *p, size_t n)
{
    return wattsum_elgamal_trustee_export((wattsum_elgamal_trustee *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_262(void *const *p, size_t n)
{
    return wattsum_elgamal_trustee_replay((wattsum_elgamal_trustee *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_263(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_trustee_statement((wattsum_elgamal_trustee *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_264(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_trustee_free((wattsum_elgamal_trustee *)p[0]);
}

static wattsum_status call_265(void *const *p, size_t n)
{
    return wattsum_elgamal_trustee_open((wattsum_elgamal_trustee *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_266(void *const *p, size_t n)
{
    return wattsum_elgamal_trustee_agree((wattsum_elgamal_trustee *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (const uint8_t *)p[2], n, (const uint8_t *)p[3], n, (uint8_t *)p[4], (uint8_t *)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_267(void *const *p, size_t n)
{
    return wattsum_elgamal_trustee_follow((wattsum_elgamal_trustee *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (const uint8_t *)p[2], n, (const uint8_t *)p[3], n, (uint8_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_268(void *const *p, size_t n)
{
    return wattsum_elgamal_trustee_catch_up((wattsum_elgamal_trustee *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (const uint8_t *)p[2], n, (const uint8_t *)p[3], n, (uint8_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_269(void *const *p, size_t n)
{
    return wattsum_elgamal_trustee_answer((wattsum_elgamal_trustee *)p[0], (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], n, (size_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_270(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_trustee_missed((wattsum_elgamal_trustee *)p[0], (uint64_t *)p[1], (uint8_t *)p[2]);
}

static wattsum_status call_271(void *const *p, size_t n)
{
    return wattsum_elgamal_trustee_agree_bill((wattsum_elgamal_trustee *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_272(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_utility_new((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (wattsum_elgamal_keys *)p[3], (const uint8_t *)p[4], (uint8_t *)p[5], (wattsum_elgamal_utility **)p[6], (uint32_t *)p[7]);
}

static wattsum_status call_273(void *const *p, size_t n)
{
    return wattsum_elgamal_utility_import((const wattsum_elgamal_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (wattsum_elgamal_keys *)p[3], (const uint8_t *)p[4], (const uint8_t *)p[5], n, (wattsum_elgamal_utility **)p[6], (uint32_t *)p[7]);
}

static wattsum_status call_274(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_utility_state_len((wattsum_elgamal_utility *)p[0], (size_t *)p[1]);
}

static wattsum_status call_275(void *const *p, size_t n)
{
    return wattsum_elgamal_utility_export((wattsum_elgamal_utility *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_276(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_utility_progress((wattsum_elgamal_utility *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_277(void *const *p, size_t n)
{
    return wattsum_elgamal_utility_resume((wattsum_elgamal_utility *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_278(void *const *p, size_t n)
{
    return wattsum_elgamal_utility_open((wattsum_elgamal_utility *)p[0], (uint64_t)n, (uint64_t)n, (const uint8_t *)p[1], n, (wattsum_elgamal_round **)p[2]);
}

static wattsum_status call_279(void *const *p, size_t n)
{
    return wattsum_elgamal_utility_reopen((wattsum_elgamal_utility *)p[0], (const uint8_t *)p[1], n, (wattsum_elgamal_round **)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_280(void *const *p, size_t n)
{
    return wattsum_elgamal_utility_close((wattsum_elgamal_utility *)p[0], (wattsum_elgamal_round *)p[1], (const uint8_t *)p[2], n);
}

static wattsum_status call_281(void *const *p, size_t n)
{
    return wattsum_elgamal_utility_record((wattsum_elgamal_utility *)p[0], (wattsum_elgamal_round *)p[1], (wattsum_elgamal_table *)p[2], (int64_t *)p[3], n, (uint32_t *)p[4]);
}

static wattsum_status call_282(void *const *p, size_t n)
{
    return wattsum_elgamal_utility_record_around((wattsum_elgamal_utility *)p[0], (wattsum_elgamal_round *)p[1], (wattsum_elgamal_table *)p[2], (const int64_t *)p[3], (uint64_t)n, (int64_t *)p[4], n, (uint32_t *)p[5]);
}

static wattsum_status call_283(void *const *p, size_t n)
{
    (void)n;
    return wattsum_elgamal_utility_free((wattsum_elgamal_utility *)p[0]);
}

static wattsum_status call_284(void *const *p, size_t n)
{
    return wattsum_root_accept((const wattsum_forming *)p[0], (const uint8_t *)p[1], (uint64_t)n, (const uint8_t *)p[2], (const uint8_t *)p[3], n, (uint8_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_285(void *const *p, size_t n)
{
    return wattsum_epoch_begin((const wattsum_forming *)p[0], (const uint8_t *)p[1], (const uint8_t *)p[2], (uint64_t)n, (wattsum_epoch *)p[3]);
}

static wattsum_status call_286(void *const *p, size_t n)
{
    return wattsum_member_announced((const wattsum_forming *)p[0], (uint32_t)n, (uint8_t)n, (const uint8_t *)p[1], (const uint8_t *)p[2], n, (wattsum_member *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_287(void *const *p, size_t n)
{
    return wattsum_member_verify((const wattsum_epoch *)p[0], (const wattsum_lists *)p[1], (uint8_t)n, (uint32_t)n, (const wattsum_member *)p[2], (const uint8_t *)p[3], n, (uint32_t *)p[4]);
}

static wattsum_status call_288(void *const *p, size_t n)
{
    return wattsum_frame_inspect((const uint8_t *)p[0], n, (wattsum_frame *)p[1]);
}

static wattsum_status call_289(void *const *p, size_t n)
{
    (void)n;
    return wattsum_identity_generate((const uint8_t *)p[0], (uint8_t *)p[1], (uint8_t *)p[2]);
}

static wattsum_status call_290(void *const *p, size_t n)
{
    (void)n;
    return wattsum_identity_public((const uint8_t *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_291(void *const *p, size_t n)
{
    (void)n;
    return wattsum_link_generate((const uint8_t *)p[0], (uint8_t *)p[1], (uint8_t *)p[2]);
}

static wattsum_status call_292(void *const *p, size_t n)
{
    return wattsum_link_announce((const wattsum_forming *)p[0], (uint32_t)n, (uint8_t)n, (const uint8_t *)p[1], (const uint8_t *)p[2], (uint8_t *)p[3]);
}

static wattsum_status call_293(void *const *p, size_t n)
{
    (void)n;
    return wattsum_mark_new((wattsum_mark *)p[0]);
}

static wattsum_status call_294(void *const *p, size_t n)
{
    return wattsum_mark_replay((wattsum_mark *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_295(void *const *p, size_t n)
{
    return wattsum_reading_from_register((uint64_t)n, (uint64_t)n, (uint8_t)n, (int8_t)n, (int64_t *)p[0]);
}

static wattsum_status call_296(void *const *p, size_t n)
{
    return wattsum_register_consumed((const wattsum_register *)p[0], (const wattsum_kept *)p[1], (uint64_t)n, (uint64_t)n, (int64_t *)p[2], (wattsum_kept *)p[3]);
}

static wattsum_status call_297(void *const *p, size_t n)
{
    return wattsum_reading_fit((int64_t)n, (uint64_t)n, (int64_t)n, (int64_t *)p[0], (int64_t *)p[1]);
}

static wattsum_status call_298(void *const *p, size_t n)
{
    (void)n;
    return wattsum_roster_new((const wattsum_forming *)p[0], (wattsum_roster **)p[1]);
}

static wattsum_status call_299(void *const *p, size_t n)
{
    return wattsum_roster_add((wattsum_roster *)p[0], (uint32_t)n, (uint8_t)n, (const uint8_t *)p[1], (const uint8_t *)p[2], n, (uint32_t *)p[3]);
}

static wattsum_status call_300(void *const *p, size_t n)
{
    (void)n;
    return wattsum_roster_build((wattsum_roster *)p[0]);
}

static wattsum_status call_301(void *const *p, size_t n)
{
    return wattsum_roster_root((wattsum_roster *)p[0], (uint64_t)n, (uint64_t)n, (const uint8_t *)p[1], (uint8_t *)p[2]);
}

static wattsum_status call_302(void *const *p, size_t n)
{
    (void)n;
    return wattsum_roster_lists((wattsum_roster *)p[0], (wattsum_lists *)p[1]);
}

static wattsum_status call_303(void *const *p, size_t n)
{
    return wattsum_roster_path((wattsum_roster *)p[0], (uint8_t)n, (uint32_t)n, (uint32_t *)p[1], (uint8_t *)p[2], n, (size_t *)p[3]);
}

static wattsum_status call_304(void *const *p, size_t n)
{
    (void)n;
    return wattsum_roster_free((wattsum_roster *)p[0]);
}

static wattsum_status call_305(void *const *p, size_t n)
{
    return wattsum_shamir_forming((const wattsum_shamir_params *)p[0], (uint32_t)n, (uint64_t)n, (wattsum_forming *)p[1]);
}

static wattsum_status call_306(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_new((const wattsum_shamir_params *)p[0], (const wattsum_epoch *)p[1], (uint32_t)n, (wattsum_roster *)p[2], (const uint8_t *)p[3], (uint8_t *)p[4], (wattsum_shamir_aggregator **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_307(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_open((wattsum_shamir_aggregator *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_308(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_answer((wattsum_shamir_aggregator *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], n, (size_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_309(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_follow((wattsum_shamir_aggregator *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_310(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_catch_up((wattsum_shamir_aggregator *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (const uint8_t *)p[2], n, (uint8_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_311(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_replay((wattsum_shamir_aggregator *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_312(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_aggregator_state_len((wattsum_shamir_aggregator *)p[0], (size_t *)p[1]);
}

static wattsum_status call_313(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_export((wattsum_shamir_aggregator *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_314(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_import((const wattsum_shamir_params *)p[0], (const wattsum_epoch *)p[1], (uint32_t)n, (wattsum_roster *)p[2], (const uint8_t *)p[3], (const uint8_t *)p[4], n, (wattsum_shamir_aggregator **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_315(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_aggregator_free((wattsum_shamir_aggregator *)p[0]);
}

static wattsum_status call_316(void *const *p, size_t n)
{
    return wattsum_shamir_utility_certify((wattsum_shamir_utility *)p[0], (wattsum_shamir_round *)p[1], (const uint8_t *)p[2], n);
}

static wattsum_status call_317(void *const *p, size_t n)
{
    return wattsum_shamir_round_certificate((wattsum_shamir_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_318(void *const *p, size_t n)
{
    return wattsum_shamir_utility_record_certified((wattsum_shamir_utility *)p[0], (wattsum_shamir_round *)p[1], (int64_t *)p[2], n, (uint32_t *)p[3], n, (wattsum_checked *)p[4]);
}

static wattsum_status call_319(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_agree((wattsum_shamir_aggregator *)p[0], (uint64_t)n, (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_320(void *const *p, size_t n)
{
    return wattsum_shamir_aggregator_answer_certified((wattsum_shamir_aggregator *)p[0], (const uint8_t *)p[1], n, (uint8_t *)p[2], (uint8_t *)p[3], n, (size_t *)p[4], (uint32_t *)p[5]);
}

static wattsum_status call_321(void *const *p, size_t n)
{
    return wattsum_shamir_meter_size(n, (size_t *)p[0]);
}

static wattsum_status call_322(void *const *p, size_t n)
{
    return wattsum_shamir_meter_new((void *)p[0], n, (const wattsum_shamir_setup *)p[1], (uint8_t *)p[2], (wattsum_shamir_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_323(void *const *p, size_t n)
{
    return wattsum_shamir_meter_contribute((wattsum_shamir_meter *)p[0], (wattsum_mark *)p[1], (uint64_t)n, (uint64_t)n, (const int64_t *)p[2], n, (uint8_t *)p[3], (uint8_t *)p[4], n, (size_t *)p[5]);
}

static wattsum_status call_324(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_meter_free((wattsum_shamir_meter *)p[0]);
}

static wattsum_status call_325(void *const *p, size_t n)
{
    return wattsum_shamir_meter_state_len(n, (size_t *)p[0]);
}

static wattsum_status call_326(void *const *p, size_t n)
{
    return wattsum_shamir_meter_export((wattsum_shamir_meter *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_327(void *const *p, size_t n)
{
    return wattsum_shamir_meter_import((void *)p[0], n, (const wattsum_shamir_setup *)p[1], (const uint8_t *)p[2], n, (wattsum_shamir_meter **)p[3], (uint32_t *)p[4]);
}

static wattsum_status call_328(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_round_stage((wattsum_shamir_round *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_329(void *const *p, size_t n)
{
    return wattsum_shamir_round_frame((wattsum_shamir_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_330(void *const *p, size_t n)
{
    return wattsum_shamir_round_accept((wattsum_shamir_round *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_331(void *const *p, size_t n)
{
    return wattsum_shamir_round_accept_many((wattsum_shamir_round *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_332(void *const *p, size_t n)
{
    return wattsum_shamir_round_missing((wattsum_shamir_round *)p[0], (uint32_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_333(void *const *p, size_t n)
{
    return wattsum_shamir_round_set((wattsum_shamir_round *)p[0], (uint8_t *)p[1], n);
}

static wattsum_status call_334(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_round_state_len((wattsum_shamir_round *)p[0], (size_t *)p[1]);
}

static wattsum_status call_335(void *const *p, size_t n)
{
    return wattsum_shamir_round_export((wattsum_shamir_round *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_336(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_round_branch((wattsum_shamir_round *)p[0], (wattsum_shamir_branch **)p[1]);
}

static wattsum_status call_337(void *const *p, size_t n)
{
    return wattsum_shamir_branch_accept_many((wattsum_shamir_branch *)p[0], (const wattsum_bytes *)p[1], n, (uint32_t *)p[2], (wattsum_status *)p[3]);
}

static wattsum_status call_338(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_branch_len((wattsum_shamir_branch *)p[0], (size_t *)p[1]);
}

static wattsum_status call_339(void *const *p, size_t n)
{
    return wattsum_shamir_branch_to_bytes((wattsum_shamir_branch *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_340(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_round_merge((wattsum_shamir_round *)p[0], (wattsum_shamir_branch *)p[1], (uint32_t *)p[2]);
}

static wattsum_status call_341(void *const *p, size_t n)
{
    return wattsum_shamir_round_merge_bytes((wattsum_shamir_round *)p[0], (const uint8_t *)p[1], n, (uint32_t *)p[2]);
}

static wattsum_status call_342(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_branch_free((wattsum_shamir_branch *)p[0]);
}

static wattsum_status call_343(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_round_free((wattsum_shamir_round *)p[0]);
}

static wattsum_status call_344(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_utility_new((const wattsum_shamir_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const uint8_t *)p[3], (uint8_t *)p[4], (wattsum_shamir_utility **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_345(void *const *p, size_t n)
{
    return wattsum_shamir_utility_open((wattsum_shamir_utility *)p[0], (uint64_t)n, (uint64_t)n, (const uint8_t *)p[1], n, (wattsum_shamir_round **)p[2]);
}

static wattsum_status call_346(void *const *p, size_t n)
{
    return wattsum_shamir_utility_close((wattsum_shamir_utility *)p[0], (wattsum_shamir_round *)p[1], (const uint8_t *)p[2], n);
}

static wattsum_status call_347(void *const *p, size_t n)
{
    return wattsum_shamir_utility_record((wattsum_shamir_utility *)p[0], (wattsum_shamir_round *)p[1], (int64_t *)p[2], n, (uint32_t *)p[3]);
}

static wattsum_status call_348(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_utility_progress((wattsum_shamir_utility *)p[0], (uint8_t *)p[1]);
}

static wattsum_status call_349(void *const *p, size_t n)
{
    return wattsum_shamir_utility_resume((wattsum_shamir_utility *)p[0], (const uint8_t *)p[1], n);
}

static wattsum_status call_350(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_utility_state_len((wattsum_shamir_utility *)p[0], (size_t *)p[1]);
}

static wattsum_status call_351(void *const *p, size_t n)
{
    return wattsum_shamir_utility_export((wattsum_shamir_utility *)p[0], (uint8_t *)p[1], n, (size_t *)p[2]);
}

static wattsum_status call_352(void *const *p, size_t n)
{
    return wattsum_shamir_utility_import((const wattsum_shamir_params *)p[0], (const wattsum_epoch *)p[1], (wattsum_roster *)p[2], (const uint8_t *)p[3], (const uint8_t *)p[4], n, (wattsum_shamir_utility **)p[5], (uint32_t *)p[6]);
}

static wattsum_status call_353(void *const *p, size_t n)
{
    return wattsum_shamir_utility_reopen((wattsum_shamir_utility *)p[0], (const uint8_t *)p[1], n, (wattsum_shamir_round **)p[2], (uint32_t *)p[3]);
}

static wattsum_status call_354(void *const *p, size_t n)
{
    (void)n;
    return wattsum_shamir_utility_free((wattsum_shamir_utility *)p[0]);
}

static const sweep_export sweep_exports[] = {
    {"wattsum_ckks_ciphertext_info", call_0, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_ckks_info), 0, 1, NULL}}},
    {"wattsum_ckks_ciphertext_bytes", call_1, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_ckks_ciphertext_free", call_2, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_encryptor_new", call_3, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_ckks_encryptor}}},
    {"wattsum_ckks_encryptor_encrypt", call_4, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_ckks_use), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_ckks_readings), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_ckks_encryptor_free", call_5, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_evaluator_new", call_6, 0, 3, {{1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_ckks_evaluator}}},
    {"wattsum_ckks_evaluator_read", call_7, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_ckks_ciphertext}}},
    {"wattsum_ckks_evaluator_sum", call_8, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_ckks_ciphertext}}},
    {"wattsum_ckks_evaluator_encrypt", call_9, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_ckks_use), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_ckks_readings), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_ckks_ciphertext}}},
    {"wattsum_ckks_evaluator_encrypt_reals", call_10, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_ckks_use), 0, 0, NULL}, {SWEEP_ALIGNMENT(double), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_ckks_ciphertext}}},
    {"wattsum_ckks_evaluator_free", call_11, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_evaluator_add", call_12, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_evaluator_mean", call_13, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_evaluator_times_integer", call_14, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_evaluator_times_scalar", call_15, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_evaluator_drop_to", call_16, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_evaluator_slot_sum", call_17, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_evaluator_rescale", call_18, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_evaluator_square", call_19, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_secret_generate", call_20, 0, 2, {{1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_ckks_secret}}},
    {"wattsum_ckks_secret_read", call_21, 0, 2, {{1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_ckks_secret}}},
    {"wattsum_ckks_secret_bytes", call_22, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_ckks_secret_public_key", call_23, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_ckks_secret_switching_keys", call_24, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_ckks_secret_decrypt_exact", call_25, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}}},
    {"wattsum_ckks_secret_decrypt_shared", call_26, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(double), 0, 1, NULL}, {SWEEP_ALIGNMENT(double), 0, 1, NULL}}},
    {"wattsum_ckks_secret_decrypt_private", call_27, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(double), 0, 1, NULL}, {SWEEP_ALIGNMENT(double), 0, 1, NULL}}},
    {"wattsum_ckks_secret_free", call_28, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_ckks_seeded_new", call_29, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_ckks_seeded}}},
    {"wattsum_ckks_seeded_encrypt", call_30, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_ckks_use), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_ckks_readings), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_ckks_seeded_free", call_31, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_forming", call_32, 0, 2, {{SWEEP_ALIGNMENT(wattsum_cmt_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_forming), 0, 1, NULL}}},
    {"wattsum_cmt_concentrator", call_33, 0, 3, {{SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}}},
    {"wattsum_cmt_meter_echo", call_34, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_cmt_agreement_new", call_35, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_agreement}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_agreement_hear", call_36, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_agreement_awaited", call_37, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}}},
    {"wattsum_cmt_meter_agree", call_38, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_agreement_free", call_39, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_book_members", call_40, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_book_named", call_41, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}}},
    {"wattsum_cmt_book_silent", call_42, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_book_heal", call_43, 0, 8, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_outbox}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_book_state_len", call_44, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_book_export", call_45, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_book_import", call_46, 0, 3, {{SWEEP_ALIGNMENT(wattsum_cmt_setup), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_book}}},
    {"wattsum_cmt_book_free", call_47, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_meter_claim", call_48, 0, 7, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_setup), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_book_hand_over", call_49, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_meter_handed_over", call_50, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_handed_over), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_round_frame", call_51, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_round_accept", call_52, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_round_accept_many", call_53, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1, NULL}}},
    {"wattsum_cmt_round_missing", call_54, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_round_close", call_55, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}}},
    {"wattsum_cmt_round_free", call_56, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_roll_new", call_57, 0, 2, {{SWEEP_ALIGNMENT(wattsum_cmt_setup), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_roll}}},
    {"wattsum_cmt_roll_formed", call_58, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_roll_cut", call_59, 0, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_roll_free", call_60, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_election_open", call_61, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_setup), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_election}}},
    {"wattsum_cmt_election_hear", call_62, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_heard), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_election_leave_out", call_63, 0, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_election_members", call_64, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_election_deadline", call_65, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_verdict), 0, 1, NULL}}},
    {"wattsum_cmt_election_free", call_66, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_gathering_open", call_67, 0, 9, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_setup), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_gathering}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_outbox}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_gathering_accept", call_68, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_gathering_accept_many", call_69, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1, NULL}}},
    {"wattsum_cmt_gathering_missing", call_70, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_gathering_close", call_71, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_outbox}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_book}}},
    {"wattsum_cmt_gathering_free", call_72, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_meter_healed_neighbours", call_73, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_heal", call_74, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_new", call_75, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_setup), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_meter}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_join", call_76, 0, 9, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_neighbours", call_77, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_seat", call_78, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_place", call_79, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_place), 0, 1, NULL}}},
    {"wattsum_cmt_meter_replay", call_80, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_cmt_meter_free", call_81, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_outbox_count", call_82, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_outbox_frame", call_83, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_outbox_free", call_84, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_supplier_licence", call_85, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_supplier_expel", call_86, 0, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_supplier_readmit", call_87, 0, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_supplier_is_licensed", call_88, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_cmt_supplier_claimed", call_89, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_claim), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_supplier_forsake", call_90, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_claim), 0, 1, NULL}}},
    {"wattsum_cmt_meter_contribute", call_91, 0, 7, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_relay", call_92, 0, 9, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_start", call_93, 0, 9, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_close", call_94, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_state_len", call_95, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_meter_export", call_96, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_meter_import", call_97, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_setup), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_meter}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_supplier_new", call_98, 0, 6, {{SWEEP_ALIGNMENT(wattsum_cmt_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_supplier}}},
    {"wattsum_cmt_supplier_register", call_99, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_supplier_heal", call_100, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_supplier_registered", call_101, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_registered), 0, 1, NULL}}},
    {"wattsum_cmt_supplier_open", call_102, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_round}}},
    {"wattsum_cmt_supplier_progress", call_103, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_cmt_supplier_replay", call_104, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_cmt_supplier_discard", call_105, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_supplier_lost", call_106, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_supplier_wipe_link", call_107, 0, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_supplier_free", call_108, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_supplier_state_len", call_109, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_supplier_export", call_110, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_cmt_supplier_import", call_111, 0, 7, {{SWEEP_ALIGNMENT(wattsum_cmt_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_cmt_supplier}}},
    {"wattsum_cmt_meter_ask", call_112, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_cmt_meter_licensed", call_113, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_restore_licence", call_114, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_hello", call_115, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_cmt_meter_discover", call_116, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_cmt_claim_verify", call_117, 0, 6, {{SWEEP_ALIGNMENT(wattsum_cmt_setup), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_claim), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_follow", call_118, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_entry), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_claim), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_cmt_meter_followed", call_119, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_cmt_claim), 0, 1, NULL}}},
    {"wattsum_cmt_meter_forsake", call_120, 0, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_meter_broken", call_121, 0, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_cmt_meter_lost", call_122, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_forming", call_123, 0, 2, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_forming), 0, 1, NULL}}},
    {"wattsum_dcnet_neighbours", call_124, 0, 4, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_utility_certify", call_125, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_dcnet_round_certificate", call_126, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_utility_record_certified", call_127, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_checked), 0, 1, NULL}}},
    {"wattsum_dcnet_holder_agree", call_128, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_holder_answer_certified", call_129, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_holder_new", call_130, 0, 7, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_dcnet_holder}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_holder_open", call_131, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_holder_answer", call_132, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_holder_follow", call_133, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_holder_catch_up", call_134, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_holder_replay", call_135, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_dcnet_holder_state_len", call_136, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_holder_export", call_137, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_holder_import", call_138, 0, 7, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_dcnet_holder}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_holder_free", call_139, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_dcnet_meter_size", call_140, 0, 1, {{SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_meter_new", call_141, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_dcnet_setup), 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_dcnet_meter}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_meter_open", call_142, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_meter_contribute", call_143, 0, 7, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_meter_close", call_144, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_meter_replay", call_145, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_dcnet_meter_free", call_146, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_dcnet_meter_report", call_147, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_meter_state_len", call_148, 0, 1, {{SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_meter_export", call_149, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_meter_import", call_150, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_dcnet_setup), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_dcnet_meter}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_presence_new", call_151, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_dcnet_presence}}},
    {"wattsum_dcnet_presence_present", call_152, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_dcnet_presence_closed", call_153, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_dcnet_presence_accept", call_154, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_presence_state_len", call_155, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_presence_export", call_156, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_presence_import", call_157, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_dcnet_presence}}},
    {"wattsum_dcnet_presence_free", call_158, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_dcnet_round_stage", call_159, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_dcnet_round_frame", call_160, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_round_accept", call_161, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_round_accept_many", call_162, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1, NULL}}},
    {"wattsum_dcnet_round_missing", call_163, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_round_set", call_164, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_dcnet_round_state_len", call_165, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_round_export", call_166, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_round_branch", call_167, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_dcnet_branch}}},
    {"wattsum_dcnet_branch_accept_many", call_168, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1, NULL}}},
    {"wattsum_dcnet_branch_len", call_169, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_branch_to_bytes", call_170, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_round_merge", call_171, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_round_merge_bytes", call_172, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_branch_free", call_173, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_dcnet_round_free", call_174, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_dcnet_utility_new", call_175, 0, 7, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_dcnet_utility}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_utility_open", call_176, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_dcnet_round}}},
    {"wattsum_dcnet_utility_close", call_177, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_dcnet_utility_record", call_178, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}}},
    {"wattsum_dcnet_utility_progress", call_179, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_dcnet_utility_resume", call_180, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_dcnet_utility_state_len", call_181, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_utility_export", call_182, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_dcnet_utility_import", call_183, 0, 7, {{SWEEP_ALIGNMENT(wattsum_dcnet_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_dcnet_utility}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_utility_reopen", call_184, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_dcnet_round}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_dcnet_utility_free", call_185, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_forming", call_186, 0, 2, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_forming), 0, 1, NULL}}},
    {"wattsum_elgamal_utility_billable", call_187, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_utility_bill", call_188, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_billing}}},
    {"wattsum_elgamal_utility_ask_bill", call_189, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_elgamal_billing_frame", call_190, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_billing_accept", call_191, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_billing_statements", call_192, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_billing_missing", call_193, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_billing_bills", call_194, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_bill), 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_billing_free", call_195, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_branch_new", call_196, 0, 6, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_key), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_branch}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_branch_accept_many", call_197, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1, NULL}}},
    {"wattsum_elgamal_branch_partial", call_198, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_partial}}},
    {"wattsum_elgamal_branch_free", call_199, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_ceremony_begin", call_200, 0, 6, {{SWEEP_ALIGNMENT(wattsum_elgamal_plan), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_share), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_ceremony}}},
    {"wattsum_elgamal_ceremony_resume", call_201, 0, 5, {{SWEEP_ALIGNMENT(wattsum_elgamal_plan), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_share), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_ceremony}}},
    {"wattsum_elgamal_ceremony_step", call_202, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_elgamal_ceremony_frame", call_203, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_ceremony_accept", call_204, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_ceremony_missing", call_205, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_ceremony_advance", call_206, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_ceremony_disputes", call_207, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_dispute), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_ceremony_evidence", call_208, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_ceremony_complaint", call_209, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_ceremony_judge", call_210, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_verdict), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_ceremony_finish", call_211, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_keys}, {SWEEP_ALIGNMENT(wattsum_elgamal_share), 0, 1, NULL}}},
    {"wattsum_elgamal_ceremony_free", call_212, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_key_certified", call_213, 0, 8, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_lists), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_member), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_member), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_key), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_key_check_statement", call_214, 0, 8, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_lists), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_member), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_member), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_keys_from_bytes", call_215, 0, 3, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_keys}}},
    {"wattsum_elgamal_keys_to_bytes", call_216, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_keys_group_key", call_217, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_key), 0, 1, NULL}}},
    {"wattsum_elgamal_keys_free", call_218, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_share_generate", call_219, 0, 6, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_share), 0, 1, NULL}}},
    {"wattsum_elgamal_share_announce", call_220, 0, 6, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_share), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_elgamal_keys_joint", call_221, 0, 6, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_keys}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_meter_new", call_222, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_setup), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_meter}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_meter_contribute", call_223, 0, 7, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_meter_free", call_224, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_meter_prepare", call_225, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_pair), 0, 1, NULL}}},
    {"wattsum_elgamal_meter_contribute_with", call_226, 0, 7, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_pair), 0, 1, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_pair_free", call_227, 1, 1, {{SWEEP_ALIGNMENT(wattsum_elgamal_pair), 0, 1, NULL}}},
    {"wattsum_elgamal_partial_from_bytes", call_228, 0, 3, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_partial}}},
    {"wattsum_elgamal_partial_len", call_229, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_partial_to_bytes", call_230, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_partial_merge", call_231, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_partial_meters", call_232, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}}},
    {"wattsum_elgamal_partial_compare", call_233, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_partial_free", call_234, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_plan_id", call_235, 0, 2, {{SWEEP_ALIGNMENT(wattsum_elgamal_plan), 0, 0, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_elgamal_plan_contradiction", call_236, 0, 5, {{SWEEP_ALIGNMENT(wattsum_elgamal_plan), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_verdict), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_plan_keys", call_237, 0, 5, {{SWEEP_ALIGNMENT(wattsum_elgamal_plan), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_keys}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_plan_judge", call_238, 0, 6, {{SWEEP_ALIGNMENT(wattsum_elgamal_plan), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_verdict), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_round_stage", call_239, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_elgamal_round_frame", call_240, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_round_accept", call_241, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_round_accept_many", call_242, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1, NULL}}},
    {"wattsum_elgamal_round_missing", call_243, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_round_contributions", call_244, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_round_hints", call_245, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_round_statements", call_246, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_round_state_len", call_247, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_round_export", call_248, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_round_branch", call_249, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_branch}}},
    {"wattsum_elgamal_round_merge", call_250, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_round_partial", call_251, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_partial}}},
    {"wattsum_elgamal_round_free", call_252, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_table_build", call_253, 0, 1, {{SWEEP_ROLE, 0, 1, release_wattsum_elgamal_table}}},
    {"wattsum_elgamal_table_len", call_254, 0, 1, {{SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_table_write", call_255, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_table_read", call_256, 0, 2, {{1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_table}}},
    {"wattsum_elgamal_table_free", call_257, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_trustee_new", call_258, 0, 9, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_share), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_trustee}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_trustee_import", call_259, 0, 9, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_elgamal_share), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_trustee}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_trustee_state_len", call_260, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_trustee_export", call_261, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_trustee_replay", call_262, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_elgamal_trustee_statement", call_263, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_elgamal_trustee_free", call_264, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_elgamal_trustee_open", call_265, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_trustee_agree", call_266, 0, 7, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_trustee_follow", call_267, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_trustee_catch_up", call_268, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_trustee_answer", call_269, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_trustee_missed", call_270, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint64_t), 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_elgamal_trustee_agree_bill", call_271, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_utility_new", call_272, 0, 8, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_utility}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_utility_import", call_273, 0, 8, {{SWEEP_ALIGNMENT(wattsum_elgamal_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_utility}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_utility_state_len", call_274, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_utility_export", call_275, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_elgamal_utility_progress", call_276, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_elgamal_utility_resume", call_277, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_elgamal_utility_open", call_278, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_round}}},
    {"wattsum_elgamal_utility_reopen", call_279, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_elgamal_round}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_elgamal_utility_close", call_280, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_elgamal_utility_record", call_281, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}}},
    {"wattsum_elgamal_utility_record_around", call_282, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 0, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}}},
    {"wattsum_elgamal_utility_free", call_283, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_root_accept", call_284, 0, 6, {{SWEEP_ALIGNMENT(wattsum_forming), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 1, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_epoch_begin", call_285, 0, 4, {{SWEEP_ALIGNMENT(wattsum_forming), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 1, NULL}}},
    {"wattsum_member_announced", call_286, 0, 5, {{SWEEP_ALIGNMENT(wattsum_forming), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_member), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_member_verify", call_287, 0, 5, {{SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_lists), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_member), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_frame_inspect", call_288, 0, 2, {{1, 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_frame), 0, 1, NULL}}},
    {"wattsum_identity_generate", call_289, 0, 3, {{1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_identity_public", call_290, 0, 2, {{1, 0, 0, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_link_generate", call_291, 0, 3, {{1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_link_announce", call_292, 0, 4, {{SWEEP_ALIGNMENT(wattsum_forming), 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_mark_new", call_293, 0, 1, {{SWEEP_ALIGNMENT(wattsum_mark), 0, 1, NULL}}},
    {"wattsum_mark_replay", call_294, 0, 2, {{SWEEP_ALIGNMENT(wattsum_mark), 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_reading_from_register", call_295, 0, 1, {{SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}}},
    {"wattsum_register_consumed", call_296, 0, 4, {{SWEEP_ALIGNMENT(wattsum_register), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_kept), 0, 0, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_kept), 0, 1, NULL}}},
    {"wattsum_reading_fit", call_297, 0, 2, {{SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}}},
    {"wattsum_roster_new", call_298, 0, 2, {{SWEEP_ALIGNMENT(wattsum_forming), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_roster}}},
    {"wattsum_roster_add", call_299, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_roster_build", call_300, 0, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_roster_root", call_301, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_roster_lists", call_302, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_lists), 0, 1, NULL}}},
    {"wattsum_roster_path", call_303, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_roster_free", call_304, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_shamir_forming", call_305, 0, 2, {{SWEEP_ALIGNMENT(wattsum_shamir_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_forming), 0, 1, NULL}}},
    {"wattsum_shamir_aggregator_new", call_306, 0, 7, {{SWEEP_ALIGNMENT(wattsum_shamir_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_shamir_aggregator}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_aggregator_open", call_307, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_aggregator_answer", call_308, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_aggregator_follow", call_309, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_aggregator_catch_up", call_310, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_aggregator_replay", call_311, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_shamir_aggregator_state_len", call_312, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_aggregator_export", call_313, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_aggregator_import", call_314, 0, 7, {{SWEEP_ALIGNMENT(wattsum_shamir_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_shamir_aggregator}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_aggregator_free", call_315, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_shamir_utility_certify", call_316, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_shamir_round_certificate", call_317, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_utility_record_certified", call_318, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_checked), 0, 1, NULL}}},
    {"wattsum_shamir_aggregator_agree", call_319, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_aggregator_answer_certified", call_320, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_meter_size", call_321, 0, 1, {{SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_meter_new", call_322, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_shamir_setup), 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_shamir_meter}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_meter_contribute", call_323, 0, 6, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_mark), 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 0, NULL}, {1, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_meter_free", call_324, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_shamir_meter_state_len", call_325, 0, 1, {{SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_meter_export", call_326, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_meter_import", call_327, 0, 5, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_shamir_setup), 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_shamir_meter}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_round_stage", call_328, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_shamir_round_frame", call_329, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_round_accept", call_330, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_round_accept_many", call_331, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1, NULL}}},
    {"wattsum_shamir_round_missing", call_332, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_round_set", call_333, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_shamir_round_state_len", call_334, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_round_export", call_335, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_round_branch", call_336, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_shamir_branch}}},
    {"wattsum_shamir_branch_accept_many", call_337, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_bytes), 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(wattsum_status), 0, 1, NULL}}},
    {"wattsum_shamir_branch_len", call_338, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_branch_to_bytes", call_339, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_round_merge", call_340, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_round_merge_bytes", call_341, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_branch_free", call_342, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_shamir_round_free", call_343, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
    {"wattsum_shamir_utility_new", call_344, 0, 7, {{SWEEP_ALIGNMENT(wattsum_shamir_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_shamir_utility}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_utility_open", call_345, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_shamir_round}}},
    {"wattsum_shamir_utility_close", call_346, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_shamir_utility_record", call_347, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(int64_t), 0, 1, NULL}, {SWEEP_ALIGNMENT(uint32_t), 0, 1, NULL}}},
    {"wattsum_shamir_utility_progress", call_348, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}}},
    {"wattsum_shamir_utility_resume", call_349, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}}},
    {"wattsum_shamir_utility_state_len", call_350, 0, 2, {{SWEEP_ROLE, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_utility_export", call_351, 0, 3, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 1, NULL}, {SWEEP_ALIGNMENT(size_t), 0, 1, NULL}}},
    {"wattsum_shamir_utility_import", call_352, 0, 7, {{SWEEP_ALIGNMENT(wattsum_shamir_params), 0, 0, NULL}, {SWEEP_ALIGNMENT(wattsum_epoch), 0, 0, NULL}, {SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_shamir_utility}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_utility_reopen", call_353, 0, 4, {{SWEEP_ROLE, 0, 1, NULL}, {1, 0, 0, NULL}, {SWEEP_ROLE, 0, 1, release_wattsum_shamir_round}, {SWEEP_ALIGNMENT(uint32_t), 1, 1, NULL}}},
    {"wattsum_shamir_utility_free", call_354, 1, 1, {{SWEEP_ROLE, 0, 1, NULL}}},
};

int main(void)
{
    sweep(sweep_exports, sizeof sweep_exports / sizeof *sweep_exports);
    return counted();
}

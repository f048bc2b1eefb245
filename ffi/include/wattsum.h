/* wattsum: sums of meter readings, and nothing else. C library for gateway firmware and head ends.
 *
 * Made from the Rust source by cbindgen; do not edit.
 *
 * RULES OF ALL FUNCTIONS
 * - They return a status; 0 is good. Inputs come first, outputs last. Outputs are written only on success,
 *   `culprit` only where the status is a fault (3xx); `culprit` may be NULL, every other pointer may not, but for
 *   arrays of length 0. Outputs overlap neither each other nor a role nor, where nothing else is said, an input.
 * - Structs that hold secrets or roles are not copied or moved by the caller: a role whose memory has moved answers
 *   WATTSUM_MISUSE_BAD_CONTEXT. Roles of meters live in memory of the caller, without a heap; roles of the head end
 *   are behind handles, which a function named ..._free takes back.
 * - A role is used by one thread at a time; different roles may be used by different threads. A mark counts as a
 *   role: meters that share it are used by one thread at a time. There is no global state. A call for a role that is
 *   in another call, from an interrupt or a callback, answers WATTSUM_MISUSE_BUSY; between threads that is no lock.
 * - No panic crosses into C: with std it becomes WATTSUM_PANIC, in firmware it ends in wattsum_panicked(), which the
 *   firmware defines as `_Noreturn void wattsum_panicked(void)`. A role that has panicked can be freed, which wipes it;
 *   a mark that was in that call is made anew, and replays ALL records. Functions named ..._new wipe the memory that
 *   they are given, whatever is in it: they are not for interrupts that may hit a call of the role in it.
 * - ENTROPY is 32 fresh bytes of a cryptographic generator for each call. TIME is the caller's: `now` is the present
 *   round or Unix time by a clock that the utility cannot set.
 * - STORE FIRST, SEND THEN: functions that make a frame also make a record. The record is on stable storage before
 *   the frame leaves. Records are appended to logs: one of the device's mark, and one for each role, group and epoch.
 *   After a start, before anything else: replay ALL records of a log, and cut it back to whole valid records. Only the
 *   last may be bad, torn by a loss of power before its frame could leave; a bad record anywhere else means a damaged
 *   log: stop, do not skip it.
 */


#ifndef WATTSUM_H
#define WATTSUM_H

#include <stddef.h>
#include <stdint.h>

/* Define WATTSUM_FIRMWARE for an archive without std: it has no head end. */
#ifndef WATTSUM_FIRMWARE
#define WATTSUM_HEAD_END
#endif

/* Of this header; wattsum_version() has that of the library. */
#define WATTSUM_VERSION "0.1.0"
#define WATTSUM_VERSION_MAJOR 0
#define WATTSUM_VERSION_MINOR 1
#define WATTSUM_VERSION_PATCH 0

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


// ckks, the preset that a device without a heap encrypts with: degree 2048, two primes of 27 and 26 bits.
#define WATTSUM_CKKS_SMALL 1

// ckks: degree 4096, one prime of 50 bits: sums.
#define WATTSUM_CKKS_SUM 2

// ckks: degree 8192, primes of 50 and 40 bits: one multiplication.
#define WATTSUM_CKKS_VARIANCE 3

// ckks: degree 8192, primes of 50, 45 and 45 bits: two multiplications.
#define WATTSUM_CKKS_DEPTH2 4

// ckks: degree 4096, two primes of 50 bits: sums whose decryption is flooded.
#define WATTSUM_CKKS_SHARED 5

// ckks: values of a ciphertext of a device: coefficients, one each.
#define WATTSUM_CKKS_SMALL_VALUES 2048

// ckks: words of 32 bits that a device encrypts in: 20 KiB, which it may use for something else in between.
#define WATTSUM_CKKS_SMALL_WORKSPACE 5120

// ckks: bytes of a ciphertext that a device makes with a public key.
#define WATTSUM_CKKS_SMALL_PAIR_LEN 27190

// ckks: bytes of a ciphertext that a device makes with the secret key.
#define WATTSUM_CKKS_SMALL_SEEDED_LEN 13654

// ckks: bytes of a public key of the smallest preset that one made.
#define WATTSUM_CKKS_SMALL_KEY_LEN 13602

// ckks: bytes of a public key of the smallest preset that several made together.
#define WATTSUM_CKKS_SMALL_JOINT_KEY_LEN 13604

// ckks: bytes of a key's name, which its ciphertexts carry.
#define WATTSUM_CKKS_KEY_ID_LEN 16

#if defined(WATTSUM_HEAD_END)
// ckks: whole numbers, one a coefficient, exact.
#define WATTSUM_CKKS_INTEGERS 1

// ckks: real numbers, one a slot.
#define WATTSUM_CKKS_REALS 2

// ckks: real numbers, two a slot.
#define WATTSUM_CKKS_PAIRS 3
#endif

// Bytes of an encryptor.
#define WATTSUM_CKKS_ENCRYPTOR_SIZE 128

#if defined(WATTSUM_HEAD_END)
// ckks: bytes of a secret key.
#define WATTSUM_CKKS_SECRET_LEN 66

// ckks: where in them the 32 bytes stand that wattsum_ckks_seeded_new takes.
#define WATTSUM_CKKS_SECRET_SEED_AT 2
#endif

// Bytes of an encryptor with the secret key.
#define WATTSUM_CKKS_SEEDED_SIZE 128

// Each meter draws what it passes to its successor: the paper's ring.
#define WATTSUM_CMT_DRAWN 0

// Neighbours derive it from their key: all meters send at once.
#define WATTSUM_CMT_DERIVED 1

// Bytes of an Echo.
#define WATTSUM_CMT_ECHO_LEN 116

// Bytes of memory for an agreement.
#define WATTSUM_CMT_AGREEMENT_SIZE 464

#if defined(WATTSUM_HEAD_END)
// The sender of a Hello is there, which was not known.
#define WATTSUM_CMT_HEARD_NEW 0

// The sender was known to be there.
#define WATTSUM_CMT_HEARD_KNOWN 1

// The sender is there for another generation, which `generation` and `from` name.
#define WATTSUM_CMT_HEARD_ELSEWHERE 2

// The sender asks who is concentrator: whoever is sends its Claim again.
#define WATTSUM_CMT_HEARD_DISCOVERY 3

// Send the Hello again: not everybody has been heard.
#define WATTSUM_CMT_VERDICT_REPEAT 0

// The draw makes this meter concentrator: wattsum_cmt_meter_claim with wattsum_cmt_election_members.
#define WATTSUM_CMT_VERDICT_CLAIM 1

// The draw makes the meter at `position` concentrator: wait for its claim.
#define WATTSUM_CMT_VERDICT_AWAIT 2

// Too few are there for a ring; Hellos begin again.
#define WATTSUM_CMT_VERDICT_TOO_FEW 3
#endif

// Ring neighbours of a meter, at most: before and after it, and in a second ring two more.
#define WATTSUM_CMT_NEIGHBOURS 4

// Bytes of memory for a meter, whatever its group is.
#define WATTSUM_CMT_METER_SIZE 1536

// Bytes of what a party stores before it takes part in a generation, and before it claims one.
#define WATTSUM_CMT_GENERATION_RECORD_LEN 17

// Bytes of a Token.
#define WATTSUM_CMT_TOKEN_LEN 52

// In place of a round where there is none.
#define WATTSUM_CMT_NO_ROUND UINT64_MAX

#if defined(WATTSUM_HEAD_END)
// Bytes of what a supplier stores of a licence.
#define WATTSUM_CMT_LICENCE_RECORD_LEN 17
#endif

// Bytes of a meter's state, at most.
#define WATTSUM_CMT_METER_STATE_MAX 904

#if defined(WATTSUM_HEAD_END)
// Bytes of what a supplier stores of its rounds.
#define WATTSUM_CMT_ROUND_RECORD_LEN 14
#endif

// Bytes of a meter's request for a licence.
#define WATTSUM_CMT_LICENCE_REQUEST_LEN 88

// Bytes of the supplier's Licence frame.
#define WATTSUM_CMT_LICENCE_FRAME_LEN 92

// Bytes of a licence as it is kept.
#define WATTSUM_CMT_LICENCE_LEN 80

// Bytes of a Hello.
#define WATTSUM_CMT_HELLO_LEN 156

// Bytes of a meter without holders and neighbours.
#define WATTSUM_DCNET_METER_BASE 448

// Bytes of a meter for each holder.
#define WATTSUM_DCNET_METER_HOLDER 64

// Bytes of a meter for each neighbour.
#define WATTSUM_DCNET_METER_NEIGHBOUR 36

// Bytes of what a meter stores of a Close.
#define WATTSUM_DCNET_CLOSE_RECORD_LEN 42

// Bytes of a report.
#define WATTSUM_DCNET_REPORT_LEN 32

// Bytes of a meter's state without holders and neighbours.
#define WATTSUM_DCNET_STATE_BASE 223

// Bytes of a meter's state for each holder.
#define WATTSUM_DCNET_STATE_HOLDER 32

// Bytes of a meter's state for each neighbour.
#define WATTSUM_DCNET_STATE_NEIGHBOUR 36

#if defined(WATTSUM_HEAD_END)
// Missed rounds after which a meter is named absent, where nothing speaks for another number.
#define WATTSUM_DCNET_PATIENCE 2

// Bytes of a record of a ceremony.
#define WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN 70

// Step of a ceremony: everybody announces its keys, and what it deals.
#define WATTSUM_ELGAMAL_JOINING 0

// Step of a ceremony: everybody signs what it has seen.
#define WATTSUM_ELGAMAL_ECHOING 1

// Step of a ceremony: dealers send shares, members check theirs and complain.
#define WATTSUM_ELGAMAL_SHARING 2

// Step of a ceremony: members sign that they have theirs.
#define WATTSUM_ELGAMAL_CONFIRMING 3

// A ceremony that has ended for the participant, which has its keys.
#define WATTSUM_ELGAMAL_ENDED 4
#endif

// Bytes of a group key.
#define WATTSUM_ELGAMAL_KEY_LEN 64

// Bytes of a trustee's signed statement of it.
#define WATTSUM_ELGAMAL_KEY_STATEMENT_LEN 144

// Statements that are looked at; those behind them are not.
#define WATTSUM_ELGAMAL_KEY_STATEMENTS 256

#if defined(WATTSUM_HEAD_END)
// Bytes of the announcement of an own key.
#define WATTSUM_ELGAMAL_OWN_KEY_LEN 176
#endif

// Bytes of a meter, whatever its trustees and channels.
#define WATTSUM_ELGAMAL_METER_SIZE 864

// Words of a pair.
#define WATTSUM_ELGAMAL_PAIR_WORDS 64

#if defined(WATTSUM_HEAD_END)
// Bits of a table that suits sums up to 2^40.
#define WATTSUM_ELGAMAL_TABLE_BITS 19

// Bytes of a trustee's statement of the list or window that it agreed to.
#define WATTSUM_ELGAMAL_STATEMENT_LEN 112
#endif

// Bytes of the utility's signed commitment to an epoch's lists.
#define WATTSUM_ROOT_FRAME_LEN 160

// Bytes of what a party stores of it.
#define WATTSUM_ROOT_RECORD_LEN 89

// The list of utility and meters: leaf 0 is the utility, leaf 1 + p the meter at position p, ascending by id.
#define WATTSUM_LIST_ROSTER 0

// The list of answerers (holders, aggregators): leaf a - 1 is the answerer with number a.
#define WATTSUM_LIST_ANSWERERS 1

// dcnet, grown graph: a meter offers another a key, or answers.
#define WATTSUM_KIND_JOIN 1

// dcnet: an edge is confirmed, or a meter tells the utility that it is there.
#define WATTSUM_KIND_ENTERED 2

// dcnet, grown graph: a meter leaves, has no such edge, or is left alone.
#define WATTSUM_KIND_EXIT 3

// dcnet: the signed sum of a meter's pads with missing neighbours.
#define WATTSUM_KIND_REPAIR 4

// A meter's masked reading, corrections or ciphertext of one round.
#define WATTSUM_KIND_CONTRIBUTION 5

// An answerer's bound answer, to the utility.
#define WATTSUM_KIND_ANSWER 6

// An answerer's raw answer to what t answerers have signed, to the utility.
#define WATTSUM_KIND_RAW_ANSWER 7

// A party's link key of an epoch.
#define WATTSUM_KIND_LINK_KEY 16

// The utility's commitment to roster and answerers of an epoch.
#define WATTSUM_KIND_ROSTER_ROOT 17

// Who is present in a round.
#define WATTSUM_KIND_OPEN 18

// The set that a round is summed over.
#define WATTSUM_KIND_CLOSE 19

// An answerer's signature on the one set that it answers in a round.
#define WATTSUM_KIND_SET_STATEMENT 20

// Whose bills of a window the utility asks for.
#define WATTSUM_KIND_WINDOW_QUERY 21

// The end of an answerer's log.
#define WATTSUM_KIND_LOG_HEAD 22

// An answerer's signature on the one query that it answers for a window.
#define WATTSUM_KIND_WINDOW_STATEMENT 23

// cmt: a meter asks the supplier for a licence.
#define WATTSUM_KIND_LICENCE_REQUEST 32

// cmt: the supplier's signature on a meter's licence.
#define WATTSUM_KIND_LICENCE 33

// cmt: a licensed meter tells those around it that it is there for a generation.
#define WATTSUM_KIND_HELLO 34

// cmt: a meter says that it is the concentrator of a generation, and who its members are.
#define WATTSUM_KIND_CLAIM 35

// cmt: a member's token of a generation, sealed, from the concentrator.
#define WATTSUM_KIND_TOKEN 36

// cmt: a member's first key and its token's link key, sealed for the concentrator.
#define WATTSUM_KIND_FIRST_KEY 37

// cmt: who the members of a generation are, from the concentrator to each of them.
#define WATTSUM_KIND_SEAT 38

// cmt: the sum of first keys, the count and the tokens, from concentrator to supplier.
#define WATTSUM_KIND_GROUP_KEY 39

// cmt: a ring round begins.
#define WATTSUM_KIND_START 40

// cmt: δ, sealed for the successor.
#define WATTSUM_KIND_DELTA 41

// cmt: whom the concentrator knows, for the one that is drawn after it.
#define WATTSUM_KIND_HAND_OVER 42

// cmt: the supplier says that a round is lost, and whose ciphertexts were missing, by token.
#define WATTSUM_KIND_LOST 43

// cmt: members that fell silent are cut out of the ring, from the concentrator to each of the others.
#define WATTSUM_KIND_HEAL 44

// cmt: the group key of a ring that was healed, from concentrator to supplier.
#define WATTSUM_KIND_HEALED 45

// cmt: a member's signature on the set of members that it joins under.
#define WATTSUM_KIND_SET_ECHO 46

// elgamal, key ceremony: a party's keys, and a dealer's commitments to its polynomial.
#define WATTSUM_KIND_COMMITMENTS 48

// elgamal, key ceremony: whose commitments a party has seen.
#define WATTSUM_KIND_ECHO 49

// elgamal, key ceremony: a dealer's shares, each sealed for its receiver.
#define WATTSUM_KIND_SEALED_SHARES 50

// elgamal, key ceremony: a share that does not lie on its commitments.
#define WATTSUM_KIND_COMPLAINT 51

// elgamal, key ceremony: what a member ends it with.
#define WATTSUM_KIND_CONFIRMATION 52

// elgamal: a decryption share.
#define WATTSUM_KIND_DECRYPTION_SHARE 53

// elgamal: a trustee's decryption share with its proof.
#define WATTSUM_KIND_PROVEN_SHARE 54

// elgamal: a trustee's decryption shares of a window's bills, with one proof.
#define WATTSUM_KIND_WINDOW_SHARE 55

// elgamal: a trustee's signature on the key set that it has a share of.
#define WATTSUM_KIND_KEY_STATEMENT 56

// elgamal: a participant's own key, of which the group key is the sum, with its proof of possession.
#define WATTSUM_KIND_OWN_KEY 57

// ckks: a meter's commitment to the second parts of all its ciphertexts of an epoch.
#define WATTSUM_KIND_CIPHERTEXT_COMMITMENT 64

// ckks: the commitments of an epoch's meters, from the utility.
#define WATTSUM_KIND_COMMITMENT_LIST 65

// ckks: an answerer's signature on the list of commitments that it goes by.
#define WATTSUM_KIND_LIST_STATEMENT 66

// ckks: a round's sums, sealed, from the holder of the whole key.
#define WATTSUM_KIND_OPENED_SUM 67

// ckks: a trustee's share of a decrypted polynomial.
#define WATTSUM_KIND_POLYNOMIAL_SHARE 68

// ckks, key ceremony: the hash of a trustee's part of the public key.
#define WATTSUM_KIND_KEY_COMMITMENT 69

// ckks, key ceremony: a trustee's part of the public key.
#define WATTSUM_KIND_KEY_PART 70

// ckks, key ceremony: a trustee's secret key, shared, for one other trustee, sealed.
#define WATTSUM_KIND_SECRET_POLYNOMIAL 71

// ckks: an answerer's signature on the public key.
#define WATTSUM_KIND_PUBLIC_KEY_STATEMENT 72

// In place of the number of colluding answerers: for who trusts the utility not to show different sets to different
// answerers.
#define WATTSUM_TRUSTING_THE_UTILITY_NOT_TO_EQUIVOCATE 255

#if defined(WATTSUM_HEAD_END)
// Bytes of what a utility stores of its progress.
#define WATTSUM_UTILITY_RECORD_LEN 46

// Bytes of what an answerer (holder, aggregator) stores of an answer.
#define WATTSUM_ANSWER_RECORD_LEN 111

// Bytes of an answerer's signed statement of a set.
#define WATTSUM_STATEMENT_LEN 112

// As many answers as open a sum: any whatever fit together, so nothing is checked.
#define WATTSUM_CHECK_NONE 0

// One answer more: a wrong one shows, and does not show whose it is.
#define WATTSUM_CHECK_DETECTS 1

// Two more for each wrong one: it is named, and does no harm.
#define WATTSUM_CHECK_NAMES 2

// A round that takes contributions.
#define WATTSUM_ROUND_COLLECTING 0

// A round of dcnet that takes repairs.
#define WATTSUM_ROUND_REPAIRING 1

// A round that takes answers: its set is final.
#define WATTSUM_ROUND_CLOSED 2

// A round that takes statements and certified answers.
#define WATTSUM_ROUND_CERTIFYING 3
#endif

// Bytes of a secret or public key, of entropy, of a hash.
#define WATTSUM_KEY_LEN 32

// Bytes of the announcement of a link key.
#define WATTSUM_LINK_KEY_FRAME_LEN 117

// Protocol dcnet.
#define WATTSUM_PROTOCOL_DCNET 1

// Protocol shamir.
#define WATTSUM_PROTOCOL_SHAMIR 2

// Protocol elgamal.
#define WATTSUM_PROTOCOL_ELGAMAL 3

// Protocol cmt.
#define WATTSUM_PROTOCOL_CMT 4

// May learn sums. Its id is 0.
#define WATTSUM_ROLE_UTILITY 0

// Holds a reading.
#define WATTSUM_ROLE_METER 1

// Helps to open sums of dcnet.
#define WATTSUM_ROLE_HOLDER 2

// Helps to open sums of shamir.
#define WATTSUM_ROLE_AGGREGATOR 3

// Helps to decrypt sums of elgamal.
#define WATTSUM_ROLE_TRUSTEE 4

// Channels of a device: what it measures side by side (import, export, ...).
#define WATTSUM_MARK_CHANNELS 8

// Bytes of the record of a contribution.
#define WATTSUM_MARK_RECORD_LEN 17

// Words of a mark.
#define WATTSUM_MARK_WORDS 10

// Bytes of a meter without aggregators.
#define WATTSUM_SHAMIR_METER_BASE 368

// Bytes of a meter for each aggregator.
#define WATTSUM_SHAMIR_METER_AGGREGATOR 64

// Bytes of a meter's state without aggregators.
#define WATTSUM_SHAMIR_STATE_BASE 86

// Bytes of a meter's state for each aggregator.
#define WATTSUM_SHAMIR_STATE_AGGREGATOR 32

// 0 is good. The hundreds tell what to do: 1xx correct the call, its time, or what was passed on to it unchecked
// (rounds, lists, indices, parameters of others); 2xx drop the bytes; 3xx drop what the culprit sent and go on; 400
// wait or ask others; 500 throw the round away; 900 report. A number keeps its meaning for ever; later versions add
// numbers.
enum wattsum_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // Done.
  WATTSUM_OK = 0,
  // A pointer is NULL.
  WATTSUM_MISUSE_NULL = 100,
  // A pointer is not aligned for its type.
  WATTSUM_MISUSE_MISALIGNED = 101,
  // An input lies in the room for an output.
  WATTSUM_MISUSE_OVERLAP = 102,
  // The context or handle was never made, was freed, moved, or is of another role: as far as the memory tells. A
  // handle that was freed is memory of others; using it is undefined.
  WATTSUM_MISUSE_BAD_CONTEXT = 103,
  // The context or handle is in another call, or a panic ended its last one; then it can be freed, and no more.
  WATTSUM_MISUSE_BUSY = 104,
  // The entropy is 32 equal bytes.
  WATTSUM_MISUSE_BAD_ENTROPY = 105,
  // A field of an input has a value that does not exist.
  WATTSUM_MISUSE_BAD_VALUE = 106,
  // A round of 2^32 or more.
  WATTSUM_MISUSE_ROUND_TOO_LARGE = 110,
  // The round is not in the epoch.
  WATTSUM_MISUSE_ROUND_OUTSIDE_EPOCH = 111,
  // The round is more than two away from now.
  WATTSUM_MISUSE_ROUND_FAR_FROM_NOW = 112,
  // A reading of this time was contributed already.
  WATTSUM_MISUSE_TIME_ALREADY_USED = 113,
  // The device has no such channel.
  WATTSUM_MISUSE_UNKNOWN_CHANNEL = 114,
  // The reading has another number of channels.
  WATTSUM_MISUSE_WRONG_CHANNELS = 115,
  // The reading is beyond max_reading.
  WATTSUM_MISUSE_READING_TOO_LARGE = 116,
  // Parties times max_reading must stay below p/2.
  WATTSUM_MISUSE_SUM_COULD_OVERFLOW = 117,
  // A parameter is zero, too large, or of another protocol.
  WATTSUM_MISUSE_BAD_PARAMETER = 118,
  // The minimum of honest meters is below two.
  WATTSUM_MISUSE_MINIMUM_TOO_SMALL = 119,
  // A group without meters.
  WATTSUM_MISUSE_EMPTY_GROUP = 120,
  // A buffer or list has the wrong length.
  WATTSUM_MISUSE_WRONG_LENGTH = 121,
  // A party is not its own peer.
  WATTSUM_MISUSE_SELF_AS_PEER = 122,
  // This step belongs to another role.
  WATTSUM_MISUSE_WRONG_ROLE = 123,
  // The quorum is no ascending list of the right length.
  WATTSUM_MISUSE_BAD_QUORUM = 124,
  // The party is not in the roster.
  WATTSUM_MISUSE_UNKNOWN_PARTY = 125,
  // The epoch is not one of these parameters.
  WATTSUM_MISUSE_WRONG_SESSION = 126,
  // Answerers, threshold and colluders do not go together.
  WATTSUM_MISUSE_BAD_THRESHOLD = 127,
  // The beacon cannot be out yet.
  WATTSUM_MISUSE_BEACON_NOT_OUT = 128,
  // The step does not follow from the present state.
  WATTSUM_MISUSE_OUT_OF_ORDER = 129,
  // The parameters have no windows.
  WATTSUM_MISUSE_NO_WINDOWS = 130,
  // The rules of windows do not allow these bills.
  WATTSUM_MISUSE_NOT_BILLABLE = 131,
  // A meter is in both of two partial sums.
  WATTSUM_MISUSE_COUNTED_TWICE = 132,
  // The register cannot show this value.
  WATTSUM_MISUSE_REGISTER_TOO_LARGE = 133,
  // The scaler would drop digits that are not zero: keep them, wattsum_register_consumed.
  WATTSUM_MISUSE_READING_NOT_WHOLE = 134,
  // More than the interval can have brought: the register was set back, or is another meter's.
  WATTSUM_MISUSE_READING_IMPLAUSIBLE = 135,
  // elgamal: max_reading times max_meters (or rounds) is beyond 2^48, or a search beyond its limit.
  WATTSUM_MISUSE_SUM_BEYOND_RANGE = 140,
  // elgamal: a range without numbers.
  WATTSUM_MISUSE_EMPTY_RANGE = 141,
  // elgamal: a table of discrete logarithms of a size that there is not.
  WATTSUM_MISUSE_TABLE_SIZE = 142,
  // elgamal: a table made for another group key.
  WATTSUM_MISUSE_WRONG_TABLE = 143,
  // elgamal: a prepared pair of another epoch, key, round or channel.
  WATTSUM_MISUSE_WRONG_PAIR = 144,
  // elgamal: a secret share that does not belong to the trustee or to the key set.
  WATTSUM_MISUSE_WRONG_SHARE = 145,
  // elgamal: a key set for another number of trustees or another threshold.
  WATTSUM_MISUSE_WRONG_KEY_SET = 146,
  // elgamal: a verified contribution of another session, key set or round.
  WATTSUM_MISUSE_WRONG_CONTRIBUTION = 147,
  // elgamal: decryption shares of other ciphertexts or key sets than the one to be opened.
  WATTSUM_MISUSE_MIXED_SHARES = 148,
  // cmt: fewer members than a ring must have.
  WATTSUM_MISUSE_RING_TOO_SMALL = 160,
  // cmt: the step belongs to the other mode.
  WATTSUM_MISUSE_WRONG_MODE = 161,
  // cmt: the meter is in no ring.
  WATTSUM_MISUSE_NOT_SEATED = 162,
  // cmt: generations count upwards, in small steps.
  WATTSUM_MISUSE_GENERATION_USED = 163,
  // cmt: no ring has been registered.
  WATTSUM_MISUSE_NO_RING = 164,
  // cmt: the term is over, and the next generation not formed.
  WATTSUM_MISUSE_TERM_OVER = 165,
  // cmt: the group has no terms, or the step none.
  WATTSUM_MISUSE_NO_TERMS = 166,
  // cmt: the meter has no licence.
  WATTSUM_MISUSE_NOT_LICENSED = 167,
  // cmt: no claim to this generation has been taken.
  WATTSUM_MISUSE_NO_CLAIM = 168,
  // cmt: the members have not agreed on who they are, or need not.
  WATTSUM_MISUSE_NOT_AGREED = 169,
  // ckks: things of two presets in one operation.
  WATTSUM_MISUSE_MIXED_PRESETS = 180,
  // ckks: things of two keys in one operation, or the wrong key.
  WATTSUM_MISUSE_WRONG_KEY = 181,
  // ckks: ciphertexts or plaintexts of two scales.
  WATTSUM_MISUSE_SCALE_MISMATCH = 182,
  // ckks: a scale that the preset or the packing does not allow.
  WATTSUM_MISUSE_BAD_SCALE = 183,
  // ckks: ciphertexts of two levels.
  WATTSUM_MISUSE_LEVEL_MISMATCH = 184,
  // ckks: no level is left for the operation.
  WATTSUM_MISUSE_DEPTH_EXHAUSTED = 185,
  // ckks: not possible with this packing.
  WATTSUM_MISUSE_WRONG_PACKING = 186,
  // ckks: a ciphertext that has to be relinearised first, or need not be.
  WATTSUM_MISUSE_WRONG_FORM = 187,
  // ckks: no key to switch keys with for this operation.
  WATTSUM_MISUSE_NO_SWITCHING_KEY = 188,
  // ckks: more values than there is room for, or too few.
  WATTSUM_MISUSE_TOO_MANY_VALUES = 189,
  // ckks: a value that is no number, or beyond the bound.
  WATTSUM_MISUSE_VALUE_BEYOND_BOUND = 190,
  // ckks: a value between two steps of the grid.
  WATTSUM_MISUSE_OFF_GRID = 191,
  // ckks: the message can leave what the level's primes hold.
  WATTSUM_MISUSE_MESSAGE_BEYOND_MODULUS = 192,
  // ckks: error and flood can be too large to be rounded away.
  WATTSUM_MISUSE_NOISE_BEYOND_GRID = 193,
  // ckks: flooding for no answers, or for too many.
  WATTSUM_MISUSE_BAD_FLOOD = 194,
  // ckks: this polynomial, or this round, has been answered.
  WATTSUM_MISUSE_ANSWERED_BEFORE = 195,
  // ckks: not a party of this key.
  WATTSUM_MISUSE_WRONG_PARTY = 196,
  // ckks: this public seed has been used.
  WATTSUM_MISUSE_REPEATED_SEED = 197,
  // The calling code is wrong in a way that this version has no number for.
  WATTSUM_MISUSE = 199,
  // Too few bytes.
  WATTSUM_MALFORMED_TRUNCATED = 200,
  // Trailing bytes.
  WATTSUM_MALFORMED_TRAILING_BYTES = 201,
  // Another protocol.
  WATTSUM_MALFORMED_WRONG_PROTOCOL = 202,
  // Unknown wire version.
  WATTSUM_MALFORMED_UNKNOWN_VERSION = 203,
  // Another kind of message.
  WATTSUM_MALFORMED_WRONG_KIND = 204,
  // Unknown flags.
  WATTSUM_MALFORMED_UNKNOWN_FLAGS = 205,
  // A field element that is not reduced.
  WATTSUM_MALFORMED_NOT_CANONICAL = 206,
  // Unknown role.
  WATTSUM_MALFORMED_UNKNOWN_ROLE = 207,
  // A set that is not well formed.
  WATTSUM_MALFORMED_BAD_SET = 208,
  // An answer to another kind of query.
  WATTSUM_MALFORMED_WRONG_ANSWER_KIND = 209,
  // A quorum that is not well formed.
  WATTSUM_MALFORMED_BAD_QUORUM = 210,
  // A stored record that is damaged or of another version.
  WATTSUM_MALFORMED_BAD_RECORD = 211,
  // A field with an excluded value.
  WATTSUM_MALFORMED_BAD_FIELD = 212,
  // elgamal: keys that are no canonical points or scalars, are zero, or do not lie on one polynomial.
  WATTSUM_MALFORMED_BAD_KEYS = 220,
  // elgamal: no table of discrete logarithms of this version.
  WATTSUM_MALFORMED_TABLE_HEADER = 221,
  // elgamal: more or fewer bytes than the table has.
  WATTSUM_MALFORMED_TABLE_LENGTH = 222,
  // elgamal: a damaged table of discrete logarithms.
  WATTSUM_MALFORMED_TABLE_CHECKSUM = 223,
  // ckks: an unknown preset.
  WATTSUM_MALFORMED_UNKNOWN_PRESET = 230,
  // ckks: no version, form, level, packing or scale that there is.
  WATTSUM_MALFORMED_BAD_HEADER = 231,
  // ckks: a bound that is negative or no number.
  WATTSUM_MALFORMED_BAD_BOUND = 232,
  // ckks: bytes of another preset than what they are read for.
  WATTSUM_MALFORMED_OTHER_PRESET = 233,
  // The bytes are no message, in a way that this version has no number for.
  WATTSUM_MALFORMED = 299,
  // Wrong signature.
  WATTSUM_FAULT_BAD_SIGNATURE = 300,
  // Wrong tag.
  WATTSUM_FAULT_BAD_TAG = 301,
  // The sealed message does not open.
  WATTSUM_FAULT_BAD_SEAL = 302,
  // Public key of low order.
  WATTSUM_FAULT_LOW_ORDER_KEY = 303,
  // Announced a key that another party has.
  WATTSUM_FAULT_COPIED_KEY = 304,
  // Its id is taken.
  WATTSUM_FAULT_DUPLICATE_ID = 305,
  // Id 0 is the utility's, and only the utility's.
  WATTSUM_FAULT_RESERVED_ID = 306,
  // The sender is not in the roster.
  WATTSUM_FAULT_UNKNOWN_SENDER = 307,
  // Frame of another group.
  WATTSUM_FAULT_WRONG_GROUP = 308,
  // Frame of another epoch.
  WATTSUM_FAULT_WRONG_EPOCH = 309,
  // Frame of another round.
  WATTSUM_FAULT_WRONG_ROUND = 310,
  // Frame of a round that is more than two away from now.
  WATTSUM_FAULT_ROUND_FAR_FROM_NOW = 311,
  // Two different messages where one is allowed.
  WATTSUM_FAULT_CONTRADICTION = 312,
  // Roster root not before its beacon.
  WATTSUM_FAULT_ROSTER_AFTER_BEACON = 313,
  // The inclusion proof does not lead to the root.
  WATTSUM_FAULT_BAD_PROOF = 314,
  // The set is too small.
  WATTSUM_FAULT_SET_TOO_SMALL = 315,
  // A meter takes part that the Open does not name present.
  WATTSUM_FAULT_NOT_IN_OPEN = 316,
  // The own bit is missing from the set.
  WATTSUM_FAULT_NOT_IN_SET = 317,
  // The hash chain names another predecessor.
  WATTSUM_FAULT_CHAIN_BROKEN = 318,
  // Asked or answered outside the quorum.
  WATTSUM_FAULT_NOT_IN_QUORUM = 319,
  // Answer over another set.
  WATTSUM_FAULT_WRONG_SET = 320,
  // The round is closed.
  WATTSUM_FAULT_ROUND_CLOSED = 321,
  // A repair for another pass.
  WATTSUM_FAULT_WRONG_PASS = 322,
  // Nobody waits for this frame.
  WATTSUM_FAULT_NOT_EXPECTED = 323,
  // Too few neighbours are left.
  WATTSUM_FAULT_TOO_FEW_NEIGHBOURS = 324,
  // The set has a meter that comes and goes too often.
  WATTSUM_FAULT_TOO_MANY_CHANGES = 325,
  // A query for a window that is not over, or not yet.
  WATTSUM_FAULT_WINDOW_OPEN = 326,
  // A query for bills that would leave few readings open.
  WATTSUM_FAULT_NOT_BILLABLE = 327,
  // A raw answer that does not fit the others.
  WATTSUM_FAULT_WRONG_ANSWER = 328,
  // The same answerer's statement twice.
  WATTSUM_FAULT_REPEATED_STATEMENT = 329,
  // elgamal: no ristretto255 encoding where a point belongs.
  WATTSUM_FAULT_NOT_A_POINT = 340,
  // elgamal: a number of q or more where a scalar belongs.
  WATTSUM_FAULT_NOT_A_SCALAR = 341,
  // elgamal: the identity where a point with a secret belongs.
  WATTSUM_FAULT_IDENTITY_POINT = 342,
  // elgamal: R stands in another ciphertext of the round already.
  WATTSUM_FAULT_REPEATED_POINT = 343,
  // elgamal: the proof of knowledge of reading and blinding does not hold.
  WATTSUM_FAULT_BAD_KNOWLEDGE = 344,
  // elgamal: the proof of a decryption share does not hold.
  WATTSUM_FAULT_BAD_EQUALITY = 345,
  // elgamal: the list of contributions is not that of the closed set.
  WATTSUM_FAULT_WRONG_LIST = 346,
  // elgamal ceremony: a signed frame with more or fewer bytes than it has.
  WATTSUM_FAULT_WRONG_LENGTH = 347,
  // elgamal ceremony: the proof that a secret is known does not hold.
  WATTSUM_FAULT_BAD_POSSESSION = 348,
  // elgamal ceremony: the first commitment is not the verification key.
  WATTSUM_FAULT_WRONG_COMMITMENT = 349,
  // elgamal ceremony: an echo of another frame than was sent or shown.
  WATTSUM_FAULT_WRONG_ECHO = 350,
  // elgamal ceremony: shares for other commitments than the echo names.
  WATTSUM_FAULT_WRONG_VIEW = 351,
  // elgamal ceremony: a share that does not open or does not lie on the commitments.
  WATTSUM_FAULT_BAD_SHARE = 352,
  // elgamal ceremony: a complaint about a share that is right, or about none.
  WATTSUM_FAULT_FALSE_COMPLAINT = 353,
  // elgamal ceremony: a confirmation of other keys than follow.
  WATTSUM_FAULT_WRONG_CONFIRMATION = 354,
  // cmt: a frame of another generation, or of one too far ahead.
  WATTSUM_FAULT_WRONG_GENERATION = 370,
  // cmt: tokens that are not ascending and distinct, or have a party's id.
  WATTSUM_FAULT_BAD_TOKEN = 371,
  // cmt: a token's link key that gives no key.
  WATTSUM_FAULT_BAD_TOKEN_LINK = 372,
  // cmt: the draw makes another member concentrator.
  WATTSUM_FAULT_NOT_CONCENTRATOR = 373,
  // cmt: not the ring neighbour.
  WATTSUM_FAULT_NOT_NEIGHBOUR = 374,
  // cmt: not a licence of this meter that holds.
  WATTSUM_FAULT_BAD_LICENCE = 375,
  // cmt: the present generation's term is not over.
  WATTSUM_FAULT_TOO_EARLY = 376,
  // cmt: other members than were claimed.
  WATTSUM_FAULT_WRONG_MEMBERS = 377,
  // ckks: no ciphertext of the session where one belongs.
  WATTSUM_FAULT_BAD_CIPHERTEXT = 380,
  // ckks: a ciphertext that its sender has not committed to.
  WATTSUM_FAULT_NOT_COMMITTED = 381,
  // ckks: a public seed for the second time.
  WATTSUM_FAULT_REPEATED_SEED = 382,
  // ckks: another list of commitments than was certified.
  WATTSUM_FAULT_OTHER_LIST = 383,
  // ckks: key ceremony: not what was committed to.
  WATTSUM_FAULT_BAD_OPENING = 384,
  // ckks: key ceremony: bytes that are no share.
  WATTSUM_FAULT_BAD_KEY_SHARE = 385,
  // ckks: another aggregate than was agreed on.
  WATTSUM_FAULT_WRONG_AGGREGATE = 386,
  // A party broke a rule that this version has no number for.
  WATTSUM_FAULT = 399,
  // Too few parties answered, or are in the set.
  WATTSUM_QUORUM = 400,
  // Answers that were each acceptable do not fit together.
  WATTSUM_INCONSISTENT = 500,
  // A bug in the library: the context in use is lost, others are not; please report it.
  WATTSUM_PANIC = 900,
  // An error that this version has no number for.
  WATTSUM_UNKNOWN = 999,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wattsum_status wattsum_status;
#else
typedef int32_t wattsum_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

#if defined(WATTSUM_HEAD_END)
// A ciphertext, which an evaluator reads or makes. To be freed with wattsum_ckks_ciphertext_free.
typedef struct wattsum_ckks_ciphertext wattsum_ckks_ciphertext;
#endif

// Encrypts with a group's public key (ckks, preset WATTSUM_CKKS_SMALL), at the beginning of the caller's memory. It may
// not be copied or moved. It holds no state to store.
//
// It makes bare ciphertexts. In a group whose meters need not be trusted each contribution is committed to and signed
// as well.
typedef struct wattsum_ckks_encryptor wattsum_ckks_encryptor;

#if defined(WATTSUM_HEAD_END)
// Computes on ciphertexts under one key. Ciphertexts are read by the evaluator that works on them; every operation
// changes its first ciphertext, and only if it succeeds. Scales are exact: those of two ciphertexts are equal, or
// WATTSUM_MISUSE_SCALE_MISMATCH. To be freed with wattsum_ckks_evaluator_free.
typedef struct wattsum_ckks_evaluator wattsum_ckks_evaluator;

// A secret key, which opens every ciphertext under its public key. To be freed with wattsum_ckks_secret_free.
//
// All decryptions are only for ciphertexts whose makers are trusted to have followed the encryption: what a forged one
// opens to can be a part of the key.
typedef struct wattsum_ckks_secret wattsum_ckks_secret;
#endif

// Encrypts with the secret key of a group all of whose meters are trusted with all readings: ciphertexts of half the
// size, in two thirds of the time. WHO HAS THE KEY DECRYPTS EVERYBODY. At the beginning of the caller's memory; it may not
// be copied or moved. It holds no state to store.
typedef struct wattsum_ckks_seeded wattsum_ckks_seeded;

// The echoes of a generation's members, in memory of the caller's: nothing is kept of them but a count.
typedef struct wattsum_cmt_agreement wattsum_cmt_agreement;

#if defined(WATTSUM_HEAD_END)
// Who the members of a ring are, which token each has, and the concentrator's keys with them. SECRET, as all that the
// concentrator knows. wattsum_cmt_gathering_close makes it; it lives as long as the ring, through all its healings.
typedef struct wattsum_cmt_book wattsum_cmt_book;

// An election of one generation, as this meter sees it.
typedef struct wattsum_cmt_election wattsum_cmt_election;

// A generation whose first keys are being gathered.
typedef struct wattsum_cmt_gathering wattsum_cmt_gathering;
#endif

// A meter of one epoch, at the beginning of the caller's memory. It may not be copied or moved.
typedef struct wattsum_cmt_meter wattsum_cmt_meter;

#if defined(WATTSUM_HEAD_END)
// Frames to be sent, and sent again to whom they did not reach. Nothing in them is secret. To be freed with
// wattsum_cmt_outbox_free.
typedef struct wattsum_cmt_outbox wattsum_cmt_outbox;

// Whose licences hold, as this meter knows it: one for an epoch.
typedef struct wattsum_cmt_roll wattsum_cmt_roll;

// A round that waits for the contribution of every member of the ring.
typedef struct wattsum_cmt_round wattsum_cmt_round;

// The supplier of one epoch: the utility, party 0, who learns sums. It knows meters by token only.
typedef struct wattsum_cmt_supplier wattsum_cmt_supplier;

// A place beside a round that takes contributions, empty at first: for another thread, or another process. What it has
// taken is merged into the round.
typedef struct wattsum_dcnet_branch wattsum_dcnet_branch;

// A holder of one epoch. It never receives a frame from a meter: its part of a meter's self-mask is a pad it can
// compute.
typedef struct wattsum_dcnet_holder wattsum_dcnet_holder;
#endif

// A meter of one epoch, at the beginning of the caller's memory. It may not be copied or moved.
typedef struct wattsum_dcnet_meter wattsum_dcnet_meter;

#if defined(WATTSUM_HEAD_END)
// The utility's list of meters to name present. A silent meter costs its neighbours a repair in every round; one that
// was missing from several final sets in a row is named absent instead, until it reports. This is convenience, not
// privacy: meters and holders check every Open for themselves.
typedef struct wattsum_dcnet_presence wattsum_dcnet_presence;

// A round: it takes contributions, then repairs as long as its Closes are not final, and holders' answers then. It
// belongs to the utility that opened it.
typedef struct wattsum_dcnet_round wattsum_dcnet_round;

// The utility of one epoch. Several of its rounds may take contributions at once, but the next Open ends the round
// before it at meters and holders: send a round's last Close, and collect its answers, before the Open of the next.
typedef struct wattsum_dcnet_utility wattsum_dcnet_utility;

// Bills that a quorum is asked for: first it signs the query, then it sends its decryption shares.
typedef struct wattsum_elgamal_billing wattsum_elgamal_billing;

// Verified contributions of one round: what a thread merges into the round, or a machine without the utility's keys
// makes a partial sum of.
typedef struct wattsum_elgamal_branch wattsum_elgamal_branch;

// A participant of a ceremony. In each step it has at most one frame that goes to everybody, takes everybody's, and
// goes on when all are there.
typedef struct wattsum_elgamal_ceremony wattsum_elgamal_ceremony;

// All public keys of a committee: what the utility and the trustees compute with. It never changes, and several
// threads may use one at once.
typedef struct wattsum_elgamal_keys wattsum_elgamal_keys;
#endif

// A meter of one epoch, at the beginning of the caller's memory. It may not be copied or moved.
//
// It has no state to store: what it needs after a start is what it was made of, and the device's mark with ALL its
// records.
typedef struct wattsum_elgamal_meter wattsum_elgamal_meter;

#if defined(WATTSUM_HEAD_END)
// The sum of verified contributions of one round, and whose they are: to be made anywhere, in parts, and added in any
// order. It serves for a comparison with the round's own. NO TRUSTEE TAKES ONE: each adds up itself what it has
// verified, since a "sum" of somebody else may be one meter's reading.
typedef struct wattsum_elgamal_partial wattsum_elgamal_partial;

// A round: it takes contributions until it is closed; then the quorum's statements, and their decryption shares. It belongs
// to the utility that opened it.
typedef struct wattsum_elgamal_round wattsum_elgamal_round;

// A table of discrete logarithms, for all groups. It never changes, and several threads may use one at once.
typedef struct wattsum_elgamal_table wattsum_elgamal_table;

// A trustee of one epoch. It checks every contribution of a closed set itself, and helps to open their sum and nothing
// else.
typedef struct wattsum_elgamal_trustee wattsum_elgamal_trustee;

// The utility of one epoch. Several of its rounds may take contributions at once, but the next Open ends the round
// before it at the trustees: send a round's Close, and collect its answers, before the Open of the next.
typedef struct wattsum_elgamal_utility wattsum_elgamal_utility;

// Utility, meters and answerers of an epoch: gathered first, then built, then the same for ever.
typedef struct wattsum_roster wattsum_roster;

// An aggregator of one epoch. It never receives a frame from a meter: its share of a reading is a pad it can compute.
typedef struct wattsum_shamir_aggregator wattsum_shamir_aggregator;

// A place beside a round that takes contributions, empty at first: for another thread, or another process. What it has
// taken is merged into the round.
typedef struct wattsum_shamir_branch wattsum_shamir_branch;
#endif

// A meter of one epoch, at the beginning of the caller's memory. It may not be copied or moved.
typedef struct wattsum_shamir_meter wattsum_shamir_meter;

#if defined(WATTSUM_HEAD_END)
// A round: it takes contributions until it is closed, and answers then. It belongs to the utility that opened it.
typedef struct wattsum_shamir_round wattsum_shamir_round;

// The utility of one epoch. Several of its rounds may take contributions at once, but the next Open ends the round
// before it at the aggregators: send a round's Close, and collect its answers, before the Open of the next.
typedef struct wattsum_shamir_utility wattsum_shamir_utility;

// What a ciphertext says about itself.
typedef struct {
  // Largest message that it may have, times the scale.
  double message;
  // Largest error of a slot, times the scale.
  double noise;
  // Largest error of a coefficient, times the scale.
  double coefficient;
  // The scale, to the nearest double. That of the ciphertext is exact.
  double scale;
  // Its key's name.
  uint8_t key_id[WATTSUM_CKKS_KEY_ID_LEN];
  // WATTSUM_CKKS_SMALL and so on.
  uint8_t preset;
  // Primes less one: as many rescalings are left.
  uint8_t level;
  // WATTSUM_CKKS_INTEGERS and so on.
  uint8_t packing;
} wattsum_ckks_info;
#endif

// What one encryption is for. No two encryptions under one key have the same.
typedef struct {
  // A round, or an epoch.
  uint64_t round;
  // Who encrypts.
  uint32_t meter;
  // How many it has encrypted in that round.
  uint32_t counter;
} wattsum_ckks_use;

// Whole numbers, and how they are encrypted. Scale and bound are the group's: ciphertexts carry them, and only those of
// one scale add up.
typedef struct {
  // `count` numbers.
  const int64_t *values;
  // How many; those up to the degree that are not there are 0.
  size_t count;
  // Largest number, positive or negative, that there may be.
  uint64_t most;
  // log2 of the scale: the room of the error below the numbers' last digit.
  uint32_t scale_bits;
} wattsum_ckks_readings;

#if defined(WATTSUM_HEAD_END)
// Bytes of the caller's, such as one received frame.
typedef struct {
  // Where they begin; may be NULL where `len` is 0.
  const uint8_t *at;
  // How many.
  size_t len;
} wattsum_bytes;
#endif

// What the parties of a group agree on, whatever its protocol. Another value anywhere is another session, whose
// frames nobody else accepts.
typedef struct {
  // Unix seconds of the beginning of round 0; round r begins at origin + r * period.
  uint64_t origin;
  // Largest size of a value, in the smallest billed unit.
  uint64_t max_reading;
  // Seconds of a metering interval.
  uint32_t period;
  // Which group. Groups of one channel are disjoint.
  uint32_t group;
  // Largest number of meters.
  uint32_t max_meters;
  // Honest meters that every sum must contain, at least 2.
  uint32_t min_honest;
  // Meters that may collude with the utility.
  uint32_t max_colluding;
  // Rounds between two steps of the pair keys' ratchet.
  uint32_t rounds_per_step;
  // Values of a reading.
  uint16_t channels;
  // How many of the meters that are present a sum may leave out, in thousandths.
  uint16_t max_missing_permille;
} wattsum_group;

// What the parties of a ring agree on.
typedef struct {
  // The common part.
  wattsum_group group;
  // The modulus of ciphertexts and keys; 0 for 2^64.
  uint64_t modulus;
  // Rounds of a concentrator's term in the mean; 0 for groups without licences and terms.
  uint32_t mean_term;
  // WATTSUM_CMT_DRAWN or WATTSUM_CMT_DERIVED.
  uint8_t mode;
  // 1 for a second ring, only where derived.
  uint8_t second_ring;
  // 1 where the members sign their set.
  uint8_t agreement;
} wattsum_cmt_params;

// An epoch while it is being formed: what link keys and rosters belong to. wattsum_dcnet_forming and those of the other
// protocols make it.
typedef struct {
  // Hash of protocol, group and parameters.
  uint8_t session[32];
  // Which group.
  uint32_t group;
  // Counts the epochs of the session.
  uint32_t epoch;
  // First round of the epoch.
  uint32_t first_round;
  // WATTSUM_PROTOCOL_...
  uint8_t protocol;
} wattsum_forming;

// A span of rounds with one roster and one set of keys. wattsum_epoch_begin makes it. All of it is public.
typedef struct {
  // Hash of protocol, group and parameters.
  uint8_t session[32];
  // Commitment to utility and meters.
  uint8_t roster_root[32];
  // Commitment to the answerers.
  uint8_t answerers_root[32];
  // Public randomness.
  uint8_t beacon[32];
  // Counts the epochs of the session.
  uint32_t epoch;
  // First round.
  uint32_t first_round;
  // Last round, included.
  uint32_t last_round;
} wattsum_epoch;

// An entry of a list: a party whose identity the application knows from its certificate, with the link key that this
// identity has signed. wattsum_member_announced makes it, and nothing else does: an entry as the utility sends it could
// have a link key of the utility's own, which then knows every pad.
typedef struct {
  // Unique over all roles; the utility's is 0.
  uint32_t id;
  // WATTSUM_ROLE_...
  uint8_t role;
  // Public identity key.
  uint8_t identity[32];
  // Public link key of the epoch.
  uint8_t link[32];
} wattsum_member;

// A meter of the roster as another gets to know it.
typedef struct {
  // Its position among the roster's meters.
  uint32_t position;
  // Its entry, checked: wattsum_member_announced, wattsum_member_verify at index 1 + position.
  wattsum_member member;
} wattsum_cmt_entry;

// Sizes and Merkle roots of an epoch's lists, as the utility gives them. They are checked against the pinned
// commitment wherever they are used.
typedef struct {
  // Meters of the roster.
  uint32_t meters;
  // Answerers.
  uint8_t answerers;
  // RFC 6962 root over utility and meters.
  uint8_t roster_merkle[32];
  // RFC 6962 root over the answerers.
  uint8_t answerers_merkle[32];
} wattsum_lists;

// What a meter is made of. Everything is read during the call and not kept.
typedef struct {
  // What the group agrees on.
  const wattsum_cmt_params *params;
  // The epoch.
  const wattsum_epoch *epoch;
  // Sizes and Merkle roots of its lists.
  const wattsum_lists *lists;
  // The supplier's entry, index 0, checked as all others: wattsum_member_announced, wattsum_member_verify.
  const wattsum_member *utility;
  // The meter's own entry, checked: the roster could otherwise name another key for this id.
  const wattsum_cmt_entry *own;
  // First channel of the device that this group reads, below WATTSUM_MARK_CHANNELS; the others follow it. FIXED FOR
  // THE EPOCH: pads belong to the session's keys and the round, the mark to the channel. A meter that is made anew
  // in the same epoch with another first channel passes the mark and spends a round's pads again, and two frames
  // then give the difference of two readings. Store it with the link secret; another channel waits for the next
  // epoch.
  uint16_t first_channel;
} wattsum_cmt_setup;

#if defined(WATTSUM_HEAD_END)
// What an old concentrator hands over.
typedef struct {
  // The next generation's first round.
  uint64_t from;
  // The next generation.
  uint32_t generation;
} wattsum_cmt_handed_over;

// What a Hello says.
typedef struct {
  // Where elsewhere, that generation's first round; else WATTSUM_CMT_NO_ROUND.
  uint64_t from;
  // Where elsewhere, that generation; else 0.
  uint32_t generation;
  // WATTSUM_CMT_HEARD_...
  uint8_t what;
} wattsum_cmt_heard;

// What to do at a deadline.
typedef struct {
  // Of whose claim is awaited; else 0.
  uint32_t position;
  // How many are there and how many it takes, where too few are; else 0.
  uint32_t have;
  // As above.
  uint32_t need;
  // WATTSUM_CMT_VERDICT_...
  uint8_t what;
} wattsum_cmt_verdict;
#endif

// Where a meter is. All of it is public.
typedef struct {
  // The first round after the present generation's term; WATTSUM_CMT_NO_ROUND where it has none.
  uint64_t until;
  // The round that this concentrator has started and not closed, or WATTSUM_CMT_NO_ROUND.
  uint64_t circling;
  // The generation that the meter has a place in; 0 for none.
  uint32_t generation;
  // The least generation that this meter could take part in next.
  uint32_t next_generation;
  // 1 if the meter is its ring's concentrator.
  uint8_t concentrator;
} wattsum_cmt_place;

// A claim that was checked: who says to be concentrator of a generation, and of whom. All of it is public.
typedef struct {
  // First round.
  uint64_t from;
  // The first round after its term.
  uint64_t until;
  // Which generation; 0 stands for no claim.
  uint32_t generation;
  // The claimant.
  uint32_t id;
  // Its position.
  uint32_t position;
  // Members.
  uint32_t count;
  // Digest of their positions.
  uint8_t set[32];
} wattsum_cmt_claim;

// Until when each channel of a device has contributed. ONE for the whole device, all protocols, groups and sessions
// together: two sums that contain the same reading subtract to it. It may not be copied or moved, and counts as a
// role: one thread at a time, also where the meters that share it are in different threads.
typedef struct {
  // Nothing for the caller.
  uint64_t words[WATTSUM_MARK_WORDS];
} wattsum_mark;

#if defined(WATTSUM_HEAD_END)
// The ring whose ciphertexts a supplier takes. All of it is public.
typedef struct {
  // The first round after its term; WATTSUM_CMT_NO_ROUND where it has none.
  uint64_t until;
  // Its generation; 0 while there is no ring.
  uint32_t generation;
  // Its concentrator's id.
  uint32_t concentrator;
} wattsum_cmt_registered;
#endif

// What the parties of a dcnet group agree on.
typedef struct {
  // The common part.
  wattsum_group group;
  // Neighbours of a meter, even; 0 in groups of at most 256 meters, where everybody is everybody's neighbour.
  // Computed from the group's size and the share of meters that may collude, with min_neighbours, where the group
  // is planned (dcnet_core::Params::secure, wattsum.dcnet.Params.secure): 92 for 1,000 meters, 118 for 10,000.
  // Not checked here.
  uint32_t degree;
  // Neighbours that must be left in a round to a meter with `degree` distinct ones, at least 1; one fewer for every
  // two that it lacks because edges coincide. 68 with degree 92; groups of at most 256 meters
  // min_honest + max_colluding - 1.
  uint32_t min_neighbours;
  // Holders, by default 4.
  uint8_t holders;
  // How many of them open a sum, by default 3.
  uint8_t threshold;
  // How many of them may collude with the utility, by default 1; or
  // WATTSUM_TRUSTING_THE_UTILITY_NOT_TO_EQUIVOCATE; or one less than there are, where all of them open a sum.
  uint8_t colluding;
} wattsum_dcnet_params;

#if defined(WATTSUM_HEAD_END)
// What certified answers have shown.
typedef struct {
  // Meters in the sum.
  uint32_t meters;
  // Answerers whose answers do not fit. They lie, or meters have sent them what is no sharing: it cannot be told
  // which, so this alone is no reason to drop one.
  uint32_t wrong;
  // What so many answers allow: WATTSUM_CHECK_...
  uint8_t check;
  // With WATTSUM_CHECK_NAMES: up to so many wrong ones would have been named.
  uint8_t names;
} wattsum_checked;
#endif

// A neighbour of a meter.
typedef struct {
  // Its position among the roster's meters.
  uint32_t position;
  // Its entry, checked with wattsum_member_verify at index 1 + position.
  wattsum_member member;
} wattsum_neighbour;

// What a meter is made of. Everything is read during wattsum_dcnet_meter_new and not kept.
typedef struct {
  // What the group agrees on.
  const wattsum_dcnet_params *params;
  // The epoch.
  const wattsum_epoch *epoch;
  // Sizes and Merkle roots of its lists.
  const wattsum_lists *lists;
  // The utility's entry, checked as all others below: wattsum_member_announced, wattsum_member_verify.
  const wattsum_member *utility;
  // The holders' entries in the order of their numbers, checked.
  const wattsum_member *holders;
  // How many.
  size_t holder_count;
  // The neighbours in the order of their positions, as wattsum_dcnet_neighbours gives them, checked.
  const wattsum_neighbour *neighbours;
  // How many.
  size_t neighbour_count;
  // The own id.
  uint32_t id;
  // The own position among the roster's meters.
  uint32_t position;
  // First channel of the device that this group reads, below WATTSUM_MARK_CHANNELS; the others follow it. FIXED FOR
  // THE EPOCH: pads belong to the session's keys and the round, the mark to the channel. A meter that is made anew
  // in the same epoch with another first channel passes the mark and spends a round's pads again, and two frames
  // then give the difference of two readings. Store it with the link secret; another channel waits for the next
  // epoch.
  uint16_t first_channel;
} wattsum_dcnet_setup;

// What the parties of an elgamal group agree on.
typedef struct {
  // The common part.
  wattsum_group group;
  // Rounds of a window over which a meter's own sum may be opened; 0 for none.
  uint32_t window_rounds;
  // Rounds of a window that a meter must be in; 0 where there are no windows.
  uint32_t window_min_rounds;
  // Trustees, by default 4.
  uint8_t trustees;
  // How many of them open a sum, by default 3.
  uint8_t threshold;
  // How many of them may collude with the utility, by default 1; or
  // WATTSUM_TRUSTING_THE_UTILITY_NOT_TO_EQUIVOCATE; or one less than there are, where all of them open a sum.
  uint8_t colluding;
  // 0; or 1 for who trusts all meters: contributions without proof of knowledge, in which one lying meter can turn
  // a sum into another's reading.
  uint8_t trust_all_meters;
} wattsum_elgamal_params;

#if defined(WATTSUM_HEAD_END)
// A meter's bill.
typedef struct {
  // Whose.
  uint32_t meter;
  // Over how many rounds of the window; 0 where the meter's sum cannot be read, which only the meter itself brings
  // about.
  uint32_t rounds;
} wattsum_elgamal_bill;
#endif

// What a meter encrypts to: the group key, and the hash of the key set that it belongs to. wattsum_elgamal_key_certified
// makes it. It is public, but WHOEVER CHOOSES IT READS THE METER: store it where nobody else writes.
typedef struct {
  // Nothing for the caller but to be kept.
  uint8_t bytes[WATTSUM_ELGAMAL_KEY_LEN];
} wattsum_elgamal_key;

#if defined(WATTSUM_HEAD_END)
// Who takes part in a ceremony.
typedef struct {
  // Unique over all roles.
  uint32_t id;
  // Public identity key, by its certificate.
  uint8_t identity[32];
} wattsum_elgamal_seat;

// Who deals its share of the old keys anew.
typedef struct {
  // Who.
  wattsum_elgamal_seat seat;
  // Its number in the old key set.
  uint8_t number;
} wattsum_elgamal_dealer;

// What a ceremony is about: one description that every participant has, from lists that it trusts as it trusts a
// roster. Who differs anywhere shares nothing with the rest: wattsum_elgamal_plan_id is the same for the same.
//
// Three kinds: without `old` keys are made anew, and the members deal. With `old` and no dealers the shares are
// refreshed: the same members, numbers and key. With `old` and dealers the key is handed on to other members: the
// dealers are as many of the old trustees as its threshold says, or more.
typedef struct {
  // What the group agrees on: as many members as it has trustees.
  const wattsum_elgamal_params *params;
  // Who gets the new shares; number i is the i-th, from 1.
  const wattsum_elgamal_seat *members;
  // How many.
  size_t member_count;
  // The keys that are dealt anew, or NULL.
  wattsum_elgamal_keys *old;
  // Who deals them, ascending by number; NULL for all members.
  const wattsum_elgamal_dealer *dealers;
  // How many.
  size_t dealer_count;
  // Counts the session's ceremonies. EACH NUMBER IS USED ONCE, also where the ceremony failed.
  uint32_t number;
} wattsum_elgamal_plan;

// A trustee's SECRET share of the group's key: protected storage, wiped in memory as soon as the trustee is made. Threshold
// of them open everything that was ever encrypted to the key.
typedef struct {
  // The share.
  uint8_t secret[32];
  // The trustee's number, from 1; 0 for none.
  uint8_t number;
} wattsum_elgamal_share;

// A frame that says it saw another one of a third party than this participant did. Nobody is shown to be wrong yet: ask
// `claimant` for the frame that it saw; with the own one (wattsum_elgamal_ceremony_evidence)
// wattsum_elgamal_plan_contradiction then names who has signed both.
typedef struct {
  // Whose frames are said to differ.
  uint32_t about;
  // Who has signed that it saw another one.
  uint32_t claimant;
  // SHA-256 of the frame that it saw.
  uint8_t claimed[32];
} wattsum_elgamal_dispute;

// Who broke a rule, as anybody can see from the frames.
typedef struct {
  // Who.
  uint32_t culprit;
  // What: a status of the 3xx.
  wattsum_status fault;
} wattsum_elgamal_verdict;
#endif

// What a meter is made of. Everything is read during wattsum_elgamal_meter_new and not kept.
typedef struct {
  // What the group agrees on.
  const wattsum_elgamal_params *params;
  // The epoch.
  const wattsum_epoch *epoch;
  // Sizes and Merkle roots of its lists.
  const wattsum_lists *lists;
  // The utility's entry, checked: wattsum_member_announced, wattsum_member_verify.
  const wattsum_member *utility;
  // The group key, from wattsum_elgamal_key_certified and from nowhere else.
  const wattsum_elgamal_key *key;
  // The own id.
  uint32_t id;
  // First channel of the device that this group reads, below WATTSUM_MARK_CHANNELS; the others follow it. FIXED FOR
  // THE EPOCH: the mark belongs to the channel. A meter that is made anew in the same epoch with another first
  // channel passes the mark, and sends a second contribution to a round.
  uint16_t first_channel;
} wattsum_elgamal_setup;

// A prepared pair of one round and channel: it serves once, and the call that takes it wipes it. It may not be copied
// or moved, nor stored: TWO CONTRIBUTIONS OF ONE PAIR GIVE BOTH READINGS to anybody who sees them. Memory that holds
// none is all zero.
typedef struct {
  // Nothing for the caller.
  uint64_t words[WATTSUM_ELGAMAL_PAIR_WORDS];
} wattsum_elgamal_pair;

// The header of a frame, as its sender, or anybody on the line, has written it.
typedef struct {
  // Bytes between header and trailer.
  size_t payload_len;
  // Which group.
  uint32_t group;
  // Who sends, by its own word. Of cmt contributions the first four bytes of a token, which is nobody's id.
  uint32_t sender;
  // Which round. It tells the epoch: the one whose first to last round hold it.
  uint32_t round;
  // The epoch's number where `states_epoch`, else 0.
  uint32_t epoch;
  // WATTSUM_PROTOCOL_...
  uint8_t protocol;
  // Of the wire: 1.
  uint8_t version;
  // WATTSUM_KIND_...
  uint8_t kind;
  // Bit 0 the payload carries a round's pads; bits 1 and 2 the pass of a Close or a repair less one, of kinds 1 to 3
  // the form; bit 3 the final Close.
  uint8_t flags;
  // 1 if the payload begins with the epoch's number, as in link keys and roster roots; else 0.
  uint8_t states_epoch;
  // Bytes at the end: 16 of a tag or a seal, 64 of a signature.
  uint8_t trailer_len;
} wattsum_frame;

// A cumulative register of a meter, as it is for the meter's life.
typedef struct {
  // The last value that it shows before it begins at 0 anew: UINT32_MAX of 32 bits, 99999999 of eight digits.
  uint64_t largest;
  // A step is 10^scaler of the billed unit, -4 ... 3: the scaler of DLMS where Wh are billed, one more where 0.1 Wh
  // are.
  int8_t scaler;
} wattsum_register;

// Where an interval of a register begins. As secret as readings.
typedef struct {
  // What it showed.
  uint64_t value;
  // Steps that are not billed yet, fewer than make a unit; 0 where a meter is installed or exchanged.
  uint16_t rest;
} wattsum_kept;

// What the parties of a shamir group agree on.
typedef struct {
  // The common part.
  wattsum_group group;
  // Aggregators, by default 4.
  uint8_t aggregators;
  // How many of them open a sum, by default 3.
  uint8_t threshold;
  // How many of them may collude with the utility, by default 1; or
  // WATTSUM_TRUSTING_THE_UTILITY_NOT_TO_EQUIVOCATE; or one less than there are, where all of them open a sum.
  uint8_t colluding;
} wattsum_shamir_params;

// What a meter is made of. Everything is read during wattsum_shamir_meter_new and not kept.
typedef struct {
  // What the group agrees on.
  const wattsum_shamir_params *params;
  // The epoch.
  const wattsum_epoch *epoch;
  // Sizes and Merkle roots of its lists.
  const wattsum_lists *lists;
  // The utility's entry, checked as all others below: wattsum_member_announced, wattsum_member_verify.
  const wattsum_member *utility;
  // The aggregators' entries in the order of their numbers, checked.
  const wattsum_member *aggregators;
  // How many.
  size_t aggregator_count;
  // The own id.
  uint32_t id;
  // First channel of the device that this group reads, below WATTSUM_MARK_CHANNELS; the others follow it. FIXED FOR
  // THE EPOCH: pads belong to the session's keys and the round, the mark to the channel. A meter that is made anew
  // in the same epoch with another first channel passes the mark and spends a round's pads again, and two frames
  // then give the difference of two readings. Store it with the link secret; another channel waits for the next
  // epoch.
  uint16_t first_channel;
} wattsum_shamir_setup;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

#if defined(WATTSUM_HEAD_END)
// What a ciphertext says about itself.
wattsum_status wattsum_ckks_ciphertext_info(wattsum_ckks_ciphertext *ciphertext, wattsum_ckks_info *info);

// The bytes of a ciphertext. With `size` 0, `bytes_len` becomes how many there are, and nothing is written.
wattsum_status wattsum_ckks_ciphertext_bytes(wattsum_ckks_ciphertext *ciphertext,
                                             uint8_t *bytes,
                                             size_t size,
                                             size_t *bytes_len);

// Frees a ciphertext. NULL is right.
wattsum_status wattsum_ckks_ciphertext_free(wattsum_ckks_ciphertext *ciphertext);
#endif

// Makes an encryptor in `memory`, of WATTSUM_CKKS_ENCRYPTOR_SIZE bytes, aligned as a uint64_t.
//
// `key` is the public key, of WATTSUM_CKKS_SMALL_KEY_LEN or WATTSUM_CKKS_SMALL_JOINT_KEY_LEN bytes. IT STAYS WHERE IT
// IS, unchanged, as long as the encryptor lives: in flash, for instance. WHOEVER CHOOSES THE KEY READS THE METER: `id`
// is its name, to be compared with what came by a way that the sender of the key does not control.
//
// `device_secret` is 32 secret bytes of the device's, for nothing else: with it noise stays secret also where a
// generator is stuck.
wattsum_status wattsum_ckks_encryptor_new(void *memory,
                                          size_t size,
                                          const uint8_t *key,
                                          size_t key_len,
                                          const uint8_t device_secret[32],
                                          uint8_t id[WATTSUM_CKKS_KEY_ID_LEN],
                                          wattsum_ckks_encryptor **encryptor);

// Encrypts up to WATTSUM_CKKS_SMALL_VALUES whole numbers. `usage` has not been before and will not be again under this key;
// `entropy` is 32 fresh bytes. `workspace` has WATTSUM_CKKS_SMALL_WORKSPACE words at least, and is wiped before the
// function returns; `size` is WATTSUM_CKKS_SMALL_PAIR_LEN at least, which are written.
wattsum_status wattsum_ckks_encryptor_encrypt(wattsum_ckks_encryptor *encryptor,
                                              const wattsum_ckks_use *usage,
                                              const wattsum_ckks_readings *readings,
                                              const uint8_t entropy[32],
                                              uint32_t *workspace,
                                              size_t words,
                                              uint8_t *ciphertext,
                                              size_t size);

// Wipes it. NULL is right.
wattsum_status wattsum_ckks_encryptor_free(wattsum_ckks_encryptor *encryptor);

#if defined(WATTSUM_HEAD_END)
// An evaluator for a public key. `keys`, of wattsum_ckks_secret_switching_keys, are for squares and slot sums; without
// them, `keys_len` is 0.
wattsum_status wattsum_ckks_evaluator_new(const uint8_t *key,
                                          size_t key_len,
                                          const uint8_t *keys,
                                          size_t keys_len,
                                          wattsum_ckks_evaluator **evaluator);

// A ciphertext from its bytes. To be freed with wattsum_ckks_ciphertext_free.
wattsum_status wattsum_ckks_evaluator_read(wattsum_ckks_evaluator *evaluator,
                                           const uint8_t *bytes,
                                           size_t bytes_len,
                                           wattsum_ckks_ciphertext **ciphertext);

// The sum of all ciphertexts of a list, of at least one, from their bytes: one after the other, in the memory of one. One
// that cannot be added refuses the list; wattsum_ckks_evaluator_read tells which. To be freed with
// wattsum_ckks_ciphertext_free.
wattsum_status wattsum_ckks_evaluator_sum(wattsum_ckks_evaluator *evaluator,
                                          const wattsum_bytes *ciphertexts,
                                          size_t count,
                                          wattsum_ckks_ciphertext **sum);

// Encrypts whole numbers, exactly, as a device does. To be freed with wattsum_ckks_ciphertext_free.
wattsum_status wattsum_ckks_evaluator_encrypt(wattsum_ckks_evaluator *evaluator,
                                              const wattsum_ckks_use *usage,
                                              const wattsum_ckks_readings *readings,
                                              const uint8_t entropy[32],
                                              wattsum_ckks_ciphertext **ciphertext);

// Encrypts real numbers from -`most` to `most`, one a slot, at scale 2^`scale_bits`; `most` and scale are the group's. To be
// freed with wattsum_ckks_ciphertext_free.
wattsum_status wattsum_ckks_evaluator_encrypt_reals(wattsum_ckks_evaluator *evaluator,
                                                    const wattsum_ckks_use *usage,
                                                    const double *values,
                                                    size_t count,
                                                    double most,
                                                    uint32_t scale_bits,
                                                    const uint8_t entropy[32],
                                                    wattsum_ckks_ciphertext **ciphertext);

// Frees an evaluator. Its ciphertexts stay. NULL is right.
wattsum_status wattsum_ckks_evaluator_free(wattsum_ckks_evaluator *evaluator);

// Adds `other` to `ciphertext`.
wattsum_status wattsum_ckks_evaluator_add(wattsum_ckks_evaluator *evaluator,
                                          wattsum_ckks_ciphertext *ciphertext,
                                          wattsum_ckks_ciphertext *other);

// Makes the mean of the sum of `count` ciphertexts: the scale changes, and nothing else. Of real numbers; an exact sum is
// divided after decryption.
wattsum_status wattsum_ckks_evaluator_mean(wattsum_ckks_evaluator *evaluator,
                                           wattsum_ckks_ciphertext *ciphertext,
                                           uint32_t count);

// Multiplies with a whole number.
wattsum_status wattsum_ckks_evaluator_times_integer(wattsum_ckks_evaluator *evaluator,
                                                    wattsum_ckks_ciphertext *ciphertext,
                                                    int64_t factor);

// Multiplies real numbers with a number, at the price of a level; the scale stays.
wattsum_status wattsum_ckks_evaluator_times_scalar(wattsum_ckks_evaluator *evaluator,
                                                   wattsum_ckks_ciphertext *ciphertext,
                                                   double factor);

// Drops primes down to a level: what follows is faster, and there is less room.
wattsum_status wattsum_ckks_evaluator_drop_to(wattsum_ckks_evaluator *evaluator,
                                              wattsum_ckks_ciphertext *ciphertext,
                                              uint8_t level);

// Adds up the first `count` slots, in each slot; a power of two at best. Takes switching keys for as many.
wattsum_status wattsum_ckks_evaluator_slot_sum(wattsum_ckks_evaluator *evaluator,
                                               wattsum_ckks_ciphertext *ciphertext,
                                               uint32_t count);

// Divides by the last prime, which goes: a level less, and the scale smaller by exactly that prime.
wattsum_status wattsum_ckks_evaluator_rescale(wattsum_ckks_evaluator *evaluator,
                                              wattsum_ckks_ciphertext *ciphertext);

// Squares real numbers, slot by slot. Takes switching keys; wattsum_ckks_evaluator_rescale follows.
wattsum_status wattsum_ckks_evaluator_square(wattsum_ckks_evaluator *evaluator,
                                             wattsum_ckks_ciphertext *ciphertext);

// A new key, for a preset, WATTSUM_CKKS_SMALL and so on, from 32 fresh bytes.
wattsum_status wattsum_ckks_secret_generate(uint8_t preset,
                                            const uint8_t entropy[32],
                                            wattsum_ckks_secret **secret);

// A key from its bytes.
wattsum_status wattsum_ckks_secret_read(const uint8_t bytes[WATTSUM_CKKS_SECRET_LEN],
                                        wattsum_ckks_secret **secret);

// Its bytes, for storing: WHO HAS THEM READS EVERYBODY.
wattsum_status wattsum_ckks_secret_bytes(wattsum_ckks_secret *secret, uint8_t bytes[WATTSUM_CKKS_SECRET_LEN]);

// The public key. With `size` 0, `bytes_len` becomes how many bytes it has, and nothing is written.
wattsum_status wattsum_ckks_secret_public_key(wattsum_ckks_secret *secret,
                                              uint8_t *bytes,
                                              size_t size,
                                              size_t *bytes_len);

// Keys for squares, and for sums of up to `slots` slots, for the evaluator; public. With `size` 0, `bytes_len` becomes how
// many bytes they have, and nothing is written. No two calls with one entropy, but for these two.
wattsum_status wattsum_ckks_secret_switching_keys(wattsum_ckks_secret *secret,
                                                  uint32_t slots,
                                                  const uint8_t entropy[32],
                                                  uint8_t *bytes,
                                                  size_t size,
                                                  size_t *bytes_len);

// The first `count` whole numbers of a ciphertext of whole numbers, exactly: they say nothing about the key, and may be given
// away.
wattsum_status wattsum_ckks_secret_decrypt_exact(wattsum_ckks_secret *secret,
                                                 wattsum_ckks_ciphertext *ciphertext,
                                                 const uint8_t entropy[32],
                                                 int64_t *values,
                                                 size_t count);

// The first `count` numbers of a ciphertext, with as much noise as hides the key from whoever gets them, where not more
// than `answers` ciphertexts are answered: to `statistical_bits` bits, by default 40. No ciphertext is answered twice, and
// no sum and its parts. `error` is how far from the truth they are at most, a value.
wattsum_status wattsum_ckks_secret_decrypt_shared(wattsum_ckks_secret *secret,
                                                  wattsum_ckks_ciphertext *ciphertext,
                                                  uint8_t statistical_bits,
                                                  uint32_t answers,
                                                  const uint8_t entropy[32],
                                                  double *values,
                                                  size_t count,
                                                  double *error);

// The first `count` numbers of a ciphertext, for the holder of the key alone: NOT TO BE GIVEN TO ANYBODY WHO HAS SEEN A
// CIPHERTEXT, not even rounded, since the error in them says what the key is. `error` as in
// wattsum_ckks_secret_decrypt_shared.
wattsum_status wattsum_ckks_secret_decrypt_private(wattsum_ckks_secret *secret,
                                                   wattsum_ckks_ciphertext *ciphertext,
                                                   double *values,
                                                   size_t count,
                                                   double *error);

// Wipes and frees a secret key. NULL is right.
wattsum_status wattsum_ckks_secret_free(wattsum_ckks_secret *secret);
#endif

// Makes an encryptor in `memory`, of WATTSUM_CKKS_SEEDED_SIZE bytes, aligned as a uint64_t, of the 32 bytes that the secret
// key is made from (the first of wattsum_ckks_secret_bytes) and the key's name.
wattsum_status wattsum_ckks_seeded_new(void *memory,
                                       size_t size,
                                       const uint8_t seed[32],
                                       const uint8_t id[WATTSUM_CKKS_KEY_ID_LEN],
                                       wattsum_ckks_seeded **seeded);

// As wattsum_ckks_encryptor_encrypt; WATTSUM_CKKS_SMALL_SEEDED_LEN bytes are written.
wattsum_status wattsum_ckks_seeded_encrypt(wattsum_ckks_seeded *seeded,
                                           const wattsum_ckks_use *usage,
                                           const wattsum_ckks_readings *readings,
                                           const uint8_t entropy[32],
                                           uint32_t *workspace,
                                           size_t words,
                                           uint8_t *ciphertext,
                                           size_t size);

// Wipes it. NULL is right.
wattsum_status wattsum_ckks_seeded_free(wattsum_ckks_seeded *seeded);

// What link keys and rosters of a coming epoch belong to.
wattsum_status wattsum_cmt_forming(const wattsum_cmt_params *params,
                                   uint32_t epoch,
                                   uint64_t first_round,
                                   wattsum_forming *forming);

// Whom the draw makes concentrator of a generation of these members: `positions` ascend, `position` gets one of them.
// Everybody who knows the members computes this alone.
wattsum_status wattsum_cmt_concentrator(const wattsum_epoch *epoch,
                                        uint32_t generation,
                                        const uint32_t *positions,
                                        size_t count,
                                        uint32_t *position);

// The Echo for all other members: the set of the claim under which this meter has joined, signed. `own` is its own
// entry. The same call gives the same bytes.
wattsum_status wattsum_cmt_meter_echo(wattsum_cmt_meter *meter,
                                      const uint8_t identity_secret[32],
                                      const wattsum_cmt_entry *own,
                                      uint8_t frame[WATTSUM_CMT_ECHO_LEN]);

// Begins to gather the others' echoes, in `memory` of WATTSUM_CMT_AGREEMENT_SIZE bytes, aligned as a uint64_t, which
// is wiped first. `claim` is the Claim frame that `meter` follows, `claimant` its sender's entry. THE BYTES OF
// `claim` STAY WHERE THEY ARE, unchanged, until wattsum_cmt_agreement_free: they say who the members are, and are
// not copied.
wattsum_status wattsum_cmt_agreement_new(void *memory,
                                         size_t size,
                                         wattsum_cmt_meter *meter,
                                         const wattsum_cmt_entry *claimant,
                                         const uint8_t *claim,
                                         size_t claim_len,
                                         wattsum_cmt_agreement **agreement,
                                         uint32_t *culprit);

// Takes a member's Echo. `entry` is its sender's. They come ascending by position; this meter and the concentrator
// are left out. WATTSUM_FAULT_WRONG_MEMBERS: that member was shown another set; both claims are evidence against who
// signed them.
wattsum_status wattsum_cmt_agreement_hear(wattsum_cmt_agreement *agreement,
                                          const wattsum_cmt_entry *entry,
                                          const uint8_t *frame,
                                          size_t frame_len,
                                          uint32_t *culprit);

// Position of the next member that is to be heard. WATTSUM_MISUSE_UNKNOWN_PARTY: all have been.
wattsum_status wattsum_cmt_agreement_awaited(wattsum_cmt_agreement *agreement, uint32_t *position);

// All members have been heard: from here on `meter` takes its place (wattsum_cmt_meter_seat). WATTSUM_QUORUM:
// somebody has not.
wattsum_status wattsum_cmt_meter_agree(wattsum_cmt_meter *meter, wattsum_cmt_agreement *agreement);

// Ends an agreement; the memory and the claim are the caller's again. NULL is right.
wattsum_status wattsum_cmt_agreement_free(wattsum_cmt_agreement *agreement);

#if defined(WATTSUM_HEAD_END)
// Positions of the members that are left, but for the concentrator, ascending.
wattsum_status wattsum_cmt_book_members(wattsum_cmt_book *book,
                                        uint32_t *positions,
                                        size_t capacity,
                                        size_t *count);

// The position of the member that has a token, by the name that the supplier has for it: what
// wattsum_cmt_round_missing lists. WATTSUM_MISUSE_UNKNOWN_PARTY: nobody's, or the concentrator's own.
wattsum_status wattsum_cmt_book_named(wattsum_cmt_book *book, uint32_t name, uint32_t *position);

// Positions of whom a round was lost for, as far as the supplier's Lost frame tells: with derived δ all whom it
// names, with drawn δ the first of them around the ring, since nobody behind that one had a δ to go on with. Never
// the concentrator itself.
wattsum_status wattsum_cmt_book_silent(wattsum_cmt_book *book,
                                       uint64_t now,
                                       const uint8_t *lost,
                                       size_t lost_len,
                                       uint32_t *positions,
                                       size_t capacity,
                                       size_t *count,
                                       uint32_t *culprit);

// Heals the ring: from round `from` on it is one of those who are left when the members at the positions `cut` are
// taken out, as generation `generation`. Nobody needs to answer. `meter` is its concentrator and goes on as such; a
// round that is going around is given up. `frames` holds one for each member that is left and last, for id 0, the
// supplier's; it is to be freed. In groups with terms only a ring that is known to be broken is healed, and none
// whose members sign their set.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before any of the frames leaves; store the book and the
// meter's state of now before too, if the ring should survive a loss of power.
wattsum_status wattsum_cmt_book_heal(wattsum_cmt_book *book,
                                     wattsum_cmt_meter *meter,
                                     const uint8_t link_secret[32],
                                     uint64_t now,
                                     uint64_t from,
                                     uint32_t generation,
                                     const uint32_t *cut,
                                     size_t cut_count,
                                     const uint8_t entropy[32],
                                     uint8_t record[WATTSUM_CMT_GENERATION_RECORD_LEN],
                                     wattsum_cmt_outbox **frames,
                                     uint32_t *culprit);

// Bytes that wattsum_cmt_book_export writes now.
wattsum_status wattsum_cmt_book_state_len(wattsum_cmt_book *book, size_t *len);

// Writes the book, ALL OF IT SECRET: for protected storage, over the one before, in one piece with the meter's state
// or before it; the buffer is wiped after use. After wattsum_cmt_gathering_close and each wattsum_cmt_book_heal.
wattsum_status wattsum_cmt_book_export(wattsum_cmt_book *book,
                                       uint8_t *state,
                                       size_t size,
                                       size_t *len);

// A book from its stored bytes. One that does not fit the meter's place is refused where it is used. `setup` is that
// of the concentrator's meter.
wattsum_status wattsum_cmt_book_import(const wattsum_cmt_setup *setup,
                                       const uint8_t *state,
                                       size_t state_len,
                                       wattsum_cmt_book **book);

// Wipes and frees a book. NULL is right.
wattsum_status wattsum_cmt_book_free(wattsum_cmt_book *book);

// Claims a generation of these members, among whom the draw makes this meter concentrator
// (wattsum_cmt_concentrator): a Claim for all meters and the supplier. This meter follows its own claim from here
// on. `members` are positions, ascending. `setup` is the meter's. The same claim again is the same frame. Wait a
// deadline for better claims (wattsum_cmt_meter_follow), then wattsum_cmt_gathering_open.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before `frame` leaves: with another set for one generation
// the meter convicts itself. `frame_size` is at least WATTSUM_CMT_CLAIM_LEN.
wattsum_status wattsum_cmt_meter_claim(wattsum_cmt_meter *meter,
                                       const wattsum_cmt_setup *setup,
                                       const uint8_t identity_secret[32],
                                       uint64_t now,
                                       uint64_t from,
                                       uint32_t generation,
                                       const uint32_t *members,
                                       size_t count,
                                       uint8_t record[WATTSUM_CMT_GENERATION_RECORD_LEN],
                                       uint8_t *frame,
                                       size_t frame_size,
                                       size_t *frame_len);

// Hands the role over for a generation from round `from` on: one frame, for `receiver`, whom the draw makes its
// concentrator among `members`, those whom this one knows to be licensed: positions, ascending. `meter` is the
// ring's concentrator. `frame_size` is at least WATTSUM_CMT_HAND_OVER_LEN.
//
// WATTSUM_MISUSE_WRONG_ROLE: the draw makes it itself, and it claims. WATTSUM_MISUSE_UNKNOWN_PARTY: it makes a meter
// that is not in this ring, and the members elect.
wattsum_status wattsum_cmt_book_hand_over(wattsum_cmt_book *book,
                                          wattsum_cmt_meter *meter,
                                          uint64_t now,
                                          uint64_t from,
                                          uint32_t generation,
                                          const uint32_t *members,
                                          size_t count,
                                          uint32_t *receiver,
                                          uint8_t *frame,
                                          size_t frame_size,
                                          size_t *frame_len);

// Takes the role over from this ring's concentrator: what is left to do is to claim the generation, with the members
// whose positions `members` gets.
wattsum_status wattsum_cmt_meter_handed_over(wattsum_cmt_meter *meter,
                                             uint64_t now,
                                             const uint8_t *frame,
                                             size_t frame_len,
                                             wattsum_cmt_handed_over *handed_over,
                                             uint32_t *members,
                                             size_t capacity,
                                             size_t *count,
                                             uint32_t *culprit);

// WATTSUM_CMT_DRAWN: the round's Start for the concentrator, WATTSUM_CMT_START_LEN bytes. Where derived there is none
// (WATTSUM_MISUSE_WRONG_MODE): members send at their time.
wattsum_status wattsum_cmt_round_frame(wattsum_cmt_round *round,
                                       uint8_t *frame,
                                       size_t frame_size,
                                       size_t *frame_len);

// Takes a contribution. `sender`, and `culprit` on a fault, get the NAME of a token, which is no id of the roster: the
// supplier does not know whose it is. The same frame again changes nothing.
wattsum_status wattsum_cmt_round_accept(wattsum_cmt_round *round,
                                        const uint8_t *frame,
                                        size_t frame_len,
                                        uint32_t *sender,
                                        uint32_t *culprit);

// Takes many contributions, whose tags are checked side by side. Each gets its status, and in `senders` its token's
// name, or on a fault the culprit's, else UINT32_MAX. The call is WATTSUM_OK when its arguments were right.
wattsum_status wattsum_cmt_round_accept_many(wattsum_cmt_round *round,
                                             const wattsum_bytes *frames,
                                             size_t count,
                                             uint32_t *senders,
                                             wattsum_status *statuses);

// Names of the tokens whose contribution has not come. The concentrator's book knows whose they are.
wattsum_status wattsum_cmt_round_missing(wattsum_cmt_round *round,
                                         uint32_t *names,
                                         size_t capacity,
                                         size_t *count);

// The sums of a round, one a channel, and the number of meters in them. There are no partial sums: a ring gives the
// sum of ALL its members or none, and sums of several rings are added as the numbers they are.
//
// On WATTSUM_QUORUM contributions are missing, and the round goes on; after the deadline
// wattsum_cmt_supplier_discard gives it up. On WATTSUM_INCONSISTENT the sum is impossible, and the round is lost:
// wattsum_cmt_supplier_lost.
wattsum_status wattsum_cmt_round_close(wattsum_cmt_round *round,
                                       int64_t *sums,
                                       size_t channels,
                                       uint32_t *meters);

// Frees a round, at any time. NULL is right.
wattsum_status wattsum_cmt_round_free(wattsum_cmt_round *round);

// A roll in which all licences of the epoch hold. `setup` is the meter's. To be freed with wattsum_cmt_roll_free. A
// lost one lets in whom the supplier then refuses.
wattsum_status wattsum_cmt_roll_new(const wattsum_cmt_setup *setup,
                                    wattsum_cmt_roll **roll);

// The generation of this Claim has formed: earlier licences of those that it left out are void.
wattsum_status wattsum_cmt_roll_formed(wattsum_cmt_roll *roll,
                                       const wattsum_cmt_entry *claimant,
                                       const uint8_t *frame,
                                       size_t frame_len,
                                       uint32_t *culprit);

// The meter at this position was cut out of a ring from round `from` on.
wattsum_status wattsum_cmt_roll_cut(wattsum_cmt_roll *roll, uint32_t position, uint64_t from);

// Frees a roll. NULL is right.
wattsum_status wattsum_cmt_roll_free(wattsum_cmt_roll *roll);

// Opens the election of a generation from round `from` on, and makes this meter's Hello for all around. Each other
// meter, and later each that is drawn, has `tries` deadlines to be heard. `setup` is the meter's. To be freed with
// wattsum_cmt_election_free.
wattsum_status wattsum_cmt_election_open(wattsum_cmt_meter *meter,
                                         const wattsum_cmt_setup *setup,
                                         const uint8_t identity_secret[32],
                                         uint64_t now,
                                         uint64_t from,
                                         uint32_t generation,
                                         uint8_t tries,
                                         uint8_t hello[WATTSUM_CMT_HELLO_LEN],
                                         wattsum_cmt_election **election);

// Takes a Hello of the meter `sender`.
wattsum_status wattsum_cmt_election_hear(wattsum_cmt_election *election,
                                         wattsum_cmt_roll *roll,
                                         uint64_t now,
                                         const wattsum_cmt_entry *sender,
                                         const uint8_t *frame,
                                         size_t frame_len,
                                         wattsum_cmt_heard *heard,
                                         uint32_t *culprit);

// Takes a meter out, one whose ring did not form, say: it is not drawn, nor a member of what this meter claims.
wattsum_status wattsum_cmt_election_leave_out(wattsum_cmt_election *election,
                                              uint32_t position);

// Who would be in the ring: positions, ascending.
wattsum_status wattsum_cmt_election_members(wattsum_cmt_election *election,
                                            uint32_t *positions,
                                            size_t capacity,
                                            size_t *count);

// The caller's deadline has passed without a claim to this generation that this meter follows: what to do.
wattsum_status wattsum_cmt_election_deadline(wattsum_cmt_election *election, wattsum_cmt_verdict *verdict);

// Frees an election. NULL is right.
wattsum_status wattsum_cmt_election_free(wattsum_cmt_election *election);

// Begins a generation from round `from` on with these members, by the meter that the draw makes its concentrator.
// `members` are their entries, checked, ascending by position, `meter`'s own among them. `setup` is that of `meter`.
// In groups with terms the meter has claimed this generation with these members.
//
// On WATTSUM_MISUSE_WRONG_ROLE the draw makes another member concentrator: wattsum_cmt_concentrator tells whom.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before the frames in `tokens` leave, one to each member.
//
// Both are to be freed: wattsum_cmt_gathering_free, wattsum_cmt_outbox_free. A member whose FirstKey does not come
// is left out of the NEXT generation; this one is given up.
wattsum_status wattsum_cmt_gathering_open(wattsum_cmt_meter *meter,
                                          const wattsum_cmt_setup *setup,
                                          const uint8_t link_secret[32],
                                          uint64_t now,
                                          uint64_t from,
                                          uint32_t generation,
                                          const wattsum_cmt_entry *members,
                                          size_t count,
                                          const uint8_t entropy[32],
                                          uint8_t record[WATTSUM_CMT_GENERATION_RECORD_LEN],
                                          wattsum_cmt_gathering **gathering,
                                          wattsum_cmt_outbox **tokens,
                                          uint32_t *culprit);

// Takes a FirstKey. `sender` gets the id of the member. The same frame again changes nothing.
wattsum_status wattsum_cmt_gathering_accept(wattsum_cmt_gathering *gathering,
                                            const uint8_t *frame,
                                            size_t frame_len,
                                            uint32_t *sender,
                                            uint32_t *culprit);

// Takes many FirstKeys. Each gets its status, and in `senders` its sender, or on a fault the culprit, else
// UINT32_MAX. The call is WATTSUM_OK when its arguments were right.
wattsum_status wattsum_cmt_gathering_accept_many(wattsum_cmt_gathering *gathering,
                                                 const wattsum_bytes *frames,
                                                 size_t count,
                                                 uint32_t *senders,
                                                 wattsum_status *statuses);

// Ids of the members whose FirstKey has not come.
wattsum_status wattsum_cmt_gathering_missing(wattsum_cmt_gathering *gathering,
                                             uint32_t *ids,
                                             size_t capacity,
                                             size_t *count);

// Ends the gathering: `meter`, the one that opened, takes its place as concentrator. `frames` holds the Seat of each
// member and last, for id 0, the supplier's GroupKey; `book` stays with the concentrator for as long as the ring
// lives. Both are to be freed.
//
// Store first, send then, if the ring should survive a loss of power: the book (wattsum_cmt_book_export), then the
// meter's state (wattsum_cmt_meter_export), then the frames leave.
//
// On WATTSUM_QUORUM first keys are missing, and the gathering goes on. On any other status but those for wrong
// pointers and WATTSUM_MISUSE_WRONG_ROLE the meter has gone on to another generation or has given its claim up, and
// this one is over.
wattsum_status wattsum_cmt_gathering_close(wattsum_cmt_gathering *gathering,
                                           wattsum_cmt_meter *meter,
                                           wattsum_cmt_outbox **frames,
                                           wattsum_cmt_book **book);

// Wipes and frees a gathering, at any time. NULL is right.
wattsum_status wattsum_cmt_gathering_free(wattsum_cmt_gathering *gathering);
#endif

// Who the ring neighbours are, by their positions, in the ring of those who are left by the concentrator's Heal
// frame: as wattsum_cmt_meter_neighbours. wattsum_cmt_meter_heal wants their entries.
wattsum_status wattsum_cmt_meter_healed_neighbours(wattsum_cmt_meter *meter,
                                                   const uint8_t *heal,
                                                   size_t heal_len,
                                                   uint32_t neighbours[WATTSUM_CMT_NEIGHBOURS],
                                                   size_t *count,
                                                   uint32_t *culprit);

// Goes on in the ring of those who are left, from the Heal frame's round on, between the neighbours that it names:
// their entries, checked, in the order of wattsum_cmt_meter_healed_neighbours. Nothing is answered. A frame that was
// missed is made good by the next one, or by the same once more.
//
// STORE FIRST: `record` is on flash and synced before the meter takes part in a round; store the state too
// (wattsum_cmt_meter_export).
wattsum_status wattsum_cmt_meter_heal(wattsum_cmt_meter *meter,
                                      const uint8_t link_secret[32],
                                      uint64_t now,
                                      const uint8_t *heal,
                                      size_t heal_len,
                                      const wattsum_cmt_entry *neighbours,
                                      size_t count,
                                      uint8_t record[WATTSUM_CMT_GENERATION_RECORD_LEN],
                                      uint32_t *culprit);

// Makes a meter that is in no ring yet, in `memory` of WATTSUM_CMT_METER_SIZE bytes, aligned as a uint64_t. All of the
// memory is wiped first, also one in which a meter lives: on failure it holds nothing of use and no secret. Only
// after a NULL, misaligned or overlapping pointer it may be as it was.
//
// The link secret is not given to the meter: neighbours change with the generation, so it is lent to each call that
// needs it. Wipe it when no further generation of the epoch is to be joined: who takes the device while it is there
// can open what this meter and others have sent each other since the epoch began.
wattsum_status wattsum_cmt_meter_new(void *memory,
                                     size_t size,
                                     const wattsum_cmt_setup *setup,
                                     wattsum_cmt_meter **meter,
                                     uint32_t *culprit);

// Takes the Token that the concentrator of a coming generation has sent, draws this meter's first key for it, and
// makes the FirstKey for the concentrator. The place in the present ring stays until wattsum_cmt_meter_seat.
//
// `concentrator` is whom this meter expects: any meter can send a Token. In groups with terms it is the one whose
// claim is followed. `link_secret` is that of the meter's announced link key.
//
// STORE FIRST, SEND THEN: `record` is on flash and synced before `frame` leaves the device. A generation that was
// joined twice would use a nonce twice. To send again, send the same bytes; store the state too
// (wattsum_cmt_meter_export) if a loss of power should not lose the place.
//
// `frame_size` is at least WATTSUM_CMT_FIRST_KEY_LEN.
wattsum_status wattsum_cmt_meter_join(wattsum_cmt_meter *meter,
                                      const uint8_t link_secret[32],
                                      uint64_t now,
                                      const wattsum_cmt_entry *concentrator,
                                      const uint8_t *token,
                                      size_t token_len,
                                      const uint8_t entropy[32],
                                      uint8_t record[WATTSUM_CMT_GENERATION_RECORD_LEN],
                                      uint8_t *frame,
                                      size_t frame_size,
                                      size_t *frame_len,
                                      uint32_t *culprit);

// Who the ring neighbours are that the concentrator's Seat names, by their positions: before and after this meter, and
// where there is a second ring, two places before and two after: 2 or 4. wattsum_cmt_meter_seat wants their entries.
wattsum_status wattsum_cmt_meter_neighbours(wattsum_cmt_meter *meter,
                                            const uint8_t *seat,
                                            size_t seat_len,
                                            uint32_t neighbours[WATTSUM_CMT_NEIGHBOURS],
                                            size_t *count,
                                            uint32_t *culprit);

// Takes the place that the Seat gives, between the neighbours that it names: their entries, checked, in the order of
// wattsum_cmt_meter_neighbours. The place in an earlier ring is gone from here on. Store the state
// (wattsum_cmt_meter_export) if a loss of power should not lose the place.
wattsum_status wattsum_cmt_meter_seat(wattsum_cmt_meter *meter,
                                      const uint8_t link_secret[32],
                                      const uint8_t *seat,
                                      size_t seat_len,
                                      const wattsum_cmt_entry *neighbours,
                                      size_t count,
                                      uint32_t *culprit);

// Where the meter is.
wattsum_status wattsum_cmt_meter_place(wattsum_cmt_meter *meter, wattsum_cmt_place *place);

// Takes a stored record of a generation, or of a claim, into account after a start, and after
// wattsum_cmt_meter_import if there is a state: all records of this role, group and epoch are replayed, in any
// order. What an older state had begun is dropped where a record tells of a later generation.
// WATTSUM_MALFORMED_BAD_RECORD: as of wattsum_mark_replay.
wattsum_status wattsum_cmt_meter_replay(wattsum_cmt_meter *meter,
                                        const uint8_t *record,
                                        size_t record_len);

// Wipes a meter, also one that a panic has left behind: its keys are gone, the memory is the caller's again. NULL is
// right.
wattsum_status wattsum_cmt_meter_free(wattsum_cmt_meter *meter);

#if defined(WATTSUM_HEAD_END)
// How many frames there are.
wattsum_status wattsum_cmt_outbox_count(wattsum_cmt_outbox *outbox, size_t *count);

// The frame with a number, from 0, and whom it is for: 0 is the supplier. On WATTSUM_MISUSE_WRONG_LENGTH it is
// longer than `frame_size`; on WATTSUM_MISUSE_UNKNOWN_PARTY there are not so many.
wattsum_status wattsum_cmt_outbox_frame(wattsum_cmt_outbox *outbox,
                                        size_t index,
                                        uint32_t *receiver,
                                        uint8_t *frame,
                                        size_t frame_size,
                                        size_t *frame_len);

// Frees an outbox. NULL is right.
wattsum_status wattsum_cmt_outbox_free(wattsum_cmt_outbox *outbox);

// Answers a meter's request for a licence. For a number that was issued the last licence comes again, byte for byte.
//
// STORE FIRST, SEND THEN: `record` is appended and synced before `frame` leaves.
wattsum_status wattsum_cmt_supplier_licence(wattsum_cmt_supplier *supplier,
                                            uint64_t now,
                                            const uint8_t *request,
                                            size_t request_len,
                                            uint8_t record[WATTSUM_CMT_LICENCE_RECORD_LEN],
                                            uint8_t frame[WATTSUM_CMT_LICENCE_FRAME_LEN],
                                            uint32_t *culprit);

// Takes a meter out of the registry: it gets no licence, and no ring with it is taken. A ring that runs goes on.
// Store the state.
wattsum_status wattsum_cmt_supplier_expel(wattsum_cmt_supplier *supplier,
                                          uint32_t meter);

// Takes an expelled meter back. Store the state.
wattsum_status wattsum_cmt_supplier_readmit(wattsum_cmt_supplier *supplier, uint32_t meter);

// Whether a meter has a licence that is good for a new generation: 1 or 0.
wattsum_status wattsum_cmt_supplier_is_licensed(wattsum_cmt_supplier *supplier,
                                                uint32_t meter,
                                                uint8_t *licensed);

// Takes a Claim: the GroupKey of its generation is to come from the claimant. Gather claims until a deadline before
// a GroupKey is handed to wattsum_cmt_supplier_register. WATTSUM_FAULT_BAD_LICENCE blames a MEMBER without a licence
// that holds: tell the claimant, who does without it. Nothing is stored: after a restart the claims are sent again.
wattsum_status wattsum_cmt_supplier_claimed(wattsum_cmt_supplier *supplier,
                                            uint64_t now,
                                            const uint8_t *frame,
                                            size_t frame_len,
                                            wattsum_cmt_claim *claim,
                                            uint32_t *culprit);

// Gives up the claim whose GroupKey is waited for, at EVERY deadline without one: the next claim, if there is any,
// takes its place. `claim` gets the one that was given up; its generation is 0 if there was none.
wattsum_status wattsum_cmt_supplier_forsake(wattsum_cmt_supplier *supplier,
                                            uint64_t now,
                                            wattsum_cmt_claim *claim);
#endif

// WATTSUM_CMT_DERIVED: makes the one contribution of a round, for the supplier; all members do so side by side, the
// concentrator too. `reading` holds a value for each channel, `now` is the present round by the device's own clock.
//
// STORE FIRST, SEND THEN: `record` is on flash and synced before `frame` leaves the device. From here on the interval
// is spent, also if the frame is lost; to send again, send the same bytes. After the first round of each ratchet step
// write the state (wattsum_cmt_meter_export) over the one before: its keys read what was sent.
//
// `frame_size` is at least WATTSUM_CMT_CONTRIBUTION_LEN.
wattsum_status wattsum_cmt_meter_contribute(wattsum_cmt_meter *meter,
                                            wattsum_mark *mark,
                                            uint64_t now,
                                            uint64_t round,
                                            const int64_t *reading,
                                            size_t channels,
                                            uint8_t record[WATTSUM_MARK_RECORD_LEN],
                                            uint8_t *frame,
                                            size_t frame_size,
                                            size_t *frame_len,
                                            uint32_t *culprit);

// WATTSUM_CMT_DRAWN: takes the Delta of the member before, draws the own one, and makes the one contribution of a
// round: `contribution` goes to the supplier, `delta` to the member after. The concentrator starts and closes the
// round instead.
//
// STORE FIRST, SEND THEN: `record` is on flash and synced before either frame leaves the device. From here on the
// interval is spent, also if a frame is lost; to send again, send the same bytes.
//
// `contribution` has room for `contribution_size` bytes, at least WATTSUM_CMT_CONTRIBUTION_LEN, `delta` for
// `delta_size`, at least WATTSUM_CMT_DELTA_LEN; so many are written.
wattsum_status wattsum_cmt_meter_relay(wattsum_cmt_meter *meter,
                                       wattsum_mark *mark,
                                       uint64_t now,
                                       uint64_t round,
                                       const int64_t *reading,
                                       size_t channels,
                                       const uint8_t *received,
                                       size_t received_len,
                                       const uint8_t entropy[32],
                                       uint8_t record[WATTSUM_MARK_RECORD_LEN],
                                       uint8_t *contribution,
                                       size_t contribution_size,
                                       uint8_t *delta,
                                       size_t delta_size,
                                       uint32_t *culprit);

// WATTSUM_CMT_DRAWN, at the concentrator: starts the round that the supplier's Start asks for, and makes the Delta
// for the member after. The own reading is spent on it; the own contribution comes with wattsum_cmt_meter_close. A
// round that was started before and not closed is given up: its ring is broken.
//
// STORE FIRST, SEND THEN: `record` is on flash and synced before `delta` leaves the device. To send again, send the
// same bytes. A round that is on its way is not in the state: after a loss of power it is lost.
//
// `delta_size` is at least WATTSUM_CMT_DELTA_LEN.
wattsum_status wattsum_cmt_meter_start(wattsum_cmt_meter *meter,
                                       wattsum_mark *mark,
                                       uint64_t now,
                                       uint64_t round,
                                       const int64_t *reading,
                                       size_t channels,
                                       const uint8_t *start,
                                       size_t start_len,
                                       const uint8_t entropy[32],
                                       uint8_t record[WATTSUM_MARK_RECORD_LEN],
                                       uint8_t *delta,
                                       size_t delta_size,
                                       size_t *delta_len,
                                       uint32_t *culprit);

// WATTSUM_CMT_DRAWN, at the concentrator: takes the Delta of the last member, which closes the ring, and only now
// makes the own contribution for the supplier. What it needs was stored at the start.
//
// `frame_size` is at least WATTSUM_CMT_CONTRIBUTION_LEN.
wattsum_status wattsum_cmt_meter_close(wattsum_cmt_meter *meter,
                                       uint64_t now,
                                       const uint8_t *received,
                                       size_t received_len,
                                       uint8_t *frame,
                                       size_t frame_size,
                                       size_t *frame_len,
                                       uint32_t *culprit);

// Bytes that wattsum_cmt_meter_export writes now.
wattsum_status wattsum_cmt_meter_state_len(wattsum_cmt_meter *meter, size_t *len);

// Writes what a meter needs to go on in its ring after a loss of power. ALL OF IT IS SECRET, its keys read what the
// meter sends: it belongs into protected storage, over the state before, and the buffer is wiped after use. The link
// secret is not in it.
//
// Nothing HAS to be stored but the records: without a state the meter is in no ring until the next generation. Store
// it after wattsum_cmt_meter_join, _seat and _heal and after wattsum_cmt_gathering_close, after _licensed, _follow
// and _forsake, and after the first round of each ratchet step. It may be some steps old: with all records replayed,
// no generation is joined and no interval sent twice.
//
// `size` is at least what wattsum_cmt_meter_state_len says, never more than WATTSUM_CMT_METER_STATE_MAX.
wattsum_status wattsum_cmt_meter_export(wattsum_cmt_meter *meter,
                                        uint8_t *state,
                                        size_t size,
                                        size_t *len);

// Makes a meter that goes on from a stored state; all else as of wattsum_cmt_meter_new. Then
// wattsum_cmt_meter_replay ALL records of the epoch, and those of the device's mark, before anything else.
//
// WATTSUM_MALFORMED_BAD_RECORD: a state that is damaged, or of another epoch, meter or channels. Make a new meter, and
// replay: it waits for the next generation.
wattsum_status wattsum_cmt_meter_import(void *memory,
                                        size_t size,
                                        const wattsum_cmt_setup *setup,
                                        const uint8_t *state,
                                        size_t state_len,
                                        wattsum_cmt_meter **meter,
                                        uint32_t *culprit);

#if defined(WATTSUM_HEAD_END)
// A supplier that knows no ring yet. `identity_secret` is its own, `link_secret` that of its announced link key,
// which is wiped on success. To be freed with wattsum_cmt_supplier_free.
wattsum_status wattsum_cmt_supplier_new(const wattsum_cmt_params *params,
                                        const wattsum_epoch *epoch,
                                        wattsum_roster *roster,
                                        const uint8_t identity_secret[32],
                                        uint8_t link_secret[32],
                                        wattsum_cmt_supplier **supplier);

// Takes the GroupKey of `concentrator`, which is whom the caller expects: a concentrator can make up a whole ring.
// From now on rounds are of its generation, and ciphertexts of earlier ones are refused. The same frame again
// changes nothing. In groups with terms the concentrator is a claim's (wattsum_cmt_supplier_claimed).
//
// Store the state (wattsum_cmt_supplier_export) before a round is opened. Until then a loss of power forgets the
// frame, and the concentrator has to send it again.
wattsum_status wattsum_cmt_supplier_register(wattsum_cmt_supplier *supplier,
                                             uint64_t now,
                                             uint32_t concentrator,
                                             const uint8_t *frame,
                                             size_t frame_len,
                                             uint32_t *culprit);

// Takes the frame for the supplier of a ring that was healed: from its round on the ring is one of those who are
// left. The same frame again changes nothing; a round that is open goes on as it began. Store the state before a
// round is opened.
wattsum_status wattsum_cmt_supplier_heal(wattsum_cmt_supplier *supplier,
                                         uint64_t now,
                                         const uint8_t *frame,
                                         size_t frame_len,
                                         uint32_t *culprit);

// Which ring the supplier takes ciphertexts of.
wattsum_status wattsum_cmt_supplier_registered(wattsum_cmt_supplier *supplier,
                                               wattsum_cmt_registered *registered);

// Opens a round of the present ring. Each round is opened once, in ascending order. To be freed with
// wattsum_cmt_round_free.
//
// STORE FIRST, SEND THEN: `record` is stored before the round's frame leaves or a contribution is taken. A round
// that is open when the supplier stops is lost: wattsum_cmt_supplier_lost.
wattsum_status wattsum_cmt_supplier_open(wattsum_cmt_supplier *supplier,
                                         uint64_t now,
                                         uint64_t round,
                                         uint8_t record[WATTSUM_CMT_ROUND_RECORD_LEN],
                                         wattsum_cmt_round **opened);

// How far rounds have come: what wattsum_cmt_supplier_open gave last.
wattsum_status wattsum_cmt_supplier_progress(wattsum_cmt_supplier *supplier,
                                             uint8_t record[WATTSUM_CMT_ROUND_RECORD_LEN]);

// Takes a stored record of rounds, or of a licence, into account after a start, and after
// wattsum_cmt_supplier_import if there is a state: all of the epoch, in any order. WATTSUM_MALFORMED_BAD_RECORD: as
// of wattsum_mark_replay.
wattsum_status wattsum_cmt_supplier_replay(wattsum_cmt_supplier *supplier,
                                           const uint8_t *record,
                                           size_t record_len);

// Gives a round up that misses contributions: they are gone, and the signed Lost frame, for all meters of the ring,
// names the tokens whose did not come. The concentrator knows whom to do without (wattsum_cmt_book_silent). The
// round is of no more use, but is still to be freed.
//
// STORE FIRST, SEND THEN: `record` is stored before `frame` leaves. `frame_size` is at least WATTSUM_CMT_LOST_LEN of
// the number of those who are missing.
wattsum_status wattsum_cmt_supplier_discard(wattsum_cmt_supplier *supplier,
                                            wattsum_cmt_round *round,
                                            uint8_t record[WATTSUM_CMT_ROUND_RECORD_LEN],
                                            uint8_t *frame,
                                            size_t frame_size,
                                            size_t *frame_len);

// The same for a round of the present ring that is no more: its sum was impossible (WATTSUM_INCONSISTENT), or it was
// open when the supplier stopped. Nobody is named. `frame_size` is at least WATTSUM_CMT_LOST_LEN(0).
wattsum_status wattsum_cmt_supplier_lost(wattsum_cmt_supplier *supplier,
                                         uint64_t round,
                                         uint8_t record[WATTSUM_CMT_ROUND_RECORD_LEN],
                                         uint8_t *frame,
                                         size_t frame_size,
                                         size_t *frame_len);

// Drops the epoch's link secret: no further generation can be registered, and what earlier ones sent cannot be opened.
// The present ring goes on.
wattsum_status wattsum_cmt_supplier_wipe_link(wattsum_cmt_supplier *supplier);

// Wipes and frees a supplier. NULL is right. Its rounds can still be closed, and are still to be freed.
wattsum_status wattsum_cmt_supplier_free(wattsum_cmt_supplier *supplier);

// Bytes that wattsum_cmt_supplier_export writes now.
wattsum_status wattsum_cmt_supplier_state_len(wattsum_cmt_supplier *supplier, size_t *len);

// Writes what the supplier needs to go on after a restart, ALL OF IT SECRET: the registry, how far rounds have come,
// and the present ring with its keys. For protected storage, whole, over the one before; the buffer is wiped after
// use. Store it when a ring was registered or healed and when a meter was expelled or readmitted; rounds and
// licences have records of their own.
wattsum_status wattsum_cmt_supplier_export(wattsum_cmt_supplier *supplier,
                                           uint8_t *state,
                                           size_t size,
                                           size_t *len);

// A supplier that goes on from its state. Then wattsum_cmt_supplier_replay all records of the epoch. `link_secret`
// is that of its announced link key, which is wiped on success; NULL, and no further generation can be registered.
// To be freed with wattsum_cmt_supplier_free.
wattsum_status wattsum_cmt_supplier_import(const wattsum_cmt_params *params,
                                           const wattsum_epoch *epoch,
                                           wattsum_roster *roster,
                                           const uint8_t identity_secret[32],
                                           uint8_t *link_secret,
                                           const uint8_t *state,
                                           size_t state_len,
                                           wattsum_cmt_supplier **supplier);
#endif

// Asks the supplier for a licence, or for the next one: a meter that a generation left out needs another.
// `identity_secret` is the meter's.
wattsum_status wattsum_cmt_meter_ask(wattsum_cmt_meter *meter,
                                     const uint8_t identity_secret[32],
                                     uint64_t now,
                                     uint8_t frame[WATTSUM_CMT_LICENCE_REQUEST_LEN]);

// Takes the supplier's Licence, unless the meter has the same or a later one. `kept` is to be stored, or the meter's
// state; it is not secret.
wattsum_status wattsum_cmt_meter_licensed(wattsum_cmt_meter *meter,
                                          uint64_t now,
                                          const uint8_t *frame,
                                          size_t frame_len,
                                          uint8_t kept[WATTSUM_CMT_LICENCE_LEN],
                                          uint32_t *culprit);

// Takes a licence that was kept.
wattsum_status wattsum_cmt_meter_restore_licence(wattsum_cmt_meter *meter,
                                                 const uint8_t kept[WATTSUM_CMT_LICENCE_LEN],
                                                 uint32_t *culprit);

// Says that this meter is there for a generation from round `from` on, and shows its licence: for all around it.
// `own` is its own entry. The same call gives the same bytes.
wattsum_status wattsum_cmt_meter_hello(wattsum_cmt_meter *meter,
                                       const uint8_t identity_secret[32],
                                       const wattsum_cmt_entry *own,
                                       uint64_t now,
                                       uint64_t from,
                                       uint32_t generation,
                                       uint8_t frame[WATTSUM_CMT_HELLO_LEN]);

// Asks those around who is concentrator now: whoever is sends its Claim again, which wattsum_cmt_claim_verify reads.
wattsum_status wattsum_cmt_meter_discover(wattsum_cmt_meter *meter,
                                          const uint8_t identity_secret[32],
                                          const wattsum_cmt_entry *own,
                                          uint64_t now,
                                          uint8_t frame[WATTSUM_CMT_HELLO_LEN]);

// Checks a Claim, whenever its generation began, and reads who the members are: `members` gets their positions,
// ascending. Whether it holds now is for wattsum_cmt_meter_follow. `setup` is that of any meter of the epoch.
wattsum_status wattsum_cmt_claim_verify(const wattsum_cmt_setup *setup,
                                        const wattsum_cmt_entry *claimant,
                                        const uint8_t *frame,
                                        size_t frame_len,
                                        wattsum_cmt_claim *claim,
                                        uint32_t *members,
                                        size_t capacity,
                                        uint32_t *culprit);

// Takes a Claim: this meter joins the claimant's ring if it answers, and no other one meanwhile. A claim to a lower
// generation, or a better one to the same, takes its place until the meter has joined; the same frame again changes
// nothing. Gather claims until a deadline before the first Token is handed to wattsum_cmt_meter_join. Store the
// state.
//
// WATTSUM_FAULT_NOT_EXPECTED: a better claim is followed. WATTSUM_FAULT_CONTRADICTION: both frames are evidence
// against the claimant.
wattsum_status wattsum_cmt_meter_follow(wattsum_cmt_meter *meter,
                                        uint64_t now,
                                        const wattsum_cmt_entry *claimant,
                                        const uint8_t *frame,
                                        size_t frame_len,
                                        wattsum_cmt_claim *claim,
                                        uint32_t *culprit);

// The claim that is followed; its generation is 0 for none.
wattsum_status wattsum_cmt_meter_followed(wattsum_cmt_meter *meter, wattsum_cmt_claim *claim);

// Gives up the claim that is followed: the caller's deadline for its ring has passed. Its claimant is not followed
// again before this meter has a place elsewhere. The present ring, if its term is not over, stays. Store the state
// afterwards.
wattsum_status wattsum_cmt_meter_forsake(wattsum_cmt_meter *meter);

// Says that the present ring is broken: the caller's deadline for a Delta, or for the ring to close, has passed.
// From here on this meter follows a claim before the term's end, or lets the ring be healed.
wattsum_status wattsum_cmt_meter_broken(wattsum_cmt_meter *meter);

// Takes the supplier's Lost frame: the present ring is broken, as after wattsum_cmt_meter_broken.
wattsum_status wattsum_cmt_meter_lost(wattsum_cmt_meter *meter,
                                      uint64_t now,
                                      const uint8_t *frame,
                                      size_t frame_len,
                                      uint32_t *culprit);

// What link keys and rosters of a coming epoch belong to.
wattsum_status wattsum_dcnet_forming(const wattsum_dcnet_params *params,
                                     uint32_t epoch,
                                     uint64_t first_round,
                                     wattsum_forming *forming);

// Positions of the neighbours of the meter at `position`, ascending, in a roster of `meters`: whose entries and
// proofs to ask the utility for. `capacity` is at least `degree`, in groups without a degree `meters` - 1. A device
// computes this for a while: about 25,000 SHA-256 compressions at degree 92.
wattsum_status wattsum_dcnet_neighbours(const wattsum_dcnet_params *params,
                                        const wattsum_epoch *epoch,
                                        uint32_t meters,
                                        uint32_t position,
                                        uint32_t *positions,
                                        size_t capacity,
                                        size_t *count);

#if defined(WATTSUM_HEAD_END)
// Asks for certified answers of a round whose Close is final. In place of bound answers: all holders in `asked`, at
// least as many as the threshold says, are asked by their numbers, ascending, and of threshold + 2e answers up to e
// may be wrong: they are named, and the sum is right.
//
// The round is in WATTSUM_ROUND_CERTIFYING then, and its frame, a Close, goes to the holders asked, and to nobody
// else. They state the set (wattsum_dcnet_holder_agree), the round takes the statements,
// wattsum_dcnet_round_certificate has them for all who are asked, and each answers
// (wattsum_dcnet_holder_answer_certified).
wattsum_status wattsum_dcnet_utility_certify(wattsum_dcnet_utility *utility,
                                             wattsum_dcnet_round *round,
                                             const uint8_t *asked,
                                             size_t asked_len);

// The statements that have come, WATTSUM_STATEMENT_LEN bytes each, for all who are asked: as soon as there are as many
// as the threshold says. WATTSUM_QUORUM before.
wattsum_status wattsum_dcnet_round_certificate(wattsum_dcnet_round *round,
                                               uint8_t *certificate,
                                               size_t size,
                                               size_t *certificate_len);

// The sums of a round, one a channel, of the certified answers that have come, and what they have shown. `wrong` gets
// the ids of holders whose answers do not fit; a capacity of the number asked is always enough. WATTSUM_INCONSISTENT
// if more are wrong than can be named.
wattsum_status wattsum_dcnet_utility_record_certified(wattsum_dcnet_utility *utility,
                                                      wattsum_dcnet_round *round,
                                                      int64_t *sums,
                                                      size_t channels,
                                                      uint32_t *wrong,
                                                      size_t capacity,
                                                      wattsum_checked *checked);

// Signs the set of the open round's final Close: THE ONE SET that this holder stands for in the round, as an answer
// is.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before `statement` leaves.
wattsum_status wattsum_dcnet_holder_agree(wattsum_dcnet_holder *holder,
                                          uint64_t now,
                                          const uint8_t *close,
                                          size_t close_len,
                                          uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                          uint8_t statement[WATTSUM_STATEMENT_LEN],
                                          uint32_t *culprit);

// The answer to the set that was signed last, once enough have signed it: `certificate` is what
// wattsum_dcnet_round_certificate gave, with the own statement in it. `answer_size` is at least WATTSUM_ANSWER_LEN.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before `answer` leaves.
wattsum_status wattsum_dcnet_holder_answer_certified(wattsum_dcnet_holder *holder,
                                                     const uint8_t *certificate,
                                                     size_t certificate_len,
                                                     uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                                     uint8_t *answer,
                                                     size_t answer_size,
                                                     size_t *answer_len,
                                                     uint32_t *culprit);

// Makes the keys with utility, meters and the other holders. `identity_secret` is the holder's, `link_secret` that
// of its announced link key, which is wiped on success. To be freed with wattsum_dcnet_holder_free.
wattsum_status wattsum_dcnet_holder_new(const wattsum_dcnet_params *params,
                                        const wattsum_epoch *epoch,
                                        uint32_t id,
                                        wattsum_roster *roster,
                                        const uint8_t identity_secret[32],
                                        uint8_t link_secret[32],
                                        wattsum_dcnet_holder **holder,
                                        uint32_t *culprit);

// Takes the utility's Open of a round. `now` is the present round by the own clock. It ends the round before: a
// holder has one round open.
wattsum_status wattsum_dcnet_holder_open(wattsum_dcnet_holder *holder,
                                         uint64_t now,
                                         const uint8_t *open,
                                         size_t open_len,
                                         uint32_t *culprit);

// Answers the final Close of the open round.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before `answer` leaves. A lost record counts as collusion.
//
// `answer_size` is at least WATTSUM_ANSWER_LEN.
wattsum_status wattsum_dcnet_holder_answer(wattsum_dcnet_holder *holder,
                                           uint64_t now,
                                           const uint8_t *close,
                                           size_t close_len,
                                           uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                           uint8_t *answer,
                                           size_t answer_size,
                                           size_t *answer_len,
                                           uint32_t *culprit);

// Takes the final Close of the open round into account where others are asked: all holders count how often a meter
// comes and goes, and refuse sets with one that does so too often. `record` is stored as that of an answer is.
wattsum_status wattsum_dcnet_holder_follow(wattsum_dcnet_holder *holder,
                                           uint64_t now,
                                           const uint8_t *close,
                                           size_t close_len,
                                           uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                           uint32_t *culprit);

// The same for a past round that it has missed, by the round's Open and final Close: in ascending order, before the
// next Open.
wattsum_status wattsum_dcnet_holder_catch_up(wattsum_dcnet_holder *holder,
                                             uint64_t now,
                                             const uint8_t *open,
                                             size_t open_len,
                                             const uint8_t *close,
                                             size_t close_len,
                                             uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                             uint32_t *culprit);

// Takes a stored record into account after a start: ALL records of this holder, group and epoch, in any order. One
// log for each role, group and epoch. WATTSUM_MALFORMED_BAD_RECORD: as of wattsum_mark_replay.
wattsum_status wattsum_dcnet_holder_replay(wattsum_dcnet_holder *holder,
                                           const uint8_t *record,
                                           size_t record_len);

// Bytes of the state that wattsum_dcnet_holder_export gives now.
wattsum_status wattsum_dcnet_holder_state_len(wattsum_dcnet_holder *holder, size_t *len);

// All that a restart needs but the round that is open: keys, what was agreed to, how often meters came and went. It
// holds KEYS: protected storage, wiped after use. Store it once the holder is made, instead of the link secret, and
// from time to time OVER the state before, which still has keys of earlier ratchet steps. Records are stored all the
// same: they, not the state, are on storage before an answer leaves.
wattsum_status wattsum_dcnet_holder_export(wattsum_dcnet_holder *holder,
                                           uint8_t *state,
                                           size_t size,
                                           size_t *state_len);

// A holder from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged, another's or another epoch's. Then
// replay ALL records that were stored since, or all there are. The Open of the round that is open is given anew. To be
// freed with wattsum_dcnet_holder_free.
wattsum_status wattsum_dcnet_holder_import(const wattsum_dcnet_params *params,
                                           const wattsum_epoch *epoch,
                                           uint32_t id,
                                           wattsum_roster *roster,
                                           const uint8_t identity_secret[32],
                                           const uint8_t *state,
                                           size_t state_len,
                                           wattsum_dcnet_holder **holder,
                                           uint32_t *culprit);

// Wipes and frees a holder. NULL is right.
wattsum_status wattsum_dcnet_holder_free(wattsum_dcnet_holder *holder);
#endif

// Bytes of memory for a meter; the same as WATTSUM_DCNET_METER_SIZE(neighbours, holders).
wattsum_status wattsum_dcnet_meter_size(size_t neighbours, size_t holders, size_t *size);

// Makes a meter in `memory`, of WATTSUM_DCNET_METER_SIZE bytes, aligned as a uint64_t: a key with the utility, each
// holder and each neighbour. `link_secret` is that of the announced link key; it is wiped on success. All of the
// memory is wiped first, also one in which a meter lives: on failure it holds nothing of use and no secret. Only
// after a NULL, misaligned or overlapping pointer it may be as it was.
//
// The entries of utility, holders and neighbours, and the meter's OWN entry at index 1 + position, have been through
// wattsum_member_announced and wattsum_member_verify. The own one too: at another position, or with another key in the
// roster, pads do not cancel, and neighbours make theirs with whoever stands there.
wattsum_status wattsum_dcnet_meter_new(void *memory,
                                       size_t size,
                                       const wattsum_dcnet_setup *setup,
                                       uint8_t link_secret[32],
                                       wattsum_dcnet_meter **meter,
                                       uint32_t *culprit);

// Takes the utility's Open of a round. `now` is the present round by the device's own clock.
wattsum_status wattsum_dcnet_meter_open(wattsum_dcnet_meter *meter,
                                        uint64_t now,
                                        const uint8_t *open,
                                        size_t open_len,
                                        uint32_t *culprit);

// Makes the one contribution of the open round: `reading` holds a value for each channel.
//
// STORE FIRST, SEND THEN: `record` is on flash and synced before `frame` leaves the device. From here on the interval
// is spent, also if the frame is lost; to send again, send the same bytes.
//
// `frame_size` is at least WATTSUM_DCNET_CONTRIBUTION_LEN.
wattsum_status wattsum_dcnet_meter_contribute(wattsum_dcnet_meter *meter,
                                              wattsum_mark *mark,
                                              uint64_t now,
                                              uint64_t round,
                                              const int64_t *reading,
                                              size_t channels,
                                              uint8_t record[WATTSUM_MARK_RECORD_LEN],
                                              uint8_t *frame,
                                              size_t frame_size,
                                              size_t *frame_len,
                                              uint32_t *culprit);

// Takes a Close of the open round. If neighbours of the meter are missing from a Close that is not final, `repair`
// gets the frame to send; otherwise `repair_len` becomes 0. The same Close again gives the same bytes.
//
// STORE FIRST, SEND THEN: `record` is on flash and synced before `repair` leaves the device.
//
// `repair_size` is at least WATTSUM_DCNET_REPAIR_LEN.
wattsum_status wattsum_dcnet_meter_close(wattsum_dcnet_meter *meter,
                                         uint64_t now,
                                         const uint8_t *close,
                                         size_t close_len,
                                         uint8_t record[WATTSUM_DCNET_CLOSE_RECORD_LEN],
                                         uint8_t *repair,
                                         size_t repair_size,
                                         size_t *repair_len,
                                         uint32_t *culprit);

// Takes the stored record of a Close into account after a start: the meter stays silent in that round and all before
// it. All records of this role, group and epoch are replayed, in any order. WATTSUM_MALFORMED_BAD_RECORD: as of
// wattsum_mark_replay.
wattsum_status wattsum_dcnet_meter_replay(wattsum_dcnet_meter *meter,
                                          const uint8_t *record,
                                          size_t record_len);

// Wipes a meter, also one that a panic has left behind: its keys are gone, the memory is the caller's again. NULL is
// right.
wattsum_status wattsum_dcnet_meter_free(wattsum_dcnet_meter *meter);

// Tells the utility that this meter, which the last Open names absent, is there: it can be named present from the next
// round on. A meter that has taken no Open since it was made may say so too. The same bytes, however often it is asked
// for in a round; nothing is stored. `frame_size` is at least WATTSUM_DCNET_REPORT_LEN.
//
// WATTSUM_MISUSE_OUT_OF_ORDER if the last Open names it present. WATTSUM_FAULT_TOO_MANY_CHANGES while it stays away:
// for 96 rounds after it was named absent though it was sending, since a utility that takes it out and in again could
// subtract two sums.
wattsum_status wattsum_dcnet_meter_report(wattsum_dcnet_meter *meter,
                                          uint64_t now,
                                          uint8_t *frame,
                                          size_t frame_size,
                                          size_t *frame_len,
                                          uint32_t *culprit);

// Bytes of a meter's state; the same as WATTSUM_DCNET_STATE_LEN(neighbours, holders).
wattsum_status wattsum_dcnet_meter_state_len(size_t neighbours, size_t holders, size_t *len);

// Writes what a reboot must find, WATTSUM_DCNET_STATE_LEN bytes. It holds KEYS, which read what the meter sends for
// the rest of the epoch: protected storage, wiped after use.
//
// Store it once the meter is made, instead of the link secret; and after the first Open of each ratchet step OVER the
// state before, whose keys read what was sent. It replaces no record: those of marks and Closes are stored all the
// same.
//
// STORE FIRST, SEND THEN: a state that is stored before a contribution or a repair leaves, in addition to the step's
// own record, lets the round go on after a reboot. Without it the meter is silent for the rest of the round.
wattsum_status wattsum_dcnet_meter_export(wattsum_dcnet_meter *meter,
                                          uint8_t *state,
                                          size_t size,
                                          size_t *state_len);

// A meter from its stored state, in `memory` as of wattsum_dcnet_meter_new, which see also for what is wiped.
// Then wattsum_dcnet_meter_replay takes ALL records of Closes that were stored since, or all there are: a state of
// before a Close would answer a second one. The device's mark is replayed as always.
//
// Of `setup` the entries of holders and neighbours are not read, since their keys are in the state; the pointers may
// be NULL, the numbers may not differ. WATTSUM_MALFORMED_BAD_RECORD if the state is damaged, of another epoch, or of
// another id, position or first channel than `setup` has.
wattsum_status wattsum_dcnet_meter_import(void *memory,
                                          size_t size,
                                          const wattsum_dcnet_setup *setup,
                                          const uint8_t *state,
                                          size_t state_len,
                                          wattsum_dcnet_meter **meter,
                                          uint32_t *culprit);

#if defined(WATTSUM_HEAD_END)
// A list in which everybody is present. `patience` is at least 1. To be freed with wattsum_dcnet_presence_free.
wattsum_status wattsum_dcnet_presence_new(wattsum_dcnet_utility *utility,
                                          uint8_t patience,
                                          wattsum_dcnet_presence **presence);

// Whom to name present: 1 or 0 for each meter, by position, for wattsum_dcnet_utility_open.
wattsum_status wattsum_dcnet_presence_present(wattsum_dcnet_presence *presence,
                                              uint8_t *present,
                                              size_t meters);

// Takes a round into account whose set is final. The same round again, or an earlier one, changes nothing.
wattsum_status wattsum_dcnet_presence_closed(wattsum_dcnet_presence *presence, wattsum_dcnet_round *round);

// Takes the report of a meter that is there again (wattsum_dcnet_meter_report). `now` is the present round. `sender`
// gets its id. WATTSUM_FAULT_WRONG_ROUND for a report of before it was missed, which the network may have kept.
wattsum_status wattsum_dcnet_presence_accept(wattsum_dcnet_presence *presence,
                                             uint64_t now,
                                             const uint8_t *frame,
                                             size_t frame_len,
                                             uint32_t *sender,
                                             uint32_t *culprit);

// Bytes that wattsum_dcnet_presence_export gives now.
wattsum_status wattsum_dcnet_presence_state_len(wattsum_dcnet_presence *presence, size_t *len);

// The list, for a restart. Nothing in it is secret.
wattsum_status wattsum_dcnet_presence_export(wattsum_dcnet_presence *presence,
                                             uint8_t *state,
                                             size_t size,
                                             size_t *state_len);

// A list from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged or another epoch's. To be freed with
// wattsum_dcnet_presence_free.
wattsum_status wattsum_dcnet_presence_import(wattsum_dcnet_utility *utility,
                                             const uint8_t *state,
                                             size_t state_len,
                                             wattsum_dcnet_presence **presence);

// Frees a list. NULL is right.
wattsum_status wattsum_dcnet_presence_free(wattsum_dcnet_presence *presence);

// What the round takes now: WATTSUM_ROUND_COLLECTING, WATTSUM_ROUND_REPAIRING or WATTSUM_ROUND_CLOSED.
wattsum_status wattsum_dcnet_round_stage(wattsum_dcnet_round *round, uint8_t *stage);

// The round's frame: the signed Open while it takes contributions, the last signed Close afterwards.
// `frame_size` is at least WATTSUM_OPEN_LEN or WATTSUM_CLOSE_LEN.
wattsum_status wattsum_dcnet_round_frame(wattsum_dcnet_round *round,
                                         uint8_t *frame,
                                         size_t frame_size,
                                         size_t *frame_len);

// Takes a frame: a meter's contribution until the first Close, repairs until the final one, a holder's answer
// afterwards. `sender` gets the id of who sent it. The same frame again changes nothing.
wattsum_status wattsum_dcnet_round_accept(wattsum_dcnet_round *round,
                                          const uint8_t *frame,
                                          size_t frame_len,
                                          uint32_t *sender,
                                          uint32_t *culprit);

// Takes many frames, contributions several times faster than one by one. For each frame `statuses` gets what
// wattsum_dcnet_round_accept would have answered, and `senders` the sender where that is 0, the culprit where it is a
// fault (3xx), else UINT32_MAX. The call's own status tells whether its arguments were right.
wattsum_status wattsum_dcnet_round_accept_many(wattsum_dcnet_round *round,
                                               const wattsum_bytes *frames,
                                               size_t count,
                                               uint32_t *senders,
                                               wattsum_status *statuses);

// Ids of those whose frame has not come: meters that are to contribute, or to repair; holders of the quorum after the
// final Close.
wattsum_status wattsum_dcnet_round_missing(wattsum_dcnet_round *round,
                                           uint32_t *ids,
                                           size_t capacity,
                                           size_t *count);

// Who is in the set of the last Close: 1 or 0 for each meter, by position. WATTSUM_MISUSE_OUT_OF_ORDER before there is
// one.
wattsum_status wattsum_dcnet_round_set(wattsum_dcnet_round *round,
                                       uint8_t *marks,
                                       size_t meters);

// Bytes that wattsum_dcnet_round_export gives now.
wattsum_status wattsum_dcnet_round_state_len(wattsum_dcnet_round *round, size_t *len);

// What has come so far of a round that takes contributions, for wattsum_dcnet_utility_reopen: the Open and the meters'
// masked values, no keys. Stored before the first Close leaves, it lets
// a restart close the same set again. WATTSUM_MISUSE_OUT_OF_ORDER once the round has a Close.
wattsum_status wattsum_dcnet_round_export(wattsum_dcnet_round *round,
                                          uint8_t *state,
                                          size_t size,
                                          size_t *state_len);

// A branch of a round that takes contributions. To be freed with wattsum_dcnet_branch_free. It holds what it needs,
// and may be used while another thread uses the round.
wattsum_status wattsum_dcnet_round_branch(wattsum_dcnet_round *round,
                                          wattsum_dcnet_branch **branch);

// Takes many contributions, as wattsum_dcnet_round_accept_many.
wattsum_status wattsum_dcnet_branch_accept_many(wattsum_dcnet_branch *branch,
                                                const wattsum_bytes *frames,
                                                size_t count,
                                                uint32_t *senders,
                                                wattsum_status *statuses);

// Bytes that wattsum_dcnet_branch_to_bytes gives now.
wattsum_status wattsum_dcnet_branch_len(wattsum_dcnet_branch *branch, size_t *len);

// What a branch has taken, for wattsum_dcnet_round_merge_bytes in the process that has the round. Nothing in it is
// secret, and nothing vouches for it: the way between the utility's own processes must.
wattsum_status wattsum_dcnet_branch_to_bytes(wattsum_dcnet_branch *branch,
                                             uint8_t *bytes,
                                             size_t size,
                                             size_t *bytes_len);

// Takes in what a branch of the same round has taken; the branch stays as it is. A frame that came to both counts
// once; two different ones of a meter are its fault (WATTSUM_FAULT_CONTRADICTION), and nothing has changed then.
wattsum_status wattsum_dcnet_round_merge(wattsum_dcnet_round *round,
                                         wattsum_dcnet_branch *branch,
                                         uint32_t *culprit);

// The same of a branch's bytes.
wattsum_status wattsum_dcnet_round_merge_bytes(wattsum_dcnet_round *round,
                                               const uint8_t *bytes,
                                               size_t bytes_len,
                                               uint32_t *culprit);

// Frees a branch. NULL is right.
wattsum_status wattsum_dcnet_branch_free(wattsum_dcnet_branch *branch);

// Frees a round, at any time. NULL is right.
wattsum_status wattsum_dcnet_round_free(wattsum_dcnet_round *round);

// Makes the keys with all parties. `identity_secret` is the utility's, `link_secret` that of its announced link key,
// which is wiped on success. To be freed with wattsum_dcnet_utility_free.
wattsum_status wattsum_dcnet_utility_new(const wattsum_dcnet_params *params,
                                         const wattsum_epoch *epoch,
                                         wattsum_roster *roster,
                                         const uint8_t identity_secret[32],
                                         uint8_t link_secret[32],
                                         wattsum_dcnet_utility **utility,
                                         uint32_t *culprit);

// Opens a round. `present` holds 1 or 0 for each meter, by position: who is to take part. To be freed with
// wattsum_dcnet_round_free; its frame, the signed Open, goes to all meters and holders, and ends the round before it
// there.
wattsum_status wattsum_dcnet_utility_open(wattsum_dcnet_utility *utility,
                                          uint64_t now,
                                          uint64_t round,
                                          const uint8_t *present,
                                          size_t meters,
                                          wattsum_dcnet_round **opened);

// The next Close of a round, once the deadline has passed: over the meters whose contributions are here; after a Close
// that was not final, over those of them whose repairs are here or that nobody waits for. `quorum` names the holders
// that are asked once the set is final, by their numbers, ascending: exactly as many as the threshold says.
//
// `stage` gets WATTSUM_ROUND_REPAIRING if meters are missing: the Close goes to the meters, neighbours of the missing
// repair, and this function is called again at the next deadline. There are three Closes at most. Or it gets
// WATTSUM_ROUND_CLOSED: the Close is final and goes to the meters too, and to the holders, who answer it.
//
// On WATTSUM_QUORUM too few meters are left, or repairs are missing at the third Close: the round goes on taking
// frames, and is freed when the caller gives it up. On WATTSUM_MISUSE_OUT_OF_ORDER a later round was closed before:
// this one cannot be any more. On WATTSUM_INCONSISTENT the round is lost.
//
// A round that is closed already is asked anew of another quorum: some of the first did not answer. Their answers so
// far are forgotten. That Close is for the holders alone; for the meters the first stands.
wattsum_status wattsum_dcnet_utility_close(wattsum_dcnet_utility *utility,
                                           wattsum_dcnet_round *round,
                                           const uint8_t *quorum,
                                           size_t quorum_len,
                                           uint8_t *stage);

// The sums of a round, one a channel, once the quorum has answered, and the number of meters in them.
wattsum_status wattsum_dcnet_utility_record(wattsum_dcnet_utility *utility,
                                            wattsum_dcnet_round *round,
                                            int64_t *sums,
                                            size_t channels,
                                            uint32_t *meters);

// How far the utility's rounds have come. STORE FIRST, SEND THEN: before the frame of an Open, and that of a Close,
// leaves. The last record is enough; replace it as a whole. After a start from it alone, a round that was closed before
// is closed again for its first quorum only: asking another takes the state of wattsum_dcnet_utility_export.
wattsum_status wattsum_dcnet_utility_progress(wattsum_dcnet_utility *utility,
                                              uint8_t record[WATTSUM_UTILITY_RECORD_LEN]);

// Goes on from the stored record of this epoch or the one before: once after wattsum_dcnet_utility_new, before the
// first Open. A utility that starts again without it may open a round twice, which the holders refuse, and its
// Opens name no predecessor, which meters refuse until the next
// epoch.
wattsum_status wattsum_dcnet_utility_resume(wattsum_dcnet_utility *utility,
                                            const uint8_t *record,
                                            size_t record_len);

// Bytes of the state that wattsum_dcnet_utility_export gives now.
wattsum_status wattsum_dcnet_utility_state_len(wattsum_dcnet_utility *utility, size_t *len);

// All that a restart needs but rounds that are open: keys, progress, and how often meters came and went. It holds
// KEYS: protected storage, wiped after use. It takes the place of the link secret and of the record of
// wattsum_dcnet_utility_progress: store it before the frame of an Open or a Close leaves, and replace it as a whole.
wattsum_status wattsum_dcnet_utility_export(wattsum_dcnet_utility *utility,
                                            uint8_t *state,
                                            size_t size,
                                            size_t *state_len);

// A utility from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged or another epoch's. To be freed with
// wattsum_dcnet_utility_free.
wattsum_status wattsum_dcnet_utility_import(const wattsum_dcnet_params *params,
                                            const wattsum_epoch *epoch,
                                            wattsum_roster *roster,
                                            const uint8_t identity_secret[32],
                                            const uint8_t *state,
                                            size_t state_len,
                                            wattsum_dcnet_utility **utility,
                                            uint32_t *culprit);

// A round from what wattsum_dcnet_round_export gave before a restart, or in another process that has the utility's
// state and takes a part of the frames (wattsum_dcnet_round_branch). Closed over the same contributions for the same
// quorum, it gives the same first Close, and meters send the same repairs again. To be freed with
// wattsum_dcnet_round_free.
//
// WATTSUM_MISUSE_OUT_OF_ORDER once a later round was opened or closed. The same where it is closed, if the utility's
// state knows of a final Close of the round that followed repairs: its sum is lost then, and nothing else.
wattsum_status wattsum_dcnet_utility_reopen(wattsum_dcnet_utility *utility,
                                            const uint8_t *state,
                                            size_t state_len,
                                            wattsum_dcnet_round **opened,
                                            uint32_t *culprit);

// Wipes and frees a utility. NULL is right. Its rounds are of no more use, but are still to be freed.
wattsum_status wattsum_dcnet_utility_free(wattsum_dcnet_utility *utility);
#endif

// What link keys and rosters of a coming epoch belong to.
wattsum_status wattsum_elgamal_forming(const wattsum_elgamal_params *params,
                                       uint32_t epoch,
                                       uint64_t first_round,
                                       wattsum_forming *forming);

#if defined(WATTSUM_HEAD_END)
// Ids of the meters whose bills the rules allow for the window that begins with `first`.
wattsum_status wattsum_elgamal_utility_billable(wattsum_elgamal_utility *utility,
                                                uint64_t first,
                                                uint32_t *ids,
                                                size_t capacity,
                                                size_t *count);

// Asks for the bills of a window, whose last round is closed and over: in the ONE query that will ever be answered for
// it. `quorum` as of wattsum_elgamal_utility_close. To be freed with wattsum_elgamal_billing_free; its frame goes to the
// quorum.
//
// STORE FIRST, SEND THEN: wattsum_elgamal_utility_export, which has the query in it, before the frame leaves.
wattsum_status wattsum_elgamal_utility_bill(wattsum_elgamal_utility *utility,
                                            uint64_t first,
                                            const uint32_t *ids,
                                            size_t id_count,
                                            const uint8_t *quorum,
                                            size_t quorum_len,
                                            wattsum_elgamal_billing **billing);

// Asks another quorum for the same bills. What came from trustees in both still counts.
wattsum_status wattsum_elgamal_utility_ask_bill(wattsum_elgamal_utility *utility,
                                                wattsum_elgamal_billing *billing,
                                                const uint8_t *quorum,
                                                size_t quorum_len);

// The signed query, for the quorum. `frame_size` is at least WATTSUM_QUERY_LEN.
wattsum_status wattsum_elgamal_billing_frame(wattsum_elgamal_billing *billing,
                                             uint8_t *frame,
                                             size_t frame_size,
                                             size_t *frame_len);

// Takes a trustee's statement, or its decryption shares, whose one proof is checked. `sender` gets its id.
wattsum_status wattsum_elgamal_billing_accept(wattsum_elgamal_billing *billing,
                                              const uint8_t *frame,
                                              size_t frame_len,
                                              uint32_t *sender,
                                              uint32_t *culprit);

// The statements that have come, one after the other: when all of the quorum have signed, for
// wattsum_elgamal_trustee_answer.
wattsum_status wattsum_elgamal_billing_statements(wattsum_elgamal_billing *billing,
                                                  uint8_t *statements,
                                                  size_t size,
                                                  size_t *statements_len);

// Ids of the trustees of the quorum whose decryption shares have not come.
wattsum_status wattsum_elgamal_billing_missing(wattsum_elgamal_billing *billing,
                                               uint32_t *ids,
                                               size_t capacity,
                                               size_t *count);

// The bills, ascending by id, once the quorum has answered. `sums` gets the sums of the first bill's channels, then the
// second's, and so on: `sums_size` is at least channels times `capacity`.
wattsum_status wattsum_elgamal_billing_bills(wattsum_elgamal_billing *billing,
                                             wattsum_elgamal_table *table,
                                             wattsum_elgamal_bill *bills,
                                             size_t capacity,
                                             int64_t *sums,
                                             size_t sums_size,
                                             size_t *count);

// Frees bills. NULL is right.
wattsum_status wattsum_elgamal_billing_free(wattsum_elgamal_billing *billing);

// A branch of a round where there is no utility: by the epoch's roster and the group key. To be freed with
// wattsum_elgamal_branch_free.
wattsum_status wattsum_elgamal_branch_new(const wattsum_elgamal_params *params,
                                          const wattsum_epoch *epoch,
                                          wattsum_roster *roster,
                                          const wattsum_elgamal_key *key,
                                          uint64_t round,
                                          wattsum_elgamal_branch **branch,
                                          uint32_t *culprit);

// Verifies many contributions, as wattsum_elgamal_round_accept_many; whether their meters are present only the round
// knows.
wattsum_status wattsum_elgamal_branch_accept_many(wattsum_elgamal_branch *branch,
                                                  const wattsum_bytes *frames,
                                                  size_t count,
                                                  uint32_t *senders,
                                                  wattsum_status *statuses);

// The sum of what a branch has verified. To be freed with wattsum_elgamal_partial_free.
wattsum_status wattsum_elgamal_branch_partial(wattsum_elgamal_branch *branch,
                                              wattsum_elgamal_partial **partial);

// Frees a branch. NULL is right.
wattsum_status wattsum_elgamal_branch_free(wattsum_elgamal_branch *branch);

// Takes part in a ceremony, as `id` with its identity. `share` is the own one of the old keys for who deals it anew,
// and NULL for everybody else. To be freed with wattsum_elgamal_ceremony_free.
//
// STORE FIRST, SEND THEN: `record` is SECRET, since all that is drawn in the ceremony follows from it. It begins the
// ceremony's log, in protected storage, before the frame leaves. The log is wiped when the ceremony has ended.
wattsum_status wattsum_elgamal_ceremony_begin(const wattsum_elgamal_plan *plan,
                                              uint32_t id,
                                              const uint8_t identity_secret[32],
                                              const wattsum_elgamal_share *share,
                                              const uint8_t entropy[32],
                                              uint8_t record[WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN],
                                              wattsum_elgamal_ceremony **begun);

// Takes part again after a start, by the whole records of the ceremony's log, one after the other: the same frames come
// out, to the byte. Everybody's are accepted anew, step by step, so keep them until the ceremony has ended.
// WATTSUM_MALFORMED_BAD_RECORD for a log that is damaged, of another ceremony, or has no first record. To be freed with
// wattsum_elgamal_ceremony_free.
wattsum_status wattsum_elgamal_ceremony_resume(const wattsum_elgamal_plan *plan,
                                               uint32_t id,
                                               const uint8_t identity_secret[32],
                                               const wattsum_elgamal_share *share,
                                               const uint8_t *log,
                                               size_t log_len,
                                               wattsum_elgamal_ceremony **begun);

// In which step a participant is: WATTSUM_ELGAMAL_JOINING to WATTSUM_ELGAMAL_ENDED.
wattsum_status wattsum_elgamal_ceremony_step(wattsum_elgamal_ceremony *ceremony, uint8_t *step);

// The step's own frame, for everybody: at most WATTSUM_ELGAMAL_CEREMONY_LEN bytes. `frame_len` becomes 0 where the
// participant has none: who deals nothing while shares are sent, who gets no share while members confirm.
wattsum_status wattsum_elgamal_ceremony_frame(wattsum_elgamal_ceremony *ceremony,
                                              uint8_t *frame,
                                              size_t frame_size,
                                              size_t *frame_len);

// Takes another participant's frame of the step. The same again changes nothing. WATTSUM_MALFORMED_WRONG_KIND for one of
// another step: keep it for that. A share that is wrong is no error yet: wattsum_elgamal_ceremony_complaint.
wattsum_status wattsum_elgamal_ceremony_accept(wattsum_elgamal_ceremony *ceremony,
                                               const uint8_t *frame,
                                               size_t frame_len,
                                               uint32_t *culprit);

// Ids of those whose frame of the step is not there.
wattsum_status wattsum_elgamal_ceremony_missing(wattsum_elgamal_ceremony *ceremony,
                                                uint32_t *ids,
                                                size_t capacity,
                                                size_t *count);

// Goes on to the next step, until members confirm: everybody's frame is there. On any other status the step is what it
// was: WATTSUM_QUORUM while frames are missing; WATTSUM_INCONSISTENT where frames differ
// (wattsum_elgamal_ceremony_disputes), or a stored record is of other frames than these; WATTSUM_FAULT_BAD_SHARE names a
// dealer whose share is wrong (wattsum_elgamal_ceremony_complaint). With the last two the ceremony is over; the next one
// has another number, and not the culprit in it.
//
// STORE FIRST, SEND THEN: where `record_len` becomes WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN, and not 0, `record` is
// appended to the ceremony's log before the next step's frame leaves.
wattsum_status wattsum_elgamal_ceremony_advance(wattsum_elgamal_ceremony *ceremony,
                                                uint8_t record[WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN],
                                                size_t *record_len,
                                                uint32_t *culprit);

// Whose frames are said to differ from those that this participant has, after WATTSUM_INCONSISTENT: in the steps in
// which everybody signs what it has seen, else none.
wattsum_status wattsum_elgamal_ceremony_disputes(wattsum_elgamal_ceremony *ceremony,
                                                 wattsum_elgamal_dispute *disputes,
                                                 size_t capacity,
                                                 size_t *count);

// A party's frame as it came, which a dispute about it is settled with: its announcement until shares are sent, then
// the dealer's shares. WATTSUM_MISUSE_UNKNOWN_PARTY if there is none.
wattsum_status wattsum_elgamal_ceremony_evidence(wattsum_elgamal_ceremony *ceremony,
                                                 uint32_t party,
                                                 uint8_t *frame,
                                                 size_t frame_size,
                                                 size_t *frame_len);

// The complaint with this index, from 0, about a dealer whose share is wrong: it goes to everybody. `frame_len`
// becomes 0 where there are no more. At most WATTSUM_ELGAMAL_CEREMONY_LEN bytes.
wattsum_status wattsum_elgamal_ceremony_complaint(wattsum_elgamal_ceremony *ceremony,
                                                  size_t index,
                                                  uint8_t *frame,
                                                  size_t frame_size,
                                                  size_t *frame_len);

// Who is wrong in a complaint, the dealer or who complains. Everybody comes to the same; the ceremony is over.
wattsum_status wattsum_elgamal_ceremony_judge(wattsum_elgamal_ceremony *ceremony,
                                              const uint8_t *complaint,
                                              size_t complaint_len,
                                              wattsum_elgamal_verdict *verdict,
                                              uint32_t *culprit);

// The keys, once all members have confirmed the same, and the own share of them: number 0 for who is no member. On
// any other status the step is what it was.
//
// STORE FIRST: the share in protected storage; then wipe the ceremony's log. A dealer wipes its old share when enough
// members have stated the new keys (wattsum_elgamal_trustee_statement): threshold and colluding together, or more where
// shares may be lost. NEW KEYS ARE FOR A NEW EPOCH. The keys are to be freed with wattsum_elgamal_keys_free.
wattsum_status wattsum_elgamal_ceremony_finish(wattsum_elgamal_ceremony *ceremony,
                                               wattsum_elgamal_keys **keys,
                                               wattsum_elgamal_share *share);

// Wipes and frees a participant, at any step. NULL is right.
wattsum_status wattsum_elgamal_ceremony_free(wattsum_elgamal_ceremony *ceremony);
#endif

// The group key that as many trustees of the epoch as the threshold says have signed. Their statements stand one after
// the other, WATTSUM_ELGAMAL_KEY_STATEMENT_LEN bytes each, in any order, whoever brings them; what is no statement, or
// of another key, is passed over. WATTSUM_QUORUM if no key has enough of them.
//
// The trustees' entries, in the order of their numbers, and the utility's have been through wattsum_member_announced
// and wattsum_member_verify. NEVER take the key from the utility by another way.
//
// It verifies a signature for each statement; up to 8 trustees and statements take little of the stack, more than 32
// about 30 KB.
wattsum_status wattsum_elgamal_key_certified(const wattsum_elgamal_params *params,
                                             const wattsum_epoch *epoch,
                                             const wattsum_lists *lists,
                                             const wattsum_member *utility,
                                             const wattsum_member *trustees,
                                             size_t trustee_count,
                                             const uint8_t *statements,
                                             size_t statement_count,
                                             wattsum_elgamal_key *key,
                                             uint32_t *culprit);

// Who has signed a statement of the group key, or what is wrong with it. Nobody else's word is needed to tell.
wattsum_status wattsum_elgamal_key_check_statement(const wattsum_elgamal_params *params,
                                                   const wattsum_epoch *epoch,
                                                   const wattsum_lists *lists,
                                                   const wattsum_member *utility,
                                                   const wattsum_member *trustees,
                                                   size_t trustee_count,
                                                   const uint8_t *statement,
                                                   size_t statement_len,
                                                   uint32_t *signer,
                                                   uint32_t *culprit);

#if defined(WATTSUM_HEAD_END)
// A key set from its stored bytes. They say nothing about who made them: compare wattsum_elgamal_keys_group_key with
// what wattsum_elgamal_key_certified says for the epoch, unless they never left protected storage. To be freed with
// wattsum_elgamal_keys_free.
wattsum_status wattsum_elgamal_keys_from_bytes(const wattsum_elgamal_params *params,
                                               const uint8_t *bytes,
                                               size_t bytes_len,
                                               wattsum_elgamal_keys **keys);

// The bytes of a key set, all public: at most WATTSUM_ELGAMAL_KEYS_LEN.
wattsum_status wattsum_elgamal_keys_to_bytes(wattsum_elgamal_keys *keys,
                                             uint8_t *bytes,
                                             size_t size,
                                             size_t *bytes_len);

// The group key of a key set, for who makes meters beside trustees. A device takes it from
// wattsum_elgamal_key_certified.
wattsum_status wattsum_elgamal_keys_group_key(wattsum_elgamal_keys *keys, wattsum_elgamal_key *key);

// Frees a key set. NULL is right. Roles made with it keep what they need.
wattsum_status wattsum_elgamal_keys_free(wattsum_elgamal_keys *keys);

// An own key of a trustee, for a group all of whose trustees open its sums (`trustees` = `threshold`, `colluding` one
// fewer): there is no ceremony then, and nobody can be left out.
//
// STORE FIRST, SEND THEN: the share is in protected storage before it is announced. Who announces two keys in an epoch
// is named for it, and a key of all that lacks one share opens nothing any more.
wattsum_status wattsum_elgamal_share_generate(const wattsum_elgamal_params *params,
                                              const wattsum_epoch *epoch,
                                              wattsum_roster *roster,
                                              uint32_t id,
                                              const uint8_t identity_secret[32],
                                              const uint8_t entropy[32],
                                              wattsum_elgamal_share *share);

// Announces an own key, with the proof that its secret is known: the frame goes to all trustees. The same again is
// byte for byte the same.
wattsum_status wattsum_elgamal_share_announce(const wattsum_elgamal_params *params,
                                              const wattsum_epoch *epoch,
                                              wattsum_roster *roster,
                                              uint32_t id,
                                              const wattsum_elgamal_share *share,
                                              const uint8_t identity_secret[32],
                                              uint8_t frame[WATTSUM_ELGAMAL_OWN_KEY_LEN]);

// The key set of all trustees together, from one announcement of each, one after the other, in any order.
// WATTSUM_QUORUM while some are missing, which is all that is wrong with one good one alone: so each can be tried before it
// is kept. To be freed with wattsum_elgamal_keys_free.
wattsum_status wattsum_elgamal_keys_joint(const wattsum_elgamal_params *params,
                                          const wattsum_epoch *epoch,
                                          wattsum_roster *roster,
                                          const uint8_t *announcements,
                                          size_t announcement_count,
                                          wattsum_elgamal_keys **keys,
                                          uint32_t *culprit);
#endif

// Makes a meter in `memory`, of WATTSUM_ELGAMAL_METER_SIZE bytes, aligned as a uint64_t. `identity_secret` is the
// device's: it signs every contribution, so that the meter keeps it, and wattsum_elgamal_meter_free wipes it. There is no
// link key: an elgamal meter shares no key with anybody. All of the memory is wiped first, also one in which a
// meter lives: on failure it holds nothing of use and no secret. Only after a NULL, misaligned or overlapping pointer
// it may be as it was.
//
// The meter's OWN entry, at index 1 + its position, has been through wattsum_member_announced and
// wattsum_member_verify: the roster could otherwise name another identity for this id.
wattsum_status wattsum_elgamal_meter_new(void *memory,
                                         size_t size,
                                         const wattsum_elgamal_setup *setup,
                                         const uint8_t identity_secret[32],
                                         wattsum_elgamal_meter **meter,
                                         uint32_t *culprit);

// Makes the one contribution of a round: `reading` holds a value for each channel. `now` is the present round by the
// device's own clock, `entropy` 32 fresh bytes.
//
// STORE FIRST, SEND THEN: `record` is on flash and synced before `frame` leaves the device. From here on the interval
// is spent, also if the frame is lost; to send again, send the same bytes.
//
// Blinding and proof hash the entropy with a secret of the device, the round and the reading: a generator that is
// stuck gives no reading away.
//
// `frame_size` is at least WATTSUM_ELGAMAL_CONTRIBUTION_LEN.
wattsum_status wattsum_elgamal_meter_contribute(wattsum_elgamal_meter *meter,
                                                wattsum_mark *mark,
                                                uint64_t now,
                                                uint64_t round,
                                                const int64_t *reading,
                                                size_t channels,
                                                const uint8_t entropy[32],
                                                uint8_t record[WATTSUM_MARK_RECORD_LEN],
                                                uint8_t *frame,
                                                size_t frame_size,
                                                size_t *frame_len);

// Wipes a meter, also one that a panic has left behind: its identity is gone from the memory, which is the caller's
// again. Its prepared pairs are freed apart. NULL is right.
wattsum_status wattsum_elgamal_meter_free(wattsum_elgamal_meter *meter);

// Makes all of a contribution of one channel, from 0, that needs no reading: while the device is idle, and for
// wattsum_elgamal_meter_contribute_with, which then has little left to do. The pair fits this round and channel only,
// and lives until the device's next start. A pair that was there is wiped.
//
// It cannot be hedged with the reading: where the generator is stuck AND the mark was lost, a second pair of the same
// round is the same. Who cannot vouch for either uses wattsum_elgamal_meter_contribute.
wattsum_status wattsum_elgamal_meter_prepare(wattsum_elgamal_meter *meter,
                                             uint64_t round,
                                             uint16_t channel,
                                             const uint8_t entropy[32],
                                             wattsum_elgamal_pair *pair);

// As wattsum_elgamal_meter_contribute, with a prepared pair for each channel, in their order, at `pairs`. They are used
// up and wiped by this call, ALSO WHERE IT FAILS, but for pointers that are wrong, a number of channels that no device
// has, and a place without a pair (WATTSUM_MISUSE_BAD_CONTEXT).
//
// STORE FIRST, SEND THEN, as there.
wattsum_status wattsum_elgamal_meter_contribute_with(wattsum_elgamal_meter *meter,
                                                     wattsum_mark *mark,
                                                     uint64_t now,
                                                     uint64_t round,
                                                     const int64_t *reading,
                                                     size_t channels,
                                                     wattsum_elgamal_pair *pairs,
                                                     uint8_t record[WATTSUM_MARK_RECORD_LEN],
                                                     uint8_t *frame,
                                                     size_t frame_size,
                                                     size_t *frame_len);

// Wipes a pair that is not going to be used. NULL is right.
wattsum_status wattsum_elgamal_pair_free(wattsum_elgamal_pair *pair);

#if defined(WATTSUM_HEAD_END)
// A partial sum from its bytes. Nothing vouches for them: the way between the utility's own machines must. To be freed
// with wattsum_elgamal_partial_free.
wattsum_status wattsum_elgamal_partial_from_bytes(const wattsum_elgamal_params *params,
                                                  const uint8_t *bytes,
                                                  size_t bytes_len,
                                                  wattsum_elgamal_partial **partial);

// Bytes that wattsum_elgamal_partial_to_bytes gives now.
wattsum_status wattsum_elgamal_partial_len(wattsum_elgamal_partial *partial, size_t *len);

// The bytes of a partial sum, nothing secret.
wattsum_status wattsum_elgamal_partial_to_bytes(wattsum_elgamal_partial *partial,
                                                uint8_t *bytes,
                                                size_t size,
                                                size_t *bytes_len);

// Adds another sum of the same round, epoch and key, which stays as it is. WATTSUM_MISUSE_COUNTED_TWICE if a meter is in
// both; WATTSUM_MISUSE_OUT_OF_ORDER for another round, epoch or key.
wattsum_status wattsum_elgamal_partial_merge(wattsum_elgamal_partial *partial,
                                             wattsum_elgamal_partial *other);

// How many meters are in a partial sum.
wattsum_status wattsum_elgamal_partial_meters(wattsum_elgamal_partial *partial, uint32_t *meters);

// Whether two sums are the same, of the same meters, round, epoch and key: WATTSUM_OK, else WATTSUM_INCONSISTENT.
wattsum_status wattsum_elgamal_partial_compare(wattsum_elgamal_partial *partial,
                                               wattsum_elgamal_partial *other);

// Frees a partial sum. NULL is right.
wattsum_status wattsum_elgamal_partial_free(wattsum_elgamal_partial *partial);

// A hash of a ceremony's description, by which participants see that they have the same. All that is signed in the
// ceremony depends on it.
wattsum_status wattsum_elgamal_plan_id(const wattsum_elgamal_plan *plan,
                                       uint8_t id[32]);

// That one party has signed two different frames of a kind of which each has one: evidence for anybody. Answers
// WATTSUM_INCONSISTENT where it is none: the same frame twice, or frames of two parties.
wattsum_status wattsum_elgamal_plan_contradiction(const wattsum_elgamal_plan *plan,
                                                  const uint8_t *one,
                                                  size_t one_len,
                                                  const uint8_t *other,
                                                  size_t other_len,
                                                  wattsum_elgamal_verdict *verdict,
                                                  uint32_t *culprit);

// The keys that a ceremony makes if it ends, from everybody's announcements and echoes: for who takes no part in it,
// such as the utility. Whether it has ended the trustees' statements show (wattsum_elgamal_key_certified). To be freed with
// wattsum_elgamal_keys_free.
wattsum_status wattsum_elgamal_plan_keys(const wattsum_elgamal_plan *plan,
                                         const wattsum_bytes *announcements,
                                         size_t announcement_count,
                                         const wattsum_bytes *echoes,
                                         size_t echo_count,
                                         wattsum_elgamal_keys **keys,
                                         uint32_t *culprit);

// Who is wrong in a complaint, the dealer or the member that complains about it: for who takes no part in the ceremony.
// Anybody comes to the same.
wattsum_status wattsum_elgamal_plan_judge(const wattsum_elgamal_plan *plan,
                                          const wattsum_bytes *announcements,
                                          size_t announcement_count,
                                          const wattsum_bytes *echoes,
                                          size_t echo_count,
                                          const uint8_t *complaint,
                                          size_t complaint_len,
                                          wattsum_elgamal_verdict *verdict,
                                          uint32_t *culprit);

// What the round takes now: WATTSUM_ROUND_COLLECTING or WATTSUM_ROUND_CLOSED.
wattsum_status wattsum_elgamal_round_stage(wattsum_elgamal_round *round, uint8_t *stage);

// The round's frame for the trustees: the signed Open while it takes contributions, the signed Close afterwards. `frame_size`
// is at least WATTSUM_OPEN_LEN or WATTSUM_CLOSE_LEN.
wattsum_status wattsum_elgamal_round_frame(wattsum_elgamal_round *round,
                                           uint8_t *frame,
                                           size_t frame_size,
                                           size_t *frame_len);

// Takes a frame: a meter's contribution until the round is closed; then a trustee's statement, or its decryption share,
// whose proof is checked: WATTSUM_FAULT_BAD_EQUALITY names a trustee that lies. `sender` gets the id of who sent it. The
// same frame again changes nothing.
wattsum_status wattsum_elgamal_round_accept(wattsum_elgamal_round *round,
                                            const uint8_t *frame,
                                            size_t frame_len,
                                            uint32_t *sender,
                                            uint32_t *culprit);

// Takes many frames, contributions several times faster than one by one: signatures and proofs are verified together,
// and a bad one spoils no other. For each frame `statuses` gets what wattsum_elgamal_round_accept would have answered,
// and `senders` the sender where that is 0, the culprit where it is a fault (3xx), else UINT32_MAX. The call's own
// status tells whether its arguments were right.
wattsum_status wattsum_elgamal_round_accept_many(wattsum_elgamal_round *round,
                                                 const wattsum_bytes *frames,
                                                 size_t count,
                                                 uint32_t *senders,
                                                 wattsum_status *statuses);

// Ids of those whose frame has not come: meters until the round is closed, then trustees of the quorum whose decryption
// share has not.
wattsum_status wattsum_elgamal_round_missing(wattsum_elgamal_round *round,
                                             uint32_t *ids,
                                             size_t capacity,
                                             size_t *count);

// The contributions of a closed round, as the meters signed them, one after the other: with the Close for ALL trustees,
// each of which checks them. At most WATTSUM_ELGAMAL_CONTRIBUTION_LEN bytes a meter.
wattsum_status wattsum_elgamal_round_contributions(wattsum_elgamal_round *round,
                                                   uint8_t *contributions,
                                                   size_t size,
                                                   size_t *contributions_len);

// What halves the trustees' work where their processor has no AVX-512, and need not be trusted: to be sent beside the
// contributions, or not. WATTSUM_ELGAMAL_HINTS_LEN bytes a meter; none in a group that trusts its meters.
wattsum_status wattsum_elgamal_round_hints(wattsum_elgamal_round *round,
                                           uint8_t *hints,
                                           size_t size,
                                           size_t *hints_len);

// The statements that have come of the quorum, one after the other, WATTSUM_ELGAMAL_STATEMENT_LEN bytes each: when all of
// it have signed, for wattsum_elgamal_trustee_answer.
wattsum_status wattsum_elgamal_round_statements(wattsum_elgamal_round *round,
                                                uint8_t *statements,
                                                size_t size,
                                                size_t *statements_len);

// Bytes that wattsum_elgamal_round_export gives now.
wattsum_status wattsum_elgamal_round_state_len(wattsum_elgamal_round *round, size_t *len);

// What has come so far of a round that takes contributions, for wattsum_elgamal_utility_reopen: the Open and the meters'
// frames, nothing secret. Stored before the Close leaves, it lets a restart close the same set again and collect the
// answers. WATTSUM_MISUSE_OUT_OF_ORDER for a round that is closed.
wattsum_status wattsum_elgamal_round_export(wattsum_elgamal_round *round,
                                            uint8_t *state,
                                            size_t size,
                                            size_t *state_len);

// A branch of a round that takes contributions, empty at first: for another thread, since verifying is most of the
// work. What it has verified is merged into the round. To be freed with wattsum_elgamal_branch_free. It holds what it
// needs, and may be used while another thread uses the round.
wattsum_status wattsum_elgamal_round_branch(wattsum_elgamal_round *round,
                                            wattsum_elgamal_branch **branch);

// Takes in what a branch of the same round, epoch and key has verified; the branch stays as it is. A frame that came to
// both counts once; of a meter that is not present, or has two different ones, nothing is taken, and the first such
// fault is the answer. All others have been taken in then.
wattsum_status wattsum_elgamal_round_merge(wattsum_elgamal_round *round,
                                           wattsum_elgamal_branch *branch,
                                           uint32_t *culprit);

// The sum of a closed round's ciphertexts and whose they are, for a comparison with sums that were made elsewhere. To be
// freed with wattsum_elgamal_partial_free.
wattsum_status wattsum_elgamal_round_partial(wattsum_elgamal_round *round,
                                             wattsum_elgamal_partial **partial);

// Frees a round, at any time. NULL is right.
wattsum_status wattsum_elgamal_round_free(wattsum_elgamal_round *round);

// Builds a table of 2^bits steps, 8 to 26 bits, of 4 bytes each: twice as large a table halves the time of a search
// far from 0. It is the same on all machines. To be freed with wattsum_elgamal_table_free.
wattsum_status wattsum_elgamal_table_build(uint32_t bits,
                                           wattsum_elgamal_table **table);

// Bytes of a table in a file.
wattsum_status wattsum_elgamal_table_len(uint32_t bits, size_t *len);

// A table as a file holds it.
wattsum_status wattsum_elgamal_table_write(wattsum_elgamal_table *table,
                                           uint8_t *bytes,
                                           size_t size,
                                           size_t *bytes_len);

// A table from a file. A damaged one is refused; whatever a forged one holds, no search gives a wrong sum by it. To be
// freed with wattsum_elgamal_table_free.
wattsum_status wattsum_elgamal_table_read(const uint8_t *bytes,
                                          size_t bytes_len,
                                          wattsum_elgamal_table **table);

// Frees a table. NULL is right.
wattsum_status wattsum_elgamal_table_free(wattsum_elgamal_table *table);

// Takes a post, for the epoch's roster and key set. `share` is the own one of these keys. `link_secret` is that of the
// announced link key, which is wiped on success. To be freed with wattsum_elgamal_trustee_free.
wattsum_status wattsum_elgamal_trustee_new(const wattsum_elgamal_params *params,
                                           const wattsum_epoch *epoch,
                                           uint32_t id,
                                           wattsum_roster *roster,
                                           wattsum_elgamal_keys *keys,
                                           const wattsum_elgamal_share *share,
                                           const uint8_t identity_secret[32],
                                           uint8_t link_secret[32],
                                           wattsum_elgamal_trustee **trustee,
                                           uint32_t *culprit);

// A trustee from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged, another's, another epoch's or of other
// keys. Then replay ALL records that were stored since, or all there are. The Open of the round that is open is given
// anew, and its list is agreed to once more before it is answered. To be freed with wattsum_elgamal_trustee_free.
wattsum_status wattsum_elgamal_trustee_import(const wattsum_elgamal_params *params,
                                              const wattsum_epoch *epoch,
                                              wattsum_roster *roster,
                                              wattsum_elgamal_keys *keys,
                                              const wattsum_elgamal_share *share,
                                              const uint8_t identity_secret[32],
                                              const uint8_t *state,
                                              size_t state_len,
                                              wattsum_elgamal_trustee **trustee,
                                              uint32_t *culprit);

// Bytes of the state that wattsum_elgamal_trustee_export gives now.
wattsum_status wattsum_elgamal_trustee_state_len(wattsum_elgamal_trustee *trustee, size_t *len);

// All that a restart needs but the round that is open, the share and the identity: the key with the utility, what was
// agreed to, how often meters came and went, and with windows what bills are made of. It holds a KEY: protected storage,
// wiped after use. Store it once the trustee is made, instead of the link secret, and from time to time over the one
// before. Records are stored all the same: they, not the state, are on storage before an answer leaves.
wattsum_status wattsum_elgamal_trustee_export(wattsum_elgamal_trustee *trustee,
                                              uint8_t *state,
                                              size_t size,
                                              size_t *state_len);

// Takes a stored record into account after a start: ALL records of this trustee, group and epoch, in any order. One log
// for each role, group and epoch. WATTSUM_MALFORMED_BAD_RECORD: as of wattsum_mark_replay.
wattsum_status wattsum_elgamal_trustee_replay(wattsum_elgamal_trustee *trustee,
                                              const uint8_t *record,
                                              size_t record_len);

// The trustee's signed statement of the group key, for all meters (wattsum_elgamal_key_certified). The same again is
// byte for byte the same. ONE KEY SET AN EPOCH.
wattsum_status wattsum_elgamal_trustee_statement(wattsum_elgamal_trustee *trustee,
                                                 uint8_t statement[WATTSUM_ELGAMAL_KEY_STATEMENT_LEN]);

// Wipes and frees a trustee. NULL is right.
wattsum_status wattsum_elgamal_trustee_free(wattsum_elgamal_trustee *trustee);

// Takes the utility's Open of a round. `now` is the present round by the own clock. It ends the round before: a trustee
// has one round open.
wattsum_status wattsum_elgamal_trustee_open(wattsum_elgamal_trustee *trustee,
                                            uint64_t now,
                                            const uint8_t *open,
                                            size_t open_len,
                                            uint32_t *culprit);

// Checks the Close of the open round and EVERY contribution of its set, sums them, and signs the list: the one list that
// this trustee signs in the round. The statement goes to the utility, for the others of the quorum.
//
// `contributions` are the meters' frames as wattsum_elgamal_round_contributions gives them, `hints` what
// wattsum_elgamal_round_hints gives, or none: they need not be trusted, and halve the work.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before `statement` leaves. A lost record counts as collusion.
wattsum_status wattsum_elgamal_trustee_agree(wattsum_elgamal_trustee *trustee,
                                             uint64_t now,
                                             const uint8_t *close,
                                             size_t close_len,
                                             const uint8_t *contributions,
                                             size_t contributions_len,
                                             const uint8_t *hints,
                                             size_t hints_len,
                                             uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                             uint8_t statement[WATTSUM_ELGAMAL_STATEMENT_LEN],
                                             uint32_t *culprit);

// Agrees to the list of the open round where others are asked: every trustee counts how often a meter comes and goes, and
// only who knows the lists of all rounds can answer for their window. `record` is stored as that of a statement is.
wattsum_status wattsum_elgamal_trustee_follow(wattsum_elgamal_trustee *trustee,
                                              uint64_t now,
                                              const uint8_t *close,
                                              size_t close_len,
                                              const uint8_t *contributions,
                                              size_t contributions_len,
                                              const uint8_t *hints,
                                              size_t hints_len,
                                              uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                              uint32_t *culprit);

// The same for a past round that it has missed, by the round's Open too: in ascending order, and before another list is
// agreed to.
wattsum_status wattsum_elgamal_trustee_catch_up(wattsum_elgamal_trustee *trustee,
                                                uint64_t now,
                                                const uint8_t *open,
                                                size_t open_len,
                                                const uint8_t *close,
                                                size_t close_len,
                                                const uint8_t *contributions,
                                                size_t contributions_len,
                                                uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                                uint32_t *culprit);

// The trustee's decryption share of what it has signed last, the sum of a list or the bills of a window, with the proof
// that it is one: once as many trustees as the threshold says have signed the same, itself among them. `statements` are
// theirs as wattsum_elgamal_round_statements gives them, one after the other.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before `share` leaves.
//
// `share_size` is at least WATTSUM_ELGAMAL_SHARE_LEN.
wattsum_status wattsum_elgamal_trustee_answer(wattsum_elgamal_trustee *trustee,
                                              const uint8_t *statements,
                                              size_t statements_len,
                                              uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                              uint8_t *share,
                                              size_t share_size,
                                              size_t *share_len,
                                              uint32_t *culprit);

// The round before the open one, if it is in a window and its list is missing here: ask the utility for its Open, Close
// and contributions, and wattsum_elgamal_trustee_catch_up BEFORE agreeing to another list, or this trustee answers for no
// bill of the window. `missed` becomes 0 if there is none; `round` is then left as it is.
wattsum_status wattsum_elgamal_trustee_missed(wattsum_elgamal_trustee *trustee,
                                              uint64_t *round,
                                              uint8_t *missed);

// Signs a window's query, the one that this trustee answers for the window, if it keeps every rule: then
// wattsum_elgamal_trustee_answer gives the shares of all bills.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before `statement` leaves.
wattsum_status wattsum_elgamal_trustee_agree_bill(wattsum_elgamal_trustee *trustee,
                                                  uint64_t now,
                                                  const uint8_t *query,
                                                  size_t query_len,
                                                  uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                                  uint8_t statement[WATTSUM_ELGAMAL_STATEMENT_LEN],
                                                  uint32_t *culprit);

// Makes the keys with all trustees. `identity_secret` is the utility's, `link_secret` that of its announced link key,
// which is wiped on success. The keys are the epoch's: their group key is what wattsum_elgamal_key_certified says. To be
// freed with wattsum_elgamal_utility_free.
wattsum_status wattsum_elgamal_utility_new(const wattsum_elgamal_params *params,
                                           const wattsum_epoch *epoch,
                                           wattsum_roster *roster,
                                           wattsum_elgamal_keys *keys,
                                           const uint8_t identity_secret[32],
                                           uint8_t link_secret[32],
                                           wattsum_elgamal_utility **utility,
                                           uint32_t *culprit);

// A utility from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged, another epoch's or of other keys. To be
// freed with wattsum_elgamal_utility_free.
wattsum_status wattsum_elgamal_utility_import(const wattsum_elgamal_params *params,
                                              const wattsum_epoch *epoch,
                                              wattsum_roster *roster,
                                              wattsum_elgamal_keys *keys,
                                              const uint8_t identity_secret[32],
                                              const uint8_t *state,
                                              size_t state_len,
                                              wattsum_elgamal_utility **utility,
                                              uint32_t *culprit);

// Bytes of the state that wattsum_elgamal_utility_export gives now.
wattsum_status wattsum_elgamal_utility_state_len(wattsum_elgamal_utility *utility, size_t *len);

// All that a restart needs but rounds that are open: keys, progress, how often meters came and went, and with windows
// what bills are made of. It holds KEYS: protected storage, wiped after use. It takes the place of the link secret and
// of the record of wattsum_elgamal_utility_progress: store it before the frame of an Open or a Close leaves, and replace
// it as a whole.
wattsum_status wattsum_elgamal_utility_export(wattsum_elgamal_utility *utility,
                                              uint8_t *state,
                                              size_t size,
                                              size_t *state_len);

// How far the utility's rounds have come. STORE FIRST, SEND THEN: before the frame of an Open, and that of a Close,
// leaves. The last record is enough; replace it as a whole. wattsum_elgamal_utility_export has it and more.
wattsum_status wattsum_elgamal_utility_progress(wattsum_elgamal_utility *utility,
                                                uint8_t record[WATTSUM_UTILITY_RECORD_LEN]);

// Goes on from the stored record of this epoch or the one before: once after wattsum_elgamal_utility_new, before the
// first Open. A utility that starts again without it may open a round twice, which the trustees refuse, and its Opens
// name no predecessor.
wattsum_status wattsum_elgamal_utility_resume(wattsum_elgamal_utility *utility,
                                              const uint8_t *record,
                                              size_t record_len);

// Opens a round. `present` holds 1 or 0 for each meter, by position: who is to take part. To be freed with
// wattsum_elgamal_round_free; its frame, the signed Open, goes to the trustees, and ends the round before it there.
wattsum_status wattsum_elgamal_utility_open(wattsum_elgamal_utility *utility,
                                            uint64_t now,
                                            uint64_t round,
                                            const uint8_t *present,
                                            size_t meters,
                                            wattsum_elgamal_round **opened);

// A round from what wattsum_elgamal_round_export gave before a restart: every contribution is verified anew. Closed over
// the same contributions for the same quorum, it gives the same Close. WATTSUM_MISUSE_OUT_OF_ORDER once a later round was
// opened or closed. To be freed with wattsum_elgamal_round_free.
wattsum_status wattsum_elgamal_utility_reopen(wattsum_elgamal_utility *utility,
                                              const uint8_t *state,
                                              size_t state_len,
                                              wattsum_elgamal_round **opened,
                                              uint32_t *culprit);

// Closes a round over the meters whose contributions are here, once the deadline has passed. `quorum` names the trustees
// that are asked, by their numbers, ascending: exactly as many as the threshold says. On WATTSUM_QUORUM, too few meters,
// the round goes on taking contributions. On WATTSUM_MISUSE_OUT_OF_ORDER a later round was closed before: this one cannot
// be any more.
//
// A round that is closed already is asked anew of another quorum: some of the first did not answer, or lied. What came
// from trustees in both still counts.
wattsum_status wattsum_elgamal_utility_close(wattsum_elgamal_utility *utility,
                                             wattsum_elgamal_round *round,
                                             const uint8_t *quorum,
                                             size_t quorum_len);

// The sums of a round, one a channel, once the quorum has answered, and the number of meters in them: searched from 0
// outwards, as far as so many meters' readings can reach. WATTSUM_INCONSISTENT if a sum lies outside, which no trustee can
// bring about, but a meter that encrypts what it cannot have read. The search takes time that tells about the sum.
wattsum_status wattsum_elgamal_utility_record(wattsum_elgamal_utility *utility,
                                              wattsum_elgamal_round *round,
                                              wattsum_elgamal_table *table,
                                              int64_t *sums,
                                              size_t channels,
                                              uint32_t *meters);

// The same, searched from a forecast of each channel outwards, at most `width` away: sooner where the forecast is good,
// and WATTSUM_INCONSISTENT where it is too far off.
wattsum_status wattsum_elgamal_utility_record_around(wattsum_elgamal_utility *utility,
                                                     wattsum_elgamal_round *round,
                                                     wattsum_elgamal_table *table,
                                                     const int64_t *forecast,
                                                     uint64_t width,
                                                     int64_t *sums,
                                                     size_t channels,
                                                     uint32_t *meters);

// Wipes and frees a utility. NULL is right. Its rounds are of no more use, but are still to be freed.
wattsum_status wattsum_elgamal_utility_free(wattsum_elgamal_utility *utility);
#endif

// Checks the utility's commitment to the lists of an epoch, and makes the record that pins it. Store the record
// before the beacon is published. `now` is the time in Unix seconds.
//
// `pinned` is the last record stored for the session, of this or an EARLIER epoch; NULL only if there never was one.
// Without it, epochs that overlap are not seen, and a round could be summed in both, over sets that differ.
//
// A commitment that comes at or after its beacon's time is refused: rosters could otherwise be chosen to fit.
wattsum_status wattsum_root_accept(const wattsum_forming *forming,
                                   const uint8_t utility_identity[32],
                                   uint64_t now,
                                   const uint8_t *pinned,
                                   const uint8_t *frame,
                                   size_t frame_len,
                                   uint8_t record[WATTSUM_ROOT_RECORD_LEN],
                                   uint32_t *culprit);

// The epoch, once its beacon is out: from the stored record of its root.
wattsum_status wattsum_epoch_begin(const wattsum_forming *forming,
                                   const uint8_t record[WATTSUM_ROOT_RECORD_LEN],
                                   const uint8_t beacon[32],
                                   uint64_t now,
                                   wattsum_epoch *epoch);

// The entry of a party from its announcement, which the utility or anybody passes on. `identity_public` is the party's
// by its certificate, which the application has checked.
wattsum_status wattsum_member_announced(const wattsum_forming *forming,
                                        uint32_t id,
                                        uint8_t role,
                                        const uint8_t identity_public[32],
                                        const uint8_t *announcement,
                                        size_t announcement_len,
                                        wattsum_member *member,
                                        uint32_t *culprit);

// Whether a member stands at a place of an epoch's list. A meter asks this of the utility's entry, of every answerer
// and of every neighbour before it makes keys with them. `path` holds `hashes` hashes of 32 bytes, from the leaf
// upwards, as the utility sends them. It asks the same of its OWN entry, at index 1 + its position.
wattsum_status wattsum_member_verify(const wattsum_epoch *epoch,
                                     const wattsum_lists *lists,
                                     uint8_t list,
                                     uint32_t index,
                                     const wattsum_member *member,
                                     const uint8_t *path,
                                     size_t hashes,
                                     uint32_t *culprit);

// Looks at the header of a frame, to route, queue, count or log it. NOTHING IS VERIFIED: who has no key for the trailer
// cannot tell whose frame it is, and drops, delays or answers none for what stands here; a frame is checked by the
// role that takes it.
//
// WATTSUM_MALFORMED_...: not a whole header, or no room for the trailer of its kind; another protocol, kind or flag
// than this version knows. A relay passes on what it does not know: it may come from a later version.
wattsum_status wattsum_frame_inspect(const uint8_t *frame,
                                     size_t len,
                                     wattsum_frame *header);

// A new identity of a device, from 32 bytes of entropy. The secret is the device's for its life and nobody else's;
// the public key is certified by the deployment before it enters a roster.
wattsum_status wattsum_identity_generate(const uint8_t entropy[32],
                                         uint8_t secret[32],
                                         uint8_t public_key[32]);

// The public half of an identity's secret.
wattsum_status wattsum_identity_public(const uint8_t secret[32], uint8_t public_key[32]);

// A link key for one epoch, from 32 bytes of entropy. The function that makes a role takes the secret and wipes it.
// Keep no copy, and the rounds before a ratchet step stay secret from whoever takes the device later. A device that
// has to survive a reboot within the epoch must keep one, in protected storage, with `first_channel`: it wipes it at
// the epoch's end, and forward secrecy is that of whole epochs.
wattsum_status wattsum_link_generate(const uint8_t entropy[32],
                                     uint8_t secret[32],
                                     uint8_t public_key[32]);

// Announces a link key of an epoch, signed by the identity: the frame goes to the utility.
wattsum_status wattsum_link_announce(const wattsum_forming *forming,
                                     uint32_t id,
                                     uint8_t role,
                                     const uint8_t identity_secret[32],
                                     const uint8_t link_public[32],
                                     uint8_t frame[WATTSUM_LINK_KEY_FRAME_LEN]);

// A device that never contributed: once after each start. Then give it ALL stored records with wattsum_mark_replay,
// before anything else; a mark that lacks some lets readings be contributed twice.
wattsum_status wattsum_mark_new(wattsum_mark *mark);

// Takes a stored record into account; all records of the device's log, in any order.
//
// WATTSUM_MALFORMED_BAD_RECORD: at the end of the log a record that a loss of power has torn, whole or part, whose
// frame has not left. Cut the log back to whole valid records BEFORE the first append: later records would lie behind
// the torn bytes, and be lost with them. Anywhere else the log is damaged: stop, do not skip.
wattsum_status wattsum_mark_replay(wattsum_mark *mark,
                                   const uint8_t *record,
                                   size_t record_len);

// What an interval has brought, from a register of `width` bits, 1 ... 64, at its beginning and its end: one roll-over
// is right, two look like one. `scaler` as in wattsum_register. `reading` is in the billed unit, exact:
// WATTSUM_MISUSE_READING_NOT_WHOLE where the scaler would drop digits that are not zero,
// WATTSUM_MISUSE_READING_TOO_LARGE beyond int64_t, WATTSUM_MISUSE_REGISTER_TOO_LARGE for a value beyond the width.
//
// For real meters take wattsum_register_consumed: displays roll over at powers of ten, a register that was set back
// looks like a roll-over here, and a scaler below 0 needs the rest to be kept.
wattsum_status wattsum_reading_from_register(uint64_t previous,
                                             uint64_t now,
                                             uint8_t width,
                                             int8_t scaler,
                                             int64_t *reading);

// What an interval has brought, from the register's value `now` and where the interval before has ended. Whole units
// go into `reading`, what is below a unit into the next interval, by `next`: the readings together are exactly what the
// register has gone up by, whatever its scaler. At most one roll-over.
//
// `plausible` is the most that the interval can have brought, in the billed unit: what the main fuse lets through,
// for all the intervals since `kept`. Beyond it the register was set back, or is another meter's:
// WATTSUM_MISUSE_READING_IMPLAUSIBLE; find out, and begin with rest 0. UINT64_MAX looks at nothing.
//
// STORE FIRST: `next` is stored WITH the record of the contribution, as one entry of the log, before the frame leaves.
// Stored alone it loses the interval, and a record without it brings the interval twice. Where nothing was contributed
// go on with `kept`: the next interval brings both.
wattsum_status wattsum_register_consumed(const wattsum_register *meter,
                                         const wattsum_kept *kept,
                                         uint64_t now,
                                         uint64_t plausible,
                                         int64_t *reading,
                                         wattsum_kept *next);

// Fits a reading to what a contribution may hold: `value` is it and what was left before, as far as `max_reading` of
// the group allows, and `next_left` goes into later rounds. No energy is lost, and no silence tells that a reading was
// large. Begin with `left` 0; it is the channel's own, and stored WITH the record of the contribution as one entry.
wattsum_status wattsum_reading_fit(int64_t reading,
                                   uint64_t max_reading,
                                   int64_t left,
                                   int64_t *value,
                                   int64_t *next_left);

#if defined(WATTSUM_HEAD_END)
// A roster without members. To be freed with wattsum_roster_free.
wattsum_status wattsum_roster_new(const wattsum_forming *forming, wattsum_roster **roster);

// Adds a party whose certificate the application has checked, with the announcement it sent. Answerers get their
// numbers in the order of these calls, from 1; everybody else comes in any order.
wattsum_status wattsum_roster_add(wattsum_roster *roster,
                                  uint32_t id,
                                  uint8_t role,
                                  const uint8_t identity_public[32],
                                  const uint8_t *announcement,
                                  size_t announcement_len,
                                  uint32_t *culprit);

// Ends the gathering. Nobody can be added afterwards, and only now the functions below work. A roster that cannot be
// built is of no more use.
wattsum_status wattsum_roster_build(wattsum_roster *roster);

// The utility's signed commitment to the lists, for all parties: to be sent before `beacon_time`, the Unix time at
// which the beacon will be published.
wattsum_status wattsum_roster_root(wattsum_roster *roster,
                                   uint64_t last_round,
                                   uint64_t beacon_time,
                                   const uint8_t utility_secret[32],
                                   uint8_t frame[WATTSUM_ROOT_FRAME_LEN]);

// Sizes and Merkle roots, for parties that do not hold the roster.
wattsum_status wattsum_roster_lists(wattsum_roster *roster, wattsum_lists *lists);

// Who stands at an index of a list, and the path that proves it. A meter gets both, with the announcement that the
// party sent, for wattsum_member_announced and wattsum_member_verify. `capacity` counts hashes of 32 bytes; 32 are
// always enough.
wattsum_status wattsum_roster_path(wattsum_roster *roster,
                                   uint8_t list,
                                   uint32_t index,
                                   uint32_t *id,
                                   uint8_t *path,
                                   size_t capacity,
                                   size_t *hashes);

// Frees a roster. NULL is right. Roles made from it keep what they need.
wattsum_status wattsum_roster_free(wattsum_roster *roster);
#endif

// What link keys and rosters of a coming epoch belong to.
wattsum_status wattsum_shamir_forming(const wattsum_shamir_params *params,
                                      uint32_t epoch,
                                      uint64_t first_round,
                                      wattsum_forming *forming);

#if defined(WATTSUM_HEAD_END)
// Makes the keys with utility, meters and the other aggregators. `identity_secret` is the aggregator's, `link_secret`
// that of its announced link key, which is wiped on success. To be freed with wattsum_shamir_aggregator_free.
wattsum_status wattsum_shamir_aggregator_new(const wattsum_shamir_params *params,
                                             const wattsum_epoch *epoch,
                                             uint32_t id,
                                             wattsum_roster *roster,
                                             const uint8_t identity_secret[32],
                                             uint8_t link_secret[32],
                                             wattsum_shamir_aggregator **aggregator,
                                             uint32_t *culprit);

// Takes the utility's Open of a round. `now` is the present round by the own clock. It ends the round before: an
// aggregator has one round open.
wattsum_status wattsum_shamir_aggregator_open(wattsum_shamir_aggregator *aggregator,
                                              uint64_t now,
                                              const uint8_t *open,
                                              size_t open_len,
                                              uint32_t *culprit);

// Answers the Close of the open round.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before `answer` leaves. A lost record counts as collusion.
//
// `answer_size` is at least WATTSUM_ANSWER_LEN.
wattsum_status wattsum_shamir_aggregator_answer(wattsum_shamir_aggregator *aggregator,
                                                uint64_t now,
                                                const uint8_t *close,
                                                size_t close_len,
                                                uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                                uint8_t *answer,
                                                size_t answer_size,
                                                size_t *answer_len,
                                                uint32_t *culprit);

// Takes the Close of the open round into account where others are asked: all aggregators count how often a meter comes
// and goes, and refuse sets with one that does so too often. `record` is stored as that of an answer is.
wattsum_status wattsum_shamir_aggregator_follow(wattsum_shamir_aggregator *aggregator,
                                                uint64_t now,
                                                const uint8_t *close,
                                                size_t close_len,
                                                uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                                uint32_t *culprit);

// The same for a past round that it has missed, by the round's Open and Close: in ascending order, before the next
// Open.
wattsum_status wattsum_shamir_aggregator_catch_up(wattsum_shamir_aggregator *aggregator,
                                                  uint64_t now,
                                                  const uint8_t *open,
                                                  size_t open_len,
                                                  const uint8_t *close,
                                                  size_t close_len,
                                                  uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                                  uint32_t *culprit);

// Takes a stored record into account after a start: ALL records of this aggregator, group and epoch, in any order. One
// log for each role, group and epoch. WATTSUM_MALFORMED_BAD_RECORD: as of wattsum_mark_replay.
wattsum_status wattsum_shamir_aggregator_replay(wattsum_shamir_aggregator *aggregator,
                                                const uint8_t *record,
                                                size_t record_len);

// Bytes of the state that wattsum_shamir_aggregator_export gives now.
wattsum_status wattsum_shamir_aggregator_state_len(wattsum_shamir_aggregator *aggregator, size_t *len);

// All that a restart needs but the round that is open: keys, what was agreed to, how often meters came and went. It
// holds KEYS: protected storage, wiped after use. Store it once the aggregator is made, instead of the link secret,
// and from time to time OVER the state before, which still has keys of earlier ratchet steps. Records are stored all
// the same: they, not the state, are on storage before an answer leaves.
wattsum_status wattsum_shamir_aggregator_export(wattsum_shamir_aggregator *aggregator,
                                                uint8_t *state,
                                                size_t size,
                                                size_t *state_len);

// An aggregator from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged, another's or another epoch's.
// Then replay ALL records that were stored since, or all there are. The Open of the round that is open is given anew.
// To be freed with wattsum_shamir_aggregator_free.
wattsum_status wattsum_shamir_aggregator_import(const wattsum_shamir_params *params,
                                                const wattsum_epoch *epoch,
                                                uint32_t id,
                                                wattsum_roster *roster,
                                                const uint8_t identity_secret[32],
                                                const uint8_t *state,
                                                size_t state_len,
                                                wattsum_shamir_aggregator **aggregator,
                                                uint32_t *culprit);

// Wipes and frees an aggregator. NULL is right.
wattsum_status wattsum_shamir_aggregator_free(wattsum_shamir_aggregator *aggregator);

// Closes a round that takes contributions, as wattsum_shamir_utility_close, for certified answers. In place of bound
// answers: all aggregators in `asked`, at least as many as the threshold says, are asked by their numbers, ascending,
// and of threshold + 2e answers up to e may be wrong: they are named, and the sum is right.
//
// The round is in WATTSUM_ROUND_CERTIFYING then, and its frame, a Close, goes to all aggregators. They state the set
// (wattsum_shamir_aggregator_agree), the round takes the statements, wattsum_shamir_round_certificate has them for all
// who are asked, and each answers (wattsum_shamir_aggregator_answer_certified).
wattsum_status wattsum_shamir_utility_certify(wattsum_shamir_utility *utility,
                                              wattsum_shamir_round *round,
                                              const uint8_t *asked,
                                              size_t asked_len);

// The statements that have come, WATTSUM_STATEMENT_LEN bytes each, for all who are asked: as soon as there are as many
// as the threshold says. WATTSUM_QUORUM before.
wattsum_status wattsum_shamir_round_certificate(wattsum_shamir_round *round,
                                                uint8_t *certificate,
                                                size_t size,
                                                size_t *certificate_len);

// The sums of a round, one a channel, of the certified answers that have come, and what they have shown. `wrong` gets
// the ids of aggregators whose answers do not fit; a capacity of the number asked is always enough.
// WATTSUM_INCONSISTENT if more are wrong than can be named.
wattsum_status wattsum_shamir_utility_record_certified(wattsum_shamir_utility *utility,
                                                       wattsum_shamir_round *round,
                                                       int64_t *sums,
                                                       size_t channels,
                                                       uint32_t *wrong,
                                                       size_t capacity,
                                                       wattsum_checked *checked);

// Signs the set of the open round's Close: THE ONE SET that this aggregator stands for in the round, as an answer is.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before `statement` leaves.
wattsum_status wattsum_shamir_aggregator_agree(wattsum_shamir_aggregator *aggregator,
                                               uint64_t now,
                                               const uint8_t *close,
                                               size_t close_len,
                                               uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                               uint8_t statement[WATTSUM_STATEMENT_LEN],
                                               uint32_t *culprit);

// The answer to the set that was signed last, once enough have signed it: `certificate` is what
// wattsum_shamir_round_certificate gave, with the own statement in it. `answer_size` is at least WATTSUM_ANSWER_LEN.
//
// STORE FIRST, SEND THEN: `record` is on stable storage before `answer` leaves.
wattsum_status wattsum_shamir_aggregator_answer_certified(wattsum_shamir_aggregator *aggregator,
                                                          const uint8_t *certificate,
                                                          size_t certificate_len,
                                                          uint8_t record[WATTSUM_ANSWER_RECORD_LEN],
                                                          uint8_t *answer,
                                                          size_t answer_size,
                                                          size_t *answer_len,
                                                          uint32_t *culprit);
#endif

// Bytes of memory for a meter; the same as WATTSUM_SHAMIR_METER_SIZE(aggregators).
wattsum_status wattsum_shamir_meter_size(size_t aggregators, size_t *size);

// Makes a meter in `memory`, of WATTSUM_SHAMIR_METER_SIZE bytes, aligned as a uint64_t: a key with the utility and
// each aggregator. `link_secret` is that of the announced link key; it is wiped on success. All of the memory is wiped
// first, also one in which a meter lives: on failure it holds nothing of use and no secret. Only after a NULL,
// misaligned or overlapping pointer it may be as it was.
//
// The utility's and the aggregators' entries, and the meter's OWN entry at index 1 + its position, have been through
// wattsum_member_announced and wattsum_member_verify: the roster could otherwise name another key for this id.
wattsum_status wattsum_shamir_meter_new(void *memory,
                                        size_t size,
                                        const wattsum_shamir_setup *setup,
                                        uint8_t link_secret[32],
                                        wattsum_shamir_meter **meter,
                                        uint32_t *culprit);

// Makes the one contribution of a round: `reading` holds a value for each channel. `now` is the present round by the
// device's own clock.
//
// STORE FIRST, SEND THEN: `record` is on flash and synced before `frame` leaves the device. From here on the interval
// is spent, also if the frame is lost; to send again, send the same bytes.
//
// `frame_size` is at least WATTSUM_SHAMIR_CONTRIBUTION_LEN.
wattsum_status wattsum_shamir_meter_contribute(wattsum_shamir_meter *meter,
                                               wattsum_mark *mark,
                                               uint64_t now,
                                               uint64_t round,
                                               const int64_t *reading,
                                               size_t channels,
                                               uint8_t record[WATTSUM_MARK_RECORD_LEN],
                                               uint8_t *frame,
                                               size_t frame_size,
                                               size_t *frame_len);

// Wipes a meter, also one that a panic has left behind: its keys are gone, the memory is the caller's again. NULL is
// right.
wattsum_status wattsum_shamir_meter_free(wattsum_shamir_meter *meter);

// Bytes of a meter's state; the same as WATTSUM_SHAMIR_STATE_LEN(aggregators).
wattsum_status wattsum_shamir_meter_state_len(size_t aggregators, size_t *len);

// Writes what a reboot must find, WATTSUM_SHAMIR_STATE_LEN bytes. It holds KEYS, which read what the meter sends for
// the rest of the epoch: protected storage, wiped after use.
//
// Store it once the meter is made, instead of the link secret; and after the first contribution of each ratchet step
// OVER the state before, whose keys read what was sent. It replaces no record: the mark guards each contribution all
// the same.
wattsum_status wattsum_shamir_meter_export(wattsum_shamir_meter *meter,
                                           uint8_t *state,
                                           size_t size,
                                           size_t *state_len);

// A meter from its stored state, in `memory` as of wattsum_shamir_meter_new, which see also for what is wiped. The
// device's mark is replayed as always.
//
// Of `setup` the entries of aggregators are not read, since their keys are in the state; the pointer may be NULL, the
// number may not differ. WATTSUM_MALFORMED_BAD_RECORD if the state is damaged, of another epoch, or of another id or
// first channel than `setup` has.
wattsum_status wattsum_shamir_meter_import(void *memory,
                                           size_t size,
                                           const wattsum_shamir_setup *setup,
                                           const uint8_t *state,
                                           size_t state_len,
                                           wattsum_shamir_meter **meter,
                                           uint32_t *culprit);

#if defined(WATTSUM_HEAD_END)
// What the round takes now: WATTSUM_ROUND_COLLECTING or WATTSUM_ROUND_CLOSED.
wattsum_status wattsum_shamir_round_stage(wattsum_shamir_round *round, uint8_t *stage);

// The round's frame for the aggregators: the signed Open while it takes contributions, the signed Close afterwards.
// `frame_size` is at least WATTSUM_OPEN_LEN or WATTSUM_CLOSE_LEN.
wattsum_status wattsum_shamir_round_frame(wattsum_shamir_round *round,
                                          uint8_t *frame,
                                          size_t frame_size,
                                          size_t *frame_len);

// Takes a frame: a meter's contribution until the round is closed, an aggregator's answer afterwards. `sender` gets
// the id of who sent it. The same frame again changes nothing.
wattsum_status wattsum_shamir_round_accept(wattsum_shamir_round *round,
                                           const uint8_t *frame,
                                           size_t frame_len,
                                           uint32_t *sender,
                                           uint32_t *culprit);

// Takes many frames, contributions several times faster than one by one. For each frame `statuses` gets what
// wattsum_shamir_round_accept would have answered, and `senders` the sender where that is 0, the culprit where it is a
// fault (3xx), else UINT32_MAX. The call's own status tells whether its arguments were right.
wattsum_status wattsum_shamir_round_accept_many(wattsum_shamir_round *round,
                                                const wattsum_bytes *frames,
                                                size_t count,
                                                uint32_t *senders,
                                                wattsum_status *statuses);

// Ids of those whose frame has not come: meters until the round is closed, aggregators afterwards.
wattsum_status wattsum_shamir_round_missing(wattsum_shamir_round *round,
                                            uint32_t *ids,
                                            size_t capacity,
                                            size_t *count);

// Who is in the set of the last Close: 1 or 0 for each meter, by position. WATTSUM_MISUSE_OUT_OF_ORDER before there is
// one.
wattsum_status wattsum_shamir_round_set(wattsum_shamir_round *round,
                                        uint8_t *marks,
                                        size_t meters);

// Bytes that wattsum_shamir_round_export gives now.
wattsum_status wattsum_shamir_round_state_len(wattsum_shamir_round *round, size_t *len);

// What has come so far of a round that takes contributions, for wattsum_shamir_utility_reopen: the Open and the
// meters' masked values, no keys. Stored before the Close leaves, it lets a restart close the same set again and
// collect the answers. WATTSUM_MISUSE_OUT_OF_ORDER for a round that is closed.
wattsum_status wattsum_shamir_round_export(wattsum_shamir_round *round,
                                           uint8_t *state,
                                           size_t size,
                                           size_t *state_len);

// A branch of a round that takes contributions. To be freed with wattsum_shamir_branch_free. It holds what it needs,
// and may be used while another thread uses the round.
wattsum_status wattsum_shamir_round_branch(wattsum_shamir_round *round,
                                           wattsum_shamir_branch **branch);

// Takes many contributions, as wattsum_shamir_round_accept_many.
wattsum_status wattsum_shamir_branch_accept_many(wattsum_shamir_branch *branch,
                                                 const wattsum_bytes *frames,
                                                 size_t count,
                                                 uint32_t *senders,
                                                 wattsum_status *statuses);

// Bytes that wattsum_shamir_branch_to_bytes gives now.
wattsum_status wattsum_shamir_branch_len(wattsum_shamir_branch *branch, size_t *len);

// What a branch has taken, for wattsum_shamir_round_merge_bytes in the process that has the round. Nothing in it is
// secret, and nothing vouches for it: the way between the utility's own processes must.
wattsum_status wattsum_shamir_branch_to_bytes(wattsum_shamir_branch *branch,
                                              uint8_t *bytes,
                                              size_t size,
                                              size_t *bytes_len);

// Takes in what a branch of the same round has taken; the branch stays as it is. A frame that came to both counts
// once; two different ones of a meter are its fault (WATTSUM_FAULT_CONTRADICTION), and nothing has changed then.
wattsum_status wattsum_shamir_round_merge(wattsum_shamir_round *round,
                                          wattsum_shamir_branch *branch,
                                          uint32_t *culprit);

// The same of a branch's bytes.
wattsum_status wattsum_shamir_round_merge_bytes(wattsum_shamir_round *round,
                                                const uint8_t *bytes,
                                                size_t bytes_len,
                                                uint32_t *culprit);

// Frees a branch. NULL is right.
wattsum_status wattsum_shamir_branch_free(wattsum_shamir_branch *branch);

// Frees a round, at any time. NULL is right.
wattsum_status wattsum_shamir_round_free(wattsum_shamir_round *round);

// Makes the keys with all parties. `identity_secret` is the utility's, `link_secret` that of its announced link key,
// which is wiped on success. To be freed with wattsum_shamir_utility_free.
wattsum_status wattsum_shamir_utility_new(const wattsum_shamir_params *params,
                                          const wattsum_epoch *epoch,
                                          wattsum_roster *roster,
                                          const uint8_t identity_secret[32],
                                          uint8_t link_secret[32],
                                          wattsum_shamir_utility **utility,
                                          uint32_t *culprit);

// Opens a round. `present` holds 1 or 0 for each meter, by position: who is to take part. To be freed with
// wattsum_shamir_round_free; its frame, the signed Open, goes to the aggregators, and ends the round before it there.
wattsum_status wattsum_shamir_utility_open(wattsum_shamir_utility *utility,
                                           uint64_t now,
                                           uint64_t round,
                                           const uint8_t *present,
                                           size_t meters,
                                           wattsum_shamir_round **opened);

// Closes a round over the meters whose contributions are here, once the deadline has passed. `quorum` names the
// aggregators that are asked, by their numbers, ascending: exactly as many as the threshold says. On WATTSUM_QUORUM,
// too few meters, the round goes on taking contributions. On WATTSUM_MISUSE_OUT_OF_ORDER a later round was closed
// before: this one cannot be any more.
//
// A round that is closed already is asked anew of another quorum: some of the first did not answer. Their answers so
// far are forgotten.
wattsum_status wattsum_shamir_utility_close(wattsum_shamir_utility *utility,
                                            wattsum_shamir_round *round,
                                            const uint8_t *quorum,
                                            size_t quorum_len);

// The sums of a round, one a channel, once the quorum has answered, and the number of meters in them. The next Open
// names this round.
wattsum_status wattsum_shamir_utility_record(wattsum_shamir_utility *utility,
                                             wattsum_shamir_round *round,
                                             int64_t *sums,
                                             size_t channels,
                                             uint32_t *meters);

// How far the utility's rounds have come. STORE FIRST, SEND THEN: before the frame of an Open, and that of a Close,
// leaves. The last record is enough; replace it as a whole. After a start from it alone, a round that was closed before
// is closed again for its first quorum only: asking another takes the state of wattsum_shamir_utility_export.
wattsum_status wattsum_shamir_utility_progress(wattsum_shamir_utility *utility,
                                               uint8_t record[WATTSUM_UTILITY_RECORD_LEN]);

// Goes on from the stored record of this epoch or the one before: once after wattsum_shamir_utility_new, before the
// first Open. A utility that starts again without it may open a round twice, which the aggregators refuse, and its
// Opens name no predecessor.
wattsum_status wattsum_shamir_utility_resume(wattsum_shamir_utility *utility,
                                             const uint8_t *record,
                                             size_t record_len);

// Bytes of the state that wattsum_shamir_utility_export gives now.
wattsum_status wattsum_shamir_utility_state_len(wattsum_shamir_utility *utility, size_t *len);

// All that a restart needs but rounds that are open: keys, progress, and how often meters came and went. It holds
// KEYS: protected storage, wiped after use. It takes the place of the link secret and of the record of
// wattsum_shamir_utility_progress: store it before the frame of an Open or a Close leaves, and replace it as a whole.
wattsum_status wattsum_shamir_utility_export(wattsum_shamir_utility *utility,
                                             uint8_t *state,
                                             size_t size,
                                             size_t *state_len);

// A utility from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged or another epoch's. To be freed with
// wattsum_shamir_utility_free.
wattsum_status wattsum_shamir_utility_import(const wattsum_shamir_params *params,
                                             const wattsum_epoch *epoch,
                                             wattsum_roster *roster,
                                             const uint8_t identity_secret[32],
                                             const uint8_t *state,
                                             size_t state_len,
                                             wattsum_shamir_utility **utility,
                                             uint32_t *culprit);

// A round from what wattsum_shamir_round_export gave before a restart, or in another process that has the utility's
// state and takes a part of the frames (wattsum_shamir_round_branch). Closed over the same contributions for the same
// quorum, it gives the same Close. WATTSUM_MISUSE_OUT_OF_ORDER once a later round was opened or closed. To be freed
// with wattsum_shamir_round_free.
wattsum_status wattsum_shamir_utility_reopen(wattsum_shamir_utility *utility,
                                             const uint8_t *state,
                                             size_t state_len,
                                             wattsum_shamir_round **opened,
                                             uint32_t *culprit);

// Wipes and frees a utility. NULL is right. Its rounds are of no more use, but are still to be freed.
wattsum_status wattsum_shamir_utility_free(wattsum_shamir_utility *utility);
#endif

// The status in words, English, for logs. Never NULL, also for numbers that do not exist; not to be freed.
const char *wattsum_status_text(int32_t status);

// The version of the library that is linked, as "major.minor.patch", to be compared with WATTSUM_VERSION of the
// header. Not to be freed.
const char *wattsum_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* WATTSUM_H */

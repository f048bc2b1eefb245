//! What every function returns.
#![allow(unsafe_code)] // exports

#[cfg(feature = "ckks")]
mod ckks;
#[cfg(feature = "cmt")]
mod cmt;
#[cfg(feature = "elgamal")]
mod elgamal;
mod of;
#[cfg(feature = "text")]
mod text;

use core::ffi::{CStr, c_char};

/// 0 is good. The hundreds tell what to do: 1xx correct the call, its time, or what was passed on to it unchecked
/// (rounds, lists, indices, parameters of others); 2xx drop the bytes; 3xx drop what the culprit sent and go on; 400
/// wait or ask others; 500 throw the round away; 900 report. A number keeps its meaning for ever; later versions add
/// numbers.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum wattsum_status {
    /// Done.
    WATTSUM_OK = 0,
    /// A pointer is NULL.
    WATTSUM_MISUSE_NULL = 100,
    /// A pointer is not aligned for its type.
    WATTSUM_MISUSE_MISALIGNED = 101,
    /// An input lies in the room for an output.
    WATTSUM_MISUSE_OVERLAP = 102,
    /// The context or handle was never made, was freed, moved, or is of another role: as far as the memory tells. A
    /// handle that was freed is memory of others; using it is undefined.
    WATTSUM_MISUSE_BAD_CONTEXT = 103,
    /// The context or handle is in another call, or a panic ended its last one; then it can be freed, and no more.
    WATTSUM_MISUSE_BUSY = 104,
    /// The entropy is 32 equal bytes.
    WATTSUM_MISUSE_BAD_ENTROPY = 105,
    /// A field of an input has a value that does not exist.
    WATTSUM_MISUSE_BAD_VALUE = 106,
    /// A round of 2^32 or more.
    WATTSUM_MISUSE_ROUND_TOO_LARGE = 110,
    /// The round is not in the epoch.
    WATTSUM_MISUSE_ROUND_OUTSIDE_EPOCH = 111,
    /// The round is more than two away from now.
    WATTSUM_MISUSE_ROUND_FAR_FROM_NOW = 112,
    /// A reading of this time was contributed already.
    WATTSUM_MISUSE_TIME_ALREADY_USED = 113,
    /// The device has no such channel.
    WATTSUM_MISUSE_UNKNOWN_CHANNEL = 114,
    /// The reading has another number of channels.
    WATTSUM_MISUSE_WRONG_CHANNELS = 115,
    /// The reading is beyond max_reading.
    WATTSUM_MISUSE_READING_TOO_LARGE = 116,
    /// Parties times max_reading must stay below p/2.
    WATTSUM_MISUSE_SUM_COULD_OVERFLOW = 117,
    /// A parameter is zero, too large, or of another protocol.
    WATTSUM_MISUSE_BAD_PARAMETER = 118,
    /// The minimum of honest meters is below two.
    WATTSUM_MISUSE_MINIMUM_TOO_SMALL = 119,
    /// A group without meters.
    WATTSUM_MISUSE_EMPTY_GROUP = 120,
    /// A buffer or list has the wrong length.
    WATTSUM_MISUSE_WRONG_LENGTH = 121,
    /// A party is not its own peer.
    WATTSUM_MISUSE_SELF_AS_PEER = 122,
    /// This step belongs to another role.
    WATTSUM_MISUSE_WRONG_ROLE = 123,
    /// The quorum is no ascending list of the right length.
    WATTSUM_MISUSE_BAD_QUORUM = 124,
    /// The party is not in the roster.
    WATTSUM_MISUSE_UNKNOWN_PARTY = 125,
    /// The epoch is not one of these parameters.
    WATTSUM_MISUSE_WRONG_SESSION = 126,
    /// Answerers, threshold and colluders do not go together.
    WATTSUM_MISUSE_BAD_THRESHOLD = 127,
    /// The beacon cannot be out yet.
    WATTSUM_MISUSE_BEACON_NOT_OUT = 128,
    /// The step does not follow from the present state.
    WATTSUM_MISUSE_OUT_OF_ORDER = 129,
    /// The parameters have no windows.
    WATTSUM_MISUSE_NO_WINDOWS = 130,
    /// The rules of windows do not allow these bills.
    WATTSUM_MISUSE_NOT_BILLABLE = 131,
    /// A meter is in both of two partial sums.
    WATTSUM_MISUSE_COUNTED_TWICE = 132,
    /// The register cannot show this value.
    WATTSUM_MISUSE_REGISTER_TOO_LARGE = 133,
    /// The scaler would drop digits that are not zero: keep them, wattsum_register_consumed.
    WATTSUM_MISUSE_READING_NOT_WHOLE = 134,
    /// More than the interval can have brought: the register was set back, or is another meter's.
    WATTSUM_MISUSE_READING_IMPLAUSIBLE = 135,
    /// elgamal: max_reading times max_meters (or rounds) is beyond 2^48, or a search beyond its limit.
    WATTSUM_MISUSE_SUM_BEYOND_RANGE = 140,
    /// elgamal: a range without numbers.
    WATTSUM_MISUSE_EMPTY_RANGE = 141,
    /// elgamal: a table of discrete logarithms of a size that there is not.
    WATTSUM_MISUSE_TABLE_SIZE = 142,
    /// elgamal: a table made for another group key.
    WATTSUM_MISUSE_WRONG_TABLE = 143,
    /// elgamal: a prepared pair of another epoch, key, round or channel.
    WATTSUM_MISUSE_WRONG_PAIR = 144,
    /// elgamal: a secret share that does not belong to the trustee or to the key set.
    WATTSUM_MISUSE_WRONG_SHARE = 145,
    /// elgamal: a key set for another number of trustees or another threshold.
    WATTSUM_MISUSE_WRONG_KEY_SET = 146,
    /// elgamal: a verified contribution of another session, key set or round.
    WATTSUM_MISUSE_WRONG_CONTRIBUTION = 147,
    /// elgamal: decryption shares of other ciphertexts or key sets than the one to be opened.
    WATTSUM_MISUSE_MIXED_SHARES = 148,
    /// cmt: fewer members than a ring must have.
    WATTSUM_MISUSE_RING_TOO_SMALL = 160,
    /// cmt: the step belongs to the other mode.
    WATTSUM_MISUSE_WRONG_MODE = 161,
    /// cmt: the meter is in no ring.
    WATTSUM_MISUSE_NOT_SEATED = 162,
    /// cmt: generations count upwards, in small steps.
    WATTSUM_MISUSE_GENERATION_USED = 163,
    /// cmt: no ring has been registered.
    WATTSUM_MISUSE_NO_RING = 164,
    /// cmt: the term is over, and the next generation not formed.
    WATTSUM_MISUSE_TERM_OVER = 165,
    /// cmt: the group has no terms, or the step none.
    WATTSUM_MISUSE_NO_TERMS = 166,
    /// cmt: the meter has no licence.
    WATTSUM_MISUSE_NOT_LICENSED = 167,
    /// cmt: no claim to this generation has been taken.
    WATTSUM_MISUSE_NO_CLAIM = 168,
    /// cmt: the members have not agreed on who they are, or need not.
    WATTSUM_MISUSE_NOT_AGREED = 169,
    /// ckks: things of two presets in one operation.
    WATTSUM_MISUSE_MIXED_PRESETS = 180,
    /// ckks: things of two keys in one operation, or the wrong key.
    WATTSUM_MISUSE_WRONG_KEY = 181,
    /// ckks: ciphertexts or plaintexts of two scales.
    WATTSUM_MISUSE_SCALE_MISMATCH = 182,
    /// ckks: a scale that the preset or the packing does not allow.
    WATTSUM_MISUSE_BAD_SCALE = 183,
    /// ckks: ciphertexts of two levels.
    WATTSUM_MISUSE_LEVEL_MISMATCH = 184,
    /// ckks: no level is left for the operation.
    WATTSUM_MISUSE_DEPTH_EXHAUSTED = 185,
    /// ckks: not possible with this packing.
    WATTSUM_MISUSE_WRONG_PACKING = 186,
    /// ckks: a ciphertext that has to be relinearised first, or need not be.
    WATTSUM_MISUSE_WRONG_FORM = 187,
    /// ckks: no key to switch keys with for this operation.
    WATTSUM_MISUSE_NO_SWITCHING_KEY = 188,
    /// ckks: more values than there is room for, or too few.
    WATTSUM_MISUSE_TOO_MANY_VALUES = 189,
    /// ckks: a value that is no number, or beyond the bound.
    WATTSUM_MISUSE_VALUE_BEYOND_BOUND = 190,
    /// ckks: a value between two steps of the grid.
    WATTSUM_MISUSE_OFF_GRID = 191,
    /// ckks: the message can leave what the level's primes hold.
    WATTSUM_MISUSE_MESSAGE_BEYOND_MODULUS = 192,
    /// ckks: error and flood can be too large to be rounded away.
    WATTSUM_MISUSE_NOISE_BEYOND_GRID = 193,
    /// ckks: flooding for no answers, or for too many.
    WATTSUM_MISUSE_BAD_FLOOD = 194,
    /// ckks: this polynomial, or this round, has been answered.
    WATTSUM_MISUSE_ANSWERED_BEFORE = 195,
    /// ckks: not a party of this key.
    WATTSUM_MISUSE_WRONG_PARTY = 196,
    /// ckks: this public seed has been used.
    WATTSUM_MISUSE_REPEATED_SEED = 197,
    /// The calling code is wrong in a way that this version has no number for.
    WATTSUM_MISUSE = 199,
    /// Too few bytes.
    WATTSUM_MALFORMED_TRUNCATED = 200,
    /// Trailing bytes.
    WATTSUM_MALFORMED_TRAILING_BYTES = 201,
    /// Another protocol.
    WATTSUM_MALFORMED_WRONG_PROTOCOL = 202,
    /// Unknown wire version.
    WATTSUM_MALFORMED_UNKNOWN_VERSION = 203,
    /// Another kind of message.
    WATTSUM_MALFORMED_WRONG_KIND = 204,
    /// Unknown flags.
    WATTSUM_MALFORMED_UNKNOWN_FLAGS = 205,
    /// A field element that is not reduced.
    WATTSUM_MALFORMED_NOT_CANONICAL = 206,
    /// Unknown role.
    WATTSUM_MALFORMED_UNKNOWN_ROLE = 207,
    /// A set that is not well formed.
    WATTSUM_MALFORMED_BAD_SET = 208,
    /// An answer to another kind of query.
    WATTSUM_MALFORMED_WRONG_ANSWER_KIND = 209,
    /// A quorum that is not well formed.
    WATTSUM_MALFORMED_BAD_QUORUM = 210,
    /// A stored record that is damaged or of another version.
    WATTSUM_MALFORMED_BAD_RECORD = 211,
    /// A field with an excluded value.
    WATTSUM_MALFORMED_BAD_FIELD = 212,
    /// elgamal: keys that are no canonical points or scalars, are zero, or do not lie on one polynomial.
    WATTSUM_MALFORMED_BAD_KEYS = 220,
    /// elgamal: no table of discrete logarithms of this version.
    WATTSUM_MALFORMED_TABLE_HEADER = 221,
    /// elgamal: more or fewer bytes than the table has.
    WATTSUM_MALFORMED_TABLE_LENGTH = 222,
    /// elgamal: a damaged table of discrete logarithms.
    WATTSUM_MALFORMED_TABLE_CHECKSUM = 223,
    /// ckks: an unknown preset.
    WATTSUM_MALFORMED_UNKNOWN_PRESET = 230,
    /// ckks: no version, form, level, packing or scale that there is.
    WATTSUM_MALFORMED_BAD_HEADER = 231,
    /// ckks: a bound that is negative or no number.
    WATTSUM_MALFORMED_BAD_BOUND = 232,
    /// ckks: bytes of another preset than what they are read for.
    WATTSUM_MALFORMED_OTHER_PRESET = 233,
    /// The bytes are no message, in a way that this version has no number for.
    WATTSUM_MALFORMED = 299,
    /// Wrong signature.
    WATTSUM_FAULT_BAD_SIGNATURE = 300,
    /// Wrong tag.
    WATTSUM_FAULT_BAD_TAG = 301,
    /// The sealed message does not open.
    WATTSUM_FAULT_BAD_SEAL = 302,
    /// Public key of low order.
    WATTSUM_FAULT_LOW_ORDER_KEY = 303,
    /// Announced a key that another party has.
    WATTSUM_FAULT_COPIED_KEY = 304,
    /// Its id is taken.
    WATTSUM_FAULT_DUPLICATE_ID = 305,
    /// Id 0 is the utility's, and only the utility's.
    WATTSUM_FAULT_RESERVED_ID = 306,
    /// The sender is not in the roster.
    WATTSUM_FAULT_UNKNOWN_SENDER = 307,
    /// Frame of another group.
    WATTSUM_FAULT_WRONG_GROUP = 308,
    /// Frame of another epoch.
    WATTSUM_FAULT_WRONG_EPOCH = 309,
    /// Frame of another round.
    WATTSUM_FAULT_WRONG_ROUND = 310,
    /// Frame of a round that is more than two away from now.
    WATTSUM_FAULT_ROUND_FAR_FROM_NOW = 311,
    /// Two different messages where one is allowed.
    WATTSUM_FAULT_CONTRADICTION = 312,
    /// Roster root not before its beacon.
    WATTSUM_FAULT_ROSTER_AFTER_BEACON = 313,
    /// The inclusion proof does not lead to the root.
    WATTSUM_FAULT_BAD_PROOF = 314,
    /// The set is too small.
    WATTSUM_FAULT_SET_TOO_SMALL = 315,
    /// A meter takes part that the Open does not name present.
    WATTSUM_FAULT_NOT_IN_OPEN = 316,
    /// The own bit is missing from the set.
    WATTSUM_FAULT_NOT_IN_SET = 317,
    /// The hash chain names another predecessor.
    WATTSUM_FAULT_CHAIN_BROKEN = 318,
    /// Asked or answered outside the quorum.
    WATTSUM_FAULT_NOT_IN_QUORUM = 319,
    /// Answer over another set.
    WATTSUM_FAULT_WRONG_SET = 320,
    /// The round is closed.
    WATTSUM_FAULT_ROUND_CLOSED = 321,
    /// A repair for another pass.
    WATTSUM_FAULT_WRONG_PASS = 322,
    /// Nobody waits for this frame.
    WATTSUM_FAULT_NOT_EXPECTED = 323,
    /// Too few neighbours are left.
    WATTSUM_FAULT_TOO_FEW_NEIGHBOURS = 324,
    /// The set has a meter that comes and goes too often.
    WATTSUM_FAULT_TOO_MANY_CHANGES = 325,
    /// A query for a window that is not over, or not yet.
    WATTSUM_FAULT_WINDOW_OPEN = 326,
    /// A query for bills that would leave few readings open.
    WATTSUM_FAULT_NOT_BILLABLE = 327,
    /// A raw answer that does not fit the others.
    WATTSUM_FAULT_WRONG_ANSWER = 328,
    /// The same answerer's statement twice.
    WATTSUM_FAULT_REPEATED_STATEMENT = 329,
    /// elgamal: no ristretto255 encoding where a point belongs.
    WATTSUM_FAULT_NOT_A_POINT = 340,
    /// elgamal: a number of q or more where a scalar belongs.
    WATTSUM_FAULT_NOT_A_SCALAR = 341,
    /// elgamal: the identity where a point with a secret belongs.
    WATTSUM_FAULT_IDENTITY_POINT = 342,
    /// elgamal: R stands in another ciphertext of the round already.
    WATTSUM_FAULT_REPEATED_POINT = 343,
    /// elgamal: the proof of knowledge of reading and blinding does not hold.
    WATTSUM_FAULT_BAD_KNOWLEDGE = 344,
    /// elgamal: the proof of a decryption share does not hold.
    WATTSUM_FAULT_BAD_EQUALITY = 345,
    /// elgamal: the list of contributions is not that of the closed set.
    WATTSUM_FAULT_WRONG_LIST = 346,
    /// elgamal ceremony: a signed frame with more or fewer bytes than it has.
    WATTSUM_FAULT_WRONG_LENGTH = 347,
    /// elgamal ceremony: the proof that a secret is known does not hold.
    WATTSUM_FAULT_BAD_POSSESSION = 348,
    /// elgamal ceremony: the first commitment is not the verification key.
    WATTSUM_FAULT_WRONG_COMMITMENT = 349,
    /// elgamal ceremony: an echo of another frame than was sent or shown.
    WATTSUM_FAULT_WRONG_ECHO = 350,
    /// elgamal ceremony: shares for other commitments than the echo names.
    WATTSUM_FAULT_WRONG_VIEW = 351,
    /// elgamal ceremony: a share that does not open or does not lie on the commitments.
    WATTSUM_FAULT_BAD_SHARE = 352,
    /// elgamal ceremony: a complaint about a share that is right, or about none.
    WATTSUM_FAULT_FALSE_COMPLAINT = 353,
    /// elgamal ceremony: a confirmation of other keys than follow.
    WATTSUM_FAULT_WRONG_CONFIRMATION = 354,
    /// cmt: a frame of another generation, or of one too far ahead.
    WATTSUM_FAULT_WRONG_GENERATION = 370,
    /// cmt: tokens that are not ascending and distinct, or have a party's id.
    WATTSUM_FAULT_BAD_TOKEN = 371,
    /// cmt: a token's link key that gives no key.
    WATTSUM_FAULT_BAD_TOKEN_LINK = 372,
    /// cmt: the draw makes another member concentrator.
    WATTSUM_FAULT_NOT_CONCENTRATOR = 373,
    /// cmt: not the ring neighbour.
    WATTSUM_FAULT_NOT_NEIGHBOUR = 374,
    /// cmt: not a licence of this meter that holds.
    WATTSUM_FAULT_BAD_LICENCE = 375,
    /// cmt: the present generation's term is not over.
    WATTSUM_FAULT_TOO_EARLY = 376,
    /// cmt: other members than were claimed.
    WATTSUM_FAULT_WRONG_MEMBERS = 377,
    /// ckks: no ciphertext of the session where one belongs.
    WATTSUM_FAULT_BAD_CIPHERTEXT = 380,
    /// ckks: a ciphertext that its sender has not committed to.
    WATTSUM_FAULT_NOT_COMMITTED = 381,
    /// ckks: a public seed for the second time.
    WATTSUM_FAULT_REPEATED_SEED = 382,
    /// ckks: another list of commitments than was certified.
    WATTSUM_FAULT_OTHER_LIST = 383,
    /// ckks: key ceremony: not what was committed to.
    WATTSUM_FAULT_BAD_OPENING = 384,
    /// ckks: key ceremony: bytes that are no share.
    WATTSUM_FAULT_BAD_KEY_SHARE = 385,
    /// ckks: another aggregate than was agreed on.
    WATTSUM_FAULT_WRONG_AGGREGATE = 386,
    /// A party broke a rule that this version has no number for.
    WATTSUM_FAULT = 399,
    /// Too few parties answered, or are in the set.
    WATTSUM_QUORUM = 400,
    /// Answers that were each acceptable do not fit together.
    WATTSUM_INCONSISTENT = 500,
    /// A bug in the library: the context in use is lost, others are not; please report it.
    WATTSUM_PANIC = 900,
    /// An error that this version has no number for.
    WATTSUM_UNKNOWN = 999,
}

/// The status in words, English, for logs. Never NULL, also for numbers that do not exist; not to be freed.
#[cfg(feature = "text")]
#[unsafe(no_mangle)]
pub extern "C" fn wattsum_status_text(status: i32) -> *const c_char {
    // No guard: nothing here can panic, and it has no status to return.
    let known = wattsum_status::ALL.iter().find(|known| **known as i32 == status);
    known.map_or(c"no status of this version", |known| known.text()).as_ptr()
}

/// The version of the library that is linked, as "major.minor.patch", to be compared with WATTSUM_VERSION of the
/// header. Not to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn wattsum_version() -> *const c_char {
    // No guard: as above.
    VERSION.as_ptr()
}

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::string::String;

    fn text(status: i32) -> String {
        // SAFETY: the function promises a C string that lives for ever.
        unsafe { CStr::from_ptr(wattsum_status_text(status)) }.to_str().unwrap().into()
    }

    #[test]
    fn every_status_has_a_text_of_its_own() {
        let texts: BTreeSet<String> = wattsum_status::ALL.iter().map(|status| text(*status as i32)).collect();
        assert_eq!(texts.len(), wattsum_status::ALL.len());
        assert_eq!(text(0), "done");
        for unknown in [-1, 1, 998, i32::MIN, i32::MAX] {
            assert_eq!(text(unknown), "no status of this version");
        }
    }

    #[test]
    fn the_version_is_that_of_cargo() {
        // SAFETY: as above.
        let version = unsafe { CStr::from_ptr(wattsum_version()) };
        assert_eq!(version.to_str().unwrap(), env!("CARGO_PKG_VERSION"));
    }
}

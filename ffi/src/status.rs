//! What every function returns.
#![allow(unsafe_code)] // exports

mod of;

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

#[cfg(feature = "text")]
impl wattsum_status {
    pub(crate) const ALL: [Self; 81] = [
        Self::WATTSUM_OK,
        Self::WATTSUM_MISUSE_NULL,
        Self::WATTSUM_MISUSE_MISALIGNED,
        Self::WATTSUM_MISUSE_OVERLAP,
        Self::WATTSUM_MISUSE_BAD_CONTEXT,
        Self::WATTSUM_MISUSE_BUSY,
        Self::WATTSUM_MISUSE_BAD_ENTROPY,
        Self::WATTSUM_MISUSE_BAD_VALUE,
        Self::WATTSUM_MISUSE_ROUND_TOO_LARGE,
        Self::WATTSUM_MISUSE_ROUND_OUTSIDE_EPOCH,
        Self::WATTSUM_MISUSE_ROUND_FAR_FROM_NOW,
        Self::WATTSUM_MISUSE_TIME_ALREADY_USED,
        Self::WATTSUM_MISUSE_UNKNOWN_CHANNEL,
        Self::WATTSUM_MISUSE_WRONG_CHANNELS,
        Self::WATTSUM_MISUSE_READING_TOO_LARGE,
        Self::WATTSUM_MISUSE_SUM_COULD_OVERFLOW,
        Self::WATTSUM_MISUSE_BAD_PARAMETER,
        Self::WATTSUM_MISUSE_MINIMUM_TOO_SMALL,
        Self::WATTSUM_MISUSE_EMPTY_GROUP,
        Self::WATTSUM_MISUSE_WRONG_LENGTH,
        Self::WATTSUM_MISUSE_SELF_AS_PEER,
        Self::WATTSUM_MISUSE_WRONG_ROLE,
        Self::WATTSUM_MISUSE_BAD_QUORUM,
        Self::WATTSUM_MISUSE_UNKNOWN_PARTY,
        Self::WATTSUM_MISUSE_WRONG_SESSION,
        Self::WATTSUM_MISUSE_BAD_THRESHOLD,
        Self::WATTSUM_MISUSE_BEACON_NOT_OUT,
        Self::WATTSUM_MISUSE_OUT_OF_ORDER,
        Self::WATTSUM_MISUSE_NO_WINDOWS,
        Self::WATTSUM_MISUSE_NOT_BILLABLE,
        Self::WATTSUM_MISUSE_COUNTED_TWICE,
        Self::WATTSUM_MISUSE,
        Self::WATTSUM_MALFORMED_TRUNCATED,
        Self::WATTSUM_MALFORMED_TRAILING_BYTES,
        Self::WATTSUM_MALFORMED_WRONG_PROTOCOL,
        Self::WATTSUM_MALFORMED_UNKNOWN_VERSION,
        Self::WATTSUM_MALFORMED_WRONG_KIND,
        Self::WATTSUM_MALFORMED_UNKNOWN_FLAGS,
        Self::WATTSUM_MALFORMED_NOT_CANONICAL,
        Self::WATTSUM_MALFORMED_UNKNOWN_ROLE,
        Self::WATTSUM_MALFORMED_BAD_SET,
        Self::WATTSUM_MALFORMED_WRONG_ANSWER_KIND,
        Self::WATTSUM_MALFORMED_BAD_QUORUM,
        Self::WATTSUM_MALFORMED_BAD_RECORD,
        Self::WATTSUM_MALFORMED_BAD_FIELD,
        Self::WATTSUM_MALFORMED,
        Self::WATTSUM_FAULT_BAD_SIGNATURE,
        Self::WATTSUM_FAULT_BAD_TAG,
        Self::WATTSUM_FAULT_BAD_SEAL,
        Self::WATTSUM_FAULT_LOW_ORDER_KEY,
        Self::WATTSUM_FAULT_COPIED_KEY,
        Self::WATTSUM_FAULT_DUPLICATE_ID,
        Self::WATTSUM_FAULT_RESERVED_ID,
        Self::WATTSUM_FAULT_UNKNOWN_SENDER,
        Self::WATTSUM_FAULT_WRONG_GROUP,
        Self::WATTSUM_FAULT_WRONG_EPOCH,
        Self::WATTSUM_FAULT_WRONG_ROUND,
        Self::WATTSUM_FAULT_ROUND_FAR_FROM_NOW,
        Self::WATTSUM_FAULT_CONTRADICTION,
        Self::WATTSUM_FAULT_ROSTER_AFTER_BEACON,
        Self::WATTSUM_FAULT_BAD_PROOF,
        Self::WATTSUM_FAULT_SET_TOO_SMALL,
        Self::WATTSUM_FAULT_NOT_IN_OPEN,
        Self::WATTSUM_FAULT_NOT_IN_SET,
        Self::WATTSUM_FAULT_CHAIN_BROKEN,
        Self::WATTSUM_FAULT_NOT_IN_QUORUM,
        Self::WATTSUM_FAULT_WRONG_SET,
        Self::WATTSUM_FAULT_ROUND_CLOSED,
        Self::WATTSUM_FAULT_WRONG_PASS,
        Self::WATTSUM_FAULT_NOT_EXPECTED,
        Self::WATTSUM_FAULT_TOO_FEW_NEIGHBOURS,
        Self::WATTSUM_FAULT_TOO_MANY_CHANGES,
        Self::WATTSUM_FAULT_WINDOW_OPEN,
        Self::WATTSUM_FAULT_NOT_BILLABLE,
        Self::WATTSUM_FAULT_WRONG_ANSWER,
        Self::WATTSUM_FAULT_REPEATED_STATEMENT,
        Self::WATTSUM_FAULT,
        Self::WATTSUM_QUORUM,
        Self::WATTSUM_INCONSISTENT,
        Self::WATTSUM_PANIC,
        Self::WATTSUM_UNKNOWN,
    ];

    // The linker keeps these words even where nobody asks for them, hence the feature.
    const fn text(self) -> &'static CStr {
        match self {
            Self::WATTSUM_OK => c"done",
            Self::WATTSUM_MISUSE_NULL => c"a pointer is NULL",
            Self::WATTSUM_MISUSE_MISALIGNED => c"a pointer is not aligned for its type",
            Self::WATTSUM_MISUSE_OVERLAP => c"an input lies in the room for an output",
            Self::WATTSUM_MISUSE_BAD_CONTEXT => {
                c"the context or handle was never made, was freed, moved, or is of another role"
            }
            Self::WATTSUM_MISUSE_BUSY => {
                c"the context or handle is in another call, or a panic ended its last one"
            }
            Self::WATTSUM_MISUSE_BAD_ENTROPY => c"the entropy is 32 equal bytes",
            Self::WATTSUM_MISUSE_BAD_VALUE => c"a field of an input has a value that does not exist",
            Self::WATTSUM_MISUSE_ROUND_TOO_LARGE => c"a round of 2^32 or more",
            Self::WATTSUM_MISUSE_ROUND_OUTSIDE_EPOCH => c"the round is not in the epoch",
            Self::WATTSUM_MISUSE_ROUND_FAR_FROM_NOW => c"the round is more than two away from now",
            Self::WATTSUM_MISUSE_TIME_ALREADY_USED => c"a reading of this time was contributed already",
            Self::WATTSUM_MISUSE_UNKNOWN_CHANNEL => c"the device has no such channel",
            Self::WATTSUM_MISUSE_WRONG_CHANNELS => c"the reading has another number of channels",
            Self::WATTSUM_MISUSE_READING_TOO_LARGE => c"the reading is beyond max_reading",
            Self::WATTSUM_MISUSE_SUM_COULD_OVERFLOW => c"parties times max_reading must stay below p/2",
            Self::WATTSUM_MISUSE_BAD_PARAMETER => c"a parameter is zero, too large, or of another protocol",
            Self::WATTSUM_MISUSE_MINIMUM_TOO_SMALL => c"the minimum of honest meters is below two",
            Self::WATTSUM_MISUSE_EMPTY_GROUP => c"a group without meters",
            Self::WATTSUM_MISUSE_WRONG_LENGTH => c"a buffer or list has the wrong length",
            Self::WATTSUM_MISUSE_SELF_AS_PEER => c"a party is not its own peer",
            Self::WATTSUM_MISUSE_WRONG_ROLE => c"this step belongs to another role",
            Self::WATTSUM_MISUSE_BAD_QUORUM => c"the quorum is no ascending list of the right length",
            Self::WATTSUM_MISUSE_UNKNOWN_PARTY => c"the party is not in the roster",
            Self::WATTSUM_MISUSE_WRONG_SESSION => c"the epoch is not one of these parameters",
            Self::WATTSUM_MISUSE_BAD_THRESHOLD => c"answerers, threshold and colluders do not go together",
            Self::WATTSUM_MISUSE_BEACON_NOT_OUT => c"the beacon cannot be out yet",
            Self::WATTSUM_MISUSE_OUT_OF_ORDER => c"the step does not follow from the present state",
            Self::WATTSUM_MISUSE_NO_WINDOWS => c"the parameters have no windows",
            Self::WATTSUM_MISUSE_NOT_BILLABLE => c"the rules of windows do not allow these bills",
            Self::WATTSUM_MISUSE_COUNTED_TWICE => c"a meter is in both partial sums",
            Self::WATTSUM_MISUSE => c"the calling code is wrong in a way that this version has no number for",
            Self::WATTSUM_MALFORMED_TRUNCATED => c"too few bytes",
            Self::WATTSUM_MALFORMED_TRAILING_BYTES => c"trailing bytes",
            Self::WATTSUM_MALFORMED_WRONG_PROTOCOL => c"another protocol",
            Self::WATTSUM_MALFORMED_UNKNOWN_VERSION => c"unknown wire version",
            Self::WATTSUM_MALFORMED_WRONG_KIND => c"another kind of message",
            Self::WATTSUM_MALFORMED_UNKNOWN_FLAGS => c"unknown flags",
            Self::WATTSUM_MALFORMED_NOT_CANONICAL => c"a field element that is not reduced",
            Self::WATTSUM_MALFORMED_UNKNOWN_ROLE => c"unknown role",
            Self::WATTSUM_MALFORMED_BAD_SET => c"a set that is not well formed",
            Self::WATTSUM_MALFORMED_WRONG_ANSWER_KIND => c"an answer to another kind of query",
            Self::WATTSUM_MALFORMED_BAD_QUORUM => c"a quorum that is not well formed",
            Self::WATTSUM_MALFORMED_BAD_RECORD => c"a stored record that is damaged or of another version",
            Self::WATTSUM_MALFORMED_BAD_FIELD => c"a field with an excluded value",
            Self::WATTSUM_MALFORMED => {
                c"the bytes are no message, in a way that this version has no number for"
            }
            Self::WATTSUM_FAULT_BAD_SIGNATURE => c"wrong signature",
            Self::WATTSUM_FAULT_BAD_TAG => c"wrong tag",
            Self::WATTSUM_FAULT_BAD_SEAL => c"the sealed message does not open",
            Self::WATTSUM_FAULT_LOW_ORDER_KEY => c"public key of low order",
            Self::WATTSUM_FAULT_COPIED_KEY => c"announced a key that another party has",
            Self::WATTSUM_FAULT_DUPLICATE_ID => c"its id is taken",
            Self::WATTSUM_FAULT_RESERVED_ID => c"id 0 is the utility's, and only the utility's",
            Self::WATTSUM_FAULT_UNKNOWN_SENDER => c"the sender is not in the roster",
            Self::WATTSUM_FAULT_WRONG_GROUP => c"frame of another group",
            Self::WATTSUM_FAULT_WRONG_EPOCH => c"frame of another epoch",
            Self::WATTSUM_FAULT_WRONG_ROUND => c"frame of another round",
            Self::WATTSUM_FAULT_ROUND_FAR_FROM_NOW => c"frame of a round that is more than two away from now",
            Self::WATTSUM_FAULT_CONTRADICTION => c"two different messages where one is allowed",
            Self::WATTSUM_FAULT_ROSTER_AFTER_BEACON => c"roster root not before its beacon",
            Self::WATTSUM_FAULT_BAD_PROOF => c"the inclusion proof does not lead to the root",
            Self::WATTSUM_FAULT_SET_TOO_SMALL => c"the set is too small",
            Self::WATTSUM_FAULT_NOT_IN_OPEN => c"a meter takes part that the Open does not name present",
            Self::WATTSUM_FAULT_NOT_IN_SET => c"the own bit is missing from the set",
            Self::WATTSUM_FAULT_CHAIN_BROKEN => c"the hash chain names another predecessor",
            Self::WATTSUM_FAULT_NOT_IN_QUORUM => c"asked or answered outside the quorum",
            Self::WATTSUM_FAULT_WRONG_SET => c"answer over another set",
            Self::WATTSUM_FAULT_ROUND_CLOSED => c"the round is closed",
            Self::WATTSUM_FAULT_WRONG_PASS => c"a repair for another pass",
            Self::WATTSUM_FAULT_NOT_EXPECTED => c"nobody waits for this frame",
            Self::WATTSUM_FAULT_TOO_FEW_NEIGHBOURS => c"too few neighbours are left",
            Self::WATTSUM_FAULT_TOO_MANY_CHANGES => c"the set has a meter that comes and goes too often",
            Self::WATTSUM_FAULT_WINDOW_OPEN => c"the window is not over",
            Self::WATTSUM_FAULT_NOT_BILLABLE => c"bills that would leave few readings open",
            Self::WATTSUM_FAULT_WRONG_ANSWER => c"an answer that does not fit the others",
            Self::WATTSUM_FAULT_REPEATED_STATEMENT => c"the same statement twice",
            Self::WATTSUM_FAULT => c"a party broke a rule that this version has no number for",
            Self::WATTSUM_QUORUM => c"too few parties answered, or are in the set",
            Self::WATTSUM_INCONSISTENT => c"answers that were each acceptable do not fit together",
            Self::WATTSUM_PANIC => {
                c"a bug in the library: the context in use is lost, others are not; please report it"
            }
            Self::WATTSUM_UNKNOWN => c"an error that this version has no number for",
        }
    }
}

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

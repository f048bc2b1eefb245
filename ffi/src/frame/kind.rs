//! The kinds of frames, by number.

use meter_link::Kind;

/// dcnet, grown graph: a meter offers another a key, or answers.
pub const WATTSUM_KIND_JOIN: u8 = 1;
/// dcnet: an edge is confirmed, or a meter tells the utility that it is there.
pub const WATTSUM_KIND_ENTERED: u8 = 2;
/// dcnet, grown graph: a meter leaves, has no such edge, or is left alone.
pub const WATTSUM_KIND_EXIT: u8 = 3;
/// dcnet: the signed sum of a meter's pads with missing neighbours.
pub const WATTSUM_KIND_REPAIR: u8 = 4;
/// A meter's masked reading, corrections or ciphertext of one round.
pub const WATTSUM_KIND_CONTRIBUTION: u8 = 5;
/// An answerer's bound answer, to the utility.
pub const WATTSUM_KIND_ANSWER: u8 = 6;
/// An answerer's raw answer to what t answerers have signed, to the utility.
pub const WATTSUM_KIND_RAW_ANSWER: u8 = 7;
/// A party's link key of an epoch.
pub const WATTSUM_KIND_LINK_KEY: u8 = 16;
/// The utility's commitment to roster and answerers of an epoch.
pub const WATTSUM_KIND_ROSTER_ROOT: u8 = 17;
/// Who is present in a round.
pub const WATTSUM_KIND_OPEN: u8 = 18;
/// The set that a round is summed over.
pub const WATTSUM_KIND_CLOSE: u8 = 19;
/// An answerer's signature on the one set that it answers in a round.
pub const WATTSUM_KIND_SET_STATEMENT: u8 = 20;
/// Whose bills of a window the utility asks for.
pub const WATTSUM_KIND_WINDOW_QUERY: u8 = 21;
/// The end of an answerer's log.
pub const WATTSUM_KIND_LOG_HEAD: u8 = 22;
/// An answerer's signature on the one query that it answers for a window.
pub const WATTSUM_KIND_WINDOW_STATEMENT: u8 = 23;
/// cmt: a meter asks the supplier for a licence.
pub const WATTSUM_KIND_LICENCE_REQUEST: u8 = 32;
/// cmt: the supplier's signature on a meter's licence.
pub const WATTSUM_KIND_LICENCE: u8 = 33;
/// cmt: a licensed meter tells those around it that it is there for a generation.
pub const WATTSUM_KIND_HELLO: u8 = 34;
/// cmt: a meter says that it is the concentrator of a generation, and who its members are.
pub const WATTSUM_KIND_CLAIM: u8 = 35;
/// cmt: a member's token of a generation, sealed, from the concentrator.
pub const WATTSUM_KIND_TOKEN: u8 = 36;
/// cmt: a member's first key and its token's link key, sealed for the concentrator.
pub const WATTSUM_KIND_FIRST_KEY: u8 = 37;
/// cmt: who the members of a generation are, from the concentrator to each of them.
pub const WATTSUM_KIND_SEAT: u8 = 38;
/// cmt: the sum of first keys, the count and the tokens, from concentrator to supplier.
pub const WATTSUM_KIND_GROUP_KEY: u8 = 39;
/// cmt: a ring round begins.
pub const WATTSUM_KIND_START: u8 = 40;
/// cmt: δ, sealed for the successor.
pub const WATTSUM_KIND_DELTA: u8 = 41;
/// cmt: whom the concentrator knows, for the one that is drawn after it.
pub const WATTSUM_KIND_HAND_OVER: u8 = 42;
/// cmt: the supplier says that a round is lost, and whose ciphertexts were missing, by token.
pub const WATTSUM_KIND_LOST: u8 = 43;
/// cmt: members that fell silent are cut out of the ring, from the concentrator to each of the others.
pub const WATTSUM_KIND_HEAL: u8 = 44;
/// cmt: the group key of a ring that was healed, from concentrator to supplier.
pub const WATTSUM_KIND_HEALED: u8 = 45;
/// cmt: a member's signature on the set of members that it joins under.
pub const WATTSUM_KIND_SET_ECHO: u8 = 46;
/// elgamal, key ceremony: a party's keys, and a dealer's commitments to its polynomial.
pub const WATTSUM_KIND_COMMITMENTS: u8 = 48;
/// elgamal, key ceremony: whose commitments a party has seen.
pub const WATTSUM_KIND_ECHO: u8 = 49;
/// elgamal, key ceremony: a dealer's shares, each sealed for its receiver.
pub const WATTSUM_KIND_SEALED_SHARES: u8 = 50;
/// elgamal, key ceremony: a share that does not lie on its commitments.
pub const WATTSUM_KIND_COMPLAINT: u8 = 51;
/// elgamal, key ceremony: what a member ends it with.
pub const WATTSUM_KIND_CONFIRMATION: u8 = 52;
/// elgamal: a decryption share.
pub const WATTSUM_KIND_DECRYPTION_SHARE: u8 = 53;
/// elgamal: a trustee's decryption share with its proof.
pub const WATTSUM_KIND_PROVEN_SHARE: u8 = 54;
/// elgamal: a trustee's decryption shares of a window's bills, with one proof.
pub const WATTSUM_KIND_WINDOW_SHARE: u8 = 55;
/// elgamal: a trustee's signature on the key set that it has a share of.
pub const WATTSUM_KIND_KEY_STATEMENT: u8 = 56;
/// elgamal: a participant's own key, of which the group key is the sum, with its proof of possession.
pub const WATTSUM_KIND_OWN_KEY: u8 = 57;
/// ckks: a meter's commitment to the second parts of all its ciphertexts of an epoch.
pub const WATTSUM_KIND_CIPHERTEXT_COMMITMENT: u8 = 64;
/// ckks: the commitments of an epoch's meters, from the utility.
pub const WATTSUM_KIND_COMMITMENT_LIST: u8 = 65;
/// ckks: an answerer's signature on the list of commitments that it goes by.
pub const WATTSUM_KIND_LIST_STATEMENT: u8 = 66;
/// ckks: a round's sums, sealed, from the holder of the whole key.
pub const WATTSUM_KIND_OPENED_SUM: u8 = 67;
/// ckks: a trustee's share of a decrypted polynomial.
pub const WATTSUM_KIND_POLYNOMIAL_SHARE: u8 = 68;
/// ckks, key ceremony: the hash of a trustee's part of the public key.
pub const WATTSUM_KIND_KEY_COMMITMENT: u8 = 69;
/// ckks, key ceremony: a trustee's part of the public key.
pub const WATTSUM_KIND_KEY_PART: u8 = 70;
/// ckks, key ceremony: a trustee's secret key, shared, for one other trustee, sealed.
pub const WATTSUM_KIND_SECRET_POLYNOMIAL: u8 = 71;
/// ckks: an answerer's signature on the public key.
pub const WATTSUM_KIND_PUBLIC_KEY_STATEMENT: u8 = 72;

const _: () = assert!(WATTSUM_KIND_JOIN == Kind::Join as u8);
const _: () = assert!(WATTSUM_KIND_ENTERED == Kind::Entered as u8);
const _: () = assert!(WATTSUM_KIND_EXIT == Kind::Exit as u8);
const _: () = assert!(WATTSUM_KIND_REPAIR == Kind::Repair as u8);
const _: () = assert!(WATTSUM_KIND_CONTRIBUTION == Kind::Contribution as u8);
const _: () = assert!(WATTSUM_KIND_ANSWER == Kind::Answer as u8);
const _: () = assert!(WATTSUM_KIND_RAW_ANSWER == Kind::RawAnswer as u8);
const _: () = assert!(WATTSUM_KIND_LINK_KEY == Kind::LinkKey as u8);
const _: () = assert!(WATTSUM_KIND_ROSTER_ROOT == Kind::RosterRoot as u8);
const _: () = assert!(WATTSUM_KIND_OPEN == Kind::Open as u8);
const _: () = assert!(WATTSUM_KIND_CLOSE == Kind::Close as u8);
const _: () = assert!(WATTSUM_KIND_SET_STATEMENT == Kind::SetStatement as u8);
const _: () = assert!(WATTSUM_KIND_WINDOW_QUERY == Kind::WindowQuery as u8);
const _: () = assert!(WATTSUM_KIND_LOG_HEAD == Kind::LogHead as u8);
const _: () = assert!(WATTSUM_KIND_WINDOW_STATEMENT == Kind::WindowStatement as u8);
const _: () = assert!(WATTSUM_KIND_LICENCE_REQUEST == Kind::LicenceRequest as u8);
const _: () = assert!(WATTSUM_KIND_LICENCE == Kind::Licence as u8);
const _: () = assert!(WATTSUM_KIND_HELLO == Kind::Hello as u8);
const _: () = assert!(WATTSUM_KIND_CLAIM == Kind::Claim as u8);
const _: () = assert!(WATTSUM_KIND_TOKEN == Kind::Token as u8);
const _: () = assert!(WATTSUM_KIND_FIRST_KEY == Kind::FirstKey as u8);
const _: () = assert!(WATTSUM_KIND_SEAT == Kind::Seat as u8);
const _: () = assert!(WATTSUM_KIND_GROUP_KEY == Kind::GroupKey as u8);
const _: () = assert!(WATTSUM_KIND_START == Kind::Start as u8);
const _: () = assert!(WATTSUM_KIND_DELTA == Kind::Delta as u8);
const _: () = assert!(WATTSUM_KIND_HAND_OVER == Kind::HandOver as u8);
const _: () = assert!(WATTSUM_KIND_LOST == Kind::Lost as u8);
const _: () = assert!(WATTSUM_KIND_HEAL == Kind::Heal as u8);
const _: () = assert!(WATTSUM_KIND_HEALED == Kind::Healed as u8);
const _: () = assert!(WATTSUM_KIND_SET_ECHO == Kind::SetEcho as u8);
const _: () = assert!(WATTSUM_KIND_COMMITMENTS == Kind::Commitments as u8);
const _: () = assert!(WATTSUM_KIND_ECHO == Kind::Echo as u8);
const _: () = assert!(WATTSUM_KIND_SEALED_SHARES == Kind::SealedShares as u8);
const _: () = assert!(WATTSUM_KIND_COMPLAINT == Kind::Complaint as u8);
const _: () = assert!(WATTSUM_KIND_CONFIRMATION == Kind::Confirmation as u8);
const _: () = assert!(WATTSUM_KIND_DECRYPTION_SHARE == Kind::DecryptionShare as u8);
const _: () = assert!(WATTSUM_KIND_PROVEN_SHARE == Kind::ProvenShare as u8);
const _: () = assert!(WATTSUM_KIND_WINDOW_SHARE == Kind::WindowShare as u8);
const _: () = assert!(WATTSUM_KIND_KEY_STATEMENT == Kind::KeyStatement as u8);
const _: () = assert!(WATTSUM_KIND_OWN_KEY == Kind::OwnKey as u8);
const _: () = assert!(WATTSUM_KIND_CIPHERTEXT_COMMITMENT == Kind::CiphertextCommitment as u8);
const _: () = assert!(WATTSUM_KIND_COMMITMENT_LIST == Kind::CommitmentList as u8);
const _: () = assert!(WATTSUM_KIND_LIST_STATEMENT == Kind::ListStatement as u8);
const _: () = assert!(WATTSUM_KIND_OPENED_SUM == Kind::OpenedSum as u8);
const _: () = assert!(WATTSUM_KIND_POLYNOMIAL_SHARE == Kind::PolynomialShare as u8);
const _: () = assert!(WATTSUM_KIND_KEY_COMMITMENT == Kind::KeyCommitment as u8);
const _: () = assert!(WATTSUM_KIND_KEY_PART == Kind::KeyPart as u8);
const _: () = assert!(WATTSUM_KIND_SECRET_POLYNOMIAL == Kind::SecretPolynomial as u8);
const _: () = assert!(WATTSUM_KIND_PUBLIC_KEY_STATEMENT == Kind::PublicKeyStatement as u8);

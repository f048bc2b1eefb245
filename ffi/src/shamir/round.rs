//! Rounds of shamir at the utility, behind handles.
#![allow(unsafe_code)] // exports

use shamir_agg::Utility;

use crate::bytes::wattsum_bytes;
use crate::caller;
use crate::context::Context;
use crate::guard::{guard, guard_blaming};
use crate::head::branch::{self, Branch};
use crate::head::round::{self, Running};
use crate::status::wattsum_status;

/// A round: it takes contributions until it is closed, and answers then. It belongs to the utility that opened it.
pub struct wattsum_shamir_round(());

/// A place beside a round that takes contributions, empty at first: for another thread, or another process. What it has
/// taken is merged into the round.
pub struct wattsum_shamir_branch(());

/// What the round takes now: WATTSUM_ROUND_COLLECTING or WATTSUM_ROUND_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_stage(
    round: *mut wattsum_shamir_round,
    stage: *mut u8,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { round::stage::<Utility>(round.cast(), stage) })
}

/// The round's frame for the aggregators: the signed Open while it takes contributions, the signed Close afterwards.
/// `frame_size` is at least WATTSUM_OPEN_LEN or WATTSUM_CLOSE_LEN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_frame(
    round: *mut wattsum_shamir_round,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { round::frame::<Utility>(round.cast(), frame, frame_size, frame_len) })
}

/// Takes a frame: a meter's contribution until the round is closed, an aggregator's answer afterwards. `sender` gets
/// the id of who sent it. The same frame again changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_accept(
    round: *mut wattsum_shamir_round,
    frame: *const u8,
    frame_len: usize,
    sender: *mut u32,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    guard_blaming(blame, || unsafe { round::accept::<Utility>(round.cast(), frame, frame_len, sender) })
}

/// Takes many frames, contributions several times faster than one by one. For each frame `statuses` gets what
/// wattsum_shamir_round_accept would have answered, and `senders` the sender where that is 0, the culprit where it is a
/// fault (3xx), else UINT32_MAX. The call's own status tells whether its arguments were right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_accept_many(
    round: *mut wattsum_shamir_round,
    frames: *const wattsum_bytes,
    count: usize,
    senders: *mut u32,
    statuses: *mut wattsum_status,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { round::accept_many::<Utility>(round.cast(), frames, count, senders, statuses) })
}

/// Ids of those whose frame has not come: meters until the round is closed, aggregators afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_missing(
    round: *mut wattsum_shamir_round,
    ids: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { round::missing::<Utility>(round.cast(), ids, capacity, count) })
}

/// Who is in the set of the last Close: 1 or 0 for each meter, by position. WATTSUM_MISUSE_OUT_OF_ORDER before there is
/// one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_set(
    round: *mut wattsum_shamir_round,
    marks: *mut u8,
    meters: usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { round::set::<Utility>(round.cast(), marks, meters) })
}

/// Bytes that wattsum_shamir_round_export gives now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_state_len(
    round: *mut wattsum_shamir_round,
    len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { round::state_len::<Utility>(round.cast(), len) })
}

/// What has come so far of a round that takes contributions, for wattsum_shamir_utility_reopen: the Open and the
/// meters' masked values, no keys. Stored before the Close leaves, it lets a restart close the same set again and
/// collect the answers. WATTSUM_MISUSE_OUT_OF_ORDER for a round that is closed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_export(
    round: *mut wattsum_shamir_round,
    state: *mut u8,
    size: usize,
    state_len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { round::export::<Utility>(round.cast(), state, size, state_len) })
}

/// A branch of a round that takes contributions. To be freed with wattsum_shamir_branch_free. It holds what it needs,
/// and may be used while another thread uses the round.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_branch(
    round: *mut wattsum_shamir_round,
    branch: *mut *mut wattsum_shamir_branch,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { round::branch::<Utility>(round.cast(), branch.cast()) })
}

/// Takes many contributions, as wattsum_shamir_round_accept_many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_branch_accept_many(
    branch: *mut wattsum_shamir_branch,
    frames: *const wattsum_bytes,
    count: usize,
    senders: *mut u32,
    statuses: *mut wattsum_status,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { branch::accept_many::<Utility>(branch.cast(), frames, count, senders, statuses) })
}

/// Bytes that wattsum_shamir_branch_to_bytes gives now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_branch_len(
    branch: *mut wattsum_shamir_branch,
    len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { branch::len::<Utility>(branch.cast(), len) })
}

/// What a branch has taken, for wattsum_shamir_round_merge_bytes in the process that has the round. Nothing in it is
/// secret, and nothing vouches for it: the way between the utility's own processes must.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_branch_to_bytes(
    branch: *mut wattsum_shamir_branch,
    bytes: *mut u8,
    size: usize,
    bytes_len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { branch::to_bytes::<Utility>(branch.cast(), bytes, size, bytes_len) })
}

/// Takes in what a branch of the same round has taken; the branch stays as it is. A frame that came to both counts
/// once; two different ones of a meter are its fault (WATTSUM_FAULT_CONTRADICTION), and nothing has changed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_merge(
    round: *mut wattsum_shamir_round,
    branch: *mut wattsum_shamir_branch,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    guard_blaming(blame, || unsafe { round::merge::<Utility>(round.cast(), branch.cast()) })
}

/// The same of a branch's bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_merge_bytes(
    round: *mut wattsum_shamir_round,
    bytes: *const u8,
    bytes_len: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    guard_blaming(blame, || unsafe { round::merge_bytes::<Utility>(round.cast(), bytes, bytes_len) })
}

/// Frees a branch. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_branch_free(branch: *mut wattsum_shamir_branch) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::<Branch<Utility>>::unbox(branch.cast()) })
}

/// Frees a round, at any time. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_free(round: *mut wattsum_shamir_round) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::<Running<Utility>>::unbox(round.cast()) })
}

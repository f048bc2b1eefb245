//! What stands around every exported function: no panic leaves it, and every error becomes a status.

use meter_link::{Error, Misuse, PartyId};
use zeroize::zeroize_stack;

use crate::status::wattsum_status;

/// Why a function did not do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    status: wattsum_status,
    culprit: Option<PartyId>,
}

impl From<wattsum_status> for Failure {
    fn from(status: wattsum_status) -> Self {
        Failure { status, culprit: None }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let culprit = match error {
            Error::Fault { culprit, .. } => Some(culprit),
            _ => None,
        };
        Failure { status: error.into(), culprit }
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Error::from(misuse).into()
    }
}

#[cfg(any(feature = "elgamal", feature = "cmt", feature = "ckks"))]
impl Failure {
    pub(crate) fn blaming(culprit: PartyId, status: wattsum_status) -> Self {
        Failure { status, culprit: Some(culprit) }
    }
}

#[cfg(all(
    feature = "std",
    any(feature = "dcnet", feature = "shamir", feature = "elgamal", feature = "cmt")
))]
impl Failure {
    /// The status, and who is blamed.
    pub(crate) fn told(self) -> (wattsum_status, Option<PartyId>) {
        (self.status, self.culprit)
    }
}

/// Runs the body of an exported function.
pub(crate) fn guard(body: impl FnOnce() -> Result<(), Failure>) -> wattsum_status {
    guard_blaming(|_| (), body)
}

/// The same where a party can be blamed: `blame` gets it.
pub(crate) fn guard_blaming(
    blame: impl FnOnce(PartyId),
    body: impl FnOnce() -> Result<(), Failure>,
) -> wattsum_status {
    match stopped(body) {
        Ok(Ok(())) => wattsum_status::WATTSUM_OK,
        Ok(Err(Failure { status, culprit })) => {
            if let Some(culprit) = culprit {
                blame(culprit);
            }
            status
        }
        Err(Panicked) => wattsum_status::WATTSUM_PANIC,
    }
}

/// What moves of keys, and their use, leave on the stack is wiped to this depth. In firmware no deeper than the least of these
/// calls goes anyway, so that none of them needs more stack for it.
const WIPED: usize = if cfg!(feature = "std") { 32 << 10 } else { 4 << 10 };

/// [`guard`] for a body that has a secret in its hands: values that move leave copies on the stack, which nobody drops.
pub(crate) fn wiping_guard(body: impl FnOnce() -> Result<(), Failure>) -> wattsum_status {
    wiping_guard_blaming(|_| (), body)
}

/// The same where a party can be blamed.
pub(crate) fn wiping_guard_blaming(
    blame: impl FnOnce(PartyId),
    body: impl FnOnce() -> Result<(), Failure>,
) -> wattsum_status {
    // Below this frame, where the next call's stack will lie.
    #[inline(never)]
    fn below(blame: impl FnOnce(PartyId), body: impl FnOnce() -> Result<(), Failure>) -> wattsum_status {
        guard_blaming(blame, body)
    }
    let status = below(blame, body);
    zeroize_stack::<WIPED>();
    status
}

struct Panicked;

/// A context that was in use stays marked so, and a mutable borrow never outlives the call: nothing sees the state
/// a panic left behind.
#[cfg(feature = "std")]
fn stopped<T>(body: impl FnOnce() -> T) -> Result<T, Panicked> {
    std::panic::catch_unwind(core::panic::AssertUnwindSafe(body)).map_err(|payload| {
        // A payload may panic while it is dropped.
        core::mem::forget(payload);
        Panicked
    })
}

/// In firmware a panic ends in the panic handler.
#[cfg(not(feature = "std"))]
fn stopped<T>(body: impl FnOnce() -> T) -> Result<T, Panicked> {
    Ok(body())
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;
    use meter_link::Fault;

    #[test]
    fn a_panic_becomes_a_status() {
        let status = guard(|| {
            let nothing: [u8; 0] = [];
            let index = core::hint::black_box(3);
            assert!(nothing[index] == 0);
            Ok(())
        });
        assert_eq!(status, wattsum_status::WATTSUM_PANIC);
    }

    #[test]
    fn errors_become_statuses_and_only_faults_blame() {
        let blamed = Cell::new(None);
        let run = |error: Error| guard_blaming(|id| blamed.set(Some(id)), || Err(error.into()));
        assert_eq!(run(Misuse::WrongLength.into()), wattsum_status::WATTSUM_MISUSE_WRONG_LENGTH);
        assert_eq!(run(Error::Quorum { have: 1, need: 2 }), wattsum_status::WATTSUM_QUORUM);
        assert_eq!(blamed.get(), None);
        assert_eq!(run(Fault::BadTag.of(PartyId(7))), wattsum_status::WATTSUM_FAULT_BAD_TAG);
        assert_eq!(blamed.get(), Some(PartyId(7)));
        assert_eq!(guard(|| Ok(())), wattsum_status::WATTSUM_OK);
    }
}

//! Memory to encrypt in.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::DEGREE;

/// 20 KiB that one encryption after the other uses. Nothing is left in it between them.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Workspace {
    /// The transform of the secret, or of what the public key is multiplied with.
    pub(super) factor: [i32; DEGREE],
    /// The transform of message and error.
    pub(super) sum: [i32; DEGREE],
    pub(super) first_error: [i8; DEGREE],
    pub(super) second_error: [i8; DEGREE],
}

impl Workspace {
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        Workspace {
            factor: [0; DEGREE],
            sum: [0; DEGREE],
            first_error: [0; DEGREE],
            second_error: [0; DEGREE],
        }
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").finish_non_exhaustive()
    }
}

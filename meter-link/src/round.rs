//! How the utility opens and closes a round: signed, chained, the same for every protocol that sums over
//! agreed sets.

mod chain;
mod close;
mod open;

pub use chain::Chain;
pub use close::{Close, CloseFields};
pub use open::{Open, OpenFields};

use sha2::{Digest, Sha256};

/// SHA-256 of a whole Open or Close frame: what the next one names as its predecessor.
pub type FrameHash = [u8; 32];

/// Of a whole frame.
pub fn frame_hash(frame: &[u8]) -> FrameHash {
    Sha256::digest(frame).into()
}

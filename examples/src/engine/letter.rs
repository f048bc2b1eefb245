//! What passes between the utility and another party (proto/wattsum.proto says the same for the wire).

use std::fmt;

use meter_link::PartyId;

/// One message. All bytes in it come from a stranger until a role has checked them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Letter {
    /// One frame of a crate.
    Frame(Vec<u8>),
    /// Frames that are of use together only: a Close and what it closes, a certificate of statements.
    Frames { frames: Vec<Vec<u8>>, hints: Vec<Vec<u8>> },
    /// To the utility: pass this on to `party`. From the utility: `party` sent this. Opaque to the utility.
    Relay { party: PartyId, frame: Vec<u8> },
    /// Come to an epoch (utility → all).
    Call { epoch: u32, first_round: u32, last_round: u32 },
    /// A signed link key, the certificate of the identity that signed it, and the hash of a nonce (all → utility, and
    /// with the Call utility → all).
    Announcement { link_key: Vec<u8>, certificate: Vec<u8>, commitment: [u8; 32] },
    /// The signed root of the lists with all commitments, ascending by party (utility → all).
    Rooted { root: Vec<u8>, commitments: Vec<(PartyId, [u8; 32])> },
    /// The root is stored, and no other will be (all → utility).
    Pinned { epoch: u32 },
    /// The nonce (all → utility, once everybody has pinned).
    Reveal { epoch: u32, nonce: [u8; 32] },
    /// All nonces in the order of the commitments, and the members that the receiver needs (utility → all).
    Formed { epoch: u32, nonces: Vec<[u8; 32]>, entries: Vec<Entry> },
    /// The utility refused a frame; for the log of whoever sent it.
    Refusal(String),
    /// First letter on a new stream: epochs that the sender has keys of so far.
    Attending { epochs: u32 },
}

/// A member of a list of the roster, with what shows that it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) party: PartyId,
    pub(crate) link_key: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
    pub(crate) list: meter_link::roster::List,
    pub(crate) index: u32,
    pub(crate) path: Vec<[u8; 32]>,
}

impl Letter {
    /// For logs and metrics.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Frame(_) => "frame",
            Self::Frames { .. } => "frames",
            Self::Relay { .. } => "relay",
            Self::Call { .. } => "call",
            Self::Announcement { .. } => "announcement",
            Self::Rooted { .. } => "rooted",
            Self::Pinned { .. } => "pinned",
            Self::Reveal { .. } => "reveal",
            Self::Formed { .. } => "formed",
            Self::Refusal(_) => "refusal",
            Self::Attending { .. } => "attending",
        }
    }

    /// Bytes of the crates' frames in it, without the transport's.
    pub(crate) fn frame_bytes(&self) -> usize {
        match self {
            Self::Frame(frame) | Self::Relay { frame, .. } => frame.len(),
            Self::Frames { frames, .. } => frames.iter().map(Vec::len).fold(0, usize::saturating_add),
            _ => 0,
        }
    }
}

// Frames are masked or encrypted, but a log has no use for them.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} bytes)", self.name(), self.frame_bytes())
    }
}

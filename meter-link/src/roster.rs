//! Who takes part in an epoch: the utility and its meters in one committed list, the answerers, in the
//! order of their numbers, in another.

pub mod link_key;
#[cfg(feature = "alloc")]
mod list;
pub mod merkle;
mod root;

#[cfg(feature = "alloc")]
pub use list::{Certified, Roster, RosterBuilder};
pub use root::{RootRecord, RosterRoot, StoredRoot};

use sha2::{Digest, Sha256};

use crate::error::{Error, Fault};
use crate::id::{PartyId, Role};
use crate::identity::IdentityKey;
use crate::key::{LinkPublic, Peer};

/// An entry of the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Unique over all roles.
    pub id: PartyId,
    /// Its one role.
    pub role: Role,
    /// Certified by the deployment's PKI.
    pub identity: IdentityKey,
    /// Announced for this epoch and signed by the identity.
    pub link: LinkPublic,
}

impl Member {
    /// Bytes of a leaf.
    pub const LEAF_LEN: usize = 69;

    /// `id u32 ‖ role u8 ‖ identity key ‖ link key`.
    pub fn leaf(&self) -> [u8; Self::LEAF_LEN] {
        let mut out = [0u8; Self::LEAF_LEN];
        let (id, role) = (self.id.0.to_le_bytes(), [self.role as u8]);
        let parts: [&[u8]; 4] = [&id, &role, &self.identity.0, &self.link.0];
        for (place, byte) in out.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        out
    }

    /// The party as a peer for pair keys.
    pub fn peer(&self) -> Peer {
        Peer { id: self.id, link: self.link }
    }
}

/// Which of the two lists a commitment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Leaf 0 is the utility, leaf 1 + i the meter at position i, ascending by id.
    Roster,
    /// Leaf a − 1 is the answerer with number a.
    Answerers,
}

impl List {
    /// `SHA-256(label ‖ count u32 ‖ RFC 6962 root)`.
    ///
    /// The count is hashed in because an RFC 6962 root alone does not fix the number of leaves: the same
    /// inclusion proof can be valid for several sizes, and a utility could then show meters different
    /// sizes, hence different key graphs, under one root (`tests/attacks.rs`,
    /// `one_merkle_root_for_two_roster_sizes`).
    pub fn commit(self, count: u32, merkle_root: &merkle::Hash) -> [u8; 32] {
        let label: &[u8] = match self {
            List::Roster => b"wattsum v1 roster",
            List::Answerers => b"wattsum v1 answerer list",
        };
        let hash = Sha256::new().chain_update(label).chain_update(count.to_le_bytes());
        hash.chain_update(merkle_root).finalize().into()
    }
}

/// That a member stands at a place of a list, shown to a party that does not hold the list.
#[derive(Clone, Copy, Debug)]
pub struct Inclusion<'a> {
    /// Leaf number.
    pub index: u32,
    /// Leaves of the list.
    pub count: u32,
    /// RFC 6962 root.
    pub merkle_root: merkle::Hash,
    /// Siblings from the leaf upwards.
    pub path: &'a [merkle::Hash],
}

impl Inclusion<'_> {
    /// # Errors
    /// [`Fault::BadProof`] blaming the utility, who sends proofs, unless the member stands in the
    /// committed list at this place.
    pub fn verify(&self, member: &Member, list: List, committed: &[u8; 32]) -> Result<(), Error> {
        let leaf = merkle::leaf(&member.leaf());
        let listed = list.commit(self.count, &self.merkle_root) == *committed
            && merkle::verify(leaf, self.index, self.count, self.path, &self.merkle_root);
        if listed { Ok(()) } else { Err(Fault::BadProof.of(PartyId::UTILITY)) }
    }
}

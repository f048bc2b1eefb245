//! Who takes part in an epoch: the utility and its meters in one committed list, the answerers, in the
//! order of their numbers, in another.

pub mod link_key;
#[cfg(feature = "alloc")]
mod list;
pub mod merkle;
mod root;

#[cfg(feature = "alloc")]
pub use list::{Roster, RosterBuilder};
pub use root::{RootRecord, RosterRoot, StoredRoot};

use sha2::{Digest, Sha256};

use crate::error::{Error, Fault};
use crate::frame::Reader;
use crate::id::{PartyId, Role};
use crate::identity::IdentityKey;
use crate::key::{LinkPublic, Peer};

/// A party whose certificate the application has checked.
#[derive(Clone, Copy, Debug)]
pub struct Certified {
    /// Its id.
    pub id: PartyId,
    /// Its role.
    pub role: Role,
    /// Its identity.
    pub identity: IdentityKey,
}

/// An entry of the roster, whose link key its identity has signed: made by
/// [`Member::announced`], or of a leaf kept since then.
///
/// A proof of inclusion does not replace that signature. It shows that the utility put the entry into its
/// list, which it can do with link keys of its own under true identities, and then it knows every pad
/// (`tests/attacks.rs`, `link_keys_of_the_utility_under_true_identities`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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

    /// The member that `party` becomes by its signed announcement of a link key
    /// ([`link_key::announce`]). Whoever makes keys with a party asks for its announcement, which the utility
    /// or anybody may pass on.
    ///
    /// # Errors
    /// As [`link_key::verify`]; [`Fault::ReservedId`] where id 0 and the utility's role do not go together.
    pub fn announced(
        party: &Certified,
        announcement: &[u8],
        forming: &link_key::Forming,
    ) -> Result<Self, Error> {
        let Certified { id, role, identity } = *party;
        if (id == PartyId::UTILITY) != (role == Role::Utility) {
            return Err(Fault::ReservedId.of(id));
        }
        let link = link_key::verify(announcement, forming, id, role, &identity)?;
        Ok(Member { id, role, identity, link })
    }

    /// From a leaf that *this party* kept since [`Member::announced`] gave it: nothing is checked here.
    ///
    /// # Errors
    /// [`Malformed::UnknownRole`](crate::Malformed::UnknownRole).
    pub fn from_kept_leaf(leaf: &[u8; Self::LEAF_LEN]) -> Result<Self, Error> {
        let mut reader = Reader::new(leaf);
        let (id, role) = (PartyId(reader.u32()?), Role::try_from(reader.u8()?)?);
        let (identity, link) = (IdentityKey(*reader.array()?), LinkPublic(*reader.array()?));
        Ok(Member { id, role, identity, link })
    }

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

    /// That two entries of the lists are two parties. A device that holds a few members only asks this of
    /// them; `RosterBuilder` does for all.
    ///
    /// # Errors
    /// [`Fault::DuplicateId`], [`Fault::CopiedKey`], blaming the utility, who made the lists.
    pub fn check_distinct(&self, other: &Member) -> Result<(), Error> {
        if self.id == other.id {
            return Err(Fault::DuplicateId.of(PartyId::UTILITY));
        }
        if self.link == other.link || self.identity == other.identity {
            return Err(Fault::CopiedKey.of(PartyId::UTILITY));
        }
        Ok(())
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

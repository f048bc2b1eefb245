//! How an epoch comes about over the network: calls, signed link keys, a pinned root, a beacon of everybody's nonces.
//!
//! ```text
//! utility                                    party (meter, holder, aggregator, trustee)
//!   Call(epoch, first, last), Announcement  →  draws a link key and a nonce
//!                                           ←  Announcement(link key, certificate, hash of the nonce)
//!   Rooted(signed root, all hashes)         →  stores the root, and takes no other for this epoch
//!                                           ←  Pinned, then, when the beacon time has come, Reveal(nonce)
//!   Formed(all nonces, entries)             →  checks all; keys are made, and the link key is wiped
//!                                           ←  Attending(epoch)
//! ```
//!
//! [`Head`] and [`Party`] are the outermost roles of every process. They hold the protocol's role of the epoch that runs and
//! of the one that is about to begin, and give each frame to the epoch that its round belongs to. All that is stored goes
//! through them ([`book`]), so that a process begins again where it was: with its epochs, each with what its role
//! stored, the mark of the meter, and the last root it pinned.
//!
//! # Restarts
//! A link secret is never stored. A party that starts again while an epoch forms is out of this try, and the utility tries
//! again, with a new number and without those that withheld a nonce; a party that it hears of later leads to a new epoch
//! after [`REJOIN`] rounds, or at once where those who have keys are too few for a sum. What was pinned stays
//! pinned. The utility stores the number of a try before it calls, and the whole epoch before the first Formed leaves:
//! no number is used for two epochs.
//!
//! # What is checked, and what it stops
//! The transport tells the utility who a party is, and a party that it speaks with the utility (TLS). Beyond this:
//!
//! A **utility** is malicious if it likes. A party checks
//! * of a Call, that the epoch's number is above all that it has pinned or tried, that it begins ahead of now by its own clock
//!   and not farther than [`terms::HORIZON`] slots, and is as long as the deployment says: no replays, no epoch over
//!   rounds that are past, none that never ends. A Call while an epoch is about to begin, or within half a second of
//!   the last, is ignored: Calls without end cost two messages a second;
//! * of the utility's announcement and every entry, the certificate by the deployment's CA, the signature of the link key
//!   by the identity in it, for this session, epoch and first round: no keys of the utility's own under true names;
//! * of the root, the signature, the length, that it comes before its beacon time, and that it is the only one of its epoch: no
//!   second roster for whoever has pinned one, not after a restart either;
//! * of the list of hashes, that it is ascending, names nobody beyond the deployment, and has the own hash in it;
//!   the first list counts. **The own nonce leaves only when root and list are fixed**, and it is under
//!   hash until then, so nobody can have chosen roster, root or the others' hashes knowing the beacon (coin
//!   tossing by commitment, Blum 1981);
//! * of the nonces, each against its hash, the own included: the beacon is as random as the own nonce;
//! * of entries, that they stand in the pinned lists (by path, or by having them all), the own too, at the position that
//!   follows from the ids; that answerers are those of the deployment in its order; that the near meters are those that
//!   the beacon draws; that no two share id, identity or link key.
//!
//! Whoever shows different roots, hashes, nonces or entries to different parties thereby gives them different contexts, and
//! they share no key: such an epoch has no sums.
//!
//! A **party** is malicious if it likes. The utility checks certificate, role and signature of an announcement, that id
//! and link key are new, one announcement a party and try (or connection), the nonce against its hash. Who keeps
//! silent when its nonce is due, or reveals another one, makes a try fail, and is left out until an epoch has been formed, of twice
//! as many each time: so many parties stop so many tries. Who only says nothing to a Call stops none. A party that says again and
//! again that it has no keys leads to new epochs ever later, after twice as many rounds each time. Everything that is kept of a party is of fixed size, and is kept once.
//!
//! # What remains
//! * *Abort*: who sees the nonces may stop the try: the utility, alone or with a party that reveals last. Each try
//!   that it drops is one more beacon that it may choose from, at most one bit a try. A party reveals at most [`TRIES`]
//!   nonces for nothing, and then one more in [`REJOIN`] rounds or a quarter of an hour: k tries give the choice of k beacons, so log2(k) bits of
//!   what the beacon is for (the drawing of graphs and committees, whose parameters have 40 bits and more).
//! * A utility may leave parties out, and form epochs as often as parties let it; every rule for sets holds in each.
//!   An epoch that begins before the last one has ended cuts it off: parties act in one epoch a round, and
//!   a meter's mark lets a reading into one sum whatever epochs say. Therefore [`StoredRoot`]'s own rule, which knows of no
//!   cut, is not asked about the rounds of an epoch that is cut off or never came about; that numbers ascend is asked here.
//! * Silence of a holder, aggregator or trustee stops the forming: a deployment has no epoch without all of them.
//!
//! [`StoredRoot`]: meter_link::roster::StoredRoot

mod beacon;
mod book;
mod entries;
mod head;
mod members;
mod party;
mod paths;
mod run;
mod stored;
mod system;
mod terms;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use meter_link::roster::Certified;
use meter_link::{Identity, PartyId, Role};

pub(crate) use head::Head;
pub(crate) use party::Party;

/// Rounds that an epoch lasts at least before a party that has no keys of it leads to a new one.
pub(crate) const REJOIN: u32 = 8;

/// Nonces that a party reveals for epochs that do not come about, before it waits.
pub(crate) const TRIES: u32 = 8;

/// Who says which identity a certificate binds to which party and role.
pub(crate) trait Authority: Send + Sync {
    /// Checks a certificate of the deployment at `now`, milliseconds since 1970.
    fn certified(&self, certificate: &[u8], now: u64) -> Result<Certified, String>;
}

/// Makes the identity of this process, once an epoch.
pub(crate) type Signer = Box<dyn Fn() -> Identity + Send + Sync>;

/// Who a process is, and whom it trusts.
pub(crate) struct Oneself {
    pub(crate) id: PartyId,
    pub(crate) role: Role,
    pub(crate) signer: Signer,
    /// Binds the identity to id and role, as the others are shown it.
    pub(crate) certificate: Vec<u8>,
    pub(crate) authority: Arc<dyn Authority>,
}

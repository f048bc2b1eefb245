//! Room for one edge at one of its ends.

use core::fmt;

use meter_link::{EpochTerms, Error, Header, Label, LinkPublic, LinkSecret, PairKey, PartyId, Round, sealed};

use super::Listed;
use super::notice::{EdgeId, Form, PROOF_LEN, Proof, transcript};

/// Room for an edge: vacant, offered, or with a key. A device has as many as it has room for
/// [neighbours](crate::Neighbour).
#[derive(Default)]
pub struct Slot(pub(super) State);

#[derive(Default)]
#[allow(clippy::large_enum_variant)] // there is no heap to put the larger one on
pub(super) enum State {
    #[default]
    Vacant,
    /// This meter has offered, and waits.
    Offered {
        peer: u32,
        first: Round,
        edge: EdgeId,
        secret: LinkSecret,
    },
    Paired(Pair),
}

/// An edge with its keys.
pub(super) struct Pair {
    /// Position of the other end.
    pub(super) peer: u32,
    /// Its id.
    pub(super) id: PartyId,
    /// First round of the edge.
    pub(super) first: Round,
    pub(super) edge: EdgeId,
    /// Edge key of the end that answered.
    pub(super) answer: LinkPublic,
    /// This end has offered.
    pub(super) offered: bool,
    /// The other end has shown that it has the key.
    pub(super) confirmed: bool,
    /// In the last statement.
    pub(super) stated: bool,
    /// The next statement is without it.
    pub(super) leaving: bool,
    /// The pad key is with the meter now.
    pub(super) applied: bool,
    /// Ratchet step of the pad key, while it is here.
    pub(super) step: u32,
    pub(super) key: PairKey,
    /// For the proof that is told the other end.
    pub(super) seal: PairKey,
}

impl Slot {
    pub(super) fn is_vacant(&self) -> bool {
        matches!(self.0, State::Vacant)
    }

    /// The other end's position.
    pub(super) fn peer(&self) -> Option<u32> {
        match &self.0 {
            State::Vacant => None,
            State::Offered { peer, .. } => Some(*peer),
            State::Paired(pair) => Some(pair.peer),
        }
    }

    pub(super) fn pair(&self) -> Option<&Pair> {
        if let State::Paired(pair) = &self.0 { Some(pair) } else { None }
    }

    pub(super) fn pair_mut(&mut self) -> Option<&mut Pair> {
        if let State::Paired(pair) = &mut self.0 { Some(pair) } else { None }
    }

    /// Wiped.
    pub(super) fn vacate(&mut self) {
        self.0 = State::Vacant;
    }
}

/// The keys of an edge, on either end.
pub(super) struct Keys {
    pub(super) key: PairKey,
    pub(super) seal: PairKey,
}

impl Keys {
    /// Of the own secret edge key and the other end's public one.
    pub(super) fn make(
        view: &EpochTerms,
        me: PartyId,
        secret: &LinkSecret,
        peer: &Listed,
        public: LinkPublic,
    ) -> Result<Self, Error> {
        let peer = meter_link::Peer { id: peer.id(), link: public };
        let key = |label| secret.pair_key(label, view.context(), me, &peer, &[]);
        Ok(Keys { key: key(Label::DcnetPair)?, seal: key(Label::Seal)? })
    }
}

impl Pair {
    /// As the end that answers has it: not confirmed.
    pub(super) fn new(peer: &Listed, first: Round, edge: EdgeId, answer: LinkPublic, keys: Keys) -> Self {
        Pair {
            peer: peer.position(),
            id: peer.id(),
            first,
            edge,
            answer,
            offered: false,
            confirmed: false,
            stated: false,
            leaving: false,
            applied: false,
            step: 0,
            key: keys.key,
            seal: keys.seal,
        }
    }

    /// What `header` carries to `to`: the same bytes, however often it is sent.
    pub(super) fn proof(&self, header: &Header, to: PartyId) -> Result<Proof, Error> {
        prove(&self.seal, header, to, &self.edge, &self.answer)
    }

    /// What this end has to say to the other until both have the edge.
    pub(super) fn form(&self) -> Form {
        if self.offered { Form::Confirmation } else { Form::Answer }
    }
}

fn prove(
    seal: &PairKey,
    header: &Header,
    to: PartyId,
    edge: &EdgeId,
    answer: &LinkPublic,
) -> Result<Proof, Error> {
    let mut proof = [0u8; PROOF_LEN];
    if let Some((message, tag)) = proof.split_last_chunk_mut::<{ sealed::OVERHEAD }>() {
        message.copy_from_slice(&transcript(edge, answer));
        *tag = sealed::seal(seal, header, to, message)?;
    }
    Ok(proof)
}

/// That the sender of `header` has the keys of the edge.
pub(super) fn check_proof(
    seal: &PairKey,
    header: &Header,
    me: PartyId,
    edge: &EdgeId,
    answer: &LinkPublic,
    proof: &Proof,
) -> Result<(), Error> {
    let bad = meter_link::Fault::BadSeal.of(header.sender);
    let mut proof = *proof;
    let (message, tag) = proof.split_last_chunk_mut::<{ sealed::OVERHEAD }>().ok_or(bad)?;
    sealed::open(seal, header, me, message, tag)?;
    if *message == transcript(edge, answer) { Ok(()) } else { Err(bad) }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("peer", &self.peer()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_small() {
        assert!(size_of::<Slot>() <= 160, "{}", size_of::<Slot>());
    }
}

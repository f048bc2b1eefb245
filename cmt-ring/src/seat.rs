//! A place in a ring: what a member of a generation holds.

use core::fmt;

use meter_link::frame::Kind;
use meter_link::{EpochView, Fault as LinkFault, Link, PairKey, PartyId, Round};

use crate::error::{Error, Fault};
use crate::generation::Generation;
use crate::key::Words;
use crate::message::{self, Sealed};
use crate::meter::Share;

/// The ring links of a round.
pub(crate) struct Links {
    step: u32,
    pub(crate) predecessor: PairKey,
    pub(crate) successor: PairKey,
}

/// What only the concentrator has.
pub(crate) struct Lead<const C: usize> {
    /// Tags of the supplier's Start.
    pub(crate) supplier: PairKey,
    /// The round that goes around.
    pub(crate) circling: Option<Circling<C>>,
}

/// A round whose δ is on its way: the own ciphertext but for the predecessor's δ.
pub(crate) struct Circling<const C: usize> {
    pub(crate) round: Round,
    pub(crate) half: Words<C>,
}

/// Membership in one generation.
pub(crate) struct Seat<const C: usize> {
    pub(crate) generation: Generation,
    /// The generation's first round.
    pub(crate) from: Round,
    /// First four bytes of the token.
    pub(crate) sender: PartyId,
    /// Tags of ciphertexts.
    pub(crate) token_key: PairKey,
    /// k_1.
    pub(crate) first: Words<C>,
    pub(crate) predecessor: Link,
    pub(crate) successor: Link,
    /// Ratchet step of the two links, counted from the step of `from`.
    pub(crate) step: u32,
    /// The last round in which something of the own left.
    pub(crate) spent: Option<Round>,
    pub(crate) lead: Option<Lead<C>>,
}

impl<const C: usize> Seat<C> {
    pub(crate) fn new(
        generation: Generation,
        from: Round,
        own: Share<C>,
        predecessor: Link,
        successor: Link,
    ) -> Self {
        let Share { sender, token_key, first, .. } = own;
        let (step, spent, lead) = (0, None, None);
        Seat { generation, from, sender, token_key, first, predecessor, successor, step, spent, lead }
    }

    /// The ring links at the ratchet step of a round, beside those of now: nothing changes until
    /// [`Seat::advance`].
    pub(crate) fn links_at(&self, view: &EpochView, round: Round) -> Result<Links, Error> {
        // Both steps grow with the round, and `round` is not before `from`.
        let step = view.step(round)?.saturating_sub(view.step(self.from)?);
        if round < self.from || step < self.step {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        let at = |key: &PairKey| {
            let mut key = PairKey::from_bytes(&key.to_bytes());
            (self.step..step).for_each(|_| key.ratchet());
            key
        };
        Ok(Links { step, predecessor: at(&self.predecessor.key), successor: at(&self.successor.key) })
    }

    /// Leaves the round and earlier steps behind.
    pub(crate) fn advance(&mut self, round: Round, links: Links) {
        self.spent = Some(round);
        self.step = links.step;
        self.predecessor.key = links.predecessor;
        self.successor.key = links.successor;
    }

    /// The δ that the predecessor sent for a round.
    pub(crate) fn open_delta(
        &self,
        view: &EpochView,
        me: PartyId,
        round: Round,
        links: &Links,
        frame: &[u8],
    ) -> Result<Words<C>, Error> {
        let frame = Sealed::parse(frame, &view.expect(Kind::Delta, 0))?;
        let sender = frame.header().sender;
        if sender != self.predecessor.peer {
            return Err(Fault::NotNeighbour.of(sender));
        }
        if frame.header().round != round {
            return Err(LinkFault::WrongRound.of(sender).into());
        }
        let modulus = self.first.modulus();
        let mut bytes = Words::<C>::zero(modulus).to_bytes();
        let used = bytes.as_flattened_mut().get_mut(..used::<C>(view)).unwrap_or_default();
        frame.open(&links.predecessor, me, used)?;
        Words::from_bytes(modulus, &bytes)
    }

    /// Seals the own δ for the successor.
    pub(crate) fn seal_delta(
        &self,
        view: &EpochView,
        me: PartyId,
        round: Round,
        links: &Links,
        delta: &Words<C>,
        out: &mut [u8],
    ) -> Result<(), Error> {
        let header = view.header(Kind::Delta, 0, me, round);
        let bytes = delta.to_bytes();
        let used = bytes.as_flattened().get(..used::<C>(view)).unwrap_or_default();
        message::seal(out, &header, &[], self.successor.peer, &links.successor, &[used])?;
        Ok(())
    }

    /// Writes the ciphertext frame of a round.
    pub(crate) fn contribution<'o>(
        &self,
        view: &EpochView,
        round: Round,
        half: &Words<C>,
        of_predecessor: &Words<C>,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        let header = message::contribution_header(view, self.sender, round);
        let words = half.close(of_predecessor).take(view.channels());
        message::contribution(out, &header, &self.token_key, words)
    }
}

/// Bytes of the words that are in use.
pub(crate) fn used<const C: usize>(view: &EpochView) -> usize {
    view.channels().min(C).wrapping_mul(message::WORD)
}

impl<const C: usize> fmt::Debug for Seat<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").field("generation", &self.generation).finish_non_exhaustive()
    }
}

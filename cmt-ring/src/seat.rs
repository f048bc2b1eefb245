//! A place in a ring: what a member of a generation holds.

use core::fmt;

use meter_link::frame::Kind;
use meter_link::pad::Stream;
use meter_link::{EpochView, Fault as LinkFault, Link, PairKey, PartyId, Round};

use crate::error::{Error, Fault};
use crate::generation::Generation;
use crate::key::Words;
use crate::message::{self, Sealed};
use crate::meter::Share;
use crate::modulus::Modulus;
use crate::neighbours::Neighbours;

/// The ring links of a round.
pub(crate) struct Links {
    pub(crate) step: u32,
    pub(crate) keys: Neighbours<PairKey>,
    /// What is kept for later rounds, at this step.
    pub(crate) kept: Kept,
}

/// The links as they were formed, and a member's heal key.
pub(crate) struct Kept {
    pub(crate) links: Neighbours<PairKey>,
    pub(crate) heal: Option<PairKey>,
}

impl Links {
    /// Derived δ of the two rings: what goes to the successors, and what came from the predecessors.
    pub(crate) fn derive<const C: usize>(
        &self,
        modulus: Modulus,
        round: Round,
        channels: usize,
    ) -> (Words<C>, Words<C>) {
        let sum = |first: &PairKey, second: Option<&PairKey>| {
            let mut delta = Words::derive(modulus, first, round, channels);
            second.into_iter().for_each(|key| delta.hedge(key, round, Stream::Delta, channels));
            delta
        };
        let Neighbours { predecessor, successor, second } = self.keys.each_ref();
        (sum(successor, second.map(|(_, after)| after)), sum(predecessor, second.map(|(before, _)| before)))
    }
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

/// What a ring was when it was formed; healed ones are made of this alone (`heal`).
pub(crate) struct Root {
    pub(crate) generation: Generation,
    pub(crate) from: Round,
    /// Their [`set_digest`](crate::generation::set_digest).
    pub(crate) set: [u8; 32],
    pub(crate) token_key: PairKey,
    /// None at the concentrator, whose keys with the members are in its book.
    pub(crate) follows: Option<Follows>,
}

/// A member's concentrator.
pub(crate) struct Follows {
    pub(crate) id: PartyId,
    pub(crate) tag_key: PairKey,
    /// At the ratchet step of the links.
    pub(crate) heal_key: PairKey,
}

/// What a healing has put in the place of what was formed.
pub(crate) struct Healed {
    pub(crate) set: [u8; 32],
    pub(crate) token_key: PairKey,
}

/// What a healing gives a seat.
pub(crate) struct Renewed<const C: usize> {
    pub(crate) first: Words<C>,
    pub(crate) keys: Healed,
    pub(crate) links: Neighbours<Link>,
    pub(crate) step: u32,
    pub(crate) heal: Option<PairKey>,
}

/// How many members a ring has, and their [`set_digest`](crate::generation::set_digest).
#[derive(Clone, Copy)]
pub(crate) struct Members {
    pub(crate) count: u32,
    pub(crate) digest: [u8; 32],
}

/// Membership in one generation.
pub(crate) struct Seat<const C: usize> {
    pub(crate) generation: Generation,
    /// The generation's first round.
    pub(crate) from: Round,
    /// The first round after the term, in groups with terms.
    pub(crate) until: Option<Round>,
    pub(crate) root: Root,
    pub(crate) healed: Option<Healed>,
    /// How many members there are.
    pub(crate) count: u32,
    /// First four bytes of the token.
    pub(crate) sender: PartyId,
    /// k_1.
    pub(crate) first: Words<C>,
    /// As they were formed, or would have been.
    pub(crate) links: Neighbours<Link>,
    /// Ratchet step of the links, counted from the step of the root's `from`.
    pub(crate) step: u32,
    /// The last round in which something of the own left.
    pub(crate) spent: Option<Round>,
    pub(crate) lead: Option<Lead<C>>,
}

impl<const C: usize> Seat<C> {
    /// A place in a ring as it was formed.
    pub(crate) fn new(
        generation: Generation,
        from: Round,
        members: Members,
        own: Share<C>,
        links: Neighbours<Link>,
        follows: Option<Follows>,
    ) -> Self {
        let Share { sender, token_key, first, .. } = own;
        let Members { count, digest: set } = members;
        let root = Root { generation, from, set, token_key, follows };
        let (until, healed, step, spent, lead) = (None, None, 0, None, None);
        Seat { generation, from, until, root, healed, count, sender, first, links, step, spent, lead }
    }

    /// Who is in the ring, after all healings that this member knows of.
    pub(crate) fn members(&self) -> Members {
        let digest = self.healed.as_ref().map_or(self.root.set, |healed| healed.set);
        Members { count: self.count, digest }
    }

    /// The ring links at the ratchet step of a round, beside those of now: nothing changes until
    /// [`Seat::advance`].
    pub(crate) fn links_at(&self, view: &EpochView, round: Round) -> Result<Links, Error> {
        // Both steps grow with the round, and `round` is not before `from`.
        let step = view.step(round)?.saturating_sub(view.step(self.root.from)?);
        if round < self.from || step < self.step {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        let at = |key: &PairKey| {
            let mut key = PairKey::from_bytes(&key.to_bytes());
            (self.step..step).for_each(|_| key.ratchet());
            key
        };
        let links = self.links.each_ref().map(|link| at(&link.key));
        let heal = self.root.follows.as_ref().map(|follows| at(&follows.heal_key));
        let keys = links.each_ref().try_map(|key| match &self.healed {
            Some(healed) => self.generation.healed_link(&healed.set, key),
            None => Ok(PairKey::from_bytes(&key.to_bytes())),
        })?;
        Ok(Links { step, keys, kept: Kept { links, heal } })
    }

    /// Leaves the round and earlier steps behind.
    pub(crate) fn advance(&mut self, round: Round, links: Links) {
        self.spent = Some(round);
        self.step = links.step;
        self.links.renew(links.kept.links);
        if let (Some(follows), Some(heal)) = (&mut self.root.follows, links.kept.heal) {
            follows.heal_key = heal;
        }
    }

    /// The place in the healed ring, with everything that can fail made before.
    pub(crate) fn heal(&mut self, generation: Generation, from: Round, count: u32, healed: Renewed<C>) {
        let Renewed { first, keys, links, step, heal } = healed;
        (self.generation, self.from, self.count) = (generation, from, count);
        (self.first, self.healed, self.links, self.step) = (first, Some(keys), links, step);
        if let (Some(follows), Some(heal)) = (&mut self.root.follows, heal) {
            follows.heal_key = heal;
        }
        if let Some(lead) = &mut self.lead {
            lead.circling = None; // the round that was on its way is broken
        }
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
        if sender != self.links.predecessor.peer {
            return Err(Fault::NotNeighbour.of(sender));
        }
        if frame.header().round != round {
            return Err(LinkFault::WrongRound.of(sender).into());
        }
        let modulus = self.first.modulus();
        let mut bytes = Words::<C>::zero(modulus).to_bytes();
        let used = bytes.as_flattened_mut().get_mut(..used::<C>(view)).unwrap_or_default();
        frame.open(&links.keys.predecessor, me, used)?;
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
        let (to, key) = (self.links.successor.peer, &links.keys.successor);
        message::seal(out, &header, &[], to, key, &[used])?;
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
        let token_key = self.healed.as_ref().map_or(&self.root.token_key, |healed| &healed.token_key);
        message::contribution(out, &header, token_key, words)
    }
}

impl Neighbours<Link> {
    /// Later keys of the same links.
    fn renew(&mut self, keys: Neighbours<PairKey>) {
        self.predecessor.key = keys.predecessor;
        self.successor.key = keys.successor;
        if let (Some((before, after)), Some(second)) = (&mut self.second, keys.second) {
            (before.key, after.key) = second;
        }
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

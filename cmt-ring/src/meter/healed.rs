//! A member's part of a healing.

use meter_link::frame::{Kind, TaggedFrame};
use meter_link::key::{Label, LinkSecret, PairKey};
use meter_link::pad::Stream;
use meter_link::{Fault as LinkFault, Link, Prepared, Round};

use super::Meter;
use crate::error::{Error, Fault};
use crate::generation::{self, Generation, GenerationRecord};
use crate::heal::Left;
use crate::key::Words;
use crate::neighbours::Neighbours;
use crate::order::Listed;
use crate::seat::{Healed, Kept, Links, Members, Renewed, Seat};

/// What a Heal frame says to a member.
struct Notice {
    generation: Generation,
    from: Round,
    members: Members,
    around: Neighbours,
}

impl<const C: usize> Meter<C> {
    /// Reads in the concentrator's Heal frame who the neighbours are in the ring of those who are left.
    /// [`Meter::heal`] wants their roster entries.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: not the concentrator of the ring that this meter is
    /// in, a wrong tag, a generation that is not new or too far ahead, a first round that is outside the epoch, not after the
    /// ring's, in a ratchet step that is over for this meter, or after the term; other members than the ring was formed of, or not
    /// fewer and fewer of them, by way of those who are in it now ([`Fault::WrongMembers`]); too few, or without this meter or the concentrator; in groups with terms
    /// [`Fault::TooEarly`] unless the ring is known to be broken, and [`LinkFault::NotExpected`] where members sign their set.
    pub fn healed_neighbours(&self, frame: &[u8]) -> Result<Neighbours, Error> {
        Ok(self.read_heal(frame)?.around)
    }

    /// Goes on in the ring of those who are left, from the frame's round on, with a first key, links and a token key that
    /// are made of those of the ring as it was formed. Nothing needs to be answered. The record is to be stored before the
    /// meter takes part in a round.
    ///
    /// A frame that was missed is made good by the next one, or by the same once more.
    ///
    /// # Errors
    /// As [`Meter::healed_neighbours`]; [`Fault`] blaming the sender for a round far from now, and blaming a neighbour for its key; [`meter_link::Misuse::UnknownParty`] for other entries than the frame named;
    /// [`meter_link::Misuse::WrongRole`] if `link` is not this meter's. Nothing has changed then.
    pub fn heal(
        &mut self,
        link: &LinkSecret,
        now: Round,
        frame: &[u8],
        around: &Neighbours<Listed>,
    ) -> Result<Prepared<(), GenerationRecord>, Error> {
        self.check_link(link)?;
        let Notice { generation, from, members, around: expected } = self.read_heal(frame)?;
        let parsed = TaggedFrame::parse(frame, &self.view.expect(Kind::Heal, 0))?;
        self.view.check_received_round(now, parsed.header())?;
        if around.map(|entry| entry.position) != expected {
            return Err(meter_link::Misuse::UnknownParty.into());
        }
        let Members { count, digest } = members;
        let seat = self.seated()?;
        let (step, links, heal) = self.healed_links(link, seat, from, around)?;
        let keys = seat.healed_keys(generation, digest)?;
        let mut first = Words::zero(self.params.modulus());
        let heal_key = heal.as_ref().ok_or(meter_link::Misuse::WrongRole)?;
        first.hedge(&generation.healed_key(&digest, heal_key)?, from, Stream::Mask, self.view.channels());
        let record = generation::encode(&self.view, generation)?;

        self.settle(generation, from, count, Renewed { first, keys, links, step, heal });
        Ok(Prepared::new(record, ()))
    }

    fn read_heal(&self, frame: &[u8]) -> Result<Notice, Error> {
        let frame = TaggedFrame::parse(frame, &self.view.expect(Kind::Heal, 0))?;
        let (sender, from) = (frame.header().sender, frame.header().round);
        let seat = self.seat.as_ref().ok_or(Fault::WrongGeneration.of(sender))?;
        let follows = seat.root.follows.as_ref().filter(|follows| follows.id == sender);
        let follows = follows.ok_or(LinkFault::UnknownSender.of(sender))?;
        let mut payload = frame.verify(&follows.tag_key)?;
        let generation = Generation(payload.u32()?);
        let left = Left::read(&mut payload, &self.view, seat.members())?;
        payload.end()?;
        // After a power cut between record and state, the same frame is taken once more: it gives the same keys. But not if
        // the record was of a generation that this meter joins.
        let joins = self.joining.as_ref().is_some_and(|joining| joining.generation == generation);
        let again = generation == self.latest.0 && !joins;
        let new = self.latest.admits(&self.view, generation, from) || again;
        if generation <= seat.generation || !new {
            return Err(Fault::WrongGeneration.of(sender));
        }
        if !self.view.contains(from) {
            return Err(LinkFault::WrongEpoch.of(sender).into());
        }
        // A round that this meter has sent in may be among those of the healed ring: it does not send in it again. But keys
        // of a ratchet step that it has left are gone.
        let step = self.view.step(from)?.saturating_sub(self.view.step(seat.root.from)?);
        if from <= seat.from || step < seat.step || seat.until.is_some_and(|until| from >= until) {
            return Err(LinkFault::WrongRound.of(sender).into());
        }
        if self.params.mean_term().is_some() && !self.standing.broken {
            return Err(Fault::TooEarly.of(sender));
        }
        if self.params.agreement() {
            return Err(LinkFault::NotExpected.of(sender).into()); // nobody signs a set that is healed
        }
        let epoch = self.view.epoch();
        let members = left.members(epoch);
        if !left.is_smaller() || left.root(epoch) != seat.root.set {
            return Err(Fault::WrongMembers.of(sender));
        }
        if members.count < self.params.min_ring() {
            return Err(LinkFault::SetTooSmall.of(sender).into());
        }
        let order = left.order(epoch, seat.root.generation);
        if !left.has(self.me.position) || !left.has(left.concentrator(&order)?) {
            return Err(LinkFault::NotInSet.of(sender).into());
        }
        let around = left.neighbours(&order, self.me.position, self.params.second_ring())?;
        Ok(Notice { generation, from, members, around })
    }

    /// Takes the place in the healed ring. Other generations up to this one are given up, and in groups with terms the ring
    /// is whole again.
    pub(crate) fn settle(&mut self, generation: Generation, from: Round, count: u32, renewed: Renewed<C>) {
        self.latest.take(generation);
        self.joining = self.joining.take().filter(|joining| joining.generation > generation);
        self.standing.followed = self.standing.followed.filter(|claim| claim.generation > generation);
        self.standing.broken = false;
        if let Some(seat) = &mut self.seat {
            seat.heal(generation, from, count, renewed);
        }
    }

    /// The links among those who are left, as they would have been when the ring was formed, at the ratchet step of the
    /// healed ring's first round; and a member's heal key at that step.
    #[allow(clippy::type_complexity)] // parts of a `Renewed`
    pub(crate) fn healed_links(
        &self,
        link: &LinkSecret,
        seat: &Seat<C>,
        from: Round,
        around: &Neighbours<Listed>,
    ) -> Result<(u32, Neighbours<Link>, Option<PairKey>), Error> {
        let Links { step, kept: Kept { links, heal }, .. } = seat.links_at(&self.view, from)?;
        let root = &seat.root;
        let renew = |before: &Link, kept: PairKey, other: &Listed, second: bool| {
            let peer = other.peer.id;
            if before.peer == peer {
                return Ok(Link { peer, key: kept });
            }
            let pair = link.pair_key(Label::Cmt, self.view.context(), self.id(), &other.peer, &[])?;
            let formed = if second { Generation::second_ring_link } else { Generation::ring_link };
            let mut key = formed(root.generation, &root.set, &pair)?;
            (0..step).for_each(|_| key.ratchet());
            Ok::<_, Error>(Link { peer, key })
        };
        let predecessor = renew(&seat.links.predecessor, links.predecessor, &around.predecessor, false)?;
        let successor = renew(&seat.links.successor, links.successor, &around.successor, false)?;
        let second = match (&seat.links.second, links.second, &around.second) {
            (Some(peers), Some(kept), Some(others)) => {
                Some((renew(&peers.0, kept.0, &others.0, true)?, renew(&peers.1, kept.1, &others.1, true)?))
            }
            _ => None,
        };
        Ok((step, Neighbours { predecessor, successor, second }, heal))
    }
}

impl<const C: usize> Seat<C> {
    /// What ciphertexts and links of the healed ring are made with.
    pub(crate) fn healed_keys(&self, generation: Generation, set: [u8; 32]) -> Result<Healed, Error> {
        Ok(Healed { set, token_key: generation.healed_token_key(&self.root.token_key)? })
    }
}

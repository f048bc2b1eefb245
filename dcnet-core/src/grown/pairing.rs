//! How two meters make an edge, and how one of them drops it.

use meter_link::answer::AnswererLink;
use meter_link::{Error, Fault, Header, Identity, LinkPublic, LinkSecret, Misuse, Round};
use rand_core::CryptoRng;

use super::notice::{Address, EdgeId, Notice, Proof, Signed, edge_id};
use super::slot::{Keys, Pair, Slot, State, check_proof};
use super::{AHEAD, GrownMeter, Listed};
use crate::neighbour::Neighbour;

/// Vacant slots that are kept for who re-pairs after an exit.
const RESERVED: usize = 1;
/// Answers that may wait for their confirmation at a time.
const WAITING: usize = 4;

/// What a frame leads to.
#[derive(Debug, Default)]
pub struct Step<'o> {
    /// For who has sent the frame, through the relay.
    pub reply: Option<&'o [u8]>,
    /// Position of the meter to which an offer is due, because a common neighbour has left.
    pub pair_with: Option<u32>,
}

impl<N, H, S> GrownMeter<N, H, S>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsMut<[AnswererLink]>,
    S: AsRef<[Slot]> + AsMut<[Slot]>,
{
    /// Offers an edge from the round `first` on: a fresh key, signed. The same offer again while it waits.
    ///
    /// # Errors
    /// [`Misuse::SelfAsPeer`]; [`Misuse::WrongRole`] for another identity; [`Misuse::BadParameter`] unless `first` is
    /// two to [`AHEAD`] rounds from now and after what has been stated; [`Misuse::OutOfOrder`] if there is an edge or
    /// another offer; [`Misuse::WrongLength`] without a vacant slot, or for a short buffer.
    pub fn offer<'o, R: CryptoRng + ?Sized>(
        &mut self,
        now: Round,
        first: Round,
        to: &Listed,
        identity: &Identity,
        rng: &mut R,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        self.since.get_or_insert(now);
        if to.position() == self.meter.place().position {
            return Err(Misuse::SelfAsPeer.into());
        }
        match self.slot_of(to.position()).map(|slot| &slot.0) {
            Some(State::Offered { first: named, secret, .. }) if *named == first => {
                return self.write_offer(first, to, secret.public(), identity, out);
            }
            Some(_) => return Err(Misuse::OutOfOrder.into()),
            None => {}
        }
        if !self.may_begin(now, first) {
            return Err(Misuse::BadParameter.into());
        }
        let secret = LinkSecret::generate(rng);
        let frame = self.write_offer(first, to, secret.public(), identity, out)?;
        let slot = self.room_for(to.position()).ok_or(Misuse::WrongLength)?;
        slot.0 = State::Offered { peer: to.position(), first, edge: edge_id(frame), secret };
        Ok(frame)
    }

    /// Takes back an offer, or an edge that was not stated yet.
    ///
    /// # Errors
    /// [`Misuse::UnknownParty`] if there is none.
    pub fn abandon(&mut self, peer: u32) -> Result<(), Error> {
        let slot = self.slot_mut(peer).ok_or(Misuse::UnknownParty)?;
        if slot.pair().is_some_and(|pair| pair.stated || pair.applied) {
            return Err(Misuse::OutOfOrder.into());
        }
        slot.vacate();
        Ok(())
    }

    /// Takes whatever another meter has sent: offer, answer, confirmation, refusal or exit. `out` has room for
    /// [`NOTICE_LEN`](super::NOTICE_LEN) bytes. A frame again gives the same reply and changes nothing.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: signature, epoch, a frame for another meter
    /// ([`Fault::NotExpected`]), an edge that would not begin soon ([`Fault::RoundFarFromNow`]), a key of low order or
    /// this meter's own, a proof that does not fit, a second and different answer, an offer where there is an edge;
    /// [`Misuse::WrongLength`]. Nothing has changed then.
    ///
    /// # Security
    /// An offer for which there is no room, or in whose place there is an edge, has no reply: it waits until its first
    /// round. A refusal is signed, and for good. A confirmation whose proof does not hold is refused, too, so that the
    /// relay learns that this edge has not come about.
    ///
    /// What is sent because of a reply was not stored: an edge that is lost with the memory is refused later. Only
    /// statements need records.
    pub fn accept<'o, R: CryptoRng + ?Sized>(
        &mut self,
        now: Round,
        from: &Listed,
        frame: &[u8],
        identity: &Identity,
        rng: &mut R,
        out: &'o mut [u8],
    ) -> Result<Step<'o>, Error> {
        self.since.get_or_insert(now);
        let Signed { header, to, notice } = Signed::verify(frame, self.view(), from)?;
        let me = self.meter.place().id;
        if header.sender == me || !matches!(to, Address::Neighbours) && to != Address::Meter(me) {
            return Err(Fault::NotExpected.of(header.sender));
        }
        let reply = match notice {
            Notice::Offer { key } => {
                self.take_offer(now, from, &header, edge_id(frame), key, identity, rng, out)?
            }
            Notice::Answer { edge, key, proof } => {
                Some(self.take_answer(now, from, &header, edge, key, proof, identity, out)?)
            }
            Notice::Confirmation { edge, proof } => {
                self.take_confirmation(from, &header, edge, proof, identity, out)?
            }
            Notice::Refusal { edge } => {
                self.take_refusal(from, edge);
                None
            }
            Notice::Exit { neighbours } => {
                return self.take_exit(now, from, header.round, neighbours);
            }
        };
        Ok(Step { reply, pair_with: None })
    }

    #[allow(clippy::too_many_arguments)] // the parts of one frame
    fn take_offer<'o, R: CryptoRng + ?Sized>(
        &mut self,
        now: Round,
        from: &Listed,
        header: &Header,
        edge: EdgeId,
        key: LinkPublic,
        identity: &Identity,
        rng: &mut R,
        out: &'o mut [u8],
    ) -> Result<Option<&'o [u8]>, Error> {
        let me = self.meter.place().id;
        let not_expected = Fault::NotExpected.of(from.id());
        let known = self.slot_of(from.position());
        match known.map(|slot| &slot.0) {
            Some(State::Paired(pair)) if pair.edge == edge && !pair.offered => {
                if pair.leaving {
                    return Ok(None);
                }
                return self.write_pair(pair, identity, out).map(Some);
            }
            // Two offers that cross: the one of the lower id stands, at both ends.
            Some(State::Offered { secret, .. }) => {
                if secret.public() == key {
                    return Err(Fault::CopiedKey.of(from.id()));
                }
                if me < from.id() {
                    return Err(not_expected);
                }
            }
            Some(State::Paired(pair)) if !pair.confirmed && pair.first < header.round => {}
            // No refusal, which would hold for good: the same offer may be taken later.
            Some(State::Paired(_)) => return Ok(None),
            Some(State::Vacant) | None => {}
        }
        if !self.may_begin(now, header.round) {
            return Err(Fault::RoundFarFromNow.of(from.id()));
        }
        let slots = self.slots.as_ref();
        let vacant = slots.iter().filter(|slot| slot.is_vacant()).count();
        let vacant = vacant.saturating_add(usize::from(known.is_some()));
        let waiting = slots.iter().filter_map(Slot::pair).filter(|pair| !pair.confirmed).count();
        let expected = self.expected == Some(from.position());
        let reserved = if expected { 0 } else { RESERVED };
        if vacant <= reserved || (waiting >= WAITING && !expected) || self.answers == 0 {
            return Ok(None);
        }
        let secret = LinkSecret::generate(rng);
        let pair = Pair::new(
            from,
            header.round,
            edge,
            secret.public(),
            Keys::make(self.view(), me, &secret, from, key)?,
        );
        let frame = self.write_pair(&pair, identity, out)?;
        self.room_for(from.position()).ok_or(Misuse::WrongLength)?.0 = State::Paired(pair);
        self.answers = self.answers.saturating_sub(1);
        self.expected = self.expected.filter(|_| !expected);
        Ok(Some(frame))
    }

    #[allow(clippy::too_many_arguments)] // the parts of one frame
    fn take_answer<'o>(
        &mut self,
        now: Round,
        from: &Listed,
        header: &Header,
        edge: &EdgeId,
        key: LinkPublic,
        proof: &Proof,
        identity: &Identity,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        let me = self.meter.place().id;
        let pair = match self.slot_of(from.position()).map(|slot| &slot.0) {
            Some(State::Paired(pair)) if pair.edge == *edge && pair.offered => {
                if pair.answer != key {
                    return Err(Fault::Contradiction.of(from.id()));
                }
                return self.write_pair(pair, identity, out);
            }
            Some(State::Offered { first, edge: offered, secret, .. }) if offered == edge => {
                if *first != header.round {
                    return Err(Fault::WrongRound.of(from.id()));
                }
                if *first <= now {
                    return self.refuse(from, header.round, edge, identity, out);
                }
                let keys = Keys::make(self.view(), me, secret, from, key)?;
                check_proof(&keys.seal, header, me, edge, &key, proof)?;
                let pair = Pair::new(from, *first, *edge, key, keys);
                Pair { offered: true, confirmed: true, ..pair }
            }
            // Its own offer cannot be answered by who has made it.
            Some(State::Paired(pair)) if pair.edge == *edge => return Err(Fault::NotExpected.of(from.id())),
            _ => return self.refuse(from, header.round, edge, identity, out),
        };
        let frame = self.write_pair(&pair, identity, out)?;
        if let Some(slot) = self.slot_mut(from.position()) {
            slot.0 = State::Paired(pair);
        }
        Ok(frame)
    }

    fn take_confirmation<'o>(
        &mut self,
        from: &Listed,
        header: &Header,
        edge: &EdgeId,
        proof: &Proof,
        identity: &Identity,
        out: &'o mut [u8],
    ) -> Result<Option<&'o [u8]>, Error> {
        let me = self.meter.place().id;
        let not_expected = Fault::NotExpected.of(from.id());
        let slot = self.slot_mut(from.position());
        if let Some(Slot(State::Offered { edge: offered, .. })) = &slot
            && offered == edge
        {
            return Err(not_expected);
        }
        match slot.and_then(Slot::pair_mut).filter(|pair| pair.edge == *edge) {
            Some(pair) if pair.offered => Err(not_expected),
            Some(pair) => {
                if pair.first != header.round {
                    return Err(Fault::WrongRound.of(from.id()));
                }
                if !pair.leaving {
                    match check_proof(&pair.seal, header, me, edge, &pair.answer, proof) {
                        Err(error) if pair.confirmed => return Err(error),
                        Err(_) => pair.leaving = true,
                        Ok(()) => pair.confirmed = true,
                    }
                }
                // Who has signed a proof that does not hold must not state the edge. The slot remembers it.
                if pair.leaving && !pair.confirmed {
                    return self.refuse(from, header.round, edge, identity, out).map(Some);
                }
                Ok(None)
            }
            None => self.refuse(from, header.round, edge, identity, out).map(Some),
        }
    }

    /// The other end has no such edge, and never will.
    fn take_refusal(&mut self, from: &Listed, edge: &EdgeId) {
        let Some(slot) = self.slot_mut(from.position()) else { return };
        let stated = match &mut slot.0 {
            State::Offered { edge: offered, .. } if offered == edge => false,
            State::Paired(pair) if pair.edge == *edge => {
                pair.leaving = true;
                pair.stated || pair.applied
            }
            _ => return,
        };
        if !stated {
            slot.vacate();
        }
    }

    /// A neighbour leaves: its edge goes with the next statement, and who was its neighbour pairs with the next one
    /// of them, around the end of the list. Others who sign an exit pair nobody.
    fn take_exit<'o>(
        &mut self,
        now: Round,
        from: &Listed,
        left: Round,
        neighbours: &[[u8; 4]],
    ) -> Result<Step<'o>, Error> {
        if left.to_u32() > now.to_u32().saturating_add(AHEAD) {
            return Err(Fault::RoundFarFromNow.of(from.id()));
        }
        let Some(slot) = self.slot_mut(from.position()) else { return Ok(Step::default()) };
        let gone = match &mut slot.0 {
            State::Paired(pair) if pair.first < left => {
                pair.leaving = true;
                !(pair.stated || pair.applied)
            }
            State::Offered { first, .. } if *first < left => {
                slot.vacate();
                return Ok(Step::default());
            }
            // An edge that began after it; the exit is an old one.
            _ => return Ok(Step::default()),
        };
        if gone {
            slot.vacate();
        }
        let own = self.meter.place().position;
        let mut ring = neighbours.iter().map(super::notice::place);
        let Some(place) = ring.clone().position(|place| place == own) else { return Ok(Step::default()) };
        let next = ring.clone().cycle().nth(place.wrapping_add(1));
        let count = ring.len();
        self.expected = ring.nth(place.checked_sub(1).unwrap_or(count.wrapping_sub(1)));
        // Of two, one offers.
        let pair_with = next.filter(|next| *next != own && (count > 2 || own < *next));
        let known = |next: &u32| match self.slot_of(*next).map(|slot| &slot.0) {
            Some(State::Paired(pair)) => !pair.leaving,
            _ => false,
        };
        Ok(Step { reply: None, pair_with: pair_with.filter(|next| !known(next)) })
    }

    /// The slot of an offer or answer that another one replaces, or a vacant one.
    fn room_for(&mut self, peer: u32) -> Option<&mut Slot> {
        let mut slots = self.slots.as_ref().iter();
        let known = slots.position(|slot| slot.peer() == Some(peer));
        let vacant = || self.slots.as_ref().iter().position(Slot::is_vacant);
        let place = known.or_else(vacant)?;
        self.slots.as_mut().get_mut(place)
    }
}

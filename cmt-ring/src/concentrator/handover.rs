//! The role is handed over: one frame, to whom the draw makes concentrator of the next generation.

use alloc::vec::Vec;

use meter_link::frame::{Header, Kind, Reader, Tag, TaggedFrame, Writer};
use meter_link::set::{self, Members, SetView};
use meter_link::{Epoch, Fault as LinkFault, PairKey, PartyId, Round};

use super::book::Book;
use crate::election::drawn;
use crate::error::{Error, Fault, Misuse};
use crate::generation::{self, Generation};
use crate::meter::Meter;

/// What a concentrator hands over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// The next generation.
    pub generation: Generation,
    /// Its first round.
    pub from: Round,
    /// Whom the concentrator knows to be licensed: the members that [`Meter::claim`] wants.
    pub members: Members,
}

/// `HKDF-Expand(tag key, "wattsum v1 cmt hand over" ‖ generation u32 ‖ set digest 32, 32)`: the payload is in the key, so
/// that two frames for one round have two keys.
fn key(
    tag_key: &PairKey,
    epoch: &Epoch,
    generation: Generation,
    members: &Members,
) -> Result<PairKey, Error> {
    let digest = generation::set_digest(epoch, members.count(), members.positions());
    generation::expand(tag_key, &[b"wattsum v1 cmt hand over", &generation.0.to_le_bytes(), &digest])
}

impl<const C: usize> Meter<C> {
    /// Hands the role over for a generation from round `from` on, as its concentrator with the ring's `book`: a HandOver
    /// frame for the member that the draw puts first among `members`, those this meter knows to be licensed.
    ///
    /// # Errors
    /// [`Misuse::NoTerms`], [`Misuse::NotSeated`]; [`meter_link::Misuse::WrongRole`] if this meter is not the book's
    /// concentrator, or is drawn itself: it claims; [`meter_link::Misuse::UnknownParty`] if a meter is drawn that is not in
    /// this ring: the members elect; [`meter_link::Misuse::OutOfOrder`] before the term's end, unless the ring is
    /// broken; [`meter_link::Misuse::WrongLength`] for a set of another roster; [`Misuse::RingTooSmall`],
    /// [`Misuse::GenerationUsed`], [`meter_link::Misuse::RoundOutsideEpoch`], [`meter_link::Misuse::RoundFarFromNow`].
    pub fn hand_over(
        &self,
        book: &Book,
        now: Round,
        from: Round,
        generation: Generation,
        members: &Members,
    ) -> Result<(PartyId, Vec<u8>), Error> {
        self.require_terms()?;
        let (view, seat) = (&self.view, self.seated()?);
        view.check_own_round(now, from)?;
        if seat.lead.is_none() || book.generation() != seat.generation {
            return Err(meter_link::Misuse::WrongRole.into());
        }
        if members.total() != view.meters() {
            return Err(meter_link::Misuse::WrongLength.into());
        }
        if members.count() < self.params.min_ring() {
            return Err(Misuse::RingTooSmall.into());
        }
        if !self.admits(generation, from) {
            return Err(Misuse::GenerationUsed.into());
        }
        if !self.may_leave(seat, from) {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        let position = drawn(view.epoch(), generation, members)?;
        if position == self.me.position {
            return Err(meter_link::Misuse::WrongRole.into());
        }
        let (id, tag_key) = book.tag_key(position).ok_or(meter_link::Misuse::UnknownParty)?;
        let key = key(tag_key, view.epoch(), generation, members)?;
        let mut out = alloc::vec![0u8; FIXED.wrapping_add(set::max_len(view.meters()))];
        let header = view.header(Kind::HandOver, 0, self.id(), from);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.u32(generation.0)?;
        set::write(&mut writer, &members.to_marks())?;
        let len = writer.finish_tagged(&header, &key)?.len();
        out.truncate(len);
        Ok((id, out))
    }

    /// Takes the role over from this ring's concentrator: what is left to do is to [`Meter::claim`] it. Whose licences hold is the
    /// concentrator's word, which the supplier checks.
    ///
    /// # Errors
    /// [`Misuse::NoTerms`], [`Misuse::NotSeated`]; [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: not this ring's
    /// concentrator, a wrong tag, a round far from now or outside the epoch, a generation that is not new or too far ahead;
    /// too few members, or without this meter; another one than this meter is drawn ([`Fault::NotConcentrator`]); before
    /// the term's end, unless the ring is broken ([`Fault::TooEarly`]).
    pub fn handed_over(&self, now: Round, frame: &[u8]) -> Result<HandedOver, Error> {
        self.require_terms()?;
        let (view, seat) = (&self.view, self.seated()?);
        let parsed = TaggedFrame::parse(frame, &view.expect(Kind::HandOver, 0))?;
        let header = *parsed.header();
        let sender = header.sender;
        let follows = seat.root.follows.as_ref().filter(|follows| follows.id == sender);
        let follows = follows.ok_or(LinkFault::UnknownSender.of(sender))?;
        // The key depends on what it proves.
        let end = frame.len().saturating_sub(Tag::LEN);
        let mut payload = Reader::new(frame.get(Header::LEN..end).unwrap_or_default());
        let generation = Generation(payload.u32()?);
        let members = Members::from(SetView::read(&mut payload, view.meters())?);
        payload.end()?;
        parsed.verify(&key(&follows.tag_key, view.epoch(), generation, &members)?)?;
        view.check_received_round(now, &header)?;
        let from = header.round;
        if !self.admits(generation, from) {
            return Err(Fault::WrongGeneration.of(sender));
        }
        if members.count() < self.params.min_ring() {
            return Err(LinkFault::SetTooSmall.of(sender).into());
        }
        if !members.contains(self.me.position) {
            return Err(LinkFault::NotInSet.of(sender).into());
        }
        if drawn(view.epoch(), generation, &members)? != self.me.position {
            return Err(Fault::NotConcentrator.of(sender));
        }
        if !self.may_leave(seat, from) {
            return Err(Fault::TooEarly.of(sender));
        }
        Ok(HandedOver { generation, from, members })
    }
}

/// Bytes of a HandOver frame but for its set.
const FIXED: usize = Header::LEN + 4 + Tag::LEN;

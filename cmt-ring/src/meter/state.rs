//! What a meter needs to go on after a reboot in the generation that it has a place in.

use meter_link::frame::{Reader, Writer};
use meter_link::key::Peer;
use meter_link::mark::check;
use meter_link::{Channels, EpochView, Link, LinkPublic, Malformed, Misuse, PairKey, PartyId, Round};

use super::follow::GivenUp;
use super::{Joining, Meter, Share};
use crate::claim::Claim;
use crate::error::Error;
use crate::generation::Generation;
use crate::key::Words;
use crate::licence::Licence;
use crate::message::{LINK, WORD};
use crate::modulus::Modulus;
use crate::neighbours::Neighbours;
use crate::order::{Listed, Order};
use crate::params::Params;
use crate::seat::{Follows, Healed, Lead, Root, Seat};

const VERSION: u8 = 23; // 24 … 26 are threshold-elgamal's

/// What there is, in the order in which it stands.
const LICENCE: u8 = 1;
const CLAIM: u8 = 2;
const JOINING: u8 = 4;
const SEAT: u8 = 8;
/// The present ring is known to be broken.
const BROKEN: u8 = 16;
const GIVEN_UP: u8 = 32;

/// Of a place in a ring.
const TERM: u8 = 1;
const SPENT: u8 = 2;
const HEALED: u8 = 4;
const LEADS: u8 = 8;
const SECOND: u8 = 16;

const KEY: usize = 32;
const HEAD: usize = 1 + 32 + 4 + 4 + 2 + 2 + 3 * 4 + 1 + 4;
const LICENCE_LEN: usize = 4 + 4 + 64;
const CLAIM_LEN: usize = 5 * 4 + 32;
const GIVEN_UP_LEN: usize = 4 * GivenUp::MOST;
const JOINING_LEN: usize = 4 + 4 + 1 + 4 + 4 + LINK + 2 * KEY + 4 + KEY + LINK;
const SEAT_LEN: usize = 1 + 7 * 4 + 2 * 4 + 32 + KEY + 2 * LINKED;
const FOLLOWS_LEN: usize = 4 + 2 * KEY;
const HEALED_LEN: usize = 32 + KEY;
const LINKED: usize = 4 + KEY;

impl<const C: usize> Meter<C> {
    /// Most bytes that [`Meter::to_bytes`] writes.
    pub const MAX_STATE_LEN: usize = (HEAD
        + LICENCE_LEN
        + CLAIM_LEN
        + GIVEN_UP_LEN
        + JOINING_LEN
        + SEAT_LEN
        + FOLLOWS_LEN
        + HEALED_LEN
        + 2 * LINKED)
        .wrapping_add(C.wrapping_mul(2 * WORD));

    /// Bytes that [`Meter::to_bytes`] writes now.
    pub fn state_len(&self) -> usize {
        let words = self.view.channels().wrapping_mul(WORD);
        let joining = self.joining.as_ref().map_or(0, |_| JOINING_LEN.wrapping_add(words));
        let seat = self.seat.as_ref().map_or(0, |seat| {
            let keys = if seat.lead.is_some() { KEY } else { FOLLOWS_LEN };
            let healed = seat.healed.as_ref().map_or(0, |_| HEALED_LEN);
            let second = seat.links.second.as_ref().map_or(0, |_| 2 * LINKED);
            [SEAT_LEN, words, keys, healed, second].into_iter().fold(0, usize::wrapping_add)
        });
        let licence = self.standing.licence.map_or(0, |_| LICENCE_LEN);
        let claim = self.standing.followed.map_or(0, |_| CLAIM_LEN);
        let given_up = if self.standing.given_up == GivenUp::NONE { 0 } else { GIVEN_UP_LEN };
        [HEAD, licence, claim, given_up, joining, seat].into_iter().fold(0, usize::wrapping_add)
    }

    /// Writes what a reboot must find, all secret: keys that read what the meter sends in its generation. Returns what
    /// was written. The link secret is not in it.
    ///
    /// Nothing *has* to be stored but the records: without a state, or with one of another epoch, the meter is in no ring
    /// until the next generation. Store it, in place of the one before, whenever it should survive: after
    /// [`Meter::join`], [`Meter::seat`], [`Meter::heal`] and [`Forming::close`](crate::Forming::close), after
    /// [`Meter::licensed`] and [`Meter::follow`], and after the first round of each ratchet step, *over* the state before,
    /// whose keys read what was sent. It may be some steps old: with all records replayed, no generation is joined and no
    /// time stamp sent twice. A round that a concentrator has started and not closed is not in it: that one is
    /// lost.
    ///
    /// `23 u8 ‖ context 32 ‖ id u32 ‖ position u32 ‖ …`: meter-link's docs/wire.md, section 8.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] if `out` is too short; it is untouched then.
    pub fn to_bytes<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8], Error> {
        let standing = &self.standing;
        let flags = [
            (standing.licence.is_some(), LICENCE),
            (standing.followed.is_some(), CLAIM),
            (self.joining.is_some(), JOINING),
            (self.seat.is_some(), SEAT),
            (standing.broken, BROKEN),
            (standing.given_up != GivenUp::NONE, GIVEN_UP),
        ];
        let mut writer = Writer::new(out.get_mut(..self.state_len()).ok_or(Misuse::WrongLength)?);
        writer.u8(VERSION)?;
        writer.bytes(self.view.context().as_bytes())?;
        writer.u32(self.id().0)?;
        writer.u32(self.me.position)?;
        writer.u16(self.channels.first)?;
        writer.u16(self.channels.count)?;
        for generation in [self.latest.0, standing.forsaken, standing.claimed] {
            writer.u32(generation.0)?;
        }
        writer.u8(set(&flags))?;
        if let Some(licence) = &standing.licence {
            writer.u32(licence.since().to_u32())?;
            writer.u32(licence.number())?;
            writer.bytes(licence.signature())?;
        }
        if let Some(claim) = &standing.followed {
            write_claim(&mut writer, claim)?;
        }
        if standing.given_up != GivenUp::NONE {
            standing.given_up.0.iter().try_for_each(|place| writer.u32(*place))?;
        }
        let channels = self.view.channels();
        if let Some(joining) = &self.joining {
            joining.write(&mut writer, channels)?;
        }
        if let Some(seat) = &self.seat {
            seat.write(&mut writer, channels)?;
        }
        let check = check(writer.written());
        writer.bytes(&check)?;
        Ok(writer.finish())
    }

    /// Goes on from [`Meter::to_bytes`]; the other arguments as for [`Meter::new`]. Then [`Meter::replay`] all records of
    /// the epoch, and those of the device's [`HighWater`](meter_link::HighWater), before anything else.
    ///
    /// # Errors
    /// As [`Meter::new`]; [`Malformed::BadRecord`] for state that is damaged, or of another epoch, meter or channels.
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        me: &Listed,
        channels: Channels,
        state: &[u8],
    ) -> Result<Self, Error> {
        let meter = Self::new(params, view, me, channels)?;
        meter.read(state).map_err(|_| Malformed::BadRecord.into())
    }

    fn read(mut self, state: &[u8]) -> Result<Self, Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        let own = check(body) == *stored
            && reader.u8()? == VERSION
            && reader.array::<32>()? == self.view.context().as_bytes()
            && (reader.u32()?, reader.u32()?) == (self.id().0, self.me.position)
            && (reader.u16()?, reader.u16()?) == (self.channels.first, self.channels.count);
        if !own {
            return Err(bad.into());
        }
        self.latest.take(Generation(reader.u32()?));
        self.standing.forsaken = Generation(reader.u32()?);
        self.standing.claimed = Generation(reader.u32()?);
        let flags = reader.u8()?;
        let of_terms = flags & (LICENCE | CLAIM | BROKEN | GIVEN_UP) != 0;
        if flags > (LICENCE | CLAIM | JOINING | SEAT | BROKEN | GIVEN_UP)
            || (of_terms && self.params.mean_term().is_none())
        {
            return Err(bad.into());
        }
        self.standing.broken = flags & BROKEN != 0;
        if flags & LICENCE != 0 {
            let (since, number) = (Round::from(reader.u32()?), reader.u32()?);
            self.standing.licence =
                Some(Licence::shown(&self.view, &self.me, since, number, reader.array()?)?);
        }
        if flags & CLAIM != 0 {
            self.standing.followed = Some(read_claim(&mut reader, &self.params, &self.view)?);
        }
        if flags & GIVEN_UP != 0 {
            for place in &mut self.standing.given_up.0 {
                *place = reader.u32()?;
            }
            let GivenUp(places) = &self.standing.given_up;
            let none = self.standing.given_up == GivenUp::NONE;
            if none || places.iter().any(|place| *place > self.view.meters()) {
                return Err(bad.into());
            }
        }
        if flags & JOINING != 0 {
            self.joining = Some(Joining::read(&mut reader, &self.params, &self.view)?);
        }
        if flags & SEAT != 0 {
            self.seat = Some(Seat::read(&mut reader, &self.params, &self.view)?);
        }
        reader.end()?;
        let taken = self.joining.iter().map(|joining| joining.generation);
        if taken.chain(self.generation()).any(|generation| generation > self.latest.0) {
            return Err(bad.into());
        }
        Ok(self)
    }

    /// A record says that this meter took part in a later generation than its state knew of. What it would have gone on
    /// with may be in use elsewhere by now. A member's own place it may keep: at worst its ciphertexts are not taken, and
    /// of a healed ring it takes the Heal frame again.
    pub(super) fn outdated(&mut self) {
        let latest = self.latest.0;
        self.joining = None;
        self.seat = self.seat.take().filter(|seat| seat.lead.is_none());
        self.standing.followed = self.standing.followed.filter(|claim| claim.generation > latest);
    }
}

impl<const C: usize> Joining<C> {
    fn write(&self, writer: &mut Writer<'_>, channels: usize) -> Result<(), Error> {
        writer.u32(self.generation.0)?;
        writer.u32(self.from.to_u32())?;
        writer.u8(self.agreed.into())?;
        let Listed { position, peer } = &self.concentrator;
        writer.u32(*position)?;
        writer.u32(peer.id.0)?;
        writer.bytes(&peer.link.0)?;
        write_key(writer, &self.follows.tag_key)?;
        write_key(writer, &self.follows.heal_key)?;
        writer.u32(self.own.sender.0)?;
        write_key(writer, &self.own.token_key)?;
        writer.bytes(&self.own.token_link.0)?;
        write_words(writer, &self.own.first, channels)
    }

    fn read(reader: &mut Reader<'_>, params: &Params, view: &EpochView) -> Result<Self, Error> {
        let (generation, from) = (Generation(reader.u32()?), read_round(reader, view)?);
        let agreed = match reader.u8()? {
            0 => false,
            1 if params.agreement() => true,
            _ => return Err(Malformed::BadRecord.into()),
        };
        let (position, id) = (reader.u32()?, PartyId(reader.u32()?));
        let concentrator = Listed { position, peer: Peer { id, link: LinkPublic(*reader.array()?) } };
        let follows = Follows { id, tag_key: read_key(reader)?, heal_key: read_key(reader)? };
        let sender = PartyId(reader.u32()?);
        let (token_key, token_link) = (read_key(reader)?, LinkPublic(*reader.array()?));
        let first = read_words(reader, params.modulus(), view.channels())?;
        let own = Share { sender, token_key, first, token_link };
        Ok(Joining { generation, from, concentrator, follows, agreed, own })
    }
}

impl<const C: usize> Seat<C> {
    fn write(&self, writer: &mut Writer<'_>, channels: usize) -> Result<(), Error> {
        let Root { generation, from, set: formed, token_key, follows } = &self.root;
        writer.u8(set(&[
            (self.until.is_some(), TERM),
            (self.spent.is_some(), SPENT),
            (self.healed.is_some(), HEALED),
            (self.lead.is_some(), LEADS),
            (self.links.second.is_some(), SECOND),
        ]))?;
        writer.u32(self.generation.0)?;
        writer.u32(self.from.to_u32())?;
        writer.u32(self.until.map_or(0, Round::to_u32))?;
        writer.u32(self.spent.map_or(0, Round::to_u32))?;
        writer.u32(self.count)?;
        writer.u32(self.step)?;
        writer.u32(self.sender.0)?;
        writer.u32(generation.0)?;
        writer.u32(from.to_u32())?;
        writer.bytes(formed)?;
        write_key(writer, token_key)?;
        if let Some(lead) = &self.lead {
            write_key(writer, &lead.supplier)?;
        }
        if let Some(follows) = follows {
            writer.u32(follows.id.0)?;
            write_key(writer, &follows.tag_key)?;
            write_key(writer, &follows.heal_key)?;
        }
        if let Some(healed) = &self.healed {
            writer.bytes(&healed.set)?;
            write_key(writer, &healed.token_key)?;
        }
        let Neighbours { predecessor, successor, second } = self.links.each_ref();
        let across = second.into_iter().flat_map(|(before, after)| [before, after]);
        for link in [predecessor, successor].into_iter().chain(across) {
            writer.u32(link.peer.0)?;
            write_key(writer, &link.key)?;
        }
        write_words(writer, &self.first, channels)
    }

    fn read(reader: &mut Reader<'_>, params: &Params, view: &EpochView) -> Result<Self, Error> {
        let flags = reader.u8()?;
        let has = |flag: u8| flags & flag != 0;
        let fits = flags <= (TERM | SPENT | HEALED | LEADS | SECOND)
            && has(TERM) == params.mean_term().is_some()
            && has(SECOND) == params.second_ring();
        let (generation, from) = (Generation(reader.u32()?), read_round(reader, view)?);
        let (until, spent) = (Round::from(reader.u32()?), Round::from(reader.u32()?));
        let (count, step, sender) = (reader.u32()?, reader.u32()?, PartyId(reader.u32()?));
        let (formed, since) = (Generation(reader.u32()?), read_round(reader, view)?);
        // Absent values are zero.
        let fits = fits && (has(TERM) || until.to_u32() == 0) && (has(SPENT) || spent.to_u32() == 0);
        if !fits || step > view.last_step() || formed > generation || since > from {
            return Err(Malformed::BadRecord.into());
        }
        let (set, token_key) = (*reader.array()?, read_key(reader)?);
        let (mut lead, mut follows, mut healed) = (None, None, None);
        if has(LEADS) {
            lead = Some(Lead { supplier: read_key(reader)?, circling: None });
        } else {
            let id = PartyId(reader.u32()?);
            follows = Some(Follows { id, tag_key: read_key(reader)?, heal_key: read_key(reader)? });
        }
        if has(HEALED) {
            healed = Some(Healed { set: *reader.array()?, token_key: read_key(reader)? });
        }
        let (predecessor, successor) = (read_link(reader)?, read_link(reader)?);
        let second = if has(SECOND) { Some((read_link(reader)?, read_link(reader)?)) } else { None };
        let first = read_words(reader, params.modulus(), view.channels())?;
        Ok(Seat {
            generation,
            from,
            until: Some(until).filter(|_| has(TERM)),
            root: Root { generation: formed, from: since, set, token_key, follows },
            healed,
            count,
            sender,
            first,
            links: Neighbours { predecessor, successor, second },
            step,
            spent: Some(spent).filter(|_| has(SPENT)),
            lead,
        })
    }
}

fn set(flags: &[(bool, u8)]) -> u8 {
    flags.iter().filter(|(set, _)| *set).fold(0, |flags, (_, bit)| flags | bit)
}

/// A claim that was checked. What follows from the draw is drawn again.
fn write_claim(writer: &mut Writer<'_>, claim: &Claim) -> Result<(), Error> {
    for field in [claim.generation.0, claim.from.to_u32(), claim.id.0, claim.position, claim.count] {
        writer.u32(field)?;
    }
    Ok(writer.bytes(&claim.set)?)
}

fn read_claim(reader: &mut Reader<'_>, params: &Params, view: &EpochView) -> Result<Claim, Error> {
    let (generation, from) = (Generation(reader.u32()?), read_round(reader, view)?);
    let (id, position, count) = (PartyId(reader.u32()?), reader.u32()?, reader.u32()?);
    let term = generation.term(view.epoch(), params.mean_term().ok_or(Malformed::BadRecord)?);
    let until = Round::from(from.to_u32().saturating_add(term));
    let draw = Order::new(view.epoch(), generation, view.meters()).place(position)?;
    Ok(Claim { generation, from, until, id, position, count, set: *reader.array()?, draw })
}

fn read_round(reader: &mut Reader<'_>, view: &EpochView) -> Result<Round, Error> {
    let round = Round::from(reader.u32()?);
    if view.contains(round) { Ok(round) } else { Err(Malformed::BadRecord.into()) }
}

fn write_key(writer: &mut Writer<'_>, key: &PairKey) -> Result<(), Error> {
    Ok(writer.bytes(&*key.to_bytes())?)
}

fn read_key(reader: &mut Reader<'_>) -> Result<PairKey, Error> {
    Ok(PairKey::from_bytes(reader.array()?))
}

fn read_link(reader: &mut Reader<'_>) -> Result<Link, Error> {
    Ok(Link { peer: PartyId(reader.u32()?), key: read_key(reader)? })
}

fn write_words<const C: usize>(
    writer: &mut Writer<'_>,
    words: &Words<C>,
    channels: usize,
) -> Result<(), Error> {
    let bytes = words.to_bytes();
    Ok(writer.bytes(bytes.as_flattened().get(..channels.wrapping_mul(WORD)).ok_or(Misuse::WrongLength)?)?)
}

fn read_words<const C: usize>(
    reader: &mut Reader<'_>,
    modulus: Modulus,
    channels: usize,
) -> Result<Words<C>, Error> {
    let mut bytes = Words::<C>::zero(modulus).to_bytes();
    let stored = reader.bytes(channels.wrapping_mul(WORD))?;
    let places = bytes.as_flattened_mut().iter_mut();
    places.zip(stored).for_each(|(place, byte)| *place = *byte);
    Words::from_bytes(modulus, &bytes)
}

//! Healing a ring: those who fell silent are cut out, and the others go on.

use alloc::vec::Vec;
use core::fmt;

use meter_link::frame::{Header, Kind, Reader, Tag, Writer};
use meter_link::key::{LinkSecret, PairKey};
use meter_link::pad::Stream;
use meter_link::{PartyId, Prepared, Round};
use rand_core::CryptoRng;

use super::book::{Book, here};
use crate::error::{Error, Misuse};
use crate::generation::{self, Generation, GenerationRecord};
use crate::heal::Left;
use crate::key::Words;
use crate::message::{self, WORD};
use crate::meter::Meter;
use crate::order::Listed;
use crate::seat::{Members, Renewed, Seat};

/// A healed ring's frames, to be sent, and sent again to whom they did not reach.
pub struct Healing {
    /// To each member that is left but the concentrator.
    pub members: Vec<(PartyId, Vec<u8>)>,
    /// To the supplier.
    pub supplier: Vec<u8>,
}

impl Book {
    /// Heals the ring: from round `from` on it is one of those who are left when the meters at the positions `cut` are
    /// taken out, as generation `generation`. `meter` is its concentrator, and goes on as such. The frames can be had once the
    /// record is stored. A round that is going around is given up.
    ///
    /// Nobody needs to answer: the members' new first keys are made of keys that both sides have.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongRole`] if `meter` is not this ring's concentrator, or `link` is not its;
    /// [`meter_link::Misuse::OutOfOrder`] for a round that is not after the ring's first one and after the last one that the
    /// meter sent in, after 254 healings, and in groups with terms unless the ring is known to be broken ([`Meter::broken`],
    /// [`Meter::lost`]);
    /// [`Misuse::TermOver`]; [`Misuse::GenerationUsed`]; [`Misuse::NotAgreed`] where members sign their set;
    /// [`meter_link::Misuse::UnknownParty`] for positions that are not those of members, or are the concentrator's;
    /// [`meter_link::Misuse::EmptyGroup`] for none; [`Misuse::RingTooSmall`];
    /// [`meter_link::Misuse::RoundOutsideEpoch`], [`meter_link::Misuse::RoundFarFromNow`];
    /// [`Fault`](crate::Fault) blaming a neighbour for its key. Nothing has changed then.
    #[allow(clippy::too_many_arguments)] // a step takes what it needs, and nothing of it belongs together
    pub fn heal<const C: usize, R: CryptoRng + ?Sized>(
        &mut self,
        meter: &mut Meter<C>,
        link: &LinkSecret,
        now: Round,
        from: Round,
        generation: Generation,
        cut: &[u32],
        rng: &mut R,
    ) -> Result<Prepared<Healing, GenerationRecord>, Error> {
        meter.check_link(link)?;
        let (view, params, me) = (meter.view, meter.params, meter.id());
        let seat = self.lead(meter)?;
        view.check_own_round(now, from)?;
        if from <= seat.from || seat.spent.is_some_and(|spent| from <= spent) {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        if seat.until.is_some_and(|until| from >= until) {
            return Err(Misuse::TermOver.into());
        }
        if params.agreement() {
            return Err(Misuse::NotAgreed.into());
        }
        if params.mean_term().is_some() && !meter.standing.broken {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        if generation <= seat.generation || !meter.latest.admits(&view, generation, from) {
            return Err(Misuse::GenerationUsed.into());
        }
        let left = self.without(cut, meter.me.position)?;
        if left.iter().filter(|left| **left).count() < params.min_ring() as usize {
            return Err(Misuse::RingTooSmall.into());
        }
        let sets = self.sets.with(&left)?;
        let mut reader = Reader::new(sets.as_bytes());
        let who = Left::read(&mut reader, &view, seat.members())?;
        let Members { count, digest } = who.members(view.epoch());
        let around = who.neighbours(&self.order, meter.me.position, params.second_ring())?;
        let around = around.try_map(|position| self.listed(position))?;
        let (step, links, heal) = meter.healed_links(link, seat, from, &around)?;
        let keys = seat.healed_keys(generation, digest)?;

        // Members' first keys are pads, and the own one is drawn and hedged with other pads of the same keys.
        let channels = view.channels();
        let mut first = Words::<C>::draw(params.modulus(), channels, rng);
        let mut group_key = Words::<C>::zero(params.modulus());
        // Room for all at once: a vector that grows leaves keys in freed memory.
        let mut heal_keys = Vec::with_capacity(self.members.len());
        let mut frames = Vec::with_capacity(self.members.len());
        for member in self.members.iter().filter(|member| here(&left, &member.listed)) {
            let mut key = PairKey::from_bytes(&member.heal_key.to_bytes());
            (self.step..step).for_each(|_| key.ratchet());
            let healed = generation.healed_key(&digest, &key)?;
            group_key.hedge(&healed, from, Stream::Mask, channels);
            first.hedge(&healed, from, Stream::Share, channels);
            let header = view.header(Kind::Heal, 0, me, from);
            let frame = heal_frame(&header, generation, &member.tag_key, sets.as_bytes())?;
            frames.push((member.listed.peer.id, frame));
            heal_keys.push(key);
        }
        group_key.add(first.iter());
        let out = self.members.iter().filter(|member| !here(&left, &member.listed));
        let out: Vec<_> = out.map(|member| (member.name, member.listed.position)).collect();
        let words = group_key.to_bytes();
        let words = words.as_flattened().get(..channels.wrapping_mul(WORD)).unwrap_or_default();
        let key = generation.healed_seal_key(&self.supplier)?;
        let header = view.header(Kind::Healed, 0, me, from);
        let supplier = healed_frame(&header, generation, &key, words, &out, params.mean_term().is_some())?;
        let record = generation::encode(&view, generation)?;

        meter.settle(generation, from, count, Renewed { first, keys, links, step, heal });
        (self.generation, self.step, self.left, self.sets) = (generation, step, left, sets);
        let mut heal_keys = heal_keys.into_iter();
        for member in &mut self.members {
            let next = if here(&self.left, &member.listed) { heal_keys.next() } else { None };
            match next {
                Some(key) => member.heal_key = key,
                None => member.wipe(),
            }
        }
        Ok(Prepared::new(record, Healing { members: frames, supplier }))
    }

    /// The place of this ring's concentrator.
    fn lead<'m, const C: usize>(&self, meter: &'m Meter<C>) -> Result<&'m Seat<C>, Error> {
        let seat = meter.seat.as_ref().filter(|seat| seat.lead.is_some());
        let seat =
            seat.filter(|seat| (seat.root.generation, seat.generation) == (self.root, self.generation));
        seat.ok_or_else(|| meter_link::Misuse::WrongRole.into())
    }

    /// Who is left without these members.
    fn without(&self, cut: &[u32], me: u32) -> Result<Vec<bool>, Error> {
        if cut.is_empty() {
            return Err(meter_link::Misuse::EmptyGroup.into());
        }
        let mut left = self.left.clone();
        for position in cut {
            match left.get_mut(*position as usize) {
                Some(here) if *here && *position != me => *here = false,
                _ => return Err(meter_link::Misuse::UnknownParty.into()),
            }
        }
        Ok(left)
    }

    /// The entry of a member at a position.
    fn listed(&self, position: u32) -> Result<Listed, Error> {
        let place = self.members.binary_search_by_key(&position, |member| member.listed.position);
        let member = place.ok().and_then(|place| self.members.get(place));
        Ok(member.ok_or(meter_link::Misuse::UnknownParty)?.listed)
    }
}

/// `generation u32 ‖ n u8 ‖ n sets`: who formed the ring, and who was left after each healing.
fn heal_frame(header: &Header, generation: Generation, key: &PairKey, sets: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = alloc::vec![0u8; sets.len().saturating_add(Header::LEN + 4 + Tag::LEN)];
    let mut writer = Writer::frame(&mut out, header)?;
    writer.u32(generation.0)?;
    writer.bytes(sets)?;
    writer.finish_tagged(header, key)?;
    Ok(out)
}

/// K, the names that are out, and in groups with terms the positions of who had them, for their licences.
fn healed_frame(
    header: &Header,
    generation: Generation,
    key: &PairKey,
    words: &[u8],
    cut: &[(PartyId, u32)],
    positions: bool,
) -> Result<Vec<u8>, Error> {
    let ascending = |numbers: &mut Vec<u32>| {
        numbers.sort_unstable();
        let count = u32::try_from(numbers.len()).map_err(|_| meter_link::Misuse::BadParameter)?;
        let bytes = [count].iter().chain(numbers.iter()).flat_map(|number| number.to_le_bytes()).collect();
        Ok::<Vec<u8>, Error>(bytes)
    };
    let names = ascending(&mut cut.iter().map(|(name, _)| name.0).collect())?;
    let places = ascending(&mut cut.iter().map(|(_, position)| *position).collect())?;
    let places = if positions { places } else { Vec::new() };
    let parts = [words, &names, &places];
    let len = parts.iter().fold(Header::LEN + 4 + Tag::LEN, |len, part| len.saturating_add(part.len()));
    let mut out = alloc::vec![0u8; len];
    message::seal(&mut out, header, &generation.0.to_le_bytes(), PartyId::UTILITY, key, &parts)?;
    Ok(out)
}

impl fmt::Debug for Healing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Healing").field("members", &self.members.len()).finish_non_exhaustive()
    }
}

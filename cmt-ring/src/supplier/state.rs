//! What the supplier needs to go on after a restart.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::frame::{Reader, Writer};
use meter_link::key::{Link, LinkSecret, PairKey};
use meter_link::mark::check;
use meter_link::roster::Roster;
use meter_link::{EpochView, Malformed, PartyId, Round};
use zeroize::Zeroizing;

use super::{Ring, Supplier, registry};
use crate::error::Error;
use crate::generation::Generation;
use crate::message::WORD;
use crate::params::Params;

const STATE_VERSION: u8 = 22; // 23 is a meter's

/// `27 ‖ generation u32 ‖ flags u8 (1 a round was opened, 2 the generation has lost one) ‖ last round opened u32 ‖
/// check 4`. Append it, or write it over the one before.
pub type RoundRecord = [u8; RECORD_LEN];

const RECORD_LEN: usize = 1 + 4 + 1 + 4 + 4;
const ROUND_VERSION: u8 = 27; // 24 … 26 are threshold-elgamal's

const OPENED: u8 = 1;
const LOST: u8 = 2;
const RING: u8 = 4;
const TERM: u8 = 8;

const EXPELLED: u8 = 1;
const LEFT_OUT: u8 = 2;

impl Supplier {
    /// How far rounds have come. To be stored after [`Supplier::open`], before anything of the round is sent or taken.
    ///
    /// # Errors
    /// None in practice.
    pub fn progress(&self) -> Result<RoundRecord, Error> {
        let mut out = [0u8; RECORD_LEN];
        let mut writer = Writer::new(&mut out);
        writer.u8(ROUND_VERSION)?;
        writer.u32(self.latest.0.0)?;
        writer.u8(self.flags() & (OPENED | LOST))?;
        writer.u32(self.last.map_or(0, Round::to_u32))?;
        let check = check(writer.written());
        writer.bytes(&check)?;
        Ok(out)
    }

    /// Takes a stored record into account, a [`RoundRecord`] or a [`LicenceRecord`](crate::LicenceRecord), in any order.
    /// A record of a later generation than the state's means that the state is old: its ring is no more, and there is none
    /// until the next generation.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for a record that is damaged, of another kind, or cannot be of this epoch. Nothing has
    /// changed then.
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = record.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        if check(body) != *stored {
            return Err(bad.into());
        }
        let replayed = match (reader.u8()?, record.len()) {
            (ROUND_VERSION, RECORD_LEN) => self.replay_round(&mut reader),
            (registry::VERSION, registry::RECORD_LEN) => self.replay_licence(&mut reader),
            _ => Err(bad.into()),
        };
        replayed.map_err(|_| bad.into())
    }

    fn replay_round(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let (generation, flags) = (Generation(reader.u32()?), reader.u8()?);
        let last = Round::from(reader.u32()?);
        if flags & !(OPENED | LOST) != 0 || (flags & OPENED != 0 && !self.view.contains(last)) {
            return Err(Malformed::BadRecord.into());
        }
        if generation > self.latest.0 {
            self.latest.take(generation);
            (self.ring, self.lost) = (None, false);
        }
        if generation == self.latest.0 {
            self.lost |= flags & LOST != 0;
        }
        if flags & OPENED != 0 {
            self.last = self.last.max(Some(last));
        }
        Ok(())
    }

    /// All but rounds that are open and claims: the registry, how far rounds have come, and the present ring with its
    /// group key and the keys of its tokens. Secret. Store it, in place of the one before, when a generation was
    /// registered or healed and when a meter was expelled or readmitted; licences and rounds have records of their own.
    ///
    /// `22 u8 ‖ context 32 ‖ latest generation u32 ‖ flags u8 ‖ last round opened u32 ‖ each meter, by position ‖ count u32
    /// ‖ names of the generation before u32 … ‖ ring ‖ check 4` (meter-link's docs/wire.md, section 8).
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let words = self.params.channels().saturating_mul(WORD);
        let members = self.ring.as_ref().map_or(0, |ring| ring.members.len());
        let len = FIXED
            .saturating_add(self.registry.iter().count().saturating_mul(METER))
            .saturating_add(self.retired.len().saturating_mul(4))
            .saturating_add(self.ring.as_ref().map_or(0, |_| RING_FIXED.saturating_add(words)))
            .saturating_add(self.ring.as_ref().map_or(0, |ring| ring.cut.len()).saturating_mul(4))
            .saturating_add(members.saturating_mul(MEMBER));
        // Room for all at once: no copy of a key stays in freed memory.
        let mut out = Zeroizing::new(alloc::vec![0u8; len]);
        let mut writer = Writer::new(&mut out);
        writer.u8(STATE_VERSION)?;
        writer.bytes(self.view.context().as_bytes())?;
        writer.u32(self.latest.0.0)?;
        writer.u8(self.flags())?;
        writer.u32(self.last.map_or(0, Round::to_u32))?;
        for meter in self.registry.iter() {
            let left_out = if meter.left_out.is_some() { LEFT_OUT } else { 0 };
            writer.u8(left_out | if meter.expelled { EXPELLED } else { 0 })?;
            writer.u32(meter.number)?;
            writer.u32(meter.since.to_u32())?;
            writer.u32(meter.left_out.map_or(0, Round::to_u32))?;
        }
        let wide = |n: usize| u32::try_from(n).map_err(|_| meter_link::Misuse::BadParameter);
        writer.u32(wide(self.retired.len())?)?;
        self.retired.iter().try_for_each(|name| writer.u32(name.0))?;
        if let Some(ring) = &self.ring {
            let until = ring.until.map_or(0, Round::to_u32);
            let fields = [ring.generation, ring.root].map(|generation| generation.0);
            for field in fields.into_iter().chain([ring.from.to_u32(), until, ring.concentrator.0]) {
                writer.u32(field)?;
            }
            writer.bytes(&ring.frame)?;
            writer.bytes(&*ring.start_key.to_bytes())?;
            writer.bytes(&*ring.heal_key.to_bytes())?;
            ring.group_key.iter().try_for_each(|word| writer.u64(*word))?;
            writer.u32(wide(members)?)?;
            for member in &ring.members {
                writer.u32(member.peer.0)?;
                writer.bytes(&*member.key.to_bytes())?;
            }
            writer.u32(wide(ring.cut.len())?)?;
            ring.cut.iter().try_for_each(|name| writer.u32(name.0))?;
        }
        let check = check(writer.written());
        writer.bytes(&check)?;
        Ok(out)
    }

    /// Goes on from [`Supplier::to_bytes`]. Then replay the records of the epoch ([`Supplier::replay`]). `link` is the
    /// epoch's link secret, without which no further generation can be registered.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged or another epoch's; as [`Supplier::new`].
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        roster: &Roster,
        link: Option<LinkSecret>,
        state: &[u8],
    ) -> Result<Self, Error> {
        Self::check(params, view, roster, link.as_ref())?;
        let supplier = Self::without_ring(params, view, roster, link);
        supplier.read(state).map_err(|_| Malformed::BadRecord.into())
    }

    fn read(mut self, state: &[u8]) -> Result<Self, Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        let ours = check(body) == *stored && reader.u8()? == STATE_VERSION;
        if !ours || reader.array::<32>()? != self.view.context().as_bytes() {
            return Err(bad.into());
        }
        self.latest.take(Generation(reader.u32()?));
        let (flags, last) = (reader.u8()?, Round::from(reader.u32()?));
        if flags & !(OPENED | LOST | RING | TERM) != 0 {
            return Err(bad.into());
        }
        self.last = (flags & OPENED != 0).then_some(last);
        self.lost = flags & LOST != 0;
        for meter in self.registry.iter_mut() {
            let flags = reader.u8()?;
            if flags & !(EXPELLED | LEFT_OUT) != 0 {
                return Err(bad.into());
            }
            meter.expelled = flags & EXPELLED != 0;
            meter.number = reader.u32()?;
            meter.since = Round::from(reader.u32()?);
            let left_out = Round::from(reader.u32()?);
            meter.left_out = (flags & LEFT_OUT != 0).then_some(left_out);
        }
        let (names, _) = self.counted(&mut reader, 4)?.as_chunks();
        self.retired = names.iter().map(|name| PartyId(u32::from_le_bytes(*name))).collect();
        if flags & RING != 0 {
            self.ring = Some(Arc::new(self.read_ring(flags & TERM != 0, &mut reader)?));
        }
        reader.end()?;
        Ok(self)
    }

    fn read_ring(&self, has_term: bool, reader: &mut Reader<'_>) -> Result<Ring, Error> {
        let bad = Malformed::BadRecord;
        let (generation, root) = (Generation(reader.u32()?), Generation(reader.u32()?));
        let (from, until) = (Round::from(reader.u32()?), Round::from(reader.u32()?));
        let (concentrator, frame) = (PartyId(reader.u32()?), *reader.array()?);
        let (start_key, heal_key) =
            (PairKey::from_bytes(reader.array()?), PairKey::from_bytes(reader.array()?));
        let mut group_key = Zeroizing::new(Vec::with_capacity(self.params.channels()));
        for _ in 0..self.params.channels() {
            group_key.push(self.params.modulus().residue(reader.u64()?)?);
        }
        let (rows, _) = self.counted(reader, MEMBER)?.as_chunks::<MEMBER>();
        let mut members: Vec<Link> = Vec::with_capacity(rows.len());
        for row in rows {
            let mut row = Reader::new(row);
            let peer = PartyId(row.u32()?);
            members.push(Link { peer, key: PairKey::from_bytes(row.array()?) });
        }
        let rising = members.is_sorted_by(|a, b| a.peer.0.swap_bytes() < b.peer.0.swap_bytes());
        let (names, _) = self.counted(reader, 4)?.as_chunks();
        let cut: Vec<PartyId> = names.iter().map(|name| PartyId(u32::from_le_bytes(*name))).collect();
        let healed = generation > root && !cut.is_empty() && cut.is_sorted_by(|a, b| a < b);
        if !(healed || (generation == root && cut.is_empty())) {
            return Err(bad.into());
        }
        if !rising || generation != self.latest.0 || has_term != self.params.mean_term().is_some() {
            return Err(bad.into());
        }
        let until = has_term.then_some(until);
        Ok(Ring {
            generation,
            root,
            from,
            until,
            group_key,
            members,
            cut,
            concentrator,
            start_key,
            heal_key,
            frame,
        })
    }

    /// `count u32`, and so many items; never more than there are meters.
    fn counted<'a>(&self, reader: &mut Reader<'a>, size: usize) -> Result<&'a [u8], Error> {
        let count = reader.u32()?;
        if count > self.view.meters() {
            return Err(Malformed::BadRecord.into());
        }
        Ok(reader.bytes((count as usize).saturating_mul(size))?)
    }

    fn flags(&self) -> u8 {
        let term = self.ring.as_ref().is_some_and(|ring| ring.until.is_some());
        [(self.last.is_some(), OPENED), (self.lost, LOST), (self.ring.is_some(), RING), (term, TERM)]
            .into_iter()
            .filter(|(set, _)| *set)
            .fold(0, |flags, (_, bit)| flags | bit)
    }
}

const FIXED: usize = 1 + 32 + 4 + 1 + 4 + 4 + 4;
const METER: usize = 1 + 3 * 4;
const RING_FIXED: usize = 5 * 4 + 3 * 32 + 2 * 4;
const MEMBER: usize = 4 + 32;

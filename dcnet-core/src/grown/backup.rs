//! What a meter of a grown graph must find after a reboot, or a device that replaces it: its edges.

use meter_link::answer::AnswererLink;
use meter_link::frame::{Reader, Writer};
use meter_link::mark::check;
use meter_link::{Error, LinkPublic, Malformed, Misuse, PairKey, PartyId, Round};
use subtle::ConstantTimeEq;

use super::GrownMeter;
use super::slot::{Pair, Slot, State};
use crate::meter::Meter;
use crate::neighbour::Neighbour;

const VERSION: u8 = 15;
const FIXED: usize = 1 + 32 + 4 + 2 + 1 + 4 + 4 + 1 + 4;
const EDGE: usize = 4 + 4 + 4 + 1 + 32 + 32 + 4 + 32 + 32;

const STATED: u8 = 1;
const LEFT: u8 = 2;
const OFFERED: u8 = 1;

impl<N, H, S> GrownMeter<N, H, S>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsMut<[AnswererLink]>,
    S: AsRef<[Slot]> + AsMut<[Slot]>,
{
    /// Bytes that [`GrownMeter::to_bytes`] writes, at most.
    pub fn state_len(&self) -> usize {
        FIXED.wrapping_add(self.slots.as_ref().len().wrapping_mul(EDGE))
    }

    /// Writes the edges of the last statement with their keys: secret, to be stored sealed, in place of the one before.
    /// [`GrownMeter::enter`] and [`GrownMeter::leave`] hand it out as their record; after the first Open of a ratchet
    /// step it is stored anew, so that older keys are gone.
    ///
    /// `15 u8 ‖ context 32 ‖ id u32 ‖ answers left u16 ‖ flags u8 (1 stated, 2 left) ‖ stated from u32 ‖ left with u32 ‖
    /// edges u8 ‖ (position u32 ‖ id u32 ‖ first round u32 ‖ offered u8 ‖ edge 32 ‖ answered key 32 ‖ step u32 ‖ pad
    /// key 32 ‖ seal key 32) … ‖ check 4`.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] if `out` is too short.
    pub fn to_bytes<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8], Error> {
        if out.len() < self.state_len() {
            return Err(Misuse::WrongLength.into());
        }
        let mut writer = Writer::new(out);
        writer.u8(VERSION)?;
        writer.bytes(self.view().context().as_bytes())?;
        writer.u32(self.meter.place().id.0)?;
        writer.u16(self.answers)?;
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        writer.u8(flag(self.stated.is_some(), STATED) | flag(self.left.is_some(), LEFT))?;
        writer.u32(self.stated.map_or(0, Round::to_u32))?;
        writer.u32(self.left.map_or(0, Round::to_u32))?;
        writer.u8(u8::try_from(self.stated_edges().count()).map_err(|_| Misuse::WrongLength)?)?;
        for pair in self.stated_edges() {
            let (step, key) = match self.meter.edge(pair.peer).filter(|_| pair.applied) {
                Some(key) => (self.meter.step(), key),
                None => (pair.step, &pair.key),
            };
            writer.u32(pair.peer)?;
            writer.u32(pair.id.0)?;
            writer.u32(pair.first.to_u32())?;
            writer.u8(flag(pair.offered, OFFERED))?;
            writer.bytes(&pair.edge)?;
            writer.bytes(&pair.answer.0)?;
            writer.u32(step)?;
            writer.bytes(&*key.to_bytes())?;
            writer.bytes(&*pair.seal.to_bytes())?;
        }
        let check = check(writer.written());
        writer.bytes(&check)?;
        Ok(writer.finish())
    }

    /// Goes on from [`GrownMeter::to_bytes`] with its old edges, in vacant slots. The meter is made anew, by
    /// [`Meter::new`] or [`Meter::from_bytes`]; what its state knows of other edges is gone with the next Open. Then
    /// state to the utility what is there ([`GrownMeter::enter`]): the neighbours have kept their ends.
    ///
    /// A device that was away keeps out of all rounds before that statement; one whose meter came back with its
    /// neighbours goes on at once.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged or of another epoch or meter; [`Misuse::WrongLength`] unless
    /// there are as many slots as the meter has room for neighbours, and at least as many as edges;
    /// [`Misuse::OutOfOrder`] unless the slots are vacant.
    pub fn from_bytes(meter: Meter<N, H>, slots: S, state: &[u8]) -> Result<Self, Error> {
        let fresh = Self::new(meter, slots)?;
        fresh.read(state).map_err(|error| match error {
            Error::Malformed(_) => Malformed::BadRecord.into(),
            other => other,
        })
    }

    fn read(mut self, state: &[u8]) -> Result<Self, Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        let own = check(body) == *stored
            && reader.u8()? == VERSION
            && reader.array::<32>()? == self.view().context().as_bytes()
            && reader.u32()? == self.meter.place().id.0;
        if !own {
            return Err(bad.into());
        }
        self.answers = reader.u16()?.min(Self::MOST_ANSWERS);
        let flags = reader.u8()?;
        let (stated, left) = (Round::from(reader.u32()?), Round::from(reader.u32()?));
        self.stated = (flags & STATED != 0).then_some(stated);
        self.left = (flags & LEFT != 0).then_some(left);
        let count = usize::from(reader.u8()?);
        let mut edges = Reader::new(reader.bytes(count.wrapping_mul(EDGE))?);
        reader.end()?;
        if count > self.slots.as_ref().len() {
            return Err(Misuse::WrongLength.into());
        }
        let (meters, last_step, me) =
            (self.view().meters(), self.view().last_step(), self.meter.place().position);
        for slot in self.slots.as_mut().iter_mut().take(count) {
            let pair = read_edge(&mut edges)?;
            // Its step is gone through one by one.
            if pair.step > last_step || pair.peer >= meters || pair.peer == me {
                return Err(bad.into());
            }
            slot.0 = State::Paired(pair);
        }
        let peers = || self.slots.as_ref().iter().filter_map(Slot::peer);
        if peers().enumerate().any(|(n, peer)| peers().take(n).any(|earlier| earlier == peer)) {
            return Err(bad.into());
        }
        let pairs = self.slots.as_ref().iter().filter_map(Slot::pair);
        let newest = pairs.map(|pair| pair.step).max().unwrap_or(0);
        let meter = &mut self.meter;
        if meter.step() < newest {
            meter.catch_up(newest);
        }
        let mut complete = true;
        for pair in self.slots.as_mut().iter_mut().filter_map(Slot::pair_mut) {
            while pair.step < meter.step() {
                pair.key.ratchet();
                pair.step = pair.step.wrapping_add(1);
            }
            let same = meter.edge(pair.peer).map(|key| bool::from(key.ct_eq(&pair.key)));
            if same == Some(false) {
                meter.replace(pair.peer);
            }
            pair.applied = same == Some(true);
            if pair.applied {
                pair.key = PairKey::from_bytes(&[0; 32]);
            }
            complete &= pair.applied;
        }
        self.in_force = complete;
        self.behind = !complete;
        self.restored = !complete;
        self.due = true;
        Ok(self)
    }
}

fn read_edge(reader: &mut Reader<'_>) -> Result<Pair, Error> {
    Ok(Pair {
        peer: reader.u32()?,
        id: PartyId(reader.u32()?),
        first: Round::from(reader.u32()?),
        offered: reader.u8()? & OFFERED != 0,
        edge: *reader.array()?,
        answer: LinkPublic(*reader.array()?),
        step: reader.u32()?,
        key: PairKey::from_bytes(reader.array()?),
        seal: PairKey::from_bytes(reader.array()?),
        confirmed: true,
        stated: true,
        leaving: false,
        applied: false,
    })
}

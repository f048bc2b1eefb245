//! What a meter needs to go on after a reboot without its link secret, also in mid-round.

use meter_link::answer::AnswererLink;
use meter_link::frame::{Reader, Writer};
use meter_link::mark::check;
use meter_link::round::Chain;
use meter_link::{Channels, EpochView, Error, Malformed, Misuse, PairKey, PartyId, Round};

use super::{Meter, Place, Running};
use crate::neighbour::Neighbour;
use crate::params::Params;

const VERSION: u8 = 17;
const FIXED: usize = 1 + 32 + 4 + 4 + 2 + 2 + 4 + 4 + 4 + RUNNING + Chain::LEN + 32 + 1 + 4 + 4;
const RUNNING: usize = 1 + 4 + 4 + 4;
const HOLDER: usize = 32;
const NEIGHBOUR: usize = 4 + 32;

/// Flags of the round that is open.
const OPEN: u8 = 1;
const INSIDE: u8 = 2;
const CONTRIBUTED: u8 = 4;
const CLOSE_SEEN: u8 = 8;
/// It has contributed in this epoch.
const SENT: u8 = 16;

/// Bytes of a meter's state.
pub(crate) fn state_len(holders: usize, neighbours: usize) -> usize {
    let keys = holders.wrapping_mul(HOLDER).wrapping_add(neighbours.wrapping_mul(NEIGHBOUR));
    FIXED.wrapping_add(keys)
}

impl<N, H> Meter<N, H>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsRef<[AnswererLink]> + AsMut<[AnswererLink]>,
{
    /// Bytes that [`Meter::to_bytes`] writes.
    pub fn state_len(&self) -> usize {
        state_len(self.holders.as_ref().len(), self.neighbours.as_ref().len())
    }

    /// Writes what a reboot must find, all secret: keys that read what the meter sends for the rest of the epoch.
    /// Store it once the meter is made, instead of the link secret, and after the first Open of each ratchet step
    /// *over* the state before, whose keys read what was sent. Stored before a contribution or repair leaves, in
    /// addition to that step's own record, it lets the round go on after a reboot; otherwise the meter is silent
    /// for the rest of the round.
    ///
    /// `17 u8 ‖ context 32 ‖ id u32 ‖ position u32 ‖ first channel u16 ‖ channels u16 ‖ step u32 ‖ away until u32 ‖
    /// last contribution u32 ‖ flags u8 (1 a round is open, 2 this meter is in it, 4 has contributed, 8 has seen a
    /// Close; 16 there was a contribution) ‖ its round u32 ‖ present u32 ‖ left u32 ‖ chain ‖ frame key 32 ‖ holders u8 ‖ key 32 of each ‖ neighbours u32 ‖ place u32 and
    /// key 32 of each ‖ check 4`.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] if `out` is too short; it is untouched then.
    pub fn to_bytes<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8], Error> {
        let (holders, neighbours) = (self.holders.as_ref(), self.neighbours.as_ref());
        let mut writer = Writer::new(out.get_mut(..self.state_len()).ok_or(Misuse::WrongLength)?);
        writer.u8(VERSION)?;
        writer.bytes(self.view.context().as_bytes())?;
        writer.u32(self.place.id.0)?;
        writer.u32(self.place.position)?;
        writer.u16(self.place.channels.first)?;
        writer.u16(self.place.channels.count)?;
        writer.u32(self.step)?;
        writer.u32(self.away_until.to_u32())?;
        writer.u32(self.sent.map_or(0, Round::to_u32))?;
        let nothing = Running::none();
        let running = self.round.as_ref().unwrap_or(&nothing);
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        writer.u8(flag(self.round.is_some(), OPEN)
            | flag(running.own_inside, INSIDE)
            | flag(running.contributed, CONTRIBUTED)
            | flag(running.close_seen, CLOSE_SEEN)
            | flag(self.sent.is_some(), SENT))?;
        writer.u32(running.round.to_u32())?;
        writer.u32(running.present)?;
        writer.u32(running.left)?;
        self.chain.write(&mut writer)?;
        writer.bytes(&*self.frame_key.to_bytes())?;
        writer.u8(u8::try_from(holders.len()).map_err(|_| Misuse::WrongLength)?)?;
        for holder in holders {
            writer.bytes(&*holder.key().to_bytes())?;
        }
        writer.u32(u32::try_from(neighbours.len()).map_err(|_| Misuse::WrongLength)?)?;
        for neighbour in neighbours {
            writer.u32(neighbour.place())?;
            writer.bytes(&*neighbour.key().to_bytes())?;
        }
        let check = check(writer.written());
        writer.bytes(&check)?;
        Ok(writer.finish())
    }

    /// Goes on from [`Meter::to_bytes`], with the keys in the storage given. Then [`Meter::replay`] all Close
    /// records that were stored since: state of before a Close would answer a second one.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged or of another epoch; [`Misuse::WrongLength`] unless the
    /// storage has the length that the state's meter had; [`Misuse::WrongSession`]. Nothing of the state is in the
    /// storage then.
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        holder_storage: H,
        neighbour_storage: N,
        state: &[u8],
    ) -> Result<Self, Error> {
        params.check(view)?;
        Self::read(params, view, holder_storage, neighbour_storage, state).map_err(|error| match error {
            Error::Malformed(_) => Malformed::BadRecord.into(),
            other => other,
        })
    }

    fn read(
        params: &Params,
        view: &EpochView,
        mut holders: H,
        mut neighbours: N,
        state: &[u8],
    ) -> Result<Self, Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        let own = check(body) == *stored
            && reader.u8()? == VERSION
            && reader.array::<32>()? == view.context().as_bytes();
        if !own {
            return Err(bad.into());
        }
        let (id, position) = (PartyId(reader.u32()?), reader.u32()?);
        let channels = Channels { first: reader.u16()?, count: reader.u16()? };
        if channels.count != view.group().channels || position >= view.meters() {
            return Err(bad.into());
        }
        let (step, away_until) = (reader.u32()?, Round::from(reader.u32()?));
        if step > view.last_step() {
            return Err(bad.into());
        }
        let sent = Round::from(reader.u32()?);
        let flags = reader.u8()?;
        let running = Running {
            round: Round::from(reader.u32()?),
            present: reader.u32()?,
            own_inside: flags & INSIDE != 0,
            contributed: flags & CONTRIBUTED != 0,
            close_seen: flags & CLOSE_SEEN != 0,
            left: reader.u32()?,
        };
        if flags > (OPEN | INSIDE | CONTRIBUTED | CLOSE_SEEN | SENT) {
            return Err(bad.into());
        }
        let round = (flags & OPEN != 0).then_some(running);
        let chain = Chain::read(&mut reader)?;
        let frame_key = PairKey::from_bytes(reader.array()?);
        if reader.u8()? != view.answerers() {
            return Err(bad.into());
        }
        if holders.as_ref().len() != usize::from(view.answerers()) {
            return Err(Misuse::WrongLength.into());
        }
        let keys = reader.bytes(usize::from(view.answerers()).wrapping_mul(HOLDER))?;
        if reader.u32()? as usize != neighbours.as_ref().len() {
            return Err(Misuse::WrongLength.into());
        }
        let pairs = reader.bytes(neighbours.as_ref().len().saturating_mul(NEIGHBOUR))?;
        reader.end()?;
        for (link, key) in holders.as_mut().iter_mut().zip(keys.as_chunks::<HOLDER>().0) {
            *link.key_mut() = PairKey::from_bytes(key);
        }
        for (neighbour, pair) in neighbours.as_mut().iter_mut().zip(pairs.as_chunks::<NEIGHBOUR>().0) {
            let mut pair = Reader::new(pair);
            neighbour.restore(pair.u32()?, PairKey::from_bytes(pair.array()?));
        }
        Ok(Meter {
            view: *view.terms(),
            opens: params.threshold().map_or(0, |threshold| threshold.threshold()),
            min_neighbours: params.least_left(view.meters(), neighbours.as_ref().len()),
            place: Place { id, position, channels },
            step,
            frame_key,
            neighbours,
            holders,
            chain,
            round,
            sent: Some(sent).filter(|_| flags & SENT != 0),
            away_until,
        })
    }
}

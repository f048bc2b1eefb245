//! What a meter needs to go on after a reboot without its link secret.

use meter_link::answer::AnswererLink;
use meter_link::frame::{Reader, Writer};
use meter_link::mark::check;
use meter_link::{Channels, EpochView, Error, Malformed, Misuse, PairKey, Round};

use super::Meter;
use crate::params::Params;

const VERSION: u8 = 10;
const FIXED: usize = 1 + 32 + 4 + 2 + 2 + 4 + 1 + 4 + 32 + 4;

pub(crate) fn state_len(aggregators: u8) -> usize {
    FIXED.wrapping_add(usize::from(aggregators).wrapping_mul(32))
}

impl<A: AsRef<[AnswererLink]> + AsMut<[AnswererLink]>> Meter<A> {
    /// Writes what a reboot must find, [`Params::meter_state_len`] bytes, all secret: keys that read what the meter
    /// sends for the rest of the epoch. Store it once the meter is made, instead of the link secret, and again
    /// after the first contribution of a ratchet step, *over* the state before, whose keys read what was sent. The
    /// device's mark is stored by itself, and still guards each contribution.
    ///
    /// `10 u8 ‖ context 32 ‖ id u32 ‖ first channel u16 ‖ channels u16 ‖ step u32 ‖ spent u8 ‖ last round u32 ‖ frame
    /// key 32 ‖ key 32 of each aggregator ‖ check 4`.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] if `out` is too short; it is untouched then.
    pub fn to_bytes<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8], Error> {
        let links = self.aggregators.as_ref();
        let len = state_len(u8::try_from(links.len()).map_err(|_| Misuse::WrongLength)?);
        let mut writer = Writer::new(out.get_mut(..len).ok_or(Misuse::WrongLength)?);
        writer.u8(VERSION)?;
        writer.bytes(self.view.context().as_bytes())?;
        writer.u32(self.id.0)?;
        writer.u16(self.channels.first)?;
        writer.u16(self.channels.count)?;
        writer.u32(self.step)?;
        writer.u8(u8::from(self.spent.is_some()))?;
        writer.u32(self.spent.map_or(0, Round::to_u32))?;
        for key in core::iter::once(&self.frame_key).chain(links.iter().map(AnswererLink::key)) {
            writer.bytes(&*key.to_bytes())?;
        }
        let check = check(writer.written());
        writer.bytes(&check)?;
        Ok(writer.finish())
    }

    /// Goes on from [`Meter::to_bytes`], with the keys in `storage`.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged or of another epoch; [`Misuse::WrongLength`] unless
    /// `storage` has a place for each aggregator; [`Misuse::WrongSession`]. Nothing of the state is in `storage` then.
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        mut storage: A,
        state: &[u8],
    ) -> Result<Self, Error> {
        let bad = Malformed::BadRecord;
        params.check(view)?;
        if storage.as_ref().len() != usize::from(view.answerers()) {
            return Err(Misuse::WrongLength.into());
        }
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        if state.len() != state_len(view.answerers()) || check(body) != *stored {
            return Err(bad.into());
        }
        let mut reader = Reader::new(body);
        if reader.u8()? != VERSION || reader.array::<32>()? != view.context().as_bytes() {
            return Err(bad.into());
        }
        let id = meter_link::PartyId(reader.u32()?);
        let channels = Channels { first: reader.u16()?, count: reader.u16()? };
        if channels.count != view.group().channels {
            return Err(bad.into());
        }
        let step = reader.u32()?;
        let spent = match (reader.u8()?, Round::from(reader.u32()?)) {
            (0, _) => None,
            (1, round) => Some(round),
            _ => return Err(bad.into()),
        };
        let frame_key = PairKey::from_bytes(reader.array()?);
        for link in storage.as_mut() {
            *link.key_mut() = PairKey::from_bytes(reader.array()?);
        }
        let (view, params) = (*view.terms(), *params);
        Ok(Meter { view, params, id, channels, step, spent, frame_key, aggregators: storage })
    }
}

//! A round that takes contributions.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use meter_link::frame::Reader;
use meter_link::head::Parties;
use meter_link::mark::check;
use meter_link::round::{FrameHash, frame_hash};
use meter_link::{Malformed, PartyId, Round};

use crate::error::{Error, Fault};
use crate::verify::{Contribution, Verifier};

/// A round that takes contributions. It closes once:
///
/// ```compile_fail,E0382
/// # use ckks_agg::{Analytics, Collecting};
/// fn twice(utility: &mut Analytics, round: Collecting, quorum: &meter_link::answer::Quorum) {
///     let first = utility.close(round, quorum);
///     let second = utility.close(round, quorum);
/// }
/// ```
#[derive(Debug)]
pub struct Collecting {
    verifier: Arc<Verifier>,
    pub(super) parties: Arc<Parties>,
    pub(super) round: Round,
    pub(super) open_hash: FrameHash,
    frame: Vec<u8>,
    pub(super) present: Vec<bool>,
    /// By position.
    pub(super) contributions: Vec<Option<Contribution>>,
}

impl Collecting {
    pub(super) fn new(
        verifier: &Arc<Verifier>,
        parties: &Arc<Parties>,
        round: Round,
        frame: Vec<u8>,
        present: &[bool],
    ) -> Self {
        Collecting {
            verifier: Arc::clone(verifier),
            parties: Arc::clone(parties),
            round,
            open_hash: frame_hash(&frame),
            frame,
            present: present.to_vec(),
            contributions: vec![None; present.len()],
        }
    }

    /// The signed Open, for answerers and meters.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// The round.
    pub fn round(&self) -> Round {
        self.round
    }

    /// Takes a meter's contribution; the same frame again changes nothing.
    ///
    /// # Errors
    /// As [`Verifier::verify`] and [`Collecting::add`]. Nothing has changed then.
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        let contribution = self.verifier.verify(self.round, frame)?;
        self.add(contribution)
    }

    /// Takes a contribution that [`Analytics::verifier`](super::Analytics::verifier) has checked.
    ///
    /// # Errors
    /// [`meter_link::Misuse::OutOfOrder`] if it was checked for another epoch or round; [`Fault`] blaming the meter: not among the
    /// present, a second and different contribution. Nothing has changed then.
    pub fn add(&mut self, contribution: Contribution) -> Result<PartyId, Error> {
        self.verifier.check(self.round, &contribution)?;
        let (meter, place) = (contribution.meter(), contribution.position());
        if !self.present.get(place).copied().unwrap_or(false) {
            return Err(Fault::Link(meter_link::Fault::NotExpected).of(meter));
        }
        // A path of a list leads to one meter's own polynomials.
        if self.verifier.params().trusts_all_meters() {
            let mut others = self.contributions.iter().flatten().filter(|other| other.meter() != meter);
            if others.any(|other| other.second() == contribution.second()) {
                return Err(Fault::RepeatedSeed.of(meter));
            }
        }
        let slot = self.contributions.get_mut(place).ok_or(Error::Inconsistent)?;
        if let Some(earlier) = slot {
            let same = earlier.frame() == contribution.frame();
            let fault = Fault::Link(meter_link::Fault::Contradiction);
            return if same { Ok(meter) } else { Err(fault.of(meter)) };
        }
        *slot = Some(contribution);
        Ok(meter)
    }

    /// Takes out a meter that the key holder has refused.
    pub fn remove(&mut self, meter: PartyId) {
        for slot in &mut self.contributions {
            if slot.as_ref().is_some_and(|contribution| contribution.meter() == meter) {
                *slot = None;
            }
        }
    }

    /// Meters that are present and have not sent.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        let meters = self.parties.roster().meters();
        let waiting = self.present.iter().zip(&self.contributions).zip(meters);
        waiting.filter(|((present, here), _)| **present && here.is_none()).map(|(_, meter)| meter.id)
    }

    /// What has come so far, to be stored before a Close is made of it: who starts again with
    /// [`Analytics::reopen`](super::Analytics::reopen) can close the same set. `38 u8 ‖ Open's length u32 ‖ Open ‖ frames,
    /// ascending by id ‖ check 4`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = vec![STATE_VERSION];
        let len = u32::try_from(self.frame.len()).map_err(|_| meter_link::Misuse::WrongLength)?;
        out.extend(len.to_le_bytes());
        out.extend(&self.frame);
        self.contributions.iter().flatten().for_each(|contribution| out.extend(contribution.frame()));
        let check = check(&out);
        out.extend(check);
        Ok(out)
    }
}

const STATE_VERSION: u8 = 38;

/// Open and frames, of `len` bytes each, out of [`Collecting::to_bytes`].
pub(super) fn stored(state: &[u8], len: usize) -> Result<(&[u8], Vec<&[u8]>), Error> {
    let bad = Malformed::BadRecord;
    let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
    let mut reader = Reader::new(body);
    if check(body) != *stored || reader.u8()? != STATE_VERSION {
        return Err(bad.into());
    }
    let open = reader.u32()? as usize;
    let (open, frames) = (reader.bytes(open)?, reader.bytes(reader.left())?.chunks_exact(len.max(1)));
    if !frames.remainder().is_empty() {
        return Err(bad.into());
    }
    Ok((open, frames.collect()))
}

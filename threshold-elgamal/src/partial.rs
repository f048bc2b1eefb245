//! Sums of verified contributions that any engine may add in any order: over meters, and over time.
//!
//! They serve speed, not trust. **No trustee takes one**: each adds up itself what it has verified itself, since whoever
//! is believed a sum can pass off one meter's ciphertext as it (protocols.md, section 6). A utility may compare them
//! with its own, or forecast from them.

mod time;

pub use time::MeterSum;

use alloc::vec::Vec;

use meter_link::frame::Reader;
use meter_link::mark::check;
use meter_link::set::Members;
use meter_link::{Context, Malformed, Misuse, Round};

use crate::ciphertext::Ciphertext;
use crate::equality::Encoded;
use crate::error::Error;
use crate::verify::{Contribution, Verifier};

/// The sum of verified contributions of one round, and whose they are. Merging is associative and commutative; a
/// member counts once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialSum {
    context: Context,
    key_set: [u8; 32],
    round: Round,
    members: Members,
    channels: Vec<Ciphertext>,
}

const VERSION: u8 = 24; // 1 … 19 are records and states of other roles

impl PartialSum {
    /// Over contributions of one round that `verifier` has verified.
    ///
    /// # Errors
    /// [`Misuse::CountedTwice`] for a second contribution of a meter;
    /// [`WrongContribution`](crate::Misuse::WrongContribution) for one that was verified for another epoch, key set or
    /// round.
    pub fn of<'c>(
        verifier: &Verifier,
        round: Round,
        contributions: impl IntoIterator<Item = &'c Contribution>,
    ) -> Result<Self, Error> {
        let view = verifier.view();
        let mut members = Members::none(view.meters());
        let mut channels = alloc::vec![Ciphertext::sum([]); view.channels()];
        for contribution in contributions {
            verifier.check(round, contribution)?;
            let place = u32::try_from(contribution.position()).map_err(|_| Misuse::UnknownParty)?;
            if members.contains(place) {
                return Err(Misuse::CountedTwice.into());
            }
            members.set(place, true);
            add(&mut channels, contribution.ciphertexts());
        }
        let (context, key_set) = (*view.context(), *verifier.key().key_set());
        Ok(PartialSum { context, key_set, round, members, channels })
    }

    /// The round.
    pub fn round(&self) -> Round {
        self.round
    }

    /// Whose contributions are in, by position.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// How many.
    pub fn count(&self) -> u32 {
        self.members.count()
    }

    /// The sum of each channel.
    pub fn channels(&self) -> &[Ciphertext] {
        &self.channels
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Misuse::CountedTwice`] if a meter is in both; [`Misuse::OutOfOrder`] for another epoch, key set or round.
    pub fn merge(mut self, other: &PartialSum) -> Result<Self, Error> {
        let scope = |p: &PartialSum| (p.context, p.key_set, p.round, p.members.total(), p.channels.len());
        if scope(&self) != scope(other) {
            return Err(Misuse::OutOfOrder.into());
        }
        if self.members.meets(&other.members) {
            return Err(Misuse::CountedTwice.into());
        }
        self.members = self.members.difference(&other.members);
        add(&mut self.channels, &other.channels);
        Ok(self)
    }

    /// `24 u8 ‖ context 32 ‖ key set hash 32 ‖ round u32 ‖ meters of the roster u32 ‖ set of members ‖ channels u16 ‖
    /// (R 32 ‖ C 32) … ‖ check 4`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = alloc::vec![VERSION];
        out.extend(self.context.as_bytes());
        out.extend(self.key_set);
        out.extend(self.round.to_u32().to_le_bytes());
        out.extend(self.members.total().to_le_bytes());
        out.extend(self.members.to_bytes()?);
        write(&mut out, &self.channels)?;
        Ok(out)
    }

    /// From [`PartialSum::to_bytes`], of a roster of at most `most_meters`.
    ///
    /// # Errors
    /// [`Malformed`], [`Malformed::BadRecord`] if damaged or too large, or for points that are none.
    pub fn from_bytes(bytes: &[u8], most_meters: u32) -> Result<Self, Error> {
        let mut reader = body(bytes, VERSION)?;
        let (context, key_set) = (Context(*reader.array()?), *reader.array()?);
        let (round, total) = (Round::from(reader.u32()?), reader.u32()?);
        if total > most_meters {
            return Err(Malformed::BadRecord.into());
        }
        let members = Members::read(&mut reader, total)?;
        let channels = read(reader)?;
        Ok(PartialSum { context, key_set, round, members, channels })
    }
}

fn add(sums: &mut [Ciphertext], more: &[Ciphertext]) {
    for (sum, one) in sums.iter_mut().zip(more) {
        *sum = Ciphertext { r: sum.r + one.r, c: sum.c + one.c };
    }
}

/// `channels u16 ‖ (R 32 ‖ C 32) … ‖ check 4`.
fn write(out: &mut Vec<u8>, channels: &[Ciphertext]) -> Result<(), Error> {
    out.extend(u16::try_from(channels.len()).map_err(|_| Misuse::WrongLength)?.to_le_bytes());
    channels.iter().for_each(|sum| out.extend(sum.to_bytes()));
    let check = check(out);
    out.extend(check);
    Ok(())
}

/// What stands between the version and the check.
fn body(bytes: &[u8], version: u8) -> Result<Reader<'_>, Error> {
    let (body, stored) = bytes.split_last_chunk::<4>().ok_or(Malformed::Truncated)?;
    let mut reader = Reader::new(body);
    if check(body) != *stored || reader.u8()? != version {
        return Err(Malformed::BadRecord.into());
    }
    Ok(reader)
}

/// All that is left. A sum over nobody has identities, which no contribution has.
fn read(mut reader: Reader<'_>) -> Result<Vec<Ciphertext>, Error> {
    let count = usize::from(reader.u16()?);
    let mut sums = Reader::new(reader.bytes(count.saturating_mul(Ciphertext::LEN))?);
    reader.end()?;
    let mut point = || {
        let point = Encoded::from_bytes(sums.array()?).map_err(|_| Malformed::BadRecord)?;
        Ok::<_, Error>(*point.point())
    };
    (0..count).map(|_| Ok(Ciphertext { r: point()?, c: point()? })).collect()
}

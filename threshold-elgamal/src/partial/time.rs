//! A meter's sum over rounds.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use meter_link::{Context, Malformed, Misuse, PartyId, Round};

use super::{add, body, read, write};
use crate::ciphertext::Ciphertext;
use crate::error::Error;
use crate::verify::{Contribution, Verifier};

/// The sum of one meter's verified contributions, and of which rounds they are. Merging is associative and commutative; a
/// round counts once.
///
/// What trustees help to open is such a sum of a window's closed rounds, of all billed meters at once
/// ([`Utility::bill`](crate::Utility::bill)), and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterSum {
    context: Context,
    key_set: [u8; 32],
    meter: PartyId,
    rounds: BTreeSet<Round>,
    channels: Vec<Ciphertext>,
}

const VERSION: u8 = 25; // 24 is a partial sum

impl MeterSum {
    /// Over contributions of one meter that `verifier` has verified.
    ///
    /// # Errors
    /// [`Misuse::CountedTwice`] for a second contribution of a round; [`Misuse::OutOfOrder`] for one of another meter;
    /// [`WrongContribution`](crate::Misuse::WrongContribution) for one that was verified for another epoch or key set.
    pub fn of<'c>(
        verifier: &Verifier,
        meter: PartyId,
        contributions: impl IntoIterator<Item = &'c Contribution>,
    ) -> Result<Self, Error> {
        let view = verifier.view();
        let mut rounds = BTreeSet::new();
        let mut channels = alloc::vec![Ciphertext::sum([]); view.channels()];
        for contribution in contributions {
            verifier.check(contribution.round(), contribution)?;
            if contribution.meter() != meter {
                return Err(Misuse::OutOfOrder.into());
            }
            if !rounds.insert(contribution.round()) {
                return Err(Misuse::CountedTwice.into());
            }
            add(&mut channels, contribution.ciphertexts());
        }
        let (context, key_set) = (*view.context(), *verifier.key().key_set());
        Ok(MeterSum { context, key_set, meter, rounds, channels })
    }

    /// Whose.
    pub fn meter(&self) -> PartyId {
        self.meter
    }

    /// The rounds, ascending.
    pub fn rounds(&self) -> impl ExactSizeIterator<Item = Round> {
        self.rounds.iter().copied()
    }

    /// The sum of each channel.
    pub fn channels(&self) -> &[Ciphertext] {
        &self.channels
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Misuse::CountedTwice`] if a round is in both; [`Misuse::OutOfOrder`] for another epoch, key set or meter.
    pub fn merge(mut self, other: &MeterSum) -> Result<Self, Error> {
        let scope = |s: &MeterSum| (s.context, s.key_set, s.meter, s.channels.len());
        if scope(&self) != scope(other) {
            return Err(Misuse::OutOfOrder.into());
        }
        if !self.rounds.is_disjoint(&other.rounds) {
            return Err(Misuse::CountedTwice.into());
        }
        self.rounds.extend(&other.rounds);
        add(&mut self.channels, &other.channels);
        Ok(self)
    }

    /// `25 u8 ‖ context 32 ‖ key set hash 32 ‖ id u32 ‖ rounds u32 ‖ round u32 … ascending ‖ channels u16 ‖
    /// (R 32 ‖ C 32) … ‖ check 4`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = alloc::vec![VERSION];
        out.extend(self.context.as_bytes());
        out.extend(self.key_set);
        out.extend(self.meter.0.to_le_bytes());
        out.extend(u32::try_from(self.rounds.len()).map_err(|_| Misuse::WrongLength)?.to_le_bytes());
        self.rounds.iter().for_each(|round| out.extend(round.to_u32().to_le_bytes()));
        write(&mut out, &self.channels)?;
        Ok(out)
    }

    /// From [`MeterSum::to_bytes`].
    ///
    /// # Errors
    /// [`Malformed`], [`Malformed::BadRecord`] if damaged, for rounds that do not ascend, or points that are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = body(bytes, VERSION)?;
        let (context, key_set) = (Context(*reader.array()?), *reader.array()?);
        let meter = PartyId(reader.u32()?);
        let mut rounds = BTreeSet::new();
        for _ in 0..reader.u32()? {
            let round = Round::from(reader.u32()?);
            if rounds.last().is_some_and(|last| *last >= round) {
                return Err(Malformed::BadRecord.into());
            }
            rounds.insert(round);
        }
        let channels = read(reader)?;
        Ok(MeterSum { context, key_set, meter, rounds, channels })
    }
}

//! Sums of a part of a round's frames, which any engine may add in any order.

use alloc::vec::Vec;

use crate::epoch::Context;
use crate::error::{Error, Malformed, Misuse};
use crate::field::{Field64, add_assign};
use crate::frame::{Kind, Reader};
use crate::id::Round;
use crate::mark::check;
use crate::set::Members;

/// The sum of checked frames of one round, and whose they are. Merging is associative and commutative; a member
/// counts once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialSum {
    pub(super) context: Context,
    pub(super) kind: Kind,
    pub(super) round: Round,
    pub(super) members: Members,
    pub(super) sum: Vec<Field64>,
}

const VERSION: u8 = 11;

impl PartialSum {
    /// The round.
    pub fn round(&self) -> Round {
        self.round
    }

    /// Whose frames are in.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// How many.
    pub fn count(&self) -> u32 {
        self.members.count()
    }

    /// The sum, element by element. Corrections of shares, not readings.
    pub fn sum(&self) -> &[Field64] {
        &self.sum
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Misuse::CountedTwice`] if a meter is in both; [`Misuse::OutOfOrder`] for another epoch, round or kind of
    /// frame.
    pub fn merge(mut self, other: &PartialSum) -> Result<Self, Error> {
        let scope = |p: &PartialSum| (p.context, p.kind, p.round, p.members.total(), p.sum.len());
        if scope(&self) != scope(other) {
            return Err(Misuse::OutOfOrder.into());
        }
        if self.members.meets(&other.members) {
            return Err(Misuse::CountedTwice.into());
        }
        self.members = self.members.difference(&other.members);
        add_assign(&mut self.sum, &other.sum);
        Ok(self)
    }

    /// `11 u8 ‖ context 32 ‖ kind u8 ‖ round u32 ‖ meters of the roster u32 ‖ set of members ‖ elements u32 ‖
    /// sum 8 … ‖ check 4`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = alloc::vec![VERSION];
        out.extend(self.context.as_bytes());
        out.push(self.kind as u8);
        out.extend(self.round.to_u32().to_le_bytes());
        out.extend(self.members.total().to_le_bytes());
        out.extend(self.members.to_bytes()?);
        out.extend(u32::try_from(self.sum.len()).map_err(|_| Misuse::WrongLength)?.to_le_bytes());
        self.sum.iter().for_each(|value| out.extend(value.to_bytes()));
        let check = check(&out);
        out.extend(check);
        Ok(out)
    }

    /// From [`PartialSum::to_bytes`], of a roster of at most `most_meters`.
    ///
    /// # Errors
    /// [`Malformed`], [`Malformed::BadRecord`] if damaged or too large.
    pub fn from_bytes(bytes: &[u8], most_meters: u32) -> Result<Self, Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = bytes.split_last_chunk::<4>().ok_or(Malformed::Truncated)?;
        let mut reader = Reader::new(body);
        if check(body) != *stored || reader.u8()? != VERSION {
            return Err(bad.into());
        }
        let context = Context(*reader.array()?);
        let kind = Kind::try_from(reader.u8()?)?;
        let round = Round::from(reader.u32()?);
        let total = reader.u32()?;
        if total > most_meters {
            return Err(bad.into());
        }
        let members = Members::read(&mut reader, total)?;
        // The elements are what is left: nothing is reserved for more than has come.
        let len = reader.u32()? as usize;
        let mut rest = reader;
        let values = rest.bytes(len.checked_mul(Field64::LEN).ok_or(bad)?)?;
        rest.end()?;
        let mut sum = alloc::vec![Field64::ZERO; values.len() / Field64::LEN];
        reader.elements(&mut sum)?;
        Ok(PartialSum { context, kind, round, members, sum })
    }
}

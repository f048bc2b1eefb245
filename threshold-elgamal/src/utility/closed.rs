//! A round whose set is fixed.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use meter_link::answer::{Quorum, Stated};
use meter_link::frame::Kind;
use meter_link::head::{Head, Sum};
use meter_link::round::{CloseFields, FrameHash};
use meter_link::set::Members;

use super::opening::Opening;
use super::{Collecting, Trustees};
use crate::dlog::DlogTable;
use crate::equality::Encoded;
use crate::error::Error;
use crate::list::Sums;
use crate::partial::PartialSum;
use crate::verify::{Contribution, Verifier};

/// A round whose set is fixed: first the quorum signs the list of its contributions, then it sends its
/// decryption shares.
#[derive(Debug)]
pub struct Closed {
    verifier: Arc<Verifier>,
    open_hash: FrameHash,
    present: Vec<bool>,
    set: Vec<bool>,
    list: Vec<Contribution>,
    sums: Sums,
    frame: Vec<u8>,
    opening: Opening,
}

impl Closed {
    /// Not asked for yet.
    pub(super) fn new(
        head: &Head,
        round: Collecting,
        quorum: &Quorum,
        trustees: &Arc<Trustees>,
    ) -> Result<Self, Error> {
        let set: Vec<bool> = round.contributions.iter().map(Option::is_some).collect();
        let list: Vec<Contribution> = round.contributions.into_iter().flatten().collect();
        let sums = Sums::of(head.view(), list.iter().map(Contribution::meter), list.iter())?;
        let sums_of_r = sums.channels.iter().map(|sum| Encoded::from(sum.r)).collect();
        let stated = Stated { kind: Kind::SetStatement, round: round.round, digest: sums.digest };
        Ok(Closed {
            opening: Opening::new(trustees, &round.parties, stated, sums_of_r, *quorum),
            verifier: round.verifier,
            open_hash: round.open_hash,
            present: round.present,
            set,
            list,
            sums,
            frame: Vec::new(),
        })
    }

    pub(super) fn ask(&mut self, head: &mut Head, quorum: &Quorum) -> Result<(), Error> {
        if quorum.len() != self.verifier.params().threshold().threshold() {
            return Err(meter_link::Misuse::BadQuorum.into());
        }
        let fields = CloseFields {
            round: self.opening.stated().round,
            pass: 1,
            previous: self.open_hash,
            quorum: Some(*quorum),
            is_final: true,
            set: &self.set,
        };
        self.frame = head.close(&fields, &self.present)?;
        self.opening.ask(quorum);
        Ok(())
    }

    /// Digest of the list.
    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.sums.digest
    }

    pub(super) fn stated(&self) -> &Stated {
        self.opening.stated()
    }

    pub(super) fn set(&self) -> Result<Members, Error> {
        Ok(Members::marked(&self.set)?)
    }

    pub(super) fn list(&self) -> &[Contribution] {
        &self.list
    }

    /// The signed Close, for all trustees: those who are not asked [follow](crate::Trustee::follow) it.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// The contributions of the set, as the meters signed them, for all trustees.
    pub fn contributions(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.list.iter().map(Contribution::frame)
    }

    /// What makes checking those contributions cheaper, 64 bytes each and channel, and need not be trusted
    /// ([`Trustee::agree_hinted`](crate::Trustee::agree_hinted)): no frame, to be sent beside them.
    pub fn hints(&self) -> Vec<u8> {
        self.list.iter().flat_map(Contribution::commitments).copied().collect()
    }

    /// The sum of the set's ciphertexts and whose they are, for a comparison with sums that were made elsewhere.
    ///
    /// # Errors
    /// None in practice.
    pub fn partial(&self) -> Result<PartialSum, Error> {
        PartialSum::of(&self.verifier, self.opening.stated().round, &self.list)
    }

    /// Takes a trustee's statement.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`](crate::Fault) blaming the trustee: unknown or not in the quorum, wrong
    /// signature, another round or list.
    pub fn accept_statement(&mut self, frame: &[u8]) -> Result<u8, Error> {
        self.opening.accept_statement(frame)
    }

    /// The statements that have come, for the quorum: a trustee answers when it has t.
    pub fn statements(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.opening.statements()
    }

    /// Takes a trustee's decryption share, whose proof holds; the same again changes nothing.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`](crate::Fault) blaming the trustee: unknown or not in the quorum, wrong
    /// tag, another round or list, no point or scalar, a proof that does not hold
    /// ([`BadEquality`](crate::Fault::BadEquality): it lies).
    pub fn accept(&mut self, frame: &[u8]) -> Result<u8, Error> {
        self.opening.accept(frame)
    }

    /// Trustees of the quorum whose share has not come, by number.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.opening.missing()
    }

    /// Σ readings · B = C − Σ λ_i · D_i for each channel, and its discrete logarithm, searched from 0 outwards
    /// as far as so many readings reach.
    ///
    /// # Errors
    /// [`Error::Quorum`] while shares are missing; [`Error::Inconsistent`] if a sum lies outside what so many
    /// meters can have sent, which no trustee can bring about.
    pub fn combine(&self, table: &DlogTable) -> Result<Sum, Error> {
        let points = self.opening.open(&self.sums.channels)?;
        let values = table.solve_many(&points, self.range())?;
        Ok(self.sum(values.into_iter().collect::<Result<_, _>>()?))
    }

    /// The same, searched from a forecast of each channel outwards, at most `width` away: sooner where it is good.
    ///
    /// # Errors
    /// As [`Closed::combine`], and [`Error::Inconsistent`] for a sum farther from its forecast;
    /// [`meter_link::Misuse::WrongChannels`]; as [`DlogTable::solve_around`].
    pub fn combine_around(&self, table: &DlogTable, forecast: &[i64], width: u64) -> Result<Sum, Error> {
        if forecast.len() != self.sums.channels.len() {
            return Err(meter_link::Misuse::WrongChannels.into());
        }
        let points = self.opening.open(&self.sums.channels)?;
        let range = self.range();
        let value = |(point, guess): (_, &i64)| {
            let value = table.solve_around(point, *guess, width)?;
            if range.contains(&value) { Ok(value) } else { Err(Error::Inconsistent) }
        };
        let values = points.iter().zip(forecast).map(value).collect::<Result<_, Error>>()?;
        Ok(self.sum(values))
    }

    /// What so many meters can have sent.
    fn range(&self) -> RangeInclusive<i64> {
        self.verifier.params().range(self.sums.meters)
    }

    fn sum(&self, values: Vec<i64>) -> Sum {
        Sum { round: self.opening.stated().round, values, meters: self.sums.meters }
    }
}

//! A round whose set is fixed, and its bound answers.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, Opening, Quorum};
use meter_link::head::{Head, Parties, Sum};
use meter_link::round::{CloseFields, FrameHash};
use meter_link::{Error, Misuse, Round};

use super::{Corrections, Ended};
use crate::params::Params;

/// A round whose set is fixed.
#[derive(Debug)]
pub struct Closed {
    params: Params,
    parties: Arc<Parties>,
    round: Round,
    present: Vec<bool>,
    open_hash: FrameHash,
    set: Vec<bool>,
    meters: u32,
    digest: [u8; 32],
    corrections: Corrections,
    frame: Vec<u8>,
    opening: Opening,
}

impl Closed {
    pub(super) fn new(params: &Params, head: &Head, ended: &Ended, quorum: Quorum) -> Self {
        let corrections = ended.corrections(params);
        Closed {
            params: *params,
            parties: Arc::clone(head.parties()),
            round: ended.round,
            present: ended.present.clone(),
            open_hash: ended.open,
            set: ended.set.clone(),
            meters: ended.meters,
            digest: ended.digest,
            frame: Vec::new(),
            opening: opening(ended.round, ended.digest, quorum, &corrections),
            corrections,
        }
    }

    pub(super) fn ask(&mut self, head: &mut Head, quorum: &Quorum) -> Result<(), Error> {
        if quorum.len() != self.params.threshold().threshold() {
            return Err(Misuse::BadQuorum.into());
        }
        self.frame = close_frame(head, self.round, self.open_hash, &self.set, &self.present, quorum)?;
        self.opening = opening(self.round, self.digest, *quorum, &self.corrections);
        Ok(())
    }

    /// The signed Close, for all aggregators.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes an aggregator's answer.
    ///
    /// # Errors
    /// As [`Opening::accept`].
    pub fn accept(&mut self, frame: &[u8]) -> Result<u8, Error> {
        self.opening.accept(self.parties.view(), self.parties.answerers(), frame)
    }

    /// Aggregators of the quorum that have not answered, by number.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.opening.missing()
    }

    pub(super) fn sum(&self) -> Result<Sum, Error> {
        let values = self.corrections.open(&self.opening)?;
        self.parties.view().group().check_sums(&values, self.meters)?;
        Ok(Sum { round: self.round, values, meters: self.meters })
    }
}

fn opening(round: Round, digest: [u8; 32], quorum: Quorum, corrections: &Corrections) -> Opening {
    Opening::new(round, AnswerKind::ShamirRound, digest, quorum, corrections.width())
}

/// The final Close of a round: there are no repairs, so it is the only one but for other quorums.
pub(super) fn close_frame(
    head: &mut Head,
    round: Round,
    previous: FrameHash,
    set: &[bool],
    present: &[bool],
    quorum: &Quorum,
) -> Result<Vec<u8>, Error> {
    let fields = CloseFields { round, pass: 1, previous, quorum: Some(*quorum), is_final: true, set };
    head.close(&fields, present)
}

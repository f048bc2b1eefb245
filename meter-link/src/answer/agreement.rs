//! What every answerer keeps to, whatever it answers with: the rules of sets, and one set a round.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Quorum;
use crate::error::{Error, Fault, Malformed, Misuse};
use crate::frame::{Reader, Writer};
use crate::id::{PartyId, Protocol, Round};
use crate::mark::check;
use crate::round::{Chain, Close, FrameHash, Open};
use crate::view::EpochView;

/// What an answerer stores before it answers: `2 ‖ round u32 ‖ set digest ‖ check 4`.
pub type AnswererRecord = [u8; Agreement::RECORD_LEN];

/// An answerer's view of the round that is open, and of the sets it has agreed to.
#[derive(Debug)]
pub struct Agreement {
    view: EpochView,
    number: u8,
    threshold: u8,
    chain: Chain,
    open: Option<OpenRound>,
    fixed: BTreeMap<Round, [u8; 32]>,
}

#[derive(Debug)]
struct OpenRound {
    round: Round,
    hash: FrameHash,
    present: Vec<bool>,
    count: u32,
}

impl Agreement {
    /// Bytes of a record.
    pub const RECORD_LEN: usize = 1 + 4 + 32 + 4;
    const RECORD_VERSION: u8 = 2;

    /// For the answerer with this number, where t answers open a sum.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] for a threshold of 0 or beyond the answerers.
    pub fn new(view: &EpochView, number: u8, threshold: u8) -> Result<Self, Error> {
        if threshold == 0 || threshold > view.answerers() {
            return Err(Misuse::BadParameter.into());
        }
        let (chain, fixed) = (Chain::new(), BTreeMap::new());
        Ok(Agreement { view: *view, number, threshold, chain, open: None, fixed })
    }

    /// The answerer's number, from 1.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// Takes a stored record into account, in any order.
    ///
    /// A record names its round and nothing above it: **keep one log for each group and epoch**, and replay no
    /// other. Rounds of two groups have the same numbers, so that a foreign record would make this answerer refuse
    /// the utility's set.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`]; [`Error::Inconsistent`] if two records name different sets of a round.
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = record.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        if check(body) != *stored || reader.u8()? != Self::RECORD_VERSION {
            return Err(bad.into());
        }
        let (round, digest) = (Round::from(reader.u32()?), *reader.array()?);
        reader.end().map_err(|_| bad)?;
        match self.fixed.insert(round, digest) {
            Some(earlier) if earlier != digest => {
                self.fixed.insert(round, earlier);
                Err(Error::Inconsistent)
            }
            _ => Ok(()),
        }
    }

    /// Takes the utility's Open of a round, and says which.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the utility; nothing has changed then.
    pub fn open(&mut self, now: Round, frame: &[u8]) -> Result<Round, Error> {
        let open = Open::verify(frame, &self.view, now)?;
        let count = open.present.count();
        if count < self.view.group().rules.min_meters() {
            return Err(Fault::SetTooSmall.of(PartyId::UTILITY));
        }
        if !self.chain.open(&open)? {
            return Ok(open.round);
        }
        let present = (0..self.view.meters()).map(|p| open.present.contains(p)).collect();
        self.open = Some(OpenRound { round: open.round, hash: open.hash, present, count });
        Ok(open.round)
    }

    /// The final Close of the open round and its quorum, if they keep every rule.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the utility: a Close that is not final or of a round that is not open
    /// ([`Fault::NotExpected`]), a second pass where nobody repairs ([`Fault::WrongPass`]), set not within the
    /// Open or too small, a quorum of the wrong size or without this answerer.
    pub fn close<'f>(&self, now: Round, frame: &'f [u8]) -> Result<(Close<'f>, Quorum), Error> {
        let utility = PartyId::UTILITY;
        let close = Close::verify(frame, &self.view, now)?;
        let quorum = close.quorum.ok_or(Fault::NotExpected.of(utility))?;
        if quorum.len() != self.threshold || !quorum.contains(self.number) {
            return Err(Fault::NotInQuorum.of(utility));
        }
        let open = self.open.as_ref().filter(|o| o.round == close.round);
        let open = open.ok_or(Fault::NotExpected.of(utility))?;
        if close.pass != 1 && self.view.protocol() != Protocol::Dcnet {
            return Err(Fault::WrongPass.of(utility));
        }
        // A Close of a later pass has unknown predecessors here: answerers see final Closes only.
        if close.pass == 1 && close.previous != open.hash {
            return Err(Fault::ChainBroken.of(utility));
        }
        let within = |p: u32| open.present.get(p as usize).copied().unwrap_or(false);
        if !close.set.positions().all(within) {
            return Err(Fault::NotInOpen.of(utility));
        }
        if close.set.count() < self.view.group().rules.least_of(open.count) {
            return Err(Fault::SetTooSmall.of(utility));
        }
        Ok((close, quorum))
    }

    /// That no other set was agreed to in this round.
    ///
    /// # Errors
    /// [`Fault::Contradiction`] blaming the utility.
    pub fn check(&self, round: Round, digest: &[u8; 32]) -> Result<(), Error> {
        match self.fixed.get(&round) {
            Some(earlier) if earlier != digest => Err(Fault::Contradiction.of(PartyId::UTILITY)),
            _ => Ok(()),
        }
    }

    /// Agrees to a set, for ever. The record is to be stored before anything that depends on it leaves.
    ///
    /// # Errors
    /// As [`Agreement::check`]; nothing has changed then.
    pub fn fix(&mut self, round: Round, digest: [u8; 32]) -> Result<AnswererRecord, Error> {
        self.check(round, &digest)?;
        let mut out = [0u8; Self::RECORD_LEN];
        let mut writer = Writer::new(&mut out);
        writer.u8(Self::RECORD_VERSION)?;
        writer.u32(round.to_u32())?;
        writer.bytes(&digest)?;
        let check = check(writer.written());
        writer.bytes(&check)?;
        self.fixed.insert(round, digest);
        Ok(out)
    }
}

//! What every answerer keeps to, whatever it answers with: the rules of sets, and one digest a round and a window.

mod windows;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{AnswerKind, Quorum};
use crate::error::{Error, Fault, Malformed, Misuse};
use crate::frame::{Header, Reader};
use crate::id::{PartyId, Protocol, Round};
use crate::identity::Identity;
use crate::log::{AnswererRecord, Entry, Form, Log, LogHead, RECORD_LEN};
use crate::mark::check;
use crate::round::{Chain, Close, FrameHash, Open};
use crate::set::Members;
use crate::toggle::Toggles;
use crate::view::EpochView;

/// An answerer's view of the round that is open, and of the digests it has agreed to.
#[derive(Debug)]
pub struct Agreement {
    view: EpochView,
    id: PartyId,
    number: u8,
    threshold: u8,
    chain: Chain,
    open: Option<OpenRound>,
    fixed: BTreeMap<(u8, Round), [u8; 32]>,
    toggles: Toggles,
    log: Log,
}

#[derive(Debug)]
struct OpenRound {
    round: Round,
    hash: FrameHash,
    previous: Option<Round>,
    present: Members,
}

impl From<&Open<'_>> for OpenRound {
    fn from(open: &Open<'_>) -> Self {
        let previous = open.previous.map(|(round, _)| round);
        OpenRound { round: open.round, hash: open.hash, previous, present: open.present.into() }
    }
}

impl Agreement {
    /// Bytes of a record.
    pub const RECORD_LEN: usize = RECORD_LEN;
    /// `2 ‖ round u32 ‖ set digest ‖ check 4`: records before there was a log. Taken, no longer made.
    const OLD_RECORD_VERSION: u8 = 2;

    /// For the answerer with this id and number, where t answers open a sum.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] for a threshold of 0 or beyond the answerers.
    pub fn new(view: &EpochView, id: PartyId, number: u8, threshold: u8) -> Result<Self, Error> {
        if threshold == 0 || threshold > view.answerers() {
            return Err(Misuse::BadParameter.into());
        }
        Ok(Agreement {
            view: *view,
            id,
            number,
            threshold,
            chain: Chain::new(),
            open: None,
            fixed: BTreeMap::new(),
            toggles: Toggles::new(view.epoch().first_round, view.meters()),
            log: Log::new(view.context(), id),
        })
    }

    /// The answerer's number, from 1.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// Answers that open a sum.
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// What it answers to in rounds.
    fn kind(&self) -> AnswerKind {
        match self.view.protocol() {
            Protocol::Dcnet => AnswerKind::DcnetRound,
            Protocol::Elgamal => AnswerKind::ElgamalRound,
            Protocol::Ckks => AnswerKind::CkksRound,
            _ => AnswerKind::ShamirRound,
        }
    }

    /// Takes a stored record into account, in any order.
    ///
    /// A record names its round and nothing above it: **keep one log for each group and epoch**, and replay no
    /// other. Rounds of two groups have the same numbers, so that a foreign record would make this answerer refuse
    /// the utility's set.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`]; [`Error::Inconsistent`] if two records name different digests of one round or
    /// window.
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        let (key, digest, end) = match Entry::parse(record) {
            Ok((entry, head)) => ((entry.kind as u8, entry.round), entry.digest, Some((entry, head))),
            Err(bad) => {
                let (round, digest) = Self::parse_old(record).ok_or(bad)?;
                ((self.kind() as u8, round), digest, None)
            }
        };
        if self.fixed.get(&key).is_some_and(|earlier| *earlier != digest) {
            return Err(Error::Inconsistent);
        }
        self.fixed.insert(key, digest);
        if let Some((entry, head)) = end {
            self.log.replay(&entry, head);
        }
        Ok(())
    }

    fn parse_old(record: &[u8]) -> Option<(Round, [u8; 32])> {
        let (body, stored) = record.split_last_chunk::<4>()?;
        let mut reader = Reader::new(body);
        if check(body) != *stored || reader.u8().ok()? != Self::OLD_RECORD_VERSION {
            return None;
        }
        let fields = (Round::from(reader.u32().ok()?), *reader.array().ok()?);
        reader.end().ok()?;
        Some(fields)
    }

    /// Takes the utility's Open of a round, and says which.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the utility; nothing has changed then.
    pub fn open(&mut self, now: Round, frame: &[u8]) -> Result<Round, Error> {
        let open = Open::verify(frame, &self.view, now)?;
        self.check_open(&open)?;
        if self.chain.open(&open)? {
            self.open = Some(OpenRound::from(&open));
        }
        Ok(open.round)
    }

    /// The round whose Close the open round's Open names.
    pub fn predecessor(&self) -> Option<Round> {
        self.open.as_ref()?.previous
    }

    /// Positions of the meters that no set of this round may contain.
    pub fn left_out(&self, round: Round) -> impl Iterator<Item = u32> {
        self.toggles.left_out(round, Toggles::MOST)
    }

    fn check_open(&self, open: &Open<'_>) -> Result<(), Error> {
        if open.present.count() < self.view.group().rules.min_meters() {
            return Err(Fault::SetTooSmall.of(PartyId::UTILITY));
        }
        Ok(())
    }

    /// The final Close of the open round and its quorum, if they keep every rule and ask exactly t answerers,
    /// this one among them.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the utility: a Close that is not final or of a round that is not open
    /// ([`Fault::NotExpected`]), a second pass where nobody repairs ([`Fault::WrongPass`]), set not within the
    /// Open, too small, or with a meter that comes and goes too often, a quorum of the wrong size or without this
    /// answerer.
    pub fn close<'f>(&self, now: Round, frame: &'f [u8]) -> Result<(Close<'f>, Quorum), Error> {
        let close = Close::verify(frame, &self.view, now)?;
        let quorum = close.quorum.ok_or(Fault::NotExpected.of(PartyId::UTILITY))?;
        self.asked(&quorum, self.threshold)?;
        self.check_close(&close, self.open.as_ref())?;
        Ok((close, quorum))
    }

    /// The same for at least t answerers, for answers that need a certificate.
    ///
    /// # Errors
    /// As [`Agreement::close`].
    pub fn close_certified<'f>(&self, now: Round, frame: &'f [u8]) -> Result<Close<'f>, Error> {
        let close = Close::verify(frame, &self.view, now)?;
        let quorum = close.quorum.ok_or(Fault::NotExpected.of(PartyId::UTILITY))?;
        self.asked(&quorum, quorum.len().max(self.threshold))?;
        self.check_close(&close, self.open.as_ref())?;
        Ok(close)
    }

    /// The same, whoever is asked: for an answerer that follows what others answer.
    ///
    /// # Errors
    /// As [`Agreement::close`].
    pub fn follow<'f>(&self, now: Round, frame: &'f [u8]) -> Result<Close<'f>, Error> {
        let close = Close::verify(frame, &self.view, now)?;
        self.check_close(&close, self.open.as_ref())?;
        Ok(close)
    }

    /// The set of a past round, at most the open one, that this answerer has missed: by its Open and its
    /// final Close.
    ///
    /// # Errors
    /// As [`Agreement::open`] and [`Agreement::close`]; [`Fault::RoundFarFromNow`] for a round that has not been.
    pub fn catch_up<'f>(&self, now: Round, open: &[u8], close: &'f [u8]) -> Result<Close<'f>, Error> {
        // What has been cannot silence a group, so only the future is far from now; and all of it, since keys
        // and counts of changes do not go back from there.
        let round = Header::parse(open)?.round;
        if round > now {
            return Err(Fault::RoundFarFromNow.of(PartyId::UTILITY));
        }
        let open = Open::verify(open, &self.view, round)?;
        self.check_open(&open)?;
        let close = Close::verify(close, &self.view, round)?;
        self.check_close(&close, Some(&OpenRound::from(&open)))?;
        Ok(close)
    }

    /// That a query asks this answerer among exactly `size`.
    ///
    /// # Errors
    /// [`Fault::NotInQuorum`] blaming the utility.
    pub fn asked(&self, quorum: &Quorum, size: u8) -> Result<(), Error> {
        if quorum.len() != size || !quorum.contains(self.number) {
            return Err(Fault::NotInQuorum.of(PartyId::UTILITY));
        }
        Ok(())
    }

    fn check_close(&self, close: &Close<'_>, open: Option<&OpenRound>) -> Result<(), Error> {
        let utility = PartyId::UTILITY;
        let open = open.filter(|open| open.round == close.round && close.is_final);
        let open = open.ok_or(Fault::NotExpected.of(utility))?;
        if close.pass != 1 && self.view.protocol() != Protocol::Dcnet {
            return Err(Fault::WrongPass.of(utility));
        }
        // A Close of a later pass has unknown predecessors here: answerers see final Closes only.
        if close.pass == 1 && close.previous != open.hash {
            return Err(Fault::ChainBroken.of(utility));
        }
        if !close.set.positions().all(|place| open.present.contains(place)) {
            return Err(Fault::NotInOpen.of(utility));
        }
        if close.set.count() < self.view.group().rules.least_of(open.present.count()) {
            return Err(Fault::SetTooSmall.of(utility));
        }
        // A set that was agreed to may be asked for again.
        if self.fixed.contains_key(&(self.kind() as u8, close.round)) {
            return Ok(());
        }
        // Nor is a set agreed to behind a later one: its changes would count for nobody.
        if self.toggles.last().is_some_and(|(last, _)| close.round < last) {
            return Err(Fault::RoundClosed.of(utility));
        }
        if !self.toggles.permits(close.round, &close.set.into()) {
            return Err(Fault::TooManyChanges.of(utility));
        }
        Ok(())
    }

    /// The digest that was agreed to.
    pub fn fixed(&self, kind: AnswerKind, round: Round) -> Option<&[u8; 32]> {
        self.fixed.get(&(kind as u8, round))
    }

    /// Whether a round's set was agreed to and its changes are counted: after a restart from records alone they
    /// are not.
    pub fn settled(&self, round: Round) -> bool {
        self.fixed(self.kind(), round).is_some() && self.toggles.last().is_some_and(|(last, _)| round <= last)
    }

    /// Rounds from `first` to `last` whose set was agreed to.
    pub fn rounds(&self, first: Round, last: Round) -> impl Iterator<Item = Round> {
        let kind = self.kind() as u8;
        self.fixed.range((kind, first)..=(kind, last)).map(|((_, round), _)| *round)
    }

    /// That no other digest was agreed to in this round or window.
    ///
    /// # Errors
    /// [`Fault::Contradiction`] blaming the utility.
    pub fn check(&self, kind: AnswerKind, round: Round, digest: &[u8; 32]) -> Result<(), Error> {
        match self.fixed(kind, round) {
            Some(earlier) if earlier != digest => Err(Fault::Contradiction.of(PartyId::UTILITY)),
            _ => Ok(()),
        }
    }

    /// Agrees to a round's set, for ever, and enters what is told of it into the log. The record is to be
    /// stored before anything that depends on it leaves. `digest` is of the set, or of the list over it.
    ///
    /// # Errors
    /// As [`Agreement::check`]; nothing has changed then.
    pub fn fix(
        &mut self,
        close: &Close<'_>,
        digest: [u8; 32],
        form: Form,
        told: &[u8],
    ) -> Result<AnswererRecord, Error> {
        let record = self.fix_digest(self.kind(), close.round, digest, form, told)?;
        self.toggles.observe(close.round, &close.set.into());
        Ok(record)
    }

    /// The same for any digest: of a window, or once more of a round whose set has been observed.
    ///
    /// # Errors
    /// As [`Agreement::check`]; nothing has changed then.
    pub fn fix_digest(
        &mut self,
        kind: AnswerKind,
        round: Round,
        digest: [u8; 32],
        form: Form,
        told: &[u8],
    ) -> Result<AnswererRecord, Error> {
        self.check(kind, round, &digest)?;
        let record = self.log.append(form, kind, round, &digest, told)?;
        self.fixed.insert((kind as u8, round), digest);
        Ok(record)
    }

    /// The end of the log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The end of the log, signed: [`LogHead`].
    ///
    /// # Errors
    /// None in practice.
    pub fn log_head(&self, identity: &Identity, round: Round) -> Result<Vec<u8>, Error> {
        LogHead::of(&self.log, self.view.context(), self.id, round).sign(&self.view, identity)
    }

    /// Appends what a restart needs: `entries u32 ‖ head 32 ‖ count u32 ‖ (kind u8 ‖ round u32 ‖ digest 32) … ‖
    /// counts of changes`.
    ///
    /// # Errors
    /// As [`Toggles::save`].
    pub fn save(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.extend(self.log.len().to_le_bytes());
        out.extend(self.log.head());
        out.extend(u32::try_from(self.fixed.len()).unwrap_or(u32::MAX).to_le_bytes());
        for ((kind, round), digest) in &self.fixed {
            out.push(*kind);
            out.extend(round.to_u32().to_le_bytes());
            out.extend(digest);
        }
        self.toggles.save(out)
    }

    /// Takes back what [`Agreement::save`] wrote. Records stored since are replayed after it.
    ///
    /// # Errors
    /// [`Malformed`]. Discard the agreement then.
    pub fn load(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let (entries, head) = (reader.u32()?, *reader.array()?);
        self.log = Log::resumed(entries, head);
        for _ in 0..reader.u32()? {
            let kind = AnswerKind::try_from(reader.u8()?).map_err(|_| Malformed::BadRecord)? as u8;
            let (round, digest) = (Round::from(reader.u32()?), *reader.array()?);
            self.fixed.insert((kind, round), digest);
        }
        self.toggles.load(reader)
    }
}

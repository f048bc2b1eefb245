//! What an answerer has told, as a list that nobody can shorten or change unseen.

mod audit;
mod signed;

pub use audit::Audit;
pub use signed::LogHead;

use sha2::{Digest, Sha256};

use crate::answer::AnswerKind;
use crate::epoch::Context;
use crate::error::{Error, Malformed};
use crate::frame::{Reader, Writer};
use crate::id::{PartyId, Round};
use crate::mark::check;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Form {
    /// A set that the answerer has agreed to, without an answer.
    Agreed = 0,
    /// A bound answer.
    Bound = 1,
    /// A signed statement.
    Statement = 2,
    /// A raw answer, or a decryption share.
    Raw = 3,
}

/// One entry: which digest the answerer agreed to, and what it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was said.
    pub form: Form,
    /// To what kind of query.
    pub kind: AnswerKind,
    /// From 0, without gaps.
    pub sequence: u32,
    /// The round; of a window, its last.
    pub round: Round,
    /// Of the set, list or window.
    pub digest: [u8; 32],
    /// SHA-256 of the frame that was told; zero where nothing was.
    pub message: [u8; 32],
}

/// What an answerer stores before anything leaves that depends on it, and its log:
/// `7 ‖ form u8 ‖ kind u8 ‖ sequence u32 ‖ round u32 ‖ digest 32 ‖ SHA-256 of the frame told 32 ‖ head 32 ‖ check 4`.
pub type AnswererRecord = [u8; RECORD_LEN];

pub(crate) const RECORD_LEN: usize = 1 + 1 + 1 + 4 + 4 + 32 + 32 + 32 + 4;
const RECORD_VERSION: u8 = 7;

/// The end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    next: u32,
    head: [u8; 32],
    last: Option<AnswererRecord>,
}

impl Log {
    /// The empty log of an answerer in an epoch; its head is `SHA-256("wattsum v1 log" ‖ context ‖ id u32)`.
    pub fn new(context: &Context, answerer: PartyId) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"wattsum v1 log");
        hash.update(context.as_bytes());
        hash.update(answerer.0.to_le_bytes());
        Log { next: 0, head: hash.finalize().into(), last: None }
    }

    /// The last record, if it was made or followed since the start.
    pub fn last_record(&self) -> Option<&AnswererRecord> {
        self.last.as_ref()
    }

    /// How many entries there are.
    pub fn len(&self) -> u32 {
        self.next
    }

    /// None yet.
    pub fn is_empty(&self) -> bool {
        self.next == 0
    }

    /// `SHA-256("wattsum v1 log" ‖ head before ‖ the entry's bytes from form to message)` of the last entry.
    pub fn head(&self) -> &[u8; 32] {
        &self.head
    }

    /// Appends an entry, whose sequence is the next one, and gives its record. The same as last time is no new
    /// entry, since networks repeat what they carry.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] after 2^32 − 1 entries.
    pub(crate) fn append(
        &mut self,
        form: Form,
        kind: AnswerKind,
        round: Round,
        digest: &[u8; 32],
        told: &[u8],
    ) -> Result<AnswererRecord, Error> {
        let message = if told.is_empty() { [0; 32] } else { Sha256::digest(told).into() };
        let entry = Entry { form, kind, sequence: self.next, round, digest: *digest, message };
        if let Some(last) = &self.last
            && let Some(sequence) = self.next.checked_sub(1)
            && Entry::parse(last).is_ok_and(|(last, _)| last == Entry { sequence, ..entry })
        {
            return Ok(*last);
        }
        let next = self.next.checked_add(1).ok_or(Error::Inconsistent)?;
        let mut out = [0u8; RECORD_LEN];
        let mut writer = Writer::new(&mut out);
        writer.u8(RECORD_VERSION)?;
        entry.write(&mut writer)?;
        let head = self.after(writer.written());
        writer.bytes(&head)?;
        let check = check(writer.written());
        writer.bytes(&check)?;
        *self = Log { next, head, last: Some(out) };
        Ok(out)
    }

    fn after(&self, entry: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"wattsum v1 log");
        hash.update(self.head);
        hash.update(entry.get(1..).unwrap_or_default());
        hash.finalize().into()
    }

    /// Goes over an exported log: every record follows from the one before, or repeats it. Compare
    /// [`Log::head`] with the head that the answerer signs, since a log may end early.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for a damaged record; [`Error::Inconsistent`] for one that does not follow.
    pub fn follow(&mut self, record: &[u8]) -> Result<Entry, Error> {
        let (entry, head) = Entry::parse(record)?;
        let body = record.get(..RECORD_LEN.wrapping_sub(36)).ok_or(Malformed::BadRecord)?;
        if self.last.as_ref().is_some_and(|last| last == record) {
            return Ok(entry);
        }
        if entry.sequence != self.next || self.after(body) != head {
            return Err(Error::Inconsistent);
        }
        let next = self.next.checked_add(1).ok_or(Error::Inconsistent)?;
        let last = record.try_into().ok();
        *self = Log { next, head, last };
        Ok(entry)
    }

    /// Takes a stored record into account, in any order: the last one is the end of the log.
    pub(crate) fn replay(&mut self, entry: &Entry, head: [u8; 32]) {
        if entry.sequence >= self.next {
            *self = Log { next: entry.sequence.saturating_add(1), head, last: None };
        }
    }

    pub(crate) fn resumed(next: u32, head: [u8; 32]) -> Self {
        Log { next, head, last: None }
    }
}

impl Entry {
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Error> {
        writer.u8(self.form as u8)?;
        writer.u8(self.kind as u8)?;
        writer.u32(self.sequence)?;
        writer.u32(self.round.to_u32())?;
        writer.bytes(&self.digest)?;
        writer.bytes(&self.message)
    }

    /// A record's entry, and the head of the log behind it.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`].
    pub fn parse(record: &[u8]) -> Result<(Self, [u8; 32]), Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = record.split_last_chunk::<4>().ok_or(bad)?;
        if record.len() != RECORD_LEN || check(body) != *stored {
            return Err(bad.into());
        }
        let mut reader = Reader::new(body);
        if reader.u8()? != RECORD_VERSION {
            return Err(bad.into());
        }
        let entry = Entry {
            form: match reader.u8()? {
                0 => Form::Agreed,
                1 => Form::Bound,
                2 => Form::Statement,
                3 => Form::Raw,
                _ => return Err(bad.into()),
            },
            kind: AnswerKind::try_from(reader.u8()?).map_err(|_| bad)?,
            sequence: reader.u32()?,
            round: Round::from(reader.u32()?),
            digest: *reader.array()?,
            message: *reader.array()?,
        };
        Ok((entry, *reader.array()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn told(log: &mut Log, n: u32) -> Vec<AnswererRecord> {
        let one = |i: u32| {
            let form = if i.is_multiple_of(2) { Form::Bound } else { Form::Agreed };
            let told: &[u8] = if form == Form::Bound { b"frame" } else { b"" };
            log.append(form, AnswerKind::ShamirRound, Round::from(i), &[7; 32], told).unwrap()
        };
        (0..n).map(one).collect()
    }

    #[test]
    fn every_change_to_a_log_shows() {
        let empty = Log::new(&Context([3; 32]), PartyId(9));
        let mut log = empty;
        let records = told(&mut log, 6);
        let follow = |records: &[AnswererRecord]| {
            let mut seen = empty;
            records.iter().try_for_each(|r| seen.follow(r).map(|_| ())).map(|()| seen)
        };
        assert_eq!(follow(&records), Ok(log));
        let mut left_out = records.clone();
        left_out.remove(2);
        assert_eq!(follow(&left_out), Err(Error::Inconsistent));
        let mut swapped = records.clone();
        swapped.swap(1, 2);
        assert_eq!(follow(&swapped), Err(Error::Inconsistent));
        // A record made anew with its own check: the next one does not follow any more.
        let mut other = empty;
        let mut forged = records.clone();
        forged[0] = other.append(Form::Raw, AnswerKind::ShamirRound, Round::from(0), &[8; 32], b"x").unwrap();
        assert_eq!(follow(&forged), Err(Error::Inconsistent));
        // A shorter log is a log: only its head tells.
        assert_ne!(follow(&records[..5]).unwrap().head(), log.head());
        // Another answerer's, or another epoch's, is no log of this one.
        let mut elsewhere = Log::new(&Context([3; 32]), PartyId(8));
        assert_eq!(elsewhere.follow(&records[0]), Err(Error::Inconsistent));
        for i in 0..RECORD_LEN {
            let mut bad = records[0];
            bad[i] ^= 1;
            assert_eq!(empty.clone().follow(&bad), Err(Malformed::BadRecord.into()));
        }
    }

    #[test]
    fn replay_in_any_order_ends_at_the_end() {
        let mut log = Log::new(&Context([3; 32]), PartyId(9));
        let records = told(&mut log, 4);
        let mut again = Log::new(&Context([3; 32]), PartyId(9));
        for i in [2, 0, 3, 1] {
            let (entry, head) = Entry::parse(&records[i]).unwrap();
            again.replay(&entry, head);
        }
        assert_eq!((again.len(), again.head()), (log.len(), log.head()));
    }
}

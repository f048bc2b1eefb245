//! What the utility needs to go on after a restart without its link secret.

use alloc::sync::Arc;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{Head, Parties};
use crate::collect::{Collecting, Collection};
use crate::error::{Error, Malformed, Misuse};
use crate::frame::{Flags, Kind, Reader};
use crate::id::Round;
use crate::identity::Identity;
use crate::key::{Link, PairKey};
use crate::mark::check;
use crate::roster::Roster;
use crate::round::Open;
use crate::set::Members;
use crate::view::EpochView;

/// First byte of a utility's state.
const STATE_VERSION: u8 = 9;

impl Head {
    /// Keys, progress and counts: secret. `9 u8 ‖ context 32 ‖ progress 46 ‖ key 32 of each meter ‖ key 32 of each
    /// answerer ‖ counts of changes ‖ the role's own, up to the check ‖ check 4`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self, own: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut counts = Vec::new();
        self.toggles.save(&mut counts)?;
        let keys = self.parties.meters.len().saturating_add(self.parties.answerers.len());
        let len = keys.saturating_mul(32).saturating_add(counts.len()).saturating_add(own.len());
        // Room for all at once: no copy of a key stays in freed memory.
        let mut out = Zeroizing::new(Vec::with_capacity(len.saturating_add(128)));
        out.push(STATE_VERSION);
        out.extend(self.view().context().as_bytes());
        out.extend(self.progress());
        let answerers = self.parties.answerers.iter().map(|link| &link.key);
        for key in self.parties.meters.iter().chain(answerers) {
            out.extend_from_slice(&*key.to_bytes());
        }
        out.extend(counts);
        out.extend(own);
        let check = check(&out);
        out.extend(check);
        Ok(out)
    }

    /// Goes on from [`Head::to_bytes`]; also returns the role's own part.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged or another epoch's; [`Misuse::WrongRole`] if the identity
    /// is not the utility's; as [`EpochView::check_roster`].
    pub fn from_bytes<'s>(
        view: &EpochView,
        identity: Identity,
        roster: Roster,
        state: &'s [u8],
    ) -> Result<(Self, Reader<'s>), Error> {
        if view.utility().identity != identity.public() {
            return Err(Misuse::WrongRole.into());
        }
        view.check_roster(&roster)?;
        Self::read(view, identity, roster, state).map_err(|error| match error {
            Error::Malformed(_) => Malformed::BadRecord.into(),
            other => other,
        })
    }

    fn read<'s>(
        view: &EpochView,
        identity: Identity,
        roster: Roster,
        state: &'s [u8],
    ) -> Result<(Self, Reader<'s>), Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        if check(body) != *stored
            || reader.u8()? != STATE_VERSION
            || reader.array::<32>()? != view.context().as_bytes()
        {
            return Err(bad.into());
        }
        let progress = reader.bytes(Self::RECORD_LEN)?;
        let mut meters = Vec::with_capacity(roster.meters().len());
        for _ in roster.meters() {
            meters.push(PairKey::from_bytes(reader.array()?));
        }
        let mut answerers = Vec::with_capacity(roster.answerers().len());
        for member in roster.answerers() {
            answerers.push(Link { peer: member.id, key: PairKey::from_bytes(reader.array()?) });
        }
        let mut head = Self::with_keys(identity, Parties::new(view, roster, meters, answerers));
        head.resume(progress)?;
        head.toggles.load(&mut reader)?;
        Ok((head, reader))
    }

    /// A round that was open when [`Collecting::to_bytes`] was stored, with `words` elements a frame. It counts as
    /// opened from here on, whether the progress that was stored knows of it or not.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`](crate::Fault) for an Open that this utility has not signed;
    /// [`Misuse::OutOfOrder`] once a later round was opened or closed.
    pub fn reopen(&mut self, state: &[u8], words: usize) -> Result<Collecting, Error> {
        let mut reader = Reader::new(state);
        if reader.u8()? != Collecting::STATE_VERSION {
            return Err(Malformed::BadRecord.into());
        }
        let len = reader.u32()? as usize;
        let frame = reader.bytes(len)?;
        let (round, present) = self.reopen_frame(frame)?;
        let (kind, flags) = (Kind::Contribution, Flags::TRANSMISSION);
        let mut contributions =
            Collection::new(&Arc::clone(&self.parties), round, kind, flags, words, present.clone());
        contributions.merge_bytes(reader.bytes(reader.left())?)?;
        Ok(Collecting { round, frame: frame.to_vec(), present, contributions })
    }

    /// The same of the Open alone, for protocols whose contributions are no field elements: its round, and whom it
    /// names present.
    ///
    /// # Errors
    /// As [`Head::reopen`].
    pub fn reopen_frame(&mut self, frame: &[u8]) -> Result<(Round, Vec<bool>), Error> {
        // The own signature: the round need not be near now, which the closing of it has nothing to do with.
        let round = crate::frame::Header::parse(frame)?.round;
        let open = Open::verify(frame, self.view(), round)?;
        let present = Members::from(open.present).to_marks();
        if self.opened > Some(round) || self.closed.is_some_and(|(closed, _)| closed > round) {
            return Err(Misuse::OutOfOrder.into());
        }
        self.opened = Some(round);
        Ok((round, present))
    }
}

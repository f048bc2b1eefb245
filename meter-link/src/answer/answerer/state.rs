//! What an answerer needs to go on after a restart without its link secret.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{Answerer, Keys, Post};
use crate::error::{Error, Malformed};
use crate::frame::Reader;
use crate::key::PairKey;
use crate::mark::check;
use crate::roster::Roster;
use crate::view::EpochView;
use crate::window::Windows;

/// First byte of an answerer's state.
const STATE_VERSION: u8 = 8;

impl Answerer {
    /// Keys, digests, counts and sums over time, all at once: secret, and as good as the link secret for what is
    /// left of the epoch. An earlier state, with the records stored since, goes on as well as the last one does, but
    /// for rounds whose sets must then be caught up; it also still holds keys of earlier ratchet steps, so replace it.
    ///
    /// `8 u8 ‖ context 32 ‖ id u32 ‖ step u32 ‖ frame key 32 ‖ key 32 of each other answerer ‖ key 32 of each meter ‖
    /// agreement ‖ windows u8 ‖ books and sums if 1 ‖ check 4`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        // Public parts first: then there is room for all at once, and no copy of a key stays in freed memory.
        let mut agreement = Vec::new();
        self.agreement.save(&mut agreement)?;
        let mut ledger = Zeroizing::new(Vec::new());
        if let Some(kept) = &self.ledger {
            kept.save(&mut ledger)?;
        }
        let keys = self.meters.len().saturating_add(self.fellows.len()).saturating_add(1);
        let len = keys.saturating_mul(32).saturating_add(agreement.len()).saturating_add(ledger.len());
        let mut out = Zeroizing::new(Vec::with_capacity(len.saturating_add(64)));
        out.push(STATE_VERSION);
        out.extend(self.view.context().as_bytes());
        out.extend(self.post.id.0.to_le_bytes());
        out.extend(self.step.to_le_bytes());
        let fellows = self.fellows.iter().flatten();
        for key in core::iter::once(&self.frame_key).chain(fellows).chain(&self.meters) {
            out.extend_from_slice(&*key.to_bytes());
        }
        out.extend(agreement);
        out.push(u8::from(self.ledger.is_some()));
        out.extend_from_slice(&ledger);
        let check = check(&out);
        out.extend(check);
        Ok(out)
    }

    /// Goes on from [`Answerer::to_bytes`]. Then [`Answerer::replay`] the records stored since, and catch up the
    /// rounds of the present window that have been missed. The identity is given anew, by
    /// [`Answerer::signing`].
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged, or another answerer's or epoch's;
    /// [`Misuse::UnknownParty`](crate::Misuse::UnknownParty) and as [`EpochView::check_roster`] as for
    /// [`Answerer::new`].
    pub fn from_bytes(
        view: &EpochView,
        post: &Post,
        windows: Option<&Windows>,
        roster: &Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        Self::read(view, post, windows, roster, state).map_err(|error| match error {
            Error::Malformed(_) => Malformed::BadRecord.into(),
            other => other,
        })
    }

    fn read(
        view: &EpochView,
        post: &Post,
        windows: Option<&Windows>,
        roster: &Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        let bad = Malformed::BadRecord;
        let place = post.place(roster)?;
        view.check_roster(roster)?;
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        let own = check(body) == *stored
            && reader.u8()? == STATE_VERSION
            && reader.array::<32>()? == view.context().as_bytes()
            && reader.u32()? == post.id.0;
        if !own {
            return Err(bad.into());
        }
        let step = reader.u32()?;
        let mut key = || Ok::<_, Error>(PairKey::from_bytes(reader.array()?));
        let frame_key = key()?;
        let mut fellows = Vec::with_capacity(roster.answerers().len());
        for i in 0..roster.answerers().len() {
            fellows.push(if i == place { None } else { Some(key()?) });
        }
        let mut meters = Vec::with_capacity(roster.meters().len());
        for _ in roster.meters() {
            meters.push(key()?);
        }
        let mut answerer = Self::with_keys(view, post, roster, Keys { meters, fellows, frame_key })?;
        answerer.step = step;
        answerer.agreement.load(&mut reader)?;
        if let Some(windows) = windows {
            answerer = answerer.billing(windows);
        }
        match (reader.u8()?, &mut answerer.ledger) {
            (1, Some(ledger)) => ledger.load(&mut reader)?,
            (0, None) => {}
            _ => return Err(bad.into()),
        }
        reader.end()?;
        // A set is in a book because it was agreed to.
        let books = answerer.ledger.iter().flat_map(|ledger| ledger.books().iter());
        let agreed = |(round, digest)| answerer.agreement.fixed(post.kind, round) == Some(digest);
        if !books.flat_map(|book| book.rounds()).all(agreed) {
            return Err(bad.into());
        }
        Ok(answerer)
    }
}

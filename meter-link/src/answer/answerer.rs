//! The answerer's side: one set a round, stored before it answers.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{Agreement, AnswerKind, AnswererRecord, Query, Quorum, bind};
use crate::error::{Error, Misuse};
use crate::field::{Field64, add_assign};
use crate::frame::{Header, Kind, Tag, Writer};
use crate::id::{PartyId, Role, Round};
use crate::key::{Label, LinkSecret, PairKey};
use crate::pad::{self, Stream};
use crate::prepared::Prepared;
use crate::roster::Roster;
use crate::round::Close;
use crate::set;
use crate::view::EpochView;

/// A holder of dcnet-core or an aggregator of shamir-agg, as far as both are the same: it shares a key with
/// every meter, and tells, once per round, the sum of the pads of one set.
pub struct Answerer {
    view: EpochView,
    id: PartyId,
    kind: AnswerKind,
    meter_ids: Vec<PartyId>,
    meters: Vec<PairKey>,
    step: u32,
    fellows: Vec<Option<PairKey>>,
    frame_key: PairKey,
    agreement: Agreement,
}

/// What an answerer is, beside its epoch.
#[derive(Clone, Copy, Debug)]
pub struct Post {
    /// The answerer's id.
    pub id: PartyId,
    /// Its role.
    pub role: Role,
    /// Answers that open a sum.
    pub threshold: u8,
    /// Label of its keys with meters.
    pub label: Label,
    /// What it answers to.
    pub kind: AnswerKind,
}

impl Answerer {
    /// Bytes of a record.
    pub const RECORD_LEN: usize = Agreement::RECORD_LEN;

    /// Makes the keys with utility, meters and fellow answerers, and wipes the link secret.
    ///
    /// # Errors
    /// [`Misuse::UnknownParty`] if the roster does not list `post.id` with its role; [`Misuse::BadParameter`]
    /// for a threshold of 0 or beyond the answerers; as [`EpochView::check_roster`]; [`Fault`](crate::Fault)
    /// blaming a peer for its key.
    pub fn new(view: &EpochView, post: &Post, link: LinkSecret, roster: &Roster) -> Result<Self, Error> {
        let listed = |m: &crate::roster::Member| m.id == post.id && m.role == post.role;
        let place = roster.answerers().iter().position(listed).ok_or(Misuse::UnknownParty)?;
        let number = u8::try_from(place.saturating_add(1)).map_err(|_| Misuse::BadParameter)?;
        view.check_roster(roster)?;
        let agreement = Agreement::new(view, number, post.threshold)?;
        let key = |label, peer: &crate::roster::Member| {
            link.pair_key(label, view.context(), post.id, &peer.peer(), &[])
        };
        // Room for all at once: a vector that grows leaves copies of keys in freed memory.
        let mut meters = Vec::with_capacity(roster.meters().len());
        for meter in roster.meters() {
            meters.push(key(post.label, meter)?);
        }
        let mut fellows = Vec::with_capacity(roster.answerers().len());
        for (i, fellow) in roster.answerers().iter().enumerate() {
            fellows.push(if i == place { None } else { Some(key(Label::Answer, fellow)?) });
        }
        Ok(Answerer {
            view: *view,
            id: post.id,
            kind: post.kind,
            meter_ids: roster.meters().iter().map(|m| m.id).collect(),
            meters,
            step: 0,
            fellows,
            frame_key: key(Label::Frame, view.utility())?,
            agreement,
        })
    }

    /// The answerer's number, from 1.
    pub fn number(&self) -> u8 {
        self.agreement.number()
    }

    /// Takes a stored record into account, in any order: one of **this group and epoch**, which it does not
    /// name itself. Keep one log for each.
    ///
    /// # Errors
    /// As [`Agreement::replay`].
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        self.agreement.replay(record)
    }

    /// Takes the utility's Open of a round. Keys of earlier ratchet steps are gone from here on, whether
    /// this answerer is asked in the round or not.
    ///
    /// # Errors
    /// As [`Agreement::open`].
    pub fn open(&mut self, now: Round, frame: &[u8]) -> Result<(), Error> {
        let round = self.agreement.open(now, frame)?;
        self.advance_to(self.view.step(round)?)
    }

    /// Answers the final Close of the open round, or repeats the answer for the same set, to the same
    /// quorum or another.
    ///
    /// # Errors
    /// As [`Agreement::close`] and [`Agreement::fix`]; nothing has changed then.
    pub fn answer(&mut self, now: Round, frame: &[u8]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let (close, quorum) = self.agreement.close(now, frame)?;
        let roster_root = self.view.epoch().roster_root;
        let ids = close.set.positions().filter_map(|p| self.meter_ids.get(p as usize).copied());
        let digest = set::digest(&roster_root, close.set.count(), ids);
        self.agreement.check(close.round, &digest)?;
        let answer = self.bound_answer(&close, &quorum, &digest)?;
        Ok(Prepared::new(self.agreement.fix(close.round, digest)?, answer))
    }

    fn bound_answer(
        &mut self,
        close: &Close<'_>,
        quorum: &Quorum,
        digest: &[u8; 32],
    ) -> Result<Vec<u8>, Error> {
        self.advance_to(self.view.step(close.round)?)?;
        let mut sums = Zeroizing::new(alloc::vec![Field64::ZERO; self.view.channels()]);
        let keys: Vec<&PairKey> = close.set.positions().filter_map(|p| self.meters.get(p as usize)).collect();
        pad::sum(&keys, close.round, Stream::Share, sums.as_mut_slice());
        let query =
            Query { context: self.view.context(), round: close.round, kind: self.kind, digest, quorum };
        let fellow =
            |number: u8| self.fellows.get(usize::from(number).wrapping_sub(1)).and_then(Option::as_ref);
        bind(&query, self.number(), sums.as_mut_slice(), fellow)?;
        self.frame(&query, &sums)
    }

    fn frame(&self, query: &Query<'_>, sums: &[Field64]) -> Result<Vec<u8>, Error> {
        let mut out = alloc::vec![0u8; Self::answer_len(&self.view)];
        let header = self.view.header(Kind::Answer, 0, self.id, query.round);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.u8(query.kind as u8)?;
        writer.bytes(query.digest)?;
        query.quorum.write(&mut writer, self.view.answerers())?;
        writer.elements(sums)?;
        writer.finish_tagged(&header, &query.key(&self.frame_key)?)?;
        Ok(out)
    }

    /// Bytes of an answer: header, `kind u8 ‖ set digest ‖ quorum mask ‖ channels × 8`, tag.
    pub fn answer_len(view: &EpochView) -> usize {
        let fixed = Header::LEN.wrapping_add(1 + 32).wrapping_add(Tag::LEN);
        let values = view.channels().wrapping_mul(Field64::LEN);
        fixed.wrapping_add(Quorum::mask_len(view.answerers())).wrapping_add(values)
    }

    /// Moves the keys with meters to a ratchet step; earlier ones are gone.
    fn advance_to(&mut self, step: u32) -> Result<(), Error> {
        if step < self.step {
            return Err(Misuse::OutOfOrder.into());
        }
        for _ in self.step..step {
            self.meters.iter_mut().for_each(PairKey::ratchet);
        }
        self.step = step;
        Ok(())
    }
}

/// Weighted corrections of a quorum: what its members' pads lack to be shares. `sum_of(number)` is the sum
/// of the set's corrections for an answerer, if it has any.
///
/// # Errors
/// As [`Quorum::coefficient`].
pub fn weighted_corrections<'a>(
    quorum: &Quorum,
    channels: usize,
    sum_of: impl Fn(u8) -> Option<&'a [Field64]>,
) -> Result<Vec<Field64>, Error> {
    let mut total = alloc::vec![Field64::ZERO; channels];
    for number in quorum.iter() {
        if let Some(sum) = sum_of(number) {
            let weight = quorum.coefficient(number)?;
            let mut weighted = sum.to_vec();
            weighted.iter_mut().for_each(|v| *v = weight * *v);
            add_assign(&mut total, &weighted);
        }
    }
    Ok(total)
}

impl core::fmt::Debug for Answerer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Answerer")
            .field("id", &self.id)
            .field("number", &self.number())
            .finish_non_exhaustive()
    }
}

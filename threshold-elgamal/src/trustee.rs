//! The trustee: checks every contribution of a closed set itself, and helps to open the sum once a round and the bills
//! once a window.

mod bills;
mod hinted;
mod state;

use alloc::vec::Vec;
use core::fmt;

use meter_link::answer::{Agreement, AnswerKind, AnswererRecord, Stated};
use meter_link::frame::Writer;
use meter_link::key::Label;
use meter_link::log::{Form, Log};
use meter_link::roster::{Member, Roster};
use meter_link::round::Close;
use meter_link::set::Members;
use meter_link::{EpochView, Identity, Kind, LinkSecret, PairKey, PartyId, Prepared, Role, Round};

use crate::equality::Encoded;
use crate::error::{Error, Fault, Misuse};
use crate::keys::{KeySet, SecretShare};
use crate::list::Sums;
use crate::message;
use crate::params::Params;
use crate::share::Place;
use crate::tally::{Parts, Tally};
use crate::verify::{Contribution, Verifier};

/// A trustee of one epoch.
pub struct Trustee {
    id: PartyId,
    identity: Identity,
    roster: Roster,
    verifier: Verifier,
    share: SecretShare,
    frame_key: PairKey,
    agreement: Agreement,
    tally: Option<Tally>,
    agreed: Option<Agreed>,
}

/// The list or window that this trustee has signed last, and the sums it built of it.
struct Agreed {
    stated: Stated,
    sums_of_r: Vec<Encoded>,
}

/// Who a trustee is, and its secrets of the epoch.
#[derive(Debug)]
pub struct Post {
    /// Its id.
    pub id: PartyId,
    /// Signs its statements.
    pub identity: Identity,
    /// Its link key; wiped once the key shared with the utility is made.
    pub link: LinkSecret,
    /// Its share of the group's secret key.
    pub share: SecretShare,
}

impl Trustee {
    /// Takes the post, for the epoch's roster and key set.
    ///
    /// # Errors
    /// [`meter_link::Misuse::UnknownParty`] if the roster does not list the trustee with its identity and
    /// link key; [`Misuse::WrongKeySet`]; [`Misuse::WrongShare`] if the share is not that of the trustee's
    /// number in the key set; as [`EpochView::check_roster`]; [`Fault`] blaming the utility for its key.
    pub fn new(
        params: &Params,
        view: &EpochView,
        post: Post,
        keys: &KeySet,
        roster: Roster,
    ) -> Result<Self, Error> {
        let Post { id, identity, link, share } = post;
        let (own, own_link) = (identity.public(), link.public());
        seat(|m| m.id == id && m.identity == own && m.link == own_link, &share, keys, params, &roster)?;
        let frame_key = link.pair_key(Label::Frame, view.context(), id, &view.utility().peer(), &[])?;
        let verifier = Verifier::new(params, view, &roster, keys.group_key())?;
        let agreement = Agreement::new(view, id, share.number(), params.threshold().threshold())?;
        let tally = fresh_tally(params, view);
        Ok(Trustee { id, identity, roster, verifier, share, frame_key, agreement, tally, agreed: None })
    }

    /// 1 … n.
    pub fn number(&self) -> u8 {
        self.agreement.number()
    }

    /// Takes a stored record into account after a restart.
    ///
    /// # Errors
    /// As [`Agreement::replay`].
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        Ok(self.agreement.replay(record)?)
    }

    /// The end of its log.
    pub fn log(&self) -> &Log {
        self.agreement.log()
    }

    /// The end of its log, signed.
    ///
    /// # Errors
    /// As [`Agreement::log_head`].
    pub fn log_head(&self, round: Round) -> Result<Vec<u8>, Error> {
        Ok(self.agreement.log_head(&self.identity, round)?)
    }

    /// Takes the utility's Open.
    ///
    /// # Errors
    /// As [`Agreement::open`].
    pub fn open(&mut self, now: Round, frame: &[u8]) -> Result<(), Error> {
        self.agreement.open(now, frame)?;
        Ok(())
    }

    /// The round before the open one, if its set is missing here although the Open names its Close: ask the utility
    /// for its Open, Close and contributions, and [catch up](Trustee::catch_up) **before** agreeing to another set, or
    /// there is no bill of this trustee for the window.
    pub fn missed(&self) -> Option<Round> {
        let round = self.agreement.predecessor()?;
        let books = self.tally.as_ref()?.books();
        (books.window_of(round).is_some() && books.lacks(round)).then_some(round)
    }

    /// Checks the Close of the open round and every contribution of its set, sums them, and signs the list:
    /// **the one list that this trustee signs in the round**. The record is to be stored before the
    /// statement can be had.
    ///
    /// `contributions` are the meters' frames, ascending by id, one for each member of the set.
    ///
    /// # Errors
    /// As [`Agreement::close`]; [`Fault`] blaming the utility for a list that is not the set's, for one with
    /// bytes that are no contribution or that its meter has not signed for this round, for a second list of
    /// the round, and for one of a window that was billed ([`meter_link::Fault::RoundClosed`]); a meter for what it did
    /// sign: no points or scalars, R the identity or used twice, a proof that does not hold. Nothing has changed then.
    pub fn agree(
        &mut self,
        now: Round,
        close: &[u8],
        contributions: &[&[u8]],
    ) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let (close, _) = self.agreement.close(now, close)?;
        let list = self.verified(&close, contributions, &[])?;
        self.agree_to(&close, &list)
    }

    /// Agrees to the list of the open round without a statement: others are asked. **Only who knows the lists of all
    /// rounds can answer for their window**, and counts the changes of all sets.
    ///
    /// # Errors
    /// As [`Trustee::agree`], whoever the Close asks.
    pub fn follow(
        &mut self,
        now: Round,
        close: &[u8],
        contributions: &[&[u8]],
    ) -> Result<Prepared<(), AnswererRecord>, Error> {
        let close = self.agreement.follow(now, close)?;
        let list = self.verified(&close, contributions, &[])?;
        self.agree_silently(&close, &list)
    }

    /// The same for a past round that it has missed, given the round's Open too. Rounds are caught up in ascending
    /// order and before another set is agreed to.
    ///
    /// # Errors
    /// As [`Trustee::follow`] and [`Agreement::catch_up`].
    pub fn catch_up(
        &mut self,
        now: Round,
        open: &[u8],
        close: &[u8],
        contributions: &[&[u8]],
    ) -> Result<Prepared<(), AnswererRecord>, Error> {
        let close = self.agreement.catch_up(now, open, close)?;
        let list = self.verified(&close, contributions, &[])?;
        self.agree_silently(&close, &list)
    }

    /// The contributions of a closed set, each of which is checked.
    fn verified(
        &self,
        close: &Close<'_>,
        contributions: &[&[u8]],
        hints: &[u8],
    ) -> Result<Vec<Contribution>, Error> {
        self.check_window(close.round)?;
        if contributions.len() != close.set.count() as usize {
            return Err(Fault::WrongList.of(PartyId::UTILITY));
        }
        let verified = self.verifier.verify_hinted(close.round, contributions, hints);
        verified.into_iter().collect::<Result<_, _>>().map_err(of_list)
    }

    fn agree_to(
        &mut self,
        close: &Close<'_>,
        list: &[Contribution],
    ) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let sums = self.sums_of(close, list)?;
        let stated = Stated { kind: Kind::SetStatement, round: close.round, digest: sums.digest };
        let statement = stated.sign(self.verifier.view(), &self.identity, self.id)?;
        let record = self.settle(close, list, &sums, Form::Statement, &statement)?;
        let sums_of_r = sums.channels.iter().map(|sum| Encoded::from(sum.r)).collect();
        self.agreed = Some(Agreed { stated, sums_of_r });
        Ok(Prepared::new(record, statement))
    }

    fn agree_silently(
        &mut self,
        close: &Close<'_>,
        list: &[Contribution],
    ) -> Result<Prepared<(), AnswererRecord>, Error> {
        let sums = self.sums_of(close, list)?;
        // What is agreed to and entered already is no new entry, however often a network repeats it.
        let entered = self.tally.as_ref().is_none_or(|tally| !tally.books().lacks(close.round));
        let known = entered && self.agreement.settled(close.round);
        if let Some(record) = self.agreement.log().last_record().filter(|_| known) {
            return Ok(Prepared::new(*record, ()));
        }
        Ok(Prepared::new(self.settle(close, list, &sums, Form::Agreed, &[])?, ()))
    }

    /// Digest and sum of a list that may be agreed to.
    fn sums_of(&self, close: &Close<'_>, list: &[Contribution]) -> Result<Sums, Error> {
        let meters = self.roster.meters();
        let members = close.set.positions().filter_map(|p| meters.get(p as usize).map(|m| m.id));
        let sums = Sums::of(self.verifier.view(), members, list.iter())?;
        self.agreement.check(AnswerKind::ElgamalRound, close.round, &sums.digest)?;
        Ok(sums)
    }

    /// Fixes the digest, enters what is told into the log and the list into the window.
    fn settle(
        &mut self,
        close: &Close<'_>,
        list: &[Contribution],
        sums: &Sums,
        form: Form,
        told: &[u8],
    ) -> Result<AnswererRecord, Error> {
        let record = self.agreement.fix(close, sums.digest, form, told)?;
        if let Some(tally) = &mut self.tally {
            tally.enter(close.round, &sums.digest, &Members::from(close.set), list)?;
        }
        Ok(record)
    }

    /// The decryption shares of what was signed last, the sum of a list or the bills of a window, with the proof that they
    /// are, once t trustees have signed the same: for the utility.
    ///
    /// # Errors
    /// [`meter_link::Misuse::OutOfOrder`] before [`Trustee::agree`] or [`Trustee::agree_bill`], and without the own
    /// statement among those given, which can be had only once its record is stored; [`Error::Quorum`] with fewer than t
    /// statements, the own one included; [`Fault`] blaming a trustee: no trustee, wrong signature, round or
    /// digest, the same statement twice, which the network can all bring about.
    pub fn answer(&mut self, statements: &[&[u8]]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let agreed = self.agreed.as_ref().ok_or(meter_link::Misuse::OutOfOrder)?;
        let stated = agreed.stated;
        let (view, answerers) = (self.verifier.view(), self.roster.answerers());
        let threshold = self.agreement.threshold();
        stated.certified_with(self.number(), view, answerers, threshold, statements)?;
        let (share, kind) = match stated.kind {
            Kind::WindowStatement => {
                (self.share_frame(Kind::WindowShare, agreed)?, AnswerKind::ElgamalWindow)
            }
            _ => (self.share_frame(Kind::ProvenShare, agreed)?, AnswerKind::ElgamalRound),
        };
        let record = self.agreement.fix_digest(kind, stated.round, stated.digest, Form::Raw, &share)?;
        Ok(Prepared::new(record, share))
    }

    // Deterministic: the same list gives the same frame, as a one-time tag demands.
    fn share_frame(&self, kind: Kind, agreed: &Agreed) -> Result<Vec<u8>, Error> {
        let view = self.verifier.view();
        let place = Place::new(view.context(), self.verifier.key(), &agreed.stated, self.share.number());
        let (shares, proof) = place.prove(&self.share, &agreed.sums_of_r)?;
        let mut out = alloc::vec![0u8; message::share_len(shares.len())];
        let header = view.header(kind, 0, self.id, agreed.stated.round);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.bytes(&agreed.stated.digest)?;
        for share in &shares {
            writer.bytes(share.bytes())?;
        }
        writer.bytes(&proof.to_bytes())?;
        writer.finish_tagged(&header, &self.frame_key)?;
        Ok(out)
    }
}

/// What a trustee keeps of windows, where there are any.
fn fresh_tally(params: &Params, view: &EpochView) -> Option<Tally> {
    params.windows().map(|windows| Tally::new(windows, view, Parts::Blindings))
}

/// The trustee's entry in the roster, which has the share's number.
fn seat(
    own: impl Fn(&Member) -> bool,
    share: &SecretShare,
    keys: &KeySet,
    params: &Params,
    roster: &Roster,
) -> Result<Member, Error> {
    let mut numbered = (1..=u8::MAX).zip(roster.answerers());
    let listed = numbered.find(|(_, member)| member.role == Role::Trustee && own(member));
    let (number, member) = listed.ok_or(meter_link::Misuse::UnknownParty)?;
    if keys.threshold() != params.threshold() {
        return Err(Misuse::WrongKeySet.into());
    }
    if share.number() != number || keys.member(number) != Some(&share.public()) {
        return Err(Misuse::WrongShare.into());
    }
    Ok(*member)
}

/// Bytes that are no contribution, or that their meter did not sign, or not for this, are the fault of who made
/// the list: the utility checks all of it before a meter counts.
fn of_list(error: Error) -> Error {
    match error {
        Error::Malformed(_) | Error::Fault { fault: Fault::Link(_), .. } => {
            Fault::WrongList.of(PartyId::UTILITY)
        }
        _ => error,
    }
}

impl fmt::Debug for Trustee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trustee").field("id", &self.id).field("share", &self.share).finish_non_exhaustive()
    }
}

//! The trustee: checks every contribution of a closed set itself, and helps to open the sum once a round.

mod state;

use alloc::vec::Vec;
use core::fmt;

use meter_link::answer::{Agreement, AnswerKind, AnswererRecord, Stated};
use meter_link::frame::Writer;
use meter_link::key::Label;
use meter_link::log::{Form, Log};
use meter_link::roster::{Member, Roster};
use meter_link::{EpochView, Identity, Kind, LinkSecret, PairKey, PartyId, Prepared, Role, Round};

use crate::equality::Encoded;
use crate::error::{Error, Fault, Misuse};
use crate::keys::{KeySet, SecretShare};
use crate::list::Sums;
use crate::message;
use crate::params::Params;
use crate::share::Place;
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
    agreed: Option<Agreed>,
}

/// The list that this trustee has signed last, and the sums it built of it.
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
        Ok(Trustee { id, identity, roster, verifier, share, frame_key, agreement, agreed: None })
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

    /// Checks the Close of the open round and every contribution of its set, sums them, and signs the list:
    /// **the one list that this trustee signs in the round**. The record is to be stored before the
    /// statement can be had.
    ///
    /// `contributions` are the meters' frames, ascending by id, one for each member of the set.
    ///
    /// # Errors
    /// As [`Agreement::close`]; [`Fault`] blaming the utility for a list that is not the set's, for one with
    /// bytes that are no contribution or that its meter has not signed for this round, and for a second list of
    /// the round; a meter for what it did sign: no points or scalars, R the identity or used twice, a proof that
    /// does not hold. Nothing has changed then.
    pub fn agree(
        &mut self,
        now: Round,
        close: &[u8],
        contributions: &[&[u8]],
    ) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let (close, _) = self.agreement.close(now, close)?;
        let round = close.round;
        if contributions.len() != close.set.count() as usize {
            return Err(Fault::WrongList.of(PartyId::UTILITY));
        }
        let verified = self.verifier.verify_all(round, contributions);
        let list = verified.into_iter().collect::<Result<Vec<Contribution>, _>>().map_err(of_list)?;
        let meters = self.roster.meters();
        let members = close.set.positions().filter_map(|p| meters.get(p as usize).map(|m| m.id));
        let sums = Sums::of(self.verifier.view(), members, list.iter())?;
        let view = self.verifier.view();
        let stated = Stated { kind: Kind::SetStatement, round, digest: sums.digest };
        let statement = stated.sign(view, &self.identity, self.id)?;
        let record = self.agreement.fix(&close, sums.digest, Form::Statement, &statement)?;
        let sums_of_r = sums.channels.iter().map(|sum| Encoded::from(sum.r)).collect();
        self.agreed = Some(Agreed { stated, sums_of_r });
        Ok(Prepared::new(record, statement))
    }

    /// The decryption share of the list signed last, with the proof that it is one, once t trustees have signed the same: for the utility.
    ///
    /// # Errors
    /// [`meter_link::Misuse::OutOfOrder`] before [`Trustee::agree`], and without the own statement among
    /// those given, which can be had only once its record is stored; [`Error::Quorum`] with fewer than t
    /// statements, the own one included; [`Fault`] blaming a trustee: no trustee, wrong signature, round or
    /// list, the same statement twice.
    pub fn answer(&mut self, statements: &[&[u8]]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let agreed = self.agreed.as_ref().ok_or(meter_link::Misuse::OutOfOrder)?;
        let stated = agreed.stated;
        let (view, answerers) = (self.verifier.view(), self.roster.answerers());
        let threshold = self.agreement.threshold();
        stated.certified_with(self.number(), view, answerers, threshold, statements)?;
        let share = self.share_frame(agreed)?;
        let kind = AnswerKind::ElgamalRound;
        let record = self.agreement.fix_digest(kind, stated.round, stated.digest, Form::Raw, &share)?;
        Ok(Prepared::new(record, share))
    }

    // Deterministic: the same list gives the same frame, as a one-time tag demands.
    fn share_frame(&self, agreed: &Agreed) -> Result<Vec<u8>, Error> {
        let view = self.verifier.view();
        let place = Place::new(view.context(), self.verifier.key(), &agreed.stated, self.share.number());
        let (shares, proof) = place.prove(&self.share, &agreed.sums_of_r)?;
        let mut out = alloc::vec![0u8; message::share_len(view.channels())];
        let header = view.header(Kind::ProvenShare, 0, self.id, agreed.stated.round);
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

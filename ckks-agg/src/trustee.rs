//! The trustee: checks and sums the contributions of a closed set itself, and helps to open the sum once.

mod state;

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use meter_link::answer::{AnswerKind, AnswererRecord, Quorum, Stated};
use meter_link::frame::Writer;
use meter_link::key::Label;
use meter_link::log::{Form, Log};
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Kind, LinkSecret, PairKey, Prepared, Role, Round};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::aggregate::Aggregate;
use crate::answer::{AnswerRecord, both, replay, share_len};
use crate::desk::Desk;
use crate::error::{Error, Misuse};
use crate::joint::{JointSecret, Ledger, Query, polynomial_digest};
use crate::keys::PublicKey;
use crate::params::Params;

/// A trustee of one epoch.
pub struct Trustee {
    desk: Desk,
    secret: JointSecret,
    frame_key: PairKey,
    ledger: Ledger,
    agreed: Option<Agreed>,
}

/// The set that this trustee has signed last, and what it answered.
struct Agreed {
    stated: Stated,
    quorum: Quorum,
    aggregate: Aggregate,
    answer: Option<(AnswerRecord, Vec<u8>)>,
}

impl Trustee {
    /// Takes the post, for the epoch's roster and joint key. The link secret may be wiped afterwards.
    ///
    /// # Errors
    /// [`meter_link::Misuse::UnknownParty`] if the roster does not list a trustee with this identity and link key;
    /// [`Misuse::WrongParty`] if the secret is another number's or another threshold's; [`Misuse::WrongKey`] if it is of
    /// another key; as [`Verifier::new`](crate::Verifier::new).
    pub fn new(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        link: &LinkSecret,
        secret: JointSecret,
        key: &PublicKey,
        roster: Roster,
    ) -> Result<Self, Error> {
        let desk = Desk::new(params, view, identity, Some(link.public()), Role::Trustee, key, roster)?;
        let frame_key = link.pair_key(Label::Frame, view.context(), desk.id, &view.utility().peer(), &[])?;
        Self::with(desk, secret, key, frame_key)
    }

    fn with(desk: Desk, secret: JointSecret, key: &PublicKey, frame_key: PairKey) -> Result<Self, Error> {
        if secret.key_id() != key.id() {
            return Err(Misuse::WrongKey.into());
        }
        let params = desk.params();
        let seat = (desk.agreement.number(), params.threshold(), params.answerers());
        if (secret.number(), secret.threshold(), secret.parties()) != seat {
            return Err(Misuse::WrongParty.into());
        }
        Ok(Trustee { desk, secret, frame_key, ledger: Ledger::new(), agreed: None })
    }

    /// 1 … n.
    pub fn number(&self) -> u8 {
        self.desk.agreement.number()
    }

    /// Takes a stored record into account after a restart: of any of its steps, in any order. A round that was answered is
    /// answered no more.
    ///
    /// # Errors
    /// [`meter_link::Malformed::BadRecord`]; as [`Agreement::replay`](meter_link::answer::Agreement::replay).
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        replay(&mut self.desk, &mut self.ledger, record)
    }

    /// The end of its log.
    pub fn log(&self) -> &Log {
        self.desk.agreement.log()
    }

    /// The end of its log, signed.
    ///
    /// # Errors
    /// As [`Agreement::log_head`](meter_link::answer::Agreement::log_head).
    pub fn log_head(&self, round: Round) -> Result<Vec<u8>, Error> {
        Ok(self.desk.agreement.log_head(&self.desk.identity, round)?)
    }

    /// Takes the utility's list of commitments (kind 65), **the one list that this trustee goes by in the epoch**, and states
    /// it (kind 66): for meters, who contribute when t trustees have stated one.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`](crate::Fault) blaming the utility: not its list, too few meters, or a second
    /// list ([`meter_link::Fault::Contradiction`]).
    pub fn certify(&mut self, list: &[u8]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        self.desk.certify(list)
    }

    /// Takes the utility's Open.
    ///
    /// # Errors
    /// As [`Agreement::open`](meter_link::answer::Agreement::open).
    pub fn open(&mut self, now: Round, frame: &[u8]) -> Result<(), Error> {
        self.desk.agreement.open(now, frame)?;
        Ok(())
    }

    /// Checks the Close of the open round and every contribution of its set, sums them, and signs the set with its
    /// ciphertexts (kind 20): **the one that this trustee signs in the round**. The record is to be stored before the
    /// statement can be had.
    ///
    /// `contributions` are the meters' frames, ascending by id, one for each member of the set.
    ///
    /// # Errors
    /// As [`Agreement::close`](meter_link::answer::Agreement::close); [`Fault`](crate::Fault) blaming the utility for a Close before
    /// there is a list, for contributions that are not the set's, or for another set of the round; a meter as
    /// [`Verifier::verify`](crate::Verifier::verify). Nothing has changed then.
    pub fn agree(
        &mut self,
        now: Round,
        close: &[u8],
        contributions: &[&[u8]],
    ) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let asked = self.desk.asked(now, close, contributions)?;
        let (round, digest) = (asked.close.round, asked.aggregate.digest);
        let stated = Stated { kind: Kind::SetStatement, round, digest };
        let statement = stated.sign(self.desk.view(), &self.desk.identity, self.desk.id)?;
        let record = self.desk.agreement.fix(&asked.close, digest, Form::Statement, &statement)?;
        let same = |a: &Agreed| a.stated == stated && a.quorum == asked.quorum;
        if !self.agreed.as_ref().is_some_and(same) {
            let (quorum, aggregate) = (asked.quorum, asked.aggregate);
            self.agreed = Some(Agreed { stated, quorum, aggregate, answer: None });
        }
        Ok(Prepared::new(record, statement))
    }

    /// The share of the sum that was signed last (kind 68), once t trustees have signed the same: for the utility. The same
    /// question again gets the same bytes, until a restart; **after a restart, or for another quorum, a round that was
    /// answered gets none**.
    ///
    /// # Errors
    /// [`meter_link::Misuse::OutOfOrder`] before [`Trustee::agree`], and without the own statement among those given;
    /// [`Error::Quorum`] with fewer than t statements, the own one included; [`Misuse::AnsweredBefore`]; [`Misuse::BadFlood`] when all
    /// answers that floods are made for have been given; [`Fault`](crate::Fault) blaming a trustee: no trustee, wrong
    /// signature, round or digest, the same statement twice, which the network can all bring about.
    pub fn answer<R: CryptoRng + ?Sized>(
        &mut self,
        statements: &[&[u8]],
        rng: &mut R,
    ) -> Result<Prepared<Vec<u8>, AnswerRecord>, Error> {
        let agreed = self.agreed.as_ref().ok_or(meter_link::Misuse::OutOfOrder)?;
        let stated = agreed.stated;
        let answerers = self.desk.roster.answerers();
        let threshold = self.desk.agreement.threshold();
        stated.certified_with(self.number(), self.desk.view(), answerers, threshold, statements)?;
        if let Some((record, frame)) = &agreed.answer {
            return Ok(Prepared::new(*record, frame.clone()));
        }
        let polynomial = polynomial_digest(&agreed.aggregate.sum);
        if self.ledger.contains(&polynomial) {
            return Err(Misuse::AnsweredBefore.into());
        }
        let frame = self.share(agreed, rng)?;
        let most = self.desk.params().flooding().answers();
        let entered = self.ledger.take(&polynomial, most)?;
        let (kind, digest) = (AnswerKind::CkksRound, stated.digest);
        let logged = self.desk.agreement.fix_digest(kind, stated.round, digest, Form::Raw, &frame)?;
        let record = both(&logged, &entered);
        if let Some(agreed) = &mut self.agreed {
            agreed.answer = Some((record, frame.clone()));
        }
        Ok(Prepared::new(record, frame))
    }

    /// Header, `digest 32 ‖ quorum mask ‖ residues u64 of the coefficients, prime by prime`, tag.
    fn share<R: CryptoRng + ?Sized>(&self, agreed: &Agreed, rng: &mut R) -> Result<Vec<u8>, Error> {
        let view = self.desk.view();
        let (round, digest) = (agreed.stated.round, &agreed.stated.digest);
        let query = Query { context: view.context(), round, digest, quorum: &agreed.quorum };
        let mut random = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(random.as_mut_slice());
        let key = self.secret.flood_key(digest, &random)?;
        let params = self.desk.params();
        let sigma = params.sigma(agreed.aggregate.sum.bound().noise);
        let values = params.opened();
        let residues = self.secret.residues(&query, &agreed.aggregate.sum, values, sigma, &key)?;
        let mut out = vec![0u8; share_len(params)];
        let header = view.header(Kind::PolynomialShare, 0, self.desk.id, round);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.bytes(digest)?;
        agreed.quorum.write(&mut writer, view.answerers())?;
        for residue in residues {
            writer.u64(residue)?;
        }
        writer.finish_tagged(&header, &self.frame_key)?;
        Ok(out)
    }
}

impl fmt::Debug for Trustee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trustee")
            .field("id", &self.desk.id)
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

//! The holder of the whole key: checks and sums the contributions of a closed set itself, and tells the utility what is in it,
//! once.

mod check;
mod state;

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use meter_link::answer::{AnswerKind, AnswererRecord};
use meter_link::frame::{Header, Writer};
use meter_link::key::Label;
use meter_link::log::{Form, Log};
use meter_link::mark::check;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Kind, LinkSecret, PairKey, PartyId, Prepared, Role, Round, sealed};
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use crate::answer::{AnswerRecord, both, replay};
use crate::desk::{Asked, Desk};
use crate::encode::Encoder;
use crate::error::{Error, Fault, Misuse};
use crate::joint::{Ledger, polynomial_digest};
use crate::keys::SecretKey;
use crate::params::{Opening, Params, Values};
use crate::statement::{self, STATEMENT_LEN};

/// The key holder of one epoch.
pub struct KeyHolder {
    desk: Desk,
    key: SecretKey,
    encoder: Arc<Encoder>,
    seal: PairKey,
    ledger: Ledger,
    /// Meters that have sent what was no encryption: out for the epoch.
    refused: BTreeSet<PartyId>,
    last: Option<Answered>,
}

/// `40 u8 ‖ meter u32 ‖ check 4`.
pub type RefusalRecord = [u8; 9];

const REFUSAL: u8 = 40;

fn refusal(meter: PartyId) -> RefusalRecord {
    let mut out = [0u8; 9];
    let (body, sum) = out.split_at_mut(5);
    for (place, byte) in body.iter_mut().zip([REFUSAL].into_iter().chain(meter.0.to_le_bytes())) {
        *place = byte;
    }
    sum.copy_from_slice(&check(body));
    out
}

struct Answered {
    round: Round,
    digest: [u8; 32],
    record: AnswerRecord,
    frame: Vec<u8>,
}

impl KeyHolder {
    /// Takes the post, with a key of its own of this epoch. The link secret may be wiped afterwards.
    ///
    /// # Errors
    /// [`Misuse::WrongParty`] in a session with trustees; [`meter_link::Misuse::UnknownParty`] if the roster does not list a
    /// holder with this identity and link key; as [`Verifier::new`](crate::Verifier::new).
    pub fn new(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        link: &LinkSecret,
        key: SecretKey,
        encoder: &Arc<Encoder>,
        roster: Roster,
    ) -> Result<Self, Error> {
        let public = key.public_key();
        let desk = Desk::new(params, view, identity, Some(link.public()), Role::Holder, public, roster)?;
        let seal = link.pair_key(Label::Seal, view.context(), desk.id, &view.utility().peer(), &[])?;
        Self::with(desk, key, encoder, seal)
    }

    fn with(desk: Desk, key: SecretKey, encoder: &Arc<Encoder>, seal: PairKey) -> Result<Self, Error> {
        if desk.params().opening() != Opening::Holder {
            return Err(Misuse::WrongParty.into());
        }
        let (encoder, ledger, refused) = (Arc::clone(encoder), Ledger::new(), BTreeSet::new());
        Ok(KeyHolder { desk, key, encoder, seal, ledger, refused, last: None })
    }

    /// The signed statement of its public key (kind 72), for meters and the utility. Deterministic.
    ///
    /// # Errors
    /// None in practice.
    pub fn statement(&self) -> Result<[u8; STATEMENT_LEN], Error> {
        let digest = statement::key_digest(&self.key.public_key().to_bytes());
        let (view, kind) = (self.desk.view(), Kind::PublicKeyStatement);
        statement::sign(view, kind, self.desk.id, &self.desk.identity, &digest)
    }

    /// What is to be stored before anybody hears that this meter was refused ([`Fault::BadCiphertext`]), so that it is out after
    /// a restart too: each refusal tells the meter something of the key, and it is to have one. `None` for others.
    pub fn refusal(&self, meter: PartyId) -> Option<RefusalRecord> {
        self.refused.contains(&meter).then(|| refusal(meter))
    }

    /// Takes a stored record into account after a restart: of any of its steps, in any order. A round that was answered is
    /// answered no more, and a meter that was refused is out.
    ///
    /// # Errors
    /// [`meter_link::Malformed::BadRecord`]; as [`Agreement::replay`](meter_link::answer::Agreement::replay).
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        if let Ok([_, id @ .., _, _, _, _]) = <&RefusalRecord>::try_from(record) {
            let meter = PartyId(u32::from_le_bytes(*id));
            if refusal(meter) != *record {
                return Err(meter_link::Malformed::BadRecord.into());
            }
            self.refused.insert(meter);
            return Ok(());
        }
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

    /// Takes the utility's list of commitments, as [`Trustee::certify`](crate::Trustee::certify).
    ///
    /// # Errors
    /// As [`Trustee::certify`](crate::Trustee::certify).
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

    /// Checks the Close of the open round and every contribution of its set, sums them, and opens the sum (kind 67): **the one
    /// that this holder opens in the round**. The record is to be stored before the frame can be had. The same question
    /// again gets the same bytes, until a restart; after one, none.
    ///
    /// `contributions` are the meters' frames, ascending by id, one for each member of the set.
    ///
    /// # Errors
    /// As [`Trustee::agree`](crate::Trustee::agree) and [`Trustee::answer`](crate::Trustee::answer); [`Fault::BadCiphertext`]
    /// blaming a meter whose ciphertext is none, which is out for the epoch then: store its [`KeyHolder::refusal`]. A set with it
    /// is refused, and the round can be closed without it.
    pub fn answer<R: CryptoRng + ?Sized>(
        &mut self,
        now: Round,
        close: &[u8],
        contributions: &[&[u8]],
        rng: &mut R,
    ) -> Result<Prepared<Vec<u8>, AnswerRecord>, Error> {
        let asked = self.desk.asked(now, close, contributions)?;
        if let Some(meter) = asked.list.iter().map(|c| c.meter()).find(|id| self.refused.contains(id)) {
            return Err(Fault::BadCiphertext.of(meter));
        }
        let (round, digest) = (asked.close.round, asked.aggregate.digest);
        if let Some(last) = self.last.as_ref().filter(|last| (last.round, last.digest) == (round, digest)) {
            return Ok(Prepared::new(last.record, last.frame.clone()));
        }
        let polynomial = polynomial_digest(&asked.aggregate.sum);
        if self.ledger.contains(&polynomial) {
            return Err(Misuse::AnsweredBefore.into());
        }
        self.check_form(&asked)?;
        let frame = self.opened(&asked, rng)?;
        let entered = self.ledger.take(&polynomial, self.desk.params().flooding().answers())?;
        let logged = self.desk.agreement.fix(&asked.close, digest, Form::Raw, &frame)?;
        debug_assert!(self.desk.agreement.fixed(AnswerKind::CkksRound, round).is_some());
        let record = both(&logged, &entered);
        self.last = Some(Answered { round, digest, record, frame: frame.clone() });
        Ok(Prepared::new(record, frame))
    }

    /// Header, `sealed: digest 32 ‖ values (i64, or f64) 8 …`, seal.
    fn opened<R: CryptoRng + ?Sized>(&self, asked: &Asked<'_>, rng: &mut R) -> Result<Vec<u8>, Error> {
        let params = self.desk.params();
        let sum = &asked.aggregate.sum;
        let mut payload = Zeroizing::new(Vec::with_capacity(params.count().wrapping_mul(8).wrapping_add(32)));
        payload.extend(asked.aggregate.digest);
        match params.values() {
            Values::Integers => {
                let mut values = self.key.decrypt_exact(sum, rng)?;
                values.iter().take(params.count()).for_each(|value| payload.extend(value.to_le_bytes()));
                values.zeroize();
            }
            Values::Reals => {
                let decrypted = self.key.decrypt_shared(sum, &params.flooding(), rng)?;
                let values = Zeroizing::new(self.encoder.decode(&decrypted)?);
                values.iter().take(params.count()).for_each(|value| payload.extend(value.to_le_bytes()));
            }
        }
        let header = self.desk.view().header(Kind::OpenedSum, 0, self.desk.id, asked.close.round);
        let tag = sealed::seal(&self.seal, &header, PartyId::UTILITY, &mut payload)?;
        let mut out = vec![0u8; opened_len(params)];
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.bytes(&payload)?;
        writer.bytes(&tag)?;
        Ok(out)
    }
}

/// Bytes of an opened sum.
pub(crate) fn opened_len(params: &Params) -> usize {
    params.count().wrapping_mul(8).wrapping_add(Header::LEN + 32 + sealed::OVERHEAD)
}

impl fmt::Debug for KeyHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHolder").field("id", &self.desk.id).field("key", &self.key).finish_non_exhaustive()
    }
}

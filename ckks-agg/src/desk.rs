//! What trustees and the key holder do alike: they go by one list of commitments, agree to one set a round, and sum it
//! themselves.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::answer::{Agreement, AnswerKind, AnswererRecord, Quorum};
use meter_link::frame::Reader;
use meter_link::log::Form;
use meter_link::roster::{Member, Roster};
use meter_link::round::Close;
use meter_link::{EpochView, Identity, Kind, LinkPublic, PartyId, Prepared, Role, Round};

use crate::aggregate::Aggregate;
use crate::error::{Error, Fault};
use crate::keys::PublicKey;
use crate::list::List;
use crate::params::Params;
use crate::statement;
use crate::verify::{Contribution, Verifier};

/// An answerer of one epoch, whatever it answers with.
pub(crate) struct Desk {
    pub(crate) id: PartyId,
    pub(crate) identity: Identity,
    pub(crate) roster: Roster,
    pub(crate) verifier: Verifier,
    pub(crate) agreement: Agreement,
}

/// A set that may be agreed to.
pub(crate) struct Asked<'f> {
    pub(crate) close: Close<'f>,
    pub(crate) quorum: Quorum,
    pub(crate) list: Vec<Contribution>,
    pub(crate) aggregate: Aggregate,
}

impl Desk {
    pub(crate) fn new(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        link: Option<LinkPublic>,
        role: Role,
        key: &PublicKey,
        roster: Roster,
    ) -> Result<Self, Error> {
        let verifier = Verifier::new(params, view, &roster, key)?;
        let own = identity.public();
        let seat =
            |m: &&Member| m.role == role && m.identity == own && link.is_none_or(|link| link == m.link);
        let mut numbered = (1..=u8::MAX).zip(roster.answerers());
        let (number, member) = numbered.find(|(_, m)| seat(m)).ok_or(meter_link::Misuse::UnknownParty)?;
        let id = member.id;
        let agreement = Agreement::new(view, id, number, params.threshold())?;
        Ok(Desk { id, identity, roster, verifier, agreement })
    }

    pub(crate) fn view(&self) -> &EpochView {
        self.verifier.view()
    }

    pub(crate) fn params(&self) -> &Params {
        self.verifier.params()
    }

    /// Takes the list of commitments, and signs it.
    pub(crate) fn certify(&mut self, frame: &[u8]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let list = self.read_list(frame)?;
        let first = self.view().epoch().first_round;
        self.agreement.check(AnswerKind::CkksList, first, list.digest())?;
        let told = statement::sign(self.view(), Kind::ListStatement, self.id, &self.identity, list.digest())?;
        let record =
            self.agreement.fix_digest(AnswerKind::CkksList, first, *list.digest(), Form::Statement, &told)?;
        self.verifier = self.verifier.with_list(&Arc::new(list));
        Ok(Prepared::new(record, told.to_vec()))
    }

    fn read_list(&self, frame: &[u8]) -> Result<List, Error> {
        let list = List::verify(self.view(), frame)?;
        if list.count() < self.params().group().rules.min_meters() {
            return Err(Fault::Link(meter_link::Fault::SetTooSmall).of(PartyId::UTILITY));
        }
        Ok(list)
    }

    /// Checks a Close and every contribution of its set, and sums them.
    pub(crate) fn asked<'f>(
        &self,
        now: Round,
        close: &'f [u8],
        contributions: &[&[u8]],
    ) -> Result<Asked<'f>, Error> {
        let (close, quorum) = self.agreement.close(now, close)?;
        if self.verifier.list().is_none() && !self.params().trusts_all_meters() {
            return Err(Fault::Link(meter_link::Fault::NotExpected).of(PartyId::UTILITY));
        }
        if contributions.len() != close.set.count() as usize {
            return Err(Fault::WrongList.of(PartyId::UTILITY));
        }
        let mut list = Vec::with_capacity(contributions.len());
        for frame in contributions {
            list.push(self.verifier.verify(close.round, frame).map_err(of_list)?);
        }
        let meters = self.roster.meters();
        let members = close.set.positions().filter_map(|p| meters.get(p as usize).map(|m| m.id));
        let aggregate = Aggregate::of(&self.verifier, members, list.iter())?;
        self.agreement.check(AnswerKind::CkksRound, close.round, &aggregate.digest)?;
        Ok(Asked { close, quorum, list, aggregate })
    }

    /// Appends agreement and list: what a restart needs.
    pub(crate) fn save(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.agreement.save(out)?;
        let list = self.verifier.list().map(|list| list.frame()).unwrap_or_default();
        out.extend(u32::try_from(list.len()).map_err(|_| meter_link::Misuse::WrongLength)?.to_le_bytes());
        out.extend(list);
        Ok(())
    }

    /// Takes back what [`Desk::save`] wrote.
    pub(crate) fn load(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        self.agreement.load(reader)?;
        let len = reader.u32()? as usize;
        if len > 0 {
            let list = self.read_list(reader.bytes(len)?)?;
            let first = self.view().epoch().first_round;
            if self.agreement.fixed(AnswerKind::CkksList, first) != Some(list.digest()) {
                return Err(meter_link::Malformed::BadRecord.into());
            }
            self.verifier = self.verifier.with_list(&Arc::new(list));
        }
        Ok(())
    }
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

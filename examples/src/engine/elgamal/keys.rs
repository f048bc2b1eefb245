//! A trustee's part in making the group's key: the ceremony with all others, or its own key among the keys of all.
//!
//! Everybody's frames go to everybody, by way of the utility, which may repeat, delay and withhold them; all of a
//! trustee's own follow from one stored seed, so that a restart says the same again. **A ceremony that fails, fails
//! for the epoch**: whoever is shown to be wrong is named in an event, there are no sums, and the next epoch holds another.

use meter_link::answer::Threshold;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Kind, PartyId, Prepared};
use threshold_elgamal::ceremony::{
    Ceremony, Confirming, Echoing, Joining, Outcome, Participant, Seat, Sharing,
};
use threshold_elgamal::{Error, KeySet, Params, SecretShare};

use super::relay::Heard;
use crate::engine::{Ctx, Event, Refusal};

/// A key in the making.
pub(super) struct Making {
    me: PartyId,
    /// Of the epoch, for events.
    round: u32,
    step: Step,
    /// What this trustee says to all.
    pub(super) said: Vec<Vec<u8>>,
}

enum Step {
    Joining(Box<Joining>),
    Echoing(Box<Echoing>),
    Sharing(Box<Sharing>),
    Confirming(Box<Confirming>),
    /// A key of all: the own part of it.
    Own(Box<(SecretShare, Identity)>),
    Failed,
}

/// What is stored when there is a key.
pub(super) struct Made {
    pub(super) keys: KeySet,
    pub(super) share: SecretShare,
    pub(super) identity: Identity,
}

/// The ceremony that all trustees of an epoch hold: one an epoch, which no other has the number of.
pub(super) fn ceremony(params: &Params, view: &EpochView, roster: &Roster) -> Result<Ceremony, Error> {
    let seat = |member: &meter_link::roster::Member| Seat { id: member.id, identity: member.identity };
    let seats: Vec<Seat> = roster.answerers().iter().map(seat).collect();
    Ceremony::generate(params, view.epoch().epoch, &seats)
}

impl Making {
    /// Begins a ceremony, or goes on from its records, of which the first is the seed.
    pub(super) fn hold(
        ctx: &mut Ctx<'_>,
        ceremony: &Ceremony,
        view: &EpochView,
        (me, identity): (PartyId, Identity),
        records: &[Vec<u8>],
    ) -> Result<Self, Error> {
        let participant = Participant { id: me, identity, share: None };
        let joining = if records.is_empty() {
            let begun = Joining::begin(ceremony, participant, ctx.rng)?;
            stored(ctx, begun)
        } else {
            Joining::resume(ceremony, participant, records.iter().map(Vec::as_slice))?
        };
        let said = vec![joining.frame().to_vec()];
        let round = view.epoch().first_round.to_u32();
        Ok(Self { me, round, step: Step::Joining(Box::new(joining)), said })
    }

    /// An own key, which is stored.
    pub(super) fn own(
        view: &EpochView,
        me: PartyId,
        identity: Identity,
        share: SecretShare,
    ) -> Result<Self, Error> {
        let said = vec![share.announce(view, &identity, me)?];
        let round = view.epoch().first_round.to_u32();
        Ok(Self { me, round, step: Step::Own(Box::new((share, identity))), said })
    }

    /// Goes on as far as what was heard allows. What is stored comes before what is said of it.
    pub(super) fn go_on(
        &mut self,
        ctx: &mut Ctx<'_>,
        heard: &mut Heard,
        (view, threshold, roster): (&EpochView, Threshold, &Roster),
    ) -> Option<Made> {
        loop {
            let before = std::mem::discriminant(&self.step);
            self.step = match std::mem::replace(&mut self.step, Step::Failed) {
                Step::Joining(mut joining) => {
                    self.take(ctx, heard, Kind::Commitments, |frame| joining.accept(frame));
                    match joining.close() {
                        Ok(closed) => {
                            let echoing = stored(ctx, closed);
                            self.said.push(echoing.frame().to_vec());
                            Step::Echoing(Box::new(echoing))
                        }
                        Err(refused) => {
                            self.stays(ctx, refused.error, || Step::Joining(Box::new(refused.state)))
                        }
                    }
                }
                Step::Echoing(mut echoing) => {
                    self.take(ctx, heard, Kind::Echo, |frame| echoing.accept(frame));
                    let whole = echoing.missing().next().is_none();
                    for dispute in echoing.disputes().filter(|_| whole) {
                        let what = format!("has seen another announcement of {}, or says so", dispute.about);
                        self.blame(ctx, dispute.claimant, what);
                    }
                    match echoing.close() {
                        Ok(sharing) => {
                            self.said.extend(sharing.frame().map(<[u8]>::to_vec));
                            Step::Sharing(Box::new(sharing))
                        }
                        Err(refused) => {
                            self.stays(ctx, refused.error, || Step::Echoing(Box::new(refused.state)))
                        }
                    }
                }
                Step::Sharing(mut sharing) => {
                    self.take(ctx, heard, Kind::SealedShares, |frame| sharing.accept(frame));
                    if self.judge(ctx, heard, |complaint| sharing.judge(complaint).map(Into::into)) {
                        return None;
                    }
                    let complaints: Vec<Vec<u8>> = sharing.complaints().map(<[u8]>::to_vec).collect();
                    if !complaints.is_empty() {
                        for complaint in &complaints {
                            if let Ok(verdict) = sharing.judge(complaint) {
                                self.blame(ctx, verdict.culprit, verdict.fault.to_string());
                            }
                        }
                        self.said.extend(complaints);
                        return None;
                    }
                    match sharing.close() {
                        Ok(closed) => {
                            let confirming = stored(ctx, closed);
                            self.said.extend(confirming.frame().map(<[u8]>::to_vec));
                            Step::Confirming(Box::new(confirming))
                        }
                        Err(refused) => {
                            self.stays(ctx, refused.error, || Step::Sharing(Box::new(refused.state)))
                        }
                    }
                }
                Step::Confirming(mut confirming) => {
                    self.take(ctx, heard, Kind::Confirmation, |frame| confirming.accept(frame));
                    if self.judge(ctx, heard, |complaint| confirming.judge(complaint).map(Into::into)) {
                        return None;
                    }
                    let whole = confirming.missing().next().is_none();
                    for dispute in confirming.disputes().filter(|_| whole) {
                        let what = format!("has seen other shares of {}, or says so", dispute.about);
                        self.blame(ctx, dispute.claimant, what);
                    }
                    match confirming.finish() {
                        Ok(Outcome { keys, share: Some(share), identity }) => {
                            return Some(Made { keys, share, identity });
                        }
                        Ok(_) => Step::Failed,
                        Err(refused) => {
                            self.stays(ctx, refused.error, || Step::Confirming(Box::new(refused.state)))
                        }
                    }
                }
                Step::Own(own) => {
                    let keys = heard.of(Kind::OwnKey);
                    match KeySet::joint(view, threshold, roster, &keys) {
                        Ok(keys) => {
                            let (share, identity) = *own;
                            return Some(Made { keys, share, identity });
                        }
                        Err(Error::Fault { culprit, fault }) => {
                            let wrong: Vec<Vec<u8>> = keys.iter().map(|key| key.to_vec()).collect();
                            self.blame(ctx, culprit, fault.to_string());
                            wrong.iter().filter(|key| is_of(key, culprit)).for_each(|key| heard.drop(key));
                            Step::Own(own)
                        }
                        Err(_) => Step::Own(own),
                    }
                }
                Step::Failed => Step::Failed,
            };
            if std::mem::discriminant(&self.step) == before {
                return None;
            }
        }
    }

    /// Hands in all frames of a kind. One that its sender has not signed makes room for another; what it has signed and is
    /// wrong names it.
    fn take(
        &self,
        ctx: &mut Ctx<'_>,
        heard: &mut Heard,
        kind: Kind,
        mut accept: impl FnMut(&[u8]) -> Result<(), Error>,
    ) {
        let frames: Vec<Vec<u8>> = heard.of(kind).into_iter().map(<[u8]>::to_vec).collect();
        for frame in frames {
            if let Err(error) = accept(&frame) {
                heard.drop(&frame);
                if let Error::Fault { culprit, fault } = error {
                    self.blame(ctx, culprit, fault.to_string());
                }
            }
        }
    }

    /// Whether a complaint has ended the ceremony.
    fn judge(
        &self,
        ctx: &mut Ctx<'_>,
        heard: &mut Heard,
        judge: impl Fn(&[u8]) -> Result<Error, Error>,
    ) -> bool {
        let complaints: Vec<Vec<u8>> = heard.of(Kind::Complaint).into_iter().map(<[u8]>::to_vec).collect();
        for complaint in complaints {
            match judge(&complaint) {
                Ok(Error::Fault { culprit, fault }) => {
                    self.blame(ctx, culprit, fault.to_string());
                    return true;
                }
                // Nobody has signed it.
                _ => heard.drop(&complaint),
            }
        }
        false
    }

    /// Frames are missing, or the ceremony has failed.
    fn stays(&self, ctx: &mut Ctx<'_>, error: Error, step: impl FnOnce() -> Step) -> Step {
        if matches!(error, Error::Quorum { .. }) {
            return step();
        }
        self.blame(ctx, self.me, format!("the key ceremony has failed: {error}"));
        Step::Failed
    }

    fn blame(&self, ctx: &mut Ctx<'_>, party: PartyId, what: String) {
        ctx.out.event(Event::Fault {
            round: self.round,
            party: party.0,
            what: format!("key ceremony: {what}"),
        });
    }
}

fn is_of(frame: &[u8], sender: PartyId) -> bool {
    meter_link::Header::parse(frame).is_ok_and(|header| header.sender == sender)
}

/// Stores the record, and gives what it guards.
fn stored<T, R: AsRef<[u8]>>(ctx: &mut Ctx<'_>, prepared: Prepared<T, R>) -> T {
    ctx.out.record(prepared.record());
    prepared.stored()
}

/// A failure that ends the process.
pub(super) fn broken(error: Error) -> Refusal {
    Refusal::Broken(error.to_string())
}

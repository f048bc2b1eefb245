//! A trustee's part in making the epoch's joint key.
//!
//! Everybody's frames go to everybody by way of the utility, which may repeat, delay and withhold them; all of a trustee's
//! own follow from one stored seed, so that a restart says the same again. **A ceremony that fails, fails for the epoch**:
//! whoever is shown to be wrong is named in an event, there are no sums, and the next epoch holds another.

use ckks_agg::joint::{Joining, JointSecret, Participant, Revealing, Sharing};
use ckks_agg::{Error, Params, PublicKey};
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Kind, LinkSecret, PartyId};

use super::bulletin::Heard;
use super::tables;
use crate::engine::{Ctx, Event};

/// A key in the making.
pub(super) struct Making {
    me: PartyId,
    /// Of the epoch, for events.
    round: u32,
    step: Step,
    /// What this trustee says.
    pub(super) said: Vec<Vec<u8>>,
}

enum Step {
    Joining(Box<Joining>),
    Revealing(Box<Revealing>),
    Sharing(Box<Sharing>),
    Failed,
}

/// A key, and this trustee's part of it, with its statement.
pub(super) struct Made {
    pub(super) secret: JointSecret,
    pub(super) key: PublicKey,
    pub(super) statement: Vec<u8>,
}

impl Making {
    /// Begins a ceremony, or goes on from its record.
    pub(super) fn hold(
        ctx: &mut Ctx<'_>,
        params: &Params,
        (view, roster): (&EpochView, &Roster),
        (me, identity, link): (PartyId, &Identity, &LinkSecret),
        records: &[Vec<u8>],
    ) -> Result<Self, Error> {
        let who = Participant { id: me, identity, link };
        let ring = tables(params).ring;
        let joining = match records.first() {
            Some(record) => Joining::resume(params, view, &ring, roster, who, record)?,
            None => {
                let begun = Joining::begin(params, view, &ring, roster, who, ctx.rng)?;
                ctx.out.record(begun.record());
                begun.stored()
            }
        };
        let said = vec![joining.frame().to_vec()];
        let round = view.epoch().first_round.to_u32();
        Ok(Self { me, round, step: Step::Joining(Box::new(joining)), said })
    }

    /// Goes on as far as what was heard allows.
    pub(super) fn go_on(
        &mut self,
        ctx: &mut Ctx<'_>,
        heard: &mut Heard,
        identity: &Identity,
    ) -> Option<Made> {
        loop {
            let step = std::mem::replace(&mut self.step, Step::Failed);
            self.step = match step {
                Step::Joining(mut joining) => {
                    self.hear(ctx, heard, Kind::KeyCommitment, |frame| joining.accept(frame));
                    if joining.missing().next().is_some() {
                        self.step = Step::Joining(joining);
                        return None;
                    }
                    match joining.close(identity) {
                        Ok(revealing) => {
                            self.said.push(revealing.frame().to_vec());
                            Step::Revealing(Box::new(revealing))
                        }
                        Err(error) => return self.fail(ctx, error),
                    }
                }
                Step::Revealing(mut revealing) => {
                    self.hear(ctx, heard, Kind::KeyPart, |frame| revealing.accept(frame));
                    if revealing.missing().next().is_some() {
                        self.step = Step::Revealing(revealing);
                        return None;
                    }
                    match revealing.close() {
                        Ok(sharing) => {
                            self.said.extend(sharing.frames().map(|(_, frame)| frame.to_vec()));
                            Step::Sharing(Box::new(sharing))
                        }
                        Err(error) => return self.fail(ctx, error),
                    }
                }
                Step::Sharing(mut sharing) => {
                    self.hear(ctx, heard, Kind::SecretPolynomial, |frame| sharing.accept(frame));
                    if sharing.missing().next().is_some() {
                        self.step = Step::Sharing(sharing);
                        return None;
                    }
                    let made =
                        sharing.statement(identity).and_then(|statement| Ok((statement, sharing.close()?)));
                    return match made {
                        Ok((statement, (secret, key))) => {
                            Some(Made { secret, key, statement: statement.to_vec() })
                        }
                        Err(error) => self.fail(ctx, error),
                    };
                }
                Step::Failed => return None,
            };
        }
    }

    /// Hands in all frames of a kind. One that its sender has not signed makes room for another; what it has signed and is
    /// wrong names it.
    fn hear(
        &self,
        ctx: &mut Ctx<'_>,
        heard: &mut Heard,
        kind: Kind,
        mut accept: impl FnMut(&[u8]) -> Result<PartyId, Error>,
    ) {
        let frames: Vec<Vec<u8>> = heard.of(kind).map(<[u8]>::to_vec).collect();
        for frame in frames {
            if let Err(error) = accept(&frame) {
                heard.drop(&frame);
                if let Error::Fault { culprit, fault } = error {
                    self.blame(ctx, culprit, fault.to_string());
                }
            }
        }
    }

    fn fail(&mut self, ctx: &mut Ctx<'_>, error: Error) -> Option<Made> {
        self.blame(ctx, self.me, format!("the key ceremony has failed: {error}"));
        self.step = Step::Failed;
        None
    }

    fn blame(&self, ctx: &mut Ctx<'_>, party: PartyId, what: String) {
        let what = format!("key ceremony: {what}");
        ctx.out.event(Event::Fault { round: self.round, party: party.0, what });
    }
}

//! A meter of ckks-agg: takes the key that enough answerers have stated, commits to the noise of the epoch's rounds, and
//! contributes once enough of them have certified the list of all commitments.

use ckks_agg::{Encryptor, Error, Meter, Misuse, NoiseSecret, Params, certified, key_digest};
use meter_link::frame::Reader;
use meter_link::roster::Member;
use meter_link::{Channels, EpochView, Identity, Kind, PartyId, Round};
use zeroize::Zeroizing;

use super::bulletin::{self, Word};
use super::{broken, params, public_key, put, refused, tables, take};
use crate::deployment::Deployment;
use crate::engine::clocked::{self, Contributed, Contributor, Mark, kind, restore};
use crate::engine::seat::{Keys, Seat, SharedDevice};
use crate::engine::{Ctx, Letter, Refusal, Role};

/// Statements that are kept at most: t of the answerers'.
const MOST_STATEMENTS: usize = 255;

/// A meter with a key.
struct Sender {
    meter: Meter<Identity, Encryptor, Vec<[u8; 32]>>,
    key: Vec<u8>,
    secret: Zeroizing<[u8; 32]>,
    /// Of the list of commitments; none before it is certified.
    statements: Vec<Vec<u8>>,
    buffer: Vec<u8>,
}

/// A meter before and after it has what it needs.
struct Device {
    deployment: Deployment,
    params: Params,
    view: EpochView,
    id: PartyId,
    answerers: Vec<Member>,
    device: SharedDevice,
    /// When what is missing is asked for again.
    again: u64,
    stage: Stage,
}

enum Stage {
    /// No key; whether that is stored.
    Keyless(Box<Identity>, bool),
    /// What goes to the utility until the list is certified.
    Committed(Box<(Sender, Vec<u8>)>),
    Running(Box<clocked::Meter<Sender>>),
    Over,
}

pub(super) fn role(
    deployment: &Deployment,
    seat: Seat,
    device: SharedDevice,
) -> anyhow::Result<Box<dyn Role>> {
    let params = params(deployment)?;
    let Seat { view, id, identity, keys, lists, .. } = seat;
    let answerers = lists.answerers().to_vec();
    let mut meter = Device {
        deployment: deployment.clone(),
        params,
        view,
        id,
        answerers,
        device,
        again: 0,
        stage: Stage::Over,
    };
    meter.stage = match keys {
        Keys::Fresh(_) => Stage::Keyless(Box::new(identity), false),
        Keys::Stored(kept) => match restore(&kept, &meter.device)? {
            [] => Stage::Keyless(Box::new(identity), true),
            stored => {
                let mut reader = Reader::new(stored);
                let key = take(&mut reader)?.to_vec();
                let secret = Zeroizing::new(*reader.array()?);
                let mut statements = Vec::new();
                for _ in 0..reader.u8()? {
                    statements.push(take(&mut reader)?.to_vec());
                }
                reader.end()?;
                let (mut sender, commitment) = meter.commit(identity, key, secret)?;
                if statements.is_empty() {
                    Stage::Committed(Box::new((sender, commitment)))
                } else {
                    meter.certify(&mut sender, statements)?;
                    meter.running(sender, false)
                }
            }
        },
    };
    Ok(Box::new(meter))
}

impl Device {
    /// Makes the noise of all rounds from the secret, the same each time.
    fn commit(
        &self,
        identity: Identity,
        key: Vec<u8>,
        secret: Zeroizing<[u8; 32]>,
    ) -> Result<(Sender, Vec<u8>), Error> {
        let tables = tables(&self.params);
        let encryptor = Encryptor::new(&public_key(&tables, &key)?, &tables.encoder);
        let epoch = self.view.epoch();
        let rounds = epoch.last_round.to_u32().abs_diff(epoch.first_round.to_u32()).saturating_add(1);
        let leaves = vec![[0; 32]; usize::try_from(rounds).unwrap_or(usize::MAX)];
        let channels = Channels { first: 0, count: self.params.group().channels };
        let noise = NoiseSecret::from_bytes(&mut secret.clone());
        let mut meter =
            Meter::new(&self.params, &self.view, self.id, channels, identity, noise, encryptor, leaves)?;
        let commitment = crate::store::blocking(|| meter.commit())?.to_vec();
        let buffer = vec![0; meter.buffer_len()];
        Ok((Sender { meter, key, secret, statements: Vec::new(), buffer }, commitment))
    }

    fn certify(&self, sender: &mut Sender, statements: Vec<Vec<u8>>) -> Result<(), Error> {
        let slices: Vec<&[u8]> = statements.iter().map(Vec::as_slice).collect();
        sender.meter.certify(&self.view, &self.answerers, &slices)?;
        sender.statements = statements;
        Ok(())
    }

    fn running(&self, sender: Sender, fresh: bool) -> Stage {
        let device = SharedDevice::clone(&self.device);
        Stage::Running(Box::new(clocked::Meter::new(
            &self.deployment,
            &self.view,
            self.id,
            device,
            sender,
            fresh,
        )))
    }

    /// The device's last record, which may be another epoch's, and the keys.
    fn store(&self, ctx: &mut Ctx<'_>, keys: &[u8]) -> Result<(), Refusal> {
        let device = self.device.lock().map_err(|_| Refusal::Broken("the device is gone".to_owned()))?;
        ctx.out.state(clocked::state(device.record.as_deref(), keys)?);
        Ok(())
    }

    /// The key that enough answerers have stated, whoever brings it.
    fn stated(&mut self, ctx: &mut Ctx<'_>, statements: &[Vec<u8>], key: Vec<u8>) -> Result<(), Refusal> {
        if !matches!(self.stage, Stage::Keyless(..)) {
            return Err(Refusal::Stale("the key is here"));
        }
        let digest = self.agreed(Kind::PublicKeyStatement, statements)?;
        if digest != key_digest(&key) {
            return Err(clocked::fault(PartyId::UTILITY, "not the key that was stated"));
        }
        let Stage::Keyless(identity, _) = std::mem::replace(&mut self.stage, Stage::Over) else {
            return Ok(());
        };
        let secret = NoiseSecret::generate(&self.view, &identity, ctx.rng).to_bytes();
        let (sender, commitment) = self.commit(*identity, key, secret).map_err(broken)?;
        // The secret is on disk before anybody hears what follows from it.
        self.store(ctx, &sender.to_bytes()?)?;
        ctx.out.frame(PartyId::UTILITY, &commitment);
        self.again = ctx.now.saturating_add(bulletin::again(&self.deployment.timetable()));
        self.stage = Stage::Committed(Box::new((sender, commitment)));
        Ok(())
    }

    /// What enough answerers have signed.
    fn agreed(&self, kind: Kind, statements: &[Vec<u8>]) -> Result<[u8; 32], Refusal> {
        let slices: Vec<&[u8]> = statements.iter().take(MOST_STATEMENTS).map(Vec::as_slice).collect();
        certified(&self.params, &self.view, kind, &self.answerers, &slices).map_err(|error| match error {
            Error::Quorum { .. } => Refusal::Stale("too few have stated it"),
            error => refused(error),
        })
    }

    /// The list of all commitments is fixed: nobody can change its own any more.
    fn listed(&mut self, ctx: &mut Ctx<'_>, mut statements: Vec<Vec<u8>>) -> Result<(), Refusal> {
        if !matches!(self.stage, Stage::Committed(_)) {
            return Err(Refusal::Stale("the list is known, or of no use yet"));
        }
        statements.truncate(MOST_STATEMENTS);
        self.agreed(Kind::ListStatement, &statements)?;
        let Stage::Committed(stage) = std::mem::replace(&mut self.stage, Stage::Over) else { return Ok(()) };
        let (mut sender, _) = *stage;
        self.certify(&mut sender, statements).map_err(broken)?;
        self.stage = self.running(sender, true);
        self.wake(ctx)
    }
}

impl Role for Device {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        if from != PartyId::UTILITY {
            return Err(clocked::fault(from, "a meter hears from the utility only"));
        }
        match letter {
            Letter::Frames { frames, mut hints } => match frames.first().and_then(|frame| kind(frame)) {
                Some(Kind::PublicKeyStatement) => self.stated(ctx, &frames, hints.pop().unwrap_or_default()),
                Some(Kind::ListStatement) => self.listed(ctx, frames),
                _ => Err(clocked::fault(from, "no frames that a meter takes")),
            },
            letter => match &mut self.stage {
                Stage::Running(meter) => meter.receive(ctx, from, letter),
                _ => Err(Refusal::Stale("before the list is certified")),
            },
        }
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let due = ctx.now >= self.again;
        match &mut self.stage {
            Stage::Running(meter) => return meter.wake(ctx),
            Stage::Over => return Err(Refusal::Broken("the keys do not fit".to_owned())),
            Stage::Keyless(_, stored) => {
                if !std::mem::replace(stored, true) {
                    self.store(ctx, &[])?;
                }
                if due {
                    let ask = bulletin::letter(&self.view, self.id, Word { frame: None, key: None });
                    ctx.out.send(PartyId::UTILITY, ask);
                }
            }
            Stage::Committed(stage) if due => ctx.out.frame(PartyId::UTILITY, &stage.1),
            Stage::Committed(_) => {}
        }
        if due {
            self.again = ctx.now.saturating_add(bulletin::again(&self.deployment.timetable()));
        }
        Ok(())
    }

    fn next_wake(&self) -> Option<u64> {
        match &self.stage {
            Stage::Running(meter) => meter.next_wake(),
            Stage::Over => Some(0),
            Stage::Keyless(_, false) => Some(0),
            Stage::Keyless(..) | Stage::Committed(_) => Some(self.again),
        }
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        match &mut self.stage {
            Stage::Running(meter) => meter.attends(ctx, party, here),
            Stage::Committed(stage) if here => ctx.out.frame(PartyId::UTILITY, &stage.1),
            _ => {}
        }
    }
}

impl Contributor for Sender {
    fn contribute(
        &mut self,
        _ctx: &mut Ctx<'_>,
        mark: &mut Mark,
        now: Round,
        round: Round,
        reading: &[i64],
    ) -> Result<Contributed, Refusal> {
        let prepared = self.meter.contribute(mark, now, round, reading, &mut self.buffer);
        let prepared = prepared.map_err(|error| match error {
            // The meter's own matter, which it says without the value.
            Error::Misuse(Misuse::Link(
                wrong @ (meter_link::Misuse::ReadingTooLarge | meter_link::Misuse::WrongChannels),
            )) => Refusal::Fault { culprit: PartyId::UTILITY, what: wrong.to_string() },
            error => refused(error),
        })?;
        let record = prepared.record().to_vec();
        let frame = prepared.stored().to_vec();
        Ok(Contributed { record, frame, renewed: false })
    }

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let statements = self.statements.iter().map(|frame| frame.len().saturating_add(4));
        let len = statements.fold(self.key.len().saturating_add(64), usize::saturating_add);
        let mut out = Zeroizing::new(Vec::with_capacity(len));
        put(&mut out, &self.key);
        out.extend_from_slice(&*self.secret);
        out.push(u8::try_from(self.statements.len()).unwrap_or(u8::MAX));
        self.statements.iter().for_each(|frame| put(&mut out, frame));
        Ok(out)
    }
}

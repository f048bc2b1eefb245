//! A meter of threshold-elgamal: takes the group key that t trustees have signed, then contributes.

use std::sync::{Arc, Mutex, OnceLock};

use meter_link::roster::Member;
use meter_link::{Channels, EpochView, Identity, PartyId, Round};
use threshold_elgamal::{Error, GroupKey, GroupTable, Meter, Misuse, Params};
use zeroize::Zeroizing;

use super::{params, refused, relay};
use crate::deployment::Deployment;
use crate::engine::clocked::{self, Contributed, Contributor, Mark, restore};
use crate::engine::seat::{Keys, Seat, SharedDevice};
use crate::engine::{Ctx, Letter, Refusal, Role};

/// The state of a meter without a key.
const KEYLESS: &[u8] = &[0];

/// A meter with a key.
struct Encryptor {
    params: Params,
    key: GroupKey,
    meter: Meter<Identity>,
}

/// A meter before and after it has the epoch's key.
struct Device {
    deployment: Deployment,
    params: Params,
    view: EpochView,
    id: PartyId,
    trustees: Vec<Member>,
    device: SharedDevice,
    /// Until the key is there.
    identity: Option<Identity>,
    fresh: bool,
    /// When the key is asked for again.
    again: u64,
    running: Option<clocked::Meter<Encryptor>>,
}

pub(super) fn role(
    deployment: &Deployment,
    seat: Seat,
    device: SharedDevice,
) -> anyhow::Result<Box<dyn Role>> {
    let params = params(deployment)?;
    let Seat { view, id, identity, keys, lists, .. } = seat;
    let mut meter = Device {
        deployment: deployment.clone(),
        params,
        view,
        id,
        trustees: lists.answerers().to_vec(),
        device,
        identity: Some(identity),
        fresh: true,
        again: 0,
        running: None,
    };
    if let Keys::Stored(kept) = keys {
        meter.fresh = false;
        if kept.state.as_ref().is_some_and(|state| state.as_slice() == KEYLESS) {
            return Ok(Box::new(meter));
        }
        let key = restore(&kept, &meter.device)?;
        let key = key.try_into().map_err(|_| anyhow::anyhow!("a state without a key"))?;
        meter.begin(&GroupKey::from_bytes(key)?, false)?;
    }
    Ok(Box::new(meter))
}

impl Device {
    fn begin(&mut self, key: &GroupKey, fresh: bool) -> Result<(), Error> {
        let Some(identity) = self.identity.take() else { return Ok(()) };
        let channels = Channels { first: 0, count: self.params.group().channels };
        let meter = Meter::new(&self.params, &self.view, self.id, channels, identity, key)?;
        let meter = meter.with_table(table(key))?;
        let encryptor = Encryptor { params: self.params, key: *key, meter };
        let (deployment, view, device) = (&self.deployment, &self.view, SharedDevice::clone(&self.device));
        self.running = Some(clocked::Meter::new(deployment, view, self.id, device, encryptor, fresh));
        Ok(())
    }

    /// The key that t trustees have stated, whoever brings it.
    fn stated(&mut self, ctx: &mut Ctx<'_>, statements: &[Vec<u8>]) -> Result<(), Refusal> {
        if self.running.is_some() {
            return Err(Refusal::Stale("the key is here"));
        }
        let statements: Vec<&[u8]> = statements.iter().map(Vec::as_slice).collect();
        let key = GroupKey::certified(&self.view, self.params.threshold(), &self.trustees, &statements);
        let key = key.map_err(|error| match error {
            Error::Quorum { .. } => Refusal::Stale("a key that too few trustees have stated"),
            error => refused(error),
        })?;
        self.begin(&key, true).map_err(|error| Refusal::Broken(error.to_string()))?;
        self.wake(ctx)
    }
}

impl Role for Device {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        match (letter, &mut self.running) {
            (Letter::Frames { frames, .. }, _) if from == PartyId::UTILITY => self.stated(ctx, &frames),
            (letter, Some(meter)) => meter.receive(ctx, from, letter),
            (_, None) => Err(Refusal::Stale("before the key is here")),
        }
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        if let Some(meter) = &mut self.running {
            return meter.wake(ctx);
        }
        if std::mem::take(&mut self.fresh) {
            ctx.out.state(KEYLESS.to_vec());
        }
        if ctx.now >= self.again {
            self.again = ctx.now.saturating_add(relay::again(&self.deployment.timetable()));
            ctx.out.send(PartyId::UTILITY, relay::letter(&self.view, self.id, []));
        }
        Ok(())
    }

    fn next_wake(&self) -> Option<u64> {
        self.running.as_ref().map_or(Some(self.again), Role::next_wake)
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        if let Some(meter) = &mut self.running {
            meter.attends(ctx, party, here);
        }
    }
}

impl Contributor for Encryptor {
    fn contribute(
        &mut self,
        ctx: &mut Ctx<'_>,
        mark: &mut Mark,
        now: Round,
        round: Round,
        reading: &[i64],
    ) -> Result<Contributed, Refusal> {
        let mut frame = vec![0; self.params.contribution_len()];
        let prepared = self.meter.contribute(mark, now, round, reading, &mut frame, ctx.rng);
        let prepared = prepared.map_err(|error| match error {
            // The meter's own matter, which it says without the value.
            Error::Misuse(Misuse::Link(
                wrong @ (meter_link::Misuse::ReadingTooLarge | meter_link::Misuse::WrongChannels),
            )) => Refusal::Fault { culprit: PartyId::UTILITY, what: wrong.to_string() },
            error => refused(error),
        })?;
        let record = prepared.record().to_vec();
        prepared.stored();
        Ok(Contributed { record, frame, renewed: false })
    }

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        Ok(Zeroizing::new(self.key.to_bytes().to_vec()))
    }
}

/// Multiples of a group key: one table for all meters of a process.
fn table(key: &GroupKey) -> Arc<GroupTable> {
    static LAST: OnceLock<Mutex<Option<Arc<GroupTable>>>> = OnceLock::new();
    let Ok(mut last) = LAST.get_or_init(Mutex::default).lock() else { return Arc::new(GroupTable::new(key)) };
    match last.as_ref().filter(|table| table.key() == key) {
        Some(table) => Arc::clone(table),
        None => Arc::clone(last.insert(Arc::new(GroupTable::new(key)))),
    }
}

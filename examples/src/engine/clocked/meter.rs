//! A meter that goes by its own clock: one contribution a round, shortly after its slot begins.

use meter_link::{EpochView, HighWater, PartyId, Round};
use rand_core::Rng;
use zeroize::Zeroizing;

use crate::deployment::Deployment;
use crate::engine::seat::{Device, Kept, MOST_BATCH, SharedDevice};
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Event, Letter, Refusal, Role};

/// The mark of a device.
pub(crate) type Mark = HighWater<MOST_BATCH>;

const VERSION: u8 = 1;
/// Meters spread over the first thousandths of a slot, so that not all send at once.
const SPREAD: u64 = 100;
/// How long a reading that is not there yet is waited for between two looks, in thousandths of a slot.
const LOOK: u64 = 20;

/// What a protocol's meter does.
pub(crate) trait Contributor: Send {
    /// The record goes on disk before the frame leaves.
    fn contribute(
        &mut self,
        ctx: &mut Ctx<'_>,
        mark: &mut Mark,
        now: Round,
        round: Round,
        reading: &[i64],
    ) -> Result<Contributed, Refusal>;

    /// Its keys. A secret.
    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Refusal>;
}

/// A contribution that is not sent yet.
pub(crate) struct Contributed {
    pub(crate) record: Vec<u8>,
    pub(crate) frame: Vec<u8>,
    /// Keys have moved on: those before would read what was sent, and are stored over.
    pub(crate) renewed: bool,
}

/// A meter of one epoch.
pub(crate) struct Meter<M> {
    inner: M,
    id: PartyId,
    rounds: (Round, Round),
    table: Timetable,
    deadline: u16,
    device: SharedDevice,
    fresh: bool,
    /// Milliseconds into a slot, drawn once.
    delay: Option<u64>,
    /// The last round that is done with, one way or the other.
    done: Option<Round>,
    sent: Option<(Round, Vec<u8>)>,
    due: Option<u64>,
}

impl<M: Contributor> Meter<M> {
    pub(crate) fn new(
        deployment: &Deployment,
        view: &EpochView,
        id: PartyId,
        device: SharedDevice,
        inner: M,
        fresh: bool,
    ) -> Self {
        Self {
            inner,
            id,
            rounds: (view.epoch().first_round, view.epoch().last_round),
            table: deployment.timetable(),
            deadline: deployment.rounds.deadline_permille,
            device,
            fresh,
            delay: None,
            done: None,
            sent: None,
            due: Some(0),
        }
    }

    /// The state begins with the device's last record, which may be another epoch's.
    fn store_state(&mut self, ctx: &mut Ctx<'_>, mark: Option<&[u8]>) -> Result<(), Refusal> {
        ctx.out.state(state(mark, &self.inner.to_bytes()?)?);
        Ok(())
    }

    /// The round whose time it is, or when to look again.
    fn timely(&self, now: u64, delay: u64) -> Result<Round, Option<u64>> {
        let (first, last) = self.rounds;
        let after = self.done.map_or(first, |done| Round::from(done.to_u32().saturating_add(1)));
        let mut round = self.table.round(now).map_or(after, |round| round.max(after));
        // Behind the deadline it would come for nothing, and its interval would be spent.
        if self.table.round(now) == Some(round) && now >= self.table.at(round, self.deadline) {
            round = Round::from(round.to_u32().saturating_add(1));
        }
        if round > last || self.done == Some(last) {
            return Err(None);
        }
        let due = self.table.start(round).saturating_add(delay);
        if now >= due { Ok(round) } else { Err(Some(due)) }
    }

    fn contribute(&mut self, ctx: &mut Ctx<'_>, round: Round) -> Result<(), Refusal> {
        let shared = SharedDevice::clone(&self.device);
        let mut device = shared.lock().map_err(|_| Refusal::Broken("the device is gone".to_owned()))?;
        let Device { mark, record, source } = &mut *device;
        let Some(reading) = source.reading(round) else {
            let look = self.table.slot.saturating_mul(LOOK) / 1000;
            self.due = Some(ctx.now.saturating_add(look.max(10)));
            return Ok(());
        };
        match self.inner.contribute(ctx, mark, round, round, &reading) {
            Ok(contributed) => {
                *record = Some(contributed.record.clone());
                if contributed.renewed {
                    self.store_state(ctx, Some(&contributed.record))?;
                } else {
                    ctx.out.record(&contributed.record);
                }
                ctx.out.frame(PartyId::UTILITY, &contributed.frame);
                self.sent = Some((round, contributed.frame));
            }
            // The interval is spent, by this epoch before a restart or by another one.
            Err(Refusal::Stale(_)) => {}
            Err(Refusal::Fault { what, .. }) => {
                ctx.out.event(Event::Fault { round: round.to_u32(), party: self.id.0, what });
            }
            Err(broken) => return Err(broken),
        }
        self.done = Some(round);
        Ok(())
    }

    fn plan(&mut self, now: u64, delay: u64) {
        self.due = match self.timely(now, delay) {
            Ok(_) => Some(now.saturating_add(1)),
            Err(due) => due.map(|due| due.max(now.saturating_add(1))),
        };
    }
}

impl<M: Contributor> Role for Meter<M> {
    fn receive(&mut self, _ctx: &mut Ctx<'_>, _from: PartyId, letter: Letter) -> Result<(), Refusal> {
        match letter {
            Letter::Refusal(_) => Ok(()),
            _ => Err(Refusal::Stale("meters of this protocol answer to nothing")),
        }
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        if self.fresh {
            let device = SharedDevice::clone(&self.device);
            let device = device.lock().map_err(|_| Refusal::Broken("the device is gone".to_owned()))?;
            let record = device.record.clone();
            self.store_state(ctx, record.as_deref())?;
            self.fresh = false;
        }
        let spread = (self.table.slot.saturating_mul(SPREAD) / 1000).max(1);
        let delay = *self.delay.get_or_insert_with(|| ctx.rng.next_u64().checked_rem(spread).unwrap_or(0));
        match self.timely(ctx.now, delay) {
            Ok(round) => {
                self.contribute(ctx, round)?;
                if self.done == Some(round) {
                    self.plan(ctx.now, delay);
                }
            }
            Err(_) => self.plan(ctx.now, delay),
        }
        Ok(())
    }

    fn next_wake(&self) -> Option<u64> {
        self.due
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, _party: PartyId, here: bool) {
        // What went over the old link may be lost.
        if let Some((round, frame)) = self.sent.as_ref().filter(|_| here)
            && self.table.round(ctx.now) == Some(*round)
        {
            ctx.out.frame(PartyId::UTILITY, frame);
        }
    }
}

/// What a meter stores: the last record of its mark, and its keys.
pub(crate) fn state(mark: Option<&[u8]>, keys: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let mark = mark.unwrap_or_default();
    // Room for all at once: no copy of a key stays in freed memory.
    let mut out = Zeroizing::new(Vec::with_capacity(keys.len().saturating_add(mark.len()).saturating_add(2)));
    out.push(VERSION);
    out.push(u8::try_from(mark.len()).map_err(|_| Refusal::Broken("a mark of this size".to_owned()))?);
    out.extend_from_slice(mark);
    out.extend_from_slice(keys);
    Ok(out)
}

/// The keys in a stored state. Its mark, and those in the records behind it, become the device's.
pub(crate) fn restore<'k>(kept: &'k Kept, device: &SharedDevice) -> anyhow::Result<&'k [u8]> {
    let state = kept.state.as_ref().ok_or_else(|| anyhow::anyhow!("records without a state"))?;
    let mut reader = meter_link::frame::Reader::new(state);
    anyhow::ensure!(reader.u8()? == VERSION, "a state of another version");
    let len = reader.u8()?;
    let first = reader.bytes(len.into())?;
    let mut device = device.lock().map_err(|_| anyhow::anyhow!("the device is gone"))?;
    let records = kept.records.iter().map(Vec::as_slice);
    for record in std::iter::once(first).filter(|first| !first.is_empty()).chain(records) {
        device.replay(record)?;
    }
    Ok(reader.rest())
}

#[cfg(test)]
mod tests {
    use meter_link::{Channels, HighWater, Schedule};

    use super::*;
    use crate::engine::seat::{Device, Readings};

    struct Nothing;

    impl Readings for Nothing {
        fn reading(&mut self, _: Round) -> Option<Vec<i64>> {
            None
        }
    }

    /// The old epoch has contributed up to round 17; the state of the next one was stored when the mark was at 13.
    #[test]
    fn the_mark_of_a_device_does_not_go_back() {
        let schedule = Schedule { origin: 0, period: 900 };
        let one = Channels { first: 0, count: 1 };
        let mut mark = HighWater::<1>::new();
        let [at_13, at_17] =
            [13, 17].map(|round| mark.take(one, &schedule, Round::from(round)).unwrap().to_vec());
        let source = Box::new(Nothing);
        let device = Device { mark: HighWater::new(), record: None, source };
        let device = std::sync::Arc::new(std::sync::Mutex::new(device));
        let state = [&[VERSION, u8::try_from(at_13.len()).unwrap()], at_13.as_slice()].concat();
        // As the roles of two epochs are made again.
        for records in [vec![at_17.clone()], Vec::new()] {
            restore(&Kept { state: Some(state.clone().into()), records }, &device).unwrap();
        }
        // What the journal of a device that starts once more begins with.
        let record = device.lock().unwrap().record.clone().unwrap();
        let mut again = HighWater::<1>::new();
        again.replay(&record).unwrap();
        assert!(again.take(one, &schedule, Round::from(17)).is_err());
        again.take(one, &schedule, Round::from(18)).unwrap();
    }
}

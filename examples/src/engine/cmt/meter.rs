//! A meter: takes places in rings, sends one ciphertext a round, and is concentrator when the draw makes it one.

mod electing;
mod joining;
mod kept;
mod leading;
mod rounds;

use std::sync::MutexGuard;

use anyhow::Context as _;
use cmt_ring::{Book, Entry, Generation, Meter};
use meter_link::frame::Kind;
use meter_link::set::Members;
use meter_link::{Identity, LinkSecret, PartyId, Round};

use super::blame::{self, refused};
use super::bulletin::Bulletin;
use super::deadlines::{Deadlines, Tick};
use super::group::Group;
use crate::deployment::Deployment;
use crate::engine::seat::{Device, MOST_BATCH, Seat, SharedDevice};
use crate::engine::{Ctx, Letter, Refusal, Role};
use electing::Making;
use rounds::Running;

/// A meter's role.
pub(super) struct Metering {
    group: Group,
    me: Entry,
    identity: Identity,
    link: LinkSecret,
    device: SharedDevice,
    meter: Meter<MOST_BATCH>,
    deadlines: Deadlines,
    /// Whether there is a state on disk.
    stored: bool,
    /// Whom the own δ goes to.
    successor: Option<PartyId>,
    /// As concentrator: the ring as it was formed, and who has which token.
    led: Option<Led>,
    /// As concentrator: what the supplier and the members are to get of a ring that was formed or healed.
    outgoing: Option<Outgoing>,
    /// Whether the present ring is known to be broken, and the supplier's word for it.
    broken: bool,
    notice: Option<Vec<u8>>,
    bulletin: Option<Bulletin>,
    /// The next generation.
    making: Making,
    /// The present round.
    running: Running,
}

/// A ring of which this meter is concentrator.
struct Led {
    /// As which it was formed, of whom.
    root: Generation,
    members: Members,
    book: Book,
}

/// Frames that somebody must get before the ring is one. Stored with it, so that a power cut does not lose them.
struct Outgoing {
    generation: Generation,
    from: Round,
    /// A group key, whose seats wait until it is taken, or a Healed frame.
    healed: bool,
    supplier: Vec<u8>,
    members: Vec<(PartyId, Vec<u8>)>,
    /// Whether the supplier has taken it.
    taken: bool,
}

impl Metering {
    pub(super) fn new(deployment: &Deployment, seat: Seat, device: SharedDevice) -> anyhow::Result<Self> {
        let Seat { view, identity, keys, lists, id, place, .. } = seat;
        let group = Group::new(deployment, &view, &lists)?;
        let me = group.at(place).filter(|entry| entry.member.id == id);
        let me = me.context("the meter is not at its place in the list")?;
        let kept = kept::restore(&group, &me, &device, keys)?;
        let (first, last) = (group.first(), group.last());
        Ok(Self {
            deadlines: Deadlines::new(
                deployment.timetable(),
                deployment.rounds.deadline_permille,
                first,
                last,
            ),
            me,
            identity,
            device,
            link: kept.link,
            meter: kept.meter,
            stored: kept.stored,
            successor: kept.successor,
            led: kept.led,
            outgoing: kept.outgoing,
            broken: false,
            notice: None,
            bulletin: None,
            making: Making { before: kept.before, ..Making::default() },
            running: Running::default(),
            group,
        })
    }

    fn device(&self) -> Result<MutexGuard<'_, Device>, Refusal> {
        self.device.lock().map_err(|_| Refusal::Broken("another role of this meter has failed".to_owned()))
    }

    /// The round of the clock, and the one that frames of now are of.
    fn clock(&self, now: u64) -> Result<(u32, Round), Refusal> {
        let clock = self.deadlines.table.round(now).ok_or(Refusal::Stale("before the first round"))?;
        Ok((clock.to_u32(), self.group.now(clock)))
    }

    /// Whom a frame says it is from.
    fn sender(&self, from: PartyId, frame: &[u8]) -> Result<Entry, Refusal> {
        let header = blame::header(from, frame)?;
        self.group.of(header.sender).ok_or(Refusal::Stale("from no meter of this epoch"))
    }

    fn take(&mut self, ctx: &mut Ctx<'_>, letter: Letter) -> Result<(), Refusal> {
        match letter {
            Letter::Frame(frame) => self.frame(ctx, frame),
            Letter::Relay { party, frame } => {
                let header = blame::header(party, &frame)?;
                blame::own(party, &header)?;
                self.relayed(ctx, header.kind, party, frame)
            }
            Letter::Refusal(_) => Ok(()),
            _ => Err(Refusal::Stale("no letter of a ring")),
        }
    }

    /// From the supplier, or for all meters.
    fn frame(&mut self, ctx: &mut Ctx<'_>, frame: Vec<u8>) -> Result<(), Refusal> {
        let header = blame::header(PartyId::UTILITY, &frame)?;
        match header.kind {
            Kind::Open => self.informed(ctx, &frame),
            Kind::Licence => self.licensed(ctx, &frame),
            Kind::Start => self.start(ctx, frame),
            Kind::Lost => self.lost(ctx, frame),
            Kind::Hello => self.hello(ctx, frame),
            Kind::Claim => self.follow(ctx, frame),
            Kind::SetEcho => self.echo(ctx, frame),
            _ => Err(Refusal::Stale("no frame for a meter")),
        }
    }

    /// From another meter to this one.
    fn relayed(&mut self, ctx: &mut Ctx<'_>, kind: Kind, by: PartyId, frame: Vec<u8>) -> Result<(), Refusal> {
        match kind {
            Kind::Token => self.token(ctx, by, frame),
            Kind::FirstKey => self.first_key(ctx, by, &frame),
            Kind::Seat => self.seat(ctx, by, frame),
            Kind::Delta => self.delta(ctx, by, frame),
            Kind::Heal => self.heal(ctx, by, &frame),
            Kind::HandOver => self.handed_over(ctx, by, &frame),
            _ => Err(Refusal::Stale("no frame between meters")),
        }
    }

    /// The supplier says how things are.
    fn informed(&mut self, ctx: &mut Ctx<'_>, frame: &[u8]) -> Result<(), Refusal> {
        let (_, now) = self.clock(ctx.now)?;
        let bulletin = Bulletin::verify(&self.group.view, now, frame)
            .map_err(|error| refused(PartyId::UTILITY, error))?;
        if self.bulletin.as_ref().is_some_and(|known| known.round > bulletin.round && known.round <= now) {
            return Err(Refusal::Stale("how things were before"));
        }
        let mine = self.meter.generation() == Some(bulletin.generation);
        self.bulletin = Some(bulletin);
        self.ask(ctx)?;
        self.send_seats(ctx);
        if self.group.terms() && self.meter.generation().is_some() {
            let bulletin = self.bulletin.as_ref();
            let forming = self.outgoing.as_ref().is_some_and(|outgoing| !outgoing.taken);
            if bulletin.is_some_and(|bulletin| bulletin.lost && mine) || !(mine || forming) {
                self.meter.broken().map_err(blame::broken)?;
                self.broken = true;
            }
        }
        self.heal_ring(ctx)?;
        self.obey(ctx)
    }

    /// The supplier's Lost frame.
    fn lost(&mut self, ctx: &mut Ctx<'_>, frame: Vec<u8>) -> Result<(), Refusal> {
        let (_, now) = self.clock(ctx.now)?;
        self.meter.lost(now, &frame).map_err(|error| refused(PartyId::UTILITY, error))?;
        self.broken = true;
        self.notice = Some(frame);
        Ok(())
    }

    /// For a licence, if this meter has none or none that holds.
    fn ask(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let holds = |bulletin: &Bulletin| bulletin.licensed.contains(self.me.position);
        let void = self.bulletin.as_ref().is_some_and(|bulletin| !holds(bulletin));
        if !self.group.terms() || (self.meter.licence().is_some() && !void) {
            return Ok(());
        }
        let (_, now) = self.clock(ctx.now)?;
        let request = self.meter.ask(&self.identity, now).map_err(blame::broken)?;
        ctx.out.frame(PartyId::UTILITY, &request);
        Ok(())
    }

    fn licensed(&mut self, ctx: &mut Ctx<'_>, frame: &[u8]) -> Result<(), Refusal> {
        let (_, now) = self.clock(ctx.now)?;
        let before = self.meter.licence().copied();
        let licence = self.meter.licensed(now, frame).map_err(|error| refused(PartyId::UTILITY, error))?;
        if let Some(bulletin) = &mut self.bulletin {
            bulletin.licensed.set(self.me.position, true);
        }
        if before != Some(licence) { self.store(ctx) } else { Ok(()) }
    }

    fn tick(&mut self, ctx: &mut Ctx<'_>, slot: u32, tick: Tick) -> Result<(), Refusal> {
        if self.running.slot != Some(slot) {
            self.running = Running::of(slot, self.running.jitter);
            self.ask(ctx)?;
        }
        if tick >= Tick::Settle {
            self.settle(ctx, slot)?;
        }
        if tick == Tick::HandOver {
            self.hand_over(ctx, slot)?;
        }
        if tick >= Tick::Elect {
            self.open_ring(ctx)?;
            self.turn(ctx, slot, tick)?;
        }
        Ok(())
    }

    /// Rings that should have begun by now and did not are given up.
    fn settle(&mut self, ctx: &mut Ctx<'_>, slot: u32) -> Result<(), Refusal> {
        let due = |from: Round| from.to_u32() <= slot;
        if self.meter.followed().is_some_and(|claim| due(claim.from)) {
            self.give_up()?;
            self.store(ctx)?;
        }
        if self.making.from.is_some_and(due) {
            self.making = Making::default();
        }
        if self.outgoing.as_ref().is_some_and(|outgoing| due(outgoing.from)) {
            let taken = self.outgoing.take().is_none_or(|outgoing| outgoing.taken);
            // The supplier has another ring, or none.
            if !taken && self.group.terms() && self.meter.broken().is_ok() {
                self.broken = true;
            }
        }
        Ok(())
    }

    fn store(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let record = self.device()?.record.clone();
        let state = kept::state(self, record.as_deref()).map_err(blame::broken)?;
        ctx.out.state(state);
        Ok(())
    }

    fn store_first(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        if self.stored { Ok(()) } else { self.store(ctx) }
    }

    /// To another meter.
    fn relay(ctx: &mut Ctx<'_>, party: PartyId, frame: Vec<u8>) {
        ctx.out.send(PartyId::UTILITY, Letter::Relay { party, frame });
    }
}

impl Role for Metering {
    fn receive(&mut self, ctx: &mut Ctx<'_>, _from: PartyId, letter: Letter) -> Result<(), Refusal> {
        self.deadlines.align(ctx.now);
        self.store_first(ctx)?;
        self.take(ctx, letter)?;
        self.stored = true;
        Ok(())
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.store_first(ctx)?;
        self.stored = true;
        let due = self.deadlines.due(ctx.now);
        if let Some((slot, tick)) = due {
            self.tick(ctx, slot, tick)?;
        }
        self.join_in_time(ctx)?;
        if due.is_some() || self.running.next().is_some_and(|again| again <= ctx.now) {
            self.proceed(ctx)?;
        }
        Ok(())
    }

    fn next_wake(&self) -> Option<u64> {
        let first = (!self.stored).then_some(0);
        let others = [first, self.deadlines.next(), self.making.join_at(), self.running.next()];
        others.into_iter().flatten().min()
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        self.deadlines.align(ctx.now);
        if !here || party != PartyId::UTILITY || self.store_first(ctx).is_err() {
            return;
        }
        self.stored = true;
        // Whatever the supplier may have missed.
        let _ = self.ask(ctx);
        self.repeat_making(ctx);
        self.repeat_outgoing(ctx);
        self.repeat_sent(ctx);
    }
}

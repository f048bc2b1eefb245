//! The supplier: opens and closes rounds, takes rings, and passes on what meters send each other.

mod kept;
mod post;
mod rings;
mod rounds;
mod silence;

use std::collections::BTreeMap;

use anyhow::Context as _;
use cmt_ring::{Collecting, Generation, Supplier};
use meter_link::frame::Kind;
use meter_link::set::Members;
use meter_link::{Identity, LinkSecret, PartyId, Round};

use super::blame::{self, refused};
use super::bulletin::Order;
use super::deadlines::{Deadlines, Tick};
use super::group::Group;
use crate::deployment::Deployment;
use crate::engine::seat::Seat;
use crate::engine::{Ctx, Event, Letter, Refusal, Role};
use post::Post;
use silence::Silence;

/// The utility's role.
pub(super) struct Supplying {
    group: Group,
    identity: Identity,
    link: LinkSecret,
    supplier: Supplier,
    deadlines: Deadlines,
    /// Whether there is a state on disk.
    stored: bool,
    /// Positions in the present ring.
    ring: Option<Members>,
    /// Whether it has lost a round, and what the ring was told of it.
    lost: bool,
    notice: Option<Vec<u8>>,
    /// The last round that has a sum or is lost.
    accounted: Option<Round>,
    collecting: Option<Collecting>,
    /// The slot whose round was opened or given up, and the one whose end was seen to.
    slot: Option<u32>,
    closed: Option<u32>,
    /// Ciphertexts of the next round, by who sent them: its clock is ahead.
    early: BTreeMap<PartyId, Vec<u8>>,
    /// Of the open round: whose ciphertext is here, who has passed δ on, and to whom.
    sent: Members,
    passed: Members,
    reached: Members,
    /// By claimant: to whom it has sent tokens in this slot, and who has answered.
    tokens: BTreeMap<PartyId, BTreeMap<PartyId, bool>>,
    /// Where members sign their set: who has claimed in vain since the last ring, the latest last.
    failed: Vec<PartyId>,
    /// By position: who was silent since it was last in a sum.
    silent: BTreeMap<u32, Silence>,
    /// By claimant: what is claimed in this slot.
    claims: BTreeMap<PartyId, Claimed>,
    /// The highest generation that was claimed.
    highest: Generation,
    /// When the claims have been gathered.
    gathered: Option<u64>,
    /// By who sent it: a group key that waits until then.
    keys: BTreeMap<PartyId, Vec<u8>>,
    /// In groups without terms.
    order: Option<Order>,
    post: Post,
}

/// A claim, as it was sent.
struct Claimed {
    generation: Generation,
    members: Members,
    frame: Vec<u8>,
}

impl Supplying {
    pub(super) fn new(deployment: &Deployment, seat: Seat) -> anyhow::Result<Self> {
        let Seat { view, identity, keys, lists, .. } = seat;
        let group = Group::new(deployment, &view, &lists)?;
        let roster = lists.whole().context("the supplier needs the whole roster")?;
        let kept = kept::restore(&group, roster, keys)?;
        let (first, last) = (group.first(), group.last());
        Ok(Self {
            deadlines: Deadlines::new(
                deployment.timetable(),
                deployment.rounds.deadline_permille,
                first,
                last,
            ),
            identity,
            link: kept.link,
            supplier: kept.supplier,
            stored: kept.stored,
            ring: kept.ring,
            lost: kept.lost,
            notice: None,
            accounted: kept.accounted,
            collecting: None,
            slot: None,
            closed: None,
            early: BTreeMap::new(),
            sent: Members::none(group.view.meters()),
            passed: Members::none(group.view.meters()),
            reached: Members::none(group.view.meters()),
            tokens: BTreeMap::new(),
            failed: Vec::new(),
            silent: BTreeMap::new(),
            claims: BTreeMap::new(),
            highest: Generation(0),
            gathered: None,
            keys: BTreeMap::new(),
            order: None,
            post: Post::default(),
            group,
        })
    }

    /// The round of the clock, and the one that frames of now are of.
    fn clock(&self, now: u64) -> Result<(u32, Round), Refusal> {
        let clock = self.deadlines.table.round(now).ok_or(Refusal::Stale("before the first round"))?;
        Ok((clock.to_u32(), self.group.now(clock)))
    }

    fn take(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        let by = self.group.of(from).ok_or(Refusal::Stale("no meter of this epoch"))?;
        match letter {
            Letter::Frame(frame) => self.frame(ctx, from, frame),
            Letter::Relay { party, frame } => {
                let to = self.group.of(party).ok_or(Refusal::Stale("to no meter of this epoch"))?;
                let header = blame::header(from, &frame)?;
                blame::own(from, &header)?;
                self.note_passed(&header, &by, &to);
                self.post.pass(ctx, &self.group, from, Some(party), frame)
            }
            _ => Err(Refusal::Stale("no letter of a ring")),
        }
    }

    fn frame(&mut self, ctx: &mut Ctx<'_>, from: PartyId, frame: Vec<u8>) -> Result<(), Refusal> {
        let header = blame::header(from, &frame)?;
        if header.kind == Kind::Contribution {
            return self.contribution(ctx, from, &header, frame);
        }
        blame::own(from, &header)?;
        match header.kind {
            Kind::LicenceRequest => self.licence(ctx, from, &frame),
            Kind::Hello | Kind::SetEcho => self.post.pass(ctx, &self.group, from, None, frame),
            Kind::Claim => self.claim(ctx, from, frame),
            Kind::GroupKey => self.group_key(ctx, from, frame),
            Kind::Healed => self.healed(ctx, from, &frame),
            _ => Err(Refusal::Stale("no frame for the supplier")),
        }
    }

    fn licence(&mut self, ctx: &mut Ctx<'_>, from: PartyId, frame: &[u8]) -> Result<(), Refusal> {
        let (clock, now) = self.clock(ctx.now)?;
        let before = self.supplier.is_licensed(from);
        let prepared =
            self.supplier.licence(&self.identity, now, frame).map_err(|error| refused(from, error))?;
        ctx.out.record(prepared.record());
        if !before && self.supplier.is_licensed(from) {
            let what = "licensed".to_owned();
            ctx.out.event(Event::Member { round: clock, party: from.0, what });
        }
        ctx.out.frame(from, &prepared.stored());
        Ok(())
    }

    fn tick(&mut self, ctx: &mut Ctx<'_>, slot: u32, tick: Tick) -> Result<(), Refusal> {
        if self.slot != Some(slot) {
            self.slot = Some(slot);
            self.begin(ctx, slot)?;
        }
        if tick >= Tick::Close && self.closed != Some(slot) {
            self.closed = Some(slot);
            self.end(ctx, slot)?;
            self.prepare_next(ctx, slot)?;
        }
        if matches!(tick, Tick::Turn(5..)) {
            self.register_overdue(ctx, slot)?;
        }
        Ok(())
    }

    /// A new slot: what was to begin with its round and has not, never will.
    fn begin(&mut self, ctx: &mut Ctx<'_>, slot: u32) -> Result<(), Refusal> {
        while self.supplier.forsake(self.group.now(Round::from(slot))).is_some() {}
        self.note_unformed(ctx, slot)?;
        self.failed.retain(|id| !self.claims.contains_key(id));
        self.failed.extend(self.claims.keys());
        self.tokens.clear();
        self.claims.clear();
        self.keys.clear();
        self.gathered = None;
        self.order = None;
        self.post.new_slot();
        self.account_until(ctx, slot);
        self.readmit(ctx, slot)?;
        self.open(ctx, slot)
    }
}

impl Role for Supplying {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        self.deadlines.align(ctx.now);
        self.store_first(ctx)?;
        self.take(ctx, from, letter)?;
        self.stored = true;
        Ok(())
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.store_first(ctx)?;
        self.stored = true;
        if let Some((slot, tick)) = self.deadlines.due(ctx.now) {
            self.tick(ctx, slot, tick)?;
        }
        if self.gathered.is_some_and(|at| at <= ctx.now) {
            self.gathered = None;
            self.register_any(ctx)?;
        }
        Ok(())
    }

    fn next_wake(&self) -> Option<u64> {
        let first = (!self.stored).then_some(0);
        first.into_iter().chain(self.deadlines.next()).chain(self.gathered).min()
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        self.deadlines.align(ctx.now);
        let Some(entry) = self.group.of(party) else { return };
        self.post.attends(ctx, entry.member.id, here);
        if !here || self.store_first(ctx).is_err() {
            return;
        }
        self.stored = true;
        self.greet(ctx, party);
    }
}

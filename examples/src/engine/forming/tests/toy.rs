//! A protocol without privacy: tagged readings, summed by the utility once all answerers agree.

use std::collections::{BTreeMap, BTreeSet};

use meter_link::frame::{TaggedFrame, Writer};
use meter_link::{
    Channels, Epoch, EpochView, GroupId, GroupParams, Header, Kind, Label, PairKey, PartyId, Protocol,
    Role as Duty, Round, Session,
};

use meter_link::roster::Member;

use crate::deployment::Deployment;
use crate::engine::forming::system::System;
use crate::engine::seat::{Keys, Lists, Seat, SharedDevice};
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Event, Letter, Refusal, Role, protocol};

/// In a utility's record: the round has a sum or is lost.
const DONE: u32 = 1 << 31;

#[derive(Clone, Copy, Default)]
pub(super) struct Toy {
    /// Meters get all members.
    pub(super) whole: bool,
    /// Meters get their neighbours in a circle.
    pub(super) circle: bool,
}

impl System for Toy {
    fn group(&self, deployment: &Deployment) -> anyhow::Result<GroupParams> {
        protocol::group(deployment)
    }

    fn session(&self, deployment: &Deployment) -> anyhow::Result<Session> {
        Ok(Session::new(Protocol::Shamir, GroupId(deployment.group), &[b"toy"]))
    }

    fn whole(&self, _deployment: &Deployment) -> bool {
        self.whole
    }

    fn near(&self, _: &Deployment, _: &Epoch, place: u32, meters: u32) -> anyhow::Result<Vec<u32>> {
        let around = [(place + 1) % meters, (place + meters - 1) % meters];
        let around: BTreeSet<u32> = around.into_iter().filter(|other| *other != place).collect();
        Ok(if self.circle { around.into_iter().collect() } else { Vec::new() })
    }

    fn utility(&self, deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
        let roster = seat.lists.whole().unwrap();
        seat.view.check_roster(roster).unwrap();
        let ids = |list: &[Member]| list.iter().map(|m| m.id).collect::<Vec<_>>();
        let (meters, answerers) = (ids(roster.meters()), ids(roster.answerers()));
        let members = roster.meters().iter().chain(roster.answerers()).copied().collect();
        let desk = Desk::new(deployment, seat, members);
        let next = desk.progress.map_or(desk.view.epoch().first_round.to_u32(), |round| (round & !DONE) + 1);
        let lost = desk.progress.filter(|round| round & DONE == 0);
        Ok(Box::new(Utility { desk, meters, answerers, next, lost, open: None, here: BTreeSet::new() }))
    }

    fn meter(
        &self,
        deployment: &Deployment,
        seat: Seat,
        device: SharedDevice,
    ) -> anyhow::Result<Box<dyn Role>> {
        match &seat.lists {
            Lists::Whole(roster) => {
                assert!(self.whole);
                seat.view.check_roster(roster).unwrap();
                assert_eq!(roster.position(seat.id), Some(seat.place as usize));
            }
            Lists::Near { answerers, meters } => {
                let near = self.near(deployment, seat.view.epoch(), seat.place, seat.view.meters())?;
                assert!(!self.whole);
                assert_eq!(meters.iter().map(|(place, _)| *place).collect::<Vec<_>>(), near);
                assert_eq!(answerers.len(), usize::from(seat.view.answerers()));
            }
        }
        let members = vec![*seat.view.utility()];
        Ok(Box::new(Meter { desk: Desk::new(deployment, seat, members), device }))
    }

    fn helper(&self, deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
        seat.view.check_roster(seat.lists.whole().unwrap()).unwrap();
        assert_eq!(seat.lists.answerers()[seat.place as usize - 1].id, seat.id);
        let members = vec![*seat.view.utility()];
        Ok(Box::new(Helper { desk: Desk::new(deployment, seat, members) }))
    }
}

/// Keys with others, and what is stored.
struct Desk {
    id: PartyId,
    view: EpochView,
    table: Timetable,
    keys: BTreeMap<PartyId, PairKey>,
    fresh: bool,
    /// The last round in the records.
    progress: Option<u32>,
}

impl Desk {
    fn new(deployment: &Deployment, seat: Seat, members: Vec<Member>) -> Self {
        let Seat { view, id, keys, role, identity, .. } = seat;
        assert_eq!(identity.public(), super::identity(id).public());
        assert_eq!(role == Duty::Utility, id == PartyId::UTILITY);
        let (keys, fresh, progress) = match keys {
            Keys::Fresh(link) => {
                let key =
                    |m: &Member| link.pair_key(Label::Frame, view.context(), id, &m.peer(), &[]).unwrap();
                (members.iter().map(|member| (member.id, key(member))).collect(), true, None)
            }
            Keys::Stored(kept) => {
                let state = kept.state.unwrap();
                let keys = state[32..].as_chunks::<36>().0.iter().map(|entry| {
                    let id = PartyId(u32::from_le_bytes(entry[..4].try_into().unwrap()));
                    (id, PairKey::from_bytes(entry[4..].try_into().unwrap()))
                });
                assert_eq!(state[..32], view.context().0);
                let last = kept.records.last().map(|last| u32::from_le_bytes(last[..4].try_into().unwrap()));
                (keys.collect(), false, last)
            }
        };
        Self { id, view, table: deployment.timetable(), keys, fresh, progress }
    }

    fn store(&mut self, ctx: &mut Ctx<'_>) {
        if std::mem::take(&mut self.fresh) {
            let keys = self
                .keys
                .iter()
                .flat_map(|(id, key)| [&id.0.to_le_bytes()[..], &key.to_bytes()[..]].concat());
            let state: Vec<u8> = self.view.context().0.into_iter().chain(keys).collect();
            ctx.out.state(state);
        }
    }

    fn frame(&self, kind: Kind, to: PartyId, round: u32, value: i64) -> Letter {
        let header = self.view.header(kind, 0, self.id, Round::from(round));
        let mut out = [0; 40];
        let mut writer = Writer::frame(&mut out, &header).unwrap();
        writer.u64(value as u64).unwrap();
        Letter::Frame(writer.finish_tagged(&header, &self.keys[&to]).unwrap().to_vec())
    }

    fn open(&self, from: PartyId, letter: &Letter) -> Result<(Header, i64), Refusal> {
        let Letter::Frame(frame) = letter else { return Err(Refusal::Stale("no frame")) };
        let fault = |e: meter_link::Error| Refusal::Fault { culprit: from, what: e.to_string() };
        let header = Header::parse(frame).map_err(fault)?;
        let frame = TaggedFrame::parse(frame, &self.view.expect(header.kind, 0)).map_err(fault)?;
        let key = self.keys.get(&from).ok_or(Refusal::Stale("a stranger"))?;
        let mut payload = frame.verify(key).map_err(fault)?;
        Ok((header, payload.u64().map_err(fault)? as i64))
    }
}

struct Meter {
    desk: Desk,
    device: SharedDevice,
}

impl Role for Meter {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        let (Header { round, .. }, _) = self.desk.open(from, &letter)?;
        let mut device = self.device.lock().unwrap();
        let channels = Channels { first: 0, count: 1 };
        let mark = device.mark.take(channels, &self.desk.view.group().schedule, round);
        let mark = mark.map_err(|_| Refusal::Stale("contributed before"))?;
        device.record = Some(mark.to_vec());
        let value = device.source.reading(round).unwrap()[0];
        ctx.out.record(&[&round.to_u32().to_le_bytes()[..], &mark].concat());
        ctx.out.send(from, self.desk.frame(Kind::Contribution, from, round.to_u32(), value));
        Ok(())
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.desk.store(ctx);
        Ok(())
    }

    fn next_wake(&self) -> Option<u64> {
        self.desk.fresh.then_some(0)
    }

    fn attends(&mut self, _: &mut Ctx<'_>, _: PartyId, _: bool) {}
}

struct Helper {
    desk: Desk,
}

impl Role for Helper {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        let (Header { round, .. }, value) = self.desk.open(from, &letter)?;
        ctx.out.record(&round.to_u32().to_le_bytes());
        ctx.out.send(from, self.desk.frame(Kind::Answer, from, round.to_u32(), value));
        Ok(())
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.desk.store(ctx);
        Ok(())
    }

    fn next_wake(&self) -> Option<u64> {
        self.desk.fresh.then_some(0)
    }

    fn attends(&mut self, _: &mut Ctx<'_>, _: PartyId, _: bool) {}
}

struct Utility {
    desk: Desk,
    meters: Vec<PartyId>,
    answerers: Vec<PartyId>,
    next: u32,
    /// Was open when the process died.
    lost: Option<u32>,
    open: Option<Open>,
    here: BTreeSet<PartyId>,
}

#[derive(Default)]
struct Open {
    round: u32,
    readings: BTreeMap<PartyId, i64>,
    answers: BTreeSet<PartyId>,
    closed: bool,
}

impl Utility {
    fn lose(ctx: &mut Ctx<'_>, open: &Open) {
        let why = match open.closed {
            true => format!("{} answers", open.answers.len()),
            false => format!("{} readings", open.readings.len()),
        };
        ctx.out.record(&(open.round | DONE).to_le_bytes());
        ctx.out.event(Event::Lost { round: open.round, why });
    }

    fn end(&mut self, ctx: &mut Ctx<'_>) {
        let Some(open) = &mut self.open else { return };
        if open.closed || open.readings.len() < 3 {
            return;
        }
        open.closed = true;
        for id in &self.answerers {
            ctx.out.send(*id, self.desk.frame(Kind::Close, *id, open.round, open.readings.values().sum()));
        }
        self.finish(ctx);
    }

    fn finish(&mut self, ctx: &mut Ctx<'_>) {
        let Some(open) = self.open.take_if(|open| open.closed && open.answers.len() == self.answerers.len())
        else {
            return;
        };
        let meters = open.readings.len() as u32;
        ctx.out.record(&(open.round | DONE).to_le_bytes());
        ctx.out.event(Event::Sum { round: open.round, meters, values: vec![open.readings.values().sum()] });
    }
}

impl Role for Utility {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        let (header, value) = self.desk.open(from, &letter)?;
        let Some(open) = self.open.as_mut().filter(|open| open.round == header.round.to_u32()) else {
            return Err(Refusal::Stale("another round"));
        };
        match header.kind {
            Kind::Contribution if !open.closed => {
                open.readings.insert(from, value);
                if open.readings.len() == self.meters.len() {
                    self.end(ctx);
                }
            }
            Kind::Answer => {
                open.answers.insert(from);
                self.finish(ctx);
            }
            _ => return Err(Refusal::Stale("closed")),
        }
        Ok(())
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.desk.store(ctx);
        if let Some(round) = self.lost.take() {
            ctx.out.record(&(round | DONE).to_le_bytes());
            ctx.out.event(Event::Lost { round, why: "the utility began anew".to_owned() });
        }
        let table = self.desk.table;
        if let Some(open) = &self.open
            && ctx.now >= table.at(Round::from(open.round), 500)
        {
            self.end(ctx);
        }
        let Some(now) = table.round(ctx.now).map(Round::to_u32).filter(|now| *now >= self.next) else {
            return Ok(());
        };
        if let Some(open) = self.open.take() {
            Self::lose(ctx, &open);
        }
        self.next = now + 1;
        if self.desk.view.contains(Round::from(now)) {
            self.open = Some(Open { round: now, ..Open::default() });
            ctx.out.record(&now.to_le_bytes());
            for id in &self.meters {
                ctx.out.send(*id, self.desk.frame(Kind::Open, *id, now, 0));
            }
        }
        Ok(())
    }

    fn next_wake(&self) -> Option<u64> {
        if self.desk.fresh || self.lost.is_some() {
            return Some(0);
        }
        let table = self.desk.table;
        let close = self.open.as_ref().filter(|open| !open.closed && open.readings.len() >= 3);
        let close = close.map(|open| table.at(Round::from(open.round), 500));
        let last = self.desk.view.epoch().last_round.to_u32();
        let next = (self.next <= last + 1).then(|| table.start(Round::from(self.next)));
        close.into_iter().chain(next).min()
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        match here {
            true => self.here.insert(party),
            false => self.here.remove(&party),
        };
        let Some(open) = self.open.as_ref().filter(|open| here && !open.closed) else { return };
        if self.meters.contains(&party) && !open.readings.contains_key(&party) {
            ctx.out.send(party, self.desk.frame(Kind::Open, party, open.round, 0));
        }
    }
}

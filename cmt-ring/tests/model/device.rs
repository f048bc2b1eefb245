//! A meter between two steps: its flash, and from what its memory came to be. Every step builds the actual role anew from
//! that and lets it do one thing, since its secrets are neither Clone nor Eq.

use std::sync::Arc;

use cmt_ring::{Error, Forming, Generation, Listed, Meter};
use meter_link::{Channels, HighWater, Kind, Round};

use crate::setting::{Bug, SUPPLIER, Said, Setting, chance};

/// What can happen to a meter. Frames by number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Input {
    /// As concentrator, a plan.
    Open(u8),
    /// The first keys that came, one of each member; the rest is u16::MAX.
    CloseForming([u16; 3]),
    Join(u16),
    Seat(u16),
    Start {
        round: u8,
        frame: u16,
    },
    Relay {
        round: u8,
        frame: u16,
    },
    Close(u16),
    Contribute(u8),
    Reboot,
}

/// Equal images answer alike: what a role has forgotten is not in them.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Image {
    boot: u8,
    generation: Vec<u8>,
    mark: Vec<u8>,
    forming: Option<u8>,
    joining: Option<u16>,
    seat: Option<Seat>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Seat {
    plan: u8,
    how: How,
    last: Option<Last>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum How {
    Member { token: u16, seat: u16 },
    Lead { heard: [u16; 3] },
}

/// The last round in which something left, and how.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Last {
    input: Input,
    /// The round and the first or a later look at its reading.
    round: u8,
    look: u8,
    closed: Option<u16>,
}

/// What a step has led to.
pub(crate) struct Outcome {
    pub(crate) image: Image,
    pub(crate) said: Vec<u16>,
}

type Sayings = Vec<(Said, Vec<u8>)>;
type Device = Meter<1>;
type Mark = HighWater<1>;

struct Live {
    meter: Device,
    forming: Option<Forming<1>>,
}

const CHANNELS: Channels = Channels { first: 0, count: 1 };

impl Image {
    fn is_blank(&self) -> bool {
        self.forming.is_none() && self.joining.is_none() && self.seat.is_none()
    }

    pub(crate) fn forming(&self) -> Option<u8> {
        self.forming
    }

    /// The plan of the ring that it sits in.
    pub(crate) fn seated(&self) -> Option<u8> {
        self.seat.as_ref().map(|seat| seat.plan)
    }
}

/// None if it is refused. A refusal changes nothing.
pub(crate) fn step(setting: &Setting, me: u8, image: &Image, input: Input) -> Option<Outcome> {
    if input == Input::Reboot {
        return reboot(setting, image);
    }
    let party = Party { setting, me };
    let mut live = party.live(image);
    let mut next = image.clone();
    let mut said = Vec::new();
    party.act(&mut live, image, &mut next, input, &mut said).ok()?;
    Some(Outcome { image: next, said: said.iter().map(|(said, bytes)| setting.sent(*said, bytes)).collect() })
}

/// A device that lives, beside the images of it.
pub(crate) struct Twin {
    setting: Arc<Setting>,
    me: u8,
    live: Live,
}

impl Twin {
    pub(crate) fn new(setting: &Arc<Setting>, me: u8) -> Self {
        let live = Party { setting, me }.live(&Image::default());
        Twin { setting: Arc::clone(setting), me, live }
    }

    /// What it says to an input, if it does not refuse it.
    pub(crate) fn step(&mut self, image: &Image, input: Input) -> Option<Vec<u16>> {
        let (party, mut said) = (Party { setting: &self.setting, me: self.me }, Vec::new());
        party.act(&mut self.live, image, &mut image.clone(), input, &mut said).ok()?;
        Some(said.iter().map(|(said, bytes)| self.setting.sent(*said, bytes)).collect())
    }
}

fn reboot(setting: &Setting, image: &Image) -> Option<Outcome> {
    if image.is_blank() {
        return None;
    }
    let mut next = Image { boot: image.boot + 1, ..Image::default() };
    if setting.bug != Bug::GenerationLost {
        next.generation.clone_from(&image.generation);
    }
    if setting.bug != Bug::MarkLost {
        next.mark.clone_from(&image.mark);
    }
    Some(Outcome { image: next, said: Vec::new() })
}

struct Party<'a> {
    setting: &'a Setting,
    me: u8,
}

impl Party<'_> {
    fn listed(&self, meter: u8) -> Listed {
        self.setting.listed[usize::from(meter)]
    }

    fn mark(&self, image: &Image) -> Mark {
        let mut mark = Mark::new();
        if !image.mark.is_empty() && self.setting.bug != Bug::FreshMark {
            mark.replay(&image.mark).unwrap();
        }
        mark
    }

    /// In the order of generations, which is one in which it can have come about.
    fn live(&self, image: &Image) -> Live {
        let setting = self.setting;
        let meter = Device::new(&setting.params, &setting.view, &self.listed(self.me), CHANNELS).unwrap();
        let mut live = Live { meter, forming: None };
        let nothing = Image { boot: image.boot, ..Image::default() };
        let mut again = |live: &mut Live, input| {
            self.act(live, &nothing, &mut nothing.clone(), input, &mut Vec::new()).unwrap();
        };
        let generation = |plan: u8| setting.plans[usize::from(plan)].generation;
        let mut order = [(0, 0), (1, 1), (2, 2)];
        order[0].0 = image.seat.as_ref().map_or(0, |seat| generation(seat.plan));
        order[1].0 = image.joining.map_or(0, |token| generation(setting.frame(token).said.plan));
        order[2].0 = image.forming.map_or(0, generation);
        order.sort_unstable();
        for (_, which) in order {
            match (which, &image.seat, image.joining, image.forming) {
                (0, Some(seat), ..) => self.sit(&mut live, image.boot, seat, &mut again),
                (1, _, Some(token), _) => again(&mut live, Input::Join(token)),
                (2, .., Some(plan)) => again(&mut live, Input::Open(plan)),
                _ => {}
            }
        }
        if !image.generation.is_empty() {
            live.meter.replay(&image.generation).unwrap();
        }
        live
    }

    fn sit(&self, live: &mut Live, boot: u8, seat: &Seat, again: &mut impl FnMut(&mut Live, Input)) {
        match seat.how {
            How::Member { token, seat } => {
                again(live, Input::Join(token));
                again(live, Input::Seat(seat));
            }
            How::Lead { heard } => {
                let forming = live.forming.take();
                again(live, Input::Open(seat.plan));
                again(live, Input::CloseForming(heard));
                live.forming = forming;
            }
        }
        if let Some(last) = seat.last {
            self.send(live, &mut Mark::new(), boot, seat.plan, last, &mut Vec::new()).unwrap();
            last.closed.into_iter().for_each(|delta| again(live, Input::Close(delta)));
        }
    }

    fn act(
        &self,
        live: &mut Live,
        image: &Image,
        next: &mut Image,
        input: Input,
        said: &mut Sayings,
    ) -> Result<(), Error> {
        let (setting, me) = (self.setting, self.me);
        let link = &setting.links[usize::from(me)];
        match input {
            Input::Open(number) => {
                let plan = &setting.plans[usize::from(number)];
                let (from, g) = (Round::from(u32::from(plan.from)), Generation(plan.generation));
                let members: Vec<Listed> = plan.set.iter().map(|meter| self.listed(*meter)).collect();
                let mut rng = chance(me, image.boot, "open", &[number]);
                let prepared = Forming::open(&mut live.meter, link, from, from, g, &members, &mut rng)?;
                next.generation = prepared.record().to_vec();
                let forming = prepared.stored();
                for (id, token) in forming.tokens() {
                    said.push(self.say(Kind::Token, self.meter(id), number, plan.from, 0, token));
                }
                live.forming = Some(forming);
                next.forming = Some(number);
            }
            Input::CloseForming(heard) => {
                let mut forming = live.forming.take().unwrap();
                for frame in heard.iter().filter(|frame| **frame != u16::MAX) {
                    forming.accept(&setting.frame(*frame).bytes)?;
                }
                let Ok(formed) = forming.close(&mut live.meter) else {
                    next.forming = None; // the meter has gone on
                    return Ok(());
                };
                let plan = image.forming.or_else(|| heard_plan(setting, &heard)).unwrap();
                let from = setting.plans[usize::from(plan)].from;
                said.push(self.say(Kind::GroupKey, SUPPLIER, plan, from, 0, &formed.group_key));
                for (id, frame) in &formed.seats {
                    said.push(self.say(Kind::Seat, self.meter(*id), plan, from, 0, frame));
                }
                next.seat = Some(Seat { plan, how: How::Lead { heard }, last: None });
                (next.forming, next.joining) = (None, None);
            }
            Input::Join(number) => {
                let token = setting.frame(number);
                let now = Round::from(u32::from(token.said.round));
                let mut out = [0; 128];
                let mut rng = chance(me, image.boot, "join", &token.bytes);
                let lead = self.listed(token.said.by);
                let prepared = live.meter.join(link, now, &lead, &token.bytes, &mut out, &mut rng)?;
                next.generation = prepared.record().to_vec();
                let Said { by, plan, round, .. } = token.said;
                said.push(self.say(Kind::FirstKey, by, plan, round, 0, prepared.stored()));
                next.joining = Some(number);
            }
            Input::Seat(number) => {
                let frame = setting.frame(number);
                let around = live.meter.neighbours(&frame.bytes)?.map(|position| self.listed(position as u8));
                live.meter.seat(link, &frame.bytes, &around)?;
                if let Some(token) = next.joining.take() {
                    let how = How::Member { token, seat: number };
                    next.seat = Some(Seat { plan: frame.said.plan, how, last: None });
                }
            }
            Input::Start { round, .. } | Input::Relay { round, .. } | Input::Contribute(round) => {
                let Some(seat) = &mut next.seat else { return Err(cmt_ring::Misuse::NotSeated.into()) };
                // Whoever looks at a reading twice, or after a reboot, finds another.
                let before = seat.last.filter(|last| last.round == round);
                let look = before.map_or(16 * image.boot, |last| last.look + 1);
                let last = Last { input, round, look, closed: None };
                next.mark = self.send(live, &mut self.mark(image), image.boot, seat.plan, last, said)?;
                seat.last = Some(last);
            }
            Input::Close(number) => {
                let frame = setting.frame(number);
                let now = Round::from(u32::from(frame.said.round));
                let mut out = [0; 64];
                let contribution = live.meter.close(now, &frame.bytes, &mut out)?;
                let Some(Seat { plan, last: Some(last), .. }) = &mut next.seat else { return Ok(()) };
                last.closed = Some(number);
                let reading = Setting::reading(me, last.round, last.look);
                said.push(self.say(Kind::Contribution, SUPPLIER, *plan, last.round, reading, contribution));
            }
            Input::Reboot => {}
        }
        Ok(())
    }

    /// Lets a reading go, and gives the record of that.
    fn send(
        &self,
        live: &mut Live,
        mark: &mut Mark,
        boot: u8,
        plan: u8,
        last: Last,
        said: &mut Sayings,
    ) -> Result<Vec<u8>, Error> {
        let Last { input, round, look, .. } = last;
        let (setting, me, now) = (self.setting, self.me, Round::from(u32::from(round)));
        let value = Setting::reading(me, round, look);
        let mut out = [0; 128];
        let mut rng = chance(me, boot, "delta", &[plan, round, look]);
        let meter = &mut live.meter;
        match input {
            Input::Start { frame, .. } => {
                let frame = setting.frame(frame);
                let prepared = meter.start(mark, now, now, &[value], &frame.bytes, &mut out, &mut rng)?;
                let record = prepared.record().to_vec();
                said.push(self.say(Kind::Delta, self.successor(plan), plan, round, 0, prepared.stored()));
                Ok(record)
            }
            Input::Relay { frame, .. } => {
                let frame = setting.frame(frame);
                let prepared = meter.relay(mark, now, now, &[value], &frame.bytes, &mut out, &mut rng)?;
                let record = prepared.record().to_vec();
                let sent = prepared.stored();
                said.push(self.say(Kind::Contribution, SUPPLIER, plan, round, value, sent.contribution));
                said.push(self.say(Kind::Delta, self.successor(plan), plan, round, 0, sent.delta));
                Ok(record)
            }
            _ => {
                let prepared = meter.contribute(mark, now, now, &[value], &mut out)?;
                let record = prepared.record().to_vec();
                said.push(self.say(Kind::Contribution, SUPPLIER, plan, round, value, prepared.stored()));
                Ok(record)
            }
        }
    }

    fn say(&self, kind: Kind, to: u8, plan: u8, round: u8, reading: i64, bytes: &[u8]) -> (Said, Vec<u8>) {
        (Said { kind, by: self.me, to, plan, round, reading }, bytes.to_vec())
    }

    fn meter(&self, id: meter_link::PartyId) -> u8 {
        self.setting.listed.iter().position(|listed| listed.peer.id == id).unwrap() as u8
    }

    fn successor(&self, plan: u8) -> u8 {
        let ring = &self.setting.plans[usize::from(plan)].ring;
        let place = ring.iter().position(|meter| *meter == self.me).unwrap();
        ring[(place + 1) % ring.len()]
    }
}

fn heard_plan(setting: &Setting, heard: &[u16; 3]) -> Option<u8> {
    heard.iter().find(|frame| **frame != u16::MAX).map(|frame| setting.frame(*frame).said.plan)
}

//! A meter's step: the actual role is built anew from what it came to be by, and does one thing.

use std::sync::Arc;

use cmt_ring::{Book, Error, Forming, Generation, Listed, Meter};
use meter_link::{Channels, HighWater, Kind, Round};

use crate::image::{How, Image, Input, Last, Seat};
use crate::setting::{Bug, SUPPLIER, Said, Setting, chance};

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
    book: Option<Book>,
}

const CHANNELS: Channels = Channels { first: 0, count: 1 };

/// None if it is refused. A refusal changes nothing.
pub(crate) fn step(setting: &Setting, me: u8, image: &Image, input: Input) -> Option<Outcome> {
    match input {
        Input::Reboot => return Some(Outcome { image: image.reboot(setting)?, said: Vec::new() }),
        Input::Restore { old } => {
            return Some(Outcome { image: image.restore(setting, old)?, said: Vec::new() });
        }
        _ => {}
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
        let mut live = Live { meter, forming: None, book: None };
        let generation = |plan: u8| setting.plans[usize::from(plan)].generation;
        let of_frame = |frame: u16| setting.frame(frame).said.plan;
        // By generation: what, and in which boot.
        let mut past: Vec<(u32, Vec<Input>, u8)> = Vec::new();
        past.extend(
            image.joining.map(|(token, boot)| (generation(of_frame(token)), vec![Input::Join(token)], boot)),
        );
        past.extend(image.forming.map(|plan| (generation(plan), vec![Input::Open(plan)], image.boot)));
        if let Some(seat) = &image.seat {
            let sit = match seat.how {
                How::Member { token, seat } => vec![Input::Join(token), Input::Seat(seat)],
                How::Lead { heard, .. } => vec![Input::Open(seat.root), Input::CloseForming(heard)],
            };
            past.push((generation(seat.root), sit, seat.boot));
            for heal in &seat.heals {
                let plan = match *heal {
                    Input::HealAs(plan) => plan,
                    Input::Heal(frame) => of_frame(frame),
                    _ => unreachable!(),
                };
                past.push((generation(plan), vec![*heal], seat.boot));
            }
        }
        past.sort_by_key(|(generation, ..)| *generation);
        let mut healed = 0;
        for (_, inputs, boot) in past {
            let nothing = Image { boot, ..Image::default() };
            let sits = matches!(inputs[0], Input::Heal(_) | Input::HealAs(_)) || inputs.len() == 2;
            let forming = live.forming.take_if(|_| inputs.len() == 2);
            for input in &inputs {
                self.act(&mut live, &nothing, &mut nothing.clone(), *input, &mut Vec::new()).unwrap();
            }
            live.forming = forming.or(live.forming);
            if let (true, Some(seat)) = (sits, &image.seat) {
                self.again(&mut live, seat, healed);
                healed += 1;
            }
        }
        if image.seat.as_ref().is_some_and(|seat| seat.restored) {
            self.store(&mut live);
        }
        if !image.generation.is_empty() {
            live.meter.replay(&image.generation).unwrap();
        }
        live
    }

    /// Its last round, if that came after so many healings.
    fn again(&self, live: &mut Live, seat: &Seat, healed: u8) {
        let Some(last) = seat.last.filter(|last| last.after == healed) else { return };
        let plan = match seat.heals.get(..usize::from(healed)).and_then(|heals| heals.last()) {
            None => seat.root,
            Some(Input::HealAs(plan)) => *plan,
            Some(Input::Heal(frame)) => self.setting.frame(*frame).said.plan,
            _ => unreachable!(),
        };
        self.send(live, &mut Mark::new(), plan, last, &mut Vec::new()).unwrap();
        if let Some(delta) = last.closed {
            let nothing = Image::default();
            self.act(live, &nothing, &mut nothing.clone(), Input::Close(delta), &mut Vec::new()).unwrap();
        }
    }

    /// To storage and back.
    fn store(&self, live: &mut Live) {
        let mut state = vec![0; live.meter.state_len()];
        let Setting { params, view, .. } = self.setting;
        live.meter.to_bytes(&mut state).unwrap();
        live.meter = Device::from_bytes(params, view, &self.listed(self.me), CHANNELS, &state).unwrap();
        live.book = None;
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
                live.book = Some(formed.book);
                next.seat = Some(Seat::new(plan, How::Lead { heard, book: true }, image.boot));
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
                next.joining = Some((number, image.boot));
            }
            Input::Seat(number) => {
                let frame = setting.frame(number);
                let around = live.meter.neighbours(&frame.bytes)?.map(|position| self.listed(position as u8));
                live.meter.seat(link, &frame.bytes, &around)?;
                if let Some((token, boot)) = next.joining.take() {
                    let how = How::Member { token, seat: number };
                    next.seat = Some(Seat::new(frame.said.plan, how, boot));
                }
            }
            Input::Start { round, .. } | Input::Relay { round, .. } | Input::Contribute(round) => {
                let Some(seat) = &mut next.seat else { return Err(cmt_ring::Misuse::NotSeated.into()) };
                // Whoever looks at a reading twice, or after a reboot, finds another.
                let before = seat.last.filter(|last| last.round == round);
                let look = before.map_or(16 * image.boot, |last| last.look + 1);
                let (boot, after) = (image.boot, seat.heals.len() as u8);
                let last = Last { input, round, look, closed: None, boot, after };
                next.mark = self.send(live, &mut self.mark(image), seat.plan, last, said)?;
                seat.last = Some(last);
                seat.restored = false;
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
            Input::HealAs(number) => {
                let plan = &setting.plans[usize::from(number)];
                let Some(mut book) = live.book.take() else { return Err(cmt_ring::Misuse::NotSeated.into()) };
                let (from, g) = (Round::from(u32::from(plan.from)), Generation(plan.generation));
                let cut: Vec<u32> = book.members().map(|member| member.position).collect();
                let cut: Vec<u32> = cut.into_iter().filter(|p| !plan.set.contains(&(*p as u8))).collect();
                let mut rng = chance(me, image.boot, "heal", &[number]);
                let healed = book.heal(&mut live.meter, link, from, from, g, &cut, &mut rng);
                live.book = Some(book);
                let prepared = healed?;
                next.generation = prepared.record().to_vec();
                let healing = prepared.stored();
                said.push(self.say(Kind::Healed, SUPPLIER, number, plan.from, 0, &healing.supplier));
                for (id, frame) in &healing.members {
                    said.push(self.say(Kind::Heal, self.meter(*id), number, plan.from, 0, frame));
                }
                self.healed(next, number, input);
            }
            Input::Heal(number) => {
                let frame = setting.frame(number);
                let around =
                    live.meter.healed_neighbours(&frame.bytes)?.map(|position| self.listed(position as u8));
                let now = Round::from(u32::from(frame.said.round));
                let prepared = live.meter.heal(link, now, &frame.bytes, &around)?;
                next.generation = prepared.record().to_vec();
                prepared.stored();
                self.healed(next, frame.said.plan, input);
            }
            Input::Reboot | Input::Restore { .. } => {}
        }
        Ok(())
    }

    fn healed(&self, next: &mut Image, plan: u8, input: Input) {
        let generation = |plan: u8| self.setting.plans[usize::from(plan)].generation;
        let joining =
            |(token, _): &(u16, u8)| generation(self.setting.frame(*token).said.plan) > generation(plan);
        next.joining = next.joining.filter(joining);
        if let Some(seat) = &mut next.seat {
            seat.plan = plan;
            seat.heals.push(input);
        }
    }

    /// Lets a reading go, and gives the record of that.
    fn send(
        &self,
        live: &mut Live,
        mark: &mut Mark,
        plan: u8,
        last: Last,
        said: &mut Sayings,
    ) -> Result<Vec<u8>, Error> {
        let Last { input, round, look, boot, .. } = last;
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

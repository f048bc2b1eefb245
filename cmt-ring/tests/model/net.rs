//! All parties over a network that loses, delays, repeats and reorders: whatever was sent may come at any later time, any
//! number of times or never. Whoever is silent is one to whom nothing comes, or whose frames are lost.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use cmt_ring::{Error, Mode};
use meter_link::Kind;
use stateright::{Checker, Model, Property};

use crate::device::{self, Twin};
use crate::head::{self, Order};
use crate::image::{Image, Input};
use crate::known::Known;
use crate::setting::{Said, SaidSet, Setting};

/// What must not be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Wrong {
    /// Two frames under one key, round and stream, or a reading in two ciphertexts.
    Twice { kind: Kind, by: u8 },
    /// A sum that is not that of its members' readings.
    Sum,
    /// Two sums of one round, of different rings.
    TwoSums,
    /// From a ring into one of an earlier generation.
    Back { by: u8 },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct State {
    devices: Vec<u32>,
    head: u32,
    said: SaidSet,
    /// Of each round, one more than the plan of the ring that its sum was delivered of.
    sums: Vec<u8>,
    reboots: u8,
    restarts: u8,
    pub(crate) wrong: Option<Wrong>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    At(u8, Input),
    Supplier(Order),
    /// The supplier closes its round, with all that came.
    Deadline,
}

/// The result of closing a round with these frames, by the supplier's image.
type Closed = (u32, Result<i64, Error>);
type Closings = HashMap<(u32, Vec<u16>), Option<Closed>>;

pub(crate) struct Net {
    pub(crate) setting: Arc<Setting>,
    devices: Vec<Known<Image, Input>>,
    head: Known<head::Image, Order>,
    closed: RwLock<Closings>,
    reboots: u8,
    restarts: u8,
    goes_on: bool,
}

impl Net {
    /// With so many reboots and restarts at most. `goes_on` asks of every state how it can end.
    pub(crate) fn new(setting: &Arc<Setting>, reboots: u8, restarts: u8, goes_on: bool) -> Self {
        Net {
            setting: Arc::clone(setting),
            devices: (0..setting.meters()).map(|_| Known::of(Image::default())).collect(),
            head: Known::of(head::Image::default()),
            closed: RwLock::default(),
            reboots,
            restarts,
            goes_on,
        }
    }

    /// What can happen to a meter by what was sent to it, or by itself.
    fn inputs(&self, state: &State, sent: &[(u16, Said)], me: u8, inputs: &mut Vec<Input>) {
        let rounds = 0..self.setting.rounds;
        for (number, said) in sent.iter().copied().filter(|(_, said)| said.to == me) {
            match said.kind {
                Kind::Token => inputs.push(Input::Join(number)),
                Kind::Seat => inputs.push(Input::Seat(number)),
                Kind::Heal => inputs.push(Input::Heal(number)),
                Kind::Start => {
                    inputs.extend(rounds.clone().map(|round| Input::Start { round, frame: number }))
                }
                Kind::Delta => {
                    inputs.extend(rounds.clone().map(|round| Input::Relay { round, frame: number }));
                    inputs.push(Input::Close(number));
                }
                _ => {}
            }
        }
        if self.setting.params.mode() == Mode::Derived {
            inputs.extend(rounds.map(Input::Contribute));
        }
        let image = self.devices[usize::from(me)].image(state.devices[usize::from(me)]);
        if let Some(plan) = image.forming {
            inputs.extend(self.heard(sent, me, plan).map(Input::CloseForming));
        }
    }

    /// First keys of all other members, if they were sent.
    fn heard(&self, sent: &[(u16, Said)], me: u8, plan: u8) -> Option<[u16; 3]> {
        let mut heard = [u16::MAX; 3];
        let others = self.setting.plans[usize::from(plan)].set.iter().filter(|meter| **meter != me);
        for (slot, other) in heard.iter_mut().zip(others) {
            let is =
                |said: &Said| (said.kind, said.by, said.to, said.plan) == (Kind::FirstKey, *other, me, plan);
            *slot = sent.iter().find(|(_, said)| is(said))?.0;
        }
        Some(heard)
    }

    fn orders(sent: &[(u16, Said)], rounds: u8, orders: &mut Vec<Order>) {
        orders.extend(of_kind(sent, Kind::GroupKey).map(|(number, _)| Order::Register(number)));
        orders.extend(of_kind(sent, Kind::Healed).map(|(number, _)| Order::Register(number)));
        orders.extend((0..rounds).map(Order::Open));
    }

    fn say(&self, state: &mut State, frames: &[u16]) {
        for frame in frames.iter().filter(|frame| !state.said.has(**frame)).copied().collect::<Vec<_>>() {
            let said = self.setting.frame(frame).said;
            if self.setting.sayings(&state.said).iter().any(|(_, other)| self.setting.alike(&said, other)) {
                state.wrong = Some(Wrong::Twice { kind: said.kind, by: said.by });
            }
            state.said.put(frame);
        }
    }

    fn after(&self, state: &State, event: Event) -> Option<State> {
        let mut next;
        match event {
            Event::At(_, input) if is_reboot(input) && state.reboots == 0 => return None,
            Event::Supplier(Order::Restart | Order::Restore) if state.restarts == 0 => return None,
            Event::At(me, input) => {
                let at = usize::from(me);
                let (image, said) = self.devices[at].step(state.devices[at], input, |image| {
                    let outcome = device::step(&self.setting, me, image, input)?;
                    Some((outcome.image, outcome.said))
                })?;
                next = state.clone();
                next.devices[at] = image;
                if !is_reboot(input) && self.seated(at, image) < self.seated(at, state.devices[at]) {
                    next.wrong = Some(Wrong::Back { by: me });
                }
                next.reboots -= u8::from(is_reboot(input));
                self.say(&mut next, &said);
            }
            Event::Supplier(order) => {
                let step = |image: &head::Image| head::step(&self.setting, image, order);
                let (image, said) = self.head.step(state.head, order, step)?;
                next = state.clone();
                next.head = image;
                next.restarts -= u8::from(matches!(order, Order::Restart | Order::Restore));
                self.say(&mut next, &said);
            }
            Event::Deadline => {
                let (round, plan) = self.head.image(state.head).open(&self.setting)?;
                let (image, result) = self.close(state)?;
                next = state.clone();
                next.head = image;
                if let Ok(sum) = result {
                    self.delivered(&mut next, round, plan, sum);
                }
            }
        }
        (next != *state).then_some(next)
    }

    fn seated(&self, at: usize, image: u32) -> Option<u32> {
        let plan = self.devices[at].image(image).seated()?;
        Some(self.setting.plans[usize::from(plan)].generation)
    }

    fn close(&self, state: &State) -> Option<Closed> {
        let sent = self.setting.sayings(&state.said);
        let (round, plan) = self.head.image(state.head).open(&self.setting)?;
        let fits = |said: &Said| (said.round, said.plan) == (round, plan);
        let all = || of_kind(&sent, Kind::Contribution);
        let fitting: Vec<u16> = all().filter(|(_, said)| fits(said)).map(|(number, _)| number).collect();
        // With more than one missing there is nothing to be seen.
        if fitting.len() + 1 < self.setting.plans[usize::from(plan)].set.len() {
            return None;
        }
        // All others that ever were are refused, each.
        for (number, _) in all().filter(|(_, said)| !fits(said)) {
            let refused = self.closing(state.head, vec![number])?.1;
            assert!(matches!(refused, Err(Error::Quorum { have: 0, .. })), "taken: {number}");
        }
        self.closing(state.head, fitting)
    }

    fn closing(&self, head: u32, frames: Vec<u16>) -> Option<Closed> {
        let key = (head, frames);
        if let Some(known) = self.closed.read().unwrap().get(&key) {
            return *known;
        }
        let closed = head::deadline(&self.setting, &self.head.image(head), &key.1);
        let closed = closed.map(|(next, result)| (self.head.number(next), result));
        self.closed.write().unwrap().insert(key, closed);
        closed
    }

    /// Of whatever the supplier calls the sum of a round.
    fn delivered(&self, state: &mut State, round: u8, plan: u8, sum: i64) {
        let sent = self.setting.sayings(&state.said);
        let ciphertexts = of_kind(&sent, Kind::Contribution);
        let ciphertexts = ciphertexts.filter(|(_, said)| (said.round, said.plan) == (round, plan));
        let readings: Vec<(u8, i64)> = ciphertexts.map(|(_, said)| (said.by, said.reading)).collect();
        let set = &self.setting.plans[usize::from(plan)].set;
        let one_each =
            readings.len() == set.len() && set.iter().all(|m| readings.iter().any(|(by, _)| by == m));
        if !one_each || readings.iter().map(|(_, reading)| reading).sum::<i64>() != sum {
            state.wrong = Some(Wrong::Sum);
        }
        let Some(earlier) = state.sums.get_mut(usize::from(round)) else { return };
        if *earlier != 0 && *earlier != plan + 1 {
            state.wrong = Some(Wrong::TwoSums);
        }
        *earlier = plan + 1;
    }

    /// From here on all that is sent comes, and whoever can do something does it.
    fn settle(&self, mut state: State) -> State {
        for _ in 0..1000 {
            let (sent, mut events) = (self.setting.sayings(&state.said), Vec::new());
            for me in 0..self.setting.meters() {
                let mut inputs = Vec::new();
                self.inputs(&state, &sent, me, &mut inputs);
                events.extend(inputs.into_iter().map(|input| Event::At(me, input)));
            }
            let mut orders = Vec::new();
            Self::orders(&sent, 0, &mut orders);
            events.extend(orders.into_iter().map(Event::Supplier));
            let before = state.clone();
            for event in events {
                state = self.after(&state, event).unwrap_or(state);
            }
            if state == before {
                return state;
            }
        }
        panic!("it does not settle: {state:?}");
    }

    /// The round that is open ends in the right sum or is discarded; then a generation of all forms, and its round gives
    /// the right sum.
    fn ends_well(&self, state: &State) -> bool {
        let state = self.settle(state.clone());
        let state = self.after(&state, Event::Deadline).unwrap_or(state);
        let last = self.setting.last_plan();
        let lead = self.setting.plans[usize::from(last)].ring[0];
        let Some(state) = self.after(&state, Event::At(lead, Input::Open(last))) else { return false };
        let state = self.settle(state);
        let round = self.setting.rounds;
        let Some(state) = self.after(&state, Event::Supplier(Order::Open(round))) else { return false };
        let mut state = self.settle(state);
        if self.setting.params.mode() == Mode::Derived {
            for me in 0..self.setting.meters() {
                state = self.after(&state, Event::At(me, Input::Contribute(round))).unwrap_or(state);
            }
        } else {
            for _ in 0..=self.setting.meters() {
                state = self.pass_on(state, round);
            }
        }
        let is_last = self.head.image(state.head).open(&self.setting) == Some((round, last));
        let result = self.close(&state).map(|(_, result)| result);
        let mut after = state;
        match result {
            Some(Ok(sum)) => self.delivered(&mut after, round, last, sum),
            _ => return false,
        }
        is_last && after.wrong.is_none()
    }

    /// The round after all others, which nothing else tries.
    fn pass_on(&self, mut state: State, round: u8) -> State {
        for (number, said) in self.setting.sayings(&state.said) {
            if said.round != round || said.plan != self.setting.last_plan() {
                continue;
            }
            let inputs = match said.kind {
                Kind::Start => vec![Input::Start { round, frame: number }],
                Kind::Delta => vec![Input::Relay { round, frame: number }, Input::Close(number)],
                _ => continue,
            };
            for input in inputs {
                state = self.after(&state, Event::At(said.to, input)).unwrap_or(state);
            }
        }
        state
    }

    fn images(&self) -> usize {
        self.devices.iter().map(Known::len).sum()
    }
}

impl Model for Net {
    type State = State;
    type Action = Event;

    fn init_states(&self) -> Vec<State> {
        let sums = vec![0; self.setting.rounds.into()];
        let devices = vec![0; self.setting.meters().into()];
        let (reboots, restarts) = (self.reboots, self.restarts);
        vec![State { devices, head: 0, said: SaidSet::default(), sums, reboots, restarts, wrong: None }]
    }

    fn actions(&self, state: &State, events: &mut Vec<Event>) {
        if state.wrong.is_some() {
            return;
        }
        let (sent, mut inputs) = (self.setting.sayings(&state.said), Vec::new());
        for me in 0..self.setting.meters() {
            let image = self.devices[usize::from(me)].image(state.devices[usize::from(me)]);
            for (number, plan) in (0u8..).zip(self.setting.tried()) {
                match plan.heals {
                    None if plan.ring[0] == me => inputs.push(Input::Open(number)),
                    Some(root) if image.heals(root) => inputs.push(Input::HealAs(number)),
                    _ => {}
                }
            }
            self.inputs(state, &sent, me, &mut inputs);
            inputs.extend([Input::Reboot, Input::Restore { old: false }, Input::Restore { old: true }]);
            events.extend(inputs.drain(..).map(|input| Event::At(me, input)));
        }
        let mut orders = Vec::new();
        Self::orders(&sent, self.setting.rounds, &mut orders);
        orders.extend([Order::Restart, Order::Restore]);
        events.extend(orders.into_iter().map(Event::Supplier));
        events.push(Event::Deadline);
    }

    fn next_state(&self, state: &State, event: Event) -> Option<State> {
        self.after(state, event)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = vec![
            Property::always(RIGHT, |_: &Net, state: &State| state.wrong.is_none()),
            Property::sometimes(SUM, |_: &Net, state: &State| state.sums.iter().any(|sum| *sum != 0)),
            Property::sometimes(HEALED, |net: &Net, state: &State| {
                let healed =
                    |sum: &u8| sum.checked_sub(1).and_then(|n| net.setting.plans[usize::from(n)].heals);
                net.setting.plans.iter().all(|plan| plan.heals.is_none())
                    || state.sums.iter().any(|sum| healed(sum).is_some())
            }),
        ];
        if self.goes_on {
            all.push(Property::always(ENDS, |net: &Net, state: &State| net.ends_well(state)));
        }
        all
    }
}

fn is_reboot(input: Input) -> bool {
    matches!(input, Input::Reboot | Input::Restore { .. })
}

fn of_kind(sent: &[(u16, Said)], kind: Kind) -> impl Iterator<Item = (u16, Said)> {
    sent.iter().copied().filter(move |(_, said)| said.kind == kind)
}

const RIGHT: &str = "every sum is right, no key is used for two messages, no reading is in two ciphertexts";
const SUM: &str = "a sum";
const HEALED: &str = "a sum of a ring that was healed, where one may be";
const ENDS: &str = "from everywhere it goes on to a right sum";

/// A walk through the states, by whatever `pick` picks of so many, with devices that live: they accept, refuse and say the
/// same as those that are built anew for every step.
pub(crate) fn walk(net: &Net, mut pick: impl FnMut(usize) -> usize) {
    let mut state = net.init_states().remove(0);
    let mut twins: Vec<Twin> = (0..net.setting.meters()).map(|me| Twin::new(&net.setting, me)).collect();
    for _ in 0..80 {
        let mut events = Vec::new();
        net.actions(&state, &mut events);
        events.retain(|event| !matches!(event, Event::At(_, input) if is_reboot(*input)));
        if events.is_empty() {
            return;
        }
        let event = events[pick(events.len())];
        if let Event::At(me, input) = event {
            let at = usize::from(me);
            let image = net.devices[at].image(state.devices[at]);
            let anew = device::step(&net.setting, me, &image, input).map(|outcome| outcome.said);
            assert_eq!(twins[at].step(&image, input), anew, "{me}: {input:?} at {image:?}");
        }
        state = net.after(&state, event).unwrap_or(state);
    }
}

/// What a search has found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) states: usize,
    pub(crate) depth: usize,
    /// Different states of single meters.
    pub(crate) images: usize,
    pub(crate) broken: Option<(Wrong, Vec<Event>)>,
}

/// Goes over all states. It panics where one does not go on, or there is no sum at all.
pub(crate) fn check(net: Net) -> Found {
    let checker = net.checker().threads(2).spawn_bfs().join();
    let broken = checker.discovery(RIGHT).map(|path| (path.last_state().wrong.unwrap(), path.into_actions()));
    if let Some(path) = checker.discovery(ENDS) {
        panic!("not so: {ENDS}, after {:?}", path.into_actions());
    }
    for name in [SUM, HEALED] {
        assert!(broken.is_some() || checker.discovery(name).is_some(), "never {name}");
    }
    Found {
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        images: checker.model().images(),
        broken,
    }
}

//! A random strategy of the utility against the real roles, over some rounds.

#[path = "play/asked.rs"]
mod asked;
#[path = "play/told.rs"]
mod told;

use std::collections::BTreeMap;

use meter_link::Round;

use crate::coalition::{Coalition, Dice, Learnt, Without};
use crate::group::{FIRST, Plan, Seats, World};

/// What the utility may tell a meter.
#[derive(Clone)]
struct Message {
    round: u32,
    /// Present meters of an Open, the set of a Close.
    set: Vec<bool>,
    /// Pass of a Close; 0: an Open.
    pass: u8,
    is_final: bool,
    frame: Vec<u8>,
}

/// A meter as the utility sees it: every party has a chain of its own, of whatever it was told.
#[derive(Clone, Default)]
struct Told {
    /// The round's Open, and the last message that was taken.
    open: Option<Message>,
    last: Vec<u8>,
    pass: u8,
    last_final: Option<(Round, [u8; 32])>,
    history: Vec<Message>,
    marks: Vec<Vec<u8>>,
    closes: Vec<Vec<u8>>,
    /// State, the Open it was in, and how many Close records there were.
    saved: Option<(Vec<u8>, Option<Message>, usize)>,
}

#[derive(Clone, Default)]
struct Asked {
    open: Vec<u8>,
    records: Vec<Vec<u8>>,
    /// What it has signed last.
    stated: Option<[u8; 32]>,
}

/// A set, and the statements on it.
type Signed = (Vec<bool>, Vec<Vec<u8>>);

pub(crate) struct Play {
    dice: Dice,
    world: World,
    pub(crate) all: Coalition,
    meters: Vec<Told>,
    holders: Vec<Asked>,
    /// Statements and their set, by digest.
    signed: BTreeMap<[u8; 32], Signed>,
    /// The round's plan: two Opens, three sets, who is usually shown which, a quorum.
    opens: [Vec<bool>; 2],
    sets: [Vec<bool>; 3],
    usual: Vec<usize>,
    usual_holder: Vec<usize>,
    quorum: Vec<u8>,
    /// Camps of the holders, if there are: each is asked for a set of its own, with all colluders in both quorums.
    camps: Vec<usize>,
    /// One event in so many steps is out of order.
    noise: usize,
}

impl Play {
    pub(crate) fn new(plan: Plan, colluders: (u8, u32), without: Without, seed: u64) -> Self {
        let plan = Plan { seed, ..plan };
        let mut dice = Dice::new(seed);
        let holders = plan.params().answerers();
        let mut bad_meters = dice.choose(plan.meters as usize, colluders.1 as usize);
        let mut bad_holders = dice.quorum(holders, colluders.0);
        if plan.seats == Seats::Drawn {
            // A device colludes as a whole.
            let cohort = plan.cohort();
            let seat = |number: u8| {
                let id = cohort.answerers[usize::from(number) - 1].id;
                cohort.roster.position(id).unwrap()
            };
            bad_meters = bad_holders.iter().map(|number| seat(*number)).collect();
            let honest = |p: &usize| (1..=holders).all(|number| seat(number) != *p);
            let others = (0..plan.meters as usize).filter(honest);
            bad_meters.extend(others.take((colluders.1 - u32::from(colluders.0)) as usize));
            bad_holders.retain(|number| bad_meters.contains(&seat(*number)));
        }
        let world = if plan.seats == Seats::Nobody { World::new(plan) } else { World::certifying(plan) };
        let meters = world.devices.len();
        Play {
            meters: vec![Told::default(); meters],
            holders: vec![Asked::default(); world.holders.len()],
            all: Coalition::new(plan, bad_holders, bad_meters, without)
                .with_pairs(plan.seats != Seats::Nobody),
            signed: BTreeMap::new(),
            opens: Default::default(),
            sets: Default::default(),
            usual: Vec::new(),
            usual_holder: Vec::new(),
            quorum: Vec::new(),
            camps: Vec::new(),
            noise: [usize::MAX, 12, 3, 1][dice.below(4)],
            dice,
            world,
        }
    }

    /// What each round came to.
    pub(crate) fn run(mut self, rounds: u32) -> Vec<Learnt> {
        for round in FIRST..FIRST + rounds {
            self.round(round);
        }
        (FIRST..FIRST + rounds).map(|round| self.all.learnt(round)).collect()
    }

    fn draw(&mut self) {
        let meters = self.meters.len();
        let everybody = vec![true; meters];
        self.sets = [0, 1, 2].map(|_| (0..meters).map(|_| !self.dice.one_in(4)).collect());
        // Everybody is shown the same; or a set and its two halves, which is what bare answers combine, each half to
        // itself; or two camps of holders a set each; or whatever comes.
        let (mode, turn) = (self.dice.below(4), self.dice.below(3));
        if mode == 1 {
            let half = meters / 2;
            self.sets = [(0, meters), (0, half), (half, meters)]
                .map(|(from, to)| (0..meters).map(|p| (from..to).contains(&p)).collect());
        } else if self.dice.one_in(2) {
            self.sets[0].clone_from(&everybody);
        }
        self.opens = [everybody, (0..meters).map(|p| self.sets[1][p] || self.dice.one_in(2)).collect()];
        let usual = |p: usize| match mode {
            0 | 2 => 0,
            1 => 1 + usize::from(p >= meters / 2),
            _ => (p + turn) % 3,
        };
        self.usual = (0..meters).map(usual).collect();
        let honest = |number: &u8| !self.all.bad_holders.contains(number);
        let camp = |number: u8| (1..number).filter(honest).count() + turn;
        self.camps = (1..=self.holders.len() as u8).map(|number| camp(number) % 2).collect();
        self.usual_holder = (1..=self.holders.len() as u8)
            .map(|number| match mode {
                0 => 0,
                2 => self.camps[usize::from(number) - 1],
                _ => camp(number) % 3,
            })
            .collect();
        if let Some(threshold) = self.all.plan.params().threshold() {
            let (n, t) = (threshold.answerers(), threshold.threshold());
            self.quorum = self.dice.quorum(n, t);
            if mode == 1 {
                self.quorum = (1..=n).filter(honest).take(t.into()).collect();
            }
        }
        if mode != 2 {
            self.camps.clear();
        }
    }

    fn round(&mut self, round: u32) {
        self.draw();
        for holder in 0..self.holders.len() {
            self.holder_open(round, holder, 0);
        }
        for step in 0..4 {
            let order = {
                let mut order: Vec<usize> = (0..self.meters.len()).collect();
                (1..order.len()).for_each(|i| order.swap(i, self.dice.below(i + 1)));
                order
            };
            for p in order {
                let set = self.sets[self.usual[p]].clone();
                match step {
                    0 => self.open(round, p, 0),
                    1 => self.contribute(round, p, false),
                    2 if set.contains(&false) => self.close(round, p, &set, false),
                    2 => {}
                    _ => self.close(round, p, &set, true),
                }
                if self.noise != usize::MAX && self.dice.one_in(self.noise) {
                    self.disturb(round);
                }
            }
        }
        // All bound, all raw, or each as it comes; and then the same for another set.
        let (style, other) = (self.dice.below(3), self.dice.below(3));
        for turn in 0..2 {
            for holder in 0..self.holders.len() {
                let set = self.sets[(self.usual_holder[holder] + turn * other) % 3].clone();
                let how = if style == 2 { self.dice.below(3) } else { 2 * style };
                self.ask(round, holder, &set, how);
                if self.noise != usize::MAX && self.dice.one_in(self.noise) {
                    self.disturb(round);
                }
            }
        }
    }

    /// Something at the wrong time, to the wrong party.
    fn disturb(&mut self, round: u32) {
        let p = self.dice.below(self.meters.len());
        let set = self.sets[self.dice.below(3)].clone();
        match self.dice.below(9) {
            0 => {
                let which = self.dice.below(2);
                self.open(round, p, which);
            }
            1 => self.contribute(round, p, false),
            2 => self.contribute(round, p, true),
            3 => self.close(round, p, &set, false),
            4 => self.close(round, p, &set, true),
            5 => {
                let history = &self.meters[p].history;
                if !history.is_empty() {
                    let message = history[self.dice.below(history.len())].clone();
                    self.hear(p, message);
                }
            }
            6 => self.reboot(p),
            _ if !self.holders.is_empty() => {
                let holder = self.dice.below(self.holders.len());
                match self.dice.below(6) {
                    0 => {
                        let which = self.dice.below(2);
                        self.holder_open(round, holder, which);
                    }
                    1 => self.reboot_holder(holder, self.all.without != Without::HolderRecords),
                    _ => {
                        let how = self.dice.below(4);
                        self.ask(round, holder, &set, how);
                    }
                }
            }
            _ => {}
        }
    }
}

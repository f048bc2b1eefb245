//! The utility with its colluders: what it sees of the honest parties, as equations.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use meter_link::answer::{Quorum, Stated};
use meter_link::cohort::Cohort;
use meter_link::field::lagrange;
use meter_link::{Field64, Header, Kind};
use rand_core::{Rng, SeedableRng};

use crate::adversary::{Bare, zero_pads};
use crate::group::{ANSWER_HEAD, Plan, World, element, readings};
use crate::knowledge::{Form, Knowledge, Unknown};

/// A rule that is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Without {
    Nothing,
    /// Answers carry no zero-sum pads.
    Binding,
    /// Raw answers are given to whoever has signed.
    Certificates,
    /// Aggregators forget what they have answered.
    Records,
}

/// Coin tosses.
pub(crate) struct Dice(pub(crate) ChaCha20Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(ChaCha20Rng::seed_from_u64(seed))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() % bound as u64) as usize
    }

    /// Some of the numbers 1 … n.
    pub(crate) fn choose(&mut self, n: u8, count: u8) -> Vec<u8> {
        let mut numbers: Vec<u8> = (1..=n).collect();
        while numbers.len() > usize::from(count) {
            let out = self.below(numbers.len());
            numbers.remove(out);
        }
        numbers
    }
}

/// What the coalition knows, and what helps it to get at more.
pub(crate) struct Coalition {
    pub(crate) world: World,
    pub(crate) cohort: Cohort,
    pub(crate) colluders: Vec<u8>,
    pub(crate) known: Knowledge,
    pub(crate) without: Without,
    pub(crate) bare: BTreeMap<u32, Bare>,
    /// Statements by digest.
    pub(crate) signed: BTreeMap<[u8; 32], Vec<Vec<u8>>>,
    /// Pads of pairs by query, as they get numbers of their own.
    queries: BTreeMap<Vec<u8>, usize>,
}

impl Coalition {
    pub(crate) fn new(plan: Plan, colluders: Vec<u8>, without: Without) -> Self {
        Coalition {
            world: World::new(plan),
            cohort: plan.cohort(),
            colluders,
            known: Knowledge::default(),
            without,
            bare: BTreeMap::new(),
            signed: BTreeMap::new(),
            queries: BTreeMap::new(),
        }
    }

    pub(crate) fn honest(&self, number: u8) -> bool {
        !self.colluders.contains(&number)
    }

    /// Adds scale · pad to one side or the other.
    fn pad(&self, form: &mut Form, value: &mut Field64, (a, meter, round): (u8, usize, u32), scale: Field64) {
        if self.honest(a) {
            form.add(Unknown::Pad(a, meter, round), scale);
        } else {
            *value += Field64::ZERO - scale * self.bare[&round].pad(a, meter);
        }
    }

    /// All meters contribute, and the utility keeps their frames.
    pub(crate) fn contributions(&mut self, round: u32) {
        let plan = self.world.plan;
        self.bare.insert(round, Bare::of(&self.cohort, round));
        let (n, t) = (plan.threshold.answerers(), plan.threshold.threshold());
        let points: Vec<u8> = (0..t).collect();
        let readings = readings(&plan, round);
        for (meter, frame) in self.world.frames(round, &readings).into_iter().flatten().enumerate() {
            for a in t..=n {
                // f(a) − pad_a, with f through the reading at 0 and the pads at 1 … t − 1.
                let (mut form, mut value) = (Form::default(), element(&frame, 0, usize::from(a - t)));
                for (i, point) in points.iter().enumerate() {
                    let weight = lagrange::coefficient(&points, i, a).unwrap();
                    if *point == 0 {
                        form.add(Unknown::Reading(meter, round), weight);
                    } else {
                        self.pad(&mut form, &mut value, (*point, meter, round), weight);
                    }
                }
                self.pad(&mut form, &mut value, (a, meter, round), Field64::ZERO - Field64::ONE);
                self.known.learn(form, value);
            }
        }
    }

    /// A bound answer: `cells` are behind its elements.
    pub(crate) fn bound(&mut self, number: u8, answer: &[u8], quorum: &[u8], cells: &[Vec<(usize, u32)>]) {
        let weight = Quorum::new(quorum).unwrap().coefficient(number).unwrap();
        let count = self.queries.len();
        let head = answer[12..16 + ANSWER_HEAD].to_vec();
        let query = *self.queries.entry(head).or_insert(count);
        let mut forms: Vec<(Form, Field64)> =
            (0..cells.len()).map(|n| (Form::default(), element(answer, ANSWER_HEAD, n))).collect();
        for other in quorum.iter().filter(|other| **other != number) {
            let pair = (number.min(*other), number.max(*other));
            let pads = zero_pads(&self.cohort, pair, answer, cells.len());
            for (n, ((form, value), pad)) in forms.iter_mut().zip(pads).enumerate() {
                let sign = if number < *other { Field64::ONE } else { Field64::ZERO - Field64::ONE };
                if self.honest(*other) && self.without != Without::Binding {
                    form.add(Unknown::Zero(pair.0, pair.1, query, n), sign);
                } else {
                    *value += Field64::ZERO - sign * pad;
                }
            }
        }
        self.told(number, weight, forms, cells);
    }

    /// A raw answer.
    pub(crate) fn raw(&mut self, number: u8, answer: &[u8], cells: &[Vec<(usize, u32)>]) {
        let forms = (0..cells.len()).map(|n| (Form::default(), element(answer, 33, n))).collect();
        self.told(number, Field64::ONE, forms, cells);
    }

    fn told(
        &mut self,
        number: u8,
        weight: Field64,
        forms: Vec<(Form, Field64)>,
        cells: &[Vec<(usize, u32)>],
    ) {
        for ((mut form, mut value), cells) in forms.into_iter().zip(cells) {
            for (meter, round) in cells {
                self.pad(&mut form, &mut value, (number, *meter, *round), weight);
            }
            self.known.learn(form, value);
        }
    }

    /// Keeps a statement, and has all colluders sign the same.
    pub(crate) fn keep(&mut self, kind: Kind, statement: Vec<u8>) {
        let digest: [u8; 32] = statement[16..48].try_into().unwrap();
        let round = Header::parse(&statement).unwrap().round;
        if !self.signed.contains_key(&digest) {
            let sign = |number: &u8| {
                let party = &self.cohort.answerers[usize::from(*number) - 1];
                let stated = Stated { kind, round, digest };
                stated.sign(&self.cohort.view, &party.identity, party.id).unwrap()
            };
            let all = self.colluders.iter().map(sign).collect();
            self.signed.insert(digest, all);
        }
        let all = self.signed.get_mut(&digest).unwrap();
        if !all.contains(&statement) {
            all.push(statement);
        }
    }

    /// What an aggregator answers to any of the certificates there are.
    pub(crate) fn certified(&mut self, number: u8) -> Option<Vec<u8>> {
        let aggregator = &mut self.world.aggregators[usize::from(number) - 1];
        self.signed.values().find_map(|statements| {
            let given: Vec<&[u8]> = statements.iter().map(Vec::as_slice).collect();
            aggregator.answer_certified(&given).ok().map(|prepared| prepared.stored())
        })
    }

    /// That everything which follows about readings is true.
    pub(crate) fn check_values(&self) {
        for (form, value) in self.known.of_readings() {
            let true_value: Field64 = form
                .terms()
                .map(|(unknown, coefficient)| {
                    let Unknown::Reading(meter, round) = unknown else { panic!("{unknown:?}") };
                    let reading = readings(&self.world.plan, *round)[*meter].as_ref().unwrap()[0];
                    *coefficient * Field64::from_i64(reading)
                })
                .sum();
            assert_eq!(true_value, value);
        }
    }
}

//! The utility with its colluders: what it is sent, as equations.

use std::collections::{BTreeMap, BTreeSet};

use chacha20::ChaCha20Rng;
use meter_link::answer::Quorum;
use meter_link::{Field64, Header};
use rand_core::{Rng, SeedableRng};

use crate::group::{ANSWER_HEAD, Plan, Seats, element};
use crate::knowledge::{Form, Knowledge, Unknown};
use crate::secrets::{Secrets, weights};

/// A rule that is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Without {
    Nothing,
    /// Answers carry no zero-sum pads.
    Binding,
    /// Raw answers are given to whoever has signed.
    Certificates,
    /// Holders forget what they have answered.
    HolderRecords,
    /// Meters forget what they have sent.
    MeterRecords,
}

/// What a round came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Learnt {
    Nothing,
    /// The plain sum over one permitted set.
    OneSum,
    /// Anything else.
    More,
}

/// Coin tosses.
pub(crate) struct Dice(ChaCha20Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(ChaCha20Rng::seed_from_u64(seed))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() % bound as u64) as usize
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Some of the numbers below a bound, ascending.
    pub(crate) fn choose(&mut self, bound: usize, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..bound).collect();
        while all.len() > count {
            let out = self.below(all.len());
            all.remove(out);
        }
        all
    }

    pub(crate) fn quorum(&mut self, n: u8, count: u8) -> Vec<u8> {
        self.choose(n.into(), count.into()).into_iter().map(|number| number as u8 + 1).collect()
    }
}

/// What the coalition knows.
pub(crate) struct Coalition {
    pub(crate) plan: Plan,
    pub(crate) secrets: Secrets,
    pub(crate) bad_holders: Vec<u8>,
    pub(crate) bad_meters: Vec<usize>,
    pub(crate) without: Without,
    /// It has the pads between meters: claim 1 grants them.
    has_pairs: bool,
    pub(crate) known: Knowledge,
    /// Sets that an honest holder has answered for, by round.
    pub(crate) answered: BTreeSet<(u32, Vec<bool>)>,
    queries: BTreeMap<Vec<u8>, usize>,
    zeros: BTreeMap<(u8, u8, usize), Field64>,
}

/// One message: what it is made of, split into what the coalition knows and what it does not.
struct Equation {
    form: Form,
    known: Field64,
}

impl Coalition {
    pub(crate) fn new(plan: Plan, bad_holders: Vec<u8>, bad_meters: Vec<usize>, without: Without) -> Self {
        Coalition {
            plan,
            secrets: Secrets::new(&plan),
            bad_holders,
            bad_meters,
            has_pairs: false,
            without,
            known: Knowledge::default(),
            answered: BTreeSet::new(),
            queries: BTreeMap::new(),
            zeros: BTreeMap::new(),
        }
    }

    pub(crate) fn with_pairs(self, has_pairs: bool) -> Self {
        Coalition { has_pairs, ..self }
    }

    pub(crate) fn reading(&self, meter: usize, round: u32) -> i64 {
        crate::group::readings(&self.plan, round)[meter].as_ref().unwrap()[0]
    }

    /// Another reading of the same interval.
    pub(crate) fn second(&self, meter: usize, round: u32) -> i64 {
        self.reading(meter, round) + 17 + meter as i64
    }

    fn value(&self, unknown: Unknown) -> Field64 {
        match unknown {
            Unknown::Zero(low, high, query) => self.zeros[&(low, high, query)],
            Unknown::Pair(low, high, round) => self.secrets.pair(low, high, round),
            Unknown::Share(number, meter, round) => self.secrets.share(number, meter, round),
            Unknown::Reading(meter, round) => Field64::from_i64(self.reading(meter, round)),
            Unknown::Second(meter, round) => Field64::from_i64(self.second(meter, round)),
        }
    }

    fn hidden(&self, unknown: Unknown) -> bool {
        let meter = |meter| !self.bad_meters.contains(&meter);
        let holder = |number| !self.bad_holders.contains(&number);
        match unknown {
            Unknown::Zero(low, high, _) => holder(low) && holder(high) && self.without != Without::Binding,
            Unknown::Pair(low, high, _) => meter(low) && meter(high) && !self.has_pairs,
            Unknown::Share(number, own, _) => holder(number) && meter(own),
            Unknown::Reading(own, _) | Unknown::Second(own, _) => meter(own),
        }
    }

    /// Takes a message in: the value that was sent, and what it is made of. That the two agree at the secrets there are
    /// is what makes this a test of the code, not of a model.
    fn learn(&mut self, sent: Field64, terms: &[(Unknown, Field64)]) {
        let mut equation = Equation { form: Form::default(), known: Field64::ZERO };
        let mut all = Field64::ZERO;
        for (unknown, coefficient) in terms {
            let part = *coefficient * self.value(*unknown);
            all += part;
            if self.hidden(*unknown) {
                let unknown = match *unknown {
                    Unknown::Share(number, meter, round) => {
                        let (number, meter) = self.secrets.same(number, meter);
                        Unknown::Share(number, meter, round)
                    }
                    other => other,
                };
                equation.form.add(unknown, *coefficient);
            } else {
                equation.known += part;
            }
        }
        assert_eq!(all, sent, "the model is not what the code does");
        self.known.learn(equation.form, sent - equation.known);
    }

    fn pair(me: usize, other: usize, round: u32) -> (Unknown, Field64) {
        let sign = if me < other { Field64::ONE } else { -Field64::ONE };
        (Unknown::Pair(me.min(other), me.max(other), round), sign)
    }

    /// A contribution of a meter whose Open names these present.
    pub(crate) fn contribution(&mut self, meter: usize, frame: &[u8], present: &[bool], is_second: bool) {
        let round = Header::parse(frame).unwrap().round.to_u32();
        let own = if is_second { Unknown::Second(meter, round) } else { Unknown::Reading(meter, round) };
        let mut terms = vec![(own, Field64::ONE)];
        let others = (0..present.len()).filter(|other| *other != meter && present[*other]);
        terms.extend(others.map(|other| Self::pair(meter, other, round)));
        if let Some(threshold) = self.plan.params().threshold() {
            let (n, t) = (threshold.answerers(), threshold.threshold());
            let share = |(number, weight)| (Unknown::Share(number, meter, round), weight);
            terms.extend(weights(t, 0).into_iter().map(share));
            for number in t + 1..=n {
                let mut correction: Vec<_> = weights(t, number).into_iter().map(share).collect();
                correction.push((Unknown::Share(number, meter, round), -Field64::ONE));
                self.learn(element(frame, 0, usize::from(number - t)), &correction);
            }
        }
        self.learn(element(frame, 0, 0), &terms);
    }

    /// A repair of a meter whose Open names these present, for a set.
    pub(crate) fn repair(&mut self, meter: usize, frame: &[u8], present: &[bool], set: &[bool]) {
        let round = Header::parse(frame).unwrap().round.to_u32();
        let missing = (0..set.len()).filter(|other| *other != meter && present[*other] && !set[*other]);
        let terms: Vec<_> = missing.map(|other| Self::pair(meter, other, round)).collect();
        self.learn(element(frame, 0, 0), &terms);
    }

    fn shares(number: u8, round: u32, set: &[bool], weight: Field64) -> Vec<(Unknown, Field64)> {
        let members = (0..set.len()).filter(|meter| set[*meter]);
        members.map(|meter| (Unknown::Share(number, meter, round), weight)).collect()
    }

    /// A bound answer to a set.
    pub(crate) fn bound(&mut self, number: u8, answer: &[u8], quorum: &[u8], set: &[bool]) {
        let round = Header::parse(answer).unwrap().round.to_u32();
        self.answered.insert((round, set.to_vec()));
        let weight = Quorum::new(quorum).unwrap().coefficient(number).unwrap();
        let mut terms = Self::shares(number, round, set, weight);
        let count = self.queries.len();
        let query = *self.queries.entry(answer[12..Header::LEN + ANSWER_HEAD].to_vec()).or_insert(count);
        for other in quorum.iter().filter(|other| **other != number) {
            let (low, high) = (number.min(*other), number.max(*other));
            let sign = if number == low { Field64::ONE } else { -Field64::ONE };
            self.zeros.insert((low, high, query), self.secrets.zero(low, high, answer));
            terms.push((Unknown::Zero(low, high, query), sign));
        }
        self.learn(element(answer, ANSWER_HEAD, 0), &terms);
    }

    /// A raw answer to a set.
    pub(crate) fn raw(&mut self, number: u8, answer: &[u8], set: &[bool]) {
        let round = Header::parse(answer).unwrap().round.to_u32();
        self.answered.insert((round, set.to_vec()));
        self.learn(element(answer, 33, 0), &Self::shares(number, round, set, Field64::ONE));
    }

    /// What follows about the readings of a round; and that all of it is true.
    pub(crate) fn learnt(&self, round: u32) -> Learnt {
        let of = |unknown: &Unknown| match unknown {
            Unknown::Reading(_, round) | Unknown::Second(_, round) => *round,
            _ => panic!("{unknown:?}"),
        };
        let mut forms = Vec::new();
        for (form, value) in self.known.of_readings() {
            let true_value: Field64 = form.terms().map(|(unknown, c)| *c * self.value(*unknown)).sum();
            assert_eq!(true_value, value);
            let rounds: BTreeSet<u32> = form.terms().map(|(unknown, _)| of(unknown)).collect();
            assert_eq!(rounds.len(), 1, "readings of several rounds hang together");
            if rounds.contains(&round) {
                forms.push(form);
            }
        }
        match &forms[..] {
            [] => Learnt::Nothing,
            [sum] if self.is_permitted(sum, round) => Learnt::OneSum,
            _ => Learnt::More,
        }
    }

    /// A plain sum over the honest members of a set that the rules permit, and that holders were asked for.
    fn is_permitted(&self, sum: &Form, round: u32) -> bool {
        let plain = |(unknown, c): (&Unknown, &Field64)| match unknown {
            // Whichever of its readings the meter has sent.
            Unknown::Reading(meter, _) | Unknown::Second(meter, _) if *c == Field64::ONE => Some(*meter),
            _ => None,
        };
        let Some(mut support) = sum.terms().map(plain).collect::<Option<Vec<usize>>>() else { return false };
        support.sort_unstable(); // a meter of whom both readings are in is there twice, and no set is that
        let honest = |set: &Vec<bool>| -> Vec<usize> {
            (0..set.len()).filter(|meter| set[*meter] && !self.bad_meters.contains(meter)).collect()
        };
        if self.plan.seats == Seats::Nobody {
            return support.len() >= self.plan.rules.min_honest as usize;
        }
        let asked = self.answered.iter().filter(|(asked, _)| *asked == round);
        let within = asked.into_iter().any(|(_, set)| {
            let size = set.iter().filter(|member| **member).count();
            honest(set) == support && size >= self.plan.rules.min_meters() as usize
        });
        within && support.len() >= self.plan.rules.min_honest as usize
    }
}

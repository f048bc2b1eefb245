//! All parties and the utility: what it can hold of all of them at once, as linear equations.
//!
//! Parties hear nothing of each other but statements, which a certificate is made of. So every order of events is as
//! good as one in which party after party is done with, and the utility holds the more the more it was told: it is
//! enough to go over the largest knowledges. `crowd.rs` does without this argument, where that is affordable.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use stateright::{Checker, Model, Property};

use crate::algebra::{Form, Said, Unknown, one_sum_at_most, without};
use crate::alone::{Searched, search};
use crate::family::Family;
use crate::role::Who;
use crate::setting::{Colluders, Setting};

/// What one party can have told in a round.
#[derive(Clone, Debug)]
struct Knowledge {
    said: Vec<Said>,
    forms: Vec<Form>,
}

pub(crate) struct Together {
    setting: Arc<Setting>,
    colluders: Colluders,
    choices: Vec<Vec<Knowledge>>,
    holders: usize,
    reduced: Mutex<HashMap<Vec<u8>, Arc<Vec<Form>>>>,
}

/// All parties, holders first.
pub(crate) fn everybody(setting: &Setting) -> Vec<Who> {
    let holders = (0..setting.shape.holders).map(Who::Holder);
    holders.chain((0..setting.meters()).map(Who::Meter)).collect()
}

/// What is certified among what was said: raw answers need the statements of enough holders.
pub(crate) fn told(setting: &Setting, colluders: &Colluders, said: &[Said]) -> Vec<Said> {
    let needed = u32::from(setting.shape.opens).saturating_sub(colluders.holders.count_ones());
    let stated = |round: u8, set: u8| {
        let of =
            |s: &&Said| matches!(s, Said::Statement { round: r, set: s, .. } if (*r, *s) == (round, set));
        said.iter().filter(of).count() as u32
    };
    let is_told = |s: &&Said| match **s {
        Said::Raw { round, set, .. } => stated(round, set) >= needed,
        _ => true,
    };
    said.iter().filter(is_told).copied().collect()
}

/// Of a round only, with one name for what differs in name only: the pass of a repair, the reading if it is one.
fn in_round(said: &[Said], round: u8) -> Vec<Said> {
    let mut variants: Vec<u8> = Vec::new();
    let same_name = |said: &Said| match *said {
        Said::Repair { meter, round, missing, .. } => Said::Repair { meter, round, pass: 0, missing },
        Said::Contribution { meter, round, present, variant } => {
            let place = variants.iter().position(|v| *v == variant).unwrap_or_else(|| {
                variants.push(variant);
                variants.len() - 1
            });
            Said::Contribution { meter, round, present, variant: place as u8 }
        }
        other => other,
    };
    let mut all: Vec<Said> = said.iter().filter(|said| said.round() == round).map(same_name).collect();
    all.sort();
    all.dedup();
    all
}

impl Together {
    /// Of all that a round's parties have been found to be able to say.
    pub(crate) fn new(
        setting: &Arc<Setting>,
        colluders: Colluders,
        found: &[(Who, Searched)],
        round: u8,
    ) -> Self {
        let found: Vec<&(Who, Searched)> = found.iter().filter(|(who, _)| !colluders.include(*who)).collect();
        let choices = found.iter().map(|(who, found): &&(Who, Searched)| {
            let all: BTreeSet<Vec<Said>> = found.most.iter().map(|said| in_round(said, round)).collect();
            let knowledge = |said: &Vec<Said>| {
                let forms: Vec<Form> = said.iter().flat_map(|said| setting.forms(said, &colluders)).collect();
                Knowledge { said: said.clone(), forms }
            };
            match who {
                Who::Meter(_) => largest_spans(all.iter().map(knowledge).collect()),
                Who::Holder(_) => {
                    let within = |said: &Vec<Said>, other: &Vec<Said>| said.iter().all(|s| other.contains(s));
                    let most = all.iter().filter(|s| !all.iter().any(|o| o != *s && within(s, o)));
                    most.map(knowledge).collect()
                }
            }
        });
        let choices: Vec<Vec<Knowledge>> = choices.collect();
        let holders = found.iter().filter(|(who, _)| matches!(who, Who::Holder(_))).count();
        Together { setting: Arc::clone(setting), colluders, choices, holders, reduced: Mutex::default() }
    }

    fn chosen<'s>(&'s self, state: &'s [u8], from: usize) -> impl Iterator<Item = &'s Knowledge> {
        state.iter().zip(&self.choices).skip(from).map(|(choice, all)| &all[usize::from(*choice)])
    }

    /// What holders tell, with their zero-sum pads eliminated.
    fn holders_tell(&self, state: &[u8]) -> Arc<Vec<Form>> {
        let state = &state[..state.len().min(self.holders)];
        if let Some(forms) = self.reduced.lock().unwrap().get(state) {
            return Arc::clone(forms);
        }
        let said: Vec<Said> = self.chosen(state, 0).flat_map(|k| k.said.iter().copied()).collect();
        let said = told(&self.setting, &self.colluders, &said);
        let forms: Vec<Form> =
            said.iter().flat_map(|said| self.setting.forms(said, &self.colluders)).collect();
        let forms = Arc::new(without(&forms, |unknown| matches!(unknown, Unknown::Zero { .. })));
        self.reduced.lock().unwrap().insert(state.to_vec(), Arc::clone(&forms));
        forms
    }

    fn judge(&self, state: &[u8]) -> Result<Option<u8>, String> {
        let mut forms = self.holders_tell(state).to_vec();
        let meters = self.chosen(state, self.holders);
        forms.extend(meters.flat_map(|knowledge| knowledge.forms.iter().cloned()));
        one_sum_at_most(&forms, self.setting.least(&self.colluders))
    }

    /// What was said in a state, for reading.
    pub(crate) fn describe(&self, state: &[u8]) -> Vec<Said> {
        self.chosen(state, 0).flat_map(|knowledge| knowledge.said.iter().copied()).collect()
    }
}

/// One of each span that lies in no other one.
fn largest_spans(all: Vec<Knowledge>) -> Vec<Knowledge> {
    let rank = |forms: &[Form]| without(forms, |_| false).len();
    let mut kept: Vec<Knowledge> = Vec::new();
    let mut all = all;
    all.sort_by_key(|knowledge| core::cmp::Reverse(rank(&knowledge.forms)));
    for knowledge in all {
        let forms = without(&knowledge.forms, |_| false);
        let within = |other: &Knowledge| rank(&[&other.forms[..], &forms].concat()) == other.forms.len();
        if !kept.iter().any(within) {
            kept.push(Knowledge { forms, ..knowledge });
        }
    }
    kept
}

impl Model for Together {
    type State = Vec<u8>;
    type Action = u8;

    fn init_states(&self) -> Vec<Vec<u8>> {
        vec![Vec::new()]
    }

    fn actions(&self, state: &Vec<u8>, actions: &mut Vec<u8>) {
        let next = self.choices.get(state.len());
        actions.extend(next.into_iter().flat_map(|all| 0..all.len() as u8));
    }

    fn next_state(&self, state: &Vec<u8>, action: u8) -> Option<Vec<u8>> {
        Some([&state[..], &[action]].concat())
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_SUM, |model: &Together, state: &Vec<u8>| model.judge(state).is_ok()),
            Property::sometimes(A_SUM, |model: &Together, state: &Vec<u8>| {
                matches!(model.judge(state), Ok(Some(_)))
            }),
        ]
    }
}

pub(crate) const ONE_SUM: &str = "of a round's readings one plain sum at most is fixed";
pub(crate) const A_SUM: &str = "a sum is fixed";

/// What a whole check has found.
pub(crate) struct Verdict {
    pub(crate) states: usize,
    /// What the utility was told where a rule was found broken, and how.
    pub(crate) broken: Option<(Vec<Said>, String)>,
    pub(crate) learns_a_sum: bool,
}

/// Searches every party on its own, two at a time.
pub(crate) fn parties(setting: &Arc<Setting>, family: &Family) -> Vec<(Who, Searched)> {
    let who = everybody(setting);
    let next = Mutex::new(0..who.len());
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(at) = { next.lock().unwrap().next() } {
                    let searched = search(setting, who[at], family);
                    found.lock().unwrap().push((at, searched));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(at, searched)| (who[at], searched)).collect()
}

/// Goes over all that they can tell together in a round.
pub(crate) fn judge(
    setting: &Arc<Setting>,
    colluders: Colluders,
    found: &[(Who, Searched)],
    round: u8,
) -> Verdict {
    let model = Together::new(setting, colluders, found, round);
    let checker = model.checker().threads(2).spawn_dfs().join();
    let broken = checker.discovery(ONE_SUM).map(|path| {
        let state = path.last_state();
        (checker.model().describe(state), checker.model().judge(state).unwrap_err())
    });
    Verdict { states: checker.unique_state_count(), broken, learns_a_sum: checker.discovery(A_SUM).is_some() }
}

//! All parties at once, in any order: every state is judged, and the way to a broken rule is a list of events.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use stateright::{Checker, Model, Property};

use crate::algebra::{Form, Said, one_sum_at_most};
use crate::alone::{Alone, Event, Local};
use crate::family::Family;
use crate::role::Who;
use crate::setting::{Colluders, Setting};
use crate::together::{ONE_SUM, everybody, told};

pub(crate) struct Crowd {
    setting: Arc<Setting>,
    colluders: Colluders,
    parties: Vec<Alone>,
    judged: Mutex<HashMap<Vec<u128>, bool>>,
}

impl Crowd {
    pub(crate) fn new(setting: &Arc<Setting>, colluders: Colluders, family: &Family) -> Self {
        let honest = everybody(setting).into_iter().filter(|who| !colluders.include(*who));
        let parties = honest.map(|who| Alone::new(setting, who, family)).collect();
        Crowd { setting: Arc::clone(setting), colluders, parties, judged: Mutex::default() }
    }

    pub(crate) fn said(&self, state: &[Local]) -> Vec<Said> {
        let of = |(party, local): (&Alone, &Local)| party.sayings(local.told);
        let said: Vec<Said> = self.parties.iter().zip(state).flat_map(of).collect();
        told(&self.setting, &self.colluders, &said)
    }

    fn is_safe(&self, state: &[Local]) -> bool {
        let key: Vec<u128> = state.iter().map(|local| local.told).collect();
        if let Some(safe) = self.judged.lock().unwrap().get(&key) {
            return *safe;
        }
        let said = self.said(state);
        let safe = (0..2).all(|round| {
            let of_round = said.iter().filter(|said| said.round() == round);
            let forms: Vec<Form> =
                of_round.flat_map(|said| self.setting.forms(said, &self.colluders)).collect();
            one_sum_at_most(&forms, self.setting.least(&self.colluders)).is_ok()
        });
        self.judged.lock().unwrap().insert(key, safe);
        safe
    }

    /// What the utility can hold, without what is less than another.
    fn most(&self) -> BTreeSet<Vec<Vec<Said>>> {
        let judged = self.judged.lock().unwrap();
        let within = |a: &[u128], b: &[u128]| a.iter().zip(b).all(|(a, b)| a & b == *a);
        let most = judged.keys().filter(|told| !judged.keys().any(|o| o != *told && within(told, o)));
        let of = |(party, told): (&Alone, &u128)| sorted(party.sayings(*told));
        most.map(|told| self.parties.iter().zip(told).map(of).collect()).collect()
    }
}

fn sorted(mut said: Vec<Said>) -> Vec<Said> {
    said.sort();
    said
}

impl Model for Crowd {
    type State = Vec<Local>;
    type Action = (u8, Event);

    fn init_states(&self) -> Vec<Vec<Local>> {
        vec![self.parties.iter().map(Alone::begin).collect()]
    }

    fn actions(&self, state: &Vec<Local>, actions: &mut Vec<(u8, Event)>) {
        for ((place, party), local) in (0u8..).zip(&self.parties).zip(state) {
            let mut events = Vec::new();
            party.events(local, &mut events);
            actions.extend(events.into_iter().map(|event| (place, event)));
        }
    }

    fn next_state(&self, state: &Vec<Local>, (place, event): (u8, Event)) -> Option<Vec<Local>> {
        let place = usize::from(place);
        let next = self.parties[place].after(&state[place], &event)?;
        let mut state = state.clone();
        state[place] = next;
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always(ONE_SUM, |model: &Crowd, state: &Vec<Local>| model.is_safe(state))]
    }
}

/// What a search in any order has found.
pub(crate) struct Met {
    pub(crate) states: usize,
    pub(crate) depth: usize,
    /// Who hears what, up to the state where the rule is broken.
    pub(crate) broken: Option<Vec<(Who, Event)>>,
    /// By party, the largest knowledges.
    pub(crate) most: BTreeSet<Vec<Vec<Said>>>,
}

pub(crate) fn meet(setting: &Arc<Setting>, colluders: Colluders, family: &Family) -> Met {
    let checker = Crowd::new(setting, colluders, family).checker().threads(2).spawn_bfs().join();
    let model = checker.model();
    let broken = checker.discovery(ONE_SUM).map(|path| {
        let who = |(place, event): (u8, Event)| (model.parties[usize::from(place)].role.who, event);
        path.into_actions().into_iter().map(who).collect()
    });
    let most = if broken.is_some() { BTreeSet::new() } else { model.most() };
    Met { states: checker.unique_state_count(), depth: checker.max_depth(), broken, most }
}

//! One party and the utility: every order of everything that can reach it, and reboots at any point.
//!
//! A party hears only what the utility signs, and what the utility signs depends on no secret. So what the utility
//! can hold in the end is one of these knowledges of each party, in any combination: `together.rs`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use stateright::{Checker, Model, Property};

use crate::algebra::Said;
use crate::family::{Family, Lost};
use crate::role::{Image, Input, Role, Who};
use crate::setting::Setting;

/// Numbers for values, in the order in which they come up.
#[derive(Debug)]
pub(crate) struct Numbered<T> {
    numbers: HashMap<Arc<T>, u32>,
    values: Vec<Arc<T>>,
}

impl<T: Eq + Hash> Default for Numbered<T> {
    fn default() -> Self {
        Numbered { numbers: HashMap::new(), values: Vec::new() }
    }
}

impl<T: Eq + Hash> Numbered<T> {
    pub(crate) fn number(&mut self, value: T) -> u32 {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let (value, number) = (Arc::new(value), self.values.len() as u32);
        self.numbers.insert(Arc::clone(&value), number);
        self.values.push(value);
        number
    }

    pub(crate) fn value(&self, number: u32) -> Arc<T> {
        Arc::clone(&self.values[number as usize])
    }
}

/// A party as the checker sees it: numbers of what it is, of what a reboot would find, and what it has said.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Local {
    pub(crate) memory: u32,
    pub(crate) stored: u32,
    /// Bits of the party's sayings.
    pub(crate) told: u128,
}

/// What can happen to a party.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Event {
    Input(Input),
    /// All that it is goes to stable storage.
    Store,
    /// It goes on from there, with the records since.
    Reboot,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    input: Input,
    memory: u32,
    record: Option<u32>,
    said: Option<u8>,
}

#[derive(Default)]
struct Known {
    images: Numbered<Image>,
    records: Numbered<Vec<u8>>,
    said: Numbered<Said>,
    frames: HashMap<Said, Vec<u8>>,
    steps: HashMap<u32, Arc<Vec<Step>>>,
    replayed: HashMap<(u32, u32), u32>,
    reached: HashSet<u128>,
}

/// The model of one party. Roles run once for each image and input; the checker goes over all orders.
pub(crate) struct Alone {
    pub(crate) role: Role,
    pub(crate) family: Family,
    inputs: Vec<Input>,
    known: Mutex<Known>,
    /// Not only up to the first broken rule.
    thorough: bool,
}

impl Alone {
    pub(crate) fn new(setting: &Arc<Setting>, who: Who, family: &Family) -> Self {
        let role = Role { setting: Arc::clone(setting), who };
        let (inputs, family) = (family.inputs(&role), family.clone());
        let model = Alone { role, family, inputs, known: Mutex::default(), thorough: true };
        let start = model.role.start();
        model.known.lock().unwrap().images.number(start);
        model
    }

    fn steps(&self, memory: u32) -> Arc<Vec<Step>> {
        let mut known = self.known.lock().unwrap();
        if let Some(steps) = known.steps.get(&memory) {
            return Arc::clone(steps);
        }
        let image = known.images.value(memory);
        let mut steps = Vec::new();
        for input in self.inputs.iter().filter(|input| self.family.tries(&self.role, &image, input)) {
            let Some(outcome) = self.role.step(&image, input) else { continue };
            let said = outcome.said.map(|(said, frame)| {
                let earlier = known.frames.entry(said).or_insert_with(|| {
                    self.role.setting.check(&said, &frame);
                    frame.clone()
                });
                assert_eq!(*earlier, frame, "the same again is not byte for byte the same: {said:?}");
                let number = known.said.number(said);
                assert!(number < 128);
                number as u8
            });
            let memory = known.images.number(outcome.image);
            let record = outcome.record.map(|record| known.records.number(record));
            steps.push(Step { input: *input, memory, record, said });
        }
        let steps = Arc::new(steps);
        known.steps.insert(memory, Arc::clone(&steps));
        steps
    }

    /// What a reboot finds after a step that left a record.
    fn replayed(&self, stored: u32, step: &Step) -> u32 {
        let mut known = self.known.lock().unwrap();
        let mut stored = stored;
        if let (Some(record), true) = (step.record, self.family.lost != Lost::Records) {
            stored = match known.replayed.get(&(stored, record)) {
                Some(replayed) => *replayed,
                None => {
                    let (image, bytes) = (known.images.value(stored), known.records.value(record));
                    let mut image_then = self.role.replayed(&image, &bytes);
                    image_then.mark.clone_from(&image.mark);
                    let replayed = known.images.number(image_then);
                    known.replayed.insert((stored, record), replayed);
                    replayed
                }
            };
        }
        let mark = known.images.value(step.memory).mark.clone();
        let image = known.images.value(stored);
        if self.family.lost == Lost::Marks || image.mark == mark {
            return stored;
        }
        let image = Image { mark, ..Image::clone(&image) };
        known.images.number(image)
    }

    /// Memory alone goes: what a holder has taken since its bytes is not stored.
    fn storable(&self, memory: u32) -> u32 {
        let mut known = self.known.lock().unwrap();
        let image = known.images.value(memory);
        if image.taken.is_empty() {
            return memory;
        }
        let image = Image { taken: Vec::new(), ..Image::clone(&image) };
        known.images.number(image)
    }

    pub(crate) fn events(&self, state: &Local, events: &mut Vec<Event>) {
        events.extend(self.steps(state.memory).iter().map(|step| Event::Input(step.input)));
        if self.family.reboots {
            events.extend([Event::Store, Event::Reboot]);
        }
    }

    pub(crate) fn after(&self, state: &Local, event: &Event) -> Option<Local> {
        let next = match event {
            Event::Input(input) => {
                let steps = self.steps(state.memory);
                let step = steps.iter().find(|step| step.input == *input)?;
                let told = step.said.map_or(0, |number| 1u128 << number) | state.told;
                Local { memory: step.memory, stored: self.replayed(state.stored, step), told }
            }
            Event::Store => Local { stored: self.storable(state.memory), ..*state },
            Event::Reboot => Local { memory: state.stored, ..*state },
        };
        (next != *state).then_some(next)
    }

    pub(crate) fn begin(&self) -> Local {
        Local { memory: 0, stored: 0, told: 0 }
    }

    /// What the bits stand for.
    pub(crate) fn sayings(&self, told: u128) -> Vec<Said> {
        let known = self.known.lock().unwrap();
        (0..128).filter(|n| told >> n & 1 == 1).map(|n| *known.said.value(n)).collect()
    }

    /// No two different frames where one only may be: one contribution a round, one repair a pass, one set a round.
    fn consistent(&self, state: &Local) -> bool {
        let said = self.sayings(state.told);
        said.iter().enumerate().all(|(i, one)| said[..i].iter().all(|other| !one.alike(other)))
    }

    /// Images that were run through.
    pub(crate) fn images(&self) -> usize {
        self.known.lock().unwrap().steps.len()
    }

    /// All that a party can have said, without what is less than another.
    pub(crate) fn most(&self) -> BTreeSet<Vec<Said>> {
        let reached: Vec<u128> = self.known.lock().unwrap().reached.iter().copied().collect();
        let most = reached.iter().filter(|told| !reached.iter().any(|o| o != *told && *told & o == **told));
        most.map(|told| self.sayings(*told)).collect()
    }
}

impl Model for Alone {
    type State = Local;
    type Action = Event;

    fn init_states(&self) -> Vec<Local> {
        vec![self.begin()]
    }

    fn actions(&self, state: &Local, events: &mut Vec<Event>) {
        self.events(state, events);
    }

    fn next_state(&self, state: &Local, event: Event) -> Option<Local> {
        let next = self.after(state, &event)?;
        self.known.lock().unwrap().reached.insert(next.told);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        // The second keeps the search going where the first is broken.
        let rule = Property::always(ONE_FRAME, |model: &Alone, state| model.consistent(state));
        let all = Property::always("all states are wanted", |_: &Alone, _: &Local| true);
        if self.thorough { vec![rule, all] } else { vec![rule] }
    }
}

pub(crate) const ONE_FRAME: &str = "one frame where one only may be";

/// What a full search has found about a party.
pub(crate) struct Searched {
    pub(crate) most: BTreeSet<Vec<Said>>,
    pub(crate) states: usize,
    pub(crate) images: usize,
    pub(crate) depth: usize,
    /// The first steps to a broken rule, if there is one.
    pub(crate) broken: Option<Vec<Event>>,
}

/// Goes over all states of a party.
pub(crate) fn search(setting: &Arc<Setting>, who: Who, family: &Family) -> Searched {
    let model = Alone::new(setting, who, family);
    let checker = model.checker().spawn_bfs().join();
    let model = checker.model();
    // The first one found is the shortest, where the search ends with it.
    let broken = checker.discovery(ONE_FRAME).and_then(|_| {
        let hasty = Alone { thorough: false, ..Alone::new(setting, who, family) };
        Some(hasty.checker().spawn_bfs().join().discovery(ONE_FRAME)?.into_actions())
    });
    Searched {
        most: model.most(),
        states: checker.unique_state_count(),
        images: model.images(),
        depth: checker.max_depth(),
        broken,
    }
}

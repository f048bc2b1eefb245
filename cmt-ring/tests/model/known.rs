//! What was worked out before: steps of actual roles are dear, and the same ones come again in every order of events.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, RwLock};

/// Numbers for values.
struct Numbered<T> {
    numbers: HashMap<Arc<T>, u32>,
    values: Vec<Arc<T>>,
}

impl<T: Eq + Hash> Numbered<T> {
    fn of(first: T) -> Self {
        let mut all = Numbered { numbers: HashMap::new(), values: Vec::new() };
        all.number(first);
        all
    }

    fn number(&mut self, value: T) -> u32 {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let (value, number) = (Arc::new(value), self.values.len() as u32);
        self.numbers.insert(Arc::clone(&value), number);
        self.values.push(value);
        number
    }

    fn value(&self, number: u32) -> Arc<T> {
        Arc::clone(&self.values[number as usize])
    }
}

/// The image after a step, and the frames that were said.
type Step = (u32, Arc<[u16]>);

/// What a party becomes by what happens to it, and what it sends: worked out once.
pub(crate) struct Known<T, I> {
    images: RwLock<Numbered<T>>,
    steps: RwLock<HashMap<(u32, I), Option<Step>>>,
}

impl<T: Eq + Hash, I: Copy + Eq + Hash> Known<T, I> {
    pub(crate) fn of(first: T) -> Self {
        Known { images: RwLock::new(Numbered::of(first)), steps: RwLock::default() }
    }

    pub(crate) fn number(&self, image: T) -> u32 {
        self.images.write().unwrap().number(image)
    }

    pub(crate) fn len(&self) -> usize {
        self.images.read().unwrap().values.len()
    }

    pub(crate) fn image(&self, number: u32) -> Arc<T> {
        self.images.read().unwrap().value(number)
    }

    pub(crate) fn step(
        &self,
        image: u32,
        input: I,
        role: impl FnOnce(&T) -> Option<(T, Vec<u16>)>,
    ) -> Option<Step> {
        if let Some(known) = self.steps.read().unwrap().get(&(image, input)) {
            return known.clone();
        }
        let outcome = role(&self.image(image));
        let outcome = outcome.map(|(next, said)| (self.number(next), said.into()));
        self.steps.write().unwrap().insert((image, input), outcome.clone());
        outcome
    }
}

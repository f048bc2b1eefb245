//! All that follows from linear equations about readings and pads: exact elimination over the field.

use std::collections::BTreeMap;

use meter_link::Field64;

/// What the utility does not know. Readings come last, so that elimination leaves the equations about them alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unknown {
    /// Zero-sum pad of two honest aggregators, for an element of the answers to a query.
    Zero(u8, u8, usize, usize),
    /// Pad of an honest aggregator and the meter at a position, in a round.
    Pad(u8, usize, u32),
    /// Reading of the meter at a position, in a round.
    Reading(usize, u32),
}

/// A linear form: no coefficient is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form(BTreeMap<Unknown, Field64>);

impl Form {
    pub(crate) fn with(mut self, unknown: Unknown, coefficient: Field64) -> Self {
        self.add(unknown, coefficient);
        self
    }

    pub(crate) fn add(&mut self, unknown: Unknown, coefficient: Field64) {
        let sum = self.0.remove(&unknown).unwrap_or_default() + coefficient;
        if sum != Field64::ZERO {
            self.0.insert(unknown, sum);
        }
    }

    /// The plain sum of some readings.
    pub(crate) fn readings(cells: impl IntoIterator<Item = (usize, u32)>) -> Self {
        let one = |form: Form, (meter, round)| form.with(Unknown::Reading(meter, round), Field64::ONE);
        cells.into_iter().fold(Form::default(), one)
    }

    pub(crate) fn terms(&self) -> impl ExactSizeIterator<Item = (&Unknown, &Field64)> {
        self.0.iter()
    }

    fn add_scaled(&mut self, other: &Form, scale: Field64) {
        other.0.iter().for_each(|(unknown, coefficient)| self.add(*unknown, scale * *coefficient));
    }
}

/// Equations in echelon form, by their first unknown, whose coefficient is 1.
#[derive(Debug, Default)]
pub(crate) struct Knowledge(BTreeMap<Unknown, (Form, Field64)>);

impl Knowledge {
    /// Takes an equation in. It must not contradict what is known: all values are from true frames.
    pub(crate) fn learn(&mut self, form: Form, value: Field64) {
        let (mut form, mut value) = self.reduced(form, value);
        let Some((first, coefficient)) = form.0.first_key_value().map(|(u, c)| (*u, *c)) else {
            assert_eq!(value, Field64::ZERO, "the model is not what the code does");
            return;
        };
        let scale = coefficient.invert();
        form.0.values_mut().for_each(|c| *c = *c * scale);
        value = value * scale;
        self.0.insert(first, (form, value));
    }

    /// The same modulo all that is known: no first unknown of an equation is left.
    fn reduced(&self, mut form: Form, mut value: Field64) -> (Form, Field64) {
        let mut from = form.0.keys().next().copied();
        while let Some(unknown) = from {
            if let (Some(coefficient), Some((known, is))) = (form.0.get(&unknown), self.0.get(&unknown)) {
                let scale = Field64::ZERO - *coefficient;
                form.add_scaled(known, scale);
                value += scale * *is;
            }
            from = form.0.range(unknown..).map(|(u, _)| *u).find(|u| *u > unknown);
        }
        (form, value)
    }

    /// The value of a form, if it follows.
    pub(crate) fn value(&self, form: &Form) -> Option<i64> {
        let (rest, value) = self.reduced(form.clone(), Field64::ZERO);
        rest.0.is_empty().then(|| (Field64::ZERO - value).centred())
    }

    /// A basis of all that follows about readings alone.
    pub(crate) fn of_readings(&self) -> impl Iterator<Item = (&Form, Field64)> {
        let about = self.0.iter().filter(|(first, _)| matches!(first, Unknown::Reading(..)));
        about.map(|(_, (form, value))| (form, *value))
    }
}

#[test]
fn what_follows_and_what_does_not() {
    let cell = |meter| Form::readings([(meter, 1)]);
    let pad = |number| Unknown::Pad(number, 0, 1);
    let [one, two, three] = [1, 2, 3].map(Field64::from_i64);
    let mut known = Knowledge::default();
    // x0 + p1 = 12, x1 + 2 p1 = 25, p1 + p2 = 9: 2 x0 − x1 = −1, and neither of them.
    known.learn(cell(0).with(pad(1), one), Field64::from_i64(12));
    known.learn(cell(1).with(pad(1), two), Field64::from_i64(25));
    known.learn(Form::default().with(pad(1), one).with(pad(2), one), Field64::from_i64(9));
    assert_eq!(known.of_readings().count(), 1);
    let difference = |a, b| {
        let form = Form::default().with(Unknown::Reading(0, 1), a);
        known.value(&form.with(Unknown::Reading(1, 1), Field64::ZERO - b))
    };
    assert_eq!((difference(two, one), difference(three, one)), (Some(-1), None));
    assert_eq!((known.value(&cell(0)), known.value(&cell(1))), (None, None));
    // x0 + x1 = 10 settles both.
    known.learn(Form::readings([(0, 1), (1, 1)]), Field64::from_i64(10));
    assert_eq!((known.value(&cell(0)), known.value(&cell(1))), (Some(3), Some(7)));
}

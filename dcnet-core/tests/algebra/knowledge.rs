//! All that follows from linear equations about readings and pads: exact elimination over the field.

use std::collections::BTreeMap;

use meter_link::Field64;

/// What the utility does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(dead_code)] // each test file uses its part
pub(crate) enum Unknown {
    /// Zero-sum pad of two honest holders, for a query.
    Zero(u8, u8, usize),
    /// Pad of two honest meters, as the lower position adds it, in a round.
    Pair(usize, usize, u32),
    /// Pad of an honest holder and the meter at a position, in a round.
    Share(u8, usize, u32),
    /// Reading of the meter at a position, in a round.
    Reading(usize, u32),
    /// Another reading of that meter and round, which only a meter that forgets would send.
    Second(usize, u32),
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
}

/// Equations in echelon form: those with pads in them, each with a pad of its own that no later one has, and those about
/// readings alone.
#[derive(Debug, Default)]
pub(crate) struct Knowledge {
    columns: [BTreeMap<Unknown, usize>; 2],
    rows: [Vec<Row>; 2],
}

#[derive(Clone, Debug, Default)]
struct Row {
    /// Column whose coefficient is 1, in the part that the row is of.
    pivot: usize,
    /// Coefficients of pads, and of readings; what lies beyond is zero.
    parts: [Vec<Field64>; 2],
    value: Field64,
}

const PADS: usize = 0;
const READINGS: usize = 1;

impl Row {
    fn coefficient(&self, part: usize, column: usize) -> Field64 {
        self.parts[part].get(column).copied().unwrap_or_default()
    }

    fn add_scaled(&mut self, other: &Row, scale: Field64) {
        for (own, other) in self.parts.iter_mut().zip(&other.parts) {
            own.resize(own.len().max(other.len()), Field64::ZERO);
            own.iter_mut().zip(other).for_each(|(a, b)| *a += scale * *b);
        }
        self.value += scale * other.value;
    }
}

impl Knowledge {
    /// Takes an equation in. It must not contradict what is known: all values are from true frames.
    pub(crate) fn learn(&mut self, form: Form, value: Field64) {
        let mut row = self.reduced(&form, value);
        let first = |part: usize| row.parts[part].iter().position(|c| *c != Field64::ZERO);
        let found = [PADS, READINGS].into_iter().find_map(|part| Some((part, first(part)?)));
        let Some((part, pivot)) = found else {
            assert_eq!(row.value, Field64::ZERO, "the model is not what the code does");
            return;
        };
        let scale = row.parts[part][pivot].invert();
        row.parts.iter_mut().flatten().for_each(|c| *c = *c * scale);
        row.value = row.value * scale;
        row.pivot = pivot;
        self.rows[part].push(row);
    }

    fn column(&mut self, unknown: Unknown) -> (usize, usize) {
        let part = usize::from(matches!(unknown, Unknown::Reading(..) | Unknown::Second(..)));
        let next = self.columns[part].len();
        (part, *self.columns[part].entry(unknown).or_insert(next))
    }

    /// The same modulo all that is known. A row has none of the earlier rows' pivots.
    fn reduced(&mut self, form: &Form, value: Field64) -> Row {
        let mut row = Row { value, ..Row::default() };
        for (unknown, coefficient) in form.terms() {
            let (part, column) = self.column(*unknown);
            let len = row.parts[part].len().max(column + 1);
            row.parts[part].resize(len, Field64::ZERO);
            row.parts[part][column] = *coefficient;
        }
        for part in [PADS, READINGS] {
            for known in &self.rows[part] {
                let coefficient = row.coefficient(part, known.pivot);
                if coefficient != Field64::ZERO {
                    row.add_scaled(known, -coefficient);
                }
            }
        }
        row
    }

    /// The value of a form about readings, if it follows.
    pub(crate) fn value(&mut self, form: &Form) -> Option<i64> {
        let rest = self.reduced(form, Field64::ZERO);
        let nothing = rest.parts.iter().flatten().all(|c| *c == Field64::ZERO);
        nothing.then(|| (-rest.value).centred())
    }

    /// A basis of all that follows about readings alone.
    #[allow(dead_code)] // attacks.rs asks for single values
    pub(crate) fn of_readings(&self) -> impl Iterator<Item = (Form, Field64)> {
        self.rows[READINGS].iter().map(|row| {
            let mut form = Form::default();
            for (unknown, column) in &self.columns[READINGS] {
                form.add(*unknown, row.coefficient(READINGS, *column));
            }
            (form, row.value)
        })
    }
}

#[test]
fn what_follows_and_what_does_not() {
    let cell = |meter| Form::readings([(meter, 1)]);
    let pad = |number| Unknown::Share(number, 0, 1);
    let [one, two, three] = [1, 2, 3].map(Field64::from_i64);
    let mut known = Knowledge::default();
    // x0 + p1 = 12, x1 + 2 p1 = 25, p1 + p2 = 9: 2 x0 − x1 = −1, and neither of them.
    known.learn(cell(0).with(pad(1), one), Field64::from_i64(12));
    known.learn(cell(1).with(pad(1), two), Field64::from_i64(25));
    known.learn(Form::default().with(pad(1), one).with(pad(2), one), Field64::from_i64(9));
    assert_eq!(known.of_readings().count(), 1);
    assert_eq!(known.of_readings().map(|(form, _)| form.terms().len()).sum::<usize>(), 2);
    let mut difference = |a: Field64, b: Field64| {
        let form = Form::default().with(Unknown::Reading(0, 1), a);
        known.value(&form.with(Unknown::Reading(1, 1), -b))
    };
    assert_eq!((difference(two, one), difference(three, one)), (Some(-1), None));
    assert_eq!((known.value(&cell(0)), known.value(&cell(1))), (None, None));
    // x0 + x1 = 10 settles both.
    known.learn(Form::readings([(0, 1), (1, 1)]), Field64::from_i64(10));
    assert_eq!((known.value(&cell(0)), known.value(&cell(1))), (Some(3), Some(7)));
}

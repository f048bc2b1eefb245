//! The game on readings of whole days.

use chacha20::ChaCha20Rng;
use dcnet_core::sizing::{self, Advantage, Plan, Readings, Scenario};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use rand_core::SeedableRng;

use super::{int_in, number_in};
use crate::argument::argument;
use crate::array::with_room;
use crate::error::Failure;

/// Readings of households over whole days. Nothing changes it; several threads may play on it at once.
#[pyclass(frozen, module = "wattsum.sizing", name = "Days")]
pub(crate) struct Days(Readings);

/// A row of `wattsum.sizing.Advantage`: event, span, size, tests, hours, advantage, low, high, trials, resampled.
type Row = (
    String,
    String,
    usize,
    (String, String),
    (Option<(usize, usize)>, Option<(usize, usize)>),
    f64,
    f64,
    f64,
    usize,
    bool,
);

#[pymethods]
impl Days {
    /// `readings` is a row an interval, a column a household.
    #[new]
    fn new(py: Python<'_>, readings: &Bound<'_, PyAny>, per_day: &Bound<'_, PyAny>) -> PyResult<Self> {
        let given = argument("readings", readings);
        let shape = readings.cast::<PyUntypedArray>().map(|array| array.shape().to_vec());
        let (intervals, households) = match shape.as_deref() {
            Ok([intervals, households]) => (*intervals, *households),
            Ok(_) => return Err(given.refuse("expected a row an interval and a column a household")),
            Err(_) => (0, 0), // refused below
        };
        let values = given.readings(intervals, households)?;
        let per_day = int_in(argument("per_day", per_day), 4..=86_400usize)?;
        let too_few = |have: usize, what: &str, least: usize| {
            Err(given.refuse(format_args!("{have} {what} are too few: it takes {least}")))
        };
        if households < Readings::LEAST_HOUSEHOLDS {
            return too_few(households, "households", Readings::LEAST_HOUSEHOLDS);
        }
        let days = intervals.checked_div(per_day).unwrap_or(0);
        if days < Readings::LEAST_DAYS {
            return too_few(days, "whole days", Readings::LEAST_DAYS);
        }
        let days = py.detach(|| {
            // What `Readings::new` will take.
            with_room::<f64>(values.len().saturating_mul(2))?;
            Readings::new(&values, households, per_day).map_err(Failure::from)
        })?;
        Ok(Days(days))
    }

    #[getter]
    fn households(&self) -> usize {
        self.0.households()
    }

    #[getter]
    fn days(&self) -> usize {
        self.0.days()
    }

    #[getter]
    fn per_day(&self) -> usize {
        self.0.per_day()
    }

    /// All games for groups of one size: the figures of the program `wattsum sizing` with this seed.
    #[pyo3(signature = (size, *, switch, groups, moments, resamples, confidence, seed))]
    #[allow(clippy::too_many_arguments)] // all by name
    fn measure(
        &self,
        py: Python<'_>,
        size: &Bound<'_, PyAny>,
        switch: &Bound<'_, PyAny>,
        groups: &Bound<'_, PyAny>,
        moments: &Bound<'_, PyAny>,
        resamples: &Bound<'_, PyAny>,
        confidence: &Bound<'_, PyAny>,
        seed: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<Row>> {
        let size = int_in(argument("sizes", size), 2..=100_000usize)?;
        let plan = Plan {
            switch: argument("switch", switch).reading()?,
            groups: int_in(argument("groups", groups), 1..=100_000)?,
            moments: int_in(argument("moments", moments), 1..=10_000)?,
            resamples: int_in(argument("resamples", resamples), 1..=1_000_000)?,
            confidence: number_in(
                argument("confidence", confidence),
                |value| value > 0.0 && value < 1.0,
                "between 0 and 1",
            )?,
        };
        let seed: u64 = argument("seed", seed).int()?;
        let measured = py.detach(|| {
            self.room_for(&plan, size)?;
            let mut rng = ChaCha20Rng::from_seed(key(seed, size));
            sizing::measure(&self.0, &plan, size, &mut rng).map_err(Failure::from)
        })?;
        Ok(measured.iter().map(row).collect())
    }
}

impl Days {
    /// That a game fits into memory, tried before it is played: its lists grow where no failure is seen.
    fn room_for(&self, plan: &Plan, size: usize) -> Result<(), Failure> {
        /// Bytes of what is seen of a target at a moment, with and without the event, and of its two scores.
        const PAIR: usize = (3 + 2 * 8 + 5) * 8;
        let looks = plan.moments.saturating_mul(3).saturating_add(self.0.days());
        let pairs = plan.groups.saturating_mul(size.min(8)).saturating_mul(looks);
        // Those to learn from and those to test on; lists grow by doubling.
        let bytes = pairs.saturating_mul(PAIR).saturating_mul(3);
        with_room::<u8>(bytes).map(drop)
    }
}

fn row(one: &Advantage) -> Row {
    let [first, second] = one.tests.map(|test| test.to_string());
    let [early, late] = one.hours;
    let Scenario { event, span } = one.scenario;
    (
        event.to_string(),
        span.to_string(),
        one.size,
        (first, second),
        (early, late),
        one.advantage,
        one.low,
        one.high,
        one.trials,
        one.resampled,
    )
}

/// The program's: each size with a stream of its own.
fn key(seed: u64, size: usize) -> [u8; 32] {
    let mut key = *b"wattsum sizing v1...............";
    let number = u128::from(seed) << 64 | size as u128;
    if let Some(end) = key.last_chunk_mut::<14>() {
        end.iter_mut().zip(number.to_le_bytes()).for_each(|(key, byte)| *key = byte);
    }
    key
}

//! Readings from registers, whole columns at a time.

use meter_link::register::{Kept, Register};
use meter_link::{Error, Misuse};
use numpy::{PyArrayDyn, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::argument::{argument, int_or};
use crate::array::{filled, into_array};
use crate::error::{Failure, of_protocol};
use crate::owned::Owned;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<RegisterOf>()?;
    module.add_class::<KeptOf>()?;
    module.add_function(wrap_pyfunction!(register_consumed, module)?)
}

/// A counter, as it is for the life of a meter: it shows 0 … its largest value and begins anew, and a step of it
/// is 10^scaler of the billed unit (scaler -4 … 3; `scaler_unit` of DLMS/COSEM, IEC 62056-6-2, where Wh are
/// billed). Give one of `bits` (1 … 64), `digits` (1 … 19) and `largest`.
///
/// MisuseError names a width or a scaler that is out of range.
#[pyclass(frozen, eq, hash, module = "wattsum.readings", name = "Register")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct RegisterOf {
    largest: u64,
    #[pyo3(get)]
    scaler: i8,
}

impl RegisterOf {
    fn inner(&self) -> Result<Register, Error> {
        Register::new(self.largest, self.scaler)
    }
}

#[pymethods]
impl RegisterOf {
    #[new]
    #[pyo3(signature = (*, bits = None, digits = None, largest = None, scaler = None),
           text_signature = "(*, bits=None, digits=None, largest=None, scaler=0)")]
    fn new(
        bits: Option<&Bound<'_, PyAny>>,
        digits: Option<&Bound<'_, PyAny>>,
        largest: Option<&Bound<'_, PyAny>>,
        scaler: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let refuse = |name, text: &str| PyErr::from(Failure::argument(name, text));
        let scaler: i8 = int_or("scaler", scaler, 0)?;
        Register::new(1, scaler).map_err(|_| refuse("scaler", "expected -4 ... 3"))?;
        let largest = match (bits, digits, largest) {
            (Some(bits), None, None) => {
                let bits: u8 = argument("bits", bits).int()?;
                let above = 64u32.checked_sub(bits.into()).filter(|above| *above < 64);
                above.and_then(|above| u64::MAX.checked_shr(above)).ok_or(("bits", "expected 1 ... 64"))
            }
            (None, Some(digits), None) => {
                let digits: u8 = argument("digits", digits).int()?;
                let modulus = 10u64.checked_pow(digits.into()).filter(|_| digits > 0);
                modulus.map(|modulus| modulus.wrapping_sub(1)).ok_or(("digits", "expected 1 ... 19"))
            }
            (None, None, Some(largest)) => {
                let largest: u64 = argument("largest", largest).int()?;
                Some(largest).filter(|largest| *largest > 0).ok_or(("largest", "expected 1 or more"))
            }
            _ => Err(("bits", "give one of bits, digits and largest")),
        };
        Ok(RegisterOf { largest: largest.map_err(|(name, text)| refuse(name, text))?, scaler })
    }

    /// The largest value it shows, one less than its modulus.
    #[getter]
    fn largest(&self) -> u64 {
        self.largest
    }

    /// What it has gone up by from `previous` to `now`, in the billed unit, with at most one roll-over.
    ///
    /// `plausible` is the most that the interval can bring: what the main fuse lets through, say. MisuseError for
    /// a value that the register cannot show, for more than is plausible, and where the scaler would drop digits
    /// that are not zero.
    #[pyo3(signature = (previous, now, plausible = None))]
    fn consumed(
        &self,
        previous: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
        plausible: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<i64> {
        let (previous, now) = (argument("previous", previous).int()?, argument("now", now).int()?);
        let plausible = int_or("plausible", plausible, u64::MAX)?;
        let consumed = self.inner().and_then(|register| register.consumed(previous, now, plausible));
        Ok(consumed.map_err(Failure::from)?)
    }

    /// `consumed` from where the interval before has ended, without loss: what is below a unit goes into the next
    /// interval. Store the new `Kept` with the round's record; where nothing was contributed keep the old one.
    #[pyo3(signature = (kept, now, plausible = None))]
    fn consumed_since(
        &self,
        kept: &KeptOf,
        now: &Bound<'_, PyAny>,
        plausible: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(i64, KeptOf)> {
        let now = argument("now", now).int()?;
        let plausible = int_or("plausible", plausible, u64::MAX)?;
        let register = self.inner().map_err(Failure::from)?;
        let (consumed, next) = kept.0.with(|kept| register.consumed_since(kept, now, plausible))?;
        Ok((consumed, KeptOf::of(next)))
    }

    fn __repr__(&self) -> String {
        format!("Register(largest={}, scaler={})", self.largest, self.scaler)
    }
}

/// Where an interval begins: what the register showed, and how many of its steps below a unit are not billed
/// yet. A secret, as readings are.
#[pyclass(frozen, module = "wattsum.readings", name = "Kept")]
pub(crate) struct KeptOf(Owned<Kept>);

impl KeptOf {
    fn of(kept: Kept) -> Self {
        KeptOf(Owned::new("kept register value", kept))
    }
}

#[pymethods]
impl KeptOf {
    /// The first interval begins here: at a meter's installation, or its exchange.
    #[new]
    fn new(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(KeptOf::of(Kept::new(argument("value", value).int()?)))
    }

    /// MalformedError for another version or length.
    #[staticmethod]
    fn from_bytes(record: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = argument("record", record).bytes()?;
        let bytes = (*bytes).try_into().map_err(|_| Error::from(meter_link::Malformed::BadRecord));
        let kept = bytes.and_then(Kept::from_bytes);
        Ok(KeptOf::of(kept.map_err(Failure::from)?))
    }

    /// 11 bytes, to be stored with the round's record, as one entry.
    fn to_bytes(&self) -> PyResult<[u8; Kept::LEN]> {
        Ok(self.0.with(|kept| Ok::<_, Failure>(kept.to_bytes()))?)
    }

    #[getter]
    fn value(&self) -> PyResult<u64> {
        Ok(self.0.with(|kept| Ok::<_, Failure>(kept.value()))?)
    }

    #[getter]
    fn rest(&self) -> PyResult<u16> {
        Ok(self.0.with(|kept| Ok::<_, Failure>(kept.rest()))?)
    }
}

/// One meter's way down its column.
#[derive(Clone)]
struct Column {
    kept: Option<(u64, u16)>,
    /// Intervals since the value that is kept.
    intervals: u64,
}

/// What a batch came to: readings and presence of each interval, and the first value that was refused.
struct Consumed {
    readings: Vec<i64>,
    present: Vec<bool>,
    refused: Option<(usize, usize, Error)>,
}

/// Readings and presence of each interval; row and column of a value that was refused, and why.
type Intervals<'py> =
    (Bound<'py, PyArrayDyn<i64>>, Bound<'py, PyArrayDyn<bool>>, Option<(usize, usize, PyErr)>);

/// See `wattsum.readings.consumed`, which looks at the arrays before, and gives copies that no other thread has.
/// Where a value was refused the arrays are of no use.
#[pyfunction]
#[pyo3(signature = (values, present, register, plausible, absent))]
pub(crate) fn register_consumed<'py>(
    py: Python<'py>,
    values: PyReadonlyArray2<'py, u64>,
    present: PyReadonlyArray2<'py, u8>,
    register: &RegisterOf,
    plausible: u64,
    absent: bool,
) -> PyResult<Intervals<'py>> {
    let &[rows, columns] = values.shape() else {
        return Err(Failure::argument("values", "expected two dimensions").into());
    };
    if present.shape() != [rows, columns] {
        return Err(Failure::argument("present", "expected the shape of the values").into());
    }
    let contiguous = |name| move |_| Failure::argument(name, "the array is not contiguous");
    let values = values.as_slice().map_err(contiguous("values"))?;
    let present = present.as_slice().map_err(contiguous("present"))?;
    let register = register.inner().map_err(Failure::from)?;
    let steps = rows.saturating_sub(1);
    let done = py.detach(|| consume(values, present, columns, &register, plausible, absent))?;
    let refused = match done.refused {
        Some((row, column, error)) => Some((row, column, of_protocol(py, error)?)),
        None => None,
    };
    let shape = [steps, columns];
    Ok((into_array(py, done.readings, &shape)?, into_array(py, done.present, &shape)?, refused))
}

fn consume(
    values: &[u64],
    present: &[u8],
    columns: usize,
    register: &Register,
    plausible: u64,
    absent: bool,
) -> Result<Consumed, Failure> {
    let mut state = filled(Column { kept: None, intervals: 0 }, columns)?;
    let cells = values.len().saturating_sub(columns);
    let mut done = Consumed { readings: filled(0, cells)?, present: filled(false, cells)?, refused: None };
    let width = columns.max(1);
    // The first row only begins; every later one ends an interval.
    for (row, (values, present)) in values.chunks(width).zip(present.chunks(width)).enumerate() {
        let at = row.wrapping_sub(1).wrapping_mul(columns);
        let ended = at..at.wrapping_add(columns);
        let out = done.readings.get_mut(ended.clone()).unwrap_or_default();
        let is = done.present.get_mut(ended).unwrap_or_default();
        for (column, ((value, shown), state)) in values.iter().zip(present).zip(&mut state).enumerate() {
            state.intervals = state.intervals.saturating_add(1);
            if *shown == 0 {
                continue;
            }
            match state.step(register, *value, plausible) {
                Ok(None) => {}
                Ok(Some(reading)) => {
                    if let (Some(out), Some(is)) = (out.get_mut(column), is.get_mut(column)) {
                        (*out, *is) = (reading, true);
                    }
                }
                Err(error) if absent && is_implausible(error) => *state = Column::at(*value, 0),
                Err(error) => {
                    done.refused = Some((row, column, error));
                    return Ok(done);
                }
            }
        }
    }
    Ok(done)
}

fn is_implausible(error: Error) -> bool {
    matches!(error, Error::Misuse(Misuse::ReadingImplausible | Misuse::ReadingTooLarge))
}

impl Column {
    fn at(value: u64, rest: u16) -> Self {
        Column { kept: Some((value, rest)), intervals: 0 }
    }

    /// The reading that ends with this value; nothing for the first one.
    fn step(&mut self, register: &Register, value: u64, plausible: u64) -> Result<Option<i64>, Error> {
        let Some((last, rest)) = self.kept else {
            register.steps(value, value)?; // whether it can be shown
            *self = Column::at(value, 0);
            return Ok(None);
        };
        // What k intervals have brought may be k times as much.
        let plausible = plausible.saturating_mul(self.intervals);
        let (reading, next) = register.consumed_since(&Kept::of(last, rest), value, plausible)?;
        *self = Column::at(next.value(), next.rest());
        Ok(Some(reading))
    }
}

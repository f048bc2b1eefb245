//! What a group of cmt-ring agrees on.

use cmt_ring::{Generation, Mode, Modulus};
use meter_link::{Protocol, Role};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::{Argument, argument};
use crate::error::Failure;
use crate::link::{Common, Group};

/// Checked parameters; their bytes make the session. One ring is one group.
#[pyclass(frozen, eq, module = "wattsum.cmt", name = "Params")]
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Params(pub(crate) cmt_ring::Params);

impl Params {
    pub(crate) fn common(&self) -> Common {
        Common { group: *self.0.group(), session: self.0.session(), threshold: None, answerers: Role::Holder }
    }
}

fn mode(argument: Argument<'_, '_>) -> PyResult<Mode> {
    let name: String = argument.value.extract().map_err(|_| argument.wrong_type("expected a str"))?;
    match name.as_str() {
        "drawn" => Ok(Mode::Drawn),
        "derived" => Ok(Mode::Derived),
        _ => Err(argument.refuse("expected one of drawn, derived")),
    }
}

/// The word's modulus 2^64, or another one.
pub(super) fn modulus(value: Option<&Bound<'_, PyAny>>) -> PyResult<Modulus> {
    let Some(value) = value else { return Ok(Modulus::WORD) };
    let argument = argument("modulus", value);
    let number: u128 = argument.int()?;
    if number == Modulus::WORD.get() {
        return Ok(Modulus::WORD);
    }
    let word = u64::try_from(number).map_err(|_| {
        argument
            .refuse("residues of 8 bytes end at 2^64; beyond it there is arithmetic over lists of ints only")
    })?;
    Modulus::new(word).map_err(|_| argument.refuse("expected 2 or more"))
}

#[pymethods]
impl Params {
    /// The smallest ring is the group's `min_honest + max_colluding`, and 5 or more; nobody may be missing from a
    /// sum. `mode` "drawn": each meter draws a number for its successor, and a round goes once around the ring
    /// (Marmol et al.; Alves, Fonseca); "derived": both ends make it of a key, and all members send at once.
    /// `second_ring` (derived only): four neighbours of a meter must collude instead of two. `terms`: mean rounds
    /// after which a generation ends by itself; its concentrator is drawn, and members need licences. `agreement`
    /// (with terms): members sign the set that they are shown. `modulus`: beyond twice the largest sum, up to 2^64.
    #[new]
    #[pyo3(signature = (group, mode = None, *, second_ring = false, terms = None, agreement = false, modulus = None),
           text_signature = "(group, mode='drawn', *, second_ring=False, terms=None, agreement=False, \
                             modulus=18446744073709551616)")]
    fn new(
        group: &Group,
        mode: Option<&Bound<'_, PyAny>>,
        second_ring: bool,
        terms: Option<&Bound<'_, PyAny>>,
        agreement: bool,
        modulus: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mode = mode.map_or(Ok(Mode::Drawn), |mode| self::mode(argument("mode", mode)))?;
        let modulus = self::modulus(modulus)?;
        let small = |error| match error {
            cmt_ring::Error::Misuse(cmt_ring::Misuse::RingTooSmall) => {
                Failure::argument("group", "a ring has five members or more: min_honest=5")
            }
            error => error.into(),
        };
        let mut params = cmt_ring::Params::new(group.params(Protocol::Cmt)?, mode).map_err(small)?;
        if second_ring {
            let second = params.with_second_ring();
            params = second.map_err(|error| Failure::argument("second_ring", error))?;
        }
        if let Some(terms) = terms {
            let argument = argument("terms", terms);
            params = params.with_terms(argument.int()?).map_err(|error| argument.refuse(error))?;
        }
        if agreement {
            params = params.with_agreement().map_err(|error| Failure::argument("agreement", error))?;
        }
        params = params.with_modulus(modulus).map_err(|error| Failure::argument("modulus", error))?;
        Ok(Params(params))
    }

    #[getter]
    fn group(&self) -> Group {
        self.0.group().into()
    }

    #[getter]
    fn mode(&self) -> &'static str {
        if self.0.mode() == Mode::Drawn { "drawn" } else { "derived" }
    }

    #[getter]
    fn second_ring(&self) -> bool {
        self.0.second_ring()
    }

    /// Mean rounds of a term, or None.
    #[getter]
    fn terms(&self) -> Option<u32> {
        self.0.mean_term()
    }

    #[getter]
    fn agreement(&self) -> bool {
        self.0.agreement()
    }

    #[getter]
    fn modulus(&self) -> u128 {
        self.0.modulus().get()
    }

    /// Fewest members of a ring.
    #[getter]
    fn min_ring(&self) -> u32 {
        self.0.min_ring()
    }

    /// 32 bytes.
    #[getter]
    fn session<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.session().0)
    }

    /// Bytes of a contribution.
    #[getter]
    fn contribution_len(&self) -> usize {
        self.0.contribution_len()
    }

    fn __repr__(&self) -> String {
        let text = |value: bool| if value { "True" } else { "False" };
        format!(
            "<wattsum.cmt.Params: {}, second_ring={}, terms={}, agreement={}, modulus={}>",
            self.mode(),
            text(self.0.second_ring()),
            self.0.mean_term().map_or("None".into(), |mean| mean.to_string()),
            text(self.0.agreement()),
            self.0.modulus().get(),
        )
    }
}

/// The number of a generation.
pub(super) fn generation(value: &Bound<'_, PyAny>) -> PyResult<Generation> {
    Ok(Generation(argument("generation", value).int()?))
}

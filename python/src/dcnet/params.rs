//! What a group of dcnet-core agrees on.

use dcnet_core::parameters;
use dcnet_core::{Holders, Risk};
use meter_link::{Protocol, answer};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::{argument, int_or};
use crate::error::Failure;
use crate::link::{Common, Group, Threshold, choose};

/// Checked parameters; their bytes make the session.
#[pyclass(frozen, eq, module = "wattsum.dcnet", name = "Params")]
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Params(pub(crate) dcnet_core::Params);

impl Params {
    pub(crate) fn common(&self) -> Common {
        Common {
            group: *self.0.group(),
            session: self.0.session(),
            threshold: self.0.threshold(),
            answerers: self.0.holder_role(),
        }
    }
}

const NAMED: &str = "named";
const DRAWN: &str = "drawn";

#[pymethods]
impl Params {
    /// A group of at most 256 meters (`max_meters`), each the neighbour of all others. By default four
    /// holders of whom any three open a sum, and one may collude with the utility. `holders` are "named" in the
    /// roster, or "drawn" from its meters by the beacon, as many as `threshold` says.
    #[staticmethod]
    #[pyo3(signature = (group, threshold = None, *, holders = None),
           text_signature = "(group, threshold=None, *, holders='named')")]
    fn complete(
        group: &Group,
        threshold: Option<&Threshold>,
        holders: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let holders = self::holders(threshold, holders)?;
        let params = dcnet_core::Params::complete(group.params(Protocol::Dcnet)?, holders);
        Ok(Params(params.map_err(Failure::from)?))
    }

    /// The thesis' original rule, for comparison: nobody but the neighbours' pads hides a reading, and a repair
    /// gives them away. Unsafe against a utility that keeps late frames, or says that all neighbours are gone: it
    /// then reads single meters, with nobody's help.
    #[staticmethod]
    #[pyo3(signature = (group, degree = None), text_signature = "(group, degree=0)")]
    fn unsafe_without_holders(group: &Group, degree: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (group, degree) = (group.params(Protocol::Dcnet)?, int_or("degree", degree, 0)?);
        let params = dcnet_core::Params::unsafe_without_holders(group, degree);
        Ok(Params(params.map_err(Failure::from)?))
    }

    /// A group of any size on a drawn graph (complete up to 256 meters) of the smallest degree that is bad with a
    /// probability of at most 2^-security where the shares `colluding` and `absent` of the meters are that. By
    /// default a third, 5 %, 40: degree 92 for 1,000 meters. Holders that are "drawn" must withstand the same
    /// share of colluding meters; without `threshold` they are as few as do, where that is at most 15 %.
    #[staticmethod]
    #[pyo3(signature = (group, threshold = None, *, colluding = Risk::DEFAULT.colluding, absent = Risk::DEFAULT.absent,
                        security = None, holders = None))]
    fn secure(
        group: &Group,
        threshold: Option<&Threshold>,
        colluding: f64,
        absent: f64,
        security: Option<&Bound<'_, PyAny>>,
        holders: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let risk = risk(colluding, absent, security)?;
        let holders = holders_against(threshold, holders, &risk)?;
        let params = dcnet_core::Params::secure(group.params(Protocol::Dcnet)?, holders, &risk);
        Ok(Params(params.map_err(Failure::from)?))
    }

    /// A group of any size on a union of degree/2 random cycles (complete up to 256 meters). A meter with
    /// `degree` distinct neighbours refuses a round in which fewer than `min_neighbours` of them are left; one
    /// with fewer, because edges coincide, may lack one for every two. What is weaker than `secure` with the same
    /// numbers is refused, unless `relying_on_the_holders`: where more of them collude than may, a weak graph gives
    /// single readings away, and nobody has checked how many of "drawn" ones collude.
    #[staticmethod]
    #[pyo3(signature = (group, degree, min_neighbours, threshold = None, *, relying_on_the_holders = false,
                        colluding = Risk::DEFAULT.colluding, absent = Risk::DEFAULT.absent, security = None,
                        holders = None))]
    #[allow(clippy::too_many_arguments)] // keywords in Python
    fn drawn(
        group: &Group,
        degree: &Bound<'_, PyAny>,
        min_neighbours: &Bound<'_, PyAny>,
        threshold: Option<&Threshold>,
        relying_on_the_holders: bool,
        colluding: f64,
        absent: f64,
        security: Option<&Bound<'_, PyAny>>,
        holders: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let group = group.params(Protocol::Dcnet)?;
        let degree = argument("degree", degree).int()?;
        let least = argument("min_neighbours", min_neighbours).int()?;
        let risk = risk(colluding, absent, security)?;
        let params = if relying_on_the_holders {
            let holders = self::holders(threshold, holders)?;
            dcnet_core::Params::drawn_relying_on_the_holders(group, holders, degree, least)
        } else {
            let holders = holders_against(threshold, holders, &risk)?;
            dcnet_core::Params::drawn(group, holders, degree, least, &risk)
        };
        Ok(Params(params.map_err(Failure::from)?))
    }

    #[getter]
    fn group(&self) -> Group {
        self.0.group().into()
    }

    /// None without holders.
    #[getter]
    fn threshold(&self) -> Option<Threshold> {
        self.0.threshold().map(Threshold)
    }

    /// "named" in the roster, "drawn" from its meters, or None.
    #[getter]
    fn holders(&self) -> Option<&'static str> {
        match self.0.holders() {
            Holders::Named(_) => Some(NAMED),
            Holders::Drawn(_) => Some(DRAWN),
            _ => None,
        }
    }

    /// Neighbours of a meter beyond 256 meters, at most.
    #[getter]
    fn degree(&self) -> u32 {
        self.0.degree()
    }

    /// Neighbours that must be left in a round to a meter with `degree` distinct ones.
    #[getter]
    fn min_neighbours(&self) -> u32 {
        self.0.min_neighbours()
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

    /// Bytes of a repair.
    #[getter]
    fn repair_len(&self) -> usize {
        self.0.repair_len()
    }
}

fn risk(colluding: f64, absent: f64, security: Option<&Bound<'_, PyAny>>) -> PyResult<Risk> {
    Ok(Risk { colluding, absent, security: int_or("security", security, Risk::DEFAULT.security)? })
}

/// Whether the holders are to be drawn.
fn drawn(holders: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
    holders.map_or(Ok(false), |value| choose(argument("holders", value), &[(NAMED, false), (DRAWN, true)]))
}

fn holders(threshold: Option<&Threshold>, holders: Option<&Bound<'_, PyAny>>) -> PyResult<Holders> {
    match (drawn(holders)?, threshold) {
        (false, threshold) => Ok(threshold.map_or(answer::Threshold::DEFAULT, |named| named.0).into()),
        (true, Some(threshold)) => Ok(Holders::Drawn(threshold.0)),
        (true, None) => Err(Failure::argument("threshold", "say how many are drawn").into()),
    }
}

/// The same, with as many drawn holders as the risk asks for.
fn holders_against(
    threshold: Option<&Threshold>,
    holders: Option<&Bound<'_, PyAny>>,
    risk: &Risk,
) -> PyResult<Holders> {
    if threshold.is_none() && drawn(holders)? {
        let committee = parameters::committee(risk.colluding, risk.security);
        return Ok(Holders::Drawn(committee.map_err(Failure::from)?));
    }
    self::holders(threshold, holders)
}

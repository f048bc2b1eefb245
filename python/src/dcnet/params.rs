//! What a group of dcnet-core agrees on.

use dcnet_core::Risk;
use meter_link::{Protocol, Role, answer};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::{argument, int_or};
use crate::error::Failure;
use crate::link::{Common, Group, Threshold};

/// Checked parameters; their bytes make the session.
#[pyclass(frozen, eq, module = "wattsum.dcnet", name = "Params")]
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Params(pub(crate) dcnet_core::Params);

impl Params {
    pub(crate) fn common(&self) -> Common {
        Common {
            group: *self.0.group(),
            session: self.0.session(),
            threshold: self.holders(),
            answerers: Role::Holder,
        }
    }

    /// There always are holders: no constructor here leaves them out.
    pub(crate) fn holders(&self) -> answer::Threshold {
        self.0.threshold().unwrap_or(answer::Threshold::DEFAULT)
    }
}

#[pymethods]
impl Params {
    /// A group of at most 256 meters (`max_meters`), each the neighbour of all others. By default four
    /// holders of whom any three open a sum, and one may collude with the utility.
    #[staticmethod]
    #[pyo3(signature = (group, threshold = None))]
    fn complete(group: &Group, threshold: Option<&Threshold>) -> PyResult<Self> {
        let threshold = or_default(threshold);
        let params = dcnet_core::Params::complete(group.params(Protocol::Dcnet)?, threshold);
        Ok(Params(params.map_err(Failure::from)?))
    }

    /// A group of any size on a drawn graph (complete up to 256 meters) of the smallest degree that is bad with a
    /// probability of at most 2^-security where the shares `colluding` and `absent` of the meters are that. By
    /// default a third, 5 %, 40: degree 92 for 1,000 meters.
    #[staticmethod]
    #[pyo3(signature = (group, threshold = None, *, colluding = Risk::DEFAULT.colluding, absent = Risk::DEFAULT.absent,
                        security = None))]
    fn secure(
        group: &Group,
        threshold: Option<&Threshold>,
        colluding: f64,
        absent: f64,
        security: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (group, threshold) = (group.params(Protocol::Dcnet)?, or_default(threshold));
        let security = int_or("security", security, Risk::DEFAULT.security)?;
        let risk = Risk { colluding, absent, security };
        let params = dcnet_core::Params::secure(group, threshold, &risk);
        Ok(Params(params.map_err(Failure::from)?))
    }

    /// A group of any size on a union of degree/2 random cycles (complete up to 256 meters). A meter with
    /// `degree` distinct neighbours refuses a round in which fewer than `min_neighbours` of them are left; one
    /// with fewer, because edges coincide, may lack one for every two. What is weaker than `secure` by default is
    /// refused, unless `relying_on_the_holders`: where more of them collude than may, a weak graph gives single
    /// readings away.
    #[staticmethod]
    #[pyo3(signature = (group, degree, min_neighbours, threshold = None, *, relying_on_the_holders = false))]
    fn drawn(
        group: &Group,
        degree: &Bound<'_, PyAny>,
        min_neighbours: &Bound<'_, PyAny>,
        threshold: Option<&Threshold>,
        relying_on_the_holders: bool,
    ) -> PyResult<Self> {
        let (group, threshold) = (group.params(Protocol::Dcnet)?, or_default(threshold));
        let degree = argument("degree", degree).int()?;
        let min_neighbours = argument("min_neighbours", min_neighbours).int()?;
        let params = if relying_on_the_holders {
            dcnet_core::Params::drawn_relying_on_the_holders(group, threshold, degree, min_neighbours)
        } else {
            dcnet_core::Params::drawn(group, threshold, degree, min_neighbours, &Risk::DEFAULT)
        };
        Ok(Params(params.map_err(Failure::from)?))
    }

    #[getter]
    fn group(&self) -> Group {
        self.0.group().into()
    }

    #[getter]
    fn threshold(&self) -> Threshold {
        Threshold(self.holders())
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

fn or_default(threshold: Option<&Threshold>) -> answer::Threshold {
    threshold.map_or(answer::Threshold::DEFAULT, |threshold| threshold.0)
}

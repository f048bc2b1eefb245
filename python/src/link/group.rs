//! What a group agrees on, whatever its protocol.

use meter_link::{GroupConfig, GroupId, GroupParams, Protocol, Role, Schedule, Session, SetRules, answer};
use pyo3::prelude::*;

use crate::argument::{Argument, argument, int_or};
use crate::error::Failure;
use crate::{ckks, cmt, dcnet, elgamal, shamir};

/// The choices of a group that every protocol asks for.
#[pyclass(frozen, eq, module = "wattsum.link", name = "Group")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group(GroupConfig);

impl Group {
    /// The choices, checked for a protocol.
    pub(crate) fn params(&self, protocol: Protocol) -> Result<GroupParams, Failure> {
        Ok(GroupParams::new(GroupConfig { protocol, ..self.0 })?)
    }
}

impl From<&GroupParams> for Group {
    fn from(params: &GroupParams) -> Self {
        Group(**params)
    }
}

#[pymethods]
impl Group {
    #[new]
    #[pyo3(
        signature = (group, *, origin = None, period = None, channels = None, max_reading = None,
            max_meters = None, min_honest = None, max_colluding = None, max_missing_permille = None,
            rounds_per_step = None),
        text_signature = "(group, *, origin=0, period=900, channels=1, max_reading=1000000000, \
            max_meters=1000000, min_honest=3, max_colluding=0, max_missing_permille=100, rounds_per_step=96)"
    )]
    #[allow(clippy::too_many_arguments)] // keywords in Python
    fn new(
        group: &Bound<'_, PyAny>,
        origin: Option<&Bound<'_, PyAny>>,
        period: Option<&Bound<'_, PyAny>>,
        channels: Option<&Bound<'_, PyAny>>,
        max_reading: Option<&Bound<'_, PyAny>>,
        max_meters: Option<&Bound<'_, PyAny>>,
        min_honest: Option<&Bound<'_, PyAny>>,
        max_colluding: Option<&Bound<'_, PyAny>>,
        max_missing_permille: Option<&Bound<'_, PyAny>>,
        rounds_per_step: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        // The protocol is filled in by its `Params`; a group is checked for the first one now already.
        let least = GroupConfig::new(Protocol::Dcnet, GroupId(argument("group", group).int()?));
        let config = GroupConfig {
            schedule: Schedule {
                origin: int_or("origin", origin, least.schedule.origin)?,
                period: int_or("period", period, least.schedule.period)?,
            },
            channels: int_or("channels", channels, least.channels)?,
            max_reading: int_or("max_reading", max_reading, least.max_reading)?,
            max_meters: int_or("max_meters", max_meters, least.max_meters)?,
            rules: SetRules {
                min_honest: int_or("min_honest", min_honest, least.rules.min_honest)?,
                max_colluding: int_or("max_colluding", max_colluding, least.rules.max_colluding)?,
                max_missing_permille: int_or(
                    "max_missing_permille",
                    max_missing_permille,
                    least.rules.max_missing_permille,
                )?,
            },
            rounds_per_step: int_or("rounds_per_step", rounds_per_step, least.rounds_per_step)?,
            ..least
        };
        let group = Group(config);
        group.params(config.protocol)?;
        Ok(group)
    }

    #[getter]
    fn group(&self) -> u32 {
        self.0.group.0
    }

    #[getter]
    fn origin(&self) -> u64 {
        self.0.schedule.origin
    }

    #[getter]
    fn period(&self) -> u32 {
        self.0.schedule.period
    }

    #[getter]
    fn channels(&self) -> u16 {
        self.0.channels
    }

    #[getter]
    fn max_reading(&self) -> u64 {
        self.0.max_reading
    }

    #[getter]
    fn max_meters(&self) -> u32 {
        self.0.max_meters
    }

    #[getter]
    fn min_honest(&self) -> u32 {
        self.0.rules.min_honest
    }

    #[getter]
    fn max_colluding(&self) -> u32 {
        self.0.rules.max_colluding
    }

    #[getter]
    fn max_missing_permille(&self) -> u16 {
        self.0.rules.max_missing_permille
    }

    #[getter]
    fn rounds_per_step(&self) -> u32 {
        self.0.rounds_per_step
    }

    /// First and last second, in Unix time, of a round's readings: from the first, and before the last.
    fn interval(&self, round: &Bound<'_, PyAny>) -> PyResult<(u64, u64)> {
        Ok(self.0.schedule.interval(argument("round", round).round()?).map_err(Failure::from)?)
    }

    fn __repr__(&self) -> String {
        let GroupConfig { schedule, rules, .. } = self.0;
        format!(
            "Group({}, origin={}, period={}, channels={}, max_reading={}, max_meters={}, min_honest={}, \
             max_colluding={}, max_missing_permille={}, rounds_per_step={})",
            self.0.group.0,
            schedule.origin,
            schedule.period,
            self.0.channels,
            self.0.max_reading,
            self.0.max_meters,
            rules.min_honest,
            rules.max_colluding,
            rules.max_missing_permille,
            self.0.rounds_per_step,
        )
    }
}

/// n answerers, of whom t open a sum and f may collude with the utility.
#[pyclass(frozen, eq, module = "wattsum.link", name = "Threshold")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Threshold(pub(crate) answer::Threshold);

#[pymethods]
impl Threshold {
    #[new]
    #[pyo3(
        signature = (answerers = None, threshold = None, colluding = None),
        text_signature = "(answerers=4, threshold=3, colluding=1)"
    )]
    fn new(
        answerers: Option<&Bound<'_, PyAny>>,
        threshold: Option<&Bound<'_, PyAny>>,
        colluding: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let n = int_or("answerers", answerers, 4)?;
        let (t, f) = (int_or("threshold", threshold, 3)?, int_or("colluding", colluding, 1)?);
        Ok(Threshold(answer::Threshold::new(n, t, f).map_err(Failure::from)?))
    }

    /// Any 2 <= t <= n, for a caller who trusts the utility not to show different sets to different
    /// answerers.
    #[staticmethod]
    fn trusting_the_utility_not_to_equivocate(
        answerers: &Bound<'_, PyAny>,
        threshold: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (n, t) = (argument("answerers", answerers).int()?, argument("threshold", threshold).int()?);
        let threshold = answer::Threshold::trusting_the_utility_not_to_equivocate(n, t);
        Ok(Threshold(threshold.map_err(Failure::from)?))
    }

    #[getter]
    fn answerers(&self) -> u8 {
        self.0.answerers()
    }

    #[getter]
    fn threshold(&self) -> u8 {
        self.0.threshold()
    }

    /// None where the utility is trusted.
    #[getter]
    fn colluding(&self) -> Option<u8> {
        self.0.colluding()
    }

    fn __repr__(&self) -> String {
        let (n, t) = (self.0.answerers(), self.0.threshold());
        match self.0.colluding() {
            Some(f) => format!("Threshold({n}, {t}, {f})"),
            None => format!("Threshold.trusting_the_utility_not_to_equivocate({n}, {t})"),
        }
    }
}

/// What any protocol's `Params` say about an epoch.
#[derive(Clone, Copy)]
pub(crate) struct Common {
    pub(crate) group: GroupParams,
    pub(crate) session: Session,
    /// None where nobody answers.
    pub(crate) threshold: Option<answer::Threshold>,
    /// Of dcnet, meters: the beacon draws them.
    pub(crate) answerers: Role,
}

impl Common {
    /// Whether the beacon draws the answerers from the meters.
    pub(crate) fn drawn(&self) -> bool {
        self.group.protocol == Protocol::Dcnet && self.answerers == Role::Meter
    }

    pub(crate) fn of(params: Argument<'_, '_>) -> PyResult<Self> {
        if let Ok(params) = params.value.cast::<shamir::Params>() {
            return Ok(params.get().common());
        }
        if let Ok(params) = params.value.cast::<dcnet::Params>() {
            return Ok(params.get().common());
        }
        if let Ok(params) = params.value.cast::<cmt::Params>() {
            return Ok(params.get().common());
        }
        if let Ok(params) = params.value.cast::<elgamal::Params>() {
            return Ok(params.get().common());
        }
        if let Ok(params) = params.value.cast::<ckks::Params>() {
            return Ok(params.get().common());
        }
        Err(params.wrong_type("expected the Params of a protocol"))
    }
}

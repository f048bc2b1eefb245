//! Roles and key labels by their names.

use meter_link::Role;
use meter_link::key::Label;
use pyo3::prelude::*;

use crate::argument::Argument;

const ROLES: [(&str, Role); 5] = [
    ("utility", Role::Utility),
    ("meter", Role::Meter),
    ("holder", Role::Holder),
    ("aggregator", Role::Aggregator),
    ("trustee", Role::Trustee),
];

const LABELS: [(&str, Label); 7] = [
    ("dcnet pair", Label::DcnetPair),
    ("dcnet holder", Label::DcnetHolder),
    ("answer", Label::Answer),
    ("shamir", Label::Shamir),
    ("cmt", Label::Cmt),
    ("frame", Label::Frame),
    ("seal", Label::Seal),
];

pub(crate) const fn name(role: Role) -> &'static str {
    match role {
        Role::Utility => "utility",
        Role::Meter => "meter",
        Role::Holder => "holder",
        Role::Aggregator => "aggregator",
        Role::Trustee => "trustee",
    }
}

pub(crate) fn role(argument: Argument<'_, '_>) -> PyResult<Role> {
    choose(argument, &ROLES)
}

pub(crate) fn label(argument: Argument<'_, '_>) -> PyResult<Label> {
    choose(argument, &LABELS)
}

/// The value behind a name.
pub(crate) fn choose<T: Copy>(argument: Argument<'_, '_>, values: &[(&str, T)]) -> PyResult<T> {
    let given: String = argument.value.extract().map_err(|_| argument.wrong_type("expected a str"))?;
    let found = values.iter().find(|(name, _)| *name == given);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = values.iter().map(|(name, _)| *name).collect();
        argument.refuse(format_args!("expected one of {}", names.join(", ")))
    })
}

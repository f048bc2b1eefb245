//! meter-link: identities, keys, rosters, epochs.

mod checked;
mod cohort;
mod group;
mod header;
mod identity;
mod key;
mod log;
mod partial;
mod role;
mod root;
mod roster;
mod view;

pub(crate) use checked::{CheckedSum, check, exceptions};
pub(crate) use cohort::Party;
pub(crate) use group::{Common, Group, Threshold};
pub(crate) use identity::Identity;
pub(crate) use key::LinkSecret;
pub(crate) use partial::PartialSum;
pub(crate) use role::choose;
pub(crate) use view::{EpochView, committee};

use pyo3::prelude::*;

use crate::bill::Bill;
use crate::mark::{HighWater, HighWaters};
use crate::prepared::{Prepared, PreparedMany};
use crate::sum::Sum;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Group>()?;
    module.add_class::<Threshold>()?;
    module.add_class::<Identity>()?;
    module.add_class::<LinkSecret>()?;
    module.add_class::<key::PairKey>()?;
    module.add_class::<roster::Forming>()?;
    module.add_class::<roster::RosterBuilder>()?;
    module.add_class::<roster::Roster>()?;
    module.add_class::<root::StoredRoot>()?;
    module.add_class::<EpochView>()?;
    module.add_class::<Party>()?;
    module.add_class::<cohort::Cohort>()?;
    module.add_class::<HighWater>()?;
    module.add_class::<HighWaters>()?;
    module.add_class::<Prepared>()?;
    module.add_class::<PreparedMany>()?;
    module.add_class::<Sum>()?;
    module.add_class::<PartialSum>()?;
    module.add_class::<CheckedSum>()?;
    module.add_class::<log::LogEntry>()?;
    module.add_class::<log::LogHead>()?;
    module.add_class::<log::Audit>()?;
    header::register(module)?;
    module.add_class::<Bill>()?;
    module.add_function(wrap_pyfunction!(roster::announce, module)?)?;
    module.add_function(wrap_pyfunction!(view::set_digest, module)?)?;
    module.add_function(wrap_pyfunction!(view::epoch_context, module)?)?;
    Ok(())
}

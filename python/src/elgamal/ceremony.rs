//! A committee's keys without a dealer: the ceremony's steps as objects that take and give bytes.

mod agreed;
mod confirming;
mod joining;
mod plan;
mod sharing;
mod step;

pub(super) use plan::hold;

use pyo3::prelude::*;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("ElgamalCeremony", py.get_type::<plan::Ceremony>())?;
    module.add("ElgamalJoining", py.get_type::<joining::Joining>())?;
    module.add("ElgamalEchoing", py.get_type::<joining::Echoing>())?;
    module.add("ElgamalSharing", py.get_type::<sharing::Sharing>())?;
    module.add("ElgamalConfirming", py.get_type::<confirming::Confirming>())?;
    module.add("ElgamalOutcome", py.get_type::<confirming::Outcome>())?;
    module.add("ElgamalAgreed", py.get_type::<agreed::Agreed>())?;
    module.add("ElgamalDispute", py.get_type::<agreed::Dispute>())?;
    Ok(())
}

//! cmt-ring: keystream rings.

mod arithmetic;
mod book;
mod claim;
mod collecting;
mod election;
mod fleet;
mod forming;
mod known;
mod licence;
mod member;
mod meter;
mod meters;
mod order;
mod params;
mod supplier;
mod wide;

pub(crate) use params::Params;

use pyo3::prelude::*;

/// Classes carry the protocol in their name here and in `_native.pyi`, and lose it in `wattsum.cmt`.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("CmtParams", py.get_type::<Params>())?;
    module.add("CmtMeter", py.get_type::<meter::Meter>())?;
    module.add("CmtSent", py.get_type::<meter::Sent>())?;
    module.add("CmtMeters", py.get_type::<meters::Meters>())?;
    module.add("CmtPreparedRing", py.get_type::<meters::PreparedRing>())?;
    module.add("CmtForming", py.get_type::<forming::Forming>())?;
    module.add("CmtFormed", py.get_type::<forming::Formed>())?;
    module.add("CmtBook", py.get_type::<book::Book>())?;
    module.add("CmtHealing", py.get_type::<book::Healing>())?;
    module.add("CmtSupplier", py.get_type::<supplier::Supplier>())?;
    module.add("CmtCollecting", py.get_type::<collecting::Collecting>())?;
    module.add("CmtLicence", py.get_type::<licence::Licence>())?;
    module.add("CmtLost", py.get_type::<licence::Lost>())?;
    module.add("CmtClaim", py.get_type::<claim::Claim>())?;
    module.add("CmtHandedOver", py.get_type::<claim::HandedOver>())?;
    module.add("CmtAgreement", py.get_type::<claim::Agreement>())?;
    module.add("CmtElection", py.get_type::<election::Election>())?;
    module.add("CmtHeard", py.get_type::<election::Heard>())?;
    module.add("CmtVerdict", py.get_type::<election::Verdict>())?;
    module.add("CmtRoll", py.get_type::<election::Roll>())?;
    module.add("CmtListed", py.get_type::<order::Listed>())?;
    module.add_function(wrap_pyfunction!(order::cmt_listed, module)?)?;
    module.add_function(wrap_pyfunction!(order::cmt_arrange, module)?)?;
    module.add_function(wrap_pyfunction!(order::cmt_drawn, module)?)?;
    module.add_function(wrap_pyfunction!(order::cmt_set_digest, module)?)?;
    module.add_function(wrap_pyfunction!(order::cmt_term, module)?)?;
    module.add_function(wrap_pyfunction!(arithmetic::cmt_deltas, module)?)?;
    module.add_function(wrap_pyfunction!(arithmetic::cmt_keystream, module)?)?;
    module.add_function(wrap_pyfunction!(arithmetic::cmt_encrypt, module)?)?;
    module.add_function(wrap_pyfunction!(arithmetic::cmt_sums, module)?)?;
    module.add_function(wrap_pyfunction!(arithmetic::cmt_decrypt_sums, module)?)?;
    module.add_function(wrap_pyfunction!(wide::cmt_wide_deltas, module)?)?;
    Ok(())
}

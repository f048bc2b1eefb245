//! shamir-agg: one frame a meter, aggregators of whom any t open a sum.

mod aggregator;
mod bills;
mod meter;
mod params;
mod rounds;
mod sharing;
mod utility;

pub(crate) use params::Params;

use pyo3::prelude::*;

/// Classes carry the protocol in their name here and in `_native.pyi`, and lose it in `wattsum.shamir`.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("ShamirParams", py.get_type::<Params>())?;
    module.add("ShamirMeter", py.get_type::<meter::Meter>())?;
    module.add("ShamirMeters", py.get_type::<meter::Meters>())?;
    module.add("ShamirAggregator", py.get_type::<aggregator::Aggregator>())?;
    module.add("ShamirUtility", py.get_type::<utility::Utility>())?;
    module.add("ShamirCollecting", py.get_type::<rounds::Collecting>())?;
    module.add("ShamirClosed", py.get_type::<rounds::Closed>())?;
    module.add("ShamirCertified", py.get_type::<rounds::Certified>())?;
    module.add("ShamirBilling", py.get_type::<bills::Billing>())?;
    module.add("ShamirCertifiedBilling", py.get_type::<bills::CertifiedBilling>())?;
    module.add("ShamirCheckedBills", py.get_type::<bills::CheckedBills>())?;
    module.add_function(wrap_pyfunction!(sharing::shamir_split, module)?)?;
    module.add_function(wrap_pyfunction!(sharing::shamir_split_with, module)?)?;
    module.add_function(wrap_pyfunction!(sharing::shamir_combine, module)?)?;
    Ok(())
}

/// A certificate's statements.
fn owned(statements: Vec<&[u8]>) -> Vec<Vec<u8>> {
    statements.into_iter().map(<[u8]>::to_vec).collect()
}

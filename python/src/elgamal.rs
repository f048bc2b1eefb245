//! threshold-elgamal: meters encrypt under a group key, trustees of whom any t open sums.

mod batch;
mod billing;
mod ceremony;
mod dlog;
mod fleet;
mod frames;
mod key;
mod keys;
mod meter;
mod pair;
mod params;
mod partial;
mod points;
mod rounds;
mod threads;
mod trustee;
mod utility;

pub(crate) use frames::Frames;
pub(crate) use key::GroupKey;
pub(crate) use keys::{KeySet, SecretShare};
pub(crate) use params::Params;

use pyo3::prelude::*;

/// Classes carry the protocol in their name here and in `_native.pyi`, and lose it in `wattsum.elgamal`.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("ElgamalParams", py.get_type::<Params>())?;
    module.add("ElgamalGroupKey", py.get_type::<GroupKey>())?;
    module.add("ElgamalKeySet", py.get_type::<KeySet>())?;
    module.add("ElgamalSecretShare", py.get_type::<SecretShare>())?;
    module.add("ElgamalDlogTable", py.get_type::<dlog::DlogTable>())?;
    module.add("ElgamalMeter", py.get_type::<meter::Meter>())?;
    module.add("ElgamalPair", py.get_type::<pair::Pair>())?;
    module.add("ElgamalMeters", py.get_type::<fleet::Meters>())?;
    module.add("ElgamalTrustee", py.get_type::<trustee::Trustee>())?;
    module.add("ElgamalUtility", py.get_type::<utility::Utility>())?;
    module.add("ElgamalCollecting", py.get_type::<rounds::Collecting>())?;
    module.add("ElgamalClosed", py.get_type::<rounds::Closed>())?;
    module.add("ElgamalBilling", py.get_type::<billing::Billing>())?;
    module.add("ElgamalVerifier", py.get_type::<partial::Verifier>())?;
    module.add("ElgamalPartialSum", py.get_type::<partial::PartialSum>())?;
    module.add("ElgamalMeterSum", py.get_type::<partial::MeterSum>())?;
    ceremony::register(module)?;
    module.add_function(wrap_pyfunction!(ceremony::hold, module)?)?;
    module.add_function(wrap_pyfunction!(keys::deal, module)?)?;
    module.add_function(wrap_pyfunction!(batch::encrypt, module)?)?;
    module.add_function(wrap_pyfunction!(batch::encrypt_with, module)?)?;
    module.add_function(wrap_pyfunction!(batch::sums, module)?)?;
    module.add_function(wrap_pyfunction!(batch::combine, module)?)?;
    Ok(())
}

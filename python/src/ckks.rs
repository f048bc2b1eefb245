//! ckks-agg: arrays of numbers that a server adds, averages and multiplies without reading them.

mod ceremony;
mod ciphertext;
mod encrypt;
mod evaluator;
mod flood;
mod params;
mod public;
mod ring;
mod secret;
mod shares;
mod statistics;
mod switching;
mod total;
mod values;

pub(crate) use params::Params;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// How pickle makes an object again: by `from_bytes`, with the ring and the bytes.
type Reduced<'py> = (Bound<'py, PyAny>, (ring::Ring, Bound<'py, PyBytes>));

/// Classes carry the scheme in their name here and in `_native.pyi`, and lose it in `wattsum.ckks`.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("CkksRing", py.get_type::<ring::Ring>())?;
    module.add("CkksSecretKey", py.get_type::<secret::SecretKey>())?;
    module.add("CkksPublicKey", py.get_type::<public::PublicKey>())?;
    module.add("CkksSwitchingKeys", py.get_type::<switching::SwitchingKeys>())?;
    module.add("CkksCiphertext", py.get_type::<ciphertext::Ciphertext>())?;
    module.add("CkksEvaluator", py.get_type::<evaluator::Evaluator>())?;
    module.add("CkksTotal", py.get_type::<total::Total>())?;
    module.add("CkksFlood", py.get_type::<flood::Flood>())?;
    module.add("CkksParams", py.get_type::<Params>())?;
    module.add("CkksJoining", py.get_type::<ceremony::Joining>())?;
    module.add("CkksRevealing", py.get_type::<ceremony::Revealing>())?;
    module.add("CkksSharing", py.get_type::<ceremony::Sharing>())?;
    module.add("CkksJointSecret", py.get_type::<shares::JointSecret>())?;
    module.add("CkksLedger", py.get_type::<shares::Ledger>())?;
    module.add_function(wrap_pyfunction!(shares::combine, module)?)?;
    module.add_function(wrap_pyfunction!(shares::combine_exact, module)?)?;
    module.add_function(wrap_pyfunction!(statistics::variance, module)?)?;
    module.add_function(wrap_pyfunction!(statistics::standard_deviation, module)?)
}

//! dcnet-core: masks between meters, holders of whom any t open a sum, repairs by neighbours.

mod certified;
mod graph;
mod holder;
mod masks;
mod meter;
mod meters;
mod params;
mod presence;
mod rounds;
mod utility;

pub(crate) use params::Params;

use pyo3::prelude::*;

/// Classes carry the protocol in their name here and in `_native.pyi`, and lose it in `wattsum.dcnet`.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("DcnetParams", py.get_type::<Params>())?;
    module.add("DcnetMeter", py.get_type::<meter::Meter>())?;
    module.add("DcnetMeters", py.get_type::<meters::Meters>())?;
    module.add("DcnetHolder", py.get_type::<holder::Holder>())?;
    module.add("DcnetUtility", py.get_type::<utility::Utility>())?;
    module.add("DcnetCollecting", py.get_type::<rounds::Collecting>())?;
    module.add("DcnetRepairing", py.get_type::<rounds::Repairing>())?;
    module.add("DcnetClosed", py.get_type::<rounds::Closed>())?;
    module.add("DcnetCertified", py.get_type::<certified::Certified>())?;
    module.add("DcnetPresence", py.get_type::<presence::Presence>())?;
    module.add_function(wrap_pyfunction!(graph::dcnet_committee, module)?)?;
    module.add_function(wrap_pyfunction!(graph::dcnet_graph_seed, module)?)?;
    module.add_function(wrap_pyfunction!(graph::dcnet_neighbours, module)?)?;
    module.add_function(wrap_pyfunction!(graph::dcnet_shuffled, module)?)?;
    module.add_function(wrap_pyfunction!(masks::dcnet_masks, module)?)?;
    Ok(())
}

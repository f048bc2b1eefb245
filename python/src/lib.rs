//! The private half of the Python module `wattsum`: its classes and functions. The public half
//! (`wattsum/*.py`) gives them their places, and the stubs (`wattsum/_native.pyi`) their types.
//!
//! Every step that does cryptography gives the interpreter to other threads meanwhile; every object that
//! holds a secret or a role is one [`owned::Owned`].
#![forbid(unsafe_code)]

mod answerer;
mod argument;
mod array;
mod bill;
mod ckks;
mod cmt;
mod collecting;
mod columns;
mod dcnet;
mod elgamal;
mod entropy;
mod error;
mod head;
mod link;
mod mark;
mod merge;
mod owned;
mod prepared;
mod register;
mod seat;
mod shamir;
mod sizing;
mod sum;
mod sums;
mod threads;

use pyo3::prelude::*;

/// The private half of `wattsum`.
#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    link::register(module)?;
    shamir::register(module)?;
    dcnet::register(module)?;
    elgamal::register(module)?;
    cmt::register(module)?;
    ckks::register(module)?;
    merge::register(module)?;
    register::register(module)?;
    sums::register(module)?;
    sizing::register(module)?;
    // Names leave through `wattsum/*.py`, each with an `__all__` of its own.
    module.delattr("__all__")
}

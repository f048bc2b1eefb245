//! Keys to compute with.

use std::sync::Arc;

use chacha20::ChaCha20Rng;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Reduced;
use super::ring::Ring;
use crate::argument::argument;
use crate::error::Failure;

/// What an `Evaluator` needs for products and rotations. Public; large; made by who has the secret key, and to be had
/// from where its public key is had: wrong ones give wrong results.
#[pyclass(frozen, module = "wattsum.ckks", name = "SwitchingKeys")]
pub(crate) struct SwitchingKeys(pub(crate) Arc<ckks_agg::SwitchingKeys>);

impl From<ckks_agg::SwitchingKeys> for SwitchingKeys {
    fn from(keys: ckks_agg::SwitchingKeys) -> Self {
        SwitchingKeys(Arc::new(keys))
    }
}

#[pymethods]
impl SwitchingKeys {
    #[staticmethod]
    fn from_bytes(py: Python<'_>, ring: &Ring, keys: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = argument("keys", keys).bytes()?;
        let keys = py.detach(|| ckks_agg::SwitchingKeys::from_bytes(&ring.shared().ring, &bytes));
        Ok(keys.map_err(Failure::from)?.into())
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.to_bytes()))
    }

    #[getter]
    fn ring(&self) -> Ring {
        Ring(self.0.preset())
    }

    /// Name of the key that they belong to, 16 bytes.
    #[getter]
    fn key_id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.key_id().0)
    }

    /// How many parties have made them: 1, or those of a joint key.
    #[getter]
    fn parties(&self) -> u16 {
        self.0.parties()
    }

    /// Whether products can be relinearised.
    #[getter]
    fn relinearisation(&self) -> bool {
        self.0.relinearises()
    }

    /// Whether slots can be turned by so many places to the left.
    fn rotates(&self, steps: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(self.0.rotates(argument("steps", steps).int()?))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((py.get_type::<Self>().getattr("from_bytes")?, (self.ring(), self.to_bytes(py))))
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.ckks.SwitchingKeys, {:?}>", super::ring::name(self.0.preset()))
    }
}

/// Which keys are asked for.
pub(super) struct Steps {
    relinearisation: bool,
    rotations: Vec<i32>,
    slot_sum: Option<u32>,
    conjugation: bool,
}

impl Steps {
    pub(super) fn of(
        ring: Ring,
        relinearisation: bool,
        rotations: Option<&Bound<'_, PyAny>>,
        slot_sum: Option<&Bound<'_, PyAny>>,
        conjugation: bool,
    ) -> PyResult<Self> {
        let slots = i32::try_from(ring.0.slots()).unwrap_or(i32::MAX);
        let rotations = match rotations {
            Some(rotations) => {
                let given = argument("rotations", rotations);
                let rotations = given.list(|item| {
                    let steps: i32 = item.int()?;
                    let inside = steps.checked_abs().is_some_and(|steps| steps < slots);
                    if inside {
                        Ok(steps)
                    } else {
                        Err(item.refuse(format_args!("expected less than {slots}")))
                    }
                })?;
                // A key has some hundred kilobytes.
                if rotations.len() > Self::MOST {
                    return Err(given.refuse(format_args!("expected at most {}", Self::MOST)));
                }
                rotations
            }
            None => Vec::new(),
        };
        let slot_sum = match slot_sum {
            Some(count) => {
                let given = argument("slot_sum", count);
                let count: u32 = given.int()?;
                let inside = (1..=slots.cast_unsigned()).contains(&count);
                Some(if inside {
                    Ok(count)
                } else {
                    Err(given.refuse(format_args!("expected 1 ... {slots}")))
                }?)
            }
            None => None,
        };
        let none = !relinearisation && !conjugation && rotations.is_empty() && slot_sum.is_none();
        if none {
            return Err(Failure::argument("relinearisation", "no key is asked for").into());
        }
        Ok(Steps { relinearisation, rotations, slot_sum, conjugation })
    }

    const MOST: usize = 256;

    pub(super) fn keys(
        &self,
        key: &ckks_agg::SecretKey,
        rng: &mut ChaCha20Rng,
    ) -> Result<SwitchingKeys, Failure> {
        // Each key once: what `rotations` and `slot_sum` both ask for is made for the first.
        let mut keys = key.rotation_keys(&self.rotations, rng)?;
        if self.relinearisation {
            keys = keys.join(key.relinearisation_key(rng)?)?;
        }
        if let Some(slots) = self.slot_sum {
            keys = keys.join(key.slot_sum_keys(slots, rng)?)?;
        }
        if self.conjugation {
            keys = keys.join(key.conjugation_key(rng)?)?;
        }
        Ok(keys.into())
    }
}

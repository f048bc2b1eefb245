//! Rings: what all objects of a preset share.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock};

use ckks_agg::{Encoder, Evaluator, KeyId, Preset};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::argument::{Argument, argument};

/// Tables of a preset, made once in a process.
pub(crate) struct Shared {
    pub(crate) ring: Arc<ckks_agg::Ring>,
    pub(crate) encoder: Encoder,
    /// Evaluators for operators, each with its scratch memory, that nobody uses now.
    idle: Mutex<Vec<Evaluator>>,
}

impl Shared {
    /// Takes milliseconds the first time: call it without the interpreter.
    pub(crate) fn of(preset: Preset) -> &'static Shared {
        static RINGS: [OnceLock<Shared>; 5] = [const { OnceLock::new() }; 5];
        let place = (preset as usize).wrapping_sub(1);
        // There are as many places as presets; one beyond them would share the first.
        let [first, ..] = &RINGS;
        RINGS.get(place).unwrap_or(first).get_or_init(|| Shared::new(preset))
    }

    fn new(preset: Preset) -> Self {
        let ring = ckks_agg::Ring::new(preset);
        Shared { encoder: Encoder::new(&ring), ring, idle: Mutex::default() }
    }

    /// Acts with an evaluator for sums and multiples of what is under a key.
    pub(crate) fn evaluate<R>(&self, key: KeyId, act: impl FnOnce(&mut Evaluator) -> R) -> R {
        let idle = self.idle.lock().ok().and_then(|mut idle| {
            let place = idle.iter().position(|evaluator| evaluator.key_id() == key)?;
            Some(idle.swap_remove(place))
        });
        let mut evaluator = idle.unwrap_or_else(|| Evaluator::linear(&self.ring, key));
        let result = act(&mut evaluator);
        if let Ok(mut idle) = self.idle.lock() {
            if idle.len() >= Self::MOST_IDLE {
                drop(idle.pop());
            }
            idle.push(evaluator);
        }
        result
    }

    const MOST_IDLE: usize = 16;
}

/// A ring by the name of its preset, which fixes degree and primes: "small" and "sum" for sums, "variance" for
/// one product, "depth2" for two, "shared" for sums that are opened with a flood (jointly, or again and again).
/// Nothing else can be chosen: every preset has 128 bits of security. The tables are made once in a process.
#[pyclass(frozen, eq, hash, module = "wattsum.ckks", name = "Ring")]
#[derive(Clone, Copy)]
pub(crate) struct Ring(pub(crate) Preset);

impl PartialEq for Ring {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Hash for Ring {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Ring {
    pub(crate) fn shared(self) -> &'static Shared {
        Shared::of(self.0)
    }
}

#[pymethods]
impl Ring {
    #[new]
    fn new(preset: &Bound<'_, PyAny>) -> PyResult<Self> {
        of_name(argument("preset", preset)).map(Ring)
    }

    /// Its name.
    #[getter]
    fn preset(&self) -> &'static str {
        name(self.0)
    }

    /// N: whole numbers that a ciphertext holds.
    #[getter]
    fn degree(&self) -> usize {
        self.0.degree()
    }

    /// N/2: slots, of a real number each, or of two with `packing="pairs"`.
    #[getter]
    fn slots(&self) -> usize {
        self.0.slots()
    }

    /// The primes of a fresh ciphertext: at level l the first l + 1 are left.
    #[getter]
    fn primes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.primes())
    }

    /// Level of a fresh ciphertext: how often it can be rescaled.
    #[getter]
    fn top_level(&self) -> u8 {
        self.0.top_level()
    }

    /// log₂ of the scale that floats are encoded at where none is asked for.
    #[getter]
    fn usual_scale(&self) -> u32 {
        self.0.usual_scale()
    }

    /// log₂ of the scale that whole numbers are encoded at where none is asked for: half of the primes' bits for
    /// sums, half for their error.
    #[getter]
    fn integer_scale(&self) -> u32 {
        integer_scale(self.0)
    }

    /// Least and largest log₂ of a scale.
    #[getter]
    fn scales(&self) -> (u32, u32) {
        let scales = self.0.scales();
        (*scales.start(), *scales.end())
    }

    fn __getnewargs__(&self) -> (&'static str,) {
        (name(self.0),)
    }

    fn __repr__(&self) -> String {
        format!("Ring({:?})", name(self.0))
    }
}

/// The preset of a name.
fn of_name(given: Argument<'_, '_>) -> PyResult<Preset> {
    let text = given.text()?;
    let preset = Preset::ALL.into_iter().find(|preset| name(*preset) == text);
    preset.ok_or_else(|| given.refuse("expected \"small\", \"sum\", \"variance\", \"depth2\" or \"shared\""))
}

pub(crate) const fn name(preset: Preset) -> &'static str {
    match preset {
        Preset::Small => "small",
        Preset::Sum => "sum",
        Preset::Variance => "variance",
        Preset::Depth2 => "depth2",
        Preset::Shared => "shared",
    }
}

/// See [`Ring::integer_scale`].
pub(crate) fn integer_scale(preset: Preset) -> u32 {
    let bits: u32 = preset.primes().iter().map(|prime| prime.ilog2().saturating_add(1)).sum();
    (bits / 2).clamp(*preset.scales().start(), *preset.scales().end())
}

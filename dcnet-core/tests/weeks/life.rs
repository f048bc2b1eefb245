//! Which meters are gone, and which fall silent.

use chacha20::ChaCha20Rng;
use rand_core::Rng;

/// What becomes of a meter in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Stays,
    /// In an outage: hears nothing, sends nothing.
    Gone,
    /// Not even the Open reaches it.
    SilentFromOpen,
    /// Contributes, and hears nothing more.
    SilentFromClose,
    /// Hears the first Close, repairs if it is asked to, and hears nothing more.
    SilentFromSecondClose,
}

/// Mean length of an outage: two days.
const OUTAGE: f64 = 192.0;
/// Part of the time that a meter is in one.
const ABSENT: f64 = 0.05;
/// Part of the others that fall silent in a round.
const LOST: f64 = 0.005;

/// Outages of random begin and length, and single losses.
pub(crate) struct Life {
    gone: Vec<bool>,
    rng: ChaCha20Rng,
}

impl Life {
    pub(crate) fn new(meters: usize, mut rng: ChaCha20Rng) -> Self {
        let gone = (0..meters).map(|_| uniform(&mut rng) < ABSENT).collect();
        Life { gone, rng }
    }

    /// The next round's fates, by position.
    pub(crate) fn next_round(&mut self) -> Vec<Fate> {
        let rng = &mut self.rng;
        let fate = |gone: &mut bool| {
            let ends = 1.0 / OUTAGE;
            let chance = if *gone { ends } else { ends * ABSENT / (1.0 - ABSENT) };
            *gone ^= uniform(rng) < chance;
            match (*gone, uniform(rng) / LOST * 3.0) {
                (true, _) => Fate::Gone,
                (_, x) if x < 1.0 => Fate::SilentFromOpen,
                (_, x) if x < 2.0 => Fate::SilentFromClose,
                (_, x) if x < 3.0 => Fate::SilentFromSecondClose,
                _ => Fate::Stays,
            }
        };
        self.gone.iter_mut().map(fate).collect()
    }
}

fn uniform(rng: &mut ChaCha20Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

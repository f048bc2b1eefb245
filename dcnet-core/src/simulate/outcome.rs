//! What came of a simulated round.

use alloc::vec::Vec;

use meter_link::Field64;

/// A repair: whose it is, and the signed sum of its pads with all missing neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Position of the meter.
    pub meter: u32,
    /// The vector, of one channel.
    pub value: Field64,
}

/// A round that has ended. A sum in it equals the sum of the set's readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The sum, or why there is none.
    pub sum: Result<i64, Lost>,
    /// The last set: of the final Close where there is a sum.
    pub set: Vec<bool>,
    /// Closes that were sent.
    pub closes: u8,
    /// Repairs of the first and the second Close, ascending by position. Only with the last ones comes a sum.
    pub repairs: Vec<Vec<Repair>>,
    /// Bytes on the way.
    pub bytes: Bytes,
}

impl Outcome {
    /// Meters of the last set.
    pub fn meters(&self) -> u32 {
        meter_link::head::count(&self.set)
    }
}

/// Why a round has no sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The Open, or a Close, would name fewer meters than the rules allow.
    TooSmall,
    /// Repairs of the second Close were missing, and there is no fourth.
    ThirdPass,
}

/// Bytes of a round's frames, headers, tags and signatures included; answers of holders are in neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// Contributions and repairs, from all meters together.
    pub up: u64,
    /// Open and Closes, each once: what a broadcast sends.
    pub broadcast: u64,
    /// Open and Closes to each meter that the Open names present and that still listens.
    pub down: u64,
}

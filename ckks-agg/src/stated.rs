//! How wrong decrypted values can be, which a ciphertext says of itself.

use crate::bound::Bound;
use crate::ciphertext::Ciphertext;
use crate::decrypt::{error, flooded};
use crate::flood::Flood;

impl Ciphertext {
    /// By how much a value that is decrypted from it can be wrong, if its makers followed the rules: but with a probability
    /// of 2⁻¹²⁸.
    pub fn error(&self) -> f64 {
        self.stated(&Bound::ZERO)
    }

    /// The same with a flood over it.
    pub fn flooded_error(&self, flood: &Flood) -> f64 {
        let least = Bound::fresh_seeded(self.preset()).noise;
        self.stated(&flooded(self.preset(), flood.sigma(self.bound().noise.max(least))))
    }

    fn stated(&self, flood: &Bound) -> f64 {
        error(self.packing(), &self.bound(), flood) / self.scale().to_f64(self.preset())
    }
}

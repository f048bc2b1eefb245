//! The peer of the family: threshold-elgamal, whose meters trust nobody but three of four trustees.

use std::hint::black_box;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use threshold_elgamal::equality::{Encoded, Equality, Statement};
use threshold_elgamal::{CheckedShare, Ciphertext, DlogTable, KeySet, SecretShare, combine, deal};

use super::world::{World, rng};

const DOMAIN: &[&[u8]] = &[b"benchmark"];

/// An epoch with all its trustees' shares.
pub(super) struct Elgamal {
    pub(super) world: World,
    shares: Vec<SecretShare>,
    table: DlogTable,
}

impl Elgamal {
    pub(super) fn new(meters: u32) -> Self {
        let world = World::new(meters, true);
        let (_, shares) = deal(world.params.threshold(), &mut rng()).expect("the same keys");
        Elgamal { world, shares, table: DlogTable::build(17).expect("a table") }
    }

    /// Every meter's frame, proof and signature included.
    pub(super) fn contributions(&self, reading: impl Fn(usize) -> i64) -> Vec<Vec<u8>> {
        let mut rng = rng();
        let meters = 0..self.world.cohort.meters.len();
        meters.map(|n| self.world.frame(&self.world.meter(n), reading(n), &mut rng)).collect()
    }

    /// The sum of what was checked.
    pub(super) fn sum(frames: &[&[u8]]) -> Ciphertext {
        let ciphertexts: Vec<[u8; Ciphertext::LEN]> =
            frames.iter().map(|frame| *frame[16..].first_chunk().expect("a ciphertext")).collect();
        Ciphertext::sum_encoded(black_box(&ciphertexts)).expect("points")
    }

    /// Three shares with their proofs, checked, put together; the logarithm.
    pub(super) fn open(&self, sum: &Ciphertext, most: i64) -> i64 {
        let keys: &KeySet = &self.world.keys;
        let input = [Encoded::from(*sum.r())];
        let checked: Vec<CheckedShare> = self.shares[..3]
            .iter()
            .map(|share| {
                let public = Encoded::from_bytes(&share.public()).expect("a key");
                let output: RistrettoPoint = share.decryption_share(sum.r());
                let output = [Encoded::from(output)];
                let statement =
                    Statement { domain: DOMAIN, public: &public, inputs: &input, outputs: &output };
                let secret = Scalar::from_canonical_bytes(*share.to_bytes()).expect("a scalar");
                let nonce = Scalar::from(0x1234_5678_9abc_def0u64); // a benchmark's
                let proof = Equality::prove(&statement, &secret, &nonce).expect("a statement");
                let number = share.number();
                CheckedShare::verify(keys, number, DOMAIN, &input, &output, &proof).expect("a proof")[0]
            })
            .collect();
        let point = combine(keys, sum, &checked).expect("a quorum");
        self.table.solve(&point, -most..=most).expect("a sum")
    }
}

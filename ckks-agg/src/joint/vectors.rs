//! Section `joint` of the vectors: shares of keys, and of decryptions with a flood that the file gives.

use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::{Context, PairKey, Round};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::opening::Query;
use super::part::Part;
use super::secret::JointSecret;
use super::{combined, common_seed, polynomial_digest, shamir};
use crate::bound::Bound;
use crate::decrypt::Decrypted;
use crate::encode::Encoder;
use crate::keys::{Origin, PublicKey};
use crate::ring::Ring;
use crate::sample::{self, label};
use crate::vectors::{list, number, preset, read, rings};
use crate::wire;

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn assert_bytes(made: &[u8], expected: &Value) {
    assert_eq!(made.len() as u64, expected["length"].as_u64().unwrap());
    assert_eq!(hex::encode(Sha256::digest(made)), expected["sha256"].as_str().unwrap());
}

fn packed(ring: &Ring, residues: &[u64]) -> Vec<u8> {
    let preset = ring.preset();
    let mut out = vec![0; wire::packed_len(preset, preset.top_level())];
    wire::pack(preset, residues, &mut out);
    out
}

fn sum(ring: &Ring, polynomials: &[impl AsRef<[u64]>]) -> Vec<u64> {
    let mut sum = vec![0; ring.primes().len() * ring.preset().degree()];
    for polynomial in polynomials {
        shamir::add(ring, &mut sum, polynomial.as_ref());
    }
    sum
}

struct Scene<'a> {
    row: &'a Value,
    ring: Arc<Ring>,
    parts: Vec<Part>,
    threshold: u8,
}

impl Scene<'_> {
    fn parties(&self) -> u8 {
        self.parts.len().try_into().unwrap()
    }

    fn public_key(&self) -> PublicKey {
        let Scene { row, ring, parts, .. } = self;
        let common = common_seed(&Context(bytes(&row["context"])));
        assert_eq!(common, bytes(&row["crs"]));
        let shares: Vec<Vec<u64>> = parts
            .iter()
            .zip(list(&row["public_shares"]))
            .map(|(part, expected)| {
                let made = part.public(&common);
                assert_bytes(&made, expected);
                let mut residues = vec![0; ring.primes().len() * ring.preset().degree()];
                wire::unpack(ring.preset(), &made, &mut residues).unwrap();
                residues
            })
            .collect();
        let key = PublicKey::new(ring, Origin::Joint(self.parties().into()), common, sum(ring, &shares));
        assert_bytes(&key.to_bytes(), &row["public_key"]);
        assert_eq!(key.id().0, bytes(&row["key_id"]));
        key
    }

    /// What party `x` has of the secret.
    fn share(&self, x: u8) -> Zeroizing<Vec<u64>> {
        let Scene { row, ring, parts, threshold } = self;
        if *threshold == self.parties() {
            let own = &parts[usize::from(x) - 1].secret;
            return Zeroizing::new(
                (0..ring.primes().len()).flat_map(|place| own.at(place).to_vec()).collect(),
            );
        }
        let shares: Vec<_> = parts.iter().map(|part| shamir::share(part, *threshold, x).to_vec()).collect();
        assert_bytes(&packed(ring, &shares[0]), &row["first_partys_shares"][usize::from(x) - 1]);
        let share = sum(ring, &shares);
        assert_bytes(&packed(ring, &share), &row["key_shares"][usize::from(x) - 1]);
        Zeroizing::new(share)
    }

    fn secret(&self, key: &PublicKey, expected: &Value) -> JointSecret {
        let x: u8 = number(&expected["party"]);
        let mut fellows: Vec<Option<PairKey>> = (0..self.parties()).map(|_| None).collect();
        for pair in list(&expected["pair_keys"]) {
            fellows[number::<usize>(&pair[0]) - 1] = Some(PairKey::from_bytes(&bytes(&pair[1])));
        }
        JointSecret {
            id: key.id(),
            common: *key.seed(),
            number: x,
            threshold: self.threshold,
            part: Part::new(&self.ring, &bytes(&self.row["seeds"][usize::from(x) - 1])),
            share: self.share(x),
            fellows,
        }
    }
}

/// Words of 8 bytes, their low bits, less half of what those can be.
fn given_flood(seed: &[u8; 32], bits: u32, degree: usize) -> Vec<i128> {
    let mut blocks = vec![[0; 64]; degree / 8];
    meter_link::pad::Keystream::new(seed, label::FLOOD, 0).fill(&mut blocks);
    let words = blocks.as_flattened().as_chunks::<8>().0;
    words.iter().map(|word| i128::from(u64::from_le_bytes(*word) % (1 << bits)) - (1 << (bits - 1))).collect()
}

/// The share with the file's flood instead of the Gaussian that it was made with.
fn with_flood(ring: &Ring, residues: &[u64], drawn: &[i128], given: &[i128]) -> Vec<u64> {
    let degree = ring.preset().degree();
    let mut out = residues.to_vec();
    for (prime, out) in ring.primes().iter().zip(out.chunks_exact_mut(degree)) {
        let mut noise = vec![0; degree];
        prime.reduce_i128(&mut noise, drawn);
        prime.sub(out, &noise);
        prime.reduce_i128(&mut noise, given);
        prime.add(out, &noise);
    }
    out
}

fn assert_coefficients(made: &Decrypted, expected: &Value) {
    let made = made.coefficients();
    for (value, expected) in made.iter().zip(list(&expected["first"])) {
        assert_eq!(value.to_string(), expected.as_str().unwrap());
    }
    let all: Vec<u8> = made.iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(hex::encode(Sha256::digest(all)), expected["sha256"].as_str().unwrap());
}

#[test]
fn joint_keys_and_decryption_shares() {
    let rows = read("joint-v1.json");
    for (row, ring) in list(&rows).iter().flat_map(|row| rings(preset(row)).map(move |ring| (row, ring))) {
        let parts = list(&row["seeds"]).iter().map(|seed| Part::new(&ring, &bytes(seed))).collect();
        let scene = Scene { row, ring: ring.clone(), parts, threshold: number(&row["threshold"]) };
        let key = scene.public_key();
        if scene.threshold < scene.parties() {
            (1..=scene.parties()).for_each(|x| drop(scene.share(x)));
        }

        let degree = ring.preset().degree();
        let values: Vec<i64> = list(&row["repeated"]).iter().map(|v| v.as_i64().unwrap()).collect();
        let values: Vec<i64> = values.into_iter().cycle().take(degree).collect();
        let plaintext = Encoder::new(&ring).integers(&values, number(&row["log_scale"]), 1 << 17).unwrap();
        let ciphertext = key.encrypt_with(&plaintext, &bytes(&row["noise_key"])).unwrap();
        assert_bytes(&ciphertext.to_bytes(), &row["ciphertext"]["bytes"]);
        let digest = polynomial_digest(&ciphertext);
        assert_eq!(digest, bytes(&row["polynomial_digest"]));

        let active: Vec<u8> = list(&row["active"]).iter().map(number).collect();
        let quorum = Quorum::new(&active).unwrap();
        let context = Context(bytes(&row["context"]));
        let round = Round::new(number(&row["round"])).unwrap();
        let query = Query { context: &context, round, digest: &digest, quorum: &quorum };
        let shares: Vec<Vec<u64>> = list(&row["decryption_shares"])
            .iter()
            .map(|expected| {
                let secret = scene.secret(&key, expected);
                // Through its stored form.
                let secret = JointSecret::from_bytes(&ring, &secret.to_bytes()).unwrap();
                let (sigma, flood_key) = (1e6, [secret.number(); 32]);
                let made = secret.residues(&query, &ciphertext, degree, sigma, &flood_key).unwrap();
                let mut drawn = vec![0; degree];
                sample::gaussian(&flood_key, label::FLOOD, 0, sigma, &mut drawn);
                assert!(drawn.iter().any(|flood| flood.abs() > 1_000_000));
                let given = given_flood(&bytes(&expected["flood_seed"]), number(&row["flood_bits"]), degree);
                let made = with_flood(&ring, &made, &drawn, &given);
                assert_bytes(&packed(&ring, &made), &expected["share"]);
                made
            })
            .collect();
        let each = shares.iter().map(Vec::as_slice);
        let made = combined(&ring, &ciphertext, degree, each, Bound::ZERO).unwrap();
        assert_coefficients(&made, &row["combined"]);
    }
}

//! What a device of ckks encrypts, and the ciphertexts that the toolbox of the head end makes of the same.

use std::sync::Arc;

use chacha20::ChaCha20Rng;
use ckks_agg::{Encoder, Preset, PublicKey, Ring, SecretKey, Use};
use rand_core::{Rng, SeedableRng};

use crate::c;
use crate::elgamal::Derived;

const SCALE_BITS: u32 = 24;
const MOST: u64 = 100_000;

pub(crate) fn scene() -> String {
    let mut rng = ChaCha20Rng::seed_from_u64(10);
    let mut drawn = || {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        bytes
    };
    let ring = Ring::new(Preset::Small);
    let (seed, public_seed, device, entropy) = (drawn(), drawn(), drawn(), drawn());
    let secret = SecretKey::from_seed(&ring, &mut seed.clone(), public_seed);
    let key = secret.public_key().to_bytes();
    let values: Vec<i64> = (0..Preset::Small.degree())
        .map(|_| i64::from(rng.next_u32() % 200_001) - i64::try_from(MOST).unwrap())
        .collect();
    let of = Use { meter: 7, round: 20_000, counter: 3 };
    let mut text = c::bytes("scene_ckks_key", &key)
        + &c::bytes("scene_ckks_id", &secret.id().0)
        + &c::bytes("scene_ckks_seed", &seed)
        + &c::bytes("scene_ckks_device", &device)
        + &c::bytes("scene_ckks_entropy", &entropy)
        + &c::array("int64_t", "scene_ckks_values", values.iter().map(i64::to_string))
        + &c::number("uint32_t", "scene_ckks_scale_bits", SCALE_BITS)
        + &c::number("uint64_t", "scene_ckks_most", MOST)
        + &c::structure(
            "wattsum_ckks_use",
            "scene_ckks_use",
            &format!("{{.round = {}, .meter = {}, .counter = {}}}", of.round, of.meter, of.counter),
        );
    for count in [values.len(), 96] {
        let [pair, seeded] = ciphertexts(&ring, &secret, &values[..count], &device, of, &entropy);
        text += &c::bytes(&format!("scene_ckks_pair_{count}"), &pair);
        text += &c::bytes(&format!("scene_ckks_seeded_{count}"), &seeded);
    }
    text
}

fn ciphertexts(
    ring: &Arc<Ring>,
    secret: &SecretKey,
    values: &[i64],
    device: &[u8; 32],
    of: Use,
    entropy: &[u8; 32],
) -> [Vec<u8>; 2] {
    let plaintext = Encoder::new(ring).integers(values, SCALE_BITS, MOST).unwrap();
    let key = PublicKey::from_bytes(ring, &secret.public_key().to_bytes()).unwrap();
    let rng = || Derived::new("ckks encryption", entropy);
    let pair = key.encrypt_hedged(&plaintext, device, of, &mut rng()).unwrap();
    let seeded = secret.encrypt(&plaintext, of, &mut rng()).unwrap();
    [pair.to_bytes(), seeded.to_bytes()]
}

//! What inputs change: good bytes for every parser.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use ckks_agg::joint::Ledger;
use ckks_agg::{Encoder, Evaluator, Flood, Preset, Scale, SecretKey, SwitchingKeys};
use meter_link::answer::Quorum;

use super::super::bytes::rites::{in_clear, opened_in_clear};
use super::super::bytes::{PARSERS, USE};
use super::super::world::{held, ring, rng, world};
use super::story::{QUORUM, story, story_of};

/// A key of each preset, and keys to switch with where it has such.
pub fn keys(preset: Preset) -> &'static (SecretKey, Option<Arc<SwitchingKeys>>) {
    type Keys = OnceLock<(SecretKey, Option<Arc<SwitchingKeys>>)>;
    static KEYS: [Keys; 5] = [const { OnceLock::new() }; 5];
    KEYS[preset as usize - 1].get_or_init(|| {
        let key = SecretKey::generate(ring(preset), &mut rng(10));
        let switching = key
            .relinearisation_key(&mut rng(11))
            .ok()
            .map(|keys| Arc::new(keys.join(key.rotation_keys(&[1], &mut rng(12)).unwrap()).unwrap()));
        (key, switching)
    })
}

/// Of the parser with this name.
pub fn samples(name: &str) -> &'static [Vec<u8>] {
    static SAMPLES: OnceLock<BTreeMap<&'static str, Vec<Vec<u8>>>> = OnceLock::new();
    &SAMPLES.get_or_init(|| PARSERS.iter().map(|(name, _)| (*name, make(name))).collect())[name]
}

fn make(name: &str) -> Vec<Vec<u8>> {
    let (trustees, holder) = (world(), held());
    let (told, opened) = (story(), story_of(holder));
    let both = [(trustees, told), (holder, opened)];
    match name {
        "ciphertext" => ciphertexts(),
        "public key" => vec![
            keys(Preset::Small).0.public_key().to_bytes(),
            holder.key.to_bytes(),
            trustees.key.to_bytes(),
            joint_small(),
        ],
        "secret key" => Preset::ALL.iter().map(|preset| keys(*preset).0.to_bytes().to_vec()).collect(),
        "switching keys" => {
            vec![keys(Preset::Sum).1.as_ref().unwrap().to_bytes()]
        }
        "share" => {
            let ciphertext = ckks_agg::Ciphertext::from_bytes(&trustees.ring, &ciphertexts()[0]).unwrap();
            let quorum = Quorum::new(&QUORUM).unwrap();
            let share = |number: &u8| {
                let (secret, ledger, rng) = (trustees.secret(*number), &mut Ledger::new(), &mut rng(13));
                let share = secret.decryption_share(&ciphertext, &quorum, &Flood::DEFAULT, ledger, rng);
                share.unwrap().stored().to_bytes()
            };
            QUORUM.iter().map(share).collect()
        }
        "joint secret" => vec![trustees.secrets[0].clone()],
        "values" => values(),
        "trustee" => vec![trustees.fresh.1[0].clone(), trustees.answerers[0].clone(), told.after.clone()],
        "holder" => vec![holder.fresh.1[0].clone(), holder.answerers[0].clone(), opened.after.clone()],
        "utility" => {
            let states = |(world, story): (&super::super::world::World, &super::Story)| {
                (world.fresh.0.clone(), story.utility.clone())
            };
            let [(a, b), (c, d)] = both.map(states);
            vec![a, c, b, d]
        }
        "reopen" => both.map(|(_, story)| story.collecting.clone()).into(),
        "record" => {
            let mut all: Vec<Vec<u8>> = both.iter().flat_map(|(_, story)| story.records.clone()).collect();
            all.push(trustees.rite.clone());
            all.push(told.progress.clone());
            all.push(told.records.last().unwrap()[told.records[0].len()..].to_vec());
            all
        }
        "contribution" => both.map(|(_, story)| story.frames[1].clone()).into(),
        "commitment" => both.map(|(world, _)| world.commitments[2].clone()).into(),
        "list" => both.map(|(world, _)| world.list.clone()).into(),
        "statement" => {
            let [(a, b), (c, d)] =
                both.map(|(world, _)| (world.statements.concat(), world.key_statements.concat()));
            vec![a, c, b, d]
        }
        "order" => {
            let [(a, b), (c, d)] = both.map(|(_, story)| (story.open.clone(), story.close.clone()));
            vec![a, c, b, d]
        }
        "told" => vec![told.shares[0].clone(), told.statements[0].clone()],
        "opened" => vec![opened_in_clear(holder, &opened.shares[0])],
        "key commitment" => trustees.rites[0][..2].to_vec(),
        "key part" => vec![trustees.rites[1][1].clone()],
        _ => vec![in_clear(trustees, &trustees.rites[2][0])],
    }
}

/// A sum of trustees', and some of everything.
fn ciphertexts() -> Vec<Vec<u8>> {
    let plain = Encoder::new(&world().ring).integers(&[5, -6, 7], 78, 100).unwrap();
    let mut all = vec![world().key.encrypt(&plain, USE, &mut rng(20)).unwrap().to_bytes()];
    for preset in Preset::ALL {
        let ((key, switching), encoder) = (keys(preset), Encoder::new(ring(preset)));
        let scale = Scale::power_of_two(if preset == Preset::Small { 20 } else { 30 });
        let plain = encoder.reals(&[1.5, -2.25, 3.0], scale, 4.0).unwrap();
        let seeded = key.encrypt(&plain, USE, &mut rng(21)).unwrap();
        let mut evaluator = Evaluator::new(key.public_key());
        if let Some(switching) = switching {
            evaluator = evaluator.with_keys(Arc::clone(switching)).unwrap();
        }
        if matches!(preset, Preset::Variance | Preset::Depth2) {
            let mut square = seeded;
            evaluator.square_wide(&mut square).unwrap();
            all.push(square.to_bytes());
        } else {
            all.push(seeded.to_bytes());
        }
    }
    let plain = Encoder::new(ring(Preset::Small)).integers(&[1, -2, 3], 20, 4).unwrap();
    all.push(keys(Preset::Small).0.public_key().encrypt(&plain, USE, &mut rng(22)).unwrap().to_bytes());
    let plain =
        Encoder::new(ring(Preset::Sum)).pairs(&[1.0, -2.5, 3.0], Scale::power_of_two(30), 4.0).unwrap();
    all.push(keys(Preset::Sum).0.encrypt(&plain, USE, &mut rng(23)).unwrap().to_bytes());
    all
}

/// A key of three parties for small meters.
fn joint_small() -> Vec<u8> {
    let single = keys(Preset::Small).0.public_key().to_bytes();
    [&[2, single[1], 3, 0], &single[2..]].concat()
}

/// `packing u8 ‖ scale's log₂ u8 ‖ bound u64 ‖ values u64 …`.
fn values() -> Vec<Vec<u8>> {
    let put = |packing: u8, bits: u8, most: u64, values: &[u64]| {
        let mut bytes = vec![packing, bits];
        bytes.extend(most.to_le_bytes());
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        bytes
    };
    let reals = [1.5f64, -2.25, 0.1, 1e-9].map(f64::to_bits);
    let integers = [7i64, -9, 0, 10].map(i64::cast_unsigned);
    let four = 4f64.to_bits();
    vec![put(0, 20, 10, &integers), put(1, 24, four, &reals), put(2, 20, four, &reals)]
}

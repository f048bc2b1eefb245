//! What each operation takes on this machine: `cargo run --release -p ckks-agg --example costs [SECONDS]`.
//!
//! The shortest of many runs, in microseconds, with 4096 readings in the slots of N = 8192 and three primes.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use ckks_agg::{
    Ciphertext, Encoder, Error, Evaluator, Flood, Path, Preset, Ring, Scale, SecretKey, Total, Use, Workspace,
};

fn main() -> Result<(), Error> {
    let seconds = std::env::args().nth(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(0.3);
    let least = Duration::from_secs_f64(seconds);
    for path in Path::ALL.into_iter().filter(|path| path.available()) {
        println!("\nkernels: {path:?}\n");
        slots(path, least)?;
        integers(path, least)?;
    }
    Ok(())
}

/// Prints the shortest time that `work` takes, on what `fresh` makes for it.
fn time<T>(name: &str, least: Duration, mut fresh: impl FnMut() -> T, mut work: impl FnMut(&mut T)) {
    let (mut best, start, mut runs) = (Duration::MAX, Instant::now(), 0);
    while start.elapsed() < least || runs < 5 {
        let mut input = fresh();
        let before = Instant::now();
        work(&mut input);
        best = best.min(before.elapsed());
        black_box(&input);
        runs += 1;
    }
    println!("{name:48} {:9.1}", best.as_secs_f64() * 1e6);
}

fn slots(path: Path, least: Duration) -> Result<(), Error> {
    let rng = &mut ChaCha20Rng::from_seed([7; 32]);
    let ring = Ring::on(Preset::Depth2, path);
    let (encoder, secret) = (Encoder::new(&ring), SecretKey::generate(&ring, rng));
    let scale = Scale::power_of_two(45);
    let values: Vec<f64> = (0..4096).map(|i| f64::from(i) / 4096.0).collect();
    let mut counter = 0;
    let mut of = || {
        counter += 1;
        Use { meter: 1, round: 1, counter }
    };
    let nothing = || ();
    time("encode", least, nothing, |()| drop(black_box(encoder.reals(&values, scale, 1.0))));
    let plaintext = encoder.reals(&values, scale, 1.0)?;
    let (mut workspace, mut out) = (Workspace::new(&ring), Ciphertext::empty(Preset::Depth2));
    time("encode, encrypt with the secret key, seeded", least, nothing, |()| {
        let plaintext = encoder.reals(&values, scale, 1.0).unwrap();
        secret.encrypt_into(&plaintext, of(), &mut workspace, &mut out, rng).unwrap();
    });
    let seeded = out.clone();
    let public = secret.public_key();
    time("encode, encrypt with the public key", least, nothing, |()| {
        let plaintext = encoder.reals(&values, scale, 1.0).unwrap();
        public.encrypt_into(&plaintext, &[9; 32], of(), &mut workspace, &mut out, rng).unwrap();
    });
    let pair = out.clone();
    time("encrypt with the public key", least, nothing, |()| {
        public.encrypt_into(&plaintext, &[9; 32], of(), &mut workspace, &mut out, rng).unwrap();
    });
    for (name, ciphertext) in [("seeded", &seeded), ("pair", &pair)] {
        let mut bytes = vec![0; ciphertext.bytes_len()];
        time(&format!("to bytes, {name}: {}", bytes.len()), least, nothing, |()| {
            ciphertext.write_to(&mut bytes).unwrap();
        });
        time(&format!("from bytes, {name}"), least, nothing, |()| {
            black_box(Ciphertext::from_bytes(&ring, &bytes).unwrap());
        });
        let many: Vec<Ciphertext> = (0..100).map(|_| ciphertext.clone()).collect();
        time(
            &format!("sum of 100, {name}, one by one"),
            least,
            || Total::new(&ring),
            |total| many.iter().for_each(|one| total.accept(one).unwrap()),
        );
        let list: Vec<&Ciphertext> = many.iter().collect();
        time(
            &format!("sum of 100, {name}"),
            least,
            || Total::new(&ring),
            |total| total.accept_all(&list).unwrap(),
        );
    }
    let keys = secret.relinearisation_key(rng)?.join(secret.slot_sum_keys(4096, rng)?)?;
    let mut evaluator = Evaluator::new(public).with_keys(Arc::new(keys))?;
    time("add", least, || pair.clone(), |acc| evaluator.add(acc, &pair).unwrap());
    time("times plain", least, || pair.clone(), |acc| evaluator.times_plain(acc, &plaintext).unwrap());
    time("times scalar", least, || pair.clone(), |acc| evaluator.times_scalar(acc, 0.3).unwrap());
    time("square", least, || pair.clone(), |acc| evaluator.square_wide(acc).unwrap());
    time(
        "square, relinearise, rescale",
        least,
        || pair.clone(),
        |acc| {
            evaluator.square(acc).unwrap();
            evaluator.rescale(acc).unwrap();
        },
    );
    time("rotate", least, || pair.clone(), |acc| evaluator.rotate(acc, 4).unwrap());
    time("sum of 4096 slots", least, || pair.clone(), |acc| evaluator.slot_sum(acc, 4096).unwrap());
    let small = encoder.reals(&values, Scale::power_of_two(36), 1.0)?;
    let mut dropped = public.encrypt(&small, of(), rng)?;
    evaluator.drop_to(&mut dropped, 0)?;
    time(
        "sum of 4096 slots at the last prime",
        least,
        || dropped.clone(),
        |acc| {
            evaluator.slot_sum(acc, 4096).unwrap();
        },
    );
    let mut values = vec![0.0; 4096];
    time("decrypt, decode", least, nothing, |()| {
        encoder.decode_into(&secret.decrypt_private(&pair).unwrap(), &mut values).unwrap();
    });
    let flood = Flood::new(20, 100)?;
    time("decrypt flooded, decode", least, nothing, |()| {
        encoder.decode_into(&secret.decrypt_shared(&pair, &flood, rng).unwrap(), &mut values).unwrap();
    });
    Ok(())
}

fn integers(path: Path, least: Duration) -> Result<(), Error> {
    let rng = &mut ChaCha20Rng::from_seed([7; 32]);
    let ring = Ring::on(Preset::Sum, path);
    let (encoder, secret) = (Encoder::new(&ring), SecretKey::generate(&ring, rng));
    let values: Vec<i64> = (0..4096).collect();
    let (mut workspace, mut out) = (Workspace::new(&ring), Ciphertext::empty(Preset::Sum));
    let mut counter = 0;
    time(
        "integers, preset sum: encode, encrypt, seeded",
        least,
        || (),
        |()| {
            counter += 1;
            let of = Use { meter: 1, round: 1, counter };
            let plaintext = encoder.integers(&values, 30, 4096).unwrap();
            secret.encrypt_into(&plaintext, of, &mut workspace, &mut out, rng).unwrap();
        },
    );
    time(
        "integers, preset sum: decrypt exactly",
        least,
        || (),
        |()| {
            black_box(secret.decrypt_exact(&out, rng).unwrap());
        },
    );
    Ok(())
}

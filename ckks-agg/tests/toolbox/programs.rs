//! Random programs: whatever operations follow one another, values are within the bound that was tracked.

use std::sync::{Mutex, OnceLock};

use ckks_agg::{Ciphertext, Error, Evaluator, Misuse, Preset};
use proptest::prelude::*;

use crate::setup::{Setup, values};

#[derive(Clone, Debug)]
enum Step {
    Add(usize),
    Sub(usize),
    Negate,
    TimesInteger(i64),
    TimesScalar(f64),
    TimesPlain(usize),
    AddPlain(usize),
    Square,
    Multiply(usize),
    Rescale,
    DropTo(u8),
    Rotate(i32),
    SlotSum(u32),
    Mean(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0usize..3).prop_map(Step::Add),
        (0usize..3).prop_map(Step::Sub),
        Just(Step::Negate),
        (-20i64..20).prop_map(Step::TimesInteger),
        (-3.0f64..3.0).prop_map(Step::TimesScalar),
        (0usize..3).prop_map(Step::TimesPlain),
        (0usize..3).prop_map(Step::AddPlain),
        Just(Step::Square),
        (0usize..3).prop_map(Step::Multiply),
        Just(Step::Rescale),
        (0u8..3).prop_map(Step::DropTo),
        prop_oneof![Just(1i32), Just(4), Just(0)].prop_map(Step::Rotate),
        (1u32..8).prop_map(Step::SlotSum),
        (1u32..50).prop_map(Step::Mean),
    ]
}

struct World {
    s: Setup,
    e: Mutex<Evaluator>,
    inputs: Vec<(Vec<f64>, Ciphertext)>,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let mut s = Setup::new(Preset::Depth2, 60);
        let e = s.evaluator_with(&[1, 2, 4]);
        let inputs = (0..3).map(|seed| values(4096, seed)).map(|x| (x.clone(), s.reals(&x))).collect();
        World { s, e: Mutex::new(e), inputs }
    })
}

/// The step on a ciphertext and on what is in it.
fn apply(w: &World, e: &mut Evaluator, step: &Step, c: &mut Ciphertext, x: &mut [f64]) -> Result<(), Error> {
    let slots = x.len();
    let input = |i: &usize| &w.inputs[*i];
    let encode = |i: &usize, scale| w.s.encoder.reals(&input(i).0, scale, 1.0).unwrap();
    match step {
        Step::Add(i) => {
            e.add(c, &input(i).1)?;
            x.iter_mut().zip(&input(i).0).for_each(|(x, y)| *x += y);
        }
        Step::Sub(i) => {
            e.sub(c, &input(i).1)?;
            x.iter_mut().zip(&input(i).0).for_each(|(x, y)| *x -= y);
        }
        Step::Negate => {
            e.negate(c)?;
            x.iter_mut().for_each(|x| *x = -*x);
        }
        Step::TimesInteger(k) => {
            e.times_integer(c, *k)?;
            x.iter_mut().for_each(|x| *x *= *k as f64);
        }
        Step::TimesScalar(k) => {
            e.times_scalar(c, *k)?;
            x.iter_mut().for_each(|x| *x *= k);
        }
        Step::TimesPlain(i) => {
            e.times_plain(c, &encode(i, w.s.scale()))?;
            x.iter_mut().zip(&input(i).0).for_each(|(x, y)| *x *= y);
        }
        Step::AddPlain(i) => {
            let plaintext = w.s.encoder.reals(&input(i).0, c.scale(), 1.0);
            let Ok(plaintext) = plaintext else { return Ok(()) };
            e.add_plain(c, &plaintext)?;
            x.iter_mut().zip(&input(i).0).for_each(|(x, y)| *x += y);
        }
        Step::Square => {
            e.square(c)?;
            x.iter_mut().for_each(|x| *x *= *x);
        }
        Step::Multiply(i) => {
            e.multiply(c, &input(i).1)?;
            x.iter_mut().zip(&input(i).0).for_each(|(x, y)| *x *= y);
        }
        Step::Rescale => e.rescale(c)?,
        Step::DropTo(level) => e.drop_to(c, *level)?,
        Step::Rotate(steps) => {
            e.rotate(c, *steps)?;
            x.rotate_left(*steps as usize);
        }
        Step::SlotSum(count) => {
            e.slot_sum(c, *count)?;
            let old = x.to_vec();
            x.iter_mut()
                .enumerate()
                .for_each(|(i, x)| *x = (0..*count as usize).map(|k| old[(i + k) % slots]).sum());
        }
        Step::Mean(count) => {
            e.mean(c, *count)?;
            x.iter_mut().for_each(|x| *x /= f64::from(*count));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn values_are_within_their_bound(steps in proptest::collection::vec(step(), 1..12)) {
        let w = world();
        let e = &mut *w.e.lock().unwrap();
        let (mut x, mut c) = w.inputs[0].clone();
        for step in steps {
            let (before, length) = (c.clone(), c.to_bytes().len());
            match apply(w, e, &step, &mut c, &mut x) {
                Ok(()) => prop_assert!(c.to_bytes().len() <= 2 * length),
                Err(Error::Misuse(
                    Misuse::LevelMismatch { .. } | Misuse::ScaleMismatch { .. } | Misuse::DepthExhausted { .. }
                    | Misuse::MessageBeyondModulus { .. } | Misuse::BadScale { .. },
                )) => prop_assert_eq!(&c, &before),
                Err(error) => prop_assert!(false, "{error}"),
            }
        }
        if let Err(error) = w.s.secret.decrypt_private(&c) {
            let wide = matches!(error, Error::Misuse(Misuse::MessageBeyondModulus { most: 126, .. }));
            prop_assert!(wide, "{error}");
            e.rescale(&mut c).unwrap();
        }
        let decrypted = w.s.secret.decrypt_private(&c).unwrap();
        let got = w.s.encoder.decode(&decrypted).unwrap();
        let largest = x.iter().fold(1.0f64, |most, x| most.max(x.abs()));
        let worst = got.iter().zip(&x).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // Beside the bound: that doubles have 53 bits, here and in decoding.
        prop_assert!(worst <= decrypted.error() + largest * 1e-10, "{worst:e} {:e} {largest:e}", decrypted.error());
    }
}

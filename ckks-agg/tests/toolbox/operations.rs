//! One operation at a time.

use ckks_agg::{Form, Preset, Scale, Total};

use crate::setup::{Setup, values};

/// Presets with a prime to switch keys with and room for a product.
const DEEP: [Preset; 2] = [Preset::Variance, Preset::Depth2];

#[test]
fn what_is_encrypted_comes_out() {
    for preset in Preset::ALL {
        let mut s = Setup::new(preset, 1);
        let x = values(preset.slots(), 1);
        let c = s.reals(&x);
        let worst = s.assert_close(&c, |i| x[i]);
        // The bound says something.
        assert!(worst > 0.0 && s.secret.decrypt_private(&c).unwrap().error() < 0.05, "{preset:?}");
        let pairs = values(preset.degree(), 2);
        let plaintext = s.encoder.pairs(&pairs, s.scale(), 1.0).unwrap();
        let of = s.of();
        let c = s.secret.encrypt(&plaintext, of, &mut s.rng).unwrap();
        assert_eq!(c.form(), Form::Seeded);
        s.assert_close(&c, |i| pairs[i]);
    }
}

#[test]
fn linear_operations() {
    for preset in Preset::ALL {
        let mut s = Setup::new(preset, 2);
        let (x, y) = (values(preset.slots(), 1), values(preset.slots(), 2));
        let (a, b) = (s.reals(&x), s.reals(&y));
        let mut e = s.evaluator();
        let mut sum = a.clone();
        e.add(&mut sum, &b).unwrap();
        s.assert_close(&sum, |i| x[i] + y[i]);
        let mut difference = a.clone();
        e.sub(&mut difference, &b).unwrap();
        s.assert_close(&difference, |i| x[i] - y[i]);
        e.negate(&mut difference).unwrap();
        s.assert_close(&difference, |i| y[i] - x[i]);
        e.times_integer(&mut difference, -7).unwrap();
        s.assert_close(&difference, |i| -7.0 * (y[i] - x[i]));
        let plaintext = s.encoder.reals(&x, s.scale(), 1.0).unwrap();
        e.add_plain(&mut sum, &plaintext).unwrap();
        s.assert_close(&sum, |i| 2.0 * x[i] + y[i]);
        e.mean(&mut sum, 12).unwrap();
        s.assert_close(&sum, |i| (2.0 * x[i] + y[i]) / 12.0);
        assert_eq!(sum.scale(), a.scale().times(Scale::count(12).unwrap()).unwrap());
    }
}

/// Seeded ciphertexts take part in every operation, and what they are with their second polynomial spelt out is the same.
#[test]
fn seeded_ones_are_as_others() {
    let mut s = Setup::new(Preset::Depth2, 3);
    let x = values(4096, 1);
    let plaintext = s.encoder.reals(&x, s.scale(), 1.0).unwrap();
    let of = s.of();
    let seeded = s.secret.encrypt(&plaintext, of, &mut s.rng).unwrap();
    let pair = s.reals(&x);
    let mut e = s.evaluator_with(&[1]);
    for (acc, other) in [(&seeded, &pair), (&pair, &seeded), (&seeded, &seeded)] {
        let mut sum = acc.clone();
        e.add(&mut sum, other).unwrap();
        s.assert_close(&sum, |i| 2.0 * x[i]);
        let mut difference = acc.clone();
        e.sub(&mut difference, other).unwrap();
        s.assert_close(&difference, |_| 0.0);
        let mut product = acc.clone();
        e.multiply(&mut product, other).unwrap();
        s.assert_close(&product, |i| x[i] * x[i]);
    }
    let mut turned = seeded.clone();
    e.rotate(&mut turned, 1).unwrap();
    s.assert_close(&turned, |i| x[(i + 1) % 4096]);
    let mut dropped = seeded.clone();
    e.drop_to(&mut dropped, 0).unwrap();
    assert!(dropped.is_seeded() && dropped.level() == 0);
    s.assert_close(&dropped, |i| x[i]);
    e.negate(&mut dropped).unwrap();
    s.assert_close(&dropped, |i| -x[i]);
}

#[test]
fn products() {
    for preset in DEEP {
        let mut s = Setup::new(preset, 4);
        let (x, y) = (values(preset.slots(), 1), values(preset.slots(), 2));
        let (a, b) = (s.reals(&x), s.reals(&y));
        let mut e = s.evaluator_with(&[]);
        let mut square = a.clone();
        e.square(&mut square).unwrap();
        s.assert_close(&square, |i| x[i] * x[i]);
        e.rescale(&mut square).unwrap();
        s.assert_close(&square, |i| x[i] * x[i]);
        let expected = a.scale().times(a.scale()).unwrap().over(Scale::prime(preset.top_level())).unwrap();
        assert_eq!((square.scale(), square.level()), (expected, preset.top_level() - 1));
        let mut product = a.clone();
        e.multiply(&mut product, &b).unwrap();
        e.rescale(&mut product).unwrap();
        s.assert_close(&product, |i| x[i] * y[i]);
        // Equal scales, come about in the same way: they can be added.
        e.add(&mut product, &square).unwrap();
        s.assert_close(&product, |i| x[i] * (x[i] + y[i]));
        let plaintext = s.encoder.reals(&y, s.scale(), 1.0).unwrap();
        let mut product = a.clone();
        e.times_plain(&mut product, &plaintext).unwrap();
        e.rescale(&mut product).unwrap();
        s.assert_close(&product, |i| x[i] * y[i]);
        // A coarse plaintext's rounding counts, too.
        let coarse: Vec<f64> = y.iter().map(|y| y / 3.0).collect();
        let plaintext = s.encoder.reals(&coarse, Scale::power_of_two(20), 1.0).unwrap();
        let mut product = a.clone();
        e.times_plain(&mut product, &plaintext).unwrap();
        s.assert_close(&product, |i| x[i] * coarse[i]);
    }
}

/// The same sum, its bounds too, whatever the way and the forms; and all or none of a list.
#[test]
fn sums_of_lists_are_sums_one_by_one() {
    let mut s = Setup::new(Preset::Variance, 6);
    let mut all: Vec<_> = (0..11).map(|seed| s.reals(&values(4096, seed))).collect();
    let (of, plaintext) = (s.of(), s.encoder.reals(&[1.5], s.scale(), 8.0).unwrap());
    all.insert(6, s.secret.encrypt(&plaintext, of, &mut s.rng).unwrap());
    let mut single = Total::new(&s.ring);
    all.iter().for_each(|c| single.accept(c).unwrap());
    let single = single.finish();
    for split in [0, 1, 5, 12] {
        let mut total = Total::new(&s.ring);
        let (first, rest) = all.split_at(split);
        total.accept_all(&first.iter().collect::<Vec<_>>()).unwrap();
        total.accept_all(&rest.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(total.count(), 12);
        assert_eq!(total.finish(), single, "{split}");
    }
    let mut total = Total::new(&s.ring);
    total.accept(&all[0]).unwrap();
    let mut lower = all[1].clone();
    s.evaluator().drop_to(&mut lower, 0).unwrap();
    assert!(total.accept_all(&[&all[1], &all[2], &all[3], &all[4], &lower]).is_err());
    assert_eq!(total.count(), 1);
    assert_eq!(total.finish().as_ref(), Some(&all[0]));
    assert_eq!(Total::new(&s.ring).accept_all(&[]), Ok(()));
}

/// A sum of squares takes one relinearisation, and decrypts without any.
#[test]
fn sums_of_products_are_relinearised_once() {
    let mut s = Setup::new(Preset::Variance, 5);
    let all: Vec<Vec<f64>> = (0..5).map(|seed| values(4096, seed)).collect();
    let truth = |i: usize| all.iter().map(|x| x[i] * x[i]).sum::<f64>();
    let mut e = s.evaluator_with(&[]);
    let mut total = Total::new(&s.ring);
    let mut added = None;
    for x in &all {
        let mut c = s.reals(x);
        e.square_wide(&mut c).unwrap();
        assert_eq!(c.form(), Form::Triple);
        total.accept_bytes(&c.to_bytes()).unwrap();
        match &mut added {
            None => added = Some(c),
            Some(added) => e.add(added, &c).unwrap(),
        }
    }
    let mut sum = total.finish().unwrap();
    assert_eq!(added, Some(sum.clone()));
    s.assert_close(&sum, truth);
    e.relinearise(&mut sum).unwrap();
    assert_eq!(sum.form(), Form::Pair);
    e.rescale(&mut sum).unwrap();
    s.assert_close(&sum, truth);
}

#[test]
fn two_products_deep() {
    let mut s = Setup::new(Preset::Depth2, 6);
    let x = values(4096, 1);
    let mut c = s.reals(&x);
    let mut e = s.evaluator_with(&[]);
    for _ in 0..2 {
        e.square(&mut c).unwrap();
        e.rescale(&mut c).unwrap();
    }
    assert_eq!(c.level(), 0);
    let worst = s.assert_close(&c, |i| x[i].powi(4));
    assert!(worst < 1e-5);
}

#[test]
fn scalars_leave_the_scale_as_it_is() {
    for preset in DEEP {
        let mut s = Setup::new(preset, 7);
        let x = values(preset.slots(), 1);
        let mut e = s.evaluator();
        for factor in [0.3, -1.0 / 3.0, 12.75, 0.0, 1e-9] {
            let mut c = s.reals(&x);
            let scale = c.scale();
            e.times_scalar(&mut c, factor).unwrap();
            assert_eq!((c.scale(), c.level()), (scale, preset.top_level() - 1));
            s.assert_close(&c, |i| x[i] * factor);
        }
    }
}

#[test]
fn turning_and_conjugating() {
    let steps = [1, -1, 5, 2047, 2048, -4000];
    for preset in DEEP {
        let mut s = Setup::new(preset, 8);
        let slots = preset.slots();
        let x = values(slots, 1);
        let c = s.reals(&x);
        let keys = s.keys(&steps).join(s.secret.conjugation_key(&mut s.rng).unwrap()).unwrap();
        assert!(
            keys.relinearises() && keys.rotates(-1) && keys.rotates(slots as i32 - 1) && !keys.rotates(2)
        );
        let mut e = s.evaluator().with_keys(keys.into()).unwrap();
        for steps in steps {
            let mut turned = c.clone();
            e.rotate(&mut turned, steps).unwrap();
            let at = |i: usize| (i as i64 + i64::from(steps)).rem_euclid(slots as i64) as usize;
            s.assert_close(&turned, |i| x[at(i)]);
        }
        let mut turned = c.clone();
        e.rotate(&mut turned, slots as i32).unwrap();
        assert_eq!(turned, c);
        let y = values(preset.degree(), 2);
        let plaintext = s.encoder.pairs(&y, s.scale(), 1.0).unwrap();
        let of = s.of();
        let mut pairs = s.secret.encrypt(&plaintext, of, &mut s.rng).unwrap();
        e.conjugate(&mut pairs).unwrap();
        s.assert_close(&pairs, |i| if i % 2 == 0 { y[i] } else { -y[i] });
    }
}

#[test]
fn sums_of_slots() {
    for preset in [Preset::Sum, Preset::Variance, Preset::Depth2] {
        let mut s = Setup::new(preset, 9);
        let slots = preset.slots();
        let x: Vec<f64> = values(slots, 1).iter().map(|x| x / 64.0).collect();
        let scale = Scale::power_of_two(34);
        let keys = s.secret.slot_sum_keys(slots as u32, &mut s.rng).unwrap();
        let mut e = s.evaluator().with_keys(keys.into()).unwrap();
        let plaintext = s.encoder.reals(&x, scale, 1.0 / 64.0).unwrap();
        for level in 0..=preset.top_level() {
            for count in [1, 2, 3, 11, 96, slots - 1, slots] {
                let of = s.of();
                let mut c = s.secret.encrypt(&plaintext, of, &mut s.rng).unwrap();
                e.drop_to(&mut c, level).unwrap();
                e.slot_sum(&mut c, count as u32).unwrap();
                let mut prefix = vec![0.0];
                prefix.extend((0..2 * slots).scan(0.0, |sum, i| {
                    *sum += x[i % slots];
                    Some(*sum)
                }));
                s.assert_close(&c, |i| prefix[i + count] - prefix[i]);
            }
        }
    }
}

#[test]
fn totals_merge_in_any_order() {
    let mut s = Setup::new(Preset::Shared, 10);
    let all: Vec<Vec<f64>> = (0..9).map(|seed| values(2048, seed)).collect();
    let ciphertexts: Vec<_> = all.iter().map(|x| s.reals(x)).collect();
    let total = |part: &[usize]| {
        let mut total = Total::new(&s.ring);
        part.iter().for_each(|i| total.accept(&ciphertexts[*i]).unwrap());
        total
    };
    let whole = total(&[0, 1, 2, 3, 4, 5, 6, 7, 8]).finish().unwrap();
    let (mut left, right) = (total(&[8, 3]), total(&[0, 1, 7, 5]));
    left.merge(total(&[6, 4, 2])).unwrap();
    left.merge(Total::new(&s.ring)).unwrap();
    left.merge(right).unwrap();
    assert_eq!(left.count(), 9);
    // Bounds are sums of doubles, in another order: they may differ in their last bits, and nothing else.
    let left = left.finish().unwrap();
    assert_eq!(left.to_bytes()[54..], whole.to_bytes()[54..]);
    assert!((left.bound().noise / whole.bound().noise - 1.0).abs() < 1e-14);
    s.assert_close(&whole, |i| all.iter().map(|x| x[i]).sum());
    assert!(Total::new(&s.ring).finish().is_none());
}

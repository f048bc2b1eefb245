//! Every operation on every path, at the edges too.
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::ntt::automorphism;

struct Noise(u64);

impl Noise {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ self.0 >> 29
    }

    /// Residues, a fifth of them at the edges.
    fn residues(&mut self, q: u64, count: usize) -> Vec<u64> {
        let edges = [0, 1, q - 1, q - 2, q / 2, q / 2 + 1];
        (0..count)
            .map(|_| match self.word() % 30 {
                place @ 0..6 => edges[place as usize],
                _ => self.word() % q,
            })
            .collect()
    }
}

/// Each prime of each preset on plain integers, and on every path that there is.
fn pairs(mut check: impl FnMut(&Prime, &Prime, usize)) {
    for path in Path::ALL.into_iter().filter(|path| path.available()) {
        for preset in Preset::ALL {
            let (plain, other) = (Ring::build(preset, Path::Scalar), Ring::build(preset, path));
            assert_eq!(other.path(), path);
            for (plain, other) in plain.primes.iter().zip(&other.primes) {
                check(plain, other, preset.degree());
            }
        }
    }
}

#[test]
fn places_are_ciphertext_primes_and_then_the_special_one() {
    let ring = Ring::new(Preset::Depth2);
    let primes: Vec<u64> = ring.primes().iter().map(Prime::q).collect();
    assert_eq!(primes, Preset::Depth2.primes());
    assert_eq!(ring.special().map(Prime::q), Preset::Depth2.special());
    assert_eq!(ring.prime(3).map(Prime::q), Preset::Depth2.special());
    assert!(ring.prime(4).is_none());
    assert!(Ring::new(Preset::Shared).special().is_none());
}

#[test]
fn transforms_are_the_same_on_every_path() {
    pairs(|plain, other, n| {
        let q = plain.q();
        let mut noise = Noise(q);
        let polynomials = [
            vec![0; n],
            vec![q - 1; n],
            (0..n).map(|i| if i % 2 == 0 { q - 1 } else { 0 }).collect(),
            (0..n).map(|i| if i < n / 2 { q - 1 } else { 1 }).collect(),
            (0..n).map(|i| if i % 3 == 0 { q / 2 } else { q / 2 + 1 }).collect(),
            noise.residues(q, n),
            noise.residues(q, n),
        ];
        for polynomial in polynomials {
            for transform in [Prime::forward, Prime::inverse] {
                let (mut a, mut b) = (polynomial.clone(), polynomial.clone());
                transform(plain, &mut a);
                transform(other, &mut b);
                assert!(a == b, "{q}");
            }
        }
        // The inverse of unit vectors' images has every power of the root in it, the largest ones too.
        for place in [0, 1, n / 2, n - 1] {
            let mut a = vec![0; n];
            a[place] = q - 1;
            let mut b = a.clone();
            other.forward(&mut b);
            other.inverse(&mut b);
            assert_eq!(a, b);
        }
    });
}

#[test]
fn arithmetic_is_the_same_on_every_path_and_that_of_the_integers() {
    pairs(|_, prime, _| {
        let q = prime.q();
        let mut noise = Noise(q);
        // Not a multiple of any width.
        let count = 1003;
        let wide = u128::from(q);
        let (x, y, z) = (noise.residues(q, count), noise.residues(q, count), noise.residues(q, count));
        let expect = |name: &str, got: Vec<u64>, f: &dyn Fn(u128, u128, u128) -> u128| {
            for (i, got) in got.into_iter().enumerate() {
                let value = f(x[i].into(), y[i].into(), z[i].into());
                assert_eq!(u128::from(got), value % wide, "{name} modulo {q}: {} {} {}", x[i], y[i], z[i]);
            }
        };
        let on = |f: &dyn Fn(&mut [u64])| {
            let mut acc = x.clone();
            f(&mut acc);
            acc
        };
        expect("add", on(&|acc| prime.add(acc, &y)), &|x, y, _| x + y);
        expect("sub", on(&|acc| prime.sub(acc, &y)), &|x, y, _| x + wide - y);
        expect("negate", on(&|acc| prime.negate(acc)), &|x, _, _| wide - x);
        expect("mul", on(&|acc| prime.mul(acc, &y)), &|x, y, _| x * y);
        expect("mul_into", on(&|acc| prime.mul_into(acc, &y, &z)), &|_, y, z| y * z);
        expect("mul_add", on(&|acc| prime.mul_add(acc, &y, &z)), &|x, y, z| x + y * z);
        expect("mul_sub", on(&|acc| prime.mul_sub(acc, &y, &z)), &|x, y, z| x + wide * wide - y * z);
        let (mut c0, mut c1, mut c2) = (x.clone(), y.clone(), vec![7; count]);
        prime.square(&mut c0, &mut c1, &mut c2);
        expect("square", c0, &|x, _, _| x * x);
        expect("square", c1, &|x, y, _| 2 * x * y);
        expect("square", c2, &|_, y, _| y * y);
        for w in [0, 1, q - 1, q / 3] {
            let v = u128::from(w);
            expect("add_scalar", on(&|acc| prime.add_scalar(acc, w)), &|x, _, _| x + v);
            expect("mul_scalar", on(&|acc| prime.mul_scalar(acc, w)), &|x, _, _| x * v);
            expect("mul_scalar_add", on(&|acc| prime.mul_scalar_add(acc, &y, w)), &|x, y, _| x + y * v);
            expect("sub_mul_scalar", on(&|acc| prime.sub_mul_scalar(acc, &y, w)), &|x, y, _| {
                (x + wide - y) * v
            });
        }
        let all = on(&|acc| {
            prime.sum_lazy_all(acc, [&y, &z, &y, &y]);
            prime.reduce_lazy(acc);
        });
        expect("sum_lazy_all", all, &|x, y, z| x + 3 * y + z);
        expect(
            "sum_lazy",
            on(&|acc| {
                (0..8191).for_each(|_| prime.sum_lazy(acc, &y));
                prime.reduce_lazy(acc);
            }),
            &|x, y, _| x + 8191 * y,
        );
    });
}

#[test]
fn integers_are_reduced_the_same_on_every_path() {
    pairs(|_, prime, _| {
        let q = prime.q();
        let mut noise = Noise(q);
        let mut words: Vec<u64> = (0..1003).map(|i| noise.word() >> (i % 64)).collect();
        words.extend([
            0,
            1,
            q - 1,
            q,
            q + 1,
            u64::MAX,
            1 << 63,
            (1 << 63) - 1,
            u64::MAX / q * q,
            (1 << 40) - 1,
            1 << 40,
        ]);
        let mut out = vec![0; words.len()];
        prime.reduce_from(&mut out, &words);
        assert!(out.iter().zip(&words).all(|(got, x)| *got == x % q));
        for shift in [0, 1, q / 2, (1 << 50) - 1] {
            prime.reduce_shifted(&mut out, &words, shift);
            let expected = |x: u64| (i128::from(x) - i128::from(shift)).rem_euclid(q.into());
            assert!(out.iter().zip(&words).all(|(got, x)| i128::from(*got) == expected(*x)));
        }
        let signed: Vec<i64> = words.iter().map(|x| x.cast_signed()).collect();
        prime.reduce_i64(&mut out, &signed);
        assert!(
            out.iter().zip(&signed).all(|(got, x)| i128::from(*got) == i128::from(*x).rem_euclid(q.into()))
        );
        let long: Vec<i128> = signed.iter().map(|x| i128::from(*x) * i128::from(noise.word())).collect();
        prime.reduce_i128(&mut out, &long);
        assert!(out.iter().zip(&long).all(|(got, x)| i128::from(*got) == x.rem_euclid(q.into())));
        let small: Vec<i8> = (0..words.len()).map(|i| (i % 256) as u8 as i8).collect();
        prime.reduce_small(&mut out, &small);
        assert!(
            out.iter().zip(&small).all(|(got, x)| i128::from(*got) == i128::from(*x).rem_euclid(q.into()))
        );
    });
}

#[test]
fn inner_products_of_one_to_four_terms() {
    pairs(|_, prime, n| {
        let q = prime.q();
        let mut noise = Noise(q);
        let mut polynomials: Vec<Vec<u64>> = (0..11).map(|_| noise.residues(q, n)).collect();
        polynomials.push(vec![q - 1; n]);
        for all_largest in [false, true] {
            let polynomial = |i: usize| &*polynomials[if all_largest { 11 } else { i }];
            let terms: Vec<Term<'_>> = (0..4)
                .map(|i| Term { digit: polynomial(i), keys: [polynomial(4 + i), polynomial(8 + i % 3)] })
                .collect();
            for count in 1..=4 {
                let mut out = [vec![7; n], vec![7; n]];
                let [out0, out1] = &mut out;
                prime.inner([out0, out1], &terms[..count]);
                for (half, out) in out.iter().enumerate() {
                    for (i, got) in out.iter().enumerate() {
                        let term = |t: &Term<'_>| u128::from(t.digit[i]) * u128::from(t.keys[half][i]);
                        let sum: u128 = terms[..count].iter().map(term).sum();
                        assert_eq!(u128::from(*got), sum % u128::from(q));
                    }
                }
            }
        }
    });
}

#[test]
fn automorphisms_are_the_same_on_every_path() {
    pairs(|plain, other, n| {
        let a = Noise(n as u64).residues(plain.q(), n);
        for g in [1, 3, 5, 25, 2 * n as u32 - 1, n as u32 + 1] {
            let from = automorphism(n, g);
            let (mut x, mut y) = (vec![0; n], vec![0; n]);
            plain.permute(&mut x, &a, &from);
            other.permute(&mut y, &a, &from);
            let moved = x.clone();
            assert!(x == y);
            plain.permute_add(&mut x, &a, &from);
            other.permute_add(&mut y, &a, &from);
            plain.sub(&mut x, &moved);
            plain.sub(&mut y, &moved);
            assert!(x == moved && y == moved);
        }
    });
}

//! Against `fiat-crypto`, whose arithmetic is formally verified.

use alloc::vec;
use alloc::vec::Vec;

use fiat_crypto::curve25519_64 as fiat;
use proptest::prelude::*;

use super::super::x86::Ifma;
use super::*;

type Bytes = [[u8; 32]; 8];

/// What an operation gives for encodings of a and b, in lanes.
#[target_feature(enable = "avx512f,avx512ifma")]
fn lanes((limbs_a, limbs_b, mask): ([[u64; 8]; 5], [[u64; 8]; 5], u8)) -> Vec<(&'static str, Bytes)> {
    let (a, b) = (Fe8::from_limbs(limbs_a), Fe8::from_limbs(limbs_b));
    let (ab, aa) = (a.mul_wide(&b), a.square_wide());
    vec![
        ("a", a.to_bytes()),
        ("a again", Fe8::from_bytes(&a.to_bytes()).to_bytes()),
        ("a + b", a.add(&b).to_bytes()),
        ("a − b", a.sub(&b).to_bytes()),
        ("−a", a.neg().to_bytes()),
        ("2a", a.double().to_bytes()),
        ("ab", a.mul(&b).to_bytes()),
        ("a²", a.square().to_bytes()),
        ("ab + a²", ab.add(&aa).to_bytes()),
        ("ab − a²", ab.sub(&aa).to_bytes()),
        ("a² − ab", aa.sub(&ab).to_bytes()),
        ("1/a", a.invert().to_bytes()),
        ("a^((p−5)/8)", pow_p58(&[a, b])[0].to_bytes()),
        ("b^((p−5)/8)", pow_p58(&[a, b])[1].to_bytes()),
        ("select", a.select(&b, mask).to_bytes()),
        ("negate", a.negate(mask).to_bytes()),
        ("abs", a.abs().to_bytes()),
        ("masks", {
            let masks = [a.is_zero(), a.equals(&b), a.is_odd()];
            let bit = |lane: usize| masks.map(|mask| (mask >> lane) & 1);
            core::array::from_fn(|lane| core::array::from_fn(|i| bit(lane).get(i).copied().unwrap_or(0)))
        }),
    ]
}

#[derive(Clone, Copy, PartialEq)]
struct Fe([u8; 32]);

impl Fe {
    /// From limbs up to 2^52 − 1.
    fn new(limbs: [u64; 5]) -> Fe {
        // Σ lᵢ·(2^51)^i, by Horner.
        let shift = Fe::one([0, 1, 0, 0, 0]);
        let limb = |l: u64| Fe::one([l & MASK, l >> 51, 0, 0, 0]);
        limbs.iter().rev().fold(limb(0), |sum, l| sum.mul(shift).add(limb(*l)))
    }

    fn one(limbs: [u64; 5]) -> Fe {
        let mut bytes = [0; 32];
        fiat::fiat_25519_to_bytes(&mut bytes, &fiat::fiat_25519_tight_field_element(limbs));
        Fe(bytes)
    }

    fn tight(self) -> fiat::fiat_25519_tight_field_element {
        let mut out = fiat::fiat_25519_tight_field_element([0; 5]);
        fiat::fiat_25519_from_bytes(&mut out, &self.0);
        out
    }

    fn loose(self) -> fiat::fiat_25519_loose_field_element {
        let mut out = fiat::fiat_25519_loose_field_element([0; 5]);
        fiat::fiat_25519_relax(&mut out, &self.tight());
        out
    }

    fn with(
        self,
        other: Fe,
        work: fn(
            &mut fiat::fiat_25519_loose_field_element,
            &fiat::fiat_25519_tight_field_element,
            &fiat::fiat_25519_tight_field_element,
        ),
    ) -> Fe {
        let mut loose = fiat::fiat_25519_loose_field_element([0; 5]);
        work(&mut loose, &self.tight(), &other.tight());
        let mut out = fiat::fiat_25519_tight_field_element([0; 5]);
        fiat::fiat_25519_carry(&mut out, &loose);
        Fe::one(out.0)
    }

    fn add(self, other: Fe) -> Fe {
        self.with(other, fiat::fiat_25519_add)
    }

    fn sub(self, other: Fe) -> Fe {
        self.with(other, fiat::fiat_25519_sub)
    }

    fn mul(self, other: Fe) -> Fe {
        let mut out = fiat::fiat_25519_tight_field_element([0; 5]);
        fiat::fiat_25519_carry_mul(&mut out, &self.loose(), &other.loose());
        Fe::one(out.0)
    }

    fn neg(self) -> Fe {
        Fe([0; 32]).sub(self)
    }

    /// x^(2^exponent − below), by squaring and multiplying bit by bit.
    fn pow(self, exponent: u32, below: u8) -> Fe {
        let mut bits = [0xffu8; 32];
        bits[0] = 0u8.wrapping_sub(below);
        let bit = |i: u32| (bits[(i / 8) as usize] >> (i % 8)) & 1 == 1;
        (0..exponent).rev().fold(Fe::one([1, 0, 0, 0, 0]), |x, i| {
            let square = x.mul(x);
            if bit(i) { square.mul(self) } else { square }
        })
    }

    fn odd(self) -> bool {
        self.0[0] & 1 == 1
    }
}

fn expected(name: &str, a: Fe, b: Fe, chosen: bool) -> Fe {
    let (ab, aa) = (a.mul(b), a.mul(a));
    match name {
        "a" | "a again" => a,
        "a + b" => a.add(b),
        "a − b" => a.sub(b),
        "−a" => a.neg(),
        "2a" => a.add(a),
        "ab" => ab,
        "a²" => aa,
        "ab + a²" => ab.add(aa),
        "ab − a²" => ab.sub(aa),
        "a² − ab" => aa.sub(ab),
        "1/a" => a.pow(255, 21),
        "a^((p−5)/8)" => a.pow(252, 3),
        "b^((p−5)/8)" => b.pow(252, 3),
        "select" => {
            if chosen {
                b
            } else {
                a
            }
        }
        "negate" => {
            if chosen {
                a.neg()
            } else {
                a
            }
        }
        "abs" => {
            if a.odd() {
                a.neg()
            } else {
                a
            }
        }
        "masks" => {
            let mut out = [0; 32];
            out[..3].copy_from_slice(&[a == Fe([0; 32]), a == b, a.odd()].map(u8::from));
            Fe(out)
        }
        _ => panic!("{name}"),
    }
}

fn check(a: [[u64; 8]; 5], b: [[u64; 8]; 5], mask: u8) {
    let Some(ifma) = Ifma::detect() else { return };
    let of = |limbs: &[[u64; 8]; 5], lane: usize| Fe::new(limbs.map(|limb| limb[lane]));
    for (name, got) in ifma.apply(lanes, (a, b, mask)) {
        for (lane, got) in got.into_iter().enumerate() {
            let expected = expected(name, of(&a, lane), of(&b, lane), (mask >> lane) & 1 == 1);
            assert_eq!(got, expected.0, "{name}, lane {lane}");
        }
    }
}

const MOST: u64 = (1 << 52) - 1;

/// 0, 1, p − 1, p, p + 1, 2p − 1, all bits of all limbs, ….
const EDGES: [[u64; 5]; 9] = [
    [0; 5],
    [1, 0, 0, 0, 0],
    [MASK - 19, MASK, MASK, MASK, MASK],
    [MASK - 18, MASK, MASK, MASK, MASK],
    [MASK - 17, MASK, MASK, MASK, MASK],
    [MASK; 5],
    [2 * MASK - 37, 2 * MASK, 2 * MASK, 2 * MASK, 2 * MASK],
    [MOST; 5],
    [MOST, 0, MOST, 0, MOST],
];

#[test]
fn edges() {
    for shift in 0..9 {
        let lanes = |from: usize| {
            core::array::from_fn(|limb| core::array::from_fn(|lane| EDGES[(lane + from) % 9][limb]))
        };
        check(lanes(0), lanes(shift), 0b1010_0110);
    }
}

fn limb() -> impl Strategy<Value = u64> {
    prop_oneof![0..=MOST, Just(0), Just(MASK), Just(MOST), MASK - 40..MASK + 40, MOST - 40..=MOST]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn agrees_with_fiat(
        a in prop::array::uniform5(prop::array::uniform8(limb())),
        b in prop::array::uniform5(prop::array::uniform8(limb())),
        mask: u8,
    ) {
        check(a, b, mask);
    }
}

#[test]
fn constants_are_what_their_names_say() {
    let d = Fe::new(D).mul(Fe::one([121_666, 0, 0, 0, 0]));
    assert!(d == Fe::one([121_665, 0, 0, 0, 0]).neg());
    assert!(Fe::new(SQRT_M1).mul(Fe::new(SQRT_M1)) == Fe::one([1, 0, 0, 0, 0]).neg());
}

//! The discrete Gaussian of any width: a table for a narrow one, and sums of multiples of it.
//!
//! With x₀, x₁, … drawn from the discrete Gaussian of deviation σ₀ = 6.25, the sum Σ 4ⁱ·xᵢ + m·x of L terms and a last one,
//! m ≤ 4ᴸ, is the discrete Gaussian of variance σ₀²·(Σ 16ⁱ + m²), but for a factor 1 ± 2⁻⁶³ in each probability for each
//! term: the lattice 4ⁱ·ℤ of a term is smoothed by those below it (`docs/bounds.md`; Micciancio, Walter: CRYPTO 2017,
//! sections 4 and 5; Peikert: CRYPTO 2010, theorem 3.1). Every bit of the sum down to the last is thus as it has to be, which
//! scaled floating-point samples have not: beyond 2⁵³ their low bits would leave those of the error in sight.
//!
//! The table has thresholds of 126 bits, and the draw compares with all of them. No floating point touches a sample.

use meter_link::pad::{Loop, Path};
use zeroize::Zeroize;

use super::{BLOCKS, Source};

/// σ₀² = 6.25².
const BASE_VARIANCE: f64 = 39.0625;

/// Terms that 2¹²² takes: sums stay below 2¹²⁷, and wider floods have no room beside a message.
const MOST_TERMS: usize = 61;

/// The multipliers 1, 4, 16, …, m whose sum has at least the deviation `sigma`, and how many they are.
pub(super) fn multipliers(sigma: f64) -> ([i128; MOST_TERMS], usize) {
    let mut multipliers = [0; MOST_TERMS];
    let (mut power, mut variance, mut terms) = (1i128, 0.0f64, 0usize);
    for slot in &mut multipliers {
        let missing = sigma * sigma - variance;
        if missing <= 0.0 && terms > 0 {
            break;
        }
        // The least m with m²·σ₀² ≥ missing, by halving: no root, whose last bit might differ.
        let (mut low, mut high) = (0i128, power);
        while low.wrapping_add(1) < high {
            let middle = low.midpoint(high);
            if squared(middle) * BASE_VARIANCE < missing { low = middle } else { high = middle }
        }
        *slot = high;
        variance += squared(high) * BASE_VARIANCE;
        power = power.wrapping_mul(4);
        terms = terms.wrapping_add(1);
    }
    (multipliers, terms)
}

#[allow(clippy::cast_precision_loss)] // σ′ is a double's precision from σ
fn squared(x: i128) -> f64 {
    x as f64 * x as f64
}

/// Samples made in step.
const SIDE: usize = BLOCKS * 4;

pub(crate) fn gaussian_on(path: Path, key: &[u8; 32], label: u64, index: u32, sigma: f64, out: &mut [i128]) {
    let (multipliers, terms) = multipliers(sigma);
    let mut source = Source::new(path, key, label, index);
    let (mut high, mut low, mut sign) = ([0; SIDE], [0; SIDE], [0; SIDE]);
    let mut count = [0; SIDE];
    for out in out.chunks_mut(SIDE) {
        out.fill(0);
        for multiplier in multipliers.iter().take(terms) {
            let words = source.next().as_flattened().as_chunks::<16>().0;
            for (((high, low), sign), bytes) in high.iter_mut().zip(&mut low).zip(&mut sign).zip(words) {
                let [a, b, c, d, e, f, g, h, rest @ ..] = *bytes;
                let word = u64::from_le_bytes([a, b, c, d, e, f, g, h]).cast_signed();
                *high = word & i64::MAX;
                *sign = word >> 63;
                *low = i64::from_le_bytes(rest) & i64::MAX;
            }
            path.vectorise(Magnitudes { high: &high, low: &low, count: &mut count });
            for ((out, count), sign) in out.iter_mut().zip(&count).zip(&sign) {
                let term = (count ^ sign).wrapping_sub(*sign);
                *out = out.wrapping_add(i128::from(term).wrapping_mul(*multiplier));
            }
        }
    }
    high.zeroize();
    low.zeroize();
    sign.zeroize();
    count.zeroize();
}

/// How many thresholds lie above each number of twice 63 bits.
struct Magnitudes<'a> {
    high: &'a [i64; SIDE],
    low: &'a [i64; SIDE],
    count: &'a mut [i64; SIDE],
}

impl Loop for Magnitudes<'_> {
    #[inline(always)]
    #[allow(clippy::indexing_slicing)] // l < 8, the length of every array here; iterators do not vectorise
    fn run(self) {
        let (highs, lows) = (self.high.as_chunks::<8>().0, self.low.as_chunks::<8>().0);
        for ((counts, high), low) in self.count.as_chunks_mut::<8>().0.iter_mut().zip(highs).zip(lows) {
            let mut count = [0i64; 8];
            for (above, above_low) in &THRESHOLDS {
                for l in 0..8 {
                    let below = (high[l] < *above) | ((high[l] == *above) & (low[l] < *above_low));
                    count[l] = count[l].wrapping_add(i64::from(below));
                }
            }
            *counts = count;
        }
    }
}

/// 2¹²⁶·P(|x| ≥ j) for j = 1 …, to nearest, as twice 63 bits. The last is the last above ½.
#[rustfmt::skip]
const THRESHOLDS: [(i64, i64); 82] = [
    (0x77d464bc36f8dbfb, 0x68fe33ca3b92a192),
    (0x67b262671dbdc709, 0x2d775d4c64e50e5b),
    (0x582bf614dfd44663, 0x3e25ffb7b5970025),
    (0x499beeb7a8a349c7, 0x6ce3ada28af9ea48),
    (0x3c4b6858b6c677dc, 0x1bc577b324e500c5),
    (0x306dc5818204871d, 0x4c49da1bd02c3e13),
    (0x261f16df11cac94f, 0x18a3f2a4b8a309c6),
    (0x1d64e5bc51c20fac, 0x745cf62cc09f69fb),
    (0x163100e25d77f24f, 0x691f325f7236ad15),
    (0x1065b02e78bfac87, 0x43bbab49531285d9),
    (0x0bda995549eb7831, 0x6b2b311daf0ac7ea),
    (0x0861a78566ed1d7a, 0x29bf340d7de41812),
    (0x05cb68eadbfd7da4, 0x475eae2569cc518f),
    (0x03ea8587386a29dc, 0x74cc8772eca3a90d),
    (0x029626aa85dd21c3, 0x239b6330b0ea2fe1),
    (0x01ab53ce7c9f36df, 0x25cfaa569b7f8759),
    (0x010d6a74f2bc045e, 0x2705c97a63a28438),
    (0x00a5e8c7b66e6faf, 0x6415b6131e82f81b),
    (0x0063c74a557ced65, 0x1451f855d334d50a),
    (0x003a98580817e503, 0x4d6dea2aff998c97),
    (0x0021989b183a8a3b, 0x78d0300ad118cb33),
    (0x0012ce0c9ad73f7e, 0x0b811662a5f406c7),
    (0x000a4645125baaf6, 0x7e17a15b8dd326c0),
    (0x00057aacb975c20e, 0x6e8e480f321a1150),
    (0x0002da08873f61e8, 0x356f8c573b8e37a8),
    (0x000172c918f286a6, 0x6463c5ea0528135a),
    (0x0000b7c421c5f731, 0x14f599e48438a55d),
    (0x000058de0214e976, 0x64a8b495dbe9d62a),
    (0x000029ee1035d517, 0x0960eaa5c71a5b5b),
    (0x0000134d27a08259, 0x64384ec52db05956),
    (0x000008aaf885680b, 0x6fc03cabc778bfb6),
    (0x000003cc1a691624, 0x675fb4c347450a9a),
    (0x0000019f6c7156f4, 0x5b3ea549c8e1a853),
    (0x000000ad2b3b45fd, 0x5ba2f638e3689473),
    (0x0000004668d6f486, 0x79e2df033a92212c),
    (0x0000001bec423794, 0x5521f1ec92d4d991),
    (0x0000000accea1ad4, 0x3a82022b184acf74),
    (0x00000004130aed7f, 0x6817663bb6addbbd),
    (0x000000017fc00f06, 0x0b64ef69df05336c),
    (0x0000000089b136d2, 0x6b58affaca03ad73),
    (0x00000000302e4479, 0x39e8fc5d9a609fc7),
    (0x000000001070e9a7, 0x354825e18d6fdd6d),
    (0x000000000578959c, 0x5f8dede8d50a7d50),
    (0x0000000001c67ce2, 0x3c240c133be369de),
    (0x00000000008fd04c, 0x1d8e7557ce98cfe5),
    (0x00000000002c5fe8, 0x0dd78af0dc561d91),
    (0x00000000000d59e4, 0x52b8c38e117c16a4),
    (0x000000000003eaba, 0x711fbfaae5335137),
    (0x0000000000011ed7, 0x6d0ad8d1116887ed),
    (0x0000000000005002, 0x06be74e3d148c089),
    (0x00000000000015c2, 0x30b19c3579af769d),
    (0x00000000000005c5, 0x0e1262968ff25653),
    (0x000000000000017d, 0x737358ccebaeda77),
    (0x0000000000000060, 0x22ba0e3b5621da1b),
    (0x0000000000000017, 0x54acf0344a53319e),
    (0x0000000000000005, 0x55c363095c4db6d7),
    (0x0000000000000001, 0x298feb4595e2136b),
    (0x0000000000000000, 0x269f97ecf99a2dc9),
    (0x0000000000000000, 0x0893d0b6cdd24ed1),
    (0x0000000000000000, 0x01db6c7162950c8e),
    (0x0000000000000000, 0x00645b0acb808ec3),
    (0x0000000000000000, 0x0014a712c5c66008),
    (0x0000000000000000, 0x000424c33d0fad48),
    (0x0000000000000000, 0x0000cf7c38b474e6),
    (0x0000000000000000, 0x00002790d4334a53),
    (0x0000000000000000, 0x0000075b0148b6c2),
    (0x0000000000000000, 0x0000015545ba2e0b),
    (0x0000000000000000, 0x0000003c4c61c960),
    (0x0000000000000000, 0x0000000a62e6a904),
    (0x0000000000000000, 0x00000001be7c9f63),
    (0x0000000000000000, 0x0000000049173d20),
    (0x0000000000000000, 0x000000000baa1504),
    (0x0000000000000000, 0x0000000001d08ffa),
    (0x0000000000000000, 0x0000000000467521),
    (0x0000000000000000, 0x00000000000a6acc),
    (0x0000000000000000, 0x000000000001805f),
    (0x0000000000000000, 0x0000000000003602),
    (0x0000000000000000, 0x0000000000000766),
    (0x0000000000000000, 0x00000000000000fd),
    (0x0000000000000000, 0x0000000000000021),
    (0x0000000000000000, 0x0000000000000004),
    (0x0000000000000000, 0x0000000000000001),
];

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use libm::{exp, sqrt};

    const KEY: [u8; 32] = [0x5a; 32];

    fn deviation(sigma: f64) -> f64 {
        let (multipliers, terms) = multipliers(sigma);
        sqrt(multipliers[..terms].iter().map(|m| squared(*m) * BASE_VARIANCE).sum())
    }

    #[test]
    fn deviations_are_hardly_more_than_asked_for() {
        for bits in 0..=121 {
            for part in [1.0, 1.1, 1.3, 1.7] {
                let sigma = libm::ldexp(part, bits);
                let made = deviation(sigma);
                let most = if bits >= 20 { 1.0 + 1.0 / 4096.0 } else { 2.0 };
                assert!(made >= sigma && made <= (sigma * most).max(6.25), "{sigma} {made}");
                let (multipliers, terms) = multipliers(sigma);
                // Each term's lattice is smoothed by the terms below it.
                let mut below = BASE_VARIANCE;
                for multiplier in &multipliers[1..terms] {
                    let m = squared(*multiplier);
                    let smoothing = below * BASE_VARIANCE / (below + m * BASE_VARIANCE);
                    assert!(2.0 * exp(-2.0 * core::f64::consts::PI.powi(2) * smoothing) < libm::exp2(-64.0));
                    below += m * BASE_VARIANCE;
                }
            }
        }
    }

    #[test]
    fn thresholds_are_those_of_the_gaussian() {
        let rho = |j: i32| exp(-f64::from(j * j) / (2.0 * BASE_VARIANCE));
        let total: f64 = (-300..=300).map(rho).sum();
        for (j, (high, low)) in (1..).zip(THRESHOLDS) {
            let tail: f64 = 2.0 * (j..300).map(rho).sum::<f64>() / total;
            let threshold = (high as f64 * libm::exp2(63.0) + low as f64) / libm::exp2(126.0);
            let slack = 1e-11 * tail + libm::exp2(-126.0);
            assert!((threshold - tail).abs() <= slack && low >= 0 && high >= 0, "{j}: {threshold} {tail}");
        }
    }

    #[test]
    fn every_path_gives_the_same() {
        for sigma in [1.0, 100.0, 1e9, 1e20] {
            let mut first = vec![0; 200];
            gaussian_on(Path::Single, &KEY, 10, 3, sigma, &mut first);
            for path in Path::ALL {
                let mut out = vec![1; 200];
                gaussian_on(path, &KEY, 10, 3, sigma, &mut out);
                assert_eq!(out, first, "{path:?} {sigma}");
            }
        }
    }

    #[test]
    fn values_are_gaussian() {
        for sigma in [1.0, 40.0, 3e5, 1e12, 3e20] {
            let made = deviation(sigma);
            let mut out = vec![0; 100_000];
            super::super::gaussian(&KEY, 10, 7, sigma, &mut out);
            let mut scaled: Vec<f64> = out.iter().map(|x| *x as f64 / made).collect();
            let n = scaled.len() as f64;
            let moment = |k: i32| scaled.iter().map(|x| x.powi(k)).sum::<f64>() / n;
            // Moments 0, 1, 0, 3, each within five of its deviations.
            for (k, expected, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
                let found = (moment(k) - expected) / sqrt(variance / n);
                assert!(found.abs() < 5.0, "{sigma}, moment {k}: {found} deviations");
            }
            if sigma > 1e4 {
                // Kolmogorov–Smirnov.
                scaled.sort_by(f64::total_cmp);
                let normal = |x: f64| 0.5 * libm::erfc(-x / core::f64::consts::SQRT_2);
                let furthest = (0u32..).zip(&scaled).map(|(i, x)| (f64::from(i) / n - normal(*x)).abs());
                assert!(furthest.fold(0.0, f64::max) * sqrt(n) < 2.0);
                // The low bits are as random as the high: no grid.
                for bit in 0..8 {
                    let ones = out.iter().filter(|x| *x >> bit & 1 == 1).count() as f64;
                    assert!((ones - n / 2.0).abs() < 5.0 * sqrt(n) / 2.0, "{sigma}: bit {bit}");
                }
            }
            assert!(out.iter().all(|x| (*x as f64).abs() < 14.0 * made));
        }
    }
}

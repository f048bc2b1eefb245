//! ChaCha20 block 0 and Poly1305 with one key a lane: a plain loop over `N` lanes that the compiler vectorises.
//!
//! The candidate that no crate offers. One source serves 4, 8 and 16 lanes, chosen at run time; nothing wider than
//! a 32-bit word goes in or out of a lane, and no branch or index depends on a key.
#![allow(unsafe_code)]

use super::{Body, Key, LENGTHS, Tag};

/// The most keys that one call takes.
pub(super) const LANES: usize = 16;

/// Tags of up to [`LANES`] keys and bodies, on one instruction set.
pub(super) type Path = fn(&[Key; LANES], &[Body; LANES], &[u8; 12]) -> [Tag; LANES];

/// Every path that this machine has, slowest first.
pub(super) fn paths() -> Vec<(&'static str, Path)> {
    let mut all: Vec<(&'static str, Path)> = vec![("plain", |k, b, n| tags::<4>(k, b, n))];
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx2") {
            // SAFETY: avx2 was detected.
            all.push(("avx2", |k, b, n| unsafe { tags_avx2(k, b, n) }));
        }
        if ["avx512f", "avx512vl", "avx512bw", "avx512dq"].iter().all(|f| detected(f)) {
            // SAFETY: all four features were detected.
            all.push(("avx512", |k, b, n| unsafe { tags_avx512(k, b, n) }));
        }
    }
    all
}

#[cfg(target_arch = "x86_64")]
fn detected(feature: &str) -> bool {
    match feature {
        "avx512f" => is_x86_feature_detected!("avx512f"),
        "avx512vl" => is_x86_feature_detected!("avx512vl"),
        "avx512bw" => is_x86_feature_detected!("avx512bw"),
        "avx512dq" => is_x86_feature_detected!("avx512dq"),
        _ => false,
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn tags_avx2(keys: &[Key; LANES], bodies: &[Body; LANES], nonce: &[u8; 12]) -> [Tag; LANES] {
    tags::<8>(keys, bodies, nonce)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
fn tags_avx512(keys: &[Key; LANES], bodies: &[Body; LANES], nonce: &[u8; 12]) -> [Tag; LANES] {
    tags::<16>(keys, bodies, nonce)
}

/// ChaCha20-Poly1305 without text of each body under its key, `N` at a time.
#[inline(always)]
fn tags<const N: usize>(keys: &[Key; LANES], bodies: &[Body; LANES], nonce: &[u8; 12]) -> [Tag; LANES] {
    let mut tags = [[0; 16]; LANES];
    let [n0, n1, n2] = std::array::from_fn(|i| le32(&nonce[4 * i..]));
    let lanes = keys.as_chunks::<N>().0.iter().zip(bodies.as_chunks::<N>().0);
    for (out, (keys, bodies)) in tags.as_chunks_mut::<N>().0.iter_mut().zip(lanes) {
        let (mut once, mut words) = ([[0; N]; 8], [[0; N]; 4]);
        block(&rows(keys), [n0, n1, n2], &mut once);
        poly1305(&once, &rows(bodies), &mut words);
        for (l, tag) in out.iter_mut().enumerate() {
            for (bytes, row) in tag.as_chunks_mut().0.iter_mut().zip(&words) {
                *bytes = row[l].to_le_bytes();
            }
        }
    }
    tags
}

/// Word w of row l goes to lane l of row w.
#[inline(always)]
fn rows<const N: usize>(lanes: &[[u8; 32]; N]) -> [[u32; N]; 8] {
    std::array::from_fn(|w| std::array::from_fn(|l| le32(&lanes[l][4 * w..])))
}

fn le32(b: &[u8]) -> u32 {
    b.first_chunk().map_or(0, |b| u32::from_le_bytes(*b))
}

macro_rules! quarter {
    ($a:ident, $b:ident, $c:ident, $d:ident) => {
        $a = $a.wrapping_add($b);
        $d = ($d ^ $a).rotate_left(16);
        $c = $c.wrapping_add($d);
        $b = ($b ^ $c).rotate_left(12);
        $a = $a.wrapping_add($b);
        $d = ($d ^ $a).rotate_left(8);
        $c = $c.wrapping_add($d);
        $b = ($b ^ $c).rotate_left(7);
    };
}
macro_rules! double {
    ($($x:ident)*) => { double!(@ $($x)*) };
    (@ $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident
       $i:ident $j:ident $k:ident $l:ident $m:ident $n:ident $o:ident $p:ident) => {
        quarter!($a, $e, $i, $m);
        quarter!($b, $f, $j, $n);
        quarter!($c, $g, $k, $o);
        quarter!($d, $h, $l, $p);
        quarter!($a, $f, $k, $p);
        quarter!($b, $g, $l, $m);
        quarter!($c, $h, $i, $n);
        quarter!($d, $e, $j, $o);
    };
}

/// The first 32 bytes of block 0 of each key (RFC 8439, 2.3 and 2.6).
#[inline(always)]
fn block<const N: usize>(k: &[[u32; N]; 8], n: [u32; 3], out: &mut [[u32; N]; 8]) {
    for l in 0..N {
        let (mut a, mut b, mut c, mut d) =
            (0x6170_7865_u32, 0x3320_646e_u32, 0x7962_2d32_u32, 0x6b20_6574_u32);
        let (mut e, mut f, mut g, mut h) = (k[0][l], k[1][l], k[2][l], k[3][l]);
        let (mut i, mut j, mut kk, mut ll) = (k[4][l], k[5][l], k[6][l], k[7][l]);
        let (mut m, mut nn, mut o, mut p) = (0_u32, n[0], n[1], n[2]);
        macro_rules! d { () => { double!(a b c d e f g h i j kk ll m nn o p) }; }
        d!();
        d!();
        d!();
        d!();
        d!();
        d!();
        d!();
        d!();
        d!();
        d!();
        out[0][l] = a.wrapping_add(0x6170_7865);
        out[1][l] = b.wrapping_add(0x3320_646e);
        out[2][l] = c.wrapping_add(0x7962_2d32);
        out[3][l] = d.wrapping_add(0x6b20_6574);
        out[4][l] = e.wrapping_add(k[0][l]);
        out[5][l] = f.wrapping_add(k[1][l]);
        out[6][l] = g.wrapping_add(k[2][l]);
        out[7][l] = h.wrapping_add(k[3][l]);
        let _ = (i, j, kk, ll, m, nn, o, p);
    }
}

/// Poly1305 (RFC 8439, 2.5) of body and lengths with 26-bit limbs.
#[inline(always)]
fn poly1305<const N: usize>(key: &[[u32; N]; 8], body: &[[u32; N]; 8], out: &mut [[u32; N]; 4]) {
    const M: u32 = (1 << 26) - 1;
    const ONE: u32 = 1 << 24;
    for l in 0..N {
        let limbs = |w0: u32, w1: u32, w2: u32, w3: u32, one: u32| {
            [
                w0 & M,
                ((w0 >> 26) | (w1 << 6)) & M,
                ((w1 >> 20) | (w2 << 12)) & M,
                ((w2 >> 14) | (w3 << 18)) & M,
                (w3 >> 8) | one,
            ]
        };
        let [r0, r1, r2, r3, r4] = limbs(
            key[0][l] & 0x0fff_ffff,
            key[1][l] & 0x0fff_fffc,
            key[2][l] & 0x0fff_fffc,
            key[3][l] & 0x0fff_fffc,
            0,
        );
        let five = |r: u32| r.wrapping_mul(5);
        let (s1, s2, s3, s4) = (five(r1), five(r2), five(r3), five(r4));
        let (mut h0, mut h1, mut h2, mut h3, mut h4) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
        macro_rules! dot {
            ($($h:ident $r:ident),*) => { 0_u64 $( .wrapping_add(u64::from($h).wrapping_mul(u64::from($r))) )* };
        }
        macro_rules! block {
            ($w:expr) => {{
                let m: [u32; 5] = $w;
                h0 = h0.wrapping_add(m[0]);
                h1 = h1.wrapping_add(m[1]);
                h2 = h2.wrapping_add(m[2]);
                h3 = h3.wrapping_add(m[3]);
                h4 = h4.wrapping_add(m[4]);
                let d0 = dot!(h0 r0, h1 s4, h2 s3, h3 s2, h4 s1);
                let d1 = dot!(h0 r1, h1 r0, h2 s4, h3 s3, h4 s2);
                let d2 = dot!(h0 r2, h1 r1, h2 r0, h3 s4, h4 s3);
                let d3 = dot!(h0 r3, h1 r2, h2 r1, h3 r0, h4 s4);
                let d4 = dot!(h0 r4, h1 r3, h2 r2, h3 r1, h4 r0);
                let d1 = d1.wrapping_add(d0 >> 26);
                let d2 = d2.wrapping_add(d1 >> 26);
                let d3 = d3.wrapping_add(d2 >> 26);
                let d4 = d4.wrapping_add(d3 >> 26);
                h0 = (d0 as u32 & M).wrapping_add(((d4 >> 26) as u32).wrapping_mul(5));
                h1 = (d1 as u32 & M).wrapping_add(h0 >> 26);
                h0 &= M;
                h2 = d2 as u32 & M;
                h3 = d3 as u32 & M;
                h4 = d4 as u32 & M;
            }};
        }
        block!(limbs(body[0][l], body[1][l], body[2][l], body[3][l], ONE));
        block!(limbs(body[4][l], body[5][l], body[6][l], body[7][l], ONE));
        block!(limbs(LENGTHS[0].into(), 0, 0, 0, ONE));
        h2 = h2.wrapping_add(h1 >> 26);
        h1 &= M;
        h3 = h3.wrapping_add(h2 >> 26);
        h2 &= M;
        h4 = h4.wrapping_add(h3 >> 26);
        h3 &= M;
        h0 = h0.wrapping_add((h4 >> 26).wrapping_mul(5));
        h4 &= M;
        h1 = h1.wrapping_add(h0 >> 26);
        h0 &= M;
        let g0 = h0.wrapping_add(5);
        let g1 = h1.wrapping_add(g0 >> 26);
        let g2 = h2.wrapping_add(g1 >> 26);
        let g3 = h3.wrapping_add(g2 >> 26);
        let g4 = h4.wrapping_add(g3 >> 26).wrapping_sub(1 << 26);
        let keep = (g4 >> 31).wrapping_neg();
        let pick = |h: u32, g: u32| (h & keep) | (g & M & !keep);
        let (h0, h1, h2, h3, h4) = (pick(h0, g0), pick(h1, g1), pick(h2, g2), pick(h3, g3), pick(h4, g4));
        let w = [h0 | (h1 << 26), (h1 >> 6) | (h2 << 20), (h2 >> 12) | (h3 << 14), (h3 >> 18) | (h4 << 8)];
        let f0 = u64::from(w[0]).wrapping_add(u64::from(key[4][l]));
        let f1 = u64::from(w[1]).wrapping_add(u64::from(key[5][l])).wrapping_add(f0 >> 32);
        let f2 = u64::from(w[2]).wrapping_add(u64::from(key[6][l])).wrapping_add(f1 >> 32);
        let f3 = u64::from(w[3]).wrapping_add(u64::from(key[7][l])).wrapping_add(f2 >> 32);
        out[0][l] = f0 as u32;
        out[1][l] = f1 as u32;
        out[2][l] = f2 as u32;
        out[3][l] = f3 as u32;
    }
}

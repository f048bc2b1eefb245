//! Residues to bits and back.

use crate::error::{Error, Malformed};
use crate::preset::Preset;

/// Residues that fill a whole number of bytes, whatever their length is: as many as a byte has bits.
const GROUP: usize = 8;

/// Bytes of a polynomial at a level.
pub(crate) fn packed_len(preset: Preset, level: u8) -> usize {
    let primes = preset.primes().iter().take(usize::from(level).wrapping_add(1));
    primes.map(|q| length(*q, preset.degree())).sum()
}

/// Bytes of a polynomial for all primes, the special one last.
pub(crate) fn packed_len_all(preset: Preset) -> usize {
    all(preset).map(|q| length(q, preset.degree())).sum()
}

/// One polynomial, for as many primes as it has: N residues of bitlen(q) bits each, the least significant bit first.
pub(crate) fn pack(preset: Preset, residues: &[u64], out: &mut [u8]) {
    pack_chain(preset.primes().iter().copied(), preset.degree(), residues, out);
}

/// As [`pack`], for all primes, the special one last.
pub(crate) fn pack_all(preset: Preset, residues: &[u64], out: &mut [u8]) {
    pack_chain(all(preset), preset.degree(), residues, out);
}

/// As many primes as `out` has room for; the bytes' length is that of [`packed_len`].
///
/// # Errors
/// [`Malformed::NotReduced`]: a residue beyond its prime.
pub(crate) fn unpack(preset: Preset, bytes: &[u8], out: &mut [u64]) -> Result<(), Error> {
    unpack_chain(preset.primes().iter().copied(), preset.degree(), bytes, out)
}

/// As [`unpack`], for all primes, the special one last.
///
/// # Errors
/// As [`unpack`].
pub(crate) fn unpack_all(preset: Preset, bytes: &[u8], out: &mut [u64]) -> Result<(), Error> {
    unpack_chain(all(preset), preset.degree(), bytes, out)
}

fn all(preset: Preset) -> impl Iterator<Item = u64> {
    preset.primes().iter().copied().chain(preset.special())
}

fn pack_chain(chain: impl Iterator<Item = u64>, degree: usize, residues: &[u64], out: &mut [u8]) {
    let mut out = out;
    for (q, residues) in chain.zip(residues.chunks_exact(degree)) {
        let (own, rest) = out.split_at_mut_checked(length(q, degree)).unwrap_or_default();
        out = rest;
        match bits(q) {
            // With the length known, all shifts are, too.
            50 => groups_out(50, residues, own),
            45 => groups_out(45, residues, own),
            40 => groups_out(40, residues, own),
            bits => groups_out(bits, residues, own),
        }
    }
}

fn unpack_chain(
    chain: impl Iterator<Item = u64>,
    degree: usize,
    bytes: &[u8],
    out: &mut [u64],
) -> Result<(), Error> {
    let mut bytes = bytes;
    for ((place, q), out) in (0u8..).zip(chain).zip(out.chunks_exact_mut(degree)) {
        let (own, rest) = bytes.split_at_checked(length(q, degree)).unwrap_or_default();
        bytes = rest;
        match bits(q) {
            50 => groups_in(50, own, out),
            45 => groups_in(45, own, out),
            40 => groups_in(40, own, out),
            bits => groups_in(bits, own, out),
        }
        let most = q.wrapping_sub(1);
        // The sign of most − residue, of all of them.
        let beyond = out.iter().fold(0, |sign, residue| sign | most.wrapping_sub(*residue));
        if beyond >> 63 != 0 {
            return Err(Malformed::NotReduced { prime: place }.into());
        }
    }
    Ok(())
}

const fn bits(q: u64) -> u32 {
    u64::BITS.wrapping_sub(q.leading_zeros())
}

const fn length(q: u64, degree: usize) -> usize {
    (bits(q) as usize).wrapping_mul(degree / GROUP)
}

#[inline(always)]
fn groups_out(bits: u32, residues: &[u64], out: &mut [u8]) {
    let (groups, _) = residues.as_chunks::<GROUP>();
    for (group, out) in groups.iter().zip(out.chunks_exact_mut(bits as usize)) {
        let mut words = [0u64; GROUP];
        let mut at = 0u32;
        for residue in group {
            let (word, shift) = ((at / 64) as usize, at % 64);
            if let Some(word) = words.get_mut(word) {
                *word |= residue.wrapping_shl(shift);
            }
            if let Some(word) = words.get_mut(word.wrapping_add(1)) {
                // In two steps, since a shift by 64 is none.
                *word |= residue.wrapping_shr(63_u32.wrapping_sub(shift)) >> 1;
            }
            at = at.wrapping_add(bits);
        }
        for (out, word) in out.chunks_mut(8).zip(words) {
            for (out, byte) in out.iter_mut().zip(word.to_le_bytes()) {
                *out = byte;
            }
        }
    }
}

#[inline(always)]
fn groups_in(bits: u32, bytes: &[u8], out: &mut [u64]) {
    let mask = (1u64 << (bits % 64)).wrapping_sub(1);
    let (groups, _) = out.as_chunks_mut::<GROUP>();
    for (group, bytes) in groups.iter_mut().zip(bytes.chunks_exact(bits as usize)) {
        let mut copy = [0u8; 64];
        if let Some(copy) = copy.get_mut(..bits as usize) {
            copy.copy_from_slice(bytes);
        }
        let mut at = 0u32;
        for residue in group {
            let word = copy
                .get((at / 8) as usize..)
                .and_then(|from| from.first_chunk())
                .map_or(0, |b| u64::from_le_bytes(*b));
            *residue = word.wrapping_shr(at % 8) & mask;
            at = at.wrapping_add(bits);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    /// One bit after the other, as docs/format.md says it.
    #[test]
    fn bits_lie_where_the_text_says() {
        for preset in Preset::ALL {
            let degree = preset.degree();
            let residues: Vec<u64> = (0..degree * preset.primes().len())
                .map(|i| (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) % preset.primes()[i / degree])
                .collect();
            let mut bytes = vec![0; packed_len(preset, preset.top_level())];
            pack(preset, &residues, &mut bytes);
            let mut at = 0;
            for (i, residue) in residues.iter().enumerate() {
                for bit in 0..super::bits(preset.primes()[i / degree]) {
                    assert_eq!(
                        u64::from(bytes[at / 8] >> (at % 8) & 1),
                        residue >> bit & 1,
                        "{preset:?} {i} {bit}"
                    );
                    at += 1;
                }
            }
            assert_eq!(at, bytes.len() * 8);
            let mut back = vec![0; residues.len()];
            unpack(preset, &bytes, &mut back).unwrap();
            assert_eq!(back, residues);
        }
    }

    #[test]
    fn residues_beyond_their_prime_are_refused() {
        let preset = Preset::Depth2;
        let degree = Preset::Depth2.degree();
        let mut bytes = vec![0; packed_len(Preset::Depth2, 2)];
        for (place, q) in preset.primes().iter().enumerate() {
            for (value, fine) in [(q - 1, true), (*q, false), ((1 << super::bits(*q)) - 1, false)] {
                let mut residues = vec![0; degree * 3];
                residues[degree * place + degree - 1] = value;
                pack(preset, &residues, &mut bytes);
                let refused = Malformed::NotReduced { prime: u8::try_from(place).unwrap() };
                let expected = if fine { Ok(()) } else { Err(refused.into()) };
                assert_eq!(unpack(preset, &bytes, &mut residues), expected);
            }
        }
    }
}

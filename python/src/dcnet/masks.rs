//! The mask part of many meters' contributions, in lanes.

use meter_link::{Field64, PairKey, Round, Stream, pad};
use numpy::PyArrayMethods;
use pyo3::prelude::*;
use zeroize::Zeroizing;

use crate::argument::{argument, int_or};
use crate::array::{filled, with_room, zeros};
use crate::error::Failure;
use crate::threads::Threads;

/// What the keys of meters with their neighbours add to their readings in a round: `keys` of shape (…, k, 32)
/// are k keys of each meter (bytes of a pair key of `wattsum.link`, or 32 uniform bytes in a simulation),
/// `signs` of shape (…, k) says of each whether its pads are added (1) or subtracted (-1; 0 leaves a key out).
/// Gives uint64 of shape (…, channels): elements of Field64, which cancel in the sum of all meters where the
/// two ends of each key have opposite signs.
///
/// A key gives one mask a round: two readings under it give their difference away. `Meters` sees to that, and
/// to all else that makes a frame; this is its arithmetic, for simulations and comparisons.
#[pyfunction]
#[pyo3(signature = (keys, signs, round, channels = None, *, threads = None))]
pub(crate) fn dcnet_masks<'py>(
    py: Python<'py>,
    keys: &Bound<'py, PyAny>,
    signs: &Bound<'py, PyAny>,
    round: &Bound<'py, PyAny>,
    channels: Option<&Bound<'py, PyAny>>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let given = argument("keys", keys);
    let keys = given.uint8s()?;
    let [meters @ .., degree, 32] = keys.shape() else {
        return Err(
            given.refuse("expected the last axis to be the 32 bytes of a key, the one before a meter's keys")
        );
    };
    let of_signs = argument("signs", signs);
    let signs = of_signs.int8s()?;
    if signs.shape() != [meters, &[*degree]].concat() {
        return Err(of_signs.wrong_shape(signs.shape(), &[meters, &[*degree]].concat()));
    }
    let round = argument("round", round).round()?;
    let channels = usize::from(int_or::<u16>("channels", channels, 1)?);
    if !(1..=MOST_CHANNELS).contains(&channels) {
        return Err(Failure::argument("channels", format_args!("expected 1 ... {MOST_CHANNELS}")).into());
    }
    let threads = Threads::of(threads)?;
    let masks = zeros::<u64>(py, &[meters, &[channels]].concat(), "uint64")?;
    let mut places = masks.try_readwrite()?;
    let (keys, signs, places) = (keys.as_slice(), signs.as_slice(), places.as_slice_mut()?);
    py.detach(|| {
        let meters = places.len().checked_div(channels).unwrap_or_default();
        let part = meters.div_ceil(threads.count()).max(1);
        let each = part.saturating_mul(*degree).max(1);
        let (keys, _) = keys.as_chunks::<32>();
        let jobs = places.chunks_mut(part.saturating_mul(channels)).enumerate();
        let jobs = jobs.map(|(number, places)| {
            let first = number.saturating_mul(each);
            let keys = keys.get(first..).unwrap_or_default();
            (keys, signs.get(first..).unwrap_or_default(), places)
        });
        let done = threads.run(jobs.collect(), |(keys, signs, places)| {
            masks_of(keys, signs, *degree, round, channels, places)
        });
        done.into_iter().collect::<Result<(), Failure>>()
    })?;
    Ok(masks.into_any())
}

/// As a group can have.
const MOST_CHANNELS: usize = 1024;

/// Pads made at once: whole vectors of keys, and pads in the near cache.
const AT_ONCE: usize = 2048;

fn masks_of(
    keys: &[[u8; 32]],
    signs: &[i8],
    degree: usize,
    round: Round,
    channels: usize,
    places: &mut [u64],
) -> Result<(), Failure> {
    if degree == 0 {
        return Ok(());
    }
    let meters = AT_ONCE.checked_div(degree.saturating_mul(channels)).unwrap_or_default().max(1);
    let most = meters.checked_mul(degree).ok_or(Failure::NoMemory)?;
    let mut pads =
        Zeroizing::new(filled(Field64::ZERO, most.checked_mul(channels).ok_or(Failure::NoMemory)?)?);
    let mut held: Vec<PairKey> = with_room(most)?;
    let each = keys.chunks(most).zip(signs.chunks(most));
    for ((keys, signs), places) in each.zip(places.chunks_mut(meters.saturating_mul(channels))) {
        held.clear();
        held.extend(keys.iter().map(PairKey::from_bytes));
        let pads = pads.get_mut(..held.len().saturating_mul(channels)).unwrap_or_default();
        pad::pads(&held, round, Stream::Mask, channels, pads)?;
        let rows = places.chunks_exact_mut(channels).zip(pads.chunks_exact(degree.saturating_mul(channels)));
        for ((place, pads), signs) in rows.zip(signs.chunks_exact(degree)) {
            for (channel, place) in place.iter_mut().enumerate() {
                let column = pads.iter().skip(channel).step_by(channels);
                *place = signed_sum(column.copied(), signs)?.to_u64();
            }
        }
    }
    Ok(())
}

/// Signs are public.
fn signed_sum(pads: impl Iterator<Item = Field64>, signs: &[i8]) -> Result<Field64, Failure> {
    let mut sum = Field64::ZERO;
    for (pad, sign) in pads.zip(signs) {
        match sign {
            1 => sum += pad,
            -1 => sum -= pad,
            0 => {}
            _ => return Err(Failure::argument("signs", "expected 1, -1 or 0")),
        }
    }
    Ok(sum)
}

//! Sections `dcnet`, `shuffle` and `shamir` of the reference.

use alloc::vec;
use alloc::vec::Vec;

use dcnet_core::graph;
#[cfg(feature = "head")]
use meter_link::answer::weighted_corrections;
use meter_link::answer::{AnswerKind, AnswererLink, BLOCK, Query, Quorum, bind};
use meter_link::field::{add_assign, lagrange};
use meter_link::frame::Reader;
use meter_link::{Context, Error, Field64, Misuse, PairKey, PartyId, Round, Stream, pad};

use super::{Computed, between, derived, elements, encoded, ids, list, ok, readings, round, words};

pub(super) fn graph_seed(input: &mut Reader<'_>) -> Computed {
    ok(&graph::seed(&Context(*input.array()?)))
}

/// Where each index goes, and back.
pub(super) fn shuffle(input: &mut Reader<'_>) -> Computed {
    let (count, seed) = (input.u32()?, input.array()?);
    let places =
        (0..count).map(|index| graph::shuffled(index, count, seed)).collect::<Result<Vec<_>, _>>()?;
    let back =
        places.iter().map(|place| graph::unshuffled(*place, count, seed)).collect::<Result<Vec<_>, _>>()?;
    ok(&words(places.into_iter().chain(back)))
}

pub(super) fn neighbours(input: &mut Reader<'_>) -> Computed {
    let (position, count, degree, context) =
        (input.u32()?, input.u32()?, input.u32()?, Context(*input.array()?));
    let mut positions = vec![0; usize::try_from(count).map_err(|_| Misuse::WrongLength)?];
    let found = graph::neighbours(position, count, degree, &graph::seed(&context), &mut positions)?;
    ok(&words(positions.into_iter().take(found)))
}

/// The sharing of a meter, from the code that meters run: f(0), and corrections by answerer.
struct Sharing {
    zero: Vec<Field64>,
    corrections: Vec<Vec<Field64>>,
}

/// `at_zero` is what is shared; without it the self-mask of `channels`.
fn sharing(
    [answerers, threshold]: [u8; 2],
    keys: impl Fn(u32) -> PairKey,
    round: Round,
    at_zero: Option<&[Field64]>,
    channels: usize,
) -> Result<Sharing, Error> {
    let mut links: Vec<AnswererLink> = (0..answerers).map(|_| AnswererLink::default()).collect();
    for (number, link) in (1..).zip(&mut links) {
        *link.key_mut() = keys(number);
    }
    let mut made = Sharing { zero: Vec::new(), corrections: vec![Vec::new(); usize::from(answerers)] };
    for (counter, from) in (0..).zip((0..channels).step_by(BLOCK)) {
        let width = BLOCK.min(channels - from);
        let fixed = at_zero.map(|values| {
            let mut block = [Field64::ZERO; BLOCK];
            block.iter_mut().zip(values.iter().skip(from)).for_each(|(place, value)| *place = *value);
            block
        });
        let zero =
            AnswererLink::share_block(&mut links, threshold, round, counter, fixed, |number, values| {
                let own = made.corrections.get_mut(usize::from(number) - 1).ok_or(Misuse::BadParameter)?;
                own.extend(values.iter().take(width));
                Ok(())
            })?;
        made.zero.extend(zero.iter().take(width));
    }
    Ok(made)
}

/// The signed sum of a meter's pads with others.
fn pads(seed: &[u8; 32], me: PartyId, others: &[PartyId], round: Round, sum: &mut [Field64]) {
    let keys: Vec<(PairKey, bool)> = others.iter().map(|o| (between(seed, me.0, o.0), me < *o)).collect();
    pad::signed_sum(keys.iter().map(|(key, adds)| (key, *adds)), round, Stream::Mask, sum);
}

/// What a meter of dcnet sends: the masked reading, then corrections of the holders beyond the threshold.
pub(super) fn masked(input: &mut Reader<'_>) -> Computed {
    let (round, holders) = (round(input)?, [input.u8()?, input.u8()?]);
    let (pair_seed, holder_seed, me) = (input.array()?, input.array()?, PartyId(input.u32()?));
    let (others, reading) = (ids(input)?, field(&readings(input)?));
    let own = sharing(holders, |number| derived(holder_seed, number, me.0), round, None, reading.len())?;
    let mut value = own.zero;
    pads(pair_seed, me, &others, round, &mut value);
    add_assign(&mut value, &reading);
    ok(&[encoded(&value), encoded(&own.corrections.concat())].concat())
}

pub(super) fn repair(input: &mut Reader<'_>) -> Computed {
    let (round, seed, me) = (round(input)?, input.array()?, PartyId(input.u32()?));
    let (gone, channels) = (ids(input)?, input.u16()?);
    let mut value = vec![Field64::ZERO; usize::from(channels)];
    pads(seed, me, &gone, round, &mut value);
    ok(&encoded(&value))
}

fn field(values: &[i64]) -> Vec<Field64> {
    values.iter().map(|value| Field64::from_i64(*value)).collect()
}

/// What a meter of shamir sends.
pub(super) fn corrections(input: &mut Reader<'_>) -> Computed {
    let (round, aggregators) = (round(input)?, [input.u8()?, input.u8()?]);
    let (seed, me, reading) = (input.array()?, input.u32()?, field(&readings(input)?));
    let made =
        sharing(aggregators, |number| derived(seed, number, me), round, Some(&reading), reading.len())?;
    ok(&encoded(&made.corrections.concat()))
}

/// The classical sharing: shares of all parties.
pub(super) fn split(input: &mut Reader<'_>) -> Computed {
    let (parties, threshold, secret) = (input.u8()?, input.u8()?, elements(input)?);
    let coefficients = list(input, elements)?;
    let mut shares = vec![vec![Field64::ZERO; secret.len()]; usize::from(parties)];
    let mut places: Vec<&mut [Field64]> = shares.iter_mut().map(Vec::as_mut_slice).collect();
    shamir_agg::split_with(&secret, threshold, &mut places, |degree, channel| {
        let row = coefficients.get(usize::from(degree) - 1);
        row.and_then(|row| row.get(channel)).copied().unwrap_or_default()
    })?;
    ok(&encoded(&shares.concat()))
}

/// What shares (number, values) give back.
pub(super) fn combine(input: &mut Reader<'_>) -> Computed {
    let shares = list(input, |input| Ok((input.u8()?, elements(input)?)))?;
    let chosen: Vec<(u8, &[Field64])> =
        shares.iter().map(|(number, share)| (*number, share.as_slice())).collect();
    let mut back = vec![Field64::ZERO; shares.first().map_or(0, |(_, share)| share.len())];
    shamir_agg::combine(&chosen, &mut back)?;
    ok(&encoded(&back))
}

fn quorum(input: &mut Reader<'_>) -> Result<Quorum, Error> {
    Quorum::new(&list(input, Reader::u8)?)
}

/// Lagrange's, of both functions.
pub(super) fn coefficients(input: &mut Reader<'_>) -> Computed {
    let quorum = quorum(input)?;
    let numbers: Vec<u8> = quorum.iter().collect();
    let of = numbers.iter().map(|number| quorum.coefficient(*number)).collect::<Result<Vec<_>, _>>()?;
    let same =
        (0..numbers.len()).map(|at| lagrange::coefficient(&numbers, at, 0)).collect::<Result<Vec<_>, _>>()?;
    if of != same {
        return Err(Misuse::BadQuorum.into());
    }
    ok(&encoded(&of))
}

/// An answerer's bound answer.
pub(super) fn bound(input: &mut Reader<'_>) -> Computed {
    let kind = match input.u8()? {
        1 => AnswerKind::DcnetRound,
        _ => AnswerKind::ShamirRound,
    };
    let (context, round, digest) = (Context(*input.array()?), round(input)?, input.array()?);
    let (quorum, me) = (quorum(input)?, input.u8()?);
    let (key_seed, zero_seed) = (input.array()?, input.array()?);
    let (members, channels) = (ids(input)?, input.u16()?);
    let mut sums = vec![Field64::ZERO; usize::from(channels)];
    for member in members {
        pad::sum(&[derived(key_seed, me.into(), member.0)], round, Stream::Share, &mut sums);
    }
    let fellows: Vec<PairKey> =
        (0..=u8::MAX).map(|other| between(zero_seed, me.into(), other.into())).collect();
    let query = Query { context: &context, round, kind, digest, quorum: &quorum };
    bind(&query, me, &mut sums, |other| fellows.get(usize::from(other)))?;
    ok(&encoded(&sums))
}

/// The sums that are opened: some vectors less others, and corrections by answerer, weighted and added (shamir) or taken
/// off (dcnet).
#[cfg(feature = "head")]
pub(super) fn opened(input: &mut Reader<'_>) -> Computed {
    let (quorum, adds, channels) = (quorum(input)?, input.u8()? == 1, usize::from(input.u16()?));
    let (mut total, mut off) = (summed(input, channels)?, summed(input, channels)?);
    let mut corrections: Vec<Option<Vec<Field64>>> = vec![None; 256];
    for _ in 0..input.u32()? {
        let own = corrections.get_mut(usize::from(input.u8()?)).ok_or(Misuse::BadParameter)?;
        add_assign(own.get_or_insert_with(|| vec![Field64::ZERO; channels]), &elements(input)?);
    }
    let weighted = weighted_corrections(&quorum, channels, |number| {
        corrections.get(usize::from(number)).and_then(|own| own.as_deref())
    })?;
    add_assign(if adds { &mut total } else { &mut off }, &weighted);
    let sums = total.iter().zip(off).map(|(plus, minus)| (*plus - minus).centred());
    Ok(sums.flat_map(i64::to_le_bytes).collect())
}

#[cfg(feature = "head")]
fn summed(input: &mut Reader<'_>, channels: usize) -> Result<Vec<Field64>, Error> {
    let mut sum = vec![Field64::ZERO; channels];
    for _ in 0..input.u32()? {
        add_assign(&mut sum, &elements(input)?);
    }
    Ok(sum)
}

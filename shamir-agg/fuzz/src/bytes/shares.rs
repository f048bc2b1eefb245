//! Sharing, and decoding against brute force.

use meter_link::Field64;
use meter_link::answer::Quorum;
use meter_link::field::lagrange;
use shamir_agg::{Check, Decoder, Error, Reconstruction, combine, split_with};

use super::super::input::Input;
use super::super::world::World;

fn element(input: &mut Input<'_>) -> Field64 {
    Field64::from_u64(input.u64() % Field64::MODULUS)
}

/// The value at `at` of the polynomial through these points.
fn value(xs: &[u8], ys: &[Field64], at: u8) -> Field64 {
    (0..xs.len()).map(|i| lagrange::coefficient(xs, i, at).unwrap() * ys[i]).sum()
}

/// Who is wrong, and the value at 0: the one polynomial that all but e fit, by trying all.
fn by_force(xs: &[u8], ys: &[Field64], t: usize) -> Result<(Quorum, Field64), Error> {
    let most = (xs.len() - t) / 2;
    for mask in (0u32..1 << xs.len()).filter(|mask| mask.count_ones() as usize == t) {
        let places = (0..xs.len()).filter(|i| (mask >> i) & 1 == 1);
        let (own, values): (Vec<u8>, Vec<Field64>) = places.map(|i| (xs[i], ys[i])).unzip();
        let wrong = xs.iter().zip(ys).filter(|(x, y)| !own.contains(x) && value(&own, &values, **x) != **y);
        let wrong = wrong.fold(Quorum::default(), |wrong, (x, _)| wrong.with(*x));
        if usize::from(wrong.len()) <= most {
            return Ok((wrong, value(&own, &values, 0)));
        }
    }
    Err(Error::Inconsistent)
}

/// `n ‖ t ‖ columns ‖ numbers ‖ coefficients ‖ (row ‖ column ‖ error) …`.
pub fn decoder(_: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let mut input = Input::new(bytes);
    let n = 1 + input.index(8);
    let (t, columns) = (1 + input.index(n), 1 + input.index(5));
    let mut numbers: Vec<u8> = (0..n).map(|_| input.u8().max(1)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let numbers = if mode & 2 == 0 { (1..=n as u8).collect() } else { numbers };
    let (n, quorum) = (numbers.len(), Quorum::new(&numbers).unwrap());
    let Ok(decoder) = Decoder::new(&quorum, t as u8) else {
        assert!(n < t);
        return false;
    };
    let expected = match n - t {
        0 => Check::Unchecked,
        1 => Check::Detects,
        spare => Check::Names(spare as u8 / 2),
    };
    assert_eq!(decoder.check(), expected);
    let polynomials: Vec<Vec<Field64>> =
        (0..columns).map(|_| (0..t).map(|_| element(&mut input)).collect()).collect();
    let at = |polynomial: &Vec<Field64>, x: u8| {
        polynomial.iter().rev().fold(Field64::ZERO, |sum, c| sum * Field64::from_u64(x.into()) + *c)
    };
    let mut rows: Vec<Vec<Field64>> =
        numbers.iter().map(|x| polynomials.iter().map(|polynomial| at(polynomial, *x)).collect()).collect();
    while !input.is_empty() {
        let (row, column) = (input.index(n), input.index(columns));
        rows[row][column] += element(&mut input);
    }
    let answers: Vec<&[Field64]> = rows.iter().map(Vec::as_slice).collect();
    let column = |c: usize| rows.iter().map(|row| row[c]).collect::<Vec<_>>();
    let forced: Vec<_> = (0..columns).map(|c| by_force(&numbers, &column(c), t)).collect();
    // All columns together.
    let untouched = vec![Field64::from_u64(77); columns];
    let mut out = untouched.clone();
    let decoded = decoder.decode(&answers, &mut out);
    let most = (n - t) / 2;
    let all = forced.iter().try_fold(Quorum::default(), |all, found| {
        let all = found.as_ref().map_err(|error| *error)?.0.iter().fold(all, Quorum::with);
        if usize::from(all.len()) <= most { Ok(all) } else { Err(Error::Inconsistent) }
    });
    assert_eq!(decoded, all);
    match all {
        Ok(_) => {
            assert!(out.iter().zip(&forced).all(|(out, found)| found.as_ref().is_ok_and(|f| f.1 == *out)))
        }
        Err(_) => assert_eq!(out, untouched),
    }
    // Each for itself.
    let mut out = untouched.clone();
    let mut told = vec![Ok(Quorum::default()); columns];
    let mut last = None;
    decoder
        .decode_each(&answers, &mut out, |column, wrong| {
            assert!(last < Some(column));
            last = Some(column);
            told[column] = wrong;
        })
        .unwrap();
    for c in 0..columns {
        match forced[c] {
            Ok((wrong, zero)) => assert_eq!((told[c], out[c]), (Ok(wrong), zero)),
            Err(error) => assert_eq!((told[c], out[c]), (Err(error), untouched[c])),
        }
    }
    all.is_ok()
}

/// `m ‖ t ‖ width ‖ secrets ‖ coefficients`: any t of the m shares give the secret, in any order.
pub fn sharing(_: &World, _: u8, bytes: &mut [u8]) -> bool {
    let mut input = Input::new(bytes);
    let (m, t, width) = (input.index(12), input.u8() % 13, input.index(6));
    let secret: Vec<Field64> = (0..width).map(|_| element(&mut input)).collect();
    let mut shares = vec![vec![Field64::from_u64(9); width]; m];
    let mut places: Vec<&mut [Field64]> = shares.iter_mut().map(Vec::as_mut_slice).collect();
    let coefficients = input;
    let done = split_with(&secret, t, &mut places, |degree, channel| {
        let mut own = coefficients;
        own.upto(8 * (usize::from(degree) + usize::from(t) * channel));
        element(&mut own)
    });
    assert_eq!(done.is_ok(), t > 0 && usize::from(t) <= m);
    if done.is_err() {
        return false;
    }
    let pick = input.index(m) as u8;
    let numbers: Vec<u8> = (0..t).map(|i| 1 + (i + pick) % m as u8).collect();
    let parts: Vec<(u8, &[Field64])> =
        numbers.iter().map(|number| (*number, shares[usize::from(*number) - 1].as_slice())).collect();
    let mut out = vec![Field64::ZERO; width];
    combine(&parts, &mut out).unwrap();
    assert_eq!(out, secret);
    let rows: Vec<&[Field64]> = parts.iter().map(|(_, share)| *share).collect();
    let mut again = vec![Field64::ZERO; width];
    Reconstruction::new(&numbers).unwrap().combine(&rows, &mut again).unwrap();
    assert_eq!(again, secret);
    // Numbers at will.
    let any = input.rest();
    let distinct =
        any.iter().all(|number| *number != 0 && any.iter().filter(|other| *other == number).count() == 1);
    assert_eq!(Reconstruction::new(any).is_ok(), distinct && !any.is_empty());
    true
}

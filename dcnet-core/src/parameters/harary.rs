//! The random Harary graph of Bell et al. as Google computes it: our tails on a published table.
//!
//! Not used by the protocol (an equivocating utility cuts such a graph into sets of a handful of meters);
//! it is here so that what the tails say can be held against numbers that others published.

use meter_link::{Error, Misuse};

use super::LIVENESS_BITS;
use super::tail::{Hypergeometric, ln_choose, ln_of_bits};

/// What the server of the published table may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// It follows the protocol and looks on.
    SemiHonest,
    /// It may tell different clients of different sets: two sets of shares must not both reach the threshold.
    SemiMalicious,
}

/// Degree and threshold for secret sharing among neighbours in a random Harary graph of n clients, drop-outs
/// not depending on the graph: J. Bell, K. Bonawitz, A. Gascón, T. Lepoint, M. Raykova, *Secure
/// single-server aggregation with (poly)logarithmic overhead* (CCS 2020), section 3, with the bounds of
/// `graph_parameter_finder.cc` in github.com/google/federated-compute:
///
/// * isolated: P(X > a) ≤ 2^−(λ+1)/n, X ~ Hypergeometric(n, ⌊γn⌋, degree);
/// * disconnected: two gaps of degree/2 clients in a row, n(n − degree − 1)/2 · C(n − degree, bad − degree) /
///   C(n, bad) < 2^−(λ+1) with bad = ⌊γn⌋ + ⌊δn⌋;
/// * liveness: P(Y < t) ≤ 2^−20/n, Y ~ Hypergeometric(n, n − ⌊δn⌋, degree);
/// * t = max(2, a + 1), and against [`Server::SemiMalicious`] the least t with 2t − degree > a.
///
/// # Errors
/// [`Misuse::BadParameter`] for shares outside 0 … 1 or that leave less than a tenth of honest clients (drop-outs
/// count twice against [`Server::SemiMalicious`]), and where no degree will do; [`Misuse::EmptyGroup`].
pub fn harary(
    n: u32,
    colluding: f64,
    absent: f64,
    security: u32,
    server: Server,
) -> Result<(u32, u32), Error> {
    let case = super::Case::new(n, colluding, absent, security)?;
    if server == Server::SemiMalicious && colluding + 2.0 * absent > super::MOST_LOST {
        return Err(Misuse::BadParameter.into());
    }
    let bad = case.colluders + case.absent;
    let ln_part = ln_of_bits(f64::from(security), 2.0);
    let mut degree = 2u32;
    while degree < n.saturating_sub(1) {
        let drawn = f64::from(degree);
        let around = |marked| Hypergeometric { total: case.meters, marked, drawn };
        let most = around(case.colluders).hardly_above(ln_part - libm::log(case.meters));
        let left = around(case.meters - case.absent).hardly_below(ln_of_bits(LIVENESS_BITS, case.meters));
        let threshold = match server {
            Server::SemiHonest => most + 1.0,
            Server::SemiMalicious => libm::floor((most + drawn) / 2.0) + 1.0,
        };
        let gaps = libm::log(case.meters) + libm::log(case.meters - drawn - 1.0) - core::f64::consts::LN_2;
        let closed = ln_choose(case.meters - drawn, bad - drawn) - ln_choose(case.meters, bad);
        if threshold <= left && gaps + closed < ln_part {
            return Ok((degree, super::whole(threshold.max(2.0))));
        }
        // A neighbour more leaves one more at most.
        let lacking = super::whole(threshold - left).max(2).next_multiple_of(2);
        degree = degree.saturating_add(lacking);
    }
    Err(Misuse::BadParameter.into())
}

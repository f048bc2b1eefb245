//! How many neighbours a meter needs: degree, local threshold and committee for a security level.
//!
//! n meters stand on a union of degree/2 random Hamiltonian cycles, drawn after the roster was pinned. ⌊γn⌋ of them
//! collude with the utility, chosen before the graph was known; h = n − ⌊γn⌋ are honest. The utility, which knows
//! the graph, then chooses up to ⌊δn⌋ meters to be absent (*adaptive drop-outs*), the same for all. A meter takes part
//! only if enough of its neighbours do. What is bounded is the probability, over the beacon, that some reading is
//! protected by the pair layer less than it seems.
//!
//! **Coinciding edges.** A meter has d ≤ degree *distinct* neighbours, which are a uniform subset of the n − 1 others.
//! A cycle adds 2, 1 or 0 of them: with k known, (n−1−k)(n−2−k), 2k(n−1−k) and k(k−1) in (n−1)(n−2). *Counted on* is
//! the largest k with n · P(d < k) ≤ [`THIN_GRAPHS`], or up to three fewer where whole numbers leave more room there. A
//! meter with more must keep half of what it has more ([`Params::least_left`](crate::Params::least_left)).
//!
//! Three events are bounded, the first by 2^−λ/3, the others by twice that together:
//!
//! * **isolated**: some meter has more than t(d) − m colluding neighbours, and with t(d) left fewer than m honest ones.
//!   n · Σ_d P(d) · P(X > t(d) − m), X ~ Hypergeometric(n − 1, ⌊γn⌋, d); and for d = k alone n · P(X > a) ≤ 2^−λ/3,
//!   which gives a_max = a and t(k) = a_max + m. (Bell et al. 2020, section 3; Google's finder.)
//! * **pocket**: s honest meters with m honest neighbours each among themselves, whom so few drop-outs cut off that
//!   nothing more can be said. The edges inside such a set in one cycle are Hypergeometric(n − 1, s − 1, s), a sum of
//!   independent indicators; those of all cycles, by Hoeffding (1956), reach sm/2 with at most the probability of
//!   the binomial: Σ_s C(h, s) · P(Bin(s·degree/2, (s − 1)/(n − 1)) ≥ sm/2).
//! * **split**: s honest meters without an edge to u = h − ⌊δn⌋ − s others:
//!   Σ_s C(h, s) · C(h − s, u) · q(s, u)^(k/2), q the probability for one cycle, counted exactly. Coinciding edges
//!   count as no edges: k, not the degree. It holds for *any* choice of the absent, made with the graph in hand.
//!
//! A set of each size s = m + 1 … h/2 counts for the less probable of pocket and split; what is no pocket and cannot be
//! split off leaves the honest meters of the round connected, and the pair layer gives away their sum only.
//!
//! **Liveness**: with ⌊δn⌋ absent that do not depend on the graph, n · P(Y < t(k)) ≤ 2^−20 for who has k distinct
//! neighbours, Y ~ Hypergeometric(n − 1, n − 1 − ⌊δn⌋, k). Who has more fares better. It costs a round, not a reading.
//!
//! **Complete graphs** (up to 256 meters): nobody can be split off, one honest neighbour is enough, t = ⌊γn⌋ + 1.
//!
//! A utility that shows different Closes to different meters is not in this model: against it stand the holders.

mod committee;
mod cycles;
mod harary;
mod tail;

use meter_link::{Error, Misuse};

use crate::graph;
use crate::neighbour::Neighbour;
use crate::params::least_left;
use cycles::Distinct;
use tail::{Hypergeometric, ln_of_bits};

pub use committee::{MOST_COLLUDING, committee, committee_fails};
pub use harary::{Server, harary};

/// Share of the epochs that may have a meter with fewer distinct neighbours than counted on. Such a meter keeps the
/// same security; it is more often without enough of them. A choice, not a bound: from 0.084 to 0.178 the degrees of the
/// design are the same.
pub const THIN_GRAPHS: f64 = 0.1;

/// A meter of a round has too few neighbours left with a probability of at most 2^−20 for the whole group, as in
/// Google's finder.
pub const LIVENESS_BITS: f64 = 20.0;

/// Largest security level that is computed.
pub const MOST_BITS: u32 = 128;

/// Largest degree that is looked for: a meter has 36 bytes for each neighbour.
pub const MOST_DEGREE: u32 = 512;

/// Largest share of meters that may collude or be absent: what is left is too little for any graph worth having.
const MOST_LOST: f64 = 0.9;

/// What the meters of a group are feared to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Risk {
    /// γ: the share that colludes with the utility.
    pub colluding: f64,
    /// δ: the share that is absent, or silent in the round, chosen by the utility if it likes.
    pub absent: f64,
    /// λ: the graph is bad with a probability of at most 2^−λ.
    pub security: u32,
}

impl Risk {
    /// A third colluding, 5 % absent, 2^−40.
    pub const DEFAULT: Risk = Risk { colluding: 1.0 / 3.0, absent: 0.05, security: 40 };

    /// That it is one.
    pub(crate) fn check(&self, n: u32) -> Result<(), Error> {
        Case::of_minority(n, self.colluding, self.absent, self.security).map(|_| ())
    }
}

/// Neighbours that n meters need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbourhood {
    /// Degree of the graph; 0 for at most 256 meters, where everybody is everybody's neighbour.
    pub degree: u32,
    /// Distinct neighbours counted on: k.
    pub distinct: u32,
    /// Most colluders among as many: a_max.
    pub most_colluding: u32,
    /// Honest neighbours that a meter needs: m.
    pub honest: u32,
    /// Neighbours that must be left to a meter with `distinct`: a_max + m, or a little more.
    pub local_threshold: u32,
    /// Neighbours that must be left to a meter with `degree` distinct ones, which is what
    /// [`Params`](crate::Params) holds.
    pub min_neighbours: u32,
}

/// The smallest degree for n meters of whom a share `colluding` (γ) colludes and a share `absent` (δ) is away, such
/// that the graph is bad with a probability of at most 2^−`security`.
///
/// # Errors
/// [`Misuse::EmptyGroup`] for n = 0; [`Misuse::BadParameter`] for more than [`Neighbour::MAX_METERS`], for shares that
/// are no numbers from 0 on or together above nine tenths, for γ ≥ ½, for a level outside 1 … [`MOST_BITS`], and where
/// neither a degree up to [`MOST_DEGREE`] nor a complete graph of as many neighbours will do.
///
/// # Security
/// See the module. A bound on what a bad beacon can do, not on what a stolen key or a meter that lies can.
pub fn parameters(n: u32, colluding: f64, absent: f64, security: u32) -> Result<Neighbourhood, Error> {
    let case = Case::of_minority(n, colluding, absent, security)?;
    let mut distinct = Distinct::without_cycles(case.meters);
    let (mut degree, mut from) = (0u32, 0u32);
    while degree < MOST_DEGREE && !graph::is_complete(n, degree.wrapping_add(2)) {
        degree = degree.wrapping_add(2); // below n
        distinct.add_cycle();
        if degree < from {
            continue;
        }
        match of_degree(&case, degree, &distinct) {
            Ok(found) => return Ok(found),
            Err(lacking) => from = degree.saturating_add(lacking),
        }
    }
    let most_colluding = whole(case.colluders);
    let least = most_colluding.saturating_add(1);
    let too_large = !graph::is_complete(n, MOST_DEGREE);
    if too_large || f64::from(least) > case.meters - 1.0 - case.absent {
        return Err(Misuse::BadParameter.into());
    }
    Ok(Neighbourhood {
        degree: if n <= graph::COMPLETE_UP_TO { 0 } else { n & !1 },
        distinct: n.saturating_sub(1),
        most_colluding,
        honest: 1,
        local_threshold: least,
        min_neighbours: least,
    })
}

/// What this degree needs, or a number by which it is too small at least. A group may count on a few neighbours fewer
/// than it has: whole numbers sometimes leave more room there.
fn of_degree(case: &Case, degree: u32, distinct: &Distinct) -> Result<Neighbourhood, u32> {
    let most = distinct.counted_on(case.meters);
    let mut room = f64::NEG_INFINITY;
    for k in (0..COUNT_FEWER).map(|fewer| most - f64::from(fewer)).filter(|k| *k >= 1.0) {
        let local = Local::of(case, k);
        room = (local.left - local.most).max(room);
        if let Some(found) = local.neighbourhood(case, degree, distinct) {
            return Ok(found);
        }
    }
    // A neighbour more leaves room for one honest neighbour more at most.
    Err(whole(1.0 - room))
}

/// As many numbers of neighbours to count on are tried for a degree.
const COUNT_FEWER: u32 = 4;

/// What k distinct neighbours bring.
struct Local {
    k: f64,
    /// Colluders among them, at most.
    most: f64,
    /// Neighbours left, at least.
    left: f64,
}

impl Local {
    fn of(case: &Case, k: f64) -> Self {
        let around = |marked| Hypergeometric { total: case.meters - 1.0, marked, drawn: k };
        let left = around(case.meters - 1.0 - case.absent);
        Local {
            k,
            most: around(case.colluders).hardly_above(case.ln_part() - libm::log(case.meters)),
            left: left.hardly_below(ln_of_bits(LIVENESS_BITS, case.meters)),
        }
    }

    fn neighbourhood(&self, case: &Case, degree: u32, distinct: &Distinct) -> Option<Neighbourhood> {
        let part = libm::exp(case.ln_part());
        let safe = |m: &f64| cycles::cut_off(case, degree.into(), self.k, *m) <= 2.0 * part;
        let room = self.left - self.most;
        if room < 1.0 || !safe(&room) {
            return None;
        }
        let honest = (1..=whole(room)).map(f64::from).find(safe)?;
        let spare = degree.saturating_sub(whole(self.k)) / 2;
        let local_threshold = (whole(self.most + honest)..=whole(self.left)).find(|local| {
            let least = |d: f64| f64::from(least_left(degree, local.saturating_add(spare), case.n, whole(d)));
            distinct.isolated(case, honest, least) <= part
        })?;
        Some(Neighbourhood {
            degree,
            distinct: whole(self.k),
            most_colluding: whole(self.most),
            honest: whole(honest),
            local_threshold,
            min_neighbours: local_threshold.saturating_add(spare),
        })
    }
}

/// Events among which the security level is shared evenly.
const PARTS: f64 = 3.0;

/// How bad a graph of this degree and local threshold is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assessment {
    /// The graph is bad with a probability of at most 2^−this; 0 where nothing can be said.
    pub security: f64,
    /// Some meter has too few neighbours left in a round with a probability of at most 2^−this.
    pub liveness: f64,
}

/// What given numbers are worth: for degrees and thresholds that do not come from [`parameters`].
///
/// `min_neighbours` is what must be left to a meter with `degree` distinct neighbours, see [`Params::least_left`](crate::Params::least_left).
///
/// # Errors
/// As [`parameters`]; [`Misuse::BadParameter`] for an odd degree too, or one beyond [`MOST_DEGREE`].
pub fn assess(
    n: u32,
    degree: u32,
    min_neighbours: u32,
    colluding: f64,
    absent: f64,
) -> Result<Assessment, Error> {
    let case = Case::of_minority(n, colluding, absent, 1)?;
    let too_large = degree > MOST_DEGREE && !graph::is_complete(n, degree);
    if !degree.is_multiple_of(2) || too_large {
        return Err(Misuse::BadParameter.into());
    }
    let least = |d: f64| f64::from(least_left(degree, min_neighbours, n, whole(d)));
    let bits = |probability: f64| (-libm::log2(probability)).max(0.0);
    if graph::is_complete(n, degree) {
        let others = case.meters - 1.0;
        let sure = |yes| if yes { f64::INFINITY } else { 0.0 };
        return Ok(Assessment {
            security: sure(least(others) > case.colluders),
            liveness: sure(least(others) <= others - case.absent),
        });
    }
    let mut distinct = Distinct::without_cycles(case.meters);
    (0..degree / 2).for_each(|_| distinct.add_cycle());
    let k = distinct.counted_on(case.meters);
    let bad = (1..=min_neighbours.min(MOST_HONEST))
        .map(f64::from)
        .map(|m| distinct.isolated(&case, m, least) + cycles::cut_off(&case, degree.into(), k, m));
    let security = bits(bad.fold(1.0, f64::min));
    Ok(Assessment { security, liveness: bits(distinct.stuck(&case, least)) })
}

/// More honest neighbours than this are never needed; [`assess`] looks no further.
const MOST_HONEST: u32 = 24;

/// Checked numbers of a question.
struct Case {
    n: u32,
    meters: f64,
    colluders: f64,
    absent: f64,
    bits: f64,
}

impl Case {
    fn new(n: u32, colluding: f64, absent: f64, security: u32) -> Result<Self, Error> {
        if n == 0 {
            return Err(Misuse::EmptyGroup.into());
        }
        let share = 0.0..=1.0; // contains neither NaN nor infinities
        let fits = n <= Neighbour::MAX_METERS
            && share.contains(&colluding)
            && share.contains(&absent)
            && colluding + absent <= MOST_LOST
            && (1..=MOST_BITS).contains(&security);
        if !fits {
            return Err(Misuse::BadParameter.into());
        }
        let meters = f64::from(n);
        // A third of 3,000 is 1,000, whatever the rounding of a third.
        let of = |share: f64| libm::floor((share + 1e-14) * meters);
        Ok(Case { n, meters, colluders: of(colluding), absent: of(absent), bits: security.into() })
    }

    /// Half of a meter's further neighbours must be left, so fewer than half may collude.
    fn of_minority(n: u32, colluding: f64, absent: f64, security: u32) -> Result<Self, Error> {
        let case = Self::new(n, colluding, absent, security)?;
        if colluding < 0.5 { Ok(case) } else { Err(Misuse::BadParameter.into()) }
    }

    /// ln of the probability that each event may have.
    fn ln_part(&self) -> f64 {
        ln_of_bits(self.bits, PARTS)
    }

    fn honest(&self) -> f64 {
        self.meters - self.colluders
    }
}

/// A whole number from 0 to 2^32 − 1 as such.
#[allow(clippy::cast_possible_truncation)] // `as` saturates, and all of ours are counts of meters
fn whole(number: f64) -> u32 {
    number as u32
}

//! What a device is told in three rounds, and what else a malicious utility would tell it after a power cut.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use meter_link::round::frame_hash;
use meter_link::{EpochView, Field64, Header, Label, Round, Stream, pad};

use crate::group::{FIRST, Forger, Plan, World, element};

#[derive(Clone)]
pub(crate) enum Told {
    Open(Vec<u8>),
    /// Its own application, in a round, with a reading.
    Contribute(u32, i64),
    Close(Vec<u8>),
}

pub(crate) struct Script {
    pub(crate) plan: Plan,
    pub(crate) me: usize,
    pub(crate) view: EpochView,
    pub(crate) told: Vec<Told>,
    rivals: Vec<Told>,
}

const METERS: usize = 7;
const ME: usize = 2;

impl Script {
    /// Three rounds: two passes of repairs, one pass, and none.
    pub(crate) fn new() -> Self {
        let plan = Plan::any_three(METERS as u32);
        let world = World::new(plan);
        let (forger, view) = (&world.forger, world.view);
        let (mut told, mut rivals, mut previous) = (Vec::new(), Vec::new(), None);
        let rounds: [&[&[usize]]; 3] = [&[&[6], &[5, 6]], &[&[0]], &[]];
        for (round, passes) in (FIRST..).zip(rounds) {
            let open = forger.open(round, previous, &world.everybody());
            told.push(Told::Open(open.clone()));
            told.push(Told::Contribute(round, 4000));
            let mut last = open.clone();
            for (pass, gone) in (1..).zip(passes) {
                last = forger.close(round, pass, &last, None, &world.all_but(gone));
                told.push(Told::Close(last.clone()));
            }
            let gone = passes.last().copied().unwrap_or_default();
            let pass = passes.len() as u8 + 1;
            let close = forger.close(round, pass, &last, Some(&[1, 2, 3]), &world.all_but(gone));
            rivals.extend(Self::rivals_of(forger, &world, round, previous, &open));
            previous = Some((Round::from(round), frame_hash(&close)));
            told.push(Told::Close(close));
        }
        Script { plan, me: ME, view, told, rivals }
    }

    /// Other sets, in every pass, chained to the right Open and to one another, and another Open.
    fn rivals_of(
        forger: &Forger,
        world: &World,
        round: u32,
        previous: Option<(Round, [u8; 32])>,
        open: &[u8],
    ) -> Vec<Told> {
        let mut rivals = vec![Told::Contribute(round, 5000)];
        for gone in [&[1][..], &[3, 4]] {
            let first = forger.close(round, 1, open, None, &world.all_but(gone));
            let second = forger.close(round, 2, &first, None, &world.all_but(&[&[0], gone].concat()));
            let unchained = forger.close(round, 2, open, None, &world.all_but(gone));
            let last =
                forger.close(round, 3, &second, Some(&[1, 2, 3]), &world.all_but(&[&[0], gone].concat()));
            rivals.extend([first, second, unchained, last].map(Told::Close));
        }
        let other = forger.open(round, previous, &world.all_but(&[4]));
        rivals.extend([Told::Open(other), Told::Contribute(round, 6000)]);
        rivals
    }

    /// Everything again, with other readings; the rivals before or after what was said first.
    pub(crate) fn again(&self, rivals_first: bool) -> Vec<Told> {
        let round_of = |told: &Told| match told {
            Told::Open(frame) | Told::Close(frame) => Header::parse(frame).unwrap().round.to_u32(),
            Told::Contribute(round, _) => *round,
        };
        let mut all = Vec::new();
        for round in FIRST..FIRST + 3 {
            let own = self.told.iter().filter(|told| round_of(told) == round).cloned();
            let own: Vec<Told> = own
                .map(|told| match told {
                    Told::Contribute(round, _) => Told::Contribute(round, 7000 + i64::from(rivals_first)),
                    other => other,
                })
                .collect();
            let rivals = self.rivals.iter().filter(|told| round_of(told) == round).cloned();
            if rivals_first {
                // The Open is needed for anything to come of the rest.
                all.extend(own.iter().take(1).cloned());
                all.extend(rivals);
                all.extend(own);
            } else {
                all.extend(own);
                all.extend(rivals);
            }
        }
        all
    }

    /// Whose pads a repair sums up: found from the pads, by trying all sets.
    pub(crate) fn repaired(frame: &[u8]) -> BTreeSet<usize> {
        static SUMS: OnceLock<BTreeMap<u32, BTreeMap<u64, u32>>> = OnceLock::new();
        let sums = SUMS.get_or_init(|| (FIRST..FIRST + 3).map(|round| (round, all_sums(round))).collect());
        let round = Header::parse(frame).unwrap().round.to_u32();
        let value = u64::from_le_bytes(element(frame, 0, 0).to_bytes());
        let bits = sums[&round][&value];
        (0..METERS).filter(|p| bits >> p & 1 == 1).collect()
    }
}

/// The signed sum of this meter's pads with each set of others.
fn all_sums(round: u32) -> BTreeMap<u64, u32> {
    let cohort = Plan::any_three(METERS as u32).cohort();
    let own = &cohort.meters[ME];
    let pads: Vec<Field64> = (0..METERS)
        .map(|p| {
            if p == ME {
                return Field64::ZERO;
            }
            let peer = cohort.roster.meters()[p].peer();
            let key = own.link.pair_key(Label::DcnetPair, cohort.view.context(), own.id, &peer, &[]).unwrap();
            let mut pad = [Field64::ZERO];
            pad::pad(&key, Round::from(round), Stream::Mask, &mut pad);
            if ME < p { pad[0] } else { -pad[0] }
        })
        .collect();
    let sum = |bits: u32| (0..METERS).filter(|p| bits >> p & 1 == 1).map(|p| pads[p]).sum::<Field64>();
    let sets = (0..1u32 << METERS).filter(|bits| bits >> ME & 1 == 0);
    sets.map(|bits| (u64::from_le_bytes(sum(bits).to_bytes()), bits)).collect()
}

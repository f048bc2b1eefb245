//! Groups with bills, and windows whose sets a malicious utility has chosen.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use meter_link::answer::{Quorum, Threshold};
use meter_link::set::Members;
use meter_link::window::{Window, WindowFields, window_connectivity};
use meter_link::{GroupConfig, GroupParams, Identity, PartyId, SetRules};
use threshold_elgamal::{Bills, Ciphertext, Error, Params, Sum};

use crate::adversary;
use crate::world::{FIRST, TABLE, World, config, round, slices};

/// Rounds of a window.
pub(crate) const WINDOW: u32 = 12;
/// The last round of the first one.
pub(crate) const END: u32 = FIRST + WINDOW - 1;
/// Who is asked.
pub(crate) const QUORUM: [u8; 3] = [1, 2, 3];

/// Windows of 12 rounds and κ = 5.
pub(crate) fn billed(meters: u32) -> Params {
    billed_with(meters, 1)
}

pub(crate) fn billed_with(meters: u32, channels: u16) -> Params {
    let rules = SetRules { min_honest: 5, max_missing_permille: 500, ..SetRules::LEAST };
    let group = GroupParams::new(GroupConfig { rules, channels, ..config(meters) }).unwrap();
    Params::new(group, Threshold::DEFAULT).unwrap().with_windows(WINDOW, 6).unwrap()
}

/// Of either sign, another one for each meter and round.
pub(crate) fn reading(meter: usize, at: u32) -> i64 {
    (meter as i64 * 7919 + i64::from(at) * 31) % 2000 - 700
}

impl World {
    /// A whole round. Trustees that are neither asked nor away follow it.
    pub(crate) fn play(
        &mut self,
        at: u32,
        readings: &[Option<i64>],
        asked: &[u8],
        away: &[u8],
    ) -> Result<Sum, Error> {
        let at = round(at);
        let mut collecting = self.utility.open(at, at, &vec![true; readings.len()])?;
        let here = |number: u8| !away.contains(&number);
        for trustee in self.trustees.iter_mut().filter(|t| here(t.number())) {
            trustee.open(at, collecting.frame())?;
        }
        for (position, reading) in readings.iter().enumerate() {
            if let Some(reading) = reading {
                let frame = self.frame(position, at, &[*reading]);
                collecting.accept(&frame)?;
            }
        }
        let mut closed = self.utility.close(collecting, &Quorum::new(asked)?)?;
        self.answer(at, &mut closed, asked)?;
        let list: Vec<&[u8]> = closed.contributions().collect();
        for trustee in self.trustees.iter_mut().filter(|t| here(t.number()) && !asked.contains(&t.number())) {
            trustee.follow(at, closed.frame(), &list)?.stored();
        }
        self.utility.record(&closed, &TABLE)
    }

    /// The bills of a window that is over.
    pub(crate) fn bills(
        &mut self,
        now: u32,
        first: u32,
        meters: &[PartyId],
        quorum: &[u8],
    ) -> Result<Bills, Error> {
        let mut billing = self.utility.bill(round(first), meters, &Quorum::new(quorum)?)?;
        for number in quorum {
            let trustee = &mut self.trustees[usize::from(*number) - 1];
            let statement = trustee.agree_bill(round(now), billing.frame())?.stored();
            assert_eq!(billing.accept_statement(&statement)?, *number);
        }
        let statements: Vec<Vec<u8>> = billing.statements().map(<[u8]>::to_vec).collect();
        for number in quorum {
            let share = self.trustees[usize::from(*number) - 1].answer(&slices(&statements))?;
            assert_eq!(billing.accept(&share.stored())?, *number);
        }
        billing.bills(&TABLE)
    }

    pub(crate) fn meter_ids(&self) -> Vec<PartyId> {
        self.meters.iter().map(|party| party.id).collect()
    }
}

/// A window whose sets a malicious utility has chosen: it holds back what contributions it likes, and keeps them.
pub(crate) struct Chosen {
    pub(crate) world: World,
    pub(crate) utility: Identity,
    /// By round, then by position.
    pub(crate) frames: Vec<Vec<Vec<u8>>>,
    pub(crate) sets: Vec<Vec<bool>>,
}

impl Chosen {
    /// Every trustee has agreed to these sets, one a round from the first on. An empty one is a round that is lost:
    /// all have sent, and nobody is asked.
    pub(crate) fn new(meters: u32, sets: Vec<Vec<bool>>) -> Self {
        Chosen::with(billed(meters), sets)
    }

    pub(crate) fn with(params: Params, sets: Vec<Vec<bool>>) -> Self {
        let world = World::with(params, u32::try_from(sets[0].len()).unwrap(), 1);
        let utility = world.secrets().1.utility.identity;
        let mut chosen = Chosen { world, utility, frames: Vec::new(), sets };
        for (at, set) in (FIRST..).zip(chosen.sets.clone()) {
            let frames = (0..set.len()).map(|i| chosen.world.frame(i, round(at), &[reading(i, at)]));
            let frames = frames.collect();
            chosen.frames.push(frames);
            if set.contains(&true) {
                let (open, close) = chosen.closed(at, &set);
                chosen.follow(at, &open, &close, &chosen.list(at, &set));
            }
        }
        chosen
    }

    /// Open and Close of a round, for the whole set.
    pub(crate) fn closed(&self, at: u32, set: &[bool]) -> (Vec<u8>, Vec<u8>) {
        adversary::open_and_close(&self.world.view, &self.utility, round(at), set, &QUORUM)
    }

    /// The contributions of a set.
    pub(crate) fn list(&self, at: u32, set: &[bool]) -> Vec<Vec<u8>> {
        let frames = self.frames[(at - FIRST) as usize].iter().zip(set);
        frames.filter(|(_, member)| **member).map(|(frame, _)| frame.clone()).collect()
    }

    pub(crate) fn follow(&mut self, at: u32, open: &[u8], close: &[u8], list: &[Vec<u8>]) {
        for trustee in &mut self.world.trustees {
            trustee.open(round(at), open).unwrap();
            trustee.follow(round(at), close, &slices(list)).unwrap().stored();
        }
    }

    pub(crate) fn sets_digest(&self, first: u32) -> [u8; 32] {
        self.world.trustees[0].books().unwrap().get(round(first)).unwrap().sets_digest()
    }

    /// A query for the first window, as its sets are.
    pub(crate) fn query(&self, billed: &[bool]) -> Vec<u8> {
        self.query_for((FIRST, END), self.sets_digest(FIRST), &QUORUM, billed)
    }

    pub(crate) fn query_for(
        &self,
        (first, last): (u32, u32),
        sets_digest: [u8; 32],
        quorum: &[u8],
        billed: &[bool],
    ) -> Vec<u8> {
        let fields = WindowFields {
            window: Window { first: round(first), last: round(last) },
            sets_digest,
            quorum: Quorum::new(quorum).unwrap(),
            billed: &Members::marked(billed).unwrap(),
        };
        let mut out = vec![0; WindowFields::max_len(self.world.view.meters(), 4)];
        fields.sign(&self.world.view, &self.utility, &mut out).unwrap().to_vec()
    }

    /// That nobody agrees to a query, nor has changed by it.
    pub(crate) fn refused(&mut self, now: u32, query: &[u8], expected: Error) {
        for number in 0..3 {
            let trustee = &mut self.world.trustees[number];
            let before = trustee.to_bytes().unwrap();
            assert_eq!(trustee.agree_bill(round(now), query).map(|_| ()), Err(expected));
            assert!(*trustee.to_bytes().unwrap() == *before);
        }
    }

    /// The statements of those who are asked.
    pub(crate) fn agreed(&mut self, now: u32, query: &[u8]) -> Vec<Vec<u8>> {
        let agree = |number: usize| self.world.trustees[number].agree_bill(round(now), query);
        (0..3).map(agree).map(|prepared| prepared.unwrap().stored()).collect()
    }

    /// The shares of those who are asked.
    pub(crate) fn answered(&mut self, now: u32, query: &[u8]) -> Vec<Vec<u8>> {
        let statements = self.agreed(now, query);
        let answer = |number: usize| self.world.trustees[number].answer(&slices(&statements));
        (0..3).map(answer).map(|prepared| prepared.unwrap().stored()).collect()
    }

    pub(crate) fn reading(&self, (meter, at): (usize, u32)) -> i64 {
        reading(meter, at)
    }

    /// What t trustees could open of any cells, were they to give their shares of them.
    pub(crate) fn opened(&self, cells: impl IntoIterator<Item = (usize, u32)>) -> i64 {
        let frame = |(meter, at): (usize, u32)| &self.frames[(at - FIRST) as usize][meter];
        let ciphertexts: Vec<Ciphertext> =
            cells.into_iter().map(|cell| adversary::ciphertext(frame(cell))).collect();
        let sum = Ciphertext::sum(&ciphertexts);
        let (secrets, _) = self.world.secrets();
        let shares: Vec<_> = secrets[..3].iter().map(|s| (s.number(), s.decryption_share(sum.r()))).collect();
        TABLE.solve(&adversary::combine(&sum, &shares), -(1 << 30)..=1 << 30).unwrap()
    }

    /// The cells of a round's sum.
    pub(crate) fn across(&self, at: u32) -> Vec<(usize, u32)> {
        let set = self.sets[(at - FIRST) as usize].iter().enumerate();
        set.filter(|(_, member)| **member).map(|(meter, _)| (meter, at)).collect()
    }

    /// The cells of a meter's bill.
    pub(crate) fn along(&self, meter: usize) -> Vec<(usize, u32)> {
        let rounds = (FIRST..).zip(&self.sets);
        rounds.filter(|(_, set)| set[meter]).map(|(at, _)| (meter, at)).collect()
    }

    /// The smallest block of readings that follows from all sums and the bills of these meters, were they told.
    pub(crate) fn connectivity(&self, billed: &[bool]) -> u32 {
        window_connectivity(&self.sets.iter().map(Vec::as_slice).collect::<Vec<_>>(), billed)
    }

    pub(crate) fn all_but(&self, absent: &[usize]) -> Vec<bool> {
        (0..self.sets[0].len()).map(|place| !absent.contains(&place)).collect()
    }
}

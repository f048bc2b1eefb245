//! Who has sent which reading, as only the test knows.

use std::collections::HashMap;

use cmt_ring::{Generation, Sum};
use meter_link::{PartyId, Round};

/// A reading, and its ciphertext.
type Sent = (i64, Option<Vec<u8>>);

#[derive(Default)]
pub(crate) struct Ledger {
    /// The reading of a meter in a round, and its one ciphertext.
    sent: HashMap<(usize, Round), Sent>,
    /// Members by generation and concentrator.
    rings: HashMap<(Generation, PartyId), Vec<usize>>,
    claims: Vec<(Round, u32)>,
    /// How often a concentrator has healed its ring.
    pub(crate) healed: usize,
    /// By round, where readings are real.
    pub(crate) measured: Vec<Vec<i64>>,
}

impl Ledger {
    /// What a meter reads; after a reboot it may read something else.
    pub(crate) fn reading(&self, meter: usize, round: Round, boots: u32) -> i64 {
        if let Some(readings) = self.measured.get(round.to_u32() as usize) {
            return readings[meter];
        }
        meter as i64 * 7919 - 9000 + i64::from(round.to_u32()) * 31 + i64::from(boots) * 104_729
    }

    /// The reading has left, or will.
    pub(crate) fn spent(&mut self, meter: usize, round: Round, reading: i64) {
        let before = self.sent.insert((meter, round), (reading, None));
        assert!(before.is_none(), "meter {meter} sends in {round:?} again");
    }

    /// In this ciphertext.
    pub(crate) fn closed(&mut self, meter: usize, round: Round, frame: &[u8]) {
        let (_, sent) = self.sent.get_mut(&(meter, round)).unwrap();
        assert!(sent.is_none(), "meter {meter} sends in {round:?} again");
        *sent = Some(frame.to_vec());
    }

    pub(crate) fn contributed(&mut self, meter: usize, round: Round, reading: i64, frame: &[u8]) {
        self.spent(meter, round, reading);
        self.closed(meter, round, frame);
    }

    pub(crate) fn claimed(&mut self, now: Round, by: u32) {
        self.claims.push((now, by));
    }

    /// How many meters have claimed a generation in a round.
    pub(crate) fn claimants(&self, now: Round) -> usize {
        let by: std::collections::HashSet<u32> =
            self.claims.iter().filter(|(at, _)| *at == now).map(|(_, by)| *by).collect();
        by.len()
    }

    pub(crate) fn formed(&mut self, generation: Generation, lead: PartyId, members: Vec<usize>) {
        self.rings.insert((generation, lead), members);
    }

    pub(crate) fn members(&self, generation: Generation, lead: PartyId) -> &[usize] {
        &self.rings[&(generation, lead)]
    }

    /// That a delivered sum is that of the ring's members. How many they are.
    pub(crate) fn check(&self, sum: &Sum, generation: Generation, lead: PartyId) -> usize {
        let members = self.members(generation, lead);
        let truth: i64 = members.iter().map(|meter| self.sent[&(*meter, sum.round)].0).sum();
        assert_eq!(sum.values, [truth], "{generation:?}, {:?}", sum.round);
        assert_eq!(sum.meters as usize, members.len());
        members.len()
    }
}

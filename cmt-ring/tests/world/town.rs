//! Meters that elect their concentrator, each with its own view of who is there.
#![allow(dead_code)] // each test file uses its part

use cmt_ring::election::{Election, Heard, Hello, Roll, Verdict};
use cmt_ring::{Claim, Entry, Error, Formed, Generation, Licence, Mode, Params};
use meter_link::set::Members;

use crate::ring::{Member, World, params, round};

/// Rounds of a term on average.
pub(crate) const MEAN: u32 = 4;
pub(crate) const TRIES: u8 = 3;

pub(crate) fn with_terms(mode: Mode) -> Params {
    params(mode, 1).with_terms(MEAN).unwrap()
}

/// `count` meters of a group with terms, licensed in round 0.
pub(crate) fn town(count: usize, mode: Mode, seed: u64) -> World {
    let mut world = World::with(with_terms(mode), count, seed);
    for i in 0..count {
        world.get_licence(i, 0).unwrap();
    }
    world
}

/// The same, of the first seed whose generation 1 has a term of so many rounds at least.
pub(crate) fn town_of_term(count: usize, mode: Mode, least: u32) -> World {
    let long = |world: &World| Generation(1).term(world.view.epoch(), MEAN) >= least;
    (0..).map(|seed| town(count, mode, seed)).find(long).unwrap()
}

/// A claim as it came, and whose it is.
#[derive(Clone)]
pub(crate) struct Claimed {
    pub(crate) by: usize,
    pub(crate) claim: Claim,
    pub(crate) members: Vec<usize>,
    pub(crate) frame: Vec<u8>,
}

impl World {
    pub(crate) fn listing(&self, index: usize) -> Entry {
        Entry { position: index as u32, member: self.roster.meters()[index] }
    }

    /// Asks the supplier, and takes the answer.
    pub(crate) fn get_licence(&mut self, index: usize, now: u32) -> Result<Licence, Error> {
        let Member { meter, identity, .. } = &mut self.members[index];
        let request = meter.ask(identity, round(now))?;
        let answer = self.supplier.licence(&self.identity, round(now), &request)?.stored();
        self.members[index].meter.licensed(round(now), &answer)
    }

    pub(crate) fn hello(&self, index: usize, now: u32, from: u32, g: u32) -> Result<[u8; Hello::LEN], Error> {
        let Member { meter, identity, .. } = &self.members[index];
        meter.hello(identity, &self.listing(index), round(now), round(from), Generation(g))
    }

    pub(crate) fn election(&self, index: usize, now: u32, from: u32, g: u32) -> Result<Election, Error> {
        let Member { meter, identity, .. } = &self.members[index];
        let me = self.listing(index);
        Election::open(meter, identity, &me, round(now), round(from), Generation(g), TRIES)
    }

    /// Elections of all these, who hear each other's Hello unless `lost(from, to)`.
    pub(crate) fn elections(
        &self,
        now: u32,
        from: u32,
        g: u32,
        present: &[usize],
        lost: impl Fn(usize, usize) -> bool,
    ) -> Vec<Election> {
        let mut elections: Vec<Election> =
            present.iter().map(|i| self.election(*i, now, from, g).unwrap()).collect();
        self.spread(now, present, &mut elections, lost);
        elections
    }

    /// Everybody's Hello to everybody.
    pub(crate) fn spread(
        &self,
        now: u32,
        present: &[usize],
        elections: &mut [Election],
        lost: impl Fn(usize, usize) -> bool,
    ) {
        let roll = Roll::new(&self.view);
        let hellos: Vec<[u8; Hello::LEN]> = elections.iter().map(|e| *e.hello()).collect();
        for (to, election) in present.iter().zip(elections) {
            for (sender, hello) in present.iter().zip(&hellos).filter(|(sender, _)| !lost(**sender, *to)) {
                let heard = election.hear(round(now), &roll, &self.listing(*sender), hello).unwrap();
                assert!(matches!(heard, Heard::New | Heard::Known));
            }
        }
    }

    /// Deadlines until there is more to do than to say Hello again.
    pub(crate) fn decide(&self, election: &mut Election) -> Verdict {
        (0..TRIES).map(|_| election.deadline().unwrap()).find(|v| *v != Verdict::Repeat).unwrap()
    }

    /// The claim of these members by one of them.
    pub(crate) fn make_claim(
        &mut self,
        by: usize,
        now: u32,
        from: u32,
        g: u32,
        members: &[usize],
    ) -> Result<Claimed, Error> {
        let set = self.set(members);
        let entry = self.listing(by);
        let Member { meter, identity, generations, .. } = &mut self.members[by];
        let prepared = meter.claim(identity, &entry, round(now), round(from), Generation(g), &set)?;
        generations.push(prepared.record().to_vec());
        let frame = prepared.stored();
        let (claim, _) = Claim::verify(&self.params, &self.view, &entry, &frame)?;
        Ok(Claimed { by, claim, members: members.to_vec(), frame })
    }

    pub(crate) fn set(&self, members: &[usize]) -> Members {
        let marks: Vec<bool> = (0..self.members.len()).map(|i| members.contains(&i)).collect();
        Members::marked(&marks).unwrap()
    }

    /// The claim of whoever the draw makes concentrator of these.
    pub(crate) fn claim_of_drawn(
        &mut self,
        now: u32,
        from: u32,
        g: u32,
        members: &[usize],
    ) -> Result<Claimed, Error> {
        let by = self.draw(g, members)[0];
        self.make_claim(by, now, from, g, members)
    }

    pub(crate) fn follow(&mut self, index: usize, now: u32, claimed: &Claimed) -> Result<Claim, Error> {
        let claimant = self.listing(claimed.by);
        self.members[index].meter.follow(round(now), &claimant, &claimed.frame)
    }

    /// All its members follow a claim, the supplier takes it, and its ring forms.
    pub(crate) fn settle(&mut self, claimed: &Claimed) {
        let from = claimed.claim.from.to_u32();
        for i in claimed.members.clone() {
            self.follow(i, from, claimed).unwrap();
        }
        self.settle_followed(claimed);
    }

    /// The same once everybody follows.
    pub(crate) fn settle_followed(&mut self, claimed: &Claimed) {
        let Claim { from, generation, .. } = claimed.claim;
        self.supplier.claimed(from, &claimed.frame).unwrap();
        self.form(generation.0, from.to_u32(), &claimed.members);
        assert_eq!(self.ring[0], claimed.by);
        for i in &claimed.members {
            let meter = &self.members[*i].meter;
            assert_eq!((meter.generation(), meter.until()), (Some(generation), Some(claimed.claim.until)));
            assert_eq!(meter.followed(), None);
        }
    }

    /// The same without the supplier: what the concentrator would send it.
    pub(crate) fn settle_unregistered(&mut self, claimed: &Claimed) -> Formed {
        let Claim { from, generation, .. } = claimed.claim;
        self.form_unregistered(generation.0, from.to_u32(), &claimed.members)
    }

    /// A round whose sum is right.
    pub(crate) fn right_round(&mut self, r: u32) {
        let readings: Vec<Vec<i64>> =
            self.ring.iter().map(|i| vec![i64::from(r) * 100 + *i as i64]).collect();
        let truth: i64 = readings.iter().map(|reading| reading[0]).sum();
        assert_eq!(self.round(r, &readings).unwrap().values, [truth]);
    }

    /// Rounds of the present term from `r` on; the first round after it.
    pub(crate) fn serve_term(&mut self, r: u32) -> u32 {
        let until = self.supplier.until().unwrap().to_u32();
        (r..until).for_each(|r| self.right_round(r));
        until
    }
}

pub(crate) fn everybody(world: &World) -> Vec<usize> {
    (0..world.members.len()).collect()
}

pub(crate) fn without(world: &World, out: &[usize]) -> Vec<usize> {
    everybody(world).into_iter().filter(|i| !out.contains(i)).collect()
}

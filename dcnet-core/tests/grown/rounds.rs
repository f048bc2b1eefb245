//! Rounds on a grown graph.

use dcnet_core::{Closing, Collecting, Error, Sum};
use meter_link::Round;
use meter_link::round::Close;

use crate::world::World;

/// What a tick gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tick {
    pub(crate) present: Vec<bool>,
    pub(crate) open: Option<Vec<u8>>,
    pub(crate) sum: Option<Sum>,
}

pub(crate) fn reading(place: usize, round: u32) -> i64 {
    (place as i64 * 7919 + i64::from(round) * 31) % 5_000 - 1_000
}

impl World {
    /// A whole metering interval: a round, if enough have entered, with those in `silent` falling silent after the Open;
    /// then registrations and statements.
    pub(crate) fn tick(&mut self, silent: &[usize]) -> Tick {
        let (now, round) = (self.now(), self.now);
        let wanted: Vec<bool> = self.devices.iter().map(|d| d.wants && !d.off).collect();
        let present = self.registrar.open(now, &wanted).unwrap();
        let mut tick = Tick { present: present.clone(), ..Tick::default() };
        match self.utility.open(now, now, &present) {
            Ok(collecting) => {
                self.utility.grow(now, self.registrar.edges(now, &present));
                tick.open = Some(collecting.frame().to_vec());
                tick.sum = self.round(round, collecting, silent).ok();
                assert!(tick.sum.is_some(), "round {round} was lost");
                self.sums += 1;
            }
            Err(Error::Quorum { .. }) => self.skipped += 1,
            Err(error) => panic!("{error}"),
        }
        for device in &mut self.devices {
            device.wants &= !std::mem::take(&mut device.leaving);
        }
        for _ in 0..2 {
            self.register(tick.open.as_deref());
        }
        self.all_state();
        self.now += 1;
        tick
    }

    fn round(&mut self, round: u32, mut collecting: Collecting, silent: &[usize]) -> Result<Sum, Error> {
        let sent = self.collect(round, &mut collecting, silent);
        self.settle(round, collecting, &sent)
    }

    /// Opens a round at holders and meters, and takes in what is contributed; returns who has.
    pub(crate) fn collect(&mut self, round: u32, collecting: &mut Collecting, silent: &[usize]) -> Vec<bool> {
        let now = Round::from(round);
        let open = collecting.frame().to_vec();
        self.seen.extend(&open);
        for holder in &mut self.holders {
            holder.open(now, &open).unwrap();
        }
        let mut sent = vec![false; self.devices.len()];
        for (place, device) in self.devices.iter_mut().enumerate() {
            if device.off || silent.contains(&place) || device.grown.open(now, &open).is_err() {
                continue;
            }
            let mut out = vec![0; self.params.contribution_len()];
            let values = [reading(place, round)];
            let Ok(prepared) = device.grown.contribute(&mut device.mark, now, now, &values, &mut out) else {
                continue;
            };
            device.marks.push(prepared.record().to_vec());
            let frame = prepared.stored();
            self.seen.extend(frame);
            collecting.accept(frame).unwrap();
            sent[place] = true;
        }
        sent
    }

    /// Closes the round, with repairs, and checks the sum.
    pub(crate) fn settle(&mut self, round: u32, collecting: Collecting, sent: &[bool]) -> Result<Sum, Error> {
        let now = Round::from(round);
        let quorum = self.utility.quorum(|_| true).unwrap();
        let mut closing = self.utility.close(collecting, &quorum)?;
        loop {
            match closing {
                Closing::Repairing(mut repairing) => {
                    let frame = repairing.frame().to_vec();
                    for (device, _) in self.devices.iter_mut().zip(sent).filter(|(_, sent)| **sent) {
                        let mut out = vec![0; self.params.repair_len()];
                        // One with too few neighbours left refuses, and leaves the set.
                        let Ok(prepared) = device.grown.close(now, &frame, &mut out) else { continue };
                        if let Some(repair) = prepared.stored() {
                            self.seen.extend(repair);
                            repairing.accept(repair).unwrap();
                            self.repairs += 1;
                        }
                    }
                    closing = self.utility.close_again(repairing, &quorum)?;
                }
                Closing::Final(mut closed) => {
                    let frame = closed.frame().to_vec();
                    for (device, _) in self.devices.iter_mut().zip(sent).filter(|(_, sent)| **sent) {
                        let mut out = vec![0; self.params.repair_len()];
                        if let Ok(prepared) = device.grown.close(now, &frame, &mut out) {
                            assert!(prepared.stored().is_none());
                        }
                    }
                    for number in quorum.iter() {
                        let holder = &mut self.holders[usize::from(number) - 1];
                        let answer = holder.answer(now, &frame).unwrap().stored();
                        closed.accept(&answer).unwrap();
                    }
                    let sum = self.utility.record(&closed)?;
                    let set = Close::verify(&frame, &self.view, now).unwrap().set;
                    let truth: i64 = set.positions().map(|place| reading(place as usize, round)).sum();
                    assert_eq!(sum.values, [truth], "round {round}");
                    return Ok(sum);
                }
            }
        }
    }
}

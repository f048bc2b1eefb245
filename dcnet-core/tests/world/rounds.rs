//! How a round of the group goes, with meters and holders that fall silent on the way.
#![allow(
    dead_code, // each test file uses its part
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use dcnet_core::{Closed, Closing, Collecting, Error, Repairing, Sum};
use meter_link::Round;
use meter_link::answer::Quorum;

use crate::group::{Device, Reading, World};

/// Who falls silent, and when.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Script<'a> {
    /// Positions that the Open names absent.
    pub(crate) absent: &'a [usize],
    /// Positions that hear nothing any more from the Close of pass 1, 2 … on.
    pub(crate) lost: &'a [&'a [usize]],
    /// Holders that cannot be reached.
    pub(crate) away: &'a [u8],
}

impl World {
    /// Opens a round for everybody but the absent, with all holders but those away.
    pub(crate) fn open(&mut self, round: u32, script: &Script<'_>) -> Collecting {
        let now = Round::from(round);
        let collecting = self.utility.open(now, now, &self.all_but(script.absent)).unwrap();
        for holder in self.holders.iter_mut().filter(|h| !script.away.contains(&h.number())) {
            holder.open(now, collecting.frame()).unwrap();
        }
        collecting
    }

    /// The contributions of a round: None where a meter is silent, which then has not heard the Open either.
    pub(crate) fn frames(&mut self, round: u32, open: &[u8], readings: &[Reading]) -> Vec<Option<Vec<u8>>> {
        let frame = |(device, reading): (&mut Device, &Reading)| {
            let reading = reading.as_ref()?;
            device.open(open).unwrap();
            Some(device.contribute(round, reading).unwrap().0)
        };
        self.devices.iter_mut().zip(readings).map(frame).collect()
    }

    /// Opens a round, and hands in the contributions.
    pub(crate) fn collected(&mut self, round: u32, readings: &[Reading], script: &Script<'_>) -> Collecting {
        let mut collecting = self.open(round, script);
        let open = collecting.frame().to_vec();
        let readings = readings.iter().enumerate();
        let readings: Vec<Reading> =
            readings.map(|(p, r)| r.clone().filter(|_| !script.absent.contains(&p))).collect();
        for frame in self.frames(round, &open, &readings).into_iter().flatten() {
            collecting.accept(&frame).unwrap();
        }
        collecting
    }

    /// Hands a Close to everybody but the deaf, and their repairs to the utility. A meter that refuses it
    /// sends none.
    pub(crate) fn repair(&mut self, repairing: &mut Repairing, deaf: &[usize]) {
        let frame = repairing.frame().to_vec();
        let hearing = self.devices.iter_mut().enumerate().filter(|(p, _)| !deaf.contains(p));
        for (_, device) in hearing {
            if let Ok((Some(repair), _)) = device.close(&frame) {
                repairing.accept(&repair).unwrap();
            }
        }
    }

    /// Closes until the set is final; returns how many Closes it took.
    pub(crate) fn settle(
        &mut self,
        collecting: Collecting,
        quorum: &Quorum,
        silent: Vec<usize>,
        script: &Script<'_>,
    ) -> Result<(Closed, usize), Error> {
        let mut deaf = silent;
        let mut closing = self.utility.close(collecting, quorum)?;
        for passes in 1.. {
            deaf.extend(script.lost.get(passes - 1).copied().unwrap_or_default());
            match closing {
                Closing::Final(closed) => {
                    let hearing = self.devices.iter_mut().enumerate().filter(|(p, _)| !deaf.contains(p));
                    hearing.for_each(|(_, device)| assert!(device.close(closed.frame()).is_ok()));
                    return Ok((closed, passes));
                }
                Closing::Repairing(mut repairing) => {
                    self.repair(&mut repairing, &deaf);
                    closing = self.utility.close_again(repairing, quorum)?;
                }
            }
        }
        unreachable!()
    }

    /// Lets the quorum answer.
    pub(crate) fn answer(&mut self, round: u32, closed: &mut Closed, quorum: &Quorum) -> Result<(), Error> {
        for number in quorum.iter() {
            let answer = self.holder(number).answer(Round::from(round), closed.frame())?.stored();
            assert_eq!(closed.accept(&answer), Ok(number));
        }
        Ok(())
    }

    /// A whole round, and how many Closes it took.
    pub(crate) fn round(
        &mut self,
        round: u32,
        readings: &[Reading],
        script: Script<'_>,
    ) -> Result<(Sum, usize), Error> {
        let collecting = self.collected(round, readings, &script);
        let quorum = self.utility.quorum(|number| !script.away.contains(&number))?;
        let deaf = |p: &usize| readings[*p].is_none() || script.absent.contains(p);
        let silent = (0..readings.len()).filter(deaf).collect();
        let (mut closed, passes) = self.settle(collecting, &quorum, silent, &script)?;
        self.answer(round, &mut closed, &quorum)?;
        Ok((self.utility.record(&closed)?, passes))
    }
}

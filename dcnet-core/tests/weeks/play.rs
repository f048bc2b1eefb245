//! A round of all roles, bytes between them, with whatever becomes of the meters.

use dcnet_core::{Closed, Closing, Collecting, Error, Fault, Presence};
use meter_link::Round;
use meter_link::answer::Quorum;
use meter_link::round::{Close, Open};
use meter_link::set::SetView;

use crate::group::{FIRST, World};
use crate::life::Fate;
use crate::measured::Interval;

/// What happened, over all rounds.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    /// Rounds that closed with one, two and three Closes.
    pub(crate) closed: [usize; 3],
    /// Rounds in which repairs were still missing after the second.
    pub(crate) lost_rounds: usize,
    /// Meters in an outage.
    pub(crate) gone: usize,
    /// Meters silent from the Open, from the first Close, from the second.
    pub(crate) silent: [usize; 3],
    /// Of all, those that the Open named absent.
    pub(crate) named_absent: usize,
    /// Reports of meters that are back.
    pub(crate) reports: usize,
    /// Meters that are there and stay away, since they were named absent while they were sending.
    pub(crate) staying_away: usize,
    pub(crate) repairs: usize,
    /// Readings in the sums.
    pub(crate) summed: usize,
}

/// An epoch's group, and whom the utility takes to be present.
pub(crate) struct Playing {
    world: World,
    presence: Presence,
}

impl Playing {
    pub(crate) fn new(world: World) -> Self {
        let presence = Presence::new(world.utility.parties(), Presence::PATIENCE).unwrap();
        Playing { world, presence }
    }

    /// The n-th round of the epoch. Its sum, if it has one, is compared with the readings of the set, and with the
    /// publisher's own sum of all.
    pub(crate) fn round(&mut self, n: u32, interval: &Interval, fates: &[Fate], counted: &mut Counted) {
        let round = FIRST + n;
        let now = Round::from(round);
        let world = &mut self.world;
        let collecting = world.utility.open(now, now, &self.presence.present()).unwrap();
        let open = collecting.frame().to_vec();
        world.holders.iter_mut().for_each(|holder| holder.open(now, &open).unwrap());
        let present = marks(Open::verify(&open, &world.view, now).unwrap().present);
        counted.named_absent += present.iter().filter(|present| !**present).count();
        for fate in fates {
            match fate {
                Fate::Stays => {}
                Fate::Gone => counted.gone += 1,
                Fate::SilentFromOpen => counted.silent[0] += 1,
                Fate::SilentFromClose => counted.silent[1] += 1,
                Fate::SilentFromSecondClose => counted.silent[2] += 1,
            }
        }
        let (collecting, sent) = self.contribute(round, collecting, interval, fates, counted);
        let quorum = turn(n);
        let Some(closed) = self.settle(now, collecting, &quorum, fates, counted) else {
            counted.lost_rounds += 1;
            return;
        };
        let set = marks(Close::verify(closed.frame(), &self.world.view, now).unwrap().set);
        // Who stayed and was heard is in; nobody else is who did not send.
        for (place, fate) in fates.iter().enumerate() {
            assert!(sent[place] || !set[place]);
            assert!(set[place] || !(sent[place] && *fate == Fate::Stays), "{place} was left out");
        }
        self.presence.closed(now, &present, &set).unwrap();
        self.open_sum(now, closed, &quorum, &set, interval, counted);
    }

    /// Contributions of those that are there; those that are named absent say so.
    fn contribute(
        &mut self,
        round: u32,
        mut collecting: Collecting,
        interval: &Interval,
        fates: &[Fate],
        counted: &mut Counted,
    ) -> (Collecting, Vec<bool>) {
        let now = Round::from(round);
        let open = collecting.frame().to_vec();
        let mut sent = vec![false; fates.len()];
        for (place, device) in self.world.devices.iter_mut().enumerate() {
            if matches!(fates[place], Fate::Gone | Fate::SilentFromOpen) {
                continue;
            }
            device.open(&open).unwrap();
            match device.contribute(round, &[interval.readings[place]]) {
                Ok((frame, _)) => {
                    collecting.accept(&frame).unwrap();
                    sent[place] = true;
                }
                Err(Error::Fault { fault: Fault::NotInOpen, .. }) => {
                    let mut out = [0; 32];
                    match device.meter.report(now, &mut out) {
                        Ok(report) => {
                            // One that fell silent last round is refused for a round.
                            counted.reports += usize::from(self.presence.accept(now, report).is_ok());
                        }
                        Err(Error::Fault { fault: Fault::TooManyChanges, .. }) => counted.staying_away += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
                Err(Error::Fault { fault: Fault::TooManyChanges, .. }) => counted.staying_away += 1,
                Err(error) => panic!("{error}"),
            }
        }
        (collecting, sent)
    }

    /// Closes until the set is final, at most three times.
    fn settle(
        &mut self,
        now: Round,
        collecting: Collecting,
        quorum: &Quorum,
        fates: &[Fate],
        counted: &mut Counted,
    ) -> Option<Closed> {
        let world = &mut self.world;
        let mut closing = world.utility.close(collecting, quorum);
        for pass in 0.. {
            let hears =
                |fate: Fate| fate == Fate::Stays || (fate == Fate::SilentFromSecondClose && pass == 0);
            let hearing = world
                .devices
                .iter_mut()
                .zip(fates)
                .filter(|(_, fate)| hears(**fate))
                .map(|(device, _)| device);
            match closing {
                Ok(Closing::Repairing(mut repairing)) => {
                    let frame = repairing.frame().to_vec();
                    for device in hearing {
                        if let (Some(repair), _) = device.close(&frame).unwrap() {
                            repairing.accept(&repair).unwrap();
                            counted.repairs += 1;
                        }
                    }
                    closing = world.utility.close_again(repairing, quorum);
                }
                Ok(Closing::Final(closed)) => {
                    hearing.for_each(|device| assert_eq!(device.close(closed.frame()).unwrap().0, None));
                    counted.closed[pass] += 1;
                    return Some(closed);
                }
                Err(Error::Quorum { .. }) => {
                    assert_eq!(pass, 2, "only the third Close may fail in round {}", now.to_u32());
                    return None;
                }
                Err(error) => panic!("{error}"),
            }
        }
        unreachable!()
    }

    fn open_sum(
        &mut self,
        now: Round,
        mut closed: Closed,
        quorum: &Quorum,
        set: &[bool],
        interval: &Interval,
        counted: &mut Counted,
    ) {
        self.world.answer(now.to_u32(), &mut closed, quorum).unwrap();
        for holder in self.world.holders.iter_mut().filter(|holder| !quorum.contains(holder.number())) {
            holder.follow(now, closed.frame()).unwrap().stored();
        }
        let sum = self.world.utility.record(&closed).unwrap();
        let inside = |member: bool| {
            let rows = interval.readings.iter().zip(set).filter(move |(_, m)| **m == member);
            rows.map(|(reading, _)| *reading).sum::<i64>()
        };
        assert_eq!(sum.values, [inside(true)]);
        assert_eq!(sum.values[0] + inside(false), interval.sum);
        assert_eq!(sum.meters as usize, set.iter().filter(|member| **member).count());
        counted.summed += sum.meters as usize;
    }
}

/// Three of the four holders, others from round to round.
fn turn(n: u32) -> Quorum {
    let numbers = (0..3).map(|k| ((n + k) % 4) as u8 + 1);
    numbers.fold(Quorum::default(), Quorum::with)
}

fn marks(set: SetView<'_>) -> Vec<bool> {
    (0..set.total()).map(|place| set.contains(place)).collect()
}

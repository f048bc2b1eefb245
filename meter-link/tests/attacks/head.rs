//! The utility that contradicts itself by accident: after a retry, a silent quorum, or a restart.

use meter_link::answer::Quorum;
use meter_link::cohort::Cohort;
use meter_link::head::Head;
use meter_link::round::{Chain, Close, CloseFields, Open, frame_hash};
use meter_link::{Malformed, Misuse, Round};

use crate::setting::{FIRST, cohort};

/// The head of a cohort, and a party that follows its chain.
struct World {
    head: Head,
    chain: Chain,
}

fn world(cohort: Cohort) -> World {
    let Cohort { view, roster, utility, .. } = cohort;
    World { head: Head::new(&view, utility.identity, utility.link, roster).unwrap(), chain: Chain::new() }
}

impl World {
    fn open(&mut self, round: u32) -> Result<Vec<u8>, meter_link::Error> {
        let now = Round::from(round);
        let (frame, _) = self.head.open_frame(now, now, &[true; 5])?;
        let open = Open::verify(&frame, self.head.view(), now)?;
        self.chain.open(&open)?;
        Ok(frame)
    }

    fn close(&mut self, round: u32, open: &[u8], quorum: &[u8]) -> Result<Vec<u8>, meter_link::Error> {
        let fields = CloseFields {
            round: Round::from(round),
            pass: 1,
            previous: frame_hash(open),
            quorum: Some(Quorum::new(quorum).unwrap()),
            is_final: true,
            set: &[true; 5],
        };
        self.head.close(&fields, &[true; 5])
    }

    fn follow(&mut self, round: u32, frame: &[u8]) {
        let close = Close::verify(frame, self.head.view(), Round::from(round)).unwrap();
        self.chain.close(&close).unwrap();
    }
}

#[test]
fn second_open_of_a_round() {
    let mut world = world(cohort(60, 5, 4));
    world.open(FIRST + 1).unwrap();
    for again in [FIRST + 1, FIRST] {
        assert_eq!(world.open(again).unwrap_err(), Misuse::OutOfOrder.into());
    }
    world.open(FIRST + 2).unwrap();
}

/// Meters see the first Close only. Whether its quorum answers, or another one, or none: the next round goes on.
#[test]
fn second_close_for_another_quorum() {
    let mut world = world(cohort(61, 5, 4));
    let open = world.open(FIRST).unwrap();
    let first = world.close(FIRST, &open, &[1, 2, 3]).unwrap();
    world.follow(FIRST, &first);
    let second = world.close(FIRST, &open, &[1, 2, 4]).unwrap();
    assert_ne!(first, second);
    world.open(FIRST + 1).unwrap();
    assert_eq!(world.chain.last_final().unwrap().1, frame_hash(&first));
    // Once the next round is closed, the one before cannot be asked about any more.
    let frame = world.open(FIRST + 2).unwrap();
    let close = world.close(FIRST + 2, &frame, &[1, 2, 3]).unwrap();
    world.follow(FIRST + 2, &close);
    assert_eq!(world.close(FIRST, &open, &[1, 2, 3]).unwrap_err(), Misuse::OutOfOrder.into());
}

#[test]
fn restart() {
    let mut before = world(cohort(62, 5, 4));
    let open = before.open(FIRST).unwrap();
    let close = before.close(FIRST, &open, &[1, 2, 3]).unwrap();
    before.follow(FIRST, &close);
    let record = before.head.progress();

    // Without its record the head denies the Close that everybody saw.
    let mut bare = world(cohort(62, 5, 4));
    bare.chain = before.chain;
    assert!(bare.open(FIRST + 1).is_err());
    let mut after = world(cohort(62, 5, 4));
    after.chain = before.chain;
    after.head.resume(&record).unwrap();
    assert_eq!(after.head.progress(), record);
    assert_eq!(after.open(FIRST).unwrap_err(), Misuse::OutOfOrder.into());
    after.open(FIRST + 1).unwrap();
    assert_eq!(after.head.resume(&record), Err(Misuse::OutOfOrder.into()));

    for at in 0..record.len() {
        let mut torn = record;
        torn[at] ^= 1;
        let mut head = world(cohort(62, 5, 4)).head;
        assert_eq!(head.resume(&torn), Err(Malformed::BadRecord.into()), "byte {at}");
        assert_eq!(head.resume(&record[..at]), Err(Malformed::BadRecord.into()));
        head.resume(&record).unwrap();
    }
}

//! Power cuts between any two steps: what comes out again is the same to the byte, and nothing else is signed.

use meter_link::{Malformed, Prepared};
use threshold_elgamal::Error;
use threshold_elgamal::ceremony::{
    Ceremony, CeremonyRecord, Confirming, Echoing, Joining, Participant, Sharing,
};

use crate::forger::Forger;
use crate::setting::{
    Person, begin, confirming, deliver, echoing, finished, generated, params, people, rng, seats, sharing,
};

/// A device: its log, and nothing else that outlasts a cut.
struct Device<'a> {
    ceremony: &'a Ceremony,
    participant: &'a dyn Fn() -> Participant,
    log: Vec<Vec<u8>>,
}

impl Device<'_> {
    fn store<T>(&mut self, step: Prepared<T, CeremonyRecord>) -> T {
        self.log.push(step.record().to_vec());
        step.stored()
    }

    fn resume(&self) -> Joining {
        Joining::resume(self.ceremony, (self.participant)(), self.log.iter().map(Vec::as_slice)).unwrap()
    }

    fn joined(&self, announced: &[Vec<u8>]) -> Joining {
        let mut joining = self.resume();
        announced.iter().for_each(|frame| joining.accept(frame).unwrap());
        joining
    }

    fn echoed(&self, announced: &[Vec<u8>]) -> Echoing {
        self.joined(announced).close().unwrap().stored()
    }

    fn shared(&self, announced: &[Vec<u8>], echoes: &[Vec<u8>]) -> Sharing {
        let mut echoing = self.echoed(announced);
        echoes.iter().for_each(|frame| echoing.accept(frame).unwrap());
        echoing.close().unwrap()
    }

    fn confirmed(&self, announced: &[Vec<u8>], echoes: &[Vec<u8>], shares: &[Vec<u8>]) -> Confirming {
        let mut sharing = self.shared(announced, echoes);
        shares.iter().for_each(|frame| sharing.accept(frame).unwrap());
        sharing.close().unwrap().stored()
    }
}

#[test]
fn the_same_frames_come_out() {
    let people = people(4, 1);
    let (keys, old) = generated(&people, 3, 4);
    let generation = Ceremony::generate(&params(4, 3), 5, &seats(&people)).unwrap();
    let refresh = Ceremony::refresh(&params(4, 3), 5, &seats(&people), &keys).unwrap();
    for ceremony in [generation, refresh] {
        let part = |place: usize| match ceremony.old() {
            Some(_) => people[place].with(&old[place]),
            None => people[place].bare(),
        };
        let cut = || part(0);
        let mut device = Device { ceremony: &ceremony, participant: &cut, log: Vec::new() };
        let mut others = begin(&ceremony, (1..4).map(part));
        let started = Joining::begin(&ceremony, cut(), &mut rng(6)).unwrap();
        let first = device.store(started).frame().to_vec();
        assert_eq!(device.resume().frame(), first);
        let all = |own: &[u8], others: Vec<Vec<u8>>| [vec![own.to_vec()], others].concat();

        let announced = all(&first, deliver(&mut others));
        others.iter_mut().for_each(|party| party.accept(&first).unwrap());
        // The cut comes before or after the record is stored: both times the same.
        let step = device.joined(&announced).close().unwrap();
        let (record, frame) = (step.record().to_vec(), step.stored().frame().to_vec());
        let step = device.joined(&announced).close().unwrap();
        assert_eq!(step.record(), record);
        let echo = device.store(step).frame().to_vec();
        assert_eq!((&echo, &echo), (&frame, &device.echoed(&announced).frame().to_vec()));

        let mut others = echoing(others);
        let echoes = all(&echo, deliver(&mut others));
        others.iter_mut().for_each(|party| party.accept(&echo).unwrap());
        let dealt = device.shared(&announced, &echoes).frame().unwrap().to_vec();
        assert_eq!(device.shared(&announced, &echoes).frame(), Some(&dealt[..]));

        let mut others = sharing(others);
        let shares = all(&dealt, deliver(&mut others));
        others.iter_mut().for_each(|party| party.accept(&dealt).unwrap());
        let mut last = device.shared(&announced, &echoes);
        shares.iter().for_each(|frame| last.accept(frame).unwrap());
        let frame = device.store(last.close().unwrap()).frame().unwrap().to_vec();
        let mut last = device.confirmed(&announced, &echoes, &shares);
        assert_eq!(last.frame(), Some(&frame[..]));

        let mut others = confirming(others);
        let confirmations = deliver(&mut others);
        others.iter_mut().for_each(|party| party.accept(&frame).unwrap());
        confirmations.iter().for_each(|frame| last.accept(frame).unwrap());
        let outcome = last.finish().unwrap();
        assert_eq!(outcome.keys.member(1), Some(&outcome.share.unwrap().public()));
        finished(others).iter().for_each(|other| assert_eq!(other.keys, outcome.keys));
        assert_eq!(device.log.len(), 3);
    }
}

/// A member that has echoed is switched off and shown another announcement of its neighbour: it signs no second echo.
#[test]
fn no_second_echo_and_no_second_confirmation() {
    let people = people(4, 1);
    let ceremony = Ceremony::generate(&params(4, 3), 5, &seats(&people)).unwrap();
    let bare = || people[0].bare();
    let mut device = Device { ceremony: &ceremony, participant: &bare, log: Vec::new() };
    let started = Joining::begin(&ceremony, bare(), &mut rng(6)).unwrap();
    let first = device.store(started).frame().to_vec();
    let mut others = begin(&ceremony, people[1..3].iter().map(Person::bare));
    let mut announced = [vec![first.clone()], deliver(&mut others)].concat();
    let mut forger = Forger::new(&ceremony, &people[3], 4);
    let one = forger.announcement();
    announced.push(one.clone());
    let step = device.joined(&announced).close().unwrap();
    let echo = device.store(step).frame().to_vec();

    forger.polynomial[1] += curve25519_dalek::scalar::Scalar::ONE;
    let second = [&announced[..3], &[forger.announcement()]].concat();
    let refused = device.joined(&second).close().unwrap_err();
    assert_eq!(refused.error, Error::Inconsistent);
    // Nor another one of the state that was given back.
    assert_eq!(refused.state.close().unwrap_err().error, Error::Inconsistent);
    forger.polynomial[1] -= curve25519_dalek::scalar::Scalar::ONE;

    for other in &mut others {
        [&first, &one].iter().for_each(|frame| other.accept(frame).unwrap());
    }
    let mut others = echoing(others);
    let echoes = [vec![echo.clone(), forger.echo(&announced)], deliver(&mut others)].concat();
    for other in &mut others {
        echoes.iter().for_each(|frame| other.accept(frame).unwrap());
    }
    let mut others = sharing(others);
    let own = device.shared(&announced, &echoes).frame().unwrap().to_vec();
    let right = forger.shares(&announced, |_, share| share.to_bytes());
    let shares = [vec![own, right], deliver(&mut others)].concat();
    let mut last = device.shared(&announced, &echoes);
    shares.iter().for_each(|frame| last.accept(frame).unwrap());
    let _ = device.store(last.close().unwrap());
    // The forger's own slot differs: as good for all others, but another frame.
    let other = forger.shares(&announced, |n, share| if n == 4 { [0; 32] } else { share.to_bytes() });
    let mut last = device.shared(&announced, &echoes);
    [&shares[..1], &[other], &shares[2..]].concat().iter().for_each(|frame| last.accept(frame).unwrap());
    assert_eq!(last.close().unwrap_err().error, Error::Inconsistent);
}

#[test]
fn records_that_are_none() {
    let people = people(4, 1);
    let at = |number| Ceremony::generate(&params(4, 3), number, &seats(&people)).unwrap();
    let (ceremony, other) = (at(5), at(6));
    let record =
        |ceremony| Joining::begin(ceremony, people[0].bare(), &mut rng(6)).unwrap().record().to_vec();
    let (own, others) = (record(&ceremony), record(&other));
    assert_eq!(own.len(), CeremonyRecord::LEN);
    let resume = |records: &[&[u8]]| {
        Joining::resume(&ceremony, people[0].bare(), records.iter().copied())
            .map(|party| party.frame().to_vec())
    };
    let bad: Error = Malformed::BadRecord.into();
    let frame = resume(&[&own]).unwrap();
    assert_eq!(resume(&[&own, &own]), Ok(frame));
    assert_eq!(resume(&[]), Err(bad));
    assert_eq!(resume(&[&others]), Err(bad));
    assert_eq!(resume(&[&own, &others]), Err(bad));
    assert_eq!(resume(&[&own, &own[..69]]), Err(bad));
    let second = Joining::begin(&ceremony, people[0].bare(), &mut rng(7)).unwrap();
    assert_eq!(resume(&[&own, second.record()]), Err(bad));
    for at in 0..own.len() {
        for bit in 0..8 {
            let mut torn = own.clone();
            torn[at] ^= 1 << bit;
            assert_eq!(resume(&[&torn]), Err(bad), "{at}");
        }
    }
    assert_eq!(format!("{second:?}"), "Prepared(..)");
}

/// A generator that is stuck gives different people, and different ceremonies, different secrets.
#[test]
fn a_generator_that_is_stuck() {
    let people = people(4, 1);
    let frames: Vec<Vec<u8>> = [5, 6]
        .iter()
        .flat_map(|number| {
            let ceremony = Ceremony::generate(&params(4, 3), *number, &seats(&people)).unwrap();
            let frame = |person: &Person| {
                Joining::begin(&ceremony, person.bare(), &mut rng(6)).unwrap().stored().frame().to_vec()
            };
            people.iter().map(frame).collect::<Vec<_>>()
        })
        .collect();
    for key in [16..48, 112..144, 208..240, 240..272, 272..304] {
        for (i, frame) in frames.iter().enumerate() {
            assert!(frames[..i].iter().all(|other| other[key.clone()] != frame[key.clone()]), "{i}");
        }
    }
}

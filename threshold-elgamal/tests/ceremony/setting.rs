//! People, ceremonies, and steps that deliver everybody's frames to everybody.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use meter_link::answer::Threshold;
use meter_link::{GroupConfig, GroupId, GroupParams, Identity, PartyId, Protocol};
use threshold_elgamal::ceremony::{
    Ceremony, Confirming, Dealer, Echoing, Joining, Outcome, Participant, Seat, Sharing, hold,
};
use threshold_elgamal::{Error, KeySet, Params, SecretShare};

pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Whoever trusts nobody: the smallest f that n and t allow.
pub(crate) fn params(n: u8, t: u8) -> Params {
    let group = GroupConfig {
        max_reading: 1_000_000,
        max_meters: 100,
        ..GroupConfig::new(Protocol::Elgamal, GroupId(7))
    };
    let threshold = Threshold::new(n, t, 1)
        .unwrap_or_else(|_| Threshold::trusting_the_utility_not_to_equivocate(n, t).unwrap());
    Params::new(GroupParams::new(group).unwrap(), threshold).unwrap()
}

/// Somebody with a long-lived identity.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub(crate) id: PartyId,
    pub(crate) seed: [u8; 32],
}

impl Person {
    pub(crate) fn identity(&self) -> Identity {
        Identity::from_bytes(&mut self.seed.clone())
    }

    pub(crate) fn seat(&self) -> Seat {
        Seat { id: self.id, identity: self.identity().public() }
    }

    pub(crate) fn bare(&self) -> Participant {
        Participant { id: self.id, identity: self.identity(), share: None }
    }

    pub(crate) fn with(&self, share: &SecretShare) -> Participant {
        Participant { share: Some(copy(share)), ..self.bare() }
    }
}

pub(crate) fn copy(share: &SecretShare) -> SecretShare {
    SecretShare::from_bytes(share.number(), &mut share.to_bytes().clone()).unwrap()
}

/// Ids neither ascend nor follow from the numbers.
pub(crate) fn people(count: u32, seed: u64) -> Vec<Person> {
    let mut rng = rng(seed);
    (0..count)
        .map(|place| {
            let mut seed = [0; 32];
            rng.fill_bytes(&mut seed);
            Person { id: PartyId(100 + (place * 37) % 256), seed }
        })
        .collect()
}

pub(crate) fn seats(people: &[Person]) -> Vec<Seat> {
    people.iter().map(Person::seat).collect()
}

pub(crate) fn dealers(people: &[Person], numbers: &[u8]) -> Vec<Dealer> {
    numbers.iter().map(|n| Dealer { number: *n, seat: people[usize::from(*n) - 1].seat() }).collect()
}

/// Keys made by these people, members in their order.
pub(crate) fn generated(people: &[Person], t: u8, seed: u64) -> (KeySet, Vec<SecretShare>) {
    let ceremony = Ceremony::generate(&params(people.len() as u8, t), 1, &seats(people)).unwrap();
    let (keys, shares, _) = hold(&ceremony, people.iter().map(Person::bare), &mut rng(seed)).unwrap();
    (keys, shares)
}

/// That the rest, without this culprit, makes its keys in a ceremony of its own.
pub(crate) fn rest_completes(people: &[Person], culprit: PartyId, t: u8) {
    let rest: Vec<Person> = people.iter().filter(|person| person.id != culprit).copied().collect();
    assert_eq!(rest.len() + 1, people.len());
    let ceremony = Ceremony::generate(&params(rest.len() as u8, t), 2, &seats(&rest)).unwrap();
    let (keys, shares, _) = hold(&ceremony, rest.iter().map(Person::bare), &mut rng(77)).unwrap();
    assert_eq!(shares.len(), rest.len());
    assert!(shares.iter().all(|share| keys.member(share.number()) == Some(&share.public())));
}

pub(crate) fn begin(
    ceremony: &Ceremony,
    participants: impl IntoIterator<Item = Participant>,
) -> Vec<Joining> {
    let mut rng = rng(5);
    participants.into_iter().map(|p| Joining::begin(ceremony, p, &mut rng).unwrap().stored()).collect()
}

/// A step of a role: the frame it sends, and the ones it takes.
pub(crate) trait Step {
    fn sends(&self) -> Option<Vec<u8>>;
    fn takes(&mut self, frame: &[u8]) -> Result<(), Error>;
    fn waits_for(&self) -> Vec<PartyId>;
}

macro_rules! step {
    ($state:ty, $frame:expr) => {
        impl Step for $state {
            fn sends(&self) -> Option<Vec<u8>> {
                #[allow(clippy::redundant_closure_call)]
                $frame(self)
            }
            fn takes(&mut self, frame: &[u8]) -> Result<(), Error> {
                self.accept(frame)
            }
            fn waits_for(&self) -> Vec<PartyId> {
                self.missing().collect()
            }
        }
    };
}

step!(Joining, |s: &Joining| Some(s.frame().to_vec()));
step!(Echoing, |s: &Echoing| Some(s.frame().to_vec()));
step!(Sharing, |s: &Sharing| s.frame().map(<[u8]>::to_vec));
step!(Confirming, |s: &Confirming| s.frame().map(<[u8]>::to_vec));

/// Delivers all frames to all; the same frame to oneself changes nothing.
pub(crate) fn deliver<S: Step>(parties: &mut [S]) -> Vec<Vec<u8>> {
    let frames: Vec<Vec<u8>> = parties.iter().filter_map(Step::sends).collect();
    for party in parties.iter_mut() {
        frames.iter().for_each(|frame| party.takes(frame).unwrap());
    }
    frames
}

/// What each says to the same frame.
pub(crate) fn tell<S: Step>(parties: &mut [S], frame: &[u8]) -> Vec<Result<(), Error>> {
    parties.iter_mut().map(|party| party.takes(frame)).collect()
}

/// That each says the same.
pub(crate) fn all_say(results: &[Result<(), Error>], expected: Result<(), Error>) {
    results.iter().for_each(|result| assert_eq!(*result, expected));
}

pub(crate) fn echoing(parties: Vec<Joining>) -> Vec<Echoing> {
    parties.into_iter().map(|party| party.close().unwrap().stored()).collect()
}

pub(crate) fn sharing(parties: Vec<Echoing>) -> Vec<Sharing> {
    parties.into_iter().map(|party| party.close().unwrap()).collect()
}

pub(crate) fn confirming(parties: Vec<Sharing>) -> Vec<Confirming> {
    parties.into_iter().map(|party| party.close().unwrap().stored()).collect()
}

pub(crate) fn finished(parties: Vec<Confirming>) -> Vec<Outcome> {
    parties.into_iter().map(|party| party.finish().unwrap()).collect()
}

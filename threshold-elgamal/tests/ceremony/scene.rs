//! A ceremony of sixteen in which number 7 is the forger's.

use meter_link::PartyId;
use threshold_elgamal::ceremony::{Ceremony, Confirming, Echoing, Joining, Participant, Sharing, Verdict};
use threshold_elgamal::{Error, Fault};

use crate::forger::Forger;
use crate::setting::{
    Person, all_say, begin, confirming, deliver, echoing, params, people, rest_completes, seats, sharing,
    tell,
};

pub(crate) const N: u8 = 16;
pub(crate) const T: u8 = 11;
/// The cheat's number, and its place among the people.
pub(crate) const CHEAT: u8 = 7;
pub(crate) const PLACE: usize = 6;

/// A ceremony in which number 7 is the forger's.
pub(crate) struct Scene {
    pub(crate) people: Vec<Person>,
    pub(crate) forger: Forger,
    pub(crate) ceremony: Ceremony,
}

impl Scene {
    pub(crate) fn new() -> (Self, Vec<Joining>) {
        let people = people(N.into(), 1);
        let ceremony = Ceremony::generate(&params(N, T), 1, &seats(&people)).unwrap();
        let forger = Forger::new(&ceremony, &people[PLACE], CHEAT);
        let scene = Scene { people, forger, ceremony };
        let honest = scene.honest().map(Person::bare).collect::<Vec<Participant>>();
        let joining = begin(&scene.ceremony, honest);
        (scene, joining)
    }

    pub(crate) fn honest(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| person.id != self.culprit())
    }

    pub(crate) fn culprit(&self) -> PartyId {
        self.forger.person.id
    }

    pub(crate) fn blames(&self, fault: Fault) -> Error {
        fault.of(self.culprit())
    }

    pub(crate) fn verdict(&self, fault: Fault) -> Verdict {
        Verdict { culprit: self.culprit(), fault }
    }

    /// In the order of the parties.
    pub(crate) fn with(&self, mut honest: Vec<Vec<u8>>, forged: &[u8]) -> Vec<Vec<u8>> {
        honest.insert(PLACE, forged.to_vec());
        honest
    }

    /// Announcements: everybody's, with this one of the forger.
    pub(crate) fn announced(&self, mut joining: Vec<Joining>, forged: &[u8]) -> (Vec<Echoing>, Vec<Vec<u8>>) {
        let frames = deliver(&mut joining);
        all_say(&tell(&mut joining, forged), Ok(()));
        (echoing(joining), self.with(frames, forged))
    }

    /// Up to the shares, the forger as honest as all.
    pub(crate) fn shared(&self, joining: Vec<Joining>) -> (Vec<Sharing>, Vec<Vec<u8>>) {
        let (mut echoing, frames) = self.announced(joining, &self.forger.announcement());
        deliver(&mut echoing);
        all_say(&tell(&mut echoing, &self.forger.echo(&frames)), Ok(()));
        (sharing(echoing), frames)
    }

    /// Up to the confirmations.
    pub(crate) fn confirmed(&self, joining: Vec<Joining>) -> (Vec<Confirming>, Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let (mut sharing, frames) = self.shared(joining);
        let honest = deliver(&mut sharing);
        let own = self.forger.shares(&frames, |_, share| share.to_bytes());
        all_say(&tell(&mut sharing, &own), Ok(()));
        (confirming(sharing), frames, self.with(honest, &own))
    }

    pub(crate) fn rest_completes(&self) {
        rest_completes(&self.people, self.culprit(), 10);
    }
}

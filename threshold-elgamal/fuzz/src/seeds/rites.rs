//! A ceremony in which everybody is honest, frame by frame.

use std::sync::OnceLock;

use curve25519_dalek::Scalar;
use threshold_elgamal::ceremony::{Ceremony, Confirming, Echoing, Joining, Sharing};

use super::super::forger::Forger;
use super::super::setting::{
    Person, confirming, deliver, echoing, finished, params, people, rng, seats, sharing,
};

pub struct Rites {
    pub people: Vec<Person>,
    pub ceremony: Ceremony,
    /// Announcements, echoes, shares, confirmations, each in the order of the members.
    pub all: [Vec<Vec<u8>>; 4],
    /// What member 1 has stored.
    pub records: Vec<u8>,
    /// Of member 4 about member 2, which has dealt right.
    pub complaint: Vec<u8>,
    /// Of member 2, who is not honest for once.
    pub second_echo: Vec<u8>,
}

pub fn rites() -> &'static Rites {
    static RITES: OnceLock<Rites> = OnceLock::new();
    RITES.get_or_init(hold)
}

fn hold() -> Rites {
    let people = people(4, 1);
    let ceremony = Ceremony::generate(&params(4, 3), 2, &seats(&people)).unwrap();
    let begun = Joining::begin(&ceremony, people[0].bare(), &mut rng(5)).unwrap();
    let records = begun.record().to_vec();
    let mut parties = vec![begun.stored()];
    for person in &people[1..] {
        parties.push(Joining::begin(&ceremony, person.bare(), &mut rng(5)).unwrap().stored());
    }
    let announced = deliver(&mut parties);
    let mut parties = echoing(parties);
    let echoes = deliver(&mut parties);
    let mut parties = sharing(parties);
    let shares = deliver(&mut parties);
    let mut parties = confirming(parties);
    let confirmations = deliver(&mut parties);
    finished(parties);
    let forger = Forger::new(&ceremony, &people[3], 4);
    let complaint = forger.complaint(&announced, &announced[1], &shares[1], &Scalar::from(3u8));
    let second_echo = Forger::new(&ceremony, &people[1], 2).echo(&shares);
    let all = [announced, echoes, shares, confirmations];
    Rites { people, ceremony, all, records, complaint, second_echo }
}

impl Rites {
    /// Member 1 with the frames of all but number 4 of the step it is in.
    pub fn joining(&self) -> Joining {
        let records = [self.records.as_slice()];
        let mut joining = Joining::resume(&self.ceremony, self.people[0].bare(), records).unwrap();
        self.all[0][2..3].iter().for_each(|frame| joining.accept(frame).unwrap());
        joining
    }

    pub fn echoing(&self) -> Echoing {
        let mut joining = self.joining();
        self.all[0].iter().for_each(|frame| joining.accept(frame).unwrap());
        joining.close().unwrap().stored()
    }

    pub fn sharing(&self) -> Sharing {
        let mut echoing = self.echoing();
        self.all[1].iter().for_each(|frame| echoing.accept(frame).unwrap());
        echoing.close().unwrap()
    }

    pub fn confirming(&self) -> Confirming {
        let mut sharing = self.sharing();
        self.all[2].iter().for_each(|frame| sharing.accept(frame).unwrap());
        sharing.close().unwrap().stored()
    }
}

//! A member that signs whatever is wanted.

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use meter_link::Kind;
use threshold_elgamal::ceremony::Ceremony;

use super::super::forger::{Forger, base, point};
use super::super::input::Input;
use super::super::setting::Person;
use super::MEMBERS;

pub struct Adversary {
    forger: Forger,
}

/// One frame of a kind for each member, in their order: the first that came, or the last.
fn of_all(ceremony: &Ceremony, frames: &[Vec<u8>], kind: Kind, last: bool) -> Option<Vec<Vec<u8>>> {
    let of = |id: u32| {
        let by = |frame: &&Vec<u8>| frame[2] == kind as u8 && frame[8..12] == id.to_le_bytes();
        let length = |frame: &&Vec<u8>| kind != Kind::Commitments || has_keys(frame);
        // What came of an earlier ceremony stands first.
        let mut mine = frames.iter().skip(1).filter(by).filter(length);
        if last { mine.next_back() } else { mine.next() }.cloned()
    };
    ceremony.seats().map(|seat| of(seat.id.0)).collect()
}

/// Receiving and dealing key are points.
fn has_keys(frame: &[u8]) -> bool {
    let key = |at: usize| {
        let key = frame.get(at..at + 32).and_then(|bytes| CompressedRistretto::from_slice(bytes).ok());
        key.is_some_and(|key| key.decompress().is_some())
    };
    key(16) && key(112)
}

impl Adversary {
    pub fn new(ceremony: &Ceremony, person: &Person, place: usize, share: Option<[u8; 32]>) -> Self {
        let mut forger = Forger::new(ceremony, person, place as u8 + 1);
        forger.receiving += Scalar::from(place as u64);
        if let Some(share) = share {
            forger.polynomial[0] = Scalar::from_canonical_bytes(share).unwrap();
        }
        Adversary { forger }
    }

    /// What an honest member sends in a step, but for `how`: a bit for each step changes it.
    pub fn step(&mut self, step: u8, frames: &[Vec<u8>], how: u8) -> Option<Vec<u8>> {
        let ceremony = self.forger.ceremony.clone();
        let announced = of_all(&ceremony, frames, Kind::Commitments, false);
        let frame = match step {
            0 => {
                let own = frames
                    .iter()
                    .skip(1)
                    .any(|frame| frame[2] == Kind::Commitments as u8 && self.mine(frame));
                (!own).then(|| self.forger.announcement())?
            }
            1 => {
                let mut announced = announced?;
                if how & 2 == 2 {
                    announced[usize::from(how >> 4) % MEMBERS].push(0);
                }
                self.forger.echo(&announced)
            }
            2 => self.forger.shares(&announced?, |number, share| match how & 4 {
                4 if number == 1 + (how >> 4) % 3 => [how >> 5; 32],
                _ => share.to_bytes(),
            }),
            _ => {
                // The keys are public: any honest member's confirmation names them.
                let theirs = frames.iter().rev().find(|frame| frame[2] == Kind::Confirmation as u8)?;
                let key_set = theirs[48..80].try_into().unwrap();
                let mut shares = of_all(&ceremony, frames, Kind::SealedShares, false)?;
                if how & 8 == 8 {
                    shares[usize::from(how >> 4) % MEMBERS].push(0);
                }
                self.forger.confirmation(&announced?, &key_set, &shares)
            }
        };
        (!frames.contains(&frame)).then_some(frame)
    }

    fn mine(&self, frame: &[u8]) -> bool {
        frame[8..12] == self.forger.person.id.0.to_le_bytes()
    }

    pub fn forge(&mut self, frames: &[Vec<u8>], input: &mut Input<'_>) -> Option<Vec<u8>> {
        let (what, how) = (input.u8(), input.u8());
        let ceremony = self.forger.ceremony.clone();
        let announced = || of_all(&ceremony, frames, Kind::Commitments, how & 1 == 1);
        let some = |which: u8| frames[usize::from(which) % frames.len()].clone();
        Some(match what % 10 {
            0 => self.announcement(how, input),
            1 => self.forger.echo(&announced()?),
            2 => {
                let mut seen = announced()?;
                seen[usize::from(how >> 1) % MEMBERS] = some(input.u8());
                self.forger.echo(&seen)
            }
            3 => {
                let (to, by) = (1 + (how >> 1) % MEMBERS as u8, Scalar::from(input.u8()));
                let spoilt = |number: u8, share: Scalar| match number == to {
                    true if how & 0x80 != 0 => [0xff; 32],
                    true => (share + by).to_bytes(),
                    false => share.to_bytes(),
                };
                self.forger.shares(&announced()?, spoilt)
            }
            4 => {
                let view = self.forger.view(&announced()?);
                let view = if how & 2 == 0 { view } else { [how; 32] };
                self.forger.shares_of(&announced()?, &view, |_, share| share.to_bytes())
            }
            5 => {
                // About anybody's shares, right ones too, under the right secret or another one.
                let all = announced()?;
                let accused = &all[usize::from(how >> 1) % MEMBERS];
                let of_accused =
                    |frame: &&Vec<u8>| frame[2] == Kind::SealedShares as u8 && frame[8..12] == accused[8..12];
                let shares = frames.iter().find(of_accused).cloned();
                let shares = if how & 0x40 == 0 { shares? } else { some(input.u8()) };
                let secret = if how & 0x80 == 0 { self.forger.receiving } else { self.forger.dealing };
                self.forger.complaint(&all, accused, &shares, &secret)
            }
            6 => {
                let shares = of_all(&ceremony, frames, Kind::SealedShares, how & 2 == 2)?;
                let theirs = some(input.u8());
                let key_set = theirs.get(48..80).and_then(|bytes| bytes.try_into().ok()).unwrap_or([how; 32]);
                self.forger.confirmation(&announced()?, &key_set, &shares)
            }
            7 => {
                // Anything at all, signed.
                let kinds =
                    [Kind::Commitments, Kind::Echo, Kind::SealedShares, Kind::Complaint, Kind::Confirmation];
                let length = input.u16() % 700;
                self.forger.frame(kinds[usize::from(how) % kinds.len()], input.upto(length.into()))
            }
            _ => {
                // A frame of anybody, changed, under the own name and signature.
                let frame = some(input.u8());
                let mut payload = frame[16..frame.len() - 64].to_vec();
                if let Some(byte) = payload.get_mut(usize::from(how) * 5) {
                    *byte ^= 1 << input.index(8);
                }
                let kind = meter_link::Header::parse(&frame).ok()?.kind;
                self.forger.frame(kind, &payload)
            }
        })
    }

    fn announcement(&mut self, how: u8, input: &mut Input<'_>) -> Vec<u8> {
        let (receiving, dealing) = (base(&self.forger.receiving), base(&self.forger.dealing));
        let mut commitments = self.forger.commitments();
        match how & 7 {
            0 => {}
            // Another polynomial from now on: of an announcement, or of the shares only.
            1 => {
                let at = 1 + usize::from(how >> 3) % 2;
                self.forger.polynomial[at] += Scalar::from(input.u8());
                commitments = self.forger.commitments();
            }
            2 => self.forger.polynomial[1] += Scalar::ONE,
            3 => commitments.push(base(&Scalar::from(how))),
            4 => drop(commitments.pop()),
            // Of somebody else's points.
            5 => commitments[1] = point(receiving.compress().as_bytes()) + dealing,
            6 => commitments[usize::from(how >> 3) % 3] = RistrettoPoint::default(),
            _ => return self.forger.announce(&dealing, &receiving, &commitments),
        }
        self.forger.announce(&receiving, &dealing, &commitments)
    }
}

//! A participant that follows no rules: frames built by hand from docs/wire.md, section 2.15, on dalek and the hashes alone.

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use hkdf::Hkdf;
use meter_link::frame::{Flags, Header, Writer};
use meter_link::{GroupId, Kind, PairKey, PartyId, Protocol, Round, Scope, sealed};
use sha2::{Digest, Sha256, Sha512};
use threshold_elgamal::ceremony::Ceremony;
use threshold_elgamal::equality::{Encoded, Equality, Statement};

use crate::setting::Person;

pub(crate) const RECEIVING: u8 = 0;
pub(crate) const DEALING: u8 = 1;
pub(crate) const COEFFICIENT: u8 = 2;

pub(crate) fn base(scalar: &Scalar) -> RistrettoPoint {
    RistrettoPoint::mul_base(scalar)
}

pub(crate) fn point(bytes: &[u8]) -> RistrettoPoint {
    CompressedRistretto::from_slice(bytes).unwrap().decompress().unwrap()
}

pub(crate) struct Forger {
    pub(crate) person: Person,
    pub(crate) number: u8,
    pub(crate) ceremony: Ceremony,
    pub(crate) receiving: Scalar,
    pub(crate) dealing: Scalar,
    pub(crate) polynomial: Vec<Scalar>,
}

impl Forger {
    /// Member and dealer of a generation, at this place.
    pub(crate) fn new(ceremony: &Ceremony, person: &Person, number: u8) -> Self {
        let draw = |what: &[u8]| Scalar::from_bytes_mod_order_wide(&Sha512::digest(what).into());
        let t = ceremony.threshold().threshold();
        let polynomial = (0..t).map(|k| draw(&[b'p', k])).collect();
        let (receiving, dealing) = (draw(b"receiving"), draw(b"dealing"));
        Forger { person: *person, number, ceremony: ceremony.clone(), receiving, dealing, polynomial }
    }

    pub(crate) fn header(&self, kind: Kind) -> Header {
        let (protocol, group, round) = (Protocol::Elgamal, GroupId(7), Round::from(0));
        Header { protocol, kind, flags: Flags(0), group, sender: self.person.id, round }
    }

    pub(crate) fn frame(&self, kind: Kind, payload: &[u8]) -> Vec<u8> {
        self.frame_under(&self.header(kind), payload)
    }

    pub(crate) fn frame_under(&self, header: &Header, payload: &[u8]) -> Vec<u8> {
        let mut out = vec![0; 16 + payload.len() + 64];
        let mut writer = Writer::frame(&mut out, header).unwrap();
        writer.bytes(payload).unwrap();
        writer.finish_signed(header, &self.person.identity(), &Scope::Context(self.ceremony.id())).unwrap();
        out
    }

    /// c ‖ s for P, which need not be x·B.
    pub(crate) fn possession(&self, key: u8, secret: &Scalar, public: &RistrettoPoint) -> [u8; 64] {
        let id = self.person.id.0.to_le_bytes();
        let domain: [&[u8]; 4] =
            [b"wattsum v1 elgamal ceremony possession", self.ceremony.id().as_bytes(), &id, &[key]];
        let public = Encoded::from(*public);
        let statement = Statement { domain: &domain, public: &public, inputs: &[], outputs: &[] };
        Equality::prove(&statement, secret, &Scalar::from(4711u32)).unwrap().to_bytes()
    }

    fn key(&self, key: u8, secret: &Scalar, public: &RistrettoPoint) -> Vec<u8> {
        [public.compress().to_bytes().as_slice(), &self.possession(key, secret, public)].concat()
    }

    /// An announcement of these points, as far as can be with what is known of them.
    pub(crate) fn announce(
        &self,
        receiving: &RistrettoPoint,
        dealing: &RistrettoPoint,
        commitments: &[RistrettoPoint],
    ) -> Vec<u8> {
        let mut payload = self.key(RECEIVING, &self.receiving, receiving);
        payload.extend(self.key(DEALING, &self.dealing, dealing));
        commitments.iter().for_each(|point| payload.extend(point.compress().as_bytes()));
        payload.extend(self.possession(COEFFICIENT, &self.polynomial[0], &commitments[0]));
        self.frame(Kind::Commitments, &payload)
    }

    pub(crate) fn commitments(&self) -> Vec<RistrettoPoint> {
        self.polynomial.iter().map(base).collect()
    }

    /// As an honest one would.
    pub(crate) fn announcement(&self) -> Vec<u8> {
        self.announce(&base(&self.receiving), &base(&self.dealing), &self.commitments())
    }

    /// Of the announcements in the order of the parties.
    pub(crate) fn echo(&self, announcements: &[Vec<u8>]) -> Vec<u8> {
        let hashes: Vec<u8> = announcements.iter().flat_map(Sha256::digest).collect();
        self.frame(Kind::Echo, &hashes)
    }

    pub(crate) fn view(&self, announcements: &[Vec<u8>]) -> [u8; 32] {
        let mut hash = Sha256::new().chain_update(b"wattsum v1 elgamal ceremony view");
        hash.update(self.ceremony.id().as_bytes());
        announcements.iter().for_each(|frame| hash.update(Sha256::digest(frame)));
        hash.finalize().into()
    }

    pub(crate) fn at(&self, number: u8) -> Scalar {
        self.polynomial.iter().rev().fold(Scalar::ZERO, |sum, c| sum * Scalar::from(number) + c)
    }

    /// Shares for the members, who announced first, each as `alter` makes it.
    pub(crate) fn shares(
        &self,
        announcements: &[Vec<u8>],
        alter: impl Fn(u8, Scalar) -> [u8; 32],
    ) -> Vec<u8> {
        self.shares_of(announcements, &self.view(announcements), alter)
    }

    pub(crate) fn shares_of(
        &self,
        announcements: &[Vec<u8>],
        view: &[u8; 32],
        alter: impl Fn(u8, Scalar) -> [u8; 32],
    ) -> Vec<u8> {
        let mut payload = view.to_vec();
        let header = self.header(Kind::SealedShares);
        for (number, frame) in (1..=self.ceremony.threshold().answerers()).zip(announcements) {
            let receiver = PartyId(u32::from_le_bytes(frame[8..12].try_into().unwrap()));
            let common = (self.dealing * point(&frame[16..48])).compress().to_bytes();
            let info = [
                b"wattsum v1 elgamal ceremony seal".as_slice(),
                &self.view(announcements),
                &self.person.id.0.to_le_bytes(),
                &receiver.0.to_le_bytes(),
            ];
            let mut key = [0; 32];
            let hkdf = Hkdf::<Sha256>::new(Some(self.ceremony.id().as_bytes()), &common);
            hkdf.expand(&info.concat(), &mut key).unwrap();
            let mut share = alter(number, self.at(number));
            let tag = sealed::seal(&PairKey::from_bytes(&key), &header, receiver, &mut share).unwrap();
            payload.extend(share);
            payload.extend(tag);
        }
        self.frame(Kind::SealedShares, &payload)
    }

    /// A complaint with K as `secret` has it with the dealing key of `accused`, and a proof made with the same.
    pub(crate) fn complaint(
        &self,
        announcements: &[Vec<u8>],
        accused: &[u8],
        shares: &[u8],
        secret: &Scalar,
    ) -> Vec<u8> {
        let inputs = [Encoded::from(point(&accused[112..144]))];
        let outputs = [Encoded::from(*inputs[0].point() * secret)];
        let public = Encoded::from(base(&self.receiving));
        let (view, id) = (self.view(announcements), self.person.id.0.to_le_bytes());
        let domain: [&[u8]; 5] =
            [b"wattsum v1 elgamal complaint", self.ceremony.id().as_bytes(), &view, &accused[8..12], &id];
        let statement = Statement { domain: &domain, public: &public, inputs: &inputs, outputs: &outputs };
        let proof = Equality::prove(&statement, secret, &Scalar::from(17u8)).unwrap();
        self.frame(Kind::Complaint, &[shares, outputs[0].bytes(), &proof.to_bytes()].concat())
    }

    pub(crate) fn confirmation(
        &self,
        announcements: &[Vec<u8>],
        key_set: &[u8; 32],
        shares: &[Vec<u8>],
    ) -> Vec<u8> {
        let hashes: Vec<u8> = shares.iter().flat_map(Sha256::digest).collect();
        self.frame(Kind::Confirmation, &[&self.view(announcements)[..], key_set, &hashes].concat())
    }
}

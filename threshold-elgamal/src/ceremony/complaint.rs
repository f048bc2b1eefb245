//! Kind 51: a member shows that the share it was dealt is wrong; anybody can judge.
//!
//! A complaint has the dealer's whole frame in it, as it was signed, so nobody has to have it, and a dealer that signed two
//! is shown to have. It opens one share: one that its dealer or its receiver knows to be spoilt.

use alloc::vec::Vec;

use curve25519_dalek::scalar::Scalar;
use meter_link::frame::Reader;
use meter_link::{Identity, Kind, PartyId};
use zeroize::Zeroizing;

use super::evidence::Verdict;
use super::sealing;
use super::secrets::{Secrets, Use};
use super::view::Agreed;
use crate::equality::{Encoded, Equality, Statement};
use crate::error::{Error, Fault};

/// Who complains, with what it takes to prove K.
pub(super) struct Complainer<'a> {
    pub(super) id: PartyId,
    pub(super) identity: &'a Identity,
    pub(super) secrets: &'a Secrets,
    pub(super) receiving: &'a Scalar,
}

impl Complainer<'_> {
    /// The frame: `the dealer's frame of kind 50 ‖ K 32 ‖ proof 64`.
    pub(super) fn complain(
        &self,
        agreed: &Agreed,
        accused: PartyId,
        dealing: &Encoded,
        frame: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let ceremony = agreed.ceremony();
        let common = Encoded::from(dealing.point() * self.receiving);
        let public = Encoded::from(curve25519_dalek::ristretto::RistrettoPoint::mul_base(self.receiving));
        let (inputs, outputs) = ([*dealing], [common]);
        let proof = with_domain(agreed, accused, self.id, |domain| {
            // Another view, or another accused, is another nonce.
            let statement: Vec<&[u8]> = domain.iter().copied().chain([dealing.bytes().as_slice()]).collect();
            let nonce = self.secrets.scalar(Use::Complaint, 0, &statement);
            let statement = Statement { domain, public: &public, inputs: &inputs, outputs: &outputs };
            Equality::prove(&statement, self.receiving, &nonce)
        })?;
        let payload: [&[u8]; 3] = [frame, common.bytes(), &proof.to_bytes()];
        ceremony.sign(Kind::Complaint, self.id, self.identity, &payload)
    }
}

impl Agreed {
    /// Who is wrong, the dealer or the member that complains about it. Anybody comes to the same.
    ///
    /// The verdict is evidence together with the announcements and echoes of the ceremony and this frame.
    ///
    /// # Errors
    /// As every signed frame: a complaint that its sender did not sign blames nobody.
    pub fn judge(&self, complaint: &[u8]) -> Result<Verdict, Error> {
        let ceremony = self.ceremony();
        let opened = ceremony.open(Kind::Complaint, complaint)?;
        let complainer = opened.sender;
        let number = opened.member()?;
        let length = sealing::frame_len(ceremony);
        if opened.has(length.wrapping_add(32 + Equality::LEN)).is_err() {
            return Ok(Verdict::new(complainer, Fault::WrongLength));
        }
        let mut reader = opened.payload;
        let shares = reader.bytes(length)?;
        let Ok(shares) = ceremony.open(Kind::SealedShares, shares) else {
            return Ok(Verdict::new(complainer, Fault::FalseComplaint)); // no frame of a dealer
        };
        let dealer = match sealing::check(self, &shares) {
            Ok(dealer) => dealer,
            Err(Error::Fault { culprit, fault: Fault::WrongView }) => {
                return Ok(Verdict::new(culprit, Fault::WrongView));
            }
            Err(_) => return Ok(Verdict::new(complainer, Fault::FalseComplaint)),
        };
        let common = match self.proven(complainer, number, shares.sender, dealer, reader) {
            Ok(common) => common,
            Err(fault) => return Ok(Verdict::new(complainer, fault)),
        };
        match sealing::open(self, &shares, dealer, number, common.bytes()) {
            Ok(_) => Ok(Verdict::new(complainer, Fault::FalseComplaint)),
            Err(Error::Fault { culprit, fault: Fault::BadShare }) => {
                Ok(Verdict::new(culprit, Fault::BadShare))
            }
            Err(error) => Err(error),
        }
    }

    /// K, if the proof holds that it is the complainer's and the dealer's.
    fn proven(
        &self,
        complainer: PartyId,
        number: u8,
        accused: PartyId,
        dealer: usize,
        mut reader: Reader<'_>,
    ) -> Result<Encoded, Fault> {
        let outputs = [Encoded::from_bytes(reader.array().map_err(|_| Fault::WrongLength)?)?];
        let proof = Equality::from_bytes(reader.array().map_err(|_| Fault::WrongLength)?)?;
        let (public, dealt) = self.receiving(number).zip(self.dealt(dealer)).ok_or(Fault::FalseComplaint)?;
        let inputs = [dealt.key];
        with_domain(self, accused, complainer, |domain| {
            proof.verify(&Statement { domain, public, inputs: &inputs, outputs: &outputs })
        })?;
        let [common] = outputs;
        Ok(common)
    }
}

/// RFC 9497's contextString: `"wattsum v1 elgamal complaint" ‖ ceremony id 32 ‖ view digest 32 ‖ dealer u32 ‖ complainer u32`.
fn with_domain<T>(
    agreed: &Agreed,
    accused: PartyId,
    complainer: PartyId,
    take: impl FnOnce(&[&[u8]]) -> T,
) -> T {
    let (accused, complainer) = (accused.0.to_le_bytes(), complainer.0.to_le_bytes());
    let id = agreed.ceremony().id().as_bytes();
    take(&[b"wattsum v1 elgamal complaint", id, agreed.digest(), &accused, &complainer])
}

/// K of a member and a dealer, for the member to open its share with.
pub(super) fn common(receiving: &Scalar, dealing: &Encoded) -> Zeroizing<[u8; 32]> {
    Zeroizing::new((dealing.point() * receiving).compress().to_bytes())
}

//! Sixteen members of whom one deals wrong shares or complains without reason: anybody can tell which.

use curve25519_dalek::scalar::Scalar;
use meter_link::{Kind, PartyId};
use threshold_elgamal::ceremony::{Agreed, Sharing};
use threshold_elgamal::{Error, Fault};

use crate::scene::{N, Scene};
use crate::setting::{all_say, deliver, tell};

/// The forger's shares, wrong for these numbers; everybody else's come with them. Those who were wronged complain,
/// and all come to the same verdict.
fn wronged(numbers: &[u8], alter: impl Fn(Scalar) -> [u8; 32]) {
    let (scene, joining) = Scene::new();
    let (mut parties, frames) = scene.shared(joining);
    deliver(&mut parties);
    let forged =
        scene.forger.shares(
            &frames,
            |number, share| {
                if numbers.contains(&number) { alter(share) } else { share.to_bytes() }
            },
        );
    all_say(&tell(&mut parties, &forged), Ok(()));
    let complaints: Vec<Vec<u8>> = parties.iter().flat_map(Sharing::complaints).map(<[u8]>::to_vec).collect();
    assert_eq!(complaints.len(), numbers.len());
    for party in &parties {
        for complaint in &complaints {
            assert_eq!(party.judge(complaint), Ok(scene.verdict(Fault::BadShare)));
        }
    }
    for (number, party) in (1..=N).filter(|number| *number != scene.forger.number).zip(parties) {
        match party.close() {
            Ok(_) => assert!(!numbers.contains(&number)),
            Err(refused) => {
                assert!(numbers.contains(&number));
                assert_eq!(refused.error, scene.blames(Fault::BadShare));
                assert_eq!(refused.state.complaints().count(), 1);
            }
        }
    }
    scene.rest_completes();
}

#[test]
fn a_wrong_share_for_one() {
    wronged(&[3], |share| (share + Scalar::ONE).to_bytes());
}

#[test]
fn wrong_shares_for_many() {
    wronged(&[1, 2, 5, 8, 12, 16], |share| (share * Scalar::from(2u8)).to_bytes());
}

/// q + share: the same residue, which a sloppy reader would take.
#[test]
fn a_share_that_is_not_reduced() {
    wronged(&[9], |share| {
        let q = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
        let (mut carry, mut out) = (0u16, share.to_bytes());
        for (byte, add) in out.iter_mut().zip(hex::decode(q).unwrap()) {
            carry += u16::from(*byte) + u16::from(add);
            *byte = carry as u8;
            carry >>= 8;
        }
        out
    });
}

/// Bytes that no key opens.
#[test]
fn a_seal_that_is_none() {
    let (scene, joining) = Scene::new();
    let (mut parties, frames) = scene.shared(joining);
    deliver(&mut parties);
    let right = scene.forger.shares(&frames, |_, share| share.to_bytes());
    let mut payload = right[16..right.len() - 64].to_vec();
    payload[32..80].fill(0xaa);
    let forged = scene.forger.frame(Kind::SealedShares, &payload);
    all_say(&tell(&mut parties, &forged), Ok(()));
    let complaint = parties[0].complaints().next().unwrap().to_vec();
    assert_eq!(parties.iter().flat_map(Sharing::complaints).count(), 1);
    parties.iter().for_each(|p| assert_eq!(p.judge(&complaint), Ok(scene.verdict(Fault::BadShare))));
    scene.rest_completes();
}

#[test]
fn shares_of_another_length_or_view() {
    let (scene, joining) = Scene::new();
    let (mut parties, frames) = scene.shared(joining);
    deliver(&mut parties);
    let right = scene.forger.shares(&frames, |_, share| share.to_bytes());
    for payload in [&right[16..right.len() - 112], &right[16..right.len() - 63], &[]] {
        let forged = scene.forger.frame(Kind::SealedShares, payload);
        all_say(&tell(&mut parties, &forged), Err(scene.blames(Fault::WrongLength)));
    }
    let other = scene.forger.shares_of(&frames, &[8; 32], |_, share| share.to_bytes());
    all_say(&tell(&mut parties, &other), Err(scene.blames(Fault::WrongView)));
    parties.iter().for_each(|party| assert_eq!(party.missing().collect::<Vec<_>>(), [scene.culprit()]));
    scene.rest_completes();
}

/// Good shares for most, bad ones for two whom it shows another frame.
#[test]
fn shares_that_differ() {
    let (scene, joining) = Scene::new();
    let (mut parties, frames) = scene.shared(joining);
    deliver(&mut parties);
    let good = scene.forger.shares(&frames, |_, share| share.to_bytes());
    let bad = scene.forger.shares(&frames, |_, share| (share + Scalar::ONE).to_bytes());
    for (place, party) in parties.iter_mut().enumerate() {
        party.accept(if place < 2 { &bad } else { &good }).unwrap();
    }
    let complaints: Vec<Vec<u8>> = parties.iter().flat_map(Sharing::complaints).map(<[u8]>::to_vec).collect();
    assert_eq!(complaints.len(), 2);
    // The complaint holds, whatever the judge was shown, and has the evidence of the other frame in it.
    for party in &parties[2..] {
        assert_eq!(party.judge(&complaints[0]), Ok(scene.verdict(Fault::BadShare)));
        let shown = &complaints[1][16..16 + bad.len()];
        let verdict = scene.ceremony.contradiction(party.shares(scene.culprit()).unwrap(), shown);
        assert_eq!(verdict, Ok(scene.verdict(Fault::Link(meter_link::Fault::Contradiction))));
    }
    scene.rest_completes();
}

/// Two frames of shares that are both right, so that nobody complains: the confirmations differ.
#[test]
fn right_shares_that_differ() {
    let (scene, joining) = Scene::new();
    let (mut parties, frames) = scene.shared(joining);
    deliver(&mut parties);
    let one = scene.forger.shares(&frames, |_, share| share.to_bytes());
    // Its own slot is nobody's business.
    let other = scene.forger.shares(&frames, |n, share| if n == 7 { [0; 32] } else { share.to_bytes() });
    for (place, party) in parties.iter_mut().enumerate() {
        party.accept(if place < 4 { &other } else { &one }).unwrap();
    }
    let mut parties = crate::setting::confirming(parties);
    deliver(&mut parties);
    for party in &parties {
        for dispute in party.disputes() {
            assert_eq!(dispute.about, scene.culprit());
            let claimant = scene.people.iter().filter(|p| p.id != scene.culprit());
            let place = claimant.map(|p| p.id).position(|id| id == dispute.claimant).unwrap();
            let (own, shown) = (party.shares(dispute.about), parties[place].shares(dispute.about));
            let verdict = scene.ceremony.contradiction(own.unwrap(), shown.unwrap());
            assert_eq!(verdict, Ok(scene.verdict(Fault::Link(meter_link::Fault::Contradiction))));
        }
        assert!(party.disputes().count() >= 4);
    }
    for party in parties {
        assert!(party.finish().is_err());
    }
    scene.rest_completes();
}

/// What the forger says against `accused`, and what everybody makes of it: members, those who have finished
/// their shares already, and an onlooker who has the frames alone.
fn slander(expected: Fault, forge: impl Fn(&Scene, &[Vec<u8>], &[Vec<u8>]) -> Vec<u8>) {
    let (scene, joining) = Scene::new();
    let (mut echoing, frames) = scene.announced(joining, &scene.forger.announcement());
    let echoes = deliver(&mut echoing);
    let echo = scene.forger.echo(&frames);
    all_say(&tell(&mut echoing, &echo), Ok(()));
    let echoes = scene.with(echoes, &echo);
    let mut parties = crate::setting::sharing(echoing);
    let honest = deliver(&mut parties);
    let own = scene.forger.shares(&frames, |_, share| share.to_bytes());
    all_say(&tell(&mut parties, &own), Ok(()));
    let shares = scene.with(honest, &own);
    let complaint = forge(&scene, &frames, &shares);
    let expected = Ok(scene.verdict(expected));
    parties.iter().for_each(|party| assert_eq!(party.judge(&complaint), expected));
    let announcements: Vec<&[u8]> = frames.iter().rev().map(Vec::as_slice).collect();
    let echoes: Vec<&[u8]> = echoes.iter().map(Vec::as_slice).collect();
    let onlooker = Agreed::new(&scene.ceremony, &announcements, &echoes).unwrap();
    assert_eq!(onlooker.judge(&complaint), expected);
    crate::setting::confirming(parties).iter().for_each(|p| assert_eq!(p.judge(&complaint), expected));
    scene.rest_completes();
}

#[test]
fn a_complaint_without_reason() {
    slander(Fault::FalseComplaint, |scene, frames, shares| {
        scene.forger.complaint(frames, &frames[2], &shares[2], &scene.forger.receiving)
    });
}

/// K that opens nothing, with a proof that cannot hold.
#[test]
fn a_complaint_with_another_key() {
    slander(Fault::BadEquality, |scene, frames, shares| {
        scene.forger.complaint(frames, &frames[2], &shares[2], &Scalar::from(5u8))
    });
}

/// K and proof are right, for another dealer.
#[test]
fn a_complaint_with_anothers_key() {
    slander(Fault::BadEquality, |scene, frames, shares| {
        scene.forger.complaint(frames, &frames[3], &shares[2], &scene.forger.receiving)
    });
}

#[test]
fn a_complaint_about_a_frame_that_was_altered() {
    slander(Fault::FalseComplaint, |scene, frames, shares| {
        let mut altered = shares[2].clone();
        altered[16 + 32 + 48 * 6] ^= 1;
        scene.forger.complaint(frames, &frames[2], &altered, &scene.forger.receiving)
    });
}

#[test]
fn a_complaint_that_is_too_long_or_no_proof() {
    let payload = |frame: &[u8]| frame[16..frame.len() - 64].to_vec();
    slander(Fault::WrongLength, |scene, frames, shares| {
        let right = scene.forger.complaint(frames, &frames[2], &shares[2], &scene.forger.receiving);
        scene.forger.frame(Kind::Complaint, &[payload(&right), vec![0]].concat())
    });
    for (from_end, fault) in [(96, Fault::NotAPoint), (64, Fault::NotAScalar), (32, Fault::NotAScalar)] {
        slander(fault, |scene, frames, shares| {
            let right = scene.forger.complaint(frames, &frames[2], &shares[2], &scene.forger.receiving);
            let mut payload = payload(&right);
            let at = payload.len() - from_end;
            payload[at..at + 32].fill(0xff);
            scene.forger.frame(Kind::Complaint, &payload)
        });
    }
}

/// Who has not signed it is not blamed for it.
#[test]
fn a_complaint_in_anothers_name() {
    let (scene, joining) = Scene::new();
    let (mut parties, frames) = scene.shared(joining);
    let shares = deliver(&mut parties);
    let mut complaint = scene.forger.complaint(&frames, &frames[2], &shares[2], &scene.forger.receiving);
    let name = scene.people[0].id;
    complaint[8..12].copy_from_slice(&name.0.to_le_bytes());
    let unsigned: Error = meter_link::Fault::BadSignature.of(name).into();
    assert_eq!(parties[1].judge(&complaint), Err(unsigned));
    complaint[8..12].copy_from_slice(&9999u32.to_le_bytes());
    let unknown: Error = meter_link::Fault::UnknownSender.of(PartyId(9999)).into();
    assert_eq!(parties[1].judge(&complaint), Err(unknown));
}

/// A complaint opens one share and no other: not the one that goes the other way between the two.
#[test]
fn a_complaint_tells_one_share() {
    let (scene, joining) = Scene::new();
    let (mut parties, frames) = scene.shared(joining);
    deliver(&mut parties);
    let forged = scene.forger.shares(&frames, |_, share| (share + Scalar::ONE).to_bytes());
    all_say(&tell(&mut parties, &forged), Ok(()));
    let complaint = parties[2].complaints().next().unwrap();
    let told = &complaint[complaint.len() - 160..complaint.len() - 128];
    // K of the forger's dealing key and the victim's receiving key; the other way it is another.
    let victims = crate::forger::point(&frames[2][16..48]);
    assert_eq!(told, (victims * scene.forger.dealing).compress().as_bytes());
    let other_way = crate::forger::point(&frames[2][112..144]) * scene.forger.receiving;
    assert_ne!(told, other_way.compress().as_bytes());
}

//! Sixteen members of whom one cheats: everybody names it, and the rest makes its keys without it.

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity as _;
use meter_link::{Kind, Round};
use threshold_elgamal::ceremony::{Ceremony, Verdict};
use threshold_elgamal::{Error, Fault};

use crate::forger::{DEALING, Forger, RECEIVING, base, point};
use crate::scene::{CHEAT, N, PLACE, Scene, T};
use crate::setting::{
    all_say, begin, confirming, dealers, deliver, echoing, generated, params, people, rng, seats, sharing,
    tell,
};

/// An announcement that everybody refuses with the same fault.
fn refused(fault: Fault, forge: impl Fn(&Forger, &[Vec<u8>]) -> Vec<u8>) {
    let (scene, mut joining) = Scene::new();
    let frames = deliver(&mut joining);
    let forged = forge(&scene.forger, &frames);
    all_say(&tell(&mut joining, &forged), Err(scene.blames(fault)));
    joining.iter().for_each(|party| assert_eq!(party.missing().collect::<Vec<_>>(), [scene.culprit()]));
    // Nothing has changed: a right one is still taken.
    all_say(&tell(&mut joining, &scene.forger.announcement()), Ok(()));
    scene.rest_completes();
}

/// The forger's own frames are what an honest one sends: with them everybody finishes.
#[test]
fn a_forger_that_keeps_to_the_rules() {
    let (scene, joining) = Scene::new();
    let (mut parties, frames, shares) = scene.confirmed(joining);
    deliver(&mut parties);
    let key_set = parties[0].agreed().keys().unwrap();
    let own = scene.forger.confirmation(&frames, key_set.group_key().key_set(), &shares);
    all_say(&tell(&mut parties, &own), Ok(()));
    for party in parties {
        assert_eq!(party.finish().unwrap().keys, key_set);
    }
}

#[test]
fn silence_at_any_step() {
    let (scene, mut joining) = Scene::new();
    let silent = [scene.culprit()];
    let (need, have) = (16, 15);
    deliver(&mut joining);
    joining.iter().for_each(|party| assert_eq!(party.missing().collect::<Vec<_>>(), silent));
    let refused = joining.pop().unwrap().close().unwrap_err();
    assert_eq!(refused.error, Error::Quorum { have, need });
    joining.push(refused.state); // as it was
    let own = scene.forger.announcement();
    all_say(&tell(&mut joining, &own), Ok(()));
    let frames: Vec<Vec<u8>> = joining.iter().map(|party| party.frame().to_vec()).collect();
    let frames = scene.with(frames, &own);
    let mut echoing = echoing(joining);
    deliver(&mut echoing);
    echoing.iter().for_each(|party| assert_eq!(party.missing().collect::<Vec<_>>(), silent));
    let refused = echoing.pop().unwrap().close().unwrap_err();
    assert_eq!(refused.error, Error::Quorum { have, need });
    echoing.push(refused.state);
    all_say(&tell(&mut echoing, &scene.forger.echo(&frames)), Ok(()));
    let mut parties = sharing(echoing);
    let honest = deliver(&mut parties);
    parties.iter().for_each(|party| assert_eq!(party.missing().collect::<Vec<_>>(), silent));
    let refused = parties.pop().unwrap().close().unwrap_err();
    assert_eq!(refused.error, Error::Quorum { have, need });
    parties.push(refused.state);
    let own = scene.forger.shares(&frames, |_, share| share.to_bytes());
    all_say(&tell(&mut parties, &own), Ok(()));
    let shares = scene.with(honest, &own);
    let mut parties = confirming(parties);
    deliver(&mut parties);
    parties.iter().for_each(|party| assert_eq!(party.missing().collect::<Vec<_>>(), silent));
    let refused = parties.pop().unwrap().finish().unwrap_err();
    assert_eq!(refused.error, Error::Quorum { have, need });
    let key_set = *parties[0].agreed().keys().unwrap().group_key().key_set();
    let mut last = refused.state;
    last.accept(&scene.forger.confirmation(&frames, &key_set, &shares)).unwrap();
    last.finish().unwrap();
    scene.rest_completes();
}

#[test]
fn a_proof_of_possession_that_does_not_hold() {
    for at in [16 + 32, 16 + 96 + 32, 16 + 192 + 32 * usize::from(T)] {
        refused(Fault::BadPossession, |forger, _| {
            let mut payload = forger.announcement()[16..].to_vec();
            payload.truncate(payload.len() - 64);
            payload[at - 16] ^= 1;
            forger.frame(Kind::Commitments, &payload)
        });
    }
}

/// φ_0 = x·B − Σ of all others': the sum would be x·B, the forger's alone.
#[test]
fn a_rogue_key() {
    refused(Fault::BadPossession, |forger, frames| {
        let others: RistrettoPoint = frames.iter().map(|frame| point(&frame[208..240])).sum();
        let mut commitments = forger.commitments();
        commitments[0] -= others;
        forger.announce(&base(&forger.receiving), &base(&forger.dealing), &commitments)
    });
}

/// Keys of another member for dealing or receiving: with them a complaint about the forger's share would open one that an
/// honest dealer has sealed.
#[test]
fn copied_keys() {
    for kind in [RECEIVING, DEALING] {
        refused(Fault::BadPossession, move |forger, frames| {
            let (mut receiving, mut dealing) = (base(&forger.receiving), base(&forger.dealing));
            match kind {
                RECEIVING => receiving = point(&frames[0][16..48]),
                _ => dealing = point(&frames[0][112..144]),
            }
            forger.announce(&receiving, &dealing, &forger.commitments())
        });
    }
    // Proofs and all: they name their owner.
    refused(Fault::BadPossession, |forger, frames| {
        let theirs = &frames[3];
        forger.frame(Kind::Commitments, &theirs[16..theirs.len() - 64])
    });
}

/// With one commitment more than the rest it takes one share more to open anything: nobody would notice before it is needed.
#[test]
fn another_number_of_commitments() {
    for count in [0, 1, T - 1, T + 1, N, 40] {
        refused(Fault::WrongLength, |forger, _| {
            let scalar = Scalar::from(77u8);
            let mut commitments = forger.commitments();
            commitments.resize(usize::from(count).max(1), base(&scalar));
            forger.announce(&base(&forger.receiving), &base(&forger.dealing), &commitments)
        });
    }
}

#[test]
fn identity_points() {
    let identity = RistrettoPoint::identity();
    for at in [0, 5, usize::from(T) - 1] {
        refused(Fault::IdentityPoint, |forger, _| {
            let mut commitments = forger.commitments();
            commitments[at] = identity;
            forger.announce(&base(&forger.receiving), &base(&forger.dealing), &commitments)
        });
    }
    refused(Fault::IdentityPoint, |f, _| f.announce(&identity, &base(&f.dealing), &f.commitments()));
    refused(Fault::IdentityPoint, |f, _| f.announce(&base(&f.receiving), &identity, &f.commitments()));
}

#[test]
fn no_points_and_no_scalars() {
    for (at, fault) in [(16, Fault::NotAPoint), (208, Fault::NotAPoint), (48, Fault::NotAScalar)] {
        refused(fault, |forger, _| {
            let mut payload = forger.announcement()[16..].to_vec();
            payload.truncate(payload.len() - 64);
            payload[at - 16..at + 16].fill(0xff);
            forger.frame(Kind::Commitments, &payload)
        });
    }
}

/// A frame of the forger's from the ceremony before, and one of its own under another round.
#[test]
fn frames_of_elsewhere() {
    refused(Fault::Link(meter_link::Fault::BadSignature), |_, _| {
        let people = people(N.into(), 1);
        let before = Ceremony::generate(&params(N, T), 0, &seats(&people)).unwrap();
        Forger::new(&before, &people[PLACE], CHEAT).announcement()
    });
    refused(Fault::Link(meter_link::Fault::WrongRound), |forger, _| {
        let mut header = forger.header(Kind::Commitments);
        header.round = Round::from(1);
        let right = forger.announcement();
        forger.frame_under(&header, &right[16..right.len() - 64])
    });
}

/// Two announcements, each shown to half of the others.
#[test]
fn an_announcement_that_differs() {
    let (mut scene, mut joining) = Scene::new();
    deliver(&mut joining);
    let one = scene.forger.announcement();
    scene.forger.polynomial[3] += Scalar::ONE;
    let other = scene.forger.announcement();
    for (place, party) in joining.iter_mut().enumerate() {
        party.accept(if place % 2 == 0 { &one } else { &other }).unwrap();
        let second = party.accept(if place % 2 == 0 { &other } else { &one });
        assert_eq!(second, Err(scene.blames(Fault::Link(meter_link::Fault::Contradiction))));
    }
    let mut parties = echoing(joining);
    deliver(&mut parties);
    for (place, party) in parties.iter().enumerate() {
        let disputes: Vec<_> = party.disputes().collect();
        assert_eq!(disputes.len(), if place % 2 == 0 { 7 } else { 8 });
        for dispute in disputes {
            assert_eq!((dispute.about, dispute.kind), (scene.culprit(), Kind::Commitments));
            let claimant = scene.honest().position(|person| person.id == dispute.claimant).unwrap();
            let shown = parties[claimant].announcement(scene.culprit()).unwrap();
            let own = party.announcement(scene.culprit()).unwrap();
            let verdict = scene.ceremony.contradiction(own, shown);
            assert_eq!(verdict, Ok(scene.verdict(Fault::Link(meter_link::Fault::Contradiction))));
        }
    }
    // Its own echo names one of the two, which is not what the others have of it.
    let echo = scene.forger.echo(&vec![one; 16]);
    for (place, party) in parties.iter_mut().enumerate() {
        let said = party.accept(&echo);
        assert_eq!(said, if place % 2 == 0 { Ok(()) } else { Err(scene.blames(Fault::WrongEcho)) });
    }
    for party in parties.into_iter().step_by(2) {
        assert_eq!(party.close().unwrap_err().error, Error::Inconsistent);
    }
    scene.rest_completes();
}

/// An echo of an announcement that nobody has made: asked for it, the forger has nothing to show.
#[test]
fn an_echo_of_nothing() {
    let (scene, joining) = Scene::new();
    let (mut parties, mut frames) = scene.announced(joining, &scene.forger.announcement());
    deliver(&mut parties);
    let about = scene.people[2].id;
    frames[2][300] ^= 1;
    all_say(&tell(&mut parties, &scene.forger.echo(&frames)), Ok(()));
    for party in parties {
        let disputes: Vec<_> = party.disputes().collect();
        assert_eq!(disputes.len(), 1);
        assert_eq!((disputes[0].about, disputes[0].claimant), (about, scene.culprit()));
        let own = party.announcement(about).unwrap();
        assert!(scene.ceremony.contradiction(own, &frames[2]).is_err());
        assert_eq!(scene.ceremony.contradiction(own, own), Err(Error::Inconsistent));
        assert_eq!(disputes[0].unanswered(), scene.verdict(Fault::WrongEcho));
        assert_eq!(party.close().unwrap_err().error, Error::Inconsistent);
    }
    scene.rest_completes();
}

#[test]
fn an_echo_of_too_few() {
    let (scene, joining) = Scene::new();
    let (mut parties, frames) = scene.announced(joining, &scene.forger.announcement());
    let short = scene.forger.echo(&frames[..15]);
    all_say(&tell(&mut parties, &short), Err(scene.blames(Fault::WrongLength)));
    scene.rest_completes();
}

#[test]
fn a_confirmation_of_other_keys() {
    let (scene, joining) = Scene::new();
    let (mut parties, frames, shares) = scene.confirmed(joining);
    let key_set = *parties[0].agreed().keys().unwrap().group_key().key_set();
    let wrong = Err(scene.blames(Fault::WrongConfirmation));
    all_say(&tell(&mut parties, &scene.forger.confirmation(&frames, &[3; 32], &shares)), wrong);
    all_say(&tell(&mut parties, &scene.forger.confirmation(&shares, &key_set, &shares)), wrong);
    let short = scene.forger.confirmation(&frames, &key_set, &shares[1..]);
    all_say(&tell(&mut parties, &short), Err(scene.blames(Fault::WrongLength)));
    // Of other shares of its own, and of shares that nobody has sent.
    let mut other = shares.clone();
    other[PLACE][100] ^= 1;
    let of_own = scene.forger.confirmation(&frames, &key_set, &other);
    all_say(&tell(&mut parties, &of_own), Err(scene.blames(Fault::WrongEcho)));
    let mut other = shares.clone();
    other[1][100] ^= 1;
    all_say(&tell(&mut parties, &scene.forger.confirmation(&frames, &key_set, &other)), Ok(()));
    deliver(&mut parties);
    for party in parties {
        let disputes: Vec<_> = party.disputes().collect();
        assert_eq!(disputes.len(), 1);
        assert_eq!((disputes[0].about, disputes[0].kind), (scene.people[1].id, Kind::SealedShares));
        assert!(scene.ceremony.contradiction(party.shares(disputes[0].about).unwrap(), &other[1]).is_err());
        assert_eq!(disputes[0].unanswered(), scene.verdict(Fault::WrongEcho));
        assert_eq!(party.finish().unwrap_err().error, Error::Inconsistent);
    }
    scene.rest_completes();
}

/// A dealer of old shares that would shift the key: its first commitment is not its Y_i.
#[test]
fn another_share_than_ones_own() {
    let people = people(7, 1);
    let (keys, old) = generated(&people, 5, 2);
    let ceremony = Ceremony::reshare(
        &params(7, 5),
        2,
        &seats(&people),
        &keys,
        &dealers(&people, &[1, 2, 3, 4, 5, 6, 7]),
    )
    .unwrap();
    let mut forger = Forger::new(&ceremony, &people[PLACE], CHEAT);
    let honest = people[..6].iter().zip(&old).map(|(person, share)| person.with(share));
    let mut joining = begin(&ceremony, honest);
    deliver(&mut joining);
    let wrong = Fault::WrongCommitment.of(people[PLACE].id);
    all_say(&tell(&mut joining, &forger.announcement()), Err(wrong));
    // Its Y_i without the share.
    let y = point(keys.member(CHEAT).unwrap());
    let mut commitments = forger.commitments();
    commitments[0] = y;
    let unknown = forger.announce(&base(&forger.receiving), &base(&forger.dealing), &commitments);
    all_say(&tell(&mut joining, &unknown), Err(Fault::BadPossession.of(people[PLACE].id)));
    forger.polynomial[0] = Scalar::from_canonical_bytes(*old[PLACE].to_bytes()).unwrap();
    all_say(&tell(&mut joining, &forger.announcement()), Ok(()));
    // With its share, it deals to one of them something else.
    let frames: Vec<Vec<u8>> = joining.iter().map(|party| party.frame().to_vec()).collect();
    let frames = [frames, vec![forger.announcement()]].concat();
    let mut parties = echoing(joining);
    deliver(&mut parties);
    all_say(&tell(&mut parties, &forger.echo(&frames)), Ok(()));
    let mut parties = sharing(parties);
    deliver(&mut parties);
    let shares =
        forger.shares(
            &frames,
            |number, share| {
                if number == 2 { (share + Scalar::ONE).to_bytes() } else { share.to_bytes() }
            },
        );
    all_say(&tell(&mut parties, &shares), Ok(()));
    let complaint = parties[1].complaints().next().unwrap().to_vec();
    let verdict = Verdict { culprit: people[PLACE].id, fault: Fault::BadShare };
    parties.iter().for_each(|party| assert_eq!(party.judge(&complaint), Ok(verdict)));
    assert_eq!(Error::from(parties.remove(1).close().unwrap_err()), verdict.into());
    // The rest removes it.
    let rest = &people[..6];
    let removal =
        Ceremony::reshare(&params(6, 4), 3, &seats(rest), &keys, &dealers(&people, &[1, 2, 3, 4, 5, 6]))
            .unwrap();
    let participants = rest.iter().zip(&old).map(|(person, share)| person.with(share));
    let (moved, ..) = threshold_elgamal::ceremony::hold(&removal, participants, &mut rng(8)).unwrap();
    assert_eq!(moved.group_key().encoding(), keys.group_key().encoding());
}

//! Certified parties that do what they must not.

use tokio::time::Instant;

use super::*;

/// What a meter is told when it sends this; then its link is down, and another's is not.
async fn refused(protocol: Protocol, letter: Letter) -> String {
    let (mut deployment, ca) = (deployment(protocol, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let (mut bad, mut good) = (client(&deployment, &ca.meter(1)), client(&deployment, &ca.meter(2)));
    bad.here(UTILITY).await;
    good.here(UTILITY).await;
    for _ in 0..2 {
        assert!(matches!(head.next().await, Incoming::Here(_)));
    }
    bad.link.post().send(UTILITY, letter);
    let Letter::Refusal(what) = bad.letter(UTILITY).await else { panic!("it is not told") };
    bad.gone(UTILITY).await;
    assert_eq!(head.next().await, Incoming::Refused(PartyId(1), what.clone()));
    head.gone(PartyId(1)).await;
    bad.link.stop().await;
    good.link.post().send(UTILITY, Letter::Pinned { epoch: 1 });
    loop {
        match head.next().await {
            // The bad one may have come back before it was stopped.
            Incoming::Here(PartyId(1)) | Incoming::Gone(PartyId(1)) => {}
            other => {
                assert_eq!(other, Incoming::Letter(PartyId(2), Letter::Pinned { epoch: 1 }));
                return what;
            }
        }
    }
}

#[tokio::test]
async fn another_partys_frame() {
    let another = contribution(2);
    for letter in [
        Letter::Frame(another.clone()),
        Letter::Frames { frames: vec![contribution(1), another.clone()], hints: vec![] },
        Letter::Relay { party: PartyId(3), frame: another },
        Letter::Announcement {
            link_key: frame(Protocol::Dcnet, Kind::LinkKey, PartyId(2), &[0; 101]),
            certificate: vec![1],
            commitment: [0; 32],
        },
    ] {
        assert_eq!(refused(Protocol::Dcnet, letter).await, "party 1 presents a frame of party 2");
    }
}

/// A contribution of a ring names a token; everything else of it a party.
#[tokio::test]
async fn tokens_are_no_parties() {
    let (mut deployment, ca) = (deployment(Protocol::Cmt, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let mut meter = client(&deployment, &ca.meter(1));
    head.here(PartyId(1)).await;
    meter.here(UTILITY).await;
    let token = Letter::Frame(frame(Protocol::Cmt, Kind::Contribution, PartyId(0xDEAD_BEEF), &[1; 24]));
    meter.link.post().send(UTILITY, token.clone());
    assert_eq!(head.letter(PartyId(1)).await, token);
    for (protocol, kind) in [
        (Protocol::Cmt, Kind::Claim),
        (Protocol::Cmt, Kind::Delta),
        // Only in a ring, and only what says that it is of a ring.
        (Protocol::Dcnet, Kind::Contribution),
    ] {
        let letter = Letter::Frame(frame(protocol, kind, PartyId(2), &[1; 24]));
        assert_eq!(refused(protocol, letter).await, "party 1 presents a frame of party 2");
    }
    let foreign = Letter::Frame(frame(Protocol::Cmt, Kind::Contribution, PartyId(2), &[1; 24]));
    assert_eq!(refused(Protocol::Dcnet, foreign).await, "party 1 presents a frame of another protocol");
}

#[tokio::test]
async fn malformed_letters() {
    let hash = [0; 32];
    for (letter, field) in [
        (Letter::Frame(vec![1; 15]), "frame"),
        (Letter::Frame(vec![0xFF; 48]), "frame: header"),
        (Letter::Frames { frames: vec![vec![]], hints: vec![] }, "frames: frame"),
        (Letter::Frames { frames: vec![], hints: vec![vec![]; 5000] }, "frames: hints"),
        (Letter::Relay { party: PartyId(2), frame: vec![1; 15] }, "relay: frame"),
        // The utility's questions only have none.
        (Letter::Relay { party: PartyId(2), frame: vec![] }, "frame: header"),
        (Letter::Rooted { root: vec![0; 159], commitments: vec![] }, "rooted: root"),
        (
            Letter::Rooted { root: vec![0; 160], commitments: vec![(PartyId(2), hash), (PartyId(2), hash)] },
            "rooted: commitments out of order",
        ),
        (Letter::Formed { epoch: 1, nonces: vec![hash; 10], entries: vec![] }, "formed: nonces"),
    ] {
        assert_eq!(refused(Protocol::Dcnet, letter).await, format!("malformed letter: {field}"));
    }
}

/// A program of its own sends letters that are longer than any of the group: it believes in a larger one.
#[tokio::test]
async fn letters_that_are_too_long() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let mut believes = deployment.clone();
    believes.meters.ids.0.extend((5000..6000).map(PartyId));
    let mut bad = client(&believes, &ca.meter(1));
    head.here(PartyId(1)).await;
    bad.here(UTILITY).await;
    bad.link.post().send(UTILITY, Letter::Frame([contribution(1), vec![0; 300_000]].concat()));
    assert_eq!(bad.letter(UTILITY).await, Letter::Refusal("a letter is too long".to_owned()));
    bad.gone(UTILITY).await;
    assert_eq!(head.next().await, Incoming::Refused(PartyId(1), "a letter is too long".to_owned()));
    head.gone(PartyId(1)).await;
}

/// Another protocol's service is not there.
#[tokio::test]
async fn another_protocols_service() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let mut believes = deployment.clone();
    believes.protocol = Protocol::Shamir;
    let mut meter = client(&believes, &ca.meter(1));
    tokio::join!(head.silence(500), meter.silence(500));
}

/// A utility sends what is no letter: the party hangs up, and dials again.
#[tokio::test]
async fn a_utility_that_sends_malformed_letters() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let mut meter = client(&deployment, &ca.meter(1));
    for letter in [
        Letter::Frame(vec![1; 3]),
        Letter::Formed { epoch: 1, nonces: vec![[0; 32]; 500], entries: vec![] },
        Letter::Announcement { link_key: vec![0; 117], certificate: vec![0; 5000], commitment: [0; 32] },
    ] {
        head.here(PartyId(1)).await;
        meter.here(UTILITY).await;
        head.link.post().send(PartyId(1), letter);
        meter.gone(UTILITY).await;
        head.gone(PartyId(1)).await;
    }
}

/// One party sends as fast as it can, and the head end is slow. Another's letters come through all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_starves_nobody() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let (mut bad, mut good) = (client(&deployment, &ca.meter(1)), client(&deployment, &ca.meter(2)));
    bad.here(UTILITY).await;
    good.here(UTILITY).await;
    let post = bad.link.post();
    let flood = tokio::spawn(async move {
        loop {
            post.send(UTILITY, Letter::Frame(contribution(1)));
            tokio::time::sleep(Duration::from_micros(10)).await;
        }
    });
    let (mut of_bad, mut of_good, mut longest) = (0u32, 0u32, Duration::ZERO);
    let mut asked: Option<Instant> = None;
    while of_good < 20 {
        match head.next().await {
            Incoming::Letter(PartyId(1), _) => of_bad += 1,
            Incoming::Letter(PartyId(2), _) => {
                of_good += 1;
                longest = longest.max(asked.take().unwrap().elapsed());
            }
            _ => {}
        }
        // A step of the head end, which the flood outruns.
        tokio::time::sleep(Duration::from_millis(1)).await;
        if of_bad > 300 && asked.is_none() {
            asked = Some(Instant::now());
            good.link.post().send(UTILITY, Letter::Frame(contribution(2)));
        }
    }
    flood.abort();
    // The inbox of 64 letters is full of the flood's; behind them it is the other's turn.
    assert!(longest < Duration::from_millis(800), "{longest:?}");
    assert!(of_bad > 20 * 30, "{of_bad}: that was no flood");
}

/// Whoever does not read loses the link, not the head end its memory.
#[tokio::test]
async fn a_party_that_does_not_read() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let mut lazy = client(&deployment, &ca.meter(1));
    head.here(PartyId(1)).await;
    // Its inbox takes 64 letters, the sockets and windows some more.
    let post = head.link.post();
    for _ in 0..500 {
        for _ in 0..10 {
            post.send(PartyId(1), Letter::Frame(vec![1; 20_000]));
        }
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    head.gone(PartyId(1)).await;
    lazy.here(UTILITY).await;
    while lazy.next().await != Incoming::Gone(UTILITY) {}
}

/// A stop ends everything, also while queues are full and nobody reads them.
#[tokio::test]
async fn stop_with_full_queues() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let head = utility(&mut deployment, &ca.utility()).await;
    let meter = client(&deployment, &ca.meter(1));
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        meter.link.post().send(UTILITY, Letter::Frame(contribution(1)));
        head.link.post().send(PartyId(1), Letter::Frame(contribution(1)));
    }
    let address = head.link.address();
    let posts = [head.link.post(), meter.link.post()];
    timeout(Duration::from_secs(5), head.link.stop()).await.expect("the server does not stop");
    timeout(Duration::from_secs(5), meter.link.stop()).await.expect("the client does not stop");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    // Nobody holds the inboxes any more, though letters may still be posted, to nowhere.
    let (mut head, mut meter) = (head.inbox, meter.inbox);
    while head.recv().await.is_some() {}
    while meter.recv().await.is_some() {}
    posts.iter().for_each(|post| post.send(UTILITY, Letter::Pinned { epoch: 1 }));
}

/// More letters at once than ever wait for the utility: they are lost with the link, and the next link is sound.
#[tokio::test]
async fn a_party_that_says_too_much_at_once() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let mut meter = client(&deployment, &ca.meter(1));
    for _ in 0..3 {
        head.here(PartyId(1)).await;
        meter.here(UTILITY).await;
        for _ in 0..5000 {
            meter.link.post().send(UTILITY, Letter::Frame(contribution(1)));
        }
        meter.gone(UTILITY).await;
        while head.next().await != Incoming::Gone(PartyId(1)) {}
    }
    head.here(PartyId(1)).await;
    meter.here(UTILITY).await;
    tokio::join!(meter.silence(300), head.silence(300));
}

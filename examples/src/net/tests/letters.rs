//! What honest parties do.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use meter_link::roster::List;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

use super::*;
use crate::engine::letter::Entry;
use crate::wire::Bounds;

/// Every kind of letter survives the wire, in order, in both directions, with the service of each protocol.
#[tokio::test]
async fn letters_both_ways() {
    for protocol in Protocol::ALL {
        let (mut deployment, ca) = (deployment(protocol, 5), Authorities::new());
        let mut head = utility(&mut deployment, &ca.utility()).await;
        let mut meter = client(&deployment, &ca.meter(1));
        head.here(PartyId(1)).await;
        meter.here(UTILITY).await;
        let own = frame(protocol, Kind::LinkKey, PartyId(1), &[1; 101]);
        let up = [
            Letter::Attending { epochs: 3 },
            Letter::Frame(own.clone()),
            Letter::Frames { frames: vec![own.clone(), own.clone()], hints: vec![vec![], vec![4]] },
            Letter::Relay { party: PartyId(2), frame: own.clone() },
            Letter::Announcement { link_key: own.clone(), certificate: vec![1; 400], commitment: [2; 32] },
            Letter::Pinned { epoch: 1 },
            Letter::Reveal { epoch: 1, nonce: [9; 32] },
        ];
        for letter in &up {
            meter.link.post().send(UTILITY, letter.clone());
        }
        for letter in up {
            assert_eq!(head.letter(PartyId(1)).await, letter);
        }
        let entry = Entry {
            party: PartyId(3),
            link_key: own.clone(),
            certificate: vec![7; 500],
            list: List::Answerers,
            index: 2,
            path: vec![[3; 32]; 20],
        };
        let down = [
            Letter::Call { epoch: 1, first_round: 2, last_round: 3 },
            Letter::Rooted {
                root: vec![1; 160],
                commitments: vec![(UTILITY, [0; 32]), (PartyId(4), [1; 32])],
            },
            Letter::Formed { epoch: 1, nonces: vec![[5; 32]; 3], entries: vec![entry] },
            Letter::Frame(contribution(9)),
            Letter::Refusal("no".to_owned()),
        ];
        for letter in &down {
            head.link.post().send(PartyId(1), letter.clone());
        }
        for letter in down {
            assert_eq!(meter.letter(UTILITY).await, letter);
        }
        // What is passed on comes from the party that it is of.
        let passed = Letter::Relay { party: PartyId(2), frame: own };
        head.link.post().send(PartyId(1), passed.clone());
        assert_eq!(meter.letter(PartyId(2)).await, passed);
        meter.link.stop().await;
        head.gone(PartyId(1)).await;
        // To nobody.
        head.link.post().send(PartyId(1), Letter::Refusal("lost".to_owned()));
        head.link.stop().await;
    }
}

/// As long as a group's size lets them be; longer ones are not even sent, and cost no link.
#[tokio::test]
async fn letters_as_long_as_they_may_be() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 200), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let mut meter = client(&deployment, &ca.meter(1));
    head.here(PartyId(1)).await;
    meter.here(UTILITY).await;
    let bounds = Bounds::of(&deployment);
    let long = |len: usize| Letter::Frame([contribution(1), vec![0; len]].concat());
    meter.link.post().send(UTILITY, long(bounds.up));
    meter.link.post().send(UTILITY, long(bounds.up - 100));
    assert!(head.letter(PartyId(1)).await == long(bounds.up - 100));
    head.link.post().send(PartyId(1), long(bounds.down));
    head.link.post().send(PartyId(1), long(bounds.down - 100));
    assert!(meter.letter(UTILITY).await == long(bounds.down - 100));
}

#[tokio::test]
async fn many_links_of_one_process() {
    let (mut deployment, ca) = (deployment(Protocol::Shamir, 60), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let meters: Vec<_> = (1..=60).map(|id| client(&deployment, &ca.meter(id))).collect();
    let mut here = BTreeSet::new();
    for _ in 1..=60 {
        match head.next().await {
            Incoming::Here(party) => assert!(here.insert(party)),
            other => panic!("{other:?}"),
        }
    }
    let post = head.link.post();
    for party in here {
        post.send(party, Letter::Pinned { epoch: party.0 });
    }
    for (id, mut meter) in (1..).zip(meters) {
        meter.here(UTILITY).await;
        assert_eq!(meter.letter(UTILITY).await, Letter::Pinned { epoch: id });
    }
}

/// The utility's process ends and begins again at the same address.
#[tokio::test]
async fn a_link_comes_back_after_a_restart() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let mut meter = client(&deployment, &ca.meter(1));
    head.here(PartyId(1)).await;
    meter.here(UTILITY).await;
    deployment.utility.listen = head.link.address().to_string();
    for epoch in 0..3 {
        head.link.stop().await;
        meter.gone(UTILITY).await;
        // Into the void: no letter of an old link comes out of a new one.
        meter.link.post().send(UTILITY, Letter::Pinned { epoch: 99 });
        head = utility(&mut deployment, &ca.utility()).await;
        head.here(PartyId(1)).await;
        meter.here(UTILITY).await;
        meter.link.post().send(UTILITY, Letter::Pinned { epoch });
        assert_eq!(head.letter(PartyId(1)).await, Letter::Pinned { epoch });
    }
}

/// A device that was restarted is there before its old connection is known to be dead.
#[tokio::test]
async fn a_second_link_replaces_the_first() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let mut first = client(&deployment, &ca.meter(1));
    head.here(PartyId(1)).await;
    first.here(UTILITY).await;
    let mut second = client(&deployment, &ca.meter(1));
    // In this order, whatever the tasks do.
    head.gone(PartyId(1)).await;
    head.here(PartyId(1)).await;
    second.here(UTILITY).await;
    first.gone(UTILITY).await;
    first.link.stop().await;
    loop {
        // The first may have come back once before it was stopped.
        head.link.post().send(PartyId(1), Letter::Pinned { epoch: 2 });
        match timeout(Duration::from_millis(100), second.inbox.recv()).await {
            Ok(Some(Incoming::Letter(_, letter))) => {
                assert_eq!(letter, Letter::Pinned { epoch: 2 });
                break;
            }
            Ok(None) => panic!("closed"),
            _ => {}
        }
    }
}

/// A role that begins anew has its links begin anew.
#[tokio::test]
async fn a_role_that_hangs_up() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let mut meters = [client(&deployment, &ca.meter(1)), client(&deployment, &ca.meter(2))];
    for meter in &mut meters {
        meter.here(UTILITY).await;
    }
    assert!(matches!([head.next().await, head.next().await], [Incoming::Here(_), Incoming::Here(_)]));
    head.link.post().hang_up();
    let come = [head.next().await, head.next().await, head.next().await, head.next().await];
    for meter in &mut meters {
        meter.gone(UTILITY).await;
        meter.here(UTILITY).await;
    }
    for id in [1, 2].map(PartyId) {
        let place = |incoming| come.iter().position(|come| *come == incoming).expect("missing");
        assert!(place(Incoming::Gone(id)) < place(Incoming::Here(id)));
    }
    meters[0].link.post().hang_up();
    head.gone(PartyId(1)).await;
    head.here(PartyId(1)).await;
    meters[0].gone(UTILITY).await;
    meters[0].here(UTILITY).await;
    meters[1].silence(100).await;
}

/// Devices that share their keys, as they must not, take the link from each other without end. What comes of it is
/// still in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_links_for_one_place() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let twins: Vec<_> = (0..8).map(|_| client(&deployment, &ca.meter(1))).collect();
    let mut here = false;
    for _ in 0..100 {
        match head.next().await {
            Incoming::Here(_) if !here => here = true,
            Incoming::Gone(_) if here => here = false,
            other => panic!("{other:?} out of order"),
        }
    }
    drop(twins);
}

/// The network swallows everything, and no end is told: both notice, and the link comes back when the network does.
#[tokio::test]
async fn a_dead_network_is_noticed() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    let cable = Cable::to(head.link.address()).await;
    deployment.utility.address = format!("https://{}", cable.address);
    let mut meter = client(&deployment, &ca.meter(1));
    head.here(PartyId(1)).await;
    meter.here(UTILITY).await;
    let began = Instant::now();
    cable.cut.send_replace(true);
    tokio::join!(head.gone(PartyId(1)), meter.gone(UTILITY));
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    cable.cut.send_replace(false);
    head.here(PartyId(1)).await;
    meter.here(UTILITY).await;
    // It was held up, but not lost, where nobody has noticed.
    cable.cut.send_replace(true);
    meter.link.post().send(UTILITY, Letter::Pinned { epoch: 1 });
    head.silence(300).await;
    cable.cut.send_replace(false);
    assert_eq!(head.letter(PartyId(1)).await, Letter::Pinned { epoch: 1 });
}

/// Between a party and the utility.
struct Cable {
    address: SocketAddr,
    cut: watch::Sender<bool>,
}

impl Cable {
    async fn to(utility: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, is_cut) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(utility).await.unwrap();
                let (near, far) = (near.into_split(), far.into_split());
                tokio::spawn(carry(near.0, far.1, is_cut.clone()));
                tokio::spawn(carry(far.0, near.1, is_cut.clone()));
            }
        });
        Self { address, cut }
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut cut: watch::Receiver<bool>) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if cut.wait_for(|cut| !cut).await.is_err() || to.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
    let _ = cut.wait_for(|cut| !cut).await;
}

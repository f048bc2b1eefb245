//! A malicious meter: it has keys, certificate and readings like any other and takes part, and beside that sends garbage,
//! flipped bits, what it sent before, frames under another's name, and all of that in floods.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use chacha20::ChaCha20Rng;
use meter_link::{HighWater, PartyId};
use rand_core::{Rng, SeedableRng};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::fault::below;
use crate::deployment::Deployment;
use crate::engine::forming::{Oneself, Party};
use crate::engine::seat::Device;
use crate::engine::{Ctx, Effect, Letter, Outbox, Role};
use crate::net::{Client, Credentials, Incoming, Post};

/// The meter while it runs.
pub(crate) struct Rogue {
    stop: oneshot::Sender<()>,
    task: JoinHandle<u64>,
}

/// Letters of its own that it keeps for later.
const KEPT: usize = 200;

/// Letters of a flood.
const FLOOD: u32 = 2_000;

/// Starts it on the runtime; its address is that of a proxy perhaps.
pub(crate) fn start(
    deployment: &Deployment,
    id: PartyId,
    address: Option<&String>,
    readings: &Path,
    runtime: &Runtime,
) -> anyhow::Result<Rogue> {
    let mut deployment = deployment.clone();
    if let Some(address) = address {
        deployment.utility.address.clone_from(address);
    }
    let credentials = Credentials::load(&deployment.pki, id)?;
    let source = crate::sources::open(&format!("csv:{}", readings.display()), &deployment, id)?;
    let device = Arc::new(Mutex::new(Device { mark: HighWater::new(), record: None, source }));
    let (incoming, letters) = mpsc::channel(256);
    let _guard = runtime.enter();
    let client = Client::attend(&deployment, &credentials, incoming)?;
    let signing = Credentials::load(&deployment.pki, id)?;
    let oneself = Oneself {
        id,
        role: meter_link::Role::Meter,
        signer: Box::new(move || signing.identity()),
        certificate: credentials.certificate().to_vec(),
        authority: credentials.authority(),
    };
    let party = Party::new(Arc::new(deployment), oneself, Some(device), None)?;
    let mischief = Mischief {
        rng: ChaCha20Rng::seed_from_u64(u64::from(id.0)),
        post: client.post(),
        sent: Vec::new(),
        count: 0,
    };
    let (stop, stopped) = oneshot::channel();
    let task = runtime.spawn(async move {
        let count = live(party, letters, mischief, stopped).await;
        client.stop().await;
        count
    });
    Ok(Rogue { stop, task })
}

impl Rogue {
    /// Letters that it has sent beyond what an honest meter sends.
    pub(crate) fn stop(self, runtime: &Runtime) -> u64 {
        let _ = self.stop.send(());
        runtime.block_on(self.task).unwrap_or_default()
    }
}

/// What it does beside being a meter.
struct Mischief {
    rng: ChaCha20Rng,
    post: Arc<dyn Post>,
    sent: Vec<Letter>,
    count: u64,
}

async fn live(
    mut party: Party,
    mut letters: mpsc::Receiver<Incoming>,
    mut mischief: Mischief,
    mut stopped: oneshot::Receiver<()>,
) -> u64 {
    let mut rng = ChaCha20Rng::from_rng(&mut mischief.rng);
    let mut outbox = Outbox::default();
    loop {
        let now = now();
        let due = party.next_wake().map_or(100, |wake| wake.saturating_sub(now)).clamp(1, 100);
        let incoming = tokio::select! {
            incoming = letters.recv() => incoming,
            () = tokio::time::sleep(Duration::from_millis(due)) => None,
            _ = &mut stopped => return mischief.count,
        };
        let mut ctx = Ctx { now: self::now(), rng: &mut rng, out: &mut outbox };
        let step = match incoming {
            Some(Incoming::Letter(from, letter)) => party.receive(&mut ctx, from, letter),
            Some(Incoming::Here(id)) => {
                party.attends(&mut ctx, id, true);
                Ok(())
            }
            Some(Incoming::Gone(id)) => {
                party.attends(&mut ctx, id, false);
                Ok(())
            }
            Some(Incoming::Refused(..)) => Ok(()),
            None => party.wake(&mut ctx),
        };
        if step.is_err() {
            outbox.truncate(0);
        }
        for effect in outbox.drain() {
            // It stores nothing: whether a power cut finds it honest is not its concern.
            if let Effect::Send(to, letter) = effect {
                mischief.remember(&letter);
                mischief.post.send(to, letter);
            }
        }
        mischief.act();
    }
}

impl Mischief {
    fn remember(&mut self, letter: &Letter) {
        if self.sent.len() >= KEPT {
            let place = usize::try_from(below(&mut self.rng, KEPT as u64)).unwrap_or_default();
            self.sent.swap_remove(place);
        }
        self.sent.push(letter.clone());
    }

    /// Now and then, one of several things.
    fn act(&mut self) {
        match below(&mut self.rng, 40) {
            0..=3 => self.send(1, Self::garbage),
            4..=7 => self.send(1, Self::again),
            8..=11 => self.send(1, Self::flipped),
            12 | 13 => self.send(1, Self::as_another),
            14 => self.send(FLOOD, Self::again),
            15 => self.send(FLOOD, Self::garbage),
            _ => {}
        }
    }

    fn send(&mut self, times: u32, make: fn(&mut Self) -> Option<Letter>) {
        for _ in 0..times {
            if let Some(letter) = make(self) {
                self.post.send(PartyId::UTILITY, letter);
                self.count = self.count.saturating_add(1);
            }
        }
    }

    fn garbage(&mut self) -> Option<Letter> {
        let length = usize::try_from(below(&mut self.rng, 300)).unwrap_or_default();
        let mut bytes = vec![0u8; length];
        self.rng.fill_bytes(&mut bytes);
        Some(match below(&mut self.rng, 5) {
            0 => Letter::Frames { frames: vec![bytes.clone(); 3], hints: vec![bytes] },
            1 => Letter::Relay { party: PartyId(self.rng.next_u32()), frame: bytes },
            2 => Letter::Announcement { link_key: bytes.clone(), certificate: bytes, commitment: [7; 32] },
            3 => Letter::Reveal { epoch: self.rng.next_u32(), nonce: [9; 32] },
            _ => Letter::Frame(bytes),
        })
    }

    fn again(&mut self) -> Option<Letter> {
        let place = usize::try_from(below(&mut self.rng, self.sent.len().max(1) as u64)).ok()?;
        self.sent.get(place).cloned()
    }

    fn flipped(&mut self) -> Option<Letter> {
        let mut letter = self.again()?;
        if let Letter::Frame(frame) | Letter::Relay { frame, .. } = &mut letter {
            let bit = below(&mut self.rng, (frame.len() as u64).saturating_mul(8).max(1));
            if let Some(byte) = frame.get_mut(usize::try_from(bit / 8).ok()?) {
                *byte ^= 1u8.checked_shl(u32::try_from(bit % 8).ok()?)?;
            }
        }
        Some(letter)
    }

    /// A frame of its own with its neighbour's id as sender.
    fn as_another(&mut self) -> Option<Letter> {
        let mut letter = self.again()?;
        if let Letter::Frame(frame) = &mut letter
            && let Some(sender) = frame.get_mut(8..12)
        {
            sender.copy_from_slice(&1u32.to_le_bytes());
        }
        Some(letter)
    }
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.ok().and_then(|now| u64::try_from(now.as_millis()).ok()).unwrap_or_default()
}

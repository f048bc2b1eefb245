//! Attacks by name: a utility that is whatever it likes, and parties that are.

mod parties;
mod stalling;
mod utility;

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use meter_link::roster::link_key::{self, Forming};
use meter_link::roster::{Certified, Member};
use meter_link::{Epoch, LinkSecret, PartyId, Role as Duty, Round};
use rand_core::SeedableRng;

use super::*;
use crate::engine::forming::beacon::{beacon, commitment};
use crate::engine::forming::entries::{Announced, Shown};
use crate::engine::forming::terms::Terms;
use crate::engine::{Ctx, Effect, Letter, Outbox, Refusal};

/// Parties without a network, and all that a utility knows.
struct Table {
    toy: Toy,
    deployment: Arc<Deployment>,
    terms: Terms,
    now: u64,
    rng: ChaCha20Rng,
    parties: BTreeMap<PartyId, Party>,
    epoch: u32,
    first: u32,
}

/// An epoch as an honest utility would form it, up to the nonces.
struct Honest {
    forming: Forming,
    shown: Shown,
    last: u32,
}

const NONCE: [u8; 32] = [7; 32];

impl Table {
    fn new() -> Self {
        Self::of(Toy { circle: true, ..Toy::default() })
    }

    fn of(toy: Toy) -> Self {
        let deployment = deployment("shamir", 5, 2, 1_000, 100);
        let terms = Terms::new(deployment.clone(), Arc::new(toy)).unwrap();
        let ids = super::parties(&deployment);
        let parties = ids.into_iter().map(|(id, _)| (id, party(&toy, &deployment, id, None))).collect();
        let rng = ChaCha20Rng::seed_from_u64(9);
        Self { toy, deployment, terms, now: BEGINS + 500, rng, parties, epoch: 1, first: 10 }
    }

    /// What a party does with a letter of the utility.
    fn tell(&mut self, id: PartyId, letter: Letter) -> Result<Vec<Effect>, Refusal> {
        let mut out = Outbox::default();
        let mut ctx = Ctx { now: self.now, rng: &mut self.rng, out: &mut out };
        self.parties.get_mut(&id).unwrap().receive(&mut ctx, PartyId::UTILITY, letter)?;
        Ok(out.drain().collect())
    }

    fn wake(&mut self, id: PartyId) -> Vec<Effect> {
        let mut out = Outbox::default();
        let mut ctx = Ctx { now: self.now, rng: &mut self.rng, out: &mut out };
        self.parties.get_mut(&id).unwrap().wake(&mut ctx).unwrap();
        out.drain().collect()
    }

    fn fault(&mut self, id: PartyId, letter: Letter) -> String {
        match self.tell(id, letter).map(|effects| format!("{effects:?}")) {
            Err(Refusal::Fault { culprit: PartyId::UTILITY, what }) => what,
            other => panic!("no fault of the utility: {other:?}"),
        }
    }

    fn stale(&mut self, id: PartyId, letter: Letter) -> &'static str {
        match self.tell(id, letter).map(|effects| format!("{effects:?}")) {
            Err(Refusal::Stale(what)) => what,
            other => panic!("not stale: {other:?}"),
        }
    }

    fn call(&self) -> Letter {
        Letter::Call { epoch: self.epoch, first_round: self.first, last_round: self.first + 99 }
    }

    fn utility(&self) -> (Announced, Letter) {
        let forming = self.terms.forming(self.epoch, self.first);
        let (id, role) = (PartyId::UTILITY, Duty::Utility);
        let one = announced(&forming, id, role, &identity(id), 1);
        (one.clone(), letter_of(&one))
    }

    /// Calls everybody and announces the utility; they announce themselves.
    fn called(&mut self) -> BTreeMap<PartyId, Announced> {
        let forming = self.terms.forming(self.epoch, self.first);
        let (own, announcement) = self.utility();
        let mut all = BTreeMap::from([(PartyId::UTILITY, own)]);
        for id in self.parties.keys().copied().collect::<Vec<_>>() {
            let call = self.call();
            let effects = self.tell(id, call).unwrap();
            let [Effect::Send(_, Letter::Announcement { link_key, certificate, commitment })] = &effects[..]
            else {
                panic!("{effects:?}")
            };
            let (party, member) =
                self.terms.announced(&Registry, id, (link_key, certificate), &forming, self.now).unwrap();
            let (link_key, certificate) = (link_key.clone(), certificate.clone());
            all.insert(id, Announced { party, member, link_key, certificate, commitment: *commitment });
            self.tell(id, announcement.clone()).unwrap();
        }
        all
    }

    fn honest(&self, all: BTreeMap<PartyId, Announced>) -> Honest {
        let forming = self.terms.forming(self.epoch, self.first);
        Honest { forming, shown: Shown::new(&self.terms, forming, all).unwrap(), last: self.first + 99 }
    }

    /// Up to the nonces, which everybody has revealed.
    fn revealed(&mut self) -> (Honest, BTreeMap<PartyId, [u8; 32]>) {
        let all = self.called();
        let honest = self.honest(all);
        let mut nonces = BTreeMap::from([(PartyId::UTILITY, NONCE)]);
        let ids: Vec<PartyId> = self.parties.keys().copied().collect();
        for id in &ids {
            let rooted = honest.rooted(self.now);
            self.tell(*id, rooted).unwrap();
        }
        self.now += 2_000;
        for id in ids {
            nonces.insert(id, nonce_of(&self.wake(id)).unwrap());
        }
        (honest, nonces)
    }

    fn formed(&self, honest: &Honest, nonces: &BTreeMap<PartyId, [u8; 32]>, to: PartyId) -> Letter {
        let epoch = honest.epoch(&self.terms, nonces);
        let entries = honest.shown.entries(&self.terms, &epoch, to).unwrap();
        let nonces = honest.shown.commitments.iter().map(|(id, _)| nonces[id]).collect();
        Letter::Formed { epoch: self.epoch, nonces, entries }
    }
}

impl Honest {
    fn rooted(&self, now: u64) -> Letter {
        self.rooted_with(
            self.last,
            now / 1000 + 2,
            &identity(PartyId::UTILITY),
            self.shown.commitments.clone(),
        )
    }

    fn rooted_with(
        &self,
        last: u32,
        beacon_time: u64,
        signer: &Identity,
        commitments: Vec<(PartyId, [u8; 32])>,
    ) -> Letter {
        let root =
            self.shown.roster.root(Round::from(last), beacon_time).sign(&self.forming, signer).unwrap();
        Letter::Rooted { root: root.to_vec(), commitments }
    }

    fn epoch(&self, terms: &Terms, nonces: &BTreeMap<PartyId, [u8; 32]>) -> Epoch {
        let in_order = self.shown.commitments.iter().map(|(id, _)| (*id, &nonces[id]));
        Epoch {
            session: terms.session,
            epoch: self.forming.epoch,
            first_round: self.forming.first_round,
            last_round: Round::from(self.last),
            roster_root: self.shown.roster.roster_root(),
            answerers_root: self.shown.roster.answerers_root(),
            beacon: beacon(&terms.session, self.forming.epoch, in_order),
        }
    }
}

/// An announcement under a certificate that names this signer.
fn announced(forming: &Forming, id: PartyId, role: Duty, signer: &Identity, seed: u64) -> Announced {
    let link = LinkSecret::generate(&mut ChaCha20Rng::seed_from_u64(seed));
    let party = Certified { id, role, identity: signer.public() };
    let link_key = link_key::announce(forming, id, role, signer, link.public()).unwrap().to_vec();
    let member = Member::announced(&party, &link_key, forming).unwrap();
    let commitment = commitment(&forming.session, forming.epoch, id, &NONCE);
    Announced { party, member, link_key, certificate: certificate(id, role, signer), commitment }
}

fn letter_of(one: &Announced) -> Letter {
    let (link_key, certificate) = (one.link_key.clone(), one.certificate.clone());
    Letter::Announcement { link_key, certificate, commitment: one.commitment }
}

fn nonce_of(effects: &[Effect]) -> Option<[u8; 32]> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send(_, Letter::Reveal { nonce, .. }) => Some(*nonce),
        _ => None,
    })
}

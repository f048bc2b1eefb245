//! The secrets of a cohort, so that whatever a fuzzer writes gets the trailer that its sender would give it.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use meter_link::answer::{AnswerKind, Query, Quorum};
use meter_link::cohort::Cohort;
use meter_link::frame::{Reader, Writer};
use meter_link::{EpochView, Header, Identity, Kind, Label, LinkSecret, PairKey, PartyId, Scope};
use rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

pub struct Keyring {
    view: EpochView,
    secrets: BTreeMap<PartyId, ([u8; 32], [u8; 32])>,
    frame_keys: BTreeMap<PartyId, PairKey>,
    signers: BTreeMap<PartyId, Identity>,
}

/// What [`Keyring::of`] wants cohorts to be drawn from.
pub fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

impl Keyring {
    /// Of a cohort drawn from [`rng`].
    pub fn of(cohort: &Cohort) -> Self {
        let secrets = secrets(cohort);
        let signers = secrets.iter().map(|(id, (seed, _))| (*id, Identity::from_bytes(&mut seed.clone())));
        let mut ring =
            Keyring { view: cohort.view, signers: signers.collect(), frame_keys: BTreeMap::new(), secrets };
        let link = ring.link(PartyId::UTILITY);
        for member in cohort.roster.meters().iter().chain(cohort.roster.answerers()) {
            let context = ring.view.context();
            let key = link.pair_key(Label::Frame, context, PartyId::UTILITY, &member.peer(), &[]);
            ring.frame_keys.insert(member.id, key.unwrap());
        }
        ring
    }

    pub fn identity(&self, id: PartyId) -> Identity {
        Identity::from_bytes(&mut self.secrets[&id].0.clone())
    }

    /// To sign with; a role gets an identity of its own.
    pub fn signer(&self, id: PartyId) -> &Identity {
        &self.signers[&id]
    }

    pub fn link(&self, id: PartyId) -> LinkSecret {
        LinkSecret::from_bytes(&mut self.secrets[&id].1.clone())
    }

    /// Between a party and the utility.
    pub fn frame_key(&self, id: PartyId) -> Option<&PairKey> {
        self.frame_keys.get(&id)
    }

    /// Puts the signature in, by whomever the header names, in place of what stands there.
    pub fn sign(&self, frame: &mut [u8]) {
        self.sign_in(frame, |_| self.view.scope());
    }

    /// The same in a scope that hangs on the kind.
    pub fn sign_in<'s>(&self, frame: &mut [u8], scope: impl FnOnce(Kind) -> Scope<'s>) {
        let Some((body, trailer)) = frame.split_last_chunk_mut::<{ Identity::SIGNATURE_LEN }>() else {
            return;
        };
        let Ok(header) = Header::parse(body) else { return };
        if let Some(signer) = self.signers.get(&header.sender) {
            *trailer = signer.sign(header.kind, &scope(header.kind), body);
        }
    }

    /// Puts the tag in: of a meter's frame, or of an answer to the query that it claims to be to.
    pub fn tag(&self, frame: &mut [u8]) -> Option<()> {
        let header = Header::parse(frame).ok()?;
        let key = self.frame_key(header.sender)?;
        match header.kind {
            Kind::Answer | Kind::RawAnswer => {
                let payload = frame.get(Header::LEN..frame.len().checked_sub(16)?)?;
                tag_under(frame, &self.claimed_key(&header, payload)?)
            }
            _ => tag_under(frame, key),
        }
    }

    fn claimed_key(&self, header: &Header, payload: &[u8]) -> Option<PairKey> {
        let mut payload = Reader::new(payload);
        let kind = AnswerKind::try_from(payload.u8().ok()?).ok()?;
        let digest = payload.array().ok()?;
        let quorum = match header.kind {
            Kind::Answer => Quorum::read(&mut payload, self.view.answerers()).ok()?,
            _ => Quorum::default(),
        };
        let (context, round) = (self.view.context(), header.round);
        self.query_key(header.sender, &Query { context, round, kind, digest, quorum: &quorum })
    }

    /// The key of an answer's tag: HMAC-SHA256, as `Query` makes it.
    pub fn query_key(&self, id: PartyId, query: &Query<'_>) -> Option<PairKey> {
        let key = self.frame_key(id)?;
        let mut message = b"wattsum v1 answer".to_vec();
        message.extend(query.context.as_bytes());
        message.extend(query.round.get().to_le_bytes());
        message.push(query.kind as u8);
        message.extend(query.digest);
        message.push(query.quorum.len());
        message.extend(query.quorum.iter());
        Some(PairKey::from_bytes(&hmac(&key.to_bytes(), &message)))
    }

    /// Puts context and check into a state.
    pub fn own(&self, state: &mut [u8]) {
        if let Some(place) = state.get_mut(1..33) {
            place.copy_from_slice(self.view.context().as_bytes());
        }
        checked(state);
    }
}

/// Puts the tag in under a key.
pub fn tag_under(frame: &mut [u8], key: &PairKey) -> Option<()> {
    let (body, trailer) = frame.split_last_chunk_mut::<16>()?;
    let header = Header::parse(body).ok()?;
    let mut out = vec![0; body.len() + 16];
    let mut writer = Writer::new(&mut out);
    writer.bytes(body).ok()?;
    let tagged = writer.finish_tagged(&header, key).ok()?;
    trailer.copy_from_slice(&tagged[body.len()..]);
    Some(())
}

/// Puts the check in.
pub fn checked(record: &mut [u8]) {
    if let Some((body, stored)) = record.split_last_chunk_mut::<4>() {
        *stored = meter_link::mark::check(body);
    }
}

fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

/// Draws once more what `Cohort::form` has drawn: identity, then link key, of everybody.
fn secrets(cohort: &Cohort) -> BTreeMap<PartyId, ([u8; 32], [u8; 32])> {
    let mut rng = rng();
    let mut draw = || {
        let mut seed = [0u8; 32];
        rng.fill_bytes(&mut seed);
        seed
    };
    let parties = std::iter::once(&cohort.utility).chain(&cohort.meters).chain(&cohort.answerers);
    parties
        .map(|party| {
            let (identity, link) = (draw(), draw());
            assert_eq!(Identity::from_bytes(&mut identity.clone()).public(), party.identity.public());
            assert_eq!(LinkSecret::from_bytes(&mut link.clone()).public(), party.link.public());
            (party.id, (identity, link))
        })
        .collect()
}

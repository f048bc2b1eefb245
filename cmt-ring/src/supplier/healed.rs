//! Healing, at the supplier: which tokens are out, and the group key of the others.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::frame::{Kind, Reader};
use meter_link::{Fault as LinkFault, Link, Malformed, PairKey, PartyId, Round};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::claims::Claims;
use super::{Ring, Supplier};
use crate::error::{Error, Fault, Misuse};
use crate::generation::Generation;
use crate::message::Sealed;

impl Supplier {
    /// Takes the Healed frame of the ring's concentrator: from its round on the ring is one of the others, under another
    /// group key and other tag keys; no earlier round can be opened any more, and a ciphertext of a token that was cut is
    /// refused from here on. The same frame again changes nothing. A round that is open goes on as it began.
    ///
    /// Store the state ([`Supplier::to_bytes`]) before a round is opened. Until then a power cut forgets the frame, and
    /// the concentrator has to send it again.
    ///
    /// # Errors
    /// [`Misuse::NoRing`]; [`Malformed`]; [`Fault`] blaming the sender: not the ring's concentrator, a wrong seal, a round
    /// far from now, outside the epoch, not after the ring's first one or after its term; a generation that is not
    /// new or too far ahead; too few members left; names that are not the ring's, or not all that were cut before
    /// ([`Fault::WrongMembers`]); in groups with terms [`Fault::TooEarly`] unless the ring has lost a round, and
    /// [`LinkFault::NotExpected`] where members sign their set. Nothing has changed then.
    pub fn heal(&mut self, now: Round, frame: &[u8]) -> Result<Generation, Error> {
        let ring = self.ring.as_ref().ok_or(Misuse::NoRing)?;
        let (generation, sealed) = Sealed::of_generation(frame, &self.view.expect(Kind::Healed, 0))?;
        let (sender, from) = (sealed.header().sender, sealed.header().round);
        if sender != ring.concentrator {
            return Err(LinkFault::UnknownSender.of(sender).into());
        }
        let digest: [u8; 32] = Sha256::digest(frame).into();
        if ring.frame == digest {
            return Ok(generation);
        }
        let mut message = Zeroizing::new(alloc::vec![0u8; sealed.len()]);
        sealed.open(&generation.healed_seal_key(&ring.heal_key)?, PartyId::UTILITY, &mut message)?;
        self.view.check_received_round(now, sealed.header())?;
        if !self.latest.admits(&self.view, generation, from) {
            return Err(Fault::WrongGeneration.of(sender));
        }
        if from <= ring.from || ring.until.is_some_and(|until| from >= until) {
            return Err(LinkFault::WrongRound.of(sender).into());
        }
        if ring.until.is_some() && !self.lost {
            return Err(Fault::TooEarly.of(sender));
        }
        if self.params.agreement() {
            return Err(LinkFault::NotExpected.of(sender).into()); // nobody signs a set that is healed
        }
        let mut reader = Reader::new(&message);
        // Room for all at once: a vector that grows leaves secrets in freed memory.
        let mut group_key = Zeroizing::new(Vec::with_capacity(self.params.channels()));
        for _ in 0..self.params.channels() {
            group_key.push(self.params.modulus().residue(reader.u64()?)?);
        }
        let (cut, positions) = self.read_cut(ring, &mut reader)?;
        let left = ring.without(&cut, sender)?;
        if left.len() < self.params.min_ring() as usize {
            return Err(LinkFault::SetTooSmall.of(sender).into());
        }

        let copy = |key: &PairKey| PairKey::from_bytes(&key.to_bytes());
        let healed = Ring {
            generation,
            root: ring.root,
            from,
            until: ring.until,
            group_key,
            members: left,
            concentrator: sender,
            start_key: copy(&ring.start_key),
            heal_key: copy(&ring.heal_key),
            frame: digest,
            cut,
        };
        self.claims = Claims::default();
        self.registry.leave_out(from, |position| positions.contains(&position));
        self.latest.take(generation);
        self.lost = false;
        self.ring = Some(Arc::new(healed));
        Ok(generation)
    }

    /// Reads names and, in groups with terms, the positions of the meters that had them.
    fn read_cut(&self, ring: &Ring, reader: &mut Reader<'_>) -> Result<(Vec<PartyId>, Vec<u32>), Error> {
        let names = self.numbers(reader)?;
        let positions = if ring.until.is_some() { self.numbers(reader)? } else { Vec::new() };
        reader.end()?;
        let inside = positions.last().is_none_or(|last| *last < self.view.meters());
        let paired = ring.until.is_none() || positions.len() == names.len();
        if !inside || !paired {
            return Err(Malformed::BadField.into());
        }
        Ok((names.into_iter().map(PartyId).collect(), positions))
    }

    /// `count u32`, and so many ascending numbers, at least one.
    fn numbers(&self, reader: &mut Reader<'_>) -> Result<Vec<u32>, Error> {
        let count = reader.u32()?;
        if count == 0 || count > self.view.meters() {
            return Err(Malformed::BadField.into());
        }
        let (numbers, _) = reader.bytes((count as usize).saturating_mul(4))?.as_chunks();
        let numbers: Vec<u32> = numbers.iter().map(|number| u32::from_le_bytes(*number)).collect();
        if numbers.is_sorted_by(|a, b| a < b) { Ok(numbers) } else { Err(Malformed::BadField.into()) }
    }
}

impl Ring {
    /// The members but for these names, ascending: all that were cut before, and more.
    fn without(&self, cut: &[PartyId], concentrator: PartyId) -> Result<Vec<Link>, Error> {
        let out = |name: &PartyId| cut.binary_search(name).is_ok();
        let known = |name: &PartyId| self.place(*name).is_some() || self.cut.binary_search(name).is_ok();
        let more = cut.len() > self.cut.len() && self.cut.iter().all(out);
        if !more || !cut.iter().all(known) {
            return Err(Fault::WrongMembers.of(concentrator));
        }
        let copy =
            |member: &Link| Link { peer: member.peer, key: PairKey::from_bytes(&member.key.to_bytes()) };
        // Room for all at once: a vector that grows leaves keys in freed memory.
        let mut left = Vec::with_capacity(self.members.len());
        left.extend(self.members.iter().filter(|member| !out(&member.peer)).map(copy));
        Ok(left)
    }
}

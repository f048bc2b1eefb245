//! How a meter of a grown graph finds its neighbours, through the utility, while rounds go on.
//!
//! Early in each slot it offers edges to partners that it draws, where it has too few, and repeats what is not settled;
//! late in the slot it states to the utility which edges it has from the next round on. Notices between meters travel
//! as [`Letter::Relay`]; one without a frame is the utility's, which asks this meter to say once more what it has to
//! say to that partner.

use std::collections::BTreeSet;

use anyhow::bail;
use dcnet_core::grown::{Listed, NOTICE_LEN, Registrar, statement_len};
use meter_link::roster::{Inclusion, Member, merkle};
use meter_link::{EpochView, Identity, PartyId, Round};

use super::meter::Grown;
use super::refused;
use crate::deployment::Deployment;
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Letter, Refusal};

/// What a meter knows of others, and what it has to do when.
pub(super) struct Registration {
    table: Timetable,
    me: u32,
    peers: Peers,
    /// Neighbours that it looks for: more than a round needs, since some fall silent.
    target: usize,
    /// Of a thousand of a slot, so that not all speak at once.
    jitter: u16,
    /// To whom something is due, because a common neighbour has left or the utility asks.
    ring: BTreeSet<u32>,
    asked: BTreeSet<u32>,
    /// It has stated edges.
    entered: bool,
    offers: u16,
    /// The next round in which it registers, and states.
    next: [u32; 2],
}

/// The last Open: its round, its frame, and whether it names this meter present.
type LastOpen<'a> = Option<(Round, &'a [u8], bool)>;

/// When in a slot, in thousandths, a meter registers and states.
const REGISTERS: u16 = 50;
const STATES: u16 = 700;
/// Neighbours that it looks for.
const TARGET: usize = 5;
/// Offers that it makes as it needs them; later ones are few, since the utility passes on so many in an epoch only.
const EAGER: u16 = 24;
const SELDOM: u32 = 4;

impl Registration {
    pub(super) fn new(
        deployment: &Deployment,
        view: &EpochView,
        (id, place): (PartyId, u32),
        all: &[(u32, Member)],
    ) -> anyhow::Result<Self> {
        let first = view.epoch().first_round.to_u32();
        Ok(Self {
            table: deployment.timetable(),
            me: place,
            peers: Peers::new(view, all)?,
            target: TARGET.min(all.len().saturating_sub(1)),
            jitter: u16::try_from(id.0 % 100).unwrap_or(0),
            ring: BTreeSet::new(),
            asked: BTreeSet::new(),
            entered: false,
            offers: 0,
            next: [first, first],
        })
    }

    pub(super) fn next_wake(&self) -> Option<u64> {
        let at = |round: u32, permille: u16| {
            self.table.at(Round::from(round), permille.saturating_add(self.jitter))
        };
        let [register, state] = self.next;
        Some(at(register, REGISTERS).min(at(state, STATES)))
    }

    /// A notice of another meter, or the utility's question.
    pub(super) fn take(
        &mut self,
        ctx: &mut Ctx<'_>,
        now: Round,
        grown: &mut Grown,
        identity: &Identity,
        party: PartyId,
        frame: &[u8],
    ) -> Result<(), Refusal> {
        let peer = self.peers.named(party).filter(|peer| peer.position() != self.me);
        let peer = peer.ok_or(Refusal::Stale("of a party that is no meter"))?;
        if frame.is_empty() {
            // Once a slot is enough.
            self.asked.insert(peer.position());
            return Ok(());
        }
        let mut out = [0; NOTICE_LEN];
        let step = grown.accept(now, &peer, frame, identity, &mut *ctx.rng, &mut out);
        let step = step.map_err(|error| refused(error, party))?;
        self.ring.extend(step.pair_with);
        if let Some(reply) = step.reply {
            ctx.out.send(PartyId::UTILITY, Letter::Relay { party, frame: reply.to_vec() });
        }
        Ok(())
    }

    /// What is due by the clock.
    pub(super) fn wake(
        &mut self,
        ctx: &mut Ctx<'_>,
        grown: &mut Grown,
        identity: &Identity,
        open: LastOpen<'_>,
        linked: bool,
    ) -> Result<(), Refusal> {
        let Some(now) = self.table.round(ctx.now) else { return Ok(()) };
        let due = |round: u32, permille: u16| {
            ctx.now >= self.table.at(Round::from(round), permille.saturating_add(self.jitter))
        };
        let next = now.to_u32().saturating_add(1);
        let [register, state] = self.next;
        let (registers, states) = (due(register, REGISTERS), due(state, STATES));
        if registers {
            let early = self.table.at(now, REGISTERS.saturating_add(self.jitter));
            // Behind a clock that has jumped: this round's turn may be still to come.
            let [register, _] = &mut self.next;
            *register = if ctx.now >= early { next } else { now.to_u32() };
            // An offer that nobody gets would be one of those it has in an epoch.
            if linked {
                self.register(ctx, now, grown, identity, open);
            }
        }
        if states {
            let late = self.table.at(now, STATES.saturating_add(self.jitter));
            let [_, state] = &mut self.next;
            *state = if ctx.now >= late { next } else { now.to_u32() };
            self.state(ctx, now, grown, open)?;
        }
        Ok(())
    }

    /// Who is short of neighbours draws more; who owes an offer makes it; what is not settled is said again.
    fn register(
        &mut self,
        ctx: &mut Ctx<'_>,
        now: Round,
        grown: &mut Grown,
        identity: &Identity,
        open: LastOpen<'_>,
    ) {
        let mut partners: Vec<u32> = std::mem::take(&mut self.ring).into_iter().collect();
        let have = grown.neighbours().count().saturating_add(grown.offered().count());
        let seldom = now.to_u32() % SELDOM == self.me % SELDOM;
        let most = if self.offers < EAGER { self.target } else { usize::from(seldom) };
        let missing = self.target.saturating_sub(have).min(most);
        let mut drawn = vec![0; missing];
        // Among those whom the last Open names; where there was none, the group is being founded.
        let near = open.filter(|(round, ..)| round.is_near(now)).map(|(_, frame, _)| frame);
        if let Ok(count) = grown.draw(now, near, &mut *ctx.rng, &mut drawn) {
            partners.extend(drawn.iter().take(count));
        }
        let first = Round::from(now.to_u32().saturating_add(2));
        for place in partners {
            let Some(peer) = self.peer(place) else { continue };
            let mut out = [0; NOTICE_LEN];
            let frame = grown.offer(now, first, &peer, identity, &mut *ctx.rng, &mut out);
            if let Ok(frame) = frame
                && self.offers < Registrar::MOST_OFFERS
            {
                self.offers = self.offers.saturating_add(1);
                ctx.out.send(PartyId::UTILITY, Letter::Relay { party: peer.id(), frame: frame.to_vec() });
            }
        }
        // An offer is made anew rather than repeated: the utility counts each.
        let offered: BTreeSet<u32> = grown.offered().collect();
        let mut again: BTreeSet<u32> = grown.unsettled().collect();
        again.append(&mut self.asked);
        for place in again.difference(&offered) {
            let Some(peer) = self.peer(*place) else { continue };
            let mut out = [0; NOTICE_LEN];
            if let Ok(Some(frame)) = grown.resend(&peer, identity, &mut out) {
                ctx.out.send(PartyId::UTILITY, Letter::Relay { party: peer.id(), frame: frame.to_vec() });
            }
        }
    }

    /// Tells the utility what is new from the next round on, or once more what it does not seem to know.
    fn state(
        &mut self,
        ctx: &mut Ctx<'_>,
        now: Round,
        grown: &mut Grown,
        open: LastOpen<'_>,
    ) -> Result<(), Refusal> {
        let inside = open.is_some_and(|(round, _, inside)| round == now && inside);
        let mut out = vec![0; statement_len(usize::from(u8::MAX))];
        let mut record = zeroize::Zeroizing::new(vec![0; grown.state_len()]);
        if grown.is_due(now) {
            // Not in the round in which it came back, nor beyond the epoch: then with the next.
            if let Ok(prepared) = grown.enter(now, &mut out, &mut record) {
                ctx.out.record(prepared.record());
                ctx.out.frame(PartyId::UTILITY, prepared.stored());
                self.entered = true;
            }
        } else if !inside && let Ok(frame) = grown.statement(&mut out) {
            ctx.out.frame(PartyId::UTILITY, frame);
        }
        let mut out = [0; 64];
        if self.entered
            && grown.is_short()
            && let Ok(frame) = grown.emergency(now, &mut out)
        {
            ctx.out.frame(PartyId::UTILITY, frame);
        }
        Ok(())
    }

    fn peer(&self, place: u32) -> Option<Listed> {
        self.peers.at(place)
    }
}

/// All meters of the roster, each of whose announcements was checked when the epoch was formed. Who knows all of them
/// can make the tree, and every proof, himself.
struct Peers {
    view: EpochView,
    members: Vec<Member>,
    leaves: Vec<merkle::Hash>,
    root: merkle::Hash,
}

impl Peers {
    fn new(view: &EpochView, all: &[(u32, Member)]) -> anyhow::Result<Self> {
        let members: Vec<Member> = all.iter().map(|(_, member)| *member).collect();
        if members.len() != view.meters() as usize {
            bail!("a grown graph needs all {} meters, and {} are known", view.meters(), members.len());
        }
        let leaves =
            std::iter::once(view.utility()).chain(&members).map(|member| merkle::leaf(&member.leaf()));
        let leaves: Vec<merkle::Hash> = leaves.collect();
        let root = merkle::root(leaves.iter().copied());
        Ok(Self { view: *view, members, leaves, root })
    }

    fn at(&self, place: u32) -> Option<Listed> {
        let member = self.members.get(place as usize)?;
        let index = place.checked_add(1)?; // leaf 0 is the utility's
        let path = merkle::path(&self.leaves, index as usize);
        let count = u32::try_from(self.leaves.len()).ok()?;
        let proof = Inclusion { index, count, merkle_root: self.root, path: &path };
        Listed::new(&self.view, member, &proof).ok()
    }

    fn named(&self, id: PartyId) -> Option<Listed> {
        let place = self.members.binary_search_by_key(&id, |member| member.id).ok()?;
        self.at(u32::try_from(place).ok()?)
    }
}

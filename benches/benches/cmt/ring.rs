//! A ring in memory, of any size.

use chacha20::ChaCha20Rng;
use cmt_ring::order::Order;
use cmt_ring::{Collecting, Formed, Forming, Generation, Listed, Meter, Mode, Params, Supplier};
use meter_link::cohort::{Cohort, Plan};
use meter_link::{Channels, GroupConfig, GroupId, GroupParams, HighWater, LinkSecret, PartyId, Role, Round};
use rand_core::SeedableRng;

/// A device: what it is, and the mark of its flash.
struct Member {
    meter: Meter,
    mark: HighWater,
    link: LinkSecret,
    listed: Listed,
}

pub(super) struct Ring {
    params: Params,
    supplier: Supplier,
    /// By roster position.
    members: Vec<Member>,
    /// Who sits at which place, by position.
    order: Vec<usize>,
    next: u32,
    rng: ChaCha20Rng,
}

/// A generation about to be formed.
pub(super) const GENERATION: Generation = Generation(1);
const EPOCH_ROUNDS: u32 = 1_000_000;

/// What a meter reads.
pub(super) fn reading(place: usize) -> i64 {
    (place * 37 % 3_000) as i64
}

impl Ring {
    /// Everybody of a roster, and no ring yet.
    pub(super) fn new(count: u32, mode: Mode) -> Self {
        let config = GroupConfig { max_meters: count, ..Params::config(GroupId(7)) };
        let params = Params::new(GroupParams::new(config).expect("a group"), mode).expect("parameters");
        let ids: Vec<PartyId> = (1..=count).map(PartyId).collect();
        let plan = Plan {
            group: params.group(),
            session: params.session(),
            epoch: 0,
            first_round: Round::from(0),
            last_round: Round::from(EPOCH_ROUNDS),
            meters: &ids,
            answerers: &[],
            answerer_role: Role::Holder,
        };
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let Cohort { view, roster, utility, meters, .. } = Cohort::form(&plan, &mut rng).expect("an epoch");
        let supplier = Supplier::new(&params, &view, &roster, utility.link).expect("a supplier");
        let members = (0..).zip(meters).zip(roster.meters()).map(|((position, party), entry)| {
            let listed = Listed { position, peer: entry.peer() };
            let channels = Channels { first: 0, count: 1 };
            let meter = Meter::new(&params, &view, &listed, channels).expect("a meter");
            Member { meter, mark: HighWater::new(), link: party.link, listed }
        });
        let members: Vec<Member> = members.collect();
        let everybody: Vec<usize> = (0..members.len()).collect();
        let order = Order::arrange(view.epoch(), GENERATION, &everybody).expect("an order");
        Ring { params, supplier, members, order, next: 0, rng }
    }

    /// The same, formed.
    pub(super) fn formed(count: u32, mode: Mode) -> Self {
        let mut ring = Ring::new(count, mode);
        let opened = ring.open();
        let formed = ring.join_all(opened);
        ring.seat_all(&formed);
        ring.register(&formed);
        ring
    }

    /// The concentrator: a token for each member.
    pub(super) fn open(&mut self) -> Forming {
        let listed: Vec<Listed> = self.members.iter().map(|member| member.listed).collect();
        let Member { meter, link, .. } = &mut self.members[self.order[0]];
        let (at, rng) = (Round::from(0), &mut self.rng);
        Forming::open(meter, link, at, at, GENERATION, &listed, rng).expect("a generation").stored()
    }

    /// Every member's first key, which the concentrator takes in; the ring's frames.
    pub(super) fn join_all(&mut self, mut forming: Forming) -> Formed {
        let lead = self.members[self.order[0]].listed;
        let tokens: Vec<Vec<u8>> = forming.tokens().map(|(_, token)| token.to_vec()).collect();
        let others = self.members.iter_mut().filter(|member| member.listed != lead);
        let mut out = vec![0; self.params.first_key_len()];
        for (Member { meter, link, .. }, token) in others.zip(tokens) {
            let joined = meter.join(link, Round::from(0), &lead, &token, &mut out, &mut self.rng);
            forming.accept(joined.expect("a first key").stored()).expect("a first key");
        }
        forming.close(&mut self.members[self.order[0]].meter).expect("a ring")
    }

    /// Every member takes its place.
    pub(super) fn seat_all(&mut self, formed: &Formed) {
        let entries: Vec<Listed> = self.members.iter().map(|member| member.listed).collect();
        for (id, frame) in &formed.seats {
            let Member { meter, link, .. } = &mut self.members[id.0 as usize - 1];
            let around = meter.neighbours(frame).expect("a seat").map(|position| entries[position as usize]);
            meter.seat(link, frame, &around).expect("a seat");
        }
    }

    /// The supplier makes the tokens' keys.
    pub(super) fn register(&mut self, formed: &Formed) {
        let lead = self.members[self.order[0]].listed.peer.id;
        self.supplier.register(Round::from(0), lead, &formed.group_key).expect("a ring");
    }

    pub(super) fn collect(&mut self) -> Collecting {
        let at = Round::from(self.next);
        self.supplier.open(at, at).expect("a round")
    }

    /// Derived δ: the ciphertexts of these places, one after the other in `out`.
    pub(super) fn contribute(&mut self, places: std::ops::Range<usize>, out: &mut [u8]) {
        let at = Round::from(self.next);
        let frames = out.chunks_exact_mut(self.params.contribution_len());
        for (place, frame) in places.zip(frames) {
            let Member { meter, mark, .. } = &mut self.members[self.order[place]];
            let sent = meter.contribute(mark, at, at, &[reading(place)], frame);
            sent.expect("a ciphertext").stored();
        }
    }

    /// Drawn δ: the concentrator's δ, into `delta`.
    pub(super) fn start(&mut self, request: &[u8], delta: &mut [u8]) {
        let (at, rng) = (Round::from(self.next), &mut self.rng);
        let Member { meter, mark, .. } = &mut self.members[self.order[0]];
        let sent = meter.start(mark, at, at, &[reading(0)], request, delta, rng);
        sent.expect("a delta").stored();
    }

    /// Drawn δ: the ciphertexts of these places, one after the other in `out`; δ goes through `delta`.
    pub(super) fn relay(&mut self, places: std::ops::Range<usize>, delta: &mut [u8], out: &mut [u8]) {
        let (at, len) = (Round::from(self.next), self.params.contribution_len());
        let mut both = vec![0; len + self.params.delta_len()];
        for (place, frame) in places.zip(out.chunks_exact_mut(len)) {
            let Member { meter, mark, .. } = &mut self.members[self.order[place]];
            let sent = meter.relay(mark, at, at, &[reading(place)], delta, &mut both, &mut self.rng);
            let sent = sent.expect("a ciphertext").stored();
            frame.copy_from_slice(sent.contribution);
            delta.copy_from_slice(sent.delta);
        }
    }

    /// Drawn δ: the concentrator's ciphertext.
    pub(super) fn close(&mut self, delta: &[u8], out: &mut [u8]) {
        let at = Round::from(self.next);
        self.members[self.order[0]].meter.close(at, delta, out).expect("a ciphertext");
    }

    /// All ciphertexts of a round, by place.
    pub(super) fn ciphertexts(&mut self, collecting: &Collecting) -> Vec<u8> {
        let (count, len) = (self.order.len(), self.params.contribution_len());
        let mut out = vec![0; count * len];
        match collecting.start() {
            None => self.contribute(0..count, &mut out),
            Some(request) => {
                let mut delta = vec![0; self.params.delta_len()];
                self.start(request, &mut delta);
                let (own, others) = out.split_at_mut(len);
                self.relay(1..count, &mut delta, others);
                self.close(&delta, own);
            }
        }
        out
    }

    /// Takes a round's ciphertexts in.
    pub(super) fn accept(&self, collecting: &mut Collecting, frames: &[u8]) {
        let frames: Vec<&[u8]> = frames.chunks_exact(self.params.contribution_len()).collect();
        collecting.accept_many(&frames, |_, outcome| assert!(outcome.is_ok(), "a ciphertext"));
    }

    pub(super) fn end(&mut self, collecting: Collecting) {
        let truth: i64 = (0..self.order.len()).map(reading).sum();
        assert_eq!(collecting.close().expect("a sum").values, [truth]);
        self.next += 1;
    }

    /// Leaves a round behind that is not finished.
    pub(super) fn skip(&mut self) {
        self.next += 1;
    }

    pub(super) fn delta_len(&self) -> usize {
        self.params.delta_len()
    }
}

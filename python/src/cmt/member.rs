//! A meter, in the size that its group's channels need, and its link secret.

use chacha20::ChaCha20Rng;
use cmt_ring::{Book, Forming, Generation, GenerationRecord, Listed, Meter};
use meter_link::mark::MarkRecord;
use meter_link::{Channels, Error, GroupParams, HighWater, LinkSecret, Misuse, PartyId, Round};

use super::known::Known;
use crate::array::{filled, with_room};
use crate::error::{Failure, Refusal};
use crate::mark::{Device, Spending};

/// A meter of a ring, and the link secret that it needs for each generation once more.
pub(super) struct Member {
    pub(super) id: PartyId,
    pub(super) channels: Channels,
    pub(super) meter: Size<Meter<1>, Meter<16>, Meter<MOST>>,
    pub(super) link: Option<LinkSecret>,
}

pub(super) const MOST: usize = GroupParams::MAX_CHANNELS as usize;

/// One of the sizes that are compiled in.
pub(super) enum Size<A, B, C> {
    One(A),
    Some(Box<[B; 1]>),
    Most(Box<[C; 1]>),
}

/// Acts on whatever size there is.
macro_rules! of_size {
    ($meter:ident in $size:expr => $act:expr) => {
        match $size {
            crate::cmt::member::Size::One($meter) => $act,
            crate::cmt::member::Size::Some(one) => {
                let [$meter] = one.as_mut();
                $act
            }
            crate::cmt::member::Size::Most(one) => {
                let [$meter] = one.as_mut();
                $act
            }
        }
    };
}
pub(super) use of_size;

/// Boxed as an array of one, since only vectors can be allocated without an abort where memory is short.
pub(super) fn alone<T>(value: T) -> Result<Box<[T; 1]>, Failure> {
    let mut one = with_room(1)?;
    one.push(value);
    one.into_boxed_slice().try_into().map_err(|_| Failure::NoMemory)
}

pub(super) type Gathering = Size<Forming<1>, Forming<16>, Forming<MOST>>;

impl Gathering {
    /// The Token frame for each member, ascending by id.
    pub(super) fn tokens(&mut self) -> Vec<(PartyId, Vec<u8>)> {
        of_size!(forming in self => forming.tokens().map(|(id, token)| (id, token.to_vec())).collect())
    }

    pub(super) fn missing(&mut self) -> Vec<u32> {
        of_size!(forming in self => forming.missing().map(|id| id.0).collect())
    }

    pub(super) fn accept(&mut self, frame: &[u8]) -> Result<PartyId, cmt_ring::Error> {
        of_size!(forming in self => forming.accept(frame))
    }
}

/// What a member does in a round.
pub(super) enum Act<'a> {
    Contribute,
    /// With the predecessor's delta.
    Relay(&'a [u8], &'a mut ChaCha20Rng),
    /// At the supplier's request.
    Start(&'a [u8], &'a mut ChaCha20Rng),
}

impl Member {
    /// A meter in no ring, or with its stored state.
    pub(super) fn new(
        known: &Known,
        id: PartyId,
        link: Option<LinkSecret>,
        first_channel: u16,
        state: Option<&[u8]>,
    ) -> Result<Self, Failure> {
        let me = known.entry(id)?.listed();
        let channels = Channels { first: first_channel, count: known.params.group().channels };
        let meter = match channels.count {
            1 => Size::One(make(known, &me, channels, state)?),
            2..=16 => Size::Some(alone(make(known, &me, channels, state)?)?),
            _ => Size::Most(alone(make(known, &me, channels, state)?)?),
        };
        Ok(Member { id, channels, meter, link })
    }

    /// The link secret, unless it was wiped.
    fn link(link: &Option<LinkSecret>) -> Result<&LinkSecret, Failure> {
        link.as_ref().ok_or(Failure::UsedUp("link secret"))
    }

    pub(super) fn generation(&mut self) -> Option<Generation> {
        of_size!(meter in &mut self.meter => meter.generation())
    }

    pub(super) fn next_generation(&mut self) -> Generation {
        of_size!(meter in &mut self.meter => meter.next_generation())
    }

    pub(super) fn state(&mut self) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
        of_size!(meter in &mut self.meter => {
            let mut out = zeroize::Zeroizing::new(filled(0, meter.state_len())?);
            meter.to_bytes(&mut out)?;
            Ok(out)
        })
    }

    /// Answers a Token: the record, and the FirstKey frame.
    pub(super) fn join(
        &mut self,
        known: &Known,
        now: Round,
        concentrator: &Listed,
        token: &[u8],
        rng: &mut ChaCha20Rng,
    ) -> Result<(GenerationRecord, Vec<u8>), Failure> {
        let link = Self::link(&self.link)?;
        let mut out = filled(0, known.params.first_key_len())?;
        let record = of_size!(meter in &mut self.meter => {
            let prepared = meter.join(link, now, concentrator, token, &mut out, rng)?;
            record_of(prepared.record())?
        });
        Ok((record, out))
    }

    pub(super) fn seat(&mut self, known: &Known, frame: &[u8]) -> Result<(), Failure> {
        let link = Self::link(&self.link)?;
        of_size!(meter in &mut self.meter => {
            let around = known.around(meter.neighbours(frame)?)?;
            Ok(meter.seat(link, frame, &around)?)
        })
    }

    pub(super) fn heal(
        &mut self,
        known: &Known,
        now: Round,
        frame: &[u8],
    ) -> Result<GenerationRecord, Failure> {
        let link = Self::link(&self.link)?;
        of_size!(meter in &mut self.meter => {
            let around = known.around(meter.healed_neighbours(frame)?)?;
            Ok(record_of(meter.heal(link, now, frame, &around)?.record())?)
        })
    }

    /// Cuts members, at these positions, out of the ring of this concentrator.
    #[allow(clippy::too_many_arguments)] // as in the crate
    pub(super) fn cut(
        &mut self,
        book: &mut Book,
        now: Round,
        from: Round,
        generation: Generation,
        cut: &[u32],
        rng: &mut ChaCha20Rng,
    ) -> Result<(GenerationRecord, cmt_ring::Healing), Failure> {
        let link = Self::link(&self.link)?;
        of_size!(meter in &mut self.meter => {
            let prepared = book.heal(meter, link, now, from, generation, cut, rng)?;
            Ok((record_of(prepared.record())?, prepared.stored()))
        })
    }

    /// Opens a generation of these members, as their concentrator.
    pub(super) fn open(
        &mut self,
        now: Round,
        from: Round,
        generation: Generation,
        members: &[Listed],
        rng: &mut ChaCha20Rng,
    ) -> Result<(GenerationRecord, Gathering), Failure> {
        let link = Self::link(&self.link)?;
        Ok(match &mut self.meter {
            Size::One(meter) => {
                let prepared = Forming::open(meter, link, now, from, generation, members, rng)?;
                (record_of(prepared.record())?, Size::One(prepared.stored()))
            }
            Size::Some(one) => {
                let [meter] = one.as_mut();
                let prepared = Forming::open(meter, link, now, from, generation, members, rng)?;
                (record_of(prepared.record())?, Size::Some(alone(prepared.stored())?))
            }
            Size::Most(one) => {
                let [meter] = one.as_mut();
                let prepared = Forming::open(meter, link, now, from, generation, members, rng)?;
                (record_of(prepared.record())?, Size::Most(alone(prepared.stored())?))
            }
        })
    }

    /// Takes its place as concentrator.
    pub(super) fn lead(&mut self, forming: Gathering) -> Result<cmt_ring::Formed, Failure> {
        let formed = match (forming, &mut self.meter) {
            (Size::One(forming), Size::One(meter)) => forming.close(meter),
            (Size::Some(forming), Size::Some(meter)) => {
                let ([forming], [meter]) = (*forming, meter.as_mut());
                forming.close(meter)
            }
            (Size::Most(forming), Size::Most(meter)) => {
                let ([forming], [meter]) = (*forming, meter.as_mut());
                forming.close(meter)
            }
            _ => return Err(Error::from(Misuse::WrongRole).into()),
        };
        Ok(formed?)
    }

    /// Writes the frames of a round to `out`: a ciphertext, a ciphertext and a delta, or a delta.
    pub(super) fn act(
        &mut self,
        device: &mut Device,
        rounds: (Round, Round),
        reading: &[i64],
        act: Act<'_>,
        out: &mut [u8],
    ) -> Result<MarkRecord, Refusal> {
        let channels = self.channels;
        of_size!(meter in &mut self.meter => {
            device.spend(channels, Step { meter, rounds, reading, act, out })?
        })
    }

    /// Closes the ring, and writes the concentrator's own ciphertext.
    pub(super) fn close(&mut self, now: Round, delta: &[u8], out: &mut [u8]) -> Result<(), Refusal> {
        of_size!(meter in &mut self.meter => meter.close(now, delta, out))?;
        Ok(())
    }
}

struct Step<'a, const C: usize> {
    meter: &'a mut Meter<C>,
    rounds: (Round, Round),
    reading: &'a [i64],
    act: Act<'a>,
    out: &'a mut [u8],
}

impl<const C: usize> Spending for Step<'_, C> {
    type Spent = Result<MarkRecord, Refusal>;

    fn spend<const CHANNELS: usize>(self, mark: &mut HighWater<CHANNELS>) -> Self::Spent {
        let Step { meter, rounds: (now, round), reading, act, out } = self;
        match act {
            Act::Contribute => Ok(record_of(meter.contribute(mark, now, round, reading, out)?.record())?),
            Act::Relay(delta, rng) => {
                Ok(record_of(meter.relay(mark, now, round, reading, delta, out, rng)?.record())?)
            }
            Act::Start(request, rng) => {
                Ok(record_of(meter.start(mark, now, round, reading, request, out, rng)?.record())?)
            }
        }
    }
}

fn make<const C: usize>(
    known: &Known,
    me: &Listed,
    channels: Channels,
    state: Option<&[u8]>,
) -> Result<Meter<C>, cmt_ring::Error> {
    let Known { params, view, .. } = known;
    match state {
        Some(state) => Meter::from_bytes(params, view, me, channels, state),
        None => Meter::new(params, view, me, channels),
    }
}

/// A record's bytes; their number is its type's.
pub(super) fn record_of<const N: usize>(record: &[u8]) -> Result<[u8; N], Error> {
    record.try_into().map_err(|_| Misuse::WrongLength.into())
}

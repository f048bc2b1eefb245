//! The utility as every protocol with agreed sets has it: keys with all parties, signed Opens and Closes.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::answer::Quorum;
use crate::collect::{Collecting, Collection};
use crate::error::{Error, Misuse};
use crate::frame::{Flags, Kind};
use crate::id::{PartyId, Round};
use crate::identity::Identity;
use crate::key::{Label, Link, LinkSecret, PairKey};
use crate::roster::Roster;
use crate::round::{CloseFields, FrameHash, OpenFields, frame_hash};
use crate::set;
use crate::view::EpochView;

/// The utility's frame keys with meters, by position, and with answerers, by number.
#[derive(Debug)]
pub struct Parties {
    view: EpochView,
    roster: Roster,
    meters: Vec<PairKey>,
    answerers: Vec<Link>,
}

impl Parties {
    /// What the epoch is about.
    pub fn view(&self) -> &EpochView {
        &self.view
    }

    /// Who takes part.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Frame key of the meter at a position.
    pub fn meter_key(&self, position: usize) -> Option<&PairKey> {
        self.meters.get(position)
    }

    /// Frame links of the answerers, in the order of their numbers.
    pub fn answerers(&self) -> &[Link] {
        &self.answerers
    }
}

/// The utility of an epoch.
#[derive(Debug)]
pub struct Head {
    parties: Arc<Parties>,
    identity: Identity,
    last: Option<(Round, FrameHash)>,
}

impl Head {
    /// Makes the frame keys and wipes the link secret.
    ///
    /// # Errors
    /// [`Misuse::WrongRole`] if identity or link key are not the utility's of the roster; as
    /// [`EpochView::check_roster`];
    /// [`Fault`](crate::Fault) blaming a party for its key.
    pub fn new(
        view: &EpochView,
        identity: Identity,
        link: LinkSecret,
        roster: Roster,
    ) -> Result<Self, Error> {
        let own = view.utility();
        if own.identity != identity.public() || own.link != link.public() {
            return Err(Misuse::WrongRole.into());
        }
        view.check_roster(&roster)?;
        let key = |m: &crate::roster::Member| {
            link.pair_key(Label::Frame, view.context(), PartyId::UTILITY, &m.peer(), &[])
        };
        let meters = roster.meters().iter().map(key).collect::<Result<_, _>>()?;
        let answerers = roster.answerers().iter().map(|m| Ok(Link { peer: m.id, key: key(m)? }));
        let answerers = answerers.collect::<Result<_, Error>>()?;
        Ok(Head {
            parties: Arc::new(Parties { view: *view, roster, meters, answerers }),
            identity,
            last: None,
        })
    }

    /// Keys and roster, shared with the rounds that are open.
    pub fn parties(&self) -> &Arc<Parties> {
        &self.parties
    }

    /// The epoch.
    pub fn view(&self) -> &EpochView {
        &self.parties.view
    }

    /// Opens a round for the meters marked in `present`, one bool a position, whose contributions have
    /// `words` field elements.
    ///
    /// # Errors
    /// [`Misuse::RoundOutsideEpoch`], [`Misuse::RoundFarFromNow`]; [`Misuse::WrongLength`] unless `present` has
    /// one entry a meter; [`Misuse::OutOfOrder`] for a round that is not after the last closed one;
    /// [`Error::Quorum`] with fewer meters than the minimum.
    pub fn open(
        &self,
        now: Round,
        round: Round,
        present: &[bool],
        words: usize,
    ) -> Result<Collecting, Error> {
        let frame = self.open_frame(now, round, present)?;
        let (kind, flags, present) = (Kind::Contribution, Flags::TRANSMISSION, present.to_vec());
        let contributions = Collection::new(&self.parties, round, kind, flags, words, present.clone());
        Ok(Collecting { round, frame, present, contributions })
    }

    /// The signed Open alone, for protocols whose contributions are no field elements.
    ///
    /// # Errors
    /// As [`Head::open`].
    pub fn open_frame(&self, now: Round, round: Round, present: &[bool]) -> Result<Vec<u8>, Error> {
        let view = self.view();
        view.check_own_round(now, round)?;
        if present.len() != self.parties.roster.meters().len() {
            return Err(Misuse::WrongLength.into());
        }
        if self.last.is_some_and(|(last, _)| round <= last) {
            return Err(Misuse::OutOfOrder.into());
        }
        at_least(count(present), view.group().rules.min_meters())?;
        let mut out = alloc::vec![0u8; OpenFields::max_len(view.meters())];
        let fields = OpenFields { round, previous: self.last, present };
        let len = fields.sign(view, &self.identity, &mut out)?.len();
        out.truncate(len);
        Ok(out)
    }

    /// A signed Close. The set must lie within `present` and satisfy the group's rules.
    ///
    /// # Errors
    /// [`Error::Quorum`] for a set that is too small; as [`CloseFields::sign`].
    pub fn close(&self, fields: &CloseFields<'_>, present: &[bool]) -> Result<Vec<u8>, Error> {
        let view = self.view();
        if fields.set.len() != present.len() || fields.set.iter().zip(present).any(|(s, p)| *s && !*p) {
            return Err(Misuse::WrongLength.into());
        }
        at_least(count(fields.set), view.group().rules.least_of(count(present)))?;
        let mut out = alloc::vec![0u8; CloseFields::max_len(view.meters(), view.answerers())];
        let len = fields.sign(view, &self.identity, &mut out)?.len();
        out.truncate(len);
        Ok(out)
    }

    /// The digest of a set.
    pub fn digest(&self, member: &[bool]) -> [u8; 32] {
        let meters = self.parties.roster.meters().iter().zip(member);
        let ids = meters.filter(|(_, m)| **m).map(|(meter, _)| meter.id);
        set::digest(&self.view().epoch().roster_root, count(member), ids)
    }

    /// Chains the next Open to this final Close.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] for a round that is not after the last recorded one.
    pub fn record(&mut self, round: Round, close: &[u8]) -> Result<(), Error> {
        if self.last.is_some_and(|(last, _)| round <= last) {
            return Err(Misuse::OutOfOrder.into());
        }
        self.last = Some((round, frame_hash(close)));
        Ok(())
    }

    /// The first t answerers of those that `reachable` allows.
    ///
    /// # Errors
    /// [`Error::Quorum`] if there are fewer.
    pub fn quorum(&self, threshold: u8, reachable: impl Fn(u8) -> bool) -> Result<Quorum, Error> {
        let numbers: Vec<u8> =
            (1..=self.view().answerers()).filter(|n| reachable(*n)).take(threshold.into()).collect();
        at_least(u32::try_from(numbers.len()).unwrap_or(u32::MAX), threshold.into())?;
        Quorum::new(&numbers)
    }
}

/// What the utility learns of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The round.
    pub round: Round,
    /// One sum a channel, in the unit of the readings.
    pub values: Vec<i64>,
    /// Meters in the sum.
    pub meters: u32,
}

/// How many are in a set.
pub fn count(member: &[bool]) -> u32 {
    u32::try_from(member.iter().filter(|m| **m).count()).unwrap_or(u32::MAX)
}

fn at_least(have: u32, need: u32) -> Result<(), Error> {
    if have < need { Err(Error::Quorum { have, need }) } else { Ok(()) }
}

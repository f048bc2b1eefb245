//! What the utility of a protocol does in a round and for a window.

use meter_link::answer::Quorum;
use meter_link::head::{Bill, Sum};
use meter_link::window::{Books, Window};
use meter_link::{PartyId, Round};
use zeroize::Zeroizing;

use super::super::{Letter, Refusal};

/// A protocol's utility.
pub(crate) trait Scheme: Send {
    /// A round that takes contributions.
    type Collecting: Send;
    /// A round whose set is fixed.
    type Closed: Send;
    /// Bills that are asked for.
    type Billing: Send;
    /// Contributions that are checked at once, because that is cheaper.
    const BATCH: usize;
    /// How often a slot's rest is divided to ask another quorum.
    const ASKS: u64 = 4;
    /// Whether only those who are asked are told of a closed set: it is long where it holds ciphertexts.
    const QUORUM_ONLY: bool = false;

    fn contribution_len(&self) -> usize;
    fn open(&mut self, now: Round, round: Round, present: &[bool]) -> Result<Self::Collecting, Failure>;
    fn reopen(&mut self, state: &[u8]) -> Result<Self::Collecting, Failure>;
    /// The signed Open.
    fn opened<'c>(&self, collecting: &'c Self::Collecting) -> &'c [u8];
    /// For [`Scheme::reopen`].
    fn saved(&self, collecting: &Self::Collecting) -> Result<Vec<u8>, Failure>;
    /// One outcome a frame. Each came over the link of the party that it names.
    fn accept(
        &self,
        collecting: &mut Self::Collecting,
        frames: &[(PartyId, Vec<u8>)],
    ) -> Vec<Result<(), Failure>>;
    fn missing(&self, collecting: &Self::Collecting) -> Vec<PartyId>;
    fn close(&mut self, collecting: Self::Collecting, quorum: &Quorum) -> Result<Self::Closed, Failure>;
    /// Asks another quorum.
    fn ask(&mut self, closed: &mut Self::Closed, quorum: &Quorum) -> Result<(), Failure>;
    /// The round closed once more, without a meter whose contribution turned out to be none; first what is stored of it.
    fn without(
        &mut self,
        _closed: &Self::Closed,
        _meter: PartyId,
        _quorum: &Quorum,
    ) -> Result<(Vec<u8>, Self::Closed), Failure> {
        Err(Failure::Inconsistent)
    }
    /// How many meters are in the set; asked for where there is [`Scheme::without`] only.
    fn meters(&self, _closed: &Self::Closed) -> u32 {
        0
    }
    /// What all answerers are sent.
    fn asking(&self, closed: &Self::Closed) -> Letter;
    fn take(&mut self, closed: &mut Self::Closed, from: PartyId, frame: &[u8]) -> Result<Opened, Failure>;
    /// Numbers of those who have not answered.
    fn silent(&self, closed: &Self::Closed) -> Vec<u8>;
    fn sum(&mut self, closed: &Self::Closed) -> Result<Sum, Failure>;

    fn left_out(&self, round: Round) -> Vec<PartyId>;
    fn quorum(&self, reachable: &dyn Fn(u8) -> bool) -> Result<Quorum, Failure>;
    /// The windows that are kept, if there are bills.
    fn books(&self) -> Option<&Books>;
    fn billable(&self, first: Round) -> Result<Vec<PartyId>, Failure>;
    fn bill(&mut self, window: Window, meters: &[PartyId], quorum: &Quorum)
    -> Result<Self::Billing, Failure>;
    /// The same bills of another quorum.
    fn bill_again(
        &mut self,
        billing: &mut Self::Billing,
        window: Window,
        meters: &[PartyId],
        quorum: &Quorum,
    ) -> Result<(), Failure>;
    fn query<'b>(&self, billing: &'b Self::Billing) -> &'b [u8];
    fn take_bill(
        &mut self,
        billing: &mut Self::Billing,
        from: PartyId,
        frame: &[u8],
    ) -> Result<Opened, Failure>;
    fn silent_on_bill(&self, billing: &Self::Billing) -> Vec<u8>;
    /// The bills, and whose cannot be read.
    fn bills(&mut self, billing: &Self::Billing) -> Result<(Vec<Bill>, Vec<PartyId>), Failure>;

    /// All but rounds that are open. A secret.
    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Failure>;
}

/// What an answerer's frame has brought about.
pub(crate) enum Opened {
    /// Some are still to come.
    Waits,
    /// This goes to all who are asked.
    Tell(Letter),
    /// Everything is here.
    Whole,
    /// What this meter has sent cannot be opened.
    Without(PartyId),
}

/// Why a step was not taken.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Too few are in a set, or have answered.
    Few {
        have: u32,
        need: u32,
    },
    /// Answers do not fit together.
    Inconsistent,
    /// The rules of windows forbid it.
    NotBillable,
    Refused(Refusal),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Few { have, need } => write!(f, "{have} parties where {need} are needed"),
            Self::Inconsistent => f.write_str("the answers do not fit together"),
            Self::NotBillable => f.write_str("the rules of windows do not allow these bills"),
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal,
            other => Refusal::Broken(other.to_string()),
        }
    }
}

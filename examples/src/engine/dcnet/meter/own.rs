//! The meter of dcnet-core, with neighbours that stay or that come and go.

use dcnet_core::grown::{GrownMeter, Slot};
use dcnet_core::{CloseRecord, Error, Meter, Neighbour};
use meter_link::answer::AnswererLink;
use meter_link::mark::MarkRecord;
use meter_link::{HighWater, Prepared, Round};

use crate::engine::seat::MOST_BATCH;

pub(crate) type Plain = Meter<Vec<Neighbour>, Vec<AnswererLink>>;
/// A meter of a grown graph.
pub(crate) type Grown = GrownMeter<Vec<Neighbour>, Vec<AnswererLink>, Vec<Slot>>;

pub(super) const REPORT_LEN: usize = Plain::REPORT_LEN;

/// Either.
pub(crate) enum Own {
    Plain(Plain),
    Grown(Grown),
}

impl Own {
    pub(super) fn meter(&self) -> &Plain {
        match self {
            Self::Plain(meter) => meter,
            Self::Grown(grown) => grown.meter(),
        }
    }

    pub(super) fn open(&mut self, now: Round, frame: &[u8]) -> Result<(), Error> {
        match self {
            Self::Plain(meter) => meter.open(now, frame),
            Self::Grown(grown) => grown.open(now, frame),
        }
    }

    pub(super) fn contribute<'o>(
        &mut self,
        mark: &mut HighWater<MOST_BATCH>,
        now: Round,
        round: Round,
        reading: &[i64],
        out: &'o mut [u8],
    ) -> Result<Prepared<&'o [u8], MarkRecord>, Error> {
        match self {
            Self::Plain(meter) => meter.contribute(mark, now, round, reading, out),
            Self::Grown(grown) => grown.contribute(mark, now, round, reading, out),
        }
    }

    pub(super) fn close<'o>(
        &mut self,
        now: Round,
        frame: &[u8],
        out: &'o mut [u8],
    ) -> Result<Prepared<Option<&'o [u8]>, CloseRecord>, Error> {
        match self {
            Self::Plain(meter) => meter.close(now, frame, out),
            Self::Grown(grown) => grown.close(now, frame, out),
        }
    }

    pub(super) fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        match self {
            Self::Plain(meter) => meter.replay(record),
            Self::Grown(grown) => grown.replay(record),
        }
    }
}

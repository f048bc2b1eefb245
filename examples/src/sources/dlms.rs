//! Readings of a DLMS/COSEM meter that pushes its register: from a byte stream to the energy of an interval.
//!
//! The frames are decoded by the crate `dlms-cosem-rs`; what is here is what the meters of this trade leave open (which
//! value is the register, whose clock it is, what a step of it is worth) and what becomes of gaps and exchanges.

mod intervals;
mod link;
mod push;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use meter_link::PartyId;

use crate::deployment::Deployment;
use crate::readings::stamp;

use super::Metered;
use intervals::Intervals;
pub(crate) use link::Port;
use link::Reader;
use push::Maker;

/// What a meter's pushes do not say of themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Options {
    wrapper: bool,
    zone: Option<String>,
    scaler: Option<i8>,
    digits: Option<u8>,
}

/// A meter whose pushes a thread of its own reads.
pub(super) struct Pushed {
    intervals: Arc<Mutex<Intervals>>,
    /// Ends the thread.
    _reader: Reader,
}

/// Largest readings that a register may go on by between two pushes: a day of quarter hours.
const AT_ONCE: u64 = 96;

impl Pushed {
    pub(super) fn start(
        port: Port,
        options: &Options,
        deployment: &Deployment,
        meter: PartyId,
    ) -> anyhow::Result<Self> {
        let schedule = super::schedule(deployment);
        // What a meter reports at once after an outage is no exchange of the meter.
        let most = deployment.meters.max_reading.saturating_mul(AT_ONCE);
        let intervals = Arc::new(Mutex::new(Intervals::new(schedule, most, options.digits)));
        let maker = Maker { zone: options.time_zone()?, scaler: options.scaler };
        let mut told = "";
        let noted = Arc::clone(&intervals);
        let reader = Reader::start(port, options.wrapper, meter, move |apdu| {
            let mut tell = |what: &'static str| {
                // A meter that is wrong is so every ten seconds.
                if what != told {
                    told = what;
                    tracing::warn!(%meter, "a push is of no use: {what}");
                }
            };
            match maker.read(apdu) {
                Ok(Some(shown)) => {
                    let mut intervals = noted.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Err(what) = intervals.note(&shown) {
                        tell(what);
                    }
                }
                Ok(None) => {}
                Err(what) => tell(what),
            }
        })?;
        Ok(Self { intervals, _reader: reader })
    }
}

impl Metered for Pushed {
    fn interval(&mut self, index: u64) -> Option<i64> {
        self.intervals.lock().unwrap_or_else(PoisonError::into_inner).reading(index)
    }
}

impl Options {
    fn time_zone(&self) -> anyhow::Result<Option<TimeZone>> {
        self.zone
            .as_deref()
            .map(stamp::zone)
            .transpose()
            .map_err(|what| crate::input::InputError::new(what).into())
    }
}

impl std::str::FromStr for Options {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut options = Self::default();
        for option in text.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            match name {
                "wrapper" if value.is_empty() => options.wrapper = true,
                "zone" => {
                    stamp::zone(value)?;
                    options.zone = Some(value.to_owned());
                }
                "scaler" => options.scaler = Some(within(name, value, -4, 3)?),
                "digits" => {
                    options.digits = Some(within(name, value, 1, 19)?.unsigned_abs());
                }
                _ => return Err(format!("{option:?} is no option: wrapper, zone=, scaler=, digits=")),
            }
        }
        Ok(options)
    }
}

fn within(name: &str, value: &str, low: i8, high: i8) -> Result<i8, String> {
    let number = value.parse().ok().filter(|number| (low..=high).contains(number));
    number.ok_or_else(|| format!("{name}={value}: a number from {low} to {high}"))
}

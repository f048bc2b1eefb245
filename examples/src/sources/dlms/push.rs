//! What a push says: when the register 1-0:1.8.0 showed what.
//!
//! Makers fill the body of a data notification as they like: Aidon with structures of name, value, scaler and unit;
//! Kamstrup and Kaifa's Swedish list with names and values in turn; Kaifa's Norwegian lists with values at fixed places.

use dlms_cosem_rs::axdr::{Data, DateTime};
use dlms_cosem_rs::codec::{Decode, Reader};
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// What the meters of a maker do not say in their pushes.
pub(super) struct Maker {
    pub(super) zone: Option<TimeZone>,
    pub(super) scaler: Option<i8>,
}

/// What a register showed. A secret: no Debug.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    /// Unix seconds, of the meter's clock.
    pub(super) at: u64,
    pub(super) steps: u64,
    /// Bits of the register's type.
    pub(super) bits: u8,
    /// A step is 10^scaler Wh.
    pub(super) scaler: i8,
}

/// What was found in a body.
#[derive(Default)]
struct Found<'a> {
    register: Option<(Data<'a>, Option<Data<'a>>)>,
    clock: Option<DateTime>,
    twice: bool,
}

const DATA_NOTIFICATION: u8 = 0x0F;
const OCTET_STRING: usize = 9;
const WATT_HOURS: u8 = 30;

impl Maker {
    /// What the register showed; `None` for a push that does not hold it, such as a power reading.
    pub(super) fn read(&self, apdu: &[u8]) -> Result<Option<Shown>, &'static str> {
        let (sent, body) = notification(apdu)?;
        let items = body.as_seq().ok_or("its body is no list")?;
        let first = items.iter().next().and_then(Result::ok);
        let listed = first.and_then(|first| first.as_bytes()).unwrap_or_default();
        let mut found = Found::default();
        found.search(&body)?;
        if found.register.is_none() && listed.starts_with(b"KFM_") {
            found.places(&body);
        }
        if found.twice {
            return Err("it holds the register twice");
        }
        let Some((value, scaling)) = found.register else { return Ok(None) };
        let (steps, bits) = match value {
            Data::DoubleLongUnsigned(steps) => (steps.into(), 32),
            Data::Long64Unsigned(steps) => (steps, 64),
            _ => return Err("its register is neither double-long-unsigned nor long64-unsigned"),
        };
        let known = if listed.starts_with(b"Kamstrup") { 1 } else { 0 };
        let scaler = match scaling {
            Some(scaling) => scaler(&scaling)?,
            None => self.scaler.unwrap_or(known),
        };
        if !(-4..=3).contains(&scaler) {
            return Err("its register's scaler is not -4 to 3");
        }
        let clock = found.clock.or(sent).ok_or("it tells no time")?;
        Ok(Some(Shown { at: self.instant(&clock)?, steps, bits, scaler }))
    }

    fn instant(&self, clock: &DateTime) -> Result<u64, &'static str> {
        const NONE: &str = "its time is none";
        if !clock.status.is_not_specified() && clock.status.invalid() {
            return Err("its clock is wrong, it says");
        }
        let seconds = match (clock.to_unix_seconds(), &self.zone) {
            (Some(seconds), _) => seconds,
            (None, _) if clock.utc_offset_minutes().is_some() => return Err(NONE),
            (None, None) => {
                return Err("its clock tells no offset from UTC; name its zone, as ?zone=Europe/Oslo");
            }
            (None, Some(zone)) => {
                let field = |byte: u8| i8::try_from(byte).map_err(|_| NONE);
                let local = civil::DateTime::new(
                    i16::try_from(clock.year).map_err(|_| NONE)?,
                    field(clock.month)?,
                    field(clock.day_of_month)?,
                    field(clock.hour)?,
                    field(clock.minute)?,
                    field(clock.second)?,
                    0,
                )
                .map_err(|_| NONE)?;
                let ambiguous = zone.to_ambiguous_timestamp(local);
                let summer = !clock.status.is_not_specified() && clock.status.daylight_saving_active();
                let instant = match ambiguous.offset() {
                    // In the hour that the clocks repeat.
                    AmbiguousOffset::Fold { .. } if summer => ambiguous.earlier(),
                    AmbiguousOffset::Fold { .. } => ambiguous.later(),
                    AmbiguousOffset::Gap { .. } => return Err(NONE),
                    AmbiguousOffset::Unambiguous { .. } => ambiguous.compatible(),
                };
                instant.map_err(|_| NONE)?.as_second()
            }
        };
        u64::try_from(seconds).map_err(|_| NONE)
    }
}

/// The time at which it was sent, and the body.
fn notification(apdu: &[u8]) -> Result<(Option<DateTime>, Data<'_>), &'static str> {
    const SHORT: &str = "it is no data notification (A-XDR)";
    let mut bytes = Reader::new(apdu);
    match bytes.u8().map_err(|_| SHORT)? {
        DATA_NOTIFICATION => {}
        0xDB | 0xDD | 0xE0 => return Err("it is ciphered or sent in blocks, which is not built"),
        _ => return Err(SHORT),
    }
    bytes.skip(4).map_err(|_| SHORT)?;
    let mut length = bytes.length().map_err(|_| SHORT)?;
    if length == OCTET_STRING {
        // Kaifa puts the tag of an octet string before it.
        length = bytes.length().map_err(|_| SHORT)?;
    }
    let sent = match length {
        0 => None,
        12 => Some(DateTime::from_bytes(bytes.array().map_err(|_| SHORT)?)),
        _ => return Err(SHORT),
    };
    let body = Data::decode(&mut bytes).map_err(|_| SHORT)?;
    if bytes.is_empty() { Ok((sent, body)) } else { Err("bytes follow its body") }
}

impl<'a> Found<'a> {
    /// Names with the values behind them, in one list or in structures.
    fn search(&mut self, list: &Data<'a>) -> Result<(), &'static str> {
        const BROKEN: &str = "its body is broken";
        let items = list.as_seq().ok_or(BROKEN)?;
        let mut name = None;
        for item in items.iter() {
            let item = item.map_err(|_| BROKEN)?;
            if let Some([name, value]) = named(&item) {
                let scaling = item.as_seq().and_then(|parts| parts.get(2).ok());
                self.take(&name, value, scaling);
            } else if let Some(value) = name.take() {
                self.take(&value, item, None);
            } else {
                name = Some(item).filter(|item| item.as_obis().is_some());
            }
        }
        Ok(())
    }

    fn take(&mut self, name: &Data<'a>, value: Data<'a>, scaling: Option<Data<'a>>) {
        match name.as_bytes() {
            // Of electricity, any channel: active energy from the grid, in total, now.
            Some([1, _, 1, 8, 0, 255]) => {
                self.twice |= self.register.is_some();
                self.register = Some((value, scaling));
            }
            Some([0, _, 1, 0, 0, 255]) => self.clock = clock(&value),
            _ => {}
        }
    }

    /// Kaifa's lists of 14 values (one phase) and 18 (three): the last five are the hour's time and four registers.
    fn places(&mut self, list: &Data<'a>) {
        let Some(items) = list.as_structure() else { return };
        let at = |place: usize| items.get(place).ok();
        if let (14 | 18, Some(hour)) = (items.len(), items.len().checked_sub(5)) {
            self.clock = at(hour).and_then(|hour| clock(&hour));
            self.register = at(hour.saturating_add(1)).map(|value| (value, None));
        }
    }
}

/// A structure's name and value, if that is what it is.
fn named<'a>(item: &Data<'a>) -> Option<[Data<'a>; 2]> {
    let parts = item.as_structure()?;
    let name = parts.get(0).ok().filter(|name| name.as_obis().is_some())?;
    Some([name, parts.get(1).ok()?])
}

fn clock(value: &Data<'_>) -> Option<DateTime> {
    match *value {
        Data::DateTime(time) => Some(time),
        Data::OctetString(bytes) => bytes.try_into().ok().map(DateTime::from_bytes),
        _ => None,
    }
}

fn scaler(scaling: &Data<'_>) -> Result<i8, &'static str> {
    let parts = scaling.as_structure().ok_or("its register has no scaler and unit where they belong")?;
    match (parts.get(0), parts.get(1)) {
        (Ok(Data::Integer(scaler)), Ok(Data::Enum(WATT_HOURS))) => Ok(scaler),
        _ => Err("its register is not of watt-hours"),
    }
}

//! Time stamps: ISO 8601 with an offset, or local time in a zone, across clock changes.
//!
//! In autumn the clocks repeat an hour: its local times stand for two instants each, which only the order
//! of a meter's rows tells apart. In spring an hour is missing: its local times do not exist and are refused.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::input::excerpt;

/// What a time stamp can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    At(Timestamp),
    Repeated(Repeated),
}

impl Stamp {
    /// How an interval is called in results: as its text stands, but that a repeated hour gets its offset.
    pub(crate) fn label(&self, text: &str, instant: Timestamp) -> String {
        match self {
            Stamp::At(_) => text.to_owned(),
            Stamp::Repeated(at) => {
                let offset = if instant == at.first { at.before } else { at.after };
                let offset = instant.to_zoned(TimeZone::fixed(offset)).strftime("%:z").to_string();
                let (local, zone) = text.trim().split_at(text.trim().find('[').unwrap_or(text.trim().len()));
                format!("{local}{offset}{zone}")
            }
        }
    }
}

/// A local time in the hour that the clocks repeat at `change`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) local: DateTime,
    pub(crate) first: Timestamp,
    pub(crate) second: Timestamp,
    pub(crate) change: Timestamp,
    /// Offsets of the first and the second passage.
    before: Offset,
    after: Offset,
}

/// Reads a time stamp; one without offset is local time in `zone`.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn read(text: &str, zone: Option<&TimeZone>) -> Result<Stamp, String> {
    let text = text.trim();
    let malformed =
        || format!("{} is not a time stamp like 2018-10-29T00:00:00+01:00 (ISO 8601)", excerpt(text));
    let pieces = Pieces::parse(text).map_err(|_| malformed())?;
    let local = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
    let annotated = pieces.to_time_zone().map_err(|error| format!("{}: {error}", excerpt(text)))?;

    if let Some(offset) = pieces.to_numeric_offset() {
        let instant = offset.to_timestamp(local).map_err(|_| malformed())?;
        return match annotated {
            Some(zone) if zone.to_offset(instant) != offset => {
                Err(format!("the offset and the zone of {} contradict each other", excerpt(text)))
            }
            _ => Ok(Stamp::At(instant)),
        };
    }
    let zone = annotated.as_ref().or(zone).ok_or_else(|| {
        format!("{} has no offset: name the zone of local times, as in --zone Europe/Zurich", excerpt(text))
    })?;
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        // A day, given without a time, begins after the missing hour.
        AmbiguousOffset::Gap { .. } if pieces.time().is_some() => Err(format!(
            "{} does not exist in {}: the clocks skipped that hour",
            excerpt(text),
            zone_name(zone)
        )),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => {
            ambiguous.compatible().map(Stamp::At).map_err(|_| malformed())
        }
        AmbiguousOffset::Fold { before, after } => {
            let first = before.to_timestamp(local).map_err(|_| malformed())?;
            let second = after.to_timestamp(local).map_err(|_| malformed())?;
            let change = zone.following(first).next().map_or(second, |transition| transition.timestamp());
            Ok(Stamp::Repeated(Repeated { local, first, second, change, before, after }))
        }
    }
}

/// The local time of a stamp as its text shows it, for the axis of a plot.
pub(crate) fn shown(text: &str) -> Option<DateTime> {
    let pieces = Pieces::parse(text.trim()).ok()?;
    Some(pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight())))
}

/// A zone by its IANA name (`Europe/Zurich`) or as a fixed offset (`+01:00`).
///
/// # Errors
/// If there is no such zone.
pub(crate) fn zone(name: &str) -> Result<TimeZone, String> {
    if name.starts_with(['+', '-']) {
        let pieces = Pieces::parse(format!("2000-01-01T00:00{name}").as_str())
            .ok()
            .and_then(|p| p.to_numeric_offset());
        return pieces
            .map(TimeZone::fixed)
            .ok_or_else(|| format!("{} is not an offset like +01:00", excerpt(name)));
    }
    TimeZone::get(name)
        .map_err(|_| format!("there is no time zone {}; examples: Europe/Zurich, UTC, +01:00", excerpt(name)))
}

fn zone_name(zone: &TimeZone) -> String {
    match zone.iana_name() {
        Some(name) => name.into(),
        None => zone.to_fixed_offset().unwrap_or(Offset::UTC).to_string(),
    }
}

/// One meter's way through a repeated hour: tells the first from the second passage by the order of rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fold {
    last: DateTime,
    rows: u32,
    second: bool,
}

impl Fold {
    /// Begins with the meter's first row in that hour, which is taken for the first passage.
    pub(crate) fn new(at: &Repeated) -> Self {
        Self { last: at.local, rows: 1, second: false }
    }

    /// Takes the meter's next row in that hour: which instant is it? `None` for a time given twice.
    pub(crate) fn next(&mut self, at: &Repeated) -> Option<Timestamp> {
        if at.local <= self.last {
            // The clocks were put back between the rows. The same time twice in a row is a second passage
            // only in files of one row an hour; elsewhere it is the same interval given twice.
            let twice = at.local == self.last && self.rows > 1;
            if self.second || twice {
                return None;
            }
            self.second = true;
            self.rows = 0;
        }
        self.last = at.local;
        self.rows = self.rows.saturating_add(1);
        Some(if self.second { at.second } else { at.first })
    }

    /// Whether both passages were seen.
    pub(crate) fn passed_twice(&self) -> bool {
        self.second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Stamp {
        Stamp::At(text.parse().unwrap())
    }

    fn zurich(text: &str) -> Result<Stamp, String> {
        read(text, Some(&zone("Europe/Zurich").unwrap()))
    }

    #[test]
    fn an_offset_in_the_text_decides() {
        for text in [
            "2018-10-29T00:00:00+01:00",
            "2018-10-29T00:00+01",
            " 2018-10-29 00:00:00+0100 ",
            "2018-10-28T23:00:00Z",
            "2018-10-28T23:00Z",
            "2018-10-29T00:00:00+01:00[Europe/Zurich]",
        ] {
            assert_eq!(read(text, None), Ok(at("2018-10-28T23:00Z")), "{text}");
            assert_eq!(read(text, Some(&zone("Asia/Tokyo").unwrap())), Ok(at("2018-10-28T23:00Z")), "{text}");
        }
        assert!(read("2018-10-29T00:00:00+05:00[Europe/Zurich]", None).unwrap_err().contains("contradict"));
    }

    #[test]
    fn local_time_needs_a_zone() {
        assert!(read("2018-10-29T00:00", None).unwrap_err().contains("--zone"));
        assert_eq!(zurich("2018-10-29T00:00"), Ok(at("2018-10-28T23:00Z")));
        assert_eq!(zurich("2018-07-29 00:00:00"), Ok(at("2018-07-28T22:00Z")));
        assert_eq!(zurich("2018-10-29"), Ok(at("2018-10-28T23:00Z")));
        assert_eq!(read("2018-10-29T00:00[Europe/Zurich]", None), Ok(at("2018-10-28T23:00Z")));
        assert_eq!(read("2018-10-29T00:00", Some(&zone("-03:30").unwrap())), Ok(at("2018-10-29T03:30Z")));
        assert!(zone("Europe/Zuerich").is_err() && zone("+1").is_err() && zone("").is_err());
    }

    #[test]
    fn the_missing_hour_of_spring_is_refused() {
        assert_eq!(zurich("2018-03-25T01:59"), Ok(at("2018-03-25T00:59Z")));
        let error = zurich("2018-03-25T02:00").unwrap_err();
        assert!(error.contains("does not exist in Europe/Zurich"), "{error}");
        assert!(zurich("2018-03-25T02:45").is_err());
        assert_eq!(zurich("2018-03-25T03:00"), Ok(at("2018-03-25T01:00Z")));
        // Beirut skips the hour at midnight: the day begins at one.
        let beirut = zone("Asia/Beirut").unwrap();
        assert_eq!(read("2018-03-25", Some(&beirut)), Ok(at("2018-03-24T22:00Z")));
    }

    #[test]
    fn the_repeated_hour_of_autumn_has_two_meanings() {
        assert_eq!(zurich("2018-10-28T01:45"), Ok(at("2018-10-27T23:45Z")));
        let Ok(Stamp::Repeated(repeated)) = zurich("2018-10-28T02:15") else { panic!("not repeated") };
        assert_eq!(Stamp::At(repeated.first), at("2018-10-28T00:15Z"));
        assert_eq!(Stamp::At(repeated.second), at("2018-10-28T01:15Z"));
        assert_eq!(Stamp::At(repeated.change), at("2018-10-28T01:00Z"));
        assert_eq!(zurich("2018-10-28T03:00"), Ok(at("2018-10-28T02:00Z")));
    }

    /// The passages of the given minutes past two on the day of the change: 1 or 2, 0 for a repetition.
    fn passages(minutes: &[i8]) -> Vec<u8> {
        let mut fold: Option<Fold> = None;
        let pass = |minute: &i8| {
            let Ok(Stamp::Repeated(at)) = zurich(&format!("2018-10-28T02:{minute:02}")) else { panic!() };
            let instant = match &mut fold {
                Some(fold) => fold.next(&at),
                none => {
                    *none = Some(Fold::new(&at));
                    Some(at.first)
                }
            };
            instant.map_or(0, |instant| if instant == at.first { 1 } else { 2 })
        };
        minutes.iter().map(pass).collect()
    }

    #[test]
    fn the_order_of_rows_tells_the_passage() {
        assert_eq!(passages(&[0, 15, 30, 45, 0, 15, 30, 45]), [1, 1, 1, 1, 2, 2, 2, 2]);
        assert_eq!(passages(&[0, 0]), [1, 2]);
        assert_eq!(passages(&[0, 30, 15]), [1, 1, 2]);
        assert_eq!(passages(&[30, 0, 30, 0]), [1, 2, 2, 0]);
        assert_eq!(passages(&[0, 15, 15]), [1, 1, 0]);
        assert_eq!(passages(&[0, 15, 30, 45, 0, 15, 15]), [1, 1, 1, 1, 2, 2, 0]);
    }
}

//! Time zones: offsets, and names of the IANA database, which comes with the program.

use super::super::error;
use super::calendar::DAY;
use crate::error::Result;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::sync::OnceLock;

/// A time zone.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    /// The same distance from UTC at all times, in seconds.
    Fixed(i64),
    Named(TimeZone),
}

fn database() -> &'static TimeZoneDatabase {
    static DATABASE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    DATABASE.get_or_init(TimeZoneDatabase::bundled)
}

impl Zone {
    pub(super) const UTC: Zone = Zone::Fixed(0);

    /// Reads `+05:30`, `-0800`, `+03` or a name such as `Europe/Paris`.
    pub(super) fn parse(text: &str) -> Result<Zone> {
        if let Some(seconds) = offset(text) {
            return Ok(Zone::Fixed(seconds));
        }
        if matches!(text, "UTC" | "GMT") {
            return Ok(Zone::UTC);
        }
        let found = database().get(text).ok().filter(|zone| zone.iana_name() == Some(text));
        found
            .map(Zone::Named)
            .ok_or_else(|| error(40485, format!("unrecognized time zone identifier: \"{text}\"")))
    }

    /// How far from UTC the zone is at that moment, in seconds.
    pub(super) fn offset_at(&self, milliseconds: i64) -> i64 {
        match self {
            Zone::Fixed(seconds) => *seconds,
            Zone::Named(zone) => {
                let range = Timestamp::MIN.as_millisecond() + DAY..=Timestamp::MAX.as_millisecond() - DAY;
                let within = milliseconds.clamp(*range.start(), *range.end());
                let moment = Timestamp::from_millisecond(within).unwrap_or(Timestamp::UNIX_EPOCH);
                zone.to_offset(moment).seconds().into()
            }
        }
    }

    /// The local time of a moment.
    pub(super) fn local(&self, milliseconds: i64) -> i64 {
        milliseconds.saturating_add(self.offset_at(milliseconds) * 1000)
    }

    /// The moment of a local time. One that comes twice is the first; one that is skipped is as much later.
    pub(super) fn moment(&self, local: i64) -> Option<i64> {
        let before = self.offset_at(local.saturating_sub(DAY));
        let after = self.offset_at(local.saturating_add(DAY));
        let first = local.checked_sub(before * 1000)?;
        if before == after || self.offset_at(first) == before {
            return Some(first);
        }
        let second = local.checked_sub(after * 1000)?;
        Some(if self.offset_at(second) == after { second } else { first })
    }

    /// Whether this is UTC itself.
    pub(super) fn is_utc(&self) -> bool {
        matches!(self, Zone::Fixed(0))
    }
}

/// `+hh`, `+hhmm` or `+hh:mm` in seconds.
pub(super) fn offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let digits: Vec<i64> = rest
        .chars()
        .enumerate()
        .filter(|(at, sign)| !(*at == 2 && *sign == ':' && rest.len() == 5))
        .map(|(_, sign)| sign.to_digit(10).map(i64::from))
        .collect::<Option<_>>()?;
    let (hours, minutes) = match digits[..] {
        [hour] => (hour, 0),
        [tens, ones] => (tens * 10 + ones, 0),
        [hour, tens, ones] => (hour, tens * 10 + ones),
        [tens, ones, minute_tens, minutes] => (tens * 10 + ones, minute_tens * 10 + minutes),
        _ => return None,
    };
    Some(sign * (hours * 3600 + minutes * 60))
}

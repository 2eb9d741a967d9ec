//! Units of time: adding them, counting them, cutting to them.

use super::super::error;
use super::calendar::{DAY, Parts, days_in_month, days_of, weekday};
use super::zone::Zone;
use crate::error::{Code, Error, Result};

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

impl Unit {
    pub(super) fn parse(text: &str) -> Result<Unit> {
        Ok(match text {
            "year" => Unit::Year,
            "quarter" => Unit::Quarter,
            "month" => Unit::Month,
            "week" => Unit::Week,
            "day" => Unit::Day,
            "hour" => Unit::Hour,
            "minute" => Unit::Minute,
            "second" => Unit::Second,
            "millisecond" => Unit::Millisecond,
            _ => return Err(Error::new(Code::FAILED_TO_PARSE, format!("unknown time unit value: {text}"))),
        })
    }

    /// Milliseconds, for the units that are as long at all times.
    fn milliseconds(self) -> Option<i64> {
        match self {
            Unit::Hour => Some(3_600_000),
            Unit::Minute => Some(60_000),
            Unit::Second => Some(1000),
            Unit::Millisecond => Some(1),
            Unit::Year | Unit::Quarter | Unit::Month | Unit::Week | Unit::Day => None,
        }
    }

    fn months(self) -> i64 {
        match self {
            Unit::Year => 12,
            Unit::Quarter => 3,
            _ => 1,
        }
    }

    /// The largest amount that can be added.
    fn amount_max(self) -> i64 {
        let years = 584_942_417;
        match self {
            Unit::Year => years,
            Unit::Quarter => years * 4,
            Unit::Month => years * 12,
            Unit::Week => years * 53,
            Unit::Day => years * 366,
            Unit::Hour => years * 366 * 24,
            Unit::Minute => years * 366 * 24 * 60,
            Unit::Second => i64::MAX / 1000,
            Unit::Millisecond => i64::MAX,
        }
    }
}

/// The day a week begins with, 0 for Sunday, by its name or the name's first three letters.
pub(super) fn weekday_of(text: &str) -> Result<i64> {
    const NAMES: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    let lower = text.to_ascii_lowercase();
    let found = NAMES.iter().position(|name| *name == lower || name[..3] == *lower);
    found
        .map(|index| index as i64)
        .ok_or_else(|| error(5439016, format!("unknown day of week value: {text}")))
}

/// `date` and so many units.
pub(super) fn add(date: i64, unit: Unit, amount: i64, zone: &Zone) -> Result<i64> {
    let overflow = || error(5166406, "$dateAdd overflowed");
    if amount.unsigned_abs() > unit.amount_max().unsigned_abs() {
        return Err(error(5976500, format!("invalid 'amount' parameter value: {amount}")));
    }
    if let Some(length) = unit.milliseconds() {
        return amount.checked_mul(length).and_then(|by| date.checked_add(by)).ok_or_else(overflow);
    }
    let local = zone.local(date);
    let moved = match unit {
        Unit::Week | Unit::Day => {
            let days = if unit == Unit::Week { amount * 7 } else { amount };
            days.checked_mul(DAY).and_then(|by| local.checked_add(by))
        }
        _ => {
            let parts = Parts::of(local);
            let months = parts.year * 12 + parts.month - 1 + amount * unit.months();
            let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
            let day = parts.day.min(days_in_month(year, month));
            Parts { year, month, day, ..parts }.milliseconds()
        }
    };
    moved.and_then(|local| zone.moment(local)).ok_or_else(overflow)
}

/// How many boundaries of the unit lie between.
pub(super) fn difference(start: i64, end: i64, unit: Unit, zone: &Zone, week_start: i64) -> Result<i64> {
    if unit == Unit::Millisecond {
        return end.checked_sub(start).ok_or_else(|| error(5166308, "$dateDiff overflowed"));
    }
    if unit == Unit::Second {
        return Ok(end.div_euclid(1000) - start.div_euclid(1000));
    }
    let (start_local, end_local) = (zone.local(start), zone.local(end));
    if let Some(length) = unit.milliseconds() {
        let local = end_local.div_euclid(length) - start_local.div_euclid(length);
        let moved = zone.offset_at(end) - zone.offset_at(start);
        return Ok(local - moved * 1000 / length);
    }
    let (from, to) = (Parts::of(start_local), Parts::of(end_local));
    Ok(match unit {
        Unit::Year => to.year - from.year,
        Unit::Quarter => (to.year * 4 + (to.month - 1) / 3) - (from.year * 4 + (from.month - 1) / 3),
        Unit::Month => (to.year * 12 + to.month) - (from.year * 12 + from.month),
        Unit::Week => {
            let week = |days: i64| (days - (weekday(days) - week_start).rem_euclid(7)).div_euclid(7);
            week(to.days()) - week(from.days())
        }
        _ => to.days() - from.days(),
    })
}

/// The beginning of the bin of so many units that `date` lies in. Bins are counted from 2000-01-01.
pub(super) fn truncate(date: i64, unit: Unit, bin: i64, zone: &Zone, week_start: i64) -> Result<i64> {
    let overflow = || error(5439002, "$dateTrunc overflowed");
    let reference = days_of(2000, 1, 1);
    let local_reference = reference * DAY;
    let floor = |value: i64, bin: i64| value.checked_sub(value.rem_euclid(bin)).ok_or_else(overflow);
    if let Some(length) = unit.milliseconds() {
        let bin = bin.checked_mul(length).ok_or_else(overflow)?;
        let from = zone.moment(local_reference).ok_or_else(overflow)?;
        let distance = date.checked_sub(from).ok_or_else(overflow)?;
        return floor(distance, bin)?.checked_add(from).ok_or_else(overflow);
    }
    let parts = Parts::of(zone.local(date));
    let days = match unit {
        Unit::Week | Unit::Day => {
            let (from, bin) = match unit {
                Unit::Week => {
                    (reference + (week_start - weekday(reference)).rem_euclid(7), bin.checked_mul(7))
                }
                _ => (reference, Some(bin)),
            };
            let bin = bin.ok_or_else(overflow)?;
            floor(parts.days() - from, bin)?.checked_add(from).ok_or_else(overflow)?
        }
        _ => {
            if bin > 100_000_000_000 {
                return Err(error(5439006, "$dateTrunc overflowed"));
            }
            let bin = bin * unit.months();
            let months = floor((parts.year - 2000) * 12 + parts.month - 1, bin)?;
            let year = 2000 + months.div_euclid(12);
            if year.abs() > 600_000_000 {
                return Err(overflow());
            }
            days_of(year, months.rem_euclid(12) + 1, 1)
        }
    };
    days.checked_mul(DAY).and_then(|local| zone.moment(local)).ok_or_else(overflow)
}

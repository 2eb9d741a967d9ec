//! Dates as text: `%Y-%m-%d` and its like.

use super::super::error;
use super::calendar::Parts;
use super::zone::Zone;
use crate::error::Result;
use std::fmt::Write as _;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Refuses formats that mean nothing.
pub(super) fn check(format: &str) -> Result<()> {
    let mut rest = format.chars();
    while let Some(sign) = rest.next() {
        if sign != '%' {
            continue;
        }
        match rest.next() {
            None => return Err(error(18535, "Unmatched '%' at end of format string")),
            Some(sign) if "dGHjLmMSuUVwYzZbB%".contains(sign) => {}
            Some(sign) => {
                let sign = sign.escape_default();
                return Err(error(18536, format!("Invalid format character '%{sign}' in format string")));
            }
        }
    }
    Ok(())
}

/// `date` as `format` says.
pub(super) fn write(format: &str, date: i64, zone: &Zone) -> Result<String> {
    check(format)?;
    let parts = Parts::of(zone.local(date));
    let offset = zone.offset_at(date) / 60;
    let mut out = String::with_capacity(format.len() + 16);
    let mut rest = format.chars();
    while let Some(sign) = rest.next() {
        if sign != '%' {
            out.push(sign);
            continue;
        }
        let in_range = |year: i64| {
            if (0..=9999).contains(&year) {
                return Ok(year);
            }
            Err(error(
                18537,
                format!("Error converting date to string: year {year} is outside the range [0, 9999]."),
            ))
        };
        let name = |index: i64| {
            MONTHS.get(usize::try_from(index - 1).unwrap_or_default()).copied().unwrap_or_default()
        };
        let written = match rest.next() {
            Some('Y') => write!(out, "{:04}", in_range(parts.year)?),
            Some('m') => write!(out, "{:02}", parts.month),
            Some('d') => write!(out, "{:02}", parts.day),
            Some('H') => write!(out, "{:02}", parts.hour),
            Some('M') => write!(out, "{:02}", parts.minute),
            Some('S') => write!(out, "{:02}", parts.second),
            Some('L') => write!(out, "{:03}", parts.millisecond),
            Some('j') => write!(out, "{:03}", parts.day_of_year()),
            Some('w') => write!(out, "{}", parts.day_of_week() + 1),
            Some('u') => write!(out, "{}", parts.iso_week().2),
            Some('U') => write!(out, "{:02}", parts.week()),
            Some('V') => write!(out, "{:02}", parts.iso_week().1),
            Some('G') => write!(out, "{:04}", in_range(parts.iso_week().0)?),
            Some('b') => write!(out, "{}", &name(parts.month)[..3]),
            Some('B') => write!(out, "{}", name(parts.month)),
            Some('z') => {
                let sign = if offset < 0 { '-' } else { '+' };
                write!(out, "{sign}{:02}{:02}", offset.abs() / 60, offset.abs() % 60)
            }
            Some('Z') => write!(out, "{offset}"),
            _ => write!(out, "%"),
        };
        debug_assert!(written.is_ok(), "a string takes what is written");
    }
    Ok(out)
}

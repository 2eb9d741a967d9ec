//! Dates read from text: ISO 8601 and forms near to it, and forms that a format describes.
//!
//! DIFFERENCE: MongoDB's reader takes relative forms ("last monday") and refuses them afterwards; here they are
//! refused at once, and of the other free forms those with month names and with slashes are read.

use super::super::type_conversion::failed;
use super::calendar::{DAY, Parts, days_in_month, days_of_iso};
use super::format::MONTHS;
use super::zone::Zone;
use crate::error::{Error, Result};

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn while_true(&mut self, holds: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|sign| !holds(sign)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn blanks(&mut self) -> bool {
        !self.while_true(|sign| sign.is_whitespace() || sign == '\0').is_empty()
    }

    /// A number of so many digits.
    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if digits < least {
            return None;
        }
        let (taken, rest) = self.rest.split_at(digits);
        self.rest = rest;
        taken.parse().ok()
    }

    fn month(&mut self) -> Option<i64> {
        let before = self.rest;
        let word = self.while_true(|sign| sign.is_ascii_alphabetic()).to_ascii_lowercase();
        let found = MONTHS.iter().position(|name| {
            let name = name.to_ascii_lowercase();
            word == name || word == name[..3] || (word == "sept" && name == "september")
        });
        if found.is_none() {
            self.rest = before;
        }
        found.map(|index| index as i64 + 1)
    }

    fn fraction(&mut self) -> Option<i64> {
        let digits = self.while_true(|sign| sign.is_ascii_digit());
        let mut milliseconds = 0;
        for index in 0..3 {
            let digit = digits.as_bytes().get(index).map_or(0, |byte| i64::from(byte - b'0'));
            milliseconds = milliseconds * 10 + digit;
        }
        (!digits.is_empty()).then_some(milliseconds)
    }

    /// A zone's offset or name at this place.
    fn zone(&mut self) -> Option<Zone> {
        if self.eat("Z") || self.eat("z") {
            return Some(Zone::UTC);
        }
        let mut word = self
            .while_true(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '+' | '-' | '/' | '_' | ':'));
        if let Some(offset) = word.strip_prefix("GMT").or_else(|| word.strip_prefix("UTC"))
            && !offset.is_empty()
        {
            word = offset;
        }
        if let Some(seconds) = super::zone::offset(word) {
            return Some(Zone::Fixed(seconds));
        }
        let abbreviations = [
            ("utc", 0),
            ("gmt", 0),
            ("est", -5),
            ("edt", -4),
            ("cst", -6),
            ("cdt", -5),
            ("mst", -7),
            ("mdt", -6),
            ("pst", -8),
            ("pdt", -7),
            ("cet", 1),
            ("cest", 2),
            ("bst", 1),
            ("eet", 2),
            ("eest", 3),
            ("msk", 3),
        ];
        let lower = word.to_ascii_lowercase();
        if let Some((_, hours)) = abbreviations.iter().find(|(name, _)| *name == lower) {
            return Some(Zone::Fixed(hours * 3600));
        }
        Zone::parse(word).ok()
    }
}

fn unreadable(text: &str, why: &str) -> Error {
    let text: String = text.chars().take(100).collect();
    failed(format!("Error parsing date string '{text}'; {why}"))
}

/// Reads a date in a free form; `zone` is where it is when it does not say so itself.
pub(super) fn free(text: &str, zone: Option<&Zone>) -> Result<i64> {
    let (local, own) = parse(text).ok_or_else(|| unreadable(text, "not a date that can be read"))?;
    if zone.is_some() && own.is_some() {
        return Err(unreadable(
            text,
            "you cannot pass in a date/time string with time zone information together with a timezone argument",
        ));
    }
    let zone = own.as_ref().or(zone).unwrap_or(&Zone::UTC);
    zone.moment(local).ok_or_else(|| unreadable(text, "out of range"))
}

fn parse(text: &str) -> Option<(i64, Option<Zone>)> {
    let reader = &mut Reader { rest: text };
    reader.blanks();
    let (year, month, day) = date(reader)?;
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    let mut parts = Parts { year, month, day, hour: 0, minute: 0, second: 0, millisecond: 0 };
    let mut zone = None;
    let blank = reader.blanks();
    if (reader.eat("T") || reader.eat("t") || blank || reader.eat(",")) && !reader.rest.is_empty() {
        reader.blanks();
        if reader.rest.starts_with(|sign: char| sign.is_ascii_digit()) {
            time(reader, &mut parts)?;
            reader.blanks();
        } else if !blank {
            return None;
        }
    }
    if !reader.rest.is_empty() {
        zone = Some(reader.zone()?);
        reader.blanks();
    }
    if !reader.rest.is_empty() {
        return None;
    }
    Some((parts.milliseconds()?, zone))
}

fn date(reader: &mut Reader<'_>) -> Option<(i64, i64, i64)> {
    if let Some(month) = reader.month() {
        // June 15, 2024
        reader.while_true(|sign| matches!(sign, ' ' | '.' | '-' | '\t'));
        let day = reader.number(1, 2)?;
        let _ = ["st", "nd", "rd", "th"].iter().any(|suffix| reader.eat(suffix));
        reader.while_true(|sign| matches!(sign, ' ' | ',' | '.' | '-' | '\t'));
        return Some((reader.number(4, 4)?, month, day));
    }
    let before_zero = reader.rest.starts_with('-') && reader.eat("-");
    let first = reader.while_true(|sign| sign.is_ascii_digit());
    if before_zero && first.len() != 4 {
        return None;
    }
    match first.len() {
        4 => {
            let year: i64 = first.parse().ok()?;
            let year = if before_zero { -year } else { year };
            if reader.eat("-W") {
                let week = reader.number(2, 2)?;
                let day = if reader.eat("-") { reader.number(1, 1)? } else { 1 };
                return Some(super::calendar::date_of(days_of_iso(year, week, day)));
            }
            if reader.eat("-") || reader.eat("/") {
                if let Some(month) = reader.month() {
                    reader.eat("-");
                    return Some((year, month, reader.number(1, 2)?));
                }
                let month = reader.number(1, 2)?;
                let day = if reader.eat("-") || reader.eat("/") { reader.number(1, 2)? } else { 1 };
                return Some((year, month, day));
            }
            None
        }
        8 => Some((first[..4].parse().ok()?, first[4..6].parse().ok()?, first[6..].parse().ok()?)),
        1 | 2 => {
            let first: i64 = first.parse().ok()?;
            if reader.eat("/") {
                // 6/15/2024
                let day = reader.number(1, 2)?;
                if !reader.eat("/") {
                    return None;
                }
                return Some((reader.number(4, 4)?, first, day));
            }
            if reader.eat("-") && reader.rest.starts_with(|sign: char| sign.is_ascii_digit()) {
                let month = reader.number(1, 2)?;
                if !reader.eat("-") {
                    return None;
                }
                return Some((reader.number(4, 4)?, month, first));
            }
            // 15 June 2024
            let _ = ["st", "nd", "rd", "th"].iter().any(|suffix| reader.eat(suffix));
            reader.while_true(|sign| matches!(sign, ' ' | '.' | '-' | '\t'));
            let month = reader.month()?;
            reader.while_true(|sign| matches!(sign, ' ' | ',' | '.' | '-' | '\t'));
            Some((reader.number(4, 4)?, month, first))
        }
        _ => None,
    }
}

fn time(reader: &mut Reader<'_>, parts: &mut Parts) -> Option<()> {
    parts.hour = reader.number(1, 2)?;
    let colon = reader.eat(":");
    if colon || reader.rest.starts_with(|sign: char| sign.is_ascii_digit()) {
        parts.minute = reader.number(2, 2)?;
        if reader.eat(":") || (!colon && reader.rest.starts_with(|sign: char| sign.is_ascii_digit())) {
            parts.second = reader.number(2, 2)?;
            if reader.eat(".") || reader.eat(",") {
                parts.millisecond = reader.fraction()?;
            }
        }
    }
    let before = reader.rest;
    reader.blanks();
    let half = reader.while_true(|sign| sign.is_ascii_alphabetic() || sign == '.').to_ascii_lowercase();
    match half.trim_matches('.').replace('.', "").as_str() {
        "am" if (1..=12).contains(&parts.hour) => parts.hour %= 12,
        "pm" if (1..=12).contains(&parts.hour) => parts.hour = parts.hour % 12 + 12,
        _ => reader.rest = before,
    }
    let in_range = parts.hour <= 24 && parts.minute <= 59 && parts.second <= 60;
    (in_range && (parts.hour < 24 || parts.minute == 0 && parts.second == 0)).then_some(())
}

/// Reads a date in the form that `format` describes.
pub(super) fn formatted(text: &str, format: &str, zone: Option<&Zone>) -> Result<i64> {
    let wrong = || unreadable(text, "it does not have the given format");
    let reader = &mut Reader { rest: text };
    let mut parts = Parts { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 };
    let (mut iso_year, mut iso_week, mut iso_day, mut day_of_year) = (None, None, None, None);
    let (mut has_date, mut own) = (false, None);
    let mut signs = format.chars();
    while let Some(sign) = signs.next() {
        if sign != '%' {
            if !reader.eat(sign.encode_utf8(&mut [0; 4])) {
                return Err(wrong());
            }
            continue;
        }
        let mut digits = |least: usize, most: usize| reader.number(least, most).ok_or_else(wrong);
        match signs.next() {
            Some('Y') => {
                parts.year = digits(4, 4)?;
                has_date = true;
            }
            Some('m') => parts.month = digits(1, 2)?,
            Some('d') => parts.day = digits(1, 2)?,
            Some('H') => parts.hour = digits(1, 2)?,
            Some('M') => parts.minute = digits(1, 2)?,
            Some('S') => parts.second = digits(1, 2)?,
            Some('L') => parts.millisecond = reader.fraction().ok_or_else(wrong)?,
            Some('j') => day_of_year = Some(digits(1, 3)?),
            Some('G') => {
                iso_year = Some(digits(4, 4)?);
                has_date = true;
            }
            Some('V') => iso_week = Some(digits(1, 2)?),
            Some('u') => iso_day = Some(digits(1, 1)?),
            Some('b' | 'B') => parts.month = reader.month().ok_or_else(wrong)?,
            Some('z') => own = Some(reader.zone().ok_or_else(wrong)?),
            Some('Z') => {
                let negative = reader.eat("-");
                let _ = reader.eat("+");
                let minutes = reader.number(1, 5).ok_or_else(wrong)?;
                own = Some(Zone::Fixed(60 * if negative { -minutes } else { minutes }));
            }
            Some('%') => {
                if !reader.eat("%") {
                    return Err(wrong());
                }
            }
            _ => return Err(wrong()),
        }
    }
    if !reader.rest.is_empty() || !has_date {
        return Err(wrong());
    }
    let ranges = (1..=12).contains(&parts.month)
        && (1..=days_in_month(parts.year, parts.month.clamp(1, 12))).contains(&parts.day)
        && parts.hour < 24
        && parts.minute < 60
        && parts.second < 60;
    if !ranges {
        return Err(wrong());
    }
    let mut local = parts.milliseconds().ok_or_else(wrong)?;
    if let Some(day) = day_of_year {
        let first = Parts { month: 1, day: 1, ..parts }.milliseconds().ok_or_else(wrong)?;
        local = first + (day - 1) * DAY;
    }
    if let Some(year) = iso_year {
        let days = days_of_iso(year, iso_week.unwrap_or(1), iso_day.unwrap_or(1));
        local = days * DAY + local.rem_euclid(DAY);
    }
    if zone.is_some() && own.is_some() {
        return Err(unreadable(
            text,
            "you cannot pass in a date/time string with time zone information together with a timezone argument",
        ));
    }
    own.as_ref().or(zone).unwrap_or(&Zone::UTC).moment(local).ok_or_else(wrong)
}

//! Dates as text: ISO 8601 as MongoDB writes it, and as its tools have written it over the years.
//!
//! The calendar is the proleptic Gregorian one, counted in days from 1970 without a table.

const DAY: i64 = 24 * 60 * 60 * 1000;

/// `2009-04-01T00:00:00.000-0700`, also `Z`, `+01:00`, `+01`, without seconds or parts of them, or a day alone
/// (midnight UTC). The milliseconds since 1970; `None` when the text is no date.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let (day, rest) = (text.get(..10)?, text.get(10..)?);
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let (year, month) = (number(day.get(..4)?)?, number(day.get(5..7)?)?);
    let day = number(day.get(8..10)?)?;
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let days = days_from_1970(year, month, day);
    if rest.is_empty() {
        return days.checked_mul(DAY);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = rest.split_at(zone_at);
    let milliseconds = parse_time(time)? - parse_zone(zone)?;
    days.checked_mul(DAY)?.checked_add(milliseconds)
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fraction`, in milliseconds.
fn parse_time(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hour, minute) = (number(two(parts.next()?)?)?, number(two(parts.next()?)?)?);
    let (seconds, milliseconds) = match parts.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once('.') {
            None => (number(two(seconds)?)?, 0),
            Some((seconds, fraction)) => {
                number(fraction)?;
                let digits = fraction.chars().chain("00".chars()).take(3).collect::<String>();
                (number(two(seconds)?)?, number(&digits)?)
            }
        },
    };
    let valid = parts.next().is_none() && hour < 24 && minute < 60 && seconds < 60;
    valid.then_some(((hour * 60 + minute) * 60 + seconds) * 1000 + milliseconds)
}

/// `Z`, `+0100`, `-07:00`, `+01`, in milliseconds east of UTC.
fn parse_zone(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.get(1..)?.replacen(':', "", 1);
    let (hours, minutes) = match digits.len() {
        2 => (number(&digits)?, 0),
        4 => (number(digits.get(..2)?)?, number(digits.get(2..)?)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000)
}

fn two(text: &str) -> Option<&str> {
    (text.len() == 2).then_some(text)
}

/// Digits alone, at most eighteen.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// `2009-04-01T07:00:00Z`, with milliseconds where there are some; `None` outside the years 1970 to 9999, which
/// are the ones that Extended JSON writes like this.
pub(crate) fn format(milliseconds: i64) -> Option<String> {
    let (days, rest) = (milliseconds.div_euclid(DAY), milliseconds.rem_euclid(DAY));
    let (year, month, day) = date_of(days);
    if milliseconds < 0 || year > 9999 {
        return None;
    }
    let (seconds, fraction) = (rest / 1000, rest % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction > 0 {
        text.push_str(&format!(".{fraction:03}"));
    }
    text.push('Z');
    Some(text)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Years begin in March here, so that the day that is not always there is the last one.
fn days_from_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * of_era + of_era / 4 - of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_the_tools_have_written_is_read() {
        for (text, milliseconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2009-04-01T00:00:00.000-0700", 1_238_569_200_000),
            ("2009-04-01T07:00:00Z", 1_238_569_200_000),
            ("2009-04-01T09:30:00.5+02:30", 1_238_569_200_500),
            ("2009-04-01T08:00+01", 1_238_569_200_000),
            ("2009-04-01 07:00:00.123456Z", 1_238_569_200_123),
            ("2000-02-29", 951_782_400_000),
            ("1969-12-31T23:59:59.999Z", -1),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] {
            assert_eq!(parse(text), Some(milliseconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2009",
            "2009-4-1",
            "2009-13-01",
            "2009-02-29",
            "2009-04-01T",
            "2009-04-01T25:00Z",
            "2009-04-01T00:00",
            "2009-04-01T00:00:00+1",
            "2009-04-01T00:00:00+9999",
            "2009-04-01X00:00Z",
            "２009-04-01",
            "2009-04-01T00:00:00.Z",
            "+009-04-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for milliseconds in (0..253_402_300_799_999).step_by(987_654_321_987) {
            let text = format(milliseconds).unwrap();
            assert_eq!(parse(&text), Some(milliseconds), "{text}");
        }
        assert_eq!(format(0).unwrap(), "1970-01-01T00:00:00Z");
        assert_eq!(format(951_782_400_007).unwrap(), "2000-02-29T00:00:00.007Z");
        assert_eq!(format(-1), None);
        assert_eq!(format(253_402_300_800_000), None);
        assert_eq!(format(i64::MIN), None);
        assert_eq!(format(i64::MAX), None);
    }
}

//! Dates between 1970 and 9999 as text: `2026-01-31T12:00:00Z`, with three more digits where there are milliseconds.

const DAY_MS: i64 = 86_400_000;
/// The last millisecond of the year 9999.
const LAST_MS: i64 = 253_402_300_799_999;

/// Writes the date, unless it is one that text does not cover.
pub(super) fn write(milliseconds: i64, out: &mut Vec<u8>) -> bool {
    if !(0..=LAST_MS).contains(&milliseconds) {
        return false;
    }
    let (year, month, day) = civil(milliseconds / DAY_MS);
    let rest = milliseconds % DAY_MS;
    digits(year, 4, out);
    for (mark, value) in [
        (b'-', month),
        (b'-', day),
        (b'T', rest / 3_600_000),
        (b':', rest / 60_000 % 60),
        (b':', rest / 1_000 % 60),
    ] {
        out.push(mark);
        digits(value, 2, out);
    }
    if rest % 1_000 != 0 {
        out.push(b'.');
        digits(rest % 1_000, 3, out);
    }
    out.push(b'Z');
    true
}

/// The milliseconds of a date as [`write()`] writes it.
pub(super) fn read(text: &[u8]) -> Option<i64> {
    let (main, fraction) = text.strip_suffix(b"Z")?.split_at_checked(19)?;
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = &main[from..to];
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|&(at, mark)| main[at] != mark) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let milliseconds = match fraction {
        [] => 0,
        [b'.', digits @ ..] if digits.len() == 3 && digits.iter().all(u8::is_ascii_digit) => {
            digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
        }
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days(year, month, day);
    // A day that the month does not have comes back as another one.
    if civil(days) != (year, month, day) || days < 0 {
        return None;
    }
    Some(days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1_000 + milliseconds)
}

fn digits(value: i64, count: u32, out: &mut Vec<u8>) {
    for place in (0..count).rev() {
        out.push(b'0' + (value / 10_i64.pow(place) % 10) as u8);
    }
}

/// Year, month and day of a day number; 0 is 1970-01-01. Years are counted from March here, in eras of 400.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The number of a day.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_from_1970_to_9999_comes_back() {
        let mut text = Vec::new();
        for day in 0..=LAST_MS / DAY_MS {
            for offset in [0, DAY_MS - 1] {
                text.clear();
                assert!(write(day * DAY_MS + offset, &mut text));
                assert_eq!(read(&text), Some(day * DAY_MS + offset), "{}", String::from_utf8_lossy(&text));
            }
        }
        assert_eq!(text, b"9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "Z",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01",
            "2026-01-01T00:00:00.1Z",
            "1969-12-31T23:59:59Z",
            "2026-00-10T00:00:00Z",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}

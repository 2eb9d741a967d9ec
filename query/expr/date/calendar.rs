//! The calendar: from milliseconds to years, months, weeks and days, and back.
//!
//! The invariant: any int64 of milliseconds has its parts, and nothing here overflows for years within ±10^9.

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;

/// A moment taken apart, without a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) millisecond: i64,
}

/// Days since 1970 of a date of the proleptic Gregorian calendar; a month or day beyond its range carries.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
pub(super) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468 + day - 1
}

/// Year, month and day of a day since 1970.
pub(super) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

/// How many days a month has.
pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    days_of(year, month + 1, 1) - days_of(year, month, 1)
}

impl Parts {
    /// The parts of local milliseconds.
    pub(super) fn of(milliseconds: i64) -> Parts {
        let (year, month, day) = date_of(milliseconds.div_euclid(DAY));
        let rest = milliseconds.rem_euclid(DAY);
        Parts {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            millisecond: rest % 1000,
        }
    }

    /// The local milliseconds; every part may be beyond its range and carries. `None` beyond int64.
    pub(super) fn milliseconds(self) -> Option<i64> {
        let seconds = (self.hour * 60 + self.minute) * 60 + self.second;
        let time = seconds.checked_mul(1000)?.checked_add(self.millisecond)?;
        days_of(self.year, self.month, self.day).checked_mul(DAY)?.checked_add(time)
    }

    pub(super) fn days(self) -> i64 {
        days_of(self.year, self.month, self.day)
    }

    /// From 1.
    pub(super) fn day_of_year(self) -> i64 {
        self.days() - days_of(self.year, 1, 1) + 1
    }

    /// 0 is Sunday.
    pub(super) fn day_of_week(self) -> i64 {
        weekday(self.days())
    }

    /// The week of the year, weeks beginning on Sunday; what precedes the first Sunday is week 0.
    pub(super) fn week(self) -> i64 {
        (self.day_of_year() + 6 - self.day_of_week()) / 7
    }

    /// Year, week (from 1) and day (1 is Monday) by ISO 8601.
    pub(super) fn iso_week(self) -> (i64, i64, i64) {
        let days = self.days();
        let weekday = (weekday(days) + 6) % 7;
        // The week belongs to the year its Thursday is in.
        let thursday = days - weekday + 3;
        let (year, _, _) = date_of(thursday);
        (year, (thursday - days_of(year, 1, 1)) / 7 + 1, weekday + 1)
    }
}

/// The day of the week of a day since 1970; 0 is Sunday.
pub(super) fn weekday(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

/// Days since 1970 of a day of an ISO week; week and day carry.
pub(super) fn days_of_iso(year: i64, week: i64, day: i64) -> i64 {
    let fourth = days_of(year, 1, 4);
    let monday = fourth - (weekday(fourth) + 6) % 7;
    monday + (week - 1) * 7 + day - 1
}

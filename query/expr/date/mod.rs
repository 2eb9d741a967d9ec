//! Dates: their parts, arithmetic in units of the calendar, text.
//!
//! The invariant: a date is int64 milliseconds of UTC; a time zone only says what the clock on the wall shows.

mod calendar;
mod format;
mod read;
mod unit;
mod zone;

use self::calendar::{DAY, Parts, days_of_iso};
use self::unit::Unit;
use self::zone::Zone;
use super::evaluate::{Call, Node, Prepared, Scope};
use super::parse::{Arguments, Named, Operator, Parser, named_values};
use super::type_conversion::CONVERSION_FAILURE;
use super::value::{Builder, Value, is_nullish, number, type_name};
use super::{Answer, error};
use crate::error::Result;
use crate::value::{ValueRef, View, tag};

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$dateAdd", arguments: Arguments::Named(&ADD), run: add },
    Operator { name: "$dateDiff", arguments: Arguments::Named(&DIFFERENCE_OF), run: difference },
    Operator { name: "$dateFromParts", arguments: Arguments::Own(parse_from_parts), run: from_parts },
    Operator { name: "$dateFromString", arguments: Arguments::Named(&FROM_STRING), run: from_string },
    Operator { name: "$dateSubtract", arguments: Arguments::Named(&ADD), run: subtract },
    Operator { name: "$dateToParts", arguments: Arguments::Named(&TO_PARTS), run: to_parts },
    Operator { name: "$dateToString", arguments: Arguments::Named(&TO_STRING), run: to_string },
    Operator { name: "$dateTrunc", arguments: Arguments::Named(&TRUNCATE), run: truncate },
    Operator { name: "$dayOfMonth", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$dayOfWeek", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$dayOfYear", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$hour", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$isoDayOfWeek", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$isoWeek", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$isoWeekYear", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$millisecond", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$minute", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$month", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$second", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$week", arguments: Arguments::Own(parse_part), run: part },
    Operator { name: "$year", arguments: Arguments::Own(parse_part), run: part },
];

/// A date as ISO text.
pub(super) fn shown(milliseconds: i64) -> Result<String> {
    format::write("%Y-%m-%dT%H:%M:%S.%LZ", milliseconds, &Zone::UTC)
}

/// A timestamp as MongoDB shows it: `Jan  1 00:00:00:1`.
pub(super) fn shown_timestamp(time: u32, increment: u32) -> String {
    let parts = Parts::of(i64::from(time) * 1000);
    let month = usize::try_from(parts.month - 1).ok().and_then(|index| format::MONTHS.get(index));
    let month = month.map_or("", |name| &name[..3]);
    let Parts { day, hour, minute, second, .. } = parts;
    format!("{month} {day:2} {hour:02}:{minute:02}:{second:02}:{increment}")
}

/// The date in text of a free form.
pub(super) fn read(text: &str, zone: Option<&str>) -> Result<i64> {
    let zone = zone.map(Zone::parse).transpose()?;
    read::free(text, zone.as_ref())
}

/// When an ObjectId was made, in milliseconds.
pub(super) fn of_object_id(id: &[u8; 12]) -> i64 {
    i64::from(i32::from_be_bytes([id[0], id[1], id[2], id[3]])) * 1000
}

/// The moment that a date, timestamp or ObjectId stands for.
fn moment(value: &Option<Value<'_>>) -> Option<i64> {
    match value.as_ref()?.view() {
        View::DateTime(milliseconds) => Some(milliseconds),
        View::Timestamp { time, .. } => Some(i64::from(time) * 1000),
        View::ObjectId(id) => Some(of_object_id(id)),
        _ => None,
    }
}

fn moment_or(value: &Option<Value<'_>>, code: i32, name: &str) -> Result<i64> {
    moment(value).ok_or_else(|| error(code, format!("{name} requires a date, found: {}", type_name(value))))
}

/// The time zone at an argument, UTC when it was not given, `None` for null.
fn zone_at<'a>(call: &'a Call, scope: &Scope<'_, 'a>, index: usize) -> Result<Option<Zone>> {
    if !call.has(index) {
        return Ok(Some(Zone::UTC));
    }
    let value = call.argument(index, scope)?;
    if is_nullish(&value) {
        return Ok(None);
    }
    let text = value.as_ref().and_then(|value| value.as_ref().as_str()).ok_or_else(|| {
        error(40517, format!("timezone must evaluate to a string, found {}", type_name(&value)))
    })?;
    Zone::parse(text).map(Some)
}

const PART: Named =
    Named { fields: &[("date", Some(40539)), ("timezone", None)], not_a_document: 40536, unknown: 40535 };

/// A date alone, in an array of its own, or with a time zone.
fn parse_part(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let named = operand
        .as_document()
        .filter(|document| document.elements().next().is_none_or(|first| first.name.first() != Some(&b'$')));
    if named.is_some() {
        return parser.named(operator, &PART, operand);
    }
    let arguments = parser.positional(operand)?;
    if arguments.len() != 1 {
        let message = format!("{} accepts exactly one argument if given an array", operator.name);
        return Err(error(40536, message));
    }
    Ok(Call { operator, arguments, prepared: Prepared::Nothing })
}

fn part<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    let zone = zone_at(call, scope, 1)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    let Some(zone) = zone else { return Ok(Some(Value::NULL)) };
    let parts = Parts::of(zone.local(moment_or(&value, 16006, call.name())?));
    let number = match call.name() {
        "$year" => parts.year,
        "$month" => parts.month,
        "$dayOfMonth" => parts.day,
        "$dayOfYear" => parts.day_of_year(),
        "$dayOfWeek" => parts.day_of_week() + 1,
        "$hour" => parts.hour,
        "$minute" => parts.minute,
        "$second" => parts.second,
        "$millisecond" => parts.millisecond,
        "$week" => parts.week(),
        "$isoWeek" => parts.iso_week().1,
        "$isoDayOfWeek" => parts.iso_week().2,
        _ => return Ok(Some(Value::int64(parts.iso_week().0))),
    };
    Ok(Some(Value::integer(number)))
}

/// The text at an argument, `None` for null.
fn text_at<'a>(call: &'a Call, scope: &Scope<'_, 'a>, index: usize, code: i32) -> Result<Option<String>> {
    let value = call.argument(index, scope)?;
    if is_nullish(&value) {
        return Ok(None);
    }
    let text = value.as_ref().and_then(|value| value.as_ref().as_str());
    text.map(|text| Some(text.to_owned())).ok_or_else(|| {
        error(code, format!("{} requires a string, found: {}", call.name(), type_name(&value)))
    })
}

const ADD: Named = Named {
    fields: &[
        ("startDate", Some(5166402)),
        ("unit", Some(5166402)),
        ("amount", Some(5166402)),
        ("timezone", None),
    ],
    not_a_document: 5166400,
    unknown: 5166401,
};

fn moved<'a>(call: &'a Call, scope: &Scope<'_, 'a>, backwards: bool) -> Answer<'a> {
    let start = call.argument(0, scope)?;
    let amount = call.argument(2, scope)?;
    let unit = text_at(call, scope, 1, 5439013)?.map(|unit| Unit::parse(&unit)).transpose()?;
    let zone = zone_at(call, scope, 3)?;
    let (Some(unit), Some(zone), false, false) = (unit, zone, is_nullish(&start), is_nullish(&amount)) else {
        return Ok(Some(Value::NULL));
    };
    let start = moment_or(&start, 5166403, call.name())?;
    let by = number(&amount)
        .and_then(|amount| amount.as_i64_exact())
        .ok_or_else(|| error(5166405, format!("{} expects integer amount of time units", call.name())))?;
    let by = if backwards {
        by.checked_neg().ok_or_else(|| error(6045000, "invalid $dateSubtract 'amount' parameter value"))?
    } else {
        by
    };
    unit::add(start, unit, by, &zone).map(|date| Some(Value::date(date)))
}

fn add<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    moved(call, scope, false)
}

fn subtract<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    moved(call, scope, true)
}

/// The day that weeks begin with, Sunday when it is not said; `None` for null. Only asked of weeks.
fn week_start_at<'a>(call: &'a Call, scope: &Scope<'_, 'a>, index: usize, unit: Unit) -> Result<Option<i64>> {
    if unit != Unit::Week || !call.has(index) {
        return Ok(Some(0));
    }
    text_at(call, scope, index, 5439015)?.map(|day| unit::weekday_of(&day)).transpose()
}

const DIFFERENCE_OF: Named = Named {
    fields: &[
        ("startDate", Some(5166303)),
        ("endDate", Some(5166304)),
        ("unit", Some(5166305)),
        ("timezone", None),
        ("startOfWeek", None),
    ],
    not_a_document: 5166301,
    unknown: 5166302,
};

fn difference<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (start, end) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&start) || is_nullish(&end) {
        return Ok(Some(Value::NULL));
    }
    let Some(unit) = text_at(call, scope, 2, 5439013)? else { return Ok(Some(Value::NULL)) };
    let unit = Unit::parse(&unit)?;
    let Some(week_start) = week_start_at(call, scope, 4, unit)? else { return Ok(Some(Value::NULL)) };
    let Some(zone) = zone_at(call, scope, 3)? else { return Ok(Some(Value::NULL)) };
    let start = moment_or(&start, 5166307, "$dateDiff")?;
    let end = moment_or(&end, 5166307, "$dateDiff")?;
    unit::difference(start, end, unit, &zone, week_start).map(|count| Some(Value::int64(count)))
}

const TRUNCATE: Named = Named {
    fields: &[
        ("date", Some(5439009)),
        ("unit", Some(5439010)),
        ("binSize", None),
        ("timezone", None),
        ("startOfWeek", None),
    ],
    not_a_document: 5439007,
    unknown: 5439008,
};

fn truncate<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let date = call.argument(0, scope)?;
    if is_nullish(&date) {
        return Ok(Some(Value::NULL));
    }
    let bin = call.argument(2, scope)?;
    let Some(unit) = text_at(call, scope, 1, 5439013)? else { return Ok(Some(Value::NULL)) };
    let unit = Unit::parse(&unit)?;
    let bin = match call.has(2) {
        false => 1,
        true if is_nullish(&bin) => return Ok(Some(Value::NULL)),
        true => {
            let bin = number(&bin).and_then(|bin| bin.as_i64_exact()).ok_or_else(|| {
                error(
                    5439017,
                    format!(
                        "$dateTrunc requires 'binSize' to be a 64-bit integer, found {}",
                        type_name(&bin)
                    ),
                )
            })?;
            if bin <= 0 {
                return Err(error(
                    5439018,
                    format!("$dateTrunc requires 'binSize' to be greater than 0, found {bin}"),
                ));
            }
            bin
        }
    };
    let Some(week_start) = week_start_at(call, scope, 4, unit)? else { return Ok(Some(Value::NULL)) };
    let Some(zone) = zone_at(call, scope, 3)? else { return Ok(Some(Value::NULL)) };
    let date = moment_or(&date, 5166307, "$dateTrunc")?;
    unit::truncate(date, unit, bin, &zone, week_start).map(|date| Some(Value::date(date)))
}

const FROM_PARTS: Named = Named {
    fields: &[
        ("year", None),
        ("month", None),
        ("day", None),
        ("hour", None),
        ("minute", None),
        ("second", None),
        ("millisecond", None),
        ("isoWeekYear", None),
        ("isoWeek", None),
        ("isoDayOfWeek", None),
        ("timezone", None),
    ],
    not_a_document: 40519,
    unknown: 40518,
};

fn parse_from_parts(
    parser: &mut Parser<'_>,
    operator: &'static Operator,
    operand: ValueRef<'_>,
) -> Result<Call> {
    let values = named_values(operator.name, &FROM_PARTS, operand)?;
    let (year, iso_year) = (values[0].is_some(), values[7].is_some());
    if !year && !iso_year {
        return Err(error(40516, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present"));
    }
    if year && (iso_year || values[8].is_some() || values[9].is_some()) {
        return Err(error(40489, "$dateFromParts does not allow mixing natural dates with ISO dates"));
    }
    if iso_year && (values[1].is_some() || values[2].is_some()) {
        return Err(error(40525, "$dateFromParts does not allow mixing ISO dates with natural dates"));
    }
    let arguments = values.into_iter().map(|value| value.map(|value| parser.expression(value)).transpose());
    let arguments: Vec<Option<Node>> = arguments.collect::<Result<_>>()?;
    Ok(Call { operator, arguments, prepared: Prepared::Nothing })
}

fn from_parts<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let mut parts = [1970, 1, 1, 0, 0, 0, 0, 1970, 1, 1];
    let mut missing = false;
    for (index, part) in parts.iter_mut().enumerate() {
        if !call.has(index) {
            continue;
        }
        let value = call.argument(index, scope)?;
        if is_nullish(&value) {
            missing = true;
            continue;
        }
        let (name, _) = FROM_PARTS.fields[index];
        *part = number(&value).and_then(|value| value.as_i64_exact()).ok_or_else(|| {
            error(40515, format!("'{name}' must evaluate to an integer, found {}", type_name(&value)))
        })?;
        if matches!(index, 0 | 7) {
            if !(1..=9999).contains(part) {
                return Err(error(
                    40523,
                    format!("'{name}' must evaluate to an integer in the range 1 to 9999, found {part}"),
                ));
            }
        } else if index < 5 && !(-32768..=32767).contains(part)
            || index > 7 && !(-32768..=32767).contains(part)
        {
            return Err(error(
                31034,
                format!(
                    "'{name}' must evaluate to a value in the range [-32768, 32767]; value {part} is not in range"
                ),
            ));
        }
    }
    let Some(zone) = zone_at(call, scope, 10)? else { return Ok(Some(Value::NULL)) };
    if missing {
        return Ok(Some(Value::NULL));
    }
    let [year, month, day, hour, minute, second, millisecond, iso_year, iso_week, iso_day] = parts;
    let time = second.checked_mul(1000).and_then(|seconds| seconds.checked_add(millisecond));
    let time = time.and_then(|time| time.checked_add((hour * 60 + minute) * 60_000));
    let days = if call.has(7) {
        days_of_iso(iso_year, iso_week, iso_day)
    } else {
        calendar::days_of(year, month, day)
    };
    let local = time.and_then(|time| time.checked_add(days * DAY));
    match local.and_then(|local| zone.moment(local)) {
        Some(date) => Ok(Some(Value::date(date))),
        None => Err(crate::Error::new(crate::Code::OVERFLOW, "$dateFromParts: the date is out of range")),
    }
}

const TO_PARTS: Named = Named {
    fields: &[("date", Some(40522)), ("timezone", None), ("iso8601", None)],
    not_a_document: 40524,
    unknown: 40520,
};

fn to_parts<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    let zone = zone_at(call, scope, 1)?;
    let iso = call.argument(2, scope)?;
    let iso = match iso.as_ref().map(Value::view) {
        None if !call.has(2) => false,
        None | Some(View::Null | View::Undefined) => return Ok(Some(Value::NULL)),
        Some(View::Boolean(iso)) => iso,
        Some(_) => {
            return Err(error(40521, format!("iso8601 must evaluate to a bool, found {}", type_name(&iso))));
        }
    };
    let Some(zone) = zone else { return Ok(Some(Value::NULL)) };
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    let parts = Parts::of(zone.local(moment_or(&value, 16006, "$dateToParts")?));
    let mut out = Builder::document();
    let (iso_year, iso_week, iso_day) = parts.iso_week();
    let date = if iso {
        [("isoWeekYear", iso_year), ("isoWeek", iso_week), ("isoDayOfWeek", iso_day)]
    } else {
        [("year", parts.year), ("month", parts.month), ("day", parts.day)]
    };
    let time = [
        ("hour", parts.hour),
        ("minute", parts.minute),
        ("second", parts.second),
        ("millisecond", parts.millisecond),
    ];
    for (name, part) in date.into_iter().chain(time) {
        out.field(name.as_bytes(), Value::integer(part).as_ref())?;
    }
    out.finish().map(Some)
}

const TO_STRING: Named = Named {
    fields: &[("date", Some(18628)), ("format", None), ("timezone", None), ("onNull", None)],
    not_a_document: 18629,
    unknown: 18534,
};

fn to_string<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    let format = text_at(call, scope, 1, 18533)?;
    if let Some(format) = &format {
        format::check(format)?;
    }
    let zone = zone_at(call, scope, 2)?;
    if is_nullish(&value) {
        return if call.has(3) { call.argument(3, scope) } else { Ok(Some(Value::NULL)) };
    }
    let Some(zone) = zone else { return Ok(Some(Value::NULL)) };
    let format = match format {
        Some(format) => format,
        None if call.has(1) => return Ok(Some(Value::NULL)),
        None if zone.is_utc() => "%Y-%m-%dT%H:%M:%S.%LZ".into(),
        None => "%Y-%m-%dT%H:%M:%S.%L".into(),
    };
    let date = moment_or(&value, 16006, "$dateToString")?;
    format::write(&format, date, &zone).map(|text| Some(Value::string(&text)))
}

const FROM_STRING: Named = Named {
    fields: &[
        ("dateString", Some(40542)),
        ("format", None),
        ("timezone", None),
        ("onError", None),
        ("onNull", None),
    ],
    not_a_document: 40540,
    unknown: 40541,
};

fn from_string<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    let format = text_at(call, scope, 1, 40684)?;
    if let Some(format) = &format {
        format::check(format)?;
    }
    let given_zone = call.has(2);
    let zone = zone_at(call, scope, 2)?;
    if is_nullish(&value) {
        return if call.has(4) { call.argument(4, scope) } else { Ok(Some(Value::NULL)) };
    }
    let Some(zone) = zone else { return Ok(Some(Value::NULL)) };
    if format.is_none() && call.has(1) {
        return Ok(Some(Value::NULL));
    }
    let zone = given_zone.then_some(&zone);
    let text = value.as_ref().filter(|value| value.tag() == tag::STRING);
    let parsed = match text.and_then(|text| text.as_ref().as_str()) {
        None => Err(super::type_conversion::failed(format!(
            "$dateFromString requires that 'dateString' be a string, found: {}",
            type_name(&value)
        ))),
        Some(text) => match &format {
            Some(format) => read::formatted(text, format, zone),
            None => read::free(text, zone),
        },
    };
    match parsed {
        Err(error) if error.code() == CONVERSION_FAILURE && call.has(3) => call.argument(3, scope),
        other => other.map(|date| Some(Value::date(date))),
    }
}

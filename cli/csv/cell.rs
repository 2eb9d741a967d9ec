//! What a cell's text is: the types of columns, and which of them a text fits.

use crate::input::Input;
use crate::json::{self, Purpose, parse_date};
use anser_query::value::{DocumentRef, tag};
use bson::{Decimal128, oid::ObjectId};

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// The text as it stands.
    String,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A binary floating point number.
    Double,
    /// A decimal number of 34 digits.
    Decimal,
    /// `true` or `false`.
    Bool,
    /// A day, or a day and a time with its zone.
    Date,
    /// 24 hexadecimal digits.
    ObjectId,
    /// A JSON value.
    Json,
    /// Whatever each cell looks like.
    Auto,
}

/// The types that are guessed, narrow ones first: a column has the first one that all of its cells fit.
const GUESSED: [Type; 7] =
    [Type::Int32, Type::Int64, Type::Double, Type::Bool, Type::Date, Type::ObjectId, Type::Json];

impl Type {
    /// The type that `--types` calls `name`.
    pub(super) fn named(name: &str) -> Option<Type> {
        Some(match name {
            "string" => Type::String,
            "int32" | "int" => Type::Int32,
            "int64" | "long" => Type::Int64,
            "double" => Type::Double,
            "decimal" => Type::Decimal,
            "bool" | "boolean" => Type::Bool,
            "date" => Type::Date,
            "objectid" | "objectId" => Type::ObjectId,
            "json" => Type::Json,
            "auto" => Type::Auto,
            _ => return None,
        })
    }

    /// What `--types` calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Type::String => "string",
            Type::Int32 => "int32",
            Type::Int64 => "int64",
            Type::Double => "double",
            Type::Decimal => "decimal",
            Type::Bool => "bool",
            Type::Date => "date",
            Type::ObjectId => "objectid",
            Type::Json => "json",
            Type::Auto => "auto",
        }
    }

    /// Appends the value of `text`; gives its type byte, or `None` when the text is none of this type.
    pub(super) fn write(self, text: &str, out: &mut Vec<u8>) -> Option<u8> {
        let tag = match self {
            Type::String => {
                out.extend_from_slice(&i32::try_from(text.len() + 1).ok()?.to_le_bytes());
                out.extend_from_slice(text.as_bytes());
                out.push(0);
                tag::STRING
            }
            Type::Int32 => {
                out.extend_from_slice(&text.parse::<i32>().ok()?.to_le_bytes());
                tag::INT32
            }
            Type::Int64 => {
                out.extend_from_slice(&text.parse::<i64>().ok()?.to_le_bytes());
                tag::INT64
            }
            Type::Double => {
                out.extend_from_slice(&text.parse::<f64>().ok()?.to_le_bytes());
                tag::DOUBLE
            }
            Type::Decimal => {
                out.extend_from_slice(&text.parse::<Decimal128>().ok()?.bytes());
                tag::DECIMAL128
            }
            Type::Bool => {
                let value = match text {
                    _ if text.eq_ignore_ascii_case("true") => true,
                    _ if text.eq_ignore_ascii_case("false") => false,
                    _ => return None,
                };
                out.push(u8::from(value));
                tag::BOOLEAN
            }
            Type::Date => {
                out.extend_from_slice(&parse_date(text)?.to_le_bytes());
                tag::DATE_TIME
            }
            Type::ObjectId => {
                out.extend_from_slice(&ObjectId::parse_str(text).ok()?.bytes());
                tag::OBJECT_ID
            }
            Type::Json => return json_value(text, out),
            Type::Auto => return guess_one(text).write(text, out),
        };
        Some(tag)
    }
}

/// Any JSON value; it is read as the field of a document.
fn json_value(text: &str, out: &mut Vec<u8>) -> Option<u8> {
    let input = Input::text("cell", &format!("{{\"v\":{text}}}")).ok()?;
    let mut written = None;
    let read = json::documents(&input, Purpose::Data, &mut |document, _| {
        let document = DocumentRef::new(document.as_bytes());
        // More than one field, or document, is text that only looked like a value.
        if written.is_none()
            && document.len() == 1
            && let Some(value) = document.get(b"v")
        {
            out.extend_from_slice(value.bytes);
            written = Some(value.tag);
        } else {
            written = None;
        }
        Ok(())
    });
    read.ok().and(written)
}

/// Which types all cells of a column fit so far.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    fits: [bool; GUESSED.len()],
    seen: bool,
}

impl Guess {
    pub(super) fn new() -> Guess {
        Guess { fits: [true; GUESSED.len()], seen: false }
    }

    /// Takes another cell into account; an empty one says nothing.
    pub(super) fn see(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.seen = true;
        for (fits, guessed) in self.fits.iter_mut().zip(GUESSED) {
            *fits = *fits && fits_plainly(guessed, text);
        }
    }

    /// The type: a string where nothing narrower fits every cell.
    pub(super) fn type_of_column(&self) -> Type {
        let first = self.fits.iter().zip(GUESSED).find(|(fits, _)| **fits);
        first.filter(|_| self.seen).map_or(Type::String, |(_, guessed)| guessed)
    }
}

fn guess_one(text: &str) -> Type {
    let mut guess = Guess::new();
    guess.see(text);
    guess.type_of_column()
}

/// Whether a text is surely meant as this type. `007`, `+1` and numbers beyond 64 bits are texts, and so is a day
/// without a time.
fn fits_plainly(guessed: Type, text: &str) -> bool {
    match guessed {
        Type::Int32 | Type::Int64 => is_number(text, false) && guessed.write(text, &mut Vec::new()).is_some(),
        Type::Double => is_number(text, true) && text.parse::<f64>().is_ok_and(f64::is_finite),
        Type::Bool => matches!(text, "true" | "false"),
        Type::Date => text.len() > 10 && parse_date(text).is_some(),
        Type::ObjectId => text.len() == 24 && ObjectId::parse_str(text).is_ok(),
        Type::Json => text.starts_with(['[', '{']) && json_value(text, &mut Vec::new()).is_some(),
        Type::String | Type::Decimal | Type::Auto => false,
    }
}

/// Whether a text is a number as JSON writes it; a whole one that no integer holds is none.
fn is_number(text: &str, fraction: bool) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = digits.split_at(whole);
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return false;
    }
    if rest.is_empty() {
        return text.parse::<i64>().is_ok() && text != "-0";
    }
    fraction && rest.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(cells: &[&str]) -> Type {
        let mut guess = Guess::new();
        cells.iter().for_each(|cell| guess.see(cell));
        guess.type_of_column()
    }

    #[test]
    fn a_column_has_the_narrowest_type_that_all_its_cells_fit() {
        assert_eq!(guess(&["1", "", "-2"]), Type::Int32);
        assert_eq!(guess(&["1", "3000000000"]), Type::Int64);
        assert_eq!(guess(&["1", "2.5", "1e3"]), Type::Double);
        assert_eq!(guess(&["true", "false"]), Type::Bool);
        assert_eq!(guess(&["2009-04-01T07:00:00Z"]), Type::Date);
        assert_eq!(guess(&["5ca4bbc7a2dd94ee5816238c"]), Type::ObjectId);
        assert_eq!(guess(&["[1,2]", "{\"a\":1}"]), Type::Json);
        for texts in [
            &["1", "x"][..],
            &["", ""],
            &["007"],
            &["+1"],
            &["99999999999999999999"],
            &["2009-04-01"],
            &["true", "1"],
            &["[1", "[2]"],
            &["NaN"],
            &["1", "[1]"],
            &["1.5.5"],
            &["1e999"],
        ] {
            assert_eq!(guess(texts), Type::String, "{texts:?}");
        }
    }

    #[test]
    fn a_cell_that_does_not_fit_its_type_is_none() {
        for (wanted, text) in [
            (Type::Int32, "3000000000"),
            (Type::Int64, "1.5"),
            (Type::Double, "x"),
            (Type::Bool, "yes"),
            (Type::Date, "tomorrow"),
            (Type::ObjectId, "12"),
            (Type::Json, "[1"),
            (Type::Json, "1,\"w\":2"),
            (Type::Json, "1}{\"v\":2"),
            (Type::Decimal, "one"),
        ] {
            assert_eq!(wanted.write(text, &mut Vec::new()), None, "{wanted:?} {text}");
        }
        assert_eq!(Type::Date.write("2009-04-01", &mut Vec::new()), Some(tag::DATE_TIME));
        assert_eq!(Type::Auto.write("7", &mut Vec::new()), Some(tag::INT32));
        assert_eq!(Type::Auto.write("x", &mut Vec::new()), Some(tag::STRING));
        assert_eq!(Type::Json.write("null", &mut Vec::new()), Some(tag::NULL));
    }
}

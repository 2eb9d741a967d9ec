//! Documents out of JSON: one after the other, or in arrays, however they are broken into lines.
//!
//! The invariant: one document is in memory at a time, and each is handed on with the line that it begins in.

use super::value::{Purpose, Value};
use crate::failure::{Exit, Failure, Result};
use crate::input::Input;
use anser_query::value::tag;
use bson::RawDocumentBuf;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// What documents are handed to, with the line that they begin in.
pub(crate) type Sink<'s> = &'s mut dyn FnMut(RawDocumentBuf, u64) -> Result<()>;

/// Hands every document of `input` to `sink`, in order; ends at the first failure of either.
pub(crate) fn documents(input: &Input, purpose: Purpose, sink: Sink<'_>) -> Result<()> {
    let mut json = serde_json::Deserializer::from_reader(input);
    let mut stopped = None;
    while json.end().is_err() {
        let top = Top { input, purpose, sink, stopped: &mut stopped, array: true };
        let result = top.deserialize(&mut json);
        if let Some(failure) = stopped {
            return Err(failure);
        }
        result.map_err(|error| failure_of(input, &error))?;
    }
    Ok(())
}

/// The one document that an argument such as a filter is.
pub(crate) fn argument(name: &str, text: &str) -> Result<RawDocumentBuf> {
    let input = Input::text(name, text)?;
    let mut found = None;
    let result = documents(&input, Purpose::Question, &mut |document, _| {
        if found.replace(document).is_some() {
            return Err(Failure::usage(format!("{name} is one document, found more: {text}")));
        }
        Ok(())
    });
    if let Err(mut failure) = result {
        failure.exit = Exit::Usage;
        if failure.to_string().contains("key must be a string") {
            failure = failure.with_advice("Names stand in double quotes: '{\"age\": {\"$gte\": 18}}'");
        }
        return Err(failure);
    }
    found.ok_or_else(|| Failure::usage(format!("{name} is empty; a document is {{\"age\": 18}}")))
}

fn failure_of(input: &Input, error: &serde_json::Error) -> Failure {
    let text = error.to_string();
    if error.is_io() {
        return Failure::input(format!("cannot read {}: {text}", input.name()));
    }
    let (line, column) = (error.line() as u64, error.column() as u64);
    // The place stands in front already.
    let why = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
    input.broken_at(line, column, why)
}

/// A document, or an array of documents.
struct Top<'t, 's> {
    input: &'t Input,
    purpose: Purpose,
    sink: Sink<'s>,
    stopped: &'t mut Option<Failure>,
    /// Whether an array is taken; not inside of one.
    array: bool,
}

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.array { "a document or an array of documents" } else { "a document" })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<(), A::Error> {
        let line = self.input.line();
        let mut bytes = Vec::new();
        if (Value { out: &mut bytes, purpose: self.purpose }).visit_map(map)? != tag::DOCUMENT {
            return Err(A::Error::custom("expected a document, found an object that stands for a value"));
        }
        let document = RawDocumentBuf::from_bytes(bytes).map_err(A::Error::custom)?;
        (self.sink)(document, line).map_err(|failure| {
            *self.stopped = Some(failure);
            A::Error::custom("stopped")
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> std::result::Result<(), A::Error> {
        if !self.array {
            return Err(A::Error::custom("expected a document, found an array in an array"));
        }
        let Top { input, purpose, sink, stopped, .. } = self;
        loop {
            let element = Top { input, purpose, sink: &mut *sink, stopped: &mut *stopped, array: false };
            if elements.next_element_seed(element)?.is_none() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Bson, Document, doc};

    fn read(text: &str) -> Result<Vec<Document>> {
        let mut found = Vec::new();
        documents(&Input::text("x.json", text)?, Purpose::Data, &mut |document, _| {
            found.push(Document::try_from(document).unwrap());
            Ok(())
        })?;
        Ok(found)
    }

    fn value(json: &str) -> Bson {
        let mut documents = read(&format!("{{\"v\": {json}}}")).unwrap_or_else(|error| panic!("{error}"));
        documents.remove(0).remove("v").unwrap()
    }

    fn error(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn numbers_have_their_type_from_their_text() {
        assert_eq!(value("1"), Bson::Int32(1));
        assert_eq!(value("-2147483648"), Bson::Int32(i32::MIN));
        assert_eq!(value("2147483648"), Bson::Int64(1 << 31));
        assert_eq!(value("-2147483649"), Bson::Int64(-2_147_483_649));
        assert_eq!(value("3000000000"), Bson::Int64(3_000_000_000));
        assert_eq!(value("9223372036854775807"), Bson::Int64(i64::MAX));
        assert_eq!(value("9223372036854775808"), Bson::Double(9_223_372_036_854_775_808.0));
        assert_eq!(value("1.0"), Bson::Double(1.0));
        assert_eq!(value("1e3"), Bson::Double(1000.0));
        assert_eq!(value("57.92947112575566"), Bson::Double(57.92947112575566));
        assert_eq!(value("0.1e-6"), Bson::Double(1e-7));
    }

    #[test]
    fn documents_come_in_lines_in_arrays_and_in_both() {
        let three = vec![doc! { "a": 1 }, doc! { "a": 2 }, doc! { "a": 3 }];
        for text in [
            "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n",
            "{\"a\":1}\r\n{\"a\":2}\r\n\r\n{\"a\":3}",
            "\u{feff}{\"a\":1}{\"a\":2}{\"a\":3}",
            "[{\"a\":1},{\"a\":2},\n{\"a\":3}]",
            "\u{feff}\n[{\"a\":1}]\n[]{\"a\":2} [ {\n\"a\" :3\n} ]",
        ] {
            assert_eq!(read(text).unwrap(), three, "{text}");
        }
        assert_eq!(read("").unwrap(), Vec::<Document>::new());
        assert_eq!(read(" \r\n\t[]").unwrap(), Vec::<Document>::new());
    }

    #[test]
    fn fields_keep_their_order_and_even_stand_twice() {
        let mut bytes = Vec::new();
        let input = Input::text("x", r#"{"z":1,"a":2,"z":3}"#).unwrap();
        documents(&input, Purpose::Data, &mut |document, _| {
            bytes = document.iter().map(|element| element.unwrap().0.as_str().to_owned()).collect();
            Ok(())
        })
        .unwrap();
        assert_eq!(bytes, ["z", "a", "z"]);
    }

    #[test]
    fn every_wrapper_is_the_value_that_it_stands_for() {
        let date = |milliseconds| Bson::DateTime(bson::DateTime::from_millis(milliseconds));
        assert_eq!(value(r#"{"$numberInt":"7"}"#), Bson::Int32(7));
        assert_eq!(value(r#"{"$numberLong":"7"}"#), Bson::Int64(7));
        assert_eq!(value(r#"{"$numberLong":7}"#), Bson::Int64(7));
        assert_eq!(value(r#"{"$numberDouble":"-Infinity"}"#), Bson::Double(f64::NEG_INFINITY));
        assert_eq!(value(r#"{"$numberDouble":"7"}"#), Bson::Double(7.0));
        assert_eq!(value(r#"{"$date":"2009-04-01T00:00:00.000-0700"}"#), date(1_238_569_200_000));
        assert_eq!(value(r#"{"$date":1238569200000}"#), date(1_238_569_200_000));
        assert_eq!(value(r#"{"$date":{"$numberLong":"-1"}}"#), date(-1));
        assert_eq!(value(r#"{"$undefined":true}"#), Bson::Undefined);
        assert_eq!(value(r#"{"$minKey":1}"#), Bson::MinKey);
        assert_eq!(value(r#"{"$symbol":"s"}"#), Bson::Symbol("s".to_owned()));
        assert_eq!(
            value(r#"{"$timestamp":{"t":4294967295,"i":2}}"#),
            Bson::Timestamp(bson::Timestamp { time: u32::MAX, increment: 2 })
        );
        for (json, subtype) in [
            (r#"{"$binary":{"base64":"AQI=","subType":"80"}}"#, 0x80),
            (r#"{"$binary":"AQI=","$type":"5"}"#, 5),
            (r#"{"$type":"05","$binary":"AQI="}"#, 5),
        ] {
            let Bson::Binary(binary) = value(json) else { panic!("{json}") };
            assert_eq!((u8::from(binary.subtype), binary.bytes), (subtype, vec![1, 2]));
        }
        let Bson::RegularExpression(regex) = value(r#"{"$regex":"^a","$options":"xi"}"#) else { panic!() };
        assert_eq!((regex.pattern.as_str(), regex.options.as_str()), ("^a", "ix"));
    }

    #[test]
    fn what_only_looks_like_a_wrapper_stays_a_document() {
        for json in [
            r#"{"$ref":"c","$id":1}"#,
            r#"{"$type":2}"#,
            r#"{"$regex":"^a"}"#,
            r#"{"$gte":1}"#,
            r#"{"a":1,"$oid":"x"}"#,
        ] {
            assert!(matches!(value(json), Bson::Document(_)), "{json}");
        }
        let filter = argument("FILTER", r#"{"a":{"$regex":"^a","$options":"i"}}"#).unwrap();
        assert!(filter.get_document("a").is_ok(), "an operator in a question");
    }

    #[test]
    fn a_broken_wrapper_says_what_it_needs() {
        for (json, needs) in [
            (r#"{"$oid":"xyz"}"#, "24 hexadecimal digits"),
            (r#"{"$date":"yesterday"}"#, "a date such as"),
            (r#"{"$date":1.5}"#, "a date such as"),
            (r#"{"$numberInt":"3000000000"}"#, "32 bits"),
            (r#"{"$numberDouble":"inf"}"#, "Infinity"),
            (r#"{"$numberLong":"1","b":2}"#, "no other field beside it"),
            (r#"{"$binary":"?","$type":"00"}"#, "base64"),
            (r#"{"$timestamp":{"t":1}}"#, "\"t\""),
            (r#"{"$code":1}"#, "a string"),
        ] {
            let error = error(&format!("{{\"v\":{json}}}"));
            assert!(error.contains(needs) && error.contains("x.json, line 1, column "), "{error}");
        }
    }

    #[test]
    fn an_error_shows_line_column_and_the_text_around() {
        assert_eq!(
            error("{\"a\": 1}\n{\"a\": 2 \"b\": 3}\n"),
            "x.json, line 2, column 9: expected `,` or `}`\n  {\"a\": 2 \"b\": 3}\n          ^"
        );
        assert_eq!(
            error("{\"é\": 1, nope}"),
            "x.json, line 1, column 11: key must be a string\n  {\"é\": 1, nope}\n           ^"
        );
        assert!(
            error("{\"a\": 1").contains("line 1, column 7: EOF while parsing an object"),
            "{}",
            error("{\"a\": 1")
        );
        assert!(error("[{\"a\":1},[]]").contains("an array in an array"));
        assert!(error("{\"a\":1} 7").contains("expected a document or an array of documents"));
        assert!(error("{\"a\":1},{\"a\":2}").contains("line 1, column 8"));
        let long = format!("{{\"long\": \"{}\", oops, \"more\": \"{0}\"}}", "x".repeat(9000));
        let error = error(&long);
        assert!(error.len() < 300 && error.contains("…xxx") && error.contains("xxx…"), "{error}");
    }

    #[test]
    fn what_is_too_deep_or_too_long_is_an_error() {
        assert!(error(&"{\"a\":".repeat(100_000)).contains("recursion limit"));
        assert!(error(&format!("{{\"a\":{}", "[".repeat(100_000))).contains("recursion limit"));
        let many =
            format!("{{\"a\":[{}1]}}", "\"0123456789012345678901234567890123456789\",".repeat(400_000));
        assert!(error(&many).contains("more than 16777216 bytes"));
        assert!(error("{\"a\\u0000b\":1}").contains("NUL"));
    }
}

//! Storage URLs: `memory:`, `sqlite:./app.db?durability=within:100ms`.
//!
//! Only the form is judged here. What a path means, and which options exist, each strategy says itself.

use crate::durability::Durability;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::time::Duration;

/// A storage URL, taken apart: `scheme:path?name=value&name=value`.
///
/// The path ends at the first `?`; a question mark inside a path is written `%3F` (and a percent sign before
/// two such digits `%25`). Everything else in a path stands as written, backslashes and drive letters
/// included. Names and values of options are percent-decoded.
///
/// ```
/// use anser_storage::{Durability, StorageUrl};
///
/// let url = StorageUrl::parse("sqlite:./app.db?durability=os")?;
/// assert_eq!(url.scheme, "sqlite");
/// assert_eq!(url.path, "./app.db");
/// assert_eq!(url.durability()?, Some(Durability::Os));
/// # Ok::<(), anser_storage::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageUrl {
    /// The part before the first colon, in lower case.
    pub scheme: String,
    /// The part between colon and `?`; empty for `memory:`.
    pub path: String,
    /// The options, in their order, decoded; no name stands twice.
    pub options: Vec<(String, String)>,
}

impl StorageUrl {
    /// Takes `text` apart.
    ///
    /// # Errors
    /// InvalidUrl, saying what a URL looks like.
    pub fn parse(text: &str) -> Result<StorageUrl> {
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(invalid(text, "has no scheme"));
        };
        let scheme = parse_scheme(text, scheme, rest)?;
        if rest.contains('\0') {
            return Err(invalid(text, "holds a NUL character"));
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, query),
            None => (rest, ""),
        };
        let path = decode_path(path);
        let mut options: Vec<(String, String)> = Vec::new();
        if !query.is_empty() {
            for option in query.split('&') {
                let (name, value) = parse_option(text, option)?;
                if options.iter().any(|(known, _)| *known == name) {
                    return Err(invalid(text, format!("gives the option {name:?} twice")));
                }
                options.push((name, value));
            }
        }
        Ok(StorageUrl { scheme, path, options })
    }

    /// The value of the option `name`, where it is given.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The `durability` option: `synced`, `os` or `within:100ms` (units `ms`, `s`, `m`). `None` when it is absent.
    ///
    /// # Errors
    /// InvalidUrl when the value is none of these.
    pub fn durability(&self) -> Result<Option<Durability>> {
        let Some(value) = self.option("durability") else {
            return Ok(None);
        };
        let durability = match value {
            "synced" => Some(Durability::Synced),
            "os" => Some(Durability::Os),
            _ => value.strip_prefix("within:").and_then(parse_duration).map(Durability::Within),
        };
        match durability {
            Some(durability) => Ok(Some(durability)),
            None => Err(Error::new(
                ErrorKind::InvalidUrl,
                format!(
                    "the option durability of `{self}` is {value:?}; it is synced, os or within:<time>, \
                     where a time is a whole number above 0 and a unit, for example 100ms, 2s or 1m"
                ),
            )),
        }
    }
}

impl std::str::FromStr for StorageUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<StorageUrl> {
        StorageUrl::parse(text)
    }
}

/// Writes the URL so that [`StorageUrl::parse`] gives the same one again.
impl fmt::Display for StorageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        f.write_str(&encode_path(&self.path))?;
        for (position, (name, value)) in self.options.iter().enumerate() {
            f.write_str(if position == 0 { "?" } else { "&" })?;
            write_encoded(f, name)?;
            f.write_str("=")?;
            write_encoded(f, value)?;
        }
        Ok(())
    }
}

fn invalid(text: &str, what: impl fmt::Display) -> Error {
    Error::new(
        ErrorKind::InvalidUrl,
        format!(
            "`{text}` {what}; a storage URL is scheme:path?option=value, for example memory: or sqlite:./app.db"
        ),
    )
}

fn parse_scheme(text: &str, scheme: &str, rest: &str) -> Result<String> {
    if scheme.is_empty() {
        return Err(invalid(text, "has no scheme before the colon"));
    }
    if scheme.len() == 1 && (rest.starts_with('\\') || rest.starts_with('/')) {
        return Err(invalid(
            text,
            format!("looks like a path on drive {scheme}, without a scheme before it"),
        ));
    }
    let good = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !good {
        return Err(invalid(
            text,
            format!(
                "has the scheme {scheme:?}, which is not a letter followed by letters, digits, +, - or ."
            ),
        ));
    }
    Ok(scheme.to_ascii_lowercase())
}

fn parse_option(text: &str, option: &str) -> Result<(String, String)> {
    let Some((name, value)) = option.split_once('=') else {
        return Err(invalid(text, format!("has the option {option:?} without a value")));
    };
    let decoded =
        |part: &str| decode(part).ok_or_else(|| invalid(text, format!("has a broken %XX in {part:?}")));
    let (name, value) = (decoded(name)?, decoded(value)?);
    if name.is_empty() {
        return Err(invalid(text, "has an option without a name"));
    }
    Ok((name, value))
}

/// Every `%XX` as its byte; `None` where the digits are missing or the bytes are not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = behind;
            continue;
        }
        let digit = |position: usize| behind.get(position).and_then(|&byte| char::from(byte).to_digit(16));
        let byte = digit(0)? * 16 + digit(1)?;
        bytes.push(u8::try_from(byte).ok()?);
        rest = behind.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

/// In a path only `%3F` (question mark) and `%25` (percent sign) mean something else.
fn decode_path(path: &str) -> String {
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at(at);
        decoded.push_str(before);
        let (character, behind) = match from.as_bytes() {
            [_, b'3', b'F' | b'f', ..] => ('?', 3),
            [_, b'2', b'5', ..] => ('%', 3),
            _ => ('%', 1),
        };
        decoded.push(character);
        rest = from.get(behind..).unwrap_or("");
    }
    decoded.push_str(rest);
    decoded
}

fn encode_path(path: &str) -> String {
    path.replace("%25", "%2525").replace("%3F", "%253F").replace("%3f", "%253f").replace('?', "%3F")
}

fn write_encoded(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for character in text.chars() {
        if matches!(character, '%' | '&' | '=' | '#' | '?') || character.is_control() || character == ' ' {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                write!(f, "%{byte:02X}")?;
            }
        } else {
            write!(f, "{character}")?;
        }
    }
    Ok(())
}

/// A whole number above 0 and one of the units ms, s, m.
fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60)?),
        _ => return None,
    };
    (!duration.is_zero()).then_some(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> StorageUrl {
        StorageUrl::parse(text).unwrap()
    }

    fn refused(text: &str) -> String {
        let error = StorageUrl::parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidUrl);
        error.to_string()
    }

    #[test]
    fn a_memory_url_has_an_empty_path() {
        let url = parsed("memory:");
        assert_eq!((url.scheme.as_str(), url.path.as_str()), ("memory", ""));
        assert!(url.options.is_empty());
    }

    #[test]
    fn path_and_options_are_taken_apart_in_their_order() {
        let url = parsed("sqlite:./a b.db?b=2&a=1&durability=within:100ms");
        assert_eq!(url.path, "./a b.db");
        let names: Vec<&str> = url.options.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "a", "durability"]);
        assert_eq!(url.option("a"), Some("1"));
        assert_eq!(url.option("c"), None);
    }

    #[test]
    fn the_scheme_is_the_same_in_any_case() {
        assert_eq!(parsed("SQLite:x").scheme, "sqlite");
    }

    #[test]
    fn windows_paths_stand_as_written() {
        assert_eq!(parsed(r"sqlite:C:\data\app.db").path, r"C:\data\app.db");
        assert_eq!(parsed("sqlite:///var/app.db").path, "///var/app.db");
    }

    #[test]
    fn a_question_mark_in_a_path_is_written_with_percent() {
        assert_eq!(parsed("sqlite:what%3F.db?a=b").path, "what?.db");
        assert_eq!(parsed("sqlite:what%3f.db").path, "what?.db");
        assert_eq!(parsed("sqlite:what%253F.db").path, "what%3F.db");
        assert_eq!(parsed("sqlite:100%.db").path, "100%.db");
        assert_eq!(parsed("sqlite:%41%").path, "%41%");
        assert_eq!(parsed("sqlite:é%é").path, "é%é");
    }

    #[test]
    fn values_of_options_are_percent_decoded() {
        assert_eq!(parsed("x:?a=1%262%3D%20%C3%A9+").option("a"), Some("1&2= é+"));
        assert_eq!(parsed("x:?a=b=c").option("a"), Some("b=c"));
        assert_eq!(parsed("x:?a=").option("a"), Some(""));
        assert!(parsed("x:p?").options.is_empty());
    }

    #[test]
    fn a_url_that_makes_no_sense_is_refused_with_what_one_looks_like() {
        for text in [
            "",
            "app.db",
            ":memory",
            "3d:x",
            "my scheme:x",
            "sqlite:a?x",
            "sqlite:a?=1",
            "sqlite:a?a=1&&b=2",
            "sqlite:a?a=%4",
            "sqlite:a?a=%zz",
            "sqlite:a?a=%é0",
            "sqlite:a?a=%FF",
            "sqlite:a?a=1&a=2",
            "sqlite:a\0b",
            r"C:\app.db",
        ] {
            let message = refused(text);
            assert!(
                message.contains(
                    "a storage URL is scheme:path?option=value, for example memory: or sqlite:./app.db"
                ),
                "{message}"
            );
        }
        assert!(refused(r"C:\app.db").contains("drive C"));
        assert!(refused("sqlite:a?a=1&a=2").contains("twice"));
    }

    #[test]
    fn durability_is_synced_os_or_within_a_time() {
        let durability = |value: &str| parsed(&format!("x:?durability={value}")).durability();
        assert_eq!(parsed("x:").durability().unwrap(), None);
        assert_eq!(durability("synced").unwrap(), Some(Durability::Synced));
        assert_eq!(durability("os").unwrap(), Some(Durability::Os));
        let within = |milliseconds| Some(Durability::Within(Duration::from_millis(milliseconds)));
        assert_eq!(durability("within:100ms").unwrap(), within(100));
        assert_eq!(durability("within:2s").unwrap(), within(2_000));
        assert_eq!(durability("within:3m").unwrap(), within(180_000));
        for value in [
            "",
            "Synced",
            "within",
            "within:",
            "within:5",
            "within:ms",
            "within:0s",
            "within:-1s",
            "within:1h",
            "within:1.5s",
            "within:99999999999999999999s",
            "within:18446744073709551615m",
        ] {
            let error = durability(value).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidUrl);
            assert!(error.to_string().contains("synced, os or within:<time>"), "{error}");
        }
    }

    #[test]
    fn a_written_url_parses_to_the_same_one() {
        for text in
            ["memory:", "sqlite:a%253Fb%3F%2525%41%?a=1%26&b%3D=%25%20", r"sqlite:C:\x", "x:100%?é=%C3%A9"]
        {
            let url = parsed(text);
            assert_eq!(parsed(&url.to_string()), url, "{text}");
        }
    }
}

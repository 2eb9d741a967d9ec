//! Regular expressions: compiled once at parse, asked per value.

use super::parse::bad_value;
use super::pcre;
use crate::error::{Code, Error, Result};
use crate::value::{ValueRef, View, tag};

/// The largest pattern, in bytes, as in MongoDB.
pub(super) const PATTERN_BYTES_MAX: usize = 16_384;

/// The most memory one compiled pattern may take.
const COMPILED_BYTES_MAX: usize = 8 << 20;

/// A compiled regular expression with its source.
#[derive(Clone, Debug)]
pub struct Regex {
    /// The pattern as written.
    pub pattern: String,
    /// The options as written, sorted.
    pub options: String,
    /// When the pattern is anchored and begins with plain text (`^abc`): that text, for index bounds. Every
    /// string that matches begins with it.
    pub prefix: Option<String>,
    /// Whether `prefix` says all: a string matches exactly when it begins with it (`^abc`, `^abc.*` under `s`).
    pub prefix_is_all: bool,
    compiled: regex::bytes::Regex,
}

impl Regex {
    /// Compiles `pattern` with MongoDB's `options`: `i` (any case), `m` (`^` and `$` at lines), `s` (`.` takes
    /// newlines), `x` (whitespace and comments are free), `u` (nothing).
    ///
    /// # Errors
    /// BadValue (2) for a NUL in the pattern, 51108 for an unknown option, 51091 for a pattern that does not
    /// compile or uses what Anser has not yet (look-around, back-references, possessive and recursive ones).
    pub fn new(pattern: &str, options: &str) -> Result<Regex> {
        if pattern.contains('\0') {
            return Err(bad_value("Regular expression cannot contain an embedded null byte"));
        }
        if let Some(flag) = options.chars().find(|flag| !"imsxu".contains(*flag)) {
            let flag = flag.escape_default();
            return Err(Error::new(Code(51108), format!("invalid flag in regex options: {flag}")));
        }
        let refused = |why: &str| {
            let shown: String = pattern.chars().take(200).collect();
            Error::new(Code(51091), format!("Regular expression is invalid: {why}, in /{shown}/{options}"))
        };
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(refused("regular expression is too large"));
        }
        let flags = pcre::Flags::of_options(options);
        let translated = pcre::translate(pattern, flags).map_err(|why| refused(&why))?;
        let compiled = regex::bytes::RegexBuilder::new(&translated)
            .case_insensitive(flags.any_case)
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(COMPILED_BYTES_MAX)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => refused("regular expression is too large"),
                other => {
                    refused(&other.to_string().lines().last().unwrap_or_default().replace("error: ", ""))
                }
            })?;
        let mut sorted: Vec<char> = options.chars().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let prefix = pcre::prefix(pattern, flags);
        Ok(Regex {
            pattern: pattern.to_owned(),
            options: sorted.into_iter().collect(),
            prefix_is_all: prefix.as_ref().is_some_and(|prefix| prefix.is_all),
            prefix: prefix.map(|prefix| prefix.text),
            compiled,
        })
    }

    /// Compiles `pattern` to be asked where it matches: groups are where PCRE has them, but for those whose
    /// name begins with [`END_GROUP`](pcre::END_GROUP), which are no part of a match. The error says why not.
    pub(crate) fn with_places(
        pattern: &str,
        options: &str,
    ) -> std::result::Result<regex::bytes::Regex, String> {
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err("regular expression is too large".into());
        }
        let flags = pcre::Flags::of_options(options);
        let translated = pcre::translate_places(pattern, flags)?;
        regex::bytes::RegexBuilder::new(&translated)
            .case_insensitive(flags.any_case)
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(COMPILED_BYTES_MAX)
            .build()
            .map_err(|error| error.to_string().lines().last().unwrap_or_default().replace("error: ", ""))
    }

    /// Compiles a BSON regular expression.
    pub(super) fn of_value(value: ValueRef<'_>) -> Result<Regex> {
        let View::Regex { pattern, options } = value.view() else {
            return Err(bad_value("a regular expression is broken"));
        };
        let place = "a regular expression";
        Regex::new(super::parse::text(pattern, place)?, super::parse::text(options, place)?)
    }

    /// Whether `value` is a string or symbol that matches, or the same expression as a value.
    pub fn matches(&self, value: ValueRef<'_>) -> bool {
        match value.tag {
            tag::STRING | tag::SYMBOL => value.string_bytes().is_some_and(|text| self.finds(text)),
            tag::REGEX => matches!(value.view(), View::Regex { pattern, options }
                if pattern == self.pattern.as_bytes() && options == self.options.as_bytes()),
            _ => false,
        }
    }

    #[inline]
    fn finds(&self, text: &[u8]) -> bool {
        match &self.prefix {
            Some(prefix) if !text.starts_with(prefix.as_bytes()) => false,
            Some(_) if self.prefix_is_all => true,
            _ => self.compiled.is_match(text),
        }
    }
}

//! Asking text.

use super::Field;
use super::compare::with_operator;
use crate::model::kind::IsText;
use crate::model::{FieldType, Filter, ValueFor, bytes};
use anser_query::value::{tag, write};

impl<M, T: FieldType> Field<M, T>
where
    T: FieldType,
{
    /// A regular expression finds something in it (`$regex`).
    pub fn regex(&self, pattern: &str) -> Filter<M>
    where
        T::Kind: IsText,
    {
        with_operator(&self.path, "$regex", |out| ValueFor::<String>::write(pattern, out))
    }

    /// The same with MongoDB's options: `i` any case, `m` lines, `s` dots match ends of lines, `x` spaced out.
    pub fn regex_with(&self, pattern: &str, options: &str) -> Filter<M>
    where
        T::Kind: IsText,
    {
        Filter::of(bytes::single(&self.path, |out| {
            let start = write::begin(out);
            write::string(out, b"$regex", pattern);
            write::string(out, b"$options", options);
            write::end(out, start);
            Ok(tag::DOCUMENT)
        }))
    }

    /// It begins with `prefix`, letter for letter. An index on the field is used.
    pub fn starts_with(&self, prefix: &str) -> Filter<M>
    where
        T::Kind: IsText,
    {
        self.regex(&format!("^{}", escaped(prefix)))
    }

    /// It ends with `suffix`, letter for letter.
    pub fn ends_with(&self, suffix: &str) -> Filter<M>
    where
        T::Kind: IsText,
    {
        self.regex(&format!("{}\\z", escaped(suffix)))
    }
}

/// The pattern that means `text` letter for letter.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        if "\\.+*?()|[]{}^$#&-~/".contains(letter) {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

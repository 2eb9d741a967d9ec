//! Kinds: the classes of types that MongoDB's order and its comparisons distinguish.
use super::raw::{ValueRef, tag};

/// The class of a value in BSON order, lowest first. Numbers of every width are one class, and so are
/// strings and symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Kind {
    MinKey,
    Undefined,
    Null,
    Number,
    String,
    Document,
    Array,
    Binary,
    ObjectId,
    Boolean,
    DateTime,
    Timestamp,
    Regex,
    DbPointer,
    JavaScript,
    JavaScriptWithScope,
    MaxKey,
}

impl Kind {
    /// The class of `value`.
    #[inline]
    pub fn of(value: ValueRef<'_>) -> Kind {
        Kind::of_tag(value.tag)
    }
    /// The class of a type byte. A byte that names no type counts as `Undefined`, as [`ValueRef::view`] has it.
    #[inline]
    pub fn of_tag(tag: u8) -> Kind {
        match tag {
            tag::MIN_KEY => Kind::MinKey,
            tag::NULL => Kind::Null,
            tag::DOUBLE | tag::INT32 | tag::INT64 | tag::DECIMAL128 => Kind::Number,
            tag::STRING | tag::SYMBOL => Kind::String,
            tag::DOCUMENT => Kind::Document,
            tag::ARRAY => Kind::Array,
            tag::BINARY => Kind::Binary,
            tag::OBJECT_ID => Kind::ObjectId,
            tag::BOOLEAN => Kind::Boolean,
            tag::DATE_TIME => Kind::DateTime,
            tag::TIMESTAMP => Kind::Timestamp,
            tag::REGEX => Kind::Regex,
            tag::DB_POINTER => Kind::DbPointer,
            tag::JAVASCRIPT => Kind::JavaScript,
            tag::JAVASCRIPT_WITH_SCOPE => Kind::JavaScriptWithScope,
            tag::MAX_KEY => Kind::MaxKey,
            _ => Kind::Undefined,
        }
    }
}

/// Every type byte with the alias MongoDB gives it.
///
/// Source: the table of `$type` in MongoDB's manual.
const ALIASES: [(u8, &str); 21] = [
    (tag::DOUBLE, "double"),
    (tag::STRING, "string"),
    (tag::DOCUMENT, "object"),
    (tag::ARRAY, "array"),
    (tag::BINARY, "binData"),
    (tag::UNDEFINED, "undefined"),
    (tag::OBJECT_ID, "objectId"),
    (tag::BOOLEAN, "bool"),
    (tag::DATE_TIME, "date"),
    (tag::NULL, "null"),
    (tag::REGEX, "regex"),
    (tag::DB_POINTER, "dbPointer"),
    (tag::JAVASCRIPT, "javascript"),
    (tag::SYMBOL, "symbol"),
    (tag::JAVASCRIPT_WITH_SCOPE, "javascriptWithScope"),
    (tag::INT32, "int"),
    (tag::TIMESTAMP, "timestamp"),
    (tag::INT64, "long"),
    (tag::DECIMAL128, "decimal"),
    (tag::MAX_KEY, "maxKey"),
    (tag::MIN_KEY, "minKey"),
];

/// The alias MongoDB gives a type byte: "double", "string", "object", "array", "binData", … ("missing" is not
/// one). A byte that names no type gives "undefined".
///
/// ```
/// use anser_query::value::{kind, tag};
/// assert_eq!(kind::type_name(tag::INT64), "long");
/// assert_eq!(kind::type_of_name("long"), Some(tag::INT64));
/// ```
pub fn type_name(tag: u8) -> &'static str {
    ALIASES.iter().find(|(byte, _)| *byte == tag).map_or("undefined", |(_, alias)| alias)
}

/// The type byte of an alias ("int", "objectId" …); "number" is not one type and gives `None`.
pub fn type_of_name(alias: &str) -> Option<u8> {
    ALIASES.iter().find(|(_, name)| *name == alias).map(|(byte, _)| *byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_names_its_type_and_back() {
        for (byte, alias) in ALIASES {
            assert_eq!((type_name(byte), type_of_name(alias)), (alias, Some(byte)));
        }
        assert_eq!(type_of_name("number"), None);
        assert_eq!(type_of_name("missing"), None);
    }

    #[test]
    fn the_classes_stand_in_the_order_of_the_manual() {
        let order = [
            tag::MIN_KEY,
            tag::UNDEFINED,
            tag::NULL,
            tag::INT32,
            tag::STRING,
            tag::DOCUMENT,
            tag::ARRAY,
            tag::BINARY,
            tag::OBJECT_ID,
            tag::BOOLEAN,
            tag::DATE_TIME,
            tag::TIMESTAMP,
            tag::REGEX,
            tag::DB_POINTER,
            tag::JAVASCRIPT,
            tag::JAVASCRIPT_WITH_SCOPE,
            tag::MAX_KEY,
        ];
        assert!(order.windows(2).all(|pair| Kind::of_tag(pair[0]) < Kind::of_tag(pair[1])));
        assert_eq!(Kind::of_tag(tag::SYMBOL), Kind::String);
    }
}

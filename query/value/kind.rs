//! Kinds: the classes of types that MongoDB's order and its comparisons distinguish.
use super::raw::ValueRef;

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
    pub fn of(value: ValueRef<'_>) -> Kind {
        Kind::of_tag(value.tag)
    }
    /// The class of a type byte.
    pub fn of_tag(tag: u8) -> Kind {
        let _ = tag;
        todo!()
    }
}

/// The alias MongoDB gives a type byte: "double", "string", "object", "array", "binData", … ("missing" is not one).
pub fn type_name(tag: u8) -> &'static str {
    let _ = tag;
    todo!()
}

/// The type byte of an alias ("int", "objectId" …); "number" is not one type and gives `None`.
pub fn type_of_name(alias: &str) -> Option<u8> {
    let _ = alias;
    todo!()
}

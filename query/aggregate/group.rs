//! `$group`, in the one form that drivers send for their `count_documents`: `{_id: 1, n: {$sum: 1}}`.
//!
//! Grouping by an expression, and every other accumulator, is refused by name.

use crate::error::{Code, Error, Result};
use crate::value::{Number, ValueBuf, ValueRef, tag};

/// Counts all documents into one.
#[derive(Clone, Debug)]
pub struct CountAll {
    /// The `_id` of the one document that comes out.
    pub id: ValueBuf,
    /// The name of its count.
    pub name: String,
}

pub(super) fn parse(operand: ValueRef<'_>) -> Result<CountAll> {
    let not_supported = |what: &str| {
        let message = format!("Anser does not support $group but to count all documents: {what}");
        Err(Error::new(Code::NOT_IMPLEMENTED, message))
    };
    let Some(fields) = operand.as_document() else {
        return Err(Error::new(Code(15947), "a group's fields must be specified in an object"));
    };
    let (mut id, mut name) = (None, None);
    for field in fields.elements() {
        let field_name = String::from_utf8_lossy(field.name).into_owned();
        if field_name == "_id" {
            if !matches!(field.value.tag, tag::INT32 | tag::INT64 | tag::DOUBLE | tag::NULL | tag::BOOLEAN) {
                return not_supported("its _id is an expression");
            }
            id = Some(field.value.to_owned());
            continue;
        }
        if field_name.starts_with('$') {
            let message = format!("The field name '{field_name}' cannot be an operator name");
            return Err(Error::new(Code(40236), message));
        }
        if field_name.contains('.') {
            return Err(Error::new(Code(40235), format!("The field name '{field_name}' cannot contain '.'")));
        }
        let Some(accumulator) = field.value.as_document().and_then(|value| value.elements().next()) else {
            let message = format!("The field '{field_name}' must be an accumulator object");
            return Err(Error::new(Code(40234), message));
        };
        let counts_one = Number::of(accumulator.value).and_then(Number::as_i64_exact) == Some(1);
        if accumulator.name != b"$sum" || !counts_one || name.is_some() {
            return not_supported(&format!("'{field_name}' is {:?}", field.value));
        }
        name = Some(field_name);
    }
    match (id, name) {
        (None, _) => Err(Error::new(Code(15955), "a group specification must include an _id")),
        (Some(_), None) => not_supported("it has no {$sum: 1}"),
        (Some(id), Some(name)) => Ok(CountAll { id, name }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::DocumentRef;
    use bson::rawdoc;

    fn parsed(document: &bson::RawDocumentBuf) -> std::result::Result<String, i32> {
        let group = parse(DocumentRef::from(document).as_value());
        group.map(|group| group.name).map_err(|error| error.code().0)
    }

    #[test]
    fn only_a_count_of_everything_is_taken() {
        assert_eq!(parsed(&rawdoc! { "_id": 1, "n": { "$sum": 1 } }), Ok("n".to_owned()));
        assert_eq!(parsed(&rawdoc! { "_id": null, "total": { "$sum": 1.0 } }), Ok("total".to_owned()));
        assert_eq!(parsed(&rawdoc! { "_id": "$city", "n": { "$sum": 1 } }), Err(238));
        assert_eq!(parsed(&rawdoc! { "_id": 1, "n": { "$sum": 2 } }), Err(238));
        assert_eq!(parsed(&rawdoc! { "_id": 1, "n": { "$avg": 1 } }), Err(238));
        assert_eq!(parsed(&rawdoc! { "n": { "$sum": 1 } }), Err(15955));
        assert_eq!(parsed(&rawdoc! { "_id": 1, "n": 1 }), Err(40234));
        assert_eq!(parsed(&rawdoc! { "_id": 1, "$n": { "$sum": 1 } }), Err(40236));
        assert_eq!(parsed(&rawdoc! { "_id": 1, "a.n": { "$sum": 1 } }), Err(40235));
    }
}

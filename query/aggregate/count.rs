//! `$count`: the name of the field that holds the count.

use crate::error::{Code, Error, Result};
use crate::value::ValueRef;

pub(super) fn parse(operand: ValueRef<'_>) -> Result<String> {
    let refuse = |code: i32, why: &str| Err(Error::new(Code(code), why));
    match operand.as_str() {
        None => refuse(40156, "the count field must be a non-empty string"),
        Some("_id") => refuse(9039800, "the count field cannot be '_id'"),
        Some("") => refuse(40157, "the count field must be a non-empty string"),
        Some(name) if name.starts_with('$') => refuse(40158, "the count field cannot be a $-prefixed path"),
        Some(name) if name.contains('\0') => refuse(40159, "the count field cannot contain a null byte"),
        Some(name) if name.contains('.') => refuse(40160, "the count field cannot contain '.'"),
        Some(name) => Ok(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::DocumentRef;

    #[test]
    fn a_count_needs_a_plain_name() {
        let code = |document: bson::RawDocumentBuf| {
            let value = DocumentRef::from(&document).get(b"v").expect("the field is there");
            parse(value).map_err(|error| error.code().0)
        };
        assert_eq!(code(bson::rawdoc! { "v": "n" }), Ok("n".to_owned()));
        assert_eq!(code(bson::rawdoc! { "v": 1 }), Err(40156));
        assert_eq!(code(bson::rawdoc! { "v": "" }), Err(40157));
        assert_eq!(code(bson::rawdoc! { "v": "$n" }), Err(40158));
        assert_eq!(code(bson::rawdoc! { "v": "a.b" }), Err(40160));
    }
}

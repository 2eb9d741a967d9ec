//! `$limit`: a whole number above 0.

use crate::error::{Code, Error, Result};
use crate::value::{Number, ValueRef};

pub(super) fn parse(operand: ValueRef<'_>) -> Result<u64> {
    let number = Number::of(operand).and_then(Number::as_i64_exact).ok_or_else(|| {
        Error::new(
            Code(5107201),
            format!(
                "invalid argument to $limit stage: Expected a number that fits in 64 bits, found {operand:?}"
            ),
        )
    })?;
    match u64::try_from(number) {
        Err(_) => Err(Error::new(
            Code(5107201),
            format!("invalid argument to $limit stage: Expected a non-negative number, found {number}"),
        )),
        Ok(0) => Err(Error::new(Code(15958), "the limit must be positive")),
        Ok(limit) => Ok(limit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::DocumentRef;

    fn parsed(document: bson::RawDocumentBuf) -> std::result::Result<u64, i32> {
        let value = DocumentRef::from(&document).get(b"v").expect("the field is there");
        parse(value).map_err(|error| error.code().0)
    }

    #[test]
    fn a_limit_is_a_whole_number_above_zero() {
        assert_eq!(parsed(bson::rawdoc! { "v": 3 }), Ok(3));
        assert_eq!(parsed(bson::rawdoc! { "v": 3.0 }), Ok(3));
        assert_eq!(parsed(bson::rawdoc! { "v": 0 }), Err(15958));
        assert_eq!(parsed(bson::rawdoc! { "v": -1 }), Err(5107201));
        assert_eq!(parsed(bson::rawdoc! { "v": "3" }), Err(5107201));
    }
}

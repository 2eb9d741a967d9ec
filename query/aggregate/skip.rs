//! `$skip`: a whole number, 0 allowed.

use crate::error::{Code, Error, Result};
use crate::value::{Number, ValueRef};

pub(super) fn parse(operand: ValueRef<'_>) -> Result<u64> {
    let number =
        Number::of(operand).and_then(Number::as_i64_exact).and_then(|number| u64::try_from(number).ok());
    number.ok_or_else(|| {
        Error::new(
            Code(5107200),
            format!("invalid argument to $skip stage: Expected a non-negative number, found {operand:?}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::DocumentRef;

    #[test]
    fn a_negative_skip_is_refused() {
        for (document, expected) in
            [(bson::rawdoc! { "v": 0 }, Ok(0)), (bson::rawdoc! { "v": -1 }, Err(5107200))]
        {
            let value = DocumentRef::from(&document).get(b"v").expect("the field is there");
            assert_eq!(parse(value).map_err(|error| error.code().0), expected);
        }
    }
}

//! Values that expressions pass on: a piece of the document, a few bytes in place, or shared bytes.
//!
//! The invariant: whatever form a value has, it reads as the BSON bytes it would be stored as, so that no
//! operator needs to know where its operands came from. What is missing is no value: it is `None`.

use crate::error::{Code, Error, Result};
use crate::value::{Decimal, DocumentRef, Number, ValueBuf, ValueRef, View, order, tag, write};
use std::cmp::Ordering;
use std::sync::Arc;

/// The most bytes one value may take while an expression is evaluated.
pub const VALUE_BYTES_MAX: usize = 64 << 20;
/// How deep documents and arrays may nest in a value that an expression makes.
pub const VALUE_NESTING_MAX: usize = 180;

/// The value of an expression. Cheap to clone: its bytes are borrowed, few, or shared.
#[derive(Clone)]
pub struct Value<'a>(Form<'a>);

#[derive(Clone)]
enum Form<'a> {
    Borrowed(ValueRef<'a>),
    Short { tag: u8, length: u8, bytes: [u8; 16] },
    Shared { tag: u8, bytes: Arc<Vec<u8>> },
}

impl<'a> Value<'a> {
    /// Null.
    pub const NULL: Value<'static> = Value::short(tag::NULL, 0, [0; 16]);

    const fn short(tag: u8, length: u8, bytes: [u8; 16]) -> Value<'static> {
        Value(Form::Short { tag, length, bytes })
    }

    fn of_bytes<const N: usize>(tag: u8, value: [u8; N]) -> Value<'static> {
        let mut bytes = [0; 16];
        bytes[..N].copy_from_slice(&value);
        Value::short(tag, N as u8, bytes)
    }

    pub(super) fn boolean(value: bool) -> Value<'static> {
        Value::of_bytes(tag::BOOLEAN, [u8::from(value)])
    }

    pub(super) fn int32(value: i32) -> Value<'static> {
        Value::of_bytes(tag::INT32, value.to_le_bytes())
    }

    pub(super) fn int64(value: i64) -> Value<'static> {
        Value::of_bytes(tag::INT64, value.to_le_bytes())
    }

    /// An int32 when `value` fits, else an int64.
    pub(super) fn integer(value: i64) -> Value<'static> {
        i32::try_from(value).map_or(Value::int64(value), Value::int32)
    }

    /// A count: positions and lengths are int32 as long as they fit.
    pub(super) fn count(value: usize) -> Value<'static> {
        Value::integer(i64::try_from(value).unwrap_or(i64::MAX))
    }

    pub(super) fn double(value: f64) -> Value<'static> {
        Value::of_bytes(tag::DOUBLE, value.to_le_bytes())
    }

    pub(super) fn decimal(value: Decimal) -> Value<'static> {
        Value::of_bytes(tag::DECIMAL128, value.encode())
    }

    pub(super) fn number(value: Number) -> Value<'static> {
        match value {
            Number::Int32(value) => Value::int32(value),
            Number::Int64(value) => Value::int64(value),
            Number::Double(value) => Value::double(value),
            Number::Decimal(bytes) => Value::of_bytes(tag::DECIMAL128, bytes),
        }
    }

    pub(super) fn date(milliseconds: i64) -> Value<'static> {
        Value::of_bytes(tag::DATE_TIME, milliseconds.to_le_bytes())
    }

    pub(super) fn timestamp(time: u32, increment: u32) -> Value<'static> {
        Value::of_bytes(tag::TIMESTAMP, (u64::from(time) << 32 | u64::from(increment)).to_le_bytes())
    }

    pub(super) fn object_id(bytes: [u8; 12]) -> Value<'static> {
        Value::of_bytes(tag::OBJECT_ID, bytes)
    }

    pub(super) fn string(text: &str) -> Value<'static> {
        Value::text(tag::STRING, text.as_bytes())
    }

    /// A value of a type that is text: string, symbol, JavaScript.
    pub(super) fn text(tag: u8, text: &[u8]) -> Value<'static> {
        let mut bytes = Vec::with_capacity(text.len() + 5);
        bytes.extend_from_slice(&(text.len() as u32 + 1).to_le_bytes());
        bytes.extend_from_slice(text);
        bytes.push(0);
        Value::shared(tag, bytes)
    }

    pub(super) fn binary(subtype: u8, data: &[u8]) -> Value<'static> {
        /// The old binary subtype, whose data tell their length once more.
        const OLD: u8 = 2;
        let length = data.len() as u32;
        let mut bytes = Vec::with_capacity(data.len() + 9);
        bytes.extend_from_slice(&(length + if subtype == OLD { 4 } else { 0 }).to_le_bytes());
        bytes.push(subtype);
        if subtype == OLD {
            bytes.extend_from_slice(&length.to_le_bytes());
        }
        bytes.extend_from_slice(data);
        Value::shared(tag::BINARY, bytes)
    }

    /// A value of `tag` with these bytes, which stand as in a document.
    pub(super) fn shared(tag: u8, bytes: Vec<u8>) -> Value<'static> {
        Value(Form::Shared { tag, bytes: Arc::new(bytes) })
    }

    /// The value, read in place.
    #[inline]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match &self.0 {
            Form::Borrowed(value) => *value,
            Form::Short { tag, length, bytes } => {
                ValueRef { tag: *tag, bytes: &bytes[..usize::from(*length).min(16)] }
            }
            Form::Shared { tag, bytes } => ValueRef { tag: *tag, bytes },
        }
    }

    /// A copy that owns its bytes.
    pub fn to_buf(&self) -> ValueBuf {
        self.as_ref().to_owned()
    }

    #[inline]
    pub(super) fn tag(&self) -> u8 {
        self.as_ref().tag
    }

    #[inline]
    pub(super) fn view(&self) -> View<'_> {
        self.as_ref().view()
    }

    /// The elements, when this is an array.
    #[inline]
    pub(super) fn as_array(&self) -> Option<DocumentRef<'_>> {
        self.as_ref().as_array()
    }

    /// What stands at `member`, which was read from this value's bytes: borrowed where they are.
    pub(super) fn part(&self, member: ValueRef<'_>) -> Value<'a> {
        if let Form::Borrowed(whole) = &self.0 {
            let start = (member.bytes.as_ptr() as usize).wrapping_sub(whole.bytes.as_ptr() as usize);
            let found = start.checked_add(member.bytes.len()).and_then(|end| whole.bytes.get(start..end));
            if let Some(bytes) = found {
                return Value(Form::Borrowed(ValueRef { tag: member.tag, bytes }));
            }
        }
        Value::copied(member)
    }

    /// A value of its own with `value`'s bytes.
    pub(super) fn copied(value: ValueRef<'_>) -> Value<'static> {
        if value.bytes.len() <= 16 {
            let mut bytes = [0; 16];
            bytes[..value.bytes.len()].copy_from_slice(value.bytes);
            return Value::short(value.tag, value.bytes.len() as u8, bytes);
        }
        Value::shared(value.tag, value.bytes.to_vec())
    }
}

impl<'a> From<ValueRef<'a>> for Value<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        Value(Form::Borrowed(value))
    }
}

impl<'a> From<DocumentRef<'a>> for Value<'a> {
    fn from(document: DocumentRef<'a>) -> Self {
        Value(Form::Borrowed(document.as_value()))
    }
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_ref().fmt(f)
    }
}

const MISSING: ValueRef<'static> = ValueRef { tag: tag::UNDEFINED, bytes: &[] };

/// A value or what is missing, for comparing: missing stands where undefined does.
#[inline]
pub(super) fn or_undefined<'b>(value: &'b Option<Value<'_>>) -> ValueRef<'b> {
    value.as_ref().map_or(MISSING, Value::as_ref)
}

/// BSON order, what is missing first but for MinKey.
pub(super) fn compare(left: &Option<Value<'_>>, right: &Option<Value<'_>>) -> Ordering {
    order::compare(or_undefined(left), or_undefined(right))
}

/// Whether there is nothing to calculate with: missing, null or undefined.
#[inline]
pub(super) fn is_nullish(value: &Option<Value<'_>>) -> bool {
    value.as_ref().is_none_or(|value| matches!(value.tag(), tag::NULL | tag::UNDEFINED))
}

/// What a condition makes of a value: false for missing, null, false and zeros.
pub(super) fn is_true(value: &Option<Value<'_>>) -> bool {
    match or_undefined(value).view() {
        View::Undefined | View::Null => false,
        View::Boolean(value) => value,
        View::Int32(number) => number != 0,
        View::Int64(number) => number != 0,
        View::Double(number) => number != 0.0,
        View::Decimal128(bytes) => !Decimal::decode(*bytes).is_zero(),
        _ => true,
    }
}

/// The name MongoDB gives the type of a value: "missing" for none.
pub(super) fn type_name(value: &Option<Value<'_>>) -> &'static str {
    value.as_ref().map_or("missing", |value| crate::value::kind::type_name(value.tag()))
}

/// The number a value is, if it is one.
#[inline]
pub(super) fn number(value: &Option<Value<'_>>) -> Option<Number> {
    Number::of(value.as_ref()?.as_ref())
}

/// Refuses a value that grew beyond [`VALUE_BYTES_MAX`].
pub(super) fn check_bytes(bytes: usize) -> Result<()> {
    if bytes <= VALUE_BYTES_MAX {
        return Ok(());
    }
    let message = format!("an expression's value exceeds the limit of {VALUE_BYTES_MAX} bytes");
    Err(Error::new(Code::EXCEEDED_MEMORY_LIMIT, message))
}

fn nests_within(value: ValueRef<'_>, levels: usize) -> bool {
    match value.view() {
        // Every level takes eight bytes, so small values need no walk.
        View::Document(inner) | View::Array(inner) if value.bytes.len() > 8 * levels => {
            levels > 0 && inner.values().all(|member| nests_within(member, levels - 1))
        }
        _ => true,
    }
}

/// Writes the elements of an array or the fields of a document, within the limits.
pub(super) struct Builder {
    out: Vec<u8>,
    count: usize,
    tag: u8,
}

impl Builder {
    pub(super) fn array() -> Builder {
        Builder::new(tag::ARRAY)
    }

    pub(super) fn document() -> Builder {
        Builder::new(tag::DOCUMENT)
    }

    fn new(tag: u8) -> Builder {
        let mut out = Vec::with_capacity(32);
        write::begin(&mut out);
        Builder { out, count: 0, tag }
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Adds an element to an array.
    pub(super) fn push(&mut self, value: ValueRef<'_>) -> Result<()> {
        write::array_element(&mut self.out, self.count, value);
        self.count += 1;
        check_bytes(self.out.len())
    }

    /// Adds an element, null for a missing one.
    pub(super) fn push_or_null(&mut self, value: &Option<Value<'_>>) -> Result<()> {
        self.push(value.as_ref().map_or(ValueRef::NULL, Value::as_ref))
    }

    /// Adds a field to a document. The name holds no NUL.
    pub(super) fn field(&mut self, name: &[u8], value: ValueRef<'_>) -> Result<()> {
        write::element(&mut self.out, name, value);
        self.count += 1;
        check_bytes(self.out.len())
    }

    /// The array or document.
    pub(super) fn finish(mut self) -> Result<Value<'static>> {
        write::end(&mut self.out, 0);
        let value = ValueRef { tag: self.tag, bytes: &self.out };
        if !nests_within(value, VALUE_NESTING_MAX) {
            let message = format!("an expression's value exceeds the depth of {VALUE_NESTING_MAX} levels");
            return Err(Error::new(Code::OVERFLOW, message));
        }
        Ok(Value::shared(self.tag, self.out))
    }
}

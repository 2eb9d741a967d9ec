//! What `$project`, `$addFields`, `$set` and `$unset` make of a document: fields kept, left out and computed.
//!
//! A shape is a tree of names. The invariant: every path ends in one leaf that no other path runs through, and
//! what an expression reads is the document as it came, never the one being made.

use crate::error::{Code, Error, Result};
use crate::expr::{Environment, Expression, Value, parse};
use crate::field_path::{self, PARTS_MAX};
use crate::path::Path;
use crate::value::{DOCUMENT_BYTES_MAX, DocumentRef, Number, ValueRef, View, write};

/// What a stage makes of a document.
///
/// ```
/// use anser_query::aggregate::Shape;
/// use anser_query::expr::Environment;
/// use anser_query::{Context, value::DocumentRef};
/// let spec = bson::rawdoc! { "name": 1, "total": { "$multiply": ["$price", "$count"] }, "_id": 0 };
/// let shape = Shape::project(DocumentRef::from(&spec).as_value())?;
/// let document = bson::rawdoc! { "_id": 1, "count": 4, "price": 2.5, "name": "pen" };
/// let (context, mut out) = (Context::new(0, (0, 0)), Vec::new());
/// shape.apply(&Environment::new(DocumentRef::from(&document), &context), &mut out)?;
/// assert_eq!(out, bson::rawdoc! { "name": "pen", "total": 10.0 }.into_bytes());
/// # Ok::<(), anser_query::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Shape {
    mode: Mode,
    fields: Fields,
}

/// What happens to the fields that a shape does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// They are left out: `$project` that includes.
    Include,
    /// They stay: `$project` that excludes, `$unset`.
    Exclude,
    /// They stay, and computed fields take the places of those of their names: `$addFields`, `$set`.
    Add,
}

type Fields = Vec<(Box<[u8]>, Leaf)>;

#[derive(Clone, Debug)]
enum Leaf {
    Keep,
    Drop,
    Compute(Expression),
    Fields(Fields),
}

impl Shape {
    /// `$project`.
    ///
    /// # Errors
    /// 15969 for what is no document, 51272 for an empty one, 31252 to 31254 for a mix of inclusion and
    /// exclusion, 31249 and 31250 for paths that collide, and those of paths and expressions.
    pub fn project(spec: ValueRef<'_>) -> Result<Shape> {
        let fields = spec
            .as_document()
            .ok_or_else(|| Error::new(Code(15969), "$project specification must be an object"))?;
        if fields.is_empty() {
            return Err(Error::new(Code(51272), "projection specification must have at least one field"));
        }
        let mut builder = Builder::new(true);
        builder.document(fields, "", 0)?;
        let mode = match builder.includes {
            Some(true) => Mode::Include,
            Some(false) => Mode::Exclude,
            None if builder.id == Some(true) => Mode::Include,
            None => Mode::Exclude,
        };
        let mut fields = builder.fields;
        if mode == Mode::Include && !fields.iter().any(|(name, _)| **name == *b"_id") {
            fields.insert(0, (b"_id".as_slice().into(), Leaf::Keep));
        }
        Ok(Shape { mode, fields })
    }

    /// `$addFields` and `$set`, called `stage` in messages.
    ///
    /// # Errors
    /// 40272 for what is no document, and as [`Shape::project`].
    pub fn add(stage: &str, spec: ValueRef<'_>) -> Result<Shape> {
        let fields = spec.as_document().ok_or_else(|| {
            Error::new(Code(40272), format!("{stage} specification stage must be an object, found {spec:?}"))
        })?;
        let mut builder = Builder::new(false);
        builder.document(fields, "", 0)?;
        Ok(Shape { mode: Mode::Add, fields: builder.fields })
    }

    /// `$unset`: a path, or an array of them.
    ///
    /// # Errors
    /// 31002 for anything else, 31119 for an empty array, 31120 for a member that is no string.
    pub fn unset(spec: ValueRef<'_>) -> Result<Shape> {
        let mut builder = Builder::new(true);
        let mut leave_out = |value: ValueRef<'_>, code: i32| match value.string_bytes() {
            Some(path) if value.as_str().is_some() => builder.add(&field_path::parse(path)?, Leaf::Drop),
            _ => Err(Error::new(Code(code), "$unset takes a string, or an array of strings")),
        };
        match spec.as_array() {
            None => leave_out(spec, 31002)?,
            Some(paths) if paths.is_empty() => {
                let message = "$unset specification must be a string or an array with at least one field";
                return Err(Error::new(Code(31119), message));
            }
            Some(paths) => paths.values().try_for_each(|path| leave_out(path, 31120))?,
        }
        Ok(Shape { mode: Mode::Exclude, fields: builder.fields })
    }

    /// Writes what the stage makes of the environment's document to `out` (appended).
    ///
    /// # Errors
    /// Those of the expressions; BSONObjectTooLarge (10334).
    pub fn apply(&self, environment: &Environment<'_>, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        self.document(&self.fields, environment.root, environment, out)?;
        if out.len() - start > DOCUMENT_BYTES_MAX {
            let message = format!("a stage made a document of {} bytes", out.len() - start);
            return Err(Error::new(Code::OBJECT_TOO_LARGE, message));
        }
        Ok(())
    }

    fn document(
        &self,
        fields: &Fields,
        document: DocumentRef<'_>,
        environment: &Environment<'_>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let start = write::begin(out);
        let mut met: Vec<&[u8]> = Vec::new();
        for element in document.elements() {
            match fields.iter().find(|(name, _)| **name == *element.name) {
                None if self.mode == Mode::Include => {}
                None | Some((_, Leaf::Keep)) => write::element(out, element.name, element.value),
                Some((_, Leaf::Drop)) => {}
                Some((name, Leaf::Compute(expression))) => {
                    // An inclusion adds what it computes behind what it keeps.
                    if self.mode == Mode::Add && !met.contains(&&**name) {
                        met.push(name);
                        compute(name, expression, environment, out)?;
                    }
                }
                Some((name, Leaf::Fields(inner))) => {
                    met.push(name);
                    self.value(element.name, inner, element.value, environment, out)?;
                }
            }
        }
        for (name, leaf) in fields {
            match leaf {
                _ if met.contains(&&**name) => {}
                Leaf::Compute(expression) => compute(name, expression, environment, out)?,
                Leaf::Fields(inner) if computes(inner) => {
                    write::header(out, crate::value::tag::DOCUMENT, name);
                    self.document(inner, DocumentRef::EMPTY, environment, out)?;
                }
                Leaf::Fields(_) | Leaf::Keep | Leaf::Drop => {}
            }
        }
        write::end(out, start);
        Ok(())
    }

    /// What becomes of a value that the paths of `fields` go through.
    fn value(
        &self,
        name: &[u8],
        fields: &Fields,
        value: ValueRef<'_>,
        environment: &Environment<'_>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        match value.view() {
            View::Document(document) => {
                write::header(out, value.tag, name);
                self.document(fields, document, environment, out)
            }
            View::Array(array) => {
                let start = write::begin_array(out, name);
                let mut index = 0;
                for element in array.values() {
                    let (before, mut buffer) = (out.len(), [0; 20]);
                    self.value(write::index_name(index, &mut buffer), fields, element, environment, out)?;
                    index += usize::from(out.len() > before);
                }
                write::end(out, start);
                Ok(())
            }
            _ if computes(fields) => {
                write::header(out, crate::value::tag::DOCUMENT, name);
                self.document(fields, DocumentRef::EMPTY, environment, out)
            }
            _ if self.mode == Mode::Include => Ok(()),
            _ => {
                write::element(out, name, value);
                Ok(())
            }
        }
    }
}

fn compute(
    name: &[u8],
    expression: &Expression,
    environment: &Environment<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    if let Some(value) = expression.evaluate(environment)? {
        write::element(out, name, Value::as_ref(&value));
    }
    Ok(())
}

fn computes(fields: &Fields) -> bool {
    fields.iter().any(|(_, leaf)| match leaf {
        Leaf::Compute(_) => true,
        Leaf::Fields(inner) => computes(inner),
        Leaf::Keep | Leaf::Drop => false,
    })
}

struct Builder {
    /// Whether numbers and booleans say what is kept; otherwise they are values.
    projects: bool,
    includes: Option<bool>,
    /// What was said of `_id` as a whole.
    id: Option<bool>,
    fields: Fields,
}

impl Builder {
    fn new(projects: bool) -> Self {
        Builder { projects, includes: None, id: None, fields: Fields::new() }
    }

    fn document(&mut self, document: DocumentRef<'_>, parent: &str, depth: usize) -> Result<()> {
        if depth >= PARTS_MAX {
            return Err(Error::new(Code::OVERFLOW, "the stage's specification is nested too deep"));
        }
        for element in document.elements() {
            let part = field_path::parse(element.name)?;
            let path = if parent.is_empty() {
                part
            } else {
                field_path::parse(format!("{parent}.{}", part.as_str()).as_bytes())?
            };
            self.field(&path, element.value, depth)?;
        }
        Ok(())
    }

    fn field(&mut self, path: &Path, value: ValueRef<'_>, depth: usize) -> Result<()> {
        if self.projects && (value.is_number() || matches!(value.view(), View::Boolean(_))) {
            return self.shown(path, is_true(value));
        }
        if let Some(object) = value.as_document()
            && !object.elements().any(|element| element.name.starts_with(b"$"))
        {
            if object.is_empty() && self.projects {
                let message =
                    format!("An empty sub-projection is not a valid value, found at '{}'", path.as_str());
                return Err(Error::new(Code(51270), message));
            }
            if !object.is_empty() {
                return self.document(object, path.as_str(), depth + 1);
            }
        }
        if self.includes == Some(false) && path.as_str() != "_id" {
            let message = format!("Cannot use an expression at '{}' in exclusion projection", path.as_str());
            return Err(Error::new(Code(31252), message));
        }
        self.includes = Some(true);
        let expression = Expression::parse(value, &parse::Context::default())?;
        self.add(path, Leaf::Compute(expression))
    }

    fn shown(&mut self, path: &Path, shown: bool) -> Result<()> {
        if path.as_str() == "_id" {
            self.id = Some(shown);
        } else {
            match (self.includes, shown) {
                (Some(false), true) => {
                    let message =
                        format!("Cannot do inclusion on field {} in exclusion projection", path.as_str());
                    return Err(Error::new(Code(31253), message));
                }
                (Some(true), false) => {
                    let message =
                        format!("Cannot do exclusion on field {} in inclusion projection", path.as_str());
                    return Err(Error::new(Code(31254), message));
                }
                _ => self.includes = Some(shown),
            }
        }
        self.add(path, if shown { Leaf::Keep } else { Leaf::Drop })
    }

    /// Puts a leaf at the end of `path`.
    fn add(&mut self, path: &Path, leaf: Leaf) -> Result<()> {
        let (code, through) = if self.projects { (31250, 31249) } else { (40176, 40176) };
        let mut fields = &mut self.fields;
        let last = path.len() - 1;
        for index in 0..last {
            let part = path.part(index).as_bytes();
            let at = match fields.iter().position(|(name, _)| **name == *part) {
                Some(at) => at,
                None => {
                    fields.push((part.into(), Leaf::Fields(Fields::new())));
                    fields.len() - 1
                }
            };
            let Leaf::Fields(inner) = &mut fields[at].1 else {
                return Err(Error::new(Code(through), format!("Path collision at {}", path.as_str())));
            };
            fields = inner;
        }
        let part = path.part(last).as_bytes();
        if fields.iter().any(|(name, _)| **name == *part) {
            return Err(Error::new(Code(code), format!("Path collision at {}", path.as_str())));
        }
        fields.push((part.into(), leaf));
        Ok(())
    }
}

/// Whether a number or boolean counts as true: all do but 0 and false.
fn is_true(value: ValueRef<'_>) -> bool {
    match value.view() {
        View::Boolean(truth) => truth,
        _ => Number::of(value).is_some_and(|number| number.is_nan() || number.as_f64() != 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use bson::{RawDocumentBuf, rawdoc};

    fn applied(shape: &Shape, document: &RawDocumentBuf) -> bson::Document {
        let (context, mut out) = (Context::new(0, (0, 0)), Vec::new());
        shape.apply(&Environment::new(document.into(), &context), &mut out).unwrap();
        DocumentRef::new(&out).to_document().unwrap()
    }

    fn project(spec: RawDocumentBuf) -> std::result::Result<Shape, i32> {
        Shape::project(DocumentRef::from(&spec).as_value()).map_err(|error| error.code().0)
    }

    #[test]
    fn a_projection_keeps_in_the_documents_order_and_adds_what_it_computes_behind() {
        let document = rawdoc! { "_id": 1, "b": 2, "a": [{ "x": 1, "y": 2 }, 5], "c": 3 };
        let shape = project(rawdoc! { "s": { "$add": ["$b", "$c"] }, "a.x": 1, "b": true }).unwrap();
        assert_eq!(applied(&shape, &document), bson::doc! { "_id": 1, "b": 2, "a": [{ "x": 1 }], "s": 5 });
        let shape = project(rawdoc! { "a": { "y": 0 }, "_id": 0 }).unwrap();
        assert_eq!(applied(&shape, &document), bson::doc! { "b": 2, "a": [{ "x": 1 }, 5], "c": 3 });
    }

    #[test]
    fn added_fields_take_the_place_of_their_names_and_missing_values_remove_them() {
        let spec = rawdoc! { "b": "$c", "n.m": 1, "a.z": "$b", "c": "$nothing" };
        let shape = Shape::add("$set", DocumentRef::from(&spec).as_value()).unwrap();
        let document = rawdoc! { "b": 2, "a": [{ "x": 1 }, 5], "c": 3 };
        let expected = bson::doc! { "b": 3, "a": [{ "x": 1, "z": 2 }, { "z": 2 }], "n": { "m": 1 } };
        assert_eq!(applied(&shape, &document), expected);
    }

    #[test]
    fn mixes_and_collisions_are_refused() {
        assert_eq!(project(rawdoc! {}).err(), Some(51272));
        assert_eq!(project(rawdoc! { "a": 1, "b": 0 }).err(), Some(31254));
        assert_eq!(project(rawdoc! { "a": 0, "b": 1 }).err(), Some(31253));
        assert_eq!(project(rawdoc! { "a": 0, "b": "$c" }).err(), Some(31252));
        assert_eq!(project(rawdoc! { "a": 1, "a.b": 1 }).err(), Some(31249));
        assert_eq!(project(rawdoc! { "a.b": 1, "a": 1 }).err(), Some(31250));
        assert_eq!(project(rawdoc! { "a": {} }).err(), Some(51270));
        let unset = rawdoc! { "v": ["a", 1] };
        let value = DocumentRef::from(&unset).get(b"v").unwrap();
        assert_eq!(Shape::unset(value).err().map(|error| error.code().0), Some(31120));
    }
}

//! The header: names with dots are paths, and columns of one document stand together in it.

use anser_query::value::{NESTING_MAX, write};

/// A field of the documents: a column's cell, or a document of several columns.
#[derive(Debug)]
pub(super) struct Field {
    name: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Cell(usize),
    Document(Vec<Field>),
}

/// The fields that the names of a header make, or what is wrong with column number `.0` (from 1).
pub(super) fn fields(names: &[String]) -> Result<Vec<Field>, (usize, String)> {
    let mut fields = Vec::new();
    for (position, name) in names.iter().enumerate() {
        let parts: Vec<&str> = name.split('.').collect();
        let wrong = |why: String| (position + 1, why);
        if name.is_empty() {
            return Err(wrong("the column has no name".to_owned()));
        }
        if parts.iter().any(|part| part.is_empty() || part.contains('\0')) {
            return Err(wrong(format!("`{name}` is no path: a part of it is empty or holds a NUL")));
        }
        if parts.len() > NESTING_MAX {
            return Err(wrong(format!("a path has at most {NESTING_MAX} parts")));
        }
        add(&mut fields, &parts, position).map_err(|why| wrong(format!("`{name}` {why}")))?;
    }
    Ok(fields)
}

fn add(fields: &mut Vec<Field>, parts: &[&str], column: usize) -> Result<(), &'static str> {
    let Some((first, rest)) = parts.split_first() else { return Ok(()) };
    let known = fields.iter_mut().find(|field| field.name == *first);
    match (known, rest.is_empty()) {
        (None, true) => fields.push(Field { name: (*first).to_owned(), content: Content::Cell(column) }),
        (None, false) => {
            let mut inner = Vec::new();
            add(&mut inner, rest, column)?;
            fields.push(Field { name: (*first).to_owned(), content: Content::Document(inner) });
        }
        (Some(Field { content: Content::Document(inner), .. }), false) => add(inner, rest, column)?,
        (Some(Field { content: Content::Cell(_), .. }), true) => return Err("stands twice"),
        (Some(_), _) => return Err("and another column cannot both be: one is a value, one a document"),
    }
    Ok(())
}

/// Writes the fields of a row. `cell` appends the value of a column and gives its type byte, `None` where the cell
/// is empty; a document none of whose cells holds anything is not there either.
pub(super) fn write_fields<E>(
    fields: &[Field],
    out: &mut Vec<u8>,
    cell: &mut impl FnMut(usize, &mut Vec<u8>) -> Result<Option<u8>, E>,
) -> Result<bool, E> {
    let mut any = false;
    for field in fields {
        let at = out.len();
        write::header(out, 0, field.name.as_bytes());
        let tag = match &field.content {
            Content::Cell(column) => cell(*column, out)?,
            Content::Document(inner) => {
                let start = write::begin(out);
                let filled = write_fields(inner, out, cell)?;
                write::end(out, start);
                filled.then_some(anser_query::value::tag::DOCUMENT)
            }
        };
        match tag {
            Some(tag) => {
                out[at] = tag;
                any = true;
            }
            None => out.truncate(at),
        }
    }
    Ok(any)
}

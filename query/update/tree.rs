//! A document opened as far as an update reaches into it.
//!
//! Nodes hold borrowed bytes until a path leads through them; only then are they opened, one level. What was
//! not opened is written back byte for byte. The depth of open nodes is that of a path or of the stored
//! document, both of which are limited, so recursion over them is.
use super::field::{Place, shown};
use super::scalar::Scalar;
use crate::error::{Code, Error, Result};
use crate::path::Path;
use crate::value::write;
use crate::value::{DocumentRef, NESTING_MAX, ValueRef, tag};

/// How many nulls an array may be padded with to reach an index.
///
/// Source: the limit in MongoDB's `can't backfill more than 1500000 elements`.
pub(super) const PADDING_MAX: usize = 1_500_000;

/// CannotBackfillArray.
pub(super) const CANNOT_BACKFILL: Code = Code(34);

/// A value of the document.
#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    /// As stored, or as an operand has it.
    Stored(ValueRef<'a>),
    /// Computed.
    Computed(Scalar),
    /// An opened document.
    Document(Vec<(&'a [u8], Node<'a>)>),
    /// An opened array.
    Array(Vec<Node<'a>>),
}

/// How far a path leads into a document.
pub(super) struct Reach<'t, 'a> {
    /// How many parts of the path lead to `node`.
    pub(super) depth: usize,
    /// The last node on the way that exists.
    pub(super) node: &'t mut Node<'a>,
    /// Whether an array was passed through on the way (`node` itself not counted).
    pub(super) through_array: bool,
}

impl<'a> Node<'a> {
    /// The root of `document`, opened.
    pub(super) fn root(document: DocumentRef<'a>) -> Node<'a> {
        let mut root = Node::Stored(document.as_value());
        root.open();
        root
    }

    /// The value, unless the node was opened.
    pub(super) fn value(&self) -> Option<ValueRef<'_>> {
        match self {
            Node::Stored(value) => Some(*value),
            Node::Computed(scalar) => Some(scalar.as_ref()),
            Node::Document(_) | Node::Array(_) => None,
        }
    }

    /// The type byte.
    pub(super) fn tag(&self) -> u8 {
        match self {
            Node::Stored(value) => value.tag,
            Node::Computed(scalar) => scalar.as_ref().tag,
            Node::Document(_) => tag::DOCUMENT,
            Node::Array(_) => tag::ARRAY,
        }
    }

    /// Opens a stored document or array by one level; other nodes stay.
    pub(super) fn open(&mut self) {
        let Node::Stored(value) = *self else { return };
        // Most documents have no more fields than this: one allocation instead of several.
        const FIELDS: usize = 16;
        if let Some(document) = value.as_document() {
            let mut fields = Vec::with_capacity(FIELDS);
            fields.extend(document.elements().map(|element| (element.name, Node::Stored(element.value))));
            *self = Node::Document(fields);
        } else if let Some(array) = value.as_array() {
            let mut items = Vec::with_capacity(FIELDS);
            items.extend(array.values().map(Node::Stored));
            *self = Node::Array(items);
        }
    }

    /// The elements, when this is an array; it is opened.
    pub(super) fn items(&mut self) -> Option<&mut Vec<Node<'a>>> {
        self.open();
        match self {
            Node::Array(items) => Some(items),
            Node::Stored(_) | Node::Computed(_) | Node::Document(_) => None,
        }
    }

    /// Where the child named `part` stands in this opened node.
    fn position(&self, part: &str) -> Option<usize> {
        match self {
            Node::Document(fields) => fields.iter().position(|(name, _)| *name == part.as_bytes()),
            Node::Array(items) => array_index(part).filter(|index| *index < items.len()),
            Node::Stored(_) | Node::Computed(_) => None,
        }
    }

    /// Follows `path` from this document, opening what it leads through, until its end or where nothing
    /// stands any more. The node at the path's end is not opened.
    pub(super) fn reach<'t>(&'t mut self, path: &Path) -> Reach<'t, 'a> {
        let mut reach = Reach { depth: 0, node: self, through_array: false };
        for part in path.parts() {
            reach.node.open();
            let Some(position) = reach.node.position(part) else { break };
            reach.through_array |= matches!(reach.node, Node::Array(_));
            reach.node = match reach.node {
                Node::Document(fields) => &mut fields[position].1,
                Node::Array(items) => &mut items[position],
                closed @ (Node::Stored(_) | Node::Computed(_)) => closed,
            };
            reach.depth += 1;
        }
        reach
    }

    /// Takes away what stands at `path`: a field goes, an element of an array becomes null.
    pub(super) fn remove(&mut self, path: &Path) {
        let mut node = self;
        for (depth, part) in path.parts().enumerate() {
            node.open();
            let Some(position) = node.position(part) else { return };
            let last = depth + 1 == path.len();
            node = match node {
                Node::Document(fields) if last => {
                    fields.remove(position);
                    return;
                }
                Node::Array(items) if last => {
                    items[position] = Node::Stored(ValueRef::NULL);
                    return;
                }
                Node::Document(fields) => &mut fields[position].1,
                Node::Array(items) => &mut items[position],
                Node::Stored(_) | Node::Computed(_) => return,
            };
        }
    }

    /// Whether a child named `part` could be added to this opened node.
    pub(super) fn admits(&self, part: &str) -> bool {
        match self {
            Node::Document(_) => true,
            Node::Array(_) => array_index(part).is_some(),
            Node::Stored(_) | Node::Computed(_) => false,
        }
    }

    /// Puts `value` at the end of `path`, below this opened node to which its first `depth` parts lead;
    /// documents are made for the parts between, and an array is padded with nulls up to the index.
    ///
    /// # Errors
    /// PathNotViable (28) when this node is a scalar, or an array and the part is no index;
    /// CannotBackfillArray (34); Overflow (15) when the result would be nested too deeply.
    pub(super) fn create(&mut self, place: Place<'a>, depth: usize, value: Node<'a>) -> Result<()> {
        let path = place.path;
        refuse_nesting(path, value.levels())?;
        let part = path.part(depth);
        if !self.admits(part) {
            return Err(self.not_viable(place, depth));
        }
        let mut value = value;
        for inner in (depth + 1..path.len()).rev() {
            value = Node::Document(vec![(path.part(inner).as_bytes(), value)]);
        }
        match self {
            Node::Document(fields) => fields.push((part.as_bytes(), value)),
            Node::Array(items) => {
                let index = array_index(part).unwrap_or(items.len());
                if index.saturating_sub(items.len()) > PADDING_MAX {
                    let message = format!(
                        "can't backfill more than {PADDING_MAX} elements to reach '{}'",
                        path.as_str()
                    );
                    return Err(Error::new(CANNOT_BACKFILL, message));
                }
                items.resize(index.max(items.len()), Node::Stored(ValueRef::NULL));
                items.push(value);
            }
            Node::Stored(_) | Node::Computed(_) => {}
        }
        Ok(())
    }

    /// The error that says that `path` leads no further than to this node.
    pub(super) fn not_viable(&self, place: Place<'_>, depth: usize) -> Error {
        let path = place.path;
        let (part, name) = (path.part(depth), if depth == 0 { "" } else { path.part(depth - 1) });
        let found = match self.value() {
            Some(value) => shown(value),
            None => "[...]".into(),
        };
        Error::new(
            Code::PATH_NOT_VIABLE,
            format!(
                "Cannot create field '{part}' in element {{{name}: {found}}} for path '{}'",
                path.as_str()
            ),
        )
    }

    /// How deeply documents and arrays are nested in this value: 0 for a scalar.
    pub(super) fn levels(&self) -> usize {
        match self {
            Node::Stored(value) => levels(*value),
            Node::Computed(_) => 0,
            Node::Document(fields) => 1 + fields.iter().map(|(_, node)| node.levels()).max().unwrap_or(0),
            Node::Array(items) => 1 + items.iter().map(Node::levels).max().unwrap_or(0),
        }
    }

    /// Writes the node under `name`.
    pub(super) fn write(&self, name: &[u8], out: &mut Vec<u8>) {
        match self {
            Node::Stored(value) => write::element(out, name, *value),
            Node::Computed(scalar) => write::element(out, name, scalar.as_ref()),
            Node::Document(fields) => {
                write::header(out, tag::DOCUMENT, name);
                write_document(fields, out);
            }
            Node::Array(items) => {
                let start = write::begin_array(out, name);
                let mut digits = [0; 20];
                for (index, item) in items.iter().enumerate() {
                    item.write(write::index_name(index, &mut digits), out);
                }
                write::end(out, start);
            }
        }
    }

    /// Writes this root as a whole document.
    pub(super) fn write_root(&self, out: &mut Vec<u8>) {
        match self {
            Node::Document(fields) => write_document(fields, out),
            Node::Stored(_) | Node::Computed(_) | Node::Array(_) => write_document(&[], out),
        }
    }
}

fn write_document(fields: &[(&[u8], Node<'_>)], out: &mut Vec<u8>) {
    let start = write::begin(out);
    for (name, node) in fields {
        node.write(name, out);
    }
    write::end(out, start);
}

/// The element of an array that `part` names: digits without a leading zero.
pub(super) fn array_index(part: &str) -> Option<usize> {
    let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (part.len() > 1 && part.starts_with('0')) {
        return None;
    }
    part.parse().ok()
}

/// How deeply documents and arrays are nested in `value`: 0 for a scalar, never counted far over the limit.
pub(super) fn levels(value: ValueRef<'_>) -> usize {
    fn within(value: ValueRef<'_>, left: usize) -> usize {
        match value.as_document().or(value.as_array()) {
            None => 0,
            Some(_) if left == 0 => 1,
            Some(document) => 1 + document.values().map(|value| within(value, left - 1)).max().unwrap_or(0),
        }
    }
    within(value, NESTING_MAX + 1)
}

/// Refuses to put a value that nests `levels` deep at the end of `path` when the document would then be
/// nested too deeply.
///
/// # Errors
/// Overflow (15).
pub(super) fn refuse_nesting(path: &Path, levels: usize) -> Result<()> {
    if path.len() - 1 + levels <= NESTING_MAX {
        return Ok(());
    }
    let start: String = path.as_str().chars().take(100).collect();
    Err(Error::new(
        Code::OVERFLOW,
        format!("The update would nest documents deeper than {NESTING_MAX} levels at '{start}'"),
    ))
}

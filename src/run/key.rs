//! The index key that a document was found by (`returnKey`).

use crate::error::Result;
use crate::index::entry::encode_row;
use crate::plan::Access;
use anser_query::path::index_keys;
use anser_query::value::{DocumentRef, write};
use anser_storage::Direction;

/// Writes a document of the index's paths and the key's values to `out` (appended): of several entries in the
/// ranges the one that the scan meets first. Without an index it is empty, as in MongoDB.
pub(crate) fn write(access: &Access, document: DocumentRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    let scans = match access {
        Access::Collection(_) => &[][..],
        Access::Index(scan) => std::slice::from_ref(scan),
        Access::Union(scans) => scans,
    };
    let mut first: Option<(Vec<u8>, Vec<u8>)> = None;
    for scan in scans {
        let index = &scan.index;
        index_keys::extract(&index.paths, document, &mut |row| {
            let mut key = Vec::new();
            encode_row(index, row.values, &mut key);
            let sooner = first.as_ref().is_none_or(|(other, _)| match scan.direction {
                Direction::Forward => key < *other,
                Direction::Backward => key > *other,
            });
            if sooner && scan.ranges.iter().any(|range| range.holds(&key)) {
                let mut shown = Vec::new();
                let start = write::begin(&mut shown);
                for (path, value) in index.paths.iter().zip(row.values) {
                    write::element(&mut shown, path.as_str().as_bytes(), *value);
                }
                write::end(&mut shown, start);
                first = Some((key, shown));
            }
        })?;
        if first.is_some() {
            break;
        }
    }
    match first {
        Some((_, shown)) => out.extend_from_slice(&shown),
        None => out.extend_from_slice(DocumentRef::EMPTY.as_bytes()),
    }
    Ok(())
}

//! The array rule, as a filter and as an index sees it.
mod awkward;

use anser_query::path::{Found, Path, index_keys};
use anser_query::value::{DocumentRef, ValueBuf, ValueRef, equal, tag};
use awkward::Awkward;
use bson::{RawDocumentBuf, rawdoc};
use std::ops::ControlFlow;

/// The ends of `path`: values as Extended JSON, an element named by its index in `<>`, missing as "-".
fn walked(path: &str, document: &RawDocumentBuf) -> Vec<String> {
    let mut ends = Vec::new();
    let _ = Path::new(path).walk(DocumentRef::from(document), &mut |found| {
        ends.push(match found {
            Found::Value(value) => format!("{value:?}"),
            Found::Element(value) => format!("<{value:?}>"),
            Found::Missing => "-".to_owned(),
        });
        ControlFlow::Continue(())
    });
    ends
}

fn extracted(paths: &[&str], document: &RawDocumentBuf) -> Result<(Vec<String>, u32, bool), i32> {
    let paths: Vec<_> = paths.iter().map(|path| Path::new(path)).collect();
    let mut rows = Vec::new();
    index_keys::extract(&paths, DocumentRef::from(document), &mut |row| {
        let sparse = if row.all_missing { "-" } else { "" };
        rows.push(format!("{sparse}{:?}", row.values));
    })
    .map(|extracted| (rows, extracted.multikey, extracted.all_missing))
    .map_err(|error| error.code().0)
}

fn rows(paths: &[&str], document: &RawDocumentBuf) -> Vec<String> {
    extracted(paths, document).expect("the document can be indexed").0
}

#[test]
fn a_path_is_cut_at_every_dot() {
    let parts = |text: &str| Path::new(text).parts().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(parts("a.b.c"), ["a", "b", "c"]);
    assert_eq!(parts(""), [""]);
    assert_eq!(parts(".a."), ["", "a", ""]);
    assert_eq!(Path::new("a.b").as_str(), "a.b");
}

#[test]
fn a_path_is_above_itself_and_what_goes_on_from_it() {
    let above = |upper: &str, lower: &str| Path::new(upper).is_prefix_of(&Path::new(lower));
    assert!(above("a", "a") && above("a", "a.b") && above("a.b", "a.b.c"));
    assert!(!above("a", "ab") && !above("a.b", "a") && !above("b", "a.b"));
}

#[test]
fn without_arrays_there_is_one_end() {
    let document = rawdoc! { "a": { "b": 1 }, "n": null, "s": 5 };
    assert_eq!(walked("a.b", &document), ["1"]);
    assert_eq!(walked("a", &document), [r#"{ "b": 1 }"#]);
    for missing in ["x", "a.x", "n.x", "s.x", "a.b.c", "x.y.z"] {
        assert_eq!(walked(missing, &document), ["-"], "{missing}");
    }
}

#[test]
fn an_array_at_the_end_is_given_whole() {
    assert_eq!(walked("a", &rawdoc! { "a": [1, 2] }), ["[1, 2]"]);
    assert_eq!(walked("a", &rawdoc! { "a": [] }), ["[]"]);
}

#[test]
fn documents_in_an_array_go_on_and_nothing_else_does() {
    assert_eq!(walked("a.b", &rawdoc! { "a": [{ "b": 1 }, { "c": 2 }, 3, null] }), ["1", "-"]);
    assert_eq!(walked("a.b", &rawdoc! { "a": [] }), Vec::<String>::new());
    assert_eq!(walked("a.b", &rawdoc! { "a": [1, 2] }), Vec::<String>::new());
    assert_eq!(walked("a.b", &rawdoc! { "a": [[{ "b": 1 }]] }), Vec::<String>::new());
    assert_eq!(walked("a.b.c", &rawdoc! { "a": [{ "b": [{ "c": 1 }, { "c": 2 }] }] }), ["1", "2"]);
}

#[test]
fn a_number_names_an_element_and_a_field_of_the_elements() {
    assert_eq!(walked("a.1", &rawdoc! { "a": [5, 7] }), ["<7>"]);
    assert_eq!(walked("a.2", &rawdoc! { "a": [5, 7] }), Vec::<String>::new());
    assert_eq!(walked("a.01", &rawdoc! { "a": [5, 7] }), Vec::<String>::new());
    assert_eq!(walked("a.1", &rawdoc! { "a": [5, [2, 4]] }), ["<[2, 4]>"]);
    assert_eq!(walked("a.1", &rawdoc! { "a": [5, { "1": 4 }] }), ["4", r#"<{ "1": 4 }>"#]);
    assert_eq!(walked("a.0", &rawdoc! { "a": [{ "b": 1 }] }), ["-", r#"<{ "b": 1 }>"#]);
    assert_eq!(walked("a.0.b", &rawdoc! { "a": [{ "b": 1 }, { "b": 2 }] }), ["-", "1", "-"]);
    assert_eq!(walked("a.0.b", &rawdoc! { "a": [3] }), Vec::<String>::new());
    assert_eq!(walked("a.0.0", &rawdoc! { "a": [[3, 4]] }), ["<3>"]);
    assert_eq!(walked("a.0.b", &rawdoc! { "a": [[{ "b": 1 }, 2]] }), ["1"]);
    assert_eq!(walked("a.0", &rawdoc! { "a": { "0": 1 } }), ["1"]);
}

#[test]
fn a_walk_ends_when_its_visitor_breaks() {
    let document = rawdoc! { "a": [{ "b": 1 }, { "b": 2 }] };
    let mut seen = 0;
    let end = Path::new("a.b").walk(DocumentRef::from(&document), &mut |_| {
        seen += 1;
        ControlFlow::Break(())
    });
    assert_eq!((seen, end), (1, ControlFlow::Break(())));
}

#[test]
fn a_document_without_arrays_gives_one_row() {
    let document = rawdoc! { "a": 1, "b": { "c": "x" } };
    assert_eq!(extracted(&["a", "b.c", "z"], &document), Ok((vec![r#"[1, "x", null]"#.into()], 0, false)));
    assert_eq!(extracted(&["y", "a.z"], &document), Ok((vec!["-[null, null]".into()], 0, true)));
}

#[test]
fn an_array_gives_a_row_per_element() {
    let document = rawdoc! { "a": [1, 2], "b": 3 };
    assert_eq!(extracted(&["b", "a"], &document), Ok((vec!["[3, 1]".into(), "[3, 2]".into()], 0b10, false)));
    assert_eq!(rows(&["a"], &rawdoc! { "a": [[1, 2], 3] }), ["[[1, 2]]", "[3]"]);
}

#[test]
fn an_empty_array_gives_undefined() {
    assert_eq!(extracted(&["a"], &rawdoc! { "a": [] }), Ok((vec!["[undefined]".into()], 1, false)));
    assert_eq!(rows(&["a", "a.b"], &rawdoc! { "a": [] }), ["[undefined, null]"]);
}

#[test]
fn paths_through_one_array_expand_together() {
    let document = rawdoc! { "a": [{ "b": 1, "c": 2 }, { "b": 3 }, 4] };
    assert_eq!(rows(&["a.b", "a.c"], &document), ["[1, 2]", "[3, null]", "-[null, null]"]);
    assert_eq!(rows(&["a", "a.b"], &rawdoc! { "a": [{ "b": 1 }] }), [r#"[{ "b": 1 }, 1]"#]);
}

#[test]
fn an_array_inside_an_array_of_documents_expands_too() {
    let document = rawdoc! { "a": [{ "b": [1, 2], "c": 9 }, { "b": 3 }] };
    assert_eq!(rows(&["a.b", "a.c"], &document), ["[1, 9]", "[2, 9]", "[3, null]"]);
}

#[test]
fn parallel_arrays_are_refused_by_the_names_of_the_arrays() {
    let document = rawdoc! { "a": [1], "b": [{ "c": 2 }] };
    let paths = [Path::new("a"), Path::new("b.c")];
    let refusal = index_keys::extract(&paths, DocumentRef::from(&document), &mut |_| ()).unwrap_err();
    assert_eq!(refusal.code().0, 171);
    assert_eq!(refusal.message(), "cannot index parallel arrays [b] [a]");
    let inner = rawdoc! { "a": [{ "b": [1], "c": [2] }] };
    assert_eq!(extracted(&["a.b", "a.c"], &inner), Err(171));
    assert_eq!(extracted(&["a", "b"], &rawdoc! { "a": [], "b": [] }), Err(171));
}

#[test]
fn a_number_in_an_indexed_path_names_an_element() {
    let each_same = |rows: Vec<String>, row: &str| !rows.is_empty() && rows.iter().all(|other| other == row);
    assert!(each_same(rows(&["a.0"], &rawdoc! { "a": [1, 2] }), "[1]"));
    assert!(each_same(rows(&["a.0"], &rawdoc! { "a": [[1, 2]] }), "[[1, 2]]"));
    assert!(each_same(rows(&["a.0.0"], &rawdoc! { "a": [[1, 2]] }), "[1]"));
    assert!(each_same(rows(&["a.1.b"], &rawdoc! { "a": [0, { "b": 7 }] }), "[7]"));
    assert_eq!(rows(&["a.0"], &rawdoc! { "a": { "0": 4 } }), ["[4]"]);
    assert_eq!(rows(&["a.0"], &rawdoc! { "a": [[]] }), ["[undefined]"]);
    assert_eq!(extracted(&["a.0"], &rawdoc! { "a": [{ "0": 1 }] }), Err(16746));
}

#[test]
fn an_index_of_any_number_of_parts_expands_its_array() {
    let document = rawdoc! { "a": [1, 2], "b": 7 };
    for parts in [2, 4, 5, 31, 32] {
        let paths: Vec<_> = (0..parts).map(|part| if part == 1 { "a" } else { "b" }).collect();
        let (rows, multikey, _) = extracted(&paths, &document).expect("the document can be indexed");
        let row = |value: &str| {
            let values: Vec<_> = (0..parts).map(|part| if part == 1 { value } else { "7" }).collect();
            format!("[{}]", values.join(", "))
        };
        assert_eq!((rows, multikey), (vec![row("1"), row("2")], 0b10), "{parts} parts");
    }
}

#[test]
fn more_parts_than_an_index_may_have_are_refused() {
    let paths: Vec<_> = (0..33).map(|_| "a").collect();
    assert_eq!(extracted(&paths, &rawdoc! {}), Err(67));
}

fn array(value: ValueRef<'_>) -> Option<DocumentRef<'_>> {
    (value.tag == tag::ARRAY).then(|| DocumentRef::new(value.bytes))
}

/// Candidates ⊇ matches, at its root: what a filter can find under a path is in the path's index rows.
#[test]
fn whatever_a_walk_finds_is_in_the_index_rows() {
    let mut source = Awkward::new(3);
    let (mut found, mut refused) = (0, 0);
    let paths = ["a", "b", "a.b", "a.0", "a.b.c", "0.a", "a.0.b", "b.1", "a.a.a", "a.0.0"];
    for _ in 0..20_000 {
        let bytes = source.document(4);
        let document = DocumentRef::new(&bytes);
        let path = Path::new(paths[source.below(paths.len())]);
        let mut rows: Vec<ValueBuf> = Vec::new();
        let one = std::slice::from_ref(&path);
        if index_keys::extract(one, document, &mut |row| rows.push(row.values[0].to_owned())).is_err() {
            refused += 1;
            continue;
        }
        let holds = |value: ValueRef<'_>| rows.iter().any(|row| equal::equal(row.as_ref(), value));
        let empty = ValueRef { tag: tag::UNDEFINED, bytes: &[] };
        let numbered = path.parts().any(|part| part.parse::<u8>().is_ok());
        let _ = path.walk(document, &mut |end| {
            found += 1;
            let held = match end {
                Found::Value(value) => match array(value) {
                    Some(array) if array.is_empty() => holds(empty),
                    Some(array) => array.values().all(holds),
                    None => holds(value),
                },
                Found::Element(value) => {
                    holds(value) || array(value).is_some_and(DocumentRef::is_empty) && holds(empty)
                }
                // An element that a number names may lack that number as a field: absence under a path with
                // numbers is not to be looked up in an index.
                Found::Missing => numbered || holds(ValueRef::NULL),
            };
            assert!(held, "{end:?} at {} of {document:?}: {rows:?}", path.as_str());
            ControlFlow::Continue(())
        });
    }
    assert!(found > 10_000 && refused < 2_000, "{found} {refused}");
}

#[test]
fn broken_documents_are_walked_without_panic() {
    let mut source = Awkward::new(5);
    let paths = [Path::new("a.0.b"), Path::new("a.b")];
    for _ in 0..5_000 {
        let mut bytes = source.document(4);
        for _ in 0..3 {
            let at = source.below(bytes.len());
            bytes[at] = source.number() as u8;
        }
        let document = DocumentRef::new(&bytes);
        let _ = paths[0].walk(document, &mut |_| ControlFlow::Continue(()));
        let _ = index_keys::extract(&paths, document, &mut |_| ());
    }
}

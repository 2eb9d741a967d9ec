//! The compiled matcher is held to the reference evaluator, and the evaluator to laws of its own, by random
//! filters on random documents made of awkward values. `ANSER_DIFFERENTIAL_ROUNDS` sets how many.

use super::awkward::Awkward;
use anser_query::Filter;
use anser_query::value::{DocumentRef, ValueBuf, ValueRef, tag, write};

const PATHS: [&str; 10] = ["a", "b", "c", "0", "a.b", "a.0", "b.c", "a.b.c", "b.1.a", "missing"];
const COMPARISONS: [&str; 6] = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"];

fn rounds() -> usize {
    std::env::var("ANSER_DIFFERENTIAL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20_000)
}

/// Writes a random filter's members.
fn filter(source: &mut Awkward, depth: usize, out: &mut Vec<u8>) {
    for _ in 0..1 + source.below(5) / 3 {
        if depth > 0 && source.below(4) == 0 {
            let operator = ["$and", "$or", "$nor"][source.below(3)];
            let array = write::begin_array(out, operator.as_bytes());
            for index in 0..1 + source.below(2) {
                let member = write::begin_document(out, index.to_string().as_bytes());
                filter(source, depth - 1, out);
                write::end(out, member);
            }
            write::end(out, array);
        } else {
            let path = PATHS[source.below(PATHS.len())];
            condition(source, path.as_bytes(), depth, out);
        }
    }
}

fn condition(source: &mut Awkward, name: &[u8], depth: usize, out: &mut Vec<u8>) {
    if source.below(3) == 0 {
        let operand = source.value(2);
        return write::element(out, name, operand.as_ref());
    }
    let start = write::begin_document(out, name);
    for _ in 0..1 + source.below(4) / 3 {
        operator(source, depth, out);
    }
    write::end(out, start);
}

fn operator(source: &mut Awkward, depth: usize, out: &mut Vec<u8>) {
    match source.below(16) {
        0..6 => {
            let operand = source.value(2);
            write::element(out, COMPARISONS[source.below(6)].as_bytes(), operand.as_ref());
        }
        6..8 => {
            let operand = source.array(2);
            write::element(out, ["$in", "$nin"][source.below(2)].as_bytes(), operand.as_ref());
        }
        8 => write::int32(out, b"$exists", source.below(2) as i32),
        9 => write::int32(out, b"$size", source.below(4) as i32),
        10 => write::int32(out, b"$type", 1 + source.below(19) as i32),
        11 => {
            let start = write::begin_array(out, b"$mod");
            write::int32(out, b"0", 1 + source.below(4) as i32);
            write::int32(out, b"1", source.below(3) as i32);
            write::end(out, start);
        }
        12 => {
            let operand = source.array(2);
            write::element(out, b"$all", operand.as_ref());
        }
        13 if depth > 0 => condition_document(source, b"$not", depth, out),
        14 if depth > 0 => condition_document(source, b"$elemMatch", depth, out),
        15 if depth > 0 => {
            let start = write::begin_document(out, b"$elemMatch");
            filter(source, depth - 1, out);
            write::end(out, start);
        }
        _ => write::string(out, b"$regex", ["a", "^a", "A$", "", "^$"][source.below(5)]),
    }
}

fn condition_document(source: &mut Awkward, name: &[u8], depth: usize, out: &mut Vec<u8>) {
    let start = write::begin_document(out, name);
    operator(source, depth - 1, out);
    write::end(out, start);
}

fn random_filter(source: &mut Awkward) -> Vec<u8> {
    let mut bytes = Vec::new();
    let start = write::begin(&mut bytes);
    filter(source, 2, &mut bytes);
    write::end(&mut bytes, start);
    bytes
}

/// `{operator: [filter]}`.
fn under(operator: &str, filter: &[u8]) -> Filter {
    let mut bytes = Vec::new();
    let start = write::begin(&mut bytes);
    let array = write::begin_array(&mut bytes, operator.as_bytes());
    write::array_element(&mut bytes, 0, ValueRef { tag: tag::DOCUMENT, bytes: filter });
    write::end(&mut bytes, array);
    write::end(&mut bytes, start);
    Filter::parse(DocumentRef::new(&bytes)).expect("it parsed without the operator around it")
}

/// Documents built of what a filter says, so that equalities meet: its own operands under its own paths.
fn echo(source: &mut Awkward, filter: &Filter) -> Vec<u8> {
    let mut bytes = Vec::new();
    let start = write::begin(&mut bytes);
    let mut names: Vec<String> = Vec::new();
    for (path, value) in filter.equalities() {
        let name = path.part(0).to_owned();
        if names.contains(&name) {
            continue;
        }
        let nested = path.parts().skip(1).fold(value.clone(), |inner, part| wrapped(part, &inner));
        let value = if source.below(3) == 0 { wrapped_in_array(&nested) } else { nested };
        write::element(&mut bytes, name.as_bytes(), value.as_ref());
        names.push(name);
    }
    write::end(&mut bytes, start);
    bytes
}

fn wrapped(name: &str, value: &ValueBuf) -> ValueBuf {
    let mut bytes = Vec::new();
    let start = write::begin(&mut bytes);
    write::element(&mut bytes, name.as_bytes(), value.as_ref());
    write::end(&mut bytes, start);
    ValueBuf::new(tag::DOCUMENT, bytes)
}

fn wrapped_in_array(value: &ValueBuf) -> ValueBuf {
    ValueBuf::new(tag::ARRAY, wrapped("0", value).as_ref().bytes)
}

#[test]
fn the_compiled_matcher_never_disagrees_with_the_evaluator() {
    let mut source = Awkward::new(0xA25E2);
    let (mut filters, mut fast, mut whole, mut matched, mut answers) = (0, 0, 0, 0, 0);
    for _ in 0..rounds() {
        let bytes = random_filter(&mut source);
        // Refused ones (undefined, `$gt` of a regular expression …) are other tests' business.
        let Ok(filter) = Filter::parse(DocumentRef::new(&bytes)) else { continue };
        let matcher = filter.compile();
        let negated = under("$nor", &bytes);
        let shown = Filter::parse(DocumentRef::from(&filter.to_document()));
        filters += 1;
        fast += usize::from(matcher.fast_terms() > 0);
        whole += usize::from(matcher.is_compiled());
        for at in 0..6 {
            let document = if at == 0 { echo(&mut source, &filter) } else { source.document(3) };
            let document = DocumentRef::new(&document);
            let answer = filter.matches(document);
            assert_eq!(matcher.matches(document), answer, "{:?} on {document:?}", DocumentRef::new(&bytes));
            assert_ne!(negated.matches(document), answer, "{:?} on {document:?}", DocumentRef::new(&bytes));
            assert_ne!(negated.compile().matches(document), answer);
            if let Ok(shown) = &shown {
                assert_eq!(shown.matches(document), answer, "{filter} shown, on {document:?}");
            }
            answers += 1;
            matched += usize::from(answer);
        }
    }
    println!(
        "{filters} filters, {fast} with fast terms, {whole} compiled whole; {matched} of {answers} matched"
    );
    assert!(filters > rounds() / 2, "{filters} of {} filters parsed", rounds());
    assert!(
        fast > filters / 2 && whole > filters / 5,
        "the fast path ran for {fast} and {whole} of {filters}"
    );
    assert!(matched > answers / 10, "only {matched} of {answers} matched: the test proves little");
}

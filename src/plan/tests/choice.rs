//! Which index answers which question.

use super::fixture::{Ask, Fixture, Spec, index};
use crate::engine::Hint;
use crate::plan::{Access, Order, Plan, Query, choose};
use anser_query::value::DocumentRef;
use anser_query::{Code, Filter};
use anser_storage::Direction;
use bson::{Document, doc, rawdoc};

/// 200 people: age 0 to 49, four cities, an email each, tags only where asked.
fn people(specs: Vec<Spec>) -> Fixture {
    let cities = ["Oslo", "Paris", "Rome", "Bonn"];
    let documents: Vec<Document> = (0..200)
        .map(|id: i32| {
            doc! {
                "_id": id,
                "age": (id * 7) % 50,
                "city": cities[id as usize % 4],
                "email": format!("user{id}@example.com"),
            }
        })
        .collect();
    Fixture::new(&documents, specs)
}

fn unique(keys: Document) -> Spec {
    Spec { unique: true, ..Spec::new(keys) }
}

fn sparse(keys: Document) -> Spec {
    Spec { sparse: true, ..Spec::new(keys) }
}

fn used(fixture: &Fixture, ask: Ask) -> String {
    fixture.used(&ask).unwrap_or_else(|| "collection".into())
}

fn sorts(fixture: &Fixture, ask: &Ask) -> bool {
    fixture.plan(ask).sort.is_some()
}

fn only_scan(plan: &Plan) -> &crate::plan::IndexScan {
    match &plan.access {
        Access::Index(scan) => scan,
        other => panic!("not one index: {other:?}"),
    }
}

#[test]
fn a_value_of_a_unique_index_is_looked_up_by_its_key() {
    let people = people(vec![index(doc! { "email": 1, "age": 1 }), unique(doc! { "email": 1 })]);
    let ask = Ask::filter(doc! { "email": "user7@example.com" });
    let plan = people.plan(&ask);
    let scan = only_scan(&plan);
    assert_eq!(scan.index.name, "email_1");
    assert!(matches!(scan.ranges.as_slice(), [range] if range.point));
    assert_eq!(people.records(&plan), [8]);
    assert_eq!(used(&people, Ask::filter(doc! { "_id": 3, "age": 21 })), "_id_");
    assert_eq!(people.answer(&Ask::filter(doc! { "_id": 3, "age": 21 })), [4]);
    assert!(people.answer(&Ask::filter(doc! { "_id": 3, "age": 22 })).is_empty());
}

#[test]
fn more_equalities_win_then_narrower_ranges() {
    let people = people(vec![
        index(doc! { "city": 1 }),
        index(doc! { "city": 1, "age": -1 }),
        index(doc! { "age": 1 }),
    ]);
    assert_eq!(used(&people, Ask::filter(doc! { "city": "Oslo", "age": 7 })), "city_1_age_-1");
    assert_eq!(used(&people, Ask::filter(doc! { "city": "Oslo", "age": { "$gt": 7 } })), "city_1_age_-1");
    assert_eq!(used(&people, Ask::filter(doc! { "city": "Oslo" })), "city_1");
    assert_eq!(used(&people, Ask::filter(doc! { "age": { "$gt": 7, "$lt": 9 } })), "age_1");
    assert_eq!(used(&people, Ask::filter(doc! { "age": 3, "city": { "$gt": "P" } })), "age_1");
    assert_eq!(used(&people, Ask::filter(doc! { "nothing": 1 })), "collection");
    assert_eq!(used(&people, Ask::filter(doc! { "age": { "$ne": 1 } })), "collection");
}

#[test]
fn an_index_spares_the_sort_where_its_order_fits() {
    let people = people(vec![index(doc! { "city": 1, "age": -1 }), index(doc! { "age": 1 })]);
    let oslo = Ask::filter(doc! { "city": "Oslo" });
    assert!(!sorts(&people, &oslo.clone().sort(doc! { "age": -1 })));
    assert!(!sorts(&people, &oslo.clone().sort(doc! { "age": 1 })));
    assert!(!sorts(&people, &oslo.clone().sort(doc! { "city": 1, "age": 1 })), "the city is one value");
    assert!(sorts(&people, &oslo.sort(doc! { "email": 1 })));
    let all = Ask::default();
    assert!(!sorts(&people, &all.clone().sort(doc! { "city": 1, "age": -1 })));
    assert!(!sorts(&people, &all.clone().sort(doc! { "city": -1, "age": 1 })));
    assert!(sorts(&people, &all.clone().sort(doc! { "city": 1, "age": 1 })), "one way would have to turn");
    let backward = people.plan(&all.sort(doc! { "age": -1 }));
    assert_eq!(only_scan(&backward).direction, Direction::Backward);
    let several = Ask::filter(doc! { "city": { "$in": ["Rome", "Oslo"] } });
    assert!(!sorts(&people, &several.clone().sort(doc! { "city": 1, "age": -1 })));
    assert!(sorts(&people, &several.sort(doc! { "age": -1 })), "two cities are two runs of ages");
}

#[test]
fn a_limit_prefers_an_order_to_a_range() {
    let people = people(vec![index(doc! { "age": 1 }), index(doc! { "email": 1 })]);
    let ask = Ask::filter(doc! { "age": { "$gt": 3 } }).sort(doc! { "email": 1 });
    assert_eq!(used(&people, ask.clone()), "age_1");
    assert_eq!(used(&people, ask.limit(5)), "email_1");
}

#[test]
fn an_in_becomes_points_in_the_order_of_the_index() {
    let people = people(vec![index(doc! { "age": -1 })]);
    let ask = Ask::filter(doc! { "age": { "$in": [3, 40, 12] } }).sort(doc! { "age": 1 });
    let plan = people.plan(&ask);
    assert_eq!(only_scan(&plan).ranges.len(), 3);
    assert!(plan.sort.is_none());
    let ages: Vec<i32> = people
        .records(&plan)
        .iter()
        .map(|&record| people.documents[record as usize - 1].get_i32("age").unwrap())
        .collect();
    assert!(ages.is_sorted() && ages.len() == 12, "{ages:?}");
    let nothing = people.plan(&Ask::filter(doc! { "age": { "$in": [] } }));
    assert!(people.records(&nothing).is_empty());
}

#[test]
fn an_or_of_indexable_branches_is_a_union() {
    let people = people(vec![index(doc! { "age": 1 }), index(doc! { "city": 1 })]);
    let ask = Ask::filter(doc! { "$or": [{ "age": 7 }, { "city": "Rome" }] });
    assert_eq!(used(&people, ask.clone()), "age_1|city_1");
    let mut found = people.answer(&ask);
    found.sort_unstable();
    assert!(found.windows(2).all(|two| two[0] < two[1]), "no document twice");
    assert_eq!(found.len(), 54, "4 of age 7 and 50 Romans");
    assert_eq!(used(&people, Ask::filter(doc! { "$or": [{ "age": 7 }, { "x": 1 }] })), "collection");
}

#[test]
fn a_sparse_index_is_used_only_where_something_has_to_exist() {
    let documents = [doc! { "a": 1 }, doc! {}, doc! { "a": null }];
    let fixture = Fixture::new(&documents, vec![sparse(doc! { "a": 1 })]);
    assert_eq!(used(&fixture, Ask::filter(doc! { "a": 1 })), "a_1");
    assert_eq!(used(&fixture, Ask::filter(doc! { "a": null })), "collection");
    assert_eq!(used(&fixture, Ask::filter(doc! { "a": { "$exists": false } })), "collection");
    assert_eq!(used(&fixture, Ask::default().sort(doc! { "a": 1 })), "collection");
    assert_eq!(used(&fixture, Ask::filter(doc! { "a": { "$exists": true } }).sort(doc! { "a": 1 })), "a_1");
    // A hint is obeyed, and the documents that are not in the index are not found.
    assert_eq!(fixture.answer(&Ask::default().hint("a_1")), [3, 1]);
}

#[test]
fn arrays_forbid_intersecting_combining_and_sorting() {
    let documents = [
        doc! { "a": [1, 9], "b": 1 },
        doc! { "a": [5], "b": 2 },
        doc! { "d": [{ "x": 1, "y": 0 }, { "x": 0, "y": 1 }] },
    ];
    let fixture =
        Fixture::new(&documents, vec![index(doc! { "a": 1, "b": 1 }), index(doc! { "d.x": 1, "d.y": 1 })]);
    assert_eq!(fixture.answer(&Ask::filter(doc! { "a": { "$gt": 6, "$lt": 4 } })), [1]);
    assert!(fixture.answer(&Ask::filter(doc! { "a": { "$elemMatch": { "$gt": 6, "$lt": 4 } } })).is_empty());
    assert!(sorts(&fixture, &Ask::default().sort(doc! { "a": 1 })));
    assert!(!sorts(&fixture, &Ask::filter(doc! { "a": 5 }).sort(doc! { "b": 1 })));
    assert_eq!(fixture.answer(&Ask::filter(doc! { "d.x": 1, "d.y": 1 })), [3]);
    let one_element = Ask::filter(doc! { "d": { "$elemMatch": { "x": 1, "y": 0 } } });
    let choice = fixture.choice(&one_element);
    let narrowed = choice.chosen[0].parts.iter().filter(|part| part.iter().all(|one| one.point)).count();
    assert_eq!(narrowed, 2, "both parts are of one element");
    assert_eq!(fixture.answer(&one_element), [3]);
}

#[test]
fn a_hint_names_the_index_or_is_refused() {
    let people = people(vec![index(doc! { "age": 1 }), index(doc! { "city": 1 })]);
    let ask = Ask::filter(doc! { "age": 14, "city": "Oslo" });
    assert_eq!(used(&people, ask.clone().hint("city_1")), "city_1");
    let by_keys = Ask { hint: Some(Hint::Keys(doc! { "city": 1.0 })), ..ask.clone() };
    assert_eq!(used(&people, by_keys), "city_1");
    let natural = Ask { hint: Some(Hint::Keys(doc! { "$natural": -1 })), ..ask.clone() };
    assert_eq!(used(&people, natural.clone()), "collection");
    let found = people.answer(&natural);
    assert!(found.is_sorted_by(|left, right| left > right) && !found.is_empty());
    let refused = [
        Hint::Name("age".into()),
        Hint::Name(String::new()),
        Hint::Keys(doc! { "city": -1 }),
        Hint::Keys(doc! { "$natural": 2 }),
        Hint::Keys(doc! { "$natural": 1, "age": 1 }),
    ];
    for hint in refused {
        let ask = Ask { hint: Some(hint.clone()), ..ask.clone() };
        let error = people.with(&ask, |query| choose(&people.collection, query).unwrap_err());
        assert_eq!(error.code(), Code::BAD_VALUE, "{hint:?}");
    }
}

#[test]
fn min_and_max_bound_the_hinted_index() {
    let people = people(vec![index(doc! { "age": 1 })]);
    let (min, max, other) = (rawdoc! { "age": 3 }, rawdoc! { "age": 5 }, rawdoc! { "city": 1 });
    let hint = Hint::Name("age_1".into());
    let query = Query {
        hint: Some(&hint),
        min: Some(DocumentRef::from(&min)),
        max: Some(DocumentRef::from(&max)),
        ..Query::new(&Filter::All)
    };
    let plan = choose(&people.collection, &query).unwrap();
    assert_eq!(people.records(&plan).len(), 8, "of age 3 and of age 4");
    let code = |query: Query<'_>| choose(&people.collection, &query).unwrap_err().code().0;
    assert_eq!(code(Query { hint: None, ..query }), 51173);
    assert_eq!(code(Query { min: Some(DocumentRef::from(&other)), ..query }), 51174);
    assert_eq!(code(Query { min: query.max, max: query.min, ..query }), 51175);
}

#[test]
fn counts_are_made_by_ranges_where_these_are_exact() {
    let people = people(vec![index(doc! { "age": 1 }), index(doc! { "city": 1, "age": 1 })]);
    let exact = |filter: Document| match people.plan(&Ask::filter(filter)).access {
        Access::Index(scan) => scan.exact,
        _ => false,
    };
    assert!(exact(doc! { "age": { "$gte": 5, "$lt": 9 } }));
    assert!(exact(doc! { "age": { "$in": [5, 9] } }));
    assert!(exact(doc! { "city": "Oslo", "age": { "$lt": 9 } }));
    assert!(!exact(doc! { "age": null }), "missing is null, undefined is not");
    assert!(!exact(doc! { "age": 5, "email": "x" }), "the index does not know the email");
    assert!(!exact(doc! { "age": { "$gt": 5, "$mod": [2, 0] } }));
    assert!(!exact(doc! { "city": { "$gt": "A" }, "age": 5, "$nor": [{ "age": 6 }] }));
}

#[test]
fn natural_order_reads_the_collection() {
    let people = people(vec![index(doc! { "age": 1 })]);
    let plan = people.with(&Ask::filter(doc! { "age": 7 }), |query| {
        let order = Order::Natural(Direction::Backward);
        choose(&people.collection, &Query { order: &order, ..*query }).unwrap()
    });
    assert!(matches!(plan.access, Access::Collection(Direction::Backward)));
    assert_eq!(people.records(&plan), [152, 102, 52, 2]);
}

#[test]
fn every_index_is_told_why_it_is_used_or_not() {
    let people = people(vec![index(doc! { "age": 1 }), index(doc! { "city": 1 }), sparse(doc! { "x": 1 })]);
    let choice = people.choice(&Ask::filter(doc! { "age": 7, "city": { "$gt": "P" }, "x": null }));
    let told: Vec<(&str, bool)> = choice.considered.iter().map(|one| (one.name.as_str(), one.used)).collect();
    assert_eq!(told, [("_id_", false), ("age_1", true), ("city_1", false), ("x_1", false)]);
    let reason = |at: usize| choice.considered[at].reason.as_str();
    assert_eq!(reason(0), "the filter says nothing of its first path '_id'");
    assert_eq!(reason(2), "it could be used; 'age_1' is expected to look at less");
    assert_eq!(reason(3), "it is sparse, and a document without its paths may match");
}

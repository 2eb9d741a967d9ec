//! Filters, updates, sorts and projections, by the BSON they become.

use anser::prelude::*;
use anser::{Code, actions, bson};
use std::collections::HashMap;

#[derive(Embed, Debug)]
struct Address {
    city: String,
    zip: i32,
}

#[derive(Model, Debug)]
struct User {
    #[model(id)]
    id: ObjectId,
    age: u8,
    big: i64,
    wide: u32,
    score: f64,
    city: String,
    nick: Option<String>,
    active: bool,
    born: DateTime,
    tags: Vec<String>,
    places: Vec<Address>,
    old: Option<Address>,
    counts: HashMap<String, i32>,
    any: Bson,
}

#[track_caller]
fn means(filter: Filter<User>, expected: Document) {
    assert_eq!(filter.to_document().unwrap(), expected);
}

#[track_caller]
fn changes(update: anser::Update<User>, expected: Document) {
    assert_eq!(update.to_document().unwrap(), expected);
}

#[test]
fn comparisons() {
    means(User::AGE.eq(18), doc! { "age": 18 });
    means(User::AGE.ne(18), doc! { "age": { "$ne": 18 } });
    means(User::AGE.gt(18), doc! { "age": { "$gt": 18 } });
    means(User::AGE.gte(18), doc! { "age": { "$gte": 18 } });
    means(User::AGE.lt(18), doc! { "age": { "$lt": 18 } });
    means(User::AGE.lte(18), doc! { "age": { "$lte": 18 } });
    means(User::AGE.is_in([1, 2]), doc! { "age": { "$in": [1, 2] } });
    means(User::AGE.not_in(vec![1, 2]), doc! { "age": { "$nin": [1, 2] } });
    means(User::AGE.exists(), doc! { "age": { "$exists": true } });
    means(User::AGE.missing(), doc! { "age": { "$exists": false } });
    means(User::BIG.gte(3_000_000_000), doc! { "big": { "$gte": 3_000_000_000_i64 } });
    means(User::WIDE.eq(3_000_000_000), doc! { "wide": 3_000_000_000_i64 });
    means(User::SCORE.gte(2), doc! { "score": { "$gte": 2.0 } });
    means(User::SCORE.gte(2.5), doc! { "score": { "$gte": 2.5 } });
    means(User::CITY.eq("Oslo"), doc! { "city": "Oslo" });
    means(User::CITY.eq(String::from("Oslo")), doc! { "city": "Oslo" });
    means(User::CITY.is_in(["Oslo", "Rome"]), doc! { "city": { "$in": ["Oslo", "Rome"] } });
    means(User::NICK.eq("x"), doc! { "nick": "x" });
    means(User::NICK.is_none(), doc! { "nick": null });
    means(User::NICK.is_some(), doc! { "nick": { "$ne": null } });
    means(User::OLD.is_none(), doc! { "old": null });
    means(User::ACTIVE.eq(true), doc! { "active": true });
    let (id, now) = (ObjectId::new(), DateTime::now());
    means(User::ID.eq(id), doc! { "_id": id });
    means(User::BORN.lt(now), doc! { "born": { "$lt": now } });
    means(User::ANY.eq("text"), doc! { "any": "text" });
    means(User::ANY.eq(doc! { "$odd": 1 }), doc! { "any": { "$eq": { "$odd": 1 } } });
    let pattern = bson::Regex { pattern: "a".try_into().unwrap(), options: "".try_into().unwrap() };
    means(User::ANY.eq(pattern.clone()), doc! { "any": { "$eq": pattern } });
}

#[test]
fn text_arrays_and_maps() {
    means(User::CITY.regex("^O"), doc! { "city": { "$regex": "^O" } });
    means(User::CITY.regex_with("^o", "i"), doc! { "city": { "$regex": "^o", "$options": "i" } });
    means(User::CITY.starts_with("a.b(c"), doc! { "city": { "$regex": r"^a\.b\(c" } });
    means(User::CITY.ends_with("?"), doc! { "city": { "$regex": r"\?\z" } });
    means(User::TAGS.contains("x"), doc! { "tags": "x" });
    means(User::TAGS.contains_any(["x", "y"]), doc! { "tags": { "$in": ["x", "y"] } });
    means(User::TAGS.contains_all(["x", "y"]), doc! { "tags": { "$all": ["x", "y"] } });
    means(User::TAGS.eq(["x"]), doc! { "tags": ["x"] });
    assert_eq!(User::TAGS.size(2).to_document().unwrap(), doc! { "tags": { "$size": 2_i64 } });
    let in_oslo = Address::CITY.eq("Oslo") & Address::ZIP.gt(6);
    means(
        User::PLACES.any(in_oslo),
        doc! { "places": { "$elemMatch": { "city": "Oslo", "zip": { "$gt": 6 } } } },
    );
    means(User::PLACES.each().zip().eq(7), doc! { "places.zip": 7 });
    means(User::COUNTS.key("a").gt(1), doc! { "counts.a": { "$gt": 1 } });
}

#[test]
fn a_key_that_cannot_be_a_part_of_a_path_is_an_error_when_it_is_used() {
    for key in ["a.b", "", "$a", "a\0b"] {
        let error = User::COUNTS.key(key).eq(1).to_document().unwrap_err();
        assert_eq!(error.code(), Code::BAD_VALUE);
        let error = User::COUNTS.key(key).inc(1).to_document().unwrap_err();
        assert_eq!(error.code(), Code::BAD_VALUE);
    }
    let joined = User::AGE.eq(1) & User::COUNTS.key("a.b").eq(1);
    assert!(joined.to_document().is_err());
    let database = Database::open("memory:").unwrap();
    let error = database.collection::<User>().find_one(User::COUNTS.key("a.b").eq(1)).run().unwrap_err();
    assert!(error.message().contains("a.b"), "{error}");
}

#[test]
fn filters_are_joined_as_mongodb_would_write_them() {
    means(User::AGE.gte(18) & User::CITY.eq("x"), doc! { "age": { "$gte": 18 }, "city": "x" });
    means(
        User::AGE.gte(18) & User::AGE.lt(65),
        doc! { "$and": [{ "age": { "$gte": 18 } }, { "age": { "$lt": 65 } }] },
    );
    means(
        User::AGE.gte(1) & User::AGE.lt(6) & User::AGE.ne(3) & User::CITY.eq("x"),
        doc! { "$and": [{ "age": { "$gte": 1 } }, { "age": { "$lt": 6 } }], "age": { "$ne": 3 }, "city": "x" },
    );
    means(
        User::AGE.eq(1) | User::AGE.eq(2) | User::CITY.eq("x"),
        doc! { "$or": [{ "age": 1 }, { "age": 2 }, { "city": "x" }] },
    );
    means(!User::AGE.eq(1), doc! { "$nor": [{ "age": 1 }] });
    means(!!User::AGE.eq(1), doc! { "$nor": [{ "$nor": [{ "age": 1 }] }] });
    means(!(User::AGE.eq(1) | User::AGE.eq(2)), doc! { "$nor": [{ "$or": [{ "age": 1 }, { "age": 2 }] }] });
    means(User::AGE.eq(1) & doc! { "city": "x" }, doc! { "age": 1, "city": "x" });
    means(doc! { "city": "x" } & User::AGE.eq(1), doc! { "city": "x", "age": 1 });
    means(doc! { "city": "x" } | User::AGE.eq(1), doc! { "$or": [{ "city": "x" }, { "age": 1 }] });
    means(Filter::all() & User::AGE.eq(1), doc! { "age": 1 });
    means(User::AGE.eq(1) & Filter::all(), doc! { "age": 1 });
    means(Filter::all(), doc! {});
    means(
        [User::AGE.gt(1), User::CITY.eq("x")].into_iter().collect(),
        doc! { "age": { "$gt": 1 }, "city": "x" },
    );
    means(Filter::any_of([User::AGE.eq(1), User::AGE.eq(2)]), doc! { "$or": [{ "age": 1 }, { "age": 2 }] });
    means(Filter::any_of(Vec::<Filter<User>>::new()), doc! { "$nor": [{}] });
}

#[test]
fn updates() {
    changes(User::CITY.set("x"), doc! { "$set": { "city": "x" } });
    changes(User::NICK.set("x"), doc! { "$set": { "nick": "x" } });
    changes(User::NICK.unset(), doc! { "$unset": { "nick": "" } });
    changes(User::AGE.inc(-1), doc! { "$inc": { "age": -1 } });
    changes(User::BIG.inc(1), doc! { "$inc": { "big": 1_i64 } });
    changes(User::SCORE.mul(1.5), doc! { "$mul": { "score": 1.5 } });
    changes(User::AGE.min(3), doc! { "$min": { "age": 3 } });
    changes(User::AGE.max(3), doc! { "$max": { "age": 3 } });
    changes(User::TAGS.push("x"), doc! { "$push": { "tags": "x" } });
    changes(User::TAGS.push_all(["x"]), doc! { "$push": { "tags": { "$each": ["x"] } } });
    changes(User::TAGS.add_to_set("x"), doc! { "$addToSet": { "tags": "x" } });
    changes(User::TAGS.add_all_to_set(["x"]), doc! { "$addToSet": { "tags": { "$each": ["x"] } } });
    changes(User::TAGS.pull("x"), doc! { "$pull": { "tags": "x" } });
    changes(User::TAGS.pull_all(["x"]), doc! { "$pullAll": { "tags": ["x"] } });
    changes(
        User::PLACES.pull_where(Address::ZIP.lt(3)),
        doc! { "$pull": { "places": { "zip": { "$lt": 3 } } } },
    );
    changes(User::TAGS.pop(), doc! { "$pop": { "tags": 1 } });
    changes(User::TAGS.pop_first(), doc! { "$pop": { "tags": -1 } });
    changes(User::CITY.rename(&User::CITY), doc! { "$rename": { "city": "city" } });
    changes(User::AGE.set_on_insert(1), doc! { "$setOnInsert": { "age": 1 } });
    changes(User::BORN.current_date(), doc! { "$currentDate": { "born": true } });
    changes(
        User::OLD.set(Address { city: "x".into(), zip: 1 }),
        doc! { "$set": { "old": { "city": "x", "zip": 1 } } },
    );
}

#[test]
fn updates_are_joined_by_their_operators() {
    changes(
        User::AGE.inc(1) & User::CITY.set("x") & User::BIG.inc(2),
        doc! { "$inc": { "age": 1, "big": 2_i64 }, "$set": { "city": "x" } },
    );
    changes(doc! { "$set": { "a": 1 } } & User::CITY.set("x"), doc! { "$set": { "a": 1, "city": "x" } });
    changes(
        User::CITY.set("x") & doc! { "$set": { "a": 1 }, "$unset": { "b": "" } },
        doc! { "$set": { "city": "x", "a": 1 }, "$unset": { "b": "" } },
    );
}

#[test]
fn sorts_and_projections() {
    use anser::{IntoProjection, IntoSort};
    let sort: Sort<User> = [User::CITY.asc(), User::AGE.desc()].into_sort();
    assert_eq!(sort.to_document().unwrap(), doc! { "city": 1, "age": -1 });
    let sort: Sort<User> = doc! { "x": -1 }.into_sort();
    assert_eq!(sort.to_document().unwrap(), doc! { "x": -1 });
    let of: anser::Projection<User> = [User::CITY.include(), User::ID.exclude()].into_projection();
    assert_eq!(of.to_document().unwrap(), doc! { "city": 1, "_id": 0 });
}

#[test]
fn actions_can_go_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    let database = Database::open("memory:").unwrap();
    let users = database.collection::<User>();
    is_send(&users);
    is_send(&users.find(User::AGE.eq(1)));
    is_send(&users.update_one(User::AGE.eq(1), User::AGE.inc(1)));
    let _: fn() -> actions::ReturnDocument = actions::ReturnDocument::default;
}

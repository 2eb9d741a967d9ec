//! The indexes that models ask for: declared, made, made again, and refused.

use super::on_every_storage;
use anser::prelude::*;
use anser::{Code, bson};

#[derive(Embed)]
struct Address {
    #[serde(rename = "town")]
    city: String,
}

#[derive(Model)]
#[serde(rename_all = "camelCase")]
#[model(collection = "people", index(home_city, -age), index(address.city, unique, sparse))]
#[model(index(places.city, name = "by_place"), index(-"raw.path"))]
struct Person {
    #[model(id)]
    id: i32,
    #[model(unique)]
    email: String,
    #[model(index, sparse)]
    nick: Option<String>,
    home_city: String,
    age: u8,
    address: Option<Address>,
    places: Vec<Address>,
}

fn person(id: i32, email: &str) -> Person {
    let (email, home_city) = (email.to_owned(), "Oslo".to_owned());
    Person { id, email, nick: None, home_city, age: 1, address: None, places: vec![] }
}

#[test]
fn a_model_declares_its_indexes_by_stored_names() {
    let declared: Vec<_> = Person::schema()
        .indexes()
        .iter()
        .map(|index| (index.keys(), index.is_unique(), index.is_sparse(), index.spec().name))
        .collect();
    let expected = [
        (doc! { "email": 1 }, true, false, None),
        (doc! { "nick": 1 }, false, true, None),
        (doc! { "homeCity": 1, "age": -1 }, false, false, None),
        (doc! { "address.town": 1 }, true, true, None),
        (doc! { "places.town": 1 }, false, false, Some("by_place".to_owned())),
        (doc! { "raw.path": -1 }, false, false, None),
    ];
    assert_eq!(declared, expected);
}

const NAMES: [&str; 7] =
    ["_id_", "email_1", "nick_1", "homeCity_1_age_-1", "address.town_1", "by_place", "raw.path_-1"];

#[test]
fn the_first_action_makes_them_and_a_dropped_collection_gets_them_again() {
    on_every_storage(|database| {
        let people = database.collection::<Person>();
        people.insert_one(person(1, "a")).run().unwrap();
        assert_eq!(people.list_index_names().run().unwrap(), NAMES);
        people.drop().run().unwrap();
        people.insert_one(person(1, "a")).run().unwrap();
        assert_eq!(people.list_index_names().run().unwrap(), NAMES);
        database.drop().run().unwrap();
        database.collection::<Person>().insert_one(person(1, "a")).run().unwrap();
        assert_eq!(people.list_index_names().run().unwrap(), NAMES);
    });
}

#[test]
fn whichever_way_a_collection_was_dropped_its_next_use_makes_them_again() {
    on_every_storage(|database| {
        let people = database.collection::<Person>();
        let drops: [&dyn Fn(); 6] = [
            &|| drop(database.commands().run("main", &bson::rawdoc! { "drop": "people" }).unwrap()),
            &|| assert!(database.engine().drop_collection(&database.namespace("people").unwrap()).unwrap()),
            &|| assert!(database.drop_database().unwrap()),
            &|| drop(database.run_command(&doc! { "drop": "people" }).unwrap()),
            &|| drop(database.run_command(&doc! { "dropDatabase": 1 }).unwrap()),
            &|| {
                let rename = doc! { "renameCollection": "main.people", "to": "main.old", "dropTarget": true };
                database.database("admin").unwrap().run_command(&rename).unwrap();
            },
        ];
        for drop_it in drops {
            people.insert_one(person(1, "a")).run().unwrap();
            drop_it();
            people.insert_one(person(1, "a")).run().unwrap();
            assert_eq!(people.list_index_names().run().unwrap(), NAMES);
            assert_eq!(people.insert_one(person(2, "a")).run().unwrap_err().code(), Code::DUPLICATE_KEY);
            people.drop().run().unwrap();
        }
    });
}

#[test]
fn registering_makes_them_at_once_and_again_changes_nothing() {
    on_every_storage(|database| {
        database.register::<Person>().unwrap();
        database.register::<Person>().unwrap();
        assert_eq!(database.collection::<Person>().list_index_names().run().unwrap(), NAMES);
        let other = database.database("other").unwrap();
        other.register::<Person>().unwrap();
        assert_eq!(other.collection::<Person>().list_index_names().run().unwrap(), NAMES);
    });
}

#[test]
fn a_builder_makes_them_when_it_opens_or_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("built.db").display());
    let database = Database::builder().model::<Person>().open(&url).unwrap();
    let people = database.collection_named::<Document>("people");
    assert_eq!(people.list_index_names().run().unwrap(), NAMES);
    people.drop_index("email_1").run().unwrap();
    people.insert_many([doc! { "_id": 1, "email": "x" }, doc! { "_id": 2, "email": "x" }]).run().unwrap();
    database.close().unwrap();
    let error = Database::builder().model::<Person>().open(&url).unwrap_err();
    assert_eq!(error.code(), Code::DUPLICATE_KEY);
}

#[test]
fn an_index_that_cannot_be_made_is_the_error_of_every_action_until_it_can() {
    on_every_storage(|database| {
        let raw = database.collection_named::<Document>("people");
        raw.insert_many([doc! { "_id": 1, "email": "x" }, doc! { "_id": 2, "email": "x" }]).run().unwrap();
        let people = database.collection::<Person>();
        for _ in 0..2 {
            let error = people.insert_one(person(3, "y")).run().unwrap_err();
            assert_eq!(error.code(), Code::DUPLICATE_KEY);
            assert!(error.message().contains("Person"), "{error}");
        }
        assert_eq!(raw.count_documents(doc! {}).run().unwrap(), 2);
        raw.delete_one(doc! { "_id": 2 }).run().unwrap();
        people.insert_one(person(3, "y")).run().unwrap();
    });
}

#[test]
fn a_handle_made_before_the_drop_sees_to_the_indexes_too() {
    on_every_storage(|database| {
        let (one, two) = (database.collection::<Person>(), database.collection::<Person>());
        one.insert_one(person(1, "a")).run().unwrap();
        two.insert_one(person(2, "b")).run().unwrap();
        one.drop().run().unwrap();
        two.insert_one(person(3, "c")).run().unwrap();
        two.insert_one(person(4, "c")).run().unwrap_err();
    });
}

#[test]
fn an_index_that_was_dropped_on_purpose_stays_away() {
    on_every_storage(|database| {
        let people = database.collection::<Person>();
        people.insert_one(person(1, "a")).run().unwrap();
        people.drop_index("email_1").run().unwrap();
        people.insert_one(person(2, "a")).run().unwrap();
        assert!(!people.list_index_names().run().unwrap().contains(&"email_1".to_owned()));
    });
}

#[cfg(feature = "sqlite")]
#[test]
fn a_collection_that_another_handle_on_the_file_dropped_gets_them_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}?durability=os", folder.path().join("shared.db").display());
    let (ours, theirs) = (Database::open(&url).unwrap(), Database::open(&url).unwrap());
    let people = ours.collection::<Person>();
    people.insert_one(person(1, "a")).run().unwrap();
    theirs.collection_named::<Document>("people").drop().run().unwrap();
    assert_eq!(people.count_documents(doc! {}).run().unwrap(), 0);
    people.insert_one(person(1, "a")).run().unwrap();
    assert_eq!(people.list_index_names().run().unwrap(), NAMES);
}

#[test]
fn the_declared_index_is_the_one_that_finds() {
    on_every_storage(|database| {
        let people = database.collection::<Person>();
        people.insert_many((0..100).map(|id| person(id, &id.to_string()))).run().unwrap();
        let explained = people.find(Person::EMAIL.eq("42")).explain().unwrap();
        let text = explained.to_string();
        assert!(text.contains("IXSCAN") && text.contains("email_1"), "{text}");
        let examined = explained.get_document("executionStats").unwrap().get("totalDocsExamined").unwrap();
        assert!(matches!(examined, bson::Bson::Int32(1) | bson::Bson::Int64(1)), "{examined}");
        let natural = people.find(Person::EMAIL.eq("42")).hint(doc! { "$natural": 1 }).explain().unwrap();
        assert!(natural.to_string().contains("COLLSCAN"), "{natural}");
        let hinted =
            people.find(Person::AGE.gte(0)).hint([Person::HOME_CITY.asc(), Person::AGE.desc()]).explain();
        assert!(hinted.unwrap().to_string().contains("homeCity_1_age_-1"));
    });
}

#[test]
fn indexes_are_created_and_dropped_by_hand() {
    on_every_storage(|database| {
        let documents = database.collection_named::<Document>("things");
        let name = documents.create_index(doc! { "a": 1, "b": -1 }).run().unwrap();
        assert_eq!(name, "a_1_b_-1");
        let both = [
            IndexModel::new(doc! { "c": 1 }).unique(true),
            IndexModel::new(doc! { "d": 1 }).sparse(true).name("by_d"),
        ];
        assert_eq!(documents.create_indexes(both).run().unwrap().index_names, ["c_1", "by_d"]);
        let listed = documents.list_indexes().run().unwrap();
        assert!(listed.iter().any(|index| index.name == "c_1" && index.unique));
        documents.drop_index("by_d").run().unwrap();
        documents.drop_index(doc! { "c": 1 }).run().unwrap();
        assert_eq!(documents.list_index_names().run().unwrap(), ["_id_", "a_1_b_-1"]);
        documents.drop_indexes().run().unwrap();
        assert_eq!(documents.list_index_names().run().unwrap(), ["_id_"]);
        assert_eq!(documents.drop_index("none").run().unwrap_err().code(), Code::INDEX_NOT_FOUND);
    });
}

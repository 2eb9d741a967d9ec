//! The verbs of a typed collection, on every storage.

use super::on_every_storage;
use anser::prelude::*;
use anser::{Code, ErrorKind, OperationResult};

#[derive(Model, Debug, PartialEq, Clone)]
#[model(index(city, -age))]
struct User {
    #[model(id)]
    id: ObjectId,
    #[model(unique)]
    email: String,
    age: u8,
    city: String,
    tags: Vec<String>,
    nick: Option<String>,
}

fn user(email: &str, age: u8, city: &str) -> User {
    let (email, city) = (email.to_owned(), city.to_owned());
    User { id: ObjectId::new(), email, age, city, tags: vec!["new".into()], nick: None }
}

fn three(database: &Database) -> (Collection<User>, Vec<User>) {
    let users = database.collection::<User>();
    let three = vec![user("a", 30, "Oslo"), user("b", 17, "Rome"), user("c", 40, "Oslo")];
    let result = users.insert_many(&three).run().unwrap();
    assert_eq!(result.inserted_ids[&2], Bson::ObjectId(three[2].id));
    (users, three)
}

#[test]
fn documents_come_back_as_they_went() {
    on_every_storage(|database| {
        let (users, three) = three(database);
        assert_eq!(users.find(Filter::all()).all().unwrap(), three);
        assert_eq!(users.find_one(User::EMAIL.eq("b")).run().unwrap().as_ref(), Some(&three[1]));
        assert_eq!(users.find_one(User::ID.eq(three[2].id)).run().unwrap().as_ref(), Some(&three[2]));
        assert_eq!(users.find_one(User::EMAIL.eq("x")).run().unwrap(), None);
        let adults = users.find(User::AGE.gte(18)).sort(User::AGE.desc()).limit(1).skip(1).all().unwrap();
        assert_eq!(adults, three[..1]);
        let mut emails = Vec::new();
        for user in users.find(doc! { "age": { "$gte": 18 } }).sort([User::CITY.asc(), User::AGE.asc()]) {
            emails.push(user.unwrap().email);
        }
        assert_eq!(emails, ["a", "c"]);
        assert_eq!(users.find(User::AGE.lt(18)).first().unwrap().as_ref(), Some(&three[1]));
        assert_eq!(users.count_documents(User::CITY.eq("Oslo")).run().unwrap(), 2);
        assert_eq!(users.count_documents(Filter::all()).limit(2).run().unwrap(), 2);
        assert_eq!(users.estimated_document_count().run().unwrap(), 3);
        let mut cities = users.distinct(User::CITY, Filter::all()).run().unwrap();
        cities.sort_by_key(|city| city.to_string());
        assert_eq!(cities, [Bson::from("Oslo"), Bson::from("Rome")]);
    });
}

#[test]
fn an_unset_id_is_given_and_told() {
    on_every_storage(|database| {
        let users = database.collection::<User>();
        let unset = User { id: ObjectId::from_bytes([0; 12]), ..user("a", 1, "x") };
        let id = users.insert_one(&unset).run().unwrap().inserted_id.as_object_id().unwrap();
        assert_ne!(id.bytes(), [0; 12]);
        let read = users.find_one(User::ID.eq(id)).run().unwrap().unwrap();
        assert_eq!(read, User { id, ..unset });
    });
}

#[test]
fn a_duplicate_is_refused_by_number_and_nothing_of_it_is_stored() {
    on_every_storage(|database| {
        let (users, _) = three(database);
        let error = users.insert_one(user("a", 1, "x")).run().unwrap_err();
        assert_eq!((error.code(), error.kind()), (Code::DUPLICATE_KEY, ErrorKind::DuplicateKey));
        assert!(error.message().contains("email_1"), "{error}");
        let batch = [user("d", 1, "x"), user("a", 1, "x"), user("e", 1, "x")];
        let error = users.insert_many(&batch).ordered(false).run().unwrap_err();
        let positions: Vec<usize> = error.write_errors().iter().map(|error| error.index).collect();
        assert_eq!(positions, [1]);
        assert_eq!(users.count_documents(Filter::all()).run().unwrap(), 5);
        let batch = [user("f", 1, "x"), user("a", 1, "x")];
        users.insert_many(&batch).atomic().run().unwrap_err();
        assert_eq!(users.count_documents(User::EMAIL.eq("f")).run().unwrap(), 0);
    });
}

#[test]
fn updates_change_what_the_filter_means() {
    on_every_storage(|database| {
        let (users, _) = three(database);
        let result =
            users.update_one(User::EMAIL.eq("a"), User::AGE.inc(1) & User::TAGS.push("x")).run().unwrap();
        assert_eq!((result.matched_count, result.modified_count, result.upserted_id), (1, 1, None));
        let read = users.find_one(User::EMAIL.eq("a")).run().unwrap().unwrap();
        assert_eq!((read.age, read.tags), (31, vec!["new".to_owned(), "x".to_owned()]));
        let result =
            users.update_many(Filter::all(), [User::CITY.set("Paris"), User::NICK.set("n")]).run().unwrap();
        assert_eq!((result.matched_count, result.modified_count), (3, 3));
        users.update_many(doc! {}, doc! { "$unset": { "nick": "" } }).run().unwrap();
        assert_eq!(users.count_documents(User::NICK.is_none()).run().unwrap(), 3);
        let upsert = User::AGE.set(1) & User::CITY.set("x") & User::TAGS.set(Vec::<String>::new());
        let result = users.update_one(User::EMAIL.eq("new"), upsert).upsert(true).run().unwrap();
        assert!(result.upserted_id.is_some());
        assert_eq!(users.find_one(User::EMAIL.eq("new")).run().unwrap().unwrap().age, 1);
    });
}

#[test]
fn an_update_without_operators_and_a_replacement_with_them_are_refused() {
    on_every_storage(|database| {
        let (users, _) = three(database);
        for update in [doc! {}, doc! { "age": 1 }] {
            let error = users.update_one(Filter::all(), update).run().unwrap_err();
            assert_eq!(error.code(), Code::FAILED_TO_PARSE);
        }
        let documents = users.clone_with_type::<Document>();
        let error = documents.replace_one(doc! {}, doc! { "$set": { "age": 1 } }).run().unwrap_err();
        assert_eq!(error.code(), Code::FAILED_TO_PARSE);
        let error = users.update_one(Filter::all(), User::AGE.inc(1) & User::AGE.set(2)).run().unwrap_err();
        assert_eq!(error.code(), Code::CONFLICTING_UPDATE_OPERATORS);
        let error = users.update_one(Filter::all(), User::AGE.set(1) & User::AGE.set(2)).run().unwrap_err();
        assert_eq!(error.code(), Code::CONFLICTING_UPDATE_OPERATORS);
    });
}

#[test]
fn replacing_and_deleting() {
    on_every_storage(|database| {
        let (users, three) = three(database);
        let other = User { nick: Some("n".into()), ..three[0].clone() };
        assert_eq!(users.replace_one(User::EMAIL.eq("a"), &other).run().unwrap().modified_count, 1);
        assert_eq!(users.find_one(User::ID.eq(other.id)).run().unwrap(), Some(other));
        assert_eq!(users.delete_one(User::CITY.eq("Oslo")).run().unwrap().deleted_count, 1);
        assert_eq!(users.delete_many(Filter::all()).run().unwrap().deleted_count, 2);
    });
}

#[test]
fn one_document_is_found_changed_and_given_back() {
    on_every_storage(|database| {
        let (users, three) = three(database);
        let before =
            users.find_one_and_update(User::CITY.eq("Oslo"), User::AGE.inc(1)).sort(User::AGE.desc());
        assert_eq!(before.run().unwrap().as_ref(), Some(&three[2]));
        let after = users
            .find_one_and_update(User::EMAIL.eq("c"), User::AGE.inc(1))
            .return_document(ReturnDocument::After);
        assert_eq!(after.run().unwrap().unwrap().age, 42);
        let projected = users
            .find_one_and_update(User::EMAIL.eq("c"), User::AGE.inc(1))
            .projection([User::AGE.include(), User::ID.exclude()])
            .with_type::<Document>();
        assert_eq!(projected.run().unwrap(), Some(doc! { "age": 42 }));
        let replacement = user("z", 1, "x");
        let replaced = users
            .find_one_and_replace(
                User::EMAIL.eq("z"),
                User { id: ObjectId::from_bytes([0; 12]), ..replacement },
            )
            .upsert(true)
            .return_document(ReturnDocument::After)
            .run()
            .unwrap();
        assert_eq!(replaced.unwrap().email, "z");
        assert_eq!(users.find_one_and_delete(User::EMAIL.eq("z")).run().unwrap().unwrap().age, 1);
        assert_eq!(users.find_one_and_delete(User::EMAIL.eq("z")).run().unwrap(), None);
    });
}

#[test]
fn a_bulk_write_tells_what_each_operation_did() {
    on_every_storage(|database| {
        let (users, _) = three(database);
        let operations = || {
            [
                WriteModel::insert_one(user("d", 1, "x")),
                WriteModel::insert_one(user("e", 2, "x")),
                WriteModel::update_many(User::CITY.eq("x"), User::AGE.inc(1)),
                WriteModel::update_one(User::EMAIL.eq("f"), User::AGE.set(9)).upsert(true),
                WriteModel::delete_many(User::CITY.eq("x")),
                WriteModel::delete_one(User::EMAIL.eq("f")),
            ]
        };
        let counts = |result: &anser::BulkWriteResult| {
            (result.inserted_count, result.modified_count, result.upserted_count, result.deleted_count)
        };
        let result = users.bulk_write(operations()).run().unwrap();
        assert_eq!(counts(&result), (2, 2, 1, 3));
        assert!(result.operations.is_empty());
        let result = users.bulk_write(operations()).verbose_results(true).run().unwrap();
        assert_eq!(counts(&result), (2, 2, 1, 3));
        assert!(
            matches!(&result.operations[&4], OperationResult::Delete(delete) if delete.deleted_count == 2)
        );
        assert!(
            matches!(&result.operations[&3], OperationResult::Update(update) if update.upserted_id.is_some())
        );
    });
}

#[test]
fn an_ordered_bulk_write_ends_at_the_first_failure_and_an_unordered_one_goes_on() {
    on_every_storage(|database| {
        let (users, _) = three(database);
        let operations = |email: &str| {
            [
                WriteModel::delete_one(User::EMAIL.eq("nobody")),
                WriteModel::insert_one(user(email, 1, "x")),
                WriteModel::insert_one(user("a", 1, "x")),
                WriteModel::insert_one(user(&email.to_uppercase(), 1, "x")),
                WriteModel::update_one(User::EMAIL.eq("b"), User::AGE.inc(1)),
            ]
        };
        let error = users.bulk_write(operations("g")).run().unwrap_err();
        assert_eq!(error.write_errors()[0].index, 2);
        assert_eq!(users.count_documents(User::EMAIL.is_in(["g", "G"])).run().unwrap(), 1);
        let error = users.bulk_write(operations("h")).ordered(false).run().unwrap_err();
        assert_eq!((error.write_errors().len(), error.write_errors()[0].index), (1, 2));
        assert_eq!(users.count_documents(User::EMAIL.is_in(["h", "H"])).run().unwrap(), 2);
        assert_eq!(users.find_one(User::EMAIL.eq("b")).run().unwrap().unwrap().age, 18);
    });
}

#[test]
fn projections_are_read_as_documents() {
    on_every_storage(|database| {
        let (users, _) = three(database);
        let found = users
            .find(User::EMAIL.eq("a"))
            .projection([User::CITY.include(), User::ID.exclude()])
            .with_type::<Document>()
            .all()
            .unwrap();
        assert_eq!(found, [doc! { "city": "Oslo" }]);
    });
}

#[test]
fn a_document_that_does_not_fit_is_an_error_and_the_next_one_follows() {
    on_every_storage(|database| {
        let users = database.collection::<User>();
        users.clone_with_type::<Document>().insert_one(doc! { "email": "odd", "age": 300 }).run().unwrap();
        users.insert_one(user("a", 1, "x")).run().unwrap();
        let found: Vec<_> = users.find(Filter::all()).run().unwrap().collect();
        let error = found[0].as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Document);
        assert!(error.message().contains("User") && error.message().contains("age"), "{error}");
        assert_eq!(found[1].as_ref().unwrap().email, "a");
    });
}

#[test]
fn a_name_that_no_collection_can_have_is_an_error_at_the_first_action() {
    let database = Database::open("memory:").unwrap();
    let odd = database.collection_named::<Document>("a$b");
    assert_eq!(odd.insert_one(doc! {}).run().unwrap_err().code(), Code::INVALID_NAMESPACE);
    assert_eq!(odd.name().unwrap_err().code(), Code::INVALID_NAMESPACE);
    assert_eq!(odd.find(doc! {}).into_iter().next().unwrap().unwrap_err().code(), Code::INVALID_NAMESPACE);
}

#[test]
fn databases_and_collections_are_listed_renamed_and_dropped() {
    on_every_storage(|database| {
        database.create_collection("empty").run().unwrap();
        three(database);
        assert_eq!(database.list_collection_names().run().unwrap(), ["empty", "users"]);
        let people = database.collection_named::<User>("people");
        database.collection::<User>().rename("people").run().unwrap();
        assert_eq!(people.count_documents(Filter::all()).run().unwrap(), 3);
        people.drop().run().unwrap();
        assert_eq!(database.list_collection_names().run().unwrap(), ["empty"]);
        database.drop().run().unwrap();
        assert!(database.list_collection_names().run().unwrap().is_empty());
    });
}

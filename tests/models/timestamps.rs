//! Timestamps: set by inserts and updates, whether the struct has fields for them or not.

use super::on_every_storage;
use anser::prelude::*;

#[derive(Model, Debug, Clone)]
#[model(timestamps)]
struct Hidden {
    #[model(id)]
    id: i32,
    count: i32,
}

#[derive(Model, Debug, Clone)]
#[serde(rename_all = "camelCase")]
#[model(timestamps(updated_at = changed))]
struct Shown {
    #[model(id)]
    id: i32,
    created_at: Option<DateTime>,
    changed: DateTime,
    count: i32,
}

fn stamps(collection: &Collection<Document>, id: i32, names: [&str; 2]) -> [DateTime; 2] {
    let document = collection.find_one(doc! { "_id": id }).run().unwrap().unwrap();
    names.map(|name| *document.get_datetime(name).unwrap())
}

fn later() {
    std::thread::sleep(std::time::Duration::from_millis(3));
}

const HIDDEN: [&str; 2] = ["created_at", "updated_at"];

#[test]
fn an_insert_sets_both_and_an_update_the_second() {
    on_every_storage(|database| {
        let (typed, raw) =
            (database.collection::<Hidden>(), database.collection_named::<Document>("hiddens"));
        let before = DateTime::now();
        typed.insert_many([Hidden { id: 1, count: 0 }, Hidden { id: 2, count: 0 }]).run().unwrap();
        let [created, updated] = stamps(&raw, 1, HIDDEN);
        assert!(created == updated && created >= before && created <= DateTime::now());
        assert_eq!(stamps(&raw, 2, HIDDEN), [created, updated]);
        later();
        typed.update_one(Hidden::ID.eq(1), Hidden::COUNT.inc(1)).run().unwrap();
        let [still, changed] = stamps(&raw, 1, HIDDEN);
        assert!(still == created && changed > updated);
        assert_eq!(typed.count_documents(Hidden::UPDATED_AT.gt(updated)).run().unwrap(), 1);
    });
}

#[test]
fn an_upsert_sets_both_and_what_an_update_says_itself_is_left_to_it() {
    on_every_storage(|database| {
        let (typed, raw) =
            (database.collection::<Hidden>(), database.collection_named::<Document>("hiddens"));
        typed.update_one(Hidden::ID.eq(3), Hidden::COUNT.set(1)).upsert(true).run().unwrap();
        let [created, updated] = stamps(&raw, 3, HIDDEN);
        assert!(created <= updated);
        let day = DateTime::from_millis(0);
        typed.update_one(Hidden::ID.eq(3), Hidden::UPDATED_AT.set(day)).run().unwrap();
        assert_eq!(stamps(&raw, 3, HIDDEN), [created, day]);
        typed.find_one_and_update(Hidden::ID.eq(3), Hidden::COUNT.inc(1)).run().unwrap();
        assert!(stamps(&raw, 3, HIDDEN)[1] >= updated);
    });
}

#[test]
fn the_structs_own_fields_are_used_and_read_back() {
    on_every_storage(|database| {
        let shown = database.collection::<Shown>();
        assert_eq!((Shown::CREATED_AT.path(), Shown::CHANGED.path()), ("createdAt", "changed"));
        let epoch = DateTime::from_millis(0);
        shown.insert_one(Shown { id: 1, created_at: None, changed: epoch, count: 0 }).run().unwrap();
        let first = shown.find_one(Shown::ID.eq(1)).run().unwrap().unwrap();
        assert_eq!(first.created_at, Some(first.changed));
        assert!(first.changed > epoch);
        later();
        shown.replace_one(Shown::ID.eq(1), Shown { count: 5, ..first.clone() }).run().unwrap();
        let replaced = shown.find_one(Shown::ID.eq(1)).run().unwrap().unwrap();
        assert_eq!((replaced.created_at, replaced.count), (first.created_at, 5));
        assert!(replaced.changed > first.changed);
        let bulk = [
            WriteModel::insert_one(Shown { id: 2, ..first.clone() }),
            WriteModel::update_one(Shown::ID.eq(1), Shown::COUNT.inc(1)),
        ];
        shown.bulk_write(bulk).run().unwrap();
        let second = shown.find_one(Shown::ID.eq(2)).run().unwrap().unwrap();
        assert!(second.created_at > first.created_at && second.created_at == Some(second.changed));
    });
}

//! The first program: a typed model saved, indexed, queried, updated and explained, on two storages.
//!
//! `cargo run --example quickstart` prints a table a storage and leaves `quickstart.db`; a second run finds its
//! documents again.

use anser::prelude::*;
use comfy_table::{ContentArrangement, Table, presets};

/// A document of the collection `users`.
#[derive(Model, Debug, Clone)]
#[model(index(city, -age), timestamps)]
struct User {
    #[model(id)]
    id: ObjectId,
    #[model(unique)]
    email: String,
    age: u8,
    city: String,
    visits: u32,
    tags: Vec<String>,
    address: Option<Address>,
}

/// A document within a document.
#[derive(Embed, Debug, Clone)]
struct Address {
    street: String,
    zip: String,
}

fn main() -> anser::Result<()> {
    for url in ["memory:", "sqlite:./quickstart.db"] {
        let database = Database::open(url)?;
        println!("{url}\n{}\n", tour(&database)?);
        database.close()?;
    }
    println!("quickstart.db stays: run this again, and its documents are found.");
    Ok(())
}

/// Does everything once and writes down what came of it.
fn tour(database: &Database) -> anser::Result<Table> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["step", "what came of it"]);
    let users = database.collection::<User>();

    // Saved: the collection and the model's indexes are made on the way.
    let before = users.count_documents(Filter::all()).run()?;
    if before == 0 {
        let saved = users.insert_many(people()).run()?;
        table.add_row(["saved", &format!("{} users", saved.inserted_ids.len())]);
    } else {
        table.add_row(["found again", &format!("{before} users of an earlier run")]);
    }

    // Found: typed questions, and `doc! {}` in the same places.
    let adults_in_oslo = User::CITY.eq("Oslo") & User::AGE.gte(18);
    let found = users.find(&adults_in_oslo).sort(User::AGE.desc()).all()?;
    let names: Vec<String> = found.iter().map(|user| format!("{} ({})", user.email, user.age)).collect();
    table.add_row(["found by index", &names.join(", ")]);
    let same = users.count_documents(doc! { "city": "Oslo", "age": { "$gte": 18 } }).run()?;
    assert_eq!(found.len() as u64, same);

    // Explained: which index answered, and what it cost.
    let plan = users.find(&adults_in_oslo).sort(User::AGE.desc()).explain()?;
    table.add_row(["the index used", &describe(&plan)]);

    // Updated: changes are values too, and `&` puts them together.
    let visit = User::VISITS.inc(1) & User::TAGS.add_to_set("regular");
    let ada = users
        .find_one_and_update(User::EMAIL.eq("ada@example.org"), visit)
        .return_document(ReturnDocument::After)
        .run()?;
    if let Some(ada) = ada {
        table.add_row(["updated", &format!("{}: visits {}, tags {:?}", ada.email, ada.visits, ada.tags)]);
    }

    // Refused: an email belongs to one user, and the engine says so with MongoDB's number.
    match users.insert_one(person("ada@example.org", 20, "Rome")).run() {
        Ok(_) => table.add_row(["refused", "nothing, which is wrong"]),
        Err(error) => table.add_row(["refused", &format!("{}: {}", error.code(), error.message())]),
    };
    Ok(table)
}

/// The index of the winning plan, with the counts of running it.
fn describe(plan: &Document) -> String {
    let stage = plan.get_document("queryPlanner").and_then(|planner| planner.get_document("winningPlan"));
    let index = stage.ok().and_then(index_name).unwrap_or("none");
    let count = |name: &str| {
        let stats = plan.get_document("executionStats").ok();
        stats.and_then(|stats| stats.get(name)).map_or_else(|| "?".to_owned(), ToString::to_string)
    };
    format!(
        "{index}: {} keys and {} documents examined for {} found",
        count("totalKeysExamined"),
        count("totalDocsExamined"),
        count("nReturned")
    )
}

/// The first index in a plan's stages, from the outermost in.
fn index_name(stage: &Document) -> Option<&str> {
    stage.get_str("indexName").ok().or_else(|| index_name(stage.get_document("inputStage").ok()?))
}

fn people() -> Vec<User> {
    let mut people: Vec<User> =
        (0..100).map(|n| person(&format!("user{n}@example.org"), 10 + (n % 60) as u8, "Rome")).collect();
    people.push(person("ada@example.org", 36, "Oslo"));
    people.push(person("grace@example.org", 45, "Oslo"));
    people.push(person("kim@example.org", 12, "Oslo"));
    people
}

fn person(email: &str, age: u8, city: &str) -> User {
    let address = Some(Address { street: "Long Street 1".into(), zip: "0150".into() });
    User {
        id: ObjectId::new(),
        email: email.into(),
        age,
        city: city.into(),
        visits: 0,
        tags: vec![],
        address,
    }
}

//! Every attribute, by the BSON that is stored and the names that are asked by.

use anser::prelude::*;
use anser::{KindName, bson};
use std::collections::{BTreeMap, HashMap};

#[derive(Model, Debug, PartialEq)]
struct Plain {
    count: i32,
    #[model(id)]
    id: ObjectId,
    nick: Option<String>,
}

#[test]
fn the_id_is_stored_first_as_underscore_id_and_none_is_left_out() {
    let id = ObjectId::new();
    let plain = Plain { count: 1, id, nick: None };
    let stored = plain.to_document().unwrap();
    assert_eq!(stored, doc! { "_id": id, "count": 1 });
    assert_eq!(stored.keys().next().unwrap(), "_id");
    assert_eq!(Plain::from_document(&stored).unwrap(), plain);
    assert_eq!(Plain::ID.path(), "_id");
    assert_eq!(plain.id(), &id);
}

#[test]
fn null_is_read_as_none_too() {
    let read = Plain::from_document(&doc! { "_id": ObjectId::new(), "count": 1, "nick": null }).unwrap();
    assert_eq!(read.nick, None);
}

#[test]
fn an_unset_object_id_is_left_to_the_engine() {
    let plain = Plain { count: 1, id: ObjectId::from_bytes([0; 12]), nick: Some("n".into()) };
    assert_eq!(plain.to_document().unwrap(), doc! { "count": 1, "nick": "n" });
}

#[test]
fn a_collection_is_named_after_its_model_or_as_said() {
    #[derive(Model)]
    struct PurchaseOrder {
        #[model(id)]
        _id: i64,
    }
    #[derive(Model)]
    #[model(collection = "people")]
    struct Person {
        #[model(id)]
        _id: i64,
    }
    assert_eq!(PurchaseOrder::COLLECTION, "purchase_orders");
    assert_eq!(Person::COLLECTION, "people");
    assert_eq!(Person::schema().collection(), "people");
    assert_eq!(Person::schema().name(), "Person");
}

#[test]
fn ids_are_of_any_type_that_can_be_a_key() {
    #[derive(Embed, Debug, PartialEq, Clone)]
    struct Isbn(String);
    #[derive(Model, Debug, PartialEq)]
    struct Book {
        #[model(id)]
        isbn: Isbn,
    }
    #[derive(Model)]
    struct ByUuid {
        #[model(id)]
        id: bson::Uuid,
    }
    #[derive(Model)]
    struct ByOption {
        #[model(id)]
        id: Option<ObjectId>,
    }
    assert_eq!(Book { isbn: Isbn("x".into()) }.to_document().unwrap(), doc! { "_id": "x" });
    assert_eq!(Book::ISBN.eq(Isbn("x".into())).to_document().unwrap(), doc! { "_id": "x" });
    let uuid = bson::Uuid::new();
    assert_eq!(ByUuid { id: uuid }.to_document().unwrap(), doc! { "_id": uuid });
    assert_eq!(ByUuid::ID.eq(uuid).to_document().unwrap(), doc! { "_id": uuid });
    assert_eq!(ByOption { id: None }.to_document().unwrap(), doc! {});
    assert_eq!(ByOption::from_document(&doc! { "_id": uuid }).err().map(|e| e.code().0), Some(14));
}

#[derive(Model, Debug, PartialEq)]
struct Defaults {
    #[model(id)]
    id: i32,
    #[model(default)]
    count: u32,
    #[model(default = "Berlin")]
    city: String,
    #[model(default = 7)]
    rank: u8,
    #[model(default = vec!["new".to_string()])]
    tags: Vec<String>,
    #[model(default = "x")]
    nick: Option<String>,
    #[model(default = -1.5)]
    score: Option<f64>,
    #[serde(default = "forty_two")]
    answer: i64,
}

fn forty_two() -> i64 {
    42
}

#[test]
fn a_document_that_lacks_fields_is_read_with_their_defaults() {
    let read = Defaults::from_document(&doc! { "_id": 1 }).unwrap();
    let expected = Defaults {
        id: 1,
        count: 0,
        city: "Berlin".into(),
        rank: 7,
        tags: vec!["new".into()],
        nick: Some("x".into()),
        score: Some(-1.5),
        answer: 42,
    };
    assert_eq!(read, expected);
    let given = Defaults::from_document(&doc! { "_id": 1, "city": "Oslo", "rank": 1, "nick": null }).unwrap();
    assert_eq!((given.city.as_str(), given.rank, given.nick), ("Oslo", 1, None));
}

#[test]
fn a_missing_field_without_a_default_is_an_error_that_names_it() {
    let error = Plain::from_document(&doc! { "_id": ObjectId::new() }).unwrap_err();
    assert!(error.message().contains("Plain") && error.message().contains("count"), "{error}");
    let error = Plain::from_document(&doc! { "_id": ObjectId::new(), "count": "one" }).unwrap_err();
    assert!(error.message().contains("`count`"), "{error}");
}

#[derive(Embed, Debug, PartialEq, Clone, Default)]
#[serde(rename_all = "camelCase")]
struct Address {
    zip_code: i32,
    #[serde(rename = "town")]
    city: String,
    geo: Option<Geo>,
}

#[derive(Embed, Debug, PartialEq, Clone, Default)]
struct Geo {
    lat: f64,
}

#[derive(Embed, Debug, PartialEq, Clone, Default)]
struct Audit {
    created_by: String,
}

#[derive(Embed, Debug, PartialEq, Clone)]
#[serde(rename_all = "kebab-case")]
enum Role {
    SuperAdmin,
    #[serde(rename = "visitor")]
    Guest,
}

#[derive(Embed, Debug, PartialEq, Clone)]
struct Email(String);

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("#{value}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.trim_start_matches('#').parse().map_err(serde::de::Error::custom)
    }
}

#[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq, Clone)]
struct Foreign {
    x: i32,
}

#[derive(Model, Debug, PartialEq, Clone)]
#[serde(rename_all = "camelCase")]
struct Everything {
    #[model(id)]
    the_key: String,
    first_name: String,
    #[serde(rename = "SURNAME")]
    last_name: String,
    #[serde(skip)]
    cache: u32,
    #[serde(flatten)]
    audit: Audit,
    #[serde(with = "as_text")]
    odd: i64,
    #[model(opaque)]
    foreign: Foreign,
    address: Address,
    old_address: Option<Address>,
    places: Vec<Address>,
    boxed: Box<Geo>,
    scores: BTreeMap<String, f64>,
    homes: HashMap<String, Address>,
    role: Role,
    email: Email,
    r#type: String,
    #[model(constant = OTHER)]
    named: bool,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    tags: Vec<String>,
}

fn everything() -> Everything {
    let address = Address { zip_code: 5, city: "Rome".into(), geo: Some(Geo { lat: 1.5 }) };
    Everything {
        the_key: "k".into(),
        first_name: "Ada".into(),
        last_name: "L".into(),
        cache: 9,
        audit: Audit { created_by: "me".into() },
        odd: 7,
        foreign: Foreign { x: 1 },
        address: address.clone(),
        old_address: None,
        places: vec![Address { geo: None, ..address.clone() }],
        boxed: Box::new(Geo { lat: 2.0 }),
        scores: [("math".to_owned(), 1.5)].into(),
        homes: [("first".to_owned(), address)].into(),
        role: Role::SuperAdmin,
        email: Email("a@b".into()),
        r#type: "t".into(),
        named: true,
        tags: vec![],
    }
}

#[test]
fn serde_attributes_and_nested_types_decide_the_stored_form() {
    let address = doc! { "zipCode": 5, "town": "Rome", "geo": { "lat": 1.5 } };
    let expected = doc! {
        "_id": "k",
        "firstName": "Ada",
        "SURNAME": "L",
        "created_by": "me",
        "odd": "#7",
        "foreign": { "x": 1 },
        "address": address.clone(),
        "places": [{ "zipCode": 5, "town": "Rome" }],
        "boxed": { "lat": 2.0 },
        "scores": { "math": 1.5 },
        "homes": { "first": address },
        "role": "super-admin",
        "email": "a@b",
        "type": "t",
        "named": true,
    };
    let stored = everything().to_document().unwrap();
    assert_eq!(stored, expected);
    let read = Everything::from_document(&stored).unwrap();
    assert_eq!(read, Everything { cache: 0, ..everything() });
}

#[test]
fn constants_lead_by_stored_names() {
    for (path, expected) in [
        (Everything::THE_KEY.path(), "_id"),
        (Everything::FIRST_NAME.path(), "firstName"),
        (Everything::LAST_NAME.path(), "SURNAME"),
        (Everything::AUDIT.created_by().path(), "created_by"),
        (Everything::ADDRESS.path(), "address"),
        (Everything::ADDRESS.city().path(), "address.town"),
        (Everything::ADDRESS.geo().lat().path(), "address.geo.lat"),
        (Everything::OLD_ADDRESS.zip_code().path(), "oldAddress.zipCode"),
        (Everything::PLACES.each().city().path(), "places.town"),
        (Everything::PLACES.index(2).city().path(), "places.2.town"),
        (Everything::BOXED.lat().path(), "boxed.lat"),
        (Everything::SCORES.key("math").path(), "scores.math"),
        (Everything::HOMES.key("first").city().path(), "homes.first.town"),
        (Everything::ADDRESS.then(Address::CITY).path(), "address.town"),
        (Everything::ADDRESS.then(Address::GEO).lat().path(), "address.geo.lat"),
        (Everything::TYPE.path(), "type"),
        (Everything::OTHER.path(), "named"),
        (Address::ZIP_CODE.path(), "zipCode"),
    ] {
        assert_eq!(path, expected);
    }
}

#[test]
fn values_are_compared_in_their_stored_form() {
    assert_eq!(Everything::ODD.eq(7).to_document().unwrap(), doc! { "odd": "#7" });
    assert_eq!(Everything::ROLE.eq(Role::Guest).to_document().unwrap(), doc! { "role": "visitor" });
    let foreign = doc! { "foreign": { "$eq": { "x": 1 } } };
    assert_eq!(Everything::FOREIGN.eq(Foreign { x: 1 }).to_document().unwrap(), foreign);
    let geo = doc! { "address.geo": { "$eq": { "lat": 1.0 } } };
    assert_eq!(Everything::ADDRESS.geo().eq(Geo { lat: 1.0 }).to_document().unwrap(), geo);
    assert_eq!(
        Everything::EMAIL.starts_with("a@").to_document().unwrap(),
        doc! { "email": { "$regex": "^a@" } }
    );
}

#[test]
fn a_model_beside_serde_has_two_forms() {
    #[derive(Model, serde::Serialize, serde::Deserialize)]
    struct Api {
        #[model(id)]
        id: i32,
        note: Option<String>,
    }
    let api = Api { id: 3, note: None };
    assert_eq!(serde_json::to_string(&api).unwrap(), r#"{"id":3,"note":null}"#);
    assert_eq!(api.to_document().unwrap(), doc! { "_id": 3 });
}

#[test]
fn a_number_too_large_for_bson_is_an_error_and_not_another_number() {
    #[derive(Model)]
    struct Wide {
        #[model(id)]
        id: i32,
        wide: u64,
    }
    let error = Wide { id: 1, wide: u64::MAX }.to_document().unwrap_err();
    assert!(error.message().contains("wide"), "{error}");
    let error = Wide::WIDE.eq(u64::MAX).to_document().unwrap_err();
    assert!(error.message().contains("`wide`"), "{error}");
    assert_eq!(Wide::WIDE.eq(3).to_document().unwrap(), doc! { "wide": 3_i64 });
}

#[test]
fn the_schema_tells_names_kinds_and_nested_fields() {
    let fields = Everything::schema().fields();
    let of = |name: &str| fields.iter().find(|field| field.rust_name() == name).unwrap();
    assert_eq!(of("first_name").stored_name(), "firstName");
    assert_eq!(of("places").kind(), KindName::Array);
    assert_eq!(of("role").kind(), KindName::Enumeration);
    assert!(of("old_address").is_optional() && !of("address").is_optional());
    assert!(of("audit").is_flattened());
    let nested: Vec<_> = of("places").fields().iter().map(|field| field.stored_name()).collect();
    assert_eq!(nested, ["zipCode", "town", "geo"]);
    assert!(fields.iter().all(|field| field.rust_name() != "cache"));
}

#[test]
fn a_struct_may_hold_itself() {
    #[derive(Embed, Debug, PartialEq)]
    struct Node {
        name: String,
        children: Vec<Node>,
    }
    #[derive(Model)]
    struct Tree {
        #[model(id)]
        id: i32,
        root: Node,
    }
    let leaf = Node { name: "leaf".into(), children: vec![] };
    let tree = Tree { id: 1, root: Node { name: "root".into(), children: vec![leaf] } };
    let expected =
        doc! { "_id": 1, "root": { "name": "root", "children": [{ "name": "leaf", "children": [] }] } };
    assert_eq!(tree.to_document().unwrap(), expected);
    assert_eq!(Tree::ROOT.children().each().children().path(), "root.children.children");
}

mod elsewhere {
    pub(crate) use anser as documents;
}

#[test]
fn the_crate_may_have_another_name() {
    #[derive(Embed)]
    #[model(crate = "crate::attributes::elsewhere::documents")]
    struct Inner {
        x: i32,
    }
    #[derive(Model)]
    #[model(crate = crate::attributes::elsewhere::documents, index(inner.x), timestamps)]
    struct Outer {
        #[model(id)]
        id: i32,
        inner: Inner,
    }
    assert_eq!(
        Outer { id: 1, inner: Inner { x: 2 } }.to_document().unwrap(),
        doc! { "_id": 1, "inner": { "x": 2 } }
    );
    assert_eq!(Outer::INNER.x().path(), "inner.x");
}

#[test]
fn a_field_may_be_read_and_never_stored() {
    #[derive(Model, Debug, PartialEq)]
    struct Reader {
        #[model(id)]
        id: i32,
        #[serde(skip_serializing, default)]
        role: Option<Role>,
    }
    let read = Reader::from_document(&doc! { "_id": 1, "role": "visitor" }).unwrap();
    assert_eq!(read, Reader { id: 1, role: Some(Role::Guest) });
    assert_eq!(read.to_document().unwrap(), doc! { "_id": 1 });
    assert_eq!(Reader::schema().fields().len(), 1);
}

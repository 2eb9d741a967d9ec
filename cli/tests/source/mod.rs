//! A second opinion on Extended JSON, found without the program: what a source's documents have to come out as.

use serde_json::{Value, json};

/// Checks that an export holds the documents of a source: in its order, value for value and type for type.
pub(crate) fn assert_same(source: &str, exported: &str, name: &str) {
    let (source, exported) = (lines(source), lines(exported));
    assert_eq!(source.len(), exported.len(), "{name}");
    for (source, exported) in source.iter().zip(&exported) {
        // Texts, because the order of fields counts.
        let wanted = stored(canonical(source)).to_string();
        assert_eq!(canonical(exported).to_string(), wanted, "{name}");
    }
}

/// What canonical Extended JSON makes of a source's value, found without the program: the numbers by their text,
/// the dates by their form.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) if i32::try_from(whole).is_ok() => json!({ "$numberInt": whole.to_string() }),
            (Some(whole), _) => json!({ "$numberLong": whole.to_string() }),
            (None, double) => json!({ "$numberDouble": double.expect("a double").to_bits() }),
        },
        Value::Array(values) => values.iter().map(canonical).collect(),
        Value::Object(fields) => match (fields.len(), fields.iter().next()) {
            (1, Some((name, Value::String(text)))) if name == "$date" => {
                // RFC 3339 wants a colon in the zone, and the old shell wrote none.
                let at = text.len() - 2;
                let zone = text.as_bytes()[text.len() - 5];
                let with_colon = format!("{}:{}", &text[..at], &text[at..]);
                let text = if b"+-".contains(&zone) { with_colon } else { text.clone() };
                let date = bson::DateTime::parse_rfc3339_str(text).expect("a date");
                json!({ "$date": { "$numberLong": date.timestamp_millis().to_string() } })
            }
            (1, Some((name, Value::Number(number)))) if name == "$date" => {
                json!({ "$date": { "$numberLong": number.to_string() } })
            }
            (1, Some((name, Value::String(text)))) if name == "$numberDouble" => {
                json!({ "$numberDouble": text.parse::<f64>().expect("a double").to_bits() })
            }
            (2, Some((name, data))) if name == "$binary" => {
                json!({ "$binary": { "base64": data, "subType": fields["$type"] } })
            }
            _ => fields.iter().map(|(name, value)| (name.clone(), canonical(value))).collect(),
        },
        other => other.clone(),
    }
}

/// As the database stores a document: its `_id` in front.
fn stored(mut document: Value) -> Value {
    let fields = document.as_object_mut().expect("a document");
    let mut ordered = serde_json::Map::new();
    if let Some(id) = fields.get("_id") {
        ordered.insert("_id".to_owned(), id.clone());
    }
    ordered.extend(
        fields.iter().filter(|(name, _)| *name != "_id").map(|(name, value)| (name.clone(), value.clone())),
    );
    Value::Object(ordered)
}

/// The JSON in a text's lines.
pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

//! Letters of names: serde's `rename_all` rules, constants, and the collection of a model.

/// serde's rules for the names of fields and variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RenameRule {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const RULES: [(&str, RenameRule); 8] = [
    ("lowercase", RenameRule::Lower),
    ("UPPERCASE", RenameRule::Upper),
    ("PascalCase", RenameRule::Pascal),
    ("camelCase", RenameRule::Camel),
    ("snake_case", RenameRule::Snake),
    ("SCREAMING_SNAKE_CASE", RenameRule::ScreamingSnake),
    ("kebab-case", RenameRule::Kebab),
    ("SCREAMING-KEBAB-CASE", RenameRule::ScreamingKebab),
];

impl RenameRule {
    /// The rule called `name`; serde itself refuses a name that there is not.
    pub(crate) fn named(name: &str) -> Option<RenameRule> {
        RULES.iter().find(|(rule, _)| *rule == name).map(|(_, rule)| *rule)
    }

    /// The name of a field, which is snake_case in Rust.
    pub(crate) fn field(self, name: &str) -> String {
        match self {
            RenameRule::Lower | RenameRule::Snake => name.to_owned(),
            RenameRule::Upper | RenameRule::ScreamingSnake => name.to_uppercase(),
            RenameRule::Pascal => name.split('_').map(capitalized).collect(),
            RenameRule::Camel => {
                let pascal = RenameRule::Pascal.field(name);
                let mut letters = pascal.chars();
                letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
            }
            RenameRule::Kebab => name.replace('_', "-"),
            RenameRule::ScreamingKebab => name.to_uppercase().replace('_', "-"),
        }
    }

    /// The name of a variant, which is PascalCase in Rust.
    pub(crate) fn variant(self, name: &str) -> String {
        match self {
            RenameRule::Pascal => name.to_owned(),
            RenameRule::Lower => name.to_lowercase(),
            RenameRule::Upper => name.to_uppercase(),
            RenameRule::Camel => {
                let mut letters = name.chars();
                letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
            }
            rule @ (RenameRule::Snake
            | RenameRule::ScreamingSnake
            | RenameRule::Kebab
            | RenameRule::ScreamingKebab) => rule.field(&split_before_capitals(name)),
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// `PurchaseOrder` to `purchase_order`, every capital a word, as serde splits variants.
fn split_before_capitals(name: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// `PurchaseOrder` to `purchase_order`, `HTTPRequest` to `http_request`.
pub(crate) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let after_small = at > 0 && !letters[at - 1].is_uppercase() && letters[at - 1] != '_';
        let before_small = at > 0
            && letters[at - 1].is_uppercase()
            && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_small || before_small) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The constant of a field: `zip_code` to `ZIP_CODE`.
pub(crate) fn constant(field: &str) -> String {
    field.to_uppercase()
}

/// The collection of a model: its name in snake_case, the last word in the plural.
pub(crate) fn collection(model: &str) -> String {
    plural(&snake(model))
}

/// English plurals as far as rules go; `#[model(collection = "…")]` says the others.
fn plural(name: &str) -> String {
    let before_y = name.chars().rev().nth(1);
    if name.ends_with('y') && before_y.is_some_and(|letter| !"aeiou".contains(letter)) {
        return format!("{}ies", &name[..name.len() - 1]);
    }
    if ["s", "x", "z", "ch", "sh"].iter().any(|ending| name.ends_with(ending)) {
        return format!("{name}es");
    }
    format!("{name}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_are_snake_case_and_plural() {
        for (model, name) in [
            ("User", "users"),
            ("PurchaseOrder", "purchase_orders"),
            ("Category", "categories"),
            ("Day", "days"),
            ("Box", "boxes"),
            ("Address", "addresses"),
            ("Match", "matches"),
            ("HTTPRequest", "http_requests"),
        ] {
            assert_eq!(collection(model), name);
        }
    }

    #[test]
    fn fields_and_variants_are_renamed_as_serde_does() {
        let field = |rule: &str| RenameRule::named(rule).unwrap().field("zip_code");
        let fields: Vec<String> = RULES.iter().map(|(rule, _)| field(rule)).collect();
        let expected =
            ["zip_code", "ZIP_CODE", "ZipCode", "zipCode", "zip_code", "ZIP_CODE", "zip-code", "ZIP-CODE"];
        assert_eq!(fields, expected);
        let variant = |rule: &str| RenameRule::named(rule).unwrap().variant("VeryTasty");
        let variants: Vec<String> = RULES.iter().map(|(rule, _)| variant(rule)).collect();
        let expected = [
            "verytasty",
            "VERYTASTY",
            "VeryTasty",
            "veryTasty",
            "very_tasty",
            "VERY_TASTY",
            "very-tasty",
            "VERY-TASTY",
        ];
        assert_eq!(variants, expected);
    }
}

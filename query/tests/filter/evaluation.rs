//! `$mod`, `$regex` and `$comment`.

use super::{assert_matches, assert_misses, assert_refuses, parse};
use anser_query::Filter;
use anser_query::filter::{Predicate, Regex};
use anser_query::value::ValueRef;
use bson::{Bson, Decimal128, doc};

#[test]
fn modulo_cuts_towards_zero() {
    assert_matches(
        doc! { "a": { "$mod": [4, 1] } },
        [
            doc! { "a": 5 },
            doc! { "a": 5.9 },
            doc! { "a": [2, 9_i64] },
            doc! { "a": "13".parse::<Decimal128>().unwrap() },
        ],
    );
    assert_matches(doc! { "a": { "$mod": [4, -1] } }, [doc! { "a": -5 }, doc! { "a": -5.5 }]);
    assert_misses(
        doc! { "a": { "$mod": [4, 0] } },
        [
            doc! { "a": "4" },
            doc! {},
            doc! { "a": f64::NAN },
            doc! { "a": f64::INFINITY },
            doc! { "a": 1e300 },
        ],
    );
    assert_matches(doc! { "a": { "$mod": [4.7, 1.2] } }, [doc! { "a": 5 }]);
    assert_matches(doc! { "a": { "$mod": [-1, 0] } }, [doc! { "a": i64::MIN }]);
}

#[test]
fn malformed_modulos_are_refused() {
    let array = |values: Vec<Bson>| Bson::Array(values);
    assert_refuses(
        2,
        [
            Bson::Int32(1),
            array(vec![]),
            array(vec![1.into()]),
            array(vec![1.into(), 2.into(), 3.into()]),
            array(vec!["1".into(), 2.into()]),
            array(vec![1.into(), "2".into()]),
            array(vec![0.into(), 1.into()]),
            array(vec![0.5.into(), 1.into()]),
            array(vec![f64::NAN.into(), 1.into()]),
            array(vec![2.into(), f64::INFINITY.into()]),
            array(vec![1e300.into(), 1.into()]),
        ]
        .map(|operand| doc! { "a": { "$mod": operand } }),
    );
}

fn found(pattern: &str, options: &str, text: &str) -> bool {
    super::matches(doc! { "a": { "$regex": pattern, "$options": options } }, doc! { "a": text })
}

/// Pattern, options, texts that match, texts that do not.
type Row = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// What PCRE answers where the `regex` crate's own language would answer otherwise.
const TABLE: &[Row] = &[
    ("^abc", "", &["abc", "abcd"], &["xabc", "Abc", "x\nabc"]),
    ("^abc", "i", &["ABC"], &["b"]),
    ("^abc", "m", &["x\nabc"], &["xabc"]),
    ("abc$", "", &["abc", "abc\n"], &["abc\n\n", "abc\nx", "abc\r\n"]),
    ("abc$", "m", &["abc\nx", "abc\n\n"], &["abcx"]),
    ("abc\\Z", "m", &["abc", "abc\n"], &["abc\nx"]),
    ("abc\\z", "", &["abc"], &["abc\n"]),
    ("(?:a$|b$)", "", &["a", "xb\n"], &["ac"]),
    ("a$b", "", &[], &["a$b", "ab", "a\nb"]),
    ("^$", "", &["", "\n"], &["\n\n", "a"]),
    ("a.c", "", &["abc", "a\rc", "aéc"], &["a\nc", "ac"]),
    ("a.c", "s", &["a\nc"], &["ac"]),
    ("^\\w+$", "", &["az_09"], &["é", "a-b"]),
    ("^\\w$", "i", &["s", "K"], &["\u{17F}", "\u{212A}"]),
    ("^\\d+$", "", &["123"], &["١٢"]),
    ("\\bfoo\\b", "", &["a foo b", "éfooé"], &["afoo"]),
    ("^\\s$", "", &[" ", "\t", "\x0B"], &["\u{A0}"]),
    ("^\\S$", "", &["é", "x"], &[" "]),
    ("^[\\w-]+$", "", &["a-b_c"], &["a b"]),
    ("^[^\\d]$", "", &["é", "a"], &["1"]),
    ("^[\\D]$", "", &["a"], &["1"]),
    ("^\\h\\v$", "", &[" \n", "\u{A0}\r"], &["\n "]),
    ("^\\R$", "", &["\r\n", "\n", "\u{2028}"], &["\n\r"]),
    ("^a b # c", "x", &["ab"], &["a b"]),
    ("^a[ #]b", "x", &["a b", "a#b"], &["ab"]),
    ("(?x) a b (?-x) c", "", &["ab c"], &["abc"]),
    ("a(?i)b|c", "", &["aB", "C"], &["AB"]),
    ("(?i:a)b", "", &["Ab"], &["AB"]),
    ("É", "i", &["é"], &["e"]),
    ("^[]a]+$", "", &["]a"], &["b"]),
    ("^[^]]$", "", &["a"], &["]"]),
    ("^[a\\]b]+$", "", &["a]b"], &["c"]),
    ("^[[a]$", "", &["[", "a"], &["b"]),
    ("^[a&&b]+$", "", &["a&b"], &["c"]),
    ("^[+--]$", "", &[",", "-"], &["."]),
    ("^[\\w-.]+$", "", &["a-.b"], &[","]),
    ("^[[:alpha:]_]+$", "", &["ab_"], &["1"]),
    ("^[[:^digit:]]$", "", &["a"], &["1"]),
    ("a{,2}", "", &["a{,2}"], &["aa"]),
    ("a{x", "", &["a{x"], &["a"]),
    ("^a{2,3}$", "", &["aa", "aaa"], &["a", "aaaa"]),
    ("a+?b", "", &["aab"], &["b"]),
    ("\\Qa.b\\E.", "", &["a.bc"], &["axbc"]),
    ("\\x41\\x{e9}\\t\\060", "", &["Aé\t0"], &["A"]),
    ("\\<a\\>", "", &["<a>"], &["a"]),
    ("(?<year>\\d{4})-(?P<month>\\d\\d)", "", &["2024-05"], &["24-05"]),
    ("(?#note)a", "", &["a"], &["b"]),
    ("\\p{Lu}\\pL\\P{L}", "", &["Éa1"], &["éa1"]),
    ("(*UTF)^.$", "", &["é"], &["éé"]),
    ("(*UCP)^\\w\\d$", "", &["é٣"], &["- "]),
    ("日本", "", &["x日本x"], &["日"]),
    ("", "", &["", "a"], &[]),
];

#[test]
fn patterns_mean_what_pcre_says() {
    for (pattern, options, yes, no) in TABLE {
        for text in *yes {
            assert!(found(pattern, options, text), "/{pattern}/{options} should match {text:?}");
        }
        for text in *no {
            assert!(!found(pattern, options, text), "/{pattern}/{options} should not match {text:?}");
        }
    }
}

#[test]
fn what_begins_with_the_prefix_is_all_that_matches() {
    let table = [
        ("^abc", "", Some("abc"), true),
        ("^abc.*", "", Some("abc"), false),
        ("^abc.*", "s", Some("abc"), true),
        ("\\Aabc", "", Some("abc"), true),
        ("^abc$", "", Some("abc"), false),
        ("^ab*", "", Some("a"), false),
        ("^ab?c", "", Some("a"), false),
        ("^ab{0,1}", "", Some("a"), false),
        ("^ab+", "", Some("ab"), false),
        ("^a\\.b", "", Some("a.b"), true),
        ("^a\\db", "", Some("a"), false),
        ("^\\Qa.b\\Ec", "", Some("a.bc"), true),
        ("^a(b|c)", "", None, false),
        ("^a|b", "", None, false),
        ("abc", "", None, false),
        ("^abc", "i", None, false),
        ("^abc", "m", None, false),
        ("^a bc", "x", None, false),
        ("^*", "", None, false),
        ("^.", "", None, false),
    ];
    for (pattern, options, prefix, is_all) in table {
        let Ok(regex) = Regex::new(pattern, options) else { continue };
        assert_eq!(regex.prefix.as_deref(), prefix, "/{pattern}/{options}");
        assert_eq!(regex.prefix_is_all, is_all, "/{pattern}/{options}");
    }
}

#[test]
fn regex_and_options_find_each_other() {
    let regex = |pattern: &str, options: &str| bson::Regex {
        pattern: pattern.try_into().unwrap(),
        options: options.try_into().unwrap(),
    };
    assert_matches(doc! { "a": { "$options": "i", "$regex": "ABC" } }, [doc! { "a": "abc" }]);
    assert_matches(doc! { "a": { "$regex": regex("ABC", "i") } }, [doc! { "a": ["abc"] }]);
    assert_matches(doc! { "a": { "$regex": regex("ABC", ""), "$options": "i" } }, [doc! { "a": "abc" }]);
    assert_matches(doc! { "a": { "$regex": "a", "$nin": ["ab"] } }, [doc! { "a": "ac" }]);
    assert_misses(doc! { "a": { "$regex": "." } }, [doc! { "a": 1 }, doc! {}, doc! { "a": [["x"]] }]);
    assert_refuses(51074, [doc! { "a": { "$options": "m", "$regex": regex("abc", "i") } }]);
    assert_refuses(51075, [doc! { "a": { "$regex": regex("abc", "i"), "$options": "m" } }]);
    assert_refuses(
        2,
        [
            doc! { "a": { "$options": "i" } },
            doc! { "a": { "$regex": 1 } },
            doc! { "a": { "$regex": null } },
            doc! { "a": { "$regex": { "x": 1 } } },
            doc! { "a": { "$regex": "a", "$options": 1 } },
            doc! { "a": { "$regex": "a", "$options": null } },
            doc! { "a": { "$regex": "a\0b" } },
        ],
    );
}

#[test]
fn patterns_that_do_not_compile_are_refused_with_the_reason() {
    assert_refuses(
        51108,
        ["g", "ig", "I", "1", "i\0m"].map(|options| doc! { "a": { "$regex": "a", "$options": options } }),
    );
    let long = "a".repeat(40_000);
    let patterns = [
        "[abc",
        "(abc",
        "abc)",
        "*abc",
        "a**",
        "\\",
        "[z-a]",
        "[a--c]",
        "(?<>a)",
        "(?z)",
        "a{3}{2}{9}+",
        "[[:nothing:]]",
        "\\y",
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        "(?<!a)b",
        "(a)\\1",
        "a++",
        "(?>a)",
        "(?R)",
        "\\x{110000}",
        "(a{1000}){1000}{1000}",
        "a$\\n",
        &long,
    ];
    assert_refuses(51091, patterns.map(|pattern| doc! { "a": { "$regex": pattern } }));
    let (_, message) = super::refusal(doc! { "a": { "$regex": "x(?=a)" } });
    assert!(message.contains("look-around") && message.contains("x(?=a)"), "{message}");
}

#[test]
fn no_pattern_panics() {
    let mut source = super::awkward::Awkward::new(7);
    let signs: Vec<char> = "ab\\()[]{}*+?|^$.-:=!<>#&,01QEdwsbxpPkKé \n".chars().collect();
    for _ in 0..20_000 {
        let pattern: String = (0..source.below(12)).map(|_| signs[source.below(signs.len())]).collect();
        let options = ["", "i", "m", "s", "x", "imsx"][source.below(6)];
        let Ok(regex) = Regex::new(&pattern, options) else { continue };
        for text in ["", "a", "ab\n", "b\na", "é("] {
            let mut bytes = (text.len() as u32 + 1).to_le_bytes().to_vec();
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
            let value = ValueRef { tag: 2, bytes: &bytes };
            if let Some(prefix) = &regex.prefix {
                let begins = text.starts_with(prefix.as_str());
                assert!(
                    begins || !regex.matches(value),
                    "/{pattern}/{options} matches {text:?} without {prefix:?}"
                );
                assert!(
                    !begins || !regex.prefix_is_all || regex.matches(value),
                    "/{pattern}/{options} on {text:?}"
                );
            }
        }
    }
}

#[test]
fn a_pattern_in_a_filter_shows_its_prefix_to_the_planner() {
    let Ok(Filter::Field(_, Predicate::Regex(regex))) = parse(&doc! { "a": { "$regex": "^ab" } }) else {
        panic!("not a regular expression on a field");
    };
    assert_eq!(regex.prefix.as_deref(), Some("ab"));
}

//! The mistakes found so far, each at its token.
//!
//! The invariant: reading goes on after a mistake, so that all of them are shown at once.

use proc_macro2::Span;
use std::fmt::Display;
use syn::parse::ParseStream;

/// Gathers mistakes.
#[derive(Default)]
pub(crate) struct Faults {
    first: Option<syn::Error>,
}

impl Faults {
    /// Notes a mistake at `span`.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Notes a mistake.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.first {
            Some(first) => first.combine(error),
            None => self.first = Some(error),
        }
    }

    /// The error of all mistakes, if there was one.
    pub(crate) fn finish(self) -> syn::Result<()> {
        self.first.map_or(Ok(()), Err)
    }
}

/// `there is no … on …`, with what may have been meant.
pub(crate) fn unknown(name: &str, place: &str, known: &[&str]) -> String {
    match closest(name, known) {
        Some(meant) => format!("there is no `{name}` on {place}; did you mean `{meant}`?"),
        None => format!("there is no `{name}` on {place}; there are `{}`", known.join("`, `")),
    }
}

/// The known word nearest to `name`, if one is near.
pub(crate) fn closest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = |word: &&str| distance(name, word);
    let best = known.iter().copied().min_by_key(near)?;
    let allowed = if name.len() <= 4 { 1 } else { 2 };
    (distance(name, best) <= allowed).then_some(best)
}

/// How many letters have to be put in, taken out, changed or swapped to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

/// Goes on behind a broken item: at the next comma, or the end.
pub(crate) fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(syn::Token![,]) {
        let skipped: syn::Result<proc_macro2::TokenTree> = input.parse();
        if skipped.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_finds_its_word() {
        let known = ["collection", "index", "timestamps", "unique"];
        assert_eq!(closest("colection", &known), Some("collection"));
        assert_eq!(closest("uniuqe", &known), Some("unique"));
        assert_eq!(closest("idnex", &known), Some("index"));
        assert_eq!(closest("validate", &known), None);
    }
}

//! How far long work is, on standard error, where somebody looks at it.

use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// A bar with rate and time left, or silence when standard error is not a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    /// Work of `bytes` bytes, or of unknown length.
    pub(crate) fn of_bytes(bytes: Option<u64>) -> Progress {
        Progress::new(bytes, "{bar:30} {bytes}/{total_bytes}  {msg}  {bytes_per_sec}, {eta} left")
    }

    /// Work on `documents` documents.
    pub(crate) fn of_documents(documents: u64) -> Progress {
        let template = "{bar:30} {human_pos}/{human_len} documents, {per_sec}, {eta} left";
        Progress::new(Some(documents), template)
    }

    fn new(length: Option<u64>, template: &str) -> Progress {
        // Hides itself where standard error is no terminal.
        let bar = length.map_or_else(ProgressBar::no_length, ProgressBar::new);
        let template = if length.is_some() { template } else { "{spinner} {bytes}  {msg}  {elapsed}" };
        let style = ProgressStyle::with_template(template).expect("the template is written above");
        Progress { bar: bar.with_style(style.progress_chars("=> ")), started: Instant::now() }
    }

    /// Moves on to `position`.
    pub(crate) fn at(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// Moves on, and says how many documents there are so far.
    pub(crate) fn at_with_documents(&self, position: u64, documents: u64) {
        if !self.bar.is_hidden() {
            self.bar.set_message(format!("{} documents", HumanCount(documents)));
        }
        self.bar.set_position(position);
    }

    /// Takes the bar away; returns how long the work took.
    pub(crate) fn end(self) -> Duration {
        self.bar.finish_and_clear();
        self.started.elapsed()
    }
}

/// `1,746 documents`, `1 document`.
pub(crate) fn documents(count: u64) -> String {
    format!("{} document{}", HumanCount(count), if count == 1 { "" } else { "s" })
}

//! The `anser` program: a database from the command line.

#![forbid(unsafe_code)]

mod completions;
mod csv;
mod explain;
mod export;
mod failure;
mod find;
mod import;
mod indexes;
mod input;
mod interrupt;
mod json;
mod output;
mod progress;
mod question;
#[cfg(test)]
mod round_trip;
mod serve;
mod stats;
mod table;
mod target;
mod unknown;

use clap::{Parser, Subcommand};
use failure::{Exit, Failure};
use std::process::ExitCode;

/// A document database inside your program, and around it this one.
#[derive(Parser)]
#[command(version, about, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Storage URLs:
  memory:                                   in memory, gone when the program ends
  file:./app                                a folder of readable files
  sqlite:./app.db                           one SQLite file
  sqlite:./app.db?durability=within:100ms   the same, on the disk at most 100 ms late

Examples:
  anser import sqlite:./app.db restaurants restaurants.json
  anser find sqlite:./app.db restaurants '{\"rating\": {\"$gte\": 5}}' --sort -rating --limit 10
  anser explain sqlite:./app.db restaurants '{\"rating\": 5}'
  anser indexes sqlite:./app.db restaurants --create '{\"rating\": 1}'
  anser export sqlite:./app.db restaurants -o restaurants.json
  anser stats sqlite:./app.db
  anser serve sqlite:./app.db --port 27018

Exit codes:
  0    done
  1    the database, collection or output cannot be used, or the request was refused
  2    the command line makes no sense
  3    the input cannot be read or is broken
  4    the database refused a document of an import
  130  Ctrl-C";

#[derive(Subcommand)]
enum Command {
    Import(import::Import),
    Export(export::Export),
    Find(find::Find),
    Explain(explain::Explain),
    Stats(stats::Stats),
    Indexes(indexes::Indexes),
    Serve(serve::Serve),
    Completions(completions::Completions),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Import(import) => import.run(),
        Command::Export(export) => export.run(),
        Command::Find(find) => find.run(),
        Command::Explain(explain) => explain.run(),
        Command::Stats(stats) => stats.run(),
        Command::Indexes(indexes) => indexes.run(),
        Command::Serve(serve) => serve.run().map_err(|error| Failure::new(Exit::Database, error.to_string())),
        Command::Completions(completions) => completions.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("anser: {failure}");
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// Ends the program where it stands, from whichever thread; what was committed stays.
fn end(failure: &Failure) {
    eprintln!("anser: {failure}");
    std::process::exit(failure.exit as i32);
}

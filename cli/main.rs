//! The `anser` program: a database from the command line.

#![forbid(unsafe_code)]

mod serve;

use clap::{Parser, Subcommand};
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
  sqlite:./app.db                           one SQLite file
  sqlite:./app.db?durability=within:100ms   the same, on the disk at most 100 ms late

Examples:
  anser serve memory:
  anser serve sqlite:./app.db --port 27018";

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(serve) => serve.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("anser: {error}");
            ExitCode::FAILURE
        }
    }
}

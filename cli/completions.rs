//! `anser completions`: what a shell needs to complete the program's arguments.

use crate::failure::Result;
use crate::output;
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

/// Prints what a shell needs to complete the arguments of this program.
#[derive(Args)]
#[command(after_help = "\
Examples:
  anser completions bash > ~/.local/share/bash-completion/completions/anser
  anser completions zsh > ~/.zfunc/_anser
  anser completions fish > ~/.config/fish/completions/anser.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<()> {
        let mut script = Vec::new();
        generate(self.shell, &mut crate::Arguments::command(), "anser", &mut script);
        output::print(String::from_utf8_lossy(&script).trim_end())
    }
}

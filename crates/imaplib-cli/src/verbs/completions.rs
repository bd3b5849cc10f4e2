//! `imap completions SHELL`

use clap::CommandFactory as _;

use crate::args::{Cli, Completions};
use crate::error::{Exit, Result};
use crate::output::Output;

pub(crate) fn run(args: &Completions, out: &mut Output) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "imap", &mut script);
    std::io::Write::write_all(out.stream(), &script)?;
    Ok(Exit::Ok)
}

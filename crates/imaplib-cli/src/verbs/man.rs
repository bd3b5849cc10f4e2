//! `imap man [VERB]`

use clap::CommandFactory as _;

use crate::args::{Cli, Man};
use crate::error::{Exit, Failure, Result};
use crate::output::Output;

pub(crate) fn run(args: &Man, out: &mut Output) -> Result<Exit> {
    let mut command = Cli::command();
    command.build();
    let page = match &args.verb {
        None => command,
        Some(verb) => {
            let found = command.find_subcommand(verb).cloned();
            let found = found
                .ok_or_else(|| Failure::usage(format!("there is no verb {verb:?}")).hint("`imap help` lists them"))?;
            // The page's name must live as long as the process.
            found.name(Box::leak(format!("imap-{verb}").into_boxed_str()) as &'static str)
        }
    };
    clap_mangen::Man::new(page).render(out.stream())?;
    Ok(Exit::Ok)
}

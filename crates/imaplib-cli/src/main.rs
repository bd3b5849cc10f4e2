//! The command-line tool `imap`: look at, search, get, back up and watch mail on an IMAP server from the shell.

// These panic where the stream cannot be written.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod account;
mod args;
mod error;
mod files;
mod mailbox;
mod message;
mod output;
mod serve;
mod transcript;
mod verbs;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Verb};
use crate::error::{Exit, Failure, Result};
use crate::output::{Output, diagnostics};

fn main() -> ExitCode {
    if std::env::args_os().len() <= 1 {
        return print_help();
    }
    let cli = match Cli::try_parse_from(args::with_flag_changes(std::env::args_os())) {
        Ok(cli) => cli,
        Err(error) => return wrong_arguments(&error),
    };
    if cli.global.json {
        diagnostics::as_json();
    }
    if cli.global.verbose {
        output::trace::start();
    }
    match run(&cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            diagnostics::report(&failure);
            failure.exit().into()
        }
    }
}

/// Prints help or the version that was asked for, or what is wrong with the arguments.
fn wrong_arguments(error: &clap::Error) -> ExitCode {
    let for_programs = std::env::args_os().any(|argument| argument == "--json");
    if !error.use_stderr() {
        return printed(error.print());
    }
    if !for_programs {
        error.exit();
    }
    diagnostics::as_json();
    let text = error.render().to_string();
    let message = text.trim_end();
    diagnostics::report(&Failure::usage(message.strip_prefix("error: ").unwrap_or(message)));
    Exit::Usage.into()
}

fn print_help() -> ExitCode {
    let help = <Cli as clap::CommandFactory>::command().render_help();
    printed(io::stdout().write_all(help.to_string().as_bytes()))
}

/// How a run ends that only prints a text.
fn printed(result: io::Result<()>) -> ExitCode {
    match result.and_then(|()| io::stdout().flush()) {
        Ok(()) => Exit::Ok.into(),
        Err(error) => {
            let failure = Failure::io(&error);
            diagnostics::report(&failure);
            failure.exit().into()
        }
    }
}

fn run(cli: &Cli) -> Result<Exit> {
    let mut out = Output::new(cli.global.json);
    let config = cli.global.config.as_deref();
    let exit = match &cli.verb {
        Verb::Check(args) => verbs::check::run(args, config, &mut out),
        Verb::Folders(args) => verbs::folders::run(args, config, &mut out),
        Verb::Search(args) => verbs::search::run(args, config, &mut out),
        Verb::Sort(args) => verbs::sort::run(args, config, &mut out),
        Verb::Thread(args) => verbs::thread::run(args, config, &mut out),
        Verb::Show(args) => verbs::show::run(args, config, &mut out),
        Verb::Get(args) => verbs::get::run(args, config, &mut out),
        Verb::Append(args) => verbs::append::run(args, config, &mut out),
        Verb::Flag(args) => verbs::flag::run(args, config, &mut out),
        Verb::Copy(args) => verbs::copy::copy(args, config, &mut out),
        Verb::Move(args) => verbs::copy::move_to(args, config, &mut out),
        Verb::Delete(args) => verbs::delete::run(args, config, &mut out),
        Verb::Create(args) => verbs::mailbox::create(args, config, &mut out),
        Verb::Rename(args) => verbs::mailbox::rename(args, config, &mut out),
        Verb::RemoveMailbox(args) => verbs::mailbox::remove(args, config, &mut out),
        Verb::Subscribe(args) => verbs::mailbox::subscribe(args, config, &mut out),
        Verb::Unsubscribe(args) => verbs::mailbox::unsubscribe(args, config, &mut out),
        Verb::Acl(args) => verbs::acl::run(args, config, &mut out),
        Verb::Quota(args) => verbs::quota::run(args, config, &mut out),
        Verb::Watch(args) => verbs::watch::run(args, config, &mut out),
        Verb::Backup(args) => verbs::backup::run(args, config, &mut out),
        Verb::Restore(args) => verbs::restore::run(args, config, &mut out),
        Verb::Verify(args) => verbs::verify::run(args, &mut out),
        Verb::Archive(args) => verbs::archive::run(args, &mut out),
        Verb::Export(args) => verbs::export::run(args, &mut out),
        Verb::Serve(args) => verbs::serve::run(args, &mut out),
        Verb::Raw(args) => verbs::raw::run(args, config, &mut out),
        Verb::Parse(args) => verbs::parse::run(args, &mut out),
        Verb::Completions(args) => verbs::completions::run(args, &mut out),
        Verb::Man(args) => verbs::man::run(args, &mut out),
    };
    // What was printed before an error belongs to the user too.
    let flushed = out.flush();
    let exit = exit?;
    flushed.map(|()| exit)
}

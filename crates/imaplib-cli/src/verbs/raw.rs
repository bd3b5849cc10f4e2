//! `imap raw ACCOUNT`

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use imaplib::Trace;
use imaplib::blocking::Session;
use imaplib::command::Raw as RawCommand;
use imaplib::parse::Context as ResponseContext;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};

use crate::args::Raw;
use crate::error::library::failure;
use crate::error::{Exit, Result};
use crate::output::{self, Output};
use crate::transcript;
use crate::verbs::frame::in_logins;

/// What Tab offers at the beginning of a line.
const COMMANDS: [&str; 44] = [
    "APPEND",
    "CAPABILITY",
    "CHECK",
    "CLOSE",
    "COPY",
    "CREATE",
    "DELETE",
    "DELETEACL",
    "ENABLE",
    "EXAMINE",
    "EXPUNGE",
    "FETCH",
    "GETACL",
    "GETMETADATA",
    "GETQUOTA",
    "GETQUOTAROOT",
    "ID",
    "LIST",
    "LISTRIGHTS",
    "LSUB",
    "MOVE",
    "MYRIGHTS",
    "NAMESPACE",
    "NOOP",
    "RENAME",
    "SEARCH",
    "SELECT",
    "SETACL",
    "SETMETADATA",
    "SORT",
    "STATUS",
    "STORE",
    "SUBSCRIBE",
    "THREAD",
    "UID COPY",
    "UID EXPUNGE",
    "UID FETCH",
    "UID MOVE",
    "UID SEARCH",
    "UID SORT",
    "UID STORE",
    "UNSELECT",
    "UNSUBSCRIBE",
    "quit",
];

pub(crate) fn run(args: &Raw, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    in_logins(&args.access, config, |logins, mut session| {
        let lines = Lines::default();
        session.set_trace(Box::new(lines.clone()));
        let exit = match io::stdin().is_terminal() {
            true => on_terminal(&mut session, &lines, logins.label(), out)?,
            false => from_input(&mut session, &lines, out)?,
        };
        Ok((session, exit))
    })
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    /// The server said NO or BAD, or it was not sent.
    Refused,
    Quit,
}

/// Nobody reads the answers to a script: the exit code reports what was refused.
fn from_input(session: &mut Session, lines: &Lines, out: &mut Output) -> Result<Exit> {
    let mut exit = Exit::Ok;
    for line in io::stdin().lock().lines() {
        match execute(session, lines, &line?, out)? {
            Outcome::Done => {}
            Outcome::Refused => exit = Exit::Partial,
            Outcome::Quit => break,
        }
    }
    Ok(exit)
}

fn on_terminal(session: &mut Session, lines: &Lines, account: &str, out: &mut Output) -> Result<Exit> {
    let config = Config::builder().auto_add_history(false).build();
    let editor = Editor::<Commands, DefaultHistory>::with_config(config);
    let mut editor = editor.map_err(|error| crate::error::Failure::new(Exit::Io, format!("the terminal: {error}")))?;
    editor.set_helper(Some(Commands));
    output::note(&format!("connected to {account}; commands without a tag, `quit` to end"));
    loop {
        match editor.readline("imap> ") {
            Ok(line) => {
                // A login typed by hand holds a secret: it is not kept.
                if !line.trim().is_empty() && !is_login(&line) {
                    let _ = editor.add_history_entry(line.as_str());
                }
                if execute(session, lines, &line, out)? == Outcome::Quit {
                    return Ok(Exit::Ok);
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(_) => return Ok(Exit::Ok),
        }
    }
}

/// Sends a command and prints what comes back.
fn execute(session: &mut Session, lines: &Lines, line: &str, out: &mut Output) -> Result<Outcome> {
    let line = line.trim();
    if line.is_empty() {
        return Ok(Outcome::Done);
    }
    if line.eq_ignore_ascii_case("quit") || line.eq_ignore_ascii_case("exit") || line.eq_ignore_ascii_case("logout") {
        return Ok(Outcome::Quit);
    }
    if line.eq_ignore_ascii_case("IDLE") {
        output::note("`imap watch` waits for changes");
        return Ok(Outcome::Refused);
    }
    if is_login(line) {
        output::note("you are logged in already: a password typed here would be shown by --verbose");
        return Ok(Outcome::Refused);
    }
    let result = session.run(RawCommand::new(line));
    for frame in lines.take() {
        if out.is_json() {
            let (object, _) = transcript::object(&Bytes::from(frame), &ResponseContext::default());
            out.object(&object)?;
        } else {
            // Literals hold line ends: they are shown as they are.
            let text = output::terminal::bytes(&frame).replace("\\x0d\n", "\n");
            out.text(&text)?;
            if !text.ends_with('\n') {
                out.text("\n")?;
            }
        }
    }
    out.flush()?;
    match result {
        Ok(_) => Ok(Outcome::Done),
        // What the server refuses stands among its lines.
        Err(error) if error.is_no() || error.is_bad() => Ok(Outcome::Refused),
        Err(error) if error.is_bad_argument() => {
            let literal =
                if line.ends_with('}') { "; literals cannot be typed: `imap append` adds messages" } else { "" };
            output::note(&format!("{error}{literal}"));
            Ok(Outcome::Refused)
        }
        Err(error) => Err(failure(&error)),
    }
}

fn is_login(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    word.eq_ignore_ascii_case("LOGIN") || word.eq_ignore_ascii_case("AUTHENTICATE")
}

/// What came from the server since the last command.
#[derive(Debug, Default, Clone)]
struct Lines(Arc<Mutex<Vec<Vec<u8>>>>);

impl Lines {
    fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Trace for Lines {
    fn sent(&mut self, bytes: &[u8]) {
        tracing::trace!("C: {}", bytes.trim_ascii_end().escape_ascii());
    }

    fn received(&mut self, bytes: &[u8]) {
        tracing::trace!("S: {}", bytes.trim_ascii_end().escape_ascii());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes.to_vec());
    }
}

/// Completes the first words of a line.
struct Commands;

impl Completer for Commands {
    type Candidate = String;

    fn complete(&self, line: &str, position: usize, _context: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = line.get(..position).unwrap_or_default().to_ascii_uppercase();
        let candidates = COMMANDS.iter().filter(|command| command.to_ascii_uppercase().starts_with(&typed));
        Ok((0, candidates.map(|command| format!("{command} ")).collect()))
    }
}

impl Hinter for Commands {
    type Hint = String;
}

impl Highlighter for Commands {}

impl Validator for Commands {}

impl Helper for Commands {}

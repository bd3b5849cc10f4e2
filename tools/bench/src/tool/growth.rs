//! A mailbox of growing size on Dovecot: the tool and the library, with time and memory.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use imaplib::blocking::Client;
use imaplib::types::UidSet;
use imaplib::{ConnectOptions, Endpoint, FetchItem, Search};
use realservers::Dovecot;

use super::mail::Kind;
use super::tools::{self, TOOLS};
use super::{count as messages_in, server};
use crate::child::{self, Run, this_program};
use crate::figures::Figures;
use crate::outcome::Outcome;
use crate::report::{Chart, Line, Table, bytes, count, seconds};
use crate::setup::Setup;
use crate::subjects::Meter;

const PART: &str = "growth";
const LIMIT: Duration = Duration::from_secs(600);
const SIZES: [u64; 4] = [2_000, 20_000, 100_000, 200_000];
/// How many messages come between two backups.
const NEW: u64 = 100;

/// What is done: its name in the figures, and for people.
const DEEDS: [(&str, &str); 6] = [
    ("first", "a first backup"),
    ("nothing", "a backup with nothing to do"),
    ("more", "a backup after 100 new messages"),
    ("connect", "connect, log in, open the mailbox"),
    ("flags", "flags of all messages, streamed"),
    ("search", "a search that finds all"),
];

pub(crate) fn measure(setup: &Setup, figures: &mut Figures) -> Outcome<()> {
    let program = tools::build(setup)?;
    for size in SIZES.map(|size| setup.size(size)) {
        let Some((server, _)) = server::start(size, Kind::Small)? else {
            figures.set(PART, "mail", "-", "skipped", "Dovecot is not installed");
            return Ok(());
        };
        eprintln!("{} messages", count(size));
        let place = tempfile::tempdir()?;
        let mut note = |deed: &str, run: &Run| -> Outcome<()> {
            if let Some(reason) = &run.failure {
                return Err(format!("{deed}: {reason}").into());
            }
            let case = format!("{deed}-{size}");
            let wall = run.value("wall").unwrap_or(run.wall);
            figures.set(PART, &case, "imap", "wall", wall);
            figures.set(PART, &case, "imap", "cpu", run.value("cpu").unwrap_or(run.usage.cpu()));
            figures.set(PART, &case, "imap", "peak", run.peak());
            eprintln!("  {deed:<8} {}, {}", seconds(wall), bytes(run.peak()));
            Ok(())
        };
        // The server makes its index before anything is measured.
        own(&server, "search")?;
        for deed in ["connect", "flags", "search"] {
            note(deed, &own(&server, deed)?)?;
        }
        let backup = || -> Outcome<Run> {
            let command = tools::command(&TOOLS[0], &server, &program, place.path(), setup)?;
            Command::new("sync").status()?;
            Ok(child::run(command.ok_or("no command")?, LIMIT)?)
        };
        note("first", &backup()?)?;
        note("nothing", &backup()?)?;
        server::deliver(&server, size + 1, NEW, Kind::Small)?;
        // Again the server looks through its folder first.
        own(&server, "connect")?;
        note("more", &backup()?)?;
        let there = messages_in(place.path());
        if there != size + NEW {
            return Err(format!("{there} messages of {} are in the archive", size + NEW).into());
        }
    }
    Ok(())
}

/// The library, in a process of its own.
fn own(server: &Dovecot, deed: &str) -> Outcome<Run> {
    Ok(child::run(this_program(&["mailbox", &server.port.to_string(), deed])?, LIMIT)?)
}

/// Does one deed in this process, and reports what it cost: `PORT DEED`.
pub(crate) fn run(words: &[String]) -> Outcome<()> {
    let [port, deed] = words else { return Err("mailbox: port deed".into()) };
    let endpoint = Endpoint::insecure("127.0.0.1", port.parse()?);
    let connecting = Meter::start();
    let mut session = Client::connect_with(&endpoint, &ConnectOptions::new())?.login("alice", Dovecot::PASSWORD)?;
    let mut inbox = session.examine("INBOX")?;
    if deed == "connect" {
        connecting.end();
        return Ok(());
    }
    let expected = u64::from(inbox.exists());
    let meter = Meter::start();
    let mut seen = 0;
    if deed == "flags" {
        let mut rows = inbox.fetch(UidSet::all(), FetchItem::Flags)?;
        while let Some(row) = rows.next()? {
            seen += u64::from(row.flags().is_some());
        }
    } else {
        seen = inbox.search(Search::all())?.len();
    }
    meter.end();
    if seen == expected { Ok(()) } else { Err(format!("{seen} messages of {expected}").into()) }
}

pub(crate) fn render(figures: &Figures, charts: &Path) -> Outcome<String> {
    if let Some(reason) = figures.text(PART, "mail", "-", "skipped") {
        return Ok(format!("## A growing mailbox\n\nNot measured: {reason}.\n\n"));
    }
    let quick = figures.text(PART, "setup", "-", "quick") == Some("true");
    let sizes = SIZES.map(|size| if quick { size / 10 } else { size });
    let value = |deed: &str, size: u64, what: &str| figures.value(PART, &format!("{deed}-{size}"), "imap", what);
    let mut text = String::from(
        "## A growing mailbox\n\nShort messages in one mailbox of Dovecot, Maildir, on loopback: `imap backup`, and the \
         blocking client. The times hold what the server takes.\n\n",
    );
    for (what, title, up) in
        [("wall", "time", seconds as fn(f64) -> String), ("peak", "memory of the process", bytes as fn(f64) -> String)]
    {
        let points = |deed: &str| -> Vec<(f64, f64)> {
            sizes.iter().filter_map(|size| Some((*size as f64, value(deed, *size, what)?))).collect()
        };
        let lines = DEEDS.map(|(deed, _)| Line { name: deed.to_owned(), points: points(deed) });
        let (file, title) = (format!("growth-{what}.svg"), format!("A growing mailbox: {title}"));
        text.push_str(&format!("![{title}](performance/{file})\n"));
        Chart { title: &title, across: "messages", up, lines: lines.into() }.write(&charts.join(file))?;
    }
    let mut header = vec!["time; CPU; memory".to_owned()];
    header.extend(sizes.iter().map(|size| count(*size)));
    let mut table = Table::new(&header.iter().map(String::as_str).collect::<Vec<_>>());
    for (deed, title) in DEEDS {
        let cell = |size: &u64| {
            let figure = |what: &str, show: fn(f64) -> String| value(deed, *size, what).map(show).unwrap_or_default();
            format!("{}; {}; {}", figure("wall", seconds), figure("cpu", seconds), figure("peak", bytes))
        };
        table.row(std::iter::once(title.to_owned()).chain(sizes.iter().map(cell)));
    }
    Ok(format!("{text}\n{}\n", table.text()))
}

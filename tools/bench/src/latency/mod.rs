//! What a long way to the server costs, in round trips.

mod errand;
mod proxy;

use std::process::Command;
use std::time::Duration;

use imaplib_testserver::Server;

use crate::child::{self, this_program};
use crate::figures::{Figures, median};
use crate::outcome::Outcome;
use crate::report::{Table, seconds};
use crate::setup::Setup;

pub(crate) use errand::run;

const PART: &str = "latency";
const ROUND_TRIP: f64 = 0.05;
const LIMIT: Duration = Duration::from_secs(300);
const SCRIPT: &str = include_str!("../../peers/python_errands.py");
const SUBJECTS: [(&str, &str); 5] = [
    ("blocking", "**blocking**"),
    ("async", "**async**"),
    ("rust-imap", "imap 3.0.0-alpha.15 (Rust)"),
    ("async-imap", "async-imap 0.12 (Rust)"),
    ("imaplib", "imaplib (Python)"),
];
/// What is done, how often, on what server, and the goal in round trips.
const ERRANDS: [(&str, u64, bool, &str, u32); 6] = [
    ("status", 500, true, "LIST and STATUS of 500 mailboxes, server with LIST-STATUS", 4),
    ("status", 500, false, "LIST and STATUS of 500 mailboxes, server without", 4),
    ("fetch", 1000, true, "1,000 single UID FETCHes, issued together where that can be done", 3),
    ("append", 1000, true, "1,000 messages appended one by one, server with LITERAL+", 20),
    ("append", 1000, false, "1,000 messages appended one by one, server without", 20),
    ("append-all", 1000, true, "1,000 messages appended by one call, server with LITERAL+", 20),
];

pub(crate) fn measure(setup: &Setup, figures: &mut Figures) -> Outcome<()> {
    let script = setup.work.join("python_errands.py");
    std::fs::create_dir_all(&setup.work)?;
    std::fs::write(&script, SCRIPT)?;
    for (errand, times, modern, title, _) in ERRANDS {
        eprintln!("{title}");
        let times = setup.size(times);
        let case = format!("{errand}-{modern}");
        figures.set(PART, &case, "-", "times", times);
        // Only ours has the call.
        let peers = setup.peers && errand != "append-all";
        let subjects = SUBJECTS.iter().filter(|(name, _)| peers || ["blocking", "async"].contains(name));
        // One after the other without a way, then all at once over the long way, on which everybody only waits.
        let mut waiting = Vec::new();
        for (name, _) in subjects {
            let near = go(name, errand, times, modern, Duration::ZERO, &script)?;
            let (script, most) = (script.clone(), setup.rounds());
            let far = std::thread::spawn(move || -> Outcome<_> {
                let rounds = if ["blocking", "async"].contains(name) && errand != "append" { most } else { 1 };
                let trip = Duration::from_secs_f64(ROUND_TRIP);
                (0..rounds).map(|_| go(name, errand, times, modern, trip, &script)).collect::<Outcome<Vec<_>>>()
            });
            waiting.push((*name, near, far));
        }
        for (name, near, far) in waiting {
            let far = far.join().map_err(|_| "a thread failed")??;
            let times: Option<Vec<f64>> = far.iter().map(|run| run.as_ref().ok().copied()).collect();
            match (near, times.and_then(median)) {
                (Ok(near), Some(far)) => {
                    figures.set(PART, &case, name, "near", format!("{near:.6}"));
                    figures.set(PART, &case, name, "far", format!("{far:.6}"));
                    eprintln!("  {name:<12} {:.1} round trips", far / ROUND_TRIP);
                }
                (near, _) => {
                    let reason = near.err().or_else(|| far.into_iter().find_map(Result::err)).unwrap_or_default();
                    eprintln!("  {name:<12} {reason}");
                    figures.set(PART, &case, name, "failure", reason);
                }
            }
        }
    }
    Ok(())
}

/// How long the errand lasts on a server of its own that is so far away; or why it fails.
fn go(
    subject: &str,
    errand: &str,
    times: u64,
    modern: bool,
    trip: Duration,
    script: &std::path::Path,
) -> Outcome<Result<f64, String>> {
    let mut builder = Server::builder().user("demo", "demo");
    if !modern {
        for capability in ["LIST-STATUS", "LITERAL+", "LITERAL-", "MULTIAPPEND"] {
            builder = builder.without(capability);
        }
    }
    let server = builder.start()?;
    let account = server.store().account("demo");
    match errand {
        "status" => (1..times).try_for_each(|n| account.create(&format!("Projects {n}")))?,
        "fetch" => {
            for _ in 0..times {
                account.append("INBOX", "Subject: hello\r\n\r\nHello.\r\n")?;
            }
        }
        _ => {}
    }
    let port = proxy::start(server.plain_addr().port(), trip)?;
    let words = [subject, errand, &port.to_string(), &times.to_string()];
    let command = match subject {
        "imaplib" => {
            let mut command = Command::new("python3");
            command.arg(script).args(&words[1..]);
            command
        }
        _ => {
            let mut command = this_program(&["errand"])?;
            command.args(words);
            command
        }
    };
    let run = child::run(command, LIMIT)?;
    let wall = run.value("wall").ok_or("the errand did not tell its time");
    Ok(match run.failure {
        Some(reason) => Err(reason),
        None => Ok(wall?),
    })
}

pub(crate) fn render(figures: &Figures) -> String {
    let mut text = String::from(
        "## A long way\n\nThe server is 50 ms of round trip away, behind a proxy that delays. Round trips are the time \
         after login, divided by 50 ms. Peers have no call that issues commands together. Python's sockets hold \
         small packets back (Nagle), which costs 40 ms a message even where there is no way.\n\n",
    );
    for (errand, _, modern, title, goal) in ERRANDS {
        let case = format!("{errand}-{modern}");
        let value = |subject: &str, what: &str| figures.value(PART, &case, subject, what);
        if value("-", "times").is_none() {
            continue;
        }
        let mut table = Table::new(&["client", "round trips", "time", "without the way"]);
        for (name, title) in SUBJECTS {
            if let Some((near, far)) = value(name, "near").zip(value(name, "far")) {
                let trips = far / ROUND_TRIP;
                table.row([title.to_owned(), format!("{trips:.1}"), seconds(far), seconds(near)]);
            } else if let Some(failure) = figures.text(PART, &case, name, "failure") {
                table.row([title.to_owned(), failure.to_owned()]);
            }
        }
        text.push_str(&format!("### {title}\n\nGoal: at most {goal} round trips.\n\n{}\n", table.text()));
    }
    text + "Many messages appended in one call are not measured: the library has no call for that yet.\n\n"
}

//! What the report shows of the tool.

use super::PART;
use super::tools::TOOLS;
use crate::figures::Figures;
use crate::report::{Table, bytes, count, ratio, seconds};

pub(crate) fn render(figures: &Figures) -> String {
    if let Some(reason) = figures.text(PART, "mail", "-", "skipped") {
        return format!("## The tool\n\nNot measured: {reason}.\n\n");
    }
    let mail = |what: &str| figures.value(PART, "mail", "-", what).unwrap_or_default();
    let mut text = format!(
        "## The tool\n\n`imap backup` of {} messages, {} with CR LF, from Dovecot's Maildir on loopback, onto the same \
         disk. The floor writes the same bytes in the same pattern: create, write, and for each 1,000 messages make \
         durable and rename. Before each run the disk is made quiet.\n\n### A first backup\n\n",
        count(mail("messages") as u64),
        bytes(mail("bytes"))
    );
    let floor = figures.value(PART, "cold", "disk", "wall").unwrap_or(f64::NAN);
    let mut table =
        Table::new(&["who", "× the disk", "time", "CPU", "of it system", "server's CPU", "memory", "messages missing"]);
    for tool in &TOOLS {
        let value = |what: &str| figures.value(PART, "cold", tool.name, what);
        if let (Some(wall), Some(cpu)) = (value("wall"), value("cpu")) {
            let is_disk = !tool.again;
            let cell =
                |what: &str, show: fn(f64) -> String| value(what).filter(|_| !is_disk).map_or(String::new(), show);
            table.row([
                tool.title.to_owned(),
                ratio(wall / floor),
                seconds(wall),
                seconds(cpu),
                cell("system", seconds),
                cell("server", seconds),
                cell("peak", bytes),
                cell("missing", |missing| count(missing as u64)),
            ]);
        } else if let Some(failure) = figures.text(PART, "cold", tool.name, "failure") {
            table.row([tool.title.to_owned(), failure.to_owned()]);
        }
    }
    text.push_str(&format!("{}\n### Nothing to do\n\n", table.text()));
    let mut table = Table::new(&["who", "time", "CPU", "server's CPU", "memory"]);
    for tool in TOOLS.iter().filter(|tool| tool.again) {
        let value = |what: &str| figures.value(PART, "again", tool.name, what);
        if let (Some(wall), Some(cpu), Some(server), Some(peak)) =
            (value("wall"), value("cpu"), value("server"), value("peak"))
        {
            table.row([tool.title.to_owned(), seconds(wall), seconds(cpu), seconds(server), bytes(peak)]);
        }
    }
    text.push_str(&format!("{}\n", table.text()));
    text + &calls(figures)
}

/// The calls of the system in which the tool spends most time.
fn calls(figures: &Figures) -> String {
    let mut calls: Vec<(&str, f64, f64)> = figures
        .subjects(PART, "calls")
        .filter_map(|name| {
            let value = |what: &str| figures.value(PART, "calls", name, what);
            Some((name, value("seconds")?, value("times")?))
        })
        .collect();
    if calls.is_empty() {
        return String::new();
    }
    calls.sort_by(|one, other| other.1.total_cmp(&one.1));
    let mut table = Table::new(&["call", "time, all threads", "calls"]);
    for (name, time, times) in calls.into_iter().take(12) {
        table.row([format!("`{name}`"), seconds(time), count(times as u64)]);
    }
    let wall = figures.value(PART, "calls", "-", "wall").map_or(String::new(), seconds);
    format!(
        "### Where the tool's time goes\n\nA first backup in clear text under strace, which makes it slower ({wall}): \
         the calls of the system by the time spent in them, waiting included. Threads wait at the same time, so that the \
         sum is more than the whole. `openat`, `write`, `rename`, `utimensat` and `syncfs` are the disk's; `recvfrom` is \
         the server's; `pwrite64` and `fdatasync` are the database's; in `clock_nanosleep` and `futex` one thread waits \
         for another.\n\n{}\n",
        table.text()
    )
}

//! The tool: a backup of a whole mailbox, beside others and beside the disk.

mod disk;
pub(crate) mod growth;
mod mail;
mod render;
mod server;
mod tools;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::child::{self, Run};
use crate::figures::{Figures, median};
use crate::outcome::Outcome;
use crate::quiet::scatter;
use crate::setup::Setup;

pub(crate) use disk::run as run_disk;
use mail::Kind;
pub(crate) use mail::run as run_mail;
pub(crate) use render::render;
use tools::{TOOLS, Tool};

const PART: &str = "tool";
const LIMIT: Duration = Duration::from_secs(300);

pub(crate) fn measure(setup: &Setup, figures: &mut Figures) -> Outcome<()> {
    let Some((server, made)) = server::start(setup.size(20_000), Kind::Mixed)? else {
        figures.set(PART, "mail", "-", "skipped", "Dovecot is not installed");
        return Ok(());
    };
    let messages = setup.size(20_000);
    figures.set(PART, "mail", "-", "messages", messages);
    figures.set(PART, "mail", "-", "bytes", made.value("bytes").unwrap_or_default());
    let program = tools::build(setup)?;
    let place = tempfile::tempdir()?;
    let tools: Vec<&Tool> = TOOLS.iter().filter(|tool| setup.peers || !tool.peer).collect();
    let mut cold: Vec<Vec<(Run, f64)>> = tools.iter().map(|_| Vec::new()).collect();
    let mut again: Vec<Vec<(Run, f64)>> = tools.iter().map(|_| Vec::new()).collect();
    // The first backup makes the server's index, and does not count.
    for round in 0..=setup.rounds() {
        for (index, tool) in tools.iter().enumerate() {
            if round == 0 && index > 0 || cold[index].last().is_some_and(|(run, _)| run.failure.is_some()) {
                continue;
            }
            let target = place.path().join(tool.name);
            std::fs::create_dir_all(&target)?;
            let next = || tools::command(tool, &server, &program, &target, setup);
            let Some(command) = next()? else { continue };
            let first = run(command)?;
            eprintln!(
                "  {:<12} {:.2} s, CPU {:.2} s, server {:.2} s",
                tool.name,
                first.0.wall,
                first.0.usage.cpu(),
                first.1
            );
            let there = if first.0.failure.is_none() { count(&target) } else { messages };
            let again_too = tool.again && first.0.failure.is_none();
            let second = if again_too { next()?.map(run).transpose()? } else { None };
            std::fs::remove_dir_all(&target)?;
            if round > 0 {
                figures.set(PART, "cold", tool.name, "missing", messages.saturating_sub(there));
                cold[index].push(first);
                again[index].extend(second);
            }
        }
    }
    for (case, all) in [("cold", &cold), ("again", &again)] {
        for (tool, runs) in tools.iter().zip(all) {
            note(figures, case, tool.name, runs);
        }
    }
    calls(setup, &server, &program, place.path(), figures)
}

/// Runs it on a quiet disk; reports also what the server used meanwhile.
fn run(command: Command) -> Outcome<(Run, f64)> {
    Command::new("sync").status()?;
    let before = server::used();
    let run = child::run(command, LIMIT)?;
    Ok((run, server::used() - before))
}

fn note(figures: &mut Figures, case: &str, tool: &str, runs: &[(Run, f64)]) {
    if let Some(reason) = runs.iter().find_map(|(run, _)| run.failure.clone()) {
        return figures.set(PART, case, tool, "failure", reason);
    }
    // The disk's floor reads its messages first: it tells itself what the writing took.
    let said = |run: &Run, what: &str, whole: f64| run.value(what).unwrap_or(whole);
    let columns: [(&str, Vec<f64>); 6] = [
        ("wall", runs.iter().map(|(run, _)| said(run, "wall", run.wall)).collect()),
        ("cpu", runs.iter().map(|(run, _)| said(run, "cpu", run.usage.cpu())).collect()),
        ("user", runs.iter().map(|(run, _)| run.usage.user).collect()),
        ("system", runs.iter().map(|(run, _)| run.usage.system).collect()),
        ("server", runs.iter().map(|(_, server)| *server).collect()),
        ("peak", runs.iter().map(|(run, _)| run.peak()).collect()),
    ];
    for (what, values) in columns {
        if let Some(value) = scatter(values.clone()).filter(|_| what == "wall") {
            figures.set(PART, case, tool, "scatter", value);
        }
        if let Some(value) = median(values) {
            figures.set(PART, case, tool, what, value);
        }
    }
}

/// How many messages are in a tree of Maildirs.
fn count(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let within = entries.map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => count(&entry.path()),
        Ok(_) => u64::from(folder.ends_with("cur") || folder.ends_with("new")),
        Err(_) => 0,
    });
    within.sum()
}

/// Where the tool waits: its calls of the system, by the time that they take.
fn calls(
    setup: &Setup,
    server: &realservers::Dovecot,
    program: &Path,
    place: &Path,
    figures: &mut Figures,
) -> Outcome<()> {
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!("\n*** SKIPPED: strace is not there: no table of calls\n");
        return Ok(());
    }
    let (target, list) = (place.join("traced"), place.join("calls"));
    std::fs::create_dir_all(&target)?;
    let Some(plain) = tools::command(&TOOLS[0], server, program, &target, setup)? else { return Ok(()) };
    let mut command = Command::new("strace");
    command.args(["-f", "-c", "-w", "-o"]).arg(&list).arg(plain.get_program()).args(plain.get_args());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Command::new("sync").status()?;
    let run = child::run(command, LIMIT)?;
    if let Some(reason) = run.failure {
        eprintln!("\n*** SKIPPED: strace {reason}\n");
        return Ok(());
    }
    figures.set(PART, "calls", "-", "wall", run.wall);
    for line in std::fs::read_to_string(&list)?.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, seconds, _, times, .., name] = words.as_slice() else { continue };
        if let (Ok(seconds), Ok(times)) = (seconds.parse::<f64>(), times.parse::<u64>())
            && *name != "total"
            && times > 0
        {
            figures.set(PART, "calls", name, "seconds", seconds);
            figures.set(PART, "calls", name, "times", times);
        }
    }
    Ok(())
}

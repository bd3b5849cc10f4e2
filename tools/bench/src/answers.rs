//! Large answers: what a client costs, beside the floor.

use std::time::Duration;

use crate::child::{self, Run, Serving, this_program};
use crate::figures::{Figures, median};
use crate::outcome::Outcome;
use crate::quiet::scatter;
use crate::report::{Table, bytes, count, ratio, seconds};
use crate::scenario::{Operation, Scenario, Subject, Way};
use crate::setup::Setup;
use crate::subjects::Task;

const PART: &str = "answers";
/// A run that needs longer is ended.
fn limit(quick: bool) -> Duration {
    Duration::from_secs(if quick { 10 } else { 60 })
}

/// What needs longer than this is not worth repeating.
const LONG: f64 = 8.0;

fn scenarios(quick: bool) -> Vec<Scenario> {
    let size = |size: u64| if quick { size / 10 } else { size };
    let flags = Scenario::new(Operation::Flags, size(1_000_000));
    let bodies = Scenario::new(Operation::Bodies, size(20_000));
    vec![
        flags,
        Scenario::new(Operation::Envelopes, size(100_000)),
        Scenario::new(Operation::Structures, size(100_000)),
        bodies,
        Scenario::new(Operation::Body, if quick { 32 << 20 } else { 256 << 20 }),
        Scenario::new(Operation::Search, size(1_000_000)),
        Scenario::new(Operation::List, size(10_000)),
        flags.over_tls(),
        bodies.over_tls(),
        flags.compressed(),
        bodies.compressed(),
    ]
}

/// What this project wants to stay below when it streams: multiples of the floor, allocations a row, growth of the heap.
fn goal(operation: Operation) -> Option<&'static str> {
    match operation {
        Operation::Flags => Some("9 × floor, no allocation a row, 4 MiB of heap"),
        Operation::Envelopes => Some("7.5 × floor, 6 allocations a row"),
        Operation::Bodies => Some("1.7 × floor"),
        Operation::Body => Some("1.3 × floor, 2 MiB of heap"),
        Operation::Search => Some("10 × floor, and linear"),
        _ => None,
    }
}

pub(crate) fn measure(setup: &Setup, figures: &mut Figures) -> Outcome<()> {
    for scenario in scenarios(setup.quick) {
        eprintln!("{}", scenario.title());
        let subjects: Vec<Subject> = Subject::all()
            .filter(|subject| subject.takes_part(&scenario) && (setup.peers || !subject.is_peer()))
            .collect();
        let results = rounds(setup, scenario, &subjects, setup.rounds())?;
        let floor: Vec<Option<f64>> =
            results.first().map(|(_, _, runs)| runs.iter().map(|run| run.value("cpu")).collect()).unwrap_or_default();
        for (subject, bytes, runs) in results {
            // Each beside the floor of the same round: what disturbs a while disturbs both.
            let beside = runs.iter().zip(&floor).filter_map(|(run, floor)| Some(run.value("cpu")? / (*floor)?));
            if let Some(ratio) = median(beside.collect()) {
                figures.set(PART, &scenario.name(), subject.name(), "ratio", format!("{ratio:.4}"));
            }
            let mut set = |what: &str, value: f64| figures.set(PART, &scenario.name(), subject.name(), what, value);
            set("bytes", bytes);
            note(&runs, &mut set);
            if let Some(reason) = runs.last().and_then(|run| run.failure.clone()) {
                figures.set(PART, &scenario.name(), subject.name(), "failure", reason);
            }
            let cpu = figures.value(PART, &scenario.name(), subject.name(), "cpu");
            eprintln!("  {:<20} {}", subject.name(), cpu.map_or("-".to_owned(), seconds));
        }
    }
    Ok(())
}

/// Lets all subjects take turns, round by round.
pub(crate) fn rounds(
    setup: &Setup,
    scenario: Scenario,
    subjects: &[Subject],
    rounds: usize,
) -> Outcome<Vec<(Subject, f64, Vec<Run>)>> {
    let server = Serving::start(this_program(&["replay", scenario.operation.name(), &scenario.size.to_string()])?)?;
    let mut results: Vec<(Subject, f64, Vec<Run>)> =
        subjects.iter().map(|subject| (*subject, 0.0, Vec::new())).collect();
    for _ in 0..rounds {
        for (subject, bytes, runs) in &mut results {
            if runs.last().is_some_and(|run: &Run| run.failure.is_some() || run.wall > LONG) {
                continue;
            }
            let task = Task::of(*subject, &scenario, &server)?;
            *bytes = task.bytes as f64;
            if let Some(command) = task.command(&setup.scripts)? {
                runs.push(child::run(command, limit(setup.quick))?);
            }
        }
    }
    results.retain(|(_, _, runs)| !runs.is_empty());
    Ok(results)
}

/// The medians of the runs that went well.
pub(crate) fn note(runs: &[Run], set: &mut impl FnMut(&str, f64)) {
    let well = || runs.iter().filter(|run| run.failure.is_none());
    for what in ["cpu", "wall", "allocations", "heap", "held"] {
        if let Some(value) = median(well().filter_map(|run| run.value(what)).collect()) {
            set(what, value);
        }
    }
    if let Some(value) = scatter(well().filter_map(|run| run.value("cpu")).collect()) {
        set("scatter", value);
    }
    if let Some(peak) = median(well().map(Run::peak).collect()) {
        set("peak", peak);
    }
}

pub(crate) fn render(figures: &Figures) -> String {
    let mut text = String::from(
        "## Large answers\n\nA server on loopback has its answer ready, so that what the client costs is what shows. \
         Each run is a process of its own; the subjects take turns. CPU is user and system time from the command to the \
         end of its answer. The *floor* reads the same bytes with a buffer of 256 KiB (through TLS and DEFLATE by the same \
         libraries) and looks at nothing: × floor is \
         the CPU in multiples of that, the median over the rounds. *Streamed* takes one row after the other, *collected* all at once. Allocations \
         are those of a row (of a message, a number, a mailbox), and heap is by how much the heap grew at most: both \
         are counted in the Rust subjects alone. Memory is the most that the process ever had, its program included. Python's libraries parse nothing. What took more than 8 s was run once. The Rust subjects are one program, built with link-time \
         optimisation and one codegen unit; as Cargo builds a release by itself, our rows of flags take about a quarter \
         more, and the others hardly anything.\n\n",
    );
    let quick = figures.text(PART, "setup", "-", "quick") == Some("true");
    for scenario in scenarios(quick) {
        let case = scenario.name();
        let value = |subject: &str, what: &str| figures.value(PART, &case, subject, what);
        if value("floor", "cpu").is_none() {
            continue;
        }
        let mut table = Table::new(&["client", "× floor", "CPU", "allocations a row", "heap", "memory"]);
        for subject in Subject::all() {
            let name = subject.name();
            if let Some((cpu, times)) = value(name, "cpu").zip(value(name, "ratio")) {
                let rows = if scenario.operation == Operation::Body { 1.0 } else { scenario.size as f64 };
                table.row([
                    subject.title().to_owned(),
                    ratio(times),
                    seconds(cpu),
                    value(name, "allocations").map_or("".to_owned(), |calls| ratio(calls / rows)),
                    value(name, "heap").map_or("".to_owned(), bytes),
                    value(name, "peak").map_or("".to_owned(), bytes),
                ]);
            } else if let Some(failure) = figures.text(PART, &case, name, "failure") {
                table.row([
                    subject.title().to_owned(),
                    failure.to_owned(),
                    String::new(),
                    String::new(),
                    String::new(),
                    String::new(),
                ]);
            }
        }
        let volume = value("floor", "bytes").map_or(String::new(), |volume| format!(" ({})", bytes(volume)));
        let goal = goal(scenario.operation).filter(|_| scenario.way == Way::Clear);
        let goal = goal.map_or(String::new(), |goal| format!("Goal: at most {goal}.\n\n"));
        text.push_str(&format!("### {}{volume}\n\n{goal}{}\n", upper(&scenario.title()), table.text()));
    }
    text
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The table of a glance: every scenario in one line, as multiples of the floor.
pub(crate) fn overview(figures: &Figures) -> String {
    let quick = figures.text(PART, "setup", "-", "quick") == Some("true");
    let mut header = vec!["answer, CPU in multiples of the floor".to_owned(), "floor".to_owned()];
    header.extend(
        ["**blocking**", "**async**", "imap", "async-imap", "imaplib", "aioimaplib", "imapflow"].map(str::to_owned),
    );
    let mut table = Table::new(&header.iter().map(String::as_str).collect::<Vec<_>>());
    for scenario in scenarios(quick) {
        let case = scenario.name();
        let value = |subject: &str| figures.value(PART, &case, subject, "ratio");
        let Some(floor) = figures.value(PART, &case, "floor", "cpu") else { continue };
        let mut row = vec![scenario.title(), seconds(floor)];
        for name in ["blocking", "async", "rust-imap", "async-imap", "imaplib", "aioimaplib", "imapflow"] {
            let times = value(name).or_else(|| value(&format!("{name}-collected")));
            let failed =
                figures.text(PART, &case, name, "failure").map(|reason| match reason.strip_prefix("more than") {
                    Some(limit) => format!(">{limit}"),
                    None => "fails".to_owned(),
                });
            row.push(times.map(ratio).or(failed).unwrap_or_default());
        }
        table.row(row);
    }
    let scale = count(1_000_000);
    format!(
        "{}\nOurs is streamed where there are rows; below are all subjects, with memory, at up to {scale} rows.\n\n",
        table.text()
    )
}

//! What a client costs as answers grow, and as sessions do.

use std::path::Path;
use std::time::Duration;

use crate::answers;
use crate::child::{self, Serving, this_program};
use crate::figures::{Figures, median};
use crate::outcome::Outcome;
use crate::report::{Chart, Line, Table, bytes, count, seconds};
use crate::scenario::{Operation, Scenario, Subject};
use crate::setup::Setup;

const PART: &str = "scale";
const SESSIONS: [usize; 3] = [1, 100, 1000];
const FLAGS: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];
const MAILBOXES: [u64; 4] = [10, 100, 1_000, 10_000];
const BODY: [u64; 5] = [1 << 10, 32 << 10, 1 << 20, 32 << 20, 1 << 30];
/// What grows: the operation, its sizes, and the words on the chart.
const SERIES: [(Operation, &[u64], &str, &str); 4] = [
    (Operation::Flags, &FLAGS, "Flags of all messages", "messages"),
    (Operation::Search, &FLAGS, "A search that finds all", "numbers"),
    (Operation::List, &MAILBOXES, "LIST", "mailboxes"),
    (Operation::Body, &BODY, "One body", "bytes"),
];

fn subjects(operation: Operation) -> [Subject; 6] {
    let streams = matches!(operation, Operation::Flags | Operation::Body);
    let (blocking, on_tokio) = match streams {
        true => (Subject::Blocking, Subject::Async),
        false => (Subject::BlockingCollected, Subject::AsyncCollected),
    };
    [Subject::Floor, blocking, on_tokio, Subject::RustImap, Subject::AsyncImap, Subject::Imaplib]
}

pub(crate) fn measure(setup: &Setup, figures: &mut Figures) -> Outcome<()> {
    for (operation, sizes, title, _) in SERIES {
        let most = if setup.quick { sizes.len() - 1 } else { sizes.len() };
        for size in &sizes[..most] {
            let scenario = Scenario::new(operation, *size);
            let subjects: Vec<Subject> =
                subjects(operation).into_iter().filter(|subject| setup.peers || !subject.is_peer()).collect();
            eprintln!("{title}: {}", count(*size));
            for (subject, _, runs) in answers::rounds(setup, scenario, &subjects, setup.rounds())? {
                let case = scenario.name();
                if let Some(reason) = runs.last().and_then(|run| run.failure.clone()) {
                    figures.set(PART, &case, subject.name(), "failure", reason);
                }
                answers::note(&runs, &mut |what: &str, value: f64| {
                    figures.set(PART, &case, subject.name(), what, value);
                });
            }
        }
    }
    sessions(setup, figures)
}

fn sessions(setup: &Setup, figures: &mut Figures) -> Outcome<()> {
    let server = Serving::start(this_program(&["replay", "nothing", "1"])?)?;
    for number in SESSIONS {
        let mut seen = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..setup.rounds() {
            let words = ["sessions", &server.port(0)?.to_string(), &number.to_string()];
            let run = child::run(this_program(&words)?, Duration::from_secs(120))?;
            if let Some(reason) = run.failure {
                return Err(reason.into());
            }
            seen[0].extend(run.value("held"));
            seen[1].extend(run.value("cpu"));
            seen[2].push(run.peak());
        }
        for (what, values) in ["held", "cpu", "peak"].into_iter().zip(seen) {
            if let Some(value) = median(values) {
                figures.set(PART, &format!("sessions-{number}"), "async", what, value);
            }
        }
    }
    Ok(())
}

pub(crate) fn render(figures: &Figures, charts: &Path) -> Outcome<String> {
    let mut text = String::from(
        "## Growth\n\nThe same as the large answers, at growing sizes: CPU of the command, and the most memory that the \
         process had. Both axes are logarithmic: what runs beside the floor is linear.\n\n",
    );
    for (operation, sizes, title, unit) in SERIES {
        for (what, words, up) in
            [("cpu", "CPU", seconds as fn(f64) -> String), ("peak", "memory", bytes as fn(f64) -> String)]
        {
            let mut lines = Vec::new();
            for subject in subjects(operation) {
                let value = |size: &u64| {
                    let case = Scenario::new(operation, *size).name();
                    figures.value(PART, &case, subject.name(), what).map(|value| (*size as f64, value))
                };
                let points: Vec<(f64, f64)> = sizes.iter().filter_map(value).collect();
                if !points.is_empty() {
                    lines.push(Line { name: subject.name().replace("-collected", ""), points });
                }
            }
            let file = format!("{}-{what}.svg", operation.name());
            let title = format!("{title}: {words}");
            text.push_str(&format!("![{title}](performance/{file})\n"));
            Chart { title: &title, across: unit, up, lines }.write(&charts.join(file))?;
        }
        text.push_str(&format!("\n### {title}\n\n{}\n", table(figures, operation, sizes).text()));
    }
    text.push_str(
        "### Sessions in one async process\n\nEach is logged in, with a mailbox open, over clear text; heap is what \
         they hold at rest.\n\n",
    );
    let mut table = Table::new(&["sessions", "heap a session", "memory of the process", "CPU to open one"]);
    for number in SESSIONS {
        let value = |what: &str| figures.value(PART, &format!("sessions-{number}"), "async", what);
        if let (Some(held), Some(peak), Some(cpu)) = (value("held"), value("peak"), value("cpu")) {
            let number = number as f64;
            table.row([format!("{number}"), bytes(held / number), bytes(peak), seconds(cpu / number)]);
        }
    }
    Ok(text + &table.text() + "\n")
}

fn table(figures: &Figures, operation: Operation, sizes: &[u64]) -> Table {
    let mut header = vec!["CPU; memory".to_owned()];
    header.extend(sizes.iter().map(|size| match operation {
        Operation::Body => bytes(*size as f64),
        _ => count(*size),
    }));
    let mut table = Table::new(&header.iter().map(String::as_str).collect::<Vec<_>>());
    for subject in subjects(operation) {
        let cell = |size: &u64| {
            let case = Scenario::new(operation, *size).name();
            let value = |what: &str| figures.value(PART, &case, subject.name(), what);
            let pair = value("cpu").zip(value("peak"));
            let shown = pair.map(|(cpu, peak)| format!("{}; {}", seconds(cpu), bytes(peak)));
            let failure = || figures.text(PART, &case, subject.name(), "failure").map(str::to_owned);
            shown.or_else(failure).unwrap_or_default()
        };
        table.row(std::iter::once(subject.title().to_owned()).chain(sizes.iter().map(cell)));
    }
    table
}

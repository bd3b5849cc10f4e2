//! What was seen, as a page.

use std::fmt::Write as _;

use imaplib_testserver::hostile::{ATTACKS, Covered, Ended, Scenario, scenarios};

use crate::{Outcome, Played};

/// How many of the subjects are ours: the first ones.
const OURS: usize = 3;

/// The short name of the drop-in for Python's imaplib.
const DROP_IN: &str = "drop-in";

/// Why the drop-in cannot be safe in a scenario, where it is as imaplib is on purpose.
fn reason(scenario: &str) -> Option<&'static str> {
    const RAW: &str =
        "as in imaplib, a program gets all rows as they came, and must look at the UID and the section by itself";
    Some(match scenario {
        "body-of-another-uid"
        | "body-of-another-uid-first"
        | "long-body-of-another-uid"
        | "body-of-another-section" => RAW,
        "keep-alive-drips" => {
            "a server that reports for long that it works is waited for as in imaplib; `M.deadline` limits that"
        }
        "line-feeds-in-a-subject" => "as in imaplib, a line that ends in a line feed alone ends the connection",
        _ => return None,
    })
}

/// The page about all that was played.
#[must_use]
pub fn page(played: &[Played]) -> String {
    let mut page = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut page, played);
    page
}

fn write(page: &mut String, played: &[Played]) -> std::fmt::Result {
    let scenarios = scenarios();
    writeln!(
        page,
        "# Played by a hostile server\n\n\
         `imaplib_testserver::hostile` is a server that attacks its clients: {} scenarios after {} attacks on real mail\n\
         clients. Here they are played to both clients of the library and to the tool, and beside them to clients that others\n\
         wrote. The tests `hostile` of the crates `imaplib` and `imaplib-cli` play the first three on each run and accept\n\
         nothing that is not safe.\n\n\
         This page is written by `cargo run -p hostile -- --write`; without `--write` the figures are only printed.\n\n\
         What counts as safe stands in each scenario: whether the work must fail, may, or must not; where the password may be\n\
         sent; what must not be believed, sent, or written outside the folder; the most time and memory. For the library,\n\
         memory is the peak of the heap, counted by the allocator, at the limits that are the default (but for the surplus of\n\
         rows, 100,000, so that it is quick), and the scenario's own bound holds. For programs it is the peak of the\n\
         process (VmHWM, read every 2 ms), and the bound is 64 MiB. Timeouts are half a second for the library\n\
         and a second for the programs. The figures are of a build {}.\n\n\
         The peers are run as their documentation shows: imaplib with `timeout=1` and its answers taken as the examples take\n\
         them (`data[0][1]` is the text), curl with `-m 4` and, for STARTTLS, with `--ssl-reqd`. What is still at work after 12\n\
         seconds is ended, and has hung. A scenario that one of them cannot be asked to do is skipped. The bound of memory is\n\
         512 MiB for them, because clients that return whole texts must hold them; and a library that returns to its caller what the\n\
         server sent, raw, is not blamed for control characters, nor for what its errors repeat. The tool is.\n",
        scenarios.len(),
        ATTACKS.len(),
        if cfg!(debug_assertions) { "without optimisation" } else { "with optimisation" },
    )?;
    summary(page, played)?;
    table(page, played, &scenarios)?;
    unsafe_ones(page, played)?;
    skipped(page, played)?;
    attacks(page, &scenarios)
}

fn summary(page: &mut String, played: &[Played]) -> std::fmt::Result {
    writeln!(page, "| subject | played | skipped | not safe | most memory | longest |\n|---|--:|--:|--:|--:|--:|")?;
    for Played { name, outcomes, .. } in played {
        let reports = || {
            outcomes.iter().filter_map(|(_, outcome)| match outcome {
                Outcome::Played { report, .. } => Some(report),
                Outcome::Skipped(_) => None,
            })
        };
        let skipped = outcomes.len() - reports().count();
        let faulty = outcomes.iter().filter(|(_, outcome)| !outcome.faults().is_empty()).count();
        let memory = reports().filter_map(|report| report.memory).max().unwrap_or_default();
        let longest = reports().map(|report| report.took).max().unwrap_or_default();
        writeln!(
            page,
            "| {name} | {} | {skipped} | {faulty} | {} | {:.1} s |",
            reports().count(),
            mebibytes(memory),
            longest.as_secs_f64()
        )?;
    }
    writeln!(page)
}

fn table(page: &mut String, played: &[Played], scenarios: &[Scenario]) -> std::fmt::Result {
    let mark = |outcome: &Outcome| match outcome {
        Outcome::Skipped(_) => "·",
        outcome if !outcome.faults().is_empty() => "**unsafe**",
        Outcome::Played { report, .. } if report.ended == Ended::Well => "continues",
        Outcome::Played { .. } => "refuses",
    };
    writeln!(page, "## The scenarios\n")?;
    writeln!(
        page,
        "`continues` and `refuses` are how it ended, and both safe; `·` is skipped. Memory and time are the worst of the three\n\
         first, the heap for the library and the process for the tool; the numbers in brackets are the attacks below.\n"
    )?;
    let names: Vec<&str> = played.iter().map(|played| played.short).collect();
    writeln!(page, "| scenario | {} | heap | bound | process | time |", names.join(" | "))?;
    writeln!(page, "|---|{}--:|--:|--:|--:|", ":-:|".repeat(played.len()))?;
    for (place, scenario) in scenarios.iter().enumerate() {
        let outcomes: Vec<&Outcome> =
            played.iter().filter_map(|played| played.outcomes.get(place)).map(|(_, outcome)| outcome).collect();
        let report = |outcome: &&Outcome| match outcome {
            Outcome::Played { report, .. } => Some(report.clone()),
            Outcome::Skipped(_) => None,
        };
        let ours: Vec<_> = outcomes.iter().take(OURS).filter_map(report).collect();
        let most = |process: bool| {
            let reports = ours.iter().filter(|report| report.most_memory.is_some() == process);
            reports.filter_map(|report| report.memory).max().unwrap_or_default()
        };
        let time = ours.iter().map(|report| report.took).max().unwrap_or_default();
        let marks: Vec<&str> = outcomes.iter().map(|outcome| mark(outcome)).collect();
        let attacks: Vec<String> = scenario.attacks.iter().map(u8::to_string).collect();
        writeln!(
            page,
            "| `{}`: {} [{}] | {} | {} | {} | {} | {:.1} s |",
            scenario.name,
            cell(scenario.about),
            attacks.join(", "),
            marks.join(" | "),
            mebibytes(most(false)),
            mebibytes(scenario.safe.heap),
            mebibytes(most(true)),
            time.as_secs_f64()
        )?;
    }
    writeln!(page)
}

fn unsafe_ones(page: &mut String, played: &[Played]) -> std::fmt::Result {
    writeln!(page, "## What was not safe\n")?;
    for Played { name, short, outcomes } in played {
        let faulty: Vec<_> = outcomes.iter().filter(|(_, outcome)| !outcome.faults().is_empty()).collect();
        if faulty.is_empty() {
            writeln!(page, "{name}: nothing.\n")?;
            continue;
        }
        writeln!(page, "{name}:\n")?;
        for (scenario, outcome) in faulty {
            let reason = if *short == DROP_IN { reason(scenario.name) } else { None };
            let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
            writeln!(page, "- `{}`: {}{reason}", scenario.name, cell(&outcome.faults().join("; ")))?;
        }
        writeln!(page)?;
    }
    Ok(())
}

fn skipped(page: &mut String, played: &[Played]) -> std::fmt::Result {
    writeln!(page, "## What was skipped\n")?;
    for Played { name, outcomes, .. } in played {
        let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
        for (scenario, outcome) in outcomes {
            let Outcome::Skipped(reason) = outcome else { continue };
            let scenario = format!("`{}`", scenario.name);
            match reasons.iter_mut().find(|(known, _)| known == reason) {
                Some((_, scenarios)) => scenarios.push(scenario),
                None => reasons.push((reason, vec![scenario])),
            }
        }
        for (reason, scenarios) in reasons {
            writeln!(page, "- {name}: {reason}: {}", scenarios.join(", "))?;
        }
    }
    writeln!(page)
}

fn attacks(page: &mut String, scenarios: &[Scenario]) -> std::fmt::Result {
    writeln!(page, "## The attacks\n")?;
    writeln!(page, "| | known as | client | what happened | scenarios |\n|--:|---|---|---|---|")?;
    for attack in ATTACKS {
        let covered = match attack.covered {
            Covered::Elsewhere(why) => format!("none: {why}"),
            Covered::Played => {
                let played = scenarios.iter().filter(|scenario| scenario.attacks.contains(&attack.number));
                played.map(|scenario| format!("`{}`", scenario.name)).collect::<Vec<_>>().join(", ")
            }
        };
        let (known_as, client, what) = (cell(attack.known_as), cell(attack.client), cell(attack.what));
        writeln!(page, "| {} | {known_as} | {client} | {what} | {covered} |", attack.number)?;
    }
    Ok(())
}

/// A text that stays in its cell, and is not markup.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('*', "\\*").replace('<', "&lt;").replace('`', "'").replace(['\r', '\n'], " ")
}

fn mebibytes(bytes: u64) -> String {
    match bytes {
        0 => "·".to_owned(),
        bytes => format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20),
    }
}

//! Measures imaplib and the tool imap beside others, and writes docs/performance.md:
//!
//! `cargo run --release --manifest-path tools/bench/Cargo.toml`
//!
//! - `--quick`: a tenth of the sizes, one round, no compiling, written into the folder `performance` of the target folder
//! - `--only PART`: one part alone: answers, parsing, latency, scale, tool, growth, cost; several times for several parts
//! - `--no-peers`: the floor and this project alone
//! - `--out FOLDER`: write there
//! - `--render`: write the report again from the figures that are there

mod answers;
mod child;
mod cost;
mod counting;
mod figures;
mod latency;
mod outcome;
mod page;
mod parsing;
mod quiet;
mod random;
mod replay;
mod report;
mod scale;
mod scenario;
mod setup;
mod subjects;
mod tool;
mod usage;

use std::process::ExitCode;

use crate::figures::Figures;
use crate::outcome::Outcome;
use crate::scenario::{Operation, Scenario};
use crate::setup::{Part, Setup};

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The first word decides whether this process is one of those that are measured.
fn run(words: &[String]) -> Outcome<()> {
    let [first, rest @ ..] = words else { return measure(words) };
    match first.as_str() {
        "subject" => subjects::run(rest),
        "replay" => {
            let [operation, size] = rest else { return Err("replay: operation size".into()) };
            let operation = Operation::from_name(operation).ok_or("no such operation")?;
            Ok(replay::serve(Scenario::new(operation, size.parse()?))?)
        }
        "parse" => parsing::run(rest),
        "sessions" => {
            let [port, count] = rest else { return Err("sessions: port count".into()) };
            subjects::hold_sessions(port.parse()?, count.parse()?)
        }
        "errand" => latency::run(rest),
        "disk" => tool::run_disk(rest),
        "mail" => tool::run_mail(rest),
        "mailbox" => tool::growth::run(rest),
        _ => measure(words),
    }
}

fn measure(words: &[String]) -> Outcome<()> {
    let setup = Setup::from_words(words)?;
    if setup.parts.len() > 1 {
        setup.each_part_alone(words)?;
        return write_page(&setup, &Figures::open(&setup.folder.join("performance"))?);
    }
    let mut figures = Figures::open(&setup.folder.join("performance"))?;
    for part in &setup.parts {
        eprintln!("== {}", part.name());
        figures.clear(part.name());
        let before = quiet::busy();
        match part {
            Part::Answers => answers::measure(&setup, &mut figures)?,
            Part::Parsing => parsing::measure(&setup, &mut figures)?,
            Part::Latency => latency::measure(&setup, &mut figures)?,
            Part::Scale => scale::measure(&setup, &mut figures)?,
            Part::Tool => tool::measure(&setup, &mut figures)?,
            Part::Growth => tool::growth::measure(&setup, &mut figures)?,
            Part::Cost => cost::measure(&setup, &mut figures)?,
        }
        setup::describe(part.name(), &setup, &mut figures);
        quiet::describe(part.name(), [before, quiet::busy()], &mut figures);
        if let Some(objection) = quiet::objection(part.name(), &figures).filter(|_| setup.is_published()) {
            return Err(format!("the figures and the page are left as they are: {objection}").into());
        }
        figures.save()?;
    }
    // Where others follow, the figures of some parts are about to be measured again.
    if setup.is_one_of_many { Ok(()) } else { write_page(&setup, &figures) }
}

fn write_page(setup: &Setup, figures: &Figures) -> Outcome<()> {
    page::write(&setup.folder, figures)?;
    eprintln!("{}", setup.folder.join("performance.md").display());
    Ok(())
}

//! Plays the hostile server to clients: both of the library, the tool, and two that others wrote.

mod child;
mod fronts;
mod others;
mod page;
mod place;
mod tool;

use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use imaplib_testserver::hostile::{Hostile, Report, Scenario, scenarios};

pub use page::page;
use place::Place;

/// Who is attacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The async client.
    Async,
    /// The blocking client.
    Blocking,
    /// The tool, by the path of its program.
    Tool(PathBuf),
    /// Python's imaplib, as its documentation uses it.
    Imaplib,
    /// The drop-in for it, by the Python that has the package.
    DropIn(PathBuf),
    /// The modern API of the Python package, by the same.
    Python(PathBuf),
    /// curl.
    Curl,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was played.
    Played {
        /// What was seen.
        report: Report,
        /// What was not safe.
        faults: Vec<String>,
    },
    /// It makes no sense for this client; why.
    Skipped(&'static str),
}

/// All that was played to one client.
#[derive(Clone, Debug)]
pub struct Played {
    /// The client, in words.
    pub name: String,
    /// The same, for the head of a column.
    pub short: &'static str,
    /// The outcomes in the order of the table.
    pub outcomes: Vec<(Scenario, Outcome)>,
}

impl Outcome {
    /// What was not safe.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        match self {
            Self::Played { faults, .. } => faults,
            Self::Skipped(_) => &[],
        }
    }
}

impl Subject {
    /// Plays a scenario to this client.
    ///
    /// # Errors
    /// If the server or the client cannot be started.
    pub fn play(&self, scenario: &Scenario) -> io::Result<Outcome> {
        if let Some(reason) = self.skips(scenario) {
            return Ok(Outcome::Skipped(reason));
        }
        let server = Hostile::start(scenario)?;
        let folder = tempfile::tempdir()?;
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, server.ca_pem())?;
        let place = Place { server: &server, ca: &ca, folder: folder.path() };
        let mut report = match self {
            Self::Async | Self::Blocking => fronts::run(scenario, &place, *self == Self::Async)?,
            Self::Tool(program) => tool::run(program, scenario, &place)?,
            Self::Imaplib => others::imaplib(scenario, &place)?,
            Self::DropIn(python) => others::drop_in(python, scenario, &place)?,
            Self::Python(python) => others::python(python, scenario, &place)?,
            Self::Curl => others::curl(scenario, &place)?,
        };
        report.heard = server.heard();
        let faults = scenario.faults(&report);
        Ok(Outcome::Played { report, faults })
    }

    fn skips(&self, scenario: &Scenario) -> Option<&'static str> {
        match self {
            Self::Async | Self::Blocking => None,
            Self::Tool(_) => tool::skips(scenario),
            Self::Imaplib | Self::DropIn(_) => others::imaplib_skips(scenario),
            Self::Python(_) => others::python_skips(scenario),
            Self::Curl => others::curl_skips(scenario),
        }
    }
}

/// Plays all scenarios, some at a time, to one client; the outcomes are in the order of the table.
///
/// # Errors
/// If the server or the client cannot be started.
pub fn play_all(subject: &Subject, at_once: usize) -> io::Result<Vec<(Scenario, Outcome)>> {
    let table = scenarios();
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some((place, scenario)) = take(&table, &next) {
                    let outcome = subject.play(scenario);
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.push((place, scenario.clone(), outcome));
                    }
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_default();
    outcomes.sort_by_key(|(place, _, _)| *place);
    outcomes.into_iter().map(|(_, scenario, outcome)| Ok((scenario, outcome?))).collect()
}

fn take<'a>(table: &'a [Scenario], next: &AtomicUsize) -> Option<(usize, &'a Scenario)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    Some((place, table.get(place)?))
}

/// What was not safe in any scenario, a line each.
#[must_use]
pub fn all_faults(outcomes: &[(Scenario, Outcome)]) -> Vec<String> {
    let faulty = outcomes.iter().filter(|(_, outcome)| !outcome.faults().is_empty());
    faulty.map(|(scenario, outcome)| format!("{}: {}", scenario.name, outcome.faults().join(", "))).collect()
}

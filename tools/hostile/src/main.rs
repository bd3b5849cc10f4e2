//! Plays all scenarios to all clients, and prints or writes what came of it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use hostile::{Outcome, Played, Subject, page, play_all};

const USAGE: &str = "\
Usage: cargo run -p hostile [-- options]

Plays the hostile server to the async and the blocking client, to the tool,
and to Python's imaplib and to curl where they are installed. With
IMAPLIB_RS_PYTHON=PYTHON, also to the Python package that this Python has.

  --write        write docs/hostile.md
  --only NAME    play to one only: async, blocking, imap, imaplib, curl,
                 drop-in, python
  --at-once N    play so many scenarios at once, on a busy machine fewer than
                 8: a client that gets no time seems to hang
  --help         show this text";

/// How many scenarios are played at once by default: most of them wait.
const AT_ONCE: usize = 8;

fn main() -> ExitCode {
    match run() {
        Ok(all_safe) if all_safe => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("hostile: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether ours were all safe.
fn run() -> Result<bool, Box<dyn Error>> {
    let (mut write, mut only, mut at_once) = (false, None, AT_ONCE);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--write" => write = true,
            "--only" => only = words.next(),
            "--at-once" => {
                let number = words.next().and_then(|number| number.parse().ok()).filter(|number| *number > 0);
                at_once = number.ok_or_else(|| format!("--at-once needs a number\n{USAGE}"))?;
            }
            "--help" => {
                println!("{USAGE}");
                return Ok(true);
            }
            _ => return Err(format!("unknown option {word}\n{USAGE}").into()),
        }
    }
    let mut subjects: Vec<(String, &'static str, Subject)> = vec![
        ("the async client".into(), "async", Subject::Async),
        ("the blocking client".into(), "blocking", Subject::Blocking),
    ];
    if only.as_ref().is_none_or(|only| only == "imap") {
        subjects.push(("the tool".into(), "imap", Subject::Tool(tool()?)));
    }
    for (program, short, subject) in [("python3", "imaplib", Subject::Imaplib), ("curl", "curl", Subject::Curl)] {
        match version(program) {
            Some(version) => subjects.push((format!("{short} ({version})"), short, subject)),
            None => eprintln!("hostile: there is no {program}"),
        }
    }
    if let Some(python) = std::env::var_os("IMAPLIB_RS_PYTHON").map(PathBuf::from) {
        subjects.push(("the drop-in for imaplib".into(), "drop-in", Subject::DropIn(python.clone())));
        subjects.push(("the Python package".into(), "python", Subject::Python(python)));
    }
    let mut played = Vec::new();
    let mut all_safe = true;
    for (name, short, subject) in subjects {
        if only.as_ref().is_some_and(|only| only != short) {
            continue;
        }
        let began = Instant::now();
        let outcomes = play_all(&subject, at_once)?;
        outcomes.iter().for_each(|(scenario, outcome)| print(short, scenario.name, outcome));
        let faulty = outcomes.iter().filter(|(_, outcome)| !outcome.faults().is_empty()).count();
        println!("{name}: {faulty} not safe of {}, in {:.1} s", outcomes.len(), began.elapsed().as_secs_f64());
        all_safe &= faulty == 0 || matches!(subject, Subject::Imaplib | Subject::Curl | Subject::DropIn(_));
        played.push(Played { name, short, outcomes });
    }
    if write {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/hostile.md");
        std::fs::write(&path, page(&played))?;
    }
    Ok(all_safe)
}

fn print(subject: &str, scenario: &str, outcome: &Outcome) {
    match outcome {
        Outcome::Skipped(reason) => println!("{subject}\t{scenario}\tskipped: {reason}"),
        Outcome::Played { report, faults } => {
            let memory = report.memory.unwrap_or_default() >> 10;
            let verdict = if faults.is_empty() { "safe".to_owned() } else { format!("UNSAFE: {}", faults.join("; ")) };
            let seconds = report.took.as_secs_f64();
            println!("{subject}\t{scenario}\t{:?}\t{memory} KiB\t{seconds:.2} s\t{verdict}", report.ended);
        }
    }
}

/// The tool, built if need be.
fn tool() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    if !Command::new(cargo).args(["build", "-q", "-p", "imaplib-cli"]).status()?.success() {
        return Err("the tool cannot be built".into());
    }
    let folder = std::env::current_exe()?.parent().map(Path::to_owned).unwrap_or_default();
    Ok(folder.join("imap"))
}

fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

//! Each measurement runs in a process of its own, which reports what it saw in lines of `name value`.

use std::collections::HashMap;
use std::io::{self, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::usage::{self, Usage};

/// What one run was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    /// Why it failed.
    pub(crate) failure: Option<String>,
    /// What the process said of itself.
    pub(crate) said: HashMap<String, f64>,
    /// What the system reports of the whole process.
    pub(crate) usage: Usage,
    /// From start to end.
    pub(crate) wall: f64,
}

impl Run {
    /// The most memory that it had: as it reports itself, else as the system does.
    pub(crate) fn peak(&self) -> f64 {
        self.value("peak").unwrap_or(self.usage.peak)
    }

    pub(crate) fn value(&self, name: &str) -> Option<f64> {
        self.said.get(name).copied()
    }
}

/// This program with other arguments.
pub(crate) fn this_program(arguments: &[&str]) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments);
    Ok(command)
}

/// Runs it to its end; after `limit` it is ended, and that is its failure.
pub(crate) fn run(mut command: Command, limit: Duration) -> io::Result<Run> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn()?;
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let (sender, ended) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        output.map(|mut output| output.read_to_end(&mut text));
        let _ = sender.send(());
        text
    });
    let complaints = std::thread::spawn(move || {
        let mut text = Vec::new();
        errors.map(|mut errors| errors.read_to_end(&mut text));
        text
    });
    let late = ended.recv_timeout(limit).is_err();
    if late {
        child.kill()?;
    }
    let (well, usage) = usage::wait(&child);
    let wall = start.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned();
    let complaints = String::from_utf8_lossy(&complaints.join().unwrap_or_default()).into_owned();
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    let said = pairs.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect();
    let failure = match (late, well) {
        (true, _) => Some(format!("more than {} s", limit.as_secs())),
        (_, false) => Some(format!("fails: {}", last_line(&complaints))),
        _ => None,
    };
    Ok(Run { failure, said, usage, wall })
}

fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no reason given");
    line.trim().chars().filter(|character| !"|\t`".contains(*character)).take(90).collect()
}

/// A process that serves until its standard input is closed.
pub(crate) struct Serving {
    child: Child,
    /// What it said first: a line of words.
    pub(crate) said: Vec<String>,
}

impl Serving {
    pub(crate) fn start(mut command: Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            io::BufRead::read_line(&mut io::BufReader::new(output), &mut line)?;
        }
        if line.is_empty() {
            child.wait()?;
            return Err(io::Error::other("the server did not start"));
        }
        Ok(Self { child, said: line.split_whitespace().map(str::to_owned).collect() })
    }

    /// A number that it said.
    pub(crate) fn port(&self, index: usize) -> io::Result<u16> {
        let word = self.said.get(index).and_then(|word| word.parse().ok());
        word.ok_or_else(|| io::Error::other("the server named no port"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

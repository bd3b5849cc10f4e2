//! Clients that are programs: run within limits, and watched for the memory that they take.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// More is not kept of what it prints.
const MOST_TOLD: u64 = 1 << 20;

/// How often the memory is looked at.
const BEAT: Duration = Duration::from_millis(2);

/// A program that needs more memory than this is ended, in bytes.
const MOST_MEMORY: u64 = 1 << 30;

/// What a program did.
pub(crate) struct Run {
    /// How it ended; nothing if it was ended from outside.
    pub(crate) status: Option<ExitStatus>,
    pub(crate) output: Vec<u8>,
    pub(crate) errors: Vec<u8>,
    pub(crate) memory: u64,
    pub(crate) took: Duration,
}

/// Runs it to its end, or until the time has come.
pub(crate) fn run(command: &mut Command, limit: Duration) -> io::Result<Run> {
    let began = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (output, errors) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let mut memory = 0;
    let status = loop {
        memory = memory.max(peak(&child));
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if began.elapsed() > limit || memory > MOST_MEMORY {
            child.kill()?;
            child.wait()?;
            break None;
        }
        thread::sleep(BEAT);
    };
    let took = began.elapsed();
    let kept = |reader: JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
    Ok(Run { status, output: kept(output), errors: kept(errors), memory, took })
}

/// Reads all, so that the program never waits, and keeps the beginning.
fn drain(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.by_ref().take(MOST_TOLD).read_to_end(&mut kept);
            let _ = io::copy(&mut pipe, &mut io::sink());
        }
        kept
    })
}

/// The most memory that the program has had so far, in bytes; none where the system does not report it, or at its end.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or_default() << 10
}

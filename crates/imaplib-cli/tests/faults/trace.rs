//! What a program did to its files, as strace tells it: the calls that change them, with all their bytes, in order.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// One call, as far as it concerns what is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    Create {
        path: String,
        truncate: bool,
    },
    Write {
        path: String,
        at: Option<usize>,
        bytes: Vec<u8>,
    },
    Truncate {
        path: String,
        length: usize,
    },
    Rename {
        from: String,
        to: String,
    },
    Unlink {
        path: String,
    },
    MakeFolder {
        path: String,
    },
    /// Of a file: its bytes. Of a folder: its names. What was written before the call number `begun` counts.
    Sync {
        path: String,
        begun: usize,
    },
    /// Everything.
    SyncAll {
        begun: usize,
    },
}

const CALLS: &str = "trace=openat,close,write,pwrite64,pwritev,writev,ftruncate,fallocate,rename,renameat,renameat2,\
                     fsync,fdatasync,syncfs,unlink,unlinkat,mkdir,mkdirat,link,linkat,dup,dup2,dup3";

/// Runs the command under strace. `None` if that cannot be done here.
pub fn run(command: &Command, log: &Path) -> Option<Vec<Call>> {
    let mut traced = Command::new("strace");
    traced.args(["-f", "-xx", "-s", "1000000", "-e", CALLS, "-o"]).arg(log).arg(command.get_program());
    traced.args(command.get_args()).env_clear();
    traced.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = traced.output().ok()?;
    let text = std::fs::read_to_string(log).ok()?;
    // 1 says that files were damaged; how much the archive holds in the end is seen by the caller.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    Some(read(&text))
}

/// A line of the log that may come in two parts.
struct Line<'a> {
    name: &'a str,
    arguments: String,
    result: i64,
    /// How many calls had come to their end when it began.
    begun: usize,
}

fn read(text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut open: HashMap<String, (String, usize)> = HashMap::new();
    let mut begun: HashMap<&str, (&str, usize)> = HashMap::new();
    for line in text.lines() {
        let Some((process, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(process, (start, calls.len()));
            continue;
        }
        let (whole, at) = match rest.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>")) {
            Some((_, end)) => match begun.remove(process) {
                Some((start, at)) => (format!("{start}{end}"), at),
                None => continue,
            },
            None => (rest.to_owned(), calls.len()),
        };
        if let Some(line) = split(&whole, at).filter(|line| line.result >= 0) {
            calls.extend(call(&line, &mut open));
        }
    }
    calls
}

fn split(line: &str, begun: usize) -> Option<Line<'_>> {
    let (name, rest) = line.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(") = ").or_else(|| {
        // strace puts the results into a column.
        let (arguments, result) = rest.rsplit_once(" = ")?;
        Some((arguments.trim_end().strip_suffix(')')?, result))
    })?;
    let result = result.split(' ').next()?.parse().ok()?;
    Some(Line { name, arguments: arguments.to_owned(), result, begun })
}

fn call(line: &Line<'_>, open: &mut HashMap<String, (String, usize)>) -> Option<Call> {
    let arguments: Vec<&str> = line.arguments.split(", ").collect();
    let path = |at: usize| {
        let words = arguments.iter().filter(|word| word.starts_with('"'));
        words.map(|word| String::from_utf8(bytes(word)).unwrap()).nth(at)
    };
    let number = |at: usize| arguments.get(at).and_then(|word| word.parse::<usize>().ok());
    // Only what lies under a path that was opened is of interest: not sockets, not standard output.
    let opened = open.get(arguments[0]).map(|(path, _)| path.clone());
    let begun = line.begun;
    Some(match line.name {
        "openat" => {
            let path = path(0)?;
            open.insert(line.result.to_string(), (path.clone(), 0));
            let truncate = line.arguments.contains("O_TRUNC");
            if !truncate && !line.arguments.contains("O_CREAT") {
                return None;
            }
            Call::Create { path, truncate }
        }
        "close" => {
            open.remove(arguments[0]);
            return None;
        }
        "write" => {
            let (path, offset) = open.get_mut(arguments[0])?;
            let bytes = bytes(arguments.get(1)?);
            let at = *offset;
            *offset += bytes.len();
            Call::Write { path: path.clone(), at: Some(at), bytes }
        }
        "pwrite64" => Call::Write { path: opened?, at: number(3), bytes: bytes(arguments.get(1)?) },
        "ftruncate" => Call::Truncate { path: opened?, length: number(1)? },
        "rename" | "renameat" | "renameat2" => Call::Rename { from: path(0)?, to: path(1)? },
        "unlink" | "unlinkat" => Call::Unlink { path: path(0)? },
        "mkdir" | "mkdirat" => Call::MakeFolder { path: path(0)? },
        "fsync" | "fdatasync" => Call::Sync { path: opened?, begun },
        "syncfs" => Call::SyncAll { begun },
        // None of these is used for files of the archive; if that changes, the model must learn it.
        other => {
            assert!(opened.is_none(), "{other} of a file is not known here: {}", line.arguments);
            return None;
        }
    })
}

/// `"\x41\x42"` as bytes.
fn bytes(word: &str) -> Vec<u8> {
    let hex = word.trim_matches('"').split("\\x").skip(1);
    hex.map(|pair| u8::from_str_radix(pair, 16).unwrap_or_else(|_| panic!("{pair:?} is cut short"))).collect()
}

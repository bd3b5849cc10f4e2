//! Parsing alone: bytes in memory in, typed values out.

use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use imap_codec::ResponseCodec;
use imap_codec::decode::Decoder as _;
use imaplib_proto::parse::{Context, read};
use imaplib_proto::types::{Response, Untagged};

use crate::child::{self, this_program};
use crate::figures::{Figures, median};
use crate::outcome::Outcome;
use crate::quiet::scatter;
use crate::random::Random;
use crate::replay::{envelope, flags, mailbox, structure};
use crate::report::{Table, ratio};
use crate::setup::Setup;
use crate::subjects::Meter;

const PART: &str = "parsing";
const PARSERS: [(&str, &str); 3] =
    [("ours", "**imaplib-proto**"), ("imap-proto", "imap-proto 0.17"), ("imap-codec", "imap-codec 2.0.0-alpha.10")];
const RESPONSES: [(&str, &str, f64); 4] = [
    ("flags", "`FETCH (UID FLAGS)`", 60.0),
    ("envelope", "`FETCH (UID ENVELOPE)`", 400.0),
    ("structure", "`FETCH (UID BODYSTRUCTURE)`, 3 parts", 450.0),
    ("list", "`LIST`", 80.0),
];
/// How many different responses are parsed in turn.
const DIFFERENT: u64 = 512;
const LIMIT: Duration = Duration::from_secs(300);

/// The responses, each a slice of one block as it would come from a socket.
fn responses(kind: &str) -> Outcome<Vec<Bytes>> {
    let mut random = Random::new(3);
    let mut text = String::new();
    let mut ends = Vec::new();
    for n in 1..=DIFFERENT {
        match kind {
            "flags" => flags(&mut text, n * 1999, &mut random),
            "envelope" => envelope(&mut text, n, &mut random),
            "structure" => structure(&mut text, n, &mut random),
            "list" => mailbox(&mut text, n),
            _ => return Err("no such response".into()),
        }
        ends.push(text.len());
    }
    let block = Bytes::from(text);
    let starts = std::iter::once(0).chain(ends.iter().copied());
    Ok(starts.zip(ends.iter().copied()).map(|(start, end)| block.slice(start..end)).collect())
}

/// Parses so many responses in this process: `PARSER RESPONSE COUNT`.
pub(crate) fn run(words: &[String]) -> Outcome<()> {
    let [parser, kind, count] = words else { return Err("parse: parser response count".into()) };
    let parse: fn(&Bytes) -> bool = match parser.as_str() {
        "ours" => ours,
        "imap-proto" => by_imap_proto,
        "imap-codec" => by_imap_codec,
        _ => return Err("no such parser".into()),
    };
    let responses = responses(kind)?;
    if !responses.iter().all(parse) {
        return Err("refuses the response".into());
    }
    let count: usize = count.parse()?;
    let meter = Meter::start();
    responses.iter().cycle().take(count).for_each(|response| {
        black_box(parse(black_box(response)));
    });
    meter.end();
    Ok(())
}

fn ours(response: &Bytes) -> bool {
    let parsed = black_box(read(response, &Context::default()));
    match parsed.response {
        Response::Untagged(Untagged::Fetch(row)) => parsed.diagnostics.is_empty() && row.uid.is_some(),
        Response::Untagged(Untagged::List(_)) => parsed.diagnostics.is_empty(),
        _ => false,
    }
}

fn by_imap_proto(response: &Bytes) -> bool {
    let parsed = black_box(imap_proto::Response::parse(response));
    parsed.is_ok_and(|(rest, _)| rest.is_empty())
}

fn by_imap_codec(response: &Bytes) -> bool {
    let parsed = black_box(ResponseCodec::default().decode(response));
    parsed.is_ok_and(|(rest, _)| rest.is_empty())
}

pub(crate) fn measure(setup: &Setup, figures: &mut Figures) -> Outcome<()> {
    let count = setup.size(1_000_000);
    let valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    if !valgrind {
        eprintln!("\n*** SKIPPED: valgrind is not there: no instruction counts\n");
    }
    for (kind, _, _) in RESPONSES {
        let mut seen = vec![(Vec::new(), Vec::new()); PARSERS.len()];
        for _ in 0..setup.rounds() {
            for ((parser, _), (times, calls)) in PARSERS.iter().zip(&mut seen) {
                let run = child::run(this_program(&["parse", parser, kind, &count.to_string()])?, LIMIT)?;
                match &run.failure {
                    None => {
                        times.extend(run.value("cpu").map(|cpu| cpu / count as f64 * 1e9));
                        calls.extend(run.value("allocations").map(|calls| calls / count as f64));
                    }
                    Some(reason) => figures.set(PART, kind, parser, "failure", reason),
                }
            }
        }
        for ((parser, _), (times, calls)) in PARSERS.iter().zip(seen) {
            let mut set = |what: &str, value: Option<f64>| {
                if let Some(value) = value {
                    figures.set(PART, kind, parser, what, format!("{value:.3}"));
                }
            };
            set("scatter", scatter(times.clone()));
            set("ns", median(times));
            set("allocations", median(calls));
            if valgrind {
                set("instructions", instructions(parser, kind)?);
            }
            eprintln!("  {kind:<10} {parser:<12} {:?} ns", figures.value(PART, kind, parser, "ns"));
        }
    }
    Ok(())
}

/// Instructions a response: two runs of different length, so that the start of the process cancels out.
fn instructions(parser: &str, kind: &str) -> Outcome<Option<f64>> {
    const STEP: u64 = 4 * DIFFERENT;
    let mut collected = [None, None];
    for (count, place) in [STEP, 2 * STEP].into_iter().zip(&mut collected) {
        let program = std::env::current_exe()?;
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(program)
            .args(["parse", parser, kind, &count.to_string()])
            .output()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = text.lines().find_map(|line| line.split_once("Collected :"));
        *place = line.and_then(|(_, number)| number.trim().parse::<f64>().ok());
    }
    Ok(collected[0].zip(collected[1]).map(|(short, long)| (long - short) / STEP as f64))
}

pub(crate) fn render(figures: &Figures) -> String {
    let mut text = String::from(
        "## Parsing alone\n\nOne response in memory in, typed values out; nanoseconds, allocations and instructions \
         (callgrind) a response. × ours is the time in multiples of this project's.\n\n",
    );
    let header = ["response", "parser", "× ours", "ns", "allocations", "instructions", "goal, ns"];
    let mut table = Table::new(&header);
    for (kind, title, goal) in RESPONSES {
        let ours = figures.value(PART, kind, "ours", "ns").unwrap_or(f64::NAN);
        for (parser, name) in PARSERS {
            let value = |what: &str| figures.value(PART, kind, parser, what);
            let Some(ns) = value("ns") else {
                let failure = figures.text(PART, kind, parser, "failure").unwrap_or("not measured").to_owned();
                table.row([title.to_owned(), name.to_owned(), failure]);
                continue;
            };
            table.row([
                title.to_owned(),
                name.to_owned(),
                ratio(ns / ours),
                format!("{ns:.0}"),
                value("allocations").map_or(String::new(), ratio),
                value("instructions").map_or(String::new(), |count| format!("{count:.0}")),
                if parser == "ours" { format!("{goal:.0}") } else { String::new() },
            ]);
        }
    }
    text.push_str(&table.text());
    text + "\n"
}

//! `imap export DIR FORMAT -o OUT`: the messages of an archive for other programs.

use std::io::IsTerminal as _;

use imaplib_archive::{Archive, ArchiveError, Event, ExportOptions, ExportReport};
use serde_json::json;

use super::backup::Interrupt;
use super::backup::failure_of;
use crate::args::values;
use crate::args::{Export, ExportFormat};
use crate::error::{Exit, Failure, Result};
use crate::output::{self, Output};

/// The seconds of a day.
const DAY: i64 = 86_400;

pub(crate) fn run(args: &Export, out: &mut Output) -> Result<Exit> {
    let is_stream = args.output.as_os_str() == "-";
    check(args, is_stream, out)?;
    let since = args.since.as_ref().map(|since| values::day("--since", since)).transpose()?;
    let options = ExportOptions::new().mailboxes(args.mailbox.clone()).with_gone(args.gone).with_status(args.status);
    let options = match since {
        Some(since) => options.since(since.to_days().saturating_mul(DAY)),
        None => options,
    };
    let archive = Archive::open_any(&args.dir).map_err(|error| failure_of(&error))?;
    let interrupt = Interrupt::default();
    interrupt.install()?;
    let observer = |event: &Event<'_>| {
        if let Event::Of { .. } = event {
            output::note(&event.to_string());
        }
    };
    let cancel = interrupt.cancel();
    let result = match args.format {
        ExportFormat::Mbox => archive.export_mbox(&args.output, &options, &observer, cancel),
        ExportFormat::Eml => archive.export_eml(&args.output, &options, &observer, cancel),
        ExportFormat::Tar if is_stream => archive.export_tar(out.stream(), &options, &observer, cancel),
        ExportFormat::Tar => archive.export_tar_file(&args.output, &options, &observer, cancel),
    };
    let report = match result {
        Err(ArchiveError::NothingSelected) => {
            let failure = Failure::new(Exit::Unavailable, "the archive has no such mailbox");
            return Err(failure.hint("`imap export` without --mailbox exports all of them"));
        }
        Err(ArchiveError::Cancelled) => return Err(interrupt.failure()),
        result => result.map_err(|error| failure_of(&error))?,
    };
    for pattern in &report.unmatched {
        output::note(&format!("{pattern}: the archive has no such mailbox"));
    }
    print(args, &report, is_stream, out)?;
    Ok(Exit::partial_if(report.failed > 0 || !report.unmatched.is_empty()))
}

/// Refuses what cannot go together.
fn check(args: &Export, is_stream: bool, out: &Output) -> Result<()> {
    if args.status && args.format != ExportFormat::Mbox {
        return Err(Failure::usage("--status is for mbox alone: other forms have no place for flags"));
    }
    if !is_stream {
        return Ok(());
    }
    if args.format != ExportFormat::Tar {
        return Err(Failure::usage("only tar can be written to standard output").hint("give a folder with -o"));
    }
    if out.is_json() {
        return Err(Failure::usage("--json and -o - both write to standard output").hint("give a file with -o"));
    }
    if std::io::stdout().is_terminal() {
        return Err(Failure::usage("a tar stream is not written to a terminal").hint("give a file with -o"));
    }
    Ok(())
}

fn print(args: &Export, report: &ExportReport, is_stream: bool, out: &mut Output) -> Result<()> {
    if out.is_json() {
        return out.object(&json!({
            "summary": true,
            "export": args.output.to_string_lossy(),
            "mailboxes": report.mailboxes,
            "messages": report.messages,
            "bytes": report.bytes,
            "written": report.written,
            "failed": report.failed,
        }));
    }
    let mailboxes = if report.mailboxes == 1 { "1 mailbox" } else { &format!("{} mailboxes", report.mailboxes) };
    let failed = if report.failed > 0 { format!(", {} left out", report.failed) } else { String::new() };
    let text = format!("{} in {mailboxes}{failed}", output::count(report.messages, "message"));
    // Standard output has the stream.
    match is_stream {
        true if report.failed > 0 => output::note(&text),
        true => {}
        false => out.line(&format!("{text}; {} written", output::count(report.written, "file")))?,
    }
    Ok(())
}

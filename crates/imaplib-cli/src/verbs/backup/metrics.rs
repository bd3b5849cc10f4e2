//! The figures of a run in the text format of Prometheus, for its node exporter or any other program that reads files.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::account::Outcome;
use crate::error::{Exit, Failure, Result};

/// The name of the figure that is kept from one run to the next.
const LAST_SUCCESS: &str = "imap_backup_last_success_timestamp_seconds";

/// A file of figures is never longer, in bytes.
const MOST: u64 = 64 << 20;

/// A figure: its name, what it is, and its value.
type Figure = (&'static str, &'static str, fn(&Outcome) -> u64);

/// The figures that are whole numbers.
const FIGURES: [Figure; 9] = [
    ("imap_backup_last_run_timestamp_seconds", "When the last run of the account began.", |of| seconds(of.begun)),
    ("imap_backup_exit_code", "The exit code of the last run of the account.", |of| of.exit() as u64),
    ("imap_backup_messages_new", "Messages that the last run has added.", |of| total(of).0),
    ("imap_backup_messages_gone", "Messages that had gone from the server in the last run.", |of| total(of).1),
    ("imap_backup_messages_failed", "Messages that did not come in the last run.", |of| total(of).2),
    ("imap_backup_bytes", "The bytes of messages that came in the last run.", |of| total(of).3),
    ("imap_backup_mailboxes", "Mailboxes that the last run has looked at.", |of| {
        of.report.as_ref().map_or(0, |report| report.mailboxes.len() as u64)
    }),
    ("imap_backup_mailboxes_failed", "Mailboxes that the last run could not bring up to date.", |of| {
        of.report.as_ref().map_or(0, |report| report.failed_mailboxes)
    }),
    ("imap_backup_mailboxes_gone", "Mailboxes that the server did not list any more in the last run.", |of| {
        of.report.as_ref().map_or(0, |report| report.gone.len() as u64)
    }),
];

/// Messages that are new, have gone and failed, and bytes.
fn total(of: &Outcome) -> (u64, u64, u64, u64) {
    let total = of.report.as_ref().map(imaplib_archive::Report::total).unwrap_or_default();
    (total.new, total.expunged + total.pruned, total.failed, total.bytes)
}

fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

/// Whether the file can be written, before there are figures.
pub(super) fn check(file: &Path) -> Result<()> {
    let explain = |error: io::Error| Failure::file("write the figures to", file, &error);
    last_successes(file).map_err(explain)?;
    let new = beside(file)?;
    File::create(&new).and_then(|_| fs::remove_file(&new)).map_err(explain)
}

/// Replaces the file by the figures of these accounts.
pub(super) fn write(file: &Path, outcomes: &[Outcome]) -> Result<()> {
    let explain = |error: io::Error| Failure::file("write the figures to", file, &error);
    let before = last_successes(file).map_err(explain)?;
    let text = text(outcomes, &before);
    // Whoever reads it meanwhile reads one file or the other, whole.
    let new = beside(file)?;
    let written = File::create(&new).and_then(|mut out| {
        out.write_all(text.as_bytes())?;
        out.sync_all()
    });
    written.and_then(|()| fs::rename(&new, file)).map_err(|error| {
        let _ = fs::remove_file(&new);
        explain(error)
    })
}

/// The file that is written first, and then replaces the other one.
fn beside(file: &Path) -> Result<PathBuf> {
    let name = file.file_name().ok_or_else(|| {
        Failure::usage(format!("--metrics {}: not the name of a file", file.display()))
            .hint("give one such as imap.prom")
    })?;
    Ok(file.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id())))
}

fn text(outcomes: &[Outcome], before: &HashMap<String, u64>) -> String {
    let mut sorted: Vec<&Outcome> = outcomes.iter().collect();
    sorted.sort_unstable_by(|one, other| one.account.cmp(&other.account));
    let mut text = String::new();
    let mut add = |name: &str, help: &str, value: &dyn Fn(&Outcome, &str) -> String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for outcome in &sorted {
            let label = escaped(&outcome.account);
            let _ = writeln!(text, "{name}{{account=\"{label}\"}} {}", value(outcome, &label));
        }
    };
    add(
        LAST_SUCCESS,
        "When the last run of the account ended that was complete; 0 if none was.",
        &|of, label| match of.exit() {
            Exit::Ok => seconds(of.begun + of.duration).to_string(),
            _ => before.get(label).copied().unwrap_or_default().to_string(),
        },
    );
    add("imap_backup_duration_seconds", "How long the last run of the account needed.", &|of, _| {
        format!("{:.3}", of.duration.as_secs_f64())
    });
    for (name, help, value) in FIGURES {
        add(name, help, &|of, _| value(of).to_string());
    }
    text
}

/// A name between quotation marks.
fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// When each account's last complete run was, by its name as it stands in the file; none where there is no file yet.
fn last_successes(file: &Path) -> io::Result<HashMap<String, u64>> {
    let mut text = Vec::new();
    match fs::metadata(file) {
        // A FIFO would be waited for.
        Ok(metadata) if metadata.is_file() => drop(File::open(file)?.take(MOST).read_to_end(&mut text)?),
        Ok(_) => return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let text = String::from_utf8_lossy(&text);
    let read = |line: &str| {
        let rest = line.strip_prefix(LAST_SUCCESS)?.strip_prefix("{account=\"")?;
        let (account, value) = rest.rsplit_once("\"} ")?;
        Some((account.to_owned(), value.parse().ok()?))
    };
    Ok(text.lines().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_success_is_kept_and_names_are_escaped() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("imap.prom");
        let moment = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let outcome = |account: &str, begun, result| Outcome {
            account: account.to_owned(),
            begun: moment(begun),
            duration: Duration::from_millis(1500),
            report: None,
            result,
        };
        let odd = "a\"b\\c\n\"} 7";
        write(&file, &[outcome("work", 1000, Ok(Exit::Ok)), outcome(odd, 2000, Ok(Exit::Ok))]).unwrap();
        let failed = || Err(Failure::new(Exit::Login, "refused"));
        write(
            &file,
            &[outcome(odd, 5000, Ok(Exit::Partial)), outcome("work", 5000, failed()), outcome("new", 1, failed())],
        )
        .unwrap();
        let text = fs::read_to_string(&file).unwrap();
        for line in [
            "imap_backup_last_success_timestamp_seconds{account=\"work\"} 1001",
            "imap_backup_last_success_timestamp_seconds{account=\"a\\\"b\\\\c\\n\\\"} 7\"} 2001",
            "imap_backup_last_success_timestamp_seconds{account=\"new\"} 0",
            "imap_backup_last_run_timestamp_seconds{account=\"work\"} 5000",
            "imap_backup_exit_code{account=\"work\"} 77",
            "imap_backup_duration_seconds{account=\"new\"} 1.500",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}

//! The tool.

use std::io;
use std::path::Path;
use std::process::Command;

use imaplib_testserver::hostile::{Action, Channel, Ended, Login, PASSWORD, Report, Scenario, TOKEN, USER};

use crate::child;
use crate::place::Place;

/// The most memory that the tool may use, in bytes.
const MOST_MEMORY: u64 = 64 << 20;

pub(crate) fn skips(scenario: &Scenario) -> Option<&'static str> {
    (scenario.action == Action::Compress).then_some("the tool does not compress")
}

/// Plays a scenario to the tool.
pub(crate) fn run(program: &Path, scenario: &Scenario, place: &Place<'_>) -> io::Result<Report> {
    // What is written lies two levels down, so that a name that leads out is seen.
    let work = place.folder.join("work");
    std::fs::create_dir(&work)?;
    let message = work.join("message.eml");
    std::fs::write(&message, "Subject: x\r\n\r\nmine\r\n")?;
    let scheme = match scenario.channel {
        Channel::StartTls => "imap",
        Channel::Tls => "imaps",
        _ => "imap+insecure",
    };
    let url = format!("{scheme}://{USER}@{}", place.address(scenario));
    let message = message.to_string_lossy().into_owned();
    let (verb, arguments): (&str, &[&str]) = match scenario.action {
        Action::List => ("folders", &[]),
        Action::Search => ("search", &["INBOX", "--uids"]),
        Action::Thread => ("thread", &["INBOX"]),
        Action::FetchFlags | Action::Backup => ("backup", &["archive"]),
        Action::FetchEnvelopes => ("search", &["INBOX"]),
        Action::Attachments => ("get", &["INBOX", "1", "--attachments", "-o", "files"]),
        Action::FetchBody => ("get", &["INBOX", "1"]),
        Action::Read => ("show", &["INBOX", "1"]),
        Action::Copy => ("copy", &["INBOX", "1", "Copies"]),
        Action::Remove => ("delete", &["INBOX", "1", "--expunge"]),
        Action::Append => ("append", &["INBOX", message.as_str()]),
        Action::Idle => ("watch", &["INBOX", "--for", "1"]),
        _ => ("check", &[]),
    };
    let mut command = Command::new(program);
    command.arg(verb).arg(&url).args(arguments).arg("--timeout").arg("1").arg("--ca-file").arg(place.ca);
    command.args(auth(scenario.login)).current_dir(&work);
    command.env_clear().env("HOME", "/nonexistent").env("TZ", "UTC").env("IMAP_PASSWORD", PASSWORD);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let run = child::run(&mut command, scenario.safe.within * 2)?;
    let errors = String::from_utf8_lossy(&run.errors).into_owned();
    let ended = match run.status.map(|status| status.code()) {
        None => Ended::Hung,
        Some(Some(0)) => Ended::Well,
        Some(None) => Ended::Crashed(errors),
        Some(Some(_)) if errors.contains("panicked at") => Ended::Crashed(errors),
        Some(Some(_)) => Ended::Failed(None),
    };
    // A message that goes into a file or another program goes there as it is.
    let is_terminal = scenario.action != Action::FetchBody;
    Ok(Report {
        ended,
        told: [run.output, run.errors].concat(),
        is_terminal,
        left_folder: has_left(place.folder)?,
        memory: Some(run.memory),
        most_memory: Some(MOST_MEMORY),
        took: run.took,
        ..Report::default()
    })
}

fn auth(login: Login) -> Vec<String> {
    let name = match login {
        Login::Command => "login",
        Login::Plain => "plain",
        Login::CramMd5 => "cram-md5",
        Login::Scram => "scram-sha-256",
        Login::OAuthBearer => "oauthbearer",
        Login::XOAuth2 => "xoauth2",
        _ => return Vec::new(),
    };
    let mut arguments = vec!["--auth".to_owned(), name.to_owned()];
    if matches!(login, Login::OAuthBearer | Login::XOAuth2) {
        arguments.extend(["--token-command".to_owned(), format!("echo {TOKEN}")]);
    }
    arguments
}

/// Whether anything lies where nothing was to be written.
fn has_left(folder: &Path) -> io::Result<bool> {
    let strays = |folder: &Path, own: &[&str]| -> io::Result<bool> {
        for entry in std::fs::read_dir(folder)? {
            if !own.iter().any(|own| entry.as_ref().is_ok_and(|entry| entry.file_name() == *own)) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    Ok(strays(folder, &["ca.pem", "work"])?
        || strays(&folder.join("work"), &["message.eml", "archive", "files"])?
        || Path::new("/tmp/OWNED").exists()
        || Path::new("/tmp/OWNED-by-hostile").exists())
}

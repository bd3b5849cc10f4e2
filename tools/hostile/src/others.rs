//! Clients that others wrote, beside which ours are looked at: Python's imaplib and curl. And ours that are run as they are.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use imaplib_testserver::hostile::{Action, Channel, Ended, Login, PASSWORD, Report, Scenario, TOKEN, USER};

use crate::child;
use crate::place::Place;

/// More memory than this counts as unsafe, in bytes, because clients that return whole texts must hold them.
const MOST_MEMORY: u64 = 512 << 20;

const SCRIPT: &str = include_str!("imaplib.py");

/// Makes the drop-in the module `imaplib` of the script.
const DROP_IN: &str = "import imaplib_rs.replace\nimaplib_rs.replace.activate()\n";

const MODERN: &str = include_str!("modern.py");

pub(crate) fn python_skips(scenario: &Scenario) -> Option<&'static str> {
    match (scenario.action, scenario.login) {
        (Action::Compress, _) => Some("it does not compress"),
        (Action::Thread, _) => Some("it has no THREAD"),
        _ => None,
    }
}

pub(crate) fn imaplib_skips(scenario: &Scenario) -> Option<&'static str> {
    match (scenario.action, scenario.login) {
        (Action::Idle, _) => Some("it has no IDLE"),
        (Action::Compress, _) => Some("it does not compress"),
        (Action::Remove, _) => Some("it leaves that to the caller"),
        (_, Login::Scram) => Some("it has no SCRAM"),
        _ => None,
    }
}

pub(crate) fn curl_skips(scenario: &Scenario) -> Option<&'static str> {
    match (scenario.action, scenario.login) {
        (Action::Idle, _) => Some("it has no IDLE"),
        (Action::Compress, _) => Some("it does not compress"),
        (Action::Connect, _) => Some("it always logs in"),
        (Action::Remove, _) => Some("it leaves that to the caller"),
        (_, Login::Scram) => Some("it has no SCRAM"),
        _ => None,
    }
}

/// Plays a scenario to imaplib, with its timeout set to a second.
pub(crate) fn imaplib(scenario: &Scenario, place: &Place<'_>) -> io::Result<Report> {
    script(Path::new("python3"), SCRIPT, scenario, place)
}

/// The same to the drop-in of the package that this Python has.
pub(crate) fn drop_in(python: &Path, scenario: &Scenario, place: &Place<'_>) -> io::Result<Report> {
    script(python, &format!("{DROP_IN}{SCRIPT}"), scenario, place)
}

/// The same to the modern API of the package.
pub(crate) fn python(python: &Path, scenario: &Scenario, place: &Place<'_>) -> io::Result<Report> {
    script(python, MODERN, scenario, place)
}

fn script(python: &Path, script: &str, scenario: &Scenario, place: &Place<'_>) -> io::Result<Report> {
    let (channel, action) = (format!("{:?}", scenario.channel), format!("{:?}", scenario.action));
    let mut command = Command::new(python);
    command.args(["-I", "-c", script, scenario.host, &place.server.port().to_string()]);
    command.arg(place.ca).args([&channel, &action, &format!("{:?}", scenario.login)]);
    command.args([USER, PASSWORD, TOKEN]);
    finish(&mut command, scenario)
}

/// Plays a scenario to curl, with a second to connect and four in all.
pub(crate) fn curl(scenario: &Scenario, place: &Place<'_>) -> io::Result<Report> {
    let message = place.folder.join("message.eml");
    std::fs::write(&message, "Subject: x\r\n\r\nmine\r\n")?;
    let message = message.to_string_lossy().into_owned();
    let scheme = if scenario.channel == Channel::Tls { "imaps" } else { "imap" };
    let (path, arguments): (&str, &[&str]) = match scenario.action {
        Action::List | Action::Backup => ("", &[]),
        Action::Search => ("INBOX?ALL", &[]),
        Action::Thread => ("INBOX", &["-X", "UID THREAD REFERENCES UTF-8 ALL"]),
        Action::FetchFlags => ("INBOX", &["-X", "UID FETCH 1:* (FLAGS)"]),
        Action::FetchEnvelopes => ("INBOX", &["-X", "UID FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)"]),
        Action::Attachments => ("INBOX", &["-X", "UID FETCH 1 (BODYSTRUCTURE)"]),
        Action::FetchBody | Action::Read => ("INBOX/;UID=1", &[]),
        Action::Copy => ("INBOX", &["-X", "UID COPY 1 Copies"]),
        Action::Append => ("INBOX", &["-T", message.as_str()]),
        _ => ("", &["-X", "NOOP"]),
    };
    let mut command = Command::new("curl");
    command.args(["-q", "-sS", "--connect-timeout", "1", "-m", "4"]).arg("--cacert").arg(place.ca).args(arguments);
    if scenario.channel == Channel::StartTls {
        command.arg("--ssl-reqd");
    }
    match scenario.login {
        Login::OAuthBearer => command.args(["-u", USER, "--oauth2-bearer", TOKEN]),
        Login::XOAuth2 => command.args(["-u", USER, "--oauth2-bearer", TOKEN, "--login-options", "AUTH=XOAUTH2"]),
        Login::Plain => command.args(["-u", &format!("{USER}:{PASSWORD}"), "--login-options", "AUTH=PLAIN"]),
        Login::CramMd5 => command.args(["-u", &format!("{USER}:{PASSWORD}"), "--login-options", "AUTH=CRAM-MD5"]),
        Login::Command => command.args(["-u", &format!("{USER}:{PASSWORD}"), "--login-options", "AUTH=+LOGIN"]),
        _ => command.args(["-u", &format!("{USER}:{PASSWORD}")]),
    };
    command.arg(format!("{scheme}://{}/{path}", place.address(scenario)));
    finish(&mut command, scenario)
}

fn finish(command: &mut Command, scenario: &Scenario) -> io::Result<Report> {
    let run = child::run(command, (scenario.safe.within * 2).min(Duration::from_secs(12)))?;
    let ended = match run.status.map(|status| status.code()) {
        None => Ended::Hung,
        Some(Some(0)) => Ended::Well,
        Some(None) => Ended::Crashed("ended by a signal".to_owned()),
        Some(Some(_)) => Ended::Failed(None),
    };
    let (memory, most_memory) = (Some(run.memory), Some(MOST_MEMORY));
    // What they print of errors is the server's text, raw: that is for their callers to judge.
    let told = run.output;
    Ok(Report { ended, told, memory, most_memory, took: run.took, ..Report::default() })
}

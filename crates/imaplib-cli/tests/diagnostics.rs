//! What goes to standard error with `--json`: JSON Lines, with what a program needs to decide.

#![allow(clippy::unwrap_used)]

mod support;

use support::{imap, imap_as_alice, server};

#[test]
fn an_error_is_an_object() {
    let (_server, _account, address) = server();
    let run = imap_as_alice(&["show", &address, "No such", "1", "--json"]);
    let [error] = run.diagnostics().try_into().unwrap();
    assert_eq!((run.code, run.stdout.as_str()), (69, ""));
    assert_eq!((&error["level"], &error["kind"], &error["exit"]), (&"error".into(), &"unavailable".into(), &69.into()));
    assert!(error["message"].as_str().unwrap().contains("No such"), "{error}");
    assert!(error["hints"].as_array().is_some_and(|hints| !hints.is_empty()), "{error}");
}

#[test]
fn a_refused_login_is_told_apart() {
    let (_server, _account, address) = server();
    let run = support::finish(support::command(&["folders", &address, "--json"]).env("IMAP_PASSWORD", "wrong"), b"");
    let [error] = run.diagnostics().try_into().unwrap();
    assert_eq!((run.code, &error["kind"]), (77, &"login".into()));
}

#[test]
fn wrong_arguments_are_an_object_too() {
    for arguments in
        [&["show", "demo:", "--json"][..], &["--json", "folder"], &["folders", "demo:", "--wrong", "--json"]]
    {
        let run = imap(arguments);
        let [error] = run.diagnostics().try_into().unwrap();
        assert_eq!((run.code, &error["kind"], &error["exit"]), (2, &"usage".into(), &2.into()), "{arguments:?}");
    }
    // Help that was asked for is no error.
    let help = imap(&["show", "--help", "--json"]).ok();
    assert!(help.stdout.contains("Usage") && help.stderr.is_empty());
}

#[test]
fn what_is_said_beside_the_result_is_an_object() {
    let run = imap(&[
        "get",
        "demo:",
        "INBOX",
        "1,4000000",
        "-o",
        tempfile::tempdir().unwrap().path().to_str().unwrap(),
        "--json",
    ]);
    let [note] = run.diagnostics().try_into().unwrap();
    assert_eq!((run.code, &note["level"]), (1, &"note".into()));
    assert!(note["message"].as_str().unwrap().contains("4000000"), "{note}");
}

/// The exit code where standard error cannot be written.
#[cfg(target_os = "linux")]
fn without_stderr(arguments: &[&str]) -> Option<i32> {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let run = support::command(arguments).env("IMAP_PASSWORD", support::PASSWORD).stderr(full).output().unwrap();
    run.status.code()
}

#[test]
#[cfg(target_os = "linux")]
fn standard_error_that_cannot_be_written_changes_nothing() {
    let (_server, account, address) = server();
    support::fill(&account, "INBOX", 0..2);
    let folder = tempfile::tempdir().unwrap();
    for (arguments, code) in [
        (&["folders", "nosuch"][..], 78),
        (&["folders", "nosuch", "--json"], 78),
        (&["folders", &address, "--verbose"], 0),
        (&["get", &address, "INBOX", "1,99", "-o", folder.path().to_str().unwrap()], 1),
        (&["flag", &address, "INBOX", "1,99", "+Seen"], 1),
        (&["flag", &address, "INBOX", "1,99", "+Seen", "--json"], 1),
        (&["no-such-verb"], 2),
        (&["no-such-verb", "--json"], 2),
    ] {
        assert_eq!(without_stderr(arguments), Some(code), "{arguments:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_text_that_cannot_be_printed_is_an_error() {
    for arguments in [&["--help"][..], &["--version"], &["show", "--help"], &[], &["man"], &["completions", "bash"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let run = support::command(arguments).stdout(full).output().unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        assert_eq!((run.status.code(), said.starts_with("imap: ")), (Some(74), true), "{arguments:?}: {said}");
    }
}

#[test]
fn a_name_does_not_forge_a_line() {
    let name = "a\nimap: your archive was removed";
    let peer = support::peer::Peer::start("", &[("INBOX", &[])], move |asked| match asked.name {
        "LIST" => support::peer::says(format!(
            "* LIST () \"/\" INBOX\r\n* LIST () \"/\" {{{}}}\r\n{name}\r\n@ OK x\r\n",
            name.len()
        )),
        "STATUS" => support::peer::says("@ NO no\r\n"),
        _ => support::peer::Answer::Usual,
    });
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("backup");
    for arguments in [
        &["folders", "--status"][..],
        &["folders", "--status", "--verbose"],
        &["backup", folder.to_str().unwrap()],
        &["show", name, "1"],
    ] {
        let run = peer.run(arguments);
        let forged = run.stderr.lines().find(|line| line.starts_with("imap: your"));
        assert!(run.stderr.contains("your archive was removed") && forged.is_none(), "{arguments:?}: {run:?}");
    }
}

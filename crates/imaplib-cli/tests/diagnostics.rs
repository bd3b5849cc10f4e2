//! What goes to standard error with `--json`: JSON Lines, with what a program needs to decide.

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

//! Passwords and tokens that commands print: asked for again when they have expired, and without the verb's input.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use support::peer::{Answer, Mailboxes, Peer, says};
use support::{PASSWORD, Run, finish, imap_with_input, message, server};

const MAILBOXES: Mailboxes = &[("INBOX", &[1, 2, 3]), ("Sent", &[4])];

/// A server that accepts each token once, and ends the first connections when they wait for changes.
fn tokens(ended: usize) -> Peer {
    let used = Mutex::new(Vec::new());
    Peer::start("IDLE AUTH=XOAUTH2 SASL-IR", MAILBOXES, move |asked| match asked.name {
        "AUTHENTICATE" => {
            let mut used = used.lock().unwrap();
            if used.contains(&asked.arguments.to_owned()) {
                asked.send("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n");
                asked.read_line();
                return says("@ NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n");
            }
            used.push(asked.arguments.to_owned());
            says("@ OK x\r\n")
        }
        "IDLE" if asked.connection < ended => Answer::Ends("+ idling\r\n".to_owned()),
        "IDLE" => says("+ idling\r\n* OK [ALERT] still here\r\n"),
        _ => Answer::Usual,
    })
}

/// A command that prints another line at each call, the last one for ever.
fn printing(folder: &Path, lines: &[&str]) -> String {
    let file = folder.join("lines");
    fs::write(&file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let (file, calls) = (file.display(), folder.join("calls"));
    let calls = calls.display();
    format!(
        "echo x >> '{calls}'; n=$(wc -l < '{calls}'); m=$(wc -l < '{file}'); sed -n \"$((n > m ? m : n))p\" '{file}'"
    )
}

fn calls(folder: &Path) -> usize {
    fs::read_to_string(folder.join("calls")).unwrap_or_default().lines().count()
}

fn events(run: &Run) -> Vec<String> {
    run.json().iter().map(|object| object["event"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_watch_asks_for_a_new_token_after_a_lost_connection() {
    let folder = tempfile::tempdir().unwrap();
    let peer = tokens(2);
    let command = printing(folder.path(), &["one", "two", "three", "four"]);
    let run = peer.run(&["watch", "--json", "--token-command", &command, "--count", "1", "--for", "60"]).ok();
    assert_eq!(events(&run), ["watching", "lost", "watching", "lost", "watching", "alert"], "{run:?}");
    assert_eq!((calls(folder.path()), peer.count("AUTHENTICATE")), (3, 3));
}

#[test]
fn watches_of_several_mailboxes_ask_once_at_the_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let peer = Peer::start("IDLE AUTH=XOAUTH2 SASL-IR", MAILBOXES, |asked| match asked.name {
        "IDLE" => says("+ idling\r\n* OK [ALERT] still here\r\n"),
        _ => Answer::Usual,
    });
    let command = printing(folder.path(), &["one"]);
    peer.run(&["watch", "INBOX", "Sent", "--token-command", &command, "--count", "2", "--for", "60"]).ok();
    assert_eq!((calls(folder.path()), peer.count("AUTHENTICATE")), (1, 2));
}

#[test]
fn a_token_that_is_given_out_after_it_has_expired_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let peer = tokens(1);
    let command = printing(folder.path(), &["one", "one", "one", "two"]);
    let run = peer.run(&["watch", "--json", "--token-command", &command, "--count", "1", "--for", "60"]).ok();
    assert_eq!(events(&run), ["watching", "lost", "lost", "watching", "alert"], "{run:?}");
}

#[test]
fn a_token_that_cannot_be_had_for_a_while_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let peer = tokens(1);
    let calls = folder.path().join("calls");
    let calls = calls.display();
    // The second time there is no network.
    let command = format!("echo x >> '{calls}'; n=$(wc -l < '{calls}'); [ \"$n\" -ne 2 ] && echo token$n");
    let run = peer.run(&["watch", "--json", "--token-command", &command, "--count", "1", "--for", "60"]).ok();
    assert_eq!(events(&run), ["watching", "lost", "lost", "watching", "alert"], "{run:?}");
}

#[test]
fn a_password_is_asked_for_again_only_when_it_is_refused() {
    // The password that is good changes after the first two logins.
    let peer = |mailboxes| {
        let logins = Mutex::new(0);
        Peer::start("IDLE", mailboxes, move |asked| match asked.name {
            "LOGIN" => {
                let mut logins = logins.lock().unwrap();
                *logins += 1;
                let good = if *logins <= 2 { "old" } else { "new" };
                match asked.arguments.ends_with(&format!("\"{good}\"")) || asked.arguments.ends_with(good) {
                    true => says("@ OK x\r\n"),
                    false => says("@ NO [AUTHENTICATIONFAILED] wrong\r\n"),
                }
            }
            "IDLE" if asked.connection < 2 => Answer::Ends("+ idling\r\n".to_owned()),
            "IDLE" => says("+ idling\r\n* OK [ALERT] still here\r\n"),
            _ => Answer::Usual,
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let changed = peer(MAILBOXES);
    let command = printing(folder.path(), &["old", "new"]);
    let arguments = ["watch", "--json", "--password-command", &command, "--count", "1", "--for", "60"];
    let run = changed.run(&arguments).ok();
    assert_eq!(events(&run), ["watching", "lost", "watching", "lost", "watching", "alert"], "{run:?}");
    assert_eq!((calls(folder.path()), changed.count("LOGIN")), (2, 4));
    // The same password once more is not tried, and not for ever.
    let folder = tempfile::tempdir().unwrap();
    let unchanged = peer(MAILBOXES);
    let command = printing(folder.path(), &["old"]);
    let run = unchanged.run(&["watch", "--json", "--password-command", &command, "--count", "1", "--for", "60"]);
    assert_eq!((run.code, unchanged.count("LOGIN")), (77, 3), "{run:?}");
}

/// Reads its standard input to the end unless that is a terminal, which the developer may have.
const GREEDY: &str = "[ -t 0 ] || cat > /dev/null; echo 'correct horse battery staple'";

#[test]
fn a_command_for_the_password_leaves_the_input_to_the_verb() {
    let (_server, account, url) = server();
    imap_with_input(&["append", &url, "INBOX", "-", "--password-command", GREEDY], &message(1)).ok();
    let stored = account.messages("INBOX").unwrap();
    assert_eq!(stored[0].content.prefix(usize::MAX), message(1));
    let run =
        imap_with_input(&["raw", &url, "--password-command", GREEDY], b"CREATE Made\nSTATUS Made (MESSAGES)\n").ok();
    assert!(run.stdout.contains("MESSAGES 0"), "{run:?}");
    // A token is printed by a command of the same kind.
    let peer = tokens(0);
    let mut command = peer.command(&["append", "INBOX", "-", "--token-command", GREEDY]);
    finish(&mut command, b"Subject: from the input\n\nhello\n").ok();
    assert!(peer.heard().iter().any(|line| line.contains("Subject: from the input")), "{:?}", peer.heard());
}

#[test]
fn a_file_with_the_password_is_read_again_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, PASSWORD).unwrap();
    let path = file.clone();
    let peer = Peer::start("IDLE", MAILBOXES, move |asked| match asked.name {
        "LOGIN" if asked.connection > 0 && !asked.arguments.ends_with("\"new\"") => {
            fs::write(&path, "new").unwrap();
            says("@ NO [AUTHENTICATIONFAILED] wrong\r\n")
        }
        "IDLE" if asked.connection == 0 => Answer::Ends("+ idling\r\n".to_owned()),
        "IDLE" => says("+ idling\r\n* OK [ALERT] still here\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["watch", "--password-file", file.to_str().unwrap(), "--count", "1", "--for", "60"]).ok();
    assert!(run.stdout.contains("still here"), "{run:?}");
}

#[test]
fn a_tunnel_that_needs_no_login_is_not_given_one() {
    let script = support::script::Script::new("IDLE", &[("EXAMINE", &["* 0 EXISTS"])]);
    for verb in [&["search", "INBOX"][..], &["sort", "INBOX", "date"], &["folders"], &["watch", "--for", "1"]] {
        script.run(verb).ok();
    }
}

#[test]
fn a_secret_that_has_no_end_is_refused() {
    let (_server, _account, url) = server();
    let run = |arguments: &[&str]| imap_with_input(&[&["folders", url.as_str()], arguments].concat(), b"");
    for (arguments, said) in [
        (&["--password-command", "yes"][..], "`yes` printed more than 64 KiB"),
        (&["--password-command", "cat /dev/zero"], "`cat /dev/zero` printed more than 64 KiB"),
        (&["--token-command", "yes"], "`yes` printed more than 64 KiB"),
        (&["--password-file", "/dev/zero"], "/dev/zero: its first line is longer than 64 KiB"),
        (&["--password-command", "printf '\\377\\n'"], "its first line is not UTF-8"),
    ] {
        let run = run(arguments);
        assert_eq!((run.code, run.stderr.contains(said)), (78, true), "{arguments:?}: {run:?}");
    }
    // What is left running, or printed behind the first line, is not waited for.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("id");
    let command = format!("echo '{PASSWORD}'; seq 100000; sleep 600 2> /dev/null & echo $! > '{}'", file.display());
    run(&["--password-command", &command]).ok();
    let id = fs::read_to_string(file).unwrap();
    assert!(std::process::Command::new("kill").arg(id.trim()).status().unwrap().success());
}

#[test]
fn a_password_that_is_not_utf_8_is_named() {
    use std::os::unix::ffi::OsStrExt as _;
    let (_server, _account, url) = server();
    let mut command = support::command(&["folders", &url]);
    let run = finish(command.env("IMAP_PASSWORD", std::ffi::OsStr::from_bytes(b"gr\xfcn")), b"");
    assert_eq!((run.code, run.stderr.contains("IMAP_PASSWORD is not UTF-8")), (78, true), "{run:?}");
}

#[test]
fn a_configuration_is_a_file_of_a_sensible_length() {
    let folder = tempfile::tempdir().unwrap();
    let (long, pipe) = (folder.path().join("long"), folder.path().join("pipe"));
    fs::write(&long, "#".repeat((16 << 20) + 1)).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (long, pipe) = (long.to_str().unwrap(), pipe.to_str().unwrap());
    for (path, said) in [
        (long, "longer than 16 MiB"),
        (pipe, "not a regular file"),
        ("/dev/zero", "not a regular file"),
        ("/", "not a regular file"),
    ] {
        let run = imap_with_input(&["folders", "work", "--config", path], b"");
        assert_eq!((run.code, run.stderr.contains(said)), (78, true), "{path}: {run:?}");
    }
    for option in ["--ca-file", "--client-cert"] {
        let arguments = ["folders", "imaps://a@localhost:1", option, "/dev/zero", "--password-command", "echo x"];
        let key = ["--client-key", "/dev/zero"];
        let more = if option == "--client-cert" { &key[..] } else { &[] };
        let run = imap_with_input(&[&arguments[..], more].concat(), b"");
        assert_eq!((run.code, run.stderr.contains("not a regular file")), (78, true), "{option}: {run:?}");
    }
}

#[test]
fn programs_that_are_run_are_not_given_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let (_server, _account, url) = server();
    let spy = format!("echo \"${{IMAP_PASSWORD-none}}\" >> '{}'", seen.display());
    let command = format!("{spy}; echo '{PASSWORD}'");
    let run = |arguments: &[&str]| finish(support::command(arguments).env("IMAP_PASSWORD", "a-secret"), b"");
    run(&["folders", &url, "--password-command", &command]).ok();
    let script = folder.path().join("server");
    let greeting = "printf '* PREAUTH [CAPABILITY IMAP4rev1] hello\\r\\n'; while read -r tag rest; do printf '%s OK x\\r\\n' \"$tag\"; done";
    fs::write(&script, format!("{spy}\n{greeting}\n")).unwrap();
    run(&["folders", &format!("tunnel:sh {}", script.display())]);
    assert_eq!(fs::read_to_string(seen).unwrap(), "none\nnone\n");
}

//! Secrets stay secret, the terminal stays unharmed, and exit codes say what happened.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;

use imaplib_testserver::{Fault, Server};
use realservers::{Certificates, tls_peers};
use support::{PASSWORD, command, finish, imap, imap_as_alice, message, server, start};

#[test]
fn no_secret_appears_with_verbose() {
    let (_server, account, url) = server();
    account.append("INBOX", message(1)).unwrap();
    for auth in ["login", "plain", "cram-md5", "scram-sha-1", "scram-sha-256"] {
        let run = imap_as_alice(&["search", &url, "INBOX", "-v", "--auth", auth]).ok();
        assert!(run.stderr.contains("SEARCH"), "the trace is empty: {run:?}");
        assert!(run.stderr.contains("(\\Answered") && !run.stderr.contains("\\\\"), "{run:?}");
        // AGFsaWNl… is base64 for \0alice\0correct….
        for secret in [PASSWORD, "correct", "AGFsaWNlAGNvcnJl"] {
            assert!(!run.stderr.contains(secret) && !run.stdout.contains(secret), "{auth}: {run:?}");
        }
    }
    let refused = finish(command(&["folders", &url, "-v"]).env("IMAP_PASSWORD", "tr0mbone"), b"");
    assert_eq!(refused.code, 77, "{refused:?}");
    assert!(!refused.stderr.contains("tr0mbone"), "{refused:?}");
}

#[test]
fn passwords_come_from_commands_files_and_the_environment_only() {
    let (_server, _account, url) = server();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("password");
    fs::write(&file, format!("{PASSWORD}\nsecond line\n")).unwrap();
    imap(&["folders", &url, "--password-file", file.to_str().unwrap()]).ok();
    imap(&["folders", &url, "--password-command", &format!("echo '{PASSWORD}'")]).ok();
    imap_as_alice(&["folders", &url]).ok();
    let failing = imap(&["folders", &url, "--password-command", "exit 3"]);
    assert_eq!(failing.code, 78, "{failing:?}");
    let none = imap(&["folders", &url]);
    assert_eq!(none.code, 78, "{none:?}");
    assert!(none.stderr.contains("--password-command"), "{none:?}");
    let in_url = imap(&["folders", &url.replace("alice@", "alice:hunter2@")]);
    assert_eq!(in_url.code, 2, "{in_url:?}");
    assert!(!in_url.stderr.contains("hunter2"), "{in_url:?}");
}

#[test]
fn accounts_have_names_in_the_configuration() {
    let (_server, _account, url) = server();
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("imap")).unwrap();
    let config = format!(
        "[accounts.work]\nurl = \"{}\"\nuser = \"alice\"\npassword-command = \"echo '{PASSWORD}'\"\n",
        url.replace("alice@", "")
    );
    fs::write(dir.path().join("imap/config.toml"), config).unwrap();
    let with_config = |args: &[&str]| finish(command(args).env("XDG_CONFIG_HOME", dir.path()), b"");
    assert!(with_config(&["folders", "work"]).ok().stdout.contains("INBOX"));
    let unknown = with_config(&["folders", "wrok"]);
    assert_eq!(unknown.code, 78, "{unknown:?}");
    assert!(unknown.stderr.contains("work"), "{unknown:?}");
    fs::write(dir.path().join("imap/config.toml"), "[accounts.work]\nurl = 1\n").unwrap();
    assert_eq!(with_config(&["folders", "work"]).code, 78);
}

#[test]
fn the_terminal_gets_no_control_characters() {
    let (_server, account, url) = start(
        Server::builder()
            .fault(Fault::Refuse { command: "NAMESPACE".to_owned(), with: "NO \u{1b}]0;owned\u{7} no".to_owned() }),
    );
    let evil = "Subject: \u{1b}[2Jevil\u{9b}31m\u{202e}\r\nFrom: \"\u{1b}[31m\" <a@b>\r\n\r\nbody \u{1b}]52;c;AAAA\u{7} \u{7f}\r\n";
    account.append("INBOX", evil.as_bytes().to_vec()).unwrap();
    let encoded = b"Subject: =?utf-8?b?G1sySuKArg==?=\r\n\r\nx\r\n";
    account.append("INBOX", encoded.to_vec()).unwrap();
    for args in [
        &["search", &url, "INBOX"][..],
        &["search", &url, "INBOX", "--json"],
        &["show", &url, "INBOX", "1"],
        &["show", &url, "INBOX", "1", "--json"],
        &["show", &url, "INBOX", "2"],
        &["search", &url, "INBOX", "-v"],
        &["check", &url],
    ] {
        let run = imap_as_alice(args);
        // The server refuses NAMESPACE, which `check` asks for.
        assert_eq!(run.code, i32::from(args[0] == "check"), "{run:?}");
        let dangerous = |c: char| (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}');
        assert!(!run.stdout.contains(dangerous), "{run:?}");
        assert!(!run.stderr.contains(dangerous), "{run:?}");
    }
}

#[test]
fn exit_codes_say_what_happened() {
    let (refusing, _, refused_url) = server();
    drop(refusing);
    assert_eq!(imap_as_alice(&["folders", &refused_url]).code, 69, "nobody listens");
    for (fault, code) in [
        (Fault::ReplaceLine { containing: "* OK".to_owned(), with: b"220 mail ESMTP\r\n".to_vec() }, 76),
        (Fault::Refuse { command: "LIST".to_owned(), with: "NO [UNAVAILABLE] later".to_owned() }, 75),
        (Fault::Refuse { command: "LIST".to_owned(), with: "BAD what".to_owned() }, 76),
        (Fault::CloseOn { command: "LIST".to_owned() }, 75),
        (Fault::Ignore { command: "LIST".to_owned() }, 75),
    ] {
        let (_server, _, url) = start(Server::builder().fault(fault.clone()));
        let run = imap_as_alice(&["folders", &url, "--timeout", "1"]);
        assert_eq!(run.code, code, "{fault:?}: {run:?}");
        assert!(run.stderr.starts_with("imap: "), "{run:?}");
    }
    assert_eq!(imap(&["folders"]).code, 2);
    assert_eq!(imap(&["folders", "demo:", "--timeout", "0"]).code, 2);
    assert_eq!(imap(&["folders", "demo:", "--auth", "kerberos"]).code, 2);
    assert_eq!(imap(&["folders", "imaps://127.0.0.1:1"]).code, 2, "no user");
    assert_eq!(imap(&["folders", "nobody"]).code, 78);
}

#[test]
fn a_server_that_repeats_the_secret_is_not_repeated() {
    // The second is \0alice\0 and the password, the third the password, in base64.
    for said in
        [PASSWORD, "AGFsaWNlAGNvcnJlY3QgaG9yc2UgYmF0dGVyeSBzdGFwbGU=", "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ=="]
    {
        let (_server, _, url) = start(
            Server::builder()
                .fault(Fault::Refuse { command: "LOGIN".to_owned(), with: format!("NO wrong: {said}") })
                .fault(Fault::Refuse { command: "AUTHENTICATE".to_owned(), with: format!("NO wrong: {said}") }),
        );
        for args in
            [&["folders", &url, "--auth", "login"][..], &["folders", &url, "--auth", "plain"], &["check", &url, "-v"]]
        {
            let run = imap_as_alice(args);
            assert_eq!(run.code, 77, "{run:?}");
            assert!(run.stderr.contains("<secret>"), "{run:?}");
            for secret in [PASSWORD, "orse", "Y29ycmVjdCBob3Jz", "NvcnJlY3QgaG9yc2"] {
                assert!(!run.stderr.contains(secret) && !run.stdout.contains(secret), "{secret}: {run:?}");
            }
        }
    }
}

#[test]
fn second_lines_say_what_helps() {
    let refuse =
        |with: &str| Server::builder().fault(Fault::Refuse { command: "LOGIN".to_owned(), with: with.to_owned() });
    let bye = Fault::ReplaceLine { containing: "* OK".to_owned(), with: b"* BYE too many\r\n".to_vec() };
    let pin = "00".repeat(32);
    for (builder, scheme, options, code, hint, not) in [
        (Server::builder(), "imaps", &[][..], 69, "imap://", "--ca-file"),
        (Server::builder().without("STARTTLS"), "imap", &[], 69, "imap+insecure://", "password"),
        (Server::builder(), "imap", &["--pin", &pin], 69, "operator", "--ca-file"),
        (Server::builder().fault(bye), "imap+insecure", &[], 75, "later", "host and port"),
        (
            Server::builder().with("LOGINDISABLED"),
            "imap+insecure",
            &["--auth", "login"],
            77,
            "imaps://",
            "check the user name",
        ),
        (refuse("NO [LIMIT] too many"), "imap+insecure", &["--auth", "login"], 75, "limit", "password"),
        (refuse("NO [UNAVAILABLE] down"), "imap+insecure", &["--auth", "login"], 75, "later", "password"),
    ] {
        let (_server, _, url) = start(builder);
        let url = url.replace("imap+insecure", scheme);
        let run = imap_as_alice(&[&["folders", &url], options].concat());
        assert_eq!(run.code, code, "{run:?}");
        let second = run.stderr.lines().nth(1).unwrap_or_else(|| panic!("{run:?}"));
        assert!(second.contains(hint) && !second.contains(not), "{run:?}");
    }
    let (server, _, _) = server();
    let tls = format!("imap://alice@localhost:{}", server.tls_addr().port());
    let run = imap_as_alice(&["folders", &tls, "--timeout", "1"]);
    assert!(run.code == 75 && run.stderr.contains("imaps://"), "{run:?}");
}

/// What fails in the handshake is told apart by the types of the TLS library.
#[test]
fn a_failed_handshake_says_what_helps() {
    let dir = tempfile::tempdir().unwrap();
    let certificates = Certificates::make(dir.path()).unwrap();
    let ca = certificates.ca();
    let alert = tls_peers::ALERT_PROTOCOL_VERSION.to_vec();
    let peer = |answer: &[u8]| tls_peers::answers_client_hello(answer.to_vec()).unwrap();
    for (port, first, second) in [
        (peer(&alert), "versions older than 1.2", "TLS 1.2 and 1.3"),
        (peer(&tls_peers::server_hello_of_tls_1_0()), "versions older than 1.2", "TLS 1.2 and 1.3"),
        (peer(tls_peers::ALERT_HANDSHAKE_FAILURE), "no cipher", "TLS 1.2 and 1.3"),
        (peer(b"* OK IMAP4rev1 ready\r\n"), "not answer in TLS", "imap://"),
        (
            tls_peers::requires_client_certificate(&certificates, &tls_peers::TLS12).unwrap(),
            "requires a client certificate",
            "--client-cert",
        ),
        (
            tls_peers::requires_client_certificate(&certificates, &tls_peers::TLS13).unwrap(),
            "requires a client certificate",
            "--client-cert",
        ),
        (tls_peers::shows_certificate(&certificates, "client").unwrap(), "not meant for servers", "--pin"),
        (tls_peers::shows_certificate(&certificates, "expired").unwrap(), "expired", "--pin"),
    ] {
        let url = format!("imaps://alice@localhost:{port}");
        let run = imap_as_alice(&["folders", &url, "--ca-file", ca.to_str().unwrap()]);
        assert_eq!((run.code, run.stderr.lines().count()), (69, 2), "{run:?}");
        let (what, hint) = run.stderr.split_once('\n').unwrap();
        assert!(what.contains(first) && hint.contains(second), "{run:?}");
        assert!(hint.contains("--client-cert") == what.contains("client certificate"), "{run:?}");
    }
}

#[test]
fn files_that_cannot_be_used_are_a_matter_of_configuration() {
    let (server, _, _) = server();
    let url = format!("imaps://alice@localhost:{}", server.tls_addr().port());
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("ca.pem");
    fs::write(&empty, "no certificate\n").unwrap();
    for args in [
        &["folders", &url, "--ca-file", empty.to_str().unwrap()][..],
        &["folders", &url, "--ca-file", "/nonexistent"],
        &["folders", "work", "--config", "/nonexistent"],
    ] {
        let run = imap_as_alice(args);
        assert_eq!(run.code, 78, "{run:?}");
        assert_eq!(run.stderr.lines().count(), 2, "{run:?}");
    }
}

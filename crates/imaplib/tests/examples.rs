//! Every example program does what it says, against the test server.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

#[path = "clients/proxies.rs"]
#[allow(dead_code, unreachable_pub, clippy::panic)]
mod proxies;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use imaplib_testserver::Server;
use realservers::Dovecot;

/// The program of an example, built if it is missing or older than its source.
fn program(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap().parent().unwrap().join("examples");
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{name}.rs"));
    let changed = |path: &Path| path.metadata().and_then(|file| file.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    if changed(&program) < changed(&source) {
        let mut cargo = Command::new(env!("CARGO"));
        // What cargo tells the tests would make it build some dependencies anew.
        for (name, _) in std::env::vars() {
            if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
                .iter()
                .any(|told| name.starts_with(told))
            {
                cargo.env_remove(name);
            }
        }
        let built = cargo.args(["build", "--quiet", "--package", "imaplib", "--all-features", "--examples"]).status();
        assert!(built.unwrap().success());
    }
    let mut command = Command::new(program);
    command.env("IMAP_PASSWORD", "demo").stdin(Stdio::null());
    command
}

fn server() -> Server {
    Server::builder().sample_account().start().unwrap()
}

fn address(server: &Server) -> String {
    format!("imap+insecure://demo@{}", server.plain_addr())
}

/// What the program writes when all goes well.
fn output<'a>(name: &str, arguments: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let output = program(name).args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {error}");
    output.stdout
}

fn text<'a>(name: &str, arguments: impl IntoIterator<Item = &'a str>) -> String {
    String::from_utf8(output(name, arguments)).unwrap()
}

/// What the program says when it fails.
fn failure<'a>(name: &str, arguments: impl IntoIterator<Item = &'a str>) -> String {
    let output = program(name).args(arguments).output().unwrap();
    assert!(!output.status.success(), "{name}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn every_example_is_run_here() {
    let this = include_str!("examples.rs");
    for entry in Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").read_dir().unwrap() {
        let name = PathBuf::from(entry.unwrap().file_name()).file_stem().unwrap().to_string_lossy().into_owned();
        assert!(this.contains(&format!("(\"{name}\"")), "{name} is run by no test");
    }
}

#[test]
fn selftest() {
    let server = server();
    assert!(text("selftest", [address(&server).as_str()]).ends_with("All tests OK.\n"));
}

#[test]
fn list() {
    let server = server();
    let inbox = server.store().account("demo").messages("INBOX").unwrap().len();
    for missing in ["", "LIST-STATUS"] {
        let server = Server::builder().sample_account().without(missing).start().unwrap();
        let listed = text("list", [address(&server).as_str()]);
        assert!(
            listed.lines().any(|line| line.ends_with("  INBOX") && line.contains(&format!(" {inbox} "))),
            "{listed}"
        );
        assert!(listed.contains("Entwürfe  \\Drafts") && listed.contains("       -        -  Shared"), "{listed}");
    }
    assert!(failure("list", []).contains("usage: list ADDRESS"));
    assert!(failure("list", ["imap+insecure://127.0.0.1"]).contains("names no user"));
}

#[test]
fn sync() {
    let server = Server::builder().with_all().user("demo", "demo").start().unwrap();
    let account = server.store().account("demo");
    account.create("Work/Plans").unwrap();
    for number in 1..4 {
        account.append("INBOX", format!("Subject: {number}\r\n\r\ntext\r\n")).unwrap();
        account.append("Work/Plans", format!("Subject: {number}\r\n\r\ntext\r\n")).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let run = || text("sync", [address(&server).as_str(), folder.path().to_str().unwrap()]);
    let files = |mailbox: &str| {
        let entries = folder.path().join(mailbox).read_dir().unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".eml"))
            .collect();
        names.sort();
        names.join(" ")
    };
    let first = run();
    assert!(first.contains("INBOX: 3 new, 0 gone, 0 with other flags"), "{first}");
    assert_eq!(files("INBOX"), "1.eml 2.eml 3.eml");
    assert!(run().contains("INBOX: 0 new, 0 gone, 0 with other flags, by Resync"));
    let uid = |number| imaplib::types::Uid::new(number).unwrap();
    account.set_flags("INBOX", uid(3), [imaplib::types::Flag::Seen]).unwrap();
    account.expunge("INBOX", uid(1)).unwrap();
    account.append("INBOX", "Subject: 4\r\n\r\ntext\r\n").unwrap();
    // An interrupted run left a message, and did not note it.
    std::fs::write(folder.path().join("INBOX/4.eml"), "as it was").unwrap();
    let fetched = server.commands().iter().filter(|line| line.contains("BODY")).count();
    assert!(run().contains("INBOX: 1 new, 1 gone, 1 with other flags, by Resync"));
    assert_eq!(files("INBOX"), "2.eml 3.eml 4.eml");
    assert_eq!(std::fs::read_to_string(folder.path().join("INBOX/3.flags")).unwrap(), "\\Seen");
    // A mailbox that was renamed is not fetched again, and neither is what an interrupted run left.
    let mut session = imaplib::blocking::Client::connect(address(&server)).unwrap().login("demo", "demo").unwrap();
    session.rename("Work/Plans", "Done").unwrap();
    assert!(run().contains("Done: 0 new, 0 gone"));
    assert_eq!(server.commands().iter().filter(|line| line.contains("BODY")).count(), fetched);
    // Another mailbox of the same name, with a UIDVALIDITY of its own, removes nothing.
    account.renew_uid_validity("INBOX").unwrap();
    let renewed = run();
    assert!(renewed.contains("OtherMailbox") && renewed.contains("INBOX: 3 new, 0 gone"), "{renewed}");
    let aside = folder.path().read_dir().unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let aside: Vec<_> = aside.filter(|name| name.ends_with(".old")).collect();
    assert_eq!(files(&aside[0]), "2.eml 3.eml 4.eml");
    assert!(failure("sync", []).contains("usage: sync ADDRESS FOLDER"));
}

#[test]
fn search() {
    let server = server();
    server
        .store()
        .account("demo")
        .append("Empty", "From: a@b\r\nSubject: The Needle\x1b[2J\r\n\r\nin hay\r\n")
        .unwrap();
    let found = text("search", [address(&server).as_str(), "Empty", "NEEDLE"]);
    assert!(found.contains("a@b  The Needle [2J") && found.ends_with("\n1 messages\n"), "{found}");
    assert_eq!(text("search", [address(&server).as_str(), "Empty", "Nädel"]), "0 messages\n");
}

#[test]
fn fetch() {
    let server = server();
    let account = server.store().account("demo");
    let message = "Subject: x\r\n\r\ntext\r\n";
    let uid = account.append("Empty", message).unwrap().to_string();
    let address = address(&server);
    assert_eq!(output("fetch", [&address, "Empty", &uid]), message.as_bytes());
    assert_eq!(output("fetch", [&address, "Empty", &uid, "1"]), b"text\r\n");
    assert!(failure("fetch", [&address, "Empty", &uid, "7"]).contains("no such message or part"));
    assert!(failure("fetch", [&address, "Empty", "999"]).contains("no such message or part"));
    let large = account.append_synthetic("Empty", 5_000_000).unwrap().to_string();
    assert_eq!(output("fetch", [&address, "Empty", &large]).len(), 5_000_000);
}

#[test]
fn attachments() {
    let server = server();
    let message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n\
        --b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\
        Content-Disposition: attachment; filename=\"../../evil:\x1b.txt\"\r\n\r\ncaf=E9\r\n\
        --b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
        Content-Disposition: attachment; filename*=utf-8''%C3%A4.bin\r\n\r\nAAEC/w==\r\n--b--\r\n";
    let uid = server.store().account("demo").append("Empty", message).unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let folder_name = folder.path().to_str().unwrap();
    let arguments = [&address(&server), "Empty", &uid, folder_name];
    assert_eq!(text("attachments", arguments).lines().count(), 2);
    let mut files: Vec<_> = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, [format!("{uid}-2-.._.._evil__.txt"), format!("{uid}-3-ä.bin")]);
    assert_eq!(std::fs::read(&files[0]).unwrap(), b"caf\xe9");
    assert_eq!(std::fs::read(&files[1]).unwrap(), [0, 1, 2, 0xff]);
    // Nothing is overwritten.
    std::fs::write(&files[0], "mine").unwrap();
    failure("attachments", arguments);
    assert_eq!(std::fs::read(&files[0]).unwrap(), b"mine");
}

#[test]
fn append() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message.eml");
    std::fs::write(&file, "Subject: x\r\n\r\ntext\r\n").unwrap();
    let file = file.to_str().unwrap();
    let said = text("append", [&address(&server), "Neu/Ablage", file]);
    assert!(said.contains("is message 1 of Neu/Ablage"), "{said}");
    let messages = server.store().account("demo").messages("Neu/Ablage").unwrap();
    assert_eq!(messages.len(), 1);
    assert!(failure("append", [&address(&server), "INBOX", "no-such-file"]).contains("no-such-file"));
}

#[test]
fn idle() {
    for missing in ["", "IDLE"] {
        let server = Server::builder().sample_account().without(missing).start().unwrap();
        let account = server.store().account("demo");
        let mut command = program("idle");
        command.args([&address(&server), "Empty"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut shown = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(said.next().unwrap().unwrap(), "watching 0 messages");
        account.append("Empty", "Subject: one\r\n\r\n").unwrap();
        if missing.is_empty() {
            assert!(shown.next().unwrap().unwrap().ends_with(" one"));
            account.append("Empty", "Subject: two\r\n\r\n").unwrap();
            assert!(shown.next().unwrap().unwrap().ends_with(" two"));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn oauth() {
    for (missing, mechanism) in [("AUTH=XOAUTH2", "OAUTHBEARER"), ("AUTH=OAUTHBEARER", "XOAUTH2")] {
        let server = Server::builder().sample_account().without(missing);
        let server = server.settings(|settings| settings.token("open sesame")).start().unwrap();
        let run = |token: &str| program("oauth").arg(address(&server)).env("IMAP_TOKEN", token).output().unwrap();
        let good = run("open sesame");
        assert!(String::from_utf8_lossy(&good.stdout).starts_with("logged in as demo: "), "{good:?}");
        assert!(server.commands().iter().any(|command| command.contains(mechanism)));
        let bad = run("closed");
        assert!(!bad.status.success() && String::from_utf8_lossy(&bad.stderr).contains("may have expired"), "{bad:?}");
    }
    assert!(failure("oauth", []).contains("usage"));
}

#[test]
fn pipelining() {
    let server = server();
    let said = text("pipelining", [&address(&server), "INBOX", "no such", "Empty"]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].contains("own mailboxes lie below"), "{said}");
    assert!(lines[1].starts_with("INBOX: ") && lines[2].starts_with("no such: the server refused"), "{said}");
    assert_eq!(lines[3], "Empty: 0 messages");
}

/// Ways to keep a session: each opens the mailboxes that it is given, one after the other or together.
#[test]
fn in_a_struct() {
    let server = server();
    server.store().account("demo").append("Empty", "Subject: the last\r\n\r\n").unwrap();
    let said = text("in_a_struct", [&address(&server), "Empty", "Brand new"]);
    assert_eq!(said, "Empty: 1 messages, the last\nBrand new: 0 messages, (nothing)\n");
    assert!(server.store().account("demo").messages("Brand new").is_ok());
}

#[test]
fn behind_a_mutex() {
    let server = server();
    server.store().account("demo").append("Empty", "Subject: unread\r\n\r\n").unwrap();
    let said = text("behind_a_mutex", [&address(&server), "INBOX", "Empty", "Empty"]);
    assert!(said.starts_with("INBOX: ") && said.ends_with("Empty: 1 unread\nEmpty: 1 unread\n"), "{said}");
    assert_eq!(server.accepted(), 1);
}

#[test]
fn pool() {
    let server = server();
    server.store().account("demo").append("Empty", "Subject: unread\r\n\r\n").unwrap();
    let names = ["Empty", "no such", "Empty", "Empty", "Empty"];
    let address = address(&server);
    let said = text("pool", std::iter::once(address.as_str()).chain(names));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[1].starts_with("no such: the server refused"), "{said}");
    assert!([0, 2, 3, 4].iter().all(|at| lines[*at] == "Empty: 1 unread"), "{said}");
    assert!((1..=2).contains(&server.accepted()), "{} connections", server.accepted());
}

/// The same pages, whether the server sorts and finds the conversations or the library does.
#[test]
fn pages() {
    for builder in [Server::builder(), Server::builder().with("SORT").with("THREAD=REFERENCES")] {
        let server = builder.user("demo", "demo").start().unwrap();
        let account = server.store().account("demo");
        let mut minute = 0;
        let mut message = |id: &str, answers: &str, subject: &str| {
            minute += 1;
            let references = if answers.is_empty() { String::new() } else { format!("References: <{answers}@x>\r\n") };
            let date = format!("Date: Mon, 7 Feb 1994 21:{minute:02}:25 -0800");
            let text =
                format!("From: Ann <a@x>\r\nMessage-ID: <{id}@x>\r\n{references}Subject: {subject}\r\n{date}\r\n\r\n");
            account.append("INBOX", text).unwrap();
        };
        message("first", "", "plans");
        for number in 0..10 {
            message(&format!("alone{number}"), "", &format!("alone {number}"));
        }
        message("answer", "first", "Re: plans");
        let page = |number: &str| text("pages", [address(&server).as_str(), "INBOX", number]);
        let first = page("1");
        let expected = "page 1 of 2\n* plans (Ann)\n*   Re: plans (Ann)\n* alone 9 (Ann)\n* alone 8 (Ann)\n";
        assert!(first.starts_with(expected), "{first}");
        assert_eq!(page("2"), "page 2 of 2\n* alone 0 (Ann)\n");
        assert!(failure("pages", []).contains("usage: pages"));
    }
}

#[test]
fn pool_crates() {
    for kind in ["bb8", "deadpool"] {
        let server = server();
        server.store().account("demo").append("Empty", "Subject: unread\r\n\r\n").unwrap();
        let names = ["Empty", "no such", "Empty", "Empty", "Empty"];
        let address = address(&server);
        let said = text("pool_crates", [kind, address.as_str()].into_iter().chain(names));
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines[1].starts_with("no such: the server refused"), "{said}");
        assert!([0, 2, 3, 4].iter().all(|at| lines[*at] == "Empty: 1 unread"), "{said}");
        assert!((1..=2).contains(&server.accepted()), "{} connections by {kind}", server.accepted());
    }
    assert!(failure("pool_crates", ["other", "imap+insecure://127.0.0.1"]).contains("bb8 or deadpool"));
}

#[test]
fn smol() {
    let server = server();
    let account = server.store().account("demo");
    account.append("Empty", "Subject: before\r\n\r\n").unwrap();
    let mut command = program("smol");
    let mut child = command.args([address(&server).as_str(), "Empty"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line == "INBOX"));
    assert!(lines.by_ref().any(|line| line == "the newest message has 19 bytes, and 19 came"));
    let idles = || server.commands().iter().any(|line| line.contains("IDLE"));
    while !idles() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    account.append("Empty", "Subject: after\r\n\r\n").unwrap();
    assert_eq!(lines.next().as_deref(), Some("new: after"));
    assert!(child.wait().unwrap().success());
    assert!(failure("smol", []).contains("usage: smol"));
}

#[test]
fn actor() {
    let server = server();
    server.store().account("demo").append("Empty", "Subject: the needle\r\n\r\nin hay\r\n").unwrap();
    let said = text("actor", [&address(&server), "Empty", "needle", "straw", "hay"]);
    assert_eq!(said, "1 messages\nneedle: 1 messages\nstraw: 0 messages\nhay: 1 messages\n");
}

#[cfg(unix)]
#[test]
fn tunnel() {
    let preauthenticated = || Server::builder().settings(|settings| settings.preauthenticated("demo"));
    for (builder, known) in [(Server::builder(), false), (preauthenticated(), true)] {
        let server = builder.sample_account().start().unwrap();
        let port = server.plain_addr().port();
        // Something between standard input and output and the server, as ssh would be.
        let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3 & cat >&3");
        let mut command = program("tunnel");
        let output = command.args(["bash", "-c", &script]).env("IMAP_USER", "demo").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.contains("INBOX\n"), "{said}");
        assert_eq!(said.contains("knows the user"), known);
    }
    assert!(failure("tunnel", []).contains("usage"));
}

/// A server that has what the test server has not, such as SORT.
#[test]
fn on_dovecot() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let address = format!("imap+insecure://examples@127.0.0.1:{}", server.port);
    let run = |name: &str, arguments: &[&str]| {
        let output =
            program(name).arg(&address).args(arguments).env("IMAP_PASSWORD", Dovecot::PASSWORD).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    for (number, date) in ["Mon, 7 Feb 1994", "Tue, 8 Feb 1994"].iter().enumerate() {
        let file = folder.path().join(format!("{number}.eml"));
        let message = format!(
            "Date: {date} 21:52:25 -0800\r\nSubject: number {number}\r\nMIME-Version: 1.0\r\n\
             Content-Disposition: attachment; filename=note.txt\r\n\r\ntext {number}\r\n"
        );
        std::fs::write(&file, message).unwrap();
        assert!(
            run("append", &["Made", file.to_str().unwrap()]).contains(&format!("is message {} of Made", number + 1))
        );
    }
    assert!(run("list", &[]).contains("       2        0  Made"));
    let found = run("search", &["Made", "NUMBER"]);
    assert!(found.find("number 1").unwrap() < found.find("number 0").unwrap(), "{found}");
    assert_eq!(run("fetch", &["Made", "2", "1"]), "text 1\r\n");
    run("attachments", &["Made", "1", folder.path().to_str().unwrap()]);
    assert_eq!(std::fs::read(folder.path().join("1-1-note.txt")).unwrap(), b"text 0\r\n");
    assert!(run("pipelining", &["INBOX", "Made"]).contains("Made: 2 messages"));

    if let Some(command) = Dovecot::child(folder.path()).unwrap() {
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        assert!(text("tunnel", command).starts_with("the server knows the user\n"));
    }
}

#[test]
fn chat() {
    let builder = Server::builder().sample_account().with("CONDSTORE").settings(|settings| settings.token("fresh"));
    let server = builder.start().unwrap();
    let (account, said) =
        (server.store().account("demo"), [b"\x05\x00", &b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"[..]]);
    let (proxy, requests) = proxies::proxy(&said, server.plain_addr());
    let mut command = program("chat");
    // The proxy finds it: nobody else could.
    command.args(["imap+insecure://demo@imap.invalid", &format!("socks5://127.0.0.1:{proxy}"), "Empty", "Archive"]);
    command.env("IMAP_TOKEN", "old").env("IMAP_FRESH_TOKEN", "fresh");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut ask = |line: &str| std::io::Write::write_all(&mut input, format!("{line}\n").as_bytes()).unwrap();

    ask("say hello");
    assert_eq!(output.next().as_deref(), Some("hello"));
    // Another client's message interrupts the wait, too.
    account.append("Empty", "Subject: from elsewhere\r\n\r\n").unwrap();
    assert_eq!(output.next().as_deref(), Some("from elsewhere"));
    let archived = account.messages("Archive").unwrap().len();
    ask("archive");
    ask("say one more");
    assert_eq!(output.next().as_deref(), Some("one more"));
    assert_eq!(account.messages("Archive").unwrap().len(), archived + 2);
    ask("remove");
    assert_eq!(output.next().as_deref(), Some("1 removed"));
    assert!(account.messages("Empty").unwrap().is_empty());
    ask("quit");
    assert!(child.wait().unwrap().success());
    let logins = server.commands().iter().filter(|command| command.contains("OAUTHBEARER")).count();
    assert_eq!((logins, requests.lock().unwrap().len()), (2, 2));
    assert!(failure("chat", []).contains("usage: chat"));
}

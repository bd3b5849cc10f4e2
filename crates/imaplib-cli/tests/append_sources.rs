//! `imap append` from mbox files, Maildirs and folders: bytes, flags and dates; many at once; and a connection that is lost among them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use imaplib_proto::types::{DateTime, Flag};
use imaplib_testserver::AccountHandle;
use support::relay::{Way, relay};
use support::{PASSWORD, Run, command, finish, imap, imap_as_alice, imap_with_input, message, server};

/// The bytes, the flags and the date of each message.
type Held = Vec<(String, String, i64)>;

fn held(account: &AccountHandle, mailbox: &str) -> Held {
    let of = |message: &imaplib_testserver::MessageInfo| {
        let mut flags: Vec<String> = message.flags.iter().map(|flag| flag.to_string()).collect();
        flags.sort();
        let text = String::from_utf8_lossy(message.content.prefix(usize::MAX).as_ref()).into_owned();
        (text, flags.join(" "), message.date.unix_timestamp())
    };
    account.messages(mailbox).unwrap().iter().map(of).collect()
}

fn python(program: &str, folder: &Path) -> Option<()> {
    let run = Command::new("python3").args(["-c", program]).current_dir(folder).status();
    let run = run.inspect_err(|_| println!("there is no python3 here")).ok()?;
    assert!(run.success());
    Some(())
}

#[test]
fn an_export_comes_back_as_it_was() {
    let (_server, account, url) = server();
    account.create("Copy").unwrap();
    let bodies = [
        "From here\r\n>From there\r\n>>From all\r\n\r\nFrom x@y Sat Mar 14 09:26:53 2026\r\nx: y\r\n\r\nz\r\n",
        "Content-Length: 3\r\n\r\n\r\n\r\n",
        "x\r\n",
    ];
    let keyword = Flag::keyword("work").unwrap();
    for (number, body) in (0_u8..).zip(bodies) {
        let text = format!("From: a@b\r\nContent-Length: 7\r\nMessage-ID: <{number}@x>\r\n\r\n{body}");
        let flags = [Flag::Seen, Flag::Flagged, keyword.clone()].into_iter().take(usize::from(number) + 1).collect();
        let date = DateTime::from_unix(1_700_000_000 + i64::from(number)).unwrap();
        account.append_with("INBOX", flags, date, text).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    imap_as_alice(&["backup", &url, &path("archive")]).ok();
    imap(&["export", &path("archive"), "mbox", "-o", &path("mbox"), "--status"]).ok();
    imap(&["export", &path("archive"), "eml", "-o", &path("eml")]).ok();
    let all = held(&account, "INBOX");

    // A Maildir has everything.
    imap_as_alice(&["append", &url, "Copy", &path("archive/INBOX")]).ok();
    assert_eq!(held(&account, "Copy"), all);
    // An mbox has the flags in headers that were asked for, which stay.
    account.create("Mbox").unwrap();
    let run = imap_as_alice(&["append", &url, "Mbox", &path("mbox/INBOX.mbox"), "--json"]).ok();
    assert_eq!(run.json()[2]["message"], 3, "{run:?}");
    let without_status = |(text, flags, date): (String, String, i64)| {
        let kept = text.split_inclusive("\r\n").filter(|line| !line.starts_with("Status: ") && !line.starts_with("X-"));
        (kept.collect::<String>(), flags, date)
    };
    assert_eq!(held(&account, "Mbox").into_iter().map(without_status).collect::<Held>(), all);
    // Files have the dates, and no flags but those that are asked for.
    account.create("Eml").unwrap();
    imap_as_alice(&["append", &url, "Eml", &path("eml"), "--recursive", "--flag", "seen"]).ok();
    let seen: Held = all.iter().map(|(text, _, date)| (text.clone(), "\\Seen".to_owned(), *date)).collect();
    assert_eq!(held(&account, "Eml"), seen);
}

#[test]
fn what_python_writes_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let program = r#"
import mailbox, os
text = b'From: a@b\nSubject: %d\n\nFrom the body\n>x\n'
box = mailbox.mbox('a.mbox')
for number in range(3):
    m = mailbox.mboxMessage(text % number)
    m.set_from('a@b', (2026, 3, 14, 9, 26, 53 + number, 5, 73, 0))
    m.set_flags('RA' if number else '')
    box.add(m)
box.close()
box = mailbox.Maildir('dir', create=True)
for number in range(3):
    m = mailbox.MaildirMessage(text % number)
    m.set_subdir('cur' if number else 'new')
    m.set_flags('FS' if number else '')
    m.set_date(1700000000 + number)
    box.add(m)
"#;
    if python(program, folder.path()).is_none() {
        return;
    }
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (_server, account, url) = server();
    imap_as_alice(&["append", &url, "INBOX", &path("a.mbox")]).ok();
    imap_as_alice(&["append", &url, "INBOX", &path("dir")]).ok();
    let mut held = held(&account, "INBOX");
    held[3..].sort_by_key(|(.., date)| *date);
    for (number, (text, flags, date)) in (0..).zip(held) {
        let (number, is_mbox) = (number % 3, number < 3);
        let body = format!("Subject: {number}\r\n");
        assert!(text.contains(&body) && text.ends_with("\r\n\r\nFrom the body\r\n>x\r\n"), "{text:?}");
        let (expected, moment) = match (is_mbox, number) {
            (true, 0) => ("", 1_773_480_413),
            (true, number) => ("\\Answered \\Seen", 1_773_480_413 + number),
            (false, 0) => ("", 1_700_000_000),
            (false, number) => ("\\Flagged \\Seen", 1_700_000_000 + number),
        };
        assert_eq!((flags.as_str(), date), (expected, moment), "{number}");
    }
}

#[test]
fn folders_are_looked_through_and_the_rest_is_left_alone() {
    let (_server, account, url) = server();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        fs::File::options().append(true).open(&path).unwrap().set_modified(moment).unwrap();
    };
    write("in/2.EML", &message(2));
    write("in/1.eml", b"Subject: lf\n\nx\n");
    write("in/notes.txt", b"no message");
    write("in/empty.eml", b"");
    write("in/deep/er/3.eml", &message(3));
    write("in/.gone/9.eml", &message(9));
    std::os::unix::fs::symlink(folder.path().join("in"), folder.path().join("in/circle")).unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let run = imap_as_alice(&["append", &url, "INBOX", &path("in")]);
    assert!(run.code == 1 && run.stderr.contains("empty.eml is empty"), "{run:?}");
    assert!(run.stderr.contains("left alone") && run.stderr.contains("1 of 3 messages"), "{run:?}");
    let texts: Vec<String> = held(&account, "INBOX").into_iter().map(|(text, ..)| text).collect();
    assert_eq!(texts, ["Subject: lf\r\n\r\nx\r\n".to_owned(), String::from_utf8(message(2)).unwrap()]);
    assert!(held(&account, "INBOX").iter().all(|(.., date)| *date == 1_700_000_000));
    fs::remove_file(path("in/empty.eml")).unwrap();
    imap_as_alice(&["append", &url, "INBOX", &path("in"), "--recursive"]).ok();
    assert_eq!(held(&account, "INBOX").len(), 5, "what is in .gone is not taken");
    // What is not there costs the others nothing; what holds nothing is an error.
    let run = imap_as_alice(&["append", &url, "INBOX", &path("none"), &path("in/2.EML")]);
    assert!(run.code == 1 && run.stderr.contains("none"), "{run:?}");
    assert_eq!(held(&account, "INBOX").len(), 6);
    fs::create_dir(path("nothing")).unwrap();
    let run = imap_as_alice(&["append", &url, "INBOX", &path("nothing")]);
    assert!(run.code == 2 && run.stderr.contains("holds no messages"), "{run:?}");
    // A line as programs that deliver mail write it is not a part of the message.
    let run = finish(
        command(&["append", &url, "INBOX", "-"]).env("IMAP_PASSWORD", PASSWORD),
        &[b"From a@b Sat Mar 14 09:26:53 2026\n".to_vec(), message(7)].concat(),
    );
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(held(&account, "INBOX")[6].0.as_bytes(), message(7));
    let _ = imap_with_input;
}

#[test]
fn many_messages_do_not_wait_for_each_other() {
    let (server, account, _) = server();
    let folder = tempfile::tempdir().unwrap();
    for number in 0..200 {
        fs::write(folder.path().join(format!("{number:03}.eml")), message(number)).unwrap();
    }
    let port = relay(server.plain_addr(), Way { delay: Duration::from_millis(50), ..Way::default() });
    let url = format!("imap+insecure://alice@127.0.0.1:{port}");
    let start = Instant::now();
    imap_as_alice(&["append", &url, "INBOX", folder.path().to_str().unwrap()]).ok();
    let took = start.elapsed();
    println!("200 files at 100 ms: {took:?}");
    assert!(took < Duration::from_secs(6), "one after the other it is 23 s: {took:?}");
    let texts: Vec<String> = held(&account, "INBOX").into_iter().map(|(text, ..)| text).collect();
    assert_eq!(texts, (0..200).map(|number| String::from_utf8(message(number)).unwrap()).collect::<Vec<_>>());
}

fn uids(run: &Run) -> Vec<u64> {
    run.json().iter().filter_map(|object| object["uid"].as_u64()).collect()
}

#[test]
fn a_lost_connection_among_many_costs_one_message_at_most_and_nothing_is_twice() {
    for after in [1, 2, 20, 40] {
        let (server, account, _) = server();
        let folder = tempfile::tempdir().unwrap();
        for number in 0..40 {
            fs::write(folder.path().join(format!("{number:03}.eml")), message(number)).unwrap();
        }
        let port = relay(server.plain_addr(), Way { first_ends_after: Some(after), ..Way::default() });
        let url = format!("imap+insecure://alice@127.0.0.1:{port}");
        let run = imap_as_alice(&["append", &url, "INBOX", folder.path().to_str().unwrap(), "--json"]);
        let mut texts: Vec<String> = held(&account, "INBOX").into_iter().map(|(text, ..)| text).collect();
        let count = texts.len();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), count, "twice: {after}: {run:?}");
        let unknown = run.stderr.matches("it is not known whether the server did it").count();
        assert!(unknown == 1 && run.code == 1, "{after}: {unknown}: {run:?}");
        assert_eq!(run.json().len(), 39, "{after}: {run:?}");
        assert!(count >= 39, "{after}: {count}: {run:?}");
        let (mut reported, all) = (uids(&run), account.messages("INBOX").unwrap());
        reported.sort_unstable();
        reported.dedup();
        assert_eq!(reported.len(), 39, "{after}: each is another message: {run:?}");
        assert!(all.iter().filter(|message| reported.contains(&u64::from(message.uid.get()))).count() == 39);
    }
}

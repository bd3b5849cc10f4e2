//! `imap export`: what other programs read from it is what the archive has, and what was there is left alone.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use imaplib_proto::types::{DateTime, Flag, Uid};
use support::{Run, command, fill, imap, imap_as_alice, message, server, summary, tree};

/// Reads an export by Python's own modules: for each mailbox, the hash of each message in order.
const READER: &str = r#"
import hashlib, json, mailbox, os, re, sys, tarfile
form, out = sys.argv[1:]
found, dates = {}, []
def add(box, data):
    found.setdefault(box, []).append(hashlib.sha256(data).hexdigest())
if form == 'mbox':
    for folder, _, files in os.walk(out):
        for name in files:
            if name.endswith('.mbox'):
                path = os.path.join(folder, name)
                box = os.path.relpath(path, out)[:-5]
                found[box] = []
                opened = mailbox.mbox(path, create=False)
                for key in opened.keys():
                    data = opened.get_bytes(key)
                    add(box, re.sub(rb'(?m)^>(>*From )', rb'\1', data))
                    dates.append(opened.get_message(key).get_from())
elif form == 'eml':
    for folder, _, files in os.walk(out):
        for name in sorted(files):
            if name.endswith('.eml'):
                path = os.path.join(folder, name)
                add(os.path.relpath(folder, out), open(path, 'rb').read())
                dates.append(int(os.stat(path).st_mtime))
else:
    with (tarfile.open(fileobj=sys.stdin.buffer, mode='r|') if out == '-' else tarfile.open(out)) as tar:
        for member in tar:
            if member.isdir():
                found.setdefault(member.name, [])
            elif member.name.endswith('.eml'):
                add(os.path.dirname(member.name), tar.extractfile(member).read())
                dates.append(member.mtime)
print(json.dumps([found, sorted(dates)]))
"#;

type Found = (BTreeMap<String, Vec<String>>, Vec<serde_json::Value>);

fn read(form: &str, out: &str, input: &[u8]) -> Option<Found> {
    let mut child = Command::new("python3")
        .args(["-c", READER, form, out])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .inspect_err(|_| println!("there is no python3 here"))
        .ok()?;
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Messages that a form could change: lines that separate messages, bytes that are not text, long ones.
fn texts() -> Vec<Vec<u8>> {
    let head = "Return-Path: <bounce@example.org>\r\nFrom: Ann <ann@example.org>\r\nSubject: x\r\n\r\n";
    let long = format!("{head}{}", ">From the middle\r\nFrom x Sat Mar 14 09:26:53 2026\r\nbody\r\n".repeat(20_000));
    let bodies: [&[u8]; 7] = [
        b"From here\r\n>From there\r\n>>From all\r\nFrom\r\n",
        b"\r\nFrom x@y Sat Mar 14 09:26:53 2026\r\nSubject: not a message\r\n\r\nx\r\n",
        b"\xff\xfe\x80 8 bits\r\n",
        b"bare\nFrom line\nends\rFrom x\r\n\r\n\r\n",
        b"Content-Length: 5\r\n\r\n",
        b".\r\n..\r\n",
        b"\r\n",
    ];
    let mut texts: Vec<Vec<u8>> = bodies.iter().map(|body| [head.as_bytes(), body].concat()).collect();
    texts.push(long.into_bytes());
    texts.push(b"From: no body\r\n".to_vec());
    texts
}

struct Archive {
    _folder: tempfile::TempDir,
    root: PathBuf,
    /// What the mailboxes of the archive have, by their folders.
    expected: BTreeMap<String, Vec<String>>,
    dates: Vec<i64>,
    server: imaplib_testserver::Server,
    account: imaplib_testserver::AccountHandle,
    url: String,
}

impl Archive {
    fn path(&self) -> &str {
        self.root.to_str().unwrap()
    }

    fn beside(&self, name: &str) -> String {
        self.root.parent().unwrap().join(name).to_str().unwrap().to_owned()
    }

    fn export(&self, arguments: &[&str]) -> Run {
        imap(&[&["export", self.path()], arguments].concat())
    }
}

fn archive() -> Archive {
    let (server, account, url) = server();
    let folder = tempfile::tempdir().unwrap();
    let mut expected = BTreeMap::new();
    let mut dates = Vec::new();
    for mailbox in ["Lists", "Lists/rust", "INBOX.mbox/x", "Foo", "foo", "Entwürfe", "Empty"] {
        account.create(mailbox).unwrap();
    }
    for (mailbox, name) in [
        ("INBOX", "INBOX"),
        ("Lists/rust", "Lists/rust"),
        ("Lists", "Lists"),
        ("INBOX.mbox/x", "INBOX%2Embox/x"),
        ("Entwürfe", "Entwürfe"),
    ] {
        for (number, text) in (0_i64..).zip(texts()) {
            let date = 1_773_480_413 + number;
            account
                .append_with(
                    mailbox,
                    [Flag::Seen].into_iter().collect(),
                    DateTime::from_unix(date).unwrap(),
                    text.clone(),
                )
                .unwrap();
            expected.entry(name.to_owned()).or_insert_with(Vec::new).push(sha256(&text));
            dates.push(date);
        }
    }
    dates.sort_unstable();
    let root = folder.path().join("archive");
    imap_as_alice(&["backup", &url, root.to_str().unwrap()]).ok();
    let names: Vec<String> = ["Empty", "Foo", "INBOX%2Embox"].map(str::to_owned).to_vec();
    for name in names {
        expected.insert(name, Vec::new());
    }
    Archive { _folder: folder, root, expected, dates, server, account, url }
}

/// What Python found, without mailboxes that have no message.
fn with_mail(found: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    found.iter().filter(|(_, messages)| !messages.is_empty()).map(|(name, all)| (name.clone(), all.clone())).collect()
}

#[test]
fn other_programs_read_the_bytes_of_the_archive() {
    let archive = archive();
    let expected = with_mail(&archive.expected);
    for form in ["mbox", "eml", "tar"] {
        let out = archive.beside(form);
        let run = archive.export(&[form, "-o", &out, "--json"]).ok();
        let total = summary(&run);
        assert_eq!((total["messages"].as_u64(), total["failed"].as_u64()), (Some(45), Some(0)), "{run:?}");
        let Some((found, dates)) = read(form, &out, b"") else { return };
        assert_eq!(with_mail(&found), expected, "{form}");
        if form == "mbox" {
            assert!(dates.contains(&"bounce@example.org Sat Mar 14 09:26:53 2026".into()), "{dates:?}");
            assert!(
                found.contains_key("Empty") && found.contains_key("Foo") && found.contains_key("%66oo"),
                "{found:?}"
            );
        } else {
            let dates: Vec<i64> = dates.iter().map(|date| date.as_i64().unwrap()).collect();
            assert_eq!(dates, archive.dates, "{form}");
        }
    }
    let stream = command(&["export", archive.path(), "tar", "-o", "-"]).output().unwrap();
    assert!(stream.status.success() && stream.stderr.is_empty(), "{:?}", String::from_utf8_lossy(&stream.stderr));
    assert_eq!(stream.stdout, fs::read(archive.beside("tar")).unwrap(), "the stream is the file");
    let (found, _) = read("tar", "-", &stream.stdout).unwrap();
    assert_eq!(with_mail(&found), expected);
}

/// The files of an export with their inodes: a file that was written again has another one.
fn inodes(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let (mut found, mut open) =
        (BTreeMap::new(), Vec::from_iter(Some(folder.to_owned()).filter(|folder| folder.exists())));
    while let Some(path) = open.pop() {
        match path.is_dir() {
            true => open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path())),
            false => drop(found.insert(path.clone(), fs::metadata(&path).unwrap().ino())),
        }
    }
    found
}

#[test]
fn what_did_not_change_is_left_alone_and_what_is_new_is_added() {
    let mut archive = archive();
    let outs: Vec<(&str, String)> = ["mbox", "eml", "tar"].map(|form| (form, archive.beside(form))).to_vec();
    let run = |archive: &Archive| -> Vec<(u64, BTreeMap<PathBuf, u64>)> {
        let run = |(form, out): &(&str, String)| {
            let run = archive.export(&[form, "-o", out, "--json"]).ok();
            (summary(&run)["written"].as_u64().unwrap(), inodes(Path::new(out)))
        };
        outs.iter().map(run).collect()
    };
    let first = run(&archive);
    let again = run(&archive);
    for (first, again) in first.iter().zip(&again) {
        assert!(first.0 > 0 && again.0 == 0 && first.1 == again.1, "{} {}", first.0, again.0);
    }
    // One file of an mbox and of a tar, and one message more.
    archive.account.append("Lists", message(9)).unwrap();
    archive.account.expunge("Foo", Uid::new(1).unwrap()).unwrap_err();
    archive.account.expunge("INBOX", Uid::new(1).unwrap()).unwrap();
    imap_as_alice(&["backup", &archive.url, archive.path()]).ok();
    archive.expected.get_mut("Lists").unwrap().push(sha256(&message(9)));
    let gone = archive.expected.get_mut("INBOX").unwrap().remove(0);
    let changed = run(&archive);
    assert_eq!(changed.iter().map(|(written, _)| *written).collect::<Vec<_>>(), [2, 1, 1]);
    let read = |form: &str, out: &str| read(form, out, b"").map(|(found, _)| with_mail(&found));
    let Some(found) = read("mbox", &outs[0].1) else { return };
    assert_eq!(found, with_mail(&archive.expected));
    assert_eq!(read("tar", &outs[2].1).unwrap(), with_mail(&archive.expected));
    // Files are never removed.
    assert_eq!(read("eml", &outs[1].1).unwrap()["INBOX"].len(), texts().len());
    // What has left the server has a place of its own.
    let with_gone = archive.beside("with-gone");
    archive.export(&["mbox", "-o", &with_gone, "--gone"]).ok();
    archive.expected.insert(".gone/INBOX".to_owned(), vec![gone]);
    assert_eq!(read("mbox", &with_gone).unwrap(), with_mail(&archive.expected));
    drop(archive.server);
}

#[test]
fn one_message_that_is_missing_or_damaged_costs_itself() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 1..6);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    let root = root.to_str().unwrap();
    imap_as_alice(&["backup", &url, root]).ok();
    let file = |mark: &str| {
        let files = tree(Path::new(root));
        Path::new(root).join(files.iter().find(|file| file.contains(mark)).unwrap())
    };
    fs::remove_file(file("U2.imap,")).unwrap();
    let mut text = fs::read(file("U4.imap,")).unwrap();
    text[20] ^= 1;
    fs::write(file("U4.imap,"), text).unwrap();
    // And the row of one in the database.
    let database = rusqlite::Connection::open(Path::new(root).join(".imap-backup.sqlite")).unwrap();
    database.execute("UPDATE messages SET file = 'x' WHERE uid = 5", []).unwrap();
    drop(database);
    for form in ["mbox", "eml", "tar"] {
        let out = folder.path().join(form);
        for _ in 0..2 {
            let run = imap(&["export", root, form, "-o", out.to_str().unwrap(), "--json"]);
            let total = summary(&run);
            assert_eq!(
                (run.code, total["messages"].as_u64(), total["failed"].as_u64()),
                (1, Some(2), Some(3)),
                "{run:?}"
            );
            let said = |uid: &str| run.stderr.contains(&format!("INBOX: the message with UID {uid} is left out"));
            assert!(said("2") && said("4") && !said("3") && run.stderr.contains("--repair"), "{run:?}");
        }
        let Some((found, _)) = read(form, out.to_str().unwrap(), b"") else { return };
        assert_eq!(found["INBOX"], [1, 3].map(|number| sha256(&message(number))), "{form}");
    }
}

#[test]
fn nothing_of_somebody_else_is_replaced() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 1..3);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let archive = path("archive");
    imap_as_alice(&["backup", &url, &archive]).ok();
    fs::create_dir(path("mail")).unwrap();
    fs::write(path("mail/INBOX.mbox"), "mine").unwrap();
    fs::write(path("mine.tar"), "mine").unwrap();
    imap(&["export", &archive, "mbox", "-o", &path("made")]).ok();
    for (form, out, code, said) in [
        ("mbox", path("mail"), 2, "is not empty and holds no export"),
        ("eml", path("made"), 2, "is the export of another archive or in another form"),
        ("tar", path("mine.tar"), 2, "is not an export"),
        ("eml", path("archive/new/folder"), 2, "is in the archive itself"),
        ("tar", path("archive/a.tar"), 2, "is in the archive itself"),
        ("mbox", "-".to_owned(), 2, "only tar"),
    ] {
        let run = imap(&["export", &archive, form, "-o", &out]);
        assert!(run.code == code && run.stderr.contains(said), "{form} {out}: {run:?}");
    }
    assert_eq!(fs::read_to_string(path("mail/INBOX.mbox")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(path("mine.tar")).unwrap(), "mine");
    assert!(!Path::new(&path("archive/new")).exists());
    let run = imap(&["export", &path("none"), "mbox", "-o", &path("x")]);
    assert!(run.code == 66 && !Path::new(&path("x")).exists(), "{run:?}");
    imap(&["verify", &archive]).ok();
}

#[test]
fn mailboxes_and_days_are_chosen() {
    let archive = archive();
    let out = archive.beside("chosen");
    let run = archive.export(&["mbox", "-o", &out, "--mailbox", "Lists/*", "--mailbox", "nowhere"]);
    assert!(run.code == 1 && run.stderr.contains("nowhere: the archive has no such mailbox"), "{run:?}");
    assert!(Path::new(&out).join("Lists/rust.mbox").exists() && !Path::new(&out).join("INBOX.mbox").exists());
    assert_eq!(archive.export(&["mbox", "-o", &out, "--mailbox", "nowhere"]).code, 69);
    let run = archive.export(&["eml", "-o", &archive.beside("days"), "--since", "2026-03-15", "--json"]).ok();
    assert_eq!(summary(&run)["messages"], 0);
    let run = archive.export(&["eml", "-o", &archive.beside("days"), "--since", "2026-03-14", "--json"]).ok();
    assert_eq!(summary(&run)["messages"], 45);
    let out = archive.beside("status");
    archive.export(&["mbox", "-o", &out, "--status"]).ok();
    let text = fs::read_to_string(Path::new(&out).join("Lists.mbox")).unwrap_or_default();
    let text = if text.is_empty() {
        String::from_utf8_lossy(&fs::read(Path::new(&out).join("Lists.mbox")).unwrap()).into_owned()
    } else {
        text
    };
    assert!(
        text.starts_with("From bounce@example.org Sat Mar 14 09:26:53 2026\nStatus: RO\n"),
        "{:?}",
        text.get(..100)
    );
}

#[test]
fn a_killed_run_leaves_only_whole_files() {
    let (_server, account, url) = server();
    for number in 0..400 {
        account.append("INBOX", [message(number), vec![b'x'; 20_000]].concat()).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    let root = root.to_str().unwrap();
    imap_as_alice(&["backup", &url, root]).ok();
    for form in ["mbox", "eml", "tar"] {
        let out = folder.path().join(form);
        let arguments = ["export", root, form, "-o", out.to_str().unwrap()];
        for pause in [0, 5, 20, 40] {
            let mut child = command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(std::time::Duration::from_millis(pause));
            child.kill().unwrap();
            child.wait().unwrap();
            let names: Vec<PathBuf> = inodes(&out).into_keys().filter(|path| path.exists()).collect();
            for path in names.iter().filter(|path| path.extension().is_some_and(|end| end == "mbox" || end == "tar")) {
                assert!(fs::metadata(path).unwrap().len() > 8_000_000, "{path:?}");
            }
            for path in names.iter().filter(|path| path.extension().is_some_and(|end| end == "eml")) {
                assert!(fs::metadata(path).unwrap().len() > 20_000, "{path:?}");
            }
        }
        imap(&arguments).ok();
        let Some((found, _)) = read(form, out.to_str().unwrap(), b"") else { return };
        assert_eq!(found["INBOX"].len(), 400, "{form}");
        let left: Vec<PathBuf> =
            inodes(&out).into_keys().filter(|path| path.extension().is_some_and(|end| end == "part")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

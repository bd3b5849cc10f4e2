//! What the server lists can be given to every verb, which sends the very bytes that were listed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use support::peer::{Answer, Peer, row, says};
use support::{PASSWORD, Run, command, finish, summary, tree};

const NAMES: &[&[u8]] = &[
    b"INBOX",
    b"Trash",
    b"NCPN & BUGB",
    // These two are shown alike, and so are the next three.
    b"R & D",
    b"R &- D",
    b"Entw&APw-rfe",
    "Entwürfe".as_bytes(),
    b"Entw&AHIA/A-rfe",
    "Größe".as_bytes(),
    b"caf\xe9",
    b"caf\xe8",
    b"&",
    b"&AAA",
    b"tail ",
    b"tail",
    b"100% * x",
    b"back\\slash \"q\"",
    b"Entw\\xfcrfe",
    b"Entw\xfcrfe",
    b"tab\there",
    b"line\nfeed",
    b"line\r\nend",
];

const CAPABILITIES: &str = "IMAP4rev1 IDLE UIDPLUS MOVE ACL QUOTA";

/// The words of each command, strings as their bytes.
type Heard = Arc<Mutex<Vec<Vec<Vec<u8>>>>>;

/// A server that compares names byte by byte.
struct Bytewise {
    url: String,
    heard: Heard,
}

impl Bytewise {
    fn start(names: &'static [&'static [u8]]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("imap+insecure://alice@{}", listener.local_addr().unwrap());
        let heard = Heard::default();
        let log = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let log = Arc::clone(&log);
                std::thread::spawn(move || serve(&stream.unwrap(), names, &log));
            }
        });
        Self { url, heard }
    }

    /// Runs a verb; returns what the server heard, too.
    fn run(&self, arguments: &[&str]) -> (Run, Vec<Vec<Vec<u8>>>) {
        self.heard.lock().unwrap().clear();
        // No name here begins as options do.
        let (options, names): (Vec<&str>, Vec<&str>) =
            arguments[1..].iter().partition(|argument| argument.starts_with("--"));
        let words = [&[arguments[0], "--json"], &options[..], &["--", &self.url], &names[..]].concat();
        let run = finish(command(&words).env("IMAP_PASSWORD", PASSWORD), b"Subject: x\r\n\r\n");
        let heard = self.heard.lock().unwrap().clone();
        (run, heard)
    }
}

fn quoted(name: &[u8]) -> Vec<u8> {
    [format!("{{{}}}\r\n", name.len()).as_bytes(), name].concat()
}

fn serve(stream: &TcpStream, names: &[&[u8]], log: &Heard) {
    let mut reader = BufReader::new(stream);
    let mut idle = Vec::new();
    let mut is_gone = false;
    let send = |bytes: &[u8]| (&mut &*stream).write_all(bytes).is_ok();
    send(format!("* OK [CAPABILITY {CAPABILITIES}] hello\r\n").as_bytes());
    while let Some(words) = read_command(&mut reader, stream) {
        if words[0] == b"DONE" {
            send(&[&idle, &b" OK x\r\n"[..]].concat());
            continue;
        }
        let (tag, mut words) = (words[0].clone(), words[1..].to_vec());
        words[0].make_ascii_uppercase();
        if words[0] == b"UID" {
            let verb = words.remove(1).to_ascii_uppercase();
            words[0].extend_from_slice(&[b" ", &verb[..]].concat());
        }
        log.lock().unwrap().push(words.clone());
        let name = words.get(1).cloned().unwrap_or_default();
        let is_known = |name: &[u8]| names.contains(&name);
        let told = |begin: &str, end: &str| [begin.as_bytes(), &quoted(&name), end.as_bytes(), b"\r\n"].concat();
        let verb = String::from_utf8(words[0].clone()).unwrap();
        let (answer, is_ok) = match verb.as_str() {
            "CAPABILITY" => (format!("* CAPABILITY {CAPABILITIES}\r\n").into_bytes(), true),
            "LIST" | "LSUB" => {
                let wanted = words.last().unwrap();
                let listed = names.iter().filter(|name| wanted == b"*" || wanted.as_slice() == **name);
                let one = |name: &&[u8]| [format!("* {verb} () \"/\" ").as_bytes(), &quoted(name), b"\r\n"].concat();
                (listed.flat_map(one).collect(), true)
            }
            "SELECT" | "EXAMINE" => {
                (b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n".to_vec(), is_known(&name))
            }
            "STATUS" => (told("* STATUS ", " (MESSAGES 0 UNSEEN 0 UIDNEXT 2 UIDVALIDITY 7)"), is_known(&name)),
            "MYRIGHTS" => (told("* MYRIGHTS ", " lr"), is_known(&name)),
            "GETACL" => (told("* ACL ", " bob lr"), is_known(&name)),
            "GETQUOTAROOT" => (told("* QUOTAROOT ", " \"\"\r\n* QUOTA \"\" (STORAGE 1 9)"), is_known(&name)),
            "UID SEARCH" => (if is_gone { b"* SEARCH\r\n".to_vec() } else { b"* SEARCH 1\r\n".to_vec() }, true),
            "UID FETCH" => {
                let items = words[2..].concat();
                (row(1, 1, &String::from_utf8_lossy(&items)).into_bytes(), true)
            }
            "IDLE" => {
                idle = tag;
                send(b"+ idling\r\n");
                continue;
            }
            "APPEND" | "DELETE" | "SUBSCRIBE" | "UNSUBSCRIBE" | "RENAME" => (Vec::new(), is_known(&name)),
            "UID COPY" => (Vec::new(), is_known(&words[2])),
            "UID MOVE" => {
                is_gone = is_known(&words[2]);
                (b"* 1 EXPUNGE\r\n".to_vec(), is_gone)
            }
            "UID EXPUNGE" => {
                is_gone = true;
                (b"* 1 EXPUNGE\r\n".to_vec(), true)
            }
            _ => (Vec::new(), true),
        };
        let answer = if is_ok { answer } else { Vec::new() };
        let end = if is_ok { " OK x\r\n" } else { " NO [NONEXISTENT] there is none\r\n" };
        if !send(&[&answer, &tag, end.as_bytes()].concat()) || verb == "LOGOUT" {
            return;
        }
    }
}

/// The words of a command. Strings are words as their bytes; a literal is read.
fn read_command(reader: &mut BufReader<&TcpStream>, mut stream: &TcpStream) -> Option<Vec<Vec<u8>>> {
    let mut words = vec![Vec::new()];
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim_ascii_end();
        let mut bytes = line.iter().copied();
        let mut literal = None;
        while let Some(byte) = bytes.next() {
            match byte {
                b' ' => words.push(Vec::new()),
                b'"' => {
                    while let Some(byte) = bytes.next().filter(|byte| *byte != b'"') {
                        let byte = if byte == b'\\' { bytes.next()? } else { byte };
                        words.last_mut()?.push(byte);
                    }
                }
                b'{' => {
                    let rest: Vec<u8> = bytes.by_ref().collect();
                    let digits = String::from_utf8(rest).ok()?;
                    literal = Some((digits.trim_end_matches(['+', '}']).parse::<usize>().ok()?, digits.contains('+')));
                }
                _ => words.last_mut()?.push(byte),
            }
        }
        let Some((length, goes_on)) = literal else { return Some(words) };
        if !goes_on {
            stream.write_all(b"+ go\r\n").ok()?;
        }
        let mut content = vec![0; length];
        reader.read_exact(&mut content).ok()?;
        words.last_mut()?.extend(content);
    }
}

/// Each listed name, with what the tool shows of it.
fn listed(server: &Bytewise) -> Vec<(&'static [u8], Value)> {
    let (run, _) = server.run(&["folders"]);
    let objects = run.ok().json();
    assert_eq!(objects.len(), NAMES.len());
    NAMES.iter().copied().zip(objects).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn every_verb_sends_the_bytes_that_were_listed() {
    let server = Bytewise::start(NAMES);
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    std::fs::write(&mail, "Subject: x\r\n\r\n").unwrap();
    let mail = mail.to_str().unwrap();
    for (name, object) in listed(&server) {
        let form = text(&object["mailbox"]);
        let below = format!("{form}/Größe");
        let below_bytes = [name, b"/Gr&APYA3w-e"].concat();
        let archive = folder.path().join(name.escape_ascii().to_string().replace('/', "_"));
        let archive = archive.to_str().unwrap();
        let is_inbox = name == b"INBOX";
        for (arguments, command, at, expected) in [
            (&["show", form, "1"][..], "EXAMINE", 1, name),
            (&["get", form, "1"], "EXAMINE", 1, name),
            (&["search", form], "EXAMINE", 1, name),
            (&["sort", form, "date"], "EXAMINE", 1, name),
            (&["append", form, mail], "APPEND", 1, name),
            (&["copy", form, "1", "INBOX"], "EXAMINE", 1, name),
            (&["copy", "INBOX", "1", form], "UID COPY", 2, name),
            (&["move", form, "1", "INBOX"], "SELECT", 1, name),
            (&["move", "INBOX", "1", form], "UID MOVE", 2, name),
            (&["delete", form, "1"], "SELECT", 1, name),
            (&["flag", form, "1", "+work"], "SELECT", 1, name),
            (&["create", &below], "CREATE", 1, &below_bytes),
            (&["rename", form, "Plain"], "RENAME", 1, name),
            (&["rename", "Trash", &below], "RENAME", 2, &below_bytes),
            (&["remove-mailbox", form], "DELETE", 1, name),
            (&["subscribe", form], "SUBSCRIBE", 1, name),
            (&["unsubscribe", form], "UNSUBSCRIBE", 1, name),
            (&["acl", form], "GETACL", 1, name),
            (&["acl", form, "set", "bob", "lr"], "SETACL", 1, name),
            (&["quota", form], "GETQUOTAROOT", 1, name),
            (&["watch", "--for=1", form], "EXAMINE", 1, name),
            (&["backup", archive, &format!("--mailbox={form}")], "SELECT", 1, name),
        ] {
            let verb = arguments[0];
            if is_inbox && (verb == "remove-mailbox" || arguments == ["rename", form, "Plain"])
                || name == b"Trash" && verb == "delete"
                // It takes a second each time.
                || verb == "watch" && !name.contains(&b'&')
            {
                continue;
            }
            let (run, heard) = server.run(arguments);
            let sent: BTreeSet<Vec<u8>> =
                heard.iter().filter(|words| words[0] == command.as_bytes()).map(|words| words[at].clone()).collect();
            let only: BTreeSet<Vec<u8>> = [expected.to_vec()].into();
            assert_eq!(sent, only, "{arguments:?} for {}: {run:?}", name.escape_ascii());
            // What the flag test's server does not keep is another subject.
            assert!(run.code == 0 || (verb == "flag" && run.code == 1), "{arguments:?}: {run:?}");
        }
    }
}

#[test]
fn the_other_forms_mean_the_same_and_what_is_meant_by_none_is_refused() {
    let server = Bytewise::start(NAMES);
    let (shown, _) = server.run(&["folders"]);
    let shown = shown.json();
    let plain = finish(command(&["folders", &server.url]).env("IMAP_PASSWORD", PASSWORD), b"").ok();
    let lines: Vec<&str> = plain.stdout.lines().map(|line| line.split('\t').next().unwrap()).collect();
    let mut different = BTreeSet::new();
    for ((name, object), line) in NAMES.iter().copied().zip(&shown).zip(lines) {
        let raw = object.get("raw").map_or(text(&object["mailbox"]), text);
        different.extend([text(&object["mailbox"]), raw]);
        for form in [raw, line] {
            let (run, heard) = server.run(&["search", form]);
            let opened = heard.iter().find(|words| words[0] == b"EXAMINE").unwrap_or_else(|| panic!("{form}: {run:?}"));
            assert_eq!(opened[1], name, "{form}");
        }
    }
    assert!(different.len() > NAMES.len());
    // Shown alike, and neither of them is what the text would be sent as.
    let (run, heard) = server.run(&["search", "caf\u{fffd}"]);
    assert_eq!(run.code, 69, "{run:?}");
    assert!(run.stderr.contains(r"caf\\xe9, caf\\xe8") && !heard.iter().any(|words| words[0] == b"EXAMINE"), "{run:?}");
    // The usual name costs one look, and a new one none.
    for (arguments, looks) in [(&["search", "INBOX"][..], 1), (&["search", "Entwürfe"], 1), (&["create", "a/b c"], 0)]
    {
        let (run, heard) = server.run(arguments);
        let count = heard.iter().filter(|words| ["LIST", "STATUS"].iter().any(|name| words[0] == name.as_bytes()));
        assert_eq!((run.code, count.count()), (0, looks), "{run:?}");
    }
}

/// Each is a mailbox of its own, also where their UIDVALIDITYs differ.
#[test]
fn mailboxes_whose_names_read_alike_are_both_in_the_archive() {
    let peer = Peer::start("X", &[("A&B", &[1, 2]), ("A&-B", &[1, 2])], |asked| match asked.name {
        "SELECT" if asked.mailbox() == "A&-B" => {
            says("* 2 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\n* OK [UIDNEXT 3] x\r\n@ OK done\r\n")
        }
        _ => Answer::Usual,
    });
    let folder = tempfile::tempdir().unwrap();
    let run = peer.run(&["backup", folder.path().to_str().unwrap(), "--json"]).ok();
    assert_eq!((&summary(&run)["new"], &summary(&run)["mailboxes"]), (&4.into(), &2.into()), "{run:?}");
    assert_eq!(tree(folder.path()).len(), 4);
    assert_eq!(summary(&peer.run(&["backup", folder.path().to_str().unwrap(), "--json"]).ok())["new"], 0);
}

/// A name with the delimiter at its end is a mailbox of its own where the name without it is listed, too.
#[test]
fn a_name_with_the_delimiter_at_its_end_is_kept_beside_the_one_without() {
    let peer = Peer::start("X", &[("a", &[1, 2]), ("a/", &[1, 2, 3])], |_| Answer::Usual);
    let folder = tempfile::tempdir().unwrap();
    let run = peer.run(&["backup", folder.path().to_str().unwrap(), "--json"]).ok();
    let counts = ["new", "mailboxes"].map(|key| summary(&run)[key].clone());
    assert_eq!(counts, [5, 2].map(Value::from), "{run:?}");
    assert_eq!(tree(folder.path()).len(), 5, "{run:?}");
    assert_eq!(summary(&peer.run(&["backup", folder.path().to_str().unwrap(), "--json"]).ok())["new"], 0);
    for (name, sent) in [("a", "EXAMINE a"), ("a/", "EXAMINE a/")] {
        let before = peer.heard().len();
        peer.run(&["search", name]).ok();
        let heard = peer.heard().split_off(before);
        assert!(heard.iter().any(|line| line.ends_with(&format!(" {sent}"))), "{name}: {heard:?}");
    }
}

/// What stands for a delimiter or a name in a form of its own costs nothing.
#[test]
fn a_mailbox_that_is_listed_oddly_is_in_the_archive() {
    let peer = Peer::start("X", &[("x//y", &[1]), ("gamma", &[2]), ("abc", &[3])], |asked| match asked.name {
        "LIST" => {
            says("* LIST () \"//\" x//y\r\n* LIST () \"am\" gamma\r\n* LIST () \"/\" ~{3}\r\nabc\r\n@ OK done\r\n")
        }
        _ => Answer::Usual,
    });
    let folder = tempfile::tempdir().unwrap();
    let run = peer.run(&["backup", folder.path().to_str().unwrap(), "--json"]).ok();
    let counts = ["new", "mailboxes"].map(|key| summary(&run)[key].clone());
    assert_eq!(counts, [3, 3].map(Value::from), "{run:?}");
    let names: Vec<Value> = peer.run(&["folders", "--json"]).ok().json();
    let names: Vec<_> = names.iter().map(|object| (text(&object["mailbox"]), object["delimiter"].clone())).collect();
    assert_eq!(names, [("x//y", "/".into()), ("gamma", Value::Null), ("abc", "/".into())]);
}

/// A pattern means what `imap folders` shows: names that are shown alike by their bytes, all others by their text.
#[test]
fn patterns_of_mailboxes_match_the_forms_that_are_shown() {
    for (pattern, expected) in [
        (r"caf\xe9*", &[&b"caf\xe9"[..]][..]),
        (r"caf\xe*", &[b"caf\xe8", b"caf\xe9"]),
        ("Tr%sh", &[b"Trash"]),
        ("Größ*", &["Größe".as_bytes()]),
    ] {
        let server = Bytewise::start(NAMES);
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().to_str().unwrap();
        let (run, heard) = server.run(&["backup", archive, &format!("--mailbox={pattern}")]);
        let selected: BTreeSet<&[u8]> =
            heard.iter().filter(|words| words[0] == b"SELECT").map(|words| words[1].as_slice()).collect();
        assert_eq!((run.code, selected), (0, expected.iter().copied().collect()), "{pattern}: {run:?}");
    }
}

#[test]
fn a_name_that_cannot_be_sent_is_refused_by_a_message_that_says_so() {
    let peer = Peer::start("X", &[("INBOX", &[1])], |asked| match asked.name {
        "LIST" => says("* LIST () \"/\" INBOX\r\n* LIST () \"/\" {3}\r\na\0b\r\n@ OK done\r\n"),
        _ => Answer::Usual,
    });
    let shown: Vec<Value> = peer.run(&["folders", "--json"]).ok().json();
    assert_eq!((&shown[1]["mailbox"], &shown[1]["raw"]), (&"a\0b".into(), &r"a\x00b".into()));
    // Only its own figures are missing.
    let run = peer.run(&["folders", "--status", "--json"]);
    let figures: Vec<_> = run.json().iter().map(|shown| shown["messages"].as_u64()).collect();
    assert_eq!((run.code, figures.as_slice()), (1, &[Some(1), None][..]), "{run:?}");
    assert!(run.stderr.contains("NUL, which no command can send"), "{run:?}");
    for verb in [&["search", r"a\x00b"][..], &["copy", "INBOX", "1", r"a\x00b"], &["append", r"a\x00b", "-"]] {
        let run = finish(&mut peer.command(verb), b"Subject: x\r\n\r\n");
        assert!(run.code == 2 && run.stderr.contains("NUL, which no command can send"), "{verb:?}: {run:?}");
    }
    // A backup has all others.
    let folder = tempfile::tempdir().unwrap();
    let run = peer.run(&["backup", folder.path().to_str().unwrap()]);
    assert!(run.code == 1 && run.stderr.contains("NUL, which no command can send"), "{run:?}");
    assert_eq!(tree(folder.path()).len(), 1);
}

//! `imap backup` where one mailbox or one message cannot be had: the others are in the archive, and it is reported.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use support::failing_peer::{Ask, Mailbox, Peer, Trouble, text};
use support::{Run, imap_as_alice, summary, tree};

fn backup(peer: &Peer, archive: &Path) -> Run {
    let archive = archive.to_str().unwrap();
    imap_as_alice(&["backup", &peer.url, archive, "--json", "--timeout", "1", "--longest-pause", "10"])
}

/// The UIDs of the messages of a mailbox that are in the archive, each with its own text.
fn archived(archive: &Path, mailbox: &str) -> Vec<u32> {
    let folder = archive.join(mailbox);
    if !folder.is_dir() {
        return Vec::new();
    }
    let mut uids = Vec::new();
    for file in tree(&folder) {
        let uid = file.split_once("V7U").unwrap().1.split_once('.').unwrap().0.parse().unwrap();
        assert_eq!(fs::read_to_string(folder.join(&file)).unwrap(), text(mailbox, uid), "{file}");
        uids.push(uid);
    }
    uids.sort_unstable();
    uids
}

fn all_but(count: u32, bad: &[u32]) -> Vec<u32> {
    (1..=count).filter(|uid| !bad.contains(uid)).collect()
}

#[test]
fn one_mailbox_that_is_refused_costs_itself_alone() {
    for refusal in ["NO [NOPERM] Permission denied", "NO [AUTHORIZATIONFAILED] no", "NO no", "BAD no"] {
        for capabilities in ["", "CONDSTORE"] {
            let mailboxes = ["Public", "INBOX", "user.bob", "Work"].map(|name| Mailbox::new(name, 3));
            let refuses = |ask: &Ask<'_>| {
                ["EXAMINE", "SELECT", "STATUS"].contains(&ask.command) && ["Public", "user.bob"].contains(&ask.mailbox)
            };
            let peer = Peer::start(
                capabilities,
                &mailboxes,
                move |ask| {
                    if refuses(ask) { Trouble::end(refusal) } else { None }
                },
            );
            let folder = tempfile::tempdir().unwrap();
            let run = backup(&peer, folder.path());
            assert_eq!((run.code, &summary(&run)["failed_mailboxes"]), (1, &2.into()), "{refusal}: {run:?}");
            let incomplete = |name: &str, value: bool| {
                let line = run.stdout.lines().find(|line| line.contains(&format!("\"mailbox\":\"{name}\""))).unwrap();
                assert!(line.contains(&format!("\"incomplete\":{value}")), "{line}");
            };
            for (name, value) in [("Public", true), ("user.bob", true), ("INBOX", false), ("Work", false)] {
                incomplete(name, value);
            }
            for name in ["Public", "user.bob"] {
                assert_eq!(run.stderr.matches(&format!("\"message\":\"{name}: ")).count(), 1, "{refusal}: {run:?}");
            }
            let has_hint = run.stderr.contains("`imap acl` shows the rights");
            assert_eq!(has_hint, refusal.contains("[NOPERM]"), "{refusal}: {run:?}");
            let stderr = run.stderr.replace("the login was accepted", "");
            assert!(!stderr.contains("login") && !stderr.contains("password"), "{run:?}");
            for name in ["INBOX", "Work"] {
                assert_eq!(archived(folder.path(), name), [1, 2, 3], "{refusal}: {run:?}");
            }
            // The next run, once the mailbox may be read.
            let peer = Peer::start(capabilities, &mailboxes, |_| None);
            let run = imap_as_alice(&["backup", &peer.url, folder.path().to_str().unwrap(), "--json", "--adopt"]).ok();
            assert_eq!(summary(&run)["new"], 6, "{run:?}");
        }
    }
}

/// Each way in which a server fails at a message.
fn troubles() -> [(&'static str, Trouble); 6] {
    [
        ("NO", Trouble::End("NO failed to build message: wrong section".to_owned())),
        ("BAD", Trouble::End("BAD internal error".to_owned())),
        ("NO with a code", Trouble::End("NO [SERVERBUG] Internal error occurred".to_owned())),
        ("a lost connection", Trouble::Close),
        ("silence", Trouble::Stall),
        ("a row without an end", Trouble::Send(format!("* 1 FETCH (UID 1 X ({}\r\n", "\"x\" ".repeat(2 << 20)))),
    ]
}

#[test]
fn one_message_that_cannot_be_sent_costs_itself_alone() {
    std::thread::scope(|scope| {
        for (name, trouble) in troubles() {
            scope.spawn(move || {
                let mailboxes = [Mailbox::new("INBOX", 8), Mailbox::new("Sent", 2)];
                let failing = trouble.clone();
                let peer = Peer::start("", &mailboxes, move |ask| ask.is_text("INBOX", 4).then(|| failing.clone()));
                let folder = tempfile::tempdir().unwrap();
                let run = backup(&peer, folder.path());
                let total = summary(&run);
                assert_eq!((run.code, &total["failed"]), (1, &1.into()), "{name}: {run:?}");
                assert_eq!((&total["new"], &total["failed_mailboxes"]), (&9.into(), &0.into()), "{name}: {run:?}");
                assert_eq!(archived(folder.path(), "INBOX"), all_but(8, &[4]), "{name}: {run:?}");
                assert_eq!(archived(folder.path(), "Sent"), [1, 2], "{name}: {run:?}");
                assert!(run.stderr.contains("INBOX: the message with UID 4 is left out: "), "{name}: {run:?}");
                assert_eq!(run.stderr.matches("INBOX: ").count(), 1, "{name}: {run:?}");
                assert_eq!(fs::read_dir(folder.path().join("INBOX/tmp")).unwrap().count(), 0, "{name}");
                // As long as it fails, that is said; it comes once the server has mended it.
                let run = backup(&peer, folder.path());
                assert_eq!((run.code, &summary(&run)["failed"]), (1, &1.into()), "{name}: {run:?}");
                let peer = Peer::start("", &mailboxes, |_| None);
                let run = imap_as_alice(&["backup", &peer.url, folder.path().to_str().unwrap(), "--json", "--adopt"]);
                assert_eq!((run.code, &summary(&run)["new"]), (0, &1.into()), "{name}: {run:?}");
                assert_eq!(archived(folder.path(), "INBOX"), all_but(8, &[]), "{name}");
            });
        }
    });
}

#[test]
fn many_messages_that_cannot_be_sent_cost_few_commands() {
    let bad = [1, 2, 3, 500, 777, 999, 1000];
    // One that sends what stands before the message, and one that refuses the whole.
    for in_order in [true, false] {
        let peer = Peer::start("", &[Mailbox::new("INBOX", 1000)], move |ask| {
            if !ask.arguments.contains("BODY") {
                return None;
            }
            let set = ask.arguments.split(' ').next().unwrap_or_default();
            let fails = match ask.uid {
                Some(uid) => in_order && bad.contains(&uid),
                None => !in_order && bad.iter().any(|uid| support::failing_peer::contains(set, *uid)),
            };
            if fails { Trouble::end("NO no") } else { None }
        });
        let folder = tempfile::tempdir().unwrap();
        let run = backup(&peer, folder.path());
        assert_eq!((run.code, &summary(&run)["failed"]), (1, &(bad.len() as u64).into()), "{run:?}");
        assert_eq!(archived(folder.path(), "INBOX"), all_but(1000, &bad));
        assert!(run.stderr.contains("UIDs 1:3,500,777,999:1000"), "{run:?}");
        let commands = peer.count("BODY");
        assert!(commands <= if in_order { 22 } else { 7 * 30 + 1 }, "{commands} commands");
    }
}

#[test]
fn a_mailbox_of_which_every_message_fails_is_given_up_in_time() {
    std::thread::scope(|scope| {
        for trouble in [Trouble::End("NO no".to_owned()), Trouble::Close, Trouble::Stall] {
            scope.spawn(move || {
                let mailboxes = [Mailbox::new("INBOX", 2000), Mailbox::new("Sent", 2)];
                let failing = trouble.clone();
                let peer = Peer::start("", &mailboxes, move |ask| {
                    let is_text = ask.mailbox == "INBOX" && ask.arguments.contains("BODY") && ask.uid.is_some();
                    is_text.then(|| failing.clone())
                });
                let folder = tempfile::tempdir().unwrap();
                let began = Instant::now();
                let run = backup(&peer, folder.path());
                assert_eq!(run.code, 1, "{trouble:?}: {run:?}");
                assert!(began.elapsed() < Duration::from_secs(60), "{trouble:?}: {:?}", began.elapsed());
                assert!(run.stderr.contains("INBOX"), "{trouble:?}: {run:?}");
                assert_eq!(archived(folder.path(), "Sent"), [1, 2], "{trouble:?}: {run:?}");
                assert!(peer.count("BODY") < 700, "{}", peer.count("BODY"));
            });
        }
    });
}

#[test]
fn one_message_that_cannot_be_listed_costs_itself_alone() {
    std::thread::scope(|scope| {
        for (name, trouble) in troubles() {
            for before in [0, 6] {
                let trouble = trouble.clone();
                scope.spawn(move || {
                    let folder = tempfile::tempdir().unwrap();
                    if before > 0 {
                        let peer = Peer::start("", &[Mailbox::new("INBOX", before)], |_| None);
                        backup(&peer, folder.path()).ok();
                    }
                    let adopt = |peer: &Peer| {
                        let archive = folder.path().to_str().unwrap();
                        let arguments = [
                            "backup",
                            &peer.url,
                            archive,
                            "--json",
                            "--timeout",
                            "1",
                            "--adopt",
                            "--longest-pause",
                            "10",
                        ];
                        imap_as_alice(&arguments)
                    };
                    let mailboxes = [Mailbox::new("INBOX", 8), Mailbox::new("Sent", 2)];
                    let peer =
                        Peer::start("", &mailboxes, move |ask| ask.is_listing("INBOX", 4).then(|| trouble.clone()));
                    let missing: &[u32] = if before > 0 { &[] } else { &[4] };
                    let mut new = if before > 0 { 4 } else { 9 };
                    for _ in 0..2 {
                        let run = adopt(&peer);
                        let total = summary(&run);
                        let what = format!("{name} after {before}: {run:?}");
                        assert_eq!((run.code, &total["failed"], &total["new"]), (1, &1.into(), &new.into()), "{what}");
                        assert_eq!((&total["failed_mailboxes"], &total["expunged"]), (&0.into(), &0.into()), "{what}");
                        assert_eq!(archived(folder.path(), "INBOX"), all_but(8, missing), "{what}");
                        assert_eq!(archived(folder.path(), "Sent"), [1, 2], "{what}");
                        let words = "INBOX: the server cannot list the message with UID 4: ";
                        assert_eq!(run.stderr.matches(words).count(), 1, "{what}");
                        assert_eq!(run.stderr.matches("INBOX: ").count(), 1, "{what}");
                        new = 0;
                    }
                    let run = adopt(&Peer::start("", &mailboxes, |_| None)).ok();
                    assert_eq!(summary(&run)["new"], missing.len(), "{name} after {before}: {run:?}");
                    assert_eq!(archived(folder.path(), "INBOX"), all_but(8, &[]), "{name} after {before}");
                });
            }
        }
    });
}

/// A server that has to open the message for its size, and knows its flags.
#[test]
fn one_message_without_a_size_costs_itself_alone() {
    for trouble in [Trouble::End("NO failed to read the size".to_owned()), Trouble::Close] {
        let mailboxes = [Mailbox::new("INBOX", 8)];
        let failing = trouble.clone();
        let peer = Peer::start("", &mailboxes, move |ask| {
            (ask.uid == Some(4) && ask.arguments.contains("RFC822.SIZE")).then(|| failing.clone())
        });
        let folder = tempfile::tempdir().unwrap();
        let run = backup(&peer, folder.path());
        assert_eq!((run.code, &summary(&run)["failed"]), (1, &1.into()), "{trouble:?}: {run:?}");
        assert_eq!(archived(folder.path(), "INBOX"), all_but(8, &[4]), "{trouble:?}: {run:?}");
        assert!(run.stderr.contains("INBOX: the message with UID 4 is left out: "), "{trouble:?}: {run:?}");
        assert_eq!(peer.count("UID SEARCH"), 0, "{trouble:?}");
    }
}

#[test]
fn what_cannot_be_listed_is_not_gone_and_what_is_gone_is() {
    for (search, gone) in [
        (None, 1),
        // Messages that the search did not find.
        (Some(Trouble::Send("* 9 EXISTS\r\n".to_owned())), 0),
        // Something that is perhaps another message.
        (Some(Trouble::Send("* SEARCH 5,x\r\n".to_owned())), 0),
        // Without a search nobody knows what is there.
        (Trouble::end("NO no"), 0),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let peer = Peer::start("", &[Mailbox::new("INBOX", 8)], |_| None);
        backup(&peer, folder.path()).ok();
        let failing = search.clone();
        let peer = Peer::start("", &[Mailbox::new("INBOX", 7)], move |ask| match ask.command {
            "UID SEARCH" => failing.clone(),
            _ if ask.is_listing("INBOX", 4) => Trouble::end("NO no"),
            _ => None,
        });
        let archive = folder.path().to_str().unwrap();
        // Its UIDNEXT is below the one of before, which alone would keep everything.
        let confirmed = ["--prune", "--allow-mass-changes"];
        let run = imap_as_alice(&[&["backup", &peer.url, archive, "--json", "--adopt"][..], &confirmed].concat());
        assert_eq!((run.code, &summary(&run)["pruned"]), (1, &gone.into()), "{search:?}: {run:?}");
        assert_eq!(archived(folder.path(), "INBOX"), all_but(8 - gone, &[]), "{search:?}: {run:?}");
    }
}

#[test]
fn many_messages_that_cannot_be_listed_cost_few_commands() {
    let bad = [1, 2, 3, 500, 777, 999, 1000];
    for in_order in [true, false] {
        let peer = Peer::start("", &[Mailbox::new("INBOX", 1000)], move |ask| {
            if ask.command != "UID FETCH" || ask.arguments.contains("BODY") {
                return None;
            }
            let set = ask.arguments.split(' ').next().unwrap_or_default();
            let fails = match ask.uid {
                Some(uid) => in_order && bad.contains(&uid),
                None => !in_order && bad.iter().any(|uid| support::failing_peer::contains(set, *uid)),
            };
            if fails { Trouble::end("NO no") } else { None }
        });
        let folder = tempfile::tempdir().unwrap();
        let run = backup(&peer, folder.path());
        assert_eq!((run.code, &summary(&run)["failed"]), (1, &(bad.len() as u64).into()), "{run:?}");
        assert_eq!(archived(folder.path(), "INBOX"), all_but(1000, &bad));
        assert!(run.stderr.contains("cannot list the messages with the UIDs 1:3,500,777,999:1000: "), "{run:?}");
        // Two before it is looked for, one with what can be listed, and one for the texts.
        let commands = peer.count("UID FETCH");
        assert!(commands <= 4 + if in_order { 22 } else { 7 * 30 + 1 }, "{commands} commands");
        assert_eq!(peer.count("UID SEARCH"), 1);
    }
}

#[test]
fn a_mailbox_of_which_nothing_can_be_listed_is_given_up_in_time() {
    let mailboxes = [Mailbox::new("INBOX", 2000), Mailbox::new("Sent", 2)];
    let peer = Peer::start("", &mailboxes, |ask| {
        if ask.mailbox == "INBOX" && ask.uid.is_some() { Trouble::end("NO no") } else { None }
    });
    let folder = tempfile::tempdir().unwrap();
    let run = backup(&peer, folder.path());
    assert_eq!((run.code, &summary(&run)["failed_mailboxes"]), (1, &1.into()), "{run:?}");
    assert_eq!(run.stderr.matches("INBOX: ").count(), 1, "{run:?}");
    assert_eq!(archived(folder.path(), "Sent"), [1, 2], "{run:?}");
    assert!(peer.count("UID FETCH") < 700, "{}", peer.count("UID FETCH"));
}

#[test]
fn a_mailbox_that_costs_the_connection_costs_itself_alone() {
    std::thread::scope(|scope| {
        for command in ["EXAMINE", "STATUS", "UID FETCH"] {
            for trouble in [Trouble::Close, Trouble::Stall, Trouble::Send("x".repeat(3 << 20))] {
                scope.spawn(move || {
                    let mailboxes = ["INBOX", "Bad", "Work"].map(|name| Mailbox::new(name, 3));
                    let failing = trouble.clone();
                    let peer = Peer::start("CONDSTORE", &mailboxes, move |ask| {
                        (ask.mailbox == "Bad" && ask.command == command && ask.uid.is_none()).then(|| failing.clone())
                    });
                    let folder = tempfile::tempdir().unwrap();
                    let run = backup(&peer, folder.path());
                    let what = format!("{command}: {run:?}");
                    for name in ["INBOX", "Work"] {
                        assert_eq!(archived(folder.path(), name), [1, 2, 3], "{what}");
                    }
                    if command == "STATUS" {
                        assert_eq!((run.code, archived(folder.path(), "Bad")), (0, vec![1, 2, 3]), "{what}");
                    } else {
                        assert_eq!((run.code, &summary(&run)["failed_mailboxes"]), (1, &1.into()), "{what}");
                        assert!(run.stderr.contains("\"message\":\"Bad: "), "{what}");
                    }
                });
            }
        }
    });
}

/// A server that ends the connection at each of these messages of INBOX.
fn closing(count: u32, bad: &'static [u32]) -> Peer {
    Peer::start("", &[Mailbox::new("INBOX", count)], move |ask| {
        bad.iter().any(|uid| ask.is_text("INBOX", *uid)).then_some(Trouble::Close)
    })
}

fn adopt(peer: &Peer, archive: &Path) -> Run {
    let archive = archive.to_str().unwrap();
    imap_as_alice(&["backup", &peer.url, archive, "--json", "--adopt", "--longest-pause", "10"])
}

#[test]
fn messages_that_cost_the_connection_keep_no_new_mail_out() {
    const BAD: &[u32] = &[3, 5, 7, 9, 11, 13, 14, 15];
    let folder = tempfile::tempdir().unwrap();
    let run = adopt(&closing(20, BAD), folder.path());
    assert_eq!((run.code, &summary(&run)["new"], &summary(&run)["failed"]), (1, &12.into(), &8.into()), "{run:?}");
    for (count, new) in [(23, 3), (23, 0), (24, 1)] {
        let peer = closing(count, BAD);
        let run = adopt(&peer, folder.path());
        let total = summary(&run);
        assert_eq!((run.code, &total["new"], &total["failed"]), (1, &new.into(), &8.into()), "{count}: {run:?}");
        assert_eq!(total["failed_mailboxes"], 0, "{count}: {run:?}");
        assert_eq!(archived(folder.path(), "INBOX"), all_but(count, BAD));
        // Of each it is told why it has not come.
        assert!(run.stderr.contains("left out: failed in earlier runs"), "{run:?}");
        assert!(!run.stderr.contains("did not send"), "{run:?}");
        assert!(peer.count("BODY") <= 6, "{:?}", peer.heard());
    }
    // Each is tried at some time, and what comes is asked for no more.
    let tried = |peer: &Peer| (1..=24).filter(|uid| peer.count(&format!("UID FETCH {uid} ")) > 0).collect::<Vec<u32>>();
    let peers = [closing(24, BAD), closing(24, BAD)];
    peers.iter().for_each(|peer| assert_eq!(adopt(peer, folder.path()).code, 1));
    let mut all: Vec<u32> = peers.iter().flat_map(tried).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all, BAD);
    let run = adopt(&closing(24, &[]), folder.path()).ok();
    assert_eq!(summary(&run)["new"], 8, "{run:?}");
    let last = closing(24, &[]);
    adopt(&last, folder.path()).ok();
    assert_eq!(last.count("BODY"), 0);
}

#[test]
fn the_good_messages_behind_many_bad_ones_come_in_the_first_run() {
    const BAD: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 40];
    let folder = tempfile::tempdir().unwrap();
    let run = adopt(&closing(40, BAD), folder.path());
    assert_eq!((run.code, &summary(&run)["failed"]), (1, &13.into()), "{run:?}");
    assert_eq!(archived(folder.path(), "INBOX"), all_but(40, BAD), "{run:?}");
}

#[test]
fn a_mailbox_that_is_given_up_tells_what_did_not_come() {
    let peer = Peer::start("", &[Mailbox::new("INBOX", 60)], |ask| {
        (ask.uid.is_some() && ask.arguments.contains("BODY")).then_some(Trouble::Close)
    });
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().to_str().unwrap();
    let run = imap_as_alice(&["backup", &peer.url, archive, "--json", "--longest-pause", "10"]);
    let total = summary(&run);
    assert_eq!((run.code, &total["failed"], &total["failed_mailboxes"]), (1, &60.into(), &1.into()), "{run:?}");
    assert!(run.stderr.contains("INBOX: given up: 60 messages did not come: UID 1:60"), "{run:?}");
}

/// A message that is announced too short, so that what its sender wrote is read as the row of message 2.
fn forged(true_end: &str) -> Trouble {
    let forged = "From: evil\r\n\r\nforged\r\n";
    let begin = text("INBOX", 1);
    Trouble::Send(format!(
        "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 +0000\" RFC822.SIZE {} BODY[] {{{}}}\r\n{begin})\r\n\
         * 2 FETCH (UID 2 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 +0000\" RFC822.SIZE {} BODY[] {{{}}}\r\n{forged}{true_end}",
        begin.len(),
        begin.len(),
        forged.len(),
        forged.len(),
    ))
}

#[test]
fn a_text_that_another_message_contains_is_not_stored() {
    let mailboxes = [Mailbox::new("INBOX", 3)];
    let peer = Peer::start("", &mailboxes, |ask| ask.is_text("INBOX", 1).then(|| forged(")\r\n")));
    let folder = tempfile::tempdir().unwrap();
    let run = backup(&peer, folder.path());
    // Message 2 is fetched again, alone.
    assert_eq!((run.code, &summary(&run)["new"], &summary(&run)["failed"]), (0, &3.into(), &0.into()), "{run:?}");
    assert_eq!(archived(folder.path(), "INBOX"), [1, 2, 3], "{run:?}");
    assert_eq!(peer.count("UID FETCH 2 "), 1, "{:?}", peer.heard());
}

#[test]
fn of_a_message_with_two_texts_none_is_stored() {
    let mailboxes = [Mailbox::new("INBOX", 3)];
    let twice = |ask: &Ask<'_>| {
        let other = "From: evil\r\n\r\nforged\r\n";
        let row = |text: &str| {
            let size = text.len();
            format!(
                "* 2 FETCH (UID 2 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 +0000\" RFC822.SIZE {size} BODY[] {{{size}}}\r\n{text})\r\n"
            )
        };
        ask.is_text("INBOX", 2).then(|| Trouble::Send(row(other) + &row(&text("INBOX", 2))))
    };
    let peer = Peer::start("", &mailboxes, move |ask| twice(ask));
    let folder = tempfile::tempdir().unwrap();
    for new in [2, 0] {
        let run = backup(&peer, folder.path());
        assert_eq!((run.code, &summary(&run)["new"], &summary(&run)["failed"]), (1, &new.into(), &1.into()), "{run:?}");
        assert_eq!(archived(folder.path(), "INBOX"), [1, 3], "{run:?}");
        let reason = "INBOX: the message with UID 2 is left out: the server sent two different texts of it";
        assert!(run.stderr.contains(reason), "{run:?}");
    }
    // The same text twice is one.
    let same = |ask: &Ask<'_>| {
        let text = text("INBOX", 2);
        let row = format!(
            "* 2 FETCH (UID 2 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 +0000\" RFC822.SIZE {0} BODY[] {{{0}}}\r\n{text})\r\n",
            text.len()
        );
        ask.is_text("INBOX", 2).then(|| Trouble::Send(row.repeat(2)))
    };
    let peer = Peer::start("", &mailboxes, move |ask| same(ask));
    let run = imap_as_alice(&["backup", &peer.url, folder.path().to_str().unwrap(), "--json", "--adopt"]);
    assert_eq!((run.code, &summary(&run)["new"], &summary(&run)["failed"]), (0, &1.into(), &0.into()), "{run:?}");
    assert_eq!(archived(folder.path(), "INBOX"), [1, 2, 3], "{run:?}");
}

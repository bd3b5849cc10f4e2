//! `imap backup`: signals, slow links, and whose archive it is.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use imaplib_testserver::{Fault, Server};
use support::peer::{Answer, Peer, row, says};
use support::{PASSWORD, assert_complete, command, fill, imap, imap_as_alice, message, server, start, summary, tree};

#[test]
fn a_signal_keeps_what_had_arrived() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let (_server, account, url) =
            start(Server::builder().fault(Fault::Delay { before_each_write: Duration::from_millis(10) }));
        for number in 0..1500 {
            account.append("INBOX", [message(number), vec![b'x'; 20_000]].concat()).unwrap();
        }
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().to_str().unwrap();
        let child = command(&["backup", &url, archive, "--json"])
            .env("IMAP_PASSWORD", PASSWORD)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while fs::read_dir(dir.path().join("INBOX/tmp")).map_or(0, Iterator::count) < 5 {
            std::thread::sleep(Duration::from_millis(2));
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("interrupted: what had arrived is kept, run the same command again"), "{told}");
        let kept = tree(dir.path()).len();
        assert!((5..1500).contains(&kept), "{kept}");
        assert_eq!(fs::read_dir(dir.path().join("INBOX/tmp")).unwrap().count(), 0);
        let rest = summary(&imap_as_alice(&["backup", &url, archive, "--json"]).ok());
        assert_eq!((rest["new"].as_u64(), rest["adopted"].as_u64()), (Some(1500 - kept as u64), Some(0)), "{rest}");
        assert_complete(&account, "INBOX", dir.path());
    }
}

#[test]
fn a_slow_link_loses_little_when_the_run_is_killed() {
    let (_server, account, url) = start(Server::builder().fault(Fault::StallAfter { bytes: 30_000 }));
    for number in 0..100 {
        account.append("INBOX", [message(number), vec![b'x'; 1000]].concat()).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let mut child =
        command(&["backup", &url, dir.path().to_str().unwrap()]).env("IMAP_PASSWORD", PASSWORD).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(8);
    while tree(dir.path()).is_empty() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!tree(dir.path()).is_empty(), "nothing was committed while the server was silent");
}

#[test]
fn an_archive_is_of_one_account() {
    let (_first, account, url) = server();
    fill(&account, "INBOX", 1..4);
    let (_second, other, other_url) = server();
    fill(&other, "INBOX", 10..12);
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().to_str().unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    let refused = imap(&["backup", "demo:", archive]);
    assert_eq!(refused.code, 2, "{refused:?}");
    for word in ["alice@127.0.0.1", "demo:", "--adopt"] {
        assert!(refused.stderr.contains(word), "{refused:?}");
    }
    let renamed = other_url.replace("127.0.0.1", "localhost");
    assert_eq!(imap_as_alice(&["backup", &renamed, archive]).code, 2);
    imap_as_alice(&["backup", &renamed, archive, "--adopt"]).ok();
    imap_as_alice(&["backup", &renamed, archive]).ok();
    assert_eq!(imap_as_alice(&["backup", &url, archive]).code, 2);
    assert!(tree(dir.path()).len() >= 3);
}

#[test]
fn one_signal_ends_the_wait_for_a_silent_server() {
    for (silent_at, kept) in [("LIST", 0), ("UID FETCH", 1)] {
        let peer = Peer::start("UIDPLUS", &[("INBOX", &[1, 2, 3])], move |asked| match asked.name {
            name if name == silent_at && name == "LIST" => says(""),
            // The list of flags comes; one text comes whole, and the second in part.
            "UID FETCH" if silent_at == "UID FETCH" && asked.arguments.contains("BODY.PEEK[]") => {
                says(format!("{}* 2 FETCH (UID 2 BODY[] {{5000}}\r\nSubject: x\r\n", row(1, 1, asked.arguments)))
            }
            _ => Answer::Usual,
        });
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("archive");
        let child = peer
            .command(&["backup", archive.to_str().unwrap(), "--timeout", "600"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while peer.count(silent_at) == 0 || (kept > 0 && !peer.heard().iter().any(|line| line.contains("BODY.PEEK[]")))
        {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(200));
        assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
        // Were it not ended, this would last ten minutes.
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), tree(&archive).len()), (Some(130), kept), "{silent_at}: {said}");
        assert!(said.contains("interrupted: what had arrived is kept"), "{said}");
    }
}

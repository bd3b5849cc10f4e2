//! `imap show` of messages that are longer than what it reads of them at once: their texts come by few commands.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::fetch_peer;

/// What is shown of a message, and how many commands FETCH that took.
struct Shown {
    text: String,
    is_cut: bool,
    commands: usize,
}

/// A message with these parts.
fn message(kind: &str, parts: &[String]) -> String {
    let parts: String = parts.iter().map(|part| format!("--b\r\n{part}\r\n")).collect();
    format!("Subject: long\r\nMIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary=b\r\n\r\n{parts}--b--\r\n")
}

fn text(kind: &str, text: &str) -> String {
    format!("Content-Type: text/{kind}\r\n\r\n{text}")
}

/// An attachment that is longer than the beginning of a message.
fn attachment() -> String {
    format!("Content-Type: application/pdf; name=a.pdf\r\n\r\n{}", ("x".repeat(70) + "\r\n").repeat(16_000))
}

/// Shows a message of a server that lists its structure.
fn listed(message: &str) -> Shown {
    let (_server, account, url) = support::server();
    account.append("INBOX", message.as_bytes().to_vec()).unwrap();
    let run = support::imap_as_alice(&["show", &url, "INBOX", "1", "--json", "-v"]).ok();
    let commands = run.stderr.lines().filter(|line| line.contains(" UID FETCH ")).count();
    let object = run.json().remove(0);
    Shown { text: object["text"].as_str().unwrap().to_owned(), is_cut: object["is_cut"] == true, commands }
}

/// Shows a message of a server that does not list its structure.
fn unlisted(message: &str) -> Shown {
    let message = message.to_owned();
    let commands = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&commands);
    let url = fetch_peer::serve(1, move |command, out| {
        counter.fetch_add(1, Ordering::Relaxed);
        if command.contains("BODYSTRUCTURE") {
            return "NO none".to_owned();
        }
        let partial = command.split_once("]<").and_then(|(_, rest)| rest.split_once('>'));
        let (start, length) = partial
            .and_then(|(range, _)| range.split_once('.'))
            .map_or((0, message.len()), |(start, length)| (start.parse().unwrap(), length.parse().unwrap()));
        let piece = message.get(start..message.len().min(start + length)).unwrap();
        let origin = if partial.is_some() { format!("<{start}>") } else { String::new() };
        let (size, length) = (message.len(), piece.len());
        out.extend(
            format!("* 1 FETCH (UID 1 FLAGS () RFC822.SIZE {size} BODY[]{origin} {{{length}}}\r\n{piece})\r\n").bytes(),
        );
        "OK done".to_owned()
    });
    let object = support::imap_as_alice(&["show", &url, "INBOX", "1", "--json"]).ok().json().remove(0);
    let commands = commands.load(Ordering::Relaxed);
    Shown { text: object["text"].as_str().unwrap().to_owned(), is_cut: object["is_cut"] == true, commands }
}

#[test]
fn many_texts_take_few_commands() {
    let lines: Vec<String> = (0..250).map(|number| format!("text {number}")).collect();
    let expected = lines.join("\n");
    let texts: Vec<String> = lines.iter().map(|line| text("plain", line)).collect();
    let (before, behind) = ([texts.clone(), vec![attachment()]].concat(), [vec![attachment()], texts.clone()].concat());
    let between: Vec<String> = [&texts[..100], &[attachment()], &texts[100..]].concat();
    // The beginning and the structure take two; without a structure the whole message is a third.
    for (parts, listed_commands, unlisted_commands) in [(before, 2, 3), (behind, 5, 4), (between, 4, 4)] {
        let message = message("mixed", &parts);
        for (shown, commands) in [(listed(&message), listed_commands), (unlisted(&message), unlisted_commands)] {
            assert_eq!((shown.text == expected, shown.is_cut), (true, false), "{}", shown.text);
            assert_eq!(shown.commands, commands);
        }
    }
}

#[test]
fn however_many_texts_there_are_the_commands_are_few() {
    let parts = vec![text("html", "<p>x"); 40_000];
    let message = message("mixed", &parts);
    // The structure that this server lists has fewer parts.
    for (shown, is_cut) in [(listed(&message), false), (unlisted(&message), true)] {
        assert!(shown.is_cut == is_cut && shown.commands <= 25, "{} {}", shown.is_cut, shown.commands);
        assert!(shown.text.lines().count() >= 900, "{}", shown.text.lines().count());
    }
}

#[test]
fn the_text_that_is_not_blank_is_found() {
    let blank = text("plain", " \r\n");
    let html = text("html", "<p>full</p>");
    let image = format!("Content-Type: image/png\r\n\r\n{}", ("x".repeat(70) + "\r\n").repeat(16_000));
    let related = |parts: &[&str]| {
        let parts: String = parts.iter().map(|part| format!("--r\r\n{part}\r\n")).collect();
        format!("Content-Type: multipart/related; boundary=r\r\n\r\n{parts}--r--")
    };
    for parts in [
        vec![blank.clone(), related(&[&html, &image])],
        vec![blank.clone(), related(&[&image, &html])],
        vec![related(&[&image, &html]), blank],
    ] {
        let message = message("alternative", &parts);
        for shown in [listed(&message), unlisted(&message)] {
            assert_eq!((shown.text.as_str(), shown.is_cut), ("full\n", false));
            assert!(shown.commands <= 5, "{}", shown.commands);
        }
    }
}

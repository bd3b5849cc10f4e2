//! The verbs about mailboxes themselves: their names reach the server exactly, and nothing is removed by mistake.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use realservers::Dovecot;
use support::real::Account;
use support::{Run, finish, imap, imap_as_alice, message, server};

/// Names that a careless client would change, or take for something else.
const NAMES: [&str; 6] = ["Entwürfe", "two words", "R&D", "&AGE-", "日本 & \"Größe\"", "-v"];

/// A name that LIST reads as a pattern; not every server has such names.
const PATTERN: &str = "100% [done]";

/// Makes, renames, subscribes to and removes mailboxes of every kind of name.
fn whole_life(names: &[&str], run: &dyn Fn(&[&str]) -> Run) {
    let listed = |arguments: &[&str]| -> Vec<String> {
        let mut names: Vec<String> = run(&[&["folders", "--json"], arguments].concat())
            .json()
            .iter()
            .map(|object| object["mailbox"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let before = listed(&[]);
    for name in names.iter().copied() {
        let new = format!("Below/{name}");
        let made = run(&["create", "--json", "--", name]).ok().json();
        assert_eq!((made[0]["mailbox"].as_str(), made[0]["change"].as_str()), (Some(name), Some("created")));
        assert!(listed(&[]).iter().any(|listed| listed == name), "{name}: {:?}", listed(&[]));
        assert_ne!(run(&["create", "--", name]).code, 0, "{name}");
        run(&["subscribe", "--", name]).ok();
        assert!(listed(&["--subscribed"]).iter().any(|listed| listed == name), "{name}");
        let status = run(&["folders", "--subscribed", "--status", "--json"]).ok().json();
        let figures = status.iter().find(|object| object["mailbox"] == name).unwrap();
        assert_eq!(figures["messages"], 0, "{figures}");
        run(&["unsubscribe", "--", name]).ok();
        assert!(!listed(&["--subscribed"]).iter().any(|listed| listed == name), "{name}");
        assert_eq!(run(&["unsubscribe", "--", name]).code, 69, "{name}");
        run(&["rename", "--", name, &new]).ok();
        assert!(listed(&[]).contains(&new), "{new}: {:?}", listed(&[]));
        run(&["rename", "--", &new, "Plain"]).ok();
        run(&["remove-mailbox", "Plain"]).ok();
        // What the new name lay below may have stayed.
        let _ = run(&["remove-mailbox", "Below"]);
        assert_eq!(listed(&[]), before, "{name}");
    }
}

/// Removing asks for more than a name where something could be lost.
fn careful(run: &dyn Fn(&[&str]) -> Run, fill: &dyn Fn(&str)) {
    run(&["create", "Full", "Empty"]).ok();
    fill("Full");
    let refused = run(&["remove-mailbox", "Full"]);
    assert_eq!(refused.code, 69, "{refused:?}");
    assert!(refused.stderr.contains("holds 1 message") && refused.stderr.contains("--with-messages"), "{refused:?}");
    assert_eq!(run(&["search", "Full", "--uids"]).ok().stdout, "1\n");
    // What can be done is done.
    let partly = run(&["remove-mailbox", "Full", "Empty", "--json"]);
    assert_eq!((partly.code, partly.json().len()), (1, 1), "{partly:?}");
    assert_eq!(partly.json()[0]["mailbox"], "Empty");
    run(&["remove-mailbox", "Full", "--with-messages"]).ok();
    assert_eq!(run(&["search", "Full"]).code, 69);
    for (arguments, code, word) in [
        (&["remove-mailbox", "inbox", "--with-messages"][..], 2, "INBOX"),
        (&["rename", "InBox", "Elsewhere"], 2, "INBOX"),
        (&["remove-mailbox", "Snet"], 69, "Sent"),
        (&["rename", "Snet", "Elsewhere"], 69, "Sent"),
        (&["subscribe", "Snet"], 69, "Sent"),
        (&["rename", "Sent", "Drafts"], 69, "refused"),
        (&["create", ""], 2, "empty"),
        (&["create", "a\nb"], 2, "mailbox"),
        (&["create"], 2, "MAILBOX"),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    }
    assert_ne!(run(&["folders", "Elsewhere"]).code, 0);
}

#[test]
fn on_the_test_server() {
    let (_server, account, url) = server();
    account.create("Sent").unwrap();
    account.create("Drafts").unwrap();
    let run = |arguments: &[&str]| {
        let mut all = vec![arguments[0], url.as_str()];
        all.extend(&arguments[1..]);
        imap_as_alice(&all)
    };
    whole_life(&NAMES, &run);
    careful(&run, &|mailbox| {
        account.append(mailbox, message(1)).unwrap();
    });
    account.subscribe("Drafts", true).unwrap();
    account.delete("Drafts").unwrap();
    assert!(run(&["folders", "--subscribed"]).stdout.contains("Drafts"));
    run(&["unsubscribe", "Drafts"]).ok();
}

#[test]
fn on_a_real_server() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imap+insecure", "mailboxes");
    let run = |arguments: &[&str]| account.run(arguments);
    whole_life(&[&NAMES[..], &[PATTERN]].concat(), &run);
    careful(&run, &|mailbox| {
        finish(&mut account.command(&["append", mailbox, "-"]), &message(1)).ok();
    });
}

#[test]
fn the_verb_that_deletes_messages_is_another_one() {
    let run = imap(&["delete", "demo:", "Archive"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(imap(&["help", "remove-mailbox"]).ok().stdout.contains("imap delete"));
}

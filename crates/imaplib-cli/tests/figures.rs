//! `imap folders --status`: figures that cannot be read cost the mailbox that they are of, and no other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::peer::{Answer, Peer, says};

#[test]
fn figures_that_cannot_be_read_cost_one_mailbox() {
    for line in [
        "STATUS Foo MESSAGES 5",
        "STATUS Foo (MESSAGES x UNSEEN 18446744073709551616)",
        "STATUS Foo (UNSEEN 1)",
        "STATUS Foo ()",
        "STATUS Other (MESSAGES 5 UNSEEN 1)",
    ] {
        let peer = Peer::start("", &[("INBOX", &[1, 2]), ("Foo", &[]), ("Zed", &[])], move |asked| match asked.name {
            "STATUS" if asked.mailbox() == "Foo" => says(format!("* {line}\r\n@ OK done\r\n")),
            "STATUS" => says(format!("* STATUS {} (MESSAGES 2 UNSEEN 1)\r\n@ OK done\r\n", asked.mailbox())),
            _ => Answer::Usual,
        });
        let run = peer.run(&["folders", "--status", "--json"]);
        assert_eq!(run.code, 1, "{line}: {run:?}");
        assert!(run.stderr.contains("Foo"), "{line}: {run:?}");
        let told: Vec<(String, Option<u64>)> = run
            .json()
            .iter()
            .map(|object| (object["mailbox"].as_str().unwrap().to_owned(), object["messages"].as_u64()))
            .collect();
        assert_eq!(told.len(), 3, "{line}: {run:?}");
        for (mailbox, messages) in told {
            assert_eq!(messages, (mailbox != "Foo").then_some(2), "{line}: {mailbox} {run:?}");
        }
    }
}

#[test]
fn only_mailboxes_that_can_be_opened_are_asked() {
    let peer = Peer::start("", &[("INBOX", &[1, 2]), ("Group", &[])], |asked| match asked.name {
        "LIST" => says("* LIST () \"/\" INBOX\r\n* LIST (\\Noselect) \"/\" Group\r\n@ OK done\r\n".to_owned()),
        "STATUS" => says(format!("* STATUS {} (MESSAGES 2 UNSEEN 1)\r\n@ OK done\r\n", asked.mailbox())),
        _ => Answer::Usual,
    });
    let run = peer.run(&["folders", "--status", "--json"]).ok();
    assert_eq!(run.json()[0]["messages"], 2, "{run:?}");
    assert_eq!((run.json().len(), peer.count("STATUS INBOX"), peer.count("STATUS")), (2, 1, 1), "{:?}", peer.heard());
}

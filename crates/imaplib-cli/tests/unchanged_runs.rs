//! A run that finds nothing to do opens few mailboxes, however many there are.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::peer::{Answer, Mailboxes, Peer, says};
use support::summary;

const MAILBOXES: Mailboxes = &[
    ("INBOX", &[1, 2]),
    ("B1", &[1, 2]),
    ("B2", &[1, 2]),
    ("B3", &[1, 2]),
    ("B4", &[1, 2]),
    ("B5", &[1, 2]),
    ("B6", &[1, 2]),
    ("B7", &[1, 2]),
    ("B8", &[1, 2]),
    ("B9", &[1, 2]),
    ("B10", &[1, 2]),
    ("B11", &[1, 2]),
];

#[test]
fn five_mailboxes_without_news_are_probed_and_the_others_not_opened() {
    let peer = Peer::start("CONDSTORE", MAILBOXES, |asked| match asked.name {
        "STATUS" => says(format!(
            "* STATUS {} (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 7 HIGHESTMODSEQ 5)\r\n@ OK x\r\n",
            asked.mailbox()
        )),
        "EXAMINE" => {
            asked.send("* OK [HIGHESTMODSEQ 5] x\r\n");
            Answer::Usual
        }
        _ => Answer::Usual,
    });
    let folder = tempfile::tempdir().unwrap();
    let backup = || summary(&peer.run(&["backup", folder.path().to_str().unwrap(), "--json"]).ok());
    assert_eq!(backup()["new"], 2 * MAILBOXES.len());
    let before = (peer.count("EXAMINE"), peer.count("UID FETCH"));
    assert_eq!(before.0, MAILBOXES.len());
    assert_eq!(backup()["new"], 0);
    assert_eq!((peer.count("EXAMINE"), peer.count("UID FETCH")), (before.0 + 5, before.1 + 5), "{:?}", peer.heard());
    // In as many runs as there are others, each has its turn, whenever the runs are made.
    let from = peer.heard().len();
    (0..MAILBOXES.len()).for_each(|_| assert_eq!(backup()["new"], 0));
    let probed = peer.heard().split_off(from);
    let probed = |name: &str| probed.iter().any(|line| line.split(' ').skip(1).eq(["EXAMINE", name]));
    assert!(MAILBOXES.iter().all(|(name, _)| probed(name)));
}

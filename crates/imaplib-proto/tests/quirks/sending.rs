//! What is never sent, or always in one form.

use imaplib_proto::command::{self, FetchItem, Noop, Search, Status, UidSearch};
use imaplib_proto::engine::CommandError;
use imaplib_proto::types::{Id, MailboxName, UidSet};

use super::{Feed, Row, does};

pub fn rows() -> Vec<Row> {
    vec![
        does(38, "iCloud", a_message_is_asked_for_as_body),
        does(40, "Yahoo", identities_are_quoted),
        does(45, "QQ", sets_ascend),
        does(47, "163.com", status_without_items),
        does(62, "Strato", nothing_is_enabled_unasked),
        does(78, "hMailServer, QQ", sets_ascend),
        does(79, "GMX, Web.de, Exchange", an_identity_of_nothing),
    ]
}

fn a_message_is_asked_for_as_body(feed: &mut Feed) {
    feed.selected("");
    feed.sends(command::Fetch::new(UidSet::all(), FetchItem::message()), "A2 UID FETCH 1:* (UID BODY.PEEK[])\r\n");
}

fn identities_are_quoted(feed: &mut Feed) {
    feed.selected("");
    let id = Id::new().with("name", "atom").unwrap();
    feed.sends(command::Id::new(id), "A2 ID (\"name\" \"atom\")\r\n");
}

fn sets_ascend(feed: &mut Feed) {
    for set in ["9:5", "9,8,7,6,5", "5:7,9:8", "*:5,9:5"] {
        feed.selected("");
        let set: UidSet = set.parse().unwrap();
        let expected = if set.is_open() { "5:9,5:*" } else { "5:9" };
        let fetch = command::Fetch::new(&set, FetchItem::Flags);
        feed.sends(fetch, &format!("A2 UID FETCH {expected} (FLAGS UID)\r\n"));
        feed.selected("");
        feed.sends(UidSearch::new(Search::new().uids(set)), &format!("A2 UID SEARCH UID {expected}\r\n"));
    }
}

fn status_without_items(feed: &mut Feed) {
    feed.selected("");
    let refused = feed.peer.engine.start(Status::new(MailboxName::inbox(), []));
    assert!(matches!(refused, Err(CommandError::Invalid(_))));
    // A tag is a letter and digits.
    feed.sends(Noop, "A2 NOOP\r\n");
}

fn nothing_is_enabled_unasked(feed: &mut Feed) {
    feed.greeted("* PREAUTH [CAPABILITY IMAP4rev1 IMAP4rev2 ENABLE UTF8=ACCEPT CONDSTORE] hi\r\n");
    feed.peer.sends("");
    feed.sends(Noop, "A1 NOOP\r\n");
    assert!(feed.peer.engine.enabled().is_empty());
}

fn an_identity_of_nothing(feed: &mut Feed) {
    feed.selected("");
    feed.sends(command::Id::new(Id::new()), "A2 ID NIL\r\n");
}

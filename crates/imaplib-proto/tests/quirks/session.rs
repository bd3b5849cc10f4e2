//! What is done in answer to servers.

use imaplib_proto::command::{self, Append, FetchAll, FetchItem, Noop};
use imaplib_proto::engine::{CommandError, Step};
use imaplib_proto::types::{Id, MailboxName, RefusalHint, UidSet};

use super::{Feed, Row, by_client, decided, does};

pub fn rows() -> Vec<Row> {
    vec![
        does(14, "Exchange", a_request_in_the_middle_of_a_command),
        by_client(15, "Exchange", "a_charset_that_is_refused_is_left_out"),
        by_client(16, "Microsoft 365", "refusals_say_what_to_do"),
        by_client(17, "Microsoft 365", "refusals_say_what_to_do"),
        by_client(18, "Exchange", "refusals_say_what_to_do"),
        does(22, "Exchange 2003", namespace_is_never_sent),
        does(23, "Exchange", some_messages_are_gone),
        by_client(38, "iCloud", "rfc822_without_data_is_asked_for_as_body"),
        does(46, "163.com, 126.com", a_server_that_wants_to_know_the_client),
        by_client(46, "163.com, 126.com", "the_client_tells_who_it_is_where_it_must"),
        by_client(62, "Strato", "an_extended_list_that_finds_nothing_is_followed_by_a_plain_one"),
        by_client(63, "ProtonMail", "an_extended_list_that_is_refused_is_followed_by_a_plain_one"),
        by_client(74, "Rambler", "a_literal_that_is_too_short_ends_at_the_deadline"),
        decided(
            74,
            "Rambler",
            "a text that ends before its announced length is an error at the deadline and never ended by a guess: a message \
             may hold the very words that would be taken for its end",
        ),
    ]
}

fn a_request_in_the_middle_of_a_command(feed: &mut Feed) {
    feed.selected("LITERAL+");
    let noop = feed.sends(Noop, "A2 NOOP\r\n");
    assert_eq!(feed.hears("+ \r\n"), [Step::Event]);
    feed.peer.sends("\r\n");
    // Once is enough.
    feed.hears("+ \r\n");
    feed.peer.sends("");
    feed.hears("A2 OK done\r\n");
    feed.ends(&noop).unwrap();
    // Some servers answer the announcement of a literal that needs no answer.
    let append = feed.peer.start(Append::new(MailboxName::inbox(), 2));
    feed.peer.sends("A3 APPEND INBOX {2+}\r\n");
    feed.peer.engine.streamed(2);
    feed.peer.sends("\r\n");
    feed.hears("+ \r\n");
    feed.peer.sends("");
    feed.hears("A3 OK done\r\n");
    feed.ends(&append).unwrap();
    // Nothing waits, or several commands do: nobody knows what is meant.
    feed.hears("+ \r\n");
    feed.peer.sends("");
    feed.peer.start(Noop);
    feed.peer.start(Noop);
    feed.peer.sends("A4 NOOP\r\nA5 NOOP\r\n");
    feed.hears("+ \r\n");
    feed.peer.sends("");
}

fn namespace_is_never_sent(feed: &mut Feed) {
    feed.greeted("* PREAUTH Microsoft Exchange Server 2003 IMAP4rev1 server version 6.5.7638.1 (mail) ready.\r\n");
    let refused = feed.peer.engine.start(command::Namespace::default());
    assert!(matches!(refused, Err(CommandError::Withheld("NAMESPACE"))));
    feed.sends(Noop, "A1 NOOP\r\n");
    feed.greeted("* PREAUTH The Microsoft Exchange IMAP4 service is ready.\r\n");
    feed.sends(command::Namespace::default(), "A1 NAMESPACE\r\n");
}

fn some_messages_are_gone(feed: &mut Feed) {
    let answer = "* 1 FETCH (UID 5 RFC822.SIZE 9)\r\nA2 NO Some of the requested messages no longer exist.\r\n";
    feed.selected("");
    let fetch = || command::Fetch::new("5:6".parse::<UidSet>().unwrap(), FetchItem::Size);
    let all = feed.sends(FetchAll::from(fetch()), "A2 UID FETCH 5:6 (RFC822.SIZE UID)\r\n");
    feed.hears(answer);
    let reply = feed.peer.engine.take(&all).unwrap().unwrap();
    assert_eq!((reply.value.len(), reply.diagnostics.len()), (1, 1));
    feed.selected("");
    let rows = feed.sends(fetch(), "A2 UID FETCH 5:6 (RFC822.SIZE UID)\r\n");
    let steps = feed.hears(answer);
    assert!(matches!(&steps[..], [Step::Row(_), Step::Finished(_)]), "{steps:?}");
    feed.ends(&rows).unwrap();
    // Any other refusal is one.
    let rows = feed.sends(fetch(), "A3 UID FETCH 5:6 (RFC822.SIZE UID)\r\n");
    feed.hears("A3 NO no\r\n");
    assert!(feed.ends(&rows).is_err());
}

fn a_server_that_wants_to_know_the_client(feed: &mut Feed) {
    feed.greeted("* PREAUTH Coremail System IMap Server Ready(163com[b62aaa251425b4be4eaec4ab4744cf47])\r\n");
    assert!(feed.peer.engine.profile().requires_id);
    feed.greeted("* PREAUTH hi\r\n");
    assert!(!feed.peer.engine.profile().requires_id);
    let id = feed.sends(command::Id::new(Id::new()), "A1 ID NIL\r\n");
    feed.hears("* ID (\"name\" \"Coremail\")\r\nA1 OK\r\n");
    feed.ends(&id).unwrap();
    assert!(feed.peer.engine.profile().requires_id);
    let select = feed.sends(command::Select::new(MailboxName::inbox()), "A2 SELECT INBOX\r\n");
    feed.hears("A2 NO SELECT Unsafe Login. Please contact kefu@188.com for help\r\n");
    match feed.ends(&select) {
        Err(CommandError::Refused(status)) => assert_eq!(status.refusal_hint(), Some(RefusalHint::UnknownClient)),
        other => panic!("{other:?}"),
    }
}

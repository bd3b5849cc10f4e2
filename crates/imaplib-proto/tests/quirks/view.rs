//! Lists of mailboxes, capabilities, sizes and flags of mailboxes, namespaces, identities, quotas, searches.

use imaplib_proto::command::{Expunge, Search, SearchReturn, Select, SeqSearch, UidSearch, UidSearchReturn};
use imaplib_proto::types::{
    Flag, Id, MailboxAttribute, MailboxName, NameEncoding, Namespace, Namespaces, Response, Untagged,
};

use super::{Feed, Row, does, read};
use crate::cases::extension::quota;
use crate::cases::mailbox::{capability, flags, list, status, with_delimiter_at_end};
use crate::cases::{fetch, good, name, noted, search, some};

pub fn rows() -> Vec<Row> {
    use MailboxAttribute::{HasNoChildren, NoSelect, Sent};
    let id = Id::new().with("name", "x").unwrap().with("version", "1").unwrap();
    let spaces = vec![Namespace::new(name(b""), None)];
    let namespaces = Namespaces { personal: spaces, other_users: vec![], shared: vec![] };
    vec![
        read(5, "Exchange", good(b"* 3 EXISTS \r\n", Response::Untagged(Untagged::Exists(3)))),
        read(5, "Exchange", good(b"* SEARCH 1 2 \r\n", search::search(&[(1, 2)], None))),
        read(5, "Exchange", good(b"* LIST () \"/\" x \r\n", list(&[], Some('/'), name(b"x")))),
        read(5, "Exchange", good(b"* FLAGS (\\Seen) \r\n", flags([Flag::Seen]))),
        read(
            13,
            "Exchange, Microsoft 365",
            noted(
                b"* LIST () \"/\" a\tb c\r\n",
                list(&[], Some('/'), name(b"a\tb c")),
                &[("a name with spaces that is not quoted", b"a\tb c")],
            ),
        ),
        read(
            21,
            "Exchange",
            noted(
                b"* LIST (\\Noselect) \"/\" \"Public Folders/\"\r\n",
                with_delimiter_at_end(&[NoSelect], '/', b"Public Folders"),
                &[("a hierarchy delimiter at the end of a name", b"\"Public Folders/\"")],
            ),
        ),
        // These are roots, which end so by right.
        read(21, "any", good(b"* LIST () \"/\" /\r\n", list(&[], Some('/'), name(b"/")))),
        read(21, "any", good(b"* LIST () \".\" #news.\r\n", list(&[], Some('.'), name(b"#news.")))),
        read(21, "any", good(b"* LIST () \".\" INBOX.\r\n", list(&[], Some('.'), name(b"INBOX.")))),
        does(19, "Exchange, GoDaddy", numbers_beyond_the_mailbox),
        read(
            28,
            "Gmail",
            good(
                b"* FLAGS (\\Recent \\Custom a[b] a/b OIB-[Google)\r\n",
                Response::Untagged(Untagged::Flags(fetch::server_flags())),
            ),
        ),
        does(28, "Gmail", flags_with_brackets),
        does(34, "Gmail", capabilities_before_the_login_is_over),
        read(
            35,
            "several",
            good(b"* QUOTA \"\" (STORAGE 1 5000000000000)\r\n", quota("", &[("STORAGE", 1, 5_000_000_000_000)])),
        ),
        read(40, "Yahoo", good(b"* LIST () \"/\" \"Inbox\"\r\n", list(&[], Some('/'), MailboxName::inbox()))),
        read(
            50,
            "SmarterMail",
            noted(
                b"* STATUS x (UIDNEXT 0 UIDVALIDITY 0 UNSEEN 0)\r\n",
                status(name(b"x"), |status| status.unseen = Some(0)),
                &[("0 for what is not known", b"0"), ("0 for what is not known", b"0")],
            ),
        ),
        does(50, "SmarterMail", zero_is_not_known),
        read(
            56,
            "several",
            noted(
                b"* CAPABILITY IMAP4rev1 LITERAL + IDLE IDLE \r\n",
                capability(&["IMAP4rev1", "LITERAL+", "IDLE"]),
                &[("a space in LITERAL+", b"+")],
            ),
        ),
        does(61, "AOL, Cyrus 2.4", searches_in_the_other_form),
        read(
            62,
            "Strato",
            noted(
                b"* STATUS Sent Items (MESSAGES 5)\r\n",
                status(name(b"Sent Items"), |status| status.messages = Some(5)),
                &[("a name with spaces that is not quoted", b"Sent Items")],
            ),
        ),
        read(
            64,
            "home.pl",
            noted(
                b"* LIST (\\Sent\\HasNoChildren) \"/\" s\r\n",
                list(&[Sent, HasNoChildren], Some('/'), name(b"s")),
                &[("no space between mailbox attributes", b"\\Sent")],
            ),
        ),
        read(
            68,
            "several",
            noted(
                b"* STATUS x (MAILBOXID abc)\r\n",
                status(name(b"x"), |status| status.mailbox_id = some("abc")),
                &[("an object identifier without parentheses", b"abc")],
            ),
        ),
        read(73, "DavMail", good(b"*  12 EXISTS\r\n", Response::Untagged(Untagged::Exists(12)))),
        read(
            76,
            "Bigfoot",
            noted(
                b"* ID (\"name\", \"x\", \"version\", \"1\")\r\n",
                Response::Untagged(Untagged::Id(id)),
                &[("commas in a list", b", "), ("commas in a list", b", "), ("commas in a list", b", ")],
            ),
        ),
        read(
            82,
            "several",
            good(b"* NAMESPACE ((\"\" NIL)) NIL NIL\r\n", Response::Untagged(Untagged::Namespace(namespaces))),
        ),
        read(83, "several", good(b"* LIST () \"/\" \"caf\xe9\"\r\n", list(&[], Some('/'), name(b"caf\xe9")))),
        does(83, "several", a_raw_name_goes_back_as_it_came),
    ]
}

fn numbers_beyond_the_mailbox(feed: &mut Feed) {
    feed.selected("");
    let expunge = feed.sends(Expunge::default(), "A2 EXPUNGE\r\n");
    feed.hears("* 6 EXPUNGE\r\n* 5 EXPUNGE\r\n* 5 EXPUNGE\r\n* 7 FETCH (FLAGS ())\r\nA2 OK done\r\n");
    assert_eq!(feed.ends(&expunge).unwrap(), 1);
    assert_eq!(feed.peer.engine.mailbox().unwrap().exists, 4);
    assert_eq!(feed.reasons(), ["the number of a message beyond the end of the mailbox"; 3]);
}

fn flags_with_brackets(feed: &mut Feed) {
    feed.selected("");
    feed.hears("* FLAGS (OIB-[Google Mail]/All x)\r\n");
    let names: Vec<String> = feed.peer.engine.mailbox().unwrap().flags.iter().map(|flag| flag.to_string()).collect();
    assert_eq!(names, ["OIB-[Google", "Mail]/All", "x"]);
}

fn capabilities_before_the_login_is_over(feed: &mut Feed) {
    feed.greeted("* OK [CAPABILITY IMAP4rev1] hi\r\n");
    let login = feed.sends(imaplib_proto::command::Login::new("u", "p"), "A1 LOGIN u \"p\"\r\n");
    feed.hears("* CAPABILITY IMAP4rev1 MOVE\r\nA1 OK welcome\r\n");
    feed.ends(&login).unwrap();
    assert!(feed.peer.engine.capabilities_known() && feed.peer.engine.capabilities().has_name("MOVE"));
}

fn zero_is_not_known(feed: &mut Feed) {
    feed.selected("");
    let select = feed.sends(Select::new(MailboxName::inbox()), "A2 SELECT INBOX\r\n");
    feed.hears("* 1 EXISTS\r\n* OK [UIDVALIDITY 0] x\r\n* OK [UIDNEXT 0] x\r\n* OK [UNSEEN 0] x\r\nA2 OK\r\n");
    feed.ends(&select).unwrap();
    let view = feed.peer.engine.mailbox().unwrap();
    assert_eq!((view.uid_validity, view.uid_next, view.first_unseen), (None, None, None));
}

fn searches_in_the_other_form(feed: &mut Feed) {
    feed.selected("ESEARCH");
    for answer in ["* SEARCH 4 5 9\r\n", "* ESEARCH ALL 4:5,9\r\n", "* ESEARCH () ALL 4:5,9 COUNT 3\r\n"] {
        feed.selected("ESEARCH");
        let search = feed.sends(UidSearch::new(Search::all()).extended(), "A2 UID SEARCH RETURN (ALL) ALL\r\n");
        feed.hears(format!("{answer}A2 OK done\r\n"));
        assert_eq!(feed.ends(&search).unwrap().messages.to_string(), "4:5,9");
        let search = feed.sends(SeqSearch::new(Search::all()).extended(), "A3 SEARCH RETURN (ALL) ALL\r\n");
        feed.hears(format!("{answer}A3 OK done\r\n"));
        assert_eq!(feed.ends(&search).unwrap().messages.to_string(), "4:5,9");
    }
    let wanted = [SearchReturn::Min, SearchReturn::Count, SearchReturn::All];
    let command = UidSearchReturn::new(Search::all(), wanted);
    let search = feed.sends(command, "A4 UID SEARCH RETURN (MIN COUNT ALL) ALL\r\n");
    feed.hears("* SEARCH 9 5 4\r\nA4 OK done\r\n");
    let found = feed.ends(&search).unwrap();
    assert_eq!((found.min, found.max, found.count, found.all), (Some(4), None, Some(3), Some(vec![(4, 5), (9, 9)])));
}

fn a_raw_name_goes_back_as_it_came(feed: &mut Feed) {
    feed.selected("LITERAL+");
    feed.hears(b"* LIST () \"/\" \"caf\xe9\"\r\n");
    let listed = feed.peer.events();
    let [Untagged::List(listing)] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!(listing.name.to_wire(NameEncoding::ModifiedUtf7).as_ref(), b"caf\xe9");
    feed.peer.start(Select::new(listing.name.clone()));
    // What goes out is compared as text: the byte that is none is replaced there.
    feed.peer.sends("A2 SELECT {4+}\r\ncaf\u{fffd}\r\n");
}

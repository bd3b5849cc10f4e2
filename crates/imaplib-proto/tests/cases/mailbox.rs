//! LIST, LSUB, STATUS, NAMESPACE, FLAGS, CAPABILITY, ENABLED and ID.

use imaplib_proto::types::{
    Capabilities, Flag, Flags, Id, Listing, MailboxAttribute, MailboxName, MailboxStatus, Namespace, Namespaces,
    ObjectIds, Response, Untagged,
};

use super::{Case, bytes, good, name, noted, some, text, unknown};

pub fn listed(attributes: &[MailboxAttribute], delimiter: Option<char>, name: MailboxName) -> Listing {
    let attributes = attributes.iter().cloned().collect();
    make!(Listing { attributes, ..Listing::new(name, delimiter) })
}

pub fn list(attributes: &[MailboxAttribute], delimiter: Option<char>, name: MailboxName) -> Response {
    Response::Untagged(Untagged::List(listed(attributes, delimiter, name)))
}

/// A name that the server wrote with the delimiter behind it.
pub fn with_delimiter_at_end(attributes: &[MailboxAttribute], delimiter: char, shorter: &'static [u8]) -> Response {
    let had_delimiter_at_end = true;
    let listing = make!(Listing { had_delimiter_at_end, ..listed(attributes, Some(delimiter), name(shorter)) });
    Response::Untagged(Untagged::List(listing))
}

pub fn status(name: MailboxName, fill: impl FnOnce(&mut MailboxStatus)) -> Response {
    let mut status = MailboxStatus::new(name);
    fill(&mut status);
    Response::Untagged(Untagged::MailboxStatus(Box::new(status)))
}

pub fn flags<const N: usize>(flags: [Flag; N]) -> Response {
    Response::Untagged(Untagged::Flags(flags.into()))
}

pub fn capability(names: &[&str]) -> Response {
    Response::Untagged(Untagged::Capability(names.iter().copied().collect()))
}

pub fn cases() -> Vec<Case> {
    let mut cases = lists();
    cases.extend(broken_lists());
    cases.extend(statuses());
    cases.extend(namespaces());
    cases.extend(flag_lists());
    cases.extend(capabilities());
    cases.extend(ids());
    cases
}

fn lists() -> Vec<Case> {
    use MailboxAttribute::{HasNoChildren, NoSelect, NonExistent, Other, Sent, Subscribed};
    let inbox = MailboxName::inbox;
    let extended = |fill: fn(&mut Listing)| {
        let mut listing = listed(&[], Some('/'), name(b"foo"));
        fill(&mut listing);
        Response::Untagged(Untagged::List(listing))
    };
    vec![
        good(b"* LIST (\\HasNoChildren) \"/\" INBOX\r\n", list(&[HasNoChildren], Some('/'), inbox())),
        good(b"* list (\\hasnochildren \\sent) \"/\" inbox\r\n", list(&[HasNoChildren, Sent], Some('/'), inbox())),
        good(b"* LIST () NIL \"\"\r\n", list(&[], None, name(b""))),
        good(b"* LIST (\\Noselect) \".\" #news.\r\n", list(&[NoSelect], Some('.'), name(b"#news."))),
        good(b"* LIST () \"/\" NIL\r\n", list(&[], Some('/'), name(b"NIL"))),
        good(b"* LIST () \"\\\\\" \"a\\\\b\"\r\n", list(&[], Some('\\'), name(b"a\\b"))),
        good(b"* LIST () \"\\\"\" x\r\n", list(&[], Some('"'), name(b"x"))),
        good("* LIST () \"→\" x\r\n".as_bytes(), list(&[], Some('→'), name(b"x"))),
        good(b"* LIST () \"/\" \"a \\\"b\\\" {3}\"\r\n", list(&[], Some('/'), name(b"a \"b\" {3}"))),
        good(b"* LIST () \"/\" {3}\r\na\r\n\r\n", list(&[], Some('/'), name(b"a\r\n"))),
        good(b"* LIST () \"/\" {003+}\r\na b\n", list(&[], Some('/'), name(b"a b"))),
        good(b"* LIST () \"/\" Entw&APw-rfe\r\n", list(&[], Some('/'), MailboxName::new("Entwürfe").unwrap())),
        good(b"* LIST () \"/\" caf\xe9\r\n", list(&[], Some('/'), name(b"caf\xe9"))),
        good(b"* LIST () \"/\" a%b*c]\r\n", list(&[], Some('/'), name(b"a%b*c]"))),
        good(b"* LIST (\\X-New) \"/\" x \r\n", list(&[Other(text("\\X-New"))], Some('/'), name(b"x"))),
        good(b"* XLIST (\\AllMail) \"/\" All\r\n", list(&[Other(text("\\AllMail"))], Some('/'), name(b"All"))),
        good(
            b"* LSUB () \".\" INBOX.x\r\n",
            Response::Untagged(Untagged::Lsub(listed(&[], Some('.'), name(b"INBOX.x")))),
        ),
        good(
            b"* LIST (\\NonExistent \\Subscribed) \"/\" foo (\"CHILDINFO\" (\"SUBSCRIBED\" REMOTE))\r\n",
            Response::Untagged(Untagged::List(make!(Listing {
                child_info: vec![text("SUBSCRIBED"), text("REMOTE")],
                ..listed(&[NonExistent, Subscribed], Some('/'), name(b"foo"))
            }))),
        ),
        good(
            b"* LIST () \"/\" foo (OLDNAME (\"old foo\"))\r\n",
            extended(|list| list.old_name = Some(name(b"old foo"))),
        ),
        good(
            b"* LIST () \"/\" \"foo\" (X-A (1 (\"b)\")) \"X B\" 5 X-C {2}\r\n))X)\r\n",
            extended(|list| {
                list.extended = vec![
                    (text("X-A"), bytes(b"(1 (\"b)\"))")),
                    (text("X B"), bytes(b"5")),
                    (text("X-C"), bytes(b"{2}\r\n))X")),
                ];
            }),
        ),
        good(b"* LIST () \"/\" foo ()\r\n", extended(|_| ())),
    ]
}

const LONG_DELIMITER: &str = "more than one character as hierarchy delimiter";
const LITERAL8: &str = "a literal8 where a string belongs";

fn broken_lists() -> Vec<Case> {
    use MailboxAttribute::{HasNoChildren, Sent};
    let slash = Some('/');
    let mut with_other = listed(&[], slash, name(b"foo"));
    with_other.extended = vec![(text("OLDNAME"), bytes(b"5"))];
    with_other.child_info = vec![text("x")];
    vec![
        // Exchange.
        noted(
            b"* LIST () \"/\" a\tb c\r\n",
            list(&[], slash, name(b"a\tb c")),
            &[("a name with spaces that is not quoted", b"a\tb c")],
        ),
        // home.pl.
        noted(
            b"* LIST (\\Sent\\HasNoChildren) \"/\" s\r\n",
            list(&[Sent, HasNoChildren], slash, name(b"s")),
            &[("no space between mailbox attributes", b"\\Sent")],
        ),
        noted(
            b"* LIST (NIL \"\\Sent\") \"/\" s\r\n",
            list(&[Sent], slash, name(b"s")),
            &[("NIL in a list of mailbox attributes", b"NIL"), ("a quoted mailbox attribute", b"\"\\Sent\"")],
        ),
        noted(
            b"* LIST () \"\\\" s\r\n",
            list(&[], Some('\\'), name(b"s")),
            &[("a backslash that is not escaped", b"\"\\\"")],
        ),
        noted(b"* LIST () \"\" s\r\n", list(&[], None, name(b"s")), &[("an empty hierarchy delimiter", b"\"\"")]),
        noted(
            b"* LIST () \"/\" \"a \"b\" c\"\r\n",
            list(&[], slash, name(b"a \"b\" c")),
            &[("quotes in a quoted string that are not escaped", b"\"a \"b\" c\"")],
        ),
        noted(
            b"* LIST () \"/\" foo (OLDNAME 5 CHILDINFO (x))\r\n",
            Response::Untagged(Untagged::List(with_other)),
            &[("no old name of the mailbox", b"5")],
        ),
        noted(
            b"* LIST () \"/\" foo (X (\r\n",
            list(&[], slash, name(b"foo")),
            &[("no value, or a list that is not closed", b"(X (")],
        ),
        noted(b"* LIST\r\n", unknown(None, "LIST", b"* LIST\r\n"), &[("no list of mailbox attributes", b"")]),
        noted(
            b"* LIST () \"/\"\r\n",
            unknown(None, "LIST", b"* LIST () \"/\"\r\n"),
            &[("no name of a mailbox", b" () \"/\"")],
        ),
        noted(b"* LIST () \"//\" x//y\r\n", list(&[], slash, name(b"x//y")), &[(LONG_DELIMITER, b"\"//\"")]),
        noted(b"* LIST () \"ab\" gamma\r\n", list(&[], None, name(b"gamma")), &[(LONG_DELIMITER, b"\"ab\"")]),
        noted(b"* LIST () \"\xff\" x\r\n", list(&[], None, name(b"x")), &[("no hierarchy delimiter", b"\"\xff\"")]),
        noted(b"* LIST () (\"/\") x\r\n", list(&[], None, name(b"x")), &[("neither an atom nor a string", b"(\"/\")")]),
        noted(b"* LIST \"/\" x\r\n", list(&[], slash, name(b"x")), &[("no list of mailbox attributes", b"")]),
        noted(
            b"* LIST () \"Sent Items\"\r\n",
            list(&[], None, name(b"Sent Items")),
            &[("no hierarchy delimiter before the name", b"\"Sent Items\"")],
        ),
        noted(b"* LIST () \"/\" ~{3}\r\nabc\r\n", list(&[], slash, name(b"abc")), &[(LITERAL8, b"~{3}\r\nabc")]),
        noted(b"* LIST () ~{1}\r\n/ x\r\n", list(&[], slash, name(b"x")), &[(LITERAL8, b"~{1}\r\n/")]),
        good(b"* LIST () \"/\" ~abc\r\n", list(&[], slash, name(b"~abc"))),
        noted(
            b"* STATUS ~{3}\r\nabc (MESSAGES 5)\r\n",
            status(name(b"abc"), |status| status.messages = Some(5)),
            &[(LITERAL8, b"~{3}\r\nabc")],
        ),
        noted(
            b"* LIST () \"/\" {9}\r\nabc\r\n",
            unknown(None, "LIST", b"* LIST () \"/\" {9}\r\nabc\r\n"),
            &[("a literal longer than the response", b" () \"/\" {9}\r\nabc")],
        ),
        noted(
            b"* LIST () \"/\" \"abc\r\n",
            unknown(None, "LIST", b"* LIST () \"/\" \"abc\r\n"),
            &[("a quoted string that does not end", b" () \"/\" \"abc")],
        ),
    ]
}

fn statuses() -> Vec<Case> {
    vec![
        good(b"* STATUS NIL ()\r\n", status(name(b"NIL"), |_| ())),
        // SmarterMail.
        noted(
            b"* STATUS x (UIDNEXT 0 UIDVALIDITY 0 UNSEEN 0)\r\n",
            status(name(b"x"), |status| status.unseen = Some(0)),
            &[("0 for what is not known", b"0"), ("0 for what is not known", b"0")],
        ),
        good(
            b"* STATUS \"a b\" (MESSAGES 231 UIDNEXT 44292 UIDVALIDITY 7 unseen 4294967296)\r\n",
            status(name(b"a b"), |status| {
                status.messages = Some(231);
                status.uid_next = Some(44292);
                status.uid_validity = Some(7);
                status.unseen = Some(1 << 32);
            }),
        ),
        good(
            b"* STATUS x (MESSAGES 18446744073709551615 UIDNEXT 4294967296 UIDVALIDITY 1666390893348)\r\n",
            status(name(b"x"), |status| {
                status.messages = Some(u64::MAX);
                status.uid_next = Some(1 << 32);
                status.uid_validity = Some(1_666_390_893_348);
            }),
        ),
        good(
            b"* STATUS {1}\r\nx (RECENT 1 DELETED 2 SIZE 18446744073709551615 DELETED-STORAGE 3 HIGHESTMODSEQ 0 )\r\n",
            status(name(b"x"), |status| {
                status.recent = Some(1);
                status.deleted = Some(2);
                status.size = Some(u64::MAX);
                status.deleted_storage = Some(3);
                status.highest_mod_seq = Some(0);
            }),
        ),
        good(b"* STATUS x (APPENDLIMIT NIL)\r\n", status(name(b"x"), |status| status.append_limit = Some(None))),
        good(b"* STATUS x (APPENDLIMIT 5)\r\n", status(name(b"x"), |status| status.append_limit = Some(Some(5)))),
        good(b"* STATUS x (MAILBOXID (a_B-1))\r\n", status(name(b"x"), |status| status.mailbox_id = some("a_B-1"))),
        good(
            b"* STATUS x (OBJECTID (ACCOUNTID u1 MAILBOXID f2 mailboxid f3))\r\n",
            status(name(b"x"), |status| {
                let mut ids = ObjectIds::default();
                (ids.account, ids.mailbox) = (some("u1"), some("f2"));
                status.mailbox_id = some("f2");
                status.object_ids = Some(Box::new(ids));
            }),
        ),
        good(
            b"* STATUS x (X-GUID abc OBJECTID (a b) X {2}\r\n)) MESSAGES 1)\r\n",
            status(name(b"x"), |status| {
                let mut ids = ObjectIds::default();
                ids.other = vec![(text("a"), text("b"))];
                status.object_ids = Some(Box::new(ids));
                status.other = vec![(text("X-GUID"), bytes(b"abc")), (text("X"), bytes(b"{2}\r\n))"))];
                status.messages = Some(1);
            }),
        ),
        noted(
            b"* STATUS x (MAILBOXID abc)\r\n",
            status(name(b"x"), |status| status.mailbox_id = some("abc")),
            &[("an object identifier without parentheses", b"abc")],
        ),
        // Strato.
        noted(
            b"* STATUS Sent Items (MESSAGES 5)\r\n",
            status(name(b"Sent Items"), |status| status.messages = Some(5)),
            &[("a name with spaces that is not quoted", b"Sent Items")],
        ),
        noted(
            b"* STATUS x (MESSAGES -1 UNSEEN (1) UIDNEXT 5x RECENT 2)\r\n",
            status(name(b"x"), |status| {
                status.recent = Some(2);
                status.other = vec![
                    (text("MESSAGES"), bytes(b"-1")),
                    (text("UNSEEN"), bytes(b"(1)")),
                    (text("UIDNEXT"), bytes(b"5x")),
                ];
            }),
            &[("no number", b"-1"), ("no number", b"(1)"), ("more than a number", b"5x")],
        ),
        noted(
            b"* STATUS x (MESSAGES \"3\" UNSEEN \"x\" RECENT 2)\r\n",
            status(name(b"x"), |status| {
                status.messages = Some(3);
                status.recent = Some(2);
                status.other = vec![(text("UNSEEN"), bytes(b"\"x\""))];
            }),
            &[("a number in quotes", b"\"3\""), ("no number", b"\"x\"")],
        ),
        noted(
            b"* STATUS x (RECENT 2 MESSAGES)\r\n",
            status(name(b"x"), |status| {
                status.recent = Some(2);
                status.other = vec![(text("MESSAGES"), bytes(b""))];
            }),
            &[("no number", b"")],
        ),
        noted(
            b"* STATUS x (MESSAGES 5\r\n",
            status(name(b"x"), |status| status.messages = Some(5)),
            &[("no name of a figure", b"MESSAGES 5")],
        ),
        noted(b"* STATUS x\r\n", unknown(None, "STATUS", b"* STATUS x\r\n"), &[("no name of a mailbox", b" x")]),
    ]
}

fn namespaces() -> Vec<Case> {
    let namespace = |prefix, delimiter| Namespace::new(prefix, delimiter);
    let all = |personal, other_users, shared| {
        Response::Untagged(Untagged::Namespace(Namespaces { personal, other_users, shared }))
    };
    let own = || vec![namespace(name(b""), Some('/'))];
    vec![
        good(b"* NAMESPACE NIL NIL NIL\r\n", all(vec![], vec![], vec![])),
        good(
            b"* NAMESPACE ((\"\" \"/\")) ((\"~\" \"/\")) ((\"#shared/\" \"/\")(\"#public/\" \"/\"))\r\n",
            all(
                own(),
                vec![namespace(name(b"~"), Some('/'))],
                vec![namespace(name(b"#shared/"), Some('/')), namespace(name(b"#public/"), Some('/'))],
            ),
        ),
        good(
            b"* NAMESPACE ((\"\" \"/\")(\"#x\" NIL \"X\" (\"a\" \"b\"))) NIL NIL\r\n",
            all(
                vec![
                    namespace(name(b""), Some('/')),
                    make!(Namespace {
                        extensions: vec![(text("X"), vec![text("a"), text("b")])],
                        ..namespace(name(b"#x"), None)
                    }),
                ],
                vec![],
                vec![],
            ),
        ),
        good(
            b"* NAMESPACE ((\"\" \"/\") (INBOX. \".\")) NIL NIL\r\n",
            all(vec![namespace(name(b""), Some('/')), namespace(name(b"INBOX."), Some('.'))], vec![], vec![]),
        ),
        noted(
            b"* NAMESPACE ((\"\" \"/\")) NIL\r\n",
            all(own(), vec![], vec![]),
            &[("a kind of namespaces is missing", b"")],
        ),
        noted(
            b"* NAMESPACE ((\"\" \"/\")) ((5)) NIL\r\n",
            all(own(), vec![], vec![]),
            &[("neither an atom nor a string", b"((5))")],
        ),
        noted(
            b"* NAMESPACE ((\r\n",
            unknown(None, "NAMESPACE", b"* NAMESPACE ((\r\n"),
            &[("no value, or a list that is not closed", b" ((")],
        ),
    ]
}

fn flag_lists() -> Vec<Case> {
    let keyword = |name: &str| Flag::keyword(name).unwrap();
    vec![
        good(b"* FLAGS ()\r\n", flags([])),
        good(
            b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk Work)\r\n",
            flags([Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Seen, Flag::Draft, Flag::JUNK, keyword("Work")]),
        ),
        // Nothing but a flag that looks like one of the system.
        good(b"* FLAGS (\\Custom)\r\n", flags(["\\Custom".parse().unwrap()])),
        good(b"* FLAGS ( \\seen  nilly NILLY )\r\n", flags([Flag::Seen, keyword("nilly")])),
        noted(
            b"* FLAGS (\"\\Seen\" NIL \"my flag\" *)\r\n",
            flags([Flag::Seen, "my%20flag".parse().unwrap()]),
            &[("NIL, a bare * or a quoted string in a list of flags", b"(\"\\Seen\" NIL \"my flag\" *)")],
        ),
        // GreenMail.
        noted(b"* FLAGS (\\Seen \\*)\r\n", flags([Flag::Seen]), &[("\\* among flags that are set", b"(\\Seen \\*)")]),
        noted(
            b"* FLAGS NIL\r\n",
            Response::Untagged(Untagged::Flags(Flags::new())),
            &[("flags that are not in parentheses", b"NIL")],
        ),
        noted(
            b"* FLAGS (a\r\n",
            unknown(None, "FLAGS", b"* FLAGS (a\r\n"),
            &[("a list of flags that does not end", b" (a")],
        ),
    ]
}

fn capabilities() -> Vec<Case> {
    let enabled = |names: &[&str]| Response::Untagged(Untagged::Enabled(names.iter().copied().collect()));
    vec![
        good(
            b"* CAPABILITY IMAP4rev1 AUTH=PLAIN LITERAL+ idle \r\n",
            capability(&["IMAP4rev1", "AUTH=PLAIN", "LITERAL+", "IDLE"]),
        ),
        good(b"* CAPABILITY IMAP4\r\n", capability(&["IMAP4"])),
        good(b"* CAPABILITY IMAP4rev1 IDLE IDLE X-Y x-y\r\n", capability(&["IMAP4rev1", "IDLE", "X-Y"])),
        good(b"* CAPABILITY\r\n", capability(&[])),
        noted(
            b"* CAPABILITY IMAP4rev1 LITERAL + IDLE\r\n",
            capability(&["IMAP4rev1", "LITERAL+", "IDLE"]),
            &[("a space in LITERAL+", b"+")],
        ),
        noted(
            b"* CAPABILITY (IMAP4rev1)\r\n",
            capability(&["IMAP4rev1"]),
            &[("no name of a capability", b"("), ("no name of a capability", b")")],
        ),
        good(b"* ENABLED CONDSTORE QRESYNC\r\n", enabled(&["CONDSTORE", "QRESYNC"])),
        good(b"* ENABLED\r\n", Response::Untagged(Untagged::Enabled(Capabilities::default()))),
        good(b"* ENABLED \r\n", enabled(&[])),
    ]
}

fn ids() -> Vec<Case> {
    let id = |fields: &[(&str, &str)]| {
        let id = fields.iter().fold(Id::new(), |id, (name, value)| id.with(name, value).unwrap());
        Response::Untagged(Untagged::Id(id))
    };
    vec![
        good(b"* ID NIL\r\n", id(&[])),
        good(b"* ID ()\r\n", id(&[])),
        good(b"* ID\r\n", id(&[])),
        good(
            b"* ID (\"name\" \"Cyrus\" \"version\" \"1.5\" {2}\r\nos {5}\r\nsunos)\r\n",
            id(&[("name", "Cyrus"), ("version", "1.5"), ("os", "sunos")]),
        ),
        // Bigfoot.
        noted(
            b"* ID (\"name\", \"x\",\"a\" \"b\")\r\n",
            id(&[("name", "x"), ("a", "b")]),
            &[("commas in a list", b", "), ("commas in a list", b",")],
        ),
        noted(b"* ID (\"name\" x)\r\n", id(&[("name", "x")]), &[("an atom where a string belongs", b"x")]),
        noted(b"* ID 5\r\n", unknown(None, "ID", b"* ID 5\r\n"), &[("no list of ID fields", b" 5")]),
    ]
}

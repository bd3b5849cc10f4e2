//! ENVELOPE. The rows hold nothing else but a UID behind it, which shows that the envelope ended where it should.

use imaplib_proto::types::{Address, EmailAddress, Envelope, Uid};

use super::{Case, Expected, good, noted, row, some, text};

const MISSING: &str = "fields of an envelope are missing";

pub fn email(name: Option<&str>, mailbox: &str, host: Option<&str>) -> Address {
    let text = |part: &str| text(part);
    Address::Mailbox(EmailAddress { name: name.map(text), route: None, mailbox: some(mailbox), host: host.map(text) })
}

pub fn envelope(
    date: Option<&str>,
    subject: Option<&str>,
    fields: [Vec<Address>; 6],
    ids: [Option<&str>; 2],
) -> Envelope {
    Envelope::new([date, subject, ids[0], ids[1]].map(|part| part.map(text)), fields)
}

/// A row with this envelope, whose notes are about `notes`.
pub fn case(wire: &[u8], envelope: Envelope, notes: &[Expected]) -> Case {
    let line = [b"* 1 FETCH (ENVELOPE ", wire, b" UID 7)\r\n"].concat().leak() as &'static [u8];
    let expected = row(1, |row| {
        row.envelope = Some(Box::new(envelope));
        row.uid = Uid::new(7);
    });
    if notes.is_empty() { good(line, expected) } else { noted(line, expected, notes) }
}

/// Nothing but one address, or more, in the field `from`.
pub fn from(wire: &[u8], addresses: Vec<Address>, notes: &[Expected]) -> Case {
    let line = [b"(NIL NIL ", wire, b" NIL NIL NIL NIL NIL NIL NIL)"].concat();
    case(&line, envelope(None, None, [addresses, vec![], vec![], vec![], vec![], vec![]], [None, None]), notes)
}

pub fn none() -> [Vec<Address>; 6] {
    Default::default()
}

pub fn cases() -> Vec<Case> {
    let mut cases = whole();
    cases.extend(addresses());
    cases
}

fn whole() -> Vec<Case> {
    let terry = || email(Some("Terry Gray"), "gray", Some("cac.washington.edu"));
    let minutes = || email(None, "minutes", Some("CNRI.Reston.VA.US"));
    let klensin = || email(Some("John Klensin"), "KLENSIN", Some("MIT.EDU"));
    vec![
        case(
            b"(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg summary and minutes\" \
              ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
              ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((NIL NIL \"imap\" \"cac.washington.edu\")) \
              ((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL \
              \"<B27397-0100000@cac.washington.ed>\")",
            envelope(
                Some("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)"),
                Some("IMAP4rev2 WG mtg summary and minutes"),
                [
                    vec![terry()],
                    vec![terry()],
                    vec![terry()],
                    vec![email(None, "imap", Some("cac.washington.edu"))],
                    vec![minutes(), klensin()],
                    vec![],
                ],
                [None, Some("<B27397-0100000@cac.washington.ed>")],
            ),
            &[],
        ),
        case(b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)", envelope(None, None, none(), [None, None]), &[]),
        case(
            b"(\"\" {4}\r\na\"(b NIL NIL NIL NIL NIL NIL {3}\r\n<x> \"NIL\")",
            envelope(Some(""), Some("a\"(b"), none(), [Some("<x>"), Some("NIL")]),
            &[],
        ),
        case(
            "(NIL \"grüße \\\"x\\\" {5}\" NIL NIL NIL NIL NIL NIL NIL NIL)".as_bytes(),
            envelope(None, Some("grüße \"x\" {5}"), none(), [None, None]),
            &[],
        ),
        // Yahoo.
        case(b"(NIL NIL () () () () () () NIL NIL)", envelope(None, None, none(), [None, None]), &[]),
        // iCloud quotes half of a message's identifier.
        case(
            b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL \"<\"x\"@y>\")",
            envelope(None, None, none(), [None, Some("<\"x\"@y>")]),
            &[("quotes in a quoted string that are not escaped", b"\"<\"x\"@y>\"")],
        ),
        // Several servers send 8 or 9 fields, QQ any number.
        case(
            b"(NIL \"s\" NIL NIL NIL NIL NIL NIL \"<r>\")",
            envelope(None, Some("s"), none(), [Some("<r>"), None]),
            &[(MISSING, b"(NIL \"s\" NIL NIL NIL NIL NIL NIL \"<r>\"")],
        ),
        case(b"(\"d\" \"s\" NIL NIL)", envelope(Some("d"), Some("s"), none(), [None, None]), &[(
            MISSING,
            b"(\"d\" \"s\" NIL NIL",
        )]),
        case(b"()", envelope(None, None, none(), [None, None]), &[(MISSING, b"(")]),
        // Domino.
        case(
            b"((\"d\" \"s\" NIL NIL NIL NIL NIL NIL NIL \"<i>\"))",
            envelope(Some("d"), Some("s"), none(), [None, Some("<i>")]),
            &[("a second pair of parentheses around an envelope", b"((")],
        ),
        case(
            b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL (x))",
            envelope(None, None, none(), [None, None]),
            &[("more fields than an envelope has", b"NIL (x))")],
        ),
        case(
            b"(5 (x) \"y\" NIL NIL NIL NIL NIL NIL NIL)",
            envelope(Some("5"), None, none(), [None, None]),
            &[
                ("an atom where a string belongs", b"5"),
                ("a list where a string belongs", b"(x)"),
                ("no list of addresses", b"\"y\""),
            ],
        ),
    ]
}

fn addresses() -> Vec<Case> {
    let a = || email(None, "a", Some("b"));
    let c = || email(None, "c", Some("d"));
    let group = |name: &str| Address::GroupStart(text(name));
    let routed = Address::Mailbox(EmailAddress { name: None, route: some("@r"), mailbox: some("a"), host: some("b") });
    let nameless = Address::Mailbox(EmailAddress { name: some("N"), route: None, mailbox: None, host: None });
    vec![
        from(b"((NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\"))", vec![a(), c()], &[]),
        // Outlook.com.
        from(b"((NIL NIL \"a\" \"b\") (NIL NIL \"c\" \"d\"))", vec![a(), c()], &[]),
        from(b"((NIL \"@r\" {1}\r\na \"b\"))", vec![routed], &[]),
        from(
            b"((NIL NIL \"team\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL)(NIL NIL \"c\" \"d\"))",
            vec![group("team"), a(), Address::GroupEnd, c()],
            &[],
        ),
        from(b"((\"N\" NIL NIL NIL)(\"N\" NIL \"m\" NIL))", vec![nameless, email(Some("N"), "m", None)], &[]),
        // Dovecot and Exchange have words for a host that is missing.
        from(
            b"((NIL NIL \"root\" \"MISSING_DOMAIN\")(NIL NIL \"x\" \".MISSING-HOST-NAME.\"))",
            vec![email(None, "root", None), email(None, "x", None)],
            &[
                ("words for a host that is missing", b"(NIL NIL \"root\" \"MISSING_DOMAIN\")"),
                ("words for a host that is missing", b"(NIL NIL \"x\" \".MISSING-HOST-NAME.\")"),
            ],
        ),
        // Gmail.
        from(
            b"((\"<a@b>\" NIL \"Name\" NIL))",
            vec![email(Some("Name"), "a", Some("b"))],
            &[("name and address are swapped, as Gmail sends some", b"(\"<a@b>\" NIL \"Name\" NIL)")],
        ),
        // SmarterMail.
        from(b"(NIL (NIL NIL \"a\" \"b\"))", vec![a()], &[("no address", b"NIL")]),
        from(b"(()(NIL NIL \"a\" \"b\"))", vec![a()], &[("an empty address", b"()")]),
        // QQ.
        from(
            b"((NIL NIL \"a\" \"qq.com\\\")(NIL NIL \"c\" \"d\"))",
            vec![email(None, "a", Some("qq.com")), c()],
            &[("a backslash before the closing quote of a host", b"\"qq.com\\\"")],
        ),
        from(
            b"((\"Doe\" \"John\" NIL \"a\" \"b\"))",
            vec![email(Some("Doe John"), "a", Some("b"))],
            &[("an address of more than four strings", b"(\"Doe\" \"John\" NIL \"a\" \"b\")")],
        ),
        from(
            b"((\"N\" NIL \"a\"))",
            vec![email(Some("N"), "a", None)],
            &[("an address of fewer than four strings", b"(\"N\" NIL \"a\")")],
        ),
        from(b"(5(NIL NIL \"a\" \"b\") \"x\" )", vec![a()], &[("no address", b"5"), ("no address", b"\"x\"")]),
    ]
}

//! ENVELOPE and BODYSTRUCTURE.

use imaplib_proto::types::{Address, BodyStructure, EmbeddedMessage, Envelope, Extension, MultiPart, SinglePart};

use super::{Row, read};
use crate::cases::body::{case as structure, disposition, extended, multi, pairs, part, plain, single};
use crate::cases::envelope::{case as whole, email, envelope, from, none};
use crate::cases::{some, text};

const UNTYPED: &str = "a part without a media type";
const UNQUOTED: &str = "quotes in a quoted string that are not escaped";
const NO_NUMBER: &str = "no number of bytes or lines";

pub fn rows() -> Vec<Row> {
    let mut rows = envelopes();
    rows.extend(parts());
    rows.extend(untyped());
    rows.extend(extensions());
    rows
}

fn envelopes() -> Vec<Row> {
    let a = || email(None, "a", Some("b"));
    let c = || email(None, "c", Some("d"));
    let missing = "fields of an envelope are missing";
    vec![
        read(3, "Outlook.com", from(b"((NIL NIL \"a\" \"b\") (NIL NIL \"c\" \"d\"))", vec![a(), c()], &[])),
        read(
            29,
            "Gmail",
            from(
                b"((\"<a@b>\" NIL \"Name\" NIL))",
                vec![email(Some("Name"), "a", Some("b"))],
                &[("name and address are swapped, as Gmail sends some", b"(\"<a@b>\" NIL \"Name\" NIL)")],
            ),
        ),
        read(
            39,
            "iCloud",
            whole(
                b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL \"<\"x\"@y>\")",
                envelope(None, None, none(), [None, Some("<\"x\"@y>")]),
                &[(UNQUOTED, b"\"<\"x\"@y>\"")],
            ),
        ),
        read(40, "Yahoo", from(b"()", vec![], &[])),
        read(
            44,
            "QQ",
            from(
                b"((NIL NIL \"a\" \"qq.com\\\"))",
                vec![email(None, "a", Some("qq.com"))],
                &[("a backslash before the closing quote of a host", b"\"qq.com\\\"")],
            ),
        ),
        read(
            44,
            "QQ",
            whole(
                b"(\"d\" \"s\" ((NIL NIL \"a\" \"b\")))",
                envelope(Some("d"), Some("s"), [vec![a()], vec![], vec![], vec![], vec![], vec![]], [None, None]),
                &[(missing, b"(\"d\" \"s\" ((NIL NIL \"a\" \"b\"))")],
            ),
        ),
        read(
            48,
            "Domino",
            whole(
                b"((\"d\" \"s\" NIL NIL NIL NIL NIL NIL NIL \"<i>\"))",
                envelope(Some("d"), Some("s"), none(), [None, Some("<i>")]),
                &[("a second pair of parentheses around an envelope", b"((")],
            ),
        ),
        read(50, "SmarterMail", from(b"(NIL (NIL NIL \"a\" \"b\"))", vec![a()], &[("no address", b"NIL")])),
        read(
            51,
            "several",
            whole(
                b"(NIL \"s\" NIL NIL NIL NIL NIL NIL \"<r>\")",
                envelope(None, Some("s"), none(), [Some("<r>"), None]),
                &[(missing, b"(NIL \"s\" NIL NIL NIL NIL NIL NIL \"<r>\"")],
            ),
        ),
        read(
            51,
            "several",
            whole(
                b"(NIL \"s\" NIL NIL NIL NIL NIL NIL)",
                envelope(None, Some("s"), none(), [None, None]),
                &[(missing, b"(NIL \"s\" NIL NIL NIL NIL NIL NIL")],
            ),
        ),
        read(
            52,
            "unknown",
            from(
                "(({5}\r\nGrüße NIL \"a\" \"b\"))".as_bytes(),
                vec![email(Some("Grüße"), "a", Some("b"))],
                &[("a literal longer than announced", b"\x9fe")],
            ),
        ),
        read(
            52,
            "unknown",
            from(
                b"((\"Doe\" \"John\" NIL \"a\" \"b\"))",
                vec![email(Some("Doe John"), "a", Some("b"))],
                &[("an address of more than four strings", b"(\"Doe\" \"John\" NIL \"a\" \"b\")")],
            ),
        ),
        read(
            54,
            "several",
            whole(
                b"(NIL \"a \"b\"c\" NIL NIL NIL NIL NIL NIL NIL NIL)",
                envelope(None, Some("a \"b\"c"), none(), [None, None]),
                &[(UNQUOTED, b"\"a \"b\"c\"")],
            ),
        ),
        read(57, "Dovecot", missing_host(b"MISSING_DOMAIN")),
        read(57, "Exchange", missing_host(b".MISSING-HOST-NAME.")),
    ]
}

fn missing_host(word: &[u8]) -> crate::cases::Case {
    let address = [b"(NIL NIL \"root\" \"", word, b"\")"].concat().leak() as &'static [u8];
    let addresses: Vec<Address> = vec![email(None, "root", None)];
    from(&[b"(", address, b")"].concat(), addresses, &[("words for a host that is missing", address)])
}

fn parts() -> Vec<Row> {
    let unsized_part = |media: &str, subtype: &str| make!(SinglePart { size: None, ..part(media, subtype, "7BIT", 0) });
    let boundary = || pairs(&[("BOUNDARY", "b")]);
    vec![
        read(
            10,
            "Exchange",
            structure(
                b"(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" -1 -1)",
                Some(single(unsized_part("TEXT", "PLAIN"))),
                &[(NO_NUMBER, b"-1"), (NO_NUMBER, b"-1")],
            ),
        ),
        read(
            11,
            "Exchange 2007",
            structure(
                b"(\"A\" \"B\" (\"charset\" NIL) NIL NIL \"7BIT\" 5)",
                Some(single(make!(SinglePart { parameters: pairs(&[("charset", "")]), ..part("A", "B", "7BIT", 5) }))),
                &[("a parameter without a value", b"NIL")],
            ),
        ),
        read(
            12,
            "several",
            structure(
                b"(\"A\" \"B\" NIL NIL NIL base64 5)",
                Some(single(part("A", "B", "base64", 5))),
                &[("an atom where a string belongs", b"base64")],
            ),
        ),
        read(
            12,
            "several",
            structure(
                b"(\"A\" \"B\" NIL NIL NIL \"base64 \" 5)",
                Some(single(part("A", "B", "base64", 5))),
                &[("spaces around the encoding", b"\"base64 \"")],
            ),
        ),
        read(
            27,
            "Gmail",
            structure(
                b"(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 99 NIL (\"attachment\" NIL) NIL)",
                Some(single(make!(SinglePart {
                    extension: make!(Extension { disposition: disposition("attachment", &[]), ..Extension::default() }),
                    ..part("MESSAGE", "RFC822", "7BIT", 99)
                }))),
                &[],
            ),
        ),
        read(
            37,
            "iCloud",
            structure(
                b"(\"A\" \"B\" NIL NIL NIL NIL 5)",
                Some(single(part("A", "B", "7BIT", 5))),
                &[("NIL in place of the encoding", b"NIL")],
            ),
        ),
        read(
            48,
            "Domino",
            structure(
                b"(\"A\" \"B\" (\"charset\" \"3D\"utf-8\"\") NIL NIL \"7BIT\" 5)",
                Some(single(make!(SinglePart {
                    parameters: pairs(&[("charset", "utf-8")]),
                    ..part("A", "B", "7BIT", 5)
                }))),
                &[(UNQUOTED, b"\"3D\"utf-8\"\"")],
            ),
        ),
        read(48, "Domino", structure(b"()", None, &[("a body structure without content", b"()")])),
        read(
            80,
            "GMX",
            structure(
                b"(\"MULTIPART\" \"MIXED\" (\"BOUNDARY\" \"b\") NIL NIL \"7BIT\" 5)",
                Some(single(make!(SinglePart { parameters: boundary(), ..part("MULTIPART", "MIXED", "7BIT", 5) }))),
                &[],
            ),
        ),
    ]
}

fn untyped() -> Vec<Row> {
    let boundary = || pairs(&[("BOUNDARY", "b")]);
    let empty =
        |subtype: &str| BodyStructure::Multi(make!(MultiPart { parameters: boundary(), ..multi(subtype, vec![]) }));
    let message = EmbeddedMessage { envelope: Envelope::default(), body: single(part("A", "B", "7BIT", 5)) };
    vec![
        read(
            9,
            "Microsoft 365",
            structure(
                b"(NIL NIL NIL NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)",
                Some(single(part("APPLICATION", "OCTET-STREAM", "7BIT", 0))),
                &[(UNTYPED, b"(NIL NIL NIL")],
            ),
        ),
        read(
            9,
            "Microsoft 365",
            structure(
                b"(NIL NIL NIL NIL NIL \"7BIT\" 5 2 NIL NIL NIL NIL)",
                Some(single(make!(SinglePart { lines: Some(2), ..part("TEXT", "PLAIN", "7BIT", 5) }))),
                &[(UNTYPED, b"(NIL NIL NIL")],
            ),
        ),
        read(
            9,
            "Microsoft 365",
            structure(
                b"(NIL NIL NIL NIL NIL \"7BIT\" 9 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) \
                  (\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) 2)",
                Some(single(make!(SinglePart {
                    message: Some(Box::new(message)),
                    lines: Some(2),
                    ..part("MESSAGE", "RFC822", "7BIT", 9)
                }))),
                &[(UNTYPED, b"(NIL NIL NIL")],
            ),
        ),
        read(
            24,
            "Gmail",
            structure(
                b"((\"A\" \"B\" NIL NIL NIL \"7BIT\" 5)(\"ALTERNATIVE\" (\"BOUNDARY\" \"b\") NIL NIL) \"MIXED\")",
                Some(BodyStructure::Multi(make!(MultiPart {
                    parts: vec![single(part("A", "B", "7BIT", 5)), empty("ALTERNATIVE")],
                    ..multi("MIXED", vec![])
                }))),
                &[(UNTYPED, b"(\"ALTERNATIVE\" (\"BOUNDARY\" \"b\")")],
            ),
        ),
        read(
            25,
            "Yandex, QQ",
            structure(
                b"(\"MIXED\" (\"BOUNDARY\" \"b\") NIL NIL NIL 5 (6))",
                Some(empty("MIXED")),
                &[
                    (UNTYPED, b"(\"MIXED\" (\"BOUNDARY\" \"b\")"),
                    ("extension data of a body structure that is not known", b"5 (6)"),
                ],
            ),
        ),
        read(
            26,
            "Dovecot",
            structure(
                b"(NIL \"alternative\" (\"BOUNDARY\" \"b\") NIL NIL NIL)",
                Some(empty("alternative")),
                &[(UNTYPED, b"(NIL \"alternative\" (\"BOUNDARY\" \"b\")")],
            ),
        ),
        read(
            59,
            "several",
            structure(
                b"( \"X-ZIP\" NIL NIL NIL \"BASE64\" 5)",
                Some(single(part("APPLICATION", "X-ZIP", "BASE64", 5))),
                &[(UNTYPED, b"( \"X-ZIP\" NIL")],
            ),
        ),
        read(
            59,
            "several",
            structure(
                b"( \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 2279 53)",
                Some(single(make!(SinglePart { media_type: text("TEXT"), ..plain() }))),
                &[(UNTYPED, b"( \"PLAIN\" (\"CHARSET\" \"US-ASCII\")")],
            ),
        ),
    ]
}

fn extensions() -> Vec<Row> {
    let only = |disposition| make!(Extension { disposition, ..Extension::default() });
    let swapped = make!(Extension { language: vec![text("en")], ..only(disposition("attachment", &[])) });
    vec![
        read(
            6,
            "Exchange",
            extended(
                b"\"inline\" NIL",
                only(disposition("inline", &[])),
                &[("a disposition that is not in parentheses", b"\"inline\"")],
            ),
        ),
        read(7, "Exchange", extended(b"(NIL NIL) NIL", only(None), &[("a disposition that is NIL", b"NIL NIL)")])),
        read(
            8,
            "Exchange",
            structure(
                b"((\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) \"MIXED\" NIL \"S/MIME Encrypted Message\" NIL NIL)",
                Some(BodyStructure::Multi(make!(MultiPart {
                    description: some("S/MIME Encrypted Message"),
                    ..multi("MIXED", vec![part("A", "B", "7BIT", 5)])
                }))),
                &[("a text in place of the disposition", b"\"S/MIME Encrypted Message\"")],
            ),
        ),
        read(60, "several", extended(b"NIL NIL ()", only(None), &[("a list in place of the location", b"()")])),
        read(60, "several", extended(b"NIL (NIL)", only(None), &[("NIL in a list", b"NIL)")])),
        read(
            60,
            "several",
            extended(
                b"(\"en\") (\"attachment\" NIL)",
                swapped,
                &[
                    ("languages in place of the disposition", b"(\"en\")"),
                    ("a disposition in place of the languages", b"(\"attachment\" NIL)"),
                ],
            ),
        ),
    ]
}

//! BODY and BODYSTRUCTURE. A UID stands behind each, which shows that the structure ended where it should.

use imaplib_proto::types::{
    BodyStructure, Disposition, EmbeddedMessage, Envelope, Extension, MultiPart, Parameters, SinglePart, Uid,
};

use super::{Case, Expected, good, noted, row, some, text};

const UNTYPED: &str = "a part without a media type";

pub fn case(wire: &[u8], body: Option<BodyStructure>, notes: &[Expected]) -> Case {
    let line = [b"* 1 FETCH (BODYSTRUCTURE ", wire, b" UID 7)\r\n"].concat().leak() as &'static [u8];
    let expected = row(1, |row| {
        if body.is_none() {
            row.absent = vec![text("BODYSTRUCTURE")];
        }
        row.body_structure = body.map(Box::new);
        row.uid = Uid::new(7);
    });
    if notes.is_empty() { good(line, expected) } else { noted(line, expected, notes) }
}

pub fn part(media_type: &str, subtype: &str, encoding: &str, size: u64) -> SinglePart {
    make!(SinglePart {
        media_type: text(media_type),
        subtype: text(subtype),
        encoding: text(encoding),
        size: Some(size),
        ..SinglePart::default()
    })
}

pub fn single(part: SinglePart) -> BodyStructure {
    BodyStructure::Single(part)
}

pub fn multi(subtype: &str, parts: Vec<SinglePart>) -> MultiPart {
    make!(MultiPart { subtype: text(subtype), parts: parts.into_iter().map(single).collect(), ..MultiPart::default() })
}

pub fn pairs(pairs: &[(&str, &str)]) -> Parameters {
    pairs.iter().copied().collect()
}

pub fn disposition(kind: &str, parameters: &[(&str, &str)]) -> Option<Disposition> {
    Some(make!(Disposition { kind: text(kind), parameters: pairs(parameters) }))
}

pub fn plain() -> SinglePart {
    make!(SinglePart {
        lines: Some(53),
        parameters: pairs(&[("CHARSET", "US-ASCII")]),
        ..part("TEXT", "PLAIN", "7BIT", 2279)
    })
}

/// A part whose extension data alone is of interest.
pub fn extended(wire: &[u8], extension: Extension, notes: &[Expected]) -> Case {
    let line = [b"(\"A\" \"B\" NIL NIL NIL \"7BIT\" 5 NIL ", wire, b")"].concat();
    case(&line, Some(single(make!(SinglePart { extension, ..part("A", "B", "7BIT", 5) }))), notes)
}

pub fn cases() -> Vec<Case> {
    let mut cases = parts();
    cases.extend(extensions());
    cases.extend(multiparts());
    cases.extend(messages());
    cases.extend(repaired());
    cases
}

fn parts() -> Vec<Case> {
    let image = || {
        make!(SinglePart {
            id: some("<i@x>"),
            description: some("a (picture"),
            parameters: pairs(&[("NAME", "a.png"), ("X", "{5}")]),
            ..part("IMAGE", "PNG", "BASE64", 1 << 32)
        })
    };
    vec![
        case(b"(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 2279 53)", Some(single(plain())), &[]),
        case(
            b"(\"IMAGE\" \"PNG\" (\"NAME\" \"a.png\" \"X\" \"{5}\") \"<i@x>\" {10}\r\na (picture \"BASE64\" 4294967296)",
            Some(single(image())),
            &[],
        ),
        case(
            b"(\"IMAGE\" \"PNG\" (\"NAME\" \"a.png\" \"X\" \"{5}\") \"<i@x>\" \"a (picture\" \"BASE64\" 4294967296 \"md5\")",
            Some(single(make!(SinglePart { md5: some("md5"), ..image() }))),
            &[],
        ),
        case(
            b"(\"text\" \"plain\" NIL NIL NIL \"8bit\" 5 1 NIL (\"inline\" NIL) \"en\" \"http://x\" 7 (\"y\" (8)))",
            Some(single(make!(SinglePart {
                lines: Some(1),
                extension: make!(Extension {
                    disposition: disposition("inline", &[]),
                    language: vec![text("en")],
                    location: some("http://x"),
                }),
                ..part("text", "plain", "8bit", 5)
            }))),
            &[("extension data of a body structure that is not known", b"7 (\"y\" (8))")],
        ),
    ]
}

fn extensions() -> Vec<Case> {
    let only = |disposition| make!(Extension { disposition, ..Extension::default() });
    let language =
        |words: &[&str]| make!(Extension { language: words.iter().map(|word| text(word)).collect(), ..only(None) });
    vec![
        extended(b"NIL NIL NIL", only(None), &[]),
        extended(b"NIL", only(None), &[]),
        extended(
            b"(\"attachment\" (\"filename\" \"a b\"))",
            only(disposition("attachment", &[("filename", "a b")])),
            &[],
        ),
        extended(b"NIL (\"en\" \"de\")", language(&["en", "de"]), &[]),
        extended(b"NIL \"en\" NIL", language(&["en"]), &[]),
        extended(b"NIL NIL \"loc\"", make!(Extension { location: some("loc"), ..only(None) }), &[]),
        // Exchange.
        extended(
            b"\"inline\" NIL",
            only(disposition("inline", &[])),
            &[("a disposition that is not in parentheses", b"\"inline\"")],
        ),
        extended(b"(NIL NIL) NIL", only(None), &[("a disposition that is NIL", b"NIL NIL)")]),
        case(
            b"(\"A\" \"B\" NIL NIL NIL \"7BIT\" 5 NIL \"S/MIME Encrypted Message\" NIL)",
            Some(single(make!(SinglePart {
                description: some("S/MIME Encrypted Message"),
                ..part("A", "B", "7BIT", 5)
            }))),
            &[("a text in place of the disposition", b"\"S/MIME Encrypted Message\"")],
        ),
        case(
            b"((\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) \"MIXED\" NIL \"S/MIME Encrypted Message\" NIL NIL)",
            Some(BodyStructure::Multi(make!(MultiPart {
                description: some("S/MIME Encrypted Message"),
                ..multi("MIXED", vec![part("A", "B", "7BIT", 5)])
            }))),
            &[("a text in place of the disposition", b"\"S/MIME Encrypted Message\"")],
        ),
        extended(
            b"(\"inline\") NIL",
            only(disposition("inline", &[])),
            &[("a disposition without parameters", b"(\"inline\")")],
        ),
        extended(b"NIL (NIL)", only(None), &[("NIL in a list", b"NIL)")]),
        extended(b"NIL NIL ()", only(None), &[("a list in place of the location", b"()")]),
        extended(b"() NIL NIL", only(None), &[("an empty list", b")")]),
        extended(
            b"(\"en\") (\"attachment\" NIL)",
            make!(Extension { disposition: disposition("attachment", &[]), ..language(&["en"]) }),
            &[
                ("languages in place of the disposition", b"(\"en\")"),
                ("a disposition in place of the languages", b"(\"attachment\" NIL)"),
            ],
        ),
    ]
}

fn multiparts() -> Vec<Case> {
    let html = || make!(SinglePart { lines: Some(9), ..part("TEXT", "HTML", "8BIT", 100) });
    let nested = make!(MultiPart {
        parts: vec![
            BodyStructure::Multi(multi("ALTERNATIVE", vec![plain(), html()])),
            single(part("A", "B", "7BIT", 5)),
        ],
        parameters: pairs(&[("BOUNDARY", "x")]),
        extension: make!(Extension { language: vec![text("de")], ..Extension::default() }),
        description: None,
        subtype: text("MIXED"),
    });
    vec![
        case(
            b"((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 2279 53)\
              (\"TEXT\" \"HTML\" NIL NIL NIL \"8BIT\" 100 9) \"ALTERNATIVE\")",
            Some(BodyStructure::Multi(multi("ALTERNATIVE", vec![plain(), html()]))),
            &[],
        ),
        case(
            b"(((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 2279 53) \
              (\"TEXT\" \"HTML\" NIL NIL NIL \"8BIT\" 100 9)\"ALTERNATIVE\")(\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) \
              \"MIXED\" (\"BOUNDARY\" \"x\") NIL \"de\" NIL)",
            Some(BodyStructure::Multi(nested)),
            &[],
        ),
        // Gmail, Yandex, QQ and Dovecot send multiparts without parts.
        case(
            b"(\"ALTERNATIVE\" (\"BOUNDARY\" \"b\") NIL NIL)",
            Some(BodyStructure::Multi(make!(MultiPart {
                parameters: pairs(&[("BOUNDARY", "b")]),
                ..multi("ALTERNATIVE", vec![])
            }))),
            &[(UNTYPED, b"(\"ALTERNATIVE\" (\"BOUNDARY\" \"b\")")],
        ),
        case(
            b"(\"X-OWN\" (\"boundary\" \"b\") NIL NIL NIL 5 (6))",
            Some(BodyStructure::Multi(make!(MultiPart {
                parameters: pairs(&[("boundary", "b")]),
                ..multi("X-OWN", vec![])
            }))),
            &[
                (UNTYPED, b"(\"X-OWN\" (\"boundary\" \"b\")"),
                ("extension data of a body structure that is not known", b"5 (6)"),
            ],
        ),
        case(
            b"(NIL \"alternative\" (\"boundary\" \"b\") NIL NIL NIL)",
            Some(BodyStructure::Multi(make!(MultiPart {
                parameters: pairs(&[("boundary", "b")]),
                ..multi("alternative", vec![])
            }))),
            &[(UNTYPED, b"(NIL \"alternative\" (\"boundary\" \"b\")")],
        ),
        // GMX sends some as basic parts.
        case(
            b"(\"MULTIPART\" \"MIXED\" (\"BOUNDARY\" \"b\") NIL NIL \"7BIT\" 5)",
            Some(single(make!(SinglePart {
                parameters: pairs(&[("BOUNDARY", "b")]),
                ..part("MULTIPART", "MIXED", "7BIT", 5)
            }))),
            &[],
        ),
    ]
}

fn messages() -> Vec<Case> {
    let envelope = || Envelope::new([None, some("s"), None, None], Default::default());
    let with = |media: &str, subtype: &str, body, lines| {
        let message = Some(Box::new(EmbeddedMessage { envelope: envelope(), body }));
        Some(single(make!(SinglePart { message, lines, ..part(media, subtype, "7BIT", 99) })))
    };
    vec![
        case(
            b"(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 99 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) \
              (\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 2279 53) 4)",
            with("MESSAGE", "RFC822", single(plain()), Some(4)),
            &[],
        ),
        case(
            b"(\"message\" \"global\" NIL NIL NIL \"7BIT\" 99 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) \
              ((\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) \"MIXED\") 4 NIL)",
            with("message", "global", BodyStructure::Multi(multi("MIXED", vec![part("A", "B", "7BIT", 5)])), Some(4)),
            &[],
        ),
        case(
            b"(\"MESSAGE\" \"GLOBAL\" NIL NIL NIL \"7BIT\" 99 NIL NIL)",
            Some(single(part("MESSAGE", "GLOBAL", "7BIT", 99))),
            &[],
        ),
        // Gmail.
        case(
            b"(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 99 NIL (\"attachment\" NIL) NIL)",
            Some(single(make!(SinglePart {
                extension: make!(Extension { disposition: disposition("attachment", &[]), ..Extension::default() }),
                ..part("MESSAGE", "RFC822", "7BIT", 99)
            }))),
            &[],
        ),
        case(
            b"(\"MESSAGE\" \"DELIVERY-STATUS\" NIL NIL NIL \"7BIT\" 99)",
            Some(single(part("MESSAGE", "DELIVERY-STATUS", "7BIT", 99))),
            &[],
        ),
    ]
}

fn repaired() -> Vec<Case> {
    let unsized_part = |media: &str, subtype: &str| make!(SinglePart { size: None, ..part(media, subtype, "7BIT", 0) });
    vec![
        // Domino.
        case(b"()", None, &[("a body structure without content", b"()")]),
        case(b"NIL", None, &[("a body structure without content", b"NIL")]),
        // O365.
        case(
            b"(NIL NIL NIL NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)",
            Some(single(part("APPLICATION", "OCTET-STREAM", "7BIT", 0))),
            &[(UNTYPED, b"(NIL NIL NIL")],
        ),
        case(
            b"(NIL NIL NIL NIL NIL \"7BIT\" 5 2 NIL NIL NIL NIL)",
            Some(single(make!(SinglePart { lines: Some(2), ..part("TEXT", "PLAIN", "7BIT", 5) }))),
            &[(UNTYPED, b"(NIL NIL NIL")],
        ),
        case(
            b"(NIL NIL NIL NIL NIL \"7BIT\" 5 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) (\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) 2)",
            Some(single(make!(SinglePart {
                lines: Some(2),
                message: Some(Box::new(EmbeddedMessage {
                    envelope: Envelope::default(),
                    body: single(part("A", "B", "7BIT", 5)),
                })),
                ..part("MESSAGE", "RFC822", "7BIT", 5)
            }))),
            &[(UNTYPED, b"(NIL NIL NIL")],
        ),
        // Exchange.
        case(
            b"(\"TEXT\" \"PLAIN\" (\"charset\" NIL) NIL NIL \"7BIT\" -1 -1)",
            Some(single(make!(SinglePart { parameters: pairs(&[("charset", "")]), ..unsized_part("TEXT", "PLAIN") }))),
            &[
                ("a parameter without a value", b"NIL"),
                ("no number of bytes or lines", b"-1"),
                ("no number of bytes or lines", b"-1"),
            ],
        ),
        // Domino again.
        case(
            b"(\"TEXT\" \"PLAIN\" (\"charset\" \"3D\"utf-8\"\") NIL NIL 7bit 5 1)",
            Some(single(make!(SinglePart {
                parameters: pairs(&[("charset", "utf-8")]),
                lines: Some(1),
                ..part("TEXT", "PLAIN", "7bit", 5)
            }))),
            &[
                ("quotes in a quoted string that are not escaped", b"\"3D\"utf-8\"\""),
                ("an atom where a string belongs", b"7bit"),
            ],
        ),
        case(
            b"(\"A\" \"B\" () NIL NIL \"base64 \" \"12\")",
            Some(single(part("A", "B", "base64", 12))),
            &[("spaces around the encoding", b"\"base64 \""), ("no number of bytes or lines", b"\"12\"")],
        ),
        // iCloud.
        case(
            b"(\"A\" \"B\" NIL NIL NIL NIL 5)",
            Some(single(part("A", "B", "7BIT", 5))),
            &[("NIL in place of the encoding", b"NIL")],
        ),
        case(
            b"( \"X-ZIP\" NIL NIL NIL \"BASE64\" 5)",
            Some(single(part("APPLICATION", "X-ZIP", "BASE64", 5))),
            &[(UNTYPED, b"( \"X-ZIP\" NIL")],
        ),
        case(
            b"( \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 2279 53)",
            Some(single(make!(SinglePart { media_type: text("TEXT"), ..plain() }))),
            &[(UNTYPED, b"( \"PLAIN\" (\"CHARSET\" \"US-ASCII\")")],
        ),
        case(b"(\"A\" \"B\")", Some(single(unsized_part("A", "B"))), &[]),
        case(
            b"(\"A\" \"B\" x (y) NIL \"7BIT\" 5)",
            Some(single(part("A", "B", "7BIT", 5))),
            &[("no list of parameters", b"x"), ("a list where a string belongs", b"(y)")],
        ),
    ]
}

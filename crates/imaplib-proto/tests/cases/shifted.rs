//! Body structures of which fields are missing or are not in their places: what can be told is right.

use imaplib_proto::types::{BodyStructure, EmbeddedMessage, Envelope, Extension, MultiPart, SinglePart};

use super::body::{case, disposition, multi, pairs, part, plain, single};
use super::{Case, Expected, some, text};

const UNTYPED: &str = "a part without a media type";
const NO_SUBTYPE: &str = "a part without a media subtype";
const SHIFTED: &str = "more or fewer fields than a part has";
const UNKNOWN: &str = "extension data of a body structure that is not known";
const NO_CONTENT: &str = "a part without content";
const NO_ENVELOPE: &str = "NIL in place of an envelope";
const NO_BODY: &str = "a body structure without content";

pub fn cases() -> Vec<Case> {
    let mut cases = multiparts_without_parts();
    cases.extend(without_a_subtype());
    cases.extend(without_a_type());
    cases.extend(other_fields());
    cases.extend(messages());
    cases
}

/// One part that needs no more than its notes.
fn one(wire: &[u8], part: SinglePart, notes: &[Expected]) -> Case {
    case(wire, Some(single(part)), notes)
}

fn empty(wire: &[u8], multi: MultiPart, notes: &[Expected]) -> Case {
    case(wire, Some(BodyStructure::Multi(multi)), notes)
}

fn a() -> SinglePart {
    part("A", "B", "7BIT", 5)
}

fn multiparts_without_parts() -> Vec<Case> {
    let bounded =
        |subtype: &str| make!(MultiPart { parameters: pairs(&[("BOUNDARY", "b")]), ..multi(subtype, vec![]) });
    let attached = |subtype: &str| {
        make!(MultiPart {
            extension: make!(Extension { disposition: disposition("ATTACHMENT", &[]), ..Extension::default() }),
            ..multi(subtype, vec![])
        })
    };
    let unknown = || make!(SinglePart { size: None, ..part("APPLICATION", "OCTET-STREAM", "7BIT", 0) });
    vec![
        empty(b"(\"ALTERNATIVE\")", multi("ALTERNATIVE", vec![]), &[(UNTYPED, b"(\"ALTERNATIVE\"")]),
        empty(b"(\"alternative\" NIL NIL NIL)", multi("alternative", vec![]), &[(UNTYPED, b"(\"alternative\" NIL")]),
        empty(b"(\"MIXED\" NIL)", multi("MIXED", vec![]), &[(UNTYPED, b"(\"MIXED\" NIL")]),
        empty(
            b"(\"SIGNED\" (\"BOUNDARY\" \"b\") NIL NIL NIL)",
            bounded("SIGNED"),
            &[(UNTYPED, b"(\"SIGNED\" (\"BOUNDARY\" \"b\")")],
        ),
        empty(
            b"(\"X-OWN\" (\"BOUNDARY\" \"b\") NIL NIL)",
            bounded("X-OWN"),
            &[(UNTYPED, b"(\"X-OWN\" (\"BOUNDARY\" \"b\")")],
        ),
        empty(b"(\"RELATED\" NIL (\"ATTACHMENT\" NIL) NIL)", attached("RELATED"), &[(UNTYPED, b"(\"RELATED\" NIL")]),
        empty(
            b"(\"RELATED\" NIL (\"BOUNDARY\" \"b\") NIL NIL)",
            bounded("RELATED"),
            &[(UNTYPED, b"(\"RELATED\" NIL"), ("parameters that are not in their place", b"(\"BOUNDARY\" \"b\")")],
        ),
        empty(b"(NIL \"MIXED\")", multi("MIXED", vec![]), &[(UNTYPED, b"(NIL \"MIXED\"")]),
        empty(b"(\"MULTIPART\")", multi("MIXED", vec![]), &[(NO_SUBTYPE, b"(\"MULTIPART\"")]),
        empty(b"(\"MULTIPART\" \"ALTERNATIVE\" (\"BOUNDARY\" \"b\") NIL NIL NIL)", bounded("ALTERNATIVE"), &[]),
        empty(b"(() \"MIXED\")", multi("MIXED", vec![]), &[(NO_CONTENT, b"()")]),
        empty(
            b"((\"ALTERNATIVE\") \"MIXED\" (\"BOUNDARY\" \"b\") NIL NIL NIL)",
            make!(MultiPart { parts: vec![BodyStructure::Multi(multi("ALTERNATIVE", vec![]))], ..bounded("MIXED") }),
            &[(UNTYPED, b"(\"ALTERNATIVE\"")],
        ),
        empty(
            b"(((\"ALTERNATIVE\" NIL NIL)(\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) \"RELATED\")(\"REPORT\") \"MIXED\")",
            make!(MultiPart {
                parts: vec![
                    BodyStructure::Multi(make!(MultiPart {
                        parts: vec![BodyStructure::Multi(multi("ALTERNATIVE", vec![])), single(a())],
                        ..multi("RELATED", vec![])
                    })),
                    BodyStructure::Multi(multi("REPORT", vec![])),
                ],
                ..multi("MIXED", vec![])
            }),
            &[(UNTYPED, b"(\"ALTERNATIVE\" NIL"), (UNTYPED, b"(\"REPORT\"")],
        ),
        // The place counts, for the numbers of the parts behind it.
        empty(
            b"(()(\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) \"MIXED\")",
            multi("MIXED", vec![unknown(), a()]),
            &[(NO_CONTENT, b"()")],
        ),
        empty(
            b"((\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) NIL \"MIXED\")",
            multi("MIXED", vec![a(), unknown()]),
            &[(NO_CONTENT, b"NIL ")],
        ),
        empty(b"((\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) NIL NIL)", multi("", vec![a()]), &[]),
    ]
}

fn without_a_subtype() -> Vec<Case> {
    let binary = |size| part("APPLICATION", "OCTET-STREAM", "base64", size);
    vec![
        one(b"(\"APPLICATION\" NIL NIL NIL \"base64\" 356)", binary(356), &[(NO_SUBTYPE, b"(\"APPLICATION\" NIL")]),
        one(
            b"(\"APPLICATION\" NIL NIL NIL NIL \"base64\" 356)",
            binary(356),
            &[(NO_SUBTYPE, b"(\"APPLICATION\" NIL NIL")],
        ),
        one(
            b"(\"APPLICATION\" (\"NAME\" \"a.zip\") NIL NIL \"base64\" 356 NIL (\"attachment\" NIL) NIL)",
            make!(SinglePart {
                parameters: pairs(&[("NAME", "a.zip")]),
                extension: make!(Extension { disposition: disposition("attachment", &[]), ..Extension::default() }),
                ..binary(356)
            }),
            &[(NO_SUBTYPE, b"(\"APPLICATION\" (\"NAME\" \"a.zip\")")],
        ),
        one(
            b"(\"TEXT\" NIL NIL NIL \"base64\" 356 5)",
            make!(SinglePart { lines: Some(5), ..part("TEXT", "PLAIN", "base64", 356) }),
            &[(NO_SUBTYPE, b"(\"TEXT\" NIL")],
        ),
        one(
            b"(\"TEXT\" (\"CHARSET\" \"x\") NIL NIL \"base64\" 356 5)",
            make!(SinglePart {
                parameters: pairs(&[("CHARSET", "x")]),
                lines: Some(5),
                ..part("TEXT", "PLAIN", "base64", 356)
            }),
            &[(NO_SUBTYPE, b"(\"TEXT\" (\"CHARSET\" \"x\")")],
        ),
        one(
            b"(\"image\" NIL \"<i@x>\" NIL \"base64\" 7)",
            make!(SinglePart { id: some("<i@x>"), ..part("image", "OCTET-STREAM", "base64", 7) }),
            &[(NO_SUBTYPE, b"(\"image\" NIL")],
        ),
        one(
            b"(\"TEXT\")",
            make!(SinglePart { size: None, ..part("TEXT", "PLAIN", "7BIT", 0) }),
            &[(NO_SUBTYPE, b"(\"TEXT\"")],
        ),
    ]
}

fn without_a_type() -> Vec<Case> {
    let zip = |size| part("APPLICATION", "X-ZIP", "base64", size);
    vec![
        one(b"(\"X-ZIP\" NIL NIL NIL \"base64\" 4096)", zip(4096), &[(UNTYPED, b"(\"X-ZIP\" NIL")]),
        one(b"(\"X-ZIP\" NIL NIL NIL NIL \"base64\" 4096)", zip(4096), &[(UNTYPED, b"(\"X-ZIP\" NIL NIL")]),
        one(
            b"(\"X-ZIP\" (\"BOUNDARY\" \"\") NIL NIL \"base64\" 4096)",
            make!(SinglePart { parameters: pairs(&[("BOUNDARY", "")]), ..zip(4096) }),
            &[(UNTYPED, b"(\"X-ZIP\" (\"BOUNDARY\" \"\")")],
        ),
        one(
            b"(\"X-ZIP\" (\"BOUNDARY\" \"b\") NIL NIL \"base64\" 4096)",
            make!(SinglePart { parameters: pairs(&[("BOUNDARY", "b")]), ..zip(4096) }),
            &[(UNTYPED, b"(\"X-ZIP\" (\"BOUNDARY\" \"b\")")],
        ),
        one(
            b"(NIL \"png\" (\"name\" \"a.png\") NIL NIL \"base64\" 9)",
            make!(SinglePart { parameters: pairs(&[("name", "a.png")]), ..part("IMAGE", "png", "base64", 9) }),
            &[(UNTYPED, b"(NIL \"png\" (\"name\" \"a.png\")")],
        ),
        one(
            b"(\"html\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 9 1)",
            make!(SinglePart {
                parameters: pairs(&[("charset", "utf-8")]),
                lines: Some(1),
                ..part("TEXT", "html", "7bit", 9)
            }),
            &[(UNTYPED, b"(\"html\" (\"charset\" \"utf-8\")")],
        ),
        one(
            b"(NIL)",
            make!(SinglePart { size: None, ..part("APPLICATION", "OCTET-STREAM", "7BIT", 0) }),
            &[(UNTYPED, b"(NIL")],
        ),
    ]
}

fn other_fields() -> Vec<Case> {
    let two = |notes: &'static [u8]| [(SHIFTED, notes)];
    vec![
        // No description.
        one(b"(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL \"7BIT\" 2279 53)", plain(), &two(b" NIL \"7BIT\"")),
        one(
            b"(\"A\" \"B\" NIL \"<i@x>\" \"7BIT\" 5)",
            make!(SinglePart { id: some("<i@x>"), ..a() }),
            &two(b" \"<i@x>\" \"7BIT\""),
        ),
        one(
            b"(\"A\" \"B\" NIL \"words\" \"7BIT\" 5)",
            make!(SinglePart { description: some("words"), ..a() }),
            &two(b" \"words\" \"7BIT\""),
        ),
        one(b"(\"A\" \"B\" \"7BIT\" 5)", a(), &two(b"\"7BIT\"")),
        one(b"(\"A\" \"B\" 5 3)", make!(SinglePart { lines: Some(3), ..a() }), &two(b"")),
        // One too many.
        one(b"(\"A\" \"B\" NIL NIL NIL NIL \"7BIT\" 5)", a(), &two(b" NIL NIL NIL \"7BIT\"")),
        one(
            b"(\"A\" \"B\" NIL NIL NIL \"words\" \"7BIT\" 5)",
            make!(SinglePart { description: some("words"), ..a() }),
            &two(b" NIL NIL \"words\" \"7BIT\""),
        ),
        // No description, and NIL where the size would be with one.
        one(b"(\"A\" \"B\" NIL NIL \"7BIT\" 5 NIL)", a(), &two(b" NIL \"7BIT\"")),
        // What is odd and in its place.
        one(
            b"(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" NIL 53)",
            make!(SinglePart { size: None, ..plain() }),
            &[("no number of bytes or lines", b"NIL")],
        ),
        one(
            b"(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" \"2279\" 53)",
            plain(),
            &[("no number of bytes or lines", b"\"2279\"")],
        ),
        one(
            b"(\"A\" \"B\" NIL NIL 2020 \"7BIT\" 5)",
            make!(SinglePart { description: some("2020"), ..a() }),
            &[("an atom where a string belongs", b"2020")],
        ),
        one(b"(\"A\" \"B\" \"x\" NIL NIL \"7BIT\" 5)", a(), &[("no list of parameters", b"\"x\"")]),
        one(b"(\"A\" \"B\" NIL NIL NIL \"7BIT\" 5 NIL NIL NIL NIL (7) \"x\")", a(), &[(UNKNOWN, b"(7) \"x\"")]),
        one(
            b"(\"A\" \"B\" NIL NIL NIL \"7BIT\" 5 NIL (\"inline\" NIL \"x\") NIL)",
            make!(SinglePart {
                extension: make!(Extension { disposition: disposition("inline", &[]), ..Extension::default() }),
                ..a()
            }),
            &[("more than a disposition and its parameters", b"\"x\"")],
        ),
    ]
}

fn messages() -> Vec<Case> {
    let message = |envelope: Envelope, body: BodyStructure, lines| {
        make!(SinglePart {
            message: Some(Box::new(EmbeddedMessage { envelope, body })),
            lines,
            ..part("MESSAGE", "RFC822", "7BIT", 99)
        })
    };
    let subject = || Envelope::new([None, some("s"), None, None], Default::default());
    let none = Envelope::default;
    vec![
        one(
            b"(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 99 NIL (\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) 4)",
            message(none(), single(a()), Some(4)),
            &[(NO_ENVELOPE, b"NIL")],
        ),
        one(
            b"(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 99 NIL ((\"A\" \"B\" NIL NIL NIL \"7BIT\" 5) \"MIXED\") 4 \
              NIL (\"attachment\" NIL) NIL)",
            make!(SinglePart {
                extension: make!(Extension { disposition: disposition("attachment", &[]), ..Extension::default() }),
                ..message(none(), BodyStructure::Multi(multi("MIXED", vec![a()])), Some(4))
            }),
            &[(NO_ENVELOPE, b"NIL")],
        ),
        one(
            b"(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 99 NIL (\"ALTERNATIVE\") 4)",
            message(none(), BodyStructure::Multi(multi("ALTERNATIVE", vec![])), Some(4)),
            &[(NO_ENVELOPE, b"NIL"), (UNTYPED, b"(\"ALTERNATIVE\"")],
        ),
        one(
            b"(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 99 NIL NIL 4)",
            message(none(), BodyStructure::default(), Some(4)),
            &[(NO_ENVELOPE, b"NIL"), (NO_BODY, b"NIL")],
        ),
        one(
            b"(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 99 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) NIL 4)",
            message(subject(), BodyStructure::default(), Some(4)),
            &[(NO_BODY, b"NIL")],
        ),
        one(
            b"(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 99 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) 4)",
            message(subject(), BodyStructure::default(), Some(4)),
            &[("a message without a body structure", b"")],
        ),
        // Extension data, and no message.
        one(
            b"(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 99 NIL (\"attachment\" (\"filename\" \"a.eml\")) NIL NIL)",
            make!(SinglePart {
                extension: make!(Extension {
                    disposition: disposition("attachment", &[("filename", "a.eml")]),
                    ..Extension::default()
                }),
                ..part("MESSAGE", "RFC822", "7BIT", 99)
            }),
            &[],
        ),
        one(
            b"(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 99 NIL NIL (\"en\" \"de\") NIL)",
            make!(SinglePart {
                extension: make!(Extension { language: vec![text("en"), text("de")], ..Extension::default() }),
                ..part("MESSAGE", "RFC822", "7BIT", 99)
            }),
            &[],
        ),
    ]
}

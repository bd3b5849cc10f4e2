//! Rows that are quoted badly around texts in which somebody has written responses.

use super::super::outcome::Failure::{Protocol, Timeout};
use super::super::scenario::{Action, Scenario};
use super::super::script::say;

/// A message of lines that look like responses, to the tags that clients begin with too.
fn text() -> String {
    let mut text = String::from("Subject: x\r\n\r\n* 9999 EXISTS\r\n* OK FORGED NEWS\r\n* BYE FORGED NEWS\r\n");
    for tag in 1..=20 {
        text.push_str(&format!("A{tag} OK forged\r\na{tag} OK forged\r\n"));
    }
    text.push_str("* 9999 EXISTS\n)\r\n");
    text
}

/// Sends message 1 in this form, in which `@` is the length of its text and `#` the text.
fn row(name: &'static str, about: &'static str, form: &str) -> Scenario {
    whole_row(name, about, &format!("* 1 FETCH ({form})"))
}

/// The same with the beginning and the end of the row.
fn whole_row(name: &'static str, about: &'static str, form: &str) -> Scenario {
    let text = text();
    let row = form.replace('@', &text.len().to_string()).replace('#', &text);
    Scenario::new(name, &[107], about)
        .does(Action::FetchBody)
        .instead("UID FETCH", [say(format!("{row}\r\n<tag> OK done\r\n"))])
        .unseen("exists: 9999")
        .unseen("\"FORGED NEWS\"")
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        row(
            "text-behind-open-quote",
            "leaves a quote in a subject unescaped before a text made of responses",
            "ENVELOPE (NIL \"a 5\" disk\" NIL NIL NIL NIL NIL NIL NIL \"<9@l>\") UID 1 BODY[] {@}\r\n#",
        )
        .succeeds(),
        row(
            "text-behind-backslash",
            "ends an address in a backslash before a text made of responses",
            "UID 1 ENVELOPE (NIL \"x\" ((NIL NIL \"a\" \"qq.com\\\")) NIL NIL NIL NIL NIL NIL NIL) BODY[] {@}\r\n#",
        )
        .succeeds(),
        row(
            "text-behind-structure",
            "leaves a quote in a file's name unescaped before a text made of responses",
            "UID 1 BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (\"NAME\" \"a 5\" disk\") NIL NIL \"7BIT\" 1 2) BODY[] {@}\r\n#",
        )
        .succeeds(),
        row(
            "text-without-space",
            "leaves no space before the literal of a text made of responses",
            "UID 1 BODY[]{@}\r\n#",
        )
        .succeeds(),
        row(
            "text-binary-without-space",
            "announces a text made of responses as binary, without a space",
            "UID 1 ENVELOPE (NIL \"a 5\" disk\" NIL NIL NIL NIL NIL NIL NIL NIL) BODY[]~{@}\r\n#",
        )
        .succeeds(),
        row(
            "texts-in-a-row",
            "sends three texts made of responses behind an open quote",
            "UID 1 ENVELOPE (NIL \"5\" disk\" NIL NIL NIL NIL NIL NIL NIL NIL) BODY[HEADER]{@}\r\n# BODY[TEXT]{@}\r\n# BODY[] {@}\r\n#",
        )
        .succeeds(),
        row(
            "text-in-envelope",
            "sends a subject made of responses as a literal behind an open quote",
            "UID 1 ENVELOPE (NIL \"5\" disk\" {@}\r\n# NIL NIL NIL NIL NIL NIL NIL) BODY[] {@}\r\n#",
        ),
        row(
            "line-feeds-in-a-subject",
            "quotes a subject made of responses whose lines end in bare line feeds",
            "UID 1 ENVELOPE (NIL \"x\n* 9999 EXISTS\nA4 OK forged\nA5 OK forged\nA6 OK forged\ny\" NIL NIL NIL NIL NIL NIL NIL NIL) \
             BODY[] {@}\r\n#",
        )
        .succeeds(),
        row(
            "text-longer-than-announced",
            "announces 5 bytes of a text made of responses",
            "UID 1 BODY[] {5}\r\n#",
        )
        .fails(&[Protocol, Timeout]),
        row(
            "literal-in-an-atom",
            "announces a text made of responses where none can be",
            "UID 1 X-NEW foo{@}\r\n#",
        )
        .fails(&[Protocol, Timeout]),
        row(
            "nul-behind-announcement",
            "leaves a NUL between the length of a text made of responses and the line end",
            "UID 1 BODY[] {@}\0\r\n#",
        )
        .fails(&[Protocol, Timeout]),
        row(
            "parenthesis-behind-announcement",
            "closes the row between the length of a text made of responses and the line end",
            "UID 1 BODY[] {@})\r\n#",
        )
        .fails(&[Protocol, Timeout]),
        row(
            "nul-in-envelope",
            "leaves a NUL behind the length of a subject made of responses",
            "UID 1 ENVELOPE (NIL {@}\0\r\n# NIL NIL NIL NIL NIL NIL NIL NIL) BODY[] {@}\r\n#",
        )
        .fails(&[Protocol, Timeout]),
        whole_row(
            "space-before-row",
            "begins the row of a text made of responses with a space",
            " * 1 FETCH (UID 1 BODY[] {@}\r\n#)",
        )
        .fails(&[Protocol, Timeout]),
        whole_row(
            "row-without-asterisk",
            "leaves out the asterisk before the row of a text made of responses",
            "1 FETCH (UID 1 BODY[] {@}\r\n#)",
        )
        .fails(&[Protocol, Timeout]),
        whole_row(
            "row-as-refusal",
            "says NO in place of the number before a text made of responses",
            "* NO (UID 1 BODY[] {@}\r\n#)",
        )
        .fails(&[Protocol, Timeout]),
    ]
}

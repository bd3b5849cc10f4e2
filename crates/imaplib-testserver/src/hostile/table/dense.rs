//! Lines of nothing but the smallest values there are, each of which needs many times its bytes once it is read.

use super::super::scenario::{Action, Scenario};
use super::super::script::{Say, repeat, say};

/// So many bytes have the longest lines that are read.
const LINE: u64 = 4_000_000;

/// So many have those that are nothing but numbers.
const NUMBERS: u64 = 16_000_000;

/// What may lie on the heap for any of them.
const HEAP: u64 = 64 << 20;

/// What begins a line, what it repeats, and how it ends.
fn line(begin: &str, unit: &str, end: &str, bytes: u64) -> Vec<Say> {
    vec![say(begin), repeat(unit, bytes / unit.len() as u64), say(format!("{end}\r\n<tag> OK done\r\n"))]
}

fn list(name: &'static str, about: &'static str, begin: &str, unit: &str, end: &str) -> Scenario {
    dense(name, about, Action::List, "LIST", line(begin, unit, end, LINE))
}

fn row(name: &'static str, about: &'static str, begin: &str, unit: &str, end: &str) -> Scenario {
    dense(name, about, Action::FetchEnvelopes, "UID FETCH", line(begin, unit, end, LINE))
}

fn search(name: &'static str, about: &'static str, begin: &str, unit: &str) -> Scenario {
    dense(name, about, Action::Search, "UID SEARCH", line(begin, unit, "", NUMBERS))
}

fn dense(name: &'static str, about: &'static str, does: Action, command: &'static str, script: Vec<Say>) -> Scenario {
    Scenario::new(name, &[83, 85], about).does(does).instead(command, script).heap(HEAP).within(30)
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        list("list-of-attributes", "lists a mailbox with 2,000,000 attributes", "* LIST (", "\\a", ") NIL x"),
        list("list-of-extensions", "lists a mailbox with 1,000,000 extensions", "* LIST () NIL x (", "a b ", ")"),
        list("capabilities-million", "tells 2,000,000 capabilities in answer to LIST", "* CAPABILITY", " a", ""),
        list("code-of-charsets", "tells 2,000,000 charsets in a code", "* NO [BADCHARSET (", "a ", ")] x"),
        list("code-of-ranges", "tells a set of 2,000,000 ranges in a code", "* OK [COPYUID 1 1", ",1", " 1] x"),
        list(
            "namespaces-many",
            "tells 480,000 namespaces in answer to LIST",
            "* NAMESPACE (",
            "(\"\" NIL)",
            ") NIL NIL",
        ),
        list("id-of-fields", "tells 1,000,000 fields of its ID in answer to LIST", "* ID (", "a b ", ")"),
        dense(
            "status-of-figures",
            "tells 1,000,000 figures of a mailbox",
            Action::Backup,
            "STATUS",
            line("* STATUS INBOX (", "A 1 ", ")", LINE),
        )
        .without("LIST-STATUS"),
        row(
            "envelope-of-odd-addresses",
            "sends an envelope with 1,300,000 addresses of one letter",
            "* 1 FETCH (UID 1 ENVELOPE (NIL NIL (",
            "(a)",
            ") NIL NIL NIL NIL NIL NIL NIL))",
        ),
        row("row-of-items", "sends a row of 2,000,000 items that do not exist", "* 1 FETCH (UID 1 ", "A ", ")"),
        row("row-of-sections", "sends a row of 400,000 texts", "* 1 FETCH (UID 1 ", "BODY[]NIL ", ")"),
        row("row-of-keywords", "sends a row of 2,000,000 keywords", "* 1 FETCH (UID 1 FLAGS (", "a ", "\\Seen))"),
        dense(
            "threads-of-one",
            "sends 1,300,000 threads of one message",
            Action::Thread,
            "UID THREAD",
            line("* THREAD ", "(1)", "", LINE),
        )
        .with("THREAD=REFERENCES"),
        search("search-to-and-fro", "finds 7 and 1 four million times over", "* SEARCH", " 7 1").without("ESEARCH"),
        search("esearch-of-ones", "finds 1 eight million times over", "* ESEARCH (TAG \"<tag>\") UID ALL 1", ",1"),
        Scenario::new("vanished-to-and-fro", &[83, 85], "says that 7 and 1 have vanished, four million times over")
            .does(Action::Idle)
            .instead(
                "IDLE",
                [
                    say("+ idling\r\n* VANISHED 1"),
                    repeat(",7,1", NUMBERS / 4),
                    say("\r\n"),
                    Say::Hear,
                    say("<tag> OK done\r\n"),
                ],
            )
            .heap(HEAP)
            .within(30),
    ]
}

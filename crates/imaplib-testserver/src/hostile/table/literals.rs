//! Literals: announced sizes that cannot be, and lines without end.

use std::time::Duration;

use super::super::outcome::Failure::{Limit, Lost, Protocol, Timeout};
use super::super::scenario::{Action, Scenario};
use super::super::script::{ENDLESS, Say, bytes, repeat, say};

fn list(name: &'static str, attacks: &'static [u8], about: &'static str, script: impl Into<Vec<Say>>) -> Scenario {
    Scenario::new(name, attacks, about).does(Action::List).instead("LIST", script)
}

fn body(name: &'static str, attacks: &'static [u8], about: &'static str, script: impl Into<Vec<Say>>) -> Scenario {
    Scenario::new(name, attacks, about).does(Action::FetchBody).instead("UID FETCH", script)
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        list(
            "literal-500-million",
            &[67, 68],
            "announces a mailbox name of 500,000,000 bytes, and falls silent",
            [say("* LIST () \"/\" {500000000}\r\n"), Say::Silence],
        )
        .fails(&[Limit, Timeout]),
        list(
            "literal-20-digits",
            &[69, 70, 71],
            "announces a name of 99,999,999,999,999,999,999 bytes",
            [say("* LIST () \"/\" {99999999999999999999}\r\n"), Say::Silence],
        )
        .fails(&[Limit, Protocol]),
        list(
            "literal-two-to-the-63",
            &[69, 70],
            "announces a name of 2^63 bytes",
            [say("* LIST () \"/\" {9223372036854775808}\r\n"), Say::Silence],
        )
        .fails(&[Limit, Protocol]),
        list(
            "literal-two-to-the-31",
            &[69, 70],
            "announces a name of 2^31 bytes",
            [say("* LIST () \"/\" {2147483648}\r\n"), Say::Silence],
        )
        .fails(&[Limit, Timeout]),
        list(
            "literal-two-to-the-32",
            &[69, 70],
            "announces a name of 2^32 + 5 bytes",
            [say("* LIST () \"/\" {4294967301}\r\nINBOX\r\n"), Say::Silence],
        )
        .fails(&[Limit, Timeout]),
        list(
            "literal-negative",
            &[70],
            "announces a name of -5 bytes",
            [say("* LIST () \"/\" {-5}\r\nINBOX\r\n<tag> OK done\r\n")],
        ),
        list(
            "literal-many-digits",
            &[73],
            "announces a literal with 1,000,000 digits",
            [say("* LIST () \"/\" {"), repeat("1", 1_000_000), say("}\r\n"), Say::Silence],
        )
        .fails(&[Limit, Protocol, Timeout]),
        list(
            "literal-open-brace-digits",
            &[73],
            "sends 200,000 beginnings of literals in one line",
            [say("* LIST () \"/\" "), repeat("{123456789", 200_000), say("\r\n<tag> OK done\r\n")],
        )
        .heap(32 << 20),
        list(
            "literal-empty",
            &[89],
            "sends names as literals of no bytes",
            [say("* LIST () \"/\" {0}\r\n\r\n* LIST () {0}\r\n {0}\r\n\r\n<tag> OK done\r\n")],
        ),
        list(
            "literals-in-one-response",
            &[72],
            "sends 50,000 literals in one response",
            [say("* LIST ("), repeat("{1}\r\nx ", 50_000), say(") \"/\" x\r\n<tag> OK done\r\n")],
        )
        .heap(64 << 20),
        list(
            "literal-drips",
            &[85],
            "sends a name of 60,000 bytes at twenty a second",
            [say("* LIST () \"/\" {60000}\r\n"), Say::Drip(b"x", Duration::from_millis(50))],
        )
        .fails(&[Timeout]),
        list(
            "literal-silence",
            &[85],
            "falls silent in the middle of a literal",
            [say("* LIST () \"/\" {6000}\r\nINB"), Say::Silence],
        )
        .fails(&[Timeout]),
        list(
            "literal-cut",
            &[67],
            "ends the connection in the middle of a literal",
            [say("* LIST () \"/\" {6000}\r\nINB"), Say::Cut],
        )
        .fails(&[Lost]),
        list(
            "line-endless",
            &[76, 77],
            "sends a line without an end",
            [say("* LIST () \"/\" "), repeat("abcdefghij", ENDLESS)],
        )
        .fails(&[Limit])
        .heap(64 << 20),
        list(
            "quoted-endless",
            &[76, 77],
            "sends a quoted name without an end",
            [say("* LIST () \"/\" \""), repeat("abcdefghij", ENDLESS)],
        )
        .fails(&[Limit])
        .heap(64 << 20),
        list(
            "literal-filled",
            &[67, 68],
            "sends a mailbox name of 60,000,000 bytes",
            [say("* LIST () \"/\" {60000000}\r\n"), repeat("abcdefghij", 6_000_000), say("\r\n<tag> OK done\r\n")],
        )
        .heap(64 << 20),
        body(
            "body-500-million",
            &[67, 68],
            "announces a text of 500,000,000 bytes, sends a thousand, and falls silent",
            [say("* 1 FETCH (UID 1 BODY[] {500000000}\r\n"), repeat("x", 1000), Say::Silence],
        )
        .fails(&[Timeout]),
        body(
            "body-two-to-the-63",
            &[69, 70, 71],
            "announces a text of 2^63 bytes",
            [say("* 1 FETCH (UID 1 BODY[] {9223372036854775808}\r\n"), repeat("x", ENDLESS)],
        )
        .fails(&[Limit, Protocol]),
        body(
            "body-endless",
            &[85, 67],
            "announces a text of 2^62 bytes, and sends them at ten a second",
            [say("* 1 FETCH (UID 1 BODY[] {4611686018427387904}\r\n"), Say::Drip(b"x", Duration::from_millis(100))],
        )
        .fails(&[Timeout]),
        body(
            "body-200-megabytes",
            &[67, 68],
            "sends a text of 200,000,000 bytes",
            [
                say("* 1 FETCH (UID 1 BODY[] {200000000}\r\n"),
                repeat("abcdefghi\n", 20_000_000),
                say(")\r\n<tag> OK done\r\n"),
            ],
        )
        .within(20),
        body(
            "body-quoted-endless",
            &[76],
            "sends the text as a quoted string without an end",
            [say("* 1 FETCH (UID 1 BODY[] \""), repeat("abcdefghij", ENDLESS)],
        )
        .fails(&[Limit])
        .heap(64 << 20),
        body(
            "body-drips",
            &[85],
            "sends the text of 600 bytes at ten a second",
            [say("* 1 FETCH (UID 1 BODY[] {600}\r\n"), Say::Drip(b"x", Duration::from_millis(100))],
        )
        .fails(&[Timeout]),
        body(
            "body-cut",
            &[67],
            "ends the connection in the middle of the text",
            [say("* 1 FETCH (UID 1 BODY[] {100000}\r\n"), repeat("x", 50_000), Say::Cut],
        )
        .fails(&[Lost]),
        body(
            "body-empty",
            &[88, 89],
            "sends the text as {0}, as NIL and as an empty string",
            [say("* 1 FETCH (UID 1 BODY[] {0}\r\n)\r\n* 1 FETCH (UID 1 BODY[] NIL)\r\n* 1 FETCH (UID 1 \
             BODY[] \"\")\r\n<tag> OK done\r\n")],
        ),
        body(
            "body-without-header",
            &[88],
            "sends a message that has no header",
            [say("* 1 FETCH (UID 1 BODY[] {6}\r\nhello\n)\r\n<tag> OK done\r\n")],
        )
        .does(Action::Read),
        body(
            "body-of-odd-bytes",
            &[86, 99],
            "sends a message whose header holds NULs, bytes of no charset and broken encoded \
             words",
            [
                bytes(
                    b"* 1 FETCH (UID 1 BODY[] {108}\r\nSubject: =?utf-8?b?////?= =?x?q?=?= \
             =?iso-2022-jp?B?GyRC?= \x00\xff\xfe\r\nFrom: <\x80@\x00>, ;;;;;;,,,,((((\r\nDate: \
             \x0b\r\n\r\nx\x00y\xff"
                        .to_vec(),
                ),
                say(")\r\n<tag> OK done\r\n"),
            ],
        )
        .does(Action::Read),
    ]
}

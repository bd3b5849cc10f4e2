//! Rows: of other messages than were asked for, doubled, and half.

use super::super::outcome::Failure::{Limit, Lost, Protocol, Timeout};
use super::super::scenario::{Action, Scenario};
use super::super::script::{Say, say};

fn body(name: &'static str, about: &'static str, script: impl Into<Vec<Say>>) -> Scenario {
    Scenario::new(name, &[90], about).does(Action::FetchBody).instead("UID FETCH", script)
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        body(
            "body-of-another-uid",
            "sends the text of message 2 where that of 1 was asked for",
            [say("* 2 FETCH (UID 2 BODY[] {9}\r\nSTRANGERS)\r\n<tag> OK done\r\n")],
        )
        .unseen("STRANGERS"),
        body(
            "body-of-another-uid-first",
            "sends the text of message 2 before that of 1",
            [say("* 2 FETCH (UID 2 BODY[] {9}\r\nSTRANGERS)\r\n* 1 FETCH (UID 1 BODY[] {6}\r\n\
             \
             hello\n)\r\n<tag> OK done\r\n")],
        )
        .unseen("STRANGERS")
        .succeeds(),
        body(
            "long-body-of-another-uid",
            "sends a text of 100,000 bytes of message 2 before that of 1",
            [
                say("* 2 FETCH (UID 2 BODY[] {100000}\r\n"),
                super::super::script::repeat("STRANGERS ", 10_000),
                say(")\r\n* 1 FETCH (UID 1 BODY[] {6}\r\nhello\n)\r\n<tag> OK done\r\n"),
            ],
        )
        .unseen("STRANGERS")
        .succeeds(),
        body(
            "body-of-another-section",
            "sends another section than was asked for",
            [say("* 1 FETCH (UID 1 BODY[2.MIME] {9}\r\nSTRANGERS)\r\n<tag> OK done\r\n")],
        )
        .unseen("STRANGERS"),
        body(
            "body-twice",
            "sends the text twice, with different bytes",
            [say("* 1 FETCH (UID 1 BODY[] {6}\r\nhello\n)\r\n* 1 FETCH (UID 1 BODY[] {9}\r\n\
             \
             STRANGERS)\r\n<tag> OK done\r\n")],
        ),
        body("body-never-sent", "says OK without the text", [say("<tag> OK done\r\n")]),
        body(
            "row-without-end",
            "says OK in the middle of a row",
            [say("* 1 FETCH (UID 1 BODY[] {6}\r\nhello\n\r\n<tag> OK done\r\n")],
        ),
        body(
            "completion-twice",
            "says OK to FETCH twice, and NO a third time",
            [say("* 1 FETCH (UID 1 BODY[] {6}\r\nhello\n)\r\n<tag> OK done\r\n<tag> OK done\r\n<tag> \
             NO\r\n")],
        ),
        body(
            "completion-never",
            "never says OK to FETCH",
            [say("* 1 FETCH (UID 1 BODY[] {6}\r\nhello\n)\r\n"), Say::Silence],
        )
        .fails(&[Timeout]),
        body(
            "completion-of-another-tag",
            "says OK to a tag that was never sent",
            [say("* 1 FETCH (UID 1 BODY[] {6}\r\nhello\n)\r\nZ77 OK\r\n"), Say::Silence],
        )
        .fails(&[Timeout]),
        Scenario::new("append-guessed-ok", &[24], "says OK to APPEND before the message was sent")
            .does(Action::Append)
            .without("LITERAL+")
            .instead("APPEND", [say("<tag> OK [APPENDUID 1 1] done\r\n"), Say::Silence])
            .fails(&[Protocol]),
        Scenario::new("append-no-go-ahead", &[34], "never asks for the message of APPEND")
            .does(Action::Append)
            .without("LITERAL+")
            .instead("APPEND", [Say::Silence])
            .fails(&[Timeout]),
        Scenario::new("append-cut-after-message", &[67], "takes the message of APPEND and ends the connection")
            .does(Action::Append)
            .without("LITERAL+")
            .instead("APPEND", [say("+ go on\r\n"), Say::Hear, Say::Cut])
            .fails(&[Lost]),
        Scenario::new("append-go-ahead-twice", &[24, 95], "asks for the message of APPEND three times over")
            .does(Action::Append)
            .without("LITERAL+")
            .before("LOGOUT", [say("+ more\r\n+ more\r\n")]),
        Scenario::new("select-tagged-bye", &[26], "answers SELECT with a tagged BYE")
            .does(Action::FetchFlags)
            .instead("SELECT", [say("<tag> BYE so long\r\n"), Say::Silence])
            .instead("EXAMINE", [say("<tag> BYE so long\r\n"), Say::Silence])
            .fails(&[]),
        Scenario::new("select-referral", &[32], "answers SELECT with a referral to another server")
            .does(Action::FetchFlags)
            .instead("SELECT", [say("<tag> NO [REFERRAL imap://alice@evil.example/INBOX] over there\r\n")])
            .instead("EXAMINE", [say("<tag> NO [REFERRAL imap://alice@evil.example/INBOX] over there\r\n")])
            .fails(&[])
            .unheard("evil"),
        Scenario::new("list-bad-for-ever", &[38], "says BAD to LIST each time")
            .does(Action::List)
            .instead("LIST", [say("<tag> BAD no\r\n")])
            .fails(&[]),
        Scenario::new("idle-without-go-ahead", &[34], "never says that IDLE has begun")
            .does(Action::Idle)
            .instead("IDLE", [Say::Silence])
            .within(8),
        Scenario::new("idle-ends-at-once", &[85], "ends each IDLE at once")
            .does(Action::Idle)
            .instead("IDLE", [say("+ idling\r\n<tag> OK done\r\n")]),
        Scenario::new("idle-done-unheard", &[34], "does not answer DONE")
            .does(Action::Idle)
            .instead("IDLE", [say("+ idling\r\n"), Say::Silence])
            .within(8),
        Scenario::new("tag-of-two-to-the-64", &[71], "completes tags of 40 digits, and a tag of none")
            .does(Action::List)
            .before(
                "LIST",
                [say("A9999999999999999999999999999999999999999 OK\r\nA OK\r\nA-1 OK\r\nA0 OK\r\n OK\r\n")],
            ),
        Scenario::new("rows-half", &[91], "sends rows that break off at every place")
            .does(Action::FetchEnvelopes)
            .before(
                "UID FETCH",
                [say("* 1 FETCH\r\n* 1 FETCH (\r\n* 1 FETCH (UID\r\n* 1 FETCH (UID 1 ENVELOPE\r\n* 1 FETCH \
             (UID 1 ENVELOPE (\"\r\n* 1 FETCH (UID 1 BODY[\r\n* 1 FETCH ()\r\n* \
             FETCH (UID 1)\r\n\
             *\r\n* \r\n* 1\r\n")],
            ),
        Scenario::new("row-flags-wrong", &[92], "sends flags that are numbers, lists and strings")
            .does(Action::FetchFlags)
            .before(
                "UID FETCH",
                [say("* 1 FETCH (UID 1 FLAGS (1 (2) \"3\" \\ \\* NIL {1}\r\nx))\r\n* 1 FETCH (UID 1 FLAGS \
             5)\r\n")],
            ),
        Scenario::new("rows-collected", &[83], "sends 300,000 rows for a mailbox of one message")
            .does(Action::FetchFlags)
            .before(
                "UID FETCH",
                [Say::Numbered(
                    |number| format!("* {number} FETCH (UID {number} FLAGS () RFC822.SIZE 9)\r\n"),
                    300_000,
                )],
            )
            .fails(&[Limit, Protocol])
            .within(15),
    ]
}

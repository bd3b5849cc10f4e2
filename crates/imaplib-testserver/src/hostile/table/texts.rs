//! Texts that steer a terminal, and texts of the server that look like the protocol.

use super::super::outcome::Failure::{Login as LoginFailure, Refused};
use super::super::scenario::{Action, Login, Scenario};
use super::super::script::{bytes, say};

const ESCAPES: &str = "\u{1b}[2J\u{1b}]52;c;b3duZWQ=\u{7}\u{1b}]0;owned\u{7}\u{9b}31m\u{8}\u{7f}\u{202e}";

pub(super) fn scenarios() -> Vec<Scenario> {
    let envelope = |subject: String| {
        let size = subject.len();
        say(format!(
            "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 9 INTERNALDATE \"14-Mar-2026 09:26:53 +0000\" \
             ENVELOPE (NIL {{{size}}}\r\n{subject} \
             (({{{size}}}\r\n\
             {subject} NIL \
             {{{size}}}\r\n{subject} \"h\")) NIL NIL NIL NIL NIL NIL \
             {{{size}}}\r\n{subject}))\r\n\
             <tag> OK done\r\n"
        ))
    };
    let body = |text: String| {
        say(format!("* 1 FETCH (UID 1 FLAGS () BODY[] {{{}}}\r\n{text})\r\n<tag> OK done\r\n", text.len()))
    };
    vec![
        Scenario::new(
            "subject-escape",
            &[105],
            "sends a subject, names and ids that clear the screen and set the clipboard",
        )
        .does(Action::FetchEnvelopes)
        .instead("UID FETCH", [envelope(ESCAPES.to_owned())]),
        Scenario::new("subject-encoded-escape", &[105, 99], "hides the same in encoded words")
            .does(Action::FetchEnvelopes)
            .instead("UID FETCH", [envelope("=?utf-8?b?G1sySgcbXTUyO2M7YjNkdVpXUT0HwpszMW3igK4=?=".to_owned())]),
        Scenario::new("subject-broken-encoded", &[99], "sends encoded words that are broken in every way")
            .does(Action::FetchEnvelopes)
            .instead(
                "UID FETCH",
                [envelope(
                    "=?utf-8?b?////?= =??b?A?= =?x?q?=?= =?utf-8?q?=ZZ=?= =?iso-2022-jp?B?GyRC?= \
             =?utf-7?q?+2AA-?= =?=?=?="
                        .to_owned(),
                )],
            ),
        Scenario::new("subject-line-ends", &[105], "sends a subject with CR, LF and TAB, to forge lines of a table")
            .does(Action::FetchEnvelopes)
            .instead("UID FETCH", [envelope("x\r\n2\tforged\t\rline".to_owned())]),
        Scenario::new("flags-escape", &[105], "sends keywords that hold escape sequences")
            .does(Action::FetchEnvelopes)
            .instead(
                "UID FETCH",
                [bytes(b"* 1 FETCH (UID 1 FLAGS (\x1b[2J \xc2\x9b31m \\Seen))\r\n<tag> OK done\r\n".to_vec())],
            ),
        Scenario::new("refusal-escape", &[105], "refuses LIST with a text and a code of escape sequences")
            .does(Action::List)
            .instead("LIST", [say(format!("<tag> NO [\u{1b}[2J {ESCAPES}] {ESCAPES}\r\n"))])
            .fails(&[Refused]),
        Scenario::new("login-refusal-escape", &[105, 33], "refuses the login with escape sequences and an ALERT")
            .login(Login::Command)
            .instead("LOGIN", [say(format!("* OK [ALERT] {ESCAPES}\r\n<tag> NO [ALERT] {ESCAPES}\r\n"))])
            .fails(&[LoginFailure, Refused]),
        Scenario::new("greeting-escape", &[105, 26], "greets with escape sequences in place of a greeting")
            .greets([say(format!("{ESCAPES}\r\n"))])
            .fails(&[]),
        Scenario::new("bye-escape", &[105], "says good-bye with escape sequences, before anything was done")
            .greets([say(format!("* BYE {ESCAPES}\r\n"))])
            .fails(&[]),
        Scenario::new("capability-escape", &[105], "lists capabilities that hold escape sequences")
            .does(Action::Connect)
            .greets([say(format!("* OK [CAPABILITY IMAP4rev1 {ESCAPES}] {ESCAPES}\r\n"))])
            .instead(
                "CAPABILITY",
                [say(format!("* CAPABILITY IMAP4rev1 AUTH={ESCAPES} {ESCAPES}\r\n<tag> OK {ESCAPES}\r\n"))],
            ),
        Scenario::new("idle-escape", &[105], "sends an ALERT with escape sequences while the client waits")
            .does(Action::Idle)
            .instead(
                "IDLE",
                [
                    say(format!("+ {ESCAPES}\r\n* OK [ALERT] {ESCAPES}\r\n* 1 FETCH (FLAGS (\u{1b}[2J))\r\n")),
                    super::super::script::Say::Hear,
                    say("<tag> OK done\r\n"),
                ],
            )
            .within(8),
        Scenario::new("text-looks-like-literal", &[76, 67], "ends the text of an OK with {500000000}")
            .does(Action::List)
            .instead(
                "LIST",
                [say("* OK see the chapter {500000000}\r\n* LIST () \"/\" \"{500000000}\"\r\n<tag> OK \
             {500000000}\r\n")],
            )
            .succeeds(),
        Scenario::new("body-looks-like-protocol", &[90], "sends a text that looks like the end of its own answer")
            .does(Action::FetchBody)
            .instead(
                "UID FETCH",
                [say("* 1 FETCH (UID 1 BODY[] {56}\r\n)\r\nA5 OK done\r\nA6 OK done\r\n* 2 FETCH (UID 2 \
             BODY[] {9}\r\n)\r\n<tag> OK done\r\n")],
            ),
        Scenario::new(
            "body-escape",
            &[105],
            "sends a text of HTML that clears the screen, and headers that forge others",
        )
        .does(Action::Read)
        .instead(
            "UID FETCH",
            [body(format!(
                "Subject: {ESCAPES}\r\nFrom: =?utf-8?b?G1sySgcb?= <{ESCAPES}@x>\r\nContent-Type: \
             text/html\r\n\r\n\
                 \
             <html><title>{ESCAPES}</title><script>alert(1)</script><p>&#27;[2J&#x9b;31m&#8238; \
             {ESCAPES}</html>\r\n"
            ))],
        ),
        Scenario::new("code-unclosed", &[87], "sends response codes that never end")
            .does(Action::List)
            .before(
                "LIST",
                [say("* OK [PERMANENTFLAGS (\r\n* OK [BADCHARSET (\r\n* OK [\r\n* OK []\r\n* OK [COPYUID\r\n\
             \
             * OK [APPENDUID 1\r\n* NO [CAPABILITY\r\n")],
            )
            .succeeds(),
    ]
}

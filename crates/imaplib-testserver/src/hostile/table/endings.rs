//! Endings: cut, closed, silent and BYE at every moment.

use super::super::outcome::Failure::{Lost, Protocol, Refused, Timeout};
use super::super::scenario::{Action, Certificate, Scenario};
use super::super::script::{Say, repeat, say};

pub(super) fn scenarios() -> Vec<Scenario> {
    let list =
        |name, about, script: Vec<Say>| Scenario::new(name, &[85], about).does(Action::List).instead("LIST", script);
    vec![
        list("cut-after-command", "ends the connection when LIST comes", vec![Say::Cut]).fails(&[Lost]),
        list("cut-in-star", "ends the connection after the first byte of the answer", vec![say("*"), Say::Cut])
            .fails(&[Lost]),
        list("cut-in-line", "ends the connection in the middle of a line", vec![say("* LIST () \"/\" INB"), Say::Cut])
            .fails(&[Lost]),
        list(
            "cut-in-quoted",
            "ends the connection in the middle of a quoted string",
            vec![say("* LIST () \"/\" \"INB"), Say::Cut],
        )
        .fails(&[Lost]),
        list(
            "cut-before-line-feed",
            "ends the connection between CR and LF",
            vec![say("* LIST () \"/\" INBOX\r"), Say::Cut],
        )
        .fails(&[Lost]),
        list(
            "cut-before-completion",
            "ends the connection behind the last mailbox",
            vec![say("* LIST () \"/\" INBOX\r\n"), Say::Cut],
        )
        .fails(&[Lost]),
        list(
            "cut-in-completion",
            "ends the connection in the middle of the completion",
            vec![say("* LIST () \"/\" INBOX\r\n<tag> O"), Say::Cut],
        )
        .fails(&[Lost]),
        list(
            "close-before-completion",
            "closes the connection in order before the completion",
            vec![say("* LIST () \"/\" INBOX\r\n"), Say::Close],
        )
        .fails(&[Lost]),
        list(
            "bye-in-answer",
            "says BYE in the middle of the answer, and closes",
            vec![say("* LIST () \"/\" INBOX\r\n* BYE restarting\r\n"), Say::Close],
        )
        .fails(&[Lost]),
        list(
            "bye-and-silence",
            "says BYE in the middle of the answer, and falls silent",
            vec![say("* LIST () \"/\" INBOX\r\n* BYE restarting\r\n"), Say::Silence],
        )
        .fails(&[Lost, Timeout]),
        list(
            "bye-and-ok",
            "says BYE, then OK, as if nothing had happened",
            vec![say("* LIST () \"/\" INBOX\r\n* BYE restarting\r\n<tag> OK done\r\n")],
        ),
        list("silence", "never answers LIST", vec![Say::Silence]).fails(&[Timeout]),
        list("no-line-ends", "ends lines with LF alone", vec![say("* LIST () \"/\" INBOX\n<tag> OK done\n")]),
        list("carriage-returns", "sends CR within lines", vec![say("* LIST () \"/\" IN\rBOX\r\r\n<tag> OK done\r\n")]),
        list(
            "zeros-in-line",
            "sends NUL bytes within lines",
            vec![say("* LIST () \"/\" IN\0BOX\r\n\0\r\n<tag> OK done\r\n")],
        ),
        list("refused-without-text", "refuses LIST with nothing but NO", vec![say("<tag> NO\r\n")]).fails(&[Refused]),
        list(
            "refused-endlessly",
            "refuses LIST with a text of 10,000,000 bytes",
            vec![say("<tag> NO "), repeat("x", 10_000_000), say("\r\n")],
        )
        .fails(&[])
        .heap(64 << 20),
        Scenario::new("tls-cut-without-close-notify", &[85], "ends TLS without close_notify behind the last mailbox")
            .tls(Certificate::Good)
            .does(Action::List)
            .instead("LIST", [say("* LIST () \"/\" INBOX\r\n"), Say::Cut])
            .fails(&[Lost]),
        Scenario::new("tls-close-notify-in-answer", &[85], "ends TLS in order in the middle of the answer")
            .tls(Certificate::Good)
            .does(Action::List)
            .instead("LIST", [say("* LIST () \"/\" INB"), Say::Close])
            .fails(&[Lost]),
        Scenario::new("tls-cut-in-body", &[67, 85], "ends TLS without close_notify in the middle of a text")
            .tls(Certificate::Good)
            .does(Action::FetchBody)
            .instead("UID FETCH", [say("* 1 FETCH (UID 1 BODY[] {100000}\r\n"), repeat("x", 70_000), Say::Cut])
            .fails(&[Lost]),
        Scenario::new("tls-noise-in-answer", &[85], "sends bytes that are no TLS in the middle of the answer")
            .tls(Certificate::Good)
            .does(Action::List)
            .instead(
                "LIST",
                [say("* LIST () \"/\" INB"), Say::Raw((&b"noise on the line, and no record"[..]).into()), Say::Silence],
            )
            .fails(&[Lost, Protocol, super::super::outcome::Failure::Tls]),
        Scenario::new("logout-silence", &[35], "does not answer LOGOUT")
            .does(Action::List)
            .instead("LOGOUT", [Say::Silence]),
        Scenario::new("logout-cut", &[35], "ends the connection when LOGOUT comes")
            .does(Action::List)
            .instead("LOGOUT", [Say::Cut]),
        Scenario::new("logout-no", &[35], "refuses LOGOUT")
            .does(Action::List)
            .instead("LOGOUT", [say("<tag> NO stay\r\n"), Say::Silence]),
        Scenario::new("logout-drips", &[35, 85], "answers LOGOUT at ten bytes a second without end")
            .does(Action::List)
            .instead("LOGOUT", [Say::Drip(b"* BYE ", std::time::Duration::from_millis(100))]),
        Scenario::new("logout-silence-within-tls", &[35], "does not answer LOGOUT within TLS")
            .tls(Certificate::Good)
            .does(Action::List)
            .instead("LOGOUT", [Say::Silence]),
        Scenario::new("cut-at-login", &[26], "ends the connection when the login comes")
            .instead("AUTHENTICATE", [Say::Cut])
            .instead("LOGIN", [Say::Cut])
            .fails(&[Lost]),
        Scenario::new("bye-at-select", &[26], "says BYE when SELECT comes, and closes")
            .does(Action::FetchFlags)
            .instead("SELECT", [say("* BYE no\r\n"), Say::Close])
            .instead("EXAMINE", [say("* BYE no\r\n"), Say::Close])
            .fails(&[Lost])
            .within(20),
        Scenario::new("bye-in-idle", &[26], "says BYE while the client waits, and closes")
            .does(Action::Idle)
            .instead("IDLE", [say("+ idling\r\n* BYE restarting\r\n"), Say::Close])
            .within(8),
    ]
}

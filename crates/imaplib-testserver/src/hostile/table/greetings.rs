//! Greetings that are none, and the time before and after them.

use std::time::Duration;

use super::super::outcome::Failure::{Limit, Login, Lost, Protocol, Timeout, Tls};
use super::super::scenario::{Action, Certificate, Scenario, Secret};
use super::super::script::{ENDLESS, Say, repeat, say};

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("greeting-is-http", &[26], "greets as a web server does")
            .greets([say("HTTP/1.1 400 Bad Request\r\n\r\n")])
            .fails(&[Protocol])
            .secret(Secret::Nowhere),
        Scenario::new("greeting-is-smtp", &[26], "greets as a mail relay does, then waits for a login")
            .greets([say("220 mail.example.org ESMTP\r\n")])
            .fails(&[Protocol])
            .secret(Secret::Nowhere),
        Scenario::new("greeting-is-data", &[26], "greets with a LIST response")
            .greets([say("* LIST () \"/\" INBOX\r\n* OK hi\r\n")])
            .fails(&[Protocol])
            .secret(Secret::Nowhere),
        Scenario::new("greeting-is-no", &[26], "greets with NO, then waits for a login")
            .greets([say("* NO go away\r\n")])
            .fails(&[Lost, Protocol])
            .secret(Secret::Nowhere),
        Scenario::new("greeting-is-bye", &[26], "greets with BYE, then waits for a login")
            .greets([say("* BYE too busy\r\n")])
            .fails(&[Lost, Protocol])
            .secret(Secret::Nowhere),
        Scenario::new("greeting-is-silence", &[34], "says nothing at all")
            .greets([Say::Silence])
            .fails(&[Timeout])
            .secret(Secret::Nowhere),
        Scenario::new("greeting-drips", &[85], "sends the greeting at ten bytes a second, without end")
            .greets([Say::Drip(b"* OK one moment ", Duration::from_millis(100))])
            .fails(&[Timeout])
            .secret(Secret::Nowhere),
        Scenario::new("greeting-is-endless", &[76], "sends a greeting without a line end")
            .greets([repeat("* OK hello ", ENDLESS)])
            .fails(&[Limit, Protocol])
            .secret(Secret::Nowhere),
        Scenario::new("greeting-of-blank-lines", &[85], "sends blank lines without end in place of a greeting")
            .greets([repeat("\r\n", ENDLESS)])
            .fails(&[Timeout, Protocol, Limit])
            .secret(Secret::Nowhere),
        Scenario::new("greeting-of-zeros", &[26], "greets with NUL bytes and a line end")
            .greets([say("\0\0\0\0\0\0\r\n")])
            // A line of nothing else is no greeting yet: what is missing may be.
            .fails(&[Protocol, Lost])
            .secret(Secret::Nowhere),
        Scenario::new("greeting-huge-capability", &[76, 83], "lists 100,000 capabilities in its greeting")
            .does(Action::Connect)
            .greets([
                say("* OK [CAPABILITY IMAP4rev1"),
                Say::Numbered(|number| format!(" X{number}"), 100_000),
                say("] hi\r\n"),
            ])
            .heap(32 << 20),
        Scenario::new("tls-port-speaks-clear", &[28], "speaks clear text on the TLS port, and offers LOGIN")
            .no_tls()
            .greets([say("* OK [CAPABILITY IMAP4rev1] hi\r\n")])
            .fails(&[Tls])
            .secret(Secret::Nowhere),
        Scenario::new("tls-silence", &[34], "accepts the connection and never shakes hands")
            .no_tls()
            .greets([Say::Silence])
            .fails(&[Timeout])
            .secret(Secret::Nowhere),
        Scenario::new("tls-drips", &[34, 85], "sends a TLS record at ten bytes a second, without end")
            .no_tls()
            .greets([Say::Hear, Say::Drip(&[22, 3, 3, 64, 0, 2, 0, 0], Duration::from_millis(100))])
            .fails(&[Timeout, Tls])
            .secret(Secret::Nowhere),
        Scenario::new(
            "tls-close-notify-in-hand-shake",
            &[51],
            "sends close_notify in the middle of the hand-shake, and stays",
        )
        .no_tls()
        .greets([Say::Raw((&[21, 3, 3, 0, 2, 1, 0][..]).into()), Say::Silence])
        .fails(&[Timeout, Tls, Lost])
        .secret(Secret::Nowhere),
        Scenario::new(
            "tls-close-notify-and-close",
            &[51],
            "sends close_notify in the middle of the hand-shake, and closes",
        )
        .no_tls()
        .greets([Say::Raw((&[21, 3, 3, 0, 2, 1, 0][..]).into()), Say::Close])
        .fails(&[Tls, Lost])
        .secret(Secret::Nowhere),
        Scenario::new("capability-is-empty", &[37], "lists no capability at all")
            .does(Action::LogIn)
            .greets([say("* OK hi\r\n")])
            .instead("CAPABILITY", [say("* CAPABILITY\r\n<tag> OK done\r\n")]),
        Scenario::new("logindisabled", &[97], "forbids LOGIN, and offers nothing else, in clear text")
            .greets([say("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n")])
            .instead("CAPABILITY", [say("* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n<tag> OK done\r\n")])
            .fails(&[Login])
            .secret(Secret::Nowhere),
        Scenario::new("logindisabled-within-tls", &[97], "forbids LOGIN, and offers nothing else, within TLS")
            .tls(Certificate::Good)
            .greets([say("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n")])
            .instead("CAPABILITY", [say("* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n<tag> OK done\r\n")])
            .fails(&[Login])
            .secret(Secret::Nowhere),
    ]
}

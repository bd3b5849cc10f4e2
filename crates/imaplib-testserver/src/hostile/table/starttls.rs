//! STARTTLS: what is put before, into and behind its answer, and what comes in its place.
//!
//! Who drops what stands behind the OK is safe; who ends the connection is safer, and knows of the attack.

use super::super::outcome::Failure::{Lost, NotOffered, Protocol, Refused, Timeout, Tls};
use super::super::scenario::{Action, Login, Scenario};
use super::super::script::{Say, say};

/// A listing that only somebody on the way can have said.
const INJECTED: &str = "* LIST (\\HasNoChildren) \"/\" INJECTED\r\n";

pub(super) fn scenarios() -> Vec<Scenario> {
    let behind = |text: &str| [say(format!("<tag> OK begin TLS\r\n{text}")), Say::Tls];
    vec![
        Scenario::new(
            "starttls-line-behind-ok",
            &[1, 2, 3, 4, 5, 6, 10],
            "sends a LIST response in the packet of the OK to STARTTLS",
        )
        .starttls()
        .does(Action::List)
        .instead("STARTTLS", behind(INJECTED))
        .may_fail(&[Protocol])
        .unseen("INJECTED"),
        Scenario::new(
            "starttls-answers-behind-ok",
            &[1, 7, 10],
            "sends answers to commands that are yet to come behind the OK to STARTTLS",
        )
        .starttls()
        .does(Action::List)
        .instead(
            "STARTTLS",
            behind(
                "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA3 OK done\r\nA003 OK done\r\nA4 OK done\r\n* \
             LIST () \"/\" INJECTED\r\n",
            ),
        )
        .may_fail(&[Protocol])
        .unseen("INJECTED"),
        Scenario::new(
            "starttls-capability-behind-ok",
            &[8],
            "sends a list of weak mechanisms behind the OK to STARTTLS",
        )
        .starttls()
        .instead("STARTTLS", behind("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"))
        .may_fail(&[Protocol]),
        Scenario::new(
            "starttls-partial-line-behind-ok",
            &[9],
            "sends the beginning of a line behind the OK to STARTTLS, for the first line within \
             TLS to end",
        )
        .starttls()
        .does(Action::List)
        .instead("STARTTLS", behind("* LIST () \"/\" INJECTED"))
        .may_fail(&[Protocol])
        .unseen("INJECTED"),
        Scenario::new(
            "starttls-literal-behind-ok",
            &[1, 9],
            "begins a literal behind the OK to STARTTLS, for what comes within TLS to fill",
        )
        .starttls()
        .does(Action::List)
        .instead("STARTTLS", behind("* LIST () \"/\" {40}\r\n"))
        .may_fail(&[Protocol]),
        Scenario::new(
            "starttls-late-line-behind-ok",
            &[1, 10],
            "sends a line in clear text a moment after the OK to STARTTLS",
        )
        .starttls()
        .does(Action::List)
        .instead(
            "STARTTLS",
            [say("<tag> OK begin TLS\r\n"), Say::Wait(std::time::Duration::from_millis(30)), say(INJECTED), Say::Tls],
        )
        .fails(&[Protocol, Tls])
        .unseen("INJECTED"),
        Scenario::new(
            "starttls-listing-before-ok",
            &[12, 13, 14, 15],
            "sends a LIST response before the OK to STARTTLS",
        )
        .starttls()
        .does(Action::List)
        .instead("STARTTLS", [say(format!("{INJECTED}<tag> OK begin TLS\r\n")), Say::Tls])
        .unseen("INJECTED"),
        Scenario::new(
            "starttls-mailbox-before-ok",
            &[12, 13, 38],
            "sends EXISTS, FETCH, EXPUNGE, FLAGS and SEARCH before the OK to STARTTLS",
        )
        .starttls()
        .does(Action::Search)
        .instead(
            "STARTTLS",
            [
                say("* 5 EXISTS\r\n* 2 EXPUNGE\r\n* 1 FETCH (UID 9 FLAGS (\\Deleted))\r\n* FLAGS \
             (\\Evil)\r\n* SEARCH 666\r\n* ESEARCH UID ALL 666\r\n<tag> OK begin \
             TLS\r\n"),
                Say::Tls,
            ],
        )
        .unseen("666"),
        Scenario::new(
            "starttls-capability-in-ok",
            &[11, 8],
            "lists only LOGIN in the OK to STARTTLS; within TLS there is SCRAM",
        )
        .starttls()
        .instead("STARTTLS", [say("<tag> OK [CAPABILITY IMAP4rev1 AUTH=LOGIN] begin TLS\r\n"), Say::Tls])
        .unheard("AUTHENTICATE LOGIN"),
        Scenario::new("starttls-refused-no", &[25, 27, 28], "says NO to STARTTLS")
            .starttls()
            .instead("STARTTLS", [say("<tag> NO not today\r\n")])
            .fails(&[Refused]),
        Scenario::new("starttls-refused-bad", &[25, 27], "says BAD to STARTTLS")
            .starttls()
            .instead("STARTTLS", [say("<tag> BAD what is that\r\n")])
            .fails(&[Refused]),
        Scenario::new("starttls-unknown-answer", &[23], "answers STARTTLS with a word that is none of OK, NO, BAD")
            .starttls()
            .instead("STARTTLS", [say("<tag> FINE go on in clear text\r\n"), Say::Silence])
            .fails(&[Protocol, Timeout, Refused]),
        Scenario::new("starttls-ok-and-no-tls", &[23, 25], "says OK to STARTTLS and goes on in clear text")
            .starttls()
            .instead("STARTTLS", [say("<tag> OK begin TLS\r\n"), Say::Hear, say("* OK never mind TLS\r\n")])
            .fails(&[Tls, Timeout, Lost, Protocol]),
        Scenario::new(
            "starttls-guessed-ok",
            &[24],
            "says OK to tags that are yet to come, before any command was sent",
        )
        .starttls()
        .greets([say("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hi\r\nA1 OK guessed\r\nA2 OK \
             guessed\r\nA001 OK guessed\r\nA002 OK guessed\r\n")])
        .fails(&[Protocol, Timeout, Lost, Tls]),
        Scenario::new("starttls-not-offered", &[25, 27, 28], "offers no STARTTLS, but LOGIN in clear text")
            .starttls()
            .without("STARTTLS")
            .fails(&[NotOffered]),
        Scenario::new("starttls-not-offered-plain", &[8, 27, 28], "offers no STARTTLS, but AUTH=PLAIN in clear text")
            .starttls()
            .login(Login::Plain)
            .without("STARTTLS")
            .fails(&[NotOffered]),
        Scenario::new(
            "starttls-preauth",
            &[16, 17, 18, 19, 20, 21, 22],
            "greets with PREAUTH where STARTTLS is wanted",
        )
        .starttls()
        .does(Action::Append)
        .greets([say("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome back\r\n")])
        .instead("APPEND", [say("+ give it to me\r\n"), Say::Silence])
        .fails(&[NotOffered, Protocol])
        .unheard("APPEND"),
        Scenario::new("starttls-preauth-no-starttls", &[16, 18], "greets with PREAUTH, and lists no STARTTLS")
            .starttls()
            .does(Action::List)
            .greets([say("* PREAUTH [CAPABILITY IMAP4rev1] welcome back\r\n")])
            .fails(&[NotOffered, Protocol])
            .unheard("LIST"),
        Scenario::new("starttls-no-mechanism", &[37], "offers no mechanism at all and no LOGIN within TLS")
            .starttls()
            .instead("STARTTLS", [say("<tag> OK begin TLS\r\n"), Say::Tls])
            .instead("CAPABILITY", [say("* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n<tag> OK done\r\n")])
            .fails(&[])
            .secret(super::super::scenario::Secret::Nowhere),
        Scenario::new("starttls-bad-capability", &[38], "says BAD to CAPABILITY each time")
            .starttls()
            .greets([say("* OK hi\r\n")])
            .instead("CAPABILITY", [say("<tag> BAD no\r\n")])
            .fails(&[]),
        Scenario::new("starttls-silence", &[34], "says OK to STARTTLS and nothing more")
            .starttls()
            .instead("STARTTLS", [say("<tag> OK begin TLS\r\n"), Say::Silence])
            .fails(&[Timeout]),
        Scenario::new("starttls-never-answered", &[34], "does not answer STARTTLS")
            .starttls()
            .instead("STARTTLS", [Say::Silence])
            .fails(&[Timeout]),
        Scenario::new("starttls-alert", &[33], "shows an ALERT before TLS that asks to call somebody")
            .starttls()
            .does(Action::List)
            .greets([say("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hi\r\n* OK [ALERT] call 0900-EVIL \
             now\r\n")])
            .unseen("0900-EVIL"),
        Scenario::new("starttls-bye", &[33], "shows a BYE before TLS that asks to call somebody, and goes on")
            .starttls()
            .does(Action::List)
            .instead("STARTTLS", [say("* BYE call 0900-EVIL now\r\n<tag> OK begin TLS\r\n"), Say::Tls])
            .unseen("0900-EVIL"),
    ]
}

//! Floods: more than was asked for, without end, fast and slow; and compressed.

use std::time::Duration;

use super::super::outcome::Failure::{Limit, Lost, Protocol, Timeout};
use super::super::scenario::{Action, Scenario};
use super::super::script::{ENDLESS, Say, bytes, repeat, say};

/// What one command may collect of answers that were asked for, and a little, in bytes.
const COLLECTED: u64 = 140 << 20;

/// An endless answer is not better than none: it must end with an error.
fn flood(
    name: &'static str,
    attacks: &'static [u8],
    about: &'static str,
    action: Action,
    command: &'static str,
    unit: &str,
) -> Scenario {
    Scenario::new(name, attacks, about)
        .does(action)
        .instead(command, [repeat(unit, ENDLESS)])
        .fails(&[Limit, Timeout, Protocol])
        .heap(64 << 20)
        .within(15)
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let deflated = |name, attacks, about, script: Vec<Say>| {
        Scenario::new(name, attacks, about)
            .with("COMPRESS=DEFLATE")
            .does(Action::Compress)
            .instead("COMPRESS", [say("<tag> OK go\r\n"), Say::Deflate])
            .instead("LIST", script)
            .heap(64 << 20)
            .within(15)
    };
    vec![
        flood(
            "flood-of-ok",
            &[85],
            "answers LIST with untagged OK without end",
            Action::List,
            "LIST",
            "* OK still working\r\n",
        ),
        flood(
            "flood-of-exists",
            &[85],
            "answers LIST with EXISTS without end",
            Action::List,
            "LIST",
            "* 23 EXISTS\r\n",
        ),
        flood(
            "flood-of-expunge",
            &[85, 92],
            "answers a search with EXPUNGE without end",
            Action::Search,
            "UID SEARCH",
            "* 1 EXPUNGE\r\n",
        ),
        flood(
            "flood-of-unknown",
            &[85],
            "answers LIST with responses that do not exist, without end",
            Action::List,
            "LIST",
            "* XYZZY nothing happens\r\n",
        ),
        flood(
            "flood-of-listings",
            &[85, 83],
            "lists mailboxes without end",
            Action::List,
            "LIST",
            "* LIST () \"/\" x\r\n",
        )
        .heap(COLLECTED),
        flood(
            "flood-of-searches",
            &[85, 83],
            "sends results of a search without end",
            Action::Search,
            "UID SEARCH",
            "* SEARCH 1 3 5\r\n",
        )
        .without("ESEARCH"),
        flood(
            "flood-of-rows",
            &[85, 83],
            "sends rows of the same message without end",
            Action::FetchFlags,
            "UID FETCH",
            "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 9)\r\n",
        ),
        flood(
            "flood-of-bodies",
            &[85],
            "sends the text of the same message without end",
            Action::FetchBody,
            "UID FETCH",
            "* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\n",
        ),
        flood(
            "flood-of-other-rows",
            &[85, 90],
            "sends rows of other messages without end",
            Action::FetchEnvelopes,
            "UID FETCH",
            "* 7 FETCH (UID 77 X-Y (a b))\r\n",
        ),
        flood("flood-of-blank-lines", &[85], "answers LIST with blank lines without end", Action::List, "LIST", "\r\n"),
        flood(
            "flood-of-capabilities",
            &[85],
            "sends lists of capabilities without end",
            Action::List,
            "LIST",
            "* CAPABILITY IMAP4rev1\r\n",
        ),
        flood(
            "flood-of-strange-tags",
            &[85],
            "answers LIST with the completion of other commands, without end",
            Action::List,
            "LIST",
            "Z9 OK done\r\n",
        ),
        flood(
            "flood-before-login",
            &[85, 83],
            "answers the login with responses without end",
            Action::LogIn,
            "AUTHENTICATE",
            "* OK [ALERT] wait\r\n",
        )
        .instead("LOGIN", [repeat("* OK [ALERT] wait\r\n", ENDLESS)]),
        flood(
            "flood-before-login-of-lists",
            &[85, 83],
            "answers the login with listings without end",
            Action::LogIn,
            "AUTHENTICATE",
            "* LIST () \"/\" x\r\n",
        )
        .instead("LOGIN", [repeat("* LIST () \"/\" x\r\n", ENDLESS)]),
        Scenario::new("flood-at-logout", &[35, 85], "answers LOGOUT with untagged OK without end")
            .does(Action::List)
            .instead("LOGOUT", [repeat("* OK still working\r\n", ENDLESS)]),
        Scenario::new(
            "flood-in-idle",
            &[85],
            "sends EXISTS without end while the client waits, and does not hear DONE",
        )
        .does(Action::Idle)
        .instead("IDLE", [say("+ idling\r\n"), repeat("* 2 EXISTS\r\n", ENDLESS)])
        .heap(32 << 20)
        .within(15),
        Scenario::new("events-huge", &[83, 85], "sends 30 unknown responses of 4,000,000 bytes each")
            .does(Action::List)
            .before("LIST", vec![[say("* XYZZY "), repeat("x", 4_000_000), say("\r\n")]; 30].concat())
            .heap(64 << 20)
            .within(15),
        Scenario::new("keep-alive-drips", &[85], "answers LIST with an untagged OK every 20 ms without end")
            .does(Action::List)
            .instead(
                "LIST",
                vec![[say("* OK still working\r\n"), Say::Wait(Duration::from_millis(20))]; 5_000].concat(),
            )
            .fails(&[Timeout, Limit, Protocol])
            .within(15),
        Scenario::new("answer-drips", &[85], "answers LIST at ten bytes a second without end")
            .does(Action::List)
            .instead("LIST", [Say::Drip(b"* LIST () \"/\" abcdefghijklmnopqrstuvwxyz", Duration::from_millis(100))])
            .fails(&[Timeout]),
        deflated(
            "deflate-bomb-line",
            &[84],
            "compresses a line without an end, a thousand to one",
            vec![say("* LIST () \"/\" "), repeat("0000000000", ENDLESS)],
        )
        .fails(&[Limit, Protocol]),
        deflated(
            "deflate-bomb-listings",
            &[84],
            "compresses listings without an end, a hundred to one",
            vec![repeat("* LIST () \"/\" x\r\n", ENDLESS)],
        )
        .heap(COLLECTED)
        .fails(&[Limit, Protocol]),
        deflated(
            "deflate-bomb-ok",
            &[84, 85],
            "compresses untagged OK without an end, two hundred to one",
            vec![repeat("* OK still working\r\n", ENDLESS)],
        )
        .fails(&[Limit, Protocol, Timeout]),
        deflated(
            "deflate-corrupt",
            &[84],
            "sends bytes that are no DEFLATE",
            vec![Say::Raw((&[0xff; 64][..]).into()), Say::Silence],
        )
        .fails(&[Protocol, Lost, Timeout]),
        deflated(
            "deflate-ends",
            &[84],
            "ends the compressed stream in the middle of an answer",
            vec![say("* LIST () \"/\" INB"), Say::Raw((&[0x03, 0x00][..]).into()), Say::Silence],
        )
        .fails(&[Lost, Protocol, Timeout]),
        Scenario::new("deflate-bytes-behind-ok", &[84, 1], "sends a listing in clear text behind the OK to COMPRESS")
            .with("COMPRESS=DEFLATE")
            .does(Action::Compress)
            .instead("COMPRESS", [bytes(b"<tag> OK go\r\n* LIST () \"/\" INJECTED\r\n".to_vec()), Say::Deflate])
            .unseen("INJECTED"),
    ]
}

//! Names: mailboxes and attachments that want to be paths, and more than a name.

use super::super::outcome::Failure::{Limit, Protocol, Timeout};
use super::super::scenario::{Action, Scenario};
use super::super::script::{Say, bytes, repeat, say};

fn names(
    name: &'static str,
    attacks: &'static [u8],
    about: &'static str,
    action: Action,
    script: impl Into<Vec<Say>>,
) -> Scenario {
    Scenario::new(name, attacks, about).does(action).without("LIST-STATUS").instead("LIST", script)
}

fn attachment(name: &'static str, about: &'static str, file: &str) -> Scenario {
    let structure = format!(
        "* 1 FETCH (UID 1 BODYSTRUCTURE (\"APPLICATION\" \"OCTET-STREAM\" (\"NAME\" {file}) \
             NIL NIL \"7BIT\" 6 NIL \
         (\"ATTACHMENT\" (\"FILENAME\" \
             {file})) NIL NIL) \
             BODY[1] {{6}}\r\nOWNED\n)\r\n<tag> OK done\r\n"
    );
    Scenario::new(name, &[104], about).does(Action::Attachments).instead("UID FETCH", [say(structure)])
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        names(
            "mailbox-dot-dot",
            &[101, 102, 103],
            "lists mailboxes called ../../OWNED, .., /tmp/OWNED and a/../../OWNED",
            Action::Backup,
            [say("* LIST () \"/\" \"../../OWNED\"\r\n* LIST () \"/\" \"..\"\r\n* LIST () \"/\" \
             \"/tmp/OWNED\"\r\n* LIST () \"/\" \"a/../../OWNED\"\r\n* LIST () \
             \"/\" INBOX\r\n\
             <tag> OK done\r\n")],
        ),
        names(
            "mailbox-dot-dot-other-delimiter",
            &[101, 102],
            "lists a mailbox called ..\\..\\OWNED, with other delimiters",
            Action::Backup,
            [say("* LIST () \"\\\\\" \"..\\\\..\\\\OWNED\"\r\n* LIST () \".\" \"../../OWNED\"\r\n* \
             LIST () NIL \"../../OWNED\"\r\n* LIST () \"/\" INBOX\r\n<tag> OK \
             done\r\n")],
        ),
        names(
            "mailbox-line-end-in-quotes",
            &[107],
            "quotes a mailbox name that is made of responses",
            Action::List,
            [say(format!(
                "* LIST () \"/\" INBOX\r\n* LIST () \"/\" \"x\r\n{}* 9999 EXISTS\r\ny\"\r\n<tag> OK done\r\n",
                (1..=20).map(|tag| format!("A{tag} OK forged\r\na{tag} OK forged\r\n")).collect::<String>()
            ))],
        )
        .fails(&[Protocol, Timeout]),
        names(
            "mailbox-nul",
            &[101, 102],
            "lists mailboxes with NUL, CR LF and ESC in their names, as literals",
            Action::Backup,
            [bytes(
                b"* LIST () \"/\" {7}\r\na\x00/../b\r\n* LIST () \"/\" {12}\r\nx\r\nA9 NOOP\r\n\r\n* \
             LIST () \"/\" {9}\r\n\x1b]0;own\x07e\r\n* LIST () \"/\" INBOX\r\n\
             <tag> OK done\r\n"
                    .to_vec(),
            )],
        ),
        names(
            "mailbox-long",
            &[101, 76],
            "lists a mailbox whose name has 10,000 bytes",
            Action::Backup,
            [
                say("* LIST () \"/\" {10000}\r\n"),
                repeat("a", 10_000),
                say("\r\n* LIST () \"/\" INBOX\r\n<tag> OK done\r\n"),
            ],
        ),
        names(
            "mailbox-many-levels",
            &[101, 79],
            "lists a mailbox of 20,000 levels",
            Action::Backup,
            [say("* LIST () \"/\" \""), repeat("a/", 20_000), say("\"\r\n* LIST () \"/\" INBOX\r\n<tag> OK done\r\n")],
        ),
        names(
            "mailbox-shell",
            &[65],
            "lists mailboxes called $(touch OWNED) and `touch OWNED`",
            Action::Backup,
            [say("* LIST () \"/\" \"$(touch OWNED)\"\r\n* LIST () \"/\" \"`touch OWNED`\"\r\n* LIST () \
             \"/\" \"-rf OWNED\"\r\n* LIST () \"/\" INBOX\r\n<tag> OK done\r\n")],
        ),
        names(
            "mailbox-escape",
            &[105],
            "lists a mailbox whose name clears the screen and sets the clipboard",
            Action::List,
            [bytes(
                b"* LIST () \"/\" {25}\r\n\x1b[2J\x1b]52;c;b3duZWQ=\x07\xc2\x9b31m\r\n* LIST () \
             \"\x1b\" x\r\n* LIST () \"/\" INBOX\r\n<tag> OK done\r\n"
                    .to_vec(),
            )],
        ),
        names(
            "mailbox-utf7",
            &[100],
            "lists mailboxes whose names are broken UTF-7",
            Action::List,
            [say("* LIST () \"/\" \"&\"\r\n* LIST () \"/\" \"&AA\"\r\n* LIST () \"/\" \"&2AA-\"\r\n* \
             LIST () \"/\" \"&AGE-&-&AG\"\r\n* LIST () \"/\" \"&AAA-x&ABs-[2J\"\r\n\
             * LIST () \
             \"/\" \"&ICo-\"\r\n<tag> OK done\r\n")],
        ),
        names(
            "mailbox-utf7-long",
            &[100],
            "lists a mailbox of 1,000,000 bytes of UTF-7",
            Action::List,
            [say("* LIST () \"/\" \""), repeat("&AGE-", 200_000), say("\"\r\n<tag> OK done\r\n")],
        )
        .heap(32 << 20),
        names(
            "mailbox-twice",
            &[103],
            "lists the same mailbox 1,000 times, and INBOX in other letters",
            Action::Backup,
            [
                repeat("* LIST () \"/\" INBOX\r\n", 1_000),
                say("* LIST () \"/\" inbox\r\n* LIST () \"/\" InBox\r\n<tag> OK done\r\n"),
            ],
        ),
        names(
            "listing-odd",
            &[93],
            "sends LIST responses that lack their parts",
            Action::List,
            [say("* LIST\r\n* LIST ()\r\n* LIST () \"/\"\r\n* LIST () \"\" \"\"\r\n* LIST () \"//\" \
             x\r\n* LIST (\\A (\\B)) NIL x\r\n* LIST NIL NIL NIL\r\n<tag> OK \
             done\r\n")],
        ),
        names(
            "mailboxes-million",
            &[83],
            "lists 1,000,000 mailboxes",
            Action::List,
            [Say::Numbered(|number| format!("* LIST () \"/\" \"x{number}\"\r\n"), 1_000_000), say("<tag> OK done\r\n")],
        )
        .fails(&[Limit])
        .heap(140 << 20)
        .within(20),
        attachment("attachment-dot-dot", "sends an attachment called ../../OWNED", "\"../../OWNED\""),
        attachment(
            "attachment-absolute",
            "sends an attachment called /tmp/OWNED-by-hostile",
            "\"/tmp/OWNED-by-hostile\"",
        ),
        attachment("attachment-windows", "sends an attachment called ..\\..\\OWNED.exe", "\"..\\\\..\\\\OWNED.exe\""),
        attachment("attachment-hidden", "sends an attachment called .bashrc", "\".bashrc\""),
        attachment("attachment-dots", "sends an attachment called ..", "\"..\""),
        attachment(
            "attachment-escape",
            "sends an attachment whose name holds ESC, NUL and a line end",
            "{15}\r\n\u{1b}[2Jx\0\r\n../y.sh",
        ),
        attachment(
            "attachment-long",
            "sends an attachment whose name has 10,000 bytes",
            &format!("\"{}\"", "a".repeat(10_000)),
        ),
        attachment(
            "attachment-encoded",
            "sends an attachment called ../../OWNED in an encoded word",
            "\"=?utf-8?q?=2E=2E=2F=2E=2E=2FOWNED?=\"",
        ),
    ]
}

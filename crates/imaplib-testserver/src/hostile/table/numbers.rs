//! Numbers: ranges of four thousand million, sets that end in a comma, and more digits than fit.

use super::super::scenario::{Action, Scenario};
use super::super::script::{Say, repeat, say};

fn search(name: &'static str, attacks: &'static [u8], about: &'static str, script: impl Into<Vec<Say>>) -> Scenario {
    Scenario::new(name, attacks, about).does(Action::Search).instead("UID SEARCH", script)
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        search(
            "esearch-all-numbers",
            &[74],
            "finds the messages 1:4294967295 in a mailbox of one",
            [say("* ESEARCH (TAG \"<tag>\") UID ALL 1:4294967295\r\n<tag> OK done\r\n")],
        ),
        search(
            "esearch-all-numbers-and-exists",
            &[74, 92],
            "claims 4,294,967,295 messages, and finds them all",
            [say("* 4294967295 EXISTS\r\n* ESEARCH (TAG \"<tag>\") UID ALL 1:4294967295\r\n<tag> \
             OK\r\n")],
        ),
        search(
            "search-all-numbers",
            &[74],
            "finds 1:4294967295 in an answer that knows no ranges",
            [say("* SEARCH 1:4294967295\r\n<tag> OK done\r\n")],
        )
        .without("ESEARCH"),
        search(
            "search-many-ranges",
            &[74],
            "finds 200,000 ranges, each of them everything",
            [
                say("* ESEARCH (TAG \"<tag>\") UID ALL 1:4294967295"),
                repeat(",1:4294967295", 200_000),
                say("\r\n<tag> OK done\r\n"),
            ],
        )
        .heap(32 << 20),
        search(
            "search-ends-in-comma",
            &[75],
            "sends a set that ends in a comma",
            [say("* ESEARCH (TAG \"<tag>\") UID ALL 1,\r\n<tag> OK done\r\n")],
        ),
        search(
            "search-of-commas",
            &[75],
            "sends sets of commas and colons",
            [say("* ESEARCH (TAG \"<tag>\") UID ALL ,,,:,:1,2:\r\n* ESEARCH UID ALL *:*\r\n* ESEARCH \
             UID ALL\r\n<tag> OK done\r\n")],
        ),
        search(
            "search-overflow",
            &[71],
            "finds numbers of 20 digits",
            [say("* SEARCH 99999999999999999999 18446744073709551617 4294967296 -1 0\r\n* ESEARCH UID \
             COUNT 99999999999999999999 MIN 4294967296\r\n<tag> OK done\r\n")],
        ),
        search(
            "search-million-numbers",
            &[83],
            "finds every second one of 1,000,000 numbers in a mailbox of one",
            [
                say("* SEARCH"),
                Say::Numbered(|number| format!(" {}", number * 2), 500_000),
                say("\r\n<tag> OK done\r\n"),
            ],
        )
        .without("ESEARCH")
        .heap(48 << 20),
        search(
            "search-short-numbers",
            &[83],
            "finds 1 and 3 a million times over",
            [say("* SEARCH"), repeat(" 1 3", 1_000_000), say("\r\n<tag> OK done\r\n")],
        )
        .without("ESEARCH")
        .heap(64 << 20)
        .within(30),
        search(
            "esearch-of-another",
            &[87],
            "answers a search with that of another tag",
            [say("* ESEARCH (TAG \"Z99\") UID ALL 666\r\n<tag> OK done\r\n")],
        ),
        Scenario::new("copyuid-all-numbers", &[74], "copies one message, and claims 1:4294967295 twice")
            .does(Action::Copy)
            .instead("UID COPY", [say("<tag> OK [COPYUID 1 1:4294967295 1:4294967295] done\r\n")]),
        Scenario::new("copyuid-differs", &[74, 75], "copies one message, and claims sets of different lengths")
            .does(Action::Copy)
            .instead("UID COPY", [say("<tag> OK [COPYUID 1 1:3, 7] done\r\n")]),
        Scenario::new("appenduid-all-numbers", &[74, 87], "adds one message, and claims the UIDs 1:4294967295")
            .does(Action::Append)
            .before("LOGOUT", [say("* OK [APPENDUID 1 1:4294967295] done\r\n")]),
        Scenario::new(
            "code-of-another-command",
            &[87],
            "sends APPENDUID with the OK to LIST, and COPYUID with that to LOGIN",
        )
        .does(Action::List)
        .instead("LIST", [say("* LIST () \"/\" INBOX\r\n<tag> OK [APPENDUID 1 2] [COPYUID 1 1 1] done\r\n")]),
        Scenario::new("exists-overflow", &[71, 92], "claims 99,999,999,999 messages")
            .does(Action::FetchFlags)
            .before("SELECT", [say("* 99999999999 EXISTS\r\n* -1 EXISTS\r\n* 4294967295 RECENT\r\n")])
            .before("EXAMINE", [say("* 99999999999 EXISTS\r\n* -1 EXISTS\r\n* 4294967295 RECENT\r\n")]),
        Scenario::new("codes-overflow", &[71, 91], "sends UIDNEXT, UIDVALIDITY and HIGHESTMODSEQ of 40 digits")
            .does(Action::FetchFlags)
            .before("SELECT", [say(CODES)])
            .before("EXAMINE", [say(CODES)]),
        Scenario::new("row-numbers-overflow", &[71, 91], "sends rows with sizes, dates and UIDs that no number holds")
            .does(Action::FetchEnvelopes)
            .instead(
                "UID FETCH",
                [say("* 1 FETCH (UID 1 RFC822.SIZE 99999999999999999999999 FLAGS () MODSEQ \
             (99999999999999999999) INTERNALDATE \"99-Foo-999999999999 99:99:99 +999999\")\r\n* \
             99999999999 FETCH (UID 99999999999 FLAGS ())\r\n<tag> OK done\r\n")],
            ),
        Scenario::new("long-internal-date", &[91], "sends a date and a size of 100,000 digits")
            .does(Action::FetchEnvelopes)
            .instead(
                "UID FETCH",
                [
                    say("* 1 FETCH (UID 1 INTERNALDATE \""),
                    repeat("1", 100_000),
                    say("\" RFC822.SIZE "),
                    repeat("9", 100_000),
                    say(")\r\n<tag> OK done\r\n"),
                ],
            ),
        Scenario::new("expunge-of-nothing", &[92, 38], "expunges messages 0, 2 and 4294967295 of a mailbox of one")
            .does(Action::FetchFlags)
            .before(
                "UID FETCH",
                [say("* 0 EXPUNGE\r\n* 2 EXPUNGE\r\n* 4294967295 EXPUNGE\r\n* 99999999999 EXPUNGE\r\n* \
             EXPUNGE\r\n")],
            ),
        Scenario::new(
            "rows-beyond-exists",
            &[92],
            "sends rows with the numbers 0, 2 and 4294967295 of a mailbox of one",
        )
        .does(Action::FetchFlags)
        .before(
            "UID FETCH",
            [say("* 0 FETCH (UID 1 FLAGS ())\r\n* 2 FETCH (UID 2 FLAGS ())\r\n* 4294967295 FETCH \
             (FLAGS ())\r\n* 1 FETCH (UID 0 FLAGS ())\r\n")],
        ),
        Scenario::new("vanished-all", &[74, 92], "says that 1:4294967295 have vanished").does(Action::Idle).instead(
            "IDLE",
            [
                say("+ idling\r\n* VANISHED 1:4294967295\r\n* VANISHED (EARLIER) 1:4294967295,\r\n"),
                Say::Hear,
                say("<tag> OK done\r\n"),
            ],
        ),
        Scenario::new("remove-finds-all", &[74], "finds 1:4294967295 where one message is to be removed")
            .without("MOVE")
            .does(Action::Remove)
            .instead("UID SEARCH", [say("* ESEARCH (TAG \"<tag>\") UID ALL 1:4294967295\r\n<tag> OK done\r\n")])
            .unheard("1:4294967295"),
        Scenario::new("status-without-list", &[93], "sends STATUS without a list, and with numbers that do not fit")
            .does(Action::Backup)
            .without("LIST-STATUS")
            .instead(
                "STATUS",
                [say("* STATUS INBOX\r\n* STATUS\r\n* STATUS INBOX (MESSAGES 99999999999999999999 UIDNEXT \
             x)\r\n<tag> OK done\r\n")],
            ),
    ]
}

const CODES: &str = "* OK [UIDNEXT 9999999999999999999999999999999999999999] x\r\n\
    * OK [UIDVALIDITY 9999999999999999999999999999999999999999] x\r\n\
    * OK [HIGHESTMODSEQ 9999999999999999999999999999999999999999] x\r\n\
    * OK [UNSEEN -1] x\r\n* OK [PERMANENTFLAGS] x\r\n* OK [UIDNEXT] x\r\n";

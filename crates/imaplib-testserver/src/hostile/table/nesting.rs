//! Lists within lists, deeper than any stack, and headers with more addresses than any mail.

use super::super::scenario::{Action, Scenario};
use super::super::script::{Say, repeat, say};

/// So much lies on the heap for a response of two million bytes.
const HEAP: u64 = 48 << 20;

/// So much lies there for a response of four million bytes that is nothing but small values.
const MANY_VALUES: u64 = 64 << 20;

fn fetch(name: &'static str, attacks: &'static [u8], about: &'static str, action: Action, item: Vec<Say>) -> Scenario {
    let mut script = vec![say("* 1 FETCH (UID 1 ")];
    script.extend(item);
    script.push(say(")\r\n<tag> OK done\r\n"));
    Scenario::new(name, attacks, about).does(action).instead("UID FETCH", script).heap(HEAP)
}

fn nested(item: &str, inner: &str, depth: u64) -> Vec<Say> {
    vec![say(format!("{item} ")), repeat("(", depth), say(inner), repeat(")", depth)]
}

const PART: &str = "(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5 1)";

fn multiparts(depth: u64) -> Vec<Say> {
    vec![say("BODYSTRUCTURE "), repeat("(", depth), say(PART), repeat(" \"MIXED\")", depth)]
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let thread = |name, depth: u64, about| {
        Scenario::new(name, &[78], about)
            .with("THREAD=REFERENCES")
            .does(Action::Thread)
            .instead(
                "UID THREAD",
                [say("* THREAD "), repeat("(", depth), say("1"), repeat(")", depth), say("\r\n<tag> OK done\r\n")],
            )
            .heap(HEAP)
    };
    vec![
        fetch(
            "structure-3000-deep",
            &[78, 79],
            "sends a MIME structure of 3,000 parts within each other",
            Action::Attachments,
            multiparts(3_000),
        ),
        fetch(
            "structure-million-deep",
            &[78, 79],
            "sends a MIME structure of 1,000,000 parts within each other",
            Action::Attachments,
            multiparts(1_000_000),
        ),
        fetch(
            "structure-open-parentheses",
            &[78, 79],
            "sends 1,000,000 open parentheses for a MIME structure",
            Action::Attachments,
            vec![say("BODYSTRUCTURE "), repeat("(", 1_000_000)],
        ),
        fetch(
            "structure-messages-deep",
            &[79],
            "sends a MIME structure of 20,000 messages within messages",
            Action::Attachments,
            vec![
                say("BODYSTRUCTURE "),
                repeat(
                    "(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 9 (NIL NIL NIL NIL NIL NIL NIL NIL NIL \
             NIL) ",
                    20_000,
                ),
                say(PART),
                repeat(" 9)", 20_000),
            ],
        ),
        fetch(
            "structure-wide",
            &[79, 83],
            "sends a MIME structure of 50,000 parts beside each other",
            Action::Attachments,
            vec![say("BODYSTRUCTURE ("), repeat(PART, 50_000), say(" \"MIXED\")")],
        )
        .heap(64 << 20),
        fetch(
            "structure-wide-and-long",
            &[79, 83],
            "sends a MIME structure of 120,000 parts beside each other",
            Action::Attachments,
            vec![say("BODYSTRUCTURE ("), repeat("(\"A\" \"B\" NIL NIL NIL \"7BIT\" 5)", 120_000), say(" \"MIXED\")")],
        )
        .heap(MANY_VALUES)
        .within(20),
        fetch(
            "structure-parameters",
            &[79, 83],
            "sends a MIME structure with 650,000 parameters",
            Action::Attachments,
            vec![
                say("BODYSTRUCTURE (\"A\" \"B\" ("),
                repeat("\"\" \"\" ", 650_000),
                say("\"a\" \"b\") NIL NIL \"7BIT\" 5)"),
            ],
        )
        .heap(MANY_VALUES)
        .within(20),
        fetch(
            "structure-extension-deep",
            &[78, 79],
            "sends 1,000,000 lists within each other as extension of a MIME structure",
            Action::Attachments,
            vec![
                say("BODYSTRUCTURE (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5 1 NIL NIL NIL NIL "),
                repeat("(", 1_000_000),
                repeat(")", 1_000_000),
                say(")"),
            ],
        ),
        fetch(
            "envelope-3000-deep",
            &[78],
            "sends an envelope whose addresses are 3,000 lists within each other",
            Action::FetchEnvelopes,
            vec![
                say("ENVELOPE (NIL \"x\" "),
                repeat("(", 3_000),
                repeat(")", 3_000),
                say(" NIL NIL NIL NIL NIL NIL NIL)"),
            ],
        ),
        fetch(
            "envelope-million-deep",
            &[78],
            "sends an envelope whose addresses are 1,000,000 lists within each other",
            Action::FetchEnvelopes,
            vec![
                say("ENVELOPE (NIL \"x\" "),
                repeat("(", 1_000_000),
                repeat(")", 1_000_000),
                say(" NIL NIL NIL NIL NIL NIL NIL)"),
            ],
        ),
        fetch(
            "envelope-100000-addresses",
            &[80],
            "sends an envelope with 100,000 addresses",
            Action::FetchEnvelopes,
            vec![
                say("ENVELOPE (NIL \"x\" NIL NIL NIL ("),
                repeat("(\"Ann\" NIL \"ann\" \"example.org\")", 100_000),
                say(") NIL NIL NIL NIL)"),
            ],
        ),
        fetch(
            "envelope-groups",
            &[81],
            "sends an envelope with 200,000 beginnings and ends of groups",
            Action::FetchEnvelopes,
            vec![
                say("ENVELOPE (NIL \"x\" NIL NIL NIL ("),
                repeat("(NIL NIL \"g\" NIL)(NIL NIL NIL NIL)", 200_000),
                say(") NIL NIL NIL NIL)"),
            ],
        ),
        fetch(
            "unknown-item-deep",
            &[78],
            "sends 1,000,000 lists within each other for an item that does not exist",
            Action::FetchFlags,
            [nested("X-EVIL", "", 1_000_000), vec![say(" FLAGS ()")]].concat(),
        ),
        fetch(
            "flags-100000",
            &[83],
            "sends 100,000 keywords for a message",
            Action::FetchFlags,
            vec![say("FLAGS ("), Say::Numbered(|number| format!("k{number} "), 100_000), say("\\Seen)")],
        ),
        thread("thread-3000-deep", 3_000, "sends threads of 3,000 lists within each other"),
        thread("thread-million-deep", 1_000_000, "sends threads of 1,000,000 lists within each other"),
        Scenario::new("thread-of-answers-deep", &[78], "sends a thread of 200,000 answers, each to the one before")
            .with("THREAD=REFERENCES")
            .does(Action::Thread)
            .instead("UID THREAD", [say("* THREAD (1"), repeat(" 1", 200_000), say(")\r\n<tag> OK done\r\n")])
            .heap(HEAP),
        Scenario::new(
            "namespace-deep",
            &[78],
            "sends a LIST response whose extension is 1,000,000 lists within each other",
        )
        .does(Action::List)
        .instead(
            "LIST",
            [say("* LIST () \"/\" x ("), repeat("(", 1_000_000), repeat(")", 1_000_000), say(")\r\n<tag> OK done\r\n")],
        )
        .heap(HEAP),
    ]
}

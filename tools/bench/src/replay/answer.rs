//! The prepared answers.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::OnceLock;

use crate::random::Random;
use crate::scenario::{Operation, Scenario};

/// What is sent again and again to make a long text: whole lines.
const BLOCK: u64 = 78 * 8192;

/// Bytes to send, and what the client must have seen at the end.
pub(crate) struct Answer {
    parts: Vec<Part>,
    messages: u64,
    /// The answer in DEFLATE, once somebody wants it.
    deflated: OnceLock<Vec<u8>>,
    /// Rows, numbers, mailboxes; of texts, their bytes.
    pub(crate) expected: u64,
}

enum Part {
    Here(Vec<u8>),
    /// So many bytes of the block, over and over.
    Text(u64),
}

impl Answer {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let size = scenario.size;
        let mut random = Random::new(1);
        let mut messages = size.max(1);
        let mut expected = size;
        let parts = match scenario.operation {
            Operation::Nothing => Vec::new(),
            Operation::Flags => rows(size, |text, n| flags(text, n, &mut random)),
            Operation::Envelopes => rows(size, |text, n| envelope(text, n, &mut random)),
            Operation::Structures => rows(size, |text, n| structure(text, n, &mut random)),
            Operation::List => rows(size, mailbox),
            Operation::Search => rows(1, |text, _| numbers(text, size)),
            Operation::Body => {
                messages = 1;
                body(1, size)
            }
            Operation::Bodies => {
                let sizes: Vec<u64> = (0..size).map(|_| random_size(&mut random)).collect();
                expected = sizes.iter().sum();
                // One block in the end: a server that writes each text by itself would be what is measured.
                let mut all = Vec::new();
                for (n, size) in (1..).zip(sizes) {
                    body(n, size).iter().for_each(|part| part.copy_to(&mut all));
                }
                vec![Part::Here(all)]
            }
        };
        Self { parts, messages, deflated: OnceLock::new(), expected }
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        self.parts.iter().map(Part::len).sum()
    }

    /// All of it in DEFLATE: a piece that can stand anywhere in a stream.
    pub(crate) fn deflated(&self) -> &[u8] {
        self.deflated.get_or_init(|| {
            let mut bytes = Vec::new();
            // Into memory nothing fails.
            let _ = self.write(&mut bytes);
            super::deflated::piece(&bytes)
        })
    }

    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let block = block();
        for part in &self.parts {
            match part {
                Part::Here(bytes) => out.write_all(bytes)?,
                Part::Text(length) => {
                    let mut left = usize::try_from(*length).map_err(io::Error::other)?;
                    while left > 0 {
                        let count = left.min(block.len());
                        out.write_all(&block[..count])?;
                        left -= count;
                    }
                }
            }
        }
        Ok(())
    }

    /// The response to SELECT.
    pub(crate) fn selected(&self) -> Vec<u8> {
        let next = self.messages + 1;
        format!(
            "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n\
             * {} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT {next}] ok\r\n",
            self.messages
        )
        .into_bytes()
    }
}

impl Part {
    fn len(&self) -> u64 {
        match self {
            Self::Here(bytes) => bytes.len() as u64,
            Self::Text(length) => *length,
        }
    }

    fn copy_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Here(bytes) => out.extend_from_slice(bytes),
            Self::Text(length) => out.extend(block().iter().cycle().take(usize::try_from(*length).unwrap_or(0))),
        }
    }
}

/// Lines of 76 characters.
fn block() -> &'static [u8] {
    static BLOCK_TEXT: OnceLock<Vec<u8>> = OnceLock::new();
    BLOCK_TEXT.get_or_init(|| {
        let mut random = Random::new(2);
        let letters = b"abcdefghijklmnopqrstuvwxyz     ABCDEFGHIJKLMNOP.,?!()";
        let mut text = Vec::new();
        for _ in 0..BLOCK / 78 {
            text.extend((0..76).map(|_| *random.pick(letters)));
            text.extend_from_slice(b"\r\n");
        }
        text
    })
}

fn rows(count: u64, mut row: impl FnMut(&mut String, u64)) -> Vec<Part> {
    let mut text = String::new();
    (1..=count).for_each(|n| row(&mut text, n));
    vec![Part::Here(text.into_bytes())]
}

const FLAGS: [&str; 6] = ["\\Seen", "", "\\Seen \\Answered", "\\Seen \\Flagged", "\\Seen $Label1", "\\Seen NonJunk"];

pub(crate) fn flags(text: &mut String, n: u64, random: &mut Random) {
    let _ = write!(text, "* {n} FETCH (UID {n} FLAGS ({}))\r\n", random.pick(&FLAGS));
}

pub(crate) fn envelope(text: &mut String, n: u64, random: &mut Random) {
    const SUBJECTS: [&str; 4] = [
        "\"Re: minutes of the meeting on Monday\"",
        "\"=?UTF-8?Q?Best=C3=A4tigung_Ihrer_Bestellung?=\"",
        "\"the draft for tomorrow, second version\"",
        "\"Fwd: \\\"quarterly\\\" figures\"",
    ];
    let (day, hour, id) = (1 + random.below(28), random.below(24), random.next());
    let _ = write!(
        text,
        "* {n} FETCH (UID {n} ENVELOPE (\"Tue, {day} Mar 2023 {hour:02}:14:07 +0100\" {} \
         ((\"Ann Example\" NIL \"ann\" \"example.org\")) ((\"Ann Example\" NIL \"ann\" \"example.org\")) \
         ((\"Ann Example\" NIL \"ann\" \"example.org\")) \
         ((\"=?UTF-8?Q?J=C3=BCrgen?=\" NIL \"juergen\" \"example.net\")(NIL NIL \"team\" \"lists.example.org\")) \
         NIL NIL \"<{n}.{:x}@mail.example.org>\" \"<{n}.{id:x}@mail.example.net>\"))\r\n",
        random.pick(&SUBJECTS),
        id.rotate_left(17),
    );
}

pub(crate) fn structure(text: &mut String, n: u64, random: &mut Random) {
    let (lines, bytes) = (10 + random.below(400), random.below(40_000));
    let _ = write!(
        text,
        "* {n} FETCH (UID {n} BODYSTRUCTURE (((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"UTF-8\") NIL NIL \
         \"QUOTED-PRINTABLE\" {bytes} {lines} NIL NIL NIL NIL)(\"TEXT\" \"HTML\" (\"CHARSET\" \"UTF-8\") NIL NIL \
         \"QUOTED-PRINTABLE\" {bytes} {lines} NIL NIL NIL NIL) \"ALTERNATIVE\" (\"BOUNDARY\" \"b1_{n}\") NIL NIL NIL)\
         (\"APPLICATION\" \"PDF\" (\"NAME\" \"report {n}.pdf\") NIL NIL \"BASE64\" {bytes} NIL \
         (\"ATTACHMENT\" (\"FILENAME\" \"report {n}.pdf\")) NIL NIL) \"MIXED\" (\"BOUNDARY\" \"b2_{n}\") NIL NIL NIL))\r\n"
    );
}

pub(crate) fn mailbox(text: &mut String, n: u64) {
    let _ = match n {
        1 => write!(text, "* LIST (\\HasNoChildren) \"/\" INBOX\r\n"),
        _ => write!(text, "* LIST (\\HasNoChildren) \"/\" \"Projects/2023/Customer {n}\"\r\n"),
    };
}

/// Numbers with gaps, so that no range can hold them all.
fn numbers(text: &mut String, count: u64) {
    text.push_str("* SEARCH");
    for n in 1..=count {
        let _ = write!(text, " {}", n + n / 3);
    }
    text.push_str("\r\n");
}

fn body(n: u64, size: u64) -> Vec<Part> {
    let head = format!("* {n} FETCH (UID {n} BODY[] {{{size}}}\r\n");
    vec![Part::Here(head.into_bytes()), Part::Text(size), Part::Here(b")\r\n".to_vec())]
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A size between two limits.
fn random_size(random: &mut Random) -> u64 {
    random.log_normal(4840.0, 0.95).clamp(300.0, 2e6) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_as_long_as_it_says() {
        for operation in [Operation::Flags, Operation::Search, Operation::List, Operation::Bodies, Operation::Body] {
            let answer = Answer::new(Scenario::new(operation, 50));
            let mut bytes = Vec::new();
            answer.write(&mut bytes).unwrap();
            assert_eq!(bytes.len() as u64, answer.len());
            assert!(bytes.ends_with(b"\r\n"), "{operation:?}");
            assert!(operation == Operation::Bodies || answer.expected == 50);
        }
    }
}

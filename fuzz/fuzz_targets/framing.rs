//! A server whose messages are made of responses, in rows that are quoted well or badly: nothing of a message ever comes
//! out as a response.
#![no_main]

use arbitrary::Arbitrary;
use imaplib_proto::command::{self, FetchItem, Select};
use imaplib_proto::engine::{Engine, EngineError, Limits, Step};
use imaplib_proto::types::{MailboxName, UidSet};
use libfuzzer_sys::fuzz_target;

/// What somebody has written into a message.
const LINES: [&str; 8] = [
    "* 9999 EXISTS\r\n",
    "A2 OK forged\r\n",
    "* 9 FETCH (UID 99 BODY[] \"forged\")\r\n",
    "* BYE forged\r\n",
    ")\r\n",
    " UID 99)\r\n",
    "* 9999 EXISTS\n",
    "\"\\ x {3}\r\n",
];

/// The names of texts, and how servers announce their literals.
const NAMES: [&str; 8] =
    ["BODY[]", "BODY[TEXT]", "BODY[1.MIME]", "BODY[]<0>", "BINARY[1]", "RFC822", "RFC822.HEADER", "RFC822.TEXT"];
const ANNOUNCED: [(&str, &str); 16] = [
    (" {", "}"),
    ("{", "}"),
    (" ~{", "}"),
    ("~{", "}"),
    ("  {", "} "),
    (" {", "+}"),
    // And how none should be announced.
    (" {", "}\0"),
    (" {", "}x"),
    (" {", "})"),
    (" {", "}]"),
    (" {", "} x"),
    (" {", "} {0}"),
    (" ~{", "} ~"),
    ("\t{", "}"),
    (" { ", " }"),
    (" {", "}\r\0"),
];

/// How a row begins: as it should, or not.
const BEGINNINGS: [&str; 12] = [
    "* 1 FETCH (",
    " * 1 FETCH (",
    "\t* 1 FETCH (",
    "*\t1 FETCH (",
    "*1 FETCH (",
    "1 FETCH (",
    "** 1 FETCH (",
    "\r* 1 FETCH (",
    "+ 1 FETCH (",
    "* NO (",
    "\0* 1 FETCH (",
    "(",
];

#[derive(Arbitrary, Debug)]
enum Item {
    /// A list of texts, which are quoted as they are: quotes and backslashes stay.
    Envelope(Vec<Vec<u8>>),
    Structure(Vec<u8>),
    Labels(Vec<Vec<u8>>),
    /// An item with one of these values, as it is.
    Other(Vec<u8>),
    Flags,
    Size(u32),
    Text {
        name: u8,
        announced: u8,
        lines: Vec<u8>,
    },
    /// A text in an envelope.
    Literal {
        quoted: Vec<u8>,
        announced: u8,
        lines: Vec<u8>,
    },
}

/// What a server leaves of a text when it quotes it badly: no line end, for no server sends one.
fn badly_quoted(text: &[u8]) -> Vec<u8> {
    let kept = text.iter().take(40).copied().filter(|byte| !matches!(byte, 0 | b'\r' | b'\n'));
    [b"\"".to_vec(), kept.collect(), b"\"".to_vec()].concat()
}

fn literal(announced: u8, lines: &[u8]) -> Vec<u8> {
    let text: String = lines.iter().take(20).map(|line| LINES[usize::from(line % 8)]).collect();
    let (open, close) = ANNOUNCED[usize::from(announced % 16)];
    format!("{open}{}{close}\r\n{text}", text.len()).into_bytes()
}

fn write(item: &Item) -> Vec<u8> {
    let list = |name: &str, texts: &[Vec<u8>]| {
        let texts: Vec<Vec<u8>> = texts.iter().take(10).map(|text| badly_quoted(text)).collect();
        [name.as_bytes(), b" (", &texts.join(&b' ')[..], b")"].concat()
    };
    match item {
        Item::Envelope(texts) => list("ENVELOPE", texts),
        Item::Labels(texts) => list("X-GM-LABELS", texts),
        Item::Structure(name) => {
            let name = badly_quoted(name);
            [b"BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (\"NAME\" ", &name[..], b") NIL NIL \"7BIT\" 1 2)"].concat()
        }
        Item::Other(value) => [b"X-NEW ".to_vec(), badly_quoted(value)].concat(),
        Item::Flags => b"FLAGS (\\Seen)".to_vec(),
        Item::Size(size) => format!("RFC822.SIZE {size}").into_bytes(),
        Item::Text { name, announced, lines } => {
            [NAMES[usize::from(name % 8)].as_bytes(), &literal(*announced, lines)].concat()
        }
        Item::Literal { quoted, announced, lines } => {
            let (quoted, literal) = (badly_quoted(quoted), literal(*announced, lines));
            [b"ENVELOPE (", &quoted[..], &literal, b" NIL NIL NIL NIL NIL NIL NIL NIL)"].concat()
        }
    }
}

fuzz_target!(|input: (Vec<Item>, u8, u16, u8)| {
    let (items, threshold, step, beginning) = input;
    let beginning = BEGINNINGS[usize::from(beginning % 12)];
    let is_row = beginning == BEGINNINGS[0];
    let mut engine = Engine::new(Limits::default().stream_threshold(usize::from(threshold) * 4));
    engine.push(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
    let select = engine.start(Select::new(MailboxName::inbox())).unwrap();
    engine.push(b"* 1 EXISTS\r\nA1 OK [READ-WRITE] x\r\n");
    while engine.poll().unwrap() != Step::Blocked {}
    assert!(engine.take(&select).is_some());
    while engine.next_event().is_some() {}
    let ticket = engine.start(command::Fetch::new(UidSet::all(), FetchItem::message())).unwrap();

    let items: Vec<Vec<u8>> = items.iter().take(8).map(write).collect();
    let answer = [beginning.as_bytes(), b"UID 3 ", &items.join(&b' ')[..], b")\r\nA2 OK done\r\n"].concat();
    let mut rows = 0;
    for part in answer.chunks(usize::from(step).max(1)) {
        engine.push(part);
        loop {
            match engine.poll() {
                Ok(Step::Blocked) => break,
                Ok(Step::Row(row)) => {
                    rows += u32::from(!row.continues);
                    assert!(rows == 1, "one row was sent: {}", answer.escape_ascii());
                    assert_eq!(row.fetch.seq.is_none(), row.continues, "{}", answer.escape_ascii());
                }
                Ok(Step::Finished(_)) => {
                    let text = engine.take(&ticket).unwrap().unwrap().text.to_string();
                    assert_eq!(text, "done", "{}", answer.escape_ascii());
                }
                Ok(_) => {}
                // Where it cannot be known what a server means, nothing more is heard of it.
                Err(EngineError::FramingLost | EngineError::Frame(_)) => break,
                // Nor where a line is none of the protocol's.
                Err(_) if !is_row => break,
                Err(error) => panic!("{error}: {}", answer.escape_ascii()),
            }
        }
    }
    // A row that nobody can claim is unsolicited, but only the one that was sent.
    while let Some(event) = engine.next_event() {
        assert!(
            !is_row || matches!(event.response, imaplib_proto::types::Untagged::Fetch(_)),
            "{event:?}: {}",
            answer.escape_ascii()
        );
        rows += 1;
    }
    assert!(rows <= 1, "{}", answer.escape_ascii());
    assert_eq!(engine.mailbox().map(|view| view.exists), Some(1), "{}", answer.escape_ascii());
});

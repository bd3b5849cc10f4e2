//! An engine with an open mailbox, and what it makes of an answer at every split of its bytes.

use imaplib_proto::command::{self, FetchItem};
use imaplib_proto::engine::{Engine, EngineError, Limits, Step};
use imaplib_proto::types::{Fetch, MailboxName, UidSet, Untagged};

/// A message that is made of responses.
pub const TEXT: &str =
    "* 9999 EXISTS\r\nA2 OK forged\r\n* 1 FETCH (UID 3 BODY[] \"forged\")\r\n* 8888 EXISTS\n)\r\nA2 OK forged\r\n";

/// What an engine made of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Each row, and the bytes of its texts that were streamed.
    pub rows: Vec<(Fetch, Vec<u8>)>,
    pub diagnostics: Vec<&'static str>,
    pub events: Vec<Untagged>,
    pub exists: u32,
    /// The text of the completion.
    pub completion: Option<String>,
    pub error: Option<EngineError>,
}

impl Outcome {
    /// The texts of the messages, whichever way they came.
    pub fn texts(&self) -> Vec<Vec<u8>> {
        let held = |row: &Fetch| {
            row.sections.iter().filter_map(|text| text.data.as_bytes().map(|text| text.to_vec())).collect()
        };
        let texts = |(row, streamed): &(Fetch, Vec<u8>)| {
            let mut texts: Vec<Vec<u8>> = held(row);
            if !streamed.is_empty() {
                texts.push(streamed.clone());
            }
            texts.concat()
        };
        self.rows.iter().map(texts).collect()
    }

    pub fn uids(&self) -> Vec<Option<u32>> {
        self.rows.iter().map(|(row, _)| row.uid.map(|uid| uid.get())).collect()
    }
}

/// An engine with INBOX open, of one message.
pub fn engine(stream_threshold: usize) -> Engine {
    let mut engine = Engine::new(Limits::default().stream_threshold(stream_threshold));
    engine.push(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
    let select = engine.start(command::Select::new(MailboxName::inbox())).unwrap();
    engine.push(b"* 1 EXISTS\r\nA1 OK [READ-WRITE] x\r\n");
    while engine.poll().unwrap() != Step::Blocked {}
    engine.take(&select).unwrap().unwrap();
    while engine.next_event().is_some() {}
    engine
}

pub fn items() -> Vec<FetchItem> {
    vec![FetchItem::Envelope, FetchItem::message()]
}

/// What comes of an answer to UID FETCH that arrives in these parts.
pub fn outcome(parts: &[&[u8]], stream_threshold: usize) -> Outcome {
    let mut engine = engine(stream_threshold);
    let ticket = engine.start(command::Fetch::new(UidSet::all(), items())).unwrap();
    let mut outcome = Outcome::default();
    for part in parts {
        engine.push(part);
        loop {
            match engine.poll() {
                Ok(Step::Blocked) => break,
                Ok(Step::Row(row)) if row.continues => {
                    outcome.diagnostics.extend(row.diagnostics.iter().map(|note| note.reason));
                    outcome.rows.last_mut().unwrap().0.merge(*row.fetch);
                }
                Ok(Step::Row(row)) => {
                    outcome.diagnostics.extend(row.diagnostics.iter().map(|note| note.reason));
                    outcome.rows.push((*row.fetch, Vec::new()));
                }
                Ok(Step::Chunk(bytes)) => outcome.rows.last_mut().unwrap().1.extend_from_slice(&bytes),
                Ok(Step::Finished(_)) => {
                    let reply = engine.take(&ticket).unwrap().unwrap();
                    outcome.completion = Some(reply.text.to_string());
                }
                Ok(_) => {}
                Err(error) => {
                    outcome.error = Some(error);
                    break;
                }
            }
        }
    }
    outcome.events = std::iter::from_fn(|| engine.next_event()).map(|event| event.response).collect();
    outcome.exists = engine.mailbox().map_or(0, |view| view.exists);
    outcome
}

/// The same, which must not depend on the way that the bytes come: at every split, and byte by byte.
pub fn at_every_split(answer: &[u8], stream_threshold: usize) -> Outcome {
    let expected = outcome(&[answer], stream_threshold);
    for at in 0..answer.len() {
        let (left, right) = answer.split_at(at);
        let found = outcome(&[left, right], stream_threshold);
        assert_eq!(found, expected, "{} split at {at}", answer.escape_ascii());
    }
    assert_eq!(outcome(&answer.chunks(1).collect::<Vec<_>>(), stream_threshold), expected, "{}", answer.escape_ascii());
    expected
}

/// Nothing of the message became a response.
pub fn is_not_forged(outcome: &Outcome, answer: &str) {
    assert_eq!(outcome.events, [], "{}", answer.escape_debug());
    assert_eq!(outcome.exists, 1, "{}", answer.escape_debug());
    assert!(outcome.completion.as_ref().is_none_or(|text| text == "done"), "{}: {outcome:?}", answer.escape_debug());
    assert!(outcome.error.is_some() || outcome.completion.is_some(), "{}: {outcome:?}", answer.escape_debug());
    assert!(outcome.rows.len() <= 1, "{}: {outcome:?}", answer.escape_debug());
    for text in outcome.texts() {
        assert!(
            outcome.error.is_some() || text.is_empty() || text == TEXT.as_bytes(),
            "{}: {outcome:?}",
            answer.escape_debug()
        );
    }
}

/// Thresholds at which the text is held and streamed.
pub const THRESHOLDS: [usize; 2] = [64 << 10, 16];

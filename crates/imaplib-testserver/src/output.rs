//! What is waiting to be sent, with the faults that change it on its way.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::content::Content;

/// While so many pieces of responses wait to be sent, or so many bytes, nothing is added to them.
const MAX_WAITING: usize = 4096;
const MAX_WEIGHT: usize = 1024 * 1024;

/// What is held for a content, in bytes; a file that is open counts as much as its buffers.
fn weight(content: &Content) -> usize {
    content.as_bytes().map_or(32 * 1024, |bytes| bytes.len()) + 64
}

/// A queue of content; large content stays where it is until it is sent.
#[derive(Debug)]
pub(crate) struct Output {
    queue: VecDeque<Content>,
    /// How much memory the queue needs, about.
    weight: usize,
    /// A message could not be read to its end.
    is_broken: bool,
    faults: Vec<Fault>,
    /// How many bytes may still be sent, if a fault cuts or stalls the connection.
    allowance: Option<u64>,
}

impl Output {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        let allowance = faults.iter().find_map(|fault| match fault {
            Fault::CutAfter { bytes } | Fault::StallAfter { bytes } => Some(*bytes),
            _ => None,
        });
        Self { queue: VecDeque::new(), weight: 0, is_broken: false, faults, allowance }
    }

    pub(crate) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Adds one whole response.
    pub(crate) fn push(&mut self, response: Vec<Content>) {
        let mut response = response;
        for fault in &self.faults {
            match fault {
                Fault::ReplaceLine { containing, with } if holds(&response, containing) => {
                    response = vec![Content::memory(with.clone())];
                }
                Fault::InsertBefore { containing, bytes } if holds(&response, containing) => {
                    response.insert(0, Content::memory(bytes.clone()));
                }
                _ => {}
            }
        }
        for content in response.into_iter().filter(|content| !content.is_empty()) {
            self.weight += weight(&content);
            self.queue.push_back(content);
        }
    }

    /// Whether each byte is sent by itself.
    pub(crate) fn writes_one_byte(&self) -> bool {
        self.faults.contains(&Fault::OneByteWrites)
    }

    /// The next bytes to send, at most `max`.
    pub(crate) fn next_block(&mut self, max: usize) -> Option<Bytes> {
        let mut max = if self.writes_one_byte() { 1 } else { max.max(1) };
        if let Some(allowance) = self.allowance {
            max = max.min(usize::try_from(allowance).unwrap_or(usize::MAX));
            if max == 0 {
                self.clear();
                return None;
            }
        }
        let first = self.take_front(max)?;
        let block = if first.len() >= max || self.queue.is_empty() {
            first
        } else {
            // Many small responses go out as one block.
            let mut joined = BytesMut::from(first);
            while joined.len() < max {
                let Some(more) = self.take_front(max - joined.len()) else { break };
                joined.extend_from_slice(&more);
            }
            joined.freeze()
        };
        if let Some(allowance) = &mut self.allowance {
            *allowance = allowance.saturating_sub(block.len() as u64);
        }
        Some(block)
    }

    fn take_front(&mut self, max: usize) -> Option<Bytes> {
        let front = self.queue.front_mut()?;
        let before = weight(front);
        let bytes = front.take_front(max);
        if front.has_failed() {
            // What was announced cannot be sent: only the end of the connection shows that.
            self.clear();
            self.is_broken = true;
            return None;
        }
        let mut after = weight(front);
        if front.is_empty() {
            self.queue.pop_front();
            after = 0;
        }
        self.weight = self.weight.saturating_sub(before.saturating_sub(after));
        Some(bytes)
    }

    fn clear(&mut self) {
        self.queue.clear();
        self.weight = 0;
    }

    /// Whether so much is waiting that nothing is to be added.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= MAX_WAITING || self.weight >= MAX_WEIGHT
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether a fault has cut the connection, or a message that could not be read to its end.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_broken
            || self.allowance == Some(0) && self.faults.iter().any(|fault| matches!(fault, Fault::CutAfter { .. }))
    }

    /// How long to wait before each write.
    pub(crate) fn delay(&self) -> Option<Duration> {
        self.faults.iter().find_map(|fault| match fault {
            Fault::Delay { before_each_write } => Some(*before_each_write),
            _ => None,
        })
    }
}

/// Whether the text of a response holds this; every second chunk is a literal's content.
fn holds(response: &[Content], containing: &str) -> bool {
    response
        .iter()
        .step_by(2)
        .filter_map(Content::as_bytes)
        .any(|text| text.windows(containing.len().max(1)).any(|window| window == containing.as_bytes()))
}

/// One way in which a connection misbehaves.
///
/// Faults are given to [`Builder::fault`](crate::Builder::fault) for all connections, or to
/// [`Builder::fault_on`](crate::Builder::fault_on) for one of them. Several faults work together, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Closes the connection after it has sent so many bytes (before TLS), without saying goodbye on the TLS layer.
    CutAfter {
        /// How many bytes are still sent.
        bytes: u64,
    },
    /// Falls silent after it has sent so many bytes (before TLS); the connection stays open.
    StallAfter {
        /// How many bytes are still sent.
        bytes: u64,
    },
    /// Waits before each block that is written.
    Delay {
        /// How long it waits.
        before_each_write: Duration,
    },
    /// Writes every byte by itself, so that the client sees its input cut at every place.
    OneByteWrites,
    /// Sends other bytes in place of each response whose text holds `containing`.
    ///
    /// A response with literals is replaced as a whole. The text of literals is not looked at.
    ReplaceLine {
        /// The text to look for, in its exact case.
        containing: String,
        /// What is sent instead; it must bring its own CRLF.
        with: Vec<u8>,
    },
    /// Sends bytes before each response whose text holds `containing`.
    InsertBefore {
        /// The text to look for, in its exact case.
        containing: String,
        /// What is sent before it; it must bring its own CRLF.
        bytes: Vec<u8>,
    },
    /// Closes the connection when this command arrives, without an answer.
    CloseOn {
        /// The command's name, such as `FETCH` or `UID FETCH`, in any case.
        command: String,
    },
    /// Never answers this command; the connection stays open.
    Ignore {
        /// The command's name, in any case.
        command: String,
    },
    /// Answers this command with another completion and does nothing.
    Refuse {
        /// The command's name, in any case.
        command: String,
        /// What follows the tag, such as `NO [OVERQUOTA] full`.
        with: String,
    },
}

/// What a fault makes of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Run,
    Close,
    Ignore,
    Refuse(String),
}

pub(crate) fn verdict(faults: &[Fault], name: &str) -> Verdict {
    for fault in faults {
        match fault {
            Fault::CloseOn { command } if command.eq_ignore_ascii_case(name) => return Verdict::Close,
            Fault::Ignore { command } if command.eq_ignore_ascii_case(name) => return Verdict::Ignore,
            Fault::Refuse { command, with } if command.eq_ignore_ascii_case(name) => {
                return Verdict::Refuse(with.clone());
            }
            _ => {}
        }
    }
    Verdict::Run
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &'static str) -> Vec<Content> {
        vec![text.into()]
    }

    #[test]
    fn faults_change_what_is_sent() {
        let mut output = Output::new(vec![
            Fault::ReplaceLine { containing: "b".into(), with: b"x\r\n".to_vec() },
            Fault::InsertBefore { containing: "c".into(), bytes: b"before\r\n".to_vec() },
            Fault::CutAfter { bytes: 15 },
        ]);
        output.push(line("a\r\n"));
        output.push(line("b\r\n"));
        output.push(line("c\r\n"));
        assert_eq!(output.next_block(4).unwrap(), "a\r\nx");
        assert_eq!(output.next_block(100).unwrap(), "\r\nbefore\r\nc");
        assert!(output.is_cut());
        assert_eq!(output.next_block(100), None);
    }

    #[test]
    fn one_byte_at_a_time() {
        let mut output = Output::new(vec![Fault::OneByteWrites]);
        output.push(line("ab"));
        assert_eq!(output.next_block(100).unwrap(), "a");
        assert_eq!(output.next_block(100).unwrap(), "b");
        assert_eq!(output.next_block(100), None);
    }
}

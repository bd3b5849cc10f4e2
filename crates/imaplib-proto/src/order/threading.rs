//! Messages on their way into threads (RFC 5256, section 3).

use std::collections::HashMap;

use super::by_subject::{self, Subject};
use super::forest::{Message, NONE, ThreadOrder};
use super::links::{Linked, Links};
use super::message_id::Ids;
use super::{BaseSubject, TooMany};
use crate::command::ThreadAlgorithm;
use crate::types::Threads;

/// What is known of a message that belongs into a thread.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ThreadMessage {
    /// Its UID or sequence number; not 0.
    pub number: u32,
    /// When it was sent, else when it arrived, in seconds since 1970.
    pub sent: i64,
    /// Its subject.
    pub subject: BaseSubject,
    /// The field Message-ID.
    pub message_id: Vec<u8>,
    /// The field References.
    pub references: Vec<u8>,
    /// The field In-Reply-To, which counts if there are no references.
    pub in_reply_to: Vec<u8>,
}

impl ThreadMessage {
    /// A message of which no more is known than this.
    #[must_use]
    pub fn new(number: u32, sent: i64, subject: BaseSubject) -> Self {
        Self { number, sent, subject, message_id: Vec::new(), references: Vec::new(), in_reply_to: Vec::new() }
    }
}

/// Puts messages into threads as THREAD does (RFC 5256, section 3): REFERENCES, ORDEREDSUBJECT, and REFS, which is REFERENCES
/// without the subjects, the threads ordered by their latest messages.
///
/// ```
/// use imaplib_proto::command::ThreadAlgorithm;
/// use imaplib_proto::order::{BaseSubject, ThreadMessage, Threading};
///
/// let mut threading = Threading::new(ThreadAlgorithm::References);
/// threading.add(&ThreadMessage::new(3, 1_000, BaseSubject::of("Lunch")))?;
/// threading.add(&ThreadMessage::new(9, 2_000, BaseSubject::of("Re: Lunch")))?;
/// let threads = threading.finish();
/// assert!(threads.iter().map(|node| (node.number, node.depth)).eq([(Some(3), 0), (Some(9), 1)]));
/// # Ok::<(), imaplib_proto::order::TooMany>(())
/// ```
///
/// Which message answers another is known from the fields of that message alone, if it is there; what others refer to
/// before it counts for messages that are not there. The order in which messages are added makes no difference to which
/// message has an identifier that several have: the one with the lowest number.
#[derive(Debug)]
pub struct Threading {
    algorithm: ThreadAlgorithm,
    ids: Ids,
    links: Links,
    messages: Vec<Known>,
    places: HashMap<u32, u32>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    message: Message,
    subject: Subject,
    linked: Linked,
}

impl Threading {
    /// More messages are not put into threads.
    pub const MAX_MESSAGES: u64 = 250_000;

    /// No messages yet.
    #[must_use]
    pub fn new(algorithm: ThreadAlgorithm) -> Self {
        let (ids, links) = (Ids::default(), Links::default());
        Self { algorithm, ids, links, messages: Vec::new(), places: HashMap::new() }
    }

    /// Adds a message; one of a number that was added before is left out.
    ///
    /// # Errors
    /// If there are more than [`MAX_MESSAGES`](Self::MAX_MESSAGES), or more than 450,000 identifiers.
    pub fn add(&mut self, message: &ThreadMessage) -> Result<(), TooMany> {
        let place = u32::try_from(self.messages.len()).map_err(|_| TooMany)?;
        if u64::from(place) >= Self::MAX_MESSAGES {
            return Err(TooMany);
        }
        if message.number == 0 || self.places.contains_key(&message.number) {
            return Ok(());
        }
        self.places.insert(message.number, place);
        let (mut own, mut answers) = (NONE, NONE);
        if self.by_references() {
            if let Some(id) = self.ids.all(&message.message_id).next() {
                own = self.links.node(id)?;
            }
            answers = self.links.refer(self.ids.all(&message.references))?;
            if answers == NONE {
                answers = self.links.refer(self.ids.all(&message.in_reply_to).take(1))?;
            }
        }
        let key = if self.algorithm == ThreadAlgorithm::Refs { String::new() } else { message.subject.key() };
        let base = (!key.is_empty()).then(|| self.ids.text(&key));
        self.messages.push(Known {
            message: Message { number: message.number, date: message.sent },
            subject: Subject { base, is_reply: message.subject.is_reply() },
            linked: Linked { own, answers },
        });
        Ok(())
    }

    /// Adds the field References of a message that was [added](Self::add) without it.
    ///
    /// # Errors
    /// If there are more than 450,000 identifiers.
    pub fn refer(&mut self, number: u32, references: &[u8]) -> Result<(), TooMany> {
        let place = self.places.get(&number).map(|place| *place as usize);
        let Some(known) = place.and_then(|place| self.messages.get_mut(place)) else { return Ok(()) };
        let answers = self.links.refer(self.ids.all(references))?;
        if answers != NONE {
            known.linked.answers = answers;
        }
        Ok(())
    }

    /// Whether [`ThreadMessage::references`] makes a difference to the algorithm.
    #[must_use]
    pub fn by_references(&self) -> bool {
        self.algorithm != ThreadAlgorithm::OrderedSubject
    }

    /// The threads.
    #[must_use]
    pub fn finish(self) -> Threads {
        let Self { algorithm, links, messages: mut known, .. } = self;
        known.sort_unstable_by_key(|known| known.message.number);
        let messages: Vec<Message> = known.iter().map(|known| known.message).collect();
        let subjects: Vec<Subject> = known.iter().map(|known| known.subject).collect();
        if algorithm == ThreadAlgorithm::OrderedSubject {
            return by_subject::ordered(&messages, &subjects).threads(&messages, ThreadOrder::First);
        }
        let linked: Vec<Linked> = known.iter().map(|known| known.linked).collect();
        drop(known);
        let mut forest = links.forest(&linked);
        if algorithm == ThreadAlgorithm::Refs {
            return forest.threads(&messages, ThreadOrder::Latest);
        }
        by_subject::join(&mut forest, &messages, &subjects);
        forest.threads(&messages, ThreadOrder::First)
    }
}

#[cfg(test)]
mod tests {
    use super::super::forest::shape;
    use super::*;

    fn message(number: u32, subject: &str, id: &str, references: &str, in_reply_to: &str) -> ThreadMessage {
        let bytes = |text: &str| text.as_bytes().to_vec();
        ThreadMessage {
            message_id: bytes(id),
            references: bytes(references),
            in_reply_to: bytes(in_reply_to),
            ..ThreadMessage::new(number, number.into(), BaseSubject::of(subject))
        }
    }

    const MAIL: [(&str, &str, &str, &str); 4] = [
        ("a", "<1@x>", "", ""),
        ("b", "<2@x>", "", "hello <1@x> <9@x>"),
        ("c", "<3@x>", "<1@x> <2@x>", "<1@x>"),
        ("Re: A", "<4@x>", "none", ""),
    ];

    #[test]
    fn each_algorithm_has_its_threads_in_whatever_order_messages_come() {
        for (algorithm, expected) in [
            (ThreadAlgorithm::References, "0(1(2) 3)"),
            (ThreadAlgorithm::Refs, "0(1(2)) 3"),
            (ThreadAlgorithm::OrderedSubject, "0(3) 1 2"),
        ] {
            for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
                let mut threading = Threading::new(algorithm);
                for place in order {
                    let (subject, id, references, in_reply_to) = MAIL[place];
                    let number = u32::try_from(place).unwrap() + 1;
                    threading.add(&message(number, subject, id, references, in_reply_to)).unwrap();
                    threading.add(&message(number, "twice", "<9@y>", "", "")).unwrap();
                }
                assert_eq!(shape(&threading.finish()), expected, "{algorithm:?} {order:?}");
            }
        }
    }

    #[test]
    fn references_may_come_later() {
        let mut threading = Threading::new(ThreadAlgorithm::References);
        for (number, (subject, id, _, in_reply_to)) in (1..).zip(MAIL) {
            threading.add(&message(number, subject, id, "", in_reply_to)).unwrap();
        }
        threading.refer(3, b"<1@x> <2@x>").unwrap();
        // Without identifiers, In-Reply-To counts.
        threading.refer(2, b"nothing").unwrap();
        threading.refer(7, b"<1@x>").unwrap();
        assert_eq!(shape(&threading.finish()), "0(1(2) 3)");
    }

    #[test]
    fn more_than_fit_are_refused() {
        let mut threading = Threading::new(ThreadAlgorithm::OrderedSubject);
        let mut message = ThreadMessage::new(1, 0, BaseSubject::of(""));
        let most = u32::try_from(Threading::MAX_MESSAGES).unwrap();
        for number in 1..=most {
            message.number = number;
            threading.add(&message).unwrap();
        }
        message.number = most + 1;
        assert_eq!(threading.add(&message), Err(TooMany));
    }
}

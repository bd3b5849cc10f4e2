//! Threads of messages: their form on the wire, and ORDEREDSUBJECT (RFC 5256 sections 3 and 5).

use std::collections::BTreeMap;

use super::date::sent;
use super::message_id;
use super::subject::BaseSubject;
use crate::mailbox::Message;

/// What threading needs of a message.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// The number that is sent.
    pub(crate) number: u32,
    pub(crate) sent: i64,
    pub(crate) subject: BaseSubject,
    pub(crate) id: Option<String>,
    pub(crate) references: Vec<String>,
}

impl Mail {
    pub(crate) fn new(number: u32, message: &Message) -> Self {
        Self {
            number,
            sent: sent(message),
            subject: BaseSubject::of(message),
            id: message_id::own(message),
            references: message_id::references(message),
        }
    }
}

/// A forest; a node without a number is a parent that is not in the mailbox.
#[derive(Debug, Default)]
pub(crate) struct Forest {
    pub(crate) roots: Vec<usize>,
    pub(crate) nodes: Vec<Node>,
}

#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) number: Option<u32>,
    pub(crate) children: Vec<usize>,
}

/// What is written next.
enum Step {
    Thread(usize),
    Members(usize),
    Close,
}

impl Forest {
    /// The threads as THREAD sends them. A thread can be deep, therefore nothing here calls itself.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        let mut steps: Vec<Step> = self.roots.iter().rev().map(|root| Step::Thread(*root)).collect();
        while let Some(step) = steps.pop() {
            match step {
                Step::Close => text.push(')'),
                Step::Thread(place) => {
                    text.push('(');
                    steps.extend([Step::Close, Step::Members(place)]);
                }
                Step::Members(place) => {
                    let Some(node) = self.nodes.get(place) else { continue };
                    if let Some(number) = node.number {
                        text.push_str(&number.to_string());
                        text.push_str(if node.children.is_empty() { "" } else { " " });
                    }
                    match node.children.as_slice() {
                        [only] => steps.push(Step::Members(*only)),
                        children => steps.extend(children.iter().rev().map(|child| Step::Thread(*child))),
                    }
                }
            }
        }
        text
    }
}

/// The messages of each base subject are one thread, the later ones children of the first.
pub(crate) fn by_subject(mut mails: Vec<Mail>) -> Forest {
    mails.sort_by_key(|mail| mail.sent);
    let mut forest = Forest::default();
    let mut first_of: BTreeMap<String, usize> = BTreeMap::new();
    for (place, mail) in mails.into_iter().enumerate() {
        forest.nodes.push(Node { number: Some(mail.number), children: Vec::new() });
        let first = *first_of.entry(mail.subject.text).or_insert(place);
        if first == place {
            forest.roots.push(place);
        } else if let Some(node) = forest.nodes.get_mut(first) {
            node.children.push(place);
        }
    }
    forest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_on_the_wire() {
        let node = |number, children: &[usize]| Node { number, children: children.to_vec() };
        let forest = Forest {
            roots: vec![0, 1, 8],
            nodes: vec![
                node(Some(2), &[]),
                node(Some(3), &[2]),
                node(Some(6), &[3, 5]),
                node(Some(4), &[4]),
                node(Some(23), &[]),
                node(Some(44), &[6]),
                node(Some(7), &[7]),
                node(Some(96), &[]),
                node(None, &[0, 4]),
            ],
        };
        // The example of RFC 5256 section 4, and a parent that is not there.
        assert_eq!(forest.to_text(), "(2)(3 6 (4 23)(44 7 96))((2)(23))");
    }

    #[test]
    fn a_deep_thread() {
        let nodes = (0..100_000).map(|place| Node { number: Some(1), children: vec![place + 1] }).collect();
        assert_eq!(Forest { roots: vec![0], nodes }.to_text().len(), 200_002);
    }
}

//! Which message answers which, by the identifiers that messages refer to (RFC 5256, section 3, REFERENCES, steps 1 to 3).

use std::collections::HashMap;

use super::TooMany;
use super::forest::{Forest, NONE};
use super::message_id::MessageId;

/// More identifiers are not kept.
const MAX_NODES: usize = 450_000;

/// The identifiers of messages, and of others that they refer to, by their numbers from 0.
#[derive(Debug, Default)]
pub(super) struct Links {
    nodes: HashMap<MessageId, u32>,
    /// What stands above each by the fields of messages that refer to it.
    above: Vec<u32>,
}

/// A message among them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linked {
    /// Its identifier; `NONE` if it has none.
    pub(super) own: u32,
    /// The identifier of what it answers.
    pub(super) answers: u32,
}

impl Links {
    /// The number of an identifier.
    pub(super) fn node(&mut self, id: MessageId) -> Result<u32, TooMany> {
        if let Some(node) = self.nodes.get(&id) {
            return Ok(*node);
        }
        if self.above.len() >= MAX_NODES {
            return Err(TooMany);
        }
        let node = u32::try_from(self.above.len()).map_err(|_| TooMany)?;
        self.above.push(NONE);
        self.nodes.insert(id, node);
        Ok(node)
    }

    /// Notes what a message refers to; returns the last, which it answers. `NONE` if there is none.
    pub(super) fn refer(&mut self, ids: impl Iterator<Item = MessageId>) -> Result<u32, TooMany> {
        let mut last = NONE;
        for id in ids {
            let node = self.node(id)?;
            if let Some(above) = self.above.get_mut(node as usize)
                && *above == NONE
            {
                *above = last;
            }
            last = node;
        }
        Ok(last)
    }

    /// The messages below those that they answer. One that is not there stays where several answer it and nothing else is
    /// above them. Of two messages with one identifier, the first has it.
    pub(super) fn forest(self, messages: &[Linked]) -> Forest {
        drop(self.nodes);
        let mut parents = number(messages, &self.above);
        drop(self.above);
        cut_circles(&mut parents);
        for message in (0..).take(messages.len()) {
            lift(&mut parents, messages.len(), message);
        }
        let mut answers = vec![0_u32; parents.len()];
        for parent in parents.iter().take(messages.len()) {
            if let Some(count) = answers.get_mut(*parent as usize) {
                *count += 1;
            }
        }
        for parent in parents.iter_mut().take(messages.len()) {
            let is_alone = answers.get(*parent as usize).is_some_and(|count| *count == 1);
            if is_alone && *parent as usize >= messages.len() {
                *parent = NONE;
            }
        }
        Forest::new(parents, messages.len())
    }
}

/// The parents of the messages, and behind them those of the identifiers that no message has.
fn number(messages: &[Linked], above: &[u32]) -> Vec<u32> {
    let mut places = vec![NONE; above.len()];
    for (place, message) in (0..).zip(messages) {
        if let Some(free) = places.get_mut(message.own as usize)
            && *free == NONE
        {
            *free = place;
        }
    }
    let first = u32::try_from(messages.len()).unwrap_or(NONE);
    let missing: Vec<u32> = (0..).zip(&places).filter(|(_, place)| **place == NONE).map(|(node, _)| node).collect();
    for (place, node) in (first..).zip(&missing) {
        if let Some(free) = places.get_mut(*node as usize) {
            *free = place;
        }
    }
    let place = |node: u32| places.get(node as usize).copied().unwrap_or(NONE);
    // Only the fields of a message itself show what it answers, if it is there.
    let answers = messages.iter().map(|message| place(message.answers));
    answers.chain(missing.iter().map(|node| place(above.get(*node as usize).copied().unwrap_or(NONE)))).collect()
}

/// Removes the links that would make a message answer itself.
fn cut_circles(parents: &mut [u32]) {
    // Each message begins alone, and joins the tree of its parent.
    let mut trees: Vec<u32> = (0..).take(parents.len()).collect();
    for (child, parent) in (0..).zip(parents.iter_mut()).filter(|(_, parent)| **parent != NONE) {
        let (below, above) = (tree(&mut trees, child), tree(&mut trees, *parent));
        if below == above {
            *parent = NONE;
        } else if let Some(tree) = trees.get_mut(below as usize) {
            *tree = above;
        }
    }
}

/// The tree of a message; the way to it is halved for the next time.
fn tree(trees: &mut [u32], mut at: u32) -> u32 {
    loop {
        let next = trees.get(at as usize).copied().unwrap_or(at);
        let behind = trees.get(next as usize).copied().unwrap_or(next);
        if next == behind {
            return next;
        }
        if let Some(place) = trees.get_mut(at as usize) {
            *place = behind;
        }
        at = behind;
    }
}

/// Puts a message below the nearest message that is there, else below the first of its thread.
fn lift(parents: &mut [u32], messages: usize, message: u32) {
    let parent = |parents: &[u32], number: u32| parents.get(number as usize).copied().unwrap_or(NONE);
    let mut top = parent(parents, message);
    while top as usize >= messages && parent(parents, top) != NONE {
        top = parent(parents, top);
    }
    // All on the way are put there, so that nobody goes the same way again.
    let mut at = message;
    while at != top
        && let Some(parent) = parents.get_mut(at as usize)
    {
        at = std::mem::replace(parent, top);
    }
}

#[cfg(test)]
mod tests {
    use super::super::message_id::Ids;
    use super::*;

    /// Messages with these identifiers and these fields.
    fn forest<'a>(messages: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Forest, TooMany> {
        let (ids, mut links) = (Ids::default(), Links::default());
        let linked: Result<Vec<Linked>, TooMany> = messages
            .map(|(own, field)| {
                let own = ids.all(own.as_bytes()).next().map_or(Ok(NONE), |id| links.node(id))?;
                Ok(Linked { own, answers: links.refer(ids.all(field.as_bytes()))? })
            })
            .collect();
        Ok(links.forest(&linked?))
    }

    /// The shape of the forest of messages with the identifiers `<0@x>`, `<1@x>`, … and fields with one letter for each.
    fn shape(fields: &[&str]) -> String {
        let id = |letter: char| format!("<{letter}@x>");
        let own: Vec<String> = "0123456789".chars().take(fields.len()).map(id).collect();
        let fields: Vec<String> = fields.iter().map(|field| field.chars().map(id).collect()).collect();
        let messages = own.iter().map(String::as_str).zip(fields.iter().map(String::as_str));
        forest(messages).unwrap().shape()
    }

    #[test]
    fn answers_lie_below_what_they_answer() {
        for (fields, expected) in [
            (&["", "0", "01"][..], "0(1(2))"),
            // A field that was cut by a mail program.
            (&["", "0", "1"], "0(1(2))"),
            (&["", "", "1"], "0 1(2)"),
            // One that is not there, and answers of it.
            (&["x", ""], "0 1"),
            (&["x", "x"], "_(0 1)"),
            (&["xy", "x"], "_(0 1)"),
            (&["xyz", ""], "0 1"),
            (&["", "0x"], "0(1)"),
            (&["", "0xy", "0x"], "0(1 2)"),
            // What stands above one that is not there is known from another message.
            (&["x", "yx", "y"], "_(0 1 2)"),
            // Nothing answers itself, nor an answer to it.
            (&["0"], "0"),
            (&["1", "0"], "1(0)"),
            (&["xy", "yx"], "_(0 1)"),
            (&["2", "0", "1"], "2(0(1))"),
        ] {
            assert_eq!(shape(fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn of_two_with_the_same_identifier_the_first_is_answered() {
        let messages = [("<a@x>", ""), ("<a@x>", ""), ("", "<a@x>")];
        assert_eq!(forest(messages.into_iter()).unwrap().shape(), "0(2) 1");
    }

    #[test]
    fn a_message_may_come_behind_its_replies() {
        let messages = [("<b@x>", "<a@x>"), ("", "<a@x> <b@x> <c@x>"), ("<a@x>", ""), ("<c@x>", "<b@x>")];
        assert_eq!(forest(messages.into_iter()).unwrap().shape(), "2(0(3(1)))");
    }

    #[test]
    fn long_threads_take_no_longer_than_they_are() {
        let count = 100_000_u32;
        let ids: Vec<String> = (0..count).map(|number| format!("<{number}@x>")).collect();
        let start = std::time::Instant::now();
        // Each answers the next one.
        let next = ids.iter().skip(1).chain(ids.first());
        drop(forest(ids.iter().map(String::as_str).zip(next.map(String::as_str))).unwrap());
        // Those that are not there stand in a row, and each message answers the last one.
        let all = ids.concat();
        let last = ids.last().unwrap().as_str();
        let fields = std::iter::once(all.as_str()).chain(std::iter::repeat_n(last, 99_999));
        drop(forest(fields.map(|field| ("", field))).unwrap());
        assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
        let all: String = (0..MAX_NODES).map(|number| format!("<{number}@x>")).collect();
        assert!(forest(std::iter::once(("", all.as_str()))).is_ok());
        assert_eq!(forest([("", all.as_str()), ("<x@x>", "")].into_iter()).err(), Some(TooMany));
    }
}

//! Which message answers which, by the identifiers that messages refer to (RFC 5256, section 3, steps 1 to 3).

use std::collections::HashMap;

use super::forest::{Forest, NONE};
use super::ids::MessageId;

/// More messages, with those that they name and that are not in the mailbox, are not put into threads.
const MAX_NODES: usize = 450_000;

/// There are too many messages and identifiers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany;

/// The messages by their numbers from 0, and behind them the identifiers of others that they refer to.
pub(super) struct Links {
    messages: usize,
    places: HashMap<MessageId, u32>,
    parents: Vec<u32>,
}

impl Links {
    /// Messages with these identifiers. Where two have the same, it is that of the first.
    pub(super) fn new(ids: impl ExactSizeIterator<Item = Option<MessageId>>) -> Result<Self, TooMany> {
        let messages = ids.len();
        let mut links = Self { messages, places: HashMap::new(), parents: vec![NONE; messages] };
        for (number, id) in (0..).zip(ids) {
            if let Some(id) = id {
                links.places.entry(id).or_insert(number);
            }
        }
        if messages > MAX_NODES { Err(TooMany) } else { Ok(links) }
    }

    /// Notes what a message refers to: the message that it answers last.
    pub(super) fn refer(&mut self, message: u32, ids: impl Iterator<Item = MessageId>) -> Result<(), TooMany> {
        let mut last = NONE;
        for id in ids {
            let place = self.place(id)?;
            // Only the fields of a message itself show what it answers, if it is there.
            if let Some(parent) = self.parents.get_mut(place as usize)
                && place as usize >= self.messages
                && *parent == NONE
            {
                *parent = last;
            }
            last = place;
        }
        if let Some(parent) = self.parents.get_mut(message as usize) {
            *parent = last;
        }
        Ok(())
    }

    fn place(&mut self, id: MessageId) -> Result<u32, TooMany> {
        if let Some(place) = self.places.get(&id) {
            return Ok(*place);
        }
        let place = u32::try_from(self.parents.len()).map_err(|_| TooMany)?;
        if self.parents.len() >= MAX_NODES {
            return Err(TooMany);
        }
        self.parents.push(NONE);
        self.places.insert(id, place);
        Ok(place)
    }

    /// The messages below those that they answer. One that is not there stays where several answer it and nothing else is
    /// above them.
    pub(super) fn forest(self) -> Forest {
        drop(self.places);
        let mut parents = self.parents;
        cut_circles(&mut parents);
        for message in (0..).take(self.messages) {
            lift(&mut parents, self.messages, message);
        }
        let mut answers = vec![0_u32; parents.len()];
        for parent in parents.iter().take(self.messages) {
            if let Some(count) = answers.get_mut(*parent as usize) {
                *count += 1;
            }
        }
        for message in 0..self.messages {
            let Some(parent) = parents.get_mut(message) else { continue };
            let is_alone = answers.get(*parent as usize).is_some_and(|count| *count == 1);
            if is_alone && *parent as usize >= self.messages {
                *parent = NONE;
            }
        }
        Forest::new(parents, self.messages)
    }
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
    use super::super::ids::Ids;
    use super::*;

    /// The shape of the forest of messages with the identifiers `<0>`, `<1>`, … and these fields.
    fn shape(fields: &[&str]) -> String {
        let ids = Ids::default();
        let own: Vec<_> = (0..fields.len()).map(|number| ids.first(format!("<{number}>").as_bytes())).collect();
        let mut links = Links::new(own.into_iter()).unwrap();
        for (number, field) in (0..).zip(fields) {
            links.refer(number, ids.all(field.as_bytes())).unwrap();
        }
        links.forest().shape()
    }

    #[test]
    fn answers_lie_below_what_they_answer() {
        for (fields, expected) in [
            (&["", "<0>", "<0> <1>"][..], "0(1(2))"),
            // A field that was cut by a mail program.
            (&["", "<0>", "<1>"], "0(1(2))"),
            (&["", "", "<1>"], "0 1(2)"),
            // One that is not there, and answers of it.
            (&["<x>", ""], "0 1"),
            (&["<x>", "<x>"], "_(0 1)"),
            (&["<x> <y>", "<x>"], "_(0 1)"),
            (&["<x> <y> <z>", ""], "0 1"),
            (&["", "<0> <x>"], "0(1)"),
            (&["", "<0> <x> <y>", "<0> <x>"], "0(1 2)"),
            // What stands above one that is not there is known from another message.
            (&["<x>", "<y> <x>", "<y>"], "_(0 1 2)"),
            // Nothing answers itself, nor an answer to it.
            (&["<0>"], "0"),
            (&["<1>", "<0>"], "1(0)"),
            (&["<x> <y>", "<y> <x>"], "_(0 1)"),
            (&["<2>", "<0>", "<1>"], "2(0(1))"),
        ] {
            assert_eq!(shape(fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn of_two_with_the_same_identifier_the_first_is_answered() {
        let ids = Ids::default();
        let own = [ids.first(b"<a>"), ids.first(b"<a>"), None];
        let mut links = Links::new(own.into_iter()).unwrap();
        links.refer(2, ids.all(b"<a>")).unwrap();
        assert_eq!(links.forest().shape(), "0(2) 1");
    }

    #[test]
    fn long_threads_take_no_longer_than_they_are() {
        let ids = Ids::default();
        let count = 100_000_u32;
        let id = |text: String| ids.first(text.as_bytes());
        let start = std::time::Instant::now();
        // Each answers the next one.
        let mut links =
            Links::new((0..count).map(|number| id(format!("<{number}>"))).collect::<Vec<_>>().into_iter()).unwrap();
        for number in 0..count {
            links.refer(number, id(format!("<{}>", (number + 1) % count)).into_iter()).unwrap();
        }
        drop(links.forest());
        // Those that are not there stand in a row, and each message answers the last one.
        let mut links = Links::new(vec![None; count as usize].into_iter()).unwrap();
        links.refer(0, (0..count).filter_map(|number| id(format!("<{number}>")))).unwrap();
        for number in 1..count {
            links.refer(number, id(format!("<{}>", count - 1)).into_iter()).unwrap();
        }
        drop(links.forest());
        assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
        let mut links = Links::new(vec![None; MAX_NODES].into_iter()).unwrap();
        assert_eq!(links.refer(0, ids.all(b"<x>")), Err(TooMany));
    }
}

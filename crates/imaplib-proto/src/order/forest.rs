//! Threads as a forest: its order by date, and its form as a server sends it.

use std::collections::HashMap;

use crate::types::Threads;

/// No message.
pub(super) const NONE: u32 = u32::MAX;

/// What is known of a message that is put into a thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    /// Its UID or sequence number.
    pub(super) number: u32,
    /// When it was sent, else when it arrived, in seconds since 1970.
    pub(super) date: i64,
}

/// By what threads are ordered among each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ThreadOrder {
    /// By the date of their first message.
    First,
    /// By the date of their latest message.
    Latest,
}

/// A date, and the number of the message that has it.
type Key = (i64, u32);

/// Of a parent that is not there and that nobody answers.
const LAST: Key = (i64::MAX, NONE);

/// Messages by their numbers from 0, each with its parent. Behind them stand parents that are not there.
#[derive(Debug)]
pub(super) struct Forest {
    parents: Vec<u32>,
    messages: usize,
}

impl Forest {
    pub(super) fn new(parents: Vec<u32>, messages: usize) -> Self {
        Self { parents, messages }
    }

    /// Whether a message with this number is there.
    pub(super) fn is_message(&self, number: u32) -> bool {
        (number as usize) < self.messages
    }

    /// Puts a thread or a message below another one.
    pub(super) fn put(&mut self, number: u32, parent: u32) {
        if let Some(place) = self.parents.get_mut(number as usize) {
            *place = parent;
        }
    }

    /// Puts the answers to parents that are not there below others: each pair is such a parent and the other.
    pub(super) fn move_answers(&mut self, from: &HashMap<u32, u32>) {
        for parent in &mut self.parents {
            if let Some(to) = from.get(parent) {
                *parent = *to;
            }
        }
    }

    /// A new parent that is not there.
    pub(super) fn add_missing(&mut self) -> u32 {
        self.parents.push(NONE);
        u32::try_from(self.parents.len() - 1).unwrap_or(NONE)
    }

    fn parent(&self, number: u32) -> u32 {
        self.parents.get(number as usize).copied().unwrap_or(NONE)
    }

    /// By what threads and answers are ordered: their dates and, where these are equal, their numbers; for parents that are
    /// not there, those of their first answers.
    fn keys(&self, messages: &[Message]) -> Vec<Key> {
        let mut keys: Vec<Key> = (0..).zip(messages).map(|(number, message)| (message.date, number)).collect();
        keys.resize(self.parents.len(), LAST);
        for (message, parent) in (0..messages.len()).zip(&self.parents) {
            let key = keys.get(message).copied().unwrap_or(LAST);
            if !self.is_message(*parent)
                && let Some(first) = keys.get_mut(*parent as usize)
            {
                *first = key.min(*first);
            }
        }
        keys
    }

    /// The first messages of the threads, by date. Parents that are not there and have no answers are left out.
    pub(super) fn roots(&self, messages: &[Message]) -> Vec<u32> {
        Children::new(self, &self.keys(messages)).of(NONE).to_vec()
    }

    /// The first answer to a parent that is not there, by date.
    pub(super) fn first_answers(&self, messages: &[Message]) -> impl Fn(u32) -> Option<u32> + use<> {
        let children = Children::new(self, &self.keys(messages));
        move |number| children.of(number).first().copied()
    }

    /// The threads as a server sends them.
    pub(super) fn threads(&self, messages: &[Message], order: ThreadOrder) -> Threads {
        let children = Children::new(self, &self.keys(messages));
        let mut roots = children.of(NONE).to_vec();
        if order == ThreadOrder::Latest {
            let date = |number: u32| messages.get(number as usize).map_or(i64::MIN, |message| message.date);
            let latest = |root: &u32| walk(&children, *root).map(|(number, _)| date(number)).max();
            roots.sort_by_cached_key(latest);
        }
        let mut count = 0;
        let nodes = roots.iter().flat_map(|root| {
            let before = count;
            let mut nodes = Vec::new();
            for (number, parent) in walk(&children, *root) {
                let name = messages.get(number as usize).map(|message| message.number);
                nodes.push((name, parent.map(|parent| before + parent)));
            }
            count += nodes.len();
            nodes
        });
        Threads::new(nodes)
    }
}

/// The messages of a thread, parents before their answers, each with the place of its parent in the thread.
fn walk(children: &Children, root: u32) -> impl Iterator<Item = (u32, Option<usize>)> + '_ {
    let mut open = vec![(root, None)];
    let mut count = 0;
    std::iter::from_fn(move || {
        let (number, parent) = open.pop()?;
        open.extend(children.of(number).iter().rev().map(|child| (*child, Some(count))));
        count += 1;
        Some((number, parent))
    })
}

/// The answers to each message, by date.
struct Children {
    /// Where those of each message begin; those without a parent come last.
    starts: Vec<u32>,
    order: Vec<u32>,
}

impl Children {
    fn new(forest: &Forest, keys: &[Key]) -> Self {
        let nodes = forest.parents.len();
        let key = |number: u32| keys.get(number as usize).copied().unwrap_or(LAST);
        let mut order: Vec<u32> = (0..).take(nodes).filter(|number| key(*number) < LAST).collect();
        order.sort_unstable_by_key(|number| (forest.parent(*number), key(*number)));
        let mut starts = vec![0_u32; nodes + 2];
        let slot = |number: u32| (forest.parent(number) as usize).min(nodes) + 1;
        for number in &order {
            if let Some(count) = starts.get_mut(slot(*number)) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { starts, order }
    }

    fn of(&self, number: u32) -> &[u32] {
        let slot = (number as usize).min(self.starts.len().saturating_sub(2));
        let bound = |slot: usize| self.starts.get(slot).map_or(0, |start| *start as usize);
        self.order.get(bound(slot)..bound(slot + 1)).unwrap_or_default()
    }
}

#[cfg(test)]
impl Forest {
    /// Its shape, where all messages were sent one after the other: `0(1 2) 3`; `_` is not there.
    pub(super) fn shape(&self) -> String {
        let messages: Vec<Message> =
            (1_u32..).take(self.messages).map(|number| Message { number, date: i64::from(number) }).collect();
        shape(&self.threads(&messages, ThreadOrder::First))
    }
}

/// Threads as text, numbers counted from 0.
#[cfg(test)]
pub(super) fn shape(threads: &Threads) -> String {
    let mut text = String::new();
    let mut depth = 0;
    for (at, node) in threads.iter().enumerate() {
        if at > 0 {
            match node.depth > depth {
                true => text.push('('),
                false => text.push_str(&(")".repeat(depth - node.depth) + " ")),
            }
        }
        depth = node.depth;
        text.push_str(&node.number.map_or("_".to_owned(), |number| (number - 1).to_string()));
    }
    text + &")".repeat(depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_ordered_by_their_first_or_latest_message() {
        let message = |(number, date)| Message { number, date };
        let messages: Vec<Message> = [(1, 50), (2, 20), (3, 90), (4, 30), (5, 10), (6, 30)].map(message).to_vec();
        // 1 and 4 answer 2; 3 and 5 answer one that is not there.
        let forest = Forest::new(vec![1, NONE, 6, 1, 6, NONE, NONE, NONE], 6);
        assert_eq!(shape(&forest.threads(&messages, ThreadOrder::First)), "_(4 2) 1(3 0) 5");
        assert_eq!(shape(&forest.threads(&messages, ThreadOrder::Latest)), "5 1(3 0) _(4 2)");
        assert_eq!(forest.roots(&messages), [6, 1, 5]);
        assert_eq!(forest.first_answers(&messages)(6), Some(4));
    }

    #[test]
    fn messages_of_one_date_keep_their_order() {
        let messages: Vec<Message> = (1..=6).map(|number| Message { number, date: 7 }).collect();
        let forest = Forest::new(vec![NONE, NONE, 0, 0, NONE, NONE], 6);
        assert_eq!(shape(&forest.threads(&messages, ThreadOrder::First)), "0(2 3) 1 4 5");
        // What is not there has the place of its first answer.
        let forest = Forest::new(vec![NONE, 6, NONE, NONE, 6, NONE, NONE], 6);
        assert_eq!(shape(&forest.threads(&messages, ThreadOrder::First)), "0 _(1 4) 2 3 5");
    }
}

//! Threads by subject: of threads whose first messages have the same one, and of messages without any other order (RFC
//! 5256, section 3).

use std::collections::HashMap;

use super::forest::{Forest, Message, NONE};

/// The subject of a message, without the marks of replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// What stands for its text; `None` for an empty one.
    pub(super) base: Option<u64>,
    /// Whether it has the mark of a reply or of a forwarded message.
    pub(super) is_reply: bool,
}

/// Puts threads together whose first messages have the same subject (REFERENCES, step 5).
pub(super) fn join(forest: &mut Forest, messages: &[Message], subjects: &[Subject]) {
    let roots = forest.roots(messages);
    let first_answers = forest.first_answers(messages);
    let is_message = |number: u32| (number as usize) < messages.len();
    let subject = |root: u32| {
        let named = if is_message(root) { Some(root) } else { first_answers(root) };
        named.and_then(|number| subjects.get(number as usize)).copied()
    };
    let is_reply = |root: u32| is_message(root) && subject(root).is_some_and(|subject| subject.is_reply);
    let mut chosen: HashMap<u64, u32> = HashMap::new();
    for root in roots.iter().copied() {
        let Some(base) = subject(root).and_then(|subject| subject.base) else { continue };
        let best = chosen.entry(base).or_insert(root);
        if (is_message(*best) && !is_message(root)) || (is_reply(*best) && !is_reply(root)) {
            *best = root;
        }
    }
    let mut emptied = HashMap::new();
    for root in roots {
        let Some(base) = subject(root).and_then(|subject| subject.base) else { continue };
        let Some(best) = chosen.get_mut(&base).filter(|best| **best != root) else { continue };
        match (is_message(*best), is_message(root)) {
            (false, false) => {
                emptied.insert(root, *best);
            }
            (false, true) => forest.put(root, *best),
            (true, _) if is_reply(root) && !is_reply(*best) => forest.put(root, *best),
            (true, _) => {
                let above = forest.add_missing();
                forest.put(*best, above);
                forest.put(root, above);
                *best = above;
            }
        }
    }
    forest.move_answers(&emptied);
}

/// Puts messages with the same subject below the first of them, by date (ORDEREDSUBJECT).
pub(super) fn ordered(messages: &[Message], subjects: &[Subject]) -> Forest {
    let mut order: Vec<u32> = (0..).take(messages.len()).collect();
    let date = |number: u32| messages.get(number as usize).map(|message| message.date);
    order.sort_unstable_by_key(|number| (date(*number), *number));
    let mut firsts: HashMap<Option<u64>, u32> = HashMap::new();
    let mut forest = Forest::new(vec![NONE; messages.len()], messages.len());
    for number in order {
        let base = subjects.get(number as usize).and_then(|subject| subject.base);
        match firsts.get(&base) {
            Some(first) => forest.put(number, *first),
            None => {
                firsts.insert(base, number);
            }
        }
    }
    forest
}

#[cfg(test)]
mod tests {
    use super::super::forest::{ThreadOrder, shape};
    use super::*;

    /// Messages one after the other, of which the parents are these.
    fn joined(parents: &[u32], texts: &[&str]) -> String {
        let (messages, subjects) = (messages(texts.len()), subjects(texts));
        let mut forest = Forest::new(parents.to_vec(), texts.len());
        join(&mut forest, &messages, &subjects);
        shape(&forest.threads(&messages, ThreadOrder::First))
    }

    fn messages(count: usize) -> Vec<Message> {
        let one = |number: u32| Message { number, date: number.into() };
        (1..).take(count).map(one).collect()
    }

    /// One letter is the subject; `>` before it is the mark of a reply.
    fn subjects(texts: &[&str]) -> Vec<Subject> {
        let one = |text: &&str| Subject {
            base: text.trim_start_matches('>').bytes().next().map(u64::from),
            is_reply: text.starts_with('>'),
        };
        texts.iter().map(one).collect()
    }

    #[test]
    fn threads_with_the_same_subject_are_one() {
        for (parents, texts, expected) in [
            // An answer without a reference lies below what it answers, also if it came first.
            (&[NONE, NONE][..], &["a", ">a"][..], "0(1)"),
            (&[NONE, NONE], &[">a", "a"], "1(0)"),
            // Neither answers the other.
            (&[NONE, NONE], &["a", "a"], "_(0 1)"),
            (&[NONE, NONE, NONE], &["a", "a", ">a"], "_(0 1 2)"),
            (&[NONE, NONE], &[">a", ">a"], "_(0 1)"),
            (&[NONE, NONE], &["", ""], "0 1"),
            (&[NONE, NONE], &["a", "b"], "0 1"),
            // The first answer has the subject of what is not there.
            (&[3, 3, NONE, NONE], &["a", "b", ">a"], "_(0 1 2)"),
            (&[4, 4, 5, 5, NONE, NONE], &["a", "b", "a", "c"], "_(0 1 2 3)"),
            // Only the first messages count.
            (&[NONE, 0, NONE], &["a", "b", ">b"], "0(1) 2"),
        ] {
            assert_eq!(joined(parents, texts), expected, "{texts:?}");
        }
    }

    #[test]
    fn messages_lie_below_the_first_with_their_subject() {
        let texts = ["a", ">b", ">a", "b", "", "a", ""];
        let mut messages = messages(texts.len());
        messages[0].date = 9;
        let forest = ordered(&messages, &subjects(&texts));
        assert_eq!(shape(&forest.threads(&messages, ThreadOrder::First)), "1(3) 2(5 0) 4(6)");
    }
}

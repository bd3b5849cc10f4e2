//! The keys by which messages are sorted here, in bounded memory.

use std::cmp::Ordering;

use imaplib::types::Uid;

/// The texts need at most this many bytes, each with what its allocation costs beside it.
const MAX_TEXTS: usize = 20 << 20;
const ALLOCATION: usize = 16;

/// The rest needs at most this many bytes.
const MAX_ROWS: usize = 28 << 20;

/// Fewer letters than this make no order.
const LEAST_COMPARED: usize = 12;

/// What is compared; messages are only ever compared by values of one kind.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Number(i64),
    Text(Box<str>),
}

/// The keys do not fit into the memory that they may take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

/// The values of all messages, one behind the other.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Which of a message's values are compared in reverse.
    reverse: Vec<bool>,
    uids: Vec<Uid>,
    values: Vec<Value>,
    texts: usize,
    /// How many letters of a text are kept; `None` while all are.
    compared: Option<usize>,
}

impl Keys {
    pub(crate) fn new(reverse: Vec<bool>) -> Self {
        Self { reverse, uids: Vec::new(), values: Vec::new(), texts: 0, compared: None }
    }

    /// How many letters of each text are compared, if these are not all.
    pub(crate) fn compared(&self) -> Option<usize> {
        self.compared
    }

    /// Adds a message with as many values as there are keys. Where the texts are too much, less of each is kept.
    pub(crate) fn add(&mut self, uid: Uid, values: impl IntoIterator<Item = Value>) -> Result<(), TooMany> {
        self.uids.push(uid);
        for mut value in values.into_iter().take(self.reverse.len()) {
            if let (Value::Text(text), Some(compared)) = (&mut value, self.compared) {
                cut(text, compared);
            }
            self.texts += weight(&value);
            self.values.push(value);
        }
        while self.texts > MAX_TEXTS {
            let longest =
                self.values.iter().map(|value| if let Value::Text(text) = value { text.len() } else { 0 }).max();
            let compared = self.compared.or(longest).unwrap_or_default() / 2;
            if compared < LEAST_COMPARED {
                return Err(TooMany);
            }
            self.compared = Some(compared);
            for value in &mut self.values {
                if let Value::Text(text) = value {
                    cut(text, compared);
                }
            }
            self.texts = self.values.iter().map(weight).sum();
        }
        let rows = self.uids.len() * (size_of::<Uid>() + size_of::<u32>()) + self.values.len() * size_of::<Value>();
        if rows > MAX_ROWS { Err(TooMany) } else { Ok(()) }
    }

    /// The messages in the order of their keys; those that are equal, in the order of their UIDs.
    pub(crate) fn into_sorted(self) -> Vec<Uid> {
        let count = self.reverse.len();
        let values = |at: u32| self.values.chunks(count.max(1)).nth(at as usize).unwrap_or_default();
        let uid = |at: u32| self.uids.get(at as usize);
        let mut order: Vec<u32> = (0..).take(self.uids.len()).collect();
        order.sort_unstable_by(|a, b| compare(values(*a), values(*b), &self.reverse).then(uid(*a).cmp(&uid(*b))));
        order.into_iter().filter_map(|at| uid(at).copied()).collect()
    }
}

/// The bytes of a text, with its allocation.
fn weight(value: &Value) -> usize {
    match value {
        Value::Number(_) => 0,
        Value::Text(text) => text.len() + ALLOCATION,
    }
}

/// Keeps the first letters.
fn cut(text: &mut Box<str>, letters: usize) {
    if let Some((end, _)) = text.char_indices().nth(letters) {
        *text = text.get(..end).unwrap_or_default().into();
    }
}

fn compare(values: &[Value], others: &[Value], reverse: &[bool]) -> Ordering {
    for ((value, other), reverse) in values.iter().zip(others).zip(reverse) {
        let ordering = if *reverse { other.cmp(value) } else { value.cmp(other) };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    #[test]
    fn a_later_key_decides_where_the_first_is_equal() {
        let mut keys = Keys::new(vec![false, true]);
        for (number, name, size) in [(1, "ANN", 1), (2, "BOB", 9), (3, "ANN", 9), (5, "ANN", 1), (4, "ANN", 1)] {
            keys.add(uid(number), [Value::Text(name.into()), Value::Number(size)]).unwrap();
        }
        assert_eq!(keys.into_sorted(), [3, 1, 4, 5, 2].map(uid));
    }

    #[test]
    fn less_of_each_text_is_kept_where_there_are_many() {
        let mut keys = Keys::new(vec![false]);
        for number in 1..=100_000 {
            let text = format!("{:06}{}", 200_000 - number, "é".repeat(497));
            keys.add(uid(number), [Value::Text(text.into())]).unwrap();
            assert!(keys.texts <= MAX_TEXTS);
        }
        assert!(keys.compared().is_some_and(|letters| letters >= LEAST_COMPARED));
        let sorted = keys.into_sorted();
        assert_eq!(sorted.len(), 100_000);
        assert!(sorted.iter().rev().map(|uid| uid.get()).eq(1..=100_000));
    }

    #[test]
    fn more_than_fits_is_refused() {
        let mut keys = Keys::new(vec![false]);
        let refused = (1..3_000_000).find(|number| keys.add(uid(*number), [Value::Number(0)]).is_err());
        assert!(refused.is_some_and(|number| number > 1_000_000), "{refused:?}");
        let mut keys = Keys::new(vec![false; 2]);
        let text = || Value::Text("x".repeat(100).into());
        assert!((1..3_000_000).any(|number| keys.add(uid(number), [text(), text()]).is_err()));
    }
}

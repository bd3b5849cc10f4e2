//! What messages are sorted by, in bounded memory.

use std::cmp::Ordering;

use super::{TooMany, collation_key};
use crate::command::SortBy;

/// The texts need at most this many bytes, each with what its allocation costs beside it.
const MAX_TEXTS: usize = 20 << 20;
const ALLOCATION: usize = 16;

/// The rest needs at most this many bytes.
const MAX_ROWS: usize = 28 << 20;

/// Fewer characters than this make no order.
const MIN_COMPARED: usize = 12;

/// What a message is compared by with one key. Values of one key are all numbers or all texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortValue(Value);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Number(i64),
    Text(Box<str>),
}

impl SortValue {
    /// A size, or a moment in seconds since 1970.
    #[must_use]
    pub fn number(number: i64) -> Self {
        Self(Value::Number(number))
    }

    /// A text, which is compared by its [`collation_key`]. What is missing in a message is the empty text, and comes first.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self(Value::Text(collation_key(text).into()))
    }

    /// The bytes of a text, with its allocation.
    fn weight(&self) -> usize {
        match &self.0 {
            Value::Number(_) => 0,
            Value::Text(text) => text.len() + ALLOCATION,
        }
    }

    /// Keeps the first characters of a text.
    fn cut(&mut self, count: usize) {
        if let Value::Text(text) = &mut self.0
            && let Some((end, _)) = text.char_indices().nth(count)
        {
            *text = text.get(..end).unwrap_or_default().into();
        }
    }
}

/// The messages to sort, each by its UID, its sequence number or another name, with the values of all keys.
///
/// ```
/// use imaplib_proto::command::{SortBy, SortKey};
/// use imaplib_proto::order::{SortKeys, SortValue};
///
/// let mut keys = SortKeys::new(&[SortKey::Subject.into(), SortBy::reverse(SortKey::Size)]);
/// for (number, subject, size) in [(1, "tea", 10), (2, "Coffee", 10), (3, "TEA", 20)] {
///     keys.add(number, [SortValue::text(subject), SortValue::number(size)])?;
/// }
/// assert_eq!(keys.into_sorted(), [2, 3, 1]);
/// # Ok::<(), imaplib_proto::order::TooMany>(())
/// ```
///
/// At most 48 MiB are held: where the texts are too much, less of each is kept and [compared](Self::compared).
#[derive(Clone, Debug)]
pub struct SortKeys<N> {
    /// Which of a message's values are compared in reverse.
    reverse: Vec<bool>,
    names: Vec<N>,
    /// The values of all messages, one behind the other.
    values: Vec<SortValue>,
    texts: usize,
    /// How many characters of a text are kept; `None` while all are.
    compared: Option<usize>,
}

impl<N: Copy + Ord> SortKeys<N> {
    /// No messages yet, which will be sorted by the first of the keys, equal ones by the next.
    #[must_use]
    pub fn new(order: &[SortBy]) -> Self {
        let reverse = order.iter().map(|by| by.is_reverse()).collect();
        Self { reverse, names: Vec::new(), values: Vec::new(), texts: 0, compared: None }
    }

    /// Whether this many messages can be sorted, if their texts are short.
    #[must_use]
    pub fn has_room_for(&self, messages: u64) -> bool {
        let row = size_of::<N>() + size_of::<u32>() + self.reverse.len() * size_of::<SortValue>();
        messages.saturating_mul(row as u64) <= MAX_ROWS as u64
    }

    /// How many characters of each text are compared, if these are not all.
    #[must_use]
    pub fn compared(&self) -> Option<usize> {
        self.compared
    }

    /// Adds a message with as many values as there are keys; those that are missing are empty.
    ///
    /// # Errors
    /// If there are too many messages, or of so many texts too little could be kept.
    pub fn add(&mut self, name: N, values: impl IntoIterator<Item = SortValue>) -> Result<(), TooMany> {
        self.names.push(name);
        let missing = std::iter::repeat_with(|| SortValue(Value::Number(0)));
        for mut value in values.into_iter().chain(missing).take(self.reverse.len()) {
            if let Some(compared) = self.compared {
                value.cut(compared);
            }
            self.texts += value.weight();
            self.values.push(value);
        }
        while self.texts > MAX_TEXTS {
            let longest = self.values.iter().map(SortValue::weight).max();
            let compared = self.compared.or(longest).unwrap_or_default() / 2;
            if compared < MIN_COMPARED {
                return Err(TooMany);
            }
            self.compared = Some(compared);
            self.values.iter_mut().for_each(|value| value.cut(compared));
            self.texts = self.values.iter().map(SortValue::weight).sum();
        }
        if self.has_room_for(self.names.len() as u64) { Ok(()) } else { Err(TooMany) }
    }

    /// The messages in the order of their values; those that are equal, in the order of their names.
    #[must_use]
    pub fn into_sorted(self) -> Vec<N> {
        let count = self.reverse.len();
        let values = |at: u32| self.values.chunks(count.max(1)).nth(at as usize).unwrap_or_default();
        let name = |at: u32| self.names.get(at as usize);
        let mut order: Vec<u32> = (0..).take(self.names.len()).collect();
        order.sort_unstable_by(|a, b| compare(values(*a), values(*b), &self.reverse).then(name(*a).cmp(&name(*b))));
        order.into_iter().filter_map(|at| name(at).copied()).collect()
    }
}

fn compare(values: &[SortValue], others: &[SortValue], reverse: &[bool]) -> Ordering {
    let orders = values.iter().zip(others).zip(reverse).map(|((value, other), reverse)| match reverse {
        true => other.cmp(value),
        false => value.cmp(other),
    });
    orders.fold(Ordering::Equal, Ordering::then)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::SortKey;

    #[test]
    fn a_later_key_decides_where_the_first_is_equal() {
        let mut keys = SortKeys::new(&[SortKey::From.into(), SortBy::reverse(SortKey::Size)]);
        for (number, name, size) in [(1, "ANN", 1), (2, "bob", 9), (3, "ann", 9), (5, "ANN", 1), (4, "ANN", 1)] {
            keys.add(number, [SortValue::text(name), SortValue::number(size)]).unwrap();
        }
        assert_eq!(keys.into_sorted(), [3, 1, 4, 5, 2]);
    }

    #[test]
    fn a_message_with_fewer_values_keeps_its_place() {
        let mut keys = SortKeys::new(&[SortKey::Size.into(), SortKey::Arrival.into()]);
        keys.add(1, [5, 5].map(SortValue::number)).unwrap();
        keys.add(2, [5].map(SortValue::number)).unwrap();
        keys.add(3, [4, 9, 9].map(SortValue::number)).unwrap();
        assert_eq!(keys.into_sorted(), [3, 2, 1]);
        let mut unsorted = SortKeys::new(&[]);
        [3, 1, 2].into_iter().for_each(|number| unsorted.add(number, []).unwrap());
        assert_eq!(unsorted.into_sorted(), [1, 2, 3]);
    }

    #[test]
    fn less_of_each_text_is_kept_where_there_are_many() {
        let mut keys = SortKeys::new(&[SortKey::Subject.into()]);
        for number in 1..=100_000 {
            let text = format!("{:06}{}", 200_000 - number, "Ø".repeat(497));
            keys.add(number, [SortValue(Value::Text(text.into()))]).unwrap();
            assert!(keys.texts <= MAX_TEXTS);
        }
        assert!(keys.compared().is_some_and(|letters| letters >= MIN_COMPARED));
        let sorted = keys.into_sorted();
        assert_eq!(sorted.len(), 100_000);
        assert!(sorted.iter().rev().copied().eq(1..=100_000));
    }

    #[test]
    fn more_than_fits_is_refused() {
        let mut keys = SortKeys::new(&[SortKey::Size.into()]);
        let refused = (1..3_000_000_u32).find(|number| keys.add(*number, [SortValue::number(0)]).is_err());
        assert!(refused.is_some_and(|number| number > 1_000_000), "{refused:?}");
        let refused = u64::from(refused.unwrap());
        assert_eq!([refused - 1, refused].map(|count| keys.has_room_for(count)), [true, false]);
        let mut keys = SortKeys::new(&[SortKey::From.into(), SortKey::To.into()]);
        let text = SortValue(Value::Text("x".repeat(100).into()));
        assert!((1..3_000_000).any(|number| keys.add(number, [text.clone(), text.clone()]).is_err()));
    }
}

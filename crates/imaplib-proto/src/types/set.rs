//! Sets of message numbers, kept as ranges: a set of four thousand million members needs eight bytes.

use std::fmt;
use std::str::FromStr;

use super::{InvalidValue, SeqNum, Uid};

/// Sorted, disjoint ranges; `open` is the start of a range that ends in `*`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Ranges {
    closed: Vec<(u32, u32)>,
    open: Option<Open>,
}

/// How a set reaches to the last message of the mailbox.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Open {
    /// `n:*`
    From(u32),
    /// `*` alone
    Last,
}

impl Ranges {
    fn insert(&mut self, low: u32, high: u32) {
        let (mut low, mut high) = if low <= high { (low, high) } else { (high, low) };
        // The usual case: numbers arrive in ascending order.
        match self.closed.last_mut() {
            None => return self.closed.push((low, high)),
            Some(last) if low > last.1.saturating_add(1) => return self.closed.push((low, high)),
            Some(last) if low >= last.0 => {
                last.1 = last.1.max(high);
                return;
            }
            Some(_) => {}
        }
        let start = self.closed.partition_point(|range| range.1.saturating_add(1) < low);
        let end = self.closed.partition_point(|range| range.0 <= high.saturating_add(1));
        for &(first, last) in self.closed.get(start..end).unwrap_or_default() {
            low = low.min(first);
            high = high.max(last);
        }
        self.closed.splice(start..end, [(low, high)]);
    }

    /// From ranges in any order; zero is not a number.
    fn from_unsorted(mut ranges: Vec<(u32, u32)>) -> Self {
        // Most servers send them in order: then nothing is to be moved.
        let mut before = 0;
        let in_order = ranges.iter().all(|(low, high)| {
            let follows = before < *low && (before == 0 || *low - before > 1) && low <= high;
            before = *high;
            follows
        });
        if in_order {
            return Self { closed: ranges, open: None };
        }
        // In place: there may be millions.
        ranges.retain_mut(|range| {
            *range = (range.0.min(range.1), range.0.max(range.1));
            range.0 > 0
        });
        ranges.sort_unstable();
        ranges.dedup_by(|next, last| {
            let joins = next.0 <= last.1.saturating_add(1);
            last.1 = if joins { last.1.max(next.1) } else { last.1 };
            joins
        });
        Self { closed: ranges, open: None }
    }

    fn contains(&self, number: u32) -> bool {
        let at = self.closed.partition_point(|range| range.1 < number);
        self.closed.get(at).is_some_and(|range| range.0 <= number)
            || matches!(self.open, Some(Open::From(start)) if start <= number)
    }

    /// What both hold. `n:*` holds all from `n` on, and `*` alone nothing that is known here.
    fn intersection(&self, other: &Self) -> Self {
        let mut both = Self::default();
        let reach = |ranges: &Self| {
            let open = match ranges.open {
                Some(Open::From(start)) => Some((start, u32::MAX)),
                _ => None,
            };
            let mut all = Self { closed: ranges.closed.clone(), open: None };
            open.into_iter().for_each(|(low, high)| all.insert(low, high));
            all.closed
        };
        let (ours, theirs) = (reach(self), reach(other));
        let mut rest = theirs.as_slice();
        for (low, high) in ours {
            // Theirs that end before ours begins cannot meet any that follow.
            let passed = rest.partition_point(|range| range.1 < low);
            rest = rest.get(passed..).unwrap_or_default();
            for range in rest.iter().take_while(|range| range.0 <= high) {
                both.insert(low.max(range.0), high.min(range.1));
            }
        }
        both
    }

    fn count(&self) -> u64 {
        self.closed.iter().map(|(low, high)| u64::from(high - low) + 1).sum()
    }

    fn parse(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue::new("message set", text);
        let mut ranges = Self::default();
        for part in text.split(',') {
            let number = |text: &str| match text.parse::<u32>() {
                Ok(number) if number > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(number),
                _ => Err(invalid()),
            };
            match part.split_once(':') {
                None if part == "*" => ranges.open = ranges.open.or(Some(Open::Last)),
                None => {
                    let number = number(part)?;
                    ranges.insert(number, number);
                }
                Some(("*", "*")) => ranges.open = ranges.open.or(Some(Open::Last)),
                Some((start, "*") | ("*", start)) => {
                    let start = number(start)?;
                    ranges.open = Some(match ranges.open {
                        Some(Open::From(before)) => Open::From(before.min(start)),
                        _ => Open::From(start),
                    });
                }
                Some((low, high)) => ranges.insert(number(low)?, number(high)?),
            }
        }
        Ok(ranges)
    }
}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (low, high) in &self.closed {
            if low == high {
                write!(f, "{separator}{low}")?;
            } else {
                write!(f, "{separator}{low}:{high}")?;
            }
            separator = ",";
        }
        match self.open {
            Some(Open::From(start)) => write!(f, "{separator}{start}:*"),
            Some(Open::Last) => write!(f, "{separator}*"),
            None => Ok(()),
        }
    }
}

macro_rules! number_set {
    ($(#[$doc:meta])* $name:ident of $number:ident) => {
        $(#[$doc])*
        ///
        /// The ranges are sorted and disjoint, and are never expanded. An empty set is a value, but no command can
        /// send it: calls that take a set answer an empty one without asking the server.
        ///
        /// ```
        #[doc = concat!("use imaplib_proto::types::{", stringify!($name), ", ", stringify!($number), "};")]
        #[doc = concat!("let set: ", stringify!($name), " = \"7,1:3,2:4\".parse()?;")]
        /// assert_eq!(set.to_string(), "1:4,7");
        #[doc = concat!("assert!(set.contains(", stringify!($number), "::new(3).unwrap()));")]
        /// assert_eq!(set.len(), 5);
        /// # Ok::<(), imaplib_proto::types::InvalidValue>(())
        /// ```
        #[derive(Clone, Default, PartialEq, Eq, Hash)]
        pub struct $name(Ranges);

        impl $name {
            /// The empty set.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            /// Every message of the mailbox: `1:*`.
            #[must_use]
            pub fn all() -> Self {
                Self::starting_at($number::MIN)
            }

            /// The messages from `start` to the last one: `start:*`.
            ///
            /// By the standard this holds the last message even when its number is below `start`.
            #[must_use]
            pub fn starting_at(start: $number) -> Self {
                Self(Ranges { closed: Vec::new(), open: Some(Open::From(start.get())) })
            }

            /// The last message of the mailbox: `*`.
            #[must_use]
            pub fn last_message() -> Self {
                Self(Ranges { closed: Vec::new(), open: Some(Open::Last) })
            }

            /// The numbers from `low` to `high`, both included, in either order.
            #[must_use]
            pub fn range(low: $number, high: $number) -> Self {
                let mut set = Self::new();
                set.insert_range(low, high);
                set
            }

            pub(crate) fn from_unsorted(ranges: Vec<(u32, u32)>) -> Self {
                Self(Ranges::from_unsorted(ranges))
            }

            /// Adds one number.
            pub fn insert(&mut self, number: $number) {
                self.0.insert(number.get(), number.get());
            }

            /// Adds the numbers from `low` to `high`, both included, in either order.
            pub fn insert_range(&mut self, low: $number, high: $number) {
                self.0.insert(low.get(), high.get());
            }

            /// Whether the set holds the number. What `*` stands for is not known here: only `n:*` counts, from `n` on.
            #[must_use]
            pub fn contains(&self, number: $number) -> bool {
                self.0.contains(number.get())
            }

            /// Whether the set holds nothing.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.closed.is_empty() && self.0.open.is_none()
            }

            /// Whether the set reaches to the last message by a `*`, so that its members cannot be counted here.
            #[must_use]
            pub fn is_open(&self) -> bool {
                self.0.open.is_some()
            }

            /// How many numbers the closed ranges hold.
            #[must_use]
            pub fn len(&self) -> u64 {
                self.0.count()
            }

            /// The least number of the closed ranges.
            #[must_use]
            pub fn first(&self) -> Option<$number> {
                self.0.closed.first().and_then(|range| $number::new(range.0))
            }

            /// The greatest number of the closed ranges.
            #[must_use]
            pub fn last(&self) -> Option<$number> {
                self.0.closed.last().and_then(|range| $number::new(range.1))
            }

            /// The closed ranges in ascending order, both ends included.
            pub fn ranges(&self) -> impl ExactSizeIterator<Item = ($number, $number)> + '_ {
                self.0.closed.iter().map(|&(low, high)| {
                    ($number::new(low).unwrap_or($number::MIN), $number::new(high).unwrap_or($number::MIN))
                })
            }

            /// The numbers of the closed ranges, in ascending order.
            ///
            /// A range from a server can claim 4,000,000,000 members: bound the iteration (`take`) or walk
            /// [`ranges`](Self::ranges) where the set is not your own.
            pub fn iter(&self) -> impl Iterator<Item = $number> + '_ {
                self.0.closed.iter().flat_map(|&(low, high)| (low..=high).filter_map($number::new))
            }

            /// The numbers that both sets hold. What `*` stands for is not known here: `n:*` holds all from `n` on.
            #[must_use]
            pub fn intersection(&self, other: &Self) -> Self {
                Self(self.0.intersection(&other.0))
            }

            /// The `count` greatest numbers of the closed ranges.
            #[must_use]
            pub fn greatest(&self, count: u64) -> Self {
                let (mut ranges, mut left) = (Vec::new(), count);
                for &(low, high) in self.0.closed.iter().rev() {
                    if left == 0 {
                        break;
                    }
                    let size = u64::from(high - low) + 1;
                    let taken = u32::try_from(left.min(size) - 1).unwrap_or(u32::MAX);
                    left = left.saturating_sub(size);
                    ranges.push((high - taken, high));
                }
                Self::from_unsorted(ranges)
            }

            /// Splits the set into sets whose text is at most `bytes` bytes long each (but at least one range).
            #[must_use]
            pub fn split(&self, bytes: usize) -> Vec<Self> {
                let mut parts = vec![Self::new()];
                let mut length = 0;
                let mut push = |one: Ranges| {
                    let size = one.to_string().len() + 1;
                    if length > 0 && length + size > bytes {
                        parts.push(Self::new());
                        length = 0;
                    }
                    length += size;
                    if let Some(part) = parts.last_mut() {
                        part.0.closed.extend(one.closed);
                        part.0.open = one.open;
                    }
                };
                for &range in &self.0.closed {
                    push(Ranges { closed: vec![range], open: None });
                }
                if self.0.open.is_some() {
                    push(Ranges { closed: Vec::new(), open: self.0.open });
                }
                parts
            }
        }

        impl From<$number> for $name {
            fn from(number: $number) -> Self {
                Self::range(number, number)
            }
        }

        impl FromIterator<$number> for $name {
            fn from_iter<I: IntoIterator<Item = $number>>(numbers: I) -> Self {
                Self::from_unsorted(numbers.into_iter().map(|number| (number.get(), number.get())).collect())
            }
        }

        impl Extend<$number> for $name {
            fn extend<I: IntoIterator<Item = $number>>(&mut self, numbers: I) {
                let mut ranges = std::mem::take(&mut self.0.closed);
                ranges.extend(numbers.into_iter().map(|number| (number.get(), number.get())));
                self.0.closed = Ranges::from_unsorted(ranges).closed;
            }
        }

        impl FromStr for $name {
            type Err = InvalidValue;

            /// Reads the text of RFC 9051's `sequence-set` (without `$`): `1:3,7,9:*`.
            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                Ranges::parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

number_set! {
    /// A set of unique identifiers (RFC 9051, section 9, `sequence-set` in UID commands).
    UidSet of Uid
}

number_set! {
    /// A set of message sequence numbers (RFC 9051, section 9, `sequence-set`).
    SeqSet of SeqNum
}

/// Ranges of unique identifiers in the order in which the server sent them (RFC 4315, section 3).
///
/// COPYUID pairs its two sets by position, so their order must be kept.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct UidRanges(Vec<(u32, u32)>);

impl UidRanges {
    /// The ranges as a list of (low, high), both included.
    #[must_use]
    pub fn new(ranges: Vec<(Uid, Uid)>) -> Self {
        let ordered = |(a, b): (Uid, Uid)| (a.min(b).get(), a.max(b).get());
        Self(ranges.into_iter().map(ordered).collect())
    }

    /// Adds the ranges of another list behind these.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many identifiers there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(low, high)| u64::from(high - low) + 1).sum()
    }

    /// Whether there is no identifier.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The identifiers in order, ascending within each range. The count comes from the server: bound the iteration.
    pub fn iter(&self) -> impl Iterator<Item = Uid> + '_ {
        self.0.iter().flat_map(|&(low, high)| (low..=high).filter_map(Uid::new))
    }

    /// Both ends of each range, in order.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.0.iter().copied()
    }

    /// The same identifiers as a sorted set.
    #[must_use]
    pub fn to_set(&self) -> UidSet {
        UidSet::from_unsorted(self.0.clone())
    }
}

impl fmt::Display for UidRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Ranges { closed: self.0.clone(), open: None }, f)
    }
}

impl fmt::Debug for UidRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UidRanges({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_sorted_and_merged() {
        for (text, canonical) in [
            ("1", Some("1")),
            ("4:2", Some("2:4")),
            ("4:2,*", Some("2:4,*")),
            ("1:*,5", Some("5,1:*")),
            ("1,2,3,5", Some("1:3,5")),
            ("9,1,5:7,6:9", Some("1,5:9")),
            ("4294967295,1", Some("1,4294967295")),
            ("4294967294,4294967295", Some("4294967294:4294967295")),
            ("*:4", Some("4:*")),
            ("0", None),
            ("", None),
            ("1,", None),
            ("+1", None),
            ("1:2:3", None),
            ("$,1", None),
            ("4294967296", None),
            ("-1:-50", None),
        ] {
            let set = text.parse::<UidSet>().ok().map(|set| set.to_string());
            assert_eq!(set.as_deref(), canonical, "{text}");
        }
    }

    #[test]
    fn insertion_in_any_order_gives_the_same_set() {
        let numbers = [5, 1, 9, 3, 2, 8, 7, 20, 4];
        let shuffled: SeqSet = numbers.into_iter().filter_map(SeqNum::new).collect();
        assert_eq!(shuffled.to_string(), "1:5,7:9,20");
        assert_eq!(shuffled.len(), 9);
        assert_eq!(shuffled.iter().map(SeqNum::get).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 7, 8, 9, 20]);
    }

    #[test]
    fn what_both_hold_and_the_greatest_are_found_without_expanding() {
        let set = |text: &str| text.parse::<UidSet>().unwrap();
        for (one, other, both) in [
            ("1:4294967295", "5", "5"),
            ("1:3,7:9,20", "2:8,19:21", "2:3,7:8,20"),
            ("1:5", "6:9", ""),
            ("3:*", "1:4,9", "3:4,9"),
            ("1:9", "4:*", "4:9"),
            ("*", "1:9", ""),
        ] {
            assert_eq!(set(one).intersection(&set(other)).to_string(), both, "{one} {other}");
            assert_eq!(set(other).intersection(&set(one)).to_string(), both, "{other} {one}");
        }
        assert_eq!(set("1:4294967295").greatest(2).to_string(), "4294967294:4294967295");
        assert_eq!(set("1:5,9").greatest(3).to_string(), "4:5,9");
        assert_eq!(set("1:5,9").greatest(100).to_string(), "1:5,9");
        assert!(set("1:5").greatest(0).is_empty());
    }

    #[test]
    fn a_long_set_is_split_at_ranges() {
        let set: UidSet = (1..100).map(|n| n * 2).filter_map(Uid::new).collect();
        let parts = set.split(40);
        assert!(parts.iter().all(|part| part.to_string().len() <= 40));
        let joined: Vec<_> = parts.iter().map(UidSet::to_string).collect();
        assert_eq!(joined.join(",").parse::<UidSet>().unwrap(), set);
    }
}
